"""Who took part in the study, who belongs to the Community, and what is not known of either."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from analysis import figures_participation, members, tables
from analysis.chapters.common import ADDRESSES, OWN_LICENCE, Base, Indicator, address_links, in_short, searchable
from analysis.chapters.participants import MAP_SOURCES, participants_map
from analysis.chapters.published import can_be_filled, planned_notes
from analysis.exhibits import Exhibit, Listing, Paragraph, Part, Section
from analysis.provenance import remembered

URBAN = "ctx_urban_population"
_MILLION = 1_000_000


@dataclass(frozen=True)
class Coverage:
    """How many of the world's urban dwellers live in countries of documented participants.

    `countries` has a row for each country with a value in `year`: `iso3`, `region`, `value` (inhabitants), `documented`.
    """

    year: int
    countries: pd.DataFrame

    @property
    def documented(self) -> pd.DataFrame:
        """Keep the countries of documented participants."""
        return self.countries[self.countries["documented"]]

    @property
    def whole(self) -> float:
        """Give the urban dwellers of all countries."""
        return float(self.countries["value"].sum())

    @property
    def part(self) -> float:
        """Give the urban dwellers of the countries of documented participants."""
        return float(self.documented["value"].sum())

    def percent(self, value: float) -> float:
        """Give a number of urban dwellers as a share of all, in percent."""
        return 100 * value / self.whole


@dataclass(frozen=True)
class ParticipationChapter(Base):
    """Participation by edition, on the map, by region and by urban dwellers; the members; the gaps.

    Parameters
    ----------
    lang
        Language of the reader.
    """

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return "participation"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Participation")

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.editions, self.map, self.regions, self.urban, self.members])

    @remembered
    def named(self) -> pd.DataFrame:
        """Read all documented participants, with the region of their country."""
        frame = tables.read("participants")
        return frame.assign(region=frame["country_iso3"].map(self.region_of))

    @remembered
    def _editions(self) -> pd.DataFrame:
        """Read the editions, with the number of cities documented by name and that of their countries."""
        frame = tables.read("editions", edition=self.study.published).sort_values("edition").reset_index(drop=True)
        found = self.named.groupby("edition")["country_iso3"].agg(["size", "nunique"])
        counted = found.reindex(frame["edition"], fill_value=0).to_numpy()
        return frame.assign(named=counted[:, 0], countries_named=counted[:, 1])

    @property
    def _unnamed(self) -> int:
        """Count the participations that are not documented by name."""
        return int(self._editions["n_cities"].sum()) - len(self.named)

    def _number(self, value: Any) -> str:
        return self.words.say("not known") if pd.isna(value) else self.words.number(int(value))

    def _countries(self, iso3: Iterable[str]) -> str:
        """Name countries, in alphabetical order."""
        return self.words.listed(sorted(self.words.country(code) for code in set(iso3)))

    # by edition

    @remembered
    def editions(self) -> Section:
        """Show how many cities and countries took part in each edition, and how many of them are documented by name."""
        words, say, frame = self.words, self.words.say, self._editions
        cities = frame["n_cities"].dropna()
        text = words.count(
            "{n} edition counts {total} participations of cities, from {low} to {high} in an edition; {named} are documented by name.",
            "{n} editions count {total} participations of cities, from {low} to {high} in an edition; {named} are documented by name.",
            len(cities), total=words.number(int(cities.sum())), low=words.number(int(cities.min())),
            high=words.number(int(cities.max())), named=words.number(len(self.named)),
        )  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding")]
        stated, silent = frame[frame["n_countries"].notna()], frame[frame["n_countries"].isna()]
        if len(stated):
            each = [say("{n} in the {edition} edition", n=self._number(row["n_countries"]), edition=row["edition"])
                    for _, row in stated.iterrows()]  # fmt: skip
            parts.append(
                Paragraph(say("Countries of the participating cities: {each}.", each=words.listed(each)), "finding")
            )
        if len(silent):
            text = words.count(
                "The number of countries is not known from the pages seen for {n} edition: {years}.",
                "The number of countries is not known from the pages seen for {n} editions: {years}.",
                len(silent), years=words.listed(map(str, silent["edition"])),
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        return Section([*parts, *planned_notes(self), self._by_edition()])

    def _by_edition(self) -> Exhibit:
        words, say, frame = self.words, self.words.say, self._editions
        drawn = [(str(row["edition"]), self._city_dots(row), self._country_dots(row)) for _, row in frame.iterrows()]
        table = pd.DataFrame(
            {
                say("Edition"): frame["edition"].astype(str),
                say("Cities"): [self._number(n) for n in frame["n_cities"]],
                say("Cities documented by name"): [words.number(n) for n in frame["named"]],
                say("Countries"): [self._number(n) for n in frame["n_countries"]],
                say("Countries of the cities documented by name"): [words.number(n) for n in frame["countries_named"]],
            }
        )
        years = [str(year) for year in frame.loc[frame["named"] > 0, "edition"]]
        title = say("No participant is documented by name") if not years else words.count(
            "Participants are documented by name for one edition alone: {years}",
            "Participants are documented by name for {n} editions: {years}", len(years), years=words.listed(years),
        )  # fmt: skip
        data = frame[["edition", "n_cities", "named", "n_countries", "countries_named", "urls"]]
        return Exhibit(
            id=f"{self.id}-editions", title=title, language=words, table=table,
            subtitle=say("A dot is a city, or a country of the cities. Full: documented by name; hollow: counted, not named. "
                         "Editions {first} to {last}.", first=frame["edition"].min(), last=frame["edition"].max()),
            alt=" ".join(f"{year}: {cities.text}; {countries.text}." for year, cities, countries in drawn),
            data=data.rename(columns={"named": "cities_named", "urls": "source"}).assign(unit="count", licence=OWN_LICENCE),
            source=say("pages of the editions, as compiled in the tables of editions and of participants") + ".",
            draw=partial(figures_participation.units, drawn),
        )  # fmt: skip

    def _city_dots(self, row: "pd.Series[Any]") -> figures_participation.Units:
        total, named = int(row["n_cities"]), int(row["named"])
        if named:
            text = self.words.count(
                "{n} city, {named} named", "{n} cities, {named} named", total, named=self.words.number(named)
            )
        else:
            text = self.words.count("{n} city, not named", "{n} cities, none named", total)
        return figures_participation.Units(total, named, text)

    def _country_dots(self, row: "pd.Series[Any]") -> figures_participation.Units:
        if pd.isna(row["n_countries"]):
            return figures_participation.Units(None, 0, self.words.say("countries not known"))
        total, named = int(row["n_countries"]), int(row["countries_named"])
        if named:
            text = self.words.count("{n} country, {named} named", "{n} countries, {named} named", total,
                                    named=self.words.number(named))  # fmt: skip
        else:
            text = self.words.count("{n} country, not named", "{n} countries, none named", total)
        return figures_participation.Units(total, named, text)

    # on the map

    @remembered
    def map(self) -> Section:
        """Show the documented participants of all editions on the map."""
        words, say, named = self.words, self.words.say, self.named
        if named.empty:
            return Section([Paragraph(say("No participant is documented by name, so no map can be drawn."), "gap")])
        cities = named.drop_duplicates("place_id")
        most = cities["country_iso3"].value_counts()
        text = words.count(
            "{n} city is documented as a participant, in {country}.",
            "{n} cities are documented as participants, in {countries} countries.",
            len(cities), countries=words.number(len(most)), country=words.country(str(most.index[0])),
        )  # fmt: skip
        if len(most) > 1 and most.iloc[0] > most.iloc[1]:
            text += " " + say("{n} of them are in {country}, more than in any other country.", n=words.number(int(most.iloc[0])),
                              country=words.country(str(most.index[0])))  # fmt: skip
        pages = {address for source in named["source"] for address in source.split(ADDRESSES)}
        note = words.count(
            "{n} page names them. What this page names decides what the map shows: it is no picture of all participants.",
            "{n} pages name them. What these pages name decides what the map shows: it is no picture of all participants.",
            len(pages),
        )  # fmt: skip
        subtitle = say("Named participants, editions: {years}; full dot: lead city. Equal Earth projection.",
                       years=words.listed(str(year) for year in sorted(set(named["edition"]))))  # fmt: skip
        shown = participants_map(self, named, f"{self.id}-map", subtitle, editions=True)
        return Section([Paragraph(text, "finding"), Paragraph(note, "note"), shown])

    # by region

    @remembered
    def regions(self) -> Section:
        """Show which regions have documented participants and which have none; what that does not prove."""
        words, say = self.words, self.words.say
        reached = [region for region in self.region_names if region in set(self.named["region"])]
        missed = [region for region in self.region_names if region not in reached]
        parts: list[Part] = []
        if reached:
            text = words.count(
                "The documented participants lie in {n} of the {total} regions of the world: {regions}.",
                "The documented participants lie in {n} of the {total} regions of the world: {regions}.",
                len(reached), total=len(self.region_names), regions=self._regions(reached),
            )  # fmt: skip
            parts.append(Paragraph(text, "finding"))
        if missed:
            text = words.count(
                "No participant is documented in {n} region: {regions}. That does not prove that none took part there, "
                "since {unnamed} of {total} participations are not documented by name.",
                "No participant is documented in {n} regions: {regions}. That does not prove that none took part there, "
                "since {unnamed} of {total} participations are not documented by name.",
                len(missed), regions=self._regions(missed), unnamed=words.number(self._unnamed),
                total=words.number(int(self._editions["n_cities"].sum())),
            )  # fmt: skip
            parts.append(Paragraph(text, "gap"))
        for _, row in self._editions.dropna(subset=["regions"]).iterrows():
            named = words.listed(words.translated(name.strip()) for name in str(row["regions"]).split(";"))
            text = say(
                "The {edition} edition itself says of its regions: {regions}.", edition=row["edition"], regions=named
            )
            parts.append(Paragraph(text, "note"))
        parts.append(Paragraph(say("Regions are those of the United Nations for the Sustainable Development Goals; "
                                   "an edition names regions in its own way."), "note"))  # fmt: skip
        return Section([*parts, self._region_listing(), self._published_regions()])

    def _regions(self, regions: Iterable[str]) -> str:
        return self.words.listed(self.region_names[region] for region in regions)

    def _region_listing(self) -> Listing:
        say, rows = self.words.say, []
        for region, name in self.region_names.items():
            here = self.named[self.named["region"] == region]
            rows.append((name, self.words.number(here["place_id"].nunique()), self._countries(here["country_iso3"])))
        columns = [say("Region"), say("Cities documented by name"), say("Their countries")]
        return Listing(
            f"{self.id}-regions", say("Documented participants by region"), pd.DataFrame(rows, columns=columns)
        )

    def _published_regions(self) -> Listing:
        """Set what each edition says of its regions beside the regions of its documented participants."""
        words, say, rows = self.words, self.words.say, []
        for _, row in self._editions.iterrows():
            here = set(self.named.loc[self.named["edition"] == row["edition"], "region"])
            published = "" if pd.isna(row["regions"]) else words.listed(
                words.translated(name.strip()) for name in str(row["regions"]).split(";"))  # fmt: skip
            known = say(
                "{named} of {total} cities named", named=words.number(row["named"]), total=words.number(row["n_cities"])
            )
            rows.append((str(row["edition"]), published or say("not known"),
                         self._regions(region for region in self.region_names if region in here) or say("none documented"),
                         known))  # fmt: skip
        columns = [
            say("Edition"),
            say("Regions, as published"),
            say("Regions of the documented participants"),
            say("How far documented"),
        ]
        return Listing(f"{self.id}-regions-published", say("What the editions say of their regions"),
                       pd.DataFrame(rows, columns=columns))  # fmt: skip

    # by urban dwellers

    @remembered
    def coverage(self) -> Coverage | None:
        """Add up the urban dwellers of countries; `None` where no participant is documented, or no value.

        The year is that of the newest edition with documented participants, or the nearest before it that has values.
        """
        if self.named.empty:
            return None
        newest = int(self.named["edition"].max())
        for year in range(newest, newest - self.study.window - 1, -1):
            frame = self._indicator.values(range(year, year + 1))
            if len(frame):
                documented = frame["place_id"].isin(set(self.named["country_iso3"]))
                return Coverage(year, frame.assign(region=frame["iso3"].map(self.region_of), documented=documented))
        return None

    @remembered
    def _indicator(self) -> Indicator:
        return Indicator(tables.read("catalogue", indicator_id=URBAN).iloc[0], self.words, self.study.window)

    @remembered
    def urban(self) -> Section:
        """Show how many of the world's urban dwellers live in countries of documented participants."""
        words, say, found = self.words, self.words.say, self.coverage
        if found is None:
            return Section([Paragraph(say("How many urban dwellers live in countries that took part is not known: no "
                                          "participant is documented by name."), "gap")])  # fmt: skip
        text = words.count(
            "In {year}, at least {share} of the world's urban dwellers lived in countries with a participating city: {part} of "
            "{whole} million people, in the country of documented participants ({n} of {all} countries and areas with a value).",
            "In {year}, at least {share} of the world's urban dwellers lived in countries with a participating city: {part} of "
            "{whole} million people, in the countries of documented participants ({n} of {all} countries and areas with a value).",
            len(found.documented), year=found.year, share=words.percent(math.floor(found.percent(found.part))),
            all=words.number(len(found.countries)), part=self._millions(found.part), whole=self._millions(found.whole),
        )  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding"), Paragraph(self._lower_bound(), "gap")]
        if len(found.documented) > 1:
            parts.append(Paragraph(self._largest(found), "finding"))
        parts.append(Paragraph(say("That a city takes part does not mean that its country does: the figure says how far the study "
                                   "reaches, not how many people it covers."), "note"))  # fmt: skip
        return Section([*parts, self._reach_exhibit(found)])

    def _millions(self, value: float) -> str:
        return self.words.number(value / _MILLION)

    def _lower_bound(self) -> str:
        """Say how many of the participating countries are documented, edition by edition."""
        words, say, frame = self.words, self.words.say, self._editions
        each = [say("{named} of {total} countries of the {edition} edition", named=words.number(row["countries_named"]),
                    total=words.number(row["n_countries"]), edition=row["edition"])
                for _, row in frame[frame["n_countries"].notna()].iterrows()]  # fmt: skip
        text = say("This is a lower bound, since not all countries that took part are documented by name.")
        if each:
            text += " " + say("Documented are {each}.", each=words.listed(each))
        if len(silent := frame.loc[frame["n_countries"].isna(), "edition"]):
            text += " " + words.count(
                "For {n} edition not even the number of countries is known: {years}.",
                "For {n} editions not even the number of countries is known: {years}.",
                len(silent), years=words.listed(map(str, silent)),
            )  # fmt: skip
        return text

    def _largest(self, found: Coverage) -> str:
        """Say how much of the figure is one country."""
        first = found.documented.sort_values("value").iloc[-1]
        value = float(first["value"])
        return self.words.count(
            "{country} alone has {share} of the world's urban dwellers, the other country {rest}.",
            "{country} alone has {share} of the world's urban dwellers, the other {n} countries together {rest}.",
            len(found.documented) - 1, country=self.words.country(str(first["place_id"])),
            share=self.words.percent(found.percent(value)), rest=self.words.percent(found.percent(found.part - value)),
        )  # fmt: skip

    def _reach_exhibit(self, found: Coverage) -> Exhibit:
        words, say, names = self.words, self.words.say, self.region_names
        sums = found.countries.assign(part=found.countries["value"].where(found.countries["documented"], 0.0))
        sums = sums.groupby("region").agg(value=("value", "sum"), part=("part", "sum"), n=("value", "size"),
                                          documented=("documented", "sum")).sort_values("value", ascending=False)  # fmt: skip
        drawn, rows = [], []
        for region, row in sums.iterrows():
            text = say(
                "{part} of {whole} million", part=self._millions(row["part"]), whole=self._millions(row["value"])
            )
            drawn.append(
                figures_participation.Reach(names[str(region)], row["value"] / _MILLION, row["part"] / _MILLION, text)
            )
            rows.append((names[str(region)], words.number(row["documented"]), words.number(row["n"]), self._millions(row["part"]),
                         self._millions(row["value"]), words.percent(100 * row["part"] / row["value"])))  # fmt: skip
        columns = [say("Region"), say("Countries of documented participants"), say("Countries with a value"),
                   say("Urban dwellers there, million"), say("Urban dwellers of the region, million"), say("Share")]  # fmt: skip
        data = self.with_terms(found.countries.assign(unit=self._indicator.unit))
        none = int((sums["part"] == 0).sum())
        return Exhibit(
            id=f"{self.id}-urban", language=words, table=pd.DataFrame(rows, columns=columns),
            title=words.count("In {n} region no country has a documented participant",
                              "In {n} regions no country has a documented participant", none)
            if none else say("Every region has a country of documented participants"),
            subtitle=say("Urban dwellers in millions, {year}. Dark: in countries of documented participants; pale: in all "
                         "{n} countries and areas with a value.", year=found.year, n=words.number(len(found.countries))),
            alt=say("Bars by region.") + " " + "; ".join(f"{one.label}: {one.text}" for one in drawn) + ".",
            data=data[["iso3", "region", "documented", "year", "value", "unit", "source_id", "source", "licence"]],
            source=self.citations(data["source_id"]), draw=partial(figures_participation.reached, drawn, words.number),
            notes=(say("Urban is what each national statistical office calls urban."),),
        )  # fmt: skip

    # members

    @remembered
    def members(self) -> Section:
        """Show the member register, and how much of the membership it documents."""
        words, say = self.words, self.words.say
        frame = members.read()
        frame = frame.sort_values("name", kind="stable").reset_index(drop=True)
        kinds = frame["kind"].value_counts()
        parts: list[Part] = []
        if frame.empty:
            parts.append(Paragraph(say("The register of members holds no entry yet."), "gap"))
        else:
            each = [
                words.count("{n} city", "{n} cities", int(kinds.get("city", 0))),
                words.count("{n} association", "{n} associations", int(kinds.get("association", 0))),
            ]
            text = words.count(
                "The register documents that {n} was a member at some time: {each}.",
                "The register documents that {n} were members at some time: {each}.",
                len(frame), each=words.listed(each),
            )  # fmt: skip
            confirmed = int((frame["status"] == "confirmed").sum())
            text += " " + words.count(
                "{n} of them has been confirmed in a yearly round.", "{n} of them have been confirmed in a yearly round.", confirmed,
            ) if confirmed else " " + say("No membership has been confirmed in a yearly round yet.")  # fmt: skip
            parts.append(Paragraph(text, "finding"))
        parts += self._members_counted()
        parts.append(Paragraph(say("Each entry is what a public page showed at the date given. Who held an office of the Committee is "
                                   "taken for a member; a city that takes part in the study is not."), "note"))  # fmt: skip
        parts.append(Paragraph(say("The register holds roles, never persons. It is meant to be brought up to date once a year, at the "
                                   "turn of the year."), "note"))  # fmt: skip
        return Section([*parts, *([self._member_listing(frame)] if len(frame) else [])])

    def _members_counted(self) -> list[Part]:
        """Say how many members a page counts that were not seen by name."""
        counted = tables.read("facts", topic="community", unit="members").dropna(subset=["value"]).sort_values("date")
        if counted.empty:
            return []
        last = counted.iloc[-1]
        date = self.words.date(str(last["date"]))
        if "(more than)" in str(last["fact_en"]):
            text = self.words.count(
                "A page of {date} counts more than {n} member, cities and associations together; a list of them was not seen.",
                "A page of {date} counts more than {n} members, cities and associations together; a list of them was not seen.",
                int(last["value"]), date=date,
            )  # fmt: skip
        else:
            text = self.words.count(
                "A page of {date} counts {n} member, cities and associations together; a list of them was not seen.",
                "A page of {date} counts {n} members, cities and associations together; a list of them was not seen.",
                int(last["value"]), date=date,
            )  # fmt: skip
        return [Paragraph(text, "gap")]

    def _member_listing(self, frame: pd.DataFrame) -> Listing:
        words, say = self.words, self.words.say
        kinds = {"city": say("city"), "association": say("association")}
        status = {"confirmed": say("confirmed"), "documented": say("documented"), "ended": say("ended")}
        roles = {
            "mayor": say("mayor"), "international_relations": say("office of international relations"),
            "digital_office": say("office of digital affairs"), "innovation_office": say("office of innovation or economy"),
            "general_secretariat": say("general secretariat"), "other_office": say("another office"),
        }  # fmt: skip
        unknown = say("not known")
        table = pd.DataFrame(
            {
                say("Member"): [
                    f"{words.city(row['name'])} ({words.country(row['country_iso3'])})" for _, row in frame.iterrows()
                ],
                say("Kind"): [kinds[kind] for kind in frame["kind"]],
                say("Since"): [unknown if pd.isna(date) else words.date(date) for date in frame["since"]],
                say("Reached through"): [roles.get(role, unknown) for role in frame["contact_role"]],
                say("Status"): [
                    say("{status}, {date}", status=status[row["status"]],
                        date=words.date(row["as_of"] if pd.isna(row["until"]) else row["until"])) for _, row in frame.iterrows()
                ],
                say("How it is known"): [words.translated(note) for note in frame["source_note"]],
                say("Published at"): frame["source"],
            }
        )  # fmt: skip
        listing = Listing(f"{self.id}-members", say("Register of members"), table, {say("Published at"): address_links})
        return searchable(listing, say("Search the members"), words)

    # what is not known

    @remembered
    def unknown(self) -> Section:
        """List what is not known of participation, edition by edition, and how it can be filled in."""
        words, say, frame = self.words, self.words.say, self._editions
        total = int(frame["n_cities"].sum())
        text = say("{unnamed} of {total} participations are not documented by name.", unnamed=words.number(self._unnamed),
                   total=words.number(total))  # fmt: skip
        parts: list[Part] = [Paragraph(text, "gap"), self._returning()]
        rows = []
        for _, row in frame.iterrows():
            lands = (
                say("not known")
                if pd.isna(row["n_countries"])
                else words.number(row["n_countries"] - row["countries_named"])
            )
            rows.append((str(row["edition"]), words.number(row["n_cities"] - row["named"]), lands))
        columns = [say("Edition"), say("Cities not named"), say("Countries not named")]
        listing = Listing(
            f"{self.id}-unknown", say("What is not known, by edition"), pd.DataFrame(rows, columns=columns)
        )
        return Section([*parts, listing, can_be_filled(words)])

    def _returning(self) -> Paragraph:
        """Say whether cities took part again, as far as more than one edition names its participants."""
        known = self.named["edition"].nunique()
        if known < 2:
            return Paragraph(self.words.say("Whether cities take part again cannot be told: that needs two editions that name "
                                            "their participants."), "gap")  # fmt: skip
        again = int((self.named.groupby("place_id")["edition"].nunique() > 1).sum())
        return Paragraph(self.words.count("{n} city is documented in more than one edition.",
                                          "{n} cities are documented in more than one edition.", again))  # fmt: skip

    # where it comes from

    @remembered
    def sources(self) -> Section:
        """List the sources of exactly the data shown."""
        found = self.coverage
        ids = [*MAP_SOURCES, *([] if found is None else found.countries["source_id"])]
        return Section(
            [
                *self.source_list(ids, [(self._indicator.name, self._indicator.caveat)], self.id),
                *self.provenance(self.id).parts,
            ]
        )
