"""How long it takes to check the study, as it was measured: for the guide of a release and for the page on checking.

`benchmarks/verify.json` holds the measurement; `make bench-verify` writes it. What was not measured is said not to be.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis import paths
from analysis.errors import InvalidData
from analysis.language import Language

FILE = "benchmarks/verify.json"
EXAMPLE = "2017-economy-answers"  # the exhibit whose check is measured
STEPS = ("setup", "book", "pdf", "verify_all", "verify_one", "twice")  # in the order in which they can be measured
_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Measured:
    """What was measured: seconds by step, and on what."""

    seconds: Mapping[str, float]
    cores: int
    memory: int
    python: str


def read() -> Measured | None:
    """Read the measurement; `None` where there is none.

    Raises
    ------
    InvalidData
        Where the file is not what `make bench-verify` writes.
    """
    file = paths.root() / FILE
    if not file.is_file():
        return None
    try:
        raw: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        machine = raw["machine"]
        seconds = {step: float(raw["seconds"][step]) for step in STEPS if step in raw["seconds"]}
        return Measured(seconds, int(machine["cores"]), int(machine["memory_gib"]), str(machine["python"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(
            f"{FILE} is not what `make bench-verify` writes: {error!r}. Delete it, or measure again."
        ) from None


def seconds(step: str, words: Language) -> str:
    """Write how long a step takes: with one decimal below ten seconds, in minutes above two."""
    found = read()
    if found is None or step not in found.seconds:
        return words.say("not measured yet")
    value = found.seconds[step]
    if value >= 120:
        return f"{words.number(value / 60)}{_SPACE}min"
    return f"{words.number(value, 0 if value >= 10 else 1)}{_SPACE}s"


def machine(words: Language) -> str:
    """Say on what it was measured."""
    found = read()
    if found is None:
        return words.say("not measured yet")
    return words.say(
        "a machine with {cores} processor cores, {memory} GB of memory and Python {python}",
        cores=words.number(found.cores), memory=words.number(found.memory), python=found.python,
    )  # fmt: skip


def substitutions(words: Language) -> dict[str, str]:
    """Give the times for pages written by hand: `{{ seconds_verify_all }}` say, and `{{ machine }}`."""
    return {f"seconds_{step}": seconds(step, words) for step in STEPS} | {"machine": machine(words)}


def times(words: Language) -> dict[str, str]:
    """Give the times by what is done, in the order in which it is done."""
    names = {
        "set up the environment (once)": "setup",
        "verify everything": "verify_all",
        "verify one exhibit": "verify_one",
        "execute all notebooks and build the site": "book",
        "print editions, after that": "pdf",
        "build everything twice and compare": "twice",
    }
    return {name: seconds(step, words) for name, step in names.items()}
