"""Moments on pages that are not ours: of several the newest counts, and "never" is not a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.evaluation import timestamp
from py_pinger.core.model.page import VALUES_READ, PageDefinition, Unit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = frozenset({"", "-", "0", "never", "null", "none"})

# Seconds from which on a number is out of range, and more likely counts a smaller unit: the year 2286.
_LATEST_SECONDS: Final = 1e10


@dataclass(frozen=True, slots=True)
class Moments:
    """What the values of `lastrun` are: how many, how many of them are moments, and the newest of these.

    `never` is a value that stands for "has not run". `unreadable` is the first value that is not a moment,
    and `problem` why, as the end of a sentence that begins with the value and a comma.
    """

    values: int
    moments: int = 0
    newest: datetime | None = None
    newest_value: object = None
    odd: bool = False
    never: object = None
    unreadable: object = None
    problem: str | None = None


@lru_cache
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def read_moments(value: object, page: PageDefinition) -> Moments:
    """Read the newest of the moments in a value, which may be a list."""
    count, moments = 0, 0
    newest: datetime | None = None
    newest_value = never = unreadable = problem = None
    odd = False
    for each in _flatten(value):
        count += 1
        if count > VALUES_READ:
            break
        found = _read(each, page)
        if found is None:
            never = each
        elif isinstance(found, str):
            unreadable, problem = (unreadable, problem) if problem else (each, found)
        else:
            moments += 1
            if newest is None or found.at > newest:
                newest, newest_value, odd = found.at, each, found.odd
    return Moments(min(count, VALUES_READ), moments, newest, newest_value, odd, never, unreadable, problem)


def _flatten(value: object) -> Iterator[object]:
    """Yield single values, however the page nests its lists."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack.extend(reversed(each))
        else:
            yield each


def _read(value: object, page: PageDefinition) -> timestamp.Timestamp | str | None:
    """Return a moment, why there is none, or None for "never"."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _NEVER):
        return None
    number = _number(value)
    if number is not None and page.format is None:
        return _of_number(number, page.unit)
    found = _of_text(value, page)
    if isinstance(found, timestamp.Timestamp) and found.is_never:
        return None
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and len(value) <= 32:  # noqa: PLR2004 - no moment has more digits
        try:
            return float(value) if value.strip().isascii() and value.strip()[:1] in "+-.0123456789" else None
        except ValueError:
            return None
    return None


def _of_number(number: float, unit: Unit) -> timestamp.Timestamp | str | None:
    seconds = number / unit.per_second
    if seconds != seconds or abs(seconds) >= _LATEST_SECONDS:  # noqa: PLR0124 - NaN is not equal to itself
        return _out_of_range(number, unit)
    at = _EPOCH + timedelta(seconds=seconds)
    return None if at < timestamp.FIRST_TIME else timestamp.Timestamp(at)


def _out_of_range(number: float, unit: Unit) -> str:
    names = {Unit.SECONDS: "seconds", Unit.MILLISECONDS: "milliseconds", Unit.MICROSECONDS: "microseconds"}
    better = [
        each for each in Unit if timestamp.FIRST_TIME.timestamp() < number / each.per_second < _LATEST_SECONDS
    ]
    hint = f"; if these are {names.get(better[0], 'nanoseconds')}, set unit={better[0]}" if better else ""
    return f"out of range for {names.get(unit, 'nanoseconds')}{hint}"


def _of_text(value: object, page: PageDefinition) -> timestamp.Timestamp | str:
    """Read a text by the format that the section names, or else as ISO 8601 and the like."""
    by_format = page.format and _by_format(value, page.format, _zone(page.zone))
    if by_format and not isinstance(by_format, str):
        return by_format
    found = timestamp.read(value, _zone(page.zone))
    if isinstance(found, timestamp.Timestamp):
        return found
    return by_format or f"which {found.why}"


def _by_format(value: object, form: str, zone: tzinfo) -> timestamp.Timestamp | str:
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    try:
        at = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows below, where there is none
        # Of an hour that occurs twice, the later.
        whole = at if at.tzinfo else at.replace(tzinfo=zone, fold=1)
        return timestamp.Timestamp(whole.astimezone(UTC))
    except (ValueError, OverflowError):
        return f"not in the format {form}"
