"""Making one notebook, in a process of its own: papermill executes it, and it becomes a page."""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets import CaselessStrEnum, default

from analysis import library, paths, provenance
from analysis.errors import NotebookFailed, StudyError
from analysis.execution import notebook as finishing
from analysis.execution.cells import Watch
from analysis.execution.runs import Run, check_parameters, template_file

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Made:
    """A page as the text of its file, what was read for it, and how long it took."""

    text: str
    readings: list[provenance.Reading]
    files: dict[str, str]
    seconds: float


def make(run: Run, engine: str, cell_seconds: int, watch: Watch) -> Made:
    """Execute one run and make it a page.

    Raises
    ------
    NotebookFailed
        Where a cell raises or takes too long.
    """
    start = time.perf_counter()
    made = executed(run, engine, cell_seconds, watch)
    text = finishing.finish(made, run.lang)
    return Made(text, provenance.readings(), provenance.files(), time.perf_counter() - start)


def store(run: Run, engine: str, cell_seconds: int, watch: Watch) -> str:
    """Execute a template with its own parameters, and give it with the outputs that nbval compares."""
    made = executed(run, engine, cell_seconds, watch)
    return finishing.stored(nbformat.read(str(template_file(run.template)), as_version=4), made)


def executed(run: Run, engine: str, cell_seconds: int, watch: Watch) -> nbformat.NotebookNode:
    """Execute one run with papermill, and note what it reads."""
    check_parameters(run.template, run.parameters)
    provenance.forget()
    notes = watch.folder / "readings"
    options: dict[str, Any] = {"engine_name": "warm", "watch": watch}
    if engine == "kernel":
        os.environ[provenance.FILE_VARIABLE] = str(notes)  # the kernel, a process of its own, tells what it read
        os.environ["IPYTHONDIR"] = str(watch.folder / "ipython")  # no settings of the user
        _IpcKernelManager.folder = watch.folder
        options = {
            "iopub_timeout": 60,
            "execution_timeout": cell_seconds,
            "kernel_manager_class": _IpcKernelManager,
        }
    try:
        notebook: nbformat.NotebookNode = papermill.execute_notebook(
            _without_outputs(run.template), None, dict(run.parameters), kernel_name="python3",
            progress_bar=False, log_output=False, cwd=str(paths.notebooks()), **options,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise NotebookFailed(_failure(run, error)) from None
    except (StudyError, OSError):
        raise
    except Exception as error:  # a kernel that dies or hangs ends in one of many classes
        last = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise NotebookFailed(f"{run.name}: the kernel stopped: {last}. {run.by_hand}") from None
    finally:
        os.environ.pop(provenance.FILE_VARIABLE, None)
    if notes.is_file():
        provenance.collect(notes.read_text(encoding="utf-8").splitlines())
    return notebook


def _without_outputs(template: str) -> nbformat.NotebookNode:
    """Read a template; the outputs stored in it would only be carried along."""
    notebook: nbformat.NotebookNode = nbformat.read(str(template_file(template)), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return notebook


def _failure(run: Run, error: PapermillExecutionError) -> str:
    """Name the cell, the error and the place in the library."""
    source = (error.source or "").strip().splitlines()
    places = re.findall(
        rf"((?:{'|'.join(library.packages())})/[\w/]+\.py)[^\d]{{1,12}}(\d+)", _ANSI.sub("", "\n".join(error.traceback))
    )
    where = f" (src/{places[-1][0]}, line {places[-1][1]})" if places else ""
    return (
        f"{run.name}, cell {run.cell_number(error.cell_index)}: {error.ename}: {_ANSI.sub('', str(error.evalue)).strip()}{where}.\n"
        f"  In the cell: {source[-1] if source else ''}\n  {run.by_hand}"
    )


class _IpcKernelManager(AsyncKernelManager):
    """Talk to the kernel through sockets in files; of TCP ports, two kernels starting together may choose the same."""

    folder: ClassVar[Path]  # of this process, which makes one notebook

    @default("connection_file")
    def _name_of_connection(self) -> str:
        return str(self.folder / "connection.json")

    transport = CaselessStrEnum(["tcp", "ipc"], default_value="tcp" if os.name == "nt" else "ipc").tag(config=True)

    @default("ip")
    def _name_of_sockets(self) -> str:
        if self.transport == "tcp":
            return "127.0.0.1"
        return str(self.folder / "socket")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        # what a kernel logs when it is stopped says nothing to the reader; errors of cells come with their output
        await super()._async_launch_kernel(kernel_cmd, **(options | {"stderr": subprocess.DEVNULL}))
