"""What helps and hinders across editions, and the field that searches a listing."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from checks import collisions, plain, sentences
from conftest import ROOT, html_of
from playwright.sync_api import Page, sync_playwright

from analysis import figures, figures_factors
from analysis.chapters.common import searchable
from analysis.chapters.factors import FactorsChapter
from analysis.exhibits import Listing, Paragraph, Section
from analysis.language import language

PARTS = ("opening", "overview", "hinders", "helps", "recommended", "practices", "missing", "sources")
SCRIPT = ROOT / "src" / "analysis" / "publishing" / "static" / "study.js"
RAW = pd.read_csv(
    ROOT / "data" / "published" / "factors.csv", dtype=str, keep_default_na=False
)  # not through our reader


@pytest.fixture(scope="module")
def chapter() -> FactorsChapter:
    return FactorsChapter(lang="en")


def listing(section: Section) -> Listing:
    return next(part for part in section.parts if isinstance(part, Listing))


def test_every_part_begins_with_a_sentence_and_holds_nothing_empty(chapter: FactorsChapter) -> None:
    for name in PARTS:
        section = getattr(chapter, name)
        assert isinstance(section.parts[0], Paragraph), name
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\{\w*\}", plain(section)), name


def test_there_is_a_mark_for_each_statement_full_where_it_is_a_result(chapter: FactorsChapter) -> None:
    (shown,) = chapter.overview.exhibits
    with figures.styled():
        marks = shown.draw(True).axes[0].lines
    kinds = {marker: kind for kind, marker in figures_factors.MARKERS.items()}
    drawn = pd.Series([(kinds[str(mark.get_marker())], mark.get_markerfacecolor() != "white") for mark in marks])
    by_hand = pd.Series(list(zip(RAW["kind"], RAW["origin"] == "study", strict=True)))
    assert drawn.value_counts().to_dict() == by_hand.value_counts().to_dict()
    assert len(shown.data) == len(RAW)
    assert {"edition", "unit", "source", "licence"} <= set(shown.data)


def test_a_mark_stands_in_the_cell_of_its_axis_and_edition(chapter: FactorsChapter) -> None:
    (shown,) = chapter.overview.exhibits
    axes, years = (
        ["economy", "people", "governance", "mobility", "environment", "living", "cross"],
        [2012, 2017, 2019, 2021, 2023],
    )
    with figures.styled():
        marks = shown.draw(False).axes[0].lines
    places = [np.rint(np.asarray(mark.get_xydata())[0]).astype(int) for mark in marks]
    drawn = sorted((axes[y], str(years[x])) for x, y in places)
    assert drawn == sorted(zip(RAW["axis"], RAW["edition"], strict=True))


def test_the_counts_said_are_those_of_the_file(chapter: FactorsChapter) -> None:
    text = sentences(chapter.overview)
    count = RAW["kind"].value_counts()
    assert (
        f"{count['challenge']} challenges, {count['enabler']} enablers, and {count['recommendation']} recommendations"
        in text
    )
    results = (RAW["origin"] == "study").sum()
    assert f"{results} are results of the study; from forewords: {len(RAW) - results}." in text
    assert "no statement was seen in any edition: mobility, environment, and quality of life" in text


@pytest.mark.parametrize(
    ("name", "kind"), [("hinders", "challenge"), ("helps", "enabler"), ("recommended", "recommendation")]
)
def test_a_kind_has_all_its_statements_in_a_listing_that_can_be_searched(
    chapter: FactorsChapter, name: str, kind: str
) -> None:
    found = listing(getattr(chapter, name))
    assert sorted(found.table["Statement, in our words"]) == sorted(RAW.loc[RAW["kind"] == kind, "text_en"])
    assert f'data-search="Search the {kind}s"' in html_of(found)
    assert 'data-found="{shown} of {total} rows"' in html_of(found)


def test_no_list_of_barriers_is_a_gap_that_can_be_filled_until_one_is_entered(
    chapter: FactorsChapter, compendium: Path
) -> None:
    text = sentences(chapter.hinders)
    assert "No list of barriers was seen" in text
    assert "3 elements of what was asked are about what holds cities back (editions: 2017 and 2023)" in text
    assert "study gaps" in text
    file = compendium / "data" / "published" / "factors.csv"
    row = "K2023-06,2023,mobility,barrier,Rules that differ between neighbouring cities,study,https://example.org,\n"
    file.write_text(file.read_text(encoding="utf-8") + row, encoding="utf-8")
    again = FactorsChapter(lang="en")
    assert "1 barrier is known (edition: 2023)" in sentences(again.hinders)
    assert "No list of barriers" not in sentences(again.hinders)
    assert "no statement was seen in any edition: environment and quality of life" in sentences(again.overview)
    assert listing(again.missing).table.set_index("Edition").loc["2023", "Barriers"] == "1"


def test_what_each_edition_lacks_is_listed(chapter: FactorsChapter) -> None:
    table = listing(chapter.missing).table.set_index("Edition")
    assert (table["Barriers"] == "none seen").all()
    assert table.loc["2019", "Recommendations"] == "8 (1 from the foreword)"
    assert len(table) == RAW["edition"].nunique()
    for year, row in table.iterrows():
        for kind, column in {
            "challenge": "Challenges",
            "enabler": "Enablers",
            "recommendation": "Recommendations",
        }.items():
            number = int(((RAW["edition"] == year) & (RAW["kind"] == kind)).sum())
            assert row[column].split(" (")[0] == (str(number) if number else "none seen")
    assert "Of no edition were seen: barriers and good practices." in sentences(chapter.missing)


def test_practices_stand_with_city_axis_goal_and_edition_as_far_as_published(chapter: FactorsChapter) -> None:
    found = listing(chapter.practices)
    assert {"Practice", "City", "Axis", "SDG", "Edition"} <= set(found.table)
    assert (found.table["Edition"] == "not stated").all()
    assert "may not belong to a study" in sentences(chapter.practices)


def test_pictures_have_no_text_outside_or_over_another(chapter: FactorsChapter) -> None:
    for wide in (True, False):
        assert not collisions(chapter.overview.exhibits[0], wide)


# the field that searches a listing, in a browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open a page from the file system that holds two listings and the script, as the book does."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        message = "Chromium is not installed: the search was not tried"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("page")
    table = pd.DataFrame({"City": ["Bogotá", "Xi'an", "Bilbao"], "Axis": ["Mobility", "Governance", "Governance"]})
    one = Listing("cities", "Cities", table, search="Buscar ciudades", found="{shown} de {total} filas")
    two = Listing("others", "Others", table)
    shutil.copy(SCRIPT, folder)
    text = f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>T</title><script src="{SCRIPT.name}"></script></head>'
    (folder / "page.html").write_text(
        f"{text}<body><main><h1>T</h1>{html_of(one, two)}</main></body></html>", encoding="utf-8"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page()
        opened.goto((folder / "page.html").as_uri())
        yield opened
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("", ["Bogotá", "Xi'an", "Bilbao"]),
        ("bogota", ["Bogotá"]),
        ("GOVERNANCE", ["Xi'an", "Bilbao"]),
        ("governance  bil", ["Bilbao"]),
        ("xi’an", ["Xi'an"]),
        ("(", []),
        ("<b>", []),
    ],
)
def test_rows_are_left_that_hold_every_word(page: Page, typed: str, left: list[str]) -> None:
    page.get_by_label("Buscar ciudades").fill(typed)
    shown = page.locator("#cities tbody tr:visible td:first-child").all_inner_texts()
    assert shown == left
    assert page.locator("#cities [role=status]").inner_text() == f"{len(left)} de 3 filas"


@pytest.mark.browser
def test_the_field_is_accessible_and_only_where_a_listing_asks_for_it(page: Page) -> None:
    assert page.get_by_role("searchbox").count() == 1
    assert page.locator("#others tbody tr:visible").count() == 3
    assert Axe().run(page).violations_count == 0


def test_words_for_what_was_found_keep_their_places_and_are_escaped() -> None:
    given = Listing("a", "b", pd.DataFrame({"c": ["d"]}))
    assert 'data-found="{shown} of {total} rows" data-search="&#34;e&#34;"' in html_of(
        searchable(given, '"e"', language("en"))
    )
