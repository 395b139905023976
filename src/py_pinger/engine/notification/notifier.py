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
            held = throttle.paused_until(self._pace, self._clock(), shutting_down=self._closing)
            if held and not self._closing:
                return self._seconds_until(held)
            outgoing, look_again = await self._choose(self._clock())
            if outgoing is None:
                return self._seconds_until(look_again)
            if held:
                # There is no later round at the end: what is due goes out in this one.
                await asyncio.sleep(self._seconds_until(held))
            await self._carry(outgoing)
        return self._seconds_until(self._rest_until)

    async def _choose(self, now: datetime) -> tuple[OutgoingMessage | None, datetime | None]:
        """Return what to send now, if anything, and otherwise when to look again."""
        waiting = await self._worth_sending(now)
        if not waiting:
            self._pace = throttle.after_drained(self._pace)
            self._all_is_well()
        outgoing = outbox.next_message(waiting, now, self._pace, shutting_down=self._closing)
        return outgoing, outbox.next_attempt_at(waiting, now, self._pace)

    async def _carry(self, outgoing: OutgoingMessage) -> None:
        self._busy()
        message = replace(outgoing.message, key=outgoing.key)
        outcome = await self._worker.do(lambda: self._channel.send(message, outgoing.thread))
        now = self._clock()
        self._pace = throttle.after_attempt(self._pace, outgoing, outcome, now)
        self._heard(outcome, now)
        if isinstance(outcome, Sent):
            await self._settle(outbox.delivered_update(outgoing, outcome, now))
            return
        updates = outbox.failed_updates(outgoing, outcome, now, self._jitter())
        _log_failure(self.name, outgoing, outcome, updates)
        if not outcome.permanent:
            self._rest_until = updates[-1].next_try
        await self._settle(*updates)


def _log_failure(
    name: str, outgoing: OutgoingMessage, outcome: SendFailed, updates: Sequence[DeliveryUpdate]
) -> None:
    level = logging.ERROR if outcome.permanent else logging.WARNING
    for update in updates:
        given_up = update.state is DeliveryState.GIVEN_UP
        _log.log(
            logging.ERROR if given_up else level,
            "%s did not take %r: %s; %s",
            name,
            outgoing.message.title,
            outcome.why,
            "given up after a day" if given_up else f"next try at {update.next_try:%H:%M:%S} UTC",
        )
