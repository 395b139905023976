"""The health and the metrics of Py Pinger itself since its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.notification import DeliveryState


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which Py Pinger did not run: no tasks were checked, and no pushes were received."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class HistogramSnapshot:
    """Durations in seconds: how many were up to each of the bounds, and their total.

    `counts` has one number more than there are bounds, for durations beyond the last.
    """

    bounds: tuple[float, ...] = ()
    counts: tuple[int, ...] = (0,)
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class ChannelMetrics:
    """What a channel's worker did since the start.

    `sent` and `failed` count attempts to send a message; `completed` counts deliveries by their final state.
    """

    name: str
    sent: int
    failed: int
    completed: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class ReloadMetrics:
    """Configuration reloads by outcome; `in_force` unless the last one was rejected."""

    applied: int = 0
    rejected: int = 0
    last_applied: datetime | None = None
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counters since the start, and the present state of the loops.

    `checks` are those with a verdict, by status and cause; durations are in seconds. `standstill` is the
    longest time in the last minute for which the loop did not run, `unwritten` the number of results that
    are not in the store yet.
    """

    checks: Mapping[tuple[Status, Cause | None], int] = field(default_factory=dict)
    durations: HistogramSnapshot = HistogramSnapshot()
    lateness: HistogramSnapshot = HistogramSnapshot()
    under_way: int = 0
    standstill: float = 0.0
    checking: bool = True
    problems: int = 0
    writes: HistogramSnapshot = HistogramSnapshot()
    failed_writes: int = 0
    unwritten: int = 0
    channels: tuple[ChannelMetrics, ...] = ()
    worker_errors: Mapping[str, int] = field(default_factory=dict)
    reloads: ReloadMetrics = ReloadMetrics()


class ProblemKind(StrEnum):
    """The part of Py Pinger that has a problem."""

    LOOP_STALLED = "loop_stalled"
    LOOP_SLOW = "loop_slow"
    LOOP_FAILING = "loop_failing"
    CHECKS_HANGING = "checks_hanging"
    CHECKS_FAILING = "checks_failing"
    STORE = "store"
    OUTBOX = "outbox"
    CHANNEL_STUCK = "channel_stuck"
    CHANNEL_FAILING = "channel_failing"
    CHANNEL_BROKEN = "channel_broken"
    CHECK_INS_FAILING = "check_ins_failing"
    CHECK_INS_BROKEN = "check_ins_broken"
    OFFLINE = "offline"
    CLOCK = "clock"
    RESOURCES = "resources"
    OVERLOADED = "overloaded"
    LEASE = "lease"
    WEB = "web"


class WarningKind(StrEnum):
    """What needs attention although everything works."""

    RELOAD_REJECTED = "reload_rejected"
    RESTART_NEEDED = "restart_needed"
    LOG_STALLED = "log_stalled"
    SETTINGS_DIFFER = "settings_differ"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of Py Pinger itself; `text` is for people, without a full stop.

    `channel` is the name of the affected channel, if any.
    """

    kind: ProblemKind
    text: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """A matter that needs attention; `text` is for people, without a full stop."""

    kind: WarningKind
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """The health of Py Pinger itself; warnings do not count as problems."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[HealthWarning, ...] = ()

    @property
    def well(self) -> bool:
        """Whether there are no problems."""
        return not self.problems
