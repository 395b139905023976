"""When Py Pinger watched: one row a process life, of which the newest is this one's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.store.tables import schema

_watch = schema.watch
_newest = _watch.c.id == select(func.max(_watch.c.id)).scalar_subquery()


def downtime(connection: Connection) -> MonitorDowntime | None:
    """Return how watching ended the last time; None when there was none."""
    last = connection.execute(select(_watch.c.seen, _watch.c.stopped).where(_newest)).one_or_none()
    return MonitorDowntime(last.stopped or last.seen, clean=last.stopped is not None) if last else None


def begin(connection: Connection, now: datetime) -> None:
    """Note that watching begins; noted once more, it changes nothing."""
    if connection.execute(select(_watch.c.started).where(_newest)).scalar() != now:
        _note_start(connection, now)


def go_on(connection: Connection, now: datetime) -> None:
    """Note that watching goes on."""
    _change(connection, now, stopped=None)


def end(connection: Connection, now: datetime) -> None:
    """Note that watching ends as it should."""
    _change(connection, now, stopped=now)


def _change(connection: Connection, now: datetime, stopped: datetime | None) -> None:
    noted = connection.execute(update(_watch).where(_newest).values(seen=now, stopped=stopped)).rowcount
    if not noted:
        _note_start(connection, now, stopped)


def _note_start(connection: Connection, now: datetime, stopped: datetime | None = None) -> None:
    connection.execute(insert(_watch).values(started=now, seen=now, stopped=stopped))
