"""The choices that a critic may question: what the study uses, and the alternatives that `data/study.yml` declares.

The numbers of these choices stand here alone; only the window is part of the matrix, and an indicator may have one of its own.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from analysis import study, tables
from analysis.errors import InvalidData, did_you_mean

MINIMUM = 10  # fewer places say nothing about a distribution, nor about change
LOOK_BACK = 10  # years before an edition in which change is looked for
FULL = 0.5  # of the places of the fullest pair of years: a pair that holds fewer is not compared
TAIL = 0.1  # of the places, beyond each end of the distance that measures inequality
PERCENTILE, BASIC, BCA = "percentile", "basic", "bca"
INTERVALS = ("wilson", "clopper_pearson", "agresti_coull", "jeffreys")
Value = int | float | str


@dataclass(frozen=True)
class Choices:
    """All choices at once, as a chapter makes them.

    Parameters
    ----------
    window
        Years before the edition from which values are shown.
    minimum
        Places that a distribution or a panel must have.
    look_back
        Years before the edition in which change is looked for.
    panel
        Share of the places of the fullest pair of years that the pair which is compared must hold.
    tail
        Share of the places beyond each end of the distance that measures inequality.
    resampling
        Method of the intervals by bootstrap.
    interval
        Method of the intervals of shares.
    release
        Source that is taken alone where several releases of one series are joined; empty for all.
    """

    window: int
    minimum: int = MINIMUM
    look_back: int = LOOK_BACK
    panel: float = FULL
    tail: float = TAIL
    resampling: str = PERCENTILE
    interval: str = INTERVALS[0]
    release: str = ""


@dataclass(frozen=True)
class Alternative:
    """One choice, made otherwise than the study makes it."""

    choice: str
    value: Value

    def applied(self, choices: Choices) -> Choices:
        """Give the choices with this one made otherwise; the others stay."""
        return dataclasses.replace(choices, **{self.choice: self.value})  # type: ignore[arg-type]


def of_study(matrix: study.Study) -> Choices:
    """Give the choices of the study."""
    return Choices(matrix.window)


def longest(matrix: study.Study) -> int:
    """Give the number of years before an edition that any choice of the window or the look-back reaches."""
    own = of_study(matrix)
    given = [one.value for one in declared(matrix) if one.choice in ("window", "look_back")]
    return max(own.window, own.look_back, *(int(value) for value in given))


def declared(matrix: study.Study) -> tuple[Alternative, ...]:
    """List the alternatives that are declared, in order.

    Raises
    ------
    InvalidData
        Where one is no value of its choice; the message names all that are not.
    """
    if found := problems(matrix):
        raise InvalidData("The alternatives are not right:\n" + "\n".join(found))
    return tuple(Alternative(name, value) for name, values in matrix.robustness.items() for value in values)  # type: ignore[arg-type]


def problems(matrix: study.Study) -> list[str]:
    """Say which alternatives are no values of their choice, or no alternative at all; empty where all is well."""
    found = []
    for name, values in matrix.robustness.items():
        if name not in _RULES:
            found.append(f"{study.FILE}, robustness: there is no choice '{name}'.{did_you_mean(name, _RULES)} "
                         f"Known: {', '.join(_RULES)}.")  # fmt: skip
            continue
        fits, expected = _RULES[name]
        own = getattr(of_study(matrix), name)
        for number, value in enumerate(values):
            place = f"{study.FILE}, robustness, {name}, value '{value}'."
            if isinstance(value, bool) or not fits(value):
                found.append(f"{place} Expected: {expected}. Mend this value.")
            elif value == own:
                found.append(f"{place} Expected: another value than that of the study, {own}. Delete this value.")
            elif value in values[:number]:
                found.append(f"{place} Expected: no value twice. Delete one of the two.")
    return found


def unknown_releases(matrix: study.Study) -> list[str]:
    """Say which of the releases declared are no source of a series that joins several; empty where all is well."""
    joined = {source for text in tables.read("catalogue")["source_id"] for source in _several(str(text))}
    return [
        f"{study.FILE}, robustness, release, value '{value}'. Expected: a source that data/indicators/catalogue.csv joins with "
        f"another in one indicator ({', '.join(sorted(joined))}). Mend this value."
        for value in matrix.robustness.get("release", ())
        if value not in joined
    ]


def _several(text: str) -> list[str]:
    sources = text.split(";")
    return sources if len(sources) > 1 else []


def _whole(low: int, high: int) -> tuple[Callable[[object], bool], str]:
    return lambda value: isinstance(value, int) and low <= value <= high, f"a whole number from {low} to {high}"


def _share(high: float) -> tuple[Callable[[object], bool], str]:
    return lambda value: isinstance(value, int | float) and 0 < value <= high, f"a number above 0, at most {high:g}"


def _one_of(*names: str) -> tuple[Callable[[object], bool], str]:
    return lambda value: value in names, f"one of {', '.join(names)}"


_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "window": _whole(0, 50), "minimum": _whole(2, 1000), "look_back": _whole(2, 50), "panel": _share(1), "tail": _share(0.45),
    "resampling": _one_of(PERCENTILE, BASIC, BCA), "interval": _one_of(*INTERVALS),
    "release": (lambda value: isinstance(value, str) and bool(value), "the id of a source"),
}  # fmt: skip
