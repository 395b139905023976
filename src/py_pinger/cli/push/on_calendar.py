"""Expressions of systemd's OnCalendar as cron expressions, where there is one for the same times.

The grammar is that of systemd.time(7): weekdays, a date, a time of the day and a time zone, each optional.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from py_pinger.core.evaluation.scheduled_times import is_zone, read_schedule

_NAMED: Final = {
    "minutely": "* * * * *",
    "hourly": "0 * * * *",
    "daily": "0 0 * * *",
    "weekly": "0 0 * * mon",
    "monthly": "0 0 1 * *",
    "quarterly": "0 0 1 1,4,7,10 *",
    "semiannually": "0 0 1 1,7 *",
    "yearly": "0 0 1 1 *",
    "annually": "0 0 1 1 *",
}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The last day of a month is written as ~01.
_DATE = re.compile(r"(?:\*-)?([0-9*.,/]+)(?:-([0-9*.,/]+)|~0?1)")
_TIME = re.compile(r"([0-9*.,/]+):([0-9*.,/]+)(?::0{1,2})?")
_PART = re.compile(r"(?:(\*)|([0-9]{1,2})(?:\.\.([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class CronTimes:
    """A cron expression, and the time zone if the other expression stated one."""

    expression: str
    zone: str | None = None


def as_cron(text: str) -> CronTimes | None:
    """Return the cron expression for the times of an OnCalendar expression; None if there is none."""
    words = text.split()
    zone = words.pop() if len(words) > 1 and _is_zone(words[-1]) else None
    fields = _NAMED.get(words[0].lower()) if len(words) == 1 else None
    fields = fields or _fields(words)
    if fields is None or isinstance(read_schedule(fields), str):
        return None
    return CronTimes(fields, zone)


def _is_zone(word: str) -> bool:
    return word[0].isalpha() and _weekdays(word) is None and is_zone(word)


def _fields(words: list[str]) -> str | None:
    rest = list(words)
    weekdays = _weekdays(rest[0]) if rest else None
    if weekdays:
        rest.pop(0)
    date = _DATE.fullmatch(rest[0]) if rest else None
    if date:
        rest.pop(0)
    time = _TIME.fullmatch(rest[0]) if rest else None
    if time:
        rest.pop(0)
    if rest or not (weekdays or date or time):
        return None
    month = _part(date[1], 12) if date else "*"
    day = "*" if date is None else _part(date[2], 31) if date[2] else "L"
    hour = _part(time[1], 23) if time else "0"
    minute = _part(time[2], 59) if time else "0"
    if not (month and day and hour and minute):
        return None
    # Both have to hold for systemd, one of them is enough for cron.
    if weekdays and day != "*":
        return None
    return f"{minute} {hour} {day} {month} {weekdays or '*'}"


def _part(text: str, last: int) -> str | None:
    """Return the values of one field as cron writes them; `last` is the largest."""
    parts = [_PART.fullmatch(each) for each in text.split(",")]
    return ",".join(_item(each, last) for each in parts if each) if all(parts) else None


def _item(found: re.Match[str], last: int) -> str:
    every, first, until, step = found.groups()
    if step is None:
        return every or (f"{first}-{until}" if until else first)
    return f"{every or f'{first}-{until or last}'}/{step}"


def _weekdays(text: str) -> str | None:
    """Return weekdays as cron writes them: `Mon..Fri,Sun` is `mon,tue,wed,thu,fri,sun`."""
    days: list[str] = []
    for part in text.lower().rstrip(",").split(","):
        first, _, last = part.partition("..")
        begin, end = _day(first), _day(last or first)
        if begin is None or end is None or end < begin:
            return None
        days += _DAYS[begin : end + 1]
    return ",".join(dict.fromkeys(days))


def _day(text: str) -> int | None:
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((each for each, name in enumerate(full) if text in {name, name[:3]}), None)
