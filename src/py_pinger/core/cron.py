"""The times of a cron expression by the clocks of a time zone, as Debian's cron has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo


def cron_times(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the times of a cron expression after a moment, in UTC, in order."""
    # Imported only when needed, since few have schedules or windows.
    from cronsim import CronSim  # noqa: PLC0415

    try:
        times = CronSim(expression, after.astimezone(zone))
        while True:
            time = next(times).astimezone(UTC)
            # In an hour that the clocks show twice, the first of the two may have passed already.
            if time > after:
                yield time
    # The next time lies too many years ahead, or beyond the year 9999, with which the calendar ends.
    except (StopIteration, OverflowError):
        return
