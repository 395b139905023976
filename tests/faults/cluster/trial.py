"""One fault while tasks fail and recover: what was written late, and whether each message came once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.faults.cluster.cluster_scenario import INTERVAL, TAKE_OVER, ClusterScenario
from tests.faults.cluster.oldest_check import OldestCheck
from tests.faults.failure_stream import FailureStream

# Seconds for which a task stays as it is at most, once that is stored.
LONGEST_STAY = 4.0

# Checks of each task before the fault: failures are under way then.
CHECKS_BEFORE = 2


def trial(
    cluster: ClusterScenario,
    dice: Random,
    fault: Callable[[], object],
    *,
    oldest: float = TAKE_OVER + INTERVAL,
    repeated: int = 0,
) -> str:
    """Let a fault come and go while tasks fail and recover, then stop all nodes; return what was measured.

    Each failure and its end has to be notified once, but so many messages to each channel may be repeated.
    No task may have waited longer than `oldest` seconds for a check that was stored, and for a processor.
    """
    with OldestCheck(cluster.database) as measurement, FailureStream(cluster, dice, LONGEST_STAY) as stream:
        cluster.wait_until_checked(CHECKS_BEFORE)
        measurement.begin()
        fault()
        cluster.wait_until_shared()
        measured = measurement.age
        cluster.wait_until_checked()
        stream.end()
    cluster.finish()
    cluster.assert_exact(repeated)
    again = sum(len(channel.repeated) for channel in cluster.received().values())
    measured.assert_at_most(oldest)
    return (
        f"oldest check {measured.oldest:.1f} s, {len(cluster.tasks.reasons)} failures: none lost, "
        f"{again} messages repeated"
    )
