"""Finds the last checks of the tasks that other nodes own, from what they have packed and from the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from py_pinger.store.queries.cluster import following, repeat_batches
from py_pinger.store.tables.repeat_pack import Repeat

# Seconds after which packed checks may have been deleted before they were read: less than they are kept for.
_LONGEST_PAUSE: Final = 240.0


class RepeatReader:
    """Remembers what was read of each run; after a long pause, or the end of a run, it compares the rows."""

    def __init__(self) -> None:
        self._numbers: Mapping[int, int] = {}
        self._over: frozenset[int] | None = None
        self._read_at = 0.0

    def read(
        self, connection: Connection, me: int, pings: Callable[[int], int | None], now: float
    ) -> dict[int, Repeat]:
        """Return what is new at `now` in seconds, by task; `me` is the own run.

        `pings` are those of a task as far as they are known; None for a task that does not matter.
        """
        over, numbers = following.runs_over(connection), following.numbers(connection)
        compares = over != self._over or now > self._read_at + _LONGEST_PAUSE
        before = {} if compares else self._numbers
        rows = following.repeats(connection, _ahead(connection, pings)) if compares else iter(())
        news = {
            run: before.get(run, 0)
            for run, number in numbers.items()
            if run != me and number > before.get(run, 0)
        }
        found = repeat_batches.last_of(chain(rows, repeat_batches.since(connection, news)))
        self._numbers, self._over, self._read_at = numbers, over, now
        return found


def _ahead(connection: Connection, pings: Callable[[int], int | None]) -> list[int]:
    """Return the tasks whose rows count more checks than are known."""
    counted = following.pings(connection).items()
    return [key for key, number in counted if (known := pings(key)) is not None and known < number]
