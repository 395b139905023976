"""A clock that tests set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.times import ZERO


@dataclass
class FakeClock:
    """Shows `start` when its monotonic `seconds` are `zero`; the machine's clock is `ahead` by a step."""

    start: datetime
    zero: float = 1000.0
    seconds: float = 1000.0
    ahead: timedelta = ZERO

    def now(self) -> datetime:
        """Return the time of day."""
        return self.start + timedelta(seconds=self.seconds - self.zero)

    def monotonic(self) -> float:
        """Return the monotonic seconds."""
        return self.seconds

    def step(self) -> timedelta:
        """Return how far the machine's clock is ahead."""
        return self.ahead
