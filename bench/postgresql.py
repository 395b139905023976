"""A PostgreSQL server on a socket of a temporary folder, by the programs of Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import create_engine

from bench.errors import BenchError
from bench.process import children, whole_cpu_seconds

# Root may not run the server; Debian's package brings this user.
_USER = "postgres"

# The name of the superuser of the server, who needs no password.
_OWNER = "pinger"


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed, if there is any."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


_AS_NEW: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its first process, and the URL of an empty database."""

    pid: int
    url: str

    def number(self, question: str) -> float:
        """Return the number that a query returns, 0 for none."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return float(connection.exec_driver_sql(question).scalar() or 0)
        finally:
            engine.dispose()

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Sequence[Sequence[Any]]]]:
        """Stay connected; what comes back returns the rows of a query."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield lambda question: [tuple(row) for row in connection.exec_driver_sql(question)]
        finally:
            engine.dispose()

    def cpu_seconds(self) -> float:
        """Return the processor time of all processes of the server so far."""
        return sum(whole_cpu_seconds(each) for each in (self.pid, *children(self.pid)))

    def wal_bytes(self) -> float:
        """Return how much was written ahead so far."""
        return self.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")


@contextmanager
def running_server(programs: Path, settings: Mapping[str, object] = _AS_NEW) -> Iterator[Server]:
    """Run a server with the settings of a new one but for these."""
    folder = Path(mkdtemp(prefix="py-pinger-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", _OWNER, "-A", "trust", "-E", "UTF8")
        options = " ".join(
            ["-h ''", f"-k {folder}", *(f"-c {name}={value}" for name, value in settings.items())]
        )
        _run(programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            pid = int((data / "postmaster.pid").read_text("utf-8").split()[0])
            yield Server(pid, f"postgresql+psycopg:///postgres?host={folder}&user={_OWNER}")
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _run(*command: str | Path) -> None:
    user = _USER if os.geteuid() == 0 else None
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError([f"{command[0]}: {done.stderr.strip()}"])
