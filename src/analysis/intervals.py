"""Intervals of a share by several methods, to see what hangs on the method; the study itself uses that of Wilson."""

import math
from collections.abc import Callable
from statistics import NormalDist

from analysis.statistics import LEVEL, wilson


def clopper_pearson(count: int, n: int) -> tuple[float, float]:
    """Give the interval of Clopper and Pearson, which is never too narrow.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413.
    """
    tail = (1 - LEVEL) / 2
    low = beta_quantile(tail, count, n - count + 1) if count else 0.0
    high = beta_quantile(1 - tail, count + 1, n - count) if count < n else 1.0
    return low, high


def agresti_coull(count: int, n: int) -> tuple[float, float]:
    """Give the interval of Agresti and Coull: that of Wald, about the centre of Wilson's.

    References
    ----------
    Agresti, A. and Coull, B. A. (1998). Approximate is better than "exact" for interval estimation of binomial
    proportions. The American Statistician 52, 119-126.
    """
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    more = n + z * z
    share = (count + z * z / 2) / more
    half = z * math.sqrt(share * (1 - share) / more)
    return max(0.0, share - half), min(1.0, share + half)


def jeffreys(count: int, n: int) -> tuple[float, float]:
    """Give the interval of Jeffreys: the middle of what is believed after the count, by his prior.

    References
    ----------
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical Science
    16, 101-133.
    """
    tail = (1 - LEVEL) / 2
    return beta_quantile(tail, count + 0.5, n - count + 0.5), beta_quantile(1 - tail, count + 0.5, n - count + 0.5)


METHODS: dict[str, Callable[[int, int], tuple[float, float]]] = {
    "wilson": wilson, "clopper_pearson": clopper_pearson, "agresti_coull": agresti_coull, "jeffreys": jeffreys,
}  # fmt: skip


def apart(count: int, n: int, one: str, other: str) -> float:
    """Give how far the ends of the intervals by two methods lie apart, the farther of the two."""
    return max(abs(a - b) for a, b in zip(METHODS[one](count, n), METHODS[other](count, n), strict=True))


def beta_quantile(share: float, a: float, b: float) -> float:
    """Give the quantile of a beta distribution, by halving."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beta_below(middle, a, b) < share else (low, middle)
    return middle


def beta_below(x: float, a: float, b: float) -> float:
    """Give the share of a beta distribution below `x`, by its continued fraction.

    References
    ----------
    NIST Digital Library of Mathematical Functions, 8.17.22, evaluated by the method of Lentz, as Thompson, I. J. and
    Barnett, A. R. (1986) modified it. Journal of Computational Physics 64, 490-509.
    """
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast below
        return 1 - beta_below(1 - x, b, a)
    if x <= 0:
        return 0.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    upper, lower, found = 1.0, 0.0, 1.0
    for step in range(500):
        m = step // 2
        if step == 0:
            part = 1.0
        elif step % 2:
            part = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            part = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / _not_zero(1 + part * lower)
        upper = _not_zero(1 + part / upper)
        found *= upper * lower
        if abs(1 - upper * lower) < 1e-15:
            break
    return front * (found - 1)


def _not_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
