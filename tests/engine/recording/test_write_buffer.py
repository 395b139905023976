"""What is kept until the store has taken it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.engine.recording import write_buffer
from py_pinger.engine.recording.write_buffer import WriteBuffer, compact
from py_pinger.engine.runtime.store_access import StoreIncomplete, StoreInternalError

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
GREETING = Notice(NoticeKind.STARTED, NOW, text="Hello!")
ALERT = Notice(NoticeKind.FAILED, NOW, url="a", opened=NOW)
FULL = "the database is full"


@dataclass
class Scene:
    """A write buffer over a fake store, and how often it has woken the workers."""

    store: FakeStore = field(default_factory=FakeStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    woken: int = 0

    def __post_init__(self) -> None:
        self.write_buffer = WriteBuffer(self.store, self.wake, self.clock)

    def wake(self) -> None:
        """Count."""
        self.woken += 1

    def keep(self, *steps: Transition) -> None:
        """Add transitions to the buffer."""
        for each in steps:
            self.write_buffer.add(each)


@pytest.fixture
async def scene() -> Scene:
    """Return a write buffer with nothing in it."""
    return Scene()


@pytest.fixture
async def running(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Return a write buffer that runs, without the pauses that it makes for real."""
    monkeypatch.setattr(write_buffer, "WRITE_INTERVAL", 0)
    monkeypatch.setattr(write_buffer, "UNCHANGED_INTERVAL", 0)
    monkeypatch.setattr(write_buffer, "RETRY", 0)
    loop = asyncio.create_task(scene.write_buffer.run())
    yield scene
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop


def step(url: str, pings: int = 1, notices: tuple[Notice, ...] = ()) -> Transition:
    """Return a step of a task, without any event but these notices."""
    return Transition(url, TaskState(pings=pings), notices=notices)


async def turns(count: int = 20) -> None:
    """Let the loops go on for some turns."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_all_in_one_batch(scene: Scene) -> None:
    """Steps and notices go to the store together, in order, once."""
    scene.keep(step("a"), step("b"), step("a", 2))
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    await scene.write_buffer.flush()
    assert scene.store.records == [([step("a"), step("b"), step("a", 2)], [GREETING])]


async def test_nothing_to_write(scene: Scene) -> None:
    """Without anything to write the store is left alone."""
    await scene.write_buffer.flush()
    assert (scene.store.records, scene.woken) == ([], 0)


async def test_batches(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch is larger than the limit; the order holds across batches, and notices go with the first."""
    monkeypatch.setattr(write_buffer, "BATCH", 2)
    scene.keep(*(step("a", pings) for pings in range(5)))
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    assert scene.store.records == [
        ([step("a", 0), step("a", 1)], [GREETING]),
        ([step("a", 2), step("a", 3)], []),
        ([step("a", 4)], []),
    ]


@pytest.mark.parametrize(
    ("steps", "notices", "woken"),
    [
        pytest.param([step("a")], [], 0, id="nothing to tell"),
        pytest.param([step("a"), step("b", notices=(ALERT,))], [], 1, id="an alert"),
        pytest.param([], [GREETING], 1, id="a greeting"),
    ],
)
async def test_wake(scene: Scene, steps: list[Transition], notices: list[Notice], woken: int) -> None:
    """The workers are woken when a batch has a notice, and only then."""
    scene.keep(*steps)
    for notice in notices:
        scene.write_buffer.announce(notice)
    await scene.write_buffer.flush()
    assert scene.woken == woken


async def test_a_failing_store_loses_nothing(scene: Scene) -> None:
    """What was not taken is written later, each notice once, and nobody is woken before."""
    scene.store.fail("record", FULL, FULL)
    scene.keep(step("a", notices=(ALERT,)))
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    scene.keep(step("b"))
    await scene.write_buffer.flush()
    assert (scene.store.records, scene.woken, scene.write_buffer.failure) == ([], 0, FULL)
    await scene.write_buffer.flush()
    await scene.write_buffer.flush()
    assert scene.store.records == [([step("a", notices=(ALERT,)), step("b")], [GREETING])]
    assert (scene.woken, scene.write_buffer.failure) == (1, None)


async def test_failing_between_two_batches(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches before the failure are not written again."""
    monkeypatch.setattr(write_buffer, "BATCH", 1)
    scene.store.fail("record", None, FULL)
    scene.keep(step("a", notices=(ALERT,)), step("b"), step("c"))
    await scene.write_buffer.flush()
    await scene.write_buffer.flush()
    assert [steps for steps, _ in scene.store.records] == [
        [step("a", notices=(ALERT,))],
        [step("b")],
        [step("c")],
    ]
    assert scene.woken == 1


async def test_trouble_is_logged_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Each trouble is logged when it begins, and its end is; the tries between are not."""
    scene.store.fail("record", FULL, FULL, "the database is locked", None)
    scene.keep(step("a"))
    for _ in range(4):
        await scene.write_buffer.flush()
    kept = "Cannot write to the database, will retry: "
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, f"{kept}{FULL}"),
        (logging.ERROR, f"{kept}the database is locked"),
        (logging.WARNING, "Database writes recovered."),
    ]
    assert not any(record.exc_info for record in caplog.records)


async def test_a_fault_of_ours_is_logged_with_its_traceback(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error of the store is logged with its traceback, and everything stays in memory."""
    fault = StoreInternalError("internal error (KeyError)")
    fault.__cause__ = KeyError("x")
    scene.store.fail("record", fault)
    scene.keep(step("a"))
    await scene.write_buffer.flush()
    assert "KeyError: 'x'" in caplog.text


async def test_notices_that_cannot_be_stored_yet(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """What the store could not accept of a batch is written with the next one; the rest is not again."""
    failed = step("a", notices=(ALERT,))
    incomplete = StoreIncomplete("no room for it", [failed], [GREETING])
    scene.store.fail("record", incomplete, incomplete)
    scene.keep(failed, step("b"))
    await scene.write_buffer.flush()
    assert (scene.write_buffer.unwritten, scene.write_buffer.failure) == (2, "no room for it")
    scene.keep(step("b", 2))
    await scene.write_buffer.flush()
    assert scene.write_buffer.unwritten == 2
    scene.keep(step("a", 2))
    await scene.write_buffer.flush()
    assert scene.store.records == [([failed, step("a", 2)], [GREETING])]
    assert scene.write_buffer.failure is None
    assert caplog.messages == [
        "Cannot write to the database, will retry: no room for it",
        "Database writes recovered.",
    ]


async def test_added_while_writing(scene: Scene) -> None:
    """What comes while a batch is being written is in the next one, whole."""
    scene.store.writable.clear()
    scene.keep(step("a"))
    scene.write_buffer.announce(GREETING)
    writing = asyncio.create_task(scene.write_buffer.flush())
    await turns()
    scene.keep(step("a", 2))
    scene.write_buffer.announce(ALERT)
    scene.store.writable.set()
    await writing
    assert scene.store.records == [([step("a")], [GREETING]), ([step("a", 2)], [ALERT])]


async def test_two_flushes_at_once(scene: Scene) -> None:
    """A flush during another one writes nothing twice, and waits for what the other writes."""
    scene.store.writable.clear()
    scene.keep(step("a", notices=(ALERT,)))
    flushes = [asyncio.create_task(scene.write_buffer.flush()) for _ in range(3)]
    await turns()
    assert not any(flush.done() for flush in flushes)
    scene.store.writable.set()
    await asyncio.gather(*flushes)
    assert (len(scene.store.records), scene.woken) == (1, 1)


async def test_a_flush_given_up(scene: Scene) -> None:
    """Whoever stops waiting for a flush loses nothing of what it had not written yet."""
    scene.store.writable.clear()
    scene.keep(step("a"))
    flush = asyncio.create_task(scene.write_buffer.flush())
    await turns()
    flush.cancel()
    scene.store.writable.set()
    await turns()
    await scene.write_buffer.flush()
    assert scene.store.records == [([step("a")], [])]


async def test_dropped(scene: Scene) -> None:
    """What is dropped is never written; what comes later is, also if a write was under way."""
    scene.store.fail("record", FULL)
    scene.keep(step("a"))
    scene.write_buffer.announce(GREETING)
    scene.store.writable.clear()
    writing = asyncio.create_task(scene.write_buffer.flush())
    await asyncio.sleep(0)
    dropping = asyncio.create_task(scene.write_buffer.drop())
    scene.store.writable.set()
    await asyncio.gather(writing, dropping)
    assert (scene.write_buffer.unwritten, scene.write_buffer.failure) == (0, None)
    scene.keep(step("b"))
    await scene.write_buffer.flush()
    assert scene.store.records == [([step("b")], [])]


async def test_run(running: Scene) -> None:
    """The loop writes by itself, again and again, and tries again after a failure."""
    running.store.fail("record", FULL, None, FULL)
    for url in "ab":
        running.keep(step(url))
        await turns()
    assert running.store.records == [([step("a")], []), ([step("b")], [])]
    assert running.write_buffer.failure is None


async def test_checks_without_a_change_wait_longer(running: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written with the next change or notice, also with one that comes during a write."""
    monkeypatch.setattr(write_buffer, "UNCHANGED_INTERVAL", 1000)
    failed = step("b", notices=(ALERT,))
    running.keep(step("a"))
    await turns()
    waited = running.write_buffer.unwritten
    running.store.writable.clear()
    running.keep(failed)
    await turns()
    running.keep(step("c"))
    running.write_buffer.announce(GREETING)
    running.store.writable.set()
    await turns()
    running.keep(step("d"))
    await turns()
    assert running.store.records == [([step("a"), failed], []), ([step("c")], [GREETING])]
    assert (waited, running.write_buffer.unwritten) == (1, 1)


async def test_run_waits_after_a_failure(running: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails is not tried again before the longer wait is over."""
    monkeypatch.setattr(write_buffer, "RETRY", 1000)
    running.store.fail("record", FULL)
    running.keep(step("a"))
    await turns()
    running.keep(step("b"))
    await turns()
    assert (running.write_buffer.failure, running.store.records) == (FULL, [])


async def test_run_rests(running: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once all is written the loop rests until there is something new."""
    flushes: list[int] = []
    flush = running.write_buffer.flush

    async def counted() -> None:
        flushes.append(len(running.store.records))
        await flush()

    monkeypatch.setattr(running.write_buffer, "flush", counted)
    for _ in range(3):
        running.keep(step("a"))
        await turns()
    assert flushes == [0, 1, 2]


async def test_flush_while_it_runs(running: Scene) -> None:
    """A flush beside the loop and the loop together write everything once, in order."""
    for pings in range(50):
        running.keep(step("a", pings))
        await turns(pings % 4)
        await running.write_buffer.flush()
    written = [each.state.pings for steps, _ in running.store.records for each in steps]
    assert written == list(range(50))


async def test_a_failing_store_costs_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long and often the store fails, of uneventful checks hardly more than the last are kept."""
    monkeypatch.setattr(write_buffer, "COMPACT_AT", 10)
    scene = Scene()
    for _ in range(2):
        scene.store.records.clear()
        scene.store.fail("record", *[FULL] * 100)
        for pings in range(100):
            scene.keep(step("a", pings), step("b", pings))
            await scene.write_buffer.flush()
        await scene.write_buffer.flush()
        ((written, _),) = scene.store.records
        assert (len(written) <= 12, written[-2:]) == (True, [step("a", 99), step("b", 99)])


SPAN = Span(NOW, Status.OK, None, NOW)
RUN = Run(NOW, NOW, healthy=True, reason=None)
CLOSED = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),), closed=NOW)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        pytest.param("a1 a2 a3", "a3", id="the last of each task"),
        pytest.param("a1 b1 a2 b2", "a2 b2", id="in their order"),
        pytest.param("a1! a2 a3", "a1! a3", id="an event stays"),
        pytest.param("a1 a2! a3! a4 b1", "a2! a3! a4 b1", id="each event stays, in order"),
        pytest.param("a1! a2!", "a1! a2!", id="also the last"),
        pytest.param("a1!? a2? b1? a3?", "a1! b1? a3?", id="answers of the last alone"),
        pytest.param("", "", id="nothing"),
    ],
)
@pytest.mark.parametrize(
    "event",
    [{"span": SPAN}, {"run": RUN}, {"closed": CLOSED}, {"notices": (ALERT,)}],
    ids=lambda e: next(iter(e)),
)
def test_compacted(steps: str, left: str, event: dict[str, object]) -> None:
    """Only what later steps of a task make needless is dropped; `!` is an event in a step, `?` an answer."""

    def read(names: str) -> list[Transition]:
        return [
            replace(
                step(name[0], int(name[1])),
                body=b"{}" if "?" in name else None,
                **event if "!" in name else {},  # type: ignore[arg-type]
            )
            for name in names.split()
        ]

    assert compact(read(steps)) == read(left)


@pytest.mark.parametrize(
    ("runs", "left"),
    [(4, [1, 2, 3, 4, 5]), (3, [1, 2, 3, 4, 5]), (2, [2, 3, 4, 5]), (1, [2, 4, 5]), (0, [2, 5])],
)
def test_compacted_runs(runs: int, left: list[int]) -> None:
    """Of the steps with no more than a run in them the oldest go first; a change and the last step stay."""
    steps = [replace(step("a", pings), run=RUN) for pings in range(1, 6)]
    steps[1] = replace(steps[1], span=SPAN)
    assert [each.state.pings for each in compact(steps, runs)] == left


async def test_a_hanging_store_costs_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a write hangs, of uneventful checks only the last is kept too; what is being written stays."""
    monkeypatch.setattr(write_buffer, "COMPACT_AT", 5)
    scene = Scene()
    scene.store.writable.clear()
    scene.keep(step("a"), step("a", 2))
    writing = asyncio.create_task(scene.write_buffer.flush())
    await turns()
    scene.keep(*(step("a", pings) for pings in range(3, 100)))
    scene.store.writable.set()
    await writing
    await scene.write_buffer.flush()
    first, then = (steps for steps, _ in scene.store.records)
    assert first == [step("a"), step("a", 2)]
    assert (len(then) <= 5, then[-1]) == (True, step("a", 99))


async def test_hangs(scene: Scene) -> None:
    """A write that is under way for longer than any may take is told until it is over."""
    scene.store.writable.clear()
    scene.keep(step("a"))
    writing = asyncio.create_task(scene.write_buffer.flush())
    await turns()
    scene.clock.seconds += write_buffer.HANGING_AFTER
    seen = [scene.write_buffer.hangs]
    scene.clock.seconds += 1
    seen.append(scene.write_buffer.hangs)
    scene.store.writable.set()
    await writing
    assert [*seen, scene.write_buffer.hangs] == [False, True, False]


async def test_hangs_no_more_after_a_failure(scene: Scene) -> None:
    """A write that has failed is over."""
    scene.store.fail("record", FULL)
    scene.keep(step("a"))
    await scene.write_buffer.flush()
    scene.clock.seconds += 2 * write_buffer.HANGING_AFTER
    assert not scene.write_buffer.hangs


async def test_what_is_added_during_a_write_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flush writes what was there when it began, however many batches that takes; the rest comes next."""
    monkeypatch.setattr(write_buffer, "BATCH", 2)
    scene.store.writable.clear()
    scene.keep(step("a"), step("b"), step("c"), step("d"))
    writing = asyncio.create_task(scene.write_buffer.flush())
    await turns()
    scene.keep(step("e"))
    scene.store.writable.set()
    await writing
    assert ([len(steps) for steps, _ in scene.store.records], scene.write_buffer.unwritten) == ([2, 2], 1)
    monkeypatch.setattr(write_buffer, "WRITE_INTERVAL", 0)
    monkeypatch.setattr(write_buffer, "UNCHANGED_INTERVAL", 0)
    running = asyncio.create_task(scene.write_buffer.run())
    await turns()
    running.cancel()
    assert [len(steps) for steps, _ in scene.store.records] == [2, 2, 1]


async def test_behind(scene: Scene) -> None:
    """A store that has never caught up for a while is behind, until it has; while it keeps up it is not."""
    seen = []
    scene.store.writable.clear()
    scene.keep(step("a"))
    writing = asyncio.create_task(scene.write_buffer.flush())
    for pause in (write_buffer.BEHIND_AFTER, 1):
        scene.clock.seconds += pause
        await turns()
        seen.append(scene.write_buffer.behind)
    scene.store.writable.set()
    await writing
    seen.append(scene.write_buffer.behind)
    scene.clock.seconds += 2 * write_buffer.BEHIND_AFTER
    scene.write_buffer.announce(GREETING)
    seen.append(scene.write_buffer.behind)
    assert seen == [False, True, False, False]


@pytest.mark.parametrize(("batch", "behind"), [(1, True), (2, False)])
async def test_behind_by_what_it_never_gets_to(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, batch: int, *, behind: bool
) -> None:
    """What counts is the oldest that waits: a batch that takes all there is makes up for all before it."""
    monkeypatch.setattr(write_buffer, "BATCH", batch)
    scene.keep(step("a"), step("b"))
    seen: list[bool] = []
    record = scene.store.record

    async def slow(steps: list[Transition], notices: list[Notice]) -> None:
        scene.clock.seconds += 25
        now = scene.clock.seconds
        if len(seen) < 3:
            scene.keep(step(f"c{now}"), step(f"d{now}"))
        seen.append(scene.write_buffer.behind)
        await record(steps, notices)

    monkeypatch.setattr(scene.store, "record", slow)
    while scene.write_buffer.unwritten:
        await scene.write_buffer.flush()
    assert (seen[2], scene.write_buffer.behind) == (behind, False)


async def test_writes_are_counted(scene: Scene) -> None:
    """What the store took, what it refused and what it has yet to take is counted."""
    scene.keep(step("a"))
    await scene.write_buffer.flush()
    scene.store.fail("record", FULL)
    scene.keep(step("a", 2), step("b"))
    scene.write_buffer.announce(GREETING)
    await scene.write_buffer.flush()
    counted = (
        sum(scene.write_buffer.writes.read().counts),
        scene.write_buffer.failed_writes,
        scene.write_buffer.unwritten,
    )
    assert counted == (1, 1, 3)
