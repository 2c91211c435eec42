"""What the tests of the built site share: its pages, a server for them, a browser, and a tab that notes what goes wrong."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import Browser, BrowserContext, Request, sync_playwright

from analysis import study
from analysis.execution import runs

HTML = ROOT / "_build" / "html"
LANGUAGES = study.load().built
PHONE, DESK = {"width": 360, "height": 800}, {"width": 1280, "height": 900}
_AXE = Axe()
_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_OF_COLOURS = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block"],
}  # the others do not depend on colours
# Waits for every picture, also for those far below, and says which of them are broken.
_BROKEN = """async () => {
  const shown = [...document.images];
  for (const picture of shown) picture.loading = "eager";
  await Promise.all(shown.map((picture) => picture.decode().catch(() => {})));
  return shown.filter((picture) => picture.naturalWidth === 0).map((picture) => `broken picture: ${picture.currentSrc}`);
}"""
# Names the elements that stick out of the page, if the page can be scrolled sideways.
_STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 0.5 && !one.closest(".table-scroll, pre"))
    .slice(0, 3).map((one) => `sticks out: ${one.outerHTML.slice(0, 120)}`).concat("scrolls sideways");
}"""


def chromium() -> str:
    """Give the browser of the system; where it is missing, tests are skipped, but never in continuous integration."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    message = "Chromium is not installed: the book was not looked at in a browser"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def started() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_values: object) -> None:
        """Write nothing to the screen."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the site on a free port of this computer alone, and give its address."""
    handler = functools.partial(_Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def pages(lang: str) -> list[str]:
    """List the pages of a language as they were built, with that of the search."""
    found = sorted(
        file.relative_to(HTML / lang).with_suffix("").as_posix()
        for file in (HTML / lang).rglob("*.html")
        if "_static" not in file.parts
    )
    assert found, "build the site first: make book"
    return found


def kinds() -> list[str]:
    """List one page of each kind: the last of each template, those written by hand, and the search."""
    of_template = {run.template: run.page for run in runs.runs(lang=study.SOURCE_LANGUAGE)}
    by_hand = set(pages(study.SOURCE_LANGUAGE)) - {run.page for run in runs.runs(lang=study.SOURCE_LANGUAGE)}
    return [*of_template.values(), *sorted(by_hand)]


def given_up(request: Request) -> bool:
    """Say whether the browser gave up a request itself, that for the icon say, because the next page was opened."""
    return request.failure == "net::ERR_ABORTED"


class Tab:
    """A tab of the browser that notes errors, and requests: no page may need another host."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page, self._base = context.new_page(), base
        self._problems: list[str] = []
        self._requested: set[str] = set()
        page, note = self.page, self._problems.append
        page.on(
            "console", lambda said: note(f"{said.type}: {said.text}") if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: note(f"error: {error}"))
        page.on("requestfailed", lambda request: note(f"failed: {request.url}") if not given_up(request) else None)
        page.on("response", lambda answer: note(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
        page.on("request", lambda request: self._requested.add(request.url))

    def visit(self, address: str) -> list[str]:
        """Open a page with all of its pictures, and say what is wrong with it."""
        self._problems.clear()
        self._requested.clear()
        self.page.goto(f"{self._base}/{address}")
        broken = self.page.evaluate(_BROKEN)
        foreign = [f"asks {url}" for url in self._requested if not url.startswith((self._base, "data:"))]
        return [*self._problems, *broken, *foreign, *self.page.evaluate(_STICKING_OUT)]

    def weight(self) -> int:
        """Count the bytes of all files that the page at hand asked for."""
        files = {HTML / unquote(urlsplit(url.removeprefix(self._base)).path.lstrip("/")) for url in self._requested
                 if url.startswith(self._base)}  # fmt: skip
        return sum(file.stat().st_size for file in files)


def violations(tab: Tab) -> list[str]:
    """Say what axe-core finds on the page at hand in light, and in dark, with all that folds unfolded.

    Rows of a table are alike: of each table five are looked at.
    """
    tab.page.evaluate("""() => {
      for (const one of document.querySelectorAll("details")) one.open = true;
      for (const row of document.querySelectorAll("tbody tr:nth-child(n+6)")) row.remove();
    }""")
    found = []
    for scheme, rules in (("light", _RULES), ("dark", _OF_COLOURS)):
        tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for one in _AXE.run(tab.page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]:
            found.append(f"{scheme}: {one['id']}: {one['nodes'][0]['html'][:160]} and {len(one['nodes']) - 1} more")
    return found


def file_base() -> str:
    """Give the address of the site in the file system."""
    return HTML.as_uri()


def page_file(lang: str, name: str) -> Path:
    """Give the file of a page."""
    return HTML / lang / f"{name}.html"
