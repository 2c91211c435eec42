"""Widths of the columns of a printed table, from what its cells hold.

The way is that of browsers (CSS 2.1, 17.5.2.2): no column is narrower than its longest word, and what is left of the line
goes to those that hold more text. Typst alone would give equal shares to all columns that are too wide.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

LINE = 470.0  # points between the margins of the page
SIZES = (8.5, 7.5, 6.8, 6.2)  # points of type; the largest that leaves room is taken
_PADDING = ((8, 9.0), (11, 7.0), (99, 4.6))  # up to so many columns, points on both sides of a cell
_BOLD = 1.08  # how much wider the head is
_ROOM = 0.75  # of the line that the longest words may take, so that running text has room too
_LONGEST = 14.0  # ems of a word from which on it may be broken
_BREAKS = re.compile(r"\s+|(?<=[-/–])")
# widths of Libertinus Serif in ems, a little rounded up
_LETTERS = ((" .,;:'’!|", 0.26), ("ijltfI()[]/-", 0.34), ("srcza0123456789e€", 0.47), ("mw%", 0.8), ("MW@—", 0.95))
_MAY_BREAK = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True)
class Widths:
    """Size of the type, padding beside a text and widths of the columns, in points.

    `tight` says that some words must be parted.
    """

    size: float
    padding: float
    columns: tuple[float, ...]
    tight: bool


def ems(text: str) -> float:
    """Estimate the width of a text in ems of the serif type of the book, rather too wide than too narrow."""
    return sum(map(_em, text))


def _em(letter: str) -> float:
    for letters, width in _LETTERS:
        if letter in letters:
            return width
    if ord(letter) > 0x2E7F:
        return 1.0
    return 0.7 if letter.isupper() else 0.55


def widths(
    texts: Sequence[Sequence[str]], numbers: Sequence[bool], sizes: Sequence[float] = SIZES, line: float = LINE
) -> Widths:
    """Find type and columns for a table.

    Parameters
    ----------
    texts
        Rows of cells; the first is the head.
    numbers
        Which columns hold numbers: those stay on one line, their heads need not.
    sizes, line
        Sizes of type to choose from, largest first, and the width of the line. Where even the smallest type is too large
        for the longest words, all columns give way alike.
    """
    columns = [[ems(cell) for cell in column] for column in zip(*texts, strict=True)]
    least = [
        max(_word(column[0]) * _BOLD, max((ems(cell) if number else _word(cell) for cell in column[1:]), default=0.0))
        for column, number in zip(zip(*texts, strict=True), numbers, strict=True)
    ]
    most = [max(short, column[0] * _BOLD, *column[1:]) for short, column in zip(least, columns, strict=True)]
    padding = next(points for most_columns, points in _PADDING if len(columns) <= most_columns)
    for size in sizes:
        low, high = ([size * one + padding for one in ends] for ends in (least, most))
        if sum(high) <= line or sum(low) <= _ROOM * line:
            break
    tight = sum(low) > line or any(short == _LONGEST for short in least)
    if sum(high) <= line:
        return Widths(size, padding, tuple(high), tight)
    if sum(low) >= line:
        return Widths(size, padding, tuple(one * line / sum(low) for one in low), tight)
    volume = [1 + math.sqrt(sum(cell * cell for cell in column[1:]) / len(column)) for column in columns]
    return Widths(size, padding, _shared(low, high, volume, line - sum(low)), tight)


def height(texts: Sequence[Sequence[str]], fit: Widths) -> int:
    """Estimate how many lines a table takes."""
    shares = [fit.size / (column - fit.padding) for column in fit.columns]
    return sum(max(math.ceil(ems(cell) * share) or 1 for cell, share in zip(row, shares, strict=True)) for row in texts)


def _word(text: str) -> float:
    return min(_LONGEST, max(1.0, *map(ems, _BREAKS.split(text))))


def _shared(low: Sequence[float], high: Sequence[float], volume: Sequence[float], spare: float) -> tuple[float, ...]:
    """Share out what is left by the volume of text, to none more than it can use."""
    given = list(low)
    while spare > 0.5:
        open_ = [n for n, (now, end) in enumerate(zip(given, high, strict=True)) if now < end]
        total = sum(volume[n] for n in open_)
        used = {n: min(high[n] - given[n], spare * volume[n] / total) for n in open_}
        for n, more in used.items():
            given[n] += more
        spare -= sum(used.values())
    return tuple(given)


def breakable(text: str) -> str:
    """Let long words that no rule of hyphenation knows, such as names of files and digests, run over the end of a line.

    Addresses are left alone: Typst parts them by itself.
    """
    return re.sub(r"\S+", lambda word: _parted(word[0]), text)


def _parted(word: str) -> str:
    if ems(word) <= _LONGEST or word.isalpha() or "://" in word:
        return word
    return re.sub(r"([._=&+,;])(?=\w)|(?<=\w{6})(?=\w{6})", lambda found: found[0] + _MAY_BREAK, word)
