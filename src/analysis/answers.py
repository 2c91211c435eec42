"""The answers of cities to the questionnaire of an edition, read from the private folder; `study intake` alone writes them.

The folder is `data/private/<edition>`, or `<edition>` in the folder that `STUDY_PRIVATE` names. Nothing of it is ever copied,
into the state of executions least of all: a reading is noted by one digest of the whole file, so not even a row is known by it.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import files, instrument, paths, provenance
from analysis.errors import InvalidData
from analysis.instrument import Instrument, Question

NAMED, COUNTED = "named", "counted"
ANSWERS, CONTACTS, TRACE, ABOUT = "answers.csv", "contacts.csv", "trace.csv", "about.json"
BASE = (
    "response_id",
    "place_id",
    "city",
    "country_iso3",
    "received",
    "consent",
)  # columns before those of the questions
JOINED = ";"  # between the codes of a multiple choice
_PLACES = ("city", "country")  # types of questions whose answers are the columns before


@dataclass(frozen=True)
class Answers:
    """The answers to an edition: a row for each city, every value as text, empty where there is no answer."""

    edition: int
    instrument: Instrument
    frame: pd.DataFrame
    synthetic: bool


def private(edition: int) -> Path:
    """Give the private folder of an edition, whether it is there or not."""
    return paths.private() / str(edition)


def questions(asked: Instrument) -> list[Question]:
    """List the questions that have a column in the answers: all but contact, consent, and the place itself."""
    return [one for one in asked if one.disclosure not in ("contact", "consent") and one.type not in _PLACES]


def contacts(asked: Instrument) -> list[Question]:
    """List the questions on the contact, whose answers are split off."""
    return [one for one in asked if one.disclosure == "contact"]


def columns(asked: Instrument) -> list[str]:
    """List the columns of the answers."""
    return [*BASE, *(one.id for one in questions(asked))]


def read(edition: int) -> Answers | None:
    """Read the answers to an edition; `None` where there are none, which is noted too: they may come.

    Raises
    ------
    InvalidData
        Where the file is not as `study intake` wrote it. The message repeats no value.
    """
    name = f"{paths.PRIVATE}/{edition}/{ANSWERS}"
    file = private(edition) / ANSWERS
    if not file.is_file():
        provenance.note(provenance.Reading(name, (), 0, ""), name, "")
        return None
    asked = instrument.load(edition)
    rows = rows_of(file)
    if rows[:1] != [columns(asked)] or any(len(row) != len(rows[0]) for row in rows):
        raise InvalidData(
            f"The answers to {edition} in the private folder do not have the columns of data/instruments/{edition}.yml. "
            f"Restore the instrument, or take the answers in anew: study private purge {edition}, then study intake {edition} FILE."
        )
    content = files.content_of(name)
    provenance.note(provenance.Reading(name, (), len(rows) - 1, content[:12]), name, content)
    frame = pd.DataFrame(rows[1:], columns=rows[0], dtype="str")
    return Answers(edition, asked, frame, bool(about(edition).get("synthetic")))


def rows_of(file: Path) -> list[list[str]]:
    """Read a table of the private folder, with its header; nothing where it is not there."""
    if not file.is_file():
        return []
    try:
        with file.open(encoding="utf-8", newline="") as source:
            return list(csv.reader(source, strict=True))
    except (ValueError, csv.Error):
        raise InvalidData(f"{_shown(file)} is damaged. Take the answers in anew with `study intake`.") from None


def about(edition: int) -> dict[str, object]:
    """Read what is known of the answers as a whole: whether they are synthetic, and the digest of their instrument."""
    file = private(edition) / ABOUT
    try:
        known: dict[str, object] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        if isinstance(known, dict):
            return known
    except ValueError:
        pass
    raise InvalidData(f"{_shown(file)} is damaged. Purge the edition and take the answers in anew with `study intake`.")


def _shown(file: Path) -> str:
    return f"'{file.parent.name}/{file.name}' in the private folder"
