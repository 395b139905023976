"""The files of an SQLite database: itself, two that SQLite keeps next to it, and the lock."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from enum import Enum, auto
from filecmp import cmp
from glob import escape
from itertools import count, takewhile
from pathlib import Path
from stat import S_IMODE
from typing import NamedTuple

# The web pages are public, the database behind them is not.
_MODE = 0o640

_DAMAGED = ".damaged-"

# Bytes that distinguish a text file from a database.
_SAMPLE = 4096


class _Identity(NamedTuple):
    device: int
    inode: int
    mode: int

    def is_of(self, other: _Identity | None) -> bool:
        """Return True if both are the same file, whatever rights it has now."""
        return other is not None and self[:2] == other[:2]


class FileState(Enum):
    """What happened to the files since they were opened."""

    INTACT = auto()
    UNLOCKED = auto()
    REMOVED = auto()
    REPLACED = auto()


class DatabaseFiles:
    """The path of a database, and the files that were there when it was opened."""

    def __init__(self, path: Path) -> None:
        # SQLite follows links as well, and keeps its files next to the target.
        self.path = path.resolve()
        self._recovered = Path(f"{self.path}.renewed")
        self._parts = [Path(f"{self.path}{suffix}") for suffix in ("", "-wal", "-shm")]
        self.lock = Path(f"{self.path}.lock")
        self._opened: list[_Identity | None] = []
        self._opened_lock: _Identity | None = None
        self._mode = _MODE

    def create(self) -> None:
        """Create an empty file that is not world-readable, unless there is one.

        On a failure SQLite says why.
        """
        with suppress(OSError):
            _create(self.path, _MODE)

    def remember(self) -> None:
        """Remember the files that are there now as those that were opened."""
        self._opened = [_identity(part) for part in self._parts]
        self.remember_lock()

    def remember_lock(self) -> None:
        """Remember the lock file that is there now."""
        self._opened_lock = _identity(self.lock)

    def state(self) -> FileState:
        """Return what happened to the files; takes a few microseconds.

        A database without its -wal counts as removed, since only open connections still know what is in it.
        """
        now = [_identity(part) for part in self._parts]
        self._mode = now[0].mode if now[0] else self._mode
        if all(
            opened is None or opened.is_of(found) for opened, found in zip(self._opened, now, strict=False)
        ):
            locked = self._opened_lock is None or self._opened_lock.is_of(_identity(self.lock))
            return FileState.INTACT if locked else FileState.UNLOCKED
        return FileState.REPLACED if now[0] and not now[0].is_of(self._opened[0]) else FileState.REMOVED

    def is_text(self) -> bool:
        """Return True if the file is text: not a damaged database, but another program's file."""
        try:
            with self.path.open("rb") as file:
                sample = file.read(_SAMPLE)
        except OSError:
            return False
        # The last character may be cut in two.
        return bool(sample) and b"\0" not in sample and "\ufffd" not in sample.decode("utf-8", "replace")[:-1]

    def is_read_only(self) -> bool:
        """Return True if the file exists and this process may not write to it."""
        return self.path.exists() and not os.access(self.path, os.W_OK)

    def keep_copy(self, source: sqlite3.Connection, suffix: str) -> Path:
        """Copy what a connection reads to a file next to the database, whole or not at all.

        An identical copy of an earlier time is used again. Raises OSError or sqlite3.Error.
        """
        copy = self._copy(source)
        for earlier in takewhile(Path.exists, self._numbered(suffix)):
            if cmp(copy, earlier, shallow=False):
                _remove(copy)
                return earlier
        target = self._unused(suffix)
        copy.replace(target)
        _sync(target.parent)
        return target

    def rewrite(self, source: sqlite3.Connection) -> None:
        """Write the files again from a connection to the removed ones; raises as `keep_copy` does."""
        self.replace_with(self._copy(source))

    def _copy(self, source: sqlite3.Connection) -> Path:
        with self.scratch() as scratch:
            with closing(sqlite3.connect(scratch)) as copy:
                source.backup(copy)
            _sync(scratch)
            return scratch

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Create an empty file next to the database, and delete it if anything fails with it.

        On a full disk what is left of it would take the space that the next attempt needs.
        """
        scratch = Path(f"{self.path}.new")
        _remove(scratch)
        _create(scratch, self._mode)
        try:
            yield scratch
        except Exception:
            with suppress(OSError):
                _remove(scratch)
            raise

    def finish_recovery(self, scratch: Path) -> Path:
        """Give a recovered database, which is whole and closed, its own name, and return that."""
        _sync(scratch)
        scratch.replace(self._recovered)
        _sync(self._recovered.parent)
        return self._recovered

    def resume_recovery(self) -> bool:
        """Install a recovered database if an earlier process was killed before it could.

        Without a quarantined database, or with one in place, a recovered one is left over.
        """
        if self.path.exists():
            self._recovered.unlink(missing_ok=True)
            return False
        quarantined = self.path.parent.glob(f"{escape(self.path.name)}{_DAMAGED}*")
        wanted = self._recovered.exists() and any(quarantined)
        if wanted:
            self.replace_with(self._recovered)
        return wanted

    def replace_with(self, fresh: Path) -> None:
        """Put a whole new database in the place of this one, whatever is left of it."""
        _sync(fresh)
        fresh.replace(self.path)
        # Not earlier: until then they were needed, and the new file has what is in them.
        for part in self._parts[1:]:
            part.unlink(missing_ok=True)
        _sync(self.path.parent)

    def quarantine(self, now: datetime) -> Path:
        """Rename all files, and return the new name of the database.

        The database goes first: found without its -wal, it would be read as if nothing had been in that.
        """
        target = self._unused(f"{_DAMAGED}{now:%Y%m%dT%H%M%SZ}")
        for part in self._parts:
            with suppress(FileNotFoundError):
                part.rename(f"{target}{str(part).removeprefix(str(self.path))}")
        return target

    def _unused(self, suffix: str) -> Path:
        return next(path for path in self._numbered(suffix) if not path.exists())

    def _numbered(self, suffix: str) -> Iterator[Path]:
        """Yield the paths next to the database with a suffix and a number, from the second on."""
        yield Path(f"{self.path}{suffix}")
        for number in count(2):
            yield Path(f"{self.path}{suffix}.{number}")


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Identity(found.st_dev, found.st_ino, S_IMODE(found.st_mode))


def _create(path: Path, mode: int) -> None:
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
