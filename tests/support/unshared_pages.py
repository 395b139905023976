"""A prober whose tasks share no pages."""

from __future__ import annotations

from collections.abc import Sequence

from py_pinger.core.model.check import ProbeResult
from py_pinger.core.model.task import Task
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.self_check import Probe


class UnsharedPages:
    """Probes each task by the given function."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Take the tasks."""

    async def probe(self, task: Task) -> ProbeResult:
        """Return what the function returns."""
        return await self._probe(task)
