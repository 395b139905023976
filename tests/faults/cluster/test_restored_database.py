"""A database that is restored from a backup while nodes run: what they know is written again."""

from __future__ import annotations

from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario
from tests.faults.cluster.database_backup import back_up, restore
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure

pytestmark = pytest.mark.thorough

# Seconds of which the backup knows nothing: two leases and more.
AGE = 20.0

# Seconds from the stop of the server until all is written again.
BACK = 12.0


def test_a_backup(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """What the backup lacks is written again, no node is replaced, and no failure is lost."""
    before = cluster.database.running()

    def fault() -> None:
        backup = back_up(cluster.postgres)
        sleep(AGE)
        restore(cluster.postgres, backup)

    measure(trial(cluster, dice, fault, oldest=INTERVAL + AGE + BACK, repeated=1))
    assert cluster.database.lost() == set()
    assert "the database has lost" in "".join(node.output for node in cluster.nodes.values())
    assert set(before.values()) == {run.incarnation for run in cluster.database.runs()}
