"""Reading the bytes of a file of answers as rows of cells, whatever its encoding, delimiter and sheets.

The bytes decide, not the name of the file.
"""

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from analysis.survey.intake_cells import AGAIN, DateCell, ErrorCell, FormulaCell, Grid, Numeral, Table, Unreadable
from analysis.survey.intake_encoding import check_text, decode
from analysis.survey.intake_layout import (
    HEADER_WITHIN,
    MOST_ROWS,
    best_header,
    is_answered,
    is_questionnaire,
    table_of,
)
from analysis.survey.intake_names import Names
from analysis.uploads.formulas import literal_value, quoted_text

_LARGEST, _UNPACKED = 20_000_000, 80_000_000  # bytes of a file, and of a spreadsheet unpacked
_DELIMITERS = ",;\t|"
_MARK_AS_TEXT = re.compile("(?:\ufeff|ï»¿|Ã¯Â»Â¿)+")  # a byte order mark that was read as letters
_LITERALS = re.compile(r'"[^"]*"|\\.')  # of the format of a number; a % among them multiplies nothing
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes control characters
# what a file really is, by its first bytes, and what to do with it
_KINDS = (
    (b"%PDF", "is a PDF document. Export the answers as CSV or XLSX"),
    (b"\xd0\xcf\x11\xe0", "is an old spreadsheet (.xls) or one with a password. Save it as .xlsx without a password"),
    (b"\x89PNG", "is a picture. Export the answers as CSV or XLSX"),
    (b"\xff\xd8\xff", "is a picture. Export the answers as CSV or XLSX"),
    (b"\x1f\x8b", "is compressed (gzip). Unpack it first"),
    (b"Rar!", "is an archive (RAR). Unpack it first"),
    (b"7z\xbc\xaf", "is an archive (7z). Unpack it first"),
    (b"{\\rtf", "is a text document (RTF). Export the answers as CSV or XLSX"),
)


def read(content: bytes, names: Names, edition: int) -> Table:
    """Read the content of a file; `names` tells the headings that are questions of the instrument.

    Raises
    ------
    Unreadable
        Where it is no table, or not safe to read; the message says what to do.
    """
    if len(content) > _LARGEST:
        raise Unreadable(f"has more than {_LARGEST // 1_000_000} MB, too much for answers of cities. {AGAIN}")
    if not content.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise Unreadable("is empty. Export the answers anew.")
    for start, what in _KINDS:
        if content.startswith(start):
            raise Unreadable(f"{what}. {AGAIN}")
    if content.startswith(b"PK"):
        return _of_workbook(content, names, edition)
    return _of_text(content, names)


# -- CSV --------------------------------------------------------------------------------------------------------------


def _of_text(content: bytes, names: Names) -> Table:
    text, note = decode(content)
    if mark := _MARK_AS_TEXT.match(text):
        text = text[mark.end() :]
    if re.match(r"\s*<(!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise Unreadable(f"is a web page or XML. Export the answers as CSV or XLSX. {AGAIN}")
    check_text(text)
    first_line = re.match(r"sep=(.)\r?\n", text)  # Excel's own
    if first_line:
        text = text[first_line.end() :]
    before = 1 if first_line else 0
    delimiter = max(_DELIMITERS, key=lambda sign: _fit(text, sign, names))
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        grid = list(enumerate(rows, start=1 + before))
    except csv.Error:
        line = _broken_line(text, delimiter) + before
        raise Unreadable(
            f"has a quotation mark that is not closed, or not doubled within a text, near line {line}. "
            f"Mend it, or export anew. {AGAIN}"
        ) from None
    grid = [(number, [_unwrapped(cell) for cell in row]) for number, row in grid]
    return table_of(grid, names, [note] if note else [], ragged=True)


def _unwrapped(cell: str) -> str:
    """Take off the wrapper with which programs keep a spreadsheet from reading a text as a number."""
    text = quoted_text(cell.strip())
    return cell if text is None else text


def _fit(text: str, delimiter: str, names: Names) -> tuple[int, int]:
    """Say how well a delimiter fits: by the questions in a row of headings, then by the number of columns."""
    best = (0, 0)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if number == HEADER_WITHIN:
                break
            best = max(best, (len(names.questions_in(row)), len(row)))
    except csv.Error:
        pass
    return best


def _broken_line(text: str, delimiter: str) -> int:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        pass
    return line


# -- XLSX -------------------------------------------------------------------------------------------------------------


def _of_workbook(content: bytes, names: Names, edition: int) -> Table:
    save = f"Save it as an Excel workbook (.xlsx), without a password, and take that. {AGAIN}"
    try:
        _check_archive(content)
        grids = _grids(content, edition)
    except Unreadable:
        raise
    except Exception as error:  # the reader of the format raises all sorts of errors where a file is damaged
        raise Unreadable(f"cannot be read as a spreadsheet ({type(error).__name__}). {save}") from None
    filled = {title: grid for title, grid in grids.items() if grid}
    if not filled:
        raise Unreadable(f"is a spreadsheet without anything in it. {AGAIN}")
    ours = [title for title, grid in filled.items() if is_questionnaire(grid)]
    answered = [title for title in ours if is_answered(filled[title])]
    answered = answered or [] if ours else [title for title, grid in filled.items() if _holds_answers(grid, names)]
    if len(answered) > 1:
        raise Unreadable(
            f"has answers on several sheets ({', '.join(answered)}). Leave those of one, on a single sheet. {AGAIN}"
        )
    best = max(filled, key=lambda title: best_header(filled[title], names)[0])
    title = (answered or ours or [best])[0]
    others = [repr(other) for other in filled if other != title]
    note = f"Read: the sheet '{title}'. Not read: {', '.join(others)}."
    return table_of(filled[title], names, [note] if others and not ours else [], ragged=False)


def _holds_answers(grid: Grid, names: Names) -> bool:
    """Tell a sheet with answers to more than where the city is, below headings."""
    score, place = best_header(grid, names)
    asked = names.questions_in(grid[place][1])
    places = {question.id for question in names.instrument if question.type in ("city", "country")}
    return score > 1 and bool(asked - places) and len(grid) > place + 1


def _grids(content: bytes, edition: int) -> dict[str, Grid]:
    """Give the cells of every sheet: the values that were stored for formulas, and which cells are formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a spreadsheet program has added: charts, styles
        values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        formulas = load_workbook(io.BytesIO(content), read_only=True)
        try:
            _check_edition(str(values.properties.keywords or ""), edition)
            pairs = zip(values.worksheets, formulas.worksheets, strict=True)
            return {page.title: list(_cells(page, written, values.epoch)) for page, written in pairs}
        finally:
            values.close()
            formulas.close()


def _check_edition(keywords: str, edition: int) -> None:
    """Refuse our own spreadsheet where it is that of another edition; its properties name the edition."""
    named = re.fullmatch(r"smart-cities-study-form (\S+) \w+", keywords)
    if named and named[1] != str(edition):
        raise Unreadable(f"is the questionnaire of the edition {named[1]}, not of {edition}. {AGAIN}")


def _check_archive(content: bytes) -> None:
    """Refuse what would grow without bounds when it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > _UNPACKED or len(parts) > 2_000:
            raise Unreadable(f"is too large when unpacked for answers of cities. {AGAIN}")
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            kind = "an OpenDocument file" if "mimetype" in names else "an archive or another kind of document"
            raise Unreadable(f"is {kind}, no Excel workbook. Save or export it as .xlsx or .csv. {AGAIN}")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    if b"<!" in re.sub(rb"<!(--|\[CDATA\[)", b"", source.read(4_000)):
                        raise Unreadable(f"declares a document type within, as no spreadsheet program does. {AGAIN}")


def _cells(page: Any, formulas: Any, epoch: datetime.datetime) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a sheet that are not empty, as texts."""
    if not hasattr(page, "reset_dimensions"):  # a sheet of charts
        return
    page.reset_dimensions()  # what the file says of its own size may be wrong
    formulas.reset_dimensions()
    count = 0
    for number, (row, written) in enumerate(zip(page.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        texts = [_text(cell, formula, epoch) for cell, formula in zip(row, written, strict=True)]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            count += 1
            if count > MOST_ROWS + 1:
                raise Unreadable(f"has more than {MOST_ROWS} rows, too many for answers of cities. {AGAIN}")
            yield number, texts


def _text(cell: Any, formula: Any, epoch: datetime.datetime) -> str:
    """Give what stands in a cell as it would be typed; numbers with a point."""
    value = cell.value
    if value is None and formula.data_type == "f":
        value = literal_value(str(formula.value))
        if value is None:
            return FormulaCell(str(formula.value))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        percent = "%" in _LITERALS.sub("", str(cell.number_format or ""))
        amount = Decimal(format(value, ".15g") if isinstance(value, float) else value)
        return Numeral(f"{(amount * 100).normalize():f}%" if percent else f"{amount:f}")
    if isinstance(value, datetime.datetime):
        return DateCell.of(value, Decimal(format(to_excel(value, epoch), ".15g")))
    if cell.data_type == "e":
        return ErrorCell(value)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), str(value))


def content_of(file: Path) -> bytes:
    """Give the bytes of a file of answers."""
    try:
        if file.stat().st_size > _LARGEST:
            raise Unreadable(f"has more than {_LARGEST // 1_000_000} MB, too much for answers of cities. {AGAIN}")
        return file.read_bytes()
    except IsADirectoryError:
        raise Unreadable("is a folder. Name the files in it.") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}. Name a file that is there.") from None
