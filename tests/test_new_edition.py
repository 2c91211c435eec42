"""Preparing an edition, and the pages of one that is planned."""

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Study

from analysis import figures, files, instrument, study, tables, validation
from analysis.chapters.axis import AxisChapter
from analysis.chapters.brief import brief
from analysis.chapters.common import Base
from analysis.chapters.edition import EditionChapter
from analysis.chapters.evolution import Evolution
from analysis.chapters.factors import FactorsChapter
from analysis.chapters.front import FrontPage
from analysis.chapters.outlook import OutlookChapter
from analysis.chapters.participation import ParticipationChapter
from analysis.chapters.programme import ProgrammeChapter
from analysis.document import Span
from analysis.errors import InvalidData, StudyError, UnknownCell
from analysis.execution import runs
from analysis.exhibits import Exhibit, Listing, Paragraph, Section
from analysis.publishing import book, site
from analysis.survey import newedition

NEW, AXES = 2027, ("mobility", "environment")
PLANNED = "The 2027 edition is planned; there are no answers of cities yet."


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the data."""
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("private"))
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    monkeypatch.delenv("STUDY_PRIVATE", raising=False)
    return tmp_path / "data"


def contents(data: Path) -> dict[str, bytes]:
    return {str(file.relative_to(data)): file.read_bytes() for file in data.rglob("*") if file.is_file()}


# preparing


def test_one_line_one_row_and_one_file_are_added(study: Study, compendium: Path) -> None:
    before = contents(compendium / "data")
    result = study("edition", "new", "2027", "--axis", "environment", "--axis", "mobility")
    assert result.returncode == 0, result.stderr
    after = contents(compendium / "data")
    assert {name for name in after if after[name] != before.get(name)} == {
        "study.yml", "published/editions.csv", "published/datapackage.json", "instruments/2027.yml",
    }  # fmt: skip
    # in the order of the matrix, behind the last edition, with every comment in its place
    line = b"  2027: {status: planned, axes: [mobility, environment]}\n"
    assert after["study.yml"].replace(line, b"") == before["study.yml"]
    assert after["study.yml"].index(b"  2023:") < after["study.yml"].index(line)
    assert after["published/editions.csv"].removeprefix(before["published/editions.csv"]) == (
        b"2027,6,Smart Cities Study 2027,,,cross,,,,,,,,,,,,,\n"
    )
    for said in ("study form 2027", "study intake 2027", "docs/new-edition.md"):
        assert said in result.stdout
    assert "planned" in study("gaps", "--edition", "2027").stderr
    again = study("edition", "new", "2027", "--axis", "mobility")
    assert again.returncode == 1
    assert "2027 is in data/study.yml already" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize("axes", [["living"], ["economy", "living"], list(AXES), ["people", "governance", "economy"]])
def test_the_instrument_is_the_core_restricted_to_the_axes(data: Path, axes: list[str]) -> None:
    core = yaml.safe_load((data / "instruments" / "core.yml").read_text(encoding="utf-8"))
    newedition.prepare(NEW, axes)
    made, whole = instrument.load(NEW), instrument.load("core")
    assert made.edition == NEW
    assert set(made.axes) == set(axes)
    assert [q.id for q in made] == [q.id for q in whole if q.axis in ("", *axes)]
    assert {q.id: q for q in made} == {q.id: q for q in whole if q.axis in ("", *axes)}
    asked = {q.id for q in made}
    assert [t.id for t in made.tables] == [t["id"] for t in core["tables"] if t["question"] in asked]
    assert 0 < len(made.tables) < len(whole.tables)
    lists = yaml.safe_load((data / "instruments" / f"{NEW}.yml").read_text(encoding="utf-8"))["choices"]
    assert [one for one in core["choices"] if one in lists] == list(lists)
    used = {
        one.get("choices") for section in core["sections"] for one in section["questions"] if one["id"] in asked
    } - {None}
    assert set(lists) == used
    assert made.minutes is not None
    assert whole.minutes is not None
    assert made.minutes < whole.minutes


def test_an_edition_on_one_axis_has_it_as_its_axis(data: Path) -> None:
    newedition.prepare(NEW, ["living", "living"])
    assert tables.read("editions", edition=NEW).iloc[0]["axis"] == "living"
    assert study.load().editions[NEW].axes == ("living",)


def _broken_core(data: Path) -> None:
    core = data / "instruments" / "core.yml"
    core.write_text(core.read_text(encoding="utf-8").replace("type: city", "type: town", 1), encoding="utf-8")


def _other_instrument(data: Path) -> None:
    (data / "instruments" / f"{NEW}.yml").write_text("ours", encoding="utf-8")


def _flow_style(data: Path) -> None:
    matrix = yaml.safe_load((data / "study.yml").read_text(encoding="utf-8"))
    text = yaml.safe_dump(matrix, default_flow_style=True)
    (data / "study.yml").write_text(text, encoding="utf-8")


def _broken_table(data: Path) -> None:
    file = data / "published" / "editions.csv"
    file.write_text(file.read_text(encoding="utf-8") + "2025,,,,,,,,,,,,,,,,,,\n", encoding="utf-8")


def _nothing(_data: Path) -> None: ...


@pytest.mark.parametrize(
    ("spoil", "year", "axes", "error", "message"),
    [
        (_nothing, 2023, ["mobility"], StudyError, "The edition 2023 is in data/study.yml already"),
        (_nothing, 2022, ["mobility"], StudyError, "comes after the last one, 2023; 2022 does not fit"),
        (_nothing, 20270, ["mobility"], StudyError, "Expected: a year from 2024 to 2043"),
        (_nothing, NEW, ["mobilty"], UnknownCell, "Did you mean 'mobility'?"),
        (_nothing, NEW, [], StudyError, "needs an axis"),
        (lambda data: (data / "instruments" / "core.yml").unlink(), NEW, ["mobility"], UnknownCell, "core.yml"),
        (_broken_core, NEW, ["mobility"], InvalidData, "data/instruments/core.yml, at sections / city"),
        (_other_instrument, NEW, ["mobility"], StudyError, "nothing is written over it"),
        (_flow_style, NEW, ["mobility"], InvalidData, "Nothing was changed"),
        (_broken_table, NEW, ["mobility"], InvalidData, "editions.csv, row 7"),
    ],
)
def test_what_cannot_be_prepared_is_refused_and_changes_nothing(
    data: Path, spoil: Callable[[Path], object], year: int, axes: list[str], error: type[StudyError], message: str
) -> None:
    spoil(data)
    before = contents(data)
    with pytest.raises(error, match=re.escape(message)):
        newedition.prepare(year, axes)
    assert contents(data) == before


@pytest.mark.parametrize(
    "fails", ["instruments/2027.yml", "published/editions.csv", "published/datapackage.json", "study.yml"]
)
def test_a_file_that_cannot_be_written_takes_the_others_back(
    data: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    before, write = contents(data), files.write_whole
    failed: list[Path] = []

    def full(file: Path, content: str | bytes) -> None:
        if file == data / fails and not failed:
            failed.append(file)
            raise OSError(28, "No space left on device", str(file))
        write(file, content)

    monkeypatch.setattr(files, "write_whole", full)
    with pytest.raises(OSError, match="No space"):
        newedition.prepare(NEW, AXES)
    assert failed
    assert contents(data) == before
    newedition.prepare(NEW, AXES)  # and the next try ends well
    assert NEW in study.load().editions


def test_what_a_killed_try_left_is_taken_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newedition.prepare(NEW, AXES)
    done = contents(data)
    shutil.copy(ROOT / "data" / "study.yml", data / "study.yml")  # the last of the three was not written
    newedition.prepare(NEW, AXES)
    assert contents(data) == done


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        (lambda text: text.replace("\n", "\r\n"), "\r\n  2027: {status: planned, axes: [mobility, environment]}\r\n"),
        (lambda text: text.rstrip("\n"), "\n  2027: {status: planned, axes: [mobility, environment]}\n"),
        (
            lambda text: text + "\n# a last word\n",
            "}\n  2027: {status: planned, axes: [mobility, environment]}\n\n# a last",
        ),
        (lambda text: text + "note: editions come before this\n", "environment]}\nnote: "),
        (
            lambda text: text + "  2025:\n    status: planned\n    axes:\n      - living\n",
            "      - living\n  2027: {status: planned, axes: [mobility, environment]}\n",
        ),
    ],
)
def test_the_matrix_keeps_the_hand_of_whoever_wrote_it(change: Callable[[str], str], entry: str) -> None:
    text = change((ROOT / "data" / "study.yml").read_text(encoding="utf-8"))
    new = newedition.matrix_with(text, NEW, AXES)
    assert entry in new
    assert yaml.safe_load(new)["editions"][NEW] == {"status": "planned", "axes": list(AXES)}
    kept = [line for line in new.splitlines() if not line.startswith("  2027")]
    assert kept == text.splitlines()


def test_only_a_planned_edition_may_lack_its_facts(data: Path) -> None:
    newedition.prepare(NEW, AXES)
    assert validation.validate(["editions"]) == []
    matrix = data / "study.yml"
    matrix.write_text(
        matrix.read_text(encoding="utf-8").replace("status: planned", "status: published"), encoding="utf-8"
    )
    problems = validation.validate(["editions"])
    assert any("editions.csv, row 7, field 'n_cities', value ''. Expected: Number of" in one for one in problems)
    assert len(problems) == 7


# a planned edition in the chapters

# chapters across the editions, with the sections that count or list editions
ACROSS: dict[str, tuple[Callable[[], Base], tuple[str, ...]]] = {
    "brief of the study": (lambda: brief("all", "en"), ("sentences", "limits")),
    "front": (lambda: FrontPage(lang="en"), ("summary", "matrix", "series", "evidence")),
    "participation": (lambda: ParticipationChapter(lang="en"), ("opening", "editions", "regions", "urban", "unknown")),
    "outlook": (lambda: OutlookChapter(lang="en"), ("studied", "declared", "side_by_side")),
    "factors": (lambda: FactorsChapter(lang="en"), ("overview", "helps", "practices", "missing")),
    "evolution": (lambda: Evolution(lang="en", axis="mobility"), ("asked", "between", "series")),
    "programme": (lambda: ProgrammeChapter(lang="en", period="2020-2021"), ("opening", "came")),
}
OWN: dict[str, Callable[[], Base]] = {
    "mobility": lambda: AxisChapter(lang="en", edition=NEW, axis="mobility"),
    "environment": lambda: AxisChapter(lang="en", edition=NEW, axis="environment"),
    "edition": lambda: EditionChapter(lang="en", edition=NEW),
    "brief": lambda: brief(NEW, "en"),
}


def sections(chapter: Base, names: Iterable[str] = ()) -> list[Section]:
    every = [name for name in dir(type(chapter)) if not name.startswith("_") and name not in ("provenance", "sources")]
    return [one for name in names or every if isinstance(one := getattr(chapter, name), Section)]


def sentences(shown: list[Section]) -> list[str]:
    return [part.text for one in shown for part in one.parts if isinstance(part, Paragraph)]


def words(shown: list[Section]) -> str:
    """Gather everything that a reader sees."""
    out: list[str] = []
    for part in (part for one in shown for part in one.parts):
        if isinstance(part, Exhibit):
            out += [part.title, part.subtitle, part.alt, *part.notes, part.table.to_csv(index=False)]
        elif isinstance(part, Listing):
            out += [part.caption, part.table.to_csv(index=False)]
        elif isinstance(part, Paragraph):
            out.append(part.text)
    return "\n".join(out)


def check_words(text: str) -> None:
    assert not re.search(r"\bnan\b|<NA>|\bNaN\b|\bNone\b|(?<![\d,.])0 (cities|countries|participations)", text)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a compendium with a planned edition."""
    root = tmp_path_factory.mktemp("planned")
    shutil.copytree(ROOT / "data", root / "data", ignore=shutil.ignore_patterns("private"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(root))
        newedition.prepare(NEW, AXES)
    return root


@pytest.fixture
def inside(planned: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDY_ROOT", str(planned))
    monkeypatch.delenv("STUDY_PRIVATE", raising=False)
    return planned


@pytest.mark.parametrize("name", OWN)
def test_the_pages_of_a_planned_edition_say_so(inside: Path, name: str) -> None:
    shown = sections(OWN[name]())
    text = words(shown)
    assert PLANNED in text
    check_words(text)
    assert not re.search(r"pages (of the 2027 edition )?(that were )?seen; |took part|was published in the pages", text)
    if name in ("environment", "edition"):
        assert all(figures.png(exhibit.draw, wide=False) for one in shown[:9] for exhibit in one.exhibits)


def test_a_planned_edition_shows_what_it_will_ask(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [one for one in instrument.load(NEW) if one.axis == "mobility"]
    section = AxisChapter(lang="en", edition=NEW, axis="mobility").asked
    listing = next(part for part in section.parts if isinstance(part, Listing))
    assert list(listing.table["Question"]) == [one.label["en"] for one in asked]
    assert sentences([section]) == [f"The questionnaire of the 2027 edition has {len(asked)} questions on this axis."]
    monkeypatch.setattr(
        instrument, "file_of", lambda _edition: inside / "none.yml"
    )  # somebody wrote the matrix by hand
    section = AxisChapter(lang="en", edition=NEW, axis="mobility").asked
    assert sentences([section]) == ["The questionnaire of the 2027 edition is not prepared yet."]


@pytest.mark.parametrize("name", ACROSS)
def test_the_pages_across_editions_count_what_was_studied(
    planned: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is said of the published editions stays word by word; what is new speaks of the planned one."""
    make, names = ACROSS[name]
    monkeypatch.setenv("STUDY_ROOT", str(ROOT))
    before = sentences(sections(make(), names))
    monkeypatch.setenv("STUDY_ROOT", str(planned))
    shown = sections(make(), names)
    after = sentences(shown)
    assert [one for one in after if one in before] == before
    new = [one for one in after if one not in before]
    assert all(one.startswith(PLANNED) for one in new)
    assert bool(new) == (name != "programme")
    check_words(words(shown))


def test_the_time_line_and_the_matrix_show_the_planned_edition_as_planned(inside: Path) -> None:
    front = FrontPage(lang="en")
    (line,) = front.series.exhibits
    assert line.title == "5 editions, with 20 to 35 cities each"
    assert list(line.table.iloc[-1]) == ["2027", "planned", "planned", "planned: Mobility and Environment"]
    assert line.alt.endswith("2027: planned.")
    (evidence,) = front.evidence.exhibits
    assert "2027, planned" in evidence.table.columns
    matrix = next(part for part in front.matrix.parts if isinstance(part, Listing))
    link: Any = matrix.links["Edition"]
    assert link("2027") == [Span("2027, planned", "editions/2027/index.html")]
    assert link("2023") == [Span("2023", "editions/2023/index.html")]


def test_the_book_has_the_pages_of_the_planned_edition(inside: Path) -> None:
    shutil.copytree(ROOT / "notebooks", inside / "notebooks", dirs_exist_ok=True)
    pages = {run.page for run in runs.runs(edition=NEW, lang="en")}
    assert pages == {f"editions/2027/{name}" for name in ("index", "brief", *AXES)}
    assert "editions/2027/index" in str(book.contents("en"))
    # the front page leads to the newest chapter with results
    assert {tile.chapter for tile in site.tiles("en")} & {f"editions/2027/{axis}" for axis in AXES} == set()


# the checklist


def test_the_checklist_names_commands_that_exist(study: Study) -> None:
    text = (ROOT / "docs" / "new-edition.md").read_text(encoding="utf-8")
    commands = {" ".join(found.split()[:2]) if found.split()[0] in ("edition", "private") else found.split()[0]
                for found in re.findall(r"`study ([^`]+)`", text)}  # fmt: skip
    assert {"edition new", "form", "twin", "intake", "private purge", "book"} <= commands
    for command in sorted(commands):
        assert study(*command.split(), "--help").returncode == 0, command
    assert "new-edition.md" in (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")


def test_the_row_of_an_edition_fits_any_order_of_columns() -> None:
    text = (ROOT / "data" / "published" / "editions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO(newline="")
    turned = csv.DictWriter(out, list(reversed(rows[0])), lineterminator="\r\n")
    turned.writeheader()
    turned.writerows(rows)
    new = newedition.editions_with(out.getvalue(), NEW, ["living"])
    last = list(csv.DictReader(io.StringIO(new, newline="")))[-1]
    assert {key: value for key, value in last.items() if value} == {
        "edition": "2027", "number": "6", "title_en": "Smart Cities Study 2027", "axis": "living",
    }  # fmt: skip
    assert new.endswith("\r\n")
