"""What cities answered to the questionnaire of an edition, as it left the gate; chapters show it in place of published facts.

Every sentence, picture, table and download takes its numbers from `analysis.disclosure.Gate`, and names the permitted tables that
they come from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from analysis import answers, figures, figures_answers, prose, statistics, study, tables
from analysis.chapters.common import OWN_LICENCE, Base, searchable
from analysis.disclosure import THRESHOLD, Gate, Published, Row
from analysis.exhibits import Exhibit, Heading, Listing, Paragraph, Part
from analysis.instrument import CHOSEN, Question
from analysis.language import Language
from analysis.provenance import remembered

NAMED = "named-"  # before the question, in place of a table: answers that stand beside the name of a city
FACTORS = ("barrier", "enabler")


def gate_of(edition: int) -> Gate | None:
    """Give the gate to the answers of an edition; None where there are none."""
    found = answers.read(edition)
    if found is None:
        return None
    earlier = [answers.read(year) for year in study.load().editions if year < edition]
    # made-up answers are never compared with those of cities
    return Gate(found, tuple(one for one in earlier if one is not None and one.synthetic == found.synthetic))


def questionnaire(chapter: Base, edition: int) -> "Questionnaire | None":
    """Give what cities answered to an edition, for a chapter; None where there are no answers."""
    gate = gate_of(edition)
    return None if gate is None else Questionnaire(chapter, edition, gate)


def banner_text(words: Language, edition: int) -> str:
    """Write the sentence that stands on every page with synthetic answers."""
    return words.say(
        "SYNTHETIC ANSWERS: what this page shows of the {edition} edition was made up to rehearse the study. No city gave these "
        "answers.", edition=edition,
    )  # fmt: skip


@dataclass(frozen=True)
class Questionnaire:
    """The answers to an edition as a chapter shows them."""

    chapter: Base
    edition: int
    gate: Gate

    @property
    def words(self) -> Language:
        """Give the language of the reader."""
        return self.chapter.words

    def banner(self, kind: str = "note") -> list[Part]:
        """Say on every page, and in every section, that shows synthetic answers that no city gave them."""
        if not self.gate.synthetic:
            return []
        return [Paragraph(banner_text(self.words, self.edition), kind)]

    def origin(self) -> Paragraph:
        """Say that a section uses answers, and of how many cities."""
        text = self.words.count(
            "{n} city answered the questionnaire of the {edition} edition; this section uses its answers.",
            "{n} cities answered the questionnaire of the {edition} edition; this section uses their answers.",
            self.gate.count(), edition=self.edition,
        )  # fmt: skip
        return Paragraph(text, "finding", ("count",))

    def _label(self, question: Question) -> str:
        return question.label[self.words.code]

    def _answer(self, question: Question, code: str) -> str:
        return next((choice.label[self.words.code] for choice in question.choices if choice.code == code), code)

    # the answers on an axis

    def on_axis(self, axis: str, id: str) -> list[Part]:
        """Show the answers to the questions on an axis, but for what helps and hinders."""
        asked = [one for one in self.gate.answers.instrument.of(axis=axis) if one.role not in (*FACTORS, "practice")]
        return [*self.banner(), self.origin(), *self._all(asked, id), self._rules()]

    def factors(self, axis: str, id: str) -> list[Part]:
        """Show what cities answered on what helps and what hinders, on an axis."""
        asked = [one for one in self.gate.answers.instrument.of(axis=axis) if one.role in FACTORS]
        return [*self.banner(), self.origin(), *self._all(asked, id)]

    def _all(self, asked: Sequence[Question], id: str) -> list[Part]:
        parts: list[Part] = []
        for question in asked:
            own = self._question(question, f"{id}-{question.id.replace('_', '-')}")
            if own:
                parts += [Heading(self._label(question)), *own]
        return parts

    def _question(self, question: Question, id: str) -> list[Part]:
        declared = self.gate.declared(question.id)
        parts: list[Part] = []
        if declared and question.type in CHOSEN:
            made = self.gate.table(declared.id)
            parts += [self._finding(question, made), *self._of_non_response(made), *self._median(question, made)]
            if any(row.count is not None for row in made.rows):
                parts.append(self._exhibit(question, made, id))
            parts += self._groups(question, id)
            parts += self._same(question, declared.id, id)
        return parts + self._named(question, id)

    def _finding(self, question: Question, made: Published) -> Paragraph:
        words, shown = self.words, [row for row in made.rows if row.count is not None]
        if not shown:
            text = words.say(
                "All counts of this question are suppressed: fewer than {threshold} cities gave, or did not give, an answer, or "
                "the numbers of such answers would follow from the others.", threshold=words.number(THRESHOLD),
            )  # fmt: skip
            return Paragraph(text, "gap", (made.table,))
        listed = words.listed(
            words.say("“{answer}”: {count} cities", answer=self._answer(question, row.answer), count=_count(row, words))
            for row in sorted(shown, key=lambda row: (-(row.count or 0), made.rows.index(row)))[:3]
        )
        return Paragraph(
            words.say("Most frequent among the counts shown: {answers}.", answers=listed), "finding", (made.table,)
        )

    def _of_non_response(self, made: Published) -> list[Part]:
        """Say how many did not answer, and who is left out."""
        words, parts, row = self.words, list[Part](), made.rows[0]
        if row.n is not None and row.cities is not None and made.base == "all":
            missing = row.cities - row.n
            text = words.count("{n} of the {cities} cities did not answer this question.", "{n} of the {cities} cities did not answer this question.",
                               missing, cities=words.number(row.cities))  # fmt: skip
            parts.append(Paragraph(text, "note", (made.table,)))
        elif row.n is not None and row.cities is None:
            text = words.count("{n} city answered; the question is asked only of those that gave certain answers before.",
                               "{n} cities answered; the question is asked only of those that gave certain answers before.", row.n)  # fmt: skip
            parts.append(Paragraph(text, "note", (made.table,)))
        if made.base == "named":
            text = words.count(
                "The table holds the cities that agree to be named. The answer of {n} more, which wants to be counted only, is left "
                "out: beside the names it could be found by subtraction.",
                "The table holds the cities that agree to be named. The answers of {n} more, which want to be counted only, are left "
                "out: beside the names they could be found by subtraction.", made.left_out,
            )  # fmt: skip
            parts.append(Paragraph(text, "note", (made.table,)))
        return parts

    def _median(self, question: Question, made: Published) -> list[Part]:
        """Give the median of a scale; where a count is suppressed it could tell something of it."""
        found = median(made.rows) if question.type == "scale" else ()
        if not found:
            return []
        names = [self._answer(question, code) for code in found]
        if len(names) == 1:
            text = self.words.say("The median answer is “{answer}”.", answer=names[0])
        else:
            text = self.words.say("The median lies between “{low}” and “{high}”.", low=names[0], high=names[1])
        return [Paragraph(text, "finding", (made.table,))]

    def _exhibit(self, question: Question, made: Published, id: str) -> Exhibit:
        words, say = self.words, self.words.say
        drawn, rows, alts, suppressed = [], [], [], say("suppressed")
        for row in made.rows:
            label = self._answer(question, row.answer)
            if row.count is None or row.n is None:
                drawn.append(figures.Share(label, float("nan"), suppressed))
                rows.append((label, suppressed, "", "", made.table))
            else:
                low, high = (100 * end for end in statistics.wilson(row.count, row.n))
                drawn.append(figures.Share(label, 100 * row.count / row.n, _count(row, words), low, high))
                interval = f"{words.percent(low, 1)} \N{EN DASH} {words.percent(high, 1)}"
                rows.append((label, _count(row, words), interval, self._bounds(row), made.table))
            alts.append(f"{label}: {rows[-1][1]}")
        shown = [row for row in made.rows if row.count is not None]
        most = max(shown, key=lambda row: (row.count or 0, -made.rows.index(row)))
        columns = [
            say("Answer"),
            say("Cities"),
            say("{confidence} interval", confidence=prose.confidence(words)),
            say("If every city had answered"),
            say("Permitted table"),
        ]
        notes = [
            say("A bar is the {confidence} Wilson interval: what a random sample of that size could show. The cities chose to take "
                "part; they are no sample of the world's cities.", confidence=prose.confidence(words)),
        ]  # fmt: skip
        if question.type == "multiple":
            notes.append(say("Cities could give several answers: the counts do not add up to n."))
        if len(shown) < len(made.rows):
            notes.append(
                say(
                    "Suppressed: the count, or the rest of the cities, is too small to be shown, or another such count would follow."
                )
            )
        axis = question.axis or "cross"
        return Exhibit(
            id=id, language=words, colour=figures.colour(axis), notes=(*self._mark_note(), *notes), tables=(made.table,),
            title=say("“{answer}”: {count} cities", answer=self._answer(question, most.answer), count=_count(most, words)),
            subtitle=words.count("Cities by their answer, {edition} edition; {n} city answered",
                                 "Cities by their answer, {edition} edition; {n} cities answered",
                                 most.n or 0, edition=self.edition),
            alt=say("Dots on a scale from 0 to 100 percent.") + " " + "; ".join(alts) + ".",
            table=pd.DataFrame(rows, columns=columns), data=self._data(question), source=self._source(),
            draw=self.marked(partial(figures.shares, drawn, axis)),
        )  # fmt: skip

    def _bounds(self, row: Row) -> str:
        """Write the least and the largest count that were possible had every city answered."""
        if row.count is None or row.n is None or row.cities is None:
            return ""
        most = row.count + row.cities - row.n
        return self.words.say("{low} to {high} of {cities}", low=self.words.number(row.count), high=self.words.number(most),
                              cities=self.words.number(row.cities))  # fmt: skip

    def _data(self, question: Question) -> pd.DataFrame:
        """Gather all permitted tables of a question for download."""
        made = [self.gate.table(one.id) for one in self.gate.answers.instrument.tables if one.question == question.id]
        frame = pd.concat([one.frame for one in made], ignore_index=True)
        ends = [statistics.wilson(row.count, row.n) if row.count is not None and row.n else (None, None)
                for one in made for row in one.rows]  # fmt: skip
        frame["wilson_low"], frame["wilson_high"] = zip(*ends, strict=True)
        frame["answer_label"] = [self._answer(question, code) for code in frame["answer"]]
        return frame.assign(edition=self.edition, unit="cities", source=self._source(), licence=OWN_LICENCE)

    def _source(self) -> str:
        if self.gate.synthetic:
            return self.words.say("synthetic answers, made up; {edition} edition.", edition=self.edition)
        return self.words.say("answers of cities to the questionnaire of the {edition} edition.", edition=self.edition)

    # watermark

    def _mark_note(self) -> list[str]:
        return [self.words.say("Synthetic answers: no city gave them.")] if self.gate.synthetic else []

    def marked(self, draw: Callable[[bool], Figure]) -> Callable[[bool], Figure]:
        """Write across a picture that its answers are synthetic."""
        return partial(_marked, draw, self.words.say("SYNTHETIC")) if self.gate.synthetic else draw

    # by region and by size

    def _groups(self, question: Question, id: str) -> list[Part]:
        parts: list[Part] = []
        for by in ("region", "size"):
            declared = self.gate.declared(question.id, by)
            made = self.gate.table(declared.id) if declared else None
            if made is None or not any(row.count is not None for row in made.rows):
                continue
            words, say, names = self.words, self.words.say, self._group_names(by)
            rows = []
            for group in made.groups:
                cells = [say("suppressed") if row.count is None else _count(row, words) for row in made.of(group)]
                rows.append((names[group], *cells))
            captions = {"region": say("By region: {question}", question=self._label(question)),
                        "size": say("By size of the city: {question}", question=self._label(question))}  # fmt: skip
            heads = {"region": say("Region"), "size": say("Inhabitants")}
            table = pd.DataFrame(rows, columns=[heads[by], *(self._answer(question, code) for code in question.codes)])
            parts.append(Listing(f"{id}-{by}", captions[by], table, folded=True, tables=(made.table,)))
        return parts

    @remembered
    def _sizes(self) -> Question | None:
        found = (one for one in self.gate.answers.instrument if one.role == "city" and one.choices and "size" in one.id)
        return next(found, None)

    def _group_names(self, by: str) -> dict[str, str]:
        if by == "region":
            return {str(row["region"]): self.words.text(row, "name") for _, row in tables.read("regions").iterrows()}
        return {code: self._answer(self._sizes, code) for code in self._sizes.codes} if self._sizes else {}

    # an earlier edition

    def _same(self, question: Question, table: str, id: str) -> list[Part]:
        """Compare with the newest earlier edition that asked the same, on the same cities."""
        found = self.gate.same(table)
        if found is None:
            return []
        words, say, (year, before, now) = self.words, self.words.say, found
        text = words.count(
            "{n} city answered this question in {before} and in {now}: the table compares its answers.",
            "{n} cities answered this question both in {before} and in {now}: the table compares these same cities.",
            now.n() or 0, before=year, now=self.edition,
        )  # fmt: skip
        hidden = say("suppressed")
        rows = [
            (self._answer(question, row.answer), *(hidden if one is None or one.count is None else _count(one, words)
             for one in (next((old for old in before.rows if old.answer == row.answer), None), row)))
            for row in now.rows
        ]  # fmt: skip
        listed = pd.DataFrame(rows, columns=[say("Answer"), str(year), str(self.edition)])
        caption = say("The same cities in both editions: {question}", question=self._label(question))
        return [Paragraph(text, "finding", (table,)), Listing(f"{id}-same", caption, listed, tables=(table,))]

    # by name

    def _named(self, question: Question, id: str) -> list[Part]:
        """List the cities that agree to be named with their answer to a public question, in alphabetical order."""
        frame = self.gate.named(question.id) if question.type in (*CHOSEN, "number") else pd.DataFrame()
        if frame.empty:
            return []
        say = self.words.say
        given = [
            [self._answer(question, code) for code in str(codes).split(answers.JOINED)] for codes in frame["answer"]
        ]
        unit = f" ({question.unit})" if question.unit else ""
        table = pd.DataFrame({
            say("City"): self._cities(frame),
            say("Answer"): ["; ".join(one) + unit for one in given],
        })  # fmt: skip
        caption = say("Answers by city: {question}", question=self._label(question))
        return [Listing(f"{id}-cities", caption, table, folded=True, tables=(f"{NAMED}{question.id}",))]

    def _cities(self, frame: pd.DataFrame) -> list[str]:
        return [f"{row['city']} ({self.words.country(row['country_iso3'])})" for _, row in frame.iterrows()]

    # good practices

    def practices(self, id: str, axis: str = "") -> list[Part]:
        """List the good practices that cities describe, of an axis or of all, as they typed them."""
        words, say = self.words, self.words.say
        asked = self.gate.answers.instrument.of(role="practice")
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for question in asked:
            for _, row in self.gate.named(question.id).iterrows():
                rows.setdefault((str(row["city"]), str(row["country_iso3"])), {})[question.id] = str(row["answer"])
        sorts = {code: one.id for one in asked for code in one.codes if code in self.chapter.study.axes}
        kept = {city: row for city, row in sorted(rows.items()) if any(row.get(one.id) for one in asked if one.type == "text")
                and (not axis or axis not in sorts or row.get(sorts[axis]) == axis)}  # fmt: skip
        parts: list[Part] = [*self.banner()]
        if not kept:
            text = say("No city that agrees to be named described a good practice here.")
            return [*parts, Paragraph(text, "gap")]
        text = words.count("{n} city that agrees to be named describes a good practice, in its own words.",
                           "{n} cities that agree to be named describe a good practice, in their own words.", len(kept))  # fmt: skip
        shown = [
            one for one in asked if one.type in ("text", "number") or len(one.codes) > 2
        ]  # what sorts them alone stays out
        columns = {say("City"): [f"{city} ({words.country(iso3)})" for city, iso3 in kept]}
        for one in shown:
            columns[self._label(one)] = [
                "; ".join(self._answer(one, code) for code in row.get(one.id, "").split(answers.JOINED)) if one.codes else row.get(one.id, "")
                for row in kept.values()
            ]  # fmt: skip
        ids = tuple(f"{NAMED}{one.id}" for one in shown)
        listing = Listing(id, say("Good practices, as the cities describe them"), pd.DataFrame(columns), tables=ids)
        return [*parts, Paragraph(text, "finding", ids), searchable(listing, say("Search the practices"), words)]

    # what helps and what hinders, on all axes

    def across(self, id: str) -> list[Part]:
        """Show barriers, then enablers, of all axes side by side."""
        parts: list[Part] = [*self.banner(), self.origin()]
        for role in FACTORS:
            parts += self._across(role, f"{id}-{role}s-{self.edition}")
        return parts

    def _across(self, role: str, id: str) -> list[Part]:
        words, say = self.words, self.words.say
        asked = [one for one in self.gate.answers.instrument.of(role=role) if one.axis and self.gate.declared(one.id)]
        made = {one.id: self.gate.table(found.id) for one in asked if (found := self.gate.declared(one.id))}
        codes = list(dict.fromkeys(code for one in asked for code in one.codes))
        cells = {
            (code, one.id): next((row for row in made[one.id].rows if row.answer == code), None)
            for code in codes
            for one in asked
        }
        shown = [row for row in cells.values() if row is not None and row.count is not None]
        titles = {"barrier": say("What hinders, on all axes"), "enabler": say("What helps, on all axes")}
        if not shown:
            return [Paragraph(say("{what}: no count may be shown.", what=titles[role]), "gap")] if asked else []
        labels = {code: next(self._answer(one, code) for one in asked if code in one.codes) for code in codes}
        names = [self.chapter.axis_name(one.axis) for one in asked]
        most = max(cells, key=lambda key: (cells[key].count or 0) if cells[key] else 0)  # type: ignore[union-attr]
        row = cells[most]
        assert row is not None
        text = say("{what}: most cities name “{answer}” ({axis}, {count} cities) among the counts shown.", what=titles[role],
                   answer=labels[most[0]], axis=self.chapter.axis_name(next(one.axis for one in asked if one.id == most[1])),
                   count=_count(row, words))  # fmt: skip
        texts = [[_text(cells[code, one.id], words) for one in asked] for code in codes]
        table = pd.DataFrame(
            [(labels[code], *line) for code, line in zip(codes, texts, strict=True)], columns=[say("Answer"), *names]
        )
        numbers = [[None if (cell := cells[code, one.id]) is None else cell.count for one in asked] for code in codes]
        ids = tuple(one.table for one in made.values())
        source = pd.concat([self._data(one) for one in asked], ignore_index=True)
        exhibit = Exhibit(
            id=id, title=titles[role], language=words, tables=ids, table=table, source=self._source(),
            subtitle=words.count("Number of cities, {edition} edition, {n} axis; a dash: suppressed, or not asked",
                                 "Number of cities, {edition} edition, {n} axes; a dash: suppressed, or not asked", len(asked), edition=self.edition),
            alt=titles[role] + ". " + " ".join(f"{labels[code]}: " + "; ".join(f"{name}, {one}" for name, one in zip(names, line, strict=True)) + "."
                                               for code, line in zip(codes, texts, strict=True)),
            data=source[source["group"] == "all"].reset_index(drop=True), notes=(*self._mark_note(),),
            draw=self.marked(partial(figures_answers.side_by_side, list(labels.values()), names, numbers,
                                     [figures.colour(one.axis) for one in asked])),
        )  # fmt: skip
        return [Paragraph(text, "finding", ids), exhibit]

    def _rules(self) -> Paragraph:
        text = self.words.say(
            "Counts are shown where at least {threshold} cities gave the answer and at least {threshold} did not, and where no "
            "smaller count follows from them; the rest is suppressed.", threshold=self.words.number(THRESHOLD),
        )  # fmt: skip
        return Paragraph(text, "note")


def median(rows: Sequence[Row]) -> tuple[str, ...]:
    """Give the middle answer of a scale, or the two between which the middle lies; nothing where a count is suppressed."""
    given: list[str] = []
    for row in rows:
        if row.count is None:
            return ()
        given += [row.answer] * row.count
    if not given:
        return ()
    low, high = given[(len(given) - 1) // 2], given[len(given) // 2]
    return (low,) if low == high else (low, high)


def _count(row: Row, words: Language) -> str:
    assert row.count is not None
    assert row.n is not None
    return prose.count_of(row.count, row.n, words)


def _text(row: Row | None, words: Language) -> str:
    if row is None:
        return words.say("not asked")
    return words.say("suppressed") if row.count is None else _count(row, words)


def _marked(draw: Callable[[bool], Figure], word: str, wide: bool) -> Figure:
    figure = draw(wide)
    figure.text(0.5, 0.5, word, rotation=20, ha="center", va="center", fontsize=40 if wide else 24, color="#B00020",
                alpha=0.22, weight="bold", zorder=10, in_layout=False)  # fmt: skip
    return figure
