"""Answers of cities: taken in from the exports of survey tools, judged, stored, corrected, deleted."""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, run_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from survey_copy import (
    ANSWERS,
    BILBAO,
    CONTACTS,
    INSTRUMENT,
    PORTO,
    TRACE,
    YEAR,
    as_csv,
    as_xlsx,
    entered,
    findings,
    private_bytes,
    stored,
    survey_copy,
    taken,
)

from analysis import answers, files, instrument, paths, provenance
from analysis.errors import InvalidData, UnknownCell
from analysis.execution import keys, ledger
from analysis.execution.runs import Run
from analysis.instrument import Instrument
from analysis.survey import intake, intake_places, intake_store, intake_times, intake_values, spreadsheet, twin
from analysis.survey.intake_names import Names, Target

ASKED = instrument.parse(INSTRUMENT, "2027.yml")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return survey_copy(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy that the examples of a property share; each purges what it stored."""
    with pytest.MonkeyPatch.context() as patch:
        return survey_copy(tmp_path_factory.mktemp("lasting"), patch)


# -- what is stored ---------------------------------------------------------------------------------------------------


def test_answers_are_stored_by_city_and_contacts_apart(root: Path) -> None:
    assert entered(taken(root, as_csv([BILBAO, PORTO]))) == (2, 0, 0, 0)
    porto, bilbao = stored(root)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert bilbao == {
        "response_id": "place-3128026", "place_id": "3128026", "city": "Bilbao", "country_iso3": "ESP", "received": today,
        "consent": "named", "eco_plan": "yes", "eco_state": "pilot", "eco_barriers": "funding;skills", "eco_share": "12.5",
        "eco_jobs": "1250", "practice": BILBAO["practice"],
    }  # fmt: skip
    assert (porto["city"], porto["country_iso3"], porto["consent"], porto["eco_state"]) == (
        "Porto",
        "PRT",
        "counted",
        "",
    )
    assert stored(root, CONTACTS) == [
        {"response_id": "place-2735943", "contact_email": "", "contact_role": "Head of data"},
        {"response_id": "place-3128026", "contact_email": "office@bilbao.example", "contact_role": "Head of data"},
    ]
    whole = private_bytes(root)
    assert [name for name, content in whole.items() if b"bilbao.example" in content] == ["contacts.csv"]
    about = json.loads(whole["about.json"])
    assert about["synthetic"] is False
    assert about["instrument"] == files.digest(INSTRUMENT.encode())
    read = answers.read(YEAR)
    assert read is not None
    assert read.frame["city"].tolist() == ["Porto", "Bilbao"]
    assert read.frame.loc[0, "eco_state"] == ""
    assert not {"contact_email", "city_name"} & set(read.frame.columns)
    assert list(read.frame.columns) == answers.columns(ASKED)
    assert (paths.private() / "2027").stat().st_mode & 0o077 == 0
    assert not (root / ".study").exists()


def test_taking_a_file_in_twice_changes_nothing(root: Path) -> None:
    content = as_csv([BILBAO, PORTO, {**PORTO, "city_name": "Portoo"}])
    assert entered(taken(root, content)) == (2, 0, 0, 1)
    before = private_bytes(root)
    assert entered(taken(root, content, "renamed.csv")) == (0, 0, 2, 1)
    after = private_bytes(root)
    assert {name for name in after if after[name] != before.get(name)} <= {n for n in after if n.startswith("report-")}
    assert entered(taken(root, content)) == (0, 0, 2, 1)
    assert private_bytes(root) == before


def test_a_correction_replaces_and_leaves_a_trace_without_values(root: Path) -> None:
    first, second = as_csv([BILBAO]), as_csv([{**BILBAO, "eco_share": "13"}])
    taken(root, first)
    assert entered(taken(root, second)) == (0, 1, 0, 0)
    assert [row["eco_share"] for row in stored(root)] == ["13"]
    (trace,) = stored(root, TRACE)
    assert (trace["response_id"], trace["source"]) == ("place-3128026", files.digest(second.encode())[:12])
    assert set(trace) == {"response_id", "received", "replaced", "source"}
    before = private_bytes(root)
    assert entered(taken(root, second)) == (0, 0, 1, 0)
    assert private_bytes(root) == before

    again = taken(root, first)  # the earlier file once more is no correction
    assert entered(again) == (0, 0, 0, 1)
    assert "an answer that no correction has replaced" in findings(again)[0][3]
    assert [row["eco_share"] for row in stored(root)] == ["13"]


def test_the_time_of_sending_decides_between_files(root: Path) -> None:
    late = {**BILBAO, "eco_share": "20", "_submission_time": "2027-03-02T12:00:00"}
    early = {**BILBAO, "eco_share": "10", "_submission_time": "2027-03-02T09:00:00"}
    assert entered(taken(root, as_csv([late]))) == (1, 0, 0, 0)
    assert stored(root)[0]["received"] == "2027-03-02"
    assert entered(taken(root, as_csv([early]))) == (0, 0, 0, 1)
    back = {**early, "_submission_time": "2027-03-05T09:00:00"}
    assert entered(taken(root, as_csv([back]))) == (0, 1, 0, 0)
    assert (stored(root)[0]["eco_share"], stored(root)[0]["received"]) == ("10", "2027-03-05")


def test_a_city_twice_in_a_file(root: Path) -> None:
    same = taken(root, as_csv([BILBAO, BILBAO]))
    assert entered(same) == (1, 0, 0, 0)
    assert "row 2 says the same" in findings(same)[0][3]
    other = {**PORTO, "eco_jobs": "7"}
    differs = taken(root, as_csv([PORTO, other, {**BILBAO, "city_name": "BILBAO "}]))
    assert entered(differs) == (0, 0, 1, 2)
    assert [row[0] for row in findings(differs)[:2]] == ["2", "3"]
    assert not [row for row in stored(root) if row["city"] == "Porto"]
    timed = [
        {**PORTO, "Timestamp": "2027/01/05 9:00:00 PM GMT+1"},
        {**other, "Timestamp": "2027/01/05 10:00:00 AM GMT+1"},
    ]
    later = taken(root, as_csv(timed))
    assert entered(later) == (1, 0, 0, 0)
    assert next(row["eco_jobs"] for row in stored(root) if row["city"] == "Porto") == PORTO["eco_jobs"]
    assert "row 2 was sent later" in findings(later)[0][3]
    unsure = [{**PORTO, "Timestamp": "1/5/2027 9:00:00"}, {**other, "Timestamp": "2/5/2027 9:00:00"}]
    assert entered(taken(root, as_csv(unsure))) == (0, 0, 0, 2)


def test_two_files_at_once_are_looked_at_together(root: Path) -> None:
    (root / "a.csv").write_text(as_csv([BILBAO]), encoding="utf-8")
    (root / "b.csv").write_text(as_csv([{**BILBAO, "eco_jobs": "1"}, PORTO]), encoding="utf-8")
    result = intake.take_in(YEAR, [root / "a.csv", root / "b.csv", root / "none.csv"])
    assert entered(result) == (1, 0, 0, 3)
    assert list(result.unreadable) == ["none.csv"]
    assert len(result.reports) == 3
    assert "row 2 of 'a.csv'" in result.reports[1].read_text(encoding="utf-8").replace("&#x27;", "'").replace(
        "&#39;", "'"
    )


def test_synthetic_and_real_answers_never_mix(root: Path) -> None:
    assert entered(taken(root, as_csv([{**BILBAO, "synthetic": "yes"}]))) == (1, 0, 0, 0)
    read = answers.read(YEAR)
    assert read is not None
    assert read.synthetic
    before = private_bytes(root)
    with pytest.raises(InvalidData, match="never mix"):
        taken(root, as_csv([PORTO]))
    assert private_bytes(root) == before
    assert entered(taken(root, as_csv([PORTO]), synthetic=True)) == (1, 0, 0, 0)
    mixed = taken(root, as_csv([{**BILBAO, "synthetic": "yes"}, {**PORTO, "synthetic": ""}]))
    assert mixed.refused == 1
    assert "synthetic and real" in mixed.unreadable["in.csv"]


def test_what_is_missing_from_the_instrument_later_is_not_lost(root: Path) -> None:
    taken(root, as_csv([BILBAO]))
    file = root / "data" / "instruments" / "2027.yml"
    file.write_text(INSTRUMENT.replace("id: practice", "id: renamed"), encoding="utf-8")
    with pytest.raises(InvalidData, match="lacks questions that are answered already: practice"):
        taken(root, as_csv([PORTO]))
    with pytest.raises(InvalidData, match="do not have the columns") as error:
        answers.read(YEAR)
    assert "Bilbao" not in str(error.value)


# -- nothing of it goes anywhere else ---------------------------------------------------------------------------------


def test_a_reading_is_noted_by_one_digest_and_never_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "data/private/2027/answers.csv"
    provenance.forget()
    assert answers.read(YEAR) is None
    assert provenance.files()[name] == ""
    taken(root, as_csv([BILBAO]))
    provenance.forget()
    assert answers.read(YEAR) is not None
    (reading,) = (one for one in provenance.readings() if "private" in one.source)
    content = files.digest((root / name).read_bytes())
    assert (reading.source, reading.where, reading.rows, reading.digest) == (name, (), 1, content[:12])
    assert provenance.files()[name] == content == files.content_of(name)

    run = Run("front", {"lang": "en"}, "en", root / "front.ipynb")
    run.output.parent.mkdir()
    run.output.write_text("made", encoding="utf-8")
    nothing = keys.Code([], {}, "", "", "3")
    entry = ledger.Entry(files.digest(b"made"), run.parameters, nothing, provenance.readings(), provenance.files(), 1.0)
    ledger.write(run, entry)
    kept = [file.read_bytes() for file in (root / ".study").rglob("*") if file.is_file()]
    assert len(kept) == 2  # the entry, and the instrument as it was
    assert not [one for one in kept if b"place-3128026" in one or b"bilbao.example" in one]
    monkeypatch.setattr(ledger.Check, "code", lambda *_: nothing)
    assert ledger.Check().states([run])[0].state == ledger.FRESH
    taken(root, as_csv([PORTO]))
    assert ledger.Check().states([run])[0].reasons == (f"{name} changed",)
    list(intake_store.purge(YEAR))
    assert ledger.Check().states([run])[0].reasons == (f"{name} changed",)


def test_the_private_folder_can_lie_elsewhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_PRIVATE", str(root / "elsewhere"))
    taken(root, as_csv([BILBAO]))
    assert (root / "elsewhere" / "2027" / "answers.csv").is_file()
    assert not (root / "data" / "private").exists()
    read = answers.read(YEAR)
    assert read is not None
    assert len(read.frame) == 1
    assert files.content_of("data/private/2027/answers.csv")
    assert "data/private/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("damage", [b"\xff\xfe\xff", b'a,"b', b"response_id,city\n1,2,3\n", b""])
def test_damaged_answers_give_a_message_without_values(root: Path, damage: bytes) -> None:
    taken(root, as_csv([BILBAO]))
    file = paths.private() / "2027" / "answers.csv"
    file.write_bytes(damage)
    with pytest.raises(InvalidData, match=r"answers"):
        answers.read(YEAR)


# -- exports of survey tools ------------------------------------------------------------------------------------------


def labels(lang: str) -> dict[str, str]:
    return {one.id: one.label[lang] for one in ASKED}


def worded(question: str, code: str, lang: str) -> str:
    return next(choice.label[lang] for choice in ASKED[question].choices if choice.code == code)


KOBO_SPLIT = {
    "start": "2027-01-01T10:00:00", "end": "2027-01-01T10:50:00", "city/city_name": "Bilbao", "city/country": "Spain", "city/consent": "named",
    "city/contact_email": "office@bilbao.example", "city/contact_role": "Head of data", "economy/eco_plan": "yes", "economy/eco_state": "pilot",
    "economy/eco_barriers": "funding skills", "economy/eco_barriers/funding": "1", "economy/eco_barriers/skills": "1",
    "economy/eco_barriers/data_quality": "0", "economy/eco_barriers/none": "0", "economy/eco_share": "12.5", "economy/eco_jobs": "1250",
    "economy/practice": BILBAO["practice"], "_id": "17", "_uuid": "ab", "__version__": "v", "_submission_time": "2027-01-01T10:51:00", "_index": "1",
}  # fmt: skip
KOBO_JOINED = {name: text for name, text in KOBO_SPLIT.items() if "eco_barriers/" not in name}
LIME = {
    "id": "4", "submitdate": "2027-01-01 10:51:00", "lastpage": "3", "startlanguage": "es", "cityname": "Bilbao", "country": "ESP",
    "consent": "named", "contactemail": "office@bilbao.example", "contactrole": "Head of data", "ecoplan": "yes", "ecostate": "pilot",
    "ecobarriers[funding]": "Y", "ecobarriers[skills]": "Y", "ecobarriers[dataquality]": "", "ecobarriers[none]": "", "ecoshare": "12,5",
    "ecojobs": "1250.0000000000", "practice": BILBAO["practice"],
}  # fmt: skip


def lime_worded(lang: str) -> dict[str, str]:
    texts = labels(lang)
    row = {texts[name]: text for name, text in BILBAO.items() if name != "eco_barriers"}
    row |= {texts[name]: worded(name, BILBAO[name], lang) for name in ("consent", "eco_plan", "eco_state")}
    yes, no = {"en": ("Yes", "No"), "es": ("Sí", "No"), "fr": ("Oui", "Non")}[lang]
    for choice in ASKED["eco_barriers"].choices:
        row[f"{texts['eco_barriers']} [{choice.label[lang]}]"] = yes if choice.code in ("funding", "skills") else no
    return row


def google(lang: str) -> dict[str, str]:
    texts = labels(lang)
    row = {"Marca temporal": "2027/01/01 10:51:00 AM CET"} | {texts[name]: text for name, text in BILBAO.items()}
    row |= {texts[name]: worded(name, BILBAO[name], lang) for name in ("consent", "eco_plan", "eco_state")}
    row[texts["eco_barriers"]] = ", ".join(worded("eco_barriers", code, lang) for code in ("funding", "skills"))
    row[texts["eco_share"]] = "12,5 %"
    return row


DIALECTS: Mapping[str, Mapping[str, str]] = {
    "kobo split": KOBO_SPLIT, "kobo joined": KOBO_JOINED, "limesurvey codes": LIME,
    **{f"limesurvey {lang}": lime_worded(lang) for lang in ("en", "es", "fr")},
    **{f"google {lang}": google(lang) for lang in ("en", "es", "fr")},
    "kobo labels": {
        f"Economy/{label}" if name.startswith("eco") else f"The city/{label}": BILBAO[name] for name, label in labels("en").items()
    } | {"Economy/What holds the city back?": "Funding, or its end Skills"},
    "other order": dict(reversed(BILBAO.items())),
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_the_same_answers(root: Path, dialect: str) -> None:
    row = DIALECTS[dialect]
    for content, name in (
        (as_csv([row]), "in.csv"),
        (as_csv([row], ";"), "semicolon.csv"),
        (as_xlsx([[*row], [*row.values()]]), "in.xlsx"),
    ):
        result = taken(root, content, name)
        assert entered(result)[3] == 0, findings(result)
        (bilbao,) = stored(root)
        expected = {**BILBAO, "city": "Bilbao", "country_iso3": "ESP", "place_id": "3128026"}
        assert {key: text for key, text in bilbao.items() if key in expected} == {
            key: text for key, text in expected.items() if key in bilbao
        }
        assert stored(root, CONTACTS)[0]["contact_email"] == "office@bilbao.example"
        assert not [row for row in findings(result) if "not read" in row[3]]
        list(intake_store.purge(YEAR))


@pytest.mark.parametrize("lang", ["en", "es", "fr"])
def test_our_own_spreadsheet_comes_back(root: Path, lang: str) -> None:
    (root / "own.xlsx").write_bytes(spreadsheet.write_spreadsheet(ASKED, lang))
    book = load_workbook(root / "own.xlsx")
    page = book["answers"]
    rows = {page.cell(row, 1).value: row for row in range(2, page.max_row + 1) if page.cell(row, 1).value}
    values: dict[str, object] = {
        **BILBAO,
        "eco_share": 12.5,
        "eco_jobs": 1250,
        "country": {"en": "Spain", "es": "España", "fr": "Espagne"}[lang],
    }
    values |= {name: worded(name, BILBAO[name], lang) for name in ("consent", "eco_plan", "eco_state")}
    values |= {"eco_barriers/funding": "x", "eco_barriers/skills": "X"}
    del values["eco_barriers"]
    for name, value in values.items():
        page.cell(rows[name], 4).value = value
    book.save(root / "own.xlsx")
    result = intake.take_in(YEAR, [root / "own.xlsx"])
    assert entered(result) == (1, 0, 0, 0)
    assert findings(result) == []
    assert {name: text for name, text in stored(root)[0].items() if name in BILBAO} == {
        name: text for name, text in BILBAO.items() if name in answers.columns(ASKED)
    }
    page.cell(rows["eco_share"], 4).value = "lots"
    book.save(root / "own.xlsx")
    wrong = intake.take_in(YEAR, [root / "own.xlsx"])
    assert [row[:3] for row in findings(wrong)] == [(str(rows["eco_share"]), "eco_share", "lots")]
    assert wrong.refused == 1
    book.properties.keywords = f"smart-cities-study-form 2026 {lang}"
    book.save(root / "own.xlsx")
    assert "of the edition 2026" in intake.take_in(YEAR, [root / "own.xlsx"]).unreadable["own.xlsx"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(root: Path, encoding: str, delimiter: str) -> None:
    row = {**google("es"), "País": "España", "Buena práctica": "Niñas, niños; y más | añadido «así»"}
    result = taken(root, as_csv([row, row], delimiter).encode(encoding))
    assert entered(result) == (1, 0, 0, 0)
    assert stored(root)[0]["practice"] == "Niñas, niños; y más | añadido «así»"
    guessed = [note for note in findings(result) if "not in UTF-8" in note[3]]
    assert bool(guessed) == (encoding in ("cp1252", "latin-1"))


def test_trailing_empties_titles_above_and_columns_twice(root: Path) -> None:
    text = "Answers of cities,,\n\n" + as_csv([BILBAO | {"eco_plan ": "yes", "": ""}]) + ",,,,\n,,\n\n"
    result = taken(root, text)
    assert entered(result) == (1, 0, 0, 0)
    assert "found in row 3" in findings(result)[0][3]
    contradicting = taken(root, as_csv([BILBAO | {"ECO_PLAN": "no"}]))
    assert entered(contradicting) == (0, 0, 0, 1)
    assert findings(contradicting)[0][1:3] == ("eco_plan", "yes | no")


def test_unknown_columns_with_answers_and_doubtful_ones_are_refused(root: Path) -> None:
    unknown = taken(root, as_csv([BILBAO | {"Shoe size": "43", "_uuid": "x"}]), "unknown.csv")
    assert entered(unknown) == (0, 0, 0, 1)
    assert "'Shoe size' (nearest: " in unknown.unreadable["unknown.csv"]
    page = unknown.reports[0].read_text(encoding="utf-8")
    assert "43" not in page
    assert "_uuid" in page
    empty = taken(root, as_csv([BILBAO | {"Shoe size": "", "_uuid": "x"}]))
    assert entered(empty) == (1, 0, 0, 0)
    assert [row[1] for row in findings(empty)] == ["Shoe size"]
    file = root / "data" / "instruments" / "2027.yml"
    same = INSTRUMENT.replace('en: "Jobs"', 'en: "Share of the budget"')
    file.write_text(same, encoding="utf-8")
    row = {key: text for key, text in BILBAO.items() if key != "eco_share"} | {"Share of the budget": "3"}
    refused = taken(root, as_csv([row]), "doubtful.csv")
    assert "'Share of the budget' (eco_jobs or eco_share)" in refused.unreadable["doubtful.csv"]
    assert entered(refused) == (0, 0, 0, 1)


def test_a_group_before_a_wording_tells_two_questions_apart() -> None:
    text = INSTRUMENT.replace('en: "Function"', 'en: "Good practice"')
    names = Names(instrument.parse(text, "2027.yml"))
    assert names.find("Good practice") == {Target("practice"), Target("contact_role")}
    assert names.find("Economy/Good practice") == {Target("practice")}
    assert names.find("The city/Good practice") == {Target("contact_role")}


# -- judging ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "question", "expected", "suggestion"),
    [
        ({"eco_plan": "perhaps"}, "eco_plan", "one of: Yes (yes); No (no)", "Write the code"),
        ({"eco_plan": ""}, "eco_plan", "required", "Ask the city"),
        ({"consent": ""}, "consent", "required", "Ask the city"),
        ({"consent": "x"}, "consent", "With its name (named)", "Write the code"),
        ({"eco_state": "pilott"}, "eco_state", "Pilot (pilot)", "Perhaps: pilot"),
        ({"eco_barriers": "funding;skils"}, "eco_barriers", "any of:", "Perhaps: skills"),
        ({"eco_barriers": "none;skills"}, "eco_barriers", "'none' alone", "Ask the city"),
        ({"eco_share": "101"}, "eco_share", "a number (%), at least 0, at most 100", "Write digits"),
        ({"eco_share": "-1"}, "eco_share", "at least 0", "Write digits"),
        ({"eco_share": "about 5"}, "eco_share", "a number", "Write digits"),
        ({"eco_share": "nan"}, "eco_share", "a number", "Write digits"),
        ({"eco_jobs": "1.250"}, "eco_jobs", "not clear", "Write 1.2500 or 1250"),
        ({"eco_jobs": "1e3"}, "eco_jobs", "a number", "Write digits"),
        ({"contact_email": "nobody"}, "contact_email", "one e-mail address", "Ask the city"),
        ({"practice": "x" * 10_001}, "practice", "at most 10,000 characters; this has 10,001", "Shorten"),
        ({"city_name": ""}, "city_name", "the city that answers", "GeoNames"),
        ({"city_name": "Bilbo ao"}, "city_name", "a city of ESP", "3128026 for Bilbao (ESP)"),
        ({"city_name": "Santa Cruz", "country": "Chile"}, "city_name", "a city of CHL", "write: Santa Cruz (new)"),
        ({"city_name": "3128026", "country": "Portugal"}, "city_name", "this id is Bilbao (ESP)", "Mend"),
        ({"city_name": "99999999"}, "city_name", "the GeoNames id", "Write the name"),
        ({"country": "Spayn"}, "country", "a country", "Perhaps: ESP"),
        ({"country": ""}, "city_name", "the country of the city", "3128026 for Bilbao (ESP)"),
    ],
)  # fmt: skip
def test_what_is_invalid_is_reported_and_what_is_valid_enters(
    root: Path, change: dict[str, str], question: str, expected: str, suggestion: str
) -> None:
    result = taken(root, as_csv([PORTO, {**BILBAO, **change}]))
    assert entered(result) == (1, 0, 0, 1)
    (found,) = findings(result)
    assert found[:2] == ("3", question)
    assert expected in found[3]
    assert suggestion in found[4]
    if question.startswith("contact"):
        assert change[question] not in " ".join(found)
    assert [row["city"] for row in stored(root)] == ["Porto"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("12,5", "12.5"), ("12.50", "12.5"), (" 7 % ", "7"), ("0,125", "0.125"), ("12.500", "12.5"), ("1,000", "1"), ("100", "100"), ("0", "0")],
)  # fmt: skip
def test_numbers_of_a_share(typed: str, expected: str) -> None:
    assert intake_values.value(ASKED["eco_share"], typed) == expected


@pytest.mark.parametrize(
    ("shares", "stored_shares"),
    [
        (("0.275", "0.4"), None),  # as pandas writes cells in percent: a hundred times as much is meant
        (("0,275", "1"), ["0.275", "1"]),  # one alone may be a small share
        (("0.275", "40"), ["0.275", "40"]),
        (("0.275%", "0.4 %"), ["0.275", "0.4"]),
    ],
)
def test_shares_that_all_look_like_fractions_stop_the_file(
    root: Path, shares: tuple[str, str], stored_shares: list[str] | None
) -> None:
    rows = [{**city, "eco_share": share} for city, share in zip((BILBAO, PORTO), shares, strict=True)]
    result = taken(root, as_csv(rows, ";"))
    if stored_shares is None:
        (message,) = result.unreadable.values()
        assert "'eco_share' (0.275, 0.4), which is in percent" in message
        assert not (root / "data" / "private" / "2027" / ANSWERS).exists()
    else:
        assert sorted(row["eco_share"] for row in stored(root)) == stored_shares


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1.250.000", "1250000"), ("1 250 000,5", "1250000.5"), ("1\u202f250", "1250"), ("1,250.5", "1250.5"), ("1.250,5", "1250.5"),
     ("\u22125", "-5"), ("1'250", "1250"), ("-0", "0"), ("007", "7"), ("1234,567", "1234.567"), ("0.123", "0.123")],
)  # fmt: skip
def test_numbers_without_limits(typed: str, expected: str) -> None:
    assert intake_values.value(ASKED["eco_jobs"], typed) == expected


def test_a_number_in_a_cell_has_a_point_that_is_one(root: Path) -> None:
    row: dict[str, object] = {**BILBAO, "eco_jobs": 1.25, "eco_share": 12}
    assert entered(taken(root, as_xlsx([[*row], [*row.values()]]), "in.xlsx")) == (1, 0, 0, 0)
    row["eco_jobs"] = 1.234
    assert entered(taken(root, as_xlsx([[*row], [*row.values()]]), "in.xlsx")) == (0, 1, 0, 0)
    assert (stored(root)[0]["eco_jobs"], stored(root)[0]["eco_share"]) == ("1.234", "12")


@pytest.mark.parametrize(
    ("typed", "iso3", "expected"),
    [("Bilbao", "ESP", "3128026"), ("BILBAO", "ESP", "3128026"), ("Bogota", "COL", "3688689"), ("Bogotá", "COL", "3688689"),
     ("3128026", "", "3128026"),
     ("Bilbao (3128026)", "ESP", "3128026"), ("Bilbao, Spain", "", "3128026"), ("Milano", "ITA", "3173435"), ("Ghent", "BEL", "2797656")],
)  # fmt: skip
def test_cities_are_found_by_their_exact_names_or_ids(typed: str, iso3: str, expected: str) -> None:
    assert intake_places.find_city(typed, iso3).id == expected


def test_a_city_that_is_not_in_the_table_is_confirmed(root: Path) -> None:
    result = taken(root, as_csv([{**BILBAO, "city_name": "Zzyzx"}]))
    assert findings(result)[0][4] == "If it is another city, write: Zzyzx (new)"
    assert entered(taken(root, as_csv([{**BILBAO, "city_name": "Zzyzx (new)"}]))) == (1, 0, 0, 0)
    (row,) = stored(root)
    assert (row["response_id"], row["place_id"], row["city"], row["country_iso3"]) == (
        "new-esp-zzyzx",
        "",
        "Zzyzx",
        "ESP",
    )


def test_several_cities_of_a_name_are_never_guessed_between() -> None:
    twice = [
        name
        for name, many in intake_places._cities_by_name().items()
        if len({one.id for one in many if one.iso3 == "USA"}) > 1
    ]
    assert twice
    with pytest.raises(intake_values.Wrong) as wrong:
        intake_places.find_city(twice[0], "USA")
    assert "several in USA" in wrong.value.expected
    assert wrong.value.suggestion.count(" for ") > 1


def test_answers_to_skipped_questions_are_reported_and_left_out(root: Path) -> None:
    result = taken(root, as_csv([{**BILBAO, "eco_plan": "no"}]))
    assert entered(result) == (1, 0, 0, 0)
    assert stored(root)[0]["eco_state"] == ""
    (note,) = findings(result)
    assert note[:3] == ("2", "eco_state", "pilot")
    assert "asked only where 'eco_plan' is yes" in note[3]
    assert findings(taken(root, as_csv([{**BILBAO, "eco_plan": "no", "eco_state": "N/A"}]))) == []


def test_the_report_can_be_acted_on(root: Path) -> None:
    result = taken(root, as_csv([{**BILBAO, "eco_share": "=1+1", "eco_plan": "write to me@home.example"}]))
    page = result.reports[0].read_text(encoding="utf-8")
    assert result.reports[0].name == f"report-{files.digest((root / 'in.csv').read_bytes())[:12]}.html"
    assert "me@home.example" not in page
    for text in ("eco_share", "=1+1", "(e-mail address)", "What to do", "1 refused"):
        assert text in page
    book = load_workbook(result.reports[0].with_suffix(".xlsx"))
    cells = [cell for row in book["Refused"].iter_rows() for cell in row]
    assert any(cell.value == "=1+1" for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}  # no formula


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2027-01-05 10:11:12", "2027-01-05T10:11:12"), ("2027/01/05 9:11:12 PM GMT+1", "2027-01-05T20:11:12"),
     ("2027-01-05T10:11:12+02:00", "2027-01-05T08:11:12"),
     ("2027-01-05T10:11:12.123Z", "2027-01-05T10:11:12.123000"), ("2027-01-05", "2027-01-05T00:00:00"), ("1/5/2027 10:11", None), ("", None),
     ("1980-01-01 00:00:00", None), ("yesterday", None), ("2027-13-05 10:11:12", None), ("2027/01/05 12:05:00 AM", "2027-01-05T00:05:00")],
)  # fmt: skip
def test_moments(typed: str, expected: str | None) -> None:
    time = intake_times.moment(typed)
    assert (time.isoformat() if time else None) == expected


# -- properties -------------------------------------------------------------------------------------------------------

# no first letters of what looks like UTF-8 read as Latin-1, which is repaired, nor the sign of a letter that is lost
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="ÂÃÄÅâðï\ufffd"), max_size=60).filter(
    lambda text: not text or text.strip()
)
CITIES = st.sampled_from([("Bilbao", "Spain"), ("Porto", "PRT"), ("Bogotá", "Colombia"), ("Lyon", "Francia")])
FEW_DECIMALS = st.decimals(0, 100, places=2, allow_nan=False).map(lambda one: f"{one.normalize():f}" if one else "0")


@st.composite
def responses(draw: st.DrawFn) -> dict[str, str]:
    city, country = draw(CITIES)
    plan = draw(st.sampled_from(["yes", "no"]))
    barriers = draw(st.sets(st.sampled_from(["funding", "skills", "data_quality"])))
    return {
        "city_name": city, "country": country, "consent": draw(st.sampled_from(["named", "counted"])), "contact_email": "a@b.example",
        "contact_role": "", "eco_plan": plan, "eco_state": draw(st.sampled_from(["", *ASKED["eco_state"].codes])) if plan == "yes" else "",
        "eco_barriers": ";".join(code for code in ASKED["eco_barriers"].codes if code in barriers),
        "eco_share": draw(st.just("") | FEW_DECIMALS), "eco_jobs": draw(st.just("") | st.integers(-9, 10**9).map(str)),
        "practice": draw(TEXTS),
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(responses(), st.booleans()), min_size=1, max_size=6))
def test_nothing_valid_is_lost_and_nothing_invalid_enters(
    lasting: Path, rows: list[tuple[dict[str, str], bool]]
) -> None:
    cities: dict[str, set[str]] = {}
    lines = []
    for row, broken in rows:
        lines.append({**row, "eco_share": "many"} if broken else row)
        if not broken:
            cities.setdefault(row["city_name"], set()).add(json.dumps(row))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(lasting))
        list(intake_store.purge(YEAR))
        result = taken(lasting, as_csv(lines))
        assert {row["city"] for row in stored(lasting)} == {city for city, said in cities.items() if len(said) == 1}
        assert (result.refused > 0) == (
            any(broken for _, broken in rows) or any(len(said) > 1 for said in cities.values())
        )


# -- the commands -----------------------------------------------------------------------------------------------------


def test_the_command_prints_counts_and_no_values_and_purge_asks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    (root / "in.csv").write_text(as_csv([BILBAO, {**PORTO, "eco_share": "many"}]), encoding="utf-8")
    monkeypatch.chdir(root)
    from typer.testing import CliRunner

    from analysis import cli, commands

    monkeypatch.setattr(commands, "check_data", lambda: None)
    runner = CliRunner()
    done = runner.invoke(cli.with_extension(), ["intake", "2027", "in.csv"])
    assert done.exit_code == 1
    assert done.stdout.startswith("Cities: 1 entered, 0 replaced, 0 unchanged. Refused: 1.\nReport: ")
    assert Path(done.stdout.rpartition("Report: ")[2].strip()).is_file()
    assert not {"Bilbao", "Porto", "many", "office"} & set(done.output.split())
    (root / "data" / "private" / "2027" / "notes.txt").write_text("kept", encoding="utf-8")
    assert runner.invoke(cli.with_extension(), ["private", "purge", "2027"], input="n\n").exit_code == 1
    assert len(stored(root)) == 1
    done = runner.invoke(cli.with_extension(), ["private", "purge", "2027", "--yes"])
    assert done.exit_code == 0
    for name in ("answers.csv", "contacts.csv", "trace.csv", "about.json", "report-"):
        assert f"Deleted: {name}" in done.stdout
    assert list(private_bytes(root)) == ["notes.txt"]
    assert (
        "Nothing is stored for 2027"
        in runner.invoke(cli.with_extension(), ["private", "purge", "2027", "--yes"]).stdout
    )
    assert answers.read(YEAR) is None


def test_editions_without_questions_are_refused(root: Path) -> None:
    with pytest.raises(UnknownCell, match="no edition '2018'"):
        intake.take_in(2018, [root / "in.csv"])
    with pytest.raises(InvalidData, match="questions of 2017 are not known"):
        intake.take_in(2017, [root / "in.csv"])
    lacking = INSTRUMENT.replace("class: consent", "class: public")
    with pytest.raises(InvalidData, match="choices named and counted"):
        intake.consent_of(instrument.parse(lacking, "2027.yml"))


def test_a_rehearsal_with_the_core_instrument_enters_whole(root: Path) -> None:
    text = (
        (root / "data" / "instruments" / "core.yml")
        .read_text(encoding="utf-8")
        .replace("edition: core", "edition: 2027", 1)
    )
    (root / "data" / "instruments" / "2027.yml").write_text(text, encoding="utf-8")
    result = taken(root, twin.answers(YEAR, 30, 1))
    assert entered(result) == (30, 0, 0, 0)
    read = answers.read(YEAR)
    assert read is not None
    assert read.synthetic
    assert len(read.frame) == 30
    asked: Instrument = read.instrument
    with_choices = [one for one in asked if one.choices and one.id in read.frame.columns]
    assert len(with_choices) > 10
    for one in with_choices:
        codes = {code for text in read.frame[one.id] for code in text.split(";") if code}
        assert codes <= set(one.codes)


@pytest.mark.parametrize("lang", ["en", "es", "fr"])
def test_the_privacy_notice_says_what_the_law_asks_for_and_marks_what_is_open(lang: str) -> None:
    text = (ROOT / "data" / "instruments" / f"privacy-notice.{lang}.md").read_text(encoding="utf-8")
    mark = {"en": "[TO COMPLETE:", "es": "[POR COMPLETAR:", "fr": "[À COMPLÉTER :"}[lang]
    assert text.count(mark) == 12
    assert text.count("\n## ") == 7
    for part in ("2016/679", "3/2018", "LOPDGDD", "AEPD", "AVPD"):
        assert part in text


def test_the_command_without_a_file_is_wrong_usage(root: Path) -> None:
    assert run_study(ROOT, "intake", "2027").returncode == 2
