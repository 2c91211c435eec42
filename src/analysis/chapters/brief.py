"""The brief of an edition, or of the whole study: five sentences and two exhibits, for a desk rather than a shelf."""

from dataclasses import dataclass

from analysis import parameters, statistics, tables
from analysis.chapters.axis import AxisChapter
from analysis.chapters.common import Base, Indicator
from analysis.chapters.edition import EditionChapter, series_exhibit
from analysis.chapters.evidence import evidence_map
from analysis.chapters.inequality import VERDICTS, Inequality
from analysis.chapters.outlook import OutlookChapter
from analysis.chapters.participation import ParticipationChapter
from analysis.chapters.published import counted_factors, factors_of, planned_note, planned_notes, shares_of
from analysis.chapters.setting import MINIMUM
from analysis.exhibits import Exhibit, Paragraph, Section
from analysis.provenance import remembered
from analysis.study import WHOLE_STUDY

QUOTED = 2  # statements or factors that a sentence quotes


def brief(edition: int | str, lang: str) -> "EditionBrief | StudyBrief":
    """Give the brief of an edition, or of the whole study for `all`.

    Raises
    ------
    UnknownCell
        Where `data/study.yml` has no such edition.
    """
    if edition == WHOLE_STUDY:
        return StudyBrief(lang=lang)
    return EditionBrief(lang=lang, edition=parameters.fitting("edition", edition, int))


def _first(section: Section) -> str:
    """Give the sentence that a section opens with."""
    return next(part.text for part in section.parts if isinstance(part, Paragraph))


@dataclass(frozen=True)
class EditionBrief(EditionChapter):
    """One edition on a sheet: what it was, what it found, what helps, how cities stood, what changed."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Brief: the {edition} edition", edition=self.edition)

    @remembered
    def chapters(self) -> list[AxisChapter]:
        """Give the chapters of the axes of the edition."""
        return [AxisChapter(lang=self.lang, edition=self.edition, axis=axis) for axis in self.record.axes]

    @remembered
    def measured(self) -> tuple[AxisChapter, Indicator] | None:
        """Find the indicator measured for most cities in the window of the edition; `None` where none is for enough."""
        sizes = {
            (chapter, indicator.id): len(chapter.shown(indicator))
            for chapter in self.chapters
            for indicator in chapter.indicators(chapter.axis, "city")
            # a ratio is unstable, and values that compare within a country alone make no distribution of all
            if indicator.measures and indicator.kind != "ratio" and indicator.over_time != "within_country"
        }
        chapter, name = max(sizes, key=lambda key: sizes[key], default=(None, ""))
        if chapter is None or sizes[chapter, name] < MINIMUM:
            return None
        return chapter, next(one for one in chapter.indicators(chapter.axis, "city") if one.id == name)

    @remembered
    def sentences(self) -> Section:
        """Say in five sentences what a reader should take along."""
        found = [_first(self.facts), self._found(), self._factors(), self._cities(), self._changed()]
        return Section([Paragraph(text, "finding") for text in found])

    def _found(self) -> str:
        """Say what the edition published: shares before words, and that there is none where there is none."""
        frame = tables.read("findings", edition=self.edition)
        if (frame["unit"] == "percent").any():
            told = _first(self.findings)
            if not self.record.focus_groups:
                return told
            return f"{told} " + self.words.say(
                "This edition worked with focus groups: these figures are not answers of its participating cities."
            )
        stated = frame[frame["unit"] == "qualitative"]
        if stated.empty:
            return _first(self.findings)
        quoted = [self.words.text(row, "statement") for _, row in stated.head(QUOTED).iterrows()]
        return self.words.say(
            "It published its findings in words, without figures; among them: {statements}.",
            statements=self.words.chained(self.words.within(text) for text in quoted),
        )

    def _factors(self) -> str:
        frame = tables.read("factors", edition=self.edition)
        if frame.empty and self.record.planned:
            return _first(Section(factors_of(self, self.edition, "cross", f"{self.id}-factors")))
        if frame.empty:
            return self.words.say("What helps and what hinders cities was not published in the pages seen.")
        results = frame[frame["origin"] == "study"]
        if results.empty:
            return self.words.count(
                "On what helps and what hinders cities, {n} statement of its foreword was seen and no result of the study: {counts}.",
                "On what helps and what hinders cities, {n} statements of its foreword were seen and no result of the study: {counts}.",
                len(frame), counts=counted_factors(frame["kind"], self.words),
            )  # fmt: skip
        quoted = self.words.chained(
            self.words.within(self.words.text(row, "text")) for _, row in results.head(QUOTED).iterrows()
        )
        text = self.words.say(
            "On what helps and what hinders cities its results are {counts}; among them: {factors}.",
            counts=counted_factors(results["kind"], self.words), factors=quoted,
        )  # fmt: skip
        if forewords := len(frame) - len(results):
            text += " " + self.words.count(
                "{n} more statement comes from the foreword.", "{n} more statements come from the foreword.", forewords
            )
        return text

    def _cities(self) -> str:
        if self.measured is None:
            return self.words.say(
                "No open data measured enough cities on its axes in the {n} years up to the edition: how cities stood "
                "cannot be shown.", n=self.words.number(self.study.window),
            )  # fmt: skip
        chapter, indicator = self.measured
        parts = chapter.of_indicator(indicator)
        return " ".join(part.text for part in parts[:2] if isinstance(part, Paragraph))

    def _changed(self) -> str:
        """Say the change on the largest fixed panel, of cities where there is one."""
        found = [(level == "city", panel.n, chapter, number)
                 for chapter in self.chapters for number, (_, level, panel, _) in enumerate(chapter.panels)]  # fmt: skip
        if not found:
            return self.words.say("No open indicator on its axes has the same places in two years up to the edition.")
        _, _, chapter, number = max(found, key=lambda one: one[:2])
        return chapter.change_sentences()[number].text

    @remembered
    def exhibits(self) -> Section:
        """Show the two exhibits that say most: what was published, or what evidence there is; and how cities stood."""
        shares = [part for part in shares_of(self, tables.read("findings", edition=self.edition), f"{self.id}-findings",
                  self.record.axes[0] if len(self.record.axes) == 1 else "cross") if isinstance(part, Exhibit)]  # fmt: skip
        first = shares or self.participants.exhibits or self.evidence.exhibits
        second: list[Exhibit] = []
        if self.measured is not None:
            chapter, indicator = self.measured
            second = [part for part in chapter.of_indicator(indicator) if isinstance(part, Exhibit)]
        return Section([*first[:1], *(second or self.chapters[0].country.exhibits)[:1]])

    @remembered
    def limits(self) -> Section:
        """Say what to keep in mind, and where to read on."""
        named = tables.read("participants", edition=self.edition)
        gap = planned_note(self, self.edition) if self.record.planned else self.words.count(
            "{n} participant is not known by name, and the full report was not read.",
            "{n} participants are not known by name, and the full report was not read.",
            int(self.row["n_cities"]) - len(named),
        )  # fmt: skip
        note = self.words.say(
            "Open data describe the setting; they are no answers of the participating cities. The chapters of the edition "
            "hold method, sources and caveats."
        )
        return Section([Paragraph(gap, "gap"), Paragraph(note, "note")])


@dataclass(frozen=True)
class StudyBrief(Base):
    """The whole study on a sheet: its size, its evidence, who took part, whether differences close, what comes next."""

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("Brief: the whole study")

    @remembered
    def sentences(self) -> Section:
        """Say in five sentences what a reader should take along."""
        whole = tables.read("editions", edition=self.study.published)
        size = self.words.count(
            "{n} edition from {start} to {end} counts {cities} participations of cities, on {axes} axes of the smart city.",
            "{n} editions from {start} to {end} count {cities} participations of cities, on {axes} axes of the smart city.",
            len(whole), start=int(whole["edition"].min()), end=int(whole["edition"].max()),
            cities=self.words.number(int(whole["n_cities"].sum())), axes=self.words.number(len(self.study.axes)),
        )  # fmt: skip
        evidence = next(part.text for part in self._evidence if isinstance(part, Paragraph))
        took_part = self._reach()
        next_focus = _first(OutlookChapter(lang=self.lang).opening)
        found = [size, evidence, took_part, self._closing(), next_focus]
        return Section([Paragraph(text, "finding") for text in found])

    def _reach(self) -> str:
        """Say how many urban dwellers live in countries with a participating city, with what the number hides."""
        told = _first(ParticipationChapter(lang=self.lang).urban)
        return f"{told} " + self.words.say("That a city takes part does not mean that its country does.")

    def _closing(self) -> str:
        """Count, over all axes, on how many indicators the same countries and the same cities became more alike."""
        say, number = self.words.say, self.words.number
        found = [one for axis in self.study.axes for one in Inequality(lang=self.lang, axis=axis).converging]
        verdicts = {level: [one.verdict for one in found if one.level == level] for level in ("country", "city")}
        counted = {
            level: {"n": number(len(of)), **{verdict: number(of.count(verdict)) for verdict in VERDICTS}}
            for level, of in verdicts.items()
        }
        texts = [
            say("Between the same countries, differences became clearly narrower on {narrower} of {n} indicators and clearly wider "
                "on {wider}; on {depends} it depends on the measure, and on {open} no change is clear.", **counted["country"]),
        ]  # fmt: skip
        if verdicts["city"]:
            texts.append(say("Between the same cities, {n} can be followed: narrower on {narrower}, wider on {wider}.",
                             **counted["city"]))  # fmt: skip
        return " ".join(texts)

    @remembered
    def _evidence(self) -> list[Paragraph | Exhibit]:
        return [part for part in evidence_map(self, "study-evidence") if isinstance(part, Paragraph | Exhibit)]

    @remembered
    def exhibits(self) -> Section:
        """Show the editions on a time line, and the map of the evidence."""
        shown = [part for part in self._evidence if isinstance(part, Exhibit)]
        return Section([series_exhibit(self, "study-series"), *shown])

    @remembered
    def limits(self) -> Section:
        """Say what to keep in mind, and where to read on."""
        text = self.words.say(
            "Cities chose to take part; they are no sample of the world's cities, and the study does not rank them. "
            "The full reports were not read: what is said to be unpublished was not in the pages seen."
        )
        confidence = self.words.percent(100 * statistics.LEVEL)
        clear = self.words.say(
            "A change counts as clear where its {confidence} interval, when places are drawn again, leaves out zero, by every "
            "measure that suits the indicator.",
            confidence=confidence,
        )
        return Section([Paragraph(text, "gap"), Paragraph(clear, "note"), *planned_notes(self)])
