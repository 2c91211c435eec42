"""Picture of what helps and hinders: each published statement as a mark, by axis, edition and kind."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from analysis.drawing import INK, NARROW, WIDE

# told apart by their shape, so that no colour is needed; in the order in which they are drawn
MARKERS = {"barrier": "X", "challenge": "v", "enabler": "^", "recommendation": "s"}
_GROUND = "#ececec"


@dataclass(frozen=True)
class Statement:
    """A published statement: its kind, and whether it is a result of the study (a full mark) or of a foreword."""

    kind: str
    result: bool


def statements(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Sequence[Statement]]],
    covered: Sequence[Sequence[bool]], tones: Sequence[str], legend: Mapping[str, str], origins: tuple[str, str], wide: bool,
) -> Figure:  # fmt: skip
    """Draw a mark for each statement; `cells` hold them by row and column, `covered` cells have a grey ground.

    `legend` names the kinds, `origins` what a full and a hollow mark means.
    """
    across = 5 if wide else 3  # marks beside each other in a cell
    high = max(max(-(-len(cell) // across) for cell in row) for row in cells)
    row_height = max(0.42, 0.1 + 0.16 * high)
    figure = Figure(
        figsize=(WIDE if wide else NARROW, (0.75 if wide else 1.05) + row_height * len(rows)), layout="constrained"
    )
    ax = figure.subplots()
    for y, tone in enumerate(tones):
        for x in range(len(columns)):
            if covered[y][x]:
                ax.add_patch(Rectangle((x - 0.47, y - 0.44), 0.94, 0.88, color=_GROUND, linewidth=0))
            _marks(ax, cells[y][x], x, y, tone, across, 0.16 / row_height, wide)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), ["\n".join(textwrap.wrap(name, 30 if wide else 12)) for name in rows])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    _legend(figure, legend, origins, wide)
    return figure


def _marks(
    ax: Axes, cell: Sequence[Statement], x: int, y: int, tone: str, across: int, step: float, wide: bool
) -> None:
    """Draw the marks of a cell in lines, by kind, the full ones of a kind first."""
    order = sorted(cell, key=lambda one: (list(MARKERS).index(one.kind), not one.result))
    along = -(-len(order) // max(1, -(-len(order) // across)))  # lines of equal length
    lines = [order[start : start + along] for start in range(0, len(order), max(1, along))]
    for number, line in enumerate(lines):
        height = y + (number - (len(lines) - 1) / 2) * step
        for place, one in enumerate(line):
            left = x + (place - (len(line) - 1) / 2) * (0.165 if wide else 0.27)
            ax.plot(left, height, MARKERS[one.kind], color=tone, markersize=6.5 if wide else 5.2,
                    markerfacecolor=tone if one.result else "white", markeredgewidth=1.2)  # fmt: skip


def _legend(figure: Figure, legend: Mapping[str, str], origins: tuple[str, str], wide: bool) -> None:
    """Name the shapes, then what full and hollow means, above the picture."""
    handles = [_handle(MARKERS[kind], name, INK) for kind, name in legend.items()]
    handles += [_handle("o", origins[0], INK), _handle("o", origins[1], "white")]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles) if wide else 2, fontsize=8.5,
                  handletextpad=0.2, columnspacing=1.2, borderpad=0.1)  # fmt: skip


def _handle(marker: str, name: str, face: str) -> Line2D:
    return Line2D([], [], linestyle="", marker=marker, color=INK, markerfacecolor=face, markersize=6, label=name)
