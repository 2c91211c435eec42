"""What every part of a chapter on an axis shares: the cell of the matrix, its participants, values in its window."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis import statistics, tables
from analysis.chapters.common import Base, Indicator
from analysis.study import Edition

MINIMUM = 10  # fewer places say nothing about a distribution, nor about change
MINIMUM_GROUP = 5  # a group with fewer values is named, not drawn
LOOK_BACK = 10  # years before an edition in which change is looked for


@dataclass(frozen=True)
class OfEdition(Base):
    """What belongs to an edition: its entry in the matrix."""

    edition: int

    @cached_property
    def record(self) -> Edition:
        """Give the entry of the edition in the matrix."""
        return self.study.edition(self.edition)

    def within_window(self, indicator: Indicator) -> pd.DataFrame:
        """Read the values inside the window of the edition; later and earlier ones do not concern it."""
        return indicator.values(range(self.edition - indicator.window, self.edition + 1))


@dataclass(frozen=True)
class Cell(OfEdition):
    """A cell of the matrix: one axis of one edition, in the reader's language.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such cell.
    """

    axis: str

    def __post_init__(self) -> None:
        """Refuse a cell that is not in the matrix."""
        self.study.check(self.edition, self.axis, self.lang)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"{self.edition}-{self.axis}"

    @cached_property
    def participants(self) -> pd.DataFrame:
        """Read the documented participants of the edition."""
        return tables.read("participants", edition=self.edition)

    def shown(self, indicator: Indicator) -> pd.DataFrame:
        """Give the newest value of each place inside the window of the edition."""
        return statistics.latest(self.within_window(indicator), self.edition, indicator.window)


@dataclass(frozen=True)
class OfAxis(Base):
    """What belongs to an axis, across all editions.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such axis.
    """

    axis: str

    def __post_init__(self) -> None:
        """Refuse an axis that is not in the matrix."""
        self.study.check(axis=self.axis, lang=self.lang)

    @property
    def covering(self) -> list[int]:
        """List the editions that cover the axis."""
        return [year for year, edition in self.study.editions.items() if self.axis in edition.axes]

    def places(self, level: str, n: int) -> str:
        """Count places of a level."""
        if level == "city":
            return self.words.count("{n} city", "{n} cities", n)
        return self.words.count("{n} country", "{n} countries", n)
