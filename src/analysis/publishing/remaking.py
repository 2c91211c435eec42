"""The book made again from its sources, away from the one that is there, so that the two can be compared."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analysis import files, paths
from analysis.execution import runner, runs
from analysis.publishing import book


@contextlib.contextmanager
def copy_of_sources(epoch: str = "") -> Iterator[Path]:
    """Work for a while on a copy of the compendium without anything generated; answers of cities stay where they are.

    Parameters
    ----------
    epoch
        `SOURCE_DATE_EPOCH` under which the book to compare with was made; empty where there was none.
    """
    root = paths.root()
    with tempfile.TemporaryDirectory(dir=files.workplace(), prefix="again-") as folder:
        copy = Path(folder) / "compendium"
        copy.mkdir()
        for name in (
            "benchmarks",
            "book",
            "data",
            "locale",
            "notebooks",
            "_config.yml",
            "CITATION.cff",
            "requirements.lock",
        ):
            source = root / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=_not_sources)
            elif source.is_file():
                shutil.copyfile(source, copy / name)
        private = str(paths.private().resolve())
        with paths.standing_in(copy, {"STUDY_PRIVATE": private, "SOURCE_DATE_EPOCH": epoch or None}):
            yield copy


def _not_sources(folder: str, names: list[str]) -> set[str]:
    """Name what a copy leaves out: executed chapters, answers of cities, folders of tools."""
    ignored = set(shutil.ignore_patterns(*files.MADE)(folder, names))
    return ignored | {name for name in names if name.endswith(".ipynb") and Path(folder).parts[-1] != "notebooks"}


def remake(
    languages: Sequence[str],
    options: runner.Options,
    watched: Callable[[Sequence[runs.Run]], contextlib.AbstractContextManager[runner.Progress]],
    *,
    site: bool,
    pdf: bool,
) -> None:
    """Execute all notebooks of some languages in the compendium at hand, and build site and print editions from them."""
    from analysis.publishing import print as printing  # Typst is needed for print editions alone

    chosen = [run for lang in languages for run in runs.runs(lang=lang)]
    with watched(chosen) as progress:
        runner.execute_all(chosen, options, progress)
    if site:
        book.write_site(languages)
    if pdf:
        printing.write_editions(languages)
