"""Nodes whose settings differ: at a rolling reload, by mistake, and after a restart with old ones."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from tests.faults.cluster.cluster_scenario import ClusterScenario, Sections
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.support.eventually import eventually

pytestmark = pytest.mark.thorough

# Tasks that are added and removed, enough for each node to own some of them.
EXTRAS = 12


def _extras(many: ManyTasks) -> Sections:
    return {f"task extra{number}": {"url": url} for number, url in enumerate(many.urls)}


def _apply(cluster: ClusterScenario, node: NodeProcess, sections: Sections) -> None:
    # Before the file is changed: it is polled, too.
    before = node.pinger.output.count("reload")
    cluster.configure(node, sections)
    node.reload()
    eventually(lambda: node.pinger.output.count("reload") > before, f"the reload of {node.name}")


def _warns(node: NodeProcess) -> bool:
    warnings = node.pinger.get("/healthz").json.get("warnings", ())
    return any("settings" in str(warning) for warning in warnings)


def _monitored(cluster: ClusterScenario) -> set[str]:
    return {str(url) for (url,) in cluster.database.query("SELECT url FROM task WHERE monitored")}


def test_a_rolling_reload(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Tasks are added and removed node by node, in several orders, without a lost or repeated notice."""
    with ManyTasks(EXTRAS) as many:
        extras = _extras(many)

        def fault() -> None:
            for order in list(permutations("abc"))[:4]:
                for sections in (extras, {}):
                    for name in order:
                        _apply(cluster, cluster.nodes[name], sections)
                    expected = set(cluster.tasks.urls) | (set(many.urls) if sections else set())
                    eventually(lambda: _monitored(cluster) == expected, "the tasks of the new settings")  # noqa: B023 - awaited here
                    cluster.wait_until_checked()

        measure(trial(cluster, dice, fault))


def test_settings_that_differ(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Tasks that one node alone has are watched by it, and the others warn that their settings differ."""
    with ManyTasks(EXTRAS) as many:

        def fault() -> None:
            _apply(cluster, cluster.nodes["a"], _extras(many))
            eventually(
                lambda: all(many.asked.get(f"/{number}".encode()) for number in range(EXTRAS)), "checks"
            )
            for name in "bc":
                eventually(lambda: _warns(cluster.nodes[name]), f"the warning of {name}")  # noqa: B023 - awaited here
            for name in "bc":
                _apply(cluster, cluster.nodes[name], _extras(many))
            cluster.wait_until_shared(*"abc")

        measure(trial(cluster, dice, fault))


def test_a_restart_with_old_settings(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """A node that starts with other settings than those in force changes nothing, and joins."""
    with ManyTasks(EXTRAS) as many:

        def fault() -> None:
            for name in "ab":
                _apply(cluster, cluster.nodes[name], _extras(many))
            c = cluster.nodes["c"]
            c.stop()
            c.start()
            c.wait_until_started()
            cluster.wait_until_shared(*"abc")
            assert _monitored(cluster) == {*cluster.tasks.urls, *many.urls}

        measure(trial(cluster, dice, fault))


def test_another_secret_on_one_node(cluster: ClusterScenario) -> None:
    """A secret that differs from that of the others is a warning; the secret itself is not stored."""
    node = cluster.nodes["c"]
    secret = {"webhook first": {"url": "http://127.0.0.1:9/first", "secret": f"whsec_{'QUJD' * 10}"}}
    _apply(cluster, node, secret)
    eventually(lambda: node.pinger.get("/healthz").json.get("warnings"), "a warning")
    stored = repr(cluster.database.query("SELECT * FROM node"))
    assert "QUJD" not in stored
