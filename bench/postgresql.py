"""A PostgreSQL server on a socket of a temporary folder, by the programs of Debian's package."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from bench.errors import BenchError

# Root may not run the server; Debian's package brings this user.
_USER = "postgres"

# The name of the superuser of the server, who needs no password.
_OWNER = "pinger"


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed, if there is any."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Run a server with the settings of a new one; yield the URL of an empty database."""
    folder = Path(mkdtemp(prefix="py-pinger-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", _OWNER, "-A", "trust", "-E", "UTF8")
        options = f"-h '' -k {folder}"
        _run(programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql+psycopg:///postgres?host={folder}&user={_OWNER}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _run(*command: str | Path) -> None:
    user = _USER if os.geteuid() == 0 else None
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError([f"{command[0]}: {done.stderr.strip()}"])
