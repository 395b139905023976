"""Sleep windows and awake time: the one hard file of the core.

A plan knows two kinds of sleep. *Daily* sleep repeats every day UTC, so awake time over any number of days
follows from one day: let A be the awake time of a whole day and a(x) the awake time from midnight to x;
then the awake time from the dawn of the calendar to day d, time x, is F(d, x) = d * A + a(x). Awake time
between two moments is a difference of F, and the moment at which some awake time has passed is its
inverse: no day is ever walked one by one, however far apart the moments are. *Single* sleep cuts the line
of time into segments; inside a segment only daily sleep counts.

Windows are half open: at its start one sleeps, at its end one is awake. Windows that touch are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from py_pinger.core.model.check import DailySleep, SingleSleep, SleepWindow
from py_pinger.core.times import MAX_TIME, MIN_TIME

# Tasks say the same windows at each check, and many tasks the same ones: a plan is made once for all of them.
PLANS_KEPT = 256

_DAY = timedelta(days=1)
_MIDNIGHT = timedelta(0)
_NO_TIME = timedelta(0)

_Point = TypeVar("_Point", timedelta, datetime)

# A piece of a day, as time since midnight.
_Piece = tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class SleepPeriod:
    """From `start` up to, but not including, `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SleepPlan:
    """When a task sleeps: disjoint pieces of each day, disjoint single stretches, both in order."""

    daily: tuple[_Piece, ...]
    awake_a_day: timedelta
    single: tuple[SleepPeriod, ...]

    def window_at(self, now: datetime) -> SleepPeriod | None:
        """Return the window that `now` lies in, with all that touch it; None when awake."""
        end = self._asleep_until(now)
        if end == now:
            return None
        return SleepPeriod(self._asleep_since(now), end)

    def awake_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how long one is awake from `start` to `end`."""
        return sum((self._awake_daily(part) for part in self._segments(start, end)), _NO_TIME)

    def awake_for(self, budget: timedelta, start: datetime) -> datetime:
        """Return the first moment at which one has been awake for `budget` since `start`, or FOREVER."""
        for part in self._segments(start, MAX_TIME):
            awake = self._awake_daily(part)
            if awake >= budget:
                return self._after_daily(budget, part.start)
            budget -= awake
        return MAX_TIME

    def _segments(self, start: datetime, end: datetime) -> Iterator[SleepPeriod]:
        """Yield what single sleep leaves of the time from `start` to `end`, in order."""
        for window in self.single:
            if window.start >= end:
                break
            if start < window.start:
                yield SleepPeriod(start, window.start)
            start = max(start, window.end)
        if start < end:
            yield SleepPeriod(start, end)

    def _awake_daily(self, part: SleepPeriod) -> timedelta:
        return self._awake_since_dawn(part.end) - self._awake_since_dawn(part.start)

    def _awake_since_dawn(self, at: datetime) -> timedelta:
        days, clock = divmod(at - MIN_TIME, _DAY)
        asleep = sum((min(end, clock) - start for start, end in self.daily if start < clock), _NO_TIME)
        return days * self.awake_a_day + clock - asleep

    def _after_daily(self, budget: timedelta, start: datetime) -> datetime:
        """Return the inverse of awake time; the caller knows that the budget is spent before FOREVER."""
        days, clock = divmod(self._awake_since_dawn(start) + budget, self.awake_a_day)
        if not clock:
            # The first moment, not the last: the end of the awake time of the day before.
            days, clock = days - 1, self.awake_a_day
        for sleep_start, sleep_end in self.daily:
            if sleep_start < clock:
                clock += sleep_end - sleep_start
        return MIN_TIME + days * _DAY + clock

    def _asleep_until(self, at: datetime) -> datetime:
        if not self.awake_a_day:
            return MAX_TIME
        while (end := max(self._daily_end(at), self._single_end(at))) > at:
            at = end
        return at

    def _daily_end(self, at: datetime) -> datetime:
        clock = (at - MIN_TIME) % _DAY
        return next((_add(at, end - clock) for start, end in self.daily if start <= clock < end), at)

    def _single_end(self, at: datetime) -> datetime:
        return next((window.end for window in self.single if window.start <= at < window.end), at)

    def _asleep_since(self, at: datetime) -> datetime:
        if not self.awake_a_day:
            return MIN_TIME
        while (start := min(self._daily_start(at), self._single_start(at))) < at:
            at = start
        return at

    def _daily_start(self, at: datetime) -> datetime:
        # Looking back from midnight, the day that ends there is the one to look at.
        clock = (at - MIN_TIME) % _DAY or _DAY
        return next((_add(at, start - clock) for start, end in self.daily if start < clock <= end), at)

    def _single_start(self, at: datetime) -> datetime:
        return next((window.start for window in self.single if window.start < at <= window.end), at)


@lru_cache(maxsize=PLANS_KEPT)
def plan(windows: tuple[SleepWindow, ...]) -> SleepPlan:
    """Return the plan that the windows of a report make."""
    daily = tuple(_merged(_pieces(w for w in windows if isinstance(w, DailySleep))))
    single = ((w.start, _add(w.start, w.duration)) for w in windows if isinstance(w, SingleSleep))
    return SleepPlan(
        daily=daily,
        awake_a_day=_DAY - sum((end - start for start, end in daily), _NO_TIME),
        single=tuple(SleepPeriod(*pair) for pair in _merged(single)),
    )


def _add(at: datetime, length: timedelta) -> datetime:
    """Return the sum, kept inside the calendar."""
    return at + max(min(length, MAX_TIME - at), MIN_TIME - at)


def _pieces(windows: Iterable[DailySleep]) -> Iterator[_Piece]:
    """Yield the windows as pieces of a day; one that crosses midnight makes two."""
    for window in windows:
        end = window.start + min(window.duration, _DAY)
        yield window.start, min(end, _DAY)
        if end > _DAY:
            yield _MIDNIGHT, end - _DAY


def _merged(pieces: Iterable[tuple[_Point, _Point]]) -> Iterator[tuple[_Point, _Point]]:
    """Yield the pieces in order, those that overlap or touch as one."""
    waiting: tuple[_Point, _Point] | None = None
    for start, end in sorted(pieces):
        if waiting and start <= waiting[1]:
            waiting = waiting[0], max(waiting[1], end)
            continue
        if waiting:
            yield waiting
        waiting = start, end
    if waiting:
        yield waiting
