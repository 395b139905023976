"""Times by the clocks of a zone: of a day, and of a cron expression as Debian's cron has them.

An expression with a star for its minute or hour follows the clocks: what they skip is left out, what they
show twice comes twice. Any other comes once a time of day: what the clocks skip is the first moment after,
what they show twice is the first of the two.

The library finds the times of the calendar, and the clocks are read here: with half an hour that the clocks
show twice it passes over times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from typing import Final

from py_pinger.core.times import SECOND

# Windows that run into each other are one, up to so many.
MERGED: Final = 100


def wall_time(wall: datetime, zone: tzinfo) -> datetime:
    """Return when the clocks of a zone first show a time or a later one; it has no offset.

    That is the end of the hour if the clocks skip it, and the first of two if they show it twice.
    """
    late, early = _moments(wall, zone)
    if early >= late:  # an hour that occurs once or twice
        return late
    while late - early > SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def cron_times(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the times of a cron expression of five fields after a moment, in UTC, in order."""
    last = after
    try:
        for time in _times_by_clocks(expression, zone, _shown_from(zone, after)):
            # Several times that the clocks skip are one moment, and of an hour shown twice some have passed.
            if time > last:
                yield time
                last = time
    # The next time lies beyond the year 9999, with which the calendar ends.
    except OverflowError:
        return


def is_endless(start: str | datetime, zone: tzinfo, length: timedelta, now: datetime) -> bool:
    """Return True if the next windows that begin by a cron expression leave no gap; a single one ends."""
    if isinstance(start, datetime):
        return False
    starts = list(islice(cron_times(start, zone, now - length), MERGED))
    return bool(starts) and all(later <= earlier + length for earlier, later in pairwise(starts))


def _times_by_clocks(expression: str, zone: tzinfo, start: datetime) -> Iterator[datetime]:
    """Yield the times since the clocks showed `start` for the first time."""
    # Imported only when needed, since few have schedules or windows.
    from cronsim import CronSim  # noqa: PLC0415

    follows_clocks = any(field.startswith("*") for field in expression.split()[:2])
    shown_again: deque[datetime] = deque()
    for local in CronSim(expression, start):
        first, second = _moments(local, zone)
        while shown_again and shown_again[0] < first:
            yield shown_again.popleft()
        if first <= second:
            yield first
            if follows_clocks and first < second:
                shown_again.append(second)
        elif not follows_clocks:
            yield wall_time(local, zone)
    yield from shown_again


def _shown_from(zone: tzinfo, after: datetime) -> datetime:
    """Return what the clocks show at a moment; before it, where they will show the time before it again."""
    local = after.astimezone(zone)
    first, second = _moments(local.replace(tzinfo=None), zone)
    return local.replace(tzinfo=None) - (second - first)


def _moments(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the moments at which clocks show a time; the second is before the first if they skip it."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
