"""The evidence for choosing the focus of a next edition; it argues, and picks no winner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from math import factorial, isinf

import pandas as pd

from analysis import choice, figures, figures_choice, tables
from analysis.chapters.common import OWN_LICENCE, Base, Indicator, code, in_short
from analysis.chapters.criteria import (
    DEFAULT,
    FOLLOWED,
    MORE,
    ON_CITIES,
    ON_EDITIONS,
    ON_WINDOW,
    STEP,
    Criterion,
    OnAxis,
    OnEveryCriterion,
    check,
    criteria,
)
from analysis.chapters.published import can_be_filled, planned_note
from analysis.chapters.setting import MINIMUM
from analysis.exhibits import Exhibit, Heading, Listing, Paragraph, Part, Section
from analysis.provenance import remembered

AXES_DOUBTED = "T036"  # the fact that sources differ on the axes of an edition
LONGER = (1, 2)  # years by which the window is widened to see what hangs on it
MIDDLE = 0.5  # the standing of an axis that is ahead of as many others as are ahead of it


@dataclass(frozen=True)
class OutlookChapter(Base):
    """What speaks for and against each axis as the focus of the next edition.

    Parameters
    ----------
    lang
        Language of the reader.
    criteria
        By name, whether `more` or `fewer` speaks for an axis; the first counts most where an order is asked for.

    Raises
    ------
    UnknownParameter
        Where a criterion or a direction does not exist.
    """

    criteria: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT))

    def __post_init__(self) -> None:
        """Refuse a language that is not built, and criteria that do not exist."""
        super().__post_init__()
        check(self.criteria)

    @property
    def id(self) -> str:
        """Give the beginning of the ids of everything on the page."""
        return "outlook"

    @property
    def title(self) -> str:
        """Give the title of the page."""
        return self.words.say("The focus of the next edition")

    @remembered
    def opening(self) -> Section:
        """Gather the main findings of the page."""
        return in_short([self.studied, self.side_by_side, self.dominance, self.orders])

    @remembered
    def axes(self) -> dict[str, OnEveryCriterion]:
        """Give every axis of the matrix."""
        return {axis: OnEveryCriterion(lang=self.lang, axis=axis) for axis in self.study.axes}

    @remembered
    def weighed(self) -> list[Criterion]:
        """Compute the criteria in the order of the reader."""
        return criteria(self.axes, self.criteria, self.words)

    @remembered
    def compared(self) -> dict[str, Criterion]:
        """Keep the criteria that are known for every axis."""
        return {one.name: one for one in self.weighed if one.known}

    @remembered
    def values(self) -> dict[str, dict[str, float]]:
        """Give the values to choose by: the larger speaks more for an axis."""
        return {name: one.oriented for name, one in self.compared.items()}

    @remembered
    def telling(self) -> dict[str, dict[str, float]]:
        """Keep the criteria that tell the axes apart."""
        return {name: of for name, of in self.values.items() if name not in self.flat}

    @remembered
    def otherwise(self) -> dict[str, dict[str, dict[str, float]]]:
        """Give the values under other choices than those of the compendium, by a clause that follows “if”."""
        say, words = self.words.say, self.words
        found = {}
        assigned = [str(year) for year in self.study.published if self.study.editions[year].axes_assigned]
        if assigned and set(ON_EDITIONS) & set(self.values):
            choice_made = words.count(
                "the edition is left out whose areas the compendium assigned to axes ({editions})",
                "the editions are left out whose areas the compendium assigned to axes ({editions})",
                len(assigned), editions=words.listed(assigned),
            )  # fmt: skip
            found[choice_made] = self._values_if(ON_EDITIONS, assigned=False)
        for longer in LONGER if set(ON_WINDOW) & set(self.values) else ():
            newest = next(iter(self.axes.values())).newest
            choice_made = say("values of {years} count as recent",
                              years=words.years(newest - self.study.window - longer, newest))  # fmt: skip
            found[choice_made] = self._values_if(ON_WINDOW, longer=longer)
        return found

    def _values_if(self, names: Iterable[str], assigned: bool = True, longer: int = 0) -> dict[str, dict[str, float]]:
        """Compute some criteria anew under another choice; the others stay as they are."""
        axes = {axis: replace(one, assigned=assigned, longer=longer) for axis, one in self.axes.items()}
        anew = {name: way for name, way in self.criteria.items() if name in names and name in self.values}
        return self.values | {one.name: one.oriented for one in criteria(axes, anew, self.words)}

    def _named(self, axes: Iterable[str]) -> str:
        """List axes by name, in the order of the matrix."""
        chosen = set(axes)
        return self.words.listed(self.axis_name(axis) for axis in self.axes if axis in chosen)

    def _within(self, axes: Iterable[str]) -> str:
        """List axes by name as they stand within a sentence."""
        return self.words.listed(self.words.within(self.axis_name(axis)) for axis in axes)

    def _labels(self, names: Iterable[str]) -> str:
        return self.words.listed(self.words.within(self.compared[name].label) for name in names)

    # what was studied

    @remembered
    def studied(self) -> Section:
        """Show how often and when each axis was studied, and the focus of the editions so far."""
        say, words = self.words.say, self.words
        own = [axis for axis, one in self.axes.items() if one.own_editions]
        without = [axis for axis in self.axes if axis not in own]
        text = words.count(
            "{n} of the {total} axes has had an edition of its own: {axes}.",
            "{n} of the {total} axes have had an edition of their own: {axes}.",
            len(own), total=words.number(len(self.axes)), axes=words.listed(self._own(axis) for axis in own),
        ) if own else say("No axis has had an edition of its own yet.")  # fmt: skip
        if own and without:
            text += " " + say("Never alone so far: {axes}.", axes=self._named(without))
        parts: list[Part] = [Paragraph(text, "finding")]
        last = {max(one.covering, default=0) for one in self.axes.values()}
        if len(last) == 1:
            parts.append(
                Paragraph(say("All axes were covered last in {year}, so when an axis was last covered does not tell them apart.",
                              year=max(last)))
            )  # fmt: skip
        frame = tables.read("editions", edition=self.study.published).sort_values("edition")
        covered = [self.study.editions[int(year)] for year in frame["edition"]]
        if assigned := [str(one.year) for one in covered if one.axes_assigned]:
            text = say("Assigned to axes by the compendium: the areas of {editions}.", editions=words.listed(assigned))
            parts.append(Paragraph(text, "note"))
        parts += [
            Paragraph(f"{words.text(row, 'fact')}.", "note")
            for _, row in tables.read("facts", id=AXES_DOUBTED).iterrows()
        ]
        for year in self.study.planned:
            axes = self._named(self.study.editions[year].axes)
            text = planned_note(self, year) + " " + say("It is to cover: {axes}.", axes=axes)
            parts.append(Paragraph(text, "note"))
        table = pd.DataFrame(
            {
                say("Edition"): [str(one.year) for one in covered],
                say("Focus"): [words.translated(focus) for focus in frame["focus"]],
                say("Axes"): [self._named(one.axes) for one in covered],
            }
        )
        return Section([*parts, Listing(f"{self.id}-editions", say("The focus of the editions so far"), table)])

    def _own(self, axis: str) -> str:
        return f"{self.axis_name(axis)} ({self.words.listed(map(str, self.axes[axis].own_editions))})"

    # criteria

    @remembered
    def declared(self) -> Section:
        """List the criteria in their order, with the direction of each and the reason for it."""
        say = self.words.say
        text = self.words.count(
            "{n} criterion is weighed. Its direction is declared, not found in the data: the opposite has its reason too.",
            "{n} criteria are weighed one by one and never added up. Their directions are declared, not found in the data: "
            "the opposite of each has its reason too.",
            len(self.weighed),
        )
        parts: list[Part] = [Paragraph(text, "note")]
        if unknown := [one.label for one in self.weighed if not one.known]:
            text = say(
                "Not known for every axis, and so left out of every comparison: {criteria}.",
                criteria=self.words.listed(unknown),
            )
            parts.append(Paragraph(text, "gap"))
        shared = [len(set(names) & set(self.criteria)) for names in (ON_EDITIONS, ON_CITIES)]
        if max(shared) > 1:
            text = say("Criteria overlap, and what they share counts more than once: coverage by editions in {editions}, data of "
                       "cities in {cities}.", editions=self.words.number(shared[0]), cities=self.words.number(shared[1]))  # fmt: skip
            parts.append(Paragraph(text, "note"))
        rows = [(str(rank), one.label, self._direction(one), one.reason, one.counter, one.name)
                for rank, one in enumerate(self.weighed, start=1)]  # fmt: skip
        columns = [say("Order"), say("Criterion"), say("Speaks for an axis"), say("Reason given"), say("Reason for the opposite"),
                   say("Name in the notebook")]  # fmt: skip
        table = pd.DataFrame(rows, columns=columns)
        return Section(
            [*parts, Listing(f"{self.id}-criteria", say("Criteria, in the order given"), table, {columns[-1]: code})]
        )

    def _direction(self, one: Criterion) -> str:
        return self.words.say("more") if one.direction == MORE else self.words.say("fewer")

    @remembered
    def standings(self) -> dict[str, dict[str, float]]:
        """Give where each axis stands on each criterion that can be compared, from 0 to 1."""
        return {name: choice.standings(of) for name, of in self.values.items()}

    @remembered
    def flat(self) -> list[str]:
        """List the criteria that do not tell the axes apart."""
        return [name for name, of in self.values.items() if len(set(of.values())) == 1]

    @remembered
    def side_by_side(self) -> Section:
        """Show every axis on every criterion."""
        say, words = self.words.say, self.words
        leading = [axis for axis, names in self.ahead.items() if names]
        total = words.number(len(self.axes))
        if not leading:
            text = say("No criterion tells the axes apart.")
        elif len(leading) == len(self.axes):
            text = say(
                "Each of the {total} axes stands first on at least one criterion, alone or with others.", total=total
            )
        else:
            text = words.count(
                "{n} of the {total} axes stands first on at least one criterion, alone or with others: {axes}.",
                "{n} of the {total} axes stand first on at least one criterion, alone or with others: {axes}.",
                len(leading), total=total, axes=self._named(leading),
            )  # fmt: skip
        if self.everywhere:
            text += " " + say("First on all that tell the axes apart: {axes}.", axes=self._named(self.everywhere))
        elif leading:
            text += " " + say("No axis stands first on all.")
        return Section([Paragraph(text, "finding"), self._matrix()])

    @remembered
    def ahead(self) -> dict[str, list[str]]:
        """Give for each axis the criteria on which it stands first, alone or with others."""
        return {axis: [name for name, of in self.telling.items() if of[axis] == max(of.values())] for axis in self.axes}

    @property
    def everywhere(self) -> list[str]:
        """List the axes that stand first on all criteria that tell the axes apart."""
        return [axis for axis, names in self.ahead.items() if names and len(names) == len(self.telling)]

    def _matrix_title(self) -> str:
        say, total = self.words.say, self.words.number(len(self.telling))
        if not self.telling:
            return say("No criterion tells the axes apart")
        if self.everywhere:
            return say("First on every criterion that tells the axes apart: {axes}", axes=self._named(self.everywhere))
        most = max(len(names) for names in self.ahead.values())
        return say("No axis stands first on more than {n} of the {total} criteria that tell the axes apart",
                   n=self.words.number(most), total=total)  # fmt: skip

    def _matrix(self) -> Exhibit:
        say, words, names = self.words.say, self.words, [self.axis_name(axis) for axis in self.axes]
        rows = [
            figures_choice.Row(
                one.label, self._direction(one), [on.text for on in one.axes.values()],
                list(self.standings.get(one.name, {}).values()), one.name in self.flat,
            )
            for one in self.weighed
        ]  # fmt: skip
        table = pd.DataFrame(
            [(one.label, self._direction(one), *(on.text for on in one.axes.values())) for one in self.weighed],
            columns=[say("Criterion"), say("Speaks for an axis"), *names],
        )
        units = {"region_gaps": "%", "years_since": "years", "years_since_own": "years"}
        data = pd.DataFrame(
            [
                (one.name, one.direction, axis, self._download(on), on.text,
                 self.standings.get(one.name, {}).get(axis), units.get(one.name, "count"), "; ".join(sorted(on.source_ids)))
                for one in self.weighed for axis, on in one.axes.items()
            ],
            columns=["criterion", "direction", "axis", "value", "shown", "place", "unit", "source"],
        )  # fmt: skip
        data["source"] = data["source"].replace("", "tables of the compendium")
        one = next(iter(self.axes.values()))
        ends = dict.fromkeys(ON_EDITIONS, one.until) | {"lists": one.newest_list}
        return Exhibit(
            id=f"{self.id}-criteria-by-axis", title=self._matrix_title(), language=words,
            subtitle=say("A dot gives the place among the {n} axes: the further right, the more speaks for the axis; hollow: all alike. "
                         "At the end of each line: whether more or fewer speaks for an axis.", n=words.number(len(self.axes))),
            alt=say("Matrix of criteria and axes.") + " " + " ".join(self._spoken(one) for one in self.weighed),
            table=table, data=data.assign(year=[ends.get(name, one.newest) for name in data["criterion"]], licence=OWN_LICENCE),
            source=say("tables of the compendium: editions, findings, indicators; their sources stand at the end of the page") + ".",
            notes=self._notes(one),
            draw=partial(figures_choice.standings, names, [figures.colour(axis) for axis in self.axes], rows),
        )  # fmt: skip

    @staticmethod
    def _download(on: OnAxis) -> float | None:
        """Give the value for the download: empty where never, not known, or on no list."""
        return None if on.value is None or isinf(on.value) or not on.text[:1].isdigit() else on.value

    def _notes(self, one: OnEveryCriterion) -> list[str]:
        """Say how to read the picture, and what the criteria in it mean."""
        say = self.words.say
        of_criteria = {
            say("Recent: {years}, with {minimum} places or more.", minimum=MINIMUM,
                years=self.words.years(one.newest - self.study.window, one.newest)): {"city_indicators", "cities", "country_indicators"},
            say("Years are counted up to {year}, that of the newest value or list. An edition of its own: one that covers no other axis.",
                year=one.until): {"years_since", "years_since_own"},
            say("Indicators that follow cities: on at least {minimum} of the same cities in two years.",
                minimum=MINIMUM): {"city_series"},
            say("Lists are those up to {year}. A city that is on no list is not known, which is not the same as having nothing.",
                year=one.newest_list): {"lists"},
            say("Gaps between regions: the share of differences in rank between countries that lies between regions beyond "
                "chance, median of the indicators, in steps of {step} percentage points.", step=STEP): {"region_gaps"},
            say("Gaps that close: indicators on which the same places became clearly more alike, of those that can be followed; not "
                "known where these are fewer than {minimum}, and then compared for no axis.", minimum=FOLLOWED): {"gaps_closing"},
        }  # fmt: skip
        return [say("Nothing is added up: there is no total. A small difference moves a dot as far as a large one."),
                *(text for text, names in of_criteria.items() if names & set(self.criteria))]  # fmt: skip

    def _spoken(self, one: Criterion) -> str:
        values = (f"{self.axis_name(axis)} {on.text}" for axis, on in one.axes.items())
        return self.words.say("{criterion}: {values}.", criterion=one.label, values=self.words.listed(values))

    # dominance and trade-offs

    @remembered
    def dominance(self) -> Section:
        """Say where one axis is at least as good as another on all criteria, and what each pair trades off where not."""
        say = self.words.say
        if not self.values:
            return Section([Paragraph(say("No criterion is known for every axis, so none can be compared."), "gap")])
        if not self.telling:
            return Section([Paragraph(say("No criterion tells the axes apart, so nothing is given up."), "gap")])
        pairs = choice.dominances(self.values)
        parts: list[Part] = [
            Paragraph(say("As the criteria are declared, {one} is at least as good as {others} on all of them, and better on at least one.",
                          one=self._within([one]), others=self._within(b for a, b in pairs if a == one)), "finding")
            for one in dict.fromkeys(a for a, _ in pairs)
        ]  # fmt: skip
        if not pairs:
            text = say("As the criteria are declared, no axis is at least as good as another on all of them: "
                       "each choice gives up something.")  # fmt: skip
            parts.append(Paragraph(text, "finding"))
        return Section([*parts, *self._left_out(pairs), *self._dominance_otherwise(pairs), self._trade_offs()])

    def _left_out(self, pairs: list[tuple[str, str]]) -> list[Paragraph]:
        """Say how much dominance hangs on a single criterion."""
        say = self.words.say
        if len(self.values) < 2:
            return []
        found = choice.dominances_without(self.values)
        lost = {name: [pair for pair in pairs if pair not in kept] for name, kept in found.items()}
        new = {name: [pair for pair in kept if pair not in pairs] for name, kept in found.items()}
        texts = [
            say("Without the criterion “{criterion}”, {one} would be at least as good as {others} on all that is left.",
                criterion=self.compared[name].label, one=self._within([one]), others=self._within(b for a, b in gained if a == one))
            for name, gained in new.items() for one in dict.fromkeys(a for a, _ in gained)
        ]  # fmt: skip
        texts += [
            say("Without the criterion “{criterion}”, {one} and {other} would be alike on all that is left.",
                criterion=self.compared[name].label, one=self._within([one]), other=self._within([other]))
            for name, gone in lost.items() for one, other in gone
        ]  # fmt: skip
        if not texts:
            texts = [say("That does not hang on any single criterion: it holds whichever one is left out.")]
        return [Paragraph(text) for text in texts]

    def _dominance_otherwise(self, pairs: list[tuple[str, str]]) -> list[Part]:
        """Say how much dominance hangs on choices of the compendium: which editions count, and how long values are recent."""
        say = self.words.say
        texts, same = [], []
        for choice_made, values in self.otherwise.items():
            found = choice.dominances(values)
            gained, lost = [pair for pair in found if pair not in pairs], [pair for pair in pairs if pair not in found]
            texts += [
                say("If {choice}, {one} would be at least as good as {others} on all criteria, and better on at least one.",
                    choice=choice_made, one=self._within([one]), others=self._within(b for a, b in gained if a == one))
                for one in dict.fromkeys(a for a, _ in gained)
            ]  # fmt: skip
            texts += [
                say("If {choice}, {one} would no longer be at least as good as {others} on all criteria.",
                    choice=choice_made, one=self._within([one]), others=self._within(b for a, b in lost if a == one))
                for one in dict.fromkeys(a for a, _ in lost)
            ]  # fmt: skip
            same += [] if gained or lost else [choice_made]
        if same:
            texts.append(say("Whether one axis is at least as good as another would be the same in each of these cases: {choices}.",
                             choices="; ".join(same)))  # fmt: skip
        return [Paragraph(" ".join(texts), "note")] if texts else []

    def _trade_offs(self) -> Listing:
        say = self.words.say
        rows = []
        for one, other in combinations(self.axes, 2):
            more = [name for name, of in self.values.items() if of[one] > of[other]]
            less = [name for name, of in self.values.items() if of[one] < of[other]]
            pair = say("{one} and {other}", one=self.axis_name(one), other=self.words.within(self.axis_name(other)))
            rows.append((pair, *(self._labels(names) or "\N{EN DASH}" for names in (more, less))))
        columns = [say("Axes"), say("Speaks more for the first"), say("Speaks more for the second")]
        return Listing(f"{self.id}-pairs", say("What is traded off, pair by pair"), pd.DataFrame(rows, columns=columns))

    # every order

    @remembered
    def firsts(self) -> dict[str, set[frozenset[str]]]:
        """Give what comes first under all orders of the criteria, by the criterion that leads."""
        return choice.firsts(self.telling)

    @remembered
    def orders(self) -> Section:
        """Say which conclusions hold whatever the order of the criteria, which do not, and what the reader's order gives."""
        say, words = self.words.say, self.words
        if not self.values:
            return Section(
                [Paragraph(say("No criterion is known for every axis, so no order can be followed."), "gap")]
            )
        if not self.telling:
            return Section([Paragraph(say("No criterion tells the axes apart, so no order can be followed."), "gap")])
        outcomes = {outcome for found in self.firsts.values() for outcome in found}
        possible = {axis for outcome in outcomes for axis in outcome}
        always = {axis for axis in possible if all(axis in outcome for outcome in outcomes)}
        never = [axis for axis in self.axes if axis not in possible]
        given: dict[str, object] = {
            "orders": words.number(factorial(len(self.telling))), "criteria": words.number(len(self.telling)),
            "total": words.number(len(self.axes)), "axes": self._named(always or possible), "never": self._named(never),
        }  # fmt: skip
        if always:
            text = words.count("By the one criterion there is, this comes first: {axes}.",
                               "Under every one of the {orders} orders of the {n} criteria that tell the axes apart, this comes first: {axes}.",
                               len(self.telling), **given)  # fmt: skip
        elif never:
            text = say("Of the {orders} orders of the {criteria} criteria that tell the axes apart, some put each of these first: {axes}. "
                       "Never first, whatever the order: {never}.", **given)  # fmt: skip
        else:
            text = say("What comes first is a matter of what counts most: each of the {total} axes comes first under some of the "
                       "{orders} orders of the {criteria} criteria that tell the axes apart.", **given)  # fmt: skip
        parts: list[Part] = [Paragraph(text, "finding")]
        parts.append(Paragraph(say(
            "A criterion that comes later counts only among the axes that are alike on all before it. One axis comes before another "
            "under every order exactly where it is at least as good on all criteria and better on one.")))  # fmt: skip
        return Section([*parts, self._leading(), *self._own_order(), *self._orders_otherwise(possible)])

    def _leading(self) -> Listing:
        say = self.words.say
        rows = []
        for name, outcomes in self.firsts.items():
            possible = {axis for outcome in outcomes for axis in outcome}
            always = {axis for axis in possible if all(axis in outcome for outcome in outcomes)}
            rows.append((self.compared[name].label, self._named(always) or "\N{EN DASH}",
                         self._named(possible - always) or "\N{EN DASH}"))  # fmt: skip
        columns = [say("If this counts most"), say("First, whatever follows"), say("First, depending on what follows")]
        return Listing(
            f"{self.id}-orders",
            say("What comes first, by the criterion that counts most"),
            pd.DataFrame(rows, columns=columns),
        )

    def _own_order(self) -> list[Part]:
        """Follow the order in which the criteria are given, until one axis remains."""
        say = self.words.say
        steps = choice.lexicographic(self.values, list(self.values))
        needed = next((n for n, remain in enumerate(steps, start=1) if remain == steps[-1]), len(steps))
        rows = [(str(n), self.compared[name].label, self._direction(self.compared[name]), self._named(remain))
                for n, (name, remain) in enumerate(zip(self.values, steps, strict=True), start=1)][:needed]  # fmt: skip
        text = say("In the order given, {axes} would come first, as soon as “{criterion}” is weighed. That follows from this order "
                   "alone and is no recommendation.", axes=self._within(steps[-1]), criterion=rows[-1][1])  # fmt: skip
        table = pd.DataFrame(
            rows, columns=[say("Step"), say("Criterion"), say("Speaks for an axis"), say("What remains")]
        )
        return [Heading(say("The order given")), Paragraph(text),
                Listing(f"{self.id}-order", say("The order given, step by step"), table)]  # fmt: skip

    def _orders_otherwise(self, possible: set[str]) -> list[Part]:
        """Say how much what comes first hangs on choices of the compendium."""
        say, first = self.words.say, set(choice.lexicographic(self.values, list(self.values))[-1])
        texts, same = [], []
        for choice_made, values in self.otherwise.items():
            other = choice.lexicographic(values, list(values))[-1]
            if set(other) != first:
                texts.append(say("If {choice}, {axes} would come first in the order given.", choice=choice_made,
                                 axes=self._within(other)))  # fmt: skip
            could = {axis for found in choice.firsts(values).values() for outcome in found for axis in outcome}
            if could != possible:
                texts.append(say("If {choice}, each of these would come first under some order: {axes}.", choice=choice_made,
                                 axes=self._named(could)))  # fmt: skip
            same += [choice_made] if set(other) == first and could == possible else []
        if same:
            texts.append(say("What comes first in the order given, and what could come first at all, would be the same in each of these "
                             "cases: {choices}.", choices="; ".join(same)))  # fmt: skip
        return [Paragraph(" ".join(texts), "note")] if texts else []

    # for and against

    @remembered
    def arguments(self) -> Section:
        """List for each axis what speaks for and against it under the declared directions."""
        say = self.words.say
        text = say("A criterion speaks for an axis that stands ahead of more axes than stand ahead of it, and else against it; one on "
                   "which all are alike is left out. Turn a direction round, and for becomes against.")  # fmt: skip
        parts: list[Part] = [Paragraph(text, "note")]
        for axis in self.axes:
            name = self.axis_name(axis)
            parts += [Heading(name), *self._ahead(axis)]
            standings = {key: of[axis] for key, of in self.standings.items() if key not in self.flat}
            pros = [self.compared[key].axes[axis].sentence for key, place in standings.items() if place > MIDDLE]
            cons = [self.compared[key].axes[axis].sentence for key, place in standings.items() if place <= MIDDLE]
            if length := max(len(pros), len(cons)):
                columns = {say("Speaks for it"): pros, say("Speaks against it"): cons}
                table = pd.DataFrame({head: [*found, *[""] * (length - len(found))] for head, found in columns.items()})
                caption = say("For and against: {axis}", axis=self.words.within(name))
                parts.append(Listing(f"{self.id}-{axis}", caption, table))
        return Section(parts)

    def _ahead(self, axis: str) -> list[Paragraph]:
        """Say on which criteria an axis stands first, and on which others stand ahead of it."""
        say = self.words.say
        first = self.ahead[axis]
        behind = [name for name in self.telling if name not in first]
        found = []
        if first:
            found.append(say("No axis stands ahead of it on {criteria}.", criteria=self._labels(first)))
        if behind:
            found.append(say("Others stand ahead of it on {criteria}.", criteria=self._labels(behind)))
        return [Paragraph(" ".join(found))] if found else []

    # what would change it

    @remembered
    def changing(self) -> Section:
        """List the data that would change these arguments."""
        say = self.words.say
        rows = [
            (self.axis_name(axis), what, now) for axis, one in self.axes.items() for what, now in self._missing(one)
        ]
        columns = [say("Axis"), say("What would change it"), say("What there is now")]
        text = self.words.count("{n} thing that is not known would change these arguments.",
                                "{n} things that are not known would change these arguments.", len(rows))  # fmt: skip
        parts: list[Part] = [Paragraph(text, "gap")]
        if rows:
            parts.append(
                Listing(
                    f"{self.id}-changing",
                    say("Data that would change the arguments"),
                    pd.DataFrame(rows, columns=columns),
                )
            )
        text = say("The reports were seen in part. A figure in a report that was not seen may speak for any axis.")
        coming = say("All of this is on data that exist. Which data will be published by the next edition, and when, is not "
                     "documented in the compendium.")  # fmt: skip
        return Section([*parts, Paragraph(coming, "gap"), Paragraph(text, "gap"), can_be_filled(self.words)])

    def _missing(self, one: OnEveryCriterion) -> list[tuple[str, str]]:
        """Give what an axis lacks: recent values, cities measured at all, a second year, a verdict on its gaps."""
        say, words = self.words.say, self.words
        found = []
        if not one.for_cities:
            found.append((say("Any open indicator that measures cities"), say("none")))
        recent = {indicator.id for indicator in (*one.for_cities, *one.for_countries)}
        for level in ("city", "country"):
            old = [
                indicator
                for indicator in one.indicators(one.axis, level)
                if indicator.measures and indicator.id not in recent
            ]
            if old:
                what = (
                    say("Newer values for enough cities")
                    if level == "city"
                    else say("Newer values for enough countries")
                )
                found.append((what, words.listed(self._until(indicator) for indicator in old)))
        if once := [indicator.label for indicator in one.for_cities if indicator.over_time == "one_year"]:
            found.append(
                (say("A second year for the same cities"), say("one year: {indicators}", indicators=words.listed(once)))
            )
        if len(one.converging) < FOLLOWED:
            found.append((say("More indicators that follow the same places, to tell whether gaps close"),
                          words.number(len(one.converging))))  # fmt: skip
        if unclear := [verdict.indicator.label for verdict in one.converging if verdict.verdict == "open"]:
            found.append((say("More years or places, to tell whether gaps close"),
                          say("not clear: {indicators}", indicators=words.listed(unclear))))  # fmt: skip
        return found

    def _until(self, indicator: Indicator) -> str:
        last = int(indicator.values()["year"].max())
        return self.words.say("{indicator} (up to {year})", indicator=indicator.label, year=last)

    # sources

    @remembered
    def _used(self) -> list[Indicator]:
        """List the indicators behind the criteria that are weighed."""
        found = {one.id: one for criterion in self.weighed for on in criterion.axes.values() for one in on.behind}
        return list(found.values())

    @remembered
    def sources(self) -> Section:
        """List sources and caveats of exactly the data used."""
        ids = {source for one in self.weighed for on in one.axes.values() for source in on.source_ids}
        caveats = [(one.name, one.caveat) for one in self._used]
        return Section([*self.source_list(ids, caveats, self.id), *self.provenance(self.id).parts])
