"""The hours of a channel: times of the day, with weekdays before them.

As with the basic types, a reader raises ValueError with the predicate of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.core.notification.hours import WeeklyHours
from py_pinger.core.times import DAY, HOUR, MINUTE

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAME = "(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_DAY_RANGE = rf"{_DAY_NAME}(?: *- *{_DAY_NAME})?"
_CLOCK = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]"
_PART = re.compile(
    rf"(?:(?P<days>{_DAY_RANGE}(?: *, *{_DAY_RANGE})*) +)?(?P<start>{_CLOCK}) *- *(?P<end>{_CLOCK})",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*[,\n]\s*")

_NOT_HOURS = (
    "is not a list of hours; use times of the day with weekdays before them, for example"
    " mon-fri 08:00-18:00, sat 10:00-14:00"
)


def _read_hours(text: str) -> tuple[WeeklyHours, ...]:
    parts: list[WeeklyHours] = []
    place = 0
    while place < len(text) or not parts:
        found = _PART.match(text, place)
        if found is None:
            raise ValueError(_NOT_HOURS)
        parts.append(_part(found))
        separator = _SEPARATOR.match(text, found.end())
        if separator is None and found.end() < len(text):
            raise ValueError(_NOT_HOURS)
        place = separator.end() if separator else len(text)
    return tuple(parts)


def _part(found: re.Match[str]) -> WeeklyHours:
    start, end = _after_midnight(found["start"]), _after_midnight(found["end"])
    if start >= DAY or end > DAY or start == end:
        raise ValueError(_NOT_HOURS)
    return WeeklyHours(frozenset(_days(found["days"])), start, end)


def _days(text: str | None) -> Iterator[int]:
    """Yield the numbers of the days that a list of days and ranges names; of all without one."""
    for item in text.split(",") if text else ("mon-sun",):
        names = [name.strip().lower()[:3] for name in item.split("-")]
        first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
        # From sat to mon a range passes the end of the week.
        yield from (day % len(_DAYS) for day in range(first, last + 1 if last >= first else last + 8))


def _after_midnight(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


def _write_hours(values: Iterable[WeeklyHours]) -> str:
    return ", ".join(f"{_written_days(each)}{_clock(each.start)}-{_clock(each.end)}" for each in values)


def _written_days(part: WeeklyHours) -> str:
    """Return the days, those in a row as a range; nothing for all of them."""
    if len(part.days) == len(_DAYS):
        return ""
    firsts = (day for day in sorted(part.days) if day - 1 not in part.days)
    return f"{','.join(_range(first, part.days) for first in firsts)} "


def _range(first: int, days: Collection[int]) -> str:
    last = next(day for day in range(first, first + len(_DAYS)) if day + 1 not in days)
    return _DAYS[first] if last == first else f"{_DAYS[first]}-{_DAYS[last]}"


def _clock(length: timedelta) -> str:
    return f"{length // HOUR:02}:{length % HOUR // MINUTE:02}"


WeeklyHoursList = Annotated[tuple[WeeklyHours, ...], from_text(_read_hours), PlainSerializer(_write_hours)]
