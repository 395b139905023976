"""What can still be read of a damaged database, carried over row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table, exists, insert, select

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.store.tables import schema
from py_pinger.store.tables.rows import incident_values, read_notice, read_turns

Row = dict[str, Any]

# Keys tried one by one behind what cannot be read, before steps become twice as wide.
_PATIENCE = 100
_LAST_KEY = 2**63 - 1

_BATCH = 1000

# How texts with a meaning are read; a row that cannot be is worth nothing.
_READERS: dict[tuple[str, str], Callable[[str], object]] = {
    ("task", "status"): Status,
    ("task", "cause"): Cause,
    ("task", "warnings"): orjson.loads,
    ("span", "status"): Status,
    ("span", "cause"): Cause,
    ("incident", "turns"): read_turns,
    ("incident", "owed"): PendingNotice,
    ("notice", "kind"): NoticeKind,
    ("notice", "content"): read_notice,
    ("delivery", "state"): DeliveryState,
}


def recover(damaged: sqlite3.Connection, connection: Connection) -> int:
    """Carry over all rows that are whole and hang together, and return how many.

    An incident that is lost while its task still knows of it is made again: nobody is alerted twice.
    """
    kept: dict[str, set[int]] = {}
    carried = 0
    for table in schema.metadata.sorted_tables:
        sound = _sound_rows(table, damaged, kept, connection.dialect)
        kept[table.name] = set()
        while batch := list(islice(sound, _BATCH)):
            kept[table.name].update(row.get("id", 0) for row in batch)
            _insert(connection, table, batch)
            carried += len(batch)
        if table is schema.incident:
            _mend_incidents(connection)
    return carried


def _sound_rows(
    table: Table, damaged: sqlite3.Connection, kept: dict[str, set[int]], dialect: Dialect
) -> Iterator[Row]:
    found = _hours(damaged, kept["task"]) if table is schema.latency else _rows(damaged, table.name)
    for row in found:
        if _readable(table, row, dialect) and _hangs_together(table, row, kept):
            yield row


def _rows(damaged: sqlite3.Connection, table: str) -> Iterator[Row]:
    """Read a table in the order in which SQLite keeps it, around whatever cannot be read."""
    query = f"SELECT rowid AS place, * FROM {table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - our own name
    after, failures = -1, 0
    while after < _LAST_KEY:
        try:
            for row in _fetched(damaged, query, after):
                after, failures = row.pop("place"), 0
                yield row
        except sqlite3.Error as error:
            if "no such table" in str(error):
                return
            after += 1 << failures // _PATIENCE
            failures += 1
        else:
            return


def _hours(damaged: sqlite3.Connection, tasks: Iterable[int]) -> Iterator[Row]:
    """Read the hours of each task, up to the first that cannot be read."""
    for task in tasks:
        try:
            yield from _fetched(damaged, "SELECT * FROM latency WHERE task_id = ? ORDER BY hour", task)
        except sqlite3.Error:
            continue


def _fetched(damaged: sqlite3.Connection, query: str, key: int) -> Iterator[Row]:
    with closing(damaged.cursor()) as cursor:
        cursor.row_factory = sqlite3.Row
        for row in cursor.execute(query, (key,)):
            yield dict(row)


def _readable(table: Table, row: Row, dialect: Dialect) -> bool:
    """Tell whether each value is one that we could have written."""
    try:
        for name, value in row.items():
            _read(table, name, value, dialect)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return True


def _read(table: Table, name: str, value: object, dialect: Dialect) -> None:
    column = table.c[name]
    if value is None and column.nullable:
        return
    stored = column.type.dialect_impl(dialect)
    if not isinstance(value, bytes if name == "answer" else str if stored.python_type is str else int):
        raise TypeError(name)
    if processor := stored.result_processor(dialect, None):
        processor(value)
    if reader := _READERS.get((table.name, name)):
        reader(str(value))


def _hangs_together(table: Table, row: Row, kept: dict[str, set[int]]) -> bool:
    """Let go of a parent that is lost, where a row may do without, and tell whether it can do so."""
    for key in table.foreign_keys:
        name, parents = key.parent.name, kept[key.column.table.name]
        if row[name] is None or row[name] in parents:
            continue
        if not key.parent.nullable:
            return False
        row[name] = None
    return True


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    names = list(rows[0])
    places = ", ".join(f":{name}" for name in names)
    # Where an index is broken, rows may come twice.
    connection.exec_driver_sql(
        f"INSERT OR IGNORE INTO {table.name} ({', '.join(names)}) VALUES ({places})",  # noqa: S608 - our own names
        rows,
    )


def _mend_incidents(connection: Connection) -> None:
    task, incident = schema.task.c, schema.incident.c
    known = exists().where(incident.task_id == task.id, incident.opened == task.opened)
    lost = select(task.id, task.opened, task.cause, task.reason).where(
        task.opened.is_not(None), task.cause.is_not(None), ~known
    )
    for task_id, opened, cause, reason in connection.execute(lost).all():
        turn = CauseChange(opened, Cause(cause), reason or "")
        mended = incident_values(task_id, Incident(opened, opened, (turn,)))
        connection.execute(insert(schema.incident).values(mended))
