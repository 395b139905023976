"""What Py Pinger says of itself when it starts and when it stops."""

from __future__ import annotations

from datetime import datetime, timedelta

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.text.formatting import count, duration, time_range

# How long a greeting or a farewell is worth sending.
LASTS = timedelta(minutes=1)


def started(
    greeting: str, tasks: int, incidents: int, absence: MonitorDowntime | None, now: datetime
) -> Notice:
    """Return the greeting; after an unclean end it tells how long nobody watched, however late it arrives."""
    sentence = f"{greeting}." if greeting[-1:].isalnum() else greeting
    text = f"{sentence} Watching {count(tasks, 'task')}, {count(incidents, 'incident')} open.".strip()
    if absence is None or absence.clean:
        return Notice(NoticeKind.STARTED, now, text=text, expires=now + LASTS)
    return Notice(NoticeKind.STARTED, now, text=f"{text} {_unwatched(absence, now)}")


def stopped(now: datetime) -> Notice:
    """Return the farewell."""
    text = "Py Pinger was stopped; nothing is watched now."
    return Notice(NoticeKind.STOPPED, now, text=text, expires=now + LASTS)


def downtime_before_start(absence: MonitorDowntime | None, now: datetime) -> Pause:
    """Return the time before this start in which nobody watched."""
    return Pause(_length(absence, now) if absence else timedelta(0))


def _unwatched(absence: MonitorDowntime, now: datetime) -> str:
    length = _length(absence, now)
    return (
        "Py Pinger had not been stopped, it was killed or crashed:"
        f" nothing was watched for {duration(length)}, {time_range(now - length, now)}."
    )


def _length(absence: MonitorDowntime, now: datetime) -> timedelta:
    # By a clock that was set back in between it would be less than nothing.
    return max(now - absence.last_seen, timedelta(0))
