"""Faults: what goes wrong around the build ends in one message or mends itself, and docs/faults.md says so row by row."""

import ast
import ctypes
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import typst
from conftest import ROOT, Study, copy_of_compendium, run_study
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import files, paths, study, tables, templates, translations, validation
from analysis.errors import BookFailed, StudyError
from analysis.execution import keys, ledger, runs
from analysis.publishing import book, citing, typed
from analysis.publishing import print as printing
from analysis.publishing.blocks import read

DOCUMENT = ROOT / "docs" / "faults.md"
FAULTS = (
    "full disk", "killed at random", "read-only folder", "clock set back", "corrupt cache: ledger entry", "corrupt cache: kept table",
    "corrupt cache: modules.json", "corrupt cache: marks of what was found good", "truncated file: table", "truncated file: notebook",
    "truncated file: catalogue", "truncated file: descriptor", "truncated file: matrix, configuration or list of pages",
    "truncated file: executed notebook", "wrong encoding", "missing font", "two builds at once", "tampered picture", "tampered receipt",
    "tampered data", "tampered sentence", "tampered download", "tampered page or other file", "tampered PDF", "missing or added file",
    "tampered picture together with its receipt", "worker of a cluster lost", "cell that hangs, dies or floods", "damaged upload",
    "table saved otherwise", "audit of nothing", "fault in a declaration of the audit", "fault in the registry of pages",
    "document of another release",
    "settings of a user", "another package of our name", "another version of Python", "other line endings",
    "locale without the letters of a folder", "wrong parameter", "bad date of the source",
)  # fmt: skip


# the document


@lru_cache(maxsize=1)
def table() -> dict[str, tuple[str, ...]]:
    """Read the table of the document: for each fault what was tried, what happens, what is said, and the tests."""
    rows = [
        tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    assert rows[0] == ("fault", "what was tried", "what happens", "what the user is told", "kept by")
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows[1:]}


def named(row: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Give the tests that a row names: file, function, and parameter where one is named."""
    return [
        (file, name, parameter)
        for file, name, parameter in re.findall(r"`(test_\w+)::(test_\w+)(?:\[([^\]`]+)\])?`", row[-1])
    ]


def functions(file: str) -> dict[str, str]:
    """Give the tests of a file, each with its source, decorators included."""
    source = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
    found = (
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )
    lines = source.splitlines()
    return {
        node.name: "\n".join(
            lines[min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1 : node.end_lineno]
        )
        for node in found
    }


def test_every_fault_has_a_row_and_every_row_is_a_fault() -> None:
    assert set(table()) == set(FAULTS)
    assert all(all(cells) for cells in table().values())


@pytest.mark.parametrize("fault", FAULTS)
def test_every_row_names_tests_that_there_are(fault: str) -> None:
    tests = named(table()[fault])
    assert tests
    for file, name, parameter in tests:
        source = functions(file).get(name)
        assert source, f"tests/{file}.py has no {name}"
        assert not parameter or re.search(rf"\b{parameter}\b", source), f"{name} has no parameter {parameter}"
        assert "pytest.mark.skip(" not in source
        assert "xfail" not in source


def test_every_test_of_a_fault_in_this_file_has_its_row() -> None:
    told = {name for row in table().values() for file, name, _ in named(row) if file == "test_faults"}
    of_document = {name for name in functions("test_faults") if name.startswith("test_every_")}
    assert told == set(functions("test_faults")) - of_document


# files that were cut, or saved in another encoding


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def in_latin(content: bytes) -> bytes:
    return content + "\n# Bogotá\n".encode("latin-1")


READERS: dict[str, Callable[[], Any]] = {
    "data/published/datapackage.json": tables.descriptors,
    "data/study.yml": study.load,
    "notebooks/axis.ipynb": lambda: runs.cells("axis"),
    "_config.yml": lambda: book._config("en"),
    "notebooks/pages.yml": lambda: book.contents("en"),
    "CITATION.cff": citing.description,
    "book/en/methods.md": lambda: typed.search(["en"]),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_in_another_encoding_is_named_with_its_line(compendium: Path, name: str) -> None:
    file = compendium / name
    file.write_bytes(in_latin(file.read_bytes()))
    line = file.read_bytes().count(b"\n")
    with pytest.raises(StudyError) as caught:
        READERS[name]()
    assert str(caught.value).startswith(f"{name}, line {line}: this is no text in UTF-8.")


@pytest.mark.parametrize("name", ["data/published/datapackage.json", "notebooks/axis.ipynb"])
@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 0.99))
def test_a_descriptor_or_template_cut_anywhere_is_named(name: str, share: float) -> None:
    content = (ROOT / name).read_text(encoding="utf-8").rstrip("\n")
    text = content[: int(len(content) * share)]
    with pytest.raises((StudyError, ValueError, KeyError, TypeError)) as caught:
        templates._cells(text, "axis") if name.endswith("ipynb") else tables._package(text)
    if name.endswith("ipynb"):
        assert str(caught.value).startswith("notebooks/axis.ipynb cannot be read as a notebook: ")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data/published/datapackage.json", cut, "data/published/datapackage.json cannot be read as a Data Package"),
        (
            "data/published/datapackage.json",
            lambda _: b"[]",
            "data/published/datapackage.json cannot be read as a Data Package",
        ),
        ("data/study.yml", cut, "data/study.yml"),
        ("data/study.yml", lambda _: b"", "data/study.yml lacks an entry"),
        ("notebooks/axis.ipynb", cut, "notebooks/axis.ipynb cannot be read as a notebook"),
        ("notebooks/axis.ipynb", lambda _: b"", "notebooks/axis.ipynb cannot be read as a notebook"),
        ("_config.yml", lambda _: b"title: x\nparse: [", "_config.yml cannot be read as YAML"),
        ("_config.yml", lambda _: b"title: x\n", "_config.yml lacks an entry or has one of the wrong kind"),
        ("notebooks/pages.yml", lambda _: b"- how-to-read\n- [", "notebooks/pages.yml cannot be read as YAML"),
        ("notebooks/pages.yml", lambda _: b"", "notebooks/pages.yml must be a list of entries"),
        ("CITATION.cff", lambda _: b"title: [", "CITATION.cff cannot be read as YAML"),
    ],
)
def test_a_file_that_was_cut_is_named(
    compendium: Path, name: str, content: Callable[[bytes], bytes], message: str
) -> None:
    file = compendium / name
    file.write_bytes(content(file.read_bytes()))
    with pytest.raises(StudyError) as caught:
        READERS[name]()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (cut, "data/published/findings.csv, row "),
        (in_latin, "data/published/findings.csv, line "),
        (
            lambda content: b"\r\n".join(content.splitlines()[:20]) + b"\r\n",
            "data/published/findings.csv",
        ),  # at the end of a row
    ],
)
def test_a_table_that_was_cut_or_saved_otherwise_is_named(
    compendium: Path, content: Callable[[bytes], bytes], message: str
) -> None:
    file = compendium / "data" / "published" / "findings.csv"
    file.write_bytes(content(file.read_bytes()))
    found = validation.validate(["findings"])
    assert found
    assert found[0].startswith(message)


@pytest.mark.parametrize("content", [cut, in_latin, lambda _: b"\xff\xfe\0"])
def test_a_catalogue_that_was_cut_or_saved_otherwise_stops_what_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "fr.po"
    file.write_bytes(content(translations.file_of("fr").read_bytes()))
    monkeypatch.setattr(translations, "file_of", lambda _lang: file)
    monkeypatch.setattr(paths, "state", lambda: tmp_path / ".study")  # where nothing was found good before
    with pytest.raises(StudyError, match=r"fr\.po cannot be read|In 'fr', \d+ things are missing"):
        translations.check(("fr",))


# the folder .study


def settled(compendium: Path) -> Path:
    """Give a compendium in which one chapter was executed."""
    result = run_study(compendium, "run", "--edition", "2017", "--axis", "economy")
    assert result.returncode == 0, result.stderr
    return compendium


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settled(copy_of_compendium(tmp_path_factory.mktemp("faults") / "compendium"))


def state(root: Path) -> dict[str, Any]:
    result = run_study(root, "status", "--edition", "2017", "--axis", "economy", "--json")
    assert result.returncode == 0, result.stderr
    (row,) = json.loads(result.stdout)
    return dict(row)


SPOILT = {
    "empty": b"", "half": b'{"a": {"digest": "x", ', "binary": b"\xff\xfe\0\1", "list": b"[]", "number": b"5", "text": b'"abc"', "null": b"null",
    "other": b'{"output": 1, "parameters": null, "code": {}, "readings": [], "files": null, "seconds": "x"}', "of lists": b'{"a": []}',
    "of other entries": b'{"a": {"digest": 5, "imports": 5, "files": 5}}',
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILT)
def test_what_is_known_of_modules_may_be_spoilt(executed: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_ROOT", str(executed))
    file = executed / ".study" / "modules.json"
    good = keys.closure(["analysis.chapters.axis"])
    file.write_bytes(SPOILT[kind])
    assert keys.closure(["analysis.chapters.axis"]) == good
    assert json.loads(file.read_text(encoding="utf-8"))  # made anew


@pytest.mark.parametrize("kind", SPOILT)
def test_an_entry_of_the_ledger_may_be_spoilt(executed: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_ROOT", str(executed))
    run = next(run for run in runs.runs(2017, "economy", "en") if run.template == "axis")
    file = executed / ".study" / "ledger" / f"{run.key}.json"
    kept = file.read_bytes()
    file.write_bytes(SPOILT[kind])
    try:
        (found,) = ledger.Check().states([run])
    finally:
        file.write_bytes(kept)
    assert (found.state, found.reasons) == (ledger.STALE, ("nothing is known of how the result was made",))
    assert ledger.entry_of(run) is not None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_of_an_entry_may_be_another(executed: Path, data: st.DataObject) -> None:
    (file,) = (executed / ".study" / "ledger").glob("*.json")
    entry = json.loads(file.read_text(encoding="utf-8"))
    places = [(entry, key) for key in entry] + [(entry["code"], key) for key in entry["code"]]
    places += [(entry["readings"], n) for n in range(len(entry["readings"]))] + [
        (entry["files"], key) for key in entry["files"]
    ]
    inside, key = data.draw(st.sampled_from(places))
    inside[key] = data.draw(st.sampled_from([None, 5, "x", [], {}, [[]], {"x": {}}, [1, 2, 3, 4], True]))
    spoilt = executed / ".study" / "spoilt.json"
    spoilt.write_text(json.dumps(entry), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(executed))
        patch.setattr(ledger, "_file", lambda _run: spoilt)
        run = next(run for run in runs.runs(2017, "economy", "en") if run.template == "axis")
        (found,) = ledger.Check().states([run])
    assert found.state in (ledger.STALE, ledger.FRESH)  # fresh where the value counts for nothing, as seconds do


@pytest.mark.parametrize("spoil", [cut, in_latin, lambda _: b"\xff\xfe\0"])
def test_a_kept_table_may_be_spoilt(executed: Path, spoil: Callable[[bytes], bytes]) -> None:
    before = state(executed)
    kept = {file: file.read_bytes() for file in (executed / ".study" / "kept").iterdir()}
    table = executed / "data" / "published" / "findings.csv"
    content = table.read_bytes()
    try:
        for file, raw in kept.items():
            file.write_bytes(spoil(raw))
        assert state(executed) == before
        table.write_bytes(content.replace(b"F2017-02,2017,", b"F2017-92,2017,"))
        assert state(executed)["reasons"][-1].startswith("findings, axis economy; edition 2017: ")
    finally:
        table.write_bytes(content)
        for file, raw in kept.items():
            file.write_bytes(raw)


def test_marks_of_what_was_found_good_may_be_spoilt(executed: Path) -> None:
    for name in ("good-data", "good-translations", "good-numbers"):
        file = executed / ".study" / name
        for content in (b"\xff\xfe\0", b"", b"x"):
            file.write_bytes(content)
            assert not files.holds(file, "abc")
    result = run_study(executed, "run", "--edition", "2017", "--axis", "economy")
    assert (result.returncode, "Traceback" in result.stderr) == (0, False)
    assert re.fullmatch("[0-9a-f]{64}", (executed / ".study" / "good-data").read_text(encoding="utf-8"))


def test_an_executed_notebook_that_was_cut_is_made_again(executed: Path) -> None:
    chapter = executed / "book" / "en" / "editions" / "2017" / "economy.ipynb"
    whole = chapter.read_bytes()
    chapter.write_bytes(cut(whole))
    assert state(executed)["reasons"] == ["the result was changed after it was made"]
    settled(executed)
    assert chapter.read_bytes() == whole


# the machine


def without_rights() -> None:
    """Let a process of the administrator obey the rights of files as everybody does."""
    drop_from_bounding_set, override = 24, 1
    ctypes.CDLL(None).prctl(drop_from_bounding_set, override, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="rights are taken from the administrator by a call of Linux")
@pytest.mark.parametrize("name", ["book/en/editions/2017", ".study"])
def test_a_folder_without_the_right_to_write_is_named_and_what_was_there_stays(executed: Path, name: str) -> None:
    chapter = executed / "book" / "en" / "editions" / "2017" / "economy.ipynb"
    before = chapter.read_bytes()
    closed = [folder for folder in (executed / name, *(executed / name).rglob("*")) if folder.is_dir()]
    for folder in closed:
        folder.chmod(0o555)
    try:
        result = subprocess.run(
            [sys.executable, "-c", "from analysis.cli import main; main()", "run", "--edition", "2017", "--axis", "economy", "--force"],
            cwd=executed, env=os.environ | {"STUDY_ROOT": str(executed), "PYTHONPATH": str(executed / "src")}, capture_output=True,
            text=True, check=False, preexec_fn=without_rights,
        )  # fmt: skip
    finally:
        for folder in closed:
            folder.chmod(0o755)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert re.search(rf"Permission denied \({re.escape(name)}/[^)]+\)\.", result.stderr), result.stderr
    assert chapter.read_bytes() == before


def test_a_clock_that_was_set_back_changes_nothing(executed: Path) -> None:
    chapter = executed / "book" / "en" / "editions" / "2017" / "economy.ipynb"
    before = chapter.read_bytes()
    start = "import time_machine; time_machine.travel('2001-01-01', tick=True).start(); from analysis.cli import main; main()"

    def in_2001(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", start, *arguments, "--edition", "2017", "--axis", "economy"], cwd=executed, capture_output=True, text=True,
            env=os.environ | {"STUDY_ROOT": str(executed), "PYTHONPATH": str(executed / "src")}, check=False,
        )  # fmt: skip

    assert json.loads(in_2001("status", "--json").stdout)[0]["state"] == "fresh"
    done = in_2001("run", "--force")
    assert done.returncode == 0, done.stderr
    assert chapter.read_bytes() == before
    assert state(executed)["state"] == "fresh"


def test_a_type_that_is_missing_stops_the_print_edition(
    study: Study, compendium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (compendium / "book" / "en" / "kinds.md").write_text("# Kinds\n\nA letter \N{SNOWMAN}.\n", encoding="utf-8")
    page = read("en", "kinds", ["kinds"], {})
    target = compendium / "kinds.pdf"
    monkeypatch.setattr(printing, "_types", lambda: typst.Fonts(include_system_fonts=False))
    with pytest.raises(BookFailed, match=r"The print edition was not made: .+ It stands in: kinds\."):
        printing.write([page], target, "en")
    assert not target.exists()
    monkeypatch.undo()
    assert Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf").is_file()  # with it the letter is printed
    monkeypatch.setenv("STUDY_ROOT", str(compendium))
    printing.write([page], target, "en")
    assert target.read_bytes().startswith(b"%PDF")
