"""What the monitor needs to know of the tasks that are pushed, and what it knows where there are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from py_pinger.core.model.check import InvalidReport, TaskReport, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.task import Task


class PushSource(Protocol):
    """The newest reports of tasks that are pushed; belongs to the loop."""

    def report(self, task: Task) -> TaskReport | InvalidReport:
        """Return what the pushes of a task say together; the same object as long as it is the same."""

    def log(self, task: Task) -> tuple[str, ...]:
        """Return the last lines of the log of a task whose last run failed."""

    def arrived(self) -> Collection[str]:
        """Return the URLs of the tasks with pushes since the last call."""

    def excuse(
        self, task: Task, verdict: Verdict, previous: Verdict, absences: Sequence[Absence], now: datetime
    ) -> Verdict:
        """Return the verdict on a task; unknown if its report may have been lost in an absence."""


class NoPushes:
    """The source where no task is pushed."""

    def report(self, task: Task) -> TaskReport | InvalidReport:
        """Fail: there is no such task."""
        raise LookupError(task.url)

    def log(self, task: Task) -> tuple[str, ...]:
        """Fail: there is no such task."""
        raise LookupError(task.url)

    def arrived(self) -> Collection[str]:
        """Return nothing."""
        return ()

    def excuse(
        self,
        task: Task,  # noqa: ARG002 - the protocol's
        verdict: Verdict,
        previous: Verdict,  # noqa: ARG002 - the protocol's
        absences: Sequence[Absence],  # noqa: ARG002 - the protocol's
        now: datetime,  # noqa: ARG002 - the protocol's
    ) -> Verdict:
        """Return the verdict."""
        return verdict
