"""What changes inside every Python process of a build: the clock, and the order of folders.

This file imports nothing of the library: `conditions` lays a copy of it, named `sitecustomize.py`,
on the path of the builds, so that the interpreter runs it first in every process, the children that
it forks or starts included.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

AHEAD, ORDER = "STUDY_TWICE_AHEAD", "STUDY_TWICE_ORDER"  # seconds; `sorted` or `reversed`


def apply() -> None:
    """Change what the environment asks for."""
    if ahead := int(os.environ.get(AHEAD) or 0):
        import time_machine  # at the level of C: the clock of every module, whatever it imported by name

        time_machine.travel(time.time() + ahead, tick=True).start()
    if order := os.environ.get(ORDER):
        _order(order == "reversed")


def _order(backwards: bool) -> None:
    """List folders by name, or backwards; a file system gives them in any order."""
    scan, names = os.scandir, os.listdir

    class Scanned:
        """Stands for the iterator of `os.scandir`, which closes itself."""

        def __init__(self, *folder: Any) -> None:
            with scan(*folder) as entries:
                self._left = iter(sorted(entries, key=lambda entry: entry.name, reverse=backwards))

        def __iter__(self) -> Iterator[Any]:
            return self._left

        def __next__(self) -> Any:
            return next(self._left)

        def __enter__(self) -> "Scanned":
            return self

        def __exit__(self, *_error: object) -> None:
            self.close()

        def close(self) -> None:
            """Forget what is left, as the system does."""
            self._left = iter(())

    os.scandir = Scanned  # type: ignore[assignment]
    os.listdir = lambda *folder: sorted(names(*folder), reverse=backwards)  # type: ignore[assignment]


if __name__ == "sitecustomize":
    apply()
