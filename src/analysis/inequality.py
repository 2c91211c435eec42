"""How unequal places are: pure functions of values, weights and groups. Nothing here knows files or languages.

Gini and Theil need values on a ratio scale (never below zero, with a zero that means none); the catalogue says which
indicators have one. Bounded shares and indices are described by the distance between quantiles instead.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.statistics import LEVEL

Floats = npt.NDArray[np.floating[Any]]
Numbers = Sequence[float] | pd.Series | Floats
Measure = Callable[[npt.NDArray[np.int64]], Floats]  # of places by number: a value for each row
Groups = Sequence[object] | pd.Series | npt.NDArray[Any]
TENTH, NINE_TENTHS = 0.1, 0.9  # the quantiles between which distance and ratio are taken
DRAWS = 1000


def gini(values: Numbers, weights: Numbers | None = None) -> float:
    """Give the Gini coefficient: half the mean difference of all pairs, relative to the mean.

    Parameters
    ----------
    values
        At least one; none below zero, not all zero.
    weights
        How much each place counts, its inhabitants say; all the same where not given.

    Returns
    -------
    float
        0 where all are equal; towards 1 where one place has everything. Without correction for small numbers.

    Raises
    ------
    ValueError
        Where a value is below zero or unknown, or all are zero: the measure has no meaning there.

    References
    ----------
    Cowell, F. A. (2011). Measuring Inequality. 3rd edition, Oxford University Press, section 2.3.
    """
    found, weight = _checked(values, weights)
    order = np.argsort(found, kind="stable")
    found, weight = found[order], weight[order] / weight.sum()
    middle = np.cumsum(weight) - weight / 2  # the share of places below each, itself counted half
    return max(0.0, float(2 * np.sum(weight * found * middle) / np.sum(weight * found) - 1))


@dataclass(frozen=True)
class Theil:
    """The Theil index, and the parts of it that lie between and within groups: `total = between + within`."""

    total: float
    between: float
    within: float


def theil(values: Numbers, groups: Groups | None = None, weights: Numbers | None = None) -> Theil:
    """Give the Theil index (T, or GE(1)) and how much of it lies between groups of places.

    Parameters
    ----------
    values
        At least one; none below zero, not all zero. A zero adds nothing (the limit of x ln x).
    groups
        Group of each place, its region say; one group where not given.
    weights
        How much each place counts; all the same where not given.

    Raises
    ------
    ValueError
        Where a value is below zero or unknown, or all are zero.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. North-Holland. Decomposition: Shorrocks, A. F. (1980). The
    class of additively decomposable inequality measures. Econometrica 48, 613-625.
    """
    found, weight = _checked(values, weights)
    weight = weight / weight.sum()
    mean = float(np.sum(weight * found))
    total = float(np.sum(weight * _x_log_x(found / mean)))
    of_group = pd.Series(np.zeros(len(found)) if groups is None else list(groups))
    frame = pd.DataFrame({"group": of_group, "weight": weight, "part": weight * found})
    sums = frame.groupby("group", sort=True)[["weight", "part"]].sum().to_numpy()
    between = float(np.sum(sums[:, 0] * _x_log_x(sums[:, 1] / sums[:, 0] / mean)))
    return Theil(total, between, total - between)


def quantile(values: Numbers, share: float, weights: Numbers | None = None) -> float:
    """Give a quantile: type 7 of Hyndman and Fan (1996), or with weights the inverse of their distribution (type 1)."""
    found = np.asarray(values, dtype=float)
    if weights is None:
        return float(np.quantile(found, share))
    return float(np.quantile(found, share, weights=np.asarray(weights, dtype=float), method="inverted_cdf"))


def distance(values: Numbers, weights: Numbers | None = None) -> float:
    """Give the distance between the values that a tenth and nine tenths of the places have at most, in their unit."""
    return quantile(values, NINE_TENTHS, weights) - quantile(values, TENTH, weights)


def ratio(values: Numbers, weights: Numbers | None = None) -> float | None:
    """Give how many times the value that nine tenths have at most is that which a tenth has at most.

    `None` where the lower one is not above zero.
    """
    low = quantile(values, TENTH, weights)
    return quantile(values, NINE_TENTHS, weights) / low if low > 0 else None


def between_groups(values: Numbers, groups: Groups) -> float:
    """Give the share of the variance of ranks that lies between groups: 0, no more than by chance; 1, all of it.

    Ranks bear any scale, so that indicators of every kind compare. It is the epsilon squared of Kelley, taken of ranks:
    `(H - k + 1) / (n - k)` with the H of Kruskal and Wallis, never below 0. The plain share, `H / (n - 1)`, grows with
    the number of groups even where they are alike. It describes and tests nothing.

    References
    ----------
    Kelley, T. L. (1935). An unbiased correlation ratio measure. Proceedings of the National Academy of Sciences 21,
    554-559. Tomczak, M. and Tomczak, E. (2014). The need to report effect size estimates revisited. Trends in Sport
    Sciences 21, 19-25 (there as the eta squared based on H).
    """
    ranks = pd.Series(np.asarray(values, dtype=float)).rank().to_numpy()
    centred = ranks - ranks.mean()
    whole = float(np.sum(centred**2))
    codes = pd.factorize(np.asarray(groups))[0]
    sums, sizes = np.bincount(codes, centred), np.bincount(codes)
    return float(without_chance(np.sum(sums**2 / sizes) / whole, len(ranks), len(sizes))) if whole else 0.0


def without_chance(shares: Floats | float, n: int, groups: npt.NDArray[np.int64] | int) -> Floats:
    """Take out of shares between groups what lies between them by chance alone; 0 where every place is a group."""
    free = np.asarray(n - np.asarray(groups), dtype=float)
    kept = 1 - (1 - np.asarray(shares)) * (n - 1) / np.where(free > 0, free, 1.0)
    return np.where(free > 0, np.clip(kept, 0.0, 1.0), 0.0)


def interval_between(values: Floats, groups: npt.NDArray[Any], seed: int) -> tuple[float, float]:
    """Give the interval of `between_groups` when places are drawn again.

    What is drawn from holds by itself what lies between its groups by chance, so that is taken out of the draws a second
    time; else the interval would lie too high, the more so the smaller the groups.
    """
    n, count = len(values), len(set(groups.tolist()))
    return bootstrap(lambda rows: without_chance(shares_between(values[rows], groups[rows]), n, count), n, seed)


def bootstrap(measure: Measure, n: int, seed: int, draws: int = DRAWS) -> tuple[float, float]:
    """Give the percentile interval of a measure when places are drawn again, with replacement.

    It shows how much a measure hangs on which places happen to be in the data. The places are no random sample.

    Parameters
    ----------
    measure
        Takes the numbers of the places drawn, from 0 to `n - 1`, a row for each draw, and gives the measure of each row.
    seed
        The same seed gives the same draws, and so the same interval.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall, chapter 13.
    """
    low, high = resampled(measure, n, seed, draws).confidence_interval
    return float(low), float(high)


def resampled(measure: Measure, n: int, seed: int, draws: int = DRAWS) -> Any:
    """Take a measure of many draws of `n` places: what `scipy.stats.bootstrap` gives, with percentile intervals.

    A measure may be several, a row for each: they are then taken of the same draws.
    """
    from scipy import stats  # slow to import: commands that compute nothing do without

    return stats.bootstrap(
        (np.arange(n),),
        _statistic(measure),
        n_resamples=draws,
        confidence_level=LEVEL,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(seed),
    )


def interval_by(method: str, measure: Measure, n: int, draws: Any) -> tuple[Floats, Floats]:
    """Give the intervals of measures from draws that were made before, by another method.

    Where nothing differs BCa is not defined, and the percentile interval takes its place.

    Parameters
    ----------
    method
        `percentile`, `basic` or `bca`.
    draws
        Of the same measure and places, from `resampled`.

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University Press,
    section 5.2 (the basic interval).

    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82, 171-185.
    """
    from scipy import stats

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        ends = stats.bootstrap(
            (np.arange(n),),
            _statistic(measure),
            n_resamples=0,
            confidence_level=LEVEL,
            method=method,
            vectorized=True,
            bootstrap_result=draws,
        ).confidence_interval
    low, high = (
        np.where(np.isnan(end), plain, end) for end, plain in zip(ends, draws.confidence_interval, strict=True)
    )
    return low, high


def _statistic(measure: Measure) -> Callable[..., Floats]:
    """Make a measure of the rows of a matrix one that scipy calls with a single row too."""

    def statistic(rows: npt.NDArray[np.int64], axis: int = -1) -> Floats:
        values = measure(np.atleast_2d(rows))
        return values if rows.ndim > 1 else values[..., 0]

    return statistic


def ginis(samples: Floats) -> Floats:
    """Give `gini` of each row of a matrix, all at once; every place counts the same."""
    found, n = np.sort(samples, axis=1), samples.shape[1]
    return np.asarray(2 * (found @ np.arange(1, n + 1)) / (n * found.sum(axis=1)) - (n + 1) / n)


def distances(samples: Floats, tail: float = TENTH) -> Floats:
    """Give `distance` of each row of a matrix, all at once; `tail` is the share of places beyond each of its ends."""
    low, high = np.quantile(samples, [tail, 1 - tail], axis=1)
    return np.asarray(high - low)


def shares_between(samples: Floats, groups: npt.NDArray[Any]) -> Floats:
    """Give `between_groups` of each row of a matrix, all at once; `groups` has the group of each value."""
    ranks = pd.DataFrame(samples).rank(axis=1).to_numpy()
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    whole = (centred**2).sum(axis=1)
    codes, names = pd.factorize(groups.ravel())
    cells = codes.reshape(groups.shape) + len(names) * np.arange(len(samples))[:, None]  # a cell for each row and group
    size = len(names) * len(samples)
    sums = np.bincount(cells.ravel(), centred.ravel(), minlength=size)
    sizes = np.bincount(cells.ravel(), minlength=size)
    between = (sums**2 / np.maximum(sizes, 1)).reshape(len(samples), -1).sum(axis=1)
    drawn_groups = (sizes.reshape(len(samples), -1) > 0).sum(axis=1)
    share = np.divide(between, whole, out=np.zeros(len(samples)), where=whole > 0)
    return np.where(whole > 0, without_chance(share, samples.shape[1], drawn_groups), 0.0)


def _checked(values: Numbers, weights: Numbers | None) -> tuple[Floats, Floats]:
    found = np.asarray(values, dtype=float)
    weight = np.ones(len(found)) if weights is None else np.asarray(weights, dtype=float)
    if not len(found) or len(weight) != len(found) or not (found >= 0).all() or not (weight > 0).all():
        raise ValueError("an inequality needs values of zero and more, each with a weight above zero")
    if not found.any():
        raise ValueError("an inequality needs a value above zero")
    return found, weight


def _x_log_x(x: Floats) -> Floats:
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0)
