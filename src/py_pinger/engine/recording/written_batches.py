"""What was written lately, to be written again if the database has lost it.

A server that takes the place of another one may lag behind it, and a backup does: what was confirmed
meanwhile is gone. The number of each transaction says so.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.transition import Transition
from py_pinger.engine.runtime.store_access import StoreIncomplete

_log = logging.getLogger(__name__)

# Seconds for which batches are kept: a server that lags further behind has to be refused by what promotes it.
KEPT: Final = 60.0


class CommitLosses(Protocol):
    """The numbers of a node's transactions; while some are lost, none is written."""

    @property
    def confirmed(self) -> int:
        """The number of the last transaction that was confirmed."""

    @property
    def lost_from(self) -> int | None:
        """The number from which on confirmed transactions are lost; None if none is."""

    def accept_loss(self) -> None:
        """Go on after those that were not lost."""


@dataclass(frozen=True, slots=True)
class WrittenBatch:
    """A batch that was written by the transaction of this number or an earlier one."""

    number: int
    at: float
    steps: tuple[Transition, ...]
    notices: tuple[Notice, ...]


class WrittenBatches:
    """The batches of the last minute; `losses` says whether some of them are lost, `on_loss` is called then.

    `write` stores a batch again.

    Responses are left out: only the last one of each task is kept anyway.
    """

    def __init__(
        self,
        losses: CommitLosses,
        write: Callable[[Sequence[Transition], Sequence[Notice]], Awaitable[None]],
        on_loss: Callable[[], None],
        seconds: Callable[[], float],
    ) -> None:
        self._losses = losses
        self._write = write
        self._on_loss = on_loss
        self._seconds = seconds
        self._batches: deque[WrittenBatch] = deque()
        self._unwritten: list[WrittenBatch] = []

    def note(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Keep a batch that was just written."""
        if not (steps or notices):
            return
        now = self._seconds()
        while self._batches and self._batches[0].at < now - KEPT:
            self._batches.popleft()
        kept = tuple(replace(step, body=None) if step.body else step for step in steps)
        # A loss that was found since it was written has set back what is confirmed.
        number = self._losses.lost_from or self._losses.confirmed
        self._batches.append(WrittenBatch(number, now, kept, tuple(notices)))

    async def write_lost_again(self) -> None:
        """Write the batches that are lost, in their order, before anything newer; raises StoreFailure."""
        number = self._losses.lost_from
        if number is not None:
            lost = [batch for batch in self._batches if batch.number >= number]
            self._batches = deque(batch for batch in self._batches if batch.number < number)
            self._unwritten = [*lost, *self._unwritten]
            self._losses.accept_loss()
            self._on_loss()
        while self._unwritten:
            batch = self._unwritten[0]
            try:
                await self._write(batch.steps, batch.notices)
            except StoreIncomplete as rest:
                self._keep(batch, rest)
                continue
            del self._unwritten[:1]
            # Another loss may follow.
            self.note(batch.steps, batch.notices)

    def _keep(self, batch: WrittenBatch, rest: StoreIncomplete) -> None:
        """Keep the rest of a batch that was written again, and raise it: its tasks may be added again."""
        if self._seconds() > batch.at + KEPT:
            _log.error("Cannot write again what the database has lost, set it aside: %s", rest)
            del self._unwritten[:1]
            return
        self._unwritten[0] = replace(batch, steps=tuple(rest.transitions), notices=tuple(rest.notices))
        self.note(
            [step for step in batch.steps if step not in rest.transitions],
            [notice for notice in batch.notices if notice not in rest.notices],
        )
        raise rest

    def forget(self) -> None:
        """Forget all: other nodes have taken over."""
        self._batches.clear()
        self._unwritten.clear()
