"""Clusters as a node knows them, for the tests of what people see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.fake_data_source import NOW

from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, SettingsGeneration, Sight
from py_pinger.core.model.cluster_status import ClusterStatus, EndedNode, NodeEnd
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND, ZERO

# The clock of the database is a second behind that of the node.
AT = NOW - SECOND


def running(
    name: str,
    incarnation: int,
    *,
    expired: bool = False,
    sight: Sight = Sight.CLEAR,
    clock_error: timedelta = ZERO,
    settings: str = "new",
    secrets: str = "",
) -> Node:
    """Return a node that renewed its lease two seconds ago, or a minute ago if it is expired."""
    report = NodeReport(settings, secrets, sight, NOW - 3 * SECOND, clock_error)
    expires = AT + (-52 if expired else 6) * SECOND
    return Node(incarnation, name, "1.0", NOW - 3 * HOUR, expires, expired, 17, report)


NODES = (running("b", 2, settings="old"), running("a", 1, clock_error=12 * MINUTE / 60_000))
ASSIGNMENTS = {
    **{f"shard {number}": 1 + number % 2 for number in range(1_022)},
    "shard 1022": None,
    "shard 1023": None,
    "channel slack": 1,
    "channel sentry": 2,
    "heartbeat": 1,
    "notices": 2,
    "retention": 1,
}
GENERATION = SettingsGeneration(5, "new", NOW - 2 * HOUR, "a")
LOST = EndedNode("c", "1.0", NOW - 20 * HOUR, NOW - 20 * MINUTE, NodeEnd.LOST, "a")
ENDED = (
    LOST,
    EndedNode("b", "1.0", NOW - 5 * HOUR, NOW - 3 * HOUR, NodeEnd.REPLACED, "b"),
    EndedNode("c", "0.9", NOW - 3 * DAY, NOW - 21 * HOUR, NodeEnd.STOPPED, "c"),
)


def cluster_status(
    *nodes: Node,
    unreadable: bool = False,
    ended: tuple[EndedNode, ...] = ENDED,
    unowned: int = 2,
) -> ClusterStatus:
    """Return a cluster in which much happens, as its node `a` knows it."""
    return ClusterStatus(
        ClusterView(AT, nodes or NODES, ASSIGNMENTS, GENERATION),
        NOW,
        "a",
        1,
        {1: 1_500, 2: 498, None: unowned},
        NOW - 4 * MINUTE if unreadable else None,
        NOW - 2 * HOUR,
        ended,
        take_overs=516,
        fenced=1,
    )


def three_nodes() -> ClusterStatus:
    """Return three nodes that share tasks and channels, an hour after one of them was lost."""
    nodes = tuple(
        replace(running(name, number, clock_error=error * MINUTE / 60_000), started=NOW - age)
        for name, number, error, age in (
            ("a", 1, 4, 20 * HOUR),
            ("b", 2, -2, 19 * HOUR),
            ("c", 3, 9, 58 * MINUTE),
        )
    )
    shards = {f"shard {number}": 1 + number % 3 for number in range(1_024)}
    others = {"channel log": 1, "channel slack": 2, "channel email": 3}
    duties = {"heartbeat": 3, "notices": 1, "retention": 2}
    ended = (
        EndedNode("c", "1.0", NOW - 2 * DAY, NOW - HOUR, NodeEnd.LOST, "b"),
        EndedNode("a", "0.9", NOW - 5 * DAY, NOW - 20 * HOUR, NodeEnd.STOPPED, "a"),
    )
    return ClusterStatus(
        ClusterView(AT, nodes, shards | others | duties, GENERATION),
        NOW,
        "a",
        1,
        {1: 25_004, 2: 24_871, 3: 25_125},
        ended=ended,
    )
