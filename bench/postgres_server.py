"""A PostgreSQL server for a bench, in a temporary folder, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from bench.errors import BenchError
from bench.process import children, whole_cpu_seconds

# Debian keeps its servers, one folder a version, where no PATH leads.
_BINARIES = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    *(Path(found).parent for found in [shutil.which("initdb")] if found),
]

# The server refuses to be run by root; Debian's packages bring this user along.
_USER = "postgres"

# As a server is set up, but for its disk, which the machine of a bench shares with everything else. There is
# one checkpoint, at the start: WAL is measured without the images of pages that follow each checkpoint.
_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "off",
    "max_wal_size": "20GB",
    "checkpoint_timeout": "1h",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with one empty database."""

    folder: Path
    pid: int

    @property
    def url(self) -> str:
        """The URL of the database."""
        return f"postgresql+psycopg:///postgres?host={self.folder}&user=pinger"

    def number(self, question: str) -> float:
        """Return the number that a query returns, 0 for none."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                return float(connection.exec_driver_sql(question).scalar() or 0)
        finally:
            engine.dispose()

    def cpu_seconds(self) -> float:
        """Return the processor time of all processes of the server so far."""
        return sum(whole_cpu_seconds(each) for each in (self.pid, *children(self.pid)))

    def wal_bytes(self) -> float:
        """Return how much was written ahead so far."""
        return self.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server for as long as this lasts; raises BenchError if PostgreSQL is not installed."""
    if not _BINARIES:
        raise BenchError(["PostgreSQL is not installed (apt-get install postgresql)"])
    folder = Path(tempfile.mkdtemp(prefix="py-pinger-bench-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _USER)
    data = folder / "data"
    _run("initdb", "-D", data, "-U", "pinger", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    _run("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield Server(folder, int((data / "postmaster.pid").read_text("utf-8").split()[0]))
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _run(program: str, *arguments: str | Path) -> None:
    user = _USER if os.geteuid() == 0 else None
    command = [_BINARIES[0] / program, *arguments]
    done = subprocess.run(command, user=user, cwd="/", stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise BenchError([f"{program} failed with exit code {done.returncode}"])
