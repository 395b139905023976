"""A database on a PostgreSQL server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.store.database import ownership
from py_pinger.store.database.base import DURABLE, WRITING, Database
from py_pinger.store.database.errors import StoreError, UnstorableError, describe_in_use
from py_pinger.store.database.limited_connection import (
    LIMITS,
    NO_LIMITS,
    PATIENT_LIMITS,
    USUAL_LIMITS,
    Limits,
    limited_engine,
)
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.ownership import Ownership
from py_pinger.store.tables.schema import PARTIAL_INDEXES, lease, node, task

_log = logging.getLogger(__name__)

# The number of an advisory lock, which programs agree on: "migr" as bytes.
_MIGRATING = 0x6D696772

# Seconds between two attempts to become the owner.
_PAUSE = 0.2

# A stop does not wait long for a server that hangs: the lease ends by itself.
_RELEASING = Limits(statement=1.0, lock=1.0, idle=1.0, silence=1.0)


for _index in PARTIAL_INDEXES:
    _index.dialect_options["postgresql"]["where"] = _index.dialect_options["sqlite"]["where"]

# Percent of a page that inserted rows fill. Updates need no index where the page has room for their versions.
_FILL = {task: 60, node: 10, lease: 20}

for _table, _fill in _FILL.items():
    _table.dialect_options["postgresql"]["with"] = {"fillfactor": _fill}


class PostgresqlDatabase(Database):
    """Written by one process alone: each transaction that writes checks first that it is the owner."""

    def __init__(self, url: URL) -> None:
        """Prepare the engine; `open` makes the first connection."""
        engine = limited_engine(url)
        super().__init__(url, engine, postgresql.insert)
        self._writer = self._limited(USUAL_LIMITS)
        self._durable_writer = self._writer.execution_options(**{DURABLE: True})
        self._patient_writer = self._limited(PATIENT_LIMITS)
        # A page takes several statements, and all of them see the same moment.
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._ownership = Ownership()
        self._owns = False
        self._renewed_at = 0.0
        self._error: str | None = None
        self._incidents: list[str] = []
        self._closing = Event()

    def open(self) -> None:
        """Become the owner, and upgrade the database to the newest schema in one transaction."""
        with self._explained("cannot be opened"):
            self._become_owner()
        self._owns = True
        with self._opening() as connection:
            migrate(self._admitted(connection), self.name)
        Thread(target=self._renew_continuously, name="database lease", daemon=True).start()

    def close(self) -> None:
        """Let others become the owner, and close all connections."""
        self._closing.set()
        # A write that hangs keeps its turn; then the lease ends by itself.
        if self._owns and self._lock.acquire(timeout=_RELEASING.silence):
            with suppress(SQLAlchemyError), self._limited(_RELEASING).begin() as connection:
                self._ownership.release(connection)
            self._lock.release()
        super().close()

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
        self._error, self._renewed_at = None, monotonic()

    @contextmanager
    def reading_as_owner(self) -> Iterator[Connection]:
        """Run one transaction that only reads; raises StoreError if another process is the owner."""
        with self.reading() as connection:
            if not self._ownership.holds(connection):
                raise StoreError(self._in_use(connection))
            yield connection

    def error(self) -> str | None:
        """Return why the database could not be written the last time, None if it could."""
        return self._error

    def incidents(self) -> tuple[str, ...]:
        """Return each time that another process was the owner meanwhile, one sentence each."""
        return tuple(self._incidents)

    def _limited(self, limits: Limits) -> Engine:
        return self._engine.execution_options(**{WRITING: True, LIMITS: limits})

    @contextmanager
    def _opening(self) -> Iterator[Connection]:
        """Run one transaction of the start, alone on this database and without limits."""
        with self._lock, self._explained("cannot be opened"), self._limited(NO_LIMITS).begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            yield connection

    def _become_owner(self) -> None:
        """Wait until the lease of the last owner has ended; raises StoreError if it is renewed meanwhile."""
        first: tuple[str, int] | None = None
        waited_until = monotonic() + ownership.LEASE
        while True:
            with self._opening() as connection:
                self._ownership.create(connection)
                unchanged = first[1] if first and monotonic() > waited_until else 0
                if self._ownership.take(connection, unchanged):
                    return
                owner = self._ownership.last_owner(connection)
                if first and owner != first:
                    raise StoreError(self._in_use(connection))
            if not first and owner:
                _log.info("Waiting until the lease of the database's last owner ends: %s", owner[0])
            first = first or owner
            sleep(_PAUSE)

    def _admitted(self, connection: Connection) -> Connection:
        if not self._ownership.renew(connection):
            self._take_back(connection)
        return connection

    def _take_back(self, connection: Connection) -> None:
        """Become the owner again, and write what memory knows over what others have written."""
        owner = self._ownership.last_owner(connection)
        if not self._ownership.take(connection):
            raise StoreError(self._in_use(connection))
        if self._restore_contents:
            self._restore_contents(connection)
        process = owner[0] if owner else "an unknown process"
        sentence = (
            f"Another Py Pinger ({process}) owned the database {self.name} for a while; "
            "this one owns it again and has restored its states."
        )
        self._incidents.append(sentence)
        _log.warning("%s", sentence)

    def _in_use(self, connection: Connection) -> str:
        owner = self._ownership.last_owner(connection)
        return describe_in_use(self.name, owner[0] if owner else None)

    def _renew_continuously(self) -> None:
        """Renew the lease while nothing else is written."""
        while not self._closing.wait(ownership.RENEWAL / 2):
            if monotonic() - self._renewed_at >= ownership.RENEWAL:
                before = self._error
                # `error` has the reason, and the next attempt comes soon.
                with suppress(StoreError), self.writing():
                    pass
                if self._error and not before:
                    _log.error("Cannot renew the lease of the database, will retry: %s", self._error)

    def _repair(self) -> None:
        """Repair nothing: the pool replaces a connection that failed."""

    def _on_error(self, error: SQLAlchemyError) -> None:
        """Note nothing: each transaction checks whether this process is the owner."""
