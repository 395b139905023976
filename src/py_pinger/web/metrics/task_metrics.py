"""The metrics of the tasks.

The lines of 100,000 tasks are two million: each family is joined from the labels, which are prepared once,
and its numbers. No object is made for each task that the garbage collector would have to search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, compress
from operator import add
from typing import Literal

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.suppression.silence_matcher import silence_matcher
from py_pinger.core.times import MAX_TIME
from py_pinger.web.metrics.families import Family, escape

_FALSE, _TRUE = "} 0.0\n", "} 1.0\n"


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The tasks and their parts: of many tasks it takes long to get at them for each number."""

    snapshots: Sequence[TaskSnapshot]
    states: Sequence[TaskState]
    verdicts: Sequence[Verdict]

    @classmethod
    def of(cls, snapshots: Sequence[TaskSnapshot]) -> _Tasks:
        """Return the tasks with their parts."""
        states = [each.state for each in snapshots]
        return cls(snapshots, states, [each.verdict for each in states])


@dataclass(frozen=True, slots=True)
class TaskMetric:
    """A number of each task; `read` returns None for tasks that do not have it at present."""

    name: str
    kind: Literal["gauge", "counter"]
    about: str
    read: Callable[[_Tasks], Sequence[float | None]]

    def family(self, tasks: _Tasks, labels: Sequence[str]) -> Family:
        """Return the family with a line for each of the tasks that have the number."""
        numbers = self.read(tasks)
        known = [number is not None for number in numbers]
        ends = (f"}} {number!r}\n" for number in compress(numbers, known))
        name = self.name + ("_total" if self.kind == "counter" else "")
        return Family(self.name, self.kind, self.about, _lines(name, compress(labels, known), ends))


def _lines(name: str, labels: Iterable[str], ends: Iterable[str]) -> str:
    """Return a line for each of the labels; it ends with the bracket, the number and the end of the line."""
    # The first text is empty, so that there is a name before each label.
    return f"{name}{{".join(chain(("",), map(add, labels, ends)))


def _times(times: Iterable[datetime | None]) -> Sequence[float | None]:
    return [None if at is None or at == MAX_TIME else at.timestamp() for at in times]


def _durations(durations: Iterable[timedelta | None]) -> Sequence[float | None]:
    return [None if each is None else each.total_seconds() for each in durations]


NUMBERS = (
    TaskMetric(
        "py_pinger_task_last_run_timestamp_seconds",
        "gauge",
        "Last run of the task as reported by its page, as a Unix timestamp.",
        lambda tasks: _times(each.lastrun for each in tasks.verdicts),
    ),
    TaskMetric(
        "py_pinger_task_deadline_timestamp_seconds",
        "gauge",
        "Time after which the task is late, including its sleep, as a Unix timestamp.",
        lambda tasks: _times(each.deadline for each in tasks.verdicts),
    ),
    TaskMetric(
        "py_pinger_task_frequency_seconds",
        "gauge",
        "Longest allowed time between two runs of the task.",
        lambda tasks: _durations(each.frequency for each in tasks.verdicts),
    ),
    TaskMetric(
        "py_pinger_task_last_check_timestamp_seconds",
        "gauge",
        "Last check of the task, as a Unix timestamp.",
        lambda tasks: _times(each.checked_at for each in tasks.states),
    ),
    TaskMetric(
        "py_pinger_task_check_duration_seconds",
        "gauge",
        "Time spent on the last check of the task.",
        lambda tasks: _durations(each.duration for each in tasks.states),
    ),
    TaskMetric(
        "py_pinger_task_run_duration_seconds",
        "gauge",
        "Time that the last run of the task took.",
        lambda tasks: _durations(each.took for each in tasks.verdicts),
    ),
    TaskMetric(
        "py_pinger_task_running_since_timestamp_seconds",
        "gauge",
        "Start of the oldest run of the task that is under way, as a Unix timestamp.",
        lambda tasks: _times(each.running_since for each in tasks.verdicts),
    ),
    TaskMetric(
        "py_pinger_task_certificate_end_timestamp_seconds",
        "gauge",
        "Expiry of the certificate of the task's server, as a Unix timestamp.",
        lambda tasks: _times(each.certificate_end for each in tasks.snapshots),
    ),
    TaskMetric(
        "py_pinger_task_checks",
        "counter",
        "Total number of checks of the task, including those before the last start.",
        lambda tasks: [each.pings for each in tasks.states],
    ),
    TaskMetric(
        "py_pinger_task_failures",
        "counter",
        "Total number of failed checks of the task, including those before the last start.",
        lambda tasks: [each.errors for each in tasks.states],
    ),
)
INCIDENT = "py_pinger_task_incident_start_timestamp_seconds"
STATUS = "py_pinger_task_status"
SUPPRESSED = "py_pinger_task_held"
ACKNOWLEDGED = "py_pinger_task_acknowledged"


def task_families(
    snapshots: Sequence[TaskSnapshot], silences: ActiveSilences, now: datetime
) -> Iterator[Family]:
    """Yield each family of the tasks' metrics as of `now`."""
    labels, tasks = [f'url="{escape(each.url)}"' for each in snapshots], _Tasks.of(snapshots)
    yield Family(
        "py_pinger_task",
        "info",
        "Name of the task, and process and server as reported by its page.",
        _lines("py_pinger_task_info", labels, map(_tags, snapshots)),
    )
    yield Family(STATUS, "gauge", "Whether the task has this status.", _statuses(tasks, labels, now))
    yield Family(
        SUPPRESSED,
        "gauge",
        "Whether notifications of the task are suppressed, by people or a failing dependency.",
        _flags(SUPPRESSED, labels, map(suppression_matcher(silences), snapshots)),
    )
    yield Family(
        ACKNOWLEDGED,
        "gauge",
        "Whether the open incident of the task is acknowledged.",
        _acknowledged(tasks, labels, silences),
    )
    for metric in NUMBERS:
        yield metric.family(tasks, labels)
    yield Family(
        INCIDENT,
        "gauge",
        "Start of the open incident with its latest cause, as a Unix timestamp.",
        _incidents(tasks, labels),
    )


def _tags(task: TaskSnapshot) -> str:
    verdict = task.state.verdict
    name, process, server = escape(task.name), escape(verdict.process), escape(verdict.server)
    return f',name="{name}",process="{process}",server="{server}"{_TRUE}'


def _statuses(tasks: _Tasks, labels: Sequence[str], now: datetime) -> str:
    shown = [each.shown_status(now) for each in tasks.states]
    return "".join(_lines(STATUS, labels, _ends(status, shown)) for status in Status)


def _ends(status: Status, shown: Iterable[Status]) -> Iterator[str]:
    """Yield the end of each line about a status, given which each task has."""
    label = f',status="{status}"'
    false, true = label + _FALSE, label + _TRUE
    return (true if actual is status else false for actual in shown)


def _flags(name: str, labels: Iterable[str], flags: Iterable[bool]) -> str:
    return _lines(name, labels, (_TRUE if flag else _FALSE for flag in flags))


def _acknowledged(tasks: _Tasks, labels: Sequence[str], silences: ActiveSilences) -> str:
    """Return a line for each task with an open incident: few tasks have one."""
    failing = [each.incident is not None for each in tasks.states]
    flags = (_is_acknowledged(each, silences) for each in compress(tasks.snapshots, failing))
    return _flags(ACKNOWLEDGED, compress(labels, failing), flags)


def suppression_matcher(silences: ActiveSilences) -> Callable[[TaskSnapshot], bool]:
    """Return a function that says whether the notices of a task are held back.

    It is acknowledged or silenced, or no notice of its incident was sent.
    """
    is_silenced = silence_matcher(silences)

    def is_suppressed(task: TaskSnapshot) -> bool:
        incident = task.state.incident
        unannounced = incident is not None and incident.is_unannounced
        return unannounced or _is_acknowledged(task, silences) or is_silenced(task)

    return is_suppressed


def _is_acknowledged(task: TaskSnapshot, silences: ActiveSilences) -> bool:
    return silences.acknowledgement(task.url, task.state.incident) is not None


def _incidents(tasks: _Tasks, labels: Sequence[str]) -> str:
    failing = [
        (label, each.incident) for label, each in zip(labels, tasks.states, strict=True) if each.incident
    ]
    return _lines(
        INCIDENT,
        (label for label, _ in failing),
        (f',cause="{each.cause_changes[-1].cause}"}} {each.opened.timestamp()!r}\n' for _, each in failing),
    )
