"""How many checks are under way at once, in all and for one host; the hosts take turns."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import Generic, TypeVar

from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange

_Item = TypeVar("_Item")


class ConcurrencyLimiter(Generic[_Item]):
    """Lets in at most `total` items at once, and `per_host` of one host; the rest queue in order.

    A host with a long queue holds up nobody but itself.
    """

    def __init__(self, total: int, per_host: int) -> None:
        self._total = total
        self._per_host = per_host
        self._count = 0
        self._inside: Counter[str] = Counter()
        self._queues: defaultdict[str, deque[_Item]] = defaultdict(deque)
        self._hosts_ready: deque[str] = deque()

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts the configured limits in force."""
        return lambda _: self.resize(change.checks, change.settings.main.per_host)

    def resize(self, total: int, per_host: int) -> None:
        """Let in so many from now on; nobody inside is turned out."""
        self._total = total
        self._per_host = per_host
        self._hosts_ready = deque(host for host in self._queues if self._inside[host] < per_host)

    def enqueue(self, host: str, item: _Item) -> None:
        """Queue an item."""
        queue = self._queues[host]
        queue.append(item)
        if len(queue) == 1 and self._inside[host] < self._per_host:
            self._hosts_ready.append(host)

    def release(self, host: str) -> None:
        """Give back the place of an item of this host that was let in."""
        if self._inside[host] == self._per_host and self._queues.get(host):
            self._hosts_ready.append(host)
        self._count -= 1
        self._inside[host] -= 1
        if not self._inside[host]:
            del self._inside[host]

    def acquire_ready(self) -> list[_Item]:
        """Return the items that may go in now."""
        admitted = []
        while self._hosts_ready and self._count < self._total:
            host = self._hosts_ready.popleft()
            queue = self._queues[host]
            admitted.append(queue.popleft())
            self._count += 1
            self._inside[host] += 1
            if not queue:
                del self._queues[host]
            elif self._inside[host] < self._per_host:
                self._hosts_ready.append(host)
        return admitted
