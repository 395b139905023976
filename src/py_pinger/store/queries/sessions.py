"""When Py Pinger was running: one row per process, the newest is that of this one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.store.tables import schema

_watch = schema.watch
_newest = _watch.c.id == select(func.max(_watch.c.id)).scalar_subquery()


def downtime(connection: Connection) -> MonitorDowntime | None:
    """Return when and how the last session ended; None when there was none."""
    last = connection.execute(select(_watch.c.seen, _watch.c.stopped).where(_newest)).one_or_none()
    return MonitorDowntime(last.stopped or last.seen, clean=last.stopped is not None) if last else None


def later(one: MonitorDowntime | None, other: MonitorDowntime | None) -> MonitorDowntime | None:
    """Return the later of two ends, if there is any: single processes and nodes may have taken turns."""
    return max(filter(None, (one, other)), key=lambda each: each.last_seen, default=None)


def begin(connection: Connection, now: datetime) -> None:
    """Begin a session; begun again at the same moment, it changes nothing."""
    if connection.execute(select(_watch.c.started).where(_newest)).scalar() != now:
        _insert(connection, now)


def record_alive(connection: Connection, now: datetime) -> None:
    """Record that the session continues."""
    _update(connection, now, stopped=None)


def end(connection: Connection, now: datetime) -> None:
    """Record that the session was ended properly."""
    _update(connection, now, stopped=now)


def _update(connection: Connection, now: datetime, stopped: datetime | None) -> None:
    updated = connection.execute(update(_watch).where(_newest).values(seen=now, stopped=stopped)).rowcount
    if not updated:
        _insert(connection, now, stopped)


def _insert(connection: Connection, now: datetime, stopped: datetime | None = None) -> None:
    connection.execute(insert(_watch).values(started=now, seen=now, stopped=stopped))
