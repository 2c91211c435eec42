"""Taking in the answers of cities: read, matched, judged, and only then stored; what is refused is reported, row by row.

A row enters whole or not at all. One row speaks for one city: of two that differ, the one sent later counts where both say
when they were sent, else neither. What is stored does not depend on how often a file is taken in.
"""

import datetime
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analysis import answers, files, instrument, study
from analysis.errors import InvalidData
from analysis.instrument import Instrument, Question
from analysis.survey import intake_values as values
from analysis.survey.intake_cells import AGAIN, Row, Table, Unreadable
from analysis.survey.intake_columns import PLACE_ID, SYNTHETIC, Columns, columns_of
from analysis.survey.intake_encoding import repair_text
from analysis.survey.intake_files import content_of, read
from analysis.survey.intake_names import OTHER, Kind, Names, Target
from analysis.survey.intake_places import Place, find_city, find_country
from analysis.survey.intake_report import HIDDEN, Report, shown
from analysis.survey.intake_store import Change, Store
from analysis.survey.intake_times import Order, ambiguous, moment, order_of
from analysis.survey.intake_tools import QUALTRICS, SURVEYMONKEY, not_counted, says_submitted, unfinished
from analysis.survey.intake_values import Wrong
from analysis.uploads.cells import DateCell

_ALONE = {"none", "not_known", "dont_know"}  # choices that exclude all others
_CONSENT = (answers.NAMED, answers.COUNTED)
_ASK_ORDER = "Say which stands first: --dates dmy (day, month, year) or --dates mdy"
_MOST_NAMED = 12  # columns in a message
_WHOLE_TEXT = 10_000  # characters of a text that stands in the report alone
_EARLIEST = datetime.datetime.min  # noqa: DTZ901 (`moment` gives moments of UTC without a zone)


@dataclass
class Taken:
    """What came of taking files in: how many cities were entered, replaced, known already or refused, and the reports."""

    counts: dict[Change, int]
    refused: int
    reports: list[Path]
    unreadable: dict[str, str]
    unstored: int = 0  # texts beside the choice `other`, which stand in the reports alone


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
    doubtful: bool = False  # day and month of the time of sending could be either

    @property
    def said(self) -> tuple[object, ...]:
        """Give all that the city said."""
        return self.place, self.consent, tuple(self.values.items()), tuple(self.contacts.items())


def take_in(edition: int, names: Sequence[Path], *, synthetic: bool = False, dates: Order | None = None) -> Taken:
    """Take in files of answers to an edition.

    Parameters
    ----------
    edition
        Year of the edition.
    names
        The files.
    synthetic
        Whether the answers are made up, for a rehearsal.
    dates
        The order of day and month in times of sending, where a file does not show it.

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
            table = read(content, known, edition)
            file = _File(number, known, consent, table, columns_of(known, table.header), report, dates)
            kinds.add(synthetic or file.synthetic)
            entries += file.entries()
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
            if entry.doubtful and store.differs(entry.place, entry.consent, entry.values):
                raise Wrong("a time of sending whose day and month are certain", _ASK_ORDER)
            counts[store.put(entry.place, entry.consent, entry.values, entry.contacts, entry.sent, report.digest)] += 1
        except Wrong as wrong:
            report.refuse(entry.row, "the whole row", "", wrong.expected, wrong.suggestion)
    if any(counts[change] for change in Change):
        store.save(kinds.pop())
    written = {report.digest: report for report in reversed(reports)}  # the first of two with the same content
    pages = [report.write(answers.private(edition)) for report in reversed(written.values())]
    refused = sum(report.refused for report in reports)
    unstored = sum(report.unstored for report in reports)
    return Taken(counts, refused, pages, unreadable, unstored)


def consent_of(asked: Instrument) -> Question:
    """Give the question on consent; an instrument without it, or without questions, takes no answers."""
    if asked.reconstructed or any(question.type == "unknown" for question in asked):
        raise InvalidData(
            f"The questions of {asked.edition} are not known: its instrument is reconstructed from what was published. "
            "Answers can be taken in for editions with an instrument of their own."
        )
    kinds = [question.type for question in asked]
    consent = next(
        (question for question in asked if question.disclosure == "consent" and set(_CONSENT) <= set(question.codes)),
        None,
    )
    if consent is None or kinds.count("city") != 1 or kinds.count("country") != 1:
        raise InvalidData(
            f"data/instruments/{asked.edition}.yml needs one question of the type city, one of the type country, and one of the "
            f"class consent with the choices {' and '.join(_CONSENT)}. Add what is missing."
        )
    return consent


@dataclass
class _File:
    """A file whose rows are judged."""

    number: int
    names: Names
    consent: Question
    table: Table
    columns: Columns
    report: Report
    dates: Order | None

    @property
    def asked(self) -> Instrument:
        """Give the instrument."""
        return self.names.instrument

    def entries(self) -> list[Entry]:
        """Judge every row; give those that are valid."""
        self._note_columns()
        self._check_columns()
        self._check_shares()
        if not self.table.rows:
            raise Unreadable("has headings and no answers. Export the answers anew.")
        for number, reason in self.table.asides:
            self.report.note(number, "the whole row", "", reason, "It was left out")
        return [entry for row in self.table.rows if (entry := _Row(self, row).entry())]

    @cached_property
    def synthetic(self) -> bool:
        """Tell answers that say that they are synthetic."""
        places = self.columns.special.get(SYNTHETIC, [])
        marks = {
            row.cells[place].strip().casefold() in ("yes", "true", "1", "x")
            for row in self.table.rows
            for place in places
        }
        if len(marks) > 1:
            raise Unreadable(f"has synthetic and real answers. Take them apart. {AGAIN}")
        return marks == {True}

    @cached_property
    def order(self) -> Order | None:
        """Give the order of day and month in the times of the file."""
        if self.dates is not None:
            return self.dates
        texts = [row.cells[place] for row in self.table.rows for place in self.columns.times]
        return order_of(texts) or (Order.MDY if SURVEYMONKEY in self.columns.tools else None)

    @cached_property
    def missing(self) -> frozenset[str]:
        """Give what the program that wrote the file writes where there is no answer.

        It counts where it stands below several questions for which it is no possible answer.
        """
        places = {
            place
            for question in self.asked
            if question.type in ("single", "scale", "multiple", "number")
            for place, _ in self.columns.of.get(question.id, ())
        }
        columns = [{row.cells[place].strip() for row in self.table.rows} for place in places]
        return frozenset(mark for mark in values.MISSING if sum(mark in texts for texts in columns) > 1)

    def _check_columns(self) -> None:
        """Refuse a file with columns of answers of which nobody can tell what they answer."""
        if self.columns.doubtful:
            raise Unreadable(
                "has columns that could answer several questions: "
                + "; ".join(f"'{name}' ({' or '.join(several)})" for name, several in self.columns.doubtful.items())
                + f". Write the code of the question as their heading. {AGAIN}"
            )
        unknown = [place for place in self.columns.unknown if self._is_filled(place) and not self._counts_rows(place)]
        if unknown:
            raise Unreadable(
                "has answers in columns that are no question of this edition, by code or wording: "
                + "; ".join(self._with_nearest(place) for place in unknown[:_MOST_NAMED])
                + (f"; and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else "")
                + ". Write the code of the question as the heading, with /choice behind it where the column is for one choice; "
                f"where it is no answer, delete the column or begin its heading with #. {AGAIN}"
            )
        if unnamed := list(self._unnamed_choices()):
            raise Unreadable(
                f"has columns whose headings do not say for which choice they are: {'; '.join(unnamed[:_MOST_NAMED])}. "
                f"Export the wordings as headings or as values, or write question/choice as the heading. {AGAIN}"
            )

    def _check_shares(self) -> None:
        """Refuse shares in percent that all look like fractions, 0.275 for 27.5%, as programs write them."""
        for question in self.asked:
            if question.type != "number" or question.unit.strip() not in ("%", "percent"):
                continue
            for place, _ in self.columns.of.get(question.id, ()):
                texts = {row.cells[place].strip() for row in self.table.rows} - {""} - self.missing
                fractions = sorted(text for text in texts if re.fullmatch(r"0?[.,]\d*[1-9]\d*", text))
                if len(fractions) > 1 and all(text in fractions or text in ("0", "1") for text in texts):
                    raise Unreadable(
                        f"has shares between 0 and 1 in the column '{shown(self.columns.names[place])}' "
                        f"({', '.join(fractions[:3])}), which is in percent: it is not clear whether "
                        f"{fractions[0]} is {fractions[0]}% or a hundred times as much. "
                        f"Write 27.5 for 27.5 percent, or a percent sign behind each. {AGAIN}"
                    )

    def _is_filled(self, place: int) -> bool:
        return any(row.cells[place].strip() for row in self.table.rows)

    def _counts_rows(self, place: int) -> bool:
        """Tell the first column of a file without a heading, in which the rows are numbered."""
        if place or any(row[0].strip() and not row[0].startswith("Unnamed") for row in self.table.header):
            return False
        texts = [row.cells[0] for row in self.table.rows]
        return any(texts == [str(number) for number in range(start, start + len(texts))] for start in (0, 1))

    def _with_nearest(self, place: int) -> str:
        name = self.columns.names[place]
        return f"'{shown(name)}' (nearest: {self.names.nearest(name)})"

    def _unnamed_choices(self) -> Iterator[str]:
        """Name the columns of which neither heading nor values say for which choice they are."""
        for id, several in self.columns.of.items():
            parts = [place for place, target in several if target.kind is Kind.PART]
            choices = {place: self._choices_in(place, self.asked[id]) for place in parts}
            distinct = [code for codes in choices.values() for code in codes or ()]
            for place, codes in choices.items():
                alone = codes is not None and len(codes) <= 1 and all(distinct.count(code) == 1 for code in codes)
                if not alone or not self._are_complete(parts, self.asked[id]):
                    yield f"'{shown(self.columns.names[place])}' (question '{id}')"

    def _choices_in(self, place: int, question: Question) -> set[str] | None:
        """Give the choices in a column that is for one; `None` where something else stands in it."""
        cells = {repair_text(row.cells[place]) for row in self.table.rows} - {""}
        numbered = place not in self.columns.blank
        names = {cell for cell in cells if not (numbered and values.is_blank_mark(question, cell))}
        codes = {values.choice_of(question, name) for name in names if name.strip()}
        return None if "" in codes else codes

    def _are_complete(self, parts: Sequence[int], question: Question) -> bool:
        """Tell columns without headings that are as many as the choices; at the end of a sheet, empty ones may be missing."""
        if not set(parts) & self.columns.blank:
            return True
        last = max(parts) == len(self.columns.names) - 1
        return len(parts) == len(question.codes) or (last and len(parts) < len(question.codes))

    def _note_columns(self) -> None:
        for note in self.table.notes:
            self.report.note(0, "the whole file", "", note)
        for place in self.columns.unknown:
            name = self.columns.names[place]
            expected = "a heading that is a question of this edition, by its code or wording; this column is empty"
            if not self._is_filled(place) and not name.startswith("(no heading"):
                self.report.note(0, name, "", expected, "Nothing was left out")
        for mark in sorted(self.missing):
            self.report.note(0, "the whole file", mark, "an empty cell where there is no answer", "It was read as one")
        for place in self.columns.excluded:
            self.report.note(0, self.columns.names[place], "", "no answer, because its heading begins with #")
        self.report.metadata = tuple(self.columns.names[place] for place in self.columns.metadata)
        for question in self.asked:
            self._note_missing(question)
        undated = [
            row.number for row in self.table.rows if any(ambiguous(row.cells[place]) for place in self.columns.times)
        ]
        if undated and self.order is None:
            self.report.note(0, "the time of sending", "", "times whose day and month are certain; these could be either, "
                             "so they were not used", _ASK_ORDER)  # fmt: skip

    def _note_missing(self, question: Question) -> None:
        """Note a question, or choices of it, without a column."""
        targets = [target for _, target in self.columns.of.get(question.id, ())]
        if not targets:
            expected = f"a column for this question: {question.label['en']}"
            self.report.note(0, question.id, "", expected, "It was taken as not answered")
        elif question.type == "multiple" and all(target.kind is Kind.CHOICE for target in targets):
            lacking = sorted(set(question.codes) - {target.choice for target in targets})
            if lacking:
                expected = f"a column for each choice; none for {', '.join(lacking)}"
                self.report.note(0, question.id, "", expected, "Taken as not chosen")


@dataclass
class _Row:
    """A row that is judged question by question, in the order of the instrument."""

    file: _File
    row: Row
    answered: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def entry(self) -> Entry | None:
        """Judge the row; `None` where something in it is refused."""
        if self.row.surplus:
            self._refuse_value("the whole row", "", "no more cells than there are headings",
                         "Put quotation marks around texts that hold the delimiter or a line break")  # fmt: skip
            return None
        if self.row.torn:
            mend = "Put quotation marks around texts that hold a line break, or join the rows"
            self._refuse_value("the whole row", "", "a whole row; this is a part of one", mend)
            return None
        if self.row.short:
            self.file.report.note(self.row.number, "the whole row", "", "as many cells as there are headings",
                                  "The missing ones at its end were taken as empty; check that it was not torn apart")  # fmt: skip
        self._check_marks()
        for question in self.file.asked:
            if question.type not in ("city", "country"):
                self._judge_question(question)
        place = self._find_place()
        if self.wrong or place is None:
            return None
        asked = self.file.asked
        sent, doubtful = self._time_sent()
        return Entry(
            self.file.number, self.row.number, place, self.answered[self.file.consent.id],
            {question.id: self.answered[question.id] for question in answers.questions(asked)},
            {question.id: self.answered[question.id] for question in answers.contacts(asked)}, sent, doubtful,
        )  # fmt: skip

    def _check_marks(self) -> None:
        """Refuse a row that the survey tool itself counts as none: a test, spam, or rejected when it was reviewed."""
        for place in self.file.columns.metadata:
            name, text = self.file.columns.names[place], self.row.cells[place]
            if any(not_counted(heading, text) for heading in name.split(" / ")):
                self._refuse_value(name, text, "an answer that counts; the survey tool marks this row as none",
                             "Delete the row, or the mark if it counts")  # fmt: skip
            elif self._is_unfinished(place, text):
                self._refuse_value(name, text, "an answer that was sent off; this one was begun only",
                             "Ask the city to finish it, or delete this column if it counts")  # fmt: skip

    def _is_unfinished(self, place: int, text: str) -> bool:
        """Tell an answer that was begun and not sent off, by a mark or, where others have one, an empty time."""
        headings = self.file.columns.names[place].split(" / ")
        if any(unfinished(heading, text) for heading in headings):
            return True
        blank = values.not_asked(text) and any(map(says_submitted, headings))
        return blank and any(not values.not_asked(row.cells[place]) for row in self.file.table.rows)

    def _judge_question(self, question: Question) -> None:
        try:
            self.answered[question.id] = typed = self._joined_value(question)
        except Wrong as wrong:
            self._refuse_value(question.id, self._shown_value(question.id), wrong.expected, wrong.suggestion)
            return
        rule = question.relevant
        if rule and rule.question in self.wrong:
            return
        skipped = self._is_skipped(question)
        if rule and skipped and typed:
            self.answered[question.id] = ""
            expected = f"no answer, because it is asked only where '{rule.question}' is {' or '.join(rule.answers)}; it was left out"
            self._note_value(question, expected, f"Mend the answer to '{rule.question}' if this one counts")
        needed = question.required or question.id == self.file.consent.id
        if needed and not skipped and not typed:
            self._refuse_value(question.id, "", "an answer: this question is required", "Ask the city")
        elif question.type == "text" and values.visible(self._joined_texts(question.id))[1]:
            self._note_value(
                question, "text without control characters; they are shown as \ufffd", "Look whether something is lost"
            )
        self._note_cells(question)

    def _is_skipped(self, question: Question) -> bool:
        """Tell a question that was not asked."""
        rule = question.relevant
        if rule is None:
            return False
        return not set(self.answered.get(rule.question, "").split(answers.JOINED)) & set(rule.answers)

    def _note_cells(self, question: Question) -> None:
        """Note what was done to the cells of a question so that they could be read."""
        for place, _ in self.file.columns.of.get(question.id, ()):
            cell = self.row.cells[place]
            if repair_text(cell) != cell:
                self._note_value(question, "letters as they were typed; they had been decoded wrongly, and were repaired",
                           "Check that they are right")  # fmt: skip
            if isinstance(cell, DateCell) and question.type in ("number", "text"):
                read_as = HIDDEN if question.disclosure == "contact" else self.answered[question.id]
                self._note_value(
                    question,
                    f"no date; a spreadsheet has made one of this cell, which was read as '{read_as}'",
                    "Check what the city wrote",
                )

    def _said_cells(self, question: Question) -> Iterator[tuple[str, Target]]:
        """Give the cells of a question that say something, with what they are for."""
        skipped = self._is_skipped(question)
        for place, target in self.file.columns.of.get(question.id, ()):
            cell = self.row.cells[place]
            if (skipped and values.not_asked(cell)) or cell.strip() in self.file.missing:
                continue
            if QUALTRICS in self.file.columns.tools and values.unanswered(question, cell):
                continue
            values.check_cell(cell)
            repaired = repair_text(cell)
            yield (cell if repaired == cell else repaired), target

    def _joined_value(self, question: Question) -> str:
        """Judge all columns of a question together: whole ones, and those of single choices."""
        whole, parts, marks = dict[str, None](), set[str](), _Marks(question)
        for text, target in self._said_cells(question):
            if target.kind is Kind.CHOICE:
                marks.add(target.choice, values.mark(question, target.choice, text))
            elif target.kind is Kind.PART:
                parts |= {values.choice_of(question, text)} - {""}
            elif answer := values.value(question, text):
                whole[answer] = None
        if parts:
            whole[answers.JOINED.join(code for code in question.codes if code in parts)] = None
        if len(whole) > 1:
            raise Wrong("the same answer in every column of this question", "Leave one of them")
        answer = marks.joined(next(iter(whole), ""))
        codes = answer.split(answers.JOINED)
        if question.type == "multiple" and len(codes) > 1 and (alone := sorted(_ALONE & set(codes))):
            raise Wrong(f"the choice '{alone[0]}' alone, or others without it", "Ask the city which is meant")
        for text in marks.texts:
            self._note_unstored(question, text)
        return answer

    def _note_unstored(self, question: Question, text: str) -> None:
        self.file.report.unstored += 1
        self.file.report.note(
            self._row_number(question.id), question.id, HIDDEN if question.disclosure == "contact" else text,
            f"no text beside the choice '{OTHER}', for which this edition has no question; '{OTHER}' is stored, this text is not",
            "Keep this report, or ask the city to repeat the text in a question that takes texts", longest=_WHOLE_TEXT,
        )  # fmt: skip

    def _find_place(self) -> Place | None:
        kinds = {question.type: question for question in self.file.asked if question.type in ("city", "country")}
        ids = [values.line(self.row.cells[place]) for place in self.file.columns.special.get(PLACE_ID, [])]
        texts = {kind: self._joined_texts(question.id) for kind, question in kinds.items()}
        at = "country"
        try:
            self._check_texts(kinds["country"])
            iso3 = find_country(texts["country"])
            at = "city"
            self._check_texts(kinds["city"])
            place = find_city(texts["city"], iso3, "".join(ids))
        except Wrong as wrong:
            self._refuse_value(kinds[at].id, texts[at], wrong.expected, wrong.suggestion)
            return None
        for question in kinds.values():
            self._note_cells(question)
        return place

    def _check_texts(self, question: Question) -> None:
        for place, _ in self.file.columns.of.get(question.id, ()):
            values.check_cell(self.row.cells[place])

    def _time_sent(self) -> tuple[datetime.datetime | None, bool]:
        """Give the time of sending, and whether there is one whose day and month could be either."""
        for place in self.file.columns.times:
            cell = self.row.cells[place]
            if (time := moment(cell, self.file.order)) is not None:
                return time, False
            if ambiguous(cell):
                return None, True
        return None, False

    def _joined_texts(self, name: str) -> str:
        """Give what stands in the columns of a question, without repetition."""
        texts = [repair_text(self.row.cells[place]) for place, _ in self.file.columns.of.get(name, ())]
        return " | ".join(dict.fromkeys(text for text in texts if text.strip()))

    def _shown_value(self, name: str) -> str:
        return HIDDEN if self.file.asked[name].disclosure == "contact" else self._joined_texts(name)

    def _row_number(self, name: str) -> int:
        places = [place for place, _ in self.file.columns.of.get(name, ())]
        return next((self.row.numbers[place] for place in places if place in self.row.numbers), self.row.number)

    def _refuse_value(self, name: str, value: str, expected: str, suggestion: str) -> None:
        self.wrong.add(name)
        self.file.report.refuse(self._row_number(name), name, value, expected, suggestion, whole=self.row.number)

    def _note_value(self, question: Question, expected: str, suggestion: str) -> None:
        self.file.report.note(
            self._row_number(question.id), question.id, self._shown_value(question.id), expected, suggestion
        )


@dataclass
class _Marks:
    """What the columns of single choices say of a question."""

    question: Question
    chosen: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    ticked: set[str] = field(default_factory=set)  # choices with a column that is more than a text beside `other`
    texts: list[str] = field(default_factory=list)

    def add(self, choice: str, mark: values.Mark) -> None:
        """Add what one column says."""
        {True: self.chosen, False: self.denied, None: self.silent}[mark.chosen].add(choice)
        if mark.text:
            self.texts.append(mark.text)
        else:
            self.ticked.add(choice)

    def joined(self, whole: str) -> str:
        """Join what the columns say with the answer in one column; they must not contradict each other."""
        codes = set(whole.split(answers.JOINED)) - {""}
        contradicted = self.chosen & (self.denied | self.silent - {OTHER})
        contradicted |= self.denied & codes | (self.chosen - codes if codes else set())
        if self.ticked & self.chosen:
            contradicted |= (self.ticked - self.chosen) & codes
        if contradicted:
            code = sorted(contradicted)[0]
            raise Wrong(
                f"the same answer in every column of this question; they differ on the choice '{code}'",
                "Leave those that are right",
            )
        chosen = codes | self.chosen
        return answers.JOINED.join(code for code in self.question.codes if code in chosen) if self.chosen else whole


def _one_each(entries: Iterable[Entry], reports: Sequence[Report]) -> list[Entry]:
    """Leave one row for each city: equal ones are merged, the one sent later counts, else neither of two enters."""
    cities: dict[str, list[Entry]] = {}
    for entry in entries:
        cities.setdefault(entry.place.response, []).append(entry)
    counting = []
    for several in cities.values():
        different: dict[tuple[object, ...], Entry] = {}
        for entry in several:
            other = different.get(entry.said)
            if other is not None:
                reports[entry.file].note(entry.row, "the whole row", "", f"one row for each city; row {other.row} says the same",
                                         "They were merged")  # fmt: skip
            if other is None or (entry.sent and other.sent and entry.sent > other.sent):
                different[entry.said] = entry
        ordered = sorted(different.values(), key=lambda entry: entry.sent or _EARLIEST)
        last = ordered[-1]
        if len(ordered) > 1 and (not ordered[0].sent or ordered[-2].sent == last.sent):
            for entry in ordered:
                rows = ", ".join(_row_named(other, entry, reports) for other in ordered if other is not entry)
                mend = "Leave the row that counts, or add a column timestamp"
                reports[entry.file].refuse(
                    entry.row, "the whole row", "", f"one answer for each city; {rows} has other answers of the same city",
                    f"{_ASK_ORDER}. Or leave the row that counts" if any(other.doubtful for other in ordered) else mend,
                )  # fmt: skip
            continue
        for entry in ordered[:-1]:
            reports[entry.file].note(entry.row, "the whole row", "", f"one answer for each city; {_row_named(last, entry, reports)} was sent later",
                                     "The later one counts")  # fmt: skip
        counting.append(last)
    return counting


def _row_named(entry: Entry, seen_from: Entry, reports: Sequence[Report]) -> str:
    where = "" if entry.file == seen_from.file else f" of '{reports[entry.file].file}'"
    return f"row {entry.row}{where}"
