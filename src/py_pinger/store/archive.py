"""The database as it is read by whoever does not own it: nothing is locked, written or migrated.

The one Py Pinger that watches with it may go on doing so all the while.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.core.history import Absence
from py_pinger.core.model import Listing
from py_pinger.core.past import Past
from py_pinger.core.silence import Silence
from py_pinger.store import tasks, watching
from py_pinger.store.errors import StoreError, place_of, reason_for
from py_pinger.store.migration import refuse_other_schema
from py_pinger.store.opening import parsed
from py_pinger.store.pasts import pasts
from py_pinger.store.silences import in_force
from py_pinger.store.sqlite import path_of


class Archive:
    """A database of the newest schema, open for reading alone."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Read over an engine whose connections cannot write; `open` makes one."""
        self._url = url
        self._engine = engine
        self.place = place_of(url)

    @classmethod
    def open(cls, text: str) -> Self:
        """Open the database that an SQLAlchemy URL names.

        Raises StoreError when it cannot be read, or has not the schema of this Py Pinger.
        """
        url = parsed(text)
        archive = cls(url, _engine(url))
        try:
            with archive.reading() as connection:
                refuse_other_schema(connection, archive.place)
        except StoreError:
            archive.close()
            raise
        return archive

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction, which sees one moment and never waits for a writer."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(
                f"the database {self.place} cannot be read: {reason_for(error, self._url)}"
            ) from error

    def listings(self) -> tuple[Listing, ...]:
        """Return the monitored tasks in the order of the configuration, as they were last written."""
        with self.reading() as connection:
            return tasks.all_monitored(connection)

    def silences(self, now: datetime) -> tuple[Silence, ...]:
        """Return the silences that are not over, the oldest first."""
        with self.reading() as connection:
            return in_force(connection, now)

    def absence(self) -> Absence | None:
        """Return the last sign of life of whoever watches with the database; None when nobody ever did."""
        with self.reading() as connection:
            return watching.absence(connection)

    def pasts(self, urls: Collection[str], since: datetime, margin: timedelta | None) -> dict[str, Past]:
        """Return what is known since a moment of those tasks of which anything is; see `pasts`."""
        with self.reading() as connection:
            return pasts(connection, urls, since, margin)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(path_of(url), place_of(url))
    engine = create_engine(url, hide_parameters=True)
    # Several statements read one history, and all of them see the same moment.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(path: Path, place: str) -> Engine:
    if not path.is_file():
        raise StoreError(f"there is no database {place}: start Py Pinger with it, or name another")
    # Without a -wal file nobody watches. SQLite would make one, which may then be ours and not the user's
    # that Py Pinger runs as, who could no longer start.
    mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
    source = f"file:{quote(str(path))}?mode={mode}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(source, uri=True, isolation_level=None),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine
