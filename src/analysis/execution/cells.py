"""Running the cells of a notebook in this process, with their outputs recorded as a kernel would send them.

The kernel is ipykernel's own, with its shell, and what keeps the outputs is papermill's own client; between them, in the place of
the sockets, stands a session that hands each message over.
"""

import asyncio
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from ipykernel.eventloops import enable_gui
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import UsageError
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from traitlets import Type
from traitlets.config import Config

Message = dict[str, Any]
_PIECE = 1 << 16  # letters of a stream that are sent together


class Watch(Protocol):
    """Is told which cell runs, and how much it has put out."""

    folder: Path  # a place for files that nobody needs afterwards

    def cell(self, index: int) -> None:
        """Hear that a cell begins."""

    def wrote(self, size: int) -> None:
        """Hear that a cell has put out so many bytes more."""


class _Session(Session):
    """Hands over the messages of the kernel."""

    deliver: Callable[[Message], None]

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, *_: Any, **__: Any) -> Any:
        """Take a message, or make one."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content, parent)
        self.deliver(message)
        return message


class _NoThread(IOPubThread):
    """Stands where a kernel has a thread that sends: all happens at once."""

    def __init__(self) -> None:
        self.thread = threading.Thread()  # never started
        self.io_loop: Any = None


class _NoDebugger:
    """Stands where a kernel has a debugger."""

    def __init__(self, *_: Any) -> None:
        pass


class _Shell(ZMQInteractiveShell):
    """The shell of a kernel that no application has started."""

    def init_ipython_dir(self, _ipython_dir: Any) -> None:
        """Take the folder of the kernel, and leave that of the user alone."""
        self.ipython_dir = str(Path(self.kernel.profile_dir.location).parent)

    def enable_gui(self, gui: Any = None) -> None:
        """Do what `%matplotlib` and `%gui` ask for."""
        try:
            enable_gui(gui, kernel=self.kernel)  # type: ignore[no-untyped-call]
            self.active_eventloop = gui
        except ValueError as error:
            raise UsageError(str(error)) from error


class _Kernel(IPythonKernel):
    """A kernel without sockets: its client calls it."""

    shell_class = Type(_Shell)
    debugger_class = Type(_NoDebugger)


class _Stream(OutStream):
    """Standard output or error of the cells: a kernel's, sent on in pieces that no clock cuts."""

    def __init__(self, session: _Session, name: str, count: Callable[[int], None]) -> None:
        super().__init__(session, _NoThread(), name, watchfd=False)  # type: ignore[no-untyped-call]
        self._count, self._size = count, 0
        self.other: _Stream | None = None

    def write(self, string: str) -> int:
        """Take a text; what the other stream holds was written before it."""
        if os.getpid() != self._master_pid:  # a process that a cell has forked: as programs do
            os.write(self.fileno(), string.encode(self.encoding, "replace"))
            return len(string)
        if self.other is not None and self.other._size:
            self.other.flush()
        if isinstance(string, str):
            self._count(len(string))
            self._size += len(string)
        return super().write(string) or 0

    def _schedule_flush(self) -> None:
        if self._size >= _PIECE:
            self.flush()

    def flush(self) -> None:
        """Send what was written."""
        self._size = 0
        super().flush()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        """Give the descriptor that programs started by a cell write to."""
        return {"stdout": 1, "stderr": 2}[self.name]


class _Program:
    """What programs that a cell starts write, to a descriptor of this process."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.name, self._seen = name, 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this process)
        os.dup2(self._file.fileno(), descriptor)

    def read(self) -> str:
        """Give what came since it was last read."""
        raw = os.pread(self._file.fileno(), os.fstat(self._file.fileno()).st_size - self._seen, self._seen)
        self._seen += len(raw)
        return raw.decode("utf-8", "replace")


class WarmClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs cells here, where papermill's client would ask a kernel to."""

    def __init__(self, nb_man: Any, watch: Watch) -> None:
        super().__init__(nb_man, km=None)
        self._watch, self._lock = watch, threading.RLock()
        self._cell: tuple[NotebookNode, int] = (NotebookNode(), 0)
        self._request: Message = {}
        self._session = _Session()
        self._session.deliver = self._deliver
        self._programs = [_Program(1, "stdout"), _Program(2, "stderr")]

    def execute(self, **_options: Any) -> NotebookNode:
        """Run all cells, up to the first that fails."""
        self.reset_execution_trackers()
        self._loop = asyncio.new_event_loop()  # one for all cells, as a kernel has: tasks go on from cell to cell
        asyncio.set_event_loop(self._loop)
        self._kernel = self._new_kernel()
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = IPythonKernel.language_info
        self.set_widgets_metadata()
        notebook: NotebookNode = self.nb
        return notebook

    def _new_kernel(self) -> _Kernel:
        """Set up a kernel as its application does; no history, and no settings of the user."""
        config = Config()
        config.HistoryManager.enabled = False
        streams = [_Stream(self._session, name, self._watch.wrote) for name in ("stdout", "stderr")]
        for stream, other in zip(streams, reversed(streams), strict=True):
            stream.other = other
        sys.stdout, sys.stderr = streams
        kernel: _Kernel = _Kernel.instance(
            config=config, session=self._session, iopub_socket=object(), log=_silent_log(),
            profile_dir=ProfileDir(location=str(self._watch.folder / "profile")),
            shell_channel_thread=SimpleNamespace(parent_thread=None),  # Ctrl-C is for the runner
        )  # fmt: skip
        _find_modules_beside()
        multiprocessing.set_start_method(
            None, force=True
        )  # that of this process is the way in which it was made itself
        random.seed()
        np.random.seed()  # noqa: NPY002 (the state that all children would share)
        return kernel

    def execute_cell(self, cell: NotebookNode, cell_index: int, *_: Any, **__: Any) -> NotebookNode:
        """Run one cell; raise `CellExecutionError` where it fails and may not."""
        if (
            cell.cell_type != "code"
            or not cell.source.strip()
            or self.skip_cells_with_tag in cell.metadata.get("tags", [])
        ):
            return cell
        self._watch.cell(cell_index)
        self._cell = (cell, cell_index)
        cell.outputs, self.clear_before_next_output = [], False
        self._request = self._session.msg("execute_request", {})
        kernel: Any = self._kernel
        kernel.set_parent([], self._request)
        reply = self._loop.run_until_complete(kernel.do_execute(cell.source, False, cell_id=cell.get("id")))
        sys.stdout.flush()
        sys.stderr.flush()
        for program in self._programs:
            if text := program.read():
                self._session.send(None, "stream", {"name": program.name, "text": text}, self._request)
        cell.execution_count = reply["execution_count"]
        self._loop.run_until_complete(self._check_raise_for_error(cell, cell_index, {"content": reply}))
        return cell

    def _deliver(self, message: Message) -> None:
        if message["parent_header"].get("msg_id") != self._request["header"]["msg_id"]:
            return  # of a cell that has ended: a client does not hear it either
        if message["msg_type"] != "stream":
            self._watch.wrote(len(json.dumps(message["content"])))
        with self._lock:  # cells may have threads
            self.process_message(message, *self._cell)

    def output(self, outs: list[NotebookNode], msg: Message, display_id: Any, cell_index: int) -> NotebookNode | None:
        """Keep an output; what follows in the same stream is joined to it."""
        out: NotebookNode | None = super().output(outs, msg, display_id, cell_index)
        if out is not None and out.output_type == "stream" and outs[:-1] and outs[-2].get("name") == out.name:
            outs[-2].text += outs.pop().text
        return out


def _silent_log() -> logging.Logger:
    """Give what a kernel writes its log to, which no handler of a cell hears."""
    log = logging.getLogger(__name__)
    log.propagate = False
    return log


def _find_modules_beside() -> None:
    """Let cells import what lies in the working folder, as the application of a kernel does."""
    if "" not in sys.path:
        first = next((n for n, path in enumerate(sys.path) if Path(path).name in ("site-packages", "dist-packages")), 0)
        sys.path.insert(first, "")
