"""Runs as check-ins: what Sentry's own monitors are told of each.

A monitor there expects the next check-in a schedule after the last one arrived, and gives it a margin. The
margin says until when we would see the next run in time: so grace, sleep and our own looks are in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from re import ASCII
from re import compile as pattern

from py_pinger.core.model.transition import Transition
from py_pinger.core.text.formatting import DAY, HOUR, MINUTE
from py_pinger.core.times import MAX_TIME

# Sentry's own limits: characters of a monitor's name, and minutes of a margin.
LONGEST_SLUG = 50
LONGEST_MARGIN = 40_320

# A run that is expected less often than that is expected at no time that a calendar would hold.
LONGEST_SCHEDULE = 366 * DAY

_UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE))
_HASH_LENGTH = 8
_UNFIT = pattern(r"[^a-z0-9_]+", ASCII)


@dataclass(frozen=True, slots=True)
class CheckInSchedule:
    """How often a monitor expects a check-in: so many of a unit, as Sentry counts."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A run of a task as its monitor is told of it.

    `key` is the same whenever the same run is told again. `every` is in whole minutes; by `due` we would have
    seen the next run, so after that this one is not worth telling.
    """

    key: str
    monitor: str
    healthy: bool
    every: timedelta
    due: datetime

    @property
    def schedule(self) -> CheckInSchedule:
        """The schedule, in the largest unit that says it exactly."""
        unit, length = next((name, length) for name, length in _UNITS if not self.every % length)
        return CheckInSchedule(self.every // length, unit)

    def margin(self, now: datetime) -> int:
        """Return how late the next check-in may come, in minutes, if this one arrives now.

        Sentry cuts the moment that it expects to the minute, which a minute more makes up for.
        """
        return min(max(_minutes(self.due - now - self.every), 0) + 1, LONGEST_MARGIN)


def check_in(step: Transition) -> CheckIn | None:
    """Return the check-in for the run that a check has found, if it found one and the next is not due yet."""
    run, verdict = step.run, step.state.verdict
    if run is None or verdict.frequency is None or verdict.deadline is None:
        return None
    look = (step.state.next_check or run.seen) - run.seen
    due = min(verdict.deadline, MAX_TIME - look) + look
    if due < run.seen:
        return None
    every = min(max(_minutes(verdict.frequency), 1) * MINUTE, LONGEST_SCHEDULE)
    return CheckIn(_key(step.url, run.lastrun), slug(step.url), run.healthy, every, due)


def still_relevant(waiting: Iterable[CheckIn], now: datetime) -> tuple[CheckIn, ...]:
    """Return of what waits, oldest first, the newest of each monitor that is not too old."""
    newest = {each.monitor: each for each in waiting}
    return tuple(each for each in newest.values() if each.due >= now)


def slug(url: str) -> str:
    """Return the name of a task's monitor: to be read, legal in Sentry, and no other task's."""
    mark = sha256(url.encode(errors="replace")).hexdigest()[:_HASH_LENGTH]
    words = _UNFIT.sub("-", url.partition("://")[2].lower()).strip("-")
    return f"{words[: LONGEST_SLUG - _HASH_LENGTH - 1].rstrip('-')}-{mark}"


def _key(url: str, lastrun: datetime) -> str:
    return sha256(f"{url} {lastrun}".encode(errors="replace")).hexdigest()


def _minutes(length: timedelta) -> int:
    """Return a length in minutes, rounded up."""
    return -(-length // MINUTE)
