"""Intake of what survey tools export: what is stored equals what was answered, or the file is refused by name."""

import csv
import datetime
import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from survey_copy import CONTACTS, YEAR, entered, findings, stored, survey_copy, taken
from survey_shapes import CITIES, KINDS, LANGS, Answers, Writer, as_file, expected, responses

from analysis import instrument
from analysis.instrument import Instrument
from analysis.survey import intake, intake_store, intake_times, newedition
from analysis.survey.intake_encoding import repair_text
from analysis.survey.intake_names import Kind, Names, Target
from analysis.survey.intake_times import Order

CASES = Path(__file__).parent / "data" / "intake"
REFERENCE = list(csv.DictReader(io.StringIO((CASES / "00-ref.csv").read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a copy with the edition that `study edition new 2027 --axis mobility` prepares."""
    with pytest.MonkeyPatch.context() as patch:
        root = survey_copy(tmp_path_factory.mktemp("shapes"), patch)
        matrix = root / "data" / "study.yml"
        lines = [line for line in matrix.read_text(encoding="utf-8").splitlines() if not line.startswith("  2027:")]
        matrix.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (root / "data" / "instruments" / "2027.yml").unlink()
        newedition.prepare(YEAR, ["mobility"])
        yield root


@pytest.fixture
def root(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDY_ROOT", str(shared))
    list(intake_store.purge(YEAR))
    return shared


def by_city(root: Path) -> dict[str, dict[str, str]]:
    """Give what is stored of each city, with its contacts."""
    contacts = {row["response_id"]: row for row in stored(root, CONTACTS)}
    return {row["city"]: row | contacts.get(row["response_id"], {}) for row in stored(root)}


def told(result: intake.Taken) -> str:
    return " ".join(" ".join(row) for row in findings(result))


def altered(row: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Give what is stored of the answers of a city that is not what it answered."""
    return {name: (text, row.get(name, "")) for name, text in answers.items() if row.get(name, "") != text}


# -- files from the field ---------------------------------------------------------------------------------------------

OF_THE_REFERENCE = {
    "00-ref.csv": 3, "01-odk-central-groups.csv": 3, "02-odk-central-groups-split.csv": 3, "03-odk-central-nogroups-split.csv": 3,
    "20-qualtrics-tags.csv": 3, "25-qualtrics-split-cleaned.csv": 3, "30-surveymonkey.csv": 3, "32-surveymonkey-cleaned.csv": 3,
    "40-limesurvey-code.csv": 3, "56-mojibake-only-texts.csv": 1, "60-xlsx-percent-hidden-dateyear.xlsx": 3,
    "61-xlsx-formula-uncached.xlsx": 3, "63-xlsx-header-repeated-total.xlsx": 3,
}  # fmt: skip
SENT_TWICE = [
    "70-resubmit-odk.csv",
    "71-resubmit-kobo.csv",
    "72c-resubmit-gsheets-dmy.csv",
    "73-resubmit-limesurvey-full.csv",
]


def reference(asked: Instrument) -> dict[str, dict[str, str]]:
    several = {question.id for question in asked if question.type == "multiple"}
    rest = {question.id for question in asked if question.type not in ("city", "country")}
    return {
        row["city_name"]: {
            name: text.replace(" ", ";") if name in several else text for name, text in row.items() if name in rest
        }
        for row in REFERENCE
    }


def test_every_file_from_the_field_is_tried() -> None:
    assert {file.name for file in CASES.iterdir()} == {*OF_THE_REFERENCE, *SENT_TWICE}


@pytest.mark.parametrize("name", OF_THE_REFERENCE)
def test_files_from_the_field_give_the_answers_of_the_reference(root: Path, name: str) -> None:
    result = taken(root, (CASES / name).read_bytes(), name)
    asked = instrument.load(YEAR)
    assert entered(result)[0] == OF_THE_REFERENCE[name]
    assert result.refused == 0, told(result)
    cities = by_city(root)
    assert len(cities) == OF_THE_REFERENCE[name]
    for city, row in cities.items():
        assert altered(row, reference(asked)[city]) == {}


@pytest.mark.parametrize("name", SENT_TWICE)
def test_of_a_city_sent_twice_the_later_counts(root: Path, name: str) -> None:
    result = taken(root, (CASES / name).read_bytes(), name)
    assert entered(result) == (1, 0, 0, 0)
    (row,) = stored(root)
    assert row["mobility_strategy"] == "wider"
    assert row["received"] == ("2027-03-25" if name.startswith("72c") else "2027-03-05")
    assert "was sent later" in told(result)


# -- the property -----------------------------------------------------------------------------------------------------

# no first letters of what looks like UTF-8 read as Latin-1, which is repaired, nor the sign of a letter that is lost
TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="ÂÃÄÅâðï\ufffd"), max_size=40).filter(
    lambda text: not text or bool(text.strip())
)


def check_file(root: Path, writer: Writer, shape: str, kind: str) -> tuple[int, int]:
    """Take a file in that a tool has written."""
    return check_grid(root, writer.grid(shape), writer.rows, kind)


def check_grid(root: Path, grid: list[list[Any]], rows: Sequence[Answers], kind: str) -> tuple[int, int]:
    """Take a file in; nothing in it may be altered. Give the numbers of cities that entered and that were refused."""
    list(intake_store.purge(YEAR))
    result = taken(root, as_file(grid, kind))
    cities, asked = by_city(root), instrument.load(YEAR)
    answered = {answers["city_name"]: expected(asked, answers) for answers in rows}
    assert set(cities) <= set(answered)
    for city, row in cities.items():
        assert altered(row, answered[city]) == {}, (kind, city, grid[0])
    assert bool(result.refused) == (len(cities) < len(answered))
    return len(cities), len(answered) - len(cities)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), shape=st.sampled_from(Writer.SHAPES), lang=st.sampled_from(LANGS), kind=st.sampled_from(KINDS),
       cities=st.lists(st.sampled_from(CITIES), unique=True, min_size=1, max_size=3), typed=TYPED)  # fmt: skip
def test_what_is_stored_is_what_was_answered(
    shared: Path, data: st.DataObject, shape: str, lang: str, kind: str, cities: list[tuple[str, str, str]], typed: str
) -> None:
    asked = instrument.load(YEAR)

    def pick(options: list[Any]) -> Any:
        return data.draw(st.sampled_from(options))

    rows = [responses(asked, city, pick) | {"remarks": typed} for city in cities]
    writer = Writer(asked, rows, lang, pick, sheet=kind == "xlsx")
    into, out = check_file(shared, writer, shape, kind)
    event("taken in" if into else "refused")
    assert not out or writer.numbers, shape


@pytest.mark.parametrize("shape", Writer.SHAPES)
def test_most_files_of_each_tool_are_taken_in(root: Path, shape: str) -> None:
    asked, chance, count = instrument.load(YEAR), random.Random(shape), Counter[str]()
    for _ in range(15):
        rows = [responses(asked, city, chance.choice) for city in chance.sample(CITIES, 2)]
        kind = chance.choice(KINDS)
        writer = Writer(asked, rows, chance.choice(LANGS), chance.choice, sheet=kind == "xlsx")
        into, out = check_file(root, writer, shape, kind)
        count.update(into=into, out=out)
        assert not out or writer.numbers
    assert count.total() == 30
    assert count["into"] >= (20 if shape == "qualtrics" else 30)


def damaged(grid: list[list[Any]], chance: random.Random) -> list[list[Any]]:
    """Damage the heading of a column, or put a column in between, as people do."""
    rows, place = [list(row) for row in grid], chance.randrange(max(map(len, grid)))
    heading = str(rows[0][place])
    changes = {
        "blank": "", "word": f"{chance.choice(['Old ', 'Notes: ', 'Comments - ', 'x_', 'old/'])}{heading}",
        "cut": heading[: chance.randrange(1, 30)], "number": f"{heading}{chance.choice(['_2', '.1', ' 2', ' (2)'])}",
        "beside": f"{heading}{chance.choice([' - comment', '_other', ' [Other]', '_text', ' (internal)'])}",
    }  # fmt: skip
    kind = chance.choice([*changes, "blank", "column"])
    if kind == "column":
        for number, row in enumerate(rows):
            row.insert(place, "" if number < 2 else chance.choice(["", "x", "0", "1", "Other"]))
    else:
        rows[0][place] = changes[kind]
    return rows


@pytest.mark.parametrize("shape", Writer.SHAPES)
def test_a_damaged_header_never_alters_an_answer(root: Path, shape: str) -> None:
    asked, chance, count = instrument.load(YEAR), random.Random(f"damaged {shape}"), Counter[str]()
    for _ in range(20):
        rows = [responses(asked, city, chance.choice) for city in chance.sample(CITIES, 2)]
        kind = chance.choice(KINDS)
        writer = Writer(asked, rows, chance.choice(LANGS), chance.choice, sheet=kind == "xlsx")
        into, out = check_grid(root, damaged(writer.grid(shape), chance), rows, kind)
        count.update(into=into, out=out)
    assert count["into"] > 0
    assert count["out"] > 0


# -- what cannot be known -----------------------------------------------------------------------------------------

HEADER, *ROWS = list(csv.reader(io.StringIO((CASES / "00-ref.csv").read_text(encoding="utf-8"))))
Rows = Sequence[Sequence[str]]


def as_csv(rows: Rows, encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def with_column(heading: str, *cells: str) -> bytes:
    """Write the reference with a column more."""
    return as_csv([[*HEADER, heading], *([*row, cell] for row, cell in zip(ROWS, cells, strict=True))])


def with_cells(question: str, *cells: str) -> bytes:
    """Write the reference with other answers to a question."""
    place = HEADER.index(question)
    return as_csv([HEADER, *([*row[:place], cell, *row[place + 1 :]] for row, cell in zip(ROWS, cells, strict=True))])


def split(question: str, heading: str, yes: str, no: str) -> bytes:
    """Write the reference with a column for each choice of a question."""
    place, codes = HEADER.index(question), instrument.load("core")[question].codes
    headings = [heading.format(code=code, number=number) for number, code in enumerate(codes, start=1)]
    lines = [
        [*row[:place], *(yes if code in row[place].split() else no for code in codes), *row[place + 1 :]]
        for row in ROWS
    ]
    return as_csv([[*HEADER[:place], *headings, *HEADER[place + 1 :]], *lines])


REFUSED_FILES = {
    "notes of a person": (with_column("Notes", "call back", "", ""), "'Notes' (nearest:"),
    "a comment on a question": (with_column("Comments - What was done?", "x", "", ""), "nearest: 'practice_solution'"),
    "a comment on choices": (with_column("mobility_measures_comment", "x", "", ""), "nearest: 'mobility_measures'"),
    "no heading": (as_csv([[name.replace("remarks", "") for name in HEADER], *ROWS]), "(no heading, column 22)"),
    "a blank heading beside choices": (
        as_csv([[name.replace("mobility_clean_buses_share", "") for name in HEADER], *ROWS]), "do not say for which choice"),
    "numbers without choices": (split("mobility_measures", "mobility_measures_{number}", "1", ""), "do not say for which choice"),
    "codes of LimeSurvey": (split("mobility_measures", "mobilitymeasures[SQ{number:03}]", "Y", ""), "do not say for which choice"),
    "Polish code page": (as_csv([HEADER, ROWS[2]], "cp1250"), "not valid UTF-8"),
    "Macintosh": (as_csv([HEADER, ROWS[0]], "mac_roman"), "not valid UTF-8"),
    "DOS": (as_csv([HEADER, ROWS[0]], "cp850"), "not valid UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_columns_and_letters_that_are_not_understood_stop_the_file(root: Path, name: str) -> None:
    content, message = REFUSED_FILES[name]
    result = taken(root, content)
    assert entered(result) == (0, 0, 0, 1)
    assert message in result.unreadable["in.csv"]
    assert stored(root) == []


# content, refused rows of three, a part of the report
REFUSED_ROWS = {
    "codes of SPSS": (split("mobility_measures", "mobility_measures/{code}", "1", "2"), 3, "1, x or yes where it is chosen"),
    "numbers of choices": (with_cells("size", "1", "2", "3"), 3, "Export the wordings"),
    "answer codes": (with_cells("size", "A1", "AO02", "from_500k"), 2, "Export the wordings"),
    "not applicable where it was asked": (with_cells("mobility_progress", "N/A", "N/A", "No aplica"), 1, "one of"),
    "a letter lost": (with_cells("department", "Innovaci\ufffdn", "", ""), 1, "some were lost"),
    "a byte dropped": (with_cells("department", "Ãrea de datos", "", ""), 1, "some were lost"),
    "an own text among choices": (with_cells("mobility_barriers", "funding, no time", "legal", "legal"), 1, "any of"),
    "other and not": (with_column("mobility_measures_other", "trams", "", "trams"), 1, "they differ on the choice 'other'"),
    "a choice in two columns": (
        as_csv([[*HEADER, "practice_sdg/sdg11", "practice_sdg/sdg11"], *([*row, "1" if row[15] else "", ""] for row in ROWS)]), 1,
        "they differ on the choice 'sdg11'"),
    "split and whole": (with_column("mobility_measures/charging", "0", "", ""), 1, "they differ on the choice 'charging'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_ROWS)
def test_values_that_are_not_understood_stop_the_row(root: Path, name: str) -> None:
    content, refused, message = REFUSED_ROWS[name]
    result = taken(root, content)
    assert entered(result) == (3 - refused, 0, 0, refused)
    assert message in told(result)


def test_a_column_that_is_no_answer_is_said_to_be_none(root: Path) -> None:
    assert entered(taken(root, with_column("# notes of the secretariat", "call back", "", ""))) == (3, 0, 0, 0)
    empty = taken(root, with_column("Notes", "", " ", ""))
    assert entered(empty) == (0, 0, 3, 0)
    assert "this column is empty" in told(empty)


@pytest.mark.parametrize(
    "heading",
    [
        "mobility_measures_other", "mobilitymeasures[other]", "mobility_measures/other_specify", "mobility_measures - Other (please specify)",
        "Which of these measures for smart mobility does the city use? - Other - Text",
        "¿Cuáles de estas medidas aplica la ciudad en el ámbito de la movilidad inteligente? [Otro]",
    ],
)  # fmt: skip
def test_a_text_beside_other_stands_in_the_report(root: Path, heading: str) -> None:
    text = "Tranvías, y " + "más " * 200
    result = taken(root, with_column(heading, "", "", text))
    assert entered(result) == (3, 0, 0, 0)
    assert result.unstored == 1
    assert by_city(root)["Łódź"]["mobility_measures"] == "low_emission_zone;other"
    assert [row[2] for row in findings(result)] == [text]


def test_a_row_that_the_tool_rejects_is_no_answer(root: Path) -> None:
    content = with_column("_validation_status", "Not approved", "Approved", "")
    result = taken(root, content)
    assert entered(result) == (2, 0, 0, 1)
    assert "marks this row as none" in told(result)


def test_numbers_of_rows_are_no_answers(root: Path) -> None:
    numbered = as_csv([["", *HEADER], *([str(number), *row] for number, row in enumerate(ROWS))])
    assert entered(taken(root, numbered)) == (3, 0, 0, 0)
    other = as_csv([["", *HEADER], *([str(number), *row] for number, row in zip((7, 3, 5), ROWS, strict=True))])
    assert "(no heading, column 1)" in taken(root, other, "other.csv").unreadable["other.csv"]


def test_a_question_of_yes_and_no_is_read_as_limesurvey_writes_it(root: Path) -> None:
    assert entered(taken(root, with_cells("practice_any", "Y", "N", "n"))) == (3, 0, 0, 0)
    said = {city: row["practice_any"] for city, row in by_city(root).items()}
    assert said == {"Bilbao": "yes", "Dakar": "no", "Łódź": "no"}


# -- spreadsheets -----------------------------------------------------------------------------------------------------


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        page = book.create_sheet(f"Sheet{number}")
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_formula_gives_its_stored_value(root: Path) -> None:
    row = list(ROWS[0])
    row[HEADER.index("mobility_clean_buses_share")] = "=55/2"
    content = workbook([HEADER, row])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<f>55/2</f><v" in part
                part = part.replace(b"<f>55/2</f><v></v>", b"<f>55/2</f><v>27.5</v>")
                part = part.replace(b"<f>55/2</f><v />", b"<f>55/2</f><v>27.5</v>")
            target.writestr(name, part)
    assert entered(taken(root, out.getvalue(), "in.xlsx")) == (1, 0, 0, 0)
    assert by_city(root)["Bilbao"]["mobility_clean_buses_share"] == "27.5"


@pytest.mark.parametrize(
    ("question", "cell", "stored_as"),
    [
        ("practice_year", datetime.datetime(2019, 1, 1), "2019"), ("practice_year", datetime.datetime(1905, 7, 11), "2019"),
        ("practice_year", 2019.0, "2019"), ("mobility_clean_buses_share", datetime.datetime(1900, 1, 27, 12), "27.5"),
        ("mobility_clean_buses_share", datetime.datetime(2027, 5, 27), None), ("practice_year", datetime.datetime(1850, 1, 1), None),
        ("remarks", datetime.datetime(2027, 5, 3), "2027-05-03"), ("remarks", 12, "12"),
    ],
)  # fmt: skip
def test_dates_that_a_spreadsheet_has_made_of_numbers(
    root: Path, question: str, cell: Any, stored_as: str | None
) -> None:
    row: list[Any] = list(ROWS[0])
    row[HEADER.index(question)] = cell
    result = taken(root, workbook([HEADER, row]), "in.xlsx")
    if stored_as is None:
        assert entered(result) == (0, 0, 0, 1)
        assert "made a date" in told(result)
        return
    assert by_city(root)["Bilbao"][question] == stored_as
    assert ("made one of this cell" in told(result)) == isinstance(cell, datetime.datetime)


def test_answers_on_two_sheets_are_refused_and_a_codebook_beside_them_is_not(root: Path) -> None:
    two = taken(root, workbook([HEADER, ROWS[0]], [HEADER, ROWS[1]]), "two.xlsx")
    assert "on several sheets (Sheet0, Sheet1)" in two.unreadable["two.xlsx"]
    codebook = [[question.id, question.label["en"]] for question in instrument.load(YEAR)]
    beside = taken(root, workbook([["Country", "n"], ["ESP", 1]], codebook, [HEADER, *ROWS]), "beside.xlsx")
    assert entered(beside) == (3, 0, 0, 0)


def test_headings_of_two_rows_that_a_person_has_made(root: Path) -> None:
    asked = instrument.load(YEAR)
    measures = asked["mobility_measures"]
    singles = ["city_name", "city_country", "size", "consent", "contact_email"]
    top = [*("" for _ in singles), measures.label["fr"], *("" for _ in measures.codes[1:])]
    below = [*(asked[name].label["fr"] for name in singles), *(choice.label["fr"] for choice in measures.choices)]
    row = [
        "Bilbao",
        "Espagne",
        "from_250k",
        "named",
        "a@b.example",
        *("x" if n in (0, 8) else None for n in range(len(measures.codes))),
    ]
    assert entered(taken(root, workbook([["Étude"], top, below, row]), "in.xlsx")) == (1, 0, 0, 0)
    assert by_city(root)["Bilbao"]["mobility_measures"] == "traffic_management;other"


def test_rows_that_are_no_answers_are_told_apart(root: Path) -> None:
    blank = [""] * (len(HEADER) - 2)
    asides = [HEADER, ["Total", "3", *blank], ["SUMA", "", *blank[:6], "33,75 %", *blank[7:]]]
    result = taken(root, as_csv([HEADER, *ROWS, *asides]))
    assert entered(result) == (3, 0, 0, 0)
    assert [row[3].partition(";")[0] for row in findings(result)] == [
        "the headings again",
        "a row of totals",
        "a row of totals",
    ]
    city = ["Media", "USA", *ROWS[0][2:]]  # a city of Pennsylvania, and "mean" in Spanish
    assert entered(taken(root, as_csv([HEADER, city]))) == (0, 0, 0, 1)


# -- times ------------------------------------------------------------------------------------------------------------


def sent_twice(heading: str, first: Any, second: Any) -> bytes:
    later = list(ROWS[0])
    later[HEADER.index("mobility_strategy")] = "wider"
    return workbook([[heading, *HEADER], [first, *ROWS[0]], [second, *later]])


@pytest.mark.parametrize(
    ("heading", "first", "second", "received"),
    [
        ("SubmissionDate", "2027-03-01T10:00:00.000Z", "2027-03-05T10:00:00.000Z", "2027-03-05"),
        ("*meta-submission-date*", "Mar 1, 2027 10:00:00 AM", "Mar 5, 2027 9:00:00 AM", "2027-03-05"),
        ("RecordedDate", "2027-03-01 10:00:00", "2027-03-05 10:00:00", "2027-03-05"),
        ("Completion time", datetime.datetime(2027, 3, 1), datetime.datetime(2027, 3, 5), "2027-03-05"),
        ("Hora de finalización", 46447.5, 46451.5, "2027-03-05"), ("Horodateur", "28/02/2027 10:00:00", "01/03/2027 09:00:00", "2027-03-01"),
        ("Timestamp", "2/28/2027 10:00:00", "3/1/2027 9:00:00", "2027-03-01"),
        ("Marca temporal", "01.03.2027 10:00", "02.03.2027 10:00", "2027-03-02"),
        ("Date de soumission", "1 mars 2027 à 10:00", "2 mars 2027 à 9:00", "2027-03-02"),
    ],
)  # fmt: skip
def test_times_of_all_tools(root: Path, heading: str, first: Any, second: Any, received: str) -> None:
    assert entered(taken(root, sent_twice(heading, first, second), "in.xlsx")) == (1, 0, 0, 0)
    (row,) = stored(root)
    assert (row["mobility_strategy"], row["received"]) == ("wider", received)
    list(intake_store.purge(YEAR))
    assert entered(taken(root, sent_twice(heading, second, first), "in.xlsx")) == (1, 0, 0, 0)
    assert stored(root)[0]["mobility_strategy"] == "own"


def test_day_and_month_that_could_be_either_are_asked_for_where_they_matter(root: Path) -> None:
    content = sent_twice("Timestamp", "1/4/2027 10:00:00", "2/3/2027 10:00:00")
    unsure = taken(root, content, "in.xlsx")
    assert entered(unsure) == (0, 0, 0, 2)
    assert "--dates dmy" in told(unsure)
    assert entered(taken(root, content, "in.xlsx", dates=Order.DMY)) == (1, 0, 0, 0)
    assert (stored(root)[0]["mobility_strategy"], stored(root)[0]["received"]) == ("own", "2027-04-01")
    again = taken(root, content, "in.xlsx", dates=Order.MDY)
    assert stored(root)[0]["mobility_strategy"] == "own"  # the first of April is later than the third of February
    assert entered(again)[3] == 1
    alone = workbook([["Timestamp", *HEADER], ["5/6/2027 10:00:00", *ROWS[1]]])
    assert entered(taken(root, alone, "alone.xlsx")) == (1, 0, 0, 0)
    corrected = [*ROWS[1][:3], "Data", *ROWS[1][4:]]
    other = workbook([["Timestamp", *HEADER], ["6/6/2027 10:00:00", *corrected]])
    other_unsure = workbook([["Timestamp", *HEADER], ["5/7/2027 10:00:00", *corrected]])
    assert entered(taken(root, other_unsure, "other.xlsx")) == (0, 0, 0, 1)
    assert entered(taken(root, other, "other.xlsx")) == (0, 1, 0, 0)


def test_surveymonkey_writes_the_month_first(root: Path) -> None:
    later = ["x", "y", "02/01/2027 10:00:00 AM", *ROWS[0]]
    earlier = ["x", "y", "01/03/2027 10:00:00 AM", *ROWS[0][:3], "Otro", *ROWS[0][4:]]
    content = as_csv([["Respondent ID", "Collector ID", "End Date", *HEADER], later, earlier])
    assert entered(taken(root, content)) == (1, 0, 0, 0)
    assert (stored(root)[0]["department"], stored(root)[0]["received"]) == ("Innovación, y datos", "2027-02-01")


@pytest.mark.parametrize(
    ("texts", "order"),
    [(["1/3/2027", "25/3/2027"], Order.DMY), (["1/3/2027", "3/25/2027"], Order.MDY), (["1/3/2027", "2/3/2027"], None),
     (["13/3/2027", "3/13/2027"], None), (["2027-03-13", "1/3/2027"], None), ([], None)],
)  # fmt: skip
def test_the_order_of_day_and_month_is_that_of_the_file(texts: list[str], order: Order | None) -> None:
    assert intake_times.order_of(texts) == order


# -- headings and letters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("section_mobility-mobility_measures/charging", Target("mobility_measures", "charging", Kind.CHOICE)),
        ("section_mobility:mobility_measures:charging", Target("mobility_measures", "charging", Kind.CHOICE)),
        ("mobilitymeasures[charging]", Target("mobility_measures", "charging", Kind.CHOICE)),
        ("Mobility/Which of these measures for smart mobility does the city use?/Other", Target("mobility_measures", "other", Kind.CHOICE)),
        ("<b>Which of these measures for smart mobility does the city use?</b>\nMark all that apply.", Target("mobility_measures")),
        ("Which of these measures for smart mobility does the city use? - Selected Choice", Target("mobility_measures")),
        ("Which of these measures.. [Network of charging points]", Target("mobility_measures", "charging", Kind.CHOICE)),
        ("mobility_measures_4", Target("mobility_measures", "", Kind.PART)), ("Q3.2: Country *", Target("city_country")),
        ("SIZE", Target("size")), ("2) ¿Qué se hizo?", Target("practice_solution")),
        ("Comment: Country", None), ("Size of the fleet", None), ("mobility_progress_score", None), ("What was done? (internal)", None),
        ("Other", None), ("size.1", None), ("notes - size", None),
        ("2023: What was done?", None),
        ("Which.of.these.measures.for.smart.mobility.does.the.city.use..Other", Target("mobility_measures", "other", Kind.CHOICE)),
    ],
)  # fmt: skip
def test_what_a_heading_names(root: Path, heading: str, target: Target | None) -> None:
    assert Names(instrument.load(YEAR)).find(heading) == ({target} if target else set())


@pytest.mark.parametrize(
    "text",
    ["Innovación", "Łódź – «así»…", "zażółć", "Área", "Ísland", "d’été à 20 €", "Город", "北京市", "😀 ok", "São João"],
)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("code_page", ["latin-1", "cp1252"])
def test_text_that_was_decoded_wrongly_is_repaired(text: str, times: int, code_page: str) -> None:
    wrong = text
    for _ in range(times):
        raw = wrong.encode()
        letters = (bytes([byte]).decode(code_page, "ignore") or chr(byte) for byte in raw)
        wrong = "".join(letters)
    assert wrong != text
    assert repair_text(wrong) == text


@pytest.mark.parametrize(
    "text",
    ["Innovación", "SÃO PAULO", "NÃO", "CAFÉ…", "«ASÍ»", "“ASÍ”", "À la carte", "Größe", "Łódź", "ÂME", "naïve", "Ñ’", "20 °C", "½", "Ørsted"],
)  # fmt: skip
def test_text_that_is_right_stays(text: str) -> None:
    assert repair_text(text) == text
