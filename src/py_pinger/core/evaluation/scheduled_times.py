"""Schedules: cron expressions in a time zone, and the scheduled time that a run counts for.

The deadline of a task with a schedule is the next scheduled time after its last run, plus grace. A run that
begins a little before a scheduled time counts for it: see `early_margin`. Where the clocks skip a scheduled
time it is the first moment after; where they show it twice it is the first, as in Debian's cron.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.model.schedule import Schedule
from py_pinger.core.wall_clock import cron_times

# A run this much before a scheduled time counts for it: a share of the gap between two times, and a limit.
EARLY_SHARE: Final = 10
LONGEST_EARLY: Final = timedelta(minutes=5)

# Characters of an expression.
LONGEST: Final = 100

# What to do about an expression that cannot be read.
EXAMPLES: Final = "use for example 0 2 * * mon-fri or @daily"

_NAMED: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS: Final = 5
_BLANKS = re.compile(r"\s+")

# A moment to try an expression at.
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def read_schedule(text: str, zone: str = "UTC") -> Schedule | str:
    """Read a cron expression or a word such as @daily; return what is wrong as the end of a sentence."""
    # Imported only when needed: the start must be fast.
    from cronsim import CronSim, CronSimError  # noqa: PLC0415

    written = _BLANKS.sub(" ", text.strip())
    if len(written) > LONGEST:
        return f"has more than {LONGEST} characters"
    expression = _NAMED.get(written.lower(), written)
    if len(expression.split(" ")) != _FIELDS:
        return "is not a cron expression of five fields"
    try:
        comes = next(CronSim(expression, _ANY_TIME), None)
    except CronSimError as error:
        return f"is not a cron expression ({str(error).lower()})"
    if comes is None:
        return "never occurs, as the calendar has no such date"
    return Schedule(expression, zone, written)


@lru_cache(maxsize=1024)
def recorded_schedule(written: str, zone: str) -> Schedule | None:
    """Return a schedule that was recorded; None if its zone is unknown on this machine."""
    schedule = read_schedule(written, zone) if is_zone(zone) else None
    return schedule if isinstance(schedule, Schedule) else None


def is_zone(name: str) -> bool:
    """Return True if there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def gap_after(schedule: Schedule, at: datetime) -> timedelta | None:
    """Return the time between the next two scheduled times; None if there are not two."""
    times = scheduled_after(schedule, at)
    first, second = next(times, None), next(times, None)
    return second - first if first and second else None


def scheduled_after(schedule: Schedule, at: datetime) -> Iterator[datetime]:
    """Return the scheduled times after a moment, in UTC, in order."""
    return cron_times(schedule.expression, ZoneInfo(schedule.zone), at)


def early_margin(gap: timedelta) -> timedelta:
    """Return how long before a scheduled time a run may begin and still count for it."""
    return min(gap / EARLY_SHARE, LONGEST_EARLY)


def due_after(schedule: Schedule, lastrun: datetime) -> datetime | None:
    """Return the scheduled time that the next run is for; None if the schedule has no more."""
    times = scheduled_after(schedule, lastrun)
    first, second = next(times, None), next(times, None)
    if first is None or second is None:
        return first
    return second if first - lastrun <= early_margin(second - first) else first
