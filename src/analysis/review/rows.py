"""Two tables compared row by row: which value moved, from what to what; which rows came and went."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

Row = Mapping[str, str]
Pair = tuple[Row | None, Row | None]

# columns of a download that describe a value, and tell one row from another only where nothing else does
_DESCRIPTIVE = ("unit", "source", "source_id", "licence", "origin", "urls")
_YEAR_NAMES = re.compile(r"(^|_)(year|edition|start|end)$")
_YEARS = re.compile(r"(19|20)\d\d")
_NUMBER = re.compile(
    r"[-+\N{MINUS SIGN}]?[\d.,'\s\N{NARROW NO-BREAK SPACE}]*\d[\d.,'\s\N{NARROW NO-BREAK SPACE}]*(e[-+]?\d+)?%?"
)
_NAMES, _SHORT = 4, 40  # columns that name a row for a reader, besides those that must; letters of what they say
_MOST = 300  # rows without a counterpart that are compared with each other


@dataclass(frozen=True)
class PointChange:
    """A value that changed, or one of a row that came or went.

    Parameters
    ----------
    key
        What names the row, `gov_egdi, AFG, Afghanistan, 2018` say; empty where the column itself came or went.
    column
        Column of the value; empty where a row that came or went has nothing besides its name.
    before, after
        The value as it stood and as it stands, as texts; empty where it was or is not there.
    kind
        `changed`, `added` or `removed`.
    """

    key: str
    column: str
    before: str
    after: str
    kind: Literal["changed", "added", "removed"]

    @property
    def difference(self) -> Decimal | None:
        """Give by how much a number moved; `None` where one of the two is no number."""
        before, after = number(self.before), number(self.after)
        return None if before is None or after is None else after - before


def number(text: str) -> Decimal | None:
    """Read a plain number; `None` for any other text."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def data_changes(before: bytes, after: bytes) -> list[PointChange]:
    """Compare two downloads (CSV) value by value.

    Rows are matched by the columns that name them (texts and years), not by their place. A table with other columns gives one
    change for each column that came or went, and is compared by the others.

    Returns
    -------
    list of PointChange
        Empty where both hold the same values, whatever the order of their rows.
    """
    return [] if before == after else row_changes(*_read(before), *_read(after))


def table_changes(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[PointChange]:
    """Compare two tables of texts, the first row being the head, as `data_changes` does."""
    return row_changes(*_named(before), *_named(after), described=False)


def _read(content: bytes) -> tuple[list[str], list[Row]]:
    return _named(list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))))


def _named(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[Row]]:
    """Name the cells by their columns; a row may be too long or too short, since somebody may have tampered with it."""
    width = max(map(len, rows), default=0)
    head = [*rows[0], *[""] * (width - len(rows[0]))] if rows else []
    names = [name or f"column {place}" for place, name in enumerate(head, start=1)]
    names = [f"{name} ({place})" if name in names[: place - 1] else name for place, name in enumerate(names, start=1)]
    return names, [dict(zip(names, [*row, *[""] * (width - len(row))], strict=True)) for row in rows[1:]]


def row_changes(
    head_before: Sequence[str],
    before: Sequence[Row],
    head_after: Sequence[str],
    after: Sequence[Row],
    *,
    described: bool = True,
) -> list[PointChange]:
    """Compare the rows of two tables, whose cells are named by their columns.

    With `described`, a row is named for a reader by more than the columns that it takes to tell it from the others.
    """
    found = [PointChange("", name, "", "", "removed") for name in head_before if name not in head_after]
    found += [PointChange("", name, "", "", "added") for name in head_after if name not in head_before]
    shared = [name for name in head_after if name in head_before]
    describing, naming = _naming(shared, before, after)
    for old, new in _pairs(shared, naming, before, after):
        found += _of_pair(
            shared, [*naming, *(name for name in describing if described and name not in naming)], len(naming), old, new
        )
    return found


def _of_pair(
    shared: Sequence[str], naming: Sequence[str], needed: int, old: Row | None, new: Row | None
) -> Iterator[PointChange]:
    """List the changes of a row; `naming` are the columns that may name it, of which the first ones are `needed`."""
    row = new if new is not None else old
    assert row is not None
    constant = [name for name in naming if row[name] and (old is None or old[name] == row[name])]
    shown = [
        name
        for place, name in enumerate(constant)
        if name in naming[:needed] or (place < _NAMES and len(row[name]) <= _SHORT)
    ]
    key = ", ".join(row[name] for name in naming if name in shown) or next(
        (row[name] for name in naming if row[name]), ""
    )
    if old is not None and new is not None:
        for name in shared:
            if old[name] != new[name]:
                yield PointChange(key, name, old[name], new[name], "changed")
        return
    rest = [name for name in shared if name not in shown and name not in _DESCRIPTIVE and row[name]]
    for name in rest or [""]:
        value = row.get(name, "")
        if new is None:
            yield PointChange(key, name, value, "", "removed")
        else:
            yield PointChange(key, name, "", value, "added")


def _naming(columns: Sequence[str], before: Sequence[Row], after: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Find the columns of texts and years, and the first of them that are enough to tell all rows apart."""
    texts, years, descriptive = [], [], []
    for name in columns:
        cells = [row[name] for rows in (before, after) for row in rows if row[name]]
        if name in _DESCRIPTIVE:
            descriptive.append(name)
        elif _YEAR_NAMES.search(name.lower()) or (cells and all(_YEARS.fullmatch(cell) for cell in cells)):
            years.append(name)
        elif cells and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) * 2 < len(cells):
            texts.append(name)
    ordered = [*texts, *years, *descriptive]
    for size in range(1, len(ordered) + 1):
        if _apart(ordered[:size], before) and _apart(ordered[:size], after):
            return [*texts, *years], ordered[:size]
    return [*texts, *years], [*texts, *years] or list(columns[:1])


def _apart(names: Sequence[str], rows: Sequence[Row]) -> bool:
    return len({_cells(names, row) for row in rows}) == len(rows)


def _cells(names: Sequence[str], row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def _pairs(columns: Sequence[str], naming: Sequence[str], before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """Match the rows: those that are equal, then those of one name, then those that are equal but for one cell."""
    pairs, gone, come = _matched(columns, before, after)
    key = list(naming)
    for name in reversed(naming[:-1]):  # the fewer columns name a row, the more of what changed in it is seen
        fewer = [other for other in key if other != name]
        if _apart(fewer, before) and _apart(fewer, after):
            key = fewer
    more, gone, come = _matched(key, gone, come)
    pairs += more
    if len(gone) <= _MOST and len(come) <= _MOST:
        differing = [name for name in columns if len({row[name] for row in (*gone, *come)}) > 1]
        for name in differing:
            more, gone, come = _matched([other for other in differing if other != name], gone, come)
            pairs += more
    place = {id(row): number for number, row in enumerate(before)}
    rest: list[Pair] = [(row, None) for row in gone]
    known = sorted([*pairs, *rest], key=lambda pair: place[id(pair[0])])
    return [*known, *((None, row) for row in come)]


def _matched(
    names: Sequence[str], before: Sequence[Row], after: Sequence[Row]
) -> tuple[list[Pair], list[Row], list[Row]]:
    """Match rows whose cells in some columns are equal, in the order in which they stand; give the others too."""
    waiting: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in after:
        waiting[_cells(names, row)].append(row)
    pairs: list[Pair] = []
    gone = []
    for row in before:
        if found := waiting[_cells(names, row)]:
            pairs.append((row, found.pop(0)))
        else:
            gone.append(row)
    left = {id(row) for rows in waiting.values() for row in rows}
    return pairs, gone, [row for row in after if id(row) in left]
