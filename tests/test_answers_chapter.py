"""What chapters show of answers: values against hand computation and scipy, hostile texts, watermarks, the last check."""

import csv
import dataclasses
import io
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest
from checks import collisions, plain, sentences
from conftest import html_of
from scipy import stats

from analysis import answers, document, instrument, provenance
from analysis.answers import Answers
from analysis.chapters.answers import median
from analysis.chapters.axis import AxisChapter
from analysis.chapters.edition import EditionChapter
from analysis.chapters.factors import FactorsChapter
from analysis.disclosure import Row
from analysis.errors import BookFailed
from analysis.exhibits import Exhibit, Listing, Paragraph, Section
from analysis.publishing import released

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=1+1",
    "$x$ [a](javascript:b)",
    "None",
    "\u202eevil",
    "{n} %s",
]
SECRET, MAIL = "A confidential remark of some length", "someone@example.org"
YEAR = 2023


def survey(synthetic: bool = False, year: int = YEAR, shift: int = 0) -> Answers:
    """Give 30 cities: 24 named ones, 6 to be counted only; the answers follow from the number of the city."""
    asked = dataclasses.replace(instrument.load("core"), edition=year)
    rows = []
    for i in range(30):
        rows.append({
            "response_id": f"r{i}", "place_id": str(1000 + i), "city": f"Testville {chr(65 + i // 26)}{chr(65 + i % 26)}",
            "country_iso3": ("ESP", "FRA", "BRA")[i % 3 if i < 24 else 0], "received": "2027-01-01",
            "consent": "named" if i < 24 else "counted", "size": asked["size"].codes[i % 2],
            "mobility_strategy": "own" if i < 18 else "none" if i < 28 else "", "remarks": SECRET,
            "mobility_barriers": ";".join(["funding"] * ((i // 3 + shift) % 2) + ["skills"] * (i // 2 % 3 > 0)) or "legal",
            "practice_any": "yes" if i < len(HOSTILE) else "no", "practice_axis": "mobility" if i < len(HOSTILE) else "",
            "practice_name": HOSTILE[i] if i < len(HOSTILE) else "",
        })  # fmt: skip
    return Answers(
        year, asked, pd.DataFrame([dict.fromkeys(answers.columns(asked), "") | row for row in rows]), synthetic
    )


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Answers:
    found = survey(getattr(request, "param", False))
    monkeypatch.setattr(answers, "read", lambda year: found if year == YEAR else None)
    return found


def chapter() -> AxisChapter:
    return AxisChapter(lang="en", edition=YEAR, axis="mobility")


def download(exhibit: Exhibit) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exhibit.part().data.removeprefix("\ufeff"), newline="")))


def exhibit(section: Section, end: str) -> Exhibit:
    return next(one for one in section.exhibits if one.id.endswith(end))


@pytest.mark.usefixtures("answered")
def test_shares_are_counts_with_intervals_and_bounds_as_computed_by_hand() -> None:
    barriers = exhibit(chapter().factors, "mobility-barriers")
    rows = {row["answer"]: row for row in download(barriers) if row["group"] == "all"}
    assert (rows["funding"]["count"], rows["funding"]["n"]) == ("15", "30")
    assert rows["legal"]["count"] == "10"
    assert rows["procurement"]["count"] == "s"  # nobody named it: 0% would tell of everybody
    low, high = stats.binomtest(15, 30).proportion_ci(method="wilson")
    assert [float(rows["funding"][end]) for end in ("wilson_low", "wilson_high")] == pytest.approx([low, high])
    assert {"15 of 30"} <= set(barriers.table["Cities"])
    strategy = exhibit(chapter().answers, "mobility-strategy").table.set_index("Answer")
    assert list(strategy.loc["Yes, one of its own", ["Cities", "If every city had answered"]]) == [
        "18 of 24",
        "18 to 18 of 24",
    ]


@pytest.mark.usefixtures("answered")
def test_the_page_says_what_it_uses_and_who_did_not_answer() -> None:
    text = sentences(chapter().answers)
    assert "30 cities answered the questionnaire of the 2023 edition" in text
    assert "The answers of 4 more, which want to be counted only, are left out" in text
    assert "0 of the 30 cities did not answer this question." in sentences(chapter().factors)
    assert "SYNTHETIC" not in plain(chapter().opening) + text


@pytest.mark.usefixtures("answered")
def test_cities_are_named_where_they_agree_alone_and_in_alphabetical_order() -> None:
    listed = next(
        part for part in chapter().answers.parts if isinstance(part, Listing) and part.id.endswith("strategy-cities")
    )
    names = list(listed.table["City"])
    assert names == sorted(names)
    assert len(names) == 24
    whole = "".join(plain(getattr(chapter(), part)) for part in ("opening", "answers", "factors", "practices"))
    for i in range(24, 30):
        assert f"Testville {chr(65 + i // 26)}{chr(65 + i % 26)} " not in whole
    assert SECRET not in whole


@pytest.mark.usefixtures("answered")
def test_every_number_of_answers_carries_its_table() -> None:
    for section in (chapter().answers, chapter().factors, EditionChapter(lang="en", edition=YEAR).findings):
        for part in section.parts:
            if isinstance(part, Exhibit | Listing):
                assert part.tables, part.id
                assert f'data-table="{part.tables[0]}' in html_of(part)
            if isinstance(part, Paragraph) and part.kind == "finding":
                assert part.tables, part.text
        assert section.exhibits
        for one in section.exhibits:
            assert all(row["table"] for row in download(one))


@pytest.mark.usefixtures("answered")
def test_hostile_texts_of_cities_stay_text() -> None:
    for section in (chapter().practices, FactorsChapter(lang="en").practices):
        html = html_of(section)
        assert "<script>" not in html
        assert "<img" not in html
        assert "&lt;script&gt;" in html
        for text in ("=1+1", "None", "{n} %s"):
            assert text in html


@pytest.mark.parametrize("answered", [True], indirect=True)
@pytest.mark.usefixtures("answered")
def test_synthetic_answers_are_marked_on_page_picture_and_download() -> None:
    for page in (chapter(), EditionChapter(lang="en", edition=YEAR), FactorsChapter(lang="en")):
        assert page.opening.parts[0].plain().startswith("SYNTHETIC ANSWERS")
    for section in (chapter().answers, chapter().factors, EditionChapter(lang="en", edition=YEAR).findings):
        assert "SYNTHETIC ANSWERS" in section.parts[0].plain()
        assert section.exhibits
        for one in section.exhibits:
            assert "SYNTHETIC" in [text.get_text() for text in one.draw(True).texts]
            assert {row["synthetic"] for row in download(one)} == {"true"}


@pytest.mark.usefixtures("answered")
def test_pictures_have_no_text_outside_or_over_another() -> None:
    for one in [
        *chapter().answers.exhibits,
        *chapter().factors.exhibits,
        *EditionChapter(lang="en", edition=YEAR).findings.exhibits,
    ]:
        for wide in (True, False):
            assert not collisions(one, wide), one.id


def test_editions_are_compared_on_the_same_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {YEAR: survey(), 2021: survey(year=2021, shift=1)}
    monkeypatch.setattr(answers, "read", found.get)
    text = sentences(chapter().factors)
    assert "30 cities answered this question both in 2021 and in 2023" in text
    monkeypatch.setattr(answers, "read", {YEAR: survey(), 2021: survey(True, 2021)}.get)  # made-up ones do not count
    assert "both in" not in sentences(chapter().factors)


@pytest.mark.parametrize(("counts", "expected"), [
    ([1, 2, 4], ("c",)), ([2, 2, 0], ("a", "b")), ([3, 1, 1], ("a",)), ([0, 0, 0], ()), ([9, None, 9], ()),
])  # fmt: skip
def test_the_median_of_a_scale_is_the_middle_answer_and_unknown_where_a_count_is(
    counts: list[int | None], expected: tuple[str, ...]
) -> None:
    assert median([Row("", code, count, 20, 20) for code, count in zip("abc", counts, strict=True)]) == expected


@pytest.mark.parametrize(("year", "axis"), [(2019, "governance"), (2023, "mobility")])
def test_without_answers_a_chapter_is_as_if_nothing_had_been_looked_for(
    year: int, axis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ("opening", "answers", "factors", "practices", "sources")
    provenance.forget()  # what other tests have read

    def made() -> list[str]:
        page = AxisChapter(lang="en", edition=year, axis=axis)
        return [html_of(getattr(page, part)) for part in parts]

    now = made()
    monkeypatch.setattr("analysis.chapters.axis.questionnaire", lambda _chapter, _edition: None)
    assert made() == now
    assert "data/private" not in "".join(now)
    assert "data-table" not in "".join(now)


# the last check


@lru_cache(maxsize=2)
def made(_synthetic: bool) -> dict[str, str]:
    """Make document, page and downloads once; whoever calls has put the answers in place."""
    page = chapter()
    shown = (page.opening, page.answers, page.factors, page.practices)
    sections = [*shown, EditionChapter(lang="en", edition=YEAR).findings]
    parts = document.number_sentences([part for section in sections for part in section.document()], ("all", 1))
    content = document.Page("page", "A page", tuple(document.share_slices(parts, {})))
    files = {"page.json": document.as_json(content), "page.html": html_of(*sections)}
    for exhibit in content.exhibits:
        files[f"{exhibit.id}.csv"] = exhibit.data.removeprefix("\ufeff")
    return files


@pytest.fixture
def site(tmp_path: Path, answered: Answers, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a site of one page with its downloads, as the book unpacks them."""
    monkeypatch.setenv("STUDY_PRIVATE", str(tmp_path / "private"))
    folder = answers.private(YEAR)
    folder.mkdir(parents=True)
    (folder / answers.CONTACTS).write_text(f"response_id,contact_email\nr1,{MAIL}\n", encoding="utf-8")
    pages = tmp_path / "build" / "html" / "en"
    pages.mkdir(parents=True)
    for name, text in made(answered.synthetic).items():
        (pages / name).write_text(text, encoding="utf-8", newline="")
    return tmp_path / "build"


@pytest.mark.parametrize("answered", [False, True], indirect=True)
def test_what_the_chapters_make_passes_the_last_check(site: Path) -> None:
    released.check(site)


BARRIERS = "2023-mobility-factors-mobility-barriers.csv"


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    (BARRIERS, "funding,15,30", "funding,16,30", "differs from what the gate permits"),
    (BARRIERS, "procurement,s,30", "procurement,0,30", "differs from what the gate permits"),
    (BARRIERS, "mobility-barriers-all", "", "without table"),
    (BARRIERS, "mobility-barriers-all", "my-own-table", "differs"),
    ("page.json", '"15 of 30"', '"14 of 30"', "a count differs"),
    ("page.json", "15 of 30 cities", "29 of 30 cities", "a number that the gate does not give"),
    ("page.json", '"count": "15"', '"count": "29"', "receipt '.*': a number that the gate does not give"),
    ("page.json", '"mobility-barriers-all"', '"mobility-barriers-cross"', "no instrument declares"),
    ("page.json", "Lack of funding", "Testville BD", "counted only"),
    ("page.json", "Testville AA", "Bilbao", "permitted list"),
    ("page.html", "questionnaire of", f"questionnaire ({MAIL}) of", "contact_email"),
    ("page.html", "questionnaire of", f"questionnaire ({SECRET}) of", "remarks"),
])  # fmt: skip
def test_the_last_check_names_file_and_place_but_no_value(
    site: Path, file: str, old: str, new: str, message: str
) -> None:
    target = site / "html" / "en" / file
    text = target.read_text(encoding="utf-8")
    assert old in text
    target.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BookFailed, match=message) as failure:
        released.check(site)
    assert file in str(failure.value)
    assert SECRET not in str(failure.value)
    assert MAIL not in str(failure.value)


@pytest.mark.parametrize("answered", [True], indirect=True)
def test_the_last_check_misses_the_watermark(site: Path) -> None:
    page = site / "html" / "en" / "page.json"
    page.write_text(page.read_text(encoding="utf-8").replace("SYNTHETIC ANSWERS", "ANSWERS"), encoding="utf-8")
    with pytest.raises(BookFailed, match="does not say so"):
        released.check(site)
