"""A process as Linux sees it: processor time, memory, end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")

# Seconds that a process is given to end by itself.
PARTING = 15.0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread with its name and its processor time so far."""

    number: int
    name: str
    cpu_seconds: float


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, all its threads together."""
    return _cpu_seconds(Path(f"/proc/{pid}/stat"))


def whole_cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of its children that have ended; 0 if it has, too."""
    try:
        return _cpu_seconds(Path(f"/proc/{pid}/stat"), fields_added=4)
    except OSError:
        return 0.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    except OSError:
        return []
    return [each for child in map(int, listed) for each in (child, *children(child))]


def threads(pid: int) -> Iterator[Thread]:
    """Yield each thread of a process that lives."""
    for place in Path(f"/proc/{pid}/task").iterdir():
        name = (place / "comm").read_text("utf-8").strip()
        yield Thread(int(place.name), name, _cpu_seconds(place / "stat"))


def resident_mib(pid: int) -> float:
    """Return the memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def stopped(process: subprocess.Popen[bytes]) -> None:
    """End a started process, whether it runs or not."""
    process.terminate()
    try:
        process.wait(PARTING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _cpu_seconds(stat: Path, fields_added: int = 2) -> float:
    # The name of the program comes before, in brackets, and may hold blanks.
    fields = stat.read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 11 + fields_added])) / _TICKS
