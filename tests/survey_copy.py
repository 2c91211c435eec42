"""A copy of the data with an edition of 2027 and a small questionnaire, for the tests of what comes in."""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conftest import ROOT
from openpyxl import Workbook, load_workbook

from analysis import answers
from analysis.answers import ANSWERS, CONTACTS, TRACE
from analysis.survey import intake

YEAR = 2027
INSTRUMENT = """
edition: 2027
title: {en: Small, es: Pequeño, fr: Petit}
axes: [economy, mobility]
choices:
  consent:
    - {code: named, label: {en: "With its name", es: "Con su nombre", fr: "Avec son nom"}}
    - {code: counted, label: {en: "Counted only", es: "Solo en los recuentos", fr: "Seulement comptée"}}
  yes_no:
    - {code: "yes", label: {en: "Yes", es: "Sí", fr: "Oui"}}
    - {code: "no", label: {en: "No", es: "No", fr: "Non"}}
  state:
    - {code: none_yet, label: {en: "Not begun", es: "Sin empezar", fr: "Pas commencé"}}
    - {code: pilot, label: {en: "Pilot", es: "Piloto", fr: "Pilote"}}
    - {code: whole_city, label: {en: "In the whole city", es: "En toda la ciudad", fr: "Dans toute la ville"}}
  barriers:
    - {code: funding, label: {en: "Funding, or its end", es: "Financiación, o su fin", fr: "Financement, ou sa fin"}}
    - {code: skills, label: {en: "Skills", es: "Competencias", fr: "Compétences"}}
    - {code: data_quality, label: {en: "Data quality", es: "Calidad de los datos", fr: "Qualité des données"}}
    - {code: none, label: {en: "None of them", es: "Ninguno", fr: "Aucun"}}
sections:
  - id: city
    title: {en: The city, es: La ciudad, fr: La ville}
    questions:
      - {id: city_name, type: city, class: public, required: true, label: {en: "City", es: "Ciudad", fr: "Ville"}}
      - {id: country, type: country, class: public, required: true, label: {en: "Country", es: "País", fr: "Pays"}}
      - {id: consent, type: single, class: consent, choices: consent, label:
          {en: "How may we show the answers?", es: "¿Cómo podemos mostrar las respuestas?", fr: "Comment montrer les réponses ?"}}
      - {id: contact_email, type: email, class: contact, label: {en: "E-mail", es: "Correo electrónico", fr: "Courriel"}}
      - {id: contact_role, type: text, class: contact, label: {en: "Function", es: "Cargo", fr: "Fonction"}}
  - id: economy
    axis: economy
    title: {en: Economy, es: Economía, fr: Économie}
    questions:
      - {id: eco_plan, type: single, class: public, required: true, choices: yes_no, label:
          {en: "Is a plan in force?", es: "¿Hay un plan en vigor?", fr: "Un plan est-il en vigueur ?"}}
      - {id: eco_state, type: scale, class: grouped, choices: state, relevant: {question: eco_plan, is: ["yes"]}, label:
          {en: "How far is it?", es: "¿Hasta dónde ha llegado?", fr: "Où en est-il ?"}}
      - {id: eco_barriers, type: multiple, class: grouped, choices: barriers, role: barrier, label:
          {en: "What holds the city back?", es: "¿Qué frena a la ciudad?", fr: "Qu’est-ce qui freine la ville ?"}}
      - {id: eco_share, type: number, class: confidential, unit: "%", minimum: 0, maximum: 100, label:
          {en: "Share of the budget", es: "Parte del presupuesto", fr: "Part du budget"}}
      - {id: eco_jobs, type: number, class: public, label: {en: "Jobs", es: "Empleos", fr: "Emplois"}}
      - {id: practice, type: text, class: public, role: practice, label:
          {en: "Good practice", es: "Buena práctica", fr: "Bonne pratique"}}
tables:
  - {id: eco-plan, question: eco_plan}
"""
BILBAO: dict[str, str] = {
    "city_name": "Bilbao", "country": "Spain", "consent": "named", "contact_email": "office@bilbao.example", "contact_role": "Head of data",
    "eco_plan": "yes", "eco_state": "pilot", "eco_barriers": "funding;skills", "eco_share": "12.5", "eco_jobs": "1250",
    "practice": "Open data; shared, \"free\"",
}  # fmt: skip
PORTO = {
    **BILBAO,
    "city_name": "Porto",
    "country": "PRT",
    "contact_email": "",
    "eco_plan": "no",
    "eco_state": "",
    "consent": "counted",
}


def survey_copy(root: Path, monkeypatch: Any) -> Path:
    """Make the copy, and give its folder."""
    shutil.copytree(ROOT / "data", root / "data", ignore=shutil.ignore_patterns("private"))
    matrix = root / "data" / "study.yml"
    text = matrix.read_text(encoding="utf-8").rstrip() + "\n  2027: {status: planned, axes: [economy, mobility]}\n"
    matrix.write_text(text, encoding="utf-8")
    (root / "data" / "instruments").mkdir(exist_ok=True)
    (root / "data" / "instruments" / "2027.yml").write_text(INSTRUMENT, encoding="utf-8")
    monkeypatch.setenv("STUDY_ROOT", str(root))
    monkeypatch.delenv("STUDY_PRIVATE", raising=False)
    return root


def as_csv(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_xlsx(rows: Sequence[Sequence[Any]], title: str = "Sheet") -> bytes:
    book = Workbook()
    book.active.title = title
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = book.active.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken(root: Path, content: str | bytes, name: str = "in.csv", **options: Any) -> intake.Taken:
    """Take in one file with this content."""
    file = root / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return intake.take_in(YEAR, [file], **options)


def entered(result: intake.Taken) -> tuple[int, int, int, int]:
    """Give how many were entered, replaced, unchanged, refused."""
    entered, replaced, unchanged = result.counts.values()
    return entered, replaced, unchanged, result.refused


def stored(root: Path, name: str = ANSWERS) -> list[dict[str, str]]:
    header, *rows = answers.rows_of(root / "data" / "private" / "2027" / name) or [[]]
    return [dict(zip(header, row, strict=True)) for row in rows]


def private_bytes(root: Path) -> dict[str, bytes]:
    folder = root / "data" / "private"
    return {file.name: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def findings(result: intake.Taken) -> list[tuple[str, ...]]:
    """Give the rows of the spreadsheet of the last report: those that were refused, then the notes."""
    book = load_workbook(result.reports[-1].with_suffix(".xlsx"))
    return [
        tuple("" if value is None else str(value) for value in row)
        for page in book.worksheets
        for row in page.iter_rows(min_row=3, max_col=5, values_only=True)
    ]


__all__ = ["ANSWERS", "CONTACTS", "TRACE"]
