"""Where the command `study` and the engine of papermill begin, under a name that no other package has.

The library is called `analysis`, as many a folder of scripts is. Where another one of this name comes first on the path, through
PYTHONPATH say, ours is put before it, for this process and for those that it starts.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

_HERE = str(Path(__file__).resolve().parent)
_PACKAGES = tuple(sorted(file.parent.name for file in Path(_HERE).glob("*/__init__.py")))


def main() -> None:
    """Run the command `study`."""
    put_first()
    from analysis import surroundings

    surroundings.settle()
    from analysis import cli

    cli.main()


def put_first() -> None:
    """See to it that `analysis` is the library of this project."""
    if _is_ours():
        return
    sys.path.insert(0, _HERE)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_HERE, os.environ.get("PYTHONPATH", "")]))
    for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
        del sys.modules[name]


def _is_ours() -> bool:
    return all(_folder_of(package) == _HERE for package in _PACKAGES)


def _folder_of(package: str) -> str:
    """Give the folder that a package is taken from; empty where there is none."""
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # something else was put in its place
        return ""
    return str(Path(spec.origin).resolve().parent.parent) if spec is not None and spec.origin else ""


def __getattr__(name: str) -> Any:
    """Give the engine `warm`, which papermill asks for while it is being imported itself."""
    if name != "WarmEngine":
        raise AttributeError(name)
    put_first()
    from analysis.execution.engine import WarmEngine

    return WarmEngine
