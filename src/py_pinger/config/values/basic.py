"""Types of single plain values: how their text is read, and how they are written.

A reader raises ValueError with the predicate of a sentence whose subject is the quoted value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, PlainSerializer

from py_pinger.config.values.url import is_host
from py_pinger.core.text.durations import parse_duration
from py_pinger.core.text.utc_offset import INVALID_OFFSET
from py_pinger.core.times import DAY, MINUTE, SECOND, ZERO

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9}")
_NODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SIZE = re.compile(r"([0-9.]+) ?(B|KiB|MiB|GiB)?", re.IGNORECASE)
_SIZE_UNITS = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}
_LARGEST_BODY = 2**30

# A clock set outside of these years would leave the calendar while it runs on.
_CLOCK_YEARS = range(1970, 3000)


def from_text(read: Callable[[str], object]) -> BeforeValidator:
    """Return the validator that reads text, and passes on what is a value already."""
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


def _read_flag(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false; use one of them")
    return text.lower() in _TRUE


def _write_flag(value: object) -> str:
    return str(value).lower()


def _whole(least: int, most: int, example: int) -> BeforeValidator:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}; use for example {example}")
        return int(text)

    return from_text(read)


# For each unit that a bare number may have: its name, and three ways to write a duration.
_EXAMPLES = {
    SECOND: "a number of seconds or a duration; use for example 60, 90s or 5m",
    MINUTE: "a number of minutes or a duration; use for example 5, 90s or 2h",
    DAY: "a number of days or a duration; use for example 7, 12h or 2w",
}


def duration_in(
    unit: timedelta, least: timedelta, most: timedelta
) -> tuple[BeforeValidator, PlainSerializer]:
    """Return how a duration is read, of which a bare number is in `unit`, and how it is written."""
    bounds = f"use a duration from {_bound(least)} to {_bound(most)}"

    def read(text: str) -> timedelta:
        value = parse_duration(text, unit)
        if value is None:
            raise ValueError(f"is not {_EXAMPLES[unit]}")
        if not least <= value <= most:
            raise ValueError(f"is out of range; {bounds}")
        return value

    def write(value: timedelta | None) -> str:
        # Nine decimals are what the reader accepts.
        return f"{(value or ZERO) / unit:.9f}".rstrip("0").rstrip(".")

    return from_text(read), PlainSerializer(write)


def _bound(length: timedelta) -> str:
    for unit, name in ((DAY, "d"), (MINUTE, "m"), (SECOND, "s")):
        if length and length % unit == ZERO:
            return f"{length // unit}{name}"
    return f"{length / SECOND:g}s"


def _never_at_zero(value: object) -> object:
    return None if value == ZERO else value


def _read_size(text: str) -> int:
    parts = _SIZE.fullmatch(text)
    if parts and _NUMBER.fullmatch(parts[1]):
        units = {name.lower(): size for name, size in _SIZE_UNITS.items()}
        size = int(float(parts[1]) * units[(parts[2] or "B").lower()])
        if 1 <= size <= _LARGEST_BODY:
            return size
    raise ValueError("is not a size up to 1 GiB; use for example 1048576, 500 KiB or 1 MiB")


def _write_size(value: int) -> str:
    name = next(name for name, size in _SIZE_UNITS.items() if value % size == 0)
    return f"{value // _SIZE_UNITS[name]} {name}"


def read_line(text: str) -> str:
    """Return the text if it is one printable line; raises ValueError if not."""
    if not text.isprintable():
        raise ValueError(
            "contains a line break or an unprintable character; write it on one line, and begin the next key"
            " at the start of its line"
        )
    return text


def _read_path(text: str) -> Path:
    if not read_line(text):
        raise ValueError("is empty; write a file name, or remove the line")
    return Path(text)


def _read_host(text: str) -> str:
    if not is_host(text):
        raise ValueError("is not a valid host name or IP address; use for example localhost or 0.0.0.0")
    return text


def _read_node(text: str) -> str | None:
    if text and not _NODE.fullmatch(text):
        raise ValueError("is not a name of up to 64 letters, digits, -, _ and .; use for example a")
    return text or None


def _read_debug_time(text: str) -> bool | datetime:
    if text.lower() in _TRUE | _FALSE:
        return _read_flag(text)
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = datetime.min.replace(tzinfo=UTC)
    if at.year not in _CLOCK_YEARS or INVALID_OFFSET.search(text):
        raise ValueError("is not true, false or a date and time; use for example 2026-11-22T10:05:00Z")
    return at


def _write_debug_time(value: bool | datetime) -> str:  # noqa: FBT001 - the key is a flag or a date and time
    return value.isoformat() if isinstance(value, datetime) else _write_flag(value)


def _read_limit(text: str) -> int | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("is not yes, no or a whole number; use for example 10000")
    return None if text.lower() in _TRUE else 0


def _write_limit(value: int | None) -> str:
    return "yes" if value is None else str(value or "no")


def _read_reload(text: str) -> str:
    if text.lower() not in get_args(_Reload):
        raise ValueError("is neither auto nor signal; use one of them")
    return text.lower()


_Reload = Literal["auto", "signal"]

_SHORTEST = timedelta(milliseconds=10)
_SHORTEST_IN_MINUTES = MINUTE / 100
_YEAR = timedelta(days=366)

Reload = Annotated[_Reload, from_text(_read_reload)]
Flag = Annotated[bool, from_text(_read_flag), PlainSerializer(_write_flag)]
Port = Annotated[int, _whole(0, 65_535, 3002), PlainSerializer(str)]
Retries = Annotated[int, _whole(0, 10, 2), PlainSerializer(str)]
Count = Annotated[int, _whole(1, 100_000, 10), PlainSerializer(str)]
CheckInterval = Annotated[timedelta, *duration_in(SECOND, _SHORTEST, _YEAR)]
Timeout = Annotated[timedelta, *duration_in(SECOND, _SHORTEST, timedelta(hours=1))]
Minutes = Annotated[timedelta, *duration_in(MINUTE, ZERO, _YEAR)]
Frequency = Annotated[timedelta, *duration_in(MINUTE, _SHORTEST_IN_MINUTES, _YEAR)]
Duration = Annotated[timedelta, *duration_in(MINUTE, _SHORTEST_IN_MINUTES, _YEAR)]
Remind = Annotated[timedelta | None, BeforeValidator(_never_at_zero), *duration_in(MINUTE, ZERO, _YEAR)]
Lifetime = Annotated[timedelta, *duration_in(MINUTE, _SHORTEST_IN_MINUTES, timedelta(days=1))]
Days = Annotated[timedelta, *duration_in(DAY, DAY / 100, timedelta(days=36_525))]
# A maximum; None means no limit.
Limit = Annotated[int | None, from_text(_read_limit), PlainSerializer(_write_limit)]
Size = Annotated[int, from_text(_read_size), PlainSerializer(_write_size)]
Line = Annotated[str, from_text(read_line)]
File = Annotated[Path, from_text(_read_path), PlainSerializer(str)]
Host = Annotated[str, from_text(_read_host)]
# Empty means that Py Pinger is the only process of its database.
NodeName = Annotated[str | None, from_text(_read_node)]
DebugTime = Annotated[bool | datetime, from_text(_read_debug_time), PlainSerializer(_write_debug_time)]
