"""Which values read as moments, and in which notation: a unit, a format, or one that needs neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from py_pinger.core.evaluation.timestamp import FIRST_TIME
from py_pinger.core.model.page import PageDefinition, Unit
from py_pinger.core.reading.formats import read_by_format, suggested_formats
from py_pinger.core.reading.moments import read_moments

# Numbers before this are more likely counts and identifiers than moments: 2001-09-09, in seconds.
_LEAST_SECONDS: Final = 1e9

# Seconds that the reader of pages takes for a moment at most: the year 2286.
_MOST_SECONDS: Final = 1e10

# How far ahead a moment may lie.
_AHEAD: Final = timedelta(days=1)

# Characters: longer than any notation of a moment.
_LONGEST: Final = 96

# What every notation has: a year, or a time of day, or a date in numbers.
_LIKE_A_MOMENT = re.compile(r"\d{4}|\d:\d\d|\d[./-]\d", re.ASCII)
_NUMBER = re.compile(r"\d{9,19}(\.\d+)?", re.ASCII)

# Dates by the name of the month, and when they are nothing else.
_NAMED_MONTHS: Final = ("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d/%b/%Y:%H:%M:%S %z")
_NAMED_MONTH = re.compile(r"(\d\d?[ /-])?[A-Z][a-z]{2,8}[ /-](\d\d?, )?\d{4}(:[\d:]{8} [+-]\d{4})?", re.ASCII)

# The digits of a date that is written as one number, without and with hour and minute.
_DATE_DIGITS: Final = (8, 12)

# What the numbers of a local time are as Java writes it: year, month, day, hour, minute and perhaps more.
_LEAST_PARTS: Final = 5
_MOST_PARTS: Final = 7

_ZONE_AT_END = re.compile(
    r".*(Z|UTC?|GMT|[+-]\d\d:?\d\d| [A-Z]{2,5}|[A-Z][A-Za-z_]+/[A-Za-z_]+|\]|\))|@\d+|/Date\(.*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Notation:
    """How moments are written: numbers of a `unit`, texts in a `format`, or neither if both are None."""

    unit: Unit | None = None
    format: str | None = None


PLAIN: Final = Notation()
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_PLAIN_PAGE: Final = PageDefinition("any")


@dataclass(frozen=True, slots=True)
class MomentValue:
    """A value that reads as a moment in a notation; `is_future` if that is later than tomorrow."""

    notation: Notation
    at: datetime
    is_future: bool


def read_values(value: object, now: datetime) -> Iterator[MomentValue]:
    """Yield the moments that a value may be, one for each notation that reads it."""
    if isinstance(value, bool):
        return
    text = value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else None
    if text is not None and (len(text) > _LONGEST or not _LIKE_A_MOMENT.search(text)):
        return
    number = _number(value)
    if number is not None:
        yield from _of_number(number, now)
    found = list(_of_text(value, text, now)) if number is None or _is_date(text) else []
    yield from found


def is_moment(value: object) -> bool:
    """Return True if a value reads as a moment."""
    return any(True for _ in read_values(value, _LATEST))


def is_one_moment(values: list[object]) -> bool:
    """Return True if a list is one local time as Java writes it: [2026, 8, 1, 3, 0]."""
    if not _LEAST_PARTS <= len(values) <= _MOST_PARTS or not all(type(each) is int for each in values):
        return False
    read = read_moments(values, _PLAIN_PAGE)
    return (read.values, read.moments) == (1, 1)


def has_no_zone(value: object) -> bool:
    """Return True if a moment is written without a zone or an offset."""
    if isinstance(value, str):
        return not _NUMBER.fullmatch(value.strip()) and not _ZONE_AT_END.fullmatch(value.strip())
    return isinstance(value, list)


def _number(value: object) -> float | None:
    if isinstance(value, int | float):
        return float(value) if abs(value) < _MOST_SECONDS * Unit.NANOSECONDS.per_second else None
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None


def _is_date(text: str | None) -> bool:
    return text is not None and (len(text) in _DATE_DIGITS or len(text) == 14)  # noqa: PLR2004 - with seconds


def _of_number(number: float, now: datetime) -> Iterator[MomentValue]:
    for unit in Unit:
        seconds = number / unit.per_second
        if _LEAST_SECONDS <= seconds < _MOST_SECONDS:
            yield _moment(Notation(unit=unit), datetime.fromtimestamp(seconds, UTC), now)


def _of_text(value: object, text: str | None, now: datetime) -> Iterator[MomentValue]:
    plain = read_moments(value, _PLAIN_PAGE)
    # Eight digits are a date, if they are a moment at all.
    if plain.newest and not plain.advice and not (_number(value) and len(text or "") in _DATE_DIGITS):
        yield _moment(PLAIN, plain.newest, now)
        return
    for form in _formats(text) if text else ():
        at = read_by_format(text or "", form, UTC)
        if at and at >= FIRST_TIME:
            yield _moment(Notation(format=form), at, now)


def _formats(text: str) -> Iterator[str]:
    yield from suggested_formats(text)
    if _NAMED_MONTH.fullmatch(text):
        yield from _NAMED_MONTHS


def _moment(notation: Notation, at: datetime, now: datetime) -> MomentValue:
    return MomentValue(notation, at, at > now + _AHEAD)
