"""What was written lately is written again if the database has lost it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.support.cluster_views import NOW
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.transition import Transition
from py_pinger.engine.recording.write_buffer import WriteBuffer
from py_pinger.engine.recording.written_batches import KEPT, WrittenBatches
from py_pinger.engine.runtime.store_access import StoreIncomplete, StoreRolledBack, StoreUnavailable

NOTICE = Notice(NoticeKind.SELF_PROBLEM, NOW, topic="database", opened=NOW, text="a problem")


def step(url: str) -> Transition:
    """Return a step of a task."""
    return Transition(url, TaskState(), body=b"a page")


@dataclass
class Scene:
    """A database whose transactions are numbered; it may lose some."""

    confirmed: int = 0
    lost_from: int | None = None
    seconds: float = 0.0
    again: list[tuple[list[str], int]] = field(default_factory=list)
    losses: int = 0
    away: bool = False
    missing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.written = WrittenBatches(self, self.write, self.note_loss, lambda: self.seconds)

    def accept_loss(self) -> None:
        """Go on."""
        self.lost_from = None

    def note_loss(self) -> None:
        """Count."""
        self.losses += 1

    async def write(self, steps: Sequence[Transition], notices: Sequence[Notice]) -> None:
        """Write again, unless the database is away."""
        if self.away:
            raise StoreUnavailable("away")
        assert all(each.body is None for each in steps)
        rest = [each for each in steps if each.url in self.missing]
        self.again.append(([each.url for each in steps if each not in rest], len(notices)))
        if rest:
            raise StoreIncomplete("the database has lost 1 task", rest, ())

    def commit(self, url: str, *notices: Notice) -> None:
        """Write a batch, a second later than the last."""
        self.confirmed += 1
        self.seconds += 1
        self.written.note([step(url)], notices)


async def test_lost_batches_are_written_again() -> None:
    """Only what is lost is written again, in its order, and only once."""
    scene = Scene()
    for url in "abc":
        scene.commit(url, NOTICE)
    await scene.written.write_lost_again()
    assert scene.again == []
    scene.lost_from = 2
    await scene.written.write_lost_again()
    await scene.written.write_lost_again()
    assert (scene.again, scene.losses) == ([(["b"], 1), (["c"], 1)], 1)


async def test_until_it_succeeds() -> None:
    """What could not be written again is kept, also after the loss was accepted."""
    scene = Scene()
    for url in "ab":
        scene.commit(url)
    scene.lost_from, scene.away = 1, True
    with pytest.raises(StoreUnavailable):
        await scene.written.write_lost_again()
    scene.away = False
    await scene.written.write_lost_again()
    assert scene.again == [(["a"], 0), (["b"], 0)]


async def test_kept_for_a_minute() -> None:
    """What is older than a minute is not written again, nor what other nodes have taken over."""
    scene = Scene()
    scene.commit("a")
    scene.seconds += KEPT
    scene.commit("b")
    scene.lost_from = 1
    await scene.written.write_lost_again()
    assert scene.again == [(["b"], 0)]
    scene.commit("c")
    scene.written.forget()
    scene.lost_from = 1
    await scene.written.write_lost_again()
    assert scene.again == [(["b"], 0)]


async def test_before_anything_newer() -> None:
    """The write buffer writes what is lost before what it has, and has that written after a failure."""
    scene, store = Scene(), FakeStore()
    buffer = WriteBuffer(store, lambda: None, FakeClock(NOW), written=scene.written)
    buffer.add(step("a"))
    await buffer.flush()
    scene.lost_from = 0
    store.faults["record"] = [StoreRolledBack("lost")]
    buffer.add(step("b"))
    scene.away = True
    await buffer.flush()
    assert (len(store.records), scene.again, buffer.failed_writes) == (1, [], 1)
    scene.away = False
    store.faults.clear()
    await buffer.flush()
    assert (scene.again, len(store.records), buffer.unwritten) == ([(["a"], 0)], 2, 0)
    buffer.add(step("c"))
    await buffer.drop()
    scene.lost_from = 0
    await buffer.flush()
    assert len(scene.again) == 1


async def test_several_losses() -> None:
    """What was written again can be lost again, also before the rest of it was written."""
    scene = Scene()
    for url in "abcd":
        scene.commit(url)
    scene.lost_from, scene.away = 2, True
    with pytest.raises(StoreUnavailable):
        await scene.written.write_lost_again()
    scene.lost_from, scene.confirmed, scene.away = 1, 0, False
    await scene.written.write_lost_again()
    assert [urls for urls, _ in scene.again] == [["a"], ["b"], ["c"], ["d"]]
    scene.again.clear()
    scene.lost_from = scene.confirmed = 0
    await scene.written.write_lost_again()
    assert [urls for urls, _ in scene.again] == [["a"], ["b"], ["c"], ["d"]]


async def test_a_loss_that_is_found_before_a_batch_is_noted() -> None:
    """A batch is lost, too, if its loss was found between its commit and its note."""
    scene = Scene(confirmed=4, lost_from=5)
    scene.written.note([step("a")], [])
    await scene.written.write_lost_again()
    assert scene.again == [(["a"], 0)]


async def test_tasks_that_are_lost_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """What is about a task that the database has lost waits for a minute until the task is added again."""
    scene = Scene(missing={"b", "c"})
    scene.written.note([step("a"), step("b")], [NOTICE])
    scene.written.note([step("c"), step("d")], [])
    scene.lost_from = 0
    with pytest.raises(StoreIncomplete):
        await scene.written.write_lost_again()
    scene.missing.remove("b")
    with pytest.raises(StoreIncomplete):
        await scene.written.write_lost_again()
    assert scene.again == [(["a"], 1), (["b"], 0), (["d"], 0)]
    scene.seconds += KEPT + 1
    await scene.written.write_lost_again()
    assert "set it aside: the database has lost 1 task" in caplog.text
    scene.again.clear()
    await scene.written.write_lost_again()
    assert scene.again == []
