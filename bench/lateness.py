"""How late checks come: the farm's own notes of arrivals, held against the schedule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Seconds between the first checks of two tasks, as docs/architecture.md has it: a handful is checked at
# once, thousands spread over one interval.
APART = 0.005

# The schedule began when all the first checks say it did, but for those that are late, and for the part of
# them, at the most, that is asked as a witness before its time.
WITNESSES = 0.1

# Seconds before its time up to which an arrival is a check: nobody knows when the schedule began to a hair.
EARLY = 1.0

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

    Due is the place of the task in the schedule. Who is asked before its time is a witness, and that is no
    check. A check that was left out makes all later ones of its task late by an interval.
    """
    places = {number: first_due(number, tasks, interval) for number in arrivals}
    began = share(sorted(times[0] - places[number] for number, times in arrivals.items()), WITNESSES)
    return sorted(
        late for number, times in arrivals.items() for late in _late(times, began + places[number], interval)
    )


def _late(times: Sequence[float], due: float, interval: float) -> Iterator[float]:
    for at in times:
        if at >= due - EARLY:
            yield at - due
            due += interval


def first_due(place: int, tasks: int, interval: float) -> float:
    """Return the seconds from the start to the first check of the task at this place."""
    return min(place * APART, place / tasks * interval)


def share(ascending: Sequence[float], part: float) -> float:
    """Return the value below which this part of all lies."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]
