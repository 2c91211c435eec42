"""The code that makes pages: the engine, and the package of a study's own (`library` in data/study.yml).

What a study adds to the engine are functions of one module (`extension`): each is called where it is there, by `extended`.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from analysis import config, paths
from analysis.errors import InvalidData

ENGINE = __name__.partition(".")[0]


def packages() -> dict[str, Path]:
    """Give the folder of each package, by its name."""
    names = dict.fromkeys([ENGINE, *config.load().library])
    return {name: _folder(name) for name in names}


@cache
def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise InvalidData(f"{config.FILE}, library: there is no package '{package}'. Install it, or mend its name.")
    return Path(spec.origin).resolve().parent


def holds(module: str) -> bool:
    """Say whether a module is one of these packages."""
    return module.partition(".")[0] in packages()


def file_of(module: str) -> Path | None:
    """Find the file of a module; `None` where the name stands for something within a module."""
    package, *inner = module.split(".")
    bare = packages()[package].joinpath(*inner)
    files = [bare / "__init__.py"] if not inner else [bare.with_name(f"{bare.name}.py"), bare / "__init__.py"]
    return next((file for file in files if file.is_file()), None)


def place_of(file: Path) -> str:
    """Give the path of a file below `src/`, `analysis/figures.py` say."""
    for folder in packages().values():
        if folder in file.parents:
            return file.relative_to(folder.parent).as_posix()
    return file.name


def name_of(file: Path) -> str:
    """Give the name of the module that a file holds."""
    return place_of(file).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def files() -> list[Path]:
    """List the files of these packages, in order."""
    return [
        file
        for folder in packages().values()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    ]


def sources() -> Iterator[tuple[str, Path]]:
    """Give the modules that may say something to a reader: how each is shown, and its file."""
    for file in files():
        if file.suffix == ".py" and not {*place_of(file).split("/")} & {*config.load().silent}:
            yield f"src/{place_of(file)}", file


def catalogues(lang: str) -> list[Path]:
    """Give the catalogues of a language: those that come with the code, then that of the study by itself."""
    own = paths.root() / "locale" / f"{lang}.po"
    return [*shipped_catalogues(lang), *([own] if own.is_file() else [])]


def shipped_catalogues(lang: str) -> list[Path]:
    """Give the catalogues of a language that come with the code."""
    return [file for folder in packages().values() for file in folder.rglob(f"locale/{lang}.po")]


def has_own_catalogues() -> bool:
    """Say whether the study keeps its words in a folder `locale` of its own, apart from those of the code."""
    return (paths.root() / "locale").is_dir()


def catalogue_file(lang: str) -> Path:
    """Give the catalogue that translators of this study fill in."""
    if has_own_catalogues():
        return paths.root() / "locale" / f"{lang}.po"
    return next(packages()[ENGINE].rglob("locale")) / f"{lang}.po"


def extended(function: str) -> Callable[..., Any] | None:
    """Give a function that the study adds to the engine; `None` where it has none."""
    name = config.load().extension
    return getattr(importlib.import_module(name), function, None) if name else None
