"""The built site in a real browser: every page opens from disk and from a server, and can be used by everybody."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESK, HTML, LANGUAGES, PHONE, Tab, chromium, file_base, kinds, pages, served, started, violations
from conftest import ROOT
from playwright.sync_api import Browser, Page

from analysis import study

pytestmark = pytest.mark.browser
HEAVIEST = 1_500_000  # bytes, the page with all of its pictures
AXIS_PAGE, CITY_PAGE = "editions/2019/governance", "cities/bogota"
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium()
    assert (HTML / "index.html").is_file(), "build the site first: make book"
    with started() as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture
def tab(browser: Browser) -> Iterator[Open]:
    """Open tabs, each in a browser as new, and close them after the test."""
    contexts = []

    def opened(base: str = "", **options: Any) -> Tab:
        contexts.append(browser.new_context(**({"viewport": DESK} | options)))
        return Tab(contexts[-1], base or file_base())

    yield opened
    for context in contexts:
        context.close()


# every page


def test_the_site_has_every_language_of_the_study() -> None:
    assert {"en", "es", "fr"} <= set(LANGUAGES)
    assert {folder.name for folder in HTML.iterdir() if (folder / "index.html").is_file()} >= set(LANGUAGES)
    assert len({tuple(pages(lang)) for lang in LANGUAGES}) == 1, "the languages have different pages"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [PHONE, DESK], ids=["file, phone, dark", "server, desk, light"])
def test_every_page_opens_without_an_error_or_another_host_and_fits(
    tab: Open, server: str, lang: str, width: dict[str, int]
) -> None:
    phone = width is PHONE
    one = tab(file_base() if phone else server, viewport=width, color_scheme="dark" if phone else "light")
    wrong: dict[str, list[str]] = {}
    for name in pages(lang):
        problems = one.visit(f"{lang}/{name}.html")
        if (weight := one.weight()) > HEAVIEST:
            problems.append(f"weighs {weight} bytes")
        if (said := one.page.evaluate("document.documentElement.lang")) != lang:
            problems.append(f"lang is {said}")
        if len(one.page.title()) < 5:
            problems.append("has no title")
        if problems:
            wrong[name] = problems
    assert wrong == {}


@pytest.mark.parametrize("number", range(len(LANGUAGES)), ids=LANGUAGES)
def test_axe_finds_no_violation_on_any_kind_of_page(tab: Open, number: int) -> None:
    """The kinds are shared out among the languages, which have the same elements."""
    wrong = {}
    mine = kinds()[number :: len(LANGUAGES)]
    for name, width in [*((name, DESK) for name in mine), (mine[0], PHONE)]:
        one = tab(viewport=width)
        one.visit(f"{LANGUAGES[number]}/{name}.html")
        if width is PHONE:
            one.page.locator("button.menu").click()
        if found := violations(one):
            wrong[name] = found
    assert wrong == {}


def test_axe_finds_no_violation_on_the_choice_of_language_and_on_found_pages(tab: Open) -> None:
    one = tab()
    one.visit("index.html?choose")
    assert violations(one) == []
    one.visit("en/search.html?q=Bilbao")
    one.page.wait_for_selector("#search-results li a")
    assert violations(one) == []


def test_axe_finds_colours_that_are_too_much_alike(tab: Open) -> None:
    one = tab()
    one.visit("en/cite.html")
    one.page.add_style_tag(content="p { color: light-dark(#22252a, #333) !important; }")
    assert [found.split(": ")[:2] for found in violations(one)] == [["dark", "color-contrast"]]


# languages


def test_the_switcher_leads_to_the_same_page_in_each_language(tab: Open) -> None:
    one = tab()
    for name in kinds():
        one.visit(f"{LANGUAGES[0]}/{name}.html")
        for lang in [*LANGUAGES[1:], LANGUAGES[0]]:
            one.page.locator(f".languages a[hreflang={lang}]").click()
            one.page.wait_for_url(f"**/{lang}/{name}.html")
            assert one.page.locator("html").get_attribute("lang") == lang
            assert one.page.locator(".languages [aria-current]").get_attribute("hreflang") == lang


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["es-MX"], "es"),
        (["fr"], "fr"),
        (["de", "fr-CA", "en"], "fr"),
        (["en-GB", "es"], "en"),
        (["eu", "es"], "eu"),
        (["de", "pt"], ""),
    ],
)
def test_the_first_page_follows_the_languages_of_the_browser(tab: Open, asked: list[str], found: str) -> None:
    one = tab()
    one.page.add_init_script(f"Object.defineProperty(navigator, 'languages', {{get: () => {asked}}})")
    assert one.visit("index.html?choose") == []
    assert one.page.url.endswith("index.html?choose")
    assert one.page.locator("nav a").count() == len([*LANGUAGES, *study.load().briefs])
    one.page.goto(f"{file_base()}/index.html")
    one.page.wait_for_url(f"**/html/{found}/index.html" if found else "**/html/index.html")
    assert one.page.locator("h1").is_visible()


# search


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("words", ["Bogotá", "bogota", "Gavà", "GAVA", "Sao Paulo"])
def test_the_search_finds_a_city_with_its_accents_and_without(tab: Open, lang: str, words: str) -> None:
    one = tab()
    one.visit(f"{lang}/{AXIS_PAGE}.html")
    one.page.locator("input[name=q]").fill(words)
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector("#search-results li a")
    one.page.wait_for_function("!document.querySelector('#search-progress').textContent.includes('...')")
    found = [
        str(address) for address in one.page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    ]
    city = {"bo": "bogota", "ga": "gava", "sa": "sao-paulo"}[words[:2].lower()]
    assert any(re.search(rf"/{lang}/cities/{city}\.html", address) for address in found)
    one.page.locator(f"#search-results a[href*='cities/{city}']").first.click()
    one.page.wait_for_url(f"**/{lang}/cities/{city}.html*")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_search_says_that_it_found_nothing_and_without_scripts_where_to_look(tab: Open, lang: str) -> None:
    one = tab()
    one.visit(f"{lang}/search.html?q=qwxyzzy")
    one.page.wait_for_function(
        "document.querySelector('#search-results p, #search-results .search-summary')?.textContent"
    )
    assert one.page.locator("#search-results li a").count() == 0
    silent = tab(java_script_enabled=False)
    silent.page.goto(f"{file_base()}/{lang}/search.html")
    assert silent.page.locator("noscript p.gap").is_visible()


# keyboard


def reached(page: Page, presses: int = 400) -> list[str]:
    """Go through a page with the tabulator, and say what was reached: each element is asked what it is."""
    found: list[str] = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        what = page.evaluate("""() => {
          const at = document.activeElement;
          if (at === document.body) return "";
          const seen = at.getBoundingClientRect();
          const kind = at.matches("a[download]") ? "download" : at.matches(".languages a") ? "language"
            : at.matches(".table-scroll") ? "table" : at.matches(".contents a") ? "contents" : at.localName;
          const outline = getComputedStyle(at);
          return `${kind}${seen.width && outline.outlineStyle !== "none" ? "" : " unseen"}`;
        }""")
        if not what:
            break
        found.append(what)
    return found


def test_the_keyboard_reaches_all_that_can_be_used_and_shows_where_it_is(tab: Open) -> None:
    one = tab()
    one.visit(f"{LANGUAGES[0]}/{AXIS_PAGE}.html")
    one.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = reached(one.page)
    assert not [what for what in found if what.endswith("unseen")]
    expected = {"language": ".languages a", "download": "a[download]", "summary": "summary", "contents": ".contents a"}
    assert {kind: found.count(kind) for kind in expected} == {
        kind: one.page.locator(selector).count() for kind, selector in expected.items()
    }
    assert found.count("table") >= one.page.locator(".exhibit .table-scroll").count() > 0


def test_the_keyboard_opens_the_menu_skips_to_the_text_opens_a_table_and_downloads(tab: Open) -> None:
    one = tab(viewport=PHONE)
    page = one.page
    one.visit(f"{LANGUAGES[0]}/{AXIS_PAGE}.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"
    page.locator("button.menu").focus()
    page.keyboard.press("Enter")
    assert page.locator("#contents").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('#contents'))")
    page.keyboard.press("Escape")
    assert page.locator("#contents").is_hidden()
    exhibit = page.locator("figure.exhibit").first
    exhibit.locator(".exhibit-table summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "table-scroll"
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == f"{exhibit.get_attribute('id')}.csv"


def test_the_colours_that_a_reader_chooses_stay(tab: Open) -> None:
    one = tab(color_scheme="light")
    one.visit("en/index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = one.page.evaluate(ground)
    one.page.locator("button.dark").press("Enter")
    dark = one.page.evaluate(ground)
    assert dark != light
    one.visit("en/cite.html")
    assert one.page.evaluate(ground) == dark
    assert one.page.locator("button.dark").get_attribute("aria-pressed") == "true"


# downloads


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_downloads_of_a_page_are_the_files_of_its_exhibits(tab: Open, server: str, lang: str) -> None:
    one = tab(server)
    for name in [AXIS_PAGE, CITY_PAGE, "index"]:
        one.visit(f"{lang}/{name}.html")
        exhibits = one.page.locator("figure.exhibit")
        assert exhibits.count() > 0
        for number in range(exhibits.count()):
            exhibit = exhibits.nth(number)
            with one.page.expect_download() as download:
                exhibit.locator("a[download$='.csv']").click()
            assert download.value.suggested_filename == f"{exhibit.get_attribute('id')}.csv"
            rows = read(Path(download.value.path()).read_text(encoding="utf-8-sig"))
            assert rows
            assert all(row[column] for row in rows for column in ("unit", "source", "licence"))


# continuous integration


def test_without_a_browser_tests_are_skipped_but_continuous_integration_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        chromium()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium is not installed"):
        chromium()


def test_continuous_integration_says_that_it_is_one_and_runs_these_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    told = [line.partition(" TESTED")[0] for line in lines]
    assert [line for line in told if line in ("export CI=true", "make test", "make test-all")] == [
        "export CI=true",
        "make test",
        "make test-all",
    ]
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest-all:")[2].partition("\n\n")[0]
    assert re.search(r'study book .*\n.*-m "browser.*\n.*-j 2 verify whole-way$', recipe)
