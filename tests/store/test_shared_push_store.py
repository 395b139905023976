"""What the nodes of a cluster store of the tasks that are pushed, by every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.node_stores import running_nodes
from tests.support.postgres import Cluster

from py_pinger.core.model.push import FinishedRun, PushState, PushWrite, WaitingPush
from py_pinger.core.model.task import PushIdentity, Task
from py_pinger.store import Store
from py_pinger.store.database.errors import FencedError
from py_pinger.store.queries import pushes

Rows = Callable[[str], list[tuple[Any, ...]]]

A, B, C = "push:a", "push:b", "push:c"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
NEW = PushState(NOON)
RUN = FinishedRun(NOON, NOON, healthy=True)
DONE = PushState(NOON, last=RUN)
FORWARDED = [
    WaitingPush(url, NOON + timedelta(seconds=place), b"\0 %d" % place) for place, url in enumerate([B, A, B])
]


class Receiver:
    """Writes the same of each task whose pushes it is given."""

    def __init__(self) -> None:
        self.taken: list[WaitingPush] = []

    def __call__(self, taken: Sequence[WaitingPush]) -> Sequence[PushWrite]:
        """Return what is stored for pushes."""
        self.taken += taken
        return [PushWrite(each.url, DONE, RUN, "log") for each in taken]


@pytest.fixture
def shared(store: Store) -> Store:
    """Monitor three tasks, and have pushes of two in the inbox."""
    store.set_tasks([Task(url, url) for url in (A, B, C)])
    store.shared_pushes.exchange([], FORWARDED, Receiver())
    return store


def test_the_owner_gets_what_others_received(shared: Store, rows: Rows) -> None:
    """Pushes are taken out once, in their order, and what they change is stored with that."""
    receiver, revision = Receiver(), shared.revision()
    assert shared.shared_pushes.waiting() == {A, B}
    shared.shared_pushes.exchange([B, C], [], receiver)
    assert receiver.taken == [FORWARDED[0], FORWARDED[2]]
    assert shared.shared_pushes.waiting() == {A}
    assert shared.shared_pushes.states_of([A, B, "push:other"]) == {B: DONE}
    assert (shared.log(B), rows("SELECT count(*) FROM pushed")) == ("log", [(1,)])
    assert shared.revision() != revision


def test_what_fails_takes_nothing_out(shared: Store) -> None:
    """If what the pushes change cannot be stored, they wait on, and nothing is put into the inbox."""

    def fail(_: object) -> Sequence[PushWrite]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        shared.shared_pushes.exchange([B], [WaitingPush(C, NOON, b"")], fail)
    assert shared.shared_pushes.waiting() == {A, B}


def test_many_states_take_several_statements(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All states are found, however many tasks a node takes over."""
    monkeypatch.setattr(pushes, "KEYS_PER_STATEMENT", 2)
    shared.shared_pushes.exchange([], [], lambda _: [PushWrite(url, NEW) for url in (A, B, C)])
    assert shared.shared_pushes.states_of([C, A, B]) == dict.fromkeys((A, B, C), NEW)


@pytest.fixture
def node_url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


def test_a_task_in_force_again_is_watched_anew(node_url: str) -> None:
    """What a task sent before it was removed says nothing about it; a task that stays keeps it."""
    tasks = [Task(url, url, push=PushIdentity(url[5:])) for url in (A, B)]
    with running_nodes(node_url, "a", "b") as [a, b]:
        a.rule(tasks, [], "both")
        a.load()
        a.pushes.record([PushWrite(url, replace(DONE, seen=("r-1 success",))) for url in (A, B)])
        a.rule(tasks[1:], [], "one")
        b.rule(tasks, [], "both again")
        b.load()
        found = b.shared_pushes.states_of([A, B])
        assert (found[A].last, found[A].seen, found[B].last) == (None, ("r-1 success",), RUN)
        assert found[A].watched > NOON


def test_pushes_that_no_node_takes_go_after_a_day(node_url: str) -> None:
    """What waits for a task that no settings have is deleted with old history."""
    now = datetime.now(UTC)
    waiting = [WaitingPush(A, now - timedelta(days=1, minutes=1), b""), WaitingPush(B, now, b"")]
    with running_nodes(node_url, "a") as [a]:
        a.shared_pushes.exchange([], waiting, Receiver())
        a.prune(NOON)
        assert a.shared_pushes.waiting() == {B}


def test_a_node_that_is_over_takes_and_forwards_nothing(node_url: str) -> None:
    """The fence of a node holds for pushes: what it receives late is left to others."""
    with running_nodes(node_url, "a", "b") as [a, b]:
        b.shared_pushes.exchange([], FORWARDED, Receiver())
        a.leave()
        with pytest.raises(FencedError):
            a.shared_pushes.exchange([A], FORWARDED, Receiver())
        assert b.shared_pushes.waiting() == {A, B}


def test_a_task_that_another_node_removes_at_this_moment(node_url: str) -> None:
    """Its pushes are stored by the node that does not know yet; those of an unknown task are dropped."""
    tasks = [Task(url, url, push=PushIdentity(url[5:])) for url in (A, B)]
    with running_nodes(node_url, "a", "b", tasks=tasks) as [a, b]:
        a.rule(tasks[1:], [], "fewer")
        a.load()
        writes = [PushWrite(A, DONE), PushWrite("push:other", DONE), PushWrite(B, DONE)]
        a.shared_pushes.exchange([], [], lambda _: writes)
        assert b.shared_pushes.states_of([A, B]) == {A: DONE, B: DONE}
