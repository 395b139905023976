"""The connection to the database: how it is opened, and what its transactions are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from py_pinger.store.errors import StoreError, place_of, reason_for

Insert = Callable[[Table], sqlite.Insert | postgresql.Insert]


class _Backend(NamedTuple):
    """What SQLAlchemy spells by backend: ON CONFLICT, and parameters that go by name."""

    insert: Insert
    paramstyle: Literal["named", "pyformat"]


_BACKENDS = {
    "sqlite": _Backend(sqlite.insert, "named"),
    "postgresql": _Backend(postgresql.insert, "pyformat"),
}

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # Readers go on while the writer writes.
    "PRAGMA journal_mode = WAL",
    # A power cut may undo the last transactions, but only whole ones: a state and its notices come and
    # go together, so what is lost is judged and told afresh, and what was sent is at most sent again.
    "PRAGMA synchronous = NORMAL",
)
_WRITING = "py_pinger_writing"

# Values that a driver cannot bind come out as these, past SQLAlchemy.
_REFUSALS = (SQLAlchemyError, OverflowError, UnicodeError)


class Database:
    """An open database; every transaction on it either happens whole or raises one StoreError."""

    def __init__(self, url: str) -> None:
        """Prepare the connections; none is made yet.

        Raises StoreError when the URL names nothing that can be connected to.
        """
        self._url = _parsed(url)
        self._engine = _engine(self._url)
        self._writer = self._engine.execution_options(**{_WRITING: True})
        self.place = place_of(self._url)
        self.insert = _BACKENDS[self._url.get_backend_name()].insert

    @contextmanager
    def writing(self, failing: str = "cannot be written") -> Iterator[Connection]:
        """Run one transaction that may write; `failing` is what a StoreError says of the database."""
        with self._explained(failing), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads; it sees one moment and never waits for a writer."""
        with self._explained("cannot be read"), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        try:
            yield
        except _REFUSALS as error:
            reason = reason_for(error, self._url)
            raise StoreError(f"the database {self.place} {failing}: {reason}") from error


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError("[main] database is not a database URL; write it like sqlite:///pinger.db") from None
    if url.get_backend_name() not in _BACKENDS:
        raise StoreError(f"[main] database names {url.get_backend_name()}; use sqlite:/// or postgresql://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("[main] database names no file; write it like sqlite:///pinger.db")
    return url


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url, hide_parameters=True, paramstyle=_BACKENDS[url.get_backend_name()].paramstyle
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"the database {place_of(url)} needs a driver that is not installed: {error}"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Transactions begin in _begin: left alone, the driver begins them late, at the first row written.
    untyped: Any = connection
    untyped.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once, so it waits its turn; turning from reader to writer midway would fail.
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
