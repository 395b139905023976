"""Servers of the database that fail over, pool connections, or have other defaults."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario, ServerSetup, new_cluster
from tests.faults.cluster.standby import Standby, running_standby
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.support.faulty_link import Manner
from tests.support.pgbouncer import behind_pgbouncer, pgbouncer

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Seconds of which a standby knows nothing when it becomes the primary.
LAG = 8.0

# Seconds from the end of the primary until all is written again.
FAILOVER = 12.0

# Seconds for which a node is cut off from the pooler.
CUT_OFF = 15.0


def fail_over(cluster: ClusterScenario, standby: Standby) -> None:
    """End the primary, and have the standby take its place."""
    cluster.postgres.crash()
    for node in cluster.nodes.values():
        node.link.lead_to(standby.socket)
    standby.promote()
    cluster.database.lead_to(f"postgresql+psycopg:///{cluster.url}?host={standby.folder}&user=pinger")


def test_failover_without_loss(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """A standby that has everything takes over: nothing is lost or repeated."""
    with new_cluster(tmp_path) as cluster, running_standby(cluster.postgres) as standby:
        cluster.start()
        measure(
            trial(cluster, dice, lambda: fail_over(cluster, standby), oldest=INTERVAL + FAILOVER, repeated=1)
        )


def test_failover_with_lag(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """A standby that is 8 s behind takes over: what it lacks is written again, and no failure is lost."""
    with new_cluster(tmp_path) as cluster, running_standby(cluster.postgres) as standby:
        cluster.start()

        def fault() -> None:
            standby.lag()
            sleep(LAG)
            fail_over(cluster, standby)

        measure(trial(cluster, dice, fault, oldest=INTERVAL + LAG + FAILOVER, repeated=2))


@behind_pgbouncer
def test_pgbouncer(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """In transaction mode a kill, a pause and a silent network are survived as without it."""
    with new_cluster(tmp_path) as cluster, pgbouncer(cluster.postgres, cluster.address) as pooler:
        for node in cluster.nodes.values():
            node.link.lead_to(pooler.socket)
        cluster.start()

        def fault() -> None:
            a, b, c = cluster.nodes.values()
            c.kill()
            cluster.wait_until_shared("a", "b")
            with b.paused():
                cluster.wait_until_shared("a")
            c.start()
            cluster.wait_until_shared("a", "b", "c")
            with a.link.that_is(Manner.SILENT):
                sleep(CUT_OFF)

        measure(trial(cluster, dice, fault, repeated=3))


def test_repeatable_read(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """A server whose transactions are REPEATABLE READ or SERIALIZABLE by default changes nothing."""
    isolation = "default_transaction_isolation=serializable"
    with new_cluster(tmp_path, server=ServerSetup((isolation,))) as cluster:
        cluster.start()

        def fault() -> None:
            cluster.nodes["c"].kill()
            cluster.wait_until_shared("a", "b")

        measure(trial(cluster, dice, fault, repeated=1))
