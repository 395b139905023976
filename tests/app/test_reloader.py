"""The loop that applies changed settings, with files that change and a store that may fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import pytest

from py_pinger.app import reloader
from py_pinger.app.async_store import AsyncStore
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.app.reloader import Reloader, SettingsSource
from py_pinger.app.settings_applier import SettingsApplier
from py_pinger.app.systemd import SystemdNotifier
from py_pinger.app.task_list_store import StoredTaskList
from py_pinger.config import ConfigProblem, LoadResult, MainSettings, ProblemCode, Settings
from py_pinger.config.parsing.sources import stamp_at
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.notification.route import Route
from py_pinger.core.selfcheck.reload import at_next_start, nothing_left
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.selfcheck.reload_status import ReloadStatus
from py_pinger.store import Store

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
# So few that there is a warning.
FILES = 64
FEW_FILES = (
    "The limit of 64 open files allows 8 checks at once instead of 500; "
    "raise it (LimitNOFILE= of the service, or ulimit -n), or lower [main] concurrency."
)


@dataclass
class FakeStore:
    """Accepts each list of tasks, unless an error comes first; `on_call` runs once before that."""

    errors: list[Exception] = field(default_factory=list)
    on_call: Callable[[], None] | None = None

    routes: tuple[Route, ...] = ()

    async def call(
        self, operation: object, tasks: TaskListDiff, notices: object, routes: object
    ) -> dict[str, TaskState]:
        """Return the states of the added tasks."""
        assert (operation, notices, routes) == (Store.change_tasks, (), ())
        if self.on_call:
            on_call, self.on_call = self.on_call, None
            on_call()
        if self.errors:
            raise self.errors.pop(0)
        return {task.url: TaskState() for task in tasks.added}


@dataclass
class Scene:
    """A file whose text is the greeting; one that begins with a question mark is wrong.

    Behind ` tasks `, once for each, it names tasks.
    """

    file: Path
    notices: list[Notice] = field(default_factory=list)
    reads: int = 0
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.file.write_text("first")
        self.store = FakeStore()
        self.reconfigurer = Reconfigurer([], FILES, dict)
        self.reload_status = ReloadStatus(self.notices.append, lambda: NOW)
        self.reloader = Reloader(
            SettingsSource(self.read, self.read()),
            SettingsApplier(
                self.reconfigurer, StoredTaskList(cast("AsyncStore", self.store)), dict, lambda: None
            ),
            self.reload_status,
            SystemdNotifier({}),
        )

    def read(self) -> LoadResult:
        """Read the file."""
        self.reads += 1
        sources = {str(self.file): stamp_at(str(self.file))}
        text = self.file.read_text() if self.file.exists() else "?gone"
        if text.startswith("?"):
            return LoadResult(sources, problems=(ConfigProblem(ProblemCode.SYNTAX, "", f"{text} is wrong."),))
        way: Literal["auto", "signal"] = "signal" if text == "signal" else "auto"
        main = MainSettings(greeting=text, port=4000, reload=way)
        tasks = tuple(Task(f"http://{name}/", f"http://{name}/") for name in text.split(" tasks ")[1:])
        warning = ConfigProblem(ProblemCode.NO_TASKS, "", "a warning")
        return LoadResult(sources, Settings(main=main, tasks=tasks, warnings=(warning,)))

    async def after(self, seconds: float) -> None:
        """Poll once, so much later."""
        self.now += seconds
        await self.reloader.poll()

    @property
    def greeting(self) -> str:
        """What is in force."""
        return self.reconfigurer.settings.main.greeting


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Return a scene whose polls take no time."""
    monkeypatch.setattr(reloader, "POLL_INTERVAL", 0)
    scene = Scene(tmp_path / "pinger.ini")
    monkeypatch.setattr(reloader, "monotonic", lambda: scene.now)
    yield scene
    ending = asyncio.create_task(scene.reloader.run(LoopFailures(lambda: NOW)))
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.wait([ending])


async def test_a_saved_file(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A file that has changed is read once it has been left alone for a moment, and only once."""
    caplog.set_level("INFO", "py_pinger")
    await scene.after(60)
    scene.file.write_text("second")
    await scene.after(1)
    await scene.after(1)
    assert scene.reads == 1
    await scene.after(1)
    await scene.after(60)
    assert (scene.reads, scene.greeting) == (2, "second")
    assert caplog.messages == [
        FEW_FILES,
        "[main] port takes effect at the next start.",
        "a warning",
        "Configuration reloaded: the tasks are the same",
    ]
    assert scene.reload_status.warnings() == (at_next_start(["port"]),)


async def test_requested(scene: Scene) -> None:
    """A request has the file read at once, even if it is not followed and has not changed."""
    scene.file.write_text("signal")
    scene.reloader.request()
    await scene.after(0)
    scene.file.write_text("not followed")
    await scene.after(60)
    await scene.after(60)
    assert (scene.reads, scene.greeting) == (2, "signal")
    scene.reloader.request()
    scene.reloader.request()
    await scene.after(0)
    await scene.after(0)
    assert (scene.reads, scene.greeting) == (3, "not followed")


async def test_requested_during_a_reload(scene: Scene) -> None:
    """A reload that is requested during another follows it."""

    def save_and_request() -> None:
        scene.file.write_text("later")
        scene.reloader.request()

    scene.store.on_call = save_and_request
    scene.reloader.request()
    await scene.after(0)
    assert scene.greeting == "first"
    await scene.after(0)
    assert (scene.reads, scene.greeting) == (3, "later")


async def test_a_file_that_is_wrong(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A file with an error is logged and notified, and changes nothing; its repair is notified too."""
    scene.file.write_text("?wrong")
    scene.reloader.request()
    await scene.after(0)
    assert (scene.greeting, len(scene.notices)) == (Settings().main.greeting, 1)
    assert caplog.messages == ["Configuration reload failed: ?wrong is wrong."]
    scene.file.unlink()
    await scene.after(1)
    await scene.after(6)
    assert caplog.messages[1:] == ["Configuration reload failed: ?gone is wrong."]
    scene.file.write_text("fixed")
    await scene.after(1)
    await scene.after(2)
    assert (scene.greeting, [notice.topic for notice in scene.notices]) == ("fixed", ["configuration"] * 2)


async def test_a_store_that_fails(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """While the store does not accept the list of tasks the reload is rejected, and tried again."""
    scene.store.errors = [StoreUnavailable("the database is locked")]
    scene.reloader.request()
    await scene.after(0)
    assert caplog.messages[-1] == (
        "Configuration reload failed: Cannot store the list of tasks, will retry: the database is locked."
    )
    await scene.after(reloader.STORE_RETRY - 1)
    assert scene.greeting == Settings().main.greeting
    await scene.after(1)
    assert (scene.greeting, scene.reload_status.metrics().rejected) == ("first", 1)


async def test_an_emptied_file(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A file that leaves no task where there were some is rejected, and the tasks stay."""
    await _save(scene, "two tasks a tasks b")
    await _save(scene, "empty")
    assert [task.url for task in scene.reconfigurer.settings.tasks] == ["http://a/", "http://b/"]
    assert scene.notices[0].warnings == (nothing_left(2),)
    assert caplog.messages[-1] == f"Configuration reload failed: {nothing_left(2)}"
    await _save(scene, "two tasks b")
    assert [task.url for task in scene.reconfigurer.settings.tasks] == ["http://b/"]


async def test_most_tasks_removed(scene: Scene) -> None:
    """Removing more than half of the tasks is applied and notified with their names; half of them is not."""
    await _save(scene, "many tasks a tasks b tasks c tasks d")
    await _save(scene, "half tasks a tasks b")
    assert scene.notices == []
    await _save(scene, "other tasks c")
    (notice,) = scene.notices
    assert (notice.text, notice.warnings) == (
        "The configuration was changed: 2 of 2 tasks removed.",
        ("http://a/", "http://b/"),
    )


async def _save(scene: Scene, text: str) -> None:
    scene.file.write_text(text)
    scene.reloader.request()
    await scene.after(0)


async def test_internal_error(scene: Scene) -> None:
    """An internal error costs one reload."""
    scene.store.errors = [ZeroDivisionError()]
    scene.reloader.request()
    await scene.after(0)
    assert scene.notices[0].warnings == ("Internal error (ZeroDivisionError) while applying it.",)
    scene.reloader.request()
    await scene.after(0)
    assert scene.greeting == "first"


async def test_a_stop_together_with_a_request(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request in the same moment as a stop does not keep the loop running: SIGHUP, then SIGTERM."""
    monkeypatch.setattr(reloader, "POLL_INTERVAL", 60)
    loop = asyncio.create_task(scene.reloader.run(LoopFailures(lambda: NOW)))
    await asyncio.sleep(0)
    scene.reloader.request()
    loop.cancel()
    await asyncio.wait([loop], timeout=30)
    assert loop.cancelled()
