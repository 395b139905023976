"""Incidents as alerts that last: what Alertmanager has to hold of each, and until when.

An alert is named by its labels: whoever posts others posts another alert, and the former stays until it ends.
So task, name, process and server are as people were first told of the incident. The cause is the one that it
has now, and each that it had lately is an alert that has ended. All of this is in the store, so that after a
crash as well nothing is left of what was posted before.
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
    """An incident as the store knows it: the first notice of it, all that it took on, and when it closed.

    `is_notified` is whether the channel that it is looked up for has been told of it, or is going to be.
    """

    first: Notice
    cause_changes: tuple[CauseChange, ...]
    closed: datetime | None = None
    is_notified: bool = False


Fingerprint: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResolvedAlert:
    """That an alert ends, and when: what need not be said twice."""

    identity: Fingerprint
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """What is said of one set of labels: it holds, or held, from `starts` until `ends`."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: datetime
    ends: datetime

    @property
    def identity(self) -> Fingerprint:
        """What names the alert: its labels."""
        return frozenset(self.labels.items())

    @property
    def end(self) -> ResolvedAlert:
        """That it ends, and when."""
        return ResolvedAlert(self.identity, self.ends)


def alerts_of(cases: Iterable[IncidentRecord], now: datetime, keep: timedelta) -> tuple[Alert, ...]:
    """Return the alerts of one task's incidents, which come in order of time; the newest first.

    One that is open ends `keep` from now, unless it is said again until then; so what is over for as long has
    ended by itself, and is left out. Of those with the same labels the newest stands: they are one alert.
    """
    found: dict[Fingerprint, Alert] = {}
    for alert in (alert for case in cases for alert in _alerts(case, now, keep)):
        found.pop(alert.identity, None)
        found[alert.identity] = alert
    return tuple(reversed(found.values()))


def _alerts(case: IncidentRecord, now: datetime, keep: timedelta) -> Iterator[Alert]:
    """Yield an alert for each cause that an incident had lately, the one that it has now last."""
    stands: dict[Cause, tuple[CauseChange, datetime]] = {}
    for turn, later in zip(case.cause_changes, (*case.cause_changes[1:], None), strict=True):
        stands.pop(turn.cause, None)
        stands[turn.cause] = turn, later.at if later else case.closed or now + keep
    yield from (_alert(case.first, turn, ends) for turn, ends in stands.values() if ends > now - keep)


def _alert(first: Notice, turn: CauseChange, ends: datetime) -> Alert:
    notice = replace(first, kind=NoticeKind.FAILED, cause=turn.cause, reason=turn.reason)
    starts = first.opened or first.at
    # By a clock that was set back it would end before it began, and be refused.
    return Alert(_labels(notice), _annotations(notice), starts, max(starts, ends))


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
    *lines, _ = compose(notice).lines
    return {"summary": clean(headline(notice)), "description": "\n".join(lines)}
