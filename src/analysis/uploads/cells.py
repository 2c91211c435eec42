"""Cells of a table as texts that remember what they were in the file."""

import datetime
from decimal import Decimal

Row = tuple[int, list[str]]  # with its number in the file
Grid = list[Row]


class Numeral(str):
    """The text of a cell that holds a number: its point is one, whatever stands behind it.

    `amount` is the number with all its digits, as it is stored; the text has a percent sign where the cell shows one.
    """

    amount: Decimal

    @classmethod
    def of(cls, amount: Decimal, text: str) -> "Numeral":
        """Write a number as a text."""
        numeral = cls(text)
        numeral.amount = amount
        return numeral


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


class TimeCell(str):
    """The text of a cell that holds a time of the day, or a duration."""


class BooleanCell(str):
    """The text of a cell that holds true or false."""


class FormulaCell(str):
    """The text of a formula: its value is not known, or not asked for."""


class ErrorCell(str):
    """The text of an error that a formula gave, #REF! say."""
