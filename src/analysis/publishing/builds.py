"""Where the executed notebooks of a build are: in the compendium, in a folder, or made from a commit with its own library.

A commit is unpacked once, below `.study/commits/`, with the ledger and the results of the compendium as it stands: what depends on
nothing that changed since is fresh there too, as its own library finds it, and is not executed again.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from analysis import config, files, paths, receipts
from analysis.errors import StudyError
from analysis.execution import runs
from analysis.publishing import claims
from analysis.publishing.claims import Claim

HERE = "."  # names the compendium as it stands
_KEPT = 6  # commits whose results are kept
_STUDY = "from analysis.cli import main; main()"
_RUNS = (
    "import json, sys; from analysis.execution import runs; edition, axis, lang = json.loads(sys.argv[1]); "
    "print(json.dumps([(run.lang, run.page, run.key) for run in runs.runs(edition, axis, lang)]))"
)

Pages = Mapping[tuple[str, str], Path]


@dataclass(frozen=True)
class Selection:
    """The part of the matrix to compare, as `runs.runs` takes it."""

    edition: int | None = None
    axis: str | None = None
    lang: str | None = None

    @property
    def options(self) -> list[str]:
        """Give it as options of `study run`."""
        given = {"--edition": self.edition, "--axis": self.axis, "--lang": self.lang}
        return [text for name, value in given.items() if value is not None for text in (name, str(value))]

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Tell whether a notebook of these parameters belongs to it."""
        wanted = {"edition": self.edition, "axis": self.axis, "lang": self.lang}
        return all(value is None or parameters.get(name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class Build:
    """Executed notebooks to compare.

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


def is_here(name: str) -> bool:
    """Tell whether a name means the compendium as it stands."""
    return name == HERE or (Path(name).exists() and Path(name).resolve() == paths.root().resolve())


def here(selection: Selection) -> list[runs.Run]:
    """List the runs of the compendium as it stands."""
    matrix = config.load()
    languages = [selection.lang] if selection.lang else [*matrix.made]
    return [run for lang in languages for run in runs.runs(selection.edition, selection.axis, lang)]


def of_runs(chosen: Sequence[runs.Run]) -> Build:
    """Take runs of the compendium as it stands, which are executed already."""
    return Build("the compendium as it stands", {(run.lang, run.page): run.output for run in chosen})


def named(name: str, selection: Selection) -> Build:
    """Take a build by its name: that of a folder, or else of a commit, whose notebooks are executed.

    Parameters
    ----------
    name
        Folder of a build (with `html/` in it), of a site in all languages or one, of an evidence bundle or of executed notebooks; or
        anything by which git knows a commit.
    selection
        What of it is wanted.

    Raises
    ------
    StudyError
        Where there is neither, or nothing to compare in it.
    """
    return _folder(Path(name), selection) if Path(name).exists() else _commit(name, selection)


def _folder(folder: Path, selection: Selection) -> Build:
    if not folder.is_dir():
        raise StudyError(f"'{folder}' is a file, not the folder of a build. Unpack it, and name the folder.")
    inside = (
        ("book", "_build/html") if (folder / "data" / "study.yml").is_file() else ("html", "site", "notebooks/executed")
    )
    for place in [*(folder / name for name in inside), folder]:
        pages = dict(_pages(place, selection)) if place.is_dir() else {}
        if pages:
            return Build(f"the folder {place}", pages)
    raise StudyError(
        f"'{folder}' holds no executed notebooks of what is compared. Name a folder with `html` in it, that of a site (whose `_sources` "
        f"hold them), or `book`. For a commit of this name: {folder}^0"
    )


def _pages(folder: Path, selection: Selection) -> Iterator[tuple[tuple[str, str], Path]]:
    """Find the executed notebooks below a folder; their language is that of their own parameters."""
    for file in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in file.parts:
            continue
        try:
            parameters = _read(file)["metadata"]["papermill"]["parameters"]
            lang, wanted = parameters["lang"], selection.holds(parameters)
        except (KeyError, TypeError, AttributeError):  # no page of ours
            continue
        if not wanted:
            continue
        parts = file.relative_to(folder).with_suffix("").parts
        for mark in ("_sources", lang):
            if mark in parts:
                parts = parts[parts.index(mark) + 1 :]
        yield (lang, "/".join(parts)), file


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _unreadable(file) from None


def _unreadable(file: Path) -> StudyError:
    return StudyError(f"{file} cannot be read as an executed notebook. Make the build again, or name another.")


def _commit(name: str, selection: Selection) -> Build:
    given = f"{name}^{{commit}}"
    try:
        sha = _git("rev-parse", "--verify", "--quiet", "--end-of-options", given).decode().strip()
    except StudyError:
        raise StudyError(
            f"'{name}' is neither a folder nor a commit that git knows in {paths.root()}. "
            "Name two commits, or two builds; `.` is the compendium as it stands."
        ) from None
    root = paths.state() / "commits" / sha
    if not (root / "data" / "study.yml").is_file():
        _unpack(sha, root)
    listed = _listed(root, selection)
    _seed(root, listed)
    _execute(name, root, selection)
    os.utime(root)
    _forget(keep=root)
    pages = {(code, page): _notebook(root, code, page) for code, page, _ in listed}
    if not listed:  # its library is of the time before the runs had a module of their own
        pages = dict(_pages(root / "book", selection))
    subject = _git("log", "-1", "--format=%s", sha).decode().strip()
    return Build(f"commit {sha[:9]} ({subject})", pages)


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=paths.root(), capture_output=True, check=False)
    except FileNotFoundError:
        raise StudyError("git was not found: without it, two folders can be compared, but no commits.") from None
    if done.returncode:
        raise StudyError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _unpack(sha: str, root: Path) -> None:
    """Write the files of a commit to a folder, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=files.workplace()) as folder:
        made = Path(folder) / "commit"
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", sha))) as archive:
            archive.extractall(made, filter="data")
        if not (made / "data" / "study.yml").is_file():
            raise StudyError(
                f"The commit {sha[:9]} holds no compendium: data/study.yml is not in it. Name a later one."
            )
        files.replace_folder(made, root)


def _its_own(root: Path, *arguments: str, code: str = _STUDY, quiet: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run something with the library of a commit, by the interpreter and packages of today."""
    environment = os.environ | {
        "STUDY_ROOT": str(root.resolve()), "PYTHONPATH": str(root.resolve() / "src"),
        "STUDY_PRIVATE": str(paths.private().resolve()),  # a commit has no answers of cities; the compendium may have some
    }  # fmt: skip
    errors = subprocess.PIPE if quiet else None
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=root, env=environment, stdout=subprocess.PIPE,
                          stderr=errors, text=True, check=False)  # fmt: skip


def _listed(root: Path, selection: Selection) -> list[tuple[str, str, str]]:
    """Ask the library of a commit for its runs: language, page and key in the ledger; none where it cannot say."""
    done = _its_own(root, json.dumps([selection.edition, selection.axis, selection.lang]), code=_RUNS)
    try:
        return [(code, page, key) for code, page, key in json.loads(done.stdout)] if done.returncode == 0 else []
    except (ValueError, TypeError):
        return []


def _notebook(root: Path, lang: str, page: str) -> Path:
    return root / "book" / lang / f"{page}.ipynb"


def _seed(root: Path, listed: Sequence[tuple[str, str, str]]) -> None:
    """Give a commit the results that the compendium has: its own ledger tells which of them it may keep."""
    for lang, page, key in listed:
        result, entry = _notebook(paths.root(), lang, page), paths.state() / "ledger" / f"{key}.json"
        copy, its = _notebook(root, lang, page), root / ".study" / "ledger" / f"{key}.json"
        if result.is_file() and entry.is_file() and not (copy.is_file() and its.is_file()):
            for source, target in ((result, copy), (entry, its)):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)  # cut short by a kill, it does not have the digest of its entry
    for name in ("modules.json", "good-data"):  # what is known of contents: of modules, and of data that were checked
        known, its = paths.state() / name, root / ".study" / name
        if known.is_file() and not its.is_file():
            its.parent.mkdir(exist_ok=True)
            shutil.copyfile(known, its)


def _execute(name: str, root: Path, selection: Selection) -> None:
    """Execute the notebooks of a commit that are not fresh; whoever watches sees its progress."""
    watched = sys.stderr.isatty()
    done = _its_own(root, "run", *selection.options, quiet=not watched)
    if done.returncode:
        said = (done.stderr or "").strip().removeprefix("study: ")
        if said.startswith("Traceback"):  # its library does not go with the packages of today
            said = said.splitlines()[-1]
        why = "see above" if watched else said or f"it ended with status {done.returncode}"
        raise StudyError(f"The notebooks of '{name}' cannot be executed with the library of that commit: {why}")


def _forget(keep: Path) -> None:
    """Delete the results of commits that were compared longest ago."""
    known = sorted((paths.state() / "commits").iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for folder in [one for one in known if one != keep][_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def claims_of(file: Path, page: str) -> list[Claim]:
    """List what a page claims, each with the slices of its receipt.

    A notebook from before there were receipts names its sentences by no more than their order.
    """
    try:
        notebook = nbformat.read(file, as_version=4)
        kept = notebook.metadata.get(receipts.KEY)
        if not kept:
            _name_sentences(notebook)
            return [_title(notebook, page), *claims.of_notebook(notebook, page)]
        return [_with_slices(one, kept["read"]) for one in claims.of_notebook(notebook, page)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # somebody wrote into it
        raise _unreadable(file) from None


def _with_slices(claim: Claim, slices: Sequence[Any]) -> Claim:
    """Put into a receipt the slices themselves, where it has their places in the list of its page."""
    if not claim.receipt:
        return claim
    return replace(claim, receipt={**claim.receipt, "read": [slices[place] for place in claim.receipt.get("read", [])]})


def _name_sentences(notebook: nbformat.NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = receipts.with_ids(html, f"cell-{number}")


def _title(notebook: nbformat.NotebookNode, page: str) -> Claim:
    first = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    return Claim(page, receipts.TITLE, receipts.TITLE, first.partition("\n")[0].lstrip("# "))
