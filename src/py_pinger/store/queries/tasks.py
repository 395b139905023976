"""The monitored tasks and their states."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, and_, bindparam, false, func, select, text, update

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import certificates
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import BulkStatement
from py_pinger.store.tables.rows import read_snapshot, state_values

# URLs in one statement; the databases' own limits are above it.
URLS_PER_STATEMENT = 500

ROWS_AT_ONCE = 500

# The position of a task in the configuration, and its name there.
Place: TypeAlias = tuple[int, str | None]

_task, _incident = schema.task, schema.incident
# Only nodes use the columns that say who changed a row.
_state_columns = [column for column in _task.c if column.name not in {"incarnation", "number"}]
_columns = [column for column in _state_columns if column.name != "answer"]
_incident_columns = [
    _incident.c[name] for name in ("told", "reminders", "turns", "closed", "owed", "escalated")
]

_open_incident = and_(_incident.c.task_id == _task.c.id, _incident.c.opened == _task.c.opened)
_ALL = select(*_state_columns, *_incident_columns).outerjoin(_incident, _open_incident)
# The monitored tasks in their order, without the answers.
MONITORED = (
    select(*_columns, *_incident_columns)
    .outerjoin(_incident, _open_incident)
    .where(_task.c.monitored)
    .order_by(_task.c.position)
)


def _row_type() -> Any:  # noqa: ANN401 - the schema has the names of the fields
    """Return a type of rows: a column of SQLAlchemy's takes 0.5 µs by its name, one of these 0.03 µs."""
    return namedtuple("_MonitoredRow", [each.name for each in MONITORED.selected_columns])  # noqa: PYI024 - as above


# A start reads 25 columns of each task.
_MonitoredRow = _row_type()


class Monitored(NamedTuple):
    """The monitored tasks of a database, by URL in their order."""

    ids: Mapping[str, int]
    places: Mapping[str, Place]
    snapshots: tuple[TaskSnapshot, ...]


def monitor_exactly(connection: Connection, insert: Insert, tasks: Sequence[Task]) -> Monitored:
    """Monitor these tasks only, in this order, and return them; one that is known already keeps its state.

    Only rows that differ are written: of 100,000 tasks a start usually changes none.
    """
    before = read_monitored(connection)
    wanted = {task.url: (position, task.name) for position, task in enumerate(tasks)}
    if before.places == wanted:
        return before
    stop_monitoring(connection, [url for url in before.places if url not in wanted])
    monitor(connection, insert, tasks, before.places)
    return read_monitored(connection)


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
    statement = insert(_task)
    known = ("name", "monitored", "position")
    upsert = statement.on_conflict_do_update(
        index_elements=["url"], set_={name: statement.excluded[name] for name in known}
    )
    # The other columns are null.
    fresh = {column: value for column, value in state_values(TaskState()).items() if value is not None}
    rows = [
        fresh | {"url": task.url, "name": task.name, "monitored": True, "position": position}
        for position, task in enumerate(tasks, first)
        if before.get(task.url) != (position, task.name)
    ]
    BulkStatement(upsert).run(connection, rows)


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


def read_monitored(connection: Connection) -> Monitored:
    """Return the monitored tasks."""
    ids: dict[str, int] = {}
    places: dict[str, Place] = {}
    snapshots: list[TaskSnapshot] = []
    # Some rows at a time: all those of 100,000 tasks would take 100 MB.
    rows = chain.from_iterable(connection.execute(MONITORED).partitions(ROWS_AT_ONCE))
    for row in map(_MonitoredRow._make, rows):
        snapshot = read_snapshot(row)
        ids[snapshot.url] = row.id
        places[snapshot.url] = row.position, snapshot.name
        snapshots.append(snapshot)
    return Monitored(ids, places, tuple(certificates.with_certificates(connection, snapshots)))


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
        yield row.id, read_snapshot(row), row.answer
