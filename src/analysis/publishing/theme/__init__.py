"""The theme of the site, as a small extension of Sphinx: own templates around the text, and a search that knows no accents.

Templates take their words from `site.interface` and what they show from the context that `on_page` gives; nothing else of
the stock theme is loaded, neither its scripts nor its fonts.
"""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.search import SearchLanguage, languages
from sphinx.util import import_object

from analysis import config, receipts
from analysis.document import Page
from analysis.execution import runs
from analysis.language import language
from analysis.publishing import book, citing, receipted, references, site, staging

HERE = Path(__file__).parent


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the theme and what it hooks into."""
    app.add_html_theme("study", str(HERE))
    app.connect("config-inited", prepare)
    app.connect("html-page-context", on_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}


def prepare(app: Sphinx, config: Config) -> None:
    """Set up what depends on the language: the search, how references are written, and what all pages share."""
    lang = config.language
    app.add_search_language(search_language(lang))
    references.register(language(lang))
    config.html_context |= {
        "toc": book.contents(lang),
        "made_by": {run.page: run.template for run in runs.runs(lang=lang)},
    }


def search_language(lang: str) -> type[SearchLanguage]:
    """Give Sphinx's search of a language, changed so that "Bogota" finds Bogotá; `search.js` does the same in the page."""
    known = languages.get(lang, languages["en"])
    base: Any = import_object(known) if isinstance(known, str) else known

    class Plain(base):  # type: ignore[misc]
        def stem(self, word: str) -> str:
            return str(super().stem(without_accents(word)))

    Plain.lang = lang
    return Plain


def without_accents(word: str) -> str:
    """Write a word in small letters without the marks above and below them."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(letter))


def on_page(app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give the templates what they show around the text of a page."""
    lang = app.config.language
    say, toc = site.interface(lang), app.config.html_context["toc"]
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    body, choices, axis = site.mended(context.get("body", "")), site.choices(page, lang), site.axis_of(page)
    context |= {
        "say": say,
        "policy": site.POLICY,
        "choices": choices,
        "up": "../" * page.count("/"),
        "front": page == toc["root"],
        "locale": next(choice.locale for choice in choices if choice.current),
        "colour": site.colour(page),
        "axis": axis,
        "axis_name": site.axis_name(axis, lang) if axis else "",
        "sections": _sections(app, page),
        "navigation": site.navigation(toc, titles, page, language(lang)),
        "where": site.place_in(toc, titles, page),
    }
    if doctree is None:  # the page of the search, which Sphinx makes itself
        context |= {"title": say["search"], "search_words": site.script_of_data(site.search_words(lang))}
        return
    content = receipted.read_page(Path(app.srcdir), page)
    context |= {"title": titles[page], "description": site.describe(content, doctree), "computed": _computed(app, page)}
    context |= {"bodies": [body], "tiles": []}
    if context["front"]:
        context |= {"bodies": site.parted(body), "tiles": site.tiles(lang)}
    context |= _citation(app, page, content, context)
    context["receipts"] = _receipts(app, content, context) if content else ""


def _sections(app: Sphinx, page: str) -> list[tuple[str, str]]:
    """List the sections of a page: anchor and title; what lies deeper is left to the text."""
    found = app.env.tocs.get(page)
    lists = [child for child in found[0] if isinstance(child, nodes.bullet_list)] if found else []
    # an entry without a link is the contents of the book, which stand at the side
    links = [link for one in lists for item in one for link in list(item.findall(nodes.reference))[:1]]
    return [(str(link["anchorname"]), link.astext()) for link in links]


def _computed(app: Sphinx, page: str) -> dict[str, Any]:
    """Give the code of a page that a notebook made, and the addresses of the notebook and of its template."""
    file = Path(app.srcdir) / f"{page}.ipynb"
    if not file.is_file():
        return {}
    template = app.config.html_context["made_by"].get(page)
    return {
        "notebook": f"_sources/{page}.ipynb",
        "template": f"_static/notebooks/{template}.ipynb" if template else "",
        "code": list(staging.code_of(nbformat.read(str(file), as_version=4))),
    }


def _citation(app: Sphinx, page: str, content: Page | None, context: Mapping[str, Any]) -> dict[str, Any]:
    """Write the files to cite a page by, and describe the page and its exhibits for machines."""
    lang, words = app.config.language, language(app.config.language)
    title, whole = context["title"], citing.study(words)
    work = None if context["front"] else citing.Work(title, f"{lang}/{page}.html")
    site.write_files(Path(app.outdir) / page, citing.files_of(work, whole))
    exhibits = content.exhibits if content else []
    return {
        "citation": citing.text(work, whole, words),
        "bibtex": citing.bibtex(work, whole),
        "base": page.rpartition("/")[2],
        "linked_data": site.linked_data(page, title, context["description"], whole, exhibits),
    }


def _receipts(app: Sphinx, content: Page, context: Mapping[str, Any]) -> str:
    """Lay out the receipts of the sentences and listings, for the end of the page, and put the document beside it."""
    lang, page = app.config.language, content.page
    receipted.write_document(Path(app.outdir), content)
    panels = receipted.panels(content, language(lang), (receipts.SENTENCE, receipts.LISTING))
    option = "" if lang == config.SOURCE_LANGUAGE else f" --lang {lang}"
    values = {"file": f"{page.rpartition('/')[2]}.json", "command": f"study verify {page}{option}"}
    written: str = app.builder.templates.render("receipts.html", {"say": context["say"], "panels": panels} | values)
    return written
