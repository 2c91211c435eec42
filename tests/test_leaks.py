"""No English in a page of another language: every text of a page goes through the catalogue of translations.

The chapters are made in a language in which each translated text stands between ‹ and ›. What is left outside of them must
be a number, a name or a code.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import pytest
from checks import texts_of
from conftest import html_of
from matplotlib.figure import Figure

from analysis import figures, language, study, tables
from analysis.execution import runs
from analysis.exhibits import Section
from analysis.study import WHOLE_STUDY

RUNS = [
    ("axis", {"edition": 2017, "axis": "economy"}), ("axis", {"edition": 2019, "axis": "governance"}),
    ("axis", {"edition": 2021, "axis": "mobility"}), ("axis", {"edition": 2023, "axis": "environment"}),
    *(("edition", {"edition": year}) for year in (2012, 2017, 2021, 2023)),
    ("brief", {"edition": 2021}), ("brief", {"edition": WHOLE_STUDY}), ("city", {"place": "3128026"}), ("city", {"place": "1835848"}),
    *((template, {"axis": axis}) for template in ("evolution", "inequality") for axis in ("people", "governance")),
    ("front", {}), ("sources", {}), ("factors", {}), ("participation", {}), ("outlook", {}), ("programme", {"period": "2020-2021"}),
]  # fmt: skip


class Marked:
    """A catalogue that marks what went through it."""

    def gettext(self, message: str) -> str:
        return f"‹{message}›"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return f"‹{one if n == 1 else many}›"


class Texts(HTMLParser):
    """What a reader of a page sees or hears; codes and addresses are the same in every language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._codes = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._codes += tag == "code" or given.get("href", "").startswith("http")
        self.found += [given[name] for name in ("alt", "aria-label", "data-search") if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self._codes = max(0, self._codes - (tag in ("code", "a")))

    def handle_data(self, data: str) -> None:
        if not self._codes and data.strip():
            self.found.append(data)


def left(text: str) -> str:
    """Take out what stands between the marks, from the inside out."""
    before = ""
    while text != before:
        before, text = text, re.sub(r"‹[^‹›]*›", " ", text)
    return text


def words(texts: Iterable[Any]) -> set[str]:
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"[^\W\d_]+", text)}


@lru_cache(maxsize=1)
def names() -> set[str]:
    """Give the words of proper names, of names that the data hold in Spanish, and of quoted titles."""
    spanish, matrix = language.Language("es"), study.load()
    editions, sources = tables.read("editions"), tables.read("sources")
    found = words(tables.read("cities")["name"]) | words(tables.read("participants")["city"])
    found |= words(spanish.country(code) for code in tables.read("countries")["iso3"])
    found |= words(tables.read("catalogue")["name_es"]) | words(tables.read("regions")["name_es"])
    for column in ("title", "publisher", "citation"):
        found |= words(sources[column])
    found |= words(editions["title_es"]) | words(editions.loc[editions["title_es"].isna(), "title_en"])
    found |= words(matrix.axis_name(axis, "es") for axis in matrix.axes) | words(
        spanish.language_name(code) for code in ("en", "es", "fr")
    )
    found |= words(spanish.date(f"2021-{month:02}") for month in range(1, 13)) | words(tables.read("terms")["es"])
    found |= words(tables.read("members")["name"])
    found |= words(text for text in sources["licence"] if not language.is_sentence(text))
    return found | {"Gini", "Theil", "csv", "CSV", "Bilbao"}


def shown(template: str, parameters: dict[str, Any]) -> Iterator[Section]:
    """Run the code of a template and give what its cells show."""
    values: dict[str, Any] = {}
    for cell in runs.cells(template):
        if cell.kind == "code":
            lines = cell.source.rstrip().splitlines()
            if "parameters" in cell.tags:
                exec(cell.source, values)
                values |= parameters | {"lang": "es"}
                continue
            exec("\n".join(lines[:-1]), values)
            if re.fullmatch(r"[\w.]+(\(.*\))?", lines[-1]):
                result = eval(lines[-1], values)
                if isinstance(result, Section):
                    yield result
            else:
                exec(lines[-1], values)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda _lang: Marked())
    monkeypatch.setattr(study.Study, "check", lambda *_args, **_names: None)  # Spanish, whether it is built or not
    language.language.cache_clear()


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize(("template", "parameters"), RUNS, ids=lambda value: str(value))
def test_every_text_of_a_page_and_of_its_pictures_can_be_translated(template: str, parameters: dict[str, Any]) -> None:
    found = []
    sections = list(shown(template, parameters))
    assert len(sections) > 1
    for section in sections:
        texts = Texts(html_of(section, lang="es")).found
        assert texts
        for exhibit in section.exhibits:
            with figures.styled():
                for wide in (True, False):
                    texts += picture_texts(exhibit.draw(wide))
        for text in texts:
            rest = {word for word in words([left(text)]) if len(word) > 1} - names()
            if rest:
                found.append(f"{text.strip()[:120]}: {' '.join(sorted(rest))}")
    assert not found


def picture_texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [" ".join(text.get_text().split()) for ax in figure.axes for text in texts_of(ax)]


@pytest.mark.parametrize(
    ("text", "expected"), [("‹a ‹b› c›", ""), ("‹a› the ‹b›", "the"), ("12 of 20", "12 of 20"), ("‹a", "‹a")]
)
def test_what_is_left_is_what_did_not_go_through_the_catalogue(text: str, expected: str) -> None:
    assert left(text).strip() == expected
