"""Notices, messages and deliveries: what is sent, to whom, and with which outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from py_pinger.core.model.check import Cause
from py_pinger.core.model.fault import Fault


class Severity(StrEnum):
    """How a message is shown: red, green or neutral."""

    ALERT = "alarm"
    RECOVERY = "relief"
    INFO = "neutral"


@dataclass(frozen=True, slots=True)
class Link:
    """The address of one of Py Pinger's pages, and what it is called."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """Text for people without any channel's markup: a title of one line, and lines below it.

    `links` lead to Py Pinger's own pages. The `log` of a run that failed comes last, so that it is cut first
    where a channel has a limit. The tags are for channels that sort by them. `url` is None if the message is
    not about one task. `key` is the same whenever the message is sent again, for services that recognise
    duplicates. `notices` are the data for programs: one notice for each incident, and each notice about Py
    Pinger itself.
    """

    severity: Severity
    title: str
    lines: tuple[str, ...] = ()
    url: str | None = None
    name: str | None = None
    process: str | None = None
    server: str | None = None
    cause: Cause | None = None
    key: str = ""
    notices: tuple[Notice, ...] = field(default=(), repr=False)
    links: tuple[Link, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole message as plain text."""
        return "\n".join(filter(None, (self.title, self.details)))

    @property
    def details(self) -> str:
        """What stands below the title, as plain text."""
        return "\n".join((*self.lines, *(f"{link.label}: {link.url}" for link in self.links), *self.log))


class DeliveryState(StrEnum):
    """The state of a delivery; all but waiting are final."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice for one channel, as it is in the store.

    `alerted` is whether the channel has been notified that the same incident is open, and `thread` is the
    receipt that it gave for the first message about it.
    """

    id: int
    notice: Notice
    attempts: int
    next_try: datetime
    alerted: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message, and the deliveries that are complete once it is sent.

    `batch_size` is how many incidents and own notices it holds, 0 for a single message.
    """

    deliveries: tuple[Delivery, ...]
    message: Message
    thread: str | None = None
    batch_size: int = 0

    @property
    def key(self) -> str:
        """What identifies the message, also after a restart: its notices, since ids may start again."""
        notices = (delivery.notice for delivery in self.deliveries)
        names = (f"{each.kind} {each.at} {each.url} {each.opened} {each.text}" for each in notices)
        return sha256("\n".join(names).encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel's server accepted the message; `receipt` is its id there, if it has one."""

    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The channel's server did not accept the message.

    A `permanent` failure needs a change of the settings. `retry_after` is the wait that the server requests.
    """

    error: str
    permanent: bool = False
    retry_after: timedelta | None = None


SendResult = Sent | SendFailed


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """The new state of deliveries after an attempt."""

    ids: tuple[int, ...]
    state: DeliveryState
    at: datetime
    next_try: datetime
    receipt: str | None = None
    error: str | None = None


class NoticeKind(StrEnum):
    """What a notice is about.

    ESCALATED is FAILED for channels that are notified after an incident has lasted for some time. The two of
    `SELF_` are about problems of Py Pinger itself, EXPIRING and RENEWED about certificates,
    UNLISTED about a task that is no longer monitored, since its page does not list it any more.
    """

    FAILED = "failed"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    STARTED = "started"
    STOPPED = "stopped"
    SELF_PROBLEM = "troubled"
    SELF_RECOVERED = "mended"
    EXPIRING = "expiring"
    RENEWED = "renewed"
    UNLISTED = "unlisted"
    TEST = "test"


# The kinds which say that a task fails: a channel that got one of them knows of the incident.
FAILURE_KINDS = (NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.ESCALATED)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people should know, complete.

    A message is written from it without further look-ups.

    A notice about a task has the task's `url` and its incident's `opened`, which together identify the
    incident; one about an unlisted task has a `text` instead. One about Py Pinger itself has a `text`, its
    `warnings` as further lines, and for a problem its `topic` and when it `opened`. After `expires` it is not
    worth sending. `dependants` is the number of dependent tasks that fail too. A task with a
    `schedule` is `expected` to run next at that time, which may have passed. `log` has the last lines of the
    log of a run that failed. `fault` is what exactly is wrong with a failing task.
    """

    kind: NoticeKind
    at: datetime
    url: str | None = None
    opened: datetime | None = None
    name: str | None = None
    cause: Cause | None = None
    reason: str | None = None
    process: str | None = None
    server: str | None = None
    lastrun: datetime | None = None
    frequency: timedelta | None = None
    schedule: str | None = None
    timezone: str | None = None
    expected: datetime | None = None
    deadline: datetime | None = None
    warnings: tuple[str, ...] = ()
    dependants: int = 0
    text: str | None = None
    topic: str | None = None
    expires: datetime | None = None
    log: tuple[str, ...] = ()
    fault: Fault | None = None
