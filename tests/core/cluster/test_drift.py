"""Which nodes differ in their settings, and when that is notified."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.cluster_views import NOW, node, view

from py_pinger.core.cluster.drift import DriftWatch, SettingsDrift, drift
from py_pinger.core.model.cluster import Node, NodeReport, SettingsGeneration, Sight

GENERATION = SettingsGeneration(4, "settings", NOW - timedelta(minutes=20), "b")
NONE = SettingsDrift()


def reporting(name: str, settings: str = "settings", secrets: str = "x", *, age: int = 0) -> Node:
    """Return a node with these fingerprints, started so many seconds before the others."""
    each = node(name)
    report = NodeReport(settings, secrets)
    return replace(each, report=report, started=each.started - timedelta(seconds=age))


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        pytest.param([], NONE, id="no node"),
        pytest.param([reporting("a"), reporting("b")], SettingsDrift(model="b"), id="all agree"),
        pytest.param(
            [reporting("a", "old"), reporting("b"), reporting("c", "old")],
            SettingsDrift(("a", "c"), model="b"),
            id="other settings",
        ),
        pytest.param([reporting("a", "old")], SettingsDrift(("a",)), id="no node has those in force"),
        pytest.param(
            [reporting("a", secrets="y"), reporting("b"), reporting("c")],
            SettingsDrift(secrets=("a",), model="b"),
            id="other secrets than the node that put them in force",
        ),
        pytest.param(
            [reporting("a"), reporting("c", secrets="y", age=5)],
            SettingsDrift(secrets=("a",), model="c"),
            id="other secrets than the oldest, as that node is gone",
        ),
        pytest.param(
            [reporting("a", "old", "y"), reporting("b")],
            SettingsDrift(("a",), model="b"),
            id="secrets of other settings say nothing",
        ),
    ],
)
def test_drift(nodes: list[Node], expected: SettingsDrift) -> None:
    """A node differs from the settings in force, or from the secrets of who put them in force."""
    found = drift(view(*nodes, generation=GENERATION))
    assert found == expected
    assert found.exists is bool(expected.settings or expected.secrets)


def test_nodes_that_do_not_run_do_not_count() -> None:
    """A node that stops or is gone has time to read its settings again; before a generation none rules."""
    gone = [
        replace(node("a", expired=True), report=NodeReport("old")),
        replace(node("c"), report=NodeReport("old", sight=Sight.LEAVING)),
    ]
    assert drift(view(*gone, reporting("b"), generation=GENERATION)) == SettingsDrift(model="b")
    assert drift(view(reporting("a", "old"), reporting("b"))) == NONE


def test_a_drift_is_notified_after_five_minutes() -> None:
    """It counts from when the nodes began to differ in any way, and again after they agreed."""
    one, two = SettingsDrift(("a",)), SettingsDrift(("a", "c"))
    watch = DriftWatch().after(NONE, NOW).after(one, NOW).after(two, NOW + timedelta(minutes=4))
    assert (watch.since, watch.drift) == (NOW, two)
    assert not watch.is_lasting(NOW + timedelta(minutes=4, seconds=59))
    assert watch.is_lasting(NOW + timedelta(minutes=5))
    agreed = watch.after(NONE, NOW + timedelta(minutes=6))
    assert not agreed.is_lasting(NOW + timedelta(minutes=20))
    assert agreed.after(one, NOW + timedelta(minutes=7)).since == NOW + timedelta(minutes=7)
