"""Opening a file that a user has downloaded: its tables, row by row, whatever it is packed in.

Files of a source may be large (the whole of the World Development Indicators), so they are never read as a whole.
"""

import codecs
import csv
import gzip
import io
import json
import re
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook

from analysis.errors import StudyError

Row = tuple[int, list[str]]  # with its number in the file
_PART = 1 << 20
_ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".json")
# what a file really is, by its first bytes, and what to do with it
_KINDS = (
    (b"%PDF", "is a PDF document"),
    (b"\xd0\xcf\x11\xe0", "is an old spreadsheet (.xls) or one with a password: save it as .xlsx, and take that"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"Rar!", "is an archive (RAR): unpack it first"),
    (b"7z\xbc\xaf", "is an archive (7z): unpack it first"),
)


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


def sheets(file: Path, encodings: tuple[str, ...]) -> list[Sheet]:
    """Give the tables of a file: of a text one, of a workbook its sheets, of an archive those of its parts.

    Raises
    ------
    WrongFile
        Where it is no table, is damaged, or is in another encoding; the message says what to do.
    """
    try:
        with file.open("rb") as stream:
            start = stream.read(_PART)
        if start.startswith(b"PK"):
            return _of_archive(file, encodings)
        if start.startswith(b"\x1f\x8b"):
            return [_of_text(file.name, lambda: gzip.open(file, "rb"), encodings)]  # type: ignore[arg-type, return-value]
        return [_of_text(file.name, lambda: file.open("rb"), encodings)]
    except IsADirectoryError:
        raise WrongFile("is a folder. Name a file in it.") from None
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise WrongFile("is damaged (gzip). Download it again.") from None
        raise WrongFile(f"cannot be read: {error.strerror or error}. Name a file that is there.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise WrongFile("is damaged or cut off: it cannot be unpacked. Download it again.") from None


def _of_archive(file: Path, encodings: tuple[str, ...]) -> list[Sheet]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" in names:
            return _of_workbook(file)
        parts = [name for name in names if name.lower().endswith(_ENDINGS) and not name.startswith("__MACOSX/")]
        if not parts:
            raise WrongFile(
                f"is an archive without a text table ({', '.join(names[:5])}). Unpack it, and take the table."
            )
    return [_of_text(name, lambda name=name: _part(file, name), encodings) for name in parts]  # type: ignore[misc]


def _part(file: Path, name: str) -> IO[bytes]:
    return zipfile.ZipFile(file).open(name)


# -- text -------------------------------------------------------------------------------------------------------------


def _of_text(name: str, opened: Callable[[], IO[bytes]], encodings: tuple[str, ...]) -> Sheet:
    with opened() as stream:
        start = stream.read(_PART)
    for kind, what in _KINDS:
        if start.startswith(kind):
            raise WrongFile(f"{what}. Take the data as the source offers them.")
    if not start.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise WrongFile("is empty. Download it again.")
    encoding, ends = _encoding(opened, encodings)
    head = start[:400].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        raise WrongFile(
            "is a web page or XML, no table: the address gave a page (an error, a form, or the page around the data). "
            "Open it in a browser, and download the data from there."
        )
    if head.startswith(("{", "[")):
        return Sheet(name, _json_rows(name, opened, encoding), text=False)

    def rows(delimiter: str, quoted: bool) -> Iterator[Row]:
        with io.TextIOWrapper(opened(), encoding=encoding, newline="") as text:
            yield from _cut(text, delimiter, quoted)

    return Sheet(name, rows, text=True, cut=not ends)


def _cut(text: IO[str], delimiter: str, quoted: bool) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 1 << 30))
    reader = csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        raise WrongFile(f"cannot be cut into cells near row {reader.line_num + 1}. Download it again.") from None
    except (EOFError, zlib.error, zipfile.BadZipFile):
        raise WrongFile("is damaged or cut off: it cannot be unpacked. Download it again.") from None


def _encoding(opened: Callable[[], IO[bytes]], encodings: tuple[str, ...]) -> tuple[str, bool]:
    """Give the first of the encodings that fits the whole text, and whether it ends with a line break."""
    with opened() as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    for name in encodings:
        name = "utf-8-sig" if name == "utf-8" else name
        decoder, last = codecs.getincrementaldecoder(name)("strict"), ""
        try:
            with opened() as stream:
                while part := stream.read(_PART):
                    last = decoder.decode(part)[-1:] or last
                decoder.decode(b"", final=True)
            return name, last in ("\n", "\r")
        except UnicodeDecodeError:
            continue
    raise WrongFile(
        f"is not in {' or '.join(encodings).upper()}, as the file of this source is: another program has saved it, or it is "
        "no text. Take the file as it was downloaded, unopened."
    )


def _json_rows(name: str, opened: Callable[[], IO[bytes]], encoding: str) -> Callable[[str, bool], Iterator[Row]]:
    """Give the first list of objects of a JSON file as a table: their names as its header."""

    def rows(_delimiter: str, _quoted: bool) -> Iterator[Row]:
        with opened() as stream:
            try:
                content = json.loads(stream.read().decode(encoding))
            except ValueError:
                raise WrongFile("is damaged or cut off: it is no whole JSON. Download it again.") from None
        lists = [content] if isinstance(content, list) else [one for one in content.values() if isinstance(one, list)]
        objects = [one for one in (lists[0] if lists else []) if isinstance(one, dict)]
        if not objects:
            message = re.sub(r"\s+", " ", json.dumps(content, ensure_ascii=False))[:120]
            raise WrongFile(f"is JSON without a table ({message}): often an error of the server. Download it again.")
        names = list(dict.fromkeys(key for one in objects for key in one))
        yield 1, names
        for number, one in enumerate(objects, start=2):
            yield number, ["" if one.get(key) is None else str(one[key]) for key in names]

    return rows


# -- workbooks --------------------------------------------------------------------------------------------------------


def _of_workbook(file: Path) -> list[Sheet]:
    try:
        book = _book(file)
        names = [page.title for page in book.worksheets if hasattr(page, "iter_rows")]
        book.close()
    except Exception as error:  # the reader of the format raises all sorts of errors where a file is damaged
        raise WrongFile(f"cannot be read as a spreadsheet ({type(error).__name__}). Download it again.") from None

    def rows_of(title: str) -> Callable[[str, bool], Iterator[Row]]:
        def rows(_delimiter: str, _quoted: bool) -> Iterator[Row]:
            book = _book(file)
            try:
                page = book[title]
                page.reset_dimensions()  # what the file says of its own size may be wrong
                for number, row in enumerate(page.iter_rows(values_only=True), start=1):
                    yield number, [_text(cell) for cell in row]
            finally:
                book.close()

        return rows

    return [Sheet(name, rows_of(name), text=False) for name in names]


def _book(file: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a spreadsheet program has added: charts, styles
        return load_workbook(io.BytesIO(file.read_bytes()), read_only=True, data_only=True)  # whatever it is called


def _text(cell: Any) -> str:
    """Give the text of a cell; a number with all its digits."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)
