"""What a page claims, exhibit by exhibit and sentence by sentence, read from its executed notebook with the receipts."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag

from analysis import receipts

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
        The receipt as packed (`analysis.receipts`); empty where there is none.
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
    kept = notebook.metadata.get(receipts.KEY, {})
    known = {claim["id"]: claim for claim in kept.get("claims", [])}
    found = []
    if "title" in known:
        found.append(Claim(page, "title", receipts.TITLE, known["title"]["title"], receipt=known["title"]))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html"):
                found += [Claim(page, **one, receipt=known.get(one["id"], {})) for one in of_html(html)]
    return found


def of_html(html: str, folder: Path | None = None) -> Iterator[dict[str, Any]]:
    """Read what a piece of HTML claims: kind, name, text and table, pictures and download.

    Pictures and downloads are those inside the page, and with `folder`, that of the page, those in files that it names.
    """
    for element in BeautifulSoup(html, "html.parser").select(_CLAIMS):
        yield of_element(element, folder)


def heading(html: str) -> str:
    """Give the title of a page."""
    found = BeautifulSoup(html, "html.parser").select_one("h1")
    for link in found.select("a.headerlink") if found else []:
        link.decompose()
    return words(found) if found else ""


def of_element(element: Tag, folder: Path | None = None) -> dict[str, Any]:
    """Read one element of class `exhibit` or `listing`, or a sentence."""
    id = str(element["id"])
    if element.name == "p":
        return {"id": id, "kind": receipts.SENTENCE, "text": words(element)}
    rows = element.select(".table-scroll tr")
    table = tuple(tuple(words(cell) for cell in row.select("th, td")) for row in rows)
    rest = element.select("figcaption, .exhibit-note, .exhibit-source, caption")
    texts = [words(part) for part in rest] + [str(image.get("alt", "")) for image in element.select("img")]
    if element.name != "figure":
        return {"id": id, "kind": receipts.LISTING, "text": "\n".join(texts), "table": table}
    sources = {
        "wide": element.select_one("img[src]"), "narrow": element.select_one("source[srcset]"),
        "data": element.select_one("a[download][href]"),
    }  # fmt: skip
    where = {"wide": "src", "narrow": "srcset", "data": "href"}
    inside = {name: _unpacked(str(found[where[name]]), folder) for name, found in sources.items() if found is not None}
    return {"id": id, "kind": receipts.EXHIBIT, "text": "\n".join(texts), "table": table, **inside}


def words(element: Tag) -> str:
    """Give the text of an element, with single blanks."""
    return " ".join(element.get_text(" ").split())


def _unpacked(address: str, folder: Path | None) -> bytes:
    if found := re.match(r"data:[^,]*;base64,(.*)", address, re.DOTALL):
        return base64.b64decode(found[1])
    file = folder / address if folder and "://" not in address else None
    return file.read_bytes() if file and file.is_file() else b""
