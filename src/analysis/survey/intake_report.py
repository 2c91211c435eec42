"""The report on a file of answers: what was refused and what to know, for the secretary who writes to the cities.

It lies in the private folder, as a page and as a spreadsheet. It depends on the file alone, not on when or how often it was
taken in. Contact data are not repeated in it.
"""

import html
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from analysis.exhibits import table_rows
from analysis.markup import html_table
from analysis.survey import intake_store
from analysis.survey.sheets import saved_bytes

HIDDEN = "(contact data are not repeated here)"
_LONGEST = 200
_COLUMNS = ("Row", "Question", "Value", "Expected", "What to do")
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere;unicode-bidi:isolate}"
)


@dataclass(frozen=True, order=True)
class Finding:
    """Something to know of a file: row (0 for the whole file), question, value, what is expected, what to do."""

    row: int
    question: str
    value: str
    expected: str
    suggestion: str = ""


@dataclass
class Report:
    """What is said of a file; `refused` counts the rows that did not enter, or the file as one."""

    edition: int
    file: str
    digest: str = "0" * 64
    metadata: tuple[str, ...] = ()
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    unstored: int = 0  # texts that stand here and are not stored
    _rows: set[int] = field(default_factory=set)

    @property
    def refused(self) -> int:
        """Count what was refused."""
        return len(self._rows)

    def refuse(
        self, row: int, question: str, value: str, expected: str, suggestion: str = "", whole: int | None = None
    ) -> None:
        """Add something because of which a row does not enter; `whole` is the row of the city where it has several."""
        self._rows.add(row if whole is None else whole)
        self.problems.append(
            Finding(row, shown(question), shown(value), shown(expected, 4_000), shown(suggestion, 1_000))
        )

    def note(
        self, row: int, question: str, value: str, expected: str, suggestion: str = "", longest: int = _LONGEST
    ) -> None:
        """Add something that keeps nothing out; `longest` is the number of characters of the value that are shown."""
        self.notes.append(
            Finding(row, shown(question), shown(value, longest), shown(expected, 4_000), shown(suggestion, 1_000))
        )

    def write(self, folder: Path) -> Path:
        """Write page and spreadsheet, and give the page."""
        page = folder / f"report-{self.digest[:12]}.html"
        intake_store.write(page, self._html_page())
        intake_store.write(page.with_suffix(".xlsx"), self._spreadsheet_bytes())
        return page

    def _report_tables(self) -> list[tuple[str, str, list[Finding]]]:
        refused = f"{self.refused} refused: what to mend" if self.problems else "Nothing was refused"
        about = "Rows that do not enter until they are mended; the others of the file have entered."
        return [
            ("Refused", f"{refused}. {about if self.problems else ''}".strip(), self.problems),
            ("Notes", "To know: these keep nothing out.", self.notes),
        ]

    def _html_page(self) -> str:
        title = f"Answers to the edition of {self.edition}: report on the file {shown(self.file)}"
        parts = [f"<h1>{html.escape(title)}</h1>"]
        for heading, about, findings in self._report_tables():
            parts.append(f"<h2>{heading}</h2><p>{html.escape(about)}</p>")
            if findings:
                parts.append(_table(findings, heading))
        if self.metadata:
            parts.append(
                f"<p>Columns of the survey tool, not kept: {html.escape(', '.join(map(shown, self.metadata)))}</p>"
            )
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{html.escape(title)}</title>'
            f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
        )

    def _spreadsheet_bytes(self) -> bytes:
        book = Workbook()
        book.remove(book.active)
        for heading, about, findings in self._report_tables():
            page = book.create_sheet(heading)
            for row in [(about,), _COLUMNS, *_findings_frame(findings).itertuples(index=False)]:
                page.append(["" for _ in row])
                for cell, text in zip(page[page.max_row], row, strict=False):
                    cell.value, cell.data_type = text, "s"  # a text, whatever it begins with
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
            for letter, width in zip("ABCDE", (12, 28, 40, 60, 60), strict=True):
                page.column_dimensions[letter].width = width
                page[f"{letter}2"].font = Font(bold=True)
            page["A1"].alignment = Alignment(wrap_text=False)
            page.freeze_panes = "A3"
        return saved_bytes(book)


def _table(findings: list[Finding], heading: str) -> str:
    frame = _findings_frame(findings)
    return html_table(frame.columns, table_rows(frame, {}), heading)


def _findings_frame(findings: list[Finding]) -> pd.DataFrame:
    rows = [
        (
            str(finding.row) if finding.row else "file",
            finding.question,
            finding.value,
            finding.expected,
            finding.suggestion,
        )
        for finding in sorted(set(findings))
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="str")


def shown(text: str, longest: int = _LONGEST) -> str:
    """Write a text so that all of it can be seen, shortened; what looks like a mail address is not repeated."""
    text = re.sub(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.\w+", "(e-mail address)", text[: 2 * longest])
    seen = "".join(
        f"[U+{ord(letter):04X}]"
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn") and letter not in "\n\t"
        else letter
        for letter in text
    )
    return seen if len(seen) <= longest else f"{seen[:longest]}\N{HORIZONTAL ELLIPSIS}"
