"""The print edition: the same content as the site, readable for machines that read aloud, and the same bytes each time."""

import io
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import typst
from conftest import copy_of_compendium, run_study, shown_by_cell
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from analysis import document
from analysis.chapters.common import address_links
from analysis.errors import BookFailed
from analysis.execution.notebook import finish
from analysis.exhibits import Heading, Listing, Paragraph, Part, Section
from analysis.publishing import book, columns
from analysis.publishing import print as edition
from analysis.publishing.blocks import Page, read

PAGES = [
    ("index", "", 1), ("how-to-read", "About the study", 2), ("methods", "About the study", 2),
    ("editions/2017/index", "Editions", 2), ("editions/2017/brief", "Editions", 3), ("editions/2017/economy", "Editions", 3),
]  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a copy of the compendium in which the chapters of an edition have been executed."""
    folder = copy_of_compendium(tmp_path_factory.mktemp("print") / "compendium")
    result = run_study(folder, "run", "--lang", "en", "--edition", "2017")
    assert result.returncode == 0, result.stderr
    write_notebook(folder, "index", ["# Smart Cities Study", "See [the 2017 edition](editions/2017/index.ipynb)."])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(folder))
        yield folder


@pytest.fixture(scope="module")
def pages(root: Path) -> list[Page]:
    known = [name for name, _, _ in edition._places(book.contents("en"))]
    values = book.substitutions("en")
    return [replace(read("en", name, known, values), part=part, level=level) for name, part, level in PAGES]


@pytest.fixture(scope="module")
def pdf(root: Path, pages: list[Page]) -> PdfReader:
    return PdfReader(edition.write(pages, root / "book.pdf", "en"))


def write_notebook(folder: Path, name: str, cells: list[str | Part | Section]) -> None:
    """Write a page as an executed notebook: texts are Markdown."""
    notebook = nbformat.v4.new_notebook()
    for number, cell in enumerate(cells):
        if isinstance(cell, str):
            notebook.cells.append(nbformat.v4.new_markdown_cell(cell, id=f"c{number}"))
        else:
            section = cell if isinstance(cell, Section) else Section([cell])
            notebook.cells.append(shown_by_cell(section, id=f"c{number}"))
    file = folder / "book" / "en" / f"{name}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(finish(notebook, "en"), encoding="utf-8")


def squeezed(text: str) -> str:
    """Leave out of a text what the end of a line may change."""
    return re.sub(r"[\s\u200b\u00ad-]", "", text)


def text_of(reader: PdfReader, running: tuple[str, ...] = ()) -> str:
    """Give the text of all pages without what stands at their head and foot."""
    found = []
    for number, page in enumerate(reader.pages, start=1):
        lines = page.extract_text().strip().splitlines()
        if lines and lines[-1] == f"Smart Cities Study {number}":
            lines.pop()
        while lines and number > 1 and lines[0] in running:
            lines.pop(0)
        found.append("\n".join(lines))
    return squeezed("\n".join(found))


def page_of(file: Path) -> document.Page:
    return document.of_notebook(nbformat.read(str(file), as_version=4), file.stem)


def texts_of_notebook(file: Path) -> Iterator[str]:
    """List what a reader of the page reads: sentences, titles, notes and cells."""
    for part in page_of(file).parts:
        if isinstance(part, document.Sentence | document.Heading):
            yield part.text
        elif isinstance(part, document.Exhibit):
            yield from (part.title, part.subtitle, part.source, *part.notes, *part.columns, *cells_of(part.rows))
        elif isinstance(part, document.Listing) and not part.folded:
            yield from (part.caption, *part.columns, *cells_of(part.rows))


def cells_of(rows: document.Rows) -> Iterator[str]:
    """Give the texts of the cells; notes stand for the numbers that tell the addresses of a host apart."""
    for row in rows:
        for cell in row:
            spans = [document.Span(cell)] if isinstance(cell, str) else cell
            yield from (re.sub(r" \(\d+\)$", "", span.text) if span.hint else span.text for span in spans)


def catalogue(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def resources(reader: PdfReader, kind: str) -> list[Any]:
    """List the types or the objects that the pages of a document use."""
    found: list[Any] = [page["/Resources"] for page in reader.pages]
    return [one.get_object() for page in found for one in page.get(kind, {}).values()]


def elements(reader: PdfReader, kind: str) -> list[Any]:
    """List the elements of a kind in the tree that a screen reader goes through."""
    found, waiting = [], [catalogue(reader)["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict) and "/K" in node:
            if node.get("/S") == f"/{kind}":
                found.append(node)
            waiting.append(node["/K"])
    return found


# the same content as the site


def test_every_sentence_title_note_and_cell_of_the_notebooks_is_printed(
    root: Path, pages: list[Page], pdf: PdfReader
) -> None:
    running = (*(page.title for page in pages), *(page.part for page in pages))
    printed, count = text_of(pdf, running), 0
    for name, _, _ in PAGES:
        if (file := root / "book" / "en" / f"{name}.ipynb").is_file():
            for text in filter(str.strip, texts_of_notebook(file)):
                assert squeezed(text) in printed, (name, text)
                count += 1
    assert count > 500


def test_every_paragraph_written_by_hand_is_printed_with_its_numbers(pages: list[Page], pdf: PdfReader) -> None:
    printed = text_of(pdf, tuple(page.title for page in pages))
    assert squeezed("They are the newest values of the year of the edition and the 5 years before it") in printed
    assert squeezed("The interval is the score interval of Wilson (1927) at 95%.") in printed
    assert "{{" not in printed
    assert "**" not in printed


def test_every_exhibit_is_a_figure_with_the_alternative_text_of_the_site(root: Path, pdf: PdfReader) -> None:
    files = [file for name, _, _ in PAGES if (file := root / "book" / "en" / f"{name}.ipynb").is_file()]
    alts = [exhibit.alt for file in files for exhibit in page_of(file).exhibits]
    figures = [str(one["/Alt"]) for one in elements(pdf, "Figure")]
    assert figures == alts
    assert len(figures) > 5
    assert not any(one["/Subtype"] == "/Image" for one in resources(pdf, "/XObject")), "pictures stay vectors"


# what a book has


def test_outline_title_language_and_tags_are_there(pages: list[Page], pdf: PdfReader) -> None:
    entries = [str(one["/Title"]) for one in _flat(pdf.outline)]
    for title in ["About the study", "Editions", *(page.title for page in pages)]:
        assert title in entries
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Smart Cities Study"
    assert pdf.metadata.author == "UCLG Community of Practice on Digital Cities"
    assert "open data" in str(pdf.metadata["/Keywords"])
    document = catalogue(pdf)
    assert (document["/Lang"], document["/MarkInfo"]["/Marked"]) == ("en", True)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in document["/Metadata"].get_object().get_data()
    assert elements(pdf, "TH")
    assert elements(pdf, "Caption")
    assert [one for level in range(1, 6) for one in elements(pdf, f"H{level}")]


def _flat(outline: list[Any]) -> Iterator[Any]:
    for one in outline:
        yield from _flat(one) if isinstance(one, list) else [one]


def test_contents_and_page_references_name_the_page_that_they_lead_to(pages: list[Page], pdf: PdfReader) -> None:
    starts = {str(one["/Title"]): (pdf.get_destination_page_number(one) or 0) + 1 for one in _flat(pdf.outline)}
    contents = pdf.pages[1].extract_text()
    for page in pages:
        assert re.search(rf"{re.escape(page.title)}\W+{starts[page.title]}\b", contents), page.title
    assert f"See the 2017 edition (page {starts['The 2017 edition']})." in " ".join(
        pdf.pages[starts["Smart Cities Study"] - 1].extract_text().split()
    )


def test_chapters_begin_on_a_page_of_their_own_and_the_others_say_where_one_is(
    pages: list[Page], pdf: PdfReader
) -> None:
    lines = [page.extract_text().strip().splitlines() for page in pdf.pages]
    start = next(
        n
        for n, page in enumerate(lines)
        if page[:2] == ["Editions", "Economy in the 2017 edition"] and "In short" in page
    )
    assert "Economy in the 2017 edition" in " ".join(lines[start + 1][:2])
    assert lines[start + 1][-1] == f"Smart Cities Study {start + 2}"


def test_addresses_are_notes_with_one_number_each_and_links_that_work(root: Path) -> None:
    addresses = ["https://a.example/x | https://b.example/y", "https://c.example", "https://a.example/x"]
    table = pd.DataFrame({"Where": ["one", "other", "one again"], "Published at": addresses})
    listing = Listing("l", "Where it stands", table, {"Published at": address_links})
    write_notebook(
        root, "notes", ["# Notes", listing, "See [the site](https://c.example) and <https://d.example/whole>."]
    )
    page = read("en", "notes", ["notes"], {})
    assert page.addresses == ["https://a.example/x", "https://b.example/y", "https://c.example"]
    reader = PdfReader(edition.write([page], root / "notes.pdf", "en"))
    printed = text_of(reader)
    assert "a.example1,b.example2" in printed
    assert "Addresses" in printed
    assert "1https://a.example/x" in printed
    assert "https://d.example/whole." in printed, "an address in full needs no note"
    links: list[Any] = [one.get_object() for page_ in reader.pages for one in page_.get("/Annots", [])]
    targets = {one["/A"]["/URI"] for one in links if "/A" in one}
    assert {*page.addresses, "https://d.example/whole"} <= targets


def test_only_types_that_come_with_python_packages_are_used(pdf: PdfReader) -> None:
    fonts = {font["/BaseFont"] for font in resources(pdf, "/Font")}
    assert {re.sub(r"/\w+\+|-.*", "", name) for name in fonts} <= {"LibertinusSerif", "DejaVuSansMono", "DejaVuSans"}
    template = Path(edition._TEMPLATE).read_text(encoding="utf-8")
    assert "#import" not in template
    assert "@preview" not in template


def test_two_builds_in_other_places_and_time_zones_are_the_same_bytes(
    root: Path, pages: list[Page], tmp_path: Path
) -> None:
    first = (root / "book.pdf").read_bytes()
    before = os.environ.get("TZ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        patch.chdir(tmp_path)
        again = edition.write(pages, tmp_path / "other name.pdf", "en").read_bytes()
    assert os.environ.get("TZ") == before
    time.tzset()
    assert again == first


def test_the_date_is_that_of_the_release_and_never_that_of_the_build(
    root: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(86400 * 365 * 30))
    dated = PdfReader(edition.write(pages[:1], root / "dated.pdf", "en"))
    assert dated.metadata is not None
    assert str(dated.metadata["/CreationDate"]).startswith("D:19991225")
    assert "December 25, 1999" in dated.pages[0].extract_text()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    undated = PdfReader(edition.write(pages[:1], root / "undated.pdf", "en"))
    assert undated.metadata is not None
    assert "/CreationDate" not in undated.metadata


# text is text


@settings(max_examples=30, deadline=None)
@example('#x $y$ *a* _b_ @c <d> `e` [f] // /* \\ " -- ... ~ = + - 1. #let a = 1 https://a.example/b_c')
@example("</p><script>alert(1)</script> {{ window }} &amp; #pagebreak() ]] }} ${x} %s {n}")
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_characters="\x7f\xad", exclude_categories=["Cc"]),
               min_size=1, max_size=90))  # fmt: skip
def test_no_text_of_the_data_is_read_as_markup(root: Path, text: str) -> None:
    frame = pd.DataFrame({"One": [text, "0"], "Two": [1, 2]})
    listing = Listing("hostile", text, frame)
    shown = Section([Paragraph(text), Heading(text), listing])
    write_notebook(root, "hostile", ["# Hostile", shown, f"````\n{text}\n````"])
    reader = PdfReader(edition.write([read("en", "hostile", ["hostile"], {})], root / "hostile.pdf", "en"))
    wanted = squeezed(text)
    if wanted:
        assert text_of(reader).count(wanted) >= 5, "paragraph, heading, caption, cell and code"


def test_what_no_type_can_show_is_said_in_its_place(root: Path) -> None:
    """Cities answer in their own script: a print edition must not fail because of it, and not lose it unseen."""
    write_notebook(root, "han", ["# Cities", Paragraph("Xi'an, 西安 \N{SPARKLES}, Košice, Αθήνα")])
    file = edition.write([read("en", "han", ["han"], {})], root / "han.pdf", "en")
    text = " ".join(page.extract_text() for page in PdfReader(file).pages).replace("\n", " ")
    assert "Xi'an, [words in a script that print cannot show: see the site] [sparkles], Košice, Αθήνα" in text


def test_what_typst_cannot_set_is_named_with_its_page(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "printable", lambda document, _words: document)
    write_notebook(root, "han", ["# Cities", Paragraph("Xi'an, 西安")])
    with pytest.raises(BookFailed, match=r"the text `\"西\"` could not be displayed.* It stands in: han\."):
        edition.write([read("en", "han", ["han"], {})], root / "refused.pdf", "en")
    assert not (root / "refused.pdf").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("No title here.", r"book/en/bad\.md does not begin with its title"),
        ("# A\n\n{{ windows }}", r"names '\{\{ windows \}\}', which is not known\. Known: window"),
        ("# A\n\n[there](nowhere.md)", r"links to 'nowhere\.md', which is no page of the book"),
        ("# A\n\n![x](x.png)", r"cannot set the picture 'x\.png'"),
        ("# A\n\n```{mermaid}\nx\n```", r"cannot set the directive '\{mermaid\}'"),
        ("# A\n\n{abbr}`x`", r"cannot set the role '\{abbr\}'"),
        ("# A\n\n{cite:t}`nobody1900`", r"references\.bib has no entry 'nobody1900'"),
        ("# A\n\n<table><tr><td>1</td></tr></table>", r"cannot set HTML"),
        ("# A\n\nsome <b>bold</b> words", r"cannot set HTML"),
    ],
)
def test_what_cannot_be_printed_stops_with_the_file_and_the_mend(root: Path, text: str, message: str) -> None:
    file = root / "book" / "en" / "bad.md"
    file.write_text(text, encoding="utf-8")
    try:
        with pytest.raises(BookFailed, match=message):
            read("en", "bad", ["bad"], {"window": "5"})
    finally:
        file.unlink()


def test_a_page_that_was_never_executed_is_named(root: Path) -> None:
    with pytest.raises(BookFailed, match=r"book/en has no page 'outlook' to print\. Execute it with `study run`"):
        read("en", "outlook", ["outlook"], {})


def test_references_to_the_literature_are_written_out(root: Path) -> None:
    file = root / "book" / "en" / "literature.md"
    file.write_text("# T\n\nOf {cite:t}`wilson1927`.\n\n```{bibliography}\n```\n", encoding="utf-8")
    page = read("en", "literature", ["literature"], {})
    file.unlink()
    assert page.blocks[0]["runs"][0]["text"] == "Of Wilson (1927)."
    entries = ["".join(run["text"] for run in item[0]["runs"]) for item in page.blocks[1]["items"]]
    assert len(entries) >= 3
    assert any("Probable" in entry and "22" in entry for entry in entries)


def test_markdown_of_every_kind_becomes_its_own_kind_of_block(root: Path) -> None:
    text = "# T\n\nA *b* **c** `d`\\\ne\n\n1. x\n2. y\n\nterm\n: meaning\n\n> said\n\n```{note}\nmind\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
    file = root / "book" / "en" / "kinds.md"
    file.write_text(text, encoding="utf-8")
    blocks = read("en", "kinds", ["kinds"], {}).blocks
    file.unlink()
    assert [block["type"] for block in blocks] == ["paragraph", "list", "terms", "quote", "quote", "table"]
    assert blocks[0]["runs"][1] == {"text": "b", "emph": True}
    assert {"text": "c", "strong": True} in blocks[0]["runs"]
    assert blocks[1]["ordered"]
    assert blocks[-1]["right"] == [False, True]


# widths of columns

_TEXTS = st.text("abcdefgmwW 0123456789.", max_size=60)


@given(st.integers(1, 17).flatmap(lambda n: st.lists(st.lists(_TEXTS, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_columns_stay_on_the_page_and_hold_their_longest_words_where_all_of_them_fit(texts: list[list[str]]) -> None:
    fit = columns.widths(texts, [False] * len(texts[0]))
    assert fit.size in columns.SIZES
    assert sum(fit.columns) <= columns.LINE + 0.01
    assert columns.height(texts, fit) >= len(texts)
    longest = [
        max((columns.ems(word) for row in texts for word in row[n].split()), default=0) for n in range(len(texts[0]))
    ]
    heads = [1.08 * min(word, 14) * columns.SIZES[-1] + fit.padding for word in longest]
    if sum(heads) <= columns.LINE:
        assert all(
            width >= min(word, 14) * fit.size + fit.padding - 0.01
            for word, width in zip(longest, fit.columns, strict=True)
        )


def test_numbers_stay_on_one_line() -> None:
    texts = [["What is seen", "Interval at 95%"], ["a long text that takes more than a line " * 5, "53.1% – 88.8%"]]
    fit = columns.widths(texts, [False, True])
    assert fit.columns[1] >= columns.ems("53.1% – 88.8%") * fit.size + fit.padding
    assert fit.columns[0] > 3 * fit.columns[1]
    assert sum(fit.columns) == pytest.approx(columns.LINE)


def test_words_that_no_rule_of_hyphenation_knows_may_be_parted() -> None:
    digest = "e0117e9f1c068be8379f0ad94a07d2839c79a60b"
    assert columns.breakable("commit " + digest).replace("\u200b", "") == "commit " + digest
    assert max(map(len, columns.breakable(digest).split("\u200b"))) <= 12
    for kept in ("Wettbewerbsfähigkeitsindikatoren", "https://a.example/" + digest, "short_name.csv"):
        assert columns.breakable(kept) == kept


@lru_cache(maxsize=1)
def _measured(words: tuple[str, ...]) -> list[float]:
    source = (
        '#set text(font: "Libertinus Serif", size: 100pt, number-width: "tabular")\n'
        "#context [#metadata(json(bytes(sys.inputs.w)).map(w => measure(text(w)).width.pt() / 100))<w>]"
    )
    found: list[float] = json.loads(
        typst.query(
            source.encode(),
            "<w>",
            field="value",
            one=True,
            font_paths=edition._types(),
            sys_inputs={"w": json.dumps(words)},
        )
    )
    return found


def test_estimated_widths_are_those_of_the_type(pages: list[Page]) -> None:
    words = {word for page in pages for block in page.blocks if block["type"] == "table" for row in block["rows"] for runs in row
             for run in runs for word in run["text"].split()}  # fmt: skip
    listed = tuple(sorted(word for word in words if len(word) > 3))
    off = [columns.ems(word) / real for word, real in zip(listed, _measured(listed), strict=True)]
    assert len(off) > 100
    assert min(off) > 0.95
    assert sum(off) / len(off) < 1.15


# the brief


def test_a_brief_is_one_sheet(root: Path) -> None:
    (file,) = edition.write_briefs("en", root / "pdf")
    assert file.name == "brief-2017-en.pdf"
    reader = PdfReader(file)
    assert len(reader.pages) <= 2
    page = read("en", "editions/2017/brief", [], {})
    exhibits = [block for block in page.blocks if block["type"] == "exhibit"]
    assert len(elements(reader, "Figure")) == len(exhibits) == 2
    assert reader.metadata is not None
    assert reader.metadata.title == f"{page.title} – Smart Cities Study"
    with pytest.raises(BookFailed, match=r"The brief 'editions/2017/brief' takes \d+ pages; one sheet has 2"):
        edition.write([replace(page, blocks=page.blocks * 6)], root / "long.pdf", "en", sheet=True)


# the command


def test_the_whole_contents_are_printed_in_order() -> None:
    toc = book.contents("en")
    places = [name for name, _, _ in edition._places(toc)]
    assert sorted(places) == sorted(book._files(toc))
    assert places[0] == "index"
    assert (
        places.index("editions/2017/index")
        < places.index("editions/2017/economy")
        < places.index("editions/2019/index")
    )


def test_an_unknown_language_is_one_message(root: Path) -> None:
    result = run_study(root, "pdf", "--lang", "xx")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("study: There is no language 'xx'")
    assert not (root / "_build").exists() or not list((root / "_build").rglob("xx.pdf"))


def test_the_file_is_written_whole_or_not_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_notebook(root, "small", ["# Small"])
    page = read("en", "small", ["small"], {})
    target = edition.write([page], root / "small.pdf", "en")
    before = target.read_bytes()
    broken = replace(page, blocks=[{"type": "paragraph", "kind": "text", "runs": [{"text": "\ue000"}]}])
    with pytest.raises(BookFailed):
        edition.write([broken], target, "en")
    assert target.read_bytes() == before
    assert io.BytesIO(before).read(5) == b"%PDF-"
