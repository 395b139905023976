"""Acknowledgements: those of open incidents, and writing them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, insert, literal, select
from sqlalchemy.sql.elements import ColumnElement

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.store.database.transactions import Transactions
from py_pinger.store.tables import schema
from py_pinger.store.tables.binding import TimestampType

_task, _incident, _acknowledgement = schema.task.c, schema.incident.c, schema.acknowledgement.c

_OPEN = (_incident.closed.is_(None), _task.monitored)
_IN_FORCE = (
    select(_task.url, _incident.opened, _acknowledgement.at, _acknowledgement.why, _acknowledgement.who)
    .select_from(schema.acknowledgement.join(schema.incident).join(schema.task))
    .where(*_OPEN)
    .order_by(_acknowledgement.incident_id)
)


class Acknowledgements:
    """The acknowledgements of a database, from any thread; each method may raise StoreError."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def create(
        self, urls: Collection[str], at: datetime, why: str, who: str, opened: datetime | None = None
    ) -> tuple[Acknowledgement, ...]:
        """Acknowledge the open incidents of these tasks, and return that; a later one replaces an earlier.

        With `opened`, in whole seconds, only those that opened then.
        """
        wanted = _wanted(urls, opened)
        values = (literal(at, TimestampType), literal(why), literal(who))
        rows = select(_incident.id, *values).select_from(schema.incident.join(schema.task))
        names = [column.name for column in schema.acknowledgement.c]
        with self._database.writing() as connection:
            _delete(connection, wanted)
            chosen = rows.where(wanted, *_OPEN)
            connection.execute(insert(schema.acknowledgement).from_select(names, chosen))
            return _read(connection, _IN_FORCE.where(wanted))

    def withdraw(self, urls: Collection[str], opened: datetime | None = None) -> tuple[Acknowledgement, ...]:
        """Delete the acknowledgements of the open incidents of these tasks, and return them.

        With `opened`, in whole seconds, only those of incidents that opened then.
        """
        wanted = _wanted(urls, opened)
        with self._database.writing() as connection:
            withdrawn = _read(connection, _IN_FORCE.where(wanted))
            _delete(connection, wanted)
        return withdrawn


def in_force(connection: Connection) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements of the open incidents of monitored tasks, by the age of the incidents."""
    return _read(connection, _IN_FORCE)


def _wanted(urls: Collection[str], opened: datetime | None) -> ColumnElement[bool]:
    if opened is None:
        return _task.url.in_(urls)
    # Pages and JSON show moments without the fractions of their seconds.
    return and_(_task.url.in_(urls), _incident.opened.between(opened, opened.replace(microsecond=999_999)))


def _read(connection: Connection, rows: Select[Any]) -> tuple[Acknowledgement, ...]:
    return tuple(Acknowledgement(*row) for row in connection.execute(rows))


def _delete(connection: Connection, wanted: ColumnElement[bool]) -> None:
    incidents = select(_incident.id).select_from(schema.incident.join(schema.task)).where(wanted, *_OPEN)
    connection.execute(delete(schema.acknowledgement).where(_acknowledgement.incident_id.in_(incidents)))
