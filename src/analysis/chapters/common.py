"""What all chapters share: the study, the language, and what was used on the way."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import pandas as pd

from analysis import alternatives, parameters, provenance, study, tables
from analysis.alternatives import Alternative, Choices
from analysis.document import Span
from analysis.exhibits import Listing, Paragraph, Part, Section
from analysis.language import Language, language
from analysis.provenance import remembered

ADDRESSES = " | "  # separates several addresses of one fact
OWN_LICENCE = "CC BY 4.0"
Value = TypeVar("Value")
LISTED = ("listing", "flag")  # kinds of what is known to exist; they do not measure


def address_links(text: Any) -> list[Span]:
    """Turn the addresses of a fact into links, numbered where there are several; other text stays text."""
    if pd.isna(text):
        return []
    spans: list[Span] = []
    for number, address in enumerate(str(text).split(ADDRESSES), start=1):
        spans += [Span(", ")] if spans else []
        if address.startswith(("https://", "http://")):
            host = address.split("/")[2].removeprefix("www.")
            spans.append(Span(f"{host} ({number})", address, hint=address))
        else:
            spans.append(Span(address))
    return spans


def code(text: Any) -> list[Span]:
    """Mark a name of the data as such: it is the same in every language."""
    return [Span(str(text), code=True)]


def searchable(listing: Listing, label: str, words: Language) -> Listing:
    """Let the rows of a listing be searched in the book, by a field with a label."""
    return replace(listing, search=label, found=words.say("{shown} of {total} rows", shown="{shown}", total="{total}"))


def usable(values: pd.DataFrame) -> pd.DataFrame:
    """Keep of the table `values` what may be used: flagged values (not ranked, impossible) stay out."""
    return values[~values["flag"].isin(["not_ranked", "impossible"])].dropna(subset=["value"]).reset_index(drop=True)


@dataclass(frozen=True)
class Indicator:
    """A row of the catalogue, in the reader's language."""

    row: "pd.Series[Any]"
    words: Language
    default_window: int
    release: str = ""  # taken alone where the indicator joins several; empty for all

    @property
    def id(self) -> str:
        """Give the id of the indicator."""
        return str(self.row["indicator_id"])

    @property
    def slug(self) -> str:
        """Give the id as it stands in an address, without the prefix of the axis."""
        return self.id.split("_", 1)[1].replace("_", "-")

    @property
    def name(self) -> str:
        """Give the full name."""
        return self.words.text(self.row, "name")

    @property
    def label(self) -> str:
        """Give the short name."""
        return self.words.text(self.row, "label")

    @property
    def unit(self) -> str:
        """Give the unit as the catalogue of translations knows it."""
        return str(self.row["unit_en"])

    @property
    def kind(self) -> str:
        """Give the kind: share, level, index, relative score, ratio, flag or listing."""
        return str(self.row["kind"])

    @property
    def measures(self) -> bool:
        """Say whether its values measure places; a list of what is known to exist does not."""
        return self.kind not in LISTED

    @property
    def over_time(self) -> str:
        """Say how the indicator may be read over time."""
        return str(self.row["over_time"])

    @property
    def inequality(self) -> str:
        """Say which measure of inequality suits it: ratio, distance or none."""
        return str(self.row["inequality"])

    @property
    def weights(self) -> str:
        """Say by whose inhabitants it may be weighted, population, urban or agglomeration; empty where by none."""
        return "" if pd.isna(self.row["weights"]) else str(self.row["weights"])

    def rests_on(self, alternative: Alternative, choices: Iterable[str]) -> bool:
        """Say whether an alternative may change what is computed from it, where that follows from the choices named."""
        if alternative.choice == "release":
            return len(self.sources) > 1 and alternative.value in self.sources
        own_window = alternative.choice == "window" and not pd.isna(self.row["window"])
        return alternative.choice in choices and not own_window

    @property
    def window(self) -> int:
        """Give the number of years before an edition from which values are shown."""
        return self.default_window if pd.isna(self.row["window"]) else int(self.row["window"])

    @property
    def caveat(self) -> str:
        """Give what a reader must know, or empty."""
        return self.words.text(self.row, "caveat")

    @property
    def named(self) -> str:
        """Give the full name as a sentence quotes it, with the unit where neither name nor values tell it."""
        if self.unit.startswith(("%", "index", "ratio", "standard")) or self.unit in str(self.row["name_en"]):
            return self.words.say("“{name}”", name=self.name)
        return self.words.say("“{name}” ({unit})", name=self.name, unit=self.words.say(self.unit))

    def value(self, value: float) -> str:
        """Write a value; of the units, only the percent sign goes with it."""
        write = self.words.percent if self.unit.startswith("%") else self.words.number
        return write(value, int(self.row["decimals"]))

    def short(self, value: float) -> str:
        """Write a value without its unit, for a scale; a percent sign stays."""
        if self.unit.startswith("%"):
            return self.words.percent(value, 0 if value == round(value) else int(self.row["decimals"]))
        # a scale may need more decimals than the precision of the values
        return self.words.number(value, 0 if value == round(value) else max(1, int(self.row["decimals"])))

    @property
    def sources(self) -> list[str]:
        """List the ids of its sources; where they are several, they are joined to one series."""
        return str(self.row["source_id"]).split(";")

    def values(self, years: range | None = None) -> pd.DataFrame:
        """Read the usable values, of some years where they are given: flagged ones (not ranked, impossible) stay out."""
        frame = usable(tables.read("values", indicator_id=self.id, **({} if years is None else {"year": years})))
        return self.released(frame)

    def released(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Keep of values those of the release that is taken alone, where the indicator joins it with another."""
        if self.release not in self.sources or len(self.sources) == 1:
            return frame
        return frame[frame["source_id"] == self.release].reset_index(drop=True)


@dataclass(frozen=True)
class Base:
    """What every chapter has: a language and, from there, the matrix and the names.

    A chapter with a choice `instead` makes this one choice otherwise than the study does. It is there to see what still holds
    (`analysis.chapters.robust`), never to be shown. What such chapters need alike is made once (`shared`).
    """

    lang: str
    instead: Alternative | None = field(default=None, kw_only=True)
    shared: dict[Hashable, Any] = field(default_factory=dict, kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse parameters that a notebook does not have, and a language that is not built."""
        if self.instead is None:
            parameters.check_names()
        for one in fields(self):
            if one.type in (int, str):
                object.__setattr__(self, one.name, parameters.fitting(one.name, getattr(self, one.name), one.type))
        self.study.check(lang=self.lang)

    @remembered
    def study(self) -> study.Study:
        """Give the matrix."""
        return study.load()

    @remembered
    def words(self) -> Language:
        """Give the language of the reader."""
        return language(self.lang)

    @property
    def lead_name(self) -> str:
        """Name the lead city."""
        return self.words.city(self.study.lead_name)

    def city_name(self, place_id: str, name: str) -> str:
        """Name a city as the study does, where it took part, in the reader's language."""
        named = tables.read("participants", place_id=place_id)["city"]
        return self.words.city(str(named.iloc[0]) if len(named) else name)

    @remembered
    def lead_country_name(self) -> str:
        """Name the country of the lead city."""
        return self.words.country(self.study.lead_country)

    @remembered
    def region_of(self) -> "pd.Series[str]":
        """Give the region of each country, by its code."""
        return tables.read("countries").set_index("iso3")["region"]

    @remembered
    def region_names(self) -> dict[str, str]:
        """Name the regions."""
        return {str(row["region"]): self.words.text(row, "name") for _, row in tables.read("regions").iterrows()}

    def axis_name(self, axis: str) -> str:
        """Name an axis; what cuts across them has a name too."""
        return self.words.say("All axes") if axis == "cross" else self.study.axis_name(axis, self.lang)

    def indicators(self, axis: str, level: str) -> list[Indicator]:
        """List the indicators of an axis at a level, in the order of the catalogue."""
        frame = self.once(("catalogue", axis, level), lambda: tables.read("catalogue", axis=axis, level=level))
        choices = self.choices
        return [Indicator(row, self.words, choices.window, choices.release) for _, row in frame.iterrows()]

    def once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Make something that a chapter and those under alternatives need alike, once; each is noted to have read for it."""
        with provenance.making() as notes:
            if key in self.shared:
                notes.add(self.shared[key][1])
            else:
                self.shared[key] = (make(), notes)
        made: Value = self.shared[key][0]
        return made

    @remembered
    def choices(self) -> Choices:
        """Give the choices that a critic may question, as this chapter makes them."""
        own = alternatives.of_study(self.study)
        return own if self.instead is None else self.instead.applied(own)

    def citations(self, source_ids: Iterable[str]) -> str:
        """Cite sources in one text, each once, by title and publisher."""
        rows = self.source_rows(source_ids)
        return "; ".join(f"{row['publisher']}, {row['title']}" for _, row in rows.iterrows()) + "."

    def source_rows(self, source_ids: Iterable[str]) -> pd.DataFrame:
        """Read the sources named, in the order of their ids."""
        return tables.read("sources", source_id=sorted(set(source_ids)))

    def with_terms(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add title and licence of each row's source to data for download."""
        sources = self.source_rows(frame["source_id"])[["source_id", "title", "licence"]]
        return frame.merge(sources.rename(columns={"title": "source"}), on="source_id", how="left", validate="m:1")

    def licences(self, named: Sequence[str]) -> list[str]:
        """Give the terms of each row of a download, word by word, from the sources that it names ("one; another")."""
        ids = [[one.strip() for one in text.split(";")] for text in named]
        rows = self.source_rows(one for several in ids for one in several)
        terms = dict(zip(rows["source_id"], rows["licence"], strict=True))
        return ["; ".join(dict.fromkeys(terms[one] for one in sorted(several))) for several in ids]

    def source_list(self, source_ids: Iterable[str], caveats: Iterable[tuple[str, str]], id: str) -> list[Part]:
        """List sources with version and licence, and what to know about the data used."""
        say = self.words.say
        rows = self.source_rows(source_ids)
        if rows.empty:
            return []
        text = self.words.count(
            "The values shown come from {n} source.", "The values shown come from {n} sources.", len(rows)
        )
        parts: list[Part] = [Paragraph(text, "note")]
        table = pd.DataFrame(
            {
                say("Source"): rows["citation"],
                say("Version"): [self.words.translated(text) for text in rows["version_date"]],
                say("Licence"): [self.words.translated(text) for text in rows["licence"]],
                say("Address"): rows["url"],
            }
        )
        parts.append(
            Listing(f"{id}-sources", say("Sources of the values shown"), table, {say("Address"): address_links})
        )
        shown = [(name, text) for name, text in dict(caveats).items() if text]
        if shown:
            table = pd.DataFrame(shown, columns=[say("Indicator"), say("What to know")])
            parts.append(Listing(f"{id}-caveats", say("Caveats of the data used"), table))
        return parts

    def provenance(self, id: str) -> Section:
        """Show what was read to make the page: table, slice, rows and digest."""
        say = self.words.say
        readings = [one for one in provenance.readings() if one.digest]  # without answers that are not there
        rows = sum(reading.rows for reading in readings)
        table = pd.DataFrame(
            [(r.source, r.text or say("whole"), self.words.number(r.rows), r.digest) for r in readings],
            columns=[say("Table"), say("Slice"), say("Rows"), say("Digest")],
        )
        text = self.words.count(
            "This page was made from {n} slice of the tables ({rows} rows).",
            "This page was made from {n} slices of the tables ({rows} rows).",
            len(readings), rows=self.words.number(rows),
        )  # fmt: skip
        codes = dict.fromkeys((say("Table"), say("Slice"), say("Digest")), code)
        listing = Listing(f"{id}-readings", say("What was read"), table, codes, folded=True)
        return Section([Paragraph(text, "note"), listing])


def in_short(sections: Iterable[Section]) -> Section:
    """Gather the first finding (or gap) of each section, for the top of the page."""
    firsts: list[Part] = []
    for section in sections:
        found = next((p for p in section.parts if isinstance(p, Paragraph) and p.kind in ("finding", "gap")), None)
        if found:
            firsts.append(found)
    return Section(firsts)
