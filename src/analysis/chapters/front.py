"""The front page."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis import paths, tables
from analysis.chapters.common import Base
from analysis.chapters.edition import series_exhibit
from analysis.chapters.evidence import evidence_map
from analysis.chapters.published import planned_notes
from analysis.document import Span
from analysis.exhibits import Link, Listing, Paragraph, Section
from analysis.provenance import remembered


@dataclass(frozen=True)
class FrontPage(Base):
    """What the study is, and the way to every chapter."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Smart Cities Study")

    @remembered
    def summary(self) -> Section:
        """Say how large the study is."""
        years = self.study.published
        editions = tables.read("editions", edition=years)
        cells = len([year for year, _ in self.study.cells() if year in years])
        text = self.words.count(
            "{n} edition from {start} to {end}, with {cities} participations of cities: {cells} chapters on {axes} axes.",
            "{n} editions from {start} to {end}, with {cities} participations of cities: {cells} chapters on {axes} axes.",
            len(years), start=years[0], end=years[-1], cities=self.words.number(int(editions["n_cities"].sum())),
            cells=self.words.number(cells), axes=self.words.number(len(self.study.axes)),
        )  # fmt: skip
        return Section([Paragraph(text, "finding"), *planned_notes(self)])

    @remembered
    def matrix(self) -> Section:
        """Show the matrix of editions and axes; every cell leads to its chapter."""
        say = self.words.say
        table = pd.DataFrame({say("Edition"): [str(year) for year in self.study.editions]})
        links: dict[str, Link] = {say("Edition"): self._edition_link}
        for axis in self.study.axes:
            name = self.axis_name(axis)
            table[name] = [str(year) if axis in edition.axes else "" for year, edition in self.study.editions.items()]
            links[name] = partial(_cell_link, axis, name)
        return Section([Listing("matrix", say("Editions and axes: every cell is a chapter"), table, links)])

    @remembered
    def across(self) -> Section:
        """Lead to the chapters across the editions."""
        say = self.words.say
        pages = {
            "brief.html": (say("Brief"), say("the whole study in five sentences and two exhibits")),
            "factors.html": (say("What helps and what hinders"), say("barriers, enablers, recommendations, good practices")),
            "participation.html": (say("Participation"), say("which cities and regions took part, and which are missing")),
            "outlook.html": (say("Outlook"), say("the evidence for choosing the focus of the next edition")),
            **{f"programme/{period}.html": (say("Programme of work {period}", period=period),
                                            say("what was planned, and what came of it")) for period in self.study.periods},
            f"cities/{paths.slug(self.study.lead_name)}.html": (say("Cities"), say("profiles of the lead city and of named participants")),
        }  # fmt: skip
        chapters = pd.DataFrame(
            {say("Chapter"): list(pages), say("What it holds"): [text for _, text in pages.values()]}
        )
        names = {page: name for page, (name, _) in pages.items()}
        axes = list(self.study.axes)
        by_axis = pd.DataFrame({say("Axis"): [self.axis_name(axis) for axis in axes],
                                say("Across the editions"): axes, say("Inequality between places"): axes})  # fmt: skip
        links: dict[str, Link] = {say("Across the editions"): partial(self._axis_link, "evolution", say("Evolution")),
                 say("Inequality between places"): partial(self._axis_link, "inequality", say("Inequality"))}  # fmt: skip
        text = self.words.count("{n} chapter looks at one axis across all editions.",
                                "{n} chapters look at one axis each across all editions.", 2 * len(axes))  # fmt: skip
        return Section([
            Paragraph(text),
            Listing("across", say("Chapters across the editions"), chapters,
                    {say("Chapter"): lambda page: [Span(names[page], page)]}),
            Listing("across-axes", say("Axis by axis"), by_axis, links),
        ])  # fmt: skip

    def _edition_link(self, year: str) -> list[Span]:
        name = self.words.say("{edition}, planned", edition=year) if int(year) in self.study.planned else year
        return [Span(name, f"editions/{year}/index.html")]

    def _axis_link(self, folder: str, name: str, axis: str) -> list[Span]:
        return [Span(name, f"{folder}/{axis}.html", label=f"{name}: {self.axis_name(axis)}")]

    @remembered
    def evidence(self) -> Section:
        """Show which evidence there is, axis by axis and edition by edition."""
        return Section(evidence_map(self, "study-evidence"))

    @remembered
    def series(self) -> Section:
        """Show the editions on a time line."""
        return Section([series_exhibit(self, "study-series")])


def _cell_link(axis: str, name: str, year: str) -> list[Span]:
    return [Span(name, f"editions/{year}/{axis}.html", label=f"{name} {year}")] if year else []
