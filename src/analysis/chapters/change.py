"""What changed up to an edition, in the chapter of an axis."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

import pandas as pd

from analysis import figures, prose, statistics
from analysis.chapters.common import Indicator
from analysis.chapters.setting import LOOK_BACK, MINIMUM, Cell
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.language import Language

Panel = TypeVar("Panel", statistics.Change, statistics.Series)


def comparable(
    indicator: Indicator, frame: pd.DataFrame, find: Callable[[pd.DataFrame], Panel | None]
) -> tuple[Panel, pd.DataFrame] | None:
    """Find a fixed panel among the places that the indicator lets compare, and give it with their values.

    Where values compare within a country only, it is the panel of the one country with most places (of several, the
    first by code), never one across countries. `None` where there is none.
    """
    if indicator.over_time != "within_country":
        panel = find(frame)
        return None if panel is None else (panel, frame)
    own = [(find(part), part) for _, part in frame.groupby("iso3")]
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
        return range(self.edition - LOOK_BACK, self.edition + 1)

    @cached_property
    def panels(self) -> list[tuple[Indicator, str, statistics.Change, pd.DataFrame]]:
        """Find, for each indicator that may be compared over time, a fixed panel up to the edition."""
        found = []
        for level in ("city", "country"):
            for indicator in self.indicators(self.axis, level):
                if indicator.over_time in ("values", "within_country"):
                    frame = indicator.values(self._before)
                    pair = comparable(
                        indicator, frame,
                        lambda part: statistics.best_span(part, self._before[0], self._before[-1], MINIMUM),
                    )  # fmt: skip
                    if pair:
                        found.append((indicator, level, *pair))
        return found

    @cached_property
    def change(self) -> Section:
        """Show what changed up to the edition, on fixed panels only."""
        say = self.words.say
        parts: list[Part] = []
        parts += self.change_sentences()
        for indicator in self.indicators(self.axis, "country"):
            if indicator.over_time == "positions" and (sentence := self._position_sentence(indicator)):
                parts.append(Paragraph(sentence, "finding"))
        if not parts:
            parts.append(
                Paragraph(
                    say(
                        "No indicator of this axis has the same places in two of the {n} years before the edition.",
                        n=LOOK_BACK,
                    ),
                    "gap",
                )
            )
        if self.panels:
            parts.append(self._change_exhibit())
        return Section([*parts, *self._not_compared()])

    def _position_sentence(self, indicator: Indicator) -> str:
        """Say how the position of the country changed on a fixed panel, where raw values do not compare."""
        frame = indicator.values(self._before)
        lead = frame[frame["place_id"] == self.study.lead_country]
        panel = statistics.best_span(
            frame[frame["year"].isin(lead["year"])], self._before[0], self._before[-1], MINIMUM
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


def _draw_changes(panels: Sequence[figures.Panel], axis: str, lead: str, wide: bool) -> Any:
    return figures.changes(panels, axis, wide, lead)
