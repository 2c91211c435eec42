"""The engine knows nothing of this study: its modules speak of no city, no axis and no publisher of it."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

STUDY = yaml.safe_load((ROOT / "data" / "study.yml").read_text(encoding="utf-8"))
EVERYDAY = {"environment", "people", "living"}  # axes whose names any program may use
AXES = "|".join(sorted({*STUDY["axes"]} - EVERYDAY))
WORDS = re.compile(rf"\b(?:cities|city|UCLG|{STUDY['lead_city']['name']}|{STUDY['title']['en']}|{AXES})\b")
# modules of the study itself; every other one is the engine's
OURS = (
    "study", "alternatives", "members", "places", "rules", "instrument", "answers", "disclosure", "statistics", "inequality", "choice",
    "robustness", "intervals", "prose", "figures*", "extension", "commands", "chapters/*", "survey/*", "audit/*",
    "publishing/report", "publishing/released", "report", "released",
)  # fmt: skip
# modules of the engine that still have such a word, in a comment or an example mostly: to be shrunk, never to grow
EXCEPTIONS = frozenset(
    {
        "citing",
        "claims",
        "cli",
        "cluster",
        "document",
        "exhibits",
        "inventory",
        "language",
        "measured",
        "reader",
        "receipts",
        "twice",
        "verify",
        "workspace",
    }
)


def engine() -> dict[str, Path]:
    """List the modules of the engine by their path below `src/`."""
    found = {}
    for file in sorted((ROOT / "src").rglob("*.py")):
        package, *inner = file.relative_to(ROOT / "src").with_suffix("").parts
        ours = package == "analysis" and any(Path(*inner).match(pattern) for pattern in OURS)
        if inner and not ours and file.stem != "__init__":
            found["/".join([package, *inner])] = file
    return found


def is_exception(module: str) -> bool:
    return module.rpartition("/")[2] in EXCEPTIONS


def words_in(file: Path) -> set[str]:
    return set(WORDS.findall(file.read_text(encoding="utf-8")))


def test_the_words_looked_for_are_those_of_the_study() -> None:
    assert len(STUDY["axes"]) == 6
    assert WORDS.findall("Bilbao is a city of UCLG; its economy") == ["Bilbao", "city", "UCLG", "economy"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "UCLG" in project["authors"][0]["name"]


@pytest.mark.parametrize("module", [module for module in engine() if not is_exception(module)])
def test_a_module_of_the_engine_has_no_word_of_the_study(module: str) -> None:
    assert words_in(engine()[module]) == set()


def test_an_exception_is_still_needed() -> None:
    needed = {module.rpartition("/")[2] for module, file in engine().items() if words_in(file)}
    assert sorted(EXCEPTIONS - needed) == []
