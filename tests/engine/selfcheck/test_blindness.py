"""A node that is cut off from the tasks leaves them to nodes that are not."""

from __future__ import annotations

import asyncio
from asyncio import sleep as breath
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from tests.support.fake_clock import FakeClock

from py_pinger.core.evaluation.evaluate import evaluate
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
from py_pinger.core.model.cluster import Node, NodeReport, Sight
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import PushIdentity, Task
from py_pinger.core.selfcheck.peers import ANSWER, CLEAR_AFTER, Peers
from py_pinger.core.text.urls import origin
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.connectivity import RETRY_INTERVAL, ConnectivityGuard
from py_pinger.engine.selfcheck.outage import State
from py_pinger.engine.selfcheck.peer_evidence import PEER_POLL
from py_pinger.engine.selfcheck.sampling import SampleProber

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOOK = timedelta(milliseconds=20)
GRACE = timedelta(minutes=5)
OK = TaskState(Verdict(Status.OK), checked_at=NOW - SECOND)
REFUSED = NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK)
FINE = Response(200, b"{}", TOOK)


def task(host: str) -> Task:
    """Return a task on a host."""
    url = f"http://{host}.example/"
    return Task(url, url)


class Scene:
    """A node that owns the tasks on two hosts, and another one that owns those on three.

    `down` are the hosts that do not respond here.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, own: str = "ab", others: str = "cde") -> None:
        self.clock = FakeClock(NOW)
        self.down: set[str] = set()
        self.probed: list[str] = []
        self.notices: list[Notice] = []
        self.slept: list[float] = []
        self.requested: list[str] = []
        self.reached: datetime | None = NOW - SECOND
        self.is_fit = True
        pushed = Task("push:backup", "push:backup", push=PushIdentity("backup"))
        self.tasks: Sequence[Task] = [*map(task, others), pushed]
        self.states = {each.url: OK for each in self.tasks}
        sampler = SampleProber(self.probe, Random(1), self)  # noqa: S311 - no secret
        self.guard = ConnectivityGuard(sampler, self.notices.append, self.clock, self.peers)
        self.guard.apply((), GRACE)
        self.own(own)
        self.gate = asyncio.Event()
        monkeypatch.setattr(asyncio, "sleep", self.sleep)
        self.loop = asyncio.create_task(self.guard.run())

    def own(self, hosts: str) -> None:
        """Own the tasks on these hosts."""
        self.members = {host: MonitoredTask(task(host), origin(task(host).url), OK, 0.0) for host in hosts}
        self.guard.watch([*self.members.values()])

    def state(self, url: str) -> TaskState | None:
        """Return what the other node has stored of a task."""
        return self.states.get(url)

    def reach(self, hosts: str, verdict: Verdict = OK.verdict) -> None:
        """Have the other node check its tasks on these hosts now, with this verdict."""
        self.reached = self.clock.now()
        self.states |= {task(host).url: TaskState(verdict, checked_at=self.reached) for host in hosts}

    def check_soon(self, url: str) -> None:
        """Note which checks are requested of the other node."""
        self.requested.append(url)

    def peers(self) -> Peers:
        """Return the other node as it is now."""
        report = NodeReport("", reached=self.reached)
        node = Node(2, "a", "1", NOW, NOW, expired=False, written=0, report=report)
        return Peers((node,) if self.is_fit else ())

    async def probe(self, task: Task) -> ProbeResult:
        """Return the result of a probe."""
        self.probed.append(host_of(task))
        return REFUSED if host_of(task) in self.down else FINE

    async def sleep(self, seconds: float) -> None:
        """Wait until the test lets the time pass."""
        self.slept.append(seconds)
        if seconds:
            await self.gate.wait()
            self.gate.clear()
            self.clock.seconds += seconds

    def see(self, host: str, result: ProbeResult = REFUSED) -> Status | None:
        """Check an own task; return the status to go on with, None if the verdict is held."""
        monitored = self.members[host]
        check = Check(evaluate(result, self.clock.now(), timedelta(0)), self.clock.now(), TOOK)
        reviewed = self.guard.review(monitored, check, result)
        return reviewed.verdict.status if reviewed else None

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(20):
            await breath(0)

    async def wait(self, seconds: float) -> None:
        """Let pauses pass until so many seconds have."""
        until = self.clock.seconds + seconds
        await self.settle()
        while self.clock.seconds < until:
            before = self.clock.seconds
            self.gate.set()
            await self.settle()
            assert self.clock.seconds > before, "nothing waits"

    @property
    def kinds(self) -> list[NoticeKind]:
        """The notices."""
        return [notice.kind for notice in self.notices]


def host_of(task: Task) -> str:
    """Return the host of a task."""
    return task.url.removeprefix("http://").partition(".")[0]


Begin = Callable[..., Scene]


@pytest.fixture
async def begin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """Return what makes a scene, whose loop ends with the test."""
    made: list[Scene] = []

    def make(own: str = "ab", others: str = "cde") -> Scene:
        made.append(Scene(monkeypatch, own, others))
        return made[-1]

    with monkeypatch.context():
        yield make
    for scene in made:
        scene.loop.cancel()
        with suppress(asyncio.CancelledError):
            await scene.loop


async def cut_off(scene: Scene) -> None:
    """Have a node lose all tasks, which the other node reaches."""
    scene.down |= set("abcde")
    assert scene.see("a") is None
    scene.reach("cde")
    await scene.settle()


async def test_a_failure_of_one_task_is_notified_at_once(begin: Begin) -> None:
    """The sample is drawn from the tasks of all nodes: if these respond, the failure is the task's own."""
    scene = begin(own="a")
    scene.down = {"a"}
    assert scene.see("a") is None
    await scene.settle()
    assert [held.check.verdict.status for held in scene.guard.released()] == [Status.ERROR]
    assert sorted(scene.probed) == ["a", "c", "d", "e"]
    assert (scene.guard.sight, scene.requested) == (Sight.CLEAR, [])
    assert scene.guard.reached == NOW


async def test_a_node_alone_is_cut_off(begin: Begin) -> None:
    """If another node reaches tasks, this one is blind at once: it records nothing and makes no notice."""
    scene = begin()
    await cut_off(scene)
    assert (scene.guard.sight, scene.guard.state) == (Sight.BLIND, State.BLIND)
    assert (scene.see("b"), scene.guard.released(), scene.notices) == (None, [], [])
    (problem,) = scene.guard.problems()
    assert problem.text == (
        "this node is cut off from the network since 10:05 UTC; other nodes watch its tasks"
    )
    assert scene.see("a", FINE) is Status.ERROR  # an empty report, but the task has responded


async def test_the_other_node_is_asked_for_evidence(begin: Begin) -> None:
    """If the other node has reached nothing since, it checks its tasks that are unreachable here."""
    scene = begin()
    scene.down |= set("abcde")
    scene.see("a")
    await scene.settle()
    assert {url.removeprefix("http://")[0] for url in scene.requested} == set("cde")
    assert (scene.guard.state, scene.slept) == (State.PROBING, [PEER_POLL])
    scene.reach("c")
    await scene.wait(PEER_POLL)
    assert scene.guard.state is State.PROBING
    scene.requested.clear()
    scene.reach("de")
    await scene.wait(PEER_POLL)
    assert (scene.guard.sight, scene.requested) == (Sight.BLIND, [])


@pytest.mark.parametrize(
    "verdict", [Verdict(Status.ERROR, Cause.UNREACHABLE), Verdict(Status.UNKNOWN, reason="offline")]
)
async def test_tasks_that_are_down_for_all_nodes_cut_none_of_them_off(begin: Begin, verdict: Verdict) -> None:
    """If the other node does not reach those tasks either, though it reaches others, none is blind."""
    scene = begin(others="cdefg")
    scene.down |= set("acde")
    scene.see("a")
    await scene.settle()
    scene.reach("cde", verdict)
    scene.reach("fg")
    await scene.wait(ANSWER.total_seconds() - PEER_POLL)
    assert (scene.guard.state, scene.guard.sight) == (State.PROBING, Sight.CLEAR)
    await scene.wait(PEER_POLL)
    assert (scene.guard.state, scene.guard.sight) == (State.COUNTING, Sight.CLEAR)


async def test_a_node_that_has_lost_only_its_own_tasks_trusts_others(begin: Begin) -> None:
    """If no task of another node is unreachable from here, it is enough that one reaches anything."""
    scene = begin(own="abcd", others="ef")
    scene.down |= set("abcd")
    scene.see("a")
    scene.reached = NOW
    await scene.settle()
    assert scene.guard.sight is Sight.BLIND


async def test_urls_decide_if_there_are_some(begin: Begin) -> None:
    """If the connectivity URLs do not respond here, the other node is asked about its tasks all the same."""
    scene = begin()
    scene.guard.apply(["http://url.example/"], GRACE)
    scene.guard.watch([*scene.members.values()])
    scene.down |= {"url", "a"}
    scene.see("a")
    await scene.settle()
    assert (set(scene.probed), len(scene.requested)) == ({"url"}, 3)
    await scene.wait(PEER_POLL)
    assert len(scene.requested) == 3
    scene.reached = NOW + SECOND
    await scene.wait(PEER_POLL)
    assert (scene.guard.sight, scene.guard.state) == (Sight.BLIND, State.BLIND)
    scene.down.remove("url")
    await scene.wait(CLEAR_AFTER.total_seconds() + RETRY_INTERVAL)
    assert (scene.guard.sight, scene.guard.state) == (Sight.CLEAR, State.ONLINE)


async def test_if_no_node_reaches_tasks_py_pinger_is_offline(begin: Begin) -> None:
    """Without evidence of another node a node sits it out: the numbers count those that others own."""
    scene = begin()
    scene.down |= set("abcde")
    scene.see("a")
    await scene.wait(ANSWER.total_seconds())
    assert (scene.guard.state, scene.guard.sight) == (State.COUNTING, Sight.CLEAR)
    assert scene.guard.recheck_requested()
    scene.see("b")
    await scene.settle()
    await scene.wait(0.05)
    assert (scene.guard.state, scene.guard.sight) == (State.OFFLINE, Sight.CLEAR)
    assert scene.notices[0].text == "Py Pinger may be offline: 5 of 5 tasks unreachable since 10:05 UTC."
    assert scene.see("a") is Status.UNKNOWN


async def test_without_fit_nodes_nobody_is_waited_for(begin: Begin) -> None:
    """If no other node is fit, a suspected outage is that of a single process."""
    scene = begin()
    scene.is_fit = False
    scene.down |= set("abcde")
    scene.see("a")
    await scene.settle()
    assert scene.guard.state is State.COUNTING


async def test_a_node_sees_again_after_a_while(begin: Begin) -> None:
    """The network has to respond for half a minute without a break before the node owns tasks again."""
    scene = begin()
    await cut_off(scene)
    scene.own("")
    scene.down.clear()
    await scene.wait(CLEAR_AFTER.total_seconds() - RETRY_INTERVAL)
    scene.down |= set("abcde")
    await scene.wait(RETRY_INTERVAL)
    scene.down.clear()
    await scene.wait(CLEAR_AFTER.total_seconds())
    assert scene.guard.sight is Sight.BLIND
    await scene.wait(RETRY_INTERVAL)
    assert (scene.guard.sight, scene.guard.state, scene.notices) == (Sight.CLEAR, State.ONLINE, [])
    assert scene.guard.recheck_requested()
    assert scene.guard.problems() == ()


async def test_an_outage_of_all_becomes_one_of_this_node(begin: Begin) -> None:
    """When another node has its network back first it has the tasks; the warning of this one ends later."""
    scene = begin()
    scene.is_fit = False
    scene.down |= set("abcde")
    scene.see("a")
    scene.see("b")
    await scene.wait(0.05)
    assert (scene.guard.state, scene.kinds) == (State.OFFLINE, [NoticeKind.SELF_PROBLEM])
    scene.is_fit = True
    await scene.wait(RETRY_INTERVAL)
    assert set(scene.requested) == {task(host).url for host in "cde"}
    scene.reach("cde")
    await scene.wait(RETRY_INTERVAL)
    assert (scene.guard.state, scene.guard.sight) == (State.BLIND, Sight.BLIND)
    scene.own("")
    scene.down.clear()
    await scene.wait(CLEAR_AFTER.total_seconds() + RETRY_INTERVAL)
    assert scene.kinds == [NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED]


async def test_a_blind_node_that_is_left_alone_sits_it_out(begin: Begin) -> None:
    """If it gets tasks since no other node is fit, these are unknown, and people are notified."""
    scene = begin()
    await cut_off(scene)
    scene.own("")
    scene.is_fit = False
    await scene.wait(RETRY_INTERVAL)
    assert scene.guard.state is State.BLIND
    scene.own("ab")
    await scene.wait(RETRY_INTERVAL)
    assert (scene.guard.state, scene.guard.sight) == (State.OFFLINE, Sight.CLEAR)
    assert (scene.see("a"), scene.kinds) == (Status.UNKNOWN, [NoticeKind.SELF_PROBLEM])
    await scene.wait(GRACE.total_seconds())
    assert (scene.guard.state, scene.kinds[1:]) == (State.NOTIFYING, [NoticeKind.SELF_PROBLEM])


async def test_a_node_without_tasks_shows_that_it_reaches_some(begin: Begin) -> None:
    """Only a node that owns nothing, beside others, probes a task from time to time."""
    scene = begin()
    reaching = asyncio.create_task(scene.guard.keep_reaching())
    await scene.settle()
    assert (scene.probed, scene.guard.reached) == ([], None)
    scene.own("")
    scene.is_fit = False
    await scene.wait(5)
    assert scene.probed == []
    scene.is_fit = True
    await scene.wait(5)
    assert (len(scene.probed), scene.guard.reached) == (1, scene.clock.now())
    scene.down |= set("abcde")
    await scene.wait(5)
    assert scene.guard.reached == scene.clock.now() - 5 * SECOND
    reaching.cancel()


async def test_the_response_of_a_check_counts(begin: Begin) -> None:
    """What a check has reached is known to the other nodes."""
    scene = begin()
    scene.guard.note_response(NOW)
    assert scene.guard.reached == NOW


async def test_a_task_that_its_owner_does_not_monitor_is_no_evidence(begin: Begin) -> None:
    """Tasks of which nothing is stored are not probed, nor is a task that is pushed."""
    scene = begin(own="abf")
    del scene.states["http://c.example/"]
    scene.down = {"a"}
    scene.see("a")
    await scene.settle()
    assert sorted(scene.probed) == ["a", "b", "d", "e", "f"]
