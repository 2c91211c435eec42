import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import statistics, tables

numbers = st.floats(-1e6, 1e6, allow_nan=False)
samples = st.lists(numbers, min_size=1, max_size=60)
shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def panel(rows: list[tuple[str, int, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["place_id", "year", "value"])


def test_fifteen_of_twenty_has_the_published_wilson_interval() -> None:
    low, high = statistics.wilson(15, 20)
    assert (round(100 * low, 1), round(100 * high, 1)) == (53.1, 88.8)


def test_wilson_agrees_with_scipy_for_every_share_of_up_to_sixty_cities() -> None:
    compared = 0
    for n in range(1, 61):
        for count in range(n + 1):
            expected = stats.binomtest(count, n).proportion_ci(method="wilson")
            assert statistics.wilson(count, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
            compared += 1
    assert compared == 1890


@pytest.mark.parametrize("n", range(1, 61))
def test_wilson_of_none_and_of_all_ends_exactly_at_nothing_and_at_everything(n: int) -> None:
    assert statistics.wilson(0, n)[0] == 0.0
    assert statistics.wilson(n, n)[1] == 1.0


@given(shares)
def test_wilson_holds_the_share_and_stays_a_share(share: tuple[int, int]) -> None:
    count, n = share
    low, high = statistics.wilson(count, n)
    assert 0 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1


@given(shares)
def test_wilson_of_the_opposite_answer_is_the_mirror_image(share: tuple[int, int]) -> None:
    count, n = share
    low, high = statistics.wilson(count, n)
    assert statistics.wilson(n - count, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(shares)
def test_wilson_narrows_with_more_cities_at_the_same_share(share: tuple[int, int]) -> None:
    count, n = share
    low, high = statistics.wilson(count, n)
    lower, higher = statistics.wilson(4 * count, 4 * n)
    assert higher - lower < high - low


@pytest.mark.parametrize(("count", "n"), [(-1, 20), (21, 20), (0, 0)])
def test_wilson_refuses_what_is_no_share(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= count <= n"):
        statistics.wilson(count, n)


def test_quartiles_of_a_hand_computed_example_leave_missing_values_out() -> None:
    spread = statistics.distribution([1.0, math.nan, 2.0, 3.0, 4.0])
    # type 7: positions 0.75, 1.5 and 2.25 among the four known values
    assert (spread.n, spread.q1, spread.median, spread.q3) == (4, 1.75, 2.5, 3.25)


@given(samples)
def test_quartiles_agree_with_scipy_and_are_ordered(values: list[float]) -> None:
    spread = statistics.distribution(values)
    oracle = stats.mstats.mquantiles(values, [0.25, 0.5, 0.75], alphap=1, betap=1)
    assert [spread.q1, spread.median, spread.q3] == pytest.approx(list(oracle), rel=1e-9, abs=1e-6)
    assert spread.low <= spread.q1 <= spread.median <= spread.q3 <= spread.high
    assert spread.n == len(values)


def test_a_distribution_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no value is known"):
        statistics.distribution([math.nan])


def test_a_position_counts_ties_half() -> None:
    assert statistics.position(2, [1, 2, 2, 3]) == 0.5
    assert statistics.position(3, [1, 2, 2, 3, math.nan]) == 0.875


@given(numbers, samples)
def test_a_position_agrees_with_scipy_whatever_the_order(value: float, values: list[float]) -> None:
    oracle = stats.percentileofscore(values, value, kind="mean") / 100
    assert statistics.position(value, values) == pytest.approx(oracle)
    assert statistics.position(value, values[::-1]) == statistics.position(value, values)


@pytest.mark.parametrize(
    ("value", "quarter"),
    [
        (0, "lowest"),
        (1, "lower_middle"),
        (2, "lower_middle"),
        (2.5, "upper_middle"),
        (3, "upper_middle"),
        (4, "highest"),
    ],
)
def test_a_value_on_a_quartile_belongs_to_the_middle(value: float, quarter: str) -> None:
    spread = statistics.Distribution(n=9, q1=1, median=2, q3=3, low=0, high=4)
    assert statistics.quarter(value, spread) == quarter


def test_the_newest_value_inside_the_window_is_shown() -> None:
    frame = panel(
        [
            ("a", 2013, 1),
            ("a", 2014, 2),
            ("b", 2019, 3),
            ("b", 2018, 4),
            ("c", 2020, 5),
            ("d", 2018, None),
            ("d", 2017, 6),
        ]
    )
    shown = statistics.latest(frame, year=2019, window=5)
    assert dict(zip(shown["place_id"], shown["year"], strict=True)) == {"a": 2014, "b": 2019, "d": 2017}


def test_change_keeps_to_the_same_places_although_the_open_panel_says_the_opposite() -> None:
    stayed = [(f"s{i}", year, 10.0 + i + (year == 2020)) for i in range(10) for year in (2010, 2020)]
    came = [(f"c{i}", 2020, 0.0) for i in range(30)]
    frame = panel([*stayed, *came])
    found = statistics.change(frame, 2010, 2020)
    assert found is not None
    assert (found.n, found.after.median - found.before.median) == (10, 1)
    assert frame[frame["year"] == 2020]["value"].median() < frame[frame["year"] == 2010]["value"].median()


def test_the_known_example_of_research_spending_reverses_its_sign_on_the_fixed_panel() -> None:
    frame = tables.read("values", indicator_id="eco_rd_gdp")
    open_panel = [frame.loc[frame["year"] == year, "value"].median() for year in (2008, 2021)]
    found = statistics.change(frame, 2008, 2021)
    assert found is not None
    assert [round(median, 2) for median in open_panel] == [0.53, 0.25]
    assert (found.n, round(found.before.median, 2), round(found.after.median, 2)) == (18, 0.21, 0.24)


@pytest.mark.parametrize(("places", "offered"), [(9, False), (10, True)])
def test_a_panel_of_fewer_than_ten_places_is_not_offered(places: int, offered: bool) -> None:
    frame = panel([(f"p{i}", year, float(i)) for i in range(places) for year in (2010, 2015)])
    assert (statistics.change(frame, 2010, 2015) is not None) == offered


def test_the_widest_span_wins_among_those_with_half_of_the_places() -> None:
    many = [(f"m{i}", year, float(i)) for i in range(40) for year in (2012, 2016)]
    few = [(f"m{i}", 2008, float(i)) for i in range(12)]
    half = [(f"m{i}", 2010, float(i)) for i in range(20)]
    wide = statistics.best_span(panel([*many, *few, *half]), 2008, 2017)
    assert wide is not None
    assert (wide.start, wide.end, wide.n) == (2010, 2016, 20)


def test_years_after_the_edition_and_spans_of_one_year_are_not_used() -> None:
    frame = panel([(f"p{i}", year, float(i)) for i in range(20) for year in (2016, 2017, 2021)])
    assert statistics.best_span(frame, 2009, 2019) is None
