"""What other nodes have changed. A run commits its numbers in their order, so none is seen too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.store.queries import certificates
from py_pinger.store.queries.cluster import generation_row
from py_pinger.store.queries.tasks import MONITORED
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import Values, read_time
from py_pinger.store.tables.rows import read_snapshot

# URLs in one statement: far below its time limit.
_MAX_URLS: Final = 5_000

_task = schema.task.c

_POSITIONS = text("SELECT incarnation, written FROM node")

# Instead of NULL in a list of numbers.
_NONE: Final = -1

# The columns that each check changes.
_REPEATS: Final = ("checked", "took", "fresh_until", "next_check", "pings", "errors")
# One text a column: 10,000 rows would take three times as long.
_MARK = text("UPDATE task SET incarnation = :incarnation, number = :number WHERE url = ANY(:urls)")
_LISTS: Final = ", ".join(f"string_agg(coalesce({name}, {_NONE})::text, ',')" for name in ("id", *_REPEATS))
_READ_REPEATS = text(f"SELECT {_LISTS} FROM task WHERE monitored AND checked IS NOT NULL")  # noqa: S608 - constants of this module


class Position(NamedTuple):
    """What is known of the others: the number of the last transaction of each run, and the settings."""

    numbers: Mapping[int, int]
    generation: int


class Repeat(NamedTuple):
    """The columns of a task that each check changes, in microseconds."""

    task_id: int
    checked: int
    took: int
    fresh_until: int
    next_check: int
    pings: int
    errors: int

    def apply(self, state: TaskState) -> TaskState:
        """Return a state after the last check."""
        return replace(
            state,
            checked_at=read_time(self.checked),
            duration=None if self.took == _NONE else timedelta(microseconds=self.took),
            fresh_until=None if self.fresh_until == _NONE else read_time(self.fresh_until),
            next_check=None if self.next_check == _NONE else read_time(self.next_check),
            pings=self.pings,
            errors=self.errors,
        )


def position(connection: Connection) -> Position:
    """Return what a transaction sees of the others; it has to see one moment."""
    numbers = {row.incarnation: row.written for row in connection.execute(_POSITIONS)}
    generation = generation_row.generation(connection)
    return Position(numbers, generation.number if generation else 0)


def changed_since(
    connection: Connection, before: Mapping[int, int], now: Mapping[int, int], me: int
) -> Iterator[TaskSnapshot]:
    """Yield the monitored tasks that other runs have changed between two positions."""
    for incarnation, number in now.items():
        seen = before.get(incarnation, 0)
        if incarnation != me and number > seen:
            yield from _snapshots(connection, _task.incarnation == incarnation, _task.number > seen)


def is_set_back(before: Mapping[int, int], now: Mapping[int, int]) -> bool:
    """Return True if the database has lost transactions since a position: then anything may have changed."""
    return any(number < before.get(incarnation, 0) for incarnation, number in now.items())


def some_monitored(connection: Connection, urls: Sequence[str]) -> Iterator[TaskSnapshot]:
    """Yield those monitored tasks that have these URLs."""
    for start in range(0, len(urls), _MAX_URLS):
        some = literal(urls[start : start + _MAX_URLS], ARRAY(_task.url.type))
        yield from _snapshots(connection, _task.url == any_(some))


def repeats(connection: Connection) -> Iterator[Repeat]:
    """Yield what each check changes, of all monitored tasks that were checked."""
    columns = connection.execute(_READ_REPEATS).one()
    if columns[0]:
        yield from map(Repeat._make, zip(*(map(int, each.split(",")) for each in columns), strict=True))


def mark(connection: Connection, urls: Sequence[str], columns: Values) -> None:
    """Have other nodes read these tasks again."""
    connection.execute(_MARK, {"urls": [*urls], **columns})


def _snapshots(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[TaskSnapshot]:
    rows = connection.execute(MONITORED.where(*conditions)).all()
    if rows:
        yield from certificates.with_certificates(connection, map(read_snapshot, rows))
