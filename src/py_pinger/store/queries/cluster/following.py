"""What other nodes have changed. A run commits its numbers in their order, so none is seen too late."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.store.queries import certificates
from py_pinger.store.queries.cluster import generation_row
from py_pinger.store.queries.tasks import MONITORED
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import Values
from py_pinger.store.tables.repeat_pack import Repeat
from py_pinger.store.tables.snapshot_row import read_snapshot

# URLs in one statement: far below its time limit.
_MAX_URLS: Final = 5_000

_task = schema.task.c

_POSITIONS = text("SELECT incarnation, written FROM node")

_MARK = text("UPDATE task SET incarnation = :incarnation, number = :number WHERE url = ANY(:urls)")
# One text a column: 10,000 rows would take three times as long.
_PINGS = text(
    "SELECT string_agg(id::text, ','), string_agg(pings::text, ',') "
    "FROM task WHERE monitored AND checked IS NOT NULL"
)
_REPEATS = text(
    "SELECT id, checked, took, fresh_until, next_check, pings, errors FROM task "
    "WHERE id = ANY(:ids) AND checked IS NOT NULL"
)
_OVER = text("SELECT incarnation FROM node WHERE over")


class Position(NamedTuple):
    """What is known of the others: the number of the last transaction of each run, and the settings."""

    numbers: Mapping[int, int]
    generation: int


def position(connection: Connection) -> Position:
    """Return what a transaction sees of the others; it has to see one moment."""
    return Position(numbers(connection), generation_row.number(connection))


def numbers(connection: Connection) -> dict[int, int]:
    """Return the number of the last transaction of each run."""
    return {row.incarnation: row.written for row in connection.execute(_POSITIONS)}


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


def pings(connection: Connection) -> dict[int, int]:
    """Return how often each monitored task has been checked by its row, by its key."""
    ids, counted = connection.execute(_PINGS).one()
    return dict(zip(map(int, ids.split(",")), map(int, counted.split(",")), strict=True)) if ids else {}


def repeats(connection: Connection, ids: Collection[int]) -> Iterator[Repeat]:
    """Yield what each check changes, of the tasks with these keys."""
    if ids:
        yield from (Repeat(*row) for row in connection.execute(_REPEATS, {"ids": [*ids]}))


def runs_over(connection: Connection) -> frozenset[int]:
    """Return the runs of nodes that are over."""
    return frozenset(connection.scalars(_OVER))


def mark(connection: Connection, urls: Sequence[str], columns: Values) -> None:
    """Have other nodes read these tasks again."""
    connection.execute(_MARK, {"urls": [*urls], **columns})


def _snapshots(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[TaskSnapshot]:
    rows = connection.execute(MONITORED.where(*conditions)).all()
    if rows:
        yield from certificates.with_certificates(connection, map(read_snapshot, rows))
