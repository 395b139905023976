"""The read model behind the web pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.history import ChannelRecord
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.versioned_tasks import VersionedTasks
from py_pinger.core.status_page.announcement import Announcement
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.engine.suppression.silencer import Silencer
from py_pinger.store import Store, StoreError
from py_pinger.web.view.cluster_source import ClusterSource
from py_pinger.web.view.data import HealthSource, WriteFailure

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class WebData:
    """The `DataSource` of the running process: the store, the health monitor and the silencer.

    `cluster_source` is None where the process is not a node.
    """

    store: Store
    monitor: HealthSource
    channel_names: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    silencer: Silencer
    request_check: Callable[[str], float]
    cluster_source: ClusterSource | None = None

    @property
    def history(self) -> Store:
        """The stored history of the tasks."""
        return self.store

    def revision(self) -> int:
        """Return a number that changes whenever a task or a silence may have changed."""
        return self.store.revision() + self.silencer.revision

    def tasks(self) -> Sequence[TaskSnapshot]:
        """Return all monitored tasks in the order of the configuration."""
        self._refresh()
        return self.store.task_snapshots()

    def versioned_tasks(self, since: int) -> VersionedTasks:
        """Return the same, and which have changed since a version that was returned before."""
        self._refresh()
        return self.store.versioned_tasks(since)

    def task(self, url: str) -> TaskSnapshot | None:
        """Return one monitored task."""
        self._refresh()
        return self.store.task_snapshot(url)

    def cluster(self) -> ClusterStatus | None:
        """Return the cluster as this node knows it; None where this process is not a node."""
        return self.cluster_source.status() if self.cluster_source else None

    def owned_tasks(self) -> Sequence[TaskSnapshot]:
        """Return the tasks that this process checks: those of its shards, or all where it is not a node."""
        tasks, source = self.store.task_snapshots(), self.cluster_source
        return [each for each in tasks if source.owns(each.url)] if source else tasks

    def channels(self) -> Sequence[ChannelRecord]:
        """Return the state of each channel's queue."""
        return self.store.channels(self.channel_names(), self.clock())

    def channels_if_readable(self) -> Sequence[ChannelRecord]:
        """Return the same, or nothing while the database cannot be read."""
        try:
            return self.channels()
        except StoreError:
            return ()

    def active_silences(self) -> ActiveSilences:
        """Return the silences and windows of this moment."""
        return self.silencer.active_at(self.clock())

    def maintenance_windows(self) -> Sequence[MaintenanceWindow]:
        """Return the maintenance windows, open or not."""
        return self.silencer.windows

    def announcements(self, page: str) -> Sequence[Announcement]:
        """Return the newest announcements on a status page that are not withdrawn."""
        return self.store.announcements.newest(page)

    def create_silence(self, pattern: str, ends: datetime, why: str, who: str) -> Silence | WriteFailure:
        """Silence tasks from now on."""
        return self._write(lambda: self.store.silences.create(pattern, self.clock(), ends, why, who))

    def end_silence(self, number: int) -> WriteFailure | None:
        """End a silence."""
        return self._write(lambda: self.store.silences.end([number], self.clock()))

    def acknowledge(
        self, url: str, why: str, who: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Acknowledge the open incident of a task; None if there is none, or it opened at another second."""
        made = self._write(lambda: self.store.acknowledgements.create([url], self.clock(), why, who, opened))
        return made if isinstance(made, WriteFailure) else next(iter(made), None)

    def withdraw_acknowledgement(
        self, url: str, opened: datetime | None
    ) -> Acknowledgement | WriteFailure | None:
        """Withdraw the acknowledgement of a task's open incident, and return it.

        None if there is none, or the incident opened at another second.
        """
        withdrawn = self._write(lambda: self.store.acknowledgements.withdraw([url], opened))
        return withdrawn if isinstance(withdrawn, WriteFailure) else next(iter(withdrawn), None)

    def _refresh(self) -> None:
        if self.cluster_source:
            self.cluster_source.refresh()

    def _write(self, change: Callable[[], _Result]) -> _Result | WriteFailure:
        try:
            result = change()
            self.silencer.refresh()
        except StoreError as error:
            return WriteFailure(str(error))
        return result
