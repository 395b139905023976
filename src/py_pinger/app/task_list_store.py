"""Stores the list of tasks whenever it changes, and reads the states of the tasks that were added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.config import Settings
from py_pinger.core.model.notification import Notice
from py_pinger.engine.runtime.tasks import States
from py_pinger.store import Store


class TaskListStore(Protocol):
    """The list of tasks in the store; every call but the first may raise StoreFailure and change nothing."""

    def expect(self, settings: Settings, *, reloaded: bool) -> None:
        """Note the settings of a file that are about to be prepared, on the thread that prepares them.

        They are those of before unless they are `reloaded`.
        """

    async def change(self, prepared: PreparedSettings) -> States:
        """Store the list of a changed file; return the states of the tasks that this process adds."""

    async def change_items(self, prepared: PreparedSettings, notices: Sequence[Notice]) -> States:
        """Store other discovered items and the notices about removed ones; return the same."""


class StoredTaskList:
    """The list of a process that alone uses its database."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    def expect(self, settings: Settings, *, reloaded: bool) -> None:
        """Expect nothing: this process takes care of all settings."""

    async def change(self, prepared: PreparedSettings) -> States:
        """Store the list."""
        return await self.change_items(prepared, ())

    async def change_items(self, prepared: PreparedSettings, notices: Sequence[Notice]) -> States:
        """Store the list and the notices about removed items in one transaction."""
        return await self._store.call(Store.change_tasks, prepared.tasks, notices, self._store.routes)
