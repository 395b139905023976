"""Pacing: how many messages a storm becomes and when, and what one message that is never taken holds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice, pairwise

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
from py_pinger.core.notification import outbox
from py_pinger.core.notification.throttle import (
    BATCH_DELAY,
    MANY_REJECTIONS,
    MAX_BATCH,
    MAX_BATCH_DELAY,
    MAX_SINGLE,
    REJECTED_PAUSE,
    SPACING,
    ChannelState,
    SentMessage,
    after_attempt,
    after_drained,
    paused_until,
    rejected_until,
    singles_left,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def alert(task: int, after_start: timedelta = timedelta(0)) -> Notice:
    """Return the alert of a task of one server, some time after the start."""
    at = NOW + after_start
    return Notice(
        NoticeKind.FAILED,
        at,
        url=f"https://t{task}.example",
        opened=at,
        cause=Cause.UNREACHABLE,
        reason="connection refused",
        server="web-1",
    )


def recovery(failed: Notice, after_start: timedelta) -> Notice:
    """Return the end of an incident, some time after the start."""
    return replace(failed, kind=NoticeKind.RECOVERED, at=NOW + after_start)


def takes_all(_: OutgoingMessage) -> SendResult:
    """Accept every message."""
    return Sent()


@dataclass
class Life:
    """A worker in front of a channel, without waiting for it."""

    coming: list[Notice]
    answer: Callable[[OutgoingMessage], SendResult] = takes_all
    now: datetime = NOW
    pace: ChannelState = field(default_factory=ChannelState)
    waiting: dict[int, Delivery] = field(default_factory=dict)
    told: list[tuple[float, OutgoingMessage]] = field(default_factory=list)
    refused: list[datetime] = field(default_factory=list)
    last_attempt: list[datetime] = field(default_factory=list)
    rest_until: datetime | None = None
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.coming.sort(key=lambda notice: notice.at)

    def live(self, length: timedelta) -> None:
        """Let so much time pass."""
        end = self.now + length
        while self.now < end:
            self._receive()
            self.now = min(self._act(), end)

    def _receive(self) -> None:
        while self.coming and self.coming[0].at <= self.now:
            number = next(iter(self.numbers))
            self.waiting[number] = Delivery(number, self.coming.pop(0), 0, self.now)

    def _act(self) -> datetime:
        """Do what can be done now; return when something may happen next."""
        holds = (self.rest_until, paused_until(self.pace, self.now, shutting_down=False))
        held = [hold for hold in holds if hold and hold > self.now]
        if held:
            return max(held)
        waiting = tuple(islice(self.waiting.values(), MAX_BATCH))
        self.pace = self.pace if waiting else after_drained(self.pace)
        outgoing = outbox.next_message(waiting, self.now, self.pace, shutting_down=False)
        if outgoing is None:
            moments = (outbox.next_attempt_at(waiting, self.now, self.pace), self._next_to_come())
            return min(filter(None, moments), default=self.now + HOUR)
        self._carry(outgoing)
        return self.now

    def _next_to_come(self) -> datetime | None:
        return self.coming[0].at if self.coming else None

    def _carry(self, outgoing: OutgoingMessage) -> None:
        outcome = self.answer(outgoing)
        self.last_attempt.append(self.now)
        self.pace = after_attempt(self.pace, outgoing, outcome, self.now)
        if isinstance(outcome, Sent):
            self.told.append(((self.now - NOW).total_seconds(), outgoing))
            self._settle(outbox.delivered_update(outgoing.deliveries, outcome, self.now))
            return
        self.refused.append(self.now)
        settlements = outbox.failed_updates(outgoing, outcome, self.now, 0.5)
        if not outcome.permanent:
            self.rest_until = settlements[-1].next_try
        self._settle(*settlements)

    def _settle(self, *settlements: DeliveryUpdate) -> None:
        for settlement in settlements:
            for number in settlement.ids:
                before = self.waiting.pop(number)
                if settlement.state is DeliveryState.WAITING:
                    later = replace(before, attempts=before.attempts + 1, next_try=settlement.next_try)
                    self.waiting[number] = later

    def pattern(self) -> list[tuple[float, int]]:
        """Return when each message went out, and of how many incidents it told."""
        return [(seconds, max(outgoing.batch_size, 1)) for seconds, outgoing in self.told]

    def tasks_told(self) -> list[str]:
        """Return the task of each notice that was told."""
        return [str(each.notice.url) for _, outgoing in self.told for each in outgoing.deliveries]


def storm(tasks: int, within: timedelta) -> list[Notice]:
    """Return the alerts of tasks that fail one after the other within some time."""
    return [alert(task, within * task / tasks) for task in range(tasks)]


STORMS = [
    pytest.param([alert(1)], [(0, 1)], id="one alone is told at once"),
    pytest.param(storm(5, 5 * SECOND), [(n, 1) for n in range(5)], id="five are five messages"),
    pytest.param(
        storm(6, 6 * SECOND), [(n, 1) for n in range(6)], id="the sixth goes too, as the first of a storm"
    ),
    pytest.param(storm(6, timedelta(microseconds=6)), [(0, 1), (1, 5)], id="six at once"),
    pytest.param(
        storm(500, MINUTE), [(0, 1), (1, 8), (11, 83), (31, 167), (61, 241)], id="500 within a minute"
    ),
    pytest.param(storm(500, 10 * SECOND), [(0, 1), (1, 50), (11, 449)], id="500 within ten seconds"),
    pytest.param(
        storm(3500, timedelta(microseconds=1)),
        [(0, 1000), (1, 1000), (2, 1000), (3, 500)],
        id="what one message cannot gather follows at once",
    ),
    pytest.param(storm(100, 5 * SECOND), [(0, 1), (1, 20), (11, 79)], id="100 within five seconds"),
]


@pytest.mark.parametrize(("coming", "pattern"), STORMS)
def test_what_a_storm_becomes(coming: list[Notice], pattern: list[tuple[float, int]]) -> None:
    """The first is told at once, the rest in a handful of messages, and nothing is left."""
    life = Life(coming)
    tasks = len(coming)
    life.live(10 * MINUTE)
    assert life.pattern() == pattern
    assert len(set(life.tasks_told())) == tasks
    assert not life.waiting


def test_a_storm_and_its_end() -> None:
    """Five hundred that fail within a minute, and recover as fast ten minutes later, are ten messages."""
    failures = storm(500, MINUTE)
    ends = [recovery(failed, failed.at - NOW + 10 * MINUTE) for failed in failures]
    life = Life([*failures, *ends])
    life.live(20 * MINUTE)
    assert [number for _, number in life.pattern()] == [1, 8, 83, 167, 241] * 2
    assert len(life.tasks_told()) == 1_000


def test_a_long_storm_is_a_message_a_minute() -> None:
    """While digests follow each other, the time that each gathers for grows up to a minute."""
    life = Life(storm(600, 10 * MINUTE))
    life.live(11 * MINUTE)
    moments = [seconds for seconds, outgoing in life.told if outgoing.batch_size]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[:5] == [10, 20, 30, 40, 50]
    assert set(gaps[5:]) <= {50, 60}
    assert len(life.tasks_told()) == 600


def test_a_trickle_is_sent_one_by_one() -> None:
    """A failure every twenty seconds is not a storm, however long it lasts."""
    life = Life(storm(30, 10 * MINUTE))
    life.live(11 * MINUTE)
    assert life.pattern() == [(20 * number, 1) for number in range(30)]


ARRIVALS = st.lists(st.floats(0, 120).map(lambda seconds: seconds * SECOND), max_size=60)


@settings(deadline=None, max_examples=30)
@given(ARRIVALS, st.lists(st.booleans(), max_size=10))
def test_never_two_messages_within_a_second(arrivals: list[timedelta], downs: list[bool]) -> None:
    """Whatever comes when, however often the channel is down, tries are a second apart, and all arrives."""

    def answer(_: OutgoingMessage) -> SendResult:
        return SendFailed("HTTP 503") if downs and downs.pop() else Sent()

    life = Life([alert(task, when) for task, when in enumerate(arrivals)], answer)
    life.live(2 * HOUR)
    assert all(later - earlier >= SPACING for earlier, later in pairwise(life.last_attempt))
    assert sorted(life.tasks_told()) == sorted({f"https://t{task}.example" for task in range(len(arrivals))})
    separate = [seconds for seconds, outgoing in life.told if not outgoing.batch_size]
    assert all(later - earlier >= 60 for earlier, later in zip(separate, separate[MAX_SINGLE:], strict=False))


# What is never taken -------------------------------------------------------------------------------------


def poisoned(*tasks: int) -> Callable[[OutgoingMessage], SendResult]:
    """Return a channel that takes no message about some tasks, whatever else is in it."""
    bad = {f"https://t{task}.example" for task in tasks}

    def answer(outgoing: OutgoingMessage) -> SendResult:
        refused = bad & {str(delivery.notice.url) for delivery in outgoing.deliveries}
        return SendFailed("Slack answered msg_blocks_too_long", permanent=True) if refused else Sent()

    return answer


@pytest.mark.parametrize(
    ("tasks", "bad"),
    [
        (1, [0]),
        (3, [0]),
        (6, [0]),
        (6, [5]),
        (100, [37]),
        (500, [499]),
        (500, [0, 250]),
        (500, [0, 1, 2]),
        (60, list(range(0, 60, 3))),
        (40, list(range(39))),
    ],
    ids=str,
)
def test_one_that_is_never_taken_holds_up_no_other(tasks: int, bad: list[int]) -> None:
    """All but the messages that the channel refuses arrive, once each; those wait and are tried again."""
    life = Life([alert(task) for task in range(tasks)], poisoned(*bad))
    life.live(3 * HOUR)
    good = [f"https://t{task}.example" for task in range(tasks) if task not in bad]
    assert sorted(life.tasks_told()) == sorted(good)
    assert {delivery.notice.url for delivery in life.waiting.values()} == {
        f"https://t{task}.example" for task in bad
    }
    before = len(life.refused)
    life.live(2 * REJECTED_PAUSE)
    assert len(life.refused) > before


@pytest.mark.parametrize("tasks", [6, 100, 500])
def test_the_other_notices_are_sent_within_a_minute(tasks: int) -> None:
    """Finding the one message that the channel rejects is a matter of seconds."""
    life = Life([alert(task) for task in range(tasks)], poisoned(tasks // 3))
    life.live(MINUTE)
    assert len(life.tasks_told()) == tasks - 1


def test_later_storms_pass_by_what_is_never_taken() -> None:
    """Once it is known, a message that is never taken costs the next storm nothing."""
    first = [alert(task) for task in range(10)]
    second = [alert(task, HOUR) for task in range(10, 60)]
    life = Life([*first, *second], poisoned(3))
    life.live(HOUR)
    told = len(life.told)
    life.live(MINUTE)
    assert [outgoing.batch_size for _, outgoing in life.told[told:]] == [50]


def test_a_later_incident_passes_by_one_that_is_never_taken() -> None:
    """An alert that the channel will not take does not keep the task's next alert from people."""

    def answer(outgoing: OutgoingMessage) -> SendResult:
        first = any(delivery.notice.at == NOW for delivery in outgoing.deliveries)
        return SendFailed("invalid_blocks", permanent=True) if first else Sent()

    failed = alert(1)
    again = replace(alert(1, 2 * MINUTE), reason="something else")
    life = Life([failed, again], answer)
    life.live(3 * MINUTE)
    assert [outgoing.deliveries[0].notice for _, outgoing in life.told] == [again]


def test_a_channel_that_refuses_everything_is_not_pestered() -> None:
    """After eight refusals in a row, what was refused is tried once in five minutes, what is new at once."""
    life = Life(storm(500, SECOND), lambda _: SendFailed("invalid_auth", permanent=True))
    life.live(MINUTE)
    assert len(life.refused) == MANY_REJECTIONS
    life.live(HOUR)
    assert len(life.refused) <= MANY_REJECTIONS + HOUR // REJECTED_PAUSE
    assert len(life.waiting) == 500
    life.coming.append(alert(1_000, life.now - NOW))
    before = len(life.refused)
    life.live(SECOND)
    assert len(life.refused) == before + 1


def test_a_repaired_channel_gets_all_at_once() -> None:
    """When the token is corrected, what waits is sent in a handful of messages."""
    life = Life(storm(500, SECOND), lambda _: SendFailed("invalid_auth", permanent=True))
    life.live(HOUR)
    life.answer = takes_all
    life.live(2 * REJECTED_PAUSE)
    assert len(life.told) <= 3
    assert not life.waiting


def test_an_outage_is_not_a_rejection() -> None:
    """A channel that was down gets one digest, after one message that was accepted."""
    life = Life(storm(200, MINUTE), lambda _: SendFailed("HTTP 503"))
    life.live(HOUR)
    life.answer = takes_all
    life.live(6 * MINUTE)
    assert [number for _, number in life.pattern()] == [1, 199]


@pytest.mark.parametrize("tasks", [6, 100])
def test_one_that_makes_the_service_fail_holds_up_no_other(tasks: int) -> None:
    """A message over which the service fails again and again keeps none of the others from people."""
    bad = poisoned(tasks // 3)

    def answer(outgoing: OutgoingMessage) -> SendResult:
        return SendFailed("HTTP 500") if isinstance(bad(outgoing), SendFailed) else Sent()

    life = Life([alert(task) for task in range(tasks)], answer)
    life.live(6 * HOUR)
    assert len(life.tasks_told()) == tasks - 1
    assert len(life.waiting) == 1


# Late truth ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("incidents", [1, 3, 5, 6, 200])
def test_what_came_and_went_while_the_channel_was_down(incidents: int) -> None:
    """Each is one late message, or all but the first are one digest with their times; none is told twice."""
    failures = [alert(task, task * SECOND) for task in range(incidents)]
    ends = [recovery(failed, failed.at - NOW + 15 * MINUTE) for failed in failures]
    life = Life([*failures, *ends], lambda _: SendFailed("HTTP 503"))
    life.live(HOUR)
    life.answer = takes_all
    life.live(10 * MINUTE)
    messages = [outgoing.message for _, outgoing in life.told]
    if incidents <= MAX_SINGLE:
        assert len(messages) == incidents
        assert all(message.title.startswith("FAILED AND RECOVERED: ") for message in messages)
        assert sorted(message.lines[0] for message in messages) == [
            f"Failing from 2026-11-22 12:00:0{task} UTC to 2026-11-22 12:15:0{task} UTC; "
            "the notification was not sent at the time."
            for task in range(incidents)
        ]
    else:
        first, digest = messages
        assert first.title.startswith("FAILED AND RECOVERED: ")
        assert digest.title == f"Several notices: {incidents - 1} recovered"
        named = [line for line in digest.lines if ": failed from 2026-11-22 12:0" in line]
        assert len(named) == min(incidents - 1, 10)
    assert sorted(set(life.tasks_told())) == sorted({str(failed.url) for failed in failures})
    assert len(life.tasks_told()) == 2 * incidents


# The rule by itself --------------------------------------------------------------------------------------


def storms(*ago: float) -> ChannelState:
    """Return the pace after gathered messages so many seconds ago."""
    told = tuple(SentMessage(NOW - seconds * SECOND, batched=True) for seconds in ago)
    return ChannelState(last_attempt=told[-1].at, sent=told)


@pytest.mark.parametrize(
    ("pace", "ahead"),
    [
        (ChannelState(), None),
        (ChannelState(last_attempt=NOW), SPACING),
        (ChannelState(last_attempt=NOW - SPACING), None),
        (ChannelState(last_attempt=NOW + SPACING), 2 * SPACING),
        (ChannelState(last_attempt=NOW + HOUR), None),
        (storms(0), BATCH_DELAY),
        (storms(4), 6 * SECOND),
        (storms(10), None),
        (storms(30, 0), 2 * BATCH_DELAY),
        (storms(301, 0), BATCH_DELAY),
        (storms(200, 150, 100, 80, 60, 30, 0), MAX_BATCH_DELAY),
        (storms(-3600), None),
        (replace(storms(0), paced=False), None),
        (replace(storms(2), batch_limit=3), None),
    ],
    ids=[
        "nothing was told",
        "just now",
        "a second ago",
        "the clock was set back a little",
        "the clock was set back an hour",
        "a digest",
        "a digest some seconds ago",
        "a digest long enough ago",
        "two digests",
        "a digest of another storm",
        "many digests",
        "a digest before the clock was set back",
        "the log",
        "something was refused for good: the outbox decides by word",
    ],
)
def test_until_when_a_channel_is_left_alone(pace: ChannelState, ahead: timedelta | None) -> None:
    """A second after each try; ten more for each digest of the last five minutes, a minute at most."""
    assert paused_until(pace, NOW, shutting_down=False) == (NOW + ahead if ahead else None)


def test_at_a_stop_only_the_second_between_messages_counts() -> None:
    """The last words do not gather; two may stand by themselves."""
    assert paused_until(storms(30, 0), NOW, shutting_down=True) == NOW + SPACING
    assert paused_until(storms(30, 1), NOW, shutting_down=True) is None
    assert [
        singles_left(ChannelState(), NOW, shutting_down=shutting_down) for shutting_down in (False, True)
    ] == [
        MAX_SINGLE,
        2,
    ]
    deliveries = [Delivery(task, alert(task), 0, NOW) for task in range(3)]
    outgoing = outbox.next_message(deliveries, NOW, ChannelState(), shutting_down=True)
    assert outgoing is not None
    assert outgoing.batch_size == 3


def test_the_log_has_no_budget() -> None:
    """A channel that is not paced gets singly what waits, up to five at once."""
    told = tuple(SentMessage(NOW, batched=False) for _ in range(9))
    assert singles_left(ChannelState(paced=False, sent=told), NOW, shutting_down=True) == MAX_SINGLE
    assert singles_left(ChannelState(sent=told), NOW, shutting_down=False) == 0


def test_what_was_refused_rests_after_many_refusals() -> None:
    """Less than eight in a row may be one message's fault."""
    few, many = (
        ChannelState(last_attempt=NOW, batch_limit=1, rejections=number)
        for number in (MANY_REJECTIONS - 1, MANY_REJECTIONS)
    )
    assert [rejected_until(pace, NOW) for pace in (few, many)] == [None, NOW + REJECTED_PAUSE]
