"""An SQLite database as files: the database itself, and the two that SQLite keeps beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from enum import Enum, auto
from glob import escape
from itertools import count
from pathlib import Path
from stat import S_IMODE
from typing import NamedTuple

# Everybody may read the pages, but not the database behind them.
_MODE = 0o640

_DAMAGED = ".damaged-"

# Bytes that tell whether a file is plain text.
_BEGINNING = 4096


class _Identity(NamedTuple):
    device: int
    inode: int
    mode: int

    def is_of(self, other: _Identity | None) -> bool:
        """Tell whether both are of the same file, whatever rights it was given meanwhile."""
        return other is not None and self[:2] == other[:2]


class FileState(Enum):
    """What has become of the files since they were opened."""

    KEPT = auto()
    GONE = auto()
    REPLACED = auto()


class DatabaseFile:
    """The path of a database, and which files were there when it was opened."""

    def __init__(self, path: Path) -> None:
        # SQLite follows links as well, and keeps its files beside what they lead to.
        self.path = path.resolve()
        self._renewed = Path(f"{self.path}.renewed")
        self._parts = [Path(f"{self.path}{suffix}") for suffix in ("", "-wal", "-shm")]
        self._noted: list[_Identity | None] = []
        self._mode = _MODE

    def create(self) -> None:
        """Make an empty file that not everybody may read, unless there is one; SQLite says why it failed."""
        with suppress(OSError):
            _make(self.path, _MODE)

    def note(self) -> None:
        """Remember the files as those that were opened."""
        self._noted = [_identity(part) for part in self._parts]

    def fate(self) -> FileState:
        """Tell what has become of the files; costs a few microseconds.

        A database that has lost what stands in its -wal counts as gone, since only connections that are open
        still know all of it.
        """
        now = [_identity(part) for part in self._parts]
        self._mode = now[0].mode if now[0] else self._mode
        if all(noted is None or noted.is_of(found) for noted, found in zip(self._noted, now, strict=False)):
            return FileState.KEPT
        return FileState.REPLACED if now[0] and not now[0].is_of(self._noted[0]) else FileState.GONE

    def is_text(self) -> bool:
        """Tell whether it is a text file: somebody's, for sure no database that was damaged."""
        try:
            with self.path.open("rb") as file:
                beginning = file.read(_BEGINNING)
        except OSError:
            return False
        # The last character may be cut in two.
        return bool(beginning) and b"\0" not in beginning and "\ufffd" not in _decoded(beginning)[:-1]

    def is_read_only(self) -> bool:
        """Tell whether it is there, but not for us to write."""
        return self.path.exists() and not os.access(self.path, os.W_OK)

    def beside(self, suffix: str) -> Path:
        """Return a path in the same folder that nothing has yet."""
        names = (f".{number}" if number > 1 else "" for number in count(1))
        return next(path for name in names if not (path := Path(f"{self.path}{suffix}{name}")).exists())

    def copy(self, source: sqlite3.Connection, target: Path) -> None:
        """Copy what a connection reads into a new file, which is there whole or not at all.

        Raises OSError or sqlite3.Error.
        """
        self._copied(source).replace(target)
        _sync(target.parent)

    def restore(self, source: sqlite3.Connection) -> None:
        """Make the files anew from what a connection to the lost ones reads; raises as `copy` does."""
        self.replace(self._copied(source))

    def _copied(self, source: sqlite3.Connection) -> Path:
        part = self.scratch()
        try:
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
            _sync(part)
        except (OSError, sqlite3.Error):
            _remove(part)
            raise
        return part

    def scratch(self) -> Path:
        """Return a new, empty file beside the database, in place of an older one."""
        part = Path(f"{self.path}.new")
        _remove(part)
        _make(part, self._mode)
        return part

    def finished(self, scratch: Path) -> Path:
        """Give a new database that is whole, and closed, the name that no unfinished one has; return it."""
        _sync(scratch)
        scratch.replace(self._renewed)
        _sync(self._renewed.parent)
        return self._renewed

    def take_renewed(self) -> bool:
        """Put a finished database in its place if a former process was killed before it could.

        Tells whether it did. Where nothing was set aside, or is missing, no such database is wanted.
        """
        if self.path.exists():
            self._renewed.unlink(missing_ok=True)
            return False
        asides = self.path.parent.glob(f"{escape(self.path.name)}{_DAMAGED}*")
        wanted = self._renewed.exists() and any(asides)
        if wanted:
            self.replace(self._renewed)
        return wanted

    def replace(self, fresh: Path) -> None:
        """Put a whole new database in the place of this one, whatever is left of it."""
        _sync(fresh)
        fresh.replace(self.path)
        # Not before: until then they were needed, and what they hold is in the new one.
        for part in self._parts[1:]:
            part.unlink(missing_ok=True)
        _sync(self.path.parent)

    def set_aside(self, now: datetime) -> Path:
        """Give all files another name, and return that of the database.

        The database goes first: found without its -wal it would be read, as if nothing had been in that.
        """
        aside = self.beside(f"{_DAMAGED}{now:%Y%m%dT%H%M%SZ}")
        for part in self._parts:
            with suppress(FileNotFoundError):
                part.rename(f"{aside}{str(part).removeprefix(str(self.path))}")
        return aside


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Identity(found.st_dev, found.st_ino, S_IMODE(found.st_mode))


def _decoded(beginning: bytes) -> str:
    return beginning.decode("utf-8", "replace")


def _make(path: Path, mode: int) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
