"""A database that is restored from a backup which was taken before a node began its run."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from tests.support.node_stores import NOON, REPORT, URLS, Server, check, open_node, running_nodes, seen_by
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.cluster.commits import RUN_KEPT
from py_pinger.core.cluster.lease import LEASE
from py_pinger.core.model.check import Status
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import StoreError
from py_pinger.store.database.errors import CommitsLostError, FencedError
from py_pinger.store.node_store import NodeStore

A, B = URLS[:2]
SLACK = Route("slack")
PROBLEM = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, text="x")


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def shard(store: NodeStore, url: str) -> str:
    """Return the assignment of a task."""
    return shard_name(shard_of(url, store.shards))


def begin(store: NodeStore) -> None:
    """Begin a run, after the backup was taken."""
    store.begin(REPORT.settings, REPORT.secrets)
    store.load()


def runs(server: Server) -> list[tuple[object, ...]]:
    """Return all runs, the oldest first."""
    return server.run("SELECT name, incarnation, over, ended_by FROM node ORDER BY started")


def test_a_run_that_is_lost(url: str, server: Server) -> None:
    """It is registered again, as it began, and finds that all its transactions are lost."""
    with running_nodes(url, "a") as [a], closing(open_node(url, "b")) as b:
        server.back_up()
        begin(b)
        b.claim({shard(b, A)})
        b.record([check(A, 1, Status.ERROR)], [PROBLEM], [SLACK])
        before, run = seen_by(b, "b"), b.incarnation
        server.restore()
        with pytest.raises(
            StoreError, match="the database has lost this run of node b; it is reg"
        ) as failure:
            b.record([check(A, 2)], [], [])
        assert not isinstance(failure.value, FencedError)
        assert (b.is_over, b.ended_by()) == (False, None)
        view = b.renew(REPORT, 5.0)
        after = seen_by(a, "b")
        assert (after.incarnation, after.started, after.written) == (run, before.started, 0)
        assert not after.expired
        assert set(view.assignments.values()) == {None}
        assert view.renewed_before
        assert view.renewed_before < before.started, "nobody is declared lost soon after it"
        with pytest.raises(CommitsLostError) as lost:
            b.record([check(A, 2)], [], [])
        assert lost.value.from_number == b.lost_from == 1
        b.accept_loss()
        b.record_again([check(A, 1, Status.ERROR)], [PROBLEM], [SLACK])
        assert server.run("SELECT status FROM task WHERE url = :url", url=A) == [("error",)]
        assert server.run("SELECT channel FROM delivery") == [("slack",)]
        assert b.confirmed == 1


def test_an_earlier_run_of_the_node(url: str, server: Server) -> None:
    """It ends as it did before, so that what it owned and checked last is taken over again."""
    with running_nodes(url, "a", "b") as [a, b], closing(open_node(url, "b")) as again:
        owned = shard(b, A)
        b.claim({owned})
        b.record([check(A, 5)], [], [])
        b.record([check(A, 6)], [], [])
        server.back_up()
        begin(again)
        again.claim({owned})
        server.restore()
        view = again.renew(REPORT, 1.0)
        assert [(name, over, by) for name, _, over, by in runs(server)] == [
            ("a", False, None),
            ("b", True, "b"),
            ("b", False, None),
        ]
        assert view.assignments[owned] is None
        with pytest.raises(FencedError):
            b.record([check(A, 9)], [], [])
        with pytest.raises(CommitsLostError):
            again.claim({owned})
        again.accept_loss()
        assert again.follow(), "all tasks have to be read again"
        assert again.claim({owned}) == {owned}
        assert again.take_over([A])[A].pings == 7
        assert server.run("SELECT incarnation FROM repeat_batch") == []
        assert a.renew(REPORT).assignments[owned] == again.incarnation


def test_two_runs_that_are_lost(url: str, server: Server) -> None:
    """Each is registered again by itself, and none ends the other."""
    with running_nodes(url, "a") as [a], closing(open_node(url, "b")) as b:
        server.back_up()
        begin(a)
        begin(b)
        expected = [("a", a.incarnation, False, None), ("b", b.incarnation, False, None)]
        server.restore()
        b.renew(REPORT, 1.0)
        a.renew(REPORT, 1.0)
        assert runs(server)[1:] == expected
        assert [name for name, _, over, _ in runs(server) if over] == ["a"]
        a.record([check(A)], [], [])
        b.record([check(B)], [], [])


@pytest.mark.parametrize(("renewed_ago", "has_successor"), [(RUN_KEPT, False), (1.0, True)])
def test_a_run_that_is_over(
    url: str,
    server: Server,
    renewed_ago: float,
    has_successor: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """A run whose row may have been deleted, or whose node another process is by now, is over."""
    with running_nodes(url, "a") as [_], closing(open_node(url, "b")) as b, closing(open_node(url, "b")) as c:
        server.back_up()
        begin(b)
        server.restore()
        if has_successor:
            begin(c)
        before = runs(server)
        with pytest.raises(FencedError):
            b.renew(REPORT, renewed_ago)
        assert (b.is_over, runs(server)) == (True, before)
        assert b.ended_by() == ("b" if has_successor else None)


def test_the_row_of_a_run_that_ended_long_ago(url: str, server: Server) -> None:
    """A node that was suspended until its row was deleted begins again."""
    with running_nodes(url, "a", "b") as [a, b]:
        node = seen_by(a, "b")
        server.expire("b")
        assert a.declare_lost(node, [], [])
        server.run("UPDATE node SET ended = ended - :day WHERE over", day=round(RUN_KEPT * 1e6) + 1)
        assert a.prune(NOON) > 0
        with pytest.raises(StoreError):
            b.record([check(A)], [], [])
        with pytest.raises(FencedError):
            b.renew(REPORT, RUN_KEPT - LEASE)
        with pytest.raises(FencedError):
            b.renew(REPORT)
        assert [name for name, *_ in runs(server)] == ["a"]


def test_a_release_that_is_under_way(url: str, server: Server) -> None:
    """It fails while the run is lost; another node gets what was to be released all the same."""
    with running_nodes(url, "a", "b") as [a, b], closing(open_node(url, "b")) as again:
        owned = shard(b, A)
        b.claim({owned})
        server.back_up()
        begin(again)
        again.claim({owned})
        server.restore()
        a.renew(REPORT)
        with pytest.raises(StoreError, match="lost this run"):
            again.release({owned})
        assert a.claim({owned}) == frozenset()
        again.renew(REPORT, 1.0)
        assert a.claim({owned}) == {owned}
        with pytest.raises(CommitsLostError):
            again.release({owned})
        again.accept_loss()
        again.release({owned})
        assert server.owners()[owned] == a.incarnation


def test_others_see_that_a_run_is_back(url: str, server: Server) -> None:
    """What they have read counts as changed, of each kind."""
    with running_nodes(url, "a") as [a], closing(open_node(url, "b")) as b:
        server.back_up()
        begin(b)
        server.restore()
        before = [a.changes.version(kind, max_age=0) for kind in ChangeKind]
        b.renew(REPORT, 1.0)
        after = [a.changes.version(kind, max_age=0) for kind in ChangeKind]
        assert not set(before) & set(after)


def test_a_process_that_is_not_a_node(url: str, server: Server) -> None:
    """No run is registered again next to a process that owns the database alone."""
    with running_nodes(url, "a") as [_], closing(open_node(url, "b")) as b:
        server.back_up()
        begin(b)
        server.restore()
        hour = timedelta(hours=1) // timedelta(microseconds=1)
        server.run("UPDATE owner SET expires = :hour + extract(epoch FROM now()) * 1000000", hour=hour)
        with pytest.raises(StoreError, match=r"uses the database .* alone"):
            b.renew(REPORT, 1.0)
        assert not b.is_over
        server.run("UPDATE owner SET expires = 0")
        assert b.renew(REPORT, 2.0).nodes[1].incarnation == b.incarnation
