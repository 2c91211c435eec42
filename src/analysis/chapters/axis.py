"""The chapter of one axis in one edition."""

from dataclasses import dataclass
from math import ceil

import pandas as pd

from analysis import intervals, prose, tables
from analysis.chapters.answers import Questionnaire, questionnaire
from analysis.chapters.change import Change
from analysis.chapters.cities import Cities
from analysis.chapters.common import Indicator, address_links, in_short
from analysis.chapters.countries import Countries
from analysis.chapters.published import (
    assigned_note,
    can_be_filled,
    factors_of,
    planned_note,
    practices_listing,
    questionnaire_of,
    shares_of,
    statements_of,
)
from analysis.exhibits import Listing, Paragraph, Part, Section
from analysis.provenance import remembered


@dataclass(frozen=True)
class AxisChapter(Cities, Countries, Change):
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

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("{axis} in the {edition} edition", axis=self.axis_name(self.axis), edition=self.edition)

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        parts = [self.answers, self.cities, self.country, self.change, self.factors]
        return Section([*(self.replies.banner("gap") if self.replies else []), *in_short(parts).parts])

    @remembered
    def replies(self) -> Questionnaire | None:
        """Give what cities answered to the questionnaire of the edition, where there are answers."""
        return questionnaire(self, self.edition)

    # what was asked

    @remembered
    def asked(self) -> Section:
        """Show what the edition asked on this axis, and how that is known."""
        say, count = self.words.say, self.words.count
        frame = tables.read("instrument", edition=self.edition, axis=self.axis)
        if frame.empty and self.record.planned:
            return Section(questionnaire_of(self, self.edition, self.axis, f"{self.id}-asked"))
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
                          len(bare), names=self.words.listed(self.words.translated(name) for name in bare)), "gap")
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
            self.words.translated(name) for name in names))  # fmt: skip

    def _asked_listing(self, frame: pd.DataFrame) -> Listing:
        say = self.words.say
        standing = {
            "published": say("published"),
            "inferred": say("inferred from conclusions"),
            "follow-up": say("follow-up meeting"),
        }
        table = pd.DataFrame(
            {
                say("Field"): [self.words.translated(field) for field in frame["field"]],
                say("Element"): [self.words.translated(item) or say("not published") for item in frame["item"]],
                say("How it is known"): [standing[value] for value in frame["standing"]],
                say("Published at"): frame["source"],
            }
        )
        caption = say("What the {edition} edition asked: {axis}", edition=self.edition, axis=self.axis_name(self.axis))
        return Listing(f"{self.id}-asked", caption, table, {say("Published at"): address_links})

    # what the cities answered

    @remembered
    def answers(self) -> Section:
        """Show the answers of cities where there are some, else the published findings: shares with n and interval, and words."""
        if self.replies:
            return Section(self.replies.on_axis(self.axis, f"{self.id}-answers"))
        frame = tables.read("findings", edition=self.edition, axis=self.axis)
        parts = shares_of(self, frame, f"{self.id}-answers", self.axis)
        parts += statements_of(self, frame, f"{self.id}-statements")
        if frame.empty and self.record.planned:
            parts.append(Paragraph(planned_note(self, self.edition), "gap"))
        elif frame.empty:
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

    # what helps, what hinders, good practices

    @remembered
    def factors(self) -> Section:
        """Show what helps and what hinders, as answered where there are answers, else as published."""
        if self.replies:
            return Section(self.replies.factors(self.axis, f"{self.id}-factors"))
        return Section(factors_of(self, self.edition, self.axis, f"{self.id}-factors"))

    @remembered
    def practices(self) -> Section:
        """Show the good practices that cities describe on this axis where there are answers, else those published."""
        if self.replies:
            return Section(self.replies.practices(f"{self.id}-practices", self.axis))
        say = self.words.say
        frame = tables.read("good_practices", axis=self.axis)
        own = frame[frame["edition"] == self.edition]
        parts: list[Part] = []
        if own.empty and self.record.planned:
            text = say("No good practice of the {edition} edition is known yet.", edition=self.edition)
            parts.append(Paragraph(text, "gap"))
        elif own.empty:
            text = say(
                "No good practice of the {edition} edition on this axis is named in the pages seen.",
                edition=self.edition,
            )
            parts += [Paragraph(text, "gap"), can_be_filled(self.words, self.edition)]
        if loose := int(frame["edition"].isna().sum()):
            text = self.words.count(
                "{n} practice is shown on the site of the Community without an edition; it may not belong to a study.",
                "{n} practices are shown on the site of the Community without an edition; they may not belong to a study.",
                loose,
            )
            parts.append(Paragraph(text, "note"))
        if len(frame):
            parts.append(practices_listing(self, frame, f"{self.id}-practices"))
        return Section(parts)

    # what hangs on a choice

    @remembered
    def robustness(self) -> Section:
        """Show which statements of the page hold under every alternative choice, and which change."""
        return self.robustness_section(self.id, self._intervals())

    def _intervals(self) -> list[str]:
        """Say how far the intervals of published shares move by other methods; no statement is made by an interval."""
        frame = tables.read("findings", edition=self.edition, axis=self.axis)
        known = frame[(frame["unit"] == "percent") & frame["n_cities"].notna()]
        names = {
            "clopper_pearson": self.words.say("Clopper and Pearson"), "agresti_coull": self.words.say("Agresti and Coull"),
            "jeffreys": self.words.say("Jeffreys"), "wilson": self.words.say("Wilson"),
        }  # fmt: skip
        others = [str(value) for value in self.study.robustness.get("interval", ())]
        if self.replies or known.empty or not others:
            return []
        counts = [(round(row["value"] * row["n_cities"] / 100), int(row["n_cities"])) for _, row in known.iterrows()]
        apart = max(intervals.apart(count, n, self.choices.interval, other) for count, n in counts for other in others)
        return [self.words.count(
            "The {confidence} interval of {n} published share was computed in other ways too ({methods}): its ends move by at most {points} "
            "percentage points. No statement here is made by an interval.",
            "The {confidence} intervals of {n} published shares were computed in other ways too ({methods}): their ends move by at most "
            "{points} percentage points. No statement here is made by an interval.",
            len(counts), methods=self.words.chained(names[other] for other in others), points=self.words.number(ceil(100 * apart)),
            confidence=prose.confidence(self.words),
        )]  # fmt: skip

    # where it comes from

    @remembered
    def sources(self) -> Section:
        """List the sources and caveats of exactly the data shown."""
        shown: list[tuple[Indicator, pd.DataFrame]] = [
            *self._drawn,
            *self._country_data,
            *((indicator, frame) for indicator, _, _, frame in self.panels),
        ]
        ids = {source for _, frame in shown for source in frame["source_id"]}
        caveats = [(indicator.name, indicator.caveat) for indicator, _ in shown]
        parts = self.source_list(ids, caveats, self.id)
        return Section([*parts, *self.provenance(self.id).parts])
