"""The disk of the database is full for all nodes: they keep what they cannot write."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import INTERVAL, ServerSetup, new_cluster
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.faults.small_disk import SMALL_DISK, fill, filler_of, small_disk_of_server
from tests.support.eventually import eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Bytes: four times what an empty database takes.
SIZE = 32 * 2**20

# Seconds for which nothing can be written: longer than a lease.
FULL = 14.0

# Seconds in which nodes write again once there is room, and in which pages are used up before.
BACK = 20.0


def test_a_full_disk(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """No node is replaced, each names the problem, and all is written once there is room."""
    server = ServerSetup(inside=small_disk_of_server(SIZE), disk=SMALL_DISK)
    with new_cluster(tmp_path, server=server) as cluster:
        cluster.start()
        before, filler = cluster.database.running(), filler_of(cluster.postgres)

        def are_full() -> bool:
            # What autovacuum gives back is taken as well.
            fill(filler)
            pages = (node.pinger.get("/healthz").body.decode() for node in cluster.running)
            return all("No space left on device" in page for page in pages)

        def fault() -> None:
            eventually(are_full, "the problem of each node")
            sleep(FULL)
            assert cluster.database.running() == before
            filler.unlink()

        measure(trial(cluster, dice, fault, oldest=INTERVAL + FULL + BACK))
        assert cluster.database.lost() == set()
