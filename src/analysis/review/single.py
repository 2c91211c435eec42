"""Checking one claim of a book: the cell that makes it is run again, here, and compared with page, files and receipt.

Papermill executes whole notebooks, and `study verify` without a name does. This answers the question about one number at once: it
runs the cells of the template that set something up, and then the one cell that shows the claim.
"""

import ast
import contextlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from analysis import provenance, receipts
from analysis.errors import StudyError, did_you_mean
from analysis.execution import ledger, notebook, runs
from analysis.files import digest
from analysis.publishing import claims, receipted
from analysis.publishing.claims import Claim
from analysis.review import comparer as comparing
from analysis.review import verify
from analysis.review.bookfiles import Book
from analysis.review.verify import Difference


@dataclass(frozen=True)
class Found:
    """Where a claim stands in a book: language, page, and its receipt with those of its page."""

    lang: str
    site: Path
    page: Mapping[str, Any]
    receipt: Mapping[str, Any]


def find(book: Book, address: str) -> Found:
    """Find a claim by its address: an exhibit or listing by name, a sentence by page and name (`factors#s-opening-1`).

    Raises
    ------
    StudyError
        Where the book has no such claim.
    """
    page, _, name = address.rpartition("#")
    page, known = page.removesuffix(".html"), set()
    for lang, site in book.sites.items():
        pages = [receipted.read(site, page.removeprefix(f"{lang}/"))] if page else receipted.pages(site)
        for kept in filter(None, pages):
            for one in kept["claims"]:
                if not page and one["kind"] in (receipts.SENTENCE, receipts.TITLE):
                    continue  # they are named together with their page
                known.add(one["id"])
                if one["id"] == name:
                    return Found(lang, site, kept, one)
    guess = did_you_mean(name, known)
    raise StudyError(
        f"No receipt of the book names '{address}'.{guess} Names stand below each exhibit (“Cite as”) and, for sentences and "
        "tables, at the end of each page: 2017-economy-answers, say, or factors#s-opening-1."
    )


def check(found: Found) -> list[Difference]:
    """Run the cell of a claim again and compare; nothing comes where all is identical."""
    run = _run(found)
    made = {one.id: one for one in remade(run, int(found.receipt["cell"][1]))}
    return _compared(found, made.get(str(found.receipt["id"])), run)


def find_page(book: Book, address: str) -> list[Found]:
    """Find all claims of a page by its place, `editions/2017/economy` say; none where the book has no such page with receipts."""
    place = address.removesuffix(".html")
    for lang, site in book.sites.items():
        if kept := receipted.read(site, place.removeprefix(f"{lang}/")):
            return [Found(lang, site, kept, one) for one in kept["claims"]]
    return []


def check_page(found: Sequence[Found]) -> list[Difference]:
    """Run all cells of a page again and compare its claims."""
    run = _run(found[0])
    made = {one.id: one for one in remade(run)}
    missing = made.keys() - {one.receipt["id"] for one in found}
    file = f"html/{found[0].lang}/{run.page}.html"
    lost = [Difference(file, f"'{id}' is computed, and has no receipt in the book.") for id in sorted(missing)]
    return lost + [one for each in found for one in _compared(each, made.get(str(each.receipt["id"])), run)]


def _compared(found: Found, ours: Claim | None, run: runs.Run) -> list[Difference]:
    id, theirs = str(found.receipt["id"]), in_page(found)
    file = f"html/{found.lang}/{found.page['page']}.html"
    pictures = next(((a, b) for a, b in _pictures(theirs, ours).values() if a != b), None)
    if theirs and ours and pictures and _alike(found, theirs, ours):
        ours = _drawn_as(theirs, ours)
        if not [*verify.differences_of(theirs, ours), *_receipt(found, ours, run)]:
            return [
                Difference(file, f"exhibit '{id}': same numbers, picture differs by rendering.", (), pictures, True)
            ]
    details = [*verify.differences_of(theirs, ours), *_receipt(found, ours, run)]
    return [Difference(file, "the claim differs from what the data give.", tuple(details), pictures)] if details else []


def _pictures(theirs: Claim | None, ours: Claim | None) -> dict[str, tuple[bytes, bytes]]:
    return {"wide": (theirs.wide, ours.wide), "narrow": (theirs.narrow, ours.narrow)} if theirs and ours else {}


def _alike(found: Found, theirs: Claim, ours: Claim) -> bool:
    """Say whether pictures differ by rendering alone, and are those that the receipt of the book names."""
    digests = found.receipt["digests"]
    return all(
        digests.get(name) == digest(before)
        and (before == after or comparing.picture_difference(before, after) == "rendering")
        for name, (before, after) in _pictures(theirs, ours).items()
    )


def _drawn_as(theirs: Claim, ours: Claim) -> Claim:
    """Give a claim with the pictures of another, in its receipt too."""
    digests = {**ours.receipt["digests"], "wide": digest(theirs.wide), "narrow": digest(theirs.narrow)}
    return replace(ours, wide=theirs.wide, narrow=theirs.narrow, receipt={**ours.receipt, "digests": digests})


def _run(found: Found) -> runs.Run:
    """Find the run of a page by its place, not by what its receipt says of it."""
    chosen = [run for run in runs.runs(lang=found.lang) if run.page == found.page["page"]]
    if not chosen:
        raise StudyError(
            f"The book has a page '{found.page['page']}' that this state of the compendium does not make. "
            "Check the book with the state that it was made of."
        )
    return chosen[0]


def _receipt(found: Found, ours: Claim | None, run: runs.Run) -> list[str]:
    """Compare the receipt of the book with that which comes out; slices by what they are, not by their place in a list."""
    if ours is None:
        return []
    again, kept = dict(ours.receipt), dict(found.receipt)
    again["read"] = sorted(map(str, again["read"]))
    kept["read"] = sorted(str(found.page["read"][place]) for place in kept["read"])
    now = receipted.made_with(run, ledger.Check())
    said = {name: value for name, value in found.page["made_with"].items() if name != "python"}
    state = [f"{name}: the book was made with another state of it" for name, value in now.items()
             if name != "python" and said.get(name) != value]  # fmt: skip
    return [*(f"receipt, {text}" for text in verify.fields(kept, again, "")), *state]


def in_page(found: Found) -> Claim | None:
    """Read a claim as the page of the book shows it, with the files that it names."""
    file = found.site / f"{found.page['page']}.html"
    id = str(found.receipt["id"])
    if not file.is_file():
        return None
    if found.receipt["kind"] == receipts.TITLE:
        return Claim(str(found.page["page"]), id, receipts.TITLE, claims.heading(file.read_text(encoding="utf-8")))
    return _claims_of(file).get(id)


@lru_cache(maxsize=1)
def _claims_of(file: Path) -> dict[str, Claim]:
    """Read the claims of a page, once for all of them."""
    text = file.read_text(encoding="utf-8")
    return {one["id"]: Claim("", **one) for one in claims.of_html(text, file.parent)}


def remade(run: runs.Run, number: int | None = None) -> list[Claim]:
    """Run one cell of a notebook again, after those that set something up, and give its claims; or all cells.

    Parameters
    ----------
    run
        The notebook.
    number
        Number of the cell in the template, as receipts give it; all cells where none is given.
    """
    cells = runs.cells(run.template)
    if number is not None and not 1 <= number <= len(cells):
        raise StudyError(f"The receipt names cell {number} of {run.name}, which has {len(cells)} cells.")
    provenance.forget()
    space: dict[str, Any] = {}
    made = nbformat.v4.new_notebook()
    for place, cell in enumerate(cells, start=1):
        made.cells.append(
            nbformat.v4.new_markdown_cell("") if cell.kind != "code" else nbformat.v4.new_code_cell(cell.source)
        )
        made.cells[-1].metadata["tags"] = list(cell.tags)
        if cell.kind != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            shown = _executed(cell.source, space, wanted=number in (None, place) or "title" in cell.tags)
        if "parameters" in cell.tags:
            space |= dict(run.parameters)
        if shown is not None:
            made.cells[-1].outputs = [_output(shown)]
        if place == number and "title" not in cell.tags:
            break
    finished: nbformat.NotebookNode = nbformat.reads(notebook.finish(made, run.lang), as_version=4)
    read = finished.metadata["receipts"]["read"]
    found = []
    for one in claims.of_notebook(finished, run.page):
        found.append(
            replace(one, receipt={**one.receipt, "read": [read[place] for place in one.receipt.get("read", [])]})
        )
    return found


def _executed(source: str, space: dict[str, Any], *, wanted: bool) -> Any:
    """Run a cell; its last expression alone if that is wanted, since it makes figures."""
    tree = ast.parse("\n".join("" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines()))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), space)  # the templates are code of this compendium
    if not wanted or not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)


def _output(shown: Any) -> nbformat.NotebookNode:
    bundle = getattr(shown, "_repr_mimebundle_", None)
    data, metadata = bundle() if bundle else ({"text/plain": repr(shown)}, {})
    made: nbformat.NotebookNode = nbformat.v4.new_output("execute_result", data, metadata=metadata)
    return made
