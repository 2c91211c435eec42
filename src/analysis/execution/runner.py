"""Executing runs: each in a child of its own, here or on the workers of a cluster, and writing down what came of it."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import files, paths, surroundings
from analysis.errors import NotebookFailed, StudyError
from analysis.execution import children, ledger
from analysis.execution.options import Options as Options  # callers take it from here
from analysis.execution.options import Outcome
from analysis.execution.runs import Run, parameters, template_file

if TYPE_CHECKING:  # it imports papermill, which a runner does not need
    from analysis.execution.making import Made


class Progress:
    """Is told what happens; this one says nothing."""

    def started(self, run: Run) -> None:
        """Hear that a run begins."""

    def ended(self, run: Run) -> None:
        """Hear that a run has ended, well or not."""


def execute_all(
    chosen: Sequence[Run],
    options: Options | None = None,
    progress: Progress | None = None,
    check: ledger.Check | None = None,
) -> None:
    """Execute runs; one that fails does not stop the others.

    Parameters
    ----------
    chosen, options, progress
        What to execute and how, and who is told.
    check
        One that has digested the code of all of them already; needed where the warm parent was started before.

    Raises
    ------
    NotebookFailed
        After all runs, with one message for each that failed.
    """
    options, progress = options or Options(), progress or Progress()
    files.clear_unfinished()
    check = check or ledger.Check()
    # digested before a child imports anything: what changes meanwhile is stale then, and never taken for fresh
    codes = {(run.template, run.lang): check.code(run) for run in chosen}
    failures = []
    for run, outcome in _outcomes(longest_first(chosen), options, progress.started):
        try:
            if isinstance(outcome, Exception):
                raise outcome
            text = outcome.text.encode()
            files.write_whole(run.output, text)
            ledger.write(run, ledger.Entry(files.digest(text), run.parameters, codes[run.template, run.lang],
                                           outcome.readings, outcome.files, outcome.seconds))  # fmt: skip
        except StudyError as error:
            failures.append(str(error))
        except OSError as error:  # a full disk, say
            place = error.filename2 or error.filename
            where = f" ({paths.shown(Path(place))})" if isinstance(place, str) else ""
            failures.append(f"{run.name}: {error.strerror or error}{where}.")
        progress.ended(run)
    if failures:
        count = f"{len(failures)} of {len(chosen)} notebooks failed; the others are done.\n" if len(chosen) > 1 else ""
        raise NotebookFailed(count + "\n".join(sorted(failures)))


def longest_first(chosen: Sequence[Run]) -> list[Run]:
    """Order runs by the time they took last, longest first, so that no long one is left for the end.

    What never ran comes first: nobody knows how long it takes.
    """
    return sorted(chosen, key=lambda run: -(seconds(run) or float("inf")))


def seconds(run: Run) -> float | None:
    """Give the time that a run took last; `None` where it is not known."""
    entry = ledger.entry_of(run)
    return entry.seconds if entry else None


def _outcomes(chosen: list[Run], options: Options, started: Callable[[Run], None]) -> Iterator[Outcome]:
    if options.scheduler:
        from analysis.execution import cluster  # it needs Dask, which is optional

        return cluster.outcomes(chosen, options)
    return local(chosen, options, started)


def local(chosen: Sequence[Run], options: Options, started: Callable[[Run], None]) -> Iterator[Outcome]:
    """Execute runs in children of this machine, and give what comes of each as it comes."""
    waiting, active = deque(chosen), list[tuple[Run, children.Child["Made"]]]()
    jobs = max(1, options.jobs or os.cpu_count() or 1)
    root = str(paths.root())
    try:
        while waiting or active:
            while waiting and len(active) < jobs:
                run = waiting.popleft()
                started(run)
                task = partial(_task, "make", run, options, root)
                active.append((run, children.Child(task, options.limits, options.engine)))
            children.wait([child for _, child in active])
            for run, child in list(active):
                outcome: Made | Exception | None
                try:
                    outcome = child.look()
                except (StudyError, OSError) as error:
                    outcome = named(run, error)
                if outcome is not None:
                    active.remove((run, child))
                    yield run, outcome
    finally:
        for _, child in active:
            child.end()


def named(run: Run, error: Exception) -> Exception:
    """Name notebook and cell in the failure of a child that was stopped; other failures name them already."""
    if not isinstance(error, children.ChildStopped):
        return error
    where = "" if error.cell is None else f", cell {run.cell_number(error.cell)}"
    return NotebookFailed(f"{run.name}{where}: {error}. {run.by_hand}")


def make_one(run: Run, options: Options) -> "Made":
    """Make one notebook in a child and wait for it."""
    made: Made = _alone("make", run, options)
    return made


def store_outputs(template: str, options: Options | None = None) -> None:
    """Execute a template with its own parameters and store the outputs that nbval compares."""
    text: str = _alone("store", Run(template, parameters(template), template), options or Options())
    files.write_whole(template_file(template), text)


def _alone(what: str, run: Run, options: Options) -> Any:
    try:
        return children.run_alone(partial(_task, what, run, options, str(paths.root())), options.limits, options.engine)
    except children.ChildStopped as error:
        raise named(run, error) from None


def _task(what: str, run: Run, options: Options, root: str, report: children.Report) -> Any:
    """Make a notebook, or the outputs to store in its template; this runs in the child."""
    os.environ["STUDY_ROOT"] = root  # the child, and a kernel that it starts, work on the compendium of the runner
    surroundings.settle()
    import papermill  # noqa: F401 (before the engine, which papermill imports by its entry point)

    from analysis.execution import making

    work = {"make": making.make, "store": making.store}[what]
    return work(run, options.engine, options.limits.cell_seconds, report)
