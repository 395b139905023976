"""The monitored tasks and their states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, bindparam, false, select, update

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import certificates
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement
from py_pinger.store.tables.rows import read_snapshot, state_values

# URLs in one statement; the databases' own limits are above it.
URLS_PER_STATEMENT = 500

_task, _incident = schema.task, schema.incident
_columns = [column for column in _task.c if column.name != "answer"]
_incident_columns = [_incident.c[name] for name in ("told", "reminders", "turns", "closed", "owed")]

_open_incident = and_(_incident.c.task_id == _task.c.id, _incident.c.opened == _task.c.opened)
_ALL = select(_task, *_incident_columns).outerjoin(_incident, _open_incident)
_MONITORED = (
    select(*_columns, *_incident_columns)
    .outerjoin(_incident, _open_incident)
    .where(_task.c.monitored)
    .order_by(_task.c.position)
)


def monitor_exactly(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> None:
    """Monitor these tasks only, in this order; one that is known already keeps its state."""
    connection.execute(update(_task).where(_task.c.monitored).values(monitored=False))
    monitor(connection, insert, tasks)


def monitor(
    connection: Connection, insert: Insert, tasks: Sequence[Task], before: Sequence[Task] = ()
) -> None:
    """Monitor tasks in this order; those `before` are monitored already, in their order."""
    statement = insert(_task)
    known = ("name", "monitored", "position")
    upsert = statement.on_conflict_do_update(
        index_elements=["url"], set_={name: statement.excluded[name] for name in known}
    )
    fresh = state_values(TaskState())
    written = {task.url: (position, task.name) for position, task in enumerate(before)}
    rows = [
        fresh | {"url": task.url, "name": task.name, "monitored": True, "position": position}
        for position, task in enumerate(tasks)
        if written.get(task.url) != (position, task.name)
    ]
    BulkStatement(upsert).run(connection, rows)


def stop_monitoring(connection: Connection, tasks: Sequence[Task]) -> None:
    """Stop monitoring tasks; their history stays."""
    leaving = update(_task).where(_task.c.url == bindparam("leaving")).values(monitored=false())
    BulkStatement(leaving).run(connection, [{"leaving": task.url} for task in tasks])


def ids_by_url(connection: Connection) -> dict[str, int]:
    """Return the key of each monitored task."""
    rows = connection.execute(select(_task.c.url, _task.c.id).where(_task.c.monitored))
    return {row.url: row.id for row in rows}


def ids_of(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """Return the keys of these tasks."""
    return {
        row.url: row.id
        for some in _parts(urls)
        for row in connection.execute(select(_task.c.url, _task.c.id).where(_task.c.url.in_(some)))
    }


def all_monitored(connection: Connection) -> tuple[TaskSnapshot, ...]:
    """Return the monitored tasks in their order."""
    return tuple(
        certificates.with_certificates(connection, map(read_snapshot, connection.execute(_MONITORED)))
    )


def some_monitored(connection: Connection, urls: Sequence[str]) -> Iterator[TaskSnapshot]:
    """Yield those monitored tasks that have these URLs."""
    for some in _parts(urls):
        rows = connection.execute(_MONITORED.where(_task.c.url.in_(some)))
        yield from certificates.with_certificates(connection, map(read_snapshot, rows))


def one_monitored(connection: Connection, url: str) -> TaskSnapshot | None:
    """Return one monitored task, or None when there is none with this URL."""
    return next(some_monitored(connection, [url]), None)


def _parts(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[start : start + URLS_PER_STATEMENT] for start in range(0, len(urls), URLS_PER_STATEMENT))


def known_tasks(connection: Connection) -> Iterator[tuple[int, TaskSnapshot, bytes | None]]:
    """Yield each task, monitored or not: its key, its state, and the beginning of its last body."""
    for row in connection.execute(_ALL):
        yield row.id, read_snapshot(row), row.answer
