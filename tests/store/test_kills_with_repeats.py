"""Operations of a node with packed checks whose connection ends at any of their statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from tests.support.node_stores import NOON, REPORT, URLS, Server, check, open_node, running_nodes
from tests.support.postgres import Cluster
from tests.support.statement_killer import Killer, lost_answer

from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.core.model.check import Status
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import StoreError, node_recorder
from py_pinger.store.database.errors import CommitsLostError
from py_pinger.store.external import ReadOnlyStore
from py_pinger.store.node_store import NodeStore

TASKS = URLS[:3]
MINUTE = timedelta(minutes=1)
SHARDS = frozenset(shard_name(shard_of(url, 1024)) for url in URLS)
LOST = "UPDATE node SET over = true, ended = 1, ended_by = 'a' WHERE incarnation = :run"

_CONTENTS = (
    "SELECT url, status, pings, opened FROM task ORDER BY url",
    "SELECT task_id, hour, checks FROM latency ORDER BY task_id, hour",
    "SELECT incarnation, number FROM repeat_batch ORDER BY incarnation, number",
    "SELECT name, incarnation FROM assignment ORDER BY name",
    "SELECT name, over FROM node ORDER BY incarnation",
    "SELECT channel, state FROM delivery ORDER BY id",
)


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Name a database on a server without rows."""
    return cluster.database()


class Scene:
    """Node a, which does something, and node b; tasks are checked in turn by the one that owns them."""

    def __init__(self, a: NodeStore, b: NodeStore, server: Server) -> None:
        self.a, self.b, self.server = a, b, server
        self.steps = {url: self._first(url) for url in TASKS}
        a.claim(SHARDS)
        a.record([*self.steps.values()], [], [])

    @property
    def recorded(self) -> dict[str, int]:
        """How often each task was checked."""
        return {url: step.state.pings for url, step in self.steps.items()}

    def repeats(self, after: timedelta = MINUTE / 10) -> list[Transition]:
        """Return a check of each task that repeats its result."""
        for url, step in self.steps.items():
            state = step.state
            at = (state.checked_at or NOON) + after
            state = replace(state, checked_at=at, pings=state.pings + 1)
            self.steps[url] = Transition(url, state)
        return [*self.steps.values()]

    def change(self) -> list[Transition]:
        """Return a check of the first task that finds another result, and repeats of the others."""
        steps = self.repeats()
        status = Status.OK if steps[0].state.verdict.status is Status.ERROR else Status.ERROR
        changed = replace(steps[0].state, verdict=check(TASKS[0], 0, status).state.verdict)
        self.steps[TASKS[0]] = Transition(TASKS[0], changed)
        return [*self.steps.values()]

    def contents(self) -> list[list[tuple[object, ...]]]:
        """Return what the operations change."""
        return [self.server.run(query) for query in _CONTENTS]

    def _first(self, url: str) -> Transition:
        step = check(url)
        return replace(step, state=replace(step.state, duration=timedelta(seconds=1)))


Act = Callable[[], object]


def write(scene: Scene) -> Act:
    """Write checks that repeat the last results."""
    return partial(scene.a.record, scene.repeats(), [], [])


def fold(scene: Scene) -> Act:
    """Write checks after which the rows are due, and delete what is packed."""
    scene.a.record(scene.repeats(), [], [])
    return partial(scene.a.record, scene.repeats(6 * MINUTE), [], [])


def change(scene: Scene) -> Act:
    """Write a change after packed checks."""
    scene.a.record(scene.repeats(), [], [])
    return partial(scene.a.record, scene.change(), [], [])


def change_again(scene: Scene) -> Act:
    """Write again what is older than the rows of the tasks, and what is not."""
    older = scene.change()
    scene.b.record(scene.change(), [], [])
    return partial(scene.a.record_again, [*older, *scene.repeats()], [], [])


def release(scene: Scene) -> Act:
    """Release tasks whose rows are deferred."""
    scene.a.claim(SHARDS)
    scene.a.record(scene.repeats(), [], [])
    return partial(scene.a.release, SHARDS)


def claim(scene: Scene) -> Act:
    """Claim tasks of a run that is over, whose last checks are packed."""
    scene.a.release(SHARDS)
    scene.b.begin(REPORT.settings, REPORT.secrets)
    scene.b.load()
    assert scene.b.claim(SHARDS) == SHARDS
    scene.b.record(scene.change(), [], [])
    scene.b.record(scene.repeats(), [], [])
    scene.server.run(LOST, run=scene.b.incarnation)
    return partial(scene.a.claim, SHARDS)


def give_up(scene: Scene) -> Act:
    """Give up what waits for a channel that the settings do not have."""
    number = scene.recorded[TASKS[0]]
    notice = Notice(NoticeKind.SELF_PROBLEM, NOON + number * MINUTE, None, NOON, text="x")
    scene.a.record(scene.repeats(), [notice], [Route("gone")])
    return partial(scene.a.give_up, "gone", NOON)


def poll(scene: Scene) -> Act:
    """Read what another node has changed and checked, as each loop does."""
    scene.b.record(scene.change(), [], [])
    scene.b.record(scene.repeats(), [], [])
    a = scene.a

    def read() -> None:
        if a.follow():
            a.load()
        a._refreshed = 0.0  # noqa: SLF001 - as if seconds had passed
        a.refresh_repeats()
        a.waiting_channels()
        a.open_topics()
        a.ended_nodes()

    return read


OPERATIONS = (write, fold, change, change_again, release, claim, give_up, poll)


@pytest.fixture
def scene(url: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Run two nodes that delete packed checks as soon as no row lacks them."""
    monkeypatch.setattr(node_recorder, "_DISCARDED_TOGETHER", 1)
    with running_nodes(url, "a", "b") as [a, b]:
        yield Scene(a, b, server)


def fails(ending: AbstractContextManager[None], act: Act) -> bool:
    """Act while something goes wrong; return True if that fails."""
    try:
        with ending:
            act()
    except StoreError:
        return True
    return False


def assert_counted(scene: Scene, url: str, *, hours: bool) -> None:
    """Assert that each check is known, also to the node that takes over, and counts once in its `hours`."""
    with closing(ReadOnlyStore.open(url)) as reader:
        known = {each.url: each.state.pings for each in reader.task_snapshots() if each.url in TASKS}
    assert known == scene.recorded
    for run in (scene.a.incarnation, scene.b.incarnation):
        scene.server.run(LOST, run=run)
    with closing(open_node(url, "c")) as heir:
        heir.begin(REPORT.settings, REPORT.secrets)
        heir.load()
        assert heir.claim(SHARDS) == SHARDS
    assert scene.server.run("SELECT count(*) FROM repeat_batch") == [(0,)]
    recorded = {*scene.recorded.items()}
    assert {*scene.server.run("SELECT url, pings FROM task WHERE pings > 0")} == recorded
    if hours:
        counted = "SELECT url, sum(checks) FROM task JOIN latency ON task_id = id GROUP BY url"
        assert {*scene.server.run(counted)} == recorded


@pytest.mark.thorough
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_statement(scene: Scene, url: str, operation: Callable[[Scene], Act]) -> None:
    """It has changed nothing then; again, it succeeds, and each check counts once."""
    killer = Killer(scene.a, scene.server)
    for number in count(1):
        act = operation(scene)
        before = scene.contents()
        if not fails(killer.at(number), act):
            break
        assert scene.contents() == before
        act()
    assert number > 3
    act = operation(scene)
    before = scene.contents()
    if fails(lost_answer(scene.a, happened=False), act):
        assert scene.contents() == before
        act()
    assert_counted(scene, url, hours=operation is not change_again)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_lost_answer(scene: Scene, url: str, operation: Callable[[Scene], Act]) -> None:
    """An operation that happened without an answer may be repeated; no check is lost.

    Hours may count checks twice that were written to rows.
    """
    act = operation(scene)
    fails(lost_answer(scene.a, happened=True), act)
    act()
    assert_counted(scene, url, hours=operation in (write, claim, give_up, poll))


def test_a_registration(url: str, server: Server) -> None:
    """A run that is lost registers again at the next renewal, at whichever statement that one failed."""
    with running_nodes(url, "a") as [_], closing(open_node(url, "b")) as b:
        killer = Killer(b, server, renewing=True)
        server.back_up()
        b.begin(REPORT.settings, REPORT.secrets)
        b.load()
        run = b.incarnation
        for number in count(1):
            b.record([check(URLS[0], number)], [], [])
            server.run("DELETE FROM lease WHERE incarnation = :run", run=run)
            server.run("DELETE FROM node WHERE incarnation = :run", run=run)
            if not fails(killer.at(number), partial(b.renew, REPORT, 1.0)):
                break
            b.renew(REPORT, 1.0)
            with pytest.raises(CommitsLostError):
                b.record([check(URLS[0], number)], [], [])
            b.accept_loss()
        assert number > 8
        assert server.run("SELECT count(*), bool_or(over) FROM node WHERE name = 'b'") == [(1, False)]
