"""The loops of a node, connected to the components that take care of what it owns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.async_node_store import AsyncNodeStore
from py_pinger.app.cluster.cluster_loops import DeliveryWatch, NodeNotices
from py_pinger.app.cluster.node_lease import NodeLease
from py_pinger.app.cluster.node_reporter import NodeReporter
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.cluster.settings_share import SettingsShare
from py_pinger.app.role import Loops
from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.engine.cluster.node_loop import NodeLoop
from py_pinger.engine.cluster.released_channels import ReleasedChannels
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.store.node_store import NodeStore

if TYPE_CHECKING:
    from py_pinger.app.settings_applier import SettingsApplier
    from py_pinger.app.wiring import Components


# Seconds for which the last of several nodes that stop waits for the others before it says farewell: so long
# their last results take, about which people should be notified before. For their channels it waits longer.
OTHERS_LEAVE: Final = 0.7


@dataclass(frozen=True, slots=True)
class NodeParts:
    """What a node has before there are components to take care of anything.

    The `poller` has a separate thread: what is only read waits for no writes.
    """

    store: NodeStore
    async_store: AsyncStore
    poller: AsyncStore
    clock: Callable[[], datetime]
    part: OwnedPart
    task_list: NodeTaskList
    lease: NodeLease
    status: NodeStatus


class ConnectedNode:
    """A node whose components take care of what it owns.

    `note_items` takes the discovered items of all pages; `stop` ends the process, and is given the reason.
    """

    def __init__(
        self,
        parts: NodeParts,
        components: Components,
        applier: SettingsApplier,
        note_items: Callable[[tuple[DiscoveredItem, ...]], None],
        stop: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._components = components
        share = _share(parts, components, applier, note_items)
        self._loop = NodeLoop(_access(parts), parts.lease.renewer, share, stop)
        self._reporter = _reporter(parts, components, applier)
        parts.status.loop = self._loop
        parts.lease.report = self._reporter.report

    def loops(self, failures: LoopFailures) -> Loops:
        """Yield the loops of the node, with their names; from now on its lease needs loops that run."""
        parts, components = self._parts, self._components
        store, async_store, dispatcher = parts.store, parts.async_store, components.dispatcher
        notices = NodeNotices(
            store, async_store, parts.status, parts.lease, self._owns, parts.clock, dispatcher.wake
        )
        self._reporter.is_running = True
        parts.lease.renewer.renew_soon()
        yield "node", self._loop.run(failures)
        if components.elsewhere:
            yield "checks elsewhere", components.elsewhere.run(failures)
        yield "node notices", notices.run(failures)
        yield "deliveries", DeliveryWatch(store, parts.poller, dispatcher).run(failures)
        yield "reach", components.connectivity_guard.keep_reaching(failures)

    async def prepare_stop(self) -> None:
        """Have others expect that this node leaves; the last one waits for them, and has their channels."""
        self._reporter.is_running, self._reporter.is_leaving = False, True
        lease = self._parts.lease
        if lease.renewer.state.error is None:
            await lease.declare_leaving()
        if lease.is_last():
            await lease.wait_until_alone(OTHERS_LEAVE)
            await self._loop.claim_channels()

    async def claim_channels(self) -> None:
        """Claim the channels of each node that leaves as soon as it has, until all have."""
        lease = self._parts.lease
        await self._loop.claim_channels()
        while lease.sees_others():
            await lease.poll()
            await self._loop.claim_channels()

    async def release_channels(self, unfinished: Collection[str]) -> None:
        """Release all channels but the `unfinished` ones, to which messages are still being sent."""
        await self._loop.release_channels(unfinished)

    def store_pushes_again(self) -> None:
        """Have what is kept of pushed tasks stored again: the database has lost commits."""
        self._components.pushes.store_again()

    def _owns(self, assignment: str) -> bool:
        return self._components.role.owns(assignment)


def _share(
    parts: NodeParts,
    components: Components,
    applier: SettingsApplier,
    note_items: Callable[[tuple[DiscoveredItem, ...]], None],
) -> SettingsShare:
    return SettingsShare(
        parts.store,
        parts.async_store,
        parts.part,
        parts.task_list,
        applier,
        components.dispatcher,
        components.discovery,
        components.certificates,
        components.write_buffer,
        components.pushes,
        components.monitor.self_check,
        note_items,
    )


def _access(parts: NodeParts) -> AsyncNodeStore:
    return AsyncNodeStore(
        parts.store,
        parts.async_store,
        parts.task_list,
        parts.clock,
        parts.lease.owners,
        parts.status.tasks_by_shard,
    )


def _reporter(parts: NodeParts, components: Components, applier: SettingsApplier) -> NodeReporter:
    return NodeReporter(
        parts.store,
        parts.task_list,
        components.connectivity_guard,
        components.monitor,
        components.write_buffer,
        ReleasedChannels(lambda: components.dispatcher, parts.clock),
        lambda: applier.in_force,
        parts.async_store.channel_names,
        parts.lease.owners,
    )
