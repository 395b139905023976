"""The lease of a node: what renews it in the store, and what the last renewal says of the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.core.model.cluster import ClusterView, NodeReport, Sight
from py_pinger.core.selfcheck.peers import Peers
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.runtime.store_access import StoreFenced, StoreUnavailable
from py_pinger.store import FencedError, StoreError
from py_pinger.store.node_store import NodeStore

# Seconds between two polls of a renewal under way.
_POLL: Final = 0.02


class NodeLease:
    """The lease of a node, of one incarnation after the other; may be read from any thread.

    `report` returns what the node says of itself: its settings alone, before there is more to say.
    """

    def __init__(self, store: NodeStore, task_list: NodeTaskList, clock: Callable[[], datetime]) -> None:
        self._store = store
        self.report: Callable[[], NodeReport | None] = lambda: NodeReport(*task_list.in_force, Sight.STARTING)
        self.renewer = LeaseRenewer(self._renew, self._report, clock)

    @property
    def view(self) -> ClusterView | None:
        """The cluster as the last renewal has read it; None before the first."""
        return self.renewer.state.view

    def owners(self) -> Mapping[str, int | None]:
        """Return the incarnation that owns each assignment, None for those that are free."""
        view = self.view
        return view.assignments if view else {}

    def peers(self) -> Peers:
        """Return the other nodes as evidence about the network."""
        state = self.renewer.state
        return Peers.of(state.view, self._store.incarnation, state.clock_error)

    def is_last(self) -> bool:
        """Return True if no other node runs."""
        view = self.view
        nodes = view.nodes if view else ()
        return all(node.expired for node in nodes if node.incarnation != self._store.incarnation)

    async def renew_now(self) -> None:
        """Have the lease renewed at once, and wait for that, however long the database does not answer."""
        before = self.renewer.state
        self.renewer.renew_soon()
        while self.renewer.state is before and not before.over:  # noqa: ASYNC110 - a thread replaces it
            await asyncio.sleep(_POLL)

    def _report(self) -> NodeReport | None:
        return self.report()

    def _renew(self, report: NodeReport) -> ClusterView:
        try:
            if self._store.is_over:
                # Perhaps the database still has it, but another process writes as the same run.
                raise StoreFenced(f"this run of node {self._store.name} is over")
            return self._store.renew(report)
        except FencedError as error:
            raise StoreFenced(str(error)) from None
        except StoreError as error:
            raise StoreUnavailable(str(error)) from None
