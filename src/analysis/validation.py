"""Checking tables against their codebook: structure, types, constraints, foreign keys, and rules between columns."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import frictionless

from analysis import dialect, digests, library, paths
from analysis.tables import descriptors

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
    if not problems and (rules := library.extended("data_problems")):
        problems = rules(names)
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
