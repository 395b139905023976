"""Named times and durations, and the clock protocol of the loops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

# Stand for "always" and "never".
MIN_TIME = datetime.min.replace(tzinfo=UTC)
MAX_TIME = datetime.max.replace(tzinfo=UTC)

ZERO = timedelta(0)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# The smallest difference between two moments.
TICK = timedelta.resolution


class Clock(Protocol):
    """The time of day, and seconds that only go forward; both may be read from any thread."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""

    def monotonic(self) -> float:
        """Return seconds since an unspecified start, unaffected by changes of the machine's clock."""
