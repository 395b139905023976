"""Copies what can be read of a damaged SQLite database to a new one, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table, exists, insert, select

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.fault import Fault
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice
from py_pinger.core.model.notification import DeliveryState, NoticeKind
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import TimestampType
from py_pinger.store.tables.rows import incident_values, read_notice, read_turns

Row = dict[str, Any]

_DAMAGES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# Keys tried one by one after a row that cannot be read, before the step doubles.
_TRIES_PER_STEP = 100
_LAST_KEY = 2**63 - 1

_BATCH = 1000

# Columns that are not text.
_BYTES = frozenset({"answer", "document"})

# How texts with a meaning are parsed; a row that cannot be is dropped.
_READERS: dict[tuple[str, str], Callable[[str], object]] = {
    ("task", "status"): Status,
    ("task", "cause"): Cause,
    ("task", "warnings"): orjson.loads,
    ("span", "status"): Status,
    ("span", "cause"): Cause,
    ("incident", "turns"): read_turns,
    ("incident", "owed"): PendingNotice,
    ("incident_cause", "cause"): Cause,
    ("notice", "kind"): NoticeKind,
    ("notice", "content"): read_notice,
    ("delivery", "state"): DeliveryState,
    ("push", "open_runs"): orjson.loads,
    ("push", "seen"): orjson.loads,
}


def is_damage(error: BaseException | None) -> bool:
    """Return True if SQLite says that the file itself is damaged."""
    # The lower byte is the kind; extended codes say more in the others.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGES


def recover(damaged: sqlite3.Connection, connection: Connection) -> int:
    """Copy all rows that are whole and whose parents are, and return how many.

    An incident that is lost while its task refers to it is created again, so that it is not announced twice.
    Raises sqlite3.Error if something else than damage keeps the file from being read.
    """
    if not _is_readable(damaged):
        return 0
    kept: dict[str, set[int]] = {}
    copied = 0
    for table in schema.metadata.sorted_tables:
        whole = _whole_rows(table, damaged, kept, connection.dialect)
        kept[table.name] = set()
        while batch := list(islice(whole, _BATCH)):
            kept[table.name].update(row.get("id", 0) for row in batch)
            _insert(connection, table, batch)
            copied += len(batch)
        if table is schema.incident:
            _recreate_incidents(connection)
    _fill_causes(connection)
    return copied


def _is_readable(damaged: sqlite3.Connection) -> bool:
    """Return True if SQLite reads the file's header and list of tables, without which it reads no row."""
    try:
        damaged.execute("SELECT 1 FROM sqlite_master LIMIT 0").close()
    except sqlite3.Error as error:
        if is_damage(error):
            return False
        raise
    return True


def _whole_rows(
    table: Table, damaged: sqlite3.Connection, kept: dict[str, set[int]], dialect: Dialect
) -> Iterator[Row]:
    found = _hours(damaged, kept["task"]) if table is schema.latency else _rows(damaged, table.name)
    for row in found:
        _add_new_columns(table, row, dialect)
        if _is_valid(table, row, dialect) and _has_parents(table, row, kept):
            yield row


def _rows(damaged: sqlite3.Connection, table: str) -> Iterator[Row]:
    """Yield the rows of a table in the order of their keys, skipping what cannot be read."""
    query = f"SELECT rowid AS row_key, * FROM {table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - a table of the schema
    after, failures = -1, 0
    while after < _LAST_KEY:
        try:
            for row in _fetch(damaged, query, after):
                after, failures = row.pop("row_key"), 0
                yield row
        except sqlite3.Error as error:
            if "no such table" in str(error):
                return
            after += 1 << failures // _TRIES_PER_STEP
            failures += 1
        else:
            return


def _hours(damaged: sqlite3.Connection, tasks: Iterable[int]) -> Iterator[Row]:
    """Yield the hours of each task, up to the first that cannot be read."""
    for task in tasks:
        try:
            yield from _fetch(damaged, "SELECT * FROM latency WHERE task_id = ? ORDER BY hour", task)
        except sqlite3.Error:
            continue


def _fetch(damaged: sqlite3.Connection, query: str, key: int) -> Iterator[Row]:
    with closing(damaged.cursor()) as cursor:
        cursor.row_factory = sqlite3.Row
        for row in cursor.execute(query, (key,)):
            yield dict(row)


def _add_new_columns(table: Table, row: Row, dialect: Dialect) -> None:
    """Fill the columns that a row of an older schema does not have."""
    if table is schema.notice and "expires" not in row:
        with suppress(ValueError):
            row["expires"] = TimestampType().process_bind_param(read_notice(row["content"]).expires, dialect)


def _is_valid(table: Table, row: Row, dialect: Dialect) -> bool:
    """Return True if each value is one that the store writes."""
    try:
        for name, value in row.items():
            _validate(table, name, value, dialect)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return True


def _validate(table: Table, name: str, value: object, dialect: Dialect) -> None:
    column = table.c[name]
    if value is None and column.nullable:
        return
    stored = column.type.dialect_impl(dialect)
    if not isinstance(value, bytes if name in _BYTES else str if stored.python_type is str else int):
        raise TypeError(name)
    if processor := stored.result_processor(dialect, None):
        processor(value)
    if reader := _READERS.get((table.name, name)):
        reader(str(value))


def _has_parents(table: Table, row: Row, kept: dict[str, set[int]]) -> bool:
    """Return True if the parents of a row are there; clears a lost one where it is optional."""
    for key in table.foreign_keys:
        name, parents = key.parent.name, kept[key.column.table.name]
        if row[name] is None or row[name] in parents:
            continue
        if not key.parent.nullable:
            return False
        row[name] = None
    return True


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    if not rows:
        return
    names = list(rows[0])
    values = ", ".join(f":{name}" for name in names)
    # Where an index is broken, rows may come twice.
    connection.exec_driver_sql(
        f"INSERT OR IGNORE INTO {table.name} ({', '.join(names)}) VALUES ({values})",  # noqa: S608 - names of the schema
        rows,
    )


def _recreate_incidents(connection: Connection) -> None:
    task, incident = schema.task.c, schema.incident.c
    known = exists().where(incident.task_id == task.id, incident.opened == task.opened)
    lost = select(task.id, task.opened, task.cause, task.reason, task.fault).where(
        task.opened.is_not(None), task.cause.is_not(None), ~known
    )
    for task_id, opened, cause, reason, fault in connection.execute(lost).all():
        turn = CauseChange(opened, Cause(cause), reason or "", Fault.of(fault) if fault else None)
        values = incident_values(task_id, Incident(opened, opened, (turn,)))
        connection.execute(insert(schema.incident).values(values))


def _fill_causes(connection: Connection) -> None:
    """Write the causes that were lost, or that an older schema has in `turns` alone."""
    known = connection.execute(select(schema.incident.c.id, schema.incident.c.turns)).all()
    rows = [{"incident_id": key, "cause": cause} for key, turns in known for cause in _causes(turns)]
    _insert(connection, schema.incident_cause, rows)


def _causes(turns: str) -> set[str]:
    return {turn.cause.value for turn in read_turns(turns)}
