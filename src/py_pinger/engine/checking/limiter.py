"""Limits how many pages are requested at once, in total and per host; the hosts take turns."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from py_pinger.core.selfcheck.overload import ConcurrencyLimit
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

_Item = TypeVar("_Item")

# Items of a page that are admitted together once its first has ended: they take a few milliseconds.
ADMITTED_TOGETHER: Final = 50


@dataclass(slots=True, eq=False)
class Place(Generic[_Item]):
    """The place of one page at its host, which all its items use: the first one alone.

    `since` is when it was admitted, in monotonic seconds, as its user notes.
    """

    host: str
    page: Hashable
    items: deque[_Item] = field(default_factory=deque)
    in_use: int = 0
    since: float | None = None

    def take_first(self) -> _Item:
        """Remove and return the first item, which uses the place alone."""
        self.in_use = 1
        return self.items.popleft()

    def take(self, number: int) -> Iterator[_Item]:
        """Remove and yield at most so many items, which use the place from now on."""
        self.in_use = min(number, len(self.items))
        return (self.items.popleft() for _ in range(self.in_use))


class ConcurrencyLimiter(Generic[_Item]):
    """Admits at most `total` pages at once, and `per_host` of one host.

    The others queue in order.

    A host with a long queue does not delay the others. The items of one page use one place: the first one
    requests the page, the others follow when it has ended.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self._total = total
        self._per_host = per_host
        self._count = 0
        self._admitted: defaultdict[str, int] = defaultdict(int)
        self._queues: defaultdict[str, deque[Place[_Item]]] = defaultdict(deque)
        self._hosts_ready: deque[str] = deque()
        self._places: dict[Hashable, Place[_Item]] = {}
        self._continuing: list[Place[_Item]] = []

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts the configured limits in force."""
        return lambda _: self.resize(change.checks, change.settings.main.per_host)

    def resize(self, total: int, per_host: int) -> None:
        """Change the limits; items that were admitted stay."""
        self._total = total
        self._per_host = per_host
        self._hosts_ready = deque(host for host in self._queues if self._admitted[host] < per_host)

    def enqueue(self, host: str, page: Hashable, item: _Item) -> None:
        """Queue an item of a page."""
        place = self._places.get(page)
        if place is not None:
            place.items.append(item)
            return
        self._places[page] = place = Place(host, page, deque((item,)))
        queue = self._queues[host]
        queue.append(place)
        if len(queue) == 1 and self._admitted[host] < self._per_host:
            self._hosts_ready.append(host)

    def waiting(self) -> Iterator[tuple[_Item, ConcurrencyLimit]]:
        """Yield the queued items, each with the limit that it waits for."""
        total = ConcurrencyLimit("concurrency", self._total, "all tasks")
        for host, queue in self._queues.items():
            full = self._admitted[host] >= self._per_host
            limit = ConcurrencyLimit("per_host", self._per_host, host) if full else total
            yield from ((item, limit) for place in queue for item in place.items)

    def release(self, place: Place[_Item]) -> None:
        """End the use of a place by one item; without another item of the page the place is free."""
        place.in_use -= 1
        if place.in_use:
            return
        if place.items:
            self._continuing.append(place)
            return
        del self._places[place.page]
        host = place.host
        if self._admitted[host] == self._per_host and self._queues.get(host):
            self._hosts_ready.append(host)
        self._count -= 1
        self._admitted[host] -= 1
        if not self._admitted[host]:
            del self._admitted[host]

    def acquire_ready(self) -> list[tuple[_Item, Place[_Item]]]:
        """Admit and return the items for which there is room, each with the place to release."""
        continuing, self._continuing = self._continuing, []
        admitted = [(item, place) for place in continuing for item in place.take(ADMITTED_TOGETHER)]
        while self._hosts_ready and self._count < self._total:
            host = self._hosts_ready.popleft()
            queue = self._queues[host]
            place = queue.popleft()
            admitted.append((place.take_first(), place))
            self._count += 1
            self._admitted[host] += 1
            if not queue:
                del self._queues[host]
            elif self._admitted[host] < self._per_host:
                self._hosts_ready.append(host)
        return admitted
