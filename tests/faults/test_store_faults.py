"""The database locked, read-only, out of room, removed, replaced and damaged while tasks fail and recover."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import sleep

from tests.faults.conftest import Measure
from tests.faults.parallel import at_once
from tests.faults.privileges import demand, mounting
from tests.faults.profile import Extent
from tests.faults.scenario import Stage, complaints, staged
from tests.support.eventually import eventually
from tests.support.program import Pinger

# Bytes of a file system that is soon full.
SMALL = 16 * 2**20

# Bytes that tell SQLite what a file is.
HEADER = 100

GARBAGE = b"\0garbage\xff" * 50

Fault = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Have another program write to it, and not come to an end."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def read_only(database: Path) -> Iterator[None]:
    """Let nobody write to its files, not even those who have them open."""
    files = [str(file) for file in database.parent.glob("pinger.db*")]
    done = subprocess.run(["chattr", "+i", *files], check=False, capture_output=True)
    try:
        demand(done.returncode == 0, "files cannot be made immutable here")
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=False, capture_output=True)


@contextmanager
def replaced(database: Path) -> Iterator[None]:
    """Put another database in its place, then itself again."""
    own = database.with_name("own")
    database.rename(own)
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE other (id INTEGER)")
    yield
    own.replace(database)


def test_a_store_that_takes_nothing(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """Checks go on, /healthz says why, and nothing is told; afterwards all is told, each failure once."""
    kinds = (locked, read_only, replaced) if extent.thorough else (locked, replaced)
    faults = [partial(_nothing_taken, tmp_path, extent, fault) for fault in kinds]
    for sentence in at_once(partial(_no_room, tmp_path, extent), *faults):
        measure(sentence)


def test_a_file_that_comes_to_harm(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """Removed, it is written again and nothing is lost; damaged, it is set aside and watching goes on."""
    stories = (_removed, _damaged, _damaged_before) if extent.thorough else (_removed, _damaged)
    for sentence in at_once(*(partial(story, tmp_path) for story in stories)):
        measure(sentence)


def _nothing_taken(folder: Path, extent: Extent, fault: Fault) -> str:
    with staged(folder / fault.__name__) as stage, stage.pinger() as pinger:
        eventually(lambda: stage.slack.delivered, "the greeting")
        stage.wait_until_well()
        with fault(stage.database):
            complaint = _fail_meanwhile(stage, extent, pinger)
        _hold_afterwards(stage, pinger)
        stage.hold()
    return f"{fault.__name__} for {extent.outage:.0f} s; /healthz: {complaint}"


def _no_room(folder: Path, extent: Extent) -> str:
    """Fill the file system, a small one of the process's own."""
    with staged(folder / "full") as stage:
        mount = stage.folder / "small"
        mount.mkdir()
        stage.configure(database=f"sqlite:///{mount}/pinger.db")
        inside = mounting(f"mount -t tmpfs -o size={SMALL} small {mount}")
        with stage.pinger(inside=inside) as pinger:
            # What is open stays there when the process and its mounts are gone.
            small = os.open(f"/proc/{pinger.process.pid}/root{mount}", os.O_DIRECTORY)
            seen = Path(f"/proc/self/fd/{small}")
            eventually(lambda: stage.slack.delivered, "the greeting")
            pinger.judged()
            _fill(seen / "filler")
            complaint = _fail_meanwhile(stage, extent, pinger)
            (seen / "filler").unlink()
            stage.wait_until_told()
            stage.chores.failing.clear()
            stage.wait_until_told()
            eventually(lambda: not complaints(pinger), "health")
            assert pinger.stop() == 0
        shutil.copy(seen / "pinger.db", stage.database)
        os.close(small)
        stage.hold()
    return f"full for {extent.outage:.0f} s; /healthz: {complaint}"


def _removed(folder: Path) -> str:
    with staged(folder / "removed") as stage, stage.pinger() as pinger:
        stage.wait_for(stage.chores.fail(stage.chores.urls[0]))
        stage.wait_until_told()
        for suffix in ("", "-wal", "-shm"):
            stage.database.with_name(f"pinger.db{suffix}").unlink()
        stage.wait_for(stage.chores.fail(stage.chores.urls[1]))
        _hold_afterwards(stage, pinger)
        stage.hold()
    return "removed while running: written again, each failure told once"


def _damaged(folder: Path) -> str:
    with staged(folder / "damaged") as stage, stage.pinger() as pinger:
        stage.wait_for(stage.chores.fail(stage.chores.urls[0]))
        stage.wait_until_told()
        _damage(stage.database, HEADER)
        _damage(stage.database.with_name("pinger.db-wal"))
        # What is damaged shows when it is read.
        eventually(lambda: _read(pinger) and "was damaged" in pinger.output, "the damage to be found")
        stage.wait_for(stage.chores.fail(stage.chores.urls[1]))
        _hold_afterwards(stage, pinger)
        return f"damaged while running: {_held_after_damage(stage)}"


def _read(pinger: Pinger) -> int:
    return pinger.get("/incidents").status


def _damaged_before(folder: Path) -> str:
    with staged(folder / "before") as stage:
        with stage.pinger():
            stage.wait_for(stage.chores.fail(stage.chores.urls[0]))
            stage.wait_until_told()
        _damage(stage.database)
        with stage.pinger() as pinger:
            assert "was damaged" in pinger.output
            stage.wait_for(stage.chores.reasons[0])
            _hold_afterwards(stage, pinger)
        return f"damaged before a start: {_held_after_damage(stage)}"


def _held_after_damage(stage: Stage) -> str:
    """Hold that people know all; alerts that the lost database knew of may come twice."""
    heard = stage.told()
    assert list(stage.folder.glob("pinger.db.damaged-*"))
    assert heard.lacking(stage.chores.reasons) == heard.repeated(2) == []
    assert heard.known == set(stage.chores.reasons)
    return f"set aside, no failure lost, {len(heard.repeated())} of {len(heard.known)} told twice"


def _fail_meanwhile(stage: Stage, extent: Extent, pinger: Pinger) -> str:
    """Let a failure come and go, and another one stay; return what /healthz complains of."""
    coming, staying, *_ = stage.chores.urls
    messages = len(stage.slack.delivered)
    passed = stage.chores.fail(coming)
    stage.chores.fail(staying)
    eventually(lambda: _shown(pinger, coming) == passed or complaints(pinger), "the failure or its trouble")
    stage.wait_until_checked()
    stage.chores.mend(coming)
    complaint = eventually(lambda: _about_writing(pinger), "the trouble to be told")[0]
    sleep(extent.outage)
    stage.wait_until_checked()
    assert len(stage.slack.delivered) == messages
    return complaint.partition(": ")[2]


def _about_writing(pinger: Pinger) -> list[str]:
    return [each for each in complaints(pinger) if "our writing" in each]


def _shown(pinger: Pinger, url: str) -> object:
    return pinger.rows()[url]["reason"]


def _hold_afterwards(stage: Stage, pinger: Pinger) -> None:
    """Hold that it goes on as if nothing had been."""
    stage.wait_until_told()
    stage.mend_all()
    stage.wait_until_told()
    eventually(lambda: not complaints(pinger), "health")


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def _damage(file: Path, length: int | None = None) -> None:
    """Write over so many bytes of the beginning, or over all."""
    size = length or file.stat().st_size
    with file.open("r+b", buffering=0) as damaged:
        damaged.write((GARBAGE * (size // len(GARBAGE) + 1))[:size])
        os.fsync(damaged.fileno())
