"""Rules of the tables that a descriptor cannot say: references between columns, shares against their base."""

import pandas as pd

from analysis import alternatives, members, study
from analysis.tables import descriptors, read


def count_behind(share: float, base: int, *, rounded: bool) -> int | None:
    """Give the whole number of cities behind a percentage of a base; None where there is none.

    A printed base belongs to a percentage that may be rounded at its last decimal: 46% of 24 cities are 11 of them. A base
    that was inferred must give the percentage exactly, because nothing else speaks for it.
    """
    count = round(share * base / 100)
    decimals = len(f"{share:.6f}".rstrip("0").partition(".")[2])
    slack = 0.5 / 10**decimals if rounded else 0.0
    return count if abs(100 * count / base - share) <= slack + 1e-9 else None


def problems(names: list[str]) -> list[str]:
    """Check what a descriptor cannot say: references that depend on another column, and shares against their base."""
    found = alternatives.problems(study.load())
    if "catalogue" in names:
        found += alternatives.unknown_releases(study.load())
    if "values" in names:
        frame = read("values")
        known = {"city": set(read("cities")["place_id"]), "country": set(read("countries")["iso3"])}
        for level, places in known.items():
            lost = frame[(frame["level"] == level) & ~frame["place_id"].isin(places)]
            found += [
                f"data/indicators/values.csv, row {int(str(row)) + 2}, field 'place_id', value '{place}': no such {level} in "
                f"data/places. Expected: a place listed there. Add the place or mend the value."
                for row, place in lost["place_id"].head(20).items()
            ]
    if "findings" in names:
        frame = read("findings")
        for row, finding in frame[frame["unit"] == "percent"].iterrows():
            position = int(str(row)) + 2
            rounded = finding["base_status"] == "stated"
            if not 0 <= finding["value"] <= 100:
                found.append(
                    f"data/published/findings.csv, row {position}, field 'value', value '{finding['value']:g}'. "
                    "Expected: a share between 0 and 100. Mend this value."
                )
            elif (
                pd.notna(finding["n_cities"])
                and count_behind(finding["value"], finding["n_cities"], rounded=rounded) is None
            ):
                found.append(
                    f"data/published/findings.csv, row {position}, field 'n_cities', value '{finding['n_cities']}': "
                    f"{finding['value']:g}% of it is no whole number of cities. Expected: the true base. Mend the "
                    "share or the base, or leave the base empty (unknown)."
                )
    if "cities" in names:
        matrix, cities = study.load(), read("cities")
        lead = cities[cities["place_id"] == matrix.lead_city]
        if (matrix.lead_name, matrix.lead_country) not in list(zip(lead["name"], lead["iso3"], strict=True)):
            found.append(
                f"{study.FILE}, lead_city: no city '{matrix.lead_name}' of {matrix.lead_country} has the place_id "
                f"'{matrix.lead_city}' in data/places/cities.csv. Expected: a city listed there. Mend one of the two."
            )
    if "members" in names:
        found += members.problems(read("members"))
    if "editions" in names:
        found += _unknown_facts(read("editions"))
        lost_years = set(read("editions")["edition"]) ^ set(study.load().editions)
        found += [
            f"data/published/editions.csv and data/study.yml disagree on edition {year}. Both must have it."
            for year in sorted(lost_years)
        ]
    return found


# what is known of every edition, unless it is planned
_FACTS = ("focus", "publication_date", "n_cities", "languages", "publisher", "data_collection", "urls")


def _unknown_facts(editions: pd.DataFrame) -> list[str]:
    """Name the facts that an edition which is not planned lacks."""
    planned = [year for year, one in study.load().editions.items() if one.planned]
    fields = {field["name"]: field for field in descriptors()["editions"]["schema"]["fields"]}
    return [
        f"data/published/editions.csv, row {int(str(row)) + 2}, field '{name}', value ''. Expected: "
        f"{fields[name]['description']} (not empty, unless data/study.yml has the edition as planned). Mend this value."
        for row, edition in editions[~editions["edition"].isin(planned)].iterrows()
        for name in _FACTS
        if pd.isna(edition[name])
    ]
