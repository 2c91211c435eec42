"""The runs to make, and making them: papermill executes each template once for edition, axis and language."""

import ast
import hashlib
import json
import multiprocessing
import os
import platform
import re
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets import CaselessStrEnum, default

from analysis import paths, study
from analysis.errors import NotebookFailed, StudyError, UnknownParameter, did_you_mean
from analysis.language import language

CELL_TIMEOUT = 300  # seconds after which a cell that hangs is stopped
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TIMES_AND_PATHS = ("start_time", "end_time", "duration", "input_path", "output_path")


@dataclass(frozen=True)
class Run:
    """One notebook to make: a template, its parameters, and the place of the result under `book/<lang>/`."""

    template: str
    parameters: Mapping[str, Any]
    page: str

    @property
    def output(self) -> Path:
        """Give the file of the executed notebook."""
        return paths.book(self.parameters["lang"]) / f"{self.page}.ipynb"

    @property
    def name(self) -> str:
        """Name the run in a message: the template with its parameters."""
        given = ", ".join(f"{name} {value}" for name, value in self.parameters.items())
        return f"notebooks/{self.template}.ipynb ({given})"


def runs(edition: int | None = None, axis: str | None = None, lang: str | None = None) -> list[Run]:
    """List the runs of the matrix, or the part of it that the names given select.

    Raises
    ------
    UnknownCell
        Where a name is not in `data/study.yml`, or an edition does not cover the axis.
    """
    matrix = study.load()
    matrix.check(edition, axis, lang)
    found = []
    for code in [lang] if lang else matrix.built:
        if edition is None and axis is None:
            found += [Run("front", {"lang": code}, "index"), Run("sources", {"lang": code}, "sources")]
        for year, entry in matrix.editions.items():
            if edition not in (None, year):
                continue
            if axis is None:
                found.append(Run("edition", {"edition": year, "lang": code}, f"editions/{year}/index"))
            chosen = [name for name in entry.axes if axis in (None, name)]
            found += [
                Run("axis", {"edition": year, "axis": name, "lang": code}, f"editions/{year}/{name}") for name in chosen
            ]
    return found


def check_parameters(template: str, names: Iterable[str]) -> None:
    """Raise `UnknownParameter` for a name that the template does not have; papermill would run with its defaults."""
    known = _parameters(template)
    for name in names:
        if name not in known:
            guess = did_you_mean(name, known)
            raise UnknownParameter(
                f"notebooks/{template}.ipynb has no parameter '{name}'.{guess} It has: {', '.join(known)}."
            )


@lru_cache(maxsize=16)
def _parameters(template: str) -> tuple[str, ...]:
    return tuple(papermill.inspect_notebook(str(template_file(template))))


def template_file(template: str) -> Path:
    """Give the file of a template, or raise `NotebookFailed` where it is gone."""
    file = paths.notebooks() / f"{template}.ipynb"
    if not file.is_file():
        raise NotebookFailed(f"{paths.shown(file)} is missing. Restore it from version control.")
    return file


class _IpcKernelManager(AsyncKernelManager):
    """Talk to the kernel through sockets in files; of TCP ports, two kernels starting together may choose the same."""

    transport = CaselessStrEnum(["tcp", "ipc"], default_value="tcp" if os.name == "nt" else "ipc").tag(config=True)

    @default("ip")
    def _name_of_sockets(self) -> str:
        if self.transport == "tcp":
            return "127.0.0.1"
        return str(Path(tempfile.gettempdir()) / f"study-{uuid.uuid4().hex[:12]}")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        # what a kernel logs when it is stopped says nothing to the reader; errors of cells come with their output
        await super()._async_launch_kernel(kernel_cmd, **(options | {"stderr": subprocess.DEVNULL}))


def execute(run: Run, digests: Mapping[str, str]) -> None:
    """Execute one run with papermill and put the result in its place, whole or not at all.

    Raises
    ------
    NotebookFailed
        Where a cell raises or takes too long.
    """
    notebook = _executed(run)
    finish(notebook, run, digests)
    write_whole(run.output, nbformat.writes(notebook) + "\n")


def _executed(run: Run) -> nbformat.NotebookNode:
    """Execute one run with papermill, in a folder of its own."""
    check_parameters(run.template, run.parameters)
    os.environ["STUDY_ROOT"] = str(paths.root())  # the kernel works on the same compendium, wherever it is started
    with tempfile.TemporaryDirectory(prefix="study-") as folder:
        result = Path(folder) / "result.ipynb"
        try:
            papermill.execute_notebook(
                str(template_file(run.template)), str(result), dict(run.parameters),
                kernel_name="python3", progress_bar=False, log_output=False, cwd=str(paths.notebooks()),
                iopub_timeout=60, execution_timeout=CELL_TIMEOUT, kernel_manager_class=_IpcKernelManager,
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise NotebookFailed(_failure(run, error)) from None
        except StudyError:
            raise
        except Exception as error:  # a kernel that dies or hangs ends in one of many classes
            last = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            raise NotebookFailed(f"{run.name}: the kernel stopped: {last}. {_by_hand(run)}") from None
        notebook: nbformat.NotebookNode = nbformat.read(str(result), as_version=4)
        return notebook


def _failure(run: Run, error: PapermillExecutionError) -> str:
    """Name the cell, the error and the place in the library."""
    source = (error.source or "").strip().splitlines()
    places = re.findall(r"(analysis/[\w/]+\.py)[^\d]{1,12}(\d+)", _ANSI.sub("", "\n".join(error.traceback)))
    where = f" (src/{places[-1][0]}, line {places[-1][1]})" if places else ""
    return (
        f"{run.name}, cell {error.exec_count}: {error.ename}: {_ANSI.sub('', str(error.evalue)).strip()}{where}.\n"
        f"  In the cell: {source[-1] if source else ''}\n  {_by_hand(run)}"
    )


def _by_hand(run: Run) -> str:
    given = " ".join(f"-p {name} {value}" for name, value in run.parameters.items())
    return f"To see it whole: papermill notebooks/{run.template}.ipynb out.ipynb {given}"


def finish(notebook: nbformat.NotebookNode, run: Run, digests: Mapping[str, str]) -> None:
    """Make an executed notebook a page: title, language of the headings, and nothing that differs between runs."""
    words = language(run.parameters["lang"])
    title = _title(notebook)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            cell.source = words.translated(cell.source)
            if number == 0 and title:
                cell.source = re.sub(r"^# .*", lambda _match: f"# {title}", cell.source, count=1)
        elif "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"] = ["injected-parameters", "remove-cell"]
    kept = {k: v for k, v in notebook.metadata.get("papermill", {}).items() if k not in _TIMES_AND_PATHS}
    notebook.metadata["papermill"] = kept
    notebook.metadata["study"] = dict(digests)
    normalise(notebook)


def _title(notebook: nbformat.NotebookNode) -> str:
    """Take the title that the cell with the tag `title` has computed."""
    for cell in notebook.cells:
        if "title" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                if text := output.get("data", {}).get("text/plain"):
                    return str(ast.literal_eval(text))
    return ""


def store_outputs(template: str) -> None:
    """Execute a template with its own parameters and store the outputs that nbval compares.

    Pictures and downloads are left out of what is stored: the fingerprint of the picture and the table stand for them.
    """
    file = template_file(template)
    given = papermill.inspect_notebook(str(file))
    run = Run(template, {name: ast.literal_eval(one["default"]) for name, one in given.items()}, template)
    made = _executed(run)
    notebook = nbformat.read(str(file), as_version=4)
    results = [cell for cell in made.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for cell, result in zip(notebook.cells, results, strict=True):
        if cell.cell_type == "code":
            cell.execution_count = result.execution_count
            cell.outputs = result.outputs
            for output in cell.outputs:
                output.execution_count = result.execution_count
                if html := output.get("data", {}).get("text/html"):
                    output["data"]["text/html"] = re.sub(r'"data:[^"]*"', '"data:,"', html)
    normalise(notebook)
    write_whole(file, nbformat.writes(notebook) + "\n")


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs between two equal runs: times, and the random names of cells."""
    for number, cell in enumerate(notebook.cells):
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        cell["id"] = hashlib.sha256(f"{number}\n{cell.source}".encode()).hexdigest()[:8]


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all; a full disk leaves the earlier one as it was."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def inputs(template: str) -> dict[str, str]:
    """Digest what a run depends on: template, library, data, lock, interpreter."""
    root = paths.root()
    library = sorted(file for file in (root / "src").rglob("*") if file.suffix in (".py", ".mplstyle", ".html", ".mo"))
    data = sorted(file for file in paths.data().rglob("*") if file.is_file() and "private" not in file.parts)
    return {
        "template": _digest([template_file(template)]),
        "library": _digest(library),
        "data": _digest(data),
        "lock": _digest([root / "requirements.lock"]),
        "interpreter": platform.python_version(),
    }


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(paths.shown(file).encode())
        whole.update(b"\0")
        content = template_code(file) if file.suffix == ".ipynb" else file.read_bytes()
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()[:16]


def template_code(file: Path) -> bytes:
    """Give what counts of a template: its cells without stored outputs."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return json.dumps([[c["cell_type"], c["source"], c["metadata"].get("tags", [])] for c in cells]).encode()


@dataclass(frozen=True)
class State:
    """Whether the result of a run is there and still true, and why not."""

    run: Run
    state: str
    reasons: tuple[str, ...]


def states(chosen: Iterable[Run]) -> list[State]:
    """Compare the results that are there with what they would depend on now."""
    now: dict[str, dict[str, str]] = {}
    found = []
    for run in chosen:
        if run.template not in now:
            now[run.template] = inputs(run.template)
        found.append(_state(run, now[run.template]))
    return found


def _state(run: Run, now: Mapping[str, str]) -> State:
    if not run.output.is_file():
        return State(run, "missing", ("never executed",))
    try:
        before = json.loads(run.output.read_text(encoding="utf-8"))["metadata"]["study"]
    except (json.JSONDecodeError, KeyError):
        return State(run, "stale", ("the result was changed or is not readable",))
    reasons = tuple(f"{name} changed" for name in now if before.get(name) != now[name])
    return State(run, "stale" if reasons else "fresh", reasons)


def execute_all(chosen: list[Run], jobs: int | None = None, done: Callable[[Run], None] = lambda _run: None) -> None:
    """Execute runs in parallel processes; one that fails does not stop the others.

    Parameters
    ----------
    chosen
        Runs to execute.
    jobs
        Number of processes; that of the cores where it is not given.
    done
        Called after each run.

    Raises
    ------
    NotebookFailed
        After all runs, with one message for each that failed.
    """
    digests = {template: inputs(template) for template in {run.template for run in chosen}}
    workers = max(1, min(jobs or os.cpu_count() or 1, len(chosen)))
    failures = []
    # processes, never threads: papermill changes the working folder of the whole process
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(execute, run, digests[run.template]): run for run in chosen}
        for future in as_completed(waiting):
            try:
                future.result()
            except StudyError as error:
                failures.append((waiting[future].name, str(error)))
            except OSError as error:  # a full disk, say
                name = waiting[future].name
                failures.append((name, f"{name}: {error}."))
            except BrokenProcessPool:
                name = waiting[future].name
                failures.append((name, f"{name}: its process was killed, for want of memory maybe. Try --jobs 1."))
            done(waiting[future])
    if failures:
        count = f"{len(failures)} of {len(chosen)} notebooks failed; the others are done.\n" if len(chosen) > 1 else ""
        raise NotebookFailed(count + "\n".join(message for _, message in sorted(failures)))


def remove_orphans(lang: str) -> None:
    """Delete executed chapters whose cell is no longer in the matrix."""
    wanted = {run.output for run in runs(lang=lang)}
    for file in (paths.book(lang) / "editions").glob("*/*.ipynb"):
        if file not in wanted:
            file.unlink()
