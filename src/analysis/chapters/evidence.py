"""How much evidence of each kind there is, by edition and axis; and the map of all of it."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from analysis import figures, statistics, tables
from analysis.chapters.common import LISTED, OWN_LICENCE, Base, Indicator
from analysis.chapters.published import planned_note
from analysis.chapters.setting import MINIMUM, OfEdition
from analysis.exhibits import Exhibit, Paragraph, Part
from analysis.language import Language

KINDS = ("elements_asked", "shares_with_base", "shares_base_unknown", "findings_in_words", "factors", "city_indicators",
         "country_indicators")  # fmt: skip
NEXT = "next"


def columns(words: Language) -> list[str]:
    """Name the kinds of evidence."""
    say = words.say
    return [say("Elements asked"), say("Shares, base stated or inferred"), say("Shares, base unknown"), say("Findings in words"),
            say("Factors, forewords left out"), say("City indicators"), say("Country indicators")]  # fmt: skip


def counts(edition: OfEdition, axes: Sequence[str]) -> np.ndarray:
    """Count the rows of each kind that an edition has on each axis, and the indicators with enough places in its window.

    Returns
    -------
    numpy.ndarray
        A row for each axis, a column for each of `KINDS`.
    """
    asked = tables.read("instrument", edition=edition.edition)
    asked = asked[(asked["standing"] != "follow-up") & asked["item"].notna()]
    findings = tables.read("findings", edition=edition.edition)
    factors = tables.read("factors", edition=edition.edition, origin="study")
    percent = findings["unit"] == "percent"
    frames = [asked, findings[percent & findings["n_cities"].notna()], findings[percent & findings["n_cities"].isna()],
              findings[findings["unit"] == "qualitative"], factors]  # fmt: skip
    return np.array(
        [
            [int((frame["axis"] == axis).sum()) for frame in frames]
            + [_measured(edition, axis, level) for level in ("city", "country")]
            for axis in axes
        ]
    )


def _measured(edition: OfEdition, axis: str, level: str) -> int:
    """Count the indicators with enough places in the window."""
    usable = [one for one in edition.indicators(axis, level) if one.measures]
    return sum(
        len(statistics.latest(edition.within_window(one), edition.edition, one.window)) >= MINIMUM for one in usable
    )


def newest_year(lists: bool = False) -> int:
    """Give the newest year that any indicator of an axis measures; or of the lists, which are of the day they were taken."""
    catalogue = tables.read("catalogue")
    wanted = catalogue[catalogue["kind"].isin(LISTED) == lists]
    wanted = wanted[wanted["axis"] != "context"]
    return int(tables.read("values", indicator_id=sorted(wanted["indicator_id"]))["year"].max())


def available(chapter: Base, axis: str, level: str, year: int, longer: int = 0) -> list[Indicator]:
    """List what a next edition could use: indicators and lists with enough places.

    Parameters
    ----------
    year
        The last year of the window of indicators; that of lists ends with the newest list.
    longer
        Years by which the window begins earlier.
    """
    found = []
    for one in chapter.indicators(axis, level):
        last = year if one.measures else newest_year(lists=True)
        if one.values(range(last - one.window - longer, last + 1))["place_id"].nunique() >= MINIMUM:
            found.append(one)
    return found


def written(counted: Sequence[int], words: Language) -> list[str]:
    """Write the counts of a covered axis; where none of its elements was seen, the axis is all that is known to be asked."""
    first, *rest = counted
    return [words.number(first) if first else words.say("axis only"), *(words.number(number) for number in rest)]


def described(counted: Sequence[int], words: Language) -> str:
    """Say how much of each kind there is, for an alternative text; kinds without any are left out."""
    found = [words.say("{kind}: {n}", kind=kind, n=words.number(number))
             for kind, number in zip(columns(words), counted, strict=True) if number]  # fmt: skip
    return words.listed(found) or words.say("nothing")


def _map_title(words: Language, with_figures: int, cells: int) -> str:
    return words.count("{n} of {cells} chapters has published shares of cities", "{n} of {cells} chapters have published shares of cities",
                       with_figures, cells=words.number(cells))  # fmt: skip


def evidence_map(chapter: Base, id: str) -> list[Part]:
    """Show, axis by axis and edition by edition, which kinds of evidence there are.

    Returns
    -------
    list of Part
        A sentence on where the study is strong, and the exhibit.
    """
    say, words = chapter.words.say, chapter.words
    axes, years = list(chapter.study.axes), list(chapter.study.editions)
    newest = newest_year()
    kinds = [say("elements of the questionnaire seen"), say("published with figures"), say("published in words"), say("measured for cities"),
             say("measured for countries")]  # fmt: skip
    found: dict[tuple[str, int | str], list[int]] = {}
    for year in years:
        for axis, row in zip(axes, counts(OfEdition(lang=chapter.lang, edition=year), axes), strict=True):
            found[axis, year] = [int(row[0]), int(row[1] + row[2]), int(row[3] + row[4]), int(row[5]), int(row[6])]
    for axis in axes:
        found[axis, NEXT] = [0, 0, 0, *(len(available(chapter, axis, level, newest)) for level in ("city", "country"))]
    covered = {(axis, year) for year in years for axis in chapter.study.editions[year].axes}
    made = [year for year, _ in chapter.study.cells() if year in chapter.study.published]
    heads: list[int | str] = [*years, NEXT]
    names = {head: say("next") if head == NEXT else str(head) for head in heads}
    names |= {year: say("{edition}, planned", edition=year) for year in chapter.study.planned}
    rows = []
    for axis in axes:
        texts = [
            words.listed(kind for kind, number in zip(kinds, found[axis, head], strict=True) if number)
            or (say("axis only") if (axis, head) in covered else say("nothing"))
            for head in heads
        ]
        rows.append((chapter.axis_name(axis), *texts))
    table = pd.DataFrame(rows, columns=[say("Axis"), *(names[head] for head in heads)])
    data = pd.DataFrame(
        [(axis, head, (axis, head) in covered, *numbers) for (axis, head), numbers in found.items()],
        columns=["axis", "edition", "covered", "elements_asked", "shares_published", "published_in_words",
                 "city_indicators", "country_indicators"],
    ).sort_values(["axis", "edition"], key=lambda column: column.astype(str))  # fmt: skip
    with_figures = [f"{chapter.axis_name(axis)} {head}" for (axis, head), n in found.items() if n[1]]
    bare = [chapter.axis_name(axis) for axis in axes if not any(found[axis, year][1] for year in years)]
    text = words.count(
        "In the pages seen, {n} of the {cells} chapters has shares of cities with a figure ({where}).",
        "In the pages seen, {n} of the {cells} chapters have shares of cities with a figure ({where}).",
        len(with_figures), cells=words.number(len(made)), where=words.listed(with_figures),
    )  # fmt: skip
    if bare:
        text += " " + say("No edition has any on {axes}.", axes=words.listed(words.within(name) for name in bare))
    exhibit = Exhibit(
        id=id, title=_map_title(words, len(with_figures), len(made)), table=table, language=words,
        subtitle=say("In each cell, from left to right: {kinds}; full dot: there is some. Grey ground: the edition covers the axis.",
                     kinds=words.listed(kinds)),
        alt=say("Map of the evidence.") + " " + "; ".join(f"{row[0]}, {name}: {value}" for row in rows
                for name, value in zip(names.values(), row[1:], strict=True)) + ".",
        data=data.assign(unit="count", licence=OWN_LICENCE),
        source=say("tables of the compendium: what was asked, findings, factors, indicators") + ".",
        notes=(say("Next: indicators with values of {minimum} places or more within {first}–{last}, and lists of today.",
                   minimum=MINIMUM, first=newest - chapter.study.window, last=newest),
               *(planned_note(chapter, year) for year in chapter.study.planned)),
        draw=partial(figures.evidence_map, [chapter.axis_name(axis) for axis in axes], [*map(str, years), names[NEXT]],
                     [[[n > 0 for n in found[axis, head]] for head in heads] for axis in axes],
                     [[(axis, head) in covered for head in heads] for axis in axes],
                     [figures.colour(axis) for axis in axes]),
    )  # fmt: skip
    return [Paragraph(text, "finding"), exhibit]
