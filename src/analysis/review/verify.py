"""`study verify`: a book is built again from its sources and compared; or one claim, or a page.

Nothing is taken on trust: not the receipts, which are made again too. Where files differ, the
difference is told by its meaning. A picture of a machine that renders letters or lines a little
differently is told apart from one that shows something else, if the book's own receipt vouches for
it.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from analysis import document, paths
from analysis.errors import StudyError, did_you_mean
from analysis.execution import ledger, runner, runs
from analysis.files import digest
from analysis.publishing import citing, receipted
from analysis.publishing.claims import Claim
from analysis.receipts import EXHIBIT, SENTENCE, TITLE
from analysis.review import workspace
from analysis.review.artefacts import exhibit_of, explain_file, notebook_claims, page_claims
from analysis.review.books import Book, find_book
from analysis.review.comparer import FILE, Difference, compare_claims, field_details
from analysis.review.pictures import RENDERING, picture_difference
from analysis.review.report import Report, Section, Sides, page_file
from analysis.review.rows import CAME, CHANGED, WENT
from analysis.review.workspace import Watched

_MISSING, _EXTRA = "the file is missing in the book", "the file is not part of the book"
_SIDES = Sides(
    ("In the book", "What comes out"),
    ("the book has", "the data give"),
    {CAME: "missing in the book", WENT: "computed nowhere"},
)
_SHOWN = 20  # differences that the screen shows; the report has them all


@dataclass
class Comparison:
    """Two builds compared: how much is the same, by its kind, and the differences."""

    same: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def wrong(self) -> list[Difference]:
        """List the differences that rendering does not explain."""
        return [difference for difference in self.differences if difference.how != RENDERING]


# the whole book


def verify_book(path: Path | None, lang: str | None, options: runner.Options, watched: Watched) -> Report:
    """Make a book again and compare all of it.

    Parameters
    ----------
    path, lang
        As `find_book` takes them.
    options, watched
        How to execute, and what shows the progress of some runs.

    Raises
    ------
    StudyError
        Where there is no book, or a notebook fails.
    """
    start = time.perf_counter()
    book = find_book(path.resolve() if path else None, lang)
    with workspace.compendium_copy(book.about.get("source_date_epoch", "")):
        workspace.rebuild(book.languages, options, watched, site=bool(book.sites), pdf=bool(book.pdfs))
        comparison = compare_books(book, find_book(None))
    return _book_report(comparison, book, time.perf_counter() - start)


def compare_books(book: Book, rebuilt: Book) -> Comparison:
    """Compare a book with the one that its sources give, file by file."""
    theirs = dict(book.files())
    ours = {name: file for name, file in rebuilt.files() if _is_asked(name, book)}
    comparison, pairs = Comparison(), dict[str, tuple[bytes, bytes]]()
    for name, file in ours.items():
        if name not in theirs:
            comparison.differences.append(Difference(name, FILE, "", CAME, what=_MISSING))
        elif (before := theirs[name].read_bytes()) != (after := file.read_bytes()):
            pairs[name] = before, after
        else:
            comparison.same["files"] += 1
            comparison.same += _counted_claims(name, after)
    extra = [Difference(name, FILE, "", WENT, what=_EXTRA) for name in theirs if name not in ours]
    comparison.differences += [*extra, *_explain_pairs(pairs, book)]
    return comparison


def _is_asked(name: str, book: Book) -> bool:
    """Say whether a rebuilt file belongs to the languages and editions that the book has."""
    kind, _, rest = name.partition("/")
    if kind == "pdf":
        return len(book.pdfs) > 1 or not book.pdfs or rest == book.pdfs[0].name
    return book.welcome is not None if rest == "index.html" else rest.partition("/")[0] in book.sites


def _counted_claims(name: str, content: bytes) -> Counter[str]:
    """Count exhibits and sentences of a page that is identical."""
    return count_claims(document.of_json(content.decode())) if receipted.is_document(name) else Counter()


def count_claims(page: document.Page) -> Counter[str]:
    """Count the exhibits and the other claims of a page."""
    return Counter("exhibits" if part.kind == EXHIBIT else "sentences" for part in page.claims)


def _explain_pairs(pairs: Mapping[str, tuple[bytes, bytes]], book: Book) -> Iterator[Difference]:
    """Tell differences by their meaning."""
    receipts_of = cache(_receipts_of)  # a site whose pictures all differ is read once
    drawn = [name for name in pairs if exhibit_of(name) and name.endswith(".svg")]
    exchange: dict[str, str] = {}
    for name in drawn:
        lang = name.split("/")[1]
        same_data = f"{name.removesuffix('.svg').removesuffix('-narrow')}.csv" not in pairs
        difference = _picture(name, *pairs[name], receipts_of(book.sites[lang]), same_data)
        if difference.how == RENDERING:
            before, after = pairs[name]
            exchange |= picture_traces(after, before)
        yield difference
    for name in [name for name in pairs if name not in drawn]:
        yield from _explain_file(name, *pairs[name], exchange)


def _receipts_of(site: Path) -> dict[str, Mapping[str, Any]]:
    """Give the receipts of a site by name, those of the first page that shows it."""
    known: dict[str, Mapping[str, Any]] = {}
    for page in receipted.pages(site):
        for claim in page["claims"]:
            known.setdefault(claim["id"], claim)
    return known


def _picture(
    name: str, before: bytes, after: bytes, stored: Mapping[str, Mapping[str, Any]], same_data: bool
) -> Difference:
    exhibit, part = exhibit_of(name), "narrow" if name.endswith("-narrow.svg") else "wide"
    (difference,) = explain_file(name, before, after)
    if stored.get(exhibit, {}).get("digests", {}).get(part) != digest(before):
        what = f"the picture of exhibit '{exhibit}' is not the one that its receipt names"
    elif same_data and picture_difference(before, after) == RENDERING:
        what = f"exhibit '{exhibit}': same numbers, picture differs by rendering"
        return replace(difference, how=RENDERING, what=what)
    else:
        what = f"the picture of exhibit '{exhibit}' differs from what its data give"
    return replace(difference, what=what)


def picture_traces(ours: bytes, theirs: bytes) -> dict[str, str]:
    """Give what a picture leaves in other files: its digest, long and short, and in notebooks its lines."""
    lines = zip(ours.decode().splitlines(), theirs.decode().splitlines(), strict=False)
    written = {json.dumps(our)[1:-1]: json.dumps(their)[1:-1] for our, their in lines if our != their}
    digests = {digest(ours): digest(theirs), digest(ours)[:16]: digest(theirs)[:16]}
    return {**dict(sorted(written.items(), key=lambda pair: -len(pair[0]))), **digests}


def _explain_file(name: str, before: bytes, after: bytes, exchange: Mapping[str, str]) -> list[Difference]:
    """Explain a file, but for pictures rendered otherwise and the name of the interpreter."""
    for ours, theirs in exchange.items():
        after = after.replace(ours.encode(), theirs.encode())
    if before == after:
        what = "holds pictures that differ by rendering"
        return [Difference(name, FILE, "", RENDERING, what=what)]
    differences = explain_file(name, before, after)
    details = [detail for difference in differences for detail in difference.details]
    if receipted.is_document(name) and [detail.name for detail in details] == ["made_with, python"]:
        what = "the same receipts; the interpreter is another"
        return [replace(difference, how=RENDERING, what=what) for difference in differences]
    drawn = {"drawn otherwise" in difference.what or "other bytes" in difference.what for difference in differences}
    if name.endswith(".pdf") and exchange and drawn == {True}:
        return [replace(difference, how=RENDERING) for difference in differences]
    return differences


def _book_report(comparison: Comparison, book: Book, seconds: float) -> Report:
    same, languages = comparison.same, ", ".join(book.languages)
    identical = (
        f"{same['files']:,} files, {same['exhibits']:,} exhibits and {same['sentences']:,} sentences and tables "
        f"are identical ({languages}; everything made again in {seconds:.0f} s)."
    )
    file = page_file("verify")
    if not comparison.differences:
        file.unlink(missing_ok=True)
        return Report(f"The book is what its data and its code give: {identical}", [], _SIDES)
    wrong = len({difference.page for difference in comparison.wrong})
    drawn = len({difference.page for difference in comparison.differences}) - wrong
    if wrong:
        title = f"{_counted_files(wrong)} from what the data and the code give."
        title += f" Besides, {_counted_files(drawn)} by rendering or interpreter alone." if drawn else ""
    else:
        title = (
            "The book says what its data and its code give; "
            "pictures differ by rendering alone: same numbers, drawn alike."
        )
    ordered = sorted(comparison.differences, key=lambda difference: difference.how == RENDERING)
    notes = [*_release_notes(book), f"The rest: {identical}"]
    report = Report(title, [Section("", ordered)], _SIDES, notes=notes, limit=_SHOWN)
    shown = f"All of it, with pictures side by side, is in {paths.shown(report.write(file))}."
    # the screen tells renderings only where there is nothing else
    return replace(report, sections=[Section("", comparison.wrong or ordered)], notes=[shown, *notes])


def _counted_files(number: int) -> str:
    return f"{number} {'file differs' if number == 1 else 'files differ'}"


def _release_notes(book: Book) -> list[str]:
    """Say where a book is of another release, which has other formats, texts and pictures."""
    theirs, ours = book.about.get("version", ""), citing.description()["version"]
    if not theirs or theirs == ours:
        return []
    return [f"The book was built by version {theirs}, this is {ours}: check it with that release."]


# one claim, or one page


def verify_claims(address: str, path: Path | None, lang: str | None, options: runner.Options) -> Report:
    """Execute the notebook of a claim, or of a page, and compare it with what the book shows.

    Parameters
    ----------
    address
        An exhibit or a listing by its name, a sentence by page and name (`factors#s-opening-1`), or
        a page.
    path, lang, options
        As `verify_book` takes them.

    Raises
    ------
    StudyError
        Where there is no book, or it has no such claim.
    """
    start = time.perf_counter()
    book = find_book(path.resolve() if path else None, lang)
    lang, page, id = find_claim(book, address)
    differences = page_differences(book, lang, page, id, options)
    file = page_file("verify", id or "page")
    seconds = f"({time.perf_counter() - start:.1f} s)"
    stored = receipted.read(book.sites[lang], page) or {"claims": []}
    if id:
        claim = next(claim for claim in stored["claims"] if claim["id"] == id)
        parts = "words, table, download, pictures and" if claim["kind"] == EXHIBIT else "words and"
        name = f"{claim['title']}\n{claim['kind'].capitalize()} '{address}' in {lang}/{page}.html"
        same = f"{name} is what its data give: its {parts} receipt are identical {seconds}."
    else:
        name = f"All {len(stored['claims'])} exhibits, sentences and tables of '{address}'"
        same = (
            f"{name} are what their data give: words, tables, downloads, pictures and receipts are identical {seconds}."
        )
    if not differences:
        file.unlink(missing_ok=True)
        return Report(same, [], _SIDES)
    title, notes = f"{address} differs from what its data give.", _release_notes(book)
    report = Report(title, [Section("", differences)], _SIDES, notes=notes)
    return replace(report, notes=[*notes, f"See {paths.shown(report.write(file))}."])


def find_claim(book: Book, address: str) -> tuple[str, str, str]:
    """Give language, page and name of a claim by its address; no name for that of a page."""
    page, _, name = address.rpartition("#")
    known = set[str]()
    for lang, site in book.sites.items():
        place = (page or name).removesuffix(".html").removeprefix(f"{lang}/")
        if not page and receipted.read(site, place):
            return lang, place, ""
        pages = [receipted.read(site, place)] if page else receipted.pages(site)
        for stored in filter(None, pages):
            # sentences are named together with their page
            ids = {claim["id"] for claim in stored["claims"] if page or claim["kind"] not in (SENTENCE, TITLE)}
            if name in ids:
                return lang, str(stored["page"]), name
            known |= ids
    guess = did_you_mean(name, known)
    raise StudyError(
        f"No receipt of the book names '{address}'.{guess} Names stand below each exhibit (“Cite as”) and, for sentences and "
        "tables, at the end of each page: 2017-economy-answers, say, or factors#s-opening-1."
    )


def page_differences(book: Book, lang: str, page: str, id: str, options: runner.Options) -> list[Difference]:
    """Execute the notebook of a page, and compare its claims, or one of them."""
    run = _run_of(lang, page)
    notebook = nbformat.reads(runner.make_one(run, options).text, as_version=4)
    site, name = book.sites[lang], f"html/{lang}/{page}.html"
    stored = receipted.read(site, page)
    assert stored is not None
    theirs, ours = page_claims(site / f"{page}.html", name, stored), notebook_claims(notebook, name)
    chosen = [[claim for claim in claims if id in ("", claim.id)] for claims in (theirs, ours)]
    vouched = {claim.id for claim in theirs if _is_vouched(claim)}
    differences = [_judged(difference, vouched) for difference in compare_claims(*chosen, exact=True)]
    current = receipted.made_with(run, ledger.Check())
    known, now = ({**state, "python": ""} for state in (stored.get("made_with", {}), current))
    if details := tuple(field_details(known, now)):
        what = "the book was made with another state of the compendium"
        differences.append(Difference(name, FILE, "", CHANGED, details, what=what))
    return differences


def _is_vouched(claim: Claim) -> bool:
    """Say whether the receipt of an exhibit in the book names its very pictures."""
    digests = claim.receipt.get("digests", {})
    return all(digests.get(part) == digest(getattr(claim, part)) for part in ("wide", "narrow"))


def _judged(difference: Difference, vouched: set[str]) -> Difference:
    """Take another rendering for the same only if its receipt names it, and differs in nothing else."""
    names = {detail.name for detail in difference.details}
    if difference.how != RENDERING or (difference.id in vouched and names <= {"digests, wide", "digests, narrow"}):
        return difference
    what = "" if difference.id in vouched else "the picture is not the one that its receipt names"
    return replace(difference, how=CHANGED, what=what)


def _run_of(lang: str, page: str) -> runs.Run:
    """Find the run of a page by its place, not by what its receipt says of it."""
    chosen = [run for run in runs.runs(lang=lang) if run.page == page]
    if not chosen:
        raise StudyError(
            f"The book has a page '{page}' that this state of the compendium does not make. "
            "Check the book with the state that it was made of."
        )
    return chosen[0]
