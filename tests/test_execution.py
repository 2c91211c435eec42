"""Both engines, limits of a cell, and files written whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest
from conftest import ROOT, run_study, warm_up
from nbformat.v4 import new_code_cell, new_notebook

from analysis import files, paths
from analysis.errors import NotebookFailed, StudyError
from analysis.execution import children, runner, runs
from analysis.execution import notebook as finishing
from analysis.execution.children import Limits
from analysis.execution.runner import Options
from analysis.execution.runs import Run

TEMPLATES = sorted(file.stem for file in paths.notebooks().glob("*.ipynb"))
# what a kernel can send, in one notebook: texts, pictures, displays that change, errors that are expected
RICH = [
    "1 + 1",
    "import sys\nprint('out', end=' ')\nprint('err', file=sys.stderr)\nprint('more')",
    "import pandas as pd\npd.DataFrame({'city': ['Bilbao', None], 'n': [1.5, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('open figure')\n'before the picture'",
    "import seaborn as sns\nsns.histplot([1, 2, 2, 3])",
    "from IPython.display import HTML, Markdown, display, clear_output\n"
    "handle = display(Markdown('*one*'), display_id='x')\nhandle.update(Markdown('*two*'))\ndisplay(HTML('<b>three</b>'))",
    "print('gone')\nclear_output()\nprint('stays')",
    "import warnings\nwarnings.warn('careful')",
    "%who_ls str",
    "_ = 5; _",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "import os\nos.system('echo from a program')",
    "!echo from a shell",
    "input('who? ')",
    "def fails():\n    return {}['city']\nfails()",
    "(",
    "import sys\nsys.exit(3)",
    "Out[2], In[2], get_ipython().execution_count",
    "os.environ['MPLBACKEND'], plt.get_backend()",
]


def template(folder: Path, name: str, cells: list[str], **parameters: object) -> Run:
    """Write a template with the language as a parameter, and give its run."""
    first = "\n".join(f"{key} = {value!r}" for key, value in {"lang": "en", **parameters}.items())
    notebook = new_notebook(metadata=nbformat.read(str(ROOT / "notebooks" / "front.ipynb"), 4).metadata)
    notebook.cells = [new_code_cell(first, metadata={"tags": ["parameters"]}), *(new_code_cell(one) for one in cells)]
    for cell in notebook.cells[1:]:
        cell.metadata["tags"] = ["raises-exception"] if name == "rich" else []
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, str(folder / "notebooks" / f"{name}.ipynb"))
    return Run(name, {"lang": "en", **parameters}, name)


def made(run: Run, engine: str) -> str:
    return runner.make_one(run, Options(engine)).text


@pytest.mark.parametrize("name", TEMPLATES)
def test_both_engines_give_the_same_notebook_and_read_the_same(name: str) -> None:
    run = Run(name, runs.parameters(name), name)
    warm, kernel = (runner.make_one(run, Options(engine)) for engine in ("warm", "kernel"))
    first, second = (nbformat.reads(one.text, as_version=4) for one in (warm, kernel))
    for ours, theirs in zip(first.cells, second.cells, strict=True):
        assert ours == theirs, ours.source
    assert warm.text == kernel.text
    assert "image/svg+xml" in warm.text or name == "sources"
    assert warm.readings == kernel.readings
    assert warm.files == kernel.files


def test_whatever_a_kernel_can_send_is_recorded_the_same(compendium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where it is set, a kernel does not listen to programs
    template(compendium, "rich", RICH)
    found = []
    for engine in ("warm", None):
        out = compendium / f"{engine}.ipynb"
        with pytest.raises(papermill.PapermillExecutionError):  # papermill writes the notebook, and then it raises
            papermill.execute_notebook(str(compendium / "notebooks" / "rich.ipynb"), str(out), engine_name=engine,
                                       progress_bar=False, cwd=str(compendium), iopub_timeout=60)  # fmt: skip
        notebook = nbformat.read(str(out), as_version=4)
        finishing.normalise(notebook)
        found.append(notebook)
    warm, kernel = found
    kinds = {output.output_type for cell in kernel.cells for output in cell.get("outputs", [])}
    assert kinds == {"execute_result", "stream", "display_data", "error"}
    for ours, theirs in zip(warm.cells, kernel.cells, strict=True):
        for cell in (ours, theirs):
            for output in cell.get("outputs", []):
                if output.output_type == "error":  # frames of the library name the file of the cell by its process
                    output.traceback = output.traceback[-1:]
                if output.output_type == "stream":  # a warning names the temporary file of the cell
                    output.text = output.text.split("ipykernel_")[0].split("/tmp")[0]
        assert ours == theirs, ours.source


def test_nothing_leaks_from_one_notebook_into_the_next(compendium: Path) -> None:
    spoils = template(compendium, "spoils", [
        "import os, random, sys, types\nimport matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd",
        "random.seed(1); np.random.seed(1); plt.plot([1]); os.environ['LEAK'] = 'x'; os.chdir('/')",
        "sys.modules['leak'] = types.ModuleType('leak'); pd.DataFrame.leak = 1; plt.rcParams['font.size'] = 99",
        "from analysis import statistics; statistics.LEVEL = 0.5",
    ])  # fmt: skip
    looks = template(compendium, "looks", [
        "import os, random, sys\nimport matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n"
        "from analysis import statistics",
        "print(plt.get_fignums(), os.environ.get('LEAK'), os.getcwd(), 'leak' in sys.modules, hasattr(pd.DataFrame, 'leak'),"
        " plt.rcParams['font.size'], statistics.LEVEL)",
        "print('drawn', random.random(), np.random.random())",
    ])  # fmt: skip
    made(spoils, "warm")
    seen = [nbformat.reads(made(looks, "warm"), as_version=4).cells for _ in range(2)]
    folder = compendium / "notebooks"
    assert seen[0][-2].outputs[0].text == f"[] None {folder} False False 10.0 0.95\n"
    assert seen[0][-1].outputs[0].text != seen[1][-1].outputs[0].text  # no state of a generator is shared


def test_the_parent_of_the_children_has_one_thread_and_no_open_figure() -> None:
    code = (
        "import analysis.execution.preload, os, matplotlib.pyplot as plt\n"
        "print(len(os.listdir('/proc/self/task')), plt.get_fignums())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.split() == ["1", "[]"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("while True: pass", r"took longer than 2 s"),
        ("import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: pass", r"took longer than 2 s"),
        ("import os\nos._exit(3)", r"ended its process with status 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", r"was ended by SIGSEGV"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", r"was ended by SIGKILL.*memory"),
        ("x = bytearray(3 << 30)", r"MemoryError"),
        ("while True:\n    try: print('x' * 100_000)\n    except BaseException: pass", r"put out more than 4 MB"),
        (
            "import os\nif os.fork() == 0:\n    import time; time.sleep(60)\nos._exit(4)",
            r"ended its process with status 4",
        ),
    ],
)
def test_a_cell_that_hangs_dies_or_floods_is_stopped_and_named_and_the_others_go_on(
    compendium: Path, cell: str, message: str
) -> None:
    bad = template(compendium, "bad", ["'good so far'", cell])
    good = template(compendium, "good", ["'all is well'"])
    limits = Limits(cell_seconds=2, memory=2 << 30, output=4 << 20)
    with pytest.raises(
        NotebookFailed, match=rf"1 of 2 notebooks failed.*\n.*bad\.ipynb \(lang en\), cell 3.*{message}"
    ):
        runner.execute_all([bad, good], Options("warm", 1, limits))
    assert good.output.is_file()
    assert not bad.output.exists()


def test_the_engine_serves_papermill_itself_and_names_a_hang(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "notebooks/front.ipynb",
        str(out),
        "--engine",
        "warm",
        "-p",
        "lang",
        "en",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    cells = nbformat.read(str(out), as_version=4).cells
    assert cells[3].outputs[0].data["text/plain"] == "'Smart Cities Study'"
    failing = tmp_path / "failing.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")], metadata={"kernelspec": {
        "name": "python3", "language": "python", "display_name": "x"}}), str(failing))  # fmt: skip
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(str(failing), str(out), engine_name="warm", progress_bar=False)


def test_where_forking_is_not_possible_the_kernel_is_used_and_it_is_said_once(
    compendium: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis import cli

    monkeypatch.setattr(cli, "can_fork", lambda: False)
    used: list[str] = []
    monkeypatch.setattr(runner, "execute_all", lambda _due, options, *_: used.append(options.engine))
    monkeypatch.setattr(sys, "argv", ["study", "run", "--edition", "2019"])
    with pytest.raises(SystemExit):
        cli.main()
    assert used == ["kernel"]
    assert capsys.readouterr().err.count("This system cannot fork safely: the engine 'kernel' is used") == 1


def test_a_file_is_written_whole_or_not_at_all(compendium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = compendium / "chapter.ipynb"
    files.write_whole(file, "before")

    def full(_from: object, _to: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_whole(file, "after")
    assert file.read_text(encoding="utf-8") == "before"
    assert list(files.workplace().iterdir()) == []


def test_a_full_disk_is_named_and_what_was_there_stays(compendium: Path) -> None:
    target = compendium / "book" / "en" / "index.ipynb"
    warm_up(compendium, "en")
    assert run_study(compendium, "run").returncode == 0
    before = target.read_bytes()
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY)); "
    result = subprocess.run(
        [sys.executable, "-c", limited + "from analysis.cli import main; main()", "run", "--force"],
        cwd=compendium, env=os.environ | {"STUDY_ROOT": str(compendium)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert "File too large" in result.stderr
    assert "Traceback" not in result.stderr
    assert target.read_bytes() == before


def test_leftovers_of_a_killed_process_are_cleared_and_those_of_a_living_one_are_not(compendium: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    alive = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    here = files.workplace().parent
    host = files.workplace().name.rpartition("-")[0]
    for process in (dead, alive):
        (here / f"{host}-{process.pid}").mkdir()
        (here / f"{host}-{process.pid}" / "half").write_text("x", encoding="utf-8")
    files.clear_unfinished()
    left = {folder.name for folder in here.iterdir()}
    alive.send_signal(signal.SIGKILL)
    alive.wait()
    assert f"{host}-{alive.pid}" in left
    assert f"{host}-{dead.pid}" not in left


def test_parameters_are_read_from_the_template_as_papermill_reads_them() -> None:
    for name in TEMPLATES:
        assert list(runs.parameters(name)) == list(papermill.inspect_notebook(str(runs.template_file(name))))


def test_children_end_with_their_runner(compendium: Path) -> None:
    template(
        compendium,
        "long",
        ["import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(60)"],
    )
    code = (
        "from analysis.execution import runner\nfrom analysis.execution.runs import Run\n"
        "runner.make_one(Run('long', {'lang': 'en'}, 'long'), runner.Options('warm'))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=compendium, env=os.environ | {"STUDY_ROOT": str(compendium)}
    )
    file = compendium / "notebooks" / "pid"
    wait_for(lambda: file.is_file() and bool(file.read_text(encoding="utf-8")))
    process.kill()
    process.wait()
    child = Path("/proc") / file.read_text(encoding="utf-8")
    wait_for(lambda: not child.exists())


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_a_system_that_cannot_fork_says_so_to_papermill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "can_fork", lambda: False)
    with pytest.raises(StudyError, match="leave --engine out"):
        children.run_cells(None)
