"""History: spans, incidents, runs and response times, as the pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import DeliveryState, NoticeKind


@dataclass(frozen=True, slots=True)
class PastSpan:
    """A period in one status with one cause; `ended` is None for the current one."""

    started: datetime
    ended: datetime | None
    status: Status
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of a task: when it was, when it was seen, its deadline, and its result.

    `due` is None for the first run that was seen of a task. `duration` and `exit_code` are those of tasks
    that say them.
    """

    lastrun: datetime
    seen: datetime
    due: datetime | None
    healthy: bool
    reason: str | None
    duration: timedelta | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class RunMark:
    """When a task ran, and whether that run was healthy."""

    lastrun: datetime
    healthy: bool


@dataclass(frozen=True, slots=True)
class LatencyHour:
    """The response times of an hour; `failures` are the checks that ended in error."""

    hour: datetime
    checks: int
    failures: int
    mean: timedelta
    least: timedelta
    greatest: timedelta


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """The delivery of a notice about an incident to one channel."""

    kind: NoticeKind
    at: datetime
    channel: str
    state: DeliveryState
    attempts: int
    settled: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident of a task, open while `closed` is None, its notifications, and who took care of it."""

    url: str
    name: str | None
    process: str | None
    server: str | None
    opened: datetime
    closed: datetime | None
    cause_changes: tuple[CauseChange, ...]
    reminders: int
    notifications: tuple[NotificationRecord, ...] = ()
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """The incidents to show; None means any. `text` is searched in task URL, name and process."""

    url: str | None = None
    text: str | None = None
    server: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """The deliveries of a channel.

    Waiting, given up in the last day, delivered, and the last error.

    `last_error` is None after the next successful delivery.
    """

    name: str
    waiting: int
    oldest_waiting: datetime | None
    given_up: int
    delivered: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class MonitorDowntime:
    """Py Pinger did not run from `last_seen` until this start.

    `clean` if it was stopped properly.
    """

    last_seen: datetime
    clean: bool


@dataclass(frozen=True, slots=True)
class LoopStats:
    """The loop in the last minute: checks a second, and how late due checks started, in seconds."""

    checks_a_second: float
    lateness_mean: float
    lateness_worst: float
    started: datetime
