"""The nodes of the cluster, as people and programs see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask import Flask
from tests.support.cluster_statuses import cluster_status, running
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.web.test_pages import DASH, WELL, page, parse, path_of, texts

from py_pinger.core.model.cluster import Sight
from py_pinger.core.times import SECOND
from py_pinger.web.cluster.nodes_page import NOT_A_NODE, STARTING
from py_pinger.web.pages.context import UNREADABLE
from py_pinger.web.view.cluster_rows import cluster_rows

AppFor = Callable[..., Flask]

BROWSER = {"Accept": "text/html"}


def test_programs_get_the_rows(app_for: AppFor, data: FakeDataSource) -> None:
    """The answer has all rows; times are in whole seconds."""
    data.cluster_value = cluster_status()
    answer = app_for(node="a").test_client().get("/nodes")
    rows = (answer.json or {})["data"]
    assert answer.status_code == 200
    assert rows.keys() == cluster_rows(cluster_status()).keys()
    assert [node["name"] for node in rows["nodes"]] == ["a", "b"]
    assert (rows["at"], rows["differ_since"]) == ("2026-11-22T10:07:12Z", "2026-11-22T08:07:12Z")


def test_the_page_shows_nodes_and_ends(app_for: AppFor, data: FakeDataSource) -> None:
    """A row for each node that runs, which settings are in force, and what ended within a day."""
    data.cluster_value = cluster_status()
    tree = parse(page(app_for(node="a"), "/nodes"))
    assert texts(tree, ".//*[@id='headline']/*") == [
        "Both nodes are healthy",
        "Node c was lost at 09:47 UTC and is not back",
        "2 tasks without an owner",
    ]
    nodes, ended = (
        [texts(row, "./*") for row in table.findall("./tbody/tr")] for table in tree.iter("table")
    )
    assert nodes == [
        [
            "a (this node)", "ok", "1,500 75 %", "slack", "heartbeat, retention",
            "3 s ago", "renewed 2 s ago", "+12 ms", "in force", "3 h", "1.0",
        ],
        [
            "b", "ok", "498 24.9 %", "sentry", "notices",
            "3 s ago", "renewed 2 s ago", "+0 ms", "differ", "3 h", "1.0",
        ],
    ]  # fmt: skip
    since = "2026-11-22 08:07:12 UTC (2 h ago)"
    in_force = f"Settings in force: generation 5, by node a at {since}. Settings differ since {since}."
    assert texts(tree, ".//*[@id='nodes']/p") == [in_force]
    assert [row[:2] for row in ended] == [
        ["c", "lost, declared by node a"],
        ["b", "replaced at its next start"],
        ["c", "stopped"],
    ]


def test_a_cluster_without_an_own_share(app_for: AppFor, data: FakeDataSource) -> None:
    """Without tasks, ends and settings the page says so."""
    status = cluster_status(running("a", 1, sight=Sight.BLIND), ended=())
    view = replace(status.view, assignments={}, generation=None)
    data.cluster_value = replace(status, view=view, tasks={})
    tree = parse(page(app_for(node="a"), "/nodes"))
    (row,) = tree.findall(".//tbody/tr")
    assert texts(row, "./*")[1:5] == ["cut off", "0", DASH, DASH]
    assert texts(tree, ".//*[@id='ended']/p") == ["No node ended in the last day."]
    assert not texts(tree, ".//*[@id='nodes']/p")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_without_a_cluster_there_are_no_nodes(app_for: AppFor, accept: str) -> None:
    """Where the process is not a node the route is 404, with what to do to have some."""
    answer = app_for().test_client().get("/nodes", headers={"Accept": accept})
    assert answer.status_code == 404
    assert NOT_A_NODE in answer.text


def test_a_node_that_has_just_started(app_for: AppFor) -> None:
    """Before a node has read the cluster the route is 503."""
    answer = app_for(node="a").test_client().get("/nodes")
    assert (answer.status_code, answer.json) == (503, {"error": STARTING})


@pytest.mark.parametrize(("node", "shown"), [("a", True), (None, False)])
def test_the_navigation(app_for: AppFor, data: FakeDataSource, node: str | None, shown: bool) -> None:  # noqa: FBT001 - a table
    """Pages lead to the nodes only where there are some, and name the node that shows them."""
    data.cluster_value = cluster_status() if node else None
    app = app_for(node=node)
    for path in ("/", "/nowhere"):
        assert ("Nodes" in texts(parse(page(app, path)), ".//nav/a")) is shown
    assert ("Node a" in texts(parse(page(app, "/")), ".//footer//a")) is shown


def test_a_page_that_has_not_changed(app_for: AppFor, data: FakeDataSource) -> None:
    """The page is sent again after five seconds at the latest, since it shows ages."""
    data.cluster_value = cluster_status()
    client = app_for(node="a").test_client()
    tag = client.get("/nodes", headers=BROWSER).headers["ETag"]
    assert client.get("/nodes", headers={**BROWSER, "If-None-Match": tag}).status_code == 304


def test_a_node_that_has_lost_the_database(app_for: AppFor, data: FakeDataSource) -> None:
    """Each page says from when the rest of it is, and no page reads the queues."""
    data.cluster_value = cluster_status(unreadable=True)
    app = app_for(node="a")
    for path in ("/", "/health", "/nodes", "/silences"):
        banner = texts(parse(page(app, path)), ".//*[@id='banners']/*")
        rest = "what other nodes watch is as of then."
        assert banner == [f"This node cannot read the database since 10:03 UTC; {rest}"]
    assert "channels" not in data.calls
    assert (app.test_client().get("/health").json or {})["data"]["channels"] == []
    data.cluster_value = replace(cluster_status(), unreadable_since=NOW - SECOND)
    assert not texts(parse(page(app, "/nodes")), ".//*[@id='banners']/*")


def test_a_history_that_cannot_be_read(app_for: AppFor, data: FakeDataSource) -> None:
    """What needs the history is 503 in a sentence, so that a balancer tries another node; a task is not."""
    data.cluster_value = cluster_status(unreadable=True)
    client = app_for(WELL, node="a").test_client()
    paths = ("/incidents", "/incidents.atom", f"/history/{quote(WELL.url, safe='')}", "/status/shop")
    for path in (*paths, f"/badge/{quote(WELL.url, safe='')}.svg?uptime=7"):
        answer = client.get(path)
        assert (answer.status_code, answer.json) == (503, {"error": UNREADABLE})
    assert client.get(path_of(WELL), headers=BROWSER).status_code == 503
    assert client.get(path_of(WELL)).status_code == 200
    assert client.get("/", headers=BROWSER).status_code == 200
    assert not any(isinstance(call, tuple) for call in data.calls)
