"""The command `study`: thin, it calls the library and turns errors into messages."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

# what needs pandas is imported by the commands that need it: that nothing is to do must be said at once
from analysis import paths, study, surroundings
from analysis.errors import InvalidData, NotTheSame, StudyError, UnknownCell, UnknownParameter
from analysis.execution import keys, ledger, runner, runs
from analysis.execution.children import Limits, can_fork, warm_up
from analysis.files import holds, write_whole

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_screen = Console(stderr=True)
_SELECTORS = ("edition", "axis", "lang")


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
    """Execute, build and check the Smart Cities Study."""


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
    chosen: dict[str, str | None] = {"edition": str(edition) if edition else None, "axis": axis, "lang": lang}
    for name, value in _pairs(context.args).items():
        chosen[name] = value
    limits = Limits(cell_seconds=timeout, memory=int(memory * (1 << 30)))
    options = runner.Options(_engine(engine), jobs, limits, scheduler)
    _execute(runs.runs(_year(chosen["edition"]), chosen["axis"], chosen["lang"]), options, force)


def _engine(asked: Engine | None) -> str:
    if can_fork():
        return asked or Engine.warm
    if asked is not Engine.kernel:
        _screen.print("This system cannot fork safely: the engine 'kernel' is used, which is slower and gives the same.",
                      highlight=False)  # fmt: skip
    return Engine.kernel


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
                runs.check_parameters("axis", [name])
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


def _execute(chosen: Sequence[runs.Run], options: runner.Options, force: bool) -> None:
    """Check the data, then execute what is missing or stale."""
    check = ledger.Check()
    due = [one.run for one in check.states(chosen) if force or one.state != ledger.FRESH]
    for one in due:
        check.code(one)  # digested before anything is imported: what changes meanwhile is never taken for fresh
    if due and not options.scheduler and can_fork():
        warm_up()  # it imports the libraries while the data are checked
    _check_data()
    # a language of briefs is looked at when one of them is due: what it needs is known by making them
    _check_translations({one.lang for one in chosen if one in due or one.lang not in study.load().briefs})
    if due:
        with _Bar(due) as bar:
            try:
                runner.execute_all(due, options, bar, check)
            finally:
                ledger.clean()
    noun = "notebook" if len(due) == 1 else "notebooks"
    _screen.print(f"{len(due)} {noun} executed, {len(chosen) - len(due)} fresh already.", highlight=False)


def _check_data() -> None:
    """Check the data against their codebook, unless these very data were found good before."""
    study.load()
    good = paths.state() / "good-data"
    now = keys.of_data()
    if not holds(good, now):
        _validate(None)
        write_whole(good, now)


def _check_translations(languages: Iterable[str]) -> None:
    """Check what the languages need, before anything is executed in them."""
    others = tuple(sorted({*languages} - {study.SOURCE_LANGUAGE}))
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

    page = publishing.write_site(_executed(lang, runner.Options(_engine(engine), jobs, scheduler=scheduler)))
    _screen.print(f"The book is built. Open {paths.shown(page)} in a browser.", highlight=False, soft_wrap=True)


def _executed(lang: str | None, options: runner.Options) -> list[str]:
    """Execute what a book needs, in one language or in all, check its prose, and give the languages."""
    from analysis.publishing import typed

    matrix = study.load()
    matrix.check(lang=lang)
    languages = [lang] if lang else [*matrix.built, *matrix.briefs]
    for code in languages:
        runs.remove_orphans(code)
    _check_data()  # before its texts are read
    _check_translations(languages)
    for line in typed.check(languages):
        _screen.print(line, highlight=False, soft_wrap=True)
    _execute(runs.runs(lang=lang), options, force=False)
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

    for file in publishing.write_editions(_executed(lang, runner.Options(_engine(engine), jobs, scheduler=scheduler))):
        _screen.print(f"{paths.shown(file)} is written.", highlight=False, soft_wrap=True)


@app.command()
def verify(
    claim: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXHIBIT]",
            help="An exhibit, 2017-economy-answers say, or a sentence, factors#s-opening-1 say; default: all.",
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
    from analysis.publishing import verified

    study.load().check(lang=lang)
    _check_data()
    options = runner.Options(_engine(engine), jobs)
    answer = verified.one(claim, book, lang) if claim else verified.whole(book, lang, options, _Bar)
    if answer.wrong:
        raise NotTheSame(answer.text)
    typer.echo(answer.text)


@app.command()
def twice(edition: EditionOption = None, axis: AxisOption = None, lang: LangOption = None) -> None:
    """Build everything twice under changed conditions and compare every byte; with an option, the executed notebooks of a part alone."""
    from analysis.publishing import twice as publishing
    from analysis.publishing import twice_report

    selection = publishing.Selection(edition, axis, lang)
    noun = "All that is published" if selection.whole else f"{len(selection.runs)} notebooks"
    _screen.print(f"{noun}: built twice, side by side, in folders of their own.", highlight=False)
    outcome = publishing.compare(selection, partial(_screen.print, highlight=False, soft_wrap=True))
    page = twice_report.write(outcome, selection)
    if not outcome.identical:
        raise NotTheSame(publishing.message(outcome, page))
    typer.echo(outcome.summary)
    typer.echo(f"The conditions are in {paths.shown(page)}.")


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
    lang: Annotated[str, typer.Option(help="Language to compare in, or `all`.")] = study.SOURCE_LANGUAGE,
    edition: EditionOption = None,
    axis: AxisOption = None,
    output: Annotated[Path | None, typer.Option(help="File to write; default: _build/diff/index.html.")] = None,
    jobs: JobsOption = None,
    engine: EngineOption = None,
) -> None:
    """Say what changed its meaning between two commits or two builds: data points, sentences, words, pictures."""
    from analysis.publishing import builds
    from analysis.publishing import diff as publishing

    selection = builds.Selection(edition, axis, None if lang == "all" else lang)
    study.load().check(edition, axis, selection.lang)
    options = runner.Options(_engine(engine), jobs)
    report = publishing.run(old, new, selection, partial(_execute, options=options, force=False))
    file = publishing.write(report, output)
    typer.echo(publishing.text(report))
    typer.echo(f"\nWith pictures: {paths.shown(file)}")


@app.command()
def city(
    name: Annotated[str, typer.Argument(help="Name of a city, or its GeoNames id.")],
    lang: Annotated[str, typer.Option(help="Language of the profile.")] = "en",
    engine: EngineOption = None,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the profile in a browser.")] = True,
) -> None:
    """Make the profile of one city, and open it."""
    from analysis import places
    from analysis.publishing import page

    study.load().check(lang=lang)
    _check_data()
    place = places.find(name)
    one = runs.city(place.id, place.page, lang, paths.build() / "pages" / lang)
    _execute([one], runner.Options(_engine(engine), jobs=1), force=False)
    file = page.write(one)
    typer.echo(f"The profile of {place.name} ({place.iso3}) is in {paths.shown(file)}.")
    if show:
        typer.launch(file.as_uri())


@app.command()
def report(
    period: Annotated[str, typer.Argument(help="Years of the programme of work, 2020-2021 say.")],
    lang: Annotated[str, typer.Option(help="Language of the report.")] = "en",
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: _build/reports/<period>-<lang>.docx.")
    ] = None,
) -> None:
    """Write the report on a programme of work as a document (DOCX) that the secretariat can finish."""
    study.load().check(lang=lang, period=period)
    _check_data()
    _check_translations([lang])
    from analysis.publishing import report as publishing

    file = publishing.write(period, lang, output)
    typer.echo(f"The report is in {paths.shown(file)}. Complete the highlighted places.")


@app.command()
def gaps(
    edition: EditionOption = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write, with --edition; default: _build/gaps/<edition>.xlsx.")
    ] = None,
    answers: Annotated[Path | None, typer.Option("--import", help="A filled spreadsheet, to be read back.")] = None,
) -> None:
    """Write what the reports hold and the compendium lacks as spreadsheets to fill in, or take over a filled one."""
    if answers and (edition or output):
        raise typer.BadParameter("--import takes the edition from the file: leave --edition and --output out.")
    if output and (not edition or output.suffix != ".xlsx"):
        raise typer.BadParameter("--output names one file that ends in .xlsx: name its --edition too.")
    _check_data()
    if answers:
        _import_answers(answers)
        return
    from analysis.survey import kit_reader, kit_writer

    published = [year for year, one in study.load().editions.items() if not one.planned]
    if edition and study.load().edition(edition).planned:
        raise UnknownCell(
            f"The edition {edition} is planned: no report can fill a gap yet. Known: {', '.join(map(str, published))}."
        )
    years = [edition] if edition else published
    books = {output or paths.build() / "gaps" / f"{year}.xlsx": kit_writer.write_kit(year) for year in years}
    for target in books:
        kit_reader.check_replaceable(target)
    for target, content in books.items():
        write_whole(target, content)
        typer.echo(f"{paths.shown(target)} is ready to be filled in. Read it back with: study gaps --import FILE")


def _import_answers(file: Path) -> None:
    from analysis.survey import kit_import

    done = kit_import.import_file(file)
    for title in done.not_read:
        typer.echo(f"The sheet '{title}' is not of this kit; it was not read.")
    for what, lines in (("added", done.added), ("replaced", done.replaced)):
        if lines:
            typer.echo("\n  ".join([f"{len(lines)} {what}:", *lines]))
    if done.unchanged:
        typer.echo(f"{done.unchanged} of the answers were taken over before.")
    if done.added or done.replaced:
        typer.echo("Next: `study translations` says which texts wait for a translation; `study book` builds the book.")
    elif done.unchanged:
        typer.echo("Nothing is new in this spreadsheet; nothing was changed.")
    else:
        typer.echo("Nothing was filled in in this spreadsheet; nothing was changed.")


@app.command()
def audit(
    source: Annotated[str, typer.Argument(help="Name of a source in data/indicators/sources.csv.")],
    file: Annotated[Path, typer.Argument(help="An official file of it that you have downloaded.")],
) -> None:
    """Compare our values with an official file, and list every one that differs, is missing in it, or is new there."""
    _check_data()
    from analysis.audit import comparing, report

    found = comparing.audit_file(source, file)
    typer.echo(report.report_text(found))
    typer.echo(f"In full: {', '.join(paths.shown(one) for one in report.write_report(found))}")
    if not found.agrees:
        raise typer.Exit(1)


@app.command()
def twin(
    year: Annotated[int, typer.Argument(help="Year of the edition, 2027 say.")],
    output: Annotated[Path, typer.Option(help="File to write, answers.csv say.")],
    cities: Annotated[int, typer.Option(min=1, help="Number of cities.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.")] = 1,
) -> None:
    """Write synthetic answers to the questionnaire of an edition, to rehearse with; every row says that it is synthetic."""
    study.load()
    from analysis.survey import twin as synthetic

    content = synthetic.answers(year, cities, seed)
    if output.suffix.lower() != ".csv":
        raise typer.BadParameter("--output names one file that ends in .csv.")
    write_whole(output, content)
    typer.echo(f"{paths.shown(output)} has synthetic answers of {cities} {'city' if cities == 1 else 'cities'}. "
               f"Read them in, in a copy of the compendium: study intake {year} {output}")  # fmt: skip


_edition = typer.Typer(no_args_is_help=True, help="Prepare an edition.", rich_markup_mode=None)
app.add_typer(_edition, name="edition")


@_edition.callback()
def _of_edition() -> None:
    """Prepare an edition."""


@_edition.command(name="new")
def _new_edition(
    year: Annotated[int, typer.Argument(help="Reference year of the edition, 2027 say.")],
    axis: Annotated[list[str], typer.Option(help="Axis that it covers; once for each.")],
) -> None:
    """Prepare everything for a new edition: its entry in the matrix, its facts sheet, its instrument."""
    _check_data()
    from analysis.survey import newedition

    for file in newedition.prepare(year, axis):
        typer.echo(f"{file} is written.")
    typer.echo("\n  ".join(["Left to do:", *newedition.left_to_do(year)]))


@app.command()
def form(
    edition: Annotated[str, typer.Argument(help="Year of the edition, or core: the questions for new editions.")],
    output: Annotated[Path | None, typer.Option(help="Folder to write into; default: _build/forms/<edition>.")] = None,
) -> None:
    """Write the questionnaire of an edition: XLSForm (KoboToolbox, ODK), spreadsheets and documents to print."""
    from analysis import instrument
    from analysis.survey import form as forms

    year = edition if edition == instrument.CORE else _year(edition)
    for file in forms.write(year or edition, output):
        typer.echo(f"{paths.shown(file)} is written.")


class _Dates(StrEnum):
    """What stands first in a date."""

    DMY = "dmy"
    MDY = "mdy"


@app.command()
def intake(
    edition: Annotated[int, typer.Argument(help="Year of the edition.")],
    files: Annotated[list[Path], typer.Argument(help="Answers of cities, as CSV or XLSX.", metavar="FILE...")],
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Made-up answers, for a rehearsal.")] = False,
    dates: Annotated[
        _Dates | None,
        typer.Option(help="Order of day and month in times of sending, where a file does not show it."),
    ] = None,
) -> None:
    """Take in answers of cities: check them, keep what is valid in the private folder, and report what is not."""
    _check_data()
    from analysis.survey import intake as taking
    from analysis.survey.intake_times import Order

    taken = taking.take_in(edition, files, synthetic=synthetic, dates=Order(dates) if dates else None)
    counts = [f"{n} {change}" for change, n in taken.counts.items()]
    typer.echo(f"Cities: {', '.join(counts)}. Refused: {taken.refused}.")
    for name, what in taken.unreadable.items():
        typer.echo(f"study: '{name}' {what}", err=True)
    if taken.unstored:
        typer.echo(f"Not stored: {taken.unstored} texts beside the choice 'other'. They stand in the report alone.")
    for page in dict.fromkeys(taken.reports):
        typer.echo(f"Report: {page}")
    if taken.refused:
        raise typer.Exit(1)


_private = typer.Typer(no_args_is_help=True, help="The private folder, where answers of cities lie.")
app.add_typer(_private, name="private")


@_private.callback()
def _about_private() -> None:
    """Look after the private folder, where answers of cities lie."""


@_private.command()
def purge(
    edition: Annotated[int, typer.Argument(help="Year of the edition.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete answers, contacts, reports and traces of an edition for good."""
    from analysis.survey import intake_store

    ours, others = intake_store.stored(edition)
    if others:
        typer.echo(f"Not of `study intake`, so not deleted: {', '.join(one.name for one in others)}.", err=True)
    if not ours:
        typer.echo(f"Nothing is stored for {edition}; nothing was deleted.")
        return
    names = ", ".join(one.name for one in ours)
    if not yes:
        typer.confirm(f"Delete for good what is stored for {edition}: {names}?", abort=True)
    for file in intake_store.purge(edition):
        typer.echo(f"Deleted: {file.name}")
    typer.echo("What was published of these answers stays in _build until the next `study book`.")


@app.command()
def templates() -> None:
    """Store in each template the outputs that nbval compares; review the difference before you commit it."""
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        runner.store_outputs(file.stem, runner.Options(_engine(None)))
        _screen.print(f"{paths.shown(file)}: outputs stored.", highlight=False)


@app.command(name="translations")
def _translations(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where something is missing.")] = False,
) -> None:
    """Bring the catalogues of translations up to date, and say what waits to be translated."""
    from analysis import translations

    matrix = study.load()
    if check:
        translations.check((*matrix.built, *matrix.briefs))
        return
    for code in matrix.languages:
        if code == study.SOURCE_LANGUAGE:
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

    study.load()
    problems = validation.validate(names, with_digests=with_digests)
    if problems:
        raise InvalidData("The data do not fit their codebook:\n" + "\n".join(problems))
    return len(names or tables.descriptors())


def main() -> None:
    """Run the command; what a user can mend ends with one message and status 1."""
    try:
        surroundings.source_date()  # complain now, not in a chapter
        app()
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
