"""The time line of a programme of work: one row an activity, bars by month, grouped by section."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.drawing import BAND, CROSS, NARROW, WIDE

MONTHS = 12
_FILLS = {"done": CROSS, "ongoing": "#C4C4C4", "planned": "white"}  # the status by look, also in grey print
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # no line of the calendar runs through a text
_LINE, _BAR, _GAP, _HEADING = 0.155, 0.12, 0.17, 0.34  # inches


@dataclass(frozen=True)
class Bar:
    """An activity: its first month and the month after its last, counted from the first January of the time line.

    `status` is `done`, `ongoing` or `planned`; `text` says it in words, with what came of it.
    """

    label: str
    start: int
    end: int
    status: str
    text: str


def programme(sections: Sequence[tuple[str, Sequence[Bar]]], years: Sequence[int], wide: bool) -> Figure:
    """Draw the activities of each section below its name.

    On a wide page a label stands beside its bar. On a phone it stands above, and each section names the years, since
    a phone shows a part of the picture at a time.
    """
    labels = {bar: textwrap.wrap(bar.label, 48 if wide else 46) for _, bars in sections for bar in bars}
    row = {bar: _LINE * len(label) + (0.11 if wide else _LINE + _BAR + _GAP) for bar, label in labels.items()}
    heading = _HEADING + (0 if wide else _LINE)
    height = sum(heading + sum(row[bar] for bar in bars) for _, bars in sections)
    figure = Figure(figsize=(WIDE if wide else NARROW, height + (0.45 if wide else 0.1)), layout="constrained")
    ax = figure.subplots()
    months = MONTHS * len(years)
    margins = (1.5, 1.8) if wide else (1 / 160, 1 + 1 / 160)  # of the months: room for labels and for what came
    ax.set(xlim=(-margins[0] * months, margins[1] * months), ylim=(height, 0))  # one unit is about an inch
    middles = [(MONTHS * (number + 0.5), str(year)) for number, year in enumerate(years)]
    _calendar(ax, middles, wide)
    y = 0.0
    for name, bars in sections:
        y += heading
        _section(ax, name, y, [] if wide else middles)
        for bar in bars:
            (_beside if wide else _above)(ax, bar, "\n".join(labels[bar]), y, row[bar])
            y += row[bar]
    return figure


def _calendar(ax: Axes, middles: Sequence[tuple[float, str]], wide: bool) -> None:
    """Mark the years strongly and their quarters faintly; a wide picture names the years above and below."""
    for month in range(0, MONTHS * len(middles) + 1, 3):
        whole = month % MONTHS == 0
        ax.axvline(month, color="#B5B5B5" if whole else BAND, linewidth=0.9 if whole else 0.6, zorder=0)
    bottom, top = ax.get_ylim()
    for x, year in middles if wide else ():
        ax.text(x, top - 0.04, year, ha="center", va="bottom", fontsize=9)
        ax.text(x, bottom + 0.04, year, ha="center", va="top", fontsize=9)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)


def _section(ax: Axes, name: str, y: float, years: Sequence[tuple[float, str]]) -> None:
    up = 0.1 + (_LINE if years else 0)
    ax.text(0, y - up, name, transform=ax.get_yaxis_transform(), va="bottom", weight="bold", fontsize=9.5, bbox=_PAPER)
    for x, year in years:
        ax.text(x, y - 0.06, year, ha="center", va="bottom", fontsize=8, color=CROSS, bbox=_PAPER)


def _beside(ax: Axes, bar: Bar, label: str, y: float, height: float) -> None:
    across, middle = ax.get_yaxis_transform(), y + height / 2
    ax.axhline(y, color=BAND, linewidth=0.6, zorder=0)
    ax.text(0, middle, label, transform=across, va="center", fontsize=9, linespacing=1.05)
    ax.text(1, middle, bar.text, transform=across, ha="right", va="center", fontsize=8.5, color=CROSS)
    _bar(ax, bar, middle)


def _above(ax: Axes, bar: Bar, label: str, y: float, height: float) -> None:
    text: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "bottom", "bbox": _PAPER}
    below = y + height - _BAR - _GAP
    ax.text(0, below - _LINE, label, fontsize=9, linespacing=1.05, **text)
    ax.text(0, below, bar.text, fontsize=8.5, color=CROSS, **text)
    _bar(ax, bar, below + 0.03 + _BAR / 2)


def _bar(ax: Axes, bar: Bar, y: float) -> None:
    ax.barh(y, bar.end - bar.start, left=bar.start, height=_BAR, linewidth=1, zorder=3, facecolor=_FILLS[bar.status],
            edgecolor=CROSS)  # fmt: skip
