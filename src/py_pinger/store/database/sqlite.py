"""A database in an SQLite file, which others may lock, remove, replace or damage while we use it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from py_pinger.store.database.base import WRITING, Database
from py_pinger.store.database.errors import NO_DATABASE, READ_ONLY, StoreError, reason_for
from py_pinger.store.database.instance_lock import FileLock
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.recovery import recover
from py_pinger.store.database.sqlite_engine import sqlite_engine
from py_pinger.store.database.sqlite_files import DatabaseFile, FileState

_log = logging.getLogger(__name__)

_DAMAGES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteDatabase(Database):
    """Ours alone by a lock beside the file; put right at the next transaction when the file came to harm.

    A connection of its own, the anchor, stays open all the time: as long as it does, all that was in a file
    that has been removed can still be read.
    """

    def __init__(self, url: URL) -> None:
        """Prepare the connections; none is made before `open`."""
        # No connection may be made while files are exchanged: it would take the old -wal for the new one's.
        self._connecting = Lock()
        super().__init__(url, sqlite_engine(url, self._connecting), sqlite.insert)
        self._file = DatabaseFile(path_of(url))
        self._lock = FileLock(self._file.path, self.place)
        self._anchor: sqlite3.Connection | None = None
        # Connections older than this are not used any more.
        self._age = 0
        self._damage: str | None = None
        self._mishaps: tuple[str, ...] = ()
        event.listen(self._engine, "connect", self._stamp)
        event.listen(self._engine, "checkout", self._refuse_old)

    def open(self) -> None:
        """Lock the database, and bring it to the newest schema; one that is damaged is made anew."""
        self._lock.take()
        self._refuse_what_is_not_ours()
        self._take_renewed()
        self._file.create()
        try:
            with self.writing("cannot be opened") as connection:
                migrate(connection, self.place, self._keep_copy)
        except StoreError:
            if not self._damage:
                raise
            self._renew(self._damage)
        else:
            with self._mending("cannot be opened"):
                self._hold_on()

    def close(self) -> None:
        """Let go of the database and the lock."""
        super().close()
        self._let_go()
        self._lock.release()

    def file(self) -> Path:
        """Return the database's file."""
        return self._file.path

    def incidents(self) -> tuple[str, ...]:
        """Return how often the database was found damaged, a sentence each."""
        return self._mishaps

    def _amiss(self) -> bool:
        return self._damage is not None or self._file.fate() is not FileState.KEPT

    def _tend(self) -> None:
        fate = self._file.fate()
        if fate is FileState.REPLACED:
            raise StoreError(
                f"the database {self.place} has been replaced by another file; "
                "restart Py Pinger to use that, or put the old one back"
            )
        self._lock.take()
        if self._damage:
            self._renew(self._damage)
        elif fate is FileState.GONE:
            self._restore()

    def _failed(self, error: SQLAlchemyError) -> None:
        # A connection keeps what it met when it was made, such as a file that it may only read.
        self._age += 1
        if is_damage(getattr(error, "orig", None)):
            self._damage = reason_for(error, self._url)

    def _refuse_what_is_not_ours(self) -> None:
        reason = NO_DATABASE if self._file.is_text() else None
        # SQLite would make files beside it that stay read-only even when it no longer is.
        if self._file.is_read_only():
            reason = READ_ONLY
        if reason:
            raise StoreError(f"the database {self.place} cannot be opened: {reason}")

    def _keep_copy(self, revision: str) -> None:
        """Copy the database as it is before it is migrated."""
        copy = self._file.beside(f".schema-{revision}.bak")
        failing = f"is left at schema {revision}, for no copy of it could be kept as {copy.name}"
        with self._mending(failing), closing(sqlite3.connect(self._file.path)) as source:
            self._file.copy(source, copy)
        _log.info("The database had schema %s; a copy of it as it was is kept as %s", revision, copy)

    def _restore(self) -> None:
        """Write the file that has been removed again, from what the anchor still reads."""
        with self._mending("has been removed and cannot be written again"), self._connecting:
            self._file.restore(self._held())
            self._hold_on()
        _log.warning("The database %s had been removed; it was written again, nothing is lost.", self.place)

    def _renew(self, damage: str) -> None:
        """Set the damaged database aside, and carry what can still be read into a new one."""
        with self._mending(f"is damaged ({damage}) and cannot be made anew"):
            rescued, renewed = self._made_anew()
            with self._connecting:
                aside = self._file.set_aside(datetime.now(UTC))
                self._file.replace(renewed)
                self._hold_on()
        self._damage = None
        sentence = (
            f"The database {self.place} was damaged ({damage}). It was set aside as {aside.name}, and a new "
            f"one was made; {rescued} of its rows could be carried over. Watching goes on."
        )
        self._note_mishap(sentence)

    def _take_renewed(self) -> None:
        """Go on where a former process was killed while it renewed the database."""
        with self._mending("cannot be opened"):
            taken = self._file.take_renewed()
        if taken:
            self._note_mishap(
                f"The database {self.place} was damaged and set aside, and Py Pinger was killed before a new "
                "one was in its place; it is now, with all rows that could be carried over."
            )

    def _note_mishap(self, sentence: str) -> None:
        self._mishaps = (*self._mishaps, sentence)
        _log.error("%s", sentence)

    def _made_anew(self) -> tuple[int, Path]:
        fresh = self._file.scratch()
        engine = sqlite_engine(URL.create("sqlite", database=str(fresh)), Lock())
        try:
            with engine.execution_options(**{WRITING: True}).begin() as connection:
                migrate(connection, str(fresh))
                rescued = recover(self._held(), connection)
                if self._refill:
                    self._refill(connection)
        finally:
            engine.dispose()
        return rescued, self._file.finished(fresh)

    @contextmanager
    def _mending(self, failing: str) -> Iterator[None]:
        """Explain what goes wrong with the files themselves, past SQLAlchemy or not."""
        with self._explained(failing):
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                raise StoreError(self._sentence(failing, error)) from error

    def _held(self) -> sqlite3.Connection:
        if self._anchor is None:
            self._anchor = sqlite3.connect(self._file.path, check_same_thread=False)
        return self._anchor

    def _hold_on(self) -> None:
        """Hold on to the file that is there now, and let all older connections go."""
        self._let_go()
        # Only one that has read holds all of SQLite's files open.
        self._held().execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._file.note()
        self._age += 1

    def _let_go(self) -> None:
        if self._anchor:
            self._anchor.close()
        self._anchor = None

    def _stamp(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["age"] = self._age

    def _refuse_old(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry, _user: object) -> None:
        if entry.info["age"] != self._age:
            raise DisconnectionError


def is_damage(error: BaseException | None) -> bool:
    """Tell whether SQLite says that the file itself is broken."""
    # The lower byte is the kind; extended codes tell more in the others.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGES


def path_of(url: URL) -> Path:
    """Return the file that an SQLite URL names."""
    database = url.database or ""
    return Path(unquote(urlsplit(database).path) if database.startswith("file:") else database)
