"""What lies where in the bundle, and what must not lie there at all.

`source/` is the compendium as git has it (or, where there is no git, the files that `inventory` lists); `site/`, `pdf/`,
`notebooks/executed/` and `receipts/` are what was built of it. Private answers are never taken, and nothing that was built is taken
if it holds some of them.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import config, inventory, library, paths, tables
from analysis.errors import BookFailed
from analysis.execution import runs
from analysis.publishing import receipted
from analysis.publishing.release.described import Release

SOURCE, SITE, PDF, EXECUTED, RECEIPTS = "source", "site", "pdf", "notebooks/executed", "receipts"
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
    for code in config.load().made:
        site = build / "html" / code
        copies += _folder_pieces(site, f"{SITE}/{code}")
        copies += [piece for piece in _folder_pieces(site, f"{RECEIPTS}/{code}") if receipted.is_document(piece.name)]
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
    if lang not in config.load().briefs:
        yield folder / f"{lang}.pdf"
    yield from (folder / f"{run.sheet}.pdf" for run in runs.selected(lang) if run.is_brief)


def sources() -> list[str]:
    """List the files of the compendium itself, by their path in it.

    Raises
    ------
    BookFailed
        Where git has changes that are not committed, or a table is not described, or lies in the private folder.
    """
    if changed := inventory.ask_git("status", "--porcelain", "-z"):
        which = ", ".join(entry[3:] for entry in changed[:5])
        raise BookFailed(
            f"A release is of a commit, and these files are not as committed: {which}. Commit or delete them."
        )
    tracked = inventory.ask_git("ls-files", "-z")
    names = inventory.walked_files() if tracked is None else tracked
    described = {f"data/{descriptor['path']}" for descriptor in tables.descriptors().values()}
    for name in names:
        if inventory.is_private(name):
            raise BookFailed(
                f"{name} lies in the private folder and is tracked by git. Take it out: git rm --cached {name}"
            )
        if name.startswith("data/") and name.endswith(_TABLES) and name not in described:
            raise BookFailed(f"{name} is a table that no datapackage.json describes: nobody would know its terms. "
                             "Describe it, or delete it.")  # fmt: skip
    return sorted(names)


def check_answers() -> None:
    """Raise `BookFailed` where the study has something that is never released, answers of a rehearsal say."""
    if check_release := library.extended("check_release"):
        check_release()


def check(copies: Sequence[Piece]) -> None:
    """Raise `BookFailed` where a file holds an answer that is never published, or names a folder of this machine."""
    check_answers()
    if check_site := library.extended("check_site"):
        check_site(paths.build())
    secret_search = library.extended("secret_search")
    secrets_in = secret_search() if secret_search else lambda _text: ()
    here = str(paths.root().resolve())
    telling = [here] if len(Path(here).parts) > 2 else []  # "/work" alone may stand anywhere
    problems = []
    for piece in copies:
        if piece.name.endswith(_BINARY):
            continue
        text = piece.file.read_text(encoding="utf-8", errors="replace")
        problems += [f"{piece.name}: it names the folder {folder}." for folder in telling if folder in text]
        problems += [f"{piece.name}, {problem}" for problem in secrets_in(text)]
    if problems:
        raise BookFailed("Nothing was released:\n  " + "\n  ".join(problems[:20]))


def copy(copies: Sequence[Piece], folder: Path) -> None:
    """Copy the pieces into a folder; each may be read by all, and programs be run."""
    for piece in copies:
        target = folder / piece.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(piece.file, target)
        target.chmod(0o755 if piece.executable and piece.name.startswith(f"{SOURCE}/") else 0o644)
