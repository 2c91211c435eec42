"""The formats in which sources give their values; which source has which is said in `sources.yml`.

A format knows its header among the first rows of a table, and gives what stands below as values, each as it is written.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analysis.audit.downloads import Sheet, WrongFile
from analysis.uploads.cells import Row

_HEADER_WITHIN = 40  # rows
_TSV = re.compile(r"(.+)\\(\w+)")  # freq,indic_ur,cities\TIME_PERIOD
# what stands for "all of them" in a column that divides a series into parts
_WHOLE = ("", "_t", "_z", "t", "total", "all", "bothsex", "allage", "allarea", "nociti", "g", "_n")
_CELL = re.compile(r"(\S*?)\s*([a-z]*)")  # a value of Eurostat, and its flag


@dataclass(frozen=True)
class Value:
    """A value of a file: its series and place as the file names them, its year, its text, and its row.

    `part` says which part of the series it is, where a column divides the series and no whole is given.
    """

    series: str
    place: tuple[str, ...]
    year: int
    text: str
    row: int
    part: str = ""


class Format(Protocol):
    """A way to lay out values in a table."""

    @property
    def delimiter(self) -> str:
        """Give what stands between cells of a text."""

    @property
    def quoted(self) -> bool:
        """Say whether cells of a text may be in quotation marks."""

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header."""

    def values(self, header: Sequence[str], rows: Iterator[Row], asides: "Asides") -> Iterator[Value]:
        """Give what stands below the header."""

    def __str__(self) -> str:
        """Say what the header looks like, for a message."""


@dataclass
class Asides:
    """What of a file was not read as values: series with parts that are not ours, by column; years that it covers."""

    parts: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    years: dict[str, set[int]] = field(default_factory=dict)

    def cover(self, series: str, years: Sequence[int]) -> None:
        """Note that the file could have values of these years."""
        self.years.setdefault(series, set()).update(years)


def plain_heading(name: str) -> str:
    """Write the name of a column in small letters, without brackets and spaces around."""
    return re.sub(r"\s+", " ", name.strip().strip("[]").strip()).casefold()


def leading_code(cell: str) -> str:
    """Give the code of a cell that may have a label behind it: `FR001C: Paris`."""
    return cell.split(":", 1)[0].strip()


@dataclass(frozen=True)
class Wide:
    """A row for each place (and series), a column for each year.

    Parameters
    ----------
    place
        Columns that name the place.
    series
        Column that names the series; or the series itself, where the table has one alone (`only`).
    year
        What the heading of a year looks like.
    flags
        Whether a letter behind a number says something of it.
    """

    place: tuple[str, ...]
    series: str = ""
    only: str = ""
    year: str = r"(\d{4})(?: \[YR\d{4}\])?"
    delimiter: str = ","
    quoted: bool = True
    flags: bool = False

    def _required_columns(self) -> list[str]:
        return [*self.place, *([self.series] if self.series else [])]

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header."""
        names = [plain_heading(cell) for cell in _split_headings(cells)]
        return set(self._required_columns()) <= set(names) and any(
            re.fullmatch(self.year, cell.strip(), re.I) for cell in cells
        )

    def values(self, header: Sequence[str], rows: Iterator[Row], asides: Asides) -> Iterator[Value]:
        """Give what stands below the header."""
        joined = len(_split_headings(header)) - len(header)
        names = [plain_heading(cell) for cell in _split_headings(header)]
        at = {name: names.index(name) for name in self._required_columns()}
        heads = [re.fullmatch(self.year, cell.strip(), re.I) for cell in _split_headings(header)]
        years = {number: int(head[1]) for number, head in enumerate(heads) if head}
        for row, cells in rows:
            cells = [*cells[0].split(","), *cells[1:]] if joined else cells
            series = leading_code(cells[at[self.series]]) if self.series else self.only
            asides.cover(series, list(years.values()))
            place = tuple(cells[at[name]].strip() for name in self.place)
            for number, year in years.items():
                text = cells[number].strip()
                yield Value(series, place, year, _without_flag(text) if self.flags else text, row)

    def __str__(self) -> str:
        """Say what the header looks like."""
        return f"columns {_listed_names(self._required_columns())}, and a column for each year"


def _split_headings(cells: Sequence[str]) -> list[str]:
    """Cut the first heading of a TSV of Eurostat, which holds the names of several columns."""
    first = _TSV.fullmatch(cells[0].strip()) if cells else None
    return [*first[1].split(","), *cells[1:]] if first else list(cells)


def _without_flag(text: str) -> str:
    cell = _CELL.fullmatch(text)
    return cell[1] if cell else text


@dataclass(frozen=True)
class Long:
    """A row for each value.

    Parameters
    ----------
    place, series, year, value
        Columns that hold them.
    places
        Columns that name the place instead, for some series.
    where
        Of some series, the codes that are ours in the columns that divide it.
    divides
        Columns that divide a series, where the file has them.
    thousands
        Whether numbers may have commas between thousands.
    """

    place: tuple[str, ...]
    series: str
    year: str
    value: str
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    divides: tuple[str, ...] = ()
    delimiter: str = ","
    quoted: bool = True
    thousands: bool = False

    def _required_columns(self) -> list[str]:
        return [*self.place, self.series, self.year, self.value]

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header."""
        return set(self._required_columns()) <= {plain_heading(cell) for cell in cells}

    def values(self, header: Sequence[str], rows: Iterator[Row], asides: Asides) -> Iterator[Value]:
        """Give what stands below the header."""
        names = [plain_heading(cell) for cell in header]
        at = {name: number for number, name in reversed(list(enumerate(names)))}
        dividing = [name for name in self.divides if name in at]
        for row, cells in rows:
            series, year = leading_code(cells[at[self.series]]), re.match(r"\d{4}", cells[at[self.year]].strip())
            columns = self.places.get(series, self.place)
            if year is None or any(name not in at for name in columns):
                continue
            parts = {name: leading_code(cells[at[name]]).casefold() for name in dividing if name not in columns}
            allowed_codes = self.where.get(series, {})
            wrong = [
                name for name, allowed in allowed_codes.items() if name in parts and parts[name] not in (*allowed, "")
            ]
            for name in wrong:
                asides.parts.setdefault((series, name), set()).add(parts[name].upper())
            if wrong:
                continue
            asides.cover(series, [int(year[0])])
            rest = [
                f"{name} {part.upper()}"
                for name, part in parts.items()
                if name not in allowed_codes and part not in _WHOLE
            ]
            text = cells[at[self.value]].strip()
            text = (
                text.replace(",", "") if self.thousands and re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
            )
            place = tuple(cells[at[name]].strip() for name in columns)
            yield Value(series, place, int(year[0]), text, row, ", ".join(rest))

    def __str__(self) -> str:
        """Say what the header looks like."""
        return f"columns {_listed_names(self._required_columns())}"


@dataclass(frozen=True)
class Columns:
    """A row for each place, a column for each series; the year stands in a column, or is that of the file."""

    place: tuple[str, ...]
    series: Mapping[str, str]  # heading: series
    year: str | int
    delimiter: str = ","
    quoted: bool = True

    def _required_columns(self) -> list[str]:
        return [*self.place, *([self.year] if isinstance(self.year, str) else []), *self.series]

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header."""
        return set(self._required_columns()) <= {plain_heading(cell) for cell in cells}

    def values(self, header: Sequence[str], rows: Iterator[Row], asides: Asides) -> Iterator[Value]:
        """Give what stands below the header."""
        names = [plain_heading(cell) for cell in header]
        at = {name: names.index(name) for name in self._required_columns()}
        for row, cells in rows:
            text = cells[at[self.year]].strip() if isinstance(self.year, str) else str(self.year)
            if not text.isdigit():
                continue
            for name, series in self.series.items():
                asides.cover(series, [int(text)])
                place = tuple(cells[at[column]].strip() for column in self.place)
                yield Value(series, place, int(text), cells[at[name]].strip(), row)

    def __str__(self) -> str:
        """Say what the header looks like."""
        return f"columns {_listed_names(self._required_columns())}"


@dataclass(frozen=True)
class Headless(Columns):
    """`Columns` of a text without a header, whose columns are named here."""

    names: tuple[str, ...] = ()
    like: Mapping[str, str] = field(default_factory=dict)  # what stands in some columns

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row could be one of this table."""
        return len(cells) == len(self.names) and all(
            re.fullmatch(pattern, cells[self.names.index(name)]) for name, pattern in self.like.items()
        )

    def __str__(self) -> str:
        """Say what the table looks like."""
        return f"{len(self.names)} columns without headings, cut by {_delimiter_name(self.delimiter)}: {_listed_names(self.names[:5])}, ..."


@dataclass(frozen=True)
class Listing:
    """A row for each thing that is listed; things are counted by place."""

    place: tuple[str, ...]
    series: str
    year: int
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delimiter: str = ","
    quoted: bool = True

    def begins(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header."""
        return {*self.place, *self.where} <= {plain_heading(cell) for cell in cells}

    def values(self, header: Sequence[str], rows: Iterator[Row], asides: Asides) -> Iterator[Value]:
        """Give a value of 1 for each row that counts."""
        names = [plain_heading(cell) for cell in header]
        asides.cover(self.series, [self.year])
        for row, cells in rows:
            if all(cells[names.index(name)].strip().casefold() in allowed for name, allowed in self.where.items()):
                place = tuple(cells[names.index(name)].strip() for name in self.place)
                yield Value(self.series, place, self.year, "1", row)

    def __str__(self) -> str:
        """Say what the header looks like."""
        return f"columns {_listed_names([*self.place, *self.where])}"


def _listed_names(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in dict.fromkeys(names))


def _delimiter_name(delimiter: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]


@dataclass(frozen=True)
class Found:
    """A table of a file that is laid out in a known way."""

    sheet: Sheet
    format: Format
    header: list[str]
    at: int  # row of the header, 0 where there is none

    def values(self, asides: Asides) -> Iterator[Value]:
        """Give the values of the table, and note what else is to be known of it."""
        return self.format.values(self.header, self._rows_below(), asides)

    def _rows_below(self) -> Iterator[Row]:
        """Give the rows below the header, as wide as it is; what a source writes beneath its table is left out."""
        width = len(self.header)
        last_heading = max(number for number, cell in enumerate(self.header, start=1) if cell.strip())
        for number, cells in self.sheet.rows(self.format.delimiter, self.format.quoted):
            filled = sum(bool(cell.strip()) for cell in cells)
            if number <= self.at or not filled or (filled == 1 and last_heading > 1 and len(cells) < last_heading):
                continue
            if self.sheet.text and len(cells) < last_heading:
                raise WrongFile(
                    f"is cut off or damaged: row {number} has {len(cells)} cells, the header has {last_heading}. Download it again."
                )
            yield number, [*cells, *[""] * (width - len(cells))]


def find_table(tables: Sequence[Sheet], formats: Sequence[Format]) -> Found | None:
    """Find the first table that is laid out in one of some ways."""
    for sheet in tables:
        for layout in formats:
            if table := _table_headed(sheet, layout, layout.delimiter):
                return table
    return None


def cut_otherwise(tables: Sequence[Sheet], formats: Sequence[Format]) -> str:
    """Tell a text whose cells are cut by something else than they should be; empty where it is none."""
    for sheet in tables:
        for layout in formats:
            for delimiter in {",", ";", "\t"} - {layout.delimiter}:
                if sheet.text and _table_headed(sheet, layout, delimiter):
                    return (
                        f"has {_delimiter_name(delimiter)} between its cells, where the file of the source has {_delimiter_name(layout.delimiter)}: "
                        "a spreadsheet program has saved it. Take the file as it was downloaded, unopened."
                    )
    return ""


def _table_headed(sheet: Sheet, layout: Format, delimiter: str) -> Found | None:
    rows: Iterator[Row] = sheet.rows(delimiter, layout.quoted)
    for number, cells in itertools.islice(rows, _HEADER_WITHIN):
        if layout.begins(cells):
            return (
                Found(sheet, layout, list(layout.names), 0)
                if isinstance(layout, Headless)
                else Found(sheet, layout, cells, number)
            )
    return None
