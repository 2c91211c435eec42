"""The comparer of pages: their claims, matched and told apart by meaning.

What a claim was made from (its receipt) is no part of its meaning: where nothing else changed, the
difference is `made`.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from analysis import provenance
from analysis.publishing.claims import Claim
from analysis.receipts import EXHIBIT, LISTING, SENTENCE, TITLE
from analysis.review.pictures import DIFFERS, RENDERING, SAME, picture_difference
from analysis.review.rows import CAME, CHANGED, WENT, Detail, data_details, table_details

PAGE, FILE, CELL = "page", "file", "cell"  # kinds besides those of claims
MADE = "made"  # how a claim changed that says the same, besides `came`, `went`, `changed` and `rendering`
# what of it changed
NAME, VALUES, WORDS, DATA, PICTURE, TABLE, SORT, RECEIPT = (
    "name", "values", "words", "data", "picture", "table", "sort", "receipt",
)  # fmt: skip
_MEANINGS = {
    NAME: "other name", DATA: "other data", PICTURE: "drawn differently", TABLE: "other table",
    VALUES: "other values", WORDS: "other wording", SORT: "another kind of paragraph", RECEIPT: "other receipt",
}  # fmt: skip
_DIGITS = re.compile(r"\d+(?:[.,\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]\d+)*")
_ALIKE = 0.5  # share of letters in common from which a sentence is another wording of one
# what only says from what a page was made; it stands on the page, but is no finding of it
_PROVENANCE = ("analysis.chapters.common.Base.provenance", "-readings")

Pair = tuple[Claim | None, Claim | None]
Fact = tuple[str, Mapping[str, str]]  # an English sentence, and what stands in its places


@dataclass(frozen=True)
class Difference:
    """Something that differs between two builds, with its place.

    Parameters
    ----------
    page
        Page of a claim, notebook of a cell, or file.
    kind, id
        As in a claim, the newer one where there are two; `page`, `file` or `cell` for what is no
        claim.
    how
        `came`, `went` or `changed`; `made` where the meaning is the same, but not what it was made
        from; `rendering` where numbers and drawing are the same and a picture is rendered
        otherwise.
    details
        What of it differs, part by part.
    texts
        The sentence as it stood and as it stands; of an exhibit or a listing, its title.
    pictures
        Both pictures (SVG), where they differ; empty for one that is not there.
    cell
        Number of its cell in the template, where that is known.
    what
        What differs in a file, in words.
    notes
        Sentences to tell with it.
    """

    page: str
    kind: str
    id: str
    how: str
    details: tuple[Detail, ...] = ()
    texts: tuple[str, str] = ("", "")
    pictures: tuple[bytes, bytes] | None = None
    cell: int | None = None
    what: str = ""
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> set[str]:
        """Name what of it differs."""
        return {detail.part for detail in self.details}

    @property
    def place(self) -> str:
        """Name page and cell."""
        return self.page if self.cell is None else f"{self.page}, cell {self.cell}"

    @property
    def subject(self) -> str:
        """Name the claim; empty for a file or a page."""
        return {TITLE: TITLE, PAGE: "", FILE: "", CELL: ""}.get(self.kind, f"{self.kind} '{self.id}'")

    @property
    def meaning(self) -> str:
        """Say in a few words how it changed."""
        if self.what:
            return self.what
        if self.how == RENDERING:
            return "same numbers, picture differs by rendering"
        if self.how == MADE:
            return _MEANINGS[RECEIPT]
        if self.how != CHANGED:
            return self.how
        words = [text for part, text in _MEANINGS.items() if part in self.parts]
        drawn = next((detail for detail in self.details if detail.part == PICTURE), None)
        if drawn and DATA not in self.parts:
            others = [_MEANINGS[part] for part in _MEANINGS if part in self.parts - {PICTURE}]
            return ", ".join([f"same numbers, drawn differently{_drawn_alike(drawn)}", *others])
        if VALUES in self.parts and self._only_numbers():
            words[words.index(_MEANINGS[VALUES])] = "other numbers"
        return f"{words[0]} only" if self.kind == SENTENCE and len(words) == 1 else ", ".join(words)

    def _only_numbers(self) -> bool:
        values = [detail.before + detail.after for detail in self.details if detail.part == VALUES]
        return all(any(map(str.isdigit, value)) for value in values)


def _drawn_alike(drawn: Detail) -> str:
    """Say whether pictures of the same data have the same lines, areas and texts."""
    if not drawn.before or not drawn.after:
        return ""
    same = drawn.before == drawn.after
    return " (the same lines and texts: colours or layout changed)" if same else " (other lines or texts)"


def compare_claims(before: Sequence[Claim], after: Sequence[Claim], *, exact: bool = False) -> list[Difference]:
    """Compare the claims of a page.

    Exhibits and listings are matched by their name, or, where it changed, by what they show;
    sentences within their cell. With `exact`, as for two builds of the same sources, all are
    matched by their names alone, and receipts count too.

    Returns
    -------
    list of Difference
        Empty for the same claims; in the order of the newer page, what went last.
    """
    if exact:
        pairs = _equal_pairs(before, after, _name_of)
    else:
        pairs = _equal_pairs(_named(before), _named(after), _name_of, _data_of, _title_of)
        pairs += _sentence_pairs(_spoken(before), _spoken(after))
    old, new = ({id(claim): place for place, claim in enumerate(claims)} for claims in (before, after))
    pairs.sort(key=lambda pair: (0, new[id(pair[1])]) if pair[1] else (1, old[id(pair[0])]))
    return [difference for pair in pairs if (difference := _pair_difference(*pair, exact)) is not None]


# matching


def _named(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.kind != SENTENCE]


def _spoken(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if claim.kind == SENTENCE]


def _steps(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Say how a list of texts becomes another: what, and where in both."""
    return difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _equal_pairs(before: Sequence[Claim], after: Sequence[Claim], *same: Callable[[Claim], object]) -> list[Pair]:
    """Match claims of which something is the same: what comes first is tried first."""
    old, new, pairs = list(before), list(after), list[Pair]()
    for key in same:
        waiting: dict[object, list[Claim]] = {}
        for claim in old:
            waiting.setdefault(key(claim), []).append(claim)
        matched = [(claim, waiting[key(claim)].pop(0)) for claim in new if key(claim) and waiting.get(key(claim))]
        taken = {id(claim) for pair in matched for claim in pair}
        old, new = ([claim for claim in claims if id(claim) not in taken] for claims in (old, new))
        pairs += [(claim, other) for other, claim in matched]
    return [*pairs, *((claim, None) for claim in old), *((None, claim) for claim in new)]


def _name_of(claim: Claim) -> object:
    return claim.kind, claim.id


def _data_of(claim: Claim) -> object:
    return (claim.kind, claim.data or claim.table) if claim.data or len(claim.table) > 1 else None


def _title_of(claim: Claim) -> object:
    return claim.kind, claim.text.partition("\n")[0]


def _text_of(claim: Claim) -> object:
    return claim.text


def _sentence_pairs(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match sentences: within their cell."""
    # before there were receipts a sentence has no cell that it could be looked for in
    known = all(claim.receipt for claim in (*before, *after))
    pairs = list[Pair]()
    for cell in dict.fromkeys(_cell_name(claim, known) for claim in (*before, *after)):
        pairs += _aligned_pairs(
            [claim for claim in before if _cell_name(claim, known) == cell],
            [claim for claim in after if _cell_name(claim, known) == cell],
        )
    gone = [old for old, new in pairs if old is not None and new is None]
    come = [new for old, new in pairs if new is not None and old is None]
    return [*(pair for pair in pairs if None not in pair), *_equal_pairs(gone, come, _text_of)]


def _cell_name(claim: Claim, known: bool) -> str:
    return str(claim.receipt.get("cell", [""])[0]) if known else ""


def _aligned_pairs(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match the sentences of a cell: equal ones, and between them those that are alike."""
    pairs = list[Pair]()
    for what, a, b, c, d in _steps([claim.text for claim in before], [claim.text for claim in after]):
        equal = what == "equal"
        pairs += zip(before[a:b], after[c:d], strict=True) if equal else _closest_pairs(before[a:b], after[c:d])
    return pairs


def _closest_pairs(before: Sequence[Claim], after: Sequence[Claim]) -> list[Pair]:
    """Match sentences that are not equal: the closest first."""
    scores = []
    for i, claim in enumerate(before):
        for j, other in enumerate(after):
            same = _same_sentences(claim, other)
            share = difflib.SequenceMatcher(None, claim.text, other.text, autojunk=False).ratio()
            if same or share >= _ALIKE:
                scores.append((-same - share, i, j))
    old, new, pairs = dict(enumerate(before)), dict(enumerate(after)), list[Pair]()
    for _, i, j in sorted(scores):
        if i in old and j in new:
            pairs.append((old.pop(i), new.pop(j)))
    return [*pairs, *((claim, None) for claim in old.values()), *((None, claim) for claim in new.values())]


def _same_sentences(claim: Claim, other: Claim) -> bool:
    """Tell whether two texts are made of the same English sentences."""
    if _facts(claim) and _facts(other):
        return [sentence for sentence, _ in _facts(claim)] == [sentence for sentence, _ in _facts(other)]
    return _DIGITS.sub("0", claim.text) == _DIGITS.sub("0", other.text)


def _facts(claim: Claim) -> list[Fact]:
    return [(sentence, values) for sentence, values in claim.receipt.get("facts", [])]


# telling apart


def _pair_difference(before: Claim | None, after: Claim | None, exact: bool) -> Difference | None:
    claim = after or before
    assert claim is not None
    place = Difference(claim.page, claim.kind, claim.id, MADE, cell=claim.receipt.get("cell", ["", None])[1])
    # what a page was made from comes and goes with how it is written down, not with what is found
    listed = _is_provenance(claim) and not exact
    texts = _shown_texts(before, after)
    if before is None or after is None:
        how = CAME if before is None else WENT
        pictures = (before.narrow if before else b"", after.narrow if after else b"") if claim.narrow else None
        return replace(place, how=MADE if listed else how, texts=texts, pictures=pictures)
    if before == after:
        return None
    drawn, pictures = _drawn(before, after)
    details = tuple(_meaning_details(before, after, drawn))
    if details and not listed:
        return replace(place, how=CHANGED, details=details, texts=texts, pictures=pictures)
    if exact and (rows := list(_first_row(before, after))):
        what = "the same values in another order, or written otherwise"
        return replace(place, how=CHANGED, details=tuple(rows), what=what)
    changes = tuple((field_details if exact else _receipt_details)(before.receipt, after.receipt))
    if drawn == RENDERING:
        return replace(place, how=RENDERING, details=changes, pictures=pictures)
    if exact and not changes:
        return replace(place, how=CHANGED, what="it is written otherwise")
    return replace(place, details=changes) if changes or details else None


def _meaning_details(before: Claim, after: Claim, drawn: str) -> list[Detail]:
    spoken = before.kind in (SENTENCE, TITLE)
    details = list(_sentence_details(before, after) if spoken else _exhibit_details(before, after))
    if drawn == DIFFERS or (drawn == RENDERING and DATA in {detail.part for detail in details}):
        old, new = (str(claim.receipt.get("digests", {}).get("drawn", "")) for claim in (before, after))
        details.append(Detail(PICTURE, "", "", old, new))
    return details


def _first_row(before: Claim, after: Claim) -> Iterator[Detail]:
    """Give the first row of the download, or of the table, that differs."""
    files = [claim.data.decode("utf-8-sig", errors="replace").splitlines() for claim in (before, after)]
    tables = [[" | ".join(row) for row in claim.table] for claim in (before, after)]
    for part, rows in ((DATA, files), (TABLE, tables)):
        for number, pair in enumerate(zip_longest(*rows, fillvalue=""), start=1):
            if pair[0] != pair[1]:
                yield Detail(part, "", f"row {number}", *pair)
                return


def _shown_texts(before: Claim | None, after: Claim | None) -> tuple[str, str]:
    old, new = (claim.text.partition("\n")[0] if claim else "" for claim in (before, after))
    return old, new


def _is_provenance(claim: Claim) -> bool:
    """Tell whether a claim only says what was read to make the page."""
    name, ending = _PROVENANCE
    listed = claim.kind == LISTING and claim.id.endswith(ending)
    return listed or name in claim.receipt.get("functions", [])[:1]


def _sentence_details(before: Claim, after: Claim) -> Iterator[Detail]:
    if before.text != after.text:
        values = list(_value_details(before, after))
        yield from values
        if not values or not _same_sentences(before, after):
            yield Detail(WORDS, "", "", before.text, after.text)
        return
    old, new = (str(claim.receipt.get("digests", {}).get("text", "")) for claim in (before, after))
    if old and new and old != new:
        yield Detail(SORT, "", "", "", "")  # the digest holds the kind of the paragraph too


def _value_details(before: Claim, after: Claim) -> Iterator[Detail]:
    """List the values in a sentence that changed, by their names."""
    old, new = _facts(before), _facts(after)
    moved = list(_named_values(old, new)) if old and new else []
    if moved or (old and new and not _same_sentences(before, after)):
        yield from moved
        return
    a, b = _DIGITS.findall(before.text), _DIGITS.findall(after.text)
    if len(a) == len(b):
        yield from (Detail(VALUES, "", "", x, y) for x, y in zip(a, b, strict=True) if x != y)
        return
    yield from (Detail(VALUES, "", "", number, "", WENT) for number in (Counter(a) - Counter(b)).elements())
    yield from (Detail(VALUES, "", "", "", number, CAME) for number in (Counter(b) - Counter(a)).elements())


def _named_values(old: Sequence[Fact], new: Sequence[Fact]) -> Iterator[Detail]:
    """Compare the values of the statements of a text."""
    for what, a, b, c, d in _steps([sentence for sentence, _ in old], [sentence for sentence, _ in new]):
        gone, come = ([values for _, values in facts] for facts in (old[a:b], new[c:d]))
        if what == "equal" or list(map(sorted, gone)) == list(map(sorted, come)):
            for before, after in zip(gone, come, strict=True):
                names = [name for name in after if before[name] != after[name]]
                yield from (Detail(VALUES, "", name, before[name], after[name]) for name in names)
        else:
            yield from (Detail(VALUES, "", name, value, "", WENT) for values in gone for name, value in values.items())
            yield from (Detail(VALUES, "", name, "", value, CAME) for values in come for name, value in values.items())


def _exhibit_details(before: Claim, after: Claim) -> Iterator[Detail]:
    """Compare two exhibits, or two listings."""
    if before.id != after.id:
        yield Detail(NAME, "", "", before.id, after.id)
    yield from data_details(before.data, after.data)
    yield from table_details(before.table, after.table)
    old, new = _named_lines(before), _named_lines(after)
    for name in dict.fromkeys([*new, *old]):
        gone, come = old.get(name, []), new.get(name, [])
        for what, a, b, c, d in _steps(gone, come):
            if what != "equal":
                yield Detail(WORDS, "", name, "\n".join(gone[a:b]), "\n".join(come[c:d]))


def _named_lines(claim: Claim) -> dict[str, list[str]]:
    """Name the words of an exhibit by their order; the caption of its table is the title again."""
    lines = claim.text.split("\n")
    if claim.kind != EXHIBIT:
        return {"caption": lines}
    if len(lines) < 4:
        return {"words": lines}
    return {"title": lines[:1], "note": lines[1:-3], "source": lines[-3:-2], "alternative text": lines[-1:]}


def _drawn(before: Claim, after: Claim) -> tuple[str, tuple[bytes, bytes] | None]:
    """Say how the pictures of an exhibit differ, and give those that do: for a phone first."""
    drawn, pictures = SAME, None
    for pair in ((before.narrow, after.narrow), (before.wide, after.wide)):
        if (difference := picture_difference(*pair)) != SAME:
            pictures = pictures or pair
            drawn = difference if drawn != DIFFERS else drawn
    return drawn, pictures


def _receipt_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Detail]:
    """Say from what other data, and by which other functions, the same claim was made."""
    if not before or not after:
        return
    old, new = _slices(before), _slices(after)
    for place in dict.fromkeys([*new, *old]):
        rows, now = old.get(place), new.get(place)
        if rows is None or now is None:
            yield Detail(RECEIPT, place, "no longer read" if now is None else "read now", "", "")
        elif rows[1] != now[1]:
            changed = f"{rows[0]} rows became {now[0]}" if rows[0] != now[0] else f"other content in its {now[0]} rows"
            yield Detail(RECEIPT, place, changed, "", "")
    if before.get("functions") != after.get("functions"):
        yield Detail(RECEIPT, "", f"made by {', '.join(after.get('functions', []))}", "", "")


def field_details(before: object, after: object, place: str = "") -> Iterator[Detail]:
    """Name the fields of two documents (JSON) that differ, with both values."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from field_details(before.get(key), after.get(key), f"{place}, {key}" if place else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, values in enumerate(zip(before, after, strict=True), start=1):
            yield from field_details(*values, f"{place} {number}")
    elif before != after:
        yield Detail(RECEIPT, "", place, _written(before), _written(after))


def _written(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _slices(receipt: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Give rows and digest of each slice that was read, where the receipt holds them."""
    slices = {}
    for entry in receipt.get("read", []):
        if not isinstance(entry, int):
            reading = provenance.unpacked(entry)
            name = f"{reading.source}, {reading.text}" if reading.text else reading.source
            slices[name] = (reading.rows, reading.digest)
    return slices
