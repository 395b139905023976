"""Two processes of one name, a node with another clock, and processes that are not nodes."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario, new_cluster
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.faults.privileges import faketime
from tests.support.eventually import eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]


def test_two_processes_of_one_name(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """The newer one runs, the older one stops and says why: they do not replace each other for ever."""
    with new_cluster(tmp_path, ("a", "b", "copy")) as cluster:
        cluster.nodes["copy"].name = "a"
        cluster.configure(cluster.nodes["copy"])
        cluster.start("a", "b")
        a, copy = cluster.nodes["a"], cluster.nodes["copy"]

        def fault() -> None:
            copy.start()
            eventually(lambda: not a.runs, "the end of the older process")
            cluster.wait_until_shared("a", "b")

        measure(trial(cluster, dice, fault, repeated=1))
        assert a.pinger.process.poll() == 1
        assert "runs as node a" in a.output
        assert [run.name for run in cluster.database.runs()].count("a") == 2


def test_a_node_an_hour_ahead(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """A node whose clock is wrong watches nothing while others can, and is used once its clock is right."""
    node = cluster.nodes["c"]

    def fault() -> None:
        node.stop()
        node.environ = {
            "LD_PRELOAD": str(faketime()),
            "FAKETIME": "+3600",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        node.start()
        node.wait_until_started()
        cluster.wait_until_shared("a", "b")
        node.stop()
        node.environ = {}
        node.start()
        cluster.wait_until_shared("a", "b", "c")

    measure(trial(cluster, dice, fault, oldest=INTERVAL + 6))


def test_a_process_that_is_not_a_node(cluster: ClusterScenario, tmp_path: Path) -> None:
    """A process without a name is rejected with a sentence while nodes run; they go on."""
    other = cluster.nodes["c"]
    other.stop()
    cluster.configure_single(other)
    other.start()
    eventually(lambda: not other.runs, "its end")
    assert other.pinger.process.poll() == 1
    assert "node" in other.pinger.output
    assert "Traceback" not in other.pinger.output
    cluster.wait_until_checked()
    cluster.finish()
    cluster.assert_exact()
    assert (tmp_path / "c").is_dir()


def test_a_node_where_a_single_process_runs(tmp_path: Path) -> None:
    """A node is rejected with a sentence while a process without a name owns the database."""
    with new_cluster(tmp_path) as cluster:
        single, node = cluster.nodes["a"], cluster.nodes["b"]
        cluster.configure_single(single)
        single.start()
        single.wait_until_started()
        node.start()
        eventually(lambda: not node.runs, "its end")
        assert node.pinger.process.poll() == 1
        assert "[main] node" in node.pinger.output
        single.stop()
        cluster.start("b", "c")
        cluster.wait_until_checked()
        cluster.finish()
        cluster.assert_exact()
