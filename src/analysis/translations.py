"""The catalogues of translations: what is to be translated, and what is missing or no longer fits.

Every sentence of the study has one source text, English, and for each other language one entry in
`analysis/locale/<language>.po` (gettext, as any editor for translators reads it). Sentences come from the library, from
the templates, from the columns that a codebook marks as `translated`, and from the codebooks themselves. A language in which
there are briefs alone needs what the briefs say: they are made once with a catalogue that gathers what it is asked for.
"""

import ast
import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from analysis import config, files, library, markup, paths, registry, tables
from analysis.errors import MissingTranslation
from analysis.execution import runs
from analysis.exhibits import Section
from analysis.language import ANSWERED, gathered_texts, is_sentence, language, unnamed_by_cldr

# what would change with each update, and what nobody fills in
_HEAD = re.compile(
    r'^"(POT-Creation|PO-Revision|Generated-By|Report-Msgid|Last-Translator|Language-Team).*\n', re.MULTILINE
)
Entry = tuple[str | tuple[str, str], str]  # a text, or singular and plural; and where it stands
# what stands on the page and on the sheet of a brief besides what its cells show
_AROUND_A_BRIEF = {
    "CITATION.cff",
    "notebooks/brief.ipynb",
    "src/analysis/exhibits.py",
    "src/analysis/language.py",
    "src/analysis/publishing/book.py",
    "src/analysis/publishing/citing.py",
    "src/analysis/publishing/measured.py",
    "src/analysis/publishing/page.py",
    "src/analysis/publishing/print.py",
}
_LISTED = 50  # missing texts of a language that a message names


def file_of(lang: str) -> Path:
    """Give the catalogue of a language."""
    return library.catalogue_file(lang)


def wanted(lang: str = config.SOURCE_LANGUAGE) -> Iterator[Entry]:
    """Give every text that is to be translated into a language, and where it stands."""
    yield from _of_code()
    yield from _of_templates()
    yield from _of_tables(lang)
    yield from _of_citation()
    yield from ((caption, registry.FILE) for caption in registry.captions())
    yield from ((name, "data/places/countries.csv") for name in unnamed_by_cldr(lang))


def _of_code() -> Iterator[Entry]:
    """Give the texts of `say("…")` and `count("…", "…", n)`, wherever they stand, in other calls and in f-strings too."""
    for place, file in library.sources():
        yield from _said(ast.parse(file.read_bytes()), place)


def _said(tree: ast.AST, place: str) -> Iterator[Entry]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if name == "say" and texts:
                yield texts[0], place
            elif name == "count" and len(texts) == 2:
                yield (texts[0], texts[1]), place


def _of_templates() -> Iterator[Entry]:
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        for number, cell in enumerate(files.json_of(file)["cells"]):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                # the title of a page is computed, that of the template is for people who open it
                text = source.partition("\n\n")[2] if number == 0 else source
                if text:
                    yield text, paths.shown(file)
            elif cell["cell_type"] == "code":
                with contextlib.suppress(SyntaxError):  # magics, say
                    yield from _said(ast.parse(source), paths.shown(file))


def _of_tables(lang: str) -> Iterator[Entry]:
    for name, one in tables.descriptors().items():
        place = f"data/{one['path']}"
        yield one["title"], place
        yield from ((licence["title"], place) for licence in one["licenses"] if is_sentence(licence["title"]))
        for field in one["schema"]["fields"]:
            if field.get("translated"):
                yield from ((text, place) for text in _of_column(tables.read(name), field, lang))


def _of_column(frame: pd.DataFrame, field: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Give the texts of a column that have no translation in a column of their own."""
    source, separator = field["name"], field.get("separator")
    translation = re.sub(rf"(^|_){config.SOURCE_LANGUAGE}$", rf"\g<1>{lang}", source)
    if translation != source and translation in frame:
        frame = frame[frame[translation].isna()]
    for value in frame[source].dropna().unique():
        parts = [part.strip() for part in value.split(separator)] if separator else [value]
        yield from (part for part in parts if is_sentence(part) and not ANSWERED.match(part))


def _of_citation() -> Iterator[Entry]:
    cited: dict[str, Any] = files.yaml_of(paths.root() / "CITATION.cff")
    texts = [
        cited["title"].partition(": ")[2],
        *(author["name"] for author in cited["authors"]),
        *cited.get("keywords", []),
    ]
    yield from ((text, "CITATION.cff") for text in texts)
    yield " ".join(cited["abstract"].split()), "CITATION.cff"


def template(lang: str = config.SOURCE_LANGUAGE) -> Catalog:
    """Gather all texts that are to be translated into a language."""
    catalog = Catalog(project=config.load().title(config.SOURCE_LANGUAGE), charset="utf-8", fuzzy=False)
    for text, place in wanted(lang):
        if text and text != ("", ""):
            catalog.add(text, locations=[(place, 1)])
    return _of_briefs(catalog, lang) if lang in config.load().briefs else catalog


def _of_briefs(whole: Catalog, lang: str) -> Catalog:
    """Leave of all texts those that briefs say, and those that are translated already."""
    said, before = _said_by_briefs(lang), catalogue(lang)
    catalog = Catalog(project=config.load().title(config.SOURCE_LANGUAGE), charset="utf-8", fuzzy=False)
    for message in whole:
        places = [place for place, _ in message.locations]
        if message.id and (_plural(message) in said or _AROUND_A_BRIEF & set(places) or message.id in before):
            catalog.add(message.id, locations=message.locations)
    return catalog


def _plural(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[-1]


def _said_by_briefs(lang: str) -> set[str]:
    """Make the briefs in a language, cell by cell as their notebook does, and gather the texts that they say."""
    with gathered_texts(lang) as texts:
        for run in runs.selected(lang):
            cells = [
                cell.source
                for cell in runs.cells(run.template)
                if cell.kind == "code" and "parameters" not in cell.tags
            ]
            values: dict[str, Any] = dict(run.parameters)
            # a cell that fails is named by its notebook, with all that it says
            with contextlib.suppress(Exception):
                for source in cells:
                    shown = _executed(source, values)
                    if isinstance(shown, Section):
                        markup.render(shown.document(), language(lang))
    return texts


def _executed(source: str, values: dict[str, Any]) -> object:
    """Execute a cell, and give what it shows: the value of its last line."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, "notebooks/brief.ipynb", "exec"), values)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "notebooks/brief.ipynb", "eval"), values)
    return None


def catalogue(lang: str) -> Catalog:
    """Read the catalogue of a language; an empty one where there is none yet.

    Raises
    ------
    MissingTranslation
        Where the file cannot be read as a catalogue.
    """
    catalog = _read(file_of(lang), lang)
    for message in _shipped(lang):
        if message.id and message.id not in catalog:
            catalog[message.id] = message
    return catalog


def _shipped(lang: str) -> list[Message]:
    """List the messages that come with the code, where a study has a catalogue of its own."""
    shipped = library.shipped_catalogues(lang) if library.has_own_catalogues() else []
    return [message for file in shipped for message in _read(file, lang)]


def _read(file: Path, lang: str) -> Catalog:
    if not file.is_file():
        return Catalog(locale=lang, charset="utf-8", fuzzy=False)
    try:
        return read_po(io.BytesIO(file.read_bytes()), locale=lang, charset="utf-8", abort_invalid=True)
    except (ValueError, PoFileError) as error:  # bytes that are no UTF-8 are a ValueError too
        raise MissingTranslation(
            f"{paths.shown(file)} cannot be read as a catalogue of translations: {error}"
        ) from None


def update(lang: str) -> int:
    """Bring a catalogue up to date: new texts come in untranslated, old ones are kept as obsolete.

    Returns
    -------
    int
        Number of texts that wait for their translation.
    """
    texts = template(lang)  # it refuses what is no language
    for message in _shipped(lang):
        texts.delete(message.id)
    catalog = _read(file_of(lang), lang)
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.header_comment = f"# Translations of the {config.load().title(config.SOURCE_LANGUAGE)} ({lang}); new texts come in by: study translations"
    catalog.project, catalog.version = config.load().title(config.SOURCE_LANGUAGE), ""
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, include_lineno=False)
    text = _HEAD.sub("", out.getvalue().decode())
    files.write_whole(file_of(lang), text)
    return sum(1 for message in catalog if message.id and not _is_translated(message))


def lacking(lang: str) -> list[str]:
    """List all that keeps a language from being built: names of axes, pages written by hand, texts of the catalogue."""
    return [*missing_names(lang), *page_problems(lang), *problems(lang)]


def missing_names(lang: str) -> list[str]:
    """List the values of dimensions without a name in a language, where others have one."""
    settings = config.load()
    return [
        f"{config.FILE}, {kind.section}, {value}: it has no name in '{lang}'. Add one: {lang}: NAME"
        for kind in settings.dimensions.values()
        if kind.section
        for value, entry in settings.entries(kind.name).items()
        if isinstance(entry, dict) and entry.get(config.SOURCE_LANGUAGE) and not entry.get(lang)
    ]


def problems(lang: str) -> list[str]:
    """List what keeps a language from being built: texts without translation, and translations that lost a value."""
    texts, found = template(lang), []
    catalog = catalogue(lang)
    for message in texts:
        if not message.id:
            continue
        own = catalog.get(message.id)
        where = ", ".join(dict.fromkeys(place for place, _ in message.locations))
        if own is None or own.fuzzy or not _is_translated(own):
            found.append(f"no translation: “{_shown(message)}” ({where})")
        elif lost := _other_values(own):
            found.append(f"the translation of “{_shown(message)}” ({where}) {lost}")
    return found


def page_problems(lang: str) -> list[str]:
    """List the hand-written pages that a language lacks, or that were translated from another text than that of today.

    The first line of a translated page says which text it was translated from: `% translated from`, and a digest.
    """
    if lang in config.load().briefs:
        return []
    found = []
    for source in sorted(paths.book(config.SOURCE_LANGUAGE).glob("*.md")):
        page = paths.book(lang) / source.name
        line = f"% translated from {files.digest_file(source)[:12]}"
        if not page.is_file():
            found.append(
                f"{paths.shown(page)} is missing: translate {paths.shown(source)}, and begin with the line: {line}"
            )
        elif files.text_of(page).partition("\n")[0] != line:
            found.append(f"{paths.shown(source)} changed since {paths.shown(page)} was translated: bring it up to date, "
                         f"and begin it with the line: {line}")  # fmt: skip
    return found


def check(languages: tuple[str, ...]) -> None:
    """Raise `MissingTranslation` unless everything is translated into the languages; all that is missing is named at once.

    What was found complete is not looked at again until a source or a catalogue changes.
    """
    good = paths.state() / "good-translations"
    now = {lang: f"{lang} {digest_of_sources((lang,))}" for lang in languages if lang != config.SOURCE_LANGUAGE}
    before = good.read_text(encoding="utf-8", errors="replace").splitlines() if good.is_file() else []
    due = [lang for lang, line in now.items() if line not in before]
    incomplete = [_listed(lang, found) for lang in due if (found := lacking(lang))]
    if incomplete:
        raise MissingTranslation("\n".join([*incomplete, _MEND]))
    if due:
        others = [line for line in before if line.partition(" ")[0] in {*config.load().languages} - set(now)]
        files.write_whole(good, "\n".join(sorted([*others, *now.values()])))


_MEND = "Run `study translations`: it brings the catalogues up to date. Fill in what is empty there, and mend what else is named."


def _listed(lang: str, found: list[str]) -> str:
    more = [f"and {len(found) - _LISTED} more: {paths.shown(file_of(lang))}"] if len(found) > _LISTED else []
    noun = "thing is" if len(found) == 1 else "things are"
    return "\n  ".join([f"In '{lang}', {len(found)} {noun} missing or no longer fit:", *found[:_LISTED], *more])


def digest_of_sources(languages: tuple[str, ...]) -> str:
    """Digest everything that has texts for a reader: library, templates, tables, pages and catalogues."""
    sources = [file for file in library.files() if file.suffix in (".py", ".po")]
    names = (
        "notebooks/*.ipynb",
        "data/*/datapackage.json",
        "data/*/*.csv",
        "CITATION.cff",
        "data/study.yml",
        "book/*/*.md",
        registry.FILE,
    )
    contents = [files.digest_file(file) for file in sorted(sources)] + [files.content_of(name) for name in names]
    return files.digest(json.dumps([languages, contents]).encode())


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(texts)


def _shown(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[-1]
    return text if len(text) <= 120 else f"{text[:117]}…"


def _other_values(message: Message) -> str:
    """Say which `{values}` a translation lost or made up; a singular may write its number out."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    expected = set().union(*(_values(text) for text in ids))
    for number, text in enumerate(strings):
        may_lack = {"n"} if len(strings) > 1 and number == 0 else set()
        if made_up := _values(text) - expected:
            return f"has {_braced(made_up)}, which the source has not"
        if lost := _values(ids[min(number, len(ids) - 1)]) - _values(text) - may_lack:
            return f"lacks {_braced(lost)}"
    return ""


def _values(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def _braced(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
