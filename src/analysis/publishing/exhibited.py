"""Exhibits of the executed notebooks, checked and put into files, so that the pages of the site stay light.

In a notebook picture and download are inside the page, so that it can be read anywhere by itself.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from analysis.errors import BookFailed

_FIGURE = re.compile(r'<figure class="exhibit".*?</figure>', re.DOTALL)
_NAME = re.compile(r'<figure class="exhibit" id="([\w-]+)"')
_PACKED = (("srcset", "image/svg+xml", "-narrow.svg"), ("src", "image/svg+xml", ".svg"), ("href", "text/csv", ".csv"))
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# what an exhibit has, and where; the texts must not be empty
_PARTS = {
    "a picture": "picture img[src]", "an alternative text": "img[alt]", "a caption": "figcaption .exhibit-title",
    "a table": ".exhibit-table td", "a download (CSV)": "a[download][href]", "a source": ".exhibit-source",
}  # fmt: skip


@dataclass(frozen=True)
class Unpacking:
    """Unpacks the notebooks of one language in the folder `stage`; files of one name must be the same everywhere."""

    stage: Path
    _written: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _homes: dict[str, str] = field(default_factory=dict)

    def all(self) -> dict[str, str]:
        """Unpack every notebook, and give the page at which each exhibit is cited: that of a brief only if no other shows it.

        Raises
        ------
        BookFailed
            Where an exhibit lacks something, or two that differ have the same name.
        """
        (self.stage / "_static" / "exhibits").mkdir(parents=True, exist_ok=True)
        for file in sorted(self.stage.rglob("*.ipynb")):
            notebook = nbformat.read(str(file), as_version=4)
            page = file.relative_to(self.stage).with_suffix("").as_posix()
            for cell in notebook.cells:
                fold(cell)
                for output in cell.get("outputs", []):
                    if html := output.get("data", {}).get("text/html"):
                        output["data"]["text/html"] = _FIGURE.sub(partial(self._figure, page), html)
            nbformat.write(notebook, str(file))
        return self._homes

    def _figure(self, page: str, found: re.Match[str]) -> str:
        text = found[0]
        named = _NAME.match(text)
        if named is None:
            raise BookFailed(f"An exhibit on the page '{page}' has no id. Give it one: it is what readers cite.")
        name, up = named[1], "../" * page.count("/")
        for attribute, kind, suffix in _PACKED:
            packed = re.search(rf' {attribute}="data:{re.escape(kind)}[^,"]*;base64,([^"]+)"', text)
            if packed is None:
                raise _lacking(page, name, "a download (CSV)" if suffix == ".csv" else "a picture")
            content = base64.b64decode(packed[1])
            self._write(page, name, f"{name}{suffix}", content)
            size = _size(content) if kind == "image/svg+xml" else ""
            text = text.replace(packed[0], f' {attribute}="{up}_static/exhibits/{name}{suffix}"{size}')
        check(page, name, text)
        if is_brief(self._homes.setdefault(name, page)):
            self._homes[name] = page
        return text.replace("<img ", '<img loading="lazy" ')

    def _write(self, page: str, name: str, file: str, content: bytes) -> None:
        """Write a file, unless the same exhibit stands on another page too: in a brief, say."""
        first, known = self._written.setdefault(file, (page, content))
        if known != content:
            raise BookFailed(
                f"The exhibits '{name}' of the pages '{first}' and '{page}' differ. Names are cited: give one another name."
            )
        (self.stage / "_static" / "exhibits" / file).write_bytes(content)


def check(page: str, name: str, html: str) -> None:
    """Raise `BookFailed` for an exhibit that lacks picture, alternative text, caption, table, download or source."""
    figure = BeautifulSoup(html, "html.parser")
    for what, where in _PARTS.items():
        found = figure.select_one(where)
        value = found and (
            found.get("alt") if found.name == "img" and "alt" in where else found.get_text() or found.get("src")
        )
        if not str(value or "").strip():
            raise _lacking(page, name, what)


def _lacking(page: str, name: str, what: str) -> BookFailed:
    return BookFailed(
        f"Exhibit '{name}' on the page '{page}' lacks {what}. Every exhibit has picture, alternative text, caption, table, "
        "download, id and source: mend it where it is made, then execute its notebook again: study run --force."
    )


def fold(cell: nbformat.NotebookNode) -> None:
    """Take hidden code out of the text, it stands at the end of the page; mark the findings that a page opens with."""
    tags = ["remove-input" if tag == "hide-input" else tag for tag in cell.metadata.get("tags", [])]
    cell.metadata["tags"] = tags + ["in-short"] * cell.source.rstrip().endswith(".opening")


def _size(svg: bytes) -> str:
    """Give width and height of a picture as attributes, so that the page does not jump when it comes."""
    found = _SIZE.search(svg[:2000].decode("utf-8", "replace"))
    return f' width="{float(found[1]):.0f}" height="{float(found[2]):.0f}"' if found else ""


def code(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Give the code of a page in order, without the defaults that the parameters given replace."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    given = any("injected-parameters" in cell.metadata.get("tags", []) for cell in cells)
    for cell in cells:
        if not (given and "parameters" in cell.metadata.get("tags", [])):
            yield cell.source.strip()


def is_brief(page: str) -> bool:
    """Say whether a page is a brief, which repeats what other pages hold."""
    return page.rpartition("/")[2] == "brief"
