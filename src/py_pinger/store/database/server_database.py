"""A database on a PostgreSQL server, for one process or for nodes."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.store.database import ownership
from py_pinger.store.database.base import DURABLE, WRITING, Database
from py_pinger.store.database.errors import StoreError, UnstorableError
from py_pinger.store.database.limited_connection import LIMITS, NO_LIMITS, SNAPSHOT, Limits, limited_engine
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.ownership import Ownership, User
from py_pinger.store.tables.schema import PARTIAL_INDEXES, change, lease, node, task

_log = logging.getLogger(__name__)

# The number of an advisory lock, which programs agree on: "migr" as bytes.
_MIGRATING = 0x6D696772

# Seconds between two attempts to use the database.
_PAUSE = 0.2

for _index in PARTIAL_INDEXES:
    _index.dialect_options["postgresql"]["where"] = _index.dialect_options["sqlite"]["where"]

# Percent of a page that inserted rows fill. Updates need no index where the page has room for their versions.
_FILL = {task: 60, node: 10, lease: 20, change: 20}

for _table, _fill in _FILL.items():
    _table.dialect_options["postgresql"]["with"] = {"fillfactor": _fill}


def wait_for_turn(connection: Connection) -> None:
    """Wait until no other process starts with the database, and keep others waiting in this transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})


class ServerDatabase(Database):
    """Each transaction that writes checks first that this process may."""

    _opening_limits = NO_LIMITS

    def __init__(self, url: URL, usual: Limits, patient: Limits) -> None:
        """Prepare the engine, and writers with these limits; `open` makes the first connection."""
        engine = limited_engine(url)
        super().__init__(url, engine, postgresql.insert)
        self._writer = self._limited(usual)
        self._durable_writer = self._writer.execution_options(**{DURABLE: True})
        self._patient_writer = self._limited(patient)
        # A page takes several statements, and all of them see the same moment.
        self._reader = engine.execution_options(**{SNAPSHOT: True})
        self._ownership = Ownership()
        self._written_at = 0.0
        self._error: str | None = None

    def open(self) -> None:
        """Get the right to write, and upgrade the database to the newest schema in one transaction."""
        with self._explained("cannot be opened"):
            self._wait_for_right()
        with self._opening() as connection:
            self._check_right(connection)
            self._migrate(connection)

    @contextmanager
    def writing(
        self, failing: str = "cannot be written", *, durable: bool = False, patient: bool = False
    ) -> Iterator[Connection]:
        """Run one transaction that may write, and remember whether the database could be written."""
        try:
            with super().writing(failing, durable=durable, patient=patient) as connection:
                yield connection
        except UnstorableError:
            self._error = None
            raise
        except StoreError as error:
            self._error = str(error)
            raise
        self._error, self._written_at = None, monotonic()

    def error(self) -> str | None:
        """Return why the database could not be written the last time, None if it could."""
        return self._error

    def _migrate(self, connection: Connection) -> None:
        """Upgrade the database; raises StoreError if it is of a later release."""
        migrate(connection, self.name)

    @abstractmethod
    def _get_right(self, connection: Connection, unchanged: int) -> User | None:
        """Get the right to write, else return who uses the database.

        A lease that was `unchanged` until now has ended: see `Ownership.take`.
        """

    @abstractmethod
    def _check_right(self, connection: Connection) -> None:
        """Raise StoreError unless this process has the right to write, until the transaction ends."""

    @abstractmethod
    def _in_use(self, user: User | None) -> str:
        """Return why the right to write cannot be had."""

    def _limited(self, limits: Limits) -> Engine:
        return self._engine.execution_options(**{WRITING: True, LIMITS: limits})

    @contextmanager
    def _opening(self) -> Iterator[Connection]:
        """Run one transaction of the start, alone on this database and without limits of time."""
        opener = self._limited(self._opening_limits)
        with self._lock, self._explained("cannot be opened"), opener.begin() as connection:
            wait_for_turn(connection)
            yield connection

    def _wait_for_right(self) -> None:
        """Wait until the lease of the last user has ended; raises StoreError if it is renewed meanwhile."""
        first: User | None = None
        waited_until = monotonic() + ownership.LEASE
        while True:
            with self._opening() as connection:
                self._ownership.create(connection)
                user = self._get_right(
                    connection, first.expires if first and monotonic() > waited_until else 0
                )
            if user is None:
                return
            if first and user != first:
                raise StoreError(self._in_use(user))
            if not first:
                _log.info("Waiting until the lease of the database's last owner ends: %s", user.name)
            first = first or user
            sleep(_PAUSE)

    def _repair(self) -> None:
        """Repair nothing: the pool replaces a connection that failed."""

    def _on_error(self, error: SQLAlchemyError) -> None:
        """Note nothing: each transaction checks whether this process may write."""
