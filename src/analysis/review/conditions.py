"""The conditions under which the book is built twice, in the manner of reprotest.

The clock of Typst is the system's, which no library changes; there the two builds run at other
seconds, and in other time zones.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.review import changed

_DAY = 86_400
_TEXTS = (
    ".md", ".po", ".yml", ".json", ".ipynb", ".py", ".cff", ".bib", ".css", ".js", ".html", ".jinja",
    ".typ", ".svg", ".mplstyle",
)  # fmt: skip
_DEFINITIONS = Path("/usr/share/i18n/locales")  # of glibc, from which it makes a locale
# what a shell may bring along; SOURCE_DATE_EPOCH stays, the same in both builds
_DROPPED = ("STUDY_", "LC_", "XDG_", "MPL", "JUPYTER", "IPYTHON", "PYTHON", "PYTEST", "COVERAGE")

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_SET = {
    "LANG", "LANGUAGE", "LOCPATH", "TZ", "HOME", "TMPDIR", "USER", "LOGNAME", "COLUMNS", "LINES",
    "TERM", "NO_COLOR", *_THREADS,
}  # fmt: skip

Conditions = Mapping[str, Any]  # how one of the two builds is conditions: a value for each condition, by its name


@dataclass(frozen=True)
class Condition:
    """Something that differs between the two builds and must not matter.

    Parameters
    ----------
    label
        How a message names it.
    first, second
        Its values in the two builds.
    alone
        Whether one notebook alone can show its effect.
    write
        Writes a value as a person reads it.
    """

    label: str
    first: Any
    second: Any
    alone: bool = True
    write: Callable[[Any], str] = str


def _or(word: str) -> Callable[[Any], str]:
    return lambda value: str(value or word)


CONDITIONS = {
    # seconds that the clock is ahead
    "clock": Condition(
        "the clock", 0, 400 * _DAY + 5 * 3600 + 1234,
        write=lambda ahead: f"{ahead / _DAY:.0f} days ahead" if ahead else "as it is",
    ),
    "zone": Condition("the time zone", "UTC", "Pacific/Kiritimati"),
    "locale": Condition("the locale", "C.UTF-8", "tr_TR.UTF-8"),
    "umask": Condition("the umask", 0o022, 0o077, write="{:03o}".format),
    # folders below the one that both builds lie in
    "home": Condition("the folder HOME", "h", "home of/ánother"),
    "folder": Condition("the folder of the compendium", "a", "another place/Añadido de Übung/b"),
    "temporary": Condition("the folder of temporary files", "t", "t 2"),
    "user": Condition("the name of the user", "builder-one", "builder-two"),
    "seed": Condition("the seed of hashes (PYTHONHASHSEED)", 0, 4242),
    # 0 for as many as the machine has cores
    "threads": Condition("the threads of linear algebra", 1, 0, write=_or(str(os.cpu_count()))),
    "listing": Condition("the order in which folders are listed", "sorted", "reversed"),
    "columns": Condition("the width of the terminal", 80, 200),
    "jobs": Condition("the number of workers", 1, 3, alone=False),
    # whether a part is built before the whole
    "cache": Condition(
        "what is built already", False, True, alone=False,
        write=lambda warm: "a part of it" if warm else "nothing",
    ),
    "terminal": Condition("the terminal", False, True, alone=False, write=lambda is_one: "one" if is_one else "none"),
    # size of letters in a matplotlibrc of the user, 0 for none
    "settings": Condition(
        "the letters in a matplotlibrc", 0, 20, write=lambda size: f"{size} points" if size else "as they are"
    ),
    "warnings": Condition("PYTHONWARNINGS", "", "default", write=_or("unset")),
    "backend": Condition("MPLBACKEND", "", "no_such_backend", write=_or("unset")),
    "readonly": Condition(
        "the right to write to HOME", False, True, write=lambda readonly: "none" if readonly else "yes"
    ),
    "namesake": Condition(
        "a package `analysis` of others", False, True, write=lambda there: "first on the path" if there else "none"
    ),
    "lines": Condition("the ends of lines", "LF", "CRLF", alone=False),
}  # fmt: skip
FIRST: Conditions = {name: condition.first for name, condition in CONDITIONS.items()}
SECOND: Conditions = {name: condition.second for name, condition in CONDITIONS.items()}
ALONE = tuple(name for name, condition in CONDITIONS.items() if condition.alone)


def only(name: str) -> Conditions:
    """Give the first conditions with one of the second."""
    return {**FIRST, name: SECOND[name]}


def shown(conditions: Conditions) -> dict[str, str]:
    """Write conditions as a person reads them, by their labels."""
    return {condition.label: condition.write(conditions[name]) for name, condition in CONDITIONS.items()}


def prepare(scratch: Path) -> None:
    """Lay ready what both builds need: folders, what runs first in each process, a locale."""
    (scratch / "first").mkdir(parents=True)
    shutil.copyfile(changed.__file__, scratch / "first" / "sitecustomize.py")
    (scratch / "others" / "analysis").mkdir(parents=True)
    (scratch / "others" / "analysis" / "__init__.py").write_text(
        "raise ImportError('another package')\n", encoding="utf-8"
    )
    (scratch / "matplotlibrc").write_text(f"font.size: {SECOND['settings']}\naxes.titlesize: 40\n", encoding="utf-8")
    (scratch / "readonly").write_text("a file can hold no folder", encoding="utf-8")
    for conditions in (FIRST, SECOND):
        for name in (conditions["home"], conditions["temporary"]):
            (scratch / name).mkdir(parents=True)
    if (other := SECOND["locale"].partition(".")[0]) and (_DEFINITIONS / other).is_file() and shutil.which("localedef"):
        (scratch / "locales").mkdir()
        subprocess.run(
            ["localedef", "-i", other, "-f", "UTF-8", str(scratch / "locales" / SECOND["locale"])],
            capture_output=True, check=False,
        )  # fmt: skip


def end_lines(folder: Path, lines: str) -> None:
    """End the lines of the texts of a copy as git with core.autocrlf and editors may."""
    if lines == "CRLF":
        for file in folder.rglob("*"):
            if file.is_file() and (file.suffix in _TEXTS or file.name == "requirements.lock"):
                file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def has_locale(scratch: Path) -> bool:
    """Say whether the second locale was made; else programs see no more of it than its name."""
    return (scratch / "locales" / str(SECOND["locale"])).is_dir()


def environment(conditions: Conditions, scratch: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a build: the inherited one without traces of a shell."""
    others = [str(scratch / "others")] if conditions["namesake"] else []
    source = str(scratch / conditions["folder"] / "src")
    home = "readonly" if conditions["readonly"] else conditions["home"]
    variables = {
        "HOME": scratch / home,
        "TMPDIR": scratch / conditions["temporary"],
        "TZ": conditions["zone"],
        "LC_ALL": conditions["locale"],
        "LANG": conditions["locale"],
        "LANGUAGE": conditions["locale"].partition("_")[0],
        "USER": conditions["user"],
        "LOGNAME": conditions["user"],
        "COLUMNS": conditions["columns"],
        "TERM": "xterm" if conditions["terminal"] else "dumb",
        "PYTHONHASHSEED": conditions["seed"],
        "PYTHONPATH": os.pathsep.join([*others, source, str(scratch / "first")]),
        changed.AHEAD: conditions["clock"],
        changed.ORDER: conditions["listing"],
    }
    has_definitions = conditions["locale"] == SECOND["locale"] and has_locale(scratch)
    optional = {
        "LOCPATH": has_definitions and scratch / "locales",
        "MATPLOTLIBRC": conditions["settings"] and scratch / "matplotlibrc",
        "PYTHONWARNINGS": conditions["warnings"],
        "MPLBACKEND": conditions["backend"],
        **dict.fromkeys(_THREADS, conditions["threads"]),
    }
    variables |= {name: value for name, value in optional.items() if value}
    dropped = {name for name in inherited if name.startswith(_DROPPED) or name in _SET}
    inherited = {name: value for name, value in inherited.items() if name not in dropped}
    return {**inherited, **{name: str(value) for name, value in variables.items()}}
