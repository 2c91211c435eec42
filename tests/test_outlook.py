"""The criteria of the outlook against computations by hand, and what the chapter concludes from them."""

import ast
import json
import re
from functools import lru_cache
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from checks import collisions, plain, sentences
from conftest import ROOT
from scipy import stats

from analysis import choice
from analysis.chapters.criteria import DEFAULT, OnAxis, OnEveryCriterion
from analysis.chapters.outlook import OutlookChapter
from analysis.errors import UnknownCell, UnknownParameter
from analysis.exhibits import Exhibit, Heading, Listing, Paragraph, Section

PARTS = ("opening", "studied", "declared", "side_by_side", "arguments", "dominance", "orders", "changing", "sources")
MATRIX = yaml.safe_load((ROOT / "data" / "study.yml").read_text(encoding="utf-8"))
AXES = list(MATRIX["axes"])
# not through our reader
VALUES = pd.read_csv(ROOT / "data/indicators/values.csv", dtype={"place_id": str, "flag": str}, keep_default_na=False)
VALUES = VALUES[~VALUES["flag"].isin(["not_ranked", "impossible"])]
CATALOGUE = pd.read_csv(ROOT / "data/indicators/catalogue.csv").set_index("indicator_id")
LISTED = set(CATALOGUE.index[CATALOGUE["kind"].isin(["listing", "flag"])])
NEWEST = int(VALUES["year"].max())
MEASURED = int(VALUES.loc[~VALUES["indicator_id"].isin(LISTED), "year"].max())
QUICK = {name: way for name, way in DEFAULT.items() if name != "gaps_closing"}  # what needs no bootstrap


@lru_cache(maxsize=1)
def whole() -> OutlookChapter:
    return OutlookChapter(lang="en")


def chapter(**criteria: str) -> OutlookChapter:
    """Give a chapter on a few criteria that shares what the whole one has computed of the axes."""
    found = OutlookChapter(lang="en", criteria=criteria)
    found.__dict__["axes"] = whole().axes
    return found


def value(name: str, axis: str) -> float | None:
    on: OnAxis = getattr(whole().axes[axis], name)
    return on.value


def listing(section: Section, id: str) -> pd.DataFrame:
    return next(part.table for part in section.parts if isinstance(part, Listing) and part.id == f"outlook-{id}")


def recent(axis: str, level: str, longer: int = 0) -> dict[str, set[str]]:
    """Give by indicator the places with a value of the last years, where they are ten or more; lists have their own."""
    last = VALUES["indicator_id"].isin(LISTED).map({True: NEWEST, False: MEASURED})
    inside = VALUES[(VALUES["year"] >= last - MATRIX["window"] - longer) & (VALUES["level"] == level)]
    found = {str(name): set(frame["place_id"]) for name, frame in inside.groupby("indicator_id")}
    return {name: places for name, places in found.items() if CATALOGUE["axis"][name] == axis and len(places) >= 10}


# what is computed


@pytest.mark.parametrize("axis", AXES)
def test_what_was_studied_is_what_the_matrix_and_the_findings_say(axis: str) -> None:
    covering = [year for year, edition in MATRIX["editions"].items() if axis in edition["axes"]]
    own = [year for year, edition in MATRIX["editions"].items() if edition["axes"] == [axis]]
    findings = pd.read_csv(ROOT / "data/published/findings.csv")
    assert value("times_studied", axis) == len(covering)
    assert value("years_since", axis) == NEWEST - max(covering)
    assert value("years_since_own", axis) == (NEWEST - max(own) if own else float("inf"))
    assert value("shares_published", axis) == ((findings["axis"] == axis) & (findings["unit"] == "percent")).sum()


@pytest.mark.parametrize("axis", AXES)
def test_evidence_on_cities_and_countries_is_that_of_the_tables(axis: str) -> None:
    cities, countries = recent(axis, "city"), recent(axis, "country")
    lists = {name for name in cities if CATALOGUE["kind"][name] in ("listing", "flag")}
    measured = [places for name, places in cities.items() if name not in lists]
    assert value("city_indicators", axis) == len(measured)
    assert value("cities", axis) == len(set().union(*measured))
    assert value("lists", axis) == len(lists)
    assert value("country_indicators", axis) == len(countries)


def test_the_window_ends_with_what_is_measured_and_the_cities_are_those_counted_apart() -> None:
    assert (MEASURED, NEWEST) == (2024, 2026)
    assert {axis: value("cities", axis) for axis in AXES} == {
        "economy": 321, "people": 202, "governance": 0, "mobility": 1800, "environment": 652, "living": 874,
    }  # fmt: skip
    region = pd.read_csv(ROOT / "data/places/countries.csv", keep_default_na=False).set_index("iso3")["region"]
    for axis in AXES:
        places = set().union(*(of for name, of in recent(axis, "city").items() if name not in LISTED))
        of = VALUES[VALUES["place_id"].isin(places)].drop_duplicates("place_id")["iso3"].map(region).value_counts()
        sentence = whole().axes[axis].cities.sentence
        if len(of) and 2 * of.iloc[0] > len(places):
            assert f"{of.iloc[0]} of them are in one region: Europe and Northern America." in sentence
        else:
            assert "one region" not in sentence


def followed(frame: pd.DataFrame) -> bool:
    places = {int(str(year)): set(of["place_id"]) for year, of in frame.groupby("year")}
    return any(b - a >= 2 and len(places[a] & places[b]) >= 10 for a in places for b in places)


def test_indicators_that_follow_cities_have_ten_of_them_in_two_years_at_least_two_apart() -> None:
    total = 0
    for axis in AXES:
        expected = 0
        for name, frame in VALUES[VALUES["level"] == "city"].groupby("indicator_id"):
            row = CATALOGUE.loc[name]
            if row["axis"] == axis and row["over_time"] in ("values", "within_country"):
                apart = row["over_time"] == "within_country"  # then of one country alone
                expected += any(followed(part) for part in (
                    [of for _, of in frame.groupby("iso3")] if apart else [frame]))  # fmt: skip
        assert value("city_series", axis) == expected
        total += expected
    assert total


@pytest.mark.parametrize("axis", AXES)
def test_gaps_between_regions_are_those_of_kruskal_and_wallis_in_steps_of_ten(axis: str) -> None:
    region = pd.read_csv(ROOT / "data/places/countries.csv", keep_default_na=False).set_index("iso3")["region"]
    shares = []
    for name in CATALOGUE[(CATALOGUE["axis"] == axis) & (CATALOGUE["level"] == "country")].index:
        frame = VALUES[VALUES["indicator_id"] == name].sort_values("year")
        newest = frame[frame["year"] >= frame["year"].max() - MATRIX["window"]].groupby("iso3")["value"].last()
        groups = newest.groupby(newest.index.map(region))
        h, k = stats.kruskal(*(of for _, of in groups)).statistic, groups.ngroups
        shares.append(max(0.0, 100 * (h - k + 1) / (len(newest) - k)))
    on = whole().axes[axis].region_gaps
    assert on.value == pytest.approx(np.median(shares), abs=5)
    assert on.value is not None
    assert on.value % 10 == 0
    assert f"from {min(shares):.0f}% to {max(shares):.0f}%" in on.sentence


@pytest.mark.parametrize("axis", AXES)
def test_gaps_that_close_are_the_verdicts_of_the_chapter_on_inequality(axis: str) -> None:
    on, converging = whole().axes[axis].gaps_closing, whole().axes[axis].converging
    if len(converging) < 3:
        assert (on.value, on.text) == (None, "not known")
        assert "too few to tell whether gaps close" in on.sentence
        return
    closing = [one for one in converging if all(reading.change[1] < 0 for reading in one.readings)]
    opening = [one for one in converging if all(reading.change[0] > 0 for reading in one.readings)]
    unclear = [one for one in converging if all(low <= 0 <= high for low, high in (of.change for of in one.readings))]
    depends = len(converging) - len(closing) - len(opening) - len(unclear)
    assert (on.value, on.text) == (len(closing), f"{len(closing)} of {len(converging)}")
    assert (
        f"less alike on {len(opening)}; no change is clear on {len(unclear)}, and on {depends} it depends"
        in on.sentence
    )


def test_an_edition_that_is_added_changes_what_depends_on_it(compendium: Path) -> None:
    file = compendium / "data" / "study.yml"
    text = file.read_text(encoding="utf-8").rstrip() + "\n  2025: {status: published, axes: [environment]}\n"
    file.write_text(text, encoding="utf-8")
    after = OutlookChapter(lang="en", criteria=QUICK)
    shown = next(one for one in after.side_by_side.parts if isinstance(one, Exhibit)).table.set_index("Criterion")
    assert shown.loc["Editions that cover it", "Environment"] == "3"
    assert shown.loc["Years since an edition of its own", "Environment"] == str(NEWEST - 2025)
    assert "Economy (2017), Governance (2019), and Environment (2025)" in sentences(after.studied)
    assert "does not tell them apart" not in sentences(after.studied)  # when last: no longer alike
    file.write_text(text.replace("2025: {status: published", "2025: {status: planned"), encoding="utf-8")
    assert "Environment (2025)" not in sentences(OutlookChapter(lang="en", criteria=QUICK).studied)


# what is concluded


def test_no_axis_dominates_on_the_criteria_proposed_and_single_criteria_that_decide_are_named() -> None:
    text = sentences(whole().dominance)
    assert "no axis is at least as good as another on all of them" in text
    assert (
        "Without the criterion “Cities with a recent value”, citizenship would be at least as good as economy" in text
    )


def oriented(editions: list[int], longer: int) -> dict[str, dict[str, float]]:
    """Give the criteria of the outlook that hang on editions and window, computed anew from the files."""
    found: dict[str, dict[str, float]] = {name: {} for name in ("times_studied", "years_since_own", "city_indicators", "cities",
                                                               "country_indicators")}  # fmt: skip
    for axis in AXES:
        axes = {year: MATRIX["editions"][year]["axes"] for year in editions}
        own = [year for year, of in axes.items() if of == [axis]]
        measured = [of for name, of in recent(axis, "city", longer).items() if name not in LISTED]
        found["times_studied"][axis] = -sum(axis in of for of in axes.values())
        found["years_since_own"][axis] = NEWEST - max(own) if own else float("inf")
        found["city_indicators"][axis] = len(measured)
        found["cities"][axis] = len(set().union(*measured))
        found["country_indicators"][axis] = len(recent(axis, "country", longer))
    return found


def test_what_hangs_on_assigned_editions_and_on_the_window_is_said() -> None:
    every = list(MATRIX["editions"])
    without = [year for year in every if not MATRIX["editions"][year].get("axes_assigned")]
    assert without == [2012, 2017, 2019, 2023]
    choices = {"(2021)": (without, 0), "2018–2024": (every, 1), "2017–2024": (every, 2)}
    base = choice.dominances(whole().values)
    said = next(part.text for part in whole().dominance.parts if isinstance(part, Paragraph) and part.kind == "note")
    assert list(whole().otherwise) != []
    for (text, (editions, longer)), (clause, ours) in zip(choices.items(), whole().otherwise.items(), strict=True):
        assert text in clause
        expected = {**whole().values, **oriented(editions, longer)}
        assert ours == expected
        assert choice.dominances(expected) == base  # so it is said that nothing changes
        assert clause in said
    assert "would be the same in each of these cases" in said


def test_a_conclusion_that_hangs_on_an_assigned_edition_says_so() -> None:
    # with 2021, environment and quality of life were studied less than citizenship; without it, they were not
    found = chapter(times_studied="fewer", lists="more")
    text = sentences(found.dominance)
    assert re.search(
        r"If the edition is left out whose areas .* \(2021\), citizenship would be at least as good as", text
    )
    # mobility, named by most lists, was then studied no more often than any other
    section = chapter(times_studied="fewer", lists="more").orders
    assert "(2021), mobility would come first in the order given." in sentences(section)
    assert "If values of" not in text  # the window has no part in these criteria


def test_dominance_is_said_where_it_holds_and_where_it_hangs_on_one_criterion() -> None:
    found = chapter(times_studied="fewer", cities="more")
    text = sentences(found.dominance)
    # 2 editions and 874 cities, against 2 editions and 652 cities
    assert (
        "quality of life is at least as good as economy, citizenship, governance, and environment on all of them"
        in text
    )
    assert "Without the criterion “Cities with a recent value”, quality of life and environment would be alike" in text
    assert "environment is at least as good as economy, citizenship, and governance on all of them" in text


def test_every_pair_of_axes_is_weighed_both_ways() -> None:
    table = listing(chapter(times_studied="fewer", cities="more").dominance, "pairs")
    assert len(table) == len(AXES) * (len(AXES) - 1) / 2
    row = table.set_index("Axes").loc["Economy and environment"]
    assert tuple(row) == ("\N{EN DASH}", "editions that cover it and cities with a recent value")


def test_conclusions_on_every_order_are_those_of_going_through_them() -> None:
    found = chapter(times_studied="fewer", city_series="more", lists="more", region_gaps="more", cities="more")
    expected: dict[str, list[set[str]]] = {name: [] for name in found.criteria}
    for order in permutations(found.criteria):
        ways = [(-1 if found.criteria[name] == "fewer" else 1) for name in order]
        keys = {
            axis: tuple(way * (value(name, axis) or 0) for name, way in zip(order, ways, strict=True)) for axis in AXES
        }
        expected[order[0]].append({axis for axis in AXES if keys[axis] == max(keys.values())})
    table = listing(found.orders, "orders")
    for (_, row), outcomes in zip(table.iterrows(), expected.values(), strict=True):
        always, possible = set.intersection(*outcomes), set.union(*outcomes)
        for column, axes in (
            ("First, whatever follows", always),
            ("First, depending on what follows", possible - always),
        ):
            assert {axis for axis in AXES if MATRIX["axes"][axis]["en"] in row[column]} == axes
    never = set(AXES) - {axis for outcomes in expected.values() for outcome in outcomes for axis in outcome}
    said = re.search(r"Never first, whatever the order: (.*)\.", sentences(found.orders))
    assert said
    assert {axis for axis in AXES if MATRIX["axes"][axis]["en"] in said[1]} == never


def test_what_comes_first_under_every_order_is_said() -> None:
    # two editions and wide gaps between regions: no axis is ahead on either
    text = sentences(chapter(times_studied="fewer", region_gaps="more").orders)
    assert (
        "Under every one of the 2 orders of the 2 criteria that tell the axes apart, this comes first: Quality of life."
        in text
    )
    assert "By the one criterion there is, this comes first: Governance." in sentences(
        chapter(country_indicators="more").orders
    )


def test_the_order_given_is_followed_until_it_decides_and_recommends_nothing() -> None:
    section = chapter(region_gaps="more", lists="more", cities="more").orders
    assert list(listing(section, "order")["What remains"]) == ["Citizenship, Mobility, and Quality of life", "Mobility"]
    assert "mobility would come first, as soon as “Lists that name cities” is weighed" in sentences(section)
    assert "no recommendation" in sentences(section)


def test_a_direction_turned_round_turns_the_argument() -> None:
    for way, column in (("fewer", "Speaks against it"), ("more", "Speaks for it")):
        section = chapter(shares_published=way).arguments
        assert "7 shares of cities were published on it with a figure." in set(listing(section, "economy")[column])


def test_every_axis_has_its_arguments_and_what_tells_axes_apart_speaks_for_or_against() -> None:
    section = whole().arguments
    headings = [part.text for part in section.parts if isinstance(part, Heading)]
    assert headings == [MATRIX["axes"][axis]["en"] for axis in AXES]
    for axis in AXES:
        table = listing(section, axis)
        # all axes were covered last in the same year, and whether gaps close is not known for governance
        assert (table != "").to_numpy().sum() == len(DEFAULT) - 2
        assert (table["Speaks for it"] != "").any()
        assert (table["Speaks against it"] != "").any()


def test_a_criterion_that_is_not_known_for_an_axis_is_left_out_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OnEveryCriterion, "region_gaps", OnAxis(None, "not known", "Nothing is known."))
    found = chapter(region_gaps="more", cities="more")
    assert list(found.values) == ["cities"]
    assert "left out of every comparison: Gaps between regions" in sentences(found.declared)
    (exhibit,) = found.side_by_side.exhibits
    assert set(exhibit.table.iloc[0, 2:]) == {"not known"}
    assert not collisions(exhibit, wide=True)
    alone = chapter(region_gaps="more")
    for section in (alone.dominance, alone.orders):
        (part,) = section.parts
        assert isinstance(part, Paragraph)
        assert part.kind == "gap"


def test_what_would_change_the_arguments_names_data_that_are_old_or_missing() -> None:
    table = listing(whole().changing, "changing")
    said = {tuple(row) for row in table.to_numpy()}
    assert ("Governance", "Any open indicator that measures cities", "none") in said
    assert ("Environment", "Newer values for enough cities", "Green urban land (up to 2014) and Prosperity index: "
            "environment (up to 2012)") in said  # fmt: skip
    assert ("Governance", "More indicators that follow the same places, to tell whether gaps close", "2") in said
    assert "Which data will be published by the next edition, and when, is not documented" in sentences(
        whole().changing
    )
    assert f"{len(table)} things" in sentences(whole().changing)


def test_orders_are_those_of_the_criteria_that_tell_the_axes_apart_and_overlap_is_said() -> None:
    telling = [name for name, of in whole().values.items() if len(set(of.values())) > 1]
    assert "years_since" not in telling
    assert "gaps_closing" not in telling
    assert f"{factorial(len(telling)):,} orders of the {len(telling)} criteria that tell" in sentences(whole().orders)
    assert list(listing(whole().orders, "orders")["If this counts most"]) == [
        whole().compared[name].label for name in telling
    ]
    assert "coverage by editions in 3, data of cities in 3" in sentences(whole().declared)
    assert "Criteria overlap" not in sentences(chapter(times_studied="fewer", cities="more").declared)


def test_criteria_on_which_all_are_alike_decide_nothing() -> None:
    alone = chapter(years_since="more")
    for section in (alone.dominance, alone.orders):
        (part,) = section.parts
        assert isinstance(part, Paragraph)
        assert "No criterion tells the axes apart" in part.text
    assert alone.side_by_side.exhibits[0].title == "No criterion tells the axes apart"


def test_the_title_of_the_picture_is_its_finding() -> None:
    (exhibit,) = whole().side_by_side.exhibits
    most = max(sum(of[axis] == max(of.values()) for of in whole().telling.values()) for axis in AXES)
    assert exhibit.title == f"No axis stands first on more than {most} of the 9 criteria that tell the axes apart"


# what the reader changes


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"times_studed": "fewer"}, "There is no criterion 'times_studed'. Did you mean 'times_studied'?"),
        ({"cities": "most"}, "The criterion 'cities' has no direction 'most'"),
        ({}, "No criterion is named."),
    ],
)
def test_what_does_not_exist_gives_one_message_with_what_does(criteria: dict[str, str], expected: str) -> None:
    with pytest.raises(UnknownParameter) as error:
        OutlookChapter(lang="en", criteria=criteria)
    assert str(error.value).startswith(expected)
    assert all(name in str(error.value) for name in [*DEFAULT, "more", "fewer"])


def test_all_mistakes_stand_in_one_message() -> None:
    with pytest.raises(UnknownParameter, match=r"'size'.*'cities'"):
        OutlookChapter(lang="en", criteria={"size": "more", "cities": "many"})
    with pytest.raises(UnknownCell, match="language"):
        OutlookChapter(lang="xx")


def test_the_notebook_shows_one_cell_with_all_criteria_as_proposed() -> None:
    cells = json.loads((ROOT / "notebooks" / "outlook.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [cell for cell in cells if cell["cell_type"] == "code" and not cell["metadata"].get("tags")]
    assert len(shown) == 1
    first = ast.parse("".join(shown[0]["source"])).body[0]
    assert isinstance(first, ast.Assign)
    assert list(ast.literal_eval(first.value).items()) == list(DEFAULT.items())


# how it is shown


@pytest.mark.parametrize("name", PARTS)
def test_every_part_begins_with_a_sentence_and_has_nothing_empty(name: str) -> None:
    section = getattr(whole(), name)
    assert isinstance(section.parts[0], Paragraph)
    assert not re.search(r"\bnan\b|\bNone\b|<NA>|\binf\b|\{\w*\}", plain(section))


@pytest.mark.parametrize("wide", [True, False])
def test_the_picture_has_no_text_outside_or_over_another(wide: bool) -> None:
    (exhibit,) = whole().side_by_side.exhibits
    assert not collisions(exhibit, wide)


def test_the_exhibit_holds_every_axis_on_every_criterion_and_no_total() -> None:
    (exhibit,) = whole().side_by_side.exhibits
    assert list(exhibit.table.columns) == [
        "Criterion",
        "Speaks for an axis",
        *(MATRIX["axes"][axis]["en"] for axis in AXES),
    ]
    assert len(exhibit.table) == len(DEFAULT)
    assert list(exhibit.data["criterion"].unique()) == list(DEFAULT)
    compared = exhibit.data[exhibit.data["criterion"].isin(list(whole().values))]
    assert compared.groupby("criterion")["place"].mean().tolist() == pytest.approx([0.5] * (len(DEFAULT) - 1))
    assert (
        exhibit.data.loc[exhibit.data["criterion"] == "gaps_closing", "place"].isna().all()
    )  # not known for governance
    assert exhibit.data[["unit", "source", "licence"]].notna().all(axis=None)
    assert set(exhibit.data.loc[exhibit.data["criterion"] == "cities", "year"]) == {MEASURED}
    assert set(exhibit.data.loc[exhibit.data["criterion"] == "lists", "year"]) == {NEWEST}
    lists = exhibit.data[exhibit.data["criterion"] == "lists"].set_index("axis")["shown"]
    assert lists["living"] == "\N{EN DASH}"  # never a zero
    assert exhibit.data.set_index(["criterion", "axis"])["value"].isna()["lists", "living"]
