"""Sentences from numbers: every number in them is computed, with its n, its years and its unit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.language import Language
from analysis.statistics import LEVEL, Distribution


def place_in(quarter: str, words: Language) -> str:
    """Say in which quarter of the values something lies; it says nothing of good or bad."""
    say = words.say
    return {
        "lowest": say("below the lower quartile"),
        "lower_middle": say("between the lower quartile and the median"),
        "upper_middle": say("between the median and the upper quartile"),
        "highest": say("above the upper quartile"),
    }[quarter]


def clauses(by_quarter: Mapping[str, Sequence[str]], words: Language) -> str:
    """Say in which quarters of their distributions several values lie; those of a quarter in one clause."""
    found = [
        words.say("{place} for {names}", place=place_in(quarter, words), names=words.listed(by_quarter[quarter]))
        for quarter in ("lowest", "lower_middle", "upper_middle", "highest")
        if quarter in by_quarter
    ]
    return words.chained(found)


def confidence(words: Language) -> str:
    """Write the level of the intervals, "95%"."""
    return words.percent(100 * LEVEL)


def count_of(count: int, n: int, words: Language) -> str:
    """Say a share as a count, "15 of 20"."""
    return words.say("{count} of {n}", count=words.number(count), n=words.number(n))


def spread_sentence(name: str, spread: Distribution, years: str, written: Sequence[str], words: Language) -> str:
    """Say median and middle half of the places with a value; `written` are lower quartile, median, upper quartile."""
    return words.count(
        "{n} city has a value of {name}, {years}: {median}.",
        "Among the {n} cities with a value of {name}, {years}, half lie between {low} and {high}; the median is {median}.",
        spread.n, name=name, years=years, low=written[0], median=written[1], high=written[2],
    )  # fmt: skip


def panel_sentence(name: str, n: int, kind: str, years: Sequence[int], values: Sequence[str], words: Language) -> str:
    """Say how the median of a fixed panel changed from the first to the last of the years; all of them have all places.

    Parameters
    ----------
    kind
        Level of the places, `country` or `city`.
    values
        Medians of the first and of the last year, as written.
    """
    given: dict[str, object] = {
        "name": name, "n": words.number(n), "before": values[0], "after": values[1], "start": years[0], "end": years[-1],
    }  # fmt: skip
    if len(years) > 2 and kind == "country":
        return words.say(
            "The median of {name} among the {n} countries with a value in every year shown was {before} in {start} "
            "and {after} in {end}.", **given
        )  # fmt: skip
    if kind == "country":
        return words.say(
            "The median of {name} among the {n} countries with a value in both years was {before} in {start} "
            "and {after} in {end}.", **given
        )  # fmt: skip
    if len(years) > 2:
        return words.say(
            "The median of {name} among the {n} cities with a value in each of {years} years was {before} in {start} "
            "and {after} in {end}.", years=words.number(len(years)), **given
        )  # fmt: skip
    return words.say(
        "The median of {name} among the {n} cities with a value in both years was {before} in {start} and {after} in {end}.",
        **given,
    )


def majority(iso3: "pd.Series[str]", words: Language) -> str:
    """Say where the cities are, when one country has more than half of them; else it is empty."""
    first = iso3.value_counts().head(1)
    most, country = int(first.iloc[0]), words.country(str(first.index[0]))
    if most == len(iso3):
        return words.say("All of them are in one country, {country}.", country=country)
    if 2 * most > len(iso3):
        return words.say("{n} of them are in one country, {country}.", n=words.number(most), country=country)
    return ""
