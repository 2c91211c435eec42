"""Picture of answers side by side: how many cities named each answer, by axis."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.drawing import BAND, NARROW, QUIET, WIDE


def side_by_side(
    rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int | None]], tones: Sequence[str], wide: bool
) -> Figure:  # fmt: skip
    """Draw a dot whose area is the number of cities, by answer and axis, below the words of the answer; None is a dash."""
    labels = ["\n".join(textwrap.wrap(row, 90 if wide else 44)) for row in rows]
    figure = Figure(figsize=(WIDE if wide else NARROW, (0.6 if wide else 1.1) + 0.62 * len(rows)), layout="constrained")
    ax = figure.subplots()
    for y, (label, line) in enumerate(zip(labels, counts, strict=True)):
        ax.axhline(y - 0.5, color=BAND, linewidth=0.7, zorder=0)
        ax.text(-0.5, y - 0.44, label, va="top", ha="left", fontsize=8.5)
        for x, (number, tone) in enumerate(zip(line, tones, strict=True)):
            if number is None:
                ax.text(x, y + 0.2, "\N{EN DASH}", ha="center", va="center", color=QUIET)
                continue
            ax.plot(x, y + 0.2, "o", color=tone, markersize=11 + min(8, 1.4 * number**0.6), alpha=0.92)
            ax.text(x, y + 0.2, str(number), ha="center", va="center", color="white", fontsize=8, weight="bold")
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.45, -0.52), yticks=[])
    ax.set_xticks(
        range(len(columns)),
        columns,
        rotation=0 if wide else 55,
        ha="center" if wide else "left",
        rotation_mode="anchor",
    )
    for text, tone in zip(ax.get_xticklabels(), tones, strict=True):
        text.set(color=tone, weight="bold")
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    return figure
