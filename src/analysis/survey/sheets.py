"""The writer of spreadsheets that people fill in: how they are dressed, what their cells accept, and how they are saved.

The questionnaire and the kits of questions on a report are written with it, so that they look and behave alike.
"""

import datetime
import io
import math
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from analysis import files

TO_FILL = PatternFill("solid", fgColor="FFF4CC")
HEAD = PatternFill("solid", fgColor="E3E7EB")
_LINE = Side(style="thin", color="C9CED3")
GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
WRAPPED = Alignment(wrap_text=True, vertical="top")
TYPE = "Calibri"
SHOWN = Font(name=TYPE, color="4A5259")
BOLD = Font(name=TYPE, bold=True)
_AS_TYPED = "@"  # format of a cell in which nothing becomes a date
_LEAST = -1e15  # any number, but a number
# no time of writing: the questions depend on the data alone
DATE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 (office programs know no zones)


class FormBook:
    """A workbook to fill in; what its drop-downs offer stands on a hidden sheet, a list in each column."""

    def __init__(self, lists_title: str) -> None:
        self.book: Any = Workbook()
        self.first: Any = self.book.active
        self._lists_title = lists_title
        self._areas: dict[tuple[str, ...], str] = {}
        self._rules: dict[tuple[str, ...], DataValidation] = {}

    def offer_values(
        self, page: Any, area: str, values: Sequence[str], error: tuple[str, str], *, strict: bool = True
    ) -> None:
        """Offer a list of values in some cells; where it is not strict, others may be typed too."""
        key = tuple(values)
        if key not in self._areas:
            letter = get_column_letter(len(self._areas) + 1)
            self._areas[key] = f"'{self._lists_title}'!${letter}$1:${letter}${len(key)}"
        self._add_rule(page, area, error, strict, type="list", formula1=self._areas[key])

    def limit_number(
        self, page: Any, area: str, low: float | None, high: float | None, error: tuple[str, str], *, whole: bool
    ) -> None:
        """Take numbers within limits alone in some cells."""
        operator = "between"
        limits = [limit for limit in (low, high) if limit is not None] or [_LEAST]
        if len(limits) == 1:
            operator = "greaterThanOrEqual" if high is None else "lessThanOrEqual"
        formulas = {f"formula{place}": f"{limit:g}" for place, limit in enumerate(limits, start=1)}
        kind = "whole" if whole else "decimal"
        self._add_rule(page, area, error, True, type=kind, operator=operator, **formulas)

    def limit_length(self, page: Any, area: str, longest: int, error: tuple[str, str]) -> None:
        """Take texts of some length at most in some cells."""
        rule = {"type": "textLength", "operator": "lessThanOrEqual", "formula1": str(longest)}
        self._add_rule(page, area, error, True, **rule)

    def _add_rule(self, page: Any, area: str, error: tuple[str, str], strict: bool, **rule: str) -> None:
        """Add cells to those of a rule; equal rules are written once for each sheet."""
        key = (page.title, *error, *rule.values())
        if key not in self._rules:
            validation = DataValidation(allow_blank=True, showErrorMessage=strict, **rule)
            validation.errorTitle, validation.error = error
            page.add_data_validation(validation)
            self._rules[key] = validation
        self._rules[key].add(area)

    def content(self) -> bytes:
        """Give the bytes of the workbook, its lists last and hidden."""
        lists = self.book.create_sheet(self._lists_title)
        for column, values in enumerate(self._areas, start=1):
            for row, value in enumerate(values, start=1):
                lists.cell(row, column, value).data_type = "s"  # never a formula
        lists.sheet_state = "hidden"
        return saved_bytes(self.book)


def dress_answer(cell: Any, *, number: bool = False) -> None:
    """Dress a cell to fill in."""
    cell.border, cell.alignment, cell.fill = GRID, WRAPPED, TO_FILL
    cell.number_format = "General" if number else _AS_TYPED


def dress_text(cell: Any) -> None:
    """Dress a cell for reading alone; a text that begins with = is no formula."""
    cell.border, cell.alignment, cell.font = GRID, WRAPPED, SHOWN
    if cell.value:
        cell.data_type = "s"


def dress_headings(page: Any, row: int, widths: Sequence[int]) -> None:
    """Dress a row of headings, and print it on each page."""
    for cell, width in zip(page[row], widths, strict=False):
        cell.font, cell.fill, cell.border, cell.alignment = BOLD, HEAD, GRID, WRAPPED
        page.column_dimensions[cell.column_letter].width = width
    fit_height(page, page[row])
    set_printing(page, row)


def fit_height(page: Any, cells: Sequence[Any]) -> None:
    """Make a row as high as its texts need; a row that is to be filled in grows by itself."""
    lines = 1
    for cell in cells:
        room = page.column_dimensions[cell.column_letter].width * (0.85 if cell.font.b else 0.95)
        heights = [max(1, math.ceil(len(line) / room)) for line in str(cell.value or "").split("\n")]
        lines = max(lines, sum(heights))
    if lines > 1:
        page.row_dimensions[cells[0].row].height = 15 * lines + 3


def set_printing(page: Any, header: int | None) -> None:
    """Print across the sheet, all columns on one page, with the header on each page."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    if header:
        page.print_title_rows = f"{header}:{header}"


def saved_bytes(book: Any) -> bytes:
    """Save with the same dates whenever it is done: in the properties and in the archive."""
    book.properties.creator, book.properties.created = "Smart Cities Study", DATE
    saved = io.BytesIO()
    book.save(saved)
    return files.same_bytes(saved.getvalue(), DATE)
