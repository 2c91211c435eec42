"""The command `study`: thin, it calls the library and turns errors into messages."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from analysis import execution, paths, study, tables
from analysis.errors import InvalidData, StudyError, UnknownParameter
from analysis.publishing import book as publishing

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_screen = Console(stderr=True)
_SELECTORS = ("edition", "axis", "lang")


class Engine(StrEnum):
    """Engines of papermill that can execute the notebooks."""

    kernel = "kernel"


EditionOption = Annotated[int | None, typer.Option(help="Only this edition, 2019 say.")]
AxisOption = Annotated[str | None, typer.Option(help="Only this axis, governance say.")]
LangOption = Annotated[str | None, typer.Option(help="Only this language, en say.")]
JobsOption = Annotated[int | None, typer.Option(min=1, help="Number of processes; default: the number of cores.")]


@app.callback()
def _study() -> None:
    """Execute, build and check the Smart Cities Study."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    edition: EditionOption = None,
    axis: AxisOption = None,
    lang: LangOption = None,
    jobs: JobsOption = None,
    engine: Annotated[Engine, typer.Option(help="Engine of papermill.")] = Engine.kernel,
    force: Annotated[bool, typer.Option("--force", help="Execute what is fresh too.")] = False,
) -> None:
    """Execute the notebooks of the matrix that are missing or stale. -p NAME VALUE selects as papermill would."""
    chosen: dict[str, str | None] = {"edition": str(edition) if edition else None, "axis": axis, "lang": lang}
    for name, value in _pairs(context.args).items():
        chosen[name] = value
    year = _year(chosen["edition"])
    _execute(execution.runs(year, chosen["axis"], chosen["lang"]), jobs, force)


def _pairs(rest: list[str]) -> dict[str, str]:
    """Read `-p NAME VALUE`, as papermill takes it, from the rest of the command line."""
    pairs, left = {}, list(rest)
    while left:
        option = left.pop(0)
        if option not in ("-p", "--parameters") or len(left) < 2:
            typer.echo(f"study run: '{option}' is no option of this command. See: study run --help", err=True)
            raise typer.Exit(2)
        name, value = left.pop(0), left.pop(0)
        if name not in _SELECTORS:
            try:
                execution.check_parameters("axis", [name])
            except UnknownParameter as error:
                raise UnknownParameter(f"{error} Nothing was executed.") from None
        pairs[name] = value
    return pairs


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        known = ", ".join(str(year) for year in study.load().editions)
        raise StudyError(f"An edition is a year, not '{text}'. Known: {known}.")
    return int(text)


def _execute(chosen: list[execution.Run], jobs: int | None, force: bool) -> None:
    """Check the data, then execute what is missing or stale with one progress bar."""
    _validate(None)
    due = [one.run for one in execution.states(chosen) if force or one.state != "fresh"]
    fresh = len(chosen) - len(due)
    if due:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=_screen, disable=not _screen.is_terminal) as progress:
            task = progress.add_task("Executing notebooks", total=len(due))

            def done(one: execution.Run) -> None:
                progress.update(task, advance=1, description=one.page)

            execution.execute_all(due, jobs, done)
    _screen.print(f"{len(due)} notebooks executed, {fresh} fresh already.", highlight=False)


@app.command()
def book(lang: LangOption = None, jobs: JobsOption = None) -> None:
    """Execute what is missing or stale, and build the book into _build/html."""
    matrix = study.load()
    matrix.check(lang=lang)
    for code in [lang] if lang else matrix.built:
        execution.remove_orphans(code)
        _execute(execution.runs(lang=code), jobs, force=False)
        publishing.build(code)
    page = publishing.welcome()
    _screen.print(f"The book is built. Open {paths.shown(page)} in a browser.", highlight=False, soft_wrap=True)


@app.command()
def templates() -> None:
    """Store in each template the outputs that nbval compares; review the difference before you commit it."""
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        execution.store_outputs(file.stem)
        _screen.print(f"{paths.shown(file)}: outputs stored.", highlight=False)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="A list for programs.")] = False,
    edition: EditionOption = None,
    axis: AxisOption = None,
    lang: LangOption = None,
) -> None:
    """List every run as fresh, stale or missing, with the reason."""
    found = execution.states(execution.runs(edition, axis, lang))
    if as_json:
        rows = [
            {"notebook": one.run.template, "parameters": dict(one.run.parameters), "state": one.state, "reasons": list(one.reasons)}
            for one in found
        ]  # fmt: skip
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("notebook", "parameters", "state", "reasons", box=None)
    for one in found:
        values = " ".join(str(value) for value in one.run.parameters.values())
        table.add_row(one.run.template, values, one.state, "; ".join(one.reasons))
    Console().print(table, highlight=False)


@app.command()
def validate(
    path: Annotated[Path | None, typer.Argument(help="One table or folder of data/; default: all.")] = None,
) -> None:
    """Check the tables of data/ against their codebook."""
    names = None
    if path is not None:
        target = path.resolve()
        known = {name: (paths.data() / one["path"]).resolve() for name, one in tables.descriptors().items()}
        names = [name for name, file in known.items() if file == target or target in file.parents]
        if not names:
            files = ", ".join(sorted(paths.shown(file) for file in known.values()))
            raise InvalidData(f"'{path}' is no table of the compendium. Tables: {files}.")
    count = _validate(names)
    typer.echo(f"{count} tables fit their codebook.")


def _validate(names: list[str] | None) -> int:
    study.load()
    problems = tables.validate(names)
    if problems:
        raise InvalidData("The data do not fit their codebook:\n" + "\n".join(problems))
    return len(names or tables.descriptors())


def main() -> None:
    """Run the command; what a user can mend ends with one message and status 1."""
    try:
        app()
    except StudyError as error:
        typer.echo(f"study: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # a full disk, a folder without the right to write
        where = f"{paths.shown(Path(error.filename))}: " if error.filename else ""
        typer.echo(f"study: {where}{error.strerror or error}. What was done is kept.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("study: stopped; what was done is kept.", err=True)
        sys.exit(130)
