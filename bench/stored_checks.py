"""The checks of all tasks as the database of a cluster has them: in their rows, and packed by the nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import Any

from py_pinger.store.tables.repeat_pack import unpack

# The rows of a query; of these only numbers and bytes.
Query = Callable[[str], Sequence[Sequence[Any]]]

_ROWS = "SELECT id, checked, pings FROM task WHERE monitored AND checked IS NOT NULL"
_RUNS = "SELECT incarnation, written FROM node"
_PACKED = "SELECT content FROM repeat_batch WHERE incarnation = {} AND number > {} AND number <= {}"


class StoredChecks:
    """Reads what is new of the packed checks only: there may be those of five minutes. For one thread."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._numbers: dict[int, int] = {}
        # When each task was checked last, and how often; by its key.
        self._checks: dict[int, tuple[int, int]] = {}

    def pings(self) -> int:
        """Return the number of all checks so far."""
        self._read()
        return sum(pings for _, pings in self._checks.values())

    def by_task(self) -> dict[int, int]:
        """Return how often each task was checked, by its key."""
        self._read()
        return {key: pings for key, (_, pings) in self._checks.items()}

    def times(self) -> dict[int, float]:
        """Return when each task was checked last, in seconds since 1970, by its key."""
        self._read()
        return {key: checked / 1e6 for key, (checked, _) in self._checks.items()}

    def oldest(self) -> float | None:
        """Return the seconds since the task was checked that was checked before all others; None for none."""
        # By the clock of the nodes, which is this one; the server may have another.
        times = self.times()
        return time() - min(times.values()) if times else None

    def _read(self) -> None:
        runs: dict[int, int] = {row[0]: row[1] for row in self._query(_RUNS)}
        if any(written < self._numbers.get(run, 0) for run, written in runs.items()):
            # The database has lost commits.
            self._numbers, self._checks = {}, {}
        # In this order: between the two a check may go from the packed ones to its row, but not back.
        for run, written in runs.items():
            for (content,) in self._query(_PACKED.format(run, self._numbers.get(run, 0), written)):
                for repeat in unpack(content):
                    self._note(repeat.task_id, repeat.checked, repeat.pings)
        rows = {key: (checked, pings) for key, checked, pings in self._query(_ROWS)}
        for key, row in rows.items():
            self._note(key, *row)
        self._numbers, self._checks = runs, {key: self._checks[key] for key in rows}

    def _note(self, key: int, checked: int, pings: int) -> None:
        if key not in self._checks or self._checks[key][1] < pings:
            self._checks[key] = checked, pings
