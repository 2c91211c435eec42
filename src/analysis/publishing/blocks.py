"""A page of the book as plain blocks that can be printed: paragraphs, headings, lists, tables, exhibits.

A hand-written page becomes HTML first, by the very parser that the site uses; so there is one reader for it and for what the
notebooks show.
"""

import base64
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import escape
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from analysis import files, paths
from analysis.errors import BookFailed
from analysis.language import Language, language
from analysis.publishing import columns, references

Block = dict[str, Any]
Run = dict[str, Any]

_INLINE = {"a", "abbr", "b", "br", "code", "em", "i", "img", "small", "span", "strong", "sub", "sup", "u"}
_SKIPPED = {"button", "form", "input", "nav", "script", "style", "template"}
_MARKS = {"b": "strong", "strong": "strong", "em": "emph", "i": "emph", "code": "code", "sup": "sup", "sub": "sub"}
_EXTERNAL = ("http://", "https://", "mailto:")
_PICTURE = re.compile(r"data:image/svg\+xml[^,]*;base64,(.*)", re.DOTALL)
_SIZE = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')  # in points
_TOGETHER = 22  # lines up to which a table stands on one page
_WHOLE_ROW = 500  # letters; a row with a longer text may be parted between two pages


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
    file = next((one for suffix in (".ipynb", ".md") if (one := paths.book(lang) / f"{name}{suffix}").is_file()), None)
    if file is None:
        raise BookFailed(f"book/{lang} has no page '{name}' to print. Execute it with `study run`, or write it.")
    return _Reader(file, name, language(lang), known, substitutions).page()


def walk(blocks: Sequence[Block]) -> Iterator[Block]:
    """Go through blocks and all blocks within them."""
    for block in blocks:
        yield block
        yield from walk(block.get("blocks", []))
        for item in block.get("items", []):
            yield from walk(item if isinstance(item, list) else item["blocks"])


@dataclass(frozen=True)
class _Reader:
    """Reads one page; addresses of links out of the book are gathered, to stand numbered at its end."""

    file: Path
    name: str
    words: Language
    known: Sequence[str]
    substitutions: Mapping[str, str]
    addresses: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def page(self) -> Page:
        written = self.file.suffix == ".md"
        parts = [self.html(files.text_of(self.file))] if written else self._cells()
        blocks = self.blocks(BeautifulSoup("\n".join(parts), "html.parser"))
        if not blocks or blocks[0].get("level") != 1:
            raise BookFailed(f"{paths.shown(self.file)} does not begin with its title. Give it one: # Title")
        title = "".join(run["text"] for run in blocks[0]["runs"])
        seen = {""}
        for block in walk(blocks):  # two places of one name could not be told apart
            block["id"] = "" if block.get("id", "") in seen else block["id"]
            seen.add(block["id"])
        return Page(self.name, title, blocks[1:], self.addresses, self.pictures)

    def _cells(self) -> Iterator[str]:
        """Give what the site shows of a notebook; folded code stays on the site."""
        notebook = nbformat.read(str(self.file), as_version=4)
        for cell in notebook.cells:
            tags = cell.metadata.get("tags", [])
            if "remove-cell" in tags:
                continue
            if cell.cell_type == "markdown":
                yield self.html(cell.source)
                continue
            if not {"hide-input", "remove-input", "hide-cell"} & set(tags) and cell.source.strip():
                yield f"<pre>{escape(cell.source)}</pre>"
            for output in [] if {"remove-output", "hide-output", "hide-cell"} & set(tags) else cell.get("outputs", []):
                data = output.get("data", {})
                plain = data.get("text/plain", output.get("text", ""))
                yield data["text/html"] if "text/html" in data else f"<pre>{escape(plain)}</pre>"

    # Markdown

    def html(self, text: str) -> str:
        """Turn Markdown into HTML."""
        return str(self._markdown.render(text))

    @cached_property
    def _markdown(self) -> MarkdownIt:
        config = files.yaml_of(paths.root() / "_config.yml")
        extensions = set(config["parse"]["myst_enable_extensions"])
        parser = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)

        def rule(write: Callable[[Token], str], *kinds: str) -> None:
            def written(_renderer: object, tokens: Sequence[Token], index: int, *_rest: object) -> str:
                return write(tokens[index])

            for kind in kinds:
                parser.add_render_rule(kind, written)

        rule(self._substituted, "substitution_inline", "substitution_block")
        rule(self._fenced, "fence", "colon_fence")
        rule(self._role, "myst_role")
        rule(lambda _token: "", "myst_target", "myst_line_comment", "myst_block_break", "front_matter")
        return parser

    def _substituted(self, token: Token) -> str:
        name = token.content.strip()
        if name not in self.substitutions:
            raise BookFailed(
                f"{paths.shown(self.file)} names '{{{{ {name} }}}}', which is not known. Known: {', '.join(self.substitutions)}."
            )
        return str(escape(self.substitutions[name]))

    def _fenced(self, token: Token) -> str:
        name = token.info.strip()
        if not name.startswith("{"):
            return f"<pre>{escape(token.content)}</pre>"
        if name == "{bibliography}":
            return references.as_html()
        if name not in ("{note}", "{tip}", "{warning}", "{important}"):
            raise self.refuse(f"the directive '{name}'")
        return f"<blockquote>{self.html(token.content)}</blockquote>"

    def _role(self, token: Token) -> str:
        if token.meta["name"] != "cite:t":
            raise self.refuse(f"the role '{{{token.meta['name']}}}'")
        return str(escape(references.in_text(token.content, self.words)))

    def refuse(self, what: str) -> BookFailed:
        return BookFailed(f"{paths.shown(self.file)}: the print edition cannot set {what}. Write it in plain Markdown.")

    # HTML

    def blocks(self, parent: Tag) -> list[Block]:
        """Read what stands in an element as blocks; text beside blocks becomes a paragraph."""
        found: list[Block] = []
        loose: list[PageElement] = []
        for node in [*parent.children, None]:
            if isinstance(node, Tag) and node.name not in _INLINE:
                found += [*self._paragraph(loose), *self._block(node)]
                loose = []
            elif node is None:
                found += self._paragraph(loose)
            elif isinstance(node, Tag) or type(node) is NavigableString:  # no comment, no doctype
                loose.append(node)
        return found

    def _paragraph(self, nodes: Sequence[PageElement], kind: str = "text") -> list[Block]:
        runs = _tidy(run for node in nodes for run in self._runs(node, {}))
        return [{"type": "paragraph", "kind": kind, "runs": runs}] if runs else []

    def _block(self, node: Tag) -> list[Block]:
        classes = set(node.get("class") or [])
        if node.name in _SKIPPED or "exhibit-tools" in classes:
            return []
        if re.fullmatch("h[1-6]", node.name):
            return [{"type": "heading", "level": int(node.name[1]), "runs": self.runs(node), "id": _id(node)}]
        if node.name == "p":
            kind = next((one for one in ("finding", "gap", "note") if one in classes), "text")
            return self._paragraph(list(node.children), kind)
        if "exhibit" in classes:
            return [self._exhibit(node)]
        if "listing" in classes:
            return self._listing(node)
        if node.name == "table":
            return [self._table(node)]
        if node.name in ("ul", "ol"):
            items = [self.blocks(item) for item in node.find_all("li", recursive=False)]
            return [{"type": "list", "ordered": node.name == "ol", "items": items}]
        if node.name == "dl":
            return [self._terms(node)]
        if node.name == "pre":
            return [{"type": "code", "text": clean(node.get_text(), lines=True).strip("\n")}]
        if node.name == "blockquote":
            return [{"type": "quote", "blocks": self.blocks(node)}]
        if node.name == "hr":
            return []
        return self.blocks(node)

    def _terms(self, node: Tag) -> Block:
        items: list[Block] = []
        for child in node.find_all(["dt", "dd"], recursive=False):
            if child.name == "dt":
                items.append({"runs": self.runs(child), "blocks": []})
            elif items:
                items[-1]["blocks"] += self.blocks(child)
        return {"type": "terms", "items": items}

    def _listing(self, node: Tag) -> list[Block]:
        """Read a table of words; a folded one serves machines, so that print says where it stands."""
        if node.find("details", recursive=False):
            rows = len(node.select("tbody tr"))
            return [{"type": "folded", "caption": _text(node.find("summary")), "rows": rows}]
        blocks = self.blocks(node)
        for block in blocks:
            block.setdefault("id", _id(node))
        return blocks

    def _exhibit(self, node: Tag) -> Block:
        name, picture, figcaption, table = _id(node), node.find("img"), node.find("figcaption"), node.find("table")
        packed = _PICTURE.fullmatch(str(picture["src"])) if picture else None
        svg = base64.b64decode(packed[1]) if packed else b""
        size = _SIZE.search(svg)
        if not (name and picture and figcaption and table and size):
            raise BookFailed(
                f"{paths.shown(self.file)}: exhibit '{name}' lacks its id, picture, caption or table. "
                "Execute the notebook again: study run --force."
            )
        self.pictures[name] = svg
        colour = re.search(r"--axis-colour:\s*(#[0-9A-Fa-f]{6})", str(node.get("style", "")))
        under = node.find_all("p", class_=["exhibit-note", "exhibit-source"])
        return {
            "type": "exhibit", "id": name, "alt": clean(str(picture["alt"])), "size": [float(size[1]), float(size[2])],
            "title": _text(figcaption.find(class_="exhibit-title")),
            "subtitle": _text(figcaption.find(class_="exhibit-subtitle")),
            "colour": colour[1] if colour else "#4d4d4d", "under": [self.runs(p) for p in under],
            "table": self._table(table, small=True), "fold": _text(node.find("summary")),
        }  # fmt: skip

    def _table(self, node: Tag, small: bool = False) -> Block:
        rows = [row.find_all(["th", "td"]) for row in node.find_all("tr")]
        head = rows[0] if rows and all(cell.name == "th" for cell in rows[0]) else None
        if head is None or any(len(row) != len(head) for row in rows) or node.find(colspan=True):
            raise self.refuse("a table without a head, or with rows of unlike length")
        cells = [[self.runs(cell) for cell in row] for row in rows]
        texts = [[_width_of(runs) for runs in row] for row in cells]
        for run in (run for row in cells for runs in row for run in runs):
            run["text"] = columns.breakable(run["text"])
        # the one of an exhibit is there to look up a number
        right = [_aligned_right(cell) for cell in head]
        fit = columns.widths(texts, right, columns.SIZES[1:] if small else columns.SIZES)
        return {
            "type": "table", "caption": "" if small else _text(node.find("caption")), "head": cells[0], "rows": cells[1:],
            "right": right, "size": fit.size, "padding": fit.padding, "widths": list(fit.columns), "tight": fit.tight,
            "together": columns.height(texts, fit) <= _TOGETHER,
            "parted": [max(map(len, row)) > _WHOLE_ROW for row in texts[1:]],
        }  # fmt: skip

    # runs of text

    def runs(self, node: Tag) -> list[Run]:
        """Read the text of an element, with what is marked, linked or code in it."""
        return _tidy(run for child in node.children for run in self._runs(child, {}))

    def _runs(self, node: PageElement, marks: Run) -> Iterator[Run]:
        if type(node) is NavigableString:
            yield {"text": clean(str(node)), **marks}
        elif isinstance(node, Tag) and node.name == "br":
            yield {"text": "\n"}
        elif isinstance(node, Tag) and node.name == "img":
            raise self.refuse(f"the picture '{str(node.get('src', ''))[:60]}', which is no exhibit")
        elif isinstance(node, Tag) and node.name not in _SKIPPED:
            own = dict(marks)
            if node.name in _MARKS:
                own[_MARKS[node.name]] = True
            href = str(node.get("href", ""))
            if href.startswith(_EXTERNAL):
                yield from self._address(node, href, own)
                return
            if href and not href.startswith("data:"):
                own |= self._link(href)
            inside = [run for child in node.children for run in self._runs(child, own)]
            if "to" in own and inside:
                inside[-1]["see"] = True  # the page is named once, after the link
            yield from inside

    def _address(self, node: Tag, href: str, marks: Run) -> Iterator[Run]:
        """Give a link out of the book; its address goes to the end of the page, unless it stands there in full."""
        text = clean(node.get_text())
        if text.rstrip("/") == href.removeprefix("mailto:").rstrip("/"):
            yield {"text": text, "url": href, **marks}
            return
        if node.get("title") == href:  # a number behind the host tells several addresses apart; here the note does
            text = re.sub(r" \(\d+\)$", "", text)
        if href not in self.addresses:
            self.addresses.append(href)
        yield {"text": text, "url": href, "note": self.addresses.index(href) + 1, **marks}

    def _link(self, href: str) -> Run:
        """Resolve a link within the book: to a page, or to something on it."""
        place, _, anchor = href.partition("#")
        stem, suffix = posixpath.splitext(place)
        page = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), stem)) if place else self.name
        if page not in self.known:
            if suffix in (".html", ".md", ".ipynb"):
                raise BookFailed(
                    f"{paths.shown(self.file)} links to '{href}', which is no page of the book. Mend the link."
                )
            return {}
        return {"to": page, "anchor": anchor}


def _tidy(runs: Iterator[Run]) -> list[Run]:
    """Join white space as a browser does, and leave out what is empty."""
    found: list[Run] = []
    for run in runs:
        text = run["text"] if run["text"] == "\n" else re.sub(r"[ \t\n\r\f]+", " ", run["text"])
        if not found or found[-1]["text"].endswith((" ", "\n")):
            text = text if text == "\n" else text.lstrip(" ")
        if text:
            found.append(run | {"text": text})
    if found:
        found[-1] = found[-1] | {"text": found[-1]["text"].rstrip()}
    return [run for run in found if run["text"]]


def clean(text: str, *, lines: bool = False) -> str:
    """Take out of a text what no type can show: control characters, halves of letters, and what Unicode does not define."""
    return "".join(
        letter if _shown(letter) or (lines and letter in "\n\t") else " " * letter.isspace() for letter in text
    )


def _shown(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cn", "Co", "Cs") and letter != "\ufeff"


def _text(node: PageElement | None) -> str:
    return " ".join(clean(node.get_text()).split()) if isinstance(node, Tag) else ""


def _id(node: Tag) -> str:
    return str(node.get("id") or "")


def _aligned_right(cell: Tag) -> bool:
    return "number" in (cell.get("class") or []) or "right" in str(cell.get("style", ""))


def _width_of(runs: list[Run]) -> str:
    """Write a cell as its width is estimated; a number of a note is small, and that of a page is added in print."""
    return "".join(run["text"] + "." * bool(run.get("note")) + " p.\u00a0000" * bool(run.get("see")) for run in runs)
