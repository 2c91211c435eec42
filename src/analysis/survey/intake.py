"""Taking in the answers of cities: read, matched, judged, and only then stored; what is refused is reported, row by row.

A row enters whole or not at all. One row speaks for one city: of two that differ, the one sent later counts where both say
when they were sent, else neither. What is stored does not depend on how often a file is taken in.
"""

import datetime
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analysis import answers, files, instrument, study
from analysis.errors import InvalidData
from analysis.instrument import Instrument, Question
from analysis.survey import intake_values as values
from analysis.survey.intake_columns import PLACE_ID, SYNTHETIC, Columns, Names
from analysis.survey.intake_files import Row, Table, Unreadable, content_of, read
from analysis.survey.intake_report import HIDDEN, Report, shown
from analysis.survey.intake_store import Change, Store
from analysis.survey.intake_values import Place, Wrong

_ALONE = {"none", "not_known", "dont_know"}  # choices that exclude all others
_CONSENT = (answers.NAMED, answers.COUNTED)
_EARLIEST = datetime.datetime.min  # noqa: DTZ901 (`moment` gives moments of UTC without a zone)


@dataclass
class Taken:
    """What came of taking files in: how many cities were entered, replaced, known already or refused, and the reports."""

    counts: dict[Change, int]
    refused: int
    reports: list[Path]
    unreadable: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """A row that was found valid."""

    file: int
    row: int
    place: Place
    consent: str
    values: Mapping[str, str]
    contacts: Mapping[str, str]
    sent: datetime.datetime | None

    @property
    def said(self) -> tuple[object, ...]:
        """Give all that the city said."""
        return self.place, self.consent, tuple(self.values.items()), tuple(self.contacts.items())


def take_in(edition: int, names: Sequence[Path], *, synthetic: bool = False) -> Taken:
    """Take in files of answers to an edition.

    Raises
    ------
    UnknownCell
        Where the edition, or its instrument, is not known.
    InvalidData
        Where the questions of the edition are not known, or synthetic and real answers would mix.
    """
    study.load().check(edition)
    asked = instrument.load(edition)
    consent = consent_of(asked)
    store, known = Store(edition, asked), Names(asked)
    reports, entries, unreadable = list[Report](), list[Entry](), dict[str, str]()
    kinds, seen = set[bool](), set[str]()
    for number, name in enumerate(names):
        report = Report(edition, shown(name.name), files.digest(os.fsencode(name.name)))
        reports.append(report)
        try:
            content = content_of(name)
            report.digest = files.digest(content)
            if report.digest in seen:
                continue
            seen.add(report.digest)
            table = read(content, known.known, edition)
            one = _File(number, asked, consent, table, known.columns(table.header), report)
            kinds.add(synthetic or one.synthetic)
            entries += one.entries()
        except Unreadable as error:
            unreadable[report.file] = str(error)
            report.refuse(0, "the whole file", "", str(error))
    if entries and len(kinds | ({store.synthetic} if store.synthetic is not None else set())) > 1:
        raise InvalidData(
            f"Synthetic and real answers never mix in an edition; nothing was taken in. For a rehearsal give --synthetic; to "
            f"begin anew delete what is there: study private purge {edition}"
        )
    counts = dict.fromkeys(Change, 0)
    for entry in _one_each(entries, reports):
        report = reports[entry.file]
        try:
            counts[store.put(entry.place, entry.consent, entry.values, entry.contacts, entry.sent, report.digest)] += 1
        except Wrong as wrong:
            report.refuse(entry.row, "the whole row", "", wrong.expected, wrong.suggestion)
    if any(counts[one] for one in Change):
        store.save(kinds.pop())
    written = {report.digest: report for report in reversed(reports)}  # the first of two with the same content
    pages = [report.write(answers.private(edition)) for report in reversed(written.values())]
    return Taken(counts, sum(report.refused for report in reports), pages, unreadable)


def consent_of(asked: Instrument) -> Question:
    """Give the question on consent; an instrument without it, or without questions, takes no answers."""
    if asked.reconstructed or any(one.type == "unknown" for one in asked):
        raise InvalidData(
            f"The questions of {asked.edition} are not known: its instrument is reconstructed from what was published. "
            "Answers can be taken in for editions with an instrument of their own."
        )
    kinds = [one.type for one in asked]
    found = next((one for one in asked if one.disclosure == "consent" and set(_CONSENT) <= set(one.codes)), None)
    if found is None or kinds.count("city") != 1 or kinds.count("country") != 1:
        raise InvalidData(
            f"data/instruments/{asked.edition}.yml needs one question of the type city, one of the type country, and one of the "
            f"class consent with the choices {' and '.join(_CONSENT)}. Add what is missing."
        )
    return found


@dataclass
class _File:
    """A file whose rows are judged."""

    number: int
    asked: Instrument
    consent: Question
    table: Table
    columns: Columns
    report: Report

    def entries(self) -> list[Entry]:
        """Judge every row; give those that are valid."""
        self._note_columns()
        if self.columns.doubtful:
            raise Unreadable(
                "has columns that could answer several questions: "
                + "; ".join(f"'{name}' ({' or '.join(several)})" for name, several in self.columns.doubtful.items())
                + ". Write the code of the question as their heading. Nothing of this file was taken in."
            )
        if not self.table.rows:
            raise Unreadable("has headings and no answers. Export the answers anew.")
        return [entry for row in self.table.rows if (entry := _Row(self, row).entry())]

    @cached_property
    def synthetic(self) -> bool:
        """Tell answers that say that they are synthetic."""
        places = self.columns.special.get(SYNTHETIC, [])
        said = {
            row.cells[place].strip().casefold() in ("yes", "true", "1", "x")
            for row in self.table.rows
            for place in places
        }
        if len(said) > 1:
            raise Unreadable("has synthetic and real answers. Take them apart. Nothing of this file was taken in.")
        return said == {True}

    def _note_columns(self) -> None:
        for note in self.table.notes:
            self.report.note(0, "the whole file", "", note)
        for name in self.columns.unknown:
            self.report.note(0, name, "", "a heading that is a question of this edition, by its code or wording; this column was not read",
                             "Mend the heading where it holds answers")  # fmt: skip
        self.report.metadata = tuple(self.columns.metadata)
        for one in self.asked:
            if one.id not in self.columns.of:
                self.report.note(
                    0, one.id, "", f"a column for this question: {one.label['en']}", "It was taken as not answered"
                )
            elif one.type == "multiple" and all(choice for _, choice in self.columns.of[one.id]):
                lost = sorted(set(one.codes) - {choice for _, choice in self.columns.of[one.id]})
                if lost:
                    self.report.note(
                        0, one.id, "", f"a column for each choice; none for {', '.join(lost)}", "Taken as not chosen"
                    )


@dataclass
class _Row:
    """A row that is judged question by question, in the order of the instrument."""

    file: _File
    row: Row
    found: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def entry(self) -> Entry | None:
        """Judge the row; `None` where something in it is refused."""
        if self.row.surplus:
            self._refuse("the whole row", "", "no more cells than there are headings",
                         "Put quotation marks around texts that hold the delimiter or a line break")  # fmt: skip
            return None
        if self.row.short:
            self.file.report.note(self.row.number, "the whole row", "", "as many cells as there are headings",
                                  "The missing ones at its end were taken as empty; check that it was not torn apart")  # fmt: skip
        for question in self.file.asked:
            if question.type not in ("city", "country"):
                self._judge(question)
        place = self._place()
        if self.wrong or place is None:
            return None
        asked = self.file.asked
        return Entry(
            self.file.number, self.row.number, place, self.found[self.file.consent.id],
            {one.id: self.found[one.id] for one in answers.questions(asked)},
            {one.id: self.found[one.id] for one in answers.contacts(asked)}, self._sent(),
        )  # fmt: skip

    def _judge(self, question: Question) -> None:
        try:
            self.found[question.id] = typed = self._value(question)
        except Wrong as wrong:
            self._refuse(question.id, self._shown(question.id), wrong.expected, wrong.suggestion)
            return
        rule = question.relevant
        if rule and rule.question in self.wrong:
            return
        skipped = rule and not set(self.found.get(rule.question, "").split(answers.JOINED)) & set(rule.answers)
        if rule and skipped and typed:
            self.found[question.id] = ""
            expected = f"no answer, because it is asked only where '{rule.question}' is {' or '.join(rule.answers)}; it was left out"
            self._note(question, expected, f"Mend the answer to '{rule.question}' if this one counts")
        needed = question.required or question.id == self.file.consent.id
        if needed and not skipped and not typed:
            self._refuse(question.id, "", "an answer: this question is required", "Ask the city")
        elif question.type == "text" and values.visible(self._texts(question.id))[1]:
            self._note(
                question, "text without control characters; they are shown as \ufffd", "Look whether something is lost"
            )

    def _value(self, question: Question) -> str:
        """Judge all columns of a question together: whole ones, and those of single choices."""
        whole, chosen, split = dict[str, str](), set[str](), False
        for place, choice in self.file.columns.of.get(question.id, ()):
            text = self.row.cells[place]
            if choice:
                split = True
                if values.ticked(question, choice, text):
                    chosen.add(choice)
            elif one := values.value(question, self._none_if_skipped(question, text)):
                whole[one] = text
        if split and chosen:
            whole[answers.JOINED.join(code for code in question.codes if code in chosen)] = ""
        codes = next(iter(whole), "").split(answers.JOINED)
        if question.type == "multiple" and len(codes) > 1 and (alone := sorted(_ALONE & set(codes))):
            raise Wrong(f"the choice '{alone[0]}' alone, or others without it", "Ask the city which is meant")
        if len(whole) > 1:
            raise Wrong("the same answer in every column of this question", "Leave one of them")
        return next(iter(whole), "")

    def _none_if_skipped(self, question: Question, text: str) -> str:
        """Take the N/A that LimeSurvey exports for a question that was not asked as what it is."""
        rule = question.relevant
        skipped = rule and not set(self.found.get(rule.question, "").split(answers.JOINED)) & set(rule.answers)
        return "" if skipped and text.strip() == "N/A" else text

    def _place(self) -> Place | None:
        kinds = {one.type: one for one in self.file.asked if one.type in ("city", "country")}
        ids = [values.line(self.row.cells[place]) for place in self.file.columns.special.get(PLACE_ID, [])]
        texts = {kind: self._texts(one.id) for kind, one in kinds.items()}
        at = "country"
        try:
            iso3 = values.country(texts["country"])
            at = "city"
            return values.place(texts["city"], iso3, "".join(ids))
        except Wrong as wrong:
            self._refuse(kinds[at].id, texts[at], wrong.expected, wrong.suggestion)
            return None

    def _sent(self) -> datetime.datetime | None:
        for place in self.file.columns.times:
            if (time := moment(self.row.cells[place])) is not None:
                return time
        return None

    def _texts(self, name: str) -> str:
        """Give what stands in the columns of a question, without repetition."""
        texts = [self.row.cells[place] for place, _ in self.file.columns.of.get(name, ())]
        return " | ".join(dict.fromkeys(text for text in texts if text.strip()))

    def _shown(self, name: str) -> str:
        return HIDDEN if self.file.asked[name].disclosure == "contact" else self._texts(name)

    def _number(self, name: str) -> int:
        places = [place for place, _ in self.file.columns.of.get(name, ())]
        return next((self.row.numbers[place] for place in places if place in self.row.numbers), self.row.number)

    def _refuse(self, name: str, value: str, expected: str, suggestion: str) -> None:
        self.wrong.add(name)
        self.file.report.refuse(self._number(name), name, value, expected, suggestion, whole=self.row.number)

    def _note(self, question: Question, expected: str, suggestion: str) -> None:
        self.file.report.note(self._number(question.id), question.id, self._shown(question.id), expected, suggestion)


def moment(typed: str) -> datetime.datetime | None:
    """Read the time at which an answer was sent; `None` where it is not sure, day and month above all."""
    text = " ".join(typed.split())
    if found := re.match(
        r"(\d{4})[/-](\d\d?)[/-](\d\d?)[ T](\d\d?:\d\d(?::\d\d)?)\s*(AM|PM|a\.? ?m\.?|p\.? ?m\.?)?( ?GMT.*|\.\d+)?$",
        text,
        re.IGNORECASE,
    ):
        year, month, day, clock, half, _ = found.groups()
        hour, rest = clock.split(":", 1)
        number = int(hour) % 12 + 12 * half.lower().startswith("p") if half else int(hour)
        text = f"{year}-{int(month):02}-{int(day):02}T{number:02}:{rest}"
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.year < 2000:  # LimeSurvey writes 1980 where answers are anonymous
        return None
    return time.astimezone(datetime.UTC).replace(tzinfo=None) if time.tzinfo else time


def _one_each(entries: Iterable[Entry], reports: Sequence[Report]) -> list[Entry]:
    """Leave one row for each city: equal ones are merged, the one sent later counts, else neither of two enters."""
    cities: dict[str, list[Entry]] = {}
    for entry in entries:
        cities.setdefault(entry.place.response, []).append(entry)
    kept = []
    for several in cities.values():
        different: dict[tuple[object, ...], Entry] = {}
        for entry in several:
            other = different.get(entry.said)
            if other is not None:
                reports[entry.file].note(entry.row, "the whole row", "", f"one row for each city; row {other.row} says the same",
                                         "They were merged")  # fmt: skip
            if other is None or (entry.sent and other.sent and entry.sent > other.sent):
                different[entry.said] = entry
        ordered = sorted(different.values(), key=lambda one: one.sent or _EARLIEST)
        last = ordered[-1]
        if len(ordered) > 1 and (not ordered[0].sent or ordered[-2].sent == last.sent):
            for entry in ordered:
                rows = ", ".join(_named(other, entry, reports) for other in ordered if other is not entry)
                reports[entry.file].refuse(entry.row, "the whole row", "", f"one answer for each city; {rows} has other answers of the same city",
                                           "Leave the row that counts, or add a column timestamp")  # fmt: skip
            continue
        for entry in ordered[:-1]:
            reports[entry.file].note(entry.row, "the whole row", "", f"one answer for each city; {_named(last, entry, reports)} was sent later",
                                     "The later one counts")  # fmt: skip
        kept.append(last)
    return kept


def _named(one: Entry, seen_from: Entry, reports: Sequence[Report]) -> str:
    where = "" if one.file == seen_from.file else f" of '{reports[one.file].file}'"
    return f"row {one.row}{where}"
