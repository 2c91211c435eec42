"""Wrong input ends with one message that a newcomer can act on."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, Study


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--edition", "2018"], "There is no edition '2018' in data/study.yml. Known: 2012, 2017"),
        (["run", "-p", "edtion", "2019"], "There is no dimension 'edtion' in data/study.yml. Did you mean 'edition'?"),
        (["run", "-p", "edition", "MMXIX"], "There is no edition 'MMXIX' in data/study.yml. Known: 2012"),
        (["run", "--edition", "2019", "--axis", "living"], "Edition 2019 has no chapter on the axis 'living'"),
        (["run", "--axis", "econmy"], "Did you mean 'economy'?"),
        (["book", "--lang", "fr"], "not written in 'fr' yet"),
        (["validate", "data/nothing.csv"], "is no table of the compendium"),
    ],
)
def test_a_name_that_is_not_there_ends_with_status_one_and_a_message(
    study: Study, arguments: list[str], message: str
) -> None:
    result = study(*arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["run", "--edtion", "2019"], ["run", "-p", "edition"], ["walk"]])
def test_wrong_usage_ends_with_status_two(study: Study, arguments: list[str]) -> None:
    assert study(*arguments).returncode == 2


def test_a_broken_row_stops_a_run_before_anything_is_executed(study: Study, compendium: Path) -> None:
    file = compendium / "data" / "published" / "findings.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",75,percent", ",seventy-five,percent", 1), encoding="utf-8")
    result = study("run", "--edition", "2017")
    assert result.returncode == 1
    assert "data/published/findings.csv, row 5, field 'value', value 'seventy-five'. Expected:" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (compendium / "book" / "en" / "editions").exists()


def test_a_cell_that_raises_is_named_and_the_others_are_done(study: Study, compendium: Path) -> None:
    file = compendium / "notebooks" / "axis.ipynb"
    notebook = nbformat.read(str(file), as_version=4)
    number = next(i for i, cell in enumerate(notebook.cells) if cell.source == "chapter.cities")
    notebook.cells[number].source = "chapter.cities\n1 / 0"
    nbformat.write(notebook, str(file))
    result = study("run", "--edition", "2017")
    assert result.returncode == 1
    assert "1 of 3 notebooks failed; the others are done." in result.stderr
    assert "notebooks/axis.ipynb (edition 2017, axis economy, lang en), cell" in result.stderr
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "papermill notebooks/axis.ipynb out.ipynb -p edition 2017 -p axis economy -p lang en" in result.stderr
    assert "Traceback" not in result.stderr
    chapters = compendium / "book" / "en" / "editions" / "2017"
    assert sorted(one.name for one in chapters.iterdir()) == ["brief.ipynb", "index.ipynb"]


def test_a_template_that_is_gone_is_named(study: Study, compendium: Path) -> None:
    (compendium / "notebooks" / "edition.ipynb").unlink()
    result = study("run", "--edition", "2017")
    assert result.returncode == 1
    assert "notebooks/edition.ipynb is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_outside_a_compendium_the_message_says_where_to_go(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from analysis.cli import main; main()", "status"],
        cwd=tmp_path, env={"STUDY_ROOT": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert "data/study.yml was not found" in result.stderr


def test_the_papermill_command_shows_the_seven_shares_by_itself(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    papermill = [sys.executable, "-m", "papermill", "notebooks/axis.ipynb", str(out)]
    given = ["-p", "edition", "2017", "-p", "axis", "economy", "-p", "lang", "en"]
    subprocess.run([*papermill, *given, "--no-progress-bar"], cwd=ROOT, check=True, capture_output=True)
    text = out.read_text(encoding="utf-8")
    assert re.search(r"15 of 20 +53% – 89% +inferred", text)
    assert re.search(r"60% +unknown F2017-03", text)


_IMPORTS = """
import atexit, sys
atexit.register(lambda: print("HEAVY", sorted({"scipy", "statsmodels", "seaborn"} & set(sys.modules)), file=sys.stderr))
from analysis.cli import main
main()
"""


@pytest.mark.parametrize("argument", ["--help", "status"])
def test_commands_that_compute_nothing_do_not_wait_for_libraries_of_statistics(compendium: Path, argument: str) -> None:
    result = subprocess.run([sys.executable, "-c", _IMPORTS, argument], cwd=compendium, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "HEAVY []" in result.stderr
