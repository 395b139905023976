"""Checks that repeat a result are packed; the rows of their tasks follow, and no check counts twice."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.node_stores import NOON, REPORT, TASKS, URLS, Server, check, open_node, running_nodes
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store
from py_pinger.store.database.errors import CommitsLostError
from py_pinger.store.external import ReadOnlyStore
from py_pinger.store.node_store import NodeStore

A, B = URLS[:2]


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def first(task: str, status: Status = Status.OK) -> Transition:
    """Return the first check of a task, at noon."""
    step = check(task, 0, status)
    return replace(step, state=replace(step.state, duration=timedelta(seconds=1)))


def later(step: Transition, minutes: float, checks: int = 1) -> Transition:
    """Return a check that repeats the result of another one."""
    at = NOON + timedelta(minutes=minutes)
    return replace(step, state=replace(step.state, checked_at=at, pings=step.state.pings + checks))


def rows(server: Server) -> list[tuple[object, ...]]:
    """Return the pings of A and B by their rows, and how many of their checks are counted in hours."""
    return server.run(
        "SELECT pings, (SELECT sum(checks) FROM latency WHERE task_id = task.id) FROM task "
        "WHERE url = :a OR url = :b ORDER BY url",
        a=A,
        b=B,
    )


def packed(server: Server) -> int:
    """Return the number of transactions whose checks are packed."""
    ((number,),) = server.run("SELECT count(*) FROM repeat_batch")
    assert isinstance(number, int)
    return number


def claim_all(store: NodeStore) -> dict[str, TaskState]:
    """Have a node take all tasks over."""
    store.claim({shard_name(shard_of(task, store.shards)) for task in URLS})
    return store.take_over(URLS)


def test_rows_follow_minutes_later(url: str, server: Server) -> None:
    """A row waits five minutes for the checks that repeat a result, then it has all of them."""
    with running_nodes(url, "a") as [a]:
        one, other = first(A), first(B)
        a.record([one, other], [], [])
        assert (rows(server), packed(server)) == ([(1, 1), (1, 1)], 0)
        for minutes in range(1, 6):
            a.record([later(one, minutes, minutes), later(other, minutes, minutes)], [], [])
        assert (rows(server), packed(server)) == ([(1, 1), (1, 1)], 5)
        a.record([later(one, 6, 6)], [], [])
        assert rows(server) == [(6, 6), (6, 6)]
        assert a.take_over([A])[A].pings == 7


def test_a_change_overtakes_what_is_packed(url: str, server: Server) -> None:
    """A change writes the row at once, and counts the checks that were packed before it."""
    with running_nodes(url, "a") as [a]:
        one = first(A)
        a.record([one, first(B)], [], [])
        a.record([later(one, 1)], [], [])
        changed = check(A, 2, Status.ERROR)
        duration = timedelta(seconds=3)
        a.record([replace(changed, state=replace(changed.state, duration=duration))], [], [])
        assert rows(server) == [(3, 3), (1, 1)]


def test_what_no_row_lacks_is_deleted(url: str, server: Server) -> None:
    """Packed checks are deleted once the rows of all their tasks have them, some transactions together."""
    with running_nodes(url, "a") as [a]:
        one = first(A)
        a.record([one], [], [])
        for number in range(120):
            a.record([later(one, number / 10, number + 1)], [], [])
        assert packed(server) < 70
        ((pings, counted), _) = rows(server)
        assert pings == counted


def test_a_failed_transaction_defers_nothing(url: str, server: Server) -> None:
    """A transaction that fails changes nothing of what waits for the rows."""
    with running_nodes(url, "a") as [a]:
        one = first(A)
        a.record([one, first(B)], [], [])
        server.run("ALTER TABLE repeat_batch RENAME TO away")
        with pytest.raises(Exception, match="repeat_batch"):
            a.record([later(one, 1)], [], [])
        server.run("ALTER TABLE away RENAME TO repeat_batch")
        a.record([later(one, 1)], [], [])
        assert (a.take_over([A])[A].pings, packed(server)) == (2, 1)


def test_a_release_writes_the_rows(url: str, server: Server) -> None:
    """A node that claims what another has released finds the last checks in the rows."""
    with running_nodes(url, "a", "b") as [a, b]:
        claim_all(a)
        one, other = first(A), first(B)
        a.record([one, other], [], [])
        a.record([later(one, 1), later(other, 1)], [], [])
        a.release({shard_name(shard_of(A, a.shards))})
        assert rows(server) == [(2, 2), (1, 1)]
        assert claim_all(b)[A] == later(one, 1).state
        assert rows(server) == [(2, 2), (1, 1)]


def test_a_run_that_ended(url: str, server: Server) -> None:
    """A node that takes over from a run that is over writes its last checks to the rows, each once."""
    with running_nodes(url, "a", "b") as [a, b]:
        claim_all(a)
        one, other = first(A), first(B)
        a.record([one, other], [], [])
        a.record([later(one, 1)], [], [])
        a.record([later(one, 2, 2), later(other, 2)], [], [])
        # Not known to be written, so it was written again.
        server.run(
            "INSERT INTO repeat_batch SELECT incarnation, number + 1000, content FROM repeat_batch LIMIT 1"
        )
        a.leave()
        assert (rows(server), packed(server)) == ([(1, 1), (1, 1)], 3)
        assert claim_all(b)[A].pings == 3
        assert (rows(server), packed(server)) == ([(3, 3), (2, 2)], 0)


def test_lost_commits(url: str, server: Server) -> None:
    """After the database has lost commits its rows get what it still has, and what is written again."""
    with running_nodes(url, "a") as [a]:
        one, other = first(A), first(B)
        a.record([one, other], [], [])
        a.record([later(one, 1)], [], [])
        lost = [later(one, 2, 2), later(other, 2)]
        a.record(lost, [], [])
        server.run("DELETE FROM repeat_batch WHERE number = (SELECT max(number) FROM repeat_batch)")
        server.run("UPDATE node SET written = written - 1")
        with pytest.raises(CommitsLostError):
            a.record([later(one, 3, 3)], [], [])
        a.accept_loss()
        a.record_again(lost, [], [])
        assert (rows(server), packed(server)) == ([(3, 3), (2, 2)], 0)
        a.record([later(one, 3, 3)], [], [])
        assert (rows(server), packed(server)) == ([(3, 3), (2, 2)], 1)


def test_a_new_run_defers_nothing(url: str, server: Server) -> None:
    """What a run has packed is no matter of the next one of the same node, until this takes it over."""
    with running_nodes(url, "a") as [a]:
        claim_all(a)
        one = first(A)
        a.record([one, first(B)], [], [])
        a.record([later(one, 1)], [], [])
        a.begin(REPORT.settings, REPORT.secrets)
        a.load()
        a.record([first(B)], [], [])
        assert (claim_all(a)[A].pings, packed(server)) == (2, 0)
        a.record([later(first(B), 9)], [], [])
        assert rows(server)[0] == (2, 2)


def test_a_single_process_after_nodes(url: str, server: Server) -> None:
    """A process without the name of a node goes on with the last checks of the nodes."""
    with running_nodes(url, "a") as [a]:
        one = first(A)
        a.record([one, first(B)], [], [])
        a.record([later(one, 1)], [], [])
    with closing(Store.open(url)) as single:
        assert single.set_tasks(TASKS)[A].pings == 2
    assert (rows(server), packed(server)) == ([(2, 2), (1, 1)], 0)


def test_a_reader_from_outside(url: str) -> None:
    """A command that reads the database shows the last checks, packed or not."""
    with running_nodes(url, "a") as [a], closing(ReadOnlyStore.open(url)) as archive:
        one = first(A)
        a.record([one, first(B)], [], [])
        a.record([later(one, 1)], [], [])
        shown = {each.url: each.state for each in archive.task_snapshots()}
        assert (shown[A], shown[B].pings) == (later(one, 1).state, 1)


def test_pruned_with_their_runs(url: str, server: Server) -> None:
    """Packed checks of runs whose rows are deleted are deleted too."""
    with running_nodes(url, "a") as [a]:
        one = first(A)
        a.record([one], [], [])
        a.record([later(one, 1)], [], [])
    server.run("UPDATE node SET ended = 1")
    with closing(open_node(url, "b")) as b:
        b.begin(REPORT.settings, REPORT.secrets)
        b.prune(NOON)
    assert packed(server) == 0


def test_followers_compare_the_rows_after_a_while(
    url: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that has not read for minutes finds in the rows what is not packed any more."""
    seconds = iter([100.0, 1000.0])
    monkeypatch.setattr("py_pinger.store.node_store.monotonic", lambda: next(seconds))
    with running_nodes(url, "a", "b") as [a, b]:
        one = first(A)
        a.record([one, first(B)], [], [])
        b.follow()
        a.record([later(one, 1)], [], [])
        server.run("UPDATE task SET pings = 9 WHERE url = :url", url=B)
        server.run("UPDATE task SET pings = 8 WHERE url = :url", url=A)
        server.run("DELETE FROM repeat_batch")
        b.refresh_repeats()
        found = {each.url: each.state.pings for each in b.task_snapshots()}
        assert (found[A], found[B]) == (8, 9)
