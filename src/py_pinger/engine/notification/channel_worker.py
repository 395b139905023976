"""What carries to one channel what waits for it: in rounds, on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

from py_pinger.core.model.health import ChannelMetrics
from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate, SendResult, Sent
from py_pinger.core.notification import outbox
from py_pinger.engine.runtime.store_access import StoreAccess, StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker

_log = logging.getLogger(__name__)

# Seconds without anything to do after which the outbox is looked at all the same.
LONGEST_SLEEP = 60.0

# Seconds before the store is asked again after it has failed.
STORE_RETRY = 1.0

# Seconds that one message may take: a channel's own time limits are far below it.
STUCK_AFTER = 60.0

# Seconds that what is under way may take to end when the channel is closed.
PARTING = 0.5


class Named(Protocol):
    """A channel, as far as it is the same for every way of carrying."""

    @property
    def name(self) -> str:
        """The name that deliveries carry."""

    def close(self) -> None:
        """Let go of connections; what is being sent is broken off."""


class ChannelWorker(ABC):
    """Goes its rounds between the outbox and one channel, on a thread of its own.

    `failure` is why the outbox cannot be read or written, while it cannot. `failing_since` is when the first
    try failed since one succeeded, and `last_error` why the last did; None while nothing fails or waits.
    """

    def __init__(self, channel: Named, store: StoreAccess, clock: Callable[[], datetime]) -> None:
        self._named = channel
        self._store = store
        self._clock = clock
        self._worker = ThreadWorker(f"channel-{channel.name}")
        self._called = asyncio.Event()
        self._unsettled: list[DeliveryUpdate] = []
        self._rest_until: datetime | None = None
        self._busy_since: float | None = None
        self._closing = False
        self._retired = False
        self.failure: str | None = None
        self.failing_since: datetime | None = None
        self.last_error: str | None = None
        self._taken = self._refused = 0
        self._ended: Counter[DeliveryState] = Counter()

    @property
    def name(self) -> str:
        """The channel's name."""
        return self._named.name

    @property
    def stuck(self) -> bool:
        """Whether a message has been under way for longer than any may take."""
        return self._busy_since is not None and monotonic() - self._busy_since > STUCK_AFTER

    def metrics(self) -> ChannelMetrics:
        """Return what became of what was sent and settled since the start."""
        return ChannelMetrics(self.name, self._taken, self._refused, dict(self._ended))

    def call(self) -> None:
        """Say that something new may be waiting."""
        self._called.set()

    def finish(self) -> None:
        """Send once more what is due, then end."""
        self._closing = True
        self.call()

    def stop_after_current(self) -> None:
        """End after what is under way, without sending what else is due."""
        self._retired = True
        self.finish()

    async def run(self) -> None:
        """Carry until told to finish; nothing ends before it is known what became of what was sent."""
        while True:
            pause = await self.round()
            if self._closing and not self._called.is_set() and not (self._retired and self._unsettled):
                return
            try:
                await asyncio.wait_for(self._called.wait(), pause)
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Let go of the channel and of the thread."""
        self._named.close()
        await self._worker.stop(PARTING)

    async def round(self) -> float:
        """Send all that is due; return the seconds until something may be due again."""
        self._called.clear()
        self._busy()
        try:
            pause = await self._send_all_due()
        except StoreUnavailable as unavailable:
            self._complain(unavailable)
            return STORE_RETRY
        except Exception:  # noqa: BLE001 - a fault of ours must cost this one round, not the channel
            _log.exception("%s: the round failed for a reason of our own.", self.name)
            return LONGEST_SLEEP
        finally:
            self._busy_since = None
        self.failure = None
        return pause

    @abstractmethod
    async def _send_all_due(self) -> float:
        """Send all that is due; return the seconds until something may be due again."""

    def _busy(self) -> None:
        """Say that the next message is under way."""
        self._busy_since = monotonic()

    def _resting(self) -> bool:
        rests = self._rest_until is not None and not outbox.has_passed(self._rest_until, self._clock())
        return rests or self._retired

    def _seconds_until(self, at: datetime | None) -> float:
        if at is None:
            return LONGEST_SLEEP
        return min(max((at - self._clock()).total_seconds(), 0.0), LONGEST_SLEEP)

    async def _worth_sending(self, now: datetime) -> Sequence[Delivery]:
        waiting = await self._store.call(lambda store: store.waiting(self.name))
        expired = outbox.expired_update(waiting, now)
        if expired is None:
            return waiting
        await self._settle(expired)
        return [delivery for delivery in waiting if delivery.id not in expired.ids]

    def _heard(self, outcome: SendResult, now: datetime) -> None:
        """Remember how the last try ended."""
        if isinstance(outcome, Sent):
            self._taken += 1
            self._all_is_well()
        else:
            self._refused += 1
            self.failing_since = self.failing_since or now
            self.last_error = outcome.why

    def _all_is_well(self) -> None:
        self.failing_since = self.last_error = None

    async def _settle(self, *updates: DeliveryUpdate) -> None:
        """Keep what has become of deliveries. What the store does not take now stays first in line."""
        self._unsettled.extend(updates)
        while self._unsettled:
            await self._settle_first()
            settled = self._unsettled.pop(0)
            if settled.state is not DeliveryState.WAITING:
                self._ended[settled.state] += len(settled.ids)

    async def _settle_first(self) -> None:
        update = self._unsettled[0]
        await self._store.call(lambda store: store.settle(update))

    def _complain(self, unavailable: StoreUnavailable) -> None:
        if self.failure != str(unavailable):
            _log.warning(
                "%s: the outbox cannot be read or written: %s",
                self.name,
                unavailable,
                exc_info=unavailable.__cause__,
            )
        self.failure = str(unavailable)
