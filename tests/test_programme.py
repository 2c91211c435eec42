"""The chapter on a programme of work, and the report of it as a document."""

import io
import re
import zipfile
from pathlib import Path

import docx
import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import ROOT, Study
from docx.document import Document
from docx.oxml.ns import qn

from analysis import figures
from analysis.chapters.programme import SECTIONS, ProgrammeChapter, section_names
from analysis.errors import InvalidData, StudyError, UnknownCell
from analysis.exhibits import Listing, Paragraph, Section
from analysis.language import language
from analysis.publishing import report

PERIOD = "2020-2021"
PUBLISHED = ROOT / "data" / "published"
ROWS = pd.read_csv(PUBLISHED / "programme.csv", dtype=str)  # not through our reader
OUTCOMES = pd.read_csv(PUBLISHED / "programme_outcomes.csv", dtype=str)
CHAPTER = ProgrammeChapter(lang="en", period=PERIOD)


def all_sections(chapter: ProgrammeChapter) -> list[Section]:
    return [
        chapter.opening,
        chapter.overview,
        chapter.came,
        *(chapter.section(name) for name in SECTIONS),
        chapter.sources,
    ]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


# the chapter


def test_every_part_begins_with_a_sentence_and_holds_nothing_empty() -> None:
    assert len(list(all_sections(CHAPTER))) > 3
    for section in all_sections(CHAPTER):
        assert isinstance(section.parts[0], Paragraph)
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", plain(section))


def test_counts_are_those_of_the_tables() -> None:
    planned = ROWS[ROWS["status"] == "planned"]
    kinds = OUTCOMES.set_index("programme_id")["kind"]
    came, changed = ({*kinds.index[kinds == kind]} for kind in ("came_about", "changed"))
    opening = sentences(CHAPTER.opening)
    done, ongoing = ((ROWS["status"] == status).sum() for status in ("done", "ongoing"))
    assert (
        f"has {len(ROWS)} activities in 7 sections: {done} done, {ongoing} ongoing, and {len(planned)} planned"
        in opening
    )
    known = planned["id"].isin(came | changed)
    assert (
        f"Of the {len(planned)} planned activities, other facts show that {planned['id'].isin(came).sum()} came about"
        in opening
    )
    assert f"and {planned['id'].isin(changed).sum()} came otherwise than planned" in opening
    assert f"What came of {(~known).sum()} is not known." in opening
    timed = OUTCOMES[OUTCOMES["programme_id"].isin(came & {*planned["id"]})]["timing"] != "not_known"
    assert f"Whether they came about in the time planned is known for {timed.sum()} of the {len(timed)}." in opening
    unknown = ROWS[~ROWS["id"].isin(came | changed)]
    assert f"No fact collected shows what came of {len(unknown)} activities" in sentences(CHAPTER.came)


def test_every_activity_stands_once_in_its_section_with_what_came_of_it() -> None:
    came = OUTCOMES.set_index("programme_id")["outcome_en"]
    for name in SECTIONS:
        listing = next(part for part in CHAPTER.section(name).parts if isinstance(part, Listing))
        own = ROWS[ROWS["section"] == name]
        assert [re.findall(r"\((P\d+)\)$", text)[0] for text in listing.table["Activity"]] == own["id"].tolist()
        expected = [came.get(one, "What came of it is not known") for one in own["id"]]
        assert listing.table["What came of it"].tolist() == expected


def test_outcomes_agree_with_the_facts_that_they_name() -> None:
    editions = pd.read_csv(PUBLISHED / "editions.csv", dtype=str).set_index("edition")
    facts = pd.read_csv(PUBLISHED / "facts.csv", dtype=str).set_index("id")
    assert (OUTCOMES["edition"].notna() | OUTCOMES["fact_id"].notna()).all()
    assert not OUTCOMES.empty
    assert OUTCOMES["outcome_en"].str.contains(r"\d+ cities").any()
    for _, row in OUTCOMES.iterrows():
        sources = "" if pd.isna(row["fact_id"]) else facts.loc[row["fact_id"], "source_url"]
        if pd.notna(row["edition"]):
            edition = editions.loc[row["edition"]]
            sources += " " + edition["urls"]
            for count in re.findall(r"(\d+) cities", row["outcome_en"]):
                assert count == edition["n_cities"]
            for count in re.findall(r"(\d+) countries", row["outcome_en"]):
                assert count == edition["n_countries"]
        hosts = {address.split("/")[2].removeprefix("www.") for address in re.findall(r"https?://\S+", sources)}
        own = {address.split("/")[2].removeprefix("www.") for address in row["source_url"].split(" | ")}
        assert own <= hosts


def test_what_other_facts_do_not_tell_is_not_said_to_have_come_about() -> None:
    kinds = OUTCOMES.set_index("programme_id")["kind"]
    assert set(kinds[["P17", "P18"]]) == {"not_known"}
    # a year or an event of the programme in which its edition came out: the row says so, the table of editions agrees
    dates = pd.read_csv(PUBLISHED / "editions.csv", dtype=str).set_index("edition")["publication_date"]
    as_planned = OUTCOMES[OUTCOMES["timing"] == "as_planned"]
    assert not as_planned.empty
    for _, row in as_planned.iterrows():
        activity = ROWS.set_index("id").loc[row["programme_id"]]
        assert activity["start"][:4] == activity["end"][:4] == dates[row["edition"]][:4]
    assert "later" not in sentences(CHAPTER.came).lower()


def test_editions_published_in_the_period_are_named_with_their_cities() -> None:
    text = sentences(CHAPTER.section("results"))
    assert "2 editions of the study were published in 2020–2021" in text
    assert "the 2019 edition (2020; 24 cities) and the 2021 edition (November 2021; 35 cities in 20 countries)" in text


@pytest.mark.parametrize("wide", [True, False])
def test_bars_of_the_time_line_are_the_months_of_the_table(wide: bool) -> None:
    def months(row: "pd.Series[str]") -> tuple[int, int]:
        (year, month), (last_year, last) = ((int(part) for part in row[end].split("-")[:2]) for end in ("start", "end"))
        return 12 * (year - 2020) + month - 1, 12 * (last_year - 2020) + last

    with figures.styled():
        ax = CHAPTER.timeline.draw(wide).axes[0]
    drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]  # type: ignore[attr-defined]
    ordered = ROWS.sort_values("section", key=lambda names: names.map(SECTIONS.index), kind="stable")
    assert drawn == [months(row) for _, row in ordered.iterrows()]
    fills = {(row["status"], bar.get_facecolor()) for (_, row), bar in zip(ordered.iterrows(), ax.patches, strict=True)}
    assert len(fills) == len({colour for _, colour in fills}) == 3


@pytest.mark.parametrize("wide", [True, False])
def test_the_picture_has_no_text_outside_or_over_another(wide: bool) -> None:
    assert not collisions(CHAPTER.timeline, wide)


def test_the_download_holds_every_row_with_unit_source_and_licence() -> None:
    data = CHAPTER.timeline.data
    assert sorted(data["id"]) == sorted(ROWS["id"])
    assert {"period", "start", "end", "status", "outcome", "unit", "source", "licence"} <= set(data.columns)


def test_a_new_outcome_changes_the_page(compendium: Path) -> None:
    file = compendium / "data" / "published" / "programme_outcomes.csv"
    with file.open("a", encoding="utf-8") as out:
        out.write("O13,P13,came_about,not_known,The policy councils received it,,T021,https://uclg.org/new,\n")
    chapter = ProgrammeChapter(lang="en", period=PERIOD)
    assert "other facts show that 5 came about" in sentences(chapter.opening)
    assert "The policy councils received it (O13)." in plain(chapter.came)
    assert plain(chapter.section("learning")) == plain(CHAPTER.section("learning"))


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        (
            "programme.csv",
            "P17,2020-2021,leadership,2020-05,",
            "P17,2020-2021,leadership,2020-13,",
            "row P17.*'2020-13'",
        ),
        (
            "programme.csv",
            "P17,2020-2021,leadership,2020-05,",
            "P17,2020-2021,leadership,2020-06,",
            "not before the start",
        ),
        (
            "programme.csv",
            "P17,2020-2021,leadership,2020-05,",
            "P17,2020-2021,leadership,2019-05,",
            "within 2020 to 2021",
        ),
        ("programme_outcomes.csv", 'collected",,T008,', 'collected",,,', "row O09.*both are empty"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(compendium: Path, table: str, old: str, new: str, message: str) -> None:
    edit(compendium / "data" / "published" / table, old, new)
    with pytest.raises(InvalidData, match=message):
        _ = ProgrammeChapter(lang="en", period=PERIOD).overview


def test_a_period_without_activities_says_what_to_do(compendium: Path) -> None:
    edit(compendium / "data" / "study.yml", "periods: [2020-2021]", "periods: [2020-2021, 2022-2023]")
    with pytest.raises(InvalidData, match=r"no row of the period 2022-2023. Add its activities"):
        _ = ProgrammeChapter(lang="en", period="2022-2023").overview


def test_an_outcome_of_no_activity_is_refused(compendium: Path, study: Study) -> None:
    edit(compendium / "data" / "published" / "programme_outcomes.csv", "O09,P17,", "O09,P77,")
    result = study("validate", "data/published/programme_outcomes.csv")
    assert result.returncode == 1
    assert "field 'programme_id', value 'P77': not in the table 'programme'" in result.stderr


def test_an_unknown_period_or_language_has_no_chapter() -> None:
    with pytest.raises(UnknownCell, match=r"no period '2020-2022'.*Did you mean '2020-2021'"):
        ProgrammeChapter(lang="en", period="2020-2022")
    with pytest.raises(UnknownCell, match="no language 'xx'"):
        ProgrammeChapter(lang="xx", period=PERIOD)


# the document


@pytest.fixture(scope="module")
def content() -> bytes:
    return report.Report(CHAPTER).content()


@pytest.fixture(scope="module")
def document(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


def texts(document: Document, style: str) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style and paragraph.style.name == style]


def test_the_document_has_the_structure_of_the_report(document: Document) -> None:
    names = list(section_names(language("en")).values())
    assert texts(document, "Title") == ["Report on the work of the consultation mechanism"]
    assert texts(document, "Subtitle") == ["Community of Practice on Digital Cities, 2020–2021"]
    headings = ["In short", *names, "Time line", "Activities at a glance", "Sources"]
    assert texts(document, "Heading 1") == headings
    points = [text for text in texts(document, "List Bullet") if re.search(r"\(P\d+\)", text)]
    assert len(points) == len(ROWS)
    front = dict(tuple(cell.text for cell in row.cells) for row in document.tables[0].rows)
    assert front["Lead"] == "Bilbao (Spain)"
    assert front["Period"] == "2020–2021"


def test_the_table_of_activities_has_the_rows_of_the_programme(document: Document) -> None:
    table = document.tables[1]
    assert table.style is not None
    assert table.style.name == "Table Grid"
    head, *rows = ([cell.text for cell in row.cells] for row in table.rows)
    assert head == ["Activity", "When", "Status", "Partners", "What came of it"]
    ordered = ROWS.sort_values("section", key=lambda names: names.map(SECTIONS.index), kind="stable")
    assert [row[0] for row in rows] == [f"{row['id']}. {row['activity_en']}" for _, row in ordered.iterrows()]
    assert [row[2] for row in rows] == ordered["status"].tolist()
    assert table.rows[0]._tr.trPr is not None
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_what_is_not_known_is_marked_for_the_secretariat_wherever_it_stands(document: Document) -> None:
    kinds = OUTCOMES.set_index("programme_id")["kind"]
    unknown = [one for one in ROWS["id"] if kinds.get(one, "not_known") == "not_known"]
    cells = [cell.paragraphs for table in document.tables for row in table.rows for cell in row.cells]
    every = [*document.paragraphs, *(paragraph for found in cells for paragraph in found)]
    marked = [run.text for paragraph in every for run in paragraph.runs if run.style.name == "To be completed"]
    assert set(marked) == {"[to be completed by the secretariat]"}
    # in the text and in the table for each activity, once a section, twice on the front
    assert len(marked) == 2 * len(unknown) + len(SECTIONS) + 2
    assert sum("[to be completed" in paragraph.text for paragraph in every) == len(marked)


def test_the_picture_has_its_alternative_text_and_the_document_its_language(document: Document, content: bytes) -> None:
    (picture,) = document.inline_shapes
    assert picture._inline.docPr.get("descr") == CHAPTER.timeline.alt
    assert {one.get(qn("w:val")) for one in document.styles.element.iter(qn("w:lang"))} == {"en-GB"}
    assert document.core_properties.language == "en-GB"
    assert document.core_properties.title == "Report on the work of the consultation mechanism"


def test_every_page_behind_an_outcome_can_be_reached(document: Document) -> None:
    linked = {relation.target_ref for relation in document.part.rels.values() if relation.is_external}
    assert linked == {address for row in OUTCOMES["source_url"] for address in row.split(" | ")}


def test_the_same_data_give_the_same_bytes_and_no_time_of_writing(content: bytes) -> None:
    assert report.Report(ProgrammeChapter(lang="en", period=PERIOD)).content() == content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        moments = {entry.date_time for entry in packed.infolist()}
        core = packed.read("docProps/core.xml").decode()
    assert len(moments) == 1
    year = str(moments.pop()[0])
    assert {found[:4] for found in re.findall(r">(\d{4}-\d{2}-\d{2}T[^<]*)<", core)} == {year}


def test_the_moment_of_a_release_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1640995200")
    released = report.Report(CHAPTER).content()
    with zipfile.ZipFile(io.BytesIO(released)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2022, 1, 1, 0, 0, 0)}


def test_a_name_that_is_no_document_is_refused(tmp_path: Path) -> None:
    for target in (tmp_path, tmp_path / "report.pdf"):
        with pytest.raises(StudyError, match=r"a file that ends in \.docx"):
            report.write(PERIOD, "en", target)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_the_report(compendium: Path, study: Study) -> None:
    result = study("report", PERIOD, "--lang", "en")
    assert result.returncode == 0, result.stderr
    assert "_build/reports/2020-2021-en.docx" in result.stdout
    file = compendium / "_build" / "reports" / "2020-2021-en.docx"
    assert len(docx.Document(str(file)).tables) == 2


@pytest.mark.parametrize("wrong", [("2020-2022",), (PERIOD, "--lang", "xx")])
def test_the_command_refuses_an_unknown_period_or_language(
    compendium: Path, study: Study, wrong: tuple[str, ...]
) -> None:
    result = study("report", *wrong)
    assert result.returncode == 1
    assert result.stderr.startswith("study: There is no ")
    assert "Traceback" not in result.stderr
    assert not (compendium / "_build").exists()
