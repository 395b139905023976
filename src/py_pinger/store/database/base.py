"""The open database: its transactions, for every backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from py_pinger.store.database.errors import (
    ConstraintError,
    DamagedError,
    StoreError,
    UnstorableError,
    describe,
    display_name,
)

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

# An insertion that can do something else where the row is there. As texts: PostgreSQL's dialect takes 25 ms
# and 3 MiB to import, and most databases are files.
Upsert: TypeAlias = "sqlite.Insert | postgresql.Insert"
Insert: TypeAlias = Callable[[Table], "Upsert"]

# The execution option of a transaction that may write.
WRITING: Final = "py_pinger_writing"

# The execution option of one whose commit a power cut must not undo.
DURABLE: Final = "py_pinger_durable"

# What a row that the database rejects raises; the last two reach us past SQLAlchemy.
_UNSTORABLE = (DataError, OverflowError, UnicodeError)


class Database(ABC):
    """An open database; a transaction happens whole, or raises a StoreError and changes nothing."""

    def __init__(self, url: URL, engine: Engine, insert: Insert) -> None:
        """Prepare the engine; `open` makes the first connection."""
        self._url = url
        self._engine = engine
        self._reader = engine
        self._writer: Engine = engine.execution_options(**{WRITING: True})
        self._durable_writer: Engine = engine.execution_options(**{WRITING: True, DURABLE: True})
        self._patient_writer: Engine = self._writer
        self._lock = Lock()
        self._restore_contents: Callable[[Connection], None] | None = None
        self.name = display_name(url)
        self.insert = insert

    @abstractmethod
    def open(self) -> None:
        """Lock the database for this process, and upgrade it to the newest schema.

        Raises StoreError when it cannot be opened or written, or another Py Pinger uses it.
        """

    @contextmanager
    def writing(
        self, failing: str = "cannot be written", *, durable: bool = False, patient: bool = False
    ) -> Iterator[Connection]:
        """Run one transaction that may write; `failing` is the predicate of a StoreError's message.

        A `durable` one is on the disk when this ends. One that reads or writes all tasks is `patient`: a
        server may take longer for it. Raises UnstorableError if the database rejects a row.
        """
        writer = self._patient_writer if patient else self._durable_writer if durable else self._writer
        with self._lock:
            self._repair()
            with self._explained(failing), self._begin(writer) as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads; it sees one moment and never waits for a writer."""
        if self._needs_repair():
            with self._lock:
                self._repair()
        with self._explained("cannot be read"), self._connect() as connection:
            yield connection

    @contextmanager
    def reading_as_owner(self) -> Iterator[Connection]:
        """Run one transaction that only reads; raises StoreError if another process owns the database.

        For what only the owner may act on, such as deliveries to send.
        """
        with self.reading() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def restore_with(self, restore: Callable[[Connection], None]) -> None:
        """Call `restore` in the transaction that recreates the database, to write what memory knows."""
        self._restore_contents = restore

    def file(self) -> Path | None:
        """Return the database's file; None on a server."""
        return None

    def incidents(self) -> tuple[str, ...]:
        """Return what happened to the database since it was opened, one sentence each, for people."""
        return ()

    def error(self) -> str | None:
        """Return why another process, or a server, keeps this one from writing; None if nothing does."""
        return None

    @contextmanager
    def _begin(self, writer: Engine) -> Iterator[Connection]:
        """Run one transaction that may write; raises StoreError if it must not. The caller holds the lock."""
        with writer.begin() as connection:
            yield connection

    def _needs_repair(self) -> bool:
        """Return True if `_repair` has something to do before anything is read."""
        return False

    @abstractmethod
    def _repair(self) -> None:
        """Repair what is broken; the caller holds the lock."""

    @abstractmethod
    def _on_error(self, error: SQLAlchemyError) -> None:
        """Note what an error says about the state of the database, for the next transaction."""

    def _connect(self) -> Connection:
        """Connect for reading; repair and try again if the database broke at this moment."""
        try:
            return self._reader.connect()
        except SQLAlchemyError:
            if not self._needs_repair():
                raise
            with self._lock:
                self._repair()
            return self._reader.connect()

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        pool = self._engine.pool
        try:
            yield
        except IntegrityError as error:
            raise ConstraintError(self._message(failing, error)) from error
        except _UNSTORABLE as error:
            raise UnstorableError(self._message(failing, error)) from error
        except SQLAlchemyError as error:
            # After a repair a connection from before it may still fail; that says nothing any more.
            if pool is self._engine.pool:
                self._on_error(error)
            kind = DamagedError if self._needs_repair() else StoreError
            raise kind(self._message(failing, error)) from error

    def _message(self, failing: str, error: Exception) -> str:
        return f"the database {self.name} {failing}: {describe(error, self._url)}"
