"""Sleep that the operator states: windows of [sleep NAME], added to those of the task's page.

A window begins by the clocks of its time zone and lasts so many minutes of real time, as maintenance
windows do. Windows are half open: at its end one is awake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import Final

from py_pinger.core.evaluation.scheduled_times import scheduled_after
from py_pinger.core.evaluation.sleep import SleepPeriod, SleepPlan, joined, plan
from py_pinger.core.model.check import SingleSleep, SleepWindow
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.text.wildcard import any_matches
from py_pinger.core.times import MAX_TIME, MIN_TIME
from py_pinger.core.wall_clock import MERGED

# Windows that are laid out to find one deadline. A task that is awake between so many is due beyond them.
WINDOWS_LAID_OUT: Final = 5_000

# Windows that are laid out at first; four times as many each time that they do not reach far enough.
_AT_FIRST: Final = 16


def applies_to(window: OperatorSleep, server: str | None) -> bool:
    """Return True if a window holds for a task whose report names this server."""
    return not window.servers or any_matches(window.servers, (server,))


def is_past(window: OperatorSleep, now: datetime) -> bool:
    """Return True if a window has no occurrence any more."""
    # The first may have ended within the last second, with others behind it.
    return all(each.end <= now for each in islice(_periods(window, now), 2))


def awake_for(
    own: Sequence[SleepWindow], windows: Sequence[OperatorSleep], budget: timedelta, start: datetime
) -> datetime:
    """Return the first moment at which a task has been awake for `budget` since `start`.

    `own` are the windows of its page. MAX_TIME if that never comes, or lies beyond all windows laid out.
    """
    if budget > MAX_TIME - start:
        return MAX_TIME
    if not windows:
        return plan(tuple(own)).awake_for(budget, start)
    number = _AT_FIRST
    while True:
        periods = [list(islice(_periods(window, start), number)) for window in windows]
        # Beyond the last window that is laid out of any, nothing is known yet.
        full = [laid_out[-1].start for laid_out in periods if len(laid_out) == number]
        known_until = min(full, default=MAX_TIME)
        deadline = _plan(own, periods).awake_for(budget, start)
        if deadline <= known_until:
            return deadline
        if number >= WINDOWS_LAID_OUT:
            return MAX_TIME
        number = min(4 * number, WINDOWS_LAID_OUT)


def laid_out(
    own: Sequence[SleepWindow], windows: Sequence[OperatorSleep], start: datetime, end: datetime
) -> SleepPlan:
    """Return all sleep from one moment to another as one plan; of each window the first occurrences only."""
    periods = (
        takewhile(lambda each: each.start < end, islice(_periods(window, start), WINDOWS_LAID_OUT))
        for window in windows
    )
    return _plan(own, periods)


def asleep_at(own: SleepPlan, windows: Sequence[OperatorSleep], now: datetime) -> SleepPeriod | None:
    """Return the period of sleep that `now` lies in, with the windows that touch it; None when awake."""
    return joined(now, partial(_start_at, own, windows), partial(_end_at, own, windows), MERGED)


def _start_at(own: SleepPlan, windows: Sequence[OperatorSleep], at: datetime) -> datetime:
    starts = (each.start for window in windows for each in _around(window, at) if each.start < at <= each.end)
    return min((own.start_at(at), *starts))


def _end_at(own: SleepPlan, windows: Sequence[OperatorSleep], at: datetime) -> datetime:
    ends = (each.end for window in windows for each in _around(window, at) if each.start <= at < each.end)
    return max((own.end_at(at), *ends))


def _around(window: OperatorSleep, at: datetime) -> Iterator[SleepPeriod]:
    """Yield the occurrences of a window that may hold a moment."""
    for period in _periods(window, at):
        if period.start > at:
            return
        yield period


def _periods(window: OperatorSleep, after: datetime) -> Iterator[SleepPeriod]:
    """Yield the occurrences of a window that end at a moment or later, in order."""
    if isinstance(window.start, datetime):
        end = window.start + min(window.duration, MAX_TIME - window.start)
        if end >= after:
            yield SleepPeriod(window.start, end)
        return
    earliest = after - min(window.duration, after - MIN_TIME) - timedelta(seconds=1)
    for start in scheduled_after(Schedule(window.start, window.zone), earliest):
        yield SleepPeriod(start, start + min(window.duration, MAX_TIME - start))


def _plan(own: Iterable[SleepWindow], periods: Iterable[Iterable[SleepPeriod]]) -> SleepPlan:
    laid_out = (SingleSleep(each.start, each.end - each.start) for some in periods for each in some)
    # Not by way of the cache: no other task has the same windows at the same time.
    return plan.__wrapped__((*own, *laid_out))
