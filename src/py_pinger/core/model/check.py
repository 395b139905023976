"""The values that travel through the house, in the order in which they appear.

All are frozen. Times are aware datetimes in UTC, lengths of time are timedeltas; `FOREVER` stands for
a moment that never comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Checks missed in a row before what we last saw is no longer shown as if it were true.
MISSED_CHECKS = 3


class Status(StrEnum):
    """What a task is, as people see it."""

    PENDING = "pending"
    OK = "ok"
    ERROR = "error"
    SLEEPING = "sleeping"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a task is in error; one for each row of the verdict table that ends in error."""

    UNREACHABLE = "unreachable"
    HTTP = "http"
    INVALID = "invalid"
    FAILED = "failed"
    CLOCK = "clock"
    LATE = "late"


class ProbeFailure(StrEnum):
    """Why no answer came back; `own` is trouble of Py Pinger's own, which says nothing about the task."""

    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    LOGIN = "login"
    NETWORK = "network"
    LOCAL = "own"


@dataclass(frozen=True, slots=True)
class Response:
    """Something came back over HTTP."""

    status: int
    body: bytes
    duration: timedelta


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Nothing usable came back; `detail` says which of the troubles it was, to people."""

    failure: ProbeFailure
    detail: str
    duration: timedelta


ProbeResult = Response | NoResponse


@dataclass(frozen=True, slots=True)
class DailySleep:
    """A window that opens each day, `start` after midnight UTC."""

    start: timedelta
    duration: timedelta


@dataclass(frozen=True, slots=True)
class SingleSleep:
    """A window that opens once."""

    start: datetime
    duration: timedelta


SleepWindow = DailySleep | SingleSleep


class ReportWarningKind(StrEnum):
    """What a warning about a task's page is about; `other` is one of an earlier release."""

    TIME_FORMAT = "time_format"
    NO_FREQUENCY = "no_frequency"
    SLEEP_LIST = "sleep_list"
    SLEEP_COUNT = "sleep_count"
    SLEEP_WINDOW = "sleep_window"
    UNVERIFIED_CERTIFICATE = "unverified_certificate"
    MORE = "more"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """What should be improved about a task's page, although it can be evaluated."""

    kind: ReportWarningKind
    text: str


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What a task says of itself: its page, read by the contract."""

    healthy: bool
    lastrun: datetime
    frequency: timedelta
    reason: str | None = None
    sleep: tuple[SleepWindow, ...] = ()
    process: str | None = None
    server: str | None = None
    warnings: tuple[ReportWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class InvalidReport:
    """A page that is not by the contract; `problem` names the key and quotes the value."""

    problem: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What we hold to be true of a task at one moment, with the sentence people see as `reason`."""

    status: Status
    cause: Cause | None = None
    reason: str | None = None
    process: str | None = None
    server: str | None = None
    lastrun: datetime | None = None
    frequency: timedelta | None = None
    deadline: datetime | None = None
    sleep_start: datetime | None = None
    sleep_end: datetime | None = None
    warnings: tuple[ReportWarning, ...] = ()

    @property
    def warning_texts(self) -> tuple[str, ...]:
        """The warnings as people read them."""
        return tuple(warning.text for warning in self.warnings)

    def completed_from(self, earlier: Verdict) -> Verdict:
        """Keep what an earlier verdict knew of the task where this one could not see it."""
        if self.lastrun is not None:
            return self
        return replace(
            self,
            process=self.process or earlier.process,
            server=self.server or earlier.server,
            lastrun=earlier.lastrun,
            frequency=earlier.frequency,
            deadline=earlier.deadline,
        )
