"""The deliveries of one channel: what waits, and the outcome of what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate, Notice, Sent
from py_pinger.core.notification import outbox
from py_pinger.engine.runtime.store_access import StoreAccess, StoreRolledBack

# How long a notice is remembered after it was sent, and how many are: a database that lost the outcome, since
# another server took its place, must not have it sent again.
REMEMBERED: Final = timedelta(minutes=5)
MOST_REMEMBERED: Final = 10_000


class _NamedUpdate(NamedTuple):
    """An update, and the notices of its deliveries."""

    update: DeliveryUpdate
    notices: tuple[Notice, ...]


class DeliveryQueue:
    """The deliveries of one channel in the store.

    An update that the store does not accept is kept, and written first at the next call. It names its
    notices: until then another server may have taken the place of the database, which had not all of them,
    and the same ids may be those of other deliveries.
    """

    def __init__(self, channel: str, store: StoreAccess) -> None:
        self.channel = channel
        self._store = store
        self._unwritten: list[_NamedUpdate] = []
        self._abandoned = False
        self._read: Mapping[int, Delivery] = {}
        self._sent: dict[Hashable, DeliveryUpdate] = {}
        self._completed: Counter[DeliveryState] = Counter()

    @property
    def has_unwritten(self) -> bool:
        """Whether there are updates that the store has not accepted yet."""
        return bool(self._unwritten)

    def completed(self) -> dict[DeliveryState, int]:
        """Return the number of completed deliveries since the start, by their final state."""
        return dict(self._completed)

    async def waiting(self, now: datetime) -> Sequence[Delivery]:
        """Return the deliveries that wait, oldest first.

        Those that have expired, or were sent already, are ended instead.
        """
        waiting = await self._store.call(lambda store: store.waiting(self.channel, now))
        self._read = {delivery.id: delivery for delivery in waiting}
        sent = self._sent_before(waiting, now)
        rest = _without(waiting, sent)
        expired = outbox.expired_update(rest, now)
        ended = (*sent, expired) if expired else sent
        if ended:
            await self.settle(*ended)
        return _without(rest, ended)

    def abandon(self) -> None:
        """Store no update any more, of what is being sent neither: another process has the channel now."""
        self._abandoned = True
        self._unwritten.clear()

    async def settle(self, *updates: DeliveryUpdate) -> None:
        """Store updates, after those that could not be stored before."""
        if self._abandoned:
            return
        self._remember(updates)
        self._unwritten += [_NamedUpdate(update, self._notices(update)) for update in updates]
        while self._unwritten:
            named = self._unwritten[0]
            update = named.update
            await self._write(named)
            # While it was written the channel may have been abandoned.
            self._unwritten = [each for each in self._unwritten if each is not named]
            if update.state is not DeliveryState.WAITING:
                self._completed[update.state] += len(update.ids)

    async def _write(self, named: _NamedUpdate) -> None:
        try:
            await self._store.call(lambda store: store.settle(*named))
        except StoreRolledBack:
            # What was sent is found by its notice, once that waits again.
            self._unwritten.clear()
            raise

    def _notices(self, update: DeliveryUpdate) -> tuple[Notice, ...]:
        return tuple(self._read[number].notice for number in update.ids if number in self._read)

    def _remember(self, updates: Sequence[DeliveryUpdate]) -> None:
        for update in updates:
            if update.state is DeliveryState.DELIVERED:
                self._sent |= {_identity(notice): update for notice in self._notices(update)}
        while len(self._sent) > MOST_REMEMBERED:
            del self._sent[next(iter(self._sent))]

    def _sent_before(self, waiting: Sequence[Delivery], now: datetime) -> Sequence[DeliveryUpdate]:
        """Return the updates of deliveries whose notices were sent, but wait again."""
        known = self._sent
        found = [(each, known[key]) for each in waiting if (key := _identity(each.notice)) in known]
        return [
            outbox.delivered_update([delivery], Sent(update.receipt), update.at)
            for delivery, update in found
            if now - update.at < REMEMBERED
        ]


def _without(deliveries: Sequence[Delivery], ended: Sequence[DeliveryUpdate]) -> Sequence[Delivery]:
    """Return the deliveries without those of updates."""
    ids = {number for update in ended for number in update.ids}
    return [delivery for delivery in deliveries if delivery.id not in ids] if ids else deliveries


def _identity(notice: Notice) -> Hashable:
    return notice.kind, notice.at, notice.url, notice.opened, notice.topic, notice.text
