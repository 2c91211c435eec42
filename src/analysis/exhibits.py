"""The exhibit: picture, alternative text, accessible table and download, from one object.

Each part of a chapter has a receipt: what it is made from, and digests of what it shows (`analysis.receipts`).
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from analysis import drawing, provenance, receipts
from analysis.errors import IncompleteExhibit
from analysis.files import data_uri, digest
from analysis.language import Language
from analysis.provenance import Origin

# A spreadsheet takes a text that starts with one of these for a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


@dataclass(frozen=True)
class Paragraph:
    """A computed sentence or two; `kind` is `finding`, `gap` (what is not known), `note` or `text`.

    `tables` are the permitted tables that its numbers come from, where they come from answers of cities.
    """

    text: str
    kind: str = "text"
    tables: Sequence[str] = ()
    origin: Origin = field(default_factory=provenance.origin, compare=False, repr=False)

    def receipt(self) -> receipts.Receipt:
        """Give the receipt of the sentence."""
        return receipts.of_sentence(self.text, self.kind, self.tables, self.origin)

    def html(self) -> str:
        """Give the paragraph as HTML."""
        return f'<p class="{self.kind}"{_tables(self.tables)}>{escape(self.text)}</p>'

    def plain(self) -> str:
        """Give the paragraph as text."""
        return self.text


@dataclass(frozen=True)
class Heading:
    """A heading below the title of a section."""

    text: str

    def html(self) -> str:
        """Give the heading as HTML."""
        return f"<h3>{escape(self.text)}</h3>"

    def plain(self) -> str:
        """Give the heading as text."""
        return self.text.upper()


@dataclass(frozen=True)
class Listing:
    """A table of words, shown open unless it is `folded`. `table` holds texts in the reader's language.

    `links` turn the texts of a column into HTML of their own. With `search`, the label of a field for it, the rows can be
    searched in the book; `found` says then how many are left, with `{shown}` and `{total}` in it.
    """

    id: str
    caption: str
    table: pd.DataFrame
    links: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    folded: bool = False
    search: str = ""
    found: str = ""
    tables: Sequence[str] = ()
    origin: Origin = field(default_factory=provenance.origin, compare=False, repr=False)

    def receipt(self) -> receipts.Receipt:
        """Give the receipt of the listing."""
        return receipts.of_listing(self.id, self.caption, self.table, self.tables, self.origin)

    def html(self) -> str:
        """Give the listing as HTML."""
        table = html_table(self.table, self.caption, self.links)
        if self.folded:
            table = f"<details><summary>{escape(self.caption)}</summary>{table}</details>"
        search = f' data-found="{escape(self.found)}" data-search="{escape(self.search)}"' if self.search else ""
        return f'<div class="listing" id="{escape(self.id)}"{search}{_tables(self.tables)}>{table}</div>'

    def plain(self) -> str:
        """Give the listing as text."""
        return f"{self.caption}\n{self.table.to_string(index=False)}"


@dataclass(frozen=True)
class Exhibit:
    """A figure with everything a reader needs of it.

    Parameters
    ----------
    id
        Stable name to cite, such as `2017-economy-answers`; never a running number.
    title, subtitle
        What is seen; unit, years and n.
    alt
        Alternative text, computed from the data.
    table
        What is seen, as formatted texts in the reader's language.
    data
        Exactly what is plotted, with unit, year, source and licence; this is the download.
    source
        Citation of the source.
    draw
        Function that draws the picture, for a wide page or (`False`) for a phone.

    Raises
    ------
    IncompleteExhibit
        Where one of these is missing.
    """

    id: str
    title: str
    subtitle: str
    alt: str
    table: pd.DataFrame
    data: pd.DataFrame
    source: str
    draw: Callable[[bool], Figure]
    language: Language
    notes: Sequence[str] = ()
    colour: str = drawing.CROSS
    tables: Sequence[str] = ()
    origin: Origin = field(default_factory=provenance.origin, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse an exhibit that lacks something."""
        texts = {"id": self.id, "title": self.title, "subtitle": self.subtitle, "alt": self.alt, "source": self.source}
        missing = [name for name, text in texts.items() if not text.strip()]
        missing += [name for name, frame in (("table", self.table), ("data", self.data)) if frame.empty]
        missing += [f"column '{name}' in its data" for name in ("unit", "licence") if name not in self.data]
        if missing:
            raise IncompleteExhibit(
                f"Exhibit '{self.id or 'without id'}' has no {', '.join(missing)}. Give it one, or show a sentence instead."
            )

    @property
    def download(self) -> pd.DataFrame:
        """Give the data with their source: that of each row where it is known, else that of the exhibit."""
        return self.data if "source" in self.data else self.data.assign(source=self.source)

    @cached_property
    def pictures(self) -> tuple[drawing.Picture, drawing.Picture]:
        """Give the pictures for a wide page and for a phone."""
        return drawing.picture(self.draw, wide=True), drawing.picture(self.draw, wide=False)

    def receipt(self) -> receipts.Receipt:
        """Give the receipt of the exhibit."""
        wide, narrow = self.pictures
        digests = {
            "data": digest(safe_csv(self.download).encode()), "drawn": wide.fingerprint, "wide": digest(wide.svg.encode()),
            "narrow": digest(narrow.svg.encode()), "table": receipts.of_table(self.table),
        }  # fmt: skip
        texts = [self.title, self.subtitle, self.alt, self.source, *self.notes]
        return receipts.of_exhibit(self.id, texts, digests, self.download, self.tables, self.origin)

    def html(self) -> str:
        """Give the exhibit as HTML, with the pictures and the download inside."""
        say, (wide, narrow) = self.language.say, self.pictures
        return _template().render(
            id=self.id, title=self.title, subtitle=self.subtitle, alt=self.alt, notes=self.notes, source=self.source,
            colour=self.colour, tables=Markup(_tables(self.tables)), table=Markup(html_table(self.table, self.title)),
            wide=data_uri("image/svg+xml", wide.svg.encode()), narrow=data_uri("image/svg+xml", narrow.svg.encode()),
            fingerprint=wide.fingerprint, csv=data_uri("text/csv;charset=utf-8", safe_csv(self.download).encode()),
            words={
                "source": say("Source:"), "table": say("The figures as a table"), "csv": say("Download the data (CSV)"),
                "cite": say("Cite as"),
            },
        )  # fmt: skip

    def plain(self) -> str:
        """Give title, notes and table as text; nbval compares this."""
        return "\n".join(
            [f"[{self.id}] {self.title}", self.subtitle, self.table.to_string(index=False), *self.notes, self.source]
        )


Part = Paragraph | Heading | Listing | Exhibit


@dataclass(frozen=True)
class Section:
    """What a cell of a notebook shows: sentences, listings and exhibits, in order."""

    parts: Sequence[Part]

    @property
    def exhibits(self) -> list[Exhibit]:
        """List the exhibits of the section."""
        return [part for part in self.parts if isinstance(part, Exhibit)]

    def html(self) -> str:
        """Give the section as HTML."""
        return "\n".join(part.html() for part in self.parts)

    def plain(self) -> str:
        """Give the section as text."""
        return "\n\n".join(part.plain() for part in self.parts)

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, str], dict[str, Any]]:
        shown = {"text/html": self.html(), "text/plain": self.plain()}
        kept = [part.receipt().packed() for part in self.parts if not isinstance(part, Heading)]
        return shown, {receipts.KEY: kept}


def _tables(ids: Sequence[str]) -> str:
    """Name the permitted tables that numbers from answers come from; the check of the finished site looks for them."""
    return f' data-table="{escape(" ".join(ids))}"' if ids else ""


def html_table(frame: pd.DataFrame, caption: str, links: Mapping[str, Callable[[Any], str]] | None = None) -> str:
    """Write a table of texts as accessible HTML in a box of its own that scrolls; everything is escaped.

    Parameters
    ----------
    frame
        Texts; a column whose cells all start with a digit, a sign or are empty is aligned to the right.
    links
        By column, a function that turns the text of a cell into HTML of its own.
    """
    links = links or {}
    right = {name for name in frame.columns if name not in links and _numeric(frame[name])}
    head = "".join(f'<th scope="col"{_class(name in right)}>{escape(name)}</th>' for name in frame.columns)
    rows = []
    for row in frame.itertuples(index=False):
        cells = []
        for name, value in zip(frame.columns, row, strict=True):
            text = links[name](value) if name in links else escape("" if pd.isna(value) else str(value))
            cells.append(f"<td{_class(name in right)}>{text}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="table-scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _numeric(column: "pd.Series[Any]") -> bool:
    texts = [str(value) for value in column if not pd.isna(value) and str(value)]
    return bool(texts) and all(text.lstrip("-\N{MINUS SIGN}")[:1].isdigit() and len(text) < 24 for text in texts)


def _class(right: bool) -> str:
    return ' class="number"' if right else ""


def safe_csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV that a spreadsheet can open safely: no text is taken for a formula."""
    out = io.StringIO()
    out.write("\ufeff")  # byte-order mark: without it Excel reads "Bogotá" wrongly
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        writer.writerow(["" if pd.isna(value) else _safe(value) for value in row])
    return out.getvalue()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((Path(__file__).parent / "exhibit.html").read_text(encoding="utf-8"))
