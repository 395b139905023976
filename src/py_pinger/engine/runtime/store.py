"""What the loops ask of the store. They hold no connection and know no table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from py_pinger.core.model.notification import Delivery, DeliveryUpdate, Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.alert import IncidentRecord


class StoreUnavailable(Exception):  # noqa: N818 - a state of affairs; it passes
    """The store cannot take or give anything right now; the message says why, to people.

    Its cause is the fault behind it, if that is one of ours.
    """


class Storekeeper(Protocol):
    """The store as the loops see it; every call may raise StoreUnavailable."""

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Keep the steps, and all that is to be told, in one transaction."""

    async def waiting(self, channel: str) -> Sequence[Delivery]:
        """Return what waits for a channel, oldest first."""

    async def cases(self, channel: str, deliveries: Sequence[int]) -> Sequence[IncidentRecord]:
        """Return the incidents that a channel's deliveries are about, and the open ones of the same tasks."""

    async def open_cases(self, channel: str) -> Sequence[IncidentRecord]:
        """Return the open incidents that were told, but for those that wait for the channel."""

    async def settle(self, settlement: DeliveryUpdate) -> None:
        """Keep what has become of deliveries."""

    async def make_due(self, channel: str, now: datetime) -> None:
        """Make all due that waits for a channel."""

    async def give_up(self, channel: str, now: datetime) -> int:
        """End what waits for a channel that is gone; return how many deliveries that was."""

    async def seen(self, now: datetime) -> None:
        """Note that watching goes on."""

    async def prune(self, before: datetime) -> int:
        """Forget a little of the history before a moment; return how many rows that were."""
