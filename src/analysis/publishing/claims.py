"""What a page claims, exhibit by exhibit and sentence by sentence, with the receipts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag

from analysis import document, receipts

_CLAIMS = "p.finding[id], p.gap[id], p.note[id], p.text[id], div.listing[id], figure.exhibit[id]"


@dataclass(frozen=True)
class Claim:
    """Something that a page shows and that has a receipt.

    Parameters
    ----------
    page, id
        Page within its language, `editions/2019/governance` say; name of the exhibit or listing, or of the sentence on its page.
    kind
        `exhibit`, `listing`, `sentence` or `title`.
    text
        The sentence; of a listing or an exhibit, all its words outside its table, alternative text included.
    table
        Rows of the table, the head first; empty for a sentence.
    receipt
        The receipt with kind, name, title, permitted tables and cell of the part; empty where there is none.
    data, wide, narrow
        Download (CSV) and pictures (SVG) of an exhibit, as files hold them.
    """

    page: str
    id: str
    kind: str
    text: str
    table: tuple[tuple[str, ...], ...] = ()
    receipt: Mapping[str, Any] = field(default_factory=dict)
    data: bytes = b""
    wide: bytes = b""
    narrow: bytes = b""

    @property
    def address(self) -> str:
        """Name the claim as `study verify` takes it: an exhibit or listing by its name, a sentence by page and place."""
        return self.id if self.kind in (receipts.EXHIBIT, receipts.LISTING) else f"{self.page}#{self.id}"


def of_notebook(notebook: nbformat.NotebookNode, page: str) -> list[Claim]:
    """List the claims of an executed notebook, in order."""
    return of_page(document.of_notebook(notebook, page))


def of_page(page: document.Page) -> list[Claim]:
    """List the claims of a page, in order."""
    return [_of_part(part, page.page) for part in page.claims]


def receipt_of(part: document.Claim) -> dict[str, Any]:
    """Give the receipt of a part, with what names the part."""
    title = part.title if isinstance(part, document.Listing | document.Exhibit) else part.text
    about = {"kind": part.kind, "id": part.id, "title": title, "tables": list(part.tables), "cell": list(part.cell)}
    shared = {"read": [], **part.receipt}
    return {name: value for name, value in about.items() if value} | shared


def _of_part(part: document.Claim, page: str) -> Claim:
    texts = "\n".join(_one_line(text) for text in part.texts)
    claim = Claim(page, part.id, part.kind, texts, receipt=receipt_of(part))
    if isinstance(part, document.Listing | document.Exhibit):
        rows = (part.columns, *part.rows)
        table = tuple(tuple(_one_line(document.text_of(cell)) for cell in row) for row in rows)
        claim = replace(claim, table=table)
    if isinstance(part, document.Exhibit):
        claim = replace(claim, data=part.data.encode(), wide=part.wide.encode(), narrow=part.narrow.encode())
    return claim


def _one_line(text: str) -> str:
    return " ".join(text.split())


def file_names(exhibit: str) -> dict[str, str]:
    """Name the files of an exhibit beside a site, by what they hold."""
    base = f"_static/exhibits/{exhibit}"
    return {"data": f"{base}.csv", "wide": f"{base}.svg", "narrow": f"{base}-narrow.svg"}


# -- a published page that may have been tampered with


def of_html(html: str, folder: Path | None = None) -> Iterator[dict[str, Any]]:
    """Read what a published page shows: kind, name, text and table; with `folder`, that of the page, pictures and download.

    This is the one place that reads HTML of ours back: somebody may have changed it after it was published.
    """
    for element in BeautifulSoup(html, "html.parser").select(_CLAIMS):
        yield _of_element(element, folder)


def heading(html: str) -> str:
    """Give the title of a published page."""
    title = BeautifulSoup(html, "html.parser").select_one("h1")
    for link in title.select("a.headerlink") if title else []:
        link.decompose()
    return _words(title) if title else ""


def _of_element(element: Tag, folder: Path | None) -> dict[str, Any]:
    """Read one element of class `exhibit` or `listing`, or a sentence."""
    id = str(element["id"])
    if element.name == "p":
        return {"id": id, "kind": receipts.SENTENCE, "text": _words(element)}
    rows = element.select(".table-scroll tr")
    table = tuple(tuple(_words(cell) for cell in row.select("th, td")) for row in rows)
    if element.name != "figure":
        captions = [_words(caption) for caption in element.select("caption")]
        return {"id": id, "kind": receipts.LISTING, "text": "\n".join(captions), "table": table}
    inside = {}
    for name, file in _addresses(element).items():
        inside[name] = (folder / file).read_bytes() if folder and (folder / file).is_file() else b""
    return {"id": id, "kind": receipts.EXHIBIT, "text": _around_table(element), "table": table, **inside}


def _around_table(figure: Tag) -> str:
    """Give the words of an exhibit outside its table, in the order of `document.Exhibit.texts`."""
    words = [_words(part) for part in figure.select(".exhibit-title, .exhibit-subtitle, .exhibit-note")]
    source = figure.select_one(".exhibit-source")
    label = re.compile(r"^[^:]*:\s*")  # "Source:", in the language of the page
    words += [label.sub("", _words(source))] if source else []
    return "\n".join([*words, *(" ".join(str(image.get("alt", "")).split()) for image in figure.select("img"))])


def _addresses(figure: Tag) -> dict[str, str]:
    """Give the addresses of download and pictures of a published exhibit, relative to its page."""
    places = {
        "wide": ("img[src]", "src"),
        "narrow": ("source[srcset]", "srcset"),
        "data": ("a[download][href]", "href"),
    }
    addresses = {}
    for name, (selector, attribute) in places.items():
        element = figure.select_one(selector)
        if element is not None and "://" not in str(element[attribute]):
            addresses[name] = str(element[attribute])
    return addresses


def _words(element: Tag) -> str:
    """Give the text of an element, with single blanks."""
    return _one_line(element.get_text())
