"""The report on a programme of work: what was planned, how far it was, and what came of it as far as other facts show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from analysis import figures_programme, tables
from analysis.chapters.common import OWN_LICENCE, Base, address_links, in_short
from analysis.document import Span
from analysis.errors import InvalidData
from analysis.exhibits import Exhibit, Link, Listing, Paragraph, Part, Section
from analysis.language import Language
from analysis.provenance import making, remembered

_FILE, _OUTCOMES = "data/published/programme.csv", "data/published/programme_outcomes.csv"
SECTIONS = ("implementation", "representation", "monitoring", "learning", "network", "leadership", "results")
CAME_ABOUT, CHANGED, NOT_KNOWN = "came_about", "changed", "not_known"
PLANNED = "planned"


def section_names(words: Language) -> dict[str, str]:
    """Name the sections as the report of the mechanism does, in its order."""
    say = words.say
    return {
        "implementation": say("Implementation"), "representation": say("Representation"),
        "monitoring": say("Monitoring"), "learning": say("Learning"), "network": say("Strengthening the network"),
        "leadership": say("Leadership"), "results": say("Results and adaptation to the pandemic"),
    }  # fmt: skip


def statuses(words: Language) -> dict[str, str]:
    """Name the statuses that an activity had when the report was written."""
    return {"done": words.say("done"), "ongoing": words.say("ongoing"), PLANNED: words.say("planned")}


def kinds(words: Language) -> dict[str, str]:
    """Say what is known of what came of an activity."""
    say = words.say
    return {CAME_ABOUT: say("came about"), CHANGED: say("came otherwise"), NOT_KNOWN: say("not known")}


@dataclass(frozen=True)
class Outcome:
    """What came of an activity: the sentence, which edition or fact shows it, and where that was published."""

    id: str
    kind: str
    timing: str
    text: str
    note: str
    shown_by: str
    edition: int | None
    addresses: str

    @property
    def cited(self) -> str:
        """Say it with the name of its row, and what stays open."""
        return f"{self.text} ({self.id}). {self.note}".strip()


@dataclass(frozen=True)
class Activity:
    """An activity of the programme, in the reader's language, with all that is known of what came of it."""

    row: "pd.Series[Any]"
    words: Language
    outcomes: Sequence[Outcome]

    @property
    def id(self) -> str:
        """Give the id of its row."""
        return str(self.row["id"])

    @property
    def name(self) -> str:
        """Say what it is."""
        return self.words.text(self.row, "activity")

    @property
    def cited(self) -> str:
        """Say what it is, with the name of its row."""
        return f"{self.name} ({self.id})"

    @property
    def label(self) -> str:
        """Say it without a closing remark in brackets, which is about the dates."""
        return self.name.rpartition(" (")[0] if self.name.endswith(")") else self.name

    @property
    def status(self) -> str:
        """Give its status when the report was written: done, ongoing or planned."""
        return str(self.row["status"])

    @property
    def when(self) -> str:
        """Write its dates as far as they are known."""
        start, end = self.row["start"], self.row["end"]
        return self.words.date(start if start == end else f"{start}/{end}")

    @property
    def partners(self) -> str:
        """List its partners; empty where none is named."""
        if pd.isna(self.row["partners"]):
            return ""
        return self.words.listed(self.words.translated(name.strip()) for name in self.row["partners"].split(";"))

    @property
    def note(self) -> str:
        """Give what a reader must know of its row, or empty."""
        return self.words.translated(self.row["source_note"])

    @property
    def kind(self) -> str:
        """Give what is known of it in all: that something came otherwise counts before the rest."""
        found = {outcome.kind for outcome in self.outcomes}
        return next((kind for kind in (CHANGED, CAME_ABOUT) if kind in found), NOT_KNOWN)

    @property
    def timed(self) -> bool:
        """Say whether it is known that it came about in the time planned, or that it did not."""
        return self.kind == CAME_ABOUT and any(outcome.timing != NOT_KNOWN for outcome in self.outcomes)

    @property
    def came(self) -> str:
        """Say what came of it."""
        return "; ".join(outcome.text for outcome in self.outcomes) or self.words.say("What came of it is not known")

    def months(self, years: Sequence[int]) -> tuple[int, int]:
        """Give its first month and the month after its last, counted from the January of the first of the years.

        Raises
        ------
        InvalidData
            Where its dates are none, end before they start, or lie outside the years.
        """
        start, end = self.row["start"], self.row["end"]
        zero = pd.Period(f"{years[0]}-01", freq="M").ordinal
        try:
            first = pd.Period(start).asfreq("M", "start").ordinal - zero
            after = pd.Period(end).asfreq("M", "end").ordinal + 1 - zero
        except ValueError:
            first = after = -1
        if not 0 <= first < after <= 12 * len(years):
            raise InvalidData(
                f"{_FILE}, row {self.id}, fields 'start' and 'end', values '{start}' and '{end}'. Expected: dates within "
                f"{years[0]} to {years[-1]}, the end not before the start. Mend them."
            )
        return first, after


@dataclass(frozen=True)
class ProgrammeChapter(Base):
    """The report of the consultation mechanism on a period, and what came of its programme.

    Parameters
    ----------
    lang
        Language of the reader.
    period
        Years of the programme, `2020-2021` say.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such period.
    """

    period: str

    def __post_init__(self) -> None:
        """Refuse a period that is not in the matrix."""
        super().__post_init__()
        self.study.check(period=self.period)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"programme-{self.period}"

    @property
    def span(self) -> tuple[int, int]:
        """Give first and last year of the period."""
        first, last = self.period.split("-")
        return int(first), int(last)

    @property
    def years(self) -> str:
        """Write the years of the period."""
        return self.words.years(*self.span)

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Programme of work {years}", years=self.years)

    @property
    def written(self) -> str:
        """Say when the report was written from which every status is taken; the codebook fixes it for all periods."""
        return self.words.say("late in {year}", year=self.span[0])

    @remembered
    def activities(self) -> list[Activity]:
        """Read the activities, in the order of the sections, with what came of them."""
        frame = tables.read("programme", period=self.period)
        if frame.empty:
            raise InvalidData(
                f"{_FILE} has no row of the period {self.period}. Add its activities, or take it out of data/study.yml."
            )
        later = tables.read("programme_outcomes", programme_id=list(frame["id"]))
        outcomes = {row["id"]: self._outcome(row) for _, row in later.iterrows()}
        ids = later.groupby("programme_id")["id"].agg(list).to_dict()
        found = [
            Activity(row, self.words, [outcomes[one] for one in ids.get(row["id"], [])]) for _, row in frame.iterrows()
        ]
        return sorted(found, key=lambda activity: SECTIONS.index(activity.row["section"]))

    def _outcome(self, row: "pd.Series[Any]") -> Outcome:
        edition = None if pd.isna(row["edition"]) else int(row["edition"])
        shown = []
        if edition is not None:
            published = tables.read("editions", edition=edition).iloc[0]["publication_date"]
            date = self.words.say("planned") if pd.isna(published) else self.words.date(published)
            shown.append(self.words.say("{edition} edition, {date}", edition=edition, date=date))
        if pd.notna(row["fact_id"]):
            date = tables.read("facts", id=row["fact_id"]).iloc[0]["date"]
            shown.append(
                self.words.say("fact {id}", id=row["fact_id"])
                if pd.isna(date)
                else self.words.say("fact {id}, {date}", id=row["fact_id"], date=self.words.date(date))
            )
        if not shown:
            raise InvalidData(
                f"{_OUTCOMES}, row {row['id']}, fields 'edition' and 'fact_id': both are empty. Expected: the edition or the "
                "fact that shows the outcome. Name one."
            )
        return Outcome(
            row["id"], row["kind"], row["timing"], self.words.text(row, "outcome"), self.words.translated(row["source_note"]),
            "; ".join(shown), edition, row["source_url"],
        )  # fmt: skip

    def of_section(self, name: str) -> list[Activity]:
        """List the activities of a section."""
        return [activity for activity in self.activities if activity.row["section"] == name]

    # sentences

    def _statuses_of(self, activities: Iterable[Activity]) -> str:
        """Count activities by their status, "4 done and 11 planned"."""
        count, found = self.words.count, Counter(activity.status for activity in activities)
        texts = {
            "done": count("{n} done", "{n} done", found["done"]),
            "ongoing": count("{n} ongoing", "{n} ongoing", found["ongoing"]),
            PLANNED: count("{n} planned", "{n} planned", found[PLANNED]),
        }
        return self.words.listed(text for status, text in texts.items() if found[status])

    def _known_of(self, activities: Iterable[Activity]) -> str:
        """Count what other facts show, "4 came about and 1 came otherwise than planned"; empty where they show nothing."""
        count, found = self.words.count, Counter(activity.kind for activity in activities)
        texts = {
            CAME_ABOUT: count("{n} came about", "{n} came about", found[CAME_ABOUT]),
            CHANGED: count("{n} came otherwise than planned", "{n} came otherwise than planned", found[CHANGED]),
        }
        return self.words.listed(text for kind, text in texts.items() if found[kind])

    def _gap(self, activities: Sequence[Activity]) -> list[Part]:
        unknown = [activity for activity in activities if activity.kind == NOT_KNOWN]
        if not unknown:
            return []
        text = self.words.count(
            "No fact collected shows what came of {n} activity ({statuses}).",
            "No fact collected shows what came of {n} activities ({statuses}).",
            len(unknown), statuses=self._statuses_of(unknown),
        )  # fmt: skip
        return [Paragraph(text, "gap")]

    # the parts of the chapter

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.overview, self.came, self.section("results")])

    @remembered
    def overview(self) -> Section:
        """Show the whole programme on a time line."""
        sections = [name for name in SECTIONS if self.of_section(name)]
        text = self.words.count(
            "The programme of work {years} has {n} activity: {statuses} when the report was written ({written}).",
            "The programme of work {years} has {n} activities in {sections} sections: {statuses} when the report was written "
            "({written}).",
            len(self.activities), years=self.years, sections=self.words.number(len(sections)), written=self.written,
            statuses=self._statuses_of(self.activities),
        )  # fmt: skip
        return Section([Paragraph(text, "finding"), self.timeline])

    @remembered
    def timeline(self) -> Exhibit:
        """Draw every activity, its status and whether it is known what came of it."""
        say, words = self.words.say, self.words
        names, status, known = section_names(words), statuses(words), kinds(words)
        years = range(self.span[0], self.span[1] + 1)
        sections, alts = [], []
        for name in SECTIONS:
            if activities := self.of_section(name):
                bars = [
                    figures_programme.Bar(
                        one.label, *one.months(years), one.status, f"{status[one.status]} \N{RIGHTWARDS ARROW} {known[one.kind]}"
                    )
                    for one in activities
                ]  # fmt: skip
                sections.append((names[name], bars))
                alts.append(f"{names[name]}: {self._statuses_of(activities)}")
        rows = [
            (names[one.row["section"]], one.name, one.when, status[one.status], known[one.kind], one.id)
            for one in self.activities
        ]
        columns = [say("Section"), say("Activity"), say("When"), say("Status"), say("What came of it"), say("Row")]
        data = pd.DataFrame([one.row for one in self.activities]).drop(columns="source_note")
        data["outcome"] = [one.kind for one in self.activities]
        return Exhibit(
            id=f"{self.id}-timeline", language=words, table=pd.DataFrame(rows, columns=columns),
            title=words.count("{n} activity, by section and month", "{n} activities, by section and month", len(self.activities)),
            subtitle=say("Bars by month, {years}. Full: done; grey: ongoing; hollow: planned, as the report states it ({written}). "
                         "After the arrow: what other facts show.", years=self.years, written=self.written),
            alt=say("Time line of the programme of work.") + " " + "; ".join(alts) + ".",
            data=data.assign(unit="month", licence=OWN_LICENCE), source=self.documents + ".", notes=self._notes(self.activities),
            draw=partial(figures_programme.programme, sections, years),
        )  # fmt: skip

    def _notes(self, activities: Iterable[Activity]) -> list[str]:
        """Give the remarks on rows of the programme, each once, with the rows that it is about."""
        rows: dict[str, list[str]] = {}
        for one in activities:
            if one.note:
                rows.setdefault(one.note, []).append(one.id)
        return [self.words.say("{name}: {text}", name=self.words.listed(ids), text=note) for note, ids in rows.items()]

    @property
    def documents(self) -> str:
        """Name the documents that the programme comes from."""
        return "; ".join(dict.fromkeys(self.words.translated(one.row["source"]) for one in self.activities))

    @remembered
    def came(self) -> Section:
        """Say what came of what was planned, and list the facts that show it."""
        say = self.words.say
        parts: list[Part] = [*self._of_planned(), *self._gap(self.activities)]
        shown, published = say("Shown by"), say("Published at")
        rows, pages = [], {}
        for one in self.activities:
            for outcome in one.outcomes:
                rows.append(
                    (one.cited, outcome.cited, kinds(self.words)[outcome.kind], outcome.shown_by, outcome.addresses)
                )
                pages[outcome.shown_by] = self._edition_link(outcome)
        if rows:
            columns = [say("Activity"), say("What came of it"), say("In short"), shown, published]
            table = pd.DataFrame(rows, columns=columns)
            links: dict[str, Link] = {shown: pages.__getitem__, published: address_links}
            parts.append(Listing(f"{self.id}-outcomes", say("Other facts on the activities"), table, links))
        text = say("Who knows what came of an activity can add it, with its source, as a row of the table of outcomes "
                   "({file}); this page then says so.", file=_OUTCOMES)  # fmt: skip
        return Section([*parts, Paragraph(text, "note")])

    def _of_planned(self) -> list[Part]:
        """Say what came of what was planned, as far as it is known."""
        planned = [one for one in self.activities if one.status == PLANNED]
        if not planned:
            return [Paragraph(self.words.say("When the report was written, nothing was still planned."), "finding")]
        known, unknown = self._known_of(planned), sum(one.kind == NOT_KNOWN for one in planned)
        if not known:
            return [Paragraph(self.words.say("Of nothing that was planned is it known what came of it."), "gap")]
        text = self.words.count(
            "Of the {n} planned activity, other facts show that {known}.",
            "Of the {n} planned activities, other facts show that {known}.", len(planned), known=known,
        )  # fmt: skip
        if came := [one for one in planned if one.kind == CAME_ABOUT]:
            text += " " + self.words.count(
                "Whether it came about in the time planned is known for {timed} of {n}.",
                "Whether they came about in the time planned is known for {timed} of the {n}.",
                len(came), timed=self.words.number(sum(one.timed for one in came)),
            )  # fmt: skip
        if unknown:
            text += " " + self.words.count("What came of {n} is not known.", "What came of {n} is not known.", unknown)
        return [Paragraph(text, "finding")]

    def _edition_link(self, outcome: Outcome) -> list[Span]:
        """Lead from the edition that shows an outcome to its chapter."""
        if outcome.edition is None or outcome.edition not in self.study.editions:
            return [Span(outcome.shown_by)]
        first, separator, rest = outcome.shown_by.partition("; ")
        link = Span(first, f"../editions/{outcome.edition}/index.html")
        return [link, Span(separator + rest)] if rest else [link]

    @making()
    def section(self, name: str) -> Section:
        """Show the activities of a section of the report, with what came of them."""
        say, activities = self.words.say, self.of_section(name)
        title = section_names(self.words)[name]
        parts = self._published() if name == "results" else []
        if not activities:
            return Section(
                [*parts, Paragraph(say("The report names no activity under “{section}”.", section=title), "gap")]
            )
        text = self.words.count(
            "{section}: {n} activity, {statuses} when the report was written ({written}).",
            "{section}: {n} activities, {statuses} when the report was written ({written}).",
            len(activities), section=title, written=self.written, statuses=self._statuses_of(activities),
        )  # fmt: skip
        if known := self._known_of(activities):
            text += " " + say("Other facts show that {known}.", known=known)
        status = statuses(self.words)
        rows = [
            (one.cited, one.when, status[one.status], one.partners or say("none named"), one.came) for one in activities
        ]
        columns = [say("Activity"), say("When"), say("Status"), say("Partners"), say("What came of it")]
        table = pd.DataFrame(rows, columns=columns)
        listing = Listing(f"{self.id}-{name}", say("{section}: activities", section=title), table)
        notes = [Paragraph(note, "note") for note in self._notes(activities)]
        return Section([*parts, Paragraph(text, "finding"), *self._gap(activities), listing, *notes])

    def _published(self) -> list[Part]:
        """Name the editions that were published within the period: the results that the study itself shows."""
        say, (first, last) = self.words.say, self.span
        frame = tables.read("editions", edition=self.study.published)
        inside = frame[frame["publication_date"].str[:4].astype(int).between(first, last)]
        if inside.empty:
            return [Paragraph(say("No edition of the study was published in {years}.", years=self.years), "gap")]
        names = self.words.listed(self._published_edition(row) for _, row in inside.iterrows())
        text = self.words.count(
            "{n} edition of the study was published in {years}: {names}.",
            "{n} editions of the study were published in {years}: {names}.", len(inside), years=self.years, names=names,
        )  # fmt: skip
        return [Paragraph(text, "finding")]

    def _published_edition(self, row: "pd.Series[Any]") -> str:
        cities = self.words.count("{n} city", "{n} cities", int(row["n_cities"]))
        date = self.words.date(row["publication_date"])
        given: dict[str, object] = {"edition": row["edition"], "date": date, "cities": cities}
        if pd.isna(row["n_countries"]):
            return self.words.say("the {edition} edition ({date}; {cities})", **given)
        countries = self.words.count("{n} country", "{n} countries", int(row["n_countries"]))
        return self.words.say("the {edition} edition ({date}; {cities} in {countries})", countries=countries, **given)

    @remembered
    def sources(self) -> Section:
        """Say where the programme and what came of it come from."""
        say = self.words.say
        text = say("The programme comes from this document: {documents}. It states what was done and what was planned {written}; "
                   "what came of it comes from the pages named beside each fact.",
                   documents=self.documents, written=self.written)  # fmt: skip
        return Section([Paragraph(text, "note"), *self.provenance(self.id).parts])
