"""The questionnaire as a spreadsheet to fill in, in one language; `form` says how it is laid out for whoever reads it back."""

from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Font

from analysis.instrument import Instrument, Question, Section, Texts
from analysis.survey import wording
from analysis.survey.sheets import (
    TYPE,
    WRAPPED,
    FormBook,
    dress_answer,
    dress_headings,
    dress_text,
    fit_height,
    set_printing,
)

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


def write_spreadsheet(instrument: Instrument, lang: str) -> bytes:
    """Write the spreadsheet; equal instruments give equal bytes."""
    return _Writer(instrument, lang).content()


class _Writer:
    def __init__(self, instrument: Instrument, lang: str) -> None:
        self.instrument, self.lang = instrument, lang
        self.form = FormBook(LISTS)
        self.page = self.form.book.create_sheet(ANSWERS)
        self.numbers = wording.numbers(instrument)

    def content(self) -> bytes:
        self._write_guide(self.form.first)
        self._write_headings()
        for section in self.instrument.sections:
            for question in section.questions:
                self._write_question(section, question)
        properties = self.form.book.properties
        properties.title, properties.language = self.instrument.title[self.lang], self.lang
        properties.keywords = f"smart-cities-study-form {self.instrument.edition} {self.lang}"
        return self.form.content()

    def _write_guide(self, page: Any) -> None:
        page.title = _TEXTS["first"][self.lang]
        page.column_dimensions["A"].width = 110
        page.append([self.instrument.title[self.lang]])
        for text in wording.instructions(self.instrument, self.lang):
            page.append([text])
        for name in ("where", "marks", "keep"):
            page.append([_TEXTS[name][self.lang]])
        for number, (cell,) in enumerate(page.iter_rows(), start=1):
            cell.alignment, cell.font = WRAPPED, Font(name=TYPE, size=12)
            fit_height(page, [cell])
            page.row_dimensions[number].height = (page.row_dimensions[number].height or 15) + 8
        page["A1"].font = Font(name=TYPE, bold=True, size=16)
        set_printing(page, None)

    def _write_headings(self) -> None:
        page = self.page
        page.append(COLUMNS)
        page.append([None, *(_TEXTS[name][self.lang] for name in COLUMNS[1:])])
        dress_headings(page, HEADINGS, _WIDTHS)
        page.row_dimensions[1].hidden = page.column_dimensions["A"].hidden = True
        page.freeze_panes = f"D{HEADINGS + 1}"

    def _write_question(self, section: Section, question: Question) -> None:
        title, multiple = section.title[self.lang], question.type == "multiple"
        row = self._write_row(None if multiple else question.id, title, self._wording_of(question))
        row[2].value = _emphasised_question(row[2].value)
        if not multiple:
            self._accept_answer(row[3], question)
            return
        for choice in question.choices:
            row = self._write_row(f"{question.id}/{choice.code}", title, choice.label[self.lang])
            row[2].alignment = _INDENTED
            self._offer_values(row[3], [MARK])

    def _wording_of(self, question: Question) -> str:
        lines = (
            f"{self.numbers[question.id]}. {wording.starred(question, self.lang)}",
            wording.help_on(question, self.lang),
            wording.only_if(self.instrument, question, self.lang),
        )
        return "\n".join(filter(None, lines))

    def _write_row(self, code: str | None, *texts: str) -> Any:
        number = self.page.max_row + 1
        for column, value in enumerate((code, *texts, None), start=1):
            dress_text(self.page.cell(number, column, value))
        fit_height(self.page, self.page[number][1:])  # nobody sees the code
        return self.page[number]

    def _accept_answer(self, cell: Any, question: Question) -> None:
        """Make a cell for one answer, with what it accepts."""
        if question.type == "country":
            self._offer_values(cell, [name for _, name in wording.countries(self.lang)])
        elif question.choices:
            self._offer_values(cell, [choice.label[self.lang] for choice in question.choices])
        elif question.type == "number":
            dress_answer(cell, number=True)
            low, high, limits = question.minimum, question.maximum, wording.limits(question, self.lang)
            error = self._error_texts("number", f"{limits}." if limits else "")
            self.form.limit_number(self.page, cell.coordinate, low, high, error, whole=wording.whole(question))
        else:
            dress_answer(cell)
            self.form.limit_length(self.page, cell.coordinate, _LONGEST, self._error_texts("length"))

    def _offer_values(self, cell: Any, values: list[str]) -> None:
        dress_answer(cell)
        self.form.offer_values(self.page, cell.coordinate, values, self._error_texts("choose"))

    def _error_texts(self, name: str, more: str = "") -> tuple[str, str]:
        """Give title and text of what is said where a cell does not accept a value."""
        return _TEXTS["answer"][self.lang], f"{_TEXTS[name][self.lang]} {more}".strip()


def _emphasised_question(text: str) -> CellRichText:
    """Write the first line, the question, in bold; help on it and skip rule below in quiet letters."""
    first, line_break, rest = text.partition("\n")
    parts = [TextBlock(InlineFont(rFont=TYPE, b=True), first)]
    if rest:
        parts.append(TextBlock(InlineFont(rFont=TYPE, color="4A5259"), line_break + rest))
    return CellRichText(*parts)
