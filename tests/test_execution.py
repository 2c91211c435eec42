import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from analysis import execution
from analysis.errors import NotebookFailed


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "chapter.ipynb"
    execution.write_whole(file, "before")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        execution.write_whole(file, "after")
    assert file.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["chapter.ipynb"]


def test_a_run_that_finds_the_disk_full_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "ProcessPoolExecutor", lambda _workers, _context: ThreadPoolExecutor(1))
    monkeypatch.setattr(execution, "execute", _on_a_full_disk)
    with pytest.raises(NotebookFailed, match=r"edition 2019, axis governance.*No space left on device"):
        execution.execute_all(execution.runs(2019, "governance", "en"))


def _on_a_full_disk(_run: execution.Run, _digests: object) -> None:
    raise OSError(28, "No space left on device")


def test_stored_outputs_of_a_template_do_not_make_its_runs_stale(tmp_path: Path) -> None:
    source = execution.template_file("front")
    notebook = nbformat.read(str(source), as_version=4)
    copy = tmp_path / "front.ipynb"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, str(copy))
    assert execution.template_code(copy) == execution.template_code(source)
    notebook.cells[-1].source += " more"
    nbformat.write(notebook, str(copy))
    assert execution.template_code(copy) != execution.template_code(source)
