"""Moments on pages that are not ours: of several the newest counts, and "never" is not a run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.evaluation import timestamp
from py_pinger.core.evaluation.lenient_parser import TimeDefect
from py_pinger.core.evaluation.timestamp import Timestamp
from py_pinger.core.model.page import VALUES_READ, PageDefinition, Unit
from py_pinger.core.reading.formats import read_by_format, suggested_formats
from py_pinger.core.text.formatting import iso
from py_pinger.core.times import in_utc

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = frozenset({"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "never", "null", "none", "-infinity"})
# The date of MySQL that stands for none.
_NO_DATE = re.compile(r"0000-00-00(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_FOURTEEN_DIGITS = re.compile(r"\d{14}", re.ASCII)

# Seconds from which on a number is out of range, and more likely counts a smaller unit: the year 2286.
_LATEST_SECONDS: Final = 1e10

_UNITS: Final = {
    Unit.SECONDS: "seconds",
    Unit.MILLISECONDS: "milliseconds",
    Unit.MICROSECONDS: "microseconds",
    Unit.NANOSECONDS: "nanoseconds",
}

# Digits of a date that is written as one number, without a time and with hour and minute.
_DATE_DIGITS: Final = (8, 12)

# Between these, a time may well be a last run: what a number in the wrong unit would be in the right one.
_LIKELY: Final = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

# Values in notations that take half a millisecond each, and values that are not moments: more are not read.
_ODD_READ: Final = 1000
_FAILURES_READ: Final = 2000

# Characters of a number: no moment has more digits.
_NUMBER_LENGTH: Final = 32
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)

# How many numbers make a local time as Java writes it: a date, or also hour, minute, second and nanoseconds.
_PARTS: Final = (3, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Moments:
    """What the values of `lastrun` are: how many, how many of them are moments, and the newest of these.

    `never` is a value that stands for "has not run". `unreadable` is the first value that is not a moment,
    and `problem` why, as the end of a sentence that begins with the value and a comma. If it `is_doubtful`,
    it may be a moment, and the newest; then there is no newest. `advice` is how to read the newest safely.
    `left_out` if there are more values than are read.
    """

    values: int
    moments: int = 0
    newest: datetime | None = None
    newest_value: object = None
    advice: str | None = None
    never: object = None
    unreadable: object = None
    problem: str | None = None
    is_doubtful: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a value is not a moment; `doubtful` if it names one in a way that cannot be read for certain."""

    text: str
    doubtful: bool = True


@lru_cache
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def read_moments(value: object, page: PageDefinition) -> Moments:
    """Read the newest of the moments in a value, which may be a list."""
    found = _Found()
    for each in _flatten(value):
        if found.values == VALUES_READ or found.failures == _FAILURES_READ:
            found.left_out = True
            break
        found.add(each, _read(each, page))
        if found.odd > _ODD_READ:
            found.fail(each, _Problem(f"a notation that is read {_ODD_READ} times at most; set format"))
        if found.problem and found.problem.doubtful:
            break
    return found.result(page)


@dataclass(slots=True)
class _Found:
    """What has been found among the values so far."""

    values: int = 0
    moments: int = 0
    odd: int = 0
    failures: int = 0
    newest: Timestamp | None = None
    newest_value: object = None
    never: object = None
    unreadable: object = None
    problem: _Problem | None = None
    left_out: bool = False

    def add(self, value: object, read: Timestamp | _Problem | None) -> None:
        """Add what a value was read as."""
        self.values += 1
        if read is None:
            self.never = value
        elif isinstance(read, _Problem):
            self.fail(value, read)
        else:
            self.moments += 1
            self.odd += read.odd
            if self.newest is None or read.at > self.newest.at:
                self.newest, self.newest_value = read, value

    def fail(self, value: object, problem: _Problem) -> None:
        """Add why a value cannot be read; the first one counts, or the first that is doubtful."""
        self.failures += 1
        if self.problem is None or (problem.doubtful and not self.problem.doubtful):
            self.unreadable, self.problem = value, problem

    def result(self, page: PageDefinition) -> Moments:
        """Return what was found in all."""
        newest, doubtful = self.newest, self.problem is not None and self.problem.doubtful
        return Moments(
            values=self.values,
            moments=self.moments,
            newest=newest.at if newest and not doubtful else None,
            newest_value=self.newest_value,
            advice=_advice(self.newest_value, page) if newest and newest.numeric else None,
            never=self.never,
            unreadable=self.unreadable,
            problem=self.problem.text if self.problem else None,
            is_doubtful=doubtful,
            left_out=self.left_out,
        )


def _flatten(value: object) -> Iterator[object]:
    """Yield single values, however the page nests its lists; the parts of one local time as a tuple."""
    stack = [value]
    while stack:
        each = stack.pop()
        if not isinstance(each, list):
            yield each
        elif _are_parts(each):
            yield tuple(each)
        else:
            stack.extend(reversed(each))


def _are_parts(values: list[object]) -> bool:
    """Return True for year, month, day and perhaps more; as moments, such small numbers would be "never"."""
    if len(values) not in _PARTS or not all(type(each) is int for each in values):
        return False
    year, month, day = (each for each in values[:3] if isinstance(each, int))
    return _LIKELY[0].year <= year < _LIKELY[1].year and 1 <= month <= 12 and 1 <= day <= 31  # noqa: PLR2004 - a calendar


def _read(value: object, page: PageDefinition) -> Timestamp | _Problem | None:
    """Return a moment, why there is none, or None for "never"."""
    if value is None or _is_never(value):
        return None
    if isinstance(value, tuple):
        return _of_parts(value, _zone(page.zone))
    found = _by_format(value, page) or _of_number(value, page) or _of_text(value, page)
    if isinstance(found, Timestamp):
        return None if found.is_never else found
    return _Problem(f"not in the format {page.format}", found.doubtful) if page.format else found


def _is_never(value: object) -> bool:
    text = value.strip().lower() if isinstance(value, str) else None
    return text is not None and (text in _NEVER or _NO_DATE.fullmatch(text) is not None)


def _of_parts(parts: tuple[int, ...], zone: tzinfo) -> Timestamp | _Problem:
    if len(parts) < _PARTS[1]:
        return _Problem("a day without a time")
    year, month, day, hour, minute, second, nanoseconds = (*parts, 0, 0)[:7]
    microseconds = nanoseconds // 1000
    try:
        at = datetime(year, month, day, hour, minute, second, microseconds)  # noqa: DTZ001 - by the zone
        return Timestamp(in_utc(at, zone))
    except (ValueError, OverflowError):
        return _Problem("which is not a date and time")


def _by_format(value: object, page: PageDefinition) -> Timestamp | None:
    if page.format is None or not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    at = read_by_format(str(value).strip(), page.format, _zone(page.zone))
    return Timestamp(at) if at else None


def _of_number(value: object, page: PageDefinition) -> Timestamp | _Problem | None:
    """Read a number by its unit; None if the value is not one. Not a number in floating point is "never"."""
    number = _number(value)
    if number is None:
        return None
    if _FOURTEEN_DIGITS.fullmatch(str(value).strip()):
        found = timestamp.read(str(value), _zone(page.zone))
        if isinstance(found, Timestamp) and _is_likely(found.at):
            return found
    seconds = number / page.unit.per_second
    if seconds < _LATEST_SECONDS:
        at = _EPOCH + timedelta(seconds=max(seconds, 0))
        remedy = _remedy_of_number(number, page) if at < timestamp.FIRST_TIME else None
        return _Problem(f"{iso(at)} in {_UNITS[page.unit]}; {remedy}") if remedy else Timestamp(at)
    if math.isnan(number):
        return Timestamp(_EPOCH)
    remedy = _remedy_of_number(number, page)
    text = f"out of range for {_UNITS[page.unit]}"
    return _Problem(f"{text}; {remedy}") if remedy else _Problem(text, doubtful=False)


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    text = value.strip() if isinstance(value, str) and len(value) <= _NUMBER_LENGTH else ""
    return float(text) if _NUMBER.fullmatch(text) else None


def _remedy_of_number(number: float, page: PageDefinition) -> str | None:
    """Return how to read a number that is a moment in another unit, or a date."""
    for unit in Unit:
        seconds = number / unit.per_second
        if abs(seconds) < _LATEST_SECONDS and _is_likely(_EPOCH + timedelta(seconds=seconds)):
            return f"if these are {_UNITS[unit]}, set unit={unit} in [page {page.name}]"
    text = f"{number:.0f}" if number < 1e15 else ""  # noqa: PLR2004 - longer than a date
    formats = suggested_formats(text) if len(text) in _DATE_DIGITS else ()
    return f"if this is a date, set format={formats[0]} in [page {page.name}]" if formats else None


def _is_likely(at: datetime) -> bool:
    return _LIKELY[0] <= at < _LIKELY[1]


def _of_text(value: object, page: PageDefinition) -> Timestamp | _Problem:
    found = timestamp.read(value, _zone(page.zone))
    if isinstance(found, Timestamp):
        return found
    if found.defect is TimeDefect.ZONE:
        remedy = f"; set timezone in [page {page.name}] to one that uses them, for example Europe/Berlin"
    else:
        formats = _formats(value)
        remedy = f"; set {formats} in [page {page.name}]" if formats else ""
    return _Problem(f"which {found.what}{remedy}", found.defect is not TimeDefect.NOTATION or bool(remedy))


def _formats(value: object) -> str:
    """Return the settings of the formats in which a value may be written."""
    found = suggested_formats(value.strip()) if isinstance(value, str) else ()
    return " or ".join(f"format={form}" for form in found)


def _advice(value: object, page: PageDefinition) -> str:
    setting = _formats(value) or "format"
    return f"set {setting} in [page {page.name}], since other days could be read in two ways"
