"""What a node says of itself at each renewal of its lease."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from types import SimpleNamespace
from typing import cast

import pytest
from tests.support.cluster_views import NOW

from py_pinger.app.cluster.node_reporter import NodeReporter
from py_pinger.app.cluster.node_task_list import Fingerprints, NodeTaskList
from py_pinger.app.health import STALLED_AFTER
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import HEARTBEAT, shard_name, shard_of
from py_pinger.core.model.cluster import SettingsGeneration, Sight
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.engine.cluster.released_channels import ReleasedChannels
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.store.node_store import NodeStore

SHARDS = 1024
A, B = (Task(f"http://{name}.example/", "") for name in "ab")
GENERATION = SettingsGeneration(1, "in force", NOW, "b")


def shard(task: Task) -> str:
    """Return the assignment of a task."""
    return shard_name(shard_of(task.url, SHARDS))


class Scene:
    """A node that has the settings in force, runs, and has tasks."""

    def __init__(self) -> None:
        self.store = SimpleNamespace(generation=GENERATION, shards=SHARDS, task_snapshots=self.snapshots)
        self.monitored: tuple[Task, ...] = (A, B)
        self.task_list = SimpleNamespace(in_force=Fingerprints("in force", "secrets"))
        self.guard = SimpleNamespace(sight=Sight.CLEAR, reached=NOW)
        self.loop = SimpleNamespace(ticked_at=monotonic(), max_pause=60.0)
        self.buffer = SimpleNamespace(hangs=False)
        self.settings = Settings(tasks=(A,))
        self.channels = ["log"]
        self.owners: dict[str, int | None] = {shard(B): 1, "channel log": 1, "channel slack": 2}
        self.workers: list[SimpleNamespace] = []
        self.listed = 0
        self.now = NOW
        self.reporter = NodeReporter(
            cast("NodeStore", self.store),
            cast("NodeTaskList", self.task_list),
            cast("ConnectivityGuard", self.guard),
            self.loop,
            self.buffer,
            ReleasedChannels(lambda: self.workers, lambda: self.now),
            lambda: self.settings,
            lambda: self.channels,
            lambda: self.owners,
        )
        self.reporter.is_running = True

    def snapshots(self) -> tuple[TaskSnapshot, ...]:
        """Return the tasks in force."""
        self.listed += 1
        return tuple(TaskSnapshot(task.url, None, TaskState()) for task in self.monitored)

    def lacking(self) -> frozenset[str]:
        """Return what the node says that it lacks."""
        report = self.reporter.report()
        assert report
        return report.lacking


def test_a_node_that_is_well() -> None:
    """It says which settings it has and when a task last answered it, and that it lacks nothing."""
    report = Scene().reporter.report()
    assert report
    assert (report.settings, report.secrets, report.sight) == ("in force", "secrets", Sight.CLEAR)
    assert (report.reached, report.lacking) == (NOW, frozenset())


@pytest.mark.parametrize("hanging", ["loop", "buffer"])
def test_a_node_that_hangs(hanging: str) -> None:
    """It says nothing while its loop stands still or a write hangs; before it checks, neither counts."""
    scene = Scene()
    if hanging == "loop":
        scene.loop.ticked_at -= STALLED_AFTER + 1
    else:
        scene.buffer.hangs = True
    assert scene.reporter.report() is None
    scene.reporter.is_running = False
    assert scene.reporter.report() is not None


def test_a_node_that_starts() -> None:
    """It says so until its loops run, so that others keep what belongs to it."""
    scene = Scene()
    scene.reporter.is_running = False
    starting = scene.reporter.report()
    assert starting
    assert starting.sight is Sight.STARTING


def test_a_node_that_leaves() -> None:
    """It says so, also where it is cut off."""
    scene = Scene()
    scene.guard.sight = Sight.BLIND
    before = scene.reporter.report()
    scene.reporter.is_leaving = True
    after = scene.reporter.report()
    assert before
    assert after
    assert (before.sight, after.sight) == (Sight.BLIND, Sight.LEAVING)


def test_a_node_with_other_settings() -> None:
    """It lacks the shards of the tasks and the channels that its settings do not have, until these change."""
    scene = Scene()
    scene.task_list.in_force = Fingerprints("others", "")
    assert scene.lacking() == {shard(B), "channel slack"}
    assert scene.lacking() == {shard(B), "channel slack"}
    assert scene.listed == 1
    scene.settings = Settings(tasks=(A, B))
    assert scene.lacking() == {"channel slack"}
    scene.channels = ["log", "slack"]
    scene.settings = replace(scene.settings)
    assert scene.lacking() == frozenset()
    scene.owners["channel mail"] = None
    assert scene.lacking() == {"channel mail"}
    scene.store.generation = replace(GENERATION, number=2)
    scene.monitored = (*scene.monitored, Task("http://c.example/", ""))
    assert scene.lacking() == {shard(scene.monitored[2]), "channel mail"}


def test_before_there_are_settings_in_force() -> None:
    """Without any settings in force nothing can be lacking."""
    scene = Scene()
    scene.task_list.in_force = Fingerprints("others", "")
    scene.store.generation = None
    assert scene.lacking() == frozenset()


def test_a_node_without_tasks() -> None:
    """It leaves the heartbeat to a node whose checks complete."""
    scene = Scene()
    scene.loop.max_pause = None
    assert scene.lacking() == {HEARTBEAT}


def test_a_channel_that_fails() -> None:
    """A channel that has failed from here for a minute is left to others."""
    scene = Scene()
    scene.workers.append(SimpleNamespace(name="log", failing_since=NOW))
    assert scene.lacking() == frozenset()
    scene.now += timedelta(minutes=2)
    assert scene.lacking() == {"channel log"}
