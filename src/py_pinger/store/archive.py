"""The database as it is read by whoever does not own it: nothing of it is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL

from py_pinger.core.model.history import Absence
from py_pinger.core.replay.history import Past
from py_pinger.core.suppression.silence import Silence
from py_pinger.store.database.sqlite import path_of
from py_pinger.store.external import Guest, refuse_missing
from py_pinger.store.queries import sessions
from py_pinger.store.queries.replay import pasts
from py_pinger.store.queries.silences import in_force


class Archive(Guest):
    """A database of the newest schema, open for reading alone: each transaction sees one moment."""

    def silences(self, now: datetime) -> tuple[Silence, ...]:
        """Return the silences that are not over, the oldest first."""
        with self.reading() as connection:
            return in_force(connection, now)

    def absence(self) -> Absence | None:
        """Return the last sign of life of whoever watches with the database; None when nobody ever did."""
        with self.reading() as connection:
            return sessions.absence(connection)

    def pasts(self, urls: Collection[str], since: datetime, margin: timedelta | None) -> dict[str, Past]:
        """Return what is known since a moment of those tasks of which anything is; see `pasts`."""
        with self.reading() as connection:
            return pasts(connection, urls, since, margin)

    @staticmethod
    def _connected(url: URL) -> Engine:
        if url.get_backend_name() == "sqlite":
            refuse_missing(url)
            return _sqlite_engine(path_of(url))
        engine = create_engine(url, hide_parameters=True)
        # Several statements read one history, and all of them see the same moment.
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(path: Path) -> Engine:
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
