"""The list of tasks of a cluster, as one of its nodes stores and reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.channels import routes
from py_pinger.config import Settings
from py_pinger.config.settings_fingerprint import settings_fingerprint
from py_pinger.core.cluster.fingerprint import secrets_fingerprint
from py_pinger.core.cluster.generations import SettingsDecision, at_reload
from py_pinger.core.model.notification import Notice
from py_pinger.engine.runtime.tasks import States
from py_pinger.store.node_store import NodeStore


class NodeTaskList:
    """Puts settings in force for all nodes, and reads the states of the tasks that this node takes over.

    `settings` and `secrets` are the fingerprints of those in force on this node.
    """

    def __init__(self, store: NodeStore, async_store: AsyncStore, part: OwnedPart) -> None:
        self._store = store
        self._async_store = async_store
        self._part = part
        self._noted: Settings | None = None
        self.settings = self.secrets = ""

    def expect(self, settings: Settings, *, reloaded: bool) -> None:
        """Note the settings whose part is about to be prepared: all of them are in force once reloaded."""
        if settings is not self._noted:
            self.settings = settings_fingerprint(settings)
            self.secrets = _secrets_fingerprint(settings, self._store.salt)
            self._noted = settings
        differ = not reloaded and self.settings != self._in_force
        self._part.monitored = {task.url for task in self._store.task_snapshots()} if differ else None

    @property
    def fingerprints(self) -> tuple[str, str]:
        """The fingerprints of the settings and of their secrets."""
        return self.settings, self.secrets

    @property
    def _in_force(self) -> str | None:
        generation = self._store.generation
        return generation.settings if generation else None

    async def change(self, prepared: PreparedSettings) -> States:
        """Put the settings of a reloaded file in force in the cluster, unless they are already."""
        if at_reload(self.settings, self._in_force) is SettingsDecision.RULE:
            await self._async_store.call(lambda _: self.rule(prepared.settings))
        return await self.take_over(prepared)

    async def change_items(self, prepared: PreparedSettings, notices: Sequence[Notice]) -> States:
        """Store other discovered items, and the notices about removed ones."""
        change, order = prepared.tasks, self._async_store.routes
        await self._async_store.call(
            lambda _: self._store.change_items(change.added, change.removed, notices, order)
        )
        return await self.take_over(prepared)

    async def take_over(self, prepared: PreparedSettings) -> States:
        """Return the newest states of the tasks that this node adds to its part."""
        urls = [task.url for task in prepared.checked.added]
        return await self._async_store.call(lambda _: self._store.take_over(urls)) if urls else {}

    def rule(self, settings: Settings) -> None:
        """Put settings in force for all nodes; blocks, and raises StoreError."""
        names = [route.channel for route in routes(settings)]
        self._store.rule(settings.tasks, names, self.settings)
        self._store.load()


def _secrets_fingerprint(settings: Settings, salt: str) -> str:
    # Each node may use another password for the database.
    default = type(settings.main).model_fields["database"].get_default()
    main = settings.main.model_copy(update={"database": default})
    return secrets_fingerprint(replace(settings, main=main).secrets(), salt.encode())
