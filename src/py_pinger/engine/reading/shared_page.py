"""What is known of a page that several tasks share: its last result, and whom it may serve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import Task
from py_pinger.engine.runtime.tasks import MonitoredTask

if TYPE_CHECKING:
    from py_pinger.core.reading.task_readings import TaskReading


@dataclass(slots=True, eq=False)
class SharedPage:
    """The last result of a page's request, and what it says about each of the tasks that share it.

    A result serves each task once: its next check sends another request, since it may have to confirm or to
    repeat the one before. It serves for half the shortest time between two checks of the `members`. A failure
    serves the tasks that give the server no more time and tries than the one that met it. `fingerprint` is
    that of the page that the `readings` are of, by the tasks' URLs; the page itself is not kept.
    """

    members: Sequence[MonitoredTask] = ()
    request: asyncio.Task[ProbeResult] | None = None
    fingerprint: bytes = b""
    readings: Mapping[str, TaskReading] = field(default_factory=dict)
    _result: ProbeResult | None = None
    _requester: Task | None = None
    _until: float = 0.0
    _served: set[str] = field(default_factory=set)

    def tasks(self, requester: Task) -> list[Task]:
        """Return the tasks that share the page, the requester among them."""
        tasks = {member.task.url: member.task for member in self.members}
        return [*(tasks | {requester.url: requester}).values()]

    def known(self, task: Task) -> TaskReading | None:
        """Return what the last page said about a task; None if it was not read for it."""
        reading = self.readings.get(task.url)
        return reading if reading and reading.expectations is task.expectations else None

    def keep(self, result: ProbeResult, requester: Task, now: float) -> None:
        """Keep a result for the other tasks, except a failure of Py Pinger itself."""
        own = isinstance(result, NoResponse) and result.failure is ProbeFailure.LOCAL
        pace = min((member.pace for member in self.members), default=timedelta(0))
        self._result, self._requester = None if own else result, requester
        self._until = now + pace.total_seconds() / 2
        self._served.clear()

    def serve(self, task: Task, now: float) -> ProbeResult | None:
        """Return the last result if it may serve a task, which is then served."""
        if self._result is None or now > self._until or task.url in self._served:
            return None
        served = self._for(task, self._result)
        if served is not None:
            self._served.add(task.url)
        return served

    def _for(self, task: Task, result: ProbeResult) -> ProbeResult | None:
        if isinstance(result, Response):
            return self.with_report(task, result) if self.known(task) else None
        requester = self._requester or task
        patient = task.timeout <= requester.timeout and task.retries <= requester.retries
        return result if patient else None

    def with_report(self, task: Task, response: Response) -> Response:
        """Return the response with what it says about a task, for which it has been read."""
        known = self.readings[task.url]
        return replace(response, body=known.sample, report=known.reading.report)


def fingerprint_of(response: Response) -> bytes:
    """Return 16 bytes that distinguish a page, with the headers that are read from it, from others."""
    seen = blake2b(response.body, digest_size=16)
    for name, value in sorted(response.headers.items()):
        seen.update(f"\0{name}:{value}".encode())
    return seen.digest()
