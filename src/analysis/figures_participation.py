"""Pictures of who took part: a dot for each city and country, and the part of a whole that is reached, by region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.drawing import BAND, INK, NARROW, QUIET, WIDE


@dataclass(frozen=True)
class Units:
    """A number of units, each a dot; the first `known` of them are full. Where `total` is `None`, no dot is drawn."""

    total: int | None
    known: int
    text: str


@dataclass(frozen=True)
class Reach:
    """A region: the whole, and the part of it that is reached."""

    label: str
    whole: float
    part: float
    text: str


def units(rows: Sequence[tuple[str, Units, Units]], wide: bool) -> Figure:
    """Draw the cities of each edition as a row of dots, then its countries; on a phone the countries stand below."""
    cities = max(left.total or 0 for _, left, _ in rows)
    countries = max(right.total or 0 for _, _, right in rows)
    beside = cities + 2.5  # where the countries begin
    figure = Figure(figsize=(WIDE if wide else NARROW, (0.52 if wide else 0.98) * len(rows)), layout="constrained")
    ax = figure.subplots()
    for y, (label, left, right) in enumerate(rows):
        if wide:
            ax.text(-5.2, y + 0.14, label, ha="left", va="center", weight="bold")
            _dots(ax, left, 0.0, y + 0.14, 5.6, 0.21)
            _dots(ax, right, beside, y + 0.14, 5.6, 0.21)
        else:
            ax.text(-0.5, y - 0.34, label, ha="left", va="bottom", weight="bold")
            _dots(ax, left, 0.0, y, 4.6, 0.11)
            _dots(ax, right, 0.0, y + 0.34, 4.6, 0.11)
    across = beside + max(countries, 14) if wide else max(cities, countries)
    ax.set(xlim=(-5.4 if wide else -0.8, across + 0.3), ylim=(len(rows) - 0.6, -0.55))
    ax.set_axis_off()
    return figure


def _dots(ax: Axes, one: Units, x: float, y: float, size: float, up: float) -> None:
    for number in range(one.total or 0):
        tone = INK if number < one.known else QUIET
        face = tone if number < one.known else "white"
        ax.plot(x + number, y, "o", color=tone, markersize=size, markerfacecolor=face, markeredgewidth=0.9)
    ax.text(x - 0.5, y - up, one.text, ha="left", va="bottom", fontsize=8.5)


def reached(rows: Sequence[Reach], tick: Callable[[float], str], wide: bool) -> Figure:
    """Draw a bar a region: the whole and in it, dark, the part that is reached."""
    figure = Figure(figsize=(WIDE if wide else NARROW, 0.4 + 0.47 * len(rows)), layout="constrained")
    ax = figure.subplots()
    largest = max(row.whole for row in rows)
    for y, row in enumerate(rows):
        ax.barh(y, row.whole, height=0.36, color=BAND)
        ax.barh(y, row.part, height=0.36, color=INK)
        ax.text(0, y - 0.24, row.label, va="bottom", ha="left", fontsize=9)
        ax.text(row.whole + largest * 0.015, y, row.text, va="center", ha="left", fontsize=8.5)
    ax.set(xlim=(0, largest * (1.3 if wide else 1.62)), ylim=(len(rows) - 0.6, -0.75))
    ax.set_yticks([])
    ax.xaxis.set_major_locator(MaxNLocator(6 if wide else 4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: tick(value)))
    return figure
