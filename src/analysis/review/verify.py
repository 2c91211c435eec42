"""Checking a built book: everything is made again from the sources, and compared with what the book shows, file by file.

Nothing is taken on trust: not the receipts, which are made again too. Where files differ, the difference is told by its meaning:
which sentence, which value of a download, which exhibit. A picture of a machine that renders letters or lines a little differently
is told apart from one that shows something else (`comparing.picture_difference`), if the book's own receipt vouches for it.
"""

import base64
import filecmp
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup

from analysis import receipts
from analysis.files import digest
from analysis.publishing import claims, receipted
from analysis.publishing.claims import Claim
from analysis.review import comparer as comparing
from analysis.review.bookfiles import Book

_EXHIBIT = re.compile(r"html/(\w+)/_static/exhibits/([\w-]+?)(-narrow)?\.(svg|csv)")
_PARTS = {"text": "words", "table": "table", "data": "download", "wide": "picture", "narrow": "picture for a phone"}
_MOST = 12  # details of a difference that are told


@dataclass(frozen=True)
class Difference:
    """Something that the book shows and that does not come out again.

    Parameters
    ----------
    file
        Place in `_build`.
    what
        What differs, in words.
    details
        Values, sentences or fields: what the book has, and what comes out.
    pictures
        The picture of the book, and that which comes out.
    rendering
        The same numbers, drawn alike: only how letters and lines are rendered differs.
    """

    file: str
    what: str
    details: tuple[str, ...] = ()
    pictures: tuple[bytes, bytes] | None = None
    rendering: bool = False

    @property
    def text(self) -> str:
        """Give the difference as lines of text."""
        return "\n    ".join([f"{self.file}: {self.what}", *self.details])


@dataclass
class Result:
    """What a check found: numbers of what is identical, and the differences."""

    files: int = 0
    exhibits: int = 0
    sentences: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def wrong(self) -> list[Difference]:
        """List the differences that rendering does not explain."""
        return [one for one in self.differences if not one.rendering]


def compare(book: Book, remade: Book) -> Result:
    """Compare a book with the same book made again.

    Parameters
    ----------
    book, remade
        The book to check, and what its sources give.
    """
    ours, theirs = dict(remade.files()), dict(book.files())
    wanted = {name: file for name, file in ours.items() if _asked(name, book)}
    result, differing = Result(), []
    for name, file in wanted.items():
        if name not in theirs:
            result.differences.append(Difference(name, "the file is missing in the book."))
        elif filecmp.cmp(file, theirs[name], shallow=False):
            result.files += 1
        else:
            differing.append(name)
    for name in theirs:
        if name not in wanted:
            result.differences.append(Difference(name, "the file is not part of the book."))
    result.differences += _explained({name: (theirs[name], wanted[name]) for name in differing})
    _count(result, wanted)
    return result


def _asked(name: str, book: Book) -> bool:
    """Say whether a file of the remade book belongs to what the book at hand has: some languages, or print editions, alone."""
    kind, _, rest = name.partition("/")
    if kind == "pdf":
        return not book.pdfs or rest in {file.name for file in book.pdfs} if len(book.pdfs) < 2 else True
    return book.welcome is not None if rest == "index.html" else rest.partition("/")[0] in book.sites


def _count(result: Result, wanted: Mapping[str, Path]) -> None:
    """Count exhibits and sentences of pages that are identical, by their receipts."""
    wrong = {one.file for one in result.differences}
    for name, file in wanted.items():
        if f"/{receipted.FOLDER}/" in name and file.name != receipted.BOOK and name not in wrong:
            kinds = [claim["kind"] for claim in json.loads(file.read_text(encoding="utf-8"))["claims"]]
            result.exhibits += kinds.count(receipts.EXHIBIT)
            result.sentences += len(kinds) - kinds.count(receipts.EXHIBIT)


def _explained(pairs: Mapping[str, tuple[Path, Path]]) -> Iterator[Difference]:
    """Tell differences by their meaning; pictures first, since pages and receipts hold their digests."""
    drawn = {name: both for name, both in pairs.items() if _EXHIBIT.fullmatch(name) and name.endswith(".svg")}
    exchange: dict[str, str] = {}
    kept = cache(_named)  # a site whose pictures all differ is read once
    for name, (theirs, ours) in drawn.items():
        difference = _picture(name, theirs, ours, kept)
        if difference.rendering:
            exchange |= traces(ours.read_bytes(), theirs.read_bytes())
        yield difference
    for name, (theirs, ours) in pairs.items():
        if name in drawn:
            continue
        if name.endswith(".pdf"):
            yield _print(name, theirs, ours, rendering=bool(exchange))
        elif name.endswith(".csv") and _EXHIBIT.fullmatch(name):
            yield _download(name, theirs.read_bytes(), ours.read_bytes())
        else:
            yield from _text(name, theirs, ours, exchange)


def traces(ours: bytes, theirs: bytes) -> dict[str, str]:
    """Give what a picture leaves in pages, notebooks and receipts: its digest, long and short, and the picture itself."""
    found = {digest(ours): digest(theirs), digest(ours)[:16]: digest(theirs)[:16]}
    return {base64.b64encode(ours).decode(): base64.b64encode(theirs).decode(), **found}


def _picture(
    name: str, theirs: Path, ours: Path, receipts_of: Callable[[Path], Mapping[str, Mapping[str, Any]]]
) -> Difference:
    before, after = theirs.read_bytes(), ours.read_bytes()
    both = (before, after)
    named = _EXHIBIT.fullmatch(name)
    assert named is not None
    exhibit, part = named[2], "narrow" if named[3] else "wide"
    site = Path(str(theirs)[: -len(name.partition(f"html/{named[1]}/")[2])])
    kept = receipts_of(site).get(exhibit)
    if kept is None or kept["digests"].get(part) != digest(before):
        return Difference(name, f"the picture of exhibit '{exhibit}' is not the one that its receipt names.", (), both)
    if comparing.picture_difference(before, after) == "rendering" and _same_data(theirs, ours):
        return Difference(name, f"exhibit '{exhibit}': same numbers, picture differs by rendering.", (), both, True)
    return Difference(name, f"the picture of exhibit '{exhibit}' differs from what its data give.", (), both)


def _same_data(theirs: Path, ours: Path) -> bool:
    """Say whether the downloads beside two pictures are the same."""
    before, after = (file.with_name(file.stem.removesuffix("-narrow") + ".csv") for file in (theirs, ours))
    return before.is_file() and before.read_bytes() == after.read_bytes()


def _named(site: Path) -> dict[str, dict[str, Any]]:
    """Give the receipts of a site in one language by the names of what they are of, the first page that shows it first."""
    found: dict[str, dict[str, Any]] = {}
    for page in receipted.pages(site):
        for one in page["claims"]:
            found.setdefault(one["id"], one)
    return found


def _download(name: str, before: bytes, after: bytes) -> Difference:
    details, exhibit = values(before, after), Path(name).stem
    what = (
        f"the download of exhibit '{exhibit}' differs in {len(details)} {'value' if len(details) == 1 else 'values'}."
    )
    return Difference(
        name, what if details else f"the download of exhibit '{exhibit}' is written otherwise.", _some(details)
    )


def values(before: bytes, after: bytes) -> list[str]:
    """Say which values of two downloads differ."""
    return [
        f"{one.key}, {one.column}: the book has {_shown(one.before)}, the data give {_shown(one.after)}"
        for one in comparing.data_changes(before, after)
    ]


def _shown(value: str) -> str:
    return f"'{value}'" if value else "nothing"


def _some(details: Sequence[str]) -> tuple[str, ...]:
    rest = len(details) - _MOST
    return (*details[:_MOST], *([f"and {rest} more"] if rest > 0 else []))


def _text(name: str, theirs: Path, ours: Path, exchange: Mapping[str, str]) -> Iterator[Difference]:
    """Compare files of text: receipts, notebooks, pages, what stands around them."""
    try:
        before, after = theirs.read_text(encoding="utf-8"), ours.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        yield Difference(name, "the file is no text in UTF-8, or has other bytes.")
        return
    for one, other in exchange.items():
        after = after.replace(one, other)
    if before == after:
        yield Difference(name, "holds pictures that differ by rendering.", rendering=True)
    elif f"/{receipted.FOLDER}/" in name:
        yield _receipts(name, before, after)
    elif name.endswith((".html", ".ipynb")):
        details = _claims(name, before, after)
        what = f"{len(details)} {'claim differs' if len(details) == 1 else 'claims differ'} from what the data give."
        yield Difference(name, what, _some(details)) if details else _lines(name, before, after)
    else:
        yield _lines(name, before, after)


def _receipts(name: str, before: str, after: str) -> Difference:
    try:
        theirs, ours = json.loads(before), json.loads(after)
        details = list(fields(_by_name(theirs), _by_name(ours), ""))
        if len(details) == 1 and details[0].startswith("made_with, python:"):
            return Difference(name, "the same receipts; the interpreter is another.", tuple(details), rendering=True)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Difference(name, "the receipts cannot be read.")
    return Difference(name, "receipts differ from those of what comes out.", _some(details))


def _by_name(page: dict[str, Any]) -> dict[str, Any]:
    """Put the claims of receipts by their names, so that messages can name them."""
    return {**page, "claims": {one["id"]: one for one in page["claims"]}} if "claims" in page else page


def fields(before: object, after: object, place: str) -> Iterator[str]:
    """Name the fields of two receipts that differ, with both values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from fields(before.get(key), after.get(key), f"{place}, {key}" if place else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True), start=1):
            yield from fields(one, other, f"{place} {number}")
    elif before != after:
        yield f"{place}: the book has {_short(before)}, the data give {_short(after)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "nothing" if value is None else text if len(text) <= 120 else f"{text[:117]}…"


def _claims(name: str, before: str, after: str) -> list[str]:
    theirs, ours = _read_claims(name, before), _read_claims(name, after)
    found = []
    for id in dict.fromkeys([*theirs, *ours]):
        found += differences_of(theirs.get(id), ours.get(id))
    return found


def _read_claims(name: str, text: str) -> dict[str, Claim]:
    page = name.partition("/")[2]
    if name.endswith(".html"):
        return {one["id"]: Claim(page, **one) for one in claims.of_html(text)}
    try:
        return {one.id: one for one in claims.of_notebook(nbformat.reads(text, as_version=4), page)}
    except Exception:  # a notebook that was changed may be none any more, in many ways
        return {}


def differences_of(theirs: Claim | None, ours: Claim | None) -> list[str]:
    """Say how a claim of the book differs from the one that comes out; nothing where it does not."""
    if ours is None or theirs is None:
        one = theirs or ours
        assert one is not None
        return [f"{one.kind} '{one.id}' " + ("is computed nowhere" if ours is None else "is missing in the book")]
    found = []
    for part, label in _PARTS.items():
        before, after = getattr(theirs, part), getattr(ours, part)
        if before == after:
            continue
        where = f"{ours.kind} '{ours.id}', {label}"
        if part == "text":
            pairs = [
                pair for pair in zip_longest(before.split("\n"), after.split("\n"), fillvalue="") if pair[0] != pair[1]
            ]
            found += [f"{where}: the book says “{one}”, the data give “{other}”" for one, other in pairs]
        elif part == "table":
            rows = [pair for pair in zip_longest(before, after, fillvalue=()) if pair[0] != pair[1]]
            found += [
                f"{where}: the book has “{' | '.join(one)}”, the data give “{' | '.join(other)}”" for one, other in rows
            ]
        elif part == "data":
            found += [f"{where}, {text}" for text in values(before, after)] or [f"{where}: is written otherwise"]
        else:
            found.append(f"{where}: differs")
    return found


def _lines(name: str, before: str, after: str) -> Difference:
    """Name the first words that differ, or say that only the markup does."""
    if name.endswith(".html"):
        words = [BeautifulSoup(text, "html.parser").get_text("\n", strip=True).splitlines() for text in (before, after)]
        if words[0] == words[1]:
            return Difference(name, "the page says the same; its markup differs.")
    else:
        words = [before.splitlines(), after.splitlines()]
    for number, (one, other) in enumerate(zip_longest(*words, fillvalue=""), start=1):
        if one != other:
            line = f"line {number}: " if not name.endswith(".html") else ""
            return Difference(
                name, "the words differ.", (f"{line}the book has “{_cut(one)}”, the sources give “{_cut(other)}”",)
            )
    return Difference(name, "the bytes differ.")


def _cut(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}…"


def _print(name: str, theirs: Path, ours: Path, *, rendering: bool) -> Difference:
    """Compare print editions page by page: what is drawn, and where that differs, the words."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    details, drawn = list[str](), list[str]()
    try:
        before, after = (PdfReader(file).pages for file in (theirs, ours))
        if len(before) != len(after):
            return Difference(name, f"the PDF has {len(before)} pages; {len(after)} come out.")
        for number, (one, other) in enumerate(zip(before, after, strict=True), start=1):
            if _drawing(one) == _drawing(other):
                continue
            texts = [page.extract_text().splitlines() for page in (one, other)]
            lines = [pair for pair in zip_longest(*texts, fillvalue="") if pair[0] != pair[1]]
            details += [f"page {number}: the book says “{_cut(a)}”, the data give “{_cut(b)}”" for a, b in lines[:3]]
            drawn += [] if lines else [str(number)]
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        return Difference(name, f"the PDF cannot be read whole: {error}.")
    if details:
        return Difference(name, "words of the print edition differ.", _some(details))
    if drawn:
        where = f"{'page' if len(drawn) == 1 else 'pages'} {', '.join(drawn)}"
        return Difference(name, f"the same words; something is drawn otherwise on {where}.", rendering=rendering)
    return Difference(name, "the pages say and draw the same; the file has other bytes.", rendering=rendering)


def _drawing(page: Any) -> bytes:
    contents = page.get_contents()
    return contents.get_data() if contents is not None else b""
