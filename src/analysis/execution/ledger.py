"""The ledger: what each result was made of. It tells whether a result is still true, and why not.

An entry is written after its result, so a process that is killed at any moment leaves either both or a result that no
entry vouches for. Whole copies of the tables as they were read lie beside the entries, to say which rows changed.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import config, paths, provenance
from analysis.errors import StudyError
from analysis.execution import keys
from analysis.execution.runs import Run
from analysis.files import content_of, digest, digest_text, write_whole

MISSING, STALE, FRESH = "missing", "stale", "fresh"


@dataclass(frozen=True)
class Entry:
    """What a result was made of.

    `output` is the digest of the result; `files` are the digests of the whole files of data that the readings come
    from; `seconds` is what it took.
    """

    output: str
    parameters: Mapping[str, Any]
    code: keys.Code
    readings: list[provenance.Reading]
    files: Mapping[str, str]
    seconds: float


@dataclass(frozen=True)
class State:
    """Whether the result of a run is there and still true, and why not."""

    run: Run
    state: str
    reasons: tuple[str, ...]


def write(run: Run, entry: Entry) -> None:
    """Write the entry of a run, after its result; keep the tables and the lock as they were."""
    for name in [*entry.files, "requirements.lock"]:
        if name.startswith(f"{paths.PRIVATE}/"):
            continue  # answers are never copied
        _keep(paths.root() / name, entry.files.get(name, entry.code.lock))
    packed = dataclasses.asdict(entry) | {"readings": [provenance.packed(one) for one in entry.readings]}
    write_whole(_file(run), json.dumps(packed))


def entry_of(run: Run) -> Entry | None:
    """Read the entry of a run; `None` where there is none that can be read."""
    return _entry(_file(run))


def _entry(file: Path) -> Entry | None:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        readings = [provenance.unpacked(one) for one in raw.pop("readings")]
        entry = Entry(**raw | {"readings": readings, "code": keys.Code(**raw["code"])})
        hash(tuple(readings))
        kinds = [(entry.parameters, dict), (entry.files, dict), (entry.code.template, list), (entry.code.modules, dict),
                 (entry.code.lock, str), (entry.code.catalogue, str), (entry.code.python, str), (entry.seconds, int | float)]  # fmt: skip
        texts = [*entry.files.values(), *(one.digest for one in readings), *(one.source for one in readings)]
        whole = all(isinstance(value, kind) for value, kind in kinds) and all(isinstance(text, str) for text in texts)
        return entry if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # spoilt: nothing is known of the result
        return None


def _file(run: Run) -> Path:
    return paths.state() / "ledger" / f"{run.key}.json"


def _keep(file: Path, content: str) -> None:
    """Keep a copy of a file, if it is still what was read."""
    copy = _copy(content)
    if content and not copy.is_file() and file.is_file() and digest_text(raw := file.read_bytes()) == content:
        write_whole(copy, raw)


def _copy(content: str) -> Path:
    return paths.state() / "kept" / content[:32]


class Check:
    """Compares results with what they would be made of now; what several runs share is looked at once."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], keys.Code] = {}
        self._contents: dict[str, str] = {}
        self._read: dict[tuple[provenance.Reading, str], str] = {}

    def code(self, run: Run) -> keys.Code:
        """Give the digests of the code of a run as it is now."""
        key = (run.template, run.lang)
        if key not in self._codes:
            self._codes[key] = keys.code(*key)
        return self._codes[key]

    def states(self, chosen: Iterable[Run]) -> list[State]:
        """Say of each run whether it is fresh, stale or missing, and why."""
        return [self._state(run) for run in chosen]

    def _state(self, run: Run) -> State:
        if not run.output.is_file():
            return State(run, MISSING, ("never executed",))
        entry = entry_of(run)
        if entry is None:
            return State(run, STALE, ("nothing is known of how the result was made",))
        if digest(run.output.read_bytes()) != entry.output:
            return State(run, STALE, ("the result was changed after it was made",))
        reasons = [*self._parameters(run, entry), *self._code_reasons(run, entry), *self._data_reasons(entry)]
        return State(run, STALE if reasons else FRESH, tuple(reasons))

    def _parameters(self, run: Run, entry: Entry) -> list[str]:
        return [] if dict(run.parameters) == dict(entry.parameters) else ["other parameters"]

    def _code_reasons(self, run: Run, entry: Entry) -> list[str]:
        now, before, reasons = self.code(run), entry.code, []
        if now.template != before.template:
            cells = [str(n + 1) for n, (a, b) in enumerate(zip(now.template, before.template, strict=False)) if a != b]
            which = f"cell {', '.join(cells)}" if len(now.template) == len(before.template) else "cells came or went"
            reasons.append(f"the template notebooks/{run.template}.ipynb changed ({which})")
        # a module that is imported no more, or anew, comes with the change of the one that imports it
        for name in sorted(now.modules.keys() & before.modules.keys()):
            if now.modules[name] != before.modules[name]:
                reasons.append(f"{name if name.startswith(config.FILE) else f'src/{name}'} changed")
        if not reasons and now.modules != before.modules:
            reasons.append("the library has other modules")
        if now.catalogue != before.catalogue:
            reasons.append(f"the translations into '{run.lang}' changed")
        if now.lock != before.lock:
            reasons.append(_lock_reason(before.lock))
        if now.python != before.python:
            reasons.append(f"the interpreter changed: {before.python} became {now.python}")
        return reasons

    def _data_reasons(self, entry: Entry) -> list[str]:
        changed = {name for name, content in entry.files.items() if self._content(name) != content}
        if not changed:
            return []
        from analysis import tables  # needed here alone: what is unchanged is known without pandas

        where = {name: f"data/{one['path']}" for name, one in tables.descriptors().items()}
        reasons = []
        for reading in entry.readings:
            file = where.get(reading.source, reading.source)
            if file in changed:
                reasons.append(self._reading_reason(reading, entry.files[file]))
            elif file not in entry.files:
                reasons.append(f"the table '{reading.source}' is described no more")
        return [reason for reason in dict.fromkeys(reasons) if reason]

    def _content(self, name: str) -> str:
        if name not in self._contents:
            self._contents[name] = content_of(name)
        return self._contents[name]

    def _reading_reason(self, reading: provenance.Reading, content: str) -> str:
        if (reading, content) not in self._read:
            self._read[reading, content] = _reading_reason(reading, content)
        return self._read[reading, content]


def _reading_reason(reading: provenance.Reading, content: str) -> str:
    """Say what changed in a slice since it was read; empty where nothing did."""
    from analysis import tables

    if reading.source == config.FILE:
        text = reading.text.removeprefix("section = ").replace(" = ", " ")
        return "" if config.digest(reading.where) == reading.digest else f"{config.FILE}: {text} changed"
    if reading.source.startswith("data/"):
        return f"{reading.source} changed"
    name = f"{reading.source}, {reading.text.replace(' = ', ' ')}" if reading.where else reading.source
    try:
        now = tables.rows(reading)
        if now.digest == reading.digest:
            return ""
        before = tables.rows(reading, _copy(content)) if _copy(content).is_file() else None
    except StudyError:
        return f"{name}: the table or its codebook changed"
    if before is None or before.digest != reading.digest:
        return f"{name}: rows changed"
    gone, come = Counter(before.rows) - Counter(now.rows), Counter(now.rows) - Counter(before.rows)
    both = min(gone.total(), come.total())
    counts = {"changed": both, "added": come.total() - both, "removed": gone.total() - both}
    words = [f"{n} {'row' if n == 1 else 'rows'} {what}" for what, n in counts.items() if n]
    return f"{name}: {', '.join(words) or 'rows in another order'}"


def _lock_reason(before: str) -> str:
    """Name the packages of the lock that changed, where it is known what it was."""
    lock, copy = paths.root() / "requirements.lock", _copy(before)
    if not before or not copy.is_file() or not lock.is_file():
        return "requirements.lock changed"
    old, new = (keys.versions(file.read_text(encoding="utf-8", errors="replace")) for file in (copy, lock))
    moved = [
        f"{name} {old.get(name, 'none')} became {new.get(name, 'none')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    if not moved:
        return "requirements.lock changed"
    return f"requirements.lock changed: {', '.join(moved[:3])}{f' and {len(moved) - 3} more' if len(moved) > 3 else ''}"


def clean() -> None:
    """Delete copies that no entry needs any more."""
    entries = [_entry(file) for file in (paths.state() / "ledger").glob("*.json")]
    needed = {_copy(content).name for one in entries if one for content in [*one.files.values(), one.code.lock]}
    for file in (paths.state() / "kept").glob("*"):
        if file.name not in needed:
            file.unlink(missing_ok=True)
