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
    for name in [name for name in sys.modules if name == "analysis" or name.startswith("analysis.")]:
        del sys.modules[name]


def _is_ours() -> bool:
    try:
        spec = importlib.util.find_spec("analysis")
    except ValueError:  # something else was put in its place
        return False
    return spec is not None and spec.origin is not None and str(Path(spec.origin).resolve().parent.parent) == _HERE


def __getattr__(name: str) -> Any:
    """Give the engine `warm`, which papermill asks for while it is being imported itself."""
    if name != "WarmEngine":
        raise AttributeError(name)
    put_first()
    from analysis.execution.engine import WarmEngine

    return WarmEngine
