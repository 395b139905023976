"""What a node reports of itself and its cluster on /healthz."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.cluster_statuses import NODES, cluster_status, running
from tests.support.fake_data_source import NOW

from py_pinger.core.cluster.cluster_health import (
    has_lost_database,
    is_unreadable,
    node_problems,
    node_warnings,
)
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.health import Problem, ProblemKind, WarningKind
from py_pinger.core.times import HOUR, SECOND

LEASE_LOST = Problem(
    ProblemKind.LEASE,
    "node a cannot renew its lease since 10:03 UTC; nodes that reach the database take over its tasks",
)


def off_by(error: timedelta) -> ClusterStatus:
    """Return a cluster whose node `a` has a clock that is ahead by so much."""
    return cluster_status(running("a", 1, clock_error=error))


def clock_problem(text: str) -> Problem:
    """Return the problem of a clock that is off."""
    rest = "other nodes take over the tasks of node a"
    return Problem(ProblemKind.CLOCK, f"the clock of this machine is {text} that of the database; {rest}")


@pytest.mark.parametrize(
    ("status", "problems"),
    [
        pytest.param(cluster_status(), (), id="all is well"),
        pytest.param(cluster_status(unreadable=True), (LEASE_LOST,), id="the database is away"),
        pytest.param(off_by(5 * SECOND), (), id="a clock that is nearly right"),
        pytest.param(off_by(7 * SECOND), (clock_problem("7 s ahead of"),), id="ahead"),
        pytest.param(off_by(-2 * HOUR), (clock_problem("2 h behind"),), id="behind"),
        pytest.param(replace(off_by(HOUR), incarnation=None), (), id="between two runs"),
    ],
)
def test_problems(status: ClusterStatus, problems: tuple[Problem, ...]) -> None:
    """A node that lost the database or the right time has a problem, and names who checks its tasks."""
    assert tuple(node_problems(status, NOW)) == problems


@pytest.mark.parametrize(
    ("away", "unreadable", "lost"),
    [(2.9, False, False), (3, True, False), (7.9, True, False), (8, True, True)],
)
def test_a_lease_outlasts_a_short_outage(away: float, unreadable: bool, lost: bool) -> None:  # noqa: FBT001 - a table
    """After a short break the database is not read, and it is lost once the lease may have expired."""
    status = replace(cluster_status(), unreadable_since=NOW - timedelta(seconds=away))
    assert (is_unreadable(status, NOW), has_lost_database(status, NOW)) == (unreadable, lost)
    assert len(tuple(node_problems(status, NOW))) == lost
    assert not has_lost_database(cluster_status(), NOW)
    assert not is_unreadable(cluster_status(), NOW)


def test_settings_that_differ() -> None:
    """Each node with other settings or secrets than the others is a warning, with since when."""
    nodes = (running("a", 1), running("b", 2, settings="old"), running("c", 3, secrets="old"))
    status = cluster_status(*nodes)
    remedy = "give all nodes the same configuration and reload it"
    since = "since 08:07 UTC"
    assert warnings(status) == (
        f"node b has settings that differ from those in force {since}; {remedy}",
        f"node c has secrets that differ from those of node a {since}; {remedy}",
    )
    before = replace(status, differ_since=None)
    assert warnings(before)[0] == f"node b has settings that differ from those in force; {remedy}"
    assert not warnings(cluster_status(running("a", 1), running("b", 2)))


def warnings(status: ClusterStatus) -> tuple[str, ...]:
    """Return the texts of the warnings, which are all of one kind."""
    found = tuple(node_warnings(status, NOW))
    assert {each.kind for each in found} <= {WarningKind.SETTINGS_DIFFER}
    return tuple(each.text for each in found)


def test_this_node() -> None:
    """A node finds itself by its incarnation; another one of its name is not it."""
    status = cluster_status()
    assert status.me is NODES[1]
    assert replace(status, incarnation=9).me is None
