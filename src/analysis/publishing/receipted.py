"""Documents and receipts in the book: a file for each page, and a panel for each exhibit and sentence in words that a reviewer understands."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from analysis import config, document, provenance, receipts, tables
from analysis.document import Page
from analysis.execution import ledger, runs
from analysis.files import digest
from analysis.language import Language
from analysis.provenance import Reading
from analysis.publishing import citing, claims

BOOK = "_static/book.json"  # what the whole book was made with
_SHOWN = 16  # letters of a digest that a reader compares by eye; the file has all of them


def file_of(page: str) -> str:
    """Give the place of the document of a page within a site in one language."""
    return f"{page}.json"


def complete(page: Page, run: runs.Run, check: ledger.Check) -> Page:
    """Add to the document of a page how it came to be.

    `template` and `parameters` say what was executed; `made_with` has digests of the template, of the modules of the
    library, of the translations and of the lock, and the interpreter.
    """
    made = {
        "lang": run.lang,
        "template": f"notebooks/{run.template}.ipynb",
        "parameters": dict(run.parameters),
        "made_with": made_with(run, check),
    }
    return replace(page, made=made)


def write_documents(pages: Path, lang: str, site: Path) -> None:
    """Write the documents of all executed pages of a folder into a site."""
    check = ledger.Check()
    for run in runs.runs(lang=lang):
        file = pages / f"{run.page}.ipynb"
        if file.is_file():
            notebook = nbformat.read(str(file), as_version=4)
            write_document(site, complete(document.of_notebook(notebook, run.page), run, check))


def write_document(site: Path, page: Page) -> None:
    """Write the document of a page into a site in one language."""
    _write_text(site / file_of(page.page), document.as_json(page))


def write_about(site: Path) -> None:
    """Write into a site in one language what the whole book was made with."""
    about = {
        "version": citing.description()["version"],
        "source_date_epoch": os.environ.get("SOURCE_DATE_EPOCH", ""),
    }
    _write_text(site / BOOK, f"{json.dumps(about, sort_keys=True, indent=1)}\n")


def _write_text(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")


def made_with(run: runs.Run, check: ledger.Check) -> dict[str, str]:
    """Give digests of what a page was made with, besides the data."""
    code = check.code(run)
    return {
        "template": _digest(code.template),
        "library": _digest(code.modules),
        "translations": code.catalogue,
        "requirements.lock": code.lock,
        "python": code.python,
    }


def _digest(value: object) -> str:
    return digest(json.dumps(value, sort_keys=True).encode())


def read_page(site: Path, page: str) -> Page | None:
    """Read the document of a page of a site in one language; `None` where it has none, or none that can be read."""
    try:
        return document.of_json((site / file_of(page)).read_text(encoding="utf-8"))
    except (OSError, ValueError, document.UnreadableDocument):
        return None


def read(site: Path, page: str) -> dict[str, Any] | None:
    """Read the receipts of a page of a site in one language; `None` where it has none, or none that can be read."""
    content = read_page(site, page)
    return receipts_of(content) if content is not None else None


def receipts_of(page: Page) -> dict[str, Any]:
    """Give the receipts of a page: how it came to be, what was `read`, and the receipt of each of its `claims`."""
    parts = [claims.receipt_of(part) for part in page.claims]
    return {"page": page.page, **page.made, "read": list(page.read), "claims": parts}


def is_document(place: str) -> bool:
    """Say whether a file of a site, `html/en/index.json` say, is the document of a page."""
    return place.endswith(".json") and not any(part.startswith("_") for part in place.split("/"))


def pages(site: Path) -> Iterator[dict[str, Any]]:
    """Read the receipts of all pages of a site in one language, in order; those that cannot be read are left out."""
    for file in sorted(site.rglob("*.json")):
        place = file.relative_to(site)
        if is_document(place.as_posix()) and (content := read(site, place.with_suffix("").as_posix())):
            yield content


def about(site: Path) -> dict[str, str]:
    """Read what the whole book was made with; empty where it does not say."""
    try:
        content: dict[str, str] = json.loads((site / BOOK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


@dataclass(frozen=True)
class Slice:
    """A slice of a table as a panel shows it: what was asked for, number of rows, names of the first and the last."""

    table: str
    where: str
    rows: str
    names: str
    digest: str


@dataclass(frozen=True)
class Panel:
    """A receipt as a page shows it.

    Parameters
    ----------
    id, text
        Name of the claim, and the sentence or title.
    basis
        What it rests on, as a sentence.
    slices, sums
        What was read, slice by slice; and table by table, for where there is less room.
    functions
        What made it, the outermost first.
    digests
        Name and digest of each thing that it shows.
    command
        The command that checks it.
    """

    id: str
    text: str
    basis: str
    slices: Sequence[Slice]
    sums: Sequence[tuple[str, str]]
    functions: Sequence[str]
    digests: Sequence[tuple[str, str]]
    command: str


def panels(page: Page, words: Language, kinds: Iterable[str]) -> list[Panel]:
    """Lay out the receipts of a page of some kinds (`exhibit`, `listing`, `sentence`), kind by kind in the order of the page."""
    slices = [provenance.unpacked(entry) for entry in page.read]
    parts = [part for kind in kinds for part in page.claims if part.kind == kind]
    return [_panel(claims.receipt_of(part), slices, page.page, words) for part in parts]


def _panel(claim: Mapping[str, Any], slices: Sequence[Reading], page: str, words: Language) -> Panel:
    say = words.say
    names = {
        "data": say("data (CSV)"), "table": say("table"), "text": say("words"), "wide": say("picture"),
        "narrow": say("picture for a phone"), "drawn": say("what the picture shows"),
    }  # fmt: skip
    sentence = claim["kind"] == receipts.SENTENCE
    address = f"{page}#{claim['id']}" if sentence else claim["id"]
    language = "" if words.code == config.SOURCE_LANGUAGE else f" --lang {words.code}"
    return Panel(
        id=claim["id"],
        text=claim["title"],
        basis=_basis(claim, words),
        slices=[_slice(slices[place], words) for place in claim["read"]],
        sums=_sums([slices[place] for place in claim["read"]], words),
        functions=[name.removeprefix("analysis.chapters.") for name in reversed(claim.get("functions", []))],
        digests=[(names[name], claim["digests"][name][:_SHOWN]) for name in names if name in claim["digests"]],
        command=f"study verify {address}{language}",
    )


def _basis(claim: Mapping[str, Any], words: Language) -> str:
    """Say how much stands behind a claim: rows of data, places behind a value, what is suppressed."""
    parts = []
    if rows := claim.get("rows"):
        parts.append(words.count("{n} row of data.", "{n} rows of data.", rows))
    if n := claim.get("n"):
        low, high = (words.number(value) for value in n)
        behind = low if low == high else words.say("{low} to {high}", low=low, high=high)
        parts.append(words.say("Places behind a value: {n}.", n=behind))
    if hidden := claim.get("suppressed"):
        parts.append(words.count("{n} count is suppressed.", "{n} counts are suppressed.", hidden))
    return " ".join(parts)


def _slice(reading: Reading, words: Language) -> Slice:
    rows = words.count("{n} row", "{n} rows", reading.rows)
    where = reading.text.replace("section = ", "") or words.say("whole")
    return Slice(reading.source, where, rows, _row_names(reading), reading.digest)


def _sums(readings: Sequence[Reading], words: Language) -> list[tuple[str, str]]:
    """Say of each table what was read of it: the names of rows of a single slice, else numbers of slices and rows."""
    found = []
    for table in dict.fromkeys(reading.source for reading in readings):
        own = [reading for reading in readings if reading.source == table]
        rows = words.count("{n} row", "{n} rows", sum(reading.rows for reading in own))
        if len(own) == 1:
            found.append((table, _row_names(own[0]) or rows))
        else:
            found.append((table, words.count("{n} slice ({rows})", "{n} slices ({rows})", len(own), rows=rows)))
    return found


@lru_cache(maxsize=4096)
def _row_names(reading: Reading) -> str:
    """Name the first and the last row of a slice, where rows of its table have names (F2017-02, say)."""
    described = tables.descriptors().get(reading.source)
    key = described and described["schema"].get("primaryKey")
    column = key[0] if isinstance(key, list) and len(key) == 1 else key
    if not isinstance(column, str) or not reading.rows or not reading.where:
        return ""
    try:
        frame = tables.read(reading.source, **dict(reading.where))
    except KeyError:
        return ""
    names = [str(name) for name in frame[column]] if column in frame else []
    return "" if not names else names[0] if len(names) == 1 else f"{names[0]}, …, {names[-1]}"
