"""The role of a process that is a node of a cluster: what it owns of the tasks and the channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from py_pinger import __version__
from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.async_node_store import AsyncNodeStore
from py_pinger.app.cluster.check_request_access import AsyncCheckRequests
from py_pinger.app.cluster.cluster_loops import DeliveryWatch, NodeNotices
from py_pinger.app.cluster.node_reporter import NodeReporter
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.cluster.settings_share import SettingsShare
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.app.role import Beginning, Loops, MakeRole
from py_pinger.config import MainSettings, Settings
from py_pinger.core.cluster.cluster_health import node_problems, node_warnings
from py_pinger.core.cluster.generations import SettingsDecision, at_start
from py_pinger.core.cluster.node_notices import on_node
from py_pinger.core.discovery.discovery import DiscoveredItem, names_by_page
from py_pinger.core.model.cluster import ClusterView, NodeReport
from py_pinger.core.model.health import HealthWarning, Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck.peers import Peers
from py_pinger.core.times import Clock
from py_pinger.engine.checking.requested_checks import RequestedChecks
from py_pinger.engine.cluster.checks_elsewhere import ChecksElsewhere
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.cluster.node_loop import NodeLoop
from py_pinger.engine.cluster.released_channels import ReleasedChannels
from py_pinger.engine.reading.discovery import ItemNames
from py_pinger.engine.recording.written_batches import WrittenBatches
from py_pinger.engine.runtime.reconfigurable import Share
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreFenced, StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store import FencedError, StoreError
from py_pinger.store.node_store import NodeStore

if TYPE_CHECKING:
    from py_pinger.app.settings_applier import SettingsApplier
    from py_pinger.app.wiring import Components


class NodeRole:
    """What a node owns, and how it takes part in its cluster."""

    def __init__(self, store: NodeStore, async_store: AsyncStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._async_store = async_store
        # What is only read waits for no writes.
        self._poller = AsyncStore(store, ThreadWorker("cluster"), ())
        self._clock = clock
        self._part = OwnedPart(store.shards)
        self._items: tuple[DiscoveredItem, ...] = ()
        self._components: Components | None = None
        self._reporter: NodeReporter | None = None
        self._renewer = LeaseRenewer(self._renew, self._report, clock)
        self._status = NodeStatus(store, self._renewer, self._part, clock)
        self._elsewhere: ChecksElsewhere | None = None
        self._loop: NodeLoop | None = None
        self.task_list = NodeTaskList(store, async_store, self._part)
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
        return self._renewer.may_send()

    def owns(self, assignment: str) -> bool:
        """Return True if this node does what one node does for all."""
        return self._part.owns(assignment) and self._renewer.may_send()

    def items(self, own: ItemNames) -> ItemNames:
        """Return the items of all pages: those of other nodes as they are stored."""
        return {**names_by_page(self._items), **own}

    def elsewhere(self, requests: RequestedChecks, clock: Clock) -> ChecksElsewhere:
        """Return what is known of the tasks that other nodes check."""
        access = AsyncCheckRequests(self._store, self._poller)
        self._elsewhere = ChecksElsewhere(
            access, self._store.task_snapshot, requests.request, requests.queue, clock
        )
        return self._elsewhere

    def sign(self, notice: Notice) -> Notice:
        """Return a notice of this node about itself, with its name."""
        return on_node(notice, self._store.name)

    def peers(self) -> Peers:
        """Return the other nodes as evidence about the network."""
        state = self._renewer.state
        return Peers.of(state.view, self._store.incarnation, state.clock_error)

    def cluster(self) -> NodeStatus:
        """Return what pages show of the cluster."""
        return self._status

    def connect(self, components: Components, applier: SettingsApplier, stop: Callable[[str], None]) -> None:
        """Have these components take care of what this node owns."""
        self._components = components
        settings = SettingsShare(
            self._store,
            self._async_store,
            self._part,
            self.task_list,
            applier,
            components.dispatcher,
            components.discovery,
            components.write_buffer,
            components.pushes,
            components.monitor.self_check,
            self._note_items,
        )
        access = AsyncNodeStore(
            self._store,
            self._async_store,
            self.task_list,
            self._clock,
            self._owners,
            self._status.tasks_by_shard,
        )
        self._loop = self._status.loop = NodeLoop(access, self._renewer, settings, stop)
        self._reporter = NodeReporter(
            self._store,
            self.task_list,
            components.connectivity_guard,
            components.monitor,
            components.write_buffer,
            ReleasedChannels(lambda: components.dispatcher, self._clock),
            lambda: applier.in_force,
            self._async_store.channel_names,
            self._owners,
        )

    def begin(self, prepared: PreparedSettings) -> Beginning:
        """Begin as a node, and put the settings in force unless others are."""
        self._items = self._store.discovered_items()
        beginning = self._store.begin(*self.task_list.fingerprints, self._clock)
        self._renewer.begin(beginning.clock_error)
        self._renewer.start()
        ruling = beginning.generation.settings if beginning.generation else None
        has_peers = not beginning.first
        decision = at_start(self.task_list.settings, ruling, seen=beginning.seen, has_peers=has_peers)
        if decision is SettingsDecision.RULE:
            self.task_list.rule(prepared.settings)
        else:
            self._store.load()
        return Beginning({}, beginning.downtime, greets=beginning.first)

    def resume(self, channels: Sequence[str], now: datetime) -> None:
        """Resume nothing yet: what waits for a channel is resumed when the node has claimed it."""

    def loops(self, failures: LoopFailures) -> Loops:
        """Yield the loops of the node."""
        if self._loop and self._elsewhere and self._components and self._reporter:
            self._reporter.is_running = True
            dispatcher = self._components.dispatcher
            watch = DeliveryWatch(self._store, self._poller, dispatcher)
            yield "node", self._loop.run(failures)
            yield "checks elsewhere", self._elsewhere.run(failures)
            yield "node notices", self._notices(dispatcher.wake).run(failures)
            yield "deliveries", watch.run(failures)
            yield "reach", self._components.connectivity_guard.keep_reaching(failures)

    async def prepare_stop(self) -> None:
        """Have others expect that this node leaves; the last one sends what waits, and says farewell."""
        if self._reporter:
            self._reporter.is_running, self._reporter.is_leaving = False, True
        await asyncio.to_thread(self._renewer.renew_once)
        if self._loop and self.is_last():
            await self._loop.claim_channels()

    def is_last(self) -> bool:
        """Return True if no other node runs."""
        view = self._renewer.state.view
        others = (node for node in view.nodes if node.incarnation != self._store.incarnation) if view else ()
        return all(node.expired for node in others)

    async def end_session(self) -> None:
        """Record nothing: the last node that leaves ends the session."""

    async def leave(self) -> None:
        """Release everything: others have it within two seconds."""
        self._renewer.stop()
        await self._poller.close()
        await self._async_store.call(lambda _: self._store.leave())

    def problems(self) -> Sequence[Problem]:
        """Return what keeps this node from taking part in its cluster."""
        status = self._status.status()
        return tuple(node_problems(status, self._clock())) if status else ()

    def warnings(self) -> Sequence[HealthWarning]:
        """Return what differs between the nodes."""
        status = self._status.status()
        return tuple(node_warnings(status, self._clock())) if status else ()

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

    def _report(self) -> NodeReport | None:
        """Return what this node says of itself; before it is connected, nothing but its settings."""
        return self._reporter.report() if self._reporter else NodeReport(*self.task_list.fingerprints)

    def _note_items(self, items: tuple[DiscoveredItem, ...]) -> None:
        self._items = items

    def _notices(self, wake: Callable[[], None]) -> NodeNotices:
        return NodeNotices(
            self._store, self._async_store, self._status, self._renewer, self.owns, self._clock, wake
        )

    def _store_pushes_again(self) -> None:
        if self._components:
            self._components.pushes.store_again()

    def _owners(self) -> dict[str, int | None]:
        view = self._renewer.state.view
        return {**view.assignments} if view else {}
