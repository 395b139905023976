"""Counts lengths of time by how long they were."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from py_pinger.core.model.health import Spread

# Seconds, as people choose them where they measure answers: close where most are, far apart where few are.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Meter:
    """Written by one thread alone and read from any: what is read may lack the newest.

    It is on the way of every check, so that adding costs less than a thousandth of one.
    """

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """Take the bounds in seconds, the least first."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def read(self) -> Spread:
        """Return all that was counted."""
        return Spread(self._bounds, tuple(self._counts), self._total)
