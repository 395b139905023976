"""The role of a process that is a node of a cluster: what it owns of the tasks and the channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from py_pinger import __version__
from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.check_request_access import AsyncCheckRequests
from py_pinger.app.cluster.connected_node import ConnectedNode, NodeParts
from py_pinger.app.cluster.node_lease import NodeLease
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.app.role import Beginning, Loops, MakeRole
from py_pinger.config import MainSettings, Settings
from py_pinger.core.cluster.assignments import channel_assignment
from py_pinger.core.cluster.cluster_health import node_problems, node_warnings
from py_pinger.core.cluster.node_notices import on_node
from py_pinger.core.discovery.discovery import DiscoveredItem, names_by_page
from py_pinger.core.model.health import HealthWarning, Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck.peers import Peers
from py_pinger.core.times import Clock
from py_pinger.engine.checking.requested_checks import RequestedChecks
from py_pinger.engine.cluster.checks_elsewhere import ChecksElsewhere
from py_pinger.engine.reading.discovery import ItemNames
from py_pinger.engine.recording.written_batches import WrittenBatches
from py_pinger.engine.runtime.reconfigurable import Share
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store.node_store import NodeStore

if TYPE_CHECKING:
    from py_pinger.app.settings_applier import SettingsApplier
    from py_pinger.app.wiring import Components


class NodeRole:
    """What a node owns, and how it takes part in its cluster."""

    # Set by `connect`, before anything runs.
    _node: ConnectedNode

    def __init__(self, store: NodeStore, async_store: AsyncStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._async_store = async_store
        # What is only read waits for no writes.
        self._poller = AsyncStore(store, ThreadWorker("cluster"), ())
        self._clock = clock
        self._part = OwnedPart(store.shards)
        self._items: tuple[DiscoveredItem, ...] = ()
        self.task_list = NodeTaskList(store, async_store, self._part)
        self._lease = NodeLease(store, self.task_list, clock)
        self._status = NodeStatus(store, self._lease.renewer, self._part)
        self.written = WrittenBatches(store, async_store.record_again, self._store_pushes_again, monotonic)

    @classmethod
    def open(cls, main: MainSettings) -> tuple[NodeStore, MakeRole]:
        """Open the database of a node; return its store, and what makes the role of the process."""
        store = NodeStore.open_node(main.database, main.node or "", __version__)
        return store, lambda _, async_store, clock: cls(store, async_store, clock)

    def share(self, settings: Settings) -> Share:
        """Return the part of the settings that belongs to what this node owns."""
        return self._part.of(settings)

    def may_send(self) -> bool:
        """Return True if no other node can own the channels of this one."""
        return self._lease.renewer.may_send()

    def owns(self, assignment: str) -> bool:
        """Return True if this node does what one node does for all."""
        return self._part.owns(assignment) and self.may_send()

    def items(self, own: ItemNames) -> ItemNames:
        """Return the items of all pages: those of other nodes as they are stored."""
        return {**names_by_page(self._items), **own}

    def elsewhere(self, requests: RequestedChecks, clock: Clock) -> ChecksElsewhere:
        """Return what is known of the tasks that other nodes check."""
        access = AsyncCheckRequests(self._store, self._poller)
        return ChecksElsewhere(access, self._store.task_snapshot, requests.request, requests.queue, clock)

    def sign(self, notice: Notice) -> Notice:
        """Return a notice of this node about itself, with its name."""
        return on_node(notice, self._store.name)

    def peers(self) -> Peers:
        """Return the other nodes as evidence about the network."""
        return self._lease.peers()

    def cluster(self) -> NodeStatus:
        """Return what pages show of the cluster."""
        return self._status

    def connect(self, components: Components, applier: SettingsApplier, stop: Callable[[str], None]) -> None:
        """Have these components take care of what this node owns."""
        parts = NodeParts(
            self._store,
            self._async_store,
            self._poller,
            self._clock,
            self._part,
            self.task_list,
            self._lease,
            self._status,
        )
        self._node = ConnectedNode(parts, components, applier, self._note_items, stop)

    def begin(self, prepared: PreparedSettings) -> Beginning:
        """Begin as a node, and put the settings in force unless others are."""
        self._items = self._store.discovered_items()
        beginning = self._store.begin(*self.task_list.expected, self._clock)
        self._lease.renewer.begin(beginning.clock_error)
        self._lease.renewer.start()
        self.task_list.begin(prepared.settings, beginning)
        return Beginning({}, beginning.downtime, greets=beginning.first)

    def resume(self, channels: Sequence[str], now: datetime) -> None:
        """Resume nothing yet: what waits for a channel is resumed when the node has claimed it."""

    def loops(self, failures: LoopFailures) -> Loops:
        """Yield the loops of the node."""
        yield from self._node.loops(failures)

    async def prepare_stop(self) -> None:
        """Have others expect that this node leaves."""
        await self._node.prepare_stop()

    async def claim_channels(self) -> None:
        """Claim the channels of other nodes that leave, as soon as they have."""
        await self._node.claim_channels()

    async def release_channels(self, unfinished: Collection[str]) -> None:
        """Release all channels but the `unfinished` ones: others send to them at once."""
        await self._node.release_channels(unfinished)

    def is_last(self) -> bool:
        """Return True if no other node runs."""
        return self._lease.is_last()

    async def end_session(self) -> None:
        """Record nothing: the last node that leaves ends the session."""

    async def leave(self, unfinished: Collection[str] = ()) -> None:
        """Leave everything: others have it within two seconds."""
        self._lease.renewer.stop()
        self._store.leave_once()
        kept = frozenset(map(channel_assignment, unfinished))
        await asyncio.gather(self._poller.close(), self._async_store.call(lambda _: self._store.leave(kept)))

    def problems(self) -> Sequence[Problem]:
        """Return what keeps this node from taking part in its cluster."""
        status = self._status.status()
        return tuple(node_problems(status, self._clock())) if status else ()

    def warnings(self) -> Sequence[HealthWarning]:
        """Return what differs between the nodes."""
        status = self._status.status()
        return tuple(node_warnings(status, self._clock())) if status else ()

    def _store_pushes_again(self) -> None:
        self._node.store_pushes_again()

    def _note_items(self, items: tuple[DiscoveredItem, ...]) -> None:
        self._items = items
