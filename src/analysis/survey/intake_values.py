"""Judging a value of an answer: what goes into the answers, or what is expected instead and what to write."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from analysis import answers
from analysis.instrument import Question
from analysis.survey.intake_encoding import is_broken
from analysis.survey.intake_names import OTHER, choices, exactly, letters, shown
from analysis.survey.wording import YEAR
from analysis.uploads.cells import DateCell, ErrorCell, FormulaCell, Numeral

LONGEST = 10_000  # characters of a text
_YES = frozenset(
    letters(word)
    for word in (
        "1", "y", "yes", "x", "true", "si", "oui", "o", "s", "v", "on", "checked", "selected", "quoted", "marked", "ticked", "chosen",
        "vrai", "verdadero", "marcado", "marcada", "seleccionado", "seleccionada", "coché", "cochée", "sélectionné", "sélectionnée",
    )
) | {"\u2713", "\u2714", "\u2611", "\u2612", "1.0", "1.00"}  # fmt: skip
_NO = frozenset(
    letters(word)
    for word in (
        "", "0", "n", "no", "non", "false", "off", "unchecked", "not selected", "not quoted", "unselected", "not checked", "faux", "falso",
        "no marcado", "no marcada", "no seleccionado", "no seleccionada", "non coché", "non cochée", "non sélectionné", "non sélectionnée",
    )
) | {"0.0", "0.00", "\u2610"}  # fmt: skip
_NOT_ASKED = frozenset(
    letters(word)
    for word in (
        "N/A", "NaN", "not applicable", "not asked", "no aplica", "no aplicable", "no corresponde", "no procede", "n/p", "sans objet",
        "non applicable", "non concerné", "s/o", "-oth-", "NULL", "nil",
    )
) | {"", "-", "--", ".", "\u2013", "\u2014", "-99", "#n/a"}  # fmt: skip
MISSING = frozenset(("NA", "nan", "NaN", "NULL", "null", "<NA>", "-99"))  # of R, pandas, databases, Qualtrics
_SEEN = "-99"  # Qualtrics, where a question was seen and not answered
_YES_NO = {"y": "yes", "n": "no", "true": "yes", "false": "no"}  # LimeSurvey; cells that are ticked
_OTHER_MARK = "-oth-"  # LimeSurvey, where the text beside other was chosen
_BETWEEN = re.compile(r"[\s,;|/]*")


class Wrong(Exception):
    """A value that is something else than expected, with a suggestion of what to do."""

    def __init__(self, expected: str, suggestion: str = "") -> None:
        super().__init__(expected)
        self.expected, self.suggestion = expected, suggestion


def line(text: str) -> str:
    """Write a value that is no free text in one line, without what cannot be seen."""
    visible_letters = "".join(
        letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf"
    )
    return " ".join(visible_letters.split())


def visible(text: str) -> tuple[str, bool]:
    """Keep a text as it was typed; control characters become the sign of replacement. Say whether there were any."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" else letter for letter in text
    )
    return seen, seen != text


def check_cell(typed: str) -> None:
    """Refuse a cell whose content is lost, whatever it answers."""
    if isinstance(typed, FormulaCell):
        raise Wrong(
            "a value; this is a formula whose value was not stored",
            "Open the file in a spreadsheet program and save it there, or write the value",
        )
    if isinstance(typed, ErrorCell):
        raise Wrong("a value; this is the error of a formula", "Write the value, or empty the cell")
    if is_broken(typed):
        raise Wrong(
            "a text with all its letters; some were lost when it was decoded",
            "Export the file anew in UTF-8, or ask the city what it wrote",
        )


def not_asked(typed: str) -> bool:
    """Tell what tools write where a question was not asked."""
    text = line(typed).casefold()
    return text in _NOT_ASKED or (letters(text) or text) in _NOT_ASKED


def unanswered(question: Question, typed: str) -> bool:
    """Tell what Qualtrics writes where a question was seen and not answered."""
    if line(typed) != _SEEN:
        return False
    if question.type == "number" and _is_within(question, Decimal(_SEEN)):
        raise Wrong(
            "a number; Qualtrics writes -99 where a question was not answered", "Empty the cell, or write -99.0"
        )
    return True


def value(question: Question, typed: str) -> str:
    """Judge what was typed as the answer to a question of any type but city and country."""
    match question.type:
        case "single" | "scale":
            return _single_choice(question, line(typed))
        case "multiple":
            return answers.JOINED.join(_several_choices(question, line(typed)))
        case "number":
            return number(question, typed if isinstance(typed, Numeral | DateCell) else line(typed))
        case "email":
            return _email_address(line(typed))
    return _free_text(typed)


def _free_text(typed: str) -> str:
    if not typed.strip():
        return ""
    if len(typed) > LONGEST:
        raise Wrong(f"at most {LONGEST:,} characters; this has {len(typed):,}", "Shorten the text")
    return visible(typed)[0]


def _email_address(typed: str) -> str:
    if typed and not re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}", typed):
        raise Wrong(
            "one e-mail address, name@city.example say", "Ask the city for its address, or leave the cell empty"
        )
    return typed


# -- choices ----------------------------------------------------------------------------------------------------------


def _single_choice(question: Question, typed: str) -> str:
    if not typed:
        return ""
    known = choices(question)
    if typed == _OTHER_MARK and OTHER in question.codes:
        return OTHER
    if set(question.codes) == {"yes", "no"} and typed.casefold() in _YES_NO:
        return _YES_NO[typed.casefold()]
    codes = known.get(exactly(typed)) or known.get(letters(typed) or "=", set())
    if len(codes) == 1:
        return next(iter(codes))
    if codes:
        raise Wrong(f"one of: {shown(question.codes, question)}", f"Write the code: {' or '.join(sorted(codes))}")
    raise _unknown_choice(question, typed)


def _several_choices(question: Question, typed: str) -> list[str]:
    """Read chosen codes or wordings in one cell, whatever stands between them; a wording may have commas of its own."""
    if not typed:
        return []
    known = choices(question)
    ways = _choice_readings(typed, known)
    if len(ways) > 1:
        raise Wrong(f"any of: {shown(question.codes, question)}", "Write the codes, with a semicolon between them")
    if not ways:
        pieces = [piece.strip() for piece in re.split(r"[;|]" if re.search("[;|]", typed) else ",", typed)]
        lost = next((piece for piece in pieces if piece and not _choice_readings(piece, known)), typed)
        raise _unknown_choice(question, lost)
    chosen = next(iter(ways))
    return [code for code in question.codes if code in chosen]


def _choice_readings(typed: str, known: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Give the ways (two at most) in which a text is a row of names of choices."""
    text = exactly(typed)[1:]
    names = {name[1:]: codes for name, codes in known.items() if name.startswith("=")}
    ends: list[set[frozenset[str]]] = [set() for _ in range(len(text) + 1)]
    ends[_skip_separators(text, 0)].add(frozenset())
    for start in range(len(text)):
        for name, codes in names.items() if ends[start] else ():
            end = start + len(name)
            if text.startswith(name, start) and (end == len(text) or _skip_separators(text, end) > end):
                after = {way | {code} for way in ends[start] for code in codes}
                ends[_skip_separators(text, end)] |= set(sorted(after, key=sorted)[:2])
    if ends[-1]:
        return ends[-1]
    for pieces in ([typed], re.split(r"[;|,]", typed)):  # without its accents and signs
        meanings = [known.get(letters(piece) or "=", set()) for piece in pieces if piece.strip()]
        if meanings and all(len(codes) == 1 for codes in meanings):
            return {frozenset().union(*meanings)}
    return set()


def _skip_separators(text: str, start: int) -> int:
    """Go past what may stand between two names."""
    separators = _BETWEEN.match(text, start)
    return separators.end() if separators else start


@dataclass(frozen=True)
class Mark:
    """What the column of a choice says: chosen, not chosen, or nothing; and a text beside the choice `other`."""

    chosen: bool | None
    text: str = ""


def mark(question: Question, choice: str, typed: str) -> Mark:
    """Judge the column of one choice."""
    text = line(typed).casefold()
    plain = letters(text) or text
    if not text:
        return Mark(None)
    names = choices(question)
    by_name, known = names.get(exactly(text), names.get(plain, set())), plain in _NO or text in _NO
    if by_name == {choice} and not known:
        return Mark(True)
    if plain in _YES or text in _YES:
        return Mark(True)
    if known and not by_name:
        return Mark(False)
    is_text = (
        bool(re.search(r"[^\W\d_]{2}", text)) and not not_asked(typed) and not _choice_readings(line(typed), names)
    )
    if choice == OTHER and is_text:
        return Mark(True, _free_text(typed))
    raise Wrong(
        f"in the column of the choice '{choice}': 1, x or yes where it is chosen, else 0 or nothing",
        "Write x, or empty the cell",
    )


def choice_of(question: Question, typed: str) -> str:
    """Give the one choice that a value names, else nothing."""
    known = choices(question)
    codes = known.get(exactly(typed)) or known.get(letters(typed) or "=", set())
    return next(iter(codes)) if len(codes) == 1 else ""


def is_blank_mark(question: Question, typed: str) -> bool:
    """Tell a value that says that a choice is not chosen, or that the question was not asked or answered."""
    text = line(typed).casefold()
    no = (letters(text) or text) in _NO or text in _NO
    return (no or not_asked(typed)) and not choice_of(question, typed)


def _unknown_choice(question: Question, typed: str) -> Wrong:
    names = {choice.label[lang]: choice.code for choice in question.choices for lang in ("en", "es", "fr")}
    names |= {code: code for code in question.codes}
    near = difflib.get_close_matches(typed.casefold(), [name.casefold() for name in names], n=1)
    code = next((code for name, code in names.items() if near and name.casefold() == near[0]), "")
    many = "any" if question.type == "multiple" else "one"
    if re.fullmatch(r"(?:AO?|SQ)?\d{1,3}([,; ]+\d{1,3})*", typed):
        number = "Export the wordings of the choices, not the numbers that the tool has given them"
        return Wrong(f"{many} of: {shown(question.codes, question)}", number)
    suggestion = f"Perhaps: {code}" if code else "Write the code, or empty the cell where it is not known"
    return Wrong(f"{many} of: {shown(question.codes, question)}", suggestion)


# -- numbers ----------------------------------------------------------------------------------------------------------


def number(question: Question, typed: str) -> str:
    """Judge a number; what could be thousands as well as decimals counts only where the range leaves one of them."""
    if not typed:
        return ""
    if isinstance(typed, DateCell):
        return _of_date(question, typed)
    text = typed.replace("\N{MINUS SIGN}", "-").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    unit = question.unit.strip()
    for ending in sorted({unit, *(["%"] if unit in ("%", "percent") else [])} - {""}, key=len, reverse=True):
        if text.casefold().endswith(ending.casefold()):
            text = text[: -len(ending)].strip()
            break
    candidates = (
        {Decimal(text)} if isinstance(typed, Numeral) and re.fullmatch(r"-?[\d.]+", text) else _number_readings(text)
    )
    readings = {amount for amount in candidates if _is_within(question, amount)}
    if len(readings) == 1:
        amount = readings.pop().normalize()
        return f"{amount:f}" if amount else "0"
    expected = f"a number{f' ({unit})' if unit else ''}{_range_text(question)}"
    if readings:
        raise Wrong(
            f"{expected}; it is not clear what the sign in it separates",
            "Write "
            + " or ".join(
                sorted(f"{reading:f}" if reading == reading.to_integral() else f"{reading:f}0" for reading in readings)
            )
            + ", whichever is meant",
        )
    raise Wrong(
        expected, "Write digits, with a point or comma before decimals, or empty the cell where it is not known"
    )


def _of_date(question: Question, typed: DateCell) -> str:
    """Read a number in a cell that a spreadsheet shows as a date: a year, or the number behind the date."""
    years = {Decimal(typed.moment.year)} if question.unit == YEAR else set()
    limited = question.minimum is not None and question.maximum is not None
    serials = {typed.serial} if limited else set()
    readings = {reading for reading in years | serials if _is_within(question, reading)}
    if len(readings) == 1:
        return f"{readings.pop().normalize():f}"
    raise Wrong(
        f"a number{_range_text(question)}; a spreadsheet has made a date of this cell",
        "Give the cell the format of a number and write the number anew",
    )


def _number_readings(text: str) -> set[Decimal]:
    """Give every number that a text can be."""
    if re.fullmatch(r"-?\d{1,18}([.,]\d{1,15})?", text, re.ASCII):
        plain = Decimal(text.replace(",", "."))
        whole, _, decimals = re.sub(",", ".", text.lstrip("-")).partition(".")
        if len(decimals) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
            return {plain, Decimal(text.replace(",", "").replace(".", ""))}
        return {plain}
    candidates = set()
    for thousands, point in ((".", ","), (",", "."), (" ", ","), (" ", "."), ("'", "."), ("'", ",")):
        sign = re.escape(thousands)
        if re.fullmatch(rf"-?\d{{1,3}}({sign}\d{{3}})+({re.escape(point)}\d{{1,15}})?", text, re.ASCII):
            candidates.add(Decimal(text.replace(thousands, "").replace(point, ".")))
    return candidates


def _is_within(question: Question, amount: Decimal) -> bool:
    low, high = question.minimum, question.maximum
    return (low is None or amount >= Decimal(str(low))) and (high is None or amount <= Decimal(str(high)))


def _range_text(question: Question) -> str:
    low, high = question.minimum, question.maximum
    words = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
    return "".join(f", {word}" for word in words if word)
