"""A task as the web shows it: one row, the same for JSON and for HTML."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypedDict, cast

from py_pinger.core.evaluation.deadline import next_expected
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Status, Verdict
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


# To copy a row and fill it in takes two thirds of the time of making it.
_EMPTY: Final = cast("TaskRow", {**dict.fromkeys(TaskRow.__annotations__), "warnings": ()})
# Distinct lengths of time whose numbers are kept; many tasks have the same.
_CACHED_LENGTHS: Final = 1000
_TEXTS: Final = {status: status.value for status in Status}
_FAILING: Final = frozenset({Status.ERROR.value, Status.UNKNOWN.value})


def row(task: TaskSnapshot, now: datetime, silences: ActiveSilences = NO_SILENCES) -> TaskRow:
    """Return the row of a task at `now`; a sleep window is shown only while the task sleeps."""
    state, verdict, shown = task.state, task.state.verdict, _EMPTY.copy()
    status = state.shown_status(now)
    shown["errors"] = state.errors
    shown["pings"] = state.pings
    shown["process"] = verdict.process
    shown["server"] = verdict.server
    shown["status"] = _TEXTS[status]
    shown["url"] = task.url
    shown["name"] = task.name
    shown["since"] = state.since
    shown["reason"] = verdict.reason
    shown["lastrun"] = verdict.lastrun
    shown["frequency"] = _minutes(verdict.frequency)
    shown["deadline"] = None if verdict.deadline == MAX_TIME else verdict.deadline
    shown["checked"] = state.checked_at
    shown["duration_ms"] = None if state.duration is None else round(state.duration / _MILLISECOND)
    shown["certificate_end"] = task.certificate_end
    shown["started"] = verdict.started
    shown["running_since"] = verdict.running_since
    # Most tasks have none of these, and there may be ten thousands of them: no calls for what is not there.
    if status is Status.SLEEPING:
        shown["sleep_start"], shown["sleep_end"] = verdict.sleep_start, verdict.sleep_end
    if verdict.cause or verdict.fault or verdict.warnings or verdict.schedule:
        _add_details(shown, verdict)
    if state.incident:
        _add_incident(shown, state.incident, silences.acknowledgement(task.url, state.incident))
    if silenced := silences.silencing(task):
        shown["silenced"], shown["silenced_why"] = silenced.until, silenced.why
    return shown


def _add_details(shown: TaskRow, verdict: Verdict) -> None:
    if verdict.cause:
        shown["cause"] = verdict.cause.value
    if verdict.fault:
        shown["remedy"] = remedy_of(verdict.fault)
    shown["warnings"] = verdict.warning_texts
    if schedule := verdict.schedule:
        shown["schedule"], shown["timezone"] = schedule.text, schedule.zone
        shown["expected"] = next_expected(verdict)


def _add_incident(shown: TaskRow, incident: Incident, acknowledged: Acknowledgement | None) -> None:
    if incident.closed is None:
        shown["incident_since"] = incident.opened
        shown["told"] = None if incident.is_unannounced else incident.notified_at
    if acknowledged:
        shown["acknowledged"], shown["acknowledged_by"] = acknowledged.at, acknowledged.who
        shown["acknowledged_why"] = acknowledged.why


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


@lru_cache(_CACHED_LENGTHS)
def _minutes(length: timedelta | None) -> float | None:
    if length is None:
        return None
    minutes = length / MINUTE
    return int(minutes) if minutes.is_integer() else minutes
