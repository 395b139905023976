"""Foreign notations of a moment, read without ever filling anything in from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from re import IGNORECASE
from re import compile as pattern

from dateutil import parser as dateutil_parser

# A date and at least the hour; what stands behind is for the standard library to accept or refuse.
_ISO_SHAPE = pattern(r"\d{4}-?(\d\d-?\d\d|W\d\d-?\d)[T ]\d\d")
# The zone is compulsory in RFC 5322; without it, or with an unknown one, the library would assume UTC.
_RFC_SHAPE = pattern(
    r"([A-Z]{3}, ?)?\d{1,2} [A-Z]{3} [1-9]\d{3} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC?|[ECMP][SD]T)"
)

# `GMT+0200`, as JavaScript writes it, is two hours east; the library holds to POSIX, where it is west.
_UTC_BEFORE_OFFSET = pattern(r"(?<![A-Z])(UTC|GMT|Z)(?=[+-]\d)", IGNORECASE)
_WORD_BEFORE_OFFSET = pattern(r"(?<![A-Z])[A-Z]+(?=[+-]\d)", IGNORECASE)

_WORDS = dateutil_parser.parserinfo()
_UNKNOWN_ZONE = timezone(timedelta(0), "unknown")
_ZONE_BY_LETTERS = "names its time zone by letters; write Z or an offset such as +02:00"

# Longer than any notation of a moment; keeps a lenient parser away from hostile text.
_LONGEST = 64

# 2286 in seconds, 1970 in milliseconds: a number beyond it is milliseconds more likely than seconds.
_MILLISECONDS_FROM = 1e10


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that names no moment, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment that was read; `odd` if only the lenient parser could."""

    at: datetime
    odd: bool = False


def read(value: object) -> Timestamp | Unreadable:
    """Read a moment in ISO 8601, RFC 5322, Unix seconds, or any notation that names date and time itself.

    A notation without an offset is in UTC.
    """
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_unix_seconds(value)
    return Unreadable("is not a date and time")


def _read_unix_seconds(value: float) -> Timestamp | Unreadable:
    if not abs(value) < _MILLISECONDS_FROM:  # so that NaN is refused too
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
        pass  # the lenient parser below has the last word
    return _read_leniently(text)


def _read_leniently(text: str) -> Timestamp | Unreadable:
    if "\0" in text:  # the library would leave it out, and make one number of two
        return Unreadable("is not a date and time")
    text = _UTC_BEFORE_OFFSET.sub("", text)
    if any(map(_may_be_zone, _WORD_BEFORE_OFFSET.findall(text))):
        return Unreadable(_ZONE_BY_LETTERS)
    try:
        first, second = (reader.parse(text, default=blank, tzinfos=_zone) for reader, blank in _FILLINGS)
        if first != second:
            return Unreadable("does not name year, month, day and time")
        if first.tzinfo is _UNKNOWN_ZONE:
            return Unreadable(_ZONE_BY_LETTERS)
        return Timestamp(_in_utc(first), odd=True)
    except (ValueError, OverflowError, TypeError, IndexError, ArithmeticError):
        return Unreadable("is not a date and time")


class _Century(dateutil_parser.parserinfo):
    """Puts a year of two digits into the century given, where the library would look at today's."""

    def __init__(self, first_year: int) -> None:
        super().__init__()
        self._first_year = first_year

    def convertyear(self, year: int, century_specified: bool = False) -> int:  # noqa: FBT001, FBT002 - the library's
        """Return the whole year."""
        return year if century_specified or year > 99 else self._first_year + year  # noqa: PLR2004 - two digits


# Two ways to fill in what a notation leaves out, different in all that it has to name itself: whatever comes
# out the same by both was not filled in. Minutes and seconds may be left out.
_FILLINGS = (
    (dateutil_parser.parser(_Century(1900)), datetime(2001, 3, 4, 5)),  # noqa: DTZ001 - a blank, not a moment
    (dateutil_parser.parser(_Century(2000)), datetime(2012, 11, 27, 18)),  # noqa: DTZ001 - as above
)


def _may_be_zone(word: str) -> bool:
    """Tell whether a word before a sign and digits can be a zone: of `EST-5` nobody knows the direction."""
    return all(known(word) is None for known in (_WORDS.month, _WORDS.weekday, _WORDS.ampm))


def _zone(name: str | None, offset: int | None) -> timezone | None:
    """Mark zones known by name alone: the parser would take the machine's own, or silently UTC."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return _UNKNOWN_ZONE if name else None


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
