"""Choosing without a score: examples by hand, every order gone through one by one as oracle, and what must hold."""

from collections.abc import Mapping
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import choice

Values = dict[str, dict[str, float]]
# a is best on x and y together with b, which is behind on z; c is best on z alone
HAND: Values = {
    "x": {"a": 2, "b": 2, "c": 1},
    "y": {"a": 5, "b": 5, "c": 5},
    "z": {"a": 2, "b": 1, "c": 3},
}


@st.composite
def tables(draw: st.DrawFn) -> Values:
    """Give up to five criteria on up to five alternatives, with many ties."""
    named = "abcde"[: draw(st.integers(1, 5))]
    value = st.one_of(st.integers(0, 3), st.just(float("inf")))
    row = st.fixed_dictionaries(dict.fromkeys(named, value))
    criteria = "uvxyz"[: draw(st.integers(1, 5))]
    return {criterion: {k: float(v) for k, v in draw(row).items()} for criterion in criteria}


def ahead(values: Values, order: tuple[str, ...], one: str, other: str) -> bool:
    """Compare as Python compares tuples, which is lexicographically."""
    return tuple(values[c][one] for c in order) > tuple(values[c][other] for c in order)


def best_by_sorting(values: Values, order: tuple[str, ...]) -> set[str]:
    """Sort by all criteria at once with numpy, and take what equals the last."""
    named = list(next(iter(values.values())))
    matrix = np.array([[values[c][name] for name in named] for c in order])
    last = np.lexsort(matrix[::-1])[-1]
    return {name for column, name in enumerate(named) if (matrix[:, column] == matrix[:, last]).all()}


def test_an_example_by_hand() -> None:
    assert choice.dominances(HAND) == [("a", "b")]
    assert choice.lexicographic(HAND, ["x", "y", "z"]) == [["a", "b"], ["a", "b"], ["a"]]
    assert choice.lexicographic(HAND, ["y", "z", "x"]) == [["a", "b", "c"], ["c"], ["c"]]
    assert choice.firsts(HAND) == {
        "x": {frozenset("a")},
        "y": {frozenset("a"), frozenset("c")},  # a where x decides next, c where z does
        "z": {frozenset("c")},
    }


def test_dominance_hangs_on_a_criterion_or_not() -> None:
    without = choice.dominances_without(HAND)
    assert without["x"] == [("a", "b"), ("c", "a"), ("c", "b")]
    assert without["y"] == [("a", "b")]
    assert without["z"] == [("a", "c"), ("b", "c")]  # a and b are then alike


def test_what_ties_on_everything_comes_first_together() -> None:
    alike: Values = {"x": {"a": 1, "b": 1, "c": 0}, "y": {"a": 2, "b": 2, "c": 2}}
    assert choice.firsts(alike) == {"x": {frozenset("ab")}, "y": {frozenset("ab")}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"a": 0, "b": 0.5, "c": 1}),
        ({"a": 1, "b": 1, "c": 3}, {"a": 0.25, "b": 0.25, "c": 1}),
        ({"a": 7, "b": 7}, {"a": 0.5, "b": 0.5}),
        ({"a": 1, "b": float("inf"), "c": float("inf")}, {"a": 0, "b": 0.75, "c": 0.75}),
    ],
)
def test_standings_by_hand(values: Mapping[str, float], expected: Mapping[str, float]) -> None:
    assert choice.standings(values) == expected


@given(tables())
def test_firsts_are_those_of_every_order_gone_through(values: Values) -> None:
    expected: dict[str, set[frozenset[str]]] = {criterion: set() for criterion in values}
    for order in permutations(values):
        expected[order[0]].add(frozenset(best_by_sorting(values, order)))
    assert choice.firsts(values) == expected


@given(tables(), st.randoms(use_true_random=False))
def test_one_order_is_that_of_sorting(values: Values, random: Random) -> None:
    order = list(values)
    random.shuffle(order)
    steps = choice.lexicographic(values, order)
    assert set(steps[-1]) == best_by_sorting(values, tuple(order))
    for number, remain in enumerate(steps, start=1):
        assert set(remain) == best_by_sorting(values, tuple(order[:number]))


@given(tables())
def test_dominance_is_coming_before_in_every_order(values: Values) -> None:
    named = list(next(iter(values.values())))
    always = [(a, b) for a in named for b in named if all(ahead(values, order, a, b) for order in permutations(values))]
    assert choice.dominances(values) == always


@given(tables())
def test_what_is_dominated_never_comes_first(values: Values) -> None:
    possible = set().union(*(outcome for found in choice.firsts(values).values() for outcome in found))
    assert possible
    assert not possible & {other for _, other in choice.dominances(values)}


@given(tables())
def test_a_criterion_on_which_all_are_alike_changes_nothing(values: Values) -> None:
    named = list(next(iter(values.values())))
    more = values | {"flat": dict.fromkeys(named, 1.0)}
    assert choice.dominances(more) == choice.dominances(values)
    assert choice.firsts(more).items() >= choice.firsts(values).items()


@given(tables())
def test_standings_turn_round_with_the_direction_and_lie_half_way_on_average(values: Values) -> None:
    for of in values.values():
        forth, back = choice.standings(of), choice.standings({name: -value for name, value in of.items()})
        if len(of) > 1:
            assert all(forth[name] + back[name] == pytest.approx(1) for name in of)
            assert np.mean(list(forth.values())) == pytest.approx(0.5)


def test_orders_drawn_from_those_of_eleven_criteria_are_covered() -> None:
    random = np.random.default_rng(1)
    values = {n: dict(enumerate(random.integers(0, 3, 6).astype(float))) for n in range(11)}
    found = choice.firsts(values)  # of 39,916,800 orders
    sampled = [tuple(random.permutation(11).tolist()) for _ in range(300)]
    for order in sampled:
        assert frozenset(choice.lexicographic(values, order)[-1]) in found[order[0]]
