"""Reading of every table, as typed DataFrames of the slice asked for; notes what was read.

Each folder of `data/` has a Data Package descriptor (`datapackage.json`), the codebook of its tables. Types come from
there, so that a text like "NA" (Namibia) stays a text and an empty cell stays unknown.
"""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import dialect, files, paths, provenance
from analysis.errors import InvalidData

_DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean", "year": "Int64"}


def descriptors() -> dict[str, dict[str, Any]]:
    """Give the descriptor of every table by name, with `path` relative to `data/` and the `folder`."""
    found = {}
    for file in sorted(paths.data().glob("*/datapackage.json")):
        for resource in _resources(file):
            found[resource["name"]] = {
                **resource,
                "folder": file.parent.name,
                "path": f"{file.parent.name}/{resource['path']}",
            }
    return found


def _resources(file: Path) -> list[dict[str, Any]]:
    try:
        found = _package(files.text_of(file))
        _ = [(one["name"], one["path"], one["schema"]["fields"]) for one in found]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(
            f"{paths.shown(file)} cannot be read as a Data Package: {error!r}. Restore it, or give each table its name, path "
            "and fields."
        ) from None
    return found


@lru_cache(maxsize=16)
def _package(text: str) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = json.loads(text)["resources"]
    return resources


def read(table: str, **where: object) -> pd.DataFrame:
    """Read the slice of a table in which each named column has the value (or one of the values) given.

    Parameters
    ----------
    table
        Name of the table in its descriptor.
    **where
        Column and value; a list or a range stands for "one of".

    Returns
    -------
    pandas.DataFrame
        Columns and types as the codebook says; unknown is missing.

    Raises
    ------
    InvalidData
        Where the table does not fit its codebook.
    """
    descriptor = _descriptor(table)
    whole = _whole(table, paths.data() / descriptor["path"])
    wanted = provenance.slice_of(where)
    frame = _chosen(whole.frame, wanted)
    digest = _digest(whole, frame.index.to_numpy())
    reading = provenance.Reading(table, wanted, len(frame), digest)
    provenance.note(reading, f"data/{descriptor['path']}", whole.content)
    return frame.reset_index(drop=True)


def read_file(path: str) -> str:
    """Read a file of `data/` that is no table, and note it."""
    _note_files(f"data/{path}", 1)
    return files.text_of(paths.data() / path)


def describe() -> dict[str, dict[str, Any]]:
    """Give the descriptor of every table as `descriptors` does, and note that they were read."""
    found = descriptors()
    _note_files("data/*/datapackage.json", len(found))
    return found


def _note_files(name: str, rows: int) -> None:
    content = files.content_of(name)
    provenance.note(provenance.Reading(name, (), rows, content[:12]), name, content)


def rows(reading: provenance.Reading, file: Path | None = None) -> "Rows":
    """Give the digests of the rows that a slice has in a file of the table; the table as it stands where none is given."""
    whole = _whole(reading.source, file or paths.data() / _descriptor(reading.source)["path"])
    chosen = _chosen(whole.frame, reading.where).index.to_numpy()
    return Rows(_digest(whole, chosen), whole.rows[chosen].tolist())


@dataclass(frozen=True)
class Rows:
    """The digest of a slice, and of each of its rows."""

    digest: str
    rows: list[int]


@dataclass(frozen=True)
class _Whole:
    """A table as typed values, the digest of each row as it stands in the file, and that of the file."""

    frame: pd.DataFrame
    rows: "np.ndarray[Any, np.dtype[np.uint64]]"
    content: str
    kinds: str


def _descriptor(table: str) -> dict[str, Any]:
    descriptor = descriptors().get(table)
    if descriptor is None:
        raise InvalidData(f"No datapackage.json under data/ describes a table '{table}'. Restore its entry.")
    return descriptor


def _chosen(frame: pd.DataFrame, where: Sequence[tuple[str, tuple[Any, ...]]]) -> pd.DataFrame:
    for column, values in where:
        frame = frame[frame[column].isin(values)]
    return frame


def _digest(whole: _Whole, chosen: "np.ndarray[Any, Any]") -> str:
    """Digest rows by what stands in the file, and by the names and types that the codebook gives the columns."""
    return files.digest(whole.kinds.encode() + whole.rows[chosen].tobytes())[:12]


def _whole(table: str, file: Path) -> _Whole:
    if not file.is_file():
        raise InvalidData(f"{paths.shown(file)} is missing. Restore it, or take the table out of its datapackage.json.")
    kinds = [(field["name"], _DTYPES[field["type"]]) for field in _descriptor(table)["schema"]["fields"]]
    state = file.stat()  # within a process; between runs the contents decide
    return _parsed(table, file, json.dumps(kinds), (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=64)
def _parsed(table: str, file: Path, kinds: str, _state: tuple[int, int]) -> _Whole:
    content, dtypes = file.read_bytes(), dict(json.loads(kinds))
    if problem := dialect.problem(file, list(dtypes)):
        raise InvalidData(problem)
    try:
        frame = pd.read_csv(
            io.BytesIO(content), dtype=dtypes, keep_default_na=False, na_values=[""], encoding="utf-8",
            true_values=["true"], false_values=["false"], skip_blank_lines=False,
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise InvalidData(
            f"{paths.shown(file)} does not fit its codebook: {error}. `study validate {paths.shown(file)}` names the row."
        ) from error
    lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))[1:]
    if len(lines) != len(frame):
        raise InvalidData(f"{paths.shown(file)} has an empty line. Delete it.")
    digests = [hashlib.blake2b("\x1f".join(line).encode(), digest_size=8).digest() for line in lines]
    rows = np.frombuffer(b"".join(digests), dtype=np.uint64)
    return _Whole(frame, rows, files.digest_text(content), kinds)


def preload() -> None:
    """Parse every table without noting a reading, so that children of this process need not."""
    for name, descriptor in descriptors().items():
        _whole(name, paths.data() / descriptor["path"])
