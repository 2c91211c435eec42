"""What a run reads: noted while it reads, shown to the reader, and compared before the next run.

What is noted is noted for the part of a chapter that is being made too (`remembered`), so that an exhibit or a sentence
can say what it, and not its whole page, was made from.
"""

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar, overload

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


@dataclass(frozen=True)
class Said:
    """A sentence as it was said: its text, the English sentence that it was made from, and what stands in its places."""

    text: str
    sentence: str
    values: tuple[tuple[str, str], ...]


@dataclass(eq=False)  # each is itself: two that are made at the same time may hold the same
class Notes:
    """What was read and said while something was made; in order, each once."""

    read: dict[Reading, None] = field(default_factory=dict)
    said: dict[Said, None] = field(default_factory=dict)

    def add(self, other: "Notes") -> None:
        """Take over other notes."""
        self.read |= other.read
        self.said |= other.said


_readings: dict[Reading, None] = {}
_files: dict[str, str] = {}
_open: list[Notes] = []  # of what is being made now, the innermost last


def slice_of(where: Mapping[str, object]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Give a filter in one form: columns in order, each with the tuple of the values asked for."""
    several = (list, tuple, range)
    return tuple(
        (column, tuple(value) if isinstance(value, several) else (value,)) for column, value in sorted(where.items())
    )


def note(reading: Reading, file: str, content: str) -> None:
    """Note a slice that was read, and the digest of the whole file that it was read from."""
    if _open:
        _open[-1].read[reading] = None
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
    _open.clear()


def say(text: str, sentence: str, values: Mapping[str, object]) -> str:
    """Note a sentence that is said, for the part of the chapter that is being made, and give its text."""
    if _open:
        _open[-1].said[Said(text, sentence, tuple((name, str(value)) for name, value in values.items()))] = None
    return text


@contextlib.contextmanager
def making() -> Iterator[Notes]:
    """Gather what is read and said while something is made; what it is a part of gets the same notes."""
    notes = Notes()
    _open.append(notes)
    try:
        yield notes
    finally:
        if notes in _open:  # not if `forget` was called meanwhile
            _open.remove(notes)
        if _open:
            _open[-1].add(notes)


Value = TypeVar("Value")
Arguments = ParamSpec("Arguments")


class remembered(Generic[Value]):
    """A property that is computed once; whoever asks for it again is noted to have read what it was made from."""

    def __init__(self, function: Callable[[Any], Value]) -> None:
        self._function = function
        self.__doc__ = function.__doc__
        self._name = function.__name__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "remembered[Value]": ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Value: ...
    def __get__(self, instance: object | None, owner: type | None = None) -> "Value | remembered[Value]":
        """Give the value, and note what it was made from."""
        if instance is None:
            return self
        key = f"{self._name}, remembered"
        if key not in instance.__dict__:
            with making() as notes:
                value = self._function(instance)
            instance.__dict__[key] = (value, notes)
        elif _open:
            _open[-1].add(instance.__dict__[key][1])
        found: Value = instance.__dict__[key][0]
        return found


def cached(function: Callable[[], Value]) -> Callable[[], Value]:
    """Compute a function without arguments once; as with `remembered`, who calls it again has read what it was made from."""
    made: list[tuple[Value, Notes]] = []

    @functools.wraps(function)
    def again() -> Value:
        if not made:
            with making() as notes:
                value = function()
            made.append((value, notes))
        elif _open:
            _open[-1].add(made[0][1])
        return made[0][0]

    return again


@dataclass(frozen=True)
class Origin:
    """Where a part of a chapter comes from.

    Parameters
    ----------
    functions
        Functions of the chapters that made it, the innermost first.
    read, said
        What was read and said up to then for the property of the chapter that it belongs to.
    """

    functions: tuple[str, ...] = ()
    read: tuple[Reading, ...] = ()
    said: tuple[Said, ...] = ()


def origin() -> Origin:
    """Give the origin of what is made now; called where it is made."""
    notes = _open[-1] if _open else Notes()
    return Origin(_functions(), tuple(notes.read), tuple(notes.said))


def _functions() -> tuple[str, ...]:
    """Name the functions of the chapters that are running, from within up to the property that was asked for."""
    found: dict[str, None] = {}
    frame = sys._getframe(1)
    while (frame := frame.f_back) is not None and frame.f_code is not remembered.__get__.__code__:  # type: ignore[assignment]
        module = frame.f_globals.get("__name__", "")
        if module.startswith("analysis.chapters."):
            found[f"{module}.{frame.f_code.co_qualname.partition('.<')[0]}"] = None
    return tuple(found)


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
