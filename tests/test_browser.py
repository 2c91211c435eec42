"""The book in a real browser: nothing fails, nothing is asked of another host, nothing sticks out of the page."""

import os
import shutil
from collections.abc import Iterator

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, sync_playwright

pytestmark = pytest.mark.browser
HTML = ROOT / "_build" / "html"
PAGES = [
    "index", "en/index", "en/how-to-read", "en/methods", "en/sources", "en/cite", "en/rerun", "en/editions/2021/index",
    "en/editions/2023/index", "en/editions/2017/economy", "en/editions/2019/governance", "en/editions/2021/mobility",
    "en/editions/2023/environment", "en/cities/bilbao",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser of the system."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        message = "Chromium is not installed: the book was not looked at in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    assert (HTML / "index.html").is_file(), "build the book first: make book"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.mark.parametrize("page_name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_page_opens_from_the_file_system(browser: Browser, page_name: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else problems.append(request.url)
    )
    page.goto((HTML / f"{page_name}.html").as_uri())
    page.evaluate("for (const picture of document.images) picture.loading = 'eager'")
    page.wait_for_function("[...document.images].every(picture => picture.complete)")
    broken = page.evaluate(
        "[...document.images].filter(p => p.naturalWidth === 0 && p.checkVisibility()).map(p => p.src)"
    )
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert problems == []
    assert broken == []
    assert overflow <= 0


def test_the_matrix_leads_to_a_chapter_and_its_table_and_download_are_there(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((HTML / "en" / "index.html").as_uri())
    page.locator("#matrix").get_by_role("link", name="Economy 2017").click()
    exhibit = page.locator("figure.exhibit#2017-economy-answers".replace("#2017", "#\\32 017"))
    exhibit.get_by_text("The figures as a table").click()
    assert exhibit.get_by_role("cell", name="53.1% – 88.8%").first.is_visible()
    with page.expect_download() as download:
        exhibit.get_by_role("link", name="Download the data").click()
    assert download.value.suggested_filename == "2017-economy-answers.csv"
    page.close()


def test_the_search_finds_a_sentence_of_a_chapter(browser: Browser) -> None:
    page = browser.new_page()
    page.goto((HTML / "en" / "search.html").as_uri() + "?q=specialisation")
    page.wait_for_selector("#search-results li a")
    assert any("2017" in text for text in page.locator("#search-results li a").all_inner_texts())
    page.close()
