"""Numbers as they are written: their digits, and when two of them are the same."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

_NOISE = Decimal("1e-14")  # in proportion: what two ways of writing one binary number may differ by


def written(value: object) -> str:
    """Write a value of ours with all its digits."""
    if isinstance(value, float):
        return f"{Decimal(repr(float(value))):f}".removesuffix(".0")
    return str(value)


def decimal(text: str) -> Decimal | None:
    """Read a number; `None` where it is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def most(texts: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Give the most decimals that the values of each indicator have."""
    decimals: dict[str, int] = {}
    for indicator, text in texts:
        if (number := decimal(text)) is not None:
            decimals[indicator] = max(decimals.get(indicator, 0), -int(number.normalize().as_tuple().exponent))
    return decimals


def slack(ours: str, copied: int | None, file_decimals: int, most: int) -> Decimal:
    """Say by how much values may differ that are the same to the digits that both give.

    Our copy may be rounded, which is declared; the file is where none of its values has as many decimals as ours.
    """
    number = decimal(ours)
    known = [copied] if copied is not None else []
    if file_decimals < (most if copied is None else min(most, copied)):
        known.append(file_decimals)
    half = Decimal(5).scaleb(-min(known) - 1) if known else Decimal(0)
    return half + abs(number or Decimal(0)) * _NOISE


def compared(ours: str, theirs: str, slack: Decimal) -> int:
    """Compare two texts: 0 the same, 1 the same but for rounding, 2 different."""
    a, b = decimal(ours), decimal(theirs)
    if a is None or b is None:
        return 0 if ours == theirs else 2
    apart = abs(a - b)
    if apart <= abs(a) * _NOISE:
        return 0
    return 1 if apart <= slack else 2
