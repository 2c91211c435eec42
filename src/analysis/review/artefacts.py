"""Two files of a build that differ, explained by what they are.

A published page is the one thing that is read back as HTML: somebody may have tampered with it.
"""

import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from bs4 import BeautifulSoup

from analysis import document, receipts
from analysis.publishing import claims
from analysis.publishing.claims import Claim
from analysis.review.comparer import CELL, DATA, FILE, PICTURE, WORDS, Difference, compare_claims, field_details
from analysis.review.rows import CHANGED, Detail, data_details

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def explain_file(name: str, before: bytes, after: bytes) -> list[Difference]:
    """Say what differs between two files of one name."""
    suffix = PurePosixPath(name).suffix
    if exhibit_of(name):
        return [_exhibit_file(name, before, after)]
    if suffix == ".pdf":
        return [_print_edition(name, before, after)]
    try:
        texts = before.decode(), after.decode()
    except UnicodeDecodeError:
        return [_file(name, "the file is not valid UTF-8, or has other bytes")]
    explain = {".ipynb": _notebook, ".html": _page, ".json": _document}.get(suffix)
    return (list(explain(name, *texts)) if explain else []) or [_lines(name, *texts)]


def exhibit_of(name: str) -> str:
    """Name the exhibit that a picture or a download of the site belongs to."""
    path = PurePosixPath(name)
    inside = path.parent.name == "exhibits" and path.suffix in (".svg", ".csv")
    return path.stem.removesuffix("-narrow") if inside else ""


def _file(name: str, what: str, details: Iterable[Detail] = ()) -> Difference:
    return Difference(name, FILE, "", CHANGED, tuple(details), what=what)


def _exhibit_file(name: str, before: bytes, after: bytes) -> Difference:
    exhibit = exhibit_of(name)
    if name.endswith(".svg"):
        what = f"the picture of exhibit '{exhibit}' differs"
        return replace(_file(name, what, [Detail(PICTURE, "", "", "", "")]), pictures=(before, after))
    details = data_details(before, after)
    count = f"differs in {len(details)} {'value' if len(details) == 1 else 'values'}"
    how = count if details else "is written otherwise"
    return _file(name, f"the download of exhibit '{exhibit}' {how}", details or [Detail(DATA, "", "", "", "")])


def _lines(name: str, before: str, after: str) -> Difference:
    """Name the first line that differs."""
    for number, lines in enumerate(zip_longest(before.splitlines(), after.splitlines(), fillvalue=""), start=1):
        if lines[0] != lines[1]:
            return _file(name, "the words differ", [Detail(WORDS, "", f"line {number}", *lines)])
    return _file(name, "the bytes differ")


def _document(name: str, before: str, after: str) -> Iterator[Difference]:
    """Compare documents for programs, receipts say, field by field."""
    try:
        old, new = (_by_name(json.loads(text)) for text in (before, after))
    except _UNREADABLE:
        yield _file(name, "the document cannot be read")
        return
    if details := list(field_details(old, new)):
        yield _file(name, "the document differs from the one that comes out", details)


def _by_name(page: Any) -> Any:
    """Put the parts of a document by their names or places, so that messages can name them."""
    if not isinstance(page, dict) or not isinstance(page.get("parts"), list):
        return page
    numbered = enumerate(page["parts"], start=1)
    return {**page, "parts": {part.get("id") or f"part {number}": part for number, part in numbered}}


# notebooks


def notebook_claims(notebook: nbformat.NotebookNode, page: str) -> list[Claim]:
    """List what a notebook claims, each with the slices of its receipt."""
    content = document.of_notebook(notebook, page)
    return [with_slices(claim, content.read) for claim in claims.of_page(content)]


def with_slices(claim: Claim, slices: Sequence[Any]) -> Claim:
    """Put the slices themselves into a receipt, which has their places in a list."""
    if not claim.receipt:
        return claim
    places, known = claim.receipt.get("read", []), range(len(slices))
    read = [slices[place] if place in known else place for place in places]  # somebody may have tampered with them
    return replace(claim, receipt={**claim.receipt, "read": read})


def _notebook(name: str, before: str, after: str) -> Iterator[Difference]:
    """Compare what two executed notebooks claim."""
    try:
        old, new = (nbformat.reads(text, as_version=4) for text in (before, after))
        differences = compare_claims(notebook_claims(old, name), notebook_claims(new, name), exact=True)
        cells = list(_cell_differences(name, old, new, {difference.cell for difference in differences}))
    except Exception:  # a notebook that was changed may be none any more, in many ways
        return
    yield from [*differences, *cells]
    if not differences and not cells and (details := list(field_details(old.metadata, new.metadata))):
        yield _file(name, "the metadata of the notebook differ", details)


def differing_cells(before: str, after: str) -> set[int]:
    """Give the numbers in their template of the cells that differ between two notebooks."""
    old, new = (json.loads(text)["cells"] for text in (before, after))
    numbers = _cell_numbers(old)
    return {number for number, *cells in zip(numbers, old, new, strict=False) if cells[0] != cells[1]}


def _cell_numbers(cells: Sequence[Mapping[str, Any]]) -> list[int]:
    """Give the numbers that cells have in their template, in which papermill injects parameters."""
    injected = ("injected-parameters" in cell["metadata"].get("tags", []) for cell in cells)
    return list(itertools.accumulate(not skipped for skipped in injected))


def _cell_differences(
    name: str, before: nbformat.NotebookNode, after: nbformat.NotebookNode, known: set[int | None]
) -> Iterator[Difference]:
    """Compare the cells that no claim tells of, as data: text, metadata, outputs."""
    if len(before.cells) != len(after.cells):
        yield _file(name, f"the notebook has {len(before.cells)} cells; {len(after.cells)} come out")
        return
    for number, old, new in zip(_cell_numbers(before.cells), before.cells, after.cells, strict=True):
        if old != new and number not in known:
            images = [_images(cell) for cell in (old, new)]
            pictures = (images[0], images[1]) if images[0] != images[1] else None
            details = () if pictures else tuple(field_details(old, new))
            what = "a picture differs" if pictures else "what it holds or puts out differs"
            yield Difference(name, CELL, "", CHANGED, details, cell=number, what=what, pictures=pictures)


def _images(cell: Mapping[str, Any]) -> bytes:
    """Give the first picture that a cell shows by itself, not in an exhibit."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    return next((str(entry["image/svg+xml"]).encode() for entry in data if "image/svg+xml" in entry), b"")


# published pages


def page_claims(file: Path, page: str, stored: Mapping[str, Any]) -> list[Claim]:
    """Read what a published page claims, with its files and its stored receipts."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    known = {claim["id"]: claim for claim in stored["claims"]}
    shown = [Claim(page, receipts.TITLE, receipts.TITLE, claims.heading(text))] if receipts.TITLE in known else []
    shown += [Claim(page, **fields) for fields in claims.of_html(text, file.parent)]
    return [with_slices(replace(claim, receipt=known.get(claim.id, {})), stored["read"]) for claim in shown]


def _page(name: str, before: str, after: str) -> Iterator[Difference]:
    """Compare published pages: what they claim, then their words, then their markup."""
    old, new = ([Claim(name, **fields) for fields in claims.of_html(text)] for text in (before, after))
    if differences := compare_claims(old, new, exact=True):
        yield from differences
        return
    words = [BeautifulSoup(text, "html.parser").get_text("\n", strip=True).splitlines() for text in (before, after)]
    pair = next((pair for pair in zip_longest(*words, fillvalue="") if pair[0] != pair[1]), None)
    if pair is None:
        yield _file(name, "the page says the same; its markup differs")
    else:
        yield _file(name, "the words of the page differ", [Detail(WORDS, "", "", *pair)])


# print editions


def _print_edition(name: str, before: bytes, after: bytes) -> Difference:
    """Compare print editions page by page: what is drawn, and where that differs, the words."""
    from pypdf import PdfReader  # only where print editions differ
    from pypdf.errors import PyPdfError

    details, drawn = list[Detail](), list[str]()
    try:
        old, new = (PdfReader(io.BytesIO(content)) for content in (before, after))
        if len(old.pages) != len(new.pages):
            return _file(name, f"the PDF has {len(old.pages)} pages; {len(new.pages)} come out")
        for number, pages in enumerate(zip(old.pages, new.pages, strict=True), start=1):
            if _drawing(pages[0]) == _drawing(pages[1]):
                continue
            texts = [page.extract_text().splitlines() for page in pages]
            lines = [pair for pair in zip_longest(*texts, fillvalue="") if pair[0] != pair[1]]
            details += [Detail(WORDS, "", f"page {number}", *pair) for pair in lines[:3]]
            drawn += [] if lines else [str(number)]
        if details:
            return _file(name, "words of the print edition differ", details)
        if drawn:
            where = f"{'page' if len(drawn) == 1 else 'pages'} {', '.join(drawn)}"
            what, part = f"the same words; something is drawn otherwise on {where}", [Detail(PICTURE, "", "", "", "")]
            return _file(name, what, part)
        about = list(field_details(dict(old.metadata or {}), dict(new.metadata or {})))
    except (PyPdfError, *_UNREADABLE) as error:
        return _file(name, f"the PDF cannot be read whole: {error}")
    what = "the metadata differ" if about else "the pages say and draw the same; the file has other bytes"
    return _file(name, what, about)


def _drawing(page: Any) -> bytes:
    contents = page.get_contents()
    return contents.get_data() if contents is not None else b""
