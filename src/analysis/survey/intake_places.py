"""Finding the country and the city that an answer names: exactly, or not at all, with what to write instead."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from analysis import tables
from analysis.survey import wording
from analysis.survey.intake_names import letters
from analysis.survey.intake_values import Wrong, line

_NO_NAME = re.compile(  # in the name of a city: a sign of a wrong encoding, say
    r"[^\w\s\-'\u2018\u2019`\u00b4.,/()\u00b7&]"
)
_NEW = re.compile(r"(.+?)\s*\((?:new|nueva|nouvelle)\)", re.IGNORECASE)
_BY_ID = re.compile(r"(?:.*\()?\s*(\d{3,12})\s*\)?")
_LONGEST_NAME = 100
_ALTERNATES = ("sdg_un_2024_360info", "unesco_uccn_2024")  # sources whose other names of cities are certain
WRITE_NEW = "write: {name} (new)"


@dataclass(frozen=True)
class Place:
    """The city that answers; `id` is empty where it is not in the table of cities."""

    id: str
    name: str
    iso3: str

    @property
    def response(self) -> str:
        """Give the stable name of its answer."""
        return f"place-{self.id}" if self.id else f"new-{self.iso3.lower()}-{letters(self.name)}"


def find_country(typed: str) -> str:
    """Find a country by its name in three languages, as a drop-down offers it, or by its ISO codes."""
    text = line(typed)
    if not text:
        return ""
    known = _country_codes()
    if (code := known.get(letters(text))) is not None:
        return code
    near = difflib.get_close_matches(letters(text), known, n=1)
    guess = f"Perhaps: {known[near[0]]}" if near else "Write the ISO code of three letters"
    raise Wrong("a country, by its name in Spanish, English or French or by its ISO code", guess)


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    """Give the code behind each name, also behind those of the kit: `España / Spain (ESP)`."""
    countries = tables.read("countries")
    known = {iso2.lower(): iso3 for iso2, iso3 in zip(countries["iso2"], countries["iso3"], strict=True)}
    spanish, english, french = (dict(wording.countries(lang)) for lang in ("es", "en", "fr"))
    for iso3, name in spanish.items():
        texts = (iso3, name, english[iso3], french[iso3], f"{english[iso3]} {iso3}", f"{name} {english[iso3]} {iso3}")
        known |= dict.fromkeys(map(letters, texts), iso3)
    return known


def find_city(typed: str, iso3: str, geonames: str = "", new_city: str = WRITE_NEW) -> Place:
    """Find a city by its exact name in its country, whatever its accents, by its GeoNames id, or as one that is said to be new.

    `new_city` says what to do where it is none that is known.
    """
    text = line(typed)
    in_text = _BY_ID.fullmatch(text)
    if place_id := line(geonames) or (in_text[1] if in_text else ""):
        return _city_of_id(place_id, iso3)
    if not text:
        raise Wrong("the city that answers", "Write its name, or its GeoNames id")
    text, iso3 = _without_country(text, iso3)
    homonyms = _cities_by_name().get(letters(text), [])
    if not iso3:
        raise Wrong("the country of the city", _suggested_cities(homonyms, text, new_city))
    if new := _NEW.fullmatch(text):
        if not letters(new[1]) or len(new[1]) > _LONGEST_NAME:
            raise Wrong("the name of a city", "Write its name, then (new)")
        return Place("", new[1], iso3)
    here = [place for place in homonyms if place.iso3 == iso3]
    if _NO_NAME.search(text) or not here:
        elsewhere = [place for place in homonyms if place.iso3 != iso3]
        suggestion = _suggested_cities([*_similar_cities(text, iso3), *elsewhere], text, new_city)
        raise Wrong(f"a city of {iso3} in data/places/cities.csv", suggestion)
    if len(here) > 1:
        raise Wrong(f"one city; several in {iso3} are called so", _suggested_cities(here, text, new_city))
    return here[0]


def _without_country(text: str, iso3: str) -> tuple[str, str]:
    """Take off the country behind the name of a city; it is the answer where there is no other."""
    name, comma, last = (part.strip() for part in text.rpartition(","))
    if not comma:
        return text, iso3
    if not iso3:
        return name, find_country(last)
    return (name, iso3) if name and _country_codes().get(letters(last)) == iso3 else (text, iso3)


def _city_of_id(place_id: str, iso3: str) -> Place:
    place = _cities_by_id().get(place_id)
    if place is None:
        raise Wrong("the GeoNames id of a city in data/places/cities.csv", "Write the name of the city instead")
    if iso3 and place.iso3 != iso3:
        raise Wrong(f"a city of {iso3}; this id is {place.name} ({place.iso3})", "Mend the country or the id")
    return place


def _similar_cities(text: str, iso3: str) -> list[Place]:
    """Give the cities of a country whose names are close to a text, the closest first."""
    here: dict[str, list[Place]] = {}
    for name, places in _cities_by_name().items():
        if compatriots := [place for place in places if place.iso3 == iso3]:
            here[name] = compatriots
    candidates: list[Place] = []
    for name in difflib.get_close_matches(letters(text)[:_LONGEST_NAME], here, n=3, cutoff=0.6):
        candidates += here[name]
    return candidates


def _suggested_cities(candidates: Iterable[Place], text: str, new_city: str) -> str:
    """Say what to write for each candidate, and where it is none of them."""
    places = list(dict.fromkeys(candidates))[:5]
    names = [place.name for place in places]
    texts = [
        f"{place.id} for {place.name} ({_city_whereabouts(place, names.count(place.name) > 1)})" for place in places
    ]
    ask = f"Write in the cell of the city: {', or '.join(texts)}. " if texts else ""
    condition = f"If it is {'none of them' if texts else 'another city'}"
    return f"{ask}{condition}, {new_city.format(name=text[:60])}"


def _city_whereabouts(place: Place, ambiguous: bool) -> str:
    """Say where a city lies: its country, and its point where another of its name is suggested too."""
    if not ambiguous:
        return place.iso3
    city = tables.read("cities").set_index("place_id").loc[place.id]
    return f"{place.iso3}, latitude {city['latitude']:.1f}, longitude {city['longitude']:.1f}"


@lru_cache(maxsize=1)
def _cities_by_id() -> dict[str, Place]:
    cities = tables.read("cities")
    rows = zip(cities["place_id"], cities["name"], cities["iso3"], strict=True)
    return {place_id: Place(place_id, name, iso3) for place_id, name, iso3 in rows}


@lru_cache(maxsize=1)
def _cities_by_name() -> dict[str, list[Place]]:
    """Give the cities by every name that the tables know, also by other names that GeoNames has of one city of the country alone."""
    names = [(place.name, place_id) for place_id, place in _cities_by_id().items()]
    for table in ("participants", "good_practices"):  # the names that the study uses
        frame = tables.read(table)
        names += zip(frame["city"], frame["place_id"], strict=True)
    matched = tables.read("city_matching", rule="alternate_unique", source_id=list(_ALTERNATES))
    alternates = matched["source_place"].astype(str).str.replace(r" \([^()]*\)$", "", regex=True)
    names += zip(alternates, matched["place_id"], strict=True)
    known: dict[str, list[Place]] = {}
    for name, place_id in names:
        place = _cities_by_id().get(place_id)
        if place and letters(name) and place not in known.setdefault(letters(name), []):
            known[letters(name)].append(place)
    return known
