"""When each task is due.

Due times, and a timing wheel to find the tasks whose time has come.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from math import ceil, floor, inf
from typing import Generic, TypeVar

from py_pinger.core.cluster.take_over import time_to_check
from py_pinger.core.selfcheck import pause
from py_pinger.engine.runtime.tasks import MonitoredTask

_Item = TypeVar("_Item")

# Seconds between two ticks of the loop, and so how late an item may be taken; intervals are far longer.
TICK_SECONDS = 0.05


class TimingWheel(Generic[_Item]):
    """Items by the time they are due, in monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[_Item]] = {}
        self._next = floor(now / TICK_SECONDS)

    def add(self, item: _Item, due: float) -> None:
        """Add an item; one that is already due comes with the next take."""
        self._slots.setdefault(max(ceil(due / TICK_SECONDS), self._next), []).append(item)

    def take(self, now: float) -> list[_Item]:
        """Remove and return the items that are due, the earliest first."""
        reached = floor(now / TICK_SECONDS)
        due = [item for slot in range(self._next, reached + 1) for item in self._slots.pop(slot, ())]
        self._next = reached + 1
        return due

    def remove(self, item: _Item, due: float) -> bool:
        """Remove an item that was added for a time; return False if it is not there any more."""
        slot = self._slots.get(ceil(due / TICK_SECONDS), [])
        if item in slot:
            slot.remove(item)
            return True
        return False

    def take_all(self) -> list[_Item]:
        """Remove and return all items, the earliest first."""
        items = [item for _, slot in sorted(self._slots.items()) for item in slot]
        self._slots.clear()
        return items


def following(due: float, now: float, interval: float) -> float:
    """Return the next time after `now` that is whole intervals after `due`.

    Delays do not add up.
    """
    missed = max(0, floor((now - due) / interval))
    return due + (missed + 1) * interval


# Seconds between the first checks of two tasks: a few are checked at once, thousands spread out.
FIRST_CHECKS_APART = 0.005

# Pages are checked at times that differ by whole steps of so many seconds, over an hour.
ANCHOR_STEP = TICK_SECONDS
ANCHOR_STEPS = round(3600 / ANCHOR_STEP)


class Scheduler:
    """Holds the tasks until their next check is due, in monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._wheel: TimingWheel[MonitoredTask] = TimingWheel(now)

    def spread(self, tasks: Sequence[MonitoredTask], now: float) -> None:
        """Make the tasks due from now on, spread over at most an interval; those of one page together."""
        places: dict[Hashable, int] = {}
        order = [places.setdefault(monitored.request, len(places)) for monitored in tasks]
        for monitored, place in zip(tasks, order, strict=True):
            interval = monitored.task.interval.total_seconds()
            monitored.due = now + min(place * FIRST_CHECKS_APART, place / len(places) * interval)
            self._wheel.add(monitored, monitored.due)

    def resume(self, tasks: Sequence[MonitoredTask], now: float, at: datetime) -> None:
        """Make tasks due that another process has checked until now, which is `at`.

        Those that are due at once spread over at most an interval.
        """
        waits = [time_to_check(each.state, at, pushed=each.task.push is not None) for each in tasks]
        self.spread([each for each, wait in zip(tasks, waits, strict=True) if not wait], now)
        for monitored, wait in zip(tasks, waits, strict=True):
            if wait:
                monitored.due = now + wait.total_seconds()
                self._wheel.add(monitored, monitored.due)

    def run_soon(self, tasks: Sequence[MonitoredTask], now: float) -> None:
        """Make those of the tasks due now that are waiting; the others are being checked already."""
        self.spread([monitored for monitored in tasks if self._wheel.remove(monitored, monitored.due)], now)

    def reschedule_all(self, now: float) -> None:
        """Make all waiting tasks due from now on, spread over at most an interval."""
        self.spread(_present(self._wheel.take_all()), now)

    def due(self, now: float) -> list[MonitoredTask]:
        """Remove and return the tasks that are due, the earliest first."""
        return _present(self._wheel.take(now))

    def remove(self, monitored: MonitoredTask) -> bool:
        """Take a task out that waits for its next check; return False if it does not wait."""
        return self._wheel.remove(monitored, monitored.due)

    def await_next(self, monitored: MonitoredTask, now: float, at_most: float = inf) -> None:
        """Schedule the next check of a task that was just checked, after `at_most` seconds."""
        interval = monitored.pace.total_seconds()
        if monitored.needs_recheck:
            # A failure that waits for confirmation must not wait for a whole interval.
            interval = min(interval, pause.LONGEST_CONFIRMATION.total_seconds())
        if monitored.shares_its_page:
            # The others of its page are due at the same times, whenever each was added or checked besides.
            earliest = max(now, monitored.due + interval / 2)
            due = following(_anchor(monitored.request), earliest, interval)
        else:
            due = following(monitored.due, now, interval)
        monitored.due = min(due, now + at_most)
        self._wheel.add(monitored, monitored.due)

    def bring_forward(self, tasks: Collection[MonitoredTask], now: float) -> None:
        """Make those of the tasks that wait longer than their interval due within it."""
        if not tasks:
            return
        for monitored in _present(self._wheel.take_all()):
            if monitored in tasks:
                interval = monitored.pace.total_seconds()
                # Whole intervals earlier, so that tasks stay spread out.
                monitored.due -= max(0, ceil((monitored.due - now) / interval) - 1) * interval
            self._wheel.add(monitored, monitored.due)


def _anchor(request: Hashable) -> float:
    """Return a moment before all others from which the times of a page's checks are counted, in seconds."""
    return -(hash(request) % ANCHOR_STEPS) * ANCHOR_STEP


def _present(tasks: Sequence[MonitoredTask]) -> list[MonitoredTask]:
    return [monitored for monitored in tasks if not monitored.removed]
