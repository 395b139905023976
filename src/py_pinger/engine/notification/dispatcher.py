"""The workers of all channels, which start and stop while the others run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from datetime import datetime

from py_pinger.core.model.notification import Notice
from py_pinger.core.notification.throttle import STORM_WINDOW, SentMessage
from py_pinger.core.selfcheck.reload import channel_removed
from py_pinger.core.text.formatting import count
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.runtime.repeat import attempt
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure, StoreOperations

_log = logging.getLogger(__name__)


class Dispatcher:
    """Starts and stops the workers, which are in the order of the configuration.

    Two workers of one channel never run at once: a new one waits until the former has ended. `announce` takes
    the notice about what a removed channel never gets.
    """

    def __init__(
        self,
        store: StoreAccess,
        clock: Callable[[], datetime],
        announce: Callable[[Notice], None],
    ) -> None:
        self.workers: tuple[ChannelWorker, ...] = ()
        self._configured: frozenset[str] = frozenset()
        self._store = store
        self._clock = clock
        self._announce = announce
        self._running: dict[str, asyncio.Task[None]] = {}
        self._finished = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._is_running = self._is_closing = False

    def __iter__(self) -> Iterator[ChannelWorker]:
        """Iterate over the workers."""
        return iter(self.workers)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the channels."""
        return tuple(worker.name for worker in self.workers)

    def internal_errors(self) -> dict[str, int]:
        """Return the number of internal errors of each worker since its start."""
        return {worker.name: worker.internal_errors for worker in self.workers}

    def wake(self) -> None:
        """Wake all workers: something new may wait."""
        for worker in self.workers:
            worker.wake()

    async def run(self) -> None:
        """Run the workers until `finish` is called."""
        async with self._group:
            self._is_running = True
            for worker in self.workers:
                self._start(worker.name, worker.run())
            await self._finished.wait()

    def close_queues(self) -> None:
        """Have each worker send once more what is due, then end; so does one that comes later."""
        self._is_closing = True
        for worker in self.workers:
            worker.finish()

    def finish(self) -> None:
        """Have each worker send once more what is due, then end; no other comes later."""
        self._finished.set()
        if not self._is_closing:
            self.close_queues()

    def unfinished(self) -> frozenset[str]:
        """Return the names of the channels whose workers have not ended, or not stored all that they sent."""
        unwritten = frozenset(worker.name for worker in self.workers if worker.has_unwritten)
        return unwritten | {name for name, job in self._running.items() if not job.done()}

    def change(
        self,
        staying: Collection[str],
        coming: Sequence[ChannelWorker],
        order: Sequence[str],
        configured: Collection[str],
    ) -> None:
        """Keep the workers of some channels and add others, in this order of their names.

        What waits for a channel is due at once for its new worker; for one that is not `configured` any more
        it is given up. A worker that takes over from another process goes on at its pace. One that replaces
        a worker of this process does not: what that could not send is sent at once.
        """
        self._configured = frozenset(configured)
        going = [worker for worker in self.workers if worker.name not in staying]
        by_name = {worker.name: worker for worker in (*self.workers, *coming)}
        self.workers = tuple(by_name[name] for name in order)
        for worker in going:
            worker.stop_after_current()
            self._start(worker.name, self._stop(worker, self._running[worker.name]))
        # Before the loop runs there is nothing to wait for: it starts all workers.
        replaced = {worker.name for worker in going}
        for worker in coming if self._is_running else ():
            if self._is_closing:
                worker.finish()
            run = self._run_after(worker, self._running.get(worker.name), replaces=worker.name in replaced)
            self._start(worker.name, run)

    def abandon(self) -> None:
        """Have all workers end without recording anything more: other processes have their channels now."""
        for worker in self.workers:
            worker.abandon()

    async def wait_for_ends(self, seconds: float) -> bool:
        """Wait until the workers that are stopping have ended; return False if some go on for so long."""
        ending = [job for name, job in self._running.items() if name not in self.names]
        return not ending or not (await asyncio.wait(ending, timeout=seconds))[1]

    async def close(self) -> None:
        """Close all channels."""
        await asyncio.gather(*(worker.close() for worker in self.workers))

    def _start(self, name: str, job: Coroutine[object, object, None]) -> None:
        self._running[name] = self._group.create_task(job, name=name)

    async def _stop(self, worker: ChannelWorker, running: asyncio.Task[None]) -> None:
        await asyncio.wait([running])
        await attempt(worker.close, f"closing {worker.name}")
        if worker.name not in self._configured:
            await self._give_up(worker.name)

    async def _give_up(self, name: str) -> None:
        try:
            now = self._clock()
            number = await self._store.call(lambda store: store.give_up(name, now))
        except StoreFailure as failure:
            # The next start gives it up.
            _log.warning("Cannot give up the queue of %s: %s", name, failure)
            return
        if number:
            messages = count(number, "message")
            _log.warning("Gave up %s for %s: the channel is no longer configured", messages, name)
            self._announce(channel_removed(name, number, now))

    def _sent_lately(self, store: StoreOperations, name: str) -> Sequence[SentMessage]:
        return store.sent_lately(name, self._clock() - STORM_WINDOW)

    async def _run_after(
        self, worker: ChannelWorker, before: asyncio.Task[None] | None, *, replaces: bool
    ) -> None:
        if before:
            await asyncio.wait([before])
        try:
            await self._store.call(lambda store: store.make_due(worker.name, self._clock()))
            if not replaces:
                worker.remember(await self._store.call(lambda store: self._sent_lately(store, worker.name)))
        except StoreFailure as failure:
            _log.warning("Cannot make the queue of %s due, will retry later: %s", worker.name, failure)
        await worker.run()
