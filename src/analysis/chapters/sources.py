"""The page of data and sources."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import tables
from analysis.chapters.common import Base, code
from analysis.exhibits import Heading, Listing, Paragraph, Part, Section
from analysis.provenance import remembered


@dataclass(frozen=True)
class SourcesPage(Base):
    """Every table, every indicator and every source, with its terms."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Data and sources")

    @remembered
    def codebook(self) -> Section:
        """List the tables of the compendium."""
        say = self.words.say
        rows = [
            (
                name,
                one["title"],
                self.words.number(len(tables.read(name))),
                one["licenses"][0]["title"],
                f"data/{one['path']}",
            )
            for name, one in tables.describe().items()
        ]
        columns = [say("Table"), say("What a row is"), say("Rows"), say("Terms"), say("File")]
        table = pd.DataFrame(
            [(a, self.words.translated(b), c, self.words.translated(d), e) for a, b, c, d, e in rows], columns=columns
        )
        text = self.words.count("The study rests on {n} table.", "The study rests on {n} tables.", len(rows))
        return Section(
            [
                Paragraph(text, "finding"),
                Listing("tables", say("Tables of the compendium"), table, {columns[0]: code, columns[-1]: code}),
            ]
        )

    @remembered
    def indicators_used(self) -> Section:
        """List the indicators with level, unit, number of places and years."""
        say = self.words.say
        values = tables.read("values")
        values = values[~values["flag"].isin(["not_ranked", "impossible"])]
        sizes = values.groupby("indicator_id").agg(
            places=("place_id", "nunique"), first=("year", "min"), last=("year", "max")
        )
        levels = {"city": say("city"), "country": say("country")}
        parts: list[Part] = []
        for axis in [*self.study.axes, "context"]:
            rows = []
            for indicator in [*self.indicators(axis, "city"), *self.indicators(axis, "country")]:
                size: Any = sizes.loc[indicator.id]
                rows.append(
                    (indicator.name, levels[indicator.row["level"]], say(indicator.unit), self.words.number(size["places"]),
                     self.words.years(int(size["first"]), int(size["last"])), indicator.caveat)
                )  # fmt: skip
            name = say("Context") if axis == "context" else self.axis_name(axis)
            columns = [say("Indicator"), say("Level"), say("Unit"), say("Places"), say("Years"), say("What to know")]
            parts += [
                Heading(name),
                Listing(
                    f"indicators-{axis}", say("Indicators: {axis}", axis=name), pd.DataFrame(rows, columns=columns)
                ),
            ]
        return Section(parts)

    @remembered
    def sources(self) -> Section:
        """List the sources with their terms."""
        say = self.words.say
        frame = tables.read("sources")
        closed = int((~frame["open_licence"].astype(bool)).sum())
        text = self.words.count(
            "{n} source states no open licence: cite it, and do not pass it on under another licence.",
            "{n} sources state no open licence: cite them, and do not pass them on under another licence.", closed,
        )  # fmt: skip
        obtained = [self.words.translated(text) for text in frame["obtained_via"]]
        how = Listing("all-obtained", say("How the sources were obtained"),
                      pd.DataFrame({say("Source"): frame["title"], say("Obtained as"): obtained}))  # fmt: skip
        return Section([Paragraph(text, "finding"), *self.source_list(frame["source_id"], [], "all"), how])
