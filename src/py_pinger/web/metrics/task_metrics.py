"""The metrics of the tasks, and the lines that tell them.

The families are the library's. The lines are written here: ten thousand tasks have more than a hundred
thousand of them, and the library would take ten times as long, while the loop waits for its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences, TaskLabels
from py_pinger.core.times import MAX_TIME

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

Family = type[GaugeMetricFamily | CounterMetricFamily]


@dataclass(frozen=True, slots=True)
class TaskMetric:
    """A number that a task has; `read` returns None where it has none just now."""

    family: Family
    name: str
    about: str
    read: Callable[[TaskSnapshot], float | None]

    def lines(self, snapshots: Sequence[TaskSnapshot], labels: Sequence[str]) -> str:
        """Return a line for each of the tasks that have one."""
        numbers = map(self.read, snapshots)
        return "".join(
            [
                f"{self.name}{{{label}}} {number!r}\n"
                for label, number in zip(labels, numbers, strict=True)
                if number is not None
            ]
        )


def _seconds(at: datetime | None) -> float | None:
    return None if at is None or at == MAX_TIME else at.timestamp()


def _last_run(snapshot: TaskSnapshot) -> float | None:
    return _seconds(snapshot.state.verdict.lastrun)


def _deadline(snapshot: TaskSnapshot) -> float | None:
    return _seconds(snapshot.state.verdict.deadline)


def _frequency(snapshot: TaskSnapshot) -> float | None:
    frequency = snapshot.state.verdict.frequency
    return None if frequency is None else frequency.total_seconds()


def _last_check(snapshot: TaskSnapshot) -> float | None:
    return _seconds(snapshot.state.checked_at)


def _duration(snapshot: TaskSnapshot) -> float | None:
    took = snapshot.state.duration
    return None if took is None else took.total_seconds()


def _certificate_end(snapshot: TaskSnapshot) -> float | None:
    return _seconds(snapshot.certificate_end)


NUMBERS = (
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_last_run_timestamp_seconds",
        "When the task last ran by its own page, in seconds since 1970.",
        _last_run,
    ),
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_deadline_timestamp_seconds",
        "Until when the task has to run again, its sleep counted, in seconds since 1970.",
        _deadline,
    ),
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_frequency_seconds",
        "How far apart the task's runs should be at the most.",
        _frequency,
    ),
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_last_check_timestamp_seconds",
        "When the task was last checked, in seconds since 1970.",
        _last_check,
    ),
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_check_duration_seconds",
        "How long the task's last check took.",
        _duration,
    ),
    TaskMetric(
        GaugeMetricFamily,
        "py_pinger_task_certificate_end_timestamp_seconds",
        "When the certificate of the task's server ends, in seconds since 1970.",
        _certificate_end,
    ),
    TaskMetric(
        CounterMetricFamily,
        "py_pinger_task_checks_total",
        "Checks of the task, those before the last start included.",
        lambda snapshot: snapshot.state.pings,
    ),
    TaskMetric(
        CounterMetricFamily,
        "py_pinger_task_failures_total",
        "Checks of the task that ended in error, those before the last start included.",
        lambda snapshot: snapshot.state.errors,
    ),
)
INCIDENT = "py_pinger_task_incident_start_timestamp_seconds"
STATUS = "py_pinger_task_status"
HELD = "py_pinger_task_held"


def task_families(
    snapshots: Sequence[TaskSnapshot], silencing: ActiveSilences, now: datetime
) -> Iterator[tuple[Metric, str]]:
    """Yield each family of the tasks' metrics with its lines, as they stand at `now`."""
    labels = [f'url="{_escaped(each.url)}"' for each in snapshots]
    yield (
        InfoMetricFamily(
            "py_pinger_task", "What the task is called, and what it says of its process and server."
        ),
        _info(snapshots, labels),
    )
    yield (
        GaugeMetricFamily(
            STATUS, "Whether this is the task's status: 1 for the one that it has, 0 for the others."
        ),
        _statuses(snapshots, labels, now),
    )
    yield (
        GaugeMetricFamily(
            HELD, "1 while nobody is told of the task: it is silenced, or what it depends on fails; else 0."
        ),
        _held(snapshots, labels, silencing),
    )
    for metric in NUMBERS:
        unit = "seconds" if metric.name.endswith("_seconds") else ""
        yield metric.family(metric.name, metric.about, unit=unit), metric.lines(snapshots, labels)
    yield (
        GaugeMetricFamily(
            INCIDENT,
            "Since when the task is in trouble, in seconds since 1970, with its newest cause.",
            unit="seconds",
        ),
        _incidents(snapshots, labels),
    )


def _info(snapshots: Sequence[TaskSnapshot], labels: Sequence[str]) -> str:
    lines = []
    for label, each in zip(labels, snapshots, strict=True):
        name, process, server = map(
            _escaped, (each.name, each.state.verdict.process, each.state.verdict.server)
        )
        tags = f'name="{name}",process="{process}",server="{server}"'
        lines.append(f"py_pinger_task_info{{{label},{tags}}} 1.0\n")
    return "".join(lines)


def _statuses(snapshots: Sequence[TaskSnapshot], labels: Sequence[str], now: datetime) -> str:
    shown = [each.state.shown_status(now) for each in snapshots]
    return "".join(
        [
            f'{STATUS}{{{label},status="{status}"}} {1.0 if has is status else 0.0}\n'
            for status in Status
            for label, has in zip(labels, shown, strict=True)
        ]
    )


def _held(snapshots: Sequence[TaskSnapshot], labels: Sequence[str], silencing: ActiveSilences) -> str:
    return "".join(
        [
            f"{HELD}{{{label}}} {1.0 if is_held(each, silencing) else 0.0}\n"
            for label, each in zip(labels, snapshots, strict=True)
        ]
    )


def is_held(snapshot: TaskSnapshot, silencing: ActiveSilences) -> bool:
    """Tell whether nobody is told of a task: it is silenced, or nobody was told of its trouble."""
    incident = snapshot.state.incident
    unheard = incident is not None and incident.is_unannounced
    return unheard or silencing.matching(TaskLabels.of(snapshot)) is not None


def _incidents(snapshots: Sequence[TaskSnapshot], labels: Sequence[str]) -> str:
    open_ones = (
        (label, each.state.incident)
        for label, each in zip(labels, snapshots, strict=True)
        if each.state.incident
    )
    return "".join(
        f'{INCIDENT}{{{label},cause="{incident.cause_changes[-1].cause}"}} {incident.opened.timestamp()!r}\n'
        for label, incident in open_ones
    )


def _escaped(text: str | None) -> str:
    return (text or "").translate(_ESCAPES)
