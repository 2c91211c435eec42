"""`study verify` as its user meets it: find the book, make it again or one claim of it, say what was found."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import jinja2

from analysis import files, paths, receipts
from analysis.execution import runner, runs
from analysis.review import bookfiles, single, verify
from analysis.review.verify import Difference, Result

_HERE = Path(__file__).parent
_SHOWN = 20  # differences that the screen shows; the report has them all


@dataclass(frozen=True)
class Answer:
    """What a check found, in words; `wrong` where something differs that rendering does not explain."""

    text: str
    wrong: bool


def whole(
    path: Path | None,
    lang: str | None,
    options: runner.Options,
    watched: Callable[[Sequence[runs.Run]], AbstractContextManager[runner.Progress]],
) -> Answer:
    """Make a book again and compare all of it.

    Parameters
    ----------
    path, lang
        As `bookfiles.find` takes them.
    options, watched
        How to execute, and what shows the progress of some runs.

    Raises
    ------
    StudyError
        Where there is no book, or a notebook fails.
    """
    from analysis.review import remaking  # it needs all that makes a book

    start = time.perf_counter()
    book = bookfiles.find(path.resolve() if path else None, lang)
    report = paths.build() / "verify" / "index.html"
    with remaking.copy_of_sources(book.about.get("source_date_epoch", "")):
        remaking.remake(book.languages, options, watched, site=bool(book.sites), pdf=bool(book.pdfs))
        result = verify.compare(book, bookfiles.find(None))
    return _answer(result, book.languages, time.perf_counter() - start, report)


def _answer(result: Result, languages: Sequence[str], seconds: float, report: Path) -> Answer:
    same = (
        f"{result.files:,} files, {result.exhibits:,} exhibits and {result.sentences:,} sentences and tables are identical "
        f"({', '.join(languages)}; everything made again in {seconds:.0f} s)."
    )
    if not result.differences:
        report.unlink(missing_ok=True)
        return Answer(f"The book is what its data and its code give: {same}", wrong=False)
    wrong, drawn = result.wrong, len(result.differences) - len(result.wrong)
    lines = [one.text for one in (wrong or result.differences)[:_SHOWN]]
    rest = len(wrong or result.differences) - len(lines)
    head = (
        f"{len(wrong)} {'file differs' if len(wrong) == 1 else 'files differ'} from what the data and the code give."
        if wrong
        else "The book says what its data and its code give; pictures differ by rendering alone: same numbers, drawn alike."
    )
    if wrong and drawn:
        head += (
            f" Besides, {drawn} {'file differs' if drawn == 1 else 'files differ'} by rendering or interpreter alone."
        )
    files.write_whole(report, written(head, same, [*wrong, *(one for one in result.differences if one.rendering)]))
    more = [f"… and {rest} more."] if rest else []
    told = [f"All of it, with pictures side by side, is in {paths.shown(report)}.", f"The rest: {same}"]
    return Answer("\n".join([head, *(f"  {line}" for line in lines), *more, *told]), wrong=bool(wrong))


def written(title: str, summary: str, differences: Sequence[Difference]) -> str:
    """Write a report on differences as a page in one file."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["svg"] = lambda svg: files.data_uri("image/svg+xml", svg)
    template = environment.from_string((_HERE / "verify.html.jinja").read_text(encoding="utf-8"))
    return template.render(title=title, summary=summary, differences=differences)


def one(address: str, path: Path | None, lang: str | None) -> Answer:
    """Check one claim, or a page, of a book.

    Raises
    ------
    StudyError
        Where there is no book, or it has no such claim.
    """
    start = time.perf_counter()
    book = bookfiles.find(path.resolve() if path else None, lang)
    if page := single.find_page(book, address):
        differences, title = single.check_page(page), f"All {len(page)} exhibits, sentences and tables of '{address}'"
        name, shown = "page", "are what their data give: words, tables, downloads, pictures and receipts are identical"
    else:
        found = single.find(book, address)
        receipt, differences = found.receipt, single.check(found)
        title = (
            f"{receipt['title']}\n{receipt['kind'].capitalize()} '{address}' in {found.lang}/{found.page['page']}.html"
        )
        parts = "words, table, download, pictures and" if receipt["kind"] == receipts.EXHIBIT else "words and"
        name, shown = str(receipt["id"]), f"is what its data give: its {parts} receipt are identical"
    if not differences:
        return Answer(f"{title} {shown} ({time.perf_counter() - start:.1f} s).", wrong=False)
    report = paths.build() / "verify" / f"{name}.html"
    files.write_whole(report, written(f"{address} differs", title.splitlines()[0], differences))
    wrong = any(not difference.rendering for difference in differences)
    return Answer("\n".join([*(one.text for one in differences), f"See {paths.shown(report)}."]), wrong=wrong)
