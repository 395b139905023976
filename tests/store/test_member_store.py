"""Nodes begin, renew their leases, own assignments, are declared lost, and leave."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event, Thread
from unittest.mock import Mock

import pytest
from sqlalchemy import create_engine
from tests.support.node_stores import (
    NOON,
    REPORT,
    TASKS,
    URLS,
    Server,
    check,
    open_node,
    running_nodes,
    seen_by,
)
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import all_assignments
from py_pinger.core.model.cluster import ChangeKind, Sight
from py_pinger.core.model.cluster_status import NodeEnd
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError
from py_pinger.store.database.errors import FencedError
from py_pinger.store.external import ReadOnlyStore, SharedStore
from py_pinger.store.node_store import NodeStore
from py_pinger.store.queries.cluster import assignment_rows, change_tokens

SLACK = Route("slack")
LOST = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, reason="node b was lost")
EVERYTHING = frozenset(all_assignments(["slack"], 1024))


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


@contextmanager
def renewing(store: NodeStore) -> Iterator[None]:
    """Renew the lease of a node continuously."""
    stop = Event()

    def renew() -> None:
        while not stop.wait(0.1):
            store.renew(REPORT)

    thread = Thread(target=renew)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_the_first_begins(url: str) -> None:
    """The first node of all finds no settings in force, and no time in which the cluster was down."""
    with closing(open_node(url, "a")) as store:
        found = store.begin("settings", "secrets")
        assert (found.first, found.downtime, found.generation, found.seen) == (True, None, None, False)
        assert (store.name, store.incarnation > 0, store.is_over) == ("a", True, False)


def test_others_join(url: str) -> None:
    """A second node is not the first, and finds the settings that the first has put in force."""
    with running_nodes(url, "a") as [a], closing(open_node(url, "b")) as b:
        found = b.begin("settings", "secrets")
        assert (found.first, found.downtime, found.seen) == (False, None, True)
        assert found.generation
        assert (found.generation.number, found.generation.settings, found.generation.node) == (
            1,
            "settings",
            "a",
        )
        assert b.salt == a.salt


def test_a_view(url: str) -> None:
    """A renewal returns all nodes with what they reported, and who owns what."""
    report = replace(REPORT, sight=Sight.BLIND, reached=NOON, clock_error=timedelta(seconds=-2))
    report = replace(report, lacking=frozenset({"shard 7", "channel slack"}))
    with running_nodes(url, "a", "b") as [a, b]:
        a.claim({"shard 1", "retention"})
        b.claim({"channel slack"})
        before = b.renew(report)
        view = a.renew(REPORT)
        assert [(node.name, node.expired, node.report) for node in view.nodes] == [
            ("a", False, REPORT),
            ("b", False, report),
        ]
        owned = {name: owner for name, owner in view.assignments.items() if owner}
        assert owned == {
            "shard 1": a.incarnation,
            "retention": a.incarnation,
            "channel slack": b.incarnation,
        }
        assert set(view.assignments) == EVERYTHING
        assert before.at < view.at < view.nodes[0].expires <= view.at + timedelta(seconds=8)
        assert view.generation
        assert view.generation.number == 1


def test_a_restart_ends_the_former_run(url: str) -> None:
    """The next run of a node ends the former one, whose assignments are free, and which cannot write."""
    with running_nodes(url, "a", "b") as [a, b], closing(open_node(url, "b")) as again:
        b.claim({"shard 1"})
        assert not again.begin("settings", "secrets").first
        assert a.renew(REPORT).assignments["shard 1"] is None
        for _ in range(2):
            with pytest.raises(FencedError, match="this run of node b is over"):
                b.record([check(URLS[0])], [], [])
        with pytest.raises(FencedError):
            b.renew(REPORT)
        assert (b.is_over, b.ended_by(), again.ended_by()) == (True, "b", None)


def test_a_new_run_of_the_same_process(url: str) -> None:
    """A node that was declared over begins again in the same process, and writes again."""
    with running_nodes(url, "a", "b") as [a, b], closing(Server(url)) as server:
        server.expire("b")
        former = b.incarnation
        assert a.declare_lost(seen_by(a, "b"), [], [])
        assert b.ended_by() == "a"
        with pytest.raises(FencedError):
            b.settle(DeliveryUpdate((1,), DeliveryState.DELIVERED, NOON, NOON))
        b.begin("settings", "secrets")
        assert b.incarnation != former
        b.record([check(URLS[0])], [], [])


def test_a_lost_node(url: str, server: Server) -> None:
    """Whoever declares a node lost stores the notice about it; its assignments are free then."""
    with running_nodes(url, "a", "b") as [a, b]:
        b.claim({"shard 1"})
        node = seen_by(a, "b")
        assert not a.declare_lost(node, [LOST], [SLACK])
        server.expire("b")
        assert seen_by(a, "b").expired
        assert a.declare_lost(node, [LOST], [SLACK])
        assert not a.declare_lost(node, [LOST], [SLACK])
        assert server.run("SELECT kind, channel FROM notice JOIN delivery ON notice.id = notice_id") == [
            (NoticeKind.SELF_PROBLEM, "slack")
        ]
        view = a.renew(REPORT)
        assert [each.name for each in view.nodes] == ["a"]
        assert view.assignments["shard 1"] is None
        assert a.claim({"shard 1"}) == {"shard 1"}


def test_a_renewal_while_it_is_declared_lost(url: str, server: Server) -> None:
    """A node that renews its lease after another has read that it ended, is not declared lost."""
    with running_nodes(url, "a", "b") as [a, b]:
        server.expire("b")
        node = seen_by(a, "b")
        assert node.expired
        b.renew(REPORT)
        assert not a.declare_lost(node, [LOST], [SLACK])
        b.record([check(URLS[0])], [], [])
        assert server.run("SELECT * FROM notice") == []


@pytest.mark.parametrize(
    ("seconds", "expired"),
    [(-1.0, True), (1.0, False), (8.0, False), (9.5, False), (11.0, True), (3600.0, True)],
)
def test_when_a_lease_has_ended(url: str, server: Server, seconds: float, *, expired: bool) -> None:
    """A lease that ends later than any can was renewed before the server's clock was set back: it is over."""
    with running_nodes(url, "a", "b") as [a, b]:
        server.run(
            "UPDATE lease SET expires = (extract(epoch FROM clock_timestamp()) + :seconds) * 1000000 "
            "WHERE incarnation = :b",
            seconds=seconds,
            b=b.incarnation,
        )
        node = seen_by(a, "b")
        assert (node.expired, a.declare_lost(node, [LOST], [SLACK])) == (expired, expired)


def test_lost_renewals(url: str, server: Server) -> None:
    """Each renewal returns when the one before was, so that a node notices that the database has lost one."""
    with running_nodes(url, "a") as [a]:
        first = a.renew(REPORT)
        server.run("UPDATE lease SET expires = expires - 1000000")
        second = a.renew(REPORT)
        assert second.renewed_before == first.at - timedelta(seconds=1)
        assert a.renew(REPORT).renewed_before == second.at


def test_claims_and_releases(url: str) -> None:
    """What is owned cannot be claimed before its owner releases it, and releases it alone."""
    with running_nodes(url, "a", "b") as [a, b]:
        assert a.claim({"shard 1", "shard 2", "shard 5000"}) == {"shard 1", "shard 2"}
        assert b.claim({"shard 1", "shard 3"}) == {"shard 3"}
        b.release({"shard 1", "shard 2"})
        assert b.claim({"shard 1", "shard 2"}) == frozenset()
        a.release({"shard 1"})
        assert b.claim({"shard 1", "shard 2"}) == {"shard 1"}
        assert a.claim(()) == frozenset()
        assert b.claim({"shard 3", "shard 2"}) == {"shard 3"}, "the answer may have been lost"


def test_claims_at_once(url: str, server: Server) -> None:
    """Of four nodes that claim everything at once each gets what no other got, and all of it is owned."""
    with running_nodes(url, "a", "b", "c", "d") as nodes:
        for _ in range(5):
            server.run("UPDATE assignment SET incarnation = NULL")
            start = Barrier(len(nodes))

            def claim(store: NodeStore, start: Barrier = start) -> frozenset[str]:
                start.wait()
                return store.claim(EVERYTHING) | store.claim(EVERYTHING)

            with ThreadPoolExecutor(len(nodes)) as threads:
                claimed = dict(zip(nodes, threads.map(claim, nodes), strict=True))
            # Each may have left to others what these were about to claim.
            claimed[nodes[0]] |= nodes[0].claim(EVERYTHING)
            assert sum(map(len, claimed.values())) == len(EVERYTHING)
            owners = server.owners()
            for store, names in claimed.items():
                assert {name for name, owner in owners.items() if owner == store.incarnation} == names


def test_leaving(url: str, server: Server) -> None:
    """A node that leaves frees what it owns; the last one ends the session of the cluster."""
    with running_nodes(url, "a", "b") as [a, b]:
        b.claim({"shard 1"})
        assert not b.leave()
        assert a.renew(REPORT).assignments["shard 1"] is None
        assert [node.name for node in a.renew(REPORT).nodes] == ["a"]
        assert a.leave()
        with pytest.raises(FencedError):
            a.leave()
        with closing(open_node(url, "c")) as c:
            found = c.begin("settings", "secrets")
        assert found.first
        assert found.downtime
        assert found.downtime.clean
        assert server.run("SELECT stopped FROM watch ORDER BY id DESC LIMIT 1")[0][0] is not None


def test_leaving_unfinished(url: str) -> None:
    """What a node has not finished is free for others, but not for one that claims only what was released."""
    with running_nodes(url, "a", "b") as [a, b]:
        both = {"channel slack", "shard 1"}
        b.claim(both)
        b.leave({"channel slack"})
        assert a.renew(REPORT).assignments["channel slack"] is None
        assert a.claim(both, released=True) == {"shard 1"}
        assert a.claim(both) == both
        assert a.claim(both, released=True) == both, "its own"


def test_a_claim_that_commits_late(url: str) -> None:
    """What a renewal did not see yet is seen by the next one, also if others have claimed meanwhile."""
    engine = create_engine(url)
    with running_nodes(url, "a", "b") as [a, b], engine.connect() as late:
        assignment_rows.claim(late, {"shard 1"}, a.incarnation)
        change_tokens.note(late, a.incarnation, ChangeKind.ASSIGNMENTS)
        b.claim({"shard 2"})
        found = [b.renew(REPORT).assignments]
        late.commit()
        found.append(b.renew(REPORT).assignments)
        assert [(each["shard 1"], each["shard 2"]) for each in found] == [
            (None, b.incarnation),
            (a.incarnation, b.incarnation),
        ]
    engine.dispose()


def test_what_a_renewal_reads(url: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Owners are read only if some have changed, or half a minute has passed; who is over owns nothing."""
    reads = Mock(wraps=assignment_rows.as_stored)
    monkeypatch.setattr(assignment_rows, "as_stored", reads)
    with running_nodes(url, "a", "b") as [a, b]:
        b.claim({"shard 1"})
        for _ in range(3):
            assert a.renew(REPORT).assignments["shard 1"] == b.incarnation
        assert reads.call_count <= 2, "the server's clock may begin another half minute"
        server.run("UPDATE node SET over = true, ended = 1, ended_by = 'a' WHERE name = 'b'")
        assert a.renew(REPORT).assignments["shard 1"] is None
        assert reads.call_count <= 3


def test_a_database_that_hangs_is_left_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing does not try again what was asked of a thread that hangs."""
    with closing(open_node(url, "a")) as store:
        store.begin("settings", "secrets")
        monkeypatch.setattr(store, "leave", lambda: pytest.fail("it leaves again"))
        store.leave_once()


def test_one_is_the_last_to_leave(url: str) -> None:
    """Of nodes that begin to leave at the same moment, exactly one sees that all others do."""
    leaving = replace(REPORT, sight=Sight.LEAVING)
    with running_nodes(url, "a", "b", "c") as nodes, ThreadPoolExecutor(3) as threads:
        for _ in range(5):
            for node in nodes:
                node.renew(REPORT)
            start = Barrier(3)

            def renew(node: NodeStore, start: Barrier = start) -> bool:
                start.wait()
                return all(each.report.sight is Sight.LEAVING for each in node.renew(leaving).nodes)

            assert sorted(threads.map(renew, nodes)) == [False, False, True]


def test_leaving_is_tried_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that could not leave does not try again when its store is closed: a stop has to end soon."""
    with running_nodes(url, "a") as [a]:
        tried = []

        def leaving() -> None:
            tried.append(1)
            message = "away"
            raise StoreError(message)

        monkeypatch.setattr(a._node_database, "leaving", leaving)  # noqa: SLF001 - while the server is away
        with pytest.raises(StoreError):
            a.leave()
        a.close()
        assert tried == [1]


def test_two_leave_at_the_same_time(url: str) -> None:
    """Of nodes that leave at the same time, one is the last."""
    for _ in range(3):
        with running_nodes(url, "a", "b", "c") as nodes, ThreadPoolExecutor(3) as threads:
            assert sorted(threads.map(NodeStore.leave, nodes)) == [False, False, True]


def test_downtime_after_a_crash(url: str, server: Server) -> None:
    """After a crash of all nodes the cluster was down since the last renewal of any of them."""
    with running_nodes(url, "a", "b") as [a, b]:
        last = a.renew(REPORT).at
        server.run("UPDATE node SET over = true, ended = 1, ended_by = 'x'")
        b.close()
        with closing(open_node(url, "c")) as c:
            found = c.begin("settings", "secrets")
            assert found.first
            assert found.downtime
            assert (found.downtime.last_seen, found.downtime.clean) == (last, False)


def test_old_runs_are_deleted(url: str, server: Server) -> None:
    """Runs that ended more than a day ago are deleted with their leases, unless they were owners."""
    with running_nodes(url, "a", "b", "c") as [a, b, c]:
        c.claim({"shard 1"})
        server.run("UPDATE node SET over = true, ended = 1 WHERE name IN ('b', 'c')")
        a.prune(NOON)
        assert server.run("SELECT name FROM node JOIN lease USING (incarnation) ORDER BY name") == [
            ("a",),
            ("c",),
        ]
        assert server.run("SELECT count(*) FROM lease") == [(2,)]
        a.claim({"shard 1"})
        a.prune(NOON)
        assert server.run("SELECT name FROM node") == [("a",)]
        b.close()


def test_channels_have_an_owner(url: str) -> None:
    """Only the node that owns a channel reads what waits for it."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([], [LOST], [SLACK])
        a.claim({"channel slack"})
        assert len(a.waiting("slack", NOON)) == 1
        for read in (b.waiting, b.incident_records):
            with pytest.raises(StoreError, match="node b does not own channel slack any more"):
                read("slack", [])  # type: ignore[arg-type]
        with pytest.raises(StoreError, match="does not own channel slack"):
            b.open_incident_records("slack")
        a.leave()
        with pytest.raises(FencedError):
            a.waiting("slack", NOON)


def test_what_was_sent_lately(url: str) -> None:
    """A node that takes a channel over knows which messages it has accepted, and which were batches."""
    failures = [
        replace(LOST, at=NOON + timedelta(seconds=number), opened=NOON + timedelta(seconds=number))
        for number in range(4)
    ]
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([], failures, [SLACK])
        a.claim({"channel slack"})
        ids = [each.id for each in a.waiting("slack", NOON)]
        for at, some in ((1, ids[:1]), (2, ids[1:3])):
            when = NOON + timedelta(minutes=at)
            a.settle(DeliveryUpdate(tuple(some), DeliveryState.DELIVERED, when, when))
        sent = b.sent_lately("slack", NOON)
        assert [(each.at - NOON, each.batched, each.full) for each in sent] == [
            (timedelta(minutes=1), False, False),
            (timedelta(minutes=2), True, False),
        ]
        assert b.sent_lately("slack", NOON + timedelta(minutes=1)) == sent[1:]


def test_nodes_need_a_server(tmp_path: Path) -> None:
    """A database in a file cannot be shared by nodes."""
    with pytest.raises(StoreError, match=r"^\[main\] node needs a database that nodes can share"):
        open_node(f"sqlite:///{tmp_path}/pinger.db", "a")


def test_a_single_process_keeps_nodes_out(url: str) -> None:
    """No node starts while a process that is not a node uses the database, and none begins a run."""
    with closing(open_node(url, "a")) as a:
        single = Store.open(url)
        refused = "another Py Pinger uses the database .* alone .*set \\[main\\] node there too"
        with pytest.raises(StoreError, match=refused):
            a.begin("settings", "secrets")
        with pytest.raises(StoreError, match=refused):
            open_node(url, "b")
        single.close()
        assert a.begin("settings", "secrets").first


def test_nodes_keep_a_single_process_out(url: str) -> None:
    """No process that is not a node starts while a node runs; after the last has left it does at once."""
    with running_nodes(url, "a", "b") as [a, b]:
        refused = r"^nodes of a cluster use the database .*\(a, b\): set \[main\] node to be one of them"
        with renewing(a), pytest.raises(StoreError, match=refused):
            Store.open(url)
        a.leave()
        b.leave()
    with closing(Store.open(url)) as single:
        assert set(single.set_tasks(TASKS)) == set(URLS)


def test_a_single_process_after_nodes_that_were_lost(url: str, server: Server) -> None:
    """A process that is not a node starts once all leases have ended, and then no node writes any more."""
    with running_nodes(url, "a") as [a]:
        server.expire("a")
        with closing(Store.open(url)) as single:
            single.set_tasks(TASKS)
            with pytest.raises(FencedError):
                a.record([check(URLS[0])], [], [])
            assert server.run("SELECT ended_by LIKE 'process %' FROM node") == [(True,)]


def test_the_downtime_after_nodes_that_were_lost(url: str, server: Server) -> None:
    """A process that is not a node was down since the last renewal of a node, or since the last has left."""
    started = Notice(NoticeKind.STARTED, NOON)
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([], [started], [])
        b.leave()
        last = a.renew(REPORT).at
        server.run("UPDATE lease SET expires = expires - 8000000")
        with closing(Store.open(url)) as single:
            assert single.downtime() == MonitorDowntime(last - timedelta(seconds=8), clean=False)
    with running_nodes(url, "a") as [a]:
        a.record([], [replace(started, at=NOON + timedelta(days=900))], [])
        a.leave()
        with closing(Store.open(url)) as single:
            downtime = single.downtime()
            assert downtime
            assert downtime.clean


def test_a_single_process_that_was_stopped_meanwhile(url: str, server: Server) -> None:
    """A single process that wakes up after its lease ended writes nothing before the last node has left."""
    with closing(Store.open(url)) as single:
        single.set_tasks(TASKS)
        server.run("UPDATE owner SET expires = 1")
        with running_nodes(url, "a"):
            for _ in range(2):
                with pytest.raises(StoreError, match=r"^nodes of a cluster use the database"):
                    single.record([check(URLS[0])], [], [])
        single.record([check(URLS[0])], [], [])
        assert len(single.database_incidents()) == 1


def test_commands_next_to_nodes(url: str) -> None:
    """A command writes without being a node, and the nodes see it; it knows when a node ran last."""
    with running_nodes(url, "a", "b") as [a, b]:
        with closing(SharedStore.open(url)) as shared:
            shared.silences.create("*", NOON, NOON + timedelta(hours=1), "why", "who")
        assert len(a.silences.active(NOON)) == len(b.silences.active(NOON)) == 1
        with closing(ReadOnlyStore.open(url)) as reading:
            last = a.renew(REPORT)
            downtime = reading.downtime()
            assert downtime
            assert (downtime.last_seen, downtime.clean) == (last.at, False)


def test_ended_runs(url: str, server: Server) -> None:
    """The store knows how runs ended: stopped, replaced by the next one of the same name, or lost."""
    with running_nodes(url, "a", "b", "c", "d") as [a, b, c, _]:
        b.leave()
        c.begin("settings", "secrets")
        node = seen_by(a, "d")
        server.expire("d")
        assert a.declare_lost(node, [], [])
        found = [(each.name, each.end, each.by) for each in a.ended_nodes()]
        assert found == [
            ("d", NodeEnd.LOST, "a"),
            ("c", NodeEnd.REPLACED, "c"),
            ("b", NodeEnd.STOPPED, "b"),
        ]


def test_nodes_migrate_in_turns(cluster: Cluster) -> None:
    """Nodes that start at the same time on an empty database all open it, and share one cluster."""
    empty = cluster.empty_database()
    with ThreadPoolExecutor(3) as threads:
        stores = list(threads.map(lambda name: open_node(empty, name), "abc"))
    found = [store.begin("settings", "secrets").first for store in stores]
    assert (found, len({store.salt for store in stores})) == ([True, False, False], 1)
    for store in stores:
        store.close()
