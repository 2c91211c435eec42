"""The whole way of an edition, as docs/new-edition.md goes it: from its preparation to the book, and back to the book before.

It needs the site and the print editions in `_build`, which `make test-all` builds first: with them the copy begins warm, and
to them it must come back, byte for byte. One copy goes the whole way, and back once: five cities by hand, then the rehearsal.
"""

import csv
import importlib
import io
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from conftest import ROOT, run_study
from openpyxl import Workbook
from pypdf import PdfReader

from analysis import files, instrument, study

pytestmark = [pytest.mark.slow, pytest.mark.built]
YEAR, AXES = 2027, ("mobility", "environment")
MARKS = {"en": "SYNTHETIC ANSWERS", "es": "RESPUESTAS SINTÉTICAS", "fr": "RÉPONSES SYNTHÉTIQUES"}
COPIED = (
    "benchmarks",
    "book",
    "data",
    "docs",
    "notebooks",
    "src",
    "_build/html",
    "_build/pdf",
    ".study/ledger",
    ".study/kept",
)
WALKED = set[str]()  # the commands of the checklist that were run
Rows = Sequence[Mapping[str, str]]


class Copy:
    """A copy of the compendium with all that was built, and the command `study` in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources: dict[Path, bytes] = {}
        self.published: dict[str, str] = {}

    def keep(self) -> None:
        """Keep the data and catalogues as they are, and know what is published of them."""
        self.sources = {file: file.read_bytes() for file in self._sources()}
        self.published = self.built()

    def restore(self) -> None:
        """Take back what commands wrote into the data and, as `study translations` does, into catalogues."""
        for file in self._sources():
            if file not in self.sources:
                file.unlink()
        for file, content in self.sources.items():
            file.write_bytes(content)

    def _sources(self) -> list[Path]:
        folders = (self.root / "data", self.root / "src" / "analysis" / "locale")
        return [file for folder in folders for file in folder.rglob("*") if file.is_file()]

    def study(self, *arguments: str, status: int = 0) -> str:
        """Run a command, and give what it says."""
        WALKED.add(" ".join(arguments[: 2 if arguments[0] in ("edition", "private") else 1]))
        result = run_study(self.root, *arguments)
        assert result.returncode == status, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stdout + result.stderr

    def built(self) -> dict[str, str]:
        """Digest every file of the site and of the print editions."""
        return digests(self.root / "_build")

    def page(self, lang: str, name: str) -> str:
        return (self.root / "_build" / "html" / lang / f"{name}.html").read_text(encoding="utf-8")

    def stored(self) -> list[dict[str, str]]:
        """Give the stored answers, without the day on which they came."""
        with (self.root / "data" / "private" / str(YEAR) / "answers.csv").open(encoding="utf-8", newline="") as rows:
            return [{**row, "received": ""} for row in csv.DictReader(rows)]


def digests(build: Path) -> dict[str, str]:
    published = [file for kind in ("html", "pdf") for file in (build / kind).rglob("*") if file.is_file()]
    assert len(published) > 1000
    return {file.relative_to(build).as_posix(): files.digest(file.read_bytes()) for file in published}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Name the files that are missing, new or changed."""
    missing = [f"missing: {name}" for name in sorted(before.keys() - after.keys())]
    new = [f"new: {name}" for name in sorted(after.keys() - before.keys())]
    shared = sorted(before.keys() & after.keys())
    return [*missing, *new, *(f"changed: {name}" for name in shared if before[name] != after[name])]


def warm_copy(root: Path) -> Copy:
    """Copy the compendium with what it has built; nothing in it is stale."""
    left_out = shutil.ignore_patterns("private", "__pycache__", "*.egg-info")
    for name in COPIED:  # and nothing that other tests may write meanwhile
        shutil.copytree(ROOT / name, root / name, ignore=left_out)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy(file, root)
    return Copy(root)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Prepare the edition."""
    way = warm_copy(tmp_path_factory.mktemp("way") / "compendium")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(way.root))
        patch.delenv("STUDY_PRIVATE", raising=False)
        way.keep()
        way.study("edition", "new", str(YEAR), *(word for axis in AXES for word in ("--axis", axis)))
        yield way


@pytest.fixture
def answered(prepared: Copy) -> Iterator[Copy]:
    """Give a copy that takes answers in; they are purged afterwards."""
    yield prepared
    prepared.study("private", "purge", str(YEAR), "--yes")


# -- exports of three tools


def kobo(rows: Rows) -> bytes:
    """Write the export of KoboToolbox: semicolons, codes, a time of its own."""
    return as_csv([{**row, "_id": str(number), "_submission_time": f"2027-03-01T10:{number:02}:00"}
                   for number, row in enumerate(rows)], ";")  # fmt: skip


def limesurvey(rows: Rows) -> bytes:
    """Write the export of LimeSurvey: codes without signs, a column for each choice."""
    several = {question.id: question.codes for question in instrument.load(YEAR) if question.type == "multiple"}
    out = []
    for number, row in enumerate(rows):
        cells = {"id": str(number), "submitdate": f"2027-03-02 11:{number:02}:00"}
        for name, value in row.items():
            plain = name.replace("_", "")
            for code in several.get(name, ()):
                cells[f"{plain}[{code.replace('_', '')}]"] = "Y" if code in value.split() else ""
            if name not in several:
                cells[plain] = value
        out.append(cells)
    return as_csv(out, ",")


def google(rows: Rows) -> bytes:
    """Write the spreadsheet of Google Forms: wordings of questions and choices, several in one cell."""
    asked, book = instrument.load(YEAR), Workbook()
    names = list(rows[0])
    known = {question.id for question in asked}
    book.active.append(["Timestamp", *(asked[name].label["en"] if name in known else name for name in names)])
    for number, row in enumerate(rows):
        worded = []
        for name in names:
            labels = {choice.code: choice.label["en"] for choice in asked[name].choices} if name in known else {}
            codes = row[name].split() if labels else []
            worded.append(", ".join(labels[code] for code in codes) if labels else row[name])
        book.active.append([f"2027-03-03 12:{number:02}:00", *worded])
    for line in book.active.iter_rows():
        for cell in line:  # a text that begins with = is a text
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(rows: Rows, delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


# -- five cities, by hand

FIVE = {  # city: country, strategy, barriers
    "Bilbao": ("ESP", "own", "funding skills"),
    "Porto": ("PRT", "own", "funding"),
    "Bordeaux": ("FRA", "preparing", "legal"),
    "Utrecht": ("NLD", "none", "funding trust"),
    "Dakar": ("SEN", "wider", "funding"),
}
CONTACT = "mobility.office@dakar.example.org"


def test_small_cells_of_five_cities_are_withheld_and_a_refused_site_replaces_nothing(answered: Copy) -> None:
    way = answered
    rows = [
        {"city_name": city, "city_country": country, "mobility_strategy": strategy, "mobility_barriers": barriers,
         "size": "from_250k", "consent": "counted", "contact_email": CONTACT}
        for city, (country, strategy, barriers) in FIVE.items()
    ]  # fmt: skip
    (way.root / "five.csv").write_bytes(as_csv(rows, ","))
    assert "Cities: 5 entered, 0 replaced, 0 unchanged. Refused: 0." in way.study("intake", str(YEAR), "five.csv")
    way.study("book", "--lang", "en")
    answers = way.page("en", f"editions/{YEAR}/mobility").partition('id="what-the-cities-answered"')[2]
    shown = re.sub(r"<[^>]+>", " ", answers.partition('id="how-cities-stand"')[0])
    assert "5 cities answered the questionnaire" in shown
    assert "All counts of this question are suppressed" in shown
    assert not re.search(r"\d+ of 5 cities (?!did not answer)", shown)
    assert not [city for city in FIVE if city in shown]
    assert "SYNTHETIC" not in shown

    before, last = way.built(), way.root / "book" / "en" / "methods.md"
    text = last.read_text(encoding="utf-8")
    last.write_text(f"{text}\nAsk {CONTACT}.\n", encoding="utf-8")
    refusal = way.study("book", "--lang", "en", status=1)
    assert re.search(
        r"html/en/\S*methods\S*, somewhere in it: an answer to 'contact_email', which is never published", refusal
    )
    assert CONTACT not in refusal
    assert way.built() == before
    readable = [file for folder in ("_build", ".study") for file in (way.root / folder).rglob("*.html")]
    assert readable
    assert not [file for file in readable if CONTACT in file.read_text(encoding="utf-8")]
    refusal = way.study("pdf", "--lang", "en", status=1)
    assert "pdf/en.pdf, somewhere in it: an answer to 'contact_email'" in refusal
    assert way.built() == before
    last.write_text(text, encoding="utf-8")


# -- the rehearsal


def test_an_edition_is_rehearsed_as_the_checklist_says(answered: Copy) -> None:
    way = answered
    way.study("gaps", "--edition", "2019")
    way.study("digests")
    way.study("validate")
    way.study("translations")
    way.study("form", str(YEAR))
    convert = importlib.import_module("pyxform.xls2xform").convert
    form = way.root / "_build" / "forms" / str(YEAR) / f"{YEAR}-xlsform.xlsx"
    assert convert(form.read_bytes(), file_type=".xlsx", form_name="study").warnings == []

    way.study("twin", str(YEAR), "--cities", "30", "--seed", "1", "--output", "twin.csv")
    way.study("intake", str(YEAR), "twin.csv")
    expected = way.stored()
    assert len(expected) == 30
    way.study("private", "purge", str(YEAR), "--yes")
    with (way.root / "twin.csv").open(encoding="utf-8", newline="") as twin:
        rows = list(csv.DictReader(twin))
    tools = {"kobo.csv": kobo(rows[:10]), "lime.csv": limesurvey(rows[10:20]), "google.xlsx": google(rows[20:])}
    for name, content in tools.items():
        (way.root / name).write_bytes(content)
    assert "Cities: 30 entered, 0 replaced, 0 unchanged. Refused: 0." in way.study("intake", str(YEAR), *tools)
    assert way.stored() == expected
    assert "Cities: 0 entered, 0 replaced, 30 unchanged." in way.study("intake", str(YEAR), *tools)

    way.study("run")
    way.study("book")
    way.study("pdf")
    assert set(MARKS) == set(study.load().built)
    for lang, mark in MARKS.items():
        for name in ("index", "brief", *AXES):
            assert mark in way.page(lang, f"editions/{YEAR}/{name}"), (lang, name)
        printed = PdfReader(way.root / "_build" / "pdf" / f"brief-{YEAR}-{lang}.pdf")
        assert mark in " ".join(printed.pages[0].extract_text().split())

    assert "identical" in way.study("verify", "--lang", "es")
    assert f"editions/{YEAR}/mobility" in way.study("diff", str(ROOT / "_build"), ".")
    refusal = way.study("release", "--date", "2027-01-31", status=1)
    assert f"synthetic answers to {YEAR}: a rehearsal is never released" in refusal
    way.study("report", "2020-2021")

    checklist = (ROOT / "docs" / "new-edition.md").read_text(encoding="utf-8")
    named = {" ".join(words[: 2 if words[0] in ("edition", "private") else 1])
             for text in re.findall(r"`study ([^`]+)`", checklist) if (words := text.split())}  # fmt: skip
    assert len(named) > 10
    assert named <= WALKED


# -- and back


def test_the_book_before_comes_back(prepared: Copy) -> None:
    prepared.restore()
    prepared.study("book")
    prepared.study("pdf")
    assert differences(prepared.published, prepared.built()) == []


def test_files_that_do_not_come_back_are_named() -> None:
    before, after = {"a": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2", "d": "1"}
    assert differences(before, after) == ["missing: a", "new: d", "changed: c"]
