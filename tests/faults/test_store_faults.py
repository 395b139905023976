"""The database locked, read-only, full, removed, replaced and damaged while tasks fail and recover."""

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
from tests.faults.parallel import in_parallel
from tests.faults.privileges import require, with_mounts
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario, complaints, new_scenario
from tests.support.eventually import eventually
from tests.support.program import Pinger

# Bytes of a file system that is soon full.
SMALL = 16 * 2**20

# Bytes of the header by which SQLite knows a database.
HEADER = 100

GARBAGE = b"\0garbage\xff" * 50

Fault = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Have another program keep a write transaction open."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def read_only(database: Path) -> Iterator[None]:
    """Make its files immutable, also for processes that have them open."""
    files = [str(file) for file in database.parent.glob("pinger.db*")]
    done = subprocess.run(["chattr", "+i", *files], check=False, capture_output=True)
    try:
        require(done.returncode == 0, "files cannot be made immutable here")
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


def test_a_store_that_cannot_be_written(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """Checks go on, /healthz says why, and nothing is sent; afterwards each failure is notified once."""
    kinds = (locked, read_only, replaced) if profile.thorough else (locked, replaced)
    faults = [partial(_nothing_taken, tmp_path, profile, fault) for fault in kinds]
    for sentence in in_parallel(partial(_no_room, tmp_path, profile), *faults):
        measure(sentence)


def test_a_removed_or_damaged_file(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """Removed, it is written again and nothing is lost; damaged, it is set aside and checks go on."""
    scenarios = (_removed, _damaged, _damaged_before) if profile.thorough else (_removed, _damaged)
    for sentence in in_parallel(*(partial(scenario, tmp_path) for scenario in scenarios)):
        measure(sentence)


def _nothing_taken(folder: Path, profile: Profile, fault: Fault) -> str:
    with new_scenario(folder / fault.__name__) as scenario, scenario.pinger() as pinger:
        eventually(lambda: scenario.slack.delivered, "the greeting")
        scenario.wait_until_well()
        with fault(scenario.database):
            complaint = _fail_meanwhile(scenario, profile, pinger)
        _hold_afterwards(scenario, pinger)
        scenario.assert_consistent()
    return f"{fault.__name__} for {profile.outage:.0f} s; /healthz: {complaint}"


def _no_room(folder: Path, profile: Profile) -> str:
    """Fill the file system, a small one of the process's own."""
    with new_scenario(folder / "full") as scenario:
        mount = scenario.folder / "small"
        mount.mkdir()
        scenario.configure(database=f"sqlite:///{mount}/pinger.db")
        inside = with_mounts(f"mount -t tmpfs -o size={SMALL} small {mount}")
        with scenario.pinger(inside=inside) as pinger:
            # What is open stays there when the process and its mounts are gone.
            small = os.open(f"/proc/{pinger.process.pid}/root{mount}", os.O_DIRECTORY)
            seen = Path(f"/proc/self/fd/{small}")
            eventually(lambda: scenario.slack.delivered, "the greeting")
            pinger.judged()
            _fill(seen / "filler")
            complaint = _fail_meanwhile(scenario, profile, pinger)
            (seen / "filler").unlink()
            scenario.wait_until_delivered()
            scenario.tasks.failing.clear()
            scenario.wait_until_delivered()
            eventually(lambda: not complaints(pinger), "health")
            assert pinger.stop() == 0
        shutil.copy(seen / "pinger.db", scenario.database)
        os.close(small)
        scenario.assert_consistent()
    return f"full for {profile.outage:.0f} s; /healthz: {complaint}"


def _removed(folder: Path) -> str:
    with new_scenario(folder / "removed") as scenario, scenario.pinger() as pinger:
        scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[0]))
        scenario.wait_until_delivered()
        for suffix in ("", "-wal", "-shm"):
            scenario.database.with_name(f"pinger.db{suffix}").unlink()
        scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[1]))
        _hold_afterwards(scenario, pinger)
        scenario.assert_consistent()
    return "removed while running: written again, each failure notified once"


def _damaged(folder: Path) -> str:
    with new_scenario(folder / "damaged") as scenario, scenario.pinger() as pinger:
        scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[0]))
        scenario.wait_until_delivered()
        _damage(scenario.database, HEADER)
        _damage(scenario.database.with_name("pinger.db-wal"))
        # What is damaged shows when it is read.
        eventually(lambda: _read(pinger) and "was damaged" in pinger.output, "the damage to be found")
        scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[1]))
        _hold_afterwards(scenario, pinger)
        return f"damaged while running: {_held_after_damage(scenario)}"


def _read(pinger: Pinger) -> int:
    return pinger.get("/incidents").status


def _damaged_before(folder: Path) -> str:
    with new_scenario(folder / "before") as scenario:
        with scenario.pinger():
            scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[0]))
            scenario.wait_until_delivered()
        _damage(scenario.database)
        with scenario.pinger() as pinger:
            assert "was damaged" in pinger.output
            scenario.wait_for(scenario.tasks.reasons[0])
            _hold_afterwards(scenario, pinger)
        return f"damaged before a start: {_held_after_damage(scenario)}"


def _held_after_damage(scenario: Scenario) -> str:
    """Assert that all was notified; alerts that the lost database knew of may come twice."""
    messages = scenario.received()
    assert list(scenario.folder.glob("pinger.db.damaged-*"))
    assert messages.missing(scenario.tasks.reasons) == messages.repeated(2) == []
    assert messages.known == set(scenario.tasks.reasons)
    return f"set aside, no failure lost, {len(messages.repeated())} of {len(messages.known)} notified twice"


def _fail_meanwhile(scenario: Scenario, profile: Profile, pinger: Pinger) -> str:
    """Let one failure come and go and another stay; return the problem on /healthz."""
    coming, staying, *_ = scenario.tasks.urls
    messages = len(scenario.slack.delivered)
    passed = scenario.tasks.fail(coming)
    scenario.tasks.fail(staying)
    eventually(lambda: _shown(pinger, coming) == passed or complaints(pinger), "the failure, or a problem")
    scenario.wait_until_checked()
    scenario.tasks.recover(coming)
    complaint = eventually(lambda: _about_writing(pinger), "the problem to be shown")[0]
    sleep(profile.outage)
    scenario.wait_until_checked()
    assert len(scenario.slack.delivered) == messages
    return complaint.partition(": ")[2]


def _about_writing(pinger: Pinger) -> list[str]:
    return [each for each in complaints(pinger) if "cannot write to the database" in each]


def _shown(pinger: Pinger, url: str) -> object:
    return pinger.rows()[url]["reason"]


def _hold_afterwards(scenario: Scenario, pinger: Pinger) -> None:
    """Assert that it goes on as before."""
    scenario.wait_until_delivered()
    scenario.recover_all()
    scenario.wait_until_delivered()
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
