"""The strategies of channel workers: how one kind of channel gets its deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from py_pinger.core.model.notification import Delivery, DeliveryUpdate, SendResult
from py_pinger.core.notification.throttle import SentMessage

# Seconds that what is under way may take to end when a channel is closed.
CLOSE_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What one call of a strategy did; at most one message is sent in each.

    `outcome` is that of the message, None if none was sent, and `updates` go to the store. The channel is
    left alone until `rest_until`; and until `paused_until`, except at a shutdown. If nothing was done,
    `next_at` is when something will be due. `idle` if there is nothing that could fail.
    """

    outcome: SendResult | None = None
    updates: tuple[DeliveryUpdate, ...] = ()
    rest_until: datetime | None = None
    paused_until: datetime | None = None
    next_at: datetime | None = None
    idle: bool = False


class DeliveryStrategy(Protocol):
    """How one kind of channel gets its deliveries."""

    async def deliver(
        self, waiting: Sequence[Delivery], now: datetime, *, shutting_down: bool
    ) -> DeliveryResult:
        """Send at most one message of what waits; raises StoreFailure if the store fails."""

    def remember(self, sent: Sequence[SentMessage]) -> None:
        """Know what another strategy of the same channel has sent lately."""

    async def close(self) -> None:
        """Close the channel; a message being sent is aborted."""
