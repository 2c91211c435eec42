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
from analysis.execution import runs
from analysis.language import language
from analysis.publishing import book, citing, exhibited, receipted, references, site

HERE = Path(__file__).parent
SEARCH = "search"  # the page that Sphinx makes itself; it is in no table of contents


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the theme and what it hooks into."""
    app.add_html_theme("study", str(HERE))
    app.connect("config-inited", prepare)
    app.connect("html-page-context", on_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}


def prepare(app: Sphinx, config: Config) -> None:
    """Set up what depends on the language: the search, and how references are written."""
    app.add_search_language(search_language(config.language))
    references.register(language(config.language))


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


def on_page(app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None) -> None:
    """Give the templates what they show around the text of a page."""
    lang = app.config.language
    say, toc = site.interface(lang), book.contents(lang)
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    body, choices, axis = site.mended(context.get("body", "")), site.choices(page, lang), site.axis_of(page)
    context |= {
        "say": say, "policy": site.POLICY, "choices": choices, "up": "../" * page.count("/"), "front": page == toc["root"],
        "locale": next(one.locale for one in choices if one.current), "colour": site.colour(page), "axis": axis,
        "axis_name": site.axis_name(axis, lang) if axis else "", "sections": _sections(app, page),
        "navigation": site.navigation(toc, titles, page, language(lang)), "where": site.place_in(toc, titles, page),
    }  # fmt: skip
    if page == SEARCH:
        words = site.script_of_data(site.search_words(lang))
        context |= {"title": say["search"], "search_words": words}
    else:
        context |= {"title": titles[page], "description": site.describe(body), "computed": _computed(app, page)}
        context |= {"bodies": [body], "tiles": []}
        if context["front"]:
            context |= {"bodies": site.parted(body), "tiles": site.tiles(lang)}
        _cite(app, page, titles, context)
        _receipts(app, page, context)


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
    run = next((one for one in runs.runs(lang=app.config.language) if one.page == page), None)
    return {
        "notebook": f"_sources/{page}.ipynb",
        "template": f"_static/notebooks/{run.template}.ipynb" if run else "",
        "code": list(exhibited.code(nbformat.read(str(file), as_version=4))),
    }


def _cite(app: Sphinx, page: str, titles: Mapping[str, str], context: dict[str, Any]) -> None:
    """Write the files to cite a page and its exhibits by, put what leads there into the text, and describe both."""
    lang, words, homes = app.config.language, language(app.config.language), app.config.html_context["homes"]
    whole = citing.study(words)
    work = None if context["front"] else citing.Work(titles[page], f"{lang}/{page}.html")
    _write(Path(app.outdir) / page, citing.files_of(work, whole))
    shown, added = [], {}
    for exhibit in site.exhibits("".join(context["bodies"]), words):
        home, base = homes.get(exhibit.name, page), f"_static/exhibits/{exhibit.name}"
        own = citing.Work(exhibit.title, f"{lang}/{home}.html", exhibit.name, titles[home])
        _write(Path(app.outdir) / base, citing.files_of(own, whole))
        values = {"summary": context["say"]["cite_exhibit"], "about": exhibit.title, "text": citing.text(own, whole, words),
                  "bibtex": "", "base": context["up"] + base, "name": exhibit.name}  # fmt: skip
        added[exhibit.name] = app.builder.templates.render("cite.html", {"say": context["say"]} | values)
        shown.append((exhibit, site.licences(Path(app.srcdir) / f"{base}.csv"), f"{context['up']}{base}.csv"))
    context |= {
        "bodies": [site.with_citations(body, added) for body in context["bodies"]],
        "citation": citing.text(work, whole, words), "bibtex": citing.bibtex(work, whole), "base": page.rpartition("/")[2],
        "linked_data": site.linked_data(page, titles[page], context["description"], whole, shown),
    }  # fmt: skip


def _receipts(app: Sphinx, page: str, context: dict[str, Any]) -> None:
    """Put the receipt of each exhibit below it, and those of the sentences and listings at the end of the page."""
    lang = app.config.language
    context["receipts"] = ""
    if (kept := receipted.read(Path(app.srcdir), page)) is None:
        return
    render, say = app.builder.templates.render, context["say"]
    panels = receipted.panels(kept, language(lang))
    added = {one.id: render("receipt.html", {"say": say, "panel": one}) for one in panels[receipts.EXHIBIT]}
    context["bodies"] = [site.with_receipts(body, added) for body in context["bodies"]]
    rest = [*panels[receipts.SENTENCE], *panels[receipts.LISTING]]
    command = f"study verify {page}" + ("" if lang == config.SOURCE_LANGUAGE else f" --lang {lang}")
    file = f"{context['up']}{receipted.file_of(page)}"
    context["receipts"] = render("receipts.html", {"say": say, "panels": rest, "file": file, "command": command})


def _write(base: Path, contents: Mapping[str, str]) -> None:
    """Write files of one name and several suffixes."""
    base.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in contents.items():
        base.with_name(base.name + suffix).write_text(content, encoding="utf-8", newline="")
