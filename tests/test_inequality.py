"""Measures of inequality against the documented examples of R, definitions by hand, scipy, and their properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import inequality, tables

INCOMES = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]  # example of the R package ineq
REGIONS = [10, 10, 10, 20, 50]
values = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30)


def test_gini_is_that_of_the_r_package_ineq() -> None:
    assert inequality.gini(INCOMES) == pytest.approx(0.4620911, abs=5e-8)


def test_theil_by_hand_and_at_its_bounds() -> None:
    # mean 20: three regions at half of it, one at it, one at two and a half times it
    assert inequality.theil(REGIONS).total == pytest.approx((3 * 0.5 * np.log(0.5) + 2.5 * np.log(2.5)) / 5)
    assert inequality.theil([0, 0, 0, 7]).total == pytest.approx(np.log(4))  # one has everything: ln n (Theil 1967)


def test_a_decomposition_by_hand() -> None:
    # two groups of two: means 2 and 6, whole mean 4
    found = inequality.theil([1, 3, 6, 6], ["a", "a", "b", "b"])
    between = 0.5 * 0.5 * np.log(0.5) + 0.5 * 1.5 * np.log(1.5)
    within = (4 / 16) * (0.5 * 0.5 * np.log(0.5) + 0.5 * 1.5 * np.log(1.5))  # share of the first group x its own index
    assert found.between == pytest.approx(between)
    assert found.within == pytest.approx(within)


@given(values)
def test_gini_is_half_the_relative_mean_difference_of_all_pairs(found: list[float]) -> None:
    x = np.array(found)
    pairs = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert inequality.gini(found) == pytest.approx(pairs, abs=1e-9)


@given(values, st.floats(0.1, 100))
def test_scale_does_not_matter_and_equality_is_zero(found: list[float], scale: float) -> None:
    x = np.array(found)
    assert inequality.gini(scale * x) == pytest.approx(inequality.gini(x), abs=1e-9)
    assert inequality.theil(scale * x).total == pytest.approx(inequality.theil(x).total, abs=1e-9)
    assert inequality.gini(np.full(5, scale)) == pytest.approx(0, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=12))
def test_a_weight_is_so_many_equal_places(pairs: list[tuple[int, int]]) -> None:
    x, w = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    if not any(x):
        return
    every = [float(a) for a, b in pairs for _ in range(b)]
    assert inequality.gini(x, w) == pytest.approx(inequality.gini(every), abs=1e-9)
    assert inequality.theil(x, weights=w).total == pytest.approx(inequality.theil(every).total, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0.1, 100), st.sampled_from("abc")), min_size=2, max_size=30))
def test_the_parts_of_theil_add_up_and_none_is_below_zero(pairs: list[tuple[float, str]]) -> None:
    found = inequality.theil([a for a, _ in pairs], [b for _, b in pairs])
    within = sum(
        sum(a for a, g in pairs if g == group)
        / sum(a for a, _ in pairs)
        * inequality.theil([a for a, g in pairs if g == group]).total
        for group in {g for _, g in pairs}
    )
    assert found.within == pytest.approx(within, abs=1e-9)
    assert found.between >= -1e-12


@pytest.mark.parametrize("wrong", [[-1.0, 2.0], [0.0, 0.0], [], [1.0, float("nan")]])
def test_what_has_no_inequality_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="an inequality needs"):
        inequality.gini(wrong)
    with pytest.raises(ValueError, match="an inequality needs"):
        inequality.theil(wrong)


def test_quantiles_their_distance_and_ratio_by_hand() -> None:
    tens = np.arange(11) * 10.0  # type 7: the quantile of a share is that share of 100
    assert inequality.distance(tens) == pytest.approx(80)
    assert inequality.ratio(tens) == pytest.approx(9)
    assert inequality.ratio([0, 0, 0, 5]) is None
    assert inequality.quantile([1.0, 2.0, 3.0], 0.9, [1, 1, 98]) == 3


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abcd")), min_size=4, max_size=40))
def test_the_share_between_groups_is_that_of_kruskal_and_wallis(pairs: list[tuple[int, str]]) -> None:
    groups: dict[str, list[int]] = {}
    for value, group in pairs:
        groups.setdefault(group, []).append(value)
    if len(groups) < 2 or len({value for value, _ in pairs}) < 2:
        return
    free = len(pairs) - len(groups)
    plain = stats.kruskal(*groups.values()).statistic
    expected = max(0.0, (plain - len(groups) + 1) / free) if free else 0.0  # Tomczak and Tomczak (2014)
    found = inequality.between_groups([value for value, _ in pairs], [group for _, group in pairs])
    assert found == pytest.approx(expected, abs=1e-9)


def test_groups_that_are_alike_share_nothing_on_average_however_many_they_are() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 5)
    plain, corrected = [], []
    for _ in range(300):
        x = rng.normal(size=100)
        plain.append(stats.kruskal(*x.reshape(20, 5)).statistic / 99)
        corrected.append(inequality.between_groups(x, groups))
    assert np.mean(plain) == pytest.approx(19 / 99, abs=0.01)  # what the share of variance finds in noise
    assert np.median(corrected) < 0.02


def test_the_interval_of_a_share_between_groups_lies_about_it() -> None:
    rng = np.random.default_rng(5)
    groups, kept, plain = np.repeat(np.arange(12), 6), 0, 0
    effect = np.linspace(-0.8, 0.8, 12)
    big = (effect[:, None] + rng.normal(size=(12, 4000))).ravel()
    true = inequality.between_groups(big, np.repeat(np.arange(12), 4000))
    for seed in range(100):
        x = effect[groups] + rng.normal(size=72)
        low, high = inequality.interval_between(x, groups, seed)
        kept += low <= true <= high
        rows = np.random.default_rng(seed).integers(0, 72, (1000, 72))
        low, high = np.quantile(inequality.shares_between(x[rows], groups[rows]), [0.025, 0.975])
        plain += low <= true <= high
    assert kept >= 93
    assert plain < kept  # draws that are corrected once alone lie too high


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abcd")), min_size=3, max_size=30).filter(
        lambda p: any(v for v, _ in p)
    )
)
def test_measures_of_many_draws_at_once_are_those_of_each(pairs: list[tuple[int, str]]) -> None:
    values, groups = np.array([float(a) for a, _ in pairs]), np.array([b for _, b in pairs])
    rows = np.random.default_rng(3).integers(0, len(values), (8, len(values)))
    rows[:, 0] = int(values.argmax())  # a draw of nothing but zeros has no Gini
    for one, row in zip(inequality.ginis(values[rows]), rows, strict=True):
        assert one == pytest.approx(inequality.gini(values[row]), abs=1e-9)
    for one, row in zip(inequality.distances(values[rows]), rows, strict=True):
        assert one == pytest.approx(inequality.distance(values[row]), abs=1e-9)
    for one, row in zip(inequality.shares_between(values[rows], groups[rows]), rows, strict=True):
        assert one == pytest.approx(inequality.between_groups(values[row], groups[row]), abs=1e-9)


def test_the_bootstrap_is_that_of_draws_by_hand_and_the_same_each_time() -> None:
    x = tables.read("values", indicator_id="eco_gdp_pc_ppp", year=2019)["value"].to_numpy()
    ours = inequality.bootstrap(lambda rows: inequality.ginis(x[rows]), len(x), seed=1, draws=2000)
    assert ours == inequality.bootstrap(lambda rows: inequality.ginis(x[rows]), len(x), seed=1, draws=2000)
    rng = np.random.default_rng(2)  # other draws: close, not the same
    drawn = [inequality.gini(rng.choice(x, len(x))) for _ in range(2000)]
    assert ours == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.006)
    assert ours[0] < inequality.gini(x) < ours[1]
