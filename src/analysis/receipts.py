"""Receipts: for every exhibit, listing and computed sentence, what it was made from, and digests of what it shows.

A receipt is a part of the document of a page (`analysis.document`), where the book, `study verify` and `study diff` read
it. It holds no time, no path and nothing of the machine: the same inputs give the same receipts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import provenance
from analysis.files import digest
from analysis.provenance import Origin, Said

EXHIBIT, LISTING, SENTENCE, TITLE = "exhibit", "listing", "sentence", "title"  # kinds of what has a receipt
SUPPRESSED = "s"  # in data, in place of a number that must not be shown
# columns of the data of an exhibit that say how many places stand behind a value
_COUNTS = ("n", "n_cities", "cities", "countries", "places", "n_places")


def packed(origin: Origin, digests: Mapping[str, str], facts: Sequence[Any], **counts: Any) -> dict[str, Any]:
    """Give a receipt as plain JSON; what is empty is left out.

    Parameters
    ----------
    origin
        Functions that made the part (`functions`), and what they read (`read`).
    digests
        SHA-256 by what is digested: `data` (the download), `wide` and `narrow` (the pictures), `drawn` (what they show, in
        units of the data), `table`, `text` (title, alternative text, notes, source).
    facts
        The sentences of the text, each as the English sentence with its `{places}` and what stands in them.
    counts
        `rows` of the data; `n`, how many places stand behind its values, as the least and the most; `suppressed`, counts
        that must not be shown.
    """
    receipt = {
        "digests": dict(digests),
        "functions": list(origin.functions),
        "read": [provenance.packed(reading) for reading in origin.read if reading.digest],
        "facts": [[sentence, dict(values)] for sentence, values in facts],
        **counts,
    }
    return {name: value for name, value in receipt.items() if value not in (None, [], 0)}


def of_sentence(text: str, role: str, origin: Origin) -> dict[str, Any]:
    """Make the receipt of a computed sentence."""
    return packed(origin, {"text": _digest(role, text)}, facts(text, origin.said))


def of_title(text: str) -> dict[str, Any]:
    """Make the receipt of the computed title of a page."""
    return {"digests": {"text": digest(text.encode())}}


def of_listing(caption: str, table: pd.DataFrame, origin: Origin) -> dict[str, Any]:
    """Make the receipt of a table of words."""
    return packed(origin, {"table": of_table(table)}, facts(caption, origin.said), rows=len(table))


def of_exhibit(
    texts: Sequence[str], digests: Mapping[str, str], data: pd.DataFrame, tables: Sequence[str], origin: Origin
) -> dict[str, Any]:
    """Make the receipt of an exhibit; `texts` are its title, subtitle, alternative text, source and notes."""
    counts = [_counts(data[name], tables) for name in (_COUNTS[:1] if tables else _COUNTS) if name in data]
    known = pd.concat(counts) if counts else pd.Series(dtype=float)
    sentences = [fact for text in texts for fact in facts(text, origin.said)]
    return packed(
        origin,
        {**digests, "text": _digest(*texts)},
        sentences,
        rows=len(data),
        n=[int(known.min()), int(known.max())] if len(known) else None,
        suppressed=int((data["count"] == SUPPRESSED).sum()) if tables and "count" in data else 0,
    )


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
