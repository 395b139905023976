"""Detects pauses in which Py Pinger did not run, and failures to confirm after one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from py_pinger.core.model.check import Verdict
from py_pinger.core.selfcheck import pause
from py_pinger.core.selfcheck.pause import Pause


class ConfirmationWindow:
    """The time after a serious pause that ended at `since`, in monotonic seconds."""

    def __init__(self, since: float) -> None:
        self._since = since

    def is_over(self, now: float) -> bool:
        """Return True if no verdict needs confirmation any more."""
        return now - self._since > pause.LONGEST_CATCHING_UP.total_seconds()

    def needs_confirmation(self, verdict: Verdict, interval: timedelta, now: float) -> bool:
        """Return True if a failure may still be an effect of the pause."""
        return not pause.is_confirmed(verdict, interval, timedelta(seconds=now - self._since))


# Seconds between two polls that count as a pause; the loop polls 20 times a second.
STUTTER = 0.5

# Seconds asleep below which the difference may come from the clocks' resolution.
SHORTEST_SLEEP = 1.0

# Only Linux has a clock that includes the time asleep. Returns seconds.
since_boot: Callable[[], float] = partial(
    time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
)


class PauseDetector:
    """Compares two monotonic clocks, in seconds; `awake` stands still while the machine sleeps."""

    def __init__(
        self, awake: Callable[[], float] = time.monotonic, boot: Callable[[], float] = since_boot
    ) -> None:
        self._awake, self._boot = awake, boot
        self._last_awake, self._last_boot = awake(), boot()

    def poll(self) -> Pause | None:
        """Return the pause since the last poll, if there was one."""
        awake, boot = self._awake(), self._boot()
        ran, passed = awake - self._last_awake, boot - self._last_boot
        self._last_awake, self._last_boot = awake, boot
        asleep = passed - ran > SHORTEST_SLEEP
        return Pause(timedelta(seconds=passed), asleep) if asleep or ran > STUTTER else None
