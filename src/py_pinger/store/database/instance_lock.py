"""A database of one's own: a lock that ends with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from py_pinger.store.database.errors import StoreError, unwritable, watched_by_another


class FileLock:
    """A lock on a file beside the database.

    The database itself must not be locked so: whoever closes it would end SQLite's own locks on it.
    """

    def __init__(self, database: Path, place: str) -> None:
        """Lock on behalf of this database file; `place` is what people call it."""
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._place = place
        self._held: int | None = None

    def take(self) -> None:
        """Hold the lock, if it is not held already; a lock file that was removed is made again.

        Raises StoreError when another process holds it, or the file cannot be made.
        """
        while not self._holds():
            self.release()
            self._held = self._locked()

    def release(self) -> None:
        """Let go of the lock, if it is held, and remove its file."""
        if self._held is None:
            return
        if self._holds():
            self._path.unlink()
        os.close(self._held)
        self._held = None

    def _holds(self) -> bool:
        """Tell whether what is held is the file that others would find."""
        if self._held is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._held), self._path.stat())
        except OSError:
            return False

    def _locked(self) -> int:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError:
            raise StoreError(
                f"the database {self._place} cannot be opened: {unwritable(self._database)}"
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StoreError(watched_by_another(self._place)) from None
        except OSError as error:
            os.close(file)
            raise StoreError(f"the file {self._path} cannot be locked: {error.strerror}") from None
        return file
