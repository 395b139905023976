"""Which nodes may own assignments."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.cluster_views import node

from py_pinger.core.cluster.fitness import candidates, is_fit, is_running
from py_pinger.core.model.cluster import Node, Sight

LACKS = frozenset({"shard 5"})


@pytest.mark.parametrize(
    ("each", "fit", "running"),
    [
        pytest.param(node("a"), True, True, id="all is well"),
        pytest.param(node("a", expired=True), False, False, id="its lease has expired"),
        pytest.param(node("a", sight=Sight.BLIND), False, True, id="it is cut off from the tasks"),
        pytest.param(node("a", sight=Sight.LEAVING), False, False, id="it stops"),
        pytest.param(node("a", sight=Sight.STARTING), False, False, id="it starts"),
        pytest.param(node("a", clock_error=timedelta(seconds=5)), True, True, id="its clock is nearly right"),
        pytest.param(node("a", clock_error=timedelta(seconds=5.1)), False, True, id="its clock is ahead"),
        pytest.param(node("a", clock_error=timedelta(seconds=-5.1)), False, True, id="its clock is behind"),
        pytest.param(node("a", lacking=LACKS), True, True, id="it lacks a task"),
    ],
)
def test_fitness(each: Node, *, fit: bool, running: bool) -> None:
    """A fit node renews its lease, sees the tasks and has the right time."""
    assert (is_fit(each), is_running(each)) == (fit, running)


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        pytest.param([node("a"), node("b")], "ab", id="all are fit"),
        pytest.param([node("a", lacking=LACKS), node("b")], "b", id="one lacks it"),
        pytest.param([node("a", lacking=LACKS), node("b", lacking=LACKS)], "ab", id="all lack it"),
        pytest.param([node("a", lacking=LACKS), node("b", expired=True)], "a", id="the other is not fit"),
        pytest.param([node("a", sight=Sight.BLIND)], "", id="no node is fit"),
        pytest.param([node("a", lacking=frozenset({"shard 6"})), node("b")], "ab", id="one lacks another"),
        pytest.param([], "", id="no node"),
    ],
)
def test_candidates(nodes: list[Node], names: str) -> None:
    """The candidates are the fit nodes that know what is needed; a node that lacks it is better than none."""
    assert "".join(each.name for each in candidates("shard 5", nodes)) == names
