"""`study twice`: all is built twice, under other conditions, and compared byte by byte.

Both builds are made side by side from copies of the compendium, so that nothing of the user's is
touched. What differs is named by notebook, cell and part, with the condition that alone makes the
cell differ.
"""

import contextlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat

from analysis import document, inventory, paths
from analysis.errors import BookFailed, StudyError
from analysis.execution.runs import Run, runs
from analysis.receipts import EXHIBIT
from analysis.review import conditions
from analysis.review.artefacts import differing_cells, exhibit_of, explain_file
from analysis.review.comparer import FILE, Difference
from analysis.review.conditions import FIRST, SECOND, Conditions
from analysis.review.report import Report, Section, Sides, page_file
from analysis.review.rows import CAME, WENT
from analysis.review.verify import count_claims
from analysis.review.workspace import Selection, built_files

_STUDY = [sys.executable, "-c", "from smart_cities_study import main; main()"]
_EXECUTE = [
    sys.executable,
    "-c",
    "import smart_cities_study as ours; ours.put_first(); from analysis.review import twice; twice.execute_named()",
]
_TEMPLATES = 6  # of notebooks that differ, one of each is executed again under one changed condition at a time
_SHOWN = 20  # differences in a message
_NOUNS = {"files": "file", "exhibits": "exhibit", "sentences": "sentence"}
_SIDES = Sides(
    ("First build", "Second build"),
    ("the first build has", "the second"),
    {CAME: "in the second build alone", WENT: "in the first build alone"},
)
_NO_LOCALE = (
    "The second locale is not there on this machine, nor what it is made from (Debian: package locales): "
    "programs saw its name alone."
)
Tell = Callable[[str], None]
Contents = tuple[bytes, bytes]  # of a file in both builds


@dataclass(frozen=True)
class _Notebook:
    """An executed notebook of which the two builds differ."""

    run: Run
    first: bytes
    second: bytes

    @cached_property
    def differences(self) -> list[Difference]:
        """List what differs."""
        differences = explain_file(self.run.output.name, self.first, self.second)
        return [replace(difference, page=self.run.name) for difference in differences]

    @property
    def cells(self) -> set[int]:
        """Number the cells that differ."""
        return differing_cells(self.first.decode(), self.second.decode())

    @property
    def claims(self) -> Counter[str]:
        """Count exhibits and sentences that differ."""
        kinds = [difference.kind for difference in self.differences if difference.id]
        return Counter("exhibits" if kind == EXHIBIT else "sentences" for kind in kinds)

    @property
    def names(self) -> set[str]:
        """Name the claims that differ, by language and name."""
        return {f"{self.run.lang}/{difference.id}" for difference in self.differences if difference.id}


def build_commands(selection: Selection, values: Conditions) -> list[list[str]]:
    """Give the commands that build a selection under conditions."""
    jobs = ["--jobs", str(values["jobs"])]
    first = next((run for run in selection.runs if {"edition", "axis"} <= set(run.parameters)), None)
    part = [word for name, value in first.parameters.items() for word in (f"--{name}", str(value))] if first else []
    commands = [["run", *part, *jobs]] if values["cache"] and part else []
    commands.append(["run", *selection.options, *jobs])
    return commands + ([["book", *jobs], ["pdf", *jobs]] if selection.whole else [])


class _Build:
    """One of the two builds: its folder, its log, and the process that runs now."""

    def __init__(self, name: str, values: Conditions, scratch: Path) -> None:
        self.name, self.conditions, self.root = name, values, scratch / values["folder"]
        self.log = scratch / f"{name}.log"
        self.environment = conditions.environment(values, scratch, os.environ)
        private = paths.private()
        if private.is_dir():  # answers of cities are read where they lie, and never copied
            self.environment["STUDY_PRIVATE"] = str(private.resolve())
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def make(self, commands: Sequence[Sequence[str]], tell: Tell) -> None:
        """Run the commands, one after the other."""
        for command in commands:
            start = time.perf_counter()
            if code := self._run([*_STUDY, *command]):
                if not self._stopped:
                    raise BookFailed(self._complaint(command, code))
                return
            tell(f"{self.name} build: study {' '.join(command)} ({time.perf_counter() - start:.0f} s)")

    def _run(self, command: Sequence[str]) -> int:
        terminal = os.openpty() if self.conditions["terminal"] else None
        with self.log.open("ab") as log:
            out: Any = terminal[1] if terminal else log
            self._process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                umask=self.conditions["umask"], start_new_session=True,
            )  # fmt: skip
            if self._stopped:  # meanwhile
                self.stop()
            if terminal:
                _read_terminal(*terminal, self.conditions["columns"], log)
            return self._process.wait()

    def _complaint(self, command: Sequence[str], code: int) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace").replace(str(self.root), "")
        lines = [
            line.rstrip()
            for line in text.splitlines()
            if line.strip() and "\N{BOX DRAWINGS HEAVY HORIZONTAL}" not in line
        ][-12:]
        return (
            f"The {self.name} build failed (`study {' '.join(command)}`, status {code}), so there is nothing to compare. Conditions: "
            + "; ".join(f"{name} {value}" for name, value in conditions.shown(self.conditions).items())
            + ". It says:\n  " + "\n  ".join(lines)
        )  # fmt: skip

    def stop(self) -> None:
        """End what runs, with all that it started."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _read_terminal(ours: int, theirs: int, columns: int, log: Any) -> None:
    """Be a terminal: keep what is written to it, until nobody writes any more."""
    import fcntl
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.close(theirs)
    with contextlib.suppress(OSError):  # the end of a terminal is an error
        while piece := os.read(ours, 1 << 16):
            log.write(piece)
    os.close(ours)


def build_twice(selection: Selection, tell: Tell = lambda _text: None) -> Report:
    """Build twice, compare every byte, and write the report to `_build/twice/index.html`.

    Parameters
    ----------
    selection
        What to build: everything, or the executed notebooks of a part of the matrix alone.
    tell
        Is told what happens.

    Raises
    ------
    StudyError
        Where the system cannot set the conditions.
    BookFailed
        Where one of the builds fails.
    """
    _check_system()
    start, scratch = time.perf_counter(), Path(tempfile.mkdtemp(prefix="study-twice-"))
    try:
        conditions.prepare(scratch)
        inventory.copy_files(scratch / FIRST["folder"])
        shutil.copytree(scratch / FIRST["folder"], scratch / SECOND["folder"])
        conditions.end_lines(scratch / SECOND["folder"], SECOND["lines"])
        builds = (_Build("first", FIRST, scratch), _Build("second", SECOND, scratch))
        _build_both(builds, selection, tell)
        tell("Comparing every byte")
        report = _compare_builds(scratch, selection, tell)
        has_locale = conditions.has_locale(scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    minutes, seconds = divmod(round(time.perf_counter() - start), 60)
    took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    notes = [*([] if selection.whole else ["Only the executed notebooks of a part of the matrix were built."]),
             *([] if has_locale else [_NO_LOCALE])]  # fmt: skip
    values = zip(conditions.shown(FIRST).items(), conditions.shown(SECOND).values(), strict=True)
    report = replace(report, title=f"{report.title} ({took}).", notes=notes,
                     conditions=[(name, first, second) for (name, first), second in values])  # fmt: skip
    file = report.write(page_file("twice"))
    place = "Side by side" if report.sections else "The conditions are in"
    return replace(report, notes=[*notes[1:], f"{place}: {paths.shown(file)}"])


def _check_system() -> None:
    if os.name != "posix":
        raise StudyError("Building twice needs umask, terminals and time zones of Linux or macOS.")
    if find_spec("time_machine") is None:
        raise StudyError("Building twice needs the package time-machine, which moves the clock. Install it: make setup")


def _build_both(builds: Sequence[_Build], selection: Selection, tell: Tell) -> None:
    """Build both at once; where one fails, or the user stops, the other is ended."""
    with ThreadPoolExecutor(len(builds)) as pool:
        try:
            waiting = [pool.submit(build.make, build_commands(selection, build.conditions), tell) for build in builds]
            completed, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            for future in completed:
                future.result()
        finally:
            for build in builds:
                build.stop()


def _compare_builds(scratch: Path, selection: Selection, tell: Tell) -> Report:
    """Compare two builds byte by byte, and trace what differs to notebooks and cells."""
    first, second = (built_files(scratch / values["folder"]) for values in (FIRST, SECOND))
    known = {run.output.relative_to(paths.root()).as_posix(): run for run in selection.runs}
    same, alone, differing = Counter[str](), list[Difference](), dict[str, Contents]()
    for name in sorted({*first, *second}):
        if name not in first or name not in second:
            how, what = (CAME, "second") if name in second else (WENT, "first")
            alone.append(Difference(name, FILE, "", how, what=f"the {what} build alone has it"))
            continue
        contents = first[name].read_bytes(), second[name].read_bytes()
        if contents[0] != contents[1]:
            differing[name] = contents
            continue
        same += Counter(files=1) + (_counted_claims(contents[0]) if name in known else Counter())
    tell(f"{len(differing) + len(alone)} files differ." if differing or alone else "No file differs.")
    notebooks = [_Notebook(known[name], *contents) for name, contents in differing.items() if name in known]
    counts = Counter(files=len(differing) + len(alone))
    for notebook in notebooks:
        same += _counted_claims(notebook.first) - notebook.claims
        counts += notebook.claims
    differences = _group_differences(notebooks, _telling_conditions(scratch, notebooks, tell)) + alone
    names, rest = set[str]().union(*(notebook.names for notebook in notebooks)), differing.keys() - known.keys()
    following = [name for name in sorted(rest) if is_following(name, [notebook.run for notebook in notebooks], names)]
    for name in sorted(rest - {*following}):
        differences += explain_file(name, *differing[name])
    follow = f"{len(following)} files of the site and of the print edition differ since these notebooks do"
    section = Section("", differences, [f"{follow}."] if following else [], {follow: following} if following else {})
    return Report(_summary(same, counts), [section] if counts["files"] else [], _SIDES, limit=_SHOWN)


def _counted_claims(notebook: bytes) -> Counter[str]:
    """Count exhibits and sentences of an executed notebook."""
    return count_claims(document.of_notebook(nbformat.reads(notebook.decode(), as_version=4), ""))


def _summary(same: Counter[str], differing: Counter[str]) -> str:
    """Say how much is identical, and how much is not."""
    numbers = [_counted(same[kind], noun) for kind, noun in _NOUNS.items()]
    verdict = f"{numbers[0]}, {numbers[1]} and {numbers[2]} are identical, byte for byte"
    others = ", ".join(_counted(differing[kind], noun) for kind, noun in _NOUNS.items() if differing[kind])
    return f"Built twice: {verdict}" + (f"; different: {others}" if others else "")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def is_following(name: str, differing: Sequence[Run], exhibits: set[str]) -> bool:
    """Say whether a file of site or print edition differs since a notebook does."""
    parts = Path(name).parts
    if len(parts) < 3 or parts[0] != "_build":
        return False
    if parts[1] == "pdf":
        return any(Path(name).stem == run.lang or name.endswith(f"-{run.lang}.pdf") for run in differing)
    pages, place = {run.page for run in differing if run.lang == parts[2]}, "/".join(parts[3:])
    if exhibit := exhibit_of(name):
        return f"{parts[2]}/{exhibit}" in exhibits
    if place == "searchindex.js":
        return bool(pages)
    page = place.removeprefix("_sources/").removeprefix("_static/receipts/").rpartition(".")[0]
    return page in pages


def _group_differences(
    notebooks: Sequence[_Notebook], telling: Mapping[tuple[str, int | None], str]
) -> list[Difference]:
    """Put together what is the same in several notebooks, and name the condition that tells."""
    groups = dict[tuple[object, ...], list[Difference]]()
    for notebook in notebooks:
        for difference in notebook.differences:
            place = (notebook.run.template, difference.cell)
            how = (difference.kind, difference.how, frozenset(difference.parts), difference.what)
            groups.setdefault((place, how), []).append(replace(difference, notes=_condition_notes(telling.get(place))))
    grouped = []
    for first, *others in groups.values():
        pages = {difference.page for difference in others} - {first.page}
        noun = "notebook" if len(pages) == 1 else "notebooks"
        more = (f"The same in {len(pages)} other {noun} of this template.",) if pages else ()
        grouped.append(replace(first, notes=(*first.notes, *more)))
    return grouped


def _condition_notes(name: str | None) -> tuple[str, ...]:
    if name is None:
        return ("No condition alone makes it differ.",)
    if not name:
        return ("It differs from run to run, with nothing changed.",)
    return (f"It differs where {conditions.CONDITIONS[name].label} alone is another.",)


# one condition at a time


def _telling_conditions(scratch: Path, notebooks: Sequence[_Notebook], tell: Tell) -> dict[tuple[str, int | None], str]:
    """Execute a notebook of each template again, with one condition changed at a time.

    Returns
    -------
    dict
        By template and number of the cell the condition, an empty one where the cell differs with
        nothing changed.
    """
    chosen = list({notebook.run.template: notebook for notebook in reversed(notebooks)}.values())[:_TEMPLATES]
    if not chosen:
        return {}
    tell("Notebooks are executed again, under one changed condition at a time, to see which one tells.")
    usual = _execute_again(scratch, FIRST, [notebook.run for notebook in chosen])
    waiting = {notebook.run.place: notebook.cells for notebook in chosen if notebook.run.place in usual}
    telling: dict[tuple[str, int | None], str] = {}
    for name in ("", *conditions.ALONE):
        rest = [notebook.run for notebook in chosen if waiting.get(notebook.run.place)]
        again = _execute_again(scratch, conditions.only(name) if name else FIRST, rest)
        for run in [run for run in rest if run.place in again]:
            cells = waiting[run.place] & differing_cells(usual[run.place], again[run.place])
            telling |= {(run.template, cell): name for cell in cells}
            waiting[run.place] -= cells
    return telling


def _execute_again(scratch: Path, values: Conditions, chosen: Sequence[Run]) -> dict[str, str]:
    """Execute notebooks under conditions, and give their texts by language and page."""
    if not chosen:
        return {}
    build = _Build("trial", values, scratch)
    result = subprocess.run(
        [*_EXECUTE, *(run.place for run in chosen)], cwd=build.root, env=build.environment, stdin=subprocess.DEVNULL,
        capture_output=True, umask=values["umask"], check=False,
    )  # fmt: skip
    try:
        texts: dict[str, str] = json.loads(result.stdout.decode().splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return texts


def execute_named() -> None:
    """Execute the notebooks named by language and page, and print their texts as JSON."""
    from analysis.execution import runner

    known = {run.place: run for run in runs()}
    print(json.dumps({place: runner.make_one(known[place], runner.Options(jobs=1)).text for place in sys.argv[1:]}))
