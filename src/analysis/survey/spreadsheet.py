"""The questionnaire as a spreadsheet to fill in, in one language; `form` says how it is laid out for whoever reads it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from analysis.instrument import Instrument, Question, Section, Texts
from analysis.survey import wording
from analysis.survey.sheets import BOLD, GRID, HEAD, SHOWN, TO_FILL, TYPE, WRAPPED, grow, packed, printing

ANSWERS, LISTS = "answers", "lists"
COLUMNS = ("code", "section", "question", "answer")
MARK = "x"
HEADINGS = 2  # rows: the names of the columns, hidden, and what people read
_WIDTHS = (8, 22, 74, 46)
_LONGEST = 10_000  # characters of a text
_INDENTED = Alignment(wrap_text=True, vertical="top", indent=2)
_TEXTS: dict[str, Texts] = {
    "first": {"en": "Read first", "es": "Léame", "fr": "À lire"},
    "section": {"en": "Section", "es": "Sección", "fr": "Section"},
    "question": {"en": "Question", "es": "Pregunta", "fr": "Question"},
    "answer": {"en": "Answer", "es": "Respuesta", "fr": "Réponse"},
    "where": {
        "en": "Answer in the coloured cells of the sheet “answers”. Some offer a list: open it and choose. Others take a number or a text.",
        "es": "Responda en las celdas de color de la hoja «answers». Algunas ofrecen una lista: ábrala y elija. "
              "En otras se escribe un número o un texto.",
        "fr": "Répondez dans les cellules colorées de la feuille « answers ». Certaines offrent une liste : ouvrez-la et choisissez. "
              "D’autres prennent un nombre ou un texte.",
    },
    "marks": {
        "en": "Where several choices are possible, each has a row of its own: put an x beside those that apply.",
        "es": "Donde caben varias opciones, cada una tiene su fila: ponga una x junto a las que correspondan.",
        "fr": "Là où plusieurs choix sont possibles, chacun a sa ligne : mettez un x à côté de ceux qui conviennent.",
    },
    "keep": {
        "en": "Do not move, add or delete rows, and do not rename the sheet “answers”. Save as .xlsx: one file for the whole city.",
        "es": "No mueva, añada ni borre filas, ni cambie el nombre de la hoja «answers». Guarde como .xlsx: un solo archivo para toda la ciudad.",
        "fr": "Ne déplacez, n’ajoutez ni ne supprimez de lignes, et ne renommez pas la feuille « answers ». "
              "Enregistrez en .xlsx : un seul fichier pour toute la ville.",
    },
    "choose": {
        "en": "Choose a value of the list.", "es": "Elija un valor de la lista.", "fr": "Choisissez une valeur de la liste.",
    },
    "number": {"en": "A number is expected.", "es": "Se espera un número.", "fr": "Un nombre est attendu."},
    "length": {
        "en": "10,000 characters at most.", "es": "Como máximo 10.000 caracteres.", "fr": "10 000 caractères au maximum.",
    },
}  # fmt: skip


def write(instrument: Instrument, lang: str) -> bytes:
    """Write the spreadsheet; equal instruments give equal bytes."""
    return _Writer(instrument, lang).content()


@dataclass(frozen=True)
class _Writer:
    instrument: Instrument
    lang: str

    @cached_property
    def book(self) -> Any:
        return Workbook()

    @cached_property
    def page(self) -> Any:
        """Give the sheet of the answers."""
        return self.book.create_sheet(ANSWERS)

    @cached_property
    def lists(self) -> Any:
        """Give the hidden sheet of what the drop-downs offer, a list in each column."""
        return self.book.create_sheet(LISTS)

    @cached_property
    def offered(self) -> dict[tuple[str, ...], DataValidation]:
        return {}

    def content(self) -> bytes:
        self._read_first(self.book.active)
        self._head()
        for section in self.instrument.sections:
            for question in section.questions:
                self._question(section, question)
        for validation in self.offered.values():
            self.page.add_data_validation(validation)
        self.lists.sheet_state = "hidden"
        self.book.active = 0
        self.book.properties.title = self.instrument.title[self.lang]
        self.book.properties.language = self.lang
        self.book.properties.keywords = f"smart-cities-study-form {self.instrument.edition} {self.lang}"
        return packed(self.book)

    def _read_first(self, page: Any) -> None:
        page.title = _TEXTS["first"][self.lang]
        page.column_dimensions["A"].width = 110
        said = [
            *wording.instructions(self.instrument, self.lang),
            *(_TEXTS[name][self.lang] for name in ("where", "marks", "keep")),
        ]
        for text in [self.instrument.title[self.lang], *said]:
            page.append([text])
        for cells in page.iter_rows():
            cells[0].alignment, cells[0].font = WRAPPED, Font(name=TYPE, size=12)
            grow(page, cells)
            page.row_dimensions[cells[0].row].height = (page.row_dimensions[cells[0].row].height or 15) + 8
        page["A1"].font = Font(name=TYPE, bold=True, size=16)
        printing(page, None)

    def _head(self) -> None:
        page = self.page
        page.append(COLUMNS)
        page.append([None, *(_TEXTS[name][self.lang] for name in COLUMNS[1:])])
        for cell, width in zip(page[HEADINGS], _WIDTHS, strict=True):
            cell.font, cell.fill, cell.border, cell.alignment = BOLD, HEAD, GRID, WRAPPED
            page.column_dimensions[cell.column_letter].width = width
        page.row_dimensions[1].hidden = page.column_dimensions["A"].hidden = True
        page.freeze_panes = f"D{HEADINGS + 1}"
        printing(page, HEADINGS)

    def _question(self, section: Section, question: Question) -> None:
        title, multiple = section.title[self.lang], question.type == "multiple"
        row = self._row(None if multiple else question.id, title, self._asked(question))
        row[2].value = _emphasised(row[2].value)
        if not multiple:
            self._answer(row[3], question)
            return
        for choice in question.choices:
            row = self._row(f"{question.id}/{choice.code}", title, choice.label[self.lang])
            row[2].alignment = _INDENTED
            self._fill(row[3], self._list((MARK,)))

    def _asked(self, question: Question) -> str:
        number = wording.numbers(self.instrument)[question.id]
        lines = (
            f"{number}. {wording.starred(question, self.lang)}", wording.help_on(question, self.lang),
            wording.only_if(self.instrument, question, self.lang),
        )  # fmt: skip
        return "\n".join(line for line in lines if line)

    def _row(self, code: str | None, *shown: str) -> Sequence[Any]:
        number = self.page.max_row + 1
        for place, value in enumerate((code, *shown, None), start=1):
            cell = self.page.cell(number, place, value)
            cell.border, cell.alignment, cell.font = GRID, WRAPPED, SHOWN
            if value:
                cell.data_type = "s"  # a text that begins with = is no formula
        grow(self.page, self.page[number][1:])  # nobody sees the code
        row: Sequence[Any] = self.page[number]
        return row

    def _answer(self, cell: Any, question: Question) -> None:
        """Make a cell for one answer, with what it accepts."""
        if question.type == "country":
            self._fill(cell, self._list(tuple(name for _, name in wording.countries(self.lang))))
        elif question.choices:
            self._fill(cell, self._list(tuple(choice.label[self.lang] for choice in question.choices)))
        elif question.type == "number":
            self._fill(cell, self._number(question), "General")
        else:
            self._fill(cell, self._text())

    @staticmethod
    def _fill(cell: Any, validation: DataValidation, form: str = "@") -> None:
        cell.fill, cell.number_format = TO_FILL, form  # @: nothing becomes a date
        validation.add(cell)

    def _list(self, values: tuple[str, ...]) -> DataValidation:
        """Offer a list of values; equal lists are written once."""
        if values not in self.offered:
            column = len([one for one in self.offered.values() if one.type == "list"]) + 1
            for row, value in enumerate(values, start=1):
                self.lists.cell(row, column, value).data_type = "s"
            letter = get_column_letter(column)
            area = f"{LISTS}!${letter}$1:${letter}${len(values)}"
            self.offered[values] = self._validation("choose", type="list", formula1=area)
        return self.offered[values]

    def _number(self, question: Question) -> DataValidation:
        low, high = question.minimum, question.maximum
        kind = "whole" if wording.whole(question) else "decimal"
        operator, first = ("greaterThanOrEqual", low) if high is None else ("lessThanOrEqual", high)
        second = None
        if low is not None and high is not None:
            operator, first, second = "between", low, high
        if first is None:
            operator, first = "greaterThanOrEqual", -1e15  # any number, but a number
        key = (kind, operator, f"{first:g}", "" if second is None else f"{second:g}")
        if key not in self.offered:
            limits = {"formula1": key[2]} | ({"formula2": key[3]} if key[3] else {})
            said = wording.limits(question, self.lang)
            self.offered[key] = self._validation("number", said, type=kind, operator=operator, **limits)
        return self.offered[key]

    def _text(self) -> DataValidation:
        key = ("text",)
        if key not in self.offered:
            self.offered[key] = self._validation(
                "length", type="textLength", operator="lessThanOrEqual", formula1=str(_LONGEST)
            )
        return self.offered[key]

    def _validation(self, error: str, more: str = "", **rule: str) -> DataValidation:
        made = DataValidation(allow_blank=True, showErrorMessage=True, **rule)
        made.errorTitle = _TEXTS["answer"][self.lang]
        made.error = " ".join(part for part in (_TEXTS[error][self.lang], f"{more}." if more else "") if part)
        return made


def _emphasised(text: str) -> CellRichText:
    """Write the first line, the question, in bold; help on it and skip rule below in quiet letters."""
    first, line_break, rest = text.partition("\n")
    parts = [TextBlock(InlineFont(rFont=TYPE, b=True), first)]
    if rest:
        parts.append(TextBlock(InlineFont(rFont=TYPE, color="4A5259"), line_break + rest))
    return CellRichText(*parts)
