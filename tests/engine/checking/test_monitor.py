"""The loop that checks every task."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import orjson
import pytest
from tests.support.fake_clock import FakeClock
from tests.support.unshared_pages import UnsharedPages

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import (
    Cause,
    Check,
    InvalidReport,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.health import Absence, Problem, ProblemKind
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, PushIdentity, Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.selfcheck import resources
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.suppression.silence import active_silences
from py_pinger.engine.checking import monitor
from py_pinger.engine.checking.limiter import ADMITTED_TOGETHER, ConcurrencyLimiter
from py_pinger.engine.checking.monitor import KEPT_BODY, Monitor
from py_pinger.engine.checking.scheduler import FIRST_CHECKS_APART, TICK_SECONDS
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.outage import HeldVerdict, State
from py_pinger.engine.selfcheck.resources import ResourceGuard
from py_pinger.engine.selfcheck.sampling import SampleProber
from py_pinger.engine.selfcheck.self_check import MOST_REPETITIONS, SelfCheck
from py_pinger.engine.suppression.suppressor import Suppressor

# The time of day when the monotonic clock of these tests shows START.
NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
START = 5000.0

TOOK = timedelta(milliseconds=12)
# Nobody has been away.
AT_ONCE = Pause(timedelta(0))
GONE = NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK)


def page(status: str = "ok", frequency: int = 60) -> Response:
    """Return a task's page."""
    report = {"status": status, "lastrun": NOW.isoformat(), "frequency": frequency}
    return Response(200, orjson.dumps(report), TOOK)


def task(name: str, interval: float = 60, error_interval: float = 480) -> Task:
    """Return a task; the part of its name before a dot is its host."""
    url = f"http://{name.partition('.')[0]}/{name}"
    paces = timedelta(seconds=interval), timedelta(seconds=error_interval)
    return Task(url, url, interval=paces[0], error_interval=paces[1])


@dataclass
class Scene:
    """A monitor whose clocks are set by hand, and whose questions wait until a test answers them."""

    monkeypatch: pytest.MonkeyPatch
    total: int = 1000
    per_host: int = 100
    asked: list[str] = field(default_factory=list)
    open: dict[str, asyncio.Future[ProbeResult]] = field(default_factory=dict)
    steps: list[Transition] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)
    suspected: list[str] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    rechecks: int = 0
    present: tuple[Task, ...] = ()
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW, START, START))

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(monitor, "TICK_SECONDS", 0)
        sampler = SampleProber(self.probe, Random(1))  # noqa: S311 - no secret
        self.connectivity_guard = ConnectivityGuard(sampler, self.notices.append, self.clock)
        self.connectivity_guard.apply((), timedelta(minutes=5))
        self.resource_guard = ResourceGuard(self.notices.append, self.clock)
        self.resource_guard.grace = timedelta(minutes=5)
        self.monkeypatch.setattr(self.connectivity_guard, "recheck_requested", self.recheck_requested)
        self.monitor = Monitor(
            prober=UnsharedPages(self.ask),
            recorders=[self.steps.append],
            clock=self.clock,
            limiter=ConcurrencyLimiter(self.total, self.per_host),
            self_check=SelfCheck(
                poll_pause=lambda: self.pauses.pop() if self.pauses else None,
                resources=self.resource_guard,
                connectivity=self.connectivity_guard,
                clock=self.clock,
                announce=self.notices.append,
            ),
            suppressor=Suppressor(lambda now: active_silences((), (), now)),
            on_tls_error=self.suspected.append,
        )
        self.loop = asyncio.create_task(self.monitor.run())

    async def ask(self, task: Task) -> ProbeResult:
        """Wait for the test's result; two probes of one task at once are wrong."""
        name = task.url.rpartition("/")[2]
        assert name not in self.open
        self.asked.append(name)
        self.tasks.append(task)
        self.open[name] = asyncio.get_running_loop().create_future()
        try:
            return await self.open[name]
        finally:
            del self.open[name]

    def recheck_requested(self) -> bool:
        """Return whether the guard wants all tasks to be checked."""
        self.rechecks -= 1
        return self.rechecks >= 0

    async def probe(self, task: Task) -> ProbeResult:
        """Answer a question out of turn: all is well."""
        self.probed.append(task.url)
        return page()

    async def watch(
        self, *tasks: Task, states: dict[str, TaskState] | None = None, away: Pause = AT_ONCE
    ) -> None:
        """Watch these, and let all their first checks begin."""
        self.monitor.self_check.note_downtime(away)
        self.take_up(*tasks, states=states)
        await self.at(1)

    def take_up(self, *tasks: Task, states: dict[str, TaskState] | None = None) -> None:
        """Monitor these from now on."""
        states = {each.url: TaskState() for each in tasks} | (states or {})
        self.present = tasks
        self.monitor.change(TaskListDiff.between((), tasks), states, 17.0, 60.0)

    async def change(self, *tasks: Task, states: dict[str, TaskState] | None = None) -> None:
        """Watch these instead."""
        before = tuple(self.present)
        self.present = tasks
        self.monitor.change(TaskListDiff.between(before, tasks), states or {}, 17.0, 60.0)
        await self.at(self.clock.seconds - START + 0.1)

    async def at(self, seconds: float) -> None:
        """Let the loop go on, so many seconds after the start."""
        self.clock.seconds = START + seconds
        for _ in range(20):
            await asyncio.sleep(0)

    async def answer(self, name: str, answer: ProbeResult | BaseException | None = None) -> None:
        """Set the result of a task's probe."""
        if isinstance(answer, BaseException):
            self.open[name].set_exception(answer)
        else:
            self.open[name].set_result(answer or page())
        await self.at(self.clock.seconds - START)

    async def end_check(self) -> None:
        """Cancel the loop."""
        self.loop.cancel()
        with suppress(asyncio.CancelledError):
            await self.loop
        await asyncio.sleep(0)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """Return a monitor that runs until the test is over."""
    scene = Scene(monkeypatch)
    yield scene
    await scene.end_check()


async def test_a_check(scene: Scene) -> None:
    """A result becomes a transition: evaluated, advanced from the task's state, and recorded once."""
    await scene.watch(task("a"))
    await scene.answer("a")
    (step,) = scene.steps
    assert (step.url, step.state.verdict.status, step.state.pings) == ("http://a/a", Status.OK, 1)
    assert (step.state.checked_at, step.state.duration) == (NOW + timedelta(seconds=1), TOOK)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (Response(500, b"\xff<h1>", TOOK), b"\xff<h1>"),
        (Response(200, b"", TOOK), b""),
        (Response(200, b"x" * (KEPT_BODY + 1), TOOK), b"x" * KEPT_BODY),
        (GONE, None),
    ],
    ids=["as received", "empty", "cut", "nothing came"],
)
async def test_the_answer_is_kept(scene: Scene, answer: ProbeResult, kept: bytes | None) -> None:
    """The beginning of what came back goes with the step, whatever it is."""
    await scene.watch(task("a"))
    await scene.answer("a", answer)
    assert [step.body for step in scene.steps] == [kept]


async def test_lateness_is_measured(scene: Scene) -> None:
    """The pulse counts each check as it begins, and how late that is after it was due."""
    await scene.watch(task("a", interval=10))
    await scene.answer("a")
    await scene.at(14)
    assert len(scene.asked) == 2
    pulse = scene.monitor.meter.read(START + 20)
    assert (pulse.checks_a_second, pulse.lateness_worst, pulse.started) == (0.1, 4.0, NOW)


async def test_states_are_carried(scene: Scene) -> None:
    """A task goes on from the state it is given, and each check from the one before."""
    await scene.watch(task("a", interval=10), states={"http://a/a": TaskState(pings=7, errors=2)})
    await scene.answer("a")
    await scene.at(10.1)
    await scene.answer("a", GONE)
    assert [(step.state.pings, step.state.errors) for step in scene.steps] == [(8, 2), (9, 3)]


@pytest.mark.parametrize(
    ("took", "before", "after"),
    [
        pytest.param(1, 59, 60.1, id="a quick one"),
        pytest.param(59.5, 59.8, 60.1, id="nearly an interval"),
        pytest.param(61, 119, 120.1, id="longer than an interval"),
        pytest.param(601, 659, 660.1, id="longer than many"),
    ],
)
async def test_never_twice_at_once(scene: Scene, took: float, before: float, after: float) -> None:
    """However long a check takes, the next begins after it, whole intervals after the first."""
    await scene.watch(task("a"))
    await scene.at(took)
    await scene.answer("a")
    await scene.at(before)
    assert scene.asked == ["a"]
    await scene.at(after)
    assert scene.asked == ["a", "a"]


async def test_pace(scene: Scene) -> None:
    """While an incident is open the error interval holds, from its end on the usual one."""
    await scene.watch(task("a", interval=60, error_interval=480))
    await scene.answer("a", GONE)
    await scene.at(479)
    assert len(scene.asked) == 1
    await scene.at(480.1)
    await scene.answer("a")
    await scene.at(539)
    assert len(scene.asked) == 2
    await scene.at(540.1)
    assert len(scene.asked) == 3


async def test_first_checks(scene: Scene) -> None:
    """A handful of tasks is checked at once, in their order."""
    names = [f"t{number}" for number in range(10)]
    scene.take_up(*(task(name) for name in names))
    await scene.at(9 * FIRST_CHECKS_APART + TICK_SECONDS)
    assert scene.asked == names


async def test_first_checks_of_many(scene: Scene) -> None:
    """The first checks of many tasks spread over an interval, and do not go beyond it."""
    many = [task(f"t{number}", interval=1) for number in range(1000)]
    scene.take_up(*many)
    counts = []
    for tenths in range(1, 11):
        await scene.at(tenths / 10)
        counts.append(len(scene.asked))
    assert all(abs(count - 100 * tenths) <= 51 for tenths, count in enumerate(counts, 1))
    await scene.at(1.06)
    assert len(scene.asked) == 1000


async def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more checks are under way than allowed, in all and for a host; as one ends, the next begins."""
    scene = Scene(monkeypatch, total=3, per_host=2)
    names = ["a.1", "a.2", "a.3", "b.1", "b.2", "c.1"]
    await scene.watch(*(task(name) for name in names))
    order = list(scene.open)
    while scene.open:
        task_set = Counter(name[0] for name in scene.open)
        assert max(task_set.values()) <= 2
        assert len(scene.open) == min(3, len(names) - len(order) + len(scene.open))
        await scene.answer(next(iter(scene.open)))
        order += [name for name in scene.open if name not in order]
    assert sorted(order) == names
    await scene.end_check()


async def test_the_next_begins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that is given back is taken again at once, not at the loop's next round."""
    scene = Scene(monkeypatch, total=1)
    await scene.watch(task("a"), task("b"))
    monkeypatch.setattr(monitor, "TICK_SECONDS", 1000)
    await scene.at(2)
    await scene.answer("a")
    assert list(scene.open) == ["b"]
    await scene.end_check()


async def test_a_hanging_host_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one host's checks hang, with more of them queued, other hosts are checked at their intervals."""
    scene = Scene(monkeypatch, total=10, per_host=1)
    await scene.watch(task("slow.1"), task("slow.2"), task("quick"))
    for minutes in (1, 2, 3):
        await scene.answer("quick")
        await scene.at(60 * minutes + 0.1)
    assert Counter(scene.asked) == {"slow.1": 1, "quick": 4}
    await scene.end_check()


class PanicError(BaseException):
    """What compiled code raises when it fails: not an Exception."""


@pytest.mark.parametrize("fault", [ZeroDivisionError("oops"), PanicError("oops")])
async def test_a_fault_costs_one_check(
    monkeypatch: pytest.MonkeyPatch, fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error in a check is logged; its place is freed, and the task is checked again."""
    scene = Scene(monkeypatch, total=1)
    await scene.watch(task("a"), task("b"))
    await scene.answer("a", fault)
    await scene.answer("b")
    await scene.at(60.1)
    await scene.answer("a")
    assert [step.url for step in scene.steps] == ["http://b/b", "http://a/a"]
    assert caplog.messages == ["Internal error in the check of http://a/a."]
    assert "oops" in caplog.text
    await scene.end_check()


async def test_an_internal_error_in_evaluation_costs_one_check(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error in the evaluation leaves the state unchanged, and the next check is in time."""
    await scene.watch(task("a"))
    with monkeypatch.context() as patched:
        patched.delattr("py_pinger.engine.runtime.tasks.evaluate_response")
        await scene.answer("a")
    await scene.at(60.1)
    await scene.answer("a")
    assert [step.state.pings for step in scene.steps] == [1]
    assert len(caplog.messages) == 1


async def test_cancelled(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """When the loop is cancelled the checks under way are given up, and no other begins."""
    await scene.watch(task("a"), task("b"))
    await scene.end_check()
    await scene.at(1000)
    assert (scene.open, scene.steps, scene.asked) == ({}, [], ["a", "b"])
    assert caplog.messages == []


async def test_ticks(scene: Scene) -> None:
    """Each round of the loop leaves the moment at which it was made."""
    await scene.at(7)
    assert scene.monitor.ticked_at == START + 7


async def test_verdicts_by_the_evaluation_clock(scene: Scene) -> None:
    """The evaluation clock decides on the verdict; the check is stored with the time of day."""
    scene.monitor.evaluation_clock = lambda _result, now: now + timedelta(hours=1)
    await scene.watch(task("a"))
    await scene.answer("a")
    (step,) = scene.steps
    now = NOW + timedelta(seconds=1)
    assert (step.state.verdict.cause, step.state.verdict.reason) == (
        Cause.LATE,
        "last ran over 1 h ago, should run every 1 h",
    )
    assert (step.state.checked_at, step.state.since, step.notices[0].at) == (now, now, now)
    assert step.state.next_check == now + timedelta(seconds=480)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (GONE, ["http://a/a returned connection refused", "http://a/a: unreachable: connection refused"]),
        (
            Response(404, b"<" * 1001, TOOK),
            [f"http://a/a returned 404 {b'<' * 1000!r}", "http://a/a: http: HTTP 404 Not Found"],
        ),
    ],
    ids=["no answer", "a page"],
)
async def test_debug_log(
    scene: Scene, answer: ProbeResult, shown: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """At the level DEBUG each answer is logged, cut to size, with the arithmetic of its verdict."""
    caplog.set_level(logging.DEBUG, logger=monitor.__name__)
    await scene.watch(task("a"))
    await scene.answer("a", answer)
    assert caplog.messages == shown


async def test_no_debug_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """At the usual level nothing is logged of a check."""
    caplog.set_level(logging.INFO, logger=monitor.__name__)
    await scene.watch(task("a"))
    await scene.answer("a", GONE)
    assert caplog.messages == []


async def test_a_probe_during_a_pause_is_repeated(scene: Scene) -> None:
    """A response that was under way during a pause does not count; a short pause is not notified."""
    await scene.watch(task("a"))
    scene.pauses.append(Pause(timedelta(seconds=6)))
    await scene.answer("a", GONE)
    assert (scene.steps, scene.asked, scene.notices) == ([], ["a", "a"], [])
    await scene.answer("a")
    assert [step.state.verdict.status for step in scene.steps] == [Status.OK]


async def test_no_answer_in_a_pause(scene: Scene) -> None:
    """After a short pause a probe without a response is repeated; a response counts."""
    await scene.watch(task("a"), task("b"))
    scene.pauses.append(Pause(timedelta(seconds=2)))
    await scene.answer("a")
    scene.pauses.append(Pause(timedelta(seconds=2)))
    await scene.answer("b", GONE)
    assert [step.url for step in scene.steps] == ["http://a/a"]
    assert scene.asked == ["a", "b", "b"]


async def test_a_failure_that_hangs_on_the_clock(scene: Scene) -> None:
    """While the machine's clock is not followed, a failure that it contradicts is not notified."""
    scene.monitor.evaluation_clock = lambda _result, now: now + timedelta(hours=2)
    scene.clock.ahead = -timedelta(hours=2)
    await scene.watch(task("a", interval=50))
    await scene.answer("a")
    assert (scene.steps[0].state.verdict.cause, scene.steps[0].notices) == (Cause.LATE, ())
    scene.clock.ahead = timedelta(0)
    await scene.at(52)
    await scene.answer("a")
    assert [notice.kind for notice in scene.steps[1].notices] == [NoticeKind.FAILED]


async def test_after_a_serious_gap(scene: Scene) -> None:
    """After a serious pause all tasks are checked, it is notified, and failures need confirmation."""
    await scene.watch(task("a", interval=50), task("b", interval=50))
    await scene.answer("a")
    await scene.answer("b")
    scene.pauses.append(Pause(timedelta(seconds=30)))
    await scene.at(2)
    await scene.at(2.1)
    assert (scene.asked[2:], [notice.topic for notice in scene.notices]) == (["a", "b"], ["gap"])
    await scene.answer("a", page("error"))
    await scene.answer("b")
    seen = scene.steps[-2]
    assert (seen.state.verdict.status, seen.state.incident, seen.notices) == (Status.ERROR, None, ())
    await scene.at(53)
    await scene.answer("a", page("error"))
    assert [notice.kind for notice in scene.steps[-1].notices] == [NoticeKind.FAILED]


@pytest.mark.parametrize(("away", "told"), [(29, 1), (30, 0)], ids=["briefly", "for long"])
async def test_after_an_absence(scene: Scene, away: int, told: int) -> None:
    """After a long downtime a failure needs confirmation too."""
    await scene.watch(task("a"), away=Pause(timedelta(seconds=away)))
    await scene.answer("a", page("error"))
    assert len(scene.steps[0].notices) == told


async def test_an_unannounced_failure_before_a_downtime(scene: Scene) -> None:
    """A failure in a silence that ended during a downtime is notified after a second check."""
    away = Pause(timedelta(hours=1))
    opened = NOW - away.length
    held = Incident(opened, opened, (CauseChange(opened, Cause.FAILED, "no"),), pending=PendingNotice.FAILED)
    state = TaskState(Verdict(Status.ERROR, Cause.FAILED, "no"), incident=held)
    known = task("a")
    await scene.watch(known, states={known.url: state}, away=away)
    await scene.answer("a", page("error"))
    assert not scene.steps[-1].notices
    await scene.at(62)
    await scene.answer("a", page("error"))
    assert [notice.kind for notice in scene.steps[-1].notices] == [NoticeKind.FAILED]


async def test_confirmation_is_needed_for_a_while(scene: Scene) -> None:
    """Minutes after a pause all is as usual again."""
    await scene.watch(task("a", interval=400), away=Pause(timedelta(hours=1)))
    await scene.answer("a")
    await scene.at(402)
    await scene.answer("a", page("error"))
    assert len(scene.steps[-1].notices) == 1
    await scene.at(882.2)
    await scene.answer("a")
    await scene.at(1300)
    await scene.answer("a", page("error"))
    assert len(scene.steps[-1].notices) == 1


async def test_an_unreachable_task_is_held_until_the_sample_is_known(scene: Scene) -> None:
    """A task that becomes unreachable is advanced after the sample was probed, as of its check."""
    doubting = asyncio.create_task(scene.connectivity_guard.run())
    await scene.watch(task("a"), task("b"), task("c"))
    for name in ("a", "b"):
        await scene.answer(name)
    await scene.answer("c", GONE)
    await scene.at(1.5)
    (step,) = (step for step in scene.steps if step.url == "http://c/c")
    assert (step.state.checked_at, step.state.verdict.cause) == (
        NOW + timedelta(seconds=1),
        Cause.UNREACHABLE,
    )
    assert sorted(scene.probed) == ["http://a/a", "http://b/b", "http://c/c"]
    doubting.cancel()


async def test_probed_once_while_possibly_offline(scene: Scene) -> None:
    """While Py Pinger may be offline no task is retried within a check, and all are checked at once."""
    await scene.watch(task("a"), task("b"), task("c"))
    for name in ("a", "b", "c"):
        await scene.answer(name)
    scene.connectivity_guard.state = State.COUNTING
    scene.rechecks = 1
    await scene.at(1.2)
    await scene.at(1.4)
    assert scene.asked[3:] == ["a", "b", "c"]
    assert [each.retries for each in scene.tasks] == [2, 2, 2, 0, 0, 0]


async def test_a_page_is_read_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says the same as before is not read again; one that says something else is."""
    read: list[bytes] = []

    def reading(body: bytes, terms: Expectations) -> TaskReport | InvalidReport:
        read.append(body)
        return read_report(body, terms)

    monkeypatch.setattr("py_pinger.engine.runtime.tasks.read_report", reading)
    await scene.watch(task("a"))
    pages = [page(), page(), page("error"), Response(200, page().body.ljust(2000), TOOK), page("error")]
    for number, each in enumerate(pages):
        await scene.at(480 * number + 1.2)
        await scene.answer("a", each)
    assert read == [pages[0].body, pages[2].body]
    assert [step.state.verdict.status for step in scene.steps] == [
        Status.OK,
        Status.OK,
        Status.ERROR,
        Status.OK,
        Status.ERROR,
    ]


async def test_a_stuttering_machine(scene: Scene) -> None:
    """On a machine that always stutters a missing response counts at last."""
    await scene.watch(task("a"))
    for _ in range(MOST_REPETITIONS):
        scene.pauses.append(Pause(timedelta(seconds=1)))
        await scene.answer("a", GONE)
    assert scene.steps == []
    await scene.answer("a", GONE)
    assert [step.state.verdict.cause for step in scene.steps] == [Cause.UNREACHABLE]


async def test_probed_without_retries_and_again(scene: Scene) -> None:
    """Tasks that failed without retries are checked again with retries afterwards."""
    scene.connectivity_guard.state = State.COUNTING
    await scene.watch(task("a"))
    scene.connectivity_guard.state = State.ONLINE
    await scene.answer("a", GONE)
    assert [each.retries for each in scene.tasks] == [0, 2]
    await scene.answer("a")
    assert [step.state.verdict.status for step in scene.steps] == [Status.OK]


async def test_what_was_held_is_overtaken(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict that was held does not count once a later check has found otherwise."""
    await scene.watch(task("a"))
    await scene.answer("a")
    (step,) = scene.steps
    seen = MonitoredTask(task("a"), "http://a:80", step.state, 0.0)
    checked = step.state.checked_at or NOW
    error = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused")
    ripe = [[HeldVerdict(seen, Check(error, checked - timedelta(seconds=1), TOOK))]]
    monkeypatch.setattr(scene.connectivity_guard, "released", lambda: ripe.pop() if ripe else [])
    await scene.at(1.1)
    assert len(scene.steps) == 1


async def test_the_confirming_check_comes_soon(scene: Scene) -> None:
    """However far apart checks are, a failure after a pause is checked again within a minute."""
    await scene.watch(task("a", interval=3600), away=Pause(timedelta(hours=1)))
    await scene.answer("a", page("error"))
    await scene.at(60.2)
    await scene.at(61.3)
    await scene.answer("a", page("error"))
    assert [len(step.notices) for step in scene.steps] == [0, 1]


async def test_a_missing_local_resource(scene: Scene) -> None:
    """A check that could not be made does not count as completed, and shows what is missing."""
    await scene.watch(task("a"))
    await scene.answer("a", NoResponse(ProbeFailure.LOCAL, "no descriptors left", TOOK))
    assert (scene.monitor.meter.completed, scene.monitor.meter.failed_locally) == (0, 1)
    assert scene.resource_guard.problems() == (resources.problem("no descriptors left"),)
    assert scene.steps[0].state.verdict == Verdict(Status.UNKNOWN, reason="no descriptors left")


async def test_tls_that_fails(scene: Scene) -> None:
    """A TLS error has the origin's certificate read; another failure does not."""
    await scene.watch(task("a"), task("b"))
    await scene.answer("b", GONE)
    await scene.answer("a", NoResponse(ProbeFailure.TLS, "certificate expired on 3 May 2026", TOOK))
    assert scene.suspected == ["http://a:80"]


async def test_added_tasks(scene: Scene) -> None:
    """An added task is checked at once and continues from its state; the others keep their due times."""
    await scene.watch(task("a"))
    await scene.answer("a")
    await scene.at(30)
    known = TaskState(pings=7, errors=2)
    await scene.change(task("b"), task("a"), states={"http://b/b": known})
    assert scene.asked == ["a", "b"]
    await scene.answer("b")
    assert (scene.steps[-1].url, scene.steps[-1].state.pings) == ("http://b/b", 8)
    await scene.at(59)
    assert scene.asked == ["a", "b"]
    await scene.at(60.1)
    assert scene.asked == ["a", "b", "a"]
    assert scene.monitor.max_duration == 17.0


async def test_removed_tasks(scene: Scene) -> None:
    """A removed task is not probed any more, its check under way is ignored, and no other is delayed."""
    await scene.watch(task("a"), task("b"))
    await scene.answer("a")
    await scene.change(task("c"), states={"http://c/c": TaskState()})
    await scene.answer("b", GONE)
    await scene.answer("c")
    await scene.at(60.2)
    await scene.at(61.2)
    assert scene.asked == ["a", "b", "c", "c"]
    assert [step.url for step in scene.steps] == ["http://a/a", "http://c/c"]
    assert (scene.monitor.meter.under_way, scene.monitor.meter.completed) == (1, 3)


async def test_a_task_that_comes_back(scene: Scene) -> None:
    """A task that is removed and added again continues its incident, and recovers once."""
    await scene.watch(task("a"))
    await scene.answer("a", page("error"))
    state = scene.steps[-1].state
    await scene.change()
    await scene.at(500)
    await scene.change(task("a"), states={"http://a/a": state})
    await scene.answer("a")
    kinds = [notice.kind for step in scene.steps for notice in step.notices]
    assert kinds == [NoticeKind.FAILED, NoticeKind.RECOVERED]


async def test_the_queued_are_gone_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task removed while it is queued is not probed, and gives its place to the next."""
    scene = Scene(monkeypatch, total=1)
    await scene.watch(task("a"), task("b"), task("c"))
    await scene.change(task("a"), task("c"))
    await scene.answer("a")
    await scene.at(1.3)
    assert scene.asked == ["a", "c"]
    await scene.end_check()


async def test_what_is_held_of_the_gone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A held check of a removed task is ignored."""
    seen = MonitoredTask(task("a"), "http://a:80", TaskState(), 0.0, removed=True)
    verdict = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused")
    ripe = [[HeldVerdict(seen, Check(verdict, NOW, TOOK))]]
    monkeypatch.setattr(scene.connectivity_guard, "released", lambda: ripe.pop() if ripe else [])
    await scene.at(1)
    assert scene.steps == []


@pytest.mark.parametrize(("was", "now", "due"), [(3600, 10, 10.1), (60, 3600, 60.1), (60, 60, 60.1)])
async def test_a_changed_interval(scene: Scene, was: float, now: float, due: float) -> None:
    """A shorter interval holds at once, anchored as before, and a longer one from the next check on."""
    await scene.watch(task("a", interval=was))
    await scene.answer("a")
    await scene.change(replace(task("a", interval=now), retries=0))
    await scene.at(due - 0.3)
    assert len(scene.asked) == 1
    await scene.at(due)
    assert len(scene.asked) == 2
    assert scene.tasks[-1].retries == 0
    await scene.answer("a")
    await scene.at(due + now)
    assert len(scene.asked) == 3


async def test_a_changed_grace(scene: Scene) -> None:
    """A page that was read before a change of the grace is read by the new one from then on."""
    await scene.watch(task("a"))
    await scene.answer("a")
    await scene.change(replace(task("a"), grace=timedelta(minutes=5)))
    await scene.at(60.2)
    await scene.answer("a")
    deadlines = [step.state.verdict.deadline for step in scene.steps]
    assert deadlines == [NOW + timedelta(minutes=60), NOW + timedelta(minutes=65)]


@pytest.mark.parametrize(
    ("absence", "ended"),
    [
        pytest.param(
            Pause(timedelta(seconds=90)), NOW - timedelta(seconds=89), id="stopped after the last check"
        ),
        pytest.param(Pause(timedelta(seconds=200)), NOW - timedelta(seconds=100), id="seen last before it"),
    ],
)
async def test_a_span_ends_with_the_process(scene: Scene, absence: Pause, ended: datetime) -> None:
    """The error before a start ends when monitoring stopped, not at the first check after it."""
    checked = NOW - timedelta(seconds=100)
    state = TaskState(
        Verdict(Status.ERROR, Cause.FAILED, "no"),
        checked_at=checked,
        next_check=checked + timedelta(seconds=480),
        fresh_until=NOW + timedelta(seconds=1340),
    )
    scene.clock.seconds += 1
    await scene.watch(task("a"), states={"http://a/a": state}, away=absence)
    await scene.answer("a")
    span = scene.steps[0].span
    assert span is not None
    assert (span.status, span.ended) == (Status.OK, ended)


async def test_a_span_ends_with_the_removal(scene: Scene) -> None:
    """The error of a task that was removed and added again ends at its last check before."""
    await scene.watch(task("a"))
    await scene.answer("a", page("error"))
    state, checked = scene.steps[-1].state, scene.clock.now()
    await scene.change()
    await scene.at(300)
    await scene.change(task("a"), states={"http://a/a": state})
    await scene.answer("a")
    span = scene.steps[-1].span
    assert span is not None
    assert (span.status, span.ended) == (Status.OK, checked)


async def test_a_span_ends_with_a_pause(scene: Scene) -> None:
    """The error before a serious pause ends when the pause began."""
    await scene.watch(task("a"))
    await scene.answer("a", page("error"))
    scene.pauses.append(Pause(timedelta(seconds=200)))
    await scene.at(301)
    await scene.at(301.1)
    await scene.answer("a")
    span = scene.steps[-1].span
    assert span is not None
    assert (span.status, span.ended) == (Status.OK, NOW + timedelta(seconds=101))


async def test_checks_have_to_complete(scene: Scene) -> None:
    """The time of the last completed check is forgotten when none of the tasks stays."""
    await scene.watch(task("a"))
    assert (scene.monitor.meter.completed_at, scene.monitor.max_pause) == (None, 60.0)
    await scene.answer("a")
    completed_at = scene.monitor.meter.completed_at
    assert completed_at == scene.clock.seconds
    await scene.change(task("a"), task("b"), states={"http://b/b": TaskState()})
    assert scene.monitor.meter.completed_at == completed_at
    await scene.change(task("c"), states={"http://c/c": TaskState()})
    assert scene.monitor.meter.completed_at is None


async def test_tasks_that_wait_for_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that waits too long for a place of its host is unknown with that reason, and a problem."""
    scene = Scene(monkeypatch, per_host=1)
    await scene.watch(task("slow.1"), task("slow.2"), task("quick"))
    await scene.answer("quick")
    await scene.at(120)
    assert scene.monitor.backlog.problems() == ()
    await scene.at(140)
    limit = "because of the limit of 1 check of http://slow:80 at once (per_host)"
    assert scene.monitor.backlog.problems() == (
        Problem(ProblemKind.OVERLOADED, f"1 task was not checked in time {limit}"),
    )
    reported = [step for step in scene.steps if step.url == "http://slow/slow.2"]
    assert [step.state.verdict for step in reported] == [
        Verdict(Status.UNKNOWN, reason=f"not checked in time {limit}")
    ]
    assert scene.asked.count("slow.2") == 0
    await scene.answer("slow.1")
    await scene.answer("slow.2")
    await scene.at(146)
    assert scene.monitor.backlog.problems() == ()
    assert scene.steps[-1].state.verdict.status is Status.OK
    await scene.end_check()


async def test_tasks_that_wait_for_the_limit_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that waits for a place among all checks names that limit."""
    scene = Scene(monkeypatch, total=1)
    await scene.watch(task("a"), task("b"))
    await scene.at(140)
    (step,) = scene.steps
    limit = "the limit of 1 check of all tasks at once (concurrency)"
    assert (step.url, step.state.verdict.reason) == ("http://b/b", f"not checked in time because of {limit}")
    await scene.end_check()


async def test_items_of_one_page(scene: Scene) -> None:
    """The first item of a page is probed alone; the others follow in its place, and none of them is late."""
    jobs = Expectations(page=PageDefinition("jobs", each="jobs", item_name="name", lastrun="t"))
    items = [replace(task(f"list#{number}"), expectations=jobs) for number in range(200)]
    await scene.watch(*items, task("list"))
    assert sorted(scene.open) == ["list", "list#0"]
    await scene.at(30)
    await scene.answer("list#0", replace(GONE, duration=TOOK))
    assert len(scene.open) == 1 + ADMITTED_TOGETHER
    for number in range(1, 200):
        await scene.answer(f"list#{number}", replace(GONE, shared=True))
    assert len(scene.steps) == 200
    stats = scene.monitor.meter.read(scene.clock.seconds)
    assert stats.lateness_worst < 2
    # A failure of the page was met once.
    assert sum(scene.monitor.counters.durations.read().counts) == 1
    assert scene.monitor.counters.verdicts() == {(Status.ERROR, Cause.UNREACHABLE): 200}


@dataclass
class FakePushes:
    """The reports of pushed tasks, as a test sets them."""

    reports: dict[str, TaskReport] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    excused: list[Verdict] = field(default_factory=list)
    error: Exception | None = None

    def report(self, task: Task) -> TaskReport | InvalidReport:
        """Return what it was given."""
        if self.error:
            raise self.error
        return self.reports[task.url]

    def log(self, task: Task) -> tuple[str, ...]:
        """Return what it was given."""
        assert task.push
        return self.lines

    def arrived(self) -> list[str]:
        """Return what has come since the last time."""
        news, self.news = self.news, []
        return news

    def excuse(
        self, task: Task, verdict: Verdict, previous: Verdict, absences: Sequence[Absence], now: datetime
    ) -> Verdict:
        """Excuse nothing, and note that it was tried."""
        assert (task.push, previous, absences, now) is not None
        self.excused.append(verdict)
        return verdict

    def push(self, task: Task, seconds: float, *, healthy: bool = True) -> None:
        """Have a report of an hourly task arrive, so many seconds after the start."""
        at = NOW + timedelta(seconds=seconds)
        reason = None if healthy else "no space"
        self.reports[task.url] = TaskReport(healthy, at, timedelta(hours=1), reason)
        self.news.append(task.url)


PUSHED = Task("push:a", "push:a", interval=timedelta(minutes=5), push=PushIdentity("a"))


@pytest.fixture
async def pushes(scene: Scene) -> FakePushes:
    """Return the reports of a task that is pushed, which has reported at the start."""
    pushes = FakePushes()
    pushes.push(PUSHED, 0)
    scene.monitor.pushes = pushes
    await scene.watch(PUSHED)
    scene.steps.clear()
    return pushes


async def test_a_push_is_evaluated_at_once(scene: Scene, pushes: FakePushes) -> None:
    """The next round of the loop has it; nothing is requested, and nothing took any time."""
    pushes.push(PUSHED, 10, healthy=False)
    pushes.lines = ("copying", "no space")
    await scene.at(10)
    (step,) = scene.steps
    assert (step.state.verdict.cause, step.state.verdict.reason) == (Cause.FAILED, "no space")
    assert (step.state.duration, step.body) == (None, None)
    assert step.notices[0].log == pushes.lines
    assert scene.asked == []


async def test_a_pushed_task_is_late_at_its_deadline(scene: Scene, pushes: FakePushes) -> None:
    """Not one interval later: its next check is due when it may be late."""
    pushes.push(PUSHED, 100)
    await scene.at(100)
    for seconds in range(100, 3700, 60):
        await scene.at(seconds)
    assert {step.state.verdict.status for step in scene.steps} == {Status.OK}
    await scene.at(3700 + 2 * TICK_SECONDS)
    assert scene.steps[-1].state.verdict.cause is Cause.LATE
    assert pushes.excused[-1].cause is Cause.LATE


async def test_a_pushed_task_is_evaluated_at_its_interval(scene: Scene, pushes: FakePushes) -> None:
    """So that a loop that has stopped is noticed; health counts it as a check."""
    for seconds in (100, 200):
        pushes.push(PUSHED, seconds)
        await scene.at(seconds)
    scene.steps.clear()
    await scene.at(499)
    assert scene.steps == []
    await scene.at(501)
    assert [step.state.pings for step in scene.steps] == [5]
    assert scene.monitor.meter.under_way == 0
    assert scene.monitor.meter.completed == 2
    assert pushes.excused


async def test_an_error_costs_one_check_of_a_pushed_task(
    scene: Scene, pushes: FakePushes, caplog: pytest.LogCaptureFixture
) -> None:
    """The loop goes on, and the next push is evaluated."""
    pushes.error = RuntimeError("a fault")
    pushes.push(PUSHED, 10)
    await scene.at(10)
    assert scene.steps == []
    assert "Internal error in the check of push:a" in caplog.text
    pushes.error = None
    pushes.push(PUSHED, 20)
    await scene.at(20)
    assert len(scene.steps) == 1


async def test_a_push_of_a_removed_task_is_ignored(scene: Scene, pushes: FakePushes) -> None:
    """It may still be on its way when the list of tasks changes."""
    pushes.push(PUSHED, 10)
    await scene.change(task("a"), states={"http://a/a": TaskState()})
    await scene.at(10)
    assert [step.url for step in scene.steps] == []


async def test_a_pushed_task_shows_nothing_about_the_network(scene: Scene, pushes: FakePushes) -> None:
    """It is in no sample of tasks that are probed."""
    await scene.watch(PUSHED, task("a"))
    assert [each.task.url for each in scene.connectivity_guard._sampler.members] == ["http://a/a"]  # noqa: SLF001 - what is sampled
    assert pushes.reports


async def test_patience(scene: Scene) -> None:
    """A failing task is checked when its patience ends, long before the next interval, and then notified."""
    await scene.watch(replace(task("a"), patience=timedelta(seconds=100)))
    await scene.answer("a", GONE)
    assert scene.steps[-1].state.incident
    await scene.at(100)
    assert scene.asked == ["a"]
    await scene.at(101.1)
    await scene.answer("a", GONE)
    assert [[notice.kind for notice in step.notices] for step in scene.steps] == [[], [NoticeKind.FAILED]]
    await scene.at(400)
    assert scene.asked == ["a", "a"]


async def test_escalation(scene: Scene) -> None:
    """A failing task is checked when a channel is to be notified, and when the channels have changed."""
    scene.monitor.escalate_by([Route("boss", after=timedelta(seconds=100)), Route("all")])
    await scene.watch(task("a"))
    await scene.answer("a", GONE)
    await scene.at(101.1)
    await scene.answer("a", GONE)
    scene.monitor.escalate_by([Route("chief", after=timedelta(seconds=50), causes=(Cause.LATE,))])
    await scene.at(102)
    await scene.answer("a", GONE)
    kinds = [[notice.kind for notice in step.notices] for step in scene.steps]
    assert kinds == [[NoticeKind.FAILED], [NoticeKind.ESCALATED], []]
    scene.monitor.escalate_by([Route("boss", after=timedelta(seconds=120))])
    await scene.at(103)
    await scene.answer("a", GONE)
    await scene.at(121.1)
    await scene.answer("a")
    kinds = [[notice.kind for notice in step.notices] for step in scene.steps]
    assert kinds[3:] == [[], [NoticeKind.RECOVERED]]
