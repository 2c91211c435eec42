"""A synthetic set of answers to the questionnaire of an edition, to rehearse with: real names of cities, invented answers.

The file has the shape that `study intake` reads: a column for each question, by its code; a row for each city; codes of a
multiple choice with a space between them; a column `synthetic` that says so in every row. The same seed gives the same bytes.

What is put in on purpose: cities that are further on are so on all axes, more or less; small cities meet more barriers;
answers are missing, more often in cities that are less far on; consent is mixed; free texts hold what must do no harm.
"""

import csv
import io
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis import instrument, paths, study, tables
from analysis.errors import StudyError
from analysis.instrument import Instrument, Question

SYNTHETIC = "synthetic"  # the column that says that a row is
_ALONE = ("none", "not_known", "dont_know")  # codes that exclude all others
_UP_TO_THREE = ("opportunity", "barrier", "enabler", "practice")
_SHARED = 0.7  # of how far a city is on an axis, the part that all its axes have in common
_RECENT = 8  # years before the edition in which a good practice began

# free texts that must be shown as they were typed, and do no harm in HTML, Markdown, PDF, CSV or a spreadsheet
HOSTILE = (
    "<script>alert('answer')</script>",
    "<img src=x onerror=alert(1)>",
    "</td></tr></table><h1>End of the page</h1>",
    "**bold** _italic_ [link](javascript:alert(1)) `code` # heading",
    "| a | b |\n|---|---|\n| c | d |",
    "$\\frac{a}{b}$ costs 5 $ or 10 $; \\input{file} \\write18{ls}",
    "#import \"answers.csv\": * #panic(1) @reference",
    "{{ config }} {% raw %} {name} %s",
    '=HYPERLINK("https://attacker.example.org";"click")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "مدينة ذكية للجميع",
    "\u202eright to left\u202c, then left to right again",
    "Ciudad \N{SPARKLES}\N{CITYSCAPE}\N{FAMILY}\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
    "智慧城市让生活更美好",
    "None",
    "NA",
    "null",
    "nan",
    "true",
    "007",
    "1e5",
    "First line\nsecond line, with a comma; a semicolon\tand a tab",
    'A "quoted" text, with “others” and ‘others’ and \'these\'',
    "zero\u200bwidth, soft\u00adhyphen, no\u00a0break",
    "long " * 1999 + "end",  # 9,998 characters
)  # fmt: skip


@dataclass(frozen=True)
class City:
    """A city that answers: its row in the table of cities, and what its answers depend on.

    Parameters
    ----------
    size
        From 0, the smallest class, to 1.
    maturity
        How far it is on each axis; the empty name stands for questions across the axes.
    """

    name: str
    iso3: str
    consents: bool
    size: float
    maturity: Mapping[str, float] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Give an address that belongs to nobody (RFC 2606)."""
        return f"{paths.slug(self.name) or 'city'}.example.org"


def answers(year: int, cities: int, seed: int) -> str:
    """Make synthetic answers to the questionnaire of an edition.

    Parameters
    ----------
    year
        Year of the edition.
    cities
        Number of cities; the lead city is among them.
    seed
        The same seed gives the same answers.

    Returns
    -------
    str
        The content of a CSV file.

    Raises
    ------
    UnknownCell
        Where there is no such edition, or it has no instrument.
    StudyError
        Where the questions of the edition are not known, or there are not so many cities.
    """
    study.load().edition(year)
    asked = instrument.load(year)
    if asked.reconstructed or any(question.type == "unknown" for question in asked):
        raise StudyError(
            f"data/instruments/{year}.yml is reconstructed from what was published: its questions are not known, so nothing "
            "can be answered. Name an edition made by: study edition new"
        )
    draw = random.Random(seed)  # noqa: S311 (the same for the same seed; it guards no secret)
    texts = _endless_texts()
    rows = [_answer_row(asked, city, draw, texts) for city in _draw_cities(asked, cities, draw)]
    draw.shuffle(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*(question.id for question in asked), SYNTHETIC], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _draw_cities(asked: Instrument, number: int, draw: random.Random) -> list[City]:
    """Draw cities over the regions, the lead city first; larger regions have more of them, but less than their share."""
    known = _known_cities()
    if not 1 <= number <= len(known):
        raise StudyError(
            f"There are {len(known)} cities in data/places/cities.csv whose name no other city of their country has; "
            f"{number} were asked for. Expected: 1 to {len(known)}."
        )
    lead = known["place_id"] == study.load().lead_city
    chosen = list(known[lead].itertuples())
    pools = {
        str(name): draw.sample(list(group.itertuples()), len(group)) for name, group in known[~lead].groupby("region")
    }
    while len(chosen) < number:
        (name,) = draw.choices(list(pools), [math.sqrt(len(pool)) for pool in pools.values()])
        if pools[name]:
            chosen.append(pools[name].pop())
    cities = []
    for place, row in enumerate(chosen):
        common = draw.gauss(0, 1)
        by_axis = {axis: draw.gauss(0, 1) for axis in asked.axes}
        rest = math.sqrt(1 - _SHARED**2)
        maturity = {axis: _SHARED * common + rest * value for axis, value in by_axis.items()} | {"": common}
        cities.append(City(str(row.name), str(row.iso3), place % 3 != 1, draw.random(), maturity))
    return cities


def _known_cities() -> pd.DataFrame:
    """Read the cities with the region of their country; of those with the same name in one country, none."""
    countries = tables.read("countries").dropna(subset=["region"])
    frame = tables.read("cities").merge(countries[["iso3", "region"]], on="iso3")
    plain = frame["name"].map(paths.plain)
    frame = frame[(plain != "") & ~frame.assign(plain=plain).duplicated(["plain", "iso3"], keep=False)]
    return frame.sort_values("place_id").reset_index(drop=True)


def _answer_row(asked: Instrument, city: City, draw: random.Random, texts: Iterator[str]) -> dict[str, str]:
    """Answer all questions in order; what a skip rule leaves out stays empty."""
    row: dict[str, str] = {}
    for question in asked:
        rule = question.relevant
        skipped = rule is not None and not set(row[rule.question].split()) & set(rule.answers)
        missing = (
            not question.required
            and question.disclosure != "consent"
            and draw.random() < _missing_chance(city, question)
        )
        answer = _draw_answer(asked, question, city, draw)  # in any case, so that a rule moves no other answer
        if question.type == "text" and question.disclosure == "public" and not answer and not (skipped or missing):
            answer = next(texts)
        row[question.id] = "" if skipped or missing else answer
    return row | {SYNTHETIC: "yes"}


def _missing_chance(city: City, question: Question) -> float:
    """Give the chance that an answer is missing: what a city has less of, it answers less often."""
    return 0.03 + 0.15 * _logistic_chance(-city.maturity[question.axis])


def _logistic_chance(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _draw_answer(asked: Instrument, question: Question, city: City, draw: random.Random) -> str:
    """Answer a question; a public free text is left open, for the next of the texts that are handed round."""
    match question.type:
        case "city":
            return city.name
        case "country":
            return city.iso3
        case "email":
            return f"answers@{city.host}"
        case "number":
            return _draw_number(question, city, draw, int(asked.edition))
        case "multiple":
            return _draw_choices(question, city, draw)
        case "text":
            return _answer_text(question, city)
    return _draw_choice(asked, question, city, draw)


def _draw_choice(asked: Instrument, question: Question, city: City, draw: random.Random) -> str:
    """Choose one answer: the class of size, the consent, an axis of the edition, or how far the city is."""
    codes, maturity = question.codes, city.maturity[question.axis]
    if question.disclosure == "consent":
        return codes[0] if city.consents else codes[1]
    if question.role == "city":
        return codes[min(int(city.size * len(codes)), len(codes) - 1)]
    if set(asked.axes) & set(codes):
        return draw.choice([code for code in codes if code in asked.axes])
    far = _logistic_chance(1.5 * maturity + draw.gauss(0, 0.8) + (question.role == "practice"))
    # a scale goes up, other lists begin with "yes"
    return codes[min(int((far if question.type == "scale" else 1 - far) * len(codes)), len(codes) - 1)]


def _draw_choices(question: Question, city: City, draw: random.Random) -> str:
    """Choose several answers: some are more common than others, small cities meet more barriers, others have more of all else."""
    alone = [code for code in question.codes if code in _ALONE]
    push = (
        1.5 * (0.5 - city.size) - 0.4 * city.maturity[question.axis]
        if question.role == "barrier"
        else city.maturity[question.axis]
    )
    chosen = [
        code
        for place, code in enumerate(question.codes)
        if code not in alone
        and draw.random() < _logistic_chance(push - 0.5 - (2 if code == "other" else math.sin(7 * place)))
    ]
    if question.role in _UP_TO_THREE and len(chosen) > 3:
        three = set(draw.sample(chosen, 3))
        chosen = [code for code in chosen if code in three]
    return " ".join(chosen or alone[:1] or question.codes[:1])


def _draw_number(question: Question, city: City, draw: random.Random, year: int) -> str:
    low = question.minimum or 0.0
    if question.unit == "year":
        return str(
            draw.randint(
                max(int(low), year - _RECENT), year if question.maximum is None else min(int(question.maximum), year)
            )
        )
    far = _logistic_chance(city.maturity[question.axis] + draw.gauss(0, 0.7))
    if question.maximum is None:
        return str(round(low + math.exp(4 + 5 * city.size + 2 * far)))
    value = low + far * (question.maximum - low)
    decimals = 1 if draw.random() < 0.3 and question.maximum - low >= 2 else 0
    return f"{min(max(value, low), question.maximum):.{decimals}f}"


def _answer_text(question: Question, city: City) -> str:
    if question.id.endswith("_page"):
        return f"https://{city.host}/practice"
    return "" if question.disclosure == "public" else "Synthetic office"


def _endless_texts() -> Iterator[str]:
    """Give free texts without end: by turns one that does no harm and one that must not."""
    number = 0
    while True:
        yield f"Synthetic text {number + 1}: no city wrote this."
        yield HOSTILE[number % len(HOSTILE)]
        number += 1
