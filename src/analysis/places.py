"""Finding a city by its name."""

from dataclasses import dataclass

import pandas as pd

from analysis import paths, tables
from analysis.errors import UnknownCell, did_you_mean


@dataclass(frozen=True)
class Place:
    """A city of the table `cities`; `page` is the name of its profile, which no other city has."""

    id: str
    name: str
    iso3: str
    page: str


def find(text: str) -> Place:
    """Find a city by its name, whatever its accents and capitals, by name and country ("Birmingham, GBR"), or by its id.

    Raises
    ------
    UnknownCell
        Where no city has the name, or several have.
    """
    cities = tables.read("cities")
    named, _, country = (part.strip() for part in text.partition(","))
    found = cities[(cities["place_id"] == text) | (cities["name"].map(paths.plain) == paths.plain(named))]
    if country:
        found = found[found["iso3"].isin([country.upper()])]
    if found.empty:
        guess = did_you_mean(named, cities["name"])
        raise UnknownCell(
            f"No city '{text}' has a value in data/indicators/values.csv.{guess} Names are those of data/places/cities.csv."
        )
    if len(found) > 1:
        known = "; ".join(f"study city '{row['name']}, {row['iso3']}'" if found["iso3"].is_unique
                          else f"study city {row['place_id']} ({row['iso3']})" for _, row in found.iterrows())  # fmt: skip
        raise UnknownCell(f"Several cities are called '{text}'. Say which: {known}.")
    return place(found.iloc[0], cities)


def place(row: "pd.Series[str]", cities: pd.DataFrame) -> Place:
    """Give a row of the table as a place; where several cities have the name, its page bears the id too."""
    same = (cities["name"].map(paths.plain) == paths.plain(row["name"])).sum() > 1
    name = paths.slug(row["name"])
    return Place(row["place_id"], row["name"], row["iso3"], f"{name}-{row['place_id']}" if same or not name else name)
