"""One axis across all editions: what was asked, what evidence there is, the long series behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis import figures, prose, statistics, tables
from analysis.chapters import evidence
from analysis.chapters.change import comparable, where
from analysis.chapters.common import OWN_LICENCE, Indicator, in_short
from analysis.chapters.published import assigned_note, planned_note
from analysis.chapters.setting import MINIMUM, MINIMUM_GROUP, OfAxis, OfEdition
from analysis.document import Span
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.provenance import remembered

REGIONS = 3  # fewer regions are not set side by side
AXES_DOUBTED = {"people": "T036"}  # the fact, by axis, that sources differ on the editions that cover it


@dataclass(frozen=True)
class Long:
    """A fixed panel of an indicator over all the years that there are, and the values behind it."""

    indicator: Indicator
    level: str
    series: statistics.Series
    frame: pd.DataFrame

    def of_place(self, place: str) -> list[float] | None:
        """Give the values of a place in the years of the series, where it belongs to the panel."""
        if place not in self.series.places:
            return None
        own = self.frame[self.frame["place_id"] == place].set_index("year")["value"]
        return [float(own[year]) for year in self.series.years]

    @property
    def inside(self) -> pd.DataFrame:
        """Keep the values of the panel in the years of the series."""
        frame = self.frame[self.frame["place_id"].isin(self.series.places)]
        return frame[frame["year"].isin(self.series.years)]


@dataclass(frozen=True)
class Evolution(OfAxis):
    """How the study looked at an axis from edition to edition, and how places changed meanwhile.

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
        return f"evolution-{self.axis}"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("{axis} across the editions", axis=self.axis_name(self.axis))

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.asked, self.between, self.series, self.cities])

    # what was asked when

    @remembered
    def asked(self) -> Section:
        """Show what each edition asked on the axis, and which evidence there is of it."""
        say = self.words.say
        text = self.words.count(
            "{n} of the {total} editions covers this axis: {years}.",
            "{n} of the {total} editions cover this axis: {years}.",
            len(self._published), total=len(self.study.published), years=self.words.listed(map(str, self._published)),
        )  # fmt: skip
        counts = [evidence.counts(OfEdition(lang=self.lang, edition=year), [self.axis])[0] for year in self.covering]
        shares = int(sum(row[1] + row[2] for row in counts))
        text += " " + (
            self.words.count("{n} share of cities was published on it with a figure.",
                             "{n} shares of cities were published on it with a figure.", shares)
            if shares else say("No share of cities was published on it with a figure in the pages seen.")
        )  # fmt: skip
        columns, years = evidence.columns(self.words), [str(year) for year in self.covering]
        table = pd.DataFrame([evidence.written(row, self.words) for row in counts], columns=columns)
        table.insert(0, say("Edition"), years)
        data = pd.DataFrame(counts, columns=list(evidence.KINDS))
        data.insert(0, "edition", self.covering)
        cells = "; ".join(
            f"{year} ({evidence.described(row, self.words)})" for year, row in zip(years, counts, strict=True)
        )
        exhibit = Exhibit(
            id=f"{self.id}-evidence", title=self._held(counts), language=self.words,
            subtitle=say("Number of rows of each kind; indicators count with values of {minimum} places or more in the window.",
                         minimum=MINIMUM),
            alt=say("Matrix of editions and kinds of evidence.") + f" {cells}.", table=table,
            data=data.assign(axis=self.axis, unit="count", licence=OWN_LICENCE), colour=figures.colour(self.axis),
            source=say("tables of the compendium: what was asked, findings, factors, indicators") + ".",
            draw=partial(figures.evidence, years, columns, data[list(evidence.KINDS)].to_numpy(),
                         [figures.colour(self.axis)] * len(years)),
        )  # fmt: skip
        links = Listing(f"{self.id}-chapters", say("Chapters on this axis"), pd.DataFrame({say("Chapter"): years}),
                        {say("Chapter"): self._link})  # fmt: skip
        notes = [Paragraph(planned_note(self, year), "note") for year in self.covering if year not in self._published]
        return Section([Paragraph(text, "finding"), *notes, *self._doubts(), exhibit, links])

    def _held(self, counts: Sequence[np.ndarray]) -> str:
        """Say of how many editions elements and shares are known."""
        return self.words.say(
            "{axis}: elements of the questionnaire seen for {seen} of {total} editions, published shares for {shares}",
            axis=self.axis_name(self.axis), seen=sum(row[0] > 0 for row in counts),
            shares=sum(row[1] + row[2] > 0 for row in counts), total=len(self._published),
        )  # fmt: skip

    def _doubts(self) -> list[Paragraph]:
        """Say where the compendium assigned an edition to the axis, and where sources differ on it."""
        assigned = [str(year) for year in self._published if self.study.editions[year].axes_assigned]
        texts = [self.words.say("{name}: {text}", name=year, text=assigned_note(self)) for year in assigned]
        if self.axis in AXES_DOUBTED:
            facts = tables.read("facts", id=AXES_DOUBTED[self.axis])
            texts += [f"{self.words.text(row, 'fact')}." for _, row in facts.iterrows()]
        return [Paragraph(text, "note") for text in texts]

    @property
    def _published(self) -> list[int]:
        """List the editions that have covered the axis; one that is planned has asked nothing yet."""
        return [year for year in self.covering if year in self.study.published]

    def _link(self, year: str) -> list[Span]:
        name = self.words.say("{axis} in the {edition} edition", axis=self.axis_name(self.axis), edition=year)
        return [Span(name, f"../editions/{year}/{self.axis}.html")]

    @remembered
    def between(self) -> Section:
        """Say what editions asked alike: what was asked once alone cannot be followed."""
        say = self.words.say
        frame = tables.read("instrument", axis=self.axis, edition=self.covering)
        frame = frame[frame["item"].notna() & (frame["standing"] != "follow-up")]
        editions = frame.groupby("item")["edition"].nunique()
        again = list(editions[editions > 1].index)
        if again:
            text = self.words.count(
                "{n} element was asked in more than one edition: {items}.",
                "{n} elements were asked in more than one edition: {items}.",
                len(again), items=self.words.listed(self.words.translated(item) for item in again),
            )  # fmt: skip
            return Section([Paragraph(text, "finding")])
        if len(self._published) > 1:
            text = say(
                "No element of this axis is worded alike in two editions in the pages seen, so no answer of cities can be "
                "followed over time; what follows are open data."
            )
        else:
            text = say(
                "One edition alone covers this axis, so no answer of cities can be followed over time; "
                "what follows are open data."
            )
        parts: list[Part] = [Paragraph(text, "gap")]
        fields = frame.groupby("edition")["field"].agg(lambda names: list(dict.fromkeys(names)))
        if len(fields):
            table = pd.DataFrame({
                say("Edition"): [str(year) for year in fields.index],
                say("Fields asked"): [self.words.listed(map(self.words.translated, names)) for names in fields],
                say("Elements asked"): [self.words.number(n) for n in frame.groupby("edition").size()],
            })  # fmt: skip
            parts.append(Listing(f"{self.id}-fields", say("Fields asked, edition by edition"), table))
        return Section(parts)

    # the long series of countries

    def _long(self, level: str, over_time: tuple[str, ...]) -> list[Long]:
        found = []
        for indicator in self.indicators(self.axis, level):
            if indicator.over_time in over_time:
                pair = comparable(indicator, indicator.values(), _whole)
                if pair:
                    found.append(Long(indicator, level, *pair))
        return found

    @remembered
    def _countries(self) -> list[Long]:
        return self._long("country", ("values",))

    @remembered
    def series(self) -> Section:
        """Show the long series of the countries, on fixed panels, with the editions on the time axis."""
        say = self.words.say
        parts: list[Part] = [Paragraph(self._course_sentence(one), "finding") for one in self._countries]
        if self._countries:
            parts.append(self._courses())
        else:
            parts.append(
                Paragraph(say("No indicator of this axis can be followed over time on a fixed panel of countries."), "gap")
            )  # fmt: skip
        if positions := [one for one in self._long("country", ("positions",)) if self._lead_in(one)]:
            parts += [Paragraph(self._position_sentence(one), "finding") for one in positions]
            parts.append(self._positions(positions))
        return Section(parts)

    def _course_sentence(self, one: Long) -> str:
        series, indicator = one.series, one.indicator
        ends = [indicator.value(series.spreads[0].median), indicator.value(series.spreads[-1].median)]
        return prose.panel_sentence(indicator.named, series.n, one.level, series.years, ends, self.words)

    def _described(self, one: Long) -> str:
        """Describe the picture of a series: both ends, the extremes between them, and the country of the lead city."""
        series, indicator, text = one.series, one.indicator, self._course_sentence(one)
        medians = [spread.median for spread in series.spreads]
        low, high = min(medians), max(medians)
        ends = {indicator.value(medians[0]), indicator.value(medians[-1])}
        if {indicator.value(low), indicator.value(high)} != ends:
            text += " " + self.words.say(
                "Its lowest was {low} in {low_year}, its highest {high} in {high_year}.",
                low=indicator.value(low), low_year=series.years[medians.index(low)],
                high=indicator.value(high), high_year=series.years[medians.index(high)],
            )  # fmt: skip
        if lead := one.of_place(self.study.lead_country):
            text += " " + self.words.say("{country}: {before} and {after}.", country=self.lead_country_name,
                                         before=indicator.value(lead[0]), after=indicator.value(lead[-1]))  # fmt: skip
        return text

    def _risen(self) -> str:
        """Say of how many series the median rose."""
        up = sum(one.series.spreads[-1].median > one.series.spreads[0].median for one in self._countries)
        return self.words.count(
            "{n} of {total} medians of the same countries is higher in the last year than in the first",
            "{n} of {total} medians of the same countries are higher in the last year than in the first",
            up, total=self.words.number(len(self._countries)),
        )  # fmt: skip

    def _courses(self) -> Exhibit:
        say = self.words.say
        panels, rows = [], []
        for one in self._countries:
            indicator, series, lead = one.indicator, one.series, one.of_place(self.study.lead_country)
            label = say("{name}, {unit} (n = {n})", name=indicator.label, unit=say(indicator.unit),
                        n=self.words.number(series.n))  # fmt: skip
            panels.append(figures.Course(label, series.years, series.spreads, lead, indicator.short))
            for number, year in enumerate(series.years):
                spread = series.spreads[number]
                rows.append((indicator.name, str(year), self.words.number(series.n),
                             *(indicator.value(value) for value in (spread.q1, spread.median, spread.q3)),
                             indicator.value(lead[number]) if lead else say("no value")))  # fmt: skip
        columns = [say("Indicator"), say("Year"), say("Same countries"), say("Lower quartile"), say("Median"),
                   say("Upper quartile"), self.lead_country_name]  # fmt: skip
        data = self._download(self._countries)
        gaps = self._left_out()
        return Exhibit(
            id=f"{self.id}-series", title=self._risen(), language=self.words,
            subtitle=say("Line: median; grey: middle half; colour: {country}; upright lines: editions. Dotted: "
                         "the years between are not known for these countries.", country=self.lead_country_name),
            alt=" ".join(self._described(one) for one in self._countries), table=pd.DataFrame(rows, columns=columns),
            data=data, source=self.citations(data["source_id"]), colour=figures.colour(self.axis), notes=tuple(gaps),
            draw=partial(figures.courses, panels, self.axis, self.study.published,
                         (say("median"), self.lead_country_name)),
        )  # fmt: skip

    def _left_out(self) -> list[str]:
        """Say in which years between the ends of a series too few of its countries have a value."""
        notes = []
        for one in self._countries:
            years = one.series.years
            gaps = sorted({int(y) for y in one.frame["year"] if years[0] < y < years[-1]} - set(years))
            if gaps:
                notes.append(self.words.say("{name}: {years} left out, since too few of these countries have a value.",
                                            name=one.indicator.label, years=self.words.listed(map(str, gaps))))  # fmt: skip
        return notes

    def _download(self, found: list[Long]) -> pd.DataFrame:
        frames = [one.inside.assign(indicator=one.indicator.id, unit=one.indicator.unit) for one in found]
        data = self.with_terms(pd.concat(frames, ignore_index=True))
        return data[
            ["indicator", "level", "place_id", "iso3", "year", "value", "unit", "source_id", "source", "licence"]
        ]

    def _lead_in(self, one: Long) -> bool:
        return self.study.lead_country in one.series.places

    def _shares_below(self, one: Long) -> list[float]:
        """Give, for each year, the share of the panel that stands below the country of the lead city, in percent."""
        found = []
        for year in one.series.years:
            values = one.inside[one.inside["year"] == year].set_index("place_id")["value"]
            found.append(100 * statistics.position(values[self.study.lead_country], values))
        return found

    def _position_sentence(self, one: Long) -> str:
        shares, years = self._shares_below(one), one.series.years
        return self.words.say(
            "Read by position, {name}: {before} of the same {n} countries stood below {country} in {start}, {after} in {end}.",
            name=one.indicator.named, before=self.words.percent(shares[0]), after=self.words.percent(shares[-1]),
            n=self.words.number(one.series.n), start=years[0], end=years[-1], country=self.lead_country_name,
        )  # fmt: skip

    def _positions(self, found: list[Long]) -> Exhibit:
        say = self.words.say
        panels, rows = [], []
        for one in found:
            shares = self._shares_below(one)
            label = say("{name} (n = {n})", name=one.indicator.label, n=self.words.number(one.series.n))
            panels.append(figures.Course(label, one.series.years, (), shares, self.words.percent, joined=False))
            rows += [(one.indicator.name, str(year), self.words.number(one.series.n), self.words.percent(share))
                     for year, share in zip(one.series.years, shares, strict=True)]  # fmt: skip
        data = self._download(found)
        return Exhibit(
            id=f"{self.id}-positions", language=self.words, colour=figures.colour(self.axis), data=data,
            title=say("Relative scores, read by position: {country} among the same countries", country=self.lead_country_name),
            subtitle=say("Share of the same countries that stand below {country}. Dots are not joined: the method changes "
                         "from one survey to the next.", country=self.lead_country_name),
            alt=" ".join(self._position_sentence(one) for one in found), source=self.citations(data["source_id"]),
            table=pd.DataFrame(rows, columns=[say("Indicator"), say("Year"), say("Same countries"),
                                              say("Share below {country}", country=self.lead_country_name)]),
            notes=tuple(f"{one.indicator.label}: {one.indicator.caveat}" for one in found if one.indicator.caveat),
            draw=partial(figures.courses, panels, self.axis, self.study.published, ("", self.lead_country_name)),
        )  # fmt: skip

    # regions

    @remembered
    def regions(self) -> Section:
        """Show the medians of the regions, as small multiples, on the same fixed panels."""
        parts: list[Part] = []
        for one in self._countries:
            frame = one.inside.assign(region=one.inside["iso3"].map(self.region_of))
            first = frame[frame["year"] == one.series.years[0]]["region"].value_counts()
            kept = [region for region in self.region_names if first.get(region, 0) >= MINIMUM_GROUP]
            if len(kept) >= REGIONS:
                medians = frame[frame["region"].isin(kept)].groupby(["region", "year"])["value"].median().unstack()
                sizes = {region: int(first[region]) for region in kept}
                parts += [Paragraph(self._region_sentence(one, medians, sizes), "finding"),
                          self._region_exhibit(one, medians, sizes, first)]  # fmt: skip
        if not parts:
            text = self.words.say(
                "In fewer than {n} regions do enough countries have a series of this axis.",
                n=self.words.number(REGIONS),
            )
            return Section([Paragraph(text, "gap")])
        return Section(parts)

    def _region_sentence(self, one: Long, medians: pd.DataFrame, sizes: dict[str, int]) -> str:
        start, end = one.series.years[0], one.series.years[-1]
        low, high = str(medians[end].idxmin()), str(medians[end].idxmax())

        def write(region: str, year: int) -> str:
            return one.indicator.value(float(medians[year].loc[region]))

        return self.words.say(
            "{name}, median by region in {end}: lowest in {low_region} ({low}; {first_low} in {start}), highest in "
            "{high_region} ({high}; {first_high} in {start}). {n} countries of {regions} regions, the same in all years.",
            name=one.indicator.named, low=write(low, end), low_region=self.region_names[low], end=end,
            high=write(high, end), high_region=self.region_names[high], start=start,
            first_low=write(low, start), first_high=write(high, start),
            n=self.words.number(sum(sizes.values())), regions=len(sizes),
        )  # fmt: skip

    def _region_title(self, one: Long, medians: pd.DataFrame) -> str:
        end = one.series.years[-1]
        last = medians[end]
        return self.words.say(
            "{name} in {year}: medians from {low} ({where_low}) to {high} ({where_high})",
            name=one.indicator.label, year=end,
            low=one.indicator.value(float(last.min())), where_low=self.region_names[str(last.idxmin())],
            high=one.indicator.value(float(last.max())), where_high=self.region_names[str(last.idxmax())],
        )  # fmt: skip

    def _region_notes(self, one: Long, sizes: dict[str, int], all_sizes: "pd.Series[int]") -> list[str]:
        """Name the regions that are not shown, with their number of countries, and give the caveat."""
        small = [f"{name} ({self.words.number(int(all_sizes[region]))})"
                 for region, name in self.region_names.items() if region in all_sizes and region not in sizes]  # fmt: skip
        notes = [one.indicator.caveat] if one.indicator.caveat else []
        if small:
            notes.append(self.words.say("Not shown, fewer than {minimum} countries: {names}.", minimum=MINIMUM_GROUP,
                                        names=self.words.listed(small)))  # fmt: skip
        return notes

    def _region_exhibit(
        self, one: Long, medians: pd.DataFrame, sizes: dict[str, int], all_sizes: "pd.Series[int]"
    ) -> Exhibit:
        say, indicator, years = self.words.say, one.indicator, list(one.series.years)
        groups = [(f"{self.region_names[region]} ({self.words.number(n)})", medians.loc[[region], years].to_numpy().ravel().tolist())
                  for region, n in sizes.items()]  # fmt: skip
        table = pd.DataFrame(
            [(name, *(indicator.value(value) for value in values)) for name, values in groups],
            columns=[say("Region (countries)"), *map(str, years)],
        )
        inside = one.inside.assign(region=one.inside["iso3"].map(self.region_of))
        data = self.with_terms(inside[inside["region"].isin(sizes)].assign(indicator=indicator.id, unit=indicator.unit))
        return Exhibit(
            id=f"{self.id}-regions-{indicator.slug}", title=self._region_title(one, medians),
            subtitle=say("Median of the countries of a region, {unit}; number of countries in brackets, the same in all years. "
                         "Grey: the other regions.", unit=say(indicator.unit)),
            alt=self._region_sentence(one, medians, sizes), table=table, language=self.words,
            data=data[["indicator", "region", "iso3", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), colour=figures.colour(self.axis),
            notes=tuple(self._region_notes(one, sizes, all_sizes)),
            draw=partial(figures.multiples, groups, years, self.axis, indicator.short),
        )  # fmt: skip

    # cities

    @remembered
    def cities(self) -> Section:
        """Show how far series measured for cities go: panels where there are, one year where there is one."""
        say = self.words.say
        found = self._long("city", ("values", "within_country"))
        parts: list[Part] = [Paragraph(self._city_sentence(one), "finding") for one in found]
        rows = []
        for indicator in self.indicators(self.axis, "city"):
            if not indicator.measures:
                continue
            frame = indicator.values()
            years = Counter(int(year) for year in frame["year"])
            most = max(sorted(years), key=lambda year: years[year])
            rows.append((indicator.name, self.words.number(int(frame["place_id"].nunique())),
                         self.words.years(min(years), max(years)), str(most), self._followed(indicator, found)))  # fmt: skip
        once = sum(row[-1] == say("one year only") for row in rows)
        if once:
            text = self.words.count("{n} series measured for cities has one year only: it shows a state, no change.",
                                    "{n} series measured for cities have one year only: they show a state, no change.", once)  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        if not rows:
            text = say("No open indicator of this axis measures cities; lists of what exists do not tell change.")
            return Section([Paragraph(text, "gap")])
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Cities"), say("Years"), say("Year with most cities"),
                                            say("Same cities in two years")])  # fmt: skip
        return Section([*parts, Listing(f"{self.id}-cities", say("Series measured for cities"), table)])

    def _followed(self, indicator: Indicator, found: list[Long]) -> str:
        """Say which of the cities can be followed on an indicator, and in which years."""
        say = self.words.say
        reasons = {"one_year": say("one year only"), "none": say("not compared")}
        one = next((one for one in found if one.indicator.id == indicator.id), None)
        if one is None:
            return reasons.get(indicator.over_time, say("no fixed panel"))
        places, years = self.places("city", one.series.n), one.series.years
        if indicator.over_time == "within_country":
            places = say("{country}, {places}", country=self.words.country(one.inside["iso3"].iloc[0]), places=places)
        return say("{n}, {start} and {end}", n=places, start=years[0], end=years[-1])

    def _city_sentence(self, one: Long) -> str:
        iso3 = one.inside.loc[one.inside["year"] == one.series.years[0], "iso3"]
        told = where(one.indicator, iso3, self.words) or self.words.count(
            "These cities are in {n} country.", "These cities are in {n} countries.", iso3.nunique()
        )
        return f"{self._course_sentence(one)} {told}"

    # what is not compared, and sources

    @remembered
    def breaks(self) -> Section:
        """List what is not compared over time, and why."""
        say = self.words.say
        reasons = {"none": say("no sound comparison between years"), "one_year": say("one year of data only")}
        rows = [
            (indicator.name, reasons[indicator.over_time], indicator.caveat)
            for level in ("city", "country")
            for indicator in self.indicators(self.axis, level)
            if indicator.over_time in reasons and indicator.measures
        ]
        if not rows:
            return Section([Paragraph(say("Every indicator of this axis may be compared over time."), "note")])
        text = self.words.count("{n} indicator of this axis is not compared over time.",
                                "{n} indicators of this axis are not compared over time.", len(rows))  # fmt: skip
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Why it is not compared"), say("What to know")])
        return Section([Paragraph(text, "gap"), Listing(f"{self.id}-breaks", say("Not compared over time"), table)])

    @remembered
    def sources(self) -> Section:
        """List sources and caveats of exactly the data shown."""
        shown = [
            *self._countries,
            *self._long("country", ("positions",)),
            *self._long("city", ("values", "within_country")),
        ]
        ids = {source for one in shown for source in one.inside["source_id"]}
        caveats = [(one.indicator.name, one.indicator.caveat) for one in shown]
        return Section([*self.source_list(ids, caveats, self.id), *self.provenance(self.id).parts])


def _whole(frame: pd.DataFrame) -> statistics.Series | None:
    """Follow a fixed panel over all the years that there are."""
    return statistics.series(frame, int(frame["year"].min()), int(frame["year"].max()), MINIMUM)
