"""The facade of the self-checks: pauses, resources, the network and the clock."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from py_pinger.core.evaluation.lifecycle import PLAIN, Context
from py_pinger.core.model.check import (
    Cause,
    Check,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    Status,
    Verdict,
)
from py_pinger.core.model.health import Absence
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import clock, pause
from py_pinger.core.selfcheck.pause import Pause
from py_pinger.core.text.formatting import duration
from py_pinger.core.times import Clock
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.connectivity import ConnectivityGuard
from py_pinger.engine.selfcheck.outage import PROBED_ONCE, HeldVerdict, State
from py_pinger.engine.selfcheck.pause import ConfirmationWindow
from py_pinger.engine.selfcheck.resources import ResourceGuard

_log = logging.getLogger(__name__)

# Repetitions of a probe that was disturbed: on a machine that always stutters a result has to count at last.
MOST_REPETITIONS = 3

# Absences remembered: more than can come between two checks of a task.
ABSENCES_KEPT = 16

Probe = Callable[[Task], Awaitable[ProbeResult]]

# The verdict of the same result if the time of evaluation is moved by so much.
Reevaluate = Callable[[timedelta], Verdict]


class SteppedClock(Clock, Protocol):
    """A clock that does not follow a step of the machine's clock before it is confirmed."""

    def step(self) -> timedelta:
        """Return how far the machine's clock is ahead, zero if it is followed."""


@dataclass(frozen=True, slots=True)
class Rechecks:
    """What a tick has to do.

    Go on with `released` checks, and check all tasks now if `all_tasks`.
    """

    released: Sequence[HeldVerdict] = ()
    all_tasks: bool = False


class SelfCheck:
    """Keeps failures that may be Py Pinger's own from being notified as failures of tasks.

    `poll_pause` returns a pause in which nothing ran since its last call. `announce` takes notices about
    Py Pinger itself.
    """

    def __init__(
        self,
        *,
        poll_pause: Callable[[], Pause | None],
        resources: ResourceGuard,
        connectivity: ConnectivityGuard,
        clock: SteppedClock,
        announce: Callable[[Notice], None],
    ) -> None:
        self._poll_pause = poll_pause
        self._resources = resources
        self._connectivity = connectivity
        self._clock = clock
        self._announce = announce
        self._pauses = 0
        self._long_pauses = 0
        self._recheck = False
        self._window: ConfirmationWindow | None = None
        self._absences: deque[Absence] = deque(maxlen=ABSENCES_KEPT)

    @property
    def absences(self) -> Sequence[Absence]:
        """The last times in which Py Pinger did not run, oldest first."""
        return self._absences

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks."""
        # A task that is pushed shows nothing about the network.
        self._connectivity.watch([each for each in members if each.task.push is None])

    def note_downtime(self, downtime: Pause) -> None:
        """Note the downtime before the start: failures after a serious one need confirmation."""
        self._absences.append(_absence(self._clock.now(), downtime))
        if downtime.serious:
            self._window = ConfirmationWindow(self._clock.monotonic())

    def replace_absences(self, absences: Sequence[Absence]) -> None:
        """Know when no node of a cluster ran; this one may have joined later, or been stopped meanwhile."""
        self._absences = deque(absences, maxlen=ABSENCES_KEPT)
        last = absences[-1] if absences else None
        since = self._clock.now() - last.end if last else pause.LONGEST_CONFIRMATION
        if last and Pause(last.end - last.start).serious and since < pause.LONGEST_CONFIRMATION:
            self._window = ConfirmationWindow(self._clock.monotonic())

    def on_tick(self) -> Rechecks:
        """Detect pauses and missing resources; return which tasks to go on with or to check again."""
        self._detect_pause()
        self._resources.poll()
        if self._window and self._window.is_over(self._clock.monotonic()):
            self._window = None
        recheck = self._connectivity.recheck_requested() or self._recheck
        self._recheck = False
        return Rechecks(self._connectivity.released(), recheck)

    async def probe(self, probe: Probe, task: Task) -> ProbeResult:
        """Probe a task; repeat what was disturbed by a pause or by a change of what is probed once."""
        for _ in range(MOST_REPETITIONS):
            pauses, long_pauses = self._pauses, self._long_pauses
            once = self._connectivity.state in PROBED_ONCE
            result = await probe(replace(task, retries=0) if once else task)
            self._detect_pause()
            if long_pauses == self._long_pauses and isinstance(result, Response):
                return result
            if pauses == self._pauses and once is (self._connectivity.state in PROBED_ONCE):
                return result
        return await probe(task)

    def review(self, monitored: MonitoredTask, check: Check, result: ProbeResult) -> Check | None:
        """Return the check to proceed with, None if it is held back for now."""
        if isinstance(result, NoResponse) and result.failure is ProbeFailure.LOCAL:
            self._resources.note(result.detail)
        if isinstance(result, Response) and check.duration is not None:
            self._connectivity.note_response(check.at)
        if self._connectivity.state is State.ONLINE and check.verdict.cause is not Cause.UNREACHABLE:
            return check
        return self._connectivity.review(monitored, check, result)

    def context(
        self, monitored: MonitoredTask, check: Check, reevaluate: Reevaluate | None = None
    ) -> Context:
        """Return if a failure is confirmed, and until when the task was monitored before."""
        confirmed = not self._needs_confirmation(check, monitored.task.interval, reevaluate)
        watched_until = self._watched_until(monitored)
        return PLAIN if confirmed and watched_until is None else Context(confirmed, watched_until)

    def _needs_confirmation(self, check: Check, interval: timedelta, reevaluate: Reevaluate | None) -> bool:
        """Return True if a later check has to confirm a failure before it is notified."""
        if self._window and self._window.needs_confirmation(check.verdict, interval, self._clock.monotonic()):
            return True
        if check.verdict.status is not Status.ERROR or reevaluate is None:
            return False
        return self._is_disputed(check.verdict, reevaluate)

    def _watched_until(self, monitored: MonitoredTask) -> datetime | None:
        """Return when monitoring of a task stopped after its last check, None if it went on."""
        checked_at = monitored.state.checked_at
        if checked_at is None:
            return None
        if self._absences and checked_at < self._absences[-1].end:
            absence = next(absence for absence in self._absences if checked_at < absence.end)
            return max(absence.start, checked_at)
        return checked_at if monitored.resumed else None

    def _is_disputed(self, verdict: Verdict, reevaluate: Reevaluate) -> bool:
        """Return True if a time-based failure is none by the machine's clock, which is not followed."""
        step = self._clock.step()
        return bool(step) and clock.is_time_based(verdict) and not clock.is_time_based(reevaluate(step))

    def _detect_pause(self) -> None:
        found = self._poll_pause()
        if found is None:
            return
        self._pauses += 1
        if found.long:
            self._long_pauses += 1
            _log.warning(
                "Py Pinger did not run for %s; repeating interrupted checks.", duration(found.length)
            )
        if found.serious:
            self._absences.append(_absence(self._clock.now(), found))
            self._window = ConfirmationWindow(self._clock.monotonic())
            self._announce(pause.notice(found, self._clock.now()))
            self._recheck = True


def _absence(end: datetime, absence: Pause) -> Absence:
    """Return the absence of this length that has just ended."""
    return Absence(end - absence.length, end)
