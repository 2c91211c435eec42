"""The national setting, in the chapter of an axis."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from analysis import figures, prose, statistics
from analysis.chapters.common import Indicator
from analysis.chapters.robust import Family, Statement
from analysis.chapters.setting import Cell
from analysis.exhibits import Exhibit, Paragraph, Section
from analysis.provenance import remembered


class Countries(Cell):
    """The countries of the lead city and of participants against the quartiles of the reporting countries."""

    @remembered
    def _country_data(self) -> list[tuple[Indicator, pd.DataFrame]]:
        found = [(one, self.shown(one)) for one in self.indicators(self.axis, "country")]
        return [(indicator, frame) for indicator, frame in found if len(frame) >= self.choices.minimum]

    @remembered
    def _marked_countries(self) -> list[str]:
        """List the country of the lead city and those of documented participants."""
        others = sorted(set(self.participants["country_iso3"]) - {self.study.lead_country})
        return [self.study.lead_country, *others]

    @remembered
    def country(self) -> Section:
        """Show the national setting: the marked countries against the quartiles of the reporting countries."""
        say = self.words.say
        if not self._country_data:
            return Section([Paragraph(say("No country-level indicator of this axis has values in the window."), "gap")])
        note = say(
            "Values of a country are the setting of its cities, the same for all of them: they are no result of a city."
        )
        named = [(one.id, self.words.within(one.label)) for one, _ in self._country_data]
        sentence = f"{self._country_sentence()} {self.fragile('country', named)}".strip()
        return Section(
            [Paragraph(sentence, "finding"), *self.noted("country"), Paragraph(note, "note"), self._country_exhibit()]
        )

    def _country_quarters(self) -> list[tuple[Indicator, str]]:
        """Find the quarter of each distribution in which the country of the lead city lies, where it has a value."""
        found = []
        for indicator, frame in self._country_data:
            lead = frame[frame["place_id"] == self.study.lead_country]
            if len(lead):
                spread = statistics.distribution(frame["value"])
                found.append((indicator, statistics.quarter(lead["value"].iloc[0], spread)))
        return found

    def _country_sentence(self) -> str:
        """Say where the country of the lead city stands on each indicator."""
        say = self.words.say
        where: dict[str, list[str]] = {}
        for indicator, quarter in self._country_quarters():
            where.setdefault(quarter, []).append(self.words.within(indicator.label))
        if not where:
            return say("{country} has no value in the window.", country=self.lead_country_name)
        return say("Among the reporting countries, {country} stands {clauses}.", country=self.lead_country_name,
                   clauses=prose.clauses(where, self.words))  # fmt: skip

    def families(self) -> Mapping[str, Family]:
        """Give the statements on where the country of the lead city stands, besides those of other parts."""

        def made() -> list[Statement]:
            return [
                Statement(one.id, self._country_label(one), quarter, (one,), ("window", "minimum"))
                for one, quarter in self._country_quarters()
            ]

        return {**super().families(), "country": Family(made, lambda quarter: prose.place_in(quarter, self.words))}

    def _country_label(self, indicator: Indicator) -> str:
        return self.words.say("{place} among the reporting countries: {name}", place=self.lead_country_name,
                              name=self.words.within(indicator.label))  # fmt: skip

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


def _draw_strips(rows: Sequence[figures.Spread], axis: str, indicators: Sequence[Indicator], wide: bool) -> Any:
    return figures.strips(rows, axis, wide, [indicator.short for indicator in indicators])
