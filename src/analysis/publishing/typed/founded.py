"""Numbers of what is executed: each number that a page shows in a sentence or around an exhibit, traced to its facts.

A receipt holds the sentences that a text is made of, with the values of their `{places}` (`analysis.receipts`). A number of the text
must be one of these values, or a number of the sentence itself, which was searched before (`analysis.publishing.typed`); or it stands
in a text of a table, where it belongs to its source. What an exhibit says may also stand in its table, and what a title says in the
parameters.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nbformat

from analysis import receipts, tables, translations
from analysis.config import SOURCE_LANGUAGE
from analysis.publishing import claims
from analysis.publishing.typed import numerals

Fact = Sequence[Any]  # an English sentence, and the values of its places
# names and titles of other works, as they are: no column that is translated
_QUOTED = {"sources": ("publisher", "title", "citation"), "editions": ("title_en", "title_es", "title_fr")}


@dataclass(frozen=True)
class Unfounded:
    """Numbers of a text that come from none of its facts.

    Parameters
    ----------
    claim
        Name of the exhibit, or of the sentence, with its page.
    text
        The text.
    numbers
        The numbers, as they are written.
    """

    claim: str
    text: str
    numbers: tuple[str, ...]


def in_notebook(notebook: nbformat.NotebookNode, page: str) -> list[Unfounded]:
    """List the numbers of sentences, exhibits and titles of an executed notebook that come from no fact."""
    parameters: dict[str, Any] = notebook.metadata["papermill"]["parameters"]
    lang, found = parameters.get("lang", SOURCE_LANGUAGE), []
    for claim in claims.of_notebook(notebook, page):
        facts = claim.receipt.get("facts", [])
        if claim.kind == receipts.SENTENCE:
            found += _in_sentence(claim, facts, lang)
            continue
        shown = [cell for row in claim.table for cell in row] if claim.kind == receipts.EXHIBIT else []
        shown += map(str, parameters.values()) if claim.kind == receipts.TITLE else []
        known = {one.value for text in shown for one in _digits(text)} | set(_of_facts(facts, lang))
        for text in claim.text.split("\n"):
            found += _unfounded(claim, text, [one for one in _digits(text) if one.value not in known], lang)
    return found


def _in_sentence(claim: claims.Claim, facts: Iterable[Fact], lang: str) -> list[Unfounded]:
    """Find the numbers of a sentence that are none of its facts; each value stands for as many numbers as there are places for it."""
    known, left = Counter(_of_facts(facts, lang)), []
    for one in _digits(claim.text):
        if known[one.value]:
            known[one.value] -= 1
        else:
            left.append(one)
    return list(_unfounded(claim, claim.text, left, lang))


def _digits(text: str) -> list[numerals.Numeral]:
    """Find the numbers in digits of a text as it is read from a page; words are searched where they are written."""
    return numerals.find(numerals.sentence(_plain(text)), "")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _of_facts(facts: Iterable[Fact], lang: str) -> Iterator[str]:
    """Give the numbers of facts, as often as the sentences show them."""
    for sentence, values in facts:
        shown = _translation(sentence, lang)
        yield from (one.value for one in _digits(shown))
        for name, value in values.items():
            yield from [one.value for one in _digits(str(value))] * max(1, shown.count(f"{{{name}}}"))


def _unfounded(claim: claims.Claim, text: str, left: Sequence[numerals.Numeral], lang: str) -> Iterator[Unfounded]:
    """Leave out the numbers that stand in a text of a table, or in a sentence without values."""
    spans = [span for said in _said(lang) for span in _spans(said, _plain(text).lower())] if left else []
    numbers = tuple(one.text for one in left if not any(a <= one.start and one.end <= b for a, b in spans))
    if numbers:
        yield Unfounded(claim.address, text, numbers)


def _spans(said: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(said)
    while start >= 0:
        yield start, start + len(said)
        start = text.find(said, start + 1)


@lru_cache(maxsize=4)
def _said(lang: str) -> tuple[str, ...]:
    """Give all texts with numbers and without values that may stand in a page, in small letters and without a full stop."""
    if lang == SOURCE_LANGUAGE:
        found = [text for text, _ in translations.wanted() if isinstance(text, str)]
    else:
        found = [message.string for message in translations.catalogue(lang) if isinstance(message.string, str)]
    for name in _QUOTED.keys() & tables.descriptors().keys():
        frame, columns = tables.read(name), _QUOTED[name]
        found += [str(text) for column in columns if column in frame for text in frame[column].dropna()]
    kept = {_plain(text).rstrip(".").lower() for text in found if numerals.digits(text) and "{" not in text}
    return tuple(sorted(kept, key=lambda text: (-len(text), text)))


@lru_cache(maxsize=4096)
def _translation(sentence: str, lang: str) -> str:
    message = None if lang == SOURCE_LANGUAGE else _by_sentence(lang).get(sentence)
    string = message.string if message is not None else sentence
    return string if isinstance(string, str) else max(string, key=len)


@lru_cache(maxsize=4)
def _by_sentence(lang: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for message in translations.catalogue(lang):
        for text in [message.id] if isinstance(message.id, str) else message.id:
            found[text] = message
    return found
