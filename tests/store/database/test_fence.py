"""A run of a node that is over writes nothing more, and learns what the database has lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import make_url, text
from tests.support.node_stores import NOON, REPORT, TASKS, URLS, Server, check, running_nodes, seen_by
from tests.support.pgbouncer import behind_pgbouncer, pgbouncer
from tests.support.postgres import Cluster
from tests.support.statement_killer import Killer, database_of, lost_answer

from py_pinger.core.model.check import Status
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import StoreError
from py_pinger.store.database import node_database
from py_pinger.store.database.errors import CommitsLostError, FencedError
from py_pinger.store.database.limited_connection import USUAL_LIMITS, LimitedConnection
from py_pinger.store.node_store import NodeStore

A = URLS[0]


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def test_no_commit_after_the_end(url: str, server: Server) -> None:
    """Of 60 runs that write while they are declared over, none commits anything afterwards."""
    with running_nodes(url, "a", "b") as [a, b], ThreadPoolExecutor(1) as threads:

        def write_until_fenced() -> int:
            for number in range(10_000):
                try:
                    b.record([check(A, number, Status.ERROR)], [], [])
                except FencedError:
                    return number
            return -1

        written = []
        for _ in range(60):
            before = b.incarnation
            writing = threads.submit(write_until_fenced)
            node = seen_by(a, "b")
            while server.run("SELECT written FROM node WHERE incarnation = :me", me=before)[0][0] == 0:
                pass
            server.expire("b")
            assert a.declare_lost(node, [], [])
            [at_the_end] = server.run("SELECT written FROM node WHERE incarnation = :me", me=before)
            written.append(writing.result(60))
            assert server.run("SELECT written FROM node WHERE incarnation = :me", me=before) == [at_the_end]
            assert at_the_end == (written[-1],)
            b.begin("settings", "secrets")
        assert min(written) > 0


def test_the_end_waits_for_a_transaction(url: str, server: Server) -> None:
    """Who declares a run over waits for its transaction under way, and sees all that it has written."""
    with running_nodes(url, "a", "b") as [a, b], ThreadPoolExecutor(1) as threads:
        node = seen_by(a, "b")
        server.expire("b")
        with database_of(b).writing() as connection:
            connection.execute(text("UPDATE task SET reason = 'written'"))
            declared = threads.submit(a.declare_lost, node, [], [])
            with pytest.raises(TimeoutError):
                declared.result(0.2)
        assert declared.result(30)
        assert set(server.run("SELECT reason FROM task")) == {("written",)}


def test_a_server_with_another_isolation(url: str, server: Server) -> None:
    """A run that is over is fenced also on a server whose transactions see one moment by default."""
    name = make_url(url).database
    server.run(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    try:
        with running_nodes(url, "a", "b") as [a, b], ThreadPoolExecutor(1) as threads:
            node = seen_by(a, "b")
            server.expire("b")
            with database_of(a).writing() as connection:
                connection.execute(
                    text("UPDATE node SET over = true WHERE incarnation = :other"),
                    {"other": node.incarnation},
                )
                write = threads.submit(b.record, [check(A)], [], [])
                with pytest.raises(TimeoutError):
                    write.result(0.2)
            with pytest.raises(FencedError):
                write.result(30)
    finally:
        server.run(f"ALTER DATABASE {name} RESET default_transaction_isolation")


def test_lost_commits(url: str, server: Server) -> None:
    """A database that has lost commits says from which number on, until that is accepted."""
    with running_nodes(url, "a") as [a]:
        for number in range(5):
            a.record([check(A, number)], [], [])
        last = a.confirmed
        server.run("UPDATE node SET written = written - 3")
        with pytest.raises(
            CommitsLostError, match="the database has lost 3 confirmed transactions of node a"
        ) as lost:
            a.record([check(A, 9)], [], [])
        assert lost.value.from_number == last - 2
        assert not a.is_over
        with pytest.raises(CommitsLostError):
            a.record([check(A, 9)], [], [])
        assert a.lost_from == last - 2
        a.accept_loss()
        a.record([check(A, 9)], [], [])
        assert a.confirmed == last - 2
        assert server.run("SELECT number FROM task WHERE url = :url", url=A) == [(last - 2,)]


def test_another_process_writes_as_the_same_run(url: str, server: Server) -> None:
    """A run with the number of another, as that of a copied machine, is over for this process."""
    with running_nodes(url, "a") as [a]:
        server.run("UPDATE node SET written = written + 1")
        with pytest.raises(FencedError):
            a.record([check(A)], [], [])
        assert a.is_over
        a.begin("settings", "secrets")
        a.record([check(A)], [], [])


@pytest.mark.parametrize("happened", [True, False])
def test_an_answer_that_was_lost(
    url: str,
    server: Server,
    happened: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """A commit that was not answered may have happened or not; the next write goes on in both cases."""
    with running_nodes(url, "a") as [a]:
        a.record([check(A, 1)], [], [])
        last = a.confirmed
        with (
            lost_answer(a, happened=happened),
            pytest.raises(StoreError, match="the answer was lost"),
        ):
            a.record([check(A, 2, Status.ERROR)], [], [])
        assert server.run("SELECT status FROM task WHERE url = :url", url=A) == [
            ("error" if happened else "ok",)
        ]
        a.record([check(A, 2, Status.ERROR)], [], [])
        assert a.confirmed == last + 1 + happened
        a.record([check(A, 3)], [], [])
        assert a.confirmed == last + 2 + happened


def test_a_node_that_stops_in_a_transaction(
    url: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that was stopped in a transaction keeps others out of its row for a limited time only."""
    monkeypatch.setattr(node_database, "_USUAL", USUAL_LIMITS._replace(idle=0.3))
    with running_nodes(url, "a", "b") as [a, b]:
        node = seen_by(a, "b")
        server.expire("b")

        def stop_and_go_on() -> None:
            with database_of(b).writing() as connection:
                assert a.declare_lost(node, [], [])
                connection.execute(text("UPDATE task SET reason = 'too late'"))

        with pytest.raises(StoreError, match="cannot be written"):
            stop_and_go_on()
        assert server.run("SELECT DISTINCT reason FROM task") == [(None,)]
        with pytest.raises(FencedError):
            b.record([check(A)], [], [])


def test_limits_of_a_node(url: str) -> None:
    """A transaction is ended by the server after 4 s without a statement; a renewal takes at most 3 s."""
    with running_nodes(url, "a") as [a]:
        with database_of(a).writing() as connection:
            assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "4s"
        with database_of(a).renewing() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "2s"
            driver = connection.connection.driver_connection
            assert isinstance(driver, LimitedConnection)
            assert driver.silence == 3.0
            assert driver.info.get_parameters()["connect_timeout"] == "3"


def test_a_renewal_waits_for_no_write(url: str) -> None:
    """A write that hangs does not hold up the renewal of the lease."""
    with running_nodes(url, "a") as [a], database_of(a).writing():
        assert [each.name for each in a.renew(REPORT).nodes] == ["a"]


@behind_pgbouncer
def test_behind_pgbouncer(cluster: Cluster, url: str) -> None:
    """Nodes share a database behind PgBouncer too, where each transaction gets another session."""
    with pgbouncer(cluster, url) as pooler, running_nodes(pooler.url, "a", "b") as [a, b]:
        with ThreadPoolExecutor(2) as threads:

            def write(store: NodeStore) -> None:
                for number in range(20):
                    store.record([check(URLS[store is a], number, Status.ERROR)], [], [])
                    store.renew(REPORT)
                    store.follow()

            assert list(threads.map(write, [a, b])) == [None, None]
        claimed = a.claim({"shard 1", "shard 2"}) | b.claim({"shard 2", "shard 3"})
        assert claimed == {"shard 1", "shard 2", "shard 3"}
        a.follow()
        snapshot = a.task_snapshot(URLS[0])
        assert snapshot
        assert snapshot.state.pings == 20
        assert not a.leave()
        with pytest.raises(FencedError):
            a.record([check(A)], [], [])
        assert b.claim({"shard 1"}) == {"shard 1"}


def contents(server: Server) -> list[list[tuple[object, ...]]]:
    """Return what the operations of a node change."""
    return [
        server.run("SELECT name, over, ended_by FROM node ORDER BY incarnation"),
        server.run("SELECT name, incarnation FROM assignment ORDER BY name"),
        server.run("SELECT generation, settings, channels FROM cluster"),
        server.run("SELECT url, monitored, position FROM task ORDER BY url"),
        server.run("SELECT key FROM notice"),
    ]


@pytest.mark.parametrize("operation", ["claim", "release", "declare_lost", "rule", "begin", "leave"])
def test_killed_at_each_statement(url: str, server: Server, operation: str) -> None:
    """An operation whose connection ends at any of its statements has changed nothing; again, it succeeds."""
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, reason="node b was lost")
    with running_nodes(url, "a", "b") as [a, b]:
        b.claim({"shard 1"})
        a.claim({"shard 2"})
        node = seen_by(a, "b")
        server.expire("b")
        operations: dict[str, Callable[[], object]] = {
            "claim": lambda: a.claim({"shard 3", "shard 4"}),
            "release": lambda: a.release({"shard 2"}),
            "declare_lost": lambda: a.declare_lost(node, [notice], [Route("slack")]),
            "rule": lambda: a.rule(TASKS[3:], ["mail"], "others"),
            "begin": lambda: a.begin("settings", "secrets"),
            "leave": a.leave,
        }
        killer, before = Killer(a, server), contents(server)
        for number in count(1):
            try:
                with killer.at(number):
                    operations[operation]()
            except StoreError:
                assert contents(server) == before
            else:
                break
        assert number > 2
        assert contents(server) != before
