"""The nodes of a cluster as rows, the same for JSON, pages and the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypedDict

from py_pinger.core.cluster.assignments import (
    channel_assignment,
    channel_names,
    shard_name,
    shard_numbers,
)
from py_pinger.core.cluster.drift import SettingsDrift, drift
from py_pinger.core.cluster.fitness import is_fit
from py_pinger.core.cluster.lease import LEASE
from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster import Node, Sight
from py_pinger.core.model.cluster_status import ClusterStatus, EndedNode, NodeEnd
from py_pinger.core.text.formatting import count, time_or_date

_LEASE: Final = timedelta(seconds=LEASE)
_MILLISECOND: Final = timedelta(milliseconds=1)


class NodeState(StrEnum):
    """What a node does: watch what it owns, or why not."""

    OK = "ok"
    STARTING = "starting"
    EXPIRED = "expired"
    STOPPING = "stopping"
    CUT_OFF = "cut_off"
    CLOCK = "clock"


class SettingsState(StrEnum):
    """Whether a node has the settings in force."""

    IN_FORCE = "in_force"
    DIFFER = "differ"
    SECRETS_DIFFER = "secrets_differ"


# How each state is written, and the style of it.
STATE_TEXTS: Final[Mapping[NodeState, tuple[str, Status]]] = {
    NodeState.OK: ("ok", Status.OK),
    NodeState.STARTING: ("starting", Status.PENDING),
    NodeState.EXPIRED: ("lease expired", Status.ERROR),
    NodeState.STOPPING: ("stopping", Status.SLEEPING),
    NodeState.CUT_OFF: ("cut off", Status.ERROR),
    NodeState.CLOCK: ("clock wrong", Status.UNKNOWN),
}

# The states that a node reports itself, unless its lease has expired.
_STATES: Final[Mapping[Sight, NodeState]] = {
    Sight.STARTING: NodeState.STARTING,
    Sight.LEAVING: NodeState.STOPPING,
    Sight.BLIND: NodeState.CUT_OFF,
}


class NodeRow(TypedDict):
    """A node that runs. It owns `shards`, in them `tasks`, `channels`, and `duties` of which there is one."""

    name: str
    this: bool
    state: NodeState
    version: str
    started: datetime
    renewed: datetime
    tasks: int
    shards: int
    channels: list[str]
    duties: list[str]
    reached: datetime | None
    clock_error_ms: int
    settings: SettingsState


class EndedNodeRow(TypedDict):
    """A run of a node that ended within the last day."""

    name: str
    version: str
    started: datetime
    ended: datetime
    end: NodeEnd
    by: str


class GenerationRow(TypedDict):
    """The settings in force: which node put them in force, and when."""

    number: int
    node: str
    since: datetime


class ClusterRows(TypedDict):
    """All of a cluster as of `at`; since `unreadable_since` this node cannot read the database."""

    node: str | None
    at: datetime
    unreadable_since: datetime | None
    unowned_tasks: int
    unowned_shards: int
    settings: GenerationRow | None
    differ_since: datetime | None
    nodes: list[NodeRow]
    ended: list[EndedNodeRow]


def cluster_rows(status: ClusterStatus) -> ClusterRows:
    """Return the cluster as rows, its nodes by name."""
    generation, owned, found = status.view.generation, _owned(status), drift(status.view)
    return {
        "node": status.name,
        "at": status.read_at,
        "unreadable_since": status.unreadable_since,
        "unowned_tasks": status.tasks.get(None, 0),
        "unowned_shards": len(shard_numbers(owned.get(None, ()))),
        "settings": {"number": generation.number, "node": generation.node, "since": generation.since}
        if generation
        else None,
        "differ_since": status.differ_since if found.exists else None,
        "nodes": [
            _node_row(node, status, owned.get(node.incarnation, ()), found)
            for node in sorted(status.view.nodes, key=lambda node: (node.name, node.started))
        ],
        "ended": [_ended_row(each) for each in status.ended],
    }


def cluster_headline(rows: ClusterRows, now: datetime) -> tuple[str, Status]:
    """Return the state of all nodes in one sentence, and its style."""
    nodes, unreadable_since = rows["nodes"], rows["unreadable_since"]
    if unreadable_since and now - unreadable_since >= _LEASE:
        return f"Node {rows['node']} cannot read the database", Status.ERROR
    total, well = len(nodes), sum(node["state"] is NodeState.OK for node in nodes)
    if not well:
        return "No node is healthy" if total else "No node runs", Status.ERROR
    if well < total:
        needs = "needs" if total - well == 1 else "need"
        return f"{total - well} of {total} nodes {needs} attention", Status.ERROR
    status = Status.UNKNOWN if lost_nodes(rows) or rows["unowned_tasks"] else Status.OK
    healthy = {1: "The one node is", 2: "Both nodes are"}.get(total, f"All {total} nodes are")
    return f"{healthy} healthy", status


def cluster_findings(rows: ClusterRows, now: datetime) -> Sequence[str]:
    """Return what needs attention besides the state of nodes, one sentence each."""
    lost = [
        f"Node {each['name']} was lost at {time_or_date(each['ended'], now)} and is not back"
        for each in lost_nodes(rows)
    ]
    unowned = rows["unowned_tasks"]
    return [*lost, f"{count(unowned, 'task')} without an owner"] if unowned else lost


def lost_nodes(rows: ClusterRows) -> Sequence[EndedNodeRow]:
    """Return the last run of each node that was lost and does not run again."""
    running, newest = {node["name"] for node in rows["nodes"]}, dict[str, EndedNodeRow]()
    for each in rows["ended"]:
        newest.setdefault(each["name"], each)
    return [each for name, each in newest.items() if each["end"] is NodeEnd.LOST and name not in running]


def _owned(status: ClusterStatus) -> Mapping[int | None, Collection[str]]:
    owned: dict[int | None, list[str]] = {}
    for name, incarnation in status.view.assignments.items():
        owned.setdefault(incarnation, []).append(name)
    return owned


def _node_row(node: Node, status: ClusterStatus, owned: Collection[str], found: SettingsDrift) -> NodeRow:
    shards, channels = shard_numbers(owned), channel_names(owned)
    # The lease has times of the database's clock.
    ahead = status.read_at - status.view.at
    return {
        "name": node.name,
        "this": node.incarnation == status.incarnation,
        "state": _state(node),
        "version": node.version,
        "started": node.started,
        "renewed": node.expires - _LEASE + ahead,
        "tasks": status.tasks.get(node.incarnation, 0),
        "shards": len(shards),
        "channels": sorted(channels),
        "duties": sorted(set(owned) - {*map(shard_name, shards), *map(channel_assignment, channels)}),
        "reached": node.report.reached,
        "clock_error_ms": round(node.report.clock_error / _MILLISECOND),
        "settings": _settings(node, found),
    }


def _state(node: Node) -> NodeState:
    if node.expired:
        return NodeState.EXPIRED
    if state := _STATES.get(node.report.sight):
        return state
    return NodeState.OK if is_fit(node) else NodeState.CLOCK


def _settings(node: Node, found: SettingsDrift) -> SettingsState:
    if node.name in found.settings:
        return SettingsState.DIFFER
    return SettingsState.SECRETS_DIFFER if node.name in found.secrets else SettingsState.IN_FORCE


def _ended_row(each: EndedNode) -> EndedNodeRow:
    return {
        "name": each.name,
        "version": each.version,
        "started": each.started,
        "ended": each.ended,
        "end": each.end,
        "by": each.by,
    }
