"""The loop that follows what pages list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_store import FakeStore

from py_pinger.config import Settings, with_items
from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.check import (
    ItemList,
    NoResponse,
    PageReport,
    ProbeFailure,
    ProbeResult,
    Response,
    Status,
    Verdict,
)
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.page import ITEMS_READ, PageDefinition
from py_pinger.core.model.task import Expectations, Task, TaskListDiff
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME, MIN_TIME, ZERO
from py_pinger.engine.reading.discovery import ItemDiscovery, ItemNames
from py_pinger.engine.runtime.reconfigurable import SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.tasks import MonitoredTask

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = PageDefinition("p", each="jobs", item_name="name", lastrun="t")
ALL = Task("https://b.example/#*", "https://b.example/#*", "Jobs", expectations=Expectations(page=PAGE))
PLAIN = Task("https://a.example/", "https://a.example/")
MAIL = DiscoveredItem("https://b.example/#mail", ALL.url)


@dataclass
class Scene:
    """A discovery, the program around it, and a page."""

    settings: Settings = field(default_factory=lambda: Settings(tasks=(PLAIN, ALL)))
    report: PageReport | None = None
    status: int = 200
    now: datetime = NOON
    silences: tuple[Silence, ...] = ()
    notices: list[Notice] = field(default_factory=list)
    changes: int = 0
    watched: Sequence[MonitoredTask] = ()
    failure: StoreUnavailable | None = None

    def __post_init__(self) -> None:
        self.store = FakeStore()
        self.in_force, self.changed = Settings(), asyncio.Event()
        self.discovery = ItemDiscovery(
            self,
            lambda: self.now,
            self.store,
            lambda url: TaskSnapshot(url, None, TaskState(Verdict(Status.OK))),
            lambda _: ActiveSilences(MIN_TIME, MAX_TIME, self.silences),
        )

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Note the tasks."""
        self.watched = members

    async def probe(self, task: Task) -> ProbeResult:
        """Return the page."""
        assert task in (PLAIN, ALL)
        if self.report is None:
            return NoResponse(ProbeFailure.REFUSED, "refused", ZERO)
        return Response(self.status, b"", ZERO, report=self.report)

    def apply(self, settings: Settings, states: Mapping[str, TaskState] | None = None) -> None:
        """Put settings in force."""
        before, self.in_force = self.in_force, settings
        diff = TaskListDiff.between(before.tasks, settings.tasks)
        change = SettingsChange(settings, before, diff, 1, 1, at_start=False)
        self.discovery.prepare(change)({task.url: TaskState() for task in diff.added} | dict(states or {}))

    async def change(self, names: ItemNames, notices: Sequence[Notice]) -> None:
        """Put other items in force."""
        if self.failure:
            raise self.failure
        self.apply(with_items(self.settings, names))
        self.notices += notices
        self.changes += 1
        self.changed.set()

    async def read(self, *names: str, after: timedelta = HOUR, failed: bool = False) -> list[str]:
        """Return the names of the tasks that are discovered after a reading."""
        self.now += after
        self.report = None if failed else ItemList(names)
        await self.discovery.probe(ALL)
        await self.discovery.poll(self.change)
        return [task.name or "" for task in self.in_force.tasks if task.listed_by]


@pytest.fixture
def scene() -> Scene:
    """Return a scene at noon, with the settings in force."""
    scene = Scene()
    scene.apply(scene.settings)
    return scene


async def test_items_come_and_go(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Items are added quietly, and removed with a notice after a day in which the page was read."""
    caplog.set_level("INFO", "py_pinger")
    assert await scene.read("mail", "web") == ["mail", "web"]
    assert await scene.read("mail", "web") == ["mail", "web"]
    assert scene.changes == 1
    assert await scene.read("web") == ["mail", "web"]
    assert await scene.read(failed=True, after=2 * DAY) == ["mail", "web"]
    assert await scene.read("web") == ["mail", "web"]
    assert await scene.read("web", after=DAY) == ["web"]
    assert [notice.url for notice in scene.notices] == [MAIL.url]
    assert await scene.read("web", *(f"n{number}" for number in range(6))) != ["web"]
    assert caplog.messages == [
        "https://b.example/#* lists 2 new items: mail, web",
        "https://b.example/#* no longer lists 1 item: mail",
        "https://b.example/#* lists 6 new items: n0, n1, n2, n3, n4 and 1 more",
    ]


async def test_what_is_stored(scene: Scene) -> None:
    """Stored is when an item was seen last, and how long it has been missing; not that it is listed."""
    await scene.read("mail", "web")
    await scene.read("mail", "web")
    assert scene.store.missing == []
    seen = scene.now
    await scene.read("web")
    await scene.read("web")
    await scene.read("mail", "web")
    missing = replace(MAIL, last_seen=seen)
    assert scene.store.missing == [missing, replace(missing, missing_for=HOUR), MAIL]


async def test_after_a_restart() -> None:
    """Stored items are there from the start, and one that vanished meanwhile is missing since then."""
    scene = Scene()
    scene.discovery.restore([replace(MAIL, last_seen=NOON - 2 * DAY, missing_for=DAY - HOUR)])
    assert scene.discovery.names() == {ALL.url: ["mail"]}
    known = TaskState(Verdict(Status.OK), NOON, NOON)
    scene.apply(with_items(scene.settings, scene.discovery.names()), {ALL.url: known})
    assert await scene.read("web") == ["web"]
    assert [notice.url for notice in scene.notices] == [MAIL.url]


async def test_a_silenced_item_stays(scene: Scene) -> None:
    """An item is not removed while nobody would be notified of that."""
    await scene.read("mail", "web")
    await scene.read("web")
    scene.silences = (Silence(1, "*#mail", MIN_TIME, MAX_TIME, "", "me"),)
    assert await scene.read("web", after=DAY) == ["mail", "web"]
    scene.silences = ()
    assert await scene.read("web") == ["web"]
    assert len(scene.notices) == 1


async def test_a_page_that_does_not_count(scene: Scene) -> None:
    """The items of an error page, and of other tasks, are not those of the page."""
    scene.status = 500
    assert await scene.read("mail") == []
    scene.report = ItemList(("x",))
    await scene.discovery.probe(PLAIN)
    scene.status = 200
    assert await scene.read("web") == ["web"]


async def test_a_reload(scene: Scene) -> None:
    """Items that a reload configures are not discovered; without the section there are none."""
    await scene.read("mail", "web")
    named = Task(MAIL.url, MAIL.url, "Post")
    scene.settings = replace(scene.settings, tasks=(PLAIN, ALL, named))
    scene.apply(with_items(scene.settings, scene.discovery.names()))
    assert scene.discovery.names() == {ALL.url: ("web",)}
    assert await scene.read("mail", "web") == ["web"]
    scene.now += HOUR
    scene.report = ItemList(("late",))
    await scene.discovery.probe(ALL)
    scene.apply(Settings(tasks=(PLAIN,)))
    await scene.discovery.poll(scene.change)
    assert scene.discovery.names() == {}


async def test_a_store_that_fails(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """While the list of tasks cannot be stored nothing changes; the next reading is another attempt."""
    scene.failure = StoreUnavailable("disk full")
    assert await scene.read("mail") == []
    assert "disk full" in caplog.text
    scene.failure = None
    assert await scene.read("mail") == ["mail"]


async def test_more_items_than_can_be_monitored(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """When a thousand are monitored, further ones are reported once."""
    await scene.read(*map(str, range(ITEMS_READ)))
    await scene.read("x", "y")
    await scene.read("x", "y")
    (message,) = caplog.messages
    assert message.startswith("https://b.example/#* lists 2 items more than can be monitored: 1,000 are")


async def test_it_runs(scene: Scene) -> None:
    """The loop takes each reading, and the tasks to probe are handed on."""
    scene.discovery.watch([])
    assert scene.watched == []
    loop = asyncio.create_task(scene.discovery.run(scene.change, LoopFailures(lambda: NOON)))
    scene.report = ItemList(("mail",))
    await scene.discovery.probe(ALL)
    await scene.changed.wait()
    loop.cancel()
    await asyncio.wait([loop])
