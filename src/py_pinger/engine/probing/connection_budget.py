"""The budget of kept-alive connections: a bounded number of places, shared among origins.

A place also limits the age of its origin's connections, since a connection that is kept without limit would
show neither a moved name nor a changed certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic

# An idle connection uses 20 to 40 KB, so requests beyond this number get a new connection each.
KEPT = 1000
PER_ORIGIN = 10

# Seconds after which an origin's connections are replaced by new ones.
MAX_AGE = 300.0


class ConnectionUse(Enum):
    """Which connection a request may use."""

    # A new one, closed after the response.
    NEW = auto()
    # A kept-alive one, which stays open.
    KEPT = auto()
    # A kept-alive one, closed after the response because of its age.
    LAST = auto()


@dataclass(slots=True)
class _Places:
    """The places of one origin: held, in use now, and the most in use since the last clearing.

    `opened_at` is when the oldest of its connections may have been opened, and `moves` how often its host had
    moved then. `closing` counts the requests to come that have to close their connection. Until `renewed_at`
    connections to an old address may still be idle, so that none may be used; 0 if there are none.
    """

    opened_at: float
    moves: int
    held: int = 0
    used: int = 0
    peak: int = 0
    closing: int = 0
    renewed_at: float = 0.0


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

    def acquire(self, origin: str, moves: int = 0) -> ConnectionUse:
        """Return which connection a request may use; `release` has to follow unless it is a new one.

        `moves` is how often the origin's host has moved: old connections are no longer used after that.
        """
        now = self._clock()
        places = self._origins.get(origin)
        if places is not None and places.moves != moves:
            places.moves, places.renewed_at = moves, now + self._idle
        if places is not None and places.renewed_at and not self._is_renewed(places, now):
            return ConnectionUse.NEW
        if places is None or places.used == places.held:
            places = self._add_place(origin, _Places(now, moves))
        if places is None:
            return ConnectionUse.NEW
        places.used += 1
        places.peak = max(places.peak, places.used)
        if now - places.opened_at > MAX_AGE:
            places.opened_at, places.closing = now, places.held
        if places.closing:
            places.closing -= 1
            return ConnectionUse.LAST
        return ConnectionUse.KEPT

    def release(self, origin: str, *, open_: bool) -> None:
        """End the use of a place; the origin still holds it if the connection may be `open_`."""
        places = self._origins[origin]
        places.used -= 1
        if places.renewed_at:
            places.renewed_at = self._clock() + self._idle
        if not open_:
            self._give_up(origin, places, 1)

    def renew(self, origin: str) -> None:
        """Have the next requests to an origin use new connections, until all old ones are closed."""
        for key, places in self._origins.items():
            if key.rpartition(" ")[2] == origin:
                places.renewed_at = self._clock() + self._idle

    def _is_renewed(self, places: _Places, now: float) -> bool:
        """Return True if all old connections of an origin are closed by now."""
        if now < places.renewed_at or places.used:
            return False
        self._held -= places.held
        places.held = places.peak = places.closing = 0
        places.opened_at, places.renewed_at = now, 0.0
        return True

    def _add_place(self, origin: str, new: _Places) -> _Places | None:
        if self._held >= self.limit:
            self._clear()
        places = self._origins.get(origin) or new
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
