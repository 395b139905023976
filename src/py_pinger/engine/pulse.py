"""How the monitor's loop does: how many checks it starts, and how late."""

from __future__ import annotations

from datetime import datetime

from py_pinger.core.history import Pulse

# Seconds that are looked back on, each in a bucket of its own.
WINDOW = 60


class PulseMeter:
    """Counts into one bucket a second, so a check costs the same however many there are.

    It is written by the loop alone and may be read from any thread: what is read may lack the check that
    is being counted. All moments but `started` are seconds of a clock that never goes back.
    """

    def __init__(self, started: datetime, now: float) -> None:
        self._started = started
        self._begun = now
        self._seconds = [-1] * WINDOW
        self._checks = [0] * WINDOW
        self._late = [0.0] * WINDOW
        self._worst = [0.0] * WINDOW

    def beat(self, now: float, due: float) -> None:
        """Count a check that starts now and was due then."""
        second = int(now)
        bucket = second % WINDOW
        if self._seconds[bucket] != second:
            self._seconds[bucket], self._checks[bucket] = second, 0
            self._late[bucket] = self._worst[bucket] = 0.0
        late = now - due
        self._checks[bucket] += 1
        self._late[bucket] += late
        self._worst[bucket] = max(self._worst[bucket], late)

    def read(self, now: float) -> Pulse:
        """Return how the last minute was; a loop younger than that is measured by its age."""
        recent = [bucket for bucket, second in enumerate(self._seconds) if second > now - WINDOW]
        checks = sum(self._checks[bucket] for bucket in recent)
        late = sum(self._late[bucket] for bucket in recent)
        # The oldest of the seconds is left out as it ends, the newest is not over yet.
        measured = max(min(now - self._begun, WINDOW - 1 + now % 1), 1.0)
        return Pulse(
            checks_a_second=checks / measured,
            lateness_mean=late / checks if checks else 0.0,
            lateness_worst=max((self._worst[bucket] for bucket in recent), default=0.0),
            started=self._started,
        )
