"""The checks that nodes request of each other, without blocking the event loop."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from py_pinger.app.async_store import AsyncStore
from py_pinger.store.node_store import NodeStore


@dataclass(frozen=True, slots=True)
class AsyncCheckRequests:
    """Runs the operations on the thread of a store."""

    store: NodeStore
    async_store: AsyncStore

    async def add(self, urls: Collection[str], now: datetime) -> None:
        """Request checks of tasks that other nodes own."""
        await self.async_store.call(lambda _: self.store.check_requests.add(urls, now))

    async def waiting(self) -> Collection[str]:
        """Return the URLs of the tasks whose checks are requested."""
        return await self.async_store.call(lambda _: self.store.check_requests.waiting())

    async def remove(self, urls: Collection[str]) -> None:
        """Remove the requests of some tasks."""
        await self.async_store.call(lambda _: self.store.check_requests.remove(urls))

    async def refresh_repeats(self) -> None:
        """Read when the tasks of other nodes were last checked."""
        await self.async_store.call(lambda _: self.store.refresh_repeats())
