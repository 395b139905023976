"""Kills, stops and pauses of four nodes in random order, one after the other, during a stream of failures."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, TAKE_OVER, new_cluster
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.cluster.oldest_check import OldestCheck
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.profile import Profile

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

NAMES = "abcd"

# Seconds for which a task stays as it is at most.
LONGEST_STAY = 10.0

# Seconds for which a node is gone, or suspended, at most: some are back before they are missed.
LONGEST = 14.0

# Seconds between two faults at most; the nodes need not have settled.
BETWEEN = 4.0

# Faults after which the database is searched for inconsistencies.
SEARCH = 10


def test_soak(tmp_path: Path, profile: Profile, dice: Random, measure: Measure) -> None:
    """No failure is lost, invented or out of order; a fault repeats at most one message of each channel."""
    faults = [
        *[_kill] * profile.node_kills,
        *[_stop] * profile.node_stops,
        *[_pause] * profile.node_pauses,
    ]
    dice.shuffle(faults)
    ages: list[float] = []
    with new_cluster(tmp_path, NAMES) as cluster:
        cluster.webhooks.hold = 0.1
        cluster.start()
        with OldestCheck(cluster.database) as age, FailureStream(cluster, dice, LONGEST_STAY) as stream:
            for number, fault in enumerate(faults, 1):
                cluster.wait_until_checked(1)
                age.begin()
                fault(cluster.nodes[dice.choice(NAMES)], dice)
                cluster.wait_until_shared(*NAMES)
                ages.append(age.most)
                print(number, fault.__name__, f"{age.most:.1f} s")  # noqa: T201 - how far it came, if it fails
                sleep(dice.uniform(0, BETWEEN))
                if number % SEARCH == 0:
                    assert cluster.database.flaws() == []
            stream.end()
        cluster.finish()
        cluster.assert_exact(repeated=len(faults))
        again = [len(channel.repeated) for channel in cluster.received().values()]
        messages = len(cluster.webhooks.received)
        failures = len(cluster.tasks.reasons)
    measure(
        f"{profile.node_kills} kills, {profile.node_stops} stops, {profile.node_pauses} pauses over 4 nodes, "
        f"{failures} failures in {messages} messages to two channels: none lost, invented or out of order, "
        f"{sum(again)} repeated; oldest check {max(ages):.1f} s, half of the faults below "
        f"{sorted(ages)[len(ages) // 2]:.1f} s"
    )
    assert max(ages) <= TAKE_OVER + INTERVAL


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
