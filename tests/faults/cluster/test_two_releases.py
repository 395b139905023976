"""Nodes of one release next to those of the next one, while failures go on: an upgrade, and the way back."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario
from tests.faults.cluster.next_release import NEXT_REVISION, NEXT_VERSION, next_release
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure

from py_pinger import __version__

pytestmark = pytest.mark.thorough

# Seconds in which a node that stops by itself has given its tasks to others, while another Python starts.
HAND_OVER = 8.0


def test_an_upgrade_and_the_way_back(
    cluster: ClusterScenario, tmp_path: Path, dice: Random, measure: Measure
) -> None:
    """Each node is upgraded after the other, then set back to the old release: no message is repeated."""
    old, new = cluster.nodes["a"].program, next_release(tmp_path)
    seen: list[list[str]] = []

    def replace_each() -> None:
        for program in (new, old):
            for node in cluster.nodes.values():
                node.stop()
                node.program = program
                node.start()
                cluster.wait_until_shared(*cluster.nodes)
                cluster.wait_until_checked(1)
                seen.append(cluster.database.versions())

    measure(trial(cluster, dice, replace_each, oldest=INTERVAL + HAND_OVER))
    n, p = NEXT_VERSION, __version__
    assert seen == [[n, p, p], [n, n, p], [n, n, n], [p, n, n], [p, p, n], [p, p, p]]
    assert cluster.database.query("SELECT version_num FROM alembic_version") == [(NEXT_REVISION,)]
    assert cluster.database.query("SELECT * FROM addition") == []
