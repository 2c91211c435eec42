"""The only place that knows folders."""

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis.errors import StudyError

PRIVATE = "data/private"  # how files of the private folder are named, wherever it lies


def root() -> Path:
    """Give the folder of the compendium.

    It is `STUDY_ROOT` where that is set, else the nearest folder above the working folder or above this file
    that holds `data/study.yml`.

    Raises
    ------
    StudyError
        Where no such folder is found.
    """
    above = [Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents]
    named = os.environ.get("STUDY_ROOT")
    starts = [Path(named)] if named else above
    for folder in starts:
        if (folder / "data" / "study.yml").is_file():
            return folder
    raise StudyError(
        "data/study.yml was not found. Run the command inside the compendium, or set STUDY_ROOT to its folder."
    )


@contextlib.contextmanager
def standing_in(root: Path, variables: Mapping[str, str | None] | None = None) -> Iterator[None]:
    """Take another folder for the compendium for a while; other variables of the environment may be set, or unset by None."""
    wanted = {"STUDY_ROOT": str(root), **(variables or {})}
    before = {name: os.environ.get(name) for name in wanted}
    try:
        _set(wanted)
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def data() -> Path:
    """Give the folder of the tables."""
    return root() / "data"


def private() -> Path:
    """Give the folder of private answers: `STUDY_PRIVATE` where that is set, else one that git ignores."""
    named = os.environ.get("STUDY_PRIVATE")
    return Path(named) if named else root() / PRIVATE


def notebooks() -> Path:
    """Give the folder of the templates."""
    return root() / "notebooks"


def book(lang: str) -> Path:
    """Give the folder of the pages in one language, where executed chapters land too."""
    return root() / "book" / lang


def build() -> Path:
    """Give the folder of everything that is built."""
    return root() / "_build"


def state() -> Path:
    """Give the folder in which executions keep their ledger; deleting it costs time, nothing else."""
    return root() / ".study"


def shown(path: Path) -> str:
    """Write a path as a message shows it: relative to the compendium, with forward slashes."""
    try:
        return path.resolve().relative_to(root().resolve()).as_posix()
    except ValueError:
        return path.name


def slug(name: str) -> str:
    """Write a name as it stands in an address: small letters without accents, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")


def plain(name: str) -> str:
    """Write a name in small letters without accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().strip()
