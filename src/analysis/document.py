"""The document: what a page shows, as data.

A cell of a notebook puts out whole parts (sentence, heading, listing, exhibit), each with its receipt. The executed notebook
carries them beside its outputs, and `<page>.json` stands beside each page of the site, without pictures and downloads,
which are files. Site, print edition, citations, receipts, review and disclosure gate read the document; HTML is one way
to show it (`analysis.markup`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, ClassVar

import nbformat

from analysis.errors import StudyError
from analysis.receipts import EXHIBIT, LISTING, SENTENCE, TITLE

VERSION = 1
KEY = "document"  # in the metadata of an output: its parts; in that of a notebook: what belongs to the whole page
FINDING, GAP, NOTE, TEXT = "finding", "gap", "note", "text"  # roles of a sentence
PICTURE = "image/svg+xml"  # in an output, the picture of an exhibit for a wide page
_HIDDEN_CODE = {"hide-input", "remove-input", "hide-cell"}
_HIDDEN_OUTPUT = {"remove-output", "hide-output", "hide-cell"}


@dataclass(frozen=True)
class Span:
    """A piece of text in the cell of a table: a link where it has an address, `code` where it names something of the data.

    `hint` is shown when a reader points at it, `label` is what a screen reader says instead of the text.
    """

    text: str
    href: str = ""
    hint: str = ""
    label: str = ""
    code: bool = False


TableCell = str | tuple[Span, ...]
Rows = tuple[tuple[TableCell, ...], ...]
Place = tuple[str, int]  # name of the cell of the notebook, and its number in the template
Receipt = Mapping[str, Any]  # as `receipts.Receipt.packed` gives it


@dataclass(frozen=True)
class Sentence:
    """A computed sentence or two; its role is `finding`, `gap` (what is not known), `note` or `text`.

    `tables` are the permitted tables that its numbers come from, where they come from answers.
    """

    kind: ClassVar[str] = SENTENCE
    text: str
    role: str = TEXT
    tables: tuple[str, ...] = ()
    id: str = ""
    cell: Place = ("", 0)
    receipt: Receipt = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """List what it says outside a table."""
        return [self.text]


@dataclass(frozen=True)
class Heading:
    """A heading below the title of a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Listing:
    """A table of words, shown open unless it is `folded`.

    With `search`, the label of a field for it, its rows can be searched; `shown` says then how many rows are left.
    """

    kind: ClassVar[str] = LISTING
    id: str
    caption: str
    columns: tuple[str, ...]
    rows: Rows
    folded: bool = False
    search: str = ""
    shown: str = ""
    tables: tuple[str, ...] = ()
    cell: Place = ("", 0)
    receipt: Receipt = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Give the caption: it is what a reader cites."""
        return self.caption

    @property
    def texts(self) -> list[str]:
        """List what it says outside its rows."""
        return [self.caption]


@dataclass(frozen=True)
class Exhibit:
    """A figure with everything that a reader needs of it.

    `wide` and `narrow` are its pictures (SVG), `data` its download (CSV); in the document beside a page of the site they
    are empty, since they are files there.
    """

    kind: ClassVar[str] = EXHIBIT
    id: str
    title: str
    subtitle: str
    alt: str
    source: str
    columns: tuple[str, ...]
    rows: Rows
    colour: str
    notes: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    fingerprint: str = ""
    tables: tuple[str, ...] = ()
    cell: Place = ("", 0)
    receipt: Receipt = field(default_factory=dict)
    wide: str = ""
    narrow: str = ""
    data: str = ""

    @property
    def texts(self) -> list[str]:
        """List what it says outside its table, the alternative text included."""
        return [self.title, self.subtitle, *self.notes, self.source, self.alt]


@dataclass(frozen=True)
class Title:
    """The computed title of a page."""

    kind: ClassVar[str] = TITLE
    text: str
    id: str = TITLE
    cell: Place = ("", 0)
    receipt: Receipt = field(default_factory=dict)
    tables: ClassVar[tuple[str, ...]] = ()

    @property
    def texts(self) -> list[str]:
        """List what it says."""
        return [self.text]


@dataclass(frozen=True)
class Markdown:
    """Text that was written, not computed."""

    kind: ClassVar[str] = "markdown"
    text: str


@dataclass(frozen=True)
class Output:
    """What a cell shows that is no part of a document, or code that is shown: a text as it is."""

    kind: ClassVar[str] = "output"
    text: str


Claim = Sentence | Listing | Exhibit | Title
Part = Claim | Heading | Markdown | Output
_KINDS: dict[str, type[Any]] = {
    part.kind: part for part in (Sentence, Heading, Listing, Exhibit, Title, Markdown, Output)
}


@dataclass(frozen=True)
class Page:
    """A page as data.

    Parameters
    ----------
    page
        Its name within its language, `editions/2019/governance` say.
    title
        Its title.
    parts
        What it shows, in order.
    read
        Slices that were read for it, as `provenance.packed` gives them; receipts name them by their places in this list.
    made
        How it came to be: template, parameters, digests of what it was made with.
    """

    page: str
    title: str
    parts: tuple[Part, ...]
    read: tuple[Any, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claims(self) -> Iterator[Claim]:
        """Give the parts that have a receipt, in order."""
        return (part for part in self.parts if isinstance(part, Claim))

    @property
    def exhibits(self) -> list[Exhibit]:
        """List the exhibits, in order."""
        return [part for part in self.parts if isinstance(part, Exhibit)]


class UnreadableDocument(StudyError):
    """What should be a document is none, or one of another version."""


def text_of(cell: TableCell) -> str:
    """Give the cell of a table as plain text."""
    return cell if isinstance(cell, str) else "".join(span.text for span in cell)


def in_files(part: Part) -> Part:
    """Leave out what stands in files of its own beside a page: pictures and download."""
    return replace(part, wide="", narrow="", data="") if isinstance(part, Exhibit) else part


# -- as plain JSON


def packed(part: Part) -> dict[str, Any]:
    """Give a part as plain JSON; what is empty is left out."""
    content: dict[str, Any] = {"kind": part.kind}
    for attribute in fields(part):
        value = getattr(part, attribute.name)
        if attribute.default is MISSING or value != attribute.default:
            content[attribute.name] = _packed_rows(value) if attribute.name == "rows" else value
    if content.get("receipt") == {}:
        del content["receipt"]
    return content


def _packed_rows(rows: Rows) -> list[list[Any]]:
    return [[cell if isinstance(cell, str) else [_packed_span(span) for span in cell] for cell in row] for row in rows]


def _packed_span(span: Span) -> dict[str, Any]:
    values = {attribute.name: getattr(span, attribute.name) for attribute in fields(span)}
    return {name: value for name, value in values.items() if value}


def unpacked(content: Mapping[str, Any]) -> Part:
    """Read back what `packed` wrote.

    Raises
    ------
    UnreadableDocument
        Where it is no part, or lacks something.
    """
    try:
        values = {name: _frozen(value) for name, value in content.items() if name != "kind"}
        if "rows" in values:
            values["rows"] = tuple(tuple(map(_cell, row)) for row in content["rows"])
        part: Part = _KINDS[content["kind"]](**values)
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableDocument(f"It holds a part that cannot be read: {error}.") from None
    return part


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _cell(content: Any) -> TableCell:
    return content if isinstance(content, str) else tuple(Span(**span) for span in content)


def as_json(page: Page) -> str:
    """Write a page as the text of its file beside the site; pictures and downloads are files there."""
    content = {
        "version": VERSION,
        "page": page.page,
        "title": page.title,
        **page.made,
        "read": page.read,
        "parts": [packed(in_files(part)) for part in page.parts],
    }
    return f"{json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)}\n"


def of_json(text: str) -> Page:
    """Read a page from the text of its file.

    Raises
    ------
    UnreadableDocument
        Where it is no document, or one of a version that is not known.
    """
    try:
        content = json.loads(text)
        version = content.pop("version")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableDocument("It is not the document of a page.") from None
    _check_version(version)
    try:
        parts = tuple(unpacked(part) for part in content.pop("parts"))
        return Page(content.pop("page"), content.pop("title"), parts, tuple(content.pop("read")), content)
    except (KeyError, TypeError) as error:
        raise UnreadableDocument(f"It lacks {error}.") from None


def _check_version(version: object) -> None:
    if version != VERSION:
        raise UnreadableDocument(
            f"It has version {version} of the format; this release reads version {VERSION}. "
            "Read it with the release that wrote it, which its CITATION.cff names."
        )


# -- in an executed notebook


def of_notebook(notebook: nbformat.NotebookNode, page: str) -> Page:
    """Read the document that an executed notebook carries.

    Raises
    ------
    UnreadableDocument
        Where somebody wrote into it, or where another release executed it.
    """
    whole = notebook.metadata.get(KEY)
    if whole is None:
        raise UnreadableDocument(
            f"The notebook of the page '{page}' carries no document. Execute it again: study run --force."
        )
    try:
        _check_version(whole.get("version"))
        title = [unpacked(whole["title"])] if "title" in whole else []
        parts = [part for cell in notebook.cells for part in parts_of_cell(cell)]
    except UnreadableDocument as error:
        raise UnreadableDocument(
            f"The notebook of the page '{page}' carries a document that cannot be read. {error} "
            "Or execute it again: study run --force."
        ) from None
    return Page(page, heading_of(notebook), (*title, *parts), tuple(whole.get("read", ())))


def heading_of(notebook: nbformat.NotebookNode) -> str:
    """Give the title of a notebook: the heading that its first cell begins with."""
    first = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    return str(first.partition("\n")[0].removeprefix("# ").strip()) if first.startswith("# ") else ""


def parts_of_cell(cell: nbformat.NotebookNode) -> Iterator[Part]:
    """Give what a cell shows to a reader of the book, in order."""
    tags = set(cell.metadata.get("tags", []))
    if "remove-cell" in tags:
        return
    if cell.cell_type == "markdown":
        yield Markdown(cell.source)
        return
    if cell.source.strip() and not tags & _HIDDEN_CODE:
        yield Output(cell.source)
    if not tags & _HIDDEN_OUTPUT:
        for output in cell.get("outputs", []):
            yield from parts_of_output(output)


def parts_of_output(output: nbformat.NotebookNode) -> Iterator[Part]:
    """Give the parts that an output carries; of another output, its text.

    What stands around the picture of an exhibit in a notebook carries none: the exhibit itself says it.
    """
    metadata, data = output.get("metadata", {}), output.get("data", {})
    if KEY not in metadata:
        text = data.get("text/plain", output.get("text", ""))
        if text:
            yield Output(text)
        return
    for content in metadata[KEY]:
        part = unpacked(content)
        yield replace(part, wide=data.get(PICTURE, "")) if isinstance(part, Exhibit) else part


def output_metadata(parts: Sequence[Part]) -> dict[str, Any]:
    """Give the metadata of an output that carries parts; the wide picture of an exhibit is the output itself."""
    return {KEY: [packed(replace(part, wide="") if isinstance(part, Exhibit) else part) for part in parts]}


def carries_parts(cell: nbformat.NotebookNode) -> bool:
    """Say whether a cell puts out parts of a document."""
    return any(KEY in output.get("metadata", {}) for output in cell.get("outputs", []))


def number_sentences(parts: Iterable[Part], cell: Place) -> list[Part]:
    """Give the parts of a cell its place, and each sentence its name: that of the cell and its place in it."""
    named: list[Part] = []
    sentences = 0
    for part in parts:
        if isinstance(part, Sentence):
            sentences += 1
            part = replace(part, id=f"s-{cell[0]}-{sentences}")
        named.append(replace(part, cell=cell) if isinstance(part, Claim) else part)
    return named


def share_slices(parts: Sequence[Part], slices: dict[str, int]) -> list[Part]:
    """Let receipts name what they read by its place among the slices of the page; new slices are added to these."""
    shared: list[Part] = []
    for part in parts:
        if isinstance(part, Claim) and part.receipt:
            texts = [json.dumps(entry) for entry in part.receipt.get("read", [])]
            places = sorted({slices.setdefault(text, len(slices)) for text in texts})
            part = replace(part, receipt={**part.receipt, "read": places})
        shared.append(part)
    return shared
