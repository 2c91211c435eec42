"""How unequal places are on an axis, how much of it lies between regions, and whether they converge."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd

from analysis import figures, inequality, statistics, tables
from analysis.chapters.common import Indicator, in_short
from analysis.chapters.setting import MINIMUM, MINIMUM_GROUP, OfAxis
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section

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

    @property
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.countries, self.regions, self.convergence, self.cities, self.measures])

    # which measure suits

    @cached_property
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

    @cached_property
    def _states(self) -> list[State]:
        """Take the newest values, within the window of the indicator before its fullest recent year."""
        found = []
        for level in ("country", "city"):
            for indicator in self.indicators(self.axis, level):
                if not indicator.measures or indicator.over_time == WITHIN:
                    continue
                frame = indicator.values()
                year = int(frame["year"].max())
                newest = statistics.latest(frame, year, indicator.window)
                if len(newest) < MINIMUM or indicator.kind == "ratio":
                    continue
                found.append(State(indicator, level, self._with_groups(indicator, newest)))
        return found

    def _with_groups(self, indicator: Indicator, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the region of each place and, where the catalogue names one, its weight."""
        out = frame.assign(region=frame["iso3"].map(self.region_of), weight=np.nan)
        weights = self._weights(indicator.weights)
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

    @cached_property
    def countries(self) -> Section:
        """Say how unequal countries are, by the measure that suits each indicator."""
        states = [one for one in self._states if one.level == "country"]
        return self._unequal(states, "country")

    @cached_property
    def cities(self) -> Section:
        """Say how unequal cities are, where indicators measure cities."""
        states = [one for one in self._states if one.level == "city"]
        parts = list(self._unequal(states, "city").parts)
        if grouped := [kept for one in states if (kept := _within_countries(one))]:
            parts += [Paragraph(self._between_sentence(grouped, "iso3"), "finding"),
                      self._shares_exhibit(grouped, "cities", "iso3")]  # fmt: skip
        return Section(parts)

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
            text += " " + words.say("Gini {gini} (95% by bootstrap: {low} to {high}).", gini=words.number(inequality.gini(values), 2),
                                    low=words.number(low, 2), high=words.number(high, 2))  # fmt: skip
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

    @cached_property
    def regions(self) -> Section:
        """Show how much of the differences between countries lies between regions."""
        states = [one for one in self._states if one.level == "country"]
        if not states:
            return Section([Paragraph(self.words.say("No country-level indicator of this axis has values."), "gap")])
        return Section([Paragraph(self._between_sentence(states, "region"), "finding"),
                        self._shares_exhibit(states, "regions", "region")])  # fmt: skip

    def _shares(self, states: list[State], group: str) -> list[tuple[State, float, tuple[float, float]]]:
        found = []
        for one in states:
            values, groups = one.values.to_numpy(), one.frame[group].to_numpy()
            low, high = inequality.interval_between(values, groups, SEED)
            found.append((one, 100 * inequality.between_groups(values, groups), (100 * low, 100 * high)))
        return found

    def _ends(self, states: list[State], group: str) -> dict[str, str]:
        """Name the indicators with the least and the most between groups, and of how many places that holds."""
        percent, within = self.words.percent, self.words.within
        found = sorted(states, key=lambda one: inequality.between_groups(one.values, one.frame[group]))
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
                 say("95% by bootstrap"), say("Places"), say("Countries") if countries else say("Regions"), say("Years")]  # fmt: skip
        shares = (say("Share of the differences in rank between cities that lies between countries, from 0 to 100 percent.")
                  if countries else
                  say("Share of the differences in rank between countries that lies between regions, from 0 to 100 percent."))  # fmt: skip
        spoken = (say("{name}: {share}, 95% interval {low} to {high}, {places}", name=one.indicator.label, share=words.percent(share),
                      low=words.percent(low), high=words.percent(high), places=self._number_in_groups(one, group))
                  for one, share, (low, high) in found)  # fmt: skip
        ids = {source for one in states for source in one.frame["source_id"]}
        notes = [say("Ranks bear every scale, so indicators compare; they describe, they test nothing. What lies between "
                     "groups by chance alone is taken out (epsilon squared).")]  # fmt: skip
        if countries:
            notes.append(say("Only countries with {minimum} cities or more count: a city alone in its country would make the share "
                             "large by itself.", minimum=MINIMUM_GROUP))  # fmt: skip
        return Exhibit(
            id=f"{self.id}-{what}", title=self._shares_title(states, group), language=words, colour=figures.colour(self.axis),
            subtitle=say("Share of the variance of ranks between groups; bar: 95% interval when places are drawn again. "
                         "0%: no more than by chance; 100%: all of it."),
            alt=f"{shares} {'; '.join(spoken)}.",
            table=pd.DataFrame(rows, columns=named),
            data=pd.DataFrame(data, columns=["indicator", "level", "share_between_percent", "low", "high", "places", "groups",
                                             "first_year", "last_year", "source_id"]).assign(unit="%", licence="CC BY 4.0"),
            source=self.citations(ids), draw=partial(figures.shares, drawn, self.axis),
            notes=tuple(notes),
        )  # fmt: skip

    # convergence

    @cached_property
    def converging(self) -> list[Convergence]:
        """Compare the measure that suits an indicator on its widest fixed panel."""
        found = []
        for level in ("country", "city"):
            for indicator in self.indicators(self.axis, level):
                if indicator.over_time != "values" or indicator.inequality == NONE:
                    continue
                frame = indicator.values()
                span = statistics.best_span(frame, int(frame["year"].min()), int(frame["year"].max()), MINIMUM)
                if span:
                    found.append(_convergence(indicator, level, span, frame))
        return found

    @cached_property
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
            text = say("Where a scale has a true zero, differences are measured in two ways, relative to the mean (Gini) and "
                       "absolute (distance between the outer tenths). A verdict is given only where both agree.")  # fmt: skip
            parts.append(Paragraph(text, "note"))
        parts += [Paragraph(self._change_sentence(one)) for one in self.converging]
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
        if level == "city":
            return say("Between the same cities, differences are {clauses}.", clauses=text) if text else ""
        return say("Between the same countries, differences are {clauses}.", clauses=text) if text else ""

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
            say("95% by bootstrap"),
            say("Same places"),
        ]
        frame = pd.DataFrame(data, columns=["indicator", "level", "measure", "year", "value", "low", "high", "places", "change", "unit",
                                            "source_id"]).assign(licence="CC BY 4.0")  # fmt: skip
        ids = {source for text in frame["source_id"] for source in text.split(";")}
        return Exhibit(
            id=f"{self.id}-convergence", title=self._convergence_title(), language=words,
            subtitle=say("Hollow: first year; full: last year; bar: 95% interval when places are drawn again. "
                         "To the right: more unequal."),
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
        return (say("“Narrower” or “wider” is said where the 95% interval of the change itself leaves out zero; "
                    "the two bars may overlap even then, since the places are the same."), chance)  # fmt: skip

    @cached_property
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


def _convergence(indicator: Indicator, level: str, span: statistics.Change, frame: pd.DataFrame) -> Convergence:
    """Measure both years of a panel; the change is drawn again with the same places in both."""
    inside = frame[frame["place_id"].isin(span.places) & frame["year"].isin([span.start, span.end])]
    wide = inside.pivot(index="place_id", columns="year", values="value")
    before, after = wide[span.start].to_numpy(), wide[span.end].to_numpy()
    rows = inequality.drawn(span.n, SEED)
    readings = [_reading(DISTANCE, inequality.distances, before, after, rows)]
    if indicator.inequality == RATIO:
        readings.insert(0, _reading(GINI, inequality.ginis, before, after, rows))
    return Convergence(indicator, level, span, tuple(readings))


def _reading(name: str, measure: Callable[[Any], Any], before: Any, after: Any, rows: Any) -> Reading:
    """Take a measure of the places in both years, and of every draw of them."""
    values = float(measure(before[None])[0]), float(measure(after[None])[0])
    first, last = measure(before[rows]), measure(after[rows])
    intervals = inequality.interval(first), inequality.interval(last)
    return Reading(name, values, intervals, inequality.interval(last - first))
