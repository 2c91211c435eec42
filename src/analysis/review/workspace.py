"""The workspaces that are compared: the compendium, a copy of it, a commit, a folder.

A commit is unpacked once, below `.study/commits/`, with the ledger and the results of the
compendium as it stands: what depends on nothing that changed since is fresh there too, as its own
library finds it, and is not executed again.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from analysis import files, inventory, paths
from analysis.errors import StudyError
from analysis.execution import runner
from analysis.execution.runs import Run, runs
from analysis.publishing.claims import Claim
from analysis.review.artefacts import notebook_claims

HERE = "."  # names the compendium as it stands
_KEPT = 6  # commits whose results are kept
_STUDY = "from analysis.cli import main; main()"
_RUNS = (
    "import json, sys; from analysis.execution import runs; edition, axis, lang = json.loads(sys.argv[1]); "
    "print(json.dumps([(run.lang, run.page, run.key) for run in runs.runs(edition, axis, lang)]))"
)

Pages = Mapping[tuple[str, str], Path]
Watched = Callable[[Sequence[Run]], contextlib.AbstractContextManager[runner.Progress]]


@dataclass(frozen=True)
class Selection:
    """A part of the matrix, as `runs.runs` takes it."""

    edition: int | None = None
    axis: str | None = None
    lang: str | None = None

    @property
    def whole(self) -> bool:
        """Say whether it is everything."""
        return (self.edition, self.axis, self.lang) == (None, None, None)

    @property
    def runs(self) -> list[Run]:
        """List its runs."""
        return runs(self.edition, self.axis, self.lang)

    @property
    def options(self) -> list[str]:
        """Give it as options of `study run`."""
        values = {"--edition": self.edition, "--axis": self.axis, "--lang": self.lang}
        return [text for name, value in values.items() if value is not None for text in (name, str(value))]

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Tell whether a notebook of these parameters belongs to it."""
        selected = {"edition": self.edition, "axis": self.axis, "lang": self.lang}
        return all(value is None or parameters.get(name) == value for name, value in selected.items())


@dataclass(frozen=True)
class Workspace:
    """A workspace in which notebooks were executed.

    Parameters
    ----------
    name
        What was taken, as a message says it.
    pages
        Executed notebooks by language and page.
    """

    name: str
    pages: Pages

    def languages(self) -> set[str]:
        """Name the languages of the pages."""
        return {lang for lang, _ in self.pages}


# copies


@contextlib.contextmanager
def compendium_copy(epoch: str = "") -> Iterator[Path]:
    """Work for a while on a copy of the compendium; answers of cities stay where they are.

    Parameters
    ----------
    epoch
        `SOURCE_DATE_EPOCH` under which the book to compare with was made; empty where there was
        none.
    """
    with tempfile.TemporaryDirectory(dir=files.workplace(), prefix="again-") as folder:
        copy = Path(folder) / "compendium"
        inventory.copy_files(copy)
        private = str(paths.private().resolve())
        with paths.standing_in(copy, {"STUDY_PRIVATE": private, "SOURCE_DATE_EPOCH": epoch or None}):
            yield copy


def rebuild(languages: Sequence[str], options: runner.Options, watched: Watched, *, site: bool, pdf: bool) -> None:
    """Execute all notebooks of some languages, and build site and print editions."""
    from analysis.publishing import book
    from analysis.publishing import print as printing  # Typst is needed for print editions alone

    chosen = [run for lang in languages for run in runs(lang=lang)]
    with watched(chosen) as progress:
        runner.execute_all(chosen, options, progress)
    if site:
        book.write_site(languages)
    if pdf:
        printing.write_editions(languages)


def built_files(root: Path) -> dict[str, Path]:
    """Give what was built in a compendium by name: notebooks, site and print editions."""
    build = root / "_build"
    listed = [*(root / "book").rglob("*.ipynb"), *(build / "html").rglob("*"), *(build / "pdf").rglob("*")]
    return {file.relative_to(root).as_posix(): file for file in sorted(listed) if file.is_file()}


# workspaces by their names


def open_workspaces(
    names: Sequence[str], selection: Selection, execute: Callable[[Sequence[Run]], None]
) -> dict[str, Workspace]:
    """Open workspaces by their names."""
    opened = {}
    # the compendium first: what is fresh there need not be executed for a commit
    for name in sorted(names, key=lambda name: not is_here(name)):
        if is_here(name):
            execute(selection.runs)
            pages = {(run.lang, run.page): run.output for run in selection.runs}
            opened[name] = Workspace("the compendium as it stands", pages)
        else:
            opened[name] = open_workspace(name, selection)
    return opened


def is_here(name: str) -> bool:
    """Tell whether a name means the compendium as it stands."""
    return name == HERE or (Path(name).exists() and Path(name).resolve() == paths.root().resolve())


def open_workspace(name: str, selection: Selection) -> Workspace:
    """Open the workspace of a folder, or else of a commit, whose notebooks are executed.

    Parameters
    ----------
    name
        Folder of a build (with `html/` in it), of a site in all languages or one, of an evidence
        bundle or of executed notebooks; or anything by which git knows a commit.
    selection
        What of it is wanted.

    Raises
    ------
    StudyError
        Where there is neither, or nothing to compare in it.
    """
    return _open_folder(Path(name), selection) if Path(name).exists() else _open_commit(name, selection)


def _open_folder(folder: Path, selection: Selection) -> Workspace:
    if not folder.is_dir():
        raise StudyError(f"'{folder}' is a file, not the folder of a build. Unpack it, and name the folder.")
    inside = (
        ("book", "_build/html") if (folder / "data" / "study.yml").is_file() else ("html", "site", "notebooks/executed")
    )
    for place in [*(folder / name for name in inside), folder]:
        pages = dict(_find_pages(place, selection)) if place.is_dir() else {}
        if pages:
            return Workspace(f"the folder {place}", pages)
    raise StudyError(
        f"'{folder}' holds no executed notebooks of what is compared. Name a folder with `html` in it, that of a site (whose `_sources` "
        f"hold them), or `book`. For a commit of this name: {folder}^0"
    )


def _find_pages(folder: Path, selection: Selection) -> Iterator[tuple[tuple[str, str], Path]]:
    """Find the executed notebooks below a folder."""
    for file in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in file.parts:
            continue
        try:
            parameters = _read_notebook(file)["metadata"]["papermill"]["parameters"]
            lang, chosen = parameters["lang"], selection.holds(parameters)
        except (KeyError, TypeError, AttributeError):  # no page of ours
            continue
        if not chosen:
            continue
        parts = file.relative_to(folder).with_suffix("").parts
        for mark in ("_sources", lang):
            if mark in parts:
                parts = parts[parts.index(mark) + 1 :]
        yield (lang, "/".join(parts)), file


def _read_notebook(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _unreadable(file) from None


def _unreadable(file: Path) -> StudyError:
    return StudyError(f"{file} cannot be read as an executed notebook. Make the build again, or name another.")


def _open_commit(name: str, selection: Selection) -> Workspace:
    revision = f"{name}^{{commit}}"
    try:
        sha = _run_git("rev-parse", "--verify", "--quiet", "--end-of-options", revision).decode().strip()
    except StudyError:
        raise StudyError(
            f"'{name}' is neither a folder nor a commit that git knows in {paths.root()}. "
            "Name two commits, or two builds; `.` is the compendium as it stands."
        ) from None
    root = paths.state() / "commits" / sha
    if not (root / "data" / "study.yml").is_file():
        _unpack_commit(sha, root)
    listed = _list_runs(root, selection)
    _seed_results(root, listed)
    _execute_stale(name, root, selection)
    os.utime(root)
    _forget_oldest(keep=root)
    pages = {(code, page): _notebook_file(root, code, page) for code, page, _ in listed}
    if not listed:  # its library is of the time before the runs had a module of their own
        pages = dict(_find_pages(root / "book", selection))
    subject = _run_git("log", "-1", "--format=%s", sha).decode().strip()
    return Workspace(f"commit {sha[:9]} ({subject})", pages)


def _run_git(*arguments: str) -> bytes:
    try:
        completed = subprocess.run(["git", *arguments], cwd=paths.root(), capture_output=True, check=False)
    except FileNotFoundError:
        raise StudyError("git was not found: without it, two folders can be compared, but no commits.") from None
    if completed.returncode:
        raise StudyError(f"git {arguments[0]}: {completed.stderr.decode(errors='replace').strip()}")
    return completed.stdout


def _unpack_commit(sha: str, root: Path) -> None:
    """Write the files of a commit to a folder, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=files.workplace()) as folder:
        unpacked = Path(folder) / "commit"
        with tarfile.open(fileobj=io.BytesIO(_run_git("archive", "--format=tar", sha))) as archive:
            archive.extractall(unpacked, filter="data")
        if not (unpacked / "data" / "study.yml").is_file():
            raise StudyError(
                f"The commit {sha[:9]} holds no compendium: data/study.yml is not in it. Name a later one."
            )
        files.replace_folder(unpacked, root)


def _run_inside(
    root: Path, *arguments: str, code: str = _STUDY, quiet: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run something with the library of a commit, by the interpreter and packages of today."""
    environment = os.environ | {
        "STUDY_ROOT": str(root.resolve()), "PYTHONPATH": str(root.resolve() / "src"),
        "STUDY_PRIVATE": str(paths.private().resolve()),  # a commit has no answers of cities; the compendium may have some
    }  # fmt: skip
    errors = subprocess.PIPE if quiet else None
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=root, env=environment, stdout=subprocess.PIPE,
                          stderr=errors, text=True, check=False)  # fmt: skip


def _list_runs(root: Path, selection: Selection) -> list[tuple[str, str, str]]:
    """Ask the library of a commit for its runs: language, page and key in the ledger."""
    completed = _run_inside(root, json.dumps([selection.edition, selection.axis, selection.lang]), code=_RUNS)
    try:
        return (
            [(code, page, key) for code, page, key in json.loads(completed.stdout)] if completed.returncode == 0 else []
        )
    except (ValueError, TypeError):
        return []


def _notebook_file(root: Path, lang: str, page: str) -> Path:
    return root / "book" / lang / f"{page}.ipynb"


def _seed_results(root: Path, listed: Sequence[tuple[str, str, str]]) -> None:
    """Give a commit our results: its own ledger tells which of them it may keep."""
    for lang, page, key in listed:
        result, entry = _notebook_file(paths.root(), lang, page), paths.state() / "ledger" / f"{key}.json"
        copy, its = _notebook_file(root, lang, page), root / ".study" / "ledger" / f"{key}.json"
        if result.is_file() and entry.is_file() and not (copy.is_file() and its.is_file()):
            for source, target in ((result, copy), (entry, its)):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)  # cut short by a kill, it does not have the digest of its entry
    for name in ("modules.json", "good-data"):  # what is known of contents: of modules, and of data that were checked
        known, its = paths.state() / name, root / ".study" / name
        if known.is_file() and not its.is_file():
            its.parent.mkdir(exist_ok=True)
            shutil.copyfile(known, its)


def _execute_stale(name: str, root: Path, selection: Selection) -> None:
    """Execute the notebooks of a commit that are not fresh; whoever watches sees its progress."""
    watched = sys.stderr.isatty()
    completed = _run_inside(root, "run", *selection.options, quiet=not watched)
    if completed.returncode:
        message = (completed.stderr or "").strip().removeprefix("study: ")
        if message.startswith("Traceback"):  # its library does not go with the packages of today
            message = message.splitlines()[-1]
        why = "see above" if watched else message or f"it ended with status {completed.returncode}"
        raise StudyError(f"The notebooks of '{name}' cannot be executed with the library of that commit: {why}")


def _forget_oldest(keep: Path) -> None:
    """Delete the results of commits that were compared longest ago."""
    known = sorted((paths.state() / "commits").iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in [other for other in known if other != keep][_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def claims_in(file: Path, page: str) -> list[Claim]:
    """List what an executed notebook claims."""
    try:
        return notebook_claims(nbformat.read(file, as_version=4), page)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # somebody wrote into it
        raise _unreadable(file) from None
