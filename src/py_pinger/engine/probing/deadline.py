"""How long one attempt may take in all: lookups, connections, redirects and every byte of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

# The client takes no time at all for no limit at all.
SHORTEST_TIMEOUT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long all of it may take, from `started` on by the monotonic clock, in seconds."""

    timeout: timedelta
    started: float

    def left(self) -> timedelta:
        """Return the time that is left, never quite none."""
        return max(self.timeout - self.spent(), SHORTEST_TIMEOUT)

    def spent(self) -> timedelta:
        """Return the time since the start."""
        return timedelta(seconds=monotonic() - self.started)
