"""The lock of `pinger exec --lock`: held until this process has ended, and not by the command."""

from __future__ import annotations

import fcntl
import os


def lock(folder: str | None, slug: str) -> bool:
    """Lock a task; return False if another run has locked it. Raises OSError."""
    if folder:
        os.makedirs(folder, exist_ok=True)
    # Who may read the file can lock it: all users of a folder of pages, but no others in /tmp.
    mode = 0o644 if folder else 0o600
    handle = os.open(_path(folder, slug), os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, mode)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    return True


def _path(folder: str | None, slug: str) -> str:
    """Return the file that is locked: in the folder of pages, or in /tmp, which cron and people share."""
    if folder:
        return os.path.join(folder, f".{slug}.running")
    return f"/tmp/pinger-exec-{os.getuid()}-{slug}.running"  # noqa: S108 - a link there is not followed
