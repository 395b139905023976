"""Pushed reports: what a task sends, and what Py Pinger keeps for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from py_pinger.core.model.check import TaskReport

# Bytes of a log that are kept: the last ones, since errors stand at the end.
LOG_KEPT: Final = 10_000


class PushKind(StrEnum):
    """What a push says: that a run begins, has ended well or badly, or just its log."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"
    LOG = "log"


class Receipt(StrEnum):
    """What became of a push: it is stored, its task is not monitored, or it could not be stored."""

    STORED = "stored"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PushedReport:
    """One push of a task, as it arrived: which run it is about, how that ended, and its log.

    `url` identifies the task. `exit_code` is known of clients that report it. `log` is readable text without
    secrets. `document` is a report by the contract in JSON, complete and valid, and `report` what it says.
    A failure in `excess` comes more often than reports may: after another failure it is not a separate run.
    """

    url: str
    kind: PushKind
    at: datetime
    run_id: str | None = None
    exit_code: int | None = None
    log: str = field(default="", repr=False)
    document: bytes | None = field(default=None, repr=False)
    report: TaskReport | None = None
    excess: bool = False


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is under way; clients that have only one at a time give it no `id`."""

    id: str | None
    started: datetime


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that ended, when that was reported, and how long it took if its start was reported too."""

    lastrun: datetime
    seen: datetime
    healthy: bool
    reason: str | None = None
    duration: timedelta | None = None
    exit_code: int | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class PushState:
    """What is kept of a task's pushes; one row of the store.

    The task is `watched` since then. `last` is the newest run that ended, None before the first; its
    `lastrun` is MIN_TIME if there was an error before any run. `started` is the newest start, unless the
    newest run was reported without one. `seen` are the last pushes with an id of their run, so that one that
    is repeated counts once. `document` is the newest report in JSON.
    """

    watched: datetime
    last: FinishedRun | None = None
    started: datetime | None = None
    open_runs: tuple[OpenRun, ...] = ()
    seen: tuple[str, ...] = ()
    document: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PushWrite:
    """What a push has to have stored before it is answered; without a `log` the one before it stays."""

    url: str
    state: PushState
    run: FinishedRun | None = None
    log: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WaitingPush:
    """A push that waits for the node that owns its task: when another node received it, and its content."""

    url: str
    at: datetime
    content: bytes = field(repr=False)
