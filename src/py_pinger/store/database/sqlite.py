"""A database in an SQLite file, which others may lock, remove, replace or damage."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.store.database.base import DURABLE, WRITING, Database
from py_pinger.store.database.errors import NOT_SQLITE, READ_ONLY, StoreError, describe
from py_pinger.store.database.instance_lock import InstanceLock
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.recovery import is_damage
from py_pinger.store.database.sqlite_files import DatabaseFiles, FileState
from py_pinger.store.database.sqlite_repair import SqliteRepair

_log = logging.getLogger(__name__)

_Options = dict[str, Any]

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # Readers go on while the writer writes.
    "PRAGMA journal_mode = WAL",
    # A power cut may undo the last transactions, but only whole ones: a state and its notices come and
    # go together, so what is lost is evaluated and notified again, and what was sent may be sent again.
    "PRAGMA synchronous = NORMAL",
)


class SqliteDatabase(Database):
    """Used by one process alone, by its lock; repaired before the next transaction if harmed."""

    def __init__(self, url: URL) -> None:
        """Prepare the engine; `open` makes the first connection."""
        # No connection may be made while files are exchanged: it would use the old -wal with the new file.
        connecting = Lock()
        super().__init__(url, sqlite_engine(url, connecting), sqlite.insert)
        self._files = DatabaseFiles(path_of(url))
        self._instance_lock = InstanceLock(self._files.path, self._files.lock, self.name)
        self._repairs = SqliteRepair(self._files, self._instance_lock, self.name, connecting)
        self._damage: str | None = None

    def open(self) -> None:
        """Lock the database, and upgrade it to the newest schema; a damaged one is recreated."""
        self._instance_lock.acquire()
        self._reject_unusable()
        with self._repairing("cannot be opened"):
            self._repairs.resume_recovery()
        self._files.create()
        self._instance_lock.acquire_data()
        try:
            with self.writing("cannot be opened") as connection:
                migrate(connection, self.name, self._keep_copy)
        except StoreError:
            if not self._damage:
                raise
            self._recreate(self._damage)
        else:
            with self._repairing("cannot be opened"):
                self._repairs.pin()

    def close(self) -> None:
        """Close all connections and release the locks."""
        super().close()
        self._repairs.unpin()
        self._instance_lock.release()

    def file(self) -> Path:
        """Return the database's file."""
        return self._files.path

    def incidents(self) -> tuple[str, ...]:
        """Return each time that the database was found damaged, one sentence each."""
        return self._repairs.incidents

    def _needs_repair(self) -> bool:
        return self._damage is not None or self._files.state() is not FileState.INTACT

    def _repair(self) -> None:
        state = self._files.state()
        if self._damage is None and state is FileState.INTACT:
            return
        if state is FileState.REPLACED:
            raise StoreError(
                f"the database {self.name} has been replaced by another file; "
                "restart Py Pinger to use that, or put the old one back"
            )
        self._instance_lock.acquire()
        if self._damage:
            self._recreate(self._damage)
        elif state is FileState.REMOVED:
            self._rewrite()
        self._files.remember_lock()

    def _on_error(self, error: SQLAlchemyError) -> None:
        # A connection keeps what it met when it was made, such as a file that it may only read.
        self._engine.dispose()
        if is_damage(getattr(error, "orig", None)):
            self._damage = describe(error, self._url)

    def _reject_unusable(self) -> None:
        reason = NOT_SQLITE if self._files.is_text() else None
        # SQLite would create files next to it that stay read-only even when the database no longer is.
        if self._files.is_read_only():
            reason = READ_ONLY
        if reason:
            raise StoreError(f"the database {self.name} cannot be opened: {reason}")

    def _keep_copy(self, revision: str) -> None:
        """Copy the database as it is before an upgrade."""
        failing = f"is left at schema {revision}, since no copy of it could be kept"
        with self._repairing(failing):
            copy = self._repairs.keep_copy(f".schema-{revision}.bak")
        _log.info("The database has schema %s; a copy of it is kept as %s", revision, copy)

    def _rewrite(self) -> None:
        """Write the removed file again, from the pinned connection."""
        with self._repairing("has been removed and cannot be written again"):
            self._repairs.rewrite()
        self._engine.dispose()
        _log.warning("The database %s had been removed; it was written again without loss.", self.name)

    def _recreate(self, damage: str) -> None:
        """Quarantine the damaged database, and carry what can be read into a new one."""
        with self._repairing(f"is damaged ({damage}) and cannot be recreated"):
            self._repairs.recreate(damage, sqlite_engine, self._restore_contents)
        self._engine.dispose()
        self._damage = None

    @contextmanager
    def _repairing(self, failing: str) -> Iterator[None]:
        """Raise a StoreError for what fails with the files themselves, inside SQLAlchemy or not."""
        with self._explained(failing):
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                raise StoreError(self._message(failing, error)) from error


def sqlite_engine(url: URL, connecting: Lock) -> Engine:
    """Return an engine that makes no connection while `connecting` is held."""
    engine = create_engine(url, hide_parameters=True, paramstyle="named")

    def connect(_dialect: Dialect, _entry: object, arguments: Sequence[str], options: _Options) -> object:
        with connecting:
            return _connect(arguments[0], options)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(name: str, options: _Options) -> sqlite3.Connection:
    """Connect to an existing file: one created by connecting would be an empty database."""
    uri = name if options.get("uri") else f"file:{quote(name)}?mode=rw"
    # Transactions begin in _begin: the driver would begin them late, at the first row written.
    connection: sqlite3.Connection = sqlite3.connect(uri, **{**options, "uri": True, "isolation_level": None})
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once, so it waits its turn; a reader that turns writer midway would fail.
    options = connection.get_execution_options()
    writing = options.get(WRITING, False)
    if writing:
        _set_synchronous(connection, durable=options.get(DURABLE, False))
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _set_synchronous(connection: Connection, *, durable: bool) -> None:
    """Have commits wait for the disk, or not; noted, since it costs as much as a statement."""
    if connection.info.get(DURABLE, False) is not durable:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.info[DURABLE] = durable


def path_of(url: URL) -> Path:
    """Return the file that an SQLite URL names."""
    database = url.database or ""
    return Path(unquote(urlsplit(database).path) if database.startswith("file:") else database)
