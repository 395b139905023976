"""Reads times in foreign notations; missing parts are never filled in from today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.evaluation.lenient_parser import LenientParserError, TimeDefect, read_leniently
from py_pinger.core.text.utc_offset import INVALID_OFFSET
from py_pinger.core.times import DAY, SECOND, in_utc

# What nearly all pages write; read first, since it is a tenth of the time of an evaluation.
_USUAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:[0-5]\d)?", re.ASCII)
# A date and at least the hour; the standard library accepts or rejects the rest.
_ISO_SHAPE = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d-?\d)[T ]\d\d", re.ASCII)
# The zone is compulsory in RFC 5322; without it, or with an unknown one, the library would assume UTC.
_RFC_SHAPE = re.compile(
    r"([A-Z]{3}, ?)?\d{1,2} [A-Z]{3} [1-9]\d{3} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC?|[ECMP][SD]T)", re.ASCII
)

# The library knows neither the second 60 nor the hour 24: what stands before and behind them.
_LEAP_SECOND = re.compile(r"(.{8,10}[T ]\d\d(:?)\d\d\2)60((?:[.,]\d+)?(?:Z|[+-][\d:]+)?)", re.ASCII)
_HOUR_24 = re.compile(r"(.{8,10}[T ])24((?::?00){0,2}(?:[.,]0+)?(?:Z|[+-][\d:]+)?)", re.ASCII)

# The name of a zone behind a time: `Z[UTC]` as Java writes it, or `03:00:00 Europe/Berlin`.
_BRACKETS = re.compile(r"(.*?)((?:\[[^\]]*\])+)", re.ASCII)
_NAMED_ZONE = re.compile(r"(.*:\d\d(?:[.,]\d+)?) ?\[?([A-Za-z]+(?:/[A-Za-z0-9_+-]+)+)\]?", re.ASCII)
_OFFSET_AT_END = re.compile(r".*(Z|[+-]\d\d(:?\d\d)?)", re.IGNORECASE | re.ASCII)

# `/Date(1785553200000)/` as ASP.NET writes it, in milliseconds; the offset is for display only.
_DOTNET_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
# Fewer digits may be a date, more are milliseconds.
_UNIX_SECONDS = re.compile(r"0|@?\d{9,10}(\.\d+)?", re.ASCII)
_UNIX_MILLISECONDS = re.compile(r"\d{12,13}", re.ASCII)

# ISO 8601 without a T, as Maven and LDAP write it.
_FOURTEEN_DIGITS = re.compile(r"(\d{8})(\d{6})((?:[.,]\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?)", re.ASCII)

# What repeats the offset in other words: `(Central European Summer Time)` of JavaScript, `+0200 CEST` of Go.
_REPEATED_OFFSET = re.compile(
    r"(.*(?:[+-]\d\d(?::?\d\d)?|Z|UTC|GMT)) ?\([^()]*\)"
    r"|(.*[\d ]([+-]\d\d)(\d\d)) (?:(?![AP]M\b)[A-Z]{2,5}|\3(?:\4)?)(?: m=[+-]\d+\.\d+)?",
    re.IGNORECASE | re.ASCII,
)
_SPACE_BEFORE_OFFSET = re.compile(r" (?=[+-]\d\d(?::?\d\d)?$)", re.ASCII)

_NOT_A_TIME = "is not a date and time"
_MILLISECONDS = "is out of range for Unix seconds"

_REMEDIES = {
    TimeDefect.NUMBER: "are these milliseconds?",
    TimeDefect.ORDER: "write ISO 8601",
    TimeDefect.ZONE: "write Z or an offset such as +02:00",
    TimeDefect.UNKNOWN_ZONE: "write Z or an offset such as +02:00",
}

# Characters; longer than any notation of a time, to keep hostile text from the lenient parser.
_LONGEST = 64

# 2286 in seconds, 1970 in milliseconds: a number beyond it is milliseconds more likely than seconds.
_MILLISECONDS_FROM = 1e10

_MONGO_DATE, _MONGO_LONG = "$date", "$numberLong"

# Before this, a time stands for "never": 0, or the first day of a calendar.
FIRST_TIME: Final = datetime(1971, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that is not a time, and what it is or does instead."""

    what: str
    defect: TimeDefect = TimeDefect.NOTATION

    @property
    def why(self) -> str:
        """What is wrong with the value, and the remedy of those who write it."""
        remedy = _REMEDIES.get(self.defect)
        return f"{self.what}; {remedy}" if remedy else self.what


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time; `odd` if its notation is neither ISO 8601 nor RFC 5322.

    `numeric` if day and month are numbers in an order that other days would leave open. `zoneless` if it was
    taken for UTC, since it is in ISO 8601 without an offset.
    """

    at: datetime
    odd: bool = False
    numeric: bool = False
    zoneless: bool = False

    @property
    def is_never(self) -> bool:
        """Whether it stands for "never", as 0 and the year 1 do."""
        return self.at < FIRST_TIME


def read(value: object, zone: tzinfo = UTC) -> Timestamp | Unreadable:
    """Read a time in ISO 8601, RFC 5322, Unix seconds, or another complete notation.

    A notation without an offset or a zone is by the clocks of `zone`.
    """
    if isinstance(value, str):
        return _read_text(value.strip(), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_unix_seconds(value)
    if isinstance(value, dict) and value.keys() == {_MONGO_DATE}:
        return _read_mongo_date(value[_MONGO_DATE], zone)
    return Unreadable(_NOT_A_TIME)


def _read_unix_seconds(value: float) -> Timestamp | Unreadable:
    if not abs(value) < _MILLISECONDS_FROM:  # so that NaN is rejected too
        return Unreadable(_MILLISECONDS, TimeDefect.NUMBER)
    return Timestamp(datetime.fromtimestamp(value, UTC))


def _read_milliseconds(value: object) -> Timestamp | Unreadable:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1000 * _MILLISECONDS_FROM:
        return Unreadable(_NOT_A_TIME)
    return Timestamp(datetime.fromtimestamp(value // 1000, UTC) + timedelta(milliseconds=value % 1000))


def _read_mongo_date(value: object, zone: tzinfo) -> Timestamp | Unreadable:
    """Read MongoDB's extended JSON: a text in ISO 8601, or milliseconds."""
    if isinstance(value, str):
        return _read_text(value.strip(), zone)
    if isinstance(value, dict) and value.keys() == {_MONGO_LONG}:
        text = str(value[_MONGO_LONG])
        return _read_milliseconds(int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None)
    return _read_milliseconds(value)


def _read_text(text: str, zone: tzinfo) -> Timestamp | Unreadable:
    try:
        if _USUAL.fullmatch(text):
            at = datetime.fromisoformat(text)
            return Timestamp(in_utc(at, zone), zoneless=at.tzinfo is None and zone is UTC)
    except (ValueError, OverflowError):
        pass  # the readers below decide
    repeated = _REPEATED_OFFSET.fullmatch(text) if len(text) <= 2 * _LONGEST else None
    if repeated:
        text = repeated[1] or repeated[2]
    if len(text) > _LONGEST:
        return Unreadable("is too long for a date and time")
    if not text.isascii() and any(sign.isdigit() and not sign.isascii() for sign in text):
        return Unreadable(_NOT_A_TIME)
    if INVALID_OFFSET.search(text):
        return Unreadable(_NOT_A_TIME)
    return _read_number(text) or _read_zoned(text) or _read_notation(text, zone)


def _read_number(text: str) -> Timestamp | Unreadable | None:
    """Read Unix time as text; None if the text is not one number."""
    if found := _DOTNET_DATE.fullmatch(text):
        return _read_milliseconds(int(found[1]))
    if _UNIX_MILLISECONDS.fullmatch(text):
        return Unreadable(_MILLISECONDS, TimeDefect.NUMBER)
    return _read_unix_seconds(float(text.removeprefix("@"))) if _UNIX_SECONDS.fullmatch(text) else None


def _read_zoned(text: str) -> Timestamp | Unreadable | None:
    """Read a time with the name of a zone behind it; None if it has none."""
    brackets = _BRACKETS.fullmatch(text)
    if brackets and _OFFSET_AT_END.fullmatch(brackets[1]):
        return _read_notation(brackets[1], UTC)
    named = _NAMED_ZONE.fullmatch(text)
    if named is None:
        return None
    try:
        return _read_notation(named[1], ZoneInfo(named[2]))
    except (LookupError, ValueError, OSError):
        return Unreadable("names an unknown time zone", TimeDefect.UNKNOWN_ZONE)


def _read_notation(text: str, zone: tzinfo) -> Timestamp | Unreadable:
    upper = text.upper()
    try:
        if _ISO_SHAPE.match(upper):
            zoneless = zone is UTC and not _OFFSET_AT_END.fullmatch(upper)
            return Timestamp(_read_iso(upper, zone), zoneless=zoneless)
        if compact := _FOURTEEN_DIGITS.fullmatch(upper):
            return Timestamp(_read_iso(f"{compact[1]}T{compact[2]}{compact[3]}", zone), odd=True)
        if _RFC_SHAPE.fullmatch(upper):
            return Timestamp(in_utc(parsedate_to_datetime(text), zone))
    except (ValueError, OverflowError):
        pass  # the lenient parser below decides
    try:
        at, numeric = read_leniently(text, zone)
    except LenientParserError as error:
        return Unreadable(str(error), error.defect)
    return Timestamp(at, odd=True, numeric=numeric)


def _read_iso(upper: str, zone: tzinfo) -> datetime:
    upper = _SPACE_BEFORE_OFFSET.sub("", upper)
    if leap := _LEAP_SECOND.fullmatch(upper):
        at = in_utc(datetime.fromisoformat(f"{leap[1]}59{leap[3]}"), zone) + SECOND
        if (at.hour, at.minute, at.second) != (0, 0, 0):
            raise ValueError  # leap seconds are at the end of a day in UTC
        return at
    if midnight := _HOUR_24.fullmatch(upper):
        return in_utc(datetime.fromisoformat(f"{midnight[1]}00{midnight[2]}"), zone) + DAY
    return in_utc(datetime.fromisoformat(upper), zone)
