"""A disk of a server that is soon full: a file system in memory, which only the server sees."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.privileges import require, with_mounts
from tests.support.postgres import USER, Cluster

# Bytes of one write that fills it.
_BLOCK = 4096

# Its folder in the one of the server.
SMALL_DISK = "small"


def small_disk_of_server(size: int) -> Callable[[Path], Sequence[str]]:
    """Return what mounts a disk of so many bytes in a server's folder, for `running_cluster`."""
    return lambda folder: _mounted(folder, size)


def small_log_disk_of_server(size: int) -> Callable[[Path], Sequence[str]]:
    """Return what has a server write its log of transactions to a disk of so many bytes."""

    def inside(folder: Path) -> Sequence[str]:
        log, small = folder / "data" / "pg_wal", folder / SMALL_DISK
        return _mounted(folder, size, f"; mv {log} {small}; ln -s {small / log.name} {log}")

    return inside


def _mounted(folder: Path, size: int, then: str = "") -> Sequence[str]:
    require(os.geteuid() == 0, "only root can run a server with mounts of its own")
    small, options = folder / SMALL_DISK, f"size={size},mode=700,uid={USER},gid={USER}"
    return with_mounts(f"mkdir {small}; mount -t tmpfs -o {options} small {small}{then}")


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


@dataclass(frozen=True)
class KeptDisk:
    """The small disk of a server, which stays as it is when that ends: `filler` is a file on it."""

    filler: Path
    inside: Sequence[str]


@contextmanager
def kept_disk(server: Cluster) -> Iterator[KeptDisk]:
    """Keep the small disk of a server that runs; `inside` runs what is appended with the server's mounts."""
    process = Path(f"/proc/{server.pid}")
    mounts = os.open(process / "ns" / "mnt", os.O_RDONLY)
    disk = os.open(filler_of(server).parent, os.O_RDONLY | os.O_DIRECTORY)
    own = f"/proc/{os.getpid()}/fd"
    try:
        yield KeptDisk(Path(f"{own}/{disk}/filler"), ("nsenter", f"--mount={own}/{mounts}"))
    finally:
        os.close(disk)
        os.close(mounts)
