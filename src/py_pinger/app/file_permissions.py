"""Protection of files with secrets.

A warning about existing ones, and the umask for new ones.
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_IROTH, S_IRWXO, S_IWGRP


def world_readable_warning(path: Path, what: str) -> str | None:
    """Return a warning if all users may read a file; None if not, or without the file.

    `what` is what users call the file, such as "database".
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not mode & S_IROTH:
        return None
    return f"the {what} {path} is readable by every user of this machine; run: chmod 640 {path}"


def restrict_umask() -> None:
    """Let new files be neither accessible to all users nor writable by the group."""
    os.umask(os.umask(S_IRWXO) | S_IRWXO | S_IWGRP)
