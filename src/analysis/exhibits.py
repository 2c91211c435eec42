"""What a chapter puts out: sentences, headings, listings and exhibits, which become parts of the document of its page.

Each has a receipt: what it is made from, and digests of what it shows (`analysis.receipts`).
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from IPython.display import publish_display_data
from matplotlib.figure import Figure

from analysis import document, drawing, markup, provenance, receipts
from analysis.document import Span
from analysis.errors import IncompleteExhibit
from analysis.files import digest
from analysis.language import Language
from analysis.provenance import Origin

# A spreadsheet takes a text that starts with one of these for a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
Output = tuple[dict[str, str], dict[str, Any]]  # what is shown by its type, and the metadata
Link = Callable[[Any], Sequence[Span]]  # what stands in a cell of a listing, by its text


@dataclass(frozen=True)
class Paragraph:
    """A computed sentence or two; `kind` is `finding`, `gap` (what is not known), `note` or `text`.

    `tables` are the permitted tables that its numbers come from, where they come from answers of cities.
    """

    text: str
    kind: str = "text"
    tables: Sequence[str] = ()
    origin: Origin = field(default_factory=provenance.origin, compare=False, repr=False)

    def part(self) -> document.Sentence:
        """Give the sentence as a part of the document."""
        receipt = receipts.of_sentence(self.text, self.kind, self.origin)
        return document.Sentence(self.text, self.kind, tuple(self.tables), receipt=receipt)

    def plain(self) -> str:
        """Give the paragraph as text."""
        return self.text


@dataclass(frozen=True)
class Heading:
    """A heading below the title of a section."""

    text: str

    def part(self) -> document.Heading:
        """Give the heading as a part of the document."""
        return document.Heading(self.text)

    def plain(self) -> str:
        """Give the heading as text."""
        return self.text.upper()


@dataclass(frozen=True)
class Listing:
    """A table of words, shown open unless it is `folded`. `table` holds texts in the reader's language.

    `links` say what stands in the cells of a column, by their texts. With `search`, the label of a field for it, the rows
    can be searched in the book; `found` says then how many are left, with `{shown}` and `{total}` in it.
    """

    id: str
    caption: str
    table: pd.DataFrame
    links: Mapping[str, Link] = field(default_factory=dict)
    folded: bool = False
    search: str = ""
    found: str = ""
    tables: Sequence[str] = ()
    origin: Origin = field(default_factory=provenance.origin, compare=False, repr=False)

    def part(self) -> document.Listing:
        """Give the listing as a part of the document."""
        return document.Listing(
            id=self.id,
            caption=self.caption,
            columns=tuple(map(str, self.table.columns)),
            rows=table_rows(self.table, self.links),
            folded=self.folded,
            search=self.search,
            shown=self.found,
            tables=tuple(self.tables),
            receipt=receipts.of_listing(self.caption, self.table, self.origin),
        )

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

    def part(self) -> document.Exhibit:
        """Give the exhibit as a part of the document."""
        wide, narrow = self.pictures
        data = safe_csv(self.download)
        digests = {
            "data": digest(data.encode()),
            "drawn": wide.fingerprint,
            "wide": digest(wide.svg.encode()),
            "narrow": digest(narrow.svg.encode()),
            "table": receipts.of_table(self.table),
        }
        texts = [self.title, self.subtitle, self.alt, self.source, *self.notes]
        return document.Exhibit(
            id=self.id,
            title=self.title,
            subtitle=self.subtitle,
            alt=self.alt,
            source=self.source,
            columns=tuple(map(str, self.table.columns)),
            rows=table_rows(self.table, {}),
            colour=self.colour,
            notes=tuple(self.notes),
            licences=tuple(dict.fromkeys(str(name) for name in self.data["licence"].dropna())),
            fingerprint=wide.fingerprint,
            tables=tuple(self.tables),
            receipt=receipts.of_exhibit(texts, digests, self.download, self.tables, self.origin),
            wide=wide.svg,
            narrow=narrow.svg,
            data=data,
        )

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

    def document(self) -> list[document.Part]:
        """Give the parts as data."""
        return [part.part() for part in self.parts]

    def plain(self) -> str:
        """Give the section as text."""
        return "\n\n".join(part.plain() for part in self.parts)

    def outputs(self) -> list[Output]:
        """Give what a cell puts out: a picture is an output of its own, texts that follow one another are one.

        Each output carries its parts as data (`analysis.document`); what it shows is for whoever reads the notebook.
        """
        outputs: list[Output] = []
        texts = _Texts()
        for part in self.parts:
            if isinstance(part, Exhibit):
                content = part.part()
                texts.html.append(markup.above_picture(content))
                outputs += texts.outputs()
                outputs.append(_picture_output(part, content))
                texts = _Texts([markup.below_picture(content, part.language)])
            else:
                texts.add(part)
        return outputs + texts.outputs()

    def _ipython_display_(self) -> None:
        for shown, metadata in self.outputs():
            publish_display_data(shown, metadata)  # type: ignore[no-untyped-call]


@dataclass
class _Texts:
    """Texts that follow one another, to be shown in one output."""

    html: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    parts: list[document.Part] = field(default_factory=list)

    def add(self, part: Paragraph | Heading | Listing) -> None:
        content = part.part()
        self.html.append(markup.render_text(content))
        self.plain.append(part.plain())
        self.parts.append(content)

    def outputs(self) -> list[Output]:
        shown = {"text/html": "\n".join(self.html), "text/plain": "\n\n".join(self.plain)}
        return [(shown, document.output_metadata(self.parts))] if self.html else []


def _picture_output(exhibit: Exhibit, content: document.Exhibit) -> Output:
    shown = {document.PICTURE: content.wide, "text/plain": f"{exhibit.plain()}\n{content.fingerprint}"}
    return shown, document.output_metadata([content])


def table_rows(frame: pd.DataFrame, links: Mapping[str, Link]) -> document.Rows:
    """Give the rows of a table of texts; `links` say by column what stands in a cell."""
    rows = []
    for row in frame.itertuples(index=False):
        cells = zip(frame.columns, row, strict=True)
        rows.append(tuple(_cell(value, links.get(name)) for name, value in cells))
    return tuple(rows)


def _cell(value: Any, link: Link | None) -> document.TableCell:
    if link is not None:
        return tuple(link(value))
    return "" if pd.isna(value) else str(value)


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
