"""The print edition: the pages of the book, or the brief of an edition, as PDF set by Typst.

Everything that is printed goes to the template (`print.typ`) as JSON, so that no text of the data or of a page is ever read
as markup. Typst needs no network: the template imports nothing, and the types come with Python packages, so that the same pages
give the same bytes on every machine.
"""

import copy
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

from analysis import config, files, library, paths
from analysis.errors import BookFailed
from analysis.execution import runs
from analysis.language import Language, language
from analysis.publishing import book, citing, site
from analysis.publishing.blocks import Page, read, walk

_TEMPLATE = Path(__file__).parent / "print.typ"
_SHEET = 2  # pages of a brief, which is one sheet of paper
_SCALES = (1.0, 0.94, 0.88, 0.82)  # of the type of a brief, until it fits


def write_editions(languages: Sequence[str]) -> list[Path]:
    """Write book and briefs of some languages into `_build/pdf`, and give the files.

    They are set aside, and take the place of the last ones once all are whole and the disclosure gate has let them pass.

    Raises
    ------
    BookFailed
        Where a page cannot be printed, or shows something of answers that must not be published.
    """
    aside, target = files.workplace() / "print-edition", paths.build() / "pdf"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(write_language, folder=aside / "pdf"), languages))
        if gate := library.extended("check_site"):
            gate(aside)
        for lang in languages:  # a brief of an edition that is no more goes too
            for file in [*target.glob(f"brief-*-{lang}.pdf"), target / f"{lang}.pdf"]:
                file.unlink(missing_ok=True)
        target.mkdir(parents=True, exist_ok=True)
        return [file.replace(target / file.name) for file in sorted((aside / "pdf").glob("*.pdf"))]
    finally:
        files.clear_unfinished()  # of the processes of the languages too


def write_language(lang: str, folder: Path) -> None:
    """Write what is printed in one language into a folder."""
    if lang not in config.load().briefs:
        write_book(lang, folder)
    write_briefs(lang, folder)


def write_book(lang: str, folder: Path) -> Path:
    """Write the whole book in one language into a folder, as `<lang>.pdf`.

    Raises
    ------
    BookFailed
        Where a page is missing or holds something that cannot be printed.
    """
    toc = book.contents(lang)
    book.check_pages(lang, toc)
    places = list(_places(toc))
    known, values = [name for name, _, _ in places], book.substitutions(lang)
    pages = [replace(read(lang, name, known, values), part=part, level=level) for name, part, level in places]
    return write(pages, folder / f"{lang}.pdf", lang)


def write_briefs(lang: str, folder: Path) -> list[Path]:
    """Write each executed brief into a folder, as `brief-<edition>-<lang>.pdf`, one sheet each."""
    found, values = [], book.substitutions(lang)
    known = [name for name, _, _ in _places(book.contents(lang))]
    for run in runs.runs(lang=lang):
        if run.is_brief and run.output.is_file():
            page = read(lang, run.page, known, values)
            target = folder / f"{run.sheet}.pdf"
            found.append(write([page], target, lang, sheet=True))
    return found


def _places(toc: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """List name, part and level of every page of a table of contents, in order."""
    yield toc["root"], "", 1
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            yield chapter["file"], part["caption"], 2
            yield from ((section["file"], part["caption"], 3) for section in chapter.get("sections", []))


def write(pages: Sequence[Page], target: Path, lang: str, *, sheet: bool = False) -> Path:
    """Write pages as one PDF, whole or not at all.

    Parameters
    ----------
    pages
        In order; their parts and levels make the contents.
    target, lang
        File to write, and language of the pages.
    sheet
        One sheet of paper, without title page and contents: type is made smaller until it fits.

    Raises
    ------
    BookFailed
        Where Typst refuses, for want of a letter in the types say, or where a sheet does not fit.
    """
    folder = files.workplace() / "print"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copyfile(_TEMPLATE, folder / _TEMPLATE.name)
    for number, page in enumerate(pages):
        for name, svg in page.pictures.items():
            (folder / f"{number}-{name}.svg").write_bytes(svg)
    document = printable(_document(pages, lang, sheet), language(lang))
    for scale in _SCALES if sheet else _SCALES[:1]:
        (folder / "data.json").write_text(json.dumps(document | {"scale": scale}, ensure_ascii=False), encoding="utf-8")
        content, length = _compiled(folder, pages)
        if not sheet or length <= _SHEET:
            break
    else:
        raise BookFailed(f"The brief '{pages[0].name}' takes {length} pages; one sheet has {_SHEET}. Shorten it.")
    files.write_whole(target, content)
    shutil.rmtree(folder)
    return target


def _compiled(folder: Path, pages: Sequence[Page]) -> tuple[bytes, int]:
    """Let Typst set the document, and give it with its number of pages."""
    compiler = typst.Compiler(
        str(folder / _TEMPLATE.name), root=str(folder), font_paths=_types(), ignore_system_fonts=True
    )
    try:
        content = compiler.compile(format="pdf", pdf_standards="ua-1")
        length = json.loads(compiler.query("<end>", field="value", one=True))
    except typst.TypstError as error:
        raise BookFailed(f"The print edition was not made: {error.message}.{_where(error.message, pages)}") from None
    assert isinstance(content, bytes)
    return content, int(length)


def _where(message: str, pages: Sequence[Page]) -> str:
    """Name the pages that hold a letter which the types lack."""
    found = re.search(r'the text `"(.+?)"`', message)
    holding = [page.name for page in pages if found and found[1] in json.dumps(page.blocks, ensure_ascii=False)]
    return (
        f" It stands in: {', '.join(holding)}. Write it in letters of the Latin, Greek or Cyrillic script."
        if holding
        else ""
    )


def printable(value: Any, words: Language) -> Any:
    """Say in brackets what stands where no type can show it, in all texts of a document.

    Cities answer in their own script and write \N{SPARKLES}: a print edition must neither lose that nor fail because of it. A
    symbol gives its name; words in a script that the types lack refer to the site.
    """
    if isinstance(value, str):
        return _spelled(value, words) if any(map(_missing, set(value))) else value
    if isinstance(value, dict):
        return {name: printable(entry, words) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [printable(entry, words) for entry in value]
    return value


def _spelled(text: str, words: Language) -> str:
    """Spell out the characters of a text that the types lack."""
    parts = []
    for kind, letters in groupby(text, key=_missing):
        if kind == "S":
            parts += [f"[{unicodedata.name(letter, 'symbol').lower()}]" for letter in letters]
        elif kind:
            parts.append(words.say("[words in a script that print cannot show: see the site]"))
        else:
            parts.append("".join(letters))
    return "".join(parts)


def _missing(letter: str) -> str:
    """Give the kind of a character that the types lack, `S` of a symbol say; empty where they have it."""
    kind = unicodedata.category(letter)[0]
    return kind if kind in "LMS" and not letter.isascii() and ord(letter) not in _covered() else ""


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    """Give the characters of the type that stands in for those which others lack."""
    return frozenset(FT2Font(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf").get_charmap())


@lru_cache(maxsize=1)
def _types() -> typst.Fonts:
    """Give the types: those inside the package typst, and the one that matplotlib draws with; never those of the machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[mpl.get_data_path() + "/fonts/ttf"])


def _document(pages: Sequence[Page], lang: str, sheet: bool) -> dict[str, Any]:
    """Gather all that the template needs."""
    words, cited = language(lang), citing.description()
    say, whole = words.say, citing.study(words)
    title, _, subtitle = whole.title.partition(": ")
    version = say("Version {version}", version=whole.version)
    return {
        "lang": lang,
        "sheet": sheet,
        "title": f"{pages[0].title} – {title}" if sheet else title,
        "book": title,
        "subtitle": subtitle[:1].upper() + subtitle[1:],
        "authors": list(whole.authors),
        "websites": [author["website"] for author in cited["authors"] if "website" in author],
        "keywords": [words.translated(word) for word in cited["keywords"]],
        "abstract": words.translated(" ".join(cited["abstract"].split())),
        "editions": _series(words),
        "date": [whole.released.year, whole.released.month, whole.released.day] if whole.released else None,
        "imprint": [
            version + (f", {words.date(whole.released.isoformat())}" if whole.released else ""),
            say("Text and figures: {licence}.", licence=config.load().licence_name),
            say("Code: {licence}.", licence=cited["license"]),
            say("Data: the terms of their own sources, named in the chapters and on the page of data and sources."),
        ],
        "colours": config.load().palette,
        "words": {
            "contents": say("Contents"),
            "addresses": say("Addresses"),
            "page": say("(page {number})", number="{number}"),  # only Typst knows the number
            "short": say("p. {number}", number="{number}"),
            "cite": say("Cite as"),
            "version": version,
        },
        "pages": list(_finished(pages, words)),
    }


def _series(words: Language) -> str:
    """Say what the print edition covers, in the words of the study."""
    covered = library.extended("series")
    return str(covered(words)) if covered else ""


def _finished(pages: Sequence[Page], words: Language) -> Iterator[dict[str, Any]]:
    """Give the pages with what depends on the whole: no heading skips a level, as PDF/UA asks, whichever pages are printed."""
    part, last = "", 0
    for page in pages:
        last = last if page.part == part else 1
        part, top = page.part, min(page.level, last + 1)
        last, blocks = top, copy.deepcopy(page.blocks)
        for block in walk(blocks):
            if block["type"] == "heading":
                block["style"] = block["level"]
                block["level"] = last = min(top + block["level"] - 1, last + 1)
            elif block["type"] == "folded":
                block["text"] = words.count(
                    "{caption}: {n} row, left out in print; it stands on the page of the site.",
                    "{caption}: {n} rows, left out in print; they stand on the page of the site.",
                    block["rows"], caption=block["caption"],
                )  # fmt: skip
        yield {
            "name": page.name, "title": page.title, "part": part, "level": top, "colour": site.colour(page.name),
            "blocks": blocks, "addresses": page.addresses,
        }  # fmt: skip
