"""Who else may read the files that hold secrets, or what nobody else should see."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_IROTH, S_IRWXO, S_IWGRP


def world_readable_warning(path: Path, what: str) -> str | None:
    """Return a warning when every user of the machine may read a file; None when not, or it is not there.

    `what` is what people call the file, such as "database".
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not mode & S_IROTH:
        return None
    return f"the {what} {path} can be read by everybody on this machine: chmod 640 {path}"


def restrict_umask() -> None:
    """Make no more files that everybody on this machine may read, or our group may write."""
    os.umask(os.umask(S_IRWXO) | S_IRWXO | S_IWGRP)
