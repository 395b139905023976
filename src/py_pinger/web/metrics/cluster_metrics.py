"""The metrics of a node about its cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from py_pinger.core.cluster.assignments import channel_assignment
from py_pinger.core.model.cluster import Node
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.web.metrics.families import Family, counter, gauge, gauges, info
from py_pinger.web.view.cluster_rows import NodeRow, NodeState, SettingsState, cluster_rows


def cluster_families(status: ClusterStatus, now: datetime) -> Iterator[Family]:
    """Yield the metrics of the cluster as this node knows it, and of the part that it owns."""
    rows = cluster_rows(status)
    mine = next((row for row in rows["nodes"] if row["this"]), None)
    yield info("py_pinger_node", "Name of this node of the cluster.", {"node": status.name or ""})
    states = Counter(row["state"] for row in rows["nodes"])
    yield gauges(
        "py_pinger_nodes",
        "Number of nodes that run, by state.",
        [({"state": state}, states[state]) for state in NodeState],
    )
    yield gauge("py_pinger_unowned_tasks", "Number of tasks without an owner.", rows["unowned_tasks"])
    yield gauge(
        "py_pinger_settings_generation",
        "Number of the settings in force in the cluster; 0 before the first.",
        rows["settings"]["number"] if rows["settings"] else 0,
    )
    yield gauge(
        "py_pinger_settings_differ",
        "Whether the settings of this node differ from those in force.",
        mine is not None and mine["settings"] is not SettingsState.IN_FORCE,
    )
    yield counter(
        "py_pinger_take_overs", "Total number of assignments that this node claimed.", status.take_overs
    )
    yield counter("py_pinger_fenced", "Total number of times this node was declared lost.", status.fenced)
    if mine and status.me:
        yield from _own(mine, status.me, now)


def _own(row: NodeRow, node: Node, now: datetime) -> Iterator[Family]:
    numbers = {"shard": row["shards"], "channel": len(row["channels"]), "duty": len(row["duties"])}
    yield gauges(
        "py_pinger_node_assignments",
        "Number of assignments that this node owns, by kind.",
        [({"kind": kind}, number) for kind, number in numbers.items()],
    )
    yield gauge(
        "py_pinger_lease_age_seconds",
        "Time since this node renewed its lease.",
        max((now - row["renewed"]).total_seconds(), 0.0),
    )
    yield gauge(
        "py_pinger_clock_error_seconds",
        "Difference of the clock of this node from that of the database.",
        node.report.clock_error.total_seconds(),
    )


def is_sent_here(channel: str, status: ClusterStatus | None) -> bool:
    """Return True if this process sends the messages of a channel: of a cluster, only its owner does."""
    if status is None:
        return True
    return status.view.assignments.get(channel_assignment(channel), status.incarnation) == status.incarnation
