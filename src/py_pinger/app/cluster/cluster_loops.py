"""The loops of a node besides its own: notices about nodes, and deliveries that other nodes have written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.node_lease import NodeLease
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.core.cluster.assignments import NOTICES
from py_pinger.core.cluster.drift import DriftWatch
from py_pinger.core.cluster.node_notices import due
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.notification.route import Route
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.store.node_store import NodeStore

_log = logging.getLogger(__name__)

# Seconds between two searches for deliveries: notices of other nodes are sent as soon as one's own.
DELIVERY_POLL: Final = 0.5

# Seconds between two comparisons of the nodes.
NODE_POLL: Final = 2.0


@dataclass(slots=True)
class NodeNotices:
    """Stores the notices about nodes, where this node does that for all; reads which nodes have ended."""

    store: NodeStore
    async_store: AsyncStore
    status: NodeStatus
    lease: NodeLease
    owns: Callable[[str], bool]
    clock: Callable[[], datetime]
    wake: Callable[[], None]
    failure_log: FailureLog = field(
        default_factory=lambda: FailureLog(
            _log, "Cannot store notices about nodes, will retry", "Storing notices about nodes recovered."
        )
    )
    # What was read last, and what is equal as long as that has not changed.
    _ended_of: Hashable = None
    _topics: Mapping[str, datetime] = field(default_factory=dict)
    _topics_of: Hashable = None

    async def run(self, failures: LoopFailures) -> None:
        """Compare the nodes until cancelled."""
        await every(NODE_POLL, self.poll, "the notices about nodes", failures=failures)

    async def poll(self) -> None:
        """Read which nodes have ended and whose settings differ, and store the notices that are due."""
        try:
            routes = self.async_store.routes
            if await self.async_store.call(lambda _: self._compare(routes)):
                self.wake()
            self.failure_log.record(None)
        except StoreFailure as failure:
            self.failure_log.record(str(failure))

    def _compare(self, routes: Sequence[Route]) -> bool:
        """Compare the nodes, and return True if notices were stored.

        All of it is one operation on the thread that writes: before its end nothing is released there, so
        that no other node stores the same notices.
        """
        changes = self.store.changes
        if (version := changes.version(ChangeKind.NODES)) != self._ended_of:
            self.status.ended, self._ended_of = self.store.ended_nodes(), version
        # Counted here, so that the loop need not.
        self.status.tasks_by_shard()
        view = self.lease.view
        # On each node: pages and /healthz say since when.
        drifting = self.status.drift_watch(view) if view else DriftWatch()
        if view is None or not self.owns(NOTICES):
            return False
        # What this node has just stored is among them.
        if (version := changes.version(ChangeKind.NOTICES, max_age=0)) != self._topics_of:
            self._topics, self._topics_of = self.store.open_topics(), version
        notices = [*due(view, drifting, self._topics, self.clock())]
        if notices:
            self.store.record((), notices, routes)
        return bool(notices)


class DeliveryWatch:
    """Wakes the workers of channels for deliveries that other nodes have written."""

    def __init__(self, store: NodeStore, async_store: AsyncStore, dispatcher: Dispatcher) -> None:
        self._store = store
        self._async_store = async_store
        self._dispatcher = dispatcher
        self._seen: Hashable = None

    async def run(self, failures: LoopFailures) -> None:
        """Search for deliveries until cancelled."""
        await every(DELIVERY_POLL, self.poll, "the search for deliveries", failures=failures)

    async def poll(self) -> None:
        """Wake the workers for whose channels deliveries wait, if there are new ones."""
        try:
            waiting = await self._async_store.call(lambda _: self._new())
        except StoreFailure:
            # Each worker reports that its queue cannot be read.
            return
        for worker in self._dispatcher:
            if worker.name in waiting:
                worker.wake()

    def _new(self) -> frozenset[str]:
        version = self._store.changes.version(ChangeKind.NOTICES, max_age=0)
        if version == self._seen:
            return frozenset()
        waiting = self._store.waiting_channels()
        self._seen = version
        return waiting
