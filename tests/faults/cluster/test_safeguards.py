"""Without a safeguard the faults do harm, and these tests see it; with it they do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.changed_program import (
    STOP_FILE,
    STOPPING,
    WITHOUT_FENCE,
    WITHOUT_GRACE,
    WITHOUT_TRUST,
    changed_program,
)
from tests.faults.cluster.cluster_scenario import ClusterScenario, new_cluster
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.failure_stream import FailureStream
from tests.support.eventually import eventually
from tests.support.faulty_link import Manner

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

CHANNEL = "first"

# Seconds for which nodes are cut off from the database, one after the other: longer than a lease.
CUT_OFF = 14.0

# Seconds for which a node has the database back before the next one has.
HEAD_START = 3.0

# Seconds for which a task stays as it is at most.
LONGEST_STAY = 4.0


@contextmanager
def changed_cluster(folder: Path, change: str) -> Iterator[ClusterScenario]:
    """Run three nodes with a change."""
    with new_cluster(folder) as cluster:
        program = changed_program(folder, change)
        for node in cluster.nodes.values():
            node.program = program
        cluster.start()
        yield cluster


@pytest.mark.parametrize(("change", "repeated"), [(STOPPING, 0), (WITHOUT_TRUST, 1)], ids=["with", "without"])
def test_trust(tmp_path: Path, change: str, repeated: int) -> None:
    """A node that was suspended before it sends does not send what another one has sent meanwhile."""
    with changed_cluster(tmp_path, change) as cluster:
        owner = cluster.nodes[str(cluster.database.owners()[f"channel webhook {CHANNEL}"])]
        others = [node.name for node in cluster.running if node is not owner]
        eventually(cluster.self_notices, "the greeting")
        (owner.folder / STOP_FILE).write_text(f"webhook {CHANNEL}", "ascii")
        url = cluster.urls_of(others[0])[0]
        reason = cluster.tasks.fail(url)
        eventually(lambda: _is_stopped(owner), "the process to stop itself")
        eventually(lambda: reason in cluster.received()[CHANNEL].known, "another node to send it")
        cluster.wait_until_shared(*others)
        owner.resume()
        cluster.wait_until_shared()
        cluster.tasks.recover(url)
        cluster.finish()
        assert len(cluster.received()[CHANNEL].repeated) == repeated
        # To the other channel a message may have been on its way.
        cluster.assert_exact(1)


def test_fence(tmp_path: Path, dice: Random) -> None:
    """Nodes that write although their runs are over notify some failures as two incidents."""
    with changed_cluster(tmp_path, WITHOUT_FENCE) as cluster:
        with FailureStream(cluster, dice, LONGEST_STAY):
            cluster.wait_until_checked()
            for node in cluster.nodes.values():
                with node.link.that_is(Manner.SILENT):
                    sleep(CUT_OFF)
                cluster.wait_until_shared()
        for node in cluster.running:
            node.stop()
        assert [problem for problem in cluster.problems() if "two incidents" in problem]


@pytest.mark.parametrize(
    ("change", "replaced"), [("", False), (WITHOUT_GRACE, True)], ids=["with", "without"]
)
def test_grace(tmp_path: Path, change: str, *, replaced: bool) -> None:
    """A node that has the database back before others leaves them time to have it back, too."""
    with changed_cluster(tmp_path, change) as cluster:
        before = cluster.database.running()
        for node in cluster.running:
            node.link.turn(Manner.REFUSING)
        sleep(CUT_OFF)
        for node in cluster.running:
            node.link.turn(Manner.OPEN)
            sleep(HEAD_START)
        cluster.wait_until_shared()
        assert (cluster.database.running() != before) is replaced


def _is_stopped(node: NodeProcess) -> bool:
    state = Path(f"/proc/{node.pinger.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    return state == "T"
