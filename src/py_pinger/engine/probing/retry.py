"""Retry a task that is unreachable or overloaded, within a time budget for each attempt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import chain, islice, repeat
from time import monotonic
from typing import Protocol

from py_pinger.core.model.check import ProbeResult, Response
from py_pinger.core.model.task import Task
from py_pinger.core.probing.retry_after import requested_wait
from py_pinger.engine.runtime.tasks import MonitoredTask

# The client library reads a timeout of zero as no timeout.
SHORTEST_TIMEOUT = timedelta(milliseconds=1)

# Seconds before the first, the second and all further retries.
PAUSES = (1.0, 3.0)

# The statuses of a server that is overloaded or restarts, or of a proxy in front of one.
RETRIED = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)

# What such a response says about when to try again.
RETRY_HEADERS = frozenset({"retry-after"})

# Seconds that a server may request before a retry. If it requests more, the task is not retried.
LONGEST_PAUSE = 10.0

# Timeouts that one try may use up: those of a login, the page, a second login, and the page again.
TIMEOUTS_PER_TRY = 4


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """The time that one attempt has in total, from `started` on (monotonic clock, seconds)."""

    timeout: timedelta
    started: float

    def left(self) -> timedelta:
        """Return the time that is left, at least 1 ms."""
        return max(self.timeout - self.spent(), SHORTEST_TIMEOUT)

    def spent(self) -> timedelta:
        """Return the time since the start."""
        return timedelta(seconds=monotonic() - self.started)


async def probe_with_retries(
    probe: Callable[[Task], Awaitable[ProbeResult]], task: Task, sleep: Callable[[float], Awaitable[object]]
) -> ProbeResult:
    """Probe a task until a result is final or no retry is left; return the last result."""
    result = await probe(task)
    if _is_final(result):
        return result
    for pause in _pauses(task):
        requested = _requested_pause(result)
        if requested > LONGEST_PAUSE:
            break
        await sleep(max(pause, requested))
        result = await probe(task)
        if _is_final(result):
            break
    return result


def _is_final(result: ProbeResult) -> bool:
    return isinstance(result, Response) and result.status not in RETRIED


def _requested_pause(result: ProbeResult) -> float:
    """Return the seconds to wait before a retry that the server requests, 0 if it does not."""
    value = result.headers.get("retry-after") if isinstance(result, Response) else None
    pause = requested_wait(value, datetime.now(UTC)) if value else None
    return pause.total_seconds() if pause else 0.0


class ForeignPages(Protocol):
    """Probes tasks whose pages are of other programs."""

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of tasks."""

    async def probe(self, task: Task) -> ProbeResult:
        """Return the result of probing a task, with the retries that it has."""


class RetryingProber:
    """Probes tasks with the retries that each has; `pages` does so where a page is of another program."""

    def __init__(
        self,
        probe: Callable[[Task], Awaitable[ProbeResult]],
        pages: ForeignPages,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._probe = probe
        self._pages = pages
        self._sleep = sleep

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of tasks."""
        self._pages.watch(members)

    def probe(self, task: Task) -> Coroutine[object, object, ProbeResult]:
        """Return the probe of a task; network and server failures are its result, never raised."""
        # Each coroutine around a request costs a turn of it twice.
        if task.expectations.page is not None:
            return self._pages.probe(task)
        return probe_with_retries(self._probe, task, self._sleep)


def max_duration(task: Task) -> float:
    """Return the longest time in seconds that probing a task with all retries may take."""
    tries = TIMEOUTS_PER_TRY * task.timeout.total_seconds() * (task.retries + 1)
    return tries + sum(max(pause, LONGEST_PAUSE) for pause in _pauses(task))


def max_duration_of(tasks: Iterable[Task]) -> float:
    """Return the longest `max_duration` of these tasks, in seconds."""
    # Most tasks have the same timeout and retries: compute each combination once.
    kinds = {(task.timeout, task.retries): task for task in tasks}
    return max(map(max_duration, kinds.values()), default=0.0)


def _pauses(task: Task) -> Iterator[float]:
    return islice(chain(PAUSES, repeat(PAUSES[-1])), task.retries)
