"""Incidents, and the state of a task between two checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from py_pinger.core.model.check import Cause, Status, Verdict


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A cause that an incident took on, and when."""

    at: datetime
    cause: Cause
    reason: str


class Suppression(Enum):
    """Why people are not told of a task now: on purpose, because what it depends on fails, or not yet."""

    SILENCED = auto()
    INHIBITED = auto()
    UNCONFIRMED = auto()


class PendingNotice(StrEnum):
    """What people are to be told of an incident as soon as nothing holds it back; named like the notices."""

    FAILED = "failed"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Incident:
    """The time from a task's first error to its next ok.

    `notified_at` is when the last notice was sent, or would have been but for a suppression: then that notice
    is `pending`. The last of `cause_changes` is the current cause.
    """

    opened: datetime
    notified_at: datetime
    cause_changes: tuple[CauseChange, ...]
    reminders: int = 0
    closed: datetime | None = None
    pending: PendingNotice | None = None

    @property
    def is_unannounced(self) -> bool:
        """Whether nobody has been told of it."""
        return self.pending is PendingNotice.FAILED


# What is known of a task before its first check.
_UNCHECKED = Verdict(Status.PENDING)


@dataclass(frozen=True, slots=True)
class TaskState:
    """All that is remembered of a task between two checks; one row of the store."""

    verdict: Verdict = _UNCHECKED
    since: datetime | None = None
    checked_at: datetime | None = None
    duration: timedelta | None = None
    fresh_until: datetime | None = None
    next_check: datetime | None = None
    pings: int = 0
    errors: int = 0
    incident: Incident | None = None

    def shown_status(self, now: datetime) -> Status:
        """Return the status to show: unknown once the last check is too long ago to be believed."""
        stale = self.fresh_until is not None and now > self.fresh_until
        return Status.UNKNOWN if stale else self.verdict.status


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """A monitored task as the store knows it: what the pages, the API and the terminal show.

    `certificate_end` is until when its server's certificate is valid, if that has been seen.
    """

    url: str
    name: str | None
    state: TaskState
    certificate_end: datetime | None = None
