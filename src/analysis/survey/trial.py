"""Trying changed files of `data/` on a copy, before anything is replaced."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis import files, paths


@contextlib.contextmanager
def with_changes(changed: Mapping[str, str]) -> Iterator[None]:
    """Take a copy of the data with some files changed for the compendium for a while; private answers are not copied.

    Parameters
    ----------
    changed
        New content of files, by their path in `data/`.
    """
    with tempfile.TemporaryDirectory(dir=files.workplace()) as folder:
        shutil.copytree(paths.data(), Path(folder) / "data", ignore=shutil.ignore_patterns("private"))
        for path, content in changed.items():
            file = Path(folder) / "data" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode())
        with paths.standing_in(Path(folder)):
            yield
