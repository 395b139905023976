"""Limits how many checks run at once, in total and per host; the hosts take turns."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from py_pinger.core.selfcheck.overload import ConcurrencyLimit
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

_Item = TypeVar("_Item")


class ConcurrencyLimiter(Generic[_Item]):
    """Admits at most `total` items at once, and `per_host` of one host.

    The others queue in order.

    A host with a long queue does not delay the others.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self._total = total
        self._per_host = per_host
        self._count = 0
        self._admitted: Counter[str] = Counter()
        self._queues: defaultdict[str, deque[_Item]] = defaultdict(deque)
        self._hosts_ready: deque[str] = deque()

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts the configured limits in force."""
        return lambda _: self.resize(change.checks, change.settings.main.per_host)

    def resize(self, total: int, per_host: int) -> None:
        """Change the limits; items that were admitted stay."""
        self._total = total
        self._per_host = per_host
        self._hosts_ready = deque(host for host in self._queues if self._admitted[host] < per_host)

    def enqueue(self, host: str, item: _Item) -> None:
        """Queue an item."""
        queue = self._queues[host]
        queue.append(item)
        if len(queue) == 1 and self._admitted[host] < self._per_host:
            self._hosts_ready.append(host)

    def waiting(self) -> Iterator[tuple[_Item, ConcurrencyLimit]]:
        """Yield the queued items, each with the limit that it waits for."""
        total = ConcurrencyLimit("concurrency", self._total, "all tasks")
        for host, queue in self._queues.items():
            full = self._admitted[host] >= self._per_host
            limit = ConcurrencyLimit("per_host", self._per_host, host) if full else total
            yield from ((item, limit) for item in queue)

    def release(self, host: str) -> None:
        """Free the place of an admitted item of this host."""
        if self._admitted[host] == self._per_host and self._queues.get(host):
            self._hosts_ready.append(host)
        self._count -= 1
        self._admitted[host] -= 1
        if not self._admitted[host]:
            del self._admitted[host]

    def acquire_ready(self) -> list[_Item]:
        """Admit and return the items for which there is room."""
        admitted = []
        while self._hosts_ready and self._count < self._total:
            host = self._hosts_ready.popleft()
            queue = self._queues[host]
            admitted.append(queue.popleft())
            self._count += 1
            self._admitted[host] += 1
            if not queue:
                del self._queues[host]
            elif self._admitted[host] < self._per_host:
                self._hosts_ready.append(host)
        return admitted
