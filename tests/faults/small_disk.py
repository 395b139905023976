"""A disk of a server that is soon full: a file system in memory, which only the server sees."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.privileges import require, with_mounts
from tests.support.postgres import USER, Cluster

# Bytes of one write that fills it.
_BLOCK = 4096

# Its folder in the one of the server.
SMALL_DISK = "small"


def small_disk_of_server(size: int) -> Callable[[Path], Sequence[str]]:
    """Return what mounts a disk of so many bytes in a server's folder, for `running_cluster`."""
    require(os.geteuid() == 0, "only root can run a server with mounts of its own")

    def inside(folder: Path) -> Sequence[str]:
        small, options = folder / SMALL_DISK, f"size={size},mode=700,uid={USER},gid={USER}"
        return with_mounts(f"mkdir {small}; mount -t tmpfs -o {options} small {small}")

    return inside


def filler_of(server: Cluster) -> Path:
    """Return the file on a server's small disk that takes its room, as the tests see it."""
    return Path(f"/proc/{server.pid}/root{server.folder}") / SMALL_DISK / "filler"


def fill(file: Path) -> None:
    """Let a file take all the room that is left."""
    with file.open("ab", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(_BLOCK))
        except OSError:
            return
