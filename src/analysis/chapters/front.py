"""The pages before the chapters: the front page and the page of data and sources."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd

from analysis import tables
from analysis.chapters.common import Base
from analysis.chapters.edition import series_exhibit
from analysis.exhibits import Heading, Listing, Paragraph, Part, Section


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


@dataclass(frozen=True)
class SourcesPage(Base):
    """Every table, every indicator and every source, with its terms."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Data and sources")

    @cached_property
    def codebook(self) -> Section:
        """List the tables of the compendium."""
        say = self.words.say
        rows = [
            (
                name,
                one["title"],
                self.words.number(len(tables.read(name))),
                one["licenses"][0]["title"],
                f"data/{one['path']}",
            )
            for name, one in tables.descriptors().items()
        ]
        columns = [say("Table"), say("What a row is"), say("Rows"), say("Terms"), say("File")]
        table = pd.DataFrame(
            [(a, self.words.translated(b), c, self.words.translated(d), e) for a, b, c, d, e in rows], columns=columns
        )
        text = self.words.count("The study rests on {n} table.", "The study rests on {n} tables.", len(rows))
        return Section([Paragraph(text, "finding"), Listing("tables", say("Tables of the compendium"), table)])

    @cached_property
    def indicators_used(self) -> Section:
        """List the indicators with level, unit, number of places and years."""
        say = self.words.say
        values = tables.read("values")
        values = values[~values["flag"].isin(["not_ranked", "impossible"])]
        sizes = values.groupby("indicator_id").agg(
            places=("place_id", "nunique"), first=("year", "min"), last=("year", "max")
        )
        levels = {"city": say("city"), "country": say("country")}
        parts: list[Part] = []
        for axis in [*self.study.axes, "context"]:
            rows = []
            for indicator in [*self.indicators(axis, "city"), *self.indicators(axis, "country")]:
                size: Any = sizes.loc[indicator.id]
                rows.append(
                    (indicator.name, levels[indicator.row["level"]], say(indicator.unit), self.words.number(size["places"]),
                     self.words.years(int(size["first"]), int(size["last"])), indicator.caveat)
                )  # fmt: skip
            name = say("Context") if axis == "context" else self.axis_name(axis)
            columns = [say("Indicator"), say("Level"), say("Unit"), say("Places"), say("Years"), say("What to know")]
            parts += [
                Heading(name),
                Listing(
                    f"indicators-{axis}", say("Indicators: {axis}", axis=name), pd.DataFrame(rows, columns=columns)
                ),
            ]
        return Section(parts)

    @cached_property
    def sources(self) -> Section:
        """List the sources with their terms."""
        say = self.words.say
        frame = tables.read("sources")
        closed = int((~frame["open_licence"].astype(bool)).sum())
        text = self.words.count(
            "{n} source states no open licence: cite it, and do not pass it on under another licence.",
            "{n} sources state no open licence: cite them, and do not pass them on under another licence.", closed,
        )  # fmt: skip
        return Section([Paragraph(text, "finding"), *self.source_list(frame["source_id"], [], "all"),
                        Listing("all-obtained", say("How the sources were obtained"),
                                pd.DataFrame({say("Source"): frame["title"], say("Obtained as"): frame["obtained_via"]}))])  # fmt: skip
