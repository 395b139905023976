"""The values of what was: spans, incidents, runs and response times, as the pages and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import DeliveryState, NoticeKind


@dataclass(frozen=True, slots=True)
class PastSpan:
    """A stretch of time in one status with one cause; it goes on while `ended` is None."""

    started: datetime
    ended: datetime | None
    status: Status
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that was seen: when it was, when it should have been at the latest, and what it said.

    `due` is None for the first run ever seen of a task.
    """

    lastrun: datetime
    seen: datetime
    due: datetime | None
    healthy: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class LatencyHour:
    """How long the answers of an hour took; `failures` are the checks that ended in error."""

    hour: datetime
    checks: int
    failures: int
    mean: timedelta
    least: timedelta
    greatest: timedelta


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A notice about an incident on its way to one channel, and what became of it."""

    kind: NoticeKind
    at: datetime
    channel: str
    state: DeliveryState
    attempts: int
    settled: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident of a task, open while `closed` is None, and its notifications.

    The fields are the API's keys, which is why the cause changes are called `turns`.
    """

    url: str
    name: str | None
    process: str | None
    server: str | None
    opened: datetime
    closed: datetime | None
    turns: tuple[CauseChange, ...]
    reminders: int
    tellings: tuple[NotificationRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents to show; None means any. `text` is looked for in task URL, name and process."""

    url: str | None = None
    text: str | None = None
    server: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """How a channel does: what waits, since when, what was given up in the last day, its last error.

    `last_error` is None once something was delivered after it.
    """

    name: str
    waiting: int
    oldest_waiting: datetime | None
    given_up: int
    delivered: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class MonitorDowntime:
    """Nobody watched from `last_seen` until this start; `clean` is whether that was a proper stop."""

    last_seen: datetime
    clean: bool


@dataclass(frozen=True, slots=True)
class LoopStats:
    """How the loop does: checks a second over the last minute, and how late due checks start, in seconds."""

    checks_a_second: float
    lateness_mean: float
    lateness_worst: float
    started: datetime
