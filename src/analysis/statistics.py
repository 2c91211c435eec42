"""Pure functions of numbers. Nothing here knows files, languages or pictures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

LEVEL = 0.95  # of every interval in the study


def wilson(count: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Give the Wilson score interval of a share.

    Parameters
    ----------
    count, n
        Number of cities with the trait and number of cities asked; `0 <= count <= n`, `n >= 1`.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper end, as shares between 0 and 1.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22, 209-212.
    """
    low, high = share_interval(count, n, "wilson", level)
    # by definition; rounding would leave 0.9999999999999999
    return 0.0 if count == 0 else low, 1.0 if count == n else high


def share_interval(count: int, n: int, method: str, level: float = LEVEL) -> tuple[float, float]:
    """Give the interval of a share by a method of `statsmodels.stats.proportion.proportion_confint`, as it is called there."""
    from statsmodels.stats import proportion  # slow to import: commands that compute nothing do without

    if not (n >= 1 and 0 <= count <= n):
        raise ValueError(f"a share needs 0 <= count <= n and n >= 1, not {count} of {n}")
    low, high = proportion.proportion_confint(count, n, alpha=1 - level, method=method)
    return float(low), float(high)


@dataclass(frozen=True)
class Distribution:
    """Quartiles of the values that are known; `n` is their number, missing values are not counted."""

    n: int
    q1: float
    median: float
    q3: float
    low: float
    high: float


def distribution(values: Sequence[float] | pd.Series | npt.NDArray[np.float64]) -> Distribution:
    """Describe values by quartiles (linear interpolation, type 7 of Hyndman and Fan, 1996). Missing values drop out.

    Raises
    ------
    ValueError
        Where no value is known.
    """
    known = pd.Series(values, dtype="float64").dropna().to_numpy()
    if not len(known):
        raise ValueError("no value is known")
    q1, median, q3 = np.quantile(known, [0.25, 0.5, 0.75])
    return Distribution(len(known), float(q1), float(median), float(q3), float(known.min()), float(known.max()))


def position(value: float, values: Sequence[float] | pd.Series | npt.NDArray[np.float64]) -> float:
    """Give the share of known values below a value, ties counted half (mid-distribution; Parzen, 2004).

    It places a value in a distribution; it is not a rank of a city.
    """
    known = pd.Series(values, dtype="float64").dropna().to_numpy()
    if not len(known) or math.isnan(value):
        raise ValueError("a position needs a known value and a known distribution")
    return float(((known < value).sum() + 0.5 * (known == value).sum()) / len(known))


def quarter(value: float, spread: Distribution) -> str:
    """Say in which quarter of a distribution a value lies: `lowest`, `lower_middle`, `upper_middle`, `highest`.

    A value on a quartile belongs to the middle; so no tie is called extreme.
    """
    if value < spread.q1:
        return "lowest"
    if value > spread.q3:
        return "highest"
    return "lower_middle" if value <= spread.median else "upper_middle"


def latest(frame: pd.DataFrame, year: int, window: int) -> pd.DataFrame:
    """Keep the newest value of each place with `year - window <= year of the value <= year`.

    Parameters
    ----------
    frame
        Columns `place_id`, `year`, `value`.
    """
    inside = frame[frame["year"].between(year - window, year)].dropna(subset=["value"])
    return inside.sort_values(["place_id", "year"]).drop_duplicates("place_id", keep="last").reset_index(drop=True)


@dataclass(frozen=True)
class Change:
    """Change on a fixed panel: the same `n` places in both years."""

    start: int
    end: int
    n: int
    before: Distribution
    after: Distribution
    places: frozenset[str]


@dataclass(frozen=True)
class Wide:
    """Values of places by year: a row for each of `places`, a column for each of `years`; unknown is not a number."""

    places: npt.NDArray[Any]
    years: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def of(self, year: int) -> npt.NDArray[np.float64]:
        """Give the values of a year; all unknown where there is none."""
        columns = np.flatnonzero(self.years == year)
        return self.values[:, columns[0]] if len(columns) else np.full(len(self.places), np.nan)

    def known_of(self, place: str) -> "Wide":
        """Keep the years in which a place has a value."""
        rows = np.flatnonzero(self.places == place)
        kept = ~np.isnan(self.values[rows[0]]) if len(rows) else np.zeros(len(self.years), dtype=bool)
        return Wide(self.places, self.years[kept], self.values[:, kept])


def wide(frame: pd.DataFrame) -> Wide:
    """Put values of places and years into a matrix.

    Parameters
    ----------
    frame
        Columns `place_id`, `year`, `value`, at most one row a place and year.

    Raises
    ------
    ValueError
        Where a place has two values in a year.
    """
    known = frame.dropna(subset=["value"])
    rows, places = pd.factorize(known["place_id"])
    years, columns = np.unique(known["year"].to_numpy(dtype=np.int64), return_inverse=True)
    values = np.full((len(places), len(years)), np.nan)
    values[rows, columns] = known["value"].to_numpy(dtype=float)
    if np.count_nonzero(~np.isnan(values)) != len(known):
        raise ValueError("a place has two values in a year")
    return Wide(np.asarray(places, dtype=object), years, values)


def change(frame: pd.DataFrame | Wide, start: int, end: int, minimum: int = 10) -> Change | None:
    """Compare two years on the places that have a value in both; `None` where they are fewer than `minimum`.

    Unbalanced panels reverse signs (the places that report change), so nothing else is offered.

    Parameters
    ----------
    frame
        Columns `place_id`, `year`, `value`, at most one row a place and year.
    """
    table = frame if isinstance(frame, Wide) else wide(frame[frame["year"].isin([start, end])])
    before, after = table.of(start), table.of(end)
    both = ~np.isnan(before) & ~np.isnan(after)
    if not both.any() or both.sum() < minimum:
        return None
    places = frozenset(str(place) for place in table.places[both])
    return Change(start, end, len(places), distribution(before[both]), distribution(after[both]), places)


def best_span(frame: pd.DataFrame | Wide, start: int, end: int, minimum: int = 10, full: float = 0.5) -> Change | None:
    """Find the widest fixed panel inside `start..end` that still holds many places.

    Pairs of years at least two years apart count, with `minimum` places and at least a share `full` (half) of the places
    of the fullest pair; of those the widest is taken, then the one with most places, then the latest. `None` where there
    is none.
    """
    table = frame if isinstance(frame, Wide) else wide(frame)
    inside = (table.years >= start) & (table.years <= end)
    there, years = (~np.isnan(table.values[:, inside])).astype(int), [int(year) for year in table.years[inside]]
    both = there.T @ there  # places with a value in both years of a pair
    pairs = [(a, b, int(both[i, j])) for i, a in enumerate(years) for j, b in enumerate(years) if b - a >= 2]
    found = [(b - a, n, b) for a, b, n in pairs if n >= minimum]
    fullest = max((n for _, n, _ in found), default=0)
    kept = [one for one in found if one[1] >= full * fullest]
    if not kept:
        return None
    length, _, last = max(kept)
    return change(table, last - length, last, minimum)


@dataclass(frozen=True)
class Series:
    """A fixed panel over several years: the same `n` places in each of `years`, and their distribution in each."""

    years: tuple[int, ...]
    spreads: tuple[Distribution, ...]
    places: frozenset[str]

    @property
    def n(self) -> int:
        """Give the number of places, the same in each year."""
        return len(self.places)


ALMOST_ALL = 0.9  # of a panel: a year that fewer places report is left out of its series


def series(frame: pd.DataFrame, start: int, end: int, minimum: int = 10) -> Series | None:
    """Follow a fixed panel from year to year; `None` where there is none.

    The panel is that of `best_span`. Years in between belong to the series if nine tenths of the panel report them, and
    the panel then shrinks to the places that report all of these years; where that would cost more than a fifth of the
    places, the two outer years alone are kept. A year that is left out is a gap, never interpolated.
    """
    span = best_span(frame, start, end, minimum)
    if span is None:
        return None
    inside = frame[frame["place_id"].isin(span.places) & frame["year"].between(span.start, span.end)]
    by_year = inside.pivot(index="place_id", columns="year", values="value")
    years = [int(year) for year in by_year.columns if by_year[year].notna().sum() >= ALMOST_ALL * span.n]
    panel = by_year[years].dropna()
    if len(panel) < max(minimum, (2 * ALMOST_ALL - 1) * span.n):
        years, panel = [span.start, span.end], by_year[[span.start, span.end]]
    places = frozenset(str(place) for place in panel.index)
    return Series(tuple(years), tuple(distribution(panel[year]) for year in years), places)
