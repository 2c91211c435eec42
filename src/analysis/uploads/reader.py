"""The one reader of spreadsheets and delimited text: answers of cities, filled kits and official files come through it.

The bytes decide what a file is, not its name. Spreadsheets are read with openpyxl: python-calamine is faster, but gives neither
the format of a cell (0.275 shown as 27.5 %) nor a formula without a stored value nor an error, and would read all three as
another answer. Encodings are those that a mark or the source names; charset-normalizer takes lists of a few names of cities
in cp1252 for cp1250 more often than not, and would put a wrong letter into them.
"""

import codecs
import contextlib
import csv
import datetime
import io
import re
import sys
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any, Literal

from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from analysis.errors import StudyError
from analysis.uploads.cells import (
    BooleanCell,
    DateCell,
    ErrorCell,
    FormulaCell,
    Numeral,
    Row,
    TimeCell,
)
from analysis.uploads.formulas import literal_value

_MOST_PARTS = 2_000  # of an archive
_BLANK = b"\0\t\r\n \xef\xbb\xbf\xff\xfe"
_LITERALS = re.compile(r'"[^"]*"|\\.')  # of the format of a number; a % among them multiplies nothing
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes control characters
# what a file really is, by its first bytes, and what to do with it where that is known
_FORMATS = (
    (b"%PDF", "is a PDF document", ""),
    (
        b"\xd0\xcf\x11\xe0",
        "is an old spreadsheet (.xls) or one with a password",
        "Save it as .xlsx without a password, and take that",
    ),
    (b"\x89PNG", "is a picture", ""),
    (b"\xff\xd8\xff", "is a picture", ""),
    (b"\x1f\x8b", "is compressed (gzip)", "Unpack it first"),
    (b"Rar!", "is an archive (RAR)", "Unpack it first"),
    (b"7z\xbc\xaf", "is an archive (7z)", "Unpack it first"),
    (b"{\\rtf", "is a text document (RTF)", ""),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
csv.field_size_limit(min(sys.maxsize, 1 << 30))


class UnreadableFile(StudyError):
    """A file that is no table, damaged or not safe to read.

    `fault` goes on after its name; `mend` says what to do, and is empty where whoever asked for the file knows better.
    """

    def __init__(self, fault: str, mend: str = "") -> None:
        super().__init__(f"{fault}. {mend}." if mend else f"{fault}.")
        self.fault, self.mend = fault, mend


def check_format(start: bytes) -> None:
    """Refuse what is empty, or by its first bytes no table."""
    if not start.strip(_BLANK):
        raise UnreadableFile("is empty")
    for signature, fault, mend in _FORMATS:
        if start.startswith(signature):
            raise UnreadableFile(fault, mend)


def marked_encoding(start: bytes) -> str:
    """Name the encoding that a byte order mark tells, else nothing."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def delimited_rows(text: IO[str], delimiter: str, *, quoted: bool = True, strict: bool = False) -> Iterator[Row]:
    """Cut a text into rows of cells, one at a time, with their numbers.

    Raises
    ------
    UnreadableFile
        Where quotation marks do not fit; the message names the line.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(text, delimiter=delimiter, quoting=quoting, strict=strict)
    line = 1
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
            line = reader.line_num + 1
    except csv.Error:
        raise UnreadableFile(
            f"has a quotation mark that is not closed, or not doubled within a text, near line {line}"
        ) from None


class Workbook:
    """A spreadsheet, read sheet by sheet and row by row.

    Parameters
    ----------
    content
        The bytes of the file.
    check_formulas
        Whether a formula for which no program has stored a value is a `FormulaCell`; else it is an empty cell. What
        is arithmetic of numbers alone has its value. Checking takes twice the time.
    most_bytes
        How large its parts may be together when they are unpacked; without it, any size will do.

    Raises
    ------
    UnreadableFile
        Where it is no Excel workbook, damaged, or would grow without bounds.
    """

    def __init__(self, content: bytes, *, check_formulas: bool = True, most_bytes: int | None = None) -> None:
        with _explained_damage():
            _check_parts(content, most_bytes)
            self._values = _loaded(content, stored_values=True)
            self._formulas = _loaded(content, stored_values=False) if check_formulas else None
        self.keywords = str(self._values.properties.keywords or "")
        # a sheet of charts has no cells
        self.titles = [sheet.title for sheet in self._values.worksheets if hasattr(sheet, "reset_dimensions")]

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_: object) -> None:
        self._values.close()
        if self._formulas is not None:
            self._formulas.close()

    def rows(self, title: str) -> Iterator[Row]:
        """Give the rows of a sheet, empty ones too, as texts that remember what they were."""
        with _explained_damage():
            rows = _cell_rows(self._values[title])
            if self._formulas is None:
                for number, cells in enumerate(rows, start=1):
                    yield number, list(map(self._text, cells, cells))
                return
            pairs = zip(rows, _cell_rows(self._formulas[title]), strict=True)
            for number, (cells, typed_cells) in enumerate(pairs, start=1):
                yield number, list(map(self._text, cells, typed_cells))

    def _text(self, cell: Any, typed_cell: Any) -> str:
        """Give what stands in a cell as it would be typed; numbers with a point."""
        value = cell.value
        if value is None and typed_cell.data_type == "f":
            value = literal_value(str(typed_cell.value))
            if value is None:
                return FormulaCell(typed_cell.value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return BooleanCell("true" if value else "false")
        if isinstance(value, int | float | Decimal):
            return _numeral(value, str(cell.number_format or ""))
        if isinstance(value, datetime.datetime):
            serial = format(to_excel(value, self._values.epoch), ".15g")
            return DateCell.of(value, Decimal(serial))
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            return TimeCell(value)
        if cell.data_type == "e":
            return ErrorCell(value)
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), str(value))


@contextlib.contextmanager
def _explained_damage() -> Iterator[None]:
    """Say in words that a file is damaged, of which the reader of the format raises all sorts of errors."""
    try:
        yield
    except StudyError:
        raise
    except Exception as error:
        raise UnreadableFile(
            f"cannot be read as a spreadsheet ({type(error).__name__})",
            "Save it as an Excel workbook (.xlsx), without a password, and take that",
        ) from None


def _check_parts(content: bytes, most_bytes: int | None) -> None:
    """Refuse what is no workbook, would grow without bounds, or reaches for what lies outside of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > _MOST_PARTS or (most_bytes is not None and unpacked > most_bytes):
            raise UnreadableFile("is too large when it is unpacked")
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            kind = "an OpenDocument file" if "mimetype" in names else "an archive or another kind of document"
            raise UnreadableFile(f"is {kind}, no Excel workbook", "Save or export it as .xlsx or .csv")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    declared = re.sub(rb"<!(--|\[CDATA\[)", b"", source.read(4_000))
                if b"<!" in declared:
                    raise UnreadableFile("declares a document type within, as no spreadsheet program does")


def _loaded(content: bytes, *, stored_values: bool) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a spreadsheet program has added: charts, styles
        return load_workbook(io.BytesIO(content), read_only=True, data_only=stored_values)


def _cell_rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its own size may be wrong
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return rows


def _numeral(value: int | float | Decimal, number_format: str) -> Numeral:
    percent = "%" in _LITERALS.sub("", number_format)
    amount = Decimal(format(value, ".15g") if isinstance(value, float) else value)
    text = f"{(amount * 100).normalize():f}%" if percent else f"{amount:f}"
    return Numeral.of(Decimal(repr(value)) if isinstance(value, float) else amount, text)
