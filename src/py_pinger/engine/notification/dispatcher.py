"""All that carry, one a channel; they come and go while the others carry on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from datetime import datetime

from py_pinger.core.text.formatting import count
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure

_log = logging.getLogger(__name__)


class Dispatcher:
    """Those that are `present` stand in the order of the configuration.

    Of one name never two carry at once: who comes waits until who goes has ended.
    """

    def __init__(
        self, present: Sequence[ChannelWorker], store: StoreAccess, clock: Callable[[], datetime]
    ) -> None:
        self.present = tuple(present)
        self._store = store
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._over = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._is_running = False

    def __iter__(self) -> Iterator[ChannelWorker]:
        """Go through those that are present."""
        return iter(self.present)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the channels."""
        return tuple(worker.name for worker in self.present)

    def call(self) -> None:
        """Say to all that something new may be waiting."""
        for worker in self.present:
            worker.call()

    async def run(self) -> None:
        """Carry until told to finish."""
        async with self._group:
            self._is_running = True
            for worker in self.present:
                self._start(worker.name, worker.run())
            await self._over.wait()

    def finish(self) -> None:
        """Have each send once more what is due, then end."""
        self._over.set()
        for worker in self.present:
            worker.finish()

    def change(self, staying: Collection[str], coming: Sequence[ChannelWorker], order: Sequence[str]) -> None:
        """Go on with those that stay and those that come, in this order of their names.

        What waits goes to whoever comes under the same name, and is due at once; else it is given up.
        """
        going = [worker for worker in self.present if worker.name not in staying]
        present = {worker.name: worker for worker in (*self.present, *coming)}
        self.present = tuple(present[name] for name in order)
        for worker in going:
            worker.stop_after_current()
            self._start(worker.name, self._part_with(worker, self._running[worker.name]))
        # Before the loop runs there is nothing to wait for: it starts all that are present.
        for worker in coming if self._is_running else ():
            self._start(worker.name, self._succeed(worker, self._running.get(worker.name)))

    async def close(self) -> None:
        """Let go of all channels."""
        await asyncio.gather(*(worker.close() for worker in self.present))

    def _start(self, name: str, attempt: Coroutine[object, object, None]) -> None:
        self._running[name] = self._group.create_task(attempt, name=name)

    async def _part_with(self, worker: ChannelWorker, running: asyncio.Task[None]) -> None:
        await asyncio.wait([running])
        await worker.close()
        if worker.name not in self.names:
            await self._give_up(worker.name)

    async def _give_up(self, name: str) -> None:
        try:
            number = await self._store.call(lambda store: store.give_up(name, self._clock()))
        except StoreFailure as unavailable:
            # The next start gives it up.
            _log.warning("What waited for %s could not be given up: %s", name, unavailable)
            return
        if number:
            what = count(number, "message")
            _log.warning("%s: %s given up, since the channel is no longer configured.", name, what)

    async def _succeed(self, worker: ChannelWorker, before: asyncio.Task[None] | None) -> None:
        if before:
            await asyncio.wait([before])
        try:
            await self._store.call(lambda store: store.make_due(worker.name, self._clock()))
        except StoreFailure as unavailable:
            _log.warning("What waits for %s is tried again later: %s", worker.name, unavailable)
        await worker.run()
