"""The criteria by which the focus of a next edition can be weighed, computed for each axis; they are never added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis import inequality, prose, statistics, tables
from analysis.chapters import evidence
from analysis.chapters.change import comparable
from analysis.chapters.common import Indicator
from analysis.chapters.inequality import Convergence, Inequality
from analysis.chapters.setting import MINIMUM, OfAxis
from analysis.errors import UnknownParameter, did_you_mean
from analysis.language import Language
from analysis.provenance import remembered

MORE, FEWER = "more", "fewer"
FOLLOWED = 3  # fewer indicators that follow the same places do not tell whether gaps close
STEP = 10  # percentage points in which gaps between regions are compared: the median of a few indicators is no finer
# a proposal that the reader changes in the notebook: order and directions are declared, not found in the data
DEFAULT: Mapping[str, str] = {
    "times_studied": FEWER, "years_since": MORE, "years_since_own": MORE, "shares_published": FEWER, "city_indicators": MORE,
    "cities": MORE, "city_series": MORE, "country_indicators": MORE, "lists": MORE, "region_gaps": MORE, "gaps_closing": FEWER,
}  # fmt: skip


@dataclass(frozen=True)
class OnAxis:
    """A criterion on one axis: a value to compare by, as a short text and as a sentence, and the indicators behind it.

    The value is `None` where it is not known.
    """

    value: float | None
    text: str
    sentence: str
    behind: Sequence[Indicator] = ()

    @property
    def source_ids(self) -> set[str]:
        """Give the sources of the indicators behind it."""
        return {source for one in self.behind for source in str(one.row["source_id"]).split(";")}


# what hangs on which editions count, and on how many years are recent
ON_EDITIONS = ("times_studied", "years_since", "years_since_own")
ON_WINDOW = ("city_indicators", "cities", "country_indicators")
ON_CITIES = ("city_indicators", "cities", "city_series")


@dataclass(frozen=True)
class Holdings(OfAxis):
    """What the compendium holds on an axis that bears on choosing it.

    Parameters
    ----------
    lang
        Language of the reader.
    axis
        Axis of the study.
    assigned
        Whether editions count whose areas the compendium assigned to axes.
    longer
        Years by which the window of recent values begins earlier.
    """

    assigned: bool = True
    longer: int = 0

    @remembered
    def newest(self) -> int:
        """Give the newest year that is measured."""
        return evidence.newest_year()

    @remembered
    def newest_list(self) -> int:
        """Give the newest year of the lists."""
        return evidence.newest_year(lists=True)

    @property
    def until(self) -> int:
        """Give the year up to which years are counted: that of the newest value, list or edition."""
        return max(self.newest, self.newest_list, *self.study.published)

    @property
    def editions(self) -> list[int]:
        """List the editions that count; one that is planned has studied nothing yet."""
        return [year for year in self.study.published if self.assigned or not self.study.editions[year].axes_assigned]

    @property
    def covering(self) -> list[int]:
        """List the editions that cover the axis."""
        return [year for year in self.editions if self.axis in self.study.editions[year].axes]

    @property
    def own_editions(self) -> list[int]:
        """List the editions that were devoted to this axis alone."""
        return [year for year in self.covering if self.study.editions[year].axes == (self.axis,)]

    @remembered
    def published(self) -> int:
        """Count the shares of cities that were published on it with a figure."""
        return len(tables.read("findings", axis=self.axis, unit="percent"))

    @remembered
    def _of_cities(self) -> list[Indicator]:
        return evidence.available(self, self.axis, "city", self.newest, self.longer)

    @property
    def for_cities(self) -> list[Indicator]:
        """List the indicators that measure cities, with recent values of enough of them."""
        return [one for one in self._of_cities if one.measures]

    @property
    def naming_cities(self) -> list[Indicator]:
        """List what names cities without measuring them."""
        return [one for one in self._of_cities if not one.measures]

    @remembered
    def for_countries(self) -> list[Indicator]:
        """List the indicators of countries with recent values of enough of them."""
        return evidence.available(self, self.axis, "country", self.newest, self.longer)

    @remembered
    def measured_cities(self) -> "pd.Series[str]":
        """Give the country of each city with a recent value of any indicator that measures cities."""
        years = (range(self.newest - one.window - self.longer, self.newest + 1) for one in self.for_cities)
        frames = [one.values(inside) for one, inside in zip(self.for_cities, years, strict=True)]
        return pd.concat([pd.DataFrame({"place_id": [], "iso3": []}), *frames]).drop_duplicates("place_id")["iso3"]

    @remembered
    def following_cities(self) -> list[Indicator]:
        """List the indicators that follow enough of the same cities over time."""
        found = []
        for indicator in self.indicators(self.axis, "city"):
            if indicator.over_time in ("values", "within_country"):
                frame = indicator.values()
                first, last = int(frame["year"].min()), int(frame["year"].max())
                span = partial(statistics.best_span, start=first, end=last, minimum=MINIMUM)
                if comparable(indicator, frame, span):
                    found.append(indicator)
        return found

    @remembered
    def between_regions(self) -> list[tuple[Indicator, float]]:
        """Give the indicators of countries with the share of differences in rank that lies between regions, in percent."""
        found = []
        for indicator in self.indicators(self.axis, "country"):
            if not indicator.measures or indicator.kind == "ratio":
                continue
            frame = indicator.values()
            newest = statistics.latest(frame, int(frame["year"].max()), indicator.window)
            if len(newest) >= MINIMUM:
                newest = newest.assign(region=newest["iso3"].map(self.region_of)).dropna(subset=["region"])
                found.append((indicator, 100 * inequality.between_groups(newest["value"], newest["region"])))
        return found

    @remembered
    def converging(self) -> list[Convergence]:
        """Give what the chapter on inequality finds of the same places in two years."""
        return Inequality(lang=self.lang, axis=self.axis).converging


class OnEveryCriterion(Holdings):
    """An axis on every criterion; each has a property of its name."""

    @property
    def times_studied(self) -> OnAxis:
        """Count the editions that cover the axis."""
        n, total = len(self.covering), len(self.editions)
        return self._counted(n, self.words.count(
            "{n} of the {total} editions covers it.", "{n} of the {total} editions cover it.", n, total=self.words.number(total)))  # fmt: skip

    @property
    def years_since(self) -> OnAxis:
        """Count the years since an edition last covered the axis."""
        if not self.covering:
            return self._never(self.words.say("No edition covers it."))
        last = max(self.covering)
        return self._counted(self.until - last, self.words.say("An edition last covered it in {year}.", year=last))

    @property
    def years_since_own(self) -> OnAxis:
        """Count the years since an edition was last devoted to the axis alone."""
        if not self.own_editions:
            return self._never(self.words.say("No edition was devoted to it alone."))
        last = max(self.own_editions)
        return self._counted(
            self.until - last, self.words.say("The {year} edition was devoted to it alone.", year=last)
        )

    @property
    def shares_published(self) -> OnAxis:
        """Count what was published on the axis with figures."""
        n = self.published
        return self._counted(n, self.words.count(
            "{n} share of cities was published on it with a figure.", "{n} shares of cities were published on it with a figure.", n)
            if n else self.words.say("No share of cities was published on it with a figure in the pages seen."))  # fmt: skip

    @property
    def city_indicators(self) -> OnAxis:
        """Count the indicators that measure cities and have recent values of enough of them."""
        n = len(self.for_cities)
        return self._counted(n, self.words.count(
            "{n} open indicator measures cities, with values of {years}.",
            "{n} open indicators measure cities, with values of {years}.", n, years=self._window)
            if n else self.words.say("No open indicator measures cities, with values of {years}.", years=self._window), self.for_cities)  # fmt: skip

    @property
    def cities(self) -> OnAxis:
        """Count the cities that these indicators measure."""
        n = len(self.measured_cities)
        if not n:
            return self._counted(n, self.words.say("No city has a value of {years}.", years=self._window))
        text = self.words.count(
            "{n} city has a value of {years}.", "{n} cities have a value of {years}.", n, years=self._window
        )
        return self._counted(n, " ".join([text, *self._majority()]), self.for_cities)

    def _majority(self) -> list[str]:
        """Say in which region most of the cities are, when one region has more than half of them."""
        region, most = next(iter(self.measured_cities.map(self.region_of).value_counts().items()))
        if 2 * most <= len(self.measured_cities):
            return []
        return [self.words.say("{n} of them are in one region: {region}.", n=self.words.number(most),
                               region=self.region_names[str(region)])]  # fmt: skip

    @property
    def city_series(self) -> OnAxis:
        """Count the indicators that follow the same cities over time."""
        n = len(self.following_cities)
        return self._counted(n, self.words.count(
            "{n} indicator follows the same cities over time.", "{n} indicators follow the same cities over time.", n)
            if n else self.words.say("No indicator follows the same cities over time."), self.following_cities)  # fmt: skip

    @property
    def country_indicators(self) -> OnAxis:
        """Count the indicators of countries with recent values of enough of them."""
        n = len(self.for_countries)
        return self._counted(n, self.words.count(
            "{n} indicator of countries has values of {years}.", "{n} indicators of countries have values of {years}.",
            n, years=self._window)
            if n else self.words.say("No indicator of countries has values of {years}.", years=self._window), self.for_countries)  # fmt: skip

    @property
    def lists(self) -> OnAxis:
        """Count the lists that name cities."""
        n = len(self.naming_cities)
        if not n:  # a dash and no zero: what is on no list is not known
            return OnAxis(n, "\N{EN DASH}", self.words.say("The compendium knows no list that names cities."))
        return self._counted(
            n, self.words.count("{n} list names cities.", "{n} lists name cities.", n), self.naming_cities
        )

    @property
    def region_gaps(self) -> OnAxis:
        """Give how far regions lie apart: the median, over the indicators of countries, of the share between regions."""
        shares, n = [share for _, share in self.between_regions], len(self.between_regions)
        if not n:
            return self._unknown(self.words.say("No indicator of countries lets one compare regions."))
        median = STEP * round(float(np.median(shares)) / STEP)
        low, high = self.words.percent(min(shares)), self.words.percent(max(shares))
        return OnAxis(median, self.words.percent(median), self.words.count(
            "About {share} of the differences in rank between countries lie between regions ({n} indicator).",
            "About {share} of the differences in rank between countries lie between regions "
            "(median of {n} indicators, from {low} to {high}).", n, share=self.words.percent(median), low=low, high=high),
            [one for one, _ in self.between_regions])  # fmt: skip

    @property
    def gaps_closing(self) -> OnAxis:
        """Count the indicators on which the same places became clearly more alike."""
        verdicts = [one.verdict for one in self.converging]
        if not verdicts:
            return self._unknown(
                self.words.say("No indicator of this axis lets one follow inequality on the same places.")
            )
        if len(verdicts) < FOLLOWED:
            return self._unknown(self.words.count(
                "{n} indicator follows inequality on the same places: too few to tell whether gaps close.",
                "{n} indicators follow inequality on the same places: too few to tell whether gaps close.", len(verdicts)))  # fmt: skip
        narrower, *others = (verdicts.count(verdict) for verdict in ("narrower", "wider", "open", "depends"))
        text = prose.count_of(narrower, len(verdicts), self.words)
        wider, unclear, depends = map(self.words.number, others)
        return OnAxis(narrower, text, self.words.say(
            "The same places became clearly more alike on {text} indicators, clearly less alike on {wider}; no change is clear on "
            "{unclear}, and on {depends} it depends on the measure.", text=text, wider=wider, unclear=unclear, depends=depends),
            [one.indicator for one in self.converging])  # fmt: skip

    def _counted(self, n: int, sentence: str, behind: Sequence[Indicator] = ()) -> OnAxis:
        return OnAxis(n, self.words.number(n), sentence, behind)

    def _never(self, sentence: str) -> OnAxis:
        return OnAxis(float("inf"), self.words.say("never"), sentence)

    def _unknown(self, sentence: str) -> OnAxis:
        return OnAxis(None, self.words.say("not known"), sentence)

    @property
    def _window(self) -> str:
        return self.words.years(self.newest - self.study.window - self.longer, self.newest)


@dataclass(frozen=True)
class Criterion:
    """A criterion on every axis, with its declared direction, the reason for that, and the reason for the other one."""

    name: str
    label: str
    direction: str
    reason: str
    counter: str
    axes: Mapping[str, OnAxis]

    @property
    def known(self) -> bool:
        """Say whether it is known for every axis; only then can it be compared."""
        return all(one.value is not None for one in self.axes.values())

    @property
    def oriented(self) -> dict[str, float]:
        """Give the values turned so that the larger speaks more for an axis; known criteria only."""
        sign = 1 if self.direction == MORE else -1
        return {axis: sign * one.value for axis, one in self.axes.items() if one.value is not None}


def check(criteria: Mapping[str, str]) -> None:
    """Raise `UnknownParameter` for names and directions that do not exist, all in one message."""
    problems = [] if criteria else ["No criterion is named."]
    for name, direction in criteria.items():
        if name not in DEFAULT:
            problems.append(f"There is no criterion '{name}'.{did_you_mean(str(name), DEFAULT)}")
        elif direction not in (MORE, FEWER):
            problems.append(
                f"The criterion '{name}' has no direction '{direction}': it speaks for an axis to have '{MORE}' or '{FEWER}'."
            )
    if problems:
        raise UnknownParameter(
            " ".join(problems) + f" Known criteria: {', '.join(DEFAULT)}. Known directions: {MORE}, {FEWER}."
        )


def criteria(axes: Mapping[str, OnEveryCriterion], chosen: Mapping[str, str], words: Language) -> list[Criterion]:
    """Compute the criteria chosen, in their order, on every axis."""
    names, why = labels(words), reasons(words)
    return [
        Criterion(
            name, names[name], direction, why[name, direction], why[name, FEWER if direction == MORE else MORE],
            {axis: getattr(one, name) for axis, one in axes.items()},
        )
        for name, direction in chosen.items()
    ]  # fmt: skip


def labels(words: Language) -> dict[str, str]:
    """Name the criteria."""
    say = words.say
    return {
        "times_studied": say("Editions that cover it"),
        "years_since": say("Years since an edition covered it"),
        "years_since_own": say("Years since an edition of its own"),
        "shares_published": say("Published shares of cities"),
        "city_indicators": say("Recent indicators of cities"),
        "cities": say("Cities with a recent value"),
        "city_series": say("Indicators that follow cities"),
        "country_indicators": say("Recent indicators of countries"),
        "lists": say("Lists that name cities"),
        "region_gaps": say("Gaps between regions"),
        "gaps_closing": say("Gaps that close"),
    }


def reasons(words: Language) -> dict[tuple[str, str], str]:
    """Say for each criterion why more, or why fewer, may speak for an axis; which of them counts is declared."""
    say = words.say
    return {
        ("times_studied", FEWER): say("what was studied less leaves more to learn"),
        ("times_studied", MORE): say("what was studied more can be built upon"),
        ("years_since", MORE): say("what was studied long ago may no longer hold"),
        ("years_since", FEWER): say("what was studied lately can be continued"),
        ("years_since_own", MORE): say("an axis that waited longer for an edition of its own has its turn"),
        ("years_since_own", FEWER): say("an edition of its own can be followed up while it is remembered"),
        ("shares_published", FEWER): say("a first figure teaches more than one more"),
        ("shares_published", MORE): say("what has a figure can be asked again and compared"),
        ("city_indicators", MORE): say("open data on cities can stand beside their answers"),
        ("city_indicators", FEWER): say("answers of cities matter most where nobody else measures them"),
        ("cities", MORE): say("more cities can see where they stand"),
        ("cities", FEWER): say("the study can reach cities that open data leave out"),
        ("city_series", MORE): say("change in cities can be shown beside their answers"),
        ("city_series", FEWER): say("the study can begin a series where there is none"),
        ("country_indicators", MORE): say("the national setting of a city can be shown"),
        ("country_indicators", FEWER): say("the study adds most where even countries report little"),
        ("lists", MORE): say("lists show where practice can be looked for"),
        ("lists", FEWER): say("the study can make the first list"),
        ("region_gaps", MORE): say("wide gaps between regions are a matter for a worldwide community"),
        ("region_gaps", FEWER): say("where regions are alike, one set of questions suits all"),
        ("gaps_closing", FEWER): say("gaps that do not clearly close ask for attention"),
        ("gaps_closing", MORE): say("where gaps close there is something to learn from"),
    }
