"""Few file descriptors: as many as systems give by default, and none left at all."""

from __future__ import annotations

import resource
from pathlib import Path

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.many_tasks import Crowd
from tests.faults.privileges import limited
from tests.faults.profile import Extent
from tests.faults.scenario import Stage
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger

TINY = 64

# Seconds between two checks of one of many tasks.
INTERVAL = 3


def test_more_hosts_than_descriptors(tmp_path: Path, extent: Extent, measure: Measure) -> None:
    """With more hosts than descriptors, all are checked again and again, and all are ok."""
    database = tmp_path / "pinger.db"
    with Crowd(extent.busy_hosts) as crowd:
        write_ini(tmp_path, watching(*crowd.urls, interval=INTERVAL))
        with Pinger(tmp_path, inside=limited(extent.descriptors)):
            eventually(
                lambda: all(pings >= 2 for pings, _ in consistency.counters(database).values()), "two rounds"
            )
            standing = consistency.standing(database)
    counts = consistency.counters(database)
    assert len(standing) == extent.busy_hosts > extent.descriptors
    assert {status for status, _ in standing.values()} == {"ok"}
    assert {errors for _, errors in counts.values()} == {0}
    checks = sum(pings for pings, _ in counts.values())
    measure(f"{extent.descriptors} descriptors, {extent.busy_hosts} hosts, {checks} checks ok")


def test_hardly_any_descriptors(stage: Stage, measure: Measure) -> None:
    """With 64 descriptors a handful of tasks is watched as ever."""
    with stage.pinger(inside=limited(TINY)):
        stage.wait_for(stage.chores.fail(stage.chores.urls[0]))
        stage.wait_until_checked()
        stage.wait_until_told()
        stage.mend_all()
        stage.wait_until_told()
    stage.hold()
    measure(f"{TINY} descriptors, {len(stage.chores.urls)} tasks; each failure told once")


def test_no_descriptor_left(stage: Stage, measure: Measure) -> None:
    """While no connection can be opened tasks are unknown with the reason, not in error; then they are ok."""
    with stage.pinger() as pinger:
        stage.wait_until_well()
        before = resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE, (1, before[1]))
        eventually(
            lambda: {status for status, _ in consistency.standing(stage.database).values()} == {"unknown"},
            "all to be unknown",
        )
        reasons = {reason for _, reason in consistency.standing(stage.database).values()}
        resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE, before)
        stage.wait_until_well()
        stage.wait_until_told()
    stage.hold()
    assert len(reasons) == 1
    assert {errors for _, errors in consistency.counters(stage.database).values()} == {0}
    measure(f"no descriptor left: unknown, {reasons.pop()}; no false alert")
