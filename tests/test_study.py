from pathlib import Path

import pytest

from analysis import study
from analysis.errors import InvalidData, UnknownCell

SIX = ("economy", "people", "governance", "mobility", "environment", "living")


def test_the_matrix_has_the_eighteen_cells_of_the_five_editions() -> None:
    matrix = study.load()
    assert {year: set(edition.axes) for year, edition in matrix.editions.items()} == {
        2012: set(SIX),
        2017: {"economy"},
        2019: {"governance"},
        2021: {"mobility", "governance", "economy", "people"},
        2023: set(SIX),
    }
    assert len(matrix.cells()) == 18


def test_an_edition_has_what_its_pages_must_say() -> None:
    matrix = study.load()
    assert [year for year, edition in matrix.editions.items() if edition.axes_assigned] == [2021]
    assert [year for year, edition in matrix.editions.items() if edition.focus_groups] == [2023]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"edition": 2018}, r"no edition '2018' in data/study.yml\. Known: 2012, 2017, 2019, 2021, 2023"),
        ({"axis": "goverance"}, "Did you mean 'governance'"),
        ({"edition": 2017, "axis": "living"}, "Edition 2017 has no chapter on the axis 'living'. It covers: economy"),
        ({"lang": "de"}, "no language 'de'.*Known: en, es, fr, eu"),
    ],
)
def test_a_cell_that_is_not_there_is_named_with_what_is(cell: dict[str, int | str], message: str) -> None:
    with pytest.raises(UnknownCell, match=message):
        study.load().check(**cell)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("axes: [economy]", "axes: [econmy]", "edition 2017.*Did you mean 'economy'"),
        ("window: 5", "wndow: 5", "lacks an entry.*window"),
        ("window: 5", "window: [", "cannot be read as YAML"),
        ("window: 5", "window: five", "wrong kind"),
    ],
)
def test_a_broken_matrix_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, message: str
) -> None:
    from analysis import paths

    text = (paths.data() / "study.yml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "study.yml").write_text(text.replace(before, after, 1), encoding="utf-8")
    monkeypatch.setenv("STUDY_ROOT", str(tmp_path))
    with pytest.raises(InvalidData, match=message):
        study.load()
