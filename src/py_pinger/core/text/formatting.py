"""Times, durations, numbers and foreign text as readable text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

import orjson

from py_pinger.core.times import DAY, HOUR, MAX_TIME, MINUTE, ZERO

# Characters: enough to recognise a value, short enough for one log line.
QUOTED_LENGTH = 80

# Characters of foreign text that are read for each that may be shown, since unwanted ones are left out.
_READ_FOR_EACH = 16

# Within so many days a weekday says which day is meant.
_DAYS_WITHOUT_DATE = 6 * DAY

_BLANKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# C0 and C1 controls, marks that change the direction of text, and surrogates, which cannot be encoded.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def duration(length: timedelta) -> str:
    """Return a duration in its one or two largest units.

    `45 s`, `14 min`, `2 h 14 min`, `3 d 4 h`.
    """
    if length < MINUTE:
        return seconds(length)
    if length < HOUR:
        return f"{length // MINUTE} min"
    if length < DAY:
        return _two_units(length, HOUR, "h", MINUTE, "min")
    return _two_units(length, DAY, "d", HOUR, "h")


def _two_units(
    length: timedelta, large: timedelta, large_name: str, small: timedelta, small_name: str
) -> str:
    whole, rest = divmod(length, large)
    parts = f"{whole} {large_name}"
    return f"{parts} {rest // small} {small_name}" if rest >= small else parts


def seconds(length: timedelta) -> str:
    """Return a duration in seconds: `45 s`, `2.5 s`; tenths only below ten seconds."""
    exact = max(length, ZERO).total_seconds()
    return f"{number(round(exact, 1)) if exact < 10 else int(exact)} s"  # noqa: PLR2004 - as the docstring says


def minutes(length: timedelta) -> str:
    """Return a duration in minutes, the unit of the contract: `60 min`, `0.5 min`."""
    return f"{number(length / MINUTE)} min"


def between_runs(length: timedelta) -> str:
    """Return the time between two runs: `15 min`, `90 min`, and whole hours as `2 h` or `1 d`."""
    return minutes(length) if length % HOUR else duration(length)


def number(value: float) -> str:
    """Return a number without a trailing `.0`, and without an exponent below 15 digits."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:g}"  # noqa: PLR2004 - 15 digits are exact in a float


def count(number: int, noun: str) -> str:
    """Return a number of things: `1 task`, `2 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def timestamp(at: datetime) -> str:
    """Return a time as `2026-11-22 10:05:00 UTC`, MAX_TIME as `never`."""
    return "never" if at == MAX_TIME else f"{at.isoformat(' ', 'seconds')[:19]} UTC"


def minute(at: datetime) -> str:
    """Return a time as `2026-11-22 10:05 UTC`, the form in which a tooltip follows the reader's zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def local_time(at: datetime, zone: str, now: datetime) -> str:
    """Return a time with its weekday by the clocks of a zone, and with its date if it is days away.

    `Mon 02:00 CET`, `Mon 2026-12-07 02:00 CET`.
    """
    day = "%a" if abs(at - now) < _DAYS_WITHOUT_DATE else "%a %Y-%m-%d"
    return f"{at.astimezone(ZoneInfo(zone)):{day} %H:%M %Z}"


def time_of_day(at: datetime) -> str:
    """Return a time as `10:05 UTC`."""
    return f"{at:%H:%M} UTC"


def time_with_seconds(at: datetime) -> str:
    """Return a time as `10:05:09 UTC`."""
    return f"{at:%H:%M:%S} UTC"


def time_or_date(at: datetime, now: datetime) -> str:
    """Return a past time as `10:05 UTC`, or with its date if it is a day old or older."""
    return time_of_day(at) if now - at < DAY else timestamp(at)


def time_range(began: datetime, ended: datetime) -> str:
    """Return a period as `10:05 to 10:09 UTC`, a long one with dates, a short one with seconds."""
    if ended - began < 2 * MINUTE:
        return f"{began:%H:%M:%S} to {ended:%H:%M:%S} UTC"
    if ended - began < DAY:
        return f"{began:%H:%M} to {time_of_day(ended)}"
    return f"{began:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} UTC"


def iso(at: datetime) -> str:
    """Return a time in ISO 8601 with `Z`, cut to whole seconds."""
    return f"{at.isoformat('T', 'seconds')[:19]}Z"


def iso_or_none(at: datetime | None) -> str | None:
    """Return a time as `iso` does; None for None and for MAX_TIME."""
    return None if at is None or at == MAX_TIME else iso(at)


def http_status(status: int) -> str:
    """Return a status with its phrase: `HTTP 503 Service Unavailable`."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def clean(text: str, longest: int | None = None) -> str:
    """Return foreign text for one line.

    Without controls and marks that reorder text, cut if too long: then its beginning alone is read, since a
    megabyte of it would hold up all threads for a tenth of a second.
    """
    beginning = text if longest is None else text[: _READ_FOR_EACH * longest]
    line = _UNWANTED.sub("", _BLANKS.sub(" ", beginning)).strip()
    return line if longest is None or len(line) <= longest else cut(line, longest)


def cut(text: str, length: int) -> str:
    """Return text of at most `length` characters; a text that was cut ends with `…`."""
    return text if len(text) <= length else text[: length - 1] + "…"


def quoted(value: object) -> str:
    """Return a JSON value as compact JSON, cut to fit into a sentence."""
    return compact(value, QUOTED_LENGTH)


def compact(value: object, longest: int | None = None) -> str:
    """Return a JSON value as compact JSON without unwanted characters, cut if too long.

    `{…}` if it nests too deeply.
    """
    try:
        return clean(orjson.dumps(value).decode(), longest)
    except orjson.JSONEncodeError:  # the decoder goes four times as deep as the encoder
        return "{…}" if isinstance(value, dict) else "[…]"
