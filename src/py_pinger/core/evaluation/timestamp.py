"""Reads times in foreign notations; missing parts are never filled in from today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from dateutil import parser as dateutil_parser

from py_pinger.core.times import ZERO

# A date and at least the hour; the standard library accepts or rejects the rest.
_ISO_SHAPE = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d-?\d)[T ]\d\d")
# The zone is compulsory in RFC 5322; without it, or with an unknown one, the library would assume UTC.
_RFC_SHAPE = re.compile(
    r"([A-Z]{3}, ?)?\d{1,2} [A-Z]{3} [1-9]\d{3} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC?|[ECMP][SD]T)"
)

# `GMT+0200`, as JavaScript writes it, is two hours east; the library follows POSIX, where it is west.
_UTC_BEFORE_OFFSET = re.compile(r"(?<![A-Z])(UTC|GMT|Z)(?=[+-]\d)", re.IGNORECASE)
_WORD_BEFORE_OFFSET = re.compile(r"(?<![A-Z])[A-Z]+(?=[+-]\d)", re.IGNORECASE)

_WORDS = dateutil_parser.parserinfo()
_UNKNOWN_ZONE = timezone(ZERO, "unknown")
_ZONE_BY_LETTERS = "names its time zone by letters; write Z or an offset such as +02:00"

# Characters; longer than any notation of a time, to keep hostile text from the lenient parser.
_LONGEST = 64

# 2286 in seconds, 1970 in milliseconds: a number beyond it is milliseconds more likely than seconds.
_MILLISECONDS_FROM = 1e10


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that is not a time, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time; `odd` if only the lenient parser could read it."""

    at: datetime
    odd: bool = False


def read(value: object) -> Timestamp | Unreadable:
    """Read a time in ISO 8601, RFC 5322, Unix seconds, or another notation with a complete date and time.

    A notation without an offset is in UTC.
    """
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_unix_seconds(value)
    return Unreadable("is not a date and time")


def _read_unix_seconds(value: float) -> Timestamp | Unreadable:
    if not abs(value) < _MILLISECONDS_FROM:  # so that NaN is rejected too
        return Unreadable("is out of range for Unix seconds; are these milliseconds?")
    return Timestamp(datetime.fromtimestamp(value, UTC))


def _read_text(text: str) -> Timestamp | Unreadable:
    if len(text) > _LONGEST:
        return Unreadable("is too long for a date and time")
    upper = text.upper()
    try:
        if _ISO_SHAPE.match(upper):
            return Timestamp(_in_utc(datetime.fromisoformat(upper)))
        if _RFC_SHAPE.fullmatch(upper):
            return Timestamp(_in_utc(parsedate_to_datetime(text)))
    except (ValueError, OverflowError):
        pass  # the lenient parser below decides
    return _read_leniently(text)


def _read_leniently(text: str) -> Timestamp | Unreadable:
    if "\0" in text:  # the library would drop it and join two numbers
        return Unreadable("is not a date and time")
    text = _UTC_BEFORE_OFFSET.sub("", text)
    if any(map(_may_be_zone, _WORD_BEFORE_OFFSET.findall(text))):
        return Unreadable(_ZONE_BY_LETTERS)
    try:
        first, second = (reader.parse(text, default=blank, tzinfos=_zone) for reader, blank in _DEFAULTS)
        if first != second:
            return Unreadable("does not name year, month, day and time")
        if first.tzinfo is _UNKNOWN_ZONE:
            return Unreadable(_ZONE_BY_LETTERS)
        return Timestamp(_in_utc(first), odd=True)
    except (ValueError, OverflowError, TypeError, IndexError, ArithmeticError):
        return Unreadable("is not a date and time")


class _Century(dateutil_parser.parserinfo):
    """Puts a year of two digits into the given century; the library would use the current one."""

    def __init__(self, first_year: int) -> None:
        super().__init__()
        self._first_year = first_year

    def convertyear(self, year: int, century_specified: bool = False) -> int:  # noqa: FBT001, FBT002 - the library's
        """Return the whole year."""
        return year if century_specified or year > 99 else self._first_year + year  # noqa: PLR2004 - two digits


# Two sets of defaults that differ in all required parts: if both give the same result, no required part was
# missing. Minutes and seconds may be missing.
_DEFAULTS = (
    (dateutil_parser.parser(_Century(1900)), datetime(2001, 3, 4, 5)),  # noqa: DTZ001 - a default, not a time
    (dateutil_parser.parser(_Century(2000)), datetime(2012, 11, 27, 18)),  # noqa: DTZ001 - as above
)


def _may_be_zone(word: str) -> bool:
    """Return True if a word before a sign and digits can be a zone: the sign of `EST-5` is ambiguous."""
    return all(known(word) is None for known in (_WORDS.month, _WORDS.weekday, _WORDS.ampm))


def _zone(name: str | None, offset: int | None) -> timezone | None:
    """Mark zones given by name only: the parser would use the machine's zone, or silently UTC."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return _UNKNOWN_ZONE if name else None


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
