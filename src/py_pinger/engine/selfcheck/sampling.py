"""Probes a sample of the tasks out of turn, as evidence about the network and the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from heapq import nsmallest
from random import Random

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response, Verdict
from py_pinger.core.model.task import Task
from py_pinger.core.times import ZERO
from py_pinger.engine.runtime.repeat import attempt
from py_pinger.engine.runtime.tasks import MonitoredTask

# How many tasks are probed about the network, each on another host, and about the time.
HOSTS = 9
TIME_SOURCES = 20

# Tasks drawn for each host wanted, since several may share one.
_DRAWS = 5

# How long one of them may take to respond.
SHORT_TIMEOUT = timedelta(seconds=3)


class SampleProber:
    """Draws from the monitored `members`; `probe` requests a task's page, whatever is known of it.

    A page that several tasks share is requested once: `pages` are one task of each.
    """

    def __init__(self, probe: Callable[[Task], Awaitable[ProbeResult]], random: Random) -> None:
        self._probe = probe
        self._random = random
        self.members: Sequence[MonitoredTask] = ()
        self.pages: Sequence[MonitoredTask] = ()

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks."""
        self.members = members
        pages = {monitored.request: monitored for monitored in members}
        self.pages = [*pages.values()] if len(pages) < len(members) else members

    @property
    def shared(self) -> bool:
        """Whether there are tasks that share their pages."""
        return len(self.pages) < len(self.members)

    def sample(self, tasks: Sequence[MonitoredTask]) -> Sequence[MonitoredTask]:
        """Return some of the tasks in random order, more than are needed."""
        return self._random.sample(tasks, min(len(tasks), HOSTS * _DRAWS))

    def as_monitored(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """Return these tasks with the settings of the monitored task, where the URL is the same."""
        wanted = {task.url for task in tasks}
        known = {each.task.url: each.task for each in self.members if each.task.url in wanted}
        return [known.get(task.url, task) for task in tasks]

    async def results(self, tasks: Iterable[Task]) -> list[ProbeResult]:
        """Probe each task once."""
        return await asyncio.gather(*map(self._result, tasks))

    async def responses(self) -> list[tuple[Response, Task]]:
        """Return the responses of the tasks that run most often, each with its task."""
        known = [monitored for monitored in self.members if is_time_source(monitored.state.verdict)]
        # Of the tasks of one page the one that runs most often.
        pages = {monitored.request: monitored for monitored in sorted(known, key=_frequency, reverse=True)}
        tasks = [monitored.task for monitored in nsmallest(TIME_SOURCES, pages.values(), key=_frequency)]
        results = await self.results(tasks)
        return [
            (result, task)
            for task, result in zip(tasks, results, strict=True)
            if isinstance(result, Response)
        ]

    async def _result(self, task: Task) -> ProbeResult:
        """Probe once; an internal error counts as a local failure."""
        shortened = replace(task, timeout=min(task.timeout, SHORT_TIMEOUT), retries=0)
        result = await attempt(partial(self._probe, shortened), f"the sample probe of {task.url}")
        return result or NoResponse(ProbeFailure.LOCAL, "internal error", ZERO)


def is_time_source(verdict: Verdict) -> bool:
    """Return True if a task probably responds with a report that says how often it runs."""
    return verdict.frequency is not None and verdict.cause is not Cause.UNREACHABLE


def _frequency(monitored: MonitoredTask) -> timedelta:
    return monitored.state.verdict.frequency or timedelta.max


def one_per_host(tasks: Iterable[MonitoredTask]) -> list[Task]:
    """Return at most HOSTS of the tasks, each on another host."""
    by_host = {monitored.host: monitored.task for monitored in tasks}
    return [*by_host.values()][:HOSTS]
