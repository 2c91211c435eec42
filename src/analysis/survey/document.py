"""The questionnaire as a document to print: boxes to tick, lines to write on."""

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from analysis import files
from analysis.instrument import Instrument, Question, Texts
from analysis.survey import wording
from analysis.survey.sheets import DATE

BOX = "\N{BALLOT BOX}"
_ASKED, _HELP, _CHOICE = "Question", "Help", "Choice"  # styles of the document
_REGIONS = {"en": "en-GB", "es": "es-ES", "fr": "fr-FR"}  # a spelling checker wants a region
_INK, _QUIET = RGBColor(0x26, 0x26, 0x26), RGBColor(0x4A, 0x52, 0x59)
_IN_COLUMNS = 7  # choices; so many stand in two columns
_LONG = ("situation", "practice")  # roles whose texts are more than a name
_LINES = {True: 4, False: 1}
_RETURN: Texts = {
    "en": "Questionnaire on paper, to gather the answers. Send them with the spreadsheet or the online form.",
    "es": "Cuestionario en papel, para reunir las respuestas. Envíelas con la hoja de cálculo o con el formulario en línea.",
    "fr": "Questionnaire sur papier, pour réunir les réponses. Envoyez-les par le tableur ou par le formulaire en ligne.",
}


def write_document(instrument: Instrument, lang: str) -> bytes:
    """Write the document; equal instruments give equal bytes."""
    return _Writer(instrument, lang).content()


@dataclass(frozen=True)
class _Writer:
    instrument: Instrument
    lang: str

    @cached_property
    def document(self) -> Any:
        return docx.Document()

    def content(self) -> bytes:
        self._set_styles()
        self.document.add_paragraph(self.instrument.title[self.lang], "Title")
        for text in (*wording.instructions(self.instrument, self.lang), _RETURN[self.lang]):
            self.document.add_paragraph(text)
        for section in self.instrument.sections:
            if section.questions:
                self.document.add_heading(section.title[self.lang], 1)
            for question in section.questions:
                self._write_question(question)
        out = io.BytesIO()
        self.document.save(out)
        return files.same_bytes(out.getvalue(), DATE)

    def _write_question(self, question: Question) -> None:
        number = wording.numbers(self.instrument)[question.id]
        self.document.add_paragraph(f"{number}. {wording.starred(question, self.lang)}", _ASKED)
        chosen = question.type in ("single", "scale")
        mark = wording.say("one", self.lang) if chosen else ""
        for text in (wording.only_if(self.instrument, question, self.lang), wording.help_on(question, self.lang), mark):
            if text:
                self.document.add_paragraph(text, _HELP)
        if question.choices:
            self._write_choices([f"{BOX} {choice.label[self.lang]}" for choice in question.choices])
        else:
            for _ in range(_LINES[question.type == "text" and question.role in _LONG]):
                self._draw_line()

    def _write_choices(self, labels: list[str]) -> None:
        """List the boxes to tick, downwards in two columns where they are many."""
        half = (len(labels) + 1) // 2
        if len(labels) < _IN_COLUMNS:
            places = [self.document.add_paragraph() for _ in labels]
            last = places[-1:]
        else:
            table = self.document.add_table(half, 2)
            places = [table.cell(number % half, number // half).paragraphs[0] for number in range(2 * half)]
            last = [places[half - 1], places[-1]]
        for place, label in zip(places, [*labels, ""], strict=False):
            place.text, place.style = label, self.document.styles[_CHOICE]
            place.paragraph_format.keep_with_next = not any(
                place is end for end in last
            )  # a question stays on its page

    def _draw_line(self) -> None:
        """Draw a line to write on."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(14), Pt(0)
        borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "8A9299")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
        paragraph._p.get_or_add_pPr().append(borders)

    def _set_styles(self) -> None:
        """Set page, styles, language and properties."""
        section, styles = self.document.sections[0], self.document.styles
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
        styles["Normal"].font.name, styles["Normal"].font.size = "Calibri", Pt(10.5)
        styles["Normal"].paragraph_format.space_after = Pt(6)
        for name, size in (("Title", 22), ("Heading 1", 15)):
            styles[name].font.name, styles[name].font.size, styles[name].font.color.rgb = "Calibri", Pt(size), _INK
        for name in (_ASKED, _HELP, _CHOICE):
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style, style.quick_style = styles["Normal"], True
            style.paragraph_format.space_after = Pt(2)
        styles[_ASKED].font.bold = True
        styles[_ASKED].paragraph_format.space_before = Pt(12)
        styles[_ASKED].paragraph_format.keep_with_next = styles[_HELP].paragraph_format.keep_with_next = True
        styles[_HELP].font.italic, styles[_HELP].font.color.rgb = True, _QUIET
        styles[_CHOICE].paragraph_format.left_indent, styles[_CHOICE].paragraph_format.first_line_indent = (
            Cm(1),
            Cm(-0.5),
        )
        for element in styles.element.iter(qn("w:lang")):
            element.set(qn("w:val"), _REGIONS[self.lang])
        properties = self.document.core_properties
        properties.title, properties.language, properties.author = (
            self.instrument.title[self.lang], _REGIONS[self.lang], "Smart Cities Study",
        )  # fmt: skip
        properties.created = properties.modified = DATE
        properties.last_modified_by, properties.comments, properties.revision = "", "", 1
