"""A standby of a PostgreSQL server, which can lag behind and take its place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.eventually import eventually
from tests.support.faulty_link import FaultyLink, Manner
from tests.support.postgres import USER, Cluster, run_as_server

_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
primary_conninfo = 'host=127.0.0.1 port={port} user=pinger application_name=standby'
fsync = off
max_connections = 100
"""


class Standby:
    """It follows its primary through a link of its own, so that it can be made to lag."""

    def __init__(self, folder: Path, link: FaultyLink) -> None:
        self.folder = folder
        self._link = link

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return self.folder / ".s.PGSQL.5432"

    def lag(self) -> None:
        """Receive nothing more from the primary."""
        self._link.turn(Manner.SILENT)

    def promote(self) -> None:
        """Become a primary, without what has not arrived."""
        self._link.turn(Manner.REFUSING)
        run_as_server("pg_ctl", "-D", self.folder / "data", "-w", "promote")


@contextmanager
def running_standby(primary: Cluster) -> Iterator[Standby]:
    """Run a standby that has all that the primary has, and follows it."""
    folder = Path(tempfile.mkdtemp(prefix="pinger-standby-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    data = folder / "data"
    with FaultyLink(primary.socket) as link:
        source = ["-h", str(primary.folder), "-U", "pinger"]
        run_as_server("pg_basebackup", *source, "-D", data, "--no-sync", "--checkpoint=fast")
        with (data / "postgresql.auto.conf").open("a", encoding="ascii") as file:
            file.write(_SETTINGS.format(folder=folder, port=link.port))
        (data / "standby.signal").touch()
        run_as_server("pg_ctl", "-D", data, "-l", folder / "log", "-w", "start")
        try:
            standby = Standby(folder, link)
            eventually(standby.socket.is_socket, "the standby")
            yield standby
        finally:
            run_as_server("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
            shutil.rmtree(folder)
