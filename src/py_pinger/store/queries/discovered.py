"""The monitored tasks that are items of pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.task import Task
from py_pinger.core.times import ZERO
from py_pinger.store.database.base import Insert
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement

_task, _discovered = schema.task, schema.discovered

_MONITORED = (
    select(_task.c.url, _discovered.c.listed_by, _discovered.c.last_seen, _discovered.c.missing_for)
    .join_from(_discovered, _task)
    .where(_task.c.monitored)
    .order_by(_task.c.position)
)


def monitored(connection: Connection) -> tuple[DiscoveredItem, ...]:
    """Return the discovered items in the order of their tasks."""
    return tuple(DiscoveredItem(*row) for row in connection.execute(_MONITORED))


def add(connection: Connection, insert: Insert, tasks: Iterable[Task], ids: Mapping[str, int]) -> None:
    """Note which of the tasks are items, and of which pages; what is known of an item stays."""
    rows = [
        {"task_id": ids[task.url], "listed_by": task.listed_by, "last_seen": None, "missing_for": ZERO}
        for task in tasks
        if task.listed_by
    ]
    statement = insert(_discovered)
    listed_by = {"listed_by": statement.excluded.listed_by}
    upsert = statement.on_conflict_do_update(index_elements=["task_id"], set_=listed_by)
    BulkStatement(upsert).run(connection, rows)


def remove(connection: Connection, keys: Iterable[int]) -> None:
    """Forget that tasks with these keys are items."""
    gone = delete(_discovered).where(_discovered.c.task_id == bindparam("gone"))
    BulkStatement(gone).run(connection, [{"gone": key} for key in keys])


def keep_only(connection: Connection, keys: Iterable[int]) -> None:
    """Forget that tasks with other keys are items."""
    known = connection.execute(select(_discovered.c.task_id)).scalars()
    remove(connection, set(known) - set(keys))


def record(connection: Connection, items: Sequence[DiscoveredItem], ids: Mapping[str, int]) -> None:
    """Store since when and for how long items have been missing."""
    statement = update(_discovered).where(_discovered.c.task_id == bindparam("item"))
    rows = [
        {"item": ids[each.url], "last_seen": each.last_seen, "missing_for": each.missing_for}
        for each in items
        if each.url in ids
    ]
    BulkStatement(statement).run(connection, rows)
