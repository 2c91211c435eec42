"""What makes a result stale, and in which words; what does not."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import made_copy, run_study

from analysis import provenance, tables
from analysis.execution import keys, runs

Edit = Callable[[str], str]
NOTEBOOKS = len(runs.runs(lang="en"))


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a compendium of which everything is fresh."""
    return made_copy(tmp_path_factory.mktemp("ledger") / "compendium", "run")


@pytest.fixture
def root(executed: Path, tmp_path: Path) -> Path:
    """Give a copy of it that a test may change."""
    return Path(shutil.copytree(executed, tmp_path / "compendium"))


def states(root: Path) -> dict[str, tuple[str, list[str]]]:
    """Ask `study status` and give state and reasons by page."""
    rows = json.loads(run_study(root, "status", "--json").stdout)
    names = (" ".join(str(v) for k, v in row["parameters"].items() if k != "lang") for row in rows)
    return {
        f"{row['notebook']} {name}".strip(): (row["state"], row["reasons"])
        for row, name in zip(rows, names, strict=True)
    }


def stale(root: Path) -> dict[str, list[str]]:
    return {name: reasons for name, (state, reasons) in states(root).items() if state != "fresh"}


def edit(file: Path, change: Edit) -> None:
    before = file.read_text(encoding="utf-8")
    assert change(before) != before
    file.write_text(change(before), encoding="utf-8")


def test_nothing_is_stale_after_a_run_whatever_the_times_of_the_files(root: Path) -> None:
    for file in root.rglob("*"):
        if file.is_file():
            file.touch()
    assert stale(root) == {}
    assert f"0 notebooks executed, {NOTEBOOKS} fresh already" in run_study(root, "run").stderr


def test_a_changed_row_makes_stale_what_reads_it_and_nothing_else(root: Path) -> None:
    edit(root / "data" / "published" / "findings.csv", lambda text: text.replace("F2017-02,2017,", "F2017-92,2017,"))
    found = stale(root)
    assert set(found) == {
        "axis 2017 economy", "edition 2017", "brief 2017", "evolution economy", "front", "outlook", "brief all", "sources",
    }  # fmt: skip
    assert found["axis 2017 economy"] == ["findings, axis economy; edition 2017: 1 row changed"]
    assert found["edition 2017"] == ["findings, edition 2017: 1 row changed"]
    assert found["sources"] == ["findings: 1 row changed"]
    text = run_study(root, "status").stdout
    assert f"{NOTEBOOKS - 8} fresh, 8 stale." in " ".join(text.split())
    assert "If it was meant to change: study digests." in run_study(root, "run").stderr
    assert run_study(root, "digests").stdout == "data/published/datapackage.json is written.\n"
    assert set(stale(root)) == set(found)  # a digest is read by the page of sources alone
    assert f"8 notebooks executed, {NOTEBOOKS - 8} fresh already" in run_study(root, "run").stderr
    assert stale(root) == {}


def test_a_new_row_for_one_edition_does_not_repeat_another(root: Path) -> None:
    values = root / "data" / "indicators" / "values.csv"
    row = next(
        line for line in values.read_text(encoding="utf-8").splitlines() if line.startswith("mob_pt_access,city")
    )
    place = row.split(",")[2]
    edit(
        values, lambda text: text + row.replace(f",{row.split(',')[4]},", ",2007,").replace(place, "1006984", 1) + "\n"
    )
    found = stale(root)
    # years that 2012 looks at, and 2023 under none of its alternatives
    assert "axis 2023 mobility" not in found
    assert any(
        "values, indicator_id mob_pt_access; year " in reason and ": 1 row added" in reason
        for reason in found["axis 2012 mobility"]
    )
    assert run_study(root, "digests").stdout == "data/indicators/datapackage.json is written.\n"
    after = stale(root)
    assert set(after) == set(found)
    assert "axis 2019 governance" not in after


def test_a_changed_module_makes_stale_what_imports_it_alone(root: Path) -> None:
    edit(root / "src" / "analysis" / "chapters" / "cities.py", lambda text: text.replace("MINIMUM_GROUP]", "2]", 1))
    found = stale(root)
    assert {name.split()[0] for name in found} == {"axis", "brief"}
    assert len(found) == 24
    assert set(map(tuple, found.values())) == {("src/analysis/chapters/cities.py changed",)}
    text = " ".join(run_study(root, "status").stdout.split())
    assert f"src/analysis/chapters/cities.py changed: 24 of {NOTEBOOKS} notebooks depend on it." in text


def test_a_module_that_nothing_imports_and_a_comment_count_for_nothing(root: Path) -> None:
    edit(root / "src" / "analysis" / "publishing" / "book.py", lambda text: text + "\nEXTRA = 1\n")
    edit(root / "src" / "analysis" / "chapters" / "cities.py", lambda text: text + "\n# a comment\n")
    assert stale(root) == {}


def test_a_style_sheet_that_a_module_names_belongs_to_it(root: Path) -> None:
    edit(root / "src" / "analysis" / "study.mplstyle", lambda text: text + "\nlines.linewidth: 3\n")
    assert set(map(tuple, stale(root).values())) == {("src/analysis/study.mplstyle changed",)}


def test_a_changed_template_names_the_cell(root: Path) -> None:
    edit(root / "notebooks" / "front.ipynb", lambda text: text.replace("## The editions", "## Editions"))
    assert stale(root) == {"front": ["the template notebooks/front.ipynb changed (cell 5)"]}


def test_outputs_stored_in_a_template_count_for_nothing(root: Path) -> None:
    edit(root / "notebooks" / "front.ipynb", lambda text: text.replace("<svg></svg>", "<svg>1</svg>"))
    assert stale(root) == {}


def test_a_changed_lock_names_the_package(root: Path) -> None:
    edit(
        root / "requirements.lock",
        lambda text: re.sub(r"^matplotlib==\S+", "matplotlib==9.9", text, flags=re.MULTILINE),
    )
    reasons = set(map(tuple, stale(root).values()))
    assert len(stale(root)) == NOTEBOOKS
    assert re.fullmatch(r"requirements.lock changed: matplotlib \S+ became 9.9", reasons.pop()[0])


def test_a_new_edition_leaves_the_chapters_of_the_others_alone(root: Path) -> None:
    edit(root / "data" / "study.yml", lambda text: text + "\n  2031: {status: planned, axes: [living]}\n")
    found = states(root)
    assert found["axis 2031 living"] == ("missing", ["never executed"])
    assert found["axis 2019 governance"] == ("fresh", [])
    assert found["front"] == ("stale", ["data/study.yml: editions changed"])


def test_the_own_entry_of_an_edition_counts(root: Path) -> None:
    edit(root / "data" / "study.yml", lambda text: text.replace("2019: {status: published", "2019: {status: draft"))
    found = stale(root)
    assert found["axis 2019 governance"] == ["data/study.yml: editions 2019 changed"]
    assert "axis 2017 economy" not in found


def test_a_result_that_was_changed_is_made_again_and_one_without_entry_too(root: Path) -> None:
    chapter = root / "book" / "en" / "editions" / "2019" / "governance.ipynb"
    before = chapter.read_bytes()
    chapter.write_bytes(before.replace(b"Governance", b"Govenrance"))
    (root / ".study" / "ledger" / "en-index.json").write_text("{", encoding="utf-8")
    assert stale(root) == {
        "axis 2019 governance": ["the result was changed after it was made"],
        "front": ["nothing is known of how the result was made"],
    }
    assert "2 notebooks executed" in run_study(root, "run").stderr
    assert chapter.read_bytes() == before


def test_without_the_kept_copies_rows_are_still_known_to_have_changed(root: Path) -> None:
    shutil.rmtree(root / ".study" / "kept")
    edit(root / "data" / "published" / "findings.csv", lambda text: text.replace("F2017-02,2017,", "F2017-92,2017,"))
    assert stale(root)["edition 2017"] == ["findings, edition 2017: rows changed"]


def test_the_closure_follows_imports_through_packages_relative_names_and_functions() -> None:
    found = keys.closure(["analysis.chapters.axis"])
    assert {
        "analysis/__init__.py",
        "analysis/chapters/cities.py",
        "analysis/tables.py",
        "analysis/exhibit.html",
    } <= set(found)
    assert "analysis/chapters/edition.py" not in found
    assert "analysis/cli.py" not in found
    assert "analysis/execution/children.py" in keys.closure(["analysis.execution.engine"])  # imported within a function


def test_the_rows_of_a_slice_are_digested_as_they_stand_in_the_file() -> None:
    tables.read("findings", edition=2019)
    noted = next(one for one in provenance.readings() if (one.source, one.text) == ("findings", "edition = 2019"))
    rows = tables.rows(noted)
    assert rows.digest == noted.digest
    assert len(set(rows.rows)) == noted.rows
    assert provenance.unpacked(json.loads(json.dumps(provenance.packed(noted)))) == noted
