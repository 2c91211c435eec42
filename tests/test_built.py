"""What was built, read as text: exhibits have all of their parts, and no English is left in another language."""

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import nbformat
import pytest
from browsing import HTML, LANGUAGES, page_file, pages
from bs4 import BeautifulSoup, Tag
from conftest import ROOT
from pybtex.database import parse_file
from pypdf import PdfReader

from analysis import document, paths, study, tables
from analysis.publishing.staging import is_brief
from analysis.study import SOURCE_LANGUAGE

pytestmark = pytest.mark.built
TRANSLATED = [lang for lang in LANGUAGES if lang != SOURCE_LANGUAGE]
# Words that no sentence of English does without, and that neither Spanish nor French has.
ENGLISH = re.compile(
    r"the|of|and|with|which|from|between|is|are|was|were|this|that|these|those|not|by|to|for|their|have|been|its|it|at|where|"
    r"who|what|how|when|only|each|every|other|than|into|there|they",
    re.IGNORECASE,
)
# Where English may stand: in code, in what is said to be in another language, and in the titles that `quoted` lists.
NOT_PROSE = "script, style, code, pre"
ATTRIBUTES = (
    "alt",
    "aria-label",
    "title",
    "placeholder",
    "data-search",
    "data-found",
    "data-copy",
    "data-copied",
    "content",
)


@lru_cache(maxsize=1)
def quoted() -> re.Pattern[str]:
    """Find what is quoted as it is: titles, publishers and citations of sources and editions, and the literature."""
    sources, editions = tables.read("sources"), tables.read("editions")
    texts = {text for column in ("title", "publisher", "citation") for text in sources[column].dropna()}
    texts |= set(editions["title_en"].dropna())
    for entry in parse_file(str(ROOT / "book" / "references.bib")).entries.values():
        texts |= {re.sub(r"[{}]", "", value).replace("--", "\N{EN DASH}") for value in entry.fields.values()}
    longest_first = sorted({squeezed(text) for text in texts if " " in text}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


def squeezed(text: str) -> str:
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def english_in(text: str) -> list[str]:
    """List the English words in a text; capitals alone are a name, WHO say."""
    left = re.sub(r"https?://\S+", " ", quoted().sub(" ", squeezed(text)))
    words = re.findall(r"(?<![\w.@'/-])[A-Za-z]+(?![\w@'/-])", left)
    return [word for word in words if ENGLISH.fullmatch(word) and not (word.isupper() and len(word) > 1)]


def soup(lang: str, name: str) -> BeautifulSoup:
    return BeautifulSoup(page_file(lang, name).read_text(encoding="utf-8"), "html.parser")


def texts_of(page: BeautifulSoup, lang: str) -> Iterator[str]:
    """Give what a reader of a page sees, hears, or finds in the preview of a link."""
    for search_words in page.select("#search-words"):
        yield from json.loads(search_words.get_text()).values()
    for tag in [*page.select(NOT_PROSE), *page.select(f"body [lang]:not([lang={lang}])")]:
        tag.decompose()
    for tag in page.find_all(True):
        if not (tag.name == "meta" and tag.get("http-equiv")):
            yield from (str(tag[name]) for name in ATTRIBUTES if tag.get(name))
    inline = {"a", "em", "strong", "span", "b", "i"}
    for tag in page.find_all(inline):  # a sentence is one text, whatever is stressed in it
        tag.unwrap()
    page.smooth()
    yield from page.find_all(string=True)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_english_is_left_in_another_language(lang: str) -> None:
    found: dict[str, str] = {}
    for name in pages(lang):
        texts = list(texts_of(soup(lang, name), lang))
        assert len(texts) > 10, name
        for text in texts:
            if words := english_in(text):
                found.setdefault(f"{' '.join(words)}: {squeezed(text)[:160]}", name)
    assert found == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Las ciudades and the rest", ["and", "the"]),
        ("The", ["The"]),
        ("Según la WHO y la OECD", []),
        ("véase https://example.org/the/end o the.csv", ["the"]),
        ("La ville, où or ne vaut", []),
    ],
)
def test_the_search_for_english_finds_it(text: str, found: list[str]) -> None:
    assert english_in(text) == found


def test_what_is_quoted_is_allowed_whole_only() -> None:
    title = next(title for title in tables.read("sources")["title"] if english_in_plain(title))
    assert english_in(f"Fuente: {title}.") == []
    assert english_in(f"Fuente: {title.partition(' ')[2]} of the") != []


def english_in_plain(text: str) -> list[str]:
    return [word for word in text.split() if ENGLISH.fullmatch(word)]


# exhibits


def shown(lang: str) -> list[tuple[str, Tag]]:
    found = [(name, figure) for name in pages(lang) for figure in soup(lang, name).select(".exhibit")]
    assert len(found) > 50
    return found


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))


def one(tag: Tag, selector: str) -> Tag:
    found = tag.select_one(selector)
    assert found is not None, selector
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_exhibit_has_its_parts_and_a_download_with_unit_source_and_licence(lang: str) -> None:
    wrong = []
    for name, figure in shown(lang):
        id = str(figure.get("id", ""))
        if not (id and len(str(one(figure, "img")["alt"])) > 20 and figure.select(".exhibit-table tbody td")):
            wrong.append(f"{name}#{id} lacks id, alternative text or table")
        file = page_file(lang, name).parent / str(one(figure, "a[download$='.csv']")["href"])
        rows = rows_of(file)
        lacking = {column for column in ("unit", "source", "licence") for row in rows if not row.get(column)}
        if lacking or not rows:
            wrong.append(f"{name}#{id} has a download without {lacking or 'rows'}")
    assert wrong == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_chapter_that_is_computed_has_an_exhibit(lang: str) -> None:
    without = {
        file.relative_to(paths.book(lang)).with_suffix("").as_posix() for file in paths.book(lang).rglob("*.ipynb")
    }
    without -= {name for name, _ in shown(lang)}
    assert {name for name in without if name.startswith(("evolution/", "inequality/", "editions/"))} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_downloads_are_those_of_the_executed_notebooks(lang: str) -> None:
    """What was plotted is in the notebook: the site may not have changed a byte of it."""
    count = 0
    for file in sorted(paths.book(lang).rglob("*.ipynb")):
        for exhibit in document.of_notebook(nbformat.read(str(file), as_version=4), file.stem).exhibits:
            download = HTML / lang / "_static" / "exhibits" / f"{exhibit.id}.csv"
            assert download.read_bytes() == exhibit.data.encode(), exhibit.id
            count += 1
    assert count == len(shown(lang))


def test_the_table_of_an_exhibit_shows_what_its_download_holds() -> None:
    """Where the rows of the table are those of the data, each number that is shown is one of the data, rounded."""
    checked, wrong = 0, []
    for name, figure in shown(SOURCE_LANGUAGE):
        rows = rows_of(page_file(SOURCE_LANGUAGE, name).parent / str(one(figure, "a[download$='.csv']")["href"]))
        lines = figure.select(".exhibit-table tbody tr")
        if len(lines) != len(rows):
            continue
        held = [float(text) for row in rows for text in row.values() if re.fullmatch(r"-?\d+(\.\d+)?", text or "")]
        for cell in figure.select(".exhibit-table td.number"):
            if found := re.fullmatch(r"([\d,]+(?:\.(\d+))?)%?", cell.get_text()):
                checked += 1
                number, half = float(found[1].replace(",", "")), 0.5001 * 10.0 ** -len(found[2] or "")
                if not any(abs(value - number) <= half for value in held):
                    wrong.append(f"{figure['id']}: {cell.get_text()}")
    assert wrong == []
    assert checked > 50


def test_exhibits_are_the_same_in_every_language() -> None:
    names = {lang: [(name, figure["id"], len(rows)) for name, figure in shown(lang)
                    for rows in [figure.select(".exhibit-table tbody tr")]] for lang in LANGUAGES}  # fmt: skip
    assert all(found == names[SOURCE_LANGUAGE] for found in names.values())


# the print edition


@lru_cache(maxsize=len(LANGUAGES))
def printed(lang: str) -> PdfReader:
    file = ROOT / "_build" / "pdf" / f"{lang}.pdf"
    if not file.is_file():
        message = "the print edition was not made: make pdf"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return PdfReader(file)


@pytest.mark.slow
@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_english_is_left_in_the_print_edition(lang: str) -> None:
    found = {}
    assert len(printed(lang).pages) > 50
    # in print a quoted title is broken into lines, with hyphens of its own and of the line
    loose = re.compile(quoted().pattern.replace(r"\-", "-?").replace(r"\ ", r"\s*").replace("/", r"/\s*"))
    for number, page in enumerate(printed(lang).pages, start=1):
        text = loose.sub(" ", squeezed(re.sub(r"[-\N{SOFT HYPHEN}]\n-?", "", page.extract_text())))
        if words := english_in(text):
            found[number] = words
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_print_edition_names_every_exhibit_of_the_site(lang: str) -> None:
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in printed(lang).pages))
    names = {str(figure["id"]) for name, figure in shown(lang) if not is_brief(name)}
    assert len(names) > 50
    assert {name for name in names if name not in text} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_described_by_its_findings_and_not_by_its_template(lang: str) -> None:
    described: dict[str, str] = {}
    for name in [name for name in pages(lang) if name != "search"]:
        meta = soup(lang, name).select_one("meta[name=description]")
        described[name] = str(meta["content"]) if meta else ""
    assert len(described) > 60
    assert all(described.values())
    # a brief may open like its edition; the introduction of a template would stand on a dozen pages
    shared = [text for text, times in Counter(described.values()).items() if times > 2]
    assert not shared, shared


def test_the_study_is_in_more_than_one_language() -> None:
    assert TRANSLATED == [lang for lang in study.load().built if lang != "en"] != []
