"""The questionnaire in its forms: XLSForm, spreadsheet and document, opened by the programs that read them."""

import importlib
import io
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import docx
import pytest
from babel import Locale
from conftest import ROOT, Study
from openpyxl import load_workbook

from analysis import instrument
from analysis.errors import InvalidData, StudyError
from analysis.instrument import LANGUAGES, Instrument, Question
from analysis.survey import document, form, spreadsheet, xlsform

CORE = instrument.load(instrument.CORE)
FILE = ROOT / "data" / "instruments" / "core.yml"
NAMED = {"en": "English (en)", "es": "Español (es)", "fr": "Français (fr)"}
XFORM = {"": "http://www.w3.org/2002/xforms"}


@lru_cache
def sheet_of(lang: str) -> bytes:
    return spreadsheet.write_spreadsheet(CORE, lang)


@lru_cache
def paper_of(lang: str) -> bytes:
    return document.write_document(CORE, lang)


@lru_cache
def online() -> bytes:
    return xlsform.write_xlsform(CORE)


# XLSForm


@lru_cache
def converted() -> tuple[ET.Element, tuple[str, ...]]:
    convert = importlib.import_module("pyxform.xls2xform").convert
    warnings: list[str] = []
    made = convert(io.BytesIO(online()), warnings=warnings, file_type=".xlsx", form_name="study")
    return ET.fromstring(made.xform), (*warnings, *made.warnings)


def test_pyxform_converts_the_form_without_a_warning() -> None:
    form_xml, warnings = converted()
    assert warnings == ()
    binds = {bind.get("nodeset", "").rsplit("/", 1)[1]: bind for bind in form_xml.iterfind(".//bind", XFORM)}
    assert {one.id for one in CORE} <= set(binds)
    assert {name for name, bind in binds.items() if bind.get("required") == "true()"} == {
        one.id for one in CORE if one.required
    }
    progress = binds["economy_progress"].get("relevant", "")
    assert re.sub(r"/\S*/economy_strategy\s*", "it ", progress).split() == [
        "it",
        "=",
        "'own'",
        "or",
        "it",
        "=",
        "'wider'",
    ]
    assert re.fullmatch(
        r"selected\(\s*/\S+/people_measures\s*, 'digital_skills'\)", binds["people_trained"].get("relevant", "")
    )
    assert binds["mobility_clean_buses_share"].get("constraint") == ". >= 0 and . <= 100"
    assert binds["mobility_clean_buses_share"].get("type") == "decimal"
    assert binds["practice_year"].get("type") == "int"


def straight(text: str) -> str:
    """Write quotation marks and spaces as pyxform does."""
    return " ".join(text.translate(str.maketrans("‘’“”", "''\"\"")).split())


def test_the_online_form_is_complete_in_every_language() -> None:
    form_xml, _ = converted()
    spoken = {one.get("lang"): one for one in form_xml.iterfind(".//itext/translation", XFORM)}
    assert set(spoken) == set(NAMED.values())
    assert [name for name, one in spoken.items() if one.get("default")] == [NAMED["en"]]
    for lang, name in NAMED.items():
        texts = {
            text.get("id", "").rsplit("/", 1)[-1]: straight("".join(value.itertext()))
            for text in spoken[name].iterfind("text", XFORM)
            for value in text.iterfind("value", XFORM)
        }
        for one in CORE:
            assert texts[f"{one.id}:label"] == straight(one.label[lang])
            if one.hint:
                assert texts[f"{one.id}:hint"].startswith(straight(one.hint[lang]))
        assert "-" not in texts.values()  # what pyxform writes where a translation is missing
        assert str(CORE.minutes) in texts["introduction:label"]


def test_the_online_form_has_the_codes_of_the_instrument() -> None:
    book = load_workbook(io.BytesIO(online()))
    survey, choices = (list(book[name].values) for name in ("survey", "choices"))
    types = {row[1]: str(row[0]).split() for row in survey[1:]}
    offered: dict[str, list[str]] = {}
    for row in choices[1:]:
        offered.setdefault(str(row[0]), []).append(str(row[1]))
    for one in CORE:
        kind = types[one.id]
        if one.choices:
            assert kind[0] == ("select_multiple" if one.type == "multiple" else "select_one")
            assert tuple(offered[kind[1]]) == one.codes
    assert len(offered[types["city_country"][1]]) == len(set(offered[types["city_country"][1]])) > 200
    assert "ESP" in offered[types["city_country"][1]]


# spreadsheet


def offers(book: Any) -> dict[str, Any]:
    """Find what each cell of the answers accepts: the values of its list, or the rule for a number or a text."""
    found = {}
    for rule in book["answers"].data_validations.dataValidation:
        accepted: Any = (rule.type, rule.operator, rule.formula1, rule.formula2)
        if rule.type == "list":
            title, area = rule.formula1.replace("$", "").replace("'", "").replace(".", "!").split("!")
            cells = book[title][area]
            accepted = [row[0].value for row in (cells if isinstance(cells, tuple) else ((cells,),))]
        for area in rule.sqref.ranges:
            for row, column in area.cells:
                assert column == 4
                code = book["answers"].cell(row, 1).value
                assert code not in found
                found[code] = accepted
    return found


def expected(one: Question, lang: str) -> Any:
    """Say what the cell of a question has to accept, from the instrument alone."""
    if one.type == "country":
        return None  # looked at apart
    if one.choices:
        return [choice.label[lang] for choice in one.choices]
    return "number" if one.type == "number" else "text"


def check_drop_downs(book: Any, lang: str) -> None:
    found = offers(book)
    codes = set()
    for one in CORE:
        if one.type == "multiple":
            for code in one.codes:
                codes.add(f"{one.id}/{code}")
                assert found[f"{one.id}/{code}"] == ["x"]
            continue
        codes.add(one.id)
        wanted = expected(one, lang)
        if wanted == "number":
            assert found[one.id][0] in ("decimal", "whole")
            _, operator, *said = found[one.id]
            limits = [float(limit) for limit in said[: 2 if operator in (None, "between") else 1]]
            assert limits == [limit for limit in (one.minimum, one.maximum) if limit is not None]
        elif wanted == "text":
            assert found[one.id][0] == "textLength"
        elif wanted is not None:
            assert found[one.id] == wanted
    assert set(found) == codes
    spain = Locale.parse(lang).territories["ES"]
    assert found["city_country"].count(spain) == 1
    assert len(set(found["city_country"])) == len(found["city_country"]) > 200


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_drop_downs_hold_exactly_the_labels(lang: str) -> None:
    check_drop_downs(load_workbook(io.BytesIO(sheet_of(lang))), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_spreadsheet_is_laid_out_as_it_says(lang: str) -> None:
    book = load_workbook(io.BytesIO(sheet_of(lang)))
    first, page, lists = book.worksheets
    assert (page.title, lists.title, lists.sheet_state) == ("answers", "lists", "hidden")
    assert CORE.introduction[lang] in [row[0] for row in first.values]
    assert book.properties.keywords == f"smart-cities-study-form core {lang}"
    head, shown, *rows = page.values
    assert head == ("code", "section", "question", "answer")
    assert shown[0] is None
    assert all(shown[1:])
    assert page.row_dimensions[1].hidden
    assert page.column_dimensions["A"].hidden
    assert page.freeze_panes == "D3"
    wanted: list[tuple[str | None, str]] = []
    for number, one in enumerate(CORE, start=1):
        wanted.append((None if one.type == "multiple" else one.id, f"{number}. {one.label[lang]}"))
        if one.type == "multiple":
            wanted += [(f"{one.id}/{choice.code}", choice.label[lang]) for choice in one.choices]
    assert [(row[0], str(row[2]).split("\n")[0].removesuffix(" *")) for row in rows] == wanted
    titles = {one.id: section.title[lang] for section in CORE.sections for one in section.questions}
    assert all(row[1] == titles[row[0].split("/")[0]] for row in rows if row[0])
    assert {row[3] for row in rows} == {None}
    for cells in page.iter_rows(min_row=3):
        assert (cells[3].fill.fill_type == "solid") == (
            cells[0].value is not None
        )  # only what takes an answer is coloured


def test_help_limits_and_skip_rules_are_said_below_the_question() -> None:
    rows = {row[0]: str(row[2]) for row in load_workbook(io.BytesIO(sheet_of("en")))["answers"].values}
    assert rows["economy_progress"].split("\n")[1:] == [
        "Only if the answer to question 6 is: Yes, one of its own; Yes, as part of a wider plan."
    ]
    assert [one.id for one in CORE].index("economy_strategy") == 5
    assert rows["economy_budget_share"].endswith("Leave empty if it is not known. From 0 to 100\xa0%.")
    assert rows["practice_year"].split("\n")[1].startswith("From 1990 to 2100.")
    assert rows["city_name"].endswith(" *")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Open the forms in LibreOffice and save them again: what it does not understand is lost."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing; Debian has it as libreoffice-calc and libreoffice-writer.")
        pytest.skip("LibreOffice is missing")
    folder = tmp_path_factory.mktemp("office")
    for lang in LANGUAGES:
        (folder / f"{lang}.xlsx").write_bytes(sheet_of(lang))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(folder / "again"),
    ]
    done = subprocess.run([*command, *(str(folder / f"{lang}.xlsx") for lang in LANGUAGES)], capture_output=True, text=True,
                          check=False, timeout=180)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "again"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_libreoffice_opens_the_spreadsheet_with_its_drop_downs(lang: str, opened: Path) -> None:
    book = load_workbook(opened / f"{lang}.xlsx")
    check_drop_downs(book, lang)
    page, ours = book["answers"], load_workbook(io.BytesIO(sheet_of(lang)))["answers"]
    assert [row[:3] for row in page.values][: ours.max_row] == [row[:3] for row in ours.values]
    assert page.column_dimensions["A"].hidden
    assert book["lists"].sheet_state == "hidden"


# document


def everything(body: Any) -> Iterator[str]:
    """Read paragraphs and cells of tables, in order."""
    for part in body.iter_inner_content():
        if hasattr(part, "rows"):
            for column in part.columns:
                for cell in column.cells:
                    yield from (paragraph.text for paragraph in cell.paragraphs)
        else:
            yield part.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_has_every_question_and_a_box_for_every_choice(lang: str) -> None:
    paper = docx.Document(io.BytesIO(paper_of(lang)))
    left = iter([text for text in everything(paper) if text])
    for number, one in enumerate(CORE, start=1):  # in this order, nothing left out
        assert f"{number}. {one.label[lang]}" in {text.removesuffix(" *") for text in take_until(left, f"{number}. ")}
        boxes = [next_box(left) for _ in one.choices]
        assert boxes == [f"☐ {choice.label[lang]}" for choice in one.choices]
    headings = [one.text for one in paper.paragraphs if one.style is not None and one.style.name == "Heading 1"]
    assert headings == [section.title[lang] for section in CORE.sections]
    assert paper.core_properties.language == {"en": "en-GB", "es": "es-ES", "fr": "fr-FR"}[lang]
    lines = paper.element.body.xpath(".//w:pBdr/w:bottom")
    assert len(lines) >= sum(1 for one in CORE if not one.choices)


def take_until(left: Iterator[str], start: str) -> Iterator[str]:
    for text in left:
        yield text
        if text.startswith(start):
            return


def next_box(left: Iterator[str]) -> str:
    return next(text for text in left if text.startswith("☐") or re.match(r"\d+\. ", text))


# all of them


def put(root: Path, edition: int, *changes: tuple[str, str]) -> Path:
    """Write an instrument of an edition with some texts changed."""
    text = FILE.read_text(encoding="utf-8").replace("edition: core", f"edition: {edition}")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    file = root / "data" / "instruments" / f"{edition}.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the data that the forms need."""
    for name in ("instruments", "places"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    shutil.copy(ROOT / "data" / "study.yml", tmp_path / "data")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())} if folder.exists() else {}


def test_the_command_writes_every_form_and_refuses_the_questions_that_nobody_knows(
    compendium: Path, study: Study
) -> None:
    put(compendium, 2027)
    done = study("form", "2027")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(" is written.") == 7
    made = contents(compendium / "_build" / "forms" / "2027")
    assert set(made) == {
        "2027-xlsform.xlsx", *(f"2027-spreadsheet-{lang}.xlsx" for lang in LANGUAGES), *(f"2027-questionnaire-{lang}.docx" for lang in LANGUAGES),
    }  # fmt: skip
    for edition, said in (("2017", "were not published"), ("2031", "study edition new 2031"), ("core27", "is a year")):
        failed = study("form", edition)
        assert failed.returncode == 1
        assert said in failed.stderr
        assert "Traceback" not in failed.stderr


def test_nothing_is_written_where_something_is_wrong(root: Path) -> None:
    put(root, 2027, ('es: "País"', 'es: "nombre de la  ciudad"'))
    with pytest.raises(
        InvalidData, match=r"2027\.yml, question 'city_country': it reads like 'city_name' in the language 'es'"
    ):
        form.write(2027)
    put(root, 2028, ('en: "Digital divide"', 'en: "Lack of funding"'))
    with pytest.raises(
        InvalidData, match="question 'economy_barriers', choice 'digital_divide': it reads like 'funding'"
    ):
        form.write(2028)
    for edition in (2012, 2017, 2019, 2021, 2023):
        with pytest.raises(StudyError, match=f"edition {edition} were not published"):
            form.write(edition)
    (root / "taken").write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match="is a file"):
        form.write(instrument.CORE, root / "taken")
    assert not (root / "_build").exists()


def test_the_same_instrument_gives_the_same_bytes_whenever_and_wherever(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form.write(instrument.CORE, root / "one")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    form.write(instrument.CORE, root / "two")
    first = contents(root / "one")
    assert first == contents(root / "two")
    for content in first.values():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {part.date_time for part in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
            stamps = re.findall(rb"<dcterms:\w+[^>]*>([^<]*)", archive.read("docProps/core.xml"))
        assert set(stamps) == {b"2000-01-01T00:00:00Z"}


def test_a_text_that_looks_like_a_formula_stays_a_text(root: Path) -> None:
    put(root, 2027, ('en: "Digital divide"', 'en: "=1+1"'), ('en: "Country"', 'en: "=A1"'))
    made = {file.name: file for file in form.write(2027)}
    for name in ("2027-xlsform.xlsx", "2027-spreadsheet-en.xlsx"):
        cells = [cell for page in load_workbook(made[name]).worksheets for row in page.iter_rows() for cell in row]
        assert [cell for cell in cells if cell.value == "=1+1"]
        assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_an_edition_of_two_axes_asks_for_them_alone(root: Path) -> None:
    from analysis.survey import newedition

    text = newedition._edition_instrument(FILE.read_text(encoding="utf-8"), 2027, ["mobility", "environment"])
    (root / "data" / "instruments" / "2027.yml").write_text(text, encoding="utf-8")
    made: Instrument = instrument.load(2027)
    book = load_workbook(io.BytesIO(spreadsheet.write_spreadsheet(made, "fr")))
    asked = {str(row[0]).split("/")[0] for row in book["answers"].values if row[0] and row[0] != "code"}
    assert asked == {one.id for one in CORE if one.axis in ("", "mobility", "environment")}
    assert made.minutes is not None
    assert form.minutes(made) <= made.minutes < 60 == CORE.minutes
