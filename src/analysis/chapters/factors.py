"""What helps and what hinders, and the good practices, across all editions and axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis import figures, figures_factors, tables
from analysis.chapters.answers import Questionnaire, questionnaire
from analysis.chapters.common import OWN_LICENCE, Base, address_links, in_short, searchable
from analysis.chapters.published import (
    can_be_filled,
    counted_factors,
    kinds_of_factors,
    origins,
    planned_notes,
    practices_listing,
)
from analysis.exhibits import Exhibit, Heading, Listing, Paragraph, Part, Section
from analysis.figures_factors import Statement
from analysis.provenance import remembered

CROSS = "cross"


@dataclass(frozen=True)
class FactorsChapter(Base):
    """Barriers, challenges, enablers, recommendations and good practices of all editions, and what none published.

    Parameters
    ----------
    lang
        Language of the reader.
    """

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return "factors"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("What helps and what hinders")

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        parts = in_short([self.overview, self.hinders, self.helps, self.recommended, self.practices]).parts
        return Section([*(part for one in self._replies for part in one.banner("gap")), *parts])

    @remembered
    def _replies(self) -> list[Questionnaire]:
        """List what cities answered, edition by edition, where there are answers."""
        found = (questionnaire(self, year) for year in self._years)
        return [one for one in found if one is not None]

    @remembered
    def statements(self) -> pd.DataFrame:
        """Read all statements that were published."""
        return tables.read("factors").sort_values(["edition", "id"], kind="stable").reset_index(drop=True)

    @remembered
    def _axes(self) -> list[str]:
        """List the axes, then what cuts across them."""
        return [*self.study.axes, CROSS]

    @remembered
    def _years(self) -> list[int]:
        return self.study.published

    # all of it

    @remembered
    def overview(self) -> Section:
        """Show where statements were published: by axis, edition and kind."""
        words, say, frame = self.words, self.words.say, self.statements
        if frame.empty:
            return Section(
                [Paragraph(say("No statement on what helps or hinders was published in the pages seen."), "gap")]
            )
        text = words.count(
            "{n} statement on what helps and hinders is known from the pages of {editions} editions: {counts}.",
            "{n} statements on what helps and hinders are known from the pages of {editions} editions: {counts}.",
            len(frame), editions=words.number(frame["edition"].nunique()), counts=counted_factors(frame["kind"], words),
        )  # fmt: skip
        parts: list[Part] = [Paragraph(f"{text} {self._by_origin(frame)}", "finding")]
        if bare := [axis for axis in self.study.axes if not (frame["axis"] == axis).any()]:
            text = words.count(
                "On {n} axis no statement was seen in any edition: {axes}.", "On {n} axes no statement was seen in any edition: {axes}.",
                len(bare), axes=words.listed(words.within(self.axis_name(axis)) for axis in bare),
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        parts.append(
            Paragraph(
                say("Most pages were seen in part: the numbers say what is known here, not what was published."), "note"
            )
        )
        parts += planned_notes(self)
        if years := [str(year) for year in self._years if self.study.edition(year).axes_assigned]:
            text = words.count(
                "The {years} edition had areas of its own; the compendium assigned them to the axes.",
                "The {years} editions had areas of their own; the compendium assigned them to the axes.",
                len(years), years=words.listed(years),
            )  # fmt: skip
            parts.append(Paragraph(text, "note"))
        return Section([*parts, self._overview_exhibit(bare)])

    def _by_origin(self, frame: pd.DataFrame) -> str:
        """Say how many statements are results of the study, and how many words of a foreword."""
        results = int((frame["origin"] == "study").sum())
        if results == len(frame):
            return self.words.say("All are results of the study.")
        return self.words.count(
            "{n} is a result of the study; from forewords: {rest}.", "{n} are results of the study; from forewords: {rest}.",
            results, rest=self.words.number(len(frame) - results),
        )  # fmt: skip

    def _overview_exhibit(self, bare: Sequence[str]) -> Exhibit:
        words, say, frame = self.words, self.words.say, self.statements
        kinds, names = kinds_of_factors(words), [self.axis_name(axis) for axis in self._axes]
        cells = [
            [frame[(frame["axis"] == axis) & (frame["edition"] == year)] for year in self._years] for axis in self._axes
        ]
        marks = [
            [[Statement(row["kind"], row["origin"] == "study") for _, row in cell.iterrows()] for cell in row]
            for row in cells
        ]
        covered = [
            [axis == CROSS or axis in self.study.edition(year).axes for year in self._years] for axis in self._axes
        ]
        texts = [[counted_factors(cell["kind"], words) if len(cell) else say("none") for cell in row] for row in cells]
        rows = [(name, *row) for name, row in zip(names, texts, strict=True)]
        used = {kind: kinds[kind] for kind in figures_factors.MARKERS if (frame["kind"] == kind).any()}
        if bare:
            title = say(
                "No statement was seen on {axes}",
                axes=words.listed(words.within(self.axis_name(axis)) for axis in bare),
            )
        else:
            title = say("Statements were seen on every axis")
        data = frame[["id", "edition", "axis", "kind", "text_en", "origin", "source_url"]]
        return Exhibit(
            id=f"{self.id}-overview", title=title, language=words,
            subtitle=words.count("A mark is a statement (n = {n}), editions {first} to {last}. Grey ground: the edition covers the axis.",
                                 "A mark is a statement (n = {n}), editions {first} to {last}. Grey ground: the edition covers the axis.",
                                 len(frame), first=self._years[0], last=self._years[-1]),
            alt=say("Matrix of axes and editions.") + " " + " ".join(
                f"{name}, {year}: {text}." for name, row, found in zip(names, texts, cells, strict=True)
                for year, text, cell in zip(self._years, row, found, strict=True) if len(cell)),
            table=pd.DataFrame(rows, columns=[say("Axis"), *map(str, self._years)]),
            data=data.rename(columns={"text_en": "text", "source_url": "source"}).assign(unit="statement", licence=OWN_LICENCE),
            source=say("pages named beside each statement, as compiled in the table of factors") + ".",
            draw=partial(figures_factors.statements, names, [str(year) for year in self._years], marks, covered,
                         [figures.colour(axis) for axis in self._axes], used, (say("result of the study"), say("foreword"))),
        )  # fmt: skip

    # kind by kind

    @remembered
    def hinders(self) -> Section:
        """List challenges and barriers."""
        words, say = self.words, self.words.say
        parts: list[Part] = [part for one in self._replies for part in one.across(f"{self.id}-answers")]
        if self._replies:
            parts.append(Heading(say("As published by earlier editions")))
        if len(frame := self._of("challenge")):
            text = words.count("{n} challenge is known ({years}).", "{n} challenges are known ({years}).", len(frame),
                               years=self._editions_of(frame))  # fmt: skip
            parts += [Paragraph(f"{text} {self._by_origin(frame)}", "finding"), self._by_axis(frame)]
        if (barriers := self._of("barrier")).empty:
            text = say(
                "No list of barriers was seen in the pages of any edition: what hinders is known by its challenges alone."
            )
            parts += [Paragraph(text, "gap"), *self._asked_on_barriers(), can_be_filled(words)]
        else:
            text = words.count("{n} barrier is known ({years}).", "{n} barriers are known ({years}).", len(barriers),
                               years=self._editions_of(barriers))  # fmt: skip
            parts += [Paragraph(f"{text} {self._by_origin(barriers)}", "finding"), self._by_axis(barriers), Heading(say("Barriers")),
                      self._listing(barriers, "barriers", say("Barriers of all editions"), say("Search the barriers"))]  # fmt: skip
        if len(frame):
            parts.append(
                self._listing(frame, "challenges", say("Challenges of all editions"), say("Search the challenges"))
            )
        return Section(parts)

    @remembered
    def helps(self) -> Section:
        """List enablers."""
        words, say, frame = self.words, self.words.say, self._of("enabler")
        if frame.empty:
            return Section(
                [Paragraph(say("No enabler was seen in the pages of any edition."), "gap"), can_be_filled(words)]
            )
        text = words.count("{n} enabler is known ({years}).", "{n} enablers are known ({years}).", len(frame),
                           years=self._editions_of(frame))  # fmt: skip
        listing = self._listing(frame, "enablers", say("Enablers of all editions"), say("Search the enablers"))
        return Section([Paragraph(f"{text} {self._by_origin(frame)}", "finding"), self._by_axis(frame), listing])

    @remembered
    def recommended(self) -> Section:
        """List recommendations."""
        words, say, frame = self.words, self.words.say, self._of("recommendation")
        if frame.empty:
            return Section(
                [Paragraph(say("No recommendation was seen in the pages of any edition."), "gap"), can_be_filled(words)]
            )
        text = words.count("{n} recommendation is known ({years}).", "{n} recommendations are known ({years}).", len(frame),
                           years=self._editions_of(frame))  # fmt: skip
        listing = self._listing(
            frame, "recommendations", say("Recommendations of all editions"), say("Search the recommendations")
        )
        return Section([Paragraph(f"{text} {self._by_origin(frame)}", "finding"), self._by_axis(frame), listing])

    def _of(self, kind: str) -> pd.DataFrame:
        return self.statements[self.statements["kind"] == kind]

    def _by_axis(self, frame: pd.DataFrame) -> Paragraph:
        """Say how many rows there are on each axis, most first."""
        found = frame["axis"].value_counts()
        order = sorted(found.index, key=lambda axis: (-int(found[axis]), self._axes.index(axis)))
        each = [
            self.words.say("{axis} ({n})", axis=self.axis_name(axis), n=self.words.number(int(found[axis])))
            for axis in order
        ]
        return Paragraph(self.words.say("By axis: {each}.", each=self.words.listed(each)))

    def _editions_of(self, frame: pd.DataFrame) -> str:
        """Name the editions of some rows."""
        years = [str(year) for year in sorted(set(frame["edition"]))]
        return self.words.count("edition: {years}", "editions: {years}", len(years), years=self.words.listed(years))

    def _listing(self, frame: pd.DataFrame, name: str, caption: str, search: str) -> Listing:
        words, say, origin = self.words, self.words.say, origins(self.words)
        table = pd.DataFrame(
            {
                say("Edition"): frame["edition"].astype(str),
                say("Axis"): [self.axis_name(axis) for axis in frame["axis"]],
                say("Statement, in our words"): [words.text(row, "text") for _, row in frame.iterrows()],
                say("Comes from"): [origin[value] for value in frame["origin"]],
                say("Published at"): frame["source_url"],
            }
        )
        listing = Listing(f"{self.id}-{name}", caption, table, {say("Published at"): address_links})
        return searchable(listing, search, words)

    def _asked_on_barriers(self) -> list[Part]:
        """Say which editions asked about barriers: their reports should hold what was not seen."""
        asked = tables.read("instrument")
        words = (asked["field"] + " " + asked["item"].fillna("")).str.lower()
        asked = asked[words.str.contains("barrier|hold back") & (asked["standing"] != "follow-up")]
        if asked.empty:
            return []
        text = self.words.count(
            "{n} element of what was asked is about what holds cities back ({years}): the full report may name some.",
            "{n} elements of what was asked are about what holds cities back ({years}): the full report may name some.",
            len(asked), years=self._editions_of(asked),
        )  # fmt: skip
        return [Paragraph(text, "note")]

    # good practices

    @remembered
    def practices(self) -> Section:
        """List the good practices of all editions, with edition, city, axis and goal as far as published."""
        words, say = self.words, self.words.say
        frame = tables.read("good_practices").sort_values(["city", "name"], kind="stable").reset_index(drop=True)
        if frame.empty:
            return Section(
                [Paragraph(say("No good practice was seen in the pages of any edition."), "gap"), can_be_filled(words)]
            )
        cities = words.listed(sorted(set(frame["city"])))
        text = words.count(
            "{n} good practice is known by name, of {cities}.", "{n} good practices are known by name, of {cities}.",
            len(frame), cities=cities,
        )  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding")]
        if loose := int(frame["edition"].isna().sum()):
            text = words.count(
                "{n} practice is shown on the site of the Community without an edition; it may not belong to a study.",
                "{n} practices are shown on the site of the Community without an edition; they may not belong to a study.",
                loose,
            )  # fmt: skip
            parts.append(Paragraph(text, "note"))
        if bare := [str(year) for year in self._years if not (frame["edition"] == year).any()]:
            text = words.count(
                "Of {n} edition no good practice is known by name: {years}.", "Of {n} editions no good practice is known by name: {years}.",
                len(bare), years=words.listed(bare),
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        if without := int(frame["sdg"].isna().sum()):
            text = words.count(
                "The Sustainable Development Goal of {n} practice is not stated.",
                "The Sustainable Development Goal of {n} practices is not stated.", without,
            )  # fmt: skip
            parts.append(Paragraph(text, "note"))
        told: list[Part] = []
        for one in self._replies:
            told += [
                Heading(self.words.say("As cities answered in {edition}", edition=one.edition)),
                *one.practices(f"{self.id}-practices-{one.edition}"),
            ]
        return Section([*parts, practices_listing(self, frame, f"{self.id}-practices"), *told])

    # what no edition published

    @remembered
    def missing(self) -> Section:
        """Show, edition by edition, which kinds were not seen."""
        words, say = self.words, self.words.say
        practices = tables.read("good_practices")
        kinds = {
            "barrier": say("Barriers"), "challenge": say("Challenges"), "enabler": say("Enablers"),
            "recommendation": say("Recommendations"), "practice": say("Good practices"),
        }  # fmt: skip
        rows = []
        for year in self._years:
            own = self.statements[self.statements["edition"] == year]
            found = {kind: own[own["kind"] == kind] for kind in kinds}
            number = int((practices["edition"] == year).sum())
            cells = [
                words.number(number) if kind == "practice" and number else self._seen(found[kind]) for kind in kinds
            ]
            rows.append((str(year), *cells))
        table = pd.DataFrame(rows, columns=[say("Edition"), *kinds.values()])
        none = {name: table[name] == say("none seen") for name in kinds.values()}
        text = words.count(
            "Every edition lacks at least {n} of the {all} kinds in the pages seen.",
            "Every edition lacks at least {n} of the {all} kinds in the pages seen.",
            min(sum(bool(column[row]) for column in none.values()) for row in range(len(table))), all=words.number(len(kinds)),
        )  # fmt: skip
        if never := [words.within(name) for name, column in none.items() if column.all()]:
            text += " " + say("Of no edition were seen: {kinds}.", kinds=words.listed(never))
        parts: list[Part] = [
            Paragraph(text, "gap"),
            Listing(f"{self.id}-missing", say("What was seen of each edition"), table),
        ]
        return Section([*parts, can_be_filled(words)])

    def _seen(self, frame: pd.DataFrame) -> str:
        """Say how many statements of a kind an edition has, and how many of them are words of a foreword."""
        if frame.empty:
            return self.words.say("none seen")
        forewords = int((frame["origin"] == "foreword").sum())
        if not forewords:
            return self.words.number(len(frame))
        return self.words.say("{n} ({forewords} from the foreword)", n=self.words.number(len(frame)),
                              forewords=self.words.number(forewords))  # fmt: skip

    # where it comes from

    @remembered
    def sources(self) -> Section:
        """Say where the statements come from, and what was read."""
        text = self.words.say("Each statement is written in our own words; the page that says it is named beside it.")
        return Section([Paragraph(text, "note"), *self.provenance(self.id).parts])
