"""What a user's shell and home bring along, and must not show in a result: settings of matplotlib and Jupyter, of warnings, and
where these programs keep their files.
"""

import contextlib
import datetime
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from analysis import paths
from analysis.errors import StudyError

BACKEND = "module://matplotlib_inline.backend_inline"  # as a kernel sets it, before matplotlib is imported
_BROUGHT = (
    "MPL", "MATPLOTLIB", "IPYTHON", "JUPYTER_", "PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONSTARTUP", "PYTHONINSPECT",
    "PYTHONOPTIMIZE", "PYTHONVERBOSE",
)  # fmt: skip
_IGNORED = (
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
)  # by Python, if nobody asks for them


def settle() -> None:
    """Let this process, and all that it starts, see nothing of the settings of a user."""
    for name in [name for name in os.environ if name.startswith(_BROUGHT)]:
        del os.environ[name]
    os.environ |= _ours()
    sys.warnoptions.clear()
    warnings.resetwarnings()
    for category in _IGNORED:
        warnings.simplefilter("ignore", category)


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Start other processes as `settle` would, and leave this one as it was."""
    environment, options = dict(os.environ), list(sys.warnoptions)
    try:
        with warnings.catch_warnings():
            settle()
            yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        sys.warnoptions[:] = options


def import_matplotlib() -> None:
    """Import matplotlib though MPLBACKEND names what it does not know, and without a word where a home cannot be written to."""
    if "matplotlib" in sys.modules:
        return
    homes = [
        Path(os.environ.get(f"XDG_{kind}_HOME") or os.path.expanduser(f"~/.{kind.lower()}"))
        for kind in ("CONFIG", "CACHE")
    ]
    if "MPLCONFIGDIR" not in os.environ and not all(_can_hold(home / "matplotlib") for home in homes):
        os.environ |= {name: value for name, value in _ours().items() if name == "MPLCONFIGDIR"}
    backend = os.environ.pop("MPLBACKEND", None)
    import matplotlib as mpl

    if backend is not None:
        os.environ["MPLBACKEND"] = backend
        with contextlib.suppress(ValueError):
            mpl.rcParams["backend"] = backend


def _can_hold(folder: Path) -> bool:
    """Say whether files can be written to a folder, made where it is not there."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def source_date() -> datetime.datetime | None:
    """Give the moment that SOURCE_DATE_EPOCH names, where it is set.

    Raises
    ------
    StudyError
        Where it names none.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    try:
        return datetime.datetime.fromtimestamp(int(text), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise StudyError(
            f"SOURCE_DATE_EPOCH is '{text}'. Expected: seconds since 1970, 1798761600 say. Mend it, or unset it."
        ) from None


def _ours() -> dict[str, str]:
    """Give the settings in their place: those that programs come with, and a folder of the compendium for their caches."""
    found = {"MPLBACKEND": BACKEND, "MATPLOTLIBRC": os.devnull}
    with contextlib.suppress(StudyError):  # outside a compendium there is none
        found["MPLCONFIGDIR"] = str(paths.state().resolve() / "matplotlib")
    return found
