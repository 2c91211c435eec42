"""Disclosure control: the one gate through which answers of cities pass before anything shows them.

What leaves the gate is a fixed set of one-way tables, declared in the instrument, and, for questions of the class `public`, the
answers of cities that consent to be named. The rules, in the order in which they are applied:

1. A group with fewer than `THRESHOLD` answers is not published at all.
2. In questions of the class `grouped` a count is suppressed where it, or the rest of its group, is below `THRESHOLD`. So 0% and
   100% are suppressed too: they would tell the answer of every city in the group.
3. Further counts are suppressed until no hidden one follows from the others (`System.protect`). Outsiders are taken to know who
   answered, to which groups each belongs, and the number of answers of every group, shown or not; that the answers of a single
   choice add up to n and those of a multiple choice to n at least; that a skip rule asked a question only of those with certain
   answers to another. They subtract any table of a question from any other, "all" from the groups say.
4. An earlier edition is a further table of the same question: a group that differs from a published one of that edition by some,
   but fewer than `THRESHOLD` cities is withheld, since a city that came or went could be found by subtraction.
5. In `public` questions some answers are published by name; a count of all cities would tell the answers of the few that want to be
   counted only. Where it would, the table holds the named cities alone, and says so.

A number is hidden safely if another set of answers gives the very same publication and another value of the number. Such a set
is looked for and found, never assumed; where none is found, more is suppressed. The threshold protects against what follows
exactly; it does not protect against guesses, nor against two builds of one edition between which a city was added.

References
----------
OpenSAFELY, "Output checking: statistical disclosure control" (counts of 1 to 7 are redacted there; the units are patients).
SACRO, "Guidelines for output checking" (2023), with the tool ACRO; its threshold in many secure centres is 10, or 5.
Office for National Statistics, "Policy on protecting confidentiality in tables" (rows with small or full cells).
Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley; chapter 4 on primary and secondary suppression.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import tables
from analysis.errors import InvalidData
from analysis.instrument import CHOSEN, Question, Table
from analysis.provenance import remembered
from analysis.receipts import SUPPRESSED

if TYPE_CHECKING:
    from analysis.answers import Answers

# The smallest number of cities that a published number may stand for. With 20 to 35 respondents, 5 keeps tables of all cities useful;
# it is what ACRO and many statistical offices ask at least where units are organisations. Reasons and references: above.
THRESHOLD = 5
ALL = ""  # the group of all cities
Cell = tuple[int, int]  # number of the row, number of the answer
Target = tuple[frozenset[int], int]  # a set of atoms, number of the answer


def safe(count: int, n: int) -> bool:
    """Say whether a count may be shown: it and the rest of its group are not below the threshold."""
    return count >= THRESHOLD and n - count >= THRESHOLD


# what is published


@dataclass(frozen=True)
class Row:
    """A cell of a published table: how many of the `n` cities of a group gave an answer; None where that is suppressed.

    `cities` is the number of cities of the group, with those that gave no answer; None where a skip rule decides who is asked.
    """

    group: str
    answer: str
    count: int | None
    n: int | None
    cities: int | None


@dataclass(frozen=True)
class Published:
    """A table that left the gate. Only what stands in `rows` may be shown.

    `base` is `all`, or `named` where the table holds the cities alone that consent to be named; `left_out` counts the others.
    """

    table: str
    question: str
    by: str
    base: str
    left_out: int
    rows: tuple[Row, ...]
    synthetic: bool = False

    @property
    def groups(self) -> list[str]:
        """List the groups in order, those that are withheld too."""
        return list(dict.fromkeys(row.group for row in self.rows))

    def of(self, group: str = ALL) -> list[Row]:
        """List the cells of a group."""
        return [row for row in self.rows if row.group == group]

    def n(self, group: str = ALL) -> int | None:
        """Give the number of answers of a group; None where it is withheld."""
        return next((row.n for row in self.of(group)), None)

    @property
    def frame(self) -> pd.DataFrame:
        """Give the table as data for download; `SUPPRESSED` stands for a number that is hidden."""
        rows = [
            (self.table, self.question, row.group or "all", row.answer, _or_s(row.count), _or_s(row.n), _or_s(row.cities),
             _or_s(None if row.count is None or row.cities is None or row.n is None else row.cities - row.n))
            for row in self.rows
        ]  # fmt: skip
        columns = ["table", "question", "group", "answer", "count", "n", "cities", "no_answer"]
        made = pd.DataFrame(rows, columns=columns).assign(base=self.base)
        return made.assign(synthetic="true") if self.synthetic else made


def _or_s(value: int | None) -> str:
    return SUPPRESSED if value is None else str(value)


# suppression


@dataclass(frozen=True)
class System:
    """What an outsider knows of the answers to one question, and whether a hidden number follows from it.

    Parameters
    ----------
    rows
        For each row (group), the atoms in it. An atom is the set of cities that belong to the same rows.
    sizes
        Number of cities of each atom that answered.
    counts
        For each atom, how many gave each answer. It is secret; only sums over rows are published.
    multiple
        Whether several answers may be given, but at least one.
    floors
        Some answers, some atoms, and how many cities in them gave one of these answers at least: the number of answers to a
        question that was asked of those alone tells it.
    """

    rows: tuple[frozenset[int], ...]
    sizes: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    multiple: bool = False
    floors: tuple[tuple[frozenset[int], frozenset[int], int], ...] = ()

    @property
    def answers(self) -> range:
        """Number the answers."""
        return range(len(self.counts[0]) if self.counts else 0)

    def n(self, atoms: frozenset[int]) -> int:
        """Give the number of cities in some atoms."""
        return sum(self.sizes[atom] for atom in atoms)

    def count(self, atoms: frozenset[int], answer: int) -> int:
        """Give the number of cities in some atoms that gave an answer."""
        return sum(self.counts[atom][answer] for atom in atoms)

    @remembered
    def targets(self) -> list[Target]:
        """List what must not be known exactly: of rows, their overlaps, their differences and atoms, the counts that are not safe."""
        sets = {*self.rows, *(atoms for _, atoms, _ in self.floors), *(frozenset({i}) for i in range(len(self.sizes)))}
        for one, other in combinations(self.rows, 2):
            sets |= {one & other, one - other, other - one}
        ordered = sorted((atoms for atoms in sets if self.n(atoms)), key=lambda atoms: (len(atoms), sorted(atoms)))
        return [(atoms, a) for atoms in ordered for a in self.answers if not safe(self.count(atoms, a), self.n(atoms))]

    def primary(self) -> set[Cell]:
        """Give the cells that may not be shown by themselves."""
        return {
            (r, a) for r, row in enumerate(self.rows) for a in self.answers if not safe(self.count(row, a), self.n(row))
        }

    def protect(self, hidden: set[Cell] | None = None, may_hide: frozenset[int] | None = None) -> set[Cell] | None:
        """Give the cells to suppress, so that no target follows from the rest; None where even hiding all is not enough.

        Parameters
        ----------
        hidden
            Cells that are hidden already; default: `primary`.
        may_hide
            Rows of which more may be hidden; default: all. The others are known to everybody.
        """
        hidden = set(self.primary() if hidden is None else hidden)
        found = self.ambiguous(hidden, self.targets)
        left = [target for target in self.targets if target not in found]
        while left:
            candidates = [cell for cell in self._candidates(left[0]) if cell not in hidden
                          and (may_hide is None or cell[0] in may_hide)]  # fmt: skip
            if not candidates:
                return None
            enough = (cell for cell in candidates if self.ambiguous(hidden | {cell}, [left[0]]))
            hidden.add(next(enough, candidates[0]))
            found = self.ambiguous(hidden, left)
            left = [target for target in left if target not in found]
        return hidden

    def _candidates(self, target: Target) -> list[Cell]:
        """List the cells that could be hidden for a target: those that concern it first, the whole last, small counts first."""
        atoms, answer = target
        whole = max(map(len, self.rows), default=0)
        cells = [(r, a) for r in range(len(self.rows)) for a in self.answers]
        return sorted(cells, key=lambda cell: (not self.rows[cell[0]] & atoms, len(self.rows[cell[0]]) == whole, cell[1] != answer,
                                               self.count(self.rows[cell[0]], cell[1]), cell))  # fmt: skip

    def ambiguous(self, hidden: set[Cell], targets: Sequence[Target]) -> set[Target]:
        """Give the targets for which another set of answers exists with the same publication and another value."""
        left, found = set(targets), set[Target]()
        for gain, loss in self._exchanges():
            mine = [target for target in left if target[1] in (gain, loss)]
            if not mine:
                continue
            fixed = [row for r, row in enumerate(self.rows)
                     if (r, gain) not in hidden or (loss is not None and (r, loss) not in hidden)]  # fmt: skip
            for shift in self._shifts(fixed, *self._limits(gain, loss)):
                if not self._above_floors(shift, gain, loss):
                    continue
                moved = {target for target in mine if sum(shift.get(atom, 0) for atom in target[0])}
                found |= moved
                mine = [target for target in mine if target not in moved]
                if not mine:
                    break
            left -= found
        return found

    def _exchanges(self) -> Iterator[tuple[int, int | None]]:
        """Go through the ways in which answers can differ: one answer more or less, or one in place of another."""
        if self.multiple:
            yield from ((answer, None) for answer in self.answers)
        yield from combinations(self.answers, 2)

    def _limits(self, gain: int, loss: int | None) -> tuple[list[int], list[int]]:
        """Give by how much `gain` may fall and rise in each atom, at the cost of `loss` if there is one."""
        low, high = [], []
        for n, counts in zip(self.sizes, self.counts, strict=True):
            down, up = counts[gain], n - counts[gain]
            if loss is None:
                down = min(down, sum(counts) - n)  # each city keeps one answer at least
            else:
                down, up = min(down, n - counts[loss]), min(up, counts[loss])
            low.append(-down)
            high.append(up)
        return low, high

    def _above_floors(self, shift: Mapping[int, int], gain: int, loss: int | None) -> bool:
        for answers, atoms, floor in self.floors:
            sign = (gain in answers) - (loss in answers)
            now = sum(self.count(atoms, answer) for answer in answers)
            if sign and now + sign * sum(shift.get(atom, 0) for atom in atoms) < min(floor, now):
                return False
        return True

    def _shifts(
        self, fixed: Sequence[frozenset[int]], low: Sequence[int], high: Sequence[int]
    ) -> Iterator[dict[int, int]]:
        """Go through shifts of one to four answers that no fixed row shows, the short ones first.

        Four are enough to go round a rectangle of two groupings; longer rounds are not looked for, which errs on the side of
        suppressing more.
        """
        steps = [(atom, sign) for atom in range(len(low)) for sign in (1, -1) if low[atom] <= sign <= high[atom]]
        effects = np.array([[sign * (atom in row) for row in fixed] for atom, sign in steps], dtype=int)
        seen: dict[bytes, list[tuple[int, ...]]] = {}
        for size in (1, 2):
            for chosen in combinations_with_replacement(range(len(steps)), size):
                effect = effects[list(chosen)].sum(axis=0)
                if not effect.any():
                    yield from self._allowed([steps[one] for one in chosen], low, high)
                seen.setdefault(effect.tobytes(), []).append(chosen)
        for effect_of, group in seen.items():
            if not any(effect_of):
                continue  # tried above
            for chosen in group:
                wanted = (-effects[list(chosen)].sum(axis=0)).tobytes()
                for other in seen.get(wanted, []):
                    if len(other) == 2 and (len(chosen) == 1 or chosen <= other):
                        yield from self._allowed([steps[one] for one in (*chosen, *other)], low, high)

    @staticmethod
    def _allowed(steps: Sequence[tuple[int, int]], low: Sequence[int], high: Sequence[int]) -> Iterator[dict[int, int]]:
        shift: dict[int, int] = {}
        for atom, sign in steps:
            shift[atom] = shift.get(atom, 0) + sign
        if any(shift.values()) and all(low[atom] <= by <= high[atom] for atom, by in shift.items()):
            yield shift


# the gate


@dataclass(frozen=True)
class Gate:
    """The gate of one edition: nothing of its answers is shown that does not come from here.

    Parameters
    ----------
    answers
        Answers of the edition.
    earlier
        Answers of earlier editions, whose tables are published already.
    """

    answers: "Answers" = field(repr=False)
    earlier: "Sequence[Answers]" = field(default=(), repr=False)
    _hidden: dict[str, tuple[set[Cell], set[str]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _given: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _told: dict[str, dict[str, set[str]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _more: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def synthetic(self) -> bool:
        """Say whether the answers are synthetic."""
        return self.answers.synthetic

    def count(self) -> int:
        """Give the number of cities that answered."""
        return len(self.answers.frame)

    def declared(self, question: str, by: str = "") -> Table | None:
        """Give the table that the instrument declares for a question, of all cities or by a grouping."""
        found = (one for one in self.answers.instrument.tables if (one.question, one.by) == (question, by))
        return next(found, None)

    def table(self, id: str) -> Published:
        """Give a table that the instrument declares.

        Raises
        ------
        InvalidData
            Where it declares none of this name.
        """
        declared = next((one for one in self.answers.instrument.tables if one.id == id), None)
        if declared is None:
            raise InvalidData(
                f"No table '{id}' is declared in data/instruments/{self.answers.edition}.yml, so none may be published."
            )
        question = self.answers.instrument[declared.question]
        names = [name for name in self._members(question) if name.partition(":")[0] == (declared.by or "all")]
        return self._made(declared, question, names)

    def same(self, id: str) -> "tuple[int, Published, Published] | None":
        """Compare a table with the newest earlier edition that asked the same, on the cities that answered in both.

        Gives the earlier edition, then both tables, before and now; None where there is nothing to compare or to show.
        """
        now = self.table(id)
        for before in reversed(self._earlier):
            name, question = f"same{before.answers.edition}:", self.answers.instrument[now.question]
            declared = before.declared(question.id)
            if now.by or declared is None or name not in self._members(question):
                continue
            here, there = self._made(Table(id, question.id), question, [name]), before._again(declared, self)
            if here.n() and there.n():
                return int(before.answers.edition), there, here
        return None

    def _again(self, declared: Table, later: "Gate") -> Published:
        """Give a table of this edition on the cities that answered in a later one too, next to all that is published of it."""
        gate, question = Gate(self.answers, self.earlier), self.answers.instrument[declared.question]
        name = f"same{later.answers.edition}:"
        names = [*self._members(question), name]
        gate._more[question.id] = {name: self._both(question, later)}
        if not self._open(question):
            hidden, withheld = self._protected(question)
            system = gate._system(question, gate._secret(question), gate._tellable(question))
            last = len(names) - 1
            own = {(r, a) for r, a in system.primary() if r == last}
            small = system.n(system.rows[last]) < THRESHOLD
            found = None if small else system.protect(hidden | own, frozenset({last}))
            gate._hidden[question.id] = (found or set(), withheld | (set() if found is not None else {name}))
        return gate._made(declared, question, [name])

    def _both(self, question: Question, other: "Gate") -> frozenset[str]:
        """Give the cities that answered a question in both editions; of a public one, those named in both."""
        public = self._open(question)
        return frozenset(self._answered(question, public)) & frozenset(other._answered(question, public))

    def _made(self, declared: Table, question: Question, names: Sequence[str]) -> Published:
        members, base, left_out = self._members(question), "all", 0
        hidden, withheld = self._protected(question)
        if self._open(question) and not self._public_as_whole(question):
            named = frozenset(self._frame(named=True).index)
            base, left_out = "named", len(self._answered(question)) - len(self._answered(question, named=True))
            members = {group: cities & named for group, cities in members.items()}
        chosen, order, rows = self._chosen(question), list(members), []
        for group in names:
            answered = [chosen[city] for city in sorted(members[group]) if city in chosen]
            small = len(answered) < THRESHOLD or group in withheld
            whole = None if small or question.relevant else len(members[group])
            for a, code in enumerate(question.codes):
                count = None if small or (order.index(group), a) in hidden else sum(code in one for one in answered)
                rows.append(Row(group.partition(":")[2], code, count, None if small else len(answered), whole))
        return Published(declared.id, question.id, declared.by, base, left_out, tuple(rows), self.synthetic)

    def named(self, question: str) -> pd.DataFrame:
        """Give the answers of the cities that consent to be named to a public question: `city`, `country_iso3`, `answer`."""
        one = self.answers.instrument[question]
        frame = self._frame(named=True)
        if not self._open(one):
            frame = frame.iloc[:0]
        made = frame[["city", "country_iso3"]].assign(answer=frame[question])
        made = made[made["answer"] != ""]
        return made.sort_values(["city", "country_iso3", "answer"], kind="stable").reset_index(drop=True)

    def texts(self, question: str) -> pd.DataFrame:
        """Give the texts of a public question, of cities that consent to be named, as typed."""
        return self.named(question)

    # who answered

    @remembered
    def _all(self) -> pd.DataFrame:
        frame = self.answers.frame.astype("object")
        frame = frame.where(frame.notna(), "").astype(str)
        keys = frame["place_id"].where(frame["place_id"] != "", frame["city"] + "|" + frame["country_iso3"])
        return frame.set_axis(keys, axis="index").sort_index()

    @remembered
    def _earlier(self) -> "list[Gate]":
        ordered = sorted(self.earlier, key=lambda answers: int(answers.edition))
        return [Gate(answers, ordered[:number]) for number, answers in enumerate(ordered)]

    def _frame(self, named: bool = False) -> pd.DataFrame:
        return self._all[self._all["consent"] == "named"] if named else self._all

    def _answered(self, question: Question, named: bool = False) -> list[str]:
        given = self._chosen(question)
        return [city for city in given if not named or self._consent[city] == "named"]

    def _chosen(self, question: Question) -> dict[str, frozenset[str]]:
        """Give the answers that each city chose; those without any do not appear."""
        if question.id not in self._given:
            values = self._all[question.id]
            self._given[question.id] = {
                str(city): frozenset(str(value).split(";")) for city, value in values.items() if value != ""
            }
        return self._given[question.id]

    @remembered
    def _consent(self) -> dict[str, str]:
        return {str(city): str(value) for city, value in self._all["consent"].items()}

    def _members(self, question: Question) -> dict[str, frozenset[str]]:
        """Give the cities of each row that may be published of a question, in a fixed order: `<grouping>:<group>`."""
        found: dict[str, frozenset[str]] = {}
        declared = {table.by for table in self.answers.instrument.tables if table.question == question.id}
        for by in ("", "region", "size"):
            if by in declared:
                groups = self.groups(by)
                found |= {f"{by or 'all'}:{name}": frozenset(cities) for name, cities in groups.items()}
        for before in self._earlier if "" in declared else []:
            if question.id in {one.id for one in before.answers.instrument} and before.declared(question.id):
                found[f"same{before.answers.edition}:"] = self._both(question, before)
        return found | self._more.get(question.id, {})

    def groups(self, by: str) -> Mapping[str, Sequence[str]]:
        """Give the cities of each group of a grouping; not for showing."""
        return self._groupings[by]

    @remembered
    def _groupings(self) -> dict[str, dict[str, list[str]]]:
        return {by: self._grouped(by) for by in ("", "region", "size")}

    def _grouped(self, by: str) -> dict[str, list[str]]:
        if not by:
            return {ALL: list(self._all.index)}
        if by == "region":
            of = tables.read("countries").set_index("iso3")["region"]
            named = self._all["country_iso3"].map(of).fillna("").astype(str)
            order = [str(region) for region in tables.read("regions")["region"]]
        else:
            sized = [one for one in self.answers.instrument if one.role == "city" and one.type in CHOSEN
                     and "size" in one.id and one.disclosure in ("public", "grouped")]  # fmt: skip
            if not sized:
                return {}
            named, order = self._all[sized[0].id], list(sized[0].codes)
        found = {name: [str(city) for city in named.index[named == name]] for name in order}
        return {name: cities for name, cities in found.items() if cities}

    # what must be hidden

    def _secret(self, question: Question) -> frozenset[str]:
        """Give the cities whose answers must not be known: of a public question, those that are counted only."""
        cities = frozenset(self._answered(question))
        return cities - frozenset(self._answered(question, named=True)) if self._open(question) else cities

    def _system(self, question: Question, cities: frozenset[str], told: Mapping[str, set[str]]) -> System:
        """Set up what outsiders know of the answers of some cities; atoms are in an order that no city decides."""
        chosen = {city: codes for city, codes in self._chosen(question).items() if city in cities}
        rows = list(self._members(question).values())
        every = [*rows, *(frozenset(group) for by in ("region", "size") for group in self.groups(by).values())]
        every += [group for _, last in self._after(question) for group in self._members(last).values()]
        atoms: dict[tuple[bool, ...], list[str]] = {}
        for city in sorted(chosen):
            atoms.setdefault(tuple(city in group for group in every), []).append(city)
        signatures = sorted(atoms, reverse=True)
        ordered = [atoms[signature] for signature in signatures]

        def atoms_of(group: frozenset[str]) -> frozenset[int]:
            return frozenset(i for i, atom in enumerate(ordered) if atom[0] in group)

        floors = [
            (frozenset(a for a, code in enumerate(question.codes) if code in allowed), atoms_of(group & cities), floor)
            for allowed, group, floor in self._floors(question, told)
        ]
        return System(
            rows=tuple(map(atoms_of, rows)), sizes=tuple(map(len, ordered)), multiple=question.type == "multiple",
            counts=tuple(tuple(sum(code in chosen[city] for city in atom) for code in question.codes) for atom in ordered),
            floors=tuple(dict.fromkeys(floors)),
        )  # fmt: skip

    def _after(self, question: Question) -> list[tuple[Question, Question]]:
        """List the questions that are asked only where this one has certain answers, each with those whose number tells it."""
        tabled = {table.question for table in self.answers.instrument.tables}
        found = []
        for child in self.answers.instrument:
            if child.relevant and child.relevant.question == question.id:
                told = [child, *(last for _, last in self._after(child))]
                found += [(child, one) for one in told if one.id in tabled]
        return found

    def _floors(
        self, question: Question, told: Mapping[str, set[str]]
    ) -> Iterator[tuple[Sequence[str], frozenset[str], int]]:
        """Give what the numbers of answers to later questions tell: answers to this one, cities, and the least number of them.

        `told` names the groups of those questions whose numbers are known; so are their differences.
        """
        named = self._chosen(question) if self._open(question) else {}
        named = {city: codes for city, codes in named.items() if city not in self._secret(question)}
        for child, last in self._after(question):
            assert child.relevant is not None
            allowed, members = child.relevant.answers, self._members(last)
            known = [members[name] for name in members if name in told.get(last.id, set())]
            by = {name.partition(":")[0] for name in members}
            unions = [frozenset[str]().union(*(members[name] for name in told.get(last.id, set()) if name.startswith(one + ":")))
                      for one in sorted(by)]  # fmt: skip
            groups = {*known, *(one - other for one in known for other in [*known, *unions] if other < one)}
            for group in sorted(groups, key=sorted):
                seen = sum(bool(codes & set(allowed)) for city, codes in named.items() if city in group)
                yield allowed, group, max(0, len(group & set(self._answered(last))) - seen)

    def _tellable(self, question: Question) -> dict[str, set[str]]:
        """Give the groups of later questions whose numbers do not tell the answers to this one, which decides who is asked."""
        if question.id not in self._told:
            found: dict[str, set[str]] = {last.id: set() for _, last in self._after(question)}
            for _, last in self._after(question):
                free = self._open(last) and not self._public_as_whole(last)  # its numbers are of named cities alone
                for name, group in self._members(last).items():
                    trial = found | {last.id: found[last.id] | {name}}
                    if free or (
                        len(group & set(self._answered(last))) >= THRESHOLD and self._can_be_told(question, trial)
                    ):
                        found[last.id].add(name)
            self._told[question.id] = found
        return self._told[question.id]

    def _can_be_told(self, question: Question, told: Mapping[str, set[str]]) -> bool:
        system = self._system(question, self._secret(question), told)
        every = {(r, a) for r in range(len(system.rows)) for a in system.answers}
        shown_whole = self._open(question) and self._public_as_whole(question)
        return system.protect(set() if shown_whole else every, frozenset()) is not None

    def _open(self, question: Question) -> bool:
        """Say whether answers may be named: those to this question, and to all that decide who is asked it."""
        rule = question.relevant
        return question.disclosure == "public" and (rule is None or self._open(self.answers.instrument[rule.question]))

    def _lost(self, question: Question) -> set[str]:
        """List the groups of a question whose number of answers would tell the answers to one before it."""
        lost, before = set[str](), question
        while before.relevant:
            before = self.answers.instrument[before.relevant.question]
            lost |= set(self._members(question)) - self._tellable(before).get(question.id, set())
        return lost

    def _protected(self, question: Question) -> tuple[set[Cell], set[str]]:
        """Give the suppressed cells of a question, and the groups that are withheld."""
        if question.id not in self._hidden:
            names = list(self._members(question))
            if question.disclosure not in ("public", "grouped") or question.type not in CHOSEN:
                self._hidden[question.id] = (set(), set(names))
            elif self._open(question):
                self._hidden[question.id] = (set(), self._lost(question))
            else:
                self._hidden[question.id] = self._suppressed(question, names)
        return self._hidden[question.id]

    def _suppressed(self, question: Question, names: Sequence[str]) -> tuple[set[Cell], set[str]]:
        members = self._members(question)
        withheld = self._lost(question)
        withheld |= {name for name in names if self._near_earlier(question, name, members[name])}
        system = self._system(question, self._secret(question), self._tellable(question))
        out = {(r, a) for r, name in enumerate(names) if name in withheld for a in system.answers}
        hidden = system.protect(system.primary() | out)
        return (out, set(names)) if hidden is None else (hidden, withheld)

    def _near_earlier(self, question: Question, group: str, cities: frozenset[str]) -> bool:
        """Say whether a group differs from that of an earlier edition by some, but too few, cities."""
        now = cities & set(self._answered(question))
        for before in self._earlier:
            rows = {one.id: before._members(one) for one in before.answers.instrument}.get(question.id, {})
            name = "all:" if group.startswith("same") else group
            if name in rows:
                answered = rows[name] & frozenset(before._answered(before.answers.instrument[question.id]))
                if 0 < len(now ^ answered) < THRESHOLD:
                    return True
        return False

    def _public_as_whole(self, question: Question) -> bool:
        """Say whether a table of all cities tells nothing of those that want to be counted only, next to the named ones."""
        quiet = self._secret(question)
        if not quiet or question.type not in CHOSEN:
            return not quiet
        system = self._system(question, quiet, {})
        return not system.primary() and system.protect() == set()
