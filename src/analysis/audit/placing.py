"""Finding our places by the codes and names that a source has for them."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from babel import Locale
from babel.core import get_global

from analysis import tables
from analysis.audit.formats import leading_code

Place = tuple[str, ...]  # the cells that name a place in a file


@dataclass(frozen=True)
class Placing:
    """How the places of a source are found.

    `place` gives the id of a place, or nothing; `reached` are the places that a file of the source can lead to, `None`
    where it leads to all; `listed` are the names of listed things that were looked at, with a place or without.
    """

    place: Callable[[Place], str | None]
    reached: frozenset[str] | None = None
    listed: frozenset[str] = frozenset()


class Places:
    """Our countries and cities, and the names that sources have for them."""

    @cached_property
    def _iso3_by_iso2(self) -> dict[str, str]:
        frame = tables.read("countries")
        return dict(zip(frame["iso2"], frame["iso3"], strict=True))

    @cached_property
    def _iso3_codes(self) -> frozenset[str]:
        return frozenset(self._iso3_by_iso2.values())

    @cached_property
    def _iso3_by_m49(self) -> dict[str, str]:
        """Give our countries by the numbers of the United Nations, which CLDR has among the aliases of territories."""
        aliases = get_global("territory_aliases")
        numbers = {number: names[0] for number, names in aliases.items() if number.isdigit() and len(names) == 1}
        return {number: self._iso3_by_iso2[name] for number, name in numbers.items() if name in self._iso3_by_iso2}

    @cached_property
    def _iso3_by_name(self) -> dict[str, str]:
        frame = tables.read("countries")
        territories = Locale("en").territories
        names = {folded(territories[iso2]): iso3 for iso2, iso3 in self._iso3_by_iso2.items() if iso2 in territories}
        return names | {folded(name): iso3 for name, iso3 in zip(frame["country_en"], frame["iso3"], strict=True)}

    def by_iso3(self, others: Mapping[str, str]) -> Placing:
        """Find a country by its code; `others` are codes of the source's own."""

        def place(cells: Place) -> str | None:
            iso3 = others.get(cells[0].upper(), cells[0].upper())
            return iso3 if iso3 in self._iso3_codes else None

        return Placing(place)

    def by_iso2(self) -> Placing:
        """Find a country by its code of two letters."""
        return Placing(lambda cells: self._iso3_by_iso2.get(cells[0].upper()))

    def by_m49(self) -> Placing:
        """Find a country by its number."""
        return Placing(lambda cells: self._iso3_by_m49.get(_m49_number(cells[0])))

    def by_country(self, others: Mapping[str, str]) -> Placing:
        """Find a country by its English name; `others` are names of the source's own."""
        names = self._iso3_by_name | {folded(name): iso3 for name, iso3 in others.items()}
        return Placing(lambda cells: names.get(folded(cells[0])))

    def by_id(self) -> Placing:
        """Find a city by its GeoNames id."""
        ours = frozenset(tables.read("cities")["place_id"])
        return Placing(lambda cells: cells[0] if cells[0] in ours else None)

    def by_city_code(self, sources: Iterable[str], first_word: bool, greater: bool = False) -> Placing:
        """Find a city by the code that sources have for it in the table of matched names.

        `first_word` says that the code is followed by a name there; `greater` that the code of a greater city stands for
        the city, and that a city without a code is found by its label.
        """
        frame = self._matched_cities(sources)
        coded: dict[str, str] = {}
        for name, place_id in zip(frame["source_place"], frame["place_id"], strict=True):
            coded.setdefault(name.split()[0].casefold() if first_word else name.casefold(), place_id)
        labels = self._city_labels(sources) if greater else {}

        def place(cells: Place) -> str | None:
            key = leading_code(cells[0]).casefold()
            core = re.fullmatch(r"([a-z]{2}\d{3})[ck]\d?", key)
            if greater and core:
                key = f"{core[1]}c"
            label = cells[0].partition(":")[2]
            iso2 = {"EL": "GR", "UK": "GB"}.get(key[:2].upper(), key[:2].upper())
            return coded.get(key) or (labels.get((iso2, folded(label))) if label else None)

        return Placing(place, frozenset([*coded.values(), *labels.values()]))

    def by_city(self, source: str, countries: Placing, ends: Mapping[str, tuple[str, ...]] | None = None) -> Placing:
        """Find a city by its country (first cell) and name (second), and its point (third, fourth) where two have the name.

        `ends` are words that the source puts behind the names of cities of a country.
        """
        by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        frame = self._matched_cities([source])
        for name, iso2, place_id in zip(frame["source_place"], frame["iso2"], frame["place_id"], strict=True):
            if place_id not in by_name[self._iso3_by_iso2.get(iso2, ""), folded(name)]:
                by_name[self._iso3_by_iso2.get(iso2, ""), folded(name)].append(place_id)

        def place(cells: Place) -> str | None:
            iso3, name = countries.place(cells[:1]) or "", folded(cells[1])
            head, _, last = name.rpartition(" ")
            ids = (
                by_name.get((iso3, name))
                or (by_name.get((iso3, head)) if last in (ends or {}).get(iso3, ()) else None)
                or []
            )
            if len(ids) < 2 or len(cells) < 4:
                return ids[0] if len(ids) == 1 else None
            return min(ids, key=lambda place_id: self._point_distance(place_id, cells[2], cells[3]))

        return Placing(place, frozenset(frame["place_id"]))

    def by_entry(self, source: str, key: str) -> Placing:
        """Find the city of a listed thing: its country, and the cells that name it; `key` is what stands behind its id."""
        frame, every = self._matched_cities([source]), tables.read("city_matching", source_id=source)["source_place"]
        pairs = zip(frame["iso2"], frame["source_place"], frame["place_id"], strict=True)
        whole = {(iso2, name): place_id for iso2, name, place_id in pairs}
        first: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for (iso2, name), place_id in whole.items():
            first[iso2, re.split(key, name, maxsplit=1)[0]].add(place_id)

        def place(cells: Place) -> str | None:
            iso2, *names = cells
            names[-1] = re.sub(rf",?\s*{re.escape(iso2)}$", "", names[-1])
            exact = whole.get((iso2, " | ".join(names)))
            alike = first.get((iso2, names[0]), set())
            return exact or (next(iter(alike)) if len(alike) == 1 else None)

        ids = frozenset(re.split(key, name, maxsplit=1)[0] for name in every)
        return Placing(place, frozenset(frame["place_id"]), ids)

    def _matched_cities(self, sources: Iterable[str]) -> pd.DataFrame:
        frame = tables.read("city_matching", source_id=list(sources))
        ours = set(tables.read("cities")["place_id"])
        return frame[frame["place_id"].isin(ours)]

    def _city_labels(self, sources: Iterable[str]) -> dict[tuple[str, str], str]:
        frame = self._matched_cities(sources)
        return {
            (iso2, folded(re.sub(r"^[A-Z]{2}\d{3}C ", "", name))): place_id
            for iso2, name, place_id in zip(frame["iso2"], frame["source_place"], frame["place_id"], strict=True)
        }

    @cached_property
    def _city_points(self) -> dict[str, tuple[float, float]]:
        frame = tables.read("cities")
        return dict(zip(frame["place_id"], zip(frame["latitude"], frame["longitude"], strict=True), strict=True))

    def _point_distance(self, place_id: str, latitude: str, longitude: str) -> float:
        try:
            return math.dist(self._city_points[place_id], (float(latitude), float(longitude)))
        except ValueError:
            return math.inf


def folded(name: str) -> str:
    """Write a name for comparison: small letters without accents, marks and doubled spaces."""
    text = unicodedata.normalize("NFKD", name.replace("ı", "i")).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", " ", text.replace("&", "and")).strip()


def _m49_number(text: str) -> str:
    return text.strip().removesuffix(".0").zfill(3)
