"""Reports tasks that wait too long for a check because of a limit of checks."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from py_pinger.core.model.check import Check
from py_pinger.core.model.health import Problem
from py_pinger.core.selfcheck import overload
from py_pinger.core.selfcheck.overload import ConcurrencyLimit
from py_pinger.core.times import ZERO, Clock
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.runtime.tasks import MonitoredTask

# Seconds between two searches for such tasks.
POLL_INTERVAL = 5.0

# Tasks that are reported at once: to advance one takes 20 microseconds.
REPORTED_AT_ONCE = 1000


class Backlog:
    """The tasks that wait in the limiter's queues. Belongs to the loop.

    Any thread may read the problems.
    """

    def __init__(self, limiter: ConcurrencyLimiter[MonitoredTask], clock: Clock) -> None:
        self._limiter = limiter
        self._clock = clock
        self._next_poll = 0.0
        self._problems: tuple[Problem, ...] = ()

    def problems(self) -> tuple[Problem, ...]:
        """Return a problem for each limit that delays tasks."""
        return self._problems

    def poll(self, tick: float) -> list[tuple[MonitoredTask, Check]]:
        """Return a check without a probe for tasks that wait too long.

        `tick` is in monotonic seconds.

        Each keeps its place in its queue.
        """
        if tick < self._next_poll:
            return []
        self._next_poll = tick + POLL_INTERVAL
        now, checks = self._clock.now(), []
        delayed: Counter[ConcurrencyLimit] = Counter()
        for monitored, limit in self._limiter.waiting():
            if not _is_overdue(monitored, tick):
                continue
            delayed[limit] += 1
            if monitored.state.fresh_until is None or now > monitored.state.fresh_until:
                checks.append((monitored, Check(overload.unknown_verdict(limit), now, ZERO)))
        self._problems = tuple(overload.problem(limit, number) for limit, number in delayed.items())
        return checks[:REPORTED_AT_ONCE]


def _is_overdue(monitored: MonitoredTask, tick: float) -> bool:
    waited = timedelta(seconds=tick - monitored.due)
    troubled = monitored.state.incident is not None
    return not monitored.removed and overload.is_overdue(monitored.task, waited, troubled=troubled)
