"""The engine makes a book of another study: its own dimensions, languages, colours and licence, and no code but its notebooks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.slow
HERE = ROOT / "tests" / "second_study"
PAGES = {"waves/1/lending", "waves/2/lending", "waves/2/company", "summary"}


def study(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from smart_cities_study import main; main()", *arguments]
    environment = os.environ | {"STUDY_ROOT": str(root), "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=900)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the second study with its book."""
    root = tmp_path_factory.mktemp("second") / "study"
    shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("_build", ".study", "*.ipynb_checkpoints", "waves"))
    for made in (root / "book").rglob("*.ipynb"):
        made.unlink()
    result = study(root, "book")
    assert result.returncode == 0, result.stderr
    return root


def test_it_has_a_page_for_each_combination_in_each_language(second: Path) -> None:
    rows = json.loads(study(second, "status", "--json").stdout)
    assert len(rows) == 2 * len(PAGES)
    assert {row["state"] for row in rows} == {"fresh"}
    for lang in ("en", "fr"):
        made = second / "_build" / "html" / lang
        for page in {*PAGES, "index", "method"}:
            assert (made / f"{page}.html").is_file(), page


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ["Village Libraries", "Text and figures are in the public domain.", "Borrows a book a month: 42 of 60"]),
        ("fr", ["Bibliothèques de village", "sont dans le domaine public.", "Emprunte un livre par mois : 42"]),
    ],
)
def test_a_page_speaks_of_this_study_alone(second: Path, lang: str, texts: list[str]) -> None:
    page = (second / "_build" / "html" / lang / "waves" / "2" / "lending.html").read_text(encoding="utf-8")
    for text in [*texts, "#7A3E00"]:
        assert text in page
    for other in ("Smart Cities", "UCLG", "Bilbao", "CC BY"):
        assert other not in page, other


def test_a_run_is_chosen_by_the_dimensions_of_the_study(second: Path) -> None:
    result = study(second, "run", "-p", "wave", "2", "-p", "theme", "company", "-p", "lang", "fr")
    assert "0 notebooks executed, 1 fresh already." in result.stderr
    result = study(second, "run", "-p", "wave", "1", "-p", "theme", "company")
    assert result.returncode == 1
    assert "Wave 1 has no chapter on the theme 'company'. It covers: lending." in result.stderr


def test_the_book_verifies_and_a_tampered_one_does_not(second: Path) -> None:
    result = study(second, "verify")
    assert result.returncode == 0, result.stdout + result.stderr
    page = second / "_build" / "html" / "en" / "summary.html"
    text = page.read_text(encoding="utf-8")
    assert "60 in the last" in text
    page.write_text(text.replace("60 in the last", "61 in the last"), encoding="utf-8")
    result = study(second, "verify")
    page.write_text(text, encoding="utf-8")
    assert result.returncode == 1
    assert "61 in the last" in result.stdout + result.stderr


def test_what_a_new_value_changes_is_told(second: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(second, old)
    changed = tmp_path / "new"
    shutil.copytree(second, changed)
    table = changed / "data" / "answers" / "answers.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",33,60", ",36,60"), encoding="utf-8")
    assert study(changed, "digests").returncode == 0
    result = study(changed, "diff", str(old / "_build"), ".")
    assert result.returncode == 0, result.stderr
    assert "en: 1 page changed, 3 of the same meaning" in result.stdout
    assert "[-33-]{+36+} of 60 readers." in result.stdout
    assert "exhibit 'wave-2-company': other data" in result.stdout


def test_nothing_of_it_is_needed_by_this_study() -> None:
    matrix = yaml.safe_load((HERE / "data" / "study.yml").read_text(encoding="utf-8"))
    assert "library" not in matrix
    assert "extension" not in matrix
    assert set(matrix["dimensions"]) == {"wave", "theme"}
