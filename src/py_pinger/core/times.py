"""Named times and durations, and the clock protocol of the loops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
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


def in_utc(at: datetime, zone: tzinfo = UTC) -> datetime:
    """Return a time in UTC; without an offset it is by the clocks of a zone. Raises OverflowError.

    An hour that occurs twice counts as the later one. The year 1 stands for "never" and may be in no zone.
    """
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return at.replace(tzinfo=UTC) if at.year == 1 else at.replace(tzinfo=zone, fold=1).astimezone(UTC)


def read_utc(text: str) -> datetime | None:
    """Return a time of ISO 8601 in UTC; None if it is not one, or has no offset."""
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Clock(Protocol):
    """The time of day, and seconds that only go forward; both may be read from any thread."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""

    def monotonic(self) -> float:
        """Return seconds since an unspecified start, unaffected by changes of the machine's clock."""
