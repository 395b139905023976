"""The rows of tasks that this node has not written since checks that repeat their last results.

Such a check is written packed, which costs a twentieth. The row follows minutes later, once for all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, NamedTuple

from py_pinger.core.model.incident import TaskState
from py_pinger.store.tables.repeat_pack import Repeat

# Microseconds for which the row of a task may wait, and between two searches for those that are due. The node
# that takes a task over reads as many checks.
DEFERRED: Final = 300_000_000
SEARCH: Final = 10_000_000

HOUR: Final = 3_600_000_000


class LatencyCount(NamedTuple):
    """A row of `latency`, or what checks add to it; times and durations are microseconds."""

    task_id: int
    hour: int
    checks: int
    failures: int
    total: int
    least: int
    greatest: int


@dataclass(slots=True)
class DeferredRow:
    """What a row lacks: its last state, and its checks by the hour as numbers of `LatencyCount`.

    It waits since a check at `since`, written by transaction `number`.
    """

    url: str
    task_id: int
    number: int
    since: int
    state: TaskState
    # One object for all numbers: tuples would take three times the memory.
    hours: array[int] = field(default_factory=lambda: array("q"))

    def add(self, repeat: Repeat, state: TaskState) -> None:
        """Add a check, and the state after it."""
        self.state = state
        if (one := latency_count(repeat)) is None:
            return
        if self.hours and self.hours[-6] == one.hour:
            one = merged(LatencyCount(one.task_id, *self.hours[-6:]), one)
            del self.hours[-6:]
        self.hours.extend(one[1:])

    def counts(self) -> Iterator[LatencyCount]:
        """Yield its checks by the hour."""
        for start in range(0, len(self.hours), 6):
            yield LatencyCount(self.task_id, *self.hours[start : start + 6])


class DeferredRows:
    """The deferred rows by the URLs of their tasks, the one that waits longest first.

    A transaction reads this, and changes it after its commit only.
    """

    def __init__(self) -> None:
        self._rows: dict[str, DeferredRow] = {}
        self._searched = 0

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, url: str) -> DeferredRow | None:
        """Return the deferred row of a task, if it has one."""
        return self._rows.get(url)

    def of(self, urls: Iterable[str]) -> list[DeferredRow]:
        """Return those of some tasks."""
        return [row for url in urls if (row := self._rows.get(url))]

    def where(self, condition: Callable[[str], bool]) -> list[DeferredRow]:
        """Return those of the tasks whose URLs fulfil a condition."""
        return [row for url, row in self._rows.items() if condition(url)]

    def due(self, now: int) -> list[DeferredRow]:
        """Return the rows that have waited long enough at the time of a check.

        None if it was called a moment ago. A clock that was set back makes rows due early.
        """
        if 0 <= now - self._searched < SEARCH:
            return []
        self._searched = now
        return list(takewhile(lambda row: not 0 <= now - row.since < DEFERRED, self._rows.values()))

    def oldest(self, without: Collection[str]) -> int | None:
        """Return the number of the first transaction whose checks a row lacks, `without` some rows."""
        return next((row.number for url, row in self._rows.items() if url not in without), None)

    def remove(self, urls: Iterable[str]) -> None:
        """Forget rows that were written."""
        for url in urls:
            self._rows.pop(url, None)

    def add(self, url: str, repeat: Repeat, state: TaskState, number: int) -> None:
        """Defer the row of a task after a check that was written by a transaction."""
        row = self._rows.get(url)
        if row is None:
            row = self._rows[url] = DeferredRow(url, repeat.task_id, number, repeat.checked, state)
        row.add(repeat, state)

    def clear(self) -> None:
        """Forget all: the run is over, or the database has lost commits."""
        self._rows.clear()


def latency_count(repeat: Repeat) -> LatencyCount | None:
    """Return what one check adds to its hour; None when it made no request."""
    if repeat.took is None:
        return None
    hour = repeat.checked - repeat.checked % HOUR
    return LatencyCount(repeat.task_id, hour, 1, repeat.failing, repeat.took, repeat.took, repeat.took)


def merged(one: LatencyCount, other: LatencyCount) -> LatencyCount:
    """Return the sum of two counts of the same hour."""
    return LatencyCount(
        one.task_id,
        one.hour,
        one.checks + other.checks,
        one.failures + other.failures,
        one.total + other.total,
        min(one.least, other.least),
        max(one.greatest, other.greatest),
    )
