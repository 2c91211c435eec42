"""What lies where in the bundle, and what must not lie there at all.

`source/` is the compendium as git has it (or, where there is no git, the files that belong to it); `site/`, `pdf/`,
`notebooks/executed/` and `receipts/` are what was built of it. Private answers are never taken, and nothing that was built is taken
if it holds some of them.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import paths, study, tables
from analysis.chapters.answers import gate_of
from analysis.errors import BookFailed
from analysis.execution import runs
from analysis.publishing import released
from analysis.publishing.release.described import CITATION, Release

SOURCE, SITE, PDF, EXECUTED, RECEIPTS = "source", "site", "pdf", "notebooks/executed", "receipts"
# what belongs to the compendium, where no git can say it
_OWN = (
    ".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", CITATION, "CONTRIBUTING.md", "LICENSE",
    "LICENSE-text-and-figures.md", "Makefile", "README.md", "_config.yml", "benchmarks", "book", "data", "docs", "environment.yml",
    "notebooks", "pyproject.toml", "requirements.lock", "src", "tests",
)  # fmt: skip
_MADE = ("__pycache__", ".ipynb_checkpoints")
_TABLES = (".csv", ".tsv", ".xlsx", ".ods", ".parquet")
_BINARY = (".pdf", ".png", ".zip", ".inv")


@dataclass(frozen=True)
class Piece:
    """A file of the bundle: its place there, and the file that it is a copy of."""

    name: str
    file: Path

    @property
    def executable(self) -> bool:
        """Say whether it is a program."""
        return bool(self.file.stat().st_mode & 0o100)


def pieces(release: Release) -> list[Piece]:
    """List everything that is copied into the bundle, in order.

    Raises
    ------
    BookFailed
        Where something lacks, or must not be released.
    """
    root, build = paths.root(), paths.build()
    copies = [Piece(f"{SOURCE}/{name}", root / name) for name in sources()]
    copies += [Piece(name, root / name) for name in ("LICENSE", "LICENSE-text-and-figures.md", "requirements.lock")]
    for code in (*study.load().built, *study.load().briefs):
        copies += _folder_pieces(build / "html" / code, f"{SITE}/{code}")
        copies += _folder_pieces(build / "html" / code / "_static" / RECEIPTS, f"{RECEIPTS}/{code}")
        copies += [Piece(f"{EXECUTED}/{code}/{run.page}.ipynb", run.output) for run in runs.runs(lang=code)]
        copies += [Piece(f"{PDF}/{file.name}", file) for file in _print_files(code)]
    copies.append(Piece(f"{SITE}/index.html", build / "html" / "index.html"))
    lacking = [paths.shown(piece.file) for piece in copies if not piece.file.is_file()]
    if lacking:
        raise BookFailed(f"{', '.join(lacking[:5])}: not built. Leave --as-built out.")
    return sorted(copies, key=lambda piece: piece.name)


def _folder_pieces(folder: Path, name: str) -> Iterator[Piece]:
    yield from (
        Piece(f"{name}/{file.relative_to(folder).as_posix()}", file) for file in folder.rglob("*") if file.is_file()
    )


def _print_files(lang: str) -> Iterator[Path]:
    """Name the print editions of a language, the book (where there is one) and the briefs."""
    folder = paths.build() / "pdf"
    if lang not in study.load().briefs:
        yield folder / f"{lang}.pdf"
    yield from (folder / f"brief-{run.parameters['edition']}-{lang}.pdf"
                for run in runs.runs(lang=lang) if run.template == "brief")  # fmt: skip


def sources() -> list[str]:
    """List the files of the compendium itself, by their path in it.

    Raises
    ------
    BookFailed
        Where git has changes that are not committed, or a table is not described, or lies in the private folder.
    """
    if changed := _git_output("status", "--porcelain", "-z"):
        which = ", ".join(entry[3:] for entry in changed[:5])
        raise BookFailed(
            f"A release is of a commit, and these files are not as committed: {which}. Commit or delete them."
        )
    tracked = _git_output("ls-files", "-z")
    names = walked() if tracked is None else tracked
    private = paths.private().resolve()
    described = {f"data/{descriptor['path']}" for descriptor in tables.descriptors().values()}
    for name in names:
        if private in (paths.root() / name).resolve().parents or name.startswith(f"{paths.PRIVATE}/"):
            raise BookFailed(
                f"{name} lies in the private folder and is tracked by git. Take it out: git rm --cached {name}"
            )
        if name.startswith("data/") and name.endswith(_TABLES) and name not in described:
            raise BookFailed(f"{name} is a table that no datapackage.json describes: nobody would know its terms. "
                             "Describe it, or delete it.")  # fmt: skip
    return sorted(names)


def _git_output(*command: str) -> list[str] | None:
    """Ask git about the compendium; `None` where it is no repository, or part of another, or there is no git."""
    try:
        top = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=paths.root(), capture_output=True, text=True, check=False
        )
        if top.returncode or Path(top.stdout.strip()).resolve() != paths.root().resolve():
            return None
        result = subprocess.run(["git", *command], cwd=paths.root(), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in result.stdout.split("\0") if name]


def walked() -> list[str]:
    """List the files that belong to the compendium, without git: neither what is built nor what is private."""
    root, private = paths.root(), paths.private().resolve()
    names = []
    for name in _OWN:
        start = root / name
        for file in [start] if start.is_file() else sorted(start.rglob("*")):
            parts = file.relative_to(root).parts
            generated = file.suffix == ".pyc" or any(part in _MADE or part.endswith(".egg-info") for part in parts)
            generated |= parts[0] == "book" and file.suffix == ".ipynb"  # executed chapters
            hidden = private in file.resolve().parents or "/".join(parts).startswith(f"{paths.PRIVATE}/")
            if file.is_file() and not generated and not hidden:
                names.append("/".join(parts))
    return sorted(names)


def check_answers() -> None:
    """Raise `BookFailed` where answers are synthetic: a rehearsal is never released."""
    synthetic = [str(year) for year in study.load().editions if (gate := gate_of(year)) and gate.synthetic]
    if synthetic:
        raise BookFailed(
            f"The private folder holds synthetic answers to {', '.join(synthetic)}: a rehearsal is never released. "
            f"Delete them: study private purge {synthetic[0]}"
        )


def check(copies: Sequence[Piece]) -> None:
    """Raise `BookFailed` where a file holds an answer that is never published, or names a folder of this machine."""
    check_answers()
    released.check()
    permits = [released.Permit(year, gate) for year in study.load().editions if (gate := gate_of(year)) is not None]
    here = str(paths.root().resolve())
    telling = [here] if len(Path(here).parts) > 2 else []  # "/work" alone may stand anywhere
    problems = []
    for piece in copies:
        if piece.name.endswith(_BINARY):
            continue
        text = piece.file.read_text(encoding="utf-8", errors="replace")
        problems += [f"{piece.name}: it names the folder {folder}." for folder in telling if folder in text]
        problems += [f"{piece.name}, {problem}" for permit in permits for problem in permit.secrets_in(text)]
    if problems:
        raise BookFailed("Nothing was released:\n  " + "\n  ".join(problems[:20]))


def copy(copies: Sequence[Piece], folder: Path) -> None:
    """Copy the pieces into a folder; each may be read by all, and programs be run."""
    for piece in copies:
        target = folder / piece.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(piece.file, target)
        target.chmod(0o755 if piece.executable and piece.name.startswith(f"{SOURCE}/") else 0o644)
