"""A task's state in a sentence, and what to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.notification.message import CAUSE_TEXTS
from py_pinger.core.text.formatting import duration, minutes
from py_pinger.web.view.filters import clock, relative
from py_pinger.web.view.task_row import TaskRow

_ISO = "Give it in ISO 8601 and UTC, such as 2018-06-28T11:37:48Z."

_HINTS = {
    ReportWarningKind.TIME_FORMAT: _ISO,
    ReportWarningKind.NO_FREQUENCY: (
        'Add the minutes between two runs as a number, such as "frequency": 10.'
    ),
    ReportWarningKind.SLEEP_LIST: (
        'Make it a list, even of one window: [{"start": "22:00:00", "duration": 450}].'
    ),
    ReportWarningKind.SLEEP_COUNT: (
        "Merge windows: one with a time of day repeats daily, and need not be listed day by day."
    ),
    ReportWarningKind.SLEEP_WINDOW: (
        'Give each window a start and a duration in minutes: {"start": "22:00:00", "duration": 450}.'
    ),
    ReportWarningKind.UNVERIFIED_CERTIFICATE: (
        "Name the authority that signed it as ca in the task's section instead."
    ),
}


def hint(warning: ReportWarning) -> str | None:
    """Return what to do about a warning; None where its text says so."""
    return _HINTS.get(warning.kind)


def sentence(row: TaskRow, verdict: Verdict, now: datetime) -> str:
    """Return how the task is, in one sentence of our own words; `verdict` is the last one, however old."""
    status = row["status"]
    if status == Status.PENDING:
        return "Not checked yet."
    if verdict.status is Status.UNKNOWN:
        return f"Not known: {verdict.reason}."
    if status == Status.UNKNOWN:
        seen = f"for {duration(now - row['checked'])}" if row["checked"] else "lately"
        return f"Not checked {seen}: what is shown here was seen then, and may no longer be true."
    if status == Status.SLEEPING:
        return f"Asleep {_until(row['sleep_end'], now)}{_in_incident(row, now)}."
    if status == Status.ERROR:
        return f"{_trouble(row, now)}."
    return f"On time: {_ran(row['lastrun'], now)}, {due(row, now)}."


def due(row: TaskRow, now: datetime) -> str:
    """Return when the next run is due: `due in 3 min`, `overdue for 2 min`, `never due`."""
    deadline = row["deadline"]
    if deadline is None:
        return "never due"
    return f"due {relative(deadline, now)}" if deadline >= now else f"overdue for {duration(now - deadline)}"


def arithmetic(snapshot: TaskSnapshot) -> str | None:
    """Return how the last verdict follows from what the task said; None before the first.

    Sleep and grace appear as one sum.
    """
    checked, verdict = snapshot.state.checked_at, snapshot.state.verdict
    if checked is None:
        return None
    return explain(verdict, checked)


def _trouble(row: TaskRow, now: datetime) -> str:
    cause = CAUSE_TEXTS[Cause(row["cause"] or Cause.FAILED)]
    words = cause[0].upper() + cause[1:]
    if row["cause"] == Cause.LATE and row["deadline"] and row["frequency"]:
        every = minutes(timedelta(minutes=row["frequency"]))
        late = duration(now - row["deadline"])
        return f"{words} for {late}: {_ran(row['lastrun'], now)}, should run every {every}"
    return f"{words} for {duration(now - (row['incident_since'] or row['since'] or now))}"


def _ran(lastrun: datetime | None, now: datetime) -> str:
    return "has not run yet" if lastrun is None else f"last ran {relative(lastrun, now)}"


def _until(end: datetime | None, now: datetime) -> str:
    return f"until {clock(end, now)}" if end else "always"


def _in_incident(row: TaskRow, now: datetime) -> str:
    opened = row["incident_since"]
    return f", in the midst of an incident that began {relative(opened, now)}" if opened else ""
