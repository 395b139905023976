"""The values that travel through the house, in the order in which they appear.

All are frozen. Times are aware datetimes in UTC, lengths of time are timedeltas; `FOREVER` stands for
a moment that never comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum, auto

from py_pinger.core.model.task import DIRECT, Way

FOREVER = datetime.max.replace(tzinfo=UTC)
DAWN = datetime.min.replace(tzinfo=UTC)

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


class Trouble(StrEnum):
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
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of a task's page: how often the task runs, and what people be warned of."""

    frequency: timedelta | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A page to watch, and how.

    `url` is what identifies the task and what people see: secrets in it are masked. `address` is what
    is asked, secrets and all, and is never shown. Neither are `headers`, names with their values.
    `token_auth` names the section that its token is from, the plain one being ""; None is for no token.
    `parents` are the URLs of the tasks that it depends on.
    """

    url: str
    address: str = field(repr=False)
    name: str | None = None
    interval: timedelta = timedelta(seconds=60)
    error_interval: timedelta = timedelta(seconds=480)
    timeout: timedelta = timedelta(seconds=10)
    retries: int = 2
    grace: timedelta = timedelta(0)
    remind: timedelta | None = timedelta(minutes=240)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    token_auth: str | None = ""
    way: Way = DIRECT
    terms: Terms = Terms()
    parents: tuple[str, ...] = ()

    def pace(self, *, troubled: bool) -> timedelta:
        """Return the time between two checks, given whether an incident is open."""
        return self.error_interval if troubled else self.interval


@dataclass(frozen=True, slots=True)
class Page:
    """Something came back over HTTP."""

    status: int
    body: bytes
    took: timedelta


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing usable came back; `detail` says which of the troubles it was, to people."""

    trouble: Trouble
    detail: str
    took: timedelta


Answer = Page | NoAnswer


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
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenContract:
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
    warnings: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Turn:
    """A cause that an incident took on, and when."""

    at: datetime
    cause: Cause
    reason: str


class Hold(Enum):
    """Why people are not told of a task now: on purpose, because what it depends on fails, or not yet."""

    SILENCED = auto()
    DEPENDENT = auto()
    UNSURE = auto()


class Owed(StrEnum):
    """What people are to be told of an incident as soon as nothing holds it back; named like the notices."""

    FAILED = "failed"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True)
class Incident:
    """A task's trouble, from the first verdict error to the next verdict ok.

    `told` is when people were last given word of it, or would have been, had nothing held it back: then that
    word is `owed`. The last of `turns` is what it is now.
    """

    opened: datetime
    told: datetime
    turns: tuple[Turn, ...]
    reminders: int = 0
    closed: datetime | None = None
    owed: Owed | None = None

    @property
    def unheard(self) -> bool:
        """Whether nobody has been told of it."""
        return self.owed is Owed.FAILED


@dataclass(frozen=True, slots=True)
class TaskState:
    """All that is remembered of a task between two checks; one row of the store."""

    verdict: Verdict = Verdict(Status.PENDING)
    since: datetime | None = None
    checked: datetime | None = None
    took: timedelta | None = None
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
class Listing:
    """A monitored task as the store knows it: what the pages, the API and the terminal show.

    `certificate_end` is until when its server's certificate is valid, if that has been seen.
    """

    url: str
    name: str | None
    state: TaskState
    certificate_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How Py Pinger itself is doing: each problem is a sentence; none means that all moves.

    The warnings are sentences too, about what somebody should look at although all moves.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether everything moves."""
        return not self.problems
