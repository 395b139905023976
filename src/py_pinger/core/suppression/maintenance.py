"""Maintenance windows: planned suppressions, and when they are open in their time zone.

A window begins at a local time and lasts for minutes of real time, whatever the local clocks do meanwhile. A
local time that is skipped begins right after the gap; one that occurs twice begins at the first. A cron
expression with a star for minute or hour follows real time instead, as Debian's cron does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

from py_pinger.core.text.wildcard import any_matches
from py_pinger.core.wall_clock import MERGED, cron_times


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A suppression of a `duration`, at each time of a cron expression, or once.

    `tasks` are patterns of URLs and names, `servers` of servers; empty means all.
    """

    name: str
    start: str | datetime
    duration: timedelta
    zone: tzinfo = UTC
    tasks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    def matches(self, url: str, name: str | None, server: str | None) -> bool:
        """Return True if the window applies to a task."""
        return (not self.tasks or any_matches(self.tasks, (url, name))) and (
            not self.servers or any_matches(self.servers, (server,))
        )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time for which a window is open, in UTC."""

    start: datetime
    end: datetime


def occurrence(window: MaintenanceWindow, now: datetime) -> Occurrence | None:
    """Return the current occurrence of a window, else the next one.

    None if there is none any more.
    """
    if isinstance(window.start, datetime):
        single = Occurrence(window.start, window.start + window.duration)
        return single if now < single.end else None
    starts = cron_times(window.start, window.zone, now - window.duration)
    first = next(starts, None)
    if first is None:
        return None
    return Occurrence(first, _end(first, starts, window.duration))


def _end(first: datetime, starts: Iterator[datetime], duration: timedelta) -> datetime:
    """Return when a window closes.

    An occurrence that begins before the last has ended prolongs it.
    """
    end = first + duration
    for start in islice(starts, MERGED):
        if start > end:
            break
        end = start + duration
    return end
