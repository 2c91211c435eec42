"""The profile of one city: what is measured for it, what is not, and its national context."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis import figures, prose, statistics, tables
from analysis.chapters.common import Base, Indicator, in_short, usable
from analysis.chapters.setting import MINIMUM_GROUP
from analysis.errors import UnknownCell
from analysis.exhibits import Exhibit, Listing, Paragraph, Section
from analysis.provenance import remembered

COMPLETE = "flag"  # kind of an indicator whose list is complete: a city without a row was not on it


@dataclass(frozen=True)
class Standing:
    """The newest value of the city on an indicator, among the cities of its region, or of its country where only those compare."""

    indicator: Indicator
    value: float
    year: int
    group: str
    among: pd.DataFrame
    spread: statistics.Distribution

    @property
    def quarter(self) -> str:
        """Say in which quarter of the distribution the city stands; that is no rank."""
        return statistics.quarter(self.value, self.spread)


@dataclass(frozen=True)
class CityProfile(Base):
    """Where one city stands in each distribution of cities, what is not known about it, and its national context.

    Parameters
    ----------
    lang
        Language of the reader.
    place
        GeoNames id of the city, as in the table `cities`.

    Raises
    ------
    UnknownCell
        Where the table has no such place.
    """

    place: str

    def __post_init__(self) -> None:
        """Refuse a place that is not in the table."""
        super().__post_init__()
        if self.row is None:
            raise UnknownCell(f"There is no city with the GeoNames id '{self.place}' in data/places/cities.csv.")

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"city-{self.place}"

    @remembered
    def row(self) -> Any:
        """Read the city itself; `None` where it is not known."""
        found = tables.read("cities", place_id=self.place)
        return None if found.empty else found.iloc[0]

    @property
    def name(self) -> str:
        """Name the city."""
        return self.city_name(self.place, str(self.row["name"]))

    @property
    def country_name(self) -> str:
        """Name its country."""
        return self.words.country(str(self.row["iso3"]))

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("{city}, {country}", city=self.name, country=self.country_name)

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.facts, self.stands, self.listed, self.national])

    @remembered
    def _values(self) -> pd.DataFrame:
        """Read all values of the city that are usable."""
        return usable(tables.read("values", level="city", place_id=self.place))

    @remembered
    def _measured(self) -> list[Indicator]:
        """List the city-level indicators of all axes that measure places."""
        every = [one for axis in self.study.axes for one in self.indicators(axis, "city")]
        return [one for one in every if one.measures]

    @remembered
    def _region(self) -> tuple[str, "pd.Series[str]"]:
        """Name the region of the city, and give the countries of the region."""
        countries = tables.read("countries")
        region = countries.loc[countries["iso3"] == self.row["iso3"], "region"].iloc[0]
        if pd.isna(region):
            return self.words.say("no region"), countries.loc[countries["iso3"] == self.row["iso3"], "iso3"]
        name = self.words.text(tables.read("regions", region=region).iloc[0], "name")
        return name, countries.loc[countries["region"] == region, "iso3"]

    @remembered
    def standings(self) -> list[Standing]:
        """Place the city on each indicator that it has a value of, and that may be read for a single city."""
        found = []
        for indicator in self._measured:
            own = self._values[self._values["indicator_id"] == indicator.id].sort_values("year")
            if own.empty or indicator.kind == "ratio":
                continue
            value, year = float(own["value"].iloc[-1]), int(own["year"].iloc[-1])
            years = range(year - indicator.window, year + 1)
            among = statistics.latest(indicator.values(years), year, indicator.window)
            group, countries = self._region
            if indicator.over_time == "within_country":
                group, countries = self.country_name, pd.Series([self.row["iso3"]])
            among = among[among["iso3"].isin(countries)]
            if len(among) >= MINIMUM_GROUP:
                found.append(Standing(indicator, value, year, group, among, statistics.distribution(among["value"])))
        return found

    # what the city is

    @remembered
    def facts(self) -> Section:
        """Say where the city is, how large its agglomeration is, and in which editions it is documented."""
        say = self.words.say
        editions = [str(year) for year in tables.read("participants", place_id=self.place)["edition"]]
        if editions:
            text = say("{city} is documented as a participant of the study in {editions}.", city=self.name,
                       editions=self.words.listed(editions))  # fmt: skip
        else:
            text = say(
                "{city} is not named as a participant in the pages seen; most editions name no city.", city=self.name
            )
        if self.place == self.study.lead_city:
            text += " " + say("It leads the Community of Practice.")
        return Section([Paragraph(self._size()), Paragraph(text, "note")])

    def _size(self) -> str:
        say = self.words.say
        frame = self._values[self._values["indicator_id"] == "ctx_city_population"]
        known = frame[frame["flag"] != "projection"].sort_values("year")
        if known.empty:
            return say(
                "{city}, {country}: the population of the agglomeration is not in the data used, which hold large "
                "agglomerations alone.", city=self.name, country=self.country_name,
            )  # fmt: skip
        last = known.iloc[-1]
        return say(
            "{city}, {country}: the agglomeration, not the municipality, had about {n} inhabitants in {year}.",
            city=self.name, country=self.country_name, year=int(last["year"]),
            n=self.words.number(round(last["value"]) * 1000),
        )  # fmt: skip

    # where it stands

    @remembered
    def stands(self) -> Section:
        """Show where the city stands on each indicator measured for cities."""
        say = self.words.say
        total = len(self._measured)
        if not self.standings:
            text = say(
                "None of the {n} indicators measured for cities can be shown for {city}.", n=total, city=self.name
            )
            return Section([Paragraph(text, "gap")])
        text = self.words.count(
            "{n} of the {total} indicators measured for cities is known for {city}.",
            "{n} of the {total} indicators measured for cities are known for {city}.",
            len(self.standings), total=self.words.number(total), city=self.name,
        )  # fmt: skip
        return Section([Paragraph(f"{text} {self._where()}", "finding"), self._exhibit()])

    def _where(self) -> str:
        """Say in which part of each distribution the city stood, with the year of its value and the group."""
        return " ".join(
            self.words.count(
                "“{name}”: {value} in {year}, {place} of {n} city ({group}, {years}).",
                "“{name}”: {value} in {year}, {place} of {n} cities ({group}, {years}).",
                one.spread.n, name=one.indicator.label, value=one.indicator.value(one.value), year=one.year,
                place=prose.place_in(one.quarter, self.words), group=one.group, years=self._years(one),
            )
            for one in self.standings
        )  # fmt: skip

    def _exhibit(self) -> Exhibit:
        say = self.words.say
        rows, frames = [], []
        for one in self.standings:
            indicator, spread = one.indicator, one.spread
            texts = [indicator.value(value) for value in (one.value, spread.q1, spread.median, spread.q3)]
            rows.append((indicator.name, texts[0], str(one.year), self._compared(one), *texts[1:]))
            frames.append(one.among.assign(indicator=indicator.id, unit=indicator.unit))
        table = pd.DataFrame(rows, columns=[say("Indicator"), self.name, say("Year"), say("Compared with"),
                                            say("Lower quartile"), say("Median"), say("Upper quartile")])  # fmt: skip
        names = tables.read("cities")[["place_id", "name"]]
        data = self.with_terms(pd.concat(frames, ignore_index=True)).merge(names, on="place_id", how="left")
        strips = [
            figures.Spread(
                self.words.count("{name}, {unit} ({n} city, {years})", "{name}, {unit} ({n} cities, {years})", one.spread.n,
                                 name=one.indicator.label, unit=say(one.indicator.unit), years=self._years(one)),
                tuple(one.among["value"]), (figures.Mark(self.name, one.value, lead=True),),
            )
            for one in self.standings
        ]  # fmt: skip
        caveats = [f"{one.indicator.label}: {one.indicator.caveat}" for one in self.standings if one.indicator.caveat]
        alt = [
            say("{name}: {value}, quartiles {low} and {high}", name=one.indicator.label,
                value=one.indicator.value(one.value), low=one.indicator.value(one.spread.q1),
                high=one.indicator.value(one.spread.q3))
            for one in self.standings
        ]  # fmt: skip
        return Exhibit(
            id=f"{self.id}-standing", table=table,
            title=self._middle(),
            subtitle=say("Each line is a city of the same region ({region}), or country where only those compare; band: middle half; "
                         "thick line: median; dot: {city}. No rank.", city=self.name, region=self._region[0]),
            alt=say("Strips of cities with {city} marked.", city=self.name) + f" {'; '.join(alt)}.",
            data=data[["indicator", "place_id", "name", "iso3", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), notes=tuple(caveats), language=self.words,
            draw=partial(_draw, strips, [one.indicator for one in self.standings]),
        )  # fmt: skip

    def _compared(self, one: Standing) -> str:
        """Say what the city is compared with."""
        return self.words.count("{group}, {n} city, {years}", "{group}, {n} cities, {years}", one.spread.n,
                                group=one.group, years=self._years(one))  # fmt: skip

    def _years(self, one: Standing) -> str:
        return self.words.years(int(one.among["year"].min()), int(one.among["year"].max()))

    def _middle(self) -> str:
        """Say on how many indicators the city lies within the middle half."""
        inside = sum(one.quarter in ("lower_middle", "upper_middle") for one in self.standings)
        return self.words.count(
            "{city}: within the middle half of comparable cities on {inside} of {n} indicator",
            "{city}: within the middle half of comparable cities on {inside} of {n} indicators",
            len(self.standings), city=self.name, inside=self.words.number(inside),
        )  # fmt: skip

    # what is listed

    @remembered
    def listed(self) -> Section:
        """Show what lists know of the city; only where a list is complete does a city without a row not belong to it."""
        say = self.words.say
        listings = [
            one for axis in self.study.axes for one in self.indicators(axis, "city") if not one.measures
        ]  # fmt: skip
        rows, known, absent = [], [], []
        for indicator in listings:
            own, complete = self._values[self._values["indicator_id"] == indicator.id], indicator.kind == COMPLETE
            date = self._date_of(indicator) if complete or len(own) else ""
            if len(own):
                # counts of a list tell who is known to it, no quantity
                rows.append((indicator.name, say("yes") if complete else say("listed"), date))
                known.append(self.words.within(indicator.label))
            elif complete:
                rows.append((indicator.name, say("no"), date))
                absent.append(say("The list of “{name}” is complete: {city} was not on it ({date}).",
                                  name=indicator.label, city=self.name, date=date))  # fmt: skip
            else:
                rows.append((indicator.name, say("not known"), date))
        table = pd.DataFrame(rows, columns=[say("List"), self.name, say("Date of the list")])
        if known:
            text = say("Lists name {city} for {what}.", city=self.name, what=self.words.listed(known))
        else:
            text = say("None of the lists used names {city}; where a list is not complete, that does not mean that it has "
                       "none.", city=self.name)  # fmt: skip
        return Section([Paragraph(" ".join([text, *absent]), "finding" if known or absent else "gap"),
                        Listing(f"{self.id}-listed", say("What lists know of the city"), table)])  # fmt: skip

    def _date_of(self, indicator: Indicator) -> str:
        """Give the date of a list, as its source has it, else its year."""
        version = str(self.source_rows([indicator.row["source_id"]]).iloc[0]["version_date"])
        found = re.search(r"\d{4}-\d{2}-\d{2}", version)
        return self.words.date(found[0]) if found else str(int(indicator.values()["year"].max()))

    # what is not known

    @remembered
    def unknown(self) -> Section:
        """List the indicators measured for cities that the city has no value of, or none that may be read alone."""
        say = self.words.say
        shown = {one.indicator.id for one in self.standings}
        own = set(self._values["indicator_id"])
        rows = []
        for indicator in self._measured:
            if indicator.id in shown:
                continue
            reason = say("not in the data used")
            if indicator.id in own:
                unstable = indicator.kind == "ratio"
                reason = say("too unstable for a single city") if unstable else say("too few cities to compare with")
            rows.append((self.axis_name(str(indicator.row["axis"])), indicator.name, reason))
        if not rows:
            return Section([Paragraph(say("Every indicator measured for cities is known for {city}.", city=self.name))])
        text = self.words.count(
            "{n} indicator measured for other cities cannot be shown for {city}.",
            "{n} indicators measured for other cities cannot be shown for {city}.", len(rows), city=self.name,
        )  # fmt: skip
        table = pd.DataFrame(rows, columns=[say("Axis"), say("Indicator"), say("Why it is not shown")])
        return Section([Paragraph(text, "gap"), Listing(f"{self.id}-unknown", say("Not known of the city"), table)])

    # its country

    @remembered
    def national(self) -> Section:
        """Show the values of the country among the reporting countries: the setting of the city, not its result."""
        say = self.words.say
        iso3, rows = str(self.row["iso3"]), []
        for axis in self.study.axes:
            for indicator in self.indicators(axis, "country"):
                own = usable(tables.read("values", indicator_id=indicator.id, place_id=iso3)).sort_values("year")
                if own.empty:
                    continue
                value, year = float(own["value"].iloc[-1]), int(own["year"].iloc[-1])
                years = range(year - indicator.window, year + 1)
                spread = statistics.distribution(
                    statistics.latest(indicator.values(years), year, indicator.window)["value"]
                )
                quarter = statistics.quarter(value, spread)
                rows.append((self.axis_name(axis), indicator.name, indicator.value(value), str(year),
                             prose.place_in(quarter, self.words), self.words.number(spread.n)))  # fmt: skip
        if not rows:
            return Section([Paragraph(say("No country-level indicator has a value for {country}.", country=self.country_name), "gap")])  # fmt: skip
        text = self.words.count(
            "{n} indicator is known for {country}. It is the setting of the city, not its result.",
            "{n} indicators are known for {country}. They are the setting of the city, not its result.",
            len(rows), country=self.country_name,
        )  # fmt: skip
        columns = [say("Axis"), say("Indicator"), self.country_name, say("Year"), say("Where it stands"), say("Countries")]  # fmt: skip
        table = pd.DataFrame(rows, columns=columns)
        caption = say("National context: {country}", country=self.country_name)
        return Section([Paragraph(text, "note"), Listing(f"{self.id}-national", caption, table)])

    @remembered
    def sources(self) -> Section:
        """List sources, caveats and what was read."""
        used = [source for one in self.standings for source in one.among["source_id"].unique()]
        used += list(self._values["source_id"].unique())
        caveats = [(one.indicator.name, one.indicator.caveat) for one in self.standings]
        return Section([*self.source_list(used, caveats, self.id), *self.provenance(self.id).parts])


def _draw(rows: Sequence[figures.Spread], indicators: Sequence[Indicator], wide: bool) -> Figure:
    return figures.strips(rows, "cross", wide, [indicator.short for indicator in indicators])
