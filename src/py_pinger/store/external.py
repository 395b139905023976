"""The database as opened by whoever does not own it: it is neither locked nor migrated.

The one Py Pinger that watches with it may go on doing so all the while.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.core.model.incident import Listing
from py_pinger.store.database.errors import StoreError, place_of, reason_for
from py_pinger.store.database.migration import refuse_other_schema
from py_pinger.store.database.sqlite import path_of
from py_pinger.store.database.url import parsed
from py_pinger.store.queries import tasks


class Guest(ABC):
    """A database of the newest schema."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Work over an engine; `open` makes one."""
        self._url = url
        self._engine = engine
        self.place = place_of(url)

    @classmethod
    def open(cls, text: str) -> Self:
        """Open the database that an SQLAlchemy URL names.

        Raises StoreError when it cannot be read, or has not the schema of this Py Pinger.
        """
        url = parsed(text)
        guest = cls(url, cls._connected(url))
        try:
            with guest.reading() as connection:
                refuse_other_schema(connection, guest.place)
        except StoreError:
            guest.close()
            raise
        return guest

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads, and never waits for a writer."""
        with self._explained("cannot be read"), self._engine.connect() as connection:
            yield connection

    def listings(self) -> tuple[Listing, ...]:
        """Return the monitored tasks in the order of the configuration, as they were last written."""
        with self.reading() as connection:
            return tasks.all_monitored(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @staticmethod
    @abstractmethod
    def _connected(url: URL) -> Engine:
        """Return the engine for a URL. Raises StoreError if there is no such database."""

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(
                f"the database {self.place} {failing}: {reason_for(error, self._url)}"
            ) from error


def refuse_missing(url: URL) -> None:
    """Raise StoreError if the file of an SQLite database is not there: nothing is made anew for a guest."""
    if not path_of(url).is_file():
        raise StoreError(f"there is no database {place_of(url)}: start Py Pinger with it, or name another")
