"""What the checks lead to, kept until the store has taken it: nothing is told that is not stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from py_pinger.core.step import Notice, Step
from py_pinger.engine.storekeeper import Storekeeper, StoreUnavailable

_log = logging.getLogger(__name__)

# Seconds that steps may gather before they are written as one batch.
GATHERING = 0.2

# Seconds before the store is tried again after it has failed.
RETRY = 1.0

# Steps written in one transaction; bounds how long a writer holds the database.
BATCH = 2000


class Ledger:
    """Gathers steps and notices, and writes them in batches, in order.

    `wake` is called after each batch that had something to tell. While the store fails, all is kept: of
    each task the last state, and every change and notice.
    """

    def __init__(self, storekeeper: Storekeeper, wake: Callable[[], None]) -> None:
        self._storekeeper = storekeeper
        self._wake = wake
        self._steps: list[Step] = []
        self._notices: list[Notice] = []
        self._filled = asyncio.Event()
        self._writing = asyncio.Lock()
        self.trouble: str | None = None

    def add(self, step: Step) -> None:
        """Keep what a check led to."""
        self._steps.append(step)
        self._filled.set()

    def announce(self, notice: Notice) -> None:
        """Keep something to tell that belongs to no task."""
        self._notices.append(notice)
        self._filled.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(RETRY if self.trouble else GATHERING)
            await self.flush()

    async def flush(self) -> None:
        """Write what is there; after a failure it is all there still."""
        async with self._writing:
            while self._steps or self._notices:
                steps, notices = self._steps[:BATCH], self._notices[:]
                try:
                    await self._storekeeper.record(steps, notices)
                except StoreUnavailable as unavailable:
                    self._keep(unavailable)
                    return
                self._written(steps, notices)
            self._filled.clear()

    def _written(self, steps: Sequence[Step], notices: Sequence[Notice]) -> None:
        if self.trouble:
            _log.warning("The store takes our writing again.")
        self.trouble = None
        del self._steps[: len(steps)]
        del self._notices[: len(notices)]
        if notices or any(step.notices for step in steps):
            self._wake()

    def _keep(self, unavailable: StoreUnavailable) -> None:
        if self.trouble != str(unavailable):
            _log.error(
                "The store does not take our writing, it is kept and tried again: %s",
                unavailable,
                exc_info=unavailable.__cause__,
            )
        self.trouble = str(unavailable)
        self._steps = compacted(self._steps)


def compacted(steps: Sequence[Step]) -> list[Step]:
    """Return the steps without those that a later one of the same task makes needless."""
    last = {step.url: index for index, step in enumerate(steps)}
    return [step for index, step in enumerate(steps) if index == last[step.url] or _eventful(step)]


def _eventful(step: Step) -> bool:
    return bool(step.span or step.run or step.closed or step.notices)
