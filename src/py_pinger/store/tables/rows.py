"""Converts values of the core to rows of the tables, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Row

from py_pinger.core.model.check import ReportWarning, Status
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Delivery, DeliveryState, Notice
from py_pinger.core.model.transition import Run, Span
from py_pinger.store.tables.binding import Values

AnyRow = Row[*tuple[Any, ...]]

_NOTICE: Final = TypeAdapter(Notice)
_TURNS: Final = TypeAdapter(tuple[CauseChange, ...])
NO_WARNINGS: Final = "[]"


def state_values(state: TaskState) -> Values:
    """Return the columns of `task` that a check changes."""
    verdict = state.verdict
    return {
        "status": verdict.status.value,
        "cause": verdict.cause and verdict.cause.value,
        "reason": verdict.reason,
        "fault": verdict.fault and str(verdict.fault),
        "process": verdict.process,
        "server": verdict.server,
        "lastrun": verdict.lastrun,
        "frequency": verdict.frequency,
        "schedule": verdict.schedule and verdict.schedule.text,
        "timezone": verdict.schedule and verdict.schedule.zone,
        "deadline": verdict.deadline,
        "sleep_start": verdict.sleep_start,
        "sleep_end": verdict.sleep_end,
        "warnings": _dump_warnings(verdict.warnings) if verdict.warnings else NO_WARNINGS,
        "since": state.since,
        "opened": state.incident and state.incident.opened,
        **repeat_values(state),
    }


def repeat_values(state: TaskState) -> Values:
    """Return the columns of `task` that change even if a check repeats the last result."""
    return {
        "checked": state.checked_at,
        "took": state.duration,
        "fresh_until": state.fresh_until,
        "next_check": state.next_check,
        "pings": state.pings,
        "errors": state.errors,
    }


def incident_values(task_id: int, incident: Incident) -> Values:
    """Return a row of `incident`."""
    return {
        "task_id": task_id,
        "opened": incident.opened,
        "told": incident.notified_at,
        "closed": incident.closed,
        "reminders": incident.reminders,
        "turns": _TURNS.dump_json(incident.cause_changes).decode(),
        "owed": incident.pending and incident.pending.value,
        "escalated": incident.escalated,
    }


def cause_values(task_id: int, incident: Incident) -> Iterator[Values]:
    """Yield the rows of `incident_cause`, their incident named by `owner` and `incident_opened`."""
    for cause in {turn.cause for turn in incident.cause_changes}:
        yield {"owner": task_id, "incident_opened": incident.opened, "cause": cause.value}


def span_values(task_id: int, span: Span, ended: datetime | None) -> Values:
    """Return a row of `span`; one that has not `ended` is open."""
    return {
        "task_id": task_id,
        "started": span.started,
        "ended": ended,
        "status": span.status.value,
        "cause": span.cause and span.cause.value,
    }


def run_values(task_id: int, run: Run) -> Values:
    """Return a row of `run`."""
    return {
        "task_id": task_id,
        "lastrun": run.lastrun,
        "seen": run.seen,
        "due": run.due,
        "healthy": run.healthy,
        "reason": run.reason,
        "duration": run.duration,
    }


def latency_values(task_id: int, state: TaskState) -> Values | None:
    """Return what one check adds to a row of `latency`; None when it made no request."""
    if state.duration is None or state.checked_at is None:
        return None
    hour = state.checked_at.replace(minute=0, second=0, microsecond=0)
    return {
        "task_id": task_id,
        "hour": hour,
        "checks": 1,
        "failures": int(state.verdict.status is Status.ERROR),
        "total": state.duration,
        "least": state.duration,
        "greatest": state.duration,
    }


def notice_values(task_id: int | None, notice: Notice) -> Values:
    """Return a row of `notice`, its incident named by `owner` and `incident_opened`."""
    return {
        "key": notice_key(notice),
        "task_id": task_id,
        "owner": task_id,
        "incident_opened": notice.opened,
        "kind": notice.kind.value,
        "at": notice.at,
        "expires": notice.expires,
        "content": _NOTICE.dump_json(notice).decode(),
    }


def delivery_values(notice: Notice, channel: str) -> Values:
    """Return a row of `delivery` that is due at once, its notice named by `notice_key`."""
    return {
        "notice_key": notice_key(notice),
        "channel": channel,
        "state": DeliveryState.WAITING.value,
        "attempts": 0,
        "next_try": notice.at,
    }


def read_delivery(row: AnyRow) -> Delivery:
    """Read a row of `delivery` with its notice and the alert that this channel already has."""
    return Delivery(
        id=row.id,
        notice=read_notice(row.content),
        attempts=row.attempts,
        next_try=row.next_try,
        alerted=row.alert_id is not None,
        thread=row.thread,
    )


def read_notice(text: str) -> Notice:
    """Read the content of a notice."""
    return _NOTICE.validate_json(text)


def read_turns(text: str) -> tuple[CauseChange, ...]:
    """Read the causes that an incident had."""
    return _TURNS.validate_json(text)


def notice_key(notice: Notice) -> str:
    """Return what identifies a notice in any database: its kind, its moment, and its subject."""
    opened = notice.opened.isoformat() if notice.opened else "-"
    return f"{notice.kind} {notice.at.isoformat()} {opened} {notice.url or notice.topic or '-'}"


def _dump_warnings(warnings: Sequence[ReportWarning]) -> str:
    return orjson.dumps([(warning.kind, warning.text) for warning in warnings]).decode()
