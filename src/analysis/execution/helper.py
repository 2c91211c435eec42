"""Beside a Dask worker: makes the notebooks that come through standard input in warm children, until it is closed."""

import os
import pickle
import socket
import sys
from typing import Any

from analysis.errors import NotebookFailed
from analysis.execution import cluster, runner


def main() -> None:
    """Answer each piece of work with what was made, or with why it failed."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever prints must not get between the answers
        while True:
            try:
                run, options, expected = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            pickle.dump(_answer(run, options, expected), answers)
            answers.flush()


def _answer(run: Any, options: runner.Options, expected: dict[str, str]) -> Any:
    if other := cluster.difference(expected):
        shown = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        return NotebookFailed(
            f"{run.name}: the worker on {socket.gethostname()} has other files than this machine: {shown}. "
            "Let both use the same folder or the same commit, and start the workers again."
        )
    try:
        return runner.make_one(run, options)
    except Exception as error:  # the answer names it; the helper goes on
        return error


if __name__ == "__main__":
    main()
