"""Incidents as JSON shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from py_pinger.core.model.history import NotificationRecord, PastIncident
from py_pinger.core.model.incident import CauseChange


class Turn(TypedDict):
    """A cause that an incident had, and since when."""

    at: datetime
    cause: str
    reason: str


class IncidentRow(TypedDict):
    """An incident, open while `closed` is None, with its causes and notifications."""

    url: str
    name: str | None
    process: str | None
    server: str | None
    opened: datetime
    closed: datetime | None
    turns: tuple[Turn, ...]
    reminders: int
    tellings: tuple[NotificationRecord, ...]
    acknowledged: datetime | None
    acknowledged_by: str | None
    acknowledged_why: str | None


def incident_row(incident: PastIncident) -> IncidentRow:
    """Return the row of an incident."""
    acknowledgement = incident.acknowledgement
    return {
        "url": incident.url,
        "name": incident.name,
        "process": incident.process,
        "server": incident.server,
        "opened": incident.opened,
        "closed": incident.closed,
        "turns": tuple(map(_turn, incident.cause_changes)),
        "reminders": incident.reminders,
        "tellings": incident.notifications,
        "acknowledged": acknowledgement.at if acknowledgement else None,
        "acknowledged_by": acknowledgement.who if acknowledgement else None,
        "acknowledged_why": acknowledgement.why if acknowledgement else None,
    }


def _turn(change: CauseChange) -> Turn:
    return {"at": change.at, "cause": change.cause.value, "reason": change.reason}
