"""What stands around the text of a page of the site: languages, contents, colours, and words for machines that read it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.core import get_global
from docutils import nodes
from markupsafe import Markup

from analysis import config, registry
from analysis.document import FINDING, GAP, TEXT, Exhibit, Page, Sentence
from analysis.language import Language, language
from analysis.publishing import citing

# Pages open from the file system too, where some browsers take 'self' for every file and some for none: hence file:, which a
# page from a server cannot load anyway. Scripts are files alone; styles may stand in an element, as the colour of an exhibit
# does. Nothing is loaded from, or sent to, another host.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "form-action 'self' file:; base-uri 'none'"
)
_DESCRIPTION = 300  # letters that a preview shows at most


@dataclass(frozen=True)
class Choice:
    """A language, with its territory as previews want it (`es_ES`), and the address of the page at hand in it."""

    code: str
    locale: str
    name: str
    href: str
    current: bool


def choices(page: str, lang: str) -> list[Choice]:
    """List the languages in which a page exists, with its address relative to the page."""
    settings, up = config.load(), "../" * (page.count("/") + 1)
    addresses = dict.fromkeys(settings.built, page)
    for code in settings.briefs:
        theirs = registry.addresses(code)
        if page in theirs:
            addresses[code] = theirs[page]
        elif page in theirs.values():  # the brief that is the first page there
            addresses[code] = page
    return [
        Choice(code, _locale(code), settings.languages[code], f"{up}{code}/{address}.html", code == lang)
        for code, address in addresses.items()
    ]


def _locale(code: str) -> str:
    likely = get_global("likely_subtags").get(code, code).split("_")
    return f"{code}_{likely[-1]}" if len(likely) > 1 else code


def axis_of(page: str) -> str:
    """Name the value of the coloured dimension that a page is about; empty where it is about none."""
    settings, name = config.load(), page.rpartition("/")[2]
    return name if "/" in page and settings.coloured and name in settings.entries(settings.coloured) else ""


def axis_name(axis: str, lang: str) -> str:
    """Name a value of the coloured dimension in a language."""
    settings = config.load()
    return settings.name_of(settings.coloured, axis, lang)


def colour(page: str) -> str:
    """Give the colour of a page: that of its axis, else that of what cuts across them."""
    return config.load().colour(axis_of(page))


@dataclass(frozen=True)
class Link:
    """An entry of the contents, with the colour of its axis if it is about one; `inside` are those below it."""

    page: str
    title: str
    colour: str
    current: bool
    inside: "tuple[Link, ...]" = ()


@dataclass(frozen=True)
class Part:
    """A part of the book in the contents; it is open where the reader is."""

    caption: str
    links: tuple[Link, ...]
    open: bool


def navigation(toc: Mapping[str, Any], titles: Mapping[str, str], page: str, words: Language) -> list[Part]:
    """Lay out the contents for a page: its part open, and the chapters of its edition shown."""
    parts = []
    for part in toc["parts"]:
        links = tuple(_link(chapter, titles, page, words) for chapter in part["chapters"])
        pages = {link.page for link in links} | {one.page for link in links for one in link.inside}
        parts.append(Part(part["caption"], links, page in pages))
    return parts


def _link(entry: Mapping[str, Any], titles: Mapping[str, str], page: str, words: Language) -> Link:
    name, sections = entry["file"], entry.get("sections", [])
    shown = sections if page in {name, *(section["file"] for section in sections)} else []
    inside = tuple(_link(section, titles, page, words) for section in shown)
    axis = axis_of(name)
    # within a part, or below an edition, the axis says enough
    title = axis_name(axis, words.code) if axis else titles[name]
    return Link(name, title, config.load().colour(axis) if axis else "", name == page, inside)


def place_in(toc: Mapping[str, Any], titles: Mapping[str, str], page: str) -> list[tuple[str, str]]:
    """Say where a page stands: caption of its part (without a page), and the chapter above it."""
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            if chapter["file"] == page:
                return [("", part["caption"])]
            if page in {section["file"] for section in chapter.get("sections", [])}:
                return [("", part["caption"]), (chapter["file"], titles[chapter["file"]])]
    return []


@dataclass(frozen=True)
class Tile:
    """An axis on the front page, with its newest chapter, and how a link to it reads, and its evolution."""

    name: str
    colour: str
    label: str
    chapter: str
    evolution: str


def tiles(lang: str) -> list[Tile]:
    """List the axes with their newest chapters."""
    settings, say, found = config.load(), language(lang).say, list[Tile]()
    pages = [page for page in registry.pages(lang) if settings.coloured in page.values]
    for axis in settings.entries(settings.coloured) if settings.coloured else ():
        own = [
            page for page in pages if page.values[settings.coloured] == axis and not settings.is_planned(page.values)
        ]
        whole = [page for page in own if len(page.values) == 1]
        parts = [page for page in own if len(page.values) > 1]
        if whole and parts:
            newest = [value for name, value in parts[-1].values.items() if name != settings.coloured]
            found.append(
                Tile(
                    name=axis_name(axis, lang),
                    colour=settings.colour(axis),
                    label=say("Newest chapter: {edition}", edition=", ".join(map(str, newest))),
                    chapter=parts[-1].address,
                    evolution=whole[0].address,
                )
            )
    return found


def interface(lang: str) -> dict[str, str]:
    """Give all words of the theme: this is the one place that they come from."""
    say = language(lang).say
    return {
        "study": config.load().title(lang),
        "skip": say("Skip to the text"),
        "menu": say("Contents"),
        "contents": say("Contents of the book"),
        "languages": say("Language"),
        "all_languages": say("Choice of language"),
        "search": say("Search"),
        "search_for": say("Search the study"),
        "no_script": say("The search needs JavaScript. The contents name every page."),
        "dark": say("Dark"),
        "dark_title": say("Dark colours"),
        "where": say("Where this page stands"),
        "pages": say("Neighbouring pages"),
        "previous": say("Previous"),
        "next": say("Next"),
        "axis": say("Axis"),
        "axes": say("The axes"),
        "across": say("Across the editions"),
        "made": say("This page is computed:"),
        "notebook": say("executed notebook"),
        "template": say("template of the notebook"),
        "code": say("Code of this page"),
        "cite_page": say("Cite this page"),
        "cite_study": say("Cite the study"),
        "cite_exhibit": say("Cite this exhibit"),
        "to_copy": say("Copy"),
        "copied": say("Copied"),
        "receipt": say("Receipt"),
        "receipts": say("Receipts: where the sentences and tables of this page come from"),
        "receipts_of_page": say(
            "Each sentence and each table is computed. Its receipt says from which rows of which tables, and by which function."
        ),
        "receipts_file": say("All receipts of this page (JSON)"),
        "made_from": say("Made from:"),
        "made_by": say("Made by:"),
        "digest": say("Digest"),
        "digests": say("Digests:"),
        "check": say("Check it:"),
        "check_page": say("Check the whole page:"),
        "claim": say("Sentence or table"),
        "origin": say("Made from"),
        "maker": say("Made by"),
        "licence": config.load().licence(lang),
        "version": say("Version {version}", version=citing.description()["version"]),
    }


def search_words(lang: str) -> dict[str, str]:
    """Give the words of Sphinx's search, by its own English ones."""
    say = language(lang).say
    return {
        "Searching": say("Searching"),
        "Preparing search...": say("Preparing the search"),
        "Search Results": say("Search results"),
        "Search finished, found ${resultCount} page(s) matching the search query.": say(
            "Pages found: {number}", number="${resultCount}"
        ),
        "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've "
        "selected enough categories.": say("No page holds all of these words. Try fewer words, or others."),
    }


def describe(page: Page | None, doctree: nodes.document, longest: int = _DESCRIPTION) -> str:
    """Describe a page by its first finding, else by its first paragraph, in so many letters at most."""
    texts = {part.role: part.text for part in reversed(page.parts) if isinstance(part, Sentence)} if page else {}
    paragraphs = (paragraph.astext() for paragraph in doctree.findall(nodes.paragraph))
    ordered = [texts[role] for role in (FINDING, GAP, TEXT) if role in texts]
    text = " ".join((ordered[0] if ordered else next(paragraphs, "")).split())
    return text if len(text) <= longest else f"{text[:longest].rpartition(' ')[0]} …"


def mended(body: str) -> str:
    """Mend what Sphinx writes: a keyboard must reach code that scrolls, and roles of lists must have lists inside."""
    return re.sub(r' role="(?:list|doc-biblioentry)"', "", body.replace("<pre>", '<pre tabindex="0">'))


def parted(body: str) -> list[str]:
    """Part the front page before its first section: the tiles of the axes come between."""
    start = body.find("<section", body.find("<section") + 1)
    return [body] if start < 0 else [body[:start], body[start:]]


def write_files(base: Path, contents: Mapping[str, str]) -> None:
    """Write files of one name and several suffixes."""
    base.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in contents.items():
        base.with_name(base.name + suffix).write_text(content, encoding="utf-8", newline="")


def linked_data(page: str, title: str, text: str, whole: citing.Study, exhibits: Iterable[Exhibit]) -> Markup:
    """Describe a page and the data of its exhibits for machines (schema.org), as a script that holds data.

    Parameters
    ----------
    page, title, text
        Name, title and description of the page.
    whole
        The study.
    exhibits
        Exhibits of the page.
    """
    publisher = [{"@type": "Organization", "name": name} for name in whole.authors]
    book: dict[str, Any] = {
        "@type": "Book", "name": whole.title, "inLanguage": whole.lang, "version": whole.version, "author": publisher,
        "publisher": publisher, "license": config.load().licence_address,
    }  # fmt: skip
    if whole.released:
        book["datePublished"] = whole.released.isoformat()
    if whole.address:
        book["url"] = whole.address
    if page == "index":
        about = book | {"description": text}
    else:
        about = {
            "@type": "Chapter", "name": title, "description": text, "inLanguage": whole.lang, "license": config.load().licence_address,
            "author": publisher, "isPartOf": book,
        }  # fmt: skip
    up = "../" * page.count("/")
    datasets = [
        {
            "@type": "Dataset", "identifier": exhibit.id, "name": exhibit.title, "description": exhibit.alt,
            "inLanguage": whole.lang, "citation": exhibit.source,
            "license": [{"@type": "CreativeWork", "name": name} for name in exhibit.licences],
            "distribution": {"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": f"{up}_static/exhibits/{exhibit.id}.csv"},
        }
        for exhibit in exhibits
    ]  # fmt: skip
    return script_of_data({"@context": "https://schema.org", "@graph": [about, *datasets]})


def script_of_data(value: object) -> Markup:
    """Write data as JSON that may stand in a script: nothing in it can end the script."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
