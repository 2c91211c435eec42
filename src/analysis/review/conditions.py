"""The conditions under which the book is built twice, in the manner of reprotest: nothing of them may show in the result.

The clock of Typst is the system's, which no library changes; there the two builds run at other seconds, and in other time zones.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from analysis.review import changed

_DAY = 86_400
_TEXTS = (
    ".md",
    ".po",
    ".yml",
    ".json",
    ".ipynb",
    ".py",
    ".cff",
    ".bib",
    ".css",
    ".js",
    ".html",
    ".jinja",
    ".typ",
    ".svg",
    ".mplstyle",
)
_DEFINITIONS = Path("/usr/share/i18n/locales")  # of glibc, from which it makes a locale
# what a shell may bring along; SOURCE_DATE_EPOCH stays, the same in both builds
_DROPPED = ("STUDY_", "LC_", "XDG_", "MPL", "JUPYTER", "IPYTHON", "PYTHON", "PYTEST", "COVERAGE")


@dataclass(frozen=True)
class Conditions:
    """How one of the two builds is made.

    Parameters
    ----------
    folder, home, temporary
        Names of folders below the one that both builds lie in.
    clock
        Seconds that the clock is ahead.
    zone, locale, columns, user
        What the environment says.
    umask, seed
        Rights that new files lack, and the seed of hashes (`PYTHONHASHSEED`).
    jobs, threads
        Notebooks at a time, and threads of linear algebra; 0 for as many as the machine has cores.
    listing
        Order of folders: `sorted` or `reversed`.
    cache, terminal
        Whether a part is made before the whole; whether the commands write to a terminal.
    settings, warnings, backend
        Size of letters in a `matplotlibrc` of the user, 0 for none; `PYTHONWARNINGS`; `MPLBACKEND`.
    readonly
        Whether nothing can be written to HOME.
    namesake
        Whether another package named `analysis` comes first on the path.
    lines
        How the lines of texts end: `LF` or `CRLF`.
    """

    folder: str
    home: str
    temporary: str
    clock: int
    zone: str
    locale: str
    columns: int
    user: str
    umask: int
    seed: int
    jobs: int
    threads: int
    listing: str
    cache: bool
    terminal: bool
    settings: int
    warnings: str
    backend: str
    readonly: bool
    namesake: bool
    lines: str


FIRST = Conditions(
    folder="a", home="h", temporary="t", clock=0, zone="UTC", locale="C.UTF-8", columns=80, user="builder-one", umask=0o022, seed=0,
    jobs=1, threads=1, listing="sorted", cache=False, terminal=False, settings=0, warnings="", backend="", readonly=False,
    namesake=False, lines="LF",
)  # fmt: skip
SECOND = Conditions(
    folder="another place/Añadido de Übung/b", home="home of/ánother", temporary="t 2", clock=400 * _DAY + 5 * 3600 + 1234,
    zone="Pacific/Kiritimati", locale="tr_TR.UTF-8", columns=200, user="builder-two", umask=0o077, seed=4242,
    jobs=3, threads=0, listing="reversed", cache=True, terminal=True, settings=20, warnings="default", backend="no_such_backend",
    readonly=True, namesake=True, lines="CRLF",
)  # fmt: skip

# how a message names each, and whether one notebook alone can show its effect
NAMES = {
    "clock": "the clock", "zone": "the time zone", "locale": "the locale", "umask": "the umask", "home": "the folder HOME",
    "folder": "the folder of the compendium", "temporary": "the folder of temporary files", "user": "the name of the user",
    "seed": "the seed of hashes (PYTHONHASHSEED)", "threads": "the threads of linear algebra",
    "listing": "the order in which folders are listed", "columns": "the width of the terminal", "jobs": "the number of workers",
    "cache": "what is made already", "terminal": "the terminal", "settings": "the letters in a matplotlibrc",
    "warnings": "PYTHONWARNINGS", "backend": "MPLBACKEND", "readonly": "the right to write to HOME",
    "namesake": "a package `analysis` of others", "lines": "the ends of lines",
}  # fmt: skip
ALONE = (
    "clock", "seed", "listing", "home", "folder", "zone", "locale", "temporary", "user", "columns", "threads", "umask",
    "settings", "warnings", "backend", "readonly", "namesake",
)  # fmt: skip


def only(name: str) -> Conditions:
    """Give the first conditions with one of the second."""
    return replace(FIRST, **{name: getattr(SECOND, name)})


def shown(conditions: Conditions) -> dict[str, str]:
    """Write conditions as a person reads them, by their names."""
    said = {
        "clock": f"{conditions.clock / _DAY:.0f} days ahead" if conditions.clock else "as it is",
        "umask": f"{conditions.umask:03o}",
        "threads": str(conditions.threads or os.cpu_count()),
        "cache": "a part of it" if conditions.cache else "nothing",
        "terminal": f"yes, {conditions.columns} columns" if conditions.terminal else "none",
        "settings": f"{conditions.settings} points" if conditions.settings else "as they are",
        "warnings": conditions.warnings or "unset",
        "backend": conditions.backend or "unset",
        "readonly": "none" if conditions.readonly else "yes",
        "namesake": "first on the path" if conditions.namesake else "none",
    }
    return {
        NAMES[field.name]: said.get(field.name, str(getattr(conditions, field.name)))
        for field in fields(Conditions) if field.name != "columns"
    }  # fmt: skip


def prepare(scratch: Path) -> None:
    """Lay ready in the folder of both builds what they need: folders, what runs first in each process, and a locale."""
    (scratch / "first").mkdir(parents=True)
    shutil.copyfile(changed.__file__, scratch / "first" / "sitecustomize.py")
    (scratch / "others" / "analysis").mkdir(parents=True)
    (scratch / "others" / "analysis" / "__init__.py").write_text(
        "raise ImportError('another package')\n", encoding="utf-8"
    )
    (scratch / "matplotlibrc").write_text(f"font.size: {SECOND.settings}\naxes.titlesize: 40\n", encoding="utf-8")
    (scratch / "readonly").write_text("a file can hold no folder", encoding="utf-8")
    for conditions in (FIRST, SECOND):
        for name in (conditions.home, conditions.temporary):
            (scratch / name).mkdir(parents=True)
    if (other := SECOND.locale.partition(".")[0]) and (_DEFINITIONS / other).is_file() and shutil.which("localedef"):
        (scratch / "locales").mkdir()
        subprocess.run(
            ["localedef", "-i", other, "-f", "UTF-8", str(scratch / "locales" / SECOND.locale)],
            capture_output=True, check=False,
        )  # fmt: skip


def end_lines(folder: Path, lines: str) -> None:
    """End the lines of the texts of a copy as git with core.autocrlf and editors may; tables keep the bytes that they declare."""
    if lines == "CRLF":
        for file in folder.rglob("*"):
            if file.is_file() and (file.suffix in _TEXTS or file.name == "requirements.lock"):
                file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def has_locale(scratch: Path) -> bool:
    """Say whether the second locale was made; else programs see no more of it than its name."""
    return (scratch / "locales" / SECOND.locale).is_dir()


def environment(conditions: Conditions, scratch: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a build: the one given, without what a shell may bring along, and with the conditions."""
    kept = {name: value for name, value in given.items() if not name.startswith(_DROPPED) and name not in _SET}
    root = scratch / conditions.folder
    others = [str(scratch / "others")] if conditions.namesake else []
    own = {
        "HOME": scratch / ("readonly" if conditions.readonly else conditions.home), "TMPDIR": scratch / conditions.temporary, "TZ": conditions.zone,
        "LC_ALL": conditions.locale, "LANG": conditions.locale, "LANGUAGE": conditions.locale.partition("_")[0],
        "USER": conditions.user, "LOGNAME": conditions.user, "COLUMNS": conditions.columns, "TERM": "xterm" if conditions.terminal else "dumb",
        "PYTHONHASHSEED": conditions.seed, "PYTHONPATH": os.pathsep.join([*others, str(root / "src"), str(scratch / "first")]),
        changed.AHEAD: conditions.clock, changed.ORDER: conditions.listing,
    }  # fmt: skip
    if conditions.locale == SECOND.locale and has_locale(scratch):
        own["LOCPATH"] = scratch / "locales"
    if conditions.settings:
        own["MATPLOTLIBRC"] = scratch / "matplotlibrc"
    if conditions.warnings:
        own["PYTHONWARNINGS"] = conditions.warnings
    if conditions.backend:
        own["MPLBACKEND"] = conditions.backend
    if conditions.threads:
        own |= dict.fromkeys(_THREADS, conditions.threads)
    return kept | {name: str(value) for name, value in own.items()}


_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_SET = {
    "LANG",
    "LANGUAGE",
    "LOCPATH",
    "TZ",
    "HOME",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "COLUMNS",
    "LINES",
    "TERM",
    "NO_COLOR",
    *_THREADS,
}


def marks(scratch: Path) -> dict[str, tuple[str, str]]:
    """Give by condition what would give it away in a result: the value of the first build, and of the second."""
    paths = {
        name: (str(scratch / getattr(FIRST, name)), str(scratch / getattr(SECOND, name)))
        for name in ("home", "folder", "temporary")
    }  # fmt: skip
    return paths | {
        name: (str(getattr(FIRST, name)), str(getattr(SECOND, name))) for name in ("zone", "locale", "user")
    }
