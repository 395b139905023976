"""Incidents, and the state of a task between two checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.fault import Fault
from py_pinger.core.times import ZERO


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A cause of an incident, and since when; `fault` is what exactly was wrong then."""

    at: datetime
    cause: Cause
    reason: str
    fault: Fault | None = None


class Suppression(Enum):
    """The reason why notices about a task are held back."""

    SILENCED = auto()
    ACKNOWLEDGED = auto()
    INHIBITED = auto()
    UNCONFIRMED = auto()


class PendingNotice(StrEnum):
    """The notice to send when the suppression ends; the values are those of the notice kinds."""

    FAILED = "failed"
    REMINDER = "reminder"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Incident:
    """The time from a task's first error to its next ok.

    `notified_at` is when the last notice was sent, or would have been but for a suppression or for patience:
    then that notice is `pending`. The last of `cause_changes` is the current cause. `escalated` is the
    longest of the times after which channels are notified that has been reached.
    """

    opened: datetime
    notified_at: datetime
    cause_changes: tuple[CauseChange, ...]
    reminders: int = 0
    closed: datetime | None = None
    pending: PendingNotice | None = None
    escalated: timedelta = ZERO

    @property
    def is_unannounced(self) -> bool:
        """Whether no notice about it has been sent."""
        return self.pending is PendingNotice.FAILED

    def waits_until(self, patience: timedelta, now: datetime) -> datetime | None:
        """Return until when its first notice waits, given how long a failure may last without one."""
        end = self.opened + patience
        # If the clock was set back since it opened, nothing says how long it has lasted.
        return end if self.is_unannounced and self.opened <= now < end else None


# What is known of a task before its first check.
_UNCHECKED = Verdict(Status.PENDING)


@dataclass(frozen=True, slots=True)
class TaskState:
    """The state of a task between two checks; one row of the store."""

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
        """Return the status to show: unknown if the last check is too long ago."""
        stale = self.fresh_until is not None and now > self.fresh_until
        return Status.UNKNOWN if stale else self.verdict.status


@dataclass(frozen=True, slots=True)
class TaskSnapshot:
    """A monitored task as the store knows it: what the pages, the API and the terminal show.

    `certificate_end` is when its server's certificate expires, if that has been read.
    """

    url: str
    name: str | None
    state: TaskState
    certificate_end: datetime | None = None
