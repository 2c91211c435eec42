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

from analysis import digests, files, paths, study, tables, validation
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
    return take_over(kit_reader.read(file), file.name)


def take_over(answers: Filled, source: str) -> Outcome:
    """Take over what was read from a source of this name, as `import_file` does."""
    work = _Import(answers)
    found = sorted([*answers.problems, *work.enter()])
    if found:
        head = f"{len(found)} {'answer' if len(found) == 1 else 'answers'} in '{source}' must be mended; nothing was changed:"
        raise InvalidData("\n".join([head, *map(str, found)]))
    changed = {table.path: table.content for table in work.tables.values() if table.content != table.original}
    changed |= digests.updated(changed)
    if problems := _validated(changed):
        raise InvalidData("The tables would not fit their codebook; nothing was changed:\n" + "\n".join(problems))
    for path, content in changed.items():
        files.write_whole(paths.data() / path, content)
    return work.outcome


def _validated(changed: Mapping[str, str]) -> list[str]:
    """Check the tables as they would be, on a copy."""
    if not changed:
        return []
    with trial.with_changes(changed):
        published = [name for name, one in tables.descriptors().items() if one["folder"] == "published"]
        return validation.validate(published)


@dataclass(eq=False)
class _Row:
    """A row of a table: its cells, its text in the file while nobody changes it, and the answer that changed it."""

    cells: dict[str, str]
    raw: str | None = None
    answer: Answer | None = None

    @property
    def notes(self) -> list[str]:
        return [piece for piece in self.cells["source_note"].split(_SEPARATOR) if piece]

    def answers(self, item: str) -> bool:
        return any(gaps.reference(piece) == item for piece in self.notes)

    def noted(self, item: str, piece: str) -> str:
        """Give the note with a part on a question, in the place of the earlier part on it."""
        kept = [piece if gaps.reference(one) == item else one for one in self.notes]
        return _SEPARATOR.join(kept if piece in kept else [*kept, piece])


class _Table:
    """A table as it stands in its file; rows that are not changed keep their bytes."""

    def __init__(self, name: str) -> None:
        self.name, self.path = name, str(tables.descriptors()[name]["path"])
        self.original = (paths.data() / self.path).read_bytes().decode()
        lines = list(io.StringIO(self.original, newline=""))
        reader, start, texts = csv.reader(lines), 0, []
        for cells in reader:
            texts.append((cells, "".join(lines[start : reader.line_num])))
            start = reader.line_num
        (self.fields, self.head), *rows = texts
        self.rows = [_Row(dict(zip(self.fields, cells, strict=True)), raw) for cells, raw in rows]
        self.ending = "\r\n" if self.head.endswith("\r\n") else "\n"

    @property
    def content(self) -> str:
        """Write the table."""
        parts = [self.head, *(self._written(row) if row.raw is None else row.raw for row in self.rows)]
        ended = [part if part.endswith("\n") else part + self.ending for part in parts[:-1]]
        return "".join([*ended, parts[-1]])

    def _written(self, row: _Row) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=self.ending).writerow(row.cells[field] for field in self.fields)
        return out.getvalue()

    def answered(self, item: str) -> _Row | None:
        """Find the row that answers a question."""
        return next((row for row in self.rows if row.answers(item)), None)

    def next_id(self, edition: int) -> str:
        """Give an id that no row has; numbers go on after the highest."""
        start = _IDS[self.name].format(edition=edition)
        used = [int(row.cells["id"].removeprefix(start)) for row in self.rows if row.cells["id"].startswith(start)]
        return f"{start}{max(used, default=0) + 1:02d}"

    def insert(self, row: _Row) -> None:
        """Put a row where its edition and its name or number belong."""
        self.rows.insert(bisect.bisect([self._place(one) for one in self.rows], self._place(row)), row)

    def _place(self, row: _Row) -> tuple[int, int, str]:
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
        return {name: _Table(name) for name in ("editions", *(table for table, _, _ in _TABLES.values()))}

    @cached_property
    def _edition(self) -> _Row:
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
                    problems.append(self._fact(answer))
                case "base":
                    problems.append(self._base(answer))
                case _:
                    problems.append(self._row(answer))
        if self.filled.answers:
            self._cite()
        return [one for one in [*problems, *self._doubles(), *self._totals()] if one]

    def _cite(self) -> None:
        """Add the address of the report to those of the edition, where it is new."""
        urls = self._edition.cells["urls"].split(_SEPARATOR)
        if self.filled.address not in urls:
            self._edition.cells["urls"] = _SEPARATOR.join([*urls, self.filled.address])
            self._edition.raw = None
            self.outcome.added.append(f"data/{self.tables['editions'].path}: the address {self.filled.address}")

    def _piece(self, answer: Answer, text: str) -> str:
        note = f"; {answer.values['note']}" if answer.values["note"] else ""
        return f"{text}, page {answer.values['page']}{note} {gaps.referring(answer.item)}"

    def _row(self, answer: Answer) -> Problem | None:
        """Enter an answer that is a row of its own."""
        table = self.tables[_TABLES[answer.sheet.kind][0]]
        cells = self._cells(answer)
        if answer.sheet.kind == "share" and (problem := _whole(answer, float(cells["value"]))):
            return problem
        piece = self._piece(answer, "Report of the edition")
        earlier = table.answered(answer.item)
        cells["source_note"] = earlier.noted(answer.item, piece) if earlier else piece
        if "id" in table.fields:
            cells["id"] = earlier.cells["id"] if earlier else table.next_id(self.filled.edition)
        cells = {name: cells[name] for name in table.fields}
        if earlier and earlier.cells == cells:
            self.outcome.unchanged += 1
            return None
        if earlier:
            table.rows.remove(earlier)
        table.insert(_Row(cells, answer=answer))
        self._tell(table, answer, table.label(cells), table.label(earlier.cells) if earlier else None)
        return None

    def _tell(self, table: _Table, answer: Answer, now: str, before: str | None) -> None:
        start, end = f"data/{table.path}: ", f", page {answer.values['page']}"
        if before is None:
            self.outcome.added.append(f"{start}{now}{end}")
        else:
            change = f"{now} (another page, note or detail)" if now == before else f"{before} becomes {now}"
            self.outcome.replaced.append(f"{start}{change}{end}")

    def _cells(self, answer: Answer) -> dict[str, str]:
        """Give the cells of a row of its own, apart from its id and note."""
        values, address = answer.values, self.filled.address
        own = {"edition": str(self.filled.edition), "axis": values.get("axis", "")}
        match answer.sheet.kind:
            case "city":
                own |= {"place_id": values["place_id"], "city": values["city"], "country_iso3": values["country"]}
            case "question":
                assigned = study.load().edition(self.filled.edition).axes_assigned
                own |= {"field": values["field"], "item": values["question"], "standing": "published",
                        "axis_assigned": str(assigned).lower()}  # fmt: skip
            case "factor":
                own |= {"kind": values["kind"], "text_en": values["text"], "origin": values["origin"]}
            case "practice":
                own |= {"sdg": values["sdg"], "place_id": values["place_id"], "city": values["city"],
                        "country_iso3": values["country"], "name": values["name"], "description_en": values["description"]}  # fmt: skip
            case "share":
                own |= {"field": values["field"], "label_en": values["label"], "statement_en": values["statement"],
                        "value": values["percent"], "unit": "percent", "bound": "", "n_cities": values["base"],
                        "base_status": "stated" if values["base"] else "unknown"}  # fmt: skip
        return own | {"source": address, "source_url": address}

    def _fact(self, answer: Answer) -> Problem | None:
        """Enter a fact of the edition."""
        column, row = answer.item.split("-", 2)[2], self._edition
        if column not in gaps.FACTS:
            known = ", ".join(gaps.FACTS)
            return answer.problem("item", f"'{self.filled.edition}-fact-' and one of {known}", answer.item)
        before = row.cells[column] if row.answers(answer.item) else None
        if before is None and column not in self._open_facts:
            return answer.problem("value", f"an empty cell: data/published/editions.csv has '{row.cells[column]}'")
        piece = (
            self._piece(answer, f"{gaps.FACTS[column].name.en}: report of the edition") + "."
        )  # the note is read as prose
        changes = {column: answer.values["value"], "source_note": row.noted(answer.item, piece)}
        self._change(
            self.tables["editions"], row, answer, changes, lambda: f"{self.filled.edition} {column} {row.cells[column]}"
        )
        return None

    def _base(self, answer: Answer) -> Problem | None:
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
            if problem := _whole(answer, float(row.cells["value"])):
                return problem
            changes = {"n_cities": answer.values["base"], "base_status": "stated"}
            text = "The report of the edition prints the base"
        elif answer.values["status"] == gaps.OTHER_BASE:
            text = "The report of the edition prints a base that does not count cities"
        urls = row.cells["source_url"].split(_SEPARATOR)
        changes["source_url"] = _SEPARATOR.join(dict.fromkeys([*urls, self.filled.address]))
        changes["source_note"] = row.noted(answer.item, self._piece(answer, text))
        self._change(
            table,
            row,
            answer,
            changes,
            lambda: f"{id} base {row.cells['n_cities'] or 'not known'} ({row.cells['base_status']})",
        )
        return None

    def _change(
        self, table: _Table, row: _Row, answer: Answer, changes: Mapping[str, str], label: Callable[[], str]
    ) -> None:
        """Change cells of a row that was there before."""
        before = label() if row.answers(answer.item) else None
        if changes.items() <= row.cells.items():
            self.outcome.unchanged += 1
            return
        row.cells |= changes
        row.raw = None
        self._tell(table, answer, label(), before)

    def _doubles(self) -> Iterator[Problem]:
        """Find answers that say what another row says."""
        for kind, (name, columns, shown) in _TABLES.items():
            table, seen = self.tables[name], dict[tuple[str, ...], _Row]()
            for row in table.rows:
                other = seen.setdefault(tuple(fold(row.cells[column]) for column in columns), row)
                new, known = (row, other) if row.answer else (other, row)
                if other is row or new.answer is None or new.answer.sheet.kind != kind:
                    continue
                where = f"row {known.answer.row} of the sheet" if known.answer else f"data/{table.path}"
                there = f"{where} has {table.label(known.cells)}"
                expected = f"something that is not there yet; {there}. Leave this row empty"
                yield new.answer.problem(shown, expected)

    def _totals(self) -> Iterator[Problem]:
        """Compare the named cities and countries with the published totals of the edition."""
        named = [row for row in self.tables["participants"].rows if row.cells["edition"] == str(self.filled.edition)]
        last = max((row.answer for row in named if row.answer), key=lambda answer: answer.row, default=None)
        cities, countries = self._edition.cells["n_cities"], self._edition.cells["n_countries"]
        if last and len(named) > int(cities):
            yield last.problem("city", f"no more cities than took part, {cities}; {len(named)} would be named")
        found = len({row.cells["country_iso3"] for row in named})
        if countries and found > int(countries):
            expected = f"no more countries than took part, {countries}; {found} would be named"
            facts = [one for one in self.filled.answers if one.item == f"{self.filled.edition}-fact-n_countries"]
            if facts:
                yield facts[0].problem("value", f"at least {found}, the countries of the cities that are named")
            elif last:
                yield last.problem("country", expected)


def _whole(answer: Answer, share: float) -> Problem | None:
    """Say where a percentage is no number of cities of the printed base."""
    base = answer.values["base"]
    if not base or validation.count_behind(share, int(base), rounded=True) is not None:
        return None
    return answer.problem("base", f"a base of which {share:g}% is a whole number of cities, rounded as it is printed")
