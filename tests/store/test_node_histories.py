"""Nodes take any steps in any order, on a real server: no check is lost, and none is counted twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from tests.support.node_stores import REPORT, URLS, Server, check, running_nodes, seen_by
from tests.support.postgres import Cluster

from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.transition import Transition
from py_pinger.store.database.errors import FencedError
from py_pinger.store.node_store import NodeStore

SHARDS = {shard_name(shard_of(url, 1024)): url for url in URLS}
STEPS = ("check",) * 9 + ("claim",) * 4 + ("release", "follow", "lose", "restart")
NUMBER = 120


class PlayedNode:
    """A node that believes what it owns, until the database says otherwise."""

    def __init__(self, store: NodeStore) -> None:
        """Own nothing at first."""
        self.store = store
        self.states: dict[str, TaskState] = {}

    def claim(self, names: set[str]) -> None:
        """Take the tasks of what is free over."""
        urls = [SHARDS[name] for name in self.store.claim(names) if SHARDS[name] not in self.states]
        self.states |= self.store.take_over(urls)

    def release(self, names: set[str]) -> None:
        """Give tasks up."""
        self.states = {url: state for url, state in self.states.items() if url not in map(SHARDS.get, names)}
        self.store.release(names)

    def check(self, random: Random) -> list[str]:
        """Check what the node believes to own, and return the tasks whose checks are stored."""
        urls = [url for url in self.states if random.random() < 0.7]
        steps = [self._next(url, random.choice([Status.OK, Status.ERROR])) for url in urls]
        self.store.record(steps, [], [])
        self.states |= {step.url: step.state for step in steps}
        return urls

    def begin(self) -> None:
        """Drop everything, and begin a new run."""
        self.states = {}
        self.store.begin(REPORT.settings, REPORT.secrets)

    def _next(self, url: str, status: Status) -> Transition:
        before = self.states[url]
        step = check(url, before.pings, status)
        state = replace(step.state, duration=timedelta(seconds=before.pings % 5))
        same = before.verdict.status is status
        return replace(step, state=replace(state, verdict=before.verdict) if same else state)


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


@pytest.mark.parametrize("seed", range(3))
def test_any_steps_in_any_order(url: str, server: Server, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check counts once; a run that is over stores none; each node sees the last results of all."""
    seconds = count(step=3)
    monkeypatch.setattr("py_pinger.store.node_store.monotonic", lambda: next(seconds))
    random, stored = Random(seed), Counter[str]()  # noqa: S311 - the same steps each time
    with running_nodes(url, "a", "b", "c") as stores:
        nodes = [PlayedNode(store) for store in stores]
        for _ in range(NUMBER):
            played, other = random.sample(nodes, 2)
            some = set(random.sample([*SHARDS], 5))
            try:
                match random.choice(STEPS):
                    case "check":
                        stored.update(played.check(random))
                    case "claim":
                        played.claim(some)
                    case "release":
                        played.release(some)
                    case "follow":
                        played.store.follow()
                    case "lose":
                        lose(server, played.store, other.store)
                    case "restart":
                        played.store.leave()
            except FencedError:
                played.begin()
        for played in nodes:
            played.store.follow()
            played.store.refresh_repeats()
            shown = {each.url: each.state.pings for each in played.store.task_snapshots()}
            assert shown == {each: stored[each] for each in URLS}
    with running_nodes(url, "d") as [last]:
        last.claim({*SHARDS})
        rows = "SELECT url, pings, sum(checks) FROM task JOIN latency ON task_id = id GROUP BY url, pings"
        assert sorted(server.run(rows)) == [(each, stored[each], stored[each]) for each in sorted(URLS)]
        assert server.run("SELECT count(*) FROM repeat_batch") == [(0,)]
    assert sum(stored.values()) > NUMBER / 3


def lose(server: Server, by: NodeStore, lost: NodeStore) -> None:
    """Have a node declared lost, which does not know it yet."""
    if not lost.is_over and any(each.name == lost.name for each in by.renew(REPORT).nodes):
        node = seen_by(by, lost.name)
        server.expire(lost.name)
        assert by.declare_lost(node, [], [])
