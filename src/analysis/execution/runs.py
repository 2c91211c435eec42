"""The runs to make: a template, its parameters, and the page that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import config, paths, registry
from analysis.templates import cells as cells  # callers take these from here
from analysis.templates import check_parameters as check_parameters
from analysis.templates import parameters as parameters
from analysis.templates import template_file as template_file


@dataclass(frozen=True)
class Run:
    """One notebook to make: a template, its parameters, and the place of the result under `book/<lang>/`.

    `folder` is another place than the book, for what is made beside it.
    """

    template: str
    parameters: Mapping[str, Any]
    page: str
    folder: Path | None = None

    @property
    def lang(self) -> str:
        """Give the language of the page."""
        return str(self.parameters["lang"])

    @property
    def output(self) -> Path:
        """Give the file of the executed notebook."""
        return (self.folder or paths.book(self.lang)) / f"{self.page}.ipynb"

    @property
    def place(self) -> str:
        """Give language and page, as a progress bar shows the run."""
        return f"{self.lang}/{self.page}"

    @property
    def key(self) -> str:
        """Name the run in the ledger."""
        return self.place.replace("/", "-")

    @property
    def is_brief(self) -> bool:
        """Say whether its page is one of those that languages of briefs have."""
        return any(entry.briefs and entry.template == self.template for entry in registry.entries())

    @property
    def sheet(self) -> str:
        """Name its print edition, where it is a brief."""
        return "-".join(["brief", *(str(value) for value in self.parameters.values())])

    @property
    def name(self) -> str:
        """Name the run in a message: the template with its parameters."""
        given = ", ".join(f"{name} {value}" for name, value in self.parameters.items())
        return f"notebooks/{self.template}.ipynb ({given})"

    def cell_number(self, index: int) -> int:
        """Give the number that a cell of the executed notebook has in its template, counted from 1.

        Papermill puts a cell with the parameters given behind that of the defaults.
        """
        defaults = next((n for n, cell in enumerate(cells(self.template)) if "parameters" in cell.tags), -1)
        return index if index > defaults else index + 1

    @property
    def by_hand(self) -> str:
        """Say how to execute it alone, to see it whole."""
        given = " ".join(f"-p {name} '{value}'" if " " in str(value) else f"-p {name} {value}"
                         for name, value in self.parameters.items())  # fmt: skip
        return f"To see it whole: papermill notebooks/{self.template}.ipynb out.ipynb {given}"


def runs(edition: int | None = None, axis: str | None = None, lang: str | None = None) -> list[Run]:
    """List the runs of the matrix, or the part of it that the names given select.

    Raises
    ------
    UnknownCell
        Where a name is not in `data/study.yml`, or an edition does not cover the axis.
    """
    return selected(lang, edition=edition, axis=axis)


def selected(lang: str | None = None, **values: Any) -> list[Run]:
    """List the runs of the pages that are made for some values of dimensions; `None` stands for all.

    Raises
    ------
    UnknownCell
        Where a value is not in `data/study.yml`, or the values do not go together.
    """
    settings = config.load()
    chosen = {name: value for name, value in values.items() if value is not None}
    settings.check(lang, **chosen)
    return [
        Run(page.entry.template, page.parameters(code), page.address)
        for code in ([lang] if lang else settings.made)
        for page in registry.pages(code)
        if page.entry.template and chosen.items() <= page.values.items()
    ]


def briefs() -> list[tuple[Run, Mapping[str, Any]]]:
    """List the runs of the briefs in all languages, with the values that each is about."""
    return [
        (Run(page.entry.template, page.parameters(lang), page.address), page.values)
        for lang in config.load().made
        for page in registry.pages(lang)
        if page.entry.briefs
    ]


def beside(dimension: str, value: str, name: str, lang: str, folder: Path) -> Run:
    """Give the run of a page for any value of a dimension, made into another folder than the book.

    `name` stands for the value in the address of the page.
    """
    entry = registry.single(dimension)
    return Run(entry.template, {dimension: value, "lang": lang}, entry.page.format(**{dimension: name}), folder)


def remove_orphans(lang: str) -> None:
    """Delete executed chapters that are no longer in the matrix."""
    wanted, folder = {run.output for run in runs(lang=lang)}, paths.book(lang)
    for file in folder.rglob("*.ipynb"):
        if file not in wanted and ".ipynb_checkpoints" not in file.parts:
            file.unlink()
