"""Same inputs, same bytes: everything is built twice, under conditions that differ in all that must not matter, and compared.

Both builds are made side by side from copies of the compendium, so that nothing of the user's is touched.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from analysis import files, paths
from analysis.errors import BookFailed, StudyError
from analysis.execution.runs import Run, cells, runs
from analysis.review import causes, conditions, traced
from analysis.review.causes import Cause
from analysis.review.conditions import FIRST, SECOND, Conditions
from analysis.review.traced import Change

_STUDY = [sys.executable, "-c", "from smart_cities_study import main; main()"]
_REMAKE = [
    sys.executable,
    "-c",
    "import smart_cities_study as ours; ours.put_first(); from analysis.review import twice; twice.remake()",
]
_TEMPLATES = 6  # of notebooks that differ, one of each is executed again under one changed condition at a time
_SHOWN = 20  # differences in a message
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Selection:
    """What to build: everything, or the executed notebooks of a part of the matrix alone."""

    edition: int | None = None
    axis: str | None = None
    lang: str | None = None

    @property
    def whole(self) -> bool:
        """Say whether it is everything, the book and the print edition included."""
        return (self.edition, self.axis, self.lang) == (None, None, None)

    @property
    def runs(self) -> list[Run]:
        """List the runs."""
        return runs(self.edition, self.axis, self.lang)

    def commands(self, made: Conditions) -> list[list[str]]:
        """Give the commands that build it under conditions; with a warm cache a part is made before."""
        given = {"--edition": self.edition, "--axis": self.axis, "--lang": self.lang}
        chosen = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        jobs = ["--jobs", str(made.jobs)]
        found = [["run", *self._part(), *jobs]] if made.cache and self._part() else []
        found.append(["run", *chosen, *jobs])
        return found + ([["book", *jobs], ["pdf", *jobs]] if self.whole else [])

    def _part(self) -> list[str]:
        """Select one axis of one edition in one language, or nothing where no such chapter is among the runs."""
        one = next((run for run in self.runs if {"edition", "axis"} <= set(run.parameters)), None)
        return [word for name, value in one.parameters.items() for word in (f"--{name}", str(value))] if one else []


@dataclass(frozen=True)
class Finding:
    """A difference, traced: a notebook and its cell, or a file of the site that follows from no notebook.

    Parameters
    ----------
    name
        Template with its parameters, or file.
    cell
        Number of the cell as users count it; `None` where it is in none.
    alone
        The condition that alone makes it differ, empty where it differs with nothing changed; `None` where none was found.
    others
        Other notebooks of the template with the same difference.
    """

    name: str
    cell: int | None
    change: Change
    cause: Cause | None
    alone: str | None
    others: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Name notebook and cell."""
        return self.name if self.cell is None else f"{self.name}, cell {self.cell}"

    @property
    def because(self) -> list[str]:
        """Say when it differs, and why."""
        found = []
        if self.alone is not None:
            name = conditions.NAMES.get(self.alone)
            found.append(
                f"It differs where {name} alone is another."
                if name
                else "It differs from run to run, with nothing changed."
            )
        if shown := [conditions.NAMES[name] for name in self.change.conditions if name != self.alone]:
            found.append(f"It shows {' and '.join(shown)}.")
        if self.cause:
            found.append(f"Likely cause: {self.cause.text}.")
        elif not found:
            found.append("No likely cause was found in the code that it reaches.")
        return found

    @property
    def lines(self) -> list[str]:
        """Write it as lines of a message."""
        lines = [f"{self.place}: {self.change.what} ({self.change.kind})"]
        lines += (
            [f"  first:  {self.change.first}", f"  second: {self.change.second}"]
            if self.change.first != self.change.second
            else []
        )
        lines += [f"  {text}" for text in self.because]
        if self.others:
            noun = "notebook" if len(self.others) == 1 else "notebooks"
            lines.append(f"  The same in {len(self.others)} other {noun} of this template.")
        return lines


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@dataclass
class Outcome:
    """What came of comparing two builds: how much is identical, and what is not.

    Parameters
    ----------
    same, differing
        Numbers of files, exhibits and sentences.
    findings
        The differences, traced.
    following
        Files that differ since a notebook does.
    seconds
        How long it took.
    locale
        Whether the system could make the second locale.
    """

    same: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    following: list[str] = field(default_factory=list)
    seconds: float = 0.0
    locale: bool = True

    @property
    def identical(self) -> bool:
        """Say whether every byte is the same."""
        return not self.differing["files"]

    @property
    def summary(self) -> str:
        """Say how much is identical, and how long it took."""
        kinds = {"files": "file", "exhibits": "exhibit", "sentences": "sentence"}
        numbers = [_counted(self.same[kind], noun) for kind, noun in kinds.items()]
        minutes, seconds = divmod(round(self.seconds), 60)
        took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        verdict = f"{numbers[0]}, {numbers[1]} and {numbers[2]} are identical, byte for byte"
        if self.identical:
            return f"Built twice: {verdict} ({took})."
        others = ", ".join(_counted(self.differing[kind], noun) for kind, noun in kinds.items() if self.differing[kind])
        return f"Built twice: {verdict}; different: {others} ({took})."


class _Build:
    """One of the two builds: its folder, its log, and the process that runs now."""

    def __init__(self, name: str, made: Conditions, scratch: Path) -> None:
        self.name, self.conditions, self.root = name, made, scratch / made.folder
        self.log = scratch / f"{name}.log"
        self.environment = conditions.environment(made, scratch, os.environ)
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
        terminal = os.openpty() if self.conditions.terminal else None
        with self.log.open("ab") as log:
            out: Any = terminal[1] if terminal else log
            self._process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                umask=self.conditions.umask, start_new_session=True,
            )  # fmt: skip
            if self._stopped:  # meanwhile
                self.stop()
            if terminal:
                _read_terminal(*terminal, self.conditions.columns, log)
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


def compare(selection: Selection, tell: Tell = lambda _text: None) -> Outcome:
    """Build twice and compare every byte.

    Parameters
    ----------
    selection
        What to build.
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
        copy(scratch / FIRST.folder)
        shutil.copytree(scratch / FIRST.folder, scratch / SECOND.folder)
        conditions.end_lines(scratch / SECOND.folder, SECOND.lines)
        builds = (_Build("first", FIRST, scratch), _Build("second", SECOND, scratch))
        _side_by_side(builds, selection, tell)
        tell("Comparing every byte")
        outcome = _compared(scratch, selection, tell)
        outcome.locale = conditions.has_locale(scratch)
        outcome.seconds = time.perf_counter() - start
        return outcome
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def message(outcome: Outcome, page: Path) -> str:
    """Say what differs and why, and where to see it."""
    shown = [line for one in outcome.findings[:_SHOWN] for line in one.lines]
    if len(outcome.findings) > _SHOWN:
        shown.append(f"{len(outcome.findings) - _SHOWN} more differences stand in the report.")
    if outcome.following:
        shown.append(
            f"{len(outcome.following)} files of the site and of the print edition differ since these notebooks do."
        )
    return "\n".join([outcome.summary, *shown, f"Side by side: {paths.shown(page)}"])


def _check_system() -> None:
    if os.name != "posix":
        raise StudyError("Building twice needs umask, terminals and time zones of Linux or macOS.")
    if find_spec("time_machine") is None:
        raise StudyError("Building twice needs the package time-machine, which moves the clock. Install it: make setup")


def _side_by_side(builds: Sequence[_Build], selection: Selection, tell: Tell) -> None:
    """Make both builds at once; where one fails, or the user stops, the other is ended."""
    with ThreadPoolExecutor(len(builds)) as pool:
        try:
            waiting = [pool.submit(build.make, selection.commands(build.conditions), tell) for build in builds]
            done, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
        finally:
            for build in builds:
                build.stop()


def copy(target: Path) -> None:
    """Copy what belongs to the compendium: what git knows or does not ignore; without git, all but what was made."""
    root = paths.root()
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-coz", "--exclude-standard"], capture_output=True, check=False
    ) if shutil.which("git") else None  # fmt: skip
    names = listed.stdout.decode().split("\0") if listed and not listed.returncode else []
    if "data/study.yml" not in names:
        shutil.copytree(root, target, ignore=shutil.ignore_patterns(*files.MADE))
        for file in (target / "book").rglob("*.ipynb"):
            file.unlink()
        return
    for name in dict.fromkeys(filter(None, names)):
        if (root / name).is_file():  # one that git knows may be deleted
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)


def made(root: Path) -> dict[str, Path]:
    """Give the files that a build has made, by name: executed notebooks, site and print editions."""
    found = [
        *(root / "book").rglob("*.ipynb"),
        *(root / "_build" / "html").rglob("*"),
        *(root / "_build" / "pdf").rglob("*"),
    ]
    return {file.relative_to(root).as_posix(): file for file in sorted(found) if file.is_file()}


def _compared(scratch: Path, selection: Selection, tell: Tell) -> Outcome:
    """Compare two builds, and trace what differs."""
    outcome, both = Outcome(), [made(scratch / one.folder) for one in (FIRST, SECOND)]
    names = sorted({*both[0], *both[1]})
    differing = [name for name in names if not _same(both[0].get(name), both[1].get(name))]
    outcome.same["files"], outcome.differing["files"] = len(names) - len(differing), len(differing)
    for name in names:
        if name.endswith(".ipynb") and name.startswith("book/") and all(name in one for one in both):
            _count(outcome, *(one[name].read_text(encoding="utf-8") for one in both))
    if differing:
        _trace(scratch, selection, both, differing, outcome, tell)
    return outcome


def _same(first: Path | None, second: Path | None) -> bool:
    return first is not None and second is not None and first.read_bytes() == second.read_bytes()


def _count(outcome: Outcome, first: str, second: str) -> None:
    """Count exhibits and sentences of a notebook that are the same, and those that are not."""
    one = traced.parts(first)
    other = one if first == second else traced.parts(second)
    pairs = {name: (one[0].get(name), other[0].get(name)) for name in {**one[0], **other[0]}}
    same = sum(left == right for left, right in pairs.values())
    outcome.same["exhibits"] += same
    outcome.differing["exhibits"] += len(pairs) - same
    kept = sum((Counter(one[1]) & Counter(other[1])).values()) if one[1] != other[1] else len(one[1])
    outcome.same["sentences"] += kept
    outcome.differing["sentences"] += max(len(one[1]), len(other[1])) - kept


# tracing


@dataclass(frozen=True)
class _Pair:
    """An executed notebook of which the two builds differ."""

    run: Run
    first: str
    second: str

    @property
    def exhibits(self) -> set[str]:
        """Name the exhibits that differ, by language and id."""
        one, other = traced.parts(self.first)[0], traced.parts(self.second)[0]
        return {f"{self.run.lang}/{id}" for id in {**one, **other} if one.get(id) != other.get(id)}


def _trace(
    scratch: Path, selection: Selection, both: list[dict[str, Path]], differing: list[str], outcome: Outcome, tell: Tell
) -> None:
    """Trace files that differ to notebook and cell, else to what they are."""
    marks, library = conditions.marks(scratch), causes.Library(scratch / FIRST.folder / "src" / "analysis")
    known = {run.output.relative_to(paths.root()).as_posix(): run for run in selection.runs}
    pairs = {
        name: _Pair(known[name], both[0][name].read_text(encoding="utf-8"), both[1][name].read_text(encoding="utf-8"))
        for name in differing if name in known and all(name in one for one in both)
    }  # fmt: skip
    tell(f"{len(differing)} files differ.")
    if pairs:
        tell("Notebooks are executed again, under one changed condition at a time, to see which one tells.")
    outcome.findings = _grouped(
        _of_notebooks(list(pairs.values()), _tried(scratch, list(pairs.values())), marks, library)
    )
    exhibits = set[str]().union(*(pair.exhibits for pair in pairs.values()))
    for name in [name for name in differing if name not in pairs]:
        if _follows(name, [pair.run for pair in pairs.values()], exhibits):
            outcome.following.append(name)
        else:
            outcome.findings.append(_of_file(name, both, marks, library))


def _of_notebooks(
    pairs: Sequence[_Pair], alone: Mapping[tuple[str, int], str], marks: traced.Marks, library: causes.Library
) -> list[Finding]:
    """List what differs in notebooks, each with its likely cause."""
    found, reached = list[Finding](), dict[tuple[str, int], list[Cause]]()
    for pair in pairs:
        for index, change in traced.of_notebooks(pair.first, pair.second, marks):
            run, number = pair.run, pair.run.cell_number(index) if index >= 0 else None
            key = (run.template, number or 0)
            if key not in reached:
                reached[key] = _reached(library, run, number)
            tried = alone.get((run.template, index))
            found.append(Finding(run.name, number, change, traced.likely(change, reached[key], tried), tried))
    return found


def _reached(library: causes.Library, run: Run, number: int | None) -> list[Cause]:
    code = [
        (position, cell.source) for position, cell in enumerate(cells(run.template), start=1) if cell.kind == "code"
    ]
    return causes.of_cell(library, causes.notebook(f"notebooks/{run.template}.ipynb", code), number) if number else []


def _grouped(found: Sequence[Finding]) -> list[Finding]:
    """Put together what is the same difference in several notebooks of a template."""
    groups = dict[tuple[object, ...], list[Finding]]()
    for one in found:
        what = one.change.what.partition(" '")[0] + one.change.what.rpartition("'")[2]
        groups.setdefault((one.name.partition(" ")[0], one.cell, what, one.cause), []).append(one)
    grouped = []
    for same in groups.values():
        names = tuple(dict.fromkeys(one.name for one in same if one.name != same[0].name))
        first = same[0]
        grouped.append(Finding(first.name, first.cell, first.change, first.cause, first.alone, names))
    return grouped


def _follows(name: str, differing: Sequence[Run], exhibits: set[str]) -> bool:
    """Say whether a file of site or print differs since a notebook does."""
    parts = Path(name).parts
    if len(parts) < 3 or parts[0] != "_build":
        return False
    if parts[1] == "pdf":
        return any(Path(name).stem == run.lang or name.endswith(f"-{run.lang}.pdf") for run in differing)
    own, place = [run for run in differing if run.lang == parts[2]], "/".join(parts[3:])
    if id := traced.exhibit_of(Path(name)):
        return f"{parts[2]}/{id}" in exhibits
    pages = {f"{run.page}.html" for run in own} | {f"_sources/{run.page}.ipynb" for run in own}
    return place in pages or bool(own and place == "searchindex.js")


def _of_file(name: str, both: Sequence[dict[str, Path]], marks: traced.Marks, library: causes.Library) -> Finding:
    """Say what differs in a file that follows from no notebook."""
    there = [name in one for one in both]
    if not all(there):
        words = ["there" if one else "missing" for one in there]
        return Finding(name, None, Change("the file", words[0], words[1], traced.OTHER), None, None)
    change = traced.of_files(both[0][name].read_bytes(), both[1][name].read_bytes(), Path(name).suffix, marks)
    found = (
        causes.of_package(library, "analysis.publishing")
        if change.kind in (traced.CLOCK, traced.PLACE, traced.ORDER)
        else []
    )
    ours = ("twice", "conditions", "changed", "causes", "traced")
    found = [cause for cause in found if not any(f"/{module}" in cause.where for module in ours)]
    return Finding(name, None, change, traced.likely(change, found, None), None)


# one condition at a time


def _tried(scratch: Path, pairs: Sequence[_Pair]) -> dict[tuple[str, int], str]:
    """Execute a notebook of each template again, with one condition changed, until it is known which makes each cell differ.

    Returns
    -------
    dict
        By template and index of the cell the condition, an empty one where the cell differs with nothing changed.
    """
    chosen = list({pair.run.template: pair for pair in reversed(pairs)}.values())[:_TEMPLATES]
    usual = _remade(scratch, FIRST, [pair.run for pair in chosen])
    waiting = {
        pair.run.place: set(_cells_that_differ(pair.first, pair.second)) for pair in chosen if pair.run.place in usual
    }
    found: dict[tuple[str, int], str] = {}
    for name in ("", *conditions.ALONE):
        left = [pair.run for pair in chosen if waiting.get(pair.run.place)]
        again = _remade(scratch, conditions.only(name) if name else FIRST, left)
        for run in left:
            if run.place in again:
                told = waiting[run.place] & set(_cells_that_differ(usual[run.place], again[run.place]))
                found |= {(run.template, index): name for index in told}
                waiting[run.place] -= told
    return found


def _cells_that_differ(first: str, second: str) -> Iterator[int]:
    pair = [json.loads(text)["cells"] for text in (first, second)]
    yield from (index for index, (one, other) in enumerate(zip(*pair, strict=False)) if one != other)


def _remade(scratch: Path, made: Conditions, chosen: Sequence[Run]) -> dict[str, str]:
    """Execute notebooks under conditions, and give their texts by language and page; empty where that fails."""
    if not chosen:
        return {}
    build = _Build("trial", made, scratch)
    result = subprocess.run(
        [*_REMAKE, *(run.place for run in chosen)], cwd=build.root, env=build.environment, stdin=subprocess.DEVNULL,
        capture_output=True, umask=made.umask, check=False,
    )  # fmt: skip
    try:
        texts: dict[str, str] = json.loads(result.stdout.decode().splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return texts


def remake() -> None:
    """Execute the notebooks named by language and page, and print their texts as JSON; this runs in a process of its own."""
    from analysis.execution import runner

    known = {run.place: run for run in runs()}
    print(json.dumps({place: runner.make_one(known[place], runner.Options(jobs=1)).text for place in sys.argv[1:]}))
