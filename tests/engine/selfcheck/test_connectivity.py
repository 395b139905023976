"""Holding verdicts until it is known whose trouble they are."""

from __future__ import annotations

import asyncio
from asyncio import sleep as breath
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.health import ProblemKind
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import DIRECT, ConnectionProfile, Expectations, Task
from py_pinger.core.text.urls import origin
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck import connectivity as module
from py_pinger.engine.selfcheck import network_probe as probe_module
from py_pinger.engine.selfcheck.connectivity import (
    COUNTING,
    RETRY_INTERVAL,
    ConnectivityGuard,
)
from py_pinger.engine.selfcheck.outage import PROBED_ONCE, State
from py_pinger.engine.selfcheck.sampling import HOSTS, SHORT_TIMEOUT, SampleProber

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
TOOK = timedelta(milliseconds=20)
OK = Verdict(Status.OK)
REFUSED = NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK)
NO_NAME = NoResponse(ProbeFailure.DNS, "the name server did not answer", TOOK)
OURS = NoResponse(ProbeFailure.LOCAL, "no descriptors left", TOOK)
FINE = Response(200, b"{}", TOOK)
CANARY = "https://url.example/"


@dataclass
class Scene:
    """Tasks `a.0` to `a.2`, `b.0` … on hosts of those letters; `down` are those that do not respond."""

    monkeypatch: pytest.MonkeyPatch
    hosts: str = "abcd"
    urls: tuple[str, ...] = ()
    grace: timedelta = timedelta(minutes=5)
    down: set[str] = field(default_factory=set)
    probed: list[Task] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW + timedelta(minutes=4)))

    def __post_init__(self) -> None:
        sampler = SampleProber(self.probe, Random(1))  # noqa: S311 - no secret
        self.connectivity_guard = ConnectivityGuard(sampler, self.notices.append, self.clock)
        self.connectivity_guard.apply(self.urls, self.grace)
        names = [f"{host}.{number}" for number in range(3) for host in self.hosts]
        self.monitored = {name: monitored(name) for name in names}
        self.connectivity_guard.watch([*self.monitored.values()])
        self.gate = asyncio.Event()
        self.monkeypatch.setattr(asyncio, "sleep", self.sleep)
        self.loop = asyncio.create_task(self.connectivity_guard.run())

    async def probe(self, task: Task) -> ProbeResult:
        """Return the result of a probe of a task or of a URL."""
        self.probed.append(task)
        return REFUSED if task.url in self.down or host_of(task.url) in self.down else FINE

    async def sleep(self, seconds: float) -> None:
        """Wait until the test lets the time pass."""
        if not seconds:
            return
        self.slept.append(seconds)
        await self.gate.wait()
        self.gate.clear()
        self.clock.seconds += seconds

    def see(self, name: str, answer: ProbeResult) -> Verdict | None:
        """Check a task, and apply the reviewed verdict."""
        seen = self.monitored[name]
        verdict = OK if isinstance(answer, Response) else evaluate(answer, NOW, timedelta(0))
        check = self.connectivity_guard.review(seen, Check(verdict, NOW, answer.duration), answer)
        if check is None:
            return None
        seen.state = TaskState(verdict=check.verdict)
        return check.verdict

    def lose(self, *names: str, answer: ProbeResult = REFUSED) -> list[Verdict | None]:
        """Check tasks that became unreachable, with their hosts."""
        self.down |= {host_of(name) for name in names}
        return [self.see(name, answer) for name in names]

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(20):
            await breath(0)

    async def wait(self) -> None:
        """Let one pause pass."""
        await self.settle()
        self.gate.set()
        await self.settle()

    def released(self) -> dict[str, Verdict]:
        """Return what is held no longer."""
        return {
            held.monitored.task.url.rpartition("/")[2]: held.check.verdict
            for held in self.connectivity_guard.released()
        }

    @property
    def kinds(self) -> list[NoticeKind]:
        """The notices."""
        return [notice.kind for notice in self.notices]


def host_of(url: str) -> str:
    """Return the host in the name of a task."""
    return url.rpartition("/")[2].partition(".")[0]


def monitored(name: str) -> MonitoredTask:
    """Return a task that is well."""
    url = f"http://{host_of(name)}.example/{name}"
    return MonitoredTask(Task(url, url, retries=2), origin(url), TaskState(verdict=OK), 0.0)


@pytest.fixture
async def scenes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[type[Scene]]:
    """Return what makes a scene, whose loop ends with the test."""
    made: list[Scene] = []

    class Made(Scene):
        def __post_init__(self) -> None:
            super().__post_init__()
            made.append(self)

    with monkeypatch.context():
        yield Made
    for scene in made:
        scene.loop.cancel()
        with suppress(asyncio.CancelledError):
            await scene.loop


ERROR = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused", fault=Fault(FaultCode.REFUSED))
DOUBTED = Verdict(Status.UNKNOWN, reason="Py Pinger may be offline since 10:05 UTC")


async def test_a_lone_failure(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is held only until a task on each other host was probed once, with a short timeout."""
    scene = scenes(monkeypatch)
    assert scene.lose("a.0") == [None]
    await scene.settle()
    assert scene.released() == {"a.0": ERROR}
    assert sorted(host_of(task.url) for task in scene.probed) == ["a", "b", "c", "d"]
    assert {(task.retries, task.timeout) for task in scene.probed} == {(0, SHORT_TIMEOUT)}
    assert (
        scene.connectivity_guard.state,
        scene.notices,
        (scene.connectivity_guard.state in PROBED_ONCE),
    ) == (
        State.ONLINE,
        [],
        False,
    )


async def test_the_network_is_believed_for_a_moment(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a positive result the next failure passes without another sample."""
    scene = scenes(monkeypatch)
    scene.lose("a.0")
    await scene.settle()
    asked = len(scene.probed)
    assert scene.lose("a.1") == [ERROR]
    scene.clock.seconds += module.RESULT_VALID
    assert scene.lose("b.1") == [None]
    await scene.settle()
    assert len(scene.probed) > asked


@pytest.mark.parametrize(
    ("settings", "lost"),
    [
        pytest.param({"hosts": "ab"}, ["a.0", "a.1", "b.0", "b.1"], id="two hosts"),
        pytest.param({"grace": timedelta(0)}, ["a.0", "b.0", "c.0", "d.0"], id="no grace"),
        pytest.param({"urls": (CANARY,), "grace": timedelta(0)}, ["a.0"], id="a url, but no grace"),
    ],
)
async def test_no_doubt(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], lost: list[str]
) -> None:
    """Where no outage can be suspected, or none shall be, no check is held."""
    scene = scenes(monkeypatch, **settings)  # type: ignore[arg-type]  # the table's own columns
    assert scene.lose(*lost) == [ERROR] * len(lost)
    assert scene.probed == []


async def test_known_trouble(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that was unreachable before, and a local failure, raise no suspicion."""
    scene = scenes(monkeypatch)
    scene.monitored["a.0"].state = TaskState(verdict=ERROR)
    assert scene.lose("a.0") == [ERROR]
    assert scene.see("b.0", OURS) == Verdict(Status.UNKNOWN, reason="no descriptors left")
    assert (scene.connectivity_guard.state, scene.probed) == (State.ONLINE, [])


async def test_cut_off(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tasks unreachable: one notice, all unknown; at the end another, and all are checked."""
    scene = scenes(monkeypatch)
    names = [*scene.monitored]
    assert scene.lose(*names[:11]) == [None] * 11
    scene.down.add("d")
    await scene.settle()
    assert (
        scene.connectivity_guard.state,
        scene.connectivity_guard.recheck_requested(),
        (scene.connectivity_guard.state in PROBED_ONCE),
    ) == (
        State.COUNTING,
        True,
        True,
    )
    scene.connectivity_guard.recheck_requested()
    assert scene.see(names[11], FINE) == OK
    await scene.wait()
    assert scene.connectivity_guard.state is State.OFFLINE
    assert scene.released() == dict.fromkeys(names[:11], DOUBTED)
    assert [notice.text for notice in scene.notices] == [
        "Py Pinger may be offline: 11 of 12 tasks unreachable since 10:05 UTC."
    ]
    assert [each.kind for each in scene.connectivity_guard.problems()] == [ProblemKind.OFFLINE]
    assert scene.lose(names[11]) == [DOUBTED]
    scene.down.clear()
    await scene.wait()
    assert (
        scene.connectivity_guard.state,
        scene.connectivity_guard.recheck_requested(),
        scene.connectivity_guard.problems(),
    ) == (State.ONLINE, True, ())
    end = "The network is back: 12 of 12 tasks were unreachable from 10:05 to 10:09 UTC."
    assert [notice.text for notice in scene.notices[1:]] == [f"{end} Failures that remain are notified now."]


async def test_half_of_them(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """If the sample fails but most tasks respond, the failures are released as they are."""
    scene = scenes(monkeypatch)
    scene.lose("a.0", "b.0")
    scene.down |= {"c", "d"}
    await scene.settle()
    for name in scene.monitored:
        if name not in {"a.0", "b.0"}:
            scene.see(name, FINE)
    await scene.wait()
    assert scene.released() == {"a.0": ERROR, "b.0": ERROR}
    assert (scene.connectivity_guard.state, scene.notices) == (State.ONLINE, [])


async def test_reached_again(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that responds while its failure is held has not failed."""
    scene = scenes(monkeypatch)
    scene.lose("a.0", "b.0")
    assert scene.see("a.0", FINE) == OK
    await scene.settle()
    assert scene.released() == {"b.0": ERROR}


async def test_some_never_answer(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting ends, even if not every task was checked."""
    scene = scenes(monkeypatch)
    scene.lose("a.0", "b.0", "c.0")
    scene.down.add("d")
    await scene.wait()
    assert scene.connectivity_guard.state in PROBED_ONCE
    assert not scene.notices
    scene.clock.seconds += COUNTING
    await scene.wait()
    assert scene.notices[0].text == "Py Pinger may be offline: 3 of 12 tasks unreachable since 10:05 UTC."


async def test_who_is_gone_is_not_waited_for(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that are removed during counting do not count."""
    scene = scenes(monkeypatch)
    scene.lose("a.0", "b.0", "c.0")
    scene.down.add("d")
    await scene.wait()
    scene.lose("a.1", "b.1", "c.1", "a.2", "b.2")
    for name in ("a.0", "c.2", "d.0", "d.1", "d.2"):
        scene.monitored[name].removed = True
    scene.connectivity_guard.watch([each for each in scene.monitored.values() if not each.removed])
    await scene.wait()
    assert scene.notices[0].text == "Py Pinger may be offline: 7 of 7 tasks unreachable since 10:05 UTC."
    assert sorted(scene.released()) == ["a.1", "a.2", "b.0", "b.1", "b.2", "c.0", "c.1"]


def items_of_one_page(count: int, host: str = "list") -> dict[str, MonitoredTask]:
    """Return tasks that are items of one page."""
    page = PageDefinition("jobs", each="jobs", item_name="name", lastrun="t")
    found = {f"{host}.{number}": monitored(f"{host}.0#{number}") for number in range(count)}
    for each in found.values():
        each.apply(replace(each.task, expectations=Expectations(page=page)))
    return found


async def test_a_shared_page_counts_once(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred items of one dead page are one unreachable page of seven, with two others of three."""
    scene = scenes(monkeypatch, "abcdef")
    jobs = items_of_one_page(200)
    for name in [*scene.monitored]:
        if not name.endswith(".0"):
            del scene.monitored[name]
    scene.monitored |= jobs
    scene.connectivity_guard.watch([*scene.monitored.values()])
    scene.down |= set("cdef")
    scene.lose(*jobs, "a.0", "b.0")
    await scene.settle()
    assert scene.connectivity_guard.state is State.COUNTING
    for name in ("c.0", "d.0", "e.0", "f.0"):
        scene.see(name, FINE)
    await scene.wait()
    assert (scene.connectivity_guard.state, scene.notices) == (State.ONLINE, [])
    assert scene.released() == dict.fromkeys(
        [f"list.0#{number}" for number in range(200)] + ["a.0", "b.0"], ERROR
    )


async def test_a_shared_page_that_responds_counts_once(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred items of a page on this machine do not hide that all other hosts are unreachable."""
    scene = scenes(monkeypatch, "abcdef")
    jobs = items_of_one_page(200)
    scene.monitored |= jobs
    scene.connectivity_guard.watch([*scene.monitored.values()])
    scene.lose(*(name for name in scene.monitored if name not in jobs))
    await scene.settle()
    for name in jobs:
        assert scene.see(name, FINE) == OK
    await scene.wait()
    assert [notice.text for notice in scene.notices] == [
        "Py Pinger may be offline: 18 of 19 pages unreachable since 10:05 UTC."
    ]


async def test_an_item_that_is_gone_leaves_its_page(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page counts until its last task is removed."""
    scene = scenes(monkeypatch)
    jobs = items_of_one_page(2)
    scene.monitored |= jobs
    scene.connectivity_guard.watch([*scene.monitored.values()])
    scene.down |= set("abcd")
    names = [*scene.monitored]
    scene.lose(*names[:9], *jobs)
    await scene.settle()
    for gone in jobs.values():
        gone.removed = True
        present = [each for each in scene.monitored.values() if not each.removed]
        scene.connectivity_guard.watch(present)
    scene.clock.seconds += COUNTING
    await scene.wait()
    text = "Py Pinger may be offline: 9 of 12 pages unreachable since 10:05 UTC."
    assert scene.notices[0].text == text


async def test_other_urls(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed URLs are probed from the next suspicion on; without grace there is none."""
    scene = scenes(monkeypatch)
    scene.connectivity_guard.apply([CANARY], timedelta(minutes=1))
    scene.lose("a.0")
    await scene.settle()
    assert [task.url for task in scene.probed] == [CANARY]
    scene.released()
    scene.connectivity_guard.apply([], timedelta(0))
    scene.connectivity_guard.watch([*scene.monitored.values()])
    scene.clock.seconds += module.RESULT_VALID + 1
    assert scene.lose("b.0", "c.0") == [ERROR, ERROR]


async def test_a_url_is_requested_with_its_own_profile(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monitored URL is requested with its task's settings; another one gets no token."""
    scene = scenes(monkeypatch)
    own = replace(scene.monitored["d.2"].task, profile=ConnectionProfile(verify=False))
    scene.monitored["d.2"].task = own
    scene.connectivity_guard.apply([CANARY, own.url], timedelta(minutes=1))
    scene.lose("a.0")
    await scene.settle()
    assert [(task.url, task.token_auth, task.profile) for task in scene.probed] == [
        (CANARY, None, DIRECT),
        (own.url, "", own.profile),
    ]


async def test_a_long_outage(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it is notified, and all are checked and notified as found; from then on it is known."""
    scene = scenes(monkeypatch, grace=timedelta(seconds=RETRY_INTERVAL))
    scene.lose(*scene.monitored)
    await scene.settle()
    scene.connectivity_guard.recheck_requested()
    await scene.wait()
    assert (
        scene.connectivity_guard.state,
        scene.connectivity_guard.recheck_requested(),
        (scene.connectivity_guard.state in PROBED_ONCE),
    ) == (State.NOTIFYING, True, False)
    assert scene.connectivity_guard.problems() == ()
    told = "Py Pinger may still be offline: 12 of 12 tasks unreachable since 10:05 UTC."
    assert [notice.text for notice in scene.notices[1:]] == [
        f"{told} Their failures are notified now, since the tasks may be the reason."
    ]
    scene.down.discard("d")
    names = [*scene.monitored]
    assert scene.lose(*names[:11]) == [ERROR] * 11
    assert scene.see(names[11], FINE) == OK
    await scene.wait()
    assert (scene.connectivity_guard.state, len(scene.notices)) == (State.ONLINE, 2)
    assert scene.lose(names[0]) == [ERROR]


async def test_a_hurried_loss_is_due_a_second_time(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure without retries is dropped when the network turns out to work."""
    scene = scenes(monkeypatch)
    scene.lose("a.0", "b.0")
    scene.down |= {"c", "d"}
    await scene.settle()
    assert scene.see("c.0", REFUSED) is None
    for name in scene.monitored:
        if name not in {"a.0", "b.0", "c.0"}:
            scene.see(name, FINE)
    scene.connectivity_guard.recheck_requested()
    await scene.wait()
    assert scene.released() == {"a.0": ERROR, "b.0": ERROR}
    assert (scene.connectivity_guard.state, scene.connectivity_guard.recheck_requested()) == (
        State.ONLINE,
        True,
    )


async def test_a_url_decides_at_once(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """Configured URLs replace the sample, however few hosts there are, and no counting is needed."""
    scene = scenes(monkeypatch, hosts="a", urls=(CANARY,))
    scene.lose("a.0")
    await scene.settle()
    assert scene.released() == {"a.0": ERROR}
    assert [task.url for task in scene.probed] == [CANARY]
    scene.clock.seconds += module.RESULT_VALID
    scene.down.add(CANARY)
    scene.lose("a.1")
    await scene.settle()
    assert scene.connectivity_guard.state is State.OFFLINE
    assert scene.released() == {"a.1": DOUBTED}


async def test_names_cannot_be_looked_up(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """When the name server is gone, those that need none are no proof that all is well."""
    scene = scenes(monkeypatch)
    for name, seen in scene.monitored.items():
        if name.endswith((".1", ".2")):
            seen.origin = f"http://192.0.2.{ord(name[0])}:80"
    scene.lose("a.0", "b.0", "c.0", "d.0", answer=NO_NAME)
    for name in scene.monitored:
        if not name.endswith(".0"):
            scene.see(name, FINE)
    await scene.wait()
    assert scene.notices[0].text == "Py Pinger may be offline: 4 of 4 tasks unreachable since 10:05 UTC."


async def test_an_internal_error_costs_one_suspicion(
    scenes: type[Scene], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An internal error is logged; held verdicts are released, and the next suspicion is investigated."""
    scene = scenes(monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(probe_module, "one_per_host", lambda _task_set: 1 / 0)
        scene.lose("a.0")
        await scene.settle()
    assert scene.released() == {"a.0": ERROR}
    assert "Internal error in the check of the network" in caplog.text
    assert scene.lose("b.0") == [None]
    await scene.settle()
    assert scene.released() == {"b.0": ERROR}


async def test_many_hosts(scenes: type[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is small, however many hosts there are."""
    scene = scenes(monkeypatch, hosts="abcdefghijklmnopqrstuvwxyz")
    scene.lose("a.0")
    await scene.settle()
    assert len({host_of(task.url) for task in scene.probed}) == len(scene.probed) == HOSTS
