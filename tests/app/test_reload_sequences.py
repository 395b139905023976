"""Random edits of the list of tasks around failures: no incident is lost, doubled or left open."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_clock import FakeClock
from tests.support.unshared_pages import UnsharedPages

from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.config import Settings
from py_pinger.core.model.check import ProbeResult, Response
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.suppression.silence import active_silences
from py_pinger.engine.checking.limiter import ConcurrencyLimiter
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.selfcheck.sampling import SampleProber
from py_pinger.engine.selfcheck.self_check import SelfCheck
from py_pinger.engine.suppression.suppressor import Suppressor
from py_pinger.store import Store

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
URLS = ("http://a/1", "http://a/2", "http://b/1")
SECOND = timedelta(seconds=1)

# What an edit or a moment does, with the task that it concerns.
ACTIONS = ("fail", "recover", "check", "remove", "add", "write", "break the store", "repair the store")


class Scene:
    """A monitor with a real store that is written to only when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(NOW)
        self.file = folder / "pinger.db"
        self.store = Store.open(f"sqlite:///{self.file}")
        self.store.set_tasks(())
        self.failing: set[str] = set()
        self.listed: list[str] = []
        self.broken = False
        self.write_buffer = WriteBuffer(self, lambda: None, self.clock)
        sampler = SampleProber(self.probe, Random(1))  # noqa: S311 - no secret
        self_check = SelfCheck(
            poll_pause=lambda: None,
            resources=ResourceGuard(self.write_buffer.announce, self.clock),
            connectivity=ConnectivityGuard(sampler, self.write_buffer.announce, self.clock),
            clock=self.clock,
            announce=self.write_buffer.announce,
        )
        self.monitor = Monitor(
            prober=UnsharedPages(self.probe),
            recorders=[self.write_buffer.add],
            clock=self.clock,
            limiter=ConcurrencyLimiter(10, 10),
            self_check=self_check,
            suppressor=Suppressor(lambda now: active_silences((), (), now)),
            on_tls_error=lambda _origin: None,
        )
        self.reconfigurer = Reconfigurer([self.monitor], 1000, self.write_buffer.newest_states)

    async def record(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Store a batch, unless the store is broken."""
        if self.broken:
            raise StoreUnavailable("disk full")
        self.store.record(steps, notices, [Route("log")])

    async def call(self, operation: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as the store's protocol has it
        """Return what an operation returns."""
        return operation(self.store)

    async def probe(self, task: Task) -> ProbeResult:
        """Return the report of a task."""
        status = "error" if task.url in self.failing else "ok"
        report = {"status": status, "lastrun": self.clock.now(), "frequency": 60}
        return Response(200, orjson.dumps(report), SECOND)

    async def act(self, action: str, url: str) -> None:
        """Do one action."""
        match action:
            case "fail":
                self.failing.add(url)
            case "recover":
                self.failing.discard(url)
            case "check":
                await self.check()
            case "write":
                await self.write_buffer.flush()
            case "break the store":
                self.broken = True
            case "repair the store":
                self.broken = False
            case "remove":
                self.reload([each for each in self.listed if each != url])
            case "add":
                self.reload([each for each in self.listed if each != url] + [url])

    def reload(self, urls: Sequence[str]) -> None:
        """Monitor these tasks, unless the store is broken: then the reload is rejected."""
        if self.broken:
            return
        tasks = tuple(Task(url, url, interval=SECOND, error_interval=SECOND) for url in urls)
        prepared = self.reconfigurer.prepare(Settings(tasks=tasks))
        self.reconfigurer.apply(prepared, self.store.change_tasks(prepared.tasks))
        self.listed = list(urls)

    async def check(self) -> None:
        """Let all tasks be checked once."""
        self.clock.seconds += 1.1
        loop = asyncio.create_task(self.monitor.run())
        for _ in range(10):
            await asyncio.sleep(0)
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        with closing(sqlite3.connect(self.file)) as database:
            return database.execute(query).fetchall()

    def kinds(self, url: str) -> list[str]:
        """Return the kinds of the notices about a task, in their order."""
        query = "SELECT task.url, kind FROM notice JOIN task ON task.id = task_id ORDER BY notice.id"
        return [kind for owner, kind in self.rows(query) if owner == url and kind != "reminder"]

    def open_incidents(self) -> list[str]:
        """Return the URLs of the open incidents."""
        query = "SELECT url FROM incident JOIN task ON task.id = task_id WHERE closed IS NULL"
        return sorted(url for (url,) in self.rows(query))


@contextmanager
def scenes() -> Iterator[Scene]:
    """Yield a new scene."""
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        try:
            yield scene
        finally:
            scene.store.close()


async def play(scene: Scene, actions: Sequence[tuple[str, str]]) -> None:
    """Do these actions; then check all tasks, first as they are and then with all of them well."""
    scene.reload(URLS[:1])
    for action, url in actions:
        await scene.act(action, url)
    scene.broken = False
    scene.reload(URLS)
    await scene.check()
    await scene.write_buffer.flush()
    assert scene.open_incidents() == sorted(scene.failing)
    scene.failing.clear()
    await scene.check()
    await scene.write_buffer.flush()


TWO_RELOADS = [("fail", URLS[0]), ("check", ""), ("remove", URLS[0]), ("add", URLS[0]), ("check", "")]


@pytest.mark.parametrize("written", [None, 2, 3, 4])
def test_two_reloads_around_a_failure(written: int | None) -> None:
    """A task that is removed and added again goes on with its incident, written before or not."""
    actions = list(TWO_RELOADS)
    if written is not None:
        actions.insert(written, ("write", ""))
    with scenes() as scene:
        asyncio.run(play(scene, actions))
        assert scene.kinds(URLS[0]) == ["failed", "recovered"]
        assert scene.open_incidents() == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(URLS)), max_size=40))
def test_random_edits(actions: Sequence[tuple[str, str]]) -> None:
    """Whatever is edited, fails or cannot be written: each failure has one end, and none stays open."""
    with scenes() as scene:
        asyncio.run(play(scene, actions))
        assert scene.open_incidents() == []
        for url in URLS:
            kinds = scene.kinds(url)
            assert kinds == ["failed", "recovered"] * (len(kinds) // 2)
