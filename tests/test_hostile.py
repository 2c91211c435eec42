"""Hostile or damaged files and answers: each ends in a clear report, or is kept harmlessly; none in a traceback."""

import csv
import gzip
import io
import os
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import html_of
from openpyxl import Workbook, load_workbook
from survey_copy import BILBAO, CONTACTS, PORTO, YEAR, as_csv, as_xlsx, entered, findings, stored, survey_copy, taken

from analysis import answers
from analysis.exhibits import Listing, Paragraph, safe_csv
from analysis.survey import intake, twin

LONG = "long text, " * 909 + "!"  # 10,000 characters
LATIN = "Größe, ação, niñez, façade, œuvre, Łódź, İstanbul"

# -- texts that are kept as they were typed ---------------------------------------------------------------------------

TEXTS = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//x.example/a.js></SCRIPT>", "<img src=x onerror=alert(1)>", "<img onerror>",
    "<svg/onload=alert(1)>", "<iframe src=javascript:alert(1)></iframe>", "<a href='javascript:alert(1)'>here</a>",
    "</td></tr></table><h1>out</h1>", "<!-- comment -->", "<![CDATA[x]]>", "&lt;b&gt;", "&amp;&nbsp;&#0;", "<b>bold",
    "</style><style>*{display:none}", "<base href=//x.example>", "\"><script>x</script>", "' onmouseover='alert(1)",
    "<math><mtext></mtext></math>", "<template>{{7*7}}</template>", "{{ 7*7 }}", "{% include 'x' %}", "${7*7}", "#{7*7}", "%s%s%n",
    "{0.__class__}", "{names}", "{", "}", "%(x)s", "# Heading", "**bold** and _it_", "[link](javascript:alert(1))",
    "![](//x.example/p.png)", "```{code-cell}\nprint(1)\n```", "```python\nx\n```", ":::{note}\nx\n:::", "{eval-rst}`x`",
    "- item\n- item", "> quote", "| a | b |\n|---|---|", "---\na: 1\n---", "$x^2$", "$$\\input{/etc/passwd}$$", "\\write18{ls}",
    "\\(x\\)", "#set page(width: 1pt)", "#read(\"/etc/passwd\")", "@preview/x", "=1+1", "=HYPERLINK(\"http://x.example\",\"x\")",
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "- a list", "@SUM(A1)", "\t=1+1", " =1+1", "'=1+1", "\uff1d1+1", ";=1+1",
    "=IMPORTXML(\"//x\",\"//a\")", "%0A=1+1", "DDE(\"a\")", "\u202eesrever\u202c", "\u2066isolate\u2069", "\u200bzero\u200bwidth\u200d",
    "\ufeffmark", "\u061cArabic letter mark", "\u2028line\u2029paragraph", "soft\u00adhyphen", "a\u0300\u0301\u0302\u0303\u0304" * 20,
    "العربية من اليمين", "עברית", "हिन्दी", "日本語、テキスト", "\U0001f600 emoji \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1ea\U0001f1f8", "\U000e0041tag", "\ue000private use", "\ufdd0", "\U0010ffff", LONG, "x" * 10_000, "a\n" * 4_000,
    "\U0001f600" * 5_000, LATIN, "None", "NA", "N/A", "null", "NULL", "nan", "NaN", "NaT", "inf", "-inf", "undefined", "nil", "true",
    "FALSE", "0", "-0", "1e309", "0x1F", "#N/A", "#REF!", "#DIV/0!", "1,5", "007", "2027-01-05", "1/2", "12:30", "\"", "\"\"", "'",
    "\"quoted\", text", "a;b", "a|b", "a,b", "tab\tbetween", "line\nbreak", "two\n\nbreaks", "  spaces around  ", "\u00a0no-break\u00a0",
    "\\", "\\n", "C:\\Users\\x", "../../etc/passwd", "file:///etc/passwd", "'; DROP TABLE answers;--", "1 OR 1=1", "$(reboot)", "`id`",
    "| rm -rf /", "&& ls", "%PDF-1.7", "PK\x03\x04"[:2] + " archive", "__import__('os').system('ls')", "!!python/object:os.system",
    "*anchor", "&anchor x", "!tag", "key: value", "?", "_", "-", ".", "http://x.example/?a=1&b=<2>", "x@y.example", "ftp://x",
    "mailto:x@y.example", "CON", "LPT1", "_x000D_ of a spreadsheet", "_x0041_", "SUM(A1:A2)", "R1C1", "TRUE()", "<?php echo 1 ?>",
    "<%= 1 %>", "<?xml version='1.0'?>", "<!DOCTYPE html>",
]  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        return survey_copy(tmp_path_factory.mktemp("hostile"), patch)


@pytest.fixture
def root(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDY_ROOT", str(shared))
    folder = shared / "data" / "private" / "2027"
    for file in folder.glob("*"):
        file.unlink()
    return shared


@pytest.fixture
def kept(root: Path) -> Callable[[str], list[str]]:
    """Take a text in, by CSV and by spreadsheet, and give what is stored of it."""

    def texts(typed: str) -> list[str]:
        found = []
        row = {**BILBAO, "practice": typed}
        for content, name in ((as_csv([row]), "in.csv"), (as_xlsx([[*row], [*row.values()]]), "in.xlsx")):
            result = taken(root, content, name)
            assert result.refused == 0, findings(result)
            found.append(stored(root)[0]["practice"])
        return found

    return texts


@pytest.mark.parametrize("typed", TEXTS, ids=range(len(TEXTS)))
def test_texts_are_kept_as_typed_and_shown_harmlessly(kept: Callable[[str], list[str]], typed: str) -> None:
    by_csv, by_sheet = kept(typed)
    assert by_csv == typed
    assert by_sheet == typed or "_x00" in typed  # an escape of the format itself
    read = answers.read(YEAR)
    assert read is not None
    assert read.frame["practice"].tolist() == [by_sheet]

    frame = read.frame[["city", "practice"]]
    (line,) = list(csv.reader(io.StringIO(safe_csv(frame).lstrip("\ufeff"), newline="")))[1:]
    assert not line[1].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert line[1].removeprefix("'") == by_sheet.removeprefix("'")
    page = BeautifulSoup(html_of(Listing("practices", typed, frame), Paragraph(typed)), "html.parser")
    assert {tag.name for tag in page.find_all(True)} == {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
    }
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]


@pytest.mark.parametrize("typed", twin.HOSTILE, ids=range(len(twin.HOSTILE)))
def test_the_texts_of_a_rehearsal_are_kept(kept: Callable[[str], list[str]], typed: str) -> None:
    plain = typed if isinstance(typed, str) else typed[0]
    by_csv, _ = kept(plain)
    assert by_csv == re.sub(r"\r\n?", "\n", by_csv)


@pytest.mark.parametrize("code", [*range(9), *range(11, 13), *range(14, 32), *range(127, 160)])
def test_control_characters_are_made_visible_with_a_note(root: Path, code: int) -> None:
    result = taken(root, as_csv([{**BILBAO, "practice": f"a{chr(code)}b"}]))
    assert entered(result) == (1, 0, 0, 0)
    assert stored(root)[0]["practice"] == "a\ufffdb"
    (note,) = findings(result)
    assert note[:2] == ("2", "practice")
    assert f"[U+{code:04X}]" in note[2]


@pytest.mark.parametrize("break_", ["\r\n", "\r", "\n"])
def test_line_breaks_become_one_kind(root: Path, break_: str) -> None:
    assert taken(root, as_csv([{**BILBAO, "practice": f"a{break_}b"}])).refused == 0
    assert stored(root)[0]["practice"] == "a\nb"


@pytest.mark.parametrize("typed", [text for text in TEXTS if len(text) < 200][::6])
@pytest.mark.parametrize("question", ["city_name", "country", "eco_plan", "eco_barriers", "eco_jobs", "contact_email"])
def test_hostile_values_elsewhere_are_refused_in_a_harmless_report(root: Path, typed: str, question: str) -> None:
    result = taken(root, as_csv([PORTO, {**BILBAO, question: typed}]))
    valid = {"eco_jobs": r"-?\d+|1,5", "contact_email": r"[^\s@<>\"]+@[^\s@]+\.\w+|mailto:.*"}
    if re.fullmatch(valid.get(question, "(?!)"), typed):
        assert result.refused == 0
        return
    assert entered(result) == (1, 0, 0, 1)
    page = BeautifulSoup(result.reports[0].read_text(encoding="utf-8"), "html.parser")
    assert not page.find_all(["script", "img", "svg", "iframe", "a", "base", "template", "math"])
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    book = load_workbook(result.reports[0].with_suffix(".xlsx"))
    assert not [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    if question == "contact_email":
        assert findings(result)[0][2] == "(contact data are not repeated here)"


# -- files --------------------------------------------------------------------------------------------------------


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Damage one part of a good spreadsheet."""
    with zipfile.ZipFile(io.BytesIO(GOOD_XLSX)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {part: change(parts.get(part, b""))})


def without(part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD_XLSX)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist() if name != part})


def book(edit: Callable[[Any], None]) -> bytes:
    made = Workbook()
    edit(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def far_cell(made: Any) -> None:
    made.active["XFD1048576"] = "far"


def two_own(made: Any) -> None:
    for title in ("answers", "respuestas"):
        page = made.create_sheet(title)
        page.append(["code", "answer"])
        page.append(["city_name", "Bilbao"])


GOOD = as_csv([BILBAO, PORTO])
GOOD_XLSX = as_xlsx([[*BILBAO], [*BILBAO.values()]])
SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
)
OF_A_FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
NOISE = random.Random(1).randbytes(4000)
HEADER = ",".join(BILBAO)

# name: content, a part of the message
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"), "spaces": (b"  \r\n \n", "is empty"), "mark alone": (b"\xef\xbb\xbf", "is empty"),
    "zeros": (b"\0" * 500, "is empty"), "utf-16 mark alone": (b"\xff\xfe", "is empty"), "pdf": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "PDF"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900, "old spreadsheet"), "png": (b"\x89PNG\r\n\x1a\n" + NOISE, "picture"),
    "jpeg": (b"\xff\xd8\xff\xe0" + NOISE, "picture"), "gzip": (gzip.compress(GOOD.encode()), "compressed"),
    "rar": (b"Rar!\x1a\x07\x01\x00" + NOISE, "archive"), "7z": (b"7z\xbc\xaf\x27\x1c" + NOISE, "archive"),
    "rtf": (b"{\\rtf1\\ansi x}", "RTF"), "noise": (NOISE, "no text"), "elf": (b"\x7fELF\x02\x01\x01" + b"\0\1\2" * 300, "no text"),
    "html": (b"<!DOCTYPE html><html><body><table>", "web page"), "html table": (b"<table><tr><td>x", "web page"),
    "xml": (b"<?xml version='1.0'?><root/>", "web page or XML"), "html with mark": (b"\xef\xbb\xbf<html>", "web page"),
    "json": (b'[{"city": "Bilbao"}]', "no column that is a question"),
    "prose": (b"Dear secretariat, here are our answers.\nRegards", "no column"), "one word": (b"x", "no column"),
    "other csv": (b"a,b,c\n1,2,3\n", "no column"), "header only": (HEADER.encode(), "headings and no answers"),
    "header and empties": (f"{HEADER}\n,,,\n\n".encode(), "headings and no answers"),
    "quote never closed": ((GOOD + 'Bilbao,"ESP').encode(), "quotation mark"),
    "quote in the header": (('"' + GOOD).encode(), "quotation mark"),
    "stray quote": ((HEADER + '\nBil"bao,"x"y,z\n').encode(), "quotation mark"),
    "too many rows": ((HEADER + "\n" + "Bilbao,ESP\n" * 6000).encode(), "5000 rows"), "too large": (b"a,b\n" * 6_000_000, "20 MB"),
    "zip cut": (GOOD_XLSX[: len(GOOD_XLSX) // 2], "cannot be read as a spreadsheet"), "zip end cut": (GOOD_XLSX[:-30], "cannot be read"),
    "zip start alone": (b"PK\x03\x04", "cannot be read"), "zip noise": (b"PK\x03\x04" + NOISE, "cannot be read"),
    "zip of nothing": (zipped({}), "no Excel workbook"), "zip of csv": (zipped({"answers.csv": GOOD.encode()}), "no Excel workbook"),
    "docx": (zipped({"word/document.xml": b"<w/>", "[Content_Types].xml": b""}), "no Excel workbook"),
    "ods": (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}), "OpenDocument"),
    "zip bomb": (zipped({"xl/workbook.xml": b"x", SHEET: b"0" * 90_000_000}), "too large"),
    "many parts": (zipped({f"xl/{n}.bin": b"" for n in range(2500)}), "too large"),
    "no sheets": (changed("xl/workbook.xml", lambda _: b"<workbook/>"), "without anything"),
    "workbook no xml": (changed("xl/workbook.xml", lambda _: NOISE), "cannot be read"),
    "sheet no xml": (changed(SHEET, lambda _: NOISE), "cannot be read"),
    "sheet cut": (changed(SHEET, lambda xml: xml[: len(xml) // 2]), "cannot be read"),
    "sheet empty": (changed(SHEET, lambda _: b""), "cannot be read"), "sheet missing": (without(SHEET), ""),
    "rels missing": (without("xl/_rels/workbook.xml.rels"), "cannot be read"),
    "types missing": (without("[Content_Types].xml"), "cannot be read"),
    "styles no xml": (changed("xl/styles.xml", lambda _: b"\0\1"), "cannot be read"),
    "entities": (changed(SHEET, lambda _: ENTITIES), "document type"),
    "entity of a file": (changed(SHEET, lambda _: OF_A_FILE), "document type"),
    "entities late": (changed("xl/styles.xml", lambda xml: b"<!DOCTYPE a>" + xml), "document type"),
    "empty workbook": (book(lambda _: None), "without anything"), "far cell alone": (book(far_cell), "no column"),
    "own twice": (book(two_own), "on several sheets"),
    "too many rows of a sheet": (as_xlsx([["city_name"], *([["Bilbao"]] * 5100)]), "5000 rows"),
    "wrong codes": (as_xlsx([["code", "answer"], ["nothing", "x"]]), "'nothing' (nearest:"),
    "sheet of numbers": (as_xlsx([[1, 2, 3], [4, 5, 6]]), "no column"),
    "own without answers": (as_xlsx([["code", "section", "question", "answer"], ["city_name", "", "City", ""]]), "headings and no answers"),
    "utf-7": (GOOD.encode("utf-7").replace(b"_", b"+AF8-"), ""), "ebcdic": (GOOD.encode("cp500"), ""),
    "utf-16 cut": (GOOD.encode("utf-16")[:-1], ""),
    "2100 columns": ((",".join([*BILBAO, *(f"c{n}" for n in range(2100))]) + "\nx").encode(), "2000 columns"),
    "delimiter unknown": (GOOD.replace(",", "~").encode(), "no column"), "one column": (b"city_name\nBilbao\n", "required"),
    "headings in the middle": (b"x,y\n" * 30 + GOOD.encode(), "no column"),
    "synthetic and not": (as_csv([BILBAO | {"synthetic": "yes"}, PORTO | {"synthetic": "no"}]).encode(), "synthetic and real"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_damaged_files_end_in_a_clear_report(root: Path, name: str) -> None:
    content, message = UNREADABLE[name]
    result = taken(root, content, f"file{('.csv', '.xlsx')[len(name) % 2]}")  # the name says nothing
    assert entered(result)[0] == 0
    assert result.refused >= 1
    said = " ".join(" ".join(row) for row in findings(result))
    assert message in said
    assert "Traceback" not in said
    assert stored(root) == []


def row_of(change: dict[str, str]) -> str:
    return as_csv([{**BILBAO, **change}])


# name: content, and how many rows enter and are refused
ODD: dict[str, tuple[str | bytes, int, int]] = {
    "300 columns more": (as_csv([BILBAO | {f"column {n}": str(n) for n in range(300)}]), 0, 1),
    "300 empty columns more": (as_csv([BILBAO | {f"column {n}": "" for n in range(300)}]), 1, 0),
    "duplicate headings": (GOOD.replace("eco_jobs", "eco_share,eco_jobs").replace("12.5", "12.5,12.5"), 2, 0),
    "duplicate headings that differ": (GOOD.replace("eco_jobs", "eco_share,eco_jobs").replace("12.5", "12.5,13"), 0, 2),
    "swapped columns": (as_csv([{**BILBAO, "city_name": "Spain", "country": "Bilbao"}]), 0, 1),
    "shifted row": (GOOD.replace("Porto,PRT", "Porto,extra,PRT"), 1, 1), "short row": (f"{HEADER}\nBilbao,ESP,named,,,yes\n", 1, 0),
    "torn row": (f"{HEADER}\nBilbao,ESP,named,,,yes,pilot,,,,line\nbreak\n", 1, 1),
    "nul in the city": (row_of({"city_name": "Bil\0bao"}), 0, 1), "nul in a text": (row_of({"practice": "a\0b"}), 1, 0),
    "nul in a heading": (GOOD.replace("practice", "prac\0tice"), 2, 0), "blank lines between": (GOOD.replace("\r\n", "\r\n\r\n"), 2, 0),
    "old line ends": (GOOD.replace("\r\n", "\r"), 2, 0), "sep line": ("sep=;\n" + as_csv([BILBAO], ";"), 1, 0),
    "capital headings": (GOOD.replace(HEADER, HEADER.upper()), 2, 0),
    "headings with spaces": (GOOD.replace(HEADER, HEADER.replace(",", " , ")), 2, 0),
    "headings quoted": (GOOD.replace(HEADER, '"' + HEADER.replace(",", '","') + '"'), 2, 0),
    "mark twice": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(), 2, 0),
    "invisible in a heading": (GOOD.replace("eco_plan", "eco_\u200bplan"), 2, 0),
    "invalid utf-8 in a text": (row_of({"practice": "caf\u00e9"}).encode("latin-1"), 1, 0),
    "mixed encodings": (GOOD.encode() + as_csv([{**BILBAO, "city_name": "Málaga"}]).encode("latin-1").split(b"\n", 1)[1], 3, 0),
    "bytes of no code page": (row_of({"practice": "x?y"}).encode().replace(b"?", b"\x81\x8d"), 0, 1),
    "mojibake city": (row_of({"city_name": "MÃ¡laga"}), 1, 0), "header twice": (GOOD + HEADER + "\r\n", 2, 0),
    "a total below": (GOOD + "Total,2,,,,,,,,,\r\n", 2, 0),
    "metadata alone": (as_csv([BILBAO | {"_id": "1"}, dict.fromkeys(BILBAO, "") | {"_id": "2"}]), 1, 1),
    "formula in a number": (row_of({"eco_share": "=1+1"}), 0, 1), "formula in a heading": (as_csv([BILBAO | {"=cmd()": "x"}]), 0, 1),
    "script in a heading": (as_csv([BILBAO | {"<script>x</script>": "x"}]), 0, 1),
    "heading of 10,000": (as_csv([BILBAO | {"h" * 10_000: "x"}]), 0, 1), "city of 10,000": (row_of({"city_name": "b" * 10_000}), 0, 1),
    "choice of 10,000": (row_of({"eco_barriers": "funding;" * 2000}), 1, 0),
    "choice of 30,000 unknown": (row_of({"eco_barriers": "fundin " * 4000}), 0, 1),
    "number of 10,000": (row_of({"eco_jobs": "9" * 10_000}), 0, 1),
    "digits of other scripts": (row_of({"eco_jobs": "\u0661\u0662"}), 0, 1),
    "fullwidth digits": (row_of({"eco_jobs": "\uff11\uff12"}), 0, 1), "infinity": (row_of({"eco_jobs": "inf"}), 0, 1),
    "hexadecimal": (row_of({"eco_jobs": "0x10"}), 0, 1), "underscore": (row_of({"eco_jobs": "1_000"}), 0, 1),
    "two points": (row_of({"eco_jobs": "1.2.3"}), 0, 1), "two numbers": (row_of({"eco_jobs": "5-10"}), 0, 1),
    "number with a word": (row_of({"eco_jobs": "5 people"}), 0, 1),
    "codes twice": (row_of({"eco_barriers": "funding;funding;skills"}), 1, 0),
    "separators alone": (row_of({"eco_barriers": ";;, "}), 1, 0),
    "codes joined by nothing": (row_of({"eco_barriers": "fundingskills"}), 0, 1),
    "answer of another question": (row_of({"eco_state": "funding"}), 0, 1),
    "two mails": (row_of({"contact_email": "a@b.example, c@d.example"}), 0, 1),
    "mail in angle brackets": (row_of({"contact_email": "A <a@b.example>"}), 0, 1),
    "mail in a number": (row_of({"eco_jobs": "a@b.example"}), 0, 1), "text of 10,001": (row_of({"practice": "y" * 10_001}), 0, 1),
    "text of 120,000": (row_of({"practice": "z" * 120_000}), 0, 1), "field of 200,000": (row_of({"practice": "z" * 200_000}), 0, 1),
    "country in another script": (row_of({"country": "España\u202e"}), 1, 0),
    "both id and other country": (as_csv([BILBAO | {"place_id": "2735943"}]), 0, 1),
    "id of nothing": (as_csv([BILBAO | {"place_id": "0"}]), 0, 1), "path for a city": (row_of({"city_name": "../../x (new)"}), 1, 0),
    "new without name": (row_of({"city_name": "... (new)"}), 0, 1),
    "synthetic perhaps": (as_csv([BILBAO | {"synthetic": "maybe"}]), 1, 0),
    "surrogates escaped": (row_of({"practice": "x"}).encode() + b"\xed\xa0\x80", 1, 1),
    "windows end of file": (GOOD.encode() + b"\x1a", 2, 1), "escaped quotes": (row_of({"practice": '""""'}), 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_files_enter_as_far_as_they_are_valid(root: Path, name: str) -> None:
    content, good, bad = ODD[name]
    result = taken(root, content)
    assert (entered(result)[0], result.refused) == (good, bad), findings(result)
    said = result.reports[0].read_text(encoding="utf-8")
    assert "Content-Security-Policy" in said
    assert "<script" not in said
    assert len(stored(root)) == good
    assert not list((root / "data" / "private").rglob("..*"))
    contacts = {row["contact_email"] for row in stored(root, CONTACTS)} - {""}
    assert not [mail for mail in contacts if mail in said]


@pytest.mark.parametrize("percent", range(1, 100, 4))
def test_a_spreadsheet_cut_anywhere_is_refused(root: Path, percent: int) -> None:
    # a share of the file, not a place in it: how long a spreadsheet is hangs on the minute in which it was written
    result = taken(root, GOOD_XLSX[: len(GOOD_XLSX) * percent // 100], "cut.xlsx")
    assert (entered(result)[0], result.refused) == (0, 1)


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_never_end_in_a_traceback(root: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(GOOD_XLSX if seed % 2 else GOOD.encode())
    for _ in range(chance.randint(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    result = taken(root, bytes(content), "flipped")
    assert len(result.reports) == 1
    for row in stored(root):
        assert row["city"] in ("Bilbao", "Porto") or row["place_id"]
        assert set(row["eco_barriers"].split(";")) <= {"", "funding", "skills", "data_quality", "none"}


def test_names_of_files_are_harmless(root: Path) -> None:
    folder = root / "<b>&amp; \u202ename"
    folder.mkdir()
    file = folder / "<img src=x onerror=alert(1)>\u202e'.csv"
    file.write_text(GOOD, encoding="utf-8")
    result = intake.take_in(YEAR, [file, folder, root / "none", Path(os.fsdecode(b"\xff.csv"))])
    assert (entered(result)[0], result.refused) == (2, 3)
    page = BeautifulSoup(result.reports[0].read_text(encoding="utf-8"), "html.parser")
    assert not page.find_all("img")
    assert "is a folder" in result.unreadable["<b>&amp; [U+202E]name"]


def test_there_are_many_of_them() -> None:
    assert len(TEXTS) + len(UNREADABLE) + len(ODD) >= 250
    assert len(LONG) == 10_000
    assert pd.Series(TEXTS).is_unique
