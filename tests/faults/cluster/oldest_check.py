"""The age of the oldest check, measured while something goes wrong."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, Self

from tests.faults.cluster.cluster_database import ClusterDatabase

# Seconds between two measurements.
PAUSE = 0.2

# The kernel's microseconds in which some process waited for a processor.
_PRESSURE = Path("/proc/pressure/cpu")
_TOTAL = re.compile(r"some .*total=(\d+)")


class Age(NamedTuple):
    """How many seconds old a check became, and for how many some process waited for a processor."""

    oldest: float
    waited: float

    def assert_at_most(self, limit: float) -> None:
        """Assert that no check became older than this on a machine with a processor for each process."""
        assert self.oldest <= limit + self.waited, f"a check was {self.oldest:.1f} s old"


class OldestCheck:
    """Measures continuously how many seconds ago the task was checked that has waited longest.

    While the database does not answer nothing is measured; afterwards the age has grown by that time.
    """

    def __init__(self, database: ClusterDatabase) -> None:
        self._most = 0.0
        self._began = _seconds_waited()
        self._database = database
        self._ending = Event()
        self._thread = Thread(target=self._measure)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    @property
    def age(self) -> Age:
        """What was measured since the begin."""
        return Age(self._most, _seconds_waited() - self._began)

    def begin(self) -> None:
        """Forget what was measured so far."""
        self._most, self._began = 0.0, _seconds_waited()

    def _measure(self) -> None:
        while not self._ending.wait(PAUSE):
            self._most = max(self._most, self._database.oldest_check() or 0.0)


def _seconds_waited() -> float:
    """Return the seconds since the start of the machine in which a process waited for a processor.

    0 if the kernel does not count them.
    """
    found = _TOTAL.search(_PRESSURE.read_text("ascii")) if _PRESSURE.exists() else None
    return int(found[1]) / 1_000_000 if found else 0.0
