"""The loops of a node for notices about nodes, and for deliveries that other nodes have written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from tests.support.cluster_views import NOW, node, view
from tests.support.fake_cluster import AWAY
from tests.support.node_stores import NOON, Server, running_nodes

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.cluster_loops import DeliveryWatch, NodeNotices
from py_pinger.app.cluster.node_lease import NodeLease
from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.core.cluster.drift import DriftWatch
from py_pinger.core.model.cluster import ClusterView, Sight
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.engine.notification.dispatcher import Dispatcher
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store.node_store import NodeStore

SLACK = Route("slack")
PROBLEM, RECOVERED = NoticeKind.SELF_PROBLEM.value, NoticeKind.SELF_RECOVERED.value
BLIND = view(node("a"), node("b", sight=Sight.BLIND))


class FakeStatus:
    """The status of a node; counts when the tasks are counted."""

    def __init__(self) -> None:
        self.ended: object = None
        self.counted = 0

    def drift_watch(self, _: ClusterView) -> DriftWatch:
        """Return that no settings differ."""
        return DriftWatch()

    def tasks_by_shard(self) -> None:
        """Count the tasks."""
        self.counted += 1


class Scene:
    """Node a, and what it knows of node b."""

    def __init__(self, store: NodeStore) -> None:
        self.store = store
        self.async_store = AsyncStore(store, ThreadWorker("store"), [SLACK])
        self.status = FakeStatus()
        self.lease = SimpleNamespace(view=None)
        self.owns, self.now = True, NOW
        self.woken = 0
        self.notices = NodeNotices(
            store,
            self.async_store,
            cast("NodeStatus", self.status),
            cast("NodeLease", self.lease),
            lambda _: self.owns,
            lambda: self.now,
            self.wake,
        )

    def wake(self) -> None:
        """Count what is woken."""
        self.woken += 1


@pytest.fixture
def stores(url: str) -> Iterator[list[NodeStore]]:
    """Return the stores of two nodes that run."""
    with running_nodes(url, "a", "b") as stores:
        yield stores


async def test_notices_about_nodes(stores: list[NodeStore], server: Server) -> None:
    """A problem of a node is stored once, and once its end, by the node that does that for all."""
    scene = Scene(stores[0])
    await scene.notices.poll()
    assert (scene.status.ended, scene.status.counted, scene.woken) == ((), 1, 0)
    scene.lease.view, scene.owns = BLIND, False
    await scene.notices.poll()
    assert server.run("SELECT * FROM notice") == []
    scene.owns = True
    await scene.notices.poll()
    await scene.notices.poll()
    assert server.run("SELECT kind, channel FROM notice JOIN delivery ON notice_id = notice.id") == [
        (PROBLEM, "slack")
    ]
    scene.now += timedelta(minutes=1)
    scene.lease.view = view(node("a"), replace(node("b"), expires=scene.now))
    await scene.notices.poll()
    await scene.notices.poll()
    assert server.run("SELECT kind FROM notice ORDER BY id") == [(PROBLEM,), (RECOVERED,)]
    assert scene.woken == 2


async def test_notices_that_cannot_be_stored(
    stores: list[NodeStore], server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """While the database is away or the run is over, that is logged once; nothing is lost of what is due."""
    scene = Scene(stores[0])
    scene.lease.view = BLIND
    server.run("UPDATE node SET over = true, ended = 1, ended_by = 'b'")
    await scene.notices.poll()
    await scene.notices.poll()
    assert [each.partition(":")[0] for each in caplog.messages] == [
        "Cannot store notices about nodes, will retry"
    ]
    stores[0].begin("settings", "secrets")
    await scene.notices.poll()
    assert server.run("SELECT kind FROM notice") == [(PROBLEM,)]


async def unavailable(_: object) -> None:
    """Raise what a database that is away does."""
    raise AWAY


async def test_deliveries_of_other_nodes(stores: list[NodeStore], monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker of a channel is woken when other nodes have written deliveries, not while they wait."""
    first, second = stores
    woken: list[str] = []
    workers = [
        SimpleNamespace(name=name, wake=lambda name=name: woken.append(name)) for name in ("log", "slack")
    ]
    scene = Scene(first)
    watch = DeliveryWatch(first, scene.async_store, cast("Dispatcher", workers))
    await watch.poll()
    assert woken == []
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON, topic="x", text="x")
    for minutes in (0, 1):
        at = NOON + timedelta(minutes=minutes)
        second.record([], [replace(notice, at=at, opened=at)], [SLACK])
        await watch.poll()
        await watch.poll()
    assert woken == ["slack"] * 2
    monkeypatch.setattr(scene.async_store, "call", unavailable)
    await watch.poll()
    assert woken == ["slack"] * 2
