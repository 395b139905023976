"""What all nodes monitor, what they take over from others, and what others write of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest
from tests.support.node_stores import (
    NOON,
    REPORT,
    TASKS,
    URLS,
    Server,
    check,
    running_nodes,
)
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import all_assignments, shard_name, shard_of
from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.probing.certificate import Certificate
from py_pinger.store.database.errors import CommitsLostError
from py_pinger.store.node_store import NodeStore
from py_pinger.store.quarantine import IncompleteError
from py_pinger.store.queries.cluster import following

A, B = URLS[:2]
ITEM = Task("http://host0.example/task#item", "item", listed_by=A)


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def shown(store: NodeStore, url: str) -> TaskState:
    """Return the state that a node shows of a task."""
    snapshot = store.task_snapshot(url)
    assert snapshot
    return snapshot.state


def own(store: NodeStore, *urls: str) -> None:
    """Have a node own the shards of tasks, and take them over."""
    claimed = store.claim({shard_name(shard_of(url, store.shards)) for url in urls})
    assert claimed
    store.take_over(urls)


def test_all_nodes_monitor_the_same(url: str, server: Server) -> None:
    """The tasks in force, their names and their order are those of the last settings, for all nodes."""
    with running_nodes(url, "a", "b") as [a, b]:
        assert [each.url for each in b.task_snapshots()] == [*URLS]
        assert not b.follow()
        fewer = [Task(URLS[2], URLS[2], "third"), Task(URLS[1], URLS[1])]
        a.rule(fewer, ["slack", "mail"], "others")
        assert b.follow()
        assert b.follow(), "until the tasks are loaded"
        for store in (a, b):
            store.load()
            assert [(each.url, each.name) for each in store.task_snapshots()] == [
                (URLS[2], "third"),
                (B, None),
            ]
        assert not b.follow()
        view = b.renew(REPORT)
        assert view.generation
        assert (view.generation.number, view.generation.settings, view.generation.node) == (2, "others", "a")
        assert set(view.assignments) == {*all_assignments(["slack", "mail"], 1024)}
        a.rule(fewer, ["mail"], "others")
        assert "channel slack" not in b.renew(REPORT).assignments
        assert server.run("SELECT count(*) FROM task") == [(len(URLS),)]


def test_only_rows_that_differ_are_written(url: str, server: Server) -> None:
    """To put the same tasks in force again writes none of them."""
    with running_nodes(url, "a") as [a]:
        before = server.run("SELECT xmin::text FROM task ORDER BY id")
        a.rule([*TASKS, Task("http://new.example/", "http://new.example/")], ["slack"], "more")
        after = server.run("SELECT xmin::text FROM task ORDER BY id")
        assert after[:-1] == before
        assert len(after) == len(before) + 1


def test_channels_that_are_gone(url: str, server: Server) -> None:
    """What waits for a channel that the settings in force do not have is given up; the rest waits."""
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, reason="x")
    with running_nodes(url, "a") as [a]:
        a.rule(TASKS, ["slack", "mail"], "both")
        a.record([], [notice], [Route("slack"), Route("mail")])
        a.rule(TASKS, ["mail"], "one")
        found = server.run("SELECT channel, state FROM delivery ORDER BY channel")
        assert found == [("mail", "waiting"), ("slack", "given_up")]


def test_a_channel_that_is_in_force_again(url: str, server: Server) -> None:
    """A node whose settings lacked a channel gives nothing up that waits for it once others have it again."""
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, reason="x")
    with running_nodes(url, "a", "b") as [a, b]:
        b.rule(TASKS, ["mail"], "without")
        a.rule(TASKS, ["mail", "slack"], "with it again")
        a.record([], [notice], [Route("slack")])
        assert b.give_up("slack", NOON) == 0
        assert server.run("SELECT state FROM delivery") == [("waiting",)]
        a.rule(TASKS, ["mail"], "without")
        a.record([], [replace(notice, at=NOON + timedelta(1))], [Route("slack")])
        assert b.give_up("slack", NOON) == 1


def test_a_take_over(url: str) -> None:
    """Who takes a task over gets the state that its former owner has written last, repeats included."""
    with running_nodes(url, "a", "b") as [a, b]:
        own(a, A)
        first = check(A, 1, Status.ERROR)
        a.record([first], [], [])
        a.record(
            [replace(first, state=replace(first.state, checked_at=NOON + timedelta(hours=1), pings=9))],
            [],
            [],
        )
        a.release({shard_name(shard_of(A, a.shards))})
        own(b, A)
        taken = b.take_over([A, "http://unknown.example/"])
        assert set(taken) == {A}
        assert (taken[A].verdict.status, taken[A].pings, taken[A].checked_at) == (
            Status.ERROR,
            9,
            NOON + timedelta(hours=1),
        )
        assert shown(b, A) == taken[A]


def test_following(url: str) -> None:
    """A node sees what another has changed, once it follows, and only what is new."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([check(A, 1, Status.ERROR)], [], [])
        assert shown(b, A).pings == 0
        revision = b.revision()
        b.follow()
        assert (shown(b, A).verdict.status, b.revision() > revision) == (Status.ERROR, True)
        revision = b.revision()
        b.follow()
        assert b.revision() == revision
        a.record([check(A, 2, Status.OK), check(B, 2, Status.SLEEPING)], [], [])
        b.follow()
        assert [shown(b, each).verdict.status for each in (A, B)] == [Status.OK, Status.SLEEPING]


def test_what_is_followed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read while others have changed nothing; own changes and repeats are no reason to."""
    reads = Mock(wraps=following.position)
    monkeypatch.setattr(following, "position", reads)
    with running_nodes(url, "a", "b") as [a, b]:
        own(a, A)
        own(b, B)
        a.record([check(A)], [], [])
        b.follow()
        reads.reset_mock()
        for minutes in (1, 2):
            a.record([Transition(A, replace(shown(a, A), pings=minutes + 1))], [], [])
            b.record([check(B, minutes, Status.ERROR)], [], [])
            b.renew(REPORT)
            assert not b.follow()
        assert reads.call_count <= 1, "half a minute may have passed"
        a.record([check(A, 3, Status.ERROR)], [], [])
        b.follow()
        assert shown(b, A).verdict.status is Status.ERROR


def test_following_a_run_that_ended(url: str) -> None:
    """The last changes of a run are seen after its end too, and those of the next one."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([check(A, 1, Status.ERROR)], [], [])
        a.begin("settings", "secrets")
        a.record([check(B, 1, Status.ERROR)], [], [])
        b.follow()
        assert [shown(b, each).verdict.status for each in (A, B)] == [Status.ERROR, Status.ERROR]


def test_own_tasks_stay_as_they_are(url: str) -> None:
    """What a node watches itself keeps the state that it has written, whatever is read meanwhile."""
    with running_nodes(url, "a", "b") as [a, b]:
        a.record([check(A, 1, Status.ERROR)], [], [])
        own(b, A)
        step = check(A, 2)
        b.record([step], [], [])
        for read in (b.follow, b.refresh_repeats, b.load):
            read()
            assert shown(b, A) is step.state


def test_repeats_of_others(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When other nodes checked their tasks last is read each ten seconds, for a page each two."""
    clock = iter([100.0, 109.9, 109.9, 110.0, 111.8, 112.0, 122.0])
    monkeypatch.setattr("py_pinger.store.node_store.monotonic", lambda: next(clock))
    with running_nodes(url, "a", "b") as [a, b]:
        first = check(A, 1)
        repeat = replace(
            first,
            state=replace(
                first.state,
                checked_at=NOON + timedelta(hours=1),
                duration=timedelta(seconds=2),
                fresh_until=NOON + timedelta(hours=2),
                next_check=NOON + timedelta(hours=1, minutes=1),
                pings=7,
                errors=3,
            ),
        )
        a.record([first], [], [])
        a.record([repeat], [], [])
        b.follow()
        a.record([replace(repeat, state=replace(repeat.state, pings=8))], [], [])
        later = replace(repeat.state, checked_at=NOON + timedelta(hours=3), duration=None, pings=9)
        a.record([replace(repeat, state=later)], [], [])
        b.follow()
        assert shown(b, A) == replace(repeat.state)
        b.refresh_repeats()
        assert shown(b, A) == later
        b.follow()
        last = replace(later, checked_at=NOON + timedelta(hours=4), pings=10)
        a.record([replace(repeat, state=last)], [], [])
        b.refresh_repeats()
        assert shown(b, A) == later
        b.refresh_repeats()
        assert shown(b, A) == last
        a.record([replace(repeat, state=replace(last, pings=11))], [], [])
        b.follow()
        assert shown(b, A).pings == 11


def test_certificates_of_others(url: str) -> None:
    """The end of a certificate that one node has read is seen by the others."""
    secure = "https://host.example/task"
    ends = NOON + timedelta(days=9)
    with running_nodes(url, "a", "b", tasks=[Task(secure, secure)]) as [a, b]:
        a.record_certificate(Certificate("https://host.example:443", ends, NOON), [secure], None, [])
        b.follow()
        snapshot = b.task_snapshot(secure)
        assert snapshot
        assert snapshot.certificate_end == ends


def test_items_of_pages(url: str, server: Server) -> None:
    """Items are added after all other tasks and removed again, with notices; nothing else changes."""
    gone = Notice(NoticeKind.UNLISTED, NOON, ITEM.url, NOON, reason="x")
    with running_nodes(url, "a", "b") as [a, b]:
        assert a.change_items([ITEM], []) == {ITEM.url: TaskState()}
        assert [each.url for each in a.task_snapshots()] == [*URLS, ITEM.url]
        assert [each.url for each in a.discovered_items()] == [ITEM.url]
        a.record([check(ITEM.url, 1, Status.ERROR)], [], [])
        assert b.follow()
        b.load()
        assert shown(b, ITEM.url).verdict.status is Status.ERROR
        assert a.change_items([], [ITEM], [gone], [Route("slack")]) == {}
        assert [each.url for each in a.task_snapshots()] == [*URLS]
        assert a.discovered_items() == ()
        assert server.run("SELECT kind FROM notice") == [("unlisted",)]
        view = a.renew(REPORT)
        assert view.generation
        assert (view.generation.number, view.generation.settings) == (3, "settings")


def test_tasks_in_force_while_others_write(url: str) -> None:
    """Nodes write their tasks while another changes the places of all: none waits for another in a circle."""
    tasks = [Task(f"http://host{number}.example/", f"{number}") for number in range(300)]
    with running_nodes(url, "a", "b", "c", tasks=tasks) as [a, *others], ThreadPoolExecutor(2) as threads:

        def write(part: int) -> None:
            for minutes in range(20):
                steps = [check(each.url, minutes, Status.ERROR) for each in reversed(tasks[part::2])]
                others[part].record(steps, [], [])

        written = [threads.submit(write, part) for part in range(2)]
        for turn in range(10):
            a.rule([*tasks[turn:], *tasks[:turn]], ["slack"], str(turn))
        assert [each.result() for each in written] == [None, None]


def test_following_a_database_that_lost_commits(url: str, server: Server) -> None:
    """Where the database has lost commits, of any node, all tasks have to be read again."""
    with running_nodes(url, "a", "b") as [a, b]:
        for number in range(5):
            a.record([check(A, number, Status.ERROR)], [], [])
        assert not b.follow()
        server.run("UPDATE node SET written = written - 3 WHERE name = 'a'")
        b.renew(REPORT)
        assert b.follow()
        assert b.follow()
        b.load()
        assert not b.follow()
        with pytest.raises(CommitsLostError):
            a.record([check(A, 9)], [], [])
        a.accept_loss()
        a.record([check(A, 9)], [], [])
        assert a.follow()
        a.load()
        assert not a.follow()
        b.follow()
        assert shown(b, A).verdict.status is Status.OK


def test_writing_again_about_tasks_that_are_lost(url: str, server: Server) -> None:
    """What is about tasks that a backup does not have is returned, and written once they are added again."""
    own_notice = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, text="x")
    lost_notice = Notice(NoticeKind.UNLISTED, NOON, url=B)
    steps = [check(A, 1, Status.ERROR), check(B, 1, Status.ERROR)]
    with running_nodes(url, "a") as [a]:
        own(a, A, B)
        server.run("DELETE FROM task WHERE url = :url", url=B)
        with pytest.raises(IncompleteError, match=r"the database has lost 1 task$") as raised:
            a.record_again(steps, [own_notice, lost_notice], [])
        assert (raised.value.transitions, raised.value.notices) == ((steps[1],), (lost_notice,))
        assert server.run("SELECT url FROM task WHERE status = 'error'") == [(A,)]
        assert server.run("SELECT kind FROM notice") == [(NoticeKind.SELF_PROBLEM,)]
        a.rule(TASKS, ["slack"], "settings")
        a.record_again(raised.value.transitions, raised.value.notices, [])
        assert server.run("SELECT url FROM task WHERE status = 'error' ORDER BY url") == [(A,), (B,)]


def test_claims_that_the_database_has_lost(url: str, server: Server) -> None:
    """A node whose claims are lost shows what the owner by the database writes of these tasks."""
    with running_nodes(url, "a", "b") as [a, b]:
        own(a, A, B)
        a.record([check(A, 1)], [], [])
        server.run("UPDATE node SET written = written - 2 WHERE name = 'a'")
        lost = shard_name(shard_of(A, a.shards))
        server.run("UPDATE assignment SET incarnation = NULL WHERE name = :name", name=lost)
        own(b, A)
        with pytest.raises(CommitsLostError):
            a.claim({lost})
        a.accept_loss()
        assert a.claim({lost}) == frozenset()
        assert a.follow()
        a.load()
        b.record([check(A, 2, Status.ERROR), check(B, 2, Status.ERROR)], [], [])
        a.follow()
        found = [shown(a, each).verdict.status for each in (A, B)]
        assert found == [Status.ERROR, Status.PENDING], "the second is its own"


def test_deliveries_that_other_nodes_have_written(url: str, server: Server) -> None:
    """A node knows for which channels in force deliveries wait."""
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON, None, NOON, text="x")
    with running_nodes(url, "a", "b") as [a, b]:
        assert b.waiting_channels() == frozenset()
        a.rule(TASKS, ["slack", "slack ops", "mail"], "more")
        a.record([], [notice], [Route("slack ops"), Route("slack")])
        assert b.waiting_channels() == {"slack", "slack ops"}
        ids = [int(str(row[0])) for row in server.run("SELECT id FROM delivery WHERE channel = 'slack'")]
        assert b.claim({"channel slack"})
        b.settle(DeliveryUpdate(tuple(ids), DeliveryState.DELIVERED, NOON, NOON))
        assert b.waiting_channels() == {"slack ops"}
