"""The command `study`: thin, it calls the library and turns errors into messages."""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

# what needs pandas is imported by the commands that need it: that nothing is to do must be said at once
from analysis import config, library, paths, surroundings
from analysis.errors import InvalidData, NotTheSame, StudyError, UnknownParameter
from analysis.execution import keys, ledger, runner, runs
from analysis.execution.children import Limits, can_fork, warm_up
from analysis.files import holds, write_whole

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_screen = Console(stderr=True)


class Engine(StrEnum):
    """Engines of papermill that can execute the notebooks."""

    warm = "warm"
    kernel = "kernel"


EditionOption = Annotated[int | None, typer.Option(help="Only this edition, 2019 say.")]
AxisOption = Annotated[str | None, typer.Option(help="Only this axis, governance say.")]
LangOption = Annotated[str | None, typer.Option(help="Only this language, en say.")]
JobsOption = Annotated[int | None, typer.Option(min=1, help="Number of processes; default: the number of cores.")]


@app.callback()
def _study() -> None:
    """Execute, build and check a study."""


EngineOption = Annotated[
    Engine | None, typer.Option(help="Engine of papermill: warm (default where the system can fork) or kernel.")
]
SchedulerOption = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://host:8786 say.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Execute what is fresh too.")]
TimeoutOption = Annotated[int, typer.Option(min=1, help="Seconds after which a cell is stopped.")]
MemoryOption = Annotated[float, typer.Option(min=0.25, help="Memory that a notebook may take, in GiB.")]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    edition: EditionOption = None,
    axis: AxisOption = None,
    lang: LangOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
    force: ForceOption = False,
    timeout: TimeoutOption = Limits.cell_seconds,
    memory: MemoryOption = Limits.memory / (1 << 30),
) -> None:
    """Execute the notebooks of the matrix that are missing or stale. -p NAME VALUE selects as papermill would."""
    chosen: dict[str, Any] = {"edition": edition, "axis": axis, "lang": lang} | _pairs(context.args)
    limits = Limits(cell_seconds=timeout, memory=int(memory * (1 << 30)))
    options = runner.Options(chosen_engine(engine), jobs, limits, scheduler)
    execute(runs.selected(**chosen), options, force)


def chosen_engine(asked: Engine | None) -> str:
    """Give the engine of papermill that is asked for, or the one that this system can run."""
    if can_fork():
        return asked or Engine.warm
    if asked is not Engine.kernel:
        _screen.print("This system cannot fork safely: the engine 'kernel' is used, which is slower and gives the same.",
                      highlight=False)  # fmt: skip
    return Engine.kernel


def _pairs(rest: list[str]) -> dict[str, Any]:
    """Read `-p NAME VALUE`, as papermill takes it, from the rest of the command line; names are those of dimensions."""
    settings, pairs, left = config.load(), dict[str, Any](), list(rest)
    while left:
        option = left.pop(0)
        if option not in ("-p", "--parameters") or len(left) < 2:
            typer.echo(f"study run: '{option}' is no option of this command. See: study run --help", err=True)
            raise typer.Exit(2)
        name, value = left.pop(0), left.pop(0)
        if name != "lang" and name not in settings.dimensions:
            problem = config.unknown("dimension", name, (*settings.dimensions, "lang"))
            raise UnknownParameter(f"{problem} Nothing was executed.")
        pairs[name] = value if name == "lang" else settings.parsed(name, value)
    return pairs


class _Bar(runner.Progress):
    """One progress bar, in seconds of work as far as they are known; silent where nobody watches."""

    def __init__(self, due: Sequence[runs.Run]) -> None:
        known = {run.key: seconds for run in due if (seconds := runner.seconds(run))}
        usual = sum(known.values()) / len(known) if known else 1.0
        self._work = {run.key: known.get(run.key, usual) for run in due}
        self._now: list[str] = []
        self._done = 0
        columns = (
            TextColumn("{task.fields[count]}"),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
        )
        self._bar = Progress(*columns, console=_screen, disable=not _screen.is_terminal, transient=True)
        self._task = self._bar.add_task("", total=sum(self._work.values()), count=f"0/{len(due)}")

    def __enter__(self) -> "_Bar":
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the bar away."""
        self._bar.stop()

    def started(self, run: runs.Run) -> None:
        """Name what runs now."""
        self._now.append(run.place)
        self._bar.update(self._task, description=", ".join(self._now))

    def ended(self, run: runs.Run) -> None:
        """Go on by the work of a run."""
        self._done += 1
        self._now = [other for other in self._now if other != run.place]
        self._bar.update(self._task, advance=self._work[run.key], description=", ".join(self._now),
                         count=f"{self._done}/{len(self._work)}")  # fmt: skip


def execute(chosen: Sequence[runs.Run], options: runner.Options, force: bool) -> None:
    """Check the data, then execute what is missing or stale."""
    check = ledger.Check()
    due = [one.run for one in check.states(chosen) if force or one.state != ledger.FRESH]
    for one in due:
        check.code(one)  # digested before anything is imported: what changes meanwhile is never taken for fresh
    if due and not options.scheduler and can_fork():
        warm_up()  # it imports the libraries while the data are checked
    check_data()
    # a language of briefs is looked at when one of them is due: what it needs is known by making them
    check_translations({one.lang for one in chosen if one in due or one.lang not in config.load().briefs})
    if due:
        with _Bar(due) as bar:
            try:
                runner.execute_all(due, options, bar, check)
            finally:
                ledger.clean()
    noun = "notebook" if len(due) == 1 else "notebooks"
    _screen.print(f"{len(due)} {noun} executed, {len(chosen) - len(due)} fresh already.", highlight=False)


def check_data() -> None:
    """Check the data against their codebook, unless these very data were found good before."""
    config.load()
    good = paths.state() / "good-data"
    now = keys.of_data()
    if not holds(good, now):
        _validate(None)
        write_whole(good, now)


def check_translations(languages: Iterable[str]) -> None:
    """Check what the languages need, before anything is executed in them."""
    others = tuple(sorted({*languages} - {config.SOURCE_LANGUAGE}))
    if others:
        from analysis import translations  # needed here alone

        translations.check(others)


@app.command()
def book(
    lang: LangOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Execute what is missing or stale, and build the book into _build/html."""
    from analysis.publishing import book as publishing

    page = publishing.write_site(_executed(lang, runner.Options(chosen_engine(engine), jobs, scheduler=scheduler)))
    _screen.print(f"The book is built. Open {paths.shown(page)} in a browser.", highlight=False, soft_wrap=True)


def _executed(lang: str | None, options: runner.Options) -> list[str]:
    """Execute what a book needs, in one language or in all, check its prose, and give the languages."""
    from analysis.publishing import typed

    matrix = config.load()
    matrix.check(lang=lang)
    languages = [lang] if lang else [*matrix.made]
    for code in languages:
        runs.remove_orphans(code)
    check_data()  # before its texts are read
    check_translations(languages)
    for line in typed.check(languages):
        _screen.print(line, highlight=False, soft_wrap=True)
    execute(runs.runs(lang=lang), options, force=False)
    for code in languages:
        typed.check_exhibits(code)
    return languages


@app.command()
def pdf(
    lang: LangOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Execute what is missing or stale, and write the print edition and the briefs into _build/pdf."""
    from analysis.publishing import print as publishing

    for file in publishing.write_editions(
        _executed(lang, runner.Options(chosen_engine(engine), jobs, scheduler=scheduler))
    ):
        _screen.print(f"{paths.shown(file)} is written.", highlight=False, soft_wrap=True)


@app.command()
def verify(
    claim: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXHIBIT]",
            help="An exhibit, 2017-economy-answers say, a sentence, factors#s-opening-1 say, or a page; default: all.",
        ),
    ] = None,
    book: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a book, of one language of it, or of an evidence bundle; or a PDF. Default: _build."
        ),
    ] = None,
    lang: LangOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
) -> None:
    """Make a built book again from data and code, and compare all that it shows; or one exhibit or sentence of it."""
    from analysis.review import verify as reviewing

    config.load().check(lang=lang)
    check_data()
    options = runner.Options(chosen_engine(engine), jobs)
    report = (
        reviewing.verify_claims(claim, book, lang, options)
        if claim
        else reviewing.verify_book(book, lang, options, _Bar)
    )
    if report.wrong:
        raise NotTheSame(report.text)
    typer.echo(report.text)


@app.command()
def twice(edition: EditionOption = None, axis: AxisOption = None, lang: LangOption = None) -> None:
    """Build everything twice under changed conditions and compare every byte; with an option, the executed notebooks of a part alone."""
    from analysis.review import twice as reviewing
    from analysis.review.workspace import Selection

    selection = Selection(edition, axis, lang)
    noun = "All that is published" if selection.whole else f"{len(selection.runs)} notebooks"
    _screen.print(f"{noun}: built twice, side by side, in folders of their own.", highlight=False)
    report = reviewing.build_twice(selection, partial(_screen.print, highlight=False, soft_wrap=True))
    if report.sections:
        raise NotTheSame(report.text)
    typer.echo(report.text)


@app.command()
def release(
    date: Annotated[
        str | None, typer.Option(help="Date of the release, 2027-01-31 say; default: that of CITATION.cff.")
    ] = None,
    as_built: Annotated[bool, typer.Option("--as-built", help="Take the book and the PDFs that are built.")] = False,
    jobs: JobsOption = None,
    engine: EngineOption = None,
) -> None:
    """Write the evidence bundle into _build/evidence: site, PDFs, notebooks, data, source, and what describes them."""
    from analysis.publishing import release as bundle

    bundle.dated(date)
    described = bundle.release()
    bundle.layout.check_answers()  # what these complain of must be known before the book is built
    bundle.layout.sources()
    if as_built:
        bundle.check_built()
    else:
        book(jobs=jobs, engine=engine)
        pdf(jobs=jobs, engine=engine)
    folder, archive = bundle.write(described)
    typer.echo(f"The evidence bundle is in {paths.shown(folder)}, and packed in {paths.shown(archive)}.")
    typer.echo(f"Begin with {paths.shown(folder / 'REVIEW.md')}.")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Commit, or folder of a build.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="The same; `.` is the compendium as it stands.", metavar="NEW")] = ".",
    lang: Annotated[str, typer.Option(help="Language to compare in, or `all`.")] = config.SOURCE_LANGUAGE,
    edition: EditionOption = None,
    axis: AxisOption = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: _build/diff/index.html.")] = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
) -> None:
    """Say what changed its meaning between two commits or two builds: data points, sentences, words, pictures."""
    from analysis.review import diff as reviewing
    from analysis.review.report import page_file
    from analysis.review.workspace import Selection

    selection = Selection(edition, axis, None if lang == "all" else lang)
    config.load().check(selection.lang, edition=edition, axis=axis)
    options = runner.Options(chosen_engine(engine), jobs)
    report = reviewing.compare_named(old, new, selection, partial(execute, options=options, force=False))
    file = report.write(output or page_file("diff"))
    typer.echo(report.text)
    typer.echo(f"\nWith pictures: {paths.shown(file)}")


@app.command()
def templates() -> None:
    """Store in each template the outputs that nbval compares; review the difference before you commit it."""
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        runner.store_outputs(file.stem, runner.Options(chosen_engine(None)))
        _screen.print(f"{paths.shown(file)}: outputs stored.", highlight=False)


@app.command(name="translations")
def _translations(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where something is missing.")] = False,
) -> None:
    """Bring the catalogues of translations up to date, and say what waits to be translated."""
    from analysis import translations

    matrix = config.load()
    if check:
        translations.check(matrix.made)
        return
    for code in matrix.languages:
        if code == config.SOURCE_LANGUAGE:
            continue
        waiting = translations.update(code)
        texts = (
            f"{waiting} {'text waits' if waiting == 1 else 'texts wait'} for a translation" if waiting else "complete"
        )
        typer.echo(f"{paths.shown(translations.file_of(code))}: {texts}.")
        for line in [*translations.missing_names(code), *translations.page_problems(code)]:
            typer.echo(f"  {line}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="A list for programs.")] = False,
    edition: EditionOption = None,
    axis: AxisOption = None,
    lang: LangOption = None,
) -> None:
    """List every run as fresh, stale or missing, with the reason."""
    found = ledger.Check().states(runs.runs(edition, axis, lang))
    if as_json:
        rows = [
            {"notebook": one.run.template, "parameters": dict(one.run.parameters), "state": one.state, "reasons": list(one.reasons)}
            for one in found
        ]  # fmt: skip
        typer.echo(json.dumps(rows, indent=2))
        return
    screen = Console()
    table = Table("notebook", "parameters", "state", "reasons", box=None)
    for one in found:
        values = " ".join(str(value) for value in one.run.parameters.values())
        table.add_row(one.run.template, values, one.state, "; ".join(one.reasons))
    screen.print(table, highlight=False)
    for line in _summary(found):
        screen.print(line, highlight=False)


def _summary(found: Sequence[ledger.State]) -> list[str]:
    """Say how many runs are fresh, and of each reason how many it concerns: the others do not depend on it."""
    counts = Counter(one.state for one in found)
    reasons = Counter(reason for one in found if one.state == ledger.STALE for reason in one.reasons)
    order = (ledger.FRESH, ledger.STALE, ledger.MISSING)
    lines = [", ".join(f"{counts[state]} {state}" for state in order if counts[state]) + "."]
    return lines + [f"{reason}: {n} of {len(found)} notebooks depend on it." for reason, n in reasons.items()]


@app.command()
def validate(
    path: Annotated[Path | None, typer.Argument(help="One table or folder of data/; default: all.")] = None,
) -> None:
    """Check the tables of data/ against their codebook."""
    from analysis import tables

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


@app.command()
def digests() -> None:
    """Write the digests of the tables of data/ into their descriptors, after a change that was meant; the tables must be valid."""
    from analysis import digests as writing

    _validate(None, with_digests=False)
    written = writing.update()
    for name in written:
        typer.echo(f"{name} is written.")
    if not written:
        typer.echo("All digests are those of the tables; nothing was changed.")


def _validate(names: list[str] | None, *, with_digests: bool = True) -> int:
    from analysis import tables, validation

    config.load()
    problems = validation.validate(names, with_digests=with_digests)
    if problems:
        raise InvalidData("The data do not fit their codebook:\n" + "\n".join(problems))
    return len(names or tables.descriptors())


@cache
def with_extension() -> typer.Typer:
    """Give the command with those that the study adds to it; outside a compendium there are none."""
    with contextlib.suppress(StudyError):  # a command that needs the study says what is wrong with it
        if add_commands := library.extended("add_commands"):
            add_commands(app)
    return app


def main() -> None:
    """Run the command; what a user can mend ends with one message and status 1."""
    try:
        surroundings.source_date()  # complain now, not in a chapter
        with_extension()()
    except StudyError as error:
        typer.echo(f"study: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # a full disk, a folder without the right to write
        where = f"{paths.shown(Path(error.filename))}: " if error.filename else ""
        typer.echo(f"study: {where}{error.strerror or error}. What was done is kept.", err=True)
        sys.exit(1)
    except SystemExit as end:
        if end.code == 130:  # Typer turns Ctrl-C into this status
            typer.echo("study: stopped; what was done is kept.", err=True)
        raise
