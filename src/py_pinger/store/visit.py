"""The database as it may be written by whoever does not own it, beside the one who watches with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Self

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.core.model import Listing
from py_pinger.store.database import WRITING
from py_pinger.store.errors import StoreError, place_of, reason_for
from py_pinger.store.migration import refuse_other_schema
from py_pinger.store.opening import parsed
from py_pinger.store.silences import Silences
from py_pinger.store.sqlite import path_of
from py_pinger.store.sqlite_engine import sqlite_engine
from py_pinger.store.tasks import all_monitored


class Visit:
    """A database of the newest schema, open for short transactions; it is neither locked nor migrated."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Write over an engine; `open` makes one."""
        self._url = url
        self._engine = engine
        self.place = place_of(url)
        self.silences = Silences(self)

    @classmethod
    def open(cls, text: str) -> Self:
        """Open the database that an SQLAlchemy URL names.

        Raises StoreError when it cannot be read, or has not the schema of this Py Pinger.
        """
        url = parsed(text)
        visit = cls(url, _engine(url))
        try:
            with visit.reading() as connection:
                refuse_other_schema(connection, visit.place)
        except StoreError:
            visit.close()
            raise
        return visit

    def listings(self) -> tuple[Listing, ...]:
        """Return the monitored tasks in the order of the configuration."""
        with self.reading() as connection:
            return all_monitored(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads."""
        with self._explained("cannot be read"), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction that may write."""
        writer = self._engine.execution_options(**{WRITING: True})
        with self._explained("cannot be written"), writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(
                f"the database {self.place} {failing}: {reason_for(error, self._url)}"
            ) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    if not path_of(url).is_file():
        raise StoreError(f"there is no database {place_of(url)}: start Py Pinger with it, or name another")
    return sqlite_engine(url, Lock())
