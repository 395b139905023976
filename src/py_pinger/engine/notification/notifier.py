"""The strategy of ordinary channels: sends what waits as messages, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    OutgoingMessage,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification import outbox, throttle
from py_pinger.core.notification.channel import Channel
from py_pinger.core.notification.hours import Hours
from py_pinger.core.notification.throttle import ChannelState, SentMessage
from py_pinger.engine.notification.permission import MaySend, always, permitted
from py_pinger.engine.notification.strategy import CLOSE_TIMEOUT, DeliveryResult
from py_pinger.engine.runtime.thread_worker import ThreadWorker

_log = logging.getLogger(__name__)


class Notifier:
    """Sends messages to one channel, on a separate thread; outside its `hours` everything waits."""

    def __init__(
        self,
        channel: Channel,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        hours: Hours | None = None,
        may_send: MaySend = always,
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._jitter = jitter
        self._hours = hours
        self._may_send = may_send
        self._thread = ThreadWorker(f"channel-{channel.name}")
        self._state = ChannelState(channel.paced)

    async def deliver(
        self, waiting: Sequence[Delivery], now: datetime, *, shutting_down: bool
    ) -> DeliveryResult:
        """Send the next message, if one is due."""
        if not waiting:
            self._state = throttle.after_drained(self._state)
            return DeliveryResult(idle=True)
        if self._hours and (opens := self._hours.next_open(now)) > now:
            return DeliveryResult(next_at=opens)
        plan = outbox.plan(waiting, now, self._state, shutting_down=shutting_down)
        if plan.message is None:
            return DeliveryResult(next_at=plan.next_at)
        if shutting_down:
            await self._keep_spacing(now)
        return self._conclude(plan.message, await self._send(plan.message))

    def remember(self, sent: Sequence[SentMessage]) -> None:
        """Pace the next messages as if this one had sent these."""
        if sent:
            self._state = replace(self._state, sent=tuple(sent), last_attempt=sent[-1].at)

    async def close(self) -> None:
        """Close the channel and end the thread."""
        self._channel.close()
        await self._thread.stop(CLOSE_TIMEOUT)

    async def _keep_spacing(self, now: datetime) -> None:
        # No later round comes at a shutdown: what is due is sent in this one.
        until = throttle.paused_until(self._state, now, shutting_down=True)
        if until:
            await asyncio.sleep((until - now).total_seconds())

    async def _send(self, outgoing: OutgoingMessage) -> SendResult:
        message = replace(outgoing.message, key=outgoing.key)
        send = partial(self._channel.send, message, outgoing.thread)
        return await self._thread.do(permitted(send, self._may_send))

    def _conclude(self, outgoing: OutgoingMessage, outcome: SendResult) -> DeliveryResult:
        now = self._clock()
        self._state = throttle.after_attempt(self._state, outgoing, outcome, now)
        pause = throttle.paused_until(self._state, now, shutting_down=False)
        if isinstance(outcome, Sent):
            update = outbox.delivered_update(outgoing.deliveries, outcome, now)
            return DeliveryResult(outcome, (update,), paused_until=pause)
        updates = outbox.failed_updates(outgoing, outcome, now, self._jitter(), self._hours)
        _log_failure(self._channel.name, outgoing, outcome, updates)
        rest = None if outcome.permanent else updates[-1].next_try
        return DeliveryResult(outcome, updates, rest_until=rest, paused_until=pause)


def _log_failure(
    name: str, outgoing: OutgoingMessage, outcome: SendFailed, updates: Sequence[DeliveryUpdate]
) -> None:
    level = logging.ERROR if outcome.permanent else logging.WARNING
    for update in updates:
        given_up = update.state is DeliveryState.GIVEN_UP
        _log.log(
            logging.ERROR if given_up else level,
            "Cannot send %r to %s: %s; %s",
            outgoing.message.title,
            name,
            outcome.error,
            "given up after a day" if given_up else f"next attempt at {update.next_try:%H:%M:%S} UTC",
        )
