"""A database on a PostgreSQL server."""

from __future__ import annotations

from time import sleep

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from py_pinger.store.database.base import Database
from py_pinger.store.database.errors import StoreError, watched_by_another
from py_pinger.store.database.migration import migrate

# Advisory locks are numbers that programs agree upon; these are "ping" and "migr" as bytes.
_WATCHING, _MIGRATING = 0x70696E67, 0x6D696772

# The server may need a moment to notice that a process was killed: times to try, and seconds between them.
_TRIES, _PAUSE = 10, 0.1


class PostgresqlDatabase(Database):
    """Ours alone by an advisory lock, which the server releases when our connection ends, however it ends."""

    def __init__(self, url: URL) -> None:
        """Prepare the connections; none is made before `open`."""
        engine = create_engine(url, hide_parameters=True, paramstyle="pyformat")
        super().__init__(url, engine, postgresql.insert)
        # A page takes several statements, and all of them see the same moment.
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._keeper: Engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lock: Connection | None = None
        self._lost = False

    def open(self) -> None:
        """Take the lock, and bring the database to the newest schema in one transaction."""
        self._take_lock()
        with self.writing("cannot be opened") as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            migrate(connection, self.place)

    def close(self) -> None:
        """Let go of the lock and the database."""
        self._drop_lock()
        super().close()

    def _tend(self) -> None:
        if self._lost:
            self._take_lock()

    def _failed(self, error: SQLAlchemyError) -> None:
        # The server ended a connection, so it may have ended that of the lock as well.
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            self._lost = True

    def _take_lock(self) -> None:
        self._drop_lock()
        with self._explained("cannot be opened"):
            self._lock = self._keeper.connect()
            if not any(self._lock_taken(self._lock) for _ in range(_TRIES)):
                raise StoreError(watched_by_another(self.place))
        self._lost = False

    def _lock_taken(self, connection: Connection) -> bool:
        taken = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _WATCHING})
        if not taken:
            sleep(_PAUSE)
        return bool(taken)

    def _drop_lock(self) -> None:
        if self._lock:
            # Closed for good: a connection that goes back to the pool would keep the lock.
            self._lock.invalidate()
            self._lock.close()
        self._lock = None
