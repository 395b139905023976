"""The lease of a node: what renews it in the store, and what the last renewal says of the cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, Sight
from py_pinger.core.selfcheck.peers import Peers
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.runtime.store_access import StoreFenced, StoreUnavailable
from py_pinger.store import FencedError, StoreError
from py_pinger.store.node_store import NodeStore

# Seconds between two polls of a renewal under way, and of nodes that leave.
_POLL: Final = 0.02
_LEAVING_POLL: Final = 0.1


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
        """Return True if no other node runs, but those that leave: this one sees them leave, they did not."""
        return all(node.report.sight is Sight.LEAVING for node in self._others())

    async def declare_leaving(self) -> None:
        """Have the lease renewed by a report that this node leaves, which it makes from now on."""
        # The renewal under way may have another report.
        for _ in range(2):
            await self.renew_now()
            if self.renewer.state.error or self._own_sight() is Sight.LEAVING:
                return

    async def wait_until_alone(self, seconds: float) -> None:
        """Wait until other nodes have left; at most for so many seconds, or until a renewal fails."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.sees_others():
                    await self.poll()

    def sees_others(self) -> bool:
        """Return True if other nodes have not left yet; only while the lease can be renewed."""
        state = self.renewer.state
        return bool(self._others()) and state.error is None and not state.over

    async def poll(self) -> None:
        """Have the lease renewed in a moment: others may have left then."""
        await asyncio.sleep(_LEAVING_POLL)
        await self.renew_now()

    async def renew_now(self) -> None:
        """Have the lease renewed at once, and wait for that, however long the database does not answer."""
        before = self.renewer.state
        self.renewer.renew_soon()
        while self.renewer.state is before and not before.over:  # noqa: ASYNC110 - a thread replaces it
            await asyncio.sleep(_POLL)

    def _own_sight(self) -> Sight | None:
        nodes, me = self.view.nodes if self.view else (), self._store.incarnation
        return next((node.report.sight for node in nodes if node.incarnation == me), None)

    def _others(self) -> list[Node]:
        view, me = self.view, self._store.incarnation
        return [node for node in (view.nodes if view else ()) if node.incarnation != me and not node.expired]

    def _report(self) -> NodeReport | None:
        return self.report()

    def _renew(self, report: NodeReport, renewed_ago: float) -> ClusterView:
        try:
            if self._store.is_over:
                # Perhaps the database still has it, but another process writes as the same run.
                raise StoreFenced(f"this run of node {self._store.name} is over")
            return self._store.renew(report, renewed_ago)
        except FencedError as error:
            raise StoreFenced(str(error)) from None
        except StoreError as error:
            raise StoreUnavailable(str(error)) from None
