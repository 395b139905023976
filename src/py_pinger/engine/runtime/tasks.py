"""The monitored tasks at run time."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from py_pinger.core.evaluation.evaluate import EvaluatedReport, evaluate, evaluate_response, read
from py_pinger.core.evaluation.not_listed import last_report
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import NoResponse, NotListed, PageReport, ProbeResult, Response, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.text.urls import origin

States = Mapping[str, TaskState]


class TaskSet:
    """The monitored tasks.

    `members` may change while they are checked: a removed one is marked so. Those that are `pushed` are by
    their URLs.
    """

    def __init__(self) -> None:
        self.members: Sequence[MonitoredTask] = ()
        self.pushed: Mapping[str, MonitoredTask] = {}

    def change(self, change: TaskListDiff, states: States) -> tuple[list[MonitoredTask], set[MonitoredTask]]:
        """Use another list of tasks.

        Return those added, which begin with their states, and those changed.
        """
        known = {monitored.task.url: monitored for monitored in self.members}
        for task in change.removed:
            known[task.url].removed = True
        for task in change.changed:
            known[task.url].apply(task)
        origins: dict[str, str] = {}
        added = [_monitored_task(task, states[task.url], origins) for task in change.added]
        known |= {monitored.task.url: monitored for monitored in added}
        self.members = [known[task.url] for task in change.tasks]
        self.pushed = {task.url: known[task.url] for task in change.tasks if task.push}
        return added, {known[task.url] for task in change.changed}


def _monitored_task(task: Task, state: TaskState, origins: dict[str, str]) -> MonitoredTask:
    """Return a task with its state; equal `origins` of tasks are one text, which saves 10 MB of 100,000."""
    where = origin(task.address)
    return MonitoredTask(task, origins.setdefault(where, where), state, 0.0)


# Bytes; a report has a few hundred, and one is kept for each task.
LARGEST_KEPT = 1024

# IPv4, or anything with a colon, which host names do not have.
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


@dataclass(slots=True, eq=False)
class MonitoredTask:
    """A task, its state, and when it is due next, in monotonic seconds.

    Its checks queue for its `origin`; those with one `request` share it. If it `shares_its_page`, other tasks
    may be items of the same one. `body` is the last page, unless that
    was large, and `report` what it says. While it `needs_recheck`, the next check decides whether a failure
    is notified. A `removed` task is no longer monitored; results that arrive later are ignored. A `resumed`
    one was not checked yet since it was added.
    """

    task: Task
    origin: str
    state: TaskState
    due: float
    body: bytes | None = None
    report: EvaluatedReport | None = None
    needs_recheck: bool = False
    removed: bool = False
    resumed: bool = True
    request: Hashable = field(init=False, repr=False)
    shares_its_page: bool = field(init=False)

    def __post_init__(self) -> None:
        self._note_page(self.task)

    def apply(self, task: Task) -> None:
        """Use other settings; the report that was read stays unless they change its meaning."""
        if (task.grace, task.expectations) != (self.task.grace, self.task.expectations):
            self.body = self.report = None
        self.task = task
        self._note_page(task)

    def _note_page(self, task: Task) -> None:
        page = task.expectations.page
        self.request, self.shares_its_page = task.request_key, page is not None and page.has_items

    @property
    def pace(self) -> timedelta:
        """The time between two checks now."""
        return self.task.pace(troubled=self.state.incident is not None)

    def evaluate(self, result: ProbeResult, now: datetime) -> Verdict:
        """Return the verdict on a probe's result; a page equal to the last one is not read again."""
        if isinstance(result, Response) and result.report is not None:
            return self._evaluate_page(result, result.report, now)
        if isinstance(result, NoResponse) or len(result.body) > LARGEST_KEPT:
            return evaluate(result, now, self.task.grace, self.task.expectations, self.state.verdict)
        if self.report is None or self.body != result.body:
            parsed = read_report(result.body, self.task.expectations)
            self.body, self.report = result.body, read(parsed, self.task.grace, self.task.expectations)
        return evaluate_response(result, self.report, now, self.state.verdict)

    def _evaluate_page(self, response: Response, report: PageReport, now: datetime) -> Verdict:
        """Return the verdict on a page of another program, whose report has been read already."""
        if isinstance(report, NotListed):
            report = last_report(self.state.verdict, self.task.expectations)
        if self.report is None or (self.report.report is not report and self.report.report != report):
            self.report = read(report, self.task.grace, self.task.expectations)
        return evaluate_response(response, self.report, now, self.state.verdict)

    @property
    def needs_names(self) -> bool:
        """Whether its host is a name that has to be resolved."""
        return not _ADDRESS.fullmatch(self.host)

    @property
    def host(self) -> str:
        """The host that is probed."""
        return host_of(self.origin)


def host_of(origin: str) -> str:
    """Return the host of an origin, without the brackets of an IPv6 address."""
    return origin.partition("://")[2].rpartition(":")[0].strip("[]")
