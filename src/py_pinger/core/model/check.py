"""The values of a check in the order in which they arise: response, report, verdict.

All are frozen. Times are aware datetimes in UTC, durations are timedeltas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from py_pinger.core.model.fault import Fault
from py_pinger.core.model.schedule import Schedule

# Checks missed in a row after which a task's last status is no longer shown.
MISSED_CHECKS = 3


class Status(StrEnum):
    """The status of a task."""

    PENDING = "pending"
    OK = "ok"
    ERROR = "error"
    SLEEPING = "sleeping"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a task is in error; one for each row of the verdict table that results in error."""

    UNREACHABLE = "unreachable"
    HTTP = "http"
    INVALID = "invalid"
    FAILED = "failed"
    CLOCK = "clock"
    LATE = "late"


class ProbeFailure(StrEnum):
    """Why a probe got no response.

    `own` is a failure of Py Pinger itself, unrelated to the task.
    """

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
    """The HTTP response to a probe.

    `headers` are those that the page's section reads, in lower case. `report` is that of a page of another
    program; None for a page by the contract, which is read from the `body`. It is `shared` if another task of
    the same page sent the request. `redirected` is where redirects have led to, masked.
    """

    status: int
    body: bytes
    duration: timedelta
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    report: PageReport | None = None
    shared: bool = False
    redirected: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NoResponse:
    """A probe without a usable response; `detail` describes the failure for people.

    It is `shared` if another task of the same page sent the request. `fault` is what the failure is exactly,
    if that is known.
    """

    failure: ProbeFailure
    detail: str
    duration: timedelta
    shared: bool = False
    fault: Fault | None = field(default=None, compare=False)


ProbeResult = Response | NoResponse


@dataclass(frozen=True, slots=True)
class DailySleep:
    """A sleep window of each day; `start` is the time after midnight UTC."""

    start: timedelta
    duration: timedelta


@dataclass(frozen=True, slots=True)
class SingleSleep:
    """A sleep window that occurs once."""

    start: datetime
    duration: timedelta


SleepWindow = DailySleep | SingleSleep


class ReportWarningKind(StrEnum):
    """What a warning about a task's page is about; `other` is one of an earlier release."""

    TIME_FORMAT = "time_format"
    TIME_ORDER = "time_order"
    NO_FREQUENCY = "no_frequency"
    SLEEP_LIST = "sleep_list"
    SLEEP_COUNT = "sleep_count"
    SLEEP_WINDOW = "sleep_window"
    SLEEP_ALWAYS = "sleep_always"
    UNVERIFIED_CERTIFICATE = "unverified_certificate"
    STATUS = "status"
    SCHEDULE = "schedule"
    LEFT_OUT = "left_out"
    SHORT_RUN = "short_run"
    FREQUENCY = "frequency"
    MORE = "more"
    NOT_LISTED = "not_listed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """What should be improved about a task's page, although it can be evaluated."""

    kind: ReportWarningKind
    text: str


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A valid report: what a task says about its last run and its schedule.

    If the task has not run yet, `never_ran` is true and `lastrun` has no meaning; its first report is awaited
    since `awaited_since`, if that is known. `started` is when its newest run began, `running_since` when the
    oldest one that is under way began, `runtime` how long a run may take, and `took` how long the last one
    took. `zoneless` if `lastrun` has no offset. `fault` is why a run does not count that the task calls ok.
    """

    healthy: bool
    lastrun: datetime
    frequency: timedelta
    reason: str | None = None
    sleep: tuple[SleepWindow, ...] = ()
    process: str | None = None
    server: str | None = None
    warnings: tuple[ReportWarning, ...] = ()
    never_ran: bool = False
    schedule: Schedule | None = None
    started: datetime | None = None
    running_since: datetime | None = None
    runtime: timedelta | None = None
    took: timedelta | None = None
    awaited_since: datetime | None = None
    zoneless: bool = False
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class InvalidReport:
    """A page that is not a valid report; `problem` names the key and quotes the value.

    `reason`, `process` and `server` are what the page says all the same.
    """

    problem: str
    reason: str | None = None
    process: str | None = None
    server: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class ItemList:
    """The names of the items that a page lists: what a task for all of them reports.

    It is not `complete` if the page may list more than were read.
    """

    names: tuple[str, ...]
    warnings: tuple[ReportWarning, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NotListed:
    """A readable page does not list a discovered item at present: its last report still counts."""


# What a page of another program says about a task.
PageReport = TaskReport | InvalidReport | ItemList | NotListed


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of a task at one moment and why, with the `reason` as a sentence for people.

    `started`, `running_since` and `took` are those of its report; `runtime` is how long the run that is under
    way may take, if that is what the deadline follows from. `fault` is what exactly is wrong with a task in
    error.
    """

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
    schedule: Schedule | None = None
    started: datetime | None = None
    running_since: datetime | None = None
    runtime: timedelta | None = None
    took: timedelta | None = None
    fault: Fault | None = None

    @property
    def warning_texts(self) -> tuple[str, ...]:
        """The warnings as people read them."""
        return tuple(warning.text for warning in self.warnings)

    def completed_from(self, earlier: Verdict) -> Verdict:
        """Return this verdict with the run and labels of an earlier one where it has no report."""
        if self.lastrun is not None or self.frequency is not None:
            return self
        return replace(
            self,
            process=self.process or earlier.process,
            server=self.server or earlier.server,
            lastrun=earlier.lastrun,
            frequency=earlier.frequency,
            deadline=earlier.deadline,
            schedule=earlier.schedule,
            started=earlier.started,
            running_since=earlier.running_since,
            runtime=earlier.runtime,
            took=earlier.took,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a task: the verdict, when it was reached, and how long the response took.

    Without a request there is no `duration`. `body` is the beginning of the response's body as received; None
    without a response. `log` are the last lines that a task has sent of a failed run.
    """

    verdict: Verdict
    at: datetime
    duration: timedelta | None
    body: bytes | None = None
    log: tuple[str, ...] = ()
