"""What the official file of each source looks like, and how it leads to our values: `sources.yml`, read and checked."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import jsonschema

from analysis import files, paths, tables
from analysis.audit.formats import Columns, Format, Headless, Listing, Long, Wide
from analysis.audit.placing import Places, Placing
from analysis.errors import InvalidData, did_you_mean

FILE = Path(__file__).with_name("sources.yml")
SCHEMA = FILE.with_name("sources.schema.json")
SHOWN = "src/analysis/audit/sources.yml"
_KINDS: Mapping[str, Callable[..., Format]] = {
    "wide": Wide,
    "long": Long,
    "columns": Columns,
    "headless": Headless,
    "listing": Listing,
}
_TYPES = {
    "string": "a text (in quotation marks, where it looks like a number)",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
}
Finder = Callable[[Places], Placing]


@dataclass(frozen=True)
class LeftOut:
    """Values of a source that are not ours on purpose, with the reason; `text` where one value alone is left out."""

    indicator: str
    iso3: str
    years: tuple[int, ...]
    why: str
    text: str = ""


@dataclass(frozen=True)
class Source:
    """The official file of a source; the head of `sources.yml` says what each part means."""

    formats: tuple[Format, ...] = ()
    series: Mapping[str, str] = field(default_factory=dict)
    added: bool = False
    places: Finder = Places.by_id
    city_places: Finder | None = None
    decimals: int | None = None
    table: str = "values"
    encodings: tuple[str, ...] = ("utf-8",)
    codes: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    by_hand: str = ""

    @property
    def counted(self) -> bool:
        """Say whether our values are counts of what the file lists."""
        return any(isinstance(layout, Listing) for layout in self.formats)


@lru_cache(maxsize=1)
def declared_sources() -> Mapping[str, Source]:
    """Give what is declared of each source."""
    return read_sources(FILE)


def read_sources(file: Path) -> dict[str, Source]:
    """Read declarations of sources.

    Raises
    ------
    InvalidData
        With one message for each fault: where it stands, what is there, what is expected.
    """
    raw = files.yaml_of(file)
    faults = list(_structure_faults(raw)) or list(_reference_faults(raw))
    if faults:
        raise InvalidData("\n".join(f"{paths.shown(file)}, {fault}" for fault in faults))
    layouts = {name: _layout_of(**declaration) for name, declaration in raw["layouts"].items()}
    return {name: _source_of(name, entry, layouts, raw["names"]) for name, entry in raw["sources"].items()}


def _layout_of(kind: str, **parameters: Any) -> Format:
    return _KINDS[kind](**{name: _frozen_value(value) for name, value in parameters.items()})


def _frozen_value(value: Any) -> Any:
    """Make lists tuples, wherever they are."""
    if isinstance(value, list):
        return tuple(value)
    return {name: _frozen_value(part) for name, part in value.items()} if isinstance(value, dict) else value


def _source_of(
    name: str, entry: Mapping[str, Any], layouts: Mapping[str, Format], names: Mapping[str, Mapping[str, str]]
) -> Source:
    declared = dict(entry)
    formats = tuple(layouts[layout] for layout in declared.pop("layouts", ()))
    for key in ("places", "city_places"):
        if key in declared:
            declared[key] = partial(_placing_of, source=name, declared=declared[key], names=names)
    if "codes" in declared:
        declared["codes"] = names[declared["codes"]]
    left_out = tuple(
        LeftOut(gap["indicator"], gap["country"], tuple(gap["years"]), gap["why"], gap.get("text", ""))
        for gap in declared.pop("left_out", ())
    )
    parameters = {key: _frozen_value(value) for key, value in declared.items()}
    return Source(formats=formats, left_out=left_out, **parameters)


def _placing_of(
    places: Places, source: str, declared: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]
) -> Placing:
    """Find places in the declared way."""
    way = declared["by"]
    others = names[declared["names"]] if "names" in declared else {}
    if way == "iso3":
        return places.by_iso3(others)
    if way == "country":
        return places.by_country(others)
    if way == "city":
        countries = _placing_of(places, source, declared["country"], names)
        return places.by_city(source, countries, _frozen_value(declared.get("ends", {})))
    if way == "city_code":
        matched = declared.get("matched", [source])
        return places.by_city_code(matched, declared.get("first_word", False), declared.get("greater", False))
    if way == "entry":
        return places.by_entry(source, declared["key"])
    simple = {"id": places.by_id, "iso2": places.by_iso2, "m49": places.by_m49}
    return simple[way]()


# -- what can be wrong --


def _structure_faults(raw: Any) -> Iterator[str]:
    """Say what of the declarations is not as the schema has it."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for error in sorted(validator.iter_errors(raw), key=lambda error: [str(key) for key in error.absolute_path]):
        yield from (f"{_fault_place(error.absolute_path)}{text}" for text in _explained_error(error))


def _fault_place(path: Any) -> str:
    """Name the place of a fault: the source (layout, table of names), and the key below it."""
    section, *keys = list(path) or ["the whole file"]
    singular = {"sources": "source", "layouts": "layout", "names": "names"}
    if not keys:
        return f"{section}: "
    below = ", ".join(f"entry {key + 1}" if isinstance(key, int) else f"key '{key}'" for key in keys[1:])
    return f"{singular[section]} '{keys[0]}'{', ' if below else ''}{below}: "


def _explained_error(error: Any) -> Iterator[str]:
    """Say in words what a fault is and what is expected."""
    value, rule = error.instance, error.validator_value
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in value:
            if key not in known:
                yield f"there is no key '{key}' here.{did_you_mean(str(key), known)} Expected: {', '.join(known)}."
    elif error.validator == "required":
        missing = next(key for key in rule if f"'{key}'" in error.message)
        yield f"the key '{missing}' is missing. Expected: {', '.join(rule)}."
    elif error.validator == "enum":
        choices = [repr(choice) if choice.isspace() else str(choice) for choice in rule]
        yield f"value {value!r}.{did_you_mean(str(value), rule)} Expected: one of {', '.join(choices)}."
    elif error.validator == "type":
        types = [rule] if isinstance(rule, str) else rule
        yield f"value {value!r}. Expected: {' or '.join(_TYPES[name] for name in types)}."
    elif error.validator == "format":
        yield f"value {value!r}. Expected: a regular expression."
    elif error.validator == "pattern":
        yield f"value {value!r}. Expected: a text like {rule}."
    elif error.validator == "oneOf":
        yield f"Expected: one of the keys {' and '.join(key for choice in rule for key in choice['required'])}, not both."
    elif error.validator == "minimum":
        yield f"value {value!r}. Expected: {rule} or more."
    else:  # what must not be empty
        yield f"value {value!r}. Expected: something in it."


def _reference_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Say which names of the declarations lead to nothing."""
    yield from _column_faults(raw["layouts"])
    catalogue, known = tables.read("catalogue")["indicator_id"].tolist(), tables.read("sources")["source_id"].tolist()
    for name, entry in raw["sources"].items():
        places = [entry[key] for key in ("places", "city_places") if key in entry]
        places += [way["country"] for way in places if "country" in way]
        table = entry.get("table", "values")
        ours = catalogue if table == "values" else list(tables.read(table).columns)
        left_out = [gap["indicator"] for gap in entry.get("left_out", ())]
        for key, kind, values, choices in (
            ("layouts", "layout", entry.get("layouts", ()), list(raw["layouts"])),
            ("codes", "table of names", [entry["codes"]] if "codes" in entry else [], list(raw["names"])),
            ("names", "table of names", [way["names"] for way in places if "names" in way], list(raw["names"])),
            ("matched", "source", [source for way in places for source in way.get("matched", ())], known),
            (
                "series",
                "indicator" if table == "values" else f"column of {table}",
                entry.get("series", {}).values(),
                ours,
            ),
            ("left_out", "indicator", left_out, list(entry.get("series", {}).values())),
        ):
            for value in dict.fromkeys(values):
                if value not in choices:
                    hint = did_you_mean(value, choices)
                    yield f"source '{name}', key '{key}': there is no {kind} '{value}'.{hint} Mend the name."
        if name not in known:
            hint = did_you_mean(name, known)
            yield f"source '{name}': there is no such source in data/indicators/sources.csv.{hint} Mend the name."


def _column_faults(layouts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Say which columns of a table without headings are not among its names."""
    for name, layout in layouts.items():
        if layout["kind"] != "headless":
            continue
        for key in ("place", "series", "like"):
            for column in layout[key]:
                if column not in layout["names"]:
                    hint = did_you_mean(column, layout["names"])
                    yield f"layout '{name}', key '{key}': there is no column '{column}' in names.{hint} Mend the name."
