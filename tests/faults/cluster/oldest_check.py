"""The age of the oldest check, measured while something goes wrong."""

from __future__ import annotations

from threading import Event, Thread
from typing import Self

from tests.faults.cluster.cluster_database import ClusterDatabase

# Seconds between two measurements.
PAUSE = 0.2


class OldestCheck:
    """Measures continuously how many seconds ago the task was checked that has waited longest.

    While the database does not answer nothing is measured; afterwards the age has grown by that time.
    """

    def __init__(self, database: ClusterDatabase) -> None:
        self.most = 0.0
        self._database = database
        self._ending = Event()
        self._thread = Thread(target=self._measure)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def begin(self) -> None:
        """Forget what was measured so far."""
        self.most = 0.0

    def _measure(self) -> None:
        while not self._ending.wait(PAUSE):
            self.most = max(self.most, self._database.oldest_check() or 0.0)
