"""The couriers, one a channel: what is stored becomes messages, and they arrive, or are tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from py_pinger.core.model.notification import (
    DeliveryState,
    DeliveryUpdate,
    Message,
    OutgoingMessage,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification import outbox, throttle
from py_pinger.core.notification.throttle import ChannelState
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.runtime.store_access import StoreAccess

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """Where messages go; `send` may block, and returns expected failures."""

    @property
    def name(self) -> str:
        """The name that deliveries carry."""

    @property
    def paced(self) -> bool:
        """Whether it takes no more than a message a second."""

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Hand the message to the channel's server."""

    def close(self) -> None:
        """Let go of connections; what is being sent is broken off."""


class Notifier(ChannelWorker):
    """Carries to one channel, message by message, what waits for it."""

    def __init__(
        self,
        channel: Channel,
        store: StoreAccess,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        super().__init__(channel, store, clock)
        self._channel = channel
        self._jitter = jitter
        self._pace = ChannelState(channel.paced)

    async def _send_all_due(self) -> float:
        await self._settle()
        while not self._resting():
            held = throttle.held_until(self._pace, self._clock(), shutting_down=self._closing)
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

    async def _choose(self, now: datetime) -> tuple[OutgoingMessage | None, datetime | None]:
        """Return what to send now, if anything, and otherwise when to look again."""
        waiting = await self._worth_sending(now)
        if not waiting:
            self._pace = throttle.emptied(self._pace)
            self._all_is_well()
        parcel = outbox.next_message(waiting, now, self._pace, shutting_down=self._closing)
        return parcel, outbox.next_moment(waiting, now, self._pace)

    async def _carry(self, parcel: OutgoingMessage) -> None:
        self._busy()
        message = replace(parcel.message, key=parcel.key)
        outcome = await self._worker.do(lambda: self._channel.send(message, parcel.thread))
        now = self._clock()
        self._pace = throttle.after(self._pace, parcel, outcome, now)
        self._heard(outcome, now)
        if isinstance(outcome, Sent):
            await self._settle(outbox.delivered(parcel, outcome, now))
            return
        settlements = outbox.failed(parcel, outcome, now, self._jitter())
        _log_failure(self.name, parcel, outcome, settlements)
        if not outcome.permanent:
            self._rest_until = settlements[-1].next_try
        await self._settle(*settlements)


def _log_failure(
    name: str, parcel: OutgoingMessage, outcome: SendFailed, settlements: Sequence[DeliveryUpdate]
) -> None:
    level = logging.ERROR if outcome.permanent else logging.WARNING
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
