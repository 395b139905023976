"""The whole cluster as it is stored, for a process that is not a node."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, text

from py_pinger.core.cluster.shares import tasks_by_owner, tasks_by_shard
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.store.queries.cluster import incarnation_rows
from py_pinger.store.queries.cluster.cluster_view import read_view
from py_pinger.store.tables import schema

_SHARDS: Final = text("SELECT shards FROM cluster WHERE id = 1")
_URLS: Final = select(schema.task.c.url).where(schema.task.c.monitored)


def stored_cluster(connection: Connection) -> ClusterStatus | None:
    """Return the cluster that shares a database on a server; None if no node has ever used it."""
    shards = connection.scalar(_SHARDS)
    if shards is None:
        return None
    view = read_view(connection)
    tasks = tasks_by_owner(tasks_by_shard(connection.scalars(_URLS), shards), view.assignments)
    return ClusterStatus(view, view.at, tasks=tasks, ended=incarnation_rows.ended(connection))
