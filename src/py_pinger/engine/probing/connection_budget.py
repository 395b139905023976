"""Which requests may leave a connection open behind them: a bounded number, shared among origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

# An idle connection costs 20 to 40 KB, so requests beyond these get a new connection each.
KEPT = 1000
PER_ORIGIN = 10


@dataclass(slots=True)
class _Places:
    """What one origin has: places held, those in use now, and the most in use since the last clearing."""

    held: int = 0
    used: int = 0
    peak: int = 0


class ConnectionBudget:
    """At most `most` places; each is a connection that is used, or idle until it is used again.

    An idle connection is closed within `idle` seconds, so a place not used for so long is empty.
    With a smaller `most`, places are lost as connections are closed.
    """

    def __init__(self, most: int, idle: float, clock: Callable[[], float] = monotonic) -> None:
        self.most = most
        self._idle = idle
        self._clock = clock
        self._held = 0
        self._origins: dict[str, _Places] = {}
        self._cleared = clock()

    def acquire(self, origin: str) -> bool:
        """Take a place for a request, if there is one."""
        places = self._origins.get(origin)
        if places is None or places.used == places.held:
            places = self._one_more(origin)
        if places is None:
            return False
        places.used += 1
        places.peak = max(places.peak, places.used)
        return True

    def release(self, origin: str, *, open_: bool) -> None:
        """Give the place back; it stays the origin's own if the connection may still be open."""
        places = self._origins[origin]
        places.used -= 1
        if not open_:
            self._release(origin, places, 1)

    def _one_more(self, origin: str) -> _Places | None:
        if self._held >= self.most:
            self._clear()
        places = self._origins.get(origin) or _Places()
        if self._held >= self.most or places.held >= PER_ORIGIN:
            return None
        places.held += 1
        self._held += 1
        self._origins[origin] = places
        return places

    def _clear(self) -> None:
        """Take back what nobody has used for long enough."""
        now = self._clock()
        if now - self._cleared < self._idle:
            return
        self._cleared = now
        for origin, places in list(self._origins.items()):
            self._release(origin, places, places.held - places.peak)
            places.peak = places.used

    def _release(self, origin: str, places: _Places, count: int) -> None:
        places.held -= count
        self._held -= count
        if not places.held:
            del self._origins[origin]
