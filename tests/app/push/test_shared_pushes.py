"""Pushes to any node of a cluster, from the settings to the database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from tests.support.eventually import eventually
from tests.support.node_stores import running_nodes
from tests.support.postgres import BINARIES, Cluster, running_cluster

from py_pinger.app.push.push_setup import PushSetup
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.push import PushedReport, PushKind, Receipt
from py_pinger.core.model.task import Expectations, PushIdentity, Task, TaskListDiff
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.runtime.reconfigurable import SettingsChange, Share
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.store.node_store import NodeStore

HOUR = timedelta(hours=1)
SECONDS = 10.0


def pushed(slug: str) -> Task:
    """Return an hourly task that is pushed."""
    url = f"push:{slug}"
    return Task(url, url, push=PushIdentity(slug), expectations=Expectations(HOUR))


A, B = pushed("a"), pushed("b")
BOTH = Settings(tasks=(A, B))


class Node:
    """What a node has for pushes, and its store."""

    def __init__(self, store: NodeStore) -> None:
        self.store = store
        self.monitor = SimpleNamespace(pushes=None)
        self.setup = PushSetup(store, cast("Monitor", self.monitor), lambda: datetime.now(UTC))
        self._settings, self._share = Settings(), Share((), frozenset())
        self.take(BOTH, at_start=True)

    def take(self, settings: Settings, *own: Task, at_start: bool = False) -> None:
        """Put settings in force with this share of the tasks."""
        share = Share(own, frozenset())
        tasks = TaskListDiff.between(self._share.tasks, own)
        change = SettingsChange(
            settings, self._settings, tasks, 1, 1, at_start=at_start, share=share, replaced_share=self._share
        )
        self.setup.prepare(change)({})
        self._settings, self._share = settings, share

    async def own(self, *tasks: Task) -> None:
        """Own these tasks only: claim what comes, release what goes."""
        before = self._share.tasks
        self.store.claim({_shard(self.store, task) for task in tasks})
        self.take(BOTH, *tasks)
        await self.setup.settle()
        self.store.release({_shard(self.store, task) for task in before if task not in tasks})

    def send(self, task: Task, kind: PushKind, at: datetime) -> Receipt:
        """Have this node receive a push, and wait for the answer."""
        assert self.setup.receiver
        answered: Future[Receipt] = Future()
        self.setup.receiver.submit(PushedReport(task.url, kind, at), answered.set_result)
        return answered.result(SECONDS)

    def report(self, task: Task) -> TaskReport:
        """Return what this node knows of a task."""
        assert self.setup.receiver
        report = self.setup.receiver.report(task)
        assert isinstance(report, TaskReport)
        return report


def _shard(store: NodeStore, task: Task) -> str:
    return shard_name(shard_of(task.url, store.shards))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL server."""
    if not BINARIES and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with running_cluster() as running:
        yield running


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[tuple[Node, Node]]:
    """Begin two nodes that own nothing."""
    with running_nodes(cluster.database(), "a", "b", tasks=BOTH.tasks) as stores, ExitStack() as stack:
        made = [Node(store) for store in stores]
        for node in made:
            stack.callback(node.setup.stop)
        yield made[0], made[1]


async def test_a_run_that_begins_and_ends_at_different_nodes(nodes: tuple[Node, Node]) -> None:
    """The owner knows the start that another node received, and whoever takes over knows the end."""
    first, second = nodes
    await first.own(A)
    await second.own(B)
    assert (first.monitor.pushes, second.monitor.pushes) == (first.setup.receiver, second.setup.receiver)
    began = datetime.now(UTC) + timedelta(minutes=1)
    assert second.send(A, PushKind.START, began) is Receipt.STORED
    assert first.send(A, PushKind.SUCCESS, began + HOUR) is Receipt.STORED
    assert (first.report(A).took, first.report(A).lastrun) == (HOUR, began + HOUR)
    assert first.send(A, PushKind.START, began + 2 * HOUR) is Receipt.STORED
    await first.own()
    assert first.send(A, PushKind.SUCCESS, began + 4 * HOUR) is Receipt.STORED
    await second.own(A, B)
    assert (second.report(A).took, second.report(A).lastrun) == (2 * HOUR, began + 4 * HOUR)
    assert (second.store.shared_pushes.waiting(), second.report(B).never_ran) == (set(), True)


async def test_the_owner_finds_what_others_received(nodes: tuple[Node, Node]) -> None:
    """A push to another node is evaluated within about a second."""
    first, second = nodes
    await first.own(A, B)
    assert second.send(B, PushKind.FAIL, datetime.now(UTC)) is Receipt.STORED
    eventually(lambda: not first.report(B).healthy, "the failure")


async def test_a_node_that_is_over_takes_nothing_over(nodes: tuple[Node, Node]) -> None:
    """While pushes wait, a take-over by a run that is over fails as a whole; so does what it receives."""
    first, second = nodes
    assert second.send(A, PushKind.SUCCESS, datetime.now(UTC)) is Receipt.STORED
    first.store.leave()
    with pytest.raises(StoreUnavailable):
        first.take(BOTH, A)
    assert first.send(A, PushKind.SUCCESS, datetime.now(UTC)) is Receipt.FAILED
    assert second.store.shared_pushes.waiting() == {A.url}


async def test_without_pushed_tasks_there_is_no_receiver(nodes: tuple[Node, Node]) -> None:
    """Nothing of this is built for a node that polls all tasks; commits that were lost change nothing."""
    first, _ = nodes
    setup = PushSetup(first.store, cast("Monitor", first.monitor), lambda: datetime.now(UTC))
    setup.store_again()
    await setup.settle()
    assert setup.receiver is None
    assert first.setup.receiver
    first.setup.store_again()
