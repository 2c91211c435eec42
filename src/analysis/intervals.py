"""Intervals of a share by several methods, to see what hangs on the method; the study itself uses that of Wilson."""

from analysis.statistics import share_interval

METHODS = {  # and how statsmodels calls them
    "wilson": "wilson",
    "clopper_pearson": "beta",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
}


def interval_by(method: str, count: int, n: int) -> tuple[float, float]:
    """Give the interval of a share by a method of the study.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413.

    Agresti, A. and Coull, B. A. (1998). Approximate is better than "exact" for interval estimation of binomial
    proportions. The American Statistician 52, 119-126.

    Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical Science
    16, 101-133 (that of Jeffreys).
    """
    return share_interval(count, n, METHODS[method])


def apart(count: int, n: int, one: str, other: str) -> float:
    """Give how far the ends of the intervals by two methods lie apart, the farther of the two."""
    ends = zip(interval_by(one, count, n), interval_by(other, count, n), strict=True)
    return max(abs(first - second) for first, second in ends)
