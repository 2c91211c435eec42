"""How runs are executed, and what comes of each: shared by the runner and the cluster."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.execution.children import Limits, can_fork
from analysis.execution.runs import Run

if TYPE_CHECKING:  # it imports papermill, which a runner does not need
    from analysis.execution.making import Made

Outcome = tuple[Run, "Made | Exception"]


@dataclass(frozen=True)
class Options:
    """How to execute.

    `engine` is `warm` or `kernel`; `jobs` the number of notebooks at a time, that of the cores where it is not given;
    `scheduler` the address of a Dask scheduler.
    """

    engine: str = "warm" if can_fork() else "kernel"
    jobs: int | None = None
    limits: Limits = field(default_factory=Limits)
    scheduler: str | None = None
