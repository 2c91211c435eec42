"""The templates: notebooks with parameters, of which pages are made."""

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis import files, paths
from analysis.errors import NotebookFailed, UnknownParameter, did_you_mean


@dataclass(frozen=True)
class Cell:
    """What counts of a cell of a template; stored outputs do not."""

    kind: str
    source: str
    tags: tuple[str, ...]


def names() -> list[str]:
    """Name the templates that are there, in the order of the alphabet."""
    return sorted(file.stem for file in paths.notebooks().glob("*.ipynb"))


def template_file(template: str) -> Path:
    """Give the file of a template, or raise `NotebookFailed` where it is gone."""
    file = paths.notebooks() / f"{template}.ipynb"
    if not file.is_file():
        raise NotebookFailed(f"{paths.shown(file)} is missing. Restore it from version control.")
    return file


def cells(template: str) -> tuple[Cell, ...]:
    """Read the cells of a template."""
    return _cells(files.text_of(template_file(template)), template)


@lru_cache(maxsize=64)
def _cells(text: str, template: str) -> tuple[Cell, ...]:
    try:
        return tuple(
            Cell(cell["cell_type"], "".join(cell["source"]), tuple(cell["metadata"].get("tags", [])))
            for cell in json.loads(text)["cells"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookFailed(f"notebooks/{template}.ipynb cannot be read as a notebook: {error}. Restore it.") from None


def parameters(template: str) -> dict[str, Any]:
    """Give the parameters of a template with their defaults.

    They are the constants that its cell with the tag `parameters` sets.
    """
    defaults: dict[str, Any] = {}
    for cell in cells(template):
        if "parameters" in cell.tags:
            for line in ast.parse(cell.source).body:
                if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                    defaults[line.targets[0].id] = ast.literal_eval(line.value)
    return defaults


def check_parameters(template: str, wanted: Iterable[str]) -> None:
    """Raise `UnknownParameter` for a name that the template does not have.

    Papermill would run with its defaults.
    """
    known = parameters(template)
    for name in wanted:
        if name not in known:
            guess = did_you_mean(name, known)
            raise UnknownParameter(
                f"notebooks/{template}.ipynb has no parameter '{name}'.{guess} It has: {', '.join(known)}."
            )
