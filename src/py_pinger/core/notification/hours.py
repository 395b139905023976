"""The hours of a channel: outside them its messages wait.

They begin and end by the clocks of a time zone. A time that is skipped is the moment right after the gap; of
one that occurs twice it is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from py_pinger.core.times import DAY
from py_pinger.core.wall_clock import wall_time

# Days ahead in which hours begin at least once, even if the clocks skip them in one week.
_SEARCHED = 15


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """A part of some days of the week, of which Monday is 0: from `start` until `end`, after midnight.

    An end that is not after the start is on the next day.
    """

    days: frozenset[int]
    start: timedelta
    end: timedelta


@dataclass(frozen=True, slots=True)
class Hours:
    """When a channel sends messages: in any of the `parts`, by the clocks of a zone."""

    parts: tuple[WeeklyHours, ...]
    zone: tzinfo = UTC

    def next_open(self, now: datetime) -> datetime:
        """Return the first moment from now on at which messages are sent: now, or when the hours begin."""
        periods = [period for period in self._periods(now) if max(now, period[0]) < period[1]]
        return max(now, min(start for start, _ in periods))

    def _periods(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the start and the end of each part in the next days, and since yesterday."""
        today = datetime.combine(now.astimezone(self.zone), time())
        for number in range(-1, _SEARCHED):
            day = today + number * DAY
            for part in self.parts:
                if day.weekday() in part.days:
                    end = part.end if part.end > part.start else part.end + DAY
                    yield wall_time(day + part.start, self.zone), wall_time(day + end, self.zone)
