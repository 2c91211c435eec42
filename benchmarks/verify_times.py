"""Measure what checking the study takes, on a copy without anything built, and write benchmarks/verify.json.

The guide of a release and the page on checking show these times. Seconds depend on the machine, which is named with them.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analysis import inventory
from analysis.publishing import measured

ROOT = Path(__file__).resolve().parents[1]
TIMES_OF_ONE = 5  # the check of one exhibit is short: the median of so many counts
_OUTSIDE = ("STUDY_ROOT", "STUDY_PRIVATE", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", nargs="*", choices=measured.STEPS, default=[], help="steps that keep their time")
    left_out = parser.parse_args().without
    os.environ["STUDY_ROOT"] = str(ROOT)
    before = json.loads((ROOT / measured.FILE).read_text(encoding="utf-8"))["seconds"] if left_out else {}
    with tempfile.TemporaryDirectory(prefix="verify-times-") as folder:
        copy = Path(folder) / "compendium"
        inventory.copy_files(copy)
        seconds = {step: before[step] for step in left_out if step in before}
        for step in measured.STEPS:
            if step not in left_out:
                seconds[step] = round(measure(step, copy), 1)
                print(f"{step}: {seconds[step]} s", flush=True)
            elif step in ("setup", "book", "pdf"):
                measure(step, copy)  # what comes later needs it
    found = {"machine": machine(), "seconds": {step: seconds[step] for step in measured.STEPS if step in seconds}}
    (ROOT / measured.FILE).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, str | int]:
    """Describe the machine in the words that the guide uses."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": os.cpu_count() or 1, "memory_gib": round(memory / (1 << 30)), "python": platform.python_version()}


def measure(step: str, copy: Path) -> float:
    """Give the seconds that a step takes in a copy in which the earlier steps have been done."""
    study = str(copy / ".venv" / "bin" / "study")
    commands = {
        "setup": ["make", "setup", f"PYTHON={sys.executable}"],
        "verify_all": [study, "verify"],
        "verify_one": [study, "verify", measured.EXAMPLE],
        "book": [study, "book"],
        "pdf": [study, "pdf"],
        "twice": [study, "twice"],
    }
    times = [timed(commands[step], copy) for _ in range(TIMES_OF_ONE if step == "verify_one" else 1)]
    return statistics.median(times)


def timed(command: list[str], folder: Path) -> float:
    """Run a command and give the seconds that it took; one that fails ends the measurement."""
    environment = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
