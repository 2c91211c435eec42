"""The matrix of the study: editions, axes, languages, and the cells they form (`data/study.yml`).

What is read of it is noted entry by entry, so that a new edition does not make the chapters of the others stale.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import yaml

from analysis import files, paths, provenance
from analysis.errors import InvalidData, UnknownCell, did_you_mean

FILE = "data/study.yml"
SOURCE_LANGUAGE = "en"  # of the sentences in the code and of the data; it needs no catalogue
PLANNED = "planned"  # status of an edition of which nothing is published yet
WHOLE_STUDY = "all"  # in the place of an edition, where a page is on all of them
Name = TypeVar("Name")
Entry = TypeVar("Entry")


class Section(Mapping[Name, Entry]):
    """A part of the matrix, entry by name; it notes which entries are read, and counting them reads all."""

    def __init__(self, name: str, entries: Mapping[Name, Entry], source: "_Source") -> None:
        self._name, self._entries, self._source = name, entries, source

    def __getitem__(self, key: Name) -> Entry:
        """Give an entry by its name."""
        self._source.note(**{self._name: key})
        return self._entries[key]

    def __iter__(self) -> Iterator[Name]:
        """Go through the names, in order."""
        self._source.note(section=self._name)
        return iter(self._entries)

    def __len__(self) -> int:
        """Count the entries."""
        self._source.note(section=self._name)
        return len(self._entries)


@dataclass(frozen=True)
class _Source:
    """The file as it stands, to note what was read of it."""

    raw: Mapping[str, Any]
    content: str

    def note(self, **where: object) -> None:
        slice_ = provenance.slice_of(where)
        provenance.note(provenance.Reading(FILE, slice_, 1, self.digest(slice_)), FILE, self.content)

    def digest(self, where: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
        """Digest a section (`section = editions`) or one of its entries (`editions = 2019`)."""
        ((column, (value,)),) = where
        section = self.raw.get(value if column == "section" else column)
        part = section if column == "section" or not isinstance(section, dict) else section.get(value)
        return files.digest(json.dumps(part).encode())[:12]


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

    @property
    def planned(self) -> bool:
        """Say whether nothing of the edition is published yet."""
        return self.status == PLANNED


@dataclass(frozen=True)
class Study:
    """The whole matrix."""

    editions: Section[int, Edition]
    axes: Section[str, Mapping[str, str]]
    languages: Section[str, str]
    periods: Section[str, str]
    robustness: Section[str, tuple[object, ...]]  # by choice, the other values with which statements are checked
    built: tuple[str, ...]
    briefs: tuple[str, ...]  # languages in which there are briefs alone
    _source: _Source

    @property
    def window(self) -> int:
        """Give the number of years before an edition from which values are shown."""
        self._source.note(section="window")
        return int(self._source.raw["window"])

    @property
    def lead_city(self) -> str:
        """Give the place id of the lead city."""
        return str(self._lead["place_id"])

    @property
    def lead_country(self) -> str:
        """Give the ISO 3166 code of the country of the lead city."""
        return str(self._lead["country"])

    @property
    def lead_name(self) -> str:
        """Give the name of the lead city."""
        return str(self._lead["name"])

    @property
    def _lead(self) -> Mapping[str, str]:
        self._source.note(section="lead_city")
        lead: Mapping[str, str] = self._source.raw["lead_city"]
        return lead

    def edition(self, year: int) -> Edition:
        """Give an edition by its year, or raise `UnknownCell`."""
        if year not in self.editions:
            raise UnknownCell(_unknown("edition", year, self.editions))
        return self.editions[year]

    @property
    def published(self) -> list[int]:
        """List the editions that exist; one that is planned has studied nothing yet."""
        return [year for year, edition in self.editions.items() if not edition.planned]

    @property
    def planned(self) -> list[int]:
        """List the editions of which nothing is published yet."""
        return [year for year, edition in self.editions.items() if edition.planned]

    def check(
        self,
        edition: int | None = None,
        axis: str | None = None,
        lang: str | None = None,
        period: str | None = None,
    ) -> None:
        """Raise `UnknownCell` unless the names given form a cell of the matrix, or name a period."""
        if period is not None and period not in self.periods:
            raise UnknownCell(_unknown("period", period, self.periods))
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
            if lang not in (*self.built, *self.briefs):
                raise UnknownCell(
                    f"The chapters are not written in '{lang}' yet. Built so far: {', '.join(self.built)} "
                    "(`built` in data/study.yml)."
                )

    def cells(self) -> list[tuple[int, str]]:
        """List the cells (edition, axis) of the matrix, in order."""
        return [(year, axis) for year, edition in self.editions.items() for axis in edition.axes]

    def axis_name(self, axis: str, lang: str) -> str:
        """Name an axis in a language; in English where it has no name yet, and then nothing is built in the language."""
        return self.axes[axis].get(lang) or self.axes[axis][SOURCE_LANGUAGE]


def _unknown(what: str, value: object, known: Iterable[object]) -> str:
    names = [str(name) for name in known]
    guess = did_you_mean(value, names) if isinstance(value, str) else ""  # years alike say nothing
    return f"There is no {what} '{value}' in data/study.yml.{guess} Known: {', '.join(names)}."


def load() -> Study:
    """Read the matrix from `data/study.yml`.

    Raises
    ------
    InvalidData
        Where the file cannot be read as YAML, lacks an entry or names an axis that it does not define.
    """
    return _load(files.text_of(paths.data() / "study.yml"))


def digest(where: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    """Digest a part of `data/study.yml` as it stands now, as a reading of it does."""
    return load()._source.digest(where)


@lru_cache(maxsize=4)
def _load(text: str) -> Study:
    try:
        raw: dict[str, Any] = yaml.safe_load(text)
        source = _Source(raw, files.digest(text.encode()))
        editions = {int(year): _edition(int(year), entry) for year, entry in sorted(raw["editions"].items())}
        _ = (
            int(raw["window"]),
            [raw["lead_city"][key] for key in ("place_id", "name", "country")],
        )  # complain now, not in a chapter
        study = Study(
            editions=Section("editions", editions, source),
            axes=Section("axes", raw["axes"], source),
            languages=Section("languages", {code: entry["name"] for code, entry in raw["languages"].items()}, source),
            periods=Section("periods", {str(period): str(period) for period in raw["periods"]}, source),
            robustness=Section("robustness", _alternatives(raw.get("robustness")), source),
            built=tuple(code for code, entry in raw["languages"].items() if entry["built"]),
            briefs=tuple(
                code for code, entry in raw["languages"].items() if entry.get("briefs") and not entry["built"]
            ),
            _source=source,
        )
    except yaml.YAMLError as error:
        raise InvalidData(f"{FILE} cannot be read as YAML: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidData(f"{FILE} lacks an entry or has one of the wrong kind: {error}") from error
    for code in raw["languages"]:
        if not (isinstance(code, str) and re.fullmatch(r"[a-z]{2,3}", code)):
            raise InvalidData(
                f"{FILE}, languages: '{code}' is no code of a language. Expected: the two small letters of ISO 639-1, pt say; "
                'three where a language has no code of two. What YAML takes for something else stands in quotes: "no".'
            )
    for edition in editions.values():
        for axis in edition.axes:
            if axis not in raw["axes"]:
                raise InvalidData(f"{FILE}, edition {edition.year}: {_unknown('axis', axis, raw['axes'])}")
    return study


def _alternatives(raw: object) -> dict[str, tuple[object, ...]]:
    """Read the alternatives to each choice; what their values must be is known to `analysis.alternatives`."""
    if raw is not None and not isinstance(raw, dict):
        raise InvalidData(f"{FILE}, robustness. Expected: a list of values for each choice. Mend it.")
    for name, values in (raw or {}).items():
        if not isinstance(values, list):
            raise InvalidData(f"{FILE}, robustness, '{name}'. Expected: a list of values, [3, 8] say. Mend it.")
    return {str(name): tuple(values) for name, values in (raw or {}).items()}


def _edition(year: int, entry: dict[str, Any]) -> Edition:
    return Edition(
        year=year,
        status=entry["status"],
        axes=tuple(entry["axes"]),
        axes_assigned=bool(entry.get("axes_assigned", False)),
        focus_groups=bool(entry.get("focus_groups", False)),
    )
