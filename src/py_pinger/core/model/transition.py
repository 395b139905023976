"""What one check leads to: the next state, and all that has to be kept or told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from py_pinger.core.model.check import Cause, Incident, Status, TaskState


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one status with one cause begins; the one before it `ended` then or earlier."""

    started: datetime
    status: Status
    cause: Cause | None
    ended: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the task that was seen for the first time: a `lastrun` that was not there before.

    `due` is the deadline that held until then; None where there was none.
    """

    lastrun: datetime
    seen: datetime
    healthy: bool
    reason: str | None
    due: datetime | None = None


class NoticeKind(StrEnum):
    """What people are told.

    `troubled` and `mended` are of trouble of Py Pinger's own, `expiring` and `renewed` of certificates.
    """

    FAILED = "failed"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    STARTED = "started"
    STOPPED = "stopped"
    TROUBLED = "troubled"
    MENDED = "mended"
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


@dataclass(frozen=True, slots=True)
class Step:
    """What one check of a task leads to: the new state, and all that has to be kept or told of it.

    `answer` is the beginning of the body that came back, as it was received; None when nothing came.
    """

    url: str
    state: TaskState
    span: Span | None = None
    run: Run | None = None
    closed: Incident | None = None
    notices: tuple[Notice, ...] = ()
    answer: bytes | None = None
