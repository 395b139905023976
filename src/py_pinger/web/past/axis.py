"""The ticks of a time axis: at hours or midnights of the reader's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from py_pinger.core.times import HOUR
from py_pinger.web.past.reader_zone import ReaderZone

# All zones are whole quarters of an hour away from UTC.
_QUARTER: Final = HOUR / 4
# Percent of the width at both ends that stay without a tick: its label would stick out.
_MARGIN: Final = 2.5


@dataclass(frozen=True, slots=True)
class AxisTick:
    """A tick: its place, and how far it is behind the one before, in percent of the width."""

    at: datetime
    x: float
    gap: float


def ticks(since: datetime, until: datetime, hours: int, zone: ReaderZone) -> tuple[AxisTick, ...]:
    """Return a tick every so many hours of the day, from midnight on; with 24 at each midnight."""
    found: list[AxisTick] = []
    before = 0.0
    for at in _quarters(since, until):
        local, x = at.astimezone(zone.zone), round(100 * ((at - since) / (until - since)), 2)
        if local.minute == 0 and local.hour % hours == 0 and _MARGIN <= x <= 100 - _MARGIN:
            found.append(AxisTick(at, x, round(x - before, 2)))
            before = x
    return tuple(found)


def _quarters(since: datetime, until: datetime) -> Iterator[datetime]:
    at = since.replace(minute=0, second=0, microsecond=0)
    while at < until:
        if at >= since:
            yield at
        at += _QUARTER
