"""Other settings for a house that runs: each of them arrives where it is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pydantic import SecretStr
from tests.conftest import TaskPages

from py_pinger.app.file_descriptors import allocate
from py_pinger.app.log import LogSetup
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.wiring import Components, build_components
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.health import HealthWarning
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.selfcheck.reload import at_next_start
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.store import Store, StoreError

FILES = 65_536
SENTRY = ConfiguredChannel(
    "sentry", "sentry", SentrySettings(url=SecretStr("https://a-secret-key@sentry.invalid/1"))
)


@dataclass
class Scene:
    """A house that runs."""

    folder: Path
    settings: Settings
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def begin(self) -> None:
        """Build the house, and have it run."""
        main = self.settings.main
        self.store = Store.open(main.database)
        self.components: Components = build_components(
            self.settings, self.store, allocate(FILES, main.concurrency), samples=False
        )
        self.components.monitor.watch(
            self.settings.tasks, self.store.set_tasks(self.settings.tasks), Pause(timedelta(0))
        )
        loops = (
            self.components.monitor.run(),
            self.components.dispatcher.run(),
            self.components.check_ins.run(),
        )
        self.running = [asyncio.create_task(loop) for loop in loops]
        await asyncio.sleep(0)
        self.components.web.start()
        self.reconfigurer = Reconfigurer(self.components, self.settings, FILES, LogSetup())

    async def change(self, wanted: Settings) -> tuple[HealthWarning, ...]:
        """Go by other settings, and return what there is to say of them."""
        prepared = self.reconfigurer.prepare(wanted)
        await self.reconfigurer.apply(prepared)
        return prepared.warnings

    async def asked(self, path: str) -> int:
        """Return how the web answers now."""

        def ask() -> int:
            try:
                with urlopen(f"{self.components.web.url}{path}", timeout=5) as answer:  # noqa: S310 - our own
                    return int(answer.status)
            except HTTPError as error:
                with error:
                    return error.code

        return await asyncio.to_thread(ask)

    async def end(self) -> None:
        """Let go of everything."""
        for loop in self.running:
            loop.cancel()
        await asyncio.wait(self.running)
        await asyncio.gather(
            asyncio.to_thread(self.components.web.stop),
            self.components.prober.close(),
            self.components.dispatcher.close(),
            self.components.check_ins.close(),
            self.components.async_store.close(),
        )
        self.store.close()


def watching(folder: Path, *urls: str, **main: object) -> Settings:
    """Return settings that watch these URLs."""
    usual = {"host": "127.0.0.1", "port": 0, "log": folder / "pinger.log"}
    database = f"sqlite:///{folder}/pinger.db"
    chosen = MainSettings.model_validate({**usual, "database": database, **main})
    return Settings(main=chosen, tasks=tuple(Task(url, url, retries=0) for url in urls))


@pytest.fixture
async def scene(tmp_path: Path, task_pages: TaskPages) -> AsyncIterator[Scene]:
    """Return a house that watches one task."""
    scene = Scene(tmp_path, watching(tmp_path, task_pages.show("/a")))
    await scene.begin()
    yield scene
    await scene.end()


async def test_each_setting_arrives(scene: Scene, task_pages: TaskPages, tmp_path: Path) -> None:
    """Tasks, limits, channels, routes, the heartbeat and the web's doors are as the new settings say."""
    components, other = scene.components, task_pages.show("/b")
    before = components.dispatcher.present
    assert [await scene.asked(f"/task/{other}"), await scene.asked("/")] == [404, 200]
    wanted = watching(
        tmp_path,
        other,
        concurrency=7,
        offline_grace=timedelta(minutes=1),
        history=timedelta(days=3),
        web_password=SecretStr("a-password"),
        web_public=["task"],
        heartbeat=SecretStr("http://127.0.0.1:1/beat"),
    )
    assert await scene.change(wanted.model_copy(update={"channels": (SENTRY,)})) == ()
    assert [await scene.asked(f"/task/{other}"), await scene.asked("/")] == [200, 401]
    assert [listing.url for listing in components.board.task_snapshots()] == [other]
    assert [*components.dispatcher.names] == ["log", "sentry"]
    assert [route.channel for route in components.async_store.routes] == ["log", "sentry"]
    assert components.dispatcher.present[0] is before[0]
    assert (components.resource_guard.patience, scene.reconfigurer.history()) == (
        timedelta(minutes=1),
        timedelta(days=3),
    )
    sentry = components.dispatcher.present[1]
    await scene.change(wanted.model_copy(update={"channels": (SENTRY,)}))
    assert components.dispatcher.present[1] is sentry
    muted = wanted.model_copy(update={"main": wanted.main.model_copy(update={"only_log": True})})
    await scene.change(muted.model_copy(update={"channels": (SENTRY,)}))
    assert [*components.dispatcher.names] == ["log", "sentry (only_log)"]
    await scene.change(wanted)
    assert [*components.dispatcher.names] == ["log"]


async def test_what_only_a_start_can_change(scene: Scene, tmp_path: Path) -> None:
    """Where we listen and write stays as it is, and that is said for as long as the file says otherwise."""
    words = (at_next_start(["port", "database"]),)
    others = watching(tmp_path, port=4000, database="sqlite:///elsewhere.db")
    for _ in range(2):
        assert await scene.change(others) == words
        assert scene.reconfigurer.settings.main == scene.settings.main
    assert await scene.change(scene.settings) == ()


async def test_a_clock_of_its_own(scene: Scene, tmp_path: Path) -> None:
    """The clock that tasks are judged by changes with the settings for it, and with nothing else."""
    clock = scene.components.monitor.evaluation_clock
    await scene.change(watching(tmp_path, interval=timedelta(seconds=5)))
    assert scene.components.monitor.evaluation_clock is clock
    await scene.change(watching(tmp_path, debug=True, debug_now=True))
    assert scene.components.monitor.evaluation_clock is not clock


async def test_the_store_comes_first(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the store does not take changes nothing."""
    listings, names = scene.components.board.task_snapshots(), scene.components.dispatcher.names

    def full(_store: Store, _change: TaskListDiff) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "change_tasks", full)
    with pytest.raises(StoreUnavailable):
        await scene.change(watching(tmp_path).model_copy(update={"channels": (SENTRY,)}))
    assert (scene.components.board.task_snapshots(), scene.components.dispatcher.names) == (listings, names)
    assert scene.reconfigurer.settings is scene.settings
