"""Other nodes as evidence about the network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport, Sight
from py_pinger.core.model.incident import TaskState
from py_pinger.core.selfcheck.peers import NO_PEERS, Peers, owners_reach

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def node(number: int, **report: object) -> Node:
    """Return a node that reached a task at noon."""
    said = replace(NodeReport("", reached=NOON), **report)  # type: ignore[arg-type]  # its fields
    return Node(number, f"n{number}", "1", NOON, NOON, expired=False, written=0, report=said)


@pytest.mark.parametrize(
    ("other", "since", "error", "found"),
    [
        (node(2), NOON, 0, True),
        (node(2), NOON + SECOND, 0, False),
        (node(2, reached=None), NOON, 0, False),
        (node(2, sight=Sight.BLIND), NOON, 0, False),
        (node(2, sight=Sight.LEAVING), NOON, 0, False),
        (replace(node(2), expired=True), NOON, 0, False),
        (node(1), NOON, 0, False),
        # Its clock is two seconds ahead: it reached the task two seconds before noon.
        (node(2, clock_error=2 * SECOND), NOON, 0, False),
        (node(2, clock_error=2 * SECOND), NOON - 2 * SECOND, 0, True),
        # The same for this node's own clock.
        (node(2), NOON + SECOND, 1, True),
    ],
)
def test_another_node_reaches_tasks(other: Node, since: datetime, error: float, found: object) -> None:
    """A fit node that has reached a task since is evidence, by the clock of the database."""
    view = ClusterView(NOON, (node(1), other), {})
    assert Peers.of(view, 1, timedelta(seconds=error)).reach_since(since) is found


def test_without_a_view_there_are_no_peers() -> None:
    """A node that has not read the cluster yet has no evidence."""
    assert Peers.of(None, 1, timedelta(0)) == NO_PEERS


REACHED = TaskState(Verdict(Status.OK), checked_at=NOON)
FAILING = TaskState(Verdict(Status.ERROR, Cause.FAILED), checked_at=NOON)
UNREACHABLE = TaskState(Verdict(Status.ERROR, Cause.UNREACHABLE), checked_at=NOON)
UNKNOWN = TaskState(Verdict(Status.UNKNOWN), checked_at=NOON)
EARLIER = TaskState(Verdict(Status.OK), checked_at=NOON - SECOND)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], None),
        ([REACHED], True),
        ([FAILING], True),
        ([UNREACHABLE], False),
        ([UNKNOWN], False),
        ([EARLIER], False),
        ([TaskState()], False),
        ([None], False),
        ([REACHED, UNREACHABLE], False),
        ([REACHED, FAILING, EARLIER], True),
    ],
)
def test_owners_reach_their_tasks(known: list[TaskState | None], expected: object) -> None:
    """More than half of the tasks have to have responded to their owners since."""
    assert owners_reach(known, NOON) is expected
