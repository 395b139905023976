"""One doubt: what is held meanwhile, and what tasks have shown since it began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from py_pinger.core.model.check import Verdict
from py_pinger.core.selfcheck import connectivity
from py_pinger.engine.runtime.tasks import MonitoredTask


@dataclass(frozen=True, slots=True)
class HeldVerdict:
    """A verdict that waits to be believed: on whom, when it was reached, how long the answer took.

    `hurried` if the task may have been asked but once.
    """

    monitored: MonitoredTask
    verdict: Verdict
    at: datetime
    duration: timedelta
    hurried: bool = False


@dataclass(slots=True)
class Outage:
    """One doubt from its first suspicion on: what is held, and who of the crowd was found lost or reached.

    As long as only names cannot be looked up, the crowd is of those that need them.
    """

    since: datetime
    names_only: bool = False
    in_question: int = 0
    held: dict[str, HeldVerdict] = field(default_factory=dict)
    lost: dict[str, MonitoredTask] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def concerns(self, monitored: MonitoredTask) -> bool:
        """Tell whether a task is in question."""
        return not self.names_only or monitored.needs_names

    def add_unreachable(self, monitored: MonitoredTask, *, nameless: bool) -> None:
        """Note that a task was found lost, or no more than its name."""
        self.names_only &= nameless
        self.lost[monitored.task.url] = monitored
        self.reached.discard(monitored.task.url)

    def add_reached(self, monitored: MonitoredTask) -> None:
        """Note that a task has answered."""
        url = monitored.task.url
        self.held.pop(url, None)
        self.lost.pop(url, None)
        if self.concerns(monitored):
            self.reached.add(url)

    def forget(self, task_set: Iterable[MonitoredTask]) -> None:
        """Leave out who is watched no longer."""
        for monitored in task_set:
            self.held.pop(monitored.task.url, None)
            self.lost.pop(monitored.task.url, None)
            self.reached.discard(monitored.task.url)

    @property
    def complete(self) -> bool:
        """Whether all in question have been looked at."""
        return len(self.lost) + len(self.reached) >= self.in_question

    def tally(self) -> connectivity.OutageCounts:
        """Return the tasks' numbers."""
        hosts = {monitored.host for monitored in self.lost.values()}
        # More may come into question on the way: first names fail, say, and then the network.
        in_question = max(self.in_question, len(self.lost) + len(self.reached))
        return connectivity.OutageCounts(len(self.lost), len(self.reached), in_question, len(hosts))
