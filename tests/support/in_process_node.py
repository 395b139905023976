"""A node with all its components and loops within the test, except for checks and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import enumerate as enumerate_threads
from time import monotonic

from py_pinger.app.cluster.node_role import NodeRole
from py_pinger.app.file_descriptors import allocate
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.role import Beginning
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.app.wiring import build_components
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.task import Task
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.store.node_store import NodeStore

FILES = 65_536


def settings_of(
    folder: Path, url: str, name: str, tasks: Sequence[Task], channels: Sequence[ConfiguredChannel] = ()
) -> Settings:
    """Return the settings of a node."""
    values = {"host": "127.0.0.1", "port": 0, "log": folder / f"{name}.log", "database": url, "node": name}
    return Settings(main=MainSettings.model_validate(values), tasks=tuple(tasks), channels=tuple(channels))


class InProcessNode:
    """A node that checks nothing: what it takes care of is what counts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        store, make_role = NodeRole.open(settings.main)
        assert isinstance(store, NodeStore)
        self.store = store
        budget = allocate(FILES, settings.main.concurrency)
        self.components = build_components(settings.main, store, budget, LogSetup(), None, make_role)
        assert isinstance(self.components.role, NodeRole)
        self.role = self.components.role
        self.reconfigurer = Reconfigurer(
            self.components.reconfigurable(),
            FILES,
            self.components.write_buffer.newest_states,
            self.role.share,
        )
        self.applier = SettingsApplier(
            self.reconfigurer,
            self.role.task_list,
            lambda: self.role.items(self.components.discovery.names()),
            self.components.dispatcher.wake,
        )
        self.reasons: list[str] = []
        self.role.connect(self.components, self.applier, self.reasons.append)
        self._running: list[asyncio.Task[object]] = []
        self._closed = False
        self._lease_name = f"lease {id(self)}"

    @property
    def tasks(self) -> list[str]:
        """The URLs of the tasks that the node checks."""
        return [task.url for task in self.reconfigurer.checked]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the node sends to."""
        return self.components.dispatcher.names

    def start(self) -> Beginning:
        """Start with the settings."""
        self.components.discovery.restore(self.store.discovered_items())
        prepared = self.applier.prepare_start(self.settings)
        before = {*enumerate_threads()}
        beginning = self.role.begin(prepared)
        for thread in {*enumerate_threads()} - before:
            if thread.name == "lease":
                thread.name = self._lease_name
        self.reconfigurer.apply(prepared, beginning.states)
        return beginning

    async def run(self) -> Beginning:
        """Start, and run the loops."""
        beginning = self.start()
        loops = [loop for _, loop in self.role.loops(LoopFailures(self.components.clock.now))]
        for loop in (
            self._tick(),
            self.components.dispatcher.run(),
            self.components.write_buffer.run(),
            *loops,
        ):
            self._running.append(asyncio.create_task(loop))
        return beginning

    async def _tick(self) -> None:
        """Have the loop of checks, which does not run, seem well."""
        while True:
            self.components.monitor.ticked_at = monotonic()
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Leave the cluster as a stop does."""
        await self.role.prepare_stop()
        await self.components.write_buffer.flush()
        await self.role.leave()

    async def end_renewals(self) -> None:
        """Renew the lease no more, as if the process was killed, and wait for a renewal under way."""
        self.role._lease.renewer.stop()  # noqa: SLF001 - a process that is killed has no other way either
        for thread in (each for each in enumerate_threads() if each.name == self._lease_name):
            await asyncio.to_thread(thread.join)

    async def close(self) -> None:
        """End the loops, the threads and all connections, once."""
        if self._closed:
            return
        self._closed = True
        for loop in self._running:
            loop.cancel()
        if self._running:
            await asyncio.wait(self._running)
        with suppress(StoreFailure):
            await self.role.leave()
        components = self.components
        components.pushes.stop()
        await asyncio.gather(
            self.applier.close(),
            components.prober.close(),
            components.page_prober.close(),
            components.dispatcher.close(),
            components.check_ins.close(),
            components.async_store.close(),
        )
        # A renewal under way would connect again.
        await self.end_renewals()
        self.store.close()
