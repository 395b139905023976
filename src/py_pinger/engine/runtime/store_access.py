"""How the loops use the store: what they may call, and how a call fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.notification import Delivery, DeliveryUpdate, Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.throttle import SentMessage

_Result = TypeVar("_Result")


class StoreFailure(Exception):  # noqa: N818 - the base of a condition that passes and of an error
    """A call to the store failed; the message says why, for people."""


class StoreUnavailable(StoreFailure):
    """The database cannot be read or written right now; the same call may succeed later."""


class StoreFenced(StoreUnavailable):
    """This run of a node is over: other nodes own what it owned, and it can write nothing any more."""


class StoreRolledBack(StoreUnavailable):
    """The database has lost transactions that it had confirmed; what they wrote has to be written again."""


class StoreIncomplete(StoreFailure):
    """A batch was stored except for these `transitions` and `notices`, which have to be stored later."""

    def __init__(self, message: str, transitions: Sequence[Transition], notices: Sequence[Notice]) -> None:
        super().__init__(message)
        self.transitions = tuple(transitions)
        self.notices = tuple(notices)


class StoreInternalError(StoreFailure):
    """The store's code raised what it should not; the cause is that exception."""


class StoreOperations(Protocol):
    """The part of the store that the loops call; each call is one blocking transaction."""

    def waiting(self, channel: str, now: datetime) -> Sequence[Delivery]:
        """Return what waits for a channel, oldest first.

        Of more than a batch what can be sent first.
        """

    def incident_records(self, channel: str, deliveries: Sequence[int]) -> Sequence[IncidentRecord]:
        """Return the incidents of a channel's deliveries, and the open ones of the same tasks."""

    def open_incident_records(self, channel: str) -> Sequence[IncidentRecord]:
        """Return the open incidents, except those whose first notice still waits for the channel."""

    def settle(self, settlement: DeliveryUpdate, notices: Collection[Notice] | None = None) -> None:
        """Record the outcome of an attempt, of deliveries of these notices only if they are given."""

    def make_due(self, channel: str, now: datetime) -> None:
        """Make everything due that waits for a channel."""

    def sent_lately(self, channel: str, since: datetime) -> Sequence[SentMessage]:
        """Return the messages that a channel has accepted since a moment, oldest first."""

    def give_up(self, channel: str, now: datetime) -> int:
        """Give up what waits for a removed channel; return the number of deliveries."""

    def record_alive(self, now: datetime) -> None:
        """Record that Py Pinger is still running."""

    def record_missing(self, items: Sequence[DiscoveredItem]) -> None:
        """Store since when and for how long discovered items have been missing on their pages."""

    def prune(self, before: datetime) -> int:
        """Delete a little of the history before a moment; return the number of rows."""


class StoreAccess(Protocol):
    """The store without blocking the event loop; every call may raise StoreFailure."""

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Store transitions and notices, with a delivery for each channel, in one transaction.

        Raises StoreIncomplete if a part of them could not be stored.
        """

    async def call(self, operation: Callable[[StoreOperations], _Result]) -> _Result:
        """Return what an operation on the store returns."""
