"""The nodes of a cluster as rows, and the sentences above them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.cluster_statuses import ENDED, LOST, cluster_status, running
from tests.support.fake_data_source import NOW

from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster import Node, Sight
from py_pinger.core.model.cluster_status import EndedNode, NodeEnd
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND
from py_pinger.web.view.cluster_rows import (
    NodeState,
    SettingsState,
    cluster_findings,
    cluster_headline,
    cluster_rows,
    lost_nodes,
)


def test_the_rows_of_a_cluster() -> None:
    """Nodes come by name with what each owns; times of the database's clock are those of this machine."""
    b, a = (
        {
            "version": "1.0",
            "started": NOW - 3 * HOUR,
            "state": NodeState.OK,
            "renewed": NOW - 2 * SECOND,
            "reached": NOW - 3 * SECOND,
            "shards": 511,
            **own,
        }
        for own in (
            {
                "name": "b",
                "this": False,
                "tasks": 498,
                "channels": ["sentry"],
                "duties": ["notices"],
                "clock_error_ms": 0,
                "settings": SettingsState.DIFFER,
            },
            {
                "name": "a",
                "this": True,
                "tasks": 1_500,
                "channels": ["slack"],
                "duties": ["heartbeat", "retention"],
                "clock_error_ms": 12,
                "settings": SettingsState.IN_FORCE,
            },
        )
    )
    lost = {
        "name": "c",
        "version": "1.0",
        "started": NOW - 20 * HOUR,
        "ended": NOW - 20 * MINUTE,
        "end": NodeEnd.LOST,
        "by": "a",
    }
    rows = cluster_rows(cluster_status())
    assert rows == {
        "node": "a",
        "at": NOW,
        "unreadable_since": None,
        "unowned_tasks": 2,
        "unowned_shards": 2,
        "settings": {"number": 5, "node": "a", "since": NOW - 2 * HOUR},
        "differ_since": NOW - 2 * HOUR,
        "nodes": [a, b],
        "ended": [lost, *rows["ended"][1:]],
    }
    assert [each["end"] for each in rows["ended"]] == [NodeEnd.LOST, NodeEnd.REPLACED, NodeEnd.STOPPED]


def test_a_cluster_that_has_only_begun() -> None:
    """Before settings are in force and assignments exist there is nothing to own."""
    status = cluster_status(ended=())
    bare = replace(status, view=replace(status.view, assignments={}, generation=None), tasks={})
    rows = cluster_rows(bare)
    assert (rows["settings"], rows["unowned_shards"], rows["unowned_tasks"]) == (None, 0, 0)
    assert [(row["shards"], row["channels"], row["duties"]) for row in rows["nodes"]] == [(0, [], [])] * 2


@pytest.mark.parametrize(
    ("node", "state"),
    [
        (running("a", 1), NodeState.OK),
        (running("a", 1, expired=True, sight=Sight.BLIND), NodeState.EXPIRED),
        (running("a", 1, sight=Sight.LEAVING), NodeState.STOPPING),
        (running("a", 1, sight=Sight.STARTING), NodeState.STARTING),
        (running("a", 1, sight=Sight.BLIND), NodeState.CUT_OFF),
        (running("a", 1, clock_error=timedelta(seconds=-6)), NodeState.CLOCK),
    ],
)
def test_the_state_of_a_node(node: Node, state: NodeState) -> None:
    """A node is ok, or its row says why it should own nothing."""
    assert [row["state"] for row in cluster_rows(cluster_status(node))["nodes"]] == [state]


def test_settings() -> None:
    """A row says whether the node has the settings in force, and the same secrets."""
    nodes = (running("a", 1), running("b", 2, settings="old"), running("c", 3, secrets="old"))
    rows = cluster_rows(cluster_status(*nodes))
    found = [SettingsState.IN_FORCE, SettingsState.DIFFER, SettingsState.SECRETS_DIFFER]
    assert [row["settings"] for row in rows["nodes"]] == found
    assert cluster_rows(cluster_status(nodes[0]))["differ_since"] is None


A, B, C = running("a", 1), running("b", 2), running("c", 3)
BLIND = running("b", 2, sight=Sight.BLIND)
NOT_BACK = "Node c was lost at 09:47 UTC and is not back"
STOPPED = EndedNode("b", "1.0", NOW - DAY, NOW - HOUR, NodeEnd.STOPPED, "b")


@pytest.mark.parametrize(
    ("nodes", "ended", "unowned", "sentence", "style", "findings"),
    [
        ((A, B, C), ENDED, 0, "All 3 nodes are healthy", Status.OK, []),
        ((A,), (STOPPED,), 0, "The one node is healthy", Status.OK, []),
        ((A, B), (LOST,), 0, "Both nodes are healthy", Status.UNKNOWN, [NOT_BACK]),
        ((A, B), (), 1, "Both nodes are healthy", Status.UNKNOWN, ["1 task without an owner"]),
        ((A, BLIND), (), 0, "1 of 2 nodes needs attention", Status.ERROR, []),
        ((A, BLIND, replace(BLIND, name="c")), (), 0, "2 of 3 nodes need attention", Status.ERROR, []),
        ((BLIND,), (), 12, "No node is healthy", Status.ERROR, ["12 tasks without an owner"]),
    ],
)  # fmt: skip
def test_the_headline(
    nodes: tuple[Node, ...],
    ended: tuple[EndedNode, ...],
    unowned: int,
    sentence: str,
    style: Status,
    findings: list[str],
) -> None:
    """One sentence says whether all nodes are healthy; lost nodes and tasks without an owner follow."""
    rows = cluster_rows(cluster_status(*nodes, ended=ended, unowned=unowned))
    assert cluster_headline(rows, NOW) == (sentence, style)
    assert cluster_findings(rows, NOW) == findings


def test_no_node() -> None:
    """A command that reads the database finds that no node runs."""
    status = cluster_status()
    rows = cluster_rows(replace(status, view=replace(status.view, nodes=()), name=None, incarnation=None))
    assert cluster_headline(rows, NOW) == ("No node runs", Status.ERROR)
    assert rows["node"] is None


def test_a_node_without_a_database() -> None:
    """A node that cannot read the database does not know how the others are."""
    rows = cluster_rows(cluster_status(unreadable=True))
    assert cluster_headline(rows, NOW) == ("Node a cannot read the database", Status.ERROR)


def test_the_last_run_of_a_node_counts() -> None:
    """A node that was lost and then stopped on purpose is not missed."""
    again = replace(LOST, end=NodeEnd.STOPPED, ended=NOW)
    assert not lost_nodes(cluster_rows(cluster_status(ended=(again, LOST))))
