"""Reading a file of answers as a table of texts, whatever its encoding, delimiter and layout; the bytes decide, not the name.

Two layouts are known: a row for each city, as survey tools export it, and our own spreadsheet, a row for each question
with the columns code and answer, one file for each city. The second is turned over, so that all that follows sees the first.
"""

import codecs
import csv
import datetime
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from analysis.errors import StudyError

_LARGEST, _UNPACKED = 20_000_000, 80_000_000  # bytes of a file, and of a spreadsheet unpacked
_MOST_ROWS, _MOST_COLUMNS = 5_000, 2_000
_HEADER_WITHIN = 20  # rows among which the header is looked for
_DELIMITERS = ",;\t|"
_CODE = ("code", "codigo")
_ANSWER = ("answer", "respuesta", "reponse")
_AGAIN = "Nothing of this file was taken in."
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
Grid = list[tuple[int, list[str]]]  # rows with their number in the file


class Numeral(str):
    """The text of a cell that holds a number: its point is one, whatever stands behind it."""


class Unreadable(StudyError):
    """A file that cannot be read as answers; the message goes on after its name."""


@dataclass(frozen=True)
class Row:
    """A row of answers: its number in the file, and its texts. `numbers` gives the row of each text where they differ."""

    number: int
    cells: tuple[str, ...]
    numbers: Mapping[int, int] = field(default_factory=dict)
    surplus: bool = False  # it has more cells than the header
    short: bool = False


@dataclass(frozen=True)
class Table:
    """What a file holds: header, rows that are not empty, and what the reader should know of how it was read."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def read(content: bytes, known: Callable[[str], bool], edition: int) -> Table:
    """Read the content of a file; `known` tells a heading that is a question of the instrument.

    Raises
    ------
    Unreadable
        Where it is no table, or not safe to read; the message says what to do.
    """
    if len(content) > _LARGEST:
        raise Unreadable(f"has more than {_LARGEST // 1_000_000} MB, too much for answers of cities. {_AGAIN}")
    if not content.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise Unreadable("is empty. Export the answers anew.")
    for start, what in _KINDS:
        if content.startswith(start):
            raise Unreadable(f"{what}. {_AGAIN}")
    if content.startswith(b"PK"):
        return _of_workbook(content, known, edition)
    return _of_text(content, known)


# -- CSV --------------------------------------------------------------------------------------------------------------


def _of_text(content: bytes, known: Callable[[str], bool]) -> Table:
    text, note = _decoded(content)
    if re.match(r"\s*<(!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise Unreadable(f"is a web page or XML. Export the answers as CSV or XLSX. {_AGAIN}")
    controls = sum(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in text[:20_000])
    if controls * 10 > min(len(text), 20_000):
        raise Unreadable(f"is no text: too many of its characters cannot be shown. Export the answers anew. {_AGAIN}")
    if found := re.match(r"sep=(.)\r?\n", text):  # Excel's own first line
        text = text[found.end() :]
    best = max(_DELIMITERS, key=lambda one: _fit(text, one, known))
    try:
        grid = list(
            enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=best, strict=True), start=1 + bool(found))
        )
    except csv.Error:
        line = _broken_line(text, best) + bool(found)
        raise Unreadable(
            f"has a quotation mark that is not closed, or not doubled within a text, near line {line}. Mend it, or export anew. {_AGAIN}"
        ) from None
    return _table(grid, known, [note] if note else [], ragged=True)


def _decoded(content: bytes) -> tuple[str, str]:
    """Decode; a guess is said to be one."""
    marks = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
             (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
    guesses = [name for mark, name in marks if content.startswith(mark)][:1] or [*_without_mark(content), "utf-8"]
    for name in guesses:
        try:
            return content.decode(name), ""
        except UnicodeDecodeError:
            continue
    for name in ("cp1252", "latin-1"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        return text, f"The file is not in UTF-8; it was read as {name}. Check that letters with accents are right."
    raise AssertionError("latin-1 reads everything")


def _without_mark(content: bytes) -> list[str]:
    """Tell UTF-16 without its mark: every other byte of a text in Latin letters is zero."""
    start = content[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 3 < len(start) or min(even, odd) * 4 > max(even, odd):
        return []
    return ["utf-16-le" if odd > even else "utf-16-be"]


def _fit(text: str, delimiter: str, known: Callable[[str], bool]) -> tuple[int, int]:
    """Say how well a delimiter fits: by the headings that are known, then by the number of columns."""
    best = (0, 0)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if number == _HEADER_WITHIN:
                break
            best = max(best, (_known(row, known), len(row)))
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


def _of_workbook(content: bytes, known: Callable[[str], bool], edition: int) -> Table:
    save = f"Save it as an Excel workbook (.xlsx), without a password, and take that. {_AGAIN}"
    try:
        _check_archive(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a spreadsheet program has added: charts, styles
            book = load_workbook(io.BytesIO(content), read_only=True)
            try:
                _check_edition(str(book.properties.keywords or ""), edition)
                grids = {page.title: _cells(page) for page in book.worksheets}
            finally:
                book.close()
    except Unreadable:
        raise
    except Exception as error:  # the reader of the format raises all sorts of errors where a file is damaged
        raise Unreadable(f"cannot be read as a spreadsheet ({type(error).__name__}). {save}") from None
    filled = {title: grid for title, grid in grids.items() if grid}
    if not filled:
        raise Unreadable(f"is a spreadsheet without anything in it. {_AGAIN}")
    own = {title: grid for title, grid in filled.items() if _layout(grid)}
    answered = [title for title, grid in own.items() if any(_turned(grid)[1])]
    if len(answered) > 1:
        raise Unreadable(
            f"has answers on several sheets ({', '.join(answered)}). Leave those of one, on a single sheet. {_AGAIN}"
        )
    title = (answered or list(own) or [max(filled, key=lambda one: _best_header(filled[one], known)[0])])[0]
    others = [other for other in filled if other != title]
    note = f"Read: the sheet '{title}'. Not read: {', '.join(repr(one) for one in others)}."
    return _table(filled[title], known, [note] if others and not own else [], ragged=False)


def _check_edition(keywords: str, edition: int) -> None:
    """Refuse our own spreadsheet where it is that of another edition; its properties name the edition."""
    if (found := re.fullmatch(r"smart-cities-study-form (\S+) \w+", keywords)) and found[1] != str(edition):
        raise Unreadable(f"is the questionnaire of the edition {found[1]}, not of {edition}. {_AGAIN}")


def _check_archive(content: bytes) -> None:
    """Refuse what would grow without bounds when it is unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > _UNPACKED or len(parts) > 2_000:
            raise Unreadable(f"is too large when unpacked for answers of cities. {_AGAIN}")
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            kind = "an OpenDocument file" if "mimetype" in names else "an archive or another kind of document"
            raise Unreadable(f"is {kind}, no Excel workbook. Save or export it as .xlsx or .csv. {_AGAIN}")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    if b"<!" in re.sub(rb"<!(--|\[CDATA\[)", b"", source.read(4_000)):
                        raise Unreadable(f"declares a document type within, as no spreadsheet program does. {_AGAIN}")


def _cells(page: Any) -> Grid:
    """Give the rows of a sheet that are not empty, as texts."""
    if not hasattr(page, "reset_dimensions"):  # a sheet of charts
        return []
    page.reset_dimensions()  # what the file says of its own size may be wrong
    grid: Grid = []
    for number, row in enumerate(page.iter_rows(), start=1):
        if any(cell.value not in (None, "") for cell in row):
            if len(grid) > _MOST_ROWS:
                raise Unreadable(f"has more than {_MOST_ROWS} rows, too many for answers of cities. {_AGAIN}")
            texts = [_text(cell) for cell in row]
            while texts and not texts[-1].strip():
                texts.pop()
            grid.append((number, texts))
    return grid


def _text(cell: Any) -> str:
    """Give what stands in a cell as it would be typed; numbers with a point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        percent = "%" in str(cell.number_format or "")
        text = f"{Decimal(format(value * 100 if percent else value, '.15g')):f}"
        return Numeral(f"{text}%" if percent else text)
    if isinstance(value, int) and "%" in str(cell.number_format or ""):
        return f"{value * 100}%"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    return str(value)


# -- both -------------------------------------------------------------------------------------------------------------


def _table(grid: Grid, known: Callable[[str], bool], notes: list[str], *, ragged: bool) -> Table:
    """Find the header, and give the rows below it."""
    grid = [(number, row) for number, row in grid if any(cell.strip() for cell in row)]
    if len(grid) > _MOST_ROWS:
        raise Unreadable(f"has more than {_MOST_ROWS} rows, too many for answers of cities. {_AGAIN}")
    if _layout(grid):
        header, cells, numbers = _turned(grid)
        rows = [Row(grid[0][0], tuple(cells), dict(enumerate(numbers)))] if any(cells) else []
        return Table(tuple(header), tuple(rows), tuple(notes))
    (score, _), place = _best_header(grid, known)
    if not score:
        raise Unreadable(
            "has no column that is a question of this edition, by its code or its wording. Take the file of this edition; "
            f"a CSV file has commas, semicolons or tabs between its columns. {_AGAIN}"
        )
    if place:
        notes = [*notes, f"The headings were found in row {grid[place][0]}; what stands above was not read."]
    header = [cell.strip() for cell in grid[place][1]]
    width = len(header)
    while width and not header[width - 1]:
        width -= 1
    if width > _MOST_COLUMNS:
        raise Unreadable(f"has more than {_MOST_COLUMNS} columns. {_AGAIN}")
    return Table(tuple(header[:width]), tuple(_rows(grid[place + 1 :], width, ragged)), tuple(notes))


def _rows(grid: Grid, width: int, ragged: bool) -> Iterator[Row]:
    for number, cells in grid:
        texts = [*cells, *[""] * (width - len(cells))]
        yield Row(number, tuple(texts[:width]), surplus=any(cell.strip() for cell in texts[width:]),
                  short=ragged and len(cells) < width)  # fmt: skip


def _known(row: Sequence[str], known: Callable[[str], bool]) -> int:
    return sum(known(cell) for cell in row[:_MOST_COLUMNS] if cell.strip())


def _best_header(grid: Grid, known: Callable[[str], bool]) -> tuple[tuple[int, int], int]:
    """Give how many headings are known in the best of the first rows, and which one that is; the first of equals."""
    scores = [((_known(row, known), -place), place) for place, (_, row) in enumerate(grid[:_HEADER_WITHIN])]
    return max(scores, default=((0, 0), 0))


def _layout(grid: Grid) -> tuple[int, int, int] | None:
    """Find the header of our own spreadsheet: its place among the rows, and the columns of codes and answers."""
    for place, (_, row) in enumerate(grid[:_HEADER_WITHIN]):
        names = [_plain(cell) for cell in row]
        code = [number for number, name in enumerate(names) if name in _CODE]
        answer = [number for number, name in enumerate(names) if name in _ANSWER]
        if len(code) == 1 and len(answer) == 1:
            return place, code[0], answer[0]
    return None


def _turned(grid: Grid) -> tuple[list[str], list[str], list[int]]:
    """Turn our own spreadsheet over: codes, answers, and the rows in which they stand; an answer without code keeps its text."""
    place, code, answer = _layout(grid) or (0, 0, 0)
    header, cells, numbers = [], [], []
    for number, row in grid[place + 1 :]:
        texts = [*row, *[""] * (max(code, answer) + 1 - len(row))]
        read_only = not texts[code].strip() and _plain(texts[answer]) in _ANSWER  # the headings that people see
        if not read_only and (texts[code].strip() or texts[answer].strip()):
            header.append(texts[code].strip() or next((one for one in texts[code + 1 : answer] if one.strip()), ""))
            cells.append(texts[answer] if texts[answer].strip() else "")
            numbers.append(number)
    return header, cells, numbers


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip().lower()


def content_of(file: Path) -> bytes:
    """Give the bytes of a file of answers."""
    try:
        if file.stat().st_size > _LARGEST:
            raise Unreadable(f"has more than {_LARGEST // 1_000_000} MB, too much for answers of cities. {_AGAIN}")
        return file.read_bytes()
    except IsADirectoryError:
        raise Unreadable("is a folder. Name the files in it.") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}. Name a file that is there.") from None
