"""Probes a sample of the tasks out of turn, as evidence about the network and the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from heapq import nsmallest
from math import inf
from random import Random

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.text.urls import origin
from py_pinger.core.times import ZERO
from py_pinger.engine.runtime.repeat import attempt
from py_pinger.engine.runtime.tasks import MonitoredTask, host_of
from py_pinger.engine.runtime.tasks_elsewhere import NoTasksElsewhere, TasksElsewhere

# How many tasks are probed about the network, each on another host, and about the time.
HOSTS = 9
TIME_SOURCES = 20

# Tasks drawn for each host wanted, since several may share one.
_DRAWS = 5

# How long one of them may take to respond.
SHORT_TIMEOUT = timedelta(seconds=3)


class TaskOfOtherNode(MonitoredTask):
    """A task as its owner knows it: probed as evidence, and never due here."""

    __slots__ = ()


class SampleProber:
    """Draws from the monitored `members`; `probe` requests a task's page, whatever is known of it.

    A page that several tasks share is requested once: `pages` are one task of each. `elsewhere` are the tasks
    that other nodes own; their list is read when other members are watched.
    """

    def __init__(
        self,
        probe: Callable[[Task], Awaitable[ProbeResult]],
        random: Random,
        elsewhere: TasksElsewhere | None = None,
    ) -> None:
        self._probe = probe
        self._random = random
        self._elsewhere = elsewhere or NoTasksElsewhere()
        self._others: Sequence[Task] = ()
        self.members: Sequence[MonitoredTask] = ()
        self.pages: Sequence[MonitoredTask] = ()

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks."""
        self.members = members
        pages = {monitored.request: monitored for monitored in members}
        self.pages = [*pages.values()] if len(pages) < len(members) else members
        self._others = [task for task in self._elsewhere.tasks if task.push is None]

    @property
    def shared(self) -> bool:
        """Whether there are tasks that share their pages."""
        return len(self.pages) < len(self.members)

    def hosts(self) -> Iterator[str]:
        """Yield the host of each task, of whichever node."""
        yield from (monitored.host for monitored in self.members)
        yield from (host_of(origin(task.address)) for task in self._others)

    def draw(self, tasks: Sequence[MonitoredTask]) -> Sequence[MonitoredTask]:
        """Return some of the tasks in random order, more than are needed."""
        return self._random.sample(tasks, min(len(tasks), HOSTS * _DRAWS))

    def draw_from_all(self) -> Sequence[MonitoredTask]:
        """Return some of all pages, of whichever node, in random order."""
        if not self._others:
            return self.draw(self.pages)
        own, total = len(self.pages), len(self.pages) + len(self._others)
        places = self._random.sample(range(total), min(total, HOSTS * _DRAWS))
        drawn = (self.pages[place] if place < own else self._other(place - own) for place in places)
        return [*{monitored.request: monitored for monitored in drawn if monitored}.values()]

    def check_soon(self, tasks: Iterable[MonitoredTask]) -> None:
        """Have those of the tasks checked soon that are of other nodes."""
        for monitored in tasks:
            if isinstance(monitored, TaskOfOtherNode):
                self._elsewhere.check_soon(monitored.task.url)

    def state_elsewhere(self, monitored: TaskOfOtherNode) -> TaskState | None:
        """Return the state of a task as its owner has stored it; None if it is not monitored."""
        return self._elsewhere.state(monitored.task.url)

    def _other(self, place: int) -> MonitoredTask | None:
        task = self._others[place]
        state = self._elsewhere.state(task.url)
        return TaskOfOtherNode(task, origin(task.address), state, inf) if state else None

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


def one_per_host(tasks: Iterable[MonitoredTask]) -> list[MonitoredTask]:
    """Return at most HOSTS of the tasks, each on another host."""
    by_host = {monitored.host: monitored for monitored in tasks}
    return [*by_host.values()][:HOSTS]
