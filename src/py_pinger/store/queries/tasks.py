"""Which tasks are monitored, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, bindparam, false, select, update

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import certificates
from py_pinger.store.tables import schema
from py_pinger.store.tables.bulk import Bulk
from py_pinger.store.tables.rows import read_listing, state_values

# URLs that one statement may name; databases have a limit of their own above it.
PORTION = 500

_task, _incident = schema.task, schema.incident
_shown = [column for column in _task.c if column.name != "answer"]
_followed = [_incident.c[name] for name in ("told", "reminders", "turns", "closed", "owed")]

_open_incident = and_(_incident.c.task_id == _task.c.id, _incident.c.opened == _task.c.opened)
_KNOWN = select(_task, *_followed).outerjoin(_incident, _open_incident)
_LISTED = (
    select(*_shown, *_followed)
    .outerjoin(_incident, _open_incident)
    .where(_task.c.monitored)
    .order_by(_task.c.position)
)


def monitor_exactly(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> None:
    """Make these tasks the monitored ones, in this order; one that was known before keeps its state."""
    connection.execute(update(_task).where(_task.c.monitored).values(monitored=False))
    monitor(connection, insert, tasks)


def monitor(
    connection: Connection, insert: Insert, tasks: Sequence[Task], before: Sequence[Task] = ()
) -> None:
    """Monitor tasks in this order, where those `before` are monitored in theirs."""
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
    Bulk(upsert).run(connection, rows)


def monitor_no_longer(connection: Connection, tasks: Sequence[Task]) -> None:
    """Leave tasks to their history."""
    leaving = update(_task).where(_task.c.url == bindparam("leaving")).values(monitored=false())
    Bulk(leaving).run(connection, [{"leaving": task.url} for task in tasks])


def ids_by_url(connection: Connection) -> dict[str, int]:
    """Return the key of each monitored task."""
    rows = connection.execute(select(_task.c.url, _task.c.id).where(_task.c.monitored))
    return {row.url: row.id for row in rows}


def ids_of(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """Return the keys of these tasks."""
    return {
        row.url: row.id
        for some in _portions(urls)
        for row in connection.execute(select(_task.c.url, _task.c.id).where(_task.c.url.in_(some)))
    }


def all_monitored(connection: Connection) -> tuple[TaskSnapshot, ...]:
    """Return the monitored tasks in their order."""
    return tuple(certificates.beside(connection, map(read_listing, connection.execute(_LISTED))))


def some_monitored(connection: Connection, urls: Sequence[str]) -> Iterator[TaskSnapshot]:
    """Yield those monitored tasks that have these URLs."""
    for some in _portions(urls):
        rows = connection.execute(_LISTED.where(_task.c.url.in_(some)))
        yield from certificates.beside(connection, map(read_listing, rows))


def one_monitored(connection: Connection, url: str) -> TaskSnapshot | None:
    """Return one monitored task, or None when there is none with this URL."""
    return next(some_monitored(connection, [url]), None)


def _portions(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[start : start + PORTION] for start in range(0, len(urls), PORTION))


def known_tasks(connection: Connection) -> Iterator[tuple[int, TaskSnapshot, bytes | None]]:
    """Yield each task, monitored still or not: its key, how it stands, and how its last answer began."""
    for row in connection.execute(_KNOWN):
        yield row.id, read_listing(row), row.answer
