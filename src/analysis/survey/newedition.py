"""Preparing a new edition: its entry in the matrix, its row in the table of editions, its instrument; all of it, or nothing.

Files that people write keep their comments and their order: their text is edited, and the outcome compared with what it
should say.
"""

import csv
import io
from collections.abc import Collection, Sequence
from typing import Any

import yaml

from analysis import digests, files, instrument, paths, study, validation
from analysis.errors import InvalidData, StudyError
from analysis.survey import form, trial

MATRIX, CORE = "study.yml", f"instruments/{instrument.CORE}.yml"
_AHEAD = 20  # years after the last edition; further on it is a slip of the pen


def prepare(year: int, axes: Sequence[str]) -> list[str]:
    """Prepare everything for a new edition; the tables are taken to fit their codebook before.

    Parameters
    ----------
    year
        Reference year of the edition, after the last one.
    axes
        Axes that it covers.

    Returns
    -------
    list of str
        The files that were written, as a message shows them.

    Raises
    ------
    StudyError
        Where the edition exists, or would not be the last one.
    UnknownCell
        Where there is no such axis, or no core instrument.
    InvalidData
        Where the files would not fit together; then nothing is changed.
    """
    covered = _checked_input(year, axes)
    changed = {
        f"instruments/{year}.yml": _edition_instrument(_text_of(CORE), year, covered),
        "published/editions.csv": editions_with(_text_of("published/editions.csv"), year, covered),
    }
    changed |= digests.updated(changed)
    changed[MATRIX] = matrix_with(_text_of(MATRIX), year, covered)  # the last: it makes the edition exist
    with trial.with_changes(changed):
        study.load()
        instrument.load(year)
        if problems := validation.validate(["editions"]):
            raise InvalidData("The tables would not fit their codebook; nothing was changed:\n" + "\n".join(problems))
    _write_files(changed)
    return [f"data/{path}" for path in changed]


def _checked_input(year: int, axes: Sequence[str]) -> list[str]:
    """Refuse what cannot be a new edition; give its axes in the order of the matrix, each once."""
    matrix = study.load()
    if not axes:
        raise StudyError(f"A new edition needs an axis. Known: {', '.join(matrix.axes)}.")
    for axis in axes:
        matrix.check(axis=axis)
    last = max(matrix.editions)
    if year in matrix.editions:
        raise StudyError(f"The edition {year} is in data/study.yml already. Change its entry there by hand.")
    if not last < year <= last + _AHEAD:
        raise StudyError(
            f"A new edition comes after the last one, {last}; {year} does not fit. Expected: a year from {last + 1} to {last + _AHEAD}."
        )
    if instrument.file_of(year).exists() and instrument.file_of(year).read_text(
        encoding="utf-8"
    ) != _edition_instrument(_text_of(CORE), year, axes):
        raise StudyError(
            f"data/instruments/{year}.yml is there already, and nothing is written over it. Move it away, then try again."
        )
    return [axis for axis in matrix.axes if axis in axes]


def _text_of(path: str) -> str:
    """Read a file of `data/` with its line endings."""
    if path == CORE and not (paths.data() / CORE).is_file():
        instrument.load(instrument.CORE)  # it says what is missing
    return (paths.data() / path).read_bytes().decode()


def _write_files(changed: dict[str, str]) -> None:
    """Replace the files; where one cannot be written, the others become what they were."""
    before: dict[str, bytes | None] = {}
    try:
        for path, content in changed.items():
            target = paths.data() / path
            before[path] = target.read_bytes() if target.exists() else None
            files.write_whole(target, content)
    except BaseException:
        for path, content_before in before.items():
            if content_before is None:
                (paths.data() / path).unlink(missing_ok=True)
            else:
                files.write_whole(paths.data() / path, content_before)
        raise


# the matrix and the table of editions


def matrix_with(text: str, year: int, axes: Sequence[str]) -> str:
    """Add an entry behind the last one under `editions`; everything else stays as it is written."""
    lines = text.splitlines(keepends=True)
    entries = next(value for key, value in _mapping_nodes(text) if key.value == "editions")
    if entries.flow_style or not entries.value:
        raise InvalidData(f"{study.FILE}, editions: write each edition on a line of its own. Nothing was changed.")
    key, value = entries.value[-1]
    # the end of a flow mapping stands on its own line, that of a block mapping on the next token
    at = value.end_mark.line + 1 if value.flow_style else _node_end(lines, value)
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[at - 1].endswith("\n"):
        lines[at - 1] += ending
    entry = f"{' ' * key.start_mark.column}{year}: {{status: {study.PLANNED}, axes: [{', '.join(axes)}]}}{ending}"
    new = "".join([*lines[:at], entry, *lines[at:]])
    content = yaml.safe_load(text)
    content["editions"][year] = {"status": study.PLANNED, "axes": list(axes)}
    return _proved_text(new, content, study.FILE)


def editions_with(text: str, year: int, axes: Sequence[str]) -> str:
    """Add a row to the table of editions with nothing but its place, name and axis: the facts are not known yet."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    ending = "\r\n" if "\r\n" in text else "\n"
    others = [int(row["number"]) for row in rows if row["edition"] != str(year) and row["number"].isdigit()]
    row = dict.fromkeys(csv.DictReader(io.StringIO(text, newline="")).fieldnames or (), "") | {
        "edition": str(year), "number": str(max(others, default=0) + 1), "title_en": f"Smart Cities Study {year}",
        "axis": axes[0] if len(axes) == 1 else "cross",
    }  # fmt: skip
    if row in rows:  # of a try that was killed
        return text
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending).writerow(row.values())
    return text + ("" if text.endswith("\n") else ending) + out.getvalue()


# the instrument


def _edition_instrument(text: str, year: int, axes: Collection[str]) -> str:
    """Restrict the core instrument to some axes: sections, tables and lists of answers that none of them needs are left out."""
    instrument.parse(text, f"data/{CORE}")  # it says what is wrong with it
    core = yaml.safe_load(text)
    sections = [section for section in core["sections"] if section.get("axis", "") in ("", *axes)]
    asked = {question["id"]: question.get("choices") for section in sections for question in section["questions"]}
    content = core | {
        "edition": year,
        "axes": [axis for axis in core["axes"] if axis in axes],
        "sections": sections,
        "tables": [table for table in core["tables"] if table["question"] in asked],
        "choices": {name: choices for name, choices in core["choices"].items() if name in asked.values()},
    }
    if "minutes" in core:
        name = f"data/instruments/{year}.yml, made from data/{CORE}"
        content["minutes"] = form.minutes(instrument.parse(yaml.safe_dump(content), name))
    return _proved_text(_restricted_text(text, core, content), content, f"data/{CORE}")


def _restricted_text(text: str, core: dict[str, Any], content: dict[str, Any]) -> str:
    """Cut out of the text what is not wanted, with the comments above it, and set the values that differ."""
    lines = text.splitlines(keepends=True)
    for key, node in reversed(_mapping_nodes(text)):  # from the end, so that line numbers stay true
        name = key.value
        parts: list[tuple[Any, Any]]
        if content.get(name) == []:
            lines[key.start_mark.line : _node_end(lines, node)] = [f"{name}: []\n"]
        elif name in ("sections", "tables", "choices"):
            ids_kept = content[name]
            parts = node.value if name == "choices" else [(None, item) for item in node.value]
            starts = [item.start_mark.line if label is None else label.start_mark.line for label, item in parts]
            ids = [label.value for label, _ in node.value] if name == "choices" else core[name]
            begins = [_first_comment(lines, line) for line in starts] + [_node_end(lines, node)]
            for number in reversed(range(len(parts))):
                if ids[number] not in ids_kept:
                    del lines[begins[number] : begins[number + 1]]
        elif name in ("edition", "axes", "minutes"):
            value = f"[{', '.join(content[name])}]" if name == "axes" else content[name]
            lines[key.start_mark.line : _node_end(lines, node)] = [f"{name}: {value}\n"]
    return (
        f"# The instrument of the {content['edition']} edition. What follows was taken over from the core instrument.\n"
        + "".join(lines)
    )


def _mapping_nodes(text: str) -> list[tuple[Any, Any]]:
    """Give the entries of a YAML mapping with their places in the text."""
    root = yaml.compose(text)
    return list(root.value) if root is not None else []


def _first_comment(lines: Sequence[str], line: int) -> int:
    """Give the first line of the comments that stand right above a line."""
    while lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _node_end(lines: Sequence[str], node: yaml.Node) -> int:
    """Give the line behind a node; empty lines and comments behind it belong to what follows."""
    end: int = node.end_mark.line + (1 if node.end_mark.column else 0)
    end = min(end, len(lines))
    while end > node.start_mark.line + 1 and lines[end - 1].lstrip()[:1] in ("", "#"):
        end -= 1
    return end


def _proved_text(text: str, content: Any, name: str) -> str:
    """Give a text that says what it should; whoever writes YAML in an unusual way gets a message, not a broken file."""
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        parsed = None
    if parsed != content:
        raise InvalidData(
            f"{name} is written in a way that cannot be edited safely; nothing was changed. "
            "Expected: block style, each entry of a list on a line of its own."
        )
    return text


def left_to_do(year: int) -> list[str]:
    """Say what is left to do for an edition that was prepared."""
    return [
        f"Read data/instruments/{year}.yml: questions, wording in three languages, classes, tables; try it with one city.",
        f"Write the focus of the edition into data/published/editions.csv (row {year}), once it is decided.",
        f"study form {year}: the questionnaire as XLSForm, spreadsheet and document.",
        f"study twin {year} --cities 30 --seed 1 --output twin-{year}.csv: synthetic answers, to rehearse in a copy of the compendium.",
        f"study intake {year} FILE...: the answers of cities, as they come in.",
        "docs/new-edition.md: the whole way, from the invitation to the report.",
    ]  # fmt: skip
