"""kill -9 while tasks report 200 times a second."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from time import sleep

import pytest
from sqlalchemy import TextClause, create_engine, text
from tests.faults.conftest import Measure
from tests.faults.profile import Profile
from tests.faults.push_stream import TASKS, PushStream, slug
from tests.support.config_files import write_ini
from tests.support.eventually import eventually
from tests.support.postgres import BINARIES, running_cluster
from tests.support.program import Pinger
from tests.support.push_tasks import receiving
from tests.support.task_server import unused_port

# Seconds from the start, or from when it listens, to the kill.
LATEST = 1.5

SEEN = text("SELECT url, seen FROM push JOIN task ON task.id = push.task_id")
RUNS = text("SELECT rid, exit_code FROM run WHERE rid IS NOT NULL")


def test_kills_lose_no_ping(tmp_path: Path, profile: Profile, dice: Random, measure: Measure) -> None:
    """With SQLite, no ping that got 200 is lost, and none counts twice."""
    measure(_kill(tmp_path, f"sqlite:///{tmp_path}/pinger.db", profile.push_kills, dice))


@pytest.mark.skipif(not BINARIES, reason="PostgreSQL is not installed (apt-get install postgresql)")
def test_kills_lose_no_ping_on_postgresql(
    tmp_path: Path, profile: Profile, dice: Random, measure: Measure
) -> None:
    """The same with PostgreSQL."""
    with running_cluster() as cluster:
        measure(_kill(tmp_path, cluster.empty_database(), profile.push_kills, dice))


def _kill(folder: Path, database: str, kills: int, dice: Random) -> str:
    port = unused_port()
    sections = receiving(*map(slug, range(TASKS)), port=port, database=database, interval=60)
    write_ini(folder, sections)
    pinger = Pinger(folder)
    with PushStream(port, dice) as stream:
        for number in range(kills):
            before = len(stream.acknowledged)
            _live_and_die(pinger, stream, dice, starting=number % 4 == 1)
            recent, remembered = stream.since(before), _remembered(database)
            assert [marks for marks in remembered.values() if len({*marks}) < len(marks)] == []
            assert [ping for ping in recent if ping.mark not in remembered.get(ping.slug, ())] == []
        pinger.start()
        _wait_for_pings(pinger, stream)
        stream.end()
        assert pinger.stop() == 0
    pinger.hold_secrets()
    runs = _stored_runs(database)
    acknowledged = stream.acknowledged
    failed = {rid: [ping.code] for rid, ping in acknowledged.items() if ping.code}
    assert {rid: codes for rid, codes in runs.items() if len(codes) > 1} == {}
    # Successes that come so soon after each other are thinned out in the history.
    assert {rid: codes for rid, codes in runs.items() if codes != [0]} == failed
    assert runs.keys() <= acknowledged.keys()
    assert stream.unexpected == set()
    return (
        f"{kills} kills, {len(acknowledged)} pings acknowledged, {stream.unanswered} not answered "
        f"and {stream.repeated} sent again although they were: none lost, none counted twice"
    )


def _live_and_die(pinger: Pinger, stream: PushStream, dice: Random, *, starting: bool) -> None:
    pinger.start()
    if not starting:
        _wait_for_pings(pinger, stream)
    sleep(dice.uniform(0, LATEST))
    assert pinger.process.poll() is None, pinger.output
    pinger.kill()
    pinger.hold_secrets()


def _wait_for_pings(pinger: Pinger, stream: PushStream) -> None:
    """Wait until pings are acknowledged again."""
    before = len(stream.acknowledged)
    eventually(lambda: len(stream.acknowledged) > before or pinger.process.poll(), "pings")


def _remembered(database: str) -> dict[str, list[str]]:
    """Return the last pings of each task, which the program remembers so that each counts once."""
    return {str(url).removeprefix("push:"): json.loads(str(seen)) for url, seen in _rows(database, SEEN)}


def _stored_runs(database: str) -> dict[str, list[int]]:
    """Return the exit codes of each run that is stored, by its id; one run has one of them."""
    found: dict[str, list[int]] = {}
    for rid, code in _rows(database, RUNS):
        found.setdefault(str(rid), []).append(int(str(code)))
    return found


def _rows(database: str, query: TextClause) -> list[tuple[object, ...]]:
    engine = create_engine(database)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    return rows
