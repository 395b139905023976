"""Reports while the disk is full: none is acknowledged that is not stored."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from tests.faults.conftest import Measure
from tests.faults.privileges import with_mounts
from tests.support.config_files import write_ini
from tests.support.eventually import eventually
from tests.support.planted_secrets import PUSH_KEY
from tests.support.program import Pinger
from tests.support.push_tasks import Reply, exchange, receiving, request

# Bytes of a file system that is soon full, and of one write that fills it.
SMALL = 8 * 2**20
BLOCK = 4096

# Reports of 10 kB that find no room. Sent again they are fewer than ten: failures beyond that are one run.
FAILURES = 3


def test_a_full_disk_loses_no_acknowledged_report(tmp_path: Path, measure: Measure) -> None:
    """A report is answered by 503 and when to try again, until there is room; no 200 is lost by a kill."""
    small = tmp_path / "small"
    small.mkdir()
    write_ini(tmp_path, receiving("job", database=f"sqlite:///{small}/pinger.db", interval=60))
    inside = with_mounts(f"mount -t tmpfs -o size={SMALL} small {small}")
    acknowledged, rejected = set[str](), list[str]()
    with Pinger(tmp_path, inside=inside) as pinger:
        # What is open stays there when the process and its mounts are gone.
        seen = Path(f"/proc/self/fd/{os.open(f'/proc/{pinger.process.pid}/root{small}', os.O_DIRECTORY)}")
        _fill(seen / "filler")
        for _ in range(FAILURES):
            rid = str(uuid4())
            reply = _fail(pinger, rid)
            if reply.status == 503:
                assert "\r\nRetry-After: 5\r\n" in reply.head
                rejected.append(rid)
            else:
                assert reply.status == 200
                acknowledged.add(rid)
        assert rejected
        assert "disk is full" in pinger.get("/healthz").body.decode()
        (seen / "filler").unlink()
        eventually(lambda: _fail(pinger, rejected[0]).status == 200, "room")
        acknowledged |= {rid for rid in rejected if _fail(pinger, rid).status == 200}
        assert acknowledged >= {*rejected}
        pinger.kill()
        for name in ("pinger.db", "pinger.db-wal"):
            shutil.copy(seen / name, tmp_path)
        with closing(sqlite3.connect(tmp_path / "pinger.db")) as database:
            stored = [rid for (rid,) in database.execute("SELECT rid FROM run WHERE rid IS NOT NULL")]
    measure(f"{len(rejected)} reports answered by 503, all stored when they were sent again")
    assert sorted(stored) == sorted(acknowledged)


def _fail(pinger: Pinger, rid: str) -> Reply:
    path = f"/ping/{PUSH_KEY}/job/fail?rid={rid}"
    return exchange(pinger.port, request("POST", path, rid.encode() * 300))


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(BLOCK))
        except OSError:
            return
