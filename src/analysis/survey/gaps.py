"""What the report of an edition surely holds and the compendium lacks: the questions of the evidence-request kit.

The sheets and columns are described once, here, in Spanish and English; `kit_writer` writes them, `kit_reader` reads them back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from analysis import paths, study, tables
from analysis.survey import wording

FORMAT = "smart-cities-study-gaps 1"
_REQUEST = re.compile(r"\(evidence request (\S+)\)\.?$")
HEADER_ROW = 2
# empty rows: questions and shares for each axis, factors for each kind on an axis, practices in all
_BLANK = {"question": 10, "factor": 3, "practice": 24, "share": 5}
_SPARE = 10


@dataclass(frozen=True)
class Both:
    """A text in Spanish and in English, the two languages of the secretariat."""

    es: str
    en: str

    def __str__(self) -> str:
        """Write both, Spanish first."""
        return self.es if self.es == self.en else f"{self.es} / {self.en}"

    @property
    def title(self) -> str:
        """Write both as the title of a sheet, which may have no slash."""
        return str(self).replace("/", "-")


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    `form` says what a cell may hold. A column that is no `answer` is shown, not filled; one that is `prefilled` may say
    something in a row that nobody has filled in yet.
    """

    name: str
    heading: Both
    width: int
    form: str = "text"
    answer: bool = True
    required: bool = True
    prefilled: bool = False

    @property
    def title(self) -> str:
        """Give the heading as it stands in the sheet, a line for each language."""
        return "\n".join(dict.fromkeys((self.heading.es, self.heading.en)))

    @property
    def asks(self) -> bool:
        """Tell a column in which something stands only where somebody has filled the row in."""
        return self.answer and not self.prefilled


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook: one kind of question."""

    kind: str
    name: Both
    about: Both
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        """Give the title of the sheet."""
        return self.name.title

    def column(self, name: str) -> Column:
        """Give a column by its name."""
        return next(column for column in self.columns if column.name == name)


_ITEM = Column("item", Both("Núm.", "No."), 21, answer=False)
_AXIS = Column("axis", Both("Eje", "Axis"), 38, "axis", prefilled=True)
_CITY = Column("city", Both("Ciudad", "City"), 26, "city")
_COUNTRY = Column("country", Both("País", "Country"), 30, "country")
_GEONAMES = Column(
    "geonames", Both("Núm. de GeoNames (si hay varias)", "GeoNames id (if several)"), 19, "geonames", required=False
)
_STATUS = Column("status", Both("¿El informe imprime la base?", "Does the report print the base?"), 34, "status")
_BASE = Column("base", Both("Base: núm. de ciudades", "Base: no. of cities"), 15, "base", required=False)
_PAGE = Column("page", Both("Página del informe", "Page of the report"), 12, "page")
_NOTE = Column("note", Both("Nota (opcional, sin citas)", "Note (optional, no quotations)"), 32, required=False)

SHEETS = (
    Sheet(
        "fact", Both("Datos", "Facts"),
        Both("Datos de la edición que no aparecen en las páginas públicas.",
             "Facts of the edition that are not on the public pages."),
        (_ITEM, Column("fact", Both("Dato", "Fact"), 44, answer=False),
         Column("expected", Both("Qué escribir", "What to write"), 44, answer=False),
         Column("value", Both("Respuesta", "Answer"), 44, "fact"), _PAGE, _NOTE),
    ),
    Sheet(
        "city", Both("Ciudades", "Cities"),
        Both("Ciudades participantes que no conocemos por su nombre: una por fila.",
             "Participating cities that we do not know by name: one a row."),
        (_ITEM, _CITY, _COUNTRY, _GEONAMES, _PAGE, _NOTE),
    ),
    Sheet(
        "base", Both("Bases", "Bases"),
        Both("Porcentajes publicados cuya base no está impresa en las páginas públicas: ¿de cuántas ciudades es el porcentaje?",
             "Published percentages whose base is not printed on the public pages: of how many cities is the percentage?"),
        (_ITEM, Column("finding", Both("Resultado publicado (en inglés)", "Published finding (in English)"), 50, answer=False),
         Column("percent", Both("Porcentaje", "Percentage"), 12, answer=False),
         Column("known", Both("Base que tenemos", "Base that we have"), 22, answer=False), _STATUS, _BASE, _PAGE, _NOTE),
    ),
    Sheet(
        "question", Both("Preguntas", "Questions"),
        Both("Preguntas o indicadores del cuestionario, con palabras propias y en inglés.",
             "Questions or indicators of the questionnaire, in your own words and in English."),
        (_ITEM, _AXIS, Column("field", Both("Campo (en inglés)", "Field (in English)"), 34),
         Column("question", Both("Pregunta o indicador (en inglés)", "Question or indicator (in English)"), 60), _PAGE, _NOTE),
    ),
    Sheet(
        "factor", Both("Factores", "Factors"),
        Both("Frenos, elementos facilitadores, retos y recomendaciones, con palabras propias y en inglés.",
             "Barriers, enablers, challenges and recommendations, in your own words and in English."),
        (_ITEM, _AXIS, Column("kind", Both("Tipo", "Kind"), 34, "kind", prefilled=True),
         Column("text", Both("Texto (en inglés)", "Text (in English)"), 60),
         Column("origin", Both("De dónde sale", "Where it comes from"), 18, "origin", prefilled=True), _PAGE, _NOTE),
    ),
    Sheet(
        "practice", Both("Prácticas", "Practices"),
        Both("Buenas prácticas que presenta el informe, con palabras propias y en inglés.",
             "Good practices that the report presents, in your own words and in English."),
        (_ITEM, _CITY, _COUNTRY, _GEONAMES, _AXIS, Column("sdg", Both("ODS, 1 a 17", "SDG, 1 to 17"), 10, "sdg", required=False),
         Column("name", Both("Nombre (en inglés)", "Name (in English)"), 34),
         Column("description", Both("Qué es (en inglés)", "What it is (in English)"), 60), _PAGE, _NOTE),
    ),
    Sheet(
        "share", Both("Porcentajes", "Shares"),
        Both("Otros porcentajes de ciudades que publica el informe. Escriba 75 para el 75 %.",
             "Other percentages of cities that the report publishes. Write 75 for 75%."),
        (_ITEM, _AXIS, Column("field", Both("Campo (en inglés)", "Field (in English)"), 26),
         Column("label", Both("Etiqueta corta para gráficos (en inglés)", "Short label for charts (in English)"), 30),
         Column("statement", Both("Qué ciudades son (en inglés)", "Which cities they are (in English)"), 46),
         Column("percent", Both("Porcentaje", "Percentage"), 12, "percent"), _STATUS, _BASE, _PAGE, _NOTE),
    ),
)  # fmt: skip

READ_FIRST, WE_HAVE, LISTS = Both("Leer primero", "Read first"), Both("Ya tenemos", "We have"), Both("Listas", "Lists")
EDITION, KIT = Both("Edición", "Edition"), Both("Formato", "Format")
ADDRESS = Both("Dirección del informe", "Address of the report")


@dataclass(frozen=True)
class Fact:
    """A column of the table of editions that the kit asks for, with what is expected in it."""

    name: Both
    expected: Both
    form: str = "text"


_IN_ENGLISH = Both("Texto en inglés", "Text in English")
FACTS: Mapping[str, Fact] = {
    "title_es": Fact(Both("Título en español", "Title in Spanish"), Both("Texto en español", "Text in Spanish")),
    "publication_date": Fact(
        Both("Fecha de publicación", "Date of publication"), Both("AAAA-MM o AAAA-MM-DD", "YYYY-MM or YYYY-MM-DD"), "date"
    ),
    "launch_event": Fact(Both("Acto de presentación: cuál, dónde y cuándo", "Launch event: which, where and when"), _IN_ENGLISH),
    "n_countries": Fact(
        Both("Número de países de las ciudades participantes", "Number of countries of the participating cities"),
        Both("Número entero", "Whole number"), "countries",
    ),
    "regions": Fact(
        Both("Regiones de las ciudades participantes", "Regions of the participating cities"),
        Both("En inglés, separadas por ;", "In English, separated by ;"),
    ),
    "consultant": Fact(Both("Empresa consultora", "Consultant (firm)"), _IN_ENGLISH),
    "funding": Fact(Both("Quién lo financió", "Who funded it"), _IN_ENGLISH),
    "pages": Fact(
        Both("Número de páginas del informe", "Number of pages of the report"), Both("Número entero", "Whole number"), "pages"
    ),
}  # fmt: skip

PRINTED, NOT_PRINTED, OTHER_BASE = "printed", "not printed", "something else"


def choices(form: str) -> dict[str, Both]:
    """Give the values that a form allows, by code, with their names; nothing for a form that is no list."""
    match form:
        case "axis":
            axes = {code: Both(name["es"], name["en"]) for code, name in study.load().axes.items()}
            return axes | {"cross": Both("Transversal", "Across all axes")}
        case "kind":
            terms = tables.read("terms").set_index("term")
            return {
                "barrier": Both(terms["es"]["barrier"], terms["en"]["barrier"]),
                "enabler": Both(terms["es"]["enabler"], terms["en"]["enabler"]),
                "challenge": Both("reto", "challenge"),
                "recommendation": Both("recomendación", "recommendation"),
            }
        case "origin":
            return {"study": Both("estudio", "study"), "foreword": Both("prólogo", "foreword")}
        case "status":
            return {
                PRINTED: Both("Sí, en ciudades", "Yes, in cities"),
                NOT_PRINTED: Both("No la imprime", "No"),
                OTHER_BASE: Both("Sí, pero no son ciudades", "Yes, but not cities"),
            }
        case "country":
            english = dict(wording.countries("en"))
            return {iso3: Both(name, f"{english[iso3]} ({iso3})") for iso3, name in wording.countries("es")}
    return {}


def fold(text: str) -> str:
    """Write a name as it is compared: small letters without accents; letters of other scripts stay."""
    return " ".join((paths.plain(text) or text.casefold()).split())


def reference(note: str) -> str | None:
    """Give the question of the kit that a piece of a `source_note` answers."""
    request = _REQUEST.search(note)
    return request[1] if request else None


def referring(item: str) -> str:
    """Write the reference that `reference` reads."""
    return f"(evidence request {item})"


@dataclass(frozen=True)
class Gaps:
    """What is asked about one edition.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such edition.
    """

    edition: int

    def __post_init__(self) -> None:
        """Refuse an edition that is not in the matrix."""
        study.load().check(self.edition)

    @cached_property
    def row(self) -> "pd.Series[Any]":
        """Read the facts sheet of the edition."""
        return tables.read("editions", edition=self.edition).iloc[0]

    @property
    def addresses(self) -> list[str]:
        """List the addresses that are known of the edition."""
        return str(self.row["urls"]).split(" | ")

    @property
    def n_cities(self) -> int:
        """Count the cities that took part."""
        return int(self.row["n_cities"])

    @cached_property
    def unnamed(self) -> int:
        """Count the participating cities that are not named."""
        return max(0, self.n_cities - len(tables.read("participants", edition=self.edition)))

    @cached_property
    def facts(self) -> list[str]:
        """List the facts that are not known; a date of publication is asked for where not even its month is."""
        return [
            column for column in FACTS
            if pd.isna(self.row[column])
            or (column == "publication_date" and not re.fullmatch(r"\d{4}-\d\d(-\d\d)?", self.row[column]))
        ]  # fmt: skip

    @cached_property
    def bases(self) -> pd.DataFrame:
        """Read the published percentages whose base is not stated; those that the kit has asked about before are left out."""
        frame = tables.read("findings", edition=self.edition, unit="percent")
        asked = [f"{self.edition}-base-{id}" in self._used_items for id in frame["id"]]
        return frame[(frame["base_status"] != "stated") & ~pd.Series(asked, index=frame.index, dtype=bool)]

    @cached_property
    def _used_items(self) -> set[str]:
        notes = [
            piece
            for table in ("editions", "participants", "findings", "instrument", "factors", "good_practices")
            for note in tables.read(table)["source_note"].dropna()
            for piece in note.split(" | ")
        ]
        return {item for note in notes if (item := reference(note))}

    def rows(self, kind: str) -> list[dict[str, str]]:
        """List the rows of a sheet as they are handed out: the number of each, and what stands in it beforehand."""
        if kind == "fact":
            return [{"item": f"{self.edition}-fact-{column}", "fact": str(FACTS[column].name),
                     "expected": self._expected_text(column)} for column in self.facts]  # fmt: skip
        if kind == "base":
            return [self._base_row(row) for _, row in self.bases.iterrows()]
        numbers = self._free_numbers(kind)
        return [{"item": f"{self.edition}-{kind}-{next(numbers):03d}", **row} for row in self._prepared_rows(kind)]

    def _free_numbers(self, kind: str) -> Iterator[int]:
        """Count upwards, past the numbers of questions that were answered."""
        number = 0
        while number := number + 1:
            if f"{self.edition}-{kind}-{number:03d}" not in self._used_items:
                yield number

    def _expected_text(self, column: str) -> str:
        expected = FACTS[column].expected
        if pd.isna(self.row[column]):
            return str(expected)
        known = self.row[column]
        return str(Both(f"{expected.es} (sabemos: {known})", f"{expected.en} (we know: {known})"))

    def _base_row(self, row: "pd.Series[Any]") -> dict[str, str]:
        known = Both("desconocida", "unknown")
        if pd.notna(row["n_cities"]):
            known = Both(f"{row['n_cities']} ciudades, deducida", f"{row['n_cities']} cities, inferred")
        return {"item": f"{self.edition}-base-{row['id']}", "finding": row["statement_en"],
                "percent": f"{row['value']:g} %", "known": str(known)}  # fmt: skip

    def _prepared_rows(self, kind: str) -> list[dict[str, str]]:
        """Prepare rows: a city each, or so many for each axis of the edition, then spare ones without an axis."""
        if kind == "city":
            return [{}] * self.unnamed
        blank = _BLANK[kind]
        if kind == "practice":
            return [{}] * blank
        axes = [str(choices("axis")[axis]) for axis in (*study.load().edition(self.edition).axes, "cross")]
        if kind != "factor":
            return [{"axis": axis} for axis in axes for _ in range(blank)] + [{}] * _SPARE
        study_says = {"origin": str(choices("origin")["study"])}
        kinds = list(map(str, choices("kind").values()))
        pairs = [{"axis": axis, "kind": name} for axis in axes for name in kinds]
        return [pair | study_says for pair in pairs for _ in range(blank)] + [study_says] * _SPARE

    def we_have(self) -> list[tuple[str, str, str]]:
        """List what is known of the edition as sheet, axis and text, so that nobody writes it again."""
        sheets = {sheet.kind: sheet.title for sheet in SHEETS}
        axis_names = {code: str(name) for code, name in choices("axis").items()}
        kinds = {code: str(name) for code, name in choices("kind").items()}
        known = [(sheets["city"], "", f"{row['city']} ({row['country_iso3']})")
                 for _, row in tables.read("participants", edition=self.edition).iterrows()]  # fmt: skip
        for _, row in tables.read("instrument", edition=self.edition).iterrows():
            item = "" if pd.isna(row["item"]) else f": {row['item']}"
            known.append((sheets["question"], axis_names[row["axis"]], f"{row['field']}{item}"))
        for _, row in tables.read("factors", edition=self.edition).iterrows():
            known.append((sheets["factor"], axis_names[row["axis"]], f"{kinds[row['kind']]}: {row['text_en']}"))
        for _, row in tables.read("good_practices", edition=self.edition).iterrows():
            known.append((sheets["practice"], axis_names[row["axis"]], f"{row['city']}: {row['name']}"))
        for _, row in tables.read("findings", edition=self.edition, unit="percent").iterrows():
            known.append((sheets["share"], axis_names[row["axis"]], f"{row['statement_en']}: {row['value']:g} %"))
        return known
