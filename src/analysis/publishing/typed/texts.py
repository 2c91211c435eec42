"""Where the prose of the study stands: pages, templates, sentences of the library, the tables, and the catalogues."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from analysis import files, paths, tables
from analysis import library as library_code
from analysis.config import SOURCE_LANGUAGE
from analysis.publishing import citing
from analysis.publishing.typed import numerals

PAGE, TEMPLATE, CELL, LIBRARY, TABLE, CITATION = "page", "template", "cell", "library", "table", "citation"
# what says, in the row of a table, where its texts come from
_SOURCES = ("source", "source_url", "source_id", "url", "urls")
# modules in which a text that is put together goes to a reader; elsewhere they are names, styles and messages
_SHOWN = ("chapters/*.py", "prose.py", "figures*.py")
_LOOSE = re.compile(
    r"(?:^|[\s(“«])\d"
)  # a number that begins a text or stands by itself; not one in a name or a colour
# a value built of nothing but these and constants is typed, not computed
_NAMES = frozenset({"words", "self", "str", "int", "float", "round"})
_FORMATS = frozenset({"words", "number", "percent", "years", "listed"})


@dataclass(frozen=True)
class Text:
    """A text that a reader sees.

    Parameters
    ----------
    kind
        What kind of place it is.
    file, at
        File relative to the compendium; place in it, `line 12` say, with `{line}` where the text has several lines.
    lang
        Language of the text.
    prose
        The text; what is no prose is put out of it.
    line
        Number of its first line.
    quoted
        Where its row says that it comes from, in a table; a number in it belongs to that source.
    """

    kind: str
    file: str
    at: str
    lang: str
    prose: str
    line: int = 1
    quoted: str = ""

    def place(self, start: int) -> str:
        """Name the place of a letter of the text."""
        return f"{self.file}, {self.at.format(line=self.line + self.prose.count(chr(10), 0, start))}"


@dataclass(frozen=True)
class Sentence:
    """A call of `say` or `count` with its texts and the values that it gives."""

    file: str
    texts: tuple[str, ...]
    node: ast.Call

    @property
    def places(self) -> set[str]:
        """Give the names of the `{places}` of the texts."""
        return {name for text in self.texts for name in re.findall(r"\{(\w+)\}", text)}

    @property
    def given(self) -> set[str]:
        """Give the names of the values that the call names."""
        return {one.arg for one in self.node.keywords if one.arg}

    @property
    def gives_more(self) -> bool:
        """Say whether the call passes values on that are named elsewhere."""
        return any(one.arg is None for one in self.node.keywords)


def of_pages(lang: str) -> Iterator[tuple[Path, str]]:
    """Give the pages that are written by hand in a language, and their contents."""
    for file in sorted(paths.book(lang).glob("*.md")):
        yield file, files.text_of(file)


def pages(lang: str) -> Iterator[Text]:
    """Give the prose of the pages in a language."""
    for file, content in of_pages(lang):
        yield of_page(paths.shown(file), content, lang)


def of_page(file: str, content: str, lang: str) -> Text:
    """Give the prose of a page."""
    return Text(PAGE, file, "line {line}", lang, numerals.prose(content))


def templates() -> Iterator[Text]:
    """Give the prose of the templates: Markdown, and literals and comments in code."""
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        for number, cell in enumerate(files.json_of(file)["cells"], 1):
            source, at = "".join(cell["source"]), f"cell {number}, line {{line}}"
            if cell["cell_type"] == "markdown":
                yield Text(TEMPLATE, paths.shown(file), at, SOURCE_LANGUAGE, numerals.prose(source))
            elif "parameters" not in cell["metadata"].get("tags", []):
                yield Text(CELL, paths.shown(file), at, SOURCE_LANGUAGE, _literals(source))


def _literals(source: str) -> str:
    """Leave of a piece of code its texts and comments, each where it stands."""
    lines = [list("\0" * len(line)) for line in source.split("\n")]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):  # a number in code is a choice, and no prose
            (row, column), text = token.start, token.string
            for offset, part in enumerate(text.split("\n")):
                start = column if offset == 0 else 0
                lines[row - 1 + offset][start : start + len(part)] = part
    return "\n".join(map("".join, lines))


def library() -> tuple[list[Sentence], list[Text]]:
    """Read the library: the sentences that it says, and its prose, that of the sentences and of other literals."""
    sentences, found = [], []
    for shown, file in library_code.sources():
        content, name = file.read_bytes(), PurePosixPath(shown)
        if not re.search(rb"\b(?:say|count)\(", content):
            continue
        tree = ast.parse(content)
        calls = list(_sentences(shown, tree))
        sentences += calls
        said = {id(one) for call in calls for one in call.node.args}
        found += [text for call in calls for text in _said(call)]
        if any(name.match(pattern) for pattern in _SHOWN):
            found += _loose(shown, tree, said)
    return sentences, found


def _sentences(file: str, tree: ast.AST) -> Iterator[Sentence]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if (name == "say" and texts) or (name == "count" and len(texts) == 2):
                yield Sentence(file, tuple(texts[:2] if name == "count" else texts[:1]), node)


def _said(call: Sentence) -> Iterator[Text]:
    """Give the texts of a sentence, and the values that it is given and that are typed."""
    for text in call.texts:
        prose = numerals.sentence(text).replace("\n", "\0")
        yield Text(LIBRARY, call.file, "line {line}", SOURCE_LANGUAGE, prose, call.node.lineno)
    for one in call.node.keywords:
        if one.arg and _is_typed(one.value):
            prose = f"{one.arg}={ast.unparse(one.value)}"
            yield Text(LIBRARY, call.file, "line {line}", SOURCE_LANGUAGE, prose, one.value.lineno)


def _is_typed(value: ast.expr) -> bool:
    """Say whether a value is built of constants alone, with a number among them."""
    numbers = False
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id not in _NAMES:
            return False
        if isinstance(node, ast.Attribute) and node.attr not in _FORMATS:
            return False
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            numbers |= bool(re.search(r"\d", str(node.value)))
    return numbers


def _loose(file: str, tree: ast.AST, said: set[int]) -> Iterator[Text]:
    """Give the literals with a number that are no sentences, of code that puts texts together for a reader."""
    apart = set(said)
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec:
            apart |= {id(one) for one in ast.walk(node.format_spec)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))  # a docstring
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in apart:
            continue
        if _LOOSE.search(node.value):
            prose = numerals.sentence(node.value).replace("\n", "\0")
            yield Text(LIBRARY, file, "line {line}", SOURCE_LANGUAGE, prose, node.lineno)


def of_tables() -> Iterator[Text]:
    """Give the texts of the tables that are translated, and the titles and licences of the codebooks."""
    for name, one in tables.descriptors().items():
        book = f"data/{one['folder']}/datapackage.json"
        for text in (one["title"], *(licence["title"] for licence in one["licenses"])):
            yield Text(TABLE, book, f"table '{name}'", SOURCE_LANGUAGE, numerals.sentence(text))
        marked = [field["name"] for field in one["schema"]["fields"] if field.get("translated")]
        if not marked:
            continue
        frame = tables.read(name)
        sources = [column for column in _SOURCES if column in frame]
        columns = list(dict.fromkeys([*marked, *sources]))
        for row, values in enumerate(frame[columns].to_dict("records"), 2):
            quoted = next((str(values[column]) for column in sources if not pd.isna(values[column])), "")
            for column in marked:
                if not pd.isna(values[column]):
                    at = f"row {row}, field '{column}'"
                    yield Text(
                        TABLE,
                        f"data/{one['path']}",
                        at,
                        SOURCE_LANGUAGE,
                        numerals.sentence(str(values[column])),
                        quoted=quoted,
                    )


def citation() -> Iterator[Text]:
    """Give the texts of `CITATION.cff` that the book shows."""
    cited = citing.description()
    names = (author["name"] for author in cited["authors"])
    for text in (cited["title"], cited["abstract"], *names, *cited.get("keywords", [])):
        yield Text(
            CITATION, "CITATION.cff", "title, abstract, authors and keywords", SOURCE_LANGUAGE, numerals.sentence(text)
        )
