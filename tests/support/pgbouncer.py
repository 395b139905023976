"""A real PgBouncer for the tests, which gives each transaction any of its sessions."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest
from sqlalchemy import make_url
from tests.support.eventually import eventually
from tests.support.postgres import USER, Cluster

# Debian puts it where only root's PATH leads.
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

behind_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None and not os.environ.get("CI"),
    reason="PgBouncer is not installed (apt-get install pgbouncer)",
)

_CONFIG = """
[databases]
* = host={server} user=pinger
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 3
logfile =
pidfile = {folder}/pid
"""


_SOCKET = ".s.PGSQL.6432"


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer, and the URL of a database behind it."""

    url: str
    process: subprocess.Popen[bytes]
    socket: Path

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have it accept whatever it is sent and answer nothing, as a network that lost its other side."""
        self.process.send_signal(SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(SIGCONT)


@contextmanager
def pgbouncer(cluster: Cluster, database_url: str) -> Iterator[Pooler]:
    """Run PgBouncer in front of a database; as the server, it refuses to be run by root."""
    assert PGBOUNCER is not None, "PgBouncer has to be installed in CI"
    folder = cluster.folder / "pooler"
    folder.mkdir(exist_ok=True)
    config = folder / "pgbouncer.ini"
    config.write_text(_CONFIG.format(server=cluster.folder, folder=folder), "utf-8")
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    user = USER if os.geteuid() == 0 else None
    with subprocess.Popen([PGBOUNCER, "-q", config], user=user, stderr=-3, cwd="/") as process:
        try:
            eventually(lambda: _listens(folder), "PgBouncer")
            name = make_url(database_url).database
            yield Pooler(
                f"postgresql+psycopg:///{name}?host={folder}&port=6432&user=pinger", process, folder / _SOCKET
            )
        finally:
            process.terminate()


def _listens(folder: Path) -> bool:
    with suppress(OSError):
        return (folder / _SOCKET).is_socket()
    return False
