"""The member register: what its codebook cannot say of a row."""

from collections.abc import Hashable

import pandas as pd

from analysis import tables
from analysis.errors import InvalidData

_FILE = "data/members/members.csv"
ENDED = "ended"


def read() -> pd.DataFrame:
    """Read the register.

    Raises
    ------
    InvalidData
        Where a row contradicts itself; the message names all that do.
    """
    frame = tables.read("members")
    if found := problems(frame):
        raise InvalidData("The member register contradicts itself:\n" + "\n".join(found))
    return frame


def problems(frame: pd.DataFrame) -> list[str]:
    """Say what contradicts itself within a row of the register, or between two; empty where all is well."""
    cities = tables.read("cities", place_id=sorted(set(frame["place_id"].dropna())))
    country_of = dict(zip(cities["place_id"], cities["iso3"], strict=True))
    found = []
    for position, (_, row) in enumerate(frame.iterrows(), start=2):
        known = {field: "" if pd.isna(value) else str(value) for field, value in row.items()}
        for field, expected in _wrong(known, country_of):
            found.append(f"{_FILE}, row {position}, field '{field}', value '{known[field]}'. Expected: {expected}")
    lasting = frame[(frame["status"] != ENDED) & frame["place_id"].notna()]
    for index, place in lasting.loc[lasting["place_id"].duplicated(), "place_id"].items():
        found.append(f"{_FILE}, row {int(str(index)) + 2}, field 'place_id', value '{place}'. "
                     "Expected: one lasting membership of a city. Delete one row, or end the earlier one.")  # fmt: skip
    return found


def _wrong(row: dict[Hashable, str], country_of: dict[str, str]) -> list[tuple[str, str]]:
    """Give each field of a row that contradicts another, with what is expected and what to do."""
    place, since, until = row["place_id"], row["since"], row["until"]
    wrong = []
    if row["kind"] == "city" and not place:
        wrong.append(("place_id", "the GeoNames id of the city, from data/places/cities.csv. Add it."))
    if row["kind"] == "association" and place:
        wrong.append(("place_id", "empty, since an association is no place. Delete it, or mend the kind."))
    if place in country_of and row["country_iso3"] != country_of[place]:
        wrong.append(("country_iso3", f"{country_of[place]}, the country of this city. Mend one of the two."))
    if (row["status"] == ENDED) != bool(until):
        wrong.append(("until", f"a date where the status is '{ENDED}', else empty. Mend date or status."))
    if since and until:
        known = min(len(since), len(until))  # a year and a month of it do not contradict each other
        if until[:known] < since[:known]:
            wrong.append(("until", f"a date after {since}, when the membership began. Mend one of the two."))
    return wrong
