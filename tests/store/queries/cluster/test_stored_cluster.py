"""A cluster as a command reads it from the database."""

from __future__ import annotations

from contextlib import closing

from tests.support.node_stores import REPORT, TASKS, Server, open_node, running_nodes, seen_by
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import RETENTION, shard_name, shard_of
from py_pinger.core.model.cluster_status import ClusterStatus, NodeEnd
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore


def read(url: str) -> ClusterStatus | None:
    """Read a database next to the nodes."""
    with closing(ReadOnlyStore.open(url)) as store:
        return store.cluster()


def test_nodes_and_what_they_own(cluster: Cluster) -> None:
    """A command sees what a node sees, and how many tasks each owns; it is none of them."""
    url = cluster.database()
    with running_nodes(url, "a", "b") as [a, b]:
        mine = {shard_name(shard_of(task.url, a.shards)) for task in TASKS[:3]}
        a.claim({*mine, RETENTION})
        status, view = read(url), b.renew(REPORT)
        assert status
        assert [node.name for node in status.view.nodes] == ["a", "b"]
        assert (status.view.assignments, status.view.generation) == (view.assignments, view.generation)
        assert status.tasks == {a.incarnation: 3, None: len(TASKS) - 3}
        assert (status.name, status.incarnation, status.unreadable_since) == (None, None, None)
        assert status.read_at == status.view.at


def test_how_nodes_ended(cluster: Cluster) -> None:
    """A run ended by a stop, by a lost lease, or as the next one of its name began; the newest first."""
    url = cluster.database()
    with running_nodes(url, "a", "b") as [a, _], closing(Server(url)) as server:
        a.leave()
        with closing(open_node(url, "b")) as again:
            again.begin(REPORT.settings, REPORT.secrets)
            with running_nodes(url, "c") as [c]:
                server.expire("b")
                assert c.declare_lost(seen_by(c, "b"), (), ())
                status = read(url)
                assert status
                ended = [(each.name, each.end, each.by) for each in status.ended]
                assert ended == [
                    ("b", NodeEnd.LOST, "c"),
                    ("b", NodeEnd.REPLACED, "b"),
                    ("a", NodeEnd.STOPPED, "a"),
                ]
                assert all(each.started <= each.ended for each in status.ended)
        server.run("UPDATE node SET ended = 1 WHERE ended IS NOT NULL")
        old = read(url)
        assert old
        assert not old.ended


def test_a_database_without_nodes(cluster: Cluster) -> None:
    """A database that a single process has used has no cluster."""
    url = cluster.empty_database()
    Store.open(url).close()
    assert read(url) is None
