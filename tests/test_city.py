"""The profile of one city, and finding it by its name."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Study

from analysis import places, tables
from analysis.chapters.city import CityProfile
from analysis.errors import UnknownCell
from analysis.exhibits import Exhibit, Listing

BILBAO, LYON, NAIROBI = "3128026", "2996944", "184745"
VALUES = pd.read_csv(
    ROOT / "data" / "indicators" / "values.csv", dtype={"place_id": str, "flag": str}
)  # not through our reader


def table(parts: object, kind: type[Exhibit] | type[Listing]) -> pd.DataFrame:
    return next(part.table for part in parts if isinstance(part, kind))  # type: ignore[attr-defined]


def test_bilbao_stands_where_a_computation_by_hand_puts_it() -> None:
    regions = pd.read_csv(ROOT / "data" / "places" / "countries.csv", keep_default_na=False).set_index("iso3")["region"]
    rows = VALUES[(VALUES["indicator_id"] == "mob_pt_access") & VALUES["year"].between(2015, 2020)]
    rows = rows[rows["iso3"].map(regions) == regions["ESP"]]
    newest = rows.sort_values("year").groupby("place_id")["value"].last()
    low, median, high = np.percentile(newest, [25, 50, 75])
    profile = CityProfile(lang="en", place=BILBAO)
    (standing,) = profile.standings
    assert (standing.value, standing.year, standing.spread.n) == (96.7, 2020, len(newest))
    assert (standing.spread.q1, standing.spread.median, standing.spread.q3) == pytest.approx((low, median, high))
    assert median < newest[BILBAO] <= high  # a value on a quartile belongs to the middle
    said = profile.stands.parts[0].plain()
    assert "“Access to public transport”: 97% in 2020, between the median and the upper quartile of" in said
    assert f"of {len(newest)} cities (Europe and Northern America, 2016–2020)." in said


def test_unemployment_is_compared_with_cities_of_the_same_country_alone() -> None:
    standings = {one.indicator.id: one for one in CityProfile(lang="en", place=LYON).standings}
    assert set(standings["eco_unemployment_city"].among["iso3"]) == {"FRA"}
    assert standings["eco_unemployment_city"].group == "France"
    assert len(set(standings["peo_poverty_city"].among["iso3"])) > 1


def test_what_no_list_names_is_not_known_and_never_none() -> None:
    listed = table(CityProfile(lang="en", place=LYON).listed.parts, Listing)
    lyon = dict(zip(listed.iloc[:, 0], listed["Lyon"], strict=True))
    assert lyon["Member of the UNESCO Creative Cities Network"] == "yes"
    assert lyon["Open public transport timetable feeds (GTFS) for the city (listed, active)"] == "not known"
    assert set(listed["Lyon"]) == {"yes", "listed", "not known"}  # no quantity


def test_a_city_that_a_complete_list_does_not_name_was_not_on_it() -> None:
    profile = CityProfile(lang="en", place=NAIROBI)
    assert not ((VALUES["place_id"] == NAIROBI) & (VALUES["indicator_id"] == "peo_creative_city")).any()
    listed = table(profile.listed.parts, Listing).set_index("List")
    row = listed.loc["Member of the UNESCO Creative Cities Network"]
    assert (row["Nairobi"], row["Date of the list"]) == ("no", "October 1, 2024")
    assert (
        "“UNESCO creative city” is complete: Nairobi was not on it (October 1, 2024)" in profile.listed.parts[0].plain()
    )
    # the others are not complete
    assert set(listed["Nairobi"]) == {"no", "not known"}


def test_the_population_is_said_to_be_that_of_the_agglomeration() -> None:
    facts = CityProfile(lang="en", place=BILBAO).facts.parts[0].plain()
    rows = VALUES[(VALUES["indicator_id"] == "ctx_city_population") & (VALUES["place_id"] == BILBAO)]
    last = rows[rows["flag"] != "projection"].sort_values("year").iloc[-1]
    said = (
        f"Bilbao, Spain: the agglomeration, not the municipality, had about {1000 * round(last['value']):,} inhabitants"
    )
    assert f"{said} in {last['year']}." in facts


def test_what_is_not_shown_is_listed_with_the_reason() -> None:
    unknown = table(CityProfile(lang="en", place=LYON).unknown.parts, Listing)
    reasons = dict(zip(unknown["Indicator"], unknown["Why it is not shown"], strict=True))
    assert reasons["Ratio of land consumption rate to population growth rate"] == "too unstable for a single city"
    assert reasons["Municipal solid waste collection coverage"] == "not in the data used"


@pytest.mark.parametrize("place", sorted(VALUES.loc[VALUES["level"] == "city", "place_id"].unique())[::300])
def test_a_profile_can_be_made_of_any_place_and_ranks_nothing(place: str) -> None:
    profile = CityProfile(lang="en", place=place)
    sections = [profile.opening, profile.facts, profile.stands, profile.listed, profile.unknown, profile.national]
    text = "\n".join(part.plain() for section in [*sections, profile.sources] for part in section.parts)
    assert "nan" not in re.findall(r"\w+", text)
    assert not re.search(r"\b(rank(s|ed)?|best|worst|leader|top) (?!of)", text.replace("No rank.", ""))
    assert f"{profile.name}, " in profile.title


def test_a_place_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(UnknownCell, match="no city with the GeoNames id '1'"):
        CityProfile(lang="en", place="1")


@pytest.mark.parametrize("text", ["Bilbao", "bilbao", " BILBAO ", "Bilbao, ESP", BILBAO])
def test_a_city_is_found_whatever_its_capitals(text: str) -> None:
    assert places.find(text) == places.Place(BILBAO, "Bilbao", "ESP", "bilbao")


def test_accents_make_no_difference() -> None:
    assert places.find("Malaga").name == "Málaga"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bilbo", "Did you mean 'Bilbao'"),
        ("Birmingham", "study city 'Birmingham, GBR'; study city 'Birmingham, USA'"),
        ("Bilbao, FRA", "No city 'Bilbao, FRA'"),
    ],
)
def test_a_name_that_is_none_or_several_is_answered_with_what_to_type(text: str, message: str) -> None:
    with pytest.raises(UnknownCell, match=message):
        places.find(text)


def test_every_city_has_a_page_of_its_own() -> None:
    cities = tables.read("cities")
    pages = [places.place(row, cities).page for _, row in cities.head(400).iterrows()]
    assert len(set(pages)) == len(pages)
    assert all(re.fullmatch(r"[a-z0-9-]+", page) for page in pages)


def test_the_command_makes_one_file_that_needs_nothing_else(compendium: Path, study: Study) -> None:
    result = study("city", "Lyon", "--no-open")
    assert result.returncode == 0, result.stderr
    assert "_build/pages/en/cities/lyon.html" in result.stdout
    text = (compendium / "_build" / "pages" / "en" / "cities" / "lyon.html").read_text(encoding="utf-8")
    assert "<h1>Lyon, France</h1>" in text
    assert not [address for address in re.findall(r'(?:src|srcset)="([^"]*)"', text) if not address.startswith("data:")]
    assert "city = " not in text
    assert "1 notebook executed" in result.stderr
    assert "0 notebooks executed" in study("city", "Lyon", "--no-open").stderr


@pytest.mark.parametrize("wrong", [("Nowhere",), ("Bilbao", "--lang", "xx")])
def test_a_wrong_name_or_language_is_one_clear_message(study: Callable[..., object], wrong: tuple[str, ...]) -> None:
    result = study("city", *wrong, "--no-open")
    assert result.returncode == 1  # type: ignore[attr-defined]
    assert result.stderr.startswith("study: ")  # type: ignore[attr-defined]
    assert "Traceback" not in result.stderr  # type: ignore[attr-defined]
