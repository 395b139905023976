"""What has to work although a task is on another node: dependencies, silences, pushes, channels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from time import sleep
from uuid import uuid4

import pytest
from tests.faults.cluster.cluster_scenario import CHANNELS, INTERVAL, ClusterScenario, new_cluster
from tests.faults.cluster.node_process import NodeProcess
from tests.faults.conftest import Measure
from tests.faults.many_tasks import ManyTasks
from tests.support.eventually import eventually
from tests.support.planted_secrets import PUSH_KEY
from tests.support.program import command
from tests.support.push_tasks import exchange, pushed, request
from tests.support.task_pages import report

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("_postgresql")]

# Tasks that fail at once, and seconds between two checks of each.
STORM = 1000
STORM_INTERVAL = 10

# Messages to one channel about a storm, and about its end: a single process sends five within a minute.
STORM_MESSAGES = 12

# Seconds in which a node obeys a silence that another one has stored.
OBEYED = 2.0

PUSHED = 12


def _with_parent(cluster: ClusterScenario) -> None:
    """Let all tasks depend on the first one."""
    parent, *children = cluster.tasks.addresses
    tasks = {
        f"task child{number}": {"url": url, "depends_on": "parent"} for number, url in enumerate(children)
    }
    cluster.sections = {"urls": {}, "task parent": {"url": parent}, **tasks}
    for node in cluster.nodes.values():
        cluster.configure(node)


def test_parents_on_other_nodes(tmp_path: Path, measure: Measure) -> None:
    """While a parent on another node fails, nothing is notified of its dependants."""
    with new_cluster(tmp_path) as cluster:
        _with_parent(cluster)
        cluster.start()
        parent = cluster.tasks.urls[0]
        owner = next(name for name in cluster.nodes if parent in cluster.urls_of(name))
        others = [name for name in cluster.nodes if name != owner]
        children = [cluster.urls_of(name)[0] for name in others]
        brief, lasting = children
        reason = cluster.tasks.fail(parent)
        held = [cluster.tasks.fail(url) for url in children]
        cluster.wait_for(reason, *held)
        eventually(lambda: all(reason in each.known for each in cluster.received().values()), "the parent's")
        sleep(3 * INTERVAL)
        assert all(each.known == {reason} for each in cluster.received().values())
        cluster.tasks.recover(brief)
        eventually(lambda: cluster.statuses().get(brief, ("",))[0] == "ok", "the end of the brief one")
        cluster.tasks.recover(parent)
        eventually(
            lambda: all(each.known == {reason, held[1]} for each in cluster.received().values()),
            "the failure that lasts",
        )
        alone = cluster.tasks.fail(brief)
        eventually(
            lambda: all(alone in each.known for each in cluster.received().values()), "one without cause"
        )
        cluster.tasks.recover(lasting)
        cluster.tasks.recover(brief)
        cluster.wait_until_well()
        for node in cluster.running:
            node.stop()
        for each in cluster.received().values():
            assert each.known == {reason, held[1], alone}
            assert each.repeated == []
            assert each.as_two_incidents() == []
        measure("parent and dependants on different nodes: nothing too much, nothing lost")


def test_silences(cluster: ClusterScenario) -> None:
    """A silence that one node stores holds on all of them, and so does its end."""
    urls = {name: cluster.urls_of(name)[0] for name in cluster.nodes}
    done = command(cluster.nodes["a"].folder, "silence", "*", "--for", "1h", "--why", "test")
    assert done.returncode == 0, done.stderr
    for node in cluster.nodes.values():
        eventually(lambda: _silences(node) == 1, f"the silence on node {node.name}")  # noqa: B023 - awaited here
    sleep(OBEYED)
    reasons = [cluster.tasks.fail(url) for url in urls.values()]
    cluster.wait_for(*reasons)
    sleep(2 * INTERVAL)
    assert all(each.known == set() for each in cluster.received().values())
    done = command(cluster.nodes["b"].folder, "unsilence", "*")
    assert done.returncode == 0, done.stderr
    eventually(lambda: all(each.known == set(reasons) for each in cluster.received().values()), "the notices")
    for url in urls.values():
        cluster.tasks.recover(url)
    cluster.finish()
    cluster.assert_exact()


def _silences(node: NodeProcess) -> int:
    """Return how many silences a node shows."""
    return len(node.pinger.get("/silences", "application/json").json["silences"])


def test_pushes_to_any_node(tmp_path: Path, measure: Measure) -> None:
    """A report that any node answered by 200 counts once, and its owner evaluates it, also after a kill."""
    with new_cluster(tmp_path) as cluster:
        tasks = {f"task job{number}": pushed(f"job{number}") for number in range(PUSHED)}
        cluster.sections = {"push": {"key": PUSH_KEY}, **tasks}
        for node in cluster.nodes.values():
            cluster.configure(node)
        cluster.start()
        sent: set[str] = set()
        for code in (0, 1, 0):
            for node in cluster.running:
                sent |= _push(node, code)
            _wait_for_pushed(cluster, "error" if code else "ok")
        cluster.nodes["c"].kill()
        last = _push(cluster.nodes["a"], 7)
        _wait_for_pushed(cluster, "error")
        runs = cluster.database.query("SELECT rid, count(*) FROM run WHERE rid IS NOT NULL GROUP BY rid")
        assert [rid for rid, number in runs if number != 1] == []
        # Successes that come so soon after each other are thinned out in the history.
        assert last <= {rid for rid, _ in runs} <= sent | last
        assert cluster.database.query("SELECT * FROM pushed") == []
        for node in cluster.running:
            node.stop()
        measure(f"{len(sent) + len(last)} reports to any of three nodes: each counted once")


def _push(node: NodeProcess, code: int) -> set[str]:
    """Report a run of each pushed task to a node; return the ids of the runs."""
    rids = [str(uuid4()) for _ in range(PUSHED)]
    for number, rid in enumerate(rids):
        path = f"/ping/{PUSH_KEY}/job{number}/{code}?rid={rid}"
        assert exchange(node.pinger.port, request("POST", path)).status == 200
    return set(rids)


def _wait_for_pushed(cluster: ClusterScenario, expected: str) -> None:
    """Wait until all tasks that are pushed have this status."""

    def are_so() -> bool:
        statuses = cluster.statuses()
        return {status for url, (status, _) in statuses.items() if url.startswith("push:")} == {expected}

    eventually(are_so, f"all that are pushed to be {expected}")


def test_a_storm(tmp_path: Path, measure: Measure) -> None:
    """If 1,000 tasks of three nodes fail at once, each channel gets a few messages, as from one process."""
    with ManyTasks(STORM) as many, new_cluster(tmp_path) as cluster:
        cluster.sections = {"urls": {"prod": ",".join(many.urls)}}
        for node in cluster.nodes.values():
            cluster.configure(node, interval=STORM_INTERVAL, error_interval=STORM_INTERVAL)
        cluster.start()
        eventually(lambda: len(many.asked) == STORM, "a check of each")
        eventually(cluster.self_notices, "the greeting")
        counts = []
        for kind, page in (
            ("failed", report(status="error", reason="failure-0001")),
            ("recovered", report()),
        ):
            before = len(cluster.webhooks.received)
            many.page = page
            eventually(
                lambda: _notified(cluster, kind) == dict.fromkeys(CHANNELS, STORM),  # noqa: B023 - awaited here
                f"all {kind}",
                180,
            )
            counts.append((len(cluster.webhooks.received) - before) / len(CHANNELS))
        assert max(counts) <= STORM_MESSAGES
        for channel in CHANNELS:
            each = Counter(
                (notice.kind, notice.url)
                for message in cluster.webhooks.received
                if message.channel == channel
                for notice in message.notices
                if notice.url
            )
            assert set(each.values()) == {1}
        for node in cluster.running:
            node.stop()
        measure(
            f"{STORM} failures over 3 nodes in {counts[0]:g} messages a channel, their ends in {counts[1]:g}"
        )


def _notified(cluster: ClusterScenario, kind: str) -> dict[str, int]:
    """Return of how many tasks each channel has got a notice of this kind."""
    urls: dict[str, set[str | None]] = {channel: set() for channel in CHANNELS}
    for message in cluster.webhooks.received:
        urls[message.channel].update(notice.url for notice in message.notices if notice.kind == kind)
    return {channel: len(found) for channel, found in urls.items()}
