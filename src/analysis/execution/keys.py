"""What a result depends on besides the data: template, modules of the library, catalogue, lock, interpreter.

Contents alone count, never a time stamp and never the commit. A comment in a module counts for nothing, nor does the way in
which an editor or git ends lines; the version of Python has a place of its own, and every other digest is the same with all.
"""

import ast
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import config, library, paths
from analysis.execution import runs, syntax
from analysis.files import content_of, digest, digest_file, write_whole

_COLOURS = f"{config.FILE}: colours"  # stands beside the modules: it is style, and no reading
# what makes a page of a template, whatever the template imports
_ALWAYS = ("analysis.execution.cells", "analysis.execution.notebook")


@dataclass(frozen=True)
class Code:
    """Digests of all that a run depends on besides the data.

    `template` has one for each cell; `modules` are files of the library by their path in it; `lock` and `catalogue`
    are empty where there is none.
    """

    template: list[str]
    modules: dict[str, str]
    catalogue: str
    lock: str
    python: str


def code(template: str, lang: str) -> Code:
    """Digest what runs of a template in a language depend on."""
    parts = [digest(f"{cell.kind}\n{cell.source}\n{cell.tags}".encode()) for cell in runs.cells(template)]
    roots = {
        name for cell in runs.cells(template) if cell.kind == "code" for name in _imports(_python(cell.source), "")
    }
    catalogues = [digest_file(file) for file in library.catalogues(lang)]
    lock = paths.root() / "requirements.lock"
    return Code(
        template=parts,
        modules=closure([*sorted(roots), *_ALWAYS]) | {_COLOURS: config.digest((("section", ("colours",)),))},
        catalogue=catalogues[0] if len(catalogues) == 1 else "".join(catalogues),
        lock=digest_file(lock) if lock.is_file() else "",
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def of_data() -> str:
    """Digest all tables, their codebooks and the matrix, and the code that checks them."""
    contents = [content_of(name) for name in ("data/study.yml", "data/*/datapackage.json", "data/*/*.csv")]
    return digest(json.dumps([contents, closure(["analysis.validation"])]).encode())


def of_compendium() -> dict[str, str]:
    """Digest everything that runs may depend on: data, templates, library, lock, and the interpreter by its version."""
    found = {name: content_of(name) for name in ("requirements.lock", "data/study.yml", "notebooks/pages.yml")}
    for pattern in ("data/*/*.*", "notebooks/*.ipynb"):
        files = [file for file in paths.root().glob(pattern) if "private" not in file.parts]
        found |= {paths.shown(file): digest_file(file) for file in files}
    found |= {f"src/{library.place_of(file)}": digest_file(file) for file in library.files()}
    return found | {"the version of Python": platform.python_version()}


def closure(names: Iterable[str]) -> dict[str, str]:
    """Digest the files of the library that the modules named import, directly or through others.

    Returns
    -------
    dict
        Path below `src/`, such as `analysis/figures.py`, and digest; files of the package that a module names, such as
        a style sheet, belong to it.
    """
    known, waiting, found = _remembered(), list(names), dict[str, str]()
    form = digest_file(Path(syntax.__file__))  # what is remembered in another form is not known
    before = len(known)
    while waiting:
        file = library.file_of(waiting.pop())
        if file is None or library.place_of(file) in found:
            continue
        content = file.read_bytes()
        key = digest(f"{form} {library.place_of(file)}\n".encode() + content)
        if key not in known:
            known[key] = _read(file, content)
        found[library.place_of(file)] = known[key]["digest"]
        waiting += known[key]["imports"]
        for other in known[key]["files"]:
            found[library.place_of(file.parent / other)] = digest_file(file.parent / other)
    if len(known) > before:
        write_whole(paths.state() / "modules.json", json.dumps(known))
    return dict(sorted(found.items()))


def _remembered() -> dict[str, Any]:
    """Give what is known already of modules, by their content: reading a syntax tree takes its time."""
    try:
        known = json.loads((paths.state() / "modules.json").read_text(encoding="utf-8"))
        _ = [(one["digest"] + "", [*one["imports"]], [*one["files"]]) for one in known.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # spoilt: it is made anew
        return {}
    return dict(known)


def _read(file: Path, content: bytes) -> dict[str, Any]:
    """Digest what a module does, and list what it imports and which files of the package it names."""
    tree = ast.parse(content)
    name = library.name_of(file)
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {
        "digest": syntax.digest_tree(tree),
        "imports": sorted({*_imports(tree, package), package}),
        "files": sorted(
            text for text in texts if re.fullmatch(r"[\w-]+\.\w+", text) and (file.parent / text).is_file()
        ),
    }


def _imports(tree: ast.AST, package: str) -> set[str]:
    """Name all that a syntax tree imports, at the top or within a function; a name may be a module or stand in one."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return {name for name in found if library.holds(name)}


def _python(source: str) -> ast.AST:
    """Read the code of a cell; magics and shell lines are left out."""
    plain = "\n".join("" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except SyntaxError:  # the cell will say so itself
        return ast.Module([], [])


def versions(lock: str) -> Mapping[str, str]:
    """List the packages of a lock with their versions."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE))
