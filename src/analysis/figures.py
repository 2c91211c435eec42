"""One style for every picture, and the few kinds of picture the study has.

Every function takes plain data and gives a `Figure`, for a wide page or for a phone. Labels stand above their row, so
that long names need no margin and the same drawing works at both widths.
"""

import itertools
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import config, statistics
from analysis.drawing import BAND, INK, NARROW, QUIET, WIDE
from analysis.drawing import Picture as Picture  # callers take these from here
from analysis.drawing import fingerprint as fingerprint
from analysis.drawing import picture as picture
from analysis.drawing import png as png
from analysis.drawing import styled as styled


def colour(axis: str) -> str:
    """Give the colour of an axis; what cuts across the axes is grey."""
    return config.load().colour(axis)


@dataclass(frozen=True)
class Share:
    """A published share in percent; `low` and `high` where the base is known, else the dot is hollow."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Mark:
    """A labelled place among others; the lead city is a full dot, a participant a ring."""

    label: str
    value: float
    lead: bool


@dataclass(frozen=True)
class Spread:
    """The values of a group of places, and the marked places among them."""

    label: str
    values: Sequence[float]
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class Panel:
    """Quartiles of a fixed panel in two years, and the country of the lead city where it belongs to the panel."""

    label: str
    years: tuple[int, int]
    before: statistics.Distribution
    after: statistics.Distribution
    texts: tuple[str, str]
    lead: tuple[float, float] | None = None


def _rows(n: int, wide: bool, inch: float, extra: float = 0.55) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDE if wide else NARROW, extra + inch * n), layout="constrained")
    ax = figure.subplots()
    ax.set_ylim(n - 0.5 + 0.05, -0.62)
    ax.set_yticks([])
    return figure, ax


def _row_label(ax: Axes, row: int, text: str, wide: bool, up: float = 0.30, right: str = "") -> None:
    """Write the label of a row above its marks, and a short text at the end of the same line."""
    across = ax.get_yaxis_transform()
    label = "\n".join(textwrap.wrap(text, _label_width(wide, right)))
    ax.text(0, row - up, label, transform=across, va="bottom", ha="left", fontsize=9, linespacing=1.05)
    if right:
        ax.text(1, row - up, right, transform=across, va="bottom", ha="right", fontsize=8.5, color="#4d4d4d")


def _label_width(wide: bool, right: str) -> int:
    """Give the letters that a label above its row may have in a line, beside the text at its right."""
    return (86 if wide else 46) - (len(right) + 2 if right else 0)


def shares(rows: Sequence[Share], axis: str, wide: bool) -> Figure:
    """Draw published shares with their intervals on a scale from 0 to 100 percent."""
    lines = max(len(textwrap.wrap(row.label, _label_width(wide, row.text))) for row in rows)
    figure, ax = _rows(len(rows), wide, 0.38 + 0.13 * lines)
    for y, row in enumerate(rows):
        ax.plot([0, 100], [y, y], color=BAND, linewidth=0.7, zorder=1)
        if row.low is not None and row.high is not None:
            ax.plot([row.low, row.high], [y, y], color=colour(axis), linewidth=5, alpha=0.3, solid_capstyle="butt")
            ax.plot(row.value, y, "o", color=colour(axis), markersize=8)
        else:
            ax.plot(row.value, y, "o", color=colour(axis), markersize=8, markerfacecolor="white", markeredgewidth=1.6)
        _row_label(ax, y, row.label, wide, up=0.2, right=row.text)
    ax.set_xlim(-2, 102)
    ax.set_xticks([0, 25, 50, 75, 100], [f"{tick}%" for tick in (0, 25, 50, 75, 100)])
    return figure


def _ticks(most: int) -> mpl.ticker.MaxNLocator:
    return mpl.ticker.MaxNLocator(most, steps=[1, 2, 5, 10])


def _mark(ax: Axes, mark: Mark, y: float, tone: str) -> None:
    ax.plot(
        mark.value, y, "o", color=tone, markersize=8 if mark.lead else 6.5, zorder=5,
        markerfacecolor=tone if mark.lead else "white", markeredgewidth=1.4,
    )  # fmt: skip


def _mark_labels(ax: Axes, marks: Sequence[Mark], y: float, wide: bool, down: float = 0.24) -> None:
    """Name the marked places below their dots, as far as there is room; the table names them all."""
    low, high = ax.get_xlim()
    taken: list[tuple[float, float]] = []
    for mark in sorted(marks, key=lambda one: (not one.lead, one.label)):
        half = len(mark.label) * (0.0062 if wide else 0.0125) * (high - low)
        centre = min(max(mark.value, low + half), high - half)
        if all(centre + half < a or centre - half > b for a, b in taken):
            taken.append((centre - half, centre + half))
            weight = "bold" if mark.lead else "normal"
            ax.text(centre, y + down, mark.label, ha="center", va="top", fontsize=8, weight=weight, zorder=6)


def spreads(
    groups: Sequence[Spread], axis: str, wide: bool, tick: Callable[[float], str], limits: tuple[float, float] | None
) -> Figure:
    """Draw a distribution by group: quartiles as a box, the whole range as a line, few values as dots too.

    `limits` cut the scale where single values are unstable; what lies outside is left out of the picture alone.
    """
    import seaborn as sns  # it brings scipy.stats, which few pictures need

    figure, ax = _rows(len(groups), wide, 0.62)
    tone = colour(axis)
    boxes = [np.asarray(group.values, dtype=float) for group in groups]
    sns.boxplot(
        data=dict(enumerate(boxes)), orient="h", ax=ax, whis=(0, 100), width=0.3, showfliers=False, showcaps=False,
        native_scale=True, boxprops={"facecolor": BAND, "edgecolor": "none"},
        medianprops={"color": INK, "linewidth": 1.6}, whiskerprops={"color": QUIET, "linewidth": 0.8},
    )  # fmt: skip
    for y, values in enumerate(boxes):
        if len(values) <= 40:
            ax.plot(values, np.full(len(values), y), "o", color=QUIET, markersize=3, alpha=0.6, zorder=3)
    low, high = limits or (min(map(np.min, boxes)), max(map(np.max, boxes)))
    margin = (high - low) * 0.03 or 1.0
    ax.set_xlim(low - margin, high + margin)
    for y, group in enumerate(groups):
        for mark in group.marks:
            _mark(ax, mark, y, tone)
        _mark_labels(ax, group.marks, y, wide, down=0.19)
        _row_label(ax, y, group.label, wide, up=0.2)
    ax.set_ylim(len(groups) - 0.4, -0.62)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(_ticks(6 if wide else 4))
    ax.xaxis.set_major_formatter(lambda value, _position: tick(value))
    ax.set(xlabel="", ylabel="")
    return figure


def strips(rows: Sequence[Spread], axis: str, wide: bool, ticks: Sequence[Callable[[float], str]]) -> Figure:
    """Draw one strip a row, each on a scale of its own: all countries, their quartiles, the marked ones."""
    height = sum(0.98 if wide or len(row.label) <= 46 else 1.2 for row in rows)  # a label of two lines needs room
    figure = Figure(figsize=(WIDE if wide else NARROW, height), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.06)  # type: ignore[union-attr,call-arg]
    tone = colour(axis)
    for ax, row, tick in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, ticks, strict=True):
        values = np.asarray(row.values, dtype=float)
        spread = statistics.distribution(row.values)
        ax.axvspan(spread.q1, spread.q3, ymin=0.28, ymax=0.62, color=BAND, zorder=0)
        ax.plot([spread.median] * 2, [-0.45, 0.45], color=INK, linewidth=1.6, zorder=2)
        ax.plot(values, np.zeros(len(values)), "|", color=QUIET, markersize=7, markeredgewidth=0.6, alpha=0.7)
        for mark in row.marks:
            _mark(ax, mark, 0, tone)
        _row_label(ax, 0, row.label, wide, up=-0.55)
        ax.set_ylim(-1.2, 1.6)
        margin = (values.max() - values.min()) * 0.03 or 1.0
        ax.set_xlim(values.min() - margin, values.max() + margin)
        lead = [mark for mark in row.marks if mark.lead]
        for mark in lead:
            _strip_label(ax, mark, wide)
        ax.set_yticks([])
        ax.grid(visible=False)
        ax.xaxis.set_major_locator(_ticks(5 if wide else 4))
        ax.xaxis.set_major_formatter(lambda value, _position, tick=tick: tick(value))
    return figure


def _strip_label(ax: Axes, mark: Mark, wide: bool) -> None:
    low, high = ax.get_xlim()
    half = len(mark.label) * (0.0065 if wide else 0.013) * (high - low)
    centre = min(max(mark.value, low + half), high - half)
    ax.text(centre, -0.42, mark.label, ha="center", va="top", fontsize=8, weight="bold", zorder=6)


def changes(panels: Sequence[Panel], axis: str, wide: bool, lead: str) -> Figure:
    """Draw fixed panels in two years, one small picture each: quartiles, median, and the country of the lead city."""
    columns = (2 if len(panels) in (1, 2, 4) else 3) if wide else 1
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(WIDE if wide else NARROW, 2.4 * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)  # type: ignore[union-attr,call-arg]
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    tone = colour(axis)
    for ax, panel in zip(axes, panels, strict=False):
        for x, spread in enumerate((panel.before, panel.after)):
            ax.fill_between([x - 0.09, x + 0.09], spread.q1, spread.q3, color=BAND, linewidth=0)
        ax.plot([0, 1], [panel.before.median, panel.after.median], "-o", color=INK, markersize=4, linewidth=1.4)
        for x, spread, text in ((0, panel.before, panel.texts[0]), (1, panel.after, panel.texts[1])):
            side = "right" if x == 0 else "left"
            ax.text(x + (-0.13 if x == 0 else 0.13), spread.median, text, ha=side, va="center", fontsize=8.5)
        if panel.lead:
            ax.plot([0, 1], panel.lead, "-o", color=tone, markersize=5, linewidth=1.6)
            above = panel.lead[1] >= panel.after.median
            ax.annotate(
                lead, (1, panel.lead[1]), xytext=(0, 7 if above else -7), textcoords="offset points", ha="center",
                va="bottom" if above else "top", fontsize=8, color=tone, weight="bold",
            )  # fmt: skip
        ax.set_title("\n".join(textwrap.wrap(panel.label, 26 if wide else 40)), fontsize=9, loc="left")
        ax.set_xlim(-0.6, 1.6)
        ax.margins(y=0.3)
        ax.set_xticks([0, 1], [str(year) for year in panel.years])
        ax.set_yticks([])
        ax.grid(visible=False)
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    return figure


def evidence(
    rows: Sequence[str], columns: Sequence[str], counts: np.ndarray, tones: Sequence[str], wide: bool
) -> Figure:
    """Draw how much there is of each kind of evidence: a dot whose area is the number, written in it; none is a dash."""
    names = ["\n".join(textwrap.wrap(name, 14 if wide else 20)) for name in columns]
    lines = [line for name in names for line in name.splitlines()]
    # on a phone the heads stand upright, and longer ones need more room above
    head = 0.25 + 0.16 * max(name.count("\n") + 1 for name in names) if wide else 0.3 + 0.075 * max(map(len, lines))
    figure = Figure(figsize=(WIDE if wide else NARROW, head + 0.4 * len(rows)), layout="constrained")
    ax = figure.subplots()
    for y in range(len(rows)):
        for x in range(len(columns)):
            number = int(counts[y, x])
            if number:
                ax.plot(x, y, "o", color=tones[y], markersize=13 + min(9, 1.1 * number**0.7), alpha=0.92)
                ax.text(x, y, str(number), ha="center", va="center", color="white", fontsize=8.5, weight="bold")
            else:
                ax.text(x, y, "\N{EN DASH}", ha="center", va="center", color=QUIET)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.set_xticks(range(len(columns)), names, rotation=0 if wide else 90, fontsize=8.5 if wide else 8)
    ax.set_yticks(range(len(rows)), ["\n".join(textwrap.wrap(name, 30 if wide else 13)) for name in rows])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.grid(visible=True, axis="y")
    ax.grid(visible=False, axis="x")
    return figure


def evidence_map(
    rows: Sequence[str], columns: Sequence[str], marks: Sequence[Sequence[Sequence[bool]]],
    covered: Sequence[Sequence[bool]], tones: Sequence[str], wide: bool,
) -> Figure:  # fmt: skip
    """Draw which kinds of evidence each cell has: a row of dots in a fixed order, full where there is some."""
    figure = Figure(figsize=(WIDE if wide else NARROW, 0.5 + 0.46 * len(rows)), layout="constrained")
    ax = figure.subplots()
    for y, tone in enumerate(tones):
        for x in range(len(columns)):
            if covered[y][x]:
                ax.add_patch(mpl.patches.Rectangle((x - 0.46, y - 0.4), 0.92, 0.8, color="#ececec", linewidth=0))
            places = x + np.linspace(-0.33, 0.33, len(marks[y][x]))
            for place, there in zip(places, marks[y][x], strict=True):
                size = (7.0 if wide else 4.6) if there else 2.0
                ax.plot(place, y, "o", color=tone if there else QUIET, markersize=size, markeredgewidth=0)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), ["\n".join(textwrap.wrap(name, 30 if wide else 12)) for name in rows])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    return figure


@dataclass(frozen=True)
class Course:
    """Quartiles of a fixed panel over the years (or none), and the value of a marked place where it belongs to the panel.

    Years are joined by a line where `joined`; else each stands alone, since the method changed from one to the next.
    """

    label: str
    years: Sequence[int]
    spreads: Sequence[statistics.Distribution]
    lead: Sequence[float] | None
    tick: Callable[[float], str]
    joined: bool = True


def courses(panels: Sequence[Course], axis: str, editions: Sequence[int], names: tuple[str, str], wide: bool) -> Figure:
    """Draw long series, one small picture each on a scale of its own; `names` are those of the median and of the place.

    Editions are vertical lines, with their years below.
    """
    columns = 2 if wide and len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(WIDE if wide else NARROW, 2.35 * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)  # type: ignore[union-attr,call-arg]
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, panel in zip(grid, panels, strict=False):
        _course(ax, panel, colour(axis), editions, names, wide)
    for ax in grid[len(panels) :]:
        ax.set_visible(False)
    return figure


def _course(ax: Axes, panel: Course, tone: str, editions: Sequence[int], names: tuple[str, str], wide: bool) -> None:
    years = list(panel.years)
    for year in editions:
        ax.axvline(year, color=BAND, linewidth=1, zorder=0)
    ends = []
    if panel.spreads:
        medians = [one.median for one in panel.spreads]
        lows, highs = [one.q1 for one in panel.spreads], [one.q3 for one in panel.spreads]
        for part in _runs_of(years):
            ax.fill_between(years[part], lows[part], highs[part], color="#e6e6e6", linewidth=0, zorder=1)
        ax.vlines(years, lows, highs, color="#e6e6e6", linewidth=2.5, zorder=1)
        _joined(ax, years, medians, INK, joined=panel.joined)
        ends.append((medians[-1], names[0], INK))
    if panel.lead is not None:
        _joined(ax, years, panel.lead, tone, joined=panel.joined)
        ends.append((panel.lead[-1], names[1], tone))
    ax.set_title("\n".join(textwrap.wrap(panel.label, 46 if wide else 48)), fontsize=9, loc="left")
    ax.set_xlim(min(*years, *editions) - 0.7, max(*years, *editions) + (4.2 if wide else 3.6))
    ax.margins(y=0.08)
    low, high = ax.get_ylim()
    apart = (high - low) * 0.11
    ends.sort()
    if len(ends) == 2 and ends[1][0] - ends[0][0] < apart:
        middle = (ends[0][0] + ends[1][0]) / 2
        ends = [(middle - apart / 2, *ends[0][1:]), (middle + apart / 2, *ends[1][1:])]
    for height, name, ink in ends:
        ax.text(years[-1] + 0.4, height, name, color=ink, va="center", fontsize=8, weight="bold")
    # editions are two years apart: only the first is written with its century
    ax.set_xticks(list(editions), [str(year)[2 * (n > 0) :] for n, year in enumerate(editions)], fontsize=8)
    ax.yaxis.set_major_locator(_ticks(4))
    ax.yaxis.set_major_formatter(lambda value, _position: panel.tick(value))
    ax.tick_params(axis="y", labelsize=8)
    ax.grid(visible=False)


def _runs_of(years: Sequence[int]) -> list[slice]:
    """Cut years where one is missing between two of them."""
    cuts = [0, *(n for n in range(1, len(years)) if years[n] > years[n - 1] + 1), len(years)]
    return [slice(a, b) for a, b in itertools.pairwise(cuts)]


def _joined(ax: Axes, years: Sequence[int], values: Sequence[float], tone: str, *, joined: bool) -> None:
    """Draw values, joined where the years follow each other; what lies between other years is not known, so dotted."""
    ax.plot(years, values, "o", color=tone, markersize=3, zorder=4)
    if joined:
        ax.plot(years, values, ":", color=tone, linewidth=1.1, zorder=2)
        for part in _runs_of(years):
            ax.plot(years[part], values[part], color=tone, linewidth=1.6, zorder=3)


def multiples(
    groups: Sequence[tuple[str, Sequence[float]]], years: Sequence[int], axis: str, tick: Callable[[float], str],
    wide: bool,
) -> Figure:  # fmt: skip
    """Draw the course of each group in a small picture of its own, before the quiet lines of the others, on one scale."""
    columns = 4 if wide else 2
    rows = -(-len(groups) // columns)
    figure = Figure(figsize=(WIDE if wide else NARROW, 1.55 * rows + 0.1), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for number, (ax, (label, values)) in enumerate(zip(grid, groups, strict=False)):
        for _, others in groups:
            ax.plot(years, others, color=BAND, linewidth=0.9, zorder=1)
        _joined(ax, years, values, colour(axis), joined=True)
        ax.set_title("\n".join(textwrap.wrap(label, 25 if wide else 24)), fontsize=8, loc="left", weight="normal")
        ax.set_xticks([years[0], years[-1]], [str(years[0]), str(years[-1])], fontsize=8)
        for end, side in zip(ax.xaxis.get_major_ticks(2), ("left", "right"), strict=True):
            end.label1.set_horizontalalignment(side)
        ax.yaxis.set_major_locator(_ticks(4))
        ax.yaxis.set_major_formatter(lambda value, _position: tick(value))
        ax.tick_params(axis="x", labelbottom=number + columns >= len(groups))
        ax.tick_params(axis="y", labelsize=8)
        ax.grid(visible=True, axis="y")
    for ax in grid[len(groups) :]:
        ax.set_visible(False)
    return figure


@dataclass(frozen=True)
class Pair:
    """A measure of the same places in two years, with an interval each."""

    label: str
    years: tuple[int, int]
    values: tuple[float, float]
    intervals: tuple[tuple[float, float], tuple[float, float]]
    tick: Callable[[float], str]


def pairs(rows: Sequence[Pair], axis: str, wide: bool) -> Figure:
    """Draw a measure in two years, a row each on a scale of its own: first year hollow, last year full, with intervals."""
    height = sum(1.12 if wide or len(row.label) <= 46 else 1.3 for row in rows)
    figure = Figure(figsize=(WIDE if wide else NARROW, height), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.06)  # type: ignore[union-attr,call-arg]
    tone = colour(axis)
    for ax, row in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        for y, value, (low, high), face in zip((0.3, -0.3), row.values, row.intervals, ("white", tone), strict=True):
            ax.plot([low, high], [y, y], color=tone, linewidth=5, alpha=0.3, solid_capstyle="butt")
            ax.plot(value, y, "o", color=tone, markersize=7, markerfacecolor=face, markeredgewidth=1.5)
        ax.set_yticks([0.3, -0.3], [str(year) for year in row.years], fontsize=8)
        ends = [end for interval in row.intervals for end in interval]
        margin = (max(ends) - min(ends)) * 0.12 or 1.0
        ax.set_xlim(min(ends) - margin, max(ends) + margin)
        ax.set_ylim(-0.8, 1.5)
        _row_label(ax, 0, row.label, wide, up=-0.75)
        ax.xaxis.set_major_locator(_ticks(6 if wide else 4))
        ax.xaxis.set_major_formatter(lambda value, _position, tick=row.tick: tick(value))
        ax.grid(visible=False, axis="y")
    return figure


def timeline(
    years: Sequence[int], counts: Sequence[int | None], labels: Sequence[str], here: int | None, wide: bool
) -> Figure:
    """Draw the editions on a time line: the area of a dot is the number of cities, written in it."""
    figure = Figure(figsize=(WIDE if wide else NARROW, 1.75 if wide else 0.62 * len(years) + 0.3), layout="constrained")
    ax = figure.subplots()
    for year, number, label in zip(years, counts, labels, strict=True):
        tone = INK if here in (None, year) else QUIET
        size = 14 + 0.5 * (number or 0)
        at = (year, 0) if wide else (0, year)
        ax.plot(*at, "o", color=tone, markersize=size)
        ax.text(*at, "?" if number is None else str(number), ha="center", va="center", color="white", weight="bold")
        if wide:
            text = "\n".join(textwrap.wrap(label, 17))
            ax.text(year, -0.46, text, ha="center", va="top", fontsize=8, linespacing=1.1)
        else:
            ax.text(0.28, year, "\n".join(textwrap.wrap(label, 36)), ha="left", va="center", fontsize=8.5)
            ax.text(-0.28, year, str(year), ha="right", va="center", fontsize=9, weight="bold")
    if wide:
        ax.plot([min(years) - 0.5, max(years) + 0.5], [0, 0], color=BAND, linewidth=2, zorder=0)
        ax.set(xlim=(min(years) - 1, max(years) + 1), ylim=(-1.5, 1.0))
        for year in years:
            ax.text(year, 0.55, str(year), ha="center", va="bottom", fontsize=9, weight="bold")
    else:
        ax.plot([0, 0], [min(years) - 0.5, max(years) + 0.5], color=BAND, linewidth=2, zorder=0)
        ax.set(xlim=(-0.75, 2.7), ylim=(max(years) + 1, min(years) - 1))
    ax.set_axis_off()
    return figure


Outline = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Point:
    """A named place on a map, in degrees."""

    label: str
    longitude: float
    latitude: float
    lead: bool


def equal_earth(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project degrees onto the Equal Earth map, on which areas compare.

    References
    ----------
    Šavrič, B., Patterson, T. and Jenny, B. (2019). The Equal Earth map projection. International Journal of
    Geographical Information Science 33, 454-465.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(latitude)))
    t2 = theta**2
    slope = a1 + 3 * a2 * t2 + t2**3 * (7 * a3 + 9 * a4 * t2)
    x = 2 * np.sqrt(3) * np.radians(longitude) * np.cos(theta) / (3 * slope)
    return x, theta * (a1 + a2 * t2 + t2**3 * (a3 + a4 * t2))


def world(points: Sequence[Point], outlines: Sequence[Outline], wide: bool) -> Figure:
    """Draw named places on the world and, where several are, once more on Europe with their names."""
    boxes = [(-170.0, 180.0, -56.0, 78.0), (-12.0, 46.0, 34.0, 63.0)]
    heights = [0.49, 0.62]
    width = WIDE if wide else NARROW
    figure = Figure(figsize=(width, width * sum(heights)), layout="constrained")
    for ax, (west, east, south, north) in zip(figure.subplots(2, 1, height_ratios=heights), boxes, strict=True):
        for outline in outlines:
            longitude, latitude = _unbroken(np.asarray(outline, dtype=float).T)
            if longitude.max() < west or longitude.min() > east or latitude.max() < south or latitude.min() > north:
                continue
            x, y = equal_earth(longitude, latitude)
            ax.fill(x, y, facecolor="#ececec", edgecolor="white", linewidth=0.5)
        widest = np.clip(0, south, north)  # the latitude at which the box is widest
        corners = equal_earth(np.array([west, east, 0, 0]), np.array([widest, widest, south, north]))
        ax.set(xlim=(min(corners[0]), max(corners[0])), ylim=(min(corners[1]), max(corners[1])), aspect="equal")
        ax.set_axis_off()
        europe = south > 0
        inside = [p for p in points if west <= p.longitude <= east and south <= p.latitude <= north]
        named = [p for p in inside if europe or not _within(p, boxes[1])]
        _places(ax, inside, named, wide, big=europe)
    return figure


def _unbroken(degrees: np.ndarray) -> np.ndarray:
    """Keep an outline in one piece where it crosses the date line, else it would be drawn across the whole map."""
    longitude, latitude = degrees
    if np.ptp(longitude) > 300 and latitude.min() > -60:
        longitude = np.where(longitude < 0, longitude + 360, longitude)
    return np.array([longitude, latitude])


def _within(point: Point, box: tuple[float, float, float, float]) -> bool:
    west, east, south, north = box
    return west <= point.longitude <= east and south <= point.latitude <= north


def _places(ax: Axes, inside: Sequence[Point], named: Sequence[Point], wide: bool, *, big: bool) -> None:
    """Draw the dots, then each name on the first side of its dot where it covers nothing."""
    size = 6.0 if big else 4.0
    xs, ys = equal_earth(np.array([p.longitude for p in inside]), np.array([p.latitude for p in inside]))
    for point, x, y in zip(inside, xs, ys, strict=True):
        ax.plot(x, y, "o", color=INK, markersize=size, markerfacecolor=INK if point.lead else "white", zorder=4)
    span = ax.get_xlim()[1] - ax.get_xlim()[0]
    letter, line = span * (0.0092 if wide else 0.0185), span * (0.021 if wide else 0.042)
    taken = [(x - line / 3, x + line / 3, y - line / 3, y + line / 3) for x, y in zip(xs, ys, strict=True)]
    for point in sorted(named, key=lambda p: (not p.lead, p.label)):
        x, y = (float(c[0]) for c in equal_earth(np.array([point.longitude]), np.array([point.latitude])))
        width = letter * len(point.label)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1), (1, 2), (1, -2)):
            left = x + dx * line * 0.55 - (width if dx < 0 else width / 2 if dx == 0 else 0)
            middle = y + dy * line * 0.85
            box = (left, left + width, middle - line / 2, middle + line / 2)
            free = all(box[1] < a or box[0] > b or box[3] < c or box[2] > d for a, b, c, d in taken)
            if free and box[0] > ax.get_xlim()[0] and box[1] < ax.get_xlim()[1]:
                taken.append(box)
                weight = "bold" if point.lead else "normal"
                ax.text(left, middle, point.label, va="center", fontsize=8, weight=weight, zorder=5)
                break
