"""Writing the questions of the evidence-request kit as a spreadsheet; equal questions give equal bytes."""

from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment, Font

from analysis.survey import gaps
from analysis.survey.gaps import HEADER_ROW, Both, Column, Gaps, Sheet
from analysis.survey.sheets import (
    BOLD,
    TYPE,
    WRAPPED,
    FormBook,
    dress_answer,
    dress_headings,
    dress_text,
    fit_height,
    set_printing,
)

_STRICT = ("axis", "kind", "origin", "status")  # a country may be typed in any way that the import knows
_ROOM_BELOW = 200  # rows that somebody may add
_LIST_ERROR = ("Lista / List", "Elija un valor de la lista. / Choose a value of the list.")

_GUIDE = (
    Both("El compendio reúne lo que publicó cada edición del estudio. Conoce solo las páginas públicas, no el informe "
         "completo. Aquí se pregunta lo que el informe contiene y al compendio le falta.",
         "The compendium gathers what each edition of the study published. It knows the public pages only, not the full "
         "report. This workbook asks for what the report holds and the compendium lacks."),
    Both("1. Elija arriba la dirección del informe que tiene delante (o escriba otra). Las páginas de este archivo son "
         "las de ese documento.",
         "1. Choose above the address of the report in front of you (or write another). The pages in this workbook are those "
         "of that document."),
    Both("2. Rellene las celdas de color en cada hoja, y siempre la página. Lo que no encuentre, déjelo vacío: vacío significa "
         "«no se sabe», nunca «no hay».",
         "2. Fill in the coloured cells of each sheet, and always the page. Leave empty what you do not find: empty means "
         "“not known”, never “none”."),
    Both("3. Los textos «en inglés» se escriben en inglés, con palabras propias y sin copiar frases del informe. El compendio "
         "los traduce. Ciudades e instituciones, sin nombres de personas.",
         "3. Write the texts marked “in English” in English, in your own words, without copying sentences of the report. The "
         "compendium translates them. Cities and institutions, no names of persons."),
    Both("4. No cambie los títulos de las hojas ni de las columnas, ni la columna «Núm.». Si faltan filas, siga debajo con el "
         "número siguiente. Puede dejar el trabajo a medias y seguir otro día en el mismo archivo.",
         "4. Do not change the titles of sheets and columns, nor the column “No.”. Where rows are too few, go on below with the "
         "next number. You may stop half-way and go on another day in the same file."),
    Both("5. Guarde como .xlsx y envíelo a quien mantiene el compendio, que lo lee con: study gaps --import ARCHIVO. Si algo "
         "no encaja, sale una sola lista con hoja, fila y columna, y no se cambia nada.",
         "5. Save as .xlsx and send it to whoever maintains the compendium, who reads it with: study gaps --import FILE. If "
         "something does not fit, one list names sheet, row and column, and nothing is changed."),
)  # fmt: skip


def write_kit(edition: int) -> bytes:
    """Write the workbook of an edition.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such edition.
    """
    return _Writer(Gaps(edition)).content()


class _Writer:
    def __init__(self, questions: Gaps) -> None:
        self.questions = questions
        self.form = FormBook(gaps.LISTS.title)

    def content(self) -> bytes:
        self._write_guide(self.form.first)
        for sheet in gaps.SHEETS:
            self._write_sheet(sheet)
        self._write_known()
        return self.form.content()

    def _write_guide(self, page: Any) -> None:
        page.title = gaps.READ_FIRST.title
        year = self.questions.edition
        page.append([f"Smart Cities Study {year}: lo que falta", f"Smart Cities Study {year}: what is missing"])
        for name, value in ((gaps.KIT, gaps.FORMAT), (gaps.EDITION, year), (gaps.ADDRESS, None)):
            page.append([str(name), value])
        page.append([None])
        for text in _GUIDE:
            page.append([text.es, text.en])
        page.append([None])
        for sheet in gaps.SHEETS:
            page.append([sheet.title, self._amount_asked(sheet.kind)])
        page.column_dimensions["A"].width = page.column_dimensions["B"].width = 68
        for cells in page.iter_rows():
            for cell in cells:
                cell.alignment = WRAPPED
            fit_height(page, cells)
        for cell in page[1]:
            cell.font = Font(name=TYPE, bold=True, size=14)
        page.row_dimensions[1].height = 24
        for row in page["A2:A4"]:
            row[0].font = BOLD
        page["B3"].alignment = Alignment(horizontal="left", vertical="top")
        dress_answer(page["B4"])
        self.form.offer_values(page, "B4", self.questions.addresses, _LIST_ERROR, strict=False)
        set_printing(page, None)

    def _write_sheet(self, sheet: Sheet) -> None:
        rows = self.questions.rows(sheet.kind)
        about = sheet.about if rows else Both("Aquí no falta nada.", "Nothing is missing here.")
        page = self._add_page(sheet.title, about, [column.title for column in sheet.columns])
        for row in rows:
            page.append([row.get(column.name) for column in sheet.columns])
        _dress_page(page, [column.width for column in sheet.columns])
        for cells in page.iter_rows(min_row=HEADER_ROW + 1):
            for cell, column in zip(cells, sheet.columns, strict=True):
                if column.answer:
                    dress_answer(cell, number=column.form in _LIMITS)
                else:
                    dress_text(cell)
            fit_height(page, cells)
        last = page.max_row + _ROOM_BELOW
        for column, cell in zip(sheet.columns, page[HEADER_ROW], strict=True):
            letter = cell.column_letter
            self._accept_column(page, f"{letter}{HEADER_ROW + 1}:{letter}{last}", column)

    def _accept_column(self, page: Any, area: str, column: Column) -> None:
        """Say what the cells of a column accept."""
        if not column.answer:
            return
        values = [str(name) for name in gaps.choices(column.form).values()]
        if values:
            self.form.offer_values(page, area, values, _LIST_ERROR, strict=column.form in _STRICT)
        elif column.form in _LIMITS:
            low, high = _LIMITS[column.form]
            high = high or self.questions.n_cities
            error = ("Número / Number", f"De {low} a {high} / From {low} to {high}")
            self.form.limit_number(page, area, low, high, error, whole=column.form != "percent")

    def _write_known(self) -> None:
        about = Both(
            "Lo que el compendio ya tiene de esta edición (en inglés). No hace falta repetirlo.",
            "What the compendium already has of this edition (in English). No need to repeat it.",
        )
        headings = (Both("Hoja", "Sheet"), Both("Eje", "Axis"), Both("Texto", "Text"))
        page = self._add_page(gaps.WE_HAVE.title, about, list(map(str, headings)))
        for row in self.questions.we_have():
            page.append(row)
        _dress_page(page, (30, 34, 100))
        for cells in page.iter_rows(min_row=HEADER_ROW + 1):
            for cell in cells:
                dress_text(cell)
            fit_height(page, cells)

    def _add_page(self, title: str, about: Both, headings: Sequence[str]) -> Any:
        page = self.form.book.create_sheet(title)
        page.append([f"{about.es}\n{about.en}"])
        page.append(headings)
        return page

    def _amount_asked(self, kind: str) -> str:
        """Say how much is asked for on a sheet: a number where it is known, else as much as the report holds."""
        if kind in ("fact", "city", "base"):
            number = len(self.questions.rows(kind))
            return str(Both(f"{number} por completar", f"{number} to fill in"))
        return str(Both("lo que contenga el informe", "whatever the report holds"))


_LIMITS = {"percent": (0, 100), "base": (1, None), "sdg": (1, 17)}  # None: the cities that took part


def _dress_page(page: Any, widths: Sequence[int]) -> None:
    """Dress the first two rows, what the sheet asks and the headings, and keep them in view."""
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(widths))
    page["A1"].alignment = WRAPPED
    page.row_dimensions[1].height = 34  # of two lines: a row of merged cells does not grow
    dress_headings(page, HEADER_ROW, widths)
    page.freeze_panes = page.cell(HEADER_ROW + 1, 2)
