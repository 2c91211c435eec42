"""Running the cells of a notebook in this process, with their outputs recorded as a kernel would send them.

The shell is that of the kernel (ipykernel), and what keeps the outputs is papermill's own client; between them, in the
place of the sockets, stands a session that hands each message over.
"""

import builtins
import io
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

import numpy as np
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from jupyter_core.utils import run_sync
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from traitlets.config import Config

Message = dict[str, Any]


class Watch(Protocol):
    """Is told which cell runs, and how much it has put out."""

    def cell(self, index: int) -> None:
        """Hear that a cell begins."""

    def wrote(self, size: int) -> None:
        """Hear that a cell has put out so many bytes more."""


class _Session(Session):
    """Hands over the messages of the shell."""

    deliver: Callable[[Message], None]

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, *_: Any, **__: Any) -> Any:
        """Take a message, or make one."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content, parent)
        self.deliver(message)
        return message


class _Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    encoding = "utf-8"

    def __init__(self, name: str, send: Callable[[str, Message], None]) -> None:
        self.name, self._send = name, send

    def write(self, text: str) -> int:
        """Send a text on."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._send("stream", {"name": self.name, "text": text})
        return len(text)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

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
        self._watch = watch
        self._cell: tuple[NotebookNode, int] = (NotebookNode(), 0)
        self._session = _Session()
        self._session.deliver = self._deliver
        self._programs = [_Program(1, "stdout"), _Program(2, "stderr")]

    def execute(self, **_options: Any) -> NotebookNode:
        """Run all cells, up to the first that fails."""
        self.reset_execution_trackers()
        with tempfile.TemporaryDirectory(prefix="study-") as folder:
            self._shell = self._new_shell(folder)
            self.papermill_execute_cells()
        self.nb.metadata["language_info"] = IPythonKernel.language_info
        notebook: NotebookNode = self.nb
        return notebook

    def _new_shell(self, folder: str) -> ZMQInteractiveShell:
        """Set up a shell as a kernel does; no history, and no settings of the user."""
        config = Config()
        config.HistoryManager.enabled = False
        shell = ZMQInteractiveShell.instance(
            profile_dir=ProfileDir(location=folder), config=config, compiler_class=XCachingCompiler
        )
        publishers: tuple[Any, ...] = (shell.displayhook, shell.display_pub)
        for publisher in publishers:
            publisher.session, publisher.pub_socket, publisher.topic = self._session, object(), b""
        sys.stdout, sys.stderr = (_Stream(name, self._send) for name in ("stdout", "stderr"))
        builtins.input = _no_input
        random.seed()
        np.random.seed()  # noqa: NPY002 (the state that all children would share)
        return shell

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
        cell.execution_count = self._shell.execution_count
        result = self._shell.run_cell(cell.source, store_history=True)  # type: ignore[no-untyped-call]
        for program in self._programs:
            if text := program.read():
                self._send("stream", {"name": program.name, "text": text})
        error = result.error_before_exec or result.error_in_exec
        reply: Message = {"status": "ok"}
        if error is not None:
            reply = {"status": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
        run_sync(self._check_raise_for_error)(cell, cell_index, {"content": reply})
        return cell

    def _send(self, kind: str, content: Message) -> None:
        self._session.send(None, kind, content, {})

    def _deliver(self, message: Message) -> None:
        content = message["content"]
        self._watch.wrote(len(content["text"]) if message["msg_type"] == "stream" else len(json.dumps(content)))
        self.process_message(message, *self._cell)


def _no_input(prompt: object = "", /) -> NoReturn:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")
