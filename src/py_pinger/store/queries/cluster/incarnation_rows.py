"""The runs of nodes and their leases. Only the server's clock counts."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from py_pinger.core.cluster.commits import RUN_KEPT
from py_pinger.core.cluster.lease import LEASE, LONGEST_LEASE, RENEWAL
from py_pinger.core.model.cluster import ChangeKind, Node, NodeReport, Sight
from py_pinger.core.model.cluster_status import EndedNode, NodeEnd
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.store.database.ownership import NOW
from py_pinger.store.tables.binding import read_time, write_time
from py_pinger.store.tables.rows import AnyRow

_LEASE: Final = timedelta(seconds=LEASE)
_MICROSECOND: Final = timedelta(microseconds=1)

_KEPT: Final = timedelta(seconds=RUN_KEPT)

# Beyond the longest one the clock was set back since the renewal.
_EXPIRED: Final = f"expires NOT BETWEEN {NOW} AND {NOW} + {round(LONGEST_LEASE * 1_000_000)}"

_NOW = text(f"SELECT {NOW}")
_END: Final = f"UPDATE node SET over = true, ended = {NOW}, ended_by = :by WHERE NOT over"  # noqa: S608 - constants
_END_FORMER = text(f"{_END} AND name = :by")
_END_LOST = text(
    f"{_END} AND incarnation = :incarnation "  # noqa: S608 - as above
    f"AND (SELECT {_EXPIRED} FROM lease WHERE incarnation = :incarnation)"
)
_END_OWN = text(f"{_END} AND incarnation = :incarnation")
_INSERT_NODE = text(
    "INSERT INTO node (incarnation, name, version, started, written, over) "
    "VALUES (:incarnation, :name, :version, :started, 0, false)"
)
_REPORT: Final = ("sight", "reached", "clock_error", "settings", "secrets", "lacking")
_INSERT_LEASE = text(
    f"INSERT INTO lease (incarnation, expires, {', '.join(_REPORT)}) "  # noqa: S608 - as above
    f"VALUES (:incarnation, {NOW} + :length, {', '.join(f':{name}' for name in _REPORT)})"
)
_RUN: Final = (
    f"incarnation, name, version, started, written, expires, {_EXPIRED} AS expired, {', '.join(_REPORT)}"
)
_LIVING = text(
    f"SELECT {_RUN} FROM node JOIN lease USING (incarnation) WHERE NOT over ORDER BY name, incarnation"  # noqa: S608 - as above
)
# A statement does not see what it writes itself: the own lease comes from what was written, and the table
# still has the former one.
_RENEW = text(
    f"WITH renewed AS (UPDATE lease SET expires = {NOW} + :length, "  # noqa: S608 - as above
    f"{', '.join(f'{name} = :{name}' for name in _REPORT)} WHERE incarnation = :incarnation "
    "AND EXISTS (SELECT FROM node WHERE incarnation = :incarnation AND NOT over) RETURNING lease.*) "
    f"SELECT {_RUN}, (SELECT sum(token) FROM change WHERE kind = ANY(:kinds)) AS token, "
    "(SELECT expires - :length FROM lease WHERE incarnation = :incarnation) AS former FROM node JOIN "
    "(SELECT * FROM lease WHERE incarnation <> :incarnation UNION ALL SELECT * FROM renewed) AS leases "
    "USING (incarnation) WHERE NOT over ORDER BY name, incarnation"
)
_ANY_RUNNING = text(
    "SELECT EXISTS (SELECT FROM node JOIN lease USING (incarnation) "  # noqa: S608 - as above
    f"WHERE NOT over AND expires > {NOW})"
)
# The lease of a node that leaves ends at once; that of others has been renewed before, a lease ago.
_LEAVE = text(
    f"UPDATE lease SET sight = '{Sight.LEAVING}', expires = {NOW} + :length "  # noqa: S608 - as above
    "WHERE incarnation = :incarnation"
)
_LAST_END = text(
    "SELECT expires - :length AS at, over AND ended_by = name AND sight = :leaving AS clean "
    "FROM node JOIN lease USING (incarnation) ORDER BY expires DESC LIMIT 1"
)
# A run goes on until its lease would have been renewed. Processes that are not nodes have sessions instead.
_RUNS = text(
    f"SELECT started, CASE WHEN over OR expires < {NOW} THEN expires - :rest ELSE {NOW} END AS ended "  # noqa: S608 - as above
    "FROM node JOIN lease USING (incarnation) UNION ALL SELECT started, coalesce(stopped, seen) FROM watch "
    f"WHERE coalesce(stopped, seen) > {NOW} - :kept"
)
_ENDED = text(
    "SELECT name, version, started, ended, ended_by, sight = :leaving AS leaving "  # noqa: S608 - as above
    f"FROM node JOIN lease USING (incarnation) WHERE over AND ended > {NOW} - :kept "
    "ORDER BY ended DESC LIMIT 100"
)
# A run that is registered again has renewed no lease yet, by what the database knows.
_LAPSE = text("UPDATE lease SET expires = 0 WHERE incarnation = :incarnation")
_IS_KNOWN = text("SELECT EXISTS (SELECT FROM node WHERE incarnation = :incarnation)")
_HAS_SUCCESSOR = text(
    "SELECT EXISTS (SELECT FROM node WHERE name = :name AND started > :started AND NOT over)"
)
_ENDED_BY = text("SELECT ended_by FROM node WHERE incarnation = :incarnation AND over")
_PRUNE_NODES = text(
    f"DELETE FROM node WHERE over AND ended < {NOW} - :kept "  # noqa: S608 - as above
    "AND NOT EXISTS (SELECT FROM assignment WHERE assignment.incarnation = node.incarnation)"
)
_PRUNE_LEASES = text(
    "DELETE FROM lease WHERE NOT EXISTS (SELECT FROM node WHERE node.incarnation = lease.incarnation)"
)


class StartedRun(NamedTuple):
    """A run of a node, and when it began by the server's clock."""

    incarnation: int
    name: str
    version: str
    started: datetime


class RenewedLease(NamedTuple):
    """When a lease was renewed and when before, the runs that are not over, and what changes of some kinds.

    The `token` is another one whenever something of these kinds has changed.
    """

    at: datetime
    former: datetime
    nodes: tuple[Node, ...]
    token: Hashable


def now(connection: Connection) -> datetime:
    """Return the time of the server's clock."""
    return read_time(connection.execute(_NOW).scalar_one())


def end_former(connection: Connection, name: str) -> None:
    """Declare the runs of a node over that are not; waits for their transactions under way."""
    connection.execute(_END_FORMER, {"by": name})


def insert(connection: Connection, run: StartedRun, report: NodeReport) -> None:
    """Begin a run of a node, and its lease."""
    connection.execute(_INSERT_NODE, {**run._asdict(), "started": write_time(run.started)})
    connection.execute(_INSERT_LEASE, {"incarnation": run.incarnation, **_values(report)})


def insert_again(connection: Connection, run: StartedRun, report: NodeReport) -> None:
    """Write a run again that the database has lost, with a lease that has to be renewed."""
    insert(connection, run, report)
    connection.execute(_LAPSE, {"incarnation": run.incarnation})


def is_known(connection: Connection, incarnation: int) -> bool:
    """Return True if the database has a run."""
    return bool(connection.scalar(_IS_KNOWN, {"incarnation": incarnation}))


def has_successor(connection: Connection, run: StartedRun) -> bool:
    """Return True if a later run of the same node is not over."""
    values = {"name": run.name, "started": write_time(run.started)}
    return bool(connection.scalar(_HAS_SUCCESSOR, values))


def renew(
    connection: Connection, incarnation: int, report: NodeReport, kinds: Collection[ChangeKind]
) -> RenewedLease | None:
    """Renew the lease and return the runs that are not over; None if this one is."""
    values = {"incarnation": incarnation, "kinds": [*kinds], **_values(report)}
    rows = connection.execute(_RENEW, values).all()
    nodes = tuple(map(_node, rows))
    at = next((node.expires - _LEASE for node in nodes if node.incarnation == incarnation), None)
    return RenewedLease(at, read_time(rows[0].former), nodes, rows[0].token) if at else None


def living(connection: Connection) -> tuple[Node, ...]:
    """Return the runs that are not over, by name."""
    return tuple(map(_node, connection.execute(_LIVING)))


def any_running(connection: Connection) -> bool:
    """Return True if the lease of a node has not ended."""
    return bool(connection.scalar(_ANY_RUNNING))


def declare_lost(connection: Connection, incarnation: int, by: str) -> bool:
    """Declare a run over whose lease has ended; return False if it is over, or was renewed."""
    return connection.execute(_END_LOST, {"incarnation": incarnation, "by": by}).rowcount == 1


def leave(connection: Connection, incarnation: int, name: str) -> None:
    """Declare this node's own run over, and its end a clean one."""
    connection.execute(_END_OWN, {"incarnation": incarnation, "by": name})
    connection.execute(_LEAVE, {"incarnation": incarnation, "length": _LEASE // _MICROSECOND})


def ended_by(connection: Connection, incarnation: int) -> str | None:
    """Return the name of the node that declared a run over; None if it is not over."""
    name: str | None = connection.scalar(_ENDED_BY, {"incarnation": incarnation})
    return name


def ended(connection: Connection) -> tuple[EndedNode, ...]:
    """Return the runs that ended within a day, the newest first."""
    values = {"leaving": Sight.LEAVING.value, "kept": _KEPT // _MICROSECOND}
    return tuple(map(_ended_node, connection.execute(_ENDED, values)))


def last_end(connection: Connection) -> MonitorDowntime | None:
    """Return when the last of all nodes ended, None if there was none."""
    values = {"length": _LEASE // _MICROSECOND, "leaving": Sight.LEAVING.value}
    row = connection.execute(_LAST_END, values).one_or_none()
    return MonitorDowntime(read_time(row.at), clean=row.clean) if row else None


def runs(connection: Connection) -> list[tuple[datetime, datetime]]:
    """Return when processes ran on this database in the last day: from when, and until when at least."""
    rest = _LEASE - timedelta(seconds=RENEWAL)
    values = {"rest": rest // _MICROSECOND, "kept": _KEPT // _MICROSECOND}
    return [(read_time(row.started), read_time(row.ended)) for row in connection.execute(_RUNS, values)]


def prune(connection: Connection) -> int:
    """Delete runs that ended long ago; return how many."""
    pruned = connection.execute(_PRUNE_NODES, {"kept": _KEPT // _MICROSECOND}).rowcount
    if pruned:
        connection.execute(_PRUNE_LEASES)
    return pruned


def _values(report: NodeReport) -> dict[str, object]:
    return {
        "length": _LEASE // _MICROSECOND,
        "sight": report.sight.value,
        "reached": report.reached and write_time(report.reached),
        "clock_error": report.clock_error // _MICROSECOND,
        "settings": report.settings,
        "secrets": report.secrets,
        "lacking": "\n".join(sorted(report.lacking)),
    }


def _node(row: AnyRow) -> Node:
    return Node(
        incarnation=row.incarnation,
        name=row.name,
        version=row.version,
        started=read_time(row.started),
        expires=read_time(row.expires),
        expired=row.expired,
        written=row.written,
        report=_report(row),
    )


def _report(row: AnyRow) -> NodeReport:
    return NodeReport(
        settings=row.settings,
        secrets=row.secrets,
        sight=Sight(row.sight),
        reached=None if row.reached is None else read_time(row.reached),
        clock_error=timedelta(microseconds=row.clock_error),
        lacking=frozenset(row.lacking.split("\n") if row.lacking else ()),
    )


def _ended_node(row: AnyRow) -> EndedNode:
    own = NodeEnd.STOPPED if row.leaving else NodeEnd.REPLACED
    end = own if row.ended_by == row.name else NodeEnd.LOST
    return EndedNode(row.name, row.version, read_time(row.started), read_time(row.ended), end, row.ended_by)
