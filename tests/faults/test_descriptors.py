"""Few file descriptors: as many as systems allow by default, and none left."""

from __future__ import annotations

import resource
from pathlib import Path

from tests.faults import consistency
from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.faults.privileges import with_descriptors
from tests.faults.profile import Profile
from tests.faults.scenario import Scenario
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.program import Pinger

TINY = 64

# Seconds between two checks of one of many tasks.
INTERVAL = 3


def test_more_hosts_than_descriptors(tmp_path: Path, profile: Profile, measure: Measure) -> None:
    """With more hosts than descriptors, all are checked again and again, and all are ok."""
    database = tmp_path / "pinger.db"
    with ManyTasks(profile.busy_hosts) as many_tasks:
        write_ini(tmp_path, watching(*many_tasks.urls, interval=INTERVAL))
        with Pinger(tmp_path, inside=with_descriptors(profile.descriptors)):
            eventually(
                lambda: all(pings >= 2 for pings, _ in consistency.counters(database).values()), "two rounds"
            )
            standing = consistency.statuses(database)
    counts = consistency.counters(database)
    assert len(standing) == profile.busy_hosts > profile.descriptors
    assert {status for status, _ in standing.values()} == {"ok"}
    assert {errors for _, errors in counts.values()} == {0}
    checks = sum(pings for pings, _ in counts.values())
    measure(f"{profile.descriptors} descriptors, {profile.busy_hosts} hosts, {checks} checks ok")


def test_hardly_any_descriptors(scenario: Scenario, measure: Measure) -> None:
    """With 64 descriptors a few tasks are monitored as usual."""
    with scenario.pinger(inside=with_descriptors(TINY)):
        scenario.wait_for(scenario.tasks.fail(scenario.tasks.urls[0]))
        scenario.wait_until_checked()
        scenario.wait_until_delivered()
        scenario.recover_all()
        scenario.wait_until_delivered()
    scenario.assert_consistent()
    measure(f"{TINY} descriptors, {len(scenario.tasks.urls)} tasks; each failure notified once")


def test_no_descriptor_left(scenario: Scenario, measure: Measure) -> None:
    """While no connection can be opened tasks are unknown with the reason, not in error; then they are ok."""
    with scenario.pinger() as pinger:
        scenario.wait_until_well()
        before = resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE, (1, before[1]))
        eventually(
            lambda: {status for status, _ in consistency.statuses(scenario.database).values()} == {"unknown"},
            "all to be unknown",
        )
        reasons = {reason for _, reason in consistency.statuses(scenario.database).values()}
        resource.prlimit(pinger.process.pid, resource.RLIMIT_NOFILE, before)
        scenario.wait_until_well()
        scenario.wait_until_delivered()
    scenario.assert_consistent()
    assert len(reasons) == 1
    assert {errors for _, errors in consistency.counters(scenario.database).values()} == {0}
    measure(f"no descriptor left: unknown, {reasons.pop()}; no false alert")
