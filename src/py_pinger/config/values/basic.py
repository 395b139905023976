"""The kinds of plain value an ini file holds: each is a type, how its text is read, and how it is written.

A reader raises ValueError with the end of a sentence that begins with the section, the key and the value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from re import IGNORECASE
from re import compile as pattern
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, PlainSerializer

from py_pinger.config.values.url import is_host
from py_pinger.core.times import DAY, MINUTE, SECOND, ZERO

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_WHOLE = pattern(r"[0-9]{1,15}")
_NUMBER = pattern(r"[0-9]{1,15}(\.[0-9]{0,9})?|\.[0-9]{1,9}")
_SIZE = pattern(r"([0-9.]+) ?(B|KiB|MiB|GiB)?", IGNORECASE)
_SIZE_UNITS = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}
_LARGEST_BODY = 2**30

# A clock set outside of these years would leave the calendar while it runs on.
_CLOCK_YEARS = range(1970, 3000)


def from_text(read: Callable[[str], object]) -> BeforeValidator:
    """Return the validator that reads text, and lets through what is a value already."""
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


def _read_flag(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false; write one of the two")
    return text.lower() in _TRUE


def _write_flag(value: object) -> str:
    return str(value).lower()


def _whole(least: int, most: int) -> BeforeValidator:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}; write one, or remove the line")
        return int(text)

    return from_text(read)


def _length(unit: timedelta, name: str, least: float, most: int) -> BeforeValidator:
    def read(text: str) -> timedelta:
        if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
            raise ValueError(
                f"is not a number of {name} from {least:g} to {most}; write one, or remove the line"
            )
        return unit * float(text)

    return from_text(read)


def _written_in(unit: timedelta) -> PlainSerializer:
    def write(value: timedelta | None) -> str:
        # Nine decimals are what the reader takes.
        return f"{(value or ZERO) / unit:.9f}".rstrip("0").rstrip(".")

    return PlainSerializer(write)


def _never_at_zero(value: object) -> object:
    return None if value == ZERO else value


def _read_size(text: str) -> int:
    parts = _SIZE.fullmatch(text)
    if parts and _NUMBER.fullmatch(parts[1]):
        units = {name.lower(): size for name, size in _SIZE_UNITS.items()}
        size = int(float(parts[1]) * units[(parts[2] or "B").lower()])
        if 1 <= size <= _LARGEST_BODY:
            return size
    raise ValueError("is not a size; write bytes, or say 500 KiB or 1 MiB, up to 1 GiB")


def _write_size(value: int) -> str:
    name = next(name for name, size in _SIZE_UNITS.items() if value % size == 0)
    return f"{value // _SIZE_UNITS[name]} {name}"


def read_line(text: str) -> str:
    """Return the text if it is one line; raises ValueError with the end of a sentence if not."""
    if not text.isprintable():
        raise ValueError(
            "runs over several lines or has an unprintable character inside; write it on one line, and"
            " begin the next key at the start of its own"
        )
    return text


def _read_path(text: str) -> Path:
    if not read_line(text):
        raise ValueError("is empty; write a file's name or remove the line")
    return Path(text)


def _read_host(text: str) -> str:
    if not is_host(text):
        raise ValueError("is no host name and no IP address; write say localhost or 0.0.0.0")
    return text


def _read_moment(text: str) -> bool | datetime:
    if text.lower() in _TRUE | _FALSE:
        return _read_flag(text)
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = datetime.min.replace(tzinfo=UTC)
    if at.year not in _CLOCK_YEARS:
        raise ValueError("is not a moment; write false, true, or a date and time like 2026-11-22T10:05:00Z")
    return at


def _write_moment(value: bool | datetime) -> str:  # noqa: FBT001 - the key takes a flag or a moment
    return value.isoformat() if isinstance(value, datetime) else _write_flag(value)


def _read_limit(text: str) -> int | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("is neither yes, no nor a whole number; write one of them, or remove the line")
    return None if text.lower() in _TRUE else 0


def _write_limit(value: int | None) -> str:
    return "yes" if value is None else str(value or "no")


def _read_reload(text: str) -> str:
    if text.lower() not in get_args(_Reload):
        raise ValueError("is neither auto nor signal; write one of the two")
    return text.lower()


_Reload = Literal["auto", "signal"]

_YEAR_OF_SECONDS = 366 * 86_400
_YEAR_OF_MINUTES = 366 * 1_440
_CENTURY_OF_DAYS = 36_525

Reload = Annotated[_Reload, from_text(_read_reload)]
Flag = Annotated[bool, from_text(_read_flag), PlainSerializer(_write_flag)]
Port = Annotated[int, _whole(0, 65_535), PlainSerializer(str)]
Retries = Annotated[int, _whole(0, 10), PlainSerializer(str)]
Count = Annotated[int, _whole(1, 100_000), PlainSerializer(str)]
Pace = Annotated[timedelta, _length(SECOND, "seconds", 0.01, _YEAR_OF_SECONDS), _written_in(SECOND)]
Timeout = Annotated[timedelta, _length(SECOND, "seconds", 0.01, 3_600), _written_in(SECOND)]
Minutes = Annotated[timedelta, _length(MINUTE, "minutes", 0, _YEAR_OF_MINUTES), _written_in(MINUTE)]
Frequency = Annotated[timedelta, _length(MINUTE, "minutes", 0.01, _YEAR_OF_MINUTES), _written_in(MINUTE)]
Duration = Annotated[timedelta, _length(MINUTE, "minutes", 0.01, _YEAR_OF_MINUTES), _written_in(MINUTE)]
Remind = Annotated[
    timedelta | None,
    BeforeValidator(_never_at_zero),
    _length(MINUTE, "minutes", 0, _YEAR_OF_MINUTES),
    _written_in(MINUTE),
]
Lifetime = Annotated[timedelta, _length(MINUTE, "minutes", 0.01, 1_440), _written_in(MINUTE)]
Days = Annotated[timedelta, _length(DAY, "days", 0.01, _CENTURY_OF_DAYS), _written_in(DAY)]
# How many at the most; None is no limit.
Limit = Annotated[int | None, from_text(_read_limit), PlainSerializer(_write_limit)]
Size = Annotated[int, from_text(_read_size), PlainSerializer(_write_size)]
Line = Annotated[str, from_text(read_line)]
File = Annotated[Path, from_text(_read_path), PlainSerializer(str)]
Host = Annotated[str, from_text(_read_host)]
Moment = Annotated[bool | datetime, from_text(_read_moment), PlainSerializer(_write_moment)]
