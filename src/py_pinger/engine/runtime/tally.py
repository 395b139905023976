"""What the checks have come to since the start."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.engine.runtime.meter import Meter


class Tally:
    """Counts each verdict as it is found, before it is known whether it is to be believed.

    Written by the loop alone; may be read from any thread.
    """

    def __init__(self) -> None:
        self.durations = Meter()
        self._verdicts: Counter[tuple[Status, Cause | None]] = Counter()

    def count(self, verdict: Verdict, took: timedelta) -> None:
        """Count a check."""
        self._verdicts[verdict.status, verdict.cause] += 1
        self.durations.add(took.total_seconds())

    def verdicts(self) -> dict[tuple[Status, Cause | None], int]:
        """Return how many checks came to each verdict; one that none came to may be missing."""
        return dict(self._verdicts)
