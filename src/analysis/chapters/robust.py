"""Whether what a chapter says holds under the alternatives that `data/study.yml` declares, and how a page shows it.

The statements are made again by the chapter itself, with one choice made otherwise; nothing is computed in a second way.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from analysis import alternatives, robustness
from analysis.alternatives import Alternative
from analysis.chapters.common import Base, Indicator
from analysis.exhibits import Listing, Paragraph, Part, Section
from analysis.provenance import remembered
from analysis.robustness import Checked, Claim, Verdict


@dataclass(frozen=True)
class Statement:
    """A statement of a chapter that comes to one of several things, a quarter of a distribution say.

    Parameters
    ----------
    id
        Name of the statement on its page, the same under every alternative.
    label
        What it is about, in the reader's language.
    verdict
        What it comes to.
    indicators, choices
        What it is computed from, and the names of the choices that it rests on.
    """

    id: str
    label: str
    verdict: Hashable
    indicators: Sequence[Indicator]
    choices: Sequence[str]

    def concerned(self, alternative: Alternative) -> bool:
        """Say whether an alternative may change it."""
        return any(one.rests_on(alternative, self.choices) for one in self.indicators)


@dataclass(frozen=True)
class Family:
    """Statements of one kind: how they are made, and how what they come to is written."""

    statements: Callable[[], list[Statement]]
    write: Callable[[Any], str]


@dataclass(frozen=True)
class Shown:
    """A statement, what came of checking it, and how what it comes to is written."""

    statement: Statement
    checked: Checked
    write: Callable[[Any], str]


class Robust(Base):
    """Checks the statements of a chapter, and shows what came of it."""

    def families(self) -> Mapping[str, Family]:
        """Give the statements of the chapter by kind."""
        return {}

    @remembered
    def checks(self) -> dict[str, Shown]:
        """Check every statement under each alternative that concerns it; those that none concerns are left out."""
        if self.instead is not None:
            return {}
        found = {}
        for kind, family in self.families().items():
            made = {f"{kind} {one.id}": one for one in family.statements()}
            verdict = self._verdicts(kind)
            claims = [Claim(id, one.concerned, verdict(id)) for id, one in made.items()]
            for checked in robustness.check(claims, self._alternatives):
                if checked.under:
                    found[checked.id] = Shown(made[checked.id], checked, family.write)
        return found

    @remembered
    def _alternatives(self) -> tuple[Alternative, ...]:
        return alternatives.declared(self.study)

    @remembered
    def _chapters(self) -> dict[Alternative, "Robust"]:
        return {one: replace(self, instead=one) for one in self._alternatives}

    def _verdicts(self, kind: str) -> Callable[[str], Callable[[Alternative | None], Verdict]]:
        """Give what the statements of a kind come to, by their ids; the chapter is made once for each alternative."""

        @cache
        def under(alternative: Alternative | None) -> dict[str, Hashable]:
            chapter = self if alternative is None else self._chapters[alternative]
            return {f"{kind} {one.id}": one.verdict for one in chapter.families()[kind].statements()}

        return lambda id: lambda alternative: under(alternative).get(id)

    # beside the findings

    def tally(self, kind: str, id: str) -> dict[str, str] | None:
        """Count in how many alternatives a statement holds, of those in which it can be made; `None` where in all."""
        one = self.checks.get(f"{kind} {id}")
        if one is None or one.checked.holds:
            return None
        number = self.words.number
        return {"holds": number(len(one.checked.holding)), "total": number(one.checked.said)}

    def fragile(self, kind: str, named: Iterable[tuple[str, str]]) -> str:
        """Name those of several statements, by id and name, that an alternative changes; empty where none is changed."""
        items = [
            self.words.say("{name} (holds in {holds} of {total})", name=name, **tally)
            for id, name in named
            if (tally := self.tally(kind, id))
        ]
        if not items:
            return ""
        return self.words.say("This changes under an alternative choice for {items}.", items=self.words.listed(items))

    def noted(self, *kinds: str) -> list[Part]:
        """Say of a section with statements of these kinds that they hold, where they do; those that do not say so themselves."""
        found = [one for name, one in self.checks.items() if name.split()[0] in kinds]
        broken = sum(not one.checked.holds for one in found)
        if not found or broken == len(found):
            return []
        if broken:
            text = self.words.say("The other statements checked here hold under every alternative choice.")
        else:
            text = self.words.count(
                "The statement checked here holds under every alternative choice.",
                "The {n} statements checked here hold under every alternative choice.", len(found),
            )  # fmt: skip
        return [Paragraph(text, "note")]

    # the section

    def robustness_section(self, id: str, notes: Iterable[str] = ()) -> Section:
        """Show every statement with what it comes to under each alternative."""
        shown = sorted(self.checks.values(), key=lambda one: one.checked.holds)  # what changes comes first
        extra = [Paragraph(text, "note") for text in notes]
        if not shown:
            text = self.words.say("No statement of this page rests on a choice to which an alternative is declared.")
            return Section([Paragraph(text, "gap"), *extra])
        caption = self.words.say("What holds when a choice is made otherwise")
        return Section([Paragraph(self._summary(shown), "finding"), *self._explained(shown),
                        Listing(f"{id}-robustness", caption, self._table(shown)), *extra])  # fmt: skip

    def _summary(self, shown: Sequence[Shown]) -> str:
        words, changed = self.words, sum(not one.checked.holds for one in shown)
        if not changed:
            return words.count(
                "The statement checked holds under every alternative choice under which it can be made.",
                "All {n} statements checked hold under every alternative choice under which they can be made.", len(shown),
            )  # fmt: skip
        holds = len(shown) - changed
        return words.count(
            "{holds} of the {total} statements checked hold under every alternative choice under which they can be made; one changes.",
            "{holds} of the {total} statements checked hold under every alternative choice under which they can be made; {n} change.",
            changed, holds=words.number(holds), total=words.number(len(shown)),
        )  # fmt: skip

    def _explained(self, shown: Sequence[Shown]) -> list[Part]:
        """Say how the check is made, and what the words in its table mean."""
        say = self.words.say
        texts = [
            say("One choice is made otherwise at a time; the others stay as the study makes them, as the head of each column says. "
                "Alternatives are declared in the matrix of the study (data/study.yml)."),
        ]  # fmt: skip
        if any(one.checked.unsaid for one in shown):
            texts.append(
                say("“Cannot be said”: too few values are left. It counts neither as holding nor as changing.")
            )
        return [Paragraph(text, "note") for text in texts]

    def _table(self, shown: Sequence[Shown]) -> pd.DataFrame:
        say, number = self.words.say, self.words.number
        concerned = {one.choice for each in shown for one in each.checked.under}
        choices = [name for name in dict.fromkeys(one.choice for one in self._alternatives) if name in concerned]
        rows = []
        for one in shown:
            holding, said = number(len(one.checked.holding)), number(one.checked.said)
            rows.append((one.statement.label, one.write(one.checked.verdict), say("{holds} of {total}", holds=holding, total=said),
                         *(self._cell(one, name) for name in choices)))  # fmt: skip
        columns = [
            say("Statement"),
            say("As the study chooses"),
            say("Holds in"),
            *(self._head(name) for name in choices),
        ]
        return pd.DataFrame(rows, columns=columns)

    def _cell(self, one: Shown, choice: str) -> str:
        """Say what a statement comes to under the alternatives to a choice, those that come to the same together."""
        say, found = self.words.say, dict[Verdict, list[str]]()
        for alternative, verdict in one.checked.under.items():
            if alternative.choice == choice:
                found.setdefault(verdict, []).append(self._value(choice, alternative.value))
        if not found:
            return say("not concerned")
        texts = []
        for verdict, names in sorted(found.items(), key=lambda item: (item[0] != one.checked.verdict, item[0] is None)):
            values = self.words.listed(names)
            if verdict is None:
                texts.append(say("cannot be said: {values}", values=values))
            elif verdict == one.checked.verdict:
                texts.append(say("holds: {values}", values=values))
            else:
                texts.append(say("changes to “{verdict}”: {values}", verdict=one.write(verdict), values=values))
        return self.words.chained(texts)

    def _head(self, choice: str) -> str:
        """Name a choice, with what the study uses."""
        say, own = self.words.say, self._value(choice, getattr(self.choices, choice))
        return {
            "window": say("Window in years: {own}", own=own),
            "minimum": say("Least places: {own}", own=own),
            "look_back": say("Years looked back: {own}", own=own),
            "panel": say("Share of the fullest panel: {own}", own=own),
            "tail": say("Ends of a distance: {own}", own=own),
            "resampling": say("Bootstrap: {own}", own=own),
            "release": say("Releases: {own}", own=own),
        }[choice]

    def _value(self, choice: str, value: alternatives.Value) -> str:
        """Write a value of a choice."""
        say = self.words.say
        if choice in ("panel", "tail"):
            return self.words.percent(100 * float(value))
        if choice == "resampling":
            methods = {"percentile": say("percentile"), "basic": say("basic"), "bca": say("corrected for bias (BCa)")}
            return methods[str(value)]
        if choice == "release":
            return (
                say("“{title}” alone", title=self.source_rows([str(value)])["title"].iloc[0])
                if value
                else say("joined")
            )
        return self.words.number(int(value))
