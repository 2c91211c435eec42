"""Comparing what a file of a source says with what we have of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis import tables
from analysis.audit import digits, downloads, formats
from analysis.audit.declarations import SHOWN, Source, declared_sources
from analysis.audit.downloads import WrongFile
from analysis.audit.formats import Asides, Value
from analysis.audit.placing import Places, Placing
from analysis.errors import StudyError, did_you_mean

DIFFERS, MISSING, NEW, UNPLACED = "differs", "missing", "new", "not in city_matching.csv"
_EMPTY = ("", "..", ":", "na", "nan", "n/a", "-", "–", "…", "...", "null", "none")
_NAMED = 4  # years or indicators that a message names
Key = tuple[str, str, int]  # indicator (or column), place, year


@dataclass(frozen=True)
class Difference:
    """Where a file and our values do not agree; `row` is that of the file, 0 where it has none."""

    what: str
    indicator: str
    place: str
    year: int
    ours: str
    theirs: str
    row: int = 0
    name: str = ""
    iso3: str = ""


@dataclass
class Audit:
    """What came of a comparison.

    `same` counts our values that the file has too, `rounded` those of them that agree to the digits that both give,
    `elsewhere` our values that the file does not cover, by reason; `notes` is what else to know.
    """

    source: str
    file: str
    same: Counter[str] = field(default_factory=Counter)
    rounded: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    elsewhere: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def of(self, what: str) -> list[Difference]:
        """Give the differences of a kind."""
        return [difference for difference in self.differences if difference.what == what]

    @property
    def agrees(self) -> bool:
        """Say whether every value of ours that the file covers stands in it, unchanged."""
        return not self.of(DIFFERS) and not self.of(MISSING)


def audit_file(source: str, file: Path) -> Audit:
    """Compare our values of a source with a file of it.

    Raises
    ------
    StudyError
        Where there is no such source, or none of its files can be read by a machine.
    WrongFile
        Where the file is not one of the source, or damaged.
    """
    known = tables.read("sources")["source_id"].tolist()
    if source not in known:
        raise StudyError(
            f"No source '{source}' in data/indicators/sources.csv.{did_you_mean(source, known)} Known: {', '.join(known)}."
        )
    declared = declared_sources().get(source)
    if declared is None:
        raise StudyError(f"Nothing is known of the official file of '{source}'. Declare it in {SHOWN}.")
    if declared.by_hand:
        raise StudyError(f"The source '{source}' has no official file that a machine can compare. {declared.by_hand}")
    try:
        return _Comparison(source, declared, file).done()
    except WrongFile as error:
        raise WrongFile(f"'{file.name}' {error} What to download: docs/data.md, {source}.") from None


class _Comparison:
    """Our values of a source and those of a file, side by side."""

    def __init__(self, source: str, declared: Source, file: Path) -> None:
        self._source, self._declared, self._places = source, declared, Places()
        self._audit, self._asides = Audit(source, file.name), Asides()
        self._table = self._find_table(file)

    def _find_table(self, file: Path) -> formats.Found:
        """Find the table in the file, or say what it is instead."""
        sheets = downloads.open_sheets(file, self._declared.encodings)
        table = formats.find_table(sheets, self._declared.formats)
        if table is None:
            raise WrongFile(
                formats.cut_otherwise(sheets, self._declared.formats)
                or f"is no file of {self._source}: it has no {' and no '.join(map(str, self._declared.formats))}."
                + _other_source(sheets, self._source)
            )
        if table.sheet.cut:
            self._audit.notes.append("The text does not end with a line break: perhaps the download was cut off.")
        return table

    def done(self) -> Audit:
        """Compare."""
        theirs = self._file_values()
        if not theirs:
            raise WrongFile(f"has none of our indicators and places: {self._unread_series()}. Nothing was compared.")
        if not self._source_values:
            raise WrongFile(f"cannot be compared: no value of ours is from {self._source}. Nothing was compared.")
        decimals = digits.most((key[0], value.text) for key, values in theirs.items() for value in values)
        for key, text in self._source_values.items():
            self._compare_value(key, text, theirs.get(key, []), decimals.get(key[0], 0))
        if not self._audit.same.total() and not self._audit.of(DIFFERS):
            raise WrongFile(f"has none of our values: {self._extents_apart(theirs)}. Nothing was compared.")
        self._note_new(theirs)
        self._note_asides()
        self._audit.differences.sort(
            key=lambda difference: (
                difference.what,
                difference.indicator,
                difference.name or difference.place,
                difference.iso3,
                difference.year,
            )
        )
        return self._audit

    # -- what we have --

    @cached_property
    def _own_indicators(self) -> list[str]:
        return list(dict.fromkeys(self._declared.series.values()))

    @cached_property
    def _all_values(self) -> dict[Key, tuple[str, str]]:
        """Give our values, from whatever source, with the source of each."""
        name = self._declared.table
        if name != "values":
            frame = tables.read(name)
            id = "place_id" if name == "cities" else "iso3"
            return {
                (column, place, 0): (digits.written(value), self._source)
                for column in self._own_indicators
                for place, value in zip(frame[id], frame[column], strict=True)
                if not pd.isna(value)
            }
        frame = tables.read("values", indicator_id=self._own_indicators)
        rows = zip(
            frame["indicator_id"], frame["place_id"], frame["year"], frame["value"], frame["source_id"], strict=True
        )
        return {
            (indicator, place, int(year)): (digits.written(value), source)
            for indicator, place, year, value, source in rows
        }

    @cached_property
    def _source_values(self) -> dict[Key, str]:
        return {key: text for key, (text, source) in self._all_values.items() if source == self._source}

    @cached_property
    def _placing_of(self) -> Mapping[str, Placing]:
        levels = dict(zip(*(tables.read("catalogue")[name] for name in ("indicator_id", "level")), strict=True))
        city, country = self._declared.city_places, self._declared.places
        ways = {"city": city(self._places) if city else None, "country": None}
        if any(levels.get(indicator) != "city" for indicator in self._own_indicators):
            ways["country"] = country(self._places)
        placings = {
            indicator: ways["city"] if levels.get(indicator) == "city" else ways["country"]
            for indicator in self._own_indicators
        }
        return {indicator: way for indicator, way in placings.items() if way is not None}

    # -- what the file has --

    def _file_values(self) -> dict[Key, list[Value]]:
        """Give the values of the file by our keys; several where several places of the file lead to one of ours."""
        gathered: defaultdict[Key, defaultdict[tuple[str, ...], list[Value]]] = defaultdict(lambda: defaultdict(list))
        lost, entries = Counter[str](), list[Value]()
        empty = _EMPTY if self._declared.table == "values" else ("",)  # NA is Namibia
        for value in self._table.values(self._asides):
            indicator = self._declared.series.get(value.series)
            if indicator is None or value.text.casefold() in empty:
                continue
            place = self._placing_of[indicator].place(value.place)
            if place is None:
                lost[" ".join(value.place)] += 1
                entries.append(value)
                continue
            gathered[indicator, place, value.year][value.place].append(value)
        self._note_lost(lost, entries)
        if self._declared.counted:
            return {
                key: [_counted_entries([v for vs in by_place.values() for v in vs])]
                for key, by_place in gathered.items()
            }
        chosen = {
            key: [found_one for vs in by_place.values() if (found_one := self._whole_value(key, vs))]
            for key, by_place in gathered.items()
        }
        return {key: values for key, values in chosen.items() if values}

    def _whole_value(self, key: Key, values: list[Value]) -> Value | None:
        """Give the value of a place and year: the whole where there are parts too, a sum where several series make it."""
        series_needed = [series for series, indicator in self._declared.series.items() if indicator == key[0]]
        by_series = {}
        for series in series_needed:
            mine = [value for value in values if value.series == series]
            mine = [value for value in mine if not value.part] or mine
            if len({value.text for value in mine}) > 1:
                raise WrongFile(_ambiguity_of(mine))
            if mine:
                by_series[series] = self._translated_value(mine[0])
        if not self._declared.added:
            return next(iter(by_series.values()), None)
        return _sum_of(list(by_series.values())) if len(by_series) == len(series_needed) else None

    def _translated_value(self, value: Value) -> Value:
        """Write a name as our table does."""
        text = self._declared.codes.get(value.text, value.text)
        if value.series == "iso3" and len(text) == 2:
            text = self._places.by_iso2().place((text,)) or text
        return Value(value.series, value.place, value.year, text, value.row, value.part)

    # -- side by side --

    def _compare_value(self, key: Key, ours: str, theirs: list[Value], file_decimals: int) -> None:
        indicator, place, year = key
        if not theirs:
            if year not in self._covered_years(indicator):
                self._audit.elsewhere["of indicators or years that the file does not have"] += 1
            elif (reached := self._placing_of[indicator].reached) is not None and place not in reached:
                self._audit.elsewhere["of places whose name in the source is not known"] += 1
            else:
                self._note_difference(MISSING, key, ours, "", 0)
            return
        slack = digits.slack(ours, self._declared.decimals, file_decimals, self._most_decimals.get(indicator, 0))
        results = [(digits.compared(ours, value.text, slack), value) for value in theirs]
        result, value = min(results, key=lambda pair: pair[0])
        if result < 2:
            self._audit.same[indicator] += 1
            self._audit.rounded[indicator] += result
        else:
            self._note_difference(DIFFERS, key, ours, " or ".join(dict.fromkeys(v.text for v in theirs)), value.row)

    @cached_property
    def _most_decimals(self) -> dict[str, int]:
        return digits.most((key[0], text) for key, text in self._source_values.items())

    def _covered_years(self, indicator: str) -> set[int]:
        series = [name for name, measured in self._declared.series.items() if measured == indicator]
        return set().union(*(self._asides.years.get(name, set()) for name in series))

    def _note_difference(self, what: str, key: Key, ours: str, theirs: str, row: int) -> None:
        name, iso3 = self._place_names.get(key[1], ("", ""))
        self._audit.differences.append(Difference(what, *key, ours, theirs, row, name, iso3))

    @cached_property
    def _place_names(self) -> dict[str, tuple[str, str]]:
        cities, countries = tables.read("cities"), tables.read("countries")
        names = {iso3: (name, iso3) for iso3, name in zip(countries["iso3"], countries["country_en"], strict=True)}
        rows = zip(cities["place_id"], cities["name"], cities["iso3"], strict=True)
        return names | {place: (name, iso3) for place, name, iso3 in rows}

    def _note_new(self, theirs: Mapping[Key, list[Value]]) -> None:
        """Note what the file has within our indicators, places and years, and we have not."""
        years, elsewhere, beyond = defaultdict[str, set[int]](set), 0, defaultdict[str, set[int]](set)
        for indicator, _, year in self._source_values:
            years[indicator].add(year)
        for key, values in theirs.items():
            indicator, place, year = key
            if key in self._all_values:
                elsewhere += key not in self._source_values
            elif year not in years[indicator]:
                beyond[indicator].add(year)
            elif place in self._place_names and len(values) == 1 and self._declared.table == "values":
                if reason := self._left_out(key, values[0].text):
                    self._audit.elsewhere[f"in the file, left out on purpose ({reason})"] += 1
                else:
                    self._note_difference(NEW, key, "", values[0].text, values[0].row)
        if elsewhere:
            self._audit.notes.append(f"Values of the file that are ours from another source: {elsewhere}.")
        for indicator, years_beyond in beyond.items():
            later = sorted(year for year in years_beyond if year > max(years[indicator], default=0))
            if later:
                self._audit.notes.append(
                    f"{indicator}: the file goes on to {later[-1]}, ours ends with {max(years[indicator])}."
                )

    def _left_out(self, key: Key, text: str) -> str:
        iso3 = self._place_names[key[1]][1]
        for omission in self._declared.left_out:
            same = omission.indicator == key[0] and omission.iso3 == iso3 and key[2] in omission.years
            if same and (not omission.text or digits.decimal(omission.text) == digits.decimal(text)):
                return omission.why
        return ""

    # -- what else to know --

    def _note_lost(self, lost: Mapping[str, int], entries: list[Value]) -> None:
        if self._declared.counted:
            indicator = self._own_indicators[0]
            self._audit.differences += [
                Difference(
                    UNPLACED,
                    indicator,
                    " | ".join(value.place[1:]),
                    value.year,
                    "",
                    "1",
                    value.row,
                    iso3=value.place[0],
                )
                for value in entries
                if value.place[1] not in self._placing_of[indicator].listed
            ]
        elif lost and self._declared.table == "values":
            examples = ", ".join(sorted(lost)[:5]) + (", ..." if len(lost) > 5 else "")
            self._audit.notes.append(
                f"Places of the file that are not ours: {len(lost)} ({examples}). They are groups of countries, or were never matched."
            )

    def _note_asides(self) -> None:
        for (series, column), codes in sorted(self._asides.parts.items()):
            indicator = self._declared.series.get(series)
            if indicator and not self._asides.years.get(series):
                self._audit.notes.append(
                    f"{series} ({indicator}) was not compared: '{column}' is {', '.join(sorted(codes)[:6])}, and the codes that are "
                    f"ours are others. See {SHOWN}."
                )
        for indicator in self._own_indicators:
            rounded, decimals = self._audit.rounded[indicator], self._declared.decimals
            if rounded:
                how = (
                    "the file gives fewer decimals than we have"
                    if decimals is None
                    else f"our copy was rounded to {decimals} decimals"
                )
                self._audit.notes.append(f"{indicator}: {rounded} values agree after rounding; {how}.")

    def _extents_apart(self, theirs: Iterable[Key]) -> str:
        """Say, by indicator, which places and years the file has and which are ours: why nothing could be compared."""
        theirs, parts = list(theirs), []
        for indicator in self._own_indicators:
            has, ours = (
                [key for key in theirs if key[0] == indicator],
                [key for key in self._source_values if key[0] == indicator],
            )
            if has and ours:
                parts.append(f"{indicator}: the file has {_extent_of(has)}; ours are {_extent_of(ours)}")
        has_not = {key[0] for key in self._source_values} - {key[0] for key in theirs}
        rest = (
            [f"of {', '.join(sorted(has_not)[:_NAMED])} the file has no place or year that we know"] if has_not else []
        )
        return ". ".join([*parts[:_NAMED], *rest])

    def _unread_series(self) -> str:
        names = ", ".join(f"{series}" for series in list(self._declared.series)[:8])
        wrong = [f"'{column}' is {', '.join(sorted(codes)[:6])}" for (_, column), codes in self._asides.parts.items()]
        return f"series are called {names}" + (
            f"; {'; '.join(wrong)}, which are not the parts that are ours" if wrong else ""
        )


def _other_source(sheets: list[downloads.Sheet], source: str) -> str:
    """Name the source that a file looks like one of, or show how it begins."""
    declared = declared_sources()
    others = {name: other.formats for name, other in declared.items() if other.formats != declared[source].formats}
    alike = [name for name, layouts in others.items() if formats.find_table(sheets, layouts)]
    if alike:
        return f" It looks like one of {' or '.join(alike)}."
    for sheet in sheets:
        for _, cells in sheet.rows(",", True):
            if any(cells):
                return f" It begins with: {', '.join(cells)[:120]}."
    return ""


def _extent_of(keys: Sequence[Key]) -> str:
    """Say of how many places and which years values are."""
    places, years = {place for _, place, _ in keys}, sorted({year for _, _, year in keys if year})
    spans = f"{years[0]} to {years[-1]}" if len(years) > _NAMED else ", ".join(map(str, years))
    noun = "place" if len(places) == 1 else "places"
    return f"{len(places)} {noun}" + (f" in {spans}" if years else "")


def _ambiguity_of(values: list[Value]) -> str:
    first, second = values[0], next(value for value in values if value.text != values[0].text)
    parts = f" ({first.part or 'the whole'}; {second.part or 'the whole'})" if first.part or second.part else ""
    return (
        f"has two values of {first.series} for {' '.join(first.place)}, {first.year}: {first.text} in row {first.row} and "
        f"{second.text} in row {second.row}{parts}. Expected: one. Download the series without its parts, or declare which "
        f"part is ours in {SHOWN}."
    )


def _counted_entries(values: list[Value]) -> Value:
    first = values[0]
    return Value(first.series, first.place, first.year, str(len(values)), first.row)


def _sum_of(values: list[Value]) -> Value:
    numbers = [digits.decimal(value.text) for value in values]
    text = (
        " + ".join(value.text for value in values) if None in numbers else f"{sum(n for n in numbers if n is not None)}"
    )
    return Value(values[0].series, values[0].place, values[0].year, text, values[0].row)
