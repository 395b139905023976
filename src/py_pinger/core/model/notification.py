"""The values of the way out: what waits for a channel, what is handed to it, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from py_pinger.core.model.check import Cause


class Severity(StrEnum):
    """How a message should look: red, green, or as usual."""

    ALERT = "alarm"
    RECOVERY = "relief"
    INFO = "neutral"


@dataclass(frozen=True, slots=True)
class Message:
    """Words for people, free of any channel's markup: a title of one line, and lines below it.

    The tags are for channels that sort by them. `url` is None when the message is not about one task. `key`
    is the same whenever the same is told again, for services that know a repeat when they see one. `notices`
    are the facts behind the words, one notice for each incident and each word of Py Pinger's own, for
    programs that read them.
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

    @property
    def text(self) -> str:
        """The whole message as plain text."""
        return "\n".join((self.title, *self.lines))


class DeliveryState(StrEnum):
    """Where a delivery stands; all but waiting are final."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one channel, as it stands in the store.

    `alerted` tells whether this channel has already been told that the same incident is open, and `thread` is
    the receipt it gave for the first word of it.
    """

    id: int
    notice: Notice
    attempts: int
    next_try: datetime
    alerted: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message, and the deliveries that are done once it has arrived.

    `batch_size` is how many incidents and own notices it holds, 0 for a single message.
    """

    deliveries: tuple[Delivery, ...]
    message: Message
    thread: str | None = None
    batch_size: int = 0

    @property
    def key(self) -> str:
        """What names the parcel, also after a restart: its notices, since numbers may begin anew."""
        notices = (delivery.notice for delivery in self.deliveries)
        names = (f"{each.kind} {each.at} {each.url} {each.opened} {each.text}" for each in notices)
        return sha256("\n".join(names).encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel's server took the message; `receipt` is what it calls it, if it said."""

    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The channel's server did not take the message.

    A `permanent` failure will not mend itself: somebody has to look at the settings. `retry_after` is
    what the server asked for.
    """

    error: str
    permanent: bool = False
    retry_after: timedelta | None = None


SendResult = Sent | SendFailed


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """What has become of deliveries after a try."""

    ids: tuple[int, ...]
    state: DeliveryState
    at: datetime
    next_try: datetime
    receipt: str | None = None
    error: str | None = None


class NoticeKind(StrEnum):
    """What people are told.

    `troubled` and `mended` are of trouble of Py Pinger's own, `expiring` and `renewed` of certificates.
    """

    FAILED = "failed"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    STARTED = "started"
    STOPPED = "stopped"
    SELF_PROBLEM = "troubled"
    SELF_RECOVERED = "mended"
    EXPIRING = "expiring"
    RENEWED = "renewed"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell people, whole: nothing need be looked up to put it into words.

    A notice about a task carries the task's `url` and its incident's `opened`, which together name the
    incident; one about Py Pinger itself carries `text` instead, with its `warnings` for further lines, and if
    it is of trouble, the `topic` and when the trouble `opened`. After `expires` it is not worth sending. Of
    the tasks that depend on this one, so many `dependants` fail too.
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
    deadline: datetime | None = None
    warnings: tuple[str, ...] = ()
    dependants: int = 0
    text: str | None = None
    topic: str | None = None
    expires: datetime | None = None
