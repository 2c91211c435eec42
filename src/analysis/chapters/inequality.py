"""How unequal places are on an axis, how much of it lies between regions, and whether they converge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import figures, inequality, prose, statistics, tables
from analysis.alternatives import PERCENTILE
from analysis.chapters.common import Indicator, in_short
from analysis.chapters.robust import Family, Statement
from analysis.chapters.setting import MINIMUM, MINIMUM_GROUP, OfAxis
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.provenance import remembered

SEED = 2012  # of every interval by bootstrap; the year of the first edition
RATIO, DISTANCE, NONE = "ratio", "distance", "none"  # what the catalogue lets one measure
GINI = "gini"
WITHIN = "within_country"  # `over_time` of what compares within one country alone
VERDICTS = ("narrower", "wider", "open", "depends")


@dataclass(frozen=True)
class State:
    """The newest value of each place of an indicator, with the group and, where it is known, the weight of each."""

    indicator: Indicator
    level: str
    frame: pd.DataFrame

    @property
    def values(self) -> "pd.Series[float]":
        """Give the values."""
        return self.frame["value"]

    @property
    def weighted(self) -> pd.DataFrame:
        """Keep the places whose weight is known."""
        return self.frame.dropna(subset=["weight"])

    @property
    def years(self) -> tuple[int, int]:
        """Give the first and last year of the values."""
        return int(self.frame["year"].min()), int(self.frame["year"].max())


@dataclass(frozen=True)
class Reading:
    """One measure of the same places in two years, with intervals, and the interval of its change."""

    measure: str  # GINI, relative to the mean; or DISTANCE, absolute
    values: tuple[float, float]
    intervals: tuple[tuple[float, float], tuple[float, float]]
    change: tuple[float, float]

    @property
    def verdict(self) -> str:
        """Say `narrower` or `wider` where the interval of the change leaves out zero, else `open`."""
        if self.change[1] < 0:
            return "narrower"
        return "wider" if self.change[0] > 0 else "open"


@dataclass(frozen=True)
class Convergence:
    """What the measures that suit an indicator say of the same places in two years: two on a ratio scale, else one."""

    indicator: Indicator
    level: str
    span: statistics.Change
    readings: tuple[Reading, ...]

    @property
    def verdict(self) -> str:
        """Give the verdict on which all measures agree, else `depends`."""
        found = {one.verdict for one in self.readings}
        return found.pop() if len(found) == 1 else "depends"


@dataclass(frozen=True)
class Inequality(OfAxis):
    """How unequal countries and cities are on the indicators of an axis, and whether the differences close.

    Parameters
    ----------
    lang
        Language of the reader.
    axis
        Axis of the study.
    """

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"inequality-{self.axis}"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Inequality: {axis}", axis=self.words.within(self.axis_name(self.axis)))

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.countries, self.regions, self.convergence, self.cities, self.measures])

    # which measure suits

    @remembered
    def measures(self) -> Section:
        """Say which measure suits each indicator, as the catalogue decides, and why."""
        say = self.words.say
        reasons = {
            RATIO: say("counts from a true zero: Gini, Theil and ratios of quantiles"),
            DISTANCE: say("bounded above and below: the distance between quantiles, in its own unit; Gini and Theil would "
                          "turn with the choice of what is counted"),
            NONE: say("signed, relative or unstable, or a list: no measure of inequality; at most the share of differences "
                      "in rank between groups"),
            WITHIN: say("comparable within one country alone: no measure across places"),
        }  # fmt: skip
        listed = [(one, level) for level in ("city", "country") for one in self.indicators(self.axis, level)]
        suits = [WITHIN if one.over_time == WITHIN else one.inequality for one, _ in listed]
        rows = [(one.name, self._level(level), reasons[kind]) for (one, level), kind in zip(listed, suits, strict=True)]
        without = sum(kind in (NONE, WITHIN) for kind in suits)
        text = self.words.count(
            "For {n} of the {total} indicators of this axis no measure of inequality would be sound.",
            "For {n} of the {total} indicators of this axis no measure of inequality would be sound.",
            without, total=len(rows),
        ) if without else say("A measure of inequality suits every indicator of this axis.")  # fmt: skip
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Level"), say("What suits it")])
        parts: list[Part] = [Paragraph(text, "note")]
        if left_out := [one.label for one, _ in listed if one.over_time == WITHIN]:
            text = say("Left out of this page, since definitions differ from country to country: {names}.",
                       names=self.words.listed(left_out))  # fmt: skip
            parts.append(Paragraph(text, "note"))
        return Section([*parts, Listing(f"{self.id}-measures", say("Which measure suits"), table)])

    def _level(self, level: str) -> str:
        return self.words.say("cities") if level == "city" else self.words.say("countries")

    # the state

    @remembered
    def _states(self) -> list[State]:
        """Take the newest values, within the window of the indicator before its fullest recent year."""
        found = []
        for level in ("country", "city"):
            for indicator in self.indicators(self.axis, level):
                if not indicator.measures or indicator.over_time == WITHIN:
                    continue
                newest = self.once(("newest", indicator.id, indicator.window, indicator.release),
                                   partial(self._newest, indicator))  # fmt: skip
                if len(newest) < self.choices.minimum or indicator.kind == "ratio":
                    continue
                grouped = self.once(("grouped", indicator.id, indicator.window, indicator.release),
                                    partial(self._with_groups, indicator, newest))  # fmt: skip
                found.append(State(indicator, level, grouped))
        return found

    def _newest(self, indicator: Indicator) -> pd.DataFrame:
        frame = self._values(indicator)
        return statistics.latest(frame, int(frame["year"].max()), indicator.window)

    def _values(self, indicator: Indicator) -> pd.DataFrame:
        return self.once(("values", indicator.id, indicator.release), indicator.values)

    def _with_groups(self, indicator: Indicator, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the region of each place and, where the catalogue names one, its weight."""
        out = frame.assign(region=frame["iso3"].map(self.region_of), weight=np.nan)
        weights = self.once(("weights", indicator.weights), partial(self._weights, indicator.weights))
        if weights is not None:
            keys = pd.MultiIndex.from_arrays([out["place_id"], out["year"]])
            out["weight"] = weights.reindex(keys).to_numpy()
            if indicator.weights == "agglomeration":  # known for three years only: the nearest is taken
                nearest = weights.groupby(level=0).last()
                out["weight"] = out["weight"].fillna(out["place_id"].map(nearest))
        return out.dropna(subset=["region"]).reset_index(drop=True)

    @staticmethod
    def _weights(kind: str) -> "pd.Series[float] | None":
        """Give inhabitants by place and year: of the country, of its cities, or of the agglomeration."""
        if not kind:
            return None
        if kind == "agglomeration":
            frame = tables.read("values", indicator_id="ctx_city_population")
            return frame[frame["flag"] != "projection"].set_index(["place_id", "year"])["value"].sort_index()
        urban = tables.read("values", indicator_id="ctx_urban_population").set_index(["place_id", "year"])["value"]
        if kind == "urban":
            return urban
        share = tables.read("values", indicator_id="ctx_urban_share").set_index(["place_id", "year"])["value"]
        return (100 * urban / share).dropna()  # all inhabitants: the urban ones by their share

    @remembered
    def countries(self) -> Section:
        """Say how unequal countries are, by the measure that suits each indicator."""
        states = [one for one in self._states if one.level == "country"]
        return self._unequal(states, "country")

    @remembered
    def cities(self) -> Section:
        """Say how unequal cities are, where indicators measure cities."""
        states = [one for one in self._states if one.level == "city"]
        parts = list(self._unequal(states, "city").parts)
        if grouped := self._in_countries:
            parts += [Paragraph(self._between_sentence(grouped, "iso3"), "finding"), *self.noted("iso3"),
                      self._shares_exhibit(grouped, "cities", "iso3")]  # fmt: skip
        return Section(parts)

    @property
    def _in_countries(self) -> list[State]:
        """Keep the cities of countries with enough of them, of the indicators that have three such countries."""
        return [kept for one in self._states if one.level == "city" and (kept := _within_countries(one))]

    def _unequal(self, states: list[State], level: str) -> Section:
        say = self.words.say
        measured = [one for one in states if one.indicator.inequality != NONE]
        if not measured:
            what = say("cities") if level == "city" else say("countries")
            text = say("No indicator of this axis lets one measure how unequal {what} are.", what=what)
            return Section([Paragraph(text, "gap")])
        parts: list[Part] = [Paragraph(self._state_sentence(one), "finding") for one in measured]
        rows = [self._state_row(one) for one in measured]
        columns = [say("Indicator"), say("Year"), say("Places"), say("A tenth at or below"), say("Nine tenths at or below"),
                   say("Distance"), say("Ratio"), "Gini", "Theil", say("of it between regions"),
                   say("Weighted by inhabitants")]  # fmt: skip
        table = pd.DataFrame(rows, columns=columns)
        caption = say("How unequal cities are") if level == "city" else say("How unequal countries are")
        return Section([*parts, Listing(f"{self.id}-{level}", caption, table)])

    def _state_sentence(self, one: State) -> str:
        words, indicator, values = self.words, one.indicator, one.values.to_numpy()
        texts: dict[str, Any] = {
            "name": indicator.named, "places": self.places(one.level, len(values)), "years": words.years(*one.years),
            "low": indicator.value(inequality.quantile(values, inequality.TENTH)),
            "high": indicator.value(inequality.quantile(values, inequality.NINE_TENTHS)),
        }  # fmt: skip
        text = words.say("{name}, {places}, {years}: a tenth are at or below {low}, nine tenths at or below {high}.",
                         **texts)  # fmt: skip
        if indicator.inequality == RATIO:
            low, high = inequality.bootstrap(lambda rows: inequality.ginis(values[rows]), len(values), SEED)
            text += " " + words.say("Gini {gini} ({confidence} by bootstrap: {low} to {high}).", gini=words.number(inequality.gini(values), 2),
                                    low=words.number(low, 2), high=words.number(high, 2),
                                    confidence=prose.confidence(words))  # fmt: skip
        return text

    def _state_row(self, one: State) -> tuple[str, ...]:
        words, indicator, values = self.words, one.indicator, one.values
        number = partial(words.number, decimals=2)
        low, high = (inequality.quantile(values, share) for share in (inequality.TENTH, inequality.NINE_TENTHS))
        ratio_scale = indicator.inequality == RATIO
        times = inequality.ratio(values) if ratio_scale else None
        theil = inequality.theil(values, one.frame["region"]) if ratio_scale else None
        return (
            indicator.name, words.years(*one.years), words.number(len(values)), indicator.value(low), indicator.value(high),
            self._apart(indicator, high - low), self._two_digits(times) if times else "",
            number(inequality.gini(values)) if ratio_scale else "", number(theil.total) if theil else "",
            words.percent(100 * theil.between / theil.total) if theil else "", self._weighted(one),
        )  # fmt: skip

    def _apart(self, indicator: Indicator, value: float) -> str:
        """Write a distance between values: between percentages, in percentage points."""
        if not indicator.unit.startswith("%"):
            return indicator.value(value)
        number = self.words.number(value, int(indicator.row["decimals"]))
        if number == self.words.number(1):
            return self.words.say("{number} percentage point", number=number)
        return self.words.say("{number} percentage points", number=number)

    def _two_digits(self, value: float) -> str:
        """Write a ratio of uncertain numbers with two significant digits."""
        digits = 1 - floor(log10(value))
        return self.words.number(round(value, digits), max(0, digits))

    def _weighted(self, one: State) -> str:
        """Write the measure weighted by inhabitants, and for how many places they are known."""
        known = one.weighted
        if len(known) < MINIMUM:
            return ""
        if one.indicator.inequality == RATIO:
            measure = "Gini " + self.words.number(inequality.gini(known["value"], known["weight"]), 2)
        else:
            apart = self._apart(one.indicator, inequality.distance(known["value"], known["weight"]))
            measure = self.words.say("distance {value}", value=apart)
        return self.words.say("{measure} (n = {n})", measure=measure, n=self.words.number(len(known)))

    # between regions

    @remembered
    def regions(self) -> Section:
        """Show how much of the differences between countries lies between regions."""
        states = [one for one in self._states if one.level == "country"]
        if not states:
            return Section([Paragraph(self.words.say("No country-level indicator of this axis has values."), "gap")])
        return Section([Paragraph(self._between_sentence(states, "region"), "finding"), *self.noted("region"),
                        self._shares_exhibit(states, "regions", "region")])  # fmt: skip

    def _shares(self, states: list[State], group: str) -> list[tuple[State, float, tuple[float, float]]]:
        found = []
        for one in states:
            values, groups = one.values.to_numpy(), one.frame[group].to_numpy()
            low, high = inequality.interval_between(values, groups, SEED)
            found.append((one, 100 * inequality.between_groups(values, groups), (100 * low, 100 * high)))
        return found

    def _by_share(self, states: list[State], group: str) -> list[State]:
        """Order indicators by how much of the differences lies between groups, the least first."""

        def share(one: State) -> float:
            key = ("share", one.indicator.id, one.indicator.window, one.indicator.release, group)
            return self.once(key, lambda: inequality.between_groups(one.values, one.frame[group]))

        return sorted(states, key=share)

    def _ends(self, states: list[State], group: str) -> dict[str, str]:
        """Name the indicators with the least and the most between groups, and of how many places that holds."""
        percent, within = self.words.percent, self.words.within
        found = self._by_share(states, group)
        shares = [100 * inequality.between_groups(one.values, one.frame[group]) for one in (found[0], found[-1])]
        return {"least": percent(shares[0]), "most": percent(shares[1]),
                "low": within(found[0].indicator.label), "high": within(found[-1].indicator.label),
                "low_of": self._number_in_groups(found[0], group), "high_of": self._number_in_groups(found[-1], group)}  # fmt: skip

    def _number_in_groups(self, one: State, group: str) -> str:
        places, groups = self.places(one.level, len(one.frame)), one.frame[group].nunique()
        if group == "iso3":
            return self.words.say("{places} of {groups}", places=places, groups=self.places("country", groups))
        return self.words.count("{places} of {n} region", "{places} of {n} regions", groups, places=places)

    def _between_sentence(self, states: list[State], group: str) -> str:
        """Say how much of the differences lies between groups; where an alternative changes the ends, in how many they hold."""
        tally = self.tally(group, group)
        if tally is None:
            return self._between(states, group)
        return f"{self._between(states, group)} " + self.words.say(
            "That these indicators are those at both ends holds in {holds} of {total} alternative choices.", **tally
        )

    def _between(self, states: list[State], group: str) -> str:
        say, given = self.words.say, self._ends(states, group)
        if group == "iso3":
            if len(states) == 1:
                return say("Of the differences in rank between cities, {most} lie between countries for {high} ({high_of}).",
                           **given)  # fmt: skip
            return say("Of the differences in rank between cities, {least} ({low}, {low_of}) to {most} ({high}, {high_of}) lie "
                       "between countries; the rest lies between cities of one country.", **given)  # fmt: skip
        if len(states) == 1:
            return say("Of the differences in rank between countries, {most} lie between regions for {high} ({high_of}).",
                       **given)  # fmt: skip
        return say("Of the differences in rank between countries, {least} ({low}, {low_of}) to {most} ({high}, {high_of}) lie "
                   "between regions; the rest lies between countries of one region.", **given)  # fmt: skip

    def _shares_title(self, states: list[State], group: str) -> str:
        say, given = self.words.say, self._ends(states, group)
        if group == "iso3":
            if len(states) == 1:
                return say("Between countries lie {most} of the differences between cities: {high}", **given)
            return say("Between countries lie {least} to {most} of the differences between cities", **given)
        if len(states) == 1:
            return say("Between regions lie {most} of the differences between countries: {high}", **given)
        return say("Between regions lie {least} to {most} of the differences between countries", **given)

    def _shares_exhibit(self, states: list[State], what: str, group: str) -> Exhibit:
        say, words = self.words.say, self.words
        rows, drawn, data = [], [], []
        found = self._shares(states, group)
        for one, share, (low, high) in found:
            places, years = self.places(one.level, len(one.frame)), words.years(*one.years)
            text = words.say("{share} (n = {n})", share=words.percent(share), n=words.number(len(one.frame)))
            drawn.append(figures.Share(one.indicator.label, share, text, low, high))
            groups = one.frame[group].nunique()
            rows.append((one.indicator.name, words.percent(share), f"{words.percent(low)} \N{EN DASH} {words.percent(high)}",
                         places, words.number(groups), years))  # fmt: skip
            data.append((one.indicator.id, one.level, share, low, high, len(one.frame), groups, *one.years,
                         "; ".join(sorted(set(one.frame["source_id"])))))  # fmt: skip
        countries = group == "iso3"
        named = [say("Indicator"), say("Share between countries") if countries else say("Share between regions"),
                 say("{confidence} by bootstrap", confidence=prose.confidence(self.words)), say("Places"),
                 say("Countries") if countries else say("Regions"), say("Years")]  # fmt: skip
        shares = (say("Share of the differences in rank between cities that lies between countries, from 0 to 100 percent.")
                  if countries else
                  say("Share of the differences in rank between countries that lies between regions, from 0 to 100 percent."))  # fmt: skip
        spoken = (say("{name}: {share}, {confidence} interval {low} to {high}, {places}", name=one.indicator.label,
                      share=words.percent(share), confidence=prose.confidence(words),
                      low=words.percent(low), high=words.percent(high), places=self._number_in_groups(one, group))
                  for one, share, (low, high) in found)  # fmt: skip
        ids = {source for one in states for source in one.frame["source_id"]}
        notes = [say("Ranks bear every scale, so indicators compare; they describe, they test nothing. What lies between "
                     "groups by chance alone is taken out (epsilon squared).")]  # fmt: skip
        if countries:
            notes.append(say("Only countries with {minimum} cities or more count: a city alone in its country would make the share "
                             "large by itself.", minimum=MINIMUM_GROUP))  # fmt: skip
        frame = pd.DataFrame(data, columns=["indicator", "level", "share_between_percent", "low", "high", "places", "groups",
                                            "first_year", "last_year", "source_id"])  # fmt: skip
        return Exhibit(
            id=f"{self.id}-{what}", title=self._shares_title(states, group), language=words, colour=figures.colour(self.axis),
            subtitle=say("Share of the variance of ranks between groups; bar: {confidence} interval when places are drawn again. "
                         "0%: no more than by chance; 100%: all of it.", confidence=prose.confidence(words)),
            alt=f"{shares} {'; '.join(spoken)}.",
            table=pd.DataFrame(rows, columns=named),
            data=frame.assign(unit="%", licence=self.licences(list(frame["source_id"]))),
            source=self.citations(ids), draw=partial(figures.shares, drawn, self.axis),
            notes=tuple(notes),
        )  # fmt: skip

    # convergence

    @remembered
    def converging(self) -> list[Convergence]:
        """Compare the measure that suits an indicator on its widest fixed panel."""
        found = []
        for level in ("country", "city"):
            for indicator in self.indicators(self.axis, level):
                if indicator.over_time != "values" or indicator.inequality == NONE:
                    continue
                frame, choices = self._values(indicator), self.choices
                table = self.once(("table", indicator.id, indicator.release), partial(statistics.wide, frame))
                span = statistics.best_span(
                    table, int(frame["year"].min()), int(frame["year"].max()), choices.minimum, choices.panel
                )
                if span:
                    found.append(self._convergence(indicator, level, span, table))
        return found

    @remembered
    def convergence(self) -> Section:
        """Show whether the same places became more or less unequal."""
        say = self.words.say
        if not self.converging:
            text = say("No indicator of this axis lets one follow inequality on the same places.")
            return Section([Paragraph(text, "gap")])
        parts: list[Part] = [
            Paragraph(text, "finding") for level in ("country", "city") if (text := self._by_verdict(level))
        ]
        if any(len(one.readings) > 1 for one in self.converging):
            text = say("Where a scale has a true zero, differences are measured relative to the mean (Gini) and "
                       "absolute (distance between the outer tenths). A verdict is given only where both agree.")  # fmt: skip
            parts.append(Paragraph(text, "note"))
        parts += [*self.noted("convergence"), *(Paragraph(self._change_sentence(one)) for one in self.converging)]
        return Section([*parts, self._convergence_exhibit()])

    def _by_verdict(self, level: str) -> str:
        """Say for places of a level on which indicators differences closed, and on which not."""
        say, words = self.words.say, self.words
        of_level = [one for one in self.converging if one.level == level]
        names = {
            verdict: words.listed(
                say("{indicator} ({measures}, {years})", indicator=words.within(one.indicator.label), years=words.years(one.span.start,
                    one.span.end), measures=words.listed(self._measure(reading) for reading in one.readings))
                for one in of_level if one.verdict == verdict)
            for verdict in VERDICTS
        }  # fmt: skip
        clauses = {
            "narrower": say("clearly narrower for {names}", names=names["narrower"]),
            "wider": say("clearly wider for {names}", names=names["wider"]),
            "open": say("not clearly changed for {names}", names=names["open"]),
            "depends": say("changed in a way that depends on the measure for {names}", names=names["depends"]),
        }
        text = "; ".join(clause for verdict, clause in clauses.items() if names[verdict])
        if not text:
            return ""
        fragile = self.fragile(
            "convergence", [(f"{level} {one.indicator.id}", words.within(one.indicator.label)) for one in of_level]
        )
        if level == "city":
            return f"{say('Between the same cities, differences are {clauses}.', clauses=text)} {fragile}".strip()
        return f"{say('Between the same countries, differences are {clauses}.', clauses=text)} {fragile}".strip()

    def _measure(self, one: Reading) -> str:
        return "Gini" if one.measure == GINI else self.words.say("distance")

    def _measure_text(self, indicator: Indicator, one: Reading, value: float) -> str:
        return self.words.number(value, 2) if one.measure == GINI else self._apart(indicator, value)

    def _change_sentence(self, one: Convergence) -> str:
        """Give every measure in both years, and the verdict."""
        say = self.words.say
        verdicts = {"narrower": say("narrower"), "wider": say("wider"), "open": say("no clear change")}
        texts = [
            say("{measure} {before} and {after} ({verdict})", verdict=verdicts[reading.verdict],
                measure="Gini" if reading.measure == GINI else say("distance between the outer tenths"),
                before=self._measure_text(one.indicator, reading, reading.values[0]),
                after=self._measure_text(one.indicator, reading, reading.values[1]))
            for reading in one.readings
        ]  # fmt: skip
        return say("{name}, the same {places} in {start} and {end}: {measures}.", name=one.indicator.named, start=one.span.start,
                   end=one.span.end, places=self.places(one.level, one.span.n), measures="; ".join(texts))  # fmt: skip

    def _convergence_exhibit(self) -> Exhibit:
        say, words = self.words.say, self.words
        rows, drawn, data = [], [], []
        for one, reading in [(found, reading) for found in self.converging for reading in found.readings]:
            relative, percent = reading.measure == GINI, one.indicator.unit.startswith("%")
            unit = say("percentage points") if percent else say(one.indicator.unit)
            measure = "Gini" if relative else say("distance of the outer tenths, {unit}", unit=unit)
            places = self.places(one.level, one.span.n)
            label = say(
                "{name}: {measure} (n = {n})", name=one.indicator.label, measure=measure, n=words.number(one.span.n)
            )
            tick = partial(words.number, decimals=2) if relative else partial(self._tick, one.indicator)
            drawn.append(figures.Pair(label, (one.span.start, one.span.end), reading.values, reading.intervals, tick))
            for year, value, (low, high) in zip(
                (one.span.start, one.span.end), reading.values, reading.intervals, strict=True
            ):
                texts = [self._measure_text(one.indicator, reading, number) for number in (value, low, high)]
                rows.append(
                    (one.indicator.name, measure, str(year), texts[0], f"{texts[1]} \N{EN DASH} {texts[2]}", places)
                )
                data.append((one.indicator.id, one.level, reading.measure, year, value, low, high, one.span.n, reading.verdict,
                             "index 0-1" if relative else "percentage points" if percent else one.indicator.unit,
                             str(one.indicator.row["source_id"])))  # fmt: skip
        columns = [
            say("Indicator"),
            say("Measure"),
            say("Year"),
            say("Value"),
            say("{confidence} by bootstrap", confidence=prose.confidence(self.words)),
            say("Same places"),
        ]
        frame = pd.DataFrame(data, columns=["indicator", "level", "measure", "year", "value", "low", "high", "places", "change", "unit",
                                            "source_id"])  # fmt: skip
        frame = frame.assign(licence=self.licences(list(frame["source_id"])))
        ids = {source.strip() for text in frame["source_id"] for source in text.split(";")}
        return Exhibit(
            id=f"{self.id}-convergence", title=self._convergence_title(), language=words,
            subtitle=say("Hollow: first year; full: last year; bar: {confidence} interval when places are drawn again. "
                         "To the right: more unequal.", confidence=prose.confidence(words)),
            alt=" ".join(self._change_sentence(one) for one in self.converging), table=pd.DataFrame(rows, columns=columns),
            data=frame, source=self.citations(ids), colour=figures.colour(self.axis), notes=self._convergence_notes(),
            draw=partial(figures.pairs, drawn, self.axis),
        )  # fmt: skip

    def _tick(self, indicator: Indicator, value: float) -> str:
        """Write a distance on a scale: without unit, which the label names."""
        return self.words.number(value, 0 if value == round(value) else max(1, int(indicator.row["decimals"])))

    def _convergence_title(self) -> str:
        """Count the verdicts."""
        say, verdicts = self.words.say, [one.verdict for one in self.converging]
        n = {verdict: self.words.number(verdicts.count(verdict)) for verdict in VERDICTS}
        written = {
            "narrower": say("narrower on {n}", n=n["narrower"]),
            "wider": say("wider on {n}", n=n["wider"]),
            "open": say("no clear change on {n}", n=n["open"]),
            "depends": say("depending on the measure on {n}", n=n["depends"]),
        }
        counted = self.words.listed(text for verdict, text in written.items() if verdict in verdicts)
        return self.words.count(
            "Differences between the same places, {n} indicator: {counted}",
            "Differences between the same places, {n} indicators: {counted}", len(verdicts), counted=counted,
        )  # fmt: skip

    def _convergence_notes(self) -> tuple[str, ...]:
        say, words = self.words.say, self.words
        chance = say("Where nothing changed, about one such interval in {chance} leaves out zero by chance alone; this page reads {n}.",
                     chance=words.number(1 / (1 - statistics.LEVEL)),
                     n=words.number(sum(len(one.readings) for one in self.converging)))  # fmt: skip
        return (say("“Narrower” or “wider” is said where the {confidence} interval of the change itself leaves out zero; "
                    "the bars may overlap even then, since the places are the same.", confidence=prose.confidence(words)), chance)  # fmt: skip

    def _convergence(
        self, indicator: Indicator, level: str, span: statistics.Change, table: statistics.Wide
    ) -> Convergence:
        """Measure both years of a panel, by the measures that suit the indicator."""
        tail = self.choices.tail
        measures: dict[tuple[str, float], Callable[[Any], Any]] = {}
        if indicator.inequality == RATIO:
            measures[GINI, 0.0] = inequality.ginis
        measures[DISTANCE, tail] = partial(inequality.distances, tail=tail)
        readings = []
        for (name, own), measure in measures.items():  # drawing is what takes time; the same panel is drawn once
            key = ("measured", indicator.id, indicator.release, span.places, span.start, span.end, name, own)
            measured = self.once(key, partial(_measured, measure, table, span))
            readings.append(_reading(name, measured, self.choices.resampling))
        return Convergence(indicator, level, span, tuple(readings))

    # what hangs on a choice

    @remembered
    def robustness(self) -> Section:
        """Show which statements of the page hold under every alternative choice, and which change."""
        return self.robustness_section(self.id)

    def families(self) -> Mapping[str, Family]:
        """Give the statements on whether differences close, and on where most of them lie between groups."""
        say = self.words.say
        verdicts = {"narrower": say("narrower"), "wider": say("wider"), "open": say("no clear change"),
                    "depends": say("depends on the measure")}  # fmt: skip

        def ends(ends: tuple[str, str]) -> str:
            return say("least {low}, most {high}", low=ends[0], high=ends[1])

        return {
            "convergence": Family(self._changes_made, verdicts.__getitem__),
            "region": Family(
                lambda: self._ends_made("region", [one for one in self._states if one.level == "country"]), ends
            ),
            "iso3": Family(lambda: self._ends_made("iso3", self._in_countries), ends),
        }

    def _changes_made(self) -> list[Statement]:
        say, within = self.words.say, self.words.within
        labels = {
            one.indicator.id: say("Differences between the same cities: {name}", name=within(one.indicator.label))
            if one.level == "city"
            else say("Differences between the same countries: {name}", name=within(one.indicator.label))
            for one in self.converging
        }
        rests = ("minimum", "panel", "tail", "resampling")
        return [
            Statement(f"{one.level} {one.indicator.id}", labels[one.indicator.id], one.verdict, (one.indicator,), rests)
            for one in self.converging
        ]

    def _ends_made(self, group: str, states: list[State]) -> list[Statement]:
        """State which indicators have the least and the most between groups; of one alone there is nothing to state."""
        if len(states) < 2:
            return []
        say, found = self.words.say, self._by_share(states, group)
        label = (say("Between regions: indicators with the least and the most") if group == "region"
                 else say("Between countries: indicators with the least and the most"))  # fmt: skip
        names = [self.words.within(found[number].indicator.label) for number in (0, -1)]
        indicators = [one.indicator for one in states]
        return [Statement(group, label, (names[0], names[1]), indicators, ("window", "minimum"))]

    @remembered
    def sources(self) -> Section:
        """List sources and caveats of exactly the data shown."""
        ids = {source for one in self._states for source in one.frame["source_id"]}
        ids |= {source for one in self.converging for source in str(one.indicator.row["source_id"]).split(";")}
        if any(one.indicator.weights == "agglomeration" for one in self._states):
            ids.add("wup_2018")
        elif any(one.indicator.weights for one in self._states):
            ids.add("wdi_systema_globalis")
        shown = [one.indicator for one in self._states]
        caveats = [(one.name, one.caveat) for one in shown]
        return Section([*self.source_list(ids, caveats, self.id), *self.provenance(self.id).parts])


def _within_countries(state: State) -> State | None:
    """Keep the cities of countries that have enough of them; `None` where fewer than three countries do."""
    sizes = state.frame["iso3"].value_counts()
    kept = state.frame[state.frame["iso3"].isin(sizes[sizes >= MINIMUM_GROUP].index)]
    return replace(state, frame=kept.reset_index(drop=True)) if kept["iso3"].nunique() >= 3 else None


def _both(table: statistics.Wide, span: statistics.Change) -> tuple[Any, Any]:
    """Give the values of a panel in both of its years, in the order of the places, which draws go by."""
    before, after = table.of(span.start), table.of(span.end)
    inside = np.flatnonzero(~np.isnan(before) & ~np.isnan(after))
    ordered = inside[np.argsort(table.places[inside])]
    return before[ordered], after[ordered]


@dataclass(frozen=True)
class Measured:
    """A measure of `n` places in both years and of its change: for rows of places, of the places themselves, and of draws."""

    measure: inequality.Measure
    n: int
    values: tuple[float, float]
    draws: Any


def _measured(measure: Callable[[Any], Any], table: statistics.Wide, span: statistics.Change) -> Measured:
    """Take a measure of a panel in both years, and of every draw of its places: the same in both."""
    before, after = _both(table, span)

    def of_rows(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.floating[Any]]:
        first, last = measure(before[rows]), measure(after[rows])
        return np.stack([first, last, last - first])

    n = len(before)
    first, last, _ = of_rows(np.arange(n)[None])[:, 0]
    return Measured(of_rows, n, (float(first), float(last)), inequality.resampled(of_rows, n, SEED))


def _reading(name: str, one: Measured, resampling: str) -> Reading:
    """Give both values with their intervals, and the interval of the change by a method."""
    first, last, change = _ends(one.draws.confidence_interval)
    if resampling != PERCENTILE:
        change = _ends(inequality.interval_by(resampling, one.measure, one.n, one.draws))[-1]
    return Reading(name, one.values, (first, last), change)


def _ends(intervals: Any) -> list[tuple[float, float]]:
    """Give a pair of ends for each measure."""
    low, high = intervals
    return [(float(lower), float(upper)) for lower, upper in zip(low, high, strict=True)]
