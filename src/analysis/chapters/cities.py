"""How cities stand, in the chapter of an axis."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from analysis import figures, prose, statistics, tables
from analysis.chapters.common import Indicator
from analysis.chapters.robust import Family, Statement
from analysis.chapters.setting import MINIMUM_GROUP, Cell
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.provenance import remembered

SCALE = (0.05, 0.95)  # percentiles between which the scale of an unstable ratio is drawn


class Cities(Cell):
    """Distributions of the city-level indicators, by region, with the lead city and named participants marked."""

    @remembered
    def _city_data(self) -> list[tuple[Indicator, pd.DataFrame]]:
        """Give the city-level indicators of the axis; lists of what is known to exist are left to other chapters."""
        usable = [one for one in self.indicators(self.axis, "city") if one.measures]
        return [(one, self.shown(one)) for one in usable]

    @property
    def _drawn(self) -> list[tuple[Indicator, pd.DataFrame]]:
        """Keep the indicators that have values of enough cities."""
        return [(indicator, frame) for indicator, frame in self._city_data if len(frame) >= self.choices.minimum]

    @remembered
    def cities(self) -> Section:
        """Show how cities stand on the indicators measured for cities, and what is not measured."""
        say = self.words.say
        drawn = self._drawn
        parts: list[Part] = []
        if not drawn:
            text = say(
                "No city-level indicator of this axis has values of at least {minimum} cities from {start} to {edition}: "
                "how cities stood cannot be shown.",
                minimum=self.choices.minimum, start=self.edition - self.choices.window, edition=self.edition,
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        for indicator, frame in drawn:
            parts += self._city_parts(indicator, frame, checked=True)
        parts += self.noted("lead", "extremes")
        missing = self._missing_cities({indicator.id for indicator, _ in drawn})
        if drawn and self.participants.empty:
            text = say("No participating city of the {edition} edition is named, so none is marked besides the lead city.",
                       edition=self.edition)  # fmt: skip
            parts.append(Paragraph(text, "note"))
        return Section([*parts, *missing])

    def _missing_cities(self, drawn: set[str]) -> list[Part]:
        """List the city-level indicators of the axis that this edition cannot show, and why."""
        say = self.words.say
        rows = []
        for indicator in self.indicators(self.axis, "city"):
            if indicator.id in drawn:
                continue
            years = indicator.values()["year"]
            inside = years.between(self.edition - indicator.window, self.edition).sum()
            reason = (
                self.words.count("{n} value in the window: too few to draw", "{n} values in the window: too few to draw", int(inside))
                if inside
                else say("no value in the window")
            )  # fmt: skip
            if indicator.kind == "listing":
                reason = say("counts of a list of {year}, later than the edition", year=int(years.max()))
            span = self.words.years(int(years.min()), int(years.max()))
            rows.append((indicator.name, span, reason))
        if not rows:
            return []
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Years of the values"), say("Why it is not shown")])
        return [Listing(f"{self.id}-not-measured", say("City-level indicators that this edition cannot show"), table)]

    def of_indicator(self, indicator: Indicator) -> list[Part]:
        """Show how cities stand on one indicator: a sentence, the lead city, the exhibit."""
        return self._city_parts(indicator, self.shown(indicator))

    def _grouped(self, indicator: Indicator, frame: pd.DataFrame) -> pd.DataFrame:
        """Add to values of cities the group in which each is, its country or its region, and which is the lead city."""
        if indicator.over_time == "within_country":
            names = {iso3: self.words.country(iso3) for iso3 in frame["iso3"].unique()}
        else:
            names = self.once("regions by country", self._regions_by_country)
        return frame.assign(group=frame["iso3"].map(names), lead=frame["place_id"] == self.study.lead_city)

    def _regions_by_country(self) -> dict[str, str]:
        """Name the region of every country, by its code."""
        none = self.words.say("no region")
        return {str(iso3): self.region_names.get(region, none) for iso3, region in self.region_of.items()}

    def _city_parts(self, indicator: Indicator, frame: pd.DataFrame, *, checked: bool = False) -> list[Part]:
        """Show how cities stand; where it is `checked`, with what an alternative changes."""
        say = self.words.say
        data = self._with_places(self._grouped(indicator, frame))
        by_country = indicator.over_time == "within_country"
        spread = statistics.distribution(data["value"])
        years = self.words.years(int(data["year"].min()), int(data["year"].max()))
        written = [indicator.value(value) for value in (spread.q1, spread.median, spread.q3)]
        sentence = prose.spread_sentence(indicator.named, spread, years, written, self.words)
        if by_country:
            sentence = self.words.count(
                "{n} city has a value of {name}, {years}; values are comparable within a country only.",
                "{n} cities have a value of {name}, {years}; values are comparable within a country only.",
                spread.n, name=indicator.named, years=years,
            )  # fmt: skip
        sentence = f"{sentence} {prose.majority(data['iso3'], self.words)}".strip()
        lead, notes = self._lead_sentence(indicator, data), list[str]()
        if checked:
            lead, notes = f"{lead} {self._lead_tally(indicator)}".strip(), self._extremes_note(indicator)
        parts: list[Part] = [Paragraph(sentence, "finding"), Paragraph(lead, "text")]
        sizes, kept = _groups(data)
        if not kept:
            return parts
        parts.append(self._city_exhibit(indicator, data, kept, years, notes))
        if small := sorted(set(sizes.index) - set(kept)):
            text = say(
                "Not drawn, for fewer than {minimum} values: {names}.", minimum=MINIMUM_GROUP,
                names=self.words.listed(f"{name} ({self.words.number(sizes[name])})" for name in small),
            )  # fmt: skip
            parts.append(Paragraph(text, "note"))
        return parts

    def _with_places(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add name, country, region and standing (participant) to values of cities."""
        cities = tables.read("cities")[["place_id", "name"]]
        countries = tables.read("countries")[["iso3", "region"]]
        data = frame.merge(cities, on="place_id", how="left").merge(countries, on="iso3", how="left")
        data["country"] = [self.words.country(iso3) for iso3 in data["iso3"]]
        named = set(self.participants["place_id"])
        data["participant"] = data["place_id"].isin(named)
        data["name"] = [
            self.city_name(place, name) if marked else name
            for place, name, marked in zip(
                data["place_id"], data["name"], data["lead"] | data["participant"], strict=True
            )
        ]
        return data.sort_values(["country", "name", "place_id"]).reset_index(drop=True)

    def _lead_sentence(self, indicator: Indicator, data: pd.DataFrame) -> str:
        say = self.words.say
        lead = data[data["lead"]]
        if lead.empty:
            return say("{city}, the lead city, has no value in this window.", city=self.lead_name)
        row = lead.iloc[0]
        among = data[data["group"] == row["group"]]
        quarter = _quarter_of_lead(data)
        return self.words.count(
            "{city}, the lead city: {value} ({year}), {place} of the {n} city of {group}.",
            "{city}, the lead city: {value} ({year}), {place} of the {n} cities of {group}.",
            len(among), city=self.lead_name, value=indicator.value(row["value"]), year=row["year"],
            place=prose.place_in(quarter, self.words), group=row["group"],
        )  # fmt: skip

    # what an alternative changes

    def families(self) -> Mapping[str, Family]:
        """Give the statements on the place of the lead city and on the groups at both ends, besides those of other parts."""
        say, rests = self.words.say, ("window", "minimum")

        def lead() -> list[Statement]:
            return [
                Statement(one.id, say("{place} in its group: {name}", place=self.lead_name, name=self.words.within(one.label)),
                          _quarter_of_lead(data), (one,), rests)
                for one, data in self._placed if data["lead"].any()
            ]  # fmt: skip

        def extremes() -> list[Statement]:
            return [
                Statement(one.id, say("Lowest and highest median of cities: {name}", name=self.words.within(one.label)), ends,
                          (one,), rests)
                for one, data in self._placed if (ends := _ends(data))
            ]  # fmt: skip

        def written(ends: tuple[str, str]) -> str:
            return say("lowest {low}, highest {high}", low=ends[0], high=ends[1])

        return {**super().families(), "lead": Family(lead, lambda quarter: prose.place_in(quarter, self.words)),
                "extremes": Family(extremes, written)}  # fmt: skip

    @remembered
    def _placed(self) -> list[tuple[Indicator, pd.DataFrame]]:
        return [
            (one, self.once(("grouped", one.id, one.window, one.release), partial(self._grouped, one, frame)))
            for one, frame in self._drawn
        ]

    def _lead_tally(self, indicator: Indicator) -> str:
        tally = self.tally("lead", indicator.id)
        if tally is None:
            return ""
        return self.words.say("This position holds in {holds} of {total} alternative choices.", **tally)

    def _extremes_note(self, indicator: Indicator) -> list[str]:
        tally = self.tally("extremes", indicator.id)
        if tally is None:
            return []
        return [self.words.say("That these groups have the lowest and the highest median holds in {holds} of {total} alternative "
                               "choices.", **tally)]  # fmt: skip

    def _city_exhibit(
        self, indicator: Indicator, data: pd.DataFrame, kept: Sequence[str], years: str, checked: Sequence[str]
    ) -> Exhibit:
        say = self.words.say
        shown = data[data["group"].isin(kept)]
        spreads = {name: statistics.distribution(shown.loc[shown["group"] == name, "value"]) for name in kept}
        groups = [self._group(name, shown[shown["group"] == name], spreads[name]) for name in kept]
        limits = None
        notes = [indicator.caveat] if indicator.caveat else []
        if indicator.kind == "ratio":  # single values of an unstable ratio would stretch the scale to nothing
            limits = (float(shown["value"].quantile(SCALE[0])), float(shown["value"].quantile(SCALE[1])))
            low, high = (self.words.number(100 * end) for end in SCALE)
            notes.append(say("The scale ends at the percentiles {low} and {high}; the table and the download hold all.",
                             low=low, high=high))  # fmt: skip
        lowest, highest = _ends(data) or (kept[0], kept[0])
        title = say("{name}: medians from {low} ({where_low}) to {high} ({where_high})", name=indicator.label,
                    low=indicator.value(spreads[lowest].median), where_low=lowest,
                    high=indicator.value(spreads[highest].median), where_high=highest)  # fmt: skip
        if len(kept) == 1:
            title = say("{name}: median {value} ({where})", name=indicator.label,
                        value=indicator.value(spreads[kept[0]].median), where=kept[0])  # fmt: skip
        by = say("by country") if indicator.over_time == "within_country" else say("by region")
        subtitle = self.words.count(
            "{name}, {unit}; {n} city, {by}; newest value of {years}. Box: middle half; line: median.",
            "{name}, {unit}; {n} cities, {by}; newest value of {years}. Box: middle half; line: median.",
            len(shown), name=indicator.name, unit=say(indicator.unit), by=by, years=years,
        )  # fmt: skip
        return Exhibit(
            id=f"{self.id}-cities-{indicator.slug}", title=title, subtitle=subtitle,
            alt=self._city_alt(indicator, spreads, shown), table=self._city_table(indicator, spreads, shown),
            data=self._city_download(indicator, shown), source=self.citations(shown["source_id"]), language=self.words,
            draw=partial(_draw_spreads, groups, self.axis, indicator, limits), notes=(*checked, *notes),
            colour=figures.colour(self.axis),
        )  # fmt: skip

    def _group(self, name: str, rows: pd.DataFrame, spread: statistics.Distribution) -> figures.Spread:
        marked = rows[rows["lead"] | rows["participant"]]
        marks = tuple(figures.Mark(row["name"], row["value"], bool(row["lead"])) for _, row in marked.iterrows())
        label = self.words.count("{name} ({n} city)", "{name} ({n} cities)", spread.n, name=name)
        return figures.Spread(label, tuple(rows["value"]), marks)

    def _city_alt(self, indicator: Indicator, spreads: dict[str, statistics.Distribution], shown: pd.DataFrame) -> str:
        say = self.words.say
        medians = [f"{name} {indicator.value(spread.median)}" for name, spread in spreads.items()]
        text = say("Box plots of {name} by group. Medians: {medians}.", name=indicator.name,
                   medians=self.words.listed(medians))  # fmt: skip
        marked = shown[shown["lead"] | shown["participant"]]
        if len(marked):
            names = [f"{row['name']} {indicator.value(row['value'])}" for _, row in marked.iterrows()]
            text += " " + say("Marked: {names}.", names=self.words.listed(names))
        return text

    def _city_table(
        self, indicator: Indicator, spreads: dict[str, statistics.Distribution], shown: pd.DataFrame
    ) -> pd.DataFrame:
        say = self.words.say
        rows = []
        for name, spread in spreads.items():
            inside = shown[shown["group"] == name]
            years = self.words.years(int(inside["year"].min()), int(inside["year"].max()))
            texts = [indicator.value(value) for value in (spread.low, spread.q1, spread.median, spread.q3, spread.high)]
            rows.append((name, self.words.number(spread.n), *texts, years))
            for _, row in inside[inside["lead"] | inside["participant"]].iterrows():
                mark = say("lead city") if row["lead"] else say("participant")
                rows.append(
                    (f"{row['name']} ({mark})", "", "", "", indicator.value(row["value"]), "", "", str(row["year"]))
                )
        columns = [say("Group"), say("Cities"), say("Lowest"), say("Lower quartile"), say("Median or value"),
                   say("Upper quartile"), say("Highest"), say("Years")]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def _city_download(self, indicator: Indicator, shown: pd.DataFrame) -> pd.DataFrame:
        data = self.with_terms(shown.assign(indicator=indicator.id, unit=indicator.unit))
        columns = [
            "indicator",
            "place_id",
            "name",
            "iso3",
            "country",
            "region",
            "year",
            "value",
            "unit",
            "source_id",
            "source",
            "licence",
        ]
        return data[columns]


def _groups(data: pd.DataFrame) -> tuple["pd.Series[int]", list[str]]:
    """Give the sizes of all groups, and in order the names of those that have enough cities to be drawn."""
    sizes = data["group"].value_counts()
    return sizes, [name for name in sorted(sizes.index) if sizes[name] >= MINIMUM_GROUP]


def _ends(data: pd.DataFrame) -> tuple[str, str] | None:
    """Name the groups with the lowest and the highest median of those drawn; `None` where there is one alone."""
    kept = _groups(data)[1]
    medians = data.groupby("group", observed=True)["value"].median()
    if len(kept) < 2:
        return None
    return min(kept, key=lambda name: medians[name]), max(kept, key=lambda name: medians[name])


def _quarter_of_lead(data: pd.DataFrame) -> str:
    """Find the quarter of its group in which the lead city lies."""
    lead = data[data["lead"]].iloc[0]
    among = data.loc[data["group"] == lead["group"], "value"]
    return statistics.quarter(lead["value"], statistics.distribution(among))


def _draw_spreads(
    groups: Sequence[figures.Spread], axis: str, indicator: Indicator, limits: tuple[float, float] | None, wide: bool
) -> Any:
    return figures.spreads(groups, axis, wide, indicator.short, limits)
