"""Reads the rows of the monitored tasks with their states.

A start reads 30 columns of each task, so a row is read by the places of its columns, and times and durations
are the numbers that the tables have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from py_pinger.core.evaluation.scheduled_times import recorded_schedule
from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault
from py_pinger.core.model.incident import Incident, PendingNotice, TaskSnapshot, TaskState
from py_pinger.store.tables.binding import read_duration, read_time
from py_pinger.store.tables.rows import NO_WARNINGS, read_turns, state_values

# The columns of `task` in the order of a row.
TASK_COLUMNS: Final = (
    *("id", "url", "name", "position", "status", "cause", "reason", "process", "server", "lastrun"),
    *("frequency", "schedule", "timezone", "deadline", "sleep_start", "sleep_end", "warnings", "since"),
    *("checked", "took", "fresh_until", "next_check", "pings", "errors", "opened", "fault"),
)
# Behind them those of the open incident, which are null without one.
INCIDENT_COLUMNS: Final = ("told", "reminders", "turns", "closed", "owed", "escalated")

# Where the state begins, and where a row has its other values.
_STATE: Final = TASK_COLUMNS.index("status")
ID: Final = TASK_COLUMNS.index("id")
POSITION: Final = TASK_COLUMNS.index("position")
_TASK: Final = slice(TASK_COLUMNS.index("url"), POSITION)
_CHECKED: Final = TASK_COLUMNS.index("checked")
_FAULT: Final = TASK_COLUMNS.index("fault")
_OF_REPORT: Final = slice(_STATE, TASK_COLUMNS.index("schedule"))
_OF_DEADLINE: Final = slice(TASK_COLUMNS.index("schedule"), TASK_COLUMNS.index("since"))
_OF_CHECKS: Final = slice(TASK_COLUMNS.index("since"), len(TASK_COLUMNS))
_INCIDENT: Final = len(TASK_COLUMNS)
_TURNS: Final = _INCIDENT + INCIDENT_COLUMNS.index("turns")

# Three times as fast as the call of the enumeration.
_STATUSES: Final = {status.value: status for status in Status}

# Nothing is known of a task before its first check: all tasks of a new list share one state. Its verdict is a
# separate object: the state of a check that has another one is written whole.
FRESH: Final = TaskState(Verdict(Status.PENDING))
_FRESH_VALUES: Final = state_values(FRESH)
_FRESH_ROW: Final = (
    *(_FRESH_VALUES[name] for name in TASK_COLUMNS[_STATE:]),
    *(None for _ in INCIDENT_COLUMNS),
)


_NO_URLS: Final[Mapping[str, str]] = {}


def read_snapshot(row: Sequence[Any], urls: Mapping[str, str] = _NO_URLS) -> TaskSnapshot:
    """Read a row of `TASK_COLUMNS` and `INCIDENT_COLUMNS`; `urls` has equal URLs to use instead."""
    fresh = row[_CHECKED] is None and tuple(row[_STATE:]) == _FRESH_ROW
    url, name = row[_TASK]
    return TaskSnapshot(urls.get(url, url), name, FRESH if fresh else _state(row))


def _state(row: Sequence[Any]) -> TaskState:
    since, checked, took, fresh_until, next_check, pings, errors, opened, _ = row[_OF_CHECKS]
    return TaskState(
        _verdict(row),
        None if since is None else read_time(since),
        None if checked is None else read_time(checked),
        None if took is None else read_duration(took),
        None if fresh_until is None else read_time(fresh_until),
        None if next_check is None else read_time(next_check),
        pings,
        errors,
        None if row[_TURNS] is None else _incident(read_time(opened), row[_INCIDENT:]),
    )


def _verdict(row: Sequence[Any]) -> Verdict:
    status, cause, reason, process, server, lastrun, frequency = row[_OF_REPORT]
    schedule, zone, deadline, sleep_start, sleep_end, warnings = row[_OF_DEADLINE]
    fault = row[_FAULT]
    return Verdict(
        _STATUSES[status],
        Cause(cause) if cause else None,
        reason,
        process,
        server,
        None if lastrun is None else read_time(lastrun),
        None if frequency is None else read_duration(frequency),
        None if deadline is None else read_time(deadline),
        _known_time(sleep_start),
        _known_time(sleep_end),
        () if warnings == NO_WARNINGS else tuple(map(_read_warning, orjson.loads(warnings))),
        recorded_schedule(schedule, zone) if schedule else None,
        fault=Fault.of(fault) if fault else None,
    )


def _known_time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else read_time(microseconds)


def _incident(opened: datetime, columns: Sequence[Any]) -> Incident:
    notified_at, reminders, turns, closed, owed, escalated = columns
    return Incident(
        opened,
        read_time(notified_at),
        read_turns(turns),
        reminders,
        _known_time(closed),
        PendingNotice(owed) if owed else None,
        read_duration(escalated or 0),
    )


def _read_warning(stored: str | tuple[str, str]) -> ReportWarning:
    """Return a warning from its pair of kind and text; databases from before had the text alone."""
    kind, text = (ReportWarningKind.OTHER, stored) if isinstance(stored, str) else stored
    return ReportWarning(ReportWarningKind(kind), text)
