"""What pruning forgets, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]

URL = "http://a.example/1"
DAY = timedelta(days=1)
# One task fails on day 0 and recovers on day 1, and is fine until day 9.
START = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = (
    "task",
    "span",
    "incident",
    "run",
    "latency",
    "notice",
    "delivery",
    "incident_cause",
    "acknowledgement",
)


def day(number: float) -> datetime:
    """Return a moment of the story."""
    return START + number * DAY


FAILURE = Incident(day(0), day(0), (CauseChange(day(0), Cause.LATE, "late by 2 min"),))
FAILED = Notice(NoticeKind.FAILED, day(0), URL, day(0))
RECOVERED = Notice(NoticeKind.RECOVERED, day(1), URL, day(0))


def state(number: float, incident: Incident | None = None) -> TaskState:
    """Return the state after a check."""
    status = Status.ERROR if incident else Status.OK
    return TaskState(
        Verdict(status), checked_at=day(number), duration=timedelta(seconds=1), incident=incident
    )


def run(number: float) -> Run:
    """Return a run that was seen at once."""
    return Run(day(number), day(number), healthy=True, reason=None)


FAILS = Transition(
    URL, state(0, FAILURE), Span(day(0), Status.ERROR, Cause.LATE, day(0)), run(0), notices=(FAILED,)
)
RECOVERS = Transition(
    URL,
    state(1),
    Span(day(1), Status.OK, None, day(1)),
    run(1),
    closed=replace(FAILURE, closed=day(1)),
    notices=(RECOVERED,),
)
GOES_ON = Transition(URL, state(9), run=run(9))


def deliver(store: Store, at: datetime) -> None:
    """Deliver all that waits."""
    ids = tuple(delivery.id for delivery in store.waiting("slack", at))
    store.settle(DeliveryUpdate(ids, DeliveryState.DELIVERED, at, at))


def left(rows: Rows) -> tuple[int, ...]:
    """Count the rows of each table."""
    return tuple(rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)  # noqa: S608 - our own tables


@pytest.fixture
def story(store: Store) -> Store:
    """Tell the whole story, all of it delivered by day 2."""
    store.set_tasks([Task(URL, URL)])
    for step in (FAILS, RECOVERS, GOES_ON):
        store.record([step], [], [Route("slack")])
        store.acknowledgements.create([URL], day(0), "on it", "anna")
        deliver(store, day(2))
    return store


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        # task, span, incident, run, latency, notice, delivery, incident_cause, acknowledgement
        (day(0), (1, 2, 1, 3, 3, 2, 2, 1, 1)),
        (day(0) + timedelta(hours=1), (1, 2, 1, 2, 2, 2, 2, 1, 1)),
        (day(1), (1, 2, 1, 2, 2, 2, 2, 1, 1)),
        (day(1.5), (1, 1, 1, 1, 1, 2, 2, 1, 1)),
        (day(2), (1, 1, 1, 1, 1, 2, 2, 1, 1)),
        (day(2.5), (1, 1, 0, 1, 1, 0, 0, 0, 0)),
        (day(99), (1, 1, 0, 1, 0, 0, 0, 0, 0)),
    ],
)
def test_monitored(story: Store, rows: Rows, before: datetime, expected: tuple[int, ...]) -> None:
    """Of a monitored task all that is over goes, but never its current span nor its last run."""
    total = sum(left(rows))
    gone = story.prune(before)
    assert left(rows) == expected
    assert gone == total - sum(expected)


def test_current_span_and_last_run(story: Store, rows: Rows) -> None:
    """The span that stays is the one that goes on, the run that stays is the last."""
    story.prune(day(99))
    assert rows("SELECT status, ended FROM span") == [("ok", None)]
    assert rows("SELECT (lastrun - 1767225600000000) / 86400000000 FROM run") == [(9,)]


def test_small_steps(story: Store, rows: Rows) -> None:
    """Each call forgets no more than its limit; together they forget all, whatever points at what."""
    total = sum(left(rows))
    story.set_tasks([])
    gone: list[int] = []
    while not gone or gone[-1]:
        gone.append(story.prune(day(99), limit=2))
    assert max(gone) == 2
    assert sum(gone) == total
    assert left(rows) == (0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_open_incident(store: Store, rows: Rows) -> None:
    """An open incident stays, and the alert whose receipt its recovery will need."""
    store.set_tasks([Task(URL, URL)])
    store.record([FAILS], [], [Route("slack")])
    store.acknowledgements.create([URL], day(0), "on it", "anna")
    deliver(store, day(0))
    store.prune(day(99))
    assert left(rows) == (1, 1, 1, 1, 0, 1, 1, 1, 1)


def test_waiting_delivery(store: Store, rows: Rows) -> None:
    """While a recovery waits to be told, its incident stays whole, even when nobody monitors the task."""
    store.set_tasks([Task(URL, URL)])
    store.record([FAILS], [], [Route("slack")])
    deliver(store, day(0))
    store.record([RECOVERS], [], [Route("slack")])
    store.set_tasks([])
    store.prune(day(99))
    assert left(rows) == (1, 0, 1, 0, 0, 2, 2, 1, 0)


def test_own_notices(store: Store, rows: Rows) -> None:
    """A notice about Py Pinger itself goes when it is told and old, and when there was no channel."""
    started = Notice(NoticeKind.STARTED, day(0), text="Hello World!")
    store.record([], [started], [Route("slack")])
    store.record([], [replace(started, kind=NoticeKind.STOPPED)], [])
    assert store.prune(day(1)) == 1
    deliver(store, day(0))
    assert store.prune(day(1)) == 2
    assert left(rows) == (0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (day(8), (1, 1, 1, 1, 1, 1, 1, 1, 1)),
        (day(10), (0, 0, 0, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_abandoned(store: Store, rows: Rows, before: datetime, expected: tuple[int, ...]) -> None:
    """A task that left the configuration goes whole, open incident and all, once it is long unchecked."""
    store.set_tasks([Task(URL, URL)])
    store.record([FAILS, Transition(URL, state(9, FAILURE))], [], [Route("slack")])
    store.acknowledgements.create([URL], day(0), "on it", "anna")
    deliver(store, day(0))
    store.set_tasks([])
    store.prune(before)
    assert left(rows) == expected


def test_never_checked(store: Store, rows: Rows) -> None:
    """A task that left the configuration before its first check leaves nothing behind."""
    store.set_tasks([Task(URL, URL)])
    store.prune(day(99))
    assert left(rows)[0] == 1
    store.set_tasks([])
    store.prune(day(99))
    assert left(rows)[0] == 0
