import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from analysis import cli, digests, paths, provenance, tables, validation
from analysis.errors import InvalidData


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the data that a test may break."""
    shutil.copytree(paths.data(), tmp_path / "data")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    return tmp_path / "data"


def change(file: Path, line: int, edit: Callable[[str], str]) -> None:
    """Edit one line of a file; line 1 is the header, as a spreadsheet counts."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert edit(lines[line - 1]) != lines[line - 1]
    lines[line - 1] = edit(lines[line - 1])
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_data_fit_their_codebook() -> None:
    assert validation.validate() == []


def test_every_table_has_a_codebook_with_meaning_source_and_licence() -> None:
    described = {f"data/{one['path']}" for one in tables.descriptors().values()}
    assert described == {paths.shown(file) for file in paths.data().glob("*/*.csv")}
    for one in tables.descriptors().values():
        assert one["title"]
        assert one["description"]
        assert one["sources"][0]["path"].startswith("http")
        assert one["licenses"][0]["title"]
        assert all(field["description"] for field in one["schema"]["fields"])


@pytest.mark.parametrize(
    ("file", "line", "edit", "message"),
    [
        (
            "published/findings.csv", 6, lambda row: row.replace(",60,", ",many,"),
            "data/published/findings.csv, row 6, field 'value', value 'many'. Expected: Published figure",
        ),
        (
            "published/participants.csv", 3, lambda row: row.replace("3128760", "99"),
            "data/published/participants.csv, row 3, field 'place_id', value '99': not in the table 'cities'",
        ),
        (
            "published/terms.csv", 5, lambda row: row + ",more",
            "data/published/terms.csv, row 5: the row is too long. Expected: 4 cells",
        ),
        (
            "published/terms.csv", 1, lambda row: row.replace("fr", "fra"),
            "data/published/terms.csv, row 1: the columns are not those of the codebook. Expected: term, en, es, fr",
        ),
        (
            "published/terms.csv", 5, lambda row: "study,a,b,c",
            "data/published/terms.csv, row 5: the same key as in row 2",
        ),
        (
            "published/findings.csv", 7, lambda row: row.replace(",85,", ",150,"),
            "row 7, field 'value', value '150'. Expected: a share between 0 and 100",
        ),
        (
            "published/findings.csv", 7, lambda row: row.replace(",85,", ",83,"),
            "row 7, field 'n_cities', value '20': 83% of it is no whole number of cities",
        ),
        (
            "indicators/values.csv", 900, lambda row: row.replace(row.split(",")[2], "nowhere", 1),
            "data/indicators/values.csv, row 900, field 'place_id', value 'nowhere': no such",
        ),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_with_what_is_expected(
    data: Path, file: str, line: int, edit: Callable[[str], str], message: str
) -> None:
    change(data / file, line, edit)
    assert message in "\n".join(validation.validate())


def test_a_table_that_is_gone_is_named(data: Path) -> None:
    (data / "published" / "terms.csv").unlink()
    assert any("data/published/terms.csv is missing" in problem for problem in validation.validate())


def test_an_edition_must_be_in_the_matrix_and_in_the_table(data: Path) -> None:
    text = (data / "study.yml").read_text(encoding="utf-8")
    (data / "study.yml").write_text(text.replace("  2023:", "  2025:"), encoding="utf-8")
    problems = "\n".join(validation.validate())
    assert "disagree on edition 2023" in problems
    assert "disagree on edition 2025" in problems


def test_reading_a_broken_table_names_the_value_and_the_command_that_names_the_row(data: Path) -> None:
    change(data / "published" / "findings.csv", 6, lambda row: row.replace(",60,", ",many,"))
    with pytest.raises(
        InvalidData, match=r"findings.csv does not fit.*many.*study validate data/published/findings.csv"
    ):
        tables.read("findings")


def test_an_empty_cell_is_unknown_and_namibia_is_a_country() -> None:
    countries = tables.read("countries")
    assert countries.loc[countries["iso3"] == "NAM", "iso2"].tolist() == ["NA"]
    editions = tables.read("editions", edition=2017)
    assert editions["n_countries"].isna().all()


def test_what_was_read_is_noted_by_slice_with_a_digest_that_follows_the_content() -> None:
    tables.read("findings", edition=2017)
    tables.read("findings", edition=2019)
    noted = {one.text: one for one in provenance.readings() if one.source == "findings"}
    assert noted["edition = 2017"].rows == 9
    assert noted["edition = 2017"].digest != noted["edition = 2019"].digest


def test_zeros_of_e_participation_are_flagged_only_where_the_country_was_not_ranked() -> None:
    values = tables.read("values", indicator_id=["gov_egdi", "gov_epi"])
    wide = values.pivot(index=["place_id", "year"], columns="indicator_id", values=["value", "flag"])
    zero = wide[wide[("value", "gov_epi")] == 0]
    unranked = wide[("value", "gov_egdi")] == 0
    flagged = wide[("flag", "gov_epi")] == "not_ranked"
    assert set(zero.index[flagged.loc[zero.index]]) == set(zero.index[unranked.loc[zero.index]])
    assert (~unranked.loc[zero.index]).any()  # true zeros exist, and are kept


def test_the_unknown_bases_stay_empty_and_the_inferred_ones_are_whole_numbers_of_twenty() -> None:
    shares = tables.read("findings", unit="percent").set_index("id")
    assert shares.index[shares["base_status"] == "unknown"].tolist() == ["F2017-03", "F2023-04", "F2023-05"]
    assert shares.loc[shares["base_status"] == "unknown", "n_cities"].isna().all()
    inferred = shares[shares["base_status"] == "inferred"]
    assert (inferred["value"] * inferred["n_cities"] / 100).tolist() == [15, 17, 11, 14, 15, 20]


def test_sources_of_the_united_nations_are_not_called_open() -> None:
    sources = tables.read("sources")
    assert not sources.loc[sources["source_id"].isin(["sdg_un_2023", "egdi_un_2024"]), "open_licence"].any()


def test_every_source_of_the_catalogue_is_known() -> None:
    known = set(tables.read("sources")["source_id"])
    named = {one for text in tables.read("catalogue")["source_id"] for one in text.split(";")}
    assert named <= known


def test_the_reader_takes_no_text_for_a_missing_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "answers"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "study.yml").write_text("", encoding="utf-8")
    with (folder / "words.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["word"], ["None"], ["NA"], ["null"]])
    fields = [{"name": "word", "type": "string", "description": "A word"}]
    resource = {"name": "words", "path": "words.csv", "schema": {"fields": fields}}
    (folder / "datapackage.json").write_text(json.dumps({"resources": [resource]}), encoding="utf-8")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    frame = tables.read("words")
    assert frame["word"].tolist() == ["None", "NA", "null"]
    assert isinstance(frame["word"].dtype, pd.StringDtype)


def test_each_descriptor_has_the_digest_of_its_tables_and_frictionless_says_the_same() -> None:
    for one in tables.descriptors().values():
        content = (paths.data() / one["path"]).read_bytes()
        assert one["bytes"] == len(content)
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    package = json.loads((paths.data() / "published" / "datapackage.json").read_text(encoding="utf-8"))
    resource = next(one for one in package["resources"] if one["name"] == "terms")
    wanted = {key: resource[key] for key in ("name", "path", "format", "bytes", "hash", "schema")}
    read = frictionless.Resource.from_descriptor(wanted, basepath=str(paths.data() / "published"))
    assert read.validate().valid
    wrong = frictionless.Resource.from_descriptor(wanted | {"bytes": 1}, basepath=str(paths.data() / "published"))
    assert [error.type for error in wrong.validate().tasks[0].errors] == ["byte-count"]


def test_a_table_that_was_changed_without_its_descriptor_is_named_with_the_command(data: Path) -> None:
    before = {file: file.read_bytes() for file in data.glob("*/*")}
    change(data / "published" / "terms.csv", 5, lambda row: row.replace(row.split(",")[1], "another word", 1))
    (problem,) = validation.validate(["terms"])
    assert problem.startswith(
        "data/published/terms.csv is not the table that data/published/datapackage.json describes: "
    )
    assert problem.endswith("If it was meant to change: study digests. If not, restore it.")
    assert "\n" not in problem
    assert validation.validate(["facts"]) == []  # another table
    assert digests.update() == ["data/published/datapackage.json"]
    assert validation.validate(["terms"]) == []
    now = (data / "published" / "datapackage.json").read_text(encoding="utf-8").splitlines()
    then = before[data / "published" / "datapackage.json"].decode().splitlines()
    assert len(now) == len(then)
    assert [a.split(":")[0].strip() for a, b in zip(now, then, strict=True) if a != b] == ['"bytes"', '"hash"']
    assert digests.update() == []


def test_a_row_that_breaks_the_codebook_is_named_before_the_digest(data: Path) -> None:
    change(data / "published" / "findings.csv", 6, lambda row: row.replace(",60,", ",many,"))
    (problem,) = validation.validate(["findings"])
    assert "value 'many'" in problem


@pytest.mark.parametrize("key", ["bytes", "hash"])
def test_a_digest_that_was_changed_or_taken_away_is_named(data: Path, key: str) -> None:
    file = data / "members" / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    said = package["resources"][0].pop(key)
    file.write_text(json.dumps(package), encoding="utf-8")
    assert validation.validate(["members"]) == [
        "data/members/datapackage.json: the table 'members' has no digest there. Write it with: study digests"
    ]
    package["resources"][0][key] = said + 1 if key == "bytes" else said[:-1] + ("0" if said[-1] != "0" else "1")
    file.write_text(json.dumps(package), encoding="utf-8")
    assert (
        "data/members/members.csv is not the table that data/members/datapackage.json describes"
        in validation.validate(["members"])[0]
    )


def test_digests_of_a_table_that_is_gone_are_not_written(data: Path) -> None:
    (data / "published" / "terms.csv").unlink()
    change(data / "members" / "members.csv", 2, lambda row: row + " ")
    before = {file: file.read_bytes() for file in data.glob("*/*.json")}
    with pytest.raises(InvalidData, match=r"data/published/terms.csv is missing"):
        digests.update()
    assert {file: file.read_bytes() for file in data.glob("*/*.json")} == before


def test_the_descriptors_of_tables_that_will_change_are_given(data: Path) -> None:
    text = (data / "published" / "terms.csv").read_bytes().decode()
    found = digests.updated({"published/terms.csv": text + "word,a,b,c\n", "study.yml": "x"})
    assert list(found) == ["published/datapackage.json"]
    assert digests.updated({"published/terms.csv": text}) == {}
    (data / "published" / "terms.csv").write_bytes((text + "word,a,b,c\n").encode())
    (data / "published" / "datapackage.json").write_text(found["published/datapackage.json"], encoding="utf-8")
    assert validation.validate(["terms"]) == []


def as_semicolons(text: str) -> bytes:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode()


SAVED_OTHERWISE = {
    "semicolons": (as_semicolons, "separated by semicolons; expected: commas"),
    "semicolons, of an office in Spain": (
        lambda text: as_semicolons(text.replace("Participation", "Participación")).decode().encode("cp1252"),
        "separated by semicolons; expected: commas; and its text is not valid UTF-8",
    ),
    "semicolons, as Excel says": (lambda text: b"sep=;\r\n" + as_semicolons(text), "separated by semicolons"),
    "tabs": (lambda text: as_semicolons(text).replace(b";", b"\t"), "separated by tabs; expected: commas"),
    "UTF-16": (lambda text: text.encode("utf-16"), "is in UTF-16; expected: UTF-8"),
    "UTF-16 with tabs (Excel: Unicode text)": (
        lambda text: text.replace(",", "\t").encode("utf-16"),
        "by tabs; expected: commas; and its text is in UTF-16",
    ),
    "UTF-16 without mark": (lambda text: text.encode("utf-16-le"), "is in UTF-16; expected: UTF-8"),
    "byte order mark": (lambda text: text.encode("utf-8-sig"), "begins with a byte order mark; expected: none"),
    "other header": (
        lambda text: text.replace("id,edition", "ID,Edition", 1).encode(),
        "missing: id, edition; unknown: “ID”",
    ),
    "other order": (lambda text: text.replace("id,edition", "edition,id", 1).encode(), "their order differs"),
    "no header": (lambda text: text.partition("\n")[2].encode(), "the columns are not those of the codebook"),
    "nothing": (lambda text: b"\n", "is empty. Expected: a table with the columns id, edition"),
}


@pytest.mark.parametrize(("content", "cause"), SAVED_OTHERWISE.values(), ids=SAVED_OTHERWISE)
def test_a_table_saved_otherwise_gets_one_message_and_no_digest(
    data: Path,
    content: Callable[[str], bytes],
    cause: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = data / "published" / "findings.csv"
    file.write_bytes(content(file.read_text(encoding="utf-8")))
    descriptor = (data / "published" / "datapackage.json").read_bytes()
    for command in ("validate", "digests"):
        monkeypatch.setattr("sys.argv", ["study", command])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr().err
        assert ended.value.code == 1
        assert said.count("data/published/findings.csv,") + said.count("findings.csv is empty") == 1
        assert cause in said
    assert (data / "published" / "datapackage.json").read_bytes() == descriptor
    with pytest.raises(InvalidData, match=r"data/published/findings.csv"):
        tables.read("findings")


def test_digests_are_written_for_valid_rows_alone(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(data / "published" / "findings.csv", 7, lambda row: row.replace(",85,", ",150,"))
    monkeypatch.setattr("sys.argv", ["study", "digests"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "row 7, field 'value', value '150'" in capsys.readouterr().err
    change(data / "published" / "findings.csv", 7, lambda row: row.replace(",150,", ",80,"))
    with pytest.raises(SystemExit):
        cli.main()
    assert "data/published/datapackage.json is written." in capsys.readouterr().out
    assert validation.validate(["findings"]) == []
