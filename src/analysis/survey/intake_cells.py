"""What is read of a file of answers: its header and rows; and why it is no such file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.errors import StudyError

AGAIN = "Nothing of this file was taken in."


class Unreadable(StudyError):
    """A file that cannot be read as answers; the message goes on after its name."""


@dataclass(frozen=True)
class Row:
    """A row of answers: its number in the file, and its cells. `numbers` gives the row of each cell where they differ."""

    number: int
    cells: tuple[str, ...]
    numbers: Mapping[int, int] = field(default_factory=dict)
    surplus: bool = False  # it has more cells than the header
    short: bool = False
    torn: bool = False  # a part of a row that a line break has torn


@dataclass(frozen=True)
class Table:
    """What a file holds: its header, of one row or several, the rows of answers, and how it was read."""

    header: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    asides: tuple[tuple[int, str], ...] = ()  # rows that hold no answers, and why
