"""Puts settings in force while running: those of a changed file, and the items that pages list."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from py_pinger.app.garbage import no_collection
from py_pinger.app.reconfigure import PreparedSettings, Reconfigurer, split_fixed
from py_pinger.app.task_list_store import TaskListStore
from py_pinger.config import Settings, with_items
from py_pinger.core.model.notification import Notice
from py_pinger.engine.reading.discovery import ItemNames
from py_pinger.engine.runtime.tasks import States
from py_pinger.engine.runtime.thread_worker import ThreadWorker

StoreList: TypeAlias = Callable[[PreparedSettings], Awaitable[States]]

# Seconds that a stop waits for settings that are being prepared.
CLOSE_TIMEOUT = 0.2


@dataclass(frozen=True, slots=True)
class AppliedSettings:
    """Settings that were put in force, and the keys of [main] that wait for a restart."""

    prepared: PreparedSettings
    waiting: tuple[str, ...]


class SettingsApplier:
    """The one way by which the task list changes; one change at a time.

    `items` returns the discovered items. `wake` is called after notices were stored.
    """

    def __init__(
        self,
        reconfigurer: Reconfigurer,
        task_list: TaskListStore,
        items: Callable[[], ItemNames],
        wake: Callable[[], None],
    ) -> None:
        self._reconfigurer = reconfigurer
        self._task_list = task_list
        self._items = items
        self._wake = wake
        self._worker = ThreadWorker("settings")
        self._changing = asyncio.Lock()
        self._written = Settings()

    @property
    def in_force(self) -> Settings:
        """The settings in force, with the discovered items."""
        return self._reconfigurer.settings

    def prepare_start(self, settings: Settings) -> PreparedSettings:
        """Build what the first settings need, with the items that are known from before."""
        self._written = settings
        return self._prepare(settings, self._items(), reloaded=True)

    async def apply(self, wanted: Settings) -> AppliedSettings:
        """Put the settings of a file in force, with the items that are known.

        Raises StoreFailure if the store does not accept the list of tasks; then nothing has changed.
        """
        async with self._changing:
            settings, waiting = split_fixed(wanted, self.in_force)
            prepared = await self._change(settings, self._items(), self._task_list.change, reloaded=True)
            self._written = settings
            return AppliedSettings(prepared, waiting)

    async def apply_items(self, names: ItemNames, notices: Sequence[Notice]) -> None:
        """Put other items of own pages in force, and store the notices about removed ones with that.

        A page that this process has given up meanwhile is left to its new owner, as are the items of all
        others. Raises StoreFailure as `apply` does.
        """
        async with self._changing:
            own = {task.url for task in self._reconfigurer.checked}
            found = {url: items for url, items in names.items() if url in own}
            removed = [notice for notice in notices if notice.url in own]
            store = partial(self._task_list.change_items, notices=removed)
            await self._change(self._written, {**self._items(), **found}, store)
        if removed:
            self._wake()

    async def apply_again(self, store: StoreList, *, reloaded: bool = False) -> None:
        """Put the settings in force again: another share of them, or the items that another node found.

        As if `reloaded`, all of them. `store` returns the states of the tasks that this process adds. Raises
        StoreFailure as `apply` does.
        """
        async with self._changing:
            await self._change(self._written, self._items(), store, reloaded=reloaded)

    async def close(self) -> None:
        """End the thread."""
        await self._worker.stop(CLOSE_TIMEOUT)

    async def _change(
        self, settings: Settings, names: ItemNames, store: StoreList, *, reloaded: bool = False
    ) -> PreparedSettings:
        with no_collection():
            prepared = await self._worker.do(lambda: self._prepare(settings, names, reloaded=reloaded))
            states = await store(prepared)
            self._reconfigurer.apply(prepared, states)
        return prepared

    def _prepare(self, settings: Settings, names: ItemNames, *, reloaded: bool) -> PreparedSettings:
        self._task_list.expect(settings, reloaded=reloaded)
        return self._reconfigurer.prepare(with_items(settings, names))
