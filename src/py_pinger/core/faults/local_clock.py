"""The time zone whose local time a `lastrun` without an offset most likely is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from py_pinger.core.model.check import TaskReport, Verdict
from py_pinger.core.times import HOUR, MAX_TIME, MINUTE, ZERO

# How far a task's clock may be ahead of Py Pinger's.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)

# One well-known zone for each offset east of UTC; the first one with an offset names it. West of UTC a local
# time is in the past, as that of any late task is.
_WELL_KNOWN: Final = (
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Sydney",
    "Pacific/Auckland",
)


def local_zone(report: TaskReport, facts: Verdict, now: datetime) -> str | None:
    """Return the zone by whose clocks the task would be in time, with its offset; None without one.

    The zone of its schedule comes first. Otherwise exactly one offset of the well-known zones has to fit: a
    task that runs daily may be in time by many.
    """
    if not report.zoneless:
        return None
    schedule = facts.schedule
    if schedule and (offset := _offset(schedule.zone, now)) and _fits(report, facts, offset, now):
        return f"{schedule.zone} ({_text(offset)})"
    if report.lastrun <= now:
        return None
    offsets = {_offset(zone, now): zone for zone in reversed(_WELL_KNOWN)}
    fitting = [(offset, zone) for offset, zone in offsets.items() if _fits(report, facts, offset, now)]
    if len(fitting) != 1:
        return None
    offset, zone = fitting[0]
    return f"{_text(offset)}, as in {zone}"


def _fits(report: TaskReport, facts: Verdict, offset: timedelta, now: datetime) -> bool:
    """Return True if the task is in time with its last run by a clock with this offset."""
    deadline = facts.deadline or MAX_TIME
    in_time = deadline - offset >= now if deadline != MAX_TIME else offset != ZERO
    return in_time and report.lastrun - offset <= now + CLOCK_TOLERANCE


def _offset(zone: str, now: datetime) -> timedelta:
    return now.astimezone(ZoneInfo(zone)).utcoffset() or ZERO


def _text(offset: timedelta) -> str:
    hours, rest = divmod(abs(offset), HOUR)
    return f"UTC{'-' if offset < ZERO else '+'}{hours:02}:{rest // MINUTE:02}"
