"""The registry of pages: what an entry may be, and which pages come of it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

from analysis import config, registry
from analysis.errors import InvalidData
from analysis.execution import runs

METHODS = "- {page: methods, part: About the study}\n"


def changed(compendium: Path, before: str, after: str) -> None:
    file = compendium / registry.FILE
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "template: outlook",
            "template: outlok",
            "entry 'outlook': notebooks/outlok.ipynb is missing. Did you mean 'outlook'?",
        ),
        (
            "- {page: outlook, template: outlook, part: Across the editions}\n",
            "",
            "notebooks/outlook.ipynb has no entry in notebooks/pages.yml, so no page is made of it",
        ),
        (
            'evolution/{axis}", template: evolution, for: [axis]',
            'evolution/{axes}", template: evolution, for: [axes]',
            "entry 'evolution/{axes}', for: There is no dimension 'axes' in data/study.yml. Did you mean 'axis'?",
        ),
        (
            "with: {edition: all}",
            "with: {editions: all}",
            "entry 'brief': notebooks/brief.ipynb has no parameter 'editions'. Did you mean 'edition'?",
        ),
        (
            'evolution/{axis}", template: evolution, for: [axis]',
            'evolution/{period}", template: evolution, for: [period]',
            "notebooks/evolution.ipynb has no parameter 'period'.",
        ),
        (METHODS, METHODS * 2, "has two entries for the page 'methods'. Delete one"),
        (METHODS, "- {page: programme/2020-2021, part: A}\n", "give one page, 'programme/2020-2021'"),
        (METHODS, "- {page: methods}\n", "'index', 'methods' stand in no part of the contents"),
        (METHODS, "- {page: methods, pat: A}\n", "entry 'methods': unknown key 'pat'. Did you mean 'part'?"),
        (METHODS, "- {page: methods, below: cites}\n", "has a page 'cites'. Did you mean 'cite'?"),
        (METHODS, "- {page: methods, part: A, below: cite}\n", "stands in a part and below a page"),
        (METHODS, "- {part: A}\n", "entry 3 has no page. Add its address"),
        (METHODS, "- {page: methods, part: [A]}\n", "part: ['A']. Expected: a text"),
        (METHODS, "- {page: methods, part: A, briefs: true}\n", "belong to a page that a notebook makes"),
        ("evolution/{axis}", "evolution/axis", "the address has none in braces, and `for` names 'axis'"),
    ],
)
def test_an_entry_that_does_not_fit_is_named_with_its_mend(
    compendium: Path, before: str, after: str, message: str
) -> None:
    changed(compendium, before, after)
    with pytest.raises(InvalidData) as caught:
        runs.selected("en")
    assert message in str(caught.value)
    assert "notebooks/" in str(caught.value)


def test_a_new_kind_of_chapter_is_a_notebook_and_an_entry(compendium: Path) -> None:
    notebooks = compendium / "notebooks"
    (notebooks / "trends.ipynb").write_bytes((notebooks / "evolution.ipynb").read_bytes())
    entry = '- {page: "trends/{axis}", template: trends, for: [axis], part: Trends}\n'
    changed(compendium, METHODS, METHODS + entry)
    axes = [*config.load().entries("axis")]
    assert len(axes) == 6
    made = [run.page for run in runs.selected("en") if run.template == "trends"]
    assert made == [f"trends/{axis}" for axis in axes]
    assert [page.address for page in registry.contents("en")["Trends"]] == made


def test_the_matrix_gives_one_page_for_each_of_its_cells() -> None:
    cells = {(2012, "economy"), (2012, "living"), (2019, "governance"), (2021, "mobility")}
    made = {(run.parameters.get("edition"), run.parameters.get("axis")) for run in runs.runs(lang="en")}
    assert cells <= made
    assert not {(2019, "economy"), (2017, "governance")} & made


@pytest.mark.parametrize(
    ("lang", "pages"),
    [
        ("en", {"brief", "editions/2012/brief", "editions/2023/brief"}),
        ("eu", {"index", "editions/2012/brief", "editions/2023/brief"}),
    ],
)
def test_a_language_of_briefs_has_these_alone_and_begins_with_the_one_on_everything(lang: str, pages: set[str]) -> None:
    made = {run.page for run in runs.runs(lang=lang) if run.is_brief}
    assert pages <= made
    assert len(made) == 6
    assert (len(runs.runs(lang=lang)) == 6) == (lang == "eu")


def test_a_planned_value_has_no_page_in_a_language_of_briefs(compendium: Path) -> None:
    matrix = compendium / "data" / "study.yml"
    text = matrix.read_text(encoding="utf-8")
    planned = text.replace("2019: {status: published", "2019: {status: planned")
    planned = planned.replace("briefs: false", "briefs: true")
    assert "2019: {status: planned" in planned
    assert "briefs: true" in planned
    matrix.write_text(planned, encoding="utf-8")
    assert "editions/2019/brief" not in {run.page for run in runs.runs(lang="eu")}
    assert "editions/2019/brief" in {run.page for run in runs.runs(lang="en")}


MATRIX: list[tuple[Callable[[str], str], str]] = [
    (
        lambda text: text.replace("period: {section: periods}", "period: {section: period}"),
        "dimensions, period: there is no section 'period'",
    ),
    (lambda text: text.replace("of: axis", "of: axes"), "colours: There is no dimension 'axes'"),
    (lambda text: re.sub(r"^title: .*\n", "", text, flags=re.M), "lacks an entry.*title"),
]


@pytest.mark.parametrize(("change", "message"), MATRIX)
def test_a_matrix_that_names_what_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str], message: str
) -> None:
    text = (ROOT / "data" / "study.yml").read_text(encoding="utf-8")
    assert change(text) != text
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "study.yml").write_text(change(text), encoding="utf-8")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    with pytest.raises(InvalidData, match=message):
        config.load()
