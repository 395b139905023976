"""Times in any other complete notation; refuses what could be read in two ways."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from dateutil import parser as dateutil_parser

from py_pinger.core.times import ZERO, in_utc

# `GMT+0200`, as JavaScript writes it, is two hours east; the library follows POSIX, where it is west.
_UTC_BEFORE_OFFSET = re.compile(r"(?<![A-Z])(UTC|GMT|Z)(?=[+-]\d)", re.IGNORECASE)
_WORD_BEFORE_OFFSET = re.compile(r"(?<![A-Z])[A-Z]+(?=[+-]\d)", re.IGNORECASE)

# Digits in a row that the library divides as it likes: 260801030000 is not a day of the year 2608.
_LONG_NUMBER = re.compile(r"(?<![.,\d])\d{9,}", re.ASCII)

# `a.m.`, and letters of a zone in parentheses, which the library reads without what surrounds them.
_HALF_OF_DAY = re.compile(r"\b([AP])\. ?M\.?(?!\w)", re.IGNORECASE)
_ZONE_IN_PARENTHESES = re.compile(r" ?\((UTC|GMT|[A-Z]{2,4}T)\)$")

# A duration behind a time of day, `03:00 5h`, whose hours the library would take for those of the time.
_WITH_DURATION = re.compile(
    r"\d:\d.*[\d.] ?(?:h|m|s|hours?|minutes?|mins?|seconds?|secs?)\b"
    r"|\d ?(?:h|m|s|hours?|minutes?|mins?|seconds?|secs?)\b.*\d:\d",
    re.IGNORECASE | re.ASCII,
)

# With the year in front there is one order of month and day.
_YEAR_FIRST = re.compile(r"\d{4}|.*(?<![\d])(?<!\d[./-])\d{4}[./-]\d", re.ASCII)
_YEAR_LAST = re.compile(r"(?<!\d)\d{1,2}([./ -])\d{1,2}\1\d{4}(?!\d)", re.ASCII)

_WORDS = dateutil_parser.parserinfo()


class TimeDefect(StrEnum):
    """What keeps a value from being read as a time."""

    NOTATION = "notation"
    INCOMPLETE = "incomplete"
    ORDER = "order"
    ZONE = "zone"
    UNKNOWN_ZONE = "unknown_zone"
    NUMBER = "number"


class LenientParserError(ValueError):
    """The text is not a time; the message says why, for a sentence that begins with the text."""

    def __init__(self, why: str, defect: TimeDefect) -> None:
        super().__init__(why)
        self.defect = defect


def read_leniently(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the time, and whether the order of its day and month is clear by their values only.

    Letters that name a zone are understood if the clocks of `zone` use them then. Raises LenientParserError.
    """
    if "\0" in text:  # the library would drop it, and join two numbers
        raise _not_a_time()
    text = _ZONE_IN_PARENTHESES.sub(r" \1", _HALF_OF_DAY.sub(r"\1M", text))
    if _LONG_NUMBER.search(text) or _WITH_DURATION.search(text):
        raise _not_a_time()
    text = _UTC_BEFORE_OFFSET.sub("", text)
    if any(map(_may_be_zone, _WORD_BEFORE_OFFSET.findall(text))):
        raise _zone_by_letters()
    try:
        first, second = (reader.parse(text, default=blank, tzinfos=_zone) for reader, blank in _DEFAULTS)
        if first != second:
            raise _incomplete()
        at = _by_letters(first, zone) if isinstance(first.tzinfo, _Letters) else in_utc(first, zone)
        _refuse_two_orders(text, first)
    except LenientParserError:
        raise
    except (ValueError, OverflowError, TypeError, IndexError, ArithmeticError):
        raise _not_a_time() from None
    return at, not _YEAR_FIRST.match(text) and bool(_YEAR_LAST.search(text))


def _not_a_time() -> LenientParserError:
    return LenientParserError("is not a date and time", TimeDefect.NOTATION)


def _incomplete() -> LenientParserError:
    return LenientParserError("does not name year, month, day and time", TimeDefect.INCOMPLETE)


def _zone_by_letters() -> LenientParserError:
    return LenientParserError("names its time zone by letters", TimeDefect.ZONE)


def _by_letters(at: datetime, zone: tzinfo) -> datetime:
    """Return the time in UTC if its zone's letters are those of the given zone then."""
    for fold in (1, 0):
        local = at.replace(tzinfo=zone, fold=fold)
        if local.tzname() == at.tzname():
            return local.astimezone(UTC)
    raise _zone_by_letters()


def _refuse_two_orders(text: str, month_first: datetime) -> None:
    if _YEAR_FIRST.match(text):
        return
    reader, blank = _DEFAULTS[0]
    day_first = reader.parse(text, default=blank, tzinfos=_zone, dayfirst=True)
    if day_first != month_first:
        days = f"{month_first:%-d %B} or {day_first:%-d %B}"
        raise LenientParserError(f"could be {days}", TimeDefect.ORDER)


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
    """Return True if a word before a sign and digits can be a zone.

    The sign of `EST-5` is ambiguous.
    """
    return all(known(word) is None for known in (_WORDS.month, _WORDS.weekday, _WORDS.ampm))


class _Letters(tzinfo):
    """A zone that is named by letters only: the parser would use the machine's zone, or silently UTC."""

    def __init__(self, name: str) -> None:
        self._name = name

    def utcoffset(self, _at: datetime | None) -> timedelta:
        """Return no offset: it is unknown."""
        return ZERO

    def dst(self, _at: datetime | None) -> None:
        """Return nothing: it is unknown."""

    def tzname(self, _at: datetime | None) -> str:
        """Return the letters."""
        return self._name


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return _Letters(name.upper()) if name else None
