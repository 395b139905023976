"""The loop of a node: claims, releases and declares lost what the plan says, and follows the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from math import inf

from py_pinger.core.cluster.assignments import channel_assignment, channel_names
from py_pinger.core.cluster.fitness import is_fit
from py_pinger.core.cluster.generations import should_rule
from py_pinger.core.cluster.plan import plan
from py_pinger.core.model.cluster import ClusterView, Node
from py_pinger.core.text.formatting import count
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.cluster.node_access import NameTakenError, NodeAccess, NodeShare
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreFailure

_log = logging.getLogger(__name__)

# Seconds between two polls of the lease, and before another attempt after one has failed.
POLL_INTERVAL = 0.1
RETRY = 1.0


class NodeLoop:
    """Owns assignments, one step after the other; belongs to the loop.

    `owned` is what this node knows that it owns, by the store; what it owns without knowing it, since the
    answer to a claim or a release was lost, is claimed or released again. What it gives up is owned until all
    about it is written.
    `on_name_taken` is called with a sentence if another process has this node's name. `take_overs` counts
    the assignments that were claimed, and `restarts` the incarnations that ended while this process ran.
    """

    def __init__(
        self,
        store: NodeAccess,
        renewer: LeaseRenewer,
        share: NodeShare,
        on_name_taken: Callable[[str], None],
    ) -> None:
        self._store = store
        self._renewer = renewer
        self._share = share
        self._on_name_taken = on_name_taken
        self._seen: ClusterView | None = None
        # What is taken care of; None while a change of that has failed.
        self._used: frozenset[str] | None = frozenset()
        self._must_reload = False
        self._changed_at = -inf
        self._failure_log = FailureLog(
            _log, "Cannot take part in the cluster, will retry", "Taking part in the cluster recovered."
        )
        self.owned: frozenset[str] = frozenset()
        self.take_overs = self.restarts = 0

    async def run(self, failures: LoopFailures) -> None:
        """Take part in the cluster until cancelled."""
        await every(POLL_INTERVAL, self.round, "the loop of the node", failures=failures)

    async def round(self) -> float:
        """Do what follows from the newest view of the cluster; return the seconds until the next round."""
        try:
            if self._renewer.state.over:
                await self._begin_again()
            state = self._renewer.state
            if state.view is not None and state.view is not self._seen:
                await self._act(state.view, state.history.sent)
                self._seen = state.view
        except StoreFailure as failure:
            self._failure_log.record(str(failure))
            return RETRY
        except NameTakenError as taken:
            self._on_name_taken(str(taken))
            return RETRY
        self._failure_log.record(None)
        return POLL_INTERVAL

    async def claim_channels(self) -> None:
        """Claim the channels that were released: no other node runs that could send what waits for them.

        One that a node has left while it sent a message waits for the next start, which may repeat that.
        """
        view = self._renewer.state.view
        free = {name for name, owner in view.assignments.items() if owner is None} if view else set()
        names = frozenset(map(channel_assignment, channel_names(free)))
        await self._claim(names - self.owned, released=True)
        await self._use_owned()

    async def release_channels(self, unfinished: Collection[str]) -> None:
        """Release all channels but the `unfinished` ones, which are not sent to any more."""
        done = frozenset(map(channel_assignment, channel_names(self.owned) - {*unfinished}))
        if done:
            self.owned -= done
            await self._store.release(done)

    async def _act(self, view: ClusterView, requested_at: float) -> None:
        steps = plan(view, self._store.incarnation, may_declare=self._renewer.may_declare())
        for node in steps.lost:
            await self._declare_lost(node, view)
        await self._follow()
        if should_rule(view, self._store.incarnation):
            await self._share.put_in_force()
        if requested_at <= self._changed_at:
            # The view is older than the last claim or release; the next one comes within a second.
            return
        self._note_lost(view)
        # First what the node still takes care of, so that it goes on doing so.
        await self._claim(steps.claim & self._unowned())
        await self._release(steps.release)
        if self._renewer.may_take_over():
            await self._claim(steps.claim - self.owned)
        await self._use_owned()

    async def _use_owned(self) -> None:
        if self._used != self.owned:
            await self._use(self.owned)

    async def _use(self, owned: frozenset[str]) -> None:
        self._used = None
        await self._share.use(owned)
        self._used = owned

    def _note_lost(self, view: ClusterView) -> None:
        """Own no longer what the database says that others own: it has lost a claim of this node."""
        me = self._store.incarnation
        self.owned = frozenset(name for name in self.owned if view.assignments.get(name) == me)

    def _unowned(self) -> frozenset[str]:
        """Return what the node takes care of although the database has lost its claim."""
        return (self._used or frozenset()) - self.owned

    async def _declare_lost(self, node: Node, view: ClusterView) -> None:
        watching = [each.name for each in view.nodes if is_fit(each)]
        if await self._store.declare_lost(node, watching):
            _log.warning("Node %s did not renew its lease and was declared lost.", node.name)

    async def _follow(self) -> None:
        self._must_reload = await self._store.follow() or self._must_reload
        if self._must_reload:
            await self._share.reload_list()
            self._must_reload = False

    async def _release(self, names: frozenset[str]) -> None:
        if names:
            await self._use(self.owned - names)
            # Not owned from here on, whatever becomes of the answer: another node may have it already.
            self.owned -= names
            await self._store.release(names)
            self._changed_at = self._renewer.seconds()
            _log.info("Released %s.", count(len(names), "assignment"))

    async def _claim(self, names: frozenset[str], *, released: bool = False) -> None:
        if names and (claimed := await self._store.claim(names, released=released)):
            self.owned |= claimed
            self._changed_at = self._renewer.seconds()
            self.take_overs += len(claimed)
            _log.info("Took over %s.", count(len(claimed), "assignment"))

    async def _begin_again(self) -> None:
        """Drop everything, and begin a new incarnation."""
        _log.warning("This run of the node is over: other nodes take over. A new one begins.")
        self.owned = self._used = frozenset()
        await self._share.abandon()
        clock_error = await self._store.begin()
        self.restarts += 1
        self._must_reload, self._seen = True, None
        self._renewer.begin(clock_error)
