"""What a process is responsible for: everything, unless it is a node of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.app.task_list_store import StoredTaskList, TaskListStore
from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.health import HealthWarning, Problem
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck.peers import NO_PEERS, Peers
from py_pinger.engine.reading.discovery import ItemNames
from py_pinger.engine.recording.housekeeping import liveness_loop
from py_pinger.engine.runtime.reconfigurable import Share
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.tasks import States
from py_pinger.store import Store

if TYPE_CHECKING:
    from py_pinger.app.settings_applier import SettingsApplier
    from py_pinger.app.wiring import Components
    from py_pinger.core.times import Clock
    from py_pinger.engine.checking.requested_checks import RequestedChecks
    from py_pinger.engine.cluster.checks_elsewhere import ChecksElsewhere
    from py_pinger.engine.recording.written_batches import WrittenBatches
    from py_pinger.web.view.cluster_source import ClusterSource

Loops: TypeAlias = Iterator[tuple[str, Coroutine[object, object, None]]]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a process begins: with these states of the tasks that it checks at once.

    It `greets` people unless other nodes run. Py Pinger did not run during the `downtime`, if there was one
    before.
    """

    states: States
    downtime: MonitorDowntime | None
    greets: bool = True


class Role(Protocol):
    """What a process is responsible for, and what differs because of that."""

    @property
    def task_list(self) -> TaskListStore:
        """What stores the list of tasks."""

    def share(self, settings: Settings) -> Share:
        """Return the part of settings that this process takes care of; on any thread."""

    def may_send(self) -> bool:
        """Return True if no other process can send to the channels of this one; from any thread."""

    def owns(self, assignment: str) -> bool:
        """Return True if this process does what one process does for all."""

    def items(self, own: ItemNames) -> ItemNames:
        """Return the discovered items of all pages, given those of the pages that this process reads."""

    def elsewhere(self, requests: RequestedChecks, clock: Clock) -> ChecksElsewhere | None:
        """Return what is known of the tasks that other processes check, and has these checked."""

    @property
    def written(self) -> WrittenBatches | None:
        """What was written lately, in case the database loses it."""

    def sign(self, notice: Notice) -> Notice:
        """Return a notice of this process about itself, with its name if there are others."""

    def peers(self) -> Peers:
        """Return the other nodes as evidence about the network."""

    def cluster(self) -> ClusterSource | None:
        """Return what pages show of the cluster, None without one."""

    def connect(self, components: Components, applier: SettingsApplier, stop: Callable[[str], None]) -> None:
        """Use the components; `stop` ends the process, and is given the reason."""

    def begin(self, prepared: PreparedSettings) -> Beginning:
        """Store the first list of tasks; raises StoreError."""

    def resume(self, channels: Sequence[str], now: datetime) -> None:
        """Resume the deliveries that an earlier process has left waiting; raises StoreError."""

    def loops(self, failures: LoopFailures) -> Loops:
        """Yield the loops that only this role has, with their names."""

    def is_last(self) -> bool:
        """Return True if no other process goes on when this one stops."""

    async def prepare_stop(self) -> None:
        """Prepare for a stop, before the last results are written; raises StoreFailure."""

    async def end_session(self) -> None:
        """Record that this process was stopped properly; raises StoreFailure."""

    async def claim_channels(self) -> None:
        """Claim the channels of other processes that stop, if this is the last one; raises StoreFailure."""

    async def release_channels(self, unfinished: Collection[str]) -> None:
        """Leave all channels but the `unfinished` ones to other processes; raises StoreFailure."""

    async def leave(self, unfinished: Collection[str]) -> None:
        """Leave everything to other processes, after the last message was sent; raises StoreFailure.

        A message to the `unfinished` channels is still being sent.
        """

    def problems(self) -> Sequence[Problem]:
        """Return what is wrong with this role."""

    def warnings(self) -> Sequence[HealthWarning]:
        """Return what needs attention."""


MakeRole: TypeAlias = Callable[[Store, AsyncStore, Callable[[], datetime]], Role]

OpenStore: TypeAlias = Callable[[MainSettings], tuple[Store, MakeRole]]


def open_sole(main: MainSettings) -> tuple[Store, MakeRole]:
    """Open the database of a process that alone uses it; raises StoreError."""
    return Store.open(main.database), SoleRole


class SoleRole:
    """The role of a process that alone uses its database: everything."""

    def __init__(self, store: Store, async_store: AsyncStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._async_store = async_store
        self._clock = clock
        self.task_list = StoredTaskList(async_store)
        self.written = None

    def share(self, settings: Settings) -> Share:
        """Return all of the settings."""
        return Share(settings.tasks)

    def may_send(self) -> bool:
        """Return True: no other process has the channels."""
        return True

    def owns(self, _: str) -> bool:
        """Return True: there is no other process."""
        return True

    def items(self, own: ItemNames) -> ItemNames:
        """Return the items: all pages are read here."""
        return own

    def elsewhere(self, _: RequestedChecks, __: Clock) -> ChecksElsewhere | None:
        """Return None: this process checks all tasks."""
        return None

    def sign(self, notice: Notice) -> Notice:
        """Return the same: there is no other process."""
        return notice

    def peers(self) -> Peers:
        """Return none."""
        return NO_PEERS

    def cluster(self) -> ClusterSource | None:
        """Return None: there is no cluster."""
        return None

    def connect(self, _: Components, __: SettingsApplier, ___: Callable[[str], None]) -> None:
        """Use nothing."""

    def begin(self, prepared: PreparedSettings) -> Beginning:
        """Store the list of tasks."""
        downtime = self._store.downtime()
        return Beginning(self._store.set_tasks(prepared.settings.tasks), downtime)

    def resume(self, channels: Sequence[str], now: datetime) -> None:
        """Resume the deliveries of all channels."""
        self._store.resume_deliveries(channels, now)

    def loops(self, failures: LoopFailures) -> Loops:
        """Yield the loop that records that this process runs."""
        yield "liveness", liveness_loop(self._async_store, self._clock, failures)

    def is_last(self) -> bool:
        """Return True: there is no other process."""
        return True

    async def prepare_stop(self) -> None:
        """Prepare nothing."""

    async def end_session(self) -> None:
        """End the session."""
        await self._async_store.call(Store.end_session, self._clock())

    async def claim_channels(self) -> None:
        """Claim nothing: all channels are sent to here."""

    async def release_channels(self, _: Collection[str]) -> None:
        """Release nothing: there is no other process."""

    async def leave(self, _: Collection[str]) -> None:
        """Leave nothing: there is no other process."""

    def problems(self) -> Sequence[Problem]:
        """Return nothing."""
        return ()

    def warnings(self) -> Sequence[HealthWarning]:
        """Return nothing."""
        return ()
