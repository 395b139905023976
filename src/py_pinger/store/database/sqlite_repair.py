"""Repairs an SQLite database whose files were removed or damaged."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from py_pinger.store.database.base import WRITING
from py_pinger.store.database.instance_lock import InstanceLock
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.recovery import recover
from py_pinger.store.database.sqlite_files import DatabaseFiles

_log = logging.getLogger(__name__)

CreateEngine = Callable[[URL, Lock], Engine]
Restore = Callable[[Connection], None]


class SqliteRepair:
    """Exchanges the files of a database; the caller holds its turn to write.

    A separate connection, the pinned one, stays open all the time: as long as it does, everything in a file
    that was removed can still be read. `incidents` are the damages so far, one sentence each, for people.
    All may raise OSError, sqlite3.Error or SQLAlchemyError.
    """

    def __init__(self, files: DatabaseFiles, lock: InstanceLock, name: str, connecting: Lock) -> None:
        """Repair these files; no connection is made by others while `connecting` is held."""
        self._files = files
        self._lock = lock
        self._name = name
        self._connecting = connecting
        self._pinned: sqlite3.Connection | None = None
        self.incidents: tuple[str, ...] = ()

    def pin(self) -> None:
        """Keep the files that are there now open, and remember them as those that were opened."""
        self.unpin()
        # Only a connection that has read holds all of SQLite's files open.
        self._connection().execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._files.remember()

    def unpin(self) -> None:
        """Close the pinned connection."""
        if self._pinned:
            self._pinned.close()
        self._pinned = None

    def keep_copy(self, suffix: str) -> Path:
        """Copy the database to a file next to it, and return that."""
        with closing(sqlite3.connect(self._files.path)) as source:
            return self._files.keep_copy(source, suffix)

    def rewrite(self) -> None:
        """Write files that were removed again, from the pinned connection."""
        with self._connecting:
            self._files.rewrite(self._connection())
            self._lock.acquire_data()
            self.pin()

    def recreate(self, damage: str, create_engine: CreateEngine, restore: Restore | None) -> None:
        """Quarantine a damaged database, and carry what can be read into a new one."""
        recovered, fresh = self._recover(create_engine, restore)
        with self._connecting:
            quarantined = self._files.quarantine(datetime.now(UTC))
            self._files.replace_with(fresh)
            self._lock.acquire_data()
            self.pin()
        self._report(
            f"The database {self._name} was damaged ({damage}). It was renamed to {quarantined.name}, and a "
            f"new one was created with {recovered} of its rows. Monitoring continues."
        )

    def resume_recovery(self) -> None:
        """Finish what an earlier process was killed in while it recreated the database."""
        if self._files.resume_recovery():
            self._report(
                f"The database {self._name} was damaged, and Py Pinger was killed before the recovered one "
                "was in its place. It is now, with all rows that could be recovered."
            )

    def _recover(self, create_engine: CreateEngine, restore: Restore | None) -> tuple[int, Path]:
        """Return the number of rows that a new database has from the damaged one, and its file."""
        with self._files.scratch() as scratch:
            engine = create_engine(URL.create("sqlite", database=str(scratch)), Lock())
            try:
                with engine.execution_options(**{WRITING: True}).begin() as connection:
                    migrate(connection, str(scratch))
                    recovered = recover(self._connection(), connection)
                    if restore:
                        restore(connection)
            finally:
                engine.dispose()
            return recovered, self._files.finish_recovery(scratch)

    def _connection(self) -> sqlite3.Connection:
        if self._pinned is None:
            self._pinned = sqlite3.connect(self._files.path, check_same_thread=False)
        return self._pinned

    def _report(self, sentence: str) -> None:
        self.incidents = (*self.incidents, sentence)
        _log.error("%s", sentence)
