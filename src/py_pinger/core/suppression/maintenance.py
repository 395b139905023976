"""Windows of maintenance, planned ahead: when they are open, by the clocks of their own time zone.

A window begins at a time of its zone's clocks, and lasts so many minutes of real time, whatever they do
meanwhile. Where they skip the time, it begins as soon as they have; where they show it twice, it begins at
the first. A cron expression with a star for minute or hour follows real time instead, as Debian's cron does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

from py_pinger.core.text.wildcard import any_matches

# Windows that run into each other are one; of very many, the end of so many is told.
MERGED = 100


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Maintenance that begins at each moment of a cron expression, or once, and lasts `duration`.

    `tasks` are patterns of URLs and names, `servers` of servers; none given means all.
    """

    name: str
    start: str | datetime
    duration: timedelta
    zone: tzinfo = UTC
    tasks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    def matches(self, url: str, name: str | None, server: str | None) -> bool:
        """Tell whether a task is under maintenance with it."""
        return (not self.tasks or any_matches(self.tasks, (url, name))) and (
            not self.servers or any_matches(self.servers, (server,))
        )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window is open, in UTC."""

    start: datetime
    end: datetime


def occurrence(window: MaintenanceWindow, now: datetime) -> Occurrence | None:
    """Return the time that a window is open now, or else the next; None when there is none any more."""
    if isinstance(window.start, datetime):
        single = Occurrence(window.start, window.start + window.duration)
        return single if now < single.end else None
    starts = _starts(window.start, window.zone, now - window.duration)
    first = next(starts, None)
    if first is None:
        return None
    return Occurrence(first, _end(first, starts, window.duration))


def _end(first: datetime, starts: Iterator[datetime], duration: timedelta) -> datetime:
    """Return when a window closes for good: one that begins before the last has ended goes on with it."""
    end = first + duration
    for start in islice(starts, MERGED):
        if start > end:
            break
        end = start + duration
    return end


def _starts(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the moments of a cron expression after a moment, in order."""
    # Imported only when needed: hardly anybody has windows.
    from cronsim import CronSim  # noqa: PLC0415

    for local in CronSim(expression, after.astimezone(zone)):
        start = local.astimezone(UTC)
        # Within an hour that the clocks show twice, the first of the two may have passed already.
        if start > after:
            yield start
