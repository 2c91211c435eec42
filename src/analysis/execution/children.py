"""Children: each notebook is made in a process of its own, which is stopped when it does not keep within its limits.

For the engine `warm` it is forked from a parent that has imported the libraries, parsed the tables, and does nothing
else: the fork server of the standard library, with `analysis.execution.preload`.
"""

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, forkserver, util
from pathlib import Path
from typing import Any, Generic, TypeVar

from analysis import surroundings
from analysis.errors import StudyError

Result = TypeVar("Result")
Task = Callable[["Report"], Result]


class ChildStopped(StudyError):
    """A child that died or was stopped at a limit: why, and in which cell. The runner knows the notebook."""

    def __init__(self, why: str, cell: int | None) -> None:
        super().__init__(why)
        self.cell = cell


@dataclass(frozen=True)
class Limits:
    """What a notebook may take: seconds for a cell, bytes of memory, bytes of output."""

    cell_seconds: int = 300
    memory: int = 4 << 30
    output: int = 64 << 20


def can_fork() -> bool:
    """Say whether the engine `warm` works here; on macOS libraries of the system do not bear forking."""
    return "forkserver" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"


def warm_up(*, settled: bool = True) -> None:
    """Let the parent of the warm children begin to import, while this process does something else.

    Its settings are those of everybody; not `settled`, they are those of the user, as for a kernel.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(["analysis.execution.preload"])
    with _without_main(), surroundings.settled() if settled else contextlib.nullcontext():
        forkserver.ensure_running()


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module, which children would import: they need nothing of it, and it may be a script without a guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Report:
    """The child's end: tells which cell runs, and ends the child when it puts out too much; `folder` is for its files."""

    def __init__(self, pipe: "connection.Connection[Any, Any]", limits: Limits, folder: Path) -> None:
        self._pipe, self._left, self.folder = pipe, limits.output, folder

    def cell(self, index: int) -> None:
        """Tell that a cell begins."""
        self._pipe.send(("cell", index))

    def wrote(self, size: int) -> None:
        """Count what was put out; at the limit nothing in the cell can catch the end."""
        self._left -= size
        if self._left < 0:
            self._pipe.send(("flood", None))
            os._exit(1)


def _work(task: Task[Any], pipe: "connection.Connection[Any, Any]", limits: Limits, folders: Sequence[Path]) -> None:
    """Do the task of a child and send the result, or what can be said of the failure."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner, which ends its children
    threading.Thread(target=_end_with_runner, args=(folders,), daemon=True).start()
    _keep_within(limits)
    try:
        outcome = ("done", task(Report(pipe, limits, folders[0])))
    except StudyError as error:
        outcome = ("failed", error)
    except MemoryError:
        outcome = ("failed", MemoryError())
    except OSError as error:
        outcome = ("failed", OSError(error.errno, error.strerror or str(error), error.filename))
    pipe.send(outcome)


def _keep_within(limits: Limits) -> None:
    """Set limits that the system keeps, and make this process the head of a group that can be ended together."""
    if os.name != "posix":
        return
    import resource

    os.setsid()
    for kind, limit in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_FSIZE, 16 * limits.output)):
        hard = resource.getrlimit(kind)[1]
        with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _end_with_runner(folders: Sequence[Path]) -> None:
    """End this process and those it started when the runner is gone: nobody waits for the result, nor clears folders."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        _end_group(os.getpid())


def _end_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix" and os.getpgid(process) == process:
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGTERM)


class Child(Generic[Result]):
    """The runner's end of a child.

    Parameters
    ----------
    task
        What to do; it can be pickled.
    limits
        What it may take. Seconds count for the engine `warm` alone; a kernel is timed by papermill.
    engine
        `warm` or `kernel`.
    """

    def __init__(self, task: Task[Result], limits: Limits, engine: str) -> None:
        # a fork server serves the kernel engine too: it spares each child its imports
        context: Any = multiprocessing.get_context("forkserver" if can_fork() else "spawn")
        if can_fork():
            warm_up()
        self.pipe, theirs = context.Pipe()
        self._folder = tempfile.mkdtemp(prefix="study-")
        self._limits, self._timed = limits, engine == "warm"
        self.cell: int | None = None
        self._since = time.monotonic()
        folders = (Path(self._folder), Path(util.get_temp_dir()))
        self._process = context.Process(target=_work, args=(task, theirs, limits, folders), daemon=False)
        with _without_main():
            self._process.start()
        theirs.close()

    @property
    def signs(self) -> list[Any]:
        """Give what tells that there is something to look at: a message, or the end of the process."""
        return [self.pipe, self._process.sentinel]

    @property
    def time_left(self) -> float | None:
        """Give the seconds that the cell still has; `None` where nobody counts."""
        if not self._timed or self.cell is None:
            return None
        return self._limits.cell_seconds - (time.monotonic() - self._since)

    def look(self) -> Result | None:
        """Take what has come; `None` while there is no result.

        Raises
        ------
        StudyError
            What the child says of its failure.
        ChildStopped
            Where the child died, was too slow, put out or needed too much.
        OSError
            Where the disk is full, say.
        """
        while self.pipe.poll():
            try:
                kind, content = self.pipe.recv()
            except (EOFError, OSError):  # it ended without a word, or within one
                self._process.join(1)
                raise self._stopped(self._death()) from None
            if kind == "done":
                result: Result = content
                self.end()
                return result
            if kind == "failed":
                self.end()
                raise self._stopped(self._too_much_memory) if isinstance(content, MemoryError) else content
            if kind == "flood":
                self.end()
                raise self._stopped(f"put out more than {self._limits.output >> 20} MB and was stopped")
            self.cell, self._since = content, time.monotonic()
        if self.time_left is not None and self.time_left <= 0:
            self.end()
            raise self._stopped(f"took longer than {self._limits.cell_seconds} s and was stopped")
        if not self._process.is_alive() and not self.pipe.poll():
            raise self._stopped(self._death())
        return None

    def _stopped(self, why: str) -> ChildStopped:
        return ChildStopped(why, self.cell)

    @property
    def _too_much_memory(self) -> str:
        return f"needs more than {self._limits.memory / (1 << 30):.3g} GiB of memory (study run --memory GIB sets the limit)"

    def _death(self) -> str:
        """Say how the process ended."""
        self._process.join()
        code = self._process.exitcode or 0
        self.end()
        if code >= 0:
            return f"ended its process with status {code}"
        name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else str(-code)
        hint = "; the machine may be out of memory: try --jobs 1" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}"

    def end(self) -> None:
        """End the process and all that it started."""
        if self._process.pid is not None and self._process.is_alive():
            _end_group(self._process.pid)
        self._process.join()
        self.pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def wait(active: Sequence[Child[Any]]) -> None:
    """Wait until one of the children has something to say, or has had its time."""
    lefts = [child.time_left for child in active if child.time_left is not None]
    connection.wait([sign for child in active for sign in child.signs], max(0, min(lefts)) if lefts else None)


def run_alone(task: Task[Result], limits: Limits, engine: str) -> Result:
    """Do one task in a child and wait for it; see `Child.look` for what is raised."""
    child = Child(task, limits, engine)
    try:
        while True:
            wait([child])
            if (result := child.look()) is not None:
                return result
    except BaseException:
        child.end()
        raise


def run_cells(nb_man: Any) -> None:
    """Run the cells of papermill's notebook in a warm child; this is the engine where papermill itself is the runner."""
    if not can_fork():
        raise StudyError("The engine 'warm' needs a system that can fork. Use papermill's own: leave --engine out.")
    warm_up(settled=False)
    nb_man.nb = run_alone(partial(_cells_of, nb_man.nb, os.getcwd(), dict(os.environ)), Limits(), "warm")


def _cells_of(notebook: Any, folder: str, environment: dict[str, str], report: Report) -> Any:
    """Run the cells of a notebook in a folder and an environment."""
    from papermill.engines import NotebookExecutionManager

    from analysis.execution.cells import WarmClient

    os.environ.clear()
    os.environ.update(environment | {"MPLBACKEND": environment.get("MPLBACKEND") or surroundings.BACKEND})
    os.chdir(folder)
    manager = NotebookExecutionManager(notebook, progress_bar=False)
    manager.notebook_start()
    WarmClient(manager, report).execute()
    return manager.nb
