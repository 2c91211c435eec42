"""What a run reads: noted while it reads, shown to the reader, and compared before the next run."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_VARIABLE = "STUDY_READINGS"  # a kernel, a process of its own, writes its notes to the file named here


@dataclass(frozen=True)
class Reading:
    """A slice that was read.

    Parameters
    ----------
    source
        Name of a table, or a file relative to the compendium.
    where
        Columns and the values asked for, in the order of the columns; empty for the whole.
    rows
        Number of rows.
    digest
        Digest of exactly these rows, as they stand in the file.
    """

    source: str
    where: tuple[tuple[str, tuple[Any, ...]], ...]
    rows: int
    digest: str

    @property
    def text(self) -> str:
        """Write the slice as a reader sees it; years that follow each other as a span."""
        return "; ".join(f"{column} = {_listed(values)}" for column, values in self.where)


def _listed(values: Sequence[Any]) -> str:
    years = len(values) > 2 and all(isinstance(value, int) for value in values)
    if years and list(values) == list(range(values[0], values[-1] + 1)):
        return f"{values[0]}\N{EN DASH}{values[-1]}"
    return ", ".join(map(str, values))


_readings: dict[Reading, None] = {}
_files: dict[str, str] = {}


def slice_of(where: Mapping[str, object]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Give a filter in one form: columns in order, each with the tuple of the values asked for."""
    several = (list, tuple, range)
    return tuple(
        (column, tuple(value) if isinstance(value, several) else (value,)) for column, value in sorted(where.items())
    )


def note(reading: Reading, file: str, content: str) -> None:
    """Note a slice that was read, and the digest of the whole file that it was read from."""
    if reading in _readings and _files.get(file) == content:
        return
    _readings[reading] = None
    _files[file] = content
    if named := os.environ.get(FILE_VARIABLE):
        with Path(named).open("a", encoding="utf-8") as out:
            out.write(json.dumps({"reading": packed(reading), "file": file, "content": content}) + "\n")


def readings() -> list[Reading]:
    """List what was read in this process, without repetition, by source and slice."""
    return sorted(_readings, key=lambda reading: (reading.source, reading.text))


def files() -> dict[str, str]:
    """Give the digest of every file that was read, by its path in the compendium."""
    return dict(sorted(_files.items()))


def forget() -> None:
    """Begin anew."""
    _readings.clear()
    _files.clear()


def collect(notes: Iterable[str]) -> None:
    """Take over the notes that a kernel wrote, line by line."""
    for line in notes:
        entry = json.loads(line)
        note(unpacked(entry["reading"]), entry["file"], entry["content"])


def packed(reading: Reading) -> list[Any]:
    """Write a reading as plain JSON."""
    return [reading.source, [[column, list(values)] for column, values in reading.where], reading.rows, reading.digest]


def unpacked(entry: Sequence[Any]) -> Reading:
    """Read back what `packed` wrote."""
    source, where, rows, digest = entry
    return Reading(source, tuple((column, tuple(values)) for column, values in where), rows, digest)
