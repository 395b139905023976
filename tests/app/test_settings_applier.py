"""The one way by which the task list changes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.reconfigure import PreparedSettings, Reconfigurer
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.app.task_list_store import StoredTaskList
from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, Task, TaskListDiff
from py_pinger.core.notification.route import Route
from py_pinger.core.times import MIN_TIME
from py_pinger.engine.runtime.reconfigurable import Share
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.store import Store

PAGE = PageDefinition("p", each="jobs", item_name="name", lastrun="t")
ALL = Task("https://b.example/#*", "https://b.example/#*", expectations=Expectations(page=PAGE))
OTHER = Task("https://o.example/", "https://o.example/")
THEIRS = Task("https://t.example/#*", "https://t.example/#*", expectations=Expectations(page=PAGE))
GONE = Notice(NoticeKind.UNLISTED, MIN_TIME, url="https://b.example/#a")


@dataclass
class Scene:
    """An applier whose store is slow, and may fail."""

    error: Exception | None = None
    notices: list[Notice] = field(default_factory=list)
    routes: tuple[Route, ...] = (Route("slack"),)
    woken: int = 0
    share: Callable[[Settings], Share] = lambda settings: Share(settings.tasks)
    names: dict[str, Sequence[str]] = field(default_factory=dict)
    at_once: int = 0

    def __post_init__(self) -> None:
        self.applier = SettingsApplier(
            Reconfigurer([], 65_536, dict, self.shared),
            StoredTaskList(cast("AsyncStore", self)),
            lambda: self.names,
            self.wake,
        )

    def shared(self, settings: Settings) -> Share:
        """Return the part of this process, which may change."""
        return self.share(settings)

    def wake(self) -> None:
        """Count what is sent."""
        self.woken += 1

    async def call(
        self, operation: object, change: TaskListDiff, notices: Sequence[Notice], routes: Sequence[Route]
    ) -> dict[str, TaskState]:
        """Store a change, one at a time."""
        assert (operation, routes, self.at_once, gc.isenabled()) == (
            Store.change_tasks,
            self.routes,
            0,
            False,
        )
        self.at_once += 1
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if self.error:
            raise self.error
        self.notices += notices
        return {task.url: TaskState() for task in change.added}

    async def states(self, prepared: PreparedSettings) -> dict[str, TaskState]:
        """Return the states of the tasks that this process checks from now on."""
        return {task.url: TaskState() for task in prepared.checked.added}

    @property
    def urls(self) -> list[str]:
        """The fragments of the tasks in force, or their URLs."""
        return [task.url.rpartition("#")[2] for task in self.applier.in_force.tasks]


async def test_reloads_and_items() -> None:
    """A reload keeps the items, and other items keep the settings of the file; one waits for the other."""
    scene = Scene(names={ALL.url: ["a"]})
    prepared = scene.applier.prepare_start(Settings(tasks=(ALL,)))
    assert [task.url for task in prepared.settings.tasks] == [ALL.url, "https://b.example/#a"]
    wanted = Settings(main=MainSettings(port=4000), tasks=(ALL, OTHER))
    items = {ALL.url: ["a", "b"]}
    applied, _ = await asyncio.gather(scene.applier.apply(wanted), scene.applier.apply_items(items, ()))
    assert (applied.waiting, scene.urls) == (("port",), ["*", "a", "b", OTHER.url])
    assert scene.applier.in_force.main.port == MainSettings().port
    await scene.applier.apply_items({ALL.url: ["b"]}, [GONE])
    assert (scene.urls, scene.notices, scene.woken) == (["*", "b", OTHER.url], [GONE], 1)
    scene.names = {ALL.url: ["b"]}
    await scene.applier.apply(Settings(tasks=(OTHER,)))
    assert scene.urls == [OTHER.url]
    await scene.applier.close()


async def test_items_of_pages_elsewhere() -> None:
    """Other items of a page change nothing of the pages of other nodes, nor of one that was given up."""
    scene = Scene(names={ALL.url: ["a"], THEIRS.url: ["x"]})
    await scene.applier.apply(Settings(tasks=(ALL, THEIRS)))
    scene.share = lambda settings: Share(
        [task for task in settings.tasks if task.url.startswith(ALL.url[:-1])]
    )
    await scene.applier.apply_again(scene.states)
    await scene.applier.apply_items({ALL.url: ["b"]}, [GONE])
    assert (scene.urls, scene.notices, scene.woken) == (["*", "b", "*", "x"], [GONE], 1)
    scene.names = {ALL.url: ["b"], THEIRS.url: ["x"]}
    scene.share = lambda _: Share()
    await scene.applier.apply_again(scene.states)
    await scene.applier.apply_items({ALL.url: ["c"]}, [GONE])
    assert (scene.urls, scene.notices, scene.woken) == (["*", "b", "*", "x"], [GONE], 1)
    await scene.applier.close()


async def test_a_store_that_fails() -> None:
    """If the list of tasks cannot be stored nothing changes, and garbage is collected again."""
    scene = Scene(names={ALL.url: ["a"]})
    await scene.applier.apply(Settings(tasks=(ALL,)))
    scene.error = StoreUnavailable("disk full")
    with pytest.raises(StoreUnavailable):
        await scene.applier.apply_items({ALL.url: ["b"]}, [GONE])
    with pytest.raises(StoreUnavailable):
        await scene.applier.apply(Settings(tasks=(OTHER,)))
    assert (scene.urls, scene.woken, gc.isenabled()) == (["*", "a"], 0, True)
    scene.error = None
    await scene.applier.apply_items({ALL.url: ["b"]}, [GONE])
    assert (scene.urls, scene.woken) == (["*", "b"], 1)
    await scene.applier.close()
