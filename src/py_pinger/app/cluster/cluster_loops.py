"""The loops of a node besides its own: notices about nodes, and deliveries that other nodes have written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.core.cluster.assignments import NOTICES
from py_pinger.core.cluster.drift import DriftWatch
from py_pinger.core.cluster.node_notices import due
from py_pinger.core.model.cluster import ClusterView
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
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


@dataclass(frozen=True, slots=True)
class NodeNotices:
    """Stores the notices about nodes, where this node does that for all; reads which nodes have ended."""

    store: NodeStore
    async_store: AsyncStore
    status: NodeStatus
    renewer: LeaseRenewer
    owns: Callable[[str], bool]
    clock: Callable[[], datetime]
    wake: Callable[[], None]
    failure_log: FailureLog = field(
        default_factory=lambda: FailureLog(
            _log, "Cannot store notices about nodes, will retry", "Storing notices about nodes recovered."
        )
    )

    async def run(self, failures: LoopFailures) -> None:
        """Compare the nodes until cancelled."""
        await every(NODE_POLL, self.poll, "the notices about nodes", failures=failures)

    async def poll(self) -> None:
        """Read which nodes have ended and whose settings differ, and store the notices that are due."""
        try:
            self.status.ended = await self.async_store.call(lambda _: self.store.ended_nodes())
            view = self.renewer.state.view
            # On each node: pages and /healthz say since when.
            drifting = self.status.drift_watch(view) if view else DriftWatch()
            if view and self.owns(NOTICES):
                await self._store_due(view, drifting)
            self.failure_log.record(None)
        except StoreFailure as failure:
            self.failure_log.record(str(failure))

    async def _store_due(self, view: ClusterView, drifting: DriftWatch) -> None:
        topics = await self.async_store.call(lambda _: self.store.open_topics())
        notices = [*due(view, drifting, topics, self.clock())]
        if notices:
            await self.async_store.record((), notices)
            self.wake()


class DeliveryWatch:
    """Wakes the workers of channels for deliveries that other nodes have written."""

    def __init__(self, store: NodeStore, async_store: AsyncStore, dispatcher: Dispatcher) -> None:
        self._store = store
        self._async_store = async_store
        self._dispatcher = dispatcher
        self._known: Mapping[str, tuple[int, int]] = {}

    async def run(self, failures: LoopFailures) -> None:
        """Search for deliveries until cancelled."""
        await every(DELIVERY_POLL, self.poll, "the search for deliveries", failures=failures)

    async def poll(self) -> None:
        """Wake the workers whose channels have other deliveries than before."""
        try:
            found = await self._async_store.call(lambda _: self._store.waiting_by_channel())
        except StoreFailure:
            # Each worker reports that its queue cannot be read.
            return
        changed = [name for name, waiting in found.items() if waiting != self._known.get(name)]
        self._known = found
        for worker in self._dispatcher:
            if worker.name in changed:
                worker.wake()
