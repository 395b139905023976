"""Deliveries by the channels' routes, along with what was told before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.check import Cause
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

A, B = "http://a/", "http://b/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUTES = (
    Route("log"),
    Route("late", causes=(Cause.LATE,)),
    Route("http", causes=(Cause.HTTP,), own=False),
    Route("b", tasks=("*//b/",)),
)


def word(kind: NoticeKind, minutes: int, cause: Cause, url: str = A) -> Notice:
    """Return a notice about the incident of noon."""
    return Notice(kind, NOON + minutes * MINUTE, url=url, opened=NOON, cause=cause)


LATE = word(NoticeKind.FAILED, 0, Cause.LATE)
LATE_B = replace(LATE, url=B)
STILL = word(NoticeKind.REMINDER, 1, Cause.HTTP)
OVER = word(NoticeKind.RECOVERED, 2, Cause.HTTP)
OVER_B = word(NoticeKind.RECOVERED, 2, Cause.HTTP, B)
HELLO = Notice(NoticeKind.STARTED, NOON - MINUTE, text="Hello!")


def step(*notices: Notice) -> Transition:
    """Return a step that belongs to notices about one task."""
    incident = Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "late"),))
    return Transition(notices[0].url or "", TaskState(incident=incident), notices=notices)


def told(store: Store, channel: str) -> list[tuple[NoticeKind, str | None]]:
    """Return what waits for a channel: kinds and tasks."""
    return [(delivery.notice.kind, delivery.notice.url) for delivery in store.waiting(channel, NOON)]


def check(store: Store) -> None:
    """Hold what the four channels got of all these notices."""
    failed, still, over = NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.RECOVERED
    own = (NoticeKind.STARTED, None)
    assert told(store, "late") == [own, (failed, A), (failed, B), (still, A), (over, A), (over, B)]
    assert told(store, "http") == [(still, A), (over, A)]
    assert told(store, "b") == [own, (failed, B), (over, B)]
    assert told(store, "log") == told(store, "late")


def test_a_notice_at_a_time(store: Store) -> None:
    """Who was told of an incident is told of it on and on, in later batches and with other causes."""
    store.set_tasks([Task(A, A), Task(B, B)])
    store.record([], [HELLO], ROUTES)
    store.record([step(LATE), step(LATE_B)], [], ROUTES)
    for _ in range(2):
        store.record([step(STILL)], [], ROUTES)
        store.record([step(OVER), step(OVER_B)], [], ROUTES)
    check(store)


def test_all_in_one_batch(store: Store) -> None:
    """What is told first in a batch counts for what comes later in it."""
    store.set_tasks([Task(A, A), Task(B, B)])
    for _ in range(2):
        store.record([step(LATE, STILL, OVER), step(LATE_B, OVER_B)], [HELLO], ROUTES)
    check(store)


def test_a_channel_whose_first_notice_is_a_reminder(store: Store) -> None:
    """Its first notice of the incident counts as its alert, and the receipt as the thread."""
    store.set_tasks([Task(A, A)])
    store.record([step(LATE, STILL)], [], ROUTES)
    (reminder,) = store.waiting("http", NOON)
    assert not reminder.alerted
    store.settle(DeliveryUpdate((reminder.id,), DeliveryState.DELIVERED, NOON, NOON, receipt="ts-1"))
    later = word(NoticeKind.REMINDER, 2, Cause.HTTP), word(NoticeKind.RECOVERED, 3, Cause.HTTP)
    store.record([step(*later)], [], ROUTES)
    assert [(delivery.alerted, delivery.thread) for delivery in store.waiting("http", NOON)] == [
        (True, "ts-1")
    ] * 2


def test_when_the_record_is_lost(store: Store) -> None:
    """In a database that has no word of the incident, its end is told to those whom it would be told."""
    store.set_tasks([Task(A, A)])
    store.record([step(OVER)], [], ROUTES)
    over = NoticeKind.RECOVERED, A
    assert [told(store, route.channel) for route in ROUTES] == [[over], [], [over], []]


def test_an_escalation_goes_to_those_who_were_not_notified(store: Store) -> None:
    """It is the alert of a channel with `after`; its end goes there only if the escalation did."""
    routes = (Route("log"), Route("boss", after=MINUTE), Route("chief", after=9 * MINUTE))
    escalated, over = word(NoticeKind.ESCALATED, 1, Cause.LATE), word(NoticeKind.RECOVERED, 2, Cause.LATE)
    store.set_tasks([Task(A, A)])
    store.record([step(LATE)], [], routes)
    for _ in range(2):
        store.record([step(escalated)], [], routes)
    (delivery,) = store.waiting("boss", NOON)
    assert (delivery.notice, delivery.alerted) == (escalated, False)
    store.settle(DeliveryUpdate((delivery.id,), DeliveryState.DELIVERED, NOON, NOON, receipt="ts-1"))
    store.record([step(over)], [], routes)
    (end,) = store.waiting("boss", NOON)
    assert (end.notice, end.alerted, end.thread) == (over, True, "ts-1")
    assert [each.notice for each in store.waiting("log", NOON)] == [LATE, over]
    assert store.waiting("chief", NOON) == ()
