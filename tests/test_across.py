"""The chapters across editions: evolution, inequality, the map of the evidence and the briefs, on the real data."""

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import ROOT

from analysis import inequality, statistics, study
from analysis.chapters.brief import EditionBrief, StudyBrief, brief
from analysis.chapters.evolution import Evolution
from analysis.chapters.front import FrontPage
from analysis.chapters.inequality import Inequality
from analysis.errors import UnknownCell
from analysis.exhibits import Exhibit, Paragraph, Section

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
    for year, value in zip(panel.columns, row.values, strict=True):
        x = np.sort(panel[year].to_numpy())
        n = len(x)
        assert value == pytest.approx(2 * np.sum(np.arange(1, n + 1) * x) / (n * x.sum()) - (n + 1) / n)
    assert row.verdict == "narrower"


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
    expected = 100 * inequality.between_groups(newest["value"], newest["iso3"].map(regions))
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
    assert "8 recommendations" in text
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
    html = "\n".join(part.html() for part in FrontPage(lang="en").across.parts)
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
