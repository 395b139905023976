"""The list of tasks of a cluster, as one of its nodes stores and reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.reconfigure import PreparedSettings
from py_pinger.channels import routes
from py_pinger.config import Settings
from py_pinger.config.settings_fingerprint import settings_fingerprint
from py_pinger.core.cluster.fingerprint import secrets_fingerprint
from py_pinger.core.cluster.generations import SettingsDecision, at_reload, at_start, is_set_back
from py_pinger.core.model.cluster import SettingsGeneration
from py_pinger.core.model.notification import Notice
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.tasks import States
from py_pinger.store import StoreError
from py_pinger.store.member_store import NodeBeginning
from py_pinger.store.node_store import NodeStore

JUST_CHANGED: Final = "another node has just changed the list of tasks"


class Fingerprints(NamedTuple):
    """What identifies settings, and their secrets; empty before the first are in force."""

    settings: str = ""
    secrets: str = ""


class NodeTaskList:
    """Puts settings in force for all nodes, and reads the states of the tasks that this node takes over.

    `expected` identifies the settings that were prepared last, and `in_force` those in force on this node.
    """

    def __init__(self, store: NodeStore, async_store: AsyncStore, part: OwnedPart) -> None:
        self._store = store
        self._async_store = async_store
        self._part = part
        self._noted: Settings | None = None
        self._newest: SettingsGeneration | None = None
        self.expected = self.in_force = Fingerprints()

    def expect(self, settings: Settings, *, reloaded: bool) -> None:
        """Note the settings whose part is about to be prepared: all of them are in force once reloaded."""
        if settings is not self._noted:
            secrets = _secrets_fingerprint(settings, self._store.salt)
            self.expected = Fingerprints(settings_fingerprint(settings), secrets)
            self._noted = settings
        differ = not reloaded and self.expected.settings != self._ruling
        self._part.monitored = {task.url for task in self._store.task_snapshots()} if differ else None

    @property
    def _ruling(self) -> str | None:
        generation = self._store.generation
        return generation.settings if generation else None

    def begin(self, settings: Settings, beginning: NodeBeginning) -> None:
        """Put the settings of a start in force for all nodes, or join those in force; blocks.

        Raises StoreError. Until they are in force for all nodes no report says that this node has them: if
        the start ends before, the next one is to put them in force.
        """
        generation = beginning.generation
        number, ruling = (generation.number, generation.settings) if generation else (0, None)
        is_author = generation is not None and generation.node == self._store.name
        decision = at_start(
            self.expected.settings,
            ruling,
            seen=beginning.seen,
            has_peers=not beginning.first,
            is_author=is_author,
        )
        if decision is SettingsDecision.JOIN or not self._rule(settings, number):
            self._store.load()
        self.in_force, self._newest = self.expected, self._store.generation

    async def change(self, prepared: PreparedSettings) -> States:
        """Put the settings of a reloaded file in force in the cluster, unless they are already."""
        if at_reload(self.expected.settings, self._ruling) is SettingsDecision.RULE:
            await self._async_store.call(lambda _: self._reload(prepared.settings))
        states = await self.take_over(prepared)
        self.in_force, self._newest = self.expected, self._store.generation
        return states

    def is_lost(self) -> bool:
        """Return True if the settings of this node were in force, and the database has lost that.

        To be called once it was read again.
        """
        found, newest = self._store.generation, self._newest
        if newest and is_set_back(newest, found):
            return newest.settings == self.in_force.settings
        self._newest = found
        return False

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
        states = await self._async_store.call(lambda _: self._store.take_over(urls)) if urls else {}
        if len(states) < len(urls):
            raise StoreUnavailable(JUST_CHANGED)
        return states

    def _reload(self, settings: Settings) -> None:
        before = self._store.generation
        number = before.number if before else 0
        if not self._rule(settings, number):
            # Of nodes that read the same file at the same time, one is quicker. If it was another file, or
            # a page lists other items, this node follows first, and the next attempt counts.
            self._store.load(number)
            if self._ruling != self.expected.settings:
                raise StoreError(JUST_CHANGED)

    def _rule(self, settings: Settings, after: int) -> bool:
        """Put settings in force for all nodes; return False if another node was quicker."""
        names = [route.channel for route in routes(settings)]
        if not self._store.rule(settings.tasks, names, self.expected.settings, after=after):
            return False
        self._store.load(after + 1)
        return True


def _secrets_fingerprint(settings: Settings, salt: str) -> str:
    # Each node may use another password for the database.
    default = type(settings.main).model_fields["database"].get_default()
    main = settings.main.model_copy(update={"database": default})
    return secrets_fingerprint(replace(settings, main=main).secrets(), salt.encode())
