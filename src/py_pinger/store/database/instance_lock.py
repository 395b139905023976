"""One process per database: locks that end with the process, however it ends."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

from py_pinger.core.text.system_error import system_cause
from py_pinger.store.database.errors import (
    DISK_FULL,
    NO_RESOURCES,
    StoreError,
    describe_in_use,
    describe_unwritable,
)

# A byte that no database reaches, far from those that SQLite locks.
_LOCKED_BYTE = 2**62

_SHORTAGES = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EMFILE: NO_RESOURCES,
    errno.ENFILE: NO_RESOURCES,
}

# The errno of a lock that another process holds; others mean that the file system has no such locks.
_HELD = (BlockingIOError, PermissionError)


class InstanceLock:
    """Locks on a file next to the database, and on a byte of the database itself.

    The first one holds by path, also before there is a database. The second one holds by file: a hard
    link or a mount of the single file has another path and the same data. It is a lock of the open file,
    and must be: one of the process would end SQLite's own locks as soon as the file is closed.
    """

    def __init__(self, database: Path, lock_file: Path, name: str) -> None:
        """Lock a database file and the `lock_file`; `name` is the database's name for people."""
        self._database = database
        self._path = lock_file
        self._name = name
        self._file: int | None = None
        self._data: int | None = None

    def acquire(self) -> None:
        """Hold the lock next to the database; a lock file that was removed is created again.

        Raises StoreError when another process holds it, or the file cannot be created.
        """
        while not self._holds():
            self._release_file()
            self._file = self._open_locked()

    def acquire_data(self) -> None:
        """Lock the database file that is there now, before any connection to it.

        Raises StoreError when another process holds it. Without such locks in the file system the lock
        next to the database has to do.
        """
        try:
            data = os.open(self._database, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            # SQLite fails to open it too, and says why.
            return
        try:
            fcntl.fcntl(data, fcntl.F_OFD_SETLK, _exclusive())
        except _HELD:
            os.close(data)
            raise StoreError(describe_in_use(self._name)) from None
        except OSError:
            pass
        self._close_data()
        self._data = data

    def release(self) -> None:
        """Release both locks, after all connections, and remove the file next to the database."""
        self._close_data()
        self._release_file()

    def _release_file(self) -> None:
        if self._file is None:
            return
        if self._holds():
            self._path.unlink()
        os.close(self._file)
        self._file = None

    def _close_data(self) -> None:
        if self._data is not None:
            os.close(self._data)
        self._data = None

    def _holds(self) -> bool:
        """Return True if the file that is locked is the one that others would find."""
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:
            return False

    def _open_locked(self) -> int:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            reason = _SHORTAGES.get(error.errno or 0) or describe_unwritable(self._database)
            raise StoreError(f"the database {self._name} cannot be opened: {reason}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StoreError(describe_in_use(self._name)) from None
        except OSError as error:
            os.close(file)
            raise StoreError(f"the file {self._path} cannot be locked: {system_cause(error)}") from None
        return file


def _exclusive() -> bytes:
    """Return a `struct flock`: type, whence, start, length, process."""
    return struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, _LOCKED_BYTE, 1, 0)
