"""A task as the web shows it: one row, the same for JSON and for HTML."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypedDict

from py_pinger.core.evaluation.deadline import next_expected
from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import Incident, TaskSnapshot
from py_pinger.core.model.task import PUSH_SCHEME
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences
from py_pinger.core.times import MAX_TIME, MINUTE

_MILLISECOND = timedelta(milliseconds=1)


class TaskRow(TypedDict):
    """What is shown of a task, in the order of the JSON keys.

    Times are aware datetimes in UTC, `frequency` is in minutes, `duration_ms` in milliseconds.
    `expected` is the scheduled time of the next run, which may have passed. `started` is when the newest run
    began, `running_since` when the oldest one that is under way did.
    """

    errors: int
    pings: int
    process: str | None
    server: str | None
    sleep_end: datetime | None
    sleep_start: datetime | None
    status: str
    url: str
    name: str | None
    since: datetime | None
    cause: str | None
    reason: str | None
    remedy: str | None
    warnings: tuple[str, ...]
    lastrun: datetime | None
    frequency: float | None
    deadline: datetime | None
    checked: datetime | None
    duration_ms: int | None
    incident_since: datetime | None
    certificate_end: datetime | None
    told: datetime | None
    silenced: datetime | None
    silenced_why: str | None
    schedule: str | None
    timezone: str | None
    expected: datetime | None
    started: datetime | None
    running_since: datetime | None
    acknowledged: datetime | None
    acknowledged_by: str | None
    acknowledged_why: str | None


_TEXTS: Final = {status: status.value for status in Status}
_FAILING: Final = frozenset({Status.ERROR.value, Status.UNKNOWN.value})


def row(task: TaskSnapshot, now: datetime, silences: ActiveSilences = NO_SILENCES) -> TaskRow:
    """Return the row of a task at `now`; a sleep window is shown only while the task sleeps."""
    state, verdict = task.state, task.state.verdict
    status, schedule, incident = state.shown_status(now), verdict.schedule, state.incident
    asleep = status is Status.SLEEPING
    silenced = silences.silencing(task)
    # Most tasks have none of these, and there may be ten thousands of them: no calls for what is not there.
    acknowledged = silences.acknowledgement(task.url, incident) if incident else None
    return {
        "errors": state.errors,
        "pings": state.pings,
        "process": verdict.process,
        "server": verdict.server,
        "sleep_end": verdict.sleep_end if asleep else None,
        "sleep_start": verdict.sleep_start if asleep else None,
        "status": _TEXTS[status],
        "url": task.url,
        "name": task.name,
        "since": state.since,
        "cause": verdict.cause.value if verdict.cause else None,
        "reason": verdict.reason,
        "remedy": remedy_of(verdict.fault) if verdict.fault else None,
        "warnings": verdict.warning_texts if verdict.warnings else (),
        "lastrun": verdict.lastrun,
        "frequency": _minutes(verdict.frequency),
        "deadline": None if verdict.deadline == MAX_TIME else verdict.deadline,
        "checked": state.checked_at,
        "duration_ms": None if state.duration is None else round(state.duration / _MILLISECOND),
        "incident_since": incident.opened if incident and incident.closed is None else None,
        "certificate_end": task.certificate_end,
        "told": _notified_at(incident) if incident else None,
        "silenced": silenced.until if silenced else None,
        "silenced_why": silenced.why if silenced else None,
        "schedule": schedule.text if schedule else None,
        "timezone": schedule.zone if schedule else None,
        "expected": next_expected(verdict) if schedule else None,
        "started": verdict.started,
        "running_since": verdict.running_since,
        "acknowledged": acknowledged.at if acknowledged else None,
        "acknowledged_by": acknowledged.who if acknowledged else None,
        "acknowledged_why": acknowledged.why if acknowledged else None,
    }


def needs_attention(shown: TaskRow) -> bool:
    """Return True if the task fails, and its failure is neither acknowledged nor silenced."""
    return is_failing(shown) and not is_suppressed(shown)


def is_suppressed(shown: TaskRow) -> bool:
    """Return True if somebody takes care of the task: it is acknowledged or silenced."""
    return shown["acknowledged"] is not None or shown["silenced"] is not None


def is_failing(shown: TaskRow) -> bool:
    """Return True if the task has an open incident, or its status is unknown."""
    return shown["incident_since"] is not None or shown["status"] in _FAILING


def is_pushed(shown: TaskRow) -> bool:
    """Return True if the task sends its reports."""
    return shown["url"].startswith(PUSH_SCHEME)


def title(shown: TaskRow) -> str:
    """Return the name of the task, else its process, else its URL."""
    return shown["name"] or shown["process"] or shown["url"]


def _notified_at(incident: Incident) -> datetime | None:
    return None if incident.closed or incident.is_unannounced else incident.notified_at


def _minutes(length: timedelta | None) -> float | None:
    if length is None:
        return None
    minutes = length / MINUTE
    return int(minutes) if minutes.is_integer() else minutes
