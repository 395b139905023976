"""Silences: creating, ending, and the active ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from py_pinger.core.suppression.silence import Silence, StoredSuppressions
from py_pinger.store.database.transactions import Transactions
from py_pinger.store.queries import acknowledgements
from py_pinger.store.tables import schema

_silence = schema.silence
_COLUMNS = [_silence.c[each.name] for each in fields(Silence)]


class Silences:
    """The silences of a database, from any thread; each method may raise StoreError."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def create(self, pattern: str, began: datetime, ends: datetime, why: str, who: str) -> Silence:
        """Create a silence, and return it with its number."""
        values = {"pattern": pattern, "began": began, "ends": ends, "why": why, "who": who}
        with self._database.writing() as connection:
            number = connection.scalar(insert(_silence).values(values).returning(_silence.c.id))
        return Silence(number or 0, pattern, began, ends, why, who)

    def end(self, numbers: Collection[int], now: datetime) -> None:
        """End these silences now; one that has ended stays as it was."""
        lifted = update(_silence).where(_silence.c.id.in_(numbers), _silence.c.lifted.is_(None))
        with self._database.writing() as connection:
            connection.execute(lifted.where(_silence.c.ends > now).values(lifted=now))

    def active(self, now: datetime) -> tuple[Silence, ...]:
        """Return the silences that have not ended, the oldest first."""
        with self._database.reading() as connection:
            return active(connection, now)

    def in_force(self, now: datetime) -> StoredSuppressions:
        """Return the same with the acknowledgements, as of one moment."""
        with self._database.reading() as connection:
            return in_force(connection, now)


def active(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that have not ended, the oldest first."""
    chosen = select(*_COLUMNS).where(_silence.c.ends > now, _silence.c.lifted.is_(None))
    return tuple(Silence(*row) for row in connection.execute(chosen.order_by(_silence.c.id)))


def not_ended_by(connection: Connection, moment: datetime) -> tuple[Silence, ...]:
    """Return the silences that had not ended by a moment, also those that have ended by now."""
    chosen = select(*_COLUMNS).where(_silence.c.ends > moment)
    return tuple(Silence(*row) for row in connection.execute(chosen.order_by(_silence.c.id)))


def in_force(connection: Connection, now: datetime) -> StoredSuppressions:
    """Return the silences that have not ended, and the acknowledgements of open incidents."""
    return StoredSuppressions(active(connection, now), acknowledgements.in_force(connection))
