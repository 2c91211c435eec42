"""Executing runs on the workers of a Dask cluster.

Every worker has a helper beside it, which owns the parent of the warm children: a Dask worker has threads, so it must
not be forked, and the standard library does not let it have children of its own kind. The helper ends with its worker.
"""

import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from analysis.errors import NotebookFailed, StudyError
from analysis.execution import keys
from analysis.execution.options import Options, Outcome
from analysis.execution.runs import Run

RETRIES = 3  # when a worker or its helper dies
_of_thread = threading.local()


def outcomes(chosen: Sequence[Run], options: Options) -> Iterator[Outcome]:
    """Execute runs on a cluster, the first named first, and give what comes of each as it comes.

    Raises
    ------
    StudyError
        Where Dask is not installed, or no scheduler answers.
    """
    try:
        import distributed
    except ImportError:
        raise StudyError("--scheduler needs Dask. Install it: pip install 'smart-cities-study[cluster]'") from None
    try:
        client = distributed.Client(options.scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"No Dask scheduler answers at '{options.scheduler}' ({error}). Start one with `dask scheduler`; it prints its address."
        ) from None
    with client:
        expected = keys.of_compendium()
        waiting = {
            client.submit(work, run, options, expected, key=f"study-{run.key}", pure=False, retries=RETRIES,
                          priority=len(chosen) - place): run
            for place, run in enumerate(chosen)
        }  # fmt: skip
        for future in distributed.as_completed(waiting, loop=client.loop):
            run = waiting[future]
            try:
                outcome = future.result()
            except Exception as error:  # what workers die of has many classes
                outcome = NotebookFailed(f"{run.name}: the workers of the cluster failed: {error}. {run.by_hand}")
            future.release()
            yield run, outcome


def work(run: Run, options: Options, expected: dict[str, str]) -> Any:
    """Make one notebook; this runs in a thread of a Dask worker. A failure of the notebook is given back, not raised."""
    helper: subprocess.Popen[bytes] | None = getattr(_of_thread, "helper", None)
    if helper is not None and _of_thread.expected != expected:  # its warm parent has imported what was there before
        helper.kill()
        helper.wait()
        helper = None
    if helper is None or helper.poll() is not None:
        command = [sys.executable, "-m", "analysis.execution.helper"]
        _of_thread.expected = expected
        helper = _of_thread.helper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert helper.stdin is not None
    assert helper.stdout is not None
    try:
        pickle.dump((run, options, expected), helper.stdin)
        helper.stdin.flush()
        return pickle.load(helper.stdout)
    except (EOFError, OSError) as error:
        helper.kill()
        raise RuntimeError(f"the helper of a worker on {socket.gethostname()} ended") from error


def difference(expected: dict[str, str]) -> list[str]:
    """Name the files that are not here as they are where the work comes from."""
    here = keys.of_compendium()
    return sorted(name for name in {*here, *expected} if here.get(name) != expected.get(name))
