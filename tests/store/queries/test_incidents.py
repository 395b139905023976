"""Incidents as the pages ask for them: in order, filtered, counted, with who was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import IncidentFilter, NotificationRecord, PastIncident
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

A, B, C = "http://a.example/1", "http://b.example/100%_sure", "http://c.example/3"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TASKS = [Task(A, A, name="Orders"), Task(B, B), Task(C, C)]
VERDICTS = {
    A: Verdict(Status.ERROR, Cause.LATE, process="Import ORDERS", server="web-1"),
    B: Verdict(Status.OK, process="Backup", server="db-1"),
    C: Verdict(Status.OK, reason='"cause":"clock"', server="db-1"),
}


def incident(hour: int, *causes: Cause, closed: int | None = None) -> Incident:
    """Return an incident that opened some hours after noon."""
    opened = NOON + hour * HOUR
    turns = tuple(
        CauseChange(opened + n * MINUTE, cause, 'said "cause":"dns"') for n, cause in enumerate(causes)
    )
    return Incident(opened, opened, turns, closed=None if closed is None else NOON + closed * HOUR)


def closes(url: str, incident: Incident) -> Transition:
    """Return the step that ends an incident."""
    return Transition(url, TaskState(VERDICTS[url]), closed=incident)


@pytest.fixture
def told(store: Store) -> Store:
    """Return a store with two open incidents and three that are over, of three tasks."""
    store.set_tasks(TASKS)
    store.record(
        [
            closes(A, incident(1, Cause.FAILED, closed=2)),
            Transition(A, TaskState(VERDICTS[A], incident=incident(3, Cause.LATE, Cause.UNREACHABLE))),
            closes(B, incident(5, Cause.HTTP, closed=6)),
            closes(C, incident(4, Cause.LATE, closed=9)),
            Transition(C, TaskState(VERDICTS[C], incident=incident(10, Cause.INVALID))),
        ],
        [],
        [],
    )
    return store


def test_cause_changes(told: Store) -> None:
    """They come in order of time, from incidents that were open after a moment; of many from the newest."""
    late, unreachable = incident(3, Cause.LATE, Cause.UNREACHABLE).cause_changes
    (failed,) = incident(1, Cause.FAILED).cause_changes
    assert told.cause_changes(A, NOON) == (failed, late, unreachable)
    assert told.cause_changes(A, NOON + 2 * HOUR) == (late, unreachable)
    assert told.cause_changes(A, NOON, limit=1) == (late, unreachable)
    assert told.cause_changes(C, NOON + 100 * HOUR) == incident(10, Cause.INVALID).cause_changes
    assert told.cause_changes("http://stranger/", NOON) == ()


# Where each stands in the order: hours after noon at which they opened.
ALL = [10, 3, 5, 4, 1]


def opened(store: Store, wanted: IncidentFilter, limit: int = 100, offset: int = 0) -> list[float]:
    """Return the hours after noon at which the incidents found had opened."""
    return [(each.opened - NOON) / HOUR for each in store.incidents(wanted, limit, offset)]


@pytest.mark.parametrize(
    ("wanted", "hours"),
    [
        (IncidentFilter(), ALL),
        (IncidentFilter(url=A), [3, 1]),
        (IncidentFilter(url="http://stranger/"), []),
        (IncidentFilter(server="db-1"), [10, 5, 4]),
        (IncidentFilter(server="db"), []),
        (IncidentFilter(cause=Cause.LATE), [3, 4]),
        (IncidentFilter(cause=Cause.UNREACHABLE), [3]),
        (IncidentFilter(cause=Cause.CLOCK), []),
        (IncidentFilter(text="orders"), [3, 1]),
        (IncidentFilter(text="IMPORT"), [3, 1]),
        (IncidentFilter(text="backup"), [5]),
        (IncidentFilter(text="C.example"), [10, 4]),
        (IncidentFilter(text="0%_s"), [5]),
        (IncidentFilter(text="%"), [5]),
        (IncidentFilter(text="_"), [5]),
        (IncidentFilter(text="/"), ALL),
        (IncidentFilter(text="\\"), []),
        (IncidentFilter(text=""), ALL),
        (IncidentFilter(text="example", server="db-1", cause=Cause.LATE), [4]),
    ],
)
def test_filter(told: Store, wanted: IncidentFilter, hours: list[float]) -> None:
    """What is wanted is found and counted, open ones first, then the newest; no sign in a text is special."""
    assert opened(told, wanted) == hours
    assert told.count_incidents(wanted) == len(hours)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_pages(told: Store, size: int) -> None:
    """Pages of any size, one after the other, show each incident once and in order."""
    pages = [opened(told, IncidentFilter(), size, offset) for offset in range(0, 10, size)]
    assert [hour for page in pages for hour in page] == ALL


def test_not_monitored(told: Store) -> None:
    """The incidents of a task that has left the configuration are no longer shown: nobody can close them."""
    told.set_tasks(TASKS[1:])
    assert opened(told, IncidentFilter()) == [10, 5, 4]
    assert told.count_incidents(IncidentFilter()) == 3


def test_whole(store: Store) -> None:
    """An incident comes with its task's tags, its turns, and each notice's way to each channel."""
    store.set_tasks(TASKS)
    first = replace(incident(0, Cause.LATE, Cause.FAILED), reminders=2)
    failed = Notice(NoticeKind.FAILED, NOON, url=A, opened=NOON)
    recovered = replace(failed, kind=NoticeKind.RECOVERED, at=NOON + HOUR)
    store.record(
        [Transition(A, TaskState(VERDICTS[A], incident=first), notices=(failed,))],
        [],
        [Route("slack"), Route("sentry")],
    )
    (delivery,) = store.waiting("slack", NOON)
    store.settle(
        DeliveryUpdate((delivery.id,), DeliveryState.DELIVERED, NOON + MINUTE, NOON + MINUTE, receipt="1.2")
    )
    (delivery,) = store.waiting("sentry", NOON)
    store.settle(DeliveryUpdate((delivery.id,), DeliveryState.WAITING, NOON, NOON + HOUR, error="HTTP 403"))
    over = replace(first, closed=NOON + HOUR)
    store.record([replace(closes(A, over), notices=(recovered,))], [], [Route("slack")])
    waiting, delivered = DeliveryState.WAITING, DeliveryState.DELIVERED
    assert store.incidents(IncidentFilter(), 10) == (
        PastIncident(
            url=A,
            name="Orders",
            process="Import ORDERS",
            server="web-1",
            opened=NOON,
            closed=NOON + HOUR,
            cause_changes=first.cause_changes,
            reminders=2,
            notifications=(
                NotificationRecord(NoticeKind.FAILED, NOON, "slack", delivered, 1, NOON + MINUTE, None),
                NotificationRecord(NoticeKind.FAILED, NOON, "sentry", waiting, 1, NOON, "HTTP 403"),
                NotificationRecord(NoticeKind.RECOVERED, NOON + HOUR, "slack", waiting, 0, None, None),
            ),
        ),
    )
