import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from analysis import inventory, markup, paths
from analysis.exhibits import Part, Section
from analysis.language import language

ROOT = Path(__file__).resolve().parents[1]
# what it takes to execute and build
NEEDED = ("data/", "notebooks/", "src/", "book/", "_config.yml", "requirements.lock", "pyproject.toml", "CITATION.cff")
Study = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def compendium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the compendium that a test may break."""
    return copy_of_compendium(tmp_path / "compendium", monkeypatch)


def copy_of_compendium(target: Path, monkeypatch: pytest.MonkeyPatch | None = None) -> Path:
    with paths.standing_in(ROOT):
        inventory.copy_files(target, NEEDED)
    matrix = target / "data" / "study.yml"  # in English alone: the other languages execute the same
    matrix.write_text(re.sub(r"^(  (?!en)\w\w: .*)true", r"\1false", matrix.read_text(encoding="utf-8"),
                             flags=re.MULTILINE), encoding="utf-8")  # fmt: skip
    if monkeypatch is not None:
        monkeypatch.setenv("STUDY_ROOT", str(target))
    return target


def warm_up(root: Path, *languages: str) -> None:
    """Give a copy what was executed here; the ledger in the copy judges what of it is fresh, and the rest is executed."""
    state = ROOT / ".study"
    executed = [*(state / "kept").glob("*")]
    for lang in languages:
        executed += [*(state / "ledger").glob(f"{lang}-*"), *(ROOT / "book" / lang).rglob("*.ipynb")]
    for file in executed:
        (root / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file.relative_to(ROOT))


def made_copy(target: Path, command: str) -> Path:
    """Give a copy on which a command has been run, `run` say."""
    root = copy_of_compendium(target)
    warm_up(root, "en")
    result = run_study(root, command)
    assert result.returncode == 0, result.stderr
    return root


@pytest.fixture
def study(compendium: Path) -> Study:
    """Run the command `study` on the copy of the compendium."""
    return lambda *arguments: run_study(compendium, *arguments)


def html_of(*shown: Section | Part, lang: str = "en") -> str:
    """Give the HTML of what a chapter puts out, with pictures and downloads inside."""
    parts = [part for item in shown for part in (item.parts if isinstance(item, Section) else [item])]
    return markup.render([part.part() for part in parts], language(lang))


def shown_by_cell(section: Section, source: str = "chapter.answers", id: str = "a") -> nbformat.NotebookNode:
    """Give a cell of a notebook as an execution leaves it."""
    outputs = [
        new_output("display_data", data, metadata=nbformat.from_dict(metadata)) for data, metadata in section.outputs()
    ]
    cell: nbformat.NotebookNode = new_code_cell(source, id=id, outputs=outputs, metadata={"tags": ["hide-input"]})
    return cell


def run_study(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from analysis.cli import main; main()", *arguments]
    # the copy's own library, so that a test may change it
    environment = os.environ | {"STUDY_ROOT": str(root), "PYTHONPATH": str(root / "src"), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=900)
