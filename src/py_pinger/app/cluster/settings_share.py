"""Has the components of a node take care of what it owns, as a reload does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.push.push_setup import PushSetup
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.probing.certificate_monitor import CertificateMonitor
from py_pinger.engine.reading.discovery import ItemDiscovery
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.tasks import States
from py_pinger.engine.selfcheck.self_check import SelfCheck
from py_pinger.store.node_store import NodeStore

# Seconds that the workers of channels have to end: a message that is being sent may take longer.
WORKERS_END = 2.0


@dataclass(frozen=True, slots=True)
class SettingsShare:
    """The settings of a node in force for its part of them; one change at a time.

    `note_items` is called with the discovered items of all pages, before each change.
    """

    store: NodeStore
    async_store: AsyncStore
    part: OwnedPart
    task_list: NodeTaskList
    applier: SettingsApplier
    dispatcher: Dispatcher
    discovery: ItemDiscovery
    certificates: CertificateMonitor
    write_buffer: WriteBuffer
    pushes: PushSetup
    self_check: SelfCheck
    note_items: Callable[[tuple[DiscoveredItem, ...]], None]

    async def use(self, owned: frozenset[str]) -> None:
        """Take care of exactly these assignments; about all others everything is written on return.

        Raises StoreFailure; what was taken care of before stays so, or is given up but not written yet.
        """
        before = self.part.owned
        if owned - before:
            await self._read_items()
            await self._read_absences()
            self.certificates.restore(await self.async_store.call(lambda store: store.certificates()))
        self.part.owned = owned
        try:
            await self.applier.apply_again(self.task_list.take_over)
        except BaseException:
            self.part.owned = before
            raise
        await self._finish()

    async def abandon(self) -> None:
        """Stop taking care of everything, and forget what is not written.

        A message that is being sent is not waited for: what becomes of it is not written.
        """
        self.part.owned = frozenset()
        self.dispatcher.abandon()
        await self.applier.apply_again(_no_states)
        await self.pushes.settle()
        await self.write_buffer.drop()

    async def reload_list(self) -> None:
        """Read the list of tasks and the settings that are in force again.

        A database that was restored from a backup may have lost those of this node, and what else it wrote.
        """
        # A node that has no tasks to check has nothing else that would write it again.
        await self.write_buffer.flush()
        await self.async_store.call(lambda _: self.store.load())
        if self.task_list.is_lost():
            await self.put_in_force()
        await self._read_items()
        await self._read_absences()
        await self.applier.apply_again(self.task_list.take_over)

    async def put_in_force(self) -> None:
        """Put the settings of this node in force for all nodes, as its reload would."""
        await self.applier.apply_again(self.task_list.change, reloaded=True)

    async def _read_items(self) -> None:
        items = await self.async_store.call(lambda store: store.discovered_items())
        self.discovery.restore(items)
        self.note_items(items)

    async def _read_absences(self) -> None:
        self.self_check.replace_absences(await self.async_store.call(lambda _: self.store.absences()))

    async def _finish(self) -> None:
        """Have all written about what was given up."""
        if not await self.dispatcher.wait_for_ends(WORKERS_END):
            raise StoreUnavailable("the last message to a channel is still being sent")
        await self.pushes.settle()
        await self.write_buffer.flush()
        if self.write_buffer.unwritten:
            raise StoreUnavailable(self.write_buffer.failure or "not all results are written yet")


async def _no_states(_: PreparedSettings) -> States:
    return {}
