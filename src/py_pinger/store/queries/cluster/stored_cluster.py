"""The whole cluster as it is stored, for a process that is not a node."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, text

from py_pinger.core.cluster.shares import tasks_by_owner, tasks_by_shard
from py_pinger.core.model.cluster import ClusterView, Sight
from py_pinger.core.model.cluster_status import ClusterStatus, EndedNode, NodeEnd
from py_pinger.core.times import DAY
from py_pinger.store.queries.cluster import assignment_rows, generation_row, incarnation_rows
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import read_time, write_time
from py_pinger.store.tables.rows import AnyRow

_SHARDS: Final = text("SELECT shards FROM cluster WHERE id = 1")
_URLS: Final = select(schema.task.c.url).where(schema.task.c.monitored)
_ENDED: Final = text(
    "SELECT name, version, started, ended, ended_by, sight FROM node JOIN lease USING (incarnation) "
    "WHERE over AND ended > :since ORDER BY ended DESC"
)


def stored_cluster(connection: Connection) -> ClusterStatus | None:
    """Return the cluster that shares a database; None if no node has ever used it."""
    if connection.dialect.name != "postgresql":
        return None
    shards = connection.scalar(_SHARDS)
    if shards is None:
        return None
    at, owners = incarnation_rows.now(connection), assignment_rows.owners(connection)
    view = ClusterView(at, incarnation_rows.living(connection), owners, generation_row.generation(connection))
    tasks = tasks_by_owner(tasks_by_shard(connection.scalars(_URLS), shards), owners)
    ended = connection.execute(_ENDED, {"since": write_time(at - DAY)})
    return ClusterStatus(view, at, tasks=tasks, ended=tuple(map(_ended_node, ended)))


def _ended_node(row: AnyRow) -> EndedNode:
    if row.ended_by != row.name:
        end = NodeEnd.LOST
    else:
        end = NodeEnd.STOPPED if row.sight == Sight.LEAVING else NodeEnd.REPLACED
    return EndedNode(row.name, row.version, read_time(row.started), read_time(row.ended), end, row.ended_by)
