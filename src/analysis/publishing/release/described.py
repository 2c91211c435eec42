"""What a release says of itself: title, version, authors, keywords, licence and date, from one source.

`CITATION.cff` is that source. What repeats some of it (`pyproject.toml`, `_config.yml`) is compared with it, and everything in the
bundle is made from it. A release is dated: by `date-released` in that file, or by `SOURCE_DATE_EPOCH`; never by the clock.
"""

import datetime
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from analysis import config, paths
from analysis.errors import BookFailed
from analysis.publishing import citing

CITATION = "CITATION.cff"
_EPOCH = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class Author:
    """Who made the compendium: an organisation, with its address."""

    name: str
    website: str


@dataclass(frozen=True)
class Release:
    """A release, as every file of its bundle describes it.

    Parameters
    ----------
    licence
        Licence of the code, as SPDX names it; text, figures and data have terms of their own.
    citation
        `CITATION.cff` as it stands in the bundle, with the date.
    """

    title: str
    version: str
    authors: tuple[Author, ...]
    abstract: str
    keywords: tuple[str, ...]
    licence: str
    date: datetime.date
    citation: str

    @property
    def name(self) -> str:
        """Name the folder of the bundle."""
        return f"{config.load().name}-{self.version}"

    @property
    def package(self) -> str:
        """Name the compendium, as a package does."""
        return config.load().name

    @property
    def moment(self) -> tuple[int, int, int, int, int, int]:
        """Give the moment that every entry of the archive carries."""
        return (self.date.year, self.date.month, self.date.day, 0, 0, 0)


def dated(day: str | None) -> None:
    """Let a date, as ISO 8601 writes it, stand for the moment of this build, in every program that it starts.

    Raises
    ------
    BookFailed
        Where it is no date, or `CITATION.cff` has another.
    """
    if day is None:
        return
    try:
        moment_day = datetime.date.fromisoformat(day)
    except ValueError:
        raise BookFailed(f"A date is written as 2027-01-31, not '{day}'.") from None
    cited_date = citing.description().get("date-released")
    if cited_date and str(cited_date) != moment_day.isoformat():
        raise BookFailed(f"{CITATION} says date-released: {cited_date}. Leave --date out, or change the date there.")
    moment = datetime.datetime(moment_day.year, moment_day.month, moment_day.day, tzinfo=datetime.UTC)
    os.environ[_EPOCH] = str(int(moment.timestamp()))


def release() -> Release:
    """Describe the release of the compendium as it stands.

    Raises
    ------
    BookFailed
        Where no date is given, or where the files that describe the compendium disagree.
    """
    cited = citing.description()
    if problems := disagreements(cited):
        raise BookFailed("The files that describe the compendium disagree:\n  " + "\n  ".join(problems))
    day = citing.released()
    if day is None or day.year < 1980:  # before that no archive can be dated
        raise BookFailed(
            f"A release has a date: write date-released into {CITATION}, or give --date 2027-01-31, or set {_EPOCH}."
        )
    return Release(
        title=cited["title"],
        version=str(cited["version"]),
        authors=tuple(Author(author["name"], author.get("website", "")) for author in cited["authors"]),
        abstract=" ".join(cited["abstract"].split()),
        keywords=tuple(cited["keywords"]),
        licence=cited["license"],
        date=day,
        citation=_with_date((paths.root() / CITATION).read_text(encoding="utf-8"), day),
    )


def disagreements(cited: Mapping[str, Any]) -> list[str]:
    """List what `pyproject.toml` and `_config.yml` say otherwise than `CITATION.cff`."""
    project = tomllib.loads((paths.root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    built = yaml.safe_load((paths.root() / "_config.yml").read_text(encoding="utf-8"))
    names = [author["name"] for author in cited["authors"]]
    statements = {
        "pyproject.toml, name": (project["name"], config.load().name),
        "pyproject.toml, version": (project["version"], str(cited["version"])),
        "pyproject.toml, authors": ([author["name"] for author in project["authors"]], names),
        "pyproject.toml, license": (project["license"], cited["license"]),
        "pyproject.toml, keywords": (project.get("keywords", []), list(cited["keywords"])),
        "_config.yml, title": (built["title"], cited["title"].partition(": ")[0]),
        "_config.yml, author": (built["author"], ", ".join(names)),
    }
    return [f"{place}: '{value}'. {CITATION} says '{expected}'." for place, (value, expected) in statements.items()
            if value != expected]  # fmt: skip


def _with_date(citation: str, day: datetime.date) -> str:
    """Write the date of the release into `CITATION.cff`, behind its version, unless it has one."""
    if re.search(r"^date-released:", citation, re.MULTILINE):
        return citation
    return re.sub(r"^(version: .*)$", rf"\1\ndate-released: {day.isoformat()}", citation, count=1, flags=re.MULTILINE)
