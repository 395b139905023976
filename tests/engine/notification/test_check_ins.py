"""Check-ins for runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import SendFailed, SendResult, Sent
from py_pinger.core.model.transition import Run, Transition
from py_pinger.core.notification.check_in import CheckIn
from py_pinger.engine.notification import check_ins as check_ins_module
from py_pinger.engine.notification.check_ins import MAX_WAITING, CheckInDispatcher, CheckInReporter

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
REFUSED = "Sentry: connection refused"
DENIED = "Sentry answered HTTP 403 Forbidden: check [sentry] in pinger.ini"


@dataclass
class FakeCheckInService:
    """Takes check-ins, unless it has another outcome in line; calls `meanwhile` before it answers."""

    outcomes: list[SendResult | Exception] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    name: str = "sentry"
    closed: bool = False

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:
        """Answer, and remember the run."""
        assert now <= run.due
        self.told.append(run.key)
        self.meanwhile()
        outcome = self.outcomes.pop(0) if self.outcomes else Sent()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def close(self) -> None:
        """Remember that."""
        self.closed = True


@dataclass
class Scene:
    """A reporter and a fake service, with a clock that is set by hand."""

    service: FakeCheckInService = field(default_factory=FakeCheckInService)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.reporter = CheckInReporter(
            self.service, lambda: self.now, lambda: 1.0, lambda step: "other" not in step.url
        )

    def tell(self, *ids: str, monitor: str = "", due: datetime = NOW + HOUR) -> None:
        """Have runs told, each of a monitor of its own unless one is named."""
        for name in ids:
            self.reporter.report(CheckIn(name, monitor or name, healthy=True, every=MINUTE, due=due))

    @property
    def problems(self) -> list[str]:
        """What is said of it on the page."""
        return [problem.text for problem in self.reporter.problems()]


@pytest.fixture
def scene() -> Scene:
    """Set the scene."""
    return Scene()


async def test_each_run_is_reported_once(scene: Scene) -> None:
    """Runs are reported in their order, each once, and then there is nothing more to do."""
    scene.tell("1", "2", monitor="a")
    scene.tell("3")
    assert await scene.reporter.round() == 0
    assert await scene.reporter.round() == 0
    assert scene.service.told == ["1", "2", "3"]


async def test_while_it_cannot_be_reached(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Tries come further and further apart; of each task the newest run waits, and the log tells twice."""
    scene.service.outcomes = [SendFailed(REFUSED)] * 8
    scene.tell("1", "2", monitor="a")
    scene.tell("3")
    assert [await scene.reporter.round() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert await scene.reporter.round() == 0
    assert scene.service.told == ["1", *["2"] * 8, "3"]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, f"Cannot send check-ins to sentry: {REFUSED}"),
        (logging.WARNING, "Sending check-ins to sentry recovered."),
    ]


@pytest.mark.parametrize(("asked", "granted"), [(25 * SECOND, 25), (9 * HOUR, 3600)])
async def test_what_it_asks_for_is_granted(asked: timedelta, granted: float, scene: Scene) -> None:
    """A wait that the server asks for is kept, up to an hour."""
    scene.service.outcomes = [SendFailed("busy", retry_after=asked)]
    scene.tell("1")
    assert await scene.reporter.round() == granted


async def test_an_outdated_run_is_not_reported(scene: Scene) -> None:
    """A run whose successor is due is dropped, whether it was tried before or not."""
    scene.service.outcomes = [SendFailed(REFUSED)]
    scene.tell("1", due=NOW)
    await scene.reporter.round()
    scene.now += SECOND
    scene.tell("2", due=NOW)
    await scene.reporter.round()
    assert scene.service.told == ["1"]


async def test_what_it_refuses_for_good_is_dropped(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal costs the one check-in and a pause; so does a fault of a library's, which is not quoted."""
    scene.service.outcomes = [SendFailed(DENIED, permanent=True), ValueError("secret")]
    scene.tell("1", "2", "3")
    assert [await scene.reporter.round() for _ in range(3)] == [1, 2, 0]
    assert scene.service.told == ["1", "2", "3"]
    assert caplog.records[0].levelno == logging.ERROR
    assert "secret" not in caplog.text


async def test_what_waits_is_bounded(scene: Scene) -> None:
    """More than there is room for push out the oldest, also while one is being told."""
    scene.service.meanwhile = lambda: scene.tell(*map(str, range(MAX_WAITING)))
    scene.service.outcomes = [SendFailed(DENIED, permanent=True)]
    scene.tell("first")
    await scene.reporter.round()
    scene.service.meanwhile = lambda: None
    await scene.reporter.round()
    assert scene.service.told == ["first", *map(str, range(MAX_WAITING))]


async def test_the_page_says_so_once_it_lasts(scene: Scene) -> None:
    """A service that takes nothing for more than five minutes is trouble of our own, until it does."""
    scene.service.outcomes = [SendFailed(REFUSED)]
    scene.tell("1")
    await scene.reporter.round()
    scene.now += 5 * MINUTE
    assert scene.problems == []
    scene.now += SECOND
    assert scene.problems == [f"cannot send check-ins to sentry since 10:05 UTC: {REFUSED}"]
    await scene.reporter.round()
    assert scene.problems == []


def ran(url: str) -> Transition:
    """Return the step of a check that has found a run."""
    verdict = Verdict(Status.OK, lastrun=NOW, frequency=MINUTE, deadline=NOW + MINUTE)
    return Transition(
        url, TaskState(verdict, next_check=NOW + MINUTE), run=Run(NOW, NOW, healthy=True, reason=None)
    )


async def told(service: FakeCheckInService, number: int) -> list[str]:
    """Return what a service has been told, once it is so much."""
    async with asyncio.timeout(5):
        while len(service.told) < number:  # noqa: ASYNC110 - it is told on a thread
            await asyncio.sleep(0.001)
    return service.told


async def test_each_service_gets_its_runs_and_may_change() -> None:
    """Each service gets the runs that it accepts; a removed one is closed, the others go on."""
    scenes = stays, goes, comes = (
        Scene(),
        Scene(FakeCheckInService(name="goes")),
        Scene(FakeCheckInService(name="comes")),
    )
    check_ins = CheckInDispatcher([stays.reporter, goes.reporter])
    running = asyncio.create_task(check_ins.run())
    await asyncio.sleep(0)
    for step in (ran("http://a/"), ran("http://other/"), replace(ran("http://b/"), run=None)):
        check_ins.note(step)
    assert len(await told(goes.service, 1)) == len(await told(stays.service, 1)) == 1
    check_ins.change({"sentry"}, [comes.reporter])
    check_ins.note(ran("http://c/"))
    assert len(await told(comes.service, 1)) == 1
    assert len(await told(stays.service, 2)) == 2
    running.cancel()
    await check_ins.close()
    assert [(len(scene.service.told), scene.service.closed) for scene in scenes] == [
        (2, True),
        (1, True),
        (1, True),
    ]
    assert list(check_ins.problems()) == []


async def test_a_reporter_whose_rounds_all_fail(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error costs a round, is logged, counted and a problem, and ends neither it nor others."""
    other = Scene(FakeCheckInService(name="other"))
    check_ins = CheckInDispatcher([scene.reporter, other.reporter])
    running = asyncio.create_task(check_ins.run())
    rounds = 0

    async def fail() -> float:
        nonlocal rounds
        rounds += 1
        if rounds > 1:
            scene.reporter._filled.clear()  # noqa: SLF001 - what a round does that succeeds
            return 0.0
        raise KeyError("secret")

    monkeypatch.setattr(check_ins_module, "LONGEST_WAIT", timedelta(seconds=0.05))
    monkeypatch.setattr(scene.reporter, "round", fail)
    check_ins.note(ran("http://a/"))
    assert len(await told(other.service, 1)) == 1
    assert [problem.text for problem in check_ins.problems()] == [
        "internal error in the check-ins for sentry: KeyError"
    ]
    assert check_ins.internal_errors() == {"check-ins sentry": 1, "check-ins other": 0}
    async with asyncio.timeout(5):
        while rounds < 2:  # noqa: ASYNC110 - nothing says that a round is over
            await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    assert list(check_ins.problems()) == []
    assert caplog.messages == [
        "Internal error in the check-ins for sentry, will retry: KeyError",
        "Internal error in the check-ins for sentry: recovered.",
    ]
    running.cancel()
    await check_ins.close()


async def test_a_service_that_cannot_be_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A removed service that fails to close is logged, and the others go on."""
    goes, stays = Scene(), Scene(FakeCheckInService(name="other"))

    def fail() -> None:
        raise OSError("secret")

    monkeypatch.setattr(goes.service, "close", fail)
    check_ins = CheckInDispatcher([goes.reporter, stays.reporter])
    running = asyncio.create_task(check_ins.run())
    await asyncio.sleep(0)
    check_ins.change({"other"}, [])
    check_ins.note(ran("http://a/"))
    assert len(await told(stays.service, 1)) == 1
    assert caplog.messages == ["Internal error in closing the check-ins for sentry: OSError"]
    running.cancel()
    await check_ins.close()
