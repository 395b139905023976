"""The connection to the database: what its transactions are, whichever backend it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, SQLAlchemyError

from py_pinger.store.database.errors import DamagedError, StoreError, UnstorableError, place_of, reason_for

Insert = Callable[[Table], sqlite.Insert | postgresql.Insert]

# The execution option of a transaction that may write.
WRITING: Final = "py_pinger_writing"

# What a value that no column takes comes out as; all but the first past SQLAlchemy.
_UNSTORABLE = (DataError, OverflowError, UnicodeError)


class Database(ABC):
    """An open database; every transaction on it either happens whole or raises one StoreError."""

    def __init__(self, url: URL, engine: Engine, insert: Insert) -> None:
        """Prepare the connections; none is made before `open`."""
        self._url = url
        self._engine = engine
        self._reader = engine
        self._writer = engine.execution_options(**{WRITING: True})
        self._turn = Lock()
        self._refill: Callable[[Connection], None] | None = None
        self.place = place_of(url)
        self.insert = insert

    @abstractmethod
    def open(self) -> None:
        """Make the database ours alone, and bring it to the newest schema.

        Raises StoreError when it cannot be opened or written, or is another Py Pinger's.
        """

    @contextmanager
    def writing(self, failing: str = "cannot be written") -> Iterator[Connection]:
        """Run one transaction that may write; `failing` is what a StoreError says of the database.

        Raises UnstorableError when it is a value that was refused.
        """
        with self._turn:
            self._tend()
            with self._explained(failing), self._writer.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads; it sees one moment and never waits for a writer."""
        if self._amiss():
            with self._turn:
                self._tend()
        with self._explained("cannot be read"), self._connected() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def refill_with(self, refill: Callable[[Connection], None]) -> None:
        """Call this inside the transaction that makes a database anew, to write what memory knows."""
        self._refill = refill

    def file(self) -> Path | None:
        """Return the file that holds the data; None when a server keeps it."""
        return None

    def incidents(self) -> tuple[str, ...]:
        """Return what has happened to the database since it was opened, a sentence each, for people."""
        return ()

    def _amiss(self) -> bool:
        """Tell, at a glance, whether something has to be tended before anything is read."""
        return False

    @abstractmethod
    def _tend(self) -> None:
        """Put right what is amiss; the caller has the turn."""

    @abstractmethod
    def _failed(self, error: SQLAlchemyError) -> None:
        """Learn from a failure what has to be tended before the next transaction."""

    def _connected(self) -> Connection:
        """Connect to read, once more if something came to harm in the very moment."""
        try:
            return self._reader.connect()
        except SQLAlchemyError:
            if not self._amiss():
                raise
            with self._turn:
                self._tend()
            return self._reader.connect()

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        try:
            yield
        except _UNSTORABLE as error:
            raise UnstorableError(self._sentence(failing, error)) from error
        except SQLAlchemyError as error:
            self._failed(error)
            kind = DamagedError if self._amiss() else StoreError
            raise kind(self._sentence(failing, error)) from error

    def _sentence(self, failing: str, error: Exception) -> str:
        return f"the database {self.place} {failing}: {reason_for(error, self._url)}"
