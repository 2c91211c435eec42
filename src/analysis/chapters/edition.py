"""The chapter of one edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import figures, tables
from analysis.chapters import evidence
from analysis.chapters.answers import Questionnaire, questionnaire
from analysis.chapters.common import OWN_LICENCE, Base, address_links, in_short
from analysis.chapters.participants import MAP_SOURCES, participants_map
from analysis.chapters.published import (
    assigned_note,
    factors_of,
    planned_note,
    questionnaire_of,
    shares_of,
    statements_of,
)
from analysis.chapters.setting import MINIMUM, OfEdition
from analysis.document import Span
from analysis.exhibits import Exhibit, Heading, Listing, Paragraph, Part, Section
from analysis.provenance import remembered


@dataclass(frozen=True)
class EditionChapter(OfEdition):
    """One edition as a whole: facts, participants, axes and evidence, findings, its place in the series.

    Parameters
    ----------
    lang
        Language of the reader.
    edition
        Reference year of the edition.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such edition.
    """

    def __post_init__(self) -> None:
        """Refuse an edition that is not in the matrix."""
        super().__post_init__()
        self.study.check(self.edition)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return str(self.edition)

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("The {edition} edition", edition=self.edition)

    @remembered
    def row(self) -> "pd.Series[Any]":
        """Read the facts of the edition."""
        return tables.read("editions", edition=self.edition).iloc[0]

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        parts = in_short([self.facts, self.participants, self.evidence, self.findings]).parts
        return Section([*(self.replies.banner("gap") if self.replies else []), *parts])

    @remembered
    def replies(self) -> Questionnaire | None:
        """Give what cities answered to the questionnaire of the edition, where there are answers."""
        return questionnaire(self, self.edition)

    @remembered
    def facts(self) -> Section:
        """Show the facts sheet of the edition; what is not known is said to be unknown."""
        say, row = self.words.say, self.row
        names = {
            "focus": say("Focus"), "publication_date": say("Published"), "launch_event": say("Launch event"),
            "n_cities": say("Cities"), "n_countries": say("Countries"), "regions": say("Regions"),
            "languages": say("Languages"), "publisher": say("Publisher"), "consultant": say("Consultant"),
            "funding": say("Funding"), "data_collection": say("How the data were collected"), "pages": say("Number of pages"),
        }  # fmt: skip
        if self.record.planned:
            return self._planned_facts(names)
        unknown = [name.lower() for column, name in names.items() if pd.isna(row[column])]
        title = self._own("title")
        rows = [(say("Title"), title)]
        rows += [
            (name, say("not known") if pd.isna(row[column]) else self._fact(column)) for column, name in names.items()
        ]
        rows.append((say("Published at"), str(row["urls"])))
        table = pd.DataFrame(rows, columns=[say("Fact"), say("What is known")])
        text = self.words.count(
            "{n} city took part in the {edition} edition. Its focus: {focus}.",
            "{n} cities took part in the {edition} edition. Its focus: {focus}.",
            int(row["n_cities"]), edition=self.edition, focus=self.words.within(self._fact("focus")),
        )  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding")]
        if unknown:
            parts.append(
                Paragraph(say("Not known from the pages seen: {facts}.", facts=self.words.listed(unknown)), "gap")
            )
        parts.append(
            Listing(f"{self.id}-facts", say("Facts of the edition"), table, {say("What is known"): address_links})
        )
        return Section(parts)

    def _planned_facts(self, names: Mapping[str, str]) -> Section:
        """Show what is known of an edition that is planned: its axes, and what has been decided."""
        say, row = self.words.say, self.row
        axes = self.words.listed(self.axis_name(axis) for axis in self.record.axes)
        text = planned_note(self, self.edition) + " " + self.words.count(
            "It is to cover {n} axis: {axes}.", "It is to cover {n} axes: {axes}.", len(self.record.axes), axes=axes,
        )  # fmt: skip
        rows = [(say("Title"), self._own("title")), (say("Axes"), axes)]
        rows += [(name, self._fact(column)) for column, name in names.items() if pd.notna(row[column])]
        if pd.notna(row["urls"]):
            rows.append((say("Published at"), str(row["urls"])))
        table = pd.DataFrame(rows, columns=[say("Fact"), say("What is known")])
        listing = Listing(f"{self.id}-facts", say("Facts of the edition"), table, {say("What is known"): address_links})
        return Section([Paragraph(text, "finding"), listing])

    def _own(self, column: str) -> str:
        """Give a text in the reader's language, or in English where the study published it in English alone."""
        own = self.row.get(f"{column}_{self.lang}")
        return str(self.row[f"{column}_en"] if own is None or pd.isna(own) else own)

    def _fact(self, column: str) -> str:
        """Write a fact: codes of languages become names, dates are written out, the rest is a text of the data."""
        value = self.row[column]
        if column == "languages":
            names = [self.words.language_name(code.strip()) for code in str(value).split(";")]
            return self.words.listed(names)
        if column == "publication_date":
            return self.words.date(str(value))
        if column == "regions":
            return self.words.listed(self.words.translated(name.strip()) for name in str(value).split(";"))
        if column in ("n_cities", "n_countries", "pages"):
            return self.words.number(int(value))
        return self.words.translated(str(value))

    @remembered
    def participants(self) -> Section:
        """Show the participating cities: on a map where they are named, as a number where not."""
        named = tables.read("participants", edition=self.edition)
        if named.empty and self.record.planned:
            text = self.words.say(
                "Which cities take part in the {edition} edition is not known yet.", edition=self.edition
            )
            return Section([Paragraph(text, "gap")])
        # more may take part in an edition that is planned than are named so far
        total = len(named) if pd.isna(self.row["n_cities"]) else int(self.row["n_cities"])
        if named.empty:
            text = self.words.count(
                "{n} city took part; it is not named in the pages seen.",
                "{n} cities took part; none of them is named in the pages seen, so no map can be drawn.",
                total,
            )
            return Section([Paragraph(text, "gap")])
        countries = named["country_iso3"].nunique()
        text = self.words.count(
            "{n} of the {total} participating cities is named, in {countries} of its countries.",
            "{n} of the {total} participating cities are named, in {countries} countries.",
            len(named), total=self.words.number(total), countries=self.words.number(countries),
        )  # fmt: skip
        gap = planned_note(self, self.edition) if self.record.planned else self.words.count(
            "{n} participant is not known by name.", "{n} participants are not known by name.", total - len(named)
        )  # fmt: skip
        subtitle = self.words.say("Named participants of the {edition} edition; full dot: lead city. Equal Earth projection.",
                                  edition=self.edition)  # fmt: skip
        shown = participants_map(self, named, f"{self.id}-participants", subtitle)
        return Section([Paragraph(text, "finding"), Paragraph(gap, "gap"), shown])

    @remembered
    def evidence(self) -> Section:
        """Show which axes the edition covers, and with what evidence."""
        say = self.words.say
        axes = list(self.record.axes)
        counts = evidence.counts(self, [*axes, "cross"])
        names = [self.axis_name(axis) for axis in axes] + [self.axis_name("cross")]
        columns = evidence.columns(self.words)
        shares = int(counts[:, 1:3].sum())
        text = self.words.count("The edition covers {n} axis: {axes}.", "The edition covers {n} axes: {axes}.", len(axes),
                                axes=self.words.listed(self.axis_name(axis) for axis in axes))  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding")]
        if shares:
            text = self.words.count(
                "{n} share of cities was published with a figure.",
                "{n} shares of cities were published with a figure.",
                shares,
            )
            parts.append(Paragraph(text))
        elif self.record.planned:
            text = say("Nothing of it is published yet: what is counted here are open data.")
            parts.append(Paragraph(text, "gap"))
        else:
            text = say(
                "No share of cities was published with a figure in the pages seen: its results are known in words."
            )
            parts.append(Paragraph(text, "gap"))
        if self.record.axes_assigned:
            parts.append(Paragraph(assigned_note(self), "note"))
        frame = pd.DataFrame([evidence.written(row, self.words) for row in counts], columns=columns)
        frame.insert(0, say("Axis"), names)
        cells = "; ".join(
            f"{name}: {evidence.described(row, self.words)}" for name, row in zip(names, counts, strict=True)
        )
        tones = [figures.colour(axis) for axis in [*axes, "cross"]]
        data = pd.DataFrame(counts, columns=list(evidence.KINDS))
        data.insert(0, "axis", [*axes, "cross"])
        parts.append(
            Exhibit(
                id=f"{self.id}-evidence", title=self._evidence_title(names, counts),
                subtitle=say("Number of rows of each kind; indicators count with values of {minimum} places or more in the window.",
                             minimum=MINIMUM),
                alt=say("Matrix of axes and kinds of evidence.") + f" {cells}.", table=frame,
                data=data.assign(edition=self.edition, unit="count", licence=OWN_LICENCE), language=self.words,
                source=say("tables of the compendium: what was asked, findings, factors, indicators") + ".",
                draw=partial(figures.evidence, names, columns, counts, tones),
            )
        )  # fmt: skip
        parts.append(self._links(axes))
        return Section(parts)

    def _evidence_title(self, names: Sequence[str], counts: np.ndarray) -> str:
        bare = [name for name, row in zip(names[:-1], counts, strict=False) if not row[5]]
        if not bare:
            return self.words.say("Every axis has an indicator measured for cities")
        return self.words.say("Without an indicator measured for cities: {axes}", axes=self.words.listed(bare))

    def _links(self, axes: Sequence[str]) -> Listing:
        say = self.words.say
        table = pd.DataFrame({say("Chapter"): list(axes)})
        return Listing(f"{self.id}-chapters", say("Chapters of this edition"), table, {say("Chapter"): self._link})

    def _link(self, axis: str) -> list[Span]:
        return [Span(self.axis_name(axis), f"{axis}.html")]

    @remembered
    def asked(self) -> Section:
        """Show what the edition asked across all axes."""
        say = self.words.say
        frame = tables.read("instrument", edition=self.edition, axis="cross")
        if frame.empty and self.record.planned:
            return Section(questionnaire_of(self, self.edition, "", f"{self.id}-asked"))
        if frame.empty:
            text = say("Everything this edition asked belongs to an axis; it stands in the chapters of the axes.")
            return Section([Paragraph(text, "note")])
        table = pd.DataFrame(
            {
                say("Field"): [self.words.translated(field) for field in frame["field"]],
                say("Element"): [self.words.translated(item) for item in frame["item"]],
                say("Published at"): frame["source"],
            }
        )
        text = self.words.count(
            "{n} element of the edition cuts across the axes.",
            "{n} elements of the edition cut across the axes.",
            len(frame),
        )
        listing = Listing(f"{self.id}-asked", say("Asked across all axes"), table, {say("Published at"): address_links})
        return Section([Paragraph(text), listing])

    @remembered
    def findings(self) -> Section:
        """Show the findings of the edition at a glance: shares of any axis, then what was published in words."""
        say = self.words.say
        if self.replies:
            practices = [Heading(say("Good practices")), *self.replies.practices(f"{self.id}-practices")]
            return Section([*self.replies.across(self.id), *practices])
        frame = tables.read("findings", edition=self.edition)
        axes = sorted(set(frame.loc[frame["unit"] == "percent", "axis"]))
        parts = shares_of(self, frame, f"{self.id}-findings", axes[0] if len(axes) == 1 else "cross")
        if self.record.focus_groups and parts:
            text = say(
                "This edition worked with focus groups: these figures are not answers of its participating cities."
            )
            parts.insert(1, Paragraph(text, "note"))
        parts += statements_of(self, frame, f"{self.id}-statements")
        if not parts and self.record.planned:
            parts.append(
                Paragraph(say("No finding of the {edition} edition is known yet.", edition=self.edition), "gap")
            )
        elif not parts:
            parts.append(Paragraph(say("No finding on the state of cities was published in the pages seen."), "gap"))
        parts.append(Heading(say("What helps and what hinders, across all axes")))
        parts += factors_of(self, self.edition, "cross", f"{self.id}-factors")
        return Section(parts)

    @remembered
    def series(self) -> Section:
        """Show the place of the edition in the series."""
        say = self.words.say
        if self.record.planned:
            text = self.words.count("The study has had {n} edition so far.", "The study has had {n} editions so far.",
                                    len(self.study.published))  # fmt: skip
        else:
            years = self.study.published
            text = say("This is edition {number} of {total}.", number=years.index(self.edition) + 1, total=len(years))
        return Section([Paragraph(text, "finding"), series_exhibit(self, f"{self.id}-series", self.edition)])

    @remembered
    def sources(self) -> Section:
        """List where the facts come from."""
        text = self.words.say(
            "Facts of the edition come from the pages named beside them; the map from the sources below."
        )
        if self.record.planned and pd.isna(self.row["urls"]):
            text = self.words.say("No page on the {edition} edition was seen yet.", edition=self.edition)
        note = self.words.note(self.row["source_note"])
        parts: list[Part] = [Paragraph(text, "note")]
        if note:
            parts.append(Paragraph(note, "note"))
        if len(tables.read("participants", edition=self.edition)):
            parts += self.source_list(MAP_SOURCES, [], self.id)
        return Section([*parts, *self.provenance(self.id).parts])


def series_exhibit(chapter: Base, id: str, here: int | None = None) -> Exhibit:
    """Draw the editions of the study on a time line with their number of cities."""
    say, words = chapter.words.say, chapter.words
    frame = tables.read("editions").sort_values("edition")
    years = [int(year) for year in frame["edition"]]
    cities = [None if pd.isna(n) else int(n) for n in frame["n_cities"]]
    axes = [chapter.study.editions[year].axes for year in years]
    total = len(chapter.study.axes)
    planned = [chapter.study.editions[year].planned for year in years]
    unknown = [say("planned") if one else say("not known") for one in planned]
    labels = [
        say("all {n} axes", n=total)
        if len(covered) == total
        else words.listed(chapter.axis_name(axis) for axis in covered)
        for covered in axes
    ]
    labels = [say("planned: {axes}", axes=label) if one else label for label, one in zip(labels, planned, strict=True)]
    known = [n for n in cities if n is not None]
    table = pd.DataFrame(
        {
            say("Edition"): [str(year) for year in years],
            say("Cities"): [text if n is None else words.number(n) for n, text in zip(cities, unknown, strict=True)],
            say("Countries"): [
                text if pd.isna(n) else words.number(int(n))
                for n, text in zip(frame["n_countries"], unknown, strict=True)
            ],
            say("Axes"): labels,
        }
    )
    alt = "; ".join(
        f"{year}: {text if n is None else words.number(n)}"
        for year, n, text in zip(years, cities, unknown, strict=True)
    )
    return Exhibit(
        id=id, table=table, language=words,
        title=words.count("{n} edition, with {low} to {high} cities", "{n} editions, with {low} to {high} cities each",
                                  len(years) - sum(planned), low=words.number(min(known)), high=words.number(max(known))),
        subtitle=say("Number of participating cities (area of the dot) and axes, {years}", years=words.years(years[0], years[-1])),
        alt=say("Time line of the editions with their number of cities.") + f" {alt}.",
        data=frame[["edition", "n_cities", "n_countries", "urls"]].assign(axes=["; ".join(a) for a in axes], unit="count", licence=OWN_LICENCE),
        source=say("pages of the editions, as compiled in the table of editions") + ".",
        draw=partial(figures.timeline, years, cities, labels, here),
    )  # fmt: skip
