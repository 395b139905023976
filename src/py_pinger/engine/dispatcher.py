"""The loops that carry what is stored to the channels: one a channel, so that none waits for another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Protocol

from py_pinger.core import outbox, pacing
from py_pinger.core.delivery import (
    Delivery,
    DeliveryState,
    Message,
    NotSent,
    Outcome,
    Parcel,
    Sent,
    Settlement,
)
from py_pinger.core.pacing import Pace
from py_pinger.engine.storekeeper import Storekeeper, StoreUnavailable
from py_pinger.engine.worker import Worker

_log = logging.getLogger(__name__)

# Seconds without anything to do after which the outbox is looked at all the same.
LONGEST_SLEEP = 60.0

# Seconds before the store is asked again after it has failed.
STORE_RETRY = 1.0

# Seconds that one message may take: a channel's own time limits are far below it.
STUCK_AFTER = 60.0

# Seconds that what is under way may take to end when the channel is closed.
PARTING = 0.5


class Channel(Protocol):
    """Where messages go; `send` may block, and returns expected failures."""

    @property
    def name(self) -> str:
        """The name that deliveries carry."""

    @property
    def paced(self) -> bool:
        """Whether it takes no more than a message a second."""

    def send(self, message: Message, thread: str | None) -> Outcome:
        """Hand the message to the channel's server."""

    def close(self) -> None:
        """Let go of connections; what is being sent is broken off."""


class Courier:
    """Carries to one channel what waits for it, on a thread of its own.

    `trouble` is why the outbox cannot be read or written, while it cannot. `failing_since` is when the first
    try failed since one succeeded, and `last_error` why the last did; None while nothing fails or waits.
    """

    def __init__(
        self,
        channel: Channel,
        storekeeper: Storekeeper,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self._channel = channel
        self._storekeeper = storekeeper
        self._clock = clock
        self._jitter = jitter
        self._worker = Worker(f"channel-{channel.name}")
        self._called = asyncio.Event()
        self._unsettled: list[Settlement] = []
        self._rest_until: datetime | None = None
        self._pace = Pace(channel.paced)
        self._busy_since: float | None = None
        self._closing = False
        self.trouble: str | None = None
        self.failing_since: datetime | None = None
        self.last_error: str | None = None

    @property
    def name(self) -> str:
        """The channel's name."""
        return self._channel.name

    @property
    def stuck(self) -> bool:
        """Whether a message has been under way for longer than any may take."""
        return self._busy_since is not None and monotonic() - self._busy_since > STUCK_AFTER

    def call(self) -> None:
        """Say that something new may be waiting."""
        self._called.set()

    def finish(self) -> None:
        """Send once more what is due, then end."""
        self._closing = True
        self.call()

    async def run(self) -> None:
        """Carry until told to finish."""
        while True:
            pause = await self.round()
            if self._closing and not self._called.is_set():
                return
            try:
                await asyncio.wait_for(self._called.wait(), pause)
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Let go of the channel and of the thread."""
        self._channel.close()
        await self._worker.stop(PARTING)

    async def round(self) -> float:
        """Send all that is due; return the seconds until something may be due again."""
        self._called.clear()
        self._busy_since = monotonic()
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
        self.trouble = None
        return pause

    async def _send_all_due(self) -> float:
        await self._settle()
        while not self._resting():
            held = pacing.held_until(self._pace, self._clock(), hurry=self._closing)
            if held and not self._closing:
                return self._seconds_until(held)
            parcel, look_again = await self._choose(self._clock())
            if parcel is None:
                return self._seconds_until(look_again)
            if held:
                # There is no later round at the end: what is due goes out in this one.
                await asyncio.sleep(self._seconds_until(held))
            await self._carry(parcel)
        return self._seconds_until(self._rest_until)

    async def _choose(self, now: datetime) -> tuple[Parcel | None, datetime | None]:
        """Return what to send now, if anything, and otherwise when to look again."""
        waiting = await self._worth_sending(now)
        if not waiting:
            self._pace = pacing.emptied(self._pace)
            self.failing_since = self.last_error = None
        parcel = outbox.next_parcel(waiting, now, self._pace, hurry=self._closing)
        return parcel, outbox.next_moment(waiting, now, self._pace)

    def _resting(self) -> bool:
        return self._rest_until is not None and not outbox.passed(self._rest_until, self._clock())

    def _seconds_until(self, at: datetime | None) -> float:
        if at is None:
            return LONGEST_SLEEP
        return min(max((at - self._clock()).total_seconds(), 0.0), LONGEST_SLEEP)

    async def _worth_sending(self, now: datetime) -> Sequence[Delivery]:
        waiting = await self._storekeeper.waiting(self.name)
        expired = outbox.expired(waiting, now)
        if expired is None:
            return waiting
        await self._settle(expired)
        return [delivery for delivery in waiting if delivery.id not in expired.ids]

    async def _carry(self, parcel: Parcel) -> None:
        self._busy_since = monotonic()
        message = replace(parcel.message, key=parcel.key)
        outcome = await self._worker.do(lambda: self._channel.send(message, parcel.thread))
        now = self._clock()
        self._note(parcel, outcome, now)
        if isinstance(outcome, Sent):
            await self._settle(outbox.delivered(parcel, outcome, now))
            return
        settlements = outbox.failed(parcel, outcome, now, self._jitter())
        _log_failure(self.name, parcel, outcome, settlements)
        if not outcome.lasting:
            self._rest_until = settlements[-1].next_try
        await self._settle(*settlements)

    def _note(self, parcel: Parcel, outcome: Outcome, now: datetime) -> None:
        self._pace = pacing.after(self._pace, parcel, outcome, now)
        if isinstance(outcome, Sent):
            self.failing_since = self.last_error = None
        else:
            self.failing_since = self.failing_since or now
            self.last_error = outcome.why

    async def _settle(self, *settlements: Settlement) -> None:
        """Keep what has become of deliveries. What the store does not take now stays first in line."""
        self._unsettled.extend(settlements)
        while self._unsettled:
            await self._storekeeper.settle(self._unsettled[0])
            del self._unsettled[0]

    def _complain(self, unavailable: StoreUnavailable) -> None:
        if self.trouble != str(unavailable):
            _log.warning(
                "%s: the outbox cannot be read or written: %s",
                self.name,
                unavailable,
                exc_info=unavailable.__cause__,
            )
        self.trouble = str(unavailable)


def _log_failure(name: str, parcel: Parcel, outcome: NotSent, settlements: Sequence[Settlement]) -> None:
    level = logging.ERROR if outcome.lasting else logging.WARNING
    for settlement in settlements:
        given_up = settlement.state is DeliveryState.GIVEN_UP
        _log.log(
            logging.ERROR if given_up else level,
            "%s did not take %r: %s; %s",
            name,
            parcel.message.title,
            outcome.why,
            "given up after a day" if given_up else f"next try at {settlement.next_try:%H:%M:%S} UTC",
        )
