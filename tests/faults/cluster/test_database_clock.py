"""The clock of the database is set while nodes run: it judges their leases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest
from tests.faults.cluster.changed_program import WITHOUT_GRACE, changed_program
from tests.faults.cluster.cluster_scenario import (
    INTERVAL,
    TAKE_OVER,
    ClusterScenario,
    ServerSetup,
    new_cluster,
)
from tests.faults.cluster.database_clock import DatabaseClock, own_clock
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.support.eventually import eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Seconds by which the clock is set, far more than a lease, and for which it is wrong.
STEP = 30
WRONG = 20.0

# Seconds for which no node is declared lost after a step: that long it takes all to renew their leases.
GRACE = 9.0


@contextmanager
def clocked_cluster(folder: Path) -> Iterator[ClusterScenario]:
    """Set up three nodes on a server whose clock can be set."""
    with new_cluster(folder, server=ServerSetup(environ=own_clock)) as cluster:
        yield cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ClusterScenario]:
    """Return three nodes that run, on a server whose clock can be set."""
    with clocked_cluster(tmp_path) as cluster:
        cluster.start()
        yield cluster


@pytest.mark.parametrize("seconds", [-STEP, STEP])
def test_a_step(cluster: ClusterScenario, dice: Random, measure: Measure, seconds: int) -> None:
    """No node is declared lost by a step and the step back, and no message is lost or repeated."""
    before = cluster.database.running()

    def fault() -> None:
        clock = DatabaseClock(cluster.postgres.folder)
        clock.set_by(seconds)
        sleep(WRONG)
        assert cluster.database.running() == before
        clock.set_by(0)
        sleep(GRACE)
        assert cluster.database.running() == before

    measure(f"{seconds:+} s: {trial(cluster, dice, fault)}")
    assert cluster.database.lost() == set()


@pytest.mark.parametrize("seconds", [-STEP, STEP])
def test_a_node_lost_at_a_step(
    cluster: ClusterScenario, dice: Random, measure: Measure, seconds: int
) -> None:
    """A node that is killed at a step is replaced soon, whichever way the clock was set."""
    passed = 0.0

    def fault() -> None:
        nonlocal passed
        began = monotonic()
        cluster.nodes["c"].kill()
        DatabaseClock(cluster.postgres.folder).set_by(seconds)
        cluster.wait_until_shared("a", "b", within=60)
        passed = monotonic() - began

    sentence = trial(cluster, dice, fault, oldest=INTERVAL + GRACE + TAKE_OVER, repeated=1)
    measure(f"{seconds:+} s: taken over after {passed:.1f} s; {sentence}")
    assert cluster.database.lost() == {"c"}


def test_without_grace(tmp_path: Path) -> None:
    """Nodes that need not wait after a step declare each other lost, and this is seen."""
    with clocked_cluster(tmp_path) as cluster:
        for node in cluster.nodes.values():
            node.program = changed_program(tmp_path, WITHOUT_GRACE)
        cluster.start()
        DatabaseClock(cluster.postgres.folder).set_by(STEP)
        eventually(cluster.database.lost, "a node that is declared lost")
