"""Writing the questions of the evidence-request kit as a spreadsheet; equal questions give equal bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from analysis.survey import gaps
from analysis.survey.gaps import HEADER_ROW, Both, Gaps, Sheet
from analysis.survey.sheets import BOLD, GRID, HEAD, SHOWN, TO_FILL, TYPE, WRAPPED, grow, packed, printing

_STRICT = ("axis", "kind", "origin", "status")  # a country may be typed in any way that the import knows

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


def write(edition: int) -> bytes:
    """Write the workbook of an edition.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such edition.
    """
    return _Writer(Gaps(edition)).content()


@dataclass(frozen=True)
class _Writer:
    asked: Gaps

    @cached_property
    def book(self) -> Any:
        return Workbook()

    def content(self) -> bytes:
        lists = {form: [str(called[0]) for called in gaps.choices(form).values()] for form in (*_STRICT, "country")}
        lists["address"] = self.asked.addresses
        self._read_first(self.book.active)
        for sheet in gaps.SHEETS:
            self._sheet(sheet, lists)
        self._we_have()
        self._lists(lists)
        return packed(self.book)

    def _read_first(self, page: Any) -> None:
        page.title = gaps.READ_FIRST.title
        year = self.asked.edition
        head: list[tuple[object, object]] = [
            (f"Smart Cities Study {year}: lo que falta", f"Smart Cities Study {year}: what is missing"),
            (str(gaps.KIT), gaps.FORMAT), (str(gaps.EDITION), year), (str(gaps.ADDRESS), None), (None, None),
        ]  # fmt: skip
        counts = [(sheet.title, _asked(self.asked, sheet.kind)) for sheet in gaps.SHEETS]
        for row in [*head, *((text.es, text.en) for text in _GUIDE), (None, None), *counts]:
            page.append(row)
        page.column_dimensions["A"].width = page.column_dimensions["B"].width = 68
        for cells in page.iter_rows():
            for cell in cells:
                cell.alignment = WRAPPED
            grow(page, cells)
        for cell in page[1]:
            cell.font = Font(name=TYPE, bold=True, size=14)
        page.row_dimensions[1].height = 24
        for row in page["A2:A4"]:
            row[0].font = BOLD
        page["B4"].fill, page["B4"].border, page["B4"].number_format = TO_FILL, GRID, "@"
        page["B3"].alignment = Alignment(horizontal="left", vertical="top")
        self._offer(page, "address", len(self.asked.addresses), "B4", strict=False)
        printing(page, None)

    def _sheet(self, sheet: Sheet, lists: dict[str, list[str]]) -> None:
        page = self.book.create_sheet(sheet.title)
        rows = self.asked.rows(sheet.kind)
        page.append([self._about(sheet, rows)])
        page.append([column.title for column in sheet.columns])
        for row in rows:
            page.append([row.get(column.name) for column in sheet.columns])
        _heading(page, [column.width for column in sheet.columns])
        for cells in page.iter_rows(min_row=HEADER_ROW + 1):
            for cell, column in zip(cells, sheet.columns, strict=True):
                cell.border, cell.alignment = GRID, WRAPPED
                if column.answer:
                    cell.fill = TO_FILL
                    cell.number_format = "General" if column.form in _NUMBERS else "@"  # nothing becomes a date
                else:
                    cell.font = SHOWN
            grow(page, cells)
        last = page.max_row + 200
        for number, column in enumerate(sheet.columns, start=1):
            letter = get_column_letter(number)
            area = f"{letter}{HEADER_ROW + 1}:{letter}{last}"
            if column.answer and column.form in lists:
                self._offer(page, column.form, len(lists[column.form]), area, strict=column.form in _STRICT)
            elif column.form in _NUMBERS:
                self._limit(page, column.form, area)

    def _about(self, sheet: Sheet, rows: Sequence[object]) -> str:
        if rows:
            return f"{sheet.about.es}\n{sheet.about.en}"
        return "Aquí no falta nada.\nNothing is missing here."

    @staticmethod
    def _offer(page: Any, form: str, count: int, area: str, strict: bool) -> None:
        """Offer a list of values in some cells."""
        letter = get_column_letter(_LIST_ORDER.index(form) + 1)
        offer = DataValidation("list", formula1=f"'{gaps.LISTS.title}'!${letter}$1:${letter}${count}", allow_blank=True,
                               showErrorMessage=strict)  # fmt: skip
        offer.errorTitle, offer.error = "Lista / List", "Elija un valor de la lista. / Choose a value of the list."
        offer.add(area)
        page.add_data_validation(offer)

    def _limit(self, page: Any, form: str, area: str) -> None:
        """Refuse numbers that cannot be."""
        kind, low, high = _NUMBERS[form]
        top = high or int(self.asked.row["n_cities"])
        limit = DataValidation(kind, operator="between", formula1=str(low), formula2=str(top), allow_blank=True,
                               showErrorMessage=True)  # fmt: skip
        limit.errorTitle, limit.error = "Número / Number", f"De {low} a {top} / From {low} to {top}"
        limit.add(area)
        page.add_data_validation(limit)

    def _we_have(self) -> None:
        page = self.book.create_sheet(gaps.WE_HAVE.title)
        about = Both("Lo que el compendio ya tiene de esta edición (en inglés). No hace falta repetirlo.",
                     "What the compendium already has of this edition (in English). No need to repeat it.")  # fmt: skip
        page.append([f"{about.es}\n{about.en}"])
        page.append([str(Both("Hoja", "Sheet")), str(Both("Eje", "Axis")), str(Both("Texto", "Text"))])
        for row in self.asked.we_have():
            page.append(row)
        _heading(page, (30, 34, 100))
        for cells in page.iter_rows(min_row=HEADER_ROW + 1):
            for cell in cells:
                cell.alignment, cell.border = WRAPPED, GRID
            grow(page, cells)

    def _lists(self, lists: dict[str, list[str]]) -> None:
        page = self.book.create_sheet(gaps.LISTS.title)
        for number, form in enumerate(_LIST_ORDER, start=1):
            for row, value in enumerate(lists[form], start=1):
                page.cell(row, number, value)
        page.sheet_state = "hidden"


_LIST_ORDER = (*_STRICT, "country", "address")
_NUMBERS = {"percent": ("decimal", 0, 100), "base": ("whole", 1, None), "sdg": ("whole", 1, 17)}  # None: the cities


def _asked(asked: Gaps, kind: str) -> str:
    """Say how much is asked for on a sheet: a number where it is known, else as much as the report holds."""
    if kind in ("fact", "city", "base"):
        number = len(asked.rows(kind))
        return str(Both(f"{number} por completar", f"{number} to fill in"))
    return str(Both("lo que contenga el informe", "whatever the report holds"))


def _heading(page: Any, widths: Sequence[int]) -> None:
    """Dress the first two rows, what the sheet asks and the headings, and keep them in view."""
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(widths))
    page["A1"].alignment = WRAPPED
    page.row_dimensions[1].height = 34  # of two lines: a row of merged cells does not grow
    for cell, width in zip(page[HEADER_ROW], widths, strict=True):
        cell.font, cell.fill, cell.border, cell.alignment = BOLD, HEAD, GRID, WRAPPED
        page.column_dimensions[cell.column_letter].width = width
    grow(page, page[HEADER_ROW])
    page.freeze_panes = page.cell(HEADER_ROW + 1, 2)
    printing(page, HEADER_ROW)
