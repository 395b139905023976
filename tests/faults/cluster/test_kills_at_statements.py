"""Nodes that are killed at each statement of what they do with their shares, while tasks fail and recover."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest
from tests.faults.cluster.cluster_scenario import ClusterScenario, new_cluster
from tests.faults.cluster.kill_point import KillPoint
from tests.faults.conftest import Measure
from tests.faults.failure_stream import FailureStream
from tests.faults.many_tasks import ManyTasks
from tests.faults.profile import Profile
from tests.support.eventually import PAUSE, eventually

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Seconds for which a task stays as it is at most.
LONGEST_STAY = 4.0

# Seconds in which a node comes to its last statement: a lease, and the time to notice its end.
REACHED = 20.0

# Seconds until all nodes have their shares again, at most, on a busy machine.
SETTLED = 60.0

# Tasks that are added and removed.
EXTRAS = 12


@dataclass
class Stage:
    """A cluster in which nodes are killed at statements; the settings have further tasks if it `has_more`."""

    cluster: ClusterScenario
    point: KillPoint
    more: ManyTasks
    has_more: bool = False


@dataclass(frozen=True)
class Operation:
    """What nodes do after `begin`: from the `first` statement on they send so many that change something.

    `prepare` is done before that. So many nodes are `lost` each time.
    """

    first: str
    statements: int
    begin: Callable[[Stage], None]
    prepare: Callable[[Stage], None] = lambda _: None
    lost: int = 1


def stop_last(stage: Stage) -> None:
    """Stop a node by SIGTERM."""
    stage.cluster.nodes["c"].stop()
    stage.cluster.wait_until_shared("a", "b", within=SETTLED)


def reload_all(stage: Stage) -> None:
    """Let all nodes apply settings with other tasks."""
    stage.has_more = not stage.has_more
    urls = stage.more.urls if stage.has_more else ()
    sections = {f"task extra{number}": {"url": url} for number, url in enumerate(urls)}
    for node in stage.cluster.nodes.values():
        stage.cluster.configure(node, sections)
        node.reload()


OPERATIONS = {
    # The transaction that declares a node lost, the claims, and what is written first of what is claimed.
    "take_over": Operation(
        r"^UPDATE node SET over .*expires", 24, lambda stage: stage.cluster.nodes["c"].kill(), lost=2
    ),
    "release": Operation(
        r"^UPDATE assignment SET incarnation = NULL .*ANY",
        12,
        lambda stage: stage.cluster.nodes["c"].start(),
        stop_last,
    ),
    "leave": Operation(
        r"FROM cluster WHERE id = 1 FOR UPDATE$", 5, lambda stage: stage.cluster.nodes["c"].begin_stop()
    ),
    "begin": Operation(
        r"pg_advisory_xact_lock", 20, lambda stage: stage.cluster.nodes["c"].start(), stop_last
    ),
    "reload": Operation(r"FROM cluster WHERE id = 1 FOR UPDATE$", 20, reload_all),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_kills_at_statements(
    tmp_path: Path, dice: Random, measure: Measure, profile: Profile, name: str
) -> None:
    """At whichever statement a node is killed, others have what it had, and each failure is notified once."""
    operation = OPERATIONS[name]
    numbers = sorted(
        dice.sample(range(1, operation.statements + 1), profile.kill_points or operation.statements)
    )
    with ExitStack() as stack:
        cluster = stack.enter_context(new_cluster(tmp_path))
        stage = Stage(cluster, KillPoint(cluster.nodes.values()), stack.enter_context(ManyTasks(EXTRAS)))
        cluster.start()
        with FailureStream(cluster, dice, LONGEST_STAY) as stream:
            killed = [number for number in numbers if _kill(stage, operation, number)]
            stream.end()
        cluster.finish()
        cluster.assert_exact(repeated=operation.lost * len(numbers))
        assert killed == numbers
        measure(
            f"{name}: killed at {len(killed)} statements, {len(cluster.tasks.reasons)} failures: none lost"
        )


def _kill(stage: Stage, operation: Operation, number: int) -> bool:
    """Have a node killed at a statement, and start all that do not run; return False if it did not come."""
    cluster, point = stage.cluster, stage.point
    cluster.wait_until_checked(1, SETTLED)
    operation.prepare(stage)
    point.arm(operation.first, number)
    operation.begin(stage)
    deadline = monotonic() + REACHED
    while not point.killed and monotonic() < deadline:
        sleep(PAUSE)
    statement = point.statements[-1] if point.statements else "none"
    print(f"{number}: {point.killed}, {statement[:100]}")  # noqa: T201 - pytest shows it where a test fails
    is_killed = point.disarm()
    if is_killed:
        eventually(lambda: len(cluster.running) < len(cluster.nodes), "the end of the node")
    for node in cluster.nodes.values():
        if not node.runs:
            node.start()
    cluster.wait_until_shared(*cluster.nodes, within=SETTLED)
    return is_killed
