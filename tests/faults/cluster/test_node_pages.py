"""What people see of nodes: pages, metrics and `pinger nodes`, also of one that loses the database."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import orjson
import pytest
from tests.faults.cluster.cluster_scenario import TAKE_OVER, ClusterScenario, new_cluster
from tests.support.eventually import eventually
from tests.support.faulty_link import Manner
from tests.support.program import command

pytestmark = [pytest.mark.no_cover, pytest.mark.thorough]

# Seconds until a node that lost the database says so: its lease, and what a busy machine adds.
NOTICED = 20.0


def tasks_of(scenario: ClusterScenario, at: str) -> dict[str, int]:
    """Return how many tasks each node has, as one of them shows it."""
    rows = scenario.nodes[at].pinger.get("/nodes").json["data"]
    return {row["name"]: row["tasks"] for row in rows["nodes"]}


def exposed(scenario: ClusterScenario, at: str) -> set[str]:
    """Return the tasks of which a node has metrics."""
    text = scenario.nodes[at].pinger.get("/metrics").body.decode()
    return set(re.findall(r'^py_pinger_task_info\{url="([^"]*)"', text, re.MULTILINE))


def test_nodes_as_people_see_them(tmp_path: Path) -> None:
    """Both nodes and the command show the same, and each task has metrics of one node."""
    with new_cluster(tmp_path, ("a", "b")) as scenario:
        scenario.start()
        shares = {name: len(scenario.urls_of(name)) for name in ("a", "b")}
        # A page is as old as the last poll of its node.
        for at in shares:
            eventually(lambda: tasks_of(scenario, at) == shares, f"the page of node {at}")  # noqa: B023 - awaited here
            urls = set(scenario.urls_of(at))
            eventually(lambda: exposed(scenario, at) == urls, f"the metrics of node {at}")  # noqa: B023 - awaited here
        shown = command(scenario.nodes["a"].folder, "nodes", "--json")
        listing = orjson.loads(shown.stdout)
        assert (shown.returncode, listing["source"], listing["data"]["unowned_tasks"]) == (0, "database", 0)
        assert {row["name"]: row["tasks"] for row in listing["data"]["nodes"]} == shares


def test_a_node_that_loses_the_database(tmp_path: Path) -> None:
    """A node without a database says so and shows what it knows; the other one has its tasks meanwhile."""
    with new_cluster(tmp_path, ("a", "b")) as scenario:
        scenario.start()
        shares = tasks_of(scenario, "a")
        b = scenario.nodes["b"]
        with b.link.that_is(Manner.SILENT):
            _hold_what_a_lost_node_shows(scenario)
            eventually(
                lambda: tasks_of(scenario, "a") == {"a": sum(shares.values())}, "the take-over", TAKE_OVER
            )
        (ended,) = scenario.nodes["a"].pinger.get("/nodes").json["data"]["ended"]
        assert (ended["name"], ended["end"], ended["by"]) == ("b", "lost", "a")
        eventually(lambda: tasks_of(scenario, "a") == shares, "the return of node b", NOTICED)
        eventually(lambda: b.pinger.get("/incidents").status == HTTPStatus.OK, "the history", NOTICED)
        scenario.assert_exact()


def _hold_what_a_lost_node_shows(scenario: ClusterScenario) -> None:
    pinger = scenario.nodes["b"].pinger
    eventually(
        lambda: "node b cannot renew its lease" in pinger.get("/healthz").body.decode(),
        "what /healthz says",
        NOTICED,
    )
    page = pinger.get("/", "text/html")
    assert page.status == HTTPStatus.OK
    assert "This node cannot read the database since" in page.body.decode()
    assert pinger.get("/incidents").status == HTTPStatus.SERVICE_UNAVAILABLE
