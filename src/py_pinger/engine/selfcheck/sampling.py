"""A few tasks that are asked out of turn, for what they show of the network and of the time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from heapq import nsmallest
from random import Random

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response, Verdict
from py_pinger.core.model.task import Task
from py_pinger.engine.runtime.tasks import MonitoredTask

_log = logging.getLogger(__name__)

# As many are asked about the network, each on another host, and about the time.
HOSTS = 9
RUNNERS = 20

# Draws for one witness before no other host is taken to be left.
_DRAWS = 5

# What a witness may take to answer.
SHORT_TIMEOUT = timedelta(seconds=3)


class SampleProber:
    """Draws them from `everybody` that is watched; `probe` asks once."""

    def __init__(self, probe: Callable[[Task], Awaitable[ProbeResult]], chance: Random) -> None:
        self._probe = probe
        self._chance = chance
        self.everybody: Sequence[MonitoredTask] = ()

    def sample(self, task_set: Sequence[MonitoredTask]) -> Sequence[MonitoredTask]:
        """Return some of a crowd, more than are needed, in any order."""
        return self._chance.sample(task_set, min(len(task_set), HOSTS * _DRAWS))

    def as_watched(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """Return these tasks; those that are watched as well are asked as they are then."""
        wanted = {task.url for task in tasks}
        own = {each.task.url: each.task for each in self.everybody if each.task.url in wanted}
        return [own.get(task.url, task) for task in tasks]

    async def answers(self, tasks: Iterable[Task]) -> list[ProbeResult]:
        """Ask each of these once."""
        return await asyncio.gather(*map(self._answer, tasks))

    async def pages(self) -> list[tuple[Response, Task]]:
        """Return what the tasks that run most often show now, each beside its task."""
        known = [monitored for monitored in self.everybody if may_know(monitored.state.verdict)]
        tasks = [monitored.task for monitored in nsmallest(RUNNERS, known, key=_frequency)]
        answers = await self.answers(tasks)
        return [
            (answer, task)
            for task, answer in zip(tasks, answers, strict=True)
            if isinstance(answer, Response)
        ]

    async def _answer(self, task: Task) -> ProbeResult:
        """Ask once. A fault of ours is no answer, and nothing worse."""
        try:
            return await self._probe(replace(task, timeout=min(task.timeout, SHORT_TIMEOUT), retries=0))
        except asyncio.CancelledError:
            raise
        except BaseException as fault:  # noqa: BLE001 - compiled code raises what is no Exception
            _log.exception("A witness could not be asked for a reason of our own.")
            return NoResponse(
                ProbeFailure.LOCAL, f"a fault of our own ({type(fault).__name__})", timedelta(0)
            )


def may_know(verdict: Verdict) -> bool:
    """Tell whether a task is likely to answer with a page that says how often it runs."""
    return verdict.frequency is not None and verdict.cause is not Cause.UNREACHABLE


def _frequency(monitored: MonitoredTask) -> timedelta:
    return monitored.state.verdict.frequency or timedelta.max


def one_a_host(task_set: Iterable[MonitoredTask]) -> list[Task]:
    """Return tasks of a crowd that stand on different hosts."""
    by_host = {monitored.host: monitored.task for monitored in task_set}
    return [*by_host.values()][:HOSTS]
