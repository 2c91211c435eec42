"""The chapter of one axis in one edition."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd

from analysis import figures, prose, statistics, tables
from analysis.chapters.common import Base, Indicator, address_links, in_short
from analysis.chapters.published import assigned_note, factors_of, shares_of, statements_of
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.study import Edition

MINIMUM = 10  # fewer places say nothing about a distribution, nor about change
MINIMUM_GROUP = 5  # a group with fewer values is named, not drawn
LOOK_BACK = 10  # years before an edition in which change is looked for


@dataclass(frozen=True)
class AxisChapter(Base):
    """What one edition found on one axis, and how places stood when it was made.

    Parameters
    ----------
    lang
        Language of the reader.
    edition
        Reference year of the edition.
    axis
        Axis that the edition covers.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such cell.
    """

    edition: int
    axis: str

    def __post_init__(self) -> None:
        """Refuse a cell that is not in the matrix."""
        self.study.check(self.edition, self.axis, self.lang)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return f"{self.edition}-{self.axis}"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("{axis} in the {edition} edition", axis=self.axis_name(self.axis), edition=self.edition)

    @cached_property
    def record(self) -> Edition:
        """Give the entry of the edition in the matrix."""
        return self.study.edition(self.edition)

    @cached_property
    def participants(self) -> pd.DataFrame:
        """Read the documented participants of the edition."""
        return tables.read("participants", edition=self.edition)

    @property
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        parts = [self.answers, self.cities, self.country, self.change, self.factors]
        return in_short(parts)

    # what was asked

    @cached_property
    def asked(self) -> Section:
        """Show what the edition asked on this axis, and how that is known."""
        say, count = self.words.say, self.words.count
        frame = tables.read("instrument", edition=self.edition, axis=self.axis)
        asked = frame[frame["standing"] != "follow-up"]
        elements = int(asked["item"].notna().sum())
        if elements:
            text = count(
                "The {edition} edition asked about {n} element of this axis, in {fields}.",
                "The {edition} edition asked about {n} elements of this axis, in {fields}.",
                elements, edition=self.edition, fields=self._fields(asked[asked["item"].notna()]),
            )  # fmt: skip
        else:
            text = say(
                "The {edition} edition names this axis; what it asked under it is not published in the pages seen.",
                edition=self.edition,
            )
        parts: list[Part] = [Paragraph(text, "finding" if elements else "gap")]
        bare = asked[asked["item"].isna()]["field"]
        if elements and len(bare):
            parts.append(
                Paragraph(
                    count("{n} more field is known by name alone: {names}.", "{n} more fields are known by name alone: {names}.",
                          len(bare), names=self.words.listed(self._text(name) for name in bare)), "gap")
            )  # fmt: skip
        if inferred := int((asked["standing"] == "inferred").sum()):
            parts.append(
                Paragraph(
                    count(
                        "{n} element is inferred from the published conclusions; its heading was not seen.",
                        "{n} elements are inferred from the published conclusions; their headings were not seen.",
                        inferred,
                    ),
                    "note",
                )
            )
        if later := int((frame["standing"] == "follow-up").sum()):
            parts.append(
                Paragraph(
                    count(
                        "{n} element comes from follow-up meetings on this axis; it is no part of the questionnaire.",
                        "{n} elements come from follow-up meetings on this axis; they are no part of the questionnaire.",
                        later,
                    ),
                    "note",
                )
            )
        if self.record.axes_assigned:
            parts.append(Paragraph(assigned_note(self), "note"))
        return Section([*parts, self._asked_listing(frame)])

    def _fields(self, frame: pd.DataFrame) -> str:
        names = list(dict.fromkeys(frame["field"]))
        return self.words.count("{n} field: {names}", "{n} fields: {names}", len(names), names=self.words.listed(
            self._text(name) for name in names))  # fmt: skip

    def _text(self, text: Any) -> str:
        """Translate a text of the data; what is missing stays empty."""
        return "" if pd.isna(text) else self.words.translated(str(text))

    def _asked_listing(self, frame: pd.DataFrame) -> Listing:
        say = self.words.say
        standing = {
            "published": say("published"),
            "inferred": say("inferred from conclusions"),
            "follow-up": say("follow-up meeting"),
        }
        table = pd.DataFrame(
            {
                say("Field"): [self._text(field) for field in frame["field"]],
                say("Element"): [self._text(item) or say("not published") for item in frame["item"]],
                say("How it is known"): [standing[value] for value in frame["standing"]],
                say("Published at"): frame["source"],
            }
        )
        caption = say("What the {edition} edition asked: {axis}", edition=self.edition, axis=self.axis_name(self.axis))
        return Listing(f"{self.id}-asked", caption, table, {say("Published at"): address_links})

    # what the cities answered

    @cached_property
    def answers(self) -> Section:
        """Show the published findings on this axis: shares with n and interval where the base is known, and words."""
        frame = tables.read("findings", edition=self.edition, axis=self.axis)
        parts = shares_of(self, frame, f"{self.id}-answers", self.axis)
        parts += statements_of(self, frame, f"{self.id}-statements")
        if frame.empty:
            parts.append(
                Paragraph(
                    self.words.say(
                        "No answer of cities on this axis was published in the pages of the {edition} edition that were "
                        "seen; the full report may hold some.",
                        edition=self.edition,
                    ),
                    "gap",
                )
            )
        cross = len(tables.read("findings", edition=self.edition, axis="cross"))
        if cross:
            text = self.words.count(
                "{n} published statement is about all axes: it stands in the chapter of the edition.",
                "{n} published statements are about all axes: they stand in the chapter of the edition.",
                cross,
            )
            parts.append(Paragraph(text, "note"))
        return Section(parts)

    # how cities stand

    def _shown(self, indicator: Indicator) -> pd.DataFrame:
        """Give the newest value of each place inside the window of the edition."""
        return statistics.latest(indicator.values(), self.edition, indicator.window)

    @cached_property
    def _city_data(self) -> list[tuple[Indicator, pd.DataFrame]]:
        """Give the city-level indicators of the axis; lists of what is known to exist are left to other chapters."""
        usable = [one for one in self.indicators(self.axis, "city") if one.kind not in ("listing", "flag")]
        return [(one, self._shown(one)) for one in usable]

    @cached_property
    def cities(self) -> Section:
        """Show how cities stand on the indicators measured for cities, and what is not measured."""
        say = self.words.say
        drawn = [(indicator, frame) for indicator, frame in self._city_data if len(frame) >= MINIMUM]
        parts: list[Part] = []
        if not drawn:
            text = say(
                "No city-level indicator of this axis has values of at least {minimum} cities from {start} to {edition}: "
                "how cities stood cannot be shown.",
                minimum=MINIMUM, start=self.edition - self.study.window, edition=self.edition,
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        for indicator, frame in drawn:
            parts += self._city_parts(indicator, frame)
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

    def _city_parts(self, indicator: Indicator, frame: pd.DataFrame) -> list[Part]:
        say = self.words.say
        data = self._with_places(frame)
        by_country = indicator.over_time == "within_country"
        data["group"] = data["country"] if by_country else data["region_name"]
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
        sentence += self._majority(data["iso3"])
        parts: list[Part] = [Paragraph(sentence, "finding"), Paragraph(self._lead_sentence(indicator, data), "text")]
        sizes = data["group"].value_counts()
        kept = [name for name in sorted(sizes.index) if sizes[name] >= MINIMUM_GROUP]
        if not kept:
            return parts
        parts.append(self._city_exhibit(indicator, data, kept, years))
        if small := sorted(set(sizes.index) - set(kept)):
            text = say(
                "Not drawn, for fewer than {minimum} values: {names}.", minimum=MINIMUM_GROUP,
                names=self.words.listed(f"{name} ({self.words.number(sizes[name])})" for name in small),
            )  # fmt: skip
            parts.append(Paragraph(text, "note"))
        return parts

    def _majority(self, iso3: "pd.Series[str]") -> str:
        """Say where most of the cities are, when one country has more than half of them."""
        first = iso3.value_counts().head(1)
        if 2 * int(first.iloc[0]) <= len(iso3):
            return ""
        return " " + self.words.say("{n} of them are in {country}.", n=self.words.number(int(first.iloc[0])),
                                    country=self.words.country(str(first.index[0])))  # fmt: skip

    def _with_places(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add name, country, region and standing (lead city, participant) to values of cities."""
        cities = tables.read("cities")[["place_id", "name"]]
        regions = tables.read("regions")
        region_names = {row["region"]: self.words.text(row, "name") for _, row in regions.iterrows()}
        countries = tables.read("countries")[["iso3", "region"]]
        data = frame.merge(cities, on="place_id", how="left").merge(countries, on="iso3", how="left")
        data["country"] = [self.words.country(iso3) for iso3 in data["iso3"]]
        data["region_name"] = [region_names.get(region, self.words.say("no region")) for region in data["region"]]
        named = set(self.participants["place_id"])
        data["lead"] = data["place_id"] == self.study.lead_city
        data["participant"] = data["place_id"].isin(named)
        return data.sort_values(["country", "name", "place_id"]).reset_index(drop=True)

    def _lead_sentence(self, indicator: Indicator, data: pd.DataFrame) -> str:
        say = self.words.say
        lead = data[data["lead"]]
        if lead.empty:
            return say("{city}, the lead city, has no value in this window.", city=self.lead_name)
        row = lead.iloc[0]
        among = data[data["group"] == row["group"]]
        quarter = statistics.quarter(row["value"], statistics.distribution(among["value"]))
        return self.words.count(
            "{city}, the lead city: {value} ({year}), {place} of the {n} city of {group}.",
            "{city}, the lead city: {value} ({year}), {place} of the {n} cities of {group}.",
            len(among), city=self.lead_name, value=indicator.value(row["value"]), year=row["year"],
            place=prose.place_in(quarter, self.words), group=row["group"],
        )  # fmt: skip

    def _city_exhibit(self, indicator: Indicator, data: pd.DataFrame, kept: Sequence[str], years: str) -> Exhibit:
        say = self.words.say
        shown = data[data["group"].isin(kept)]
        spreads = {name: statistics.distribution(shown.loc[shown["group"] == name, "value"]) for name in kept}
        groups = [self._group(name, shown[shown["group"] == name], spreads[name]) for name in kept]
        limits = None
        notes = [indicator.caveat] if indicator.caveat else []
        if indicator.kind == "ratio":  # single values of an unstable ratio would stretch the scale to nothing
            limits = (float(shown["value"].quantile(0.05)), float(shown["value"].quantile(0.95)))
            notes.append(say("The scale ends at the 5th and the 95th percentile; the table and the download hold all."))
        highest = max(kept, key=lambda name: spreads[name].median)
        lowest = min(kept, key=lambda name: spreads[name].median)
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
            draw=partial(_draw_spreads, groups, self.axis, indicator, limits), notes=tuple(notes),
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

    # the national setting

    @cached_property
    def _country_data(self) -> list[tuple[Indicator, pd.DataFrame]]:
        found = [(one, self._shown(one)) for one in self.indicators(self.axis, "country")]
        return [(indicator, frame) for indicator, frame in found if len(frame) >= MINIMUM]

    @cached_property
    def _marked_countries(self) -> list[str]:
        """List the country of the lead city and those of documented participants."""
        others = sorted(set(self.participants["country_iso3"]) - {self.study.lead_country})
        return [self.study.lead_country, *others]

    @cached_property
    def country(self) -> Section:
        """Show the national setting: the marked countries against the quartiles of the reporting countries."""
        say = self.words.say
        if not self._country_data:
            return Section([Paragraph(say("No country-level indicator of this axis has values in the window."), "gap")])
        note = say(
            "Values of a country are the setting of its cities, the same for all of them: they are no result of a city."
        )
        return Section(
            [Paragraph(self._country_sentence(), "finding"), Paragraph(note, "note"), self._country_exhibit()]
        )

    def _country_sentence(self) -> str:
        """Say where the country of the lead city stands on each indicator."""
        say = self.words.say
        where: dict[str, list[str]] = {}
        for indicator, frame in self._country_data:
            lead = frame[frame["place_id"] == self.study.lead_country]
            if len(lead):
                quarter = statistics.quarter(lead["value"].iloc[0], statistics.distribution(frame["value"]))
                where.setdefault(quarter, []).append(self.words.within(indicator.label))
        clauses = [
            f"{prose.place_in(quarter, self.words)} {say('for')} {self.words.listed(where[quarter])}"
            for quarter in ("lowest", "lower_middle", "upper_middle", "highest")
            if quarter in where
        ]
        if not clauses:
            return say("{country} has no value in the window.", country=self.lead_country_name)
        return say("Among the reporting countries, {country} stands {clauses}.", country=self.lead_country_name,
                   clauses="; ".join(clauses))  # fmt: skip

    def _country_exhibit(self) -> Exhibit:
        say = self.words.say
        rows: list[tuple[str, ...]] = []
        frames = []
        for indicator, frame in self._country_data:
            spread = statistics.distribution(frame["value"])
            first = (
                indicator.name,
                self.words.number(spread.n),
                *(indicator.value(v) for v in (spread.q1, spread.median, spread.q3)),
            )
            again = (indicator.name, "", "", "", "")
            marked = {row["place_id"]: row for _, row in frame.iterrows()}
            for iso3 in self._marked_countries:
                known = iso3 in marked
                value = indicator.value(marked[iso3]["value"]) if known else say("no value")
                rows.append(
                    (
                        *(again if rows and rows[-1][0] == indicator.name else first),
                        self.words.country(iso3),
                        value,
                        str(marked[iso3]["year"]) if known else "",
                    )
                )
            names = [self.words.country(iso3) for iso3 in frame["place_id"]]
            frames.append(frame.assign(indicator=indicator.id, unit=indicator.unit, country=names))
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Countries"), say("Lower quartile"), say("Median"),
                                            say("Upper quartile"), say("Country"), say("Value"), say("Year")])  # fmt: skip
        data = self.with_terms(pd.concat(frames, ignore_index=True))
        years = self.words.years(int(data["year"].min()), int(data["year"].max()))
        others = len(self._marked_countries) - 1
        marks = ""
        if others:
            marks = self.words.count(
                "Ring: the country of another documented participant.",
                "Rings: the {n} other countries of documented participants.", others,
            )  # fmt: skip
        subtitle = " ".join(
            [
                say(
                    "Each line is a country; band: middle half; thick line: median; newest value of {years}.",
                    years=years,
                ),
                marks,
            ]
        ).strip()
        caveats = [f"{indicator.label}: {indicator.caveat}" for indicator, _ in self._country_data if indicator.caveat]
        return Exhibit(
            id=f"{self.id}-national", subtitle=subtitle, alt=self._country_alt(), table=table, language=self.words,
            title=say("National context: {country} among the reporting countries", country=self.lead_country_name),
            data=data[["indicator", "iso3", "country", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), notes=tuple(caveats), colour=figures.colour(self.axis),
            draw=partial(_draw_strips, [self._strip(*one) for one in self._country_data], self.axis,
                         [one for one, _ in self._country_data]),
        )  # fmt: skip

    def _strip(self, indicator: Indicator, frame: pd.DataFrame) -> figures.Spread:
        marked = frame[frame["place_id"].isin(self._marked_countries)]
        marks = tuple(
            figures.Mark(self.words.country(row["place_id"]), row["value"], row["place_id"] == self.study.lead_country)
            for _, row in marked.iterrows()
        )
        label = self.words.say("{name}, {unit} (n = {n})", name=indicator.label, unit=self.words.say(indicator.unit),
                               n=self.words.number(len(frame)))  # fmt: skip
        return figures.Spread(label, tuple(frame["value"]), marks)

    def _country_alt(self) -> str:
        say, texts = self.words.say, []
        for indicator, frame in self._country_data:
            spread = statistics.distribution(frame["value"])
            lead = frame.loc[frame["place_id"] == self.study.lead_country, "value"]
            texts.append(
                say("{name}: {country} {value}, quartiles {low} and {high} of {n} countries", name=indicator.label,
                    country=self.lead_country_name, value=indicator.value(lead.iloc[0]) if len(lead) else say("no value"),
                    low=indicator.value(spread.q1), high=indicator.value(spread.q3), n=self.words.number(spread.n))
            )  # fmt: skip
        return say("Strips of all reporting countries.") + " " + "; ".join(texts) + "."

    # what changed

    @cached_property
    def _panels(self) -> list[tuple[Indicator, str, statistics.Change, pd.DataFrame]]:
        """Find, for each indicator that may be compared over time, a fixed panel up to the edition."""
        found = []
        for level in ("city", "country"):
            for indicator in self.indicators(self.axis, level):
                if indicator.over_time in ("values", "within_country"):
                    frame = indicator.values()
                    panel = statistics.best_span(frame, self.edition - LOOK_BACK, self.edition, MINIMUM)
                    if panel:
                        found.append((indicator, level, panel, frame))
        return found

    @cached_property
    def change(self) -> Section:
        """Show what changed up to the edition, on fixed panels only."""
        say = self.words.say
        parts: list[Part] = []
        parts += self._change_sentences()
        for indicator in self.indicators(self.axis, "country"):
            if indicator.over_time == "positions" and (sentence := self._position_sentence(indicator)):
                parts.append(Paragraph(sentence, "finding"))
        if not parts:
            parts.append(
                Paragraph(
                    say("No indicator of this axis has the same places in two years of the ten before the edition."),
                    "gap",
                )
            )
        if self._panels:
            parts.append(self._change_exhibit())
        return Section([*parts, *self._not_compared()])

    def _position_sentence(self, indicator: Indicator) -> str:
        """Say how the position of the country changed on a fixed panel, where raw values do not compare."""
        frame = indicator.values()
        lead = frame[frame["place_id"] == self.study.lead_country]
        panel = statistics.best_span(
            frame[frame["year"].isin(lead["year"])], self.edition - LOOK_BACK, self.edition, MINIMUM
        )
        if panel is None or self.study.lead_country not in panel.places:
            return ""
        shares = []
        for year in (panel.start, panel.end):
            inside = frame[(frame["year"] == year) & frame["place_id"].isin(panel.places)].set_index("place_id")[
                "value"
            ]
            shares.append(self.words.percent(100 * statistics.position(inside[self.study.lead_country], inside)))
        return self.words.say(
            "Read by position, {name}: {before} of the same {n} countries stood below {country} in {start}, {after} in {end}.",
            name=indicator.named, before=shares[0], after=shares[1], n=self.words.number(panel.n), start=panel.start,
            end=panel.end, country=self.lead_country_name,
        )  # fmt: skip

    def _not_compared(self) -> list[Part]:
        """List the indicators of the axis that may not be compared over time, and why."""
        say = self.words.say
        reasons = {
            "one_year": say("one year of data only"),
            "none": say("no sound comparison between years"),
        }
        rows = [
            (indicator.name, reasons[indicator.over_time])
            for level in ("city", "country")
            for indicator in self.indicators(self.axis, level)
            if indicator.over_time in reasons and indicator.kind not in ("listing", "flag")
        ]
        if not rows:
            return []
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Why it is not compared")])
        return [Listing(f"{self.id}-not-compared", say("Not compared over time"), table)]

    def _change_exhibit(self) -> Exhibit:
        say = self.words.say
        panels, rows, frames = [], [], []
        for indicator, level, panel, frame in self._panels:
            inside = frame[frame["place_id"].isin(panel.places) & frame["year"].isin([panel.start, panel.end])]
            lead_id = self.study.lead_country if level == "country" else self.study.lead_city
            lead = inside[inside["place_id"] == lead_id].set_index("year")["value"]
            pair = (float(lead[panel.start]), float(lead[panel.end])) if len(lead) else None
            places = (
                self.words.count("{n} country", "{n} countries", panel.n)
                if level == "country"
                else self.words.count("{n} city", "{n} cities", panel.n)
            )
            panels.append(
                figures.Panel(
                    f"{indicator.label}, {say(indicator.unit)} ({places})", (panel.start, panel.end), panel.before,
                    panel.after, (indicator.value(panel.before.median), indicator.value(panel.after.median)), pair,
                )
            )  # fmt: skip
            for year, spread in ((panel.start, panel.before), (panel.end, panel.after)):
                own = indicator.value(float(lead[year])) if len(lead) else say("no value")
                rows.append(
                    (
                        indicator.name,
                        str(year),
                        places,
                        *(indicator.value(v) for v in (spread.q1, spread.median, spread.q3)),
                        own,
                    )
                )
            frames.append(inside.assign(indicator=indicator.id, unit=indicator.unit))
        columns = [say("Indicator"), say("Year"), say("Same places"), say("Lower quartile"), say("Median"), say("Upper quartile"),
                   say("{country}, or {city} among cities", country=self.lead_country_name, city=self.lead_name)]  # fmt: skip
        data = self.with_terms(pd.concat(frames, ignore_index=True))
        return Exhibit(
            id=f"{self.id}-change", title=say("Change up to {edition}, on the same places in both years", edition=self.edition),
            subtitle=say("Grey: median and middle half of the panel; colour: {country}. Each panel has a scale of its own.",
                         country=self.lead_country_name),
            alt=" ".join(part.text for part in self._change_sentences()), table=pd.DataFrame(rows, columns=columns),
            data=data[["indicator", "level", "place_id", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), language=self.words, colour=figures.colour(self.axis),
            draw=partial(_draw_changes, panels, self.axis, self.lead_country_name),
        )  # fmt: skip

    def _change_sentences(self) -> list[Paragraph]:
        found = []
        for indicator, level, panel, frame in self._panels:
            values = [indicator.value(panel.before.median), indicator.value(panel.after.median)]
            text = prose.panel_sentence(indicator.named, panel.n, level, (panel.start, panel.end), values, self.words)
            if level == "city":
                text += self._majority(
                    frame.loc[frame["place_id"].isin(panel.places) & (frame["year"] == panel.end), "iso3"]
                )
            found.append(Paragraph(text, "finding"))
        return found

    # what helps, what hinders, good practices

    @cached_property
    def factors(self) -> Section:
        """Show what helps and what hinders, as published."""
        return Section(factors_of(self, self.edition, self.axis, f"{self.id}-factors"))

    @cached_property
    def practices(self) -> Section:
        """Show the good practices published on this axis."""
        say = self.words.say
        frame = tables.read("good_practices", axis=self.axis)
        own = frame[frame["edition"] == self.edition]
        parts: list[Part] = []
        if own.empty:
            text = say(
                "No good practice of the {edition} edition on this axis is named in the pages seen.",
                edition=self.edition,
            )
            parts.append(Paragraph(text, "gap"))
        if loose := int(frame["edition"].isna().sum()):
            text = self.words.count(
                "{n} practice is shown on the site of the Community without an edition; it may not belong to a study.",
                "{n} practices are shown on the site of the Community without an edition; they may not belong to a study.",
                loose,
            )
            parts.append(Paragraph(text, "note"))
        if len(frame):
            table = pd.DataFrame(
                {
                    say("Practice"): frame["name"],
                    say("City"): [
                        f"{row['city']} ({self.words.country(row['country_iso3'])})" for _, row in frame.iterrows()
                    ],
                    say("What it is"): [self.words.text(row, "description") for _, row in frame.iterrows()],
                    say("Edition"): [say("not stated") if pd.isna(year) else str(year) for year in frame["edition"]],
                    say("Published at"): frame["source"],
                }
            )
            parts.append(
                Listing(f"{self.id}-practices", say("Good practices"), table, {say("Published at"): address_links})
            )
        return Section(parts)

    # where it comes from

    @cached_property
    def sources(self) -> Section:
        """List the sources and caveats of exactly the data shown."""
        shown: list[tuple[Indicator, pd.DataFrame]] = [
            *((one, frame) for one, frame in self._city_data if len(frame) >= MINIMUM),
            *self._country_data,
            *((indicator, frame) for indicator, _, _, frame in self._panels),
        ]
        ids = {source for _, frame in shown for source in frame["source_id"]}
        caveats = [(indicator.name, indicator.caveat) for indicator, _ in shown]
        parts = self.source_list(ids, caveats, self.id)
        return Section([*parts, *self.provenance(self.id).parts])


def _draw_spreads(
    groups: Sequence[figures.Spread], axis: str, indicator: Indicator, limits: tuple[float, float] | None, wide: bool
) -> Any:
    return figures.spreads(groups, axis, wide, indicator.short, limits)


def _draw_strips(rows: Sequence[figures.Spread], axis: str, indicators: Sequence[Indicator], wide: bool) -> Any:
    return figures.strips(rows, axis, wide, [indicator.short for indicator in indicators])


def _draw_changes(panels: Sequence[figures.Panel], axis: str, lead: str, wide: bool) -> Any:
    return figures.changes(panels, axis, wide, lead)
