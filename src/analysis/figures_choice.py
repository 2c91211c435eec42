"""The picture of a choice: what is chosen among, on every criterion, by order alone."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.drawing import BAND, NARROW, QUIET, WIDE


@dataclass(frozen=True)
class Row:
    """A criterion: for each column the value as a text and its place between 0 and 1; no places where it is not known.

    `alike` says that it does not tell the columns apart.
    """

    label: str
    direction: str
    texts: Sequence[str]
    places: Sequence[float]
    alike: bool


def standings(columns: Sequence[str], tones: Sequence[str], rows: Sequence[Row], wide: bool) -> Figure:
    """Draw criteria by columns: the value is written, and a dot on a short line gives its place among the columns."""
    figure = Figure(
        figsize=(WIDE if wide else NARROW, (0.45 if wide else 1.0) + 0.62 * len(rows)), layout="constrained"
    )
    ax = figure.subplots()
    half = 0.34
    for y, row in enumerate(rows):
        ax.axhline(y - 0.5, color=BAND, linewidth=0.7, zorder=0)
        ax.text(-0.5, y - 0.42, row.label, va="top", ha="left", fontsize=8.5, weight="bold")
        ax.text(len(columns) - 0.5, y - 0.42, row.direction, va="top", ha="right", fontsize=8, color="#4d4d4d")
        for x, (text, tone) in enumerate(zip(row.texts, tones, strict=True)):
            ax.text(x, y + 0.08, text, va="center", ha="center", fontsize=8.5 if wide else 8)
            ax.plot([x - half, x + half], [y + 0.34] * 2, color=BAND, linewidth=1.6, solid_capstyle="round", zorder=1)
            if row.places:
                place = x - half + 2 * half * row.places[x]
                face, edge = ("white", QUIET) if row.alike else (tone, tone)
                ax.plot(place, y + 0.34, "o", markersize=6 if wide else 5, color=edge, markerfacecolor=face, zorder=3)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.45, -0.5)
    names = ["\n".join(textwrap.wrap(name, 16)) if wide else name for name in columns]
    ax.set_xticks(
        range(len(columns)), names, rotation=0 if wide else 55, ha="center" if wide else "left", rotation_mode="anchor"
    )
    ax.set_yticks([])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    for label, tone in zip(ax.get_xticklabels(), tones, strict=True):
        label.set(color=tone, weight="bold")
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    return figure
