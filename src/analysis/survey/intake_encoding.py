"""Text from bytes, and text that a program decoded wrongly before it came to us."""

import re
import unicodedata

from analysis.survey.intake_cells import AGAIN, Unreadable
from analysis.uploads.reader import marked_encoding


def _windows_letter(byte: int) -> str:
    """Give the letter of a byte in the code page of Western Windows; a byte that has none stays a control character."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_LETTERS = [_windows_letter(byte) for byte in range(256)]
_BYTES = {ord(letter): byte for byte, letter in enumerate(_LETTERS) if byte > 127}
# bytes of UTF-8 that were read one by one: letters and signs of Europe and emoji by themselves, those of other
# scripts where two follow each other, so that a capital with an accent before a quotation mark is no such thing
_DECODED_TWICE = re.compile(
    r"(?:[\xc2-\xc5][\x80-\xbf]|\xe2[\x80-\x84\x86\x93\x94][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}|\xcb[\x86\x9c]|\xc6\x92)+"
    r"|(?:[\xc6-\xdf][\x80-\xbf]){2,}|(?:[\xe0-\xef][\x80-\xbf]{2}){2,}"
)
# what no text in Western European languages holds; here the letters of another code page show through
_IMPLAUSIBLE = re.compile(
    r"[\x80-\x9f]"
    r"|[a-z][À-ÖØ-ÞŠŒŽŸ]"  # a capital within a word
    r"|[a-z][¢£¤¥¦§¨¬¯±´¸¹¼½¾‚ƒ„†‡ˆ‰‹›˜]"
    r"|[a-z][¡¿«»³²¶©®™•“”\xa0–—][a-z]"
    r"|[À-ÖØ-öø-ÿ]{3}"  # Cyrillic, Greek
    r"|[¡¢£¤¥¦§¨©¬¯°±²³´¶·¸¹º]{2}"
)
# what is left of such a text where a program has dropped a part of it
_BROKEN = re.compile(r"\N{REPLACEMENT CHARACTER}|ï¿½|\bÃ(?=[a-df-np-z])|Â(?=[\W_])|â€")
_MOST_PASSES = 3
_LOOKED_AT = 20_000  # characters of a file


def decode(content: bytes) -> tuple[str, str]:
    """Decode the text of a file, and give a note where its encoding is a guess.

    Raises
    ------
    Unreadable
        Where nothing says which letters are meant.
    """
    marked = marked_encoding(content)
    for name in [marked] if marked else [*_unmarked_encodings(content), "utf-8"]:
        try:
            return content.decode(name), ""
        except UnicodeDecodeError:
            continue
    text = "".join(_LETTERS[byte] for byte in content)
    check_text(text)
    if wrong := _IMPLAUSIBLE.search(repair_text(text)):
        line = text.count("\n", 0, wrong.start()) + 1
        raise Unreadable(
            f"is not valid UTF-8, and which letters are meant is not certain, near line {line} for example. "
            f"Save it as 'CSV UTF-8' in the program that wrote it. {AGAIN}"
        )
    return text, (
        "The file is not in UTF-8; it was read as cp1252 (Western European, Windows). "
        "Check that letters with accents are right."
    )


def check_text(text: str) -> None:
    """Refuse what is no text at all."""
    start = text[:_LOOKED_AT]
    controls = sum(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in start)
    if controls * 10 > len(start):
        raise Unreadable(f"is no text: too many of its characters cannot be shown. Export the answers anew. {AGAIN}")


def _unmarked_encodings(content: bytes) -> list[str]:
    """Tell UTF-16 without its mark: every other byte of a text in Latin letters is zero."""
    start = content[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 3 < len(start) or min(even, odd) * 4 > max(even, odd):
        return []
    return ["utf-16-le" if odd > even else "utf-16-be"]


def repair_text(text: str) -> str:
    """Repair UTF-8 that was decoded as Latin-1 or cp1252, once or several times; any other text stays as it is."""
    for _ in range(_MOST_PASSES):
        if text.isascii():
            break
        once = _decoded_again(text)
        if once == text:
            break
        text = once
    return text


def is_broken(text: str) -> bool:
    """Tell a text some letters of which are lost, so that no repair brings them back."""
    return not text.isascii() and bool(_BROKEN.search(repair_text(text)))


def _decoded_again(text: str) -> str:
    raw = text.translate(_BYTES)  # of the same length, so that places agree
    pieces, end = [], 0
    for match in _DECODED_TWICE.finditer(raw):
        try:
            piece = match[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            continue
        pieces += [text[end : match.start()], piece]
        end = match.end()
    return "".join(pieces) + text[end:]
