"""Which tasks are monitored, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, select, update

from py_pinger.core.model import Listing, Task, TaskState
from py_pinger.store import schema
from py_pinger.store.bulk import Bulk
from py_pinger.store.database import Insert
from py_pinger.store.rows import read_listing, state_values

_task, _incident = schema.task, schema.incident
_shown = [column for column in _task.c if column.name != "answer"]
_followed = [_incident.c[name] for name in ("told", "reminders", "turns", "closed", "owed")]

_LISTED = (
    select(*_shown, *_followed)
    .outerjoin(_incident, and_(_incident.c.task_id == _task.c.id, _incident.c.opened == _task.c.opened))
    .where(_task.c.monitored)
    .order_by(_task.c.position)
)


def monitor_exactly(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> None:
    """Make these tasks the monitored ones, in this order; one that was known before keeps its state."""
    connection.execute(update(_task).where(_task.c.monitored).values(monitored=False))
    statement = insert(_task)
    known = ("name", "monitored", "position")
    upsert = statement.on_conflict_do_update(
        index_elements=["url"], set_={name: statement.excluded[name] for name in known}
    )
    fresh = state_values(TaskState())
    rows = [
        fresh | {"url": task.url, "name": task.name, "monitored": True, "position": position}
        for position, task in enumerate(tasks)
    ]
    Bulk(upsert).run(connection, rows)


def ids_by_url(connection: Connection) -> dict[str, int]:
    """Return the key of each monitored task."""
    rows = connection.execute(select(_task.c.url, _task.c.id).where(_task.c.monitored))
    return {row.url: row.id for row in rows}


def all_monitored(connection: Connection) -> tuple[Listing, ...]:
    """Return the monitored tasks in their order."""
    return tuple(read_listing(row) for row in connection.execute(_LISTED))


def one_monitored(connection: Connection, url: str) -> Listing | None:
    """Return one monitored task, or None when there is none with this URL."""
    row = connection.execute(_LISTED.where(_task.c.url == url)).one_or_none()
    return read_listing(row) if row else None
