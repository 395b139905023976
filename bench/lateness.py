"""How late checks come: the farm's own notes of arrivals, held against the schedule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

# Seconds between the first checks of two tasks, as docs/architecture.md has it: a handful is checked at
# once, thousands spread over one interval.
APART = 0.005

Arrivals = Mapping[int, Sequence[float]]


def read_arrivals(log: Path) -> Arrivals:
    """Return when each page was asked for, in Unix seconds, by its number."""
    found: defaultdict[int, list[float]] = defaultdict(list)
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            at, _, path = line.partition(" ")
            found[int(path.rpartition("/")[2])].append(float(at))
    return found


def lateness(arrivals: Arrivals, tasks: int, interval: float) -> list[float]:
    """Return by how many seconds each check came after it was due, in ascending order.

    Due is the place of the task in the schedule; the schedule begins with the task that came earliest for
    its place. A check that was left out makes all later ones of its task late by an interval.
    """
    first = {number: first_due(number, tasks, interval) for number in arrivals}
    began = min(times[0] - first[number] for number, times in arrivals.items())
    return sorted(
        at - began - first[number] - turn * interval
        for number, times in arrivals.items()
        for turn, at in enumerate(times)
    )


def first_due(place: int, tasks: int, interval: float) -> float:
    """Return the seconds from the start to the first check of the task at this place."""
    return min(place * APART, place / tasks * interval)


def share(ascending: Sequence[float], part: float) -> float:
    """Return the value below which this part of all lies."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]
