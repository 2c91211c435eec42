"""How a table is written: UTF-8 without byte order mark, commas, and the columns of its codebook in the first row.

Spreadsheet programs save otherwise where a computer is set up for another country. What they did is named, with the mend,
before anything reads the table: every other message would follow from it.
"""

import codecs
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from analysis import paths

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", "^": "carets", "~": "tildes"}
_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONGEST = 3  # names that a message shows
_HEAD = 20_000  # letters among which the first row ends


def problem(file: Path, columns: Sequence[str]) -> str:
    """Say why a file is not written as a table of these columns; empty where it is."""
    content = file.read_bytes()
    if not content.strip():
        return (
            f"{paths.shown(file)} is empty. Expected: a table with the columns {', '.join(columns)}. {_restored(file)}"
        )
    text, wrong, line = _decoded(content)
    header, sign = _header(text[:_HEAD], columns)
    causes = [f"its columns are separated by {sign}; expected: commas"] if sign else []
    causes += [wrong] if wrong else []
    if not causes:
        return _other_columns(file, header, columns)
    return (
        f"{paths.shown(file)}, line {line}: {'; and '.join(causes)}. Save the table again as CSV with commas, in UTF-8 without "
        f"byte order mark (in a spreadsheet program: Save as, then its settings for text). {_restored(file)}"
    )


def _restored(file: Path) -> str:
    return f"Or restore it: git restore {paths.shown(file)}"


def _decoded(content: bytes) -> tuple[str, str, int]:
    """Read a content in whatever encoding it is, and say what is wrong with that, and in which line."""
    for mark, encoding in _WIDE.items():
        if content.startswith(mark):
            return content.decode(encoding, "replace"), f"its text is in {encoding.upper()}; expected: UTF-8", 1
    if b"\0" in content[:200]:
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        return content.decode(encoding, "replace"), "its text is in UTF-16; expected: UTF-8", 1
    wrong = "its text begins with a byte order mark; expected: none" if content.startswith(codecs.BOM_UTF8) else ""
    try:
        return content.decode("utf-8-sig"), wrong, 1
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return content.decode("latin-1"), "its text is not valid UTF-8", line


def _header(text: str, columns: Sequence[str]) -> tuple[list[str], str]:
    """Give the names in the first row, and what separates them where that is no comma."""
    lines = text.splitlines()
    if lines[0].startswith("sep=") and len(lines[0]) == len("sep=;"):  # a line that Excel understands
        return lines[:1], _SEPARATORS.get(lines[0][-1], f"“{lines[0][-1]}”, as the line “{lines[0]}” says")
    names = _split(text, ",")
    if names == list(columns):
        return names, ""
    by_sign = {sign: _split(text, sign) for sign in _SEPARATORS}
    sign, split = max(by_sign.items(), key=lambda one: len(set(one[1]) & set(columns)))
    more = len(set(split) & set(columns)) > len(set(names) & set(columns))
    return names, _SEPARATORS[sign] if more else ""


def _split(text: str, sign: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=sign), [])
    except csv.Error:
        return []


def _other_columns(file: Path, header: Sequence[str], columns: Sequence[str]) -> str:
    if list(header) == list(columns):
        return ""
    lacking = [name for name in columns if name not in header]
    unknown = [f"“{name}”" for name in header if name not in columns]
    parts = [f"missing: {', '.join(lacking)}"] if lacking else []
    parts += [f"unknown: {', '.join(unknown[:_LONGEST])}{', …' if len(unknown) > _LONGEST else ''}"] if unknown else []
    parts = parts or ["a name stands twice" if len(header) > len(columns) else "their order differs"]
    return (
        f"{paths.shown(file)}, row 1: the columns are not those of the codebook. Expected: {', '.join(columns)} "
        f"({'; '.join(parts)}). Mend the first row."
    )
