"""What this study adds to the engine; `extension` in data/study.yml names this module.

Each function imports what it needs when it is called, so that a command which needs none of it is quick.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from analysis.language import Language


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this study to those of the engine."""
    from analysis import commands

    app.registered_commands += commands.app.registered_commands
    app.registered_groups += commands.app.registered_groups


def import_chapters() -> None:
    """Import all that the chapters need, once for all children."""
    from analysis import chapters

    for module in pkgutil.iter_modules(chapters.__path__):
        importlib.import_module(f"{chapters.__name__}.{module.name}")


def substitutions(words: "Language") -> dict[str, str]:
    """Give the numbers that hand-written pages may use; they come from the code and the data."""
    from analysis import alternatives, prose, study
    from analysis.chapters import setting

    matrix = study.load()
    return {
        "confidence": prose.confidence(words),
        "minimum": words.number(setting.MINIMUM),
        "minimum_group": words.number(setting.MINIMUM_GROUP),
        "panel": words.percent(100 * alternatives.FULL),
        "look_back": words.number(setting.LOOK_BACK),
        "window": words.number(matrix.window),
        "lead_city": matrix.lead_name,
    }


def series(words: "Language") -> str:
    """Name the editions that the print edition covers."""
    from analysis import study

    years = words.listed(str(year) for year in study.load().published)
    return words.say("Editions {years}", years=years)


def counts() -> dict[str, int]:
    """Count what the paper speaks of."""
    from analysis import study

    matrix = study.load()
    return {"editions": len(matrix.published), "axes": len(matrix.axes), "cells": len(matrix.cells())}


def spoken_languages() -> set[str]:
    """Give the languages in which editions appeared: the book names them."""
    from analysis import tables

    texts = tables.read("editions")["languages"].dropna()
    return {part.strip() for text in texts for part in text.split(";")}


def data_problems(names: list[str]) -> list[str]:
    """Check what the descriptors of tables cannot say."""
    from analysis import rules

    return rules.problems(names)


def check_site(folder: Path) -> None:
    """Let nothing of answers pass that disclosure control does not permit."""
    from analysis.publishing import released

    released.check(folder)


def check_release() -> None:
    """Refuse to release what a rehearsal has made."""
    from analysis.publishing import released

    released.check_synthetic()


def secret_search() -> Callable[[str], Iterable[str]]:
    """Give what says of a text of a release what in it is never published."""
    from analysis.publishing import released

    return released.secret_search()
