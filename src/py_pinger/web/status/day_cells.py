"""The last 90 days of a task as a row of cells, days in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import PastSpan
from py_pinger.core.times import DAY
from py_pinger.web.past.day_calendar import by_day

DAYS: Final = 90
# The share of the known time of a day in error up to which it counts as disturbed, and not as failed.
_DISTURBED: Final = 0.1


@dataclass(frozen=True, slots=True)
class DayCells:
    """Days in a row with the same level: how many days ago they began, and how many they are.

    The level is `ok`, `disturbed`, `failed`, or `none` where nothing is known.
    """

    ago: int
    days: int
    level: str


def day_levels(spans: Sequence[PastSpan], now: datetime) -> tuple[str, ...]:
    """Return the level of each day, the oldest first; today is the last one."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [midnight - number * DAY for number in range(DAYS - 1, -2, -1)]
    periods = zip(by_day(spans, midnights), pairwise(midnights), strict=True)
    return tuple(_level(within, begin, min(end, now)) for within, (begin, end) in periods)


def share_up(spans: Sequence[PastSpan], now: datetime) -> float | None:
    """Return the share, from 0 to 1, of the known time of the 90 days that was not in error."""
    return uptime(spans, now - DAYS * DAY, now)


def cells(levels: Sequence[str]) -> tuple[DayCells, ...]:
    """Return the levels with equal neighbours together: a page has many tasks, and most days are alike."""
    found: list[DayCells] = []
    ago = len(levels)
    for level, days in groupby(levels):
        found.append(DayCells(ago, number := len(list(days)), level))
        ago -= number
    return tuple(found)


def _level(spans: Sequence[PastSpan], since: datetime, until: datetime) -> str:
    share = uptime(spans, since, until)
    if share is None:
        return "none"
    if share == 1:
        return "ok"
    return "disturbed" if share >= 1 - _DISTURBED else "failed"
