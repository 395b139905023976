"""The metrics of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences, TaskLabels
from py_pinger.core.text.json_format import known_time
from py_pinger.web.metrics.families import Family, escape


@dataclass(frozen=True, slots=True)
class TaskMetric:
    """A number of a task; `read` returns None if the task does not have it at present."""

    name: str
    kind: Literal["gauge", "counter"]
    about: str
    read: Callable[[TaskSnapshot], float | None]

    def family(self, tasks: Sequence[TaskSnapshot], labels: Sequence[str]) -> Family:
        """Return the family with a line for each of the tasks that have the number."""
        numbers, name = map(self.read, tasks), self.name + ("_total" if self.kind == "counter" else "")
        lines = "".join(
            [
                f"{name}{{{label}}} {number!r}\n"
                for label, number in zip(labels, numbers, strict=True)
                if number is not None
            ]
        )
        return Family(self.name, self.kind, self.about, lines)


def _seconds(at: datetime | None) -> float | None:
    known = known_time(at)
    return None if known is None else known.timestamp()


def _last_run(task: TaskSnapshot) -> float | None:
    return _seconds(task.state.verdict.lastrun)


def _deadline(task: TaskSnapshot) -> float | None:
    return _seconds(task.state.verdict.deadline)


def _frequency(task: TaskSnapshot) -> float | None:
    frequency = task.state.verdict.frequency
    return None if frequency is None else frequency.total_seconds()


def _last_check(task: TaskSnapshot) -> float | None:
    return _seconds(task.state.checked_at)


def _duration(task: TaskSnapshot) -> float | None:
    duration = task.state.duration
    return None if duration is None else duration.total_seconds()


def _run_duration(task: TaskSnapshot) -> float | None:
    took = task.state.verdict.took
    return None if took is None else took.total_seconds()


def _running_since(task: TaskSnapshot) -> float | None:
    return _seconds(task.state.verdict.running_since)


def _certificate_end(task: TaskSnapshot) -> float | None:
    return _seconds(task.certificate_end)


NUMBERS = (
    TaskMetric(
        "py_pinger_task_last_run_timestamp_seconds",
        "gauge",
        "Last run of the task as reported by its page, as a Unix timestamp.",
        _last_run,
    ),
    TaskMetric(
        "py_pinger_task_deadline_timestamp_seconds",
        "gauge",
        "Time after which the task is late, including its sleep, as a Unix timestamp.",
        _deadline,
    ),
    TaskMetric(
        "py_pinger_task_frequency_seconds",
        "gauge",
        "Longest allowed time between two runs of the task.",
        _frequency,
    ),
    TaskMetric(
        "py_pinger_task_last_check_timestamp_seconds",
        "gauge",
        "Last check of the task, as a Unix timestamp.",
        _last_check,
    ),
    TaskMetric(
        "py_pinger_task_check_duration_seconds",
        "gauge",
        "Time spent on the last check of the task.",
        _duration,
    ),
    TaskMetric(
        "py_pinger_task_run_duration_seconds",
        "gauge",
        "Time that the last run of the task took.",
        _run_duration,
    ),
    TaskMetric(
        "py_pinger_task_running_since_timestamp_seconds",
        "gauge",
        "Start of the oldest run of the task that is under way, as a Unix timestamp.",
        _running_since,
    ),
    TaskMetric(
        "py_pinger_task_certificate_end_timestamp_seconds",
        "gauge",
        "Expiry of the certificate of the task's server, as a Unix timestamp.",
        _certificate_end,
    ),
    TaskMetric(
        "py_pinger_task_checks",
        "counter",
        "Total number of checks of the task, including those before the last start.",
        lambda task: task.state.pings,
    ),
    TaskMetric(
        "py_pinger_task_failures",
        "counter",
        "Total number of failed checks of the task, including those before the last start.",
        lambda task: task.state.errors,
    ),
)
INCIDENT = "py_pinger_task_incident_start_timestamp_seconds"
STATUS = "py_pinger_task_status"
SUPPRESSED = "py_pinger_task_held"
ACKNOWLEDGED = "py_pinger_task_acknowledged"


def task_families(tasks: Sequence[TaskSnapshot], silences: ActiveSilences, now: datetime) -> Iterator[Family]:
    """Yield each family of the tasks' metrics as of `now`."""
    labels = [f'url="{escape(each.url)}"' for each in tasks]
    yield Family(
        "py_pinger_task",
        "info",
        "Name of the task, and process and server as reported by its page.",
        _info(tasks, labels),
    )
    yield Family(STATUS, "gauge", "Whether the task has this status.", _statuses(tasks, labels, now))
    yield Family(
        SUPPRESSED,
        "gauge",
        "Whether notifications of the task are suppressed, by people or a failing dependency.",
        _flags(SUPPRESSED, labels, [is_suppressed(each, silences) for each in tasks]),
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


def _info(tasks: Sequence[TaskSnapshot], labels: Sequence[str]) -> str:
    lines = []
    for label, each in zip(labels, tasks, strict=True):
        verdict = each.state.verdict
        name, process, server = map(escape, (each.name, verdict.process, verdict.server))
        tags = f'name="{name}",process="{process}",server="{server}"'
        lines.append(f"py_pinger_task_info{{{label},{tags}}} 1.0\n")
    return "".join(lines)


def _statuses(tasks: Sequence[TaskSnapshot], labels: Sequence[str], now: datetime) -> str:
    shown = [each.state.shown_status(now) for each in tasks]
    return "".join(
        [
            f'{STATUS}{{{label},status="{status}"}} {1.0 if actual is status else 0.0}\n'
            for status in Status
            for label, actual in zip(labels, shown, strict=True)
        ]
    )


def _flags(name: str, labels: Sequence[str], flags: Sequence[bool]) -> str:
    return "".join(
        [f"{name}{{{label}}} {1.0 if flag else 0.0}\n" for label, flag in zip(labels, flags, strict=True)]
    )


def _acknowledged(tasks: Sequence[TaskSnapshot], labels: Sequence[str], silences: ActiveSilences) -> str:
    """Return a line for each task with an open incident: few tasks have one."""
    failing = [(label, each) for label, each in zip(labels, tasks, strict=True) if each.state.incident]
    flags = [_is_acknowledged(each, silences) for _, each in failing]
    return _flags(ACKNOWLEDGED, [label for label, _ in failing], flags)


def is_suppressed(task: TaskSnapshot, silences: ActiveSilences) -> bool:
    """Return True if the task is acknowledged or silenced, or no notice of its incident was sent."""
    incident = task.state.incident
    unannounced = incident is not None and incident.is_unannounced
    by_people = _is_acknowledged(task, silences) or silences.matching(TaskLabels.of(task)) is not None
    return unannounced or by_people


def _is_acknowledged(task: TaskSnapshot, silences: ActiveSilences) -> bool:
    return silences.acknowledgement(task.url, task.state.incident) is not None


def _incidents(tasks: Sequence[TaskSnapshot], labels: Sequence[str]) -> str:
    incidents = (
        (label, each.state.incident) for label, each in zip(labels, tasks, strict=True) if each.state.incident
    )
    return "".join(
        f'{INCIDENT}{{{label},cause="{incident.cause_changes[-1].cause}"}} {incident.opened.timestamp()!r}\n'
        for label, incident in incidents
    )
