"""Who took part, and the member register: against computations by hand on the files themselves."""

import csv
import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import ROOT, Study

from analysis import members, tables
from analysis.chapters.edition import EditionChapter
from analysis.chapters.participation import ParticipationChapter
from analysis.errors import InvalidData, UnknownCell
from analysis.exhibits import Exhibit, Listing, Paragraph, Section

PARTS = ("opening", "editions", "map", "regions", "urban", "members", "unknown", "sources")


def raw(name: str) -> pd.DataFrame:
    """Read a file of data/ as text, not through our reader; "NA" is Namibia."""
    return pd.read_csv(ROOT / "data" / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def chapter() -> ParticipationChapter:
    return ParticipationChapter(lang="en")


def exhibit(section: Section) -> Exhibit:
    return section.exhibits[0]


def listing(section: Section, id: str) -> pd.DataFrame:
    return next(part.table for part in section.parts if isinstance(part, Listing) and part.id == id)


def test_every_part_begins_with_a_sentence_and_holds_nothing_empty(chapter: ParticipationChapter) -> None:
    for name in PARTS:
        section = getattr(chapter, name)
        assert isinstance(section.parts[0], Paragraph), name
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", plain(section)), name


def test_the_share_of_urban_dwellers_is_that_of_a_computation_by_hand(chapter: ParticipationChapter) -> None:
    urban = raw("indicators/values").query("indicator_id == 'ctx_urban_population' and year == '2021'")
    people = urban["value"].astype(float)
    took_part = urban["place_id"].isin(set(raw("published/participants")["country_iso3"]))
    part, whole = people[took_part].sum(), people.sum()
    found = chapter.coverage
    assert found is not None
    assert (found.year, len(found.countries), len(found.documented)) == (2021, len(urban), int(took_part.sum()))
    assert (found.part, found.whole) == pytest.approx((part, whole))
    text = sentences(chapter.urban)
    assert f"at least {math.floor(100 * part / whole)}% of the world's urban dwellers" in text
    assert f"{part / 1e6:,.0f} of {whole / 1e6:,.0f} million people" in text
    assert f"({took_part.sum()} of {len(urban)} countries and areas with a value)" in text
    largest = people[took_part].max()
    assert f"China alone has {100 * largest / whole:.0f}%" in sentences(chapter.urban)
    assert f"the other {took_part.sum() - 1} countries together {100 * (part - largest) / whole:.0f}%" in sentences(
        chapter.urban
    )


def test_it_is_said_to_be_a_lower_bound_and_no_participation_of_a_country(chapter: ParticipationChapter) -> None:
    text = sentences(chapter.urban)
    assert "lower bound" in text
    assert "13 of 20 countries of the 2021 edition and 0 of 16 countries of the 2023 edition" in text
    assert "does not mean that its country does" in text


def test_the_regions_add_up_to_the_whole_and_none_is_left_out(chapter: ParticipationChapter) -> None:
    shown = exhibit(chapter.urban)
    region_of = raw("places/countries").set_index("iso3")["region"]
    data = shown.data.assign(region=shown.data["iso3"].map(region_of))
    by_hand = data.groupby("region")["value"].sum().sort_values(ascending=False) / 1e6
    assert shown.table["Urban dwellers of the region, million"].tolist() == [f"{value:,.0f}" for value in by_hand]
    assert chapter.coverage is not None
    assert data["value"].sum() == pytest.approx(chapter.coverage.whole)
    assert len(shown.table) == len(raw("places/regions"))
    assert set(data.loc[data["documented"], "iso3"]) == set(raw("published/participants")["country_iso3"])
    assert {"year", "unit", "source", "licence"} <= set(shown.data)


def test_each_edition_has_as_many_dots_as_cities_and_full_ones_where_they_are_named(
    chapter: ParticipationChapter,
) -> None:
    editions, named = raw("published/editions"), raw("published/participants")
    shown = exhibit(chapter.editions)
    figure = shown.draw(True)
    full = sum(line.get_markerfacecolor() != "white" for line in figure.axes[0].lines)
    countries = [int(n) for n in editions["n_countries"] if n]
    assert len(figure.axes[0].lines) == editions["n_cities"].astype(int).sum() + sum(countries)
    assert full == len(named) + named.groupby("edition")["country_iso3"].nunique().sum()
    unnamed = editions["n_cities"].astype(int).sum() - len(named)
    assert sentences(chapter.unknown).startswith(
        f"{unnamed} of {editions['n_cities'].astype(int).sum()} participations"
    )


def test_a_region_without_a_documented_participant_is_not_said_to_be_missed(chapter: ParticipationChapter) -> None:
    text = sentences(chapter.regions)
    assert "in 4 regions: Australia and New Zealand, Central and Southern Asia," in text
    assert "does not prove that none took part there" in text
    table = listing(chapter.regions, "participation-regions-published").set_index("Edition")
    assert table.loc["2021", "Regions, as published"] == "Europe, Latin America, Africa, and Asia"
    assert table.loc["2019", "Regions, as published"] == "not known"
    assert table["How far documented"].tolist()[3] == "18 of 35 cities named"


def test_the_map_is_that_of_the_edition(chapter: ParticipationChapter) -> None:
    whole, one = exhibit(chapter.map), exhibit(EditionChapter(lang="en", edition=2021).participants)
    assert whole.table["City"].tolist() == one.table["City"].tolist() == sorted(raw("published/participants")["city"])
    assert whole.table["Edition"].unique().tolist() == ["2021"]
    assert "Edition" not in one.table
    assert whole.data.equals(one.data)


def test_a_city_of_two_editions_is_one_dot_and_said_to_have_come_again(
    compendium: Path, chapter: ParticipationChapter
) -> None:
    file = compendium / "data" / "published" / "participants.csv"
    rows = file.read_text(encoding="utf-8").splitlines()
    bilbao = next(row for row in rows if ",Bilbao," in row)
    file.write_text("\n".join([*rows, bilbao.replace("2021,", "2023,", 1)]) + "\n", encoding="utf-8")
    again = ParticipationChapter(lang="en")
    assert again.coverage is not None
    assert again.coverage.year == 2023
    assert "1 city is documented in more than one edition" in sentences(again.unknown)
    shown = exhibit(again.map)
    assert shown.title.startswith(f"{len(rows) - 1} named participants")
    assert (shown.table["City"] == "Bilbao").sum() == 2
    assert "1 of 16 countries of the 2023 edition" in sentences(again.urban)


def test_pictures_have_no_text_outside_or_over_another(chapter: ParticipationChapter) -> None:
    for name in ("editions", "map", "urban"):
        for wide in (True, False):
            assert not collisions(exhibit(getattr(chapter, name)), wide), name


def test_without_documented_participants_the_chapter_is_short_and_says_why(compendium: Path) -> None:
    file = compendium / "data" / "published" / "participants.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    bare = ParticipationChapter(lang="en")
    assert "no map can be drawn" in sentences(bare.map)
    assert "is not known" in sentences(bare.urban)
    assert not bare.urban.exhibits
    assert exhibit(bare.editions).title == "No participant is documented by name"
    assert all(getattr(bare, name).parts for name in PARTS)


# the register


def register(compendium: Path, **changes: str) -> pd.DataFrame:
    """Change the row of Bilbao in the register of the copy, and read it back."""
    file = compendium / "data" / "members" / "members.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    next(row for row in rows if row["name"] == "Bilbao").update(changes)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return tables.read("members")


def test_the_register_holds_what_is_documented_and_no_participant_for_that(chapter: ParticipationChapter) -> None:
    frame = raw("members/members")
    assert not members.problems(tables.read("members"))
    assert frame["source"].str.startswith("http").all()
    others = set(frame["place_id"]) - {"", "3128026"}
    assert not others & set(raw("published/participants")["place_id"])
    cities, associations = (int((frame["kind"] == kind).sum()) for kind in ("city", "association"))
    assert f"{len(frame)} were members at some time: {cities} cities and {associations} associations" in sentences(
        chapter.members
    )
    assert "more than 88 members" in sentences(chapter.members)
    table = listing(chapter.members, "participation-members")
    assert table["Member"].tolist() == sorted(table["Member"])


def test_the_codebook_has_no_column_for_a_person_and_describes_every_column() -> None:
    package = json.loads((ROOT / "data" / "members" / "datapackage.json").read_text(encoding="utf-8"))
    fields = package["resources"][0]["schema"]["fields"]
    assert [field["name"] for field in fields] == list(raw("members/members").columns)
    assert all(field["description"] for field in fields)
    role = next(field for field in fields if field["name"] == "contact_role")
    assert role["constraints"]["enum"]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"place_id": ""}, "place_id", "the GeoNames id of the city"),
        ({"kind": "association"}, "place_id", "empty, since an association is no place"),
        ({"country_iso3": "FRA"}, "country_iso3", "ESP, the country of this city"),
        ({"status": "ended"}, "until", "a date where the status is 'ended'"),
        ({"until": "2020"}, "until", "a date where the status is 'ended'"),
        ({"status": "ended", "until": "2004"}, "until", "a date after 2005"),
        ({"place_id": "3031582", "country_iso3": "FRA"}, "place_id", "one lasting membership of a city"),
    ],
)
def test_a_row_that_contradicts_itself_is_named(
    compendium: Path, changes: dict[str, str], field: str, expected: str
) -> None:
    (problem,) = members.problems(register(compendium, **changes))
    assert re.match(rf"data/members/members\.csv, row \d, field '{field}', value '.*'\. Expected: {expected}", problem)
    with pytest.raises(InvalidData, match="contradicts itself"):
        _ = ParticipationChapter(lang="en").members


def test_an_ended_membership_is_kept_with_its_date(compendium: Path) -> None:
    assert not members.problems(register(compendium, status="ended", until="2025-03"))
    table = listing(ParticipationChapter(lang="en").members, "participation-members").set_index("Member")
    assert table.loc["Bilbao (Spain)", "Status"] == "ended, March 2025"
    assert not members.problems(register(compendium, status="ended", until="2005", since="2005-04"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contact_role": "A. Person"}, "field 'contact_role', value 'A. Person'"),
        ({"source_note": "write to someone@example.org"}, "field 'source_note'"),
        ({"place_id": "1"}, "field 'place_id', value '1': not in the table 'cities'"),
        ({"since": "May 2005"}, "field 'since', value 'May 2005'"),
    ],
)
def test_the_command_names_a_wrong_cell_of_the_register(
    compendium: Path, study: Study, changes: dict[str, str], message: str
) -> None:
    register(compendium, **changes)
    result = study("validate", "data/members")
    assert result.returncode == 1
    assert message in result.stderr
    assert "data/members/members.csv, row 2" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_register_is_said_to_be_empty(compendium: Path) -> None:
    file = compendium / "data" / "members" / "members.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    section = ParticipationChapter(lang="en").members
    assert "holds no entry yet" in sentences(section)
    assert not [part for part in section.parts if isinstance(part, Listing)]


def test_a_language_that_is_not_built_has_no_chapter() -> None:
    with pytest.raises(UnknownCell):
        ParticipationChapter(lang="xx")
