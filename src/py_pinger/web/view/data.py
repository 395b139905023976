"""The data that the web shows: protocols between the pages and what is behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from py_pinger.core.evaluation.statistics import Cadence
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import Health, Metrics
from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    LoopStats,
    PastIncident,
    PastRun,
    PastSpan,
    RunMark,
)
from py_pinger.core.model.incident import CauseChange, TaskSnapshot
from py_pinger.core.model.versioned_tasks import VersionedTasks
from py_pinger.core.status_page.announcement import Announcement
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME


@dataclass(frozen=True, slots=True)
class WriteFailure:
    """A change was not stored, and why."""

    why: str


class HealthSource(Protocol):
    """The health of Py Pinger itself."""

    def health(self) -> Health:
        """Return the problems and warnings of this moment."""

    def loop_stats(self) -> LoopStats:
        """Return the rate of checks, and how late they start."""

    def metrics(self) -> Metrics:
        """Return what was counted since the start."""


class HistorySource(Protocol):
    """The stored history of the tasks."""

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return each task's spans that ended after `since`, in order of time."""

    def runs(
        self, url: str, since: datetime, limit: int, until: datetime = MAX_TIME, *, oldest: bool = False
    ) -> Sequence[PastRun]:
        """Return the newest runs of a task in a period without its end, or the oldest; newest first."""

    def run_marks(self, url: str, since: datetime, until: datetime) -> Sequence[RunMark]:
        """Return when a task ran in a period without its end, oldest first."""

    def cadence(
        self, url: str, since: datetime, frequency: timedelta | None, until: datetime = MAX_TIME
    ) -> Cadence:
        """Return how many runs of a period were on time, late and missed."""

    def run_hours(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return the lengths of a task's runs by the hour in which they ended, in order of time."""

    def cause_changes(self, url: str, since: datetime) -> Sequence[CauseChange]:
        """Return the causes of a task's incidents that were open after a moment, in order of time."""

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return a task's response times by the hour, in order of time."""

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return incidents with their notifications: open ones first, then newest first."""

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return the number of incidents on all pages."""

    def log(self, url: str) -> str | None:
        """Return the newest log of a task that is pushed, None if it has none."""

    def answer(self, url: str) -> bytes | None:
        """Return the last page of a task as received, cut at 4 KiB; None if there was none."""


class DataSource(Protocol):
    """All that the web shows, at this moment and in the past."""

    @property
    def monitor(self) -> HealthSource:
        """The health of Py Pinger itself."""

    @property
    def history(self) -> HistorySource:
        """The stored history of the tasks."""

    def revision(self) -> int:
        """Return a number that changes whenever a task or a silence may have changed.

        Reads no database.
        """

    def tasks(self) -> Sequence[TaskSnapshot]:
        """Return all monitored tasks in the order of the configuration."""

    def versioned_tasks(self, since: int) -> VersionedTasks:
        """Return the same, and which have changed since a version that was returned before."""

    def task(self, url: str) -> TaskSnapshot | None:
        """Return the task with exactly this URL, or None if it is not monitored."""

    def cluster(self) -> ClusterStatus | None:
        """Return the cluster as this node knows it; None where this process is not a node.

        Reads no database.
        """

    def owned_tasks(self) -> Sequence[TaskSnapshot]:
        """Return the tasks that this process checks: those of its shards, or all where it is not a node."""

    def channels(self) -> Sequence[ChannelRecord]:
        """Return the state of each channel's queue."""

    def channels_if_readable(self) -> Sequence[ChannelRecord]:
        """Return the same, or nothing while the database cannot be read."""

    def active_silences(self) -> ActiveSilences:
        """Return the silences and windows of this moment; the same object until they change."""

    def maintenance_windows(self) -> Sequence[MaintenanceWindow]:
        """Return the maintenance windows, open or not."""

    def announcements(self, page: str) -> Sequence[Announcement]:
        """Return the newest announcements on a status page that are not withdrawn."""

    def create_silence(self, pattern: str, ends: datetime, why: str, who: str) -> Silence | WriteFailure:
        """Silence tasks from now on."""

    def end_silence(self, number: int) -> WriteFailure | None:
        """End a silence."""

    def acknowledge(
        self, url: str, why: str, who: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Acknowledge the open incident of a task; None if there is none, or it opened at another second."""

    def withdraw_acknowledgement(
        self, url: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Withdraw the acknowledgement of a task's open incident, and return it.

        None if there is none, or the incident opened at another second.
        """

    def request_check(self, url: str) -> float:
        """Have a task checked now and return 0, or return the seconds until that is allowed again."""
