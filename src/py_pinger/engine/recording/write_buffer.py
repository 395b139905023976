"""A buffer in front of the store.

Results of checks and notices, until they are written in batches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.times import Clock
from py_pinger.engine.recording.written_batches import WrittenBatches
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.metrics import Histogram
from py_pinger.engine.runtime.store_access import StoreAccess, StoreFailure, StoreIncomplete

_log = logging.getLogger(__name__)

# Seconds that changes and notices are collected before they are written as one batch.
WRITE_INTERVAL = 0.2

# Seconds that checks are collected which have changed nothing: a transaction costs as much as 50 of them.
UNCHANGED_INTERVAL = 0.5

# Seconds before the next write after one has failed.
RETRY = 1.0

# Transitions written in one transaction; bounds how long a writer holds the database.
BATCH = 2000

# Buffered transitions from which on those are dropped that later ones replace; 25 MB with their responses.
# Compacting more often would block the loop.
COMPACT_AT = 5_000

# Runs kept while the store fails; with their transitions they take about 60 MB.
KEPT_RUNS = 50_000

# Seconds that one write may take; the databases' own time limits are far below it.
HANGING_AFTER = 30.0

# Age in seconds that the oldest unwritten transition may reach.
BEHIND_AFTER = 60.0


class WriteBuffer:
    """Collects transitions and notices, and writes them in batches, in order.

    `wake` is called after each batch with a notice. While the store fails or hangs, what matters is kept: the
    last state and response of each task, every change and notice, and the newest runs. `sign` adds to a
    notice which node it is about. What was `written` lately is written again if the database has lost it.
    `writes` are the
    durations of successful writes, `failed_writes` counts the others. May be read from any thread.
    """

    def __init__(
        self,
        store: StoreAccess,
        wake: Callable[[], None],
        clock: Clock,
        sign: Callable[[Notice], Notice] = lambda notice: notice,
        written: WrittenBatches | None = None,
    ) -> None:
        self._clock = clock
        self._sign = sign
        self._written = written
        self._store = store
        self._wake = wake
        self._steps: list[Transition] = []
        self._notices: list[Notice] = []
        self._filled = asyncio.Event()
        self._changed = asyncio.Event()
        self._writing = asyncio.Lock()
        self._being_written = 0
        self._writing_since: float | None = None
        self._waiting_since: float | None = None
        self._compact_at = COMPACT_AT
        self._failure_log = FailureLog(
            _log,
            "Cannot write to the database, will retry",
            "Database writes recovered.",
            each_error=True,
        )
        self.writes = Histogram()
        self.failed_writes = 0

    @property
    def failure(self) -> str | None:
        """Why the last write failed, None if it did not."""
        return self._failure_log.error

    @property
    def unwritten(self) -> int:
        """The number of transitions and notices that are not stored yet."""
        return len(self._steps) + len(self._notices)

    @property
    def hangs(self) -> bool:
        """Whether a write takes longer than any may take."""
        return self._is_older(self._writing_since, HANGING_AFTER)

    @property
    def behind(self) -> bool:
        """Whether writing has been behind for a while: the store is too slow, or fails."""
        return self._is_older(self._waiting_since, BEHIND_AFTER)

    def add(self, step: Transition) -> None:
        """Buffer what a check led to."""
        self._steps.append(step)
        if _changing(step):
            self._changed.set()
        if len(self._steps) >= self._compact_at:
            self._compact()
        self._note_filled()

    def announce(self, notice: Notice) -> None:
        """Buffer a notice that is not about a task."""
        self._notices.append(self._sign(notice))
        self._changed.set()
        self._note_filled()

    def newest_states(self, stored: Mapping[str, TaskState]) -> Mapping[str, TaskState]:
        """Return the states of tasks as they are after what is buffered.

        `stored` are those of the store.

        A task that is removed and added again must not go on without the incident of its last checks.
        """
        buffered = {step.url: step.state for step in self._steps if step.url in stored}
        return {**stored, **buffered}

    async def drop(self) -> None:
        """Forget what is buffered: other nodes have taken over, and write what they find themselves.

        Waits for the write under way, which fails.
        """
        async with self._writing:
            self._steps.clear()
            self._notices.clear()
            self._filled.clear()
            self._changed.clear()
            self._waiting_since, self._compact_at = None, COMPACT_AT
            self._failure_log.record(None)
            if self._written:
                self._written.forget()

    async def run(self) -> None:
        """Write continuously."""
        while True:
            await self._filled.wait()
            if self.failure:
                await asyncio.sleep(RETRY)
            else:
                await self._collect()
            await self.flush()

    async def _collect(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(UNCHANGED_INTERVAL - WRITE_INTERVAL):
                await self._changed.wait()
        await asyncio.sleep(WRITE_INTERVAL)

    async def flush(self) -> None:
        """Write what is buffered; what could not be written is still buffered afterwards.

        What is added meanwhile waits for the next write, or half of all writes would be of a few checks.
        """
        async with self._writing:
            if not await self._write_lost_again():
                return
            wanted = len(self._steps)
            while wanted > 0 or self._notices:
                steps, notices, began = self._steps[:BATCH], self._notices[:], self._clock.monotonic()
                rest = len(self._steps) - len(steps)
                try:
                    await self._write(steps, notices)
                except StoreFailure as failure:
                    if isinstance(failure, StoreIncomplete):
                        self._remove_written(steps, notices)
                        self._steps[:0], self._notices[:0] = failure.transitions, failure.notices
                    self.failed_writes += 1
                    self._failure_log.record(str(failure), failure.__cause__, logging.ERROR)
                    return
                if self._written:
                    self._written.note(steps, notices)
                self.writes.add(self._clock.monotonic() - began)
                if self.failure:
                    self._failure_log.record(None)
                self._remove_written(steps, notices)
                self._waiting_since = self._waiting_since if rest else began
                wanted -= len(steps)
            self._compact_at = COMPACT_AT
            if not (self._notices or any(map(_changing, self._steps))):
                self._changed.clear()
            if not self.unwritten:
                self._filled.clear()
                self._waiting_since = None

    async def _write_lost_again(self) -> bool:
        """Write what the database has lost, before anything newer; return False if that fails."""
        try:
            if self._written:
                await self._written.write_lost_again()
        except StoreFailure as failure:
            self.failed_writes += 1
            self._failure_log.record(str(failure), failure.__cause__, logging.ERROR)
            return False
        return True

    async def _write(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        self._being_written, self._writing_since = len(steps), self._clock.monotonic()
        try:
            await self._store.record(steps, notices)
        finally:
            self._being_written, self._writing_since = 0, None

    def _note_filled(self) -> None:
        self._waiting_since = self._waiting_since or self._clock.monotonic()
        self._filled.set()

    def _remove_written(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        del self._steps[: len(steps)]
        del self._notices[: len(notices)]
        if notices or any(step.notices for step in steps):
            self._wake()

    def _is_older(self, since: float | None, age: float) -> bool:
        return since is not None and self._clock.monotonic() - since > age

    def _compact(self) -> None:
        # What is being written now is removed by its number afterwards, so it stays as it is.
        self._steps[self._being_written :] = compact(self._steps[self._being_written :])
        self._compact_at = len(self._steps) + COMPACT_AT


def compact(steps: Sequence[Transition], runs: int = KEPT_RUNS) -> list[Transition]:
    """Return the transitions without those that later ones replace, and without responses.

    Those with a change or a notice all stay; of those with only a run, the newest `runs`.
    """
    kept: list[Transition] = []
    seen: set[str] = set()
    for step in reversed(steps):
        if step.url not in seen:
            kept.append(step)
            seen.add(step.url)
        elif _changing(step) or (step.run and runs > 0):
            kept.append(replace(step, body=None) if step.body else step)
            runs -= not _changing(step)
    return kept[::-1]


def _changing(step: Transition) -> bool:
    return bool(step.span or step.closed or step.notices)
