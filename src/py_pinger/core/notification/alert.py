"""Incidents as alerts: what Alertmanager has to hold of each, and until when.

An alert is identified by its labels: with other labels it is another alert, and the former stays until it
ends. So task, name, process and server are those of the first notice of the incident. The current cause is
an alert that lasts, each cause that it had lately is an alert that has ended. All of this is in the store, so
that no posted alert is left behind after a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from py_pinger.core.model.check import Cause
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.message import compose, headline
from py_pinger.core.text.formatting import clean

NAME = "TaskFailing"


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident in the store: its first notice, its causes, and when it closed.

    `is_notified` is whether the channel has a delivery of it, sent or waiting. `acknowledged` says who takes
    care of it, and why.
    """

    first: Notice
    cause_changes: tuple[CauseChange, ...]
    closed: datetime | None = None
    is_notified: bool = False
    acknowledged: str | None = None


Fingerprint: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResolvedAlert:
    """The end of an alert, which has to be posted only once."""

    identity: Fingerprint
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert with one set of labels, active from `starts` until `ends`."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: datetime
    ends: datetime

    @property
    def identity(self) -> Fingerprint:
        """What identifies the alert: its labels."""
        return frozenset(self.labels.items())

    @property
    def end(self) -> ResolvedAlert:
        """Its end."""
        return ResolvedAlert(self.identity, self.ends)


def alerts_of(incidents: Iterable[IncidentRecord], now: datetime, lifetime: timedelta) -> tuple[Alert, ...]:
    """Return the alerts of one task's incidents, which are in order of time.

    The newest alert first.

    That of an open incident ends a `lifetime` from now unless it is posted again; so what closed longer ago
    has ended by itself, and is left out. Those with the same labels are one alert: the newest is kept.
    """
    found: dict[Fingerprint, Alert] = {}
    for alert in (alert for incident in incidents for alert in _alerts(incident, now, lifetime)):
        found.pop(alert.identity, None)
        found[alert.identity] = alert
    return tuple(reversed(found.values()))


def _alerts(incident: IncidentRecord, now: datetime, lifetime: timedelta) -> Iterator[Alert]:
    """Yield an alert for each cause that an incident had lately, the current one last."""
    causes: dict[Cause, tuple[CauseChange, datetime]] = {}
    changes = incident.cause_changes
    for change, later in zip(changes, (*changes[1:], None), strict=True):
        causes.pop(change.cause, None)
        causes[change.cause] = change, later.at if later else incident.closed or now + lifetime
    for change, ends in causes.values():
        if ends > now - lifetime:
            yield _alert(incident, change, ends)


def _alert(incident: IncidentRecord, change: CauseChange, ends: datetime) -> Alert:
    first = incident.first
    notice = replace(
        first, kind=NoticeKind.FAILED, cause=change.cause, reason=change.reason, fault=change.fault
    )
    starts = first.opened or first.at
    # With a clock that was set back it would end before it starts, and be rejected.
    annotations = _annotations(notice)
    if incident.acknowledged:
        annotations["acknowledged"] = clean(incident.acknowledged)
    return Alert(_labels(notice), annotations, starts, max(starts, ends))


def _labels(notice: Notice) -> dict[str, str]:
    values = {
        "alertname": NAME,
        "task": notice.url,
        "name": notice.name,
        "process": notice.process,
        "server": notice.server,
        "cause": notice.cause,
    }
    return {label: str(value) for label, value in values.items() if value}


def _annotations(notice: Notice) -> dict[str, str]:
    message = compose(notice)
    *lines, _ = message.lines
    return {"summary": clean(headline(notice)), "description": "\n".join((*lines, *message.log))}
