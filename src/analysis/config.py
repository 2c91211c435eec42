"""What the engine knows of a study: title, languages, dimensions, colours, licence (`data/study.yml`, `CITATION.cff`).

What is read of the matrix is noted entry by entry, so that a new value of a dimension does not make
the pages of the others stale.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import yaml

from analysis import files, paths, provenance
from analysis.errors import InvalidData, UnknownCell, did_you_mean

FILE = "data/study.yml"
SOURCE_LANGUAGE = "en"  # of the sentences in the code and of the data; it needs no catalogue
PLANNED = "planned"  # status of a value of which nothing is published yet
NEUTRAL = "#4D4D4D"  # the colour of what has none of its own
Name = TypeVar("Name")
Entry = TypeVar("Entry")


class Section(Mapping[Name, Entry]):
    """A part of the matrix, entry by name; it notes which are read, and counting them reads all."""

    def __init__(self, name: str, entries: Mapping[Name, Entry], source: "Source") -> None:
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
class Source:
    """The file as it stands, to note what was read of it."""

    raw: Mapping[str, Any]
    content: str

    def note(self, **where: object) -> None:
        """Note that a section (`section="editions"`) or an entry (`editions=2019`) was read."""
        slice_ = provenance.slice_of(where)
        reading = provenance.Reading(FILE, slice_, 1, self.digest(slice_))
        provenance.note(reading, FILE, self.content)

    def digest(self, where: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
        """Digest a section (`section = editions`) or one of its entries (`editions = 2019`)."""
        ((column, (value,)),) = where
        section = self.raw.get(value if column == "section" else column)
        whole = column == "section" or not isinstance(section, dict)
        part = section if whole else dict(section or {}).get(value)
        return files.digest(json.dumps(part).encode())[:12]


@dataclass(frozen=True)
class Dimension:
    """What pages are made for: its values stand in a section of the matrix, or in a table.

    Parameters
    ----------
    section
        Name of the section: a list of values, or entries by value.
    table, value, label
        A table below `data/` instead, its column of values, and that of the names which stand in
        addresses.
    first
        Section with the value that comes before those of the table, with its `name`.
    """

    name: str
    section: str = ""
    table: str = ""
    value: str = ""
    label: str = ""
    first: str = ""


@dataclass(frozen=True, eq=False)  # one for each state of the file
class Config:
    """The configuration of a study."""

    languages: Section[str, str]
    built: tuple[str, ...]
    briefs: tuple[str, ...]  # languages in which there are briefs alone
    dimensions: Mapping[str, Dimension]
    source: Source

    @property
    def made(self) -> tuple[str, ...]:
        """List the languages in which anything is made."""
        return (*self.built, *self.briefs)

    def title(self, lang: str) -> str:
        """Give the title of the study in a language, in English where it has none."""
        self.source.note(section="title")
        return self._text("title", lang)

    def licence(self, lang: str) -> str:
        """Give the line on the terms of text, figures and data, in a language."""
        self.source.note(section="licence")
        names: Mapping[str, str] = self.source.raw["licence"]["line"]
        return names.get(lang) or names[SOURCE_LANGUAGE]

    @property
    def licence_name(self) -> str:
        """Give the short name of the licence of text and figures."""
        self.source.note(section="licence")
        return str(self.source.raw["licence"]["name"])

    @property
    def licence_address(self) -> str:
        """Give the address of the licence of text and figures."""
        self.source.note(section="licence")
        return str(self.source.raw["licence"]["address"])

    @property
    def name(self) -> str:
        """Give the name of the study as it stands in names of files: `village-libraries` say."""
        self.source.note(section="name")
        return str(self.source.raw["name"])

    @property
    def library(self) -> list[str]:
        """Name the packages of the study's own code."""
        return list(self.source.raw.get("library", []))

    @property
    def extension(self) -> str:
        """Name the module with what the study adds to the engine; empty where there is none."""
        return str(self.source.raw.get("extension", ""))

    @property
    def silent(self) -> list[str]:
        """Name the folders of the library that say nothing to a reader of the book."""
        return list(self.source.raw.get("silent", []))

    @property
    def coloured(self) -> str:
        """Name the dimension whose values have colours; empty where none has."""
        return str(self.source.raw.get("colours", {}).get("of", ""))

    def colour(self, value: object) -> str:
        """Give the colour of a value of the coloured dimension; what cuts across them is grey.

        It is style and no data: the key of every run takes all colours, and nothing is noted.
        """
        colours: Mapping[object, str] = self.source.raw.get("colours", {})
        return colours[value] if value in colours and value != "of" else NEUTRAL

    @property
    def palette(self) -> list[str]:
        """List the colours of the study, in order."""
        colours = self.source.raw.get("colours", {})
        return [colour for value, colour in colours.items() if value != "of"]

    def _text(self, section: str, lang: str) -> str:
        texts: Mapping[str, str] = self.source.raw[section]
        return texts.get(lang) or texts[SOURCE_LANGUAGE]

    def entries(self, dimension: str) -> Mapping[Any, Any]:
        """Give the entries of a dimension by value, unnoted: plans of pages are no readings."""
        kind = self.dimensions[dimension]
        if kind.table:
            return self._rows(kind)
        section = self.source.raw[kind.section]
        if isinstance(section, dict):
            years = all(isinstance(value, int) for value in section)
            return dict(sorted(section.items())) if years else section
        return {str(value): {} for value in section}

    def table_texts(self) -> tuple[str, ...]:
        """Give the contents of the tables that hold values of dimensions; what is not there is left out."""
        files = [paths.data() / kind.table for kind in self.dimensions.values() if kind.table]
        return tuple(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())

    def _rows(self, kind: Dimension) -> dict[str, dict[str, str]]:
        """Read the values of a dimension from its table, by name; without pandas, to be quick."""
        file = paths.data() / kind.table
        try:
            ordered = _labels(file.read_text(encoding="utf-8"), kind.value, kind.label)
        except (OSError, KeyError, UnicodeDecodeError) as error:
            raise InvalidData(
                f"{paths.shown(file)} cannot be read: {error}. Restore it, or see: study validate"
            ) from None
        if kind.first:
            first = self.source.raw[kind.first]
            ordered = {str(first[kind.value]): str(first["name"])} | ordered
        return {value: {"name": name} for value, name in ordered.items()}

    def address_of(self, dimension: str, value: object) -> str:
        """Give a value of a dimension as it stands in the address of a page."""
        if self.dimensions[dimension].table:
            return paths.slug(self.entries(dimension)[value]["name"])
        return str(value)

    def name_of(self, dimension: str, value: Any, lang: str) -> str:
        """Name a value of a dimension in a language; in English, or as it is, where it has none."""
        self.source.note(**{self.dimensions[dimension].section: value})
        entry = self.entries(dimension).get(value)
        names = entry if isinstance(entry, dict) else {}
        return str(names.get(lang) or names.get(SOURCE_LANGUAGE) or value)

    def is_planned(self, values: Mapping[str, object]) -> bool:
        """Say whether nothing is published yet of one of some values of dimensions."""
        return any(self.entries(name)[value].get("status") == PLANNED for name, value in values.items())

    def combinations(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """List the combinations of some dimensions that there are, in order.

        Where the entry of a value lists values of a later dimension, it goes with these alone.
        """
        combined: list[dict[str, Any]] = [{}]
        for name in names:
            combined = [values | {name: value} for values in combined for value in self._beside(name, values)]
        return combined

    def _beside(self, name: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """Give the values of a dimension that go with values of others."""
        lists = (self._listed(outer, value, name) for outer, value in values.items())
        return next((listed for listed in lists if listed is not None), list(self.entries(name)))

    def _listed(self, outer: str, value: Any, inner: str) -> Sequence[Any] | None:
        """Give the values of a dimension that an entry of another lists; `None` where it lists none."""
        entry = self.entries(outer)[value]
        section = self.dimensions[inner].section
        listed = entry.get(section) if section and isinstance(entry, dict) else None
        return listed if isinstance(listed, list) else None

    def _unlisted(self, values: Mapping[str, Any]) -> tuple[str, str] | None:
        """Give two dimensions whose values do not go together, the one that lists the other first."""
        for outer, inner in itertools.permutations(values, 2):
            listed = self._listed(outer, values[outer], inner)
            if listed is not None and values[inner] not in listed:
                return outer, inner
        return None

    def check(self, lang: str | None = None, **values: Any) -> None:
        """Raise `UnknownCell` unless the values of dimensions form a cell, in a language that is made.

        A value that is `None` stands for all.
        """
        chosen = {name: value for name, value in values.items() if value is not None}
        for name, value in chosen.items():
            if name not in self.dimensions:
                raise UnknownCell(unknown("dimension", name, self.dimensions))
            if section := self.dimensions[name].section:
                self.source.note(**{section: value})
            if value not in self.entries(name):
                raise UnknownCell(unknown(name, value, self.entries(name)))
        if lost := self._unlisted(chosen):
            outer, inner = lost
            listed = self._listed(outer, chosen[outer], inner) or []
            raise UnknownCell(
                f"{outer.capitalize()} {chosen[outer]} has no chapter on the {inner} "
                f"'{chosen[inner]}'. It covers: {', '.join(map(str, listed))}. "
                f"To add one, name the {inner} under this {outer} in {FILE}."
            )
        if lang is not None:
            self.check_language(lang)

    def check_language(self, lang: str) -> None:
        """Raise `UnknownCell` unless pages are made in a language."""
        if lang not in self.languages:
            raise UnknownCell(unknown("language", lang, self.languages))
        if lang not in self.made:
            raise UnknownCell(
                f"The chapters are not written in '{lang}' yet. Built so far: "
                f"{', '.join(self.built)} (`built` in {FILE})."
            )

    def parsed(self, name: str, text: str) -> Any:
        """Give the value of a dimension that a text means: a year where its values are years."""
        known = {str(value): value for value in self.entries(name)}
        return known.get(text, text)


@lru_cache(maxsize=8)
def _labels(table: str, value: str, label: str) -> dict[str, str]:
    """Read the labels of values from a table, in the order of the alphabet."""
    rows = csv.DictReader(io.StringIO(table, newline=""))
    labels = {row[value]: row[label] for row in rows if row[value]}
    return dict(sorted(labels.items(), key=lambda row: paths.plain(row[1])))


def unknown(what: str, value: object, known: Iterable[object]) -> str:
    """Say that the matrix does not have something, what it has, and what may be meant."""
    names = [str(name) for name in known]
    guess = did_you_mean(value, names) if isinstance(value, str) else ""  # like years say nothing
    return f"There is no {what} '{value}' in {FILE}.{guess} Known: {', '.join(names)}."


def load() -> Config:
    """Read the configuration from `data/study.yml`.

    Raises
    ------
    InvalidData
        Where the file cannot be read as YAML, lacks an entry or names a value that is not there.
    """
    return _load(files.text_of(paths.data() / "study.yml"))


def digest(where: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    """Digest a part of `data/study.yml` as it stands now, as a reading of it does."""
    return load().source.digest(where)


@lru_cache(maxsize=4)
def _load(text: str) -> Config:
    try:
        raw: dict[str, Any] = yaml.safe_load(text)
        source = Source(raw, files.digest(text.encode()))
        languages = {code: entry["name"] for code, entry in raw["languages"].items()}
        briefs = [code for code, entry in raw["languages"].items() if entry.get("briefs")]
        built = tuple(code for code, entry in raw["languages"].items() if entry["built"])
        for section in ("name", "title", "licence"):
            raw[section]  # complain now, not in a chapter
        config = Config(
            languages=Section("languages", languages, source),
            built=built,
            briefs=tuple(code for code in briefs if code not in built),
            dimensions={name: Dimension(name, **entry) for name, entry in raw["dimensions"].items()},
            source=source,
        )
        _check(raw, config)
    except yaml.YAMLError as error:
        raise InvalidData(f"{FILE} cannot be read as YAML: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidData(f"{FILE} lacks an entry or has one of the wrong kind: {error}") from error
    return config


def _check(raw: Mapping[str, Any], config: Config) -> None:
    """Refuse codes that are no languages, and values that a dimension does not have."""
    for code in raw["languages"]:
        if not (isinstance(code, str) and re.fullmatch(r"[a-z]{2,3}", code)):
            raise InvalidData(
                f"{FILE}, languages: '{code}' is no code of a language. Expected: the two small "
                "letters of ISO 639-1, pt say; three where a language has no code of two. What "
                'YAML takes for something else stands in quotes: "no".'
            )
    sections = {kind.section: kind for kind in config.dimensions.values() if kind.section}
    for section, outer in sections.items():
        if section not in raw:
            raise InvalidData(
                f"{FILE}, dimensions, {outer.name}: there is no section '{section}'. Expected: the "
                "section that holds its values. Add it, or mend the name."
            )
        for value, entry in config.entries(outer.name).items():
            for inner_section in sections.keys() & set(entry):
                inner = sections[inner_section]
                for listed in entry[inner_section]:
                    if listed not in config.entries(inner.name):
                        known = config.entries(inner.name)
                        raise InvalidData(f"{FILE}, {outer.name} {value}: {unknown(inner.name, listed, known)}")
    of = config.coloured
    if of and of not in config.dimensions:
        raise InvalidData(f"{FILE}, colours: {unknown('dimension', of, config.dimensions)}")
