"""The site around the text: citations, languages, metadata, exhibits that lack something, and a small book as it is built."""

import base64
import hashlib
import json
import posixpath
import re
import warnings
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from conftest import ROOT, copy_of_compendium, shown_by_cell
from docutils.core import publish_doctree
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from pybtex.database import parse_string
from pybtex.richtext import Text

from analysis import config, document, study, translations
from analysis import language as languages
from analysis.errors import BookFailed, MissingTranslation
from analysis.execution.notebook import complete_document
from analysis.exhibits import Exhibit, Section
from analysis.language import language
from analysis.publishing import book, citing, references, site, staging, theme

ENGLISH = language("en")
STUDY = citing.Study(
    title="Smart Cities Study", authors=("UCLG & friends",), version="1.2.0", released=None, address="", lang="en"
)
WORK = citing.Work(
    "Cities: 50% of R&D in Bogotá", "en/editions/2017/economy.html", "2017-economy-answers", "Economy #1"
)


def exhibit(id: str = "2017-economy-answers", title: str = "What cities answered", value: int = 75) -> Exhibit:
    def draw(_wide: bool) -> Figure:
        figure = Figure(figsize=(4, 2))
        figure.subplots().plot([0, value])
        return figure

    data = pd.DataFrame({"value": [value], "unit": ["percent"], "source": ["report"], "licence": ["CC BY 4.0"]})
    return Exhibit(
        id,
        title,
        "Percent, 2017",
        "One share: 75%.",
        pd.DataFrame({"Share": ["75%"]}),
        data,
        "the report",
        draw,
        ENGLISH,
    )


def notebook(file: Path, *cells: str | Exhibit | tuple[str, Exhibit]) -> None:
    """Write a notebook as an execution leaves it: texts are Markdown; an exhibit may come with the code that shows it."""
    made = nbformat.v4.new_notebook()
    for number, cell in enumerate(cells):
        if isinstance(cell, str):
            made.cells.append(nbformat.v4.new_markdown_cell(cell, id=f"c{number}"))
            continue
        code, shown = cell if isinstance(cell, tuple) else ("chapter.answers", cell)
        made.cells.append(shown_by_cell(Section([shown]), code, f"c{number}"))
    file.parent.mkdir(parents=True, exist_ok=True)
    complete_document(made, "")
    nbformat.write(made, str(file))


# citing


def in_bibtex(text: str, name: str) -> str:
    (entry,) = parse_string(text, "bibtex").entries.values()
    return str(Text.from_latex(entry.fields[name]))


def test_bibtex_gives_back_what_was_cited() -> None:
    text = citing.bibtex(WORK, STUDY)
    (key,) = parse_string(text, "bibtex").entries
    assert key == "scs-2017-economy-answers"
    assert in_bibtex(text, "title") == "Cities: 50% of R&D in Bogotá"
    assert in_bibtex(text, "howpublished") == "[2017-economy-answers] Economy #1. Smart Cities Study"
    assert in_bibtex(text, "note") == "en/editions/2017/economy.html#2017-economy-answers"
    author = parse_string(text, "bibtex").entries[key].persons["author"]
    assert [str(Text.from_latex(str(person))) for person in author] == ["UCLG & friends"]


@given(st.text(st.sampled_from("aé ÑñŠ&%_#:?()[]/."), min_size=1).filter(lambda text: text.strip() != ""))
def test_bibtex_holds_any_title(title: str) -> None:
    text = citing.bibtex(citing.Work(title, "en/a.html"), STUDY)
    assert in_bibtex(text, "title").replace("\N{NO-BREAK SPACE}", " ").split() == title.split()


@given(st.text(max_size=30))
def test_no_title_breaks_the_braces_of_bibtex(title: str) -> None:
    text = citing.bibtex(citing.Work(f"x{title}", "en/a.html"), STUDY)
    assert len(parse_string(text, "bibtex").entries) == 1


def test_ris_has_one_field_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = citing.ris(citing.Work("Two\nlines", "en/a.html"), STUDY).split("\r\n")
    assert lines[0] == "TY  - CHAP"
    assert lines[-2:] == ["ER  - ", ""]
    assert "TI  - Two lines" in lines
    assert all(re.match("[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert citing.ris(WORK, STUDY).startswith("TY  - FIGURE")
    assert citing.ris(None, STUDY).startswith("TY  - BOOK")


def test_a_citation_names_author_year_title_exhibit_version_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    monkeypatch.setattr(
        citing, "description", lambda: {"title": "A: b", "version": "2.0.0", "authors": [{"name": "UCLG"}]}
    )
    whole = citing.study(ENGLISH)
    assert citing.text(WORK, whole, ENGLISH) == (
        "UCLG (2026). Cities: 50% of R&D in Bogotá [2017-economy-answers]. In: Economy #1. Smart Cities Study: b, version 2.0.0. "
        "en/editions/2017/economy.html#2017-economy-answers"
    )
    assert "year = {2026}" in citing.bibtex(WORK, whole)
    assert "DA  - 2026/01/01\r\n" in citing.ris(WORK, whole)


def test_the_date_of_the_release_goes_before_that_of_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.setattr(citing, "description", lambda: {"date-released": "2025-12-24"})
    assert str(citing.released()) == "2025-12-24"


def test_the_version_to_cite_is_that_of_the_library() -> None:
    assert citing.description()["version"] == metadata.version("smart-cities-study")


def test_a_public_address_takes_the_place_of_the_path() -> None:
    public = citing.Study("S", ("A",), "1", None, "https://example.org/study", "en")
    address = "https://example.org/study/en/editions/2017/economy.html#2017-economy-answers"
    assert citing.text(WORK, public, ENGLISH).endswith(address)
    assert f"UR  - {address}\r\n" in citing.ris(WORK, public)


# languages


@pytest.fixture
def three_languages(compendium: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = compendium / "data" / "study.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("built: false}", "built: true}"), encoding="utf-8")
    return compendium


@pytest.mark.parametrize("page", ["index", "cities/bilbao", "editions/2019/governance"])
def test_the_switcher_leads_to_the_same_page(three_languages: Path, page: str) -> None:
    choices = site.choices(page, "es")
    here = posixpath.dirname(f"es/{page}.html")
    places = {choice.code: posixpath.normpath(posixpath.join(here, choice.href)) for choice in choices}
    assert places == {code: f"{code}/{page}.html" for code in ("en", "es", "fr")}
    assert [choice.code for choice in choices if choice.current] == ["es"]
    assert {choice.code: choice.locale for choice in choices} == {"en": "en_US", "es": "es_ES", "fr": "fr_FR"}


def test_pages_that_a_language_of_briefs_has_too_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_ROOT", str(ROOT))
    pages = {"index": "index", "brief": "index", "editions/2019/brief": "editions/2019/brief", "factors": None}
    for page, theirs in pages.items():
        basque = [choice.href for choice in site.choices(page, "en") if choice.code == "eu"]
        up = "../" * (page.count("/") + 1)
        assert basque == ([f"{up}eu/{theirs}.html"] if theirs else []), page


def test_the_first_page_offers_every_language(three_languages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "language", lambda _code: ENGLISH)
    file = three_languages / "index.html"
    book.write_welcome(file)
    page = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    links = page.select("nav a")
    assert [(link["href"], link["hreflang"], link["lang"]) for link in links] == [
        (f"{code}/index.html", code, code) for code in ("en", "es", "fr")
    ]
    script = page.select_one("script")
    policy = page.select_one("meta[http-equiv]")
    assert script is not None
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(script.get_text().encode()).digest()).decode()
    assert f"'sha256-{digest}'" in str(policy["content"])


def test_the_search_takes_letters_with_and_without_accents_for_the_same() -> None:
    for lang in ("en", "es", "fr"):
        search = theme.search_language(lang)({})
        assert search.stem("Bogotá") == search.stem("bogota")
        assert search.stem("İzmir") == search.stem("izmir")
    spanish = theme.search_language("es")({})
    assert spanish.stem("ciudadanos") == spanish.stem("ciudadano")


# metadata


def test_nothing_in_a_text_ends_the_script_of_data() -> None:
    title = '</script><script>alert("&")</script>'
    shown = [replace(exhibit().part(), id="a-b", title=title, source="source")]
    text = site.linked_data("cities/bilbao", title, "About", STUDY, shown)
    assert not re.search("[<>&]", text)
    chapter, dataset = json.loads(text)["@graph"]
    assert (chapter["@type"], chapter["name"], chapter["isPartOf"]["@type"]) == ("Chapter", title, "Book")
    assert dataset["@type"] == "Dataset"
    assert dataset["license"] == [{"@type": "CreativeWork", "name": "CC BY 4.0"}]
    assert dataset["citation"] == "source"
    assert dataset["distribution"]["contentUrl"] == "../_static/exhibits/a-b.csv"
    assert json.loads(site.linked_data("index", "S", "About", STUDY, []))["@graph"][0]["@type"] == "Book"


def test_a_page_is_described_by_its_first_finding() -> None:
    written = publish_doctree("What it is.\n\nAnd more.")
    parts = (document.Sentence("Not known.", "gap"), document.Sentence("15 of 20 cities & more.", "finding"))
    assert site.describe(document.Page("a", "A", parts), written) == "15 of 20 cities & more."
    assert site.describe(document.Page("a", "A", parts[:1]), written) == "Not known."
    assert site.describe(None, written) == "What it is."
    long = document.Page("a", "A", (document.Sentence("word " * 200, "finding"),))
    assert len(site.describe(long, written)) <= 302


def test_the_tiles_lead_to_the_newest_chapter_of_each_axis() -> None:
    matrix = study.load()
    tiles = site.tiles("en")
    assert [tile.evolution for tile in tiles] == [f"evolution/{axis}" for axis in matrix.axes]
    for axis, tile in zip(matrix.axes, tiles, strict=True):
        newest = max(year for year, one in matrix.cells() if one == axis)
        assert tile.chapter == f"editions/{newest}/{axis}"
        assert str(newest) in tile.label


# exhibits


def test_exhibits_go_into_files_and_the_page_keeps_all_of_them(tmp_path: Path) -> None:
    made = exhibit()
    notebook(tmp_path / "editions" / "2017" / "economy.ipynb", "# Economy", made)
    notebook(tmp_path / "editions" / "2017" / "brief.ipynb", "# Brief", made)
    staged = staging.Staging(tmp_path, "en")
    staged.write_pages()
    assert staged.homes == {made.id: "editions/2017/economy"}
    folder = tmp_path / "_static" / "exhibits"
    assert sorted(file.name for file in folder.iterdir()) == [
        f"{made.id}{end}" for end in ("-narrow.svg", ".bib", ".csv", ".ris", ".svg")
    ]
    assert "75,percent,report,CC BY 4.0" in (folder / f"{made.id}.csv").read_text(encoding="utf-8-sig")
    text = (tmp_path / "editions" / "2017" / "economy.ipynb").read_text(encoding="utf-8")
    assert "base64" not in text
    assert f"../../_static/exhibits/{made.id}.svg" in text
    assert "hide-input" not in text
    assert staged.pages["editions/2017/economy"].exhibits[0].licences == ("CC BY 4.0",)


LACKING = {
    "a picture for a phone": "narrow",
    "an alternative text": "alt",
    "a caption": "title",
    "a table": "rows",
    "a download (CSV)": "data",
    "a source": "source",
    "an id": "id",
}


@pytest.mark.parametrize("what", LACKING)
def test_an_exhibit_that_lacks_something_stops_the_build(tmp_path: Path, what: str) -> None:
    file = tmp_path / "factors.ipynb"
    notebook(file, "# Factors", exhibit())
    changed = nbformat.read(str(file), as_version=4)
    (part,) = [part for output in changed.cells[1].outputs for part in output.metadata[document.KEY]]
    name = "" if what == "an id" else "2017-economy-answers"
    part[LACKING[what]] = [] if what == "a table" else ""
    nbformat.write(changed, str(file))
    with pytest.raises(BookFailed, match=re.escape(f"'{name}' on the page 'factors' lacks {what}.")):
        staging.Staging(tmp_path, "en").write_pages()


def test_two_exhibits_that_differ_may_not_have_one_name(tmp_path: Path) -> None:
    notebook(tmp_path / "a.ipynb", "# A", exhibit())
    notebook(tmp_path / "b.ipynb", "# B", exhibit(value=80))
    with pytest.raises(BookFailed, match="'2017-economy-answers' of the pages 'a' and 'b' differ"):
        staging.Staging(tmp_path, "en").write_pages()


def test_a_notebook_of_another_release_is_refused_with_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "a.ipynb"
    notebook(file, "# A", exhibit())
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"version": 1', '"version": 9'), encoding="utf-8")
    with pytest.raises(
        document.UnreadableDocument,
        match=r"'a' carries a document.*version 9 of the format; this release reads version 1",
    ):
        staging.Staging(tmp_path, "en").write_pages()
    nbformat.write(nbformat.v4.new_notebook(), str(file))
    with pytest.raises(document.UnreadableDocument, match=r"'a' carries no document.*study run --force"):
        staging.Staging(tmp_path, "en").write_pages()


# references


def test_references_read_alike_wherever_they_are_made() -> None:
    assert references.in_text("wilson1927", ENGLISH) == "Wilson (1927)"
    assert references.in_text("savric2019", ENGLISH) == "Šavrič, Patterson and Jenny (2019)"
    names = ["".join(piece.text for piece in entry).split(",")[0] for entry in references.listed()]
    assert names == ["Cowell", "Efron", "Fishburn", "Hyndman", "Šavrič", "Shorrocks", "Tomczak", "Wilson"]
    with pytest.raises(BookFailed, match="no entry 'wilson'"):
        references.in_text("wilson", ENGLISH)


def test_a_reference_without_a_layout_is_refused() -> None:
    entries = parse_string("@misc{b, author={A, B}, title={T}, year={2000}}", "bibtex")
    with pytest.raises(BookFailed, match="@misc has no layout"):
        list(references.Formatting().format_bibliography(entries))


# a small book


@pytest.fixture(scope="module")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a book of three pages in Spanish, in which every sentence of the catalogue stands in guillemets."""
    from jupyter_book.sphinx import build_sphinx  # type: ignore[import-untyped]  # it takes half a second

    with pytest.MonkeyPatch.context() as patch:
        root = copy_of_compendium(tmp_path_factory.mktemp("small"), patch)
        file = root / "data" / "study.yml"
        file.write_text(file.read_text(encoding="utf-8").replace("built: false}", "built: true}"), encoding="utf-8")
        guillemets(patch)
        stage = root / "stage"
        made = exhibit()
        notebook(stage / "index.ipynb", "# Inicio\n\nTexto.", "## Serie", exhibit("study-series"))
        notebook(
            stage / "editions" / "2017" / "economy.ipynb",
            "# Economía", "## En breve", ("chapter.opening", made), "## Bogotá",
        )  # fmt: skip
        methods = "# Métodos\n\nSegún {cite:t}`savric2019`.\n\n```console\n$ make\n```\n\n```{bibliography}\n```\n"
        (stage / "methods.md").write_text(methods, encoding="utf-8")
        toc = {"format": "jb-book", "root": "index", "parts": [
            {"caption": "Parte", "chapters": [{"file": "methods"}, {"file": "editions/2017/economy"}]}]}  # fmt: skip
        patch.setattr(book, "contents", lambda _lang: toc)
        book.prepare(stage, "es", toc)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of Sphinx and its extensions are not ours
            result = build_sphinx(
                str(stage), str(root / "html"), path_config=str(stage / "_config.yml"), noconfig=True, warningiserror=True, quiet=True,
                confoverrides={"external_toc_path": str(stage / "_toc.yml"), "latex_individualpages": False},
            )  # fmt: skip
        assert result == 0
        return root / "html"


def guillemets(patch: pytest.MonkeyPatch) -> None:
    """Translate by putting guillemets around; what the catalogue of translations does not know still raises."""
    known = set()
    for text, _ in translations.wanted():
        known |= {text} if isinstance(text, str) else set(text)

    def gettext(_self: object, message: str) -> str:
        if message not in known:
            raise MissingTranslation(message)
        return f"«{message}»"

    def ngettext(_self: object, one: str, many: str, n: int) -> str:
        return gettext(_self, one if n == 1 else many)

    catalogue = type("Known", (), {"gettext": gettext, "ngettext": ngettext})
    patch.setattr(languages.Language, "_messages", property(lambda _self: catalogue()))


def page_of(html: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((html / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select_one(selector)
    assert found is not None, selector
    return found


PAGES = ("index", "methods", "editions/2017/economy", "search")


@pytest.mark.parametrize("name", PAGES)
def test_every_word_around_the_text_comes_from_the_catalogue(small_book: Path, name: str) -> None:
    page = page_of(small_book, name)
    own = {
        "Inicio",
        "Serie",
        "Economía",
        "En breve",
        "Bogotá",
        "Métodos",
        "Parte",
        "BibTeX",
        "RIS",
        "·",
        "What cities answered",
    }
    settings = config.load()  # title and licence are the study's own words, in each language
    own |= {*study.load().languages.values(), "Economía", settings.title("es"), settings.licence("es")}
    for shown in page.select("article section, .exhibit, pre, script, style, .command"):
        shown.decompose()
    texts = [text.strip() for text in page.body.stripped_strings] if page.body else []
    texts += [str(tag[name]) for name in ("aria-label", "placeholder", "title") for tag in page.select(f"[{name}]")]
    left = [text for text in texts if not any(part in text for part in ("«", *own)) and text != "©"]
    assert left == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_language_and_asks_nothing_of_another_host(small_book: Path, name: str) -> None:
    page = page_of(small_book, name)
    assert one(page, "html")["lang"] == "es"
    assert [link["hreflang"] for link in page.select("link[rel=alternate]")] == ["en", "es", "fr", "x-default"]
    assert one(page, ".languages [aria-current]")["hreflang"] == "es"
    addresses = [str(tag.get("src") or tag.get("href")) for tag in page.select("script[src], link[href], img, source")]
    assert not [address for address in addresses if "//" in address]
    assert not [
        script for script in page.select("script:not([src])") if not str(script.get("type", "")).endswith("json")
    ]
    assert "script-src 'self' file:;" in str(one(page, "meta[http-equiv]")["content"])
    assert len(page.select("h1")) == 1


def test_every_file_that_a_page_names_is_there(small_book: Path) -> None:
    for name in PAGES:
        tags = page_of(small_book, name).select("[src], [href]:not(.axes a)")  # chapters that this book has not
        assert len(tags) > 10, name
        for tag in tags:
            address = str(tag.get("src") or tag.get("href")).partition("#")[0].partition("?")[0]
            if address and "//" not in address and not address.startswith("../" * (name.count("/") + 1)):
                assert (small_book / name).parent.joinpath(address).exists(), f"{name}: {address}"


def test_a_chapter_has_its_colour_opening_code_and_citations(small_book: Path) -> None:
    page = page_of(small_book, "editions/2017/economy")
    assert one(page, "body.of-axis")["style"] == "--axis-colour: #0072B2"
    assert one(page, ".where .axis").get_text() == study.load().axis_name("economy", "es")
    assert one(page, "div.tag_in-short figure.exhibit")
    assert "chapter.opening" in one(page, ".end details pre").get_text()
    assert not page.select("article .cell_input")
    assert one(page, ".contents [aria-current=page]").get_text() == "Economía"
    assert [link.get_text() for link in page.select(".contents .sections a")] == ["En breve", "Bogotá"]
    cited = one(page, ".exhibit .cite .cited").get_text()
    assert "[2017-economy-answers]" in cited
    assert "es/editions/2017/economy.html#2017-economy-answers" in cited
    for suffix in (".bib", ".ris"):
        assert (small_book / "editions" / "2017" / f"economy{suffix}").is_file()
        assert (small_book / "_static" / "exhibits" / f"2017-economy-answers{suffix}").is_file()
    graph = json.loads(one(page, "script[type='application/ld+json']").get_text())["@graph"]
    assert [(part["@type"], part["inLanguage"]) for part in graph] == [("Chapter", "es"), ("Dataset", "es")]


def test_the_front_page_has_the_axes_between_its_opening_and_its_sections(small_book: Path) -> None:
    page = page_of(small_book, "index")
    headings = [heading.get_text() for heading in page.select("article h1, article h2")]
    assert headings == ["Inicio", "«The axes»", "Serie"]


def test_references_are_in_the_language_of_the_page(small_book: Path) -> None:
    page = page_of(small_book, "methods")
    assert "Šavrič, Patterson «and» Jenny (2019)" in one(page, "article").get_text()
    assert "Hyndman" not in one(page, ".citation").get_text()


def test_the_search_index_holds_words_without_accents(small_book: Path) -> None:
    text = (small_book / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    stem = theme.search_language("es")({}).stem("bogotá")
    assert index["titleterms"][stem] == index["docnames"].index("editions/2017/economy")


def test_the_words_of_the_search_are_those_that_sphinx_asks_for(small_book: Path) -> None:
    script = (small_book / "_static" / "searchtools.js").read_text(encoding="utf-8")
    assert site.search_words("en")
    for word in site.search_words("en"):
        assert json.dumps(word) in script


def test_the_configuration_names_no_other_host() -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["sphinx"]["config"]["html_theme"] == "study"
    assert config["execute"]["execute_notebooks"] == "off"
