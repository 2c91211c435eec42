"""The instruments: the core one for new editions, those of past editions as far as published, and broken ones."""

import copy
import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po
from conftest import ROOT

from analysis import instrument
from analysis.errors import InvalidData, UnknownCell
from analysis.survey import form

FOLDER = ROOT / "data" / "instruments"
PAST = (2012, 2017, 2019, 2021, 2023)
AXES = ("economy", "people", "governance", "mobility", "environment", "living")
CORE = instrument.load(instrument.CORE)
RAW = yaml.safe_load((FOLDER / "core.yml").read_text(encoding="utf-8"))
TABLE = list(csv.DictReader((ROOT / "data" / "published" / "instrument.csv").read_text(encoding="utf-8").splitlines()))


# the core instrument


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_is_asked_for_situation_opportunities_barriers_and_enablers(axis: str) -> None:
    asked = CORE.of(axis=axis)
    assert 6 <= len(asked) <= 8
    assert {one.role for one in asked} == {"situation", "opportunity", "barrier", "enabler"}
    assert {"single", "scale", "multiple", "number"} <= {one.type for one in asked}


def test_barriers_and_enablers_have_the_same_choices_on_all_axes() -> None:
    for role in ("barrier", "enabler"):
        first, *others = CORE.of(role=role)
        assert len(others) == len(AXES) - 1
        assert all(one.choices == first.choices for one in others)


def test_six_axes_take_an_hour_by_the_rule_that_the_file_states() -> None:
    # counted by hand from the file, not by the library
    each = {"number": 2.0, "text": 1.5, "multiple": 1.0}
    asked = [one for section in RAW["sections"] for one in section["questions"]]
    total = sum(0.5 if one.get("role") in ("city", "administration") else each.get(one["type"], 0.5) for one in asked)
    assert total <= 60
    assert RAW["minutes"] == form.minutes(CORE) == -(-total // 5) * 5


def test_what_is_delicate_is_not_public() -> None:
    assert {one.disclosure for one in CORE.of(role="barrier")} == {"grouped"}
    assert {one.disclosure for one in CORE if "budget" in one.id} == {"confidential"}
    assert {one.id for one in CORE if one.disclosure == "contact"} == {"contact_role", "contact_email"}
    (consent,) = (one for one in CORE if one.disclosure == "consent")
    assert consent.codes == ("named", "counted")
    assert consent.required


def test_the_tables_are_those_of_the_chosen_questions_that_may_be_published() -> None:
    may = {one.id for one in CORE if one.type in instrument.CHOSEN and one.disclosure in ("public", "grouped")}
    assert {table.question for table in CORE.tables} == may
    assert len({(table.question, table.by) for table in CORE.tables}) == len(CORE.tables)
    for one in CORE:
        if one.axis and one.id in may:
            assert {table.by for table in CORE.tables if table.question == one.id} == {"", "region", "size"}


def test_a_practice_is_described_under_the_seventeen_goals() -> None:
    asked = CORE.of(role="practice")
    assert {one.id.removeprefix("practice_") for one in asked} == {
        "any", "name", "axis", "sdg", "problem", "solution", "result", "year", "page",
    }  # fmt: skip
    assert {one.disclosure for one in asked} == {"public"}
    assert CORE["practice_sdg"].codes == tuple(f"sdg{number}" for number in range(1, 18))
    assert CORE["practice_axis"].codes == AXES
    assert all(one.relevant for one in asked if one.id != "practice_any")


def texts(raw: object, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Find every text in three languages, wherever it stands."""
    if isinstance(raw, dict) and set(raw) == {"en", "es", "fr"}:
        yield place, raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield from texts(value, f"{place}/{key}")
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            yield from texts(value, f"{place}/{number}")


@pytest.mark.parametrize("edition", ["core", *map(str, PAST)])
def test_every_text_is_there_in_three_languages_and_set_as_each_of_them_is(edition: str) -> None:
    found = dict(texts(yaml.safe_load((FOLDER / f"{edition}.yml").read_text(encoding="utf-8"))))
    assert found
    for place, text in found.items():
        assert all(one == one.strip() and one for one in text.values()), place
        assert not re.search(r"[^\xa0\u202f][?!;»]| :|« ", text["fr"]), (place, text["fr"])
        if text["en"].endswith("?"):
            assert "¿" in text["es"], place
            assert text["es"].endswith("?"), place


def test_the_axes_have_the_names_of_the_study() -> None:
    matrix = yaml.safe_load((ROOT / "data" / "study.yml").read_text(encoding="utf-8"))
    axes = {axis: {lang: names[lang] for lang in instrument.LANGUAGES} for axis, names in matrix["axes"].items()}
    assert {section.axis: dict(section.title) for section in CORE.sections if section.axis} == axes
    assert {choice.code: dict(choice.label) for choice in CORE["practice_axis"].choices} == axes


# past editions


@pytest.mark.parametrize("edition", PAST)
def test_a_past_instrument_holds_the_fields_and_elements_that_were_published_and_nothing_else(edition: int) -> None:
    found = instrument.load(edition)
    rows = [row for row in TABLE if row["edition"] == str(edition)]
    assert found.reconstructed
    assert found.gaps
    assert not found.tables
    axes = {section.topic_of: section.axis for section in map(Titled, found.sections)}
    assert axes == {row["field"]: row["axis"].replace("cross", "") for row in rows}
    elements = {(one.id, one.axis, one.topic, one.label["en"]) for one in found}
    assert elements == {
        (row["id"].lower().replace("-", "_"), row["axis"].replace("cross", ""), row["field"], row["item"])
        for row in rows
        if row["item"]
    }
    assert {one.type for one in found} == {"unknown"}
    assert {one.disclosure for one in found} == {"confidential"}
    said = " ".join(found.gaps)
    for row in rows:
        if row["item"] and row["standing"] != "published":
            assert row["id"].lower().replace("-", "_") in said
        if not row["item"]:
            assert row["field"] in said


class Titled:
    """A section with the field that it stands for, which is its title in English."""

    def __init__(self, section: instrument.Section) -> None:
        self.topic_of, self.axis = section.title["en"], section.axis
        assert {one.topic for one in section.questions} <= {self.topic_of}


@pytest.mark.parametrize("lang", ["es", "fr"])
def test_fields_and_elements_are_called_as_in_the_book(lang: str) -> None:
    catalogue = read_po((ROOT / "src" / "analysis" / "locale" / f"{lang}.po").read_bytes().splitlines(keepends=True))
    for edition in PAST:
        assert instrument.load(edition).sections
        for section in instrument.load(edition).sections:
            for text in (section.title, *(one.label for one in section.questions)):
                message = catalogue.get(text["en"])
                assert message is not None
                assert message.string == text[lang], text


# broken instruments


def question(raw: Any, name: str) -> Any:
    return next(one for section in raw["sections"] for one in section["questions"] if one["id"] == name)


def _set(name: str, **values: object) -> Callable[[Any], None]:
    return lambda raw: question(raw, name).update(values)


def _drop(name: str, key: str) -> Callable[[Any], Any]:
    return lambda raw: question(raw, name).pop(key)


BROKEN: dict[str, tuple[Callable[[Any], Any], tuple[str, ...]]] = {
    "a language is missing": (
        lambda raw: question(raw, "size")["label"].pop("es"), ("sections / city / questions / size / label", "'es'"),
    ),
    "an unknown class": (_set("size", **{"class": "secret"}), ("size / class", "'secret'", "confidential")),
    "an unknown type": (_set("size", type="choice"), ("size / type", "'choice'", "single")),
    "a misspelt entry": (_set("size", reqired=True), ("questions / size", "reqired")),
    "no class": (_drop("size", "class"), ("questions / size", "'class' is a required property")),
    "an id that is no name": (_set("size", id="Size of city"), ("'Size of city'", "does not match")),
    "a question twice": (_set("department", id="size"), ("question 'size'", "twice")),
    "a section twice": (lambda raw: raw["sections"][2].update(id="economy"), ("section 'economy'", "twice")),
    "a table twice": (lambda raw: raw["tables"].append(raw["tables"][0]), ("table 'size-all'", "twice")),
    "a code twice": (
        lambda raw: raw["choices"]["barriers"].append(raw["choices"]["barriers"][0]), ("choices 'barriers', code 'funding'", "twice"),
    ),
    "an unknown list": (_set("size", choices="sizes"), ("question 'size'", "no list 'sizes'", "Did you mean 'size'?")),
    "no list": (_drop("size", "choices"), ("question 'size'", "needs choices")),
    "a list for a text": (_set("department", choices="size"), ("question 'department'", "has no choices")),
    "an unknown axis": (lambda raw: raw["sections"][1].update(axis="economic"), ("axis 'economic'", "Did you mean 'economy'?")),
    "a skip rule on a later question": (
        _set("size", relevant={"question": "economy_strategy", "is": ["own"]}), ("question 'size'", "'economy_strategy'", "not asked before"),
    ),
    "a skip rule on an unknown answer": (
        _set("economy_progress", relevant={"question": "economy_strategy", "is": ["yes"]}),
        ("question 'economy_progress'", "'yes'", "own, wider, preparing, none"),
    ),
    "a table of an unknown question": (
        lambda raw: raw["tables"][0].update(question="sise"), ("table 'size-all'", "no question 'sise'", "Did you mean 'size'?"),
    ),
    "a table of a confidential question": (
        lambda raw: raw["tables"][0].update(question="economy_budget_share"), ("table 'size-all'", "not to be published"),
    ),
    "a table of the consent": (lambda raw: raw["tables"][0].update(question="consent"), ("table 'size-all'", "not to be published")),
    "a table of a text": (lambda raw: raw["tables"][0].update(question="practice_name"), ("table 'size-all'", "no choices")),
    "limits the wrong way round": (_set("practice_year", minimum=2200), ("question 'practice_year'", "2200", "2100")),
    "limits of a text": (_set("department", minimum=3), ("question 'department'", "no minimum")),
    "one choice alone": (lambda raw: raw["choices"].update(size=raw["choices"]["size"][:1]), ("choices / size", "too short")),
    "the wrong year": (lambda raw: raw.update(edition=2026), ("edition: 2026", "Expected: 2027")),
    "no sections": (lambda raw: raw.pop("sections"), ("the top", "'sections'")),
}  # fmt: skip


def put(compendium: Path, text: str) -> None:
    (compendium / "data" / "instruments" / "2027.yml").write_text(text, encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with nothing but the matrix and a place for an instrument."""
    (tmp_path / "data" / "instruments").mkdir(parents=True)
    (tmp_path / "data" / "study.yml").write_text(
        (ROOT / "data" / "study.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_instrument_gives_a_message_that_names_the_place(kind: str, small: Path) -> None:
    raw = copy.deepcopy(RAW) | {"edition": 2027}
    breaking, expected = BROKEN[kind]
    breaking(raw)
    put(small, json.dumps(raw))  # which is YAML, and quicker to write
    with pytest.raises(InvalidData) as error:
        instrument.load(2027)
    assert str(error.value).startswith("data/instruments/2027.yml, ")
    for part in expected:
        assert part in str(error.value)


def test_what_is_no_yaml_is_said_to_be_none(small: Path) -> None:
    put(small, "edition: [2027")
    with pytest.raises(InvalidData, match=r"data/instruments/2027\.yml cannot be read as YAML"):
        instrument.load(2027)


def test_an_edition_without_an_instrument_says_how_it_gets_one(small: Path) -> None:
    with pytest.raises(UnknownCell, match="study edition new 2031"):
        instrument.load(2031)
