"""The commands that this study adds to `study`: its cities, its questionnaires, its reports and its sources."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

# what needs pandas is imported by the commands that need it: that nothing is to do must be said at once
from analysis import config, paths, study
from analysis.cli import EditionOption, EngineOption, check_data, check_translations, chosen_engine, execute
from analysis.errors import StudyError, UnknownCell
from analysis.execution import runner, runs
from analysis.files import write_whole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


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

    config.load().check(lang=lang)
    check_data()
    place = places.find(name)
    one = runs.beside("place", place.id, place.page, lang, paths.build() / "pages" / lang)
    execute([one], runner.Options(chosen_engine(engine), jobs=1), force=False)
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
    config.load().check(lang=lang, period=period)
    check_data()
    check_translations([lang])
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
    check_data()
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
    check_data()
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
    config.load()
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
    check_data()
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
    check_data()
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


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        known = ", ".join(str(year) for year in study.load().editions)
        raise StudyError(f"An edition is a year, not '{text}'. Known: {known}.")
    return int(text)
