"""Reading a spreadsheet of the evidence-request kit that somebody has filled in; every cell is judged before any is used.

Cells are read and judged as those of an answer to a questionnaire are; what is added here concerns reports: pages, dates, bases.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from analysis import paths, study, tables
from analysis.errors import InvalidData, StudyError
from analysis.instrument import Choice, Question
from analysis.survey import gaps
from analysis.survey import intake_values as values
from analysis.survey.gaps import HEADER_ROW, Column, Gaps, Sheet
from analysis.survey.intake_places import Place, find_city, find_country
from analysis.survey.intake_values import Wrong, line
from analysis.uploads.cells import BooleanCell, DateCell, Grid, TimeCell
from analysis.uploads.reader import UnreadableFile, Workbook

_LARGEST = 50_000_000  # bytes of a spreadsheet, unpacked: a filled kit has less than one million
_MOST_ROWS = 5000
_LONGEST = 600  # characters of a text: own words are short
_SIGNS_OF_FORMULAS = ("=", "+", "-", "@")
_ADDRESS_ROW = 4
_EXPECTED_PAGE = "a page of the report, 14 say, or 14-15"
_BY_A_DATE = "the spreadsheet has made a date of it: type an apostrophe before it"
_SAVE = "Save it as an Excel workbook (.xlsx), without a password, and import that"
_ADD_CITY = "add {name} to data/places/cities.csv first (docs/gaps.md)"


@dataclass(frozen=True, order=True)
class Problem:
    """Something in the spreadsheet that somebody must mend."""

    order: int
    sheet: str
    row: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """Name the cell, what stands in it and what is expected."""
        place = f"sheet '{self.sheet}', row {self.row}, column '{self.column}'"
        return f"{place}, value '{self.value}'. Expected: {self.expected}"


@dataclass(frozen=True)
class Answer:
    """A row that was filled in: the texts of its cells, judged, as they go into the tables."""

    sheet: Sheet
    row: int
    item: str
    values: Mapping[str, str]

    def problem(self, column: str, expected: str, value: str | None = None) -> Problem:
        """Say what is wrong with a cell of the row."""
        heading = str(self.sheet.column(column).heading)
        text = self.values.get(column, "") if value is None else value
        order = gaps.SHEETS.index(self.sheet)
        return Problem(order, self.sheet.title, self.row, heading, text, expected)


@dataclass
class Filled:
    """What a spreadsheet holds: the answers, and all that is wrong with it; sheets that are not of the kit are not read."""

    edition: int
    address: str
    answers: list[Answer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)


def check_replaceable(file: Path) -> None:
    """Raise `InvalidData` where writing a new spreadsheet would destroy somebody's answers, or a file of another kind."""
    if not file.exists():
        return
    reason = "has been filled in"
    try:
        content = read_kit(file)
        untouched = not (content.answers or content.problems or content.address)
    except StudyError:
        reason, untouched = "is no untouched spreadsheet of this kit", False
    if not untouched:
        raise InvalidData(
            f"'{paths.shown(file)}' {reason}, so it is not written again. Move it away, or name another file with "
            "--edition and --output. Nothing was written."
        )


def read_kit(file: Path) -> Filled:
    """Read a spreadsheet.

    Raises
    ------
    InvalidData
        Where the file is no spreadsheet of the kit, or its sheets and headings are not those that were handed out.
    UnknownCell
        Where `data/study.yml` does not have its edition.
    """
    sheets = _read_sheets(file)
    edition, address = _read_first_page(sheets, file)
    _check_layout(sheets, file)
    filled = Filled(edition, address)
    titles = {sheet.title for sheet in gaps.SHEETS}
    titles |= {gaps.READ_FIRST.title, gaps.WE_HAVE.title, gaps.LISTS.title}
    filled.not_read = [title for title in sheets if title not in titles]
    for sheet in gaps.SHEETS:
        _SheetReader(sheet, filled).read_rows(sheets[sheet.title])
    answered = filled.answers or filled.problems
    if answered and not re.fullmatch(r"https?://[^\s/|]+\.[^\s|]+", address):
        expected = f"the address of the report that the pages belong to, such as {Gaps(edition).addresses[0]}"
        filled.problems.append(Problem(-1, gaps.READ_FIRST.title, _ADDRESS_ROW, str(gaps.ADDRESS), address, expected))
    return filled


def _read_sheets(file: Path) -> dict[str, Grid]:
    if not file.is_file():
        raise InvalidData(f"There is no file '{file}'. Name the spreadsheet that was filled in.")
    try:
        with Workbook(file.read_bytes(), most_bytes=_LARGEST) as book:
            return {title: list(islice(book.rows(title), _MOST_ROWS + 1)) for title in book.titles}
    except UnreadableFile as error:
        raise InvalidData(f"'{file}' {error.fault}. {error.mend or _SAVE}. Nothing was changed.") from None


def _read_first_page(sheets: Mapping[str, Grid], file: Path) -> tuple[int, str]:
    """Read edition and address from the first sheet."""
    title = gaps.READ_FIRST.title
    entries = {line(cells[0]): line(cells[1]) for _, cells in sheets.get(title, [])[:10] if len(cells) > 1}
    if entries.get(str(gaps.KIT)) != gaps.FORMAT:
        raise InvalidData(
            f"'{file}' is no spreadsheet of this kit: its sheet '{title}' does not say {gaps.KIT} = {gaps.FORMAT}. "
            "Expected: a file that `study gaps` has written. Nothing was changed."
        )
    edition = entries.get(str(gaps.EDITION), "")
    if not edition.isdecimal():
        raise InvalidData(
            f"'{file}', sheet '{title}', row 3, column '{gaps.EDITION}', value '{edition}'. "
            "Expected: the year of the edition. Nothing was changed."
        )
    study.load().check(int(edition))
    return int(edition), entries.get(str(gaps.ADDRESS), "")


def _check_layout(sheets: Mapping[str, Grid], file: Path) -> None:
    faults: list[str] = []
    for sheet in gaps.SHEETS:
        if sheet.title not in sheets:
            faults.append(f"the sheet '{sheet.title}' is missing")
        else:
            faults += _layout_faults(sheet, sheets[sheet.title])
    if faults:
        raise InvalidData(
            f"'{file}' is not as `study gaps` wrote it; nothing was changed:\n"
            + "\n".join(faults)
            + "\nPut the sheets and headings back, or copy the answers into a new spreadsheet."
        )


def _layout_faults(sheet: Sheet, grid: Grid) -> Iterator[str]:
    if len(grid) > _MOST_ROWS:
        yield f"the sheet '{sheet.title}' has more than {_MOST_ROWS} rows: delete the empty ones at its end"
    headings = grid[HEADER_ROW - 1][1] if len(grid) >= HEADER_ROW else []
    headings = [*headings, *[""] * len(sheet.columns)]
    for number, (column, heading) in enumerate(zip(sheet.columns, headings, strict=False), start=1):
        if line(heading) != line(column.title):
            place = f"sheet '{sheet.title}', row {HEADER_ROW}, column {number}"
            yield f"{place}: the heading is '{line(heading)}', expected '{line(column.title)}'"


@dataclass
class _SheetReader:
    """A sheet that is read row by row."""

    sheet: Sheet
    filled: Filled
    _rows_of_items: dict[str, int] = field(default_factory=dict)

    def read_rows(self, grid: Grid) -> None:
        """Judge every row in which something was filled in."""
        for number, cells in grid[HEADER_ROW:]:
            padded = [*cells, *[""] * len(self.sheet.columns)]
            row = dict(zip(self.sheet.columns, padded, strict=False))
            if any(column.asks and line(cell) for column, cell in row.items()):
                self._judge_row(number, row)

    def _judge_row(self, number: int, row: Mapping[Column, str]) -> None:
        answer = Answer(self.sheet, number, line(next(iter(row.values()))), {})
        problems = list(self._item_problems(answer))
        judge, texts = _Judge(self.filled.edition, answer.item), dict[str, str]()
        for column, cell in row.items():
            if not column.answer:
                continue
            try:
                texts[column.name] = judge.text_of(column, cell)
            except Wrong as wrong:
                problems.append(answer.problem(column.name, _expected_of(wrong), line(cell)))
        answer = Answer(self.sheet, number, answer.item, texts)
        if not problems:
            problems = list(_base_problems(answer))
        if not problems and "city" in texts:
            try:
                place = judge.place_of(texts["city"], texts["country"], texts["geonames"])
                texts["place_id"], texts["city"] = place.id, place.name
            except Wrong as wrong:
                column_name = "geonames" if texts["geonames"] else "city"
                problems = [answer.problem(column_name, _expected_of(wrong))]
        self.filled.problems += problems
        if not problems:
            self.filled.answers.append(answer)

    def _item_problems(self, answer: Answer) -> Iterator[Problem]:
        """Check the number of a row, which says later on whether its answer is known already."""
        edition, kind, item = self.filled.edition, self.sheet.kind, answer.item
        first_row = self._rows_of_items.setdefault(item, answer.row)
        if first_row != answer.row:
            yield answer.problem("item", f"a number that no other row has; row {first_row} has it", item)
        elif kind in ("fact", "base"):
            if not re.fullmatch(rf"{edition}-{kind}-\w+(-\d+)?", item):
                yield answer.problem("item", "the number that the spreadsheet had here", item)
        elif not re.fullmatch(rf"{edition}-{kind}-(\d{{3}}|[1-9]\d{{3}})", item):
            example = f"{edition}-{kind}-{answer.row - HEADER_ROW:03d}"
            yield answer.problem("item", f"a number that no other row has, {example} say", item)


def _expected_of(wrong: Wrong) -> str:
    return f"{wrong.expected}. {wrong.suggestion}" if wrong.suggestion else wrong.expected


def _base_problems(answer: Answer) -> Iterator[Problem]:
    """Check the cells on the base of a percentage against each other."""
    status, base = answer.values.get("status"), answer.values.get("base")
    if status == gaps.PRINTED and not base:
        yield answer.problem("base", "the number of cities that the report prints as base")
    elif status in (gaps.NOT_PRINTED, gaps.OTHER_BASE) and base:
        yield answer.problem("base", "an empty cell, because the report prints no base in cities")
    elif status == gaps.OTHER_BASE and not answer.values["note"]:
        yield answer.problem("note", "what the printed base counts, and how many")


@dataclass(frozen=True)
class _Judge:
    """Turns cells into texts for the tables, or says what is expected of them."""

    edition: int
    item: str

    def text_of(self, column: Column, cell: str) -> str:
        """Judge a cell by the form of its column."""
        values.check_cell(cell)
        if isinstance(cell, BooleanCell):
            raise Wrong("a typed value; true or false are not read")
        if not line(cell):
            if column.required:
                raise Wrong("not empty, because something stands in this row")
            return ""
        form = column.form
        if form == "fact":
            fact = gaps.FACTS.get(self.item.split("-", 2)[-1])
            form = fact.form if fact else "text"
        if form in self._largest_numbers:
            return _whole_number(cell, self._largest_numbers[form])
        match form:
            case "country":
                return find_country(cell)
            case "city" | "geonames":
                return line(cell)
            case "percent":
                return _percent_number(cell)
            case "page":
                return _page_number(cell)
            case "date":
                return self._publication_date(line(cell))
            case "text":
                return _own_words(cell)
        return values.value(_choice_question(form), cell)

    @cached_property
    def _largest_numbers(self) -> Mapping[str, int]:
        """Give the most that each kind of whole number may be."""
        n_cities = Gaps(self.edition).n_cities
        return {"sdg": 17, "pages": 2000, "base": n_cities, "countries": n_cities}

    def _publication_date(self, text: str) -> str:
        expected = f"a date as YYYY-MM or YYYY-MM-DD, from {self.edition} to {self.edition + 2}"
        if not re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text, re.ASCII):
            raise Wrong(expected)
        try:
            day = datetime.date.fromisoformat(text if len(text) == 10 else f"{text}-01")
        except ValueError:
            raise Wrong(expected) from None
        if not self.edition <= day.year <= self.edition + 2:
            raise Wrong(expected)
        return text

    @staticmethod
    def place_of(name: str, iso3: str, geonames: str) -> Place:
        """Find a city of the table of cities, by the name that the study uses where it has one."""
        place = find_city(name, iso3, geonames, new_city=_ADD_CITY)
        if not place.id:
            raise Wrong(f"a city in data/places/cities.csv; {_ADD_CITY.format(name=place.name)}")
        return Place(place.id, _study_names().get(place.id, place.name), place.iso3)


@lru_cache(maxsize=1)
def _study_names() -> dict[str, str]:
    """Give the names of cities that the tables of the study use."""
    names: dict[str, str] = {}
    for table in ("good_practices", "participants"):
        frame = tables.read(table)
        names |= dict(zip(frame["place_id"], frame["city"], strict=True))
    return names


def _choice_question(form: str) -> Question:
    """Give a list of the kit as a question: a choice may be named in either language, or as the drop-down writes it."""
    choices = [
        Choice(code, {"en": str(name), "es": name.es, "fr": name.en}) for code, name in gaps.choices(form).items()
    ]
    return Question(form, "single", {}, "public", "", choices=tuple(choices))


def _number_within(cell: str, low: float, high: float, unit: str = "") -> str:
    question = Question("number", "number", {}, "public", "", unit=unit, minimum=low, maximum=high)
    return values.value(question, cell)


def _whole_number(cell: str, most: int) -> str:
    number = _number_within(cell, 1, most)
    if not number.isdecimal():
        raise Wrong(f"a whole number from 1 to {most}")
    return number


def _percent_number(cell: str) -> str:
    number = _number_within(cell, 0, 100, "%")
    if 0 < float(number) < 1:
        raise Wrong(f"a percentage; write {float(number) * 100:g} for {float(number) * 100:g}%")
    return number


def _page_number(cell: str) -> str:
    if isinstance(cell, DateCell | TimeCell):
        raise Wrong(f"{_EXPECTED_PAGE}; {_BY_A_DATE}")
    page = re.sub(r"\s*[-–]\s*", "-", line(cell))
    numbers = re.fullmatch(r"([1-9]\d{0,3})(?:-([1-9]\d{0,3}))?", page, re.ASCII)
    if numbers is None or (numbers[2] and int(numbers[2]) <= int(numbers[1])):
        raise Wrong(_EXPECTED_PAGE)
    return page


def _own_words(cell: str) -> str:
    text = line(cell)
    if isinstance(cell, DateCell | TimeCell):
        raise Wrong(f"text; {_BY_A_DATE}")
    if text.startswith(_SIGNS_OF_FORMULAS):
        raise Wrong("text that does not begin with = + - or @, which a spreadsheet would take for a formula")
    if "|" in text:
        raise Wrong("text without the sign |, which separates addresses and notes in the tables")
    if len(text) > _LONGEST:
        raise Wrong(f"at most {_LONGEST} characters, in your own words; this has {len(text)}")
    if not any(letter.isalpha() for letter in text):
        raise Wrong("text in words")
    return text
