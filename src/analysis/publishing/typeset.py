"""Text, links and tables as the print edition takes them: runs of text, and blocks of them."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.errors import BookFailed
from analysis.publishing import columns

Block = dict[str, Any]
Run = dict[str, Any]  # a text, and what is marked, linked or code in it

_EXTERNAL = ("http://", "https://", "mailto:")
_TOGETHER = 22  # lines up to which a table stands on one page
_WHOLE_ROW = 500  # letters; a row with a longer text may be parted between two pages


@dataclass(frozen=True)
class Links:
    """Resolves the links of a page; those out of the book are gathered, to stand numbered at its end.

    Parameters
    ----------
    place
        File of the page, as messages name it.
    page
        Name of the page in the book.
    known
        Names of all pages of the book, to which links may lead.
    addresses
        What was gathered, in order.
    """

    place: str
    page: str
    known: Sequence[str]
    addresses: list[str] = field(default_factory=list)

    def runs(self, text: str, href: str, marks: Run, hint: str = "") -> Iterator[Run]:
        """Give a text that is a link."""
        yield from self.linked([{"text": clean(text), **marks}], href, marks, hint)

    def linked(self, runs: Sequence[Run], href: str, marks: Run, hint: str = "") -> Iterator[Run]:
        """Give runs that are a link together."""
        if href.startswith(_EXTERNAL):
            yield self._outward("".join(run["text"] for run in runs), href, marks, hint)
            return
        inside = [run | self._inward(href) for run in runs]
        if inside and "to" in inside[-1]:
            inside[-1]["see"] = True  # the page is named once, after the link
        yield from inside

    def _outward(self, text: str, href: str, marks: Run, hint: str) -> Run:
        """Give a link out of the book; its address goes to the end of the page, unless it stands there in full."""
        if text.rstrip("/") == href.removeprefix("mailto:").rstrip("/"):
            return {"text": text, "url": href, **marks}
        if hint == href:  # a number behind the host tells several addresses apart; here the note does
            text = re.sub(r" \(\d+\)$", "", text)
        if href not in self.addresses:
            self.addresses.append(href)
        return {"text": text, "url": href, "note": self.addresses.index(href) + 1, **marks}

    def _inward(self, href: str) -> Run:
        """Resolve a link within the book: to a page, or to something on it."""
        place, _, anchor = href.partition("#")
        stem, suffix = posixpath.splitext(place)
        page = self.page
        if place:
            page = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), stem))
        if page in self.known:
            return {"to": page, "anchor": anchor}
        if suffix in (".html", ".md", ".ipynb"):
            raise BookFailed(f"{self.place} links to '{href}', which is no page of the book. Mend the link.")
        return {}


def table_block(
    head: list[list[Run]], rows: list[list[list[Run]]], right: list[bool], caption: str = "", *, small: bool = False
) -> Block:
    """Lay out a table: size of its type, widths of its columns, and where it may be parted.

    Parameters
    ----------
    head, rows
        Cells as runs.
    right
        By column, whether it is aligned to the right.
    caption
        Its caption.
    small
        Whether it is there to look up a number, as that of an exhibit.
    """
    cells = [head, *rows]
    texts = [[_width_of(runs) for runs in row] for row in cells]
    for row in cells:
        for runs in row:
            for run in runs:
                run["text"] = columns.breakable(run["text"])
    fit = columns.widths(texts, right, columns.SIZES[1:] if small else columns.SIZES)
    return {
        "type": "table",
        "caption": caption,
        "head": head,
        "rows": rows,
        "right": right,
        "size": fit.size,
        "padding": fit.padding,
        "widths": list(fit.columns),
        "tight": fit.tight,
        "together": columns.height(texts, fit) <= _TOGETHER,
        "parted": [max(map(len, row)) > _WHOLE_ROW for row in texts[1:]],
    }


def _width_of(runs: list[Run]) -> str:
    """Write a cell as its width is estimated; a number of a note is small, and that of a page is added in print."""
    return "".join(run["text"] + "." * bool(run.get("note")) + " p.\u00a0000" * bool(run.get("see")) for run in runs)


def tidy(runs: Iterable[Run]) -> list[Run]:
    """Join white space as a browser does, and leave out what is empty."""
    joined: list[Run] = []
    for run in runs:
        text = run["text"] if run["text"] == "\n" else re.sub(r"[ \t\n\r\f]+", " ", run["text"])
        begins = not joined or joined[-1]["text"].endswith((" ", "\n"))
        if begins and text != "\n":
            text = text.lstrip(" ")
        if text and joined and _marks_of(joined[-1]) == _marks_of(run) and "\n" not in (text, joined[-1]["text"]):
            joined[-1] = run | {"text": joined[-1]["text"] + text}
        elif text:
            joined.append(run | {"text": text})
    if joined:
        joined[-1] = joined[-1] | {"text": joined[-1]["text"].rstrip()}
    return [run for run in joined if run["text"]]


def _marks_of(run: Run) -> Run:
    return {name: value for name, value in run.items() if name != "text"}


def plain_runs(text: str) -> list[Run]:
    """Give a text without marks as runs."""
    return tidy([{"text": clean(text)}])


def one_line(text: str) -> str:
    """Give a text on one line, without what no type can show."""
    return " ".join(clean(text).split())


def clean(text: str, *, lines: bool = False) -> str:
    """Take out of a text what no type can show: control characters, halves of letters, and what Unicode does not define."""
    letters = []
    for letter in text:
        if _is_shown(letter) or (lines and letter in "\n\t"):
            letters.append(letter)
        elif letter.isspace():
            letters.append(" ")
    return "".join(letters)


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cn", "Co", "Cs") and letter != "\ufeff"
