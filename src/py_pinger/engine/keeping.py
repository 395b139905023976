"""Which requests may leave a connection open behind them: a bounded number, shared among origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

PER_ORIGIN = 10


@dataclass(slots=True)
class _Berths:
    """What one origin has: berths held, those in use now, and the most in use since the last clearing."""

    held: int = 0
    used: int = 0
    peak: int = 0


class Harbour:
    """At most `most` berths; each is a connection that is used, or idle until it is used again.

    An idle connection is closed within `idle` seconds, so a berth not used for so long is empty.
    """

    def __init__(self, most: int, idle: float, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._idle = idle
        self._clock = clock
        self._held = 0
        self._origins: dict[str, _Berths] = {}
        self._cleared = clock()

    def enter(self, origin: str) -> bool:
        """Take a berth for a request, if there is one."""
        berths = self._origins.get(origin)
        if berths is None or berths.used == berths.held:
            berths = self._one_more(origin)
        if berths is None:
            return False
        berths.used += 1
        berths.peak = max(berths.peak, berths.used)
        return True

    def leave(self, origin: str, *, open_: bool) -> None:
        """Give the berth back; it stays the origin's own if the connection may still be open."""
        berths = self._origins[origin]
        berths.used -= 1
        if not open_:
            self._release(origin, berths, 1)

    def _one_more(self, origin: str) -> _Berths | None:
        if self._held >= self._most:
            self._clear()
        berths = self._origins.get(origin) or _Berths()
        if self._held >= self._most or berths.held >= PER_ORIGIN:
            return None
        berths.held += 1
        self._held += 1
        self._origins[origin] = berths
        return berths

    def _clear(self) -> None:
        """Take back what nobody has used for long enough."""
        now = self._clock()
        if now - self._cleared < self._idle:
            return
        self._cleared = now
        for origin, berths in list(self._origins.items()):
            self._release(origin, berths, berths.held - berths.peak)
            berths.peak = berths.used

    def _release(self, origin: str, berths: _Berths, count: int) -> None:
        berths.held -= count
        self._held -= count
        if not berths.held:
            del self._origins[origin]
