"""The runs to make: a template, its parameters, and the page that comes of it."""

import ast
import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis import files, paths, study
from analysis.errors import InvalidData, NotebookFailed, UnknownParameter, did_you_mean
from analysis.study import WHOLE_STUDY


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


# pages on the whole study: template, and page where that has another name
_WHOLE = {
    "front": "index",
    "sources": "sources",
    "factors": "factors",
    "participation": "participation",
    "outlook": "outlook",
}
_OF_AXES = ("evolution", "inequality")


def runs(edition: int | None = None, axis: str | None = None, lang: str | None = None) -> list[Run]:
    """List the runs of the matrix, or the part of it that the names given select.

    Raises
    ------
    UnknownCell
        Where a name is not in `data/study.yml`, or an edition does not cover the axis.
    """
    study.load().check(edition, axis, lang)
    found = []
    for code in [lang] if lang else (*study.load().built, *study.load().briefs):
        if code in study.load().briefs:
            found += briefs(code, edition) if axis is None else []
            continue
        if edition is None and axis is None:
            found += [Run(template, {"lang": code}, page) for template, page in _WHOLE.items()]
            found.append(brief(None, code))
            found += [programme(period, code) for period in study.load().periods]
            found += profiles(code)
        if edition is None:
            found += [
                of_axis(template, name, code)
                for template in _OF_AXES
                for name in study.load().axes
                if axis in (None, name)
            ]
        found += _of_editions(edition, axis, code)
    return found


def _of_editions(edition: int | None, axis: str | None, lang: str) -> list[Run]:
    found = []
    for year, entry in study.load().editions.items():
        if edition not in (None, year):
            continue
        if axis is None:
            found += [Run("edition", {"edition": year, "lang": lang}, f"editions/{year}/index"), brief(year, lang)]
        chosen = [name for name in entry.axes if axis in (None, name)]
        found += [
            Run("axis", {"edition": year, "axis": name, "lang": lang}, f"editions/{year}/{name}") for name in chosen
        ]
    return found


def of_axis(template: str, axis: str, lang: str) -> Run:
    """Give the run of a chapter on one axis across the editions: `evolution` or `inequality`."""
    return Run(template, {"axis": axis, "lang": lang}, f"{template}/{axis}")


def brief(edition: int | None, lang: str) -> Run:
    """Give the run of the brief of an edition, or of the whole study."""
    whole = "index" if lang in study.load().briefs else "brief"  # where there are briefs alone, a reader begins there
    page = whole if edition is None else f"editions/{edition}/brief"
    return Run("brief", {"edition": WHOLE_STUDY if edition is None else edition, "lang": lang}, page)


def briefs(lang: str, edition: int | None = None) -> list[Run]:
    """Give the runs of the briefs in a language that has nothing else, or of the brief of one edition.

    An edition comes in once it is published: till then its sentences change, and nobody translates them alone.
    """
    published = study.load().published
    years = [None, *published] if edition is None else [year for year in published if year == edition]
    return [brief(year, lang) for year in years]


def programme(period: str, lang: str) -> Run:
    """Give the run of the report on a programme of work."""
    return Run("programme", {"period": period, "lang": lang}, f"programme/{period}")


def profiles(lang: str) -> list[Run]:
    """Give the runs of the profiles that stand in the book: of the lead city, and of each documented participant."""
    matrix = study.load()
    places = {matrix.lead_city: matrix.lead_name} | dict(
        sorted(_participants().items(), key=lambda one: paths.plain(one[1]))
    )
    return [city(place, paths.slug(name), lang) for place, name in places.items()]


def _participants() -> dict[str, str]:
    """Name the documented participants by their place id; without pandas, since `study status` must answer at once."""
    file = paths.data() / "published" / "participants.csv"
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return {row["place_id"]: row["city"] for row in csv.DictReader(rows) if row["place_id"]}
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise InvalidData(f"{paths.shown(file)} cannot be read: {error}. Restore it, or see: study validate") from None


def city(place: str, name: str, lang: str, folder: Path | None = None) -> Run:
    """Give the run of the profile of a city; `name` is that of its page."""
    return Run("city", {"place": place, "lang": lang}, f"cities/{name}", folder)


def remove_orphans(lang: str) -> None:
    """Delete executed chapters that are no longer in the matrix."""
    wanted, folder = {run.output for run in runs(lang=lang)}, paths.book(lang)
    for file in folder.rglob("*.ipynb"):
        if file not in wanted and ".ipynb_checkpoints" not in file.parts:
            file.unlink()


def template_file(template: str) -> Path:
    """Give the file of a template, or raise `NotebookFailed` where it is gone."""
    file = paths.notebooks() / f"{template}.ipynb"
    if not file.is_file():
        raise NotebookFailed(f"{paths.shown(file)} is missing. Restore it from version control.")
    return file


@dataclass(frozen=True)
class Cell:
    """What counts of a cell of a template; stored outputs do not."""

    kind: str
    source: str
    tags: tuple[str, ...]


def cells(template: str) -> tuple[Cell, ...]:
    """Read the cells of a template."""
    return _cells(files.text_of(template_file(template)), template)


@lru_cache(maxsize=16)
def _cells(text: str, template: str) -> tuple[Cell, ...]:
    try:
        return tuple(
            Cell(cell["cell_type"], "".join(cell["source"]), tuple(cell["metadata"].get("tags", [])))
            for cell in json.loads(text)["cells"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookFailed(f"notebooks/{template}.ipynb cannot be read as a notebook: {error}. Restore it.") from None


def parameters(template: str) -> dict[str, Any]:
    """Give the parameters of a template with their defaults: the constants set in its cell with the tag `parameters`."""
    found: dict[str, Any] = {}
    for cell in cells(template):
        if "parameters" in cell.tags:
            for line in ast.parse(cell.source).body:
                if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                    found[line.targets[0].id] = ast.literal_eval(line.value)
    return found


def check_parameters(template: str, names: Iterable[str]) -> None:
    """Raise `UnknownParameter` for a name that the template does not have; papermill would run with its defaults."""
    known = parameters(template)
    for name in names:
        if name not in known:
            guess = did_you_mean(name, known)
            raise UnknownParameter(
                f"notebooks/{template}.ipynb has no parameter '{name}'.{guess} It has: {', '.join(known)}."
            )
