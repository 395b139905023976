"""The read model behind the web pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.store import Silences, Store, StoreError


class HealthSource(Protocol):
    """How Py Pinger itself is doing."""

    def health(self) -> Health:
        """Return what does not move, if anything."""

    def loop_stats(self) -> LoopStats:
        """Return the rate of checks, and how late they start."""

    def metrics(self) -> Metrics:
        """Return what was counted since the start."""


@dataclass(frozen=True, slots=True)
class WebData:
    """What the web shows: the store's rows, how its channels do, and our own health."""

    store: Store
    health_monitor: HealthSource
    channel_names: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    silencer: Silencer

    def revision(self) -> int:
        """Return a number that changes whenever anything of the store's, or what is silenced, may have."""
        return self.store.revision() + self.silencer.revision

    def silencing(self) -> ActiveSilences:
        """Return what silences tasks now."""
        return self.silencer.active_at(self.clock())

    def windows(self) -> Sequence[MaintenanceWindow]:
        """Return the maintenance windows, open or not."""
        return self.silencer.windows

    def silence(self, pattern: str, ends: datetime, why: str, who: str) -> str | None:
        """Silence tasks from now on; return why that cannot be stored, if so."""
        return self._change(lambda silences: silences.create(pattern, self.clock(), ends, why, who))

    def lift(self, number: int) -> str | None:
        """End a silence; return why that cannot be stored, if so."""
        return self._change(lambda silences: silences.end([number], self.clock()))

    def _change(self, deed: Callable[[Silences], object]) -> str | None:
        try:
            deed(self.store.silences)
            self.silencer.refresh()
        except StoreError as error:
            return str(error)
        return None

    def task_snapshots(self) -> Sequence[TaskSnapshot]:
        """Return all monitored tasks, in the order of the configuration."""
        return self.store.task_snapshots()

    def task_snapshot(self, url: str) -> TaskSnapshot | None:
        """Return one monitored task."""
        return self.store.task_snapshot(url)

    def health(self) -> Health:
        """Return how Py Pinger itself is doing."""
        return self.health_monitor.health()

    def pulse(self) -> LoopStats:
        """Return how fast the loop checks, and how late."""
        return self.health_monitor.loop_stats()

    def metrics(self) -> Metrics:
        """Return what was counted since the start."""
        return self.health_monitor.metrics()

    def outbox(self) -> Sequence[ChannelRecord]:
        """Return the records of all channels, or none while the store cannot be read."""
        try:
            return self.channels()
        except StoreError:
            return ()

    def channels(self) -> Sequence[ChannelRecord]:
        """Return how each channel does."""
        return self.store.channels(self.channel_names(), self.clock())

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return each task's spans that ended after `since` or go on, in order of time."""
        return self.store.spans(urls, since)

    def runs(self, url: str, since: datetime, limit: int = 200) -> Sequence[PastRun]:
        """Return a task's runs, the newest first."""
        return self.store.runs(url, since, limit)

    def latency(self, url: str, since: datetime) -> Sequence[LatencyHour]:
        """Return how long a task's answers took, by the hour, in order of time."""
        return self.store.latency(url, since)

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> Sequence[PastIncident]:
        """Return incidents with their notifications: open ones first, then the newest first."""
        return self.store.incidents(wanted, limit, offset)

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return how many incidents there are in all pages."""
        return self.store.count_incidents(wanted)

    def answer(self, url: str) -> bytes | None:
        """Return the beginning of the body that a task last answered with."""
        return self.store.answer(url)
