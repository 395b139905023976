"""Schedules and operator sleep over both changes of the clocks, against a walk from minute to minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest

from py_pinger.core.evaluation.evaluate import read
from py_pinger.core.evaluation.operator_sleep import asleep_at
from py_pinger.core.evaluation.scheduled_times import due_after, early_margin, read_schedule, scheduled_after
from py_pinger.core.evaluation.sleep import SleepPeriod, plan
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.times import DAY, HOUR, MINUTE, ZERO

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

# How far the walk goes, from a day before the moment at which a case begins.
WALKED = timedelta(days=4)

# Zones, each with two moments shortly before its clocks change: by an hour, half an hour, two hours, a day,
# around Ramadan, or never (which is any moment), at midnight and in the night, north and south.
ZONES = {
    "Europe/Berlin": ("2026-03-28T20:00", "2026-10-24T20:00"),
    "Europe/London": ("2026-03-28T20:00", "2026-10-24T20:00"),
    "America/New_York": ("2026-03-08T00:00", "2026-10-31T23:00"),
    "America/St_Johns": ("2026-03-08T00:00", "2026-10-31T23:00"),
    "America/Havana": ("2026-03-08T00:00", "2026-10-31T23:00"),
    "America/Santiago": ("2026-04-04T21:00", "2026-09-05T22:00"),
    "Africa/Casablanca": ("2026-02-14T20:00", "2026-03-21T20:00"),
    "Africa/Cairo": ("2026-04-23T16:00", "2026-10-29T15:00"),
    "Antarctica/Troll": ("2026-03-28T20:00", "2026-10-24T20:00"),
    "Asia/Kathmandu": ("2026-03-28T20:00", "2026-10-24T20:00"),
    "Australia/Lord_Howe": ("2026-04-04T09:00", "2026-10-03T09:00"),
    "Pacific/Auckland": ("2026-04-04T09:00", "2026-09-26T09:00"),
    "Pacific/Chatham": ("2026-04-04T09:00", "2026-09-26T09:00"),
    # It left out 30 December 2011, and had summer time until 2021.
    "Pacific/Apia": ("2011-12-30T02:00", "2021-04-03T09:00"),
}
CASES = [(zone, start) for zone, starts in ZONES.items() for start in starts]

EXPRESSIONS = (
    "30 2 * * *",
    "15 0 * * *",
    "5,35 1-3 * * *",
    "*/20 * * * *",
    "10 */2 * * *",
    "0 2 * * mon-fri",
    "0 3 1,15 * 7",
    "30 1 */2 * sun",
    "45 2 L * *",
    "0 2 * * sun#1",
    "0 1 * * 6L",
    "@daily",
    "@hourly",
)

_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORDS = {"@daily": "0 0 * * *", "@hourly": "0 * * * *"}


def numbers(field: str, least: int, most: int) -> set[int]:
    """Return the numbers that a field without names stands for."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low, high = (least, most) if first == "*" else (int(first), int(last or first))
        found.update(range(low, high + 1, int(step or 1)))
    return found


def is_weekday(field: str, at: date) -> bool:
    """Return True if a day is one of the field's weekdays."""
    day, last_week = at.isoweekday() % 7, (at + 7 * DAY).month != at.month
    for place, name in enumerate(_NAMES):
        field = field.replace(name, str(place))
    if field.endswith("L"):
        return last_week and day == int(field[:-1])
    if "#" in field:
        weekday, _, number = field.partition("#")
        return day == int(weekday) and (at.day - 1) // 7 + 1 == int(number)
    return day in {number % 7 for number in numbers(field, 0, 7)}


@cache
def is_day(days: str, weekdays: str, day: date) -> bool:
    """Return True if the day fits: both fields if one begins with a star, else either."""
    last = (day + DAY).month != day.month
    by_number = last if days == "L" else day.day in numbers(days, 1, 31)
    by_weekday = is_weekday(weekdays, day)
    if days.startswith("*") or weekdays.startswith("*"):
        return by_number and by_weekday
    return by_number or by_weekday


# A minute, and what the clocks show in it or went through since the minute before.
Minute = tuple[datetime, list[datetime]]


@cache
def minutes_of(zone: str, since: datetime) -> list[Minute]:
    """Return the minutes of the days around a change of the clocks, each with what the clocks show."""
    tz, found = ZoneInfo(zone), []
    for number in range(int(WALKED / MINUTE)):
        at = since + number * MINUTE
        found.append((at, [at.astimezone(tz).replace(tzinfo=None)]))
    return found


@cache
def minutes_once(zone: str, since: datetime) -> list[Minute]:
    """Return the same, with what the clocks skip in the minute after, and what they show twice only once."""
    shown, found = datetime.min, []  # noqa: DTZ901 - what clocks show
    for at, (local,) in minutes_of(zone, since):
        first = max(shown, local - MINUTE) if shown == datetime.min else shown  # noqa: DTZ901 - as above
        found.append((at, [first + each * MINUTE for each in range(1, int((local - first) / MINUTE) + 1)]))
        shown = max(first, local)
    return found


def walk(written: str, zone: str, since: datetime) -> list[datetime]:
    """Return the times of an expression by looking at each minute, as Debian's cron does.

    A time of day that the clocks skip is the first minute after; one that they show twice is the first of
    the two. An expression with a star for the minute or the hour follows the clocks alone.
    """
    minute, hour, days, _, weekdays = _WORDS.get(written, written).split()
    minutes, hours = numbers(minute, 0, 59), numbers(hour, 0, 23)
    by_clock = minute.startswith("*") or hour.startswith("*")

    def fits(local: datetime) -> bool:
        return local.minute in minutes and local.hour in hours and is_day(days, weekdays, local.date())

    looked_at = (minutes_of if by_clock else minutes_once)(zone, since)
    return [at for at, clocks in looked_at if any(map(fits, clocks))]


@pytest.mark.parametrize(("zone", "start"), CASES)
def test_scheduled_times(zone: str, start: str) -> None:
    """The times of every kind of expression agree with the walk, over each change of the clocks."""
    since = datetime.fromisoformat(start).replace(tzinfo=UTC) - DAY
    for written in EXPRESSIONS:
        after = since + 20 * HOUR
        found = list(
            takewhile(lambda at: at < since + WALKED, scheduled_after(schedule_of(written, zone), after))
        )
        assert found == [at for at in walk(written, zone, since) if at > after], (zone, written)


@pytest.mark.parametrize(("zone", "start"), CASES)
def test_deadlines(zone: str, start: str) -> None:
    """The deadline is the next time of the walk that is not too near the last run, plus grace."""
    since, grace = datetime.fromisoformat(start).replace(tzinfo=UTC) - DAY, 7 * MINUTE
    for written in ("30 2 * * *", "5,35 1-3 * * *", "*/20 * * * *", "@hourly"):
        schedule, times = schedule_of(written, zone), walk(written, zone, since)
        for number in range(20, 44):
            lastrun = since + number * HOUR + 13 * MINUTE
            first, second, *_ = [at for at in times if at > lastrun]
            due = second if first - lastrun <= early_margin(second - first) else first
            verdict = read(
                TaskReport(healthy=True, lastrun=lastrun, frequency=DAY),
                grace,
                Expectations(schedule=schedule),
            ).ok_verdict
            assert (due_after(schedule, lastrun), verdict.deadline) == (due, due + grace), (zone, written)


def joined(starts: list[datetime], length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows; the two that Apia had on one day, as the day before was left out, are one."""
    begun = starts[0]
    for start, later in pairwise([*starts, None]):
        if start and (later is None or later > start + length):
            yield begun, start + length
            begun = later or begun


@pytest.mark.parametrize(("zone", "start"), CASES)
def test_operator_sleep(zone: str, start: str) -> None:
    """A deadline lies in no window, and the task was awake for its frequency and grace up to it."""
    since = datetime.fromisoformat(start).replace(tzinfo=UTC) - DAY
    window = OperatorSleep("night", "30 1 * * *", 100 * MINUTE, zone)
    asleep = list(joined(walk("30 1 * * *", zone, since), window.duration))
    allowed, grace = 9 * HOUR, 20 * MINUTE
    for number in range(24, 40):
        lastrun = since + number * HOUR + 13 * MINUTE
        expectations = Expectations(sleep=(window,))
        deadline = read(
            TaskReport(healthy=True, lastrun=lastrun, frequency=allowed), grace, expectations
        ).ok_verdict.deadline
        assert deadline is not None
        slept = sum((max(min(end, deadline) - max(at, lastrun), ZERO) for at, end in asleep), ZERO)
        assert deadline - lastrun - slept == allowed + grace, (zone, lastrun)
        period = asleep_at(plan(()), (window,), deadline)
        # Awake until the very moment at which a window begins.
        assert period is None or period.start == deadline
        for at, end in asleep:
            assert asleep_at(plan(()), (window,), at - MINUTE) is None
            assert asleep_at(plan(()), (window,), at) == SleepPeriod(at, end)


def schedule_of(written: str, zone: str) -> Schedule:
    """Read an expression."""
    schedule = read_schedule(written, zone)
    assert isinstance(schedule, Schedule), schedule
    return schedule
