"""The registry of pages (`notebooks/pages.yml`): which template makes a page, for which values, and where it stands."""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from analysis import config, files, paths, templates
from analysis.errors import InvalidData, did_you_mean

FILE = "notebooks/pages.yml"
_KEYS = ("page", "template", "for", "with", "part", "below", "briefs")


@dataclass(frozen=True)
class Entry:
    """An entry of the registry.

    Parameters
    ----------
    page
        Address of its pages, with dimensions in braces.
    template
        Its notebook; empty where the page is written by hand.
    dimensions
        There is a page for each combination of their values.
    fixed
        Values of other parameters of the template.
    part, below
        Caption of the part of the contents, or address of the page that it stands below.
    briefs
        Address in a language that has briefs alone; empty where it has no such page.
    """

    page: str
    template: str
    dimensions: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...]
    part: str
    below: str
    briefs: str

    @property
    def shown(self) -> str:
        """Name the entry in a message."""
        return f"{FILE}, entry '{self.page}'"


@dataclass(frozen=True)
class Page:
    """A page of the book: its entry, the values that it is made for, and its address."""

    entry: Entry
    values: Mapping[str, Any]
    address: str

    def parameters(self, lang: str) -> dict[str, Any]:
        """Give the parameters of its template."""
        return {**self.values, **dict(self.entry.fixed), "lang": lang}


def entries() -> tuple[Entry, ...]:
    """Read the registry.

    Raises
    ------
    InvalidData
        Where an entry does not fit the templates or the dimensions of the study.
    """
    file = paths.root() / FILE
    if not file.is_file():
        raise InvalidData(f"{FILE} is missing. Restore it from version control.")
    dimensions = tuple(config.load().dimensions)
    return _entries(files.text_of(file), dimensions, tuple(templates.names()))


@lru_cache(maxsize=8)
def _entries(text: str, dimensions: tuple[str, ...], notebooks: tuple[str, ...]) -> tuple[Entry, ...]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidData(f"{FILE} cannot be read as YAML: {error}") from None
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise InvalidData(f"{FILE} must be a list of entries, `- {{page: methods}}` say. Mend it.")
    registered = tuple(_entry(number, item) for number, item in enumerate(raw, start=1))
    for entry in registered:
        _check_entry(entry, dimensions, notebooks)
    _check_places(registered)
    used = {entry.template for entry in registered}
    for name in notebooks:
        if name not in used:
            raise InvalidData(
                f"notebooks/{name}.ipynb has no entry in {FILE}, so no page is made of it. "
                f"Add one, `- {{page: {name}, template: {name}, part: CAPTION}}` say, or delete "
                "the notebook."
            )
    return registered


def _entry(number: int, raw: Mapping[str, Any]) -> Entry:
    """Read an entry, and refuse what none may have."""
    page = raw.get("page")
    if not isinstance(page, str) or not page:
        raise InvalidData(f"{FILE}, entry {number} has no page. Add its address: `page: methods`")
    shown = f"{FILE}, entry '{page}'"
    for key in raw:
        if key not in _KEYS:
            guess = did_you_mean(str(key), _KEYS)
            raise InvalidData(f"{shown}: unknown key '{key}'.{guess} Known: {', '.join(_KEYS)}.")
    kinds = {"template": str, "for": list, "with": dict, "part": str, "below": str}
    for key, kind in kinds.items():
        if key in raw and not isinstance(raw[key], kind):
            expected = {str: "a text", list: "a list", dict: "values by name"}[kind]
            raise InvalidData(f"{shown}, {key}: {raw[key]!r}. Expected: {expected}. Mend it.")
    briefs = raw.get("briefs", False)
    return Entry(
        page=page,
        template=raw.get("template", ""),
        dimensions=tuple(raw.get("for", ())),
        fixed=tuple(raw.get("with", {}).items()),
        part=raw.get("part", ""),
        below=raw.get("below", ""),
        briefs=page if briefs is True else str(briefs or ""),
    )


def _check_entry(entry: Entry, dimensions: Iterable[str], notebooks: Iterable[str]) -> None:
    """Refuse an entry that names what is not there."""
    for name in entry.dimensions:
        if name not in dimensions:
            problem = config.unknown("dimension", name, dimensions)
            raise InvalidData(f"{entry.shown}, for: {problem} Mend the name.")
    braces = {name for _, name, _, _ in string.Formatter().parse(entry.page) if name is not None}
    if braces != set(entry.dimensions):
        raise InvalidData(
            f"{entry.shown}: the address has {_listed(braces)} in braces, and `for` names "
            f"{_listed(entry.dimensions)}. Expected: the same in both. Mend one of the two."
        )
    if not entry.template:
        if entry.dimensions or entry.fixed or entry.briefs:
            raise InvalidData(
                f"{entry.shown}: `for`, `with` and `briefs` belong to a page that a notebook "
                "makes. Name its template, or leave them out."
            )
        return
    if entry.template not in notebooks:
        guess = did_you_mean(entry.template, notebooks)
        raise InvalidData(
            f"{entry.shown}: notebooks/{entry.template}.ipynb is missing.{guess} "
            "Restore or write it, or mend the name of the template."
        )


def check_parameters(entry: Entry) -> None:
    """Refuse an entry whose template has not the parameters that it would be given."""
    known = templates.parameters(entry.template)
    for name in (*entry.dimensions, *dict(entry.fixed), "lang"):
        if name not in known:
            guess = did_you_mean(name, known)
            raise InvalidData(
                f"{entry.shown}: notebooks/{entry.template}.ipynb has no parameter '{name}'.{guess} "
                f"It has: {', '.join(known)}. Mend the entry, or the cell `parameters`."
            )


def _check_places(registered: Iterable[Entry]) -> None:
    """Refuse two entries for one address, and a place in the contents that is not there."""
    known: dict[str, Entry] = {}
    for entry in registered:
        if entry.page in known:
            raise InvalidData(
                f"{FILE} has two entries for the page '{entry.page}'. Delete one, or give it another address."
            )
        known[entry.page] = entry
    first = [entry.page for entry in known.values() if not entry.part and not entry.below]
    if len(first) != 1:
        raise InvalidData(
            f"{FILE}: {_listed(first)} stand in no part of the contents. Expected: one page, the "
            "first of the book. Give the others a `part`, or a page that they stand `below`."
        )
    for entry in known.values():
        if entry.part and entry.below:
            raise InvalidData(f"{entry.shown} stands in a part and below a page. Leave out `part` or `below`.")
        if entry.below and (entry.below not in known or not known[entry.below].part):
            guess = did_you_mean(entry.below, known)
            raise InvalidData(
                f"{entry.shown}, below: no part of the contents has a page '{entry.below}'.{guess} "
                "Name the address of another entry, as it stands there."
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names)) or "none"


def pages(lang: str) -> list[Page]:
    """List the pages in a language, each followed by those that stand below it.

    Where a language has briefs alone, these are all, but for what is planned: nobody translates
    what changes till it is published.

    Raises
    ------
    InvalidData
        Where two entries give one page.
    """
    settings, found = config.load(), dict[str, Page]()
    only_briefs = lang in settings.briefs
    for page in _in_order(settings):
        entry = page.entry
        if only_briefs and (not entry.briefs or settings.is_planned(page.values)):
            continue
        address = _address(entry.briefs, page.values, settings) if only_briefs else page.address
        if address in found:
            raise InvalidData(
                f"{entry.shown} and the entry '{found[address].entry.page}' give one page, "
                f"'{address}'. Mend one of the two addresses."
            )
        found[address] = Page(entry, page.values, address)
    return list(found.values())


def _in_order(settings: config.Config) -> tuple[Page, ...]:
    """Give all pages of the book in its order."""
    registered = entries()
    for entry in registered:
        if entry.template:
            check_parameters(entry)
    return _ordered(registered, settings, settings.table_texts())


@lru_cache(maxsize=8)
def _ordered(registered: tuple[Entry, ...], settings: config.Config, _tables: tuple[str, ...]) -> tuple[Page, ...]:
    """Order the pages; made anew only where registry, matrix or a table of values has changed."""
    expanded = {entry: _expanded(entry, settings) for entry in registered}
    ordered: list[Page] = []
    for entry in registered:
        for page in [] if entry.below else expanded[entry]:
            lower = [other for other in registered if other.below == entry.page]
            ordered += [page, *(below for other in lower for below in expanded[other] if _is_below(below, page))]
    return tuple(ordered)


def _is_below(lower: Page, page: Page) -> bool:
    return page.values.items() <= lower.values.items()


def below(page: Page) -> list[Page]:
    """List the pages that stand below another in the contents."""
    settings = config.load()
    ordered = _ordered(entries(), settings, settings.table_texts())
    return [lower for lower in ordered if lower.entry.below == page.entry.page and _is_below(lower, page)]


def _expanded(entry: Entry, settings: config.Config) -> list[Page]:
    """Give the pages of an entry, one for each combination of its dimensions."""
    return [
        Page(entry, values, _address(entry.page, values, settings))
        for values in settings.combinations(entry.dimensions)
    ]


def _address(pattern: str, values: Mapping[str, Any], settings: config.Config) -> str:
    return pattern.format(**{name: settings.address_of(name, value) for name, value in values.items()})


def contents(lang: str) -> dict[str, list[Page]]:
    """Give the parts of the contents by their English captions, with their pages in order."""
    parts: dict[str, list[Page]] = {}
    for page in pages(lang):
        if page.entry.part:
            parts.setdefault(page.entry.part, []).append(page)
    return parts


def root() -> str:
    """Give the address of the first page of the book."""
    return next(entry.page for entry in entries() if not entry.part and not entry.below)


def captions() -> list[str]:
    """List the captions of the parts, in order."""
    return list(dict.fromkeys(entry.part for entry in entries() if entry.part))


def addresses(lang: str) -> dict[str, str]:
    """Give the address in a language of each page that it has, by its address in the book."""
    settings = config.load()
    return {_address(page.entry.page, page.values, settings): page.address for page in pages(lang)}


def single(dimension: str) -> Entry:
    """Give the entry of the pages that are about a value of one dimension alone."""
    for entry in entries():
        if entry.template and entry.dimensions == (dimension,):
            return entry
    raise InvalidData(f"{FILE} has no page for each {dimension}. Add one: `for: [{dimension}]`")
