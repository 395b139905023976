"""The checks that nodes request of each other, without blocking the event loop."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import datetime

from py_pinger.app.async_store import AsyncStore
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.store.node_store import NodeStore


class AsyncCheckRequests:
    """Runs the operations on the thread of a store."""

    def __init__(self, store: NodeStore, async_store: AsyncStore) -> None:
        self._store = store
        self._async_store = async_store
        self._seen: Hashable = None

    async def add(self, urls: Collection[str], now: datetime) -> None:
        """Request checks of tasks that other nodes own."""
        await self._async_store.call(lambda _: self._store.check_requests.add(urls, now))

    async def waiting(self, *, again: bool) -> Collection[str]:
        """Return the URLs of the tasks whose checks are requested; if nothing is new, only `again`."""
        return await self._async_store.call(lambda _: self._waiting(again=again))

    async def remove(self, urls: Collection[str]) -> None:
        """Remove the requests of some tasks."""
        await self._async_store.call(lambda _: self._store.check_requests.remove(urls))

    async def refresh_repeats(self) -> None:
        """Read when the tasks of other nodes were last checked."""
        await self._async_store.call(lambda _: self._store.refresh_repeats())

    def _waiting(self, *, again: bool) -> Collection[str]:
        version = self._store.changes.version(ChangeKind.REQUESTS)
        if version == self._seen and not again:
            return ()
        found = self._store.check_requests.waiting()
        self._seen = version
        return found
