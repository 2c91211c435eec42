"""Turning the answers of a filled spreadsheet into rows of `data/published/`: all of them, or none.

An answer is known again by its reference in `source_note`, so importing a file twice adds nothing, and a corrected file
replaces what came from it. Rows that no answer concerns keep their bytes.
"""

import bisect
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analysis import digests, files, paths, rules, study, tables, validation
from analysis.errors import InvalidData
from analysis.survey import gaps, kit_reader, trial
from analysis.survey.gaps import Gaps, fold
from analysis.survey.kit_reader import Answer, Filled, Problem

_SEPARATOR = " | "
# where the answers of each kind go; the columns that say what a row is about; the column of the sheet that says it
_TABLES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "city": ("participants", ("edition", "place_id"), "city"),
    "question": ("instrument", ("edition", "axis", "field", "item"), "question"),
    "factor": ("factors", ("edition", "axis", "kind", "text_en"), "text"),
    "practice": ("good_practices", ("place_id", "name"), "name"),
    "share": ("findings", ("edition", "axis", "statement_en"), "statement"),
}
_IDS = {"instrument": "Q{edition}-", "findings": "F{edition}-", "factors": "K{edition}-", "good_practices": "G"}


@dataclass
class Outcome:
    """What an import did."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: int = 0
    not_read: list[str] = field(default_factory=list)


def import_file(file: Path) -> Outcome:
    """Take over the answers of a spreadsheet; the tables are taken to fit their codebook before.

    Raises
    ------
    InvalidData
        Where something is wrong with the file or with an answer; then nothing is changed.
    """
    return take_over(kit_reader.read_kit(file), file.name)


def take_over(answers: Filled, source: str) -> Outcome:
    """Take over what was read from a source of this name, as `import_file` does."""
    work = _Import(answers)
    problems = sorted([*answers.problems, *work.enter()])
    if problems:
        noun = "answer" if len(problems) == 1 else "answers"
        head = f"{len(problems)} {noun} in '{source}' must be mended; nothing was changed:"
        raise InvalidData("\n".join([head, *map(str, problems)]))
    changed = {table.path: table.content for table in work.tables.values() if table.content != table.original}
    changed |= digests.updated(changed)
    if faults := _codebook_faults(changed):
        raise InvalidData("The tables would not fit their codebook; nothing was changed:\n" + "\n".join(faults))
    for path, content in changed.items():
        files.write_whole(paths.data() / path, content)
    return work.outcome


def _codebook_faults(changed: Mapping[str, str]) -> list[str]:
    """Check the tables as they would be, on a copy."""
    if not changed:
        return []
    with trial.with_changes(changed):
        descriptors = tables.descriptors()
        return validation.validate([name for name in descriptors if descriptors[name]["folder"] == "published"])


@dataclass(eq=False)
class _Row:
    """A row of a table: its cells, its text in the file while nobody changes it, and the answer that changed it."""

    cells: dict[str, str]
    raw: str | None = None
    answer: Answer | None = None

    @property
    def notes(self) -> list[str]:
        return list(filter(None, self.cells["source_note"].split(_SEPARATOR)))

    def answers(self, item: str) -> bool:
        return item in map(gaps.reference, self.notes)

    def note_with(self, item: str, note: str) -> str:
        """Give the note with a part on a question, in the place of the earlier part on it."""
        notes = [note if gaps.reference(earlier) == item else earlier for earlier in self.notes]
        return _SEPARATOR.join(notes if note in notes else [*notes, note])


class _Table:
    """A table as it stands in its file; rows that are not changed keep their bytes."""

    def __init__(self, name: str) -> None:
        self.name, self.path = name, str(tables.descriptors()[name]["path"])
        self.original = (paths.data() / self.path).read_bytes().decode()
        lines = list(io.StringIO(self.original, newline=""))
        reader = csv.reader(lines)
        self.fields = next(reader)
        self.head = "".join(lines[: reader.line_num])
        self.ending = "\r\n" if self.head.endswith("\r\n") else "\n"
        self.rows: list[_Row] = []
        start = reader.line_num
        for cells in reader:
            raw = "".join(lines[start : reader.line_num])
            self.rows.append(_Row(dict(zip(self.fields, cells, strict=True)), raw))
            start = reader.line_num

    @property
    def content(self) -> str:
        """Write the table; its last line ends as it did."""
        lines = [self.head]
        for row in self.rows:
            if not lines[-1].endswith("\n"):
                lines[-1] += self.ending
            lines.append(self._csv_line(row) if row.raw is None else row.raw)
        return "".join(lines)

    def _csv_line(self, row: _Row) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=self.ending).writerow(row.cells[field] for field in self.fields)
        return out.getvalue()

    def answered(self, item: str) -> _Row | None:
        """Find the row that answers a question."""
        return next((row for row in self.rows if row.answers(item)), None)

    def next_id(self, edition: int) -> str:
        """Give an id that no row has; numbers go on after the highest."""
        start = _IDS[self.name].format(edition=edition)
        ids = [row.cells["id"] for row in self.rows if row.cells["id"].startswith(start)]
        last = max((int(id.removeprefix(start)) for id in ids), default=0)
        return f"{start}{last + 1:02d}"

    def insert(self, row: _Row) -> None:
        """Put a row where its edition and its name or number belong."""
        self.rows.insert(bisect.bisect(list(map(self._sort_key, self.rows)), self._sort_key(row)), row)

    def _sort_key(self, row: _Row) -> tuple[int, int, str]:
        if self.name == "participants":
            return int(row.cells["edition"]), 0, fold(row.cells["city"])
        number = int(re.split(r"\D+", row.cells["id"])[-1])
        return 0 if self.name == "good_practices" else int(row.cells["edition"]), number, ""

    def label(self, cells: Mapping[str, str]) -> str:
        """Name a row as a person would."""
        match self.name:
            case "participants":
                return f"{cells['city']} ({cells['country_iso3']})"
            case "instrument":
                return f"{cells['id']} {cells['field']}: {cells['item']}"
            case "factors":
                return f"{cells['id']} {cells['kind']}: {cells['text_en']}"
            case "good_practices":
                return f"{cells['id']} {cells['city']}: {cells['name']}"
        return f"{cells['id']} {cells['statement_en']}: {cells['value']}%, base {cells['n_cities'] or 'not known'}"


@dataclass
class _Import:
    """An import while it is being prepared: nothing is written."""

    filled: Filled
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.outcome.not_read = self.filled.not_read

    @cached_property
    def tables(self) -> dict[str, _Table]:
        return {name: _Table(name) for name in ("editions", *_IDS, "participants")}

    @cached_property
    def _edition_row(self) -> _Row:
        year = str(self.filled.edition)
        return next(row for row in self.tables["editions"].rows if row.cells["edition"] == year)

    @cached_property
    def _open_facts(self) -> list[str]:
        return Gaps(self.filled.edition).facts

    def enter(self) -> list[Problem]:
        """Enter the answers into the tables in memory; give what cannot be entered."""
        problems = []
        for answer in self.filled.answers:
            match answer.sheet.kind:
                case "fact":
                    problems.append(self._enter_fact(answer))
                case "base":
                    problems.append(self._enter_base(answer))
                case _:
                    problems.append(self._enter_row(answer))
        if self.filled.answers:
            self._cite_report()
        return list(filter(None, [*problems, *self._repeated_answers(), *self._exceeded_totals()]))

    def _cite_report(self) -> None:
        """Add the address of the report to those of the edition, where it is new."""
        urls = self._edition_row.cells["urls"].split(_SEPARATOR)
        if self.filled.address not in urls:
            self._edition_row.cells["urls"] = _SEPARATOR.join([*urls, self.filled.address])
            self._edition_row.raw = None
            self.outcome.added.append(f"data/{self.tables['editions'].path}: the address {self.filled.address}")

    def _source_note(self, answer: Answer, text: str) -> str:
        note = f"; {answer.values['note']}" if answer.values["note"] else ""
        return f"{text}, page {answer.values['page']}{note} {gaps.referring(answer.item)}"

    def _enter_row(self, answer: Answer) -> Problem | None:
        """Enter an answer that is a row of its own."""
        table = self.tables[_TABLES[answer.sheet.kind][0]]
        cells = self._row_cells(answer)
        if answer.sheet.kind == "share" and (problem := _base_fault(answer, float(cells["value"]))):
            return problem
        piece = self._source_note(answer, "Report of the edition")
        earlier = table.answered(answer.item)
        cells["source_note"] = earlier.note_with(answer.item, piece) if earlier else piece
        if "id" in table.fields:
            cells["id"] = earlier.cells["id"] if earlier else table.next_id(self.filled.edition)
        cells = {name: cells[name] for name in table.fields}
        if earlier and earlier.cells == cells:
            self.outcome.unchanged += 1
            return None
        if earlier:
            table.rows.remove(earlier)
        table.insert(_Row(cells, answer=answer))
        self._report_change(table, answer, table.label(cells), table.label(earlier.cells) if earlier else None)
        return None

    def _report_change(self, table: _Table, answer: Answer, now: str, before: str | None) -> None:
        start, end = f"data/{table.path}: ", f", page {answer.values['page']}"
        if before is None:
            self.outcome.added.append(f"{start}{now}{end}")
        else:
            change = f"{now} (another page, note or detail)" if now == before else f"{before} becomes {now}"
            self.outcome.replaced.append(f"{start}{change}{end}")

    def _row_cells(self, answer: Answer) -> dict[str, str]:
        """Give the cells of a row of its own, apart from its id and note."""
        values, address = answer.values, self.filled.address
        cells = {"edition": str(self.filled.edition), "axis": values.get("axis", "")}
        match answer.sheet.kind:
            case "city":
                cells |= {"place_id": values["place_id"], "city": values["city"], "country_iso3": values["country"]}
            case "question":
                assigned = study.load().edition(self.filled.edition).axes_assigned
                cells |= {"field": values["field"], "item": values["question"], "standing": "published",
                        "axis_assigned": str(assigned).lower()}  # fmt: skip
            case "factor":
                cells |= {"kind": values["kind"], "text_en": values["text"], "origin": values["origin"]}
            case "practice":
                cells |= {"sdg": values["sdg"], "place_id": values["place_id"], "city": values["city"],
                        "country_iso3": values["country"], "name": values["name"], "description_en": values["description"]}  # fmt: skip
            case "share":
                cells |= {"field": values["field"], "label_en": values["label"], "statement_en": values["statement"],
                        "value": values["percent"], "unit": "percent", "bound": "", "n_cities": values["base"],
                        "base_status": "stated" if values["base"] else "unknown"}  # fmt: skip
        return cells | {"source": address, "source_url": address}

    def _enter_fact(self, answer: Answer) -> Problem | None:
        """Enter a fact of the edition."""
        column, row = answer.item.split("-", 2)[2], self._edition_row
        if column not in gaps.FACTS:
            known = ", ".join(gaps.FACTS)
            return answer.problem("item", f"'{self.filled.edition}-fact-' and one of {known}", answer.item)
        before = row.cells[column] if row.answers(answer.item) else None
        if before is None and column not in self._open_facts:
            return answer.problem("value", f"an empty cell: data/published/editions.csv has '{row.cells[column]}'")
        piece = (
            self._source_note(answer, f"{gaps.FACTS[column].name.en}: report of the edition") + "."
        )  # the note is read as prose
        changes = {column: answer.values["value"], "source_note": row.note_with(answer.item, piece)}
        self._change_row(
            self.tables["editions"], row, answer, changes, lambda: f"{self.filled.edition} {column} {row.cells[column]}"
        )
        return None

    def _enter_base(self, answer: Answer) -> Problem | None:
        """Enter what the report says on the base of a percentage that was published before."""
        table, id = self.tables["findings"], answer.item.split("-", 2)[2]
        row = next((row for row in table.rows if row.cells["id"] == id and row.cells["unit"] == "percent"), None)
        if row is None or row.cells["edition"] != str(self.filled.edition):
            return answer.problem("item", f"'{self.filled.edition}-base-' and the id of a percentage", answer.item)
        printed = answer.values["status"] == gaps.PRINTED
        if row.cells["base_status"] == "stated" and not (printed and row.answers(answer.item)):
            known = f"data/published/findings.csv has the base {row.cells['n_cities']} as printed"
            return answer.problem("status", f"an empty row: {known}. If it is wrong, mend the row {id} there")
        changes = {}
        text = "The report of the edition prints no base"
        if printed:
            if problem := _base_fault(answer, float(row.cells["value"])):
                return problem
            changes = {"n_cities": answer.values["base"], "base_status": "stated"}
            text = "The report of the edition prints the base"
        elif answer.values["status"] == gaps.OTHER_BASE:
            text = "The report of the edition prints a base that does not count cities"
        urls = row.cells["source_url"].split(_SEPARATOR)
        changes["source_url"] = _SEPARATOR.join(dict.fromkeys([*urls, self.filled.address]))
        changes["source_note"] = row.note_with(answer.item, self._source_note(answer, text))
        self._change_row(
            table,
            row,
            answer,
            changes,
            lambda: f"{id} base {row.cells['n_cities'] or 'not known'} ({row.cells['base_status']})",
        )
        return None

    def _change_row(
        self, table: _Table, row: _Row, answer: Answer, changes: Mapping[str, str], label: Callable[[], str]
    ) -> None:
        """Change cells of a row that was there before."""
        before = label() if row.answers(answer.item) else None
        if changes.items() <= row.cells.items():
            self.outcome.unchanged += 1
            return
        row.cells |= changes
        row.raw = None
        self._report_change(table, answer, label(), before)

    def _repeated_answers(self) -> Iterator[Problem]:
        """Find answers that say what another row says."""
        for kind, (name, columns, telling_column) in _TABLES.items():
            table, seen = self.tables[name], dict[tuple[str, ...], _Row]()
            for row in table.rows:
                other = seen.setdefault(tuple(fold(row.cells[column]) for column in columns), row)
                new, known = (row, other) if row.answer else (other, row)
                if other is row or new.answer is None or new.answer.sheet.kind != kind:
                    continue
                where = f"row {known.answer.row} of the sheet" if known.answer else f"data/{table.path}"
                there = f"{where} has {table.label(known.cells)}"
                expected = f"something that is not there yet; {there}. Leave this row empty"
                yield new.answer.problem(telling_column, expected)

    def _exceeded_totals(self) -> Iterator[Problem]:
        """Compare the named cities and countries with the published totals of the edition."""
        year = str(self.filled.edition)
        named_cities = [row for row in self.tables["participants"].rows if row.cells["edition"] == year]
        entered = [row.answer for row in named_cities if row.answer]
        last = max(entered, key=lambda answer: answer.row, default=None)
        cities, countries = self._edition_row.cells["n_cities"], self._edition_row.cells["n_countries"]
        if last and len(named_cities) > int(cities):
            yield last.problem("city", f"no more cities than took part, {cities}; {len(named_cities)} would be named")
        n_countries = len({row.cells["country_iso3"] for row in named_cities})
        if not countries or n_countries <= int(countries):
            return
        facts = [answer for answer in self.filled.answers if answer.item == f"{year}-fact-n_countries"]
        if facts:
            yield facts[0].problem("value", f"at least {n_countries}, the countries of the cities that are named")
        elif last:
            yield last.problem(
                "country", f"no more countries than took part, {countries}; {n_countries} would be named"
            )


def _base_fault(answer: Answer, share: float) -> Problem | None:
    """Say where a percentage is no number of cities of the printed base."""
    base = answer.values["base"]
    if not base or rules.count_behind(share, int(base), rounded=True) is not None:
        return None
    return answer.problem("base", f"a base of which {share:g}% is a whole number of cities, rounded as it is printed")
