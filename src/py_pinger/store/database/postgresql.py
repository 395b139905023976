"""A database on a PostgreSQL server."""

from __future__ import annotations

from contextlib import closing
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from py_pinger.store.database.base import Database
from py_pinger.store.database.errors import StoreError, describe_in_use
from py_pinger.store.database.migration import migrate
from py_pinger.store.tables.schema import PARTIAL_INDEXES

# Advisory locks are numbers that programs agree on; these are "ping" and "migr" as bytes.
_IN_USE, _MIGRATING = 0x70696E67, 0x6D696772

# The server may need a moment to notice that a process was killed: times to try, and seconds between them.
_TRIES, _PAUSE = 10, 0.1


# Seconds, and milliseconds for the last, after which a server that does not answer counts as gone. By
# default a connection to a host that has lost its power hangs for two hours.
_LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

# Seconds between two checks that the connection of the lock still exists.
LOCK_CHECK_INTERVAL = 5.0

# How long a statement waits for a lock of another program.
_LOCK_TIMEOUT = "10s"


for _index in PARTIAL_INDEXES:
    _index.dialect_options["postgresql"]["where"] = _index.dialect_options["sqlite"]["where"]


class PostgresqlDatabase(Database):
    """Used by one process alone, by an advisory lock that ends with the connection."""

    def __init__(self, url: URL) -> None:
        """Prepare the engine; `open` makes the first connection."""
        engine = create_engine(url, hide_parameters=True, paramstyle="pyformat", connect_args=_limits(url))
        event.listen(engine, "connect", _limit_lock_waits)
        super().__init__(url, engine, postgresql.insert)
        # A page takes several statements, and all of them see the same moment.
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._lock_engine: Engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lock_connection: Connection | None = None
        self._lost = False
        self._checked_at = 0.0

    def open(self) -> None:
        """Acquire the lock, and upgrade the database to the newest schema in one transaction."""
        self._acquire_lock()
        with self.writing("cannot be opened") as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            migrate(connection, self.name)

    def close(self) -> None:
        """Release the lock and close all connections."""
        self._release_lock()
        super().close()

    def _repair(self) -> None:
        if self._lost or not self._holds_lock():
            self._acquire_lock()
        self._checked_at = monotonic()

    def _holds_lock(self) -> bool:
        """Return False if the connection of the lock, and with it the lock, has ended."""
        if self._lock_connection is None or monotonic() - self._checked_at < LOCK_CHECK_INTERVAL:
            return True
        try:
            self._lock_connection.scalar(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _on_error(self, error: SQLAlchemyError) -> None:
        # The server ended a connection, so it may have ended that of the lock as well.
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            self._lost = True

    def _acquire_lock(self) -> None:
        self._release_lock()
        with self._explained("cannot be opened"):
            self._lock_connection = self._lock_engine.connect()
            if not any(self._try_lock(self._lock_connection) for _ in range(_TRIES)):
                raise StoreError(describe_in_use(self.name))
        self._lost = False

    def _try_lock(self, connection: Connection) -> bool:
        acquired = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _IN_USE})
        if not acquired:
            sleep(_PAUSE)
        return bool(acquired)

    def _release_lock(self) -> None:
        if self._lock_connection:
            # Closed for good: a connection that goes back to the pool would keep the lock.
            self._lock_connection.invalidate()
            self._lock_connection.close()
        self._lock_connection = None


def _limits(url: URL) -> dict[str, int]:
    """Return the time limits of a connection, except those that the URL sets itself."""
    return {name: value for name, value in _LIMITS.items() if name not in url.query}


def _limit_lock_waits(connection: DBAPIConnection, _entry: object) -> None:
    # Outside a transaction: undone with the first one that is rolled back, it would not hold.
    connection.autocommit = True
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
    connection.autocommit = False
