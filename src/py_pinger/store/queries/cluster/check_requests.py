"""Checks that one node requests of the owners of tasks: one row a task."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from py_pinger.core.times import MINUTE
from py_pinger.store.database.base import Insert
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement

_request, _task = schema.check_request, schema.task

# A request that its owner has not found by then is of no use: a failure waits no longer for one.
USEFUL_FOR = MINUTE


class CheckRequests:
    """The statements about requests; each is compiled once."""

    def __init__(self, insert: Insert) -> None:
        """Build the statements with the backend's own insert."""
        upsert = insert(_request).on_conflict_do_update(
            index_elements=["task_id"], set_={"at": insert(_request).excluded.at}
        )
        self._upsert = BulkStatement(upsert)

    def add(self, connection: Connection, ids: Collection[int], now: datetime) -> None:
        """Request checks of tasks by their keys; delete what is of no use any more."""
        connection.execute(delete(_request).where(_request.c.at < now - USEFUL_FOR))
        # In the order of their keys: two nodes that request the same checks must not wait for each other.
        self._upsert.run(connection, [{"task_id": task_id, "at": now} for task_id in sorted(ids)])


def waiting(connection: Connection) -> set[str]:
    """Return the URLs of the tasks whose checks are requested."""
    return set(connection.scalars(select(_task.c.url).join(_request, _request.c.task_id == _task.c.id)))


def remove(connection: Connection, ids: Collection[int]) -> None:
    """Remove the requests of tasks by their keys."""
    connection.execute(delete(_request).where(_request.c.task_id.in_(ids)))
