"""Reports while the disk is full: none is acknowledged that is not stored."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from string import ascii_letters
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from tests.faults.conftest import Measure
from tests.faults.privileges import with_mounts
from tests.faults.small_disk import SMALL_DISK, fill, filler_of, small_disk_of_server
from tests.support.config_files import write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import PUSH_KEY
from tests.support.postgres import BINARIES, running_cluster
from tests.support.program import Pinger
from tests.support.push_tasks import Reply, exchange, receiving, request

from py_pinger.core.model.push import LOG_KEPT

# Bytes of a file system that is soon full.
SMALL = 8 * 2**20
SMALL_SERVER = 32 * 2**20

# Reports of 10 kB that find no room. Sent again they are fewer than ten: failures beyond that are one run.
FAILURES = 3


def test_a_full_disk_loses_no_acknowledged_report(tmp_path: Path, measure: Measure) -> None:
    """A report is answered by 503 and when to try again, until there is room; no 200 is lost by a kill."""
    small = tmp_path / "small"
    small.mkdir()
    write_ini(tmp_path, receiving("job", database=f"sqlite:///{small}/pinger.db", interval=60))
    inside = with_mounts(f"mount -t tmpfs -o size={SMALL} small {small}")
    with Pinger(tmp_path, inside=inside) as pinger:
        # What is open stays there when the process and its mounts are gone.
        seen = Path(f"/proc/self/fd/{os.open(f'/proc/{pinger.process.pid}/root{small}', os.O_DIRECTORY)}")
        fill(seen / "filler")
        acknowledged, rejected = _report_without_room(pinger)
        assert rejected
        eventually(lambda: "disk is full" in pinger.get("/healthz").body.decode(), "the problem")
        (seen / "filler").unlink()
        acknowledged |= _report_again(pinger, rejected)
        pinger.kill()
        for name in ("pinger.db", "pinger.db-wal"):
            shutil.copy(seen / name, tmp_path)
        with closing(sqlite3.connect(tmp_path / "pinger.db")) as database:
            stored = [rid for (rid,) in database.execute("SELECT rid FROM run WHERE rid IS NOT NULL")]
    measure(f"{len(rejected)} reports answered by 503, all stored when they were sent again")
    assert sorted(stored) == sorted(acknowledged)


@pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed (apt-get install postgresql)")
def test_a_full_disk_of_postgresql_loses_no_acknowledged_report(tmp_path: Path, measure: Measure) -> None:
    """The same where the server's disk is full."""
    with running_cluster(small_disk_of_server(SMALL_SERVER)) as cluster:
        database = cluster.empty_database(cluster.folder / SMALL_DISK)
        filler = filler_of(cluster)
        write_ini(tmp_path, receiving("job", database=database, interval=60))
        with Pinger(tmp_path) as pinger:
            fill(filler)
            acknowledged, rejected = _report_without_room(pinger)
            assert rejected
            assert "No space left on device" in pinger.get("/healthz").body.decode()
            filler.unlink()
            acknowledged |= _report_again(pinger, rejected)
            pinger.kill()
        engine = create_engine(database)
        with engine.connect() as connection:
            stored = connection.execute(text("SELECT rid FROM run WHERE rid IS NOT NULL")).scalars().all()
        engine.dispose()
    measure(f"{len(rejected)} reports answered by 503, all stored when they were sent again")
    assert sorted(stored) == sorted(acknowledged)


def _report_without_room(pinger: Pinger) -> tuple[set[str], list[str]]:
    """Send reports; return the runs of those that are acknowledged, and of those that are not."""
    acknowledged, rejected = set[str](), list[str]()
    for _ in range(FAILURES):
        rid = str(uuid4())
        reply = _fail(pinger, rid)
        if reply.status == 503:
            assert "\r\nRetry-After: 5\r\n" in reply.head
            rejected.append(rid)
        else:
            assert reply.status == 200
            acknowledged.add(rid)
    return acknowledged, rejected


def _report_again(pinger: Pinger, rejected: Sequence[str]) -> set[str]:
    """Send reports again, once there is room; return the runs of those that are acknowledged."""
    eventually(lambda: _fail(pinger, rejected[0]).status == 200, "room")
    acknowledged = {rid for rid in rejected if _fail(pinger, rid).status == 200}
    assert acknowledged >= {*rejected}
    return acknowledged


def _fail(pinger: Pinger, rid: str) -> Reply:
    path = f"/ping/{PUSH_KEY}/job/fail?rid={rid}"
    # Nothing that a database compresses.
    log = "".join(Random(rid).choices(ascii_letters, k=LOG_KEPT))  # noqa: S311 - not a secret
    return exchange(pinger.port, request("POST", path, log.encode()))
