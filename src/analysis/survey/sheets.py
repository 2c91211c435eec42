"""How the spreadsheets for people are dressed and saved: the kits of questions and the questionnaire look alike."""

import datetime
import io
import math
from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from analysis import files

TO_FILL = PatternFill("solid", fgColor="FFF4CC")
HEAD = PatternFill("solid", fgColor="E3E7EB")
_LINE = Side(style="thin", color="C9CED3")
GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
WRAPPED = Alignment(wrap_text=True, vertical="top")
TYPE = "Calibri"
SHOWN = Font(name=TYPE, color="4A5259")
BOLD = Font(name=TYPE, bold=True)
# no time of writing: the questions depend on the data alone
DATE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 (office programs know no zones)


def grow(page: Any, cells: Sequence[Any]) -> None:
    """Make a row as high as its texts need; a row that is to be filled in grows by itself."""
    lines = 1
    for cell in cells:
        room = page.column_dimensions[cell.column_letter].width * (0.85 if cell.font.b else 0.95)
        lines = max(lines, sum(max(1, math.ceil(len(line) / room)) for line in str(cell.value or "").split("\n")))
    if lines > 1:
        page.row_dimensions[cells[0].row].height = 15 * lines + 3


def printing(page: Any, header: int | None) -> None:
    """Print across the sheet, all columns on one page, with the header on each page."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    if header:
        page.print_title_rows = f"{header}:{header}"


def packed(book: Any) -> bytes:
    """Save with the same dates whenever it is done: in the properties and in the archive."""
    book.properties.creator, book.properties.created = "Smart Cities Study", DATE
    saved = io.BytesIO()
    book.save(saved)
    return files.same_bytes(saved.getvalue(), DATE)
