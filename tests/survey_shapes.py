"""Answers to the questionnaire of an edition as survey tools export them: an independent writer of files.

It knows the instrument, and nothing of how files are read. Each shape gives the rows of a sheet; cells are texts, or
numbers and dates where a tool writes those into spreadsheets.
"""

import csv
import datetime
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from analysis.instrument import Instrument, Question

Answers = Mapping[str, Any]  # by question: a text, or a list of codes
Grid = list[list[Any]]
Pick = Callable[[list[Any]], Any]
Make = Callable[[Answers], Any]  # writes a cell
CITIES = [
    ("Bilbao", "3128026", "ESP"), ("Dakar", "2253354", "SEN"), ("Łódź", "3093133", "POL"), ("Porto", "2735943", "PRT"),
    ("Bogotá", "3688689", "COL"), ("Lyon", "2996944", "FRA"),
]  # fmt: skip
COUNTRIES = {
    "ESP": ("Spain", "España", "Espagne"), "SEN": ("Senegal", "Senegal", "Sénégal"), "POL": ("Poland", "Polonia", "Pologne"),
    "PRT": ("Portugal", "Portugal", "Portugal"), "COL": ("Colombia", "Colombia", "Colombie"), "FRA": ("France", "Francia", "France"),
}  # fmt: skip
LANGS = ("en", "es", "fr")
SENT = datetime.datetime(2027, 3, 20, 10, 20)
TEXTS = [
    "Línea \"B\", tramo 1", "Ruido\ny atascos", "Menos 12,5 %", "N/A", "Other", "zażółć gęślą jaźń", "1/2", "=1+1", "No; sí, a veces | «así»",
    "Total", "{}", "https://bilbao.example.org/p?a=1&b=<2>", "x", "0", "Größe – œuvre…", "北京", "Город", "😀",
]  # fmt: skip


def asked(question: Question, answers: Answers) -> bool:
    """Tell whether a question is asked, by its skip rule."""
    rule = question.relevant
    if rule is None:
        return True
    value = answers.get(rule.question, "")
    return bool(set(rule.answers) & set(value if isinstance(value, list) else [value]))


def responses(instrument: Instrument, city: tuple[str, str, str], pick: Pick) -> dict[str, Any]:
    """Draw the answers of a city."""
    answers: dict[str, Any] = {}
    for question in instrument:
        if question.type == "city":
            answers[question.id] = city[0]
        elif question.type == "country":
            answers[question.id] = city[2]
        elif not asked(question, answers):
            answers[question.id] = [] if question.type == "multiple" else ""
        elif question.type in ("single", "scale"):
            needed = question.required or question.disclosure == "consent"
            answers[question.id] = pick([*question.codes, *([] if needed else [""])])
        elif question.type == "multiple":
            codes = [code for code in question.codes if pick([False, False, True])]
            answers[question.id] = [code for code in codes if code != "none"] or codes
        elif question.type == "number":
            years, shares = ["", "1999", "2019", "2025"], ["", "0", "6.25", "27.5", "100", "0.5", "12"]
            answers[question.id] = pick(years if question.unit == "year" else shares)
        elif question.type == "email":
            answers[question.id] = "office@city.example.org"
        else:
            answers[question.id] = pick(["", *TEXTS])
    return answers


def expected(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """Write answers as they should be stored."""
    return {
        question.id: ";".join(value) if isinstance(value := answers[question.id], list) else value
        for question in instrument
        if question.type not in ("city", "country")
    }


class Writer:
    """Writes the answers of cities in a language; `pick` takes a choice between ways in which tools do that."""

    SHAPES = ("odk", "kobo_labels", "limesurvey", "qualtrics", "surveymonkey", "google", "microsoft", "by_hand")

    def __init__(self, instrument: Instrument, rows: Sequence[Answers], lang: str, pick: Pick, *, sheet: bool) -> None:
        self.instrument, self.rows, self.lang, self.pick = instrument, rows, lang, pick
        self.sheet = sheet  # numbers and dates become cells of their kind
        self.numbers = False  # choices are written as numbers, so that nobody can tell which are meant

    def grid(self, shape: str) -> Grid:
        """Write the answers in a shape."""
        grid: Grid = getattr(self, shape)()
        return grid

    # -- cells

    def label(self, question: Question) -> str:
        return question.label[self.lang]

    def names(self, question: Question) -> dict[str, str]:
        return {choice.code: choice.label[self.lang] for choice in question.choices}

    def worded(self, question: Question) -> Make:
        """Write an answer with its wording."""
        if question.type == "country":
            return lambda answers: COUNTRIES[answers[question.id]][LANGS.index(self.lang)]
        names = self.names(question)
        return lambda answers: names.get(answers[question.id], answers[question.id])

    def coded(self, question: Question) -> Make:
        return lambda answers: answers[question.id]

    def counted(self, question: Question) -> Make:
        """Write an answer as the number of its choice."""
        numbers = {code: str(place) for place, code in enumerate(question.codes, start=1)}
        return lambda answers: numbers.get(answers[question.id], "")

    def joined(self, question: Question, names: Mapping[str, str], between: str, ending: str = "") -> Make:
        def make(answers: Answers) -> str:
            codes = answers[question.id]
            return between.join(names[code] for code in codes) + (ending if codes else "")

        return make

    def ticked(self, question: Question, code: str, yes: str, no: str = "") -> Make:
        return lambda answers: yes if code in answers[question.id] else no

    def else_as(self, question: Question, make: Make, skipped: str = "", empty: str = "") -> Make:
        """Write something else where a question was not asked, or not answered."""

        def instead(answers: Answers) -> Any:
            if not asked(question, answers):
                return skipped
            cell = make(answers)
            return empty if cell == "" else cell

        return instead

    def number(self, question: Question, make: Make) -> Make:
        def as_number(answers: Answers) -> Any:
            text = make(answers)
            return (float(text) if "." in text else int(text)) if text and text != "-99" else text

        return as_number if question.type == "number" and self.sheet else make

    def sent(self, number: int, form: str = "") -> Any:
        time = SENT + datetime.timedelta(days=number, minutes=number)
        return time if self.sheet else time.strftime(form)

    def columns(
        self, called: Callable[[Question], str], choice: Callable[[Question, str], str], way: str, *,
        marks: Sequence[str], single: Callable[[Question], Make], between: str, ending: str = "", skipped: str = "",
    ) -> tuple[list[str], list[Make]]:  # fmt: skip
        """Give headings and cells: several answers in one column (`whole`), in one for each choice (`split`), or both."""
        header, makers = list[str](), list[Make]()
        for question in self.instrument:
            several = question.type == "multiple"
            if not several or way in ("whole", "both"):
                names = {code: code for code in question.codes} if single == self.coded else self.names(question)
                make = self.joined(question, names, between, ending) if several else single(question)
                header.append(called(question))
                makers.append(self.else_as(question, self.number(question, make), skipped))
            for code in question.codes if several and way in ("split", "both") else ():
                header.append(called(question) + choice(question, code))
                makers.append(self.else_as(question, self.ticked(question, code, *marks), skipped))
        return header, makers

    def table(
        self, before: Sequence[str], header: Sequence[str], makers: Sequence[Make], cells: Callable[[int], list[Any]]
    ) -> Grid:
        """Put the columns of the tool before those of the questions."""
        rows = [[*cells(number), *(make(answers) for make in makers)] for number, answers in enumerate(self.rows)]
        return [[*before, *header], *rows]

    # -- tools

    def odk(self) -> Grid:
        """KoboToolbox, ODK Central and Aggregate, with codes, groups and separators of all kinds."""
        groups = [
            "",
            "section_{}/",
            "section_{}-",
            "section_{}:",
            "section_{}.",
            "section_{}_",
            "group_ab1cd/section_{}/",
            "{}/",
        ]
        group, between = self.pick(groups), self.pick(["/", ".", ":", "-", "_"])
        central = self.pick([True, False])
        header, makers = self.columns(
            lambda question: group.format(question.section) + question.id,
            lambda question, code: between + code,
            self.pick(["whole", "split", "both"]),
            marks=self.pick([("1", "0"), ("TRUE", "FALSE"), ("True", "False"), ("1", ""), ("1.0", "0.0")]),
            single=self.coded,
            between=" ",
        )
        if central:
            before = [
                "SubmissionDate",
                "KEY",
                "SubmitterID",
                "Status",
                "ReviewState",
                "DeviceID",
                "FormVersion",
                "meta-instanceID",
            ]
            return self.table(before, header, makers, lambda n: [
                self.sent(n, "%Y-%m-%dT%H:%M:%S.000Z"), f"uuid:{n}", "5", "", "", "", "1", f"uuid:{n}"])  # fmt: skip
        before = [
            "start",
            "end",
            "deviceid",
            "_id",
            "_uuid",
            "_submission_time",
            "_notes",
            "_status",
            "__version__",
            "_index",
        ]
        return self.table(before, header, makers, lambda n: [
            *[self.sent(n, "%Y-%m-%dT%H:%M:%S")] * 2, "x", n, f"u{n}", self.sent(n, "%Y-%m-%dT%H:%M:%S"), "", "web", "v1", n])  # fmt: skip

    def kobo_labels(self) -> Grid:
        """KoboToolbox with labels as headings and values, with groups or without."""
        titles = {section.id: f"{section.title[self.lang]}/" for section in self.instrument.sections}
        groups = self.pick([True, False])
        header, makers = self.columns(
            lambda question: (titles[question.section] if groups else "") + self.label(question),
            lambda question, code: f"/{self.names(question)[code]}",
            self.pick(["whole", "split", "both"]),
            marks=("1", "0"),
            single=self.worded,
            between=" ",
        )
        times = "%Y-%m-%dT%H:%M:%S"
        return self.table(["start", "_id", "_submission_time"], header, makers,
                          lambda n: [self.sent(n, times), n, self.sent(n, times)])  # fmt: skip

    def limesurvey(self) -> Grid:
        """LimeSurvey: headings of code, wording or both; answers as codes or wordings; N/A where a question was not asked."""
        ours = self.pick([True, False])  # the codes are those of the instrument, without signs
        heading = self.pick(["code", "full", "both"] if ours else ["full", "both"])
        tag = self.pick(["{}", "<p>{}</p>", "<strong>{}</strong>\n"])
        numbers = {question.id: f"G{place % 9:02}Q{place:02}" for place, question in enumerate(self.instrument)}

        def code_of(question: Question, choice: str = "") -> str:
            code = question.id.replace("_", "") if ours else numbers[question.id]
            short = choice.replace("_", "") if ours or not choice else f"SQ{question.codes.index(choice) + 1:03}"
            return f"{code}[{short}]" if choice else code

        def called(question: Question, choice: str = "") -> str:
            wording = tag.format(self.label(question)) + (f" [{self.names(question)[choice]}]" if choice else "")
            code = code_of(question, choice)
            both = {"code": code, "full": wording, "both": f"{code}. {wording}"}
            return str(both[heading])

        worded = self.pick([True, False])
        words = {"en": ("Yes", "No"), "es": ("Sí", "No"), "fr": ("Oui", "Non")}[self.lang]
        _, makers = self.columns(
            called, code_of, "split", marks=words if worded else ("Y", self.pick(["", "N"])),
            single=self.worded if worded else self.coded, between="", skipped="N/A",
        )  # fmt: skip
        header = [
            called(question, choice)
            for question in self.instrument
            for choice in (question.codes if question.type == "multiple" else ("",))
        ]
        codes = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"]
        full = {
            "en": ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "Date last action"],
            "es": ["ID de respuesta", "Fecha de envío", "Última página", "Lenguaje inicial", "Semilla", "Fecha de inicio",
                   "Fecha de la última acción"],
            "fr": ["ID de la réponse", "Date de soumission", "Dernière page", "Langue de départ", "Tête de série", "Date de lancement",
                   "Date de la dernière action"],
        }[self.lang]  # fmt: skip
        both = [f"{code}. {wording}" for code, wording in zip(codes, full, strict=True)]
        before = {"code": codes, "full": full, "both": both}[heading]
        return self.table(before, header, makers, lambda n: [
            str(n), self.sent(n, "%Y-%m-%d %H:%M:%S"), "5", "en", "123", *[self.sent(n, "%Y-%m-%d %H:%M:%S")] * 2])  # fmt: skip

    def qualtrics(self) -> Grid:
        """Qualtrics: one to three rows of headings, choices in a column or split, values as wordings or numbers."""
        ours, split = self.pick([True, False]), self.pick([True, False])
        rows = self.pick([3, 2, 1] if ours else [3, 2])
        self.numbers = self.pick([False, False, False, False, True])
        unseen = self.pick(["", "-99"])
        header, wordings, makers = list[str](), list[str](), list[Make]()
        for number, question in enumerate(self.instrument, start=1):
            tag = question.id if ours else f"Q{number}"
            several, names = question.type == "multiple", self.names(question)
            if several and split:
                for place, (code, name) in enumerate(names.items(), start=1):
                    header.append(f"{tag}_{place}")
                    wordings.append(f"{self.label(question)} - {self.pick(['', 'Selected Choice - '])}{name}")
                    make = self.ticked(question, code, "1" if self.numbers else name)
                    makers.append(self.else_as(question, make, empty=unseen))
                continue
            header.append(tag)
            wordings.append(self.label(question) + (" - Selected Choice" if several else ""))
            counted = {code: str(place) for place, code in enumerate(names, start=1)}
            single = self.counted if self.numbers and question.choices else self.worded
            make = self.joined(question, counted if self.numbers else names, ",") if several else single(question)
            makers.append(self.else_as(question, make, empty=unseen))
        own = {
            "StartDate": "Start Date", "EndDate": "End Date", "Status": "Response Type", "IPAddress": "IP Address", "Progress": "Progress",
            "Duration (in seconds)": "Duration (in seconds)", "Finished": "Finished", "RecordedDate": "Recorded Date",
            "ResponseId": "Response ID", "RecipientLastName": "Recipient Last Name", "UserLanguage": "User Language",
        }  # fmt: skip
        times = "%Y-%m-%d %H:%M:%S"
        grid = self.table([*own], header, makers, lambda n: [
            *[self.sent(n, times)] * 2, "IP Address", "", "100", "60", "True", self.sent(n, times), f"R_{n}", "", "EN"])  # fmt: skip
        identifiers = [f'{{"ImportId":"QID{place}"}}' for place in range(len(grid[0]))]
        return [grid[0], *[[*own.values(), *wordings], identifiers][: rows - 1], *grid[1:]]

    def surveymonkey(self) -> Grid:
        """SurveyMonkey: expanded with one or two rows of headings, or condensed; saved again by the library pandas."""
        condensed, second_row = self.pick([False, False, True]), self.pick([True, True, False])
        blank = "" if second_row else self.pick(["", "", "Unnamed: {}"])
        before = {
            "en": ["Respondent ID", "Collector ID", "Start Date", "End Date", "Email Address", "First Name", "Last Name", "Custom Data 1"],
            "es": ["ID del encuestado", "ID del recopilador", "Fecha de inicio", "Fecha de finalización",
                   "Dirección de correo electrónico", "Nombre", "Apellido", "Datos personalizados 1"],
            "fr": ["ID du répondant", "ID du collecteur", "Date de début", "Date de fin", "Adresse e-mail", "Prénom", "Nom",
                   "Données personnalisées 1"],
        }[self.lang]  # fmt: skip
        answer, open_ended = {
            "en": ("Response", "Open-Ended Response"),
            "es": ("Respuesta", "Respuesta abierta"),
            "fr": ("Réponse", "Réponse ouverte"),
        }[self.lang]
        header, below, makers = list[str](), [""] * len(before), list[Make]()
        for question in self.instrument:
            if question.type == "multiple" and not condensed:
                for place, (code, name) in enumerate(self.names(question).items()):
                    header.append(blank.format(len(before) + len(header)) if place else self.label(question))
                    below.append(name)
                    makers.append(self.ticked(question, code, name))
                continue
            header.append(self.label(question))
            below.append(answer if question.choices else open_ended)
            several = question.type == "multiple"
            makers.append(
                self.joined(question, self.names(question), ", ")
                if several
                else self.number(question, self.worded(question))
            )
        times = "%m/%d/%Y %I:%M:%S %p"
        grid = self.table(before, header, makers,
                          lambda n: [f"11000000{n}", "44", *[self.sent(n, times)] * 2, "", "", "", ""])  # fmt: skip
        return [grid[0], *([below] if second_row else []), *grid[1:]]

    def google(self) -> Grid:
        """Google Forms: choices in one cell; a grid has a column for each."""
        header, makers = self.columns(
            lambda question: self.label(question) + self.pick(["", " ", " *"]),
            lambda question, code: f" [{self.names(question)[code]}]",
            self.pick(["whole", "whole", "split"]),
            marks=self.pick([("Yes", "No"), ("Sí", "No"), ("Oui", "Non"), ("Yes", "")]),
            single=self.worded,
            between=", ",
        )
        stamp = {"en": "Timestamp", "es": "Marca temporal", "fr": "Horodateur"}[self.lang]
        form = self.pick(["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%Y/%m/%d %I:%M:%S %p GMT+1"])
        return self.table([stamp], header, makers, lambda n: [self.sent(n, form)])

    def microsoft(self) -> Grid:
        """Microsoft Forms: choices in one cell, each with a semicolon behind it."""
        before = {
            "en": ["ID", "Start time", "Completion time", "Email", "Name"],
            "es": ["Id.", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre"],
            "fr": ["ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom"],
        }[self.lang]
        header, makers = self.columns(
            self.label, lambda question, code: "", "whole", marks=(), single=self.worded, between=";", ending=";"
        )
        times = "%m/%d/%y %H:%M:%S"
        return self.table(before, header, makers,
                          lambda n: [n, self.sent(n, times), self.sent(n, times), "anonymous", ""])  # fmt: skip

    def by_hand(self) -> Grid:
        """Sheets that people put together: question and choice with a sign between them."""
        coded, numbered = self.pick([True, False]), self.pick(["", "{}. ", "Q{}. ", "{}) "])
        signs = [(" - ", ""), (": ", ""), (" [", "]"), (" (", ")"), (" / ", ""), (" | ", ""), (" – ", ""), (" > ", "")]
        before, behind = self.pick(signs)
        places = {question.id: place for place, question in enumerate(self.instrument, start=1)}
        header, makers = self.columns(
            lambda question: numbered.format(places[question.id]) + (question.id if coded else self.label(question)),
            lambda question, code: before + (code if coded else self.names(question)[code]) + behind,
            self.pick(["split", "whole"]),
            marks=self.pick([
                ("x", ""), ("X", ""), ("Yes", "No"), ("Checked", "Unchecked"), ("Selected", ""), ("Quoted", "Not quoted"),
                ("✓", ""), ("Sí", "No"), ("1", "0"), ("VERDADERO", "FALSO"), ("VRAI", "FAUX"),
            ]),
            single=self.worded,
            between=self.pick([", ", "; ", " | ", "\n"]),
        )  # fmt: skip
        return self.table([], header, makers, lambda n: [])


def as_file(grid: Grid, kind: str) -> bytes:
    """Write a sheet as CSV, by its delimiter and encoding, or as XLSX."""
    if kind == "xlsx":
        book = Workbook()
        for row, values in enumerate(grid, start=1):
            for column, value in enumerate(values, start=1):
                cell = book.active.cell(row, column)
                cell.value = None if value == "" else value
                if isinstance(value, str) and value:
                    cell.data_type = "s"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
    delimiter, encoding = kind[0], kind[1:]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(grid)
    return text.getvalue().encode(encoding)


KINDS = (",utf-8", ";utf-8-sig", "\tutf-16", ",utf-8-sig", "xlsx", "xlsx")
