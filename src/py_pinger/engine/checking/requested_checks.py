"""Checks that people request between the scheduled ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Final

# Seconds between two requested checks of a task, so that its server is not flooded through Py Pinger.
MIN_INTERVAL: Final = 5.0

# Requests that are remembered; the oldest are dropped first.
_MOST: Final = 1000


class RequestedChecks:
    """Collects the requests of any thread for the loop; `monotonic` is in seconds.

    While `queue` is empty there is nothing to take.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._requested_at: dict[str, float] = {}
        self.queue: deque[str] = deque()

    def request(self, url: str) -> float:
        """Have a task checked and return 0, or return the seconds until that is allowed again."""
        now = self._monotonic()
        wait = self._requested_at.get(url, now - MIN_INTERVAL) + MIN_INTERVAL - now
        if wait > 0:
            return wait
        # A dict keeps its order: the first is the oldest.
        self._requested_at.pop(url, None)
        while len(self._requested_at) >= _MOST:
            self._requested_at.pop(next(iter(self._requested_at)), None)
        self._requested_at[url] = now
        self.queue.append(url)
        return 0.0

    def take(self) -> Collection[str]:
        """Return the URLs of the tasks to check, requested since the last call."""
        taken = set()
        while self.queue:
            taken.add(self.queue.popleft())
        return taken
