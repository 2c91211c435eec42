"""Checking tables against their codebook: structure, types, constraints, foreign keys, and rules between columns."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import frictionless
import pandas as pd

from analysis import alternatives, dialect, digests, members, paths, study
from analysis.tables import descriptors, read

_OURS = ("folder", "sources", "licenses", "bytes", "hash")  # of a resource: what Frictionless need not look at


def validate(names: list[str] | None = None, *, with_digests: bool = True) -> list[str]:
    """Check tables against their codebook.

    Parameters
    ----------
    names
        Tables to check; all where it is not given.
    with_digests
        Whether the digests of their descriptors are compared too.

    Returns
    -------
    list of str
        One message for each problem: file, row, field, value, what is expected, what to do. Empty where all is well.
    """
    known = descriptors()
    names = names or list(known)
    if unreadable := _unreadable(names, known):
        return unreadable  # whatever else could be said would follow from it
    resources = []
    for descriptor in known.values():
        content = {key: value for key, value in descriptor.items() if key not in _OURS}
        content["format"] = "csv"
        resources.append(frictionless.Resource.from_descriptor(content, basepath=str(paths.data())))
    package = frictionless.Package(resources=resources, basepath=str(paths.data()))
    problems: list[str] = []
    for name in names:
        problems += _problems(package.get_resource(name), known[name])
    problems = problems or _rules(names)
    if problems or not with_digests:
        return problems
    # the digest comes last: whoever mends a row changes it once more
    return [problem for name in names if (problem := digests.problem(known[name]))]


def _unreadable(names: Iterable[str], known: Mapping[str, dict[str, Any]]) -> list[str]:
    """Name the tables, and those that they refer to, that are gone or not written as their codebook says."""
    keys = [key for name in names for key in known[name]["schema"].get("foreignKeys", [])]
    others = [key["reference"]["resource"] for key in keys]
    found = []
    for name in dict.fromkeys([*names, *(other for other in others if other in known)]):
        file = paths.data() / known[name]["path"]
        if not file.is_file():
            found.append(f"{paths.shown(file)} is missing. Restore it, or take the table out of its datapackage.json.")
        elif problem := dialect.problem(file, [field["name"] for field in known[name]["schema"]["fields"]]):
            found.append(problem)
    return found


def _problems(resource: frictionless.Resource, descriptor: dict[str, Any]) -> list[str]:
    """Say in plain words what is wrong with a table; the first problem of each row is enough to act on."""
    file = f"data/{descriptor['path']}"
    fields = {field["name"]: field for field in descriptor["schema"]["fields"]}
    messages: dict[object, str] = {}
    for error in resource.validate(limit_errors=40).tasks[0].errors:
        row = getattr(error, "row_number", None)
        place = f"{file}, row {row or 1}"
        messages.setdefault(row or error.note, f"{place}{_wrong(error, fields)}")
    found = list(messages.values())
    return [*found[:20], f"{file}: and {len(found) - 20} rows more."] if len(found) > 20 else found


def _wrong(error: Any, fields: dict[str, dict[str, Any]]) -> str:
    """Name field, value and expectation of one error."""
    match error.type:
        case "foreign-key":
            pairs = zip(error.field_names, error.field_cells, strict=True)
            values = ", ".join(f"field '{name}', value '{value}'" for name, value in pairs)
            other = error.reference_name
            return f", {values}: not in the table '{other}'. Expected: a value listed there. Mend it, or add it to '{other}'."
        case "primary-key" | "duplicate-row" | "unique-error":
            same = re.findall(r"\d+", error.note)
            return f": the same key as in row {same[-1] if same else 'before'}. Expected: one row each. Delete or mend one."
        case "missing-cell":
            return f", field '{error.field_name}': the row is too short. Expected: {len(fields)} cells. Add what is missing."
        case "extra-cell":
            return f": the row is too long. Expected: {len(fields)} cells. Look for a comma that needs quotes around its text."
        case "type-error" | "constraint-error" if error.field_name in fields:
            field = fields[error.field_name]
            return (
                f", field '{field['name']}', value '{error.cell or ''}'. Expected: {_expected(field)}. Mend this value."
            )
    return f": {error.message} Mend the row, or its codebook (datapackage.json beside the file)."


def _expected(field: dict[str, Any]) -> str:
    """Say in plain words what a field may hold."""
    words = {
        "required": "not empty", "unique": "no value twice", "minimum": "at least {}", "maximum": "at most {}",
        "pattern": "of the form {}", "enum": "one of {}",
    }  # fmt: skip
    rules = [
        words[key].format(", ".join(rule) if isinstance(rule, list) else rule)
        for key, rule in field.get("constraints", {}).items()
    ]
    kinds = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return f"{field['description']} ({'; '.join([kinds[field['type']], *rules])})"


def count_behind(share: float, base: int, *, rounded: bool) -> int | None:
    """Give the whole number of cities behind a percentage of a base; None where there is none.

    A printed base belongs to a percentage that may be rounded at its last decimal: 46% of 24 cities are 11 of them. A base
    that was inferred must give the percentage exactly, because nothing else speaks for it.
    """
    count = round(share * base / 100)
    decimals = len(f"{share:.6f}".rstrip("0").partition(".")[2])
    slack = 0.5 / 10**decimals if rounded else 0.0
    return count if abs(100 * count / base - share) <= slack + 1e-9 else None


def _rules(names: list[str]) -> list[str]:
    """Check what a descriptor cannot say: references that depend on another column, and shares against their base."""
    problems = alternatives.problems(study.load())
    if "catalogue" in names:
        problems += alternatives.unknown_releases(study.load())
    if "values" in names:
        frame = read("values")
        known = {"city": set(read("cities")["place_id"]), "country": set(read("countries")["iso3"])}
        for level, places in known.items():
            lost = frame[(frame["level"] == level) & ~frame["place_id"].isin(places)]
            problems += [
                f"data/indicators/values.csv, row {int(str(row)) + 2}, field 'place_id', value '{place}': no such {level} in "
                f"data/places. Expected: a place listed there. Add the place or mend the value."
                for row, place in lost["place_id"].head(20).items()
            ]
    if "findings" in names:
        frame = read("findings")
        for row, finding in frame[frame["unit"] == "percent"].iterrows():
            position = int(str(row)) + 2
            rounded = finding["base_status"] == "stated"
            if not 0 <= finding["value"] <= 100:
                problems.append(
                    f"data/published/findings.csv, row {position}, field 'value', value '{finding['value']:g}'. "
                    "Expected: a share between 0 and 100. Mend this value."
                )
            elif (
                pd.notna(finding["n_cities"])
                and count_behind(finding["value"], finding["n_cities"], rounded=rounded) is None
            ):
                problems.append(
                    f"data/published/findings.csv, row {position}, field 'n_cities', value '{finding['n_cities']}': "
                    f"{finding['value']:g}% of it is no whole number of cities. Expected: the true base. Mend the "
                    "share or the base, or leave the base empty (unknown)."
                )
    if "cities" in names:
        matrix, cities = study.load(), read("cities")
        lead = cities[cities["place_id"] == matrix.lead_city]
        if (matrix.lead_name, matrix.lead_country) not in list(zip(lead["name"], lead["iso3"], strict=True)):
            problems.append(
                f"{study.FILE}, lead_city: no city '{matrix.lead_name}' of {matrix.lead_country} has the place_id "
                f"'{matrix.lead_city}' in data/places/cities.csv. Expected: a city listed there. Mend one of the two."
            )
    if "members" in names:
        problems += members.problems(read("members"))
    if "editions" in names:
        problems += _unknown_facts(read("editions"))
        lost_years = set(read("editions")["edition"]) ^ set(study.load().editions)
        problems += [
            f"data/published/editions.csv and data/study.yml disagree on edition {year}. Both must have it."
            for year in sorted(lost_years)
        ]
    return problems


# what is known of every edition, unless it is planned
_FACTS = ("focus", "publication_date", "n_cities", "languages", "publisher", "data_collection", "urls")


def _unknown_facts(editions: pd.DataFrame) -> list[str]:
    """Name the facts that an edition which is not planned lacks."""
    planned = [year for year, one in study.load().editions.items() if one.planned]
    fields = {field["name"]: field for field in descriptors()["editions"]["schema"]["fields"]}
    return [
        f"data/published/editions.csv, row {int(str(row)) + 2}, field '{name}', value ''. Expected: "
        f"{fields[name]['description']} (not empty, unless data/study.yml has the edition as planned). Mend this value."
        for row, edition in editions[~editions["edition"].isin(planned)].iterrows()
        for name in _FACTS
        if pd.isna(edition[name])
    ]
