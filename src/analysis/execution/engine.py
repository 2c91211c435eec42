"""The engine `warm` of papermill: cells run in a child forked from a parent that has imported the libraries.

Papermill finds it by its entry point (`papermill --engine warm`) and imports this module while it is being imported
itself, so import papermill before this.
"""

from typing import Any

from papermill.engines import Engine


class WarmEngine(Engine):  # type: ignore[misc]
    """Execute a notebook without a kernel; see `analysis.execution.cells` for how outputs are recorded."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, watch: Any = None, **_options: Any) -> None:
        """Run the cells: here where this is such a child, which has a `watch`, else in a new one."""
        if watch is None:
            from analysis.execution import children

            children.run_cells(nb_man)
        else:
            from analysis.execution.cells import WarmClient

            WarmClient(nb_man, watch).execute()
