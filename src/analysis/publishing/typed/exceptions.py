"""Numbers that may stand in prose though nothing computes them: declared in `exceptions.yml`, each with its kind and why."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis import config, files, paths
from analysis.errors import InvalidData, did_you_mean
from analysis.publishing.typed import numerals
from analysis.publishing.typed.numerals import Numeral, find

SHOWN = "book/exceptions.yml"
ALL = "all"  # texts that are the same in every language
KINDS = {
    "name": "a name, a licence, a standard",
    "title": "a title that is quoted",
    "year": "a year that belongs to a name",
    "section": "the number of a section",
    "measure": "part of the definition of a measure or a method",
    "unit": "part of the name of a unit",
    "scale": "the ends of a scale",
    "form": "how many parts something has, which the text goes on to show or a test holds",
}


@dataclass(frozen=True)
class Declared:
    """A text with a number in it that is declared.

    Parameters
    ----------
    text, lang
        The text, and its language, or `all`.
    kind, why
        What kind of exception it is (`KINDS`), and the reason.
    places
        Patterns of the files in which it may stand; everywhere where there is none.
    """

    text: str
    lang: str
    kind: str
    why: str
    places: tuple[str, ...] = ()

    def within(self, text: str, lang: str, file: str) -> list[tuple[int, int]]:
        """Give the places in a text at which this one stands."""
        if self.lang not in (ALL, lang) or (self.places and not any(fnmatch.fnmatch(file, one) for one in self.places)):
            return []
        return [found.span() for found in _pattern(self.text).finditer(text)]


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, text.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


@dataclass
class Exceptions:
    """All that is declared, and what of it was needed."""

    declared: Sequence[Declared]
    used: set[Declared] = field(default_factory=set)

    def left(self, text: str, lang: str, file: str) -> list[Numeral]:
        """Give the numbers of a text that nothing declares."""
        found = find(text, lang)
        if not found:
            return []
        spans = []
        for one in self.declared:
            for span in one.within(text, lang, file):
                spans.append(span)
                self.used.add(one)
        return [one for one in found if not any(start <= one.start and one.end <= end for start, end in spans)]

    def unused(self, languages: Sequence[str]) -> list[Declared]:
        """List what no text of the languages needs any more."""
        return [one for one in self.declared if one.lang in (ALL, *languages) and one not in self.used]


def file_of_study() -> Path:
    """Give the file in which a study declares them; it may have none."""
    return paths.root() / SHOWN


def load(file: Path | None = None) -> Exceptions:
    """Read what is declared.

    Raises
    ------
    InvalidData
        Where an entry is not of the form described at the head of the file, or would let every number pass.
    """
    file = file or file_of_study()
    entries = (files.yaml_of(file) if file.is_file() else None) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidData(f"{SHOWN} must be a list of entries, each with kind, why and texts.")
    return Exceptions([one for number, entry in enumerate(entries, 1) for one in _declared(number, entry)])


def _declared(number: int, entry: Mapping[str, Any]) -> list[Declared]:
    place, languages = f"{SHOWN}, entry {number}", list(config.load().languages)
    keys = ["kind", "why", "in", "texts", *languages]
    for key in entry:
        if key not in keys:
            raise InvalidData(f"{place}: there is no '{key}'.{did_you_mean(str(key), keys)} Known: {', '.join(keys)}.")
    kind, why = entry.get("kind"), str(entry.get("why", "")).strip()
    if kind not in KINDS:
        known = "; ".join(f"{name} ({what})" for name, what in KINDS.items())
        raise InvalidData(f"{place}: the kind '{kind}' is not known. Known: {known}.")
    if not why:
        raise InvalidData(f"{place} does not say why. Give its reason as `why`.")
    places = tuple(_texts(place, "in", entry.get("in", [])))
    found = []
    for key in ("texts", *languages):
        lang = ALL if key == "texts" else key
        for text in _texts(place, key, entry.get(key, [])):
            _check(place, text, lang, kind)
            found.append(Declared(text, lang, kind, why, places))
    if not found:
        raise InvalidData(f"{place} declares nothing. Give it `texts`, or texts by language ({', '.join(languages)}).")
    return found


def _texts(place: str, key: str, value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise InvalidData(
            f"{place}: '{key}' must be a text or a list of texts; put quotes around what looks like a number."
        )
    return [str(one) for one in found]


def _check(place: str, text: str, lang: str, kind: str) -> None:
    """Refuse a text without a number, and one that is nothing but a number; a unit may be one in words, million say."""
    numbers = find(text, "en" if lang == ALL else lang)
    rest = text
    for one in reversed(numbers):
        rest = rest[: one.start] + rest[one.end :]
    if not numbers:
        raise InvalidData(f"{place}: “{text}” has no number, so it needs no exception. Delete it.")
    if not re.search(r"[^\W\d_]", rest) and (kind != "unit" or numerals.digits(text)):
        raise InvalidData(f"{place}: “{text}” is nothing but a number. Declare it with the words that it stands with.")
