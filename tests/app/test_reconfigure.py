"""Other settings for a running program: each arrives where it is used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from pydantic import SecretStr
from tests.conftest import TaskPages

from py_pinger.app.file_descriptors import allocate
from py_pinger.app.logs.log_setup import LogSetup
from py_pinger.app.reconfigure import Reconfigurer, split_fixed
from py_pinger.app.wiring import Components, build_components
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.check import NoResponse, ProbeFailure
from py_pinger.core.model.task import Task
from py_pinger.store import Store

FILES = 65_536
NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)

# By ChannelSetup and by WebPages.
CHANGED_BY_OTHERS = {"AsyncStore", "Dispatcher", "CheckInDispatcher", "PageProber", "WebServer"}
NEED_NO_SETTINGS = {
    "TrustedClock",
    "ClockGuard",
    "WebData",
    "WriteBuffer",
    "SoleRole",
    # Without other nodes there are no checks elsewhere.
    "NoneType",
    "HealthMonitor",
    "ReloadStatus",
    "LoopFailures",
}
SENTRY = ConfiguredChannel(
    "sentry", "sentry", SentrySettings(url=SecretStr("https://a-secret-key@sentry.invalid/1"))
)


@dataclass
class Scene:
    """A running program."""

    folder: Path
    settings: Settings
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def begin(self) -> None:
        """Build the components, and run their loops."""
        main = self.settings.main
        self.store = Store.open(main.database)
        budget = allocate(FILES, main.concurrency)
        self.components: Components = build_components(main, self.store, budget, LogSetup())
        self.reconfigurer = Reconfigurer(
            self.components.reconfigurable(), FILES, self.components.write_buffer.newest_states
        )
        self.reconfigurer.apply(
            self.reconfigurer.prepare(self.settings), self.store.set_tasks(self.settings.tasks)
        )
        loops = (
            self.components.monitor.run(),
            self.components.dispatcher.run(),
            self.components.check_ins.run(),
        )
        self.running = [asyncio.create_task(loop) for loop in loops]
        await asyncio.sleep(0)
        self.components.web.start()

    async def change(self, settings: Settings) -> None:
        """Apply other settings."""
        prepared = self.reconfigurer.prepare(settings)
        self.reconfigurer.apply(prepared, self.store.change_tasks(prepared.tasks))

    async def asked(self, path: str) -> int:
        """Return how the web answers now."""

        def ask() -> int:
            try:
                with urlopen(f"{self.components.web.url}{path}", timeout=30) as answer:  # noqa: S310 - our own
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
    """Return a program that monitors one task."""
    scene = Scene(tmp_path, watching(tmp_path, task_pages.show("/a")))
    await scene.begin()
    yield scene
    await scene.end()


async def test_each_setting_arrives(scene: Scene, task_pages: TaskPages, tmp_path: Path) -> None:
    """Tasks, limits, channels, routes, the heartbeat and the web's doors are as the new settings say."""
    components, other = scene.components, task_pages.show("/b")
    before = components.dispatcher.workers
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
    await scene.change(replace(wanted, channels=(SENTRY,)))
    assert [await scene.asked(f"/task/{other}"), await scene.asked("/")] == [200, 401]
    assert [snapshot.url for snapshot in components.web_data.tasks()] == [other]
    assert [*components.dispatcher.names] == ["log", "sentry"]
    assert [route.channel for route in components.async_store.routes] == ["log", "sentry"]
    assert components.dispatcher.workers[0] is before[0]
    assert (components.resource_guard.grace, scene.reconfigurer.history()) == (
        timedelta(minutes=1),
        timedelta(days=3),
    )
    sentry = components.dispatcher.workers[1]
    await scene.change(replace(wanted, channels=(SENTRY,)))
    assert components.dispatcher.workers[1] is sentry
    muted = replace(wanted, main=wanted.main.model_copy(update={"only_log": True}))
    await scene.change(replace(muted, channels=(SENTRY,)))
    assert [*components.dispatcher.names] == ["log", "sentry (only_log)"]
    await scene.change(wanted)
    assert [*components.dispatcher.names] == ["log"]


def test_what_only_a_start_can_change(tmp_path: Path) -> None:
    """Where the program listens, stores and logs stays; the keys that differ are returned."""
    running = watching(tmp_path)
    others = watching(tmp_path, port=4000, database="sqlite:///elsewhere.db", history=timedelta(days=3))
    settings, waiting = split_fixed(others, running)
    assert waiting == ("port", "database")
    assert settings.main == running.main.model_copy(update={"history": timedelta(days=3)})
    assert split_fixed(running, running) == (running, ())


async def test_debug_now(scene: Scene, tmp_path: Path) -> None:
    """`debug_now` starts when it is applied, and goes on from there until it changes."""
    response = NoResponse(ProbeFailure.TIMEOUT, "", timedelta(0))
    debug = watching(tmp_path, debug=True, debug_now=NOW)
    start = scene.components.clock.now()
    await scene.change(debug)
    clock = scene.components.monitor.evaluation_clock
    assert clock is not None
    first = clock(response, start)
    assert abs(first - NOW) < timedelta(minutes=1)
    await scene.change(replace(debug, tasks=()))
    assert scene.components.monitor.evaluation_clock is clock
    await scene.change(watching(tmp_path))
    assert scene.components.monitor.evaluation_clock is None


def test_no_component_is_forgotten(scene: Scene) -> None:
    """Each component obeys settings, is changed by one that does, or needs none."""
    obeys = {type(each).__name__ for each in scene.components.reconfigurable()}
    all_there_are = {type(getattr(scene.components, each.name)).__name__ for each in fields(Components)}
    assert all_there_are - obeys == CHANGED_BY_OTHERS | NEED_NO_SETTINGS


async def test_secrets_of_changed_settings(scene: Scene, tmp_path: Path) -> None:
    """A secret of changed settings is masked as soon as they are prepared, before they are in force."""
    changed = replace(watching(tmp_path), channels=(SENTRY,))
    scene.reconfigurer.prepare(changed)
    record = logging.makeLogRecord({"msg": "it is a-secret-key"})
    assert scene.components.log_setup.formatter.format(record).endswith("it is ***")
