"""The facade of the self-checks: what it makes of pauses, failures and absences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from tests.support.fake_clock import FakeClock

from py_pinger.core.evaluation.lifecycle import PLAIN
from py_pinger.core.model.check import (
    Cause,
    Check,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    Status,
    Verdict,
)
from py_pinger.core.model.health import Absence
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.times import MINUTE, SECOND, ZERO
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.selfcheck.sampling import SampleProber
from py_pinger.engine.selfcheck.self_check import MOST_REPETITIONS, SelfCheck

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
TASK = Task("http://a/1", "http://a/1", interval=50 * SECOND)
OK = Response(200, b"{}", SECOND)
REFUSED = NoResponse(ProbeFailure.REFUSED, "connection refused", SECOND)
FAILED = Verdict(Status.ERROR, Cause.FAILED, "disk full")
LATE = Verdict(Status.ERROR, Cause.LATE, "last ran 2 h ago", frequency=600 * MINUTE)


@dataclass
class Scene:
    """A facade whose clock and pauses are set by hand; probes return the `results` in turn."""

    results: list[ProbeResult] = field(default_factory=list)
    pauses: list[Pause | None] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def __post_init__(self) -> None:
        sampler = SampleProber(self.probe, Random(1))  # noqa: S311 - no secret
        self.guard = ConnectivityGuard(sampler, self.notices.append, self.clock)
        self.resources = ResourceGuard(self.notices.append, self.clock)
        self.self_check = SelfCheck(
            poll_pause=lambda: self.pauses.pop(0) if self.pauses else None,
            resources=self.resources,
            connectivity=self.guard,
            clock=self.clock,
            announce=self.notices.append,
        )

    async def probe(self, _task: Task) -> ProbeResult:
        """Return the next result."""
        return self.results.pop(0)

    def check(self, verdict: Verdict) -> Check:
        """Return a check that was completed now."""
        return Check(verdict, self.clock.now(), SECOND)


def monitored(checked_at: datetime | None = None, *, resumed: bool = False) -> MonitoredTask:
    """Return a task that was checked last at this time."""
    return MonitoredTask(TASK, "http://a:80", TaskState(checked_at=checked_at), 0.0, resumed=resumed)


@pytest.mark.parametrize(
    ("results", "pauses", "expected"),
    [
        pytest.param([REFUSED], [], REFUSED, id="no pause"),
        pytest.param([OK], [Pause(2 * SECOND)], OK, id="a response in a short pause"),
        pytest.param([REFUSED, OK], [Pause(2 * SECOND)], OK, id="no response in a short pause"),
        pytest.param([OK, REFUSED], [Pause(6 * SECOND)], REFUSED, id="a response in a long pause"),
        pytest.param(
            [*[REFUSED] * MOST_REPETITIONS, OK],
            [Pause(2 * SECOND)] * MOST_REPETITIONS,
            OK,
            id="always a pause",
        ),
    ],
)
async def test_probe(results: list[ProbeResult], pauses: list[Pause | None], expected: ProbeResult) -> None:
    """A probe that a pause may have disturbed is repeated, a few times at most."""
    scene = Scene(results, pauses)
    assert await scene.self_check.probe(scene.probe, TASK) is expected
    assert scene.results == []


def test_a_serious_pause() -> None:
    """It is notified, all tasks are checked, and failures need confirmation for a while."""
    scene = Scene(pauses=[Pause(40 * SECOND)])
    assert scene.self_check.on_tick().all_tasks
    assert not scene.self_check.on_tick().all_tasks
    assert [notice.topic for notice in scene.notices] == ["gap"]
    task = monitored(scene.clock.now())
    assert not scene.self_check.context(task, scene.check(FAILED)).confirmed
    scene.clock.seconds += 51
    assert scene.self_check.context(task, scene.check(FAILED)).confirmed
    assert not scene.self_check.context(task, scene.check(LATE)).confirmed
    scene.clock.seconds += 300
    scene.self_check.on_tick()
    assert scene.self_check.context(task, scene.check(LATE)) is PLAIN


@pytest.mark.parametrize(
    ("step", "verdict", "then", "confirmed"),
    [
        pytest.param(ZERO, LATE, FAILED, True, id="a clock that is followed"),
        pytest.param(MINUTE, LATE, LATE, True, id="late by both clocks"),
        pytest.param(MINUTE, LATE, FAILED, False, id="late by one clock only"),
        pytest.param(MINUTE, FAILED, FAILED, True, id="not a matter of time"),
    ],
)
def test_a_disputed_clock(step: timedelta, verdict: Verdict, then: Verdict, *, confirmed: bool) -> None:
    """A failure that the machine's clock contradicts needs confirmation while that is not followed."""
    scene = Scene()
    scene.clock.ahead = step
    task = monitored(scene.clock.now())
    context = scene.self_check.context(task, scene.check(verdict), lambda _step: then)
    assert context.confirmed is confirmed


@pytest.mark.parametrize(
    ("checked", "resumed", "watched_until"),
    [
        pytest.param(None, True, None, id="never checked"),
        pytest.param(-100, True, -60, id="checked before the absence"),
        pytest.param(-30, True, -30, id="checked after the last record"),
        pytest.param(5, True, 5, id="added again"),
        pytest.param(5, False, None, id="checked since"),
    ],
)
def test_an_absence(checked: int | None, watched_until: int | None, *, resumed: bool) -> None:
    """A task was monitored until the absence began, or until its last check if that was later."""
    scene = Scene()
    scene.self_check.note_downtime(Pause(60 * SECOND))
    scene.clock.seconds += 10
    task = monitored(None if checked is None else NOW + checked * SECOND, resumed=resumed)
    context = scene.self_check.context(task, scene.check(Verdict(Status.OK)))
    assert context.watched_until == (None if watched_until is None else NOW + watched_until * SECOND)


def test_a_local_failure() -> None:
    """A probe that failed because of Py Pinger itself is a problem of its resources."""
    scene = Scene()
    check = scene.check(Verdict(Status.UNKNOWN, reason="no descriptors left"))
    result = NoResponse(ProbeFailure.LOCAL, "no descriptors left", SECOND)
    assert scene.self_check.review(monitored(), check, result) is check
    assert len(scene.resources.problems()) == 1


@pytest.mark.parametrize(
    ("absences", "watched_until", "confirmed"),
    [
        ([], None, True),
        ([Absence(NOW - 40 * SECOND, NOW - 9 * SECOND)], NOW - 40 * SECOND, False),
        ([Absence(NOW - 20 * SECOND, NOW - 9 * SECOND)], NOW - 20 * SECOND, True),
        ([Absence(NOW - 3 * MINUTE, NOW - MINUTE)], None, True),
    ],
)
def test_absences_of_a_cluster(
    absences: list[Absence], watched_until: datetime | None, confirmed: object
) -> None:
    """A node that begins knows when no node ran: after a long absence failures need confirmation."""
    scene = Scene()
    scene.self_check.note_downtime(Pause(ZERO))
    scene.self_check.replace_absences(absences)
    assert list(scene.self_check.absences) == absences
    context = scene.self_check.context(monitored(NOW - 50 * SECOND), scene.check(FAILED))
    assert (context.watched_until, context.confirmed) == (watched_until, confirmed)


def test_what_responds_is_known_to_other_nodes() -> None:
    """The last response to a request counts; a report that was pushed says nothing about the network."""
    scene = Scene()
    check = scene.check(Verdict(Status.OK))
    scene.self_check.review(monitored(), check, REFUSED)
    scene.self_check.review(monitored(), Check(check.verdict, NOW, None), OK)
    assert scene.guard.reached is None
    scene.self_check.review(monitored(), check, OK)
    assert scene.guard.reached == NOW
