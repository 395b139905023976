"""The health of Py Pinger itself: for /healthz, the watchdog and the heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from py_pinger.channels import LogChannel
from py_pinger.core.model.health import Health, HealthWarning, Metrics, Problem, ProblemKind
from py_pinger.core.model.history import LoopStats
from py_pinger.core.text.formatting import duration, time_or_date
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.recording.write_buffer import BEHIND_AFTER, HANGING_AFTER, WriteBuffer
from py_pinger.engine.runtime.metrics import STALL, CheckCounters, LoopMeter
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

# Seconds without a tick after which the loop counts as stalled; it ticks 20 times a second.
STALLED_AFTER = 5.0

# Seconds that are added to the longest check: the loop's own work comes on top of the probe.
CHECK_MARGIN = 10.0

# How long a channel may fail before it is a problem: most failures end before.
CHANNEL_FAILURE_LIMIT = timedelta(minutes=5)

ProblemSource = Callable[[], Iterable[Problem]]
WarningSource = Callable[[], Iterable[HealthWarning]]

# The numbers of internal errors of workers, by their names.
ErrorCounts = Callable[[], Mapping[str, int]]


class CheckLoop(Protocol):
    """The check loop as health needs it; `max_duration` of a check is in seconds."""

    ticked_at: float
    meter: LoopMeter
    counters: CheckCounters
    max_duration: float
    max_pause: float | None


@dataclass(frozen=True, slots=True)
class HealthMonitor:
    """Derives health and metrics from the counters of the loops; may be read from any thread.

    `problem_sources` and `warning_sources` report what else there is, `reload_status` the warnings about the
    configuration, `error_counts` the internal errors of workers, and `database_error` why the database cannot
    be written at all.
    """

    monitor: CheckLoop
    write_buffer: WriteBuffer
    dispatcher: Iterable[ChannelWorker]
    clock: Callable[[], datetime]
    reload_status: ReloadStatus
    problem_sources: Sequence[ProblemSource] = ()
    warning_sources: Sequence[WarningSource] = ()
    error_counts: Sequence[ErrorCounts] = ()
    database_error: Callable[[], str | None] = lambda: None

    @property
    def is_alive(self) -> bool:
        """Whether the loop ticks, checks end and notices can be sent; if not, a restart may help."""
        return self._is_checking and self._can_notify

    @property
    def _is_checking(self) -> bool:
        return next(self._stalls(), None) is None

    @property
    def _can_notify(self) -> bool:
        """Whether a worker works: one of a channel that leaves this machine, if there is any."""
        workers = list(self.dispatcher)
        external = [worker for worker in workers if worker.name != LogChannel.name]
        now = self.clock()
        return not workers or not all(worker.is_broken(now) for worker in external or workers)

    @property
    def has_completed_checks(self) -> bool:
        """Whether there are tasks, and a check has completed as recently as their intervals require."""
        failing = next(self._failing_checks(), None) is not None
        return self._completes_checks(monotonic()) and self.is_alive and not failing

    def health(self) -> Health:
        """Return the problems and warnings of this moment."""
        more = (warning for warnings in self.warning_sources for warning in warnings())
        return Health(tuple(self._problems()), (*self.reload_status.warnings(), *more))

    def loop_stats(self) -> LoopStats:
        """Return the rate of checks, and how late they start."""
        return self.monitor.meter.read(monotonic())

    def metrics(self) -> Metrics:
        """Return what was counted since the start, and the state of the loops."""
        meter, counters, write_buffer = self.monitor.meter, self.monitor.counters, self.write_buffer
        return Metrics(
            checks=counters.verdicts(),
            durations=counters.durations.read(),
            lateness=meter.lateness.read(),
            under_way=meter.under_way,
            standstill=meter.stalled(monotonic()),
            checking=self._is_checking,
            problems=len(self.health().problems),
            writes=write_buffer.writes.read(),
            failed_writes=write_buffer.failed_writes,
            unwritten=write_buffer.unwritten,
            channels=tuple(worker.metrics() for worker in self.dispatcher),
            reloads=self.reload_status.metrics(),
            worker_errors={name: number for counts in self.error_counts for name, number in counts().items()},
        )

    def _problems(self) -> Iterator[Problem]:
        yield from self._stalls()
        yield from self._failing_checks()
        yield from self._slow_loop()
        yield from _store_problems(self.write_buffer, self.database_error())
        for worker in self.dispatcher:
            yield from _channel_problems(worker, self.clock())
        for problems in self.problem_sources:
            yield from problems()

    def _stalls(self) -> Iterator[Problem]:
        now, meter = monotonic(), self.monitor.meter
        if now - self.monitor.ticked_at >= STALLED_AFTER:
            yield Problem(ProblemKind.LOOP_STALLED, "the check loop has stalled; tasks are not being checked")
        if meter.under_way and not meter.failed_locally and self._is_overdue(now):
            yield Problem(
                ProblemKind.CHECKS_HANGING, f"checks do not complete: {meter.under_way} in progress"
            )

    def _failing_checks(self) -> Iterator[Problem]:
        failures = self.monitor.meter.failed_locally
        if failures and self._is_overdue(monotonic()):
            text = f"checks do not complete: internal errors in the last {failures}"
            yield Problem(ProblemKind.CHECKS_FAILING, text)

    def _completes_checks(self, now: float) -> bool:
        completed_at, max_pause = self.monitor.meter.completed_at, self.monitor.max_pause
        if completed_at is None or max_pause is None:
            return False
        return now - completed_at <= max_pause + self.monitor.max_duration + CHECK_MARGIN

    def _is_overdue(self, now: float) -> bool:
        return now - self.monitor.meter.progressed_at > self.monitor.max_duration + CHECK_MARGIN

    def _slow_loop(self) -> Iterator[Problem]:
        stalled = self.monitor.meter.stalled(monotonic())
        if stalled > STALL:
            length = duration(timedelta(seconds=stalled))
            text = f"the check loop was blocked for {length} within the last minute; checks were late"
            yield Problem(ProblemKind.LOOP_SLOW, text)


def _store_problems(write_buffer: WriteBuffer, database_error: str | None) -> Iterator[Problem]:
    # With long intervals there may be nothing to write for hours.
    if cause := write_buffer.failure or database_error:
        yield Problem(ProblemKind.STORE, f"cannot write to the database: {cause}")
    elif write_buffer.hangs:
        text = f"cannot write to the database: a write has taken more than {HANGING_AFTER:.0f} s so far"
        yield Problem(ProblemKind.STORE, text)
    elif write_buffer.behind:
        yield Problem(ProblemKind.STORE, f"database writes are more than {BEHIND_AFTER:.0f} s behind")


def _channel_problems(worker: ChannelWorker, now: datetime) -> Iterator[Problem]:
    name = worker.name
    if worker.stuck:
        yield Problem(ProblemKind.CHANNEL_STUCK, f"the worker of {name} does not respond", name)
    if cause := worker.queue_error:
        yield Problem(ProblemKind.OUTBOX, f"cannot read or write the queue of {name}: {cause}", name)
    if broken := worker.internal_error:
        text = f"internal error in the worker of {name} since {time_or_date(broken[0], now)}: {broken[1]}"
        yield Problem(ProblemKind.CHANNEL_BROKEN, text, name)
    since, error = worker.failing_since, worker.last_error
    if since and error and now - since > CHANNEL_FAILURE_LIMIT:
        text = f"cannot send to {name} since {time_or_date(since, now)}: {error}"
        yield Problem(ProblemKind.CHANNEL_FAILING, text, name)
