"""The questionnaire as XLSForm, which KoboToolbox and ODK read: one form in three languages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from analysis.files import digest
from analysis.instrument import CHOSEN, LANGUAGES, Instrument, Question, Texts
from analysis.survey import wording
from analysis.survey.sheets import BOLD, saved_bytes

_NAMED = {"en": "English (en)", "es": "Español (es)", "fr": "Français (fr)"}
_COUNTRIES = "iso3166"  # list of choices; the others are named after a question
_LIST = "list_name"
_LONG = ("situation", "practice")  # roles whose texts are more than a name
_MAIL = r"regex(., '^[^@\s]+@[^@\s]+\.[^@\s]+$')"
_Row = dict[str, str]


def write_xlsform(instrument: Instrument) -> bytes:
    """Write the form; equal instruments give equal bytes."""
    survey, choices = list(_survey_rows(instrument)), list(_choice_rows(instrument))
    settings = {
        "form_title": instrument.title["en"], "form_id": f"smart_cities_study_{instrument.edition}",
        "version": digest(repr((survey, choices)).encode())[:10], "default_language": _NAMED["en"],
    }  # fmt: skip
    book = Workbook()
    book.remove(book.active)
    columns = ["type", "name", *_language_columns("label"), *_language_columns("hint")]
    columns += ["required", "relevant", "constraint", *_language_columns("constraint_message"), "appearance"]
    _write_sheet(book, "survey", survey, columns)
    _write_sheet(book, "choices", choices, (_LIST, "name", *_language_columns("label")))
    _write_sheet(book, "settings", [settings], tuple(settings))
    return saved_bytes(book)


def _language_columns(name: str) -> list[str]:
    return [f"{name}::{_NAMED[lang]}" for lang in LANGUAGES]


def _language_texts(name: str, texts: Texts) -> _Row:
    return {f"{name}::{_NAMED[lang]}": texts[lang] for lang in LANGUAGES if texts.get(lang)}


def _write_sheet(book: Any, title: str, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    page = book.create_sheet(title)
    page.append(list(columns))
    for number, row in enumerate(rows, start=2):
        for place, column in enumerate(columns, start=1):
            if row.get(column):
                cell = page.cell(number, place, row[column])
                cell.data_type = "s"  # a text that begins with = is no formula
    for cell in page[1]:
        cell.font = BOLD
        page.column_dimensions[cell.column_letter].width = 44 if "::" in cell.value else 24
    page.freeze_panes = "C2"


def _survey_rows(instrument: Instrument) -> Iterator[_Row]:
    introduction = {lang: "\n\n".join(wording.instructions(instrument, lang)) for lang in LANGUAGES}
    yield {"type": "note", "name": "introduction"} | _language_texts("label", introduction)
    for section in instrument.sections:
        if section.questions:
            yield {"type": "begin_group", "name": f"section_{section.id}"} | _language_texts("label", section.title)
            for question in section.questions:
                yield _question_row(instrument, question)
            yield {"type": "end_group"}


def _question_row(instrument: Instrument, question: Question) -> _Row:
    row = {"type": _question_type(instrument, question), "name": question.id} | _language_texts("label", question.label)
    row |= _language_texts("hint", {lang: wording.help_on(question, lang) for lang in LANGUAGES})
    if question.required:
        row["required"] = "yes"
    if question.relevant is not None:
        row["relevant"] = _skip_rule(instrument, question)
    row |= _answer_constraint(question)
    if question.type == "country":
        row["appearance"] = "minimal autocomplete"
    elif question.type == "text" and question.role in _LONG:
        row["appearance"] = "multiline"
    return row


def _question_type(instrument: Instrument, question: Question) -> str:
    if question.type == "country":
        return f"select_one {_COUNTRIES}"
    if question.type in CHOSEN:
        return f"{'select_multiple' if question.type == 'multiple' else 'select_one'} {_list_of(instrument, question)}"
    if question.type == "number":
        return "integer" if wording.whole(question) else "decimal"
    return "text"


def _list_of(instrument: Instrument, question: Question) -> str:
    """Name the list of choices of a question: after the first question that has it."""
    return next(earlier.id for earlier in instrument if earlier.choices == question.choices)


def _skip_rule(instrument: Instrument, question: Question) -> str:
    assert question.relevant is not None
    asked, answers = question.relevant.question, question.relevant.answers
    if instrument[asked].type == "multiple":
        return " or ".join(f"selected(${{{asked}}}, '{answer}')" for answer in answers)
    return " or ".join(f"${{{asked}}} = '{answer}'" for answer in answers)


def _answer_constraint(question: Question) -> _Row:
    """Refuse an answer that cannot be, in words."""
    if question.type == "email":
        return {"constraint": _MAIL} | _language_texts("constraint_message", wording.TEXTS["mail"])
    if question.type == "multiple" and wording.NONE in question.codes:
        none = next(choice.label for choice in question.choices if choice.code == wording.NONE)
        messages = {lang: wording.say("alone", lang, none=none[lang]) for lang in LANGUAGES}
        rule = f"not(selected(., '{wording.NONE}')) or count-selected(.) = 1"
        return {"constraint": rule} | _language_texts("constraint_message", messages)
    if question.type == "number":
        bounds = [
            f". {sign} {limit:g}"
            for sign, limit in ((">=", question.minimum), ("<=", question.maximum))
            if limit is not None
        ]
        messages = {lang: wording.limits(question, lang) for lang in LANGUAGES}
        return {"constraint": " and ".join(bounds)} | _language_texts("constraint_message", messages) if bounds else {}
    return {}


def _choice_rows(instrument: Instrument) -> Iterator[_Row]:
    done = set()
    for question in instrument:
        if question.choices and (name := _list_of(instrument, question)) not in done:
            done.add(name)
            for choice in question.choices:
                yield {_LIST: name, "name": choice.code} | _language_texts("label", choice.label)
    if any(question.type == "country" for question in instrument):
        names = {lang: dict(wording.countries(lang)) for lang in LANGUAGES}
        for code, _ in wording.countries("en"):
            yield {_LIST: _COUNTRIES, "name": code} | _language_texts(
                "label", {lang: names[lang][code] for lang in LANGUAGES}
            )
