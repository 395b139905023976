"""Nodes that are cut off from the tasks, or from the channels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario
from tests.faults.cluster.private_networks import private_networks
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.support.eventually import eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Seconds in which the tasks of a node that is cut off from them go to others.
NOTICED = 12.0

# Seconds of answers until a node is used again.
TRIAL = 30.0


def test_one_node(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """One notice, no false failure: the others watch its tasks, and it has them back after half a minute."""
    with private_networks(tmp_path) as (cluster, tasks, _):

        def fault() -> None:
            tasks.cut_off.add(2)
            cluster.wait_until_shared("a", "b")
            sleep(5)
            tasks.cut_off.clear()
            cluster.wait_until_shared("a", "b", "c", within=2 * TRIAL)

        measure(trial(cluster, dice, fault, oldest=INTERVAL + NOTICED))
        words = [word for word in cluster.self_notices() if word.startswith("Node c is cut off")]
        assert len(words) == 1


def test_all_nodes(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """Nothing is invented: as with a single process, one notice says so, and what failed follows."""
    with private_networks(tmp_path) as (cluster, tasks, _):

        def fault() -> None:
            tasks.cut_off.update({0, 1, 2})
            sleep(15)
            tasks.cut_off.clear()
            _wait_until_online(cluster)

        measure(trial(cluster, dice, fault, oldest=INTERVAL + 15 + NOTICED))


def test_alternating(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """One node after the other is cut off: nothing is invented, and the tasks do not move back and forth."""
    with private_networks(tmp_path) as (cluster, tasks, _):

        def fault() -> None:
            for number, name in enumerate("abc"):
                tasks.cut_off = {number}
                cluster.wait_until_shared(*(set("abc") - {name}), within=2 * TRIAL)
            tasks.cut_off = set()
            cluster.wait_until_shared(*"abc", within=2 * TRIAL)

        measure(trial(cluster, dice, fault, oldest=INTERVAL + NOTICED))


def test_a_channel_that_refuses_one_node(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """A channel that does not accept messages from its owner gets them from another node."""
    with private_networks(tmp_path) as (cluster, _, webhooks):
        owner = cluster.database.owners()["channel webhook first"]
        number = [*cluster.nodes].index(str(owner))

        def fault() -> None:
            webhooks.cut_off = {number}
            eventually(
                lambda: cluster.database.owners()["channel webhook first"] not in {owner, None},
                "another owner",
                120,
            )

        measure(trial(cluster, dice, fault))


def _wait_until_online(cluster: ClusterScenario) -> None:
    offline: Callable[[], bool] = lambda: any(  # noqa: E731 - a name for what is awaited
        node.pinger.get("/healthz").status == 503 for node in cluster.running
    )
    eventually(lambda: not offline(), "the network")
