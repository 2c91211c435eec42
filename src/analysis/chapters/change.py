"""What changed up to an edition, in the chapter of an axis."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analysis import figures, prose, statistics
from analysis.chapters.common import Indicator
from analysis.chapters.robust import Family, Statement
from analysis.chapters.setting import Cell
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.language import Language
from analysis.provenance import remembered

Panel = TypeVar("Panel", statistics.Change, statistics.Series)


def parts_of(indicator: Indicator, frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Give the values in which a panel is looked for: all of them, or those of each country where they compare within one."""
    if indicator.over_time != "within_country":
        return [frame]
    return [part for _, part in frame.groupby("iso3")]


def comparable(
    indicator: Indicator, frame: pd.DataFrame, find: Callable[[pd.DataFrame], Panel | None]
) -> tuple[Panel, pd.DataFrame] | None:
    """Find a fixed panel among the places that the indicator lets compare, and give it with their values.

    Where values compare within a country only, it is the panel of the one country with most places (of several, the
    first by code), never one across countries. `None` where there is none.
    """
    own = [(find(part), part) for part in parts_of(indicator, frame)]
    found = [(panel, part) for panel, part in own if panel is not None]
    return max(found, key=lambda one: one[0].n, default=None)


def where(indicator: Indicator, iso3: "pd.Series[str]", words: Language) -> str:
    """Say in which country the cities of a panel are, and why in one alone; empty where they are in several."""
    text = prose.majority(iso3, words)
    if indicator.over_time == "within_country":
        text += " " + words.say("It is the country with most cities: these values compare within a country only.")
    return text


class Change(Cell):
    """Change on fixed panels: the same places in both years, and nothing else."""

    @property
    def _before(self) -> range:
        """Give the years in which change is looked for."""
        return range(self.edition - self.choices.look_back, self.edition + 1)

    def _span(self, table: statistics.Wide) -> statistics.Change | None:
        """Find the fixed panel that is compared."""
        return statistics.best_span(table, self._before[0], self._before[-1], self.choices.minimum, self.choices.panel)

    def _tables(self, indicator: Indicator) -> list[tuple[statistics.Wide, pd.DataFrame]]:
        """Give the values up to the edition in which a panel is looked for, as matrices."""

        years = self.choices.look_back if self.instead is None else len(self._reach) - 1

        def made() -> list[tuple[statistics.Wide, pd.DataFrame]]:
            return [(statistics.wide(part), part) for part in parts_of(indicator, self.values_of(indicator, years))]

        return self.once(("tables", indicator.id, indicator.release, years), made)

    @remembered
    def panels(self) -> list[tuple[Indicator, str, statistics.Change, pd.DataFrame]]:
        """Find, for each indicator that may be compared over time, a fixed panel up to the edition."""
        found = []
        for level in ("city", "country"):
            for indicator in self.indicators(self.axis, level):
                if indicator.over_time in ("values", "within_country"):
                    own = [(self._span(table), part) for table, part in self._tables(indicator)]
                    pairs = [(panel, part) for panel, part in own if panel is not None]
                    if pairs:
                        found.append((indicator, level, *max(pairs, key=lambda one: one[0].n)))
        return found

    @remembered
    def change(self) -> Section:
        """Show what changed up to the edition, on fixed panels only."""
        say = self.words.say
        parts: list[Part] = []
        for (indicator, _, _, _), told in zip(self.panels, self.change_sentences(), strict=True):
            parts.append(Paragraph(self._with_tally(told.text, "change", indicator), "finding"))
        for indicator, panel, shares in self._positions:
            sentence = self._position_sentence(indicator, panel, shares)
            parts.append(Paragraph(self._with_tally(sentence, "position", indicator), "finding"))
        parts += self.noted("change", "position")
        if not parts:
            parts.append(
                Paragraph(
                    say(
                        "No indicator of this axis has the same places in two of the {n} years before the edition.",
                        n=self.choices.look_back,
                    ),
                    "gap",
                )
            )
        if self.panels:
            parts.append(self._change_exhibit())
        return Section([*parts, *self._not_compared()])

    def _with_tally(self, sentence: str, kind: str, indicator: Indicator) -> str:
        """Add to a sentence on change in how many alternatives its direction holds, where it does not hold in all."""
        tally = self.tally(kind, indicator.id)
        if tally is None:
            return sentence
        return f"{sentence} " + self.words.say(
            "The direction of this change holds in {holds} of {total} alternative choices.", **tally
        )

    @remembered
    def _positions(self) -> list[tuple[Indicator, statistics.Change, tuple[float, float]]]:
        """Find, where raw values do not compare, how the position of the country changed on a fixed panel."""
        found = []
        for indicator in self.indicators(self.axis, "country"):
            if indicator.over_time != "positions":
                continue
            table = self._tables(indicator)[0][0].known_of(self.study.lead_country)
            panel = self._span(table)
            if panel is not None:
                shares = self._shares_below(table, panel)
                found.append((indicator, panel, shares))
        return found

    def _shares_below(self, table: statistics.Wide, panel: statistics.Change) -> tuple[float, float]:
        """Give the share of a panel that stands below the country of the lead city in both of its years, in percent."""
        before, after = table.of(panel.start), table.of(panel.end)
        inside = ~np.isnan(before) & ~np.isnan(after)
        lead = table.places[inside] == self.study.lead_country
        shares = [100 * statistics.position(float(year[inside][lead][0]), year[inside]) for year in (before, after)]
        return shares[0], shares[1]

    def _position_sentence(self, indicator: Indicator, panel: statistics.Change, shares: tuple[float, float]) -> str:
        return self.words.say(
            "Read by position, {name}: {before} of the same {n} countries stood below {country} in {start}, {after} in {end}.",
            name=indicator.named, before=self.words.percent(shares[0]), after=self.words.percent(shares[1]),
            n=self.words.number(panel.n), start=panel.start, end=panel.end, country=self.lead_country_name,
        )  # fmt: skip

    def families(self) -> Mapping[str, Family]:
        """Give the statements on the direction of each change, besides those of other parts."""
        say, within, rests = self.words.say, self.words.within, ("minimum", "look_back", "panel")
        written = {"rises": say("rises"), "falls": say("falls"), "same": say("stays the same, as written")}

        def label(one: Indicator, level: str) -> str:
            if level == "city":
                return say("Median of the same cities: {name}", name=within(one.label))
            return say("Median of the same countries: {name}", name=within(one.label))

        def medians() -> list[Statement]:
            return [
                Statement(one.id, label(one, level), _direction(one.value, panel.before.median, panel.after.median), (one,), rests)
                for one, level, panel, _ in self.panels
            ]  # fmt: skip

        def positions() -> list[Statement]:
            return [
                Statement(one.id, say("Position of {country} among the same countries: {name}", country=self.lead_country_name,
                                      name=within(one.label)), _direction(self.words.percent, *shares), (one,), rests)
                for one, _, shares in self._positions
            ]  # fmt: skip

        return {**super().families(), "change": Family(medians, written.__getitem__),
                "position": Family(positions, written.__getitem__)}  # fmt: skip

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
            if indicator.over_time in reasons and indicator.measures
        ]
        if not rows:
            return []
        table = pd.DataFrame(rows, columns=[say("Indicator"), say("Why it is not compared")])
        return [Listing(f"{self.id}-not-compared", say("Not compared over time"), table)]

    def _change_exhibit(self) -> Exhibit:
        say = self.words.say
        panels, rows, frames = [], [], []
        for indicator, level, panel, frame in self.panels:
            inside = frame[frame["place_id"].isin(panel.places) & frame["year"].isin([panel.start, panel.end])]
            lead_id = self.study.lead_country if level == "country" else self.study.lead_city
            lead = inside[inside["place_id"] == lead_id].set_index("year")["value"]
            pair = (float(lead[panel.start]), float(lead[panel.end])) if len(lead) else None
            places = (
                self.words.count("{n} country", "{n} countries", panel.n)
                if level == "country"
                else self.words.count("{n} city", "{n} cities", panel.n)
            )
            if indicator.over_time == "within_country":
                places = say("{country}, {places}", country=self.words.country(inside["iso3"].iloc[0]), places=places)
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
            alt=" ".join(part.text for part in self.change_sentences()), table=pd.DataFrame(rows, columns=columns),
            data=data[["indicator", "level", "place_id", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), language=self.words, colour=figures.colour(self.axis),
            draw=partial(_draw_changes, panels, self.axis, self.lead_country_name),
        )  # fmt: skip

    def change_sentences(self) -> list[Paragraph]:
        """Say what changed on each of the panels."""
        found = []
        for indicator, level, panel, frame in self.panels:
            values = [indicator.value(panel.before.median), indicator.value(panel.after.median)]
            text = prose.panel_sentence(indicator.named, panel.n, level, (panel.start, panel.end), values, self.words)
            if level == "city":
                inside = frame["place_id"].isin(panel.places) & (frame["year"] == panel.end)
                text = f"{text} {where(indicator, frame.loc[inside, 'iso3'], self.words)}".strip()
            found.append(Paragraph(text, "finding"))
        return found


def _direction(write: Callable[[float], str], before: float, after: float) -> str:
    """Say in which direction a value went as it is written; what is written alike stays the same."""
    if write(before) == write(after):
        return "same"
    return "rises" if after > before else "falls"


def _draw_changes(panels: Sequence[figures.Panel], axis: str, lead: str, wide: bool) -> Any:
    return figures.changes(panels, axis, wide, lead)
