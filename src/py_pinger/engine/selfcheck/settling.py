"""The time after a gap in which what fails is seen twice before it is told."""

from __future__ import annotations

from datetime import timedelta

from py_pinger.core.model.check import Verdict
from py_pinger.core.selfcheck import pause


class Settling:
    """All moments are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begin(self, now: float) -> None:
        """Note that a gap has just ended."""
        self._since = now

    def too_early(self, verdict: Verdict, interval: timedelta, now: float) -> bool:
        """Tell whether a verdict may not be told yet."""
        if self._since is None:
            return False
        since = timedelta(seconds=now - self._since)
        if since > pause.LONGEST_CATCHING_UP:
            self._since = None
        return not pause.believable(verdict, interval, since)
