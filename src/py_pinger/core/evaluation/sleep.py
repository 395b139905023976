"""Sleep windows and awake time.

A plan has two kinds of sleep. *Daily* sleep repeats every day UTC, so awake time over any number of days
follows from one day: let A be the awake time of a whole day and a(x) the awake time from midnight to x;
then the awake time from the start of the calendar to day d, time x, is F(d, x) = d * A + a(x). Awake time
between two moments is a difference of F, and the moment at which some awake time has passed is its
inverse. So the cost does not depend on how far apart the moments are. *Single* sleep divides time into
segments; inside a segment only daily sleep counts.

Windows are half open: a task sleeps at the start and is awake at the end. Windows that touch count as one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from py_pinger.core.model.check import DailySleep, SingleSleep, SleepWindow
from py_pinger.core.times import DAY, MAX_TIME, MIN_TIME, ZERO

# Reports repeat their windows at each check, and many tasks have the same ones: plans are cached.
CACHED_PLANS = 256

# Windows that run into each other are followed so far each way. A plan has fewer that do not touch already.
MOST_JOINED = 1000

_MIDNIGHT = ZERO

_Point = TypeVar("_Point", timedelta, datetime)

_start_of = attrgetter("start")

# A piece of a day, as time since midnight.
_Piece = tuple[timedelta, timedelta]


@dataclass(frozen=True, slots=True)
class SleepPeriod:
    """A period of sleep, from `start` until before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SleepPlan:
    """When a task sleeps: disjoint pieces of each day, disjoint single periods, both in order."""

    daily: tuple[_Piece, ...]
    awake_a_day: timedelta
    single: tuple[SleepPeriod, ...]

    def window_at(self, now: datetime) -> SleepPeriod | None:
        """Return the window that contains `now`, joined with all that touch it; None if awake."""
        return joined(now, self.start_at, self.end_at)

    def end_at(self, at: datetime) -> datetime:
        """Return the last end of the windows that a moment lies in; else the moment itself."""
        return max(self._daily_end(at), self._single_end(at)) if self.awake_a_day else MAX_TIME

    def start_at(self, at: datetime) -> datetime:
        """Return the first start of the windows that a moment lies in, or ends; else the moment itself."""
        return min(self._daily_start(at), self._single_start(at)) if self.awake_a_day else MIN_TIME

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[SleepPeriod, bool]]:
        """Yield the parts of a time in which a task sleeps or is awake, in order, with whether it sleeps."""
        while start < end:
            window = self.window_at(start)
            until = min(window.end if window else self._next_start(start), end)
            yield SleepPeriod(start, until), window is not None
            start = until

    def _next_start(self, at: datetime) -> datetime:
        """Return when the next window begins after a moment at which the task is awake."""
        clock = (at - MIN_TIME) % DAY
        daily = (_add(at, (start - clock) % DAY) for start, _ in self.daily)
        single = self.single[bisect_right(self.single, at, key=_start_of) :][:1]
        return min((*daily, *map(_start_of, single)), default=MAX_TIME)

    def awake_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the awake time from `start` to `end`."""
        return sum((self._awake_daily(part) for part in self._segments(start, end)), ZERO)

    def awake_for(self, budget: timedelta, start: datetime) -> datetime:
        """Return the first moment with `budget` of awake time since `start`, or MAX_TIME."""
        for part in self._segments(start, MAX_TIME):
            awake = self._awake_daily(part)
            if awake >= budget:
                return self._after_daily(budget, part.start)
            budget -= awake
        return MAX_TIME

    def _segments(self, start: datetime, end: datetime) -> Iterator[SleepPeriod]:
        """Yield the time from `start` to `end` without single sleep, in order."""
        for window in self.single:
            if window.start >= end:
                break
            if start < window.start:
                yield SleepPeriod(start, window.start)
            start = max(start, window.end)
        if start < end:
            yield SleepPeriod(start, end)

    def _awake_daily(self, part: SleepPeriod) -> timedelta:
        return self._awake_since_min_time(part.end) - self._awake_since_min_time(part.start)

    def _awake_since_min_time(self, at: datetime) -> timedelta:
        days, clock = divmod(at - MIN_TIME, DAY)
        asleep = sum((min(end, clock) - start for start, end in self.daily if start < clock), ZERO)
        return days * self.awake_a_day + clock - asleep

    def _after_daily(self, budget: timedelta, start: datetime) -> datetime:
        """Return the inverse of awake time; the caller ensures that it is before MAX_TIME."""
        days, clock = divmod(self._awake_since_min_time(start) + budget, self.awake_a_day)
        if not clock:
            # The first moment, not the last: the end of the awake time of the day before.
            days, clock = days - 1, self.awake_a_day
        for sleep_start, sleep_end in self.daily:
            if sleep_start < clock:
                clock += sleep_end - sleep_start
        return MIN_TIME + days * DAY + clock

    def _daily_end(self, at: datetime) -> datetime:
        clock = (at - MIN_TIME) % DAY
        return next((_add(at, end - clock) for start, end in self.daily if start <= clock < end), at)

    def _single_end(self, at: datetime) -> datetime:
        place = bisect_right(self.single, at, key=_start_of)
        return max(self.single[place - 1].end, at) if place else at

    def _daily_start(self, at: datetime) -> datetime:
        # At midnight the day that ends then counts.
        clock = (at - MIN_TIME) % DAY or DAY
        return next((_add(at, start - clock) for start, end in self.daily if start < clock <= end), at)

    def _single_start(self, at: datetime) -> datetime:
        place = bisect_left(self.single, at, key=_start_of)
        window = self.single[place - 1] if place else None
        return window.start if window and at <= window.end else at


_Neighbour = Callable[[datetime], datetime]


def joined(
    now: datetime, start_at: _Neighbour, end_at: _Neighbour, most: int = MOST_JOINED
) -> SleepPeriod | None:
    """Return the window that contains `now`, joined with those that touch it; None if there is none.

    `start_at` and `end_at` return the start and the end of the windows that a moment lies in, or else the
    moment; `most` are followed each way.
    """
    end = _followed(now, end_at, most)
    return None if end == now else SleepPeriod(_followed(now, start_at, most), end)


def _followed(at: datetime, neighbour: _Neighbour, most: int) -> datetime:
    for _ in range(most):
        if (following := neighbour(at)) == at:
            break
        at = following
    return at


@lru_cache(maxsize=CACHED_PLANS)
def plan(windows: tuple[SleepWindow, ...]) -> SleepPlan:
    """Return the plan for the windows of a report."""
    daily = tuple(_merged(_pieces(w for w in windows if isinstance(w, DailySleep))))
    single = ((w.start, _add(w.start, w.duration)) for w in windows if isinstance(w, SingleSleep))
    return SleepPlan(
        daily=daily,
        awake_a_day=DAY - sum((end - start for start, end in daily), ZERO),
        single=tuple(SleepPeriod(*pair) for pair in _merged(single)),
    )


def _add(at: datetime, length: timedelta) -> datetime:
    """Return the sum, limited to the calendar."""
    return at + max(min(length, MAX_TIME - at), MIN_TIME - at)


def _pieces(windows: Iterable[DailySleep]) -> Iterator[_Piece]:
    """Yield the windows as pieces of a day; a window that crosses midnight gives two."""
    for window in windows:
        end = window.start + min(window.duration, DAY)
        yield window.start, min(end, DAY)
        if end > DAY:
            yield _MIDNIGHT, end - DAY


def _merged(pieces: Iterable[tuple[_Point, _Point]]) -> Iterator[tuple[_Point, _Point]]:
    """Yield the pieces in order, joining those that overlap or touch."""
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
