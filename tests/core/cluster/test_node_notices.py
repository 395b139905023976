"""Notices about nodes: what they say, and when they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.support.cluster_views import NOW, node, view

from py_pinger.core.cluster.drift import DriftWatch, SettingsDrift
from py_pinger.core.cluster.node_notices import SETTINGS_TOPIC, due, lost, node_topic, on_node
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, SettingsGeneration, Sight
from py_pinger.core.model.notification import Notice, NoticeKind

MINUTE = timedelta(minutes=1)
EARLIER = NOW - 4 * MINUTE
PROBLEM, RECOVERED = NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED
AGREED = DriftWatch()
OPEN = {node_topic("b"): EARLIER}


def notices(
    cluster: ClusterView, watch: DriftWatch = AGREED, topics: Mapping[str, datetime] | None = None
) -> list[Notice]:
    """Return the notices that are due at NOW."""
    return list(due(cluster, watch, topics or {}, NOW))


def blind(name: str, reached: datetime | None = EARLIER) -> Node:
    """Return a node that is cut off from the tasks since it reached one."""
    return replace(node(name), report=NodeReport("settings", sight=Sight.BLIND, reached=reached))


@pytest.mark.parametrize(
    ("watching", "tasks", "end"),
    [
        (["a", "b"], 25_000, "a and b watch its 25,000 tasks since 10:05:12 UTC."),
        (["a", "b", "d"], 2, "a, b and d watch its 2 tasks since 10:05:12 UTC."),
        (["a"], 1, "a watches its 1 task since 10:05:12 UTC."),
        ([], 9, "no other node can watch its tasks."),
        (["a"], 0, "it watched no tasks."),
    ],
)
def test_lost(watching: list[str], tasks: int, end: str) -> None:
    """A lost node renewed its lease a lease before that expired; others have its tasks from now on."""
    gone = replace(node("c"), expires=NOW - timedelta(seconds=2))
    assert lost(gone, watching, tasks, NOW) == Notice(
        PROBLEM,
        NOW,
        topic="node c",
        opened=NOW - timedelta(seconds=10),
        text=f"Node c was lost at 10:05:02 UTC; {end}",
    )


@pytest.mark.parametrize(
    ("each", "since", "text"),
    [
        (
            blind("b"),
            EARLIER,
            "Node b is cut off from the network since 10:01 UTC; a and c watch its tasks.",
        ),
        (
            blind("b", None),
            NOW,
            "Node b is cut off from the network since 10:05 UTC; a and c watch its tasks.",
        ),
        (
            node("b", clock_error=timedelta(seconds=12)),
            NOW,
            (
                "The clock of node b is 12 s ahead of the clock of the database; correct it;"
                " a and c watch its tasks."
            ),
        ),
        (
            node("b", clock_error=-2 * MINUTE),
            NOW,
            (
                "The clock of node b is 2 min behind the clock of the database; correct it;"
                " a and c watch its tasks."
            ),
        ),
    ],
)
def test_unfit_nodes(each: Node, since: datetime, text: str) -> None:
    """A node that runs and gives its tasks to others is a problem, once, until it is fit again."""
    cluster = view(node("a"), each, node("c"))
    assert notices(cluster) == [Notice(PROBLEM, NOW, topic="node b", opened=since, text=text)]
    assert notices(cluster, topics=OPEN) == []


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param([node("a"), node("b")], id="all are fit"),
        pytest.param([blind("a"), blind("b")], id="no node is fit, as if there were one process"),
        pytest.param([node("a"), replace(blind("b"), expired=True)], id="it will be declared lost"),
        pytest.param([node("a"), node("b", sight=Sight.LEAVING)], id="it stops"),
        pytest.param(
            [node("a"), node("b", sight=Sight.LEAVING, clock_error=MINUTE)], id="it stops, with a wrong clock"
        ),
        pytest.param([], id="no node"),
    ],
)
def test_no_notice(nodes: list[Node]) -> None:
    """There is a notice only if fit nodes have the tasks of one that runs."""
    assert notices(view(*nodes)) == []


def test_back() -> None:
    """The problem of a node ends when it is fit again, with the times."""
    text = "Node b is back; the problem lasted from 10:01 to 10:05 UTC."
    ended = Notice(RECOVERED, NOW, topic="node b", opened=EARLIER, text=text)
    assert notices(view(node("a"), node("b")), topics=OPEN) == [ended]
    assert notices(view(node("a"), node("b", expired=True)), topics=OPEN) == []
    assert notices(view(node("a")), topics=OPEN) == []


def test_a_view_from_before_the_loss_shows_no_return() -> None:
    """Another node may see first that a lease has expired: by the own view, the lost node still runs."""
    seen = node("b")
    assert not notices(view(node("a"), seen), topics={"node b": lost(seen, ["a"], 1, NOW).opened or NOW})


def test_a_node_that_stays_away_is_not_expected() -> None:
    """The problem of a lost node ends after a day: people have taken it away."""
    since = NOW - timedelta(days=1)
    topics = {node_topic("b"): since, "network on node a": since, node_topic("c"): since + MINUTE}
    assert notices(view(node("a")), topics=topics) == [
        Notice(
            RECOVERED,
            NOW,
            topic="node b",
            opened=since,
            text="Node b has not run for a day and is not expected to be back.",
        )
    ]


GENERATION = SettingsGeneration(4, "settings", NOW - timedelta(minutes=65), "b")
DIFFERENT = view(node("a"), node("b"), generation=GENERATION)


@pytest.mark.parametrize(
    ("drift", "text"),
    [
        (
            SettingsDrift(("a",), model="b"),
            "Node a has settings that differ from those in force, which node b applied at 09:00 UTC.",
        ),
        (
            SettingsDrift(secrets=("d",), model="b"),
            "Node d has secrets that differ from those of node b.",
        ),
        (
            SettingsDrift(("a", "c"), ("d",), "b"),
            (
                "Nodes a and c have settings that differ from those in force,"
                " which node b applied at 09:00 UTC. Node d has secrets that differ from those of node b."
            ),
        ),
    ],
)
def test_settings_differ(drift: SettingsDrift, text: str) -> None:
    """Which nodes differ is notified once, after five minutes, with what to do."""
    since = NOW - 5 * MINUTE
    remedy = " Give all nodes the same configuration and reload it."
    assert notices(DIFFERENT, DriftWatch(drift, since)) == [
        Notice(PROBLEM, NOW, topic=SETTINGS_TOPIC, opened=since, text=text + remedy)
    ]
    assert notices(DIFFERENT, DriftWatch(drift, since), {SETTINGS_TOPIC: since}) == []
    assert notices(DIFFERENT, DriftWatch(drift, since + MINUTE)) == []


def test_settings_agree() -> None:
    """The problem ends when the nodes agree again."""
    text = "All nodes have the same settings again; the problem lasted from 10:01 to 10:05 UTC."
    assert notices(DIFFERENT, AGREED, {SETTINGS_TOPIC: EARLIER}) == [
        Notice(RECOVERED, NOW, topic=SETTINGS_TOPIC, opened=EARLIER, text=text)
    ]


def test_on_node() -> None:
    """A node's notices about itself name it, and so do their topics."""
    own = Notice(PROBLEM, NOW, topic="network", opened=NOW, text="Py Pinger may be offline.")
    assert on_node(own, "a") == replace(
        own, topic="network on node a", text="Node a: Py Pinger may be offline."
    )
    started = Notice(NoticeKind.STARTED, NOW, text="Hello World!")
    assert on_node(started, "a") == replace(started, text="Node a: Hello World!")
