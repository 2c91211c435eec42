"""What every part of a chapter on an axis shares: the cell of the matrix, its participants, values in its window."""

from dataclasses import dataclass

import pandas as pd

from analysis import alternatives, statistics, tables
from analysis.chapters.common import Base, Indicator
from analysis.chapters.robust import Robust
from analysis.provenance import remembered
from analysis.study import Edition

MINIMUM = alternatives.MINIMUM  # as the study chooses; chapters that check what holds otherwise ask `choices`
LOOK_BACK = alternatives.LOOK_BACK
MINIMUM_GROUP = 5  # a group with fewer values is named, not drawn


@dataclass(frozen=True)
class OfEdition(Base):
    """What belongs to an edition: its entry in the matrix."""

    edition: int

    @remembered
    def record(self) -> Edition:
        """Give the entry of the edition in the matrix."""
        return self.study.edition(self.edition)

    def within_window(self, indicator: Indicator) -> pd.DataFrame:
        """Read the values inside the window of the edition; later and earlier ones do not concern it."""
        return self.values_of(indicator, indicator.window)

    def values_of(self, indicator: Indicator, years: int) -> pd.DataFrame:
        """Read the values of so many years before the edition, and of its own; all alternatives cut them out of one slice."""
        if self.instead is None:
            return indicator.values(range(self.edition - years, self.edition + 1))
        frame = self.once(("values", indicator.id, indicator.release), lambda: indicator.values(self._reach))
        return frame[frame["year"] >= self.edition - years].reset_index(drop=True)

    @property
    def _reach(self) -> range:
        """Give all years from which an alternative may take values."""
        return range(self.edition - alternatives.longest(self.study), self.edition + 1)


@dataclass(frozen=True)
class Cell(OfEdition, Robust):
    """A cell of the matrix: one axis of one edition, in the reader's language.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such cell.
    """

    axis: str

    def __post_init__(self) -> None:
        """Refuse a cell that is not in the matrix."""
        super().__post_init__()
        self.study.check(self.edition, self.axis)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"{self.edition}-{self.axis}"

    @remembered
    def participants(self) -> pd.DataFrame:
        """Read the documented participants of the edition."""
        return tables.read("participants", edition=self.edition)

    def shown(self, indicator: Indicator) -> pd.DataFrame:
        """Give the newest value of each place inside the window of the edition."""
        key = ("shown", indicator.id, indicator.window, indicator.release)
        return self.once(key, lambda: statistics.latest(self.within_window(indicator), self.edition, indicator.window))


@dataclass(frozen=True)
class OfAxis(Robust):
    """What belongs to an axis, across all editions.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such axis.
    """

    axis: str

    def __post_init__(self) -> None:
        """Refuse an axis that is not in the matrix."""
        super().__post_init__()
        self.study.check(axis=self.axis)

    @property
    def covering(self) -> list[int]:
        """List the editions that cover the axis."""
        return [year for year, edition in self.study.editions.items() if self.axis in edition.axes]

    def places(self, level: str, n: int) -> str:
        """Count places of a level."""
        if level == "city":
            return self.words.count("{n} city", "{n} cities", n)
        return self.words.count("{n} country", "{n} countries", n)
