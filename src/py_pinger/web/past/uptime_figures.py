"""Uptime in figures: of 24 hours, 7 and 90 days, or of the time since a task is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Final

from py_pinger.core.evaluation.statistics import known_time, uptime
from py_pinger.core.model.history import PastSpan
from py_pinger.core.text.formatting import duration
from py_pinger.core.times import DAY

_PERIODS: Final = ((DAY, "24 hours"), (7 * DAY, "7 days"), (90 * DAY, "90 days"))


@dataclass(frozen=True, slots=True)
class UptimeFigure:
    """A period and its uptime as `99.95 %`; None if no status of it is known."""

    heading: str
    up: str | None


def uptime_figures(spans: Sequence[PastSpan], now: datetime) -> tuple[UptimeFigure, ...]:
    """Return the uptime of each period for which a task is known, then of all the time if that is less."""
    if not spans:
        return ()
    age = now - spans[0].started
    known = [
        UptimeFigure(heading, _uptime(spans, now - length, now))
        for length, heading in _PERIODS
        if length <= age
    ]
    if age < _PERIODS[-1][0]:
        known.append(UptimeFigure(f"Known for {duration(age)}", _uptime(spans, now - age, now)))
    return tuple(known)


def share_text(share: float, known: timedelta, decimals: int = 2) -> str:
    """Return a share as `99.95 %`, rounded down, so that only the whole is 100 %.

    Of less than a day it has no decimals, which would say more than is known.
    """
    scale = 10**decimals if known >= DAY else 1
    return f"{floor(share * 100 * scale) / scale:g} %"


def _uptime(spans: Sequence[PastSpan], since: datetime, now: datetime) -> str | None:
    share = uptime(spans, since, now)
    return None if share is None else share_text(share, known_time(spans, since, now))
