"""A disk of the database is full for all nodes: they keep what they cannot write."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random
from time import sleep

import pytest
from sqlalchemy.exc import SQLAlchemyError
from tests.faults.cluster.cluster_scenario import INTERVAL, ClusterScenario, ServerSetup, new_cluster
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.faults.small_disk import (
    SMALL_DISK,
    fill,
    filler_of,
    kept_disk,
    small_disk_of_server,
    small_log_disk_of_server,
)
from tests.support.eventually import eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Bytes: four times what an empty database takes.
SIZE = 32 * 2**20

# The same of the log of transactions, which is whole files of 16 MB.
LOG_SIZE = 80 * 2**20
LOG_SETTINGS = ("synchronous_commit=on", "min_wal_size=32MB", "max_wal_size=32MB")

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


def test_a_full_disk_of_the_log(tmp_path: Path, dice: Random, measure: Measure) -> None:
    """The server ends itself; once there is room and it is started again, all is written, and once."""
    server = ServerSetup(LOG_SETTINGS, inside=small_log_disk_of_server(LOG_SIZE))
    with new_cluster(tmp_path, server=server) as cluster, kept_disk(cluster.postgres) as disk:
        cluster.start()
        before, pid = cluster.database.running(), Path(f"/proc/{cluster.postgres.pid}")

        def fault() -> None:
            fill(disk.filler)
            eventually(lambda: not (begin_log_file(cluster) or pid.exists()), "the end of the server")
            eventually(lambda: all(map(says_so, cluster.running)), "the problem of each node")
            sleep(FULL)
            disk.filler.unlink()
            cluster.postgres.start_again(disk.inside)
            eventually(lambda: cluster.database.running() == before, "the nodes")

        measure(trial(cluster, dice, fault, oldest=INTERVAL + FULL + BACK))
        assert cluster.database.lost() == set()


def begin_log_file(cluster: ClusterScenario) -> bool:
    """Have the server begin another file of its log; return False if it does not do that."""
    with suppress(SQLAlchemyError):
        cluster.database.query("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', 'x')")
        return True
    return False


def says_so(node: NodeProcess) -> bool:
    """Return True if a node's page and its log name the problem, each in one sentence."""
    page, problem = node.pinger.get("/healthz").body.decode(), "annot write to the database"
    return f'"c{problem}: ' in page and f"C{problem}, will retry: " in node.output
