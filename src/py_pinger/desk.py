"""The store at the service of the loops and the web: one writing thread, readers on their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from py_pinger.core.delivery import Delivery, Settlement
from py_pinger.core.model import Health, Listing, Notice, Step
from py_pinger.engine.storekeeper import StoreUnavailable
from py_pinger.engine.worker import Worker
from py_pinger.store import Store, StoreError

_Result = TypeVar("_Result")

# Seconds that what is being written may take to be done when the desk is closed.
PARTING = 1.0


class Desk:
    """The Storekeeper of the loops: hands their requests to the store, one at a time, off the loop."""

    def __init__(self, store: Store, worker: Worker, channels: Sequence[str]) -> None:
        self._store = store
        self._worker = worker
        self._channels = channels

    async def record(self, steps: Sequence[Step], notices: Sequence[Notice]) -> None:
        """Keep the steps and all that is to be told, for every channel."""
        await self._do(lambda: self._store.record(steps, notices, self._channels))

    async def waiting(self, channel: str) -> Sequence[Delivery]:
        """Return what waits for a channel, oldest first."""
        return await self._do(lambda: self._store.waiting(channel))

    async def settle(self, settlement: Settlement) -> None:
        """Keep what has become of deliveries."""
        await self._do(lambda: self._store.settle(settlement))

    async def prune(self, before: datetime) -> int:
        """Forget a little of the history before a moment."""
        return await self._do(lambda: self._store.prune(before))

    async def close(self) -> None:
        """Let go of the writing thread, after what it has to do."""
        await self._worker.stop(PARTING)

    async def _do(self, job: Callable[[], _Result]) -> _Result:
        try:
            return await self._worker.do(job)
        except StoreError as error:
            raise StoreUnavailable(str(error)) from None
        except Exception as fault:
            raise StoreUnavailable(f"a fault of our own ({type(fault).__name__})") from fault


@dataclass(frozen=True, slots=True)
class Board:
    """What the web shows: the store's rows and our own health."""

    store: Store
    vitals: Callable[[], Health]

    def listings(self) -> Sequence[Listing]:
        """Return all monitored tasks, in the order of the configuration."""
        return self.store.listings()

    def listing(self, url: str) -> Listing | None:
        """Return one monitored task."""
        return self.store.listing(url)

    def health(self) -> Health:
        """Return how Py Pinger itself is doing."""
        return self.vitals()
