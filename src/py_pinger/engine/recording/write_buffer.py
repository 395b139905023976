"""What the checks lead to, kept until the store has taken it: nothing is told that is not stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.engine.runtime.metrics import Histogram
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure

_log = logging.getLogger(__name__)

# Seconds that steps may gather before they are written as one batch.
GATHERING = 0.2

# Seconds before the store is tried again after it has failed.
RETRY = 1.0

# Steps written in one transaction; bounds how long a writer holds the database.
BATCH = 2000

# Steps that may gather before those that later ones make needless are dropped; 25 MB, answers and all.
# Looking through them oftener would hold up the loop.
COMPACT_AT = 5_000

# Runs kept for a store that fails; with the steps that they belong to they cost some 60 MB.
KEPT_RUNS = 50_000

# Seconds that one write may take: the databases' own time limits are far below it.
HANGING_AFTER = 30.0

# Seconds that the oldest of what waits to be written may be old.
BEHIND_AFTER = 60.0


class WriteBuffer:
    """Gathers steps and notices, and writes them in batches, in order.

    `wake` is called after each batch that had something to tell. While the store fails or hangs, what
    matters is kept: of each task the last state and answer, every change and notice, and the newest runs.
    `failure` is why the store takes nothing, while it says so. `writes` is how long those that went well
    took, `failed_writes` how many did not. May be asked from any thread.
    """

    def __init__(self, store: StoreAccess, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._steps: list[Transition] = []
        self._notices: list[Notice] = []
        self._filled = asyncio.Event()
        self._writing = asyncio.Lock()
        self._in_hand = 0
        self._writing_since: float | None = None
        self._waiting_since: float | None = None
        self._task_set = COMPACT_AT
        self.failure: str | None = None
        self.writes = Histogram()
        self.failed_writes = 0

    @property
    def unwritten(self) -> int:
        """How much there is that the store has not taken yet: results of checks, and notices."""
        return len(self._steps) + len(self._notices)

    @property
    def hangs(self) -> bool:
        """Whether a write has been under way for longer than any may take."""
        return _older(self._writing_since, HANGING_AFTER)

    @property
    def behind(self) -> bool:
        """Whether more comes than the store takes, or it takes nothing, for a while already."""
        return _older(self._waiting_since, BEHIND_AFTER)

    def add(self, step: Transition) -> None:
        """Keep what a check led to."""
        self._steps.append(step)
        if len(self._steps) >= self._task_set:
            self._compact()
        self._fill()

    def announce(self, notice: Notice) -> None:
        """Keep something to tell that belongs to no task."""
        self._notices.append(notice)
        self._fill()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(RETRY if self.failure else GATHERING)
            await self.flush()

    async def flush(self) -> None:
        """Write what is there; after a failure it is all there still."""
        async with self._writing:
            while self._steps or self._notices:
                steps, notices, began = self._steps[:BATCH], self._notices[:], monotonic()
                rest = len(self._steps) - len(steps)
                try:
                    await self._hand_over(steps, notices)
                except StoreFailure as unavailable:
                    self._keep(unavailable)
                    return
                self.writes.add(monotonic() - began)
                self._written(steps, notices)
                self._waiting_since = self._waiting_since if rest else began
            self._filled.clear()
            self._waiting_since, self._task_set = None, COMPACT_AT

    async def _hand_over(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        self._in_hand, self._writing_since = len(steps), monotonic()
        try:
            await self._store.record(steps, notices)
        finally:
            self._in_hand, self._writing_since = 0, None

    def _fill(self) -> None:
        self._waiting_since = self._waiting_since or monotonic()
        self._filled.set()

    def _written(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        if self.failure:
            _log.warning("Database writes recovered.")
        self.failure = None
        del self._steps[: len(steps)]
        del self._notices[: len(notices)]
        if notices or any(step.notices for step in steps):
            self._wake()

    def _keep(self, unavailable: StoreFailure) -> None:
        self.failed_writes += 1
        if self.failure != str(unavailable):
            _log.error(
                "Cannot write to the database, will retry: %s",
                unavailable,
                exc_info=unavailable.__cause__,
            )
        self.failure = str(unavailable)

    def _compact(self) -> None:
        # What is being written just now is taken off by its number afterwards, so it stays as it is.
        self._steps[self._in_hand :] = compact(self._steps[self._in_hand :])
        self._task_set = len(self._steps) + COMPACT_AT


def compact(steps: Sequence[Transition], runs: int = KEPT_RUNS) -> list[Transition]:
    """Return the steps without what later ones of the same task make needless: checks, and answers.

    Steps with a change or a notice all stay; of those with no more than a run in them, the newest `runs`.
    """
    kept: list[Transition] = []
    seen: set[str] = set()
    for step in reversed(steps):
        if step.url not in seen:
            kept.append(step)
            seen.add(step.url)
        elif _changing(step) or (step.run and runs > 0):
            kept.append(replace(step, answer=None) if step.answer else step)
            runs -= not _changing(step)
    return kept[::-1]


def _changing(step: Transition) -> bool:
    return bool(step.span or step.closed or step.notices)


def _older(since: float | None, age: float) -> bool:
    return since is not None and monotonic() - since > age
