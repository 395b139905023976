"""Whether Py Pinger itself moves: what /healthz says, and what feeds the watchdog and the heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from py_pinger.core.model.health import Health, Metrics
from py_pinger.core.model.history import LoopStats
from py_pinger.core.text.formatting import duration, time_or_date
from py_pinger.engine.notification.channel_worker import ChannelWorker
from py_pinger.engine.recording.write_buffer import BEHIND_AFTER, HANGING_AFTER, WriteBuffer
from py_pinger.engine.runtime.metrics import STALL, CheckCounters, LoopMeter
from py_pinger.engine.selfcheck.reload_status import ReloadStatus

# Seconds without a tick after which the loop counts as standing still; it ticks 20 times a second.
STANDSTILL = 5.0

# Seconds by which checks may outlast the longest that any may take: our own work comes on top of the asking.
LENIENCE = 10.0

# How long a channel may refuse without a word: most that fails is well again by then.
REFUSAL = timedelta(minutes=5)

ProblemSource = Callable[[], Iterable[str]]


class Monitor(Protocol):
    """The loop: when it last came round, its pulse, what its checks come to, and the longest in seconds."""

    ticked: float
    pulse: LoopMeter
    tally: CheckCounters
    patience: float


@dataclass(frozen=True, slots=True)
class HealthMonitor:
    """Reads the pulse of the loops; may be asked from any thread.

    `problems` say what else is wrong with Py Pinger itself: a sentence each, without its full stop. So
    do the `reload_status` of the configuration, which keep nothing from moving.
    """

    monitor: Monitor
    write_buffer: WriteBuffer
    dispatcher: Iterable[ChannelWorker]
    clock: Callable[[], datetime]
    reload_status: ReloadStatus
    problems: Sequence[ProblemSource] = ()

    @property
    def is_alive(self) -> bool:
        """Whether the loop moves and checks end, whatever becomes of them: else a new start may help."""
        return next(self._standstills(), None) is None

    @property
    def has_completed_checks(self) -> bool:
        """Whether checks complete, and one has already: not before that is there anything to vouch for."""
        futile = next(self._futility(), None) is not None
        return self.monitor.pulse.completed > 0 and self.is_alive and not futile

    def health(self) -> Health:
        """Return what does not move, if anything."""
        return Health(tuple(self._problems()), self.reload_status.warnings())

    def pulse(self) -> LoopStats:
        """Return how fast the loop checks, and how late."""
        return self.monitor.pulse.read(monotonic())

    def figures(self) -> Metrics:
        """Return what was counted since the start, and how the loops stand."""
        pulse, tally, write_buffer = self.monitor.pulse, self.monitor.tally, self.write_buffer
        return Metrics(
            checks=tally.verdicts(),
            durations=tally.durations.read(),
            lateness=pulse.lateness.read(),
            under_way=pulse.under_way,
            standstill=pulse.stalled(monotonic()),
            checking=self.is_alive,
            problems=len(self.health().problems),
            writes=write_buffer.writes.read(),
            failed_writes=write_buffer.failed_writes,
            unwritten=write_buffer.unwritten,
            channels=tuple(notifier.figures() for notifier in self.dispatcher),
            reloads=self.reload_status.figures(),
        )

    def _problems(self) -> Iterator[str]:
        yield from self._standstills()
        yield from self._futility()
        yield from self._stalls()
        yield from _arrears(self.write_buffer)
        for notifier in self.dispatcher:
            yield from _obstacles(notifier, self.clock())
        for complaint in self.problems:
            yield from complaint()

    def _standstills(self) -> Iterator[str]:
        now, pulse = monotonic(), self.monitor.pulse
        if now - self.monitor.ticked >= STANDSTILL:
            yield "the monitor's loop stands still: tasks are not being checked"
        if pulse.under_way and not pulse.futile and self._overdue(now):
            yield f"checks do not complete: {pulse.under_way} under way, and none ends"

    def _futility(self) -> Iterator[str]:
        futile = self.monitor.pulse.futile
        if futile and self._overdue(monotonic()):
            yield f"checks do not complete: the last {futile} have failed for a reason of our own"

    def _overdue(self, now: float) -> bool:
        return now - self.monitor.pulse.moved > self.monitor.patience + LENIENCE

    def _stalls(self) -> Iterator[str]:
        stalled = self.monitor.pulse.stalled(monotonic())
        if stalled > STALL:
            length = duration(timedelta(seconds=stalled))
            yield f"the monitor's loop stood still for {length} within the last minute: checks were late"


def _arrears(write_buffer: WriteBuffer) -> Iterator[str]:
    if trouble := write_buffer.failure:
        yield f"the store does not take our writing: {trouble}"
    elif write_buffer.hangs:
        yield f"the store does not take our writing: a write has been going on for {HANGING_AFTER:.0f} s"
    elif write_buffer.behind:
        yield f"the store is behind: it has not caught up with our writing for over {BEHIND_AFTER:.0f} s"


def _obstacles(notifier: ChannelWorker, now: datetime) -> Iterator[str]:
    if notifier.stuck:
        yield f"the dispatcher does not move: {notifier.name}"
    if trouble := notifier.failure:
        yield f"the outbox for {notifier.name} cannot be read or written: {trouble}"
    since, why = notifier.failing_since, notifier.last_error
    if since and why and now - since > REFUSAL:
        yield f"{notifier.name} takes no messages since {time_or_date(since, now)}: {why}"
