"""The evidence-request kit: written, filled in as a person would, and read back."""

import csv
import datetime
import io
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from analysis import paths, rules, tables, validation
from analysis.errors import InvalidData, UnknownCell
from analysis.survey import gaps, kit_import, kit_reader, kit_writer
from analysis.survey.gaps import Gaps
from analysis.survey.kit_reader import Answer, Filled

REPORT = "https://issuu.com/uclgcglu/docs/smart_cities_2017_en"
YES, NO, OTHER = (str(gaps.choices("status")[code]) for code in (gaps.PRINTED, gaps.NOT_PRINTED, gaps.OTHER_BASE))
ANSWERS: Mapping[tuple[str, str], dict[str, object]] = {
    ("fact", "2017-fact-consultant"): {"value": "A consultant, of Bilbao", "page": 3},
    ("fact", "2017-fact-publication_date"): {"value": "2017-11", "page": "2"},
    ("city", "2017-city-001"): {"city": "Porto", "country": "Portugal / Portugal (PRT)", "page": 7},
    ("city", "2017-city-002"): {"city": "bogota", "country": "Colombie", "page": "7-8"},
    ("base", "2017-base-F2017-02"): {"status": NO, "page": 22},
    ("base", "2017-base-F2017-03"): {"status": YES, "base": 15, "page": 22},
    ("question", "2017-question-001"): {"field": "Knowledge", "question": 'Graduates, "of any age"', "page": 30},
    ("factor", "2017-factor-001"): {"text": "Little money\n for  pilots", "page": 31, "note": "chapter 4"},
    ("practice", "2017-practice-001"): {
        "city": "Bilbao", "country": "ESP", "axis": "Economía", "sdg": 9, "name": "Local data office",
        "description": "An office that opens data", "page": 50,
    },
    ("share", "2017-share-001"): {
        "field": "Talent", "label": "Plan for talent", "statement": "Cities with a plan for talent", "percent": 46,
        "status": YES, "base": 13, "page": 33,
    },
}  # fmt: skip


@lru_cache
def handed_out(edition: int) -> bytes:
    return kit_writer.write_kit(edition)


class Kit:
    """A spreadsheet in somebody's hands."""

    def __init__(self, file: Path, edition: int = 2017) -> None:
        self.file = file
        file.write_bytes(handed_out(edition))
        self.book = load_workbook(file)
        self.book[gaps.READ_FIRST.title]["B4"] = REPORT

    def fill(self, answers: Mapping[tuple[str, str], Mapping[str, object]]) -> "Kit":
        for (kind, item), values in answers.items():
            for column, value in values.items():
                self.cell(kind, item, column).value = value
        self.book.save(self.file)
        return self

    def cell(self, kind: str, item: str, column: str) -> Any:
        sheet = next(sheet for sheet in gaps.SHEETS if sheet.kind == kind)
        page = self.book[sheet.title]
        row = next(row for row in range(3, page.max_row + 1) if page.cell(row, 1).value == item)
        return page.cell(row, [column.name for column in sheet.columns].index(column) + 1)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the data that an import may change."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    return tmp_path / "data"


@pytest.fixture
def kit(data: Path) -> Kit:
    return Kit(data.parent / "2017.xlsx")


def contents(data: Path) -> dict[str, bytes]:
    return {str(file.relative_to(data)): file.read_bytes() for file in sorted(data.rglob("*")) if file.is_file()}


def rows(data: Path, table: str) -> list[dict[str, str]]:
    with (data / "published" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def row_of(data: Path, table: str, item: str) -> dict[str, str]:
    (found,) = (row for row in rows(data, table) if row["source_note"].endswith(f"(evidence request {item})"))
    return found


def test_every_gap_of_an_edition_is_asked_for() -> None:
    for year in (2012, 2017, 2019, 2021, 2023):
        edition = tables.read("editions", edition=year).iloc[0]
        asked = Gaps(year)
        named = len(tables.read("participants", edition=year))
        assert len(asked.rows("city")) == edition["n_cities"] - named
        empty = {column for column in gaps.FACTS if pd.isna(edition[column])}
        assert empty <= set(asked.facts)
        assert set(asked.facts) - empty <= {"publication_date"}
    assert [row["item"] for row in Gaps(2023).rows("base")] == ["2023-base-F2023-04", "2023-base-F2023-05"]
    assert len(Gaps(2017).rows("base")) == 7
    factors = pd.DataFrame(Gaps(2019).rows("factor")).dropna(subset=["axis"])
    assert set(factors["axis"]) == {"Gobernanza / Governance", "Transversal / Across all axes"}
    assert set(factors["kind"]) == {
        "freno / barrier", "elemento facilitador / enabler", "reto / challenge", "recomendación / recommendation",
    }  # fmt: skip
    assert (factors.groupby(["axis", "kind"]).size() == 3).all()


def test_the_spreadsheet_offers_lists_keeps_its_headings_in_view_and_protects_nothing(kit: Kit) -> None:
    for sheet in gaps.SHEETS:
        page = kit.book[sheet.title]
        assert page.freeze_panes == "B3"
        assert not page.protection.sheet
        assert any(column.name == "page" and column.required for column in sheet.columns)
        offered = {str(offer.sqref).split(":")[0]: offer.formula1 for offer in page.data_validations.dataValidation}
        lists = [
            number
            for number, column in enumerate(sheet.columns)
            if column.form in {"axis", "kind", "status", "country", "origin"}
        ]
        for number in lists:
            assert offered[f"{'ABCDEFGHIJKL'[number]}3"].startswith("'Listas - Lists'!")
    cell, shown = kit.cell("city", "2017-city-001", "city"), kit.cell("base", "2017-base-F2017-02", "finding")
    assert cell.fill.fgColor.rgb.endswith("FFF4CC")
    assert shown.fill.fill_type is None
    assert cell.number_format == "@"  # what is typed stays as it was typed
    lists = kit.book["Listas - Lists"]
    assert "España / Spain (ESP)" in [value for row in lists.iter_rows(values_only=True) for value in row]


def test_the_bytes_do_not_depend_on_when_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    first = kit_writer.write_kit(2019)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert kit_writer.write_kit(2019) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {part.date_time[:3] for part in archive.infolist()} == {(2000, 1, 1)}
        stamps = re.findall(rb"<dcterms:\w+[^>]*>([^<]*)", archive.read("docProps/core.xml"))
    assert set(stamps) == {b"2000-01-01T00:00:00Z"}


def test_answers_become_rows_with_their_source(kit: Kit, data: Path) -> None:
    outcome = kit_import.import_file(kit.fill(ANSWERS).file)
    assert len(outcome.added) == len(ANSWERS)
    assert not outcome.replaced
    assert validation.validate() == []

    porto = row_of(data, "participants", "2017-city-001")
    assert porto == {
        "edition": "2017", "place_id": "2735943", "city": "Porto", "country_iso3": "PRT", "source": REPORT,
        "source_note": "Report of the edition, page 7 (evidence request 2017-city-001)",
    }  # fmt: skip
    assert row_of(data, "participants", "2017-city-002")["city"] == "Bogotá"
    assert [row["city"] for row in rows(data, "participants")][:3] == ["Bogotá", "Porto", "Alba Iulia"]

    edition = next(row for row in rows(data, "editions") if row["edition"] == "2017")
    assert (edition["consultant"], edition["publication_date"]) == ("A consultant, of Bilbao", "2017-11")
    assert (
        " | Consultant (firm): report of the edition, page 3 (evidence request 2017-fact-consultant)."
        in edition["source_note"]
    )

    before = {
        row["id"]: row for row in csv.DictReader(io.StringIO((ROOT / "data/published/findings.csv").read_text("utf-8")))
    }
    after = {row["id"]: row for row in rows(data, "findings")}
    assert (after["F2017-03"]["n_cities"], after["F2017-03"]["base_status"]) == ("15", "stated")
    kept = ("value", "n_cities", "base_status", "statement_en")
    assert [after["F2017-02"][name] for name in kept] == [before["F2017-02"][name] for name in kept]
    assert "prints no base, page 22" in after["F2017-02"]["source_note"]
    share = row_of(data, "findings", "2017-share-001")
    assert (share["id"], share["value"], share["n_cities"], share["base_status"]) == ("F2017-10", "46", "13", "stated")

    factor = row_of(data, "factors", "2017-factor-001")
    assert (factor["id"], factor["axis"], factor["kind"], factor["origin"]) == (
        "K2017-06",
        "economy",
        "barrier",
        "study",
    )
    assert factor["text_en"] == "Little money for pilots"
    assert factor["source_note"].startswith("Report of the edition, page 31; chapter 4 ")
    practice = row_of(data, "good_practices", "2017-practice-001")
    assert (practice["id"], practice["axis"], practice["sdg"], practice["edition"]) == ("G03", "economy", "9", "2017")
    assert row_of(data, "instrument", "2017-question-001")["item"] == 'Graduates, "of any age"'


def test_importing_twice_changes_nothing_and_a_new_kit_asks_for_the_rest(kit: Kit, data: Path) -> None:
    kit_import.import_file(kit.fill(ANSWERS).file)
    before = contents(data)
    outcome = kit_import.import_file(kit.file)
    assert (outcome.added, outcome.replaced, outcome.unchanged) == ([], [], len(ANSWERS))
    assert contents(data) == before
    asked = Gaps(2017)
    cities = [row["item"] for row in asked.rows("city")]
    assert len(cities) == 18
    assert cities[0] == "2017-city-003"  # the numbers of answers are not given out again
    assert next(row["item"] for row in asked.rows("base")) == "2017-base-F2017-04"
    assert not {"consultant", "publication_date"} & set(asked.facts)


def test_a_corrected_answer_replaces_the_earlier_one_and_says_so(kit: Kit, data: Path) -> None:
    kit_import.import_file(kit.fill(ANSWERS).file)
    before = {table: rows(data, table) for table in ("participants", "editions", "findings", "factors")}
    swapped: dict[tuple[str, str], dict[str, object]] = {
        ("city", "2017-city-001"): {"city": "Bogotá", "country": "COL"},
        ("city", "2017-city-002"): {"city": "Porto", "country": "PRT"},
        ("fact", "2017-fact-consultant"): {"value": "Another consultant"},
        ("base", "2017-base-F2017-03"): {"base": 20},
        ("factor", "2017-factor-001"): {"page": 32},
    }
    outcome = kit_import.import_file(kit.fill(swapped).file)
    assert outcome.added == []
    assert sorted(outcome.replaced) == [
        "data/published/editions.csv: 2017 consultant A consultant, of Bilbao becomes 2017 consultant Another consultant, page 3",
        "data/published/factors.csv: K2017-06 barrier: Little money for pilots (another page, note or detail), page 32",
        "data/published/findings.csv: F2017-03 base 15 (stated) becomes F2017-03 base 20 (stated), page 22",
        "data/published/participants.csv: Bogotá (COL) becomes Porto (PRT), page 7-8",
        "data/published/participants.csv: Porto (PRT) becomes Bogotá (COL), page 7",
    ]
    assert {table: len(rows(data, table)) for table in before} == {table: len(found) for table, found in before.items()}
    edition = next(row for row in rows(data, "editions") if row["edition"] == "2017")
    assert edition["source_note"].count("2017-fact-consultant") == 1
    assert validation.validate() == []


def test_what_somebody_wrote_into_the_note_of_a_row_stays(kit: Kit, data: Path) -> None:
    kit_import.import_file(kit.fill(ANSWERS).file)
    file = data / "published" / "factors.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("Report of the edition, page 31", "Checked in May | Report of the edition, page 31"), "utf-8"
    )
    kit_import.import_file(kit.fill({("factor", "2017-factor-001"): {"page": 32}}).file)
    note = row_of(data, "factors", "2017-factor-001")["source_note"]
    assert note == "Checked in May | Report of the edition, page 32; chapter 4 (evidence request 2017-factor-001)"


def test_an_empty_spreadsheet_and_one_with_an_axis_alone_change_nothing(kit: Kit, data: Path) -> None:
    before = contents(data)
    outcome = kit_import.import_file(kit.fill({("factor", "2017-factor-001"): {"axis": "Movilidad / Mobility"}}).file)
    assert (outcome.added, outcome.replaced, outcome.unchanged) == ([], [], 0)
    assert contents(data) == before


def test_a_new_address_of_the_report_is_kept_with_the_edition(kit: Kit, data: Path) -> None:
    kit.book[gaps.READ_FIRST.title]["B4"] = "https://example.org/report-2017.pdf"
    kit.fill({("city", "2017-city-001"): {"city": "Porto", "country": "PRT", "page": 7}})
    kit_import.import_file(kit.file)
    edition = next(row for row in rows(data, "editions") if row["edition"] == "2017")
    assert edition["urls"].endswith(" | https://example.org/report-2017.pdf")
    assert row_of(data, "participants", "2017-city-001")["source"] == "https://example.org/report-2017.pdf"


WRONG: list[tuple[str, str, dict[str, object], str]] = [
    ("factor", "2017-factor-001", {"axis": "Energía", "text": "Old wires", "page": 4}, "value 'Energía'. Expected: one of: Economía / Economy"),
    ("factor", "2017-factor-001", {"text": "Old wires"}, "column 'Página del informe / Page of the report', value ''. Expected: not empty"),
    ("factor", "2017-factor-001", {"text": "Old wires", "page": "page four"}, "Expected: a page of the report, 14 say"),
    ("factor", "2017-factor-001", {"text": "Old wires", "page": datetime.datetime(2026, 11, 14)}, "has made a date of it"),
    ("factor", "2017-factor-001", {"text": "=A1&B1", "page": 4}, "a formula whose value was not stored"),
    ("factor", "2017-factor-001", {"text": "=1+1", "page": 4}, "text in words"),
    ("factor", "2017-factor-001", {"text": True, "page": 4}, "true or false are not read"),
    ("factor", "2017-factor-001", {"text": "- old wires", "page": 4}, "does not begin with = + - or @"),
    ("factor", "2017-factor-001", {"text": "old | wires", "page": 4}, "without the sign |"),
    ("factor", "2017-factor-001", {"text": "word " * 200, "page": 4}, "at most 600 characters"),
    ("factor", "2017-factor-001", {"text": 17, "page": 4}, "text in words"),
    ("factor", "2017-factor-001", {"text": "Skilled  human capital as a factor that attracts investment", "page": 4,
     "kind": "enabler"}, "data/published/factors.csv has K2017-01"),
    ("city", "2017-city-001", {"city": "Oporto", "country": "PRT", "page": 4}, "If it is none of them, add Oporto to data/places/cities.csv first"),
    ("city", "2017-city-001", {"city": "Porto", "country": "Portugalia", "page": 4}, "Perhaps: PRT"),
    ("city", "2017-city-001", {"city": "Porto", "country": "ESP", "page": 4}, "2735943 for Porto (PRT)"),
    ("city", "2017-city-001", {"city": "東京", "country": "JPN", "page": 4}, "Expected: a city of JPN"),
    ("city", "2017-city-001", {"city": "Suzhou", "country": "CHN", "page": 4}, "1793743 for Suzhou (CHN, latitude 33.6"),
    ("city", "2017-city-001", {"city": "Suzhou", "country": "CHN", "geonames": "2735943", "page": 4}, "this id is Porto (PRT)"),
    ("share", "2017-share-001", {"percent": 101}, "Expected: a number (%), at least 0, at most 100"),
    ("share", "2017-share-001", {"percent": "many"}, "Expected: a number (%), at least 0, at most 100"),
    ("share", "2017-share-001", {"percent": 0.46}, "write 46 for 46%"),
    ("share", "2017-share-001", {"percent": 83, "base": 20}, "a base of which 83% is a whole number of cities"),
    ("share", "2017-share-001", {"base": 0}, "Expected: a number, at least 1, at most 20"),
    ("share", "2017-share-001", {"base": 21}, "Expected: a number, at least 1, at most 20"),
    ("share", "2017-share-001", {"base": 12.5}, "Expected: a whole number from 1 to 20"),
    ("share", "2017-share-001", {"base": None}, "the number of cities that the report prints"),
    ("share", "2017-share-001", {"status": NO}, "Expected: an empty cell, because the report prints no base"),
    ("share", "2017-share-001", {"status": OTHER, "base": None}, "Expected: what the printed base counts"),
    ("fact", "2017-fact-publication_date", {"value": "2017-13", "page": 1}, "Expected: a date as YYYY-MM"),
    ("fact", "2017-fact-publication_date", {"value": "2011-05", "page": 1}, "from 2017 to 2019"),
    ("fact", "2017-fact-n_countries", {"value": 21, "page": 1}, "Expected: a number, at least 1, at most 20"),
    ("practice", "2017-practice-001", {**ANSWERS["practice", "2017-practice-001"], "sdg": 18}, "at least 1, at most 17"),
    ("base", "2017-base-F2017-02", {"status": YES, "base": 19, "page": 5}, "a base of which 75% is a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "item", "values", "message"), WRONG)
def test_a_wrong_answer_is_named_with_sheet_row_and_column_and_changes_no_byte(
    kit: Kit, data: Path, kind: str, item: str, values: dict[str, object], message: str
) -> None:
    good = ANSWERS[kind, item] if kind == "share" else {}
    kit.fill(
        {("question", "2017-question-001"): ANSWERS["question", "2017-question-001"], (kind, item): {**good, **values}}
    )
    before = contents(data)
    with pytest.raises(InvalidData) as raised:
        kit_import.import_file(kit.file)
    assert contents(data) == before
    head, *problems = str(raised.value).split("\n")
    assert head == "1 answer in '2017.xlsx' must be mended; nothing was changed:"
    (problem,) = problems
    sheet = next(sheet for sheet in gaps.SHEETS if sheet.kind == kind)
    row = kit.cell(kind, item, "item").row
    assert re.match(rf"sheet '{re.escape(sheet.title)}', row {row}, column '[^']+', value '.*'\. Expected: ", problem)
    assert message in problem


def test_all_that_is_wrong_is_said_at_once(kit: Kit, data: Path) -> None:
    kit.book[gaps.READ_FIRST.title]["B4"] = "the report"
    wrong = {(kind, item): values for kind, item, values, _ in WRONG if kind not in ("share", "base")}
    with pytest.raises(InvalidData) as raised:
        kit_import.import_file(kit.fill(wrong).file)
    lines = str(raised.value).split("\n")[1:]
    assert lines[0].startswith(
        "sheet 'Leer primero - Read first', row 4, column 'Dirección del informe / Address of the report'"
    )
    assert len(lines) == len(wrong) + 1


def test_more_cities_or_countries_than_took_part_are_refused(data: Path) -> None:
    kit = Kit(data.parent / "2021.xlsx", 2021)
    others = tables.read("cities").drop_duplicates("iso3").query("iso3 not in ['ESP', 'DZA']").head(18)
    for number, (_, city) in enumerate(others.iterrows(), start=1):
        page = kit.book["Ciudades - Cities"]
        for column, value in enumerate(
            (f"2021-city-{number:03d}", city["name"], city["iso3"], city["place_id"], "9"), start=1
        ):
            page.cell(number + 2, column).value = value
    kit.fill({})
    with pytest.raises(InvalidData) as raised:
        kit_import.import_file(kit.file)
    assert "no more cities than took part, 35; 36 would be named" in str(raised.value)
    assert re.search(r"no more countries than took part, 20; \d+ would be named", str(raised.value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda book: book.remove(book["Bases"]), "the sheet 'Bases' is missing"),
        (
            lambda book: book["Ciudades - Cities"].cell(2, 2, "Town"),
            "sheet 'Ciudades - Cities', row 2, column 2: the heading is 'Town', expected 'Ciudad City'",
        ),
        (lambda book: book.remove(book["Leer primero - Read first"]), "is no spreadsheet of this kit"),
        (lambda book: book["Leer primero - Read first"].cell(3, 2, "next"), "Expected: the year of the edition"),
        (lambda book: book["Leer primero - Read first"].cell(3, 2, 2018), "There is no edition '2018'"),
        (
            lambda book: book["Ciudades - Cities"].cell(3, 1, "2019-city-001"),
            "value '2019-city-001'. Expected: a number",
        ),
        (lambda book: book["Ciudades - Cities"].cell(3, 1, "2017-city-002"), "row 3 has it"),
        (lambda book: book["Ciudades - Cities"].cell(9000, 1, "end"), "more than 5000 rows"),
    ],
)
def test_a_spreadsheet_that_is_not_as_it_was_handed_out_is_refused(
    kit: Kit, data: Path, change: Callable[[Any], object], message: str
) -> None:
    cities = {
        ("city", f"2017-city-00{n}"): {"city": city, "country": "ESP", "page": 7}
        for n, city in ((1, "Gijón"), (2, "Vigo"))
    }
    kit.fill(cities)
    change(kit.book)
    kit.book.save(kit.file)
    before = contents(data)
    with pytest.raises((InvalidData, UnknownCell)) as raised:
        kit_import.import_file(kit.file)
    assert message in str(raised.value)
    assert contents(data) == before


def test_files_of_other_kinds_are_refused(data: Path) -> None:
    whole = handed_out(2017)
    other = io.BytesIO()
    Workbook().save(other)
    made = {
        "half.xlsx": whole[: len(whole) // 2],
        "table.csv": b"city,country\nPorto,PRT\n",
        "other.xlsx": other.getvalue(),
    }
    for name, content in made.items():
        file = data.parent / name
        file.write_bytes(content)
        with pytest.raises(InvalidData, match=r"cannot be read as a spreadsheet|is no spreadsheet of this kit"):
            kit_import.import_file(file)
    with pytest.raises(InvalidData, match="There is no file"):
        kit_import.import_file(data.parent / "none.xlsx")


def test_percentages_are_read_as_people_type_them(kit: Kit) -> None:
    cell = kit.cell("share", "2017-share-001", "percent")
    for value, form, expected in (
        ("46 %", "General", "46"),
        ("46,5%", "@", "46.5"),
        (0.46, "0%", "46"),
        (100, "General", "100"),
    ):
        cell.value, cell.number_format = value, form
        kit.fill(
            {
                ("share", "2017-share-001"): {
                    **ANSWERS["share", "2017-share-001"],
                    "percent": value,
                    "status": NO,
                    "base": None,
                }
            }
        )
        (answer,) = kit_reader.read_kit(kit.file).answers
        assert answer.values["percent"] == expected


def test_a_city_with_a_common_name_is_found_by_its_geonames_id(kit: Kit, data: Path) -> None:
    values = {"city": "Suzhou", "country": "China", "geonames": 1886760, "page": 4}
    kit_import.import_file(kit.fill({("city", "2017-city-001"): values}).file)
    assert row_of(data, "participants", "2017-city-001")["place_id"] == "1886760"


def test_a_printed_base_may_have_a_rounded_share_and_an_inferred_one_may_not() -> None:
    assert rules.count_behind(46, 24, rounded=True) == 11
    assert rules.count_behind(46, 24, rounded=False) is None
    assert rules.count_behind(46, 20, rounded=True) is None  # 45 or 50 percent, never 46
    assert rules.count_behind(45.8, 24, rounded=True) == 11
    assert rules.count_behind(46.1, 24, rounded=True) is None
    for base in range(1, 40):
        for count in range(base + 1):
            assert rules.count_behind(round(100 * count / base, 1), base, rounded=True) == count


def test_line_endings_and_the_order_of_columns_stay(kit: Kit, data: Path) -> None:
    file = data / "published" / "participants.csv"
    before = file.read_bytes().replace(b"\n", b"\r\n")
    file.write_bytes(before)
    kit_import.import_file(kit.fill(ANSWERS).file)
    after = file.read_bytes()
    assert after.count(b"\r\n") == after.count(b"\n") == before.count(b"\n") + 2
    assert after.splitlines()[0] == before.splitlines()[0]


def test_an_answer_that_breaks_the_codebook_is_stopped_before_anything_is_replaced(
    kit: Kit, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = kit_reader.read_kit(kit.fill(ANSWERS).file)
    before = contents(data)
    first = read.answers.index(next(answer for answer in read.answers if answer.sheet.kind == "practice"))
    read.answers[first] = replace(read.answers[first], values={**read.answers[first].values, "sdg": "99"})
    with pytest.raises(
        InvalidData, match=r"nothing was changed:\ndata/published/good_practices.csv, row 4, field 'sdg'"
    ):
        kit_import.take_over(read, "2017.xlsx")
    assert contents(data) == before


SENTENCES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="|"), min_size=1, max_size=30).map(
    lambda text: f"Words {text}"
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(SENTENCES, min_size=1, max_size=6, unique_by=gaps.fold),
    kind=st.sampled_from(["factor", "question", "practice", "share"]),
    newline=st.booleans(),
)
def test_rows_that_no_answer_concerns_keep_their_bytes(data: Path, texts: list[str], kind: str, newline: bool) -> None:
    shutil.copytree(ROOT / "data" / "published", data / "published", dirs_exist_ok=True)
    name = {"factor": "factors", "question": "instrument", "practice": "good_practices", "share": "findings"}[kind]
    file = data / "published" / f"{name}.csv"
    if not newline:
        file.write_bytes(file.read_bytes().rstrip(b"\n"))
    before, old = contents(data), file.read_bytes().splitlines()
    sheet = next(sheet for sheet in gaps.SHEETS if sheet.kind == kind)
    values = {
        "axis": "living", "page": "7", "note": "", "field": "Field", "kind": "barrier", "origin": "study", "city": "Bilbao",
        "place_id": "3128026", "country": "ESP", "sdg": "", "description": "What it is", "label": "Label", "percent": "50",
        "status": gaps.NOT_PRINTED, "base": "",
    }  # fmt: skip
    answers = [
        Answer(
            sheet,
            row,
            f"2019-{kind}-{row:03d}",
            values | dict.fromkeys(("text", "question", "name", "statement"), text),
        )
        for row, text in enumerate(texts, start=1)
    ]
    outcome = kit_import.take_over(Filled(2019, Gaps(2019).addresses[3], answers), "2019.xlsx")
    assert len(outcome.added) == len(texts)
    after = contents(data)
    changed = f"published/{name}.csv"
    assert {path for path in before if after[path] != before[path]} == {changed, "published/datapackage.json"}
    new = file.read_bytes().splitlines()
    left = iter(new)
    assert all(line in left for line in old)  # in the same order, byte for byte
    assert len(new) == len(old) + len(texts)
    column = {"factor": "text_en", "question": "item", "practice": "name", "share": "statement_en"}[kind]
    assert set(texts) <= set(tables.read(name)[column].dropna())


def test_the_command_writes_a_spreadsheet_for_each_edition_and_destroys_no_answers(
    study: Study, compendium: Path
) -> None:
    result = study("gaps")
    assert result.returncode == 0, result.stderr
    folder = compendium / "_build" / "gaps"
    assert sorted(file.name for file in folder.iterdir()) == [f"{year}.xlsx" for year in (2012, 2017, 2019, 2021, 2023)]
    kit = Kit(folder / "2017.xlsx").fill(ANSWERS)
    content = kit.file.read_bytes()
    result = study("gaps", "--edition", "2017")
    assert result.returncode == 1
    assert "'_build/gaps/2017.xlsx' has been filled in, so it is not written again." in result.stderr
    assert kit.file.read_bytes() == content

    result = study("gaps", "--import", str(kit.file))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{len(ANSWERS)} added:")
    assert "data/published/participants.csv: Porto (PRT), page 7" in result.stdout
    result = study("gaps", "--import", str(kit.file))
    assert f"{len(ANSWERS)} of the answers were taken over before.\nNothing is new" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--edition", "2018"], 1, "There is no edition '2018' in data/study.yml. Known: 2012, 2017"),
        (["--import", "none.xlsx"], 1, "There is no file 'none.xlsx'"),
        (["--import", "requirements.lock"], 1, "'requirements.lock' cannot be read as a spreadsheet (BadZipFile)"),
        (["--import", "a.xlsx", "--edition", "2019"], 2, "--import takes the edition from the file"),
        (["--output", "a.xlsx"], 2, "name its --edition too"),
    ],
)
def test_wrong_use_of_the_command_ends_with_one_message(
    study: Study, arguments: list[str], status: int, message: str
) -> None:
    result = study("gaps", *arguments)
    assert result.returncode == status
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_the_root_is_the_same_after_an_import(kit: Kit, data: Path) -> None:
    kit_import.import_file(kit.fill(ANSWERS).file)
    assert paths.root() == data.parent
