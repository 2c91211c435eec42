"""Markdown of a page, hand-written or in a notebook, as plain blocks that can be printed.

It is parsed by the very parser that the site uses. What the print edition cannot set is refused, never left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.tree import SyntaxTreeNode
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from analysis import files, paths
from analysis.errors import BookFailed
from analysis.language import Language
from analysis.publishing import references
from analysis.publishing.typeset import Block, Links, Run, clean, table_block, tidy

_MARKS = {"strong": "strong", "em": "emph"}
_ADMONITIONS = ("{note}", "{tip}", "{warning}", "{important}")
_SILENT = ("myst_target", "myst_line_comment", "myst_block_break", "front_matter", "hr")


@dataclass(frozen=True)
class MarkdownReader:
    """Reads the Markdown of a page.

    Parameters
    ----------
    place
        File of the page, as messages name it.
    words
        Language of the page.
    links
        Resolves the links of the page.
    substitutions
        What stands for `{{ name }}`.
    """

    place: str
    words: Language
    links: Links
    substitutions: Mapping[str, str]

    def read(self, text: str) -> list[Block]:
        """Read a text as blocks.

        Raises
        ------
        BookFailed
            Where it holds something that cannot be printed.
        """
        return self._blocks(SyntaxTreeNode(self._parser.parse(text)).children)

    @cached_property
    def _parser(self) -> MarkdownIt:
        config = files.yaml_of(paths.root() / "_config.yml")
        extensions = set(config["parse"]["myst_enable_extensions"])
        return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)

    def refuse(self, what: str) -> BookFailed:
        """Say what cannot be printed."""
        return BookFailed(f"{self.place}: the print edition cannot set {what}. Write it in plain Markdown.")

    def _blocks(self, nodes: Sequence[SyntaxTreeNode]) -> list[Block]:
        return [block for node in nodes for block in self._block(node)]

    def _block(self, node: SyntaxTreeNode) -> list[Block]:
        if node.type in _SILENT or (node.type == "html_block" and _is_comment(node.content)):
            return []
        if node.type not in self._readers:
            raise self.refuse("HTML" if node.type == "html_block" else f"'{node.type}'")
        return self._readers[node.type](node)

    @cached_property
    def _readers(self) -> Mapping[str, Callable[[SyntaxTreeNode], list[Block]]]:
        return {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "inline": self._paragraph,
            "bullet_list": self._list,
            "ordered_list": self._list,
            "dl": self._terms,
            "blockquote": self._quote,
            "code_block": self._code,
            "fence": self._fence,
            "colon_fence": self._fence,
            "table": self._table,
            "substitution_block": self._substitution,
        }

    def _heading(self, node: SyntaxTreeNode) -> list[Block]:
        return [{"type": "heading", "level": int(node.tag[1]), "runs": self._runs(node), "id": ""}]

    def _paragraph(self, node: SyntaxTreeNode) -> list[Block]:
        runs = self._runs(node)
        return [{"type": "paragraph", "kind": "text", "runs": runs}] if runs else []

    def _list(self, node: SyntaxTreeNode) -> list[Block]:
        items = [self._blocks(item.children) for item in node.children]
        return [{"type": "list", "ordered": node.type == "ordered_list", "items": items}]

    def _terms(self, node: SyntaxTreeNode) -> list[Block]:
        items: list[Block] = []
        for child in node.children:
            if child.type == "dt":
                items.append({"runs": self._runs(child), "blocks": []})
            elif items:
                items[-1]["blocks"] += self._blocks(child.children)
        return [{"type": "terms", "items": items}]

    def _quote(self, node: SyntaxTreeNode) -> list[Block]:
        return [{"type": "quote", "blocks": self._blocks(node.children)}]

    def _code(self, node: SyntaxTreeNode) -> list[Block]:
        return [{"type": "code", "text": clean(node.content, lines=True).strip("\n")}]

    def _fence(self, node: SyntaxTreeNode) -> list[Block]:
        name = node.info.strip()
        if not name.startswith("{"):
            return self._code(node)
        if name == "{bibliography}":
            return [self._bibliography()]
        if name not in _ADMONITIONS:
            raise self.refuse(f"the directive '{name}'")
        return [{"type": "quote", "blocks": self.read(node.content)}]

    def _bibliography(self) -> Block:
        items = []
        for entry in references.listed():
            runs = [run for piece in entry for run in self._reference(piece)]
            items.append([{"type": "paragraph", "kind": "text", "runs": tidy(runs)}])
        return {"type": "list", "ordered": False, "items": items}

    def _reference(self, piece: references.Piece) -> Iterator[Run]:
        marks: Run = {"emph": True} if piece.emphasised else {}
        if piece.address:
            yield from self.links.runs(piece.text, piece.address, marks)
        else:
            yield {"text": clean(piece.text), **marks}

    def _table(self, node: SyntaxTreeNode) -> list[Block]:
        rows = [row for part in node.children for row in part.children]
        cells = [[self._runs(cell) for cell in row.children] for row in rows]
        right = ["right" in str(cell.attrs.get("style", "")) for cell in rows[0].children]
        return [table_block(cells[0], cells[1:], right)]

    def _substitution(self, node: SyntaxTreeNode) -> list[Block]:
        runs = tidy([{"text": clean(self._value_of(node.content))}])
        return [{"type": "paragraph", "kind": "text", "runs": runs}]

    # text

    def _runs(self, node: SyntaxTreeNode) -> list[Run]:
        """Read the text of a block, with what is marked, linked or code in it."""
        if node.type == "inline":
            return tidy(self._inline(node.children, {}))
        inner = [child for inline in node.children for child in inline.children]
        return tidy(self._inline(inner, {}))

    def _inline(self, nodes: Sequence[SyntaxTreeNode], marks: Run) -> Iterator[Run]:
        for node in nodes:
            yield from self._inline_node(node, marks)

    def _inline_node(self, node: SyntaxTreeNode, marks: Run) -> Iterator[Run]:
        if node.type in ("text", "text_special", "softbreak"):
            yield {"text": " " if node.type == "softbreak" else clean(node.content), **marks}
        elif node.type == "hardbreak":
            yield {"text": "\n"}
        elif node.type == "code_inline":
            yield {"text": clean(node.content), **marks, "code": True}
        elif node.type in _MARKS:
            yield from self._inline(node.children, marks | {_MARKS[node.type]: True})
        elif node.type == "link":
            runs = list(self._inline(node.children, marks))
            yield from self.links.linked(runs, str(node.attrs["href"]), marks)
        elif node.type == "substitution_inline":
            yield {"text": clean(self._value_of(node.content)), **marks}
        elif node.type == "myst_role":
            yield {"text": self._role(node), **marks}
        elif node.type == "image":
            raise self.refuse(f"the picture '{str(node.attrs.get('src', ''))[:60]}', which is no exhibit")
        elif not (node.type == "html_inline" and _is_comment(node.content)):
            raise self.refuse("HTML" if node.type == "html_inline" else f"'{node.type}'")

    def _value_of(self, name: str) -> str:
        name = name.strip()
        if name not in self.substitutions:
            known = ", ".join(self.substitutions)
            raise BookFailed(f"{self.place} names '{{{{ {name} }}}}', which is not known. Known: {known}.")
        return self.substitutions[name]

    def _role(self, node: SyntaxTreeNode) -> str:
        if node.meta["name"] != "cite:t":
            raise self.refuse(f"the role '{{{node.meta['name']}}}'")
        return references.in_text(node.content, self.words)


def _is_comment(content: str) -> bool:
    """Say whether a piece of HTML is a comment, or the box of an item in a list of tasks."""
    return content.strip().startswith(("<!--", "<input"))
