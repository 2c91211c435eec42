"""A page of the book as plain blocks that can be printed: paragraphs, headings, lists, tables, exhibits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from analysis import document, files, markup, paths
from analysis.document import Exhibit, Heading, Listing, Markdown, Output, Part, Sentence, TableCell
from analysis.errors import BookFailed
from analysis.language import Language, language
from analysis.publishing.markdown import MarkdownReader
from analysis.publishing.typeset import Block, Links, Run, clean, one_line, plain_runs, table_block, tidy

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')  # in points


@dataclass(frozen=True)
class Page:
    """A page to print: its name in the book, `editions/2019/index` say, its title and what it holds.

    `addresses` are those of its notes, in order; `pictures` the SVG of its exhibits by their ids; `part` is the part of the
    book that it stands in, and `level` its depth in the contents.
    """

    name: str
    title: str
    blocks: list[Block]
    addresses: list[str]
    pictures: dict[str, bytes] = field(repr=False)
    part: str = ""
    level: int = 1


def read(lang: str, name: str, known: Sequence[str], substitutions: Mapping[str, str]) -> Page:
    """Read a page of the book, executed or hand-written.

    Parameters
    ----------
    lang, name
        Language, and name of the page under `book/<lang>/`, without suffix.
    known
        Names of all pages of the book, to which links may lead.
    substitutions
        What stands for `{{ name }}` in Markdown.

    Raises
    ------
    BookFailed
        Where the page is missing, or holds something that cannot be printed.
    """
    executed, written = (paths.book(lang) / f"{name}{suffix}" for suffix in (".ipynb", ".md"))
    if executed.is_file():
        file, parts = executed, document.of_notebook(nbformat.read(str(executed), as_version=4), name).parts
    elif written.is_file():
        file, parts = written, (Markdown(files.text_of(written)),)
    else:
        raise BookFailed(f"book/{lang} has no page '{name}' to print. Execute it with `study run`, or write it.")
    links = Links(paths.shown(file), name, known)
    reader = MarkdownReader(paths.shown(file), language(lang), links, substitutions)
    return _Printer(file, name, language(lang), links, reader).page(parts)


def walk(blocks: Sequence[Block]) -> Iterator[Block]:
    """Go through blocks and all blocks within them."""
    for block in blocks:
        yield block
        yield from walk(block.get("blocks", []))
        for item in block.get("items", []):
            yield from walk(item if isinstance(item, list) else item["blocks"])


@dataclass(frozen=True)
class _Printer:
    """Turns the parts of a page into blocks."""

    file: Path
    name: str
    words: Language
    links: Links
    markdown: MarkdownReader
    pictures: dict[str, bytes] = field(default_factory=dict)

    def page(self, parts: Sequence[Part]) -> Page:
        blocks = [block for part in parts for block in self._blocks(part)]
        if not blocks or blocks[0].get("level") != 1:
            raise BookFailed(f"{paths.shown(self.file)} does not begin with its title. Give it one: # Title")
        title = "".join(run["text"] for run in blocks[0]["runs"])
        seen = {""}
        for block in walk(blocks):  # two places of one name could not be told apart
            block["id"] = "" if block.get("id", "") in seen else block["id"]
            seen.add(block["id"])
        return Page(self.name, title, blocks[1:], self.links.addresses, self.pictures)

    def _blocks(self, part: Part) -> list[Block]:
        if isinstance(part, Markdown):
            return self.markdown.read(part.text)
        if isinstance(part, Sentence):
            runs = plain_runs(part.text)
            return [{"type": "paragraph", "kind": part.role, "runs": runs}] if runs else []
        if isinstance(part, Heading):
            runs = plain_runs(part.text)
            return [{"type": "heading", "level": 3, "runs": runs, "id": ""}] if runs else []
        if isinstance(part, Listing):
            return [self._listing(part)]
        if isinstance(part, Exhibit):
            return [self._exhibit(part)]
        if isinstance(part, Output):
            return [{"type": "code", "text": clean(part.text, lines=True).strip("\n")}]
        return []  # the title stands in the first text

    def _listing(self, listing: Listing) -> Block:
        """Set a table of words; a folded one serves machines, so that print says where it stands."""
        if listing.folded:
            return {"type": "folded", "caption": one_line(listing.caption), "rows": len(listing.rows)}
        return self._table(listing, one_line(listing.caption)) | {"id": listing.id}

    def _exhibit(self, exhibit: Exhibit) -> Block:
        size = _SIZE.search(exhibit.wide)
        if not size:
            raise BookFailed(
                f"{paths.shown(self.file)}: exhibit '{exhibit.id}' lacks its picture. "
                "Execute the notebook again: study run --force."
            )
        self.pictures[exhibit.id] = exhibit.wide.encode()
        source = f"{self.words.say('Source:')} {exhibit.source}"
        return {
            "type": "exhibit",
            "id": exhibit.id,
            "alt": clean(exhibit.alt),
            "size": [float(size[1]), float(size[2])],
            "title": one_line(exhibit.title),
            "subtitle": one_line(exhibit.subtitle),
            "colour": exhibit.colour,
            "under": [plain_runs(text) for text in (*exhibit.notes, source)],
            "table": self._table(exhibit, small=True),
            "fold": self.words.say("The figures as a table"),
        }

    def _table(self, part: Listing | Exhibit, caption: str = "", *, small: bool = False) -> Block:
        numbers = markup.right_columns(part.rows, len(part.columns))
        right = [number in numbers for number in range(len(part.columns))]
        head = [plain_runs(name) for name in part.columns]
        rows = [[tidy(self._cell(cell)) for cell in row] for row in part.rows]
        return table_block(head, rows, right, caption, small=small)

    def _cell(self, cell: TableCell) -> Iterator[Run]:
        if isinstance(cell, str):
            yield {"text": clean(cell)}
            return
        for span in cell:
            marks: Run = {"code": True} if span.code else {}
            if span.href:
                yield from self.links.runs(span.text, span.href, marks, span.hint)
            else:
                yield {"text": clean(span.text), **marks}
