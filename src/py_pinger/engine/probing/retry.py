"""Ask again before a task counts as unreachable, within a budget of time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, repeat
from time import monotonic

from py_pinger.core.model.check import ProbeResult, Response
from py_pinger.core.model.task import Task

# The client takes no time at all for no limit at all.
SHORTEST_TIMEOUT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """How long all of it may take, from `started` on by the monotonic clock, in seconds."""

    timeout: timedelta
    started: float

    def left(self) -> timedelta:
        """Return the time that is left, never quite none."""
        return max(self.timeout - self.spent(), SHORTEST_TIMEOUT)

    def spent(self) -> timedelta:
        """Return the time since the start."""
        return timedelta(seconds=monotonic() - self.started)


# Seconds before the first, second and so on time of asking again; the last one goes on.
PAUSES = (1.0, 3.0)

# Time limits that one try may use up: those of a login, of the page, of a login anew, of the page again.
LIMITS_A_TRY = 4


async def probe_with_retries(
    fetch: Callable[[Task], Awaitable[ProbeResult]], task: Task, sleep: Callable[[float], Awaitable[object]]
) -> ProbeResult:
    """Ask a task until something comes back, `task.retries` times more at most; the last answer counts."""
    answer = await fetch(task)
    if isinstance(answer, Response):
        return answer
    for pause in _pauses(task):
        await sleep(pause)
        answer = await fetch(task)
        if isinstance(answer, Response):
            break
    return answer


def max_duration(task: Task) -> float:
    """Return how long asking a task may take in all, in seconds."""
    tries = LIMITS_A_TRY * task.timeout.total_seconds() * (task.retries + 1)
    return tries + sum(_pauses(task))


def max_duration_of(tasks: Iterable[Task]) -> float:
    """Return how long the longest asking of these may take, in seconds; most differ in nothing about it."""
    kinds = {(task.timeout, task.retries): task for task in tasks}
    return max(map(max_duration, kinds.values()), default=0.0)


def _pauses(task: Task) -> Iterator[float]:
    return islice(chain(PAUSES, repeat(PAUSES[-1])), task.retries)
