"""Periods of the past in which something held: without overlaps, in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from py_pinger.core.suppression.maintenance import MaintenanceWindow, Occurrence, occurrence
from py_pinger.core.times import MAX_TIME


@dataclass(frozen=True, slots=True)
class Periods:
    """Each period has its start, but not its end, and ends before the next one starts."""

    periods: tuple[Occurrence, ...] = ()

    @classmethod
    def joined(cls, periods: Iterable[Occurrence]) -> Self:
        """Return periods that may overlap as periods that do not."""
        found: list[Occurrence] = []
        for period in sorted((each for each in periods if each.start < each.end), key=_start):
            if found and period.start <= found[-1].end:
                found[-1] = Occurrence(found[-1].start, max(found[-1].end, period.end))
            else:
                found.append(period)
        return cls(tuple(found))

    def end_at(self, now: datetime) -> datetime | None:
        """Return when the period around a moment ends, None if there is none."""
        place = bisect_right(self.periods, now, key=_start)
        end = self.periods[place - 1].end if place else now
        return end if now < end else None

    def next_start(self, now: datetime) -> datetime:
        """Return when the first period after a moment starts; the end of the calendar if there is none."""
        place = bisect_right(self.periods, now, key=_start)
        return self.periods[place].start if place < len(self.periods) else MAX_TIME


NEVER: Final = Periods()


def occurrences(window: MaintenanceWindow, since: datetime, until: datetime) -> Iterator[Occurrence]:
    """Yield the times at which a window was open between two moments."""
    found = occurrence(window, since)
    while found and found.start < until:
        yield found
        found = occurrence(window, found.end)


def _start(period: Occurrence) -> datetime:
    return period.start
