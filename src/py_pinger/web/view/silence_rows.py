"""Silences, acknowledgements and maintenance windows as rows, the same for JSON, pages and the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.suppression.maintenance import MaintenanceWindow, occurrence
from py_pinger.core.suppression.silence import Silence


class SilenceRow(TypedDict):
    """An active silence."""

    id: int
    pattern: str
    began: datetime
    ends: datetime
    why: str
    who: str


class AcknowledgementRow(TypedDict):
    """The acknowledgement of an open incident."""

    url: str
    incident_since: datetime
    at: datetime
    why: str
    who: str


class WindowRow(TypedDict):
    """A maintenance window with its current or next occurrence; None if there is none."""

    name: str
    open: bool
    start: datetime | None
    end: datetime | None
    tasks: tuple[str, ...]
    servers: tuple[str, ...]


def silence_row(silence: Silence) -> SilenceRow:
    """Return the row of a silence."""
    return {
        "id": silence.id,
        "pattern": silence.pattern,
        "began": silence.began,
        "ends": silence.ends,
        "why": silence.why,
        "who": silence.who,
    }


def acknowledgement_row(acknowledgement: Acknowledgement) -> AcknowledgementRow:
    """Return the row of an acknowledgement."""
    return {
        "url": acknowledgement.url,
        "incident_since": acknowledgement.opened,
        "at": acknowledgement.at,
        "why": acknowledgement.why,
        "who": acknowledgement.who,
    }


def window_row(window: MaintenanceWindow, now: datetime) -> WindowRow:
    """Return the row of a maintenance window at `now`."""
    found = occurrence(window, now)
    return {
        "name": window.name,
        "open": found is not None and found.start <= now,
        "start": found.start if found else None,
        "end": found.end if found else None,
        "tasks": window.tasks,
        "servers": window.servers,
    }
