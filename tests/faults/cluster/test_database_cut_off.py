"""Nodes that are cut off from the database: by a silent, resetting, refusing or slow network, or its end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario, new_cluster
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.support.eventually import eventually
from tests.support.faulty_link import Manner

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Seconds for which a node is cut off: longer than it takes others to have its tasks.
CUT_OFF = 20.0

# Seconds for which the database is away for all: longer than a lease.
AWAY = 14.0

# Seconds in which nodes write again once the database is back.
BACK = 10.0


def cut_off(cluster: ClusterScenario, names: Sequence[str], manner: Manner, seconds: float) -> None:
    """Cut nodes off from the database for so many seconds."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(cluster.nodes[name].link.that_is(manner))
        sleep(seconds)


@pytest.mark.parametrize("manner", [Manner.SILENT, Manner.RESETTING, Manner.REFUSING])
def test_one_node(cluster: ClusterScenario, dice: Random, measure: Measure, manner: Manner) -> None:
    """The others watch its tasks; once it is connected it drops what it kept, and is another run."""
    before = cluster.database.running()["c"]
    sentence = trial(cluster, dice, lambda: cut_off(cluster, "c", manner, CUT_OFF), repeated=1)
    assert cluster.database.ended_by(before) in {"a", "b"}
    measure(f"{manner.value}: {sentence}")


def test_two_of_four(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """Two nodes that are cut off at once, one of them suspended as well, are replaced by the other two."""
    with new_cluster(tmp_path, "abcd") as cluster:
        cluster.start()

        def fault() -> None:
            with cluster.nodes["d"].paused():
                cut_off(cluster, "cd", Manner.SILENT, CUT_OFF)

        measure(trial(cluster, dice, fault, repeated=2))


@pytest.mark.parametrize("manner", [Manner.SILENT, Manner.REFUSING])
def test_all_nodes(cluster: ClusterScenario, dice: Random, measure: Measure, manner: Manner) -> None:
    """If all are cut off for longer than a lease, no node is lost, and all is written afterwards."""
    before = cluster.database.running()
    sentence = trial(
        cluster,
        dice,
        lambda: cut_off(cluster, "abc", manner, AWAY),
        oldest=AWAY + INTERVAL + BACK,
        repeated=1,
    )
    assert cluster.database.lost() == set()
    measure(f"{manner.value}: {sentence}")
    assert set(before) == set(cluster.nodes)


@pytest.mark.parametrize("delay", [0.05, 1.0])
def test_a_slow_network(cluster: ClusterScenario, dice: Random, measure: Measure, delay: float) -> None:
    """A node whose database takes 0.1 s or 2 s for each statement harms nothing."""

    def slow() -> None:
        cluster.nodes["c"].link.delay = delay
        sleep(CUT_OFF)
        cluster.nodes["c"].link.delay = 0.0

    measure(f"{2 * delay:g} s for each statement: {trial(cluster, dice, slow, repeated=1)}")


def test_a_restart_of_the_server(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """All connections end: each node writes on others."""
    sentence = trial(cluster, dice, cluster.postgres.restart, oldest=INTERVAL + BACK, repeated=1)
    assert cluster.database.lost() == set()
    measure(sentence)


def test_a_server_that_is_down(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """A database that is down for 25 s: no node is lost, and all is written afterwards."""

    def down() -> None:
        with cluster.postgres.is_down():
            sleep(25)

    sentence = trial(cluster, dice, down, oldest=25 + INTERVAL + BACK, repeated=1)
    assert cluster.database.lost() == set()
    measure(sentence)


def test_a_node_says_that_it_is_cut_off(cluster: ClusterScenario) -> None:
    """Its pages answer, and /healthz names the database as the problem."""
    node = cluster.nodes["c"]
    with node.link.that_is(Manner.SILENT):
        eventually(lambda: node.pinger.get("/healthz").status == 503, "the problem")
        problems = " ".join(node.pinger.get("/healthz").json["problems"])
        assert "database" in problems
        assert node.pinger.get("/").status == 200
    eventually(lambda: node.pinger.get("/healthz").status == 200, "health")
