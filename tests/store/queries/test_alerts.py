"""Incidents as they go on being said: which are open, and what a channel was first told of them."""

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
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

A, B = "http://a.example/1", "http://b.example/2"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHANNEL = "alertmanager"


def notice(url: str, opened: datetime, kind: NoticeKind = NoticeKind.FAILED, minutes: int = 0) -> Notice:
    """Return what is told of an incident so many minutes after it opened."""
    return Notice(kind, opened + minutes * MINUTE, url, opened, cause=Cause.LATE, server=f"web-{minutes}")


def incident(opened: datetime, *causes: Cause) -> Incident:
    """Return an incident that took on these causes, a minute apart."""
    turns = tuple(CauseChange(opened + n * MINUTE, cause, cause.value) for n, cause in enumerate(causes))
    return Incident(opened, opened, turns)


def going_on(url: str, incident: Incident, *notices: Notice) -> Transition:
    """Return the step that finds an incident open."""
    return Transition(url, TaskState(Verdict(Status.ERROR, Cause.LATE), incident=incident), notices=notices)


def over(url: str, incident: Incident, *notices: Notice) -> Transition:
    """Return the step that ends an incident."""
    return Transition(url, TaskState(Verdict(Status.OK)), closed=incident, notices=notices)


@pytest.fixture
def adopted(store: Store) -> Store:
    """Return a store that knows two tasks."""
    store.set_tasks([Task(A, A), Task(B, B)])
    return store


def record(store: Store, *steps: Transition, channels: Sequence[str] = (CHANNEL,)) -> None:
    """Keep steps, one after the other."""
    for step in steps:
        store.record([step], [], [Route(channel) for channel in channels])


def settle(store: Store, state: DeliveryState) -> None:
    """End all that waits for the channel."""
    ids = tuple(delivery.id for delivery in store.waiting(CHANNEL, NOON))
    store.settle(DeliveryUpdate(ids, state, NOON, NOON))


def test_what_waits_is_not_kept_alive_yet(adopted: Store) -> None:
    """An incident goes on being said once its first word has arrived, or has been given up."""
    failed = notice(A, NOON)
    open_one = incident(NOON, Cause.LATE)
    record(adopted, going_on(A, open_one, failed))
    assert adopted.open_incident_records(CHANNEL) == ()
    settle(adopted, DeliveryState.GIVEN_UP)
    assert adopted.open_incident_records(CHANNEL) == (
        IncidentRecord(failed, open_one.cause_changes, is_notified=True),
    )


def test_a_channel_that_came_later(adopted: Store) -> None:
    """A channel that was not there when an incident was first told keeps it alive as well."""
    failed = notice(A, NOON)
    record(adopted, going_on(A, incident(NOON, Cause.LATE), failed), channels=["slack"])
    assert [(case.first, case.is_notified) for case in adopted.open_incident_records(CHANNEL)] == [
        (failed, False)
    ]


def test_the_first_word_names_it(adopted: Store) -> None:
    """Whatever is said later of an incident, its first word stays first, and its causes are the newest."""
    failed, later = notice(A, NOON), notice(A, NOON, NoticeKind.REMINDER, 240)
    turned = incident(NOON, Cause.LATE, Cause.HTTP)
    record(adopted, going_on(A, incident(NOON, Cause.LATE), failed), going_on(A, turned, later))
    settle(adopted, DeliveryState.DELIVERED)
    assert adopted.open_incident_records(CHANNEL) == (
        IncidentRecord(failed, turned.cause_changes, is_notified=True),
    )


def test_closed_and_unannounced_incidents_are_not_posted(adopted: Store) -> None:
    """Closed incidents, unannounced ones, and those of removed tasks are not posted any more."""
    opened = incident(NOON, Cause.LATE)
    record(adopted, going_on(A, opened, notice(A, NOON)), going_on(B, opened))
    settle(adopted, DeliveryState.DELIVERED)
    assert len(adopted.open_incident_records(CHANNEL)) == 1
    adopted.set_tasks([Task(B, B)])
    assert adopted.open_incident_records(CHANNEL) == ()
    adopted.set_tasks([Task(A, A)])
    record(adopted, over(A, replace(opened, closed=NOON + MINUTE)))
    assert adopted.open_incident_records(CHANNEL) == ()


def test_the_cases_of_deliveries(adopted: Store) -> None:
    """With an incident come the open ones of the same task, in their order, and no other task's."""
    first, second = incident(NOON, Cause.LATE), incident(NOON + 9 * MINUTE, Cause.HTTP)
    closed = replace(first, closed=NOON + 5 * MINUTE)
    words = notice(A, NOON), notice(A, NOON, NoticeKind.RECOVERED, 5), notice(A, second.opened)
    record(
        adopted,
        going_on(A, first, words[0]),
        over(A, closed, words[1]),
        going_on(B, first, notice(B, NOON)),
        going_on(A, second, words[2]),
    )
    ids = [each.id for each in adopted.waiting(CHANNEL, NOON) if each.notice == words[1]]
    assert adopted.incident_records(CHANNEL, ids) == (
        IncidentRecord(words[0], closed.cause_changes, closed.closed, is_notified=True),
        IncidentRecord(words[2], second.cause_changes, is_notified=True),
    )
    assert adopted.incident_records(CHANNEL, []) == ()


def test_an_acknowledged_incident_says_so(adopted: Store) -> None:
    """An incident that somebody takes care of goes on, and says who and why."""
    record(adopted, going_on(A, incident(NOON, Cause.LATE), notice(A, NOON)))
    settle(adopted, DeliveryState.DELIVERED)
    adopted.acknowledgements.create([A], NOON, "on it", "anna")
    assert [each.acknowledged for each in adopted.open_incident_records(CHANNEL)] == ["on it (anna)"]
