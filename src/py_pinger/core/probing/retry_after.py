"""The wait that a server requests of its clients: Retry-After, and headers like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Deliveries are given up after a day, and no check waits as long, so a longer wait is pointless.
LONGEST_WAIT = timedelta(hours=24)


def requested_wait(value: str, now: datetime) -> timedelta | None:
    """Return the wait that the value of a Retry-After header requests, if any: seconds, or a date."""
    return wait(value) or wait_until(_date(value), now)


def wait(value: str) -> timedelta | None:
    """Return a number of seconds as a wait, or None if it is not one."""
    try:
        length = float(value)
    except ValueError:
        return None
    return timedelta(seconds=min(length, LONGEST_WAIT.total_seconds())) if length > 0 else None


def wait_until(moment: datetime | None, now: datetime) -> timedelta | None:
    """Return the wait until a moment in the future, None if it is not."""
    return min(moment - now, LONGEST_WAIT) if moment and moment > now else None


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
