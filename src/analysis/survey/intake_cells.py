"""What is read of a file of answers: its cells, as texts that remember what they were; its rows; and why it is no such file."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from analysis.errors import StudyError

AGAIN = "Nothing of this file was taken in."
Grid = list[tuple[int, list[str]]]  # rows with their number in the file


class Unreadable(StudyError):
    """A file that cannot be read as answers; the message goes on after its name."""


class Numeral(str):
    """The text of a cell that holds a number: its point is one, whatever stands behind it."""


class DateCell(str):
    """The text of a cell that holds a date; `serial` is the number that the spreadsheet keeps for it."""

    moment: datetime.datetime
    serial: Decimal

    @classmethod
    def of(cls, moment: datetime.datetime, serial: Decimal) -> "DateCell":
        """Write a date as text, with its time where it has one."""
        midnight = moment.time() == datetime.time()
        text = cls(moment.date().isoformat() if midnight else moment.isoformat(" ", "seconds"))
        text.moment, text.serial = moment, serial
        return text


class FormulaCell(str):
    """The text of a formula whose value no program has computed."""


class ErrorCell(str):
    """The text of an error that a formula gave, #REF! say."""


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
