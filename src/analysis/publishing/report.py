"""The report on a programme of work as a document to edit (DOCX), in the structure of the mechanism's own report.

What the compendium knows is filled in; what the secretariat has to add is marked by a style of its own.
"""

import datetime
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Length, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from analysis import figures, files, paths, surroundings, tables
from analysis.chapters.common import ADDRESSES
from analysis.chapters.programme import NOT_KNOWN, SECTIONS, Activity, ProgrammeChapter, section_names, statuses
from analysis.errors import StudyError
from analysis.exhibits import Paragraph, Section

_OPEN = "To be completed"  # name of the style that marks what the secretariat has to add
_PAGE, _MARGIN = (Cm(21), Cm(29.7)), Cm(2)
_WIDTH = Length(_PAGE[0] - 2 * _MARGIN)
_COLUMNS = (5.2, 2.9, 1.9, 2.6, 4.4)  # cm; the table of activities
_PICTURE = Cm(15)
_INK = RGBColor(0x26, 0x26, 0x26)


def write(period: str, lang: str, output: Path | None = None) -> Path:
    """Write the report on a period and give its file; it is there whole or not at all.

    Parameters
    ----------
    period
        Years of the programme, `2020-2021` say.
    lang
        Language of the report.
    output
        File to write; `_build/reports/<period>-<lang>.docx` where not given.

    Raises
    ------
    UnknownCell
        Where there is no such period, or no chapters in the language.
    StudyError
        Where `output` is a folder, or no name of a document.
    """
    target = output or paths.build() / "reports" / f"{period}-{lang}.docx"
    if target.is_dir() or target.suffix.lower() != ".docx":
        raise StudyError(f"'{target}' is no name for the report. Expected: a file that ends in .docx.")
    files.write_whole(target, Report(ProgrammeChapter(lang=lang, period=period)).content())
    return target


class Report:
    """The document, written from the chapter on the programme."""

    def __init__(self, chapter: ProgrammeChapter) -> None:
        self.chapter, self.words, self.say = chapter, chapter.words, chapter.words.say
        self.document = docx.Document()

    def content(self) -> bytes:
        """Give the document; the same data give the same bytes."""
        title = self.say("Report on the work of the consultation mechanism")
        _dress(self.document, title, self.words.code)
        self._footer()
        self._front(title)
        self._paragraphs(self.say("In short"), self.chapter.opening)
        for name in SECTIONS:
            self._section(name)
        self._timeline()
        self._table()
        self._sources()
        out = io.BytesIO()
        self.document.save(out)
        return files.same_bytes(out.getvalue(), _moment())

    # parts of the document, in order

    def _front(self, title: str) -> None:
        """Write title, mechanism, period and lead, and what the reader has to do."""
        say, lead = self.say, self.chapter
        mechanism = self._term("community")
        self.document.add_paragraph(title, "Title")
        self.document.add_paragraph(f"{mechanism}, {self.chapter.years}", "Subtitle")
        rows = [
            (say("Mechanism"), mechanism), (say("Organisation"), self._term("organisation")), (say("Period"), lead.years),
            (say("Lead"), say("{city} ({country})", city=lead.lead_name, country=lead.lead_country_name)),
            (say("Represented by"), ""), (say("Date of the report"), ""),
        ]  # fmt: skip
        table = self._grid(rows, (4.5, 12.5))
        for cell in table.columns[0].cells:
            _bold(cell)
        hint = self.document.add_paragraph()
        hint.add_run(say(
            "This draft was written from the tables of the Smart Cities Study. What was planned, and how far it was {written}, is "
            "told by the report on the period; what came of it, by other facts. Complete the highlighted places, then delete "
            "this paragraph. Codes such as {activity} and {outcome} name rows of the tables.",
            written=lead.written, activity=self._example(activity.id for activity in lead.activities),
            outcome=self._example(one.id for activity in lead.activities for one in activity.outcomes),
        )).italic = True  # fmt: skip

    def _section(self, name: str) -> None:
        """Write a section of the report: its sentences, then each activity with what came of it."""
        self._paragraphs(section_names(self.words)[name], self.chapter.section(name))
        for activity in self.chapter.of_section(name):
            self._activity(activity)
        self._open(self.document.add_paragraph(self.say("Other activities of this section:") + " "))

    def _activity(self, activity: Activity) -> None:
        facts = [activity.when, statuses(self.words)[activity.status]]
        if activity.partners:
            facts.append(self.say("with {partners}", partners=activity.partners))
        point = self.document.add_paragraph(style="List Bullet")
        point.add_run(activity.name).bold = True
        point.add_run(f" ({activity.id}). {'; '.join(facts)}.")
        point.paragraph_format.keep_with_next = True
        if activity.note:
            point.add_run(f" {activity.note}")
        for outcome in activity.outcomes:
            self.document.add_paragraph(outcome.cited, "List Bullet 2")
        if activity.kind == NOT_KNOWN:
            text = self.say("What came of it is not known from the facts collected:") + " "
            self._open(self.document.add_paragraph(text, "List Bullet 2"))

    def _timeline(self) -> None:
        """Show the time line on a page of its own, with its alternative text."""
        exhibit = self.chapter.timeline
        self.document.add_heading(self.say("Time line"), 1).paragraph_format.page_break_before = True
        self.document.add_paragraph(exhibit.subtitle, "Caption").paragraph_format.keep_with_next = True
        place = self.document.add_paragraph().add_run()
        picture = place.add_picture(io.BytesIO(figures.png(exhibit.draw, wide=True, dpi=200)), width=_PICTURE)
        properties = picture._inline.docPr
        properties.set("name", exhibit.id)
        properties.set("title", exhibit.title)
        properties.set("descr", exhibit.alt)

    def _table(self) -> None:
        """List all activities with dates, status, partners and what came of them."""
        say, status = self.say, statuses(self.words)
        self.document.add_heading(say("Activities at a glance"), 1)
        head = (say("Activity"), say("When"), say("Status"), say("Partners"), say("What came of it"))
        rows = [
            (f"{one.id}. {one.name}", one.when, status[one.status], one.partners or say("none named"),
             "; ".join(outcome.text for outcome in one.outcomes) if one.kind != NOT_KNOWN else "")
            for one in self.chapter.activities
        ]  # fmt: skip
        table = self._grid([head, *rows], _COLUMNS, size=Pt(8.5))
        for cell in table.rows[0].cells:
            _bold(cell)
            _shade(cell._tc.get_or_add_tcPr(), "E7E7E7")
        _property(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")

    def _sources(self) -> None:
        """Name the document behind the programme, and the pages behind each outcome."""
        self.document.add_heading(self.say("Sources"), 1)
        self.document.add_paragraph(self.chapter.documents + ".", "List Bullet")
        for activity in self.chapter.activities:
            for outcome in activity.outcomes:
                point = self.document.add_paragraph(f"{outcome.id}, {outcome.shown_by}: ", "List Bullet")
                for number, address in enumerate(outcome.addresses.split(ADDRESSES)):
                    if number:
                        point.add_run("; ")
                    _link(point, address)

    # pieces

    def _paragraphs(self, title: str, section: Section) -> None:
        """Write the sentences of a section; its notes stand with the activities that they are about."""
        self.document.add_heading(title, 1)
        for part in section.parts:
            if isinstance(part, Paragraph) and part.kind != "note":
                self.document.add_paragraph(part.text)

    def _grid(self, rows: Sequence[Sequence[str]], widths: Sequence[float], size: Length | None = None) -> Table:
        """Add a table; an empty text is a place for the secretariat to complete."""
        table: Table = self.document.add_table(len(rows), len(widths), "Table Grid")
        table.autofit = False
        for row, texts in zip(table.rows, rows, strict=True):
            _property(row._tr.get_or_add_trPr(), "w:cantSplit")
            for cell, text, width in zip(row.cells, texts, widths, strict=True):
                cell.width = Cm(width)
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
                if text:
                    paragraph.add_run(text)
                else:
                    self._open(paragraph)
                for run in paragraph.runs if size else ():
                    run.font.size = size
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        self.document.add_paragraph().paragraph_format.space_after = Pt(0)
        return table

    def _open(self, paragraph: DocxParagraph) -> None:
        """Mark a place that the secretariat has to complete."""
        paragraph.add_run(self.say("[to be completed by the secretariat]"), style=_OPEN)

    def _footer(self) -> None:
        """Write title and number of the page below each page."""
        footer = self.document.sections[0].footer.paragraphs[0]
        footer.add_run(self.say("{title}, page", title=self.chapter.title) + " ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        footer._p.append(field)
        run = footer.add_run("1")  # what stands there until the field is computed
        field.append(run._r)

    def _term(self, term: str) -> str:
        return self.words.text(tables.read("terms", term=term).iloc[0], "")

    def _example(self, ids: Iterable[str]) -> str:
        return next(iter(ids), "\N{EN DASH}")


def _dress(document: Document, title: str, lang: str) -> None:
    """Set page, styles, language and properties of a document."""
    section = document.sections[0]
    section.page_width, section.page_height = _PAGE
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    styles = document.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for name in ("Title", "Subtitle", "Heading 1", "Caption"):
        styles[name].font.color.rgb = _INK
        styles[name].font.name = "Calibri"
    styles["Title"].font.size = Pt(22)
    styles["Caption"].font.size = Pt(9)
    styles["Caption"].font.bold = False
    styles["Heading 1"].paragraph_format.space_before = Pt(16)
    styles["Heading 1"].paragraph_format.space_after = Pt(6)
    mark = styles.add_style(_OPEN, WD_STYLE_TYPE.CHARACTER)
    _shade(mark.element.get_or_add_rPr(), "FFE97F")  # Word takes shading from a style, but no highlighting
    mark.quick_style = True
    region = {"en": "en-GB"}.get(lang, f"{lang}-{lang.upper()}")  # a spelling checker wants a region
    for found in styles.element.iter(qn("w:lang")):
        found.set(qn("w:val"), region)
    properties, moment = document.core_properties, _moment()
    properties.title, properties.language, properties.author = title, region, "Smart Cities Study"
    properties.created = properties.modified = moment
    properties.last_modified_by, properties.comments, properties.revision = "", "", 1


def _moment() -> datetime.datetime:
    """Give the moment that every document bears: that of `SOURCE_DATE_EPOCH` where set, never that of the writing."""
    earliest = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)  # a zip file knows no earlier year
    return max(earliest, surroundings.source_date() or earliest)


def _link(paragraph: DocxParagraph, address: str) -> None:
    """Add an address that can be clicked."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = paragraph.add_run(address)
    run.font.color.rgb, run.font.underline = RGBColor(0x05, 0x63, 0xC1), True
    link.append(run._r)
    paragraph._p.append(link)


def _bold(cell: _Cell) -> None:
    for run in cell.paragraphs[0].runs:
        run.font.bold = True


def _shade(properties: BaseOxmlElement, colour: str) -> None:
    shading = _property(properties, "w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), colour)


def _property(parent: BaseOxmlElement, name: str) -> BaseOxmlElement:
    """Add a property that python-docx has no name for."""
    element = OxmlElement(name)
    parent.append(element)
    return element
