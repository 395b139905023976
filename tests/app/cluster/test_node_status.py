"""What pages and health show of the cluster, as a node knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

from tests.support.cluster_views import NOW, node, view
from tests.support.fake_cluster import AWAY, FakeRenewals

from py_pinger.app.cluster.node_status import NodeStatus
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.cluster import NodeReport, SettingsGeneration
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.engine.cluster.lease_renewer import LeaseRenewer
from py_pinger.engine.cluster.node_loop import NodeLoop
from py_pinger.store import StoreError
from py_pinger.store.node_store import NodeStore

SHARDS = 1024
URLS = ("http://a.example/1", "http://a.example/2", "http://b.example/")
FIRST, SECOND = (shard_name(shard_of(url, SHARDS)) for url in URLS[1:])
GENERATION = SettingsGeneration(3, "settings", NOW, "a")


class FakeStore:
    """The tasks of a cluster; counts how often they are listed, and when others checked them is read."""

    name, incarnation, shards = "a", 1, SHARDS

    def __init__(self) -> None:
        self.generation = GENERATION
        self.urls: tuple[str, ...] = URLS
        self.listed = self.refreshed = 0
        self.away = False

    def task_snapshots(self) -> tuple[TaskSnapshot, ...]:
        """Return all tasks."""
        self.listed += 1
        return tuple(TaskSnapshot(url, None, TaskState()) for url in self.urls)

    def refresh_repeats(self) -> None:
        """Read when other nodes checked theirs."""
        self.refreshed += 1
        if self.away:
            raise StoreError("away")


class Scene:
    """The status of node a; node b has other settings."""

    def __init__(self) -> None:
        self.store = FakeStore()
        other = node("b")
        other = replace(other, report=replace(other.report, settings="others"))
        shown = view(node("a"), other, owned={FIRST: 1, SECOND: None}, generation=GENERATION)
        self.renewals = FakeRenewals(shown)
        self.now = NOW
        self.renewer = LeaseRenewer(
            self.renewals.renew, lambda: NodeReport("settings"), lambda: self.now, lambda: 0.0
        )
        self.part = OwnedPart(SHARDS)
        self.status = NodeStatus(cast("NodeStore", self.store), self.renewer, self.part)


def test_before_the_first_renewal() -> None:
    """As long as nothing was read of the cluster, nothing is shown."""
    assert Scene().status.status() is None


def test_what_is_shown() -> None:
    """The view, the node itself, the number of tasks by owner, since when settings differ, and counters."""
    scene = Scene()
    scene.renewer.renew_once()
    shown = scene.status.status()
    assert shown
    assert (shown.view, shown.name, shown.incarnation) == (scene.renewals.view, "a", 1)
    assert (dict(shown.tasks), shown.differ_since, shown.unreadable_since) == ({1: 2, None: 1}, NOW, None)
    assert (shown.take_overs, shown.fenced) == (0, 0)
    scene.status.loop = cast("NodeLoop", SimpleNamespace(take_overs=7, restarts=2))
    shown = scene.status.status()
    assert shown
    assert (shown.take_overs, shown.fenced) == (7, 2)


def test_a_database_that_is_away() -> None:
    """Since when the cluster cannot be read is shown, with what was read last."""
    scene = Scene()
    scene.renewer.renew_once()
    scene.renewals.error = AWAY
    scene.now += timedelta(seconds=5)
    scene.renewer.renew_once()
    shown = scene.status.status()
    assert shown
    assert (shown.unreadable_since, shown.view) == (NOW, scene.renewals.view)


def test_tasks_are_counted_once() -> None:
    """The tasks of shards are counted again only when other settings or items are in force."""
    scene = Scene()
    assert [scene.status.tasks_by_shard(), scene.status.tasks_by_shard()] == [{FIRST: 2, SECOND: 1}] * 2
    assert scene.store.listed == 1
    scene.store.urls, scene.store.generation = URLS[1:], replace(GENERATION, number=4)
    assert (scene.status.tasks_by_shard(), scene.store.listed) == ({FIRST: 1, SECOND: 1}, 2)


def test_since_when_settings_differ() -> None:
    """It is the time of the first view with a difference, until a view has none."""
    status, first = Scene().status, Scene().renewals.view
    later = replace(first, at=NOW + timedelta(minutes=1))
    same = replace(later, nodes=first.nodes[:1])
    found = [status.drift_watch(each).since for each in (first, first, later, same, later)]
    assert found == [NOW, NOW, NOW, None, later.at]


def test_own_tasks() -> None:
    """A node owns the tasks of its shards."""
    scene = Scene()
    scene.part.owned = frozenset({FIRST})
    assert [scene.status.owns(url) for url in URLS] == [True, True, False]


def test_checks_of_others() -> None:
    """When others checked their tasks is read for pages, unless the database is away; that is no error."""
    scene = Scene()
    scene.status.refresh()
    scene.store.away = True
    scene.status.refresh()
    assert scene.store.refreshed == 2
    scene.renewals.error = AWAY
    scene.renewer.renew_once()
    scene.status.refresh()
    assert scene.store.refreshed == 2
