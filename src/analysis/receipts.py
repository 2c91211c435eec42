"""Receipts: for every exhibit, listing and computed sentence, what it was made from, and digests of what it shows.

The cells of a notebook put them beside their outputs; when the notebook becomes a page they are gathered in its metadata
(`gathered`), where the book, `study verify` and `study diff` find them. A receipt holds no time, no path and nothing of the machine:
the same inputs give the same receipts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import provenance
from analysis.files import digest
from analysis.provenance import Origin, Reading, Said

SUPPRESSED = "s"  # in data, in place of a number that must not be shown
KEY = "receipts"  # in the metadata of an output, and of a notebook that became a page
EXHIBIT, LISTING, SENTENCE, TITLE = "exhibit", "listing", "sentence", "title"
# columns of the data of an exhibit that say how many places stand behind a value
_COUNTS = ("n", "n_cities", "cities", "countries", "places", "n_places")
_SENTENCE = re.compile(r'<p class="(finding|gap|note|text)"')


@dataclass(frozen=True)
class Receipt:
    """What a part of a chapter was made from, and digests of what it shows.

    Parameters
    ----------
    kind, id
        `exhibit`, `listing` or `sentence`; the name of the part, empty for a sentence, which is named by its place.
    title
        Title, caption, or the sentence itself.
    digests
        SHA-256 by what is digested: `data` (the download), `wide` and `narrow` (the pictures), `drawn` (what they show, in units of
        the data), `table`, `text` (title, alternative text, notes, source).
    origin
        Functions that made it, and what they read.
    facts
        The sentences of the text, each as the English sentence with its `{places}` and what stands in them.
    rows, n, suppressed
        Rows of the data; how many places stand behind its values, as the least and the most; counts that are suppressed.
    tables
        Permitted tables, where numbers come from answers of cities.
    """

    kind: str
    id: str
    title: str
    digests: Mapping[str, str]
    origin: Origin
    facts: Sequence[tuple[str, Mapping[str, str]]] = ()
    rows: int | None = None
    n: tuple[int, int] | None = None
    suppressed: int = 0
    tables: Sequence[str] = ()

    def packed(self) -> dict[str, Any]:
        """Give the receipt as plain JSON; what is empty is left out."""
        found = {
            "kind": self.kind,
            "id": self.id,
            "title": self.title,
            "digests": dict(self.digests),
            "functions": list(self.origin.functions),
            "read": [provenance.packed(one) for one in self.origin.read if one.digest],
            "facts": [[sentence, dict(values)] for sentence, values in self.facts],
            "rows": self.rows,
            "n": list(self.n) if self.n else None,
            "suppressed": self.suppressed,
            "tables": list(self.tables),
        }
        return {name: value for name, value in found.items() if value not in (None, "", [], 0)}


def of_sentence(text: str, kind: str, tables: Sequence[str], origin: Origin) -> Receipt:
    """Make the receipt of a computed sentence; `kind` is that of its paragraph."""
    digests = {"text": _digest(kind, text)}
    return Receipt(SENTENCE, "", text, digests, origin, facts(text, origin.said), tables=tables)


def of_listing(id: str, caption: str, table: pd.DataFrame, tables: Sequence[str], origin: Origin) -> Receipt:
    """Make the receipt of a table of words."""
    said = facts(caption, origin.said)
    return Receipt(LISTING, id, caption, {"table": of_table(table)}, origin, said, rows=len(table), tables=tables)


def of_exhibit(
    id: str, texts: Sequence[str], digests: Mapping[str, str], data: pd.DataFrame, tables: Sequence[str], origin: Origin
) -> Receipt:
    """Make the receipt of an exhibit; `texts` are its title, subtitle, alternative text, source and notes."""
    counts = [_counts(data[name], tables) for name in (_COUNTS[:1] if tables else _COUNTS) if name in data]
    known = pd.concat(counts) if counts else pd.Series(dtype=float)
    said = [fact for text in texts for fact in facts(text, origin.said)]
    hidden = int((data["count"] == SUPPRESSED).sum()) if tables and "count" in data else 0
    return Receipt(
        EXHIBIT, id, texts[0], {**digests, "text": _digest(*texts)}, origin, said, rows=len(data),
        n=(int(known.min()), int(known.max())) if len(known) else None, suppressed=hidden, tables=tables,
    )  # fmt: skip


def _counts(column: pd.Series, tables: Sequence[str]) -> pd.Series:
    """Give the counts of a column; those of permitted tables stand there as texts, among them what is suppressed."""
    if tables:
        return pd.to_numeric(column, errors="coerce").dropna()
    return column.dropna() if pd.api.types.is_numeric_dtype(column) else pd.Series(dtype=float)


def of_table(table: pd.DataFrame) -> str:
    """Digest a table of texts, its head included."""
    rows = [[str(name) for name in table.columns]]
    rows += [["" if pd.isna(value) else str(value) for value in row] for row in table.itertuples(index=False)]
    return _digest(*("\x1f".join(row) for row in rows))


def _digest(*texts: str) -> str:
    return digest("\x1e".join(texts).encode())


def facts(text: str, said: Iterable[Said]) -> list[tuple[str, dict[str, str]]]:
    """Find the sentences that a text is made of, the longest first where one stands within another.

    Returns
    -------
    list of tuple
        English sentence and the values of its `{places}`, in the order of the text.
    """
    taken: list[tuple[int, int, Said]] = []
    for one in sorted(said, key=lambda one: (-len(one.text), one.text, one.sentence)):
        start = text.find(one.text) if one.text and (one.values or one.text == text) else -1
        end = start + len(one.text)
        if start >= 0 and all(end <= a or start >= b for a, b, _ in taken):
            taken.append((start, end, one))
    return [(one.sentence, dict(one.values)) for _, _, one in sorted(taken, key=lambda found: found[0])]


def with_ids(html: str, name: str) -> str:
    """Give every sentence of an output the id by which its receipt names it; `name` is that of the cell."""
    number = 0

    def named(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'<p id="{sentence_id(name, number)}" class="{found[1]}"'

    return _SENTENCE.sub(named, html)


def sentence_id(cell: str, number: int) -> str:
    """Name a sentence by its cell and its place in it."""
    return f"s-{cell}-{number}"


def gathered(cells: Iterable[tuple[str, int, Sequence[Mapping[str, Any]]]]) -> dict[str, Any]:
    """Gather the receipts of a page: what several of them read is listed once.

    Parameters
    ----------
    cells
        Name of each cell, its number in the template, and the receipts of its output, in order.

    Returns
    -------
    dict
        `read`: slices (table, columns with values, rows, digest); `claims`: receipts with `id`, `cell` and, in `read`, the
        places of their slices in that list.
    """
    slices: dict[Reading, int] = {}
    claims = []
    for name, number, receipts in cells:
        sentences = 0
        for one in receipts:
            if one["kind"] == SENTENCE:
                sentences += 1
                one = {"kind": SENTENCE, "id": sentence_id(name, sentences), **one}
            found = [provenance.unpacked(entry) for entry in one.get("read", [])]
            places = [slices.setdefault(reading, len(slices)) for reading in found]
            claims.append({**one, "cell": [name, number], "read": sorted(places)})
    return {"read": [provenance.packed(reading) for reading in slices], "claims": claims}
