"""Facts that texts name and that are there no longer: substitutions, values of sentences, exhibits."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import nbformat

from analysis import config, document, files, paths
from analysis.config import SOURCE_LANGUAGE
from analysis.errors import did_you_mean
from analysis.publishing.typed import numerals, texts

_SUBSTITUTION = re.compile(r"\{\{\s*(\w*)")
_NAME = re.compile(r"(?<![\w/.-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w/-])(?!\.\w)")
_OF_YEAR = re.compile(r"(?:19|20)\d\d-[a-z]")


def substituted(content: str) -> Iterator[tuple[str, int]]:
    """Give the substitutions of a page, and the line of each."""
    text = numerals.without_code(content)
    for found in _SUBSTITUTION.finditer(text):
        yield found[1], text.count("\n", 0, found.start()) + 1


def substitutions(lang: str, offered: Mapping[str, str]) -> list[str]:
    """Say which substitutions of the pages nothing offers, and which a translated page lost."""
    found = []
    source = {
        file.name: {name for name, _ in substituted(content)} for file, content in texts.of_pages(SOURCE_LANGUAGE)
    }
    for file, content in texts.of_pages(lang):
        used = dict(substituted(content))
        for name, line in used.items():
            if name not in offered:
                found.append(f"{paths.shown(file)}, line {line}: {{{{ {name} }}}} stands for nothing.{did_you_mean(name, offered)} "
                             f"Offered: {', '.join(sorted(offered))}.")  # fmt: skip
        lost = source.get(file.name, set()) - set(used)
        found += [
            f"{paths.shown(file)}, line 1: the English page gives {{{{ {name} }}}}, this one does not. Put it where the "
            "English page has it." for name in sorted(lost)
        ]  # fmt: skip
    return found


def unused(offered: Iterable[str]) -> list[str]:
    """Say which substitutions are offered and stand on no page."""
    used = {name for _, content in texts.of_pages(SOURCE_LANGUAGE) for name, _ in substituted(content)}
    return [
        f"{config.load().extension} offers {{{{ {name} }}}} (substitutions), and no page uses it. Delete it there."
        for name in offered if name not in used
    ]  # fmt: skip


def values(sentences: Sequence[texts.Sentence]) -> list[str]:
    """Say of which sentences a `{place}` is given no value, and which values stand in none."""
    found = []
    for one in sentences:
        place = f"{one.file}, line {one.node.lineno}: “{shorter(one.texts[-1])}”"
        given = one.given | ({"n"} if len(one.texts) > 1 else set())  # `count` gives the number itself
        if not one.gives_more:
            for name in sorted(one.places - given):
                found.append(f"{place} has {{{name}}}, and the call gives no such value.{did_you_mean(name, given)} "
                             f"Give it as {name}=…, or take it out of the sentence.")  # fmt: skip
        for name in sorted(one.given - one.places):
            found.append(f"{place} is given {name}=…, and has no {{{name}}}.{did_you_mean(name, one.places)} "
                         "Put it into the sentence, or do not give it.")  # fmt: skip
    return found


def made(lang: str) -> set[str]:
    """Give the names of all exhibits and listings of the executed notebooks of a language."""
    names: set[str] = set()
    for file in paths.book(lang).rglob("*.ipynb"):
        if ".ipynb_checkpoints" not in file.parts:
            page = document.of_notebook(nbformat.read(str(file), as_version=4), file.stem)
            names.update(part.id for part in page.claims if isinstance(part, document.Exhibit | document.Listing))
    return names


def exhibits(lang: str, known: set[str]) -> list[str]:
    """Say which exhibits the pages and templates cite, in code, commands or links, that no chapter makes."""
    beginnings = {name.partition("-")[0] for name in known}
    found = []
    for place, content in _citing(lang):
        prose = numerals.prose(content)
        for name in _NAME.finditer(content):
            in_code = prose[name.start()] != content[name.start()]
            is_one = _OF_YEAR.match(name[0]) or (in_code and name[0].partition("-")[0] in beginnings)
            if is_one and name[0] not in known:
                line = content.count("\n", 0, name.start()) + 1
                found.append(f"{place}, line {line}: no chapter makes the exhibit '{name[0]}'.{did_you_mean(name[0], known)} "
                             "Cite one that there is.")  # fmt: skip
    return found


def _citing(lang: str) -> Iterator[tuple[str, str]]:
    """Give pages and, with the English ones, the Markdown of templates, and the place of each."""
    for file, content in texts.of_pages(lang):
        yield paths.shown(file), content
    for file in sorted(paths.notebooks().glob("*.ipynb")) if lang == SOURCE_LANGUAGE else ():
        for number, cell in enumerate(files.json_of(file)["cells"], 1):
            if cell["cell_type"] == "markdown":
                yield f"{paths.shown(file)}, cell {number}", "".join(cell["source"])


def shorter(text: str) -> str:
    """Cut a long text."""
    return text if len(text) <= 80 else f"{text[:77]}…"
