"""Two builds compared by what they claim: exhibits, listings and sentences, matched and told apart by their meaning.

What a claim was made from (its receipt) is no part of its meaning: where nothing else changed, the change is `made`, and is counted
alone.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis import provenance, receipts
from analysis.publishing.claims import Claim
from analysis.review.pictures import DIFFERS, RENDERING, SAME, picture_difference
from analysis.review.rows import PointChange, data_changes, table_changes

__all__ = ["Change", "PointChange", "ValueChange", "claim_changes", "data_changes", "picture_difference"]

PAGE = "page"
CAME, WENT, CHANGED, MADE = "came", "went", "changed", "made"  # how a claim changed
# what of it changed
NAME, VALUES, WORDS, DATA, PICTURE, TABLE, SORT = "name", "values", "words", "data", "picture", "table", "sort"

_DIGITS = re.compile(r"\d+(?:[.,\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]\d+)*")
_ALIKE = 0.5  # share of letters in common from which a sentence is another wording of one
# what only says from what a page was made; it stands on the page, but is no finding of it
_PROVENANCE = ("analysis.chapters.common.Base.provenance", "-readings")


@dataclass(frozen=True)
class ValueChange:
    """A value in a sentence that changed; `name` is its place in the English sentence, empty where that is not known."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A claim, or a whole page, that came, went or changed.

    Parameters
    ----------
    page, id, kind
        As in a claim, the newer one where there are two; `kind` is `page` for a page that came or went whole.
    how
        `came`, `went` or `changed`; `made` where the meaning is the same, but not what it was made from.
    parts
        What changed: `name`, `values`, `words`, `sort` (a finding became a note, say), `data`, `picture`, `table`.
    before, after
        The claims; `None` for a page, and where there was or is none.
    values
        Of a sentence: values that changed.
    points
        Of an exhibit: values of its download that changed.
    rows
        Of an exhibit or a listing: cells of its table that changed.
    lines
        Of an exhibit or a listing: which of its words changed, as name of the part, before and after.
    picture
        `same`, `rendering` or `differs`; see `picture_difference`.
    notes
        Of one `made`: from what other data, by which other functions.
    """

    page: str
    id: str
    kind: str
    how: str
    parts: frozenset[str] = frozenset()
    before: Claim | None = None
    after: Claim | None = None
    values: tuple[ValueChange, ...] = ()
    points: tuple[PointChange, ...] = ()
    rows: tuple[PointChange, ...] = ()
    lines: tuple[tuple[str, str, str], ...] = ()
    picture: str = SAME
    notes: tuple[str, ...] = field(default=())


def claim_changes(before: Sequence[Claim], after: Sequence[Claim]) -> list[Change]:
    """Compare the claims of two builds in one language, page by page.

    Exhibits and listings are matched by their name, or, where it changed, by what they show; sentences within their cell.

    Returns
    -------
    list of Change
        Empty for the same claims; in the order of the pages, those that went last.
    """
    old, new = _by_page(before), _by_page(after)
    found: list[Change] = []
    for page, theirs in new.items():
        found += _of_page(page, old[page], theirs) if page in old else [Change(page, "", PAGE, CAME)]
    return found + [Change(page, "", PAGE, WENT) for page in old if page not in new]


def _by_page(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for one in claims:
        found.setdefault(one.page, []).append(one)
    return found


def _of_page(page: str, before: Sequence[Claim], after: Sequence[Claim]) -> list[Change]:
    """Compare the claims of one page, in the order of the newer one."""
    pairs = [*_named_pairs(before, after), *_sentence_pairs(before, after)]
    new, old = ({id(one): place for place, one in enumerate(claims)} for claims in (after, before))
    changes = [change for pair in pairs if (change := _of_pair(page, *pair)) is not None]
    return sorted(changes, key=lambda one: (new[id(one.after)], 0) if one.after else (old[id(one.before)], 1))


Pair = tuple[Claim | None, Claim | None]
Fact = tuple[str, Mapping[str, str]]  # an English sentence, and what stands in its places


def _named_pairs(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match titles, exhibits and listings: by kind and name, then by what they show."""
    old = [one for one in before if one.kind != receipts.SENTENCE]
    new = [one for one in after if one.kind != receipts.SENTENCE]
    pairs: list[Pair] = []
    for same in (_name_of, _data_of, _title_of):
        waiting: dict[object, list[Claim]] = {}
        for one in old:
            waiting.setdefault(same(one), []).append(one)
        for one in list(new):
            key = same(one)
            if key is not None and waiting.get(key):
                found = waiting[key].pop(0)
                old = [other for other in old if other is not found]
                new = [other for other in new if other is not one]
                pairs.append((found, one))
    return [*pairs, *((one, None) for one in old), *((None, one) for one in new)]


def _name_of(claim: Claim) -> object:
    return claim.kind, claim.id


def _data_of(claim: Claim) -> object:
    return (claim.kind, claim.data or claim.table) if claim.data or len(claim.table) > 1 else None


def _title_of(claim: Claim) -> object:
    return claim.kind, claim.text.partition("\n")[0]


def _sentence_pairs(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match sentences: within their cell; what is left over by its very text, since a cell may have another name."""
    old = [one for one in before if one.kind == receipts.SENTENCE]
    new = [one for one in after if one.kind == receipts.SENTENCE]
    # before there were receipts a sentence has no cell that it could be looked for in
    cells = all(one.receipt for one in (*old, *new))
    found: list[Pair] = []
    for cell in dict.fromkeys(_cell(one, cells) for one in (*old, *new)):
        found += _aligned(
            [one for one in old if _cell(one, cells) == cell], [one for one in new if _cell(one, cells) == cell]
        )
    gone = [one for one, other in found if one is not None and other is None]
    come = [other for one, other in found if one is None and other is not None]
    pairs = [pair for pair in found if None not in pair]
    for one in list(gone):
        if same := next((other for other in come if other.text == one.text), None):
            gone, come = [x for x in gone if x is not one], [x for x in come if x is not same]
            pairs.append((one, same))
    return [*pairs, *((one, None) for one in gone), *((None, one) for one in come)]


def _cell(claim: Claim, known: bool) -> str:
    return str(claim.receipt.get("cell", [""])[0]) if known else ""


def _aligned(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match the sentences of a cell: those that are equal, and between them those that are made of the same sentence or are alike."""
    matcher = difflib.SequenceMatcher(None, [one.text for one in before], [one.text for one in after], autojunk=False)
    found: list[Pair] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            found += zip(before[a:b], after[c:d], strict=True)
        else:
            found += _closest(before[a:b], after[c:d])
    return found


def _closest(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match sentences that are not equal: the closest first."""
    scores = []
    for i, one in enumerate(before):
        for j, other in enumerate(after):
            same = _same_sentences(one, other)
            share = difflib.SequenceMatcher(None, one.text, other.text, autojunk=False).ratio()
            if same or share >= _ALIKE:
                scores.append((-same - share, i, j))
    left, right = dict(enumerate(before)), dict(enumerate(after))
    pairs: list[Pair] = []
    for _, i, j in sorted(scores):
        if i in left and j in right:
            pairs.append((left.pop(i), right.pop(j)))
    return [*pairs, *((one, None) for one in left.values()), *((None, one) for one in right.values())]


def _same_sentences(one: Claim, other: Claim) -> bool:
    """Tell whether two texts are made of the same English sentences; without receipts, whether they differ in numbers alone."""
    if _facts(one) and _facts(other):
        return [sentence for sentence, _ in _facts(one)] == [sentence for sentence, _ in _facts(other)]
    return _DIGITS.sub("0", one.text) == _DIGITS.sub("0", other.text)


def _facts(claim: Claim) -> list[Fact]:
    return [(sentence, values) for sentence, values in claim.receipt.get("facts", [])]


def _of_pair(page: str, before: Claim | None, after: Claim | None) -> Change | None:
    if before is None or after is None:
        one = after or before
        assert one is not None
        how = CAME if before is None else WENT
        # what a page was made from comes and goes with how it is written down, not with what is found
        return Change(page, one.id, one.kind, MADE if _provenance(one) else how, before=before, after=after)
    if before == after:
        return None
    found = (
        _of_sentence(page, before, after)
        if before.kind in (receipts.SENTENCE, receipts.TITLE)
        else _of_part(page, before, after)
    )
    if found.parts and not _provenance(after):
        return found
    notes = tuple(_made(before.receipt, after.receipt))
    if found.picture == RENDERING:
        notes = ("the picture is rendered otherwise", *notes)
    if not notes and not found.parts:
        return None
    return Change(page, after.id, after.kind, MADE, before=before, after=after, notes=notes)


def _provenance(claim: Claim) -> bool:
    """Tell whether a claim only says what was read to make the page."""
    name, ending = _PROVENANCE
    return name in claim.receipt.get("functions", [])[:1] or (
        claim.kind == receipts.LISTING and claim.id.endswith(ending)
    )


def _of_sentence(page: str, before: Claim, after: Claim) -> Change:
    values: tuple[ValueChange, ...] = ()
    parts = set[str]()
    if before.text != after.text:
        values = tuple(_value_changes(before, after))
        parts = {VALUES} if values else {WORDS}
        if not _same_sentences(before, after):
            parts.add(WORDS)
    elif _digest(before) and _digest(after) and _digest(before) != _digest(after):
        parts = {SORT}  # the digest holds the kind of the paragraph too
    return Change(page, after.id, after.kind, CHANGED, frozenset(parts), before, after, values=values)


def _digest(claim: Claim) -> str:
    return str(claim.receipt.get("digests", {}).get("text", ""))


def _value_changes(before: Claim, after: Claim) -> list[ValueChange]:
    """List the values in a sentence that changed, by their names; where it has no receipt, numbers that are gone or new."""
    old, new = _facts(before), _facts(after)
    found = list(_named_values(old, new)) if old and new else []
    if found or (old and new and not _same_sentences(before, after)):
        return found
    a, b = _DIGITS.findall(before.text), _DIGITS.findall(after.text)
    if len(a) == len(b):
        return [ValueChange("", one, other) for one, other in zip(a, b, strict=True) if one != other]
    gone, come = Counter(a) - Counter(b), Counter(b) - Counter(a)
    return [ValueChange("", one, "") for one in gone.elements()] + [ValueChange("", "", one) for one in come.elements()]


def _named_values(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[ValueChange]:
    """Compare the values of the statements that a text is made of; a statement in other words has the same values by their names."""
    matcher = difflib.SequenceMatcher(None, [one for one, _ in old], [one for one, _ in new], autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal" or [sorted(values) for _, values in old[a:b]] == [sorted(values) for _, values in new[c:d]]:
            for (_, values), (_, others) in zip(old[a:b], new[c:d], strict=True):
                names = [name for name in others if values[name] != others[name]]
                yield from (ValueChange(name, values[name], others[name]) for name in names)
        else:
            yield from (ValueChange(name, value, "") for _, values in old[a:b] for name, value in values.items())
            yield from (ValueChange(name, "", value) for _, values in new[c:d] for name, value in values.items())


def _of_part(page: str, before: Claim, after: Claim) -> Change:
    """Compare two exhibits, or two listings."""
    parts = {NAME} if before.id != after.id else set[str]()
    points = tuple(data_changes(before.data, after.data))
    rows = tuple(table_changes(before.table, after.table)) if before.table != after.table else ()
    lines = tuple(_changed_lines(before, after))
    picture = SAME
    for a, b in ((before.wide, after.wide), (before.narrow, after.narrow)):
        if (difference := picture_difference(a, b)) != SAME and picture != DIFFERS:
            picture = difference
    parts |= {name for name, changed in ((DATA, points), (TABLE, rows), (WORDS, lines)) if changed}
    if picture == DIFFERS or (picture == RENDERING and points):
        parts.add(PICTURE)
    return Change(page, after.id, after.kind, CHANGED, frozenset(parts), before, after, points=points, rows=rows, lines=lines,
                  picture=picture)  # fmt: skip


def _changed_lines(before: Claim, after: Claim) -> Iterator[tuple[str, str, str]]:
    """Give the words of an exhibit or a listing that changed, with the name of their part."""
    old, new = _parts_of(before), _parts_of(after)
    for name in dict.fromkeys([*new, *old]):
        matcher = difflib.SequenceMatcher(None, old.get(name, []), new.get(name, []), autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what != "equal":
                yield name, "\n".join(old.get(name, [])[a:b]), "\n".join(new.get(name, [])[c:d])


def _parts_of(claim: Claim) -> dict[str, list[str]]:
    """Name the words of an exhibit by their order: title, notes, source, caption of the table (the title again), alternative text."""
    lines = claim.text.split("\n")
    if claim.kind != receipts.EXHIBIT:
        return {"caption": lines}
    if len(lines) < 4:
        return {"words": lines}
    return {"title": lines[:1], "note": lines[1:-3], "source": lines[-3:-2], "alternative text": lines[-1:]}


def _made(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Say from what other data, and by which other functions, the same claim was made."""
    if not before or not after:
        return
    old, new = _slices(before), _slices(after)
    for place in dict.fromkeys([*new, *old]):
        rows, now = old.get(place), new.get(place)
        if rows is None or now is None:
            yield f"{place}: {'no longer read' if now is None else 'read now'}"
        elif rows[1] != now[1]:
            yield f"{place}: " + (
                f"{rows[0]} rows became {now[0]}" if rows[0] != now[0] else f"other content in its {now[0]} rows"
            )
    if before.get("functions") != after.get("functions"):
        yield f"made by {', '.join(after.get('functions', []))}"


def _slices(receipt: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Give rows and digest of each slice that was read, where the receipt holds them and not only their places in the list of its page."""
    found = {}
    for one in receipt.get("read", []):
        if not isinstance(one, int):
            reading = provenance.unpacked(one)
            found[f"{reading.source}, {reading.text}" if reading.text else reading.source] = (
                reading.rows,
                reading.digest,
            )
    return found
