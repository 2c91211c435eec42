"""How unequal places are on an axis, how much of it lies between regions, and whether they converge."""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import figures, inequality, statistics, tables
from analysis.chapters.common import Indicator, in_short
from analysis.chapters.setting import MINIMUM, MINIMUM_GROUP, OfAxis
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section

SEED = 2012  # of every interval by bootstrap; the year of the first edition
RATIO, DISTANCE, NONE = "ratio", "distance", "none"  # what the catalogue lets one measure


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
class Convergence:
    """A measure of the same places in two years, with intervals, and the interval of its change."""

    indicator: Indicator
    level: str
    span: statistics.Change
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
        }  # fmt: skip
        rows = [(one.name, self._level(level), reasons[one.inequality])
                for level in ("city", "country") for one in self.indicators(self.axis, level)]  # fmt: skip
        without = sum(row[2] == reasons[NONE] for row in rows)
        text = self.words.count(
            "For {n} of the {total} indicators of this axis no measure of inequality would be sound.",
            "For {n} of the {total} indicators of this axis no measure of inequality would be sound.",
            without, total=len(rows),
        ) if without else say("A measure of inequality suits every indicator of this axis.")  # fmt: skip
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Level"), say("What suits it")])
        return Section([Paragraph(text, "note"), Listing(f"{self.id}-measures", say("Which measure suits"), table)])

    def _level(self, level: str) -> str:
        return self.words.say("cities") if level == "city" else self.words.say("countries")

    # the state

    @cached_property
    def _states(self) -> list[State]:
        """Take the newest values, within the window of the indicator before its fullest recent year."""
        found = []
        for level in ("country", "city"):
            for indicator in self.indicators(self.axis, level):
                if not indicator.measures or indicator.over_time == "within_country":
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
        columns = [say("Indicator"), say("Year"), say("Places"), say("A tenth stay below"), say("Nine tenths stay below"),
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
        text = words.say("{name}, {places}, {years}: a tenth stay below {low}, nine tenths below {high}.", **texts)
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
            indicator.value(high - low), words.number(times, 1) if times else "",
            number(inequality.gini(values)) if ratio_scale else "", number(theil.total) if theil else "",
            words.percent(100 * theil.between / theil.total) if theil else "", self._weighted(one),
        )  # fmt: skip

    def _weighted(self, one: State) -> str:
        """Write the measure weighted by inhabitants, and for how many places they are known."""
        known = one.weighted
        if len(known) < MINIMUM:
            return ""
        if one.indicator.inequality == RATIO:
            measure = "Gini " + self.words.number(inequality.gini(known["value"], known["weight"]), 2)
        else:
            apart = one.indicator.value(inequality.distance(known["value"], known["weight"]))
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
            rows = inequality.drawn(len(values), SEED)
            interval = inequality.interval(100 * inequality.shares_between(values[rows], groups[rows]))
            found.append((one, 100 * inequality.between_groups(values, groups), interval))
        return found

    def _between_sentence(self, states: list[State], group: str) -> str:
        say, percent = self.words.say, self.words.percent
        shares = {one.indicator.label: 100 * inequality.between_groups(one.values, one.frame[group]) for one in states}
        least, most = min(shares, key=lambda k: shares[k]), max(shares, key=lambda k: shares[k])
        given = {"least": percent(shares[least]), "most": percent(shares[most]), "low": self.words.within(least),
                 "high": self.words.within(most)}  # fmt: skip
        if group == "iso3":
            if len(shares) == 1:
                return say(
                    "Of the differences in rank between cities, {most} lie between countries for {high}.", **given
                )
            return say("Of the differences in rank between cities, {least} ({low}) to {most} ({high}) lie between countries; "
                       "the rest lies between cities of one country.", **given)  # fmt: skip
        if len(shares) == 1:
            return say("Of the differences in rank between countries, {most} lie between regions for {high}.", **given)
        return say("Of the differences in rank between countries, {least} ({low}) to {most} ({high}) lie between regions; "
                   "the rest lies between countries of one region.", **given)  # fmt: skip

    def _shares_exhibit(self, states: list[State], what: str, group: str) -> Exhibit:
        say, words = self.words.say, self.words
        rows, drawn, data = [], [], []
        for one, share, (low, high) in self._shares(states, group):
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
        title = (say("How much of the differences between cities lies between countries") if countries
                 else say("How much of the differences between countries lies between regions"))  # fmt: skip
        ids = {source for one in states for source in one.frame["source_id"]}
        notes = [say("Ranks bear every scale, so indicators compare; they describe, they test nothing.")]
        if countries:
            notes.append(say("Only countries with {minimum} cities or more count: a city alone in its country would make the share "
                             "large by itself.", minimum=MINIMUM_GROUP))  # fmt: skip
        return Exhibit(
            id=f"{self.id}-{what}", title=title, language=words, colour=figures.colour(self.axis),
            subtitle=say("Share of the variance of ranks between groups; bar: 95% interval when places are drawn again. "
                         "0%: groups alike; 100%: they do not overlap."),
            alt=say("Dots on a scale from 0 to 100 percent.") + " " + "; ".join(f"{one.label}: {one.text}" for one in drawn) + ".",
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
        verdicts = [one.verdict for one in self.converging]
        count = self.words.count
        number = {verdict: verdicts.count(verdict) for verdict in ("narrower", "wider", "open")}
        written = {
            "narrower": count("narrower on {n} indicator", "narrower on {n} indicators", number["narrower"]),
            "wider": count("wider on {n} indicator", "wider on {n} indicators", number["wider"]),
            "open": count(
                "not clearly changed on {n} indicator", "not clearly changed on {n} indicators", number["open"]
            ),
        }
        counted = [phrase for verdict, phrase in written.items() if number[verdict]]
        text = say("On the same places, differences became {counted}.", counted=self.words.listed(counted))
        return Section([Paragraph(text, "finding"), *(Paragraph(self._change_sentence(one)) for one in self.converging),
                        self._convergence_exhibit()])  # fmt: skip

    def _measure_text(self, one: Convergence, value: float) -> str:
        if one.indicator.inequality == RATIO:
            return self.words.number(value, 2)
        return one.indicator.value(value)

    def _change_sentence(self, one: Convergence) -> str:
        say = self.words.say
        measure = "Gini" if one.indicator.inequality == RATIO else say("distance between the outer tenths")
        verdict = {"narrower": say("narrower"), "wider": say("wider"), "open": say("no clear change")}[one.verdict]
        return say(
            "{name}: {measure} {before} in {start}, {after} in {end}, on the same {places}: {verdict}.",
            name=one.indicator.named, measure=measure, before=self._measure_text(one, one.values[0]),
            after=self._measure_text(one, one.values[1]), start=one.span.start, end=one.span.end,
            places=self.places(one.level, one.span.n), verdict=verdict,
        )  # fmt: skip

    def _convergence_exhibit(self) -> Exhibit:
        say, words = self.words.say, self.words
        rows, drawn, data = [], [], []
        for one in self.converging:
            ratio_scale = one.indicator.inequality == RATIO
            measure = (
                "Gini" if ratio_scale else say("distance of the outer tenths, {unit}", unit=say(one.indicator.unit))
            )
            label = say("{name}: {measure} ({places})", name=one.indicator.label, measure=measure,
                        places=self.places(one.level, one.span.n))  # fmt: skip
            tick = partial(words.number, decimals=2) if ratio_scale else one.indicator.short
            drawn.append(figures.Pair(label, (one.span.start, one.span.end), one.values, one.intervals, tick))
            for year, value, (low, high) in zip((one.span.start, one.span.end), one.values, one.intervals, strict=True):
                texts = [self._measure_text(one, number) for number in (value, low, high)]
                rows.append((one.indicator.name, measure, str(year), texts[0], f"{texts[1]} \N{EN DASH} {texts[2]}",
                             self.places(one.level, one.span.n)))  # fmt: skip
                data.append((one.indicator.id, one.level, "gini" if ratio_scale else "distance", year, value, low, high,
                             one.span.n, one.indicator.unit, str(one.indicator.row["source_id"])))  # fmt: skip
        columns = [
            say("Indicator"),
            say("Measure"),
            say("Year"),
            say("Value"),
            say("95% by bootstrap"),
            say("Same places"),
        ]
        frame = pd.DataFrame(data, columns=["indicator", "level", "measure", "year", "value", "low", "high", "places", "unit",
                                            "source_id"]).assign(licence="CC BY 4.0")  # fmt: skip
        ids = {source for text in frame["source_id"] for source in text.split(";")}
        return Exhibit(
            id=f"{self.id}-convergence", title=say("Do the same places become more alike?"), language=words,
            subtitle=say("Hollow: first year; full: last year; bar: 95% interval when places are drawn again. "
                         "To the right: more unequal."),
            alt=" ".join(self._change_sentence(one) for one in self.converging), table=pd.DataFrame(rows, columns=columns),
            data=frame, source=self.citations(ids), colour=figures.colour(self.axis),
            notes=(say("“Narrower” or “wider” is said where the 95% interval of the change itself leaves out zero; "
                       "the two bars may overlap even then, since the places are the same."),),
            draw=partial(figures.pairs, drawn, self.axis),
        )  # fmt: skip

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
    if indicator.inequality == RATIO:
        values = inequality.gini(before), inequality.gini(after)
        drawn = inequality.ginis(before[rows]), inequality.ginis(after[rows])
    else:
        values = inequality.distance(before), inequality.distance(after)
        drawn = inequality.distances(before[rows]), inequality.distances(after[rows])
    intervals = inequality.interval(drawn[0]), inequality.interval(drawn[1])
    return Convergence(indicator, level, span, values, intervals, inequality.interval(drawn[1] - drawn[0]))
