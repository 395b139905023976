"""When each task is due: a timing wheel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil, floor
from typing import Generic, TypeVar

from py_pinger.core.selfcheck import pause
from py_pinger.engine.runtime.tasks import MonitoredTask

_Item = TypeVar("_Item")

# Seconds; how late an item may be taken. A twentieth of a second is nothing beside intervals of seconds.
SLOT = 0.05


class TimingWheel(Generic[_Item]):
    """Items by the moment they are due, in seconds of a clock that never goes back."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[_Item]] = {}
        self._next = floor(now / SLOT)

    def add(self, item: _Item, due: float) -> None:
        """Keep an item until it is due; what is due already comes with the next take."""
        self._slots.setdefault(max(ceil(due / SLOT), self._next), []).append(item)

    def take(self, now: float) -> list[_Item]:
        """Remove and return what is due, the earliest first; never anything before its time."""
        reached = floor(now / SLOT)
        due = [item for slot in range(self._next, reached + 1) for item in self._slots.pop(slot, ())]
        self._next = reached + 1
        return due

    def remove(self, item: _Item, due: float) -> bool:
        """Remove an item that was added for a moment, unless that has come, and tell whether it was there."""
        slot = self._slots.get(ceil(due / SLOT), [])
        if item in slot:
            slot.remove(item)
            return True
        return False

    def take_all(self) -> list[_Item]:
        """Remove and return everything, the earliest first."""
        items = [item for _, slot in sorted(self._slots.items()) for item in slot]
        self._slots.clear()
        return items


def following(due: float, now: float, interval: float) -> float:
    """Return the due time after `due`, a whole number of intervals on, so that lateness never adds up."""
    missed = max(0, floor((now - due) / interval))
    return due + (missed + 1) * interval


# Seconds between the first checks of two tasks: a handful is checked at once, thousands spread out.
FIRST_CHECKS_APART = 0.005


class Scheduler:
    """Holds the tasks that wait until they are due; those that are gone drop out.

    All moments are seconds of a clock that never goes back.
    """

    def __init__(self, now: float) -> None:
        self._wheel: TimingWheel[MonitoredTask] = TimingWheel(now)

    def spread(self, task_set: Sequence[MonitoredTask], now: float) -> None:
        """Have a crowd checked from now on, spread over an interval at the most."""
        for place, monitored in enumerate(task_set):
            interval = monitored.task.interval.total_seconds()
            monitored.due = now + min(place * FIRST_CHECKS_APART, place / len(task_set) * interval)
            self._wheel.add(monitored, monitored.due)

    def run_soon(self, task_set: Sequence[MonitoredTask], now: float) -> None:
        """Have those of a crowd that still wait checked from now on; the others are being checked anyway."""
        self.spread(
            [monitored for monitored in task_set if self._wheel.remove(monitored, monitored.due)], now
        )

    def reschedule_all(self, now: float) -> None:
        """Have all that wait checked from now on."""
        self.spread(_present(self._wheel.take_all()), now)

    def due(self, now: float) -> list[MonitoredTask]:
        """Return those that are due, the earliest first: they wait no longer."""
        return _present(self._wheel.take(now))

    def await_next(self, monitored: MonitoredTask, now: float) -> None:
        """Have a task that was checked wait for its next time."""
        pace = _pace(monitored)
        if monitored.needs_recheck:
            # Seen, but not told yet: the second look must not take as long as a check may be apart.
            pace = min(pace, pause.LONGEST_SECOND_LOOK.total_seconds())
        monitored.due = following(monitored.due, now, pace)
        self._wheel.add(monitored, monitored.due)

    def bring_forward(self, task_set: Collection[MonitoredTask], now: float) -> None:
        """Have those of a crowd that wait for longer than their interval be due within it."""
        if not task_set:
            return
        for monitored in _present(self._wheel.take_all()):
            if monitored in task_set:
                pace = _pace(monitored)
                # Whole intervals earlier, so that what was spread out stays so.
                monitored.due -= max(0, ceil((monitored.due - now) / pace) - 1) * pace
            self._wheel.add(monitored, monitored.due)


def _pace(monitored: MonitoredTask) -> float:
    return monitored.task.pace(troubled=monitored.state.incident is not None).total_seconds()


def _present(task_set: Sequence[MonitoredTask]) -> list[MonitoredTask]:
    return [monitored for monitored in task_set if not monitored.removed]
