"""The budget of kept-alive connections: a bounded number of places, shared among origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

# An idle connection uses 20 to 40 KB, so requests beyond this number get a new connection each.
KEPT = 1000
PER_ORIGIN = 10


@dataclass(slots=True)
class _Places:
    """The places of one origin: held, in use now, and the most in use since the last clearing."""

    held: int = 0
    used: int = 0
    peak: int = 0


class ConnectionBudget:
    """At most `limit` places; each stands for a connection in use, or idle until its next use.

    An idle connection is closed within `idle` seconds, so a place unused for that long is free again.
    When `limit` is lowered, places are given up as their connections are closed.
    """

    def __init__(self, limit: int, idle: float, clock: Callable[[], float] = monotonic) -> None:
        self.limit = limit
        self._idle = idle
        self._clock = clock
        self._held = 0
        self._origins: dict[str, _Places] = {}
        self._cleared_at = clock()

    def acquire(self, origin: str) -> bool:
        """Return True if a request may use a kept-alive connection; `release` has to follow."""
        places = self._origins.get(origin)
        if places is None or places.used == places.held:
            places = self._add_place(origin)
        if places is None:
            return False
        places.used += 1
        places.peak = max(places.peak, places.used)
        return True

    def release(self, origin: str, *, open_: bool) -> None:
        """End the use of a place; the origin still holds it if the connection may be `open_`."""
        places = self._origins[origin]
        places.used -= 1
        if not open_:
            self._give_up(origin, places, 1)

    def _add_place(self, origin: str) -> _Places | None:
        if self._held >= self.limit:
            self._clear()
        places = self._origins.get(origin) or _Places()
        if self._held >= self.limit or places.held >= PER_ORIGIN:
            return None
        places.held += 1
        self._held += 1
        self._origins[origin] = places
        return places

    def _clear(self) -> None:
        """Give up the places that were unused for long enough."""
        now = self._clock()
        if now - self._cleared_at < self._idle:
            return
        self._cleared_at = now
        for origin, places in list(self._origins.items()):
            self._give_up(origin, places, places.held - places.peak)
            places.peak = places.used

    def _give_up(self, origin: str, places: _Places, count: int) -> None:
        places.held -= count
        self._held -= count
        if not places.held:
            del self._origins[origin]
