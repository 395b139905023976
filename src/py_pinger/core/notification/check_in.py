"""Runs as check-ins of Sentry's monitors.

A monitor expects the next check-in one interval of its schedule after the last one arrived, and allows a
margin. The margin ends when the next run would be seen in time, so it covers grace, sleep and the time until
the next check.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.transition import Transition
from py_pinger.core.times import DAY, HOUR, MAX_TIME, MINUTE

# Sentry's own limits: characters of a monitor's name, and minutes of a margin.
LONGEST_SLUG = 50
LONGEST_MARGIN = 40_320

# The longest interval: longer ones would end beyond the last date of a calendar.
LONGEST_SCHEDULE = 366 * DAY

_UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE))
_HASH_LENGTH = 8
_UNFIT = re.compile(r"[^a-z0-9_]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CheckInSchedule:
    """The interval in which a monitor expects check-ins: a number of a unit, as Sentry has it."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A run of a task as a check-in of its monitor.

    `key` is the same whenever the same run is sent again. `every` is in whole minutes; the next run would be
    seen by `due`, so after that this one is not worth sending. A task with a schedule has a `cron`.
    """

    key: str
    monitor: str
    healthy: bool
    every: timedelta
    due: datetime
    cron: Schedule | None = None

    @property
    def schedule(self) -> CheckInSchedule:
        """The interval, in the largest unit without a fraction."""
        unit, length = next((name, length) for name, length in _UNITS if not self.every % length)
        return CheckInSchedule(self.every // length, unit)

    def margin(self, now: datetime) -> int:
        """Return how late the next check-in may arrive, in minutes, if this one arrives now.

        Sentry cuts the expected moment to the minute, so one minute is added.
        """
        return min(max(_minutes(self.due - now - self.every), 0) + 1, LONGEST_MARGIN)


def check_in(step: Transition) -> CheckIn | None:
    """Return the check-in for the run that a check found, unless the next is due already."""
    run, verdict = step.run, step.state.verdict
    if run is None or verdict.frequency is None or verdict.deadline is None:
        return None
    until_check = (step.state.next_check or run.seen) - run.seen
    due = min(verdict.deadline, MAX_TIME - until_check) + until_check
    if due < run.seen:
        return None
    every = min(max(_minutes(verdict.frequency), 1) * MINUTE, LONGEST_SCHEDULE)
    return CheckIn(_key(step.url, run.lastrun), slug(step.url), run.healthy, every, due, verdict.schedule)


def still_relevant(waiting: Iterable[CheckIn], now: datetime) -> tuple[CheckIn, ...]:
    """Return the newest waiting check-in of each monitor, unless it is too old."""
    newest = {each.monitor: each for each in waiting}
    return tuple(each for each in newest.values() if each.due >= now)


def slug(url: str) -> str:
    """Return the name of a task's monitor: readable, valid in Sentry, and unique to the task."""
    suffix = sha256(url.encode(errors="replace")).hexdigest()[:_HASH_LENGTH]
    name = _UNFIT.sub("-", url.partition("://")[2].lower()).strip("-")
    return f"{name[: LONGEST_SLUG - _HASH_LENGTH - 1].rstrip('-')}-{suffix}"


def _key(url: str, lastrun: datetime) -> str:
    return sha256(f"{url} {lastrun}".encode(errors="replace")).hexdigest()


def _minutes(length: timedelta) -> int:
    """Return a length in minutes, rounded up."""
    return -(-length // MINUTE)
