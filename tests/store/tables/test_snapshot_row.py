"""Rows of monitored tasks become the states that they were written from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.evaluation.scheduled_times import read_schedule
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskSnapshot, TaskState
from py_pinger.core.model.schedule import Schedule
from py_pinger.store.tables.binding import Values, write_time
from py_pinger.store.tables.rows import incident_values, state_values
from py_pinger.store.tables.snapshot_row import FRESH, INCIDENT_COLUMNS, TASK_COLUMNS, read_snapshot

NOON = datetime(2026, 5, 3, 12, 0, 0, 123456, UTC)
URL = "https://a.example/"
SCHEDULE = read_schedule("0 3 * * *", "Europe/Vienna")


def later(seconds: int) -> datetime:
    """Return a moment after noon; each value of the states is another one."""
    return NOON + timedelta(seconds=seconds)


def full() -> TaskState:
    """Return a state that has everything."""
    assert isinstance(SCHEDULE, Schedule)
    verdict = Verdict(
        Status.ERROR,
        Cause.LATE,
        "late",
        "a process",
        "a server",
        later(1),
        timedelta(microseconds=7),
        later(2),
        later(3),
        later(4),
        (ReportWarning(ReportWarningKind.OTHER, "a hint"),),
        SCHEDULE,
        fault=Fault(FaultCode.ADDRESS),
    )
    turns = (CauseChange(later(5), Cause.LATE, "late"),)
    escalated = timedelta(hours=1)
    incident = Incident(later(5), later(6), turns, 3, later(7), PendingNotice.REMINDER, escalated)
    times = later(8), later(9), timedelta(0, 0, 11), later(10), later(11)
    return TaskState(verdict, *times, 12, 13, incident)


def as_stored(values: Values) -> Values:
    """Return values as the tables have them."""
    return {name: _number(value) for name, value in values.items()}


def _number(value: object) -> object:
    if isinstance(value, datetime):
        return write_time(value)
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value


def row_of(state: TaskState) -> tuple[Any, ...]:
    """Return the row of a task with a state."""
    task: Values = {"id": 5, "url": URL, "name": "A", "position": 6, **as_stored(state_values(state))}
    incident = as_stored(incident_values(5, state.incident)) if state.incident else {}
    return (*(task[name] for name in TASK_COLUMNS), *(incident.get(name) for name in INCIDENT_COLUMNS))


@pytest.mark.parametrize("state", [full(), TaskState(), TaskState(Verdict(Status.OK), checked_at=NOON)])
def test_what_was_written_is_read(state: TaskState) -> None:
    """Each value of a state has its column."""
    assert read_snapshot(row_of(state)) == TaskSnapshot(URL, "A", state)


def test_new_tasks_share_their_state() -> None:
    """Before its first check nothing is known of a task, and the states of such tasks are one object."""
    assert read_snapshot(row_of(TaskState())).state is FRESH


def test_a_url_that_is_there_already() -> None:
    """A URL that the caller has is used instead of an equal one from the database."""
    mine = str(URL.encode(), "ascii")
    assert read_snapshot(row_of(FRESH), {mine: mine}).url is mine


def test_warnings_of_old_databases() -> None:
    """Warnings that were stored as texts alone are still read."""
    row = list(row_of(TaskState(Verdict(Status.OK), checked_at=NOON)))
    row[TASK_COLUMNS.index("warnings")] = '["a hint"]'
    warnings = read_snapshot(row).state.verdict.warnings
    assert warnings == (ReportWarning(ReportWarningKind.OTHER, "a hint"),)
