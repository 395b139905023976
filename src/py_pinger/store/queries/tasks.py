"""The monitored tasks and their states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    text,
    true,
    type_coerce,
    update,
)

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.task import Task
from py_pinger.store.database.base import Insert, Upsert
from py_pinger.store.queries import certificates
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement, IntervalType, TimestampType, Values
from py_pinger.store.tables.rows import state_values
from py_pinger.store.tables.snapshot_row import (
    FRESH,
    ID,
    INCIDENT_COLUMNS,
    POSITION,
    TASK_COLUMNS,
    read_snapshot,
)

# URLs in one statement; the databases' own limits are above it.
URLS_PER_STATEMENT = 500

ROWS_AT_ONCE = 1000

# The position of a task in the configuration, and its name there.
Place: TypeAlias = tuple[int, str | None]

_task, _incident = schema.task, schema.incident


def _as_number(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column whose times and durations stay numbers."""
    is_converted = isinstance(column.type, TimestampType | IntervalType)
    return type_coerce(column, BigInteger).label(column.name) if is_converted else column


_columns = (
    *(_as_number(_task.c[name]) for name in TASK_COLUMNS),
    *(_as_number(_incident.c[name]) for name in INCIDENT_COLUMNS),
)
_open_incident = and_(_incident.c.task_id == _task.c.id, _incident.c.opened == _task.c.opened)
# With the beginning of the last body.
_ALL = select(*_columns, _task.c.answer).outerjoin(_incident, _open_incident)
_MONITORED = select(*_columns).outerjoin(_incident, _open_incident).where(_task.c.monitored)
# The monitored tasks in their order.
MONITORED = _MONITORED.order_by(_task.c.position)

_NO_URLS: Mapping[str, str] = {}
_NO_PLACES: Mapping[str, Place] = {}


class Monitored(NamedTuple):
    """The monitored tasks of a database in their order: their keys by URL, their positions, their states."""

    ids: Mapping[str, int]
    positions: Sequence[int]
    snapshots: tuple[TaskSnapshot, ...]

    def places(self) -> dict[str, Place]:
        """Return the positions and names by URL."""
        rows = zip(self.positions, self.snapshots, strict=True)
        return {each.url: (position, each.name) for position, each in rows}

    def are(self, tasks: Sequence[Task]) -> bool:
        """Return True if these tasks are monitored, in this order and with these names."""
        return [*self.positions] == [*range(len(tasks))] and all(
            each.url == task.url and each.name == task.name
            for each, task in zip(self.snapshots, tasks, strict=True)
        )


def monitor_exactly(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> Monitored:
    """Monitor these tasks only, in this order, and return them; one that is known already keeps its state.

    Only rows that differ are written: of 100,000 tasks a start usually changes none.
    """
    if _has_no_tasks(connection):
        return _add_first(connection, insert, tasks)
    urls = {task.url: task.url for task in tasks}
    monitored = read_monitored(connection, urls)
    if monitored.are(tasks):
        return monitored
    stop_monitoring(connection, [url for url in monitored.ids if url not in urls])
    monitor(connection, insert, tasks, monitored.places())
    return read_monitored(connection, urls)


def _has_no_tasks(connection: Connection) -> bool:
    return connection.scalar(select(_task.c.id).limit(1)) is None


def _add_first(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> Monitored:
    """Monitor the first tasks of a database, of which nothing has to be read but their keys."""
    BulkStatement(_insertion(insert)).run(connection, _rows(tasks))
    ids = {url: key for url, key in connection.execute(select(_task.c.url, _task.c.id))}  # noqa: C416 - a Row is not a pair to mypy
    snapshots = tuple(TaskSnapshot(task.url, task.name, FRESH) for task in tasks)
    return Monitored({task.url: ids[task.url] for task in tasks}, range(len(tasks)), snapshots)


def places(connection: Connection) -> dict[str, Place]:
    """Return the positions and names of the monitored tasks, by URL."""
    monitored = select(_task.c.url, _task.c.position, _task.c.name).where(_task.c.monitored)
    return {url: (position, name) for url, position, name in connection.execute(monitored)}


def next_position(connection: Connection) -> int:
    """Return the position after that of all monitored tasks."""
    last = connection.scalar(select(func.max(_task.c.position)).where(_task.c.monitored))
    return 0 if last is None else last + 1


def lock(connection: Connection) -> None:
    """Let no other transaction write tasks until this one ends: both could wait for a row of the other."""
    connection.execute(text("LOCK TABLE task IN SHARE ROW EXCLUSIVE MODE"))


def monitor(
    connection: Connection, insert: Insert, tasks: Sequence[Task], before: Mapping[str, Place], first: int = 0
) -> None:
    """Monitor tasks in this order from a position on; those `before` are monitored already, by URL."""
    statement = _insertion(insert)
    known = ("name", "monitored", "position")
    upsert = statement.on_conflict_do_update(
        index_elements=["url"], set_={name: statement.excluded[name] for name in known}
    )
    BulkStatement(upsert).run(connection, _rows(tasks, before, first))


def _insertion(insert: Insert) -> Upsert:
    """Return the statement that adds a monitored task, of whose row it needs what differs."""
    # The other columns are null.
    fresh = {name: value for name, value in state_values(FRESH).items() if value is not None}
    values: dict[str, Any] = {name: literal_column(repr(value)) for name, value in fresh.items()}
    own: dict[str, Any] = {name: bindparam(name) for name in ("url", "name", "position")}
    return insert(_task).values(monitored=true(), **values, **own).inline()


def _rows(tasks: Sequence[Task], before: Mapping[str, Place] = _NO_PLACES, first: int = 0) -> list[Values]:
    return [
        {"url": task.url, "name": task.name, "position": position}
        for position, task in enumerate(tasks, first)
        if before.get(task.url) != (position, task.name)
    ]


def stop_monitoring(connection: Connection, urls: Iterable[str]) -> None:
    """Stop monitoring the tasks with these URLs; their history stays."""
    leaving = update(_task).where(_task.c.url == bindparam("leaving")).values(monitored=false())
    BulkStatement(leaving).run(connection, [{"leaving": url} for url in urls])


def ids_of(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """Return the keys of these tasks."""
    return {
        row.url: row.id
        for some in _parts(urls)
        for row in connection.execute(select(_task.c.url, _task.c.id).where(_task.c.url.in_(some)))
    }


def all_monitored(connection: Connection) -> tuple[TaskSnapshot, ...]:
    """Return the states of the monitored tasks, in their order."""
    return read_monitored(connection).snapshots


def read_monitored(connection: Connection, urls: Mapping[str, str] = _NO_URLS) -> Monitored:
    """Return the monitored tasks; `urls` by themselves are used instead of equal ones, which saves 10 MB."""
    # Some rows at a time: all those of 100,000 tasks would take 100 MB. To sort them here is faster.
    result = connection.execute(_MONITORED, execution_options={"yield_per": ROWS_AT_ONCE})
    rows = chain.from_iterable(result.partitions())
    found = [(row[POSITION], row[ID], read_snapshot(row, urls)) for row in rows]
    found.sort(key=itemgetter(0))
    snapshots = tuple(certificates.with_certificates(connection, (snapshot for _, _, snapshot in found)))
    ids = {snapshot.url: key for (_, key, _), snapshot in zip(found, snapshots, strict=True)}
    return Monitored(ids, [position for position, _, _ in found], snapshots)


def some_monitored(connection: Connection, urls: Sequence[str]) -> Iterator[TaskSnapshot]:
    """Yield those monitored tasks that have these URLs."""
    for some in _parts(urls):
        rows = connection.execute(MONITORED.where(_task.c.url.in_(some)))
        yield from certificates.with_certificates(connection, map(read_snapshot, rows))


def one_monitored(connection: Connection, url: str) -> TaskSnapshot | None:
    """Return one monitored task, or None when there is none with this URL."""
    return next(some_monitored(connection, [url]), None)


def _parts(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[start : start + URLS_PER_STATEMENT] for start in range(0, len(urls), URLS_PER_STATEMENT))


def known_tasks(connection: Connection) -> Iterator[tuple[int, TaskSnapshot, bytes | None]]:
    """Yield each task, monitored or not: its key, its state, and the beginning of its last body."""
    for row in connection.execute(_ALL):
        yield row[ID], read_snapshot(row[:-1]), row[-1]
