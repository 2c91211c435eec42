"""Measure the execution of the matrix beside other ways of doing it, in one run, and write docs/performance.md.

Seconds depend on the machine and on what else it does; the ratios of one run are what counts.
"""

import argparse
import datetime
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil

from analysis.execution import notebook as finishing
from analysis.execution import runs
from analysis.execution.runs import Run

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CORES = os.cpu_count() or 1
SNAKEFILE = """import json
RUNS = json.load(open("runs.json"))
rule all:
    input: [f"snake/{name}.ipynb" for name in RUNS]
rule one:
    input: lambda wildcards: RUNS[wildcards.name]["inputs"]
    output: "snake/{name}.ipynb"
    params: command=lambda wildcards: RUNS[wildcards.name]["command"]
    shell: "{params.command}"
"""


def copy_of_compendium(folder: Path) -> Path:
    """Copy what executing needs, so that nothing of the tree is touched."""
    for name in ("data", "notebooks", "book"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for file in (folder / "book").rglob("*.ipynb"):
        file.unlink()
    shutil.copy(ROOT / "requirements.lock", folder)
    shutil.copy(ROOT / "_config.yml", folder)
    os.environ["STUDY_ROOT"] = str(folder)
    return folder


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def call(*command: str, folder: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command; a failure ends the benchmark with what the command said."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)
    if result.returncode:
        sys.exit(f"{shlex.join(command)} failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result


def papermill_command(run: Run, output: Path) -> list[str]:
    """Give the command of papermill for a run."""
    template = str(runs.template_file(run.template))
    given = [
        "-y",
        json.dumps(dict(run.parameters)),
        "-k",
        "python3",
        "--cwd",
        str(runs.template_file(run.template).parent),
    ]
    return [str(BIN / "papermill"), template, str(output), *given, "--no-progress-bar", "--no-log-output"]


def by_api(run: Run, output: str) -> None:
    """Execute a run with the API of papermill; a process of the pool does this."""
    output_folder = Path(output).parent
    output_folder.mkdir(parents=True, exist_ok=True)
    papermill.execute_notebook(
        str(runs.template_file(run.template)), output, dict(run.parameters), kernel_name="python3", progress_bar=False,
        cwd=str(ROOT / "notebooks"), iopub_timeout=60,
    )  # fmt: skip


def own_work() -> None:
    """Print the seconds of the cells of the matrix alone, in this one process once it is warm."""
    import ast

    import analysis.execution.preload  # noqa: F401

    start = time.perf_counter()
    for run in runs.runs():
        names: dict[str, Any] = {}
        for cell in runs.cells(run.template):
            if cell.kind == "code":
                tree = ast.parse(cell.source)
                last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, "cell", "exec"), names)
                if "parameters" in cell.tags:
                    names |= run.parameters
                if isinstance(last, ast.Expr):
                    shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
                    getattr(shown, "_repr_mimebundle_", lambda: None)()
    print(time.perf_counter() - start)


def same(run: Run, made: Path) -> bool:
    """Say whether a notebook made in another way is, once it is a page, that of ours."""
    notebook = nbformat.read(str(made), as_version=4)
    return finishing.finish(notebook, run.lang) == run.output.read_text(encoding="utf-8")


def jupyter_book(chosen: list[Run], folder: Path) -> Path:
    """Lay out a book whose notebooks have their parameters in them, for Jupyter Book to execute."""
    book = folder / "jupyter-book"
    names = []
    for number, run in enumerate(chosen):
        name = f"page{number:02}"
        (book / "notebooks").mkdir(parents=True, exist_ok=True)
        papermill.execute_notebook(str(runs.template_file(run.template)), str(book / f"{name}.ipynb"),
                                   dict(run.parameters), prepare_only=True)  # fmt: skip
        names.append(name)
    toc = {"format": "jb-book", "root": names[0], "chapters": [{"file": name} for name in names[1:]]}
    (book / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    execute = {"execute_notebooks": "force", "timeout": 300}
    (book / "_config.yml").write_text(json.dumps({"title": "x", "execute": execute}), encoding="utf-8")
    return book


def matrix(folder: Path) -> dict[str, Any]:
    """Execute the whole matrix in every way; ours and the limit in turns, since the machine is not always as fast."""
    chosen, found = runs.runs(), dict[str, Any]()
    study = [str(BIN / "study"), "run"]

    def cold() -> float:
        shutil.rmtree(folder / ".study", ignore_errors=True)
        for run in chosen:
            run.output.unlink(missing_ok=True)
        return timed(lambda: call(*study, folder=folder))

    turns = []
    for _ in range(3):
        start = time.perf_counter()
        work = float(call(sys.executable, __file__, "--own-work", folder=folder).stdout)
        warm = time.perf_counter() - start - work  # of a process, from its start until the libraries are there
        turns.append({"notebooks": len(chosen), "own work": work, "warm start": warm, "cold": cold(),
                      "forced": timed(lambda: call(*study, "--force", folder=folder))})  # fmt: skip
    found |= {name: min(turn[name] for turn in turns) for name in turns[0]}
    found["limit"] = found["warm start"] + found["own work"] / CORES
    found["unchanged"] = min(timed(lambda: call(*study, folder=folder)) for _ in range(3))
    outputs = {name: [folder / name / f"{n:02}.ipynb" for n in range(len(chosen))] for name in ("loop", "api", "snake")}
    for name in outputs:
        (folder / name).mkdir()
    commands = [papermill_command(run, output) for run, output in zip(chosen, outputs["loop"], strict=True)]
    found["loop"] = timed(lambda: [call(*command, folder=folder) for command in commands])
    with ProcessPoolExecutor(CORES) as pool:
        found["api"] = timed(lambda: list(pool.map(by_api, chosen, map(str, outputs["api"]))))
    inputs = [str(file) for name in ("data/*/*.csv", "data/study.yml") for file in folder.glob(name)]
    inputs += [str(file) for file in (ROOT / "src" / "analysis").rglob("*.py")]
    rules = {
        output.stem: {"inputs": [str(runs.template_file(run.template)), *inputs],
                      "command": shlex.join(papermill_command(run, output))}
        for run, output in zip(chosen, outputs["snake"], strict=True)
    }  # fmt: skip
    (folder / "runs.json").write_text(json.dumps(rules), encoding="utf-8")
    (folder / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    snake = [str(BIN / "snakemake"), "-j", str(CORES), "--quiet", "all"]
    path = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    found["snakemake"] = timed(lambda: call(*snake, folder=folder, env=path))
    found["snakemake unchanged"] = min(timed(lambda: call(*snake, folder=folder, env=path)) for _ in range(3))
    book = jupyter_book(chosen, folder)
    found["jupyter-book"] = timed(lambda: call(
        sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(book), "-q",
        folder=folder, env=path | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}))  # fmt: skip
    found["same"] = {
        name: sum(same(run, file) for run, file in zip(chosen, files, strict=True)) for name, files in outputs.items()
    }
    findings = folder / "data" / "published" / "findings.csv"
    findings.write_text(
        findings.read_text(encoding="utf-8").replace("F2017-02,2017,", "F2017-92,2017,"), encoding="utf-8"
    )
    states = json.loads(call(str(BIN / "study"), "status", "--json", folder=folder).stdout)
    found["stale"] = [
        " ".join(map(str, (one["notebook"], *one["parameters"].values()))) for one in states if one["state"] != "fresh"
    ]
    found["one row"] = timed(lambda: call(*study, folder=folder))
    return found


def profiles(
    folder: Path, number: int, jobs: int, scheduler: str | None = None, workers: Sequence[int] = ()
) -> dict[str, float]:
    """Make the profiles of some cities in a process of its own, and watch the memory of its family and of workers."""
    shutil.rmtree(folder / ".study", ignore_errors=True)
    shutil.rmtree(folder / "_build", ignore_errors=True)
    command = [sys.executable, str(Path(__file__).with_name("profiles.py")), str(number), str(jobs), scheduler or ""]
    start, peak = time.perf_counter(), {"runner": 0.0, "warm parent": 0.0, "child": 0.0}
    process = subprocess.Popen(command, cwd=folder)
    try:
        while process.poll() is None:
            for pid in (process.pid, *workers):
                _look(pid, peak)
            time.sleep(0.25)
    finally:
        process.kill()
    if process.returncode:
        sys.exit("The profiles failed.")
    seconds = time.perf_counter() - start
    return {"number": number, "jobs": jobs, "seconds": seconds, "each": seconds / number, **peak}


def _look(pid: int, peak: dict[str, float]) -> None:
    """Note the memory in MB: resident for runner (or worker) and warm parent, not shared for a child."""
    try:
        process = psutil.Process(pid)
        peak["runner"] = max(peak["runner"], process.memory_info().rss / 1e6)
        servers = {one.pid: one for one in process.children(recursive=True) if "forkserver" in " ".join(one.cmdline())}
        for one in servers.values():
            if one.ppid() in servers:
                peak["child"] = max(peak["child"], one.memory_full_info().uss / 1e6)
            else:
                peak["warm parent"] = max(peak["warm parent"], one.memory_info().rss / 1e6)
    except psutil.Error:
        return  # it has just ended


def on_dask(folder: Path, number: int) -> dict[str, float]:
    """Make profiles on a scheduler and as many workers as cores, all on loopback."""
    file = folder / "scheduler.json"
    dask, options = [sys.executable, "-m", "dask"], ["--host", "127.0.0.1", "--scheduler-file", str(file)]
    quiet = {"stderr": subprocess.DEVNULL, "cwd": folder}
    started = [subprocess.Popen([*dask, "scheduler", "--port", "0", "--no-dashboard", *options], **quiet)]
    try:
        while not (file.is_file() and file.read_text(encoding="utf-8").endswith("}")):
            time.sleep(0.1)
        worker = [*dask, "worker", "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny", *options]
        started += [subprocess.Popen(worker, **quiet) for _ in range(CORES)]
        time.sleep(5)  # the workers are there, as on a cluster that is up
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        return profiles(folder, number, CORES, address, [worker.pid for worker in started[1:]])
    finally:
        for process in started:
            process.kill()
            process.wait()
        file.unlink(missing_ok=True)


def where_the_time_goes(found: dict[str, Any]) -> list[str]:
    """Say which ratios the limit itself would give: no way of executing gets beyond them with these chapters."""
    limit, work = found["limit"], found["own work"]
    ratios = [f"{name} {found[key] / limit:.1f}" for name, key in
              (("the shell loop", "loop"), ("papermill's API", "api"), ("Snakemake", "snakemake"))]  # fmt: skip
    each = (found["loop"] - work) / found["notebooks"]
    return [
        "## Where the time goes", "",
        f"At the limit itself the ratios would be: {', '.join(ratios)}. No way of executing these chapters on {CORES} cores gets",
        "beyond them; a bar above them is out of reach while the chapters draw as much as they do. Of the loop's time "
        f"{100 * work / found['loop']:.0f}% is the own",
        f"work of the cells, most of it matplotlib drawing each exhibit for a page and for a phone; starting adds {each:.1f} s to each notebook.",
        f"What `study run` takes beyond the limit ({found['cold'] - limit:.1f} s) goes to checking the data against their codebook, which "
        f"the next run on the same data does not repeat ({found['cold'] - found['forced']:.1f} s),",
        "to a fork and a fresh shell for each notebook, and to the last notebooks, when one core waits.",
    ]  # fmt: skip


def report(found: dict[str, Any], scale: list[tuple[str, dict[str, float]]]) -> str:
    """Write the page with the results."""
    cold, unchanged = found["cold"], found["unchanged"]
    full = {int(one["number"]): one for name, one in scale if name == "here" and one["jobs"] == CORES}
    least, most = full[min(full)], full[max(full)]
    grown = max(most[who] / least[who] for who in ("runner", "warm parent"))
    bars = [
        ("cold: ours / the limit", cold / found["limit"], "at most 1.5"),
        ("the same, where these data were checked before: ours / the limit", found["forced"] / found["limit"], ""),
        ("cold: shell loop of `papermill` / ours", found["loop"] / cold, "10"),
        (f"cold: papermill's API, {CORES} processes / ours", found["api"] / cold, "4"),
        (f"cold: Snakemake `-j{CORES}` / ours", found["snakemake"] / cold, "5"),
        ("cold: Jupyter Book executing by itself (and building) / ours", found["jupyter-book"] / cold, ""),
        ("unchanged: Snakemake / ours", found["snakemake unchanged"] / unchanged, "3"),
        (f"time per profile at {max(full):,} / at {min(full)}", most["each"] / least["each"], "at most 1.1"),
        (f"memory of the parents at {max(full):,} / at {min(full)} profiles", grown, "at most 1.1"),
    ]
    lines = [
        "# Performance", "",
        f"Made by `make bench` on {datetime.date.today().isoformat()}: {CORES} cores, {platform.system()}, "
        f"Python {platform.python_version()}. Everything in one run on one machine; ratios count, seconds do not travel.",
        "", "| measure | ratio | bar |", "| --- | ---: | --- |",
        *(f"| {name} | {ratio:.2f} | {bar} |" for name, ratio, bar in bars),
        f"| one row of one edition changed: runs repeated | {len(found['stale'])} of {found['notebooks']} | those that read it |",
        "", f"The runs that read the row: {', '.join(found['stale'])}.",
        "", f"## The matrix: {found['notebooks']} notebooks", "", "| way | seconds |", "| --- | ---: |",
        f"| own work of the cells, one warm process | {found['own work']:.1f} |",
        f"| warm start: a process until the libraries are there | {found['warm start']:.1f} |",
        f"| the limit: warm start and own work on {CORES} cores | {found['limit']:.1f} |",
        f"| `study run`, cold | {cold:.1f} |",
        f"| `study run --force`: cold, but the data were checked before | {found['forced']:.1f} |",
        f"| `study run`, one row changed | {found['one row']:.1f} |",
        f"| `study run`, nothing changed | {unchanged:.2f} |",
        f"| shell loop of `papermill` | {found['loop']:.1f} |",
        f"| papermill's API, {CORES} processes | {found['api']:.1f} |",
        f"| Snakemake `-j{CORES}` | {found['snakemake']:.1f} |",
        f"| Snakemake, nothing changed | {found['snakemake unchanged']:.2f} |",
        f"| Jupyter Book, executing and building | {found['jupyter-book']:.1f} |",
        "", "The first five are the best of three turns. Same outputs as ours, as pages: "
        + "; ".join(f"{name} {n} of {found['notebooks']}" for name, n in found["same"].items()) + ".",
        "", *where_the_time_goes(found), "", "## City profiles", "",
        "| where | jobs | profiles | seconds | seconds each | runner, MB | warm parent, MB | child, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(f"| {name} | {one['jobs']:.0f} | {one['number']:,.0f} | {one['seconds']:.1f} | {one['each']:.3f} | "
          f"{one['runner']:.0f} | {one['warm parent']:.0f} | {one['child']:.0f} |" for name, one in scale),
        "", "Memory is the peak seen every quarter of a second: resident for runner and warm parent, not shared for a child. "
        "On Dask the runner's column is the larger of the runner and a worker.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Measure everything and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--own-work", action="store_true", help="used by the benchmark itself")
    options.add_argument("--profiles", type=int, nargs="+", default=[50, 200, 1000], help="numbers of city profiles")
    given = options.parse_args()
    if given.own_work:
        return own_work()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # what was started is ended on the way out
    with tempfile.TemporaryDirectory(prefix="study-bench-") as name:
        folder = copy_of_compendium(Path(name) / "compendium")
        found = matrix(folder)
        print(json.dumps(found, indent=1), flush=True)
        scale: list[tuple[str, dict[str, float]]] = []
        scale += [("here", profiles(folder, number, CORES)) for number in given.profiles]
        scale += [("here", profiles(folder, number, 1)) for number in given.profiles]
        scale += [("Dask", on_dask(folder, number)) for number in given.profiles]
        text = report(found, scale)
    (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
