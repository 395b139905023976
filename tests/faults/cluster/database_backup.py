"""A backup of a PostgreSQL server, taken while it runs, and restored while nodes use it."""

from __future__ import annotations

from pathlib import Path

from tests.support.postgres import Cluster, run_as_server


def back_up(server: Cluster) -> Path:
    """Return a copy of all that a running server has."""
    copy = server.folder / "backup"
    source = ["-h", str(server.folder), "-U", "pinger"]
    run_as_server("pg_basebackup", *source, "-D", copy, "--no-sync", "--checkpoint=fast")
    return copy


def restore(server: Cluster, backup: Path) -> None:
    """Stop a server, and start it again with a backup: what was written since then is gone."""
    data = server.folder / "data"
    with server.is_down():
        data.rename(server.folder / "replaced")
        backup.rename(data)
