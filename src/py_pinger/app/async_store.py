"""The store at the service of the loops and the web: one writing thread, readers on their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Delivery, DeliveryUpdate, Notice
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.route import Route
from py_pinger.core.probing.certificate import Certificate
from py_pinger.engine.runtime.store import StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store import Store, StoreError

_Result = TypeVar("_Result")

# Seconds that what is being written may take to be done when the desk is closed.
PARTING = 1.0


class AsyncStore:
    """The Storekeeper of the loops: hands their requests to the store, one at a time, off the loop.

    `routes` say which channels notices are for; they may change.
    """

    def __init__(self, store: Store, worker: ThreadWorker, routes: Sequence[Route]) -> None:
        self._store = store
        self._worker = worker
        self.routes = routes

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Keep the steps and all that is to be told, for each channel that gets it."""
        await self._do(lambda: self._store.record(steps, notices, self.routes))

    async def certify(self, certificate: Certificate, urls: Sequence[str], notice: Notice | None) -> None:
        """Keep what was seen of a server's certificate, and the word for each channel that gets it."""
        await self._do(lambda: self._store.certify(certificate, urls, notice, self.routes))

    async def waiting(self, channel: str) -> Sequence[Delivery]:
        """Return what waits for a channel, oldest first."""
        return await self._do(lambda: self._store.waiting(channel))

    async def cases(self, channel: str, deliveries: Sequence[int]) -> Sequence[IncidentRecord]:
        """Return the incidents that a channel's deliveries are about, and the open ones of the same tasks."""
        return await self._do(lambda: self._store.cases(channel, deliveries))

    async def open_cases(self, channel: str) -> Sequence[IncidentRecord]:
        """Return the open incidents that were told, but for those that wait for the channel."""
        return await self._do(lambda: self._store.open_cases(channel))

    async def settle(self, settlement: DeliveryUpdate) -> None:
        """Keep what has become of deliveries."""
        await self._do(lambda: self._store.settle(settlement))

    async def make_due(self, channel: str, now: datetime) -> None:
        """Make all due that waits for a channel."""
        await self._do(lambda: self._store.make_due(channel, now))

    async def give_up(self, channel: str, now: datetime) -> int:
        """End what waits for a channel that is gone; return how many deliveries that was."""
        return await self._do(lambda: self._store.give_up(channel, now))

    async def change(self, change: TaskListDiff) -> Mapping[str, TaskState]:
        """Monitor other tasks from now on; return the states of those that are added."""
        return await self._do(lambda: self._store.change(change))

    async def prune(self, before: datetime) -> int:
        """Forget a little of the history before a moment."""
        return await self._do(lambda: self._store.prune(before))

    async def seen(self, now: datetime) -> None:
        """Note that watching goes on."""
        await self._do(lambda: self._store.seen(now))

    async def heed(self, refresh: Callable[[], None]) -> None:
        """Have the silences read again."""
        await self._do(refresh)

    async def end_watch(self, now: datetime) -> None:
        """Note that watching ends as it should."""
        await self._do(lambda: self._store.end_watch(now))

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
