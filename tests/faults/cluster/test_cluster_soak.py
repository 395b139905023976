"""Kills, stops and pauses of four nodes in random order, one after the other, during a stream of failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, TAKE_OVER, ClusterScenario, new_cluster
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.cluster.oldest_check import Age, OldestCheck
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.profile import Profile

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

Fault = Callable[[NodeProcess, Random], None]

NAMES = "abcd"

# Seconds for which a task stays as it is at most.
LONGEST_STAY = 10.0

# Seconds for which a node is gone, or suspended, at most: some are back before they are missed.
LONGEST = 14.0

# Seconds between two faults at most; the nodes need not have settled.
BETWEEN = 4.0

# Seconds until all nodes have their shares again, at most, on a busy machine.
SETTLED = 120.0

# Faults after which the database is searched for inconsistencies.
SEARCH = 10


def test_soak(
    tmp_path: Path, profile: Profile, dice: Random, measure: Measure, pytestconfig: pytest.Config
) -> None:
    """No failure is lost, invented or out of order; a fault repeats at most one message of each channel."""
    faults = _shuffled(profile, dice)
    minutes = pytestconfig.getoption("--minutes", default=None) or len(faults)
    with new_cluster(tmp_path, NAMES) as cluster:
        cluster.webhooks.hold = 0.1
        cluster.start()
        with FailureStream(cluster, dice, LONGEST_STAY) as stream:
            ages = _do(cluster, faults, dice, monotonic() + 60 * minutes)
            stream.end()
        cluster.finish()
        measure(_sentence(cluster, faults[: len(ages)], ages))
        cluster.assert_exact(repeated=len(ages))
    for age in ages:
        age.assert_at_most(TAKE_OVER + INTERVAL)


def _shuffled(profile: Profile, dice: Random) -> list[Fault]:
    kinds = ((_kill, profile.node_kills), (_stop, profile.node_stops), (_pause, profile.node_pauses))
    faults: list[Fault] = [fault for fault, times in kinds for _ in range(times)]
    dice.shuffle(faults)
    return faults


def _do(cluster: ClusterScenario, faults: list[Fault], dice: Random, until: float) -> list[Age]:
    """Do faults until a moment; return the age of the oldest check at each."""
    ages: list[Age] = []
    with OldestCheck(cluster.database) as measurement:
        for number, fault in enumerate(faults, 1):
            if monotonic() > until:
                break
            cluster.wait_until_checked(1, SETTLED)
            measurement.begin()
            name = dice.choice(NAMES)
            fault(cluster.nodes[name], dice)
            cluster.wait_until_shared(*NAMES, within=SETTLED)
            age = measurement.age
            ages.append(age)
            # How far it came, if it fails.
            print(f"{number} {fault.__name__} {name}: oldest check {age.oldest:.1f} s")  # noqa: T201
            sleep(dice.uniform(0, BETWEEN))
            if number % SEARCH == 0:
                assert cluster.database.flaws() == []
    return ages


def _sentence(cluster: ClusterScenario, faults: list[Fault], ages: list[Age]) -> str:
    counts = Counter(fault.__name__.removeprefix("_") for fault in faults)
    kinds = ", ".join(f"{counts[kind]} {kind}s" for kind in ("kill", "stop", "pause"))
    messages, problems = len(cluster.webhooks.received), len(cluster.problems(len(faults)))
    repeated = sum(len(channel.repeated) for channel in cluster.received().values())
    oldest = sorted(age.oldest for age in ages)
    late = sum(age > TAKE_OVER + INTERVAL for age in oldest)
    return (
        f"{kinds} over 4 nodes; {len(cluster.tasks.reasons)} failures in {messages} messages to two "
        f"channels: {problems} problems, {repeated} messages repeated; the oldest check {oldest[-1]:.1f} s, "
        f"{oldest[len(oldest) // 2]:.1f} s in the median of the faults, too old in {late} of them"
    )


def _kill(node: NodeProcess, dice: Random) -> None:
    """Kill a node, and start it again at once or after a while."""
    node.kill()
    sleep(dice.choice((0.0, dice.uniform(0, LONGEST))))
    node.start()


def _stop(node: NodeProcess, dice: Random) -> None:
    """Stop a node by SIGTERM, and start it again."""
    node.stop()
    sleep(dice.uniform(0, BETWEEN))
    node.start()


def _pause(node: NodeProcess, dice: Random) -> None:
    """Suspend a node for less than its lease, or for longer."""
    with node.paused():
        sleep(dice.uniform(0.2, LONGEST))
