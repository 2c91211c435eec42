"""The reader's language: sentences by gettext, numbers, dates, lists and names of countries by Babel (CLDR)."""

import contextlib
import datetime
import gettext
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd
from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from analysis import library, paths, provenance, tables
from analysis.config import SOURCE_LANGUAGE
from analysis.errors import MissingTranslation

_ENGLISH = Locale.parse(SOURCE_LANGUAGE)
_EN_DASH = "\N{EN DASH}"


NOTES = " | "  # between the notes on one row
# what `study gaps --import` leaves in a note: where the answer to a question stands; the rest is as somebody typed it
ANSWERED = re.compile(
    r"(?:[^:]+: r|R)eport of the edition, page (?P<page>[^;(]+?)(?P<note>; .*?)? \(evidence request (?P<item>\S+)\)\.?$"
)


# what is the same in every language: addresses, names of licences with their version, dates and numbers
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:|doi:)\S+|\b10\.\d{4,}/\S+|\S+@\S+\.\w+")
_LICENCE = re.compile(
    r"\b(?:CC0|CC[ -]BY(?:[ -](?:NC|SA|ND))*|ODbL|ODC[ -](?:By|BY)|PDDL|OGL(?:[ -]UK)?|[AL]?GPL|MIT|BSD|Apache|EUPL|MPL|NLOD|IODL"
    r"|dl-de/(?:by|zero)|Etalab)(?:[ -](?:v?\d[\d.-]*|IGO|International|Clause))*(?![\w-])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b[^\W\d_]{0,2}\d[\w.:/–-]*")  # 2024-06-27, v2.1, 2023-Q4
_LICENCE_TITLE = re.compile(r"Creative Commons|\b(?:Licen[cs]e|Lizenz|Licencia|Licença|Licenza)\b")
_TITLE_WORD = re.compile(r"[^\Wa-z_]|v\d|(?:of|for|and|de|du|la|y|e)$")


def is_sentence(text: str) -> bool:
    """Say whether a text of the data has words to translate; dates, numbers, licences and addresses have none."""
    if _LICENCE_TITLE.search(text) and all(_TITLE_WORD.match(word) for word in re.findall(r"[\w.]+", text)):
        return False
    rest = text
    for same in (_ADDRESS, _LICENCE, _NUMBER):
        rest = same.sub(" ", rest)
    return rest == text or bool(re.search(r"[^\W\d_]", rest))


class _Gathering(gettext.NullTranslations):
    """Stands for a catalogue, and gathers the texts that it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        """Let a sentence pass in English."""
        self.texts.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Let a sentence pass in English; it is known by its plural."""
        self.texts.add(msgid2)
        return msgid1 if n == 1 else msgid2


_gathering: dict[str, _Gathering] = {}


@contextlib.contextmanager
def gathered_texts(code: str) -> Iterator[set[str]]:
    """Gather all texts that are said in a language for a while; none of them needs a translation meanwhile."""
    _gathering[code] = _Gathering()
    language.cache_clear()
    try:
        yield _gathering[code].texts
    finally:
        del _gathering[code]
        language.cache_clear()


class _Missing(gettext.NullTranslations):
    """Stands behind a catalogue, so that no sentence stays in English unnoticed."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang

    def gettext(self, message: str) -> str:
        """Refuse a sentence that the catalogue does not have."""
        raise MissingTranslation(
            f"{paths.shown(library.catalogue_file(self._lang))} has no translation of “{message}”. Run `study translations`, fill it in."
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Refuse a sentence that the catalogue does not have."""
        return self.gettext(msgid2)


@lru_cache(maxsize=8)
def _catalogue(lang: str) -> gettext.NullTranslations:
    """Read the catalogue of a language; what is fuzzy or empty in it counts as missing."""
    messages: gettext.NullTranslations = _Missing(lang)
    for file in library.catalogues(lang):
        compiled = io.BytesIO()
        write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=lang))
        compiled.seek(0)
        above = gettext.GNUTranslations(compiled)
        above.add_fallback(messages)
        messages = above
    return messages


@dataclass(frozen=True)
class Language:
    """Everything that depends on the language of the reader.

    English is the language of the source text, so it needs no catalogue; every other language has one in
    `analysis/locale/<code>.po`, and a sentence that it lacks raises `MissingTranslation`.
    """

    code: str

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.code)

    @cached_property
    def _messages(self) -> gettext.NullTranslations:
        if self.code in _gathering:
            return _gathering[self.code]
        return gettext.NullTranslations() if self.code == SOURCE_LANGUAGE else _catalogue(self.code)

    def say(self, sentence: str, **values: object) -> str:
        """Translate a sentence and fill in its `{names}`."""
        return provenance.say(self._messages.gettext(sentence).format(**values), sentence, values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """Translate a sentence in the grammatical number of `n`; `{n}` is filled in with the number."""
        given = {"n": self.number(n), **values}
        return provenance.say(self._messages.ngettext(one, many, n).format(**given), many, given)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with a fixed number of decimals, as the language groups and points it."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        rounded = round(value, decimals) + 0.0  # no minus sign before a zero
        return str(numbers.format_decimal(rounded, format=pattern, locale=self._locale))

    def percent(self, value: float, decimals: int = 0) -> str:
        """Write a value that counts in hundredths, 75 say, as a percentage."""
        pattern = str(numbers.format_percent(0, locale=self._locale))  # "0%", "0 %", or "% 0"
        return pattern.replace("0", self.number(value, decimals))

    def within(self, label: str) -> str:
        """Write a label as it stands within a sentence: its first letter small, unless it is a name or an abbreviation."""
        second = label.partition(" ")[2]
        name = label[1:2].isupper() or label[1:2] in "&+-0123456789" or second[:1].isupper()
        return label if name else label[:1].lower() + label[1:]

    def years(self, first: int, last: int) -> str:
        """Write a year or a span of years; years are never grouped by thousands."""
        return str(first) if first == last else f"{first}{_EN_DASH}{last}"

    def listed(self, items: Iterable[str]) -> str:
        """Join names as a list in a sentence."""
        text = str(lists.format_list(list(items), style="standard", locale=self._locale))
        return re.sub(r" y (?=h?[ií](?![aeou]))", " e ", text, flags=re.IGNORECASE) if self.code == "es" else text

    def chained(self, clauses: Iterable[str]) -> str:
        """Join clauses of a sentence, each a list or a sentence of its own."""
        return self.say("; ").join(clauses)

    def translated(self, text: Any) -> str:
        """Translate a text of the data through the catalogue; what is missing stays empty, what is no sentence as it is."""
        if pd.isna(text) or text == "":
            return ""
        return self._messages.gettext(str(text)) if is_sentence(str(text)) else str(text)

    def note(self, text: Any) -> str:
        """Translate a note of the data on how a row is known; parts that an answer to a question left name their page."""
        parts = [] if pd.isna(text) else str(text).split(NOTES)
        return " ".join(self._note(part).rstrip(".") + "." for part in parts)

    def _note(self, part: str) -> str:
        if found := ANSWERED.match(part):
            page = self.say("Report of the edition, page {page}", page=found["page"])
            return f"{page}{found['note'] or ''} ({found['item']})"
        return self.translated(part)

    def language_name(self, code: str) -> str:
        """Name a language, as CLDR does; where it lacks the name, the catalogue has it."""
        name: str | None = self._locale.languages.get(code)
        return name or self.translated(_ENGLISH.languages[code])

    def date(self, iso: str) -> str:
        """Write a date of ISO 8601 as far as it is known: a year, a month, a day, or an interval of them with a slash."""
        return f" {_EN_DASH} ".join(self._date(part) for part in iso.split("/"))

    def _date(self, iso: str) -> str:
        known = len(iso.split("-"))
        if known == 1:
            return iso
        day = datetime.date.fromisoformat(iso if known == 3 else f"{iso}-01")
        if known == 3:
            return str(dates.format_date(day, "long", locale=self._locale))
        return str(dates.format_skeleton("yMMMM", day, locale=self._locale))

    def city(self, name: str) -> str:
        """Name a city: in this language where the catalogue has its name (as for participants), else as it is."""
        try:
            return self.translated(name)
        except MissingTranslation:
            return name

    def country(self, iso3: str) -> str:
        """Name a country, as CLDR does; where it lacks the name, the catalogue has it."""
        iso2 = _iso2()[iso3]
        name: str | None = self._locale.territories.get(iso2)
        return name or self.translated(_ENGLISH.territories.get(iso2, iso3))

    def text(self, row: "pd.Series[Any]", column: str) -> str:
        """Give the text of a row in this language, `<column>_<code>`; where there is none, the catalogue translates the English.

        The column of a term is its language alone: `en`.
        """
        value = row.get(f"{column}_{self.code}".lstrip("_"))
        if not pd.isna(value):
            return str(value)
        return self.translated(row[f"{column}_{SOURCE_LANGUAGE}".lstrip("_")])


def unnamed_by_cldr(code: str) -> list[str]:
    """Give the English names of countries and languages for which CLDR has none in a language: the catalogue names them.

    Raises
    ------
    MissingTranslation
        Where CLDR does not know the language.
    """
    try:
        own = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        raise MissingTranslation(
            f"data/study.yml, languages: CLDR knows no language '{code}', so numbers and dates cannot be written in it. "
            "Expected: its code of two letters, pt say; of three where it has none of two."
        ) from None
    codes = _iso2() if "countries" in tables.descriptors() else {}
    names = [_ENGLISH.territories.get(iso2, iso3) for iso3, iso2 in codes.items() if iso2 not in own.territories]
    spoken_languages = library.extended("spoken_languages")
    spoken = spoken_languages() if spoken_languages else set()
    return names + [_ENGLISH.languages[one] for one in sorted(spoken) if one not in own.languages]


@provenance.cached
def _iso2() -> dict[str, str]:
    frame = tables.read("countries")
    return dict(zip(frame["iso3"], frame["iso2"], strict=True))


def preload(code: str) -> None:
    """Read the catalogue of a language and its names of months, so that processes forked from this one have them."""
    words = language(code)
    _ = words._messages, words.date("2017-01")


@lru_cache(maxsize=8)
def language(code: str) -> Language:
    """Give a language by its code."""
    return Language(code)
