"""Acknowledgements in the database: of open incidents, and gone with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.suppression.silence import StoredSuppressions
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore, SharedStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
A, B = "http://a.example/1", "http://b.example/2"
TASKS = [Task(A, A), Task(B, B)]


def incident(opened: datetime) -> Incident:
    """Return an incident that is open."""
    return Incident(opened, opened, (CauseChange(opened, Cause.FAILED, "disk full"),))


def fails(url: str, opened: datetime) -> Transition:
    """Return the step that opens an incident."""
    return Transition(url, TaskState(Verdict(Status.ERROR, Cause.FAILED), incident=incident(opened)))


def recovers(url: str, opened: datetime, closed: datetime) -> Transition:
    """Return the step that closes an incident."""
    over = replace(incident(opened), closed=closed)
    return Transition(url, TaskState(Verdict(Status.OK)), closed=over)


def in_force(store: Store | SharedStore) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements in force."""
    return store.silences.in_force(NOON).acknowledgements


def test_only_what_fails_can_be_acknowledged(store: Store) -> None:
    """Of the tasks that are named, those with an open incident are acknowledged."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON)], [], [])
    made = Acknowledgement(A, NOON, NOON + MINUTE, "on it", "anna")
    assert store.acknowledgements.create([A, B, "else"], NOON + MINUTE, "on it", "anna") == (made,)
    assert store.silences.in_force(NOON) == StoredSuppressions((), (made,))


def test_an_incident_is_named_by_its_second(store: Store) -> None:
    """Named by the second in which it opened, only that incident is acknowledged or withdrawn."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON + timedelta(milliseconds=700))], [], [])
    create, withdraw = store.acknowledgements.create, store.acknowledgements.withdraw
    (kept,) = create([A], NOON, "on it", "anna", NOON)
    for other in (NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)):
        assert (create([A], NOON, "mine", "ben", other), withdraw([A], other)) == ((), ())
    assert in_force(store) == (kept,)
    assert withdraw([A], NOON) == (kept,)


def test_an_acknowledgement_ends_with_its_incident(store: Store) -> None:
    """The next incident of the task is not acknowledged; the history says who took care of the first."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON)], [], [])
    (made,) = store.acknowledgements.create([A], NOON, "on it", "anna")
    store.record([recovers(A, NOON, NOON + MINUTE)], [], [])
    assert in_force(store) == ()
    store.record([fails(A, NOON + 2 * MINUTE)], [], [])
    assert in_force(store) == ()
    history = store.incidents(IncidentFilter(), 10)
    assert [each.acknowledgement for each in history] == [None, made]


def test_the_last_acknowledgement_counts(store: Store) -> None:
    """Who acknowledges again replaces the one before, and withdrawing says whose it was."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON), fails(B, NOON)], [], [])
    store.acknowledgements.create([A, B], NOON, "on it", "anna")
    (made,) = store.acknowledgements.create([A], NOON + MINUTE, "", "ben")
    assert {each.url: each.who for each in in_force(store)} == {A: "ben", B: "anna"}
    assert store.acknowledgements.withdraw([A]) == (made,)
    assert store.acknowledgements.withdraw([A]) == ()
    assert [each.url for each in in_force(store)] == [B]


def test_a_removed_task_is_not_acknowledged(store: Store) -> None:
    """What is not monitored has no acknowledgement in force."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON)], [], [])
    store.acknowledgements.create([A], NOON, "on it", "anna")
    store.set_tasks(TASKS[1:])
    assert in_force(store) == ()
    assert store.acknowledgements.create([A], NOON, "on it", "ben") == ()


def test_another_process_acknowledges(store: Store, url: str) -> None:
    """The command line writes next to the process that monitors; each sees what the other wrote."""
    store.set_tasks(TASKS)
    store.record([fails(A, NOON)], [], [])
    with closing(SharedStore.open(url)) as visit:
        made = visit.acknowledgements.create([A], NOON, "on it", "anna")
        assert in_force(store) == in_force(visit) == made
    with closing(ReadOnlyStore.open(url)) as reader:
        assert reader.suppressions(NOON).acknowledgements == made


def test_a_restart_keeps_acknowledgements(url: str, rows: Callable[[str], object]) -> None:
    """What was acknowledged is acknowledged after a restart."""
    with closing(Store.open(url)) as store:
        store.set_tasks(TASKS)
        store.record([fails(A, NOON)], [], [])
        made = store.acknowledgements.create([A], NOON, "on it", "anna")
    with closing(Store.open(url)) as store:
        store.set_tasks(TASKS)
        assert in_force(store) == made
    assert rows("SELECT why, who FROM acknowledgement") == [("on it", "anna")]
