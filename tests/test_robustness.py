"""What holds when a choice is made otherwise: intervals by their definitions, verdicts made again by hand from the raw
tables, and what the pages say of it."""

import re
from collections.abc import Callable, Hashable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from checks import plain, sentences
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import alternatives, inequality, intervals, provenance, robustness, statistics, study
from analysis.alternatives import Alternative
from analysis.chapters.axis import AxisChapter
from analysis.chapters.inequality import Inequality
from analysis.chapters.robust import Robust
from analysis.errors import InvalidData
from analysis.exhibits import Exhibit, Listing, Paragraph, Section
from analysis.robustness import Claim

CELLS = study.load().cells()
AXES = list(study.load().axes)
SOME = [(2017, "economy"), (2019, "governance"), (2021, "mobility"), (2023, "environment")]


@lru_cache(maxsize=32)
def page(edition: int, axis: str) -> AxisChapter:
    return AxisChapter(lang="en", edition=edition, axis=axis)


@lru_cache(maxsize=8)
def unequal(axis: str) -> Inequality:
    return Inequality(lang="en", axis=axis)


@lru_cache(maxsize=1)
def every_value() -> pd.DataFrame:
    """Read the usable values without the library."""
    types = {"indicator_id": str, "place_id": str, "iso3": str, "flag": str}
    frame = pd.read_csv(ROOT / "data" / "indicators" / "values.csv", dtype=types, keep_default_na=False, na_values=[""])
    return frame[~frame["flag"].isin(["not_ranked", "impossible"])]


def raw(indicator: str, first: int, last: int) -> pd.DataFrame:
    frame = every_value()
    return frame[(frame["indicator_id"] == indicator) & frame["year"].between(first, last)]


# intervals


def by_hand(method: str, count: int, n: int) -> tuple[float, float]:
    """Give an interval by its definition: roots, quantiles and tests of scipy."""
    if method in ("wilson", "clopper_pearson"):
        way = {"wilson": "wilson", "clopper_pearson": "exact"}[method]
        interval = stats.binomtest(count, n).proportion_ci(method=way)
        return interval.low, interval.high
    if method == "jeffreys":
        posterior = stats.beta(count + 0.5, n - count + 0.5)
        return posterior.ppf(0.025), posterior.ppf(0.975)
    z = stats.norm.ppf(0.975)
    share = (count + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(share * (1 - share) / (n + z**2))
    return max(0.0, share - half), min(1.0, share + half)


def test_intervals_of_shares_are_those_by_definition_for_every_share_of_up_to_sixty_cities() -> None:
    assert set(intervals.METHODS) == set(alternatives.INTERVALS)
    compared = 0
    for method in intervals.METHODS:
        for n in range(1, 61):
            for count in range(n + 1):
                expected = pytest.approx(by_hand(method, count, n), abs=1e-10)
                assert intervals.interval_by(method, count, n) == expected, (method, count, n)
                compared += 1
    assert compared == 4 * 1890


def bca_by_hand(drawn: np.ndarray, value: float, without: np.ndarray) -> tuple[float, float]:
    """Give the interval of Efron (1987): from draws, from the value itself, and from the values without each place in turn."""
    bias = stats.norm.ppf(((drawn < value).mean() + (drawn <= value).mean()) / 2)
    apart = without.mean() - without
    skew = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    shifted = bias + stats.norm.ppf([0.025, 0.975])
    low, high = np.quantile(drawn, stats.norm.cdf(bias + shifted / (1 - skew * shifted)))
    return low, high


@pytest.mark.parametrize("measure", [inequality.ginis, inequality.distances])
def test_intervals_by_bootstrap_are_those_by_definition(measure: Callable[..., np.ndarray]) -> None:
    rng = np.random.default_rng(7)
    before = rng.lognormal(size=40)
    after = before * rng.lognormal(0.1, 0.3, size=40)

    def both(rows: np.ndarray) -> np.ndarray:
        return np.stack([measure(before[rows]), measure(after[rows]) - measure(before[rows])])

    draws = inequality.resampled(both, 40, seed=1)
    rows = np.random.default_rng(1).integers(0, 40, (1000, 40))
    others = np.array([[number for number in range(40) if number != gone] for gone in range(40)])
    for drawn, value, without, ends in zip(
        both(rows), both(np.arange(40)[None])[:, 0], both(others), (0, 1), strict=True
    ):
        low, high = np.quantile(drawn, [0.025, 0.975])
        expected = {
            "percentile": (low, high),
            "basic": (2 * value - high, 2 * value - low),
            "bca": bca_by_hand(drawn, value, without),
        }
        for method, interval in expected.items():
            found = inequality.interval_by(method, both, 40, draws)
            assert (found[0][ends], found[1][ends]) == pytest.approx(interval, abs=1e-12), method
        plain_ends = draws.confidence_interval
        assert (plain_ends.low[ends], plain_ends.high[ends]) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
def test_an_interval_of_what_never_differs_is_that_one_value(method: str) -> None:
    draws = inequality.resampled(lambda rows: np.ones(len(rows)), 40, seed=1)
    low, high = inequality.interval_by(method, lambda rows: np.ones(len(rows)), 40, draws)
    assert (float(low), float(high)) == (1.0, 1.0)


# the check itself

words = st.sampled_from(["lowest", "lower_middle", "highest"])
others = st.dictionaries(st.integers(1, 30), st.none() | words, max_size=8)


def claim(main: Hashable | None, under: dict[int, str | None], name: str = "a") -> Claim:
    return Claim(name, lambda one: one.choice == "window",
                 lambda one: main if one is None else under[int(one.value)])  # fmt: skip


@given(words)
def test_without_alternatives_every_claim_holds(verdict: str) -> None:
    (found,) = robustness.check([claim(verdict, {})], [])
    assert found.holds
    assert (found.holding, found.breaking, found.unsaid, found.said) == ([], [], [], 0)


@given(words, others)
def test_every_alternative_holds_breaks_or_cannot_be_said_and_only_a_break_counts_against(
    verdict: str, under: dict[int, str | None]
) -> None:
    given_ones = [Alternative("window", value) for value in under]
    (found,) = robustness.check([claim(verdict, under)], [*given_ones, Alternative("minimum", 5)])
    parts = [*found.holding, *found.breaking, *found.unsaid]
    assert sorted(parts, key=str) == sorted(given_ones, key=str)  # that to another choice does not concern it
    assert found.holds == all(value in (None, verdict) for value in under.values())
    assert found.said == sum(value is not None for value in under.values())


def test_a_planted_fragile_claim_is_caught_and_what_is_not_said_is_no_claim() -> None:
    claims = [claim("highest", {3: "highest", 8: "lowest"}, "fragile"), claim(None, {3: "highest", 8: "lowest"}, "none"),
              claim("highest", {3: "highest", 8: None}, "firm")]  # fmt: skip
    found = {one.id: one for one in robustness.check(claims, [Alternative("window", 3), Alternative("window", 8)])}
    assert set(found) == {"fragile", "firm"}
    assert found["fragile"].breaking == [Alternative("window", 8)]
    assert not found["fragile"].holds
    assert found["firm"].holds
    assert found["firm"].unsaid == [Alternative("window", 8)]


# the statements of the chapters, made again by hand


@pytest.mark.parametrize(("edition", "axis"), CELLS)
def test_the_place_of_the_country_under_every_window_and_minimum_is_that_of_the_raw_table(
    edition: int, axis: str
) -> None:
    checked = {name: one for name, one in page(edition, axis).checks.items() if name.startswith("country ")}
    assert checked
    for name, one in checked.items():
        for alternative, verdict in one.checked.under.items():
            own = {"window": 5, "minimum": 10} | {alternative.choice: int(alternative.value)}
            frame = raw(name.split()[1], edition - own["window"], edition)
            newest = frame.sort_values("year").groupby("iso3")["value"].last()
            assert verdict == expected_quarter(newest, own["minimum"]), (name, alternative)


def expected_quarter(newest: "pd.Series[float]", minimum: int) -> str | None:
    if len(newest) < minimum or "ESP" not in newest.index:
        return None
    value, (low, middle, high) = newest["ESP"], np.percentile(newest, [25, 50, 75])
    if value < low:
        return "lowest"
    if value > high:
        return "highest"
    return "lower_middle" if value <= middle else "upper_middle"


def widest(frame: pd.DataFrame, minimum: int, full: float) -> tuple[float, float] | None:
    """Find the widest panel by looking at every pair of years, and give its two medians."""
    by_year = {int(str(year)): part.set_index("place_id")["value"] for year, part in frame.groupby("year")}
    pairs = {
        (a, b): sorted(set(by_year[a].index) & set(by_year[b].index)) for a in by_year for b in by_year if b - a >= 2
    }
    enough = {pair: places for pair, places in pairs.items() if len(places) >= minimum}
    most = max(map(len, enough.values()), default=0)
    kept = {pair: places for pair, places in enough.items() if len(places) >= full * most}
    if not kept:
        return None
    a, b = max(kept, key=lambda pair: (pair[1] - pair[0], len(kept[pair]), pair[1]))
    return float(by_year[a][kept[a, b]].median()), float(by_year[b][kept[a, b]].median())


@pytest.mark.parametrize(("edition", "axis"), SOME)
def test_the_direction_of_every_change_is_that_of_the_raw_table(edition: int, axis: str) -> None:
    chapter = page(edition, axis)
    written = {one.id: one.value for level in ("country", "city") for one in chapter.indicators(axis, level)}
    national = {name: one for name, one in chapter.checks.items()
                if name.startswith("change ") and "countries" in one.statement.label}  # fmt: skip
    assert national
    for name, one in national.items():
        for alternative, verdict in one.checked.under.items():
            own = {"look_back": 10, "minimum": 10, "panel": 0.5} | {alternative.choice: alternative.value}
            indicator = name.split()[1]
            frame = raw(indicator, edition - int(own["look_back"]), edition)
            medians = widest(frame, int(own["minimum"]), float(own["panel"]))
            if medians is None:
                assert verdict is None, (name, alternative)
                continue
            before, after = medians
            same = written[indicator](before) == written[indicator](after)
            assert verdict == ("same" if same else "rises" if after > before else "falls"), (name, alternative)


def test_a_fragile_position_of_the_real_data_says_so_beside_the_finding_and_on_the_list() -> None:
    # research expenditure of 2017: of the last five years above the upper quartile, of the last three below it
    for window, quarter in ((5, "highest"), (3, "upper_middle")):
        newest = raw("eco_rd_gdp", 2017 - window, 2017).sort_values("year").groupby("iso3")["value"].last()
        assert expected_quarter(newest, 10) == quarter
    chapter = page(2017, "economy")
    assert "This changes under an alternative choice for R&D expenditure (holds in 4 of 5)." in sentences(
        chapter.country
    )
    listing = next(part for part in chapter.robustness.parts if isinstance(part, Listing)).table.set_index("Statement")
    row = listing.loc["Spain among the reporting countries: R&D expenditure"]
    assert row["Window in years: 5"] == "holds: 8 and 10; changes to “between the median and the upper quartile”: 3"
    assert (row["As the study chooses"], row["Holds in"]) == ("above the upper quartile", "4 of 5")
    assert row["Share of the fullest panel: 50%"] == "not concerned"


def test_one_release_alone_can_change_which_regions_stand_at_the_ends() -> None:
    one = page(2021, "mobility").checks["extremes mob_pt_access"]
    countries = pd.read_csv(ROOT / "data" / "places" / "countries.csv", keep_default_na=False).set_index("iso3")[
        "region"
    ]
    names = pd.read_csv(ROOT / "data" / "places" / "regions.csv").set_index("region")["name_en"]
    releases = [other for other in one.checked.under if other.choice == "release"]
    assert len(releases) == len(study.load().robustness["release"])
    for alternative in releases:
        frame = raw("mob_pt_access", 2016, 2021)
        newest = (
            frame[frame["source_id"] == alternative.value]
            .sort_values("year")
            .groupby(["place_id", "iso3"])["value"]
            .last()
        )
        region = newest.index.get_level_values("iso3").map(countries.to_dict()).map(names.to_dict())
        medians = newest.groupby(region).median()[newest.groupby(region).size() >= 5]
        assert one.checked.under[alternative] == (medians.idxmin(), medians.idxmax())
    note = "That these groups have the lowest and the highest median holds in 6 of 7 alternative choices."
    assert note in page(2021, "mobility").cities.exhibits[0].notes


@pytest.mark.parametrize(
    ("axis", "indicator"), [("economy", "eco_unemployment"), ("people", "peo_hdi"), ("living", "liv_uhc")]
)
def test_verdicts_on_inequality_are_those_of_the_interval_of_the_change_by_hand(axis: str, indicator: str) -> None:
    one = unequal(axis).checks[f"convergence country {indicator}"]
    span = next(found.span for found in unequal(axis).converging if found.indicator.id == indicator)
    wide = raw(indicator, span.start, span.end).pivot(index="place_id", columns="year", values="value")
    panel = wide[[span.start, span.end]].dropna().sort_index()
    rows = np.random.default_rng(2012).integers(0, len(panel), (1000, len(panel)))
    for tail, method in ((0.1, "percentile"), (0.05, "percentile"), (0.25, "percentile"), (0.1, "basic")):

        def apart(frame: np.ndarray, tail: float = tail) -> np.ndarray:
            return np.asarray(np.quantile(frame, 1 - tail, axis=-1) - np.quantile(frame, tail, axis=-1))

        first, last = panel[span.start].to_numpy(), panel[span.end].to_numpy()
        low, high = np.quantile(apart(last[rows]) - apart(first[rows]), [0.025, 0.975])
        if method == "basic":
            value = apart(last) - apart(first)
            low, high = 2 * value - high, 2 * value - low
        expected = "narrower" if high < 0 else "wider" if low > 0 else "open"
        choice = Alternative("resampling", method) if method == "basic" else Alternative("tail", tail)
        found = one.checked.verdict if (tail, method) == (0.1, "percentile") else one.checked.under[choice]
        assert found == expected, (axis, tail, method)


@pytest.mark.parametrize(
    "chapter", [*(page(*cell) for cell in SOME), *(unequal(axis) for axis in ("people", "mobility"))]
)
def test_what_does_not_concern_a_statement_does_not_change_it(chapter: Robust) -> None:
    checked = 0
    for alternative in alternatives.declared(chapter.study):
        other = type(chapter)(**{name: getattr(chapter, name) for name in ("lang", "edition", "axis") if hasattr(chapter, name)},
                              instead=alternative)  # fmt: skip
        for kind, family in chapter.families().items():
            again = {one.id: one.verdict for one in other.families()[kind].statements()}
            for one in family.statements():
                if not one.concerned(alternative):
                    assert again.get(one.id) == one.verdict, (kind, one.id, alternative)
                    checked += 1
    assert checked


def test_checking_leaves_nothing_behind() -> None:
    before = AxisChapter(lang="en", edition=2017, axis="economy")
    first = [before.change_sentences(), before._country_sentence()]
    _ = before.checks
    after = AxisChapter(lang="en", edition=2017, axis="economy")
    assert [after.change_sentences(), after._country_sentence()] == first
    assert after.choices == before.choices == alternatives.of_study(study.load())
    assert before == after


# the pages


@pytest.mark.parametrize(
    "chapter", [*(page(*cell) for cell in CELLS), *(unequal(axis) for axis in AXES)], ids=lambda one: one.id
)
def test_the_page_says_in_words_what_holds_and_its_counts_are_those_of_the_list(
    chapter: AxisChapter | Inequality,
) -> None:
    section = chapter.robustness
    first = section.parts[0]
    assert isinstance(first, Paragraph)
    assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", plain(section))
    table = next(part for part in section.parts if isinstance(part, Listing)).table
    cells = table[[name for name in table.columns if ":" in name]]
    assert cells.map(lambda text: bool(re.match(r"holds: |changes to “|cannot be said: |not concerned$", text))).all(
        axis=None
    )
    changed = cells.apply(lambda row: any("changes to" in text for text in row), axis=1)
    if changed.any():
        assert first.text.startswith(f"{len(table) - changed.sum()} of the {len(table)} statements checked hold")
    else:
        assert re.match(rf"The statement checked holds|All {len(table)} statements checked hold", first.text)
    for told, cell_of_row in zip(table["Holds in"], changed, strict=True):
        holds, total = map(int, told.split(" of "))
        assert (holds < total) == cell_of_row
    shown = [chapter.cities, chapter.country, chapter.change] if isinstance(chapter, AxisChapter) else [
        chapter.regions, chapter.convergence, chapter.cities]  # fmt: skip
    assert told_as_fragile(shown) == changed.sum()


def told_as_fragile(sections: list[Section]) -> int:
    """Count the statements that are said to change, beside the findings themselves."""
    notes = [note for section in sections for part in section.parts if isinstance(part, Exhibit) for note in part.notes]
    text = "\n".join([*(sentences(section) for section in sections), *notes])
    return len(re.findall(r"\(holds in \d+ of \d+\)|holds in \d+ of \d+ alternative choices", text))


def test_other_intervals_of_the_published_shares_are_compared_and_answers_of_cities_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings = pd.read_csv(ROOT / "data" / "published" / "findings.csv")
    known = findings[(findings["edition"] == 2017) & (findings["axis"] == "economy") & (findings["unit"] == "percent")]
    known = known[known["n_cities"].notna()]
    counts = [round(row["value"] * row["n_cities"] / 100) for _, row in known.iterrows()]
    apart = [abs(a - b) for count in counts for method in ("clopper_pearson", "agresti_coull", "jeffreys")
             for a, b in zip(by_hand(method, count, 20), by_hand("wilson", count, 20), strict=True)]  # fmt: skip
    assert apart
    assert f"their ends move by at most {int(np.ceil(100 * max(apart)))} percentage points" in sentences(
        page(2017, "economy").robustness
    )
    monkeypatch.setattr(AxisChapter, "replies", object())
    assert AxisChapter(lang="en", edition=2017, axis="economy")._intervals() == []


# what is declared


def declare(root: Path, text: str) -> None:
    file = root / "data" / "study.yml"
    kept = re.sub(r"^robustness:\n(  .*\n)+", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(kept.replace("editions:\n", f"{text}editions:\n"), encoding="utf-8")


def test_where_no_alternative_is_declared_nothing_is_said_to_hold(compendium: Path) -> None:
    declare(compendium, "")
    chapter = AxisChapter(lang="en", edition=2017, axis="economy")
    assert chapter.checks == {}
    assert "No statement of this page rests on a choice to which an alternative is declared." in sentences(
        chapter.robustness
    )
    assert "alternative" not in sentences(chapter.country) + sentences(chapter.change) + sentences(chapter.cities)


def test_an_alternative_that_is_added_is_checked_on_the_page_and_makes_it_stale(compendium: Path) -> None:
    declare(compendium, "robustness: {window: [3]}\n")
    provenance.forget()
    chapter = AxisChapter(lang="en", edition=2017, axis="economy")
    assert "for R&D expenditure (holds in 0 of 1)" in sentences(chapter.country)
    assert "alternative choices" not in sentences(chapter.change)
    noted = next(one for one in provenance.readings() if one.text == "section = robustness")
    assert study.digest(noted.where) == noted.digest
    declare(compendium, "robustness: {window: [3, 8]}\n")
    assert study.digest(noted.where) != noted.digest
    provenance.forget()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{windw: [3]}", r"there is no choice 'windw'\. Did you mean 'window'\?"),
        ("{window: [3.5]}", r"window, value '3\.5'\. Expected: a whole number from 0 to 50\. Mend this value\."),
        ("{window: [true]}", r"window, value 'True'\. Expected: a whole number"),
        ("{minimum: [1]}", r"minimum, value '1'\. Expected: a whole number from 2 to 1000"),
        ("{window: [5]}", r"Expected: another value than that of the study, 5"),
        ("{look_back: [5, 5]}", r"look_back, value '5'\. Expected: no value twice"),
        ("{panel: [1.5]}", r"Expected: a number above 0, at most 1"),
        ("{tail: [half]}", r"Expected: a number above 0, at most 0\.45"),
        ("{resampling: [bayes]}", r"Expected: one of percentile, basic, bca"),
        ("{interval: [wald]}", r"Expected: one of wilson, clopper_pearson"),
        ("{window: 3}", r"robustness, 'window'\. Expected: a list of values"),
        ("[3]", r"robustness\. Expected: a list of values for each choice"),
    ],
)  # fmt: skip
def test_what_is_no_alternative_is_named_with_its_place(compendium: Path, text: str, expected: str) -> None:
    declare(compendium, f"robustness: {text}\n")
    with pytest.raises(InvalidData, match=f"data/study.yml, .*{expected}"):
        alternatives.declared(study.load())


def test_a_release_that_joins_nothing_is_named(compendium: Path) -> None:
    assert alternatives.unknown_releases(study.load()) == []
    declare(compendium, "robustness: {release: [wgi_2024]}\n")
    (found,) = alternatives.unknown_releases(study.load())
    assert found.startswith("data/study.yml, robustness, release, value 'wgi_2024'. Expected: a source that")
    assert "sdg_un_2023" in found


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(2000, 2006), st.floats(-10, 10)), min_size=1,
                max_size=30, unique_by=lambda one: one[:2]))  # fmt: skip
def test_a_matrix_of_places_and_years_holds_the_table(rows: list[tuple[str, int, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["place_id", "year", "value"])
    table = statistics.wide(frame)
    known = {(place, year): value for place, year, value in rows}
    for year in range(1999, 2008):
        for place, value in zip(table.places, table.of(year), strict=True):
            assert known.get((place, year)) == (None if np.isnan(value) else value)
    assert set(table.known_of("a").years) == {year for place, year, _ in rows if place == "a"}
    with pytest.raises(ValueError, match="two values in a year"):
        statistics.wide(pd.concat([frame, frame.head(1)]))
