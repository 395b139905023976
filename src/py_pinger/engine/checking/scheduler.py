"""When each task is due: spread out at first, then at its own interval, anchored to the clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil

from py_pinger.core.selfcheck import pause
from py_pinger.engine.checking.wheel import Wheel, following
from py_pinger.engine.runtime.tasks import Watched

# Seconds between the first checks of two tasks: a handful is checked at once, thousands spread out.
FIRST_CHECKS_APART = 0.005


class Schedule:
    """Holds the tasks that wait until they are due; those that are gone drop out.

    All moments are seconds of a clock that never goes back.
    """

    def __init__(self, now: float) -> None:
        self._wheel: Wheel[Watched] = Wheel(now)

    def spread(self, crowd: Sequence[Watched], now: float) -> None:
        """Have a crowd checked from now on, spread over an interval at the most."""
        for place, watched in enumerate(crowd):
            interval = watched.task.interval.total_seconds()
            watched.due = now + min(place * FIRST_CHECKS_APART, place / len(crowd) * interval)
            self._wheel.add(watched, watched.due)

    def look_now(self, crowd: Sequence[Watched], now: float) -> None:
        """Have those of a crowd that still wait checked from now on; the others are being checked anyway."""
        self.spread([watched for watched in crowd if self._wheel.remove(watched, watched.due)], now)

    def spread_again(self, now: float) -> None:
        """Have all that wait checked from now on."""
        self.spread(_present(self._wheel.take_all()), now)

    def due(self, now: float) -> list[Watched]:
        """Return those that are due, the earliest first: they wait no longer."""
        return _present(self._wheel.take(now))

    def await_next(self, watched: Watched, now: float) -> None:
        """Have a task that was checked wait for its next time."""
        pace = _pace(watched)
        if watched.unsure:
            # Seen, but not told yet: the second look must not take as long as a check may be apart.
            pace = min(pace, pause.LONGEST_SECOND_LOOK.total_seconds())
        watched.due = following(watched.due, now, pace)
        self._wheel.add(watched, watched.due)

    def hasten(self, crowd: Collection[Watched], now: float) -> None:
        """Have those of a crowd that wait for longer than their interval be due within it."""
        if not crowd:
            return
        for watched in _present(self._wheel.take_all()):
            if watched in crowd:
                pace = _pace(watched)
                # Whole intervals earlier, so that what was spread out stays so.
                watched.due -= max(0, ceil((watched.due - now) / pace) - 1) * pace
            self._wheel.add(watched, watched.due)


def _pace(watched: Watched) -> float:
    return watched.task.pace(troubled=watched.state.incident is not None).total_seconds()


def _present(crowd: Sequence[Watched]) -> list[Watched]:
    return [watched for watched in crowd if not watched.gone]
