"""Choosing under several ordinal criteria, without a score. Pure functions: nothing here knows files or languages.

Values of a criterion are compared by their order alone, never by their distance, and never added up across criteria.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import TypeVar

A = TypeVar("A", bound=Hashable)  # what is chosen among
C = TypeVar("C", bound=Hashable)  # a criterion
# by criterion, the value of each alternative: the larger speaks more for it; the same alternatives for every criterion
Values = Mapping[C, Mapping[A, float]]


def dominates(values: Values[C, A], one: A, other: A) -> bool:
    """Say whether an alternative is at least as good as another on every criterion, and better on at least one.

    It is so exactly where every lexicographic order of the criteria puts the one before the other.

    References
    ----------
    Ehrgott, M. (2005). Multicriteria Optimization. 2nd edition, Springer, chapter 2 (Pareto dominance).
    """
    pairs = [(of[one], of[other]) for of in values.values()]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def dominances(values: Values[C, A]) -> list[tuple[A, A]]:
    """List the pairs in which the first alternative dominates the second."""
    named = _alternatives(values)
    return [(one, other) for one in named for other in named if dominates(values, one, other)]


def dominances_without(values: Values[C, A]) -> dict[C, list[tuple[A, A]]]:
    """List the pairs that dominate when one criterion is left out, by the criterion that is."""
    return {left: dominances({name: of for name, of in values.items() if name != left}) for left in values}


def lexicographic(values: Values[C, A], order: Sequence[C]) -> list[list[A]]:
    """Choose by the most important criterion, then among what ties by the next, and so on.

    Parameters
    ----------
    order
        Criteria, the most important first.

    Returns
    -------
    list
        What remains after each criterion; the last entry comes first under this order, several where they tie to the end.

    References
    ----------
    Fishburn, P. C. (1974). Lexicographic orders, utilities and decision rules: a survey. Management Science 20,
    1442-1471.
    """
    remain, steps = _alternatives(values), []
    for criterion in order:
        remain = _best(values[criterion], remain)
        steps.append(remain)
    return steps


def firsts(values: Values[C, A]) -> dict[C, set[frozenset[A]]]:
    """Find what comes first under every order of the criteria, by the criterion that leads the order.

    All orders are covered, though they are not gone through one by one: orders that leave the same alternatives and the
    same criteria go on alike.

    Returns
    -------
    dict
        For each leading criterion, what comes first under the orders that it leads; one outcome is a set of alternatives,
        of several where they tie on all criteria.
    """

    @cache
    def outcomes(remain: frozenset[A], criteria: frozenset[C]) -> frozenset[frozenset[A]]:
        if len(remain) == 1 or not criteria:
            return frozenset({remain})
        found = (outcomes(frozenset(_best(values[next_], remain)), criteria - {next_}) for next_ in criteria)
        return frozenset[frozenset[A]]().union(*found)

    named, every = _alternatives(values), frozenset(values)
    return {lead: set(outcomes(frozenset(_best(values[lead], named)), every - {lead})) for lead in values}


def standings(values: Mapping[A, float]) -> dict[A, float]:
    """Give for each alternative the share of the others that it is ahead of, those alike counted half.

    0 where all others are ahead, 1 where it is ahead of all others, and one half where all are alike.
    """
    others = max(1, len(values) - 1)
    return {
        one: (sum(v < value for v in values.values()) + 0.5 * (sum(v == value for v in values.values()) - 1)) / others
        for one, value in values.items()
    }


def _alternatives(values: Values[C, A]) -> list[A]:
    return list(next(iter(values.values()), {}))


def _best(of: Mapping[A, float], among: Sequence[A] | frozenset[A]) -> list[A]:
    most = max(of[one] for one in among)
    return [one for one in among if of[one] == most]
