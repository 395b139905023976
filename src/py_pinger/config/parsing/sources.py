"""The files that a configuration was read from, and how they were at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# The file's inode, size, time of the last write, and time of the last change of owner, mode or name.
Stamp = tuple[int, int, int, int]

# The stamp of each file that was looked up, by its path; None if the file could not be read.
Sources = Mapping[str, Stamp | None]


def stamp_at(path: str) -> Stamp | None:
    """Return the stamp of the file at a path; None if there is no readable entry."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
