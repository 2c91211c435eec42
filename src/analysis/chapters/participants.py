"""The map of documented participants, as the chapters of editions and that of participation show it."""

import json
from collections.abc import Sequence
from functools import partial

import pandas as pd

from analysis import figures, tables
from analysis.chapters.common import OWN_LICENCE, Base
from analysis.exhibits import Exhibit

MAP_SOURCES = ("geonames", "natural_earth")
_EUROPE = (-12, 46, 34, 72)  # degrees west, east, south, north


def participants_map(chapter: Base, named: pd.DataFrame, id: str, subtitle: str, *, editions: bool = False) -> Exhibit:
    """Show documented participants on a map; the table names them, in alphabetical order.

    Parameters
    ----------
    named
        Rows of the table `participants`; a city of several editions is one dot.
    editions
        Whether the table names the edition of each row.
    """
    words, say = chapter.words, chapter.words.say
    points_of = tables.read("cities", place_id=list(dict.fromkeys(named["place_id"])))
    places = points_of[["place_id", "latitude", "longitude"]]
    data = named.merge(places, on="place_id", how="left")
    data["city"] = [words.city(name) for name in data["city"]]
    data = data.sort_values(["city", "edition"]).reset_index(drop=True)
    data["country"] = [words.country(iso3) for iso3 in data["country_iso3"]]
    cities = data.drop_duplicates("place_id")
    points = [
        figures.Point(str(row["city"]), row["longitude"], row["latitude"], row["place_id"] == chapter.study.lead_city)
        for _, row in cities.iterrows()
    ]
    columns = {say("City"): data["city"], say("Country"): data["country"]}
    if editions:
        columns[say("Edition")] = data["edition"].astype(str)
    columns[say("How it is known")] = pd.Series([words.note(note) for note in data["source_note"]])
    names = words.listed(f"{row['city']} ({row['country']})" for _, row in cities.iterrows())
    download = data[["edition", "place_id", "city", "country_iso3", "country", "latitude", "longitude", "source"]]
    return Exhibit(
        id=id,
        title=words.count("{n} named participant, in Europe", "{n} named participants, most of them in Europe", len(cities))
        if _mostly_europe(points) else words.count("{n} named participant", "{n} named participants", len(cities)),
        subtitle=subtitle, alt=say("Map of the named participants: {names}.", names=names), table=pd.DataFrame(columns),
        data=download.assign(unit="degrees", licence=OWN_LICENCE), language=words,
        source=chapter.citations(MAP_SOURCES) + " " + say("Participants: pages named in the download."),
        draw=partial(figures.world, points, _outlines()),
        notes=(say("Outlines are for orientation only; they take no position on borders."),),
    )  # fmt: skip


def _mostly_europe(points: Sequence[figures.Point]) -> bool:
    west, east, south, north = _EUROPE
    inside = sum(west < point.longitude < east and south < point.latitude < north for point in points)
    return inside > len(points) / 2


def _outlines() -> list[figures.Outline]:
    """Read the outlines of countries as rings of longitude and latitude."""
    features = json.loads(tables.read_file("places/outlines.geojson"))["features"]
    rings: list[figures.Outline] = []
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings += [polygon[0] for polygon in polygons]
    return rings
