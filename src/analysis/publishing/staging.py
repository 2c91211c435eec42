"""The executed notebooks of one language, made ready for Jupyter Book.

What a cell shows is written anew from its document: with pictures and downloads in files, so that pages stay light, with
citation and receipt at each exhibit. The document itself is written beside the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import jinja2
import nbformat
from markupsafe import Markup
from nbformat.v4 import new_output

from analysis import document, markup
from analysis.document import Exhibit, Page
from analysis.errors import BookFailed
from analysis.execution import ledger, runs
from analysis.language import Language, language
from analysis.publishing import citing, claims, receipted, site
from analysis.receipts import EXHIBIT

_TEXTS = {
    "id": "an id",
    "wide": "a picture",
    "narrow": "a picture for a phone",
    "alt": "an alternative text",
    "title": "a caption",
    "rows": "a table",
    "data": "a download (CSV)",
    "source": "a source",
}
_LAZY = Markup(' loading="lazy"')


@dataclass(frozen=True)
class Staging:
    """Writes what the pages of one language need into the folder `stage`."""

    stage: Path
    lang: str
    pages: dict[str, Page] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)  # the page at which each exhibit is cited
    _written: dict[str, tuple[str, str]] = field(default_factory=dict)

    def write_pages(self) -> None:
        """Write documents, files of exhibits, and the notebooks with what their cells show.

        Raises
        ------
        BookFailed
            Where an exhibit lacks something, or two that differ have the same name.
        """
        (self.stage / "_static" / "exhibits").mkdir(parents=True, exist_ok=True)
        notebooks = dict(self._notebooks())
        for name, notebook in notebooks.items():
            self._read_page(name, notebook)
        for page in self.pages.values():
            for exhibit in page.exhibits:
                self._write_exhibit(exhibit, page.page)
        for name, notebook in notebooks.items():
            for cell in notebook.cells:
                fold_code(cell)
                self._render_cell(cell, name)
            nbformat.write(notebook, str(self.stage / f"{name}.ipynb"))

    def _notebooks(self) -> Iterator[tuple[str, nbformat.NotebookNode]]:
        for file in sorted(self.stage.rglob("*.ipynb")):
            yield file.relative_to(self.stage).with_suffix("").as_posix(), nbformat.read(str(file), as_version=4)

    def _read_page(self, name: str, notebook: nbformat.NotebookNode) -> None:
        page = document.of_notebook(notebook, name)
        if run := self._runs.get(name):
            page = receipted.complete(page, run, self._check)
            receipted.write_document(self.stage, page)
        self.pages[name] = page
        for exhibit in page.exhibits:
            check_exhibit(exhibit, name)
            if is_brief(self.homes.setdefault(exhibit.id, name)):
                self.homes[exhibit.id] = name

    @cached_property
    def _runs(self) -> Mapping[str, runs.Run]:
        return {run.page: run for run in runs.runs(lang=self.lang)}

    @cached_property
    def _check(self) -> ledger.Check:
        return ledger.Check()

    @cached_property
    def _words(self) -> Language:
        return language(self.lang)

    def _write_exhibit(self, exhibit: Exhibit, page: str) -> None:
        """Write the files of an exhibit, unless it stands on another page too: in a brief, say."""
        for name, file in claims.file_names(exhibit.id).items():
            content = getattr(exhibit, name)
            first, known = self._written.setdefault(file, (page, content))
            if known != content:
                raise BookFailed(
                    f"The exhibits '{exhibit.id}' of the pages '{first}' and '{page}' differ. "
                    "Names are cited: give one another name."
                )
            (self.stage / file).write_text(content, encoding="utf-8", newline="")
        base = self.stage / "_static" / "exhibits" / exhibit.id
        site.write_files(base, citing.files_of(self._work(exhibit), citing.study(self._words)))

    def _work(self, exhibit: Exhibit) -> citing.Work:
        home = self.homes[exhibit.id]
        return citing.Work(exhibit.title, f"{self.lang}/{home}.html", exhibit.id, self.pages[home].title)

    def _render_cell(self, cell: nbformat.NotebookNode, page: str) -> None:
        """Let a cell show what its document says, in one output."""
        if not document.carries_parts(cell):
            return
        parts = [part for output in cell.outputs for part in document.parts_of_output(output)]
        html = markup.render(parts, self._words, lambda exhibit: self._around(exhibit, page))
        cell.outputs = [new_output("display_data", {"text/html": html})]

    def _around(self, exhibit: Exhibit, page: str) -> markup.Around:
        up = "../" * page.count("/")
        addresses = {name: up + file for name, file in claims.file_names(exhibit.id).items()}
        return markup.Around(
            **addresses,
            wide_size=markup.picture_size(exhibit.wide),
            narrow_size=markup.picture_size(exhibit.narrow),
            lazy=_LAZY,
            citation=self._citation(exhibit, up),
            receipt=self._receipts.get(page, {}).get(exhibit.id, Markup()),
        )

    def _citation(self, exhibit: Exhibit, up: str) -> Markup:
        say = site.interface(self.lang)
        text = citing.text(self._work(exhibit), citing.study(self._words), self._words)
        values = {"summary": say["cite_exhibit"], "about": exhibit.title, "text": text, "bibtex": ""}
        base = f"{up}_static/exhibits/{exhibit.id}"
        return Markup(_theme("cite.html").render(say=say, base=base, name=exhibit.id, **values))

    @cached_property
    def _receipts(self) -> dict[str, dict[str, Markup]]:
        """Write the receipts of all exhibits, by page and name."""
        say, template = site.interface(self.lang), _theme("receipt.html")
        written: dict[str, dict[str, Markup]] = {}
        for name, page in self.pages.items():
            panels = receipted.panels(page, self._words, (EXHIBIT,)) if name in self._runs else []
            written[name] = {panel.id: Markup(template.render(say=say, panel=panel)) for panel in panels}
        return written


@lru_cache(maxsize=2)
def _theme(name: str) -> jinja2.Template:
    file = Path(__file__).parent / "theme" / name
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(file.read_text(encoding="utf-8"))


def check_exhibit(exhibit: Exhibit, page: str) -> None:
    """Raise `BookFailed` for an exhibit that lacks picture, alternative text, caption, table, download, id or source."""
    for attribute, what in _TEXTS.items():
        value = getattr(exhibit, attribute)
        if not (value.strip() if isinstance(value, str) else value):
            raise BookFailed(
                f"Exhibit '{exhibit.id}' on the page '{page}' lacks {what}. Every exhibit has picture, alternative "
                "text, caption, table, download, id and source: mend it where it is made, then execute its notebook "
                "again: study run --force."
            )


def fold_code(cell: nbformat.NotebookNode) -> None:
    """Take hidden code out of the text, it stands at the end of the page; mark the findings that a page opens with."""
    tags = ["remove-input" if tag == "hide-input" else tag for tag in cell.metadata.get("tags", [])]
    cell.metadata["tags"] = tags + ["in-short"] * cell.source.rstrip().endswith(".opening")


def code_of(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Give the code of a page in order, without the defaults that the parameters given replace."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    has_parameters = any("injected-parameters" in cell.metadata.get("tags", []) for cell in cells)
    for cell in cells:
        if not (has_parameters and "parameters" in cell.metadata.get("tags", [])):
            yield cell.source.strip()


def is_brief(page: str) -> bool:
    """Say whether a page is a brief, which repeats what other pages hold."""
    return page.rpartition("/")[2] == "brief"
