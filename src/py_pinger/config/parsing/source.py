"""The files that settings are read from, and what tells one state of a file from another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Which file it is, how long, when it was written, and when its owner, its mode or its name changed.
Stamp = tuple[int, int, int, int]

# By its path, each file that was looked for, with its stamp as it was read; None where it could not be.
Sources = Mapping[str, Stamp | None]


def stamp_at(path: str) -> Stamp | None:
    """Return the stamp of the file that is there now; None if it cannot be looked at."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
