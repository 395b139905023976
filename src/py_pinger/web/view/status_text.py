"""The status of a task in a sentence, and what to do about a warning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.evaluation.explain import explain
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.notification.message import CAUSE_TEXTS
from py_pinger.core.text.formatting import between_runs, duration, minute
from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.filters import relative
from py_pinger.web.view.task_row import TaskRow, is_pushed

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
    ReportWarningKind.SLEEP_ALWAYS: (
        "Shorten the windows, so that the task is awake for a part of each day and can be late."
    ),
    ReportWarningKind.UNVERIFIED_CERTIFICATE: (
        "Name the authority that signed it as ca in the task's section instead."
    ),
}


def hint(warning: ReportWarning) -> str | None:
    """Return what to do about a warning; None where its text says so."""
    return _HINTS.get(warning.kind)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence; a time in it is given apart, between `text` and `rest`."""

    text: str
    moment: datetime | None = None
    rest: str = ""


def sentence(row: TaskRow, verdict: Verdict, now: datetime) -> Sentence:
    """Return the status of a task in one sentence; `verdict` is the last one, however old."""
    end = row["sleep_end"]
    if row["status"] == Status.SLEEPING and end and end != MAX_TIME:
        return Sentence("Sleeping until ", end, f"{_in_incident(row, now)}.")
    return Sentence(_sentence(row, verdict, now))


def _sentence(row: TaskRow, verdict: Verdict, now: datetime) -> str:
    status = row["status"]
    if status == Status.PENDING:
        return _pending(row)
    if verdict.status is Status.UNKNOWN:
        return f"Unknown: {verdict.reason}."
    if status == Status.UNKNOWN:
        since = f"for {duration(now - row['checked'])}" if row["checked"] else "recently"
        return f"Not checked {since}; what is shown may be out of date."
    if status == Status.SLEEPING:
        until = "until further notice" if row["sleep_end"] else "always"
        return f"Sleeping {until}{_in_incident(row, now)}."
    if status == Status.ERROR:
        return f"{_error(row, now)}."
    return f"{_ok(row, now)}."


def _pending(row: TaskRow) -> str:
    if row["running_since"]:
        return "Running for the first time."
    if is_pushed(row):
        return "Not reported yet."
    return "Not run yet." if row["checked"] else "Not checked yet."


def due(row: TaskRow, now: datetime) -> str:
    """Return when the next run is due: `due in 3 min`, `overdue for 2 min`, `never due`.

    By a schedule, `next expected 2026-11-23 01:00 UTC, until 2026-11-23 01:30 UTC`.
    """
    deadline, expected = row["deadline"], row["expected"]
    if deadline is None:
        return "never due"
    if expected and expected <= deadline and now <= deadline:
        until = f", until {minute(deadline)}" if deadline > expected else ""
        return f"{'next ' if expected > now else ''}expected {minute(expected)}{until}"
    return f"due {relative(deadline, now)}" if deadline >= now else f"overdue for {duration(now - deadline)}"


def arithmetic(task: TaskSnapshot) -> str | None:
    """Return how the last verdict follows from the report, with sleep and grace as one term.

    None before the first check.
    """
    checked = task.state.checked_at
    return None if checked is None else explain(task.state.verdict, checked, by_local_clocks=False)


def _ok(row: TaskRow, now: datetime) -> str:
    if row["lastrun"] is None and row["reason"]:
        # It does not run: it stands for the items of its page.
        return f"Readable: {row['reason']}"
    return f"On time: {_last_run(row['lastrun'], now)}, {due(row, now)}"


def _error(row: TaskRow, now: datetime) -> str:
    cause = Cause(row["cause"] or Cause.FAILED)
    state = CAUSE_TEXTS[cause][0].upper() + CAUSE_TEXTS[cause][1:]
    if cause is Cause.LATE and row["deadline"] and row["frequency"]:
        late = duration(now - row["deadline"])
        return f"{state} for {late}: {_last_run(row['lastrun'], now)}, {_expected(row, row['frequency'])}"
    return f"{state} for {duration(now - (row['incident_since'] or row['since'] or now))}"


def _expected(row: TaskRow, frequency: float) -> str:
    if row["expected"]:
        return f"was expected {minute(row['expected'])}"
    schedule, every = row["schedule"], between_runs(timedelta(minutes=frequency))
    return f"should run {f'by {schedule}' if schedule else f'every {every}'}"


def _last_run(lastrun: datetime | None, now: datetime) -> str:
    return "no run yet" if lastrun is None else f"last ran {relative(lastrun, now)}"


def _in_incident(row: TaskRow, now: datetime) -> str:
    opened = row["incident_since"]
    return f", with an incident open since {relative(opened, now)}" if opened else ""
