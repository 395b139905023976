"""What Py Pinger has written, read from its database without troubling the program."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_VERDICTS = "SELECT url, status, cause FROM task WHERE monitored"
_TABLES = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'task'"
_NOTICES = "SELECT task.url, notice.kind FROM notice JOIN task ON task.id = notice.task_id ORDER BY notice.id"
_SIZES = "SELECT tbl_name, SUM(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name"

# Runs of a task in an hour that runs as often as most do, every ten minutes.
RUNS_AN_HOUR = 6


@dataclass(frozen=True, slots=True)
class Database:
    """The database file of a program that may be running."""

    file: Path

    def checks(self) -> int:
        """Return how many checks have been made in all; none before the program has made its tables."""
        if not self._number(_TABLES):
            return 0
        return self._number("SELECT COALESCE(SUM(pings), 0) FROM task WHERE monitored")

    def judged(self) -> int:
        """Return how many tasks have a verdict."""
        return self._number("SELECT COUNT(*) FROM task WHERE monitored AND pings > 0")

    def with_status(self, status: str) -> int:
        """Return how many tasks have this status."""
        return self._number("SELECT COUNT(*) FROM task WHERE monitored AND status = ?", status)

    def verdicts(self) -> dict[str, tuple[str, str | None]]:
        """Return the status and cause of each task."""
        with self._open() as database:
            return {url: (status, cause) for url, status, cause in database.execute(_VERDICTS)}

    def notices(self) -> dict[str, tuple[str, ...]]:
        """Return the kinds of each task's notices, in their order."""
        kinds: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        with self._open() as database:
            for url, kind in database.execute(_NOTICES):
                kinds[url] += (kind,)
        return kinds

    def undelivered(self) -> int:
        """Return how many deliveries have not come to their happy end."""
        return self._number("SELECT COUNT(*) FROM delivery WHERE state <> 'delivered'")

    def size_mib(self) -> float:
        """Return what the database takes on the disk, with what waits in its log of writes."""
        log = self.file.with_name(f"{self.file.name}-wal")
        return sum(file.stat().st_size for file in (self.file, log) if file.exists()) / 2**20

    def growth_an_hour(self) -> float:
        """Return the bytes that a task which runs every ten minutes adds in an hour.

        That is a row of latencies and six rows of runs, at what such rows take on the average.
        """
        with self._open() as database:
            sizes: dict[str, int] = dict(database.execute(_SIZES))
        return self._row("latency", sizes) + RUNS_AN_HOUR * self._row("run", sizes)

    def _row(self, table: str, sizes: dict[str, int]) -> float:
        return sizes[table] / max(1, self._number(f"SELECT COUNT(*) FROM {table}"))  # noqa: S608 - two constants

    def _number(self, question: str, *values: str) -> int:
        with self._open() as database:
            number: int = database.execute(question, values).fetchone()[0]
        return number

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)) as database:
            yield database
