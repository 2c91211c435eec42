"""The same result for everyone, whatever the version of Python, the settings of a user, and the ends of lines."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT, copy_of_compendium, run_study
from nbformat.v4 import new_code_cell, new_notebook, new_output

from analysis import digests, drawing, figures, files, library, study, surroundings, tables, translations
from analysis.errors import StudyError, UnknownParameter
from analysis.execution import keys, syntax
from analysis.execution import notebook as finishing
from analysis.parameters import fitting

CELL = ("run", "--edition", "2019", "--axis", "governance")
PAGE = "book/en/editions/2019/governance.ipynb"


# other versions of Python


def other_pythons() -> Iterator[tuple[str, str | None]]:
    """Name the other versions that the project runs on, each with its interpreter where there is one."""
    named = os.environ.get("STUDY_PYTHONS", "").split(os.pathsep)
    for version in ("3.11", "3.12", "3.13"):
        if version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            ours = [path for path in named if path and version in path]
            python = ours[0] if ours else shutil.which(f"python{version}")
            yield version, python if python and _runs(python) else None


def _runs(python: str) -> bool:
    """Say whether an interpreter is one, and not a signpost to what is not chosen."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


FSTRINGS = r"""
x = 1; w = 5
a = f"{x}{{}}{x!r:>{w}}" "b" f"c{x=}{x = :.2f}" f'' "z"
b = f"{x:}"; c = f"\N{EN DASH}{x}\n"; d = f"abc" "def"; e = u"x"
g = f"{x:%H:%M}{{{x}}}"; h = f"{x!s:{'>'}{w}}" f"{ {1: 2}[1]}"
i = f"a\
b{x}"
def t(*a, **k) -> None: "ñ \U0001FAE8"
class C: pass
"""


@pytest.mark.parametrize(("version", "python"), list(other_pythons()))
def test_code_has_the_same_digest_with_another_python(version: str, python: str | None, tmp_path: Path) -> None:
    if python is None:
        pytest.skip(f"Python {version} is not here; name it in STUDY_PYTHONS")
    (tmp_path / "fstrings.py").write_text(FSTRINGS, encoding="utf-8")
    modules = [tmp_path / "fstrings.py", *sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "tests").glob("*.py"))]
    command = [python, "-I", syntax.__file__, *map(str, modules)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = {line[65:]: line[:64] for line in result.stdout.splitlines()}
    assert len(theirs) == len(modules) > 150
    assert theirs == {str(file): syntax.digest_of(file.read_bytes()) for file in modules}


def test_what_code_does_counts_and_how_it_is_written_does_not() -> None:
    same = ["x = f'a{b}'  # why\n", "x=f'a' f'{b}'\r\n", "x = (\n    f'a{b}')\n"]
    other = ["x = f'a{b!r}'\n", "x = 'a{b}'\n", "y = f'a{b}'\n", "x = f'a{b}'; y = None\n", "x = f'a{b:>2}'\n"]
    assert len({syntax.digest_of(source) for source in same}) == 1
    assert len({syntax.digest_of(source) for source in [same[0], *other]}) == len(other) + 1
    kinds = ["x = 1", "x = 1.0", "x = True", "x = '1'", "x = b'1'", "x = None", "x = ()", "x = ...", "x: int = 1"]
    assert len({syntax.digest_of(source) for source in kinds}) == len(kinds)


def test_an_executed_notebook_does_not_name_the_version_of_python() -> None:
    notebook = new_notebook(metadata={"language_info": {"name": "python", "version": "3.11.7"}})
    finishing.normalise(notebook)
    assert notebook.metadata["language_info"] == {"name": "python"}


def test_last_digits_do_not_show_in_a_picture() -> None:
    first = '<clipPath id="p91e7c748ba"/><g clip-path="url(#p91e7c748ba)" transform="translate(7.0046 301.913437) scale(0.015625)"/>'
    other = '<clipPath id="p593b9fbbf0"/><g clip-path="url(#p593b9fbbf0)" transform="translate(7.0046 301.913438) scale(0.015625)"/>'
    shown = drawing._without_last_digits(first)
    assert shown == drawing._without_last_digits(other)
    assert (
        shown == '<clipPath id="p1"/><g clip-path="url(#p1)" transform="translate(7.0046 301.9134) scale(0.015625)"/>'
    )


# settings of a user


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    root = copy_of_compendium(tmp_path_factory.mktemp("usual") / "compendium")
    assert run_study(root, *CELL).returncode == 0
    return (root / PAGE).read_bytes()


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_users_settings_do_not_show_and_nothing_stays_in_the_folder_of_temporary_files(
    engine: str, usual: bytes, tmp_path: Path
) -> None:
    root, others, temporary = copy_of_compendium(tmp_path / "compendium"), tmp_path / "others", tmp_path / "t"
    (others / "analysis").mkdir(parents=True)
    (others / "analysis" / "__init__.py").write_text("raise ImportError('another')", encoding="utf-8")
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nno.such.key: 1\n", encoding="utf-8")
    (tmp_path / "home").write_text("a file, so that nothing can be written there", encoding="utf-8")
    temporary.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", "from smart_cities_study import main; main()", *CELL, "--engine", engine],
        cwd=root, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"} | {
            "STUDY_ROOT": str(root), "PYTHONPATH": os.pathsep.join([str(others), str(root / "src")]), "TMPDIR": str(temporary),
            "HOME": str(tmp_path / "home"), "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "MPLBACKEND": "nonsense",
            "PYTHONWARNINGS": "default",
        },
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert (root / PAGE).read_bytes() == usual
    assert str(tmp_path) not in usual.decode()
    assert list(temporary.iterdir()) == []


def test_the_fingerprint_of_a_picture_is_that_of_the_style() -> None:
    import matplotlib as mpl

    rows = [figures.Share("a", 40.0, "40%"), figures.Share("b", 55.5, "55.5%")]

    def fingerprint() -> str:
        return figures.picture(lambda wide: figures.shares(rows, "economy", wide), wide=True).fingerprint

    with mpl.rc_context({"font.size": 20, "xtick.labelsize": 30}):
        large = fingerprint()
    assert large == fingerprint()


def test_by_papermill_alone_a_users_settings_do_not_show_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file, so that nothing can be written there", encoding="utf-8")
    for name, value in {"HOME": str(tmp_path / "home"), "MPLBACKEND": "nonsense", "PYTHONWARNINGS": "default"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv(
        "IPYTHONDIR", str(tmp_path / "ipython")
    )  # Jupyter itself complains of such a home, in this process
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(str(ROOT / "notebooks" / "evolution.ipynb"), str(out), progress_bar=False, cwd=str(ROOT))
    outputs = [one for cell in nbformat.read(str(out), as_version=4).cells for one in cell.get("outputs", [])]
    assert len(outputs) > 3
    assert {one.output_type for one in outputs} == {"execute_result", "display_data"}  # and no warning


@pytest.mark.parametrize("epoch", ["tomorrow", "12.5", "9" * 30])
def test_an_epoch_that_is_no_number_ends_in_one_message(epoch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    result = run_study(ROOT, "status", "--edition", "2019")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"study: SOURCE_DATE_EPOCH is '{epoch}'. Expected: seconds since 1970")
    with pytest.raises(StudyError, match="Mend it, or unset it"):
        surroundings.source_date()


def test_the_place_of_a_warning_names_no_machine() -> None:
    texts = {
        "/home/ana/.venv/lib/python3.12/site-packages/seaborn/categorical.py:7: DeprecationWarning: old\n": "seaborn/categorical.py:7: ",
        "/tmp/ipykernel_123/2608338407.py:2: UserWarning: careful\n  warn('/tmp/x')\n": "2608338407.py:2: ",
        "C:\\Users\\Ana\\study\\src\\analysis\\figures.py:9: FutureWarning: soon\n": "figures.py:9: ",
        "no warning: /home/ana\n": "no warning: /home/ana\n",
    }
    for text, start in texts.items():
        cell = new_code_cell("x", outputs=[new_output("stream", name="stderr", text=text)])
        notebook = new_notebook(cells=[cell])
        finishing.normalise(notebook)
        assert notebook.cells[0].outputs[0].text.startswith(start)
        assert notebook.cells[0].outputs[0].text.endswith(text.partition("Warning")[2])


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_the_command_starts_in_a_folder_with_letters_that_the_locale_lacks(tmp_path: Path) -> None:
    packages = tmp_path / "ñandú" / ".venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    shutil.copytree(ROOT / "src", tmp_path / "ñandú" / "src", ignore=shutil.ignore_patterns("__pycache__"))
    pointer = packages / "__editable__.smart_cities_study-0.1.0.pth"
    pointer.write_text(f"{tmp_path / 'ñandú' / 'src'}\n", encoding="utf-8")
    environment = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
    code = f"import site; site.addsitedir({str(packages)!a}); import smart_cities_study as ours; print(ascii(ours.__file__))"

    def start() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, env=environment
        )

    recipe = ["make", "-s", "-f", str(ROOT / "Makefile"), "--eval", "try: ; $(call relative,.venv)", "try"]
    subprocess.run(recipe, cwd=tmp_path / "ñandú", check=True)
    assert pointer.read_bytes() == b"../../../../src\n"
    result = start()
    assert result.returncode == 0, result.stderr
    assert "nand" not in result.stdout
    assert result.stdout.strip().endswith("/src/smart_cities_study.py'")


# ends of lines


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="not a clone of git")
def test_git_gives_the_same_lines_with_autocrlf(tmp_path: Path) -> None:
    command = [
        "git",
        "-c",
        "core.autocrlf=true",
        "clone",
        "-q",
        "--no-hardlinks",
        "--depth",
        "1",
        ROOT.as_uri(),
        str(tmp_path / "clone"),
    ]
    subprocess.run([*command, "--config", "core.autocrlf=true"], check=True, capture_output=True)
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=tmp_path / "clone", capture_output=True, text=True, check=True
    ).stdout
    assert len(listed.splitlines()) > 200
    assert "w/crlf" not in listed


def test_digests_do_not_depend_on_the_ends_of_lines(compendium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spanish = ROOT / "book" / "es" / "methods.md"
    monkeypatch.setattr(library, "packages", lambda: {"analysis": compendium / "src" / "analysis"})
    before = (translations.page_problems("es"), translations.digest_of_sources(("en", "es")), keys.code("axis", "es"))
    changed = 0
    for suffix in ("md", "yml", "ipynb", "json", "lock", "py", "po"):
        for file in compendium.rglob(f"*.{suffix}"):
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
            changed += 1
    assert changed > 100
    assert b"\r\n" in (compendium / "book" / "es" / spanish.name).read_bytes()
    study.load()
    after = (translations.page_problems("es"), translations.digest_of_sources(("en", "es")), keys.code("axis", "es"))
    assert before[0] == []
    assert after == before
    assert files.content_of("data/study.yml") == study.load().config.source.content


def test_a_table_with_other_ends_of_lines_is_told_from_one_that_was_changed(compendium: Path) -> None:
    file = compendium / "data" / "published" / "findings.csv"
    descriptor = tables.descriptors()["findings"]
    assert digests.problem(descriptor) == ""
    plain = file.read_bytes()
    file.write_bytes(plain.replace(b"\n", b"\r\n"))
    assert "other line endings (CRLF)" in digests.problem(descriptor)
    file.write_bytes(plain.replace(b"\n", b"\r\n").replace(b"0", b"1", 1))
    assert "If it was meant to change" in digests.problem(descriptor)


# parameters that papermill is given


@pytest.mark.parametrize("engine", ["warm", None])
@pytest.mark.parametrize("edition", ["2019", 2019.0])
def test_a_year_given_as_a_text_or_with_a_point_is_the_year(
    edition: object, engine: str | None, tmp_path: Path
) -> None:
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(str(ROOT / "notebooks" / "brief.ipynb"), str(out), {"edition": edition}, engine_name=engine,
                               progress_bar=False, cwd=str(ROOT))  # fmt: skip
    title = next(
        cell for cell in nbformat.read(str(out), as_version=4).cells if "title" in cell.metadata.get("tags", [])
    )
    assert "2019" in title.outputs[0].data["text/plain"]


@pytest.mark.parametrize("engine", ["warm", None])
@pytest.mark.parametrize("name", ["axis", "city", "evolution", "edition", "programme", "front"])
def test_a_parameter_that_a_notebook_does_not_have_is_refused(name: str, engine: str | None, tmp_path: Path) -> None:
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        papermill.execute_notebook(str(ROOT / "notebooks" / f"{name}.ipynb"), str(tmp_path / "out.ipynb"), {"lamg": "es"},
                                   engine_name=engine, progress_bar=False, cwd=str(ROOT))  # fmt: skip
    assert "no parameter 'lamg'. Did you mean 'lang'?" in caught.value.evalue
    assert len(caught.value.traceback) == 1


@pytest.mark.parametrize("value", [2017, "2017", " 2017 ", 2017.0])
def test_a_whole_number_may_be_written_otherwise(value: object) -> None:
    assert fitting("edition", value, int) == 2017
    assert type(fitting("edition", value, int)) is int


def test_a_number_stands_for_a_text_and_nothing_else_for_a_number() -> None:
    assert (fitting("place", 3128026, str), fitting("place", 3128026.0, str)) == ("3128026", "3128026")
    for value in (2017.5, True, None, "20x7", [2017], "²"):
        with pytest.raises(
            UnknownParameter, match=re.escape(f"'edition' cannot be {value!r}. Expected: a whole number")
        ):
            fitting("edition", value, int)
    for value in (None, True, [], 1.5):
        with pytest.raises(UnknownParameter, match="Expected: a text"):
            fitting("lang", value, str)
