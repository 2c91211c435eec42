"""What the chapters say and show, on the real data."""

import csv
import io
import re
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import ROOT, html_of

from analysis import figures, study, tables
from analysis.chapters.axis import AxisChapter
from analysis.chapters.edition import EditionChapter
from analysis.chapters.front import FrontPage
from analysis.chapters.sources import SourcesPage
from analysis.errors import UnknownCell
from analysis.exhibits import Exhibit, Listing, Paragraph, Section

CELLS = study.load().cells()
YEARS = list(study.load().editions)
AXIS_PARTS = ("opening", "asked", "answers", "cities", "country", "change", "factors", "practices", "sources")
EDITION_PARTS = ("opening", "facts", "participants", "evidence", "findings", "asked", "series", "sources")


@lru_cache(maxsize=64)
def sections(edition: int, axis: str = "") -> dict[str, Section]:
    if axis:
        chapter = AxisChapter(lang="en", edition=edition, axis=axis)
        return {name: getattr(chapter, name) for name in AXIS_PARTS}
    whole = EditionChapter(lang="en", edition=edition)
    return {name: getattr(whole, name) for name in EDITION_PARTS}


def exhibits(edition: int, axis: str = "") -> dict[str, Exhibit]:
    return {one.id: one for section in sections(edition, axis).values() for one in section.exhibits}


@pytest.mark.parametrize(("edition", "axis"), [*CELLS, *((year, "") for year in YEARS)])
def test_every_part_has_a_sentence_before_its_exhibit_and_nothing_empty(edition: int, axis: str) -> None:
    assert len(sections(edition, axis)) > 1
    for name, section in sections(edition, axis).items():
        assert section.parts, f"{name} is empty"
        assert isinstance(section.parts[0], Paragraph), f"{name} begins without a sentence"
        text = plain(section)
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", text), f"{name}: {text}"


@pytest.mark.parametrize(("edition", "axis"), [*CELLS, *((year, "") for year in YEARS)])
def test_pictures_have_no_text_outside_or_over_another(edition: int, axis: str) -> None:
    assert exhibits(edition, axis)
    for exhibit in exhibits(edition, axis).values():
        for wide in (True, False):
            assert not collisions(exhibit, wide), f"{exhibit.id}, {'wide' if wide else 'narrow'}"


@pytest.mark.parametrize(("edition", "axis"), CELLS)
def test_values_shown_lie_in_the_window_of_the_edition_and_no_list_of_today_is_among_them(
    edition: int, axis: str
) -> None:
    listings = set(tables.read("catalogue", kind="listing")["indicator_id"])
    measured = [exhibit for exhibit in exhibits(edition, axis).values() if "indicator" in exhibit.data]
    assert listings
    assert measured
    for exhibit in measured:
        assert exhibit.data["year"].max() <= edition
        assert not set(exhibit.data["indicator"]) & listings
        if not exhibit.id.endswith("-change"):
            assert exhibit.data["year"].min() >= edition - study.load().window


@pytest.mark.parametrize(("edition", "axis"), CELLS)
def test_exhibits_have_stable_ids_and_downloads_with_year_unit_source_and_licence(edition: int, axis: str) -> None:
    assert exhibits(edition, axis)
    for name, exhibit in exhibits(edition, axis).items():
        assert re.fullmatch(rf"{edition}-{axis}-[a-z0-9-]+", name)
        rows = list(csv.DictReader(io.StringIO(exhibit.part().data.removeprefix("\ufeff"), newline="")))
        assert len(rows) == len(exhibit.data)
        assert {"unit", "source", "licence"} <= set(rows[0])
        assert {"year", "edition"} & set(rows[0])
        assert all(row["licence"] for row in rows)


def test_the_seven_shares_of_2017_stand_with_interval_where_the_base_is_known() -> None:
    exhibit = exhibits(2017, "economy")["2017-economy-answers"]
    table = exhibit.table.set_index("Finding")
    assert len(table) == 7
    first = table.loc["Smart specialisation strategy"]
    assert (first["Cities"], first["95% interval"]) == ("15 of 20", "53% – 89%")
    unknown = table.loc["Formalised smart specialisation strategy"]
    assert (unknown["Share"], unknown["Cities"], unknown["95% interval"], unknown["Base"]) == ("60%", "", "", "unknown")
    assert (table["Base"] == "inferred from whole numbers").sum() == 5
    assert (table["Base"] == "published as all the cities, without a figure").sum() == 1
    assert "15 of 20 (75%), inferred" in exhibit.alt
    data = exhibit.data.set_index("id").loc["F2017-03"]
    assert data[["count", "n", "wilson_low", "wilson_high"]].isna().all()
    assert "from 11 of 20 (spaces to incubate new companies) to 20 of 20 (positioning strategy)" in sentences(
        sections(2017, "economy")["answers"]
    )


def test_the_shares_of_2023_are_no_number_of_cities() -> None:
    exhibit = exhibits(2023)["2023-findings"]
    assert exhibit.data[["count", "n", "wilson_low"]].isna().all(axis=None)
    text = sentences(sections(2023)["findings"])
    assert "these figures are not answers of its participating cities" in text
    assert "of 20" not in text


def test_governance_says_plainly_that_no_city_was_measured() -> None:
    section = sections(2019, "governance")["cities"]
    assert not section.exhibits
    assert "No city-level indicator of this axis" in sentences(section)
    gap = next(part for part in section.parts if isinstance(part, Listing))
    assert "later than the edition" in gap.plain()


def test_participants_are_marked_where_named_and_the_page_says_where_none_is() -> None:
    marked = exhibits(2021, "mobility")["2021-mobility-cities-pt-access"].table["Group"].tolist()
    assert "Bilbao (lead city)" in marked
    assert "Seoul (participant)" in marked
    assert "No participating city of the 2023 edition is named" in sentences(sections(2023, "mobility")["cities"])
    assert not any(
        "(participant)" in name for name in exhibits(2023, "mobility")["2023-mobility-cities-pt-access"].table["Group"]
    )


def test_marked_values_of_the_picture_are_those_of_the_table() -> None:
    exhibit = exhibits(2021, "mobility")["2021-mobility-cities-pt-access"]
    with figures.styled():
        ax = exhibit.draw(True).axes[0]
    dots = [np.ravel(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"]
    drawn = sorted(round(float(xs[0]), 3) for xs in dots if len(xs) == 1)
    named = set(tables.read("participants", edition=2021)["place_id"]) | {study.load().lead_city}
    assert drawn == sorted(round(value, 3) for value in exhibit.data.loc[exhibit.data["place_id"].isin(named), "value"])


def test_the_areas_of_2021_are_said_to_be_assigned_by_the_compendium() -> None:
    for axis in study.load().editions[2021].axes:
        assert "The compendium assigned them to the axes" in sentences(sections(2021, axis)["asked"])


def test_relative_scores_are_read_by_position_and_never_compared_raw() -> None:
    section = sections(2019, "governance")["change"]
    assert "Read by position, “UN E-Government Development Index”" in sentences(section)
    shown = {indicator for one in section.exhibits for indicator in one.data["indicator"]}
    scores = set(tables.read("catalogue", kind="relative_score")["indicator_id"])
    assert not shown & scores


def test_change_has_the_same_places_in_both_years() -> None:
    checked = 0
    for edition, axis in CELLS:
        for exhibit in sections(edition, axis)["change"].exhibits:
            for _, frame in exhibit.data.groupby("indicator", observed=True):
                places = [set(year["place_id"]) for _, year in frame.groupby("year", observed=True)]
                assert len(places) == 2
                assert places[0] == places[1]
                assert len(places[0]) >= 10
                checked += 1
    assert checked > len(CELLS)


def test_change_within_a_country_is_that_of_the_one_country_with_most_cities_computed_by_hand() -> None:
    section = sections(2021, "economy")["change"]
    data = next(iter(section.exhibits)).data
    ours = data[data["indicator"] == "eco_unemployment_city"]
    start, end = sorted(ours["year"].unique())
    frame = pd.read_csv(ROOT / "data" / "indicators" / "values.csv", dtype={"place_id": str, "flag": str})
    frame = frame[frame["indicator_id"] == "eco_unemployment_city"]
    wide = frame.pivot(index=["iso3", "place_id"], columns="year", values="value")[[start, end]].dropna()
    assert wide.groupby(level="iso3").size().idxmax() == "DEU"
    panel = wide.xs("DEU", level="iso3")
    assert set(ours["place_id"]) == set(panel.index)
    assert (
        f"among the {len(panel)} cities with a value in both years was {panel[start].median():.1f}% in {start} "
        f"and {panel[end].median():.1f}% in {end}. All of them are in one country, Germany. It is the country with most "
        "cities: these values compare within a country only."
    ) in sentences(section)


def test_cities_compared_within_their_country_are_not_put_together_by_region() -> None:
    section = exhibits(2017, "economy")["2017-economy-cities-unemployment-city"]
    assert "Germany" in section.table["Group"].tolist()
    assert "within a country only" in sentences(sections(2017, "economy")["cities"])


def test_the_base_year_of_gross_domestic_product_is_not_printed_and_its_caveat_is() -> None:
    text = plain(sections(2017, "economy")["country"])
    assert "it is not printed here" in text
    assert "constant 2021" not in text


def test_no_page_ranks_cities() -> None:
    for edition, axis in CELLS:
        for name, section in sections(edition, axis).items():
            words = sentences(section).replace("not ranked", "")
            assert not re.search(r"\b(rank|ranked|best|worst|leader|laggard|top)\b", words, re.IGNORECASE), (
                edition,
                axis,
                name,
            )


def test_an_unpublished_list_of_participants_is_a_number_and_a_sentence() -> None:
    section = sections(2019)["participants"]
    assert not section.exhibits
    assert sentences(section).startswith("24 cities took part; none of them is named")
    assert exhibits(2021)["2021-participants"].data["city"].tolist() == sorted(tables.read("participants")["city"])


def test_the_front_page_leads_to_every_cell_and_the_sources_page_shows_every_source() -> None:
    front = html_of(FrontPage(lang="en").matrix)
    assert all(f'href="editions/{year}/{axis}.html"' in front for year, axis in CELLS)
    page = SourcesPage(lang="en")
    listed = html_of(page.sources)
    assert all(
        str(title) in listed.replace("&#39;", "'") for title in tables.read("sources")["title"] if "&" not in title
    )
    assert "70,870" in plain(page.codebook)


def test_a_cell_that_is_not_in_the_matrix_has_no_chapter() -> None:
    with pytest.raises(UnknownCell):
        AxisChapter(lang="en", edition=2017, axis="living")
    with pytest.raises(UnknownCell):
        EditionChapter(lang="xx", edition=2017)
