"""The trusted time of day, and the evidence for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.model.check import Response
from py_pinger.core.model.health import ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.engine.selfcheck.clock import ACCEPT_AFTER, EVIDENCE_INTERVAL, ClockGuard, TrustedClock

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """Its clocks are set by hand; its tasks ran a minute ago by the `truth`, and should every `minutes`."""

    monkeypatch: pytest.MonkeyPatch
    passed: float = 0.0
    ahead: timedelta = timedelta(0)
    truth: timedelta = timedelta(0)
    minutes: int = 10
    answering: bool = True
    asked: int = 0
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = TrustedClock(self.wall, lambda: self.passed, lambda: self.passed)
        self.guard = ClockGuard(self.clock, self.responses, self.notices.append)

    def wall(self) -> float:
        """Return what the machine's clock shows."""
        return (self.now + self.ahead).timestamp()

    @property
    def now(self) -> datetime:
        """The time if the clock had not been set."""
        return NOW + timedelta(seconds=self.passed)

    async def responses(self) -> list[tuple[Response, Task]]:
        """Return the response of a task, unless none responds."""
        self.asked += 1
        lastrun = self.now + self.truth - timedelta(minutes=1)
        report = {"status": "ok", "lastrun": lastrun.isoformat(), "frequency": self.minutes}
        return (
            [(Response(200, orjson.dumps(report), timedelta(0)), Task("http://a/", "http://a/"))]
            if self.answering
            else []
        )

    async def poll(self, seconds: float = 1) -> datetime:
        """Poll the clock so many seconds later, and return the trusted time."""
        self.passed += seconds
        await self.guard.poll()
        return self.clock.now()

    @property
    def kinds(self) -> list[NoticeKind]:
        """The notices."""
        return [notice.kind for notice in self.notices]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine on which all is well."""
    return Machine(monkeypatch)


async def test_all_well(machine: Machine) -> None:
    """A clock that is not set is followed without evidence."""
    assert await machine.poll(3600) == machine.now
    assert (machine.asked, machine.notices, machine.guard.problems()) == (0, [], ())


async def test_small_corrections_are_followed(machine: Machine) -> None:
    """However far small corrections go in the end, none of them is a step."""
    for seconds in range(4, 41, 4):
        machine.ahead = timedelta(seconds=seconds)
        assert await machine.poll() == machine.now + machine.ahead
    assert machine.asked == 0


@pytest.mark.parametrize("step", [HOUR, -HOUR, 24 * HOUR, -24 * HOUR], ids=str)
async def test_a_step_that_tasks_contradict(machine: Machine, step: timedelta) -> None:
    """A wrong step is not followed and notified once; so is its end."""
    machine.ahead = step
    assert machine.clock.now() == machine.now
    assert await machine.poll() == machine.now
    assert machine.kinds == [NoticeKind.SELF_PROBLEM]
    (complaint,) = machine.guard.problems()
    assert complaint.kind is ProblemKind.CLOCK
    assert await machine.poll(EVIDENCE_INTERVAL + 1) == machine.now
    machine.ahead = timedelta(0)
    assert await machine.poll() == machine.now
    assert machine.kinds == [NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED]
    assert machine.guard.problems() == ()
    assert machine.asked == 2


async def test_a_step_that_sets_it_right(machine: Machine) -> None:
    """A step after which fewer tasks fail is followed without a notice."""
    machine.truth = machine.ahead = HOUR
    assert await machine.poll() == machine.now + HOUR
    assert await machine.poll() == machine.now + HOUR
    assert (machine.asked, machine.notices) == (1, [])


@pytest.mark.parametrize("answering", [True, False])
async def test_a_step_without_evidence(machine: Machine, answering: bool) -> None:  # noqa: FBT001 - both
    """A step on which no task gives evidence is accepted after a while."""
    machine.minutes, machine.ahead, machine.answering = 10_000, HOUR, answering
    assert await machine.poll() == machine.now
    assert await machine.poll(ACCEPT_AFTER.total_seconds() / 2) == machine.now
    assert await machine.poll(ACCEPT_AFTER.total_seconds()) == machine.now + HOUR
    assert machine.notices == []


async def test_silence_of_tasks_is_no_evidence(machine: Machine) -> None:
    """A step that tasks have contradicted is not accepted because none of them responds for a while."""
    machine.ahead = 24 * HOUR
    await machine.poll()
    machine.answering = False
    assert await machine.poll(2 * ACCEPT_AFTER.total_seconds()) == machine.now
    assert await machine.poll(2 * ACCEPT_AFTER.total_seconds()) == machine.now
    assert machine.guard.problems()


async def test_an_internal_error_costs_one_round(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error is logged once for all its repetitions, and the next round follows."""
    pauses = iter((None, None))

    async def sleep(_seconds: float) -> None:
        if next(pauses, "over") == "over":
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    rounds: list[None] = []

    def broken() -> None:
        rounds.append(None)
        raise ZeroDivisionError

    monkeypatch.setattr(machine.guard, "poll", broken)
    with pytest.raises(asyncio.CancelledError):
        await machine.guard.run()
    assert len(rounds) == 3
    assert caplog.messages == [
        "Internal error in the check of the machine's clock, will retry: ZeroDivisionError"
    ]


async def test_one_step_after_another(machine: Machine) -> None:
    """A clock that is set again needs new evidence at once."""
    machine.ahead = HOUR
    await machine.poll()
    machine.ahead = 2 * HOUR
    machine.truth = 2 * HOUR
    assert await machine.poll() == machine.now + 2 * HOUR
    assert machine.kinds == [NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED]


def test_the_real_clock() -> None:
    """By default it is the machine's own."""
    clock = TrustedClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.step() == timedelta(0)
