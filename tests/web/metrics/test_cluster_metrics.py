"""The metrics of a node about its cluster."""

from __future__ import annotations

from dataclasses import replace

from tests.support.cluster_statuses import cluster_status, running
from tests.support.fake_data_source import NOW

from py_pinger.core.model.cluster import Sight
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.times import SECOND
from py_pinger.web.metrics.cluster_metrics import cluster_families, is_sent_here
from py_pinger.web.metrics.families import render

EXPECTED = """\
py_pinger_node_info{node="a"} 1.0
py_pinger_nodes{state="ok"} 2.0
py_pinger_nodes{state="starting"} 0.0
py_pinger_nodes{state="expired"} 0.0
py_pinger_nodes{state="stopping"} 0.0
py_pinger_nodes{state="cut_off"} 0.0
py_pinger_nodes{state="clock"} 0.0
py_pinger_unowned_tasks 2.0
py_pinger_settings_generation 5.0
py_pinger_settings_differ 0.0
py_pinger_take_overs_total 516.0
py_pinger_fenced_total 1.0
py_pinger_node_assignments{kind="shard"} 511.0
py_pinger_node_assignments{kind="channel"} 1.0
py_pinger_node_assignments{kind="duty"} 2.0
py_pinger_lease_age_seconds 2.0
py_pinger_clock_error_seconds 0.012
"""


def samples(status: ClusterStatus) -> dict[str, str]:
    """Return the values by name and labels."""
    return parsed(render(cluster_families(status, NOW), open_metrics=False).decode())


def parsed(text: str) -> dict[str, str]:
    """Return the values of a text by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}


def test_a_node_of_two() -> None:
    """A node exposes who runs, what it owns, its lease and its clock."""
    assert samples(cluster_status()) == parsed(EXPECTED)


def test_a_node_that_differs_and_is_cut_off() -> None:
    """States and other settings are numbers, and the lease of a node without a database ages."""
    node = running("a", 1, sight=Sight.BLIND, settings="old")
    status = replace(cluster_status(node, running("b", 2, expired=True)), read_at=NOW - 60 * SECOND)
    found = samples(status)
    assert found['py_pinger_nodes{state="cut_off"}'] == found['py_pinger_nodes{state="expired"}'] == "1.0"
    assert (found["py_pinger_settings_differ"], found["py_pinger_lease_age_seconds"]) == ("1.0", "62.0")


def test_between_two_runs() -> None:
    """A node that was declared lost has no lease until its next run begins; no settings are in force yet."""
    status = cluster_status()
    found = samples(replace(status, incarnation=None, view=replace(status.view, generation=None)))
    assert "py_pinger_lease_age_seconds" not in found
    assert found["py_pinger_settings_generation"] == "0.0"


def test_who_sends_to_a_channel() -> None:
    """Of a cluster the owner of a channel sends to it; a process alone, and the log, to what it has."""
    status = cluster_status()
    assert [is_sent_here(name, status) for name in ("slack", "sentry", "other")] == [True, False, True]
    assert is_sent_here("sentry", None)
