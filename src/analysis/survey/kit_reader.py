"""Reading a spreadsheet of the evidence-request kit that somebody has filled in; every cell is judged before any is used."""

import datetime
import difflib
import math
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import load_workbook

from analysis import paths, study, tables
from analysis.errors import InvalidData, StudyError
from analysis.survey import gaps
from analysis.survey.gaps import HEADER_ROW, Column, Gaps, Sheet

_LARGEST = 50_000_000  # bytes of a spreadsheet, unpacked: a filled kit has less than one million
_MOST_ROWS = 5000
_LONGEST = 600  # characters of a text: own words are short
_SIGNS_OF_FORMULAS = ("=", "+", "-", "@")
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\ufeff")  # what a copy out of a PDF brings along


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
        return f"sheet '{self.sheet}', row {self.row}, column '{self.column}', value '{self.value}'. Expected: {self.expected}"


@dataclass(frozen=True)
class Answer:
    """A row that was filled in: the texts of its cells, judged, as they go into the tables."""

    sheet: Sheet
    row: int
    item: str
    values: Mapping[str, str]

    def problem(self, column: str, expected: str, value: str | None = None) -> Problem:
        """Say what is wrong with a cell of the row."""
        heading = next(str(one.heading) for one in self.sheet.columns if one.name == column)
        shown = self.values.get(column, "") if value is None else value
        return Problem(gaps.SHEETS.index(self.sheet), self.sheet.title, self.row, heading, shown, expected)


@dataclass
class Filled:
    """What a spreadsheet holds: the answers, and all that is wrong with it; sheets that are not of the kit are not read."""

    edition: int
    address: str
    answers: list[Answer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)


class _Wrong(Exception):
    """A cell that holds something else than expected; the message says what is expected."""


def check_replaceable(file: Path) -> None:
    """Raise `InvalidData` where writing a new spreadsheet would destroy somebody's answers, or a file of another kind."""
    if not file.exists():
        return
    try:
        found = read(file)
        kept = len(found.answers) + len(found.problems) + bool(found.address)
    except StudyError:
        kept = None
    if kept != 0:
        what = "is no untouched spreadsheet of this kit" if kept is None else "has been filled in"
        raise InvalidData(
            f"'{paths.shown(file)}' {what}, so it is not written again. Move it away, or name another file with "
            "--edition and --output. Nothing was written."
        )


def read(file: Path) -> Filled:
    """Read a spreadsheet.

    Raises
    ------
    InvalidData
        Where the file is no spreadsheet of the kit, or its sheets and headings are not those that were handed out.
    UnknownCell
        Where `data/study.yml` does not have its edition.
    """
    book = _open(file)
    edition, address = _first_page(book, file)
    _check_layout(book, file)
    filled = Filled(edition, address)
    known = {sheet.title for sheet in gaps.SHEETS} | {gaps.READ_FIRST.title, gaps.WE_HAVE.title, gaps.LISTS.title}
    filled.not_read = [title for title in book if title not in known]
    for sheet in gaps.SHEETS:
        _Page(sheet, book[sheet.title], filled).read()
    if (filled.answers or filled.problems) and not re.fullmatch(r"https?://[^\s/|]+\.[^\s|]+", address):
        expected = f"the address of the report that the pages belong to, such as {Gaps(edition).addresses[0]}"
        filled.problems.append(Problem(-1, gaps.READ_FIRST.title, 4, str(gaps.ADDRESS), address, expected))
    return filled


def _open(file: Path) -> dict[str, Any]:
    """Give the sheets of a spreadsheet; the reader of the format raises all sorts of errors where a file is damaged."""
    save = "Save it as an Excel workbook (.xlsx), without a password, and import that."
    if not file.is_file():
        raise InvalidData(f"There is no file '{file}'. Name the spreadsheet that was filled in.")
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST:
                raise InvalidData(f"'{file}' is too large for a spreadsheet of this kit. Nothing was changed.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a spreadsheet program has added: charts, styles
            return {page.title: page for page in load_workbook(file).worksheets}
    except InvalidData:
        raise
    except Exception as error:
        raise InvalidData(
            f"'{file}' cannot be read as a spreadsheet ({type(error).__name__}). {save} Nothing was changed."
        ) from error


def _first_page(book: Mapping[str, Any], file: Path) -> tuple[int, str]:
    """Read edition and address from the first sheet."""
    title = gaps.READ_FIRST.title
    cells = {}
    if title in book:
        cells = {_typed(row[0]): _typed(row[1]) for row in book[title].iter_rows(max_row=10, max_col=2)}
    if cells.get(str(gaps.KIT)) != gaps.FORMAT:
        raise InvalidData(
            f"'{file}' is no spreadsheet of this kit: its sheet '{title}' does not say {gaps.KIT} = {gaps.FORMAT}. "
            "Expected: a file that `study gaps` has written. Nothing was changed."
        )
    edition = cells.get(str(gaps.EDITION), "")
    if not edition.isdecimal():
        raise InvalidData(
            f"'{file}', sheet '{title}', row 3, column '{gaps.EDITION}', value '{edition}'. "
            "Expected: the year of the edition. Nothing was changed."
        )
    study.load().check(int(edition))
    return int(edition), cells.get(str(gaps.ADDRESS), "")


def _check_layout(book: Mapping[str, Any], file: Path) -> None:
    wrong = []
    for sheet in gaps.SHEETS:
        if sheet.title not in book:
            wrong.append(f"the sheet '{sheet.title}' is missing")
            continue
        if book[sheet.title].max_row > _MOST_ROWS:
            wrong.append(f"the sheet '{sheet.title}' has more than {_MOST_ROWS} rows: delete the empty ones at its end")
        for number, column in enumerate(sheet.columns, start=1):
            found = " ".join(str(book[sheet.title].cell(HEADER_ROW, number).value or "").split())
            if found != " ".join(column.title.split()):
                cell = f"sheet '{sheet.title}', row {HEADER_ROW}, column {number}"
                wrong.append(f"{cell}: the heading is '{found}', expected '{' '.join(column.title.split())}'")
    if wrong:
        raise InvalidData(
            f"'{file}' is not as `study gaps` wrote it; nothing was changed:\n"
            + "\n".join(wrong)
            + "\nPut the sheets and headings back, or copy the answers into a new spreadsheet."
        )


@dataclass
class _Page:
    """A sheet that is read row by row."""

    sheet: Sheet
    page: Any
    filled: Filled

    def read(self) -> None:
        """Judge every row in which something was filled in."""
        seen: dict[str, int] = {}
        for cells in self.page.iter_rows(min_row=HEADER_ROW + 1, max_col=len(self.sheet.columns)):
            row = dict(zip(self.sheet.columns, cells, strict=True))
            if any(column.answer and not column.prefilled and _typed(cell) for column, cell in row.items()):
                self._judge(row, seen)

    def _judge(self, row: Mapping[Column, Any], seen: dict[str, int]) -> None:
        number = next(iter(row.values())).row
        answer = Answer(self.sheet, number, _typed(next(iter(row.values()))), {})
        problems = [] if (one := self._number(answer, seen)) is None else [one]
        values, judge = {}, _Judge(self.filled.edition, answer.item)
        for column, cell in row.items():
            if not column.answer:
                continue
            try:
                values[column.name] = judge.value(column, cell)
            except _Wrong as wrong:
                problems.append(answer.problem(column.name, str(wrong), _typed(cell)))
        answer = Answer(self.sheet, number, answer.item, values)
        if not problems and (one := self._together(answer)):
            problems = [one]
        if not problems and "city" in values:
            try:
                values["place_id"], values["city"] = judge.place(values["city"], values["country"], values["geonames"])
            except _Wrong as wrong:
                problems = [answer.problem("geonames" if values["geonames"] else "city", str(wrong))]
        self.filled.problems += problems
        if not problems:
            self.filled.answers.append(answer)

    def _number(self, answer: Answer, seen: dict[str, int]) -> Problem | None:
        """Check the number of a row, which says later on whether its answer is known already."""
        edition, kind, item = self.filled.edition, self.sheet.kind, answer.item
        expected = ""
        if kind in ("fact", "base"):
            if not re.fullmatch(rf"{edition}-{kind}-\w+(-\d+)?", item):
                expected = "the number that the spreadsheet had here"
        elif not re.fullmatch(rf"{edition}-{kind}-(\d{{3}}|[1-9]\d{{3}})", item):
            expected = f"a number that no other row has, {edition}-{kind}-{answer.row - HEADER_ROW:03d} say"
        if item in seen:
            expected = f"a number that no other row has; row {seen[item]} has it"
        seen.setdefault(item, answer.row)
        return answer.problem("item", expected, item) if expected else None

    @staticmethod
    def _together(answer: Answer) -> Problem | None:
        """Check the cells on the base of a percentage against each other."""
        status, base = answer.values.get("status"), answer.values.get("base")
        if status == gaps.PRINTED and not base:
            return answer.problem("base", "the number of cities that the report prints as base")
        if status in (gaps.NOT_PRINTED, gaps.OTHER_BASE) and base:
            return answer.problem("base", "an empty cell, because the report prints no base in cities")
        if status == gaps.OTHER_BASE and not answer.values["note"]:
            return answer.problem("note", "what the printed base counts, and how many")
        return None


def _typed(cell: Any) -> str:
    """Give what was typed into a cell as one line of text."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime):
        value = value.date().isoformat()
    text = "" if value is None else str(value)
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNSEEN).split())


@dataclass(frozen=True)
class _Judge:
    """Turns cells into texts for the tables, or says what is expected of them."""

    edition: int
    item: str

    def value(self, column: Column, cell: Any) -> str:
        """Judge a cell by the form of its column."""
        if cell.data_type in ("f", "e", "b"):
            raise _Wrong("a typed value; formulas, errors and true or false are not read")
        typed = _typed(cell)
        if not typed:
            if column.required:
                raise _Wrong("not empty, because something stands in this row")
            return ""
        form = column.form
        if form == "fact":
            fact = gaps.FACTS.get(self.item.split("-", 2)[-1])
            form = fact.form if fact else "text"
        judges: dict[str, Callable[[Any, str], str]] = {
            "text": self._text, "page": self._page, "percent": self._percent, "date": self._date,
            "geonames": lambda _, text: _matching(r"\d+", text, "the number of the city in GeoNames, digits alone"),
            "sdg": lambda _, text: _whole(text, 17), "pages": lambda _, text: _whole(text, 2000),
            "base": lambda _, text: _whole(text, self._cities), "countries": lambda _, text: _whole(text, self._cities),
        }  # fmt: skip
        return judges[form](cell, typed) if form in judges else _choice(form, typed)

    @cached_property
    def _cities(self) -> int:
        return int(Gaps(self.edition).row["n_cities"])

    @staticmethod
    def _text(cell: Any, typed: str) -> str:
        if isinstance(cell.value, datetime.date | datetime.time | datetime.timedelta):
            raise _Wrong("text; the spreadsheet has made a date of it: type an apostrophe before it")
        if typed.startswith(_SIGNS_OF_FORMULAS):
            raise _Wrong("text that does not begin with = + - or @, which a spreadsheet would take for a formula")
        if "|" in typed:
            raise _Wrong("text without the sign |, which separates addresses and notes in the tables")
        if len(typed) > _LONGEST:
            raise _Wrong(f"at most {_LONGEST} characters, in your own words; this has {len(typed)}")
        if not any(letter.isalpha() for letter in typed):
            raise _Wrong("text in words")
        return typed

    @staticmethod
    def _page(cell: Any, typed: str) -> str:
        expected = "a page of the report, 14 say, or 14-15"
        if isinstance(cell.value, datetime.date):
            raise _Wrong(f"{expected}; the spreadsheet has made a date of it: type an apostrophe before it")
        page = _matching(r"[1-9]\d{0,3}(-[1-9]\d{0,3})?", re.sub(r"\s*[-–]\s*", "-", typed), expected)
        first, _, last = page.partition("-")
        if last and int(last) <= int(first):
            raise _Wrong(expected)
        return page

    @staticmethod
    def _percent(cell: Any, typed: str) -> str:
        number = float("nan")
        if isinstance(cell.value, int | float):
            number = round(float(cell.value) * (100 if "%" in cell.number_format else 1), 6)
        elif re.fullmatch(r"\d{1,3}([.,]\d{1,6})?( ?%)?", typed):
            number = float(typed.rstrip("% ").replace(",", "."))
        if not math.isfinite(number) or not 0 <= number <= 100:
            raise _Wrong("a percentage between 0 and 100")
        if 0 < number < 1:
            raise _Wrong(f"a percentage; write {number * 100:g} for {number * 100:g}%")
        return f"{number:g}"

    def _date(self, _cell: Any, typed: str) -> str:
        expected = f"a date as YYYY-MM or YYYY-MM-DD, from {self.edition} to {self.edition + 2}"
        _matching(r"\d{4}-\d\d(-\d\d)?", typed, expected)
        try:
            day = datetime.date.fromisoformat(typed if len(typed) == 10 else f"{typed}-01")
        except ValueError as error:
            raise _Wrong(expected) from error
        if not self.edition <= day.year <= self.edition + 2:
            raise _Wrong(expected)
        return typed

    def place(self, name: str, iso3: str, geonames: str) -> tuple[str, str]:
        """Find a city by its name in its country: exactly, whatever its accents and capitals, or not at all."""
        cities = _cities()
        here = cities[cities["iso3"] == iso3]
        found = here[here["name"].map(gaps.fold) == gaps.fold(name)]
        if geonames:
            found = here[here["place_id"] == geonames]
        places = list(dict.fromkeys(found["place_id"]))
        if len(places) == 1:
            return places[0], str(here.loc[here["place_id"] == places[0], "name"].iloc[0])
        if geonames:
            raise _Wrong(f"the id of a city of {iso3} in data/places/cities.csv, or an empty cell.{_new_city(name)}")
        if places:
            where = found.drop_duplicates("place_id")
            ids = "; ".join(f"{row['place_id']} (latitude {row['latitude']:.1f}, longitude {row['longitude']:.1f})"
                            for _, row in where.iterrows())  # fmt: skip
            raise _Wrong(f"one city; several in {iso3} are called so. Write the GeoNames id beside it: {ids}")
        candidates = self._candidates(name, here, cities)
        raise _Wrong(f"a city of {iso3} in data/places/cities.csv.{candidates}{_new_city(name)}")

    @staticmethod
    def _candidates(name: str, here: pd.DataFrame, cities: pd.DataFrame) -> str:
        close = difflib.get_close_matches(gaps.fold(name), here["name"].map(gaps.fold), n=3, cutoff=0.6)
        near = list(dict.fromkeys(here.loc[here["name"].map(gaps.fold).isin(close), "name"]))
        elsewhere = sorted(set(cities.loc[cities["name"].map(gaps.fold) == gaps.fold(name), "iso3"]))
        candidates = f" Candidates: {', '.join(near)}." if near else ""
        return candidates + (f" A city of this name is known in {', '.join(elsewhere)}." if elsewhere else "")


def _new_city(name: str) -> str:
    return f" If none of them is it, add {name} to data/places/cities.csv first (docs/gaps.md)"


def _cities() -> pd.DataFrame:
    """Read the cities by every name that the tables know, first the names that the study uses."""
    cities = tables.read("cities")
    other = pd.concat([tables.read(table)[["place_id", "city"]] for table in ("participants", "good_practices")])
    named = other.rename(columns={"city": "name"}).merge(cities.drop(columns="name"), on="place_id")
    return pd.concat([named, cities])[list(cities.columns)].drop_duplicates(["place_id", "name"])


def _choice(form: str, typed: str) -> str:
    known = gaps.names(form)
    if (code := known.get(gaps.fold(typed))) is not None:
        return code
    labels = [str(called[0]) for called in gaps.choices(form).values()]
    if form == "country":
        near = difflib.get_close_matches(gaps.fold(typed), known, n=1)
        guess = "".join(f". Is it {gaps.choices(form)[known[one]][0].es}?" for one in near)
        raise _Wrong(f"a country, by its name in Spanish, English or French or by its ISO code of three letters{guess}")
    raise _Wrong(f"one of {'; '.join(labels)}")


def _matching(pattern: str, typed: str, expected: str) -> str:
    if not re.fullmatch(pattern, typed, re.ASCII):
        raise _Wrong(expected)
    return typed


def _whole(typed: str, most: int) -> str:
    expected = f"a whole number from 1 to {most}"
    number = int(_matching(r"\d{1,6}", typed, expected))
    if not 1 <= number <= most:
        raise _Wrong(expected)
    return str(number)
