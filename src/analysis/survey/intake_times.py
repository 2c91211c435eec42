"""When an answer was sent: the times of all survey tools; the order of day and month is that of the whole file."""

import datetime
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from babel import Locale

from analysis.instrument import LANGUAGES
from analysis.survey.intake_names import letters
from analysis.uploads.cells import DateCell, Numeral

_EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 (serial numbers of spreadsheets know no zone)
_SERIALS = (36_526, 73_050)  # 2000 to 2099
_CLOCK = re.compile(
    r"(?P<date>.+?)"
    r"(?:[T ,]+(?:at |à |a las )?(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*\(?(?P<zone>Z|(?:GMT|UTC)?\s*[+-]\d{1,2}(?::?\d{2})?|[A-Z]{3,4})?\)?)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_MONTH_NAMED = re.compile(
    r"(?:[^\W\d]+\.?,? )?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|er|º)?[ .-]*(?:de )?(?P<month>[^\W\d]{3,})\.?"
    r"|(?P<first>[^\W\d]{3,})\.? (?P<second>\d{1,2})(?:st|nd|rd|th)?,?)[ .-]*(?:de |del )?(?P<year>\d{4})"
)


class Order(StrEnum):
    """What stands first in a date whose year is last."""

    DMY = "dmy"
    MDY = "mdy"


def moment(text: str, order: Order | None = None) -> datetime.datetime | None:
    """Read a time; `None` where it is none, or where day and month could be either. Times with a zone become UTC."""
    if isinstance(text, DateCell):
        return text.moment
    if isinstance(text, Numeral):
        return _of_serial(text)
    clock = _CLOCK.fullmatch(" ".join(text.split()))
    day = _parse_date(clock["date"].strip(" ,"), order) if clock else None
    if clock is None or day is None or day.year < 2000:  # LimeSurvey writes 1980 where answers are anonymous
        return None
    if clock["hour"] is None:
        return datetime.datetime.combine(day, datetime.time())
    hour = int(clock["hour"])
    if clock["half"]:
        hour = hour % 12 + 12 * clock["half"].lower().startswith("p")
    part = int((clock["part"] or "0")[:6].ljust(6, "0"))
    try:
        time = datetime.time(hour, int(clock["minute"]), int(clock["second"] or 0), part)
        return datetime.datetime.combine(day, time) - _zone_offset(clock["zone"] or "")
    except (ValueError, OverflowError):
        return None


def _of_serial(text: str) -> datetime.datetime | None:
    try:
        serial = float(text)
    except ValueError:
        return None
    return _EPOCH + datetime.timedelta(days=serial) if _SERIALS[0] <= serial <= _SERIALS[1] else None


def _zone_offset(zone: str) -> datetime.timedelta:
    """Give how far a zone is ahead of UTC; one that is only named counts as that of all others."""
    offset = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if not offset:
        return datetime.timedelta()
    ahead = datetime.timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return ahead if offset[1] == "+" else -ahead


def _parse_date(text: str, order: Order | None) -> datetime.date | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _calendar_day(match[1], match[2], match[3])
    if match := _YEAR_LAST.fullmatch(text):
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        days = {
            Order.DMY: _calendar_day(year, match[3], match[1]),
            Order.MDY: _calendar_day(year, match[1], match[3]),
        }
        if match[2] == ".":
            return days[Order.DMY]
        if order is None:
            possible = {day for day in days.values() if day}
            return possible.pop() if len(possible) == 1 else None
        return days[order]
    if match := _MONTH_NAMED.fullmatch(text):
        month = _month_numbers().get(letters(match["month"] or match["first"]))
        return _calendar_day(match["year"], str(month), match["day"] or match["second"]) if month else None
    return None


def _calendar_day(year: str, month: str, day: str) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


@cache
def _month_numbers() -> dict[str, int]:
    """Give the months by their names, written out and shortened, in the languages of the questionnaire."""
    months = {}
    for lang in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in Locale(lang).months["format"][width].items():
                months[letters(name)] = number
    return months | {"sep": 9, "set": 9}


def ambiguous(text: str) -> bool:
    """Tell a time whose day and month could be either."""
    days = {moment(text, order) for order in Order}
    return None not in days and len(days) == 2


def order_of(texts: Iterable[str]) -> Order | None:
    """Find the order that all times of a file agree with; `None` where both would do, or neither."""
    possible = set(Order)
    for text in texts:
        readings = {order for order in Order if moment(text, order) is not None}
        if readings:
            possible &= readings
    return possible.pop() if len(possible) == 1 else None
