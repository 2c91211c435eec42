"""The chapters across editions: evolution, inequality, the map of the evidence and the briefs, on the real data."""

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import ROOT, html_of
from scipy import stats

from analysis import inequality, statistics, study
from analysis.chapters.brief import EditionBrief, StudyBrief, brief
from analysis.chapters.evolution import Evolution
from analysis.chapters.front import FrontPage
from analysis.chapters.inequality import Inequality
from analysis.errors import UnknownCell
from analysis.exhibits import Exhibit, Listing, Paragraph, Section

AXES = list(study.load().axes)
YEARS = list(study.load().editions)
PARTS = {
    "evolution": ("opening", "asked", "between", "series", "regions", "cities", "breaks", "sources"),
    "inequality": ("opening", "countries", "regions", "convergence", "cities", "measures", "sources"),
    "brief": ("sentences", "exhibits", "limits"),
}
PAGES = [*((kind, axis) for kind in ("evolution", "inequality") for axis in AXES), *(("brief", year) for year in YEARS)]


@lru_cache(maxsize=32)
def sections(kind: str, name: str | int) -> dict[str, Section]:
    chapters: dict[str, Callable[[], object]] = {
        "evolution": lambda: Evolution(lang="en", axis=str(name)),
        "inequality": lambda: Inequality(lang="en", axis=str(name)),
        "brief": lambda: brief(name, "en"),
    }
    page = chapters[kind]()
    return {part: getattr(page, part) for part in PARTS[kind]}


def exhibits(kind: str, name: str | int) -> dict[str, Exhibit]:
    return {one.id: one for section in sections(kind, name).values() for one in section.exhibits}


def raw(indicator: str) -> pd.DataFrame:
    """Read the usable values of an indicator without the library."""
    types = {"indicator_id": str, "place_id": str, "iso3": str, "flag": str}
    frame = pd.read_csv(ROOT / "data" / "indicators" / "values.csv", dtype=types, keep_default_na=False, na_values=[""])
    frame = frame[frame["indicator_id"] == indicator]
    return frame[~frame["flag"].isin(["not_ranked", "impossible"])]


@pytest.mark.parametrize(("kind", "name"), PAGES)
def test_every_part_is_there_and_nothing_is_raw_or_ranks(kind: str, name: str | int) -> None:
    assert len(sections(kind, name)) > 1
    for part, section in sections(kind, name).items():
        assert section.parts, f"{part} is empty"
        text = plain(section)
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", text), f"{part}: {text}"
        said = sentences(section)
        assert not re.search(r"\b(ranked|best|worst|leader|laggard)\b", said, re.IGNORECASE), said
        if part != "exhibits":
            assert isinstance(section.parts[0], Paragraph)


@pytest.mark.parametrize(("kind", "name"), PAGES)
def test_pictures_have_no_text_outside_or_over_another(kind: str, name: str | int) -> None:
    assert exhibits(kind, name)
    for exhibit in exhibits(kind, name).values():
        for wide in (True, False):
            assert not collisions(exhibit, wide), f"{exhibit.id}, {'wide' if wide else 'narrow'}"


def test_the_long_series_of_research_is_that_of_the_same_countries_computed_by_hand() -> None:
    data = exhibits("evolution", "economy")["evolution-economy-series"].data
    ours = data[data["indicator"] == "eco_rd_gdp"]
    assert ours.groupby("year")["place_id"].nunique().nunique() == 1
    frame = raw("eco_rd_gdp")
    wide = frame.pivot(index="place_id", columns="year", values="value")
    panel = wide.loc[sorted(set(ours["place_id"]))]
    assert panel[sorted(set(ours["year"]))].notna().all(axis=None)
    table = exhibits("evolution", "economy")["evolution-economy-series"].table
    rows = table[table["Indicator"].str.startswith("Research")].set_index("Year")
    assert rows.loc["2008", "Median"] == f"{panel[2008].median():.1f}%"
    assert rows.loc["2020", "Median"] == f"{panel[2020].median():.1f}%"
    # all reporting countries would tell another story: the panel is what makes years comparable
    assert wide[2020].notna().sum() > len(panel)


@pytest.mark.parametrize("axis", AXES)
def test_the_number_of_countries_of_a_series_is_that_of_those_with_a_value_in_every_year_shown(axis: str) -> None:
    found = exhibits("evolution", axis)[f"evolution-{axis}-series"]
    said, up = sentences(sections("evolution", axis)["series"]), 0
    assert not found.data.empty
    for name, ours in found.data.groupby("indicator", observed=True):
        wide = raw(str(name)).pivot(index="place_id", columns="year", values="value")
        years = sorted(ours["year"].unique())
        span = set(wide[[years[0], years[-1]]].dropna().index)
        full = wide.loc[sorted(span), years].dropna()
        assert set(ours["place_id"]) == set(full.index)
        which = "both years" if len(years) == 2 else "every year shown"
        assert f"among the {len(full)} countries with a value in {which} was" in said
        medians = full.median()
        up += medians.iloc[-1] > medians.iloc[0]
        if len(years) > 2 and medians.max() > 1.1 * medians.iloc[[0, -1]].max():
            assert f"in {medians.idxmax()}." in found.alt
    assert found.title.startswith(f"{up} of {found.data['indicator'].nunique()} medians of the same countries")


@pytest.mark.parametrize("axis", AXES)
def test_a_region_is_shown_in_the_first_and_the_last_year_as_computed_by_hand(axis: str) -> None:
    regions = pd.read_csv(ROOT / "data" / "places" / "countries.csv", keep_default_na=False).set_index("iso3")["region"]
    names = pd.read_csv(ROOT / "data" / "places" / "regions.csv").set_index("region")["name_en"]
    series = exhibits("evolution", axis)[f"evolution-{axis}-series"].data
    said = sentences(sections("evolution", axis)["regions"])
    of_regions = {id: one for id, one in exhibits("evolution", axis).items() if "-regions-" in id}
    assert of_regions
    for id, exhibit in of_regions.items():
        (name,) = exhibit.data["indicator"].unique()
        frame = series[series["indicator"] == name].drop_duplicates(["place_id", "year"])
        frame = frame.assign(region=frame["iso3"].map(regions))
        start, end = frame["year"].min(), frame["year"].max()
        sizes = frame[frame["year"] == start]["region"].value_counts()
        shown = frame[frame["region"].isin(sizes.index[sizes >= 5])]
        medians = shown.groupby(["region", "year"])["value"].median().unstack()
        low, high = medians[end].idxmin(), medians[end].idxmax()
        numbers = re.findall(
            rf"lowest in {re.escape(names[low])} \((\S+); (\S+) in {start}\), highest in {re.escape(names[high])} "
            rf"\((\S+); (\S+) in {start}\). {len(shown['place_id'].unique())} countries of {len(medians)} regions", said,
        )  # fmt: skip
        expected = [medians.loc[low, end], medians.loc[low, start], medians.loc[high, end], medians.loc[high, start]]
        told = [[float(text.rstrip("%").replace(",", "")) for text in found] for found in numbers]
        assert any(found == pytest.approx(expected, abs=0.51) for found in told), id
        small = {f"{names[region]} ({n})" for region, n in sizes.items() if n < 5 and region}
        note = next((note for note in exhibit.notes if note.startswith("Not shown, fewer than 5 countries")), "")
        assert bool(note) == bool(small)
        assert all(text in note for text in small)


def test_a_city_series_that_compares_within_a_country_is_that_of_one_country() -> None:
    said = sentences(sections("evolution", "economy")["cities"])
    frame = raw("eco_unemployment_city")
    wide = frame[frame["iso3"] == "DEU"].pivot(index="place_id", columns="year", values="value")
    n, years, before, start, after, end = re.findall(
        r"among the (\d+) cities with a value in each of (\d+) years was ([\d.]+)% in (\d+) and ([\d.]+)% in (\d+)",
        said,
    )[0]
    inside = wide[list(range(int(start), int(end) + 1))]
    panel = inside[[year for year in inside if inside[year].notna().sum() > len(inside) / 2]].dropna()
    assert (len(panel), panel.shape[1]) == (int(n), int(years))
    assert (f"{panel[int(start)].median():.1f}", f"{panel[int(end)].median():.1f}") == (before, after)
    assert "All of them are in one country, Germany." in said
    assert max(frame.groupby("iso3")["place_id"].nunique().items(), key=lambda one: one[1])[0] == "DEU"


def test_what_the_page_owes_to_the_compendium_and_where_sources_differ_is_said() -> None:
    for axis in AXES:
        said = sentences(sections("evolution", axis)["asked"])
        assert ("2021: This edition had areas of its own. The compendium assigned them" in said) == (
            axis in study.load().editions[2021].axes
        )
        assert ("A later page links the 2017 edition with two axes" in said) == (axis == "people")
        between = sections("evolution", axis)["between"]
        asked = pd.read_csv(ROOT / "data" / "published" / "instrument.csv")
        items = asked[(asked["axis"] == axis) & (asked["standing"] != "follow-up")].dropna(subset=["item"])
        assert items.groupby("item")["edition"].nunique().max() == 1
        assert "No element of this axis is worded alike in two editions in the pages seen" in sentences(between)


def test_what_may_not_be_compared_is_said_to_be_not_compared() -> None:
    section = sections("evolution", "environment")["cities"]
    table = next(part.table for part in section.parts if isinstance(part, Listing)).set_index("Indicator")
    followed = table["Same cities in two years"]
    assert followed["Ratio of land consumption rate to population growth rate"] == "not compared"
    assert followed["Land that is green urban area, sports or leisure facility"] == "no fixed panel"


def test_relative_scores_are_shown_by_position_and_their_years_are_not_joined() -> None:
    found = exhibits("evolution", "governance")
    assert set(found["evolution-governance-positions"].data["indicator"]) == {
        "gov_egdi", "gov_effectiveness", "gov_voice",
    }  # fmt: skip
    assert "gov_egdi" not in set(found["evolution-governance-series"].data["indicator"])
    assert "UN E-Participation Index" in plain(sections("evolution", "governance")["breaks"])


def test_a_city_series_of_one_year_is_said_to_be_of_one_year() -> None:
    section = sections("evolution", "mobility")["cities"]
    assert "one year only" in plain(section)
    assert "it shows a state, no change" in sentences(section) or "they show a state, no change" in sentences(section)


def test_the_change_of_inequality_is_that_of_the_same_countries_computed_by_hand() -> None:
    row = next(one for one in Inequality(lang="en", axis="mobility").converging if one.indicator.id == "mob_broadband")
    wide = raw("mob_broadband").pivot(index="place_id", columns="year", values="value")
    panel = wide[[row.span.start, row.span.end]].dropna()
    assert row.span.n == len(panel)
    relative, absolute = row.readings
    for year, gini, distance in zip(panel.columns, relative.values, absolute.values, strict=True):
        x = np.sort(panel[year].to_numpy())
        n = len(x)
        assert gini == pytest.approx(2 * np.sum(np.arange(1, n + 1) * x) / (n * x.sum()) - (n + 1) / n)
        assert distance == pytest.approx(panel[year].quantile(0.9) - panel[year].quantile(0.1))
    assert (relative.verdict, absolute.verdict, row.verdict) == ("narrower", "wider", "depends")


def test_a_verdict_is_given_where_relative_and_absolute_measure_agree_and_countries_stand_apart_from_cities() -> None:
    for axis in AXES:
        converging = Inequality(lang="en", axis=axis).converging
        assert converging, axis
        for one in converging:
            assert [reading.measure for reading in one.readings] == (
                ["gini", "distance"] if one.indicator.inequality == "ratio" else ["distance"]
            )
            verdicts = {reading.verdict for reading in one.readings}
            assert one.verdict == (verdicts.pop() if len(verdicts) == 1 else "depends")
    text = sentences(sections("inequality", "mobility")["convergence"])
    assert "clearly wider for road deaths (Gini and distance, 2010–2019)" in text
    assert "depends on the measure for fixed broadband (Gini and distance, 2008–2021)" in text
    first, second, *_ = [part.text for part in sections("inequality", "people")["convergence"].parts
                         if isinstance(part, Paragraph)]  # fmt: skip
    assert first.startswith("Between the same countries")
    assert second.startswith("Between the same cities")
    assert "poverty" not in first


def test_the_bootstrap_of_a_change_is_that_of_draws_by_hand() -> None:
    row = next(one for one in Inequality(lang="en", axis="living").converging if one.indicator.id == "liv_physicians")
    wide = raw("liv_physicians").pivot(index="place_id", columns="year", values="value")
    before, after = wide[[row.span.start, row.span.end]].dropna().to_numpy().T
    rng = np.random.default_rng(3)  # other draws: close, not the same
    rows = rng.integers(0, len(before), (1000, len(before)))
    assert len(row.readings) == 2
    for reading, measure in zip(row.readings, (inequality.gini, inequality.distance), strict=True):
        low, high = np.quantile([measure(after[one]) - measure(before[one]) for one in rows], [0.025, 0.975])
        assert reading.change == pytest.approx((low, high), abs=(high - low) / 8)


def test_distances_of_percentages_are_percentage_points_and_ratios_have_two_digits() -> None:
    for axis in AXES:
        text = sentences(sections("inequality", axis)["convergence"])
        assert not re.search(r"distance between the outer tenths [\d.,]+%", text)
    table = next(
        part.table for part in sections("inequality", "economy")["countries"].parts if isinstance(part, Listing)
    )
    row = table.set_index("Indicator").loc["GDP per capita, PPP (constant international dollars)"]
    newest = raw("eco_gdp_pc_ppp").sort_values("year").groupby("place_id")["value"].last()
    assert row["Ratio"] == f"{newest.quantile(0.9) / newest.quantile(0.1):.0f}"
    assert (
        table.set_index("Indicator").loc["Research and development expenditure (% of GDP)", "Distance"]
        == "2.4 percentage points"
    )
    chapter = Inequality(lang="en", axis="economy")
    assert [chapter._two_digits(x) for x in (250.6, 22.48, 7.71, 1.0, 0.123)] == ["250", "22", "7.7", "1.0", "0.12"]


def test_what_compares_within_one_country_alone_is_said_to_be_left_out() -> None:
    text = sentences(sections("inequality", "economy")["measures"])
    assert "A measure of inequality suits every indicator" not in text
    assert "Left out of this page, since definitions differ from country to country: Unemployment in the city." in text


def test_pictures_of_inequality_say_what_is_seen_and_their_texts_of_what_it_is_a_share() -> None:
    found = exhibits("inequality", "mobility")
    assert (
        found["inequality-mobility-regions"].title
        == "Between regions lie 42% to 63% of the differences between countries"
    )
    alt = found["inequality-mobility-regions"].alt
    assert alt.startswith("Share of the differences in rank between countries that lies between regions")
    assert re.search(r"Road deaths: 58%, 95% interval \d+% to \d+%, 183 countries of 8 regions", alt)
    assert "(1,677 cities of 97 countries)" in sentences(sections("inequality", "mobility")["cities"])
    assert found["inequality-mobility-convergence"].title == (
        "Differences between the same places, 3 indicators: narrower on 1, wider on 1, and depending on the measure on 1"
    )


def test_the_brief_counts_verdicts_of_countries_and_cities_apart() -> None:
    text = StudyBrief(lang="en")._closing()
    of = [one for axis in AXES for one in Inequality(lang="en", axis=axis).converging]
    countries = [one.verdict for one in of if one.level == "country"]
    assert f"clearly narrower on {countries.count('narrower')} of {len(countries)} indicators" in text
    assert f"on {countries.count('depends')} it depends on the measure" in text
    assert f"Between the same cities, {len(of) - len(countries)} can be followed" in text


@pytest.mark.parametrize("axis", AXES)
def test_gini_and_theil_stand_only_where_the_catalogue_allows_them(axis: str) -> None:
    chapter = Inequality(lang="en", axis=axis)
    allowed = {one.name for level in ("city", "country") for one in chapter.indicators(axis, level)
               if one.inequality == "ratio"}  # fmt: skip
    for part in ("countries", "cities"):
        for listing in sections("inequality", axis)[part].parts:
            table = getattr(listing, "table", None)
            if table is not None and "Gini" in table:
                assert set(table.loc[table["Gini"] != "", "Indicator"]) <= allowed
                assert set(table.loc[table["Theil"] != "", "Indicator"]) <= allowed


def test_no_measure_of_inequality_is_taken_of_signed_or_relative_scores() -> None:
    shown = {one.indicator.id for one in Inequality(lang="en", axis="governance").converging}
    assert not shown & {"gov_egdi", "gov_epi", "gov_effectiveness", "gov_voice"}


def test_cities_alone_in_their_country_do_not_make_a_share_between_countries() -> None:
    for axis in AXES:
        found = exhibits("inequality", axis).get(f"inequality-{axis}-cities")
        if found is not None:
            assert (found.data["places"] >= 5 * found.data["groups"]).all()
            assert "cpi" not in " ".join(found.data["indicator"])


def test_the_share_between_regions_of_the_table_is_that_of_the_function() -> None:
    found = exhibits("inequality", "mobility")["inequality-mobility-regions"].data.set_index("indicator")
    frame = raw("mob_road_deaths")
    newest = frame[frame["year"] == frame["year"].max()]
    regions = pd.read_csv(ROOT / "data" / "places" / "countries.csv", keep_default_na=False).set_index("iso3")["region"]
    groups = [of for _, of in newest.groupby(newest["iso3"].map(regions))["value"]]
    expected = 100 * (stats.kruskal(*groups).statistic - len(groups) + 1) / (len(newest) - len(groups))
    assert found.loc["mob_road_deaths", "share_between_percent"] == pytest.approx(expected)


def test_a_brief_has_five_sentences_and_two_exhibits() -> None:
    for year in YEARS:
        assert len(sections("brief", year)["sentences"].parts) == 5
        assert len(sections("brief", year)["exhibits"].exhibits) == 2
    whole = StudyBrief(lang="en")
    assert len(whole.sentences.parts) == 5
    assert len(whole.exhibits.exhibits) == 2


def test_the_brief_of_2017_says_what_was_published_with_its_base_and_that_of_2019_quotes_words() -> None:
    assert "from 11 of 20 (spaces to incubate new companies)" in sentences(sections("brief", 2017)["sentences"])
    text = sentences(sections("brief", 2019)["sentences"])
    assert "It published its findings in words, without figures" in text
    assert "its results are 7 recommendations" in text
    assert "2 more statements come from the foreword" in text
    assert "7 statements of its foreword were seen and no result" in sentences(sections("brief", 2012)["sentences"])


def test_an_edition_that_does_not_exist_has_no_brief() -> None:
    with pytest.raises(UnknownCell):
        EditionBrief(lang="en", edition=2018)


def test_the_evidence_map_marks_figures_only_where_shares_were_published() -> None:
    data = FrontPage(lang="en").evidence.exhibits[0].data
    shares = data[data["shares_published"] > 0]
    assert set(zip(shares["axis"], shares["edition"], strict=True)) == {("economy", 2017)}
    assert int(shares["shares_published"].iloc[0]) == 7
    assert set(data.loc[data["covered"], "edition"]) == set(YEARS)
    assert data["covered"].sum() == len(study.load().cells())


def test_the_front_page_leads_to_every_chapter_across_editions() -> None:
    html = html_of(FrontPage(lang="en").across)
    for axis in AXES:
        assert f'href="evolution/{axis}.html"' in html
        assert f'href="inequality/{axis}.html"' in html
    for page in ("brief", "factors", "participation", "outlook", "programme/2020-2021", "cities/bilbao"):
        assert f'href="{page}.html"' in html


def test_a_series_leaves_out_years_that_few_of_its_places_report_and_keeps_the_rest() -> None:
    full = [
        (f"c{n}", year, float(n + year)) for n in range(20) for year in (2010, 2011, 2012) if n < 12 or year != 2011
    ]
    frame = pd.DataFrame(full, columns=["place_id", "year", "value"])
    found = statistics.series(frame, 2010, 2012)
    assert found is not None
    assert (found.years, found.n) == ((2010, 2012), 20)
    almost = pd.concat([frame, pd.DataFrame([(f"c{n}", 2011, 1.0) for n in range(12, 19)], columns=frame.columns)])
    found = statistics.series(almost, 2010, 2012)
    assert found is not None
    assert (found.years, found.n) == ((2010, 2011, 2012), 19)
