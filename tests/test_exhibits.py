import csv
import dataclasses
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from conftest import html_of
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from analysis import figures
from analysis.errors import IncompleteExhibit
from analysis.exhibits import Exhibit, Listing, Paragraph, Section, safe_csv
from analysis.language import language
from analysis.markup import html_table

HOSTILE = "<script>alert(1)</script>\"'&$x$ [a](javascript:b)"


def drawing(wide: bool) -> Figure:
    return figures.shares([figures.Share("Programmes", 75, "15 of 20", 53.1, 88.8)], "economy", wide)


def exhibit(**changed: object) -> Exhibit:
    frame = pd.DataFrame({"Finding": ["Programmes"], "Share": ["75%"]})
    given_ = {
        "id": "2017-economy-answers", "title": "A title", "subtitle": "Percent; n = 20", "alt": "One dot at 75 percent.",
        "table": frame, "data": frame.assign(unit="%", licence="CC BY 4.0"), "source": "A source.", "draw": drawing, "language": language("en"),
    }  # fmt: skip
    return Exhibit(**(given_ | changed))  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_an_exhibit_holds_picture_alternative_text_table_and_download() -> None:
    tags = Tags(html_of(exhibit())).tags
    by_name = dict(tags)
    assert by_name["figure"]["id"] == "2017-economy-answers"
    assert by_name["figure"]["class"] == "exhibit"
    assert by_name["img"]["alt"] == "One dot at 75 percent."
    assert str(by_name["img"]["src"]).startswith("data:image/svg+xml;base64,")
    assert "table" in by_name
    assert ("a", "2017-economy-answers.csv") in [(tag, attributes.get("download")) for tag, attributes in tags]


@pytest.mark.parametrize("missing", ["title", "subtitle", "alt", "source", "id"])
def test_an_exhibit_that_lacks_something_is_refused_by_name(missing: str) -> None:
    with pytest.raises(IncompleteExhibit, match=missing):
        exhibit(**{missing: " "})


@pytest.mark.parametrize("missing", ["table", "data"])
def test_an_exhibit_without_data_is_refused(missing: str) -> None:
    with pytest.raises(IncompleteExhibit, match=missing):
        exhibit(**{missing: pd.DataFrame()})


def test_hostile_text_stays_text_everywhere() -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    made = exhibit(title=HOSTILE, subtitle=HOSTILE, alt=HOSTILE, source=HOSTILE, notes=(HOSTILE,), table=frame)
    pieces = [html_of(part) for part in (made, Paragraph(HOSTILE), Listing("x", HOSTILE, frame))]
    for piece in pieces:
        assert "script" not in {tag for tag, _ in Tags(piece).tags}


def test_a_dollar_sign_in_a_label_is_no_mathematics() -> None:
    picture = figures.picture(
        lambda wide: figures.shares([figures.Share("$5 and $broken", 10, "x")], "people", wide), wide=True
    )
    assert picture.svg.startswith("<?xml")


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_no_text_of_a_download_is_taken_for_a_formula(texts: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(safe_csv(pd.DataFrame({"text": texts})), newline="")))
    assert len(rows) == 1 + len(texts)
    for row, text in zip(rows[1:], texts, strict=True):
        value = row[0] if row else ""
        assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
        assert value in (text, f"'{text}")


def test_numbers_of_a_download_stay_numbers_and_unknown_stays_empty() -> None:
    text = safe_csv(pd.DataFrame({"value": [-5.5, np.nan], "n": pd.array([3, None], dtype="Int64")}))
    assert text.lstrip("\ufeff").splitlines() == ["value,n", "-5.5,3", ","]


def test_numbers_of_a_table_stand_to_the_right_and_words_to_the_left() -> None:
    text = html_table(("City", "Share"), (("Bilbao", "75%"),), "Shares")
    assert '<td>Bilbao</td><td class="number">75%</td>' in text


def test_the_same_data_give_the_same_bytes_and_fingerprint() -> None:
    first, second = figures.picture(drawing, wide=True), figures.picture(drawing, wide=True)
    assert (first.svg, first.fingerprint) == (second.svg, second.fingerprint)


def test_the_fingerprint_follows_what_is_shown() -> None:
    share = figures.Share("Programmes", 75, "15 of 20", 53.1, 88.8)
    prints = {
        figures.fingerprint(figures.shares([one], "economy", True))
        for one in (
            share,
            dataclasses.replace(share, value=74),
            dataclasses.replace(share, high=90),
            dataclasses.replace(share, label="Spaces"),
            dataclasses.replace(share, low=None, high=None),
        )
    }
    assert len(prints) == 5


def test_a_share_without_a_base_is_drawn_hollow_and_without_interval() -> None:
    rows = [figures.Share("known", 75, "15 of 20", 53.1, 88.8), figures.Share("unknown", 60, "base unknown")]
    with figures.styled():
        lines = figures.shares(rows, "economy", wide=True).axes[0].lines
    dots = {
        float(np.ravel(line.get_xdata())[0]): line.get_markerfacecolor() for line in lines if line.get_marker() == "o"
    }
    bars = [tuple(np.ravel(line.get_xdata())) for line in lines if line.get_linewidth() == 5]
    assert dots == {75.0: figures.colour("economy"), 60.0: "white"}
    assert bars == [(53.1, 88.8)]


def test_boxes_are_the_quartiles_of_the_statistics() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 10.0, 11.0, 30.0]
    with figures.styled():
        figure = figures.spreads([figures.Spread("x", values)], "living", True, str, None)
    corners = np.asarray(figure.axes[0].patches[0].get_path().vertices)[:, 0]
    assert (min(corners), max(corners)) == (2.5, 10.5)


def test_equal_earth_agrees_with_the_published_extent_and_keeps_areas() -> None:
    x, y = figures.equal_earth(np.array([180.0, 0.0]), np.array([0.0, 90.0]))
    assert (round(float(x[0]), 4), round(float(y[1]), 4)) == (2.7066, 1.3174)  # Šavrič et al. (2019)
    latitudes = np.radians(np.linspace(-90, 90, 20001))
    half_width, height = figures.equal_earth(np.full(20001, 180.0), np.degrees(latitudes))
    area = float(np.sum((half_width[1:] + half_width[:-1]) * np.diff(height)))
    assert area == pytest.approx(4 * np.pi, rel=1e-3)  # the area of the sphere


def test_an_outline_across_the_date_line_is_kept_in_one_piece() -> None:
    square = [(179.0, 65.0), (-179.0, 65.0), (-179.0, 70.0), (179.0, 70.0)]
    point = figures.Point("Bilbao", -2.9, 43.3, lead=True)
    with figures.styled():
        figure = figures.world([point], [square], wide=True)
    width = np.ptp(np.asarray(figure.axes[0].patches[0].get_path().vertices)[:, 0])
    assert width < 0.5  # of a map 5.4 wide


def test_pictures_hold_no_absolute_path_and_no_date() -> None:
    picture = figures.picture(drawing, wide=False).svg
    assert "/home" not in picture
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", picture)


def test_in_a_notebook_title_and_notes_stand_around_the_picture() -> None:
    (above, _), (picture, carried), (below, _) = Section([exhibit(notes=("A note.",))]).outputs()
    assert above["text/html"] == "<p><strong>A title</strong><br>Percent; n = 20</p>"
    assert picture["image/svg+xml"].startswith("<?xml")
    assert [part["id"] for part in carried["document"]] == ["2017-economy-answers"]
    assert "A note." in below["text/html"]
    assert "<table>" in below["text/html"]
