"""The delivery promise: what goes out next, what becomes of it, and what holds after any series of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.model.check import Cause
from py_pinger.core.model.notification import (
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Notice,
    NoticeKind,
    OutgoingMessage,
    SendFailed,
    SendResult,
    Sent,
)
from py_pinger.core.notification.hours import Hours, WeeklyHours
from py_pinger.core.notification.message import compose, compose_digest, compose_late
from py_pinger.core.notification.outbox import (
    MIN_ATTEMPTS,
    delivered_update,
    expired_update,
    failed_updates,
    next_attempt_at,
    next_message,
)
from py_pinger.core.notification.throttle import ChannelState, after_attempt, paused_until

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def notice(
    kind: NoticeKind, task: str = "a", opened: datetime = NOW - HOUR, age: timedelta = MINUTE
) -> Notice:
    """Return a notice about a task, of an age."""
    return Notice(
        kind,
        at=NOW - age,
        url=f"https://{task}.example",
        opened=opened,
        cause=Cause.FAILED,
        reason="disk full",
    )


FAILED = notice(NoticeKind.FAILED, age=HOUR)
REMINDER = notice(NoticeKind.REMINDER)
RECOVERED = notice(NoticeKind.RECOVERED)
FAILED_AGAIN = notice(NoticeKind.FAILED, opened=NOW - MINUTE)
UNLISTED = replace(FAILED, kind=NoticeKind.UNLISTED, opened=None, text="is no longer listed")
HELLO = Notice(NoticeKind.STARTED, NOW - MINUTE, text="Hello!", expires=NOW)


def waiting(
    number: int, what: Notice, *, due: timedelta = timedelta(0), attempts: int = 0, thread: str | None = None
) -> Delivery:
    """Return a delivery that is due some time from now; a thread means that the alert was delivered.

    What was never tried is due, so what is not due yet was tried.
    """
    tries = max(attempts, 1) if due > timedelta(0) else attempts
    return Delivery(number, what, tries, NOW + due, alerted=thread is not None, thread=thread)


def chosen(deliveries: list[Delivery]) -> OutgoingMessage | None:
    """Return what goes out to a channel that was told nothing lately."""
    return next_message(deliveries, NOW, ChannelState(), shutting_down=False)


def message_of(notices: list[Notice]) -> OutgoingMessage | None:
    """Return what goes out of fresh notices, none of them told yet."""
    return chosen([waiting(number, each) for number, each in enumerate(notices, start=1)])


@pytest.mark.parametrize(
    ("deliveries", "outgoing"),
    [
        ([], None),
        ([waiting(1, FAILED, due=SECOND)], None),
        ([waiting(1, FAILED)], OutgoingMessage((waiting(1, FAILED),), compose(FAILED))),
        ([waiting(1, HELLO)], OutgoingMessage((waiting(1, HELLO),), compose(HELLO))),
        (
            [waiting(1, REMINDER, thread="t1")],
            OutgoingMessage((waiting(1, REMINDER, thread="t1"),), compose(REMINDER), "t1"),
        ),
        (
            [waiting(1, RECOVERED, thread="t1")],
            OutgoingMessage((waiting(1, RECOVERED, thread="t1"),), compose(RECOVERED), "t1"),
        ),
        ([waiting(1, RECOVERED)], OutgoingMessage((waiting(1, RECOVERED),), compose_late(RECOVERED))),
        ([waiting(1, UNLISTED)], OutgoingMessage((waiting(1, UNLISTED),), compose(UNLISTED))),
        ([waiting(1, FAILED), waiting(2, UNLISTED)], OutgoingMessage((waiting(1, FAILED),), compose(FAILED))),
        (
            [waiting(1, FAILED), waiting(2, RECOVERED)],
            OutgoingMessage((waiting(1, FAILED), waiting(2, RECOVERED)), compose_late(RECOVERED)),
        ),
        (
            [waiting(1, FAILED), waiting(2, REMINDER)],
            OutgoingMessage(
                (waiting(1, FAILED), waiting(2, REMINDER)), compose(replace(REMINDER, kind=NoticeKind.FAILED))
            ),
        ),
        (
            [waiting(1, REMINDER, thread="t1"), waiting(2, RECOVERED, thread="t1")],
            OutgoingMessage(
                (waiting(1, REMINDER, thread="t1"), waiting(2, RECOVERED, thread="t1")),
                compose(RECOVERED),
                "t1",
            ),
        ),
        (
            [waiting(1, FAILED), waiting(2, RECOVERED), waiting(3, FAILED_AGAIN)],
            OutgoingMessage((waiting(1, FAILED), waiting(2, RECOVERED)), compose_late(RECOVERED)),
        ),
        ([waiting(1, FAILED, due=MINUTE), waiting(2, RECOVERED)], None),
        (
            [waiting(1, FAILED, due=MINUTE), waiting(2, notice(NoticeKind.FAILED, "b"))],
            OutgoingMessage(
                (waiting(2, notice(NoticeKind.FAILED, "b")),), compose(notice(NoticeKind.FAILED, "b"))
            ),
        ),
        (
            [waiting(1, HELLO), waiting(2, replace(HELLO, text="Bye!"))],
            OutgoingMessage((waiting(1, HELLO),), compose(HELLO)),
        ),
    ],
    ids=[
        "nothing waits",
        "nothing is due",
        "an alert",
        "a word of ours",
        "a reminder in the alert's thread",
        "a recovery in the alert's thread",
        "a recovery whose alert was given up",
        "no longer listed",
        "an alert before its task is no longer listed",
        "over before it could be told",
        "the first word on an incident is its alert",
        "a recovery makes a reminder needless",
        "one incident after the other",
        "a recovery waits for its alert",
        "another task does not wait",
        "our own words are separate",
    ],
)
def test_what_goes_out_next(deliveries: list[Delivery], outgoing: OutgoingMessage | None) -> None:
    """The oldest that is due, with all that waits about the same incident."""
    assert chosen(deliveries) == outgoing


def crowd(count: int) -> list[Notice]:
    """Return an alert each for some tasks."""
    return [notice(NoticeKind.FAILED, f"task-{number}") for number in range(count)]


def test_five_messages_go_out_one_by_one() -> None:
    """What people can read singly, they get singly."""
    outgoing = message_of(crowd(5))
    assert outgoing is not None
    assert [each.id for each in outgoing.deliveries] == [1]


def test_what_was_refused_lets_the_others_pass() -> None:
    """A message that the channel will not take is tried again after all that it has not been shown yet."""
    refused, fresh = waiting(1, FAILED, attempts=3), waiting(2, crowd(1)[0])
    assert chosen([refused, fresh]) == OutgoingMessage((fresh,), compose(fresh.notice))


def test_more_than_five_go_out_as_one_digest() -> None:
    """A storm reads well: one message for all, and of each incident only the last word."""
    notices = [*crowd(5), FAILED, RECOVERED]
    deliveries = [waiting(number, each) for number, each in enumerate(notices, start=1)]
    assert chosen(deliveries) == OutgoingMessage(
        tuple(deliveries), compose_digest([*crowd(5), RECOVERED]), batch_size=6
    )


def test_many_notices_of_one_incident_are_one_message() -> None:
    """Six notices of one incident are one message."""
    outgoing = message_of([FAILED, *[REMINDER] * 5])
    assert outgoing is not None
    assert outgoing.message == compose(replace(REMINDER, kind=NoticeKind.FAILED))


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([(NoticeKind.SELF_PROBLEM, 0), (NoticeKind.SELF_RECOVERED, 0)], ["SELF_RECOVERED 0"]),
        ([(NoticeKind.SELF_PROBLEM, 0), (NoticeKind.SELF_PROBLEM, 0)], ["SELF_PROBLEM 0"]),
        (
            [(NoticeKind.SELF_PROBLEM, 0), (NoticeKind.SELF_RECOVERED, 0), (NoticeKind.SELF_PROBLEM, 1)],
            ["SELF_RECOVERED 0", "SELF_PROBLEM 1"],
        ),
    ],
    ids=["over before it was told", "told anew", "once more"],
)
def test_of_one_problem_only_the_last_notice_is_sent(
    kinds: list[tuple[NoticeKind, int]], said: list[str]
) -> None:
    """Waiting notices about Py Pinger itself are sent together, one problem after the other."""
    notices = [
        Notice(kind, NOW, opened=NOW + number * SECOND, topic="network", text=f"{kind.name} {number}")
        for kind, number in kinds
    ]
    deliveries = [waiting(number, each) for number, each in enumerate(notices)]
    titles = []
    while outgoing := chosen(deliveries):
        titles.append(outgoing.message.title)
        deliveries = [each for each in deliveries if each not in outgoing.deliveries]
    assert titles == said


def test_a_storm_takes_along_what_would_be_tried_later() -> None:
    """When a channel is back, people get one digest, not one message at the end of each wait."""
    deliveries = [waiting(number, each, due=MINUTE) for number, each in enumerate(crowd(5), start=1)]
    assert chosen(deliveries) is None
    fresh = waiting(6, FAILED)
    outgoing = chosen([*deliveries, fresh])
    assert outgoing is not None
    assert outgoing.deliveries == (*deliveries, fresh)


@pytest.mark.parametrize(
    ("dues", "moment"),
    [
        ([], None),
        ([timedelta(0), -MINUTE], None),
        ([timedelta(0), MINUTE, SECOND], NOW + SECOND),
    ],
    ids=["nothing waits", "all is due", "the nearest"],
)
def test_when_to_read_the_queue_again(dues: list[timedelta], moment: datetime | None) -> None:
    """The next moment is the nearest one ahead."""
    assert next_attempt_at([waiting(1, FAILED, due=due) for due in dues], NOW, ChannelState()) == moment


def test_what_has_expired_is_ended_once_with_its_reason() -> None:
    """A start notice is not sent an hour late; alerts never expire."""
    deliveries = [waiting(1, HELLO), waiting(2, FAILED), waiting(3, HELLO)]
    assert expired_update(deliveries, NOW) is None
    later = NOW + timedelta(microseconds=1)
    assert expired_update(deliveries, later) == DeliveryUpdate(
        (1, 3), DeliveryState.EXPIRED, later, later, error="could not be sent while it was worth sending"
    )


def test_a_sent_message_settles_all_its_deliveries() -> None:
    """One message completes all its deliveries, with its receipt."""
    outgoing = OutgoingMessage((waiting(1, FAILED), waiting(2, RECOVERED)), compose_late(RECOVERED))
    assert delivered_update(outgoing.deliveries, Sent("t1"), NOW) == DeliveryUpdate(
        (1, 2), DeliveryState.DELIVERED, NOW, NOW, receipt="t1"
    )


def tried(attempts: int, age: timedelta = MINUTE) -> OutgoingMessage:
    """Return a message that was tried before."""
    alert = replace(FAILED, at=NOW - age)
    return OutgoingMessage((waiting(1, alert, attempts=attempts),), compose(alert))


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"),
    [
        (0, 1, 1),
        (1, 1, 2),
        (2, 2, 4),
        (3, 4, 8),
        (8, 128, 256),
        (9, 150, 300),
        (100_000, 150, 300),
    ],
)
def test_waits_grow_from_a_second_to_five_minutes(attempts: int, shortest: int, longest: int) -> None:
    """Exponential backoff, its second half left to chance."""
    for jitter, seconds in [(0.0, shortest), (1.0, longest)]:
        (settlement,) = failed_updates(tried(attempts), SendFailed("HTTP 500"), NOW, jitter)
        assert settlement == DeliveryUpdate(
            (1,), DeliveryState.WAITING, NOW, NOW + seconds * SECOND, error="HTTP 500"
        )


@pytest.mark.parametrize(
    ("outcome", "shortest", "longest"),
    [
        (SendFailed("HTTP 429", retry_after=30 * SECOND), 30 * SECOND, 31 * SECOND),
        (SendFailed("HTTP 429", retry_after=DAY), HOUR, HOUR + SECOND),
        (SendFailed("HTTP 429", retry_after=timedelta(0)), SECOND, 2 * SECOND),
        (SendFailed("HTTP 429", retry_after=-MINUTE), SECOND, 2 * SECOND),
        (SendFailed("invalid_auth", permanent=True), 5 * MINUTE, 5 * MINUTE),
    ],
    ids=["asked to wait", "asked to wait for too long", "asked not to wait", "nonsense", "lasting"],
)
def test_what_a_server_requests_is_obeyed(
    outcome: SendFailed, shortest: timedelta, longest: timedelta
) -> None:
    """Never before Retry-After has passed, no hot loop; a permanent failure gets the longest wait."""
    waits = [failed_updates(tried(0), outcome, NOW, jitter)[0].next_try - NOW for jitter in (0.0, 1.0)]
    assert waits == [shortest, longest]


def test_after_a_day_it_is_given_up() -> None:
    """Twenty-four hours are enough; a moment less is not."""
    young = tried(MIN_ATTEMPTS, age=DAY - timedelta(microseconds=1))
    (kept,) = failed_updates(young, SendFailed("HTTP 500"), NOW, 0.0)
    (ended,) = failed_updates(tried(MIN_ATTEMPTS, age=DAY), SendFailed("HTTP 500"), NOW, 0.0)
    assert (kept.state, ended.state) == (DeliveryState.WAITING, DeliveryState.GIVEN_UP)
    assert ended.error == "HTTP 500"


def test_the_day_begins_with_the_hours_of_the_channel() -> None:
    """What waited for the channel's hours has a day from when they began."""
    opens = timedelta(hours=NOW.hour)
    hours = Hours((WeeklyHours(frozenset({NOW.weekday()}), opens, opens + HOUR),))
    (kept,) = failed_updates(tried(MIN_ATTEMPTS, age=3 * DAY), SendFailed("HTTP 500"), NOW, 0.0, hours)
    (ended,) = failed_updates(tried(MIN_ATTEMPTS, age=8 * DAY), SendFailed("HTTP 500"), NOW, 0.0, hours)
    assert (kept.state, ended.state) == (DeliveryState.WAITING, DeliveryState.GIVEN_UP)


def test_a_day_that_the_machine_slept_ends_nothing() -> None:
    """What has hardly been tried is kept however old it is: the clock was set ahead, or the machine slept."""
    (kept,) = failed_updates(tried(MIN_ATTEMPTS - 2, age=9 * DAY), SendFailed("HTTP 500"), NOW, 0.0)
    (ended,) = failed_updates(tried(MIN_ATTEMPTS - 1, age=9 * DAY), SendFailed("HTTP 500"), NOW, 0.0)
    assert (kept.state, ended.state) == (DeliveryState.WAITING, DeliveryState.GIVEN_UP)


@pytest.mark.parametrize(
    ("ahead", "attempts", "due"),
    [
        (HOUR, 1, False),
        (HOUR + SECOND, 1, False),
        (HOUR + 2 * SECOND, 1, True),
        (DAY, 9, True),
        (MINUTE, 0, True),
    ],
    ids=["as asked", "with its jitter", "longer than anybody asks", "a day", "never tried"],
)
def test_a_clock_set_back_makes_no_wait_long(ahead: timedelta, attempts: int, due: bool) -> None:  # noqa: FBT001 - a column of the table
    """A wait longer than any that is given comes of a clock that was set back, and is over."""
    delivery = Delivery(1, FAILED, attempts, NOW + ahead)
    assert (chosen([delivery]) is not None) is due
    assert next_attempt_at([delivery], NOW, ChannelState()) == (None if due else NOW + ahead)


def test_deliveries_of_one_message_end_by_their_age() -> None:
    """Only those a day old are given up; the others are retried by the most attempts of them."""
    old, young = replace(FAILED, at=NOW - DAY), RECOVERED
    outgoing = OutgoingMessage(
        (waiting(1, old, attempts=11), waiting(2, young, attempts=1)), compose_late(young)
    )
    next_try = NOW + 150 * SECOND
    assert failed_updates(outgoing, SendFailed("HTTP 500"), NOW, 0.0) == (
        DeliveryUpdate((1,), DeliveryState.GIVEN_UP, NOW, next_try, error="HTTP 500"),
        DeliveryUpdate((2,), DeliveryState.WAITING, NOW, next_try, error="HTTP 500"),
    )


# Any series of events -----------------------------------------------------------------------------------


@dataclass
class Outbox:
    """An outbox with a channel, as plain as can be: what was stored, tried and settled."""

    now: datetime = NOW
    pace: ChannelState = field(default_factory=ChannelState)
    notices: list[Notice] = field(default_factory=list)
    next_try: dict[int, datetime] = field(default_factory=dict)
    attempts: Counter[int] = field(default_factory=Counter)
    ends: list[tuple[int, DeliveryUpdate]] = field(default_factory=list)
    sent: list[OutgoingMessage] = field(default_factory=list)

    def store(self, notice: Notice) -> None:
        """Store a notice; its delivery goes by its number."""
        self.next_try[len(self.notices)] = self.now
        self.notices.append(notice)

    def waiting(self) -> list[Delivery]:
        """Return what waits, as a store would."""
        told = {alert.opened for alert in self._alerts_delivered()}
        return [
            Delivery(
                number,
                self.notices[number],
                self.attempts[number],
                next_try,
                self.notices[number].opened in told,
            )
            for number, next_try in self.next_try.items()
        ]

    def _alerts_delivered(self) -> Iterable[Notice]:
        for number, settlement in self.ends:
            if settlement.state is DeliveryState.DELIVERED and self.notices[number].kind is NoticeKind.FAILED:
                yield self.notices[number]

    def try_once(self, outcome: SendResult, jitter: float) -> bool:
        """Do what a worker does once; return whether there was anything to send."""
        if worthless := expired_update(self.waiting(), self.now):
            self.settle(worthless)
        self.now = paused_until(self.pace, self.now, shutting_down=False) or self.now
        outgoing = next_message(self.waiting(), self.now, self.pace, shutting_down=False)
        if outgoing is None:
            return False
        self.check(outgoing)
        self.pace = after_attempt(self.pace, outgoing, outcome, self.now)
        if isinstance(outcome, Sent):
            self.sent.append(outgoing)
            self.settle(delivered_update(outgoing.deliveries, outcome, self.now))
            return True
        for settlement in failed_updates(outgoing, outcome, self.now, jitter):
            self.settle(settlement)
            assert SECOND <= settlement.next_try - self.now <= HOUR + SECOND
            assert settlement.next_try - self.now >= min(outcome.retry_after or SECOND, HOUR)
        return True

    def check(self, outgoing: OutgoingMessage) -> None:
        """Hold each message to what a single one can show."""
        ids = [delivery.id for delivery in outgoing.deliveries]
        for delivery in self.waiting():
            later = [each for each in outgoing.deliveries if each.id > delivery.id]
            task = delivery.notice.url
            passed = task in {each.notice.url for each in later if task}
            assert delivery.id in ids or not passed or self.pace.batch_limit
        if not outgoing.message.title.startswith("Several notices"):
            assert min(self.next_try[number] for number in ids) <= self.now
            newest = outgoing.deliveries[-1]
            bare = outgoing.message.title.startswith(("RECOVERED", "STILL FAILING"))
            assert newest.alerted or not bare

    def settle(self, settlement: DeliveryUpdate) -> None:
        """Keep what has become of deliveries."""
        for number in settlement.ids:
            self.attempts[number] += 1
            self.next_try[number] = settlement.next_try
            if settlement.state is not DeliveryState.WAITING:
                del self.next_try[number]
                self.ends.append((number, settlement))


@dataclass
class Incidents:
    """Tasks that fail and recover, so that notices come in an order that can be."""

    opened: dict[str, datetime] = field(default_factory=dict)

    def next_notice(self, task: str, now: datetime, *, remind: bool) -> Notice:
        """Return what happens next to a task."""
        if task not in self.opened:
            self.opened[task] = now
            return replace(notice(NoticeKind.FAILED, task, now), at=now)
        if remind:
            return replace(notice(NoticeKind.REMINDER, task, self.opened[task]), at=now)
        return replace(notice(NoticeKind.RECOVERED, task, self.opened.pop(task)), at=now)


TASKS = "abcdefgh"
WAITS = st.none() | st.timedeltas(timedelta(0), 2 * HOUR)


# How long nothing happened; to which tasks something then did, and if that may be a reminder; whether there
# was a greeting; what the channel answered to each try; the jitter.
Event = tuple[timedelta, list[tuple[str, bool]], bool, list[SendResult], float]


def series(lasting: st.SearchStrategy[bool]) -> st.SearchStrategy[list[Event]]:
    """Return any series of events, with failures that last or not."""
    outcomes = st.just(Sent("receipt")) | st.builds(SendFailed, st.just("HTTP 500"), lasting, WAITS)
    event = st.tuples(
        st.sampled_from([SECOND, MINUTE, 10 * MINUTE, 3 * HOUR, 9 * HOUR]),
        st.lists(st.tuples(st.sampled_from(TASKS), st.booleans()), max_size=8),
        st.booleans(),
        st.lists(outcomes, max_size=4),
        st.floats(0, 1, exclude_max=True),
    )
    return st.lists(event, max_size=15)


def lived_through(events: list[Event]) -> Outbox:
    """Return an outbox after events, and after two days of a channel that stays down."""
    outbox, incidents = Outbox(), Incidents()
    for wait, happened, greeting, outcomes, jitter in events:
        # A step of time more for each notice: no two incidents of a task open at one moment.
        outbox.now += wait
        for task, remind in happened:
            outbox.now += timedelta(microseconds=1)
            outbox.store(incidents.next_notice(task, outbox.now, remind=remind))
        if greeting:
            outbox.store(Notice(NoticeKind.STARTED, outbox.now, text="Hello!", expires=outbox.now + MINUTE))
        for outcome in outcomes:
            outbox.try_once(outcome, jitter)
    for _ in range(24 + 2 * MIN_ATTEMPTS):
        outbox.now += HOUR + SECOND
        while outbox.try_once(SendFailed("HTTP 500"), 0.5):
            pass
    return outbox


thorough = settings(deadline=None, max_examples=30)


@thorough
@given(series(st.booleans()))
def test_each_delivery_ends_once(events: list[Event]) -> None:
    """Whatever a channel does, what was stored is delivered, given up after a day, or expired: once."""
    outbox = lived_through(events)
    assert sorted(number for number, _ in outbox.ends) == list(range(len(outbox.notices)))
    for number, settlement in outbox.ends:
        told = outbox.notices[number]
        if settlement.state is DeliveryState.GIVEN_UP:
            assert settlement.at - told.at >= DAY
        if settlement.state is DeliveryState.EXPIRED:
            assert told.expires is not None
            assert settlement.at > told.expires


@thorough
@given(series(st.just(value=False)))
def test_the_order_of_a_task_holds(events: list[Event]) -> None:
    """What people read about one task is in the order of events, unless something is refused for good."""
    outbox = lived_through(events)
    for task in TASKS:
        read = [
            each.id
            for outgoing in outbox.sent
            for each in outgoing.deliveries
            if each.notice.url == f"https://{task}.example"
        ]
        assert read == sorted(read)


@thorough
@given(series(st.booleans()))
def test_a_channel_that_works_again_gets_all_recent_notices(events: list[Event]) -> None:
    """After an outage nothing is left, in a handful of messages."""
    outbox, incidents = Outbox(), Incidents()
    for _, happened, _, _, jitter in events:
        for task, remind in happened:
            outbox.now += SECOND
            outbox.store(incidents.next_notice(task, outbox.now, remind=remind))
            outbox.try_once(SendFailed("HTTP 500"), jitter)
    outbox.now += HOUR
    while outbox.try_once(Sent(), 0.0):
        pass
    assert not outbox.waiting()
    assert all(settlement.state is DeliveryState.DELIVERED for _, settlement in outbox.ends)
    assert len(outbox.sent) <= 5
