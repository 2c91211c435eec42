"""Reading the bytes of a file of answers: which sheet or delimiter holds them, and what is refused at once."""

import io
import re
from pathlib import Path

from analysis.survey.intake_cells import AGAIN, Table, Unreadable
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
from analysis.uploads.cells import Grid
from analysis.uploads.formulas import quoted_text
from analysis.uploads.reader import (
    UnreadableFile,
    Workbook,
    check_format,
    delimited_rows,
)

_LARGEST, _UNPACKED = 20_000_000, 80_000_000  # bytes of a file, and of a spreadsheet unpacked
_TOO_LARGE = f"has more than {_LARGEST // 1_000_000} MB, too much for answers of cities. {AGAIN}"
_DELIMITERS = ",;\t|"
_MARK_AS_TEXT = re.compile("(?:\ufeff|ï»¿|Ã¯Â»Â¿)+")  # a byte order mark that was read as letters
_DELIMITER_NAMED = re.compile(r"sep=(.)\r?\n")  # first line of a file that Excel has written
_EXPORT = "Export the answers anew, as CSV or XLSX"


def read(content: bytes, names: Names, edition: int) -> Table:
    """Read the content of a file; `names` tells the headings that are questions of the instrument.

    Raises
    ------
    Unreadable
        Where it is no table, or not safe to read; the message says what to do.
    """
    if len(content) > _LARGEST:
        raise Unreadable(_TOO_LARGE)
    try:
        check_format(content)
        if content.startswith(b"PK"):
            return _workbook_table(content, names, edition)
        return _text_table(content, names)
    except UnreadableFile as error:
        raise Unreadable(f"{error.fault}. {error.mend or _EXPORT}. {AGAIN}") from None


def content_of(file: Path) -> bytes:
    """Give the bytes of a file of answers."""
    try:
        if file.stat().st_size > _LARGEST:
            raise Unreadable(_TOO_LARGE)
        return file.read_bytes()
    except IsADirectoryError:
        raise Unreadable("is a folder. Name the files in it.") from None
    except OSError as error:
        reason = error.strerror or error
        raise Unreadable(f"cannot be read: {reason}. Name a file that is there.") from None


# -- CSV --


def _text_table(content: bytes, names: Names) -> Table:
    text, note = decode(content)
    if mark := _MARK_AS_TEXT.match(text):
        text = text[mark.end() :]
    if re.match(r"\s*<(!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise UnreadableFile("is a web page or XML")
    check_text(text)
    skipped = 0
    if first_line := _DELIMITER_NAMED.match(text):
        text = "\n" + text[first_line.end() :]
        skipped = 1
    delimiter = max(_DELIMITERS, key=lambda sign: _delimiter_fit(text[skipped:], sign, names))
    rows = delimited_rows(io.StringIO(text, newline=""), delimiter, strict=True)
    grid = [(number, list(map(_unwrapped_text, cells))) for number, cells in rows]
    return table_of(grid[skipped:], names, [note] if note else [], ragged=True)


def _unwrapped_text(cell: str) -> str:
    """Take off the wrapper with which programs keep a spreadsheet from reading a text as a number."""
    text = quoted_text(cell.strip())
    return cell if text is None else text


def _delimiter_fit(text: str, delimiter: str, names: Names) -> tuple[int, int]:
    """Say how well a delimiter fits: by the questions in a row of headings, then by the number of columns."""
    best = (0, 0)
    try:
        for number, cells in delimited_rows(io.StringIO(text, newline=""), delimiter):
            if number > HEADER_WITHIN:
                break
            best = max(best, (len(names.questions_in(cells)), len(cells)))
    except UnreadableFile:
        pass
    return best


# -- XLSX --


def _workbook_table(content: bytes, names: Names, edition: int) -> Table:
    with Workbook(content, most_bytes=_UNPACKED) as book:
        _check_edition(book.keywords, edition)
        sheets = {title: _filled_rows(book, title) for title in book.titles}
    filled = {title: grid for title, grid in sheets.items() if grid}
    if not filled:
        raise Unreadable(f"is a spreadsheet without anything in it. {AGAIN}")
    forms = [title for title, grid in filled.items() if is_questionnaire(grid)]
    if forms:
        answered = [title for title in forms if is_answered(filled[title])]
    else:
        answered = [title for title, grid in filled.items() if _holds_answers(grid, names)]
    if len(answered) > 1:
        raise Unreadable(
            f"has answers on several sheets ({', '.join(answered)}). Leave those of one, on a single sheet. {AGAIN}"
        )
    best = max(filled, key=lambda title: best_header(filled[title], names)[0])
    title = (answered or forms or [best])[0]
    others = [repr(other) for other in filled if other != title]
    note = f"Read: the sheet '{title}'. Not read: {', '.join(others)}."
    notes = [note] if others and not forms else []
    return table_of(filled[title], names, notes, ragged=False)


def _holds_answers(grid: Grid, names: Names) -> bool:
    """Tell a sheet with answers to more than where the city is, below headings."""
    score, place = best_header(grid, names)
    asked = names.questions_in(grid[place][1])
    places = {question.id for question in names.instrument if question.type in ("city", "country")}
    return score > 1 and bool(asked - places) and len(grid) > place + 1


def _filled_rows(book: Workbook, title: str) -> Grid:
    """Give the rows of a sheet that are not empty, without the empty cells at their ends."""
    grid = Grid()
    for number, cells in book.rows(title):
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            grid.append((number, cells))
        if len(grid) > MOST_ROWS + 1:
            raise Unreadable(f"has more than {MOST_ROWS} rows, too many for answers of cities. {AGAIN}")
    return grid


def _check_edition(keywords: str, edition: int) -> None:
    """Refuse our own spreadsheet where it is that of another edition; its properties name the edition."""
    form = re.fullmatch(r"smart-cities-study-form (\S+) \w+", keywords)
    if form and form[1] != str(edition):
        raise Unreadable(f"is the questionnaire of the edition {form[1]}, not of {edition}. {AGAIN}")
