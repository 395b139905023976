"""How well a task keeps to its frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from py_pinger.core.history import PastRun


@dataclass(frozen=True, slots=True)
class Cadence:
    """Runs that were seen, those of them that came on time or late, and those that never came."""

    seen: int
    on_time: int
    late: int
    missed: int

    @property
    def on_time_rate(self) -> float | None:
        """The share, from 0 to 1, of the runs that should have been that came on time; None without any."""
        expected = self.on_time + self.late + self.missed
        return self.on_time / expected if expected else None


def cadence(runs: Sequence[PastRun], frequency: timedelta | None) -> Cadence:
    """Return how the runs kept to when they were due; one that had no deadline before it is only seen.

    A run is on time up to its deadline, which has sleep and grace in it, and late after it. For each whole
    `frequency` that it is late, one run before it was missed. Without a frequency nothing can be missed.
    """
    due = [(run.lastrun, run.due) for run in runs if run.due is not None]
    late = [lastrun - deadline for lastrun, deadline in due if lastrun > deadline]
    missed = sum(lateness // frequency for lateness in late) if frequency else 0
    return Cadence(seen=len(runs), on_time=len(due) - len(late), late=len(late), missed=missed)
