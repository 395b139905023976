"""What a channel gets to see of what waits for it, and what it has missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.notification.throttle import MAX_BATCH
from py_pinger.store import Store

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
URLS = [f"http://t{number}/" for number in range(MAX_BATCH + 100)]


def failed(url: str, at: datetime = NOON) -> Transition:
    """Return the transition that opens an incident."""
    notice = Notice(NoticeKind.FAILED, at, url, at, cause=Cause.LATE, reason="late")
    incident = Incident(at, at, (CauseChange(at, Cause.LATE, "late"),))
    return Transition(url, TaskState(Verdict(Status.ERROR, Cause.LATE), incident=incident), notices=(notice,))


def recovered(opening: Transition, at: datetime) -> Transition:
    """Return the transition that closes the incident."""
    notice = replace(opening.notices[0], kind=NoticeKind.RECOVERED, at=at)
    closed = replace(opening.state.incident, closed=at) if opening.state.incident else None
    return Transition(opening.url, TaskState(Verdict(Status.OK)), closed=closed, notices=(notice,))


def settle(store: Store, state: DeliveryState, at: datetime = NOON, channel: str = "slack") -> None:
    """Give everything that waits this state; what goes on waiting does so until long after."""
    ids = tuple(delivery.id for delivery in store.waiting(channel, at, limit=10_000))
    store.settle(DeliveryUpdate(ids, state, at, at + 5 * MINUTE))


def waiting(store: Store, at: datetime, channel: str = "slack") -> list[tuple[str, str | None]]:
    """Return the kinds and tasks of what waits."""
    return [(each.notice.kind.value, each.notice.url) for each in store.waiting(channel, at)]


SLACK, MUTED = [Route("slack")], [Route("slack (only_log)")]


def test_behind_what_was_rejected_new_deliveries_are_read(store: Store) -> None:
    """Behind more deliveries than one batch holds, rejected and not due, a new one is among those read."""
    store.set_tasks([Task(url, url) for url in URLS])
    store.record([failed(url) for url in URLS[:-1]], [], SLACK)
    settle(store, DeliveryState.WAITING)
    store.record([failed(URLS[-1], NOON + MINUTE)], [], SLACK)
    read = waiting(store, NOON + MINUTE)
    assert (len(read), read[-1]) == (MAX_BATCH, ("failed", URLS[-1]))


def test_of_a_new_storm_the_oldest_are_read(store: Store) -> None:
    """More new deliveries than one batch holds are read from the oldest on."""
    store.set_tasks([Task(url, url) for url in URLS])
    store.record([failed(url) for url in URLS], [], SLACK)
    assert waiting(store, NOON) == [("failed", url) for url in URLS[:MAX_BATCH]]


def story(store: Store, then: Sequence[Route], state: DeliveryState = DeliveryState.DELIVERED) -> None:
    """Let slack be notified of an incident, and the channels of `then` of its end two minutes later."""
    store.set_tasks([Task(URLS[0], URLS[0])])
    opening = failed(URLS[0])
    store.record([opening], [], SLACK)
    settle(store, state)
    store.give_up("slack", NOON + MINUTE)
    store.record([recovered(opening, NOON + 2 * MINUTE)], [], then)


def test_an_end_while_only_log_was_set_is_sent_afterwards(store: Store) -> None:
    """A channel that was notified of a failure gets the end that came while it sent nothing, once."""
    story(store, MUTED)
    for _ in range(2):
        store.make_due("slack", NOON + 3 * MINUTE)
        assert waiting(store, NOON + 3 * MINUTE) == [("recovered", URLS[0])]
    (end,) = store.waiting("slack", NOON + 3 * MINUTE)
    assert (end.alerted, end.next_try) == (True, NOON + 2 * MINUTE)


def test_an_end_is_sent_after_a_restart_too(store: Store) -> None:
    """It is the same if the program was stopped while the settings changed."""
    story(store, [Route("log")])
    store.resume_deliveries(["log", "slack"], NOON + 3 * MINUTE)
    assert waiting(store, NOON + 3 * MINUTE) == [("recovered", URLS[0])]
    settle(store, DeliveryState.DELIVERED)
    store.resume_deliveries(["log", "slack"], NOON + 4 * MINUTE)
    assert waiting(store, NOON + 4 * MINUTE) == []


@pytest.mark.parametrize(("waited", "again"), [(MINUTE, True), (DAY, False)], ids=["removed", "a day later"])
def test_an_end_that_was_given_up(store: Store, waited: timedelta, again: bool) -> None:  # noqa: FBT001 - a column
    """An end that waited when the channel was removed is sent afterwards; one given up after a day is not."""
    store.set_tasks([Task(URLS[0], URLS[0])])
    opening = failed(URLS[0])
    store.record([opening], [], SLACK)
    settle(store, DeliveryState.DELIVERED)
    store.record([recovered(opening, NOON + MINUTE)], [], SLACK)
    gone = NOON + MINUTE + waited
    store.give_up("slack", gone)
    store.make_due("slack", gone + MINUTE)
    assert waiting(store, gone + MINUTE) == ([("recovered", URLS[0])] if again else [])


@pytest.mark.parametrize(
    ("state", "later"),
    [(DeliveryState.WAITING, MINUTE), (DeliveryState.DELIVERED, 8 * DAY)],
    ids=["the failure was not sent", "long ago"],
)
def test_ends_that_are_outdated(store: Store, state: DeliveryState, later: timedelta) -> None:
    """A channel gets no end of what it was not notified of, and none that is older than a week."""
    story(store, MUTED, state)
    store.make_due("slack", NOON + 2 * MINUTE + later)
    assert waiting(store, NOON + 2 * MINUTE + later) == []


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (NoticeKind.SELF_PROBLEM, NoticeKind.SELF_RECOVERED),
        (NoticeKind.EXPIRING, NoticeKind.RENEWED),
    ],
)
def test_the_end_of_an_own_problem(store: Store, begin: NoticeKind, end: NoticeKind) -> None:
    """The end of a problem of Py Pinger itself is sent as well, to a channel that knows of the problem."""
    problem = Notice(begin, NOON, topic="network", opened=NOON, text="offline")
    store.record([], [problem, replace(problem, topic="clock")], SLACK)
    settle(store, DeliveryState.DELIVERED)
    later = NOON + MINUTE
    for topic in ("network", "other"):
        store.record([], [replace(problem, kind=end, at=later, topic=topic)], MUTED)
    store.make_due("slack", NOON + 2 * MINUTE)
    assert [(each.notice.kind, each.notice.topic) for each in store.waiting("slack", later)] == [
        (end, "network")
    ]


def test_only_deliveries_of_the_notices_that_are_meant_are_settled(store: Store) -> None:
    """An outcome changes no delivery that has the number, but is of another notice."""
    store.set_tasks([Task(url, url) for url in URLS[:2]])
    store.record([failed(url) for url in URLS[:2]], [], SLACK)
    first, second = store.waiting("slack", NOON)
    outcome = DeliveryUpdate((first.id, second.id), DeliveryState.DELIVERED, NOON, NOON)
    store.settle(outcome, [second.notice])
    assert waiting(store, NOON) == [("failed", first.notice.url)]
