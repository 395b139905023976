"""The loop that takes changed settings, over files that change and a house that may refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pytest

from py_pinger.app import reloader
from py_pinger.app.file_descriptors import DescriptorBudget
from py_pinger.app.reloader import Reloader, SettingsSource
from py_pinger.app.systemd import SystemdNotifier
from py_pinger.config import LoadResult, MainSettings, Settings
from py_pinger.config.parsing.problems import stamp_at
from py_pinger.core.model.health import HealthWarning
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.selfcheck.reload import at_next_start
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

if TYPE_CHECKING:
    from py_pinger.app.reconfigure import Reconfigurer

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
FEW = DescriptorBudget(1, 1, 1, "few files may be open")
NONE = TaskListDiff(())


@dataclass(frozen=True)
class FakeOutfit:
    """What settings come to, as far as the loop looks at it."""

    settings: Settings
    share: DescriptorBudget = FEW
    change: TaskListDiff = NONE
    warnings: tuple[HealthWarning, ...] = (at_next_start(["port"]),)


@dataclass
class FakeRefit:
    """Takes settings, unless a fault comes up."""

    settings: Settings = field(default_factory=Settings)
    faults: list[Exception] = field(default_factory=list)

    def prepare(self, wanted: Settings) -> FakeOutfit:
        """Build nothing."""
        return FakeOutfit(wanted)

    async def apply(self, prepared: FakeOutfit) -> None:
        """Go by other settings."""
        if self.faults:
            raise self.faults.pop(0)
        self.settings = prepared.settings


@dataclass
class Scene:
    """A file whose text is the greeting; one that begins with a question mark is wrong."""

    file: Path
    told: list[Notice] = field(default_factory=list)
    reads: int = 0
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.file.write_text("first")
        self.reconfigurer = FakeRefit()
        self.reload_status = ReloadStatus(self.told.append, lambda: NOW)
        reconfigurer = cast("Reconfigurer", self.reconfigurer)
        self.reloader = Reloader(
            SettingsSource(self.read, self.read()), reconfigurer, self.reload_status, SystemdNotifier({})
        )

    def read(self) -> LoadResult:
        """Read the file."""
        self.reads += 1
        sources = {str(self.file): stamp_at(str(self.file))}
        text = self.file.read_text() if self.file.exists() else "?gone"
        if text.startswith("?"):
            return LoadResult(sources, problems=(f"{text} is wrong.",))
        way: Literal["auto", "signal"] = "signal" if text == "signal" else "auto"
        return LoadResult(
            sources, Settings(main=MainSettings(greeting=text, reload=way), warnings=("a word",))
        )

    async def after(self, seconds: float) -> None:
        """Go one round, so much later."""
        self.now += seconds
        await self.reloader.round()

    @property
    def greeting(self) -> str:
        """What is in force."""
        return self.reconfigurer.settings.main.greeting


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Return a scene whose looks take no time."""
    monkeypatch.setattr(reloader, "LOOK", 0)
    scene = Scene(tmp_path / "pinger.ini")
    monkeypatch.setattr(reloader, "monotonic", lambda: scene.now)
    yield scene
    ending = asyncio.create_task(scene.reloader.run())
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
        "few files may be open.",
        "[main] port takes effect at the next start.",
        "a word",
        "The configuration was read again: the tasks are the same",
    ]
    assert scene.reload_status.warnings() == (at_next_start(["port"]),)


async def test_asked(scene: Scene) -> None:
    """Whoever asks has the file read at once, even if it is not followed and nothing has changed."""
    scene.file.write_text("signal")
    scene.reloader.ask()
    await scene.after(0)
    scene.file.write_text("not followed")
    await scene.after(60)
    await scene.after(60)
    assert (scene.reads, scene.greeting) == (2, "signal")
    scene.reloader.ask()
    scene.reloader.ask()
    await scene.after(0)
    await scene.after(0)
    assert (scene.reads, scene.greeting) == (3, "not followed")


async def test_asked_while_one_is_under_way(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for during a reload is done after it."""
    asked: list[Callable[[], None]] = [scene.reloader.ask]
    carry_out = scene.reconfigurer.apply

    async def probe_settings(prepared: FakeOutfit) -> None:
        scene.file.write_text("later")
        while asked:
            asked.pop()()
        await carry_out(prepared)

    monkeypatch.setattr(scene.reconfigurer, "apply", probe_settings)
    scene.reloader.ask()
    await scene.after(0)
    assert scene.greeting == "first"
    await scene.after(0)
    assert (scene.reads, scene.greeting) == (3, "later")


async def test_a_file_that_is_wrong(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What is wrong is logged and told, and changes nothing; once it is mended, that is told too."""
    scene.file.write_text("?wrong")
    scene.reloader.ask()
    await scene.after(0)
    assert (scene.greeting, len(scene.told)) == (Settings().main.greeting, 1)
    assert caplog.messages == ["The changed configuration was not taken: ?wrong is wrong."]
    scene.file.unlink()
    await scene.after(1)
    await scene.after(6)
    assert caplog.messages[1:] == ["The changed configuration was not taken: ?gone is wrong."]
    scene.file.write_text("mended")
    await scene.after(1)
    await scene.after(2)
    assert (scene.greeting, [notice.topic for notice in scene.told]) == ("mended", ["configuration"] * 2)


async def test_a_store_that_fails(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What the store does not take is refused, and tried again by itself."""
    scene.reconfigurer.faults = [StoreUnavailable("the database is locked")]
    scene.reloader.ask()
    await scene.after(0)
    assert caplog.messages[-1] == (
        "The changed configuration was not taken: The list of tasks cannot be stored: the database is locked."
    )
    await scene.after(reloader.STORE_RETRY - 1)
    assert scene.greeting == Settings().main.greeting
    await scene.after(1)
    assert (scene.greeting, scene.reload_status.metrics().refused) == ("first", 1)


async def test_a_fault_of_our_own(scene: Scene) -> None:
    """A fault of ours costs one reload."""
    scene.reconfigurer.faults = [ZeroDivisionError()]
    scene.reloader.ask()
    await scene.after(0)
    assert scene.told[0].warnings == ("A fault of our own (ZeroDivisionError) kept it from being taken.",)
    scene.reloader.ask()
    await scene.after(0)
    assert scene.greeting == "first"
