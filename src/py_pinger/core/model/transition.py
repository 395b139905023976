"""The result of one check: the next state, and all that has to be stored or sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import Incident, TaskState
from py_pinger.core.model.notification import Notice


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one status with one cause begins.

    The one before it `ended` then or earlier.
    """

    started: datetime
    status: Status
    cause: Cause | None
    ended: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the task that was seen for the first time: a `lastrun` that was not there before.

    `due` is the deadline that held until then; None where there was none. `duration` is known of tasks that
    say when their runs began.
    """

    lastrun: datetime
    seen: datetime
    healthy: bool
    reason: str | None
    due: datetime | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """The result of one check of a task: the new state, and all that has to be stored or sent.

    `body` is the beginning of the body that came back, as it was received; None when nothing came.
    """

    url: str
    state: TaskState
    span: Span | None = None
    run: Run | None = None
    closed: Incident | None = None
    notices: tuple[Notice, ...] = ()
    body: bytes | None = None
