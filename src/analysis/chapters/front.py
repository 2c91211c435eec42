"""The front page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd

from analysis import tables
from analysis.chapters.common import Base
from analysis.chapters.edition import series_exhibit
from analysis.exhibits import Listing, Paragraph, Section


@dataclass(frozen=True)
class FrontPage(Base):
    """What the study is, and the way to every chapter."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Smart Cities Study")

    @cached_property
    def summary(self) -> Section:
        """Say how large the study is."""
        editions = tables.read("editions")
        years = list(self.study.editions)
        cells = len(self.study.cells())
        text = self.words.count(
            "{n} edition from {start} to {end}, with {cities} participations of cities: {cells} chapters on {axes} axes.",
            "{n} editions from {start} to {end}, with {cities} participations of cities: {cells} chapters on {axes} axes.",
            len(years), start=years[0], end=years[-1], cities=self.words.number(int(editions["n_cities"].sum())),
            cells=self.words.number(cells), axes=self.words.number(len(self.study.axes)),
        )  # fmt: skip
        return Section([Paragraph(text, "finding")])

    @cached_property
    def matrix(self) -> Section:
        """Show the matrix of editions and axes; every cell leads to its chapter."""
        say = self.words.say
        table = pd.DataFrame({say("Edition"): [str(year) for year in self.study.editions]})
        links: dict[str, Callable[[Any], str]] = {say("Edition"): _edition_link}
        for axis in self.study.axes:
            name = self.axis_name(axis)
            table[name] = [str(year) if axis in edition.axes else "" for year, edition in self.study.editions.items()]
            links[name] = partial(_cell_link, axis, name)
        return Section([Listing("matrix", say("Editions and axes: every cell is a chapter"), table, links)])

    @cached_property
    def series(self) -> Section:
        """Show the editions on a time line."""
        return Section([series_exhibit(self, "study-series")])


def _edition_link(year: str) -> str:
    return f'<a href="editions/{year}/index.html">{year}</a>'


def _cell_link(axis: str, name: str, year: str) -> str:
    if not year:
        return ""
    return f'<a href="editions/{year}/{axis}.html" aria-label="{name} {year}">{name}</a>'
