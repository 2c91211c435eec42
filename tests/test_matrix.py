"""Every cell of the matrix executes, and the book is built of them: on a copy, by the command, as a user does it."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from conftest import ROOT, made_copy, run_study

from analysis.execution import runs
from analysis.publishing.typed import founded

pytestmark = pytest.mark.matrix
PAGES = [run.page for run in runs.runs(lang="en")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the compendium with its book, made by `study book`."""
    return made_copy(tmp_path_factory.mktemp("built") / "compendium", "book")


@pytest.mark.parametrize("page", PAGES)
def test_a_cell_executes_without_error_and_keeps_nothing_of_this_machine(built: Path, page: str) -> None:
    text = (built / "book" / "en" / f"{page}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert {output.output_type for output in outputs} <= {
        "execute_result",
        "display_data",
    }  # no error, no warning on a stream
    assert not [place for place in (built, ROOT) if str(place) in text]
    assert "start_time" not in json.dumps(notebook.metadata.papermill)
    assert notebook.cells[0].source.splitlines()[0] not in ("# One axis of one edition", "# One edition")


@pytest.mark.parametrize("page", PAGES)
def test_every_number_of_a_page_is_a_value_of_its_facts(built: Path, page: str) -> None:
    notebook = nbformat.read(str(built / "book" / "en" / f"{page}.ipynb"), as_version=4)
    assert founded.in_notebook(notebook, page) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_its_exhibits_with_picture_alt_table_and_csv(built: Path, page: str) -> None:
    file = built / "_build" / "html" / "en" / f"{page}.html"
    text = file.read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="exhibit" id="([\w-]+)".*?</figure>', text, re.DOTALL)
    bodies = re.findall(r'<figure class="exhibit".*?</figure>', text, re.DOTALL)
    assert len(figures) == len(set(figures))
    assert bodies or page == "sources" or page.startswith("cities/")  # of some cities no value is known
    for name, body in zip(figures, bodies, strict=True):
        assert re.search(r'<img [^>]*alt="[^"]{20,}"', body), name
        assert "<table>" in body
        for suffix in (".svg", "-narrow.svg", ".csv"):
            assert (built / "_build" / "html" / "en" / "_static" / "exhibits" / f"{name}{suffix}").stat().st_size > 100


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("img", "script", "source", "iframe"):
            self.loaded += [given[name].split(" ")[0] for name in ("src", "srcset") if given.get(name)]
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "search"):
            self.loaded.append(given["href"])


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_another_host(built: Path) -> None:
    html = built / "_build" / "html"
    pages = {
        file: Links(file.read_text(encoding="utf-8")) for file in html.rglob("*.html") if "_static" not in file.parts
    }
    assert len(pages) > len(PAGES)
    for file, page in pages.items():
        assert not [address for address in page.loaded if urlsplit(address).netloc], file.name
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment) or link == "#":
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            assert target.exists(), f"{file.relative_to(html)}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{file.relative_to(html)}: {link}"


def test_the_site_opens_with_the_choice_of_language_and_names_no_machine(built: Path) -> None:
    html = built / "_build" / "html"
    assert 'href="en/index.html"' in (html / "index.html").read_text(encoding="utf-8")
    suffixes = {".html", ".js", ".css", ".json", ".ipynb", ".csv", ".svg"}
    texts = {file: file.read_text(encoding="utf-8") for file in html.rglob("*") if file.suffix in {*suffixes, ".md"}}
    assert {file.suffix for file in texts} >= suffixes
    for file, text in texts.items():
        assert str(built) not in text, file
        assert str(ROOT) not in text, file


def test_what_is_fresh_is_not_executed_again_and_the_same_inputs_give_the_same_bytes(built: Path) -> None:
    chapter = built / "book" / "en" / "editions" / "2019" / "governance.ipynb"
    before = chapter.read_bytes()
    again = run_study(built, "run")
    assert "0 notebooks executed" in again.stderr
    forced = run_study(built, "run", "--edition", "2019", "--axis", "governance", "--force")
    assert forced.returncode == 0, forced.stderr
    assert chapter.read_bytes() == before


def test_the_status_tells_what_is_missing(built: Path, tmp_path: Path) -> None:
    root = tmp_path / "changed"
    shutil.copytree(built, root, ignore=shutil.ignore_patterns("_build"))
    rows = json.loads(run_study(root, "status", "--json").stdout)
    assert len(rows) == len(PAGES)
    assert {row["state"] for row in rows} == {"fresh"}
    (root / "book" / "en" / "editions" / "2012" / "living.ipynb").unlink()
    rows = json.loads(run_study(root, "status", "--json").stdout)
    assert [row for row in rows if row["state"] != "fresh"] == [
        {
            "notebook": "axis",
            "parameters": {"edition": 2012, "axis": "living", "lang": "en"},
            "state": "missing",
            "reasons": ["never executed"],
        }
    ]


def test_a_page_without_a_place_in_the_contents_stops_the_build_and_keeps_the_last_book(built: Path) -> None:
    stray = built / "book" / "en" / "stray.md"
    stray.write_text("# Stray\n", encoding="utf-8")
    result = run_study(built, "book")
    stray.unlink()
    assert result.returncode == 1
    assert "book/en/stray.md is in no table of contents" in result.stderr
    assert (built / "_build" / "html" / "en" / "index.html").is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# Broken\n\n[nowhere](nowhere.md)\n", r"book/en/how-to-read\.md.*nowhere"),
        ("# Broken\n\n![none](missing.png)\n", r"book/en/how-to-read\.md.*missing\.png"),
    ],
)
def test_a_broken_link_or_figure_stops_the_build_and_keeps_the_last_book(built: Path, text: str, message: str) -> None:
    page = built / "book" / "en" / "how-to-read.md"
    before = page.read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    result = run_study(built, "book")
    page.write_text(before, encoding="utf-8")
    assert result.returncode == 1
    assert re.search(message, result.stderr), result.stderr
    assert "Traceback" not in result.stderr
    assert (built / "_build" / "html" / "en" / "index.html").is_file()
