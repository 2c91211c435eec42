"""A file that a user has downloaded from a source: its tables, row by row, whatever it is packed in.

Files of a source may be large (the whole of the World Development Indicators), so texts are never read as a whole.
"""

import codecs
import contextlib
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from analysis.errors import StudyError
from analysis.uploads.cells import Numeral, Row
from analysis.uploads.reader import (
    UnreadableFile,
    Workbook,
    check_format,
    delimited_rows,
    marked_encoding,
)

_PART = 1 << 20
_ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".json")
_AS_OFFERED = "Take the data as the source offers them, unopened"
_CUT_OFF = "is damaged or cut off: it cannot be unpacked. Download it again."
Opener = Callable[[], IO[bytes]]


class WrongFile(StudyError):
    """A file that cannot be read as one of the source; the message goes on after its name."""


@dataclass(frozen=True)
class Sheet:
    """A table within a file.

    `rows` gives its rows anew each time, cut at the delimiter asked for; a table of a spreadsheet has cells already.
    `cut` says that its text does not end with a line break.
    """

    name: str
    rows: Callable[[str, bool], Iterator[Row]]
    text: bool
    cut: bool = False


def open_sheets(file: Path, encodings: tuple[str, ...]) -> list[Sheet]:
    """Give the tables of a file: of a text one, of a workbook its sheets, of an archive those of its parts.

    Raises
    ------
    WrongFile
        Where it is no table, is damaged, or is in another encoding; the message says what to do.
    """
    try:
        with _explained_faults():
            with file.open("rb") as stream:
                start = stream.read(4)
            if start.startswith(b"PK"):
                return _archive_sheets(file, encodings)
            compressed = start.startswith(b"\x1f\x8b")
            opener: Any = partial(gzip.open, file) if compressed else partial(file.open, "rb")
            return [_text_sheet(file.name, opener, encodings)]
    except IsADirectoryError:
        raise WrongFile("is a folder. Name a file in it.") from None
    except OSError as error:
        reason = error.strerror or error
        raise WrongFile(f"cannot be read: {reason}. Name a file that is there.") from None


@contextlib.contextmanager
def _explained_faults() -> Iterator[None]:
    """Say of a file that cannot be unpacked or read what to do with it."""
    try:
        yield
    except UnreadableFile as error:
        raise WrongFile(f"{error.fault}. {error.mend or _AS_OFFERED}.") from None
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError):
        raise WrongFile(_CUT_OFF) from None


def _archive_sheets(file: Path, encodings: tuple[str, ...]) -> list[Sheet]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    if "xl/workbook.xml" in names:
        with _open_workbook(file) as book:
            titles = book.titles
        return [Sheet(title, partial(_workbook_rows, file, title), text=False) for title in titles]
    readable = [name for name in names if name.lower().endswith(_ENDINGS)]
    parts = [name for name in readable if not name.startswith("__MACOSX/")]
    if not parts:
        beginning = ", ".join(names[:5])
        raise WrongFile(f"is an archive without a text table ({beginning}). Unpack it, and take the table.")
    return [_text_sheet(name, partial(_opened_part, file, name), encodings) for name in parts]


def _opened_part(file: Path, name: str) -> IO[bytes]:
    return zipfile.ZipFile(file).open(name)


# -- text --


def _text_sheet(name: str, opener: Opener, encodings: tuple[str, ...]) -> Sheet:
    with opener() as stream:
        start = stream.read(_PART)
    check_format(start)
    encoding, complete = _text_encoding(opener, encodings)
    head = start[:400].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        raise WrongFile(
            "is a web page or XML, no table: the address gave a page (an error, a form, or the page around "
            "the data). Open it in a browser, and download the data from there."
        )
    if head.startswith(("{", "[")):
        return Sheet(name, partial(_json_rows, opener, encoding), text=False)
    return Sheet(name, partial(_text_rows, opener, encoding), text=True, cut=not complete)


def _text_rows(opener: Opener, encoding: str, delimiter: str, quoted: bool) -> Iterator[Row]:
    with _explained_faults(), io.TextIOWrapper(opener(), encoding=encoding, newline="") as text:
        yield from delimited_rows(text, delimiter, quoted=quoted)


def _text_encoding(opener: Opener, encodings: tuple[str, ...]) -> tuple[str, bool]:
    """Give the first of the encodings that fits the whole text, and whether it ends with a line break."""
    with opener() as stream:
        marked = marked_encoding(stream.read(4))
    candidates = (marked,) if marked and marked != "utf-8-sig" else encodings
    for name in candidates:
        name = "utf-8-sig" if name == "utf-8" else name
        try:
            return name, _last_letter(opener, name) in ("\n", "\r")
        except UnicodeDecodeError:
            continue
    raise WrongFile(
        f"is not in {' or '.join(candidates).upper()}, as the file of this source is: another program has "
        "saved it, or it is no text. Take the file as it was downloaded, unopened."
    )


def _last_letter(opener: Opener, encoding: str) -> str:
    """Decode a whole text, and give its last letter."""
    decoder, last = codecs.getincrementaldecoder(encoding)("strict"), ""
    with opener() as stream:
        while part := stream.read(_PART):
            last = decoder.decode(part)[-1:] or last
        decoder.decode(b"", final=True)
    return last


def _json_rows(opener: Opener, encoding: str, _delimiter: str, _quoted: bool) -> Iterator[Row]:
    """Give the first list of objects of a JSON file as a table: their names as its header."""
    with opener() as stream:
        try:
            content = json.loads(stream.read().decode(encoding))
        except ValueError:
            raise WrongFile("is damaged or cut off: it is no whole JSON. Download it again.") from None
    values = [content] if isinstance(content, list) else content.values()
    entries = next((value for value in values if isinstance(value, list)), [])
    objects = [entry for entry in entries if isinstance(entry, dict)]
    if not objects:
        message = re.sub(r"\s+", " ", json.dumps(content, ensure_ascii=False))[:120]
        raise WrongFile(f"is JSON without a table ({message}): often an error of the server. Download it again.")
    names = list(dict.fromkeys(name for entry in objects for name in entry))
    yield 1, names
    for number, entry in enumerate(objects, start=2):
        yield number, ["" if entry.get(name) is None else str(entry[name]) for name in names]


# -- workbooks --


def _open_workbook(file: Path) -> Workbook:
    return Workbook(file.read_bytes(), check_formulas=False)


def _workbook_rows(file: Path, title: str, _delimiter: str, _quoted: bool) -> Iterator[Row]:
    with _explained_faults(), _open_workbook(file) as book:
        for number, cells in book.rows(title):
            yield number, list(map(_stored_text, cells))


def _stored_text(cell: str) -> str:
    """Give a number as it is stored, with all its digits, whatever the cell shows of it."""
    return f"{cell.amount:f}".removesuffix(".0") if isinstance(cell, Numeral) else cell
