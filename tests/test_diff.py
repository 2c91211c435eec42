"""What `study diff` says of two builds: changes planted in a real chapter are found, by their meaning, and nothing else is."""

import base64
import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, copy_of_compendium, run_study, shown_by_cell
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

from analysis import figures
from analysis.errors import StudyError
from analysis.execution.notebook import complete_document
from analysis.exhibits import Paragraph, Section
from analysis.publishing.claims import Claim
from analysis.review.comparer import MADE, Difference, compare_claims
from analysis.review.diff import compare_workspaces
from analysis.review.pictures import RENDERING, picture_difference
from analysis.review.rows import CAME, WENT, Detail, data_details
from analysis.review.workspace import Selection, Workspace, claims_in, is_here, open_workspace

PAGE = "editions/2019/governance"
PART = ("--edition", "2019", "--axis", "governance")


def git(root: Path, *arguments: str) -> str:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    person = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=os.environ | settings | person, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(root: Path, message: str) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a compendium in git with three commits: as it is; a value of the data; then words, a name and a colour in the library."""
    if not shutil.which("git"):
        pytest.skip("git is not there")
    root = copy_of_compendium(tmp_path_factory.mktemp("diff") / "compendium")
    (root / ".gitignore").write_text("/.study/\n/_build/\n/book/**/*.ipynb\n__pycache__/\n", encoding="utf-8")
    git(root, "init", "-q")
    commit(root, "As it is")
    git(root, "tag", "one")
    edit(
        root / "data" / "indicators" / "values.csv",
        "gov_egdi,country,ESP,ESP,2018,0.84150,",
        "gov_egdi,country,ESP,ESP,2018,0.61000,",
    )
    assert run_study(root, "digests").returncode == 0
    commit(root, "A value of <Spain>")
    git(root, "tag", "two")
    chapters = root / "src" / "analysis" / "chapters"
    edit(
        chapters / "countries.py",
        '"Among the reporting countries, {country} stands',
        '"Of the countries that report, {country} stands',
    )
    edit(chapters / "countries.py", 'id=f"{self.id}-national", subtitle', 'id=f"{self.id}-nations", subtitle')
    edit(chapters / "change.py", 'title=say("Change up to ', 'title=say("What changed up to ')
    colour = "return config.load().colour(axis)"
    edit(root / "src" / "analysis" / "figures.py", colour, f'{colour} if axis != "governance" else "#0000FF"')
    commit(root, "Words, a name, a colour")
    git(root, "tag", "three")
    return root


@cache
def compared(root: Path, old: str, new: str) -> tuple[str, str]:
    """Compare two commits with the command; give what stands on the screen and the page of HTML."""
    file = root / "_build" / f"{old}-{new}.html"
    done = run_study(root, "diff", old, new, *PART, "--output", str(file))
    assert done.returncode == 0, done.stderr
    return done.stdout, file.read_text(encoding="utf-8")


def changes(root: Path, old: str, new: str) -> list[Difference]:
    compared(root, old, new)
    sides = [
        root / ".study" / "commits" / git(root, "rev-parse", name) / "book" / "en" / f"{PAGE}.ipynb"
        for name in (old, new)
    ]
    return compare_claims(*(claims_in(file, PAGE) for file in sides))


def values(difference: Difference) -> list[tuple[str, str, str]]:
    """Give the values of a sentence that changed."""
    return [(detail.name, detail.before, detail.after) for detail in difference.details if detail.part == "values"]


def share_below(root: Path, value: float) -> int:
    """Compute by hand the position of Spain among the same countries: with a value in 2018, and in 2010 (zero is not ranked)."""
    known: dict[str, dict[str, float]] = {"2010": {}, "2018": {}}
    with (root / "data" / "indicators" / "values.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["indicator_id"] == "gov_egdi" and row["year"] in known and float(row["value"] or 0):
                known[row["year"]][row["place_id"]] = float(row["value"])
    others = [now for place, now in known["2018"].items() if place in known["2010"] and place != "ESP"]
    return round(100 * (sum(now < value for now in others) + 0.5) / (len(others) + 1))  # itself is a tie


@pytest.mark.slow
def test_one_value_of_the_data_moves_one_point_and_the_sentences_on_it(repository: Path) -> None:
    found = changes(repository, "one", "two")
    meant = [one for one in found if one.how != MADE]
    (exhibit,) = [one for one in meant if one.kind == "exhibit"]
    assert exhibit.id == "2019-governance-national"
    (point,) = [detail for detail in exhibit.details if detail.part == "data"]
    assert point == Detail("data", "gov_egdi, ESP, Spain, 2018", "value", "0.8415", "0.61")
    assert point.moved == "\N{MINUS SIGN}0.2315"
    assert exhibit.parts == {"data", "picture", "table", "words"}
    (position,) = [one for one in meant if one.kind == "sentence" and "Government Development" in one.texts[1]]
    moved = set(values(position))
    assert ("after", f"{share_below(repository, 0.8415)}%", f"{share_below(repository, 0.61)}%") in moved
    text, _ = compared(repository, "one", "two")
    assert "gov_egdi, ESP, Spain, 2018: value 0.8415 → 0.61 (−0.2315)" in text
    assert "en: 1 page changed, 0 of the same meaning" in text
    # all that the chapter says without that value is counted, with the slice that it was made from, and not listed
    made = [one for one in found if one.how == MADE]
    assert made
    assert all("gov_egdi" in detail.label for one in made if one.kind == "exhibit" for detail in one.details)
    assert {one.id for one in meant}.isdisjoint(one.id for one in made)


@pytest.mark.slow
def test_words_a_name_and_a_colour_are_told_apart_from_numbers(repository: Path) -> None:
    found = [one for one in changes(repository, "two", "three") if one.how != MADE]
    told = {(one.kind, one.id, one.meaning) for one in found}
    assert told == {
        ("sentence", "s-opening-3", "other wording only"),
        ("sentence", "s-country-1", "other wording only"),
        ("exhibit", "2019-governance-nations",
         "same numbers, drawn differently (the same lines and texts: colours or layout changed), other name"),
        ("exhibit", "2019-governance-change", "other wording"),
    }  # fmt: skip
    text, page = compared(repository, "two", "three")
    assert "it was 2019-governance-national: links and citations to that name break" in text
    assert "[-Among-]{+Of+}" in text
    assert "<del>Among</del><ins>Of</ins>" in page


@pytest.mark.slow
def test_the_page_stands_alone_and_nothing_in_it_runs(repository: Path) -> None:
    _, page = compared(repository, "one", "two")
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.select("script, link, iframe, object")
    pictures = soup.select(".pair img")
    assert len(pictures) == 2
    for image in pictures:
        kind, _, content = str(image["src"]).partition(";base64,")
        assert kind == "data:image/svg+xml"
        assert b"<svg" in base64.b64decode(content)
        assert image["alt"]
    assert all(str(link["href"]).startswith("#") for link in soup.select("[href]"))
    assert "A value of &lt;Spain&gt;" in page


@pytest.mark.slow
def test_a_commit_compared_with_itself_has_nothing_to_list_and_is_not_executed_again(repository: Path) -> None:
    compared(repository, "one", "two")
    place = repository / ".study" / "commits" / git(repository, "rev-parse", "two") / "book" / "en" / f"{PAGE}.ipynb"
    before = place.stat().st_mtime_ns
    text, page = compared(repository, "two", git(repository, "rev-parse", "two"))
    assert place.stat().st_mtime_ns == before
    assert "en: 0 pages changed, 1 of the same meaning" in text
    assert "Nothing changed its meaning" in page


@pytest.mark.slow
def test_folders_of_builds_are_taken_before_commits_of_that_name(repository: Path, tmp_path: Path) -> None:
    compared(repository, "one", "two")
    for name in ("one", "two"):
        sha = git(repository, "rev-parse", name)
        site = tmp_path / name / "html" / "en" / "_sources"
        shutil.copytree(
            repository / ".study" / "commits" / sha / "book" / "en", site, ignore=shutil.ignore_patterns("*.md")
        )
    whole, site, pages = tmp_path / "one", tmp_path / "two" / "html", tmp_path / "two" / "html" / "en"
    for old, new in ((whole, site), (whole, pages), (pages, whole)):
        done = run_study(repository, "diff", str(old), str(new))
        assert f"Before: the folder {old}" in done.stdout, done.stderr
        assert "gov_egdi, ESP, Spain, 2018: value" in done.stdout
    # a page that came, one that cannot be read, and a language that one side lacks
    extra = pages / "_sources" / "editions" / "2019" / "other.ipynb"
    shutil.copy(pages / "_sources" / f"{PAGE}.ipynb", extra)
    assert "editions/2019/other: came" in run_study(repository, "diff", str(whole), str(pages)).stdout
    extra.write_text(extra.read_text(encoding="utf-8")[:999], encoding="utf-8")
    done = run_study(repository, "diff", str(whole), str(pages))
    assert (done.returncode, "other.ipynb cannot be read" in done.stderr) == (1, True)
    done = run_study(repository, "diff", str(whole), str(whole), "--edition", "2017")
    assert (done.returncode, "no executed notebooks of what is compared" in done.stderr) == (1, True)


def test_what_is_neither_a_build_nor_a_commit_is_named(compendium: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    git(compendium, "init", "-q")
    for name, message in {
        "no-such-thing": "'no-such-thing' is neither a folder nor a commit",
        "--option": "'--option' is neither a folder nor a commit",
        str(tmp_path / "empty"): "holds no executed notebooks",
        str(compendium / "_config.yml"): "is a file, not the folder of a build",
    }.items():
        with pytest.raises(StudyError, match=re.escape(message)):
            open_workspace(name, Selection(lang="en"))


def test_a_library_that_fails_is_told_with_its_commit(compendium: Path) -> None:
    git(compendium, "init", "-q")
    (compendium / "src" / "analysis" / "cli.py").write_text("raise ImportError('no such package')\n", encoding="utf-8")
    commit(compendium, "Broken")
    with pytest.raises(
        StudyError, match=r"The notebooks of 'HEAD' cannot be executed .*: ImportError: no such package"
    ):
        open_workspace("HEAD", Selection(2019, "governance", "en"))


# -- without an execution: claims of a chapter, and changes planted in them


def table(*rows: str) -> bytes:
    return ("\ufeff" + "\r\n".join(rows) + "\r\n").encode()


@cache
def drawn(value: float = 2.0, colour: str = "#0072B2", label: str = "Spain 68", move: float = 0.0) -> bytes:
    def draw(wide: bool) -> Figure:
        figure = Figure(figsize=(4, 2))
        ax = figure.add_axes((0.2 + move, 0.2, 0.7, 0.7))
        ax.plot([1, value], [1, 3], color=colour, marker="o")
        ax.text(1.2, 2, label)
        ax.set_xlim(0, 3)
        return figure

    return figures.picture(draw, wide=True).svg.encode()


DATA = table("indicator,iso3,country,year,value,unit,source", "a,ESP,Spain,2018,0.5,index,UN", "a,FRA,France,2017,1.5,index,UN",
             "b,ESP,Spain,2018,7,%,UN")  # fmt: skip


def sentence(number: int, text: str, **values: str) -> Claim:
    receipt = {
        "kind": "sentence",
        "cell": ["opening", 5],
        "facts": [[text, values]],
        "digests": {"text": text},
        "read": [],
    }
    return Claim(PAGE, f"s-opening-{number}", "sentence", text.format(**values), receipt=receipt)


@cache
def claims() -> tuple[Claim, ...]:
    words = "Title Subtitle\nA note.\nSource: UN.\nTitle\nSpain 0.5, France 1.5."
    shown = (("Country", "Value"), ("Spain", "0.5"), ("France", "1.5"))
    read = ["values", [["year", [2017, 2018]]], 3, "abc"]
    receipt = {"kind": "exhibit", "read": [read], "functions": ["f"], "digests": {"drawn": "1"}}
    return (
        Claim(PAGE, "title", "title", "Governance in 2019"),
        sentence(1, "{share} of {n} cities have a portal.", share="15", n="20"),
        sentence(2, "The median of {name} was {value}.", name="the index", value="0.5"),
        sentence(3, "The median of {name} was {value}.", name="the share", value="7%"),
        Claim(PAGE, "2019-a", "exhibit", words, shown, receipt, DATA, drawn(), drawn(1.5)),
        Claim(PAGE, "2019-b", "listing", "What was asked", (("Field", "Element"), ("One", "Portal"), ("Two", "Feed"))),
    )


def one_change(after: Sequence[Claim], before: Sequence[Claim] = ()) -> Difference:
    (found,) = compare_claims(before or claims(), after)
    return found


def with_claim(place: int, **new: Any) -> list[Claim]:
    return [*claims()[:place], replace(claims()[place], **new), *claims()[place + 1 :]]


def planted() -> Iterator[tuple[int, dict[str, Any], str, set[str]]]:
    """Plant one change after another in each kind of claim: place, what is changed, kind of the change, and what changes by it."""
    facts = [["{share} of {n} cities have a portal.", {"share": "16", "n": "20"}]]
    yield 0, {"text": "Governance, 2019"}, "changed", {"words"}
    yield (
        1,
        {"text": "16 of 20 cities have a portal.", "receipt": {**claims()[1].receipt, "facts": facts}},
        "changed",
        {"values"},
    )
    yield 2, {"text": "Its median was 0.5."}, "changed", {"words"}
    yield 3, {"receipt": {**claims()[3].receipt, "digests": {"text": "as a note"}}}, "changed", {"sort"}
    yield 4, {"data": DATA.replace(b"2018,0.5,", b"2018,0.6,")}, "changed", {"data"}
    yield 4, {"wide": drawn(colour="#FF0000")}, "changed", {"picture"}
    yield 4, {"narrow": drawn(1.9)}, "changed", {"picture"}
    yield 4, {"narrow": drawn(1.5).replace(b"Matplotlib v", b"Matplotlib w")}, RENDERING, set()
    yield 4, {"text": claims()[4].text.replace("Title Sub", "Another sub", 1)}, "changed", {"words"}
    yield 4, {"table": (*claims()[4].table[:2], ("France", "1.6"))}, "changed", {"table"}
    yield 4, {"id": "2019-c"}, "changed", {"name"}
    yield (
        4,
        {"receipt": {**claims()[4].receipt, "read": [["values", [["year", [2017, 2018]]], 4, "def"]]}},
        MADE,
        {"receipt"},
    )
    yield 4, {"receipt": {**claims()[4].receipt, "functions": ["g"]}}, MADE, {"receipt"}
    yield 5, {"table": (*claims()[5].table, ("Three", "Sensor"))}, "changed", {"table"}
    yield 5, {"text": "What the edition asked"}, "changed", {"words"}


@pytest.mark.parametrize(("place", "new", "how", "parts"), list(planted()))
def test_each_planted_change_is_found_by_its_meaning(
    place: int, new: dict[str, Any], how: str, parts: set[str]
) -> None:
    found = one_change(with_claim(place, **new))
    assert (found.how, found.kind) == (how, claims()[place].kind)
    assert found.parts == parts


def test_the_same_claims_have_no_change() -> None:
    assert compare_claims(claims(), claims()) == []
    assert compare_claims([], []) == []


@given(st.lists(st.integers(0, 5), unique=True), st.data())
def test_whatever_comes_or_goes_is_found_and_nothing_else(kept: list[int], data: st.DataObject) -> None:
    before = [claims()[place] for place in sorted(kept)]
    assert compare_claims(before, before) == []
    if len(before) > 1:
        gone = data.draw(st.sampled_from(before))
        after = [one for one in before if one is not gone]
        assert [(one.how, one.id) for one in compare_claims(before, after)] == [("went", gone.id)]
        assert [(one.how, one.id) for one in compare_claims(after, before)] == [("came", gone.id)]


def test_a_sentence_between_others_of_its_kind_does_not_shift_them() -> None:
    new = sentence(2, "The median of {name} was {value}.", name="the rank", value="3")
    after = [
        *claims()[:2],
        new,
        replace(claims()[2], id="s-opening-3"),
        replace(claims()[3], id="s-opening-4"),
        *claims()[4:],
    ]
    found = one_change(after)
    assert (found.how, found.texts) == (CAME, ("", new.text))


def test_a_statement_added_to_a_sentence_brings_its_numbers_and_leaves_those_of_the_others() -> None:
    one = claims()[1]
    more = [*one.receipt["facts"], ["It holds in {n} choices.", {"n": "4"}]]
    after = replace(one, text=f"{one.text} It holds in 4 choices.", receipt={**one.receipt, "facts": more})
    found = one_change([claims()[0], after, *claims()[2:]])
    assert found.parts == {"values", "words"}
    assert values(found) == [("n", "", "4")]
    reworded = [["Of {n} cities {share} have a portal.", {"share": "16", "n": "20"}]]
    after = replace(one, text="Of 20 cities 16 have a portal.", receipt={**one.receipt, "facts": reworded})
    found = one_change([claims()[0], after, *claims()[2:]])
    assert values(found) == [("share", "15", "16")]


def test_sentences_without_receipts_are_matched_by_their_words() -> None:
    def plain(*texts: str) -> list[Claim]:
        return [Claim(PAGE, f"s-cell-{number}-1", "sentence", text) for number, text in enumerate(texts)]

    before = plain("15 of 20 cities have a portal.", "No city has 5 feeds.")
    found = one_change(
        plain("Half of it is new.", "16 of 20 cities have a portal.", "No city has 5 feeds.")[1:], before
    )
    assert found.parts == {"values"}
    assert values(found) == [("", "15", "16")]
    assert one_change(plain("15 of 20 cities run a portal.", "No city has 5 feeds."), before).parts == {"words"}
    both = one_change(plain("16 of 20 cities run a portal.", "No city has 5 feeds."), before)
    assert both.parts == {"words", "values"}
    assert compare_claims(before, claims()[:1]) != []


def test_what_says_from_what_a_page_was_made_is_no_finding() -> None:
    before = Claim(PAGE, "2019-readings", "listing", "What was read", (("Table", "Digest"), ("values", "abc")))
    after = replace(before, table=(("Table", "Digest"), ("values", "def")))
    assert one_change([after], [before]).how == "made"


# -- data


def test_rows_are_matched_by_what_names_them_not_by_their_place() -> None:
    head, *rows = DATA.decode("utf-8-sig").split()
    assert data_details(DATA, table(head, *reversed(rows))) == []
    after = table(head, "b,ESP,Spain,2018,7,%,UN", "a,ESP,Spain,2018,0.75,index,UN", "c,ESP,Spain,2018,1,index,UN")
    assert data_details(DATA, after) == [
        Detail("data", "a, ESP, Spain, 2018", "value", "0.5", "0.75"),
        Detail("data", "a, FRA, France, 2017", "value", "1.5", "", WENT),
        Detail("data", "c, ESP, Spain, 2018", "value", "", "1", CAME),
    ]


def test_a_value_of_another_year_is_the_same_row_where_its_name_says_so() -> None:
    after = DATA.replace(b"a,FRA,France,2017,1.5", b"a,FRA,France,2018,1.75")
    assert data_details(DATA, after) == [
        Detail("data", "a, FRA, France", "year", "2017", "2018"),
        Detail("data", "a, FRA, France", "value", "1.5", "1.75"),
    ]


def test_years_tell_rows_apart_where_texts_do_not() -> None:
    before = table("indicator,year,value", "a,2017,1", "a,2018,2", "a,2019,3")
    assert data_details(before, table("indicator,year,value", "a,2018,2", "a,2019,4", "a,2017,1")) == [
        Detail("data", "a, 2019", "value", "3", "4")
    ]


def test_rows_of_one_name_are_matched_without_those_that_are_equal() -> None:
    before = table("region,value", "north,1", "north,2", "south,3")
    assert data_details(before, table("region,value", "north,5", "north,1", "south,3")) == [
        Detail("data", "north", "value", "2", "5")
    ]


def test_other_columns_and_other_words_are_named() -> None:
    added = data_details(table("place,value", "x,1"), table("place,value,n", "x,1,3"))
    assert added == [Detail("data", "", "n", "", "", CAME)]
    renamed = data_details(table("place,unit,value", "x,%,1", "y,%,2"), table("place,unit,value", "z,%,1", "y,%,2"))
    assert renamed == [Detail("data", "z", "place", "x", "z")]
    unit = data_details(table("place,unit,value", "x,%,1", "y,%,2"), table("place,unit,value", "x,%,1", "y,km,2"))
    assert unit == [Detail("data", "y", "unit", "%", "km")]


@pytest.mark.parametrize(
    "broken", [b"", b"\xff\xfe\x00", b'"open', b"a,a,\r\n1,2,3,4,5\r\n", b"value\r\n1\r\n1\r\n"],
    ids=["empty", "no text", "open quote", "ragged", "no name"],
)  # fmt: skip
def test_a_table_that_somebody_broke_is_compared_all_the_same(broken: bytes) -> None:
    assert data_details(DATA, broken)
    assert data_details(broken, DATA)
    assert data_details(broken, broken) == []


rows_ = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["ESP", "FRA", "ITA"]), st.integers(2015, 2019),
                           st.integers(-99, 99)), min_size=1, max_size=12, unique_by=lambda row: row[:3])  # fmt: skip


@given(rows_, st.data(), st.randoms(use_true_random=False))
def test_one_value_changed_anywhere_is_the_one_change_found(
    rows: list[tuple[str, str, int, int]], data: st.DataObject, chance: Any
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(st.integers(100, 199))
    after = [(*row[:3], other) if number == place else row for number, row in enumerate(rows)]
    chance.shuffle(after)
    written = [table("indicator,iso3,year,value", *(",".join(map(str, row)) for row in some)) for some in (rows, after)]
    (found,) = data_details(*written)
    assert (found.name, found.before, found.after, found.how) == (
        "value",
        str(rows[place][3]),
        str(other),
        "changed",
    )
    assert Decimal(found.moved.replace("\N{MINUS SIGN}", "-")) == other - rows[place][3]
    assert set(found.key.split(", ")) <= {str(cell) for cell in rows[place][:3]}


# -- pictures


def test_a_picture_drawn_otherwise_is_told_from_one_rendered_otherwise() -> None:
    before = drawn()
    assert picture_difference(before, drawn()) == "same"
    assert before != drawn(move=0.001)
    assert picture_difference(before, drawn(move=0.001)) == "rendering"  # 4 inches are 288 units: a third of one
    assert picture_difference(before, re.sub(rb"Matplotlib v[\d.]+", b"Matplotlib v4", before)) == "rendering"


@pytest.mark.parametrize(
    "other",
    [{"move": 0.01}, {"value": 2.1}, {"colour": "#0072B3"}, {"label": "Spain 69"}, {"label": "Spain 86"}, {"label": "Spain 688"}],
    ids=str,
)  # fmt: skip
def test_a_picture_that_shows_something_else_differs(other: dict[str, Any]) -> None:
    assert picture_difference(drawn(), drawn(**other)) == "differs"


@pytest.mark.parametrize("other", ["", "<svg", "no picture", '<svg xmlns="http://www.w3.org/2000/svg"/>'])
def test_what_is_no_picture_differs(other: str) -> None:
    assert picture_difference(drawn(), other.encode()) == "differs"
    assert picture_difference(other.encode(), drawn()) == "differs"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_number_changed_anywhere_in_a_picture_is_never_taken_for_the_same(data: st.DataObject) -> None:
    text = drawn().decode()
    found = [match for match in re.finditer(r"-?\d+\.\d+|#[0-9a-f]{6}", text) if match.start() > text.index("<g id")]
    one = data.draw(st.sampled_from(found))
    other = "#123456" if one[0].startswith("#") else f"{float(one[0]) + 900:.6f}"
    assert picture_difference(text.encode(), f"{text[: one.start()]}{other}{text[one.end() :]}".encode()) == "differs"


# -- the report


def notebook(file: Path, *texts: str, lang: str = "en") -> Path:
    """Write an executed notebook that says some sentences."""
    cell = shown_by_cell(Section([Paragraph(text, "finding") for text in texts]))
    content = new_notebook(cells=[new_markdown_cell("# A title\n\nmore", id="b"), cell])
    content.metadata["papermill"] = {"parameters": {"lang": lang}}
    complete_document(content, "")
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, str(file))
    return file


def test_texts_of_others_are_escaped_and_languages_of_one_side_are_said(tmp_path: Path) -> None:
    old = Workspace("old", {("en", "a"): notebook(tmp_path / "1.ipynb", "15 <script> of 20", "The same."),
                            ("fr", "a"): notebook(tmp_path / "2.ipynb", "x", lang="fr")})  # fmt: skip
    new = Workspace("<new>", {("en", "a"): notebook(tmp_path / "3.ipynb", "16 <script> of 20", "The same.")})
    report = compare_workspaces(old, new)
    assert not report.same
    page = report.write(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<del>15</del><ins>16</ins> &lt;script&gt; of 20" in page
    assert "&lt;new&gt;" in page
    assert "<script" not in page
    assert "sentence 's-answers-1': other numbers only" in report.text
    assert "[-15-]{+16+} <script> of 20" in report.text
    assert "fr: in old alone" in report.text
    assert "The same" not in report.text
    with pytest.raises(StudyError, match="There is no language to compare in, fr being asked for"):
        compare_workspaces(old, new, "fr")


def test_a_page_that_comes_or_goes_is_named_once(tmp_path: Path) -> None:
    file = notebook(tmp_path / "1.ipynb", "15 of 20", "The same.")
    report = compare_workspaces(Workspace("old", {("en", "a"): file}), Workspace("new", {("en", "b"): file}))
    assert "en: 0 pages changed, 1 page came, 1 page went, 0 of the same meaning" in report.text
    assert [line.strip() for line in report.text.splitlines()[-2:]] == ["b: came", "a: went"]


def test_the_compendium_itself_is_named_by_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert is_here(".")
    assert is_here(str(ROOT))
    assert not is_here("book")
    assert {run.lang for run in Selection(lang="en").runs} == {"en"}
