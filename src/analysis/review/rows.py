"""Two tables compared row by row: which value moved, from what to what."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

Row = Mapping[str, str]
Pair = tuple[Row | None, Row | None]

CAME, WENT, CHANGED = "came", "went", "changed"
# columns of a download that describe a value, and tell one row from another only where nothing else does
_DESCRIPTIVE = ("unit", "source", "source_id", "licence", "origin", "urls")
_YEAR_NAMES = re.compile(r"(^|_)(year|edition|start|end)$")
_YEARS = re.compile(r"(19|20)\d\d")
_BLANKS = r"\s\N{NARROW NO-BREAK SPACE}"
_NUMBER = re.compile(rf"[-+\N{{MINUS SIGN}}]?[\d.,'{_BLANKS}]*\d[\d.,'{_BLANKS}]*(e[-+]?\d+)?%?")
_NAMES, _SHORT = 4, 40  # columns that name a row for a reader, besides those that must; letters of what they say
_MOST = 300  # rows without a counterpart that are compared with each other


@dataclass(frozen=True)
class Detail:
    """Something that differs within a claim or a file: a value, a text, a field.

    Parameters
    ----------
    part
        What it is a part of: `data`, `table`, `words`, `values`, `receipt` say.
    key, name
        What names its row, `gov_egdi, AFG, Afghanistan, 2018` say, where it has one; its column,
        place or field.
    before, after
        The value as it stood and as it stands, as texts; empty where it was or is not there.
    how
        `changed`, `came` or `went`.
    """

    part: str
    key: str
    name: str
    before: str
    after: str
    how: str = CHANGED

    @property
    def label(self) -> str:
        """Name it: row and column, or place."""
        return ": ".join(text for text in (self.key, self.name) if text)

    @property
    def moved(self) -> str:
        """Write by how much a number moved; empty where one of the two is no number."""
        before, after = _number(self.before), _number(self.after)
        if self.how != CHANGED or before is None or after is None:
            return ""
        return f"{after - before:+f}".replace("-", "\N{MINUS SIGN}")


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def data_details(before: bytes, after: bytes) -> list[Detail]:
    """Compare two downloads (CSV) value by value.

    Rows are matched by the columns that name them (texts and years), not by their place. A table
    with other columns gives one detail for each column that came or went, and is compared by the
    others.

    Returns
    -------
    list of Detail
        Empty where both hold the same values, whatever the order of their rows.
    """
    return [] if before == after else list(_row_details("data", _read_csv(before), _read_csv(after)))


def table_details(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[Detail]:
    """Compare two tables of texts, the first row being the head, as `data_details` does."""
    return [] if before == after else list(_row_details("table", before, after))


def _read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))


def _named_cells(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[Row]]:
    """Name the cells by their columns."""
    width = max(map(len, rows), default=0)
    head = [*rows[0], *[""] * (width - len(rows[0]))] if rows else []
    names = [name or f"column {place}" for place, name in enumerate(head, start=1)]
    names = [f"{name} ({place})" if name in names[: place - 1] else name for place, name in enumerate(names, start=1)]
    return names, [dict(zip(names, [*row, *[""] * (width - len(row))], strict=True)) for row in rows[1:]]


def _row_details(part: str, before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> Iterator[Detail]:
    """Compare the rows of two tables."""
    (old_head, old), (new_head, new) = _named_cells(before), _named_cells(after)
    yield from (Detail(part, "", name, "", "", WENT) for name in old_head if name not in new_head)
    yield from (Detail(part, "", name, "", "", CAME) for name in new_head if name not in old_head)
    shared = [name for name in new_head if name in old_head]
    describing, needed = _naming_columns(shared, old, new)
    naming = [*needed, *(name for name in describing if part == "data" and name not in needed)]
    for pair in _matched_pairs(shared, needed, old, new):
        yield from _pair_details(part, shared, naming, len(needed), pair)


def _pair_details(part: str, shared: Sequence[str], naming: Sequence[str], needed: int, pair: Pair) -> Iterator[Detail]:
    """List what differs in a row; of the columns that may name it, so many come first that must."""
    old, new = pair
    row = new if new is not None else old
    assert row is not None
    shown = [
        name
        for place, name in enumerate(name for name in naming if row[name] and (old is None or old[name] == row[name]))
        if name in naming[:needed] or (place < _NAMES and len(row[name]) <= _SHORT)
    ]
    key = ", ".join(row[name] for name in naming if name in shown)
    key = key or next((row[name] for name in naming if row[name]), "")
    if old is not None and new is not None:
        yield from (Detail(part, key, name, old[name], new[name]) for name in shared if old[name] != new[name])
        return
    values = [name for name in shared if name not in shown and name not in _DESCRIPTIVE and row[name]]
    for name in values or [""]:
        value = row.get(name, "")
        yield Detail(part, key, name, value, "", WENT) if new is None else Detail(part, key, name, "", value, CAME)


def _naming_columns(columns: Sequence[str], before: Sequence[Row], after: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Find the columns of texts and years, and the first that tell all rows apart."""
    texts, years, descriptive = list[str](), list[str](), list[str]()
    for name in columns:
        cells = [row[name] for row in (*before, *after) if row[name]]
        if name in _DESCRIPTIVE:
            descriptive.append(name)
        elif _YEAR_NAMES.search(name.lower()) or (cells and all(_YEARS.fullmatch(cell) for cell in cells)):
            years.append(name)
        elif cells and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) * 2 < len(cells):
            texts.append(name)
    ordered = [*texts, *years, *descriptive]
    for size in range(1, len(ordered) + 1):
        if _tell_apart(ordered[:size], before) and _tell_apart(ordered[:size], after):
            return [*texts, *years], ordered[:size]
    return [*texts, *years], [*texts, *years] or list(columns[:1])


def _tell_apart(names: Sequence[str], rows: Sequence[Row]) -> bool:
    return len({_cells(names, row) for row in rows}) == len(rows)


def _cells(names: Sequence[str], row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def _matched_pairs(
    columns: Sequence[str], naming: Sequence[str], before: Sequence[Row], after: Sequence[Row]
) -> list[Pair]:
    """Match rows that are equal, then those of one name, then those equal but for one cell."""
    key = list(naming)
    for name in reversed(naming[:-1]):  # the fewer columns name a row, the more of what changed in it is seen
        fewer = [other for other in key if other != name]
        if _tell_apart(fewer, before) and _tell_apart(fewer, after):
            key = fewer
    pairs, gone, come = _equal_pairs(columns, before, after)
    more, gone, come = _equal_pairs(key, gone, come)
    pairs += more
    if len(gone) <= _MOST and len(come) <= _MOST:
        differing = [name for name in columns if len({row[name] for row in (*gone, *come)}) > 1]
        for name in differing:
            more, gone, come = _equal_pairs([other for other in differing if other != name], gone, come)
            pairs += more
    place = {id(row): number for number, row in enumerate(before)}
    known: list[Pair] = [*pairs, *((row, None) for row in gone)]
    return [*sorted(known, key=lambda pair: place[id(pair[0])]), *((None, row) for row in come)]


def _equal_pairs(
    names: Sequence[str], before: Sequence[Row], after: Sequence[Row]
) -> tuple[list[Pair], list[Row], list[Row]]:
    """Match rows whose cells in some columns are equal, in the order in which they stand."""
    waiting: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in after:
        waiting[_cells(names, row)].append(row)
    pairs, gone = list[Pair](), list[Row]()
    for row in before:
        if equal := waiting[_cells(names, row)]:
            pairs.append((row, equal.pop(0)))
        else:
            gone.append(row)
    rest = {id(row) for rows in waiting.values() for row in rows}
    return pairs, gone, [row for row in after if id(row) in rest]
