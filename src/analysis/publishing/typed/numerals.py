"""Numbers in a text, in digits and in words; and what of a text in Markdown is prose, where a reader takes them for facts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_DIGIT = r"[\d²³¹⁰-⁹₀-₉¼-¾⅐-↋①-⒛❶-➓]"  # and fractions, raised and lowered figures, Roman numerals, figures in circles
_DIGITS = re.compile(rf"{_DIGIT}+(?:[.,'’\N{{NO-BREAK SPACE}}\N{{NARROW NO-BREAK SPACE}}]{_DIGIT}+)*")
_HALF, _THIRD, _QUARTER, _TENTH = "1/2", "1/3", "1/4", "1/10"

# Cardinal numbers and fractions. "One" and ordinal numbers are left out: they count nothing in most sentences, and in Spanish and
# French the first is an article. So are words for percent: they never stand without a number. A fraction that is an ordinal number
# as well counts in the plural, or after an article ("a third", not "the third edition").
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
        "eleven": "11", "twelve": "12", "dozen": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
        "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
        "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100", "hundreds": "100", "thousand": "1000",
        "thousands": "1000", "million": "1000000", "millions": "1000000", "twice": "2", "half": _HALF, "halves": _HALF,
        "thirds": _THIRD, "quarters": _QUARTER, "tenths": _TENTH, "a third": _THIRD, "one third": _THIRD, "a quarter": _QUARTER,
        "one quarter": _QUARTER, "a tenth": _TENTH, "one tenth": _TENTH,
    },
    "es": {
        "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9", "diez": "10",
        "once": "11", "doce": "12", "docena": "12", "trece": "13", "catorce": "14", "quince": "15", "dieciséis": "16",
        "diecisiete": "17", "dieciocho": "18", "diecinueve": "19", "veinte": "20", "treinta": "30", "cuarenta": "40",
        "cincuenta": "50", "sesenta": "60", "setenta": "70", "ochenta": "80", "noventa": "90", "cien": "100", "ciento": "100",
        "cientos": "100", "centenares": "100", "mil": "1000", "miles": "1000", "millón": "1000000", "millones": "1000000",
        "mitad": _HALF, "mitades": _HALF, "tercio": _THIRD, "tercios": _THIRD, "un cuarto": _QUARTER, "cuartos": _QUARTER,
        "una cuarta parte": _QUARTER, "una tercera parte": _THIRD, "décima parte": _TENTH, "décimas partes": _TENTH,
        "un décimo": _TENTH, "décimos": _TENTH,
    },
    "fr": {
        "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9", "dix": "10",
        "onze": "11", "douze": "12", "douzaine": "12", "treize": "13", "quatorze": "14", "quinze": "15", "seize": "16",
        "vingt": "20", "trente": "30", "quarante": "40", "cinquante": "50", "soixante": "60", "cent": "100", "cents": "100",
        "centaines": "100", "mille": "1000", "milliers": "1000", "million": "1000000", "millions": "1000000", "moitié": _HALF,
        "moitiés": _HALF, "demi": _HALF, "demie": _HALF, "tiers": _THIRD, "quart": _QUARTER, "quarts": _QUARTER,
        "un dixième": _TENTH, "dixièmes": _TENTH,
    },
}  # fmt: skip
# words that say a number without being one: a translation may write that number out
_IMPLIED: Mapping[str, Mapping[str, str]] = {
    "en": {"both": "2", "pair": "2", "pairs": "2"},
    "es": {"ambos": "2", "ambas": "2", "par": "2", "pares": "2"},
    "fr": {"paire": "2", "paires": "2"},
}


@dataclass(frozen=True)
class Numeral:
    """A number in a text.

    Parameters
    ----------
    text, start
        How it is written, and where.
    value
        The same for each way of writing it: `1865` for `1,865`, `1/2` for `half` and `mitad`.
    """

    text: str
    start: int
    value: str

    @property
    def end(self) -> int:
        """Give the place behind it."""
        return self.start + len(self.text)


def find(text: str, lang: str) -> list[Numeral]:
    """Find the numbers of a text, in digits and in the words of its language."""
    return sorted([*_in_digits(text), *_in_words(text, lang)], key=lambda one: one.start)


def digits(text: str) -> list[str]:
    """Give the values of the numbers that stand in digits."""
    return [one.value for one in _in_digits(text)]


def implied(text: str, lang: str) -> set[str]:
    """Give the numbers that a text says without a number: two, where it says "both"."""
    found = re.findall(r"\w+", text.casefold())
    return {value for word, value in _IMPLIED.get(lang, {}).items() if word in found}


def has_words(lang: str) -> bool:
    """Say whether numbers written out are known in a language."""
    return lang in _WORDS


def _in_digits(text: str) -> Iterator[Numeral]:
    for found in _DIGITS.finditer(text):
        yield Numeral(found[0], found.start(), re.sub(r"\W", "", found[0]).lstrip("0") or "0")


def _in_words(text: str, lang: str) -> Iterator[Numeral]:
    if lang in _WORDS:
        for found in _pattern(lang).finditer(text):
            yield Numeral(found[0], found.start(), _WORDS[lang][" ".join(found[0].casefold().split())])


@lru_cache(maxsize=8)
def _pattern(lang: str) -> re.Pattern[str]:
    words = sorted(_WORDS[lang], key=lambda word: (-len(word), word))
    alternatives = "|".join(r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


_OUT = "\0"  # stands for what is no prose, character by character, so that places stay what they were
_FENCE = re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\s*(\{[\w:.-]+\})?")
_OPTION = re.compile(r"\s*:[\w-]+:(?:\s|$)")  # of a directive
_CODE_DIRECTIVES = (
    "{code}",
    "{code-block}",
    "{code-cell}",
    "{literalinclude}",
    "{bibliography}",
    "{math}",
    "{toctree}",
)
_CODE = re.compile(r"(?:\{[\w:.-]+\})?(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)  # a role and its text too
_OTHER = re.compile(
    r"\{\{.*?\}\}"  # a substitution
    r"|<!--.*?-->|</?[a-zA-Z][^>]*>|<https?://[^>]*>|&#?\w+;"
    r"|(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)*\)"  # where a link leads
    r"|https?://[^\s)>\]]+|www\.[^\s)>\]]+",
    re.DOTALL,
)
# where a link leads, a comment, and the number of an entry of a list
_LINES = re.compile(r"^\[[^\]\n]+\]:[^\n]*|^%[^\n]*|^\s*\d+[.)](?=\s)", re.MULTILINE)
_HEAD = re.compile(r"\A---\n.*?^---$", re.DOTALL | re.MULTILINE)


def without_code(markdown: str) -> str:
    """Put what is code out of a text in Markdown; what is left stands where it stood."""
    lines: list[str] = []
    around: list[tuple[str, bool]] = []  # the fences around a line, and whether code stands between them
    for line in _HEAD.sub(_out, markdown).split("\n"):
        fence, in_code = _FENCE.match(line), bool(around) and around[-1][1]
        if fence and around and fence[1].startswith(around[-1][0]) and not line.strip().strip(fence[1][0]):
            around.pop()
            lines.append(_OUT * len(line))
        elif fence and not in_code:
            directive = fence[2] or ""
            code = directive in _CODE_DIRECTIVES or (not directive and fence[1][0] != ":")
            around.append((fence[1], code))
            lines.append(_OUT * len(line) if code else _FENCE.sub(_out, line))
        else:
            lines.append(_OUT * len(line) if in_code or (around and _OPTION.match(line)) else line)
    return _CODE.sub(_out, "\n".join(lines))


def prose(markdown: str) -> str:
    """Put what is no prose out of a text in Markdown: code, addresses, substitutions, comments, numbers of entries."""
    return _LINES.sub(_out, _OTHER.sub(_out, without_code(markdown)))


def without_months(text: str) -> str:
    """Put the months out of dates (2021-05-31); a translation may write their names."""
    return re.sub(r"(?<!\d)(\d{4})-\d{2}(-\d{2})?(?!\d)", r"\1\2", text)


def sentence(text: str) -> str:
    """Put the `{places}` of a sentence out of it, code and addresses."""
    return _OTHER.sub(_out, _CODE.sub(_out, re.sub(r"\{\w*\}", _out, text)))


def _out(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", _OUT, found[0])
