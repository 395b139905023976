"""The worker of a channel: reads its queue, has a strategy deliver, and records the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.health import ChannelMetrics
from py_pinger.core.model.notification import Delivery, Sent
from py_pinger.core.notification.throttle import SentMessage
from py_pinger.core.times import Clock
from py_pinger.engine.notification.delivery_queue import DeliveryQueue
from py_pinger.engine.notification.strategy import DeliveryResult, DeliveryStrategy
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.repeat import ErrorLog
from py_pinger.engine.runtime.store_access import StoreUnavailable

_log = logging.getLogger(__name__)

# Seconds without anything to do after which the queue is read all the same.
LONGEST_SLEEP = 60.0

# Seconds before the store is tried again after it has failed.
STORE_RETRY = 1.0

# How long a worker may fail by internal errors, or hang in one message, before it counts as broken.
BROKEN_AFTER = timedelta(minutes=3)

# Seconds that one message may take: a channel's own time limits are far below it.
STUCK_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait from one moment until another; a clock that is set back before its start ends it."""

    start: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Return True if the wait is not over."""
        return self.until is not None and self.start <= now < self.until


class ChannelWorker:
    """Delivers the queue of one channel by a strategy, round by round.

    `queue_error` is why the queue cannot be read or written, None while it can. `failing_since` is when the
    first attempt failed since one succeeded and `last_error` why the last one did, None while none fails.
    `internal_errors` counts the rounds that an internal error ended.
    """

    def __init__(self, queue: DeliveryQueue, strategy: DeliveryStrategy, clock: Clock) -> None:
        self._queue = queue
        self._strategy = strategy
        self._clock = clock
        self._woken = asyncio.Event()
        self._rest = self._pause = _Wait(clock.now(), None)
        self._busy_since: float | None = None
        self._closing = False
        self._stopping = self._abandoned = False
        self.failing_since: datetime | None = None
        self.last_error: str | None = None
        self._sent = self._failed = self.internal_errors = 0
        self._sending_since: float | None = None
        self._broken_since: datetime | None = None
        self._internal_error: str | None = None
        self._queue_failures = FailureLog(
            _log,
            f"Cannot read or write the queue of {self.name}, will retry",
            f"The queue of {self.name} recovered.",
            each_error=True,
        )
        self._errors = ErrorLog(f"the worker of {self.name}")

    @property
    def name(self) -> str:
        """The channel's name."""
        return self._queue.channel

    @property
    def stuck(self) -> bool:
        """Whether a message has taken longer than any may take."""
        return self._busy_since is not None and self._clock.monotonic() - self._busy_since > STUCK_AFTER

    @property
    def queue_error(self) -> str | None:
        """Why the queue cannot be read or written, if it cannot."""
        return self._queue_failures.error

    @property
    def has_unwritten(self) -> bool:
        """Whether messages were sent of which the store does not know yet."""
        return self._queue.has_unwritten

    @property
    def internal_error(self) -> tuple[datetime, str] | None:
        """Since when rounds end in internal errors, and the last of them, if they do."""
        since, error = self._broken_since, self._internal_error
        return (since, error) if since and error else None

    def is_broken(self, now: datetime) -> bool:
        """Return True if the worker has delivered nothing for a while, and a restart may help."""
        failing, sending = self._broken_since, self._sending_since
        hangs = sending is not None and self._clock.monotonic() - sending > BROKEN_AFTER.total_seconds()
        return hangs or (failing is not None and now - failing > BROKEN_AFTER)

    def metrics(self) -> ChannelMetrics:
        """Return what was sent and completed since the start."""
        return ChannelMetrics(self.name, self._sent, self._failed, self._queue.completed())

    def wake(self) -> None:
        """Start a round: something new may wait."""
        self._woken.set()

    def finish(self) -> None:
        """Send once more what is due, then end."""
        self._closing = True
        self.wake()

    def stop_after_current(self) -> None:
        """End after the current message, without sending what else is due."""
        self._stopping = True
        self.finish()

    def remember(self, sent: Sequence[SentMessage]) -> None:
        """Go on at the pace of an earlier worker of the channel, which has sent these messages lately."""
        self._strategy.remember(sent)

    def abandon(self) -> None:
        """End without recording anything more: another process has the channel now."""
        self._queue.abandon()
        self._abandoned = True
        self.stop_after_current()

    async def run(self) -> None:
        """Deliver until `finish` is called; the outcome of what was sent is stored before."""
        while True:
            pause = await self.round()
            finished = self._closing and not self._woken.is_set()
            if self._abandoned or (finished and not (self._stopping and self._queue.has_unwritten)):
                return
            try:
                # Unlike `wait_for` of Python 3.11, this loses no cancellation that comes with a wake.
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Close the channel and end its thread."""
        await self._strategy.close()

    async def round(self) -> float:
        """Deliver what is due; return the seconds until the next round."""
        self._woken.clear()
        self._busy_since = self._clock.monotonic()
        try:
            next_at = await self._deliver_all_due()
        except StoreUnavailable as unavailable:
            self._queue_failures.record(str(unavailable))
            return STORE_RETRY
        except Exception as error:  # noqa: BLE001 - an internal error must cost this one round, not the channel
            self._record_internal(error)
            return LONGEST_SLEEP
        finally:
            self._busy_since = None
        self._queue_failures.record(None)
        self._errors.record(None)
        self._broken_since = self._internal_error = None
        return self._seconds_until(next_at)

    async def _deliver_all_due(self) -> datetime | None:
        """Deliver until nothing is due or the channel has to be left alone; return until when."""
        await self._queue.settle()
        while not self._stopping:
            now = self._clock.now()
            if waits_until := self._waits_until(now):
                return waits_until
            self._busy_since = self._clock.monotonic()
            waiting = await self._queue.waiting(now)
            if self._abandoned:
                break
            result = await self._send(waiting, now)
            self._record(result)
            await self._queue.settle(*result.updates)
            if result.outcome is None and not result.updates:
                return result.next_at
        return None

    async def _send(self, waiting: Sequence[Delivery], now: datetime) -> DeliveryResult:
        self._sending_since = self._clock.monotonic()
        try:
            return await self._strategy.deliver(waiting, now, shutting_down=self._closing)
        finally:
            self._sending_since = None

    def _record_internal(self, error: Exception) -> None:
        self._errors.record(error)
        self.internal_errors += 1
        self._broken_since = self._broken_since or self._clock.now()
        self._internal_error = type(error).__name__

    def _waits_until(self, now: datetime) -> datetime | None:
        """Return until when nothing may be sent, if so."""
        waits = (self._rest,) if self._closing else (self._rest, self._pause)
        return max((wait.until for wait in waits if wait.until and wait.holds(now)), default=None)

    def _record(self, result: DeliveryResult) -> None:
        now = self._clock.now()
        self._rest, self._pause = _Wait(now, result.rest_until), _Wait(now, result.paused_until)
        if isinstance(result.outcome, Sent):
            self._sent += 1
        elif result.outcome:
            self._failed += 1
            self.failing_since = self.failing_since or now
            self.last_error = result.outcome.error
        if result.idle or isinstance(result.outcome, Sent):
            self.failing_since = self.last_error = None

    def _seconds_until(self, at: datetime | None) -> float:
        if at is None:
            return LONGEST_SLEEP
        return min(max((at - self._clock.now()).total_seconds(), 0.0), LONGEST_SLEEP)
