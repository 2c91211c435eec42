"""What belongs to a compendium, listed once: by git, or by the names that a compendium has.

Whoever copies, packs or compares a compendium asks here. What is built, tools, and answers of
cities never belong to it.
"""

import shutil
import subprocess
from pathlib import Path

from analysis import paths

# where no git can say it
_TOP = (
    ".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "LICENSE-text-and-figures.md", "Makefile",
    "README.md", "_config.yml", "benchmarks", "book", "data", "docs", "environment.yml",
    "locale", "notebooks", "pyproject.toml", "requirements.lock", "src", "tests",
)  # fmt: skip
_MADE = ("__pycache__", ".ipynb_checkpoints")


def ask_git(*command: str) -> list[str] | None:
    """Ask git about the compendium, with `-z`."""
    root = paths.root()
    try:
        top = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=root, capture_output=True, text=True, check=False
        )
        if top.returncode or Path(top.stdout.strip()).resolve() != root.resolve():
            return None
        listed = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in listed.stdout.split("\0") if name]


def listed_files() -> list[str]:
    """List the files of the compendium: those that git knows or does not ignore."""
    names = ask_git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if names is None:
        return walked_files()
    root = paths.root()
    return sorted(name for name in {*names} if (root / name).is_file() and not is_private(name))


def walked_files() -> list[str]:
    """List the files of the compendium without git: neither what is built nor what is private."""
    root, names = paths.root(), list[str]()
    for top in _TOP:
        start = root / top
        for file in [start] if start.is_file() else sorted(start.rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.is_file() and not _is_made(Path(name)) and not is_private(name):
                names.append(name)
    return sorted(names)


def _is_made(name: Path) -> bool:
    if name.suffix == ".pyc" or (name.parts[0] == "book" and name.suffix == ".ipynb"):
        return True
    return any(part in _MADE or part.endswith(".egg-info") for part in name.parts)


def is_private(name: str) -> bool:
    """Say whether a file of the compendium lies in the folder of the answers of cities."""
    inside = paths.private().resolve() in (paths.root() / name).resolve().parents
    return inside or name.startswith(f"{paths.PRIVATE}/")


def copy_files(target: Path, start: tuple[str, ...] = ("",)) -> None:
    """Copy the compendium: all that belongs to it, and nothing that was built."""
    root = paths.root()
    for name in filter(lambda name: name.startswith(start), listed_files()):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target / name)
