"""Pauses in which nothing ran, and what has to be confirmed after one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from py_pinger.core.model.check import Verdict
from py_pinger.core.selfcheck import pause
from py_pinger.core.selfcheck.pause import Pause


class ConfirmationWindow:
    """All moments are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self, now: float) -> None:
        """Note that a gap has just ended."""
        self._since = now

    def needs_confirmation(self, verdict: Verdict, interval: timedelta, now: float) -> bool:
        """Tell whether a verdict may not be told yet."""
        if self._since is None:
            return False
        since = timedelta(seconds=now - self._since)
        if since > pause.LONGEST_CATCHING_UP:
            self._since = None
        return not pause.is_confirmed(verdict, interval, since)


# Seconds between two looks that count as a gap; the loop looks 20 times a second.
STUTTER = 0.5

# Seconds of sleep below which the clocks' own unevenness could be the cause.
NAP = 1.0


# Linux alone counts the time asleep as well.
_SINCE_BOOT: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def since_boot() -> float:
    """Return the seconds since the machine was started, its sleep included where the system tells."""
    return time.clock_gettime(_SINCE_BOOT)


class PauseDetector:
    """Looks at two clocks that never go back; `awake` stands still while the machine sleeps."""

    def __init__(
        self, awake: Callable[[], float] = time.monotonic, boot: Callable[[], float] = since_boot
    ) -> None:
        self._awake, self._boot = awake, boot
        self._last_awake, self._last_boot = awake(), boot()

    def poll(self) -> Pause | None:
        """Return the gap since the last look, if there was one."""
        awake, boot = self._awake(), self._boot()
        ran, passed = awake - self._last_awake, boot - self._last_boot
        self._last_awake, self._last_boot = awake, boot
        asleep = passed - ran > NAP
        return Pause(timedelta(seconds=passed), asleep) if asleep or ran > STUTTER else None
