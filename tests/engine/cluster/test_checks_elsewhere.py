"""Checks that a node requests of others, and those that others request of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_clock import FakeClock

from py_pinger.config import Settings
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.engine.cluster.checks_elsewhere import REPEAT, ChecksElsewhere
from py_pinger.engine.runtime.reconfigurable import SettingsChange, Share
from py_pinger.engine.runtime.store_access import StoreUnavailable

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OWN, OTHER, GONE = (Task(f"http://{name}.example/", "") for name in ("own", "other", "gone"))
STATE = TaskState(Verdict(Status.OK), checked_at=NOON)


class Requests:
    """The requests in the database; `down` if it cannot be used. `again` is which reads were to repeat."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.again: list[bool] = []
        self.added: list[tuple[set[str], datetime]] = []
        self.refreshed = 0
        self.down = False

    async def add(self, urls: Collection[str], now: datetime) -> None:
        """Keep requests."""
        self._check()
        self.added.append((set(urls), now))

    async def waiting(self, *, again: bool) -> Collection[str]:
        """Return which checks are requested."""
        self.again.append(again)
        self._check()
        return self.kept

    async def remove(self, urls: Collection[str]) -> None:
        """Forget requests."""
        self._check()
        self.kept -= set(urls)

    async def refresh_repeats(self) -> None:
        """Count this."""
        self._check()
        self.refreshed += 1

    def _check(self) -> None:
        if self.down:
            message = "the server is down"
            raise StoreUnavailable(message)


class Scene:
    """A node that owns one task of two."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOON)
        self.requests = Requests()
        self.queue: deque[str] = deque()
        self.wait = 0.0
        self.checks = ChecksElsewhere(
            self.requests, self.snapshot, lambda _: self.wait, self.queue, self.clock
        )
        self.own(OWN)

    def own(self, *own: Task) -> None:
        """Own other tasks."""
        settings = Settings(tasks=(OWN, OTHER))
        change = SettingsChange(
            settings, settings, TaskListDiff(own), 1, 1, at_start=False, share=Share(own, frozenset())
        )
        self.checks.prepare(change)({})

    def snapshot(self, url: str) -> TaskSnapshot | None:
        """Return what the store knows of a task."""
        return TaskSnapshot(url, None, STATE) if url == OTHER.url else None


@pytest.fixture
def scene() -> Scene:
    """Begin at noon."""
    return Scene()


async def test_what_others_own_is_known(scene: Scene) -> None:
    """The list and the states of the other nodes' tasks are those of the settings and of the store."""
    assert list(scene.checks.tasks) == [OTHER]
    assert (scene.checks.state(OTHER.url), scene.checks.state(GONE.url)) == (STATE, None)
    scene.own(OWN, OTHER)
    assert list(scene.checks.tasks) == []


async def test_a_person_can_request_a_check_at_any_node(scene: Scene) -> None:
    """The request reaches the owner; that of an own task stays here, and one that comes too soon waits."""
    assert (scene.checks.request(OTHER.url), scene.checks.request(OWN.url)) == (0, 0)
    scene.wait = 3.0
    assert scene.checks.request(OTHER.url) == 3.0
    await scene.checks.exchange()
    assert scene.requests.added == [({OTHER.url}, NOON)]


async def test_while_something_waits_the_request_is_repeated(scene: Scene) -> None:
    """The state is read again at each exchange; the owner is asked again after a while."""
    for seconds in (0, 1, REPEAT - 1.1, 0.2):
        scene.clock.seconds += seconds
        scene.checks.check_soon(OTHER.url)
        await scene.checks.exchange()
    assert [at - NOON for _, at in scene.requests.added] == [timedelta(0), timedelta(seconds=REPEAT + 0.1)]
    assert scene.requests.refreshed == 4
    await scene.checks.exchange()
    assert scene.requests.refreshed == 4


async def test_own_tasks_that_others_want_checked_are_queued(scene: Scene) -> None:
    """A request of an own task is queued once; those of other tasks are left to their owners."""
    scene.requests.kept = {OWN.url, OTHER.url}
    await scene.checks.exchange()
    await scene.checks.exchange()
    assert (list(scene.queue), scene.requests.kept) == ([OWN.url], {OTHER.url})


async def test_requests_are_read_again_if_they_may_be_others(scene: Scene) -> None:
    """So they are at first, for other own tasks, and after a failure; else only if there are new ones."""
    for _ in range(2):
        await scene.checks.exchange()
    scene.own(OWN, OTHER)
    await scene.checks.exchange()
    scene.requests.down = True
    await scene.checks.exchange()
    scene.requests.down = False
    for _ in range(2):
        await scene.checks.exchange()
    assert scene.requests.again == [True, False, True, False, True, False]


async def test_a_node_without_tasks_reads_no_requests(scene: Scene) -> None:
    """Nothing is read for a node that owns nothing."""
    scene.own()
    scene.requests.down = True
    await scene.checks.exchange()
    scene.requests.down = False
    scene.requests.kept = {OWN.url}
    await scene.checks.exchange()
    assert not scene.queue


async def test_after_an_outage_of_the_database_requests_are_made_again(scene: Scene) -> None:
    """A request that was not stored does not count as made."""
    scene.requests.down = True
    scene.checks.check_soon(OTHER.url)
    await scene.checks.exchange()
    scene.requests.down = False
    scene.checks.check_soon(OTHER.url)
    await scene.checks.exchange()
    assert [urls for urls, _ in scene.requests.added] == [{OTHER.url}]
