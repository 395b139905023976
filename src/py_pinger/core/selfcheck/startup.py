"""Notices about the start and the stop of Py Pinger, and the downtime before a start."""

from __future__ import annotations

from datetime import datetime, timedelta

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.text.formatting import count, duration, time_range
from py_pinger.core.times import MINUTE, ZERO

# After this time these notices are not worth sending.
LASTS = MINUTE


def started(
    greeting: str, tasks: int, incidents: int, absence: MonitorDowntime | None, now: datetime
) -> Notice:
    """Return the notice of a start; after a crash it has the downtime, and does not expire."""
    sentence = f"{greeting}." if greeting[-1:].isalnum() else greeting
    text = f"{sentence} Watching {count(tasks, 'task')}, {count(incidents, 'incident')} open.".strip()
    if absence is None or absence.clean:
        return Notice(NoticeKind.STARTED, now, text=text, expires=now + LASTS)
    return Notice(NoticeKind.STARTED, now, text=f"{text} {_unwatched(absence, now)}")


def stopped(now: datetime) -> Notice:
    """Return the notice of a stop."""
    text = "Py Pinger was stopped; no tasks are checked now."
    return Notice(NoticeKind.STOPPED, now, text=text, expires=now + LASTS)


def downtime_before_start(absence: MonitorDowntime, now: datetime) -> Pause:
    """Return the time before this start in which no tasks were checked."""
    return Pause(_length(absence, now))


def _unwatched(absence: MonitorDowntime, now: datetime) -> str:
    length = _length(absence, now)
    return (
        "Py Pinger was killed or had crashed:"
        f" no tasks were checked for {duration(length)}, {time_range(now - length, now)}."
    )


def _length(absence: MonitorDowntime, now: datetime) -> timedelta:
    # Negative if the clock was set back meanwhile.
    return max(now - absence.last_seen, ZERO)
