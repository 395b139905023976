"""The tasks being monitored, as they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from re import compile as pattern

from py_pinger.core.evaluation.evaluate import EvaluatedReport, evaluate, evaluate_report, read
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import NoResponse, ProbeResult, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.text.urls import origin

States = Mapping[str, TaskState]


class TaskSet:
    """The `members` change while some of them are being checked: who leaves is marked as gone."""

    def __init__(self) -> None:
        self.members: Sequence[MonitoredTask] = ()

    def change(self, change: TaskListDiff, states: States) -> tuple[list[MonitoredTask], set[MonitoredTask]]:
        """Become others, of whom the added begin from their state; return these, and those that changed."""
        known = {monitored.task.url: monitored for monitored in self.members}
        for task in change.removed:
            known[task.url].removed = True
        for task in change.changed:
            known[task.url].go_on_as(task)
        fresh = [_monitored_task(task, states) for task in change.added]
        known |= {monitored.task.url: monitored for monitored in fresh}
        self.members = [known[task.url] for task in change.tasks]
        return fresh, {known[task.url] for task in change.changed}


def _monitored_task(task: Task, states: States) -> MonitoredTask:
    return MonitoredTask(task, origin(task.address), states[task.url], 0.0)


# Bytes; a page by the contract has a few hundred, and each task keeps one.
LARGEST_KEPT = 1024

# IPv4, or anything with a colon: a host's name has none.
_ADDRESS = pattern(r"[0-9.]+|.*:.*")


@dataclass(slots=True, eq=False)
class MonitoredTask:
    """A task, where it stands, and when it is due next on the loop's own clock, in seconds.

    `origin` is what its checks queue for; `body` is the last page, unless it is large, and
    `reading` what it says. While it `needs_recheck`, a second check decides
    whether a failure is announced. A `removed` task is no longer monitored, and
    results that arrive later are void.
    """

    task: Task
    origin: str
    state: TaskState
    due: float
    body: bytes | None = None
    reading: EvaluatedReport | None = None
    needs_recheck: bool = False
    removed: bool = False

    def go_on_as(self, task: Task) -> None:
        """Take other settings; what was read stays, unless it means something else by them."""
        if (task.grace, task.expectations) != (self.task.grace, self.task.expectations):
            self.body = self.reading = None
        self.task = task

    def evaluate(self, answer: ProbeResult, now: datetime) -> Verdict:
        """Return the verdict on an answer; a page that says the same as the last one is not read again."""
        if isinstance(answer, NoResponse) or len(answer.body) > LARGEST_KEPT:
            return evaluate(answer, now, self.task.grace, self.task.expectations)
        if self.reading is None or self.body != answer.body:
            report = read_report(answer.body, self.task.expectations)
            self.body, self.reading = answer.body, read(report, self.task.grace)
        return evaluate_report(answer.status, self.reading, now)

    @property
    def needs_names(self) -> bool:
        """Whether its host has to be looked up."""
        return not _ADDRESS.fullmatch(self.host)

    @property
    def host(self) -> str:
        """The host that is asked."""
        return self.origin.partition("://")[2].rpartition(":")[0].strip("[]")
