"""What differs between two builds: in which file, notebook and cell, in which part of it, in which words; and what kind of difference."""

import base64
import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from analysis import files
from analysis.review import causes

# kinds of difference, as a message says them
CLOCK, ORDER, ADDRESS, PLACE = (
    "a date or time",
    "the same in another order",
    "an address in memory",
    "a folder or name of the machine",
)
NAME, ROUNDING, NUMBERS = "a name made up anew", "numbers that differ in their last digits", "other numbers"
DRAWN, OTHER = "drawn otherwise", "other text"

_FIGURE = re.compile(r'<figure class="exhibit".*?</figure>', re.DOTALL)
_SENTENCE = re.compile(r'<p\b[^>]*\bclass="(?:finding|gap|note|text)"[^>]*>.*?</p>', re.DOTALL)
_ID = re.compile(r'\bid="([\w-]+)"')
_PACKED = (("src", "picture"), ("srcset", "picture for a phone"), ("href", "download"))
_DATED = re.compile(
    r"\d{4}-\d\d?-\d\d?|\d\d?:\d\d(:\d\d)?|\b1[5-9]\d{8}\b|\b20[2-4]\d\b|\bD:\d{8}"
    r"|\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_MADE_UP = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|[0-9a-f]{16,64}|m?[0-9a-f]{10,}")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
_LONGEST = 200_000  # letters of a text that are looked at
_AROUND = 5  # words to show before and after the first that differs

# which causes go with which difference
_FIT = {
    CLOCK: {causes.CLOCK}, ORDER: {causes.SETS, causes.LISTING, causes.CHANCE, causes.IDENTITY}, ADDRESS: {causes.IDENTITY},
    PLACE: {causes.PLACE, causes.LISTING}, NAME: {causes.CHANCE, causes.IDENTITY},
    ROUNDING: {causes.SETS, causes.BOOTSTRAP, causes.CHANCE},
    NUMBERS: {causes.BOOTSTRAP, causes.CHANCE, causes.IDENTITY, causes.CLOCK, causes.SETS, causes.LISTING, causes.PLACE},
    DRAWN: {causes.BOOTSTRAP, causes.CHANCE, causes.SETS, causes.LISTING},
    OTHER: {causes.SETS, causes.LISTING, causes.PLACE, causes.CLOCK, causes.CHANCE},
}  # fmt: skip
# which causes a condition speaks for, where it alone changes the result; empty: it differs with nothing changed
_SPEAKS = {
    "seed": {causes.SETS, causes.IDENTITY}, "listing": {causes.LISTING}, "clock": {causes.CLOCK}, "zone": {causes.CLOCK},
    "": {causes.BOOTSTRAP, causes.CHANCE, causes.IDENTITY, causes.CLOCK},
    **{name: {causes.PLACE} for name in ("locale", "home", "folder", "temporary", "user", "columns")},
}  # fmt: skip

Marks = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Change:
    """A part of a cell, or of a file, that differs.

    Parameters
    ----------
    what
        Which part: `the picture of '2017-economy-answers'` say.
    first, second
        The first words that differ, with some around them.
    kind
        Kind of the difference.
    pictures
        The addresses of both pictures, where it is one; empty for one that is not there.
    conditions
        Conditions that give it away, by their name in `conditions.NAMES`.
    """

    what: str
    first: str
    second: str
    kind: str
    pictures: tuple[str, str] | None = None
    conditions: tuple[str, ...] = ()


def of_notebooks(first: str, second: str, marks: Marks) -> Iterator[tuple[int, Change]]:
    """Give what differs between two executed notebooks, by the index of the cell; -1 where it is in none."""
    pair = [json.loads(text) for text in (first, second)]
    cells = [one["cells"] for one in pair]
    if len(cells[0]) != len(cells[1]):
        yield -1, Change("the number of cells", str(len(cells[0])), str(len(cells[1])), OTHER)
        return
    for index, (one, other) in enumerate(zip(*cells, strict=True)):
        if one != other:
            found = list(_of_cell(one, other, marks))
            yield from (
                (index, change) for change in found or [_change("what is stored of it", str(one), str(other), marks)]
            )
    if cells[0] != cells[1]:
        return  # the metadata tell of the cells
    rest = [json.dumps({**one, "cells": []}, sort_keys=True) for one in pair]
    if rest[0] != rest[1]:
        yield -1, _change("the metadata of the notebook", rest[0], rest[1], marks)
    elif first != second:
        yield -1, _change("how the file is written", first, second, marks)


def _of_cell(one: Mapping[str, Any], other: Mapping[str, Any], marks: Marks) -> Iterator[Change]:
    shown = [_shown(cell) for cell in (one, other)]
    if shown[0] == shown[1]:  # the text for machines alone, the code, or the metadata
        if one["source"] != other["source"]:
            yield _change("the text of the cell", "".join(one["source"]), "".join(other["source"]), marks)
        images = [_images(cell) for cell in (one, other)]
        if images[0] != images[1]:
            pair = tuple(next(iter(found), "") for found in images)
            yield Change("a picture", "", "", DRAWN, (pair[0], pair[1]))
        elif (texts := [_plain(cell) for cell in (one, other)]) and texts[0] != texts[1]:
            yield _change("what it prints", texts[0], texts[1], marks)
        return
    figures = [_figures(text) for text in shown]
    for name in {**figures[0], **figures[1]}:
        yield from _of_exhibit(name, figures[0].get(name, ""), figures[1].get(name, ""), marks)
    sentences = [_SENTENCE.findall(_FIGURE.sub("", text)) for text in shown]
    if sentences[0] != sentences[1]:
        yield _sentences(sentences[0], sentences[1], marks)
    rest = [_SENTENCE.sub("", _FIGURE.sub("", text)) for text in shown]
    if rest[0] != rest[1]:
        yield _change("a table or heading", _words(rest[0]), _words(rest[1]), marks)


def _shown(cell: Mapping[str, Any]) -> str:
    """Give what a cell shows as HTML."""
    found = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    return "\n".join("".join(text) for text in found)


def _images(cell: Mapping[str, Any]) -> list[str]:
    """Give the pictures that a cell shows by themselves, not in an exhibit, as addresses."""
    found = []
    for output in cell.get("outputs", []):
        for kind, content in output.get("data", {}).items():
            if kind == "image/svg+xml":
                found.append(address("".join(content)))
            elif kind.startswith("image/"):
                found.append(f"data:{kind};base64,{''.join(content).strip()}")
    return found


def address(svg: str) -> str:
    """Give a picture as an address; within an image nothing in it can run."""
    return files.data_uri("image/svg+xml", svg.encode())


def _plain(cell: Mapping[str, Any]) -> str:
    """Give the rest of what a cell puts out: texts, and data of other kinds."""
    found = []
    for output in cell.get("outputs", []):
        found.append("".join(output.get("text", "")))
        found += [
            "".join(text) if isinstance(text, str | list) else str(text) for text in output.get("data", {}).values()
        ]
    return "\n".join(found)


def _sentences(first: list[str], second: list[str], marks: Marks) -> Change:
    if Counter(first) == Counter(second):
        return _change("the sentences", _words(" ".join(first)), _words(" ".join(second)), marks)
    pairs = [(one, other) for one, other in zip(first, second, strict=False) if one != other]
    one, other = pairs[0] if pairs else ("".join(first[len(second) :]), "".join(second[len(first) :]))
    return _change("a sentence", _words(one), _words(other), marks)


def _figures(text: str) -> dict[str, str]:
    found = _FIGURE.findall(text)
    return {(named[1] if (named := _ID.search(figure)) else str(number)): figure for number, figure in enumerate(found)}


def _of_exhibit(name: str, first: str, second: str, marks: Marks) -> Iterator[Change]:
    if first == second:
        return
    if not first or not second:
        yield Change(f"the exhibit '{name}'", "there" if first else "none", "there" if second else "none", OTHER)
        return
    pair, made = (first, second), list[Change]()
    for attribute, what in _PACKED:
        one, other = (_unpacked(text, attribute) for text in pair)
        if one != other:
            made.append(
                _row(name, one, other, marks)
                if what == "download"
                else _drawn(f"the {what} of '{name}'", one, other, marks)
            )
    bare = [re.sub(r'"data:[^"]*"| data-picture="[^"]*"', "", text) for text in pair]
    if bare[0] != bare[1]:
        made.append(_change(f"the texts or the table of '{name}'", _words(bare[0]), _words(bare[1]), marks))
    alone = bool(made) and all(change.pictures for change in made)
    yield from (replace(change, what=f"{change.what} alone") if alone else change for change in made)
    if not made:
        yield _change(f"the exhibit '{name}'", first, second, marks)


def _drawn(what: str, first: str, second: str, marks: Marks) -> Change:
    """Say how two pictures differ; numbers of their drawing tell a reader nothing, the pictures do."""
    change = _change(what, first, second, marks)
    if change.kind in (NUMBERS, ROUNDING, OTHER):
        change = Change(what, "", "", DRAWN)
    return replace(change, pictures=(address(first), address(second)))


def _unpacked(text: str, attribute: str) -> str:
    packed = re.search(rf' {attribute}="data:[^,"]*;base64,([^"]*)"', text)
    return base64.b64decode(packed[1]).decode("utf-8", "replace") if packed else ""


def _row(name: str, first: str, second: str, marks: Marks) -> Change:
    """Name the first row of a download that differs, as a spreadsheet counts them."""
    rows = [list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))) for text in (first, second)]
    kind = _change("", first, second, marks)
    for number, (one, other) in enumerate(zip(*rows, strict=False), start=1):
        if one != other:
            change = _change(f"the download of '{name}', row {number}", " | ".join(one), " | ".join(other), marks)
            return replace(change, kind=ORDER) if kind.kind == ORDER else change
    return Change(f"the number of rows of the download of '{name}'", str(len(rows[0])), str(len(rows[1])), OTHER)


def _words(text: str) -> str:
    return " ".join(html.unescape(BeautifulSoup(text, "html.parser").get_text(" ")).split())


def of_files(first: bytes, second: bytes, suffix: str, marks: Marks) -> Change:
    """Say what differs between two files that are no notebooks."""
    if suffix == ".pdf":
        return _of_pdf(first, second, marks)
    texts = [content[: _LONGEST * 10].decode("utf-8", "replace") for content in (first, second)]
    return (_drawn if suffix == ".svg" else _change)("the file", texts[0], texts[1], marks)


def _of_pdf(first: bytes, second: bytes, marks: Marks) -> Change:
    from pypdf import PdfReader  # only where print editions differ

    pair = [PdfReader(io.BytesIO(content)) for content in (first, second)]
    about = [str(dict(reader.metadata or {})) for reader in pair]
    if about[0] != about[1]:
        return _change("the metadata", about[0], about[1], marks)
    if len(pair[0].pages) != len(pair[1].pages):
        return Change("the number of pages", str(len(pair[0].pages)), str(len(pair[1].pages)), OTHER)
    for number, pages in enumerate(zip(*(reader.pages for reader in pair), strict=True), start=1):
        texts = [page.extract_text() for page in pages]
        if texts[0] != texts[1]:
            return _change(f"page {number}", texts[0], texts[1], marks)
    return Change("what no page shows as text: pictures, or identifiers", "", "", OTHER)


def _change(what: str, first: str, second: str, marks: Marks) -> Change:
    """Say of two texts where they differ first, and how."""
    pair = (first[:_LONGEST], second[:_LONGEST])
    own = tuple(name for name, values in marks.items() if _gives_away(values, pair))
    one, other = _excerpts(*pair)
    return Change(what, one, other, PLACE if own else _kind(*pair), conditions=own)


def _gives_away(values: tuple[str, str], texts: tuple[str, str]) -> bool:
    """Say whether a value of one build stands in its text and not in the other; short ones stand anywhere."""
    here = [len(value) > 7 and value in text for value, text in zip(values, texts, strict=True)]
    across = [value in text for value, text in zip(values, reversed(texts), strict=True)]
    return any(own and not others for own, others in zip(here, across, strict=True))


def _excerpts(first: str, second: str) -> tuple[str, str]:
    """Show the first words that differ, with some around them."""
    words = [re.findall(r"\S+", text) for text in (first, second)]
    shortest = min(map(len, words))
    start = next((n for n in range(shortest) if words[0][n] != words[1][n]), shortest)
    shown = [" ".join(own[max(0, start - _AROUND) : start + _AROUND + 1]) for own in words]
    if shown[0] == shown[1]:
        return "(other blanks)", "(other blanks)"
    return _short(shown[0], shown[1])


def _short(first: str, second: str, length: int = 160) -> tuple[str, str]:
    """Cut long words around the first letter that differs."""
    shortest = min(len(first), len(second))
    start = next((n for n in range(shortest) if first[n] != second[n]), shortest)
    low = max(0, start - length // 2)
    cut = ["…" * bool(low) + text[low : low + length] + "…" * (len(text) > low + length) for text in (first, second)]
    return cut[0], cut[1]


def _kind(first: str, second: str) -> str:
    """Tell the kind of a difference from the words that only one of two texts has."""
    finest = [Counter(re.findall(r"\w+", text)) for text in (first, second)]
    if finest[0] == finest[1]:
        return ORDER
    words = [re.findall(r"[^\s\"'<>(),;=]+", text) for text in (first, second)]
    own = [list((Counter(words[n]) - Counter(words[1 - n])).elements()) for n in (0, 1)]
    both = [*own[0], *own[1]]
    if all(re.search(r"0x[0-9a-f]{6,}", word) for word in both):
        return ADDRESS
    if all(_MADE_UP.search(word) and re.search("[a-f]", word) for word in both):
        return NAME
    numbers = [[number for word in side for number in _NUMBER.findall(word)] for side in own]
    if len(numbers[0]) == len(numbers[1]) and numbers[0] and _near(numbers[0], numbers[1]):
        return ROUNDING
    if _moments(own[0], own[1]):
        return CLOCK
    bare = [_NUMBER.sub("0", text) for text in (" ".join(own[0]), " ".join(own[1]))]
    return NUMBERS if numbers[0] and bare[0] == bare[1] else OTHER


def _near(first: list[str], second: list[str]) -> bool:
    pairs = [(float(one), float(other)) for one, other in zip(first, second, strict=True) if one != other]
    return bool(pairs) and all(
        abs(one - other) <= 1e-6 * max(abs(one), abs(other)) and "." in str(one) for one, other in pairs
    )


def _moments(first: list[str], second: list[str]) -> bool:
    """Say whether most words that differ look like dates, times or seconds since 1970."""
    shown = [sum(bool(_DATED.search(word)) for word in side) for side in (first, second)]
    return all(shown) and all(2 * seen >= min(len(side), 8) for seen, side in zip(shown, (first, second), strict=True))


def likely(change: Change, found: list[causes.Cause], alone: str | None) -> causes.Cause | None:
    """Choose the likeliest cause of a difference.

    Parameters
    ----------
    change, found
        The difference, and what its cell reaches, nearest first.
    alone
        The condition that alone makes the cell differ, empty where it differs with nothing changed; `None` where none was found.
    """
    fitting = _FIT[change.kind] | (_FIT[DRAWN] if change.pictures else set())
    spoken = set() if alone is None else _SPEAKS.get(alone, set())
    if spoken:
        both = [cause for cause in found if cause.kind in spoken and cause.kind in fitting]
        return next(iter(both or [cause for cause in found if cause.kind in spoken]), None)
    drawn = [cause for cause in found if change.pictures and cause.kind == causes.BOOTSTRAP]
    return next(iter(drawn or [cause for cause in found if cause.kind in fitting]), None)


def parts(text: str) -> tuple[dict[str, str], list[str]]:
    """Give the exhibits of an executed notebook by their id, and its sentences."""
    exhibits, sentences = dict[str, str](), list[str]()
    for cell in json.loads(text)["cells"]:
        shown = _shown(cell)
        exhibits |= _figures(shown)
        sentences += _SENTENCE.findall(_FIGURE.sub("", shown))
    return exhibits, sentences


def exhibit_of(file: Path) -> str:
    """Name the exhibit that a picture or download of the site belongs to; empty for another file."""
    inside = file.parent.name == "exhibits" and file.suffix in (".svg", ".csv")
    return file.stem.removesuffix("-narrow") if inside else ""
