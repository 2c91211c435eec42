"""The instrument of an edition: `data/instruments/<year>.yml`, with questions, wording in three languages and skip rules.

Each question has a class, which decides what may be published of its answers: `public` (with the name of the city, where the
city consents), `grouped` (in the declared tables alone), `confidential` (never), `contact` (split off at once) and `consent`.
"""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from analysis import paths, provenance, study, tables
from analysis.errors import InvalidData, UnknownCell, did_you_mean

Texts = Mapping[str, str]
CORE = "core"
LANGUAGES = ("en", "es", "fr")
CHOSEN = ("single", "multiple", "scale")  # types that choose from a list


@dataclass(frozen=True)
class Choice:
    """An answer that can be chosen: its code, and its wording by language."""

    code: str
    label: Texts


@dataclass(frozen=True)
class Skip:
    """A skip rule: asked only where another question has one of these answers."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A question.

    Parameters
    ----------
    id
        Stable name, the column of its answers.
    type
        `single`, `multiple`, `scale` (choices in order), `number`, `text`, `city`, `country`, `email`, or `unknown` in
        a reconstructed instrument.
    disclosure
        Class of the question: public, grouped, confidential, contact or consent.
    role
        What it is for: situation, opportunity, barrier, enabler, practice, city or administration.
    axis, topic, section
        Where it belongs (`topic` is the field of the axis); `axis` is empty for questions across the axes.
    """

    id: str
    type: str
    label: Texts
    disclosure: str
    section: str
    role: str = "situation"
    axis: str = ""
    topic: str = ""
    hint: Texts = dataclasses.field(default_factory=dict)
    required: bool = False
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    relevant: Skip | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Give the codes of its choices, in order."""
        return tuple(choice.code for choice in self.choices)


@dataclass(frozen=True)
class Section:
    """A section of the questionnaire."""

    id: str
    title: Texts
    questions: tuple[Question, ...]
    axis: str = ""


@dataclass(frozen=True)
class Table:
    """A table that may be published: the answers to one question, of all cities or by a grouping of them."""

    id: str
    question: str
    by: str = ""


@dataclass(frozen=True)
class Instrument:
    """The instrument of an edition."""

    edition: int | str
    title: Texts
    introduction: Texts
    axes: tuple[str, ...]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    reconstructed: bool = False
    gaps: tuple[str, ...] = ()
    minutes: int | None = None

    def __iter__(self) -> Iterator[Question]:
        """Go through the questions in order."""
        return (question for section in self.sections for question in section.questions)

    def __getitem__(self, name: str) -> Question:
        """Give a question by its name."""
        return next(question for question in self if question.id == name)

    def of(self, *, axis: str | None = None, role: str | None = None) -> list[Question]:
        """List the questions of an axis, or of a role."""
        return [one for one in self if axis in (None, one.axis) and role in (None, one.role)]


def file_of(edition: int | str) -> Path:
    """Give the file of the instrument of an edition."""
    return paths.data() / "instruments" / f"{edition}.yml"


def load(edition: int | str) -> Instrument:
    """Read the instrument of an edition, or the `core` instrument.

    Raises
    ------
    UnknownCell
        Where the edition has no instrument.
    InvalidData
        Where the file is not what it should be; the message names the place in it, and all that is wrong.
    """
    if not file_of(edition).is_file():
        known = sorted(file.stem for file in file_of(CORE).parent.glob("*.yml"))
        raise UnknownCell(
            f"There is no instrument data/instruments/{edition}.yml. Known: {', '.join(known)}. "
            f"A new edition gets one by: study edition new {edition} --axis AXIS"
        )
    name = f"data/instruments/{edition}.yml"
    found = parse(tables.read_file(f"instruments/{edition}.yml"), name)
    if found.edition != edition:
        raise InvalidData(f"{name}, edition: {found.edition}. Expected: {edition}, as the file is named.")
    return found


def find(edition: int) -> Instrument | None:
    """Read the instrument of an edition; `None` where it has none, which is noted too: it may come."""
    if file_of(edition).is_file():
        return load(edition)
    name = f"data/instruments/{edition}.yml"
    provenance.note(provenance.Reading(name, (), 0, ""), name, "")
    return None


@lru_cache(maxsize=8)
def parse(text: str, name: str) -> Instrument:
    """Read the text of an instrument; `name` is that of its file, for messages."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidData(f"{name} cannot be read as YAML: {error}") from None
    if found := _problems(raw):
        raise InvalidData("\n".join(f"{name}, {one}" for one in found[:20]))
    lists = {
        key: tuple(Choice(one["code"], one["label"]) for one in choices) for key, choices in raw["choices"].items()
    }
    return Instrument(
        edition=raw["edition"], title=raw["title"], introduction=raw.get("introduction", {}), axes=tuple(raw["axes"]),
        sections=tuple(_section(one, lists) for one in raw["sections"]),
        tables=tuple(Table(one["id"], one["question"], one.get("by", "")) for one in raw["tables"]),
        reconstructed=raw.get("reconstructed", False), gaps=tuple(raw.get("gaps", ())), minutes=raw.get("minutes"),
    )  # fmt: skip


def _section(raw: dict[str, Any], lists: Mapping[str, tuple[Choice, ...]]) -> Section:
    axis = raw.get("axis", "")
    questions = tuple(
        Question(
            id=one["id"], type=one["type"], label=one["label"], disclosure=one["class"], section=raw["id"], axis=axis,
            topic=raw.get("field", ""), role=one.get("role", "situation"), hint=one.get("hint", {}),
            required=one.get("required", False), choices=lists.get(one.get("choices", ""), ()), unit=one.get("unit", ""),
            minimum=one.get("minimum"), maximum=one.get("maximum"),
            relevant=Skip(one["relevant"]["question"], tuple(one["relevant"]["is"])) if "relevant" in one else None,
        )
        for one in raw["questions"]
    )  # fmt: skip
    return Section(raw["id"], raw["title"], questions, axis)


def _problems(raw: Any) -> list[str]:
    """Say what is wrong with an instrument: its structure, then what one part of it says of another."""
    schema = json.loads(Path(__file__).with_name("instrument.schema.json").read_text(encoding="utf-8"))
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(raw), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        return [f"at {_place(raw, error.absolute_path)}: {error.message}. Mend this entry." for error in errors]
    questions = [one for section in raw["sections"] for one in section["questions"]]
    names, found = [one["id"] for one in questions], []
    for axis in [*raw["axes"], *(section["axis"] for section in raw["sections"] if section.get("axis"))]:
        if axis not in study.load().axes:
            found.append(
                f"axis '{axis}': no such axis in data/study.yml.{did_you_mean(axis, study.load().axes)} Mend the name."
            )
    found += _twice("question", names)
    found += _twice("section", [one["id"] for one in raw["sections"]])
    found += _twice("table", [one["id"] for one in raw["tables"]])
    for name, choices in raw["choices"].items():
        found += _twice(f"choices '{name}', code", [one["code"] for one in choices])
    for number, one in enumerate(questions):
        found += [
            f"question '{one['id']}': {text}" for text in _of_question(one, raw["choices"], names[:number], questions)
        ]
    for table in raw["tables"]:
        if table["question"] not in names:
            found.append(
                f"table '{table['id']}': no question '{table['question']}'.{did_you_mean(table['question'], names)} Mend the name."
            )
        elif next(one for one in questions if one["id"] == table["question"])["class"] in (
            "confidential",
            "contact",
            "consent",
        ):
            found.append(
                f"table '{table['id']}': the question '{table['question']}' is not to be published. Take the table out."
            )
        elif next(one for one in questions if one["id"] == table["question"])["type"] not in CHOSEN:
            found.append(
                f"table '{table['id']}': the question '{table['question']}' has no choices to count. Take the table out."
            )
    return found


def _twice(kind: str, names: list[str]) -> list[str]:
    return [
        f"{kind} '{name}': the name stands twice. Give each its own."
        for name in sorted(set(names))
        if names.count(name) > 1
    ]


def _of_question(
    one: dict[str, Any], lists: dict[str, Any], before: list[str], questions: list[dict[str, Any]]
) -> Iterator[str]:
    if (one["type"] in CHOSEN) != ("choices" in one):
        yield f"a question of the type {one['type']} {'needs' if one['type'] in CHOSEN else 'has no'} choices. Mend type or choices."
    elif "choices" in one and one["choices"] not in lists:
        yield f"no list '{one['choices']}' under choices.{did_you_mean(one['choices'], lists)} Mend the name."
    if one["type"] != "number" and ("minimum" in one or "maximum" in one):
        yield f"a question of the type {one['type']} has no minimum or maximum. Take them out."
    elif one.get("minimum", -math.inf) > one.get("maximum", math.inf):
        yield f"its minimum, {one['minimum']:g}, is above its maximum, {one['maximum']:g}. Mend one of them."
    if rule := one.get("relevant"):
        if rule["question"] not in before:
            yield f"its skip rule names '{rule['question']}', which is not asked before it. Mend the name or the order."
        else:
            asked = next(other for other in questions if other["id"] == rule["question"])
            known = [choice["code"] for choice in lists.get(asked.get("choices", ""), [])]
            lost = [answer for answer in rule["is"] if answer not in known]
            if lost:
                yield f"its skip rule names the answer '{lost[0]}', which '{rule['question']}' has not. Expected: one of {', '.join(known)}."


def _place(raw: Any, path: Any) -> str:
    """Name a place in the file by the ids on the way to it."""
    here, words = raw, []
    for step in path:
        here = here[step]
        words.append(here["id"] if isinstance(here, dict) and "id" in here else str(step))
    return " / ".join(words) or "the top"
