"""The matrix of the study: editions, axes, languages, and the cells they form (`data/study.yml`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis import paths
from analysis.errors import InvalidData, UnknownCell, did_you_mean


@dataclass(frozen=True)
class Edition:
    """One edition of the study; its year is its reference year.

    `axes_assigned` says that the edition had areas of its own, which the compendium assigned to axes;
    `focus_groups` that it worked with focus groups, so its shares are not answers of its cities.
    """

    year: int
    status: str
    axes: tuple[str, ...]
    axes_assigned: bool = False
    focus_groups: bool = False


@dataclass(frozen=True)
class Study:
    """The whole matrix."""

    editions: Mapping[int, Edition]
    axes: Mapping[str, Mapping[str, str]]
    languages: Mapping[str, str]
    built: tuple[str, ...]
    window: int
    lead_city: str
    lead_country: str

    def edition(self, year: int) -> Edition:
        """Give an edition by its year, or raise `UnknownCell`."""
        if year not in self.editions:
            raise UnknownCell(_unknown("edition", year, self.editions))
        return self.editions[year]

    def check(self, edition: int | None = None, axis: str | None = None, lang: str | None = None) -> None:
        """Raise `UnknownCell` unless the names given form a cell of the matrix."""
        if axis is not None and axis not in self.axes:
            raise UnknownCell(_unknown("axis", axis, self.axes))
        if edition is not None:
            covered = self.edition(edition).axes
            if axis is not None and axis not in covered:
                raise UnknownCell(
                    f"Edition {edition} has no chapter on the axis '{axis}'. It covers: {', '.join(covered)}. "
                    "To add one, name the axis under this edition in data/study.yml."
                )
        if lang is not None:
            if lang not in self.languages:
                raise UnknownCell(_unknown("language", lang, self.languages))
            if lang not in self.built:
                raise UnknownCell(
                    f"The chapters are not written in '{lang}' yet. Built so far: {', '.join(self.built)} "
                    "(`built` in data/study.yml)."
                )

    def cells(self) -> list[tuple[int, str]]:
        """List the cells (edition, axis) of the matrix, in order."""
        return [(year, axis) for year, edition in self.editions.items() for axis in edition.axes]

    def axis_name(self, axis: str, lang: str) -> str:
        """Name an axis in a language."""
        return self.axes[axis][lang]


def _unknown(what: str, value: object, known: Iterable[object]) -> str:
    names = [str(name) for name in known]
    guess = did_you_mean(value, names) if isinstance(value, str) else ""  # years alike say nothing
    return f"There is no {what} '{value}' in data/study.yml.{guess} Known: {', '.join(names)}."


def load(file: Path | None = None) -> Study:
    """Read the matrix from `data/study.yml`.

    Raises
    ------
    InvalidData
        Where the file cannot be read as YAML, lacks an entry or names an axis that it does not define.
    """
    path = file or paths.data() / "study.yml"
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int) -> Study:
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        editions = {int(year): _edition(int(year), entry) for year, entry in raw["editions"].items()}
        study = Study(
            editions=dict(sorted(editions.items())),
            axes=raw["axes"],
            languages={code: entry["name"] for code, entry in raw["languages"].items()},
            built=tuple(code for code, entry in raw["languages"].items() if entry["built"]),
            window=int(raw["window"]),
            lead_city=raw["lead_city"]["place_id"],
            lead_country=raw["lead_city"]["country"],
        )
    except yaml.YAMLError as error:
        raise InvalidData(f"data/study.yml cannot be read as YAML: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidData(f"data/study.yml lacks an entry or has one of the wrong kind: {error}") from error
    for edition in study.editions.values():
        for axis in edition.axes:
            if axis not in study.axes:
                raise InvalidData(f"data/study.yml, edition {edition.year}: {_unknown('axis', axis, study.axes)}")
    return study


def _edition(year: int, entry: dict[str, Any]) -> Edition:
    return Edition(
        year=year,
        status=entry["status"],
        axes=tuple(entry["axes"]),
        axes_assigned=bool(entry.get("axes_assigned", False)),
        focus_groups=bool(entry.get("focus_groups", False)),
    )
