"""Synthetic answers: the same for the same seed, valid throughout, with what they are there for."""

import csv
import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from analysis import answers, instrument, tables
from analysis.errors import StudyError, UnknownCell
from analysis.survey import intake, newedition, twin

YEAR = 2027
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a compendium with an edition on all axes."""
    folder = tmp_path_factory.mktemp("twin")
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("private"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(folder))
        newedition.prepare(YEAR, ["economy", "people", "governance", "mobility", "environment", "living"])
    return folder


@pytest.fixture(autouse=True)
def inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_ROOT", str(root))
    monkeypatch.delenv("STUDY_PRIVATE", raising=False)


def rows_of(cities: int, seed: int = 1) -> Rows:
    return list(csv.DictReader(io.StringIO(twin.answers(YEAR, cities, seed), newline="")))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = twin.answers(YEAR, 30, 1)
    assert twin.answers(YEAR, 30, 1) == first
    assert twin.answers(YEAR, 30, 2) != first


@pytest.mark.parametrize(("cities", "seed"), [(1, 1), (30, 1), (120, 7)])
def test_every_answer_fits_its_question(cities: int, seed: int) -> None:
    asked, rows = instrument.load(YEAR), rows_of(cities, seed)
    assert list(rows[0]) == [*(question.id for question in asked), "synthetic"]
    for row in rows:
        assert row["synthetic"] == "yes"
        for question in asked:
            value = row[question.id]
            rule = question.relevant
            if rule and not set(row[rule.question].split()) & set(rule.answers):
                assert value == ""
            elif question.required:
                assert value
            if not value:
                continue
            if question.type in ("single", "scale"):
                assert value in question.codes
            elif question.type == "multiple":
                chosen = value.split(" ")
                assert set(chosen) <= set(question.codes)
                assert len(set(chosen)) == len(chosen)
                assert "none" not in chosen or chosen == ["none"]
            elif question.type == "number":
                assert re.fullmatch(r"\d+(\.\d)?", value)
                assert question.minimum is None or float(value) >= question.minimum
                assert question.maximum is None or float(value) <= question.maximum


def test_the_cities_are_real_each_once_and_of_several_regions() -> None:
    rows = rows_of(30)
    known = tables.read("cities")
    region = tables.read("countries").set_index("iso3")["region"]
    places = {(row["city_name"], row["city_country"]) for row in rows}
    assert len(places) == 30
    assert ("Bilbao", "ESP") in places
    assert places <= set(zip(known["name"], known["iso3"], strict=True))
    counted = region[[iso3 for _, iso3 in places]].value_counts()
    assert len(counted) >= 5
    assert (counted >= 5).any()  # groups that may be shown, and groups that may not
    assert (counted < 5).any()


def test_consent_is_mixed_and_nobody_can_be_reached() -> None:
    rows = rows_of(30)
    consents = [row["consent"] for row in rows]
    assert min(consents.count("named"), consents.count("counted")) >= 5
    bilbao = next(row for row in rows if row["city_name"] == "Bilbao")
    assert bilbao["consent"] == "named"
    for row in rows:
        assert re.fullmatch(r"answers@[a-z0-9-]+\.example\.org", row["contact_email"])
        assert row["contact_role"] in ("", "Synthetic office")


def test_every_hostile_text_is_there_and_answers_are_missing() -> None:
    rows = rows_of(30)
    cells = {value for row in rows for value in row.values()}
    assert set(twin.HOSTILE) <= cells
    assert max(map(len, twin.HOSTILE)) <= 10_000
    optional = [q.id for q in instrument.load(YEAR) if not q.required and q.relevant is None]
    missing = np.mean([row[name] == "" for row in rows for name in optional])
    assert 0.03 < missing < 0.25


def test_axes_go_together_and_small_cities_meet_more_barriers() -> None:
    rows, asked = rows_of(1500), instrument.load(YEAR)
    sizes = asked["size"].codes

    def count(row: dict[str, str], question: str) -> int:
        return len([code for code in row[question].split() if code != "none"])

    measures = {axis: [count(row, f"{axis}_measures") for row in rows] for axis in ("economy", "mobility", "living")}
    for one, other in (("economy", "mobility"), ("economy", "living")):
        assert np.corrcoef(measures[one], measures[other])[0, 1] > 0.2
    funding = [np.mean([count(row, "economy_barriers") for row in rows if row["size"] == size]) for size in sizes]
    assert funding[0] > funding[-1] + 0.2


def test_there_are_never_more_cities_than_there_are() -> None:
    with pytest.raises(StudyError, match="Expected: 1 to ") as error:
        twin.answers(YEAR, 99_999, 1)
    most = int(str(error.value).rpartition("1 to ")[2].rstrip("."))
    cities = tables.read("cities")
    assert 4000 < most < len(cities)
    rows = rows_of(most)
    assert len({(row["city_name"], row["city_country"]) for row in rows}) == most
    with pytest.raises(StudyError, match="Expected: 1 to "):
        twin.answers(YEAR, most + 1, 1)


@pytest.mark.parametrize(
    ("year", "error", "message"),
    [(2023, StudyError, "reconstructed"), (2030, UnknownCell, "no edition '2030'")],
)
def test_an_edition_without_known_questions_is_refused(year: int, error: type[StudyError], message: str) -> None:
    with pytest.raises(error, match=message):
        twin.answers(year, 3, 1)


def test_all_of_it_is_taken_in_as_synthetic_and_texts_stay_as_typed(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(twin.answers(YEAR, 40, 3).encode())
    taken = intake.take_in(YEAR, [file])
    assert taken.refused == 0
    assert not taken.unreadable
    found = answers.read(YEAR)
    assert found is not None
    assert found.synthetic
    assert len(found.frame) == 40
    stored = {str(value) for column in found.frame.columns for value in found.frame[column]}
    assert set(twin.HOSTILE) <= stored
    assert not [value for value in stored if value.startswith("answers@")]
    shutil.rmtree(answers.private(YEAR))
