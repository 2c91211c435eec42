"""The evidence bundle: what is in it, under which terms, the same bytes each time, and valid for programs that others wrote."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless
import pytest
import yaml
from conftest import ROOT, Study, copy_of_compendium, run_study, warm_up
from pybtex.database import parse_file
from survey_copy import BILBAO, as_csv, survey_copy, taken

from analysis import inventory, tables
from analysis.errors import BookFailed, InvalidData
from analysis.language import language
from analysis.publishing import measured
from analysis.publishing.release import codecheck, crate, described, guide, layout, sums, terms

DATE = "2027-01-31"
NAME = "smart-cities-study-0.1.0"
VALIDATORS = ROOT / ".venv-validators" / "bin"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an English-only copy of the compendium, whole as a clone has it, of which a bundle was made."""
    root = copy_of_compendium(tmp_path_factory.mktemp("release") / "compendium")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_ROOT", str(ROOT))
        for name in inventory.walked_files():
            if not (root / name).exists():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, root / name)
    warm_up(root, "en")
    result = run_study(root, "release", "--date", DATE)
    assert result.returncode == 0, result.stderr
    return root


@pytest.fixture(scope="module")
def bundle(released: Path) -> Path:
    return released / "_build" / "evidence" / NAME


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDY_ROOT", str(ROOT))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return ROOT


def metadata(bundle: Path) -> dict[str, dict[str, Any]]:
    graph = json.loads((bundle / crate.FILE).read_text(encoding="utf-8"))["@graph"]
    return {one["@id"]: one for one in graph}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# one source


@pytest.mark.slow
def test_what_describes_the_bundle_agrees(bundle: Path) -> None:
    cited = yaml.safe_load((bundle / "CITATION.cff").read_text(encoding="utf-8"))
    package = json.loads((bundle / "datapackage.json").read_text(encoding="utf-8"))
    zenodo = json.loads((bundle / ".zenodo.json").read_text(encoding="utf-8"))
    check = yaml.safe_load((bundle / "codecheck.yml").read_text(encoding="utf-8"))
    head = yaml.safe_load((bundle / "paper.md").read_text(encoding="utf-8").split("---\n")[1])
    entities = metadata(bundle)
    root = entities["./"]
    author = cited["authors"][0]["name"]
    assert {cited["title"]} == {
        package["title"], zenodo["title"], check["paper"]["title"], head["title"], root["name"],
    }  # fmt: skip
    assert {str(cited["version"])} == {package["version"], zenodo["version"], root["version"]}
    assert {author} == {
        package["contributors"][0]["title"], zenodo["creators"][0]["name"], check["paper"]["authors"][0]["name"],
        head["authors"][0]["name"]["literal"], head["affiliations"][0]["name"], entities[root["author"]["@id"]]["name"],
    }  # fmt: skip
    assert cited["keywords"] == package["keywords"] == zenodo["keywords"] == root["keywords"] == head["tags"][1:]
    assert {DATE} == {str(cited["date-released"]), zenodo["publication_date"], root["datePublished"]}
    assert head["date"] == "31 January 2027"
    assert cited["license"] in zenodo["notes"]
    assert f"date = {{{DATE}}}" in (bundle / "site" / "en" / "index.bib").read_text(encoding="utf-8")
    assert (bundle / "CITATION.cff").read_bytes() == (bundle / "source" / "CITATION.cff").read_bytes()


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"', "pyproject.toml, version: '0.2.0'"),
        ("pyproject.toml", '"open data"', '"closed data"', "pyproject.toml, keywords"),
        ("_config.yml", "title: Smart Cities Study", "title: Another Study", "_config.yml, title: 'Another Study'"),
        ("CITATION.cff", "license: BSD-3-Clause", "license: MIT", "pyproject.toml, license: 'BSD-3-Clause'"),
    ],
)
def test_files_that_disagree_stop_a_release(
    compendium: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, place: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1801353600")
    assert described.release().version == "0.1.0"
    file = compendium / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookFailed, match=re.escape(place)):
        described.release()


def test_the_real_files_agree(in_root: Path) -> None:
    cited = yaml.safe_load((in_root / "CITATION.cff").read_text(encoding="utf-8"))
    assert described.disagreements(cited) == []


def test_a_release_has_a_date_and_it_is_never_that_of_today(in_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BookFailed, match="A release has a date"):
        described.release()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1801353600")  # 2027-01-31, by date -u -d @1801353600
    assert described.release().date.isoformat() == DATE
    with pytest.raises(BookFailed, match="not 'yesterday'"):
        described.dated("yesterday")
    described.dated("2027-02-01")
    assert described.release().date.isoformat() == "2027-02-01"


# what lies in it


def test_the_compendium_is_listed_alike_with_and_without_git(in_root: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git here")
    known = {name for name in said.split("\0") if name and (ROOT / name).is_file()}
    assert set(inventory.walked_files()) == known


@pytest.mark.parametrize(
    "place", ["data/private/2027/answers.csv", "data/private/notes.txt", "answers-of-cities.csv", ".env"]
)
def test_what_is_private_or_lies_about_is_left_out(compendium: Path, place: str) -> None:
    (compendium / place).parent.mkdir(parents=True, exist_ok=True)
    (compendium / place).write_text("mayor@example.org\n", encoding="utf-8")
    assert place not in layout.sources()


def test_a_private_folder_elsewhere_in_the_tree_is_left_out(compendium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_PRIVATE", str(compendium / "docs" / "answers"))
    (compendium / "docs" / "answers").mkdir(parents=True)
    (compendium / "docs" / "answers" / "contacts.csv").write_text("mayor@example.org\n", encoding="utf-8")
    assert not [name for name in layout.sources() if name.startswith("docs/answers")]


def test_a_table_that_nobody_describes_is_refused(study: Study, compendium: Path) -> None:
    (compendium / "data" / "published" / "answers.csv").write_text("city,mail\n", encoding="utf-8")
    result = study("release", "--date", DATE)
    assert result.returncode == 1
    assert "data/published/answers.csv is a table that no datapackage.json describes" in result.stderr
    assert not (compendium / "_build").exists()  # it was said before anything was built


def test_a_private_file_that_git_tracks_is_refused_and_so_is_a_change_not_committed(compendium: Path) -> None:
    def git(*command: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        subprocess.run(["git", *who, *command], cwd=compendium, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "all")
    assert "data/study.yml" in layout.sources()
    (compendium / "README.md").write_text("changed\n", encoding="utf-8")
    with pytest.raises(BookFailed, match=r"not as committed: README.md"):
        layout.sources()
    (compendium / "data" / "private").mkdir()
    (compendium / "data" / "private" / "answers.csv").write_text("a\n", encoding="utf-8")
    git("add", "-A", "-f")
    git("commit", "-q", "-m", "by mistake")
    with pytest.raises(BookFailed, match=r"data/private/answers.csv lies in the private folder and is tracked by git"):
        layout.sources()


def test_a_file_that_names_a_folder_of_this_machine_is_refused(compendium: Path) -> None:
    file = compendium / "docs" / "note.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"see {compendium}/secret\n", encoding="utf-8")
    with pytest.raises(BookFailed, match=r"source/docs/note.md: it names the folder"):
        layout.check([layout.Piece("source/docs/note.md", file)])


def test_a_file_with_a_contact_is_refused_and_the_message_does_not_repeat_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = survey_copy(tmp_path / "copy", monkeypatch)
    taken(root, as_csv([BILBAO]))
    file = root / "note.md"
    file.write_text("Harmless.\n", encoding="utf-8")
    piece = layout.Piece("source/docs/note.md", file)
    layout.check([piece])
    file.write_text(f"Write to {BILBAO['contact_email']}.\n", encoding="utf-8")
    with pytest.raises(
        BookFailed, match=r"source/docs/note.md, somewhere in it: an answer to 'contact_email'"
    ) as caught:
        layout.check([piece])
    assert BILBAO["contact_email"] not in str(caught.value)
    assert not [name for name in inventory.walked_files() if "private" in name]


def test_a_rehearsal_with_synthetic_answers_is_never_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = survey_copy(tmp_path / "copy", monkeypatch)
    taken(root, as_csv([BILBAO]), synthetic=True)
    with pytest.raises(BookFailed, match="synthetic answers to 2027: a rehearsal is never released"):
        layout.check([])


@pytest.mark.slow
def test_the_parts_are_there_and_are_what_was_built(released: Path, bundle: Path) -> None:
    for name in ("site/index.html", "site/en/index.html", "pdf/en.pdf", "pdf/brief-2017-en.pdf", "LICENSE", "requirements.lock",
                 "REVIEW.md", "source/Makefile", "source/data/study.yml", "source/src/analysis/cli.py"):  # fmt: skip
        assert (bundle / name).is_file(), name
    executed, built = list((released / "book" / "en").rglob("*.ipynb")), list((released / "_build" / "html").rglob("*"))
    assert len(executed) >= 60
    assert len(built) > len(executed)
    for file in executed:
        place = file.relative_to(released / "book" / "en")
        assert (bundle / "notebooks" / "executed" / "en" / place).read_bytes() == file.read_bytes()
    for file in built:
        if file.is_file():
            assert (bundle / "site" / file.relative_to(released / "_build" / "html")).read_bytes() == file.read_bytes()
    assert not [name for name in sums.names(bundle) if "private" in name.split("/") or name.endswith(".pyc")]
    assert len(list((bundle / "receipts" / "en").rglob("*.json"))) >= 60


@pytest.mark.slow
def test_no_file_names_a_folder_of_this_machine(released: Path, bundle: Path) -> None:
    places = [str(place).encode() for place in (released, ROOT)]  # where it was bundled, and where it was executed
    contents = {name: (bundle / name).read_bytes() for name in sums.names(bundle)}
    assert contents
    assert [name for name, content in contents.items() if any(place in content for place in places)] == []


@pytest.mark.slow
def test_the_source_in_the_bundle_gives_the_same_bytes_again_elsewhere(
    released: Path, bundle: Path, tmp_path: Path
) -> None:
    """It is a compendium of its own: with what was built of it, and its own date, it packs to the same archive."""
    root = tmp_path / "else where" / "source"
    shutil.copytree(bundle / "source", root)
    for folder in (".study", "_build/html", "_build/pdf", "book/en"):
        shutil.copytree(released / folder, root / folder, dirs_exist_ok=True)
    for file in (root / "data").rglob("*.csv"):
        os.utime(file, (0, 0))
        file.chmod(0o600)
    result = run_study(root, "release", "--as-built")
    assert result.returncode == 0, result.stderr
    again = root / "_build" / "evidence" / NAME
    assert sums.names(bundle) == sums.names(again)
    assert [name for name in sums.names(bundle) if (bundle / name).read_bytes() != (again / name).read_bytes()] == []
    assert bundle.with_name(f"{NAME}.zip").read_bytes() == again.with_name(f"{NAME}.zip").read_bytes()


# terms


@pytest.mark.slow
def test_every_file_of_the_crate_has_terms_and_none_says_cc_by_whose_source_does_not(bundle: Path) -> None:
    entities = metadata(bundle)
    files = [one for one in entities.values() if "File" in listed(one["@type"])]
    assert len(files) > 500
    assert [one["@id"] for one in files if not one.get("license")] == []
    with (bundle / "source/data/indicators/sources.csv").open(encoding="utf-8", newline="") as rows:
        sources = list(csv.DictReader(rows))
    licences = {row["source_id"]: row["licence"] for row in sources}
    not_open = {row["source_id"] for row in sources if row["open_licence"] == "false"}
    seen = 0
    for one in files:
        if not re.search(r"/exhibits/[^/]+\.csv$", one["@id"]):
            continue
        with (bundle / one["@id"]).open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
        names = {entities[each["@id"]]["name"] for each in listed(one["license"])}
        # word by word: of each source that a row names, else of the column
        expected = {name for line in lines for name in ([licences[id.strip()] for id in line["source_id"].split(";")]
                                                        if line.get("source_id") else [line["licence"]])}  # fmt: skip
        assert names == expected, one["@id"]
        closed = [line for line in lines if any(id.strip() in not_open for id in line.get("source_id", "").split(";"))]
        assert not [line for line in closed if line["licence"] == "CC BY 4.0"], one["@id"]
        if closed:
            assert listed(one["license"]) != [{"@id": terms.CC_BY.address}]
            seen += 1
    assert seen > 30  # exhibits with values that state no open licence
    says_cc_by = {one["@id"] for one in files if {"@id": terms.CC_BY.address} in listed(one["license"])}
    assert not [name for name in says_cc_by if name.endswith((".html", ".ipynb", ".pdf", ".svg"))]
    assert "source/data/indicators/values.csv" in entities
    assert listed(entities["./"]["license"]) != [{"@id": terms.CC_BY.address}]


def test_terms_of_tables_are_those_of_their_codebook_and_of_values_those_of_each_source(in_root: Path) -> None:
    assert [one.name for one in terms.of_table("regions")] == ["UN terms of use"]
    assert terms.of_table("findings") == (terms.CC_BY,)
    frame = tables.read("sources")
    used = set(tables.read("values")["source_id"])
    expected = set(frame.loc[frame["source_id"].isin(used), "licence"])
    assert {one.name for one in terms.of_table("values")} == expected


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        (["CC BY 4.0"], ["CC BY 4.0"]),
        (["CC BY 4.0", "© United Nations, UN terms of use"], ["CC BY 4.0", "© United Nations, UN terms of use"]),
        (["CC BY 4.0 (both)"], ["CC BY 4.0 (both)"]),
    ],
)
def test_a_download_says_its_terms_itself(licences: list[str], expected: list[str]) -> None:
    text = "\ufeffvalue,licence\n" + "".join(f'1,"{licence}"\n' for licence in licences)
    found = terms.of_download(text)
    assert [one.name for one in found] == expected
    # only the licence that is known by its address stands for itself
    assert [one.id == terms.CC_BY.address for one in found] == [name == "CC BY 4.0" for name in expected]


def test_a_download_that_calls_data_by_other_terms_than_its_source_is_refused(in_root: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    piece = layout.Piece("site/en/_static/exhibits/one.csv", file)
    closed = tables.read("sources", source_id="sdg_un_2023")["licence"].iloc[0]
    file.write_text(f'\ufeffvalue,source_id,licence\n1,sdg_un_2023,"{closed}"\n', encoding="utf-8")
    terms.check([piece])
    assert [one.name for one in terms.of_download(file.read_text(encoding="utf-8"))] == [closed]
    file.write_text("\ufeffvalue,source_id,licence\n1,sdg_un_2023,CC BY 4.0\n", encoding="utf-8")
    with pytest.raises(
        BookFailed, match=r"one.csv, row 2, field 'licence', value 'CC BY 4.0'. Expected: '© United Nations"
    ):
        terms.check([piece])


@pytest.mark.slow
def test_the_table_of_terms_lists_every_table_and_every_download(bundle: Path) -> None:
    text = (bundle / "LICENCES.md").read_text(encoding="utf-8")
    for one in tables.descriptors().values():
        assert f"`source/data/{one['path']}`" in text
    downloads = list((bundle / "site" / "en" / "_static" / "exhibits").glob("*.csv"))
    assert len(downloads) > 50
    for file in downloads:
        assert f"/{file.name}`" in text


# programs that others wrote


def validator(name: str) -> str:
    """Name a program of the environment of validators; where it lacks, skip, and fail in CI."""
    program = VALIDATORS / name
    if not program.is_file():
        message = f"{name} is not there: make .venv-validators/.installed"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return str(program)


@pytest.mark.slow
def test_frictionless_finds_nothing_wrong(bundle: Path) -> None:
    report = frictionless.validate(str(bundle / "datapackage.json"))
    assert report.valid, report.flatten(["name", "rowNumber", "message"])[:5]
    assert len(report.tasks) == len(tables.descriptors())
    resources = json.loads((bundle / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert len(resources) == len(tables.descriptors())
    for one in resources:
        content = (bundle / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        assert one["licenses"]
        assert one["sources"]


@pytest.mark.slow
def test_frictionless_finds_a_changed_table(bundle: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle / "source" / "data", tmp_path / "source" / "data").parents[1]
    shutil.copy(bundle / "datapackage.json", copy)
    file = copy / "source" / "data" / "published" / "terms.csv"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert not frictionless.validate(str(copy / "datapackage.json")).valid


@pytest.mark.slow
def test_cffconvert_finds_nothing_wrong(bundle: Path) -> None:
    command = [validator("cffconvert"), "--validate", "-i", str(bundle / "CITATION.cff")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "valid according to schema version 1.2.0" in result.stdout


# What RO-Crate and its profiles recommend, and the bundle cannot have: the compendium has no public address yet, and an identifier of a
# file is its place in the bundle.
NOT_POSSIBLE = {
    "The Application SHOULD have a url",
    "The SoftwareApplication id SHOULD be an absolute URI",
    "The Main Workflow SHOULD comply with Bioschemas ComputationalWorkflow profile version 1.0 or later",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache of the validator of crates that holds the context of RO-Crate, so that no network is needed."""
    validator("rocrate-validator")
    folder = tmp_path_factory.mktemp("cache") / "http"
    warm = [str(VALIDATORS / "python"), str(ROOT / "tests" / "validators" / "warm.py"), str(folder)]
    subprocess.run(warm, check=True, capture_output=True, timeout=120)
    return folder


def validated(folder: Path, cache: Path, report: Path, severity: str) -> dict[str, Any]:
    # the workflow run profile takes in those of process runs, of workflows, and RO-Crate itself
    command = [validator("rocrate-validator"), "-y", "validate", "--offline", "--cache-path", str(cache), "-p", "workflow-run-crate",
               "-l", severity, "--no-paging", "--verbose", "--output-format", "json", "--output-file", str(report), str(folder)]  # fmt: skip
    subprocess.run(command, capture_output=True, check=False, timeout=900)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
def test_the_crate_is_valid_and_follows_all_that_is_recommended_and_possible(
    bundle: Path, cache: Path, tmp_path: Path
) -> None:
    found = validated(bundle, cache, tmp_path / "report.json", "recommended")
    assert set(found["statistics"]["profiles"]) == {
        "ro-crate-1.1", "process-run-crate-0.5", "workflow-ro-crate-1.0", "workflow-run-crate-0.5",
    }  # fmt: skip
    assert found["statistics"]["total_checks_by_severity"]["REQUIRED"] > 50
    assert [one for one in found["issues"] if one["severity"] == "REQUIRED"] == []
    assert {one["message"] for one in found["issues"]} <= NOT_POSSIBLE


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["instrument", "license", "file"])
def test_the_validator_finds_a_crate_that_is_wrong(bundle: Path, cache: Path, tmp_path: Path, damage: str) -> None:
    content = json.loads((bundle / crate.FILE).read_text(encoding="utf-8"))
    entities = {one["@id"]: one for one in content["@graph"]}
    copy = tmp_path / "bundle"
    copy.mkdir()
    for part in bundle.iterdir():
        (copy / part.name).symlink_to(part)
    if damage == "instrument":
        del entities["#run"]["instrument"]
    elif damage == "license":
        del entities["./"]["license"]
    else:
        content["@graph"].append({"@id": "site/nowhere.html", "@type": "File"})
        entities["./"]["hasPart"].append({"@id": "site/nowhere.html"})
    (copy / crate.FILE).unlink()
    (copy / crate.FILE).write_text(json.dumps(content), encoding="utf-8")
    assert not validated(copy, cache, tmp_path / "report.json", "required")["passed"]


@pytest.mark.slow
def test_the_run_says_of_each_notebook_what_it_was_made_of(bundle: Path) -> None:
    entities = metadata(bundle)
    run = entities["#run-en-editions-2017-economy"]
    assert run["instrument"] == {"@id": "source/notebooks/axis.ipynb"}
    objects = {one["@id"] for one in run["object"]}
    assert {"source/data/published/findings.csv", "#edition-2017", "#axis-economy", "#lang-en"} <= objects
    assert "source/data/published/programme.csv" not in objects  # it read no such thing
    assert run["result"] == {"@id": "notebooks/executed/en/editions/2017/economy.ipynb"}
    actions = [one for one in entities.values() if one["@type"] == "CreateAction"]
    assert len(actions) == 1 + len(list((bundle / "notebooks" / "executed").rglob("*.ipynb")))
    for one in actions:
        for named in [*listed(one["object"]), *listed(one["result"]), one["instrument"], one["agent"]]:
            assert named["@id"] in entities, one["@id"]


@pytest.mark.slow
def test_checksums_are_those_of_every_file(bundle: Path) -> None:
    text = (bundle / "SHA256SUMS").read_text(encoding="utf-8")
    lines = {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}
    assert list(lines) == [name for name in sums.names(bundle) if name != "SHA256SUMS"]
    for name, digest in lines.items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest
    if program := shutil.which("sha256sum"):
        assert subprocess.run([program, "-c", "--quiet", "SHA256SUMS"], cwd=bundle, check=False).returncode == 0


@pytest.mark.slow
def test_the_archive_holds_the_folder_and_no_moment_but_that_of_the_release(bundle: Path) -> None:
    with zipfile.ZipFile(bundle.with_name(f"{NAME}.zip")) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert names == [f"{NAME}/{name}" for name in sums.names(bundle)]
        assert {entry.date_time for entry in packed.infolist()} == {(2027, 1, 31, 0, 0, 0)}
        assert packed.read(f"{NAME}/SHA256SUMS") == (bundle / "SHA256SUMS").read_bytes()
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in packed.infolist()}
    assert modes[f"{NAME}/source/.ci/run"] == 0o755
    assert modes[f"{NAME}/source/Makefile"] == 0o644


# CODECHECK: the rules of rules-1.0.yml (github.com/codecheckers/register) that can be judged without a network, each with its
# identifier. Rules on what a codechecker adds (codechecker, report, certificate) must not be met yet: nobody has checked anything.

ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
PLACEHOLDER = re.compile(r"FIXME|TODO|XXXXX")
Config = dict[str, Any]


def codecheck_rules(file: Path) -> Iterator[tuple[str, str, bool]]:
    """Give identifier and severity of each rule of specification 1.0, and whether a configuration keeps it."""
    raw = file.read_bytes()
    text = raw.decode("utf-8")
    config: Config = yaml.safe_load(text)
    manifest, people = config.get("manifest"), config.get("paper", {})
    authors, checkers = people.get("authors", []), config.get("codechecker", [])
    entries = manifest if isinstance(manifest, list) else []
    names = [str(one.get("file", "")) for one in entries]
    lines = [line for line in text.splitlines() if line and not line.startswith(("%", "#"))]
    reference, report = str(people.get("reference", "")), str(config.get("report", ""))
    certificate = config.get("certificate")
    yield "CC-CFG-001", "error", isinstance(config, dict)  # yaml-parses, in UTF-8
    yield "CC-CFG-002", "error", lines[0] == "---"  # explicit-document; a directive may stand before the marker
    yield "CC-CFG-003", "error", file.name == "codecheck.yml" and (file.parent / "ro-crate-metadata.json").exists()
    yield "CC-CFG-004", "error", bool(entries)  # manifest-present
    yield "CC-CFG-005", "error", all(names)  # manifest-item-file
    yield (
        "CC-CFG-006",
        "error",
        not any(name.startswith(("/", "http", "..")) for name in names),
    )  # manifest-path-relative
    yield "CC-CFG-007", "info", all(one.get("comment") for one in entries)  # manifest-item-comment
    yield "CC-CFG-008", "error", bool(checkers)  # codechecker-present
    yield "CC-CFG-009", "error", bool(checkers) and all(one.get("name") for one in checkers)  # codechecker-name
    yield "CC-CFG-010", "warning", bool(checkers) and all(one.get("ORCID") for one in checkers)  # codechecker-orcid
    yield "CC-CFG-011", "error", bool(report)  # report-present
    yield "CC-CFG-012", "info", report.startswith("http")  # report-resolvable
    yield "CC-CFG-013", "error", not PLACEHOLDER.search(report)  # report-doi-not-placeholder
    yield "CC-CFG-014", "warning", bool(config.get("version"))  # version-present
    yield "CC-CFG-015", "warning", config.get("version") == "https://codecheck.org.uk/spec/config/1.0/"  # version-known
    yield "CC-CFG-016", "warning", bool(people)  # paper-present
    yield "CC-CFG-017", "warning", bool(people.get("title"))  # paper-title
    yield "CC-CFG-018", "warning", bool(authors)  # paper-authors
    yield "CC-CFG-019", "warning", all(one.get("name") for one in authors)  # paper-author-name
    yield "CC-CFG-020", "warning", all(ORCID.fullmatch(str(one.get("ORCID"))) for one in authors)  # paper-author-orcid
    yield "CC-CFG-021", "warning", bool(reference)  # paper-reference
    yield "CC-CFG-022", "warning", not reference.endswith(".pdf")  # reference-not-bare-pdf
    yield "CC-CFG-023", "error", not PLACEHOLDER.search(text)  # no-placeholder-values
    yield "CC-CFG-024", "info", bool(config.get("summary"))  # summary-present
    yield "CC-CFG-025", "info", bool(certificate)  # certificate-present
    yield (
        "CC-CFG-026",
        "error",
        certificate is None or bool(re.fullmatch(r"\d{4}-\d{3}", str(certificate))),
    )  # certificate-id-format
    yield "CC-CFG-027", "info", reference.startswith("http")  # reference-is-url
    yield "CC-CFG-028", "info", "doi.org/" in reference  # reference-prefers-doi
    yield (
        "CC-CFG-031",
        "info",
        not reference.endswith(".pdf") or "web.archive.org" in reference,
    )  # reference-pdf-is-archived
    yield "CC-BUN-001", "error", all((file.parent / name).is_file() for name in names)  # manifest-files-exist
    yield (
        "CC-BUN-002",
        "warning",
        (file.parent / "codecheck").is_dir(),
    )  # codecheck-directory-present: made by the codechecker
    yield "CC-BUN-003", "warning", bool(report) and (file.parent / report).is_file()  # report-file-present
    yield "CC-BUN-005", "warning", (file.parent / "LICENSE").is_file()  # licence-present


CODECHECKERS_PART = {"CC-CFG-008", "CC-CFG-009", "CC-CFG-010", "CC-CFG-011", "CC-CFG-012", "CC-CFG-024", "CC-CFG-025",
                     "CC-BUN-002", "CC-BUN-003"}  # fmt: skip
# an organisation has no ORCID, and a paper that is not published no address
NOT_YET = {"CC-CFG-020", "CC-CFG-027", "CC-CFG-028"}


@pytest.mark.slow
def test_the_codecheck_manifest_keeps_the_rules_of_its_specification_and_claims_no_check(bundle: Path) -> None:
    broken = {rule for rule, _, kept in codecheck_rules(bundle / codecheck.FILE) if not kept}
    assert broken == CODECHECKERS_PART | NOT_YET
    manifest = yaml.safe_load((bundle / codecheck.FILE).read_text(encoding="utf-8"))["manifest"]
    exhibits = {file.name for file in (bundle / "site" / "en" / "_static" / "exhibits").glob("*.csv")}
    assert exhibits <= {Path(one["file"]).name for one in manifest}
    assert {"pdf/en.pdf", "pdf/brief-2017-en.pdf"} <= {one["file"] for one in manifest}


@pytest.mark.slow
def test_a_manifest_that_breaks_rules_is_found(bundle: Path, tmp_path: Path) -> None:
    text = "manifest:\n  - comment: no file\n  - file: /etc/hosts\npaper:\n  title: TODO\n"
    (tmp_path / "codecheck.yml").write_text(text, encoding="utf-8")
    broken = {
        rule for rule, severity, kept in codecheck_rules(tmp_path / "codecheck.yml") if not kept and severity == "error"
    }
    assert {"CC-CFG-002", "CC-CFG-003", "CC-CFG-005", "CC-CFG-006", "CC-CFG-023", "CC-BUN-001"} <= broken


# the paper, in the form of the Journal of Open Source Software (its docs/paper.md)

SECTIONS = ["Summary", "Statement of need", "State of the field", "Software design", "Research impact statement",
            "AI usage disclosure", "Acknowledgements", "References"]  # fmt: skip


@pytest.mark.slow
def test_the_paper_has_the_form_that_the_journal_asks_for(bundle: Path) -> None:
    text = (bundle / guide.PAPER).read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    front = yaml.safe_load(head)
    assert {"title", "tags", "authors", "affiliations", "date", "bibliography"} <= set(front)
    assert [one["index"] for one in front["affiliations"]] == [one["affiliation"] for one in front["authors"]]
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", front["date"])  # %e %B %Y
    assert re.findall(r"^# (.+)$", body, re.MULTILINE) == SECTIONS
    assert 750 <= len(body.split()) <= 1750
    cited = set(re.findall(r"@(\w+)", body))
    known = parse_file(str(bundle / front["bibliography"])).entries
    assert cited == set(known)
    assert all(entry.fields.get("doi") or entry.fields.get("url") for entry in known.values())


# the guide, and the times


def test_times_that_were_not_measured_are_said_not_to_be(compendium: Path) -> None:
    assert not (compendium / measured.FILE).exists()
    assert set(measured.substitutions(language("en")).values()) == {"not measured yet"}


def test_times_are_written_as_each_language_writes_them(compendium: Path) -> None:
    (compendium / "benchmarks").mkdir()
    found = {"machine": {"cores": 2, "memory_gib": 24, "python": "3.11.7"},
             "seconds": {"verify_one": 1.42, "verify_all": 41.3, "twice": 725}}  # fmt: skip
    (compendium / measured.FILE).write_text(json.dumps(found), encoding="utf-8")
    english = measured.substitutions(language("en"))
    assert [english[f"seconds_{name}"] for name in ("verify_one", "verify_all", "twice", "setup")] == [
        "1.4\N{NO-BREAK SPACE}s", "41\N{NO-BREAK SPACE}s", "12\N{NO-BREAK SPACE}min", "not measured yet",
    ]  # fmt: skip
    assert measured.seconds("verify_one", language("fr")) == "1,4\N{NO-BREAK SPACE}s"
    assert "2 processor cores, 24 GB" in english["machine"]
    (compendium / measured.FILE).write_text('{"seconds": {}}', encoding="utf-8")
    with pytest.raises(InvalidData, match=r"benchmarks/verify.json is not what"):
        measured.read()


@pytest.mark.slow
def test_the_guide_names_what_is_there_and_an_exhibit_that_exists(bundle: Path) -> None:
    text = (bundle / "REVIEW.md").read_text(encoding="utf-8")
    names, commands, targets = (
        re.findall(pattern, text, re.MULTILINE)
        for pattern in (r"^\| `([^`]+)` \|", r"^\$ study (\w+)", r"^\$ make ([\w-]+)")
    )
    assert names
    assert commands
    assert targets
    for name in names:
        assert (bundle / name).exists(), name
    example = re.findall(r"study verify --book ../site (\S+)", text)
    assert (bundle / "site" / "en" / "_static" / "exhibits" / f"{example[0]}.csv").is_file()
    for command in commands:
        assert run_study(ROOT, command, "--help").returncode == 0, command
    for target in targets:
        assert re.search(rf"^{target}:", (bundle / "source" / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), (
            target
        )


@pytest.mark.slow
def test_a_stale_or_differently_dated_book_is_not_taken_as_built(released: Path) -> None:
    result = run_study(released, "release", "--as-built", "--date", "2027-02-01")
    assert result.returncode == 1
    assert "was not built with this version and date" in result.stderr
