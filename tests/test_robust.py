"""Killed runners, two runners at once, and a cluster that loses a worker: in the end the same bytes."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, copy_of_compendium, made_copy, run_study
from test_execution import wait_for

from analysis.execution import runs

STUDY = [sys.executable, "-c", "from analysis.cli import main; main()"]
KILLS = 20
EDITION = 2023  # what is executed is this edition: enough notebooks for two workers, and many times over
RUN = (*STUDY, "run", "--edition", str(EDITION))
PLACE = Path("book", "en", "editions", str(EDITION))
NOTEBOOKS = len(runs.runs(EDITION, lang="en"))


def environment(root: Path) -> dict[str, str]:
    return os.environ | {"STUDY_ROOT": str(root), "PYTHONPATH": str(root / "src")}


def chapters(root: Path) -> dict[str, bytes]:
    folder = root / PLACE
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.ipynb")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a compendium that was executed in one go."""
    return made_copy(tmp_path_factory.mktemp("robust") / "compendium", "run")


@pytest.fixture
def fresh(undisturbed: Path, tmp_path: Path) -> Path:
    """Give the same compendium with nothing executed."""
    root = Path(shutil.copytree(undisturbed, tmp_path / "compendium"))
    shutil.rmtree(root / ".study")
    for file in (root / "book" / "en").rglob("*.ipynb"):
        file.unlink()
    return root


@pytest.mark.slow
def test_a_runner_killed_at_random_moments_goes_on_and_gives_the_same_bytes(undisturbed: Path, fresh: Path) -> None:
    moments = random.Random(20)
    assert len(chapters(undisturbed)) == NOTEBOOKS > 5
    for number in range(KILLS):
        if number % 5 == 4:  # those before hit a run that has little left to do
            shutil.rmtree(fresh / PLACE, ignore_errors=True)
        process = subprocess.Popen(RUN, env=environment(fresh), cwd=fresh, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.05, 5))
        process.kill()
        process.wait()
        for name, content in chapters(fresh).items():  # whatever is there is whole
            assert content == chapters(undisturbed)[name], name
    result = run_study(fresh, *RUN[len(STUDY) :])
    assert result.returncode == 0, result.stderr
    assert chapters(fresh) == chapters(undisturbed)
    assert "0 notebooks executed" in run_study(fresh, *RUN[len(STUDY) :]).stderr
    left = [folder for folder in (fresh / ".study" / "unfinished").iterdir() if any(folder.iterdir())]
    assert left == []


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_done_and_leaves_no_process(undisturbed: Path, fresh: Path) -> None:
    process = subprocess.Popen(
        RUN, env=environment(fresh), cwd=fresh, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # who starts the tests in the background makes them, and what they start, deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    # a notebook is done once the ledger knows it, which is a moment after it is in its place
    ledger = fresh / ".study" / "ledger"
    wait_for(lambda: len(list(ledger.glob("*.json"))) >= 2, 180)
    os.killpg(process.pid, signal.SIGINT)
    message = process.communicate(timeout=90)[1]
    assert process.returncode == 130
    assert message.strip().endswith("study: stopped; what was done is kept.")
    assert "Traceback" not in message
    done = len(list(ledger.glob("*.json")))
    result = run_study(fresh, *RUN[len(STUDY) :])
    assert f"{NOTEBOOKS - done} notebooks executed, {done} fresh already" in result.stderr
    assert chapters(fresh) == chapters(undisturbed)


@pytest.mark.slow
def test_two_runners_at_once_do_not_spoil_each_other(undisturbed: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(undisturbed, tmp_path / "compendium"))  # all but an edition is executed
    shutil.rmtree(root / PLACE)
    both = [subprocess.Popen([*STUDY, "book"], env=environment(root), cwd=root) for _ in range(2)]
    assert [process.wait(timeout=900) for process in both] == [0, 0]
    assert chapters(root) == chapters(undisturbed)
    assert (root / "_build" / "html" / "en" / "editions" / str(EDITION) / "governance.html").is_file()
    assert {row["state"] for row in json.loads(run_study(root, "status", "--json").stdout)} == {"fresh"}


@pytest.fixture
def cluster(fresh: Path, tmp_path: Path) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """Start a scheduler and two workers on loopback, each a process of its own; they end with the test."""
    address = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    options = ["--host", "127.0.0.1", "--scheduler-file", str(address)]
    started = [
        subprocess.Popen([*dask, "scheduler", "--port", "0", "--no-dashboard", *options], stderr=subprocess.DEVNULL)
    ]
    try:
        wait_for(lambda: address.is_file() and address.read_text(encoding="utf-8").endswith("}"))
        worker = [*dask, "worker", "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny", *options]
        started += [
            subprocess.Popen(worker, env=environment(fresh), cwd=fresh, stderr=subprocess.DEVNULL) for _ in range(2)
        ]
        yield json.loads(address.read_text(encoding="utf-8"))["address"], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.cluster
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    undisturbed: Path, fresh: Path, cluster: tuple[str, list["subprocess.Popen[bytes]"]]
) -> None:
    address, workers = cluster
    command = [*RUN, "--scheduler", address]
    process = subprocess.Popen(command, env=environment(fresh), cwd=fresh, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: len(chapters(fresh)) >= 3, 120)
    workers[0].kill()
    message = process.communicate(timeout=300)[1]
    assert process.returncode == 0, message
    assert f"{NOTEBOOKS} notebooks executed" in message
    assert chapters(fresh) == chapters(undisturbed)


@pytest.mark.cluster
def test_a_worker_with_other_files_is_refused_by_name(
    fresh: Path, cluster: tuple[str, list["subprocess.Popen[bytes]"]], tmp_path: Path
) -> None:
    here = copy_of_compendium(tmp_path / "here")
    terms = here / "data" / "published" / "terms.csv"
    terms.write_text(terms.read_text(encoding="utf-8").replace("study,", "studies,"), encoding="utf-8")
    assert run_study(here, "digests").returncode == 0
    result = run_study(here, "run", "--edition", "2019", "--axis", "governance", "--scheduler", cluster[0])
    assert result.returncode == 1
    assert (
        "has other files than this machine: data/published/datapackage.json, data/published/terms.csv" in result.stderr
    )
    assert "Traceback" not in result.stderr


@pytest.mark.cluster
def test_a_scheduler_that_does_not_answer_is_named() -> None:
    result = run_study(ROOT, "run", "--edition", "2019", "--force", "--scheduler", "tcp://127.0.0.1:9")
    assert result.returncode == 1
    assert "No Dask scheduler answers at 'tcp://127.0.0.1:9'" in result.stderr
    assert "Traceback" not in result.stderr
