"""Keeping alerts alive of what is open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeStore

from py_pinger.core.model.check import Cause
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    Message,
    Notice,
    NoticeKind,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification.alert import Alert, IncidentRecord
from py_pinger.core.notification.outbox import MIN_ATTEMPTS
from py_pinger.engine.notification.alert_sync import BATCH, AlertSync
from py_pinger.engine.notification.channel_worker import STORE_RETRY, ChannelWorker
from py_pinger.engine.notification.delivery_queue import DeliveryQueue

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEEP = 5 * MINUTE
REFUSED = "Alertmanager: connection refused"
DENIED = "Alertmanager answered HTTP 401 Unauthorized: check [alertmanager] in pinger.ini"


@dataclass
class FakeAlertmanager:
    """Takes alerts, unless it has another outcome in line."""

    outcomes: list[SendResult] = field(default_factory=list)
    posts: list[list[tuple[str, str, datetime]]] = field(default_factory=list)
    name: str = "alertmanager"
    place: str = "a fake"
    paced: bool = False
    alert_lifetime: timedelta = KEEP
    closed: bool = False

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Raise: alerts are never sent as messages."""
        raise NotImplementedError(message, thread)

    def post(self, alerts: Sequence[Alert]) -> SendResult:
        """Answer, and remember of each alert its task, its cause and its end."""
        self.posts.append([(each.labels["task"], each.labels["cause"], each.ends) for each in alerts])
        return self.outcomes.pop(0) if self.outcomes else Sent()

    def close(self) -> None:
        """Remember that."""
        self.closed = True


@dataclass
class Scene:
    """A worker between a fake store and a fake Alertmanager, with clocks that are set by hand."""

    store: FakeStore = field(default_factory=FakeStore)
    channel: FakeAlertmanager = field(default_factory=FakeAlertmanager)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def __post_init__(self) -> None:
        strategy = AlertSync(
            self.channel, self.store, self.clock, lambda: 1.0, lambda notice: notice.name != "elsewhere"
        )
        queue = DeliveryQueue(self.channel.name, self.store)
        self.worker = ChannelWorker(queue, strategy, self.clock)

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self.clock.now()

    async def pass_by(self, length: timedelta) -> float:
        """Let time pass, then go a round; return the seconds that it says until the next."""
        self.clock.seconds += length.total_seconds()
        return await self.worker.round()

    @property
    def failing(self) -> list[object]:
        """Since when nothing is taken, and why."""
        return [self.worker.failing_since, self.worker.last_error]

    @property
    def ends(self) -> list[tuple[tuple[int, ...], DeliveryState]]:
        """What has become of deliveries."""
        return [(each.ids, each.state) for each in self.store.settled]


@pytest.fixture
def scene() -> Scene:
    """Set the scene."""
    return Scene()


def case(task: str = "a", cause: Cause = Cause.LATE, name: str | None = None) -> IncidentRecord:
    """Return an incident that has just opened."""
    first = Notice(NoticeKind.FAILED, NOW, task, NOW, name, cause, "too late")
    return IncidentRecord(first, (CauseChange(NOW, cause, "too late"),))


def waiting(number: int, case: IncidentRecord, kind: NoticeKind = NoticeKind.FAILED) -> Delivery:
    """Return a delivery about an incident."""
    return Delivery(number, replace(case.first, kind=kind), 0, NOW)


def opens(scene: Scene, *cases: IncidentRecord) -> None:
    """Let incidents open."""
    scene.store.incidents += cases
    scene.store.put(*(waiting(number, each) for number, each in enumerate(cases, 1)))


async def test_an_incident_from_its_opening_to_its_end(scene: Scene) -> None:
    """An alert is posted when an incident opens, again each fifth of its life, and ended when it closes."""
    opens(scene, case())
    assert await scene.worker.round() == 60
    assert await scene.pass_by(59 * SECOND) == 1
    assert await scene.pass_by(SECOND) == 60
    scene.store.incidents[0] = replace(scene.store.incidents[0], closed=scene.now + SECOND)
    scene.store.put(waiting(2, scene.store.incidents[0], NoticeKind.RECOVERED))
    await scene.pass_by(SECOND)
    await scene.pass_by(MINUTE)
    assert scene.channel.posts == [
        [("a", "late", NOW + KEEP)],
        [("a", "late", NOW + KEEP)],
        [("a", "late", NOW + KEEP + MINUTE)],
        [("a", "late", NOW + MINUTE + SECOND)],
    ]
    assert scene.ends == [((1,), DeliveryState.DELIVERED), ((2,), DeliveryState.DELIVERED)]


async def test_after_a_start_all_that_is_open_is_said_at_once(scene: Scene) -> None:
    """What was told before is kept alive from the first round on, though nothing waits."""
    scene.store.incidents = [case("b"), case("a")]
    await scene.worker.round()
    assert scene.channel.posts == [[("a", "late", NOW + KEEP), ("b", "late", NOW + KEEP)]]


async def test_another_cause(scene: Scene) -> None:
    """With what is said again goes the end of the alert that had the cause before, until it has arrived."""
    scene.store.incidents = [case()]
    await scene.worker.round()
    turned = replace(
        case(), cause_changes=(*case().cause_changes, CauseChange(NOW + SECOND, Cause.HTTP, "HTTP 500"))
    )
    scene.store.incidents = [turned]
    scene.channel.outcomes = [SendFailed(REFUSED)]
    for length in (MINUTE, SECOND, MINUTE):
        await scene.pass_by(length)
    assert scene.channel.posts[1:] == [
        [("a", "http", NOW + KEEP + MINUTE), ("a", "late", NOW + SECOND)],
        [("a", "http", NOW + KEEP + MINUTE + SECOND), ("a", "late", NOW + SECOND)],
        [("a", "http", NOW + KEEP + 2 * MINUTE + SECOND)],
    ]


async def test_what_is_for_others(scene: Scene) -> None:
    """An open incident that the channel is not for is not kept alive."""
    scene.store.incidents = [case("a", name="elsewhere")]
    await scene.worker.round()
    assert scene.channel.posts == []


async def test_notices_without_a_task_are_not_alerts(scene: Scene) -> None:
    """A start notice ends unsent; only incidents become alerts."""
    scene.store.put(Delivery(7, Notice(NoticeKind.STARTED, NOW, text="Hello World!"), 0, NOW))
    await scene.worker.round()
    assert (scene.channel.posts, scene.ends) == ([], [((7,), DeliveryState.EXPIRED)])
    assert scene.store.settled[0].error == "not about a task, so there is no alert for it"


async def test_what_has_ended_by_itself_needs_no_word(scene: Scene) -> None:
    """An incident that was over long before it could be told is settled without a request."""
    over = replace(case(), closed=NOW - 2 * KEEP)
    opens(scene, over)
    await scene.worker.round()
    assert (scene.channel.posts, scene.ends) == ([], [((1,), DeliveryState.DELIVERED)])


async def test_thousands_go_in_batches(scene: Scene) -> None:
    """Many incidents are few requests, when they open and when they are said again."""
    opens(scene, *(case(f"{number:04}") for number in range(1050)))
    await scene.worker.round()
    sizes = [BATCH] * 10 + [50]
    assert [len(post) for post in scene.channel.posts] == sizes * 2
    assert sum(len(ids) for ids, _ in scene.ends) == 1050
    scene.channel.posts.clear()
    await scene.pass_by(MINUTE)
    assert [len(post) for post in scene.channel.posts] == sizes


async def test_while_it_cannot_be_reached(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Tries come further and further apart, but no further than alerts are said again."""
    opens(scene, case())
    scene.channel.outcomes = [SendFailed(REFUSED)] * 8
    pauses = [await scene.worker.round()]
    while scene.channel.outcomes:
        pauses.append(await scene.pass_by(timedelta(seconds=pauses[-1])))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert scene.failing == [NOW, REFUSED]
    assert await scene.pass_by(MINUTE) == 60
    assert scene.failing == [None, None]
    assert scene.ends[-1] == ((1,), DeliveryState.DELIVERED)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, f"Cannot send alerts to alertmanager, will retry: {REFUSED}"),
        (logging.WARNING, "Sending alerts to alertmanager recovered."),
    ]


async def test_all_is_said_again_as_soon_as_it_can_be_reached(scene: Scene) -> None:
    """What cannot be said again in time is tried until it can, and stops at the first request that fails."""
    scene.store.incidents = [case(f"{number:03}") for number in range(BATCH + 1)]
    scene.channel.outcomes = [Sent(), SendFailed(REFUSED)]
    assert await scene.worker.round() == 1
    assert await scene.pass_by(SECOND) == 60
    assert [len(post) for post in scene.channel.posts] == [BATCH, 1, BATCH, 1]


async def test_what_it_asks_for_is_granted(scene: Scene) -> None:
    """A wait that the server asks for is kept, for what waits and for what is said again."""
    opens(scene, case())
    scene.channel.outcomes = [SendFailed("busy", retry_after=25 * SECOND)]
    assert await scene.worker.round() == 25
    assert await scene.pass_by(24 * SECOND) == 1
    assert len(scene.channel.posts) == 1


async def test_what_it_refuses_for_good(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A refusal holds up no other request; what was refused is tried again in five minutes, then given up."""
    opens(scene, *(case(f"{number:03}") for number in range(BATCH + 1)))
    scene.channel.outcomes = [SendFailed(DENIED, permanent=True)]
    assert await scene.worker.round() == 60
    assert scene.ends == [
        (tuple(range(1, BATCH + 1)), DeliveryState.WAITING),
        ((BATCH + 1,), DeliveryState.DELIVERED),
    ]
    assert caplog.records[0].levelno == logging.ERROR
    scene.channel.outcomes = [SendFailed(DENIED, permanent=True)] * 100
    for _ in range(MIN_ATTEMPTS):
        await scene.pass_by(3 * 60 * MINUTE)
    assert scene.ends[-1][1] is DeliveryState.GIVEN_UP


async def test_a_trouble_that_nothing_is_left_of(scene: Scene) -> None:
    """When nothing is open and nothing waits any more, nothing fails."""
    scene.store.incidents = [case()]
    scene.channel.outcomes = [SendFailed(DENIED, permanent=True)]
    await scene.worker.round()
    assert scene.failing == [NOW, DENIED]
    scene.store.incidents = []
    await scene.pass_by(MINUTE)
    assert scene.failing == [None, None]


@pytest.mark.parametrize("call", ["waiting", "incident_records", "open_incident_records", "settle"])
async def test_a_store_that_fails(call: str, scene: Scene) -> None:
    """While the store gives or takes nothing, the worker says so and tries again; nothing is lost."""
    opens(scene, case())
    scene.store.fail(call, "the database is locked")
    assert await scene.worker.round() == STORE_RETRY
    troubles = [scene.worker.queue_error]
    await scene.pass_by(SECOND)
    assert [*troubles, scene.worker.queue_error] == ["the database is locked", None]
    assert scene.ends == [((1,), DeliveryState.DELIVERED)]


async def test_its_end(scene: Scene) -> None:
    """Told to finish, it tells what is due once more; closed, it lets go of the channel."""
    opens(scene, case())
    scene.worker.finish()
    await scene.worker.run()
    await scene.worker.close()
    assert (len(scene.ends), scene.channel.closed) == (1, True)
