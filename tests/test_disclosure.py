"""Attacks on the gate: nothing hidden may follow from what it gives.

The oracle is independent of the gate: it writes down what an outsider knows as an integer programme, city by city, and asks
HiGHS for the smallest and largest value that each hidden count could have.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.answers import Answers
from analysis.disclosure import THRESHOLD, Gate, Published, System, safe
from analysis.errors import InvalidData
from analysis.instrument import Choice, Instrument, Question, Section, Skip, Table

TEXTS = {"en": "x", "es": "x", "fr": "x"}
COUNTRIES = ("ESP", "FRA", "KEN", "BRA")
SIZES = ("small", "large")
FAST = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def question(id: str, kind: str = "single", klass: str = "grouped", codes: str = "abc", **more: object) -> Question:
    choices = tuple(Choice(code, TEXTS) for code in codes) if kind in ("single", "multiple", "scale") else ()
    return Question(id, kind, TEXTS, klass, "s", choices=choices, **more)  # type: ignore[arg-type]


SIZE = dataclasses.replace(
    question("size", klass="public", role="city"), choices=tuple(Choice(one, TEXTS) for one in SIZES)
)


def instrument(*questions: Question, by: Sequence[str] = ("", "region", "size"), year: int = 2027) -> Instrument:
    declared = tuple(Table(f"{one.id}-{by_ or 'all'}", one.id, by_) for one in questions for by_ in by
                     if one.type in ("single", "multiple", "scale") and one.disclosure != "confidential")  # fmt: skip
    return Instrument(year, TEXTS, TEXTS, (), (Section("s", TEXTS, (SIZE, *questions)),), declared)


def answers(rows: Iterable[dict[str, str]], asked: Instrument, synthetic: bool = False) -> Answers:
    frame = pd.DataFrame(list(rows)).fillna("")
    for column in (
        "response_id",
        "place_id",
        "city",
        "country_iso3",
        "received",
        "consent",
        *(one.id for one in asked),
    ):
        if column not in frame:
            frame[column] = ""
    return Answers(int(asked.edition), asked, frame, synthetic)


def city(
    number: int, country: str = "ESP", size: str = "small", consent: str = "counted", **given_: str
) -> dict[str, str]:
    return {"response_id": f"r{number}", "place_id": str(number), "city": f"City {number:02}", "country_iso3": country,
            "consent": consent, "size": size, **given_}  # fmt: skip


Q = question("q")
ONE, MANY, SCALE = (
    instrument(Q),
    instrument(question("q", "multiple")),
    instrument(question("q", "scale", codes="abcde")),
)


def tables(gate: Gate) -> list[Published]:
    return [gate.table(one.id) for one in gate.answers.instrument.tables]


# the outsider


def ranges(gate: Gate, name: str, wanted: Sequence[tuple[frozenset[str], str]]) -> list[tuple[int, int]]:
    """Give what an outsider can know of counts: who answered and who is in which group are taken to be known to them."""
    asked = gate.answers.instrument[name]
    frame = gate.answers.frame.set_index("place_id")
    frame = frame[frame[name] != ""]
    cities, codes = list(frame.index), asked.codes
    at = {pair: number for number, pair in enumerate(itertools.product(cities, codes))}
    constraints, low, high = [], [], []

    def know(pairs: Iterable[tuple[str, str]], least: float, most: float) -> None:
        row = np.zeros(len(at))
        row[[at[pair] for pair in pairs]] = 1
        constraints.append(row)
        low.append(least)
        high.append(most)

    for one in cities:
        know([(one, code) for code in codes], 1, len(codes) if asked.type == "multiple" else 1)
    for made in tables(gate):
        if made.question != name:
            continue
        groups = gate.groups(made.by)
        for row in made.rows:
            members = frozenset(groups[row.group]) & set(cities)
            if made.base == "named":
                members &= set(frame.index[frame["consent"] == "named"])
            if row.count is not None:
                know([(one, row.answer) for one in members], row.count, row.count)
    for _, line in gate.named(name).iterrows():
        one = next(key for key in cities if frame.loc[key, "city"] == line["city"])
        for code in codes:
            know([(one, code)], *([float(code in line["answer"].split(";"))] * 2))
    found = []
    for members, code in wanted:
        aim = np.zeros(len(at))
        aim[[at[one, code] for one in members]] = 1
        ends = []
        for sign in (1, -1):
            solved = milp(sign * aim, constraints=LinearConstraint(np.array(constraints), low, high),
                          bounds=Bounds(0, 1), integrality=np.ones(len(at)))  # fmt: skip
            assert solved.success, "what is published contradicts itself"
            ends.append(round(sign * solved.fun))
        found.append((ends[0], ends[1]))
    return found


def attack(gate: Gate, name: str) -> None:
    """Derive what is hidden: suppressed counts, counts of groups withheld, and of what is left when tables are subtracted."""
    frame = gate.answers.frame.set_index("place_id")
    answered = frame[frame[name] != ""]
    asked = gate.answers.instrument[name]
    rows = [frozenset(members) & set(answered.index) for made in tables(gate) if made.question == name
            for members in gate.groups(made.by).values()]  # fmt: skip
    sets = {*rows, *(frozenset({one}) for one in answered.index)}
    for one, other in itertools.combinations(rows, 2):
        sets |= {one & other, one - other, other - one}
    told = [code.split(";") for code in answered[name]]
    count = {
        (one, code): code in codes for one, codes in zip(answered.index, told, strict=True) for code in asked.codes
    }
    wanted = [
        (members, code) for members in sorted(sets, key=sorted) for code in asked.codes
        if members and not safe(sum(count[one, code] for one in members), len(members))
    ]  # fmt: skip
    for (members, code), (least, most) in zip(wanted, ranges(gate, name, wanted), strict=True):
        true = sum(count[one, code] for one in members)
        assert least < most, f"{true} of {len(members)} cities with '{code}' follows from the tables"
        assert least <= true <= most


@st.composite
def a_survey(draw: st.DrawFn, kind: str = "single", codes: str = "abc", most: int = 26) -> list[dict[str, str]]:
    n = draw(st.integers(5, most))
    weights = draw(
        st.sampled_from(["", codes[0] * 6, codes[0] * 30, codes[:2] * 5])
    )  # even, leaning, nearly all, two of them
    rows = []
    for number in range(n):
        values = draw(
            st.lists(st.sampled_from(list(codes + weights)), min_size=1, max_size=3 if kind == "multiple" else 1)
        )
        value = ";".join(sorted(set(values))) if draw(st.integers(0, 9)) else ""
        rows.append(
            city(number, draw(st.sampled_from(COUNTRIES[:2] * 3 + COUNTRIES)), draw(st.sampled_from(SIZES)), q=value)
        )
    return rows


@FAST
@given(a_survey())
def test_nothing_hidden_of_a_single_choice_follows_from_all_tables_together(rows: list[dict[str, str]]) -> None:
    attack(Gate(answers(rows, ONE)), "q")


@FAST
@given(a_survey("multiple"))
def test_nothing_hidden_of_a_multiple_choice_follows(rows: list[dict[str, str]]) -> None:
    attack(Gate(answers(rows, MANY)), "q")


@settings(FAST, max_examples=10)
@given(a_survey("scale", "abcde"))
def test_nothing_hidden_of_a_scale_follows(rows: list[dict[str, str]]) -> None:
    attack(Gate(answers(rows, SCALE)), "q")


@settings(FAST, max_examples=15)
@given(a_survey(codes="ab"), st.sampled_from([("",), ("region",), ("", "region"), ("region", "size")]))
def test_nothing_hidden_of_a_yes_or_no_follows_whatever_tables_are_declared(
    rows: list[dict[str, str]], by: tuple[str, ...]
) -> None:
    attack(Gate(answers(rows, instrument(question("q", codes="ab"), by=by))), "q")


@FAST
@given(a_survey(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_and_the_names_of_the_cities_change_nothing(rows: list[dict[str, str]], chance) -> None:  # type: ignore[no-untyped-def]
    mixed = list(rows)
    chance.shuffle(mixed)
    renamed = [row | {"place_id": str(900 - i), "response_id": f"x{i}", "city": f"Z{i}"} for i, row in enumerate(mixed)]
    assert tables(Gate(answers(rows, ONE))) == tables(Gate(answers(mixed, ONE))) == tables(Gate(answers(renamed, ONE)))


@FAST
@given(a_survey("multiple"))
def test_what_is_shown_is_true_and_above_the_threshold(rows: list[dict[str, str]]) -> None:
    gate = Gate(answers(rows, MANY))
    for made in tables(gate):
        groups = gate.groups(made.by)
        for row in made.rows:
            members = [one for one in rows if one["place_id"] in groups[row.group] and one["q"]]
            if row.n is None:
                assert row.count is None
                assert row.cities is None
            else:
                assert row.n == len(members) >= THRESHOLD
            if row.count is not None:
                assert row.count == sum(row.answer in one["q"].split(";") for one in members)
                assert safe(row.count, len(members))


# by hand


def counted(counts: str, **more: str) -> list[dict[str, str]]:
    return [city(number, q=code, **more) for number, code in enumerate(counts)]


def shown(made: Published, group: str = "") -> list[int | None]:
    return [row.count for row in made.of(group)]


def test_twenty_cities_that_answer_evenly_are_shown_as_they_are() -> None:
    gate = Gate(answers(counted("a" * 8 + "b" * 7 + "c" * 5), instrument(Q, by=("",))))
    assert shown(gate.table("q-all")) == [8, 7, 5]
    assert gate.table("q-all").n() == 20


@pytest.mark.parametrize(("counts", "expected"), [
    ("a" * 20, [None, None, None]),  # 100% and 0% tell of everyone
    ("a" * 12 + "b" * 8, [None, None, None]),  # the two others add up to none: a third has to go
    ("a" * 12 + "b" * 6 + "c" * 2, [12, None, None]),  # one alone would follow from n
    ("a" * 4, [None, None, None]),
])  # fmt: skip
def test_small_full_and_empty_cells_are_hidden_with_what_would_tell_them(
    counts: str, expected: list[int | None]
) -> None:
    gate = Gate(answers(counted(counts), instrument(Q, by=("",))))
    if counts == "a" * 12 + "b" * 8:
        assert None in shown(gate.table("q-all"))[:2]
    else:
        assert shown(gate.table("q-all")) == expected


def test_a_group_below_the_threshold_is_withheld_with_its_n_and_cannot_be_subtracted() -> None:
    rows = [city(i, "ESP", q="ab"[i % 2]) for i in range(20)] + [city(50 + i, "KEN", q="a") for i in range(4)]
    gate = Gate(answers(rows, instrument(question("q", codes="ab"), by=("", "region"))))
    by, whole = gate.table("q-region"), gate.table("q-all")
    africa = [row for row in by.rows if "africa" in row.group]
    assert {(row.count, row.n, row.cities) for row in africa} == {(None, None, None)}
    europe = next(group for group in by.groups if "europe" in group)
    assert None in (shown(whole)[0], shown(by, europe)[0])  # 14 of 24 less 10 of 20 would be 4 of 4


def test_only_declared_tables_leave_and_confidential_answers_never() -> None:
    asked = instrument(Q, question("secret", klass="confidential"))
    rows = [row | {"secret": "a"} for row in counted("a" * 8 + "b" * 7, consent="named")]
    gate = Gate(answers(rows, asked))
    with pytest.raises(InvalidData, match="secret-all"):
        gate.table("secret-all")
    forced = dataclasses.replace(asked, tables=(*asked.tables, Table("secret-all", "secret")))
    made = Gate(answers(rows, forced)).table("secret-all")
    assert {(row.count, row.n) for row in made.rows} == {(None, None)}
    assert gate.named("secret").empty
    assert gate.named("q").empty  # grouped


def test_the_gate_does_not_show_answers_when_it_is_printed() -> None:
    gate = Gate(answers(counted("a" * 12), ONE))
    gate.table("q-all")
    assert "City" not in repr(gate)


# answers by name

PUBLIC = instrument(question("q", klass="public"), question("t", "text", klass="public"))


def test_names_stand_beside_public_answers_with_consent_alone_in_alphabetical_order() -> None:
    rows = [
        city(3, consent="named", q="a", t="=1+1"),
        city(1, consent="named", q="b"),
        city(2, consent="counted", q="c", t="x"),
    ]
    gate = Gate(answers(rows, PUBLIC))
    assert list(gate.named("q")["city"]) == ["City 01", "City 03"]
    assert list(gate.texts("t")["answer"]) == ["=1+1"]


def test_a_city_that_is_counted_only_cannot_be_found_by_subtracting_the_named_ones() -> None:
    rows = [city(i, consent="named", q="ab"[i % 2]) for i in range(20)] + [city(99, q="c")]
    made = Gate(answers(rows, PUBLIC)).table("q-all")
    assert (made.base, made.left_out, made.n(), shown(made)) == ("named", 1, 20, [10, 10, 0])


def test_many_cities_that_are_counted_only_are_counted() -> None:
    quiet = [city(100 + i, q="abc"[i % 3]) for i in range(21)]
    rows = [city(i, consent="named", q="ab"[i % 2]) for i in range(20)] + quiet
    made = Gate(answers(rows, instrument(question("q", klass="public"), by=("",)))).table("q-all")
    assert (made.base, made.n(), shown(made)) == ("all", 41, [17, 17, 7])


@settings(FAST, max_examples=15)
@given(a_survey(), st.lists(st.booleans(), min_size=26, max_size=26))
def test_nothing_of_cities_counted_only_follows_from_public_tables_and_names(
    rows: list[dict[str, str]], named: list[bool]
) -> None:
    rows = [row | {"consent": "named" if one else "counted"} for row, one in zip(rows, named, strict=False)]
    gate = Gate(answers(rows, PUBLIC))
    quiet = [row for row in rows if row["consent"] == "counted" and row["q"]]
    wanted = [(frozenset({row["place_id"]}), code) for row in quiet for code in "abc"]
    for least, most in ranges(gate, "q", wanted):
        assert least < most


# skip rules


def skipping(klass: str, child: str = "grouped") -> Instrument:
    return instrument(
        question("q", klass=klass), question("p", klass=child, codes="xyz", relevant=Skip("q", ("a",))), by=("",)
    )


@pytest.mark.parametrize("klass", ["grouped", "confidential"])
def test_the_number_that_was_asked_does_not_tell_that_everybody_gave_the_same_answer_before(klass: str) -> None:
    rows = [city(i, q="a", p="xyz"[i % 3]) for i in range(20)]
    gate = Gate(answers(rows, skipping(klass)))
    assert gate.table("p-all").n() is None  # 20 of 20 were asked: all said "a"
    few = [*rows, *(city(50 + i, q="b") for i in range(8))]
    assert Gate(answers(few, skipping(klass))).table("p-all").n() == 20


def test_a_public_question_after_one_that_is_not_is_not_answered_by_name() -> None:
    rows = [city(i, consent="named", q="a", p="xyz"[i % 3]) for i in range(20)] + [
        city(50 + i, q="b") for i in range(8)
    ]
    gate = Gate(answers(rows, skipping("grouped", "public")))
    assert gate.named("p").empty  # it would say that these cities answered "a"


def test_cities_counted_only_are_not_told_by_the_number_that_was_asked() -> None:
    rows = [city(i, consent="named", q="ab"[i % 2], p="" if i % 2 else "x") for i in range(20)] + [
        city(99, q="a", p="y")
    ]
    made = Gate(answers(rows, skipping("public"))).table("p-all")
    assert made.n() is None  # 11 were asked, 10 named ones said "a": so did the other


# editions


def edition(year: int, rows: Iterable[dict[str, str]]) -> Answers:
    return answers(rows, instrument(Q, by=("",), year=year))


def test_a_city_that_came_or_went_cannot_be_found_by_subtracting_editions() -> None:
    rows = [city(i, q="abc"[i % 3]) for i in range(24)]
    before = edition(2025, rows)
    for now in ([*rows, city(99, q="a")], rows[1:], [*rows[1:], city(99, q="a")]):
        assert Gate(edition(2027, now), [before]).table("q-all").n() is None
    assert Gate(edition(2027, rows), [before]).table("q-all").n() == 24
    many = [*rows, *(city(100 + i, q="abc"[i % 3]) for i in range(15))]
    assert Gate(edition(2027, many), [before]).table("q-all").n() == 39


def test_editions_are_compared_on_the_same_cities() -> None:
    same = [city(i, q="abc"[i % 3]) for i in range(24)]
    gone = [city(100 + i, q="abc"[i % 3]) for i in range(15)]
    new = [city(200 + i, q="abc"[i % 3]) for i in range(15)]
    changed = [row | {"q": "a" if i < 10 else row["q"]} for i, row in enumerate(same)]
    gate = Gate(edition(2027, changed + new), [edition(2025, same + gone)])
    found = gate.same("q-all")
    assert found is not None
    year, before, now = found
    assert (year, before.n(), now.n()) == (2025, 24, 24)
    assert shown(before) == [8, 8, 8]
    assert shown(now) == [sum(row["q"] == code for row in changed) for code in "abc"]


def test_a_comparison_does_not_tell_of_the_few_that_are_new_or_gone() -> None:
    same, few = [city(i, q="abc"[i % 3]) for i in range(24)], [city(100 + i, q="a") for i in range(2)]
    assert Gate(edition(2027, same), [edition(2025, same + few)]).same("q-all") is None
    now = Gate(edition(2027, same + few), [edition(2025, same)])
    assert now.same("q-all") is not None  # the same cities may be shown, since all of them are not
    assert now.table("q-all").n() is None


def test_the_proof_itself_needs_another_set_of_answers() -> None:
    """One row, 3 of 9 hidden, the rest shown: it follows, so the proof must fail."""
    system = System((frozenset({0}),), (9,), ((3, 6),))
    assert not system.ambiguous({(0, 0)}, [(frozenset({0}), 0)])
    assert system.ambiguous({(0, 0), (0, 1)}, [(frozenset({0}), 0)])
