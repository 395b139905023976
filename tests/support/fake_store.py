"""A store in memory that fails on demand, for the tests of the loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate, Notice
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.throttle import SentMessage
from py_pinger.engine.runtime.store_access import StoreUnavailable

_Result = TypeVar("_Result")


@dataclass
class FakeStore:
    """Keeps what it is given.

    `faults` are what the next calls raise, by the name of the call, None where one succeeds; `rows` is what
    there is to forget, time after time. Nothing is recorded before `writable` is set. `incidents` are what is
    known of them, told or not.
    """

    faults: dict[str, list[Exception | None]] = field(default_factory=dict)
    records: list[tuple[list[Transition], list[Notice]]] = field(default_factory=list)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    incidents: list[IncidentRecord] = field(default_factory=list)
    settled: list[DeliveryUpdate] = field(default_factory=list)
    pruned: list[datetime] = field(default_factory=list)
    signs: list[datetime] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    hastened: list[tuple[str, datetime]] = field(default_factory=list)
    missing: list[DiscoveredItem] = field(default_factory=list)
    abandoned: list[tuple[str, datetime]] = field(default_factory=list)
    sent: list[SentMessage] = field(default_factory=list)
    asked: int = 0
    writable: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.writable.set()

    def fail(self, call: str, *faults: str | Exception | None) -> None:
        """Let the next calls fail: with a sentence, or with a fault of our own."""
        self.faults[call] = [StoreUnavailable(fault) if isinstance(fault, str) else fault for fault in faults]

    def put(self, *deliveries: Delivery) -> None:
        """Let these wait, for whichever channel asks."""
        self.deliveries |= {delivery.id: delivery for delivery in deliveries}

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Keep the steps and notices, once it is writable."""
        await self.writable.wait()
        self._raise_any("record")
        self.records.append((list(steps), list(notices)))

    async def call(self, operation: Callable[[FakeStore], _Result]) -> _Result:
        """Return what an operation returns."""
        return operation(self)

    def waiting(self, channel: str, now: datetime) -> Sequence[Delivery]:  # noqa: ARG002 - it is the only one
        """Return what waits, in the order in which it was put."""
        self.asked += 1
        self._raise_any("waiting")
        return tuple(self.deliveries.values())

    def incident_records(self, channel: str, deliveries: Sequence[int]) -> Sequence[IncidentRecord]:  # noqa: ARG002 - as above
        """Return the incidents of these deliveries' tasks."""
        self._raise_any("incident_records")
        urls = {self.deliveries[number].notice.url for number in deliveries}
        return [case for case in self.incidents if case.first.url in urls]

    def open_incident_records(self, channel: str) -> Sequence[IncidentRecord]:  # noqa: ARG002 - as above
        """Return the incidents that have not closed."""
        self._raise_any("open_incident_records")
        return [case for case in self.incidents if case.closed is None]

    def make_due(self, channel: str, now: datetime) -> None:
        """Note that all is due that waits for a channel."""
        self._raise_any("hasten")
        self.hastened.append((channel, now))

    def sent_lately(self, _: str, since: datetime) -> list[SentMessage]:
        """Return what the channel has taken since then."""
        return [message for message in self.sent if message.at > since]

    def give_up(self, channel: str, now: datetime) -> int:
        """Take away all that waits, as if it waited for this channel."""
        self._raise_any("give_up")
        self.abandoned.append((channel, now))
        number = len(self.deliveries)
        self.deliveries.clear()
        return number

    def record_alive(self, now: datetime) -> None:
        """Note a sign of life."""
        self._raise_any("record_alive")
        self.signs.append(now)

    def settle(self, settlement: DeliveryUpdate, notices: Collection[Notice] | None = None) -> None:
        """Take away what is settled for good; note the next try of what is not."""
        self._raise_any("settle")
        self.settled.append(settlement)
        for number in settlement.ids:
            if notices is not None and self.deliveries[number].notice not in notices:
                continue
            before = self.deliveries.pop(number)
            if settlement.state is DeliveryState.WAITING:
                later = replace(before, attempts=before.attempts + 1, next_try=settlement.next_try)
                self.deliveries = dict(sorted({**self.deliveries, number: later}.items()))

    def record_missing(self, items: Sequence[DiscoveredItem]) -> None:
        """Note which items are missing."""
        self.missing.extend(items)
        self._raise_any("record_missing")

    def prune(self, before: datetime) -> int:
        """Return how many rows there were to forget this time."""
        self.pruned.append(before)
        self._raise_any("prune")
        return self.rows.pop(0)

    def _raise_any(self, call: str) -> None:
        faults = self.faults.get(call, [])
        if faults and (fault := faults.pop(0)):
            raise fault
