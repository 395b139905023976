"""Where the web reads from: the seam between the pages and what is behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from py_pinger.core.model.health import Health, Metrics
from py_pinger.core.model.history import (
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    LoopStats,
    PastIncident,
    PastRun,
    PastSpan,
)
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences


class DataSource(Protocol):
    """All that is shown, as it stands now and as it was."""

    def revision(self) -> int:
        """Return a number that changes whenever anything shown may have changed; asks no database."""

    def task_snapshots(self) -> Sequence[TaskSnapshot]:
        """Return all monitored tasks in the order of the configuration."""

    def task_snapshot(self, url: str) -> TaskSnapshot | None:
        """Return the task with exactly this URL, or None if it is not monitored."""

    def silencing(self) -> ActiveSilences:
        """Return what silences tasks now; the same thing as long as that has not changed."""

    def windows(self) -> Sequence[MaintenanceWindow]:
        """Return the maintenance windows, open or not."""

    def silence(self, pattern: str, ends: datetime, why: str, who: str) -> str | None:
        """Silence tasks from now on; return why that cannot be stored, if so."""

    def lift(self, number: int) -> str | None:
        """End a silence; return why that cannot be stored, if so."""

    def health(self) -> Health:
        """Return how Py Pinger itself is doing."""

    def pulse(self) -> LoopStats:
        """Return how the loop that checks is doing."""

    def metrics(self) -> Metrics:
        """Return what was counted since the start."""

    def outbox(self) -> Sequence[ChannelRecord]:
        """Return how each channel does, or none while that cannot be known."""

    def channels(self) -> Sequence[ChannelRecord]:
        """Return how each channel is doing."""

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return the tasks' spans that ended after `since`, in order of time."""

    def runs(self, url: str, since: datetime, limit: int = 200) -> Sequence[PastRun]:
        """Return a task's runs, newest first."""

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return a task's hours of response times, in order of time."""

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return incidents, the open ones first, then the newest first."""

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return how many incidents there are."""

    def answer(self, url: str) -> bytes | None:
        """Return the last answer's body as it was received, cut at 4 KiB; None if there was none."""
