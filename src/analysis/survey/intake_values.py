"""Judging a value of an answer: what goes into the answers, or what is expected instead and what to write."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from analysis import answers, tables
from analysis.instrument import Question
from analysis.survey import gaps
from analysis.survey.intake_columns import choices, exactly, letters, shown
from analysis.survey.intake_files import Numeral

LONGEST = 10_000  # characters of a text
_YES = {
    "1",
    "y",
    "yes",
    "x",
    "true",
    "si",
    "oui",
    "o",
    "s",
    "v",
    "on",
    "checked",
    "selected",
    "\u2713",
    "\u2714",
    "\u2611",
    "\u2612",
}
_NO = {"", "0", "n", "no", "non", "false", "off", "unchecked", "notselected"}
_NO_NAME = re.compile(
    r"[^\w\s\-'\u2018\u2019`\u00b4.,/()\u00b7&]"
)  # in the name of a city: a sign of a wrong encoding, say
_BETWEEN = re.compile(r"[\s,;|/]*")
_NEW = re.compile(r"(.+?)\s*\((?:new|nueva|nouvelle)\)", re.IGNORECASE)
_BY_ID = re.compile(r"(?:.*\()?\s*(\d{3,12})\s*\)?")


class Wrong(Exception):
    """A value that is something else than expected, with a suggestion of what to do."""

    def __init__(self, expected: str, suggestion: str = "") -> None:
        super().__init__(expected)
        self.expected, self.suggestion = expected, suggestion


@dataclass(frozen=True)
class Place:
    """The city that answers; `id` is empty where it is not in the table of cities."""

    id: str
    name: str
    iso3: str

    @property
    def response(self) -> str:
        """Give the stable name of its answer."""
        return f"place-{self.id}" if self.id else f"new-{self.iso3.lower()}-{letters(self.name)}"


def line(text: str) -> str:
    """Write a value that is no free text in one line, without what cannot be seen."""
    kept = "".join(one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one) != "Cf")
    return " ".join(kept.split())


def visible(text: str) -> tuple[str, bool]:
    """Keep a text as it was typed; control characters become the sign of replacement. Say whether there were any."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join("\ufffd" if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t" else one for one in text)
    return seen, seen != text


def value(question: Question, typed: str) -> str:
    """Judge what was typed as the answer to a question of any type but city and country."""
    match question.type:
        case "single" | "scale":
            return _single(question, line(typed))
        case "multiple":
            return answers.JOINED.join(_several(question, line(typed)))
        case "number":
            return number(question, typed if isinstance(typed, Numeral) else line(typed))
        case "email":
            return _email(line(typed))
    return _free(typed)


def _free(typed: str) -> str:
    if not typed.strip():
        return ""
    if len(typed) > LONGEST:
        raise Wrong(f"at most {LONGEST:,} characters; this has {len(typed):,}", "Shorten the text")
    return visible(typed)[0]


def _email(typed: str) -> str:
    if typed and not re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}", typed):
        raise Wrong(
            "one e-mail address, name@city.example say", "Ask the city for its address, or leave the cell empty"
        )
    return typed


# -- choices ----------------------------------------------------------------------------------------------------------


def _single(question: Question, typed: str) -> str:
    if not typed:
        return ""
    known = choices(question)
    found = known.get(exactly(typed)) or known.get(letters(typed) or "=", set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise Wrong(f"one of: {shown(question.codes, question)}", f"Write the code: {' or '.join(sorted(found))}")
    raise _unknown(question, typed)


def _several(question: Question, typed: str) -> list[str]:
    """Read chosen codes or wordings in one cell, whatever stands between them; a wording may have commas of its own."""
    if not typed:
        return []
    known = choices(question)
    ways = _ways(typed, known)
    if len(ways) > 1:
        raise Wrong(f"any of: {shown(question.codes, question)}", "Write the codes, with a semicolon between them")
    if not ways:
        pieces = [piece.strip() for piece in re.split(r"[;|]" if re.search("[;|]", typed) else ",", typed)]
        lost = next((one for one in pieces if one and not _ways(one, known)), typed)
        raise _unknown(question, lost)
    chosen = next(iter(ways))
    return [code for code in question.codes if code in chosen]


def _ways(typed: str, known: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Give the ways (two at most) in which a text is a row of names of choices."""
    text = exactly(typed)[1:]
    names = {name[1:]: codes for name, codes in known.items() if name.startswith("=")}
    ends: list[set[frozenset[str]]] = [set() for _ in range(len(text) + 1)]
    ends[_skip(text, 0)].add(frozenset())
    for start in range(len(text)):
        for name, codes in names.items() if ends[start] else ():
            end = start + len(name)
            if text.startswith(name, start) and (end == len(text) or _skip(text, end) > end):
                after = {one | {code} for one in ends[start] for code in codes}
                ends[_skip(text, end)] |= set(sorted(after, key=sorted)[:2])
    if ends[-1]:
        return ends[-1]
    for pieces in ([typed], re.split(r"[;|,]", typed)):  # without its accents and signs
        found = [known.get(letters(piece) or "=", set()) for piece in pieces if piece.strip()]
        if found and all(len(one) == 1 for one in found):
            return {frozenset().union(*found)}
    return set()


def _skip(text: str, start: int) -> int:
    """Go past what may stand between two names."""
    found = _BETWEEN.match(text, start)
    return found.end() if found else start


def ticked(question: Question, choice: str, typed: str) -> bool:
    """Judge the column of one choice."""
    text = line(typed).casefold()
    plain = letters(text) or text
    if plain in _YES or choice in choices(question).get(plain, ()):
        return True
    if plain in _NO:
        return False
    raise Wrong(
        f"in the column of the choice '{choice}': 1, x or yes where it is chosen, else 0 or nothing",
        "Write x, or empty the cell",
    )


def _unknown(question: Question, typed: str) -> Wrong:
    names = {choice.label[lang]: choice.code for choice in question.choices for lang in ("en", "es", "fr")}
    names |= {code: code for code in question.codes}
    near = difflib.get_close_matches(typed.casefold(), [name.casefold() for name in names], n=1)
    code = next((code for name, code in names.items() if near and name.casefold() == near[0]), "")
    many = "any" if question.type == "multiple" else "one"
    suggestion = f"Perhaps: {code}" if code else "Write the code, or empty the cell where it is not known"
    return Wrong(f"{many} of: {shown(question.codes, question)}", suggestion)


# -- numbers ----------------------------------------------------------------------------------------------------------


def number(question: Question, typed: str) -> str:
    """Judge a number; what could be thousands as well as decimals counts only where the range leaves one of them."""
    if not typed:
        return ""
    text = typed.replace("\N{MINUS SIGN}", "-").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    unit = question.unit.strip()
    for ending in sorted({unit, *(["%"] if unit in ("%", "percent") else [])} - {""}, key=len, reverse=True):
        if text.casefold().endswith(ending.casefold()):
            text = text[: -len(ending)].strip()
            break
    found = {Decimal(text)} if isinstance(typed, Numeral) and re.fullmatch(r"-?[\d.]+", text) else _readings(text)
    readings = {one for one in found if _within(question, one)}
    if len(readings) == 1:
        one = readings.pop().normalize()
        return f"{one:f}" if one else "0"
    expected = f"a number{f' ({unit})' if unit else ''}{_range(question)}"
    if readings:
        raise Wrong(
            f"{expected}; it is not clear what the sign in it separates",
            "Write "
            + " or ".join(sorted(f"{one:f}" if one == one.to_integral() else f"{one:f}0" for one in readings))
            + ", whichever is meant",
        )
    raise Wrong(
        expected, "Write digits, with a point or comma before decimals, or empty the cell where it is not known"
    )


def _readings(text: str) -> set[Decimal]:
    """Give every number that a text can be."""
    if re.fullmatch(r"-?\d{1,18}([.,]\d{1,15})?", text, re.ASCII):
        plain = Decimal(text.replace(",", "."))
        whole, _, decimals = re.sub(",", ".", text.lstrip("-")).partition(".")
        if len(decimals) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
            return {plain, Decimal(text.replace(",", "").replace(".", ""))}
        return {plain}
    found = set()
    for thousands, point in ((".", ","), (",", "."), (" ", ","), (" ", "."), ("'", "."), ("'", ",")):
        one = re.escape(thousands)
        if re.fullmatch(rf"-?\d{{1,3}}({one}\d{{3}})+({re.escape(point)}\d{{1,15}})?", text, re.ASCII):
            found.add(Decimal(text.replace(thousands, "").replace(point, ".")))
    return found


def _within(question: Question, one: Decimal) -> bool:
    low, high = question.minimum, question.maximum
    return (low is None or one >= Decimal(str(low))) and (high is None or one <= Decimal(str(high)))


def _range(question: Question) -> str:
    low, high = question.minimum, question.maximum
    words = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
    return "".join(f", {word}" for word in words if word)


# -- places -----------------------------------------------------------------------------------------------------------


def country(typed: str) -> str:
    """Find a country by its name in three languages or its ISO codes."""
    text = line(typed)
    if not text:
        return ""
    known = _countries()
    if (code := known.get(letters(text))) is not None:
        return code
    near = difflib.get_close_matches(letters(text), known, n=1)
    guess = f"Perhaps: {known[near[0]]}" if near else "Write the ISO code of three letters"
    raise Wrong("a country, by its name in Spanish, English or French or by its ISO code", guess)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    known = {letters(name): code for name, code in gaps.names("country").items()}
    iso2 = tables.read("countries")
    return {iso.lower(): iso3 for iso, iso3 in zip(iso2["iso2"], iso2["iso3"], strict=True)} | known


def place(typed: str, iso3: str, geonames: str = "") -> Place:
    """Find a city by its exact name in its country, whatever its accents, by its GeoNames id, or as one that is said to be new."""
    text = line(typed)
    by_id = line(geonames) or (found[1] if (found := _BY_ID.fullmatch(text)) else "")
    if by_id:
        return _of_id(by_id, iso3)
    if not text:
        raise Wrong("the city that answers", "Write its name, or its GeoNames id")
    if not iso3 and "," in text:
        text, _, last = (part.strip() for part in text.rpartition(","))
        iso3 = country(last)
    if not iso3:
        raise Wrong("the country of the city", _suggested(_places().get(letters(text), ()), text))
    if new := _NEW.fullmatch(text):
        if not letters(new[1]) or len(new[1]) > 100:
            raise Wrong("the name of a city", "Write its name, then (new)")
        return Place("", new[1], iso3)
    exact = [] if _NO_NAME.search(text) else _places().get(letters(text), [])
    found_here = [one for one in exact if one.iso3 == iso3]
    if len(found_here) == 1:
        return found_here[0]
    if found_here:
        raise Wrong(f"one city; several in {iso3} are called so", _suggested(found_here, text))
    elsewhere = [one for one in _places().get(letters(text), ()) if one.iso3 != iso3]
    names = {name: many for name, many in _places().items() if any(one.iso3 == iso3 for one in many)}
    near = difflib.get_close_matches(letters(text)[:100], names, n=3, cutoff=0.6)
    candidates = [one for name in near for one in names[name] if one.iso3 == iso3]
    raise Wrong(f"a city of {iso3} in data/places/cities.csv", _suggested([*candidates, *elsewhere], text))


def _of_id(by_id: str, iso3: str) -> Place:
    known = {one.id: one for many in _places().values() for one in many}
    one = known.get(by_id)
    if one is None:
        raise Wrong("the GeoNames id of a city in data/places/cities.csv", "Write the name of the city instead")
    if iso3 and one.iso3 != iso3:
        raise Wrong(f"a city of {iso3}; this id is {one.name} ({one.iso3})", "Mend the country or the id")
    return one


def _suggested(candidates: Iterable[Place], text: str) -> str:
    """Say what to write for each candidate, and where it is none of them."""
    said = [f"{one.id} for {one.name} ({one.iso3})" for one in dict.fromkeys(candidates)][:5]
    ask = f"Write in the cell of the city: {', or '.join(said)}. " if said else ""
    return f"{ask}If it is {'none of them' if said else 'another city'}, write: {text[:60]} (new)"


@lru_cache(maxsize=1)
def _places() -> dict[str, list[Place]]:
    """Give the cities by every name that the tables know, also by other names that GeoNames has of one city of the country alone."""
    cities = tables.read("cities")
    own = {
        row.place_id: Place(str(row.place_id), str(row.name), str(row.iso3)) for row in cities.itertuples(index=False)
    }
    named = [(one.name, one) for one in own.values()]
    for table in ("participants", "good_practices"):  # the names that the study uses
        rows = tables.read(table).dropna(subset=["place_id"]).itertuples(index=False)
        named += [(str(row.city), own[row.place_id]) for row in rows if row.place_id in own]
    other = tables.read("city_matching", rule="alternate_unique", source_id=["sdg_un_2024_360info", "unesco_uccn_2024"])
    named += [
        (re.sub(r" \([^()]*\)$", "", str(row.source_place)), own[row.place_id])
        for row in other.itertuples(index=False)
        if row.place_id in own
    ]
    known: dict[str, list[Place]] = {}
    for name, one in named:
        if letters(name) and one not in known.setdefault(letters(name), []):
            known[letters(name)].append(one)
    return known
