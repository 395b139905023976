"""A database that is restored from a backup while nodes run: what they know is written again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario, new_cluster
from tests.faults.cluster.database_backup import back_up, restore
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.support.eventually import eventually

pytestmark = pytest.mark.thorough

# Seconds of which the backup knows nothing: two leases and more.
AGE = 20.0

# Seconds from the stop of the server until all is written again.
BACK = 12.0

# Tasks that are added after the backup, enough for each node to own some of them.
EXTRAS = 12


def restored(cluster: ClusterScenario, meanwhile: Callable[[], None]) -> Callable[[], None]:
    """Return a fault: a backup is taken, something happens, and the backup is restored."""

    def fault() -> None:
        backup = back_up(cluster.postgres)
        meanwhile()
        restore(cluster.postgres, backup)

    return fault


def test_a_backup(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """What the backup lacks is written again, no node is replaced, and no failure is lost."""
    before = cluster.database.running()
    fault = restored(cluster, lambda: sleep(AGE))
    measure(trial(cluster, dice, fault, oldest=INTERVAL + AGE + BACK, repeated=1))
    assert cluster.database.lost() == set()
    assert "the database has lost" in "".join(node.output for node in cluster.nodes.values())
    assert set(before.values()) == {run.incarnation for run in cluster.database.runs()}


@pytest.mark.usefixtures("_postgresql")
def test_a_backup_from_before_a_start(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """Nodes that were restarted or started after the backup was taken go on, and no failure is lost."""
    with new_cluster(tmp_path) as cluster:
        running: dict[str, int] = {}

        def start_two() -> None:
            cluster.nodes["b"].kill()
            cluster.start("b", "c")
            sleep(AGE / 2)
            running.update(cluster.database.running())

        cluster.start("a", "b")
        # One message a channel may have been on its way when its node was killed.
        measure(trial(cluster, dice, restored(cluster, start_two), oldest=INTERVAL + AGE + BACK, repeated=2))
        assert cluster.database.lost() == set()
        assert {run.incarnation for run in cluster.database.runs()} >= set(running.values())
        outputs = {name: node.output for name, node in cluster.nodes.items()}
        assert {name for name in outputs if "Registered this run" in outputs[name]} == {"b", "c"}
        assert {name for name in outputs if "A new one begins" in outputs[name]} == set()


def test_a_backup_from_before_a_reload(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Tasks that were added after the backup was taken are checked again, and the others throughout."""
    with ManyTasks(EXTRAS) as many:

        def reload_all() -> None:
            for node in cluster.nodes.values():
                cluster.configure(node, {f"task extra{n}": {"url": url} for n, url in enumerate(many.urls)})
                node.reload()
            eventually(lambda: are_monitored(cluster, many), "the added tasks")
            sleep(AGE / 2)

        measure(trial(cluster, dice, restored(cluster, reload_all), oldest=INTERVAL + AGE + BACK, repeated=1))
        cluster.start()
        eventually(lambda: are_monitored(cluster, many), "the added tasks")


def are_monitored(cluster: ClusterScenario, tasks: ManyTasks) -> bool:
    """Return True if all these tasks are monitored, by the database."""
    return set(tasks.urls) <= set(cluster.database.counters())
