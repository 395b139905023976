"""Nodes that are killed, stopped, restarted or suspended while tasks fail and recover."""

from __future__ import annotations

from collections import Counter
from random import Random
from time import sleep

import pytest
from tests.faults.cluster.cluster_scenario import CHANNELS, INTERVAL, TAKE_OVER, ClusterScenario
from tests.faults.cluster.oldest_check import OldestCheck
from tests.faults.cluster.trial import trial
from tests.faults.conftest import Measure
from tests.support.eventually import eventually
from tests.support.program import STOP

# Seconds: the lease of a node.
LEASE = 8.0

# Seconds in which a node that stops by itself has given its tasks to others.
HAND_OVER = 4.0


def test_a_killed_and_a_suspended_node(cluster: ClusterScenario) -> None:
    """The third node watches the tasks of both within 15 s; the one that wakes up is another run."""
    a, b, c = cluster.nodes.values()
    first = cluster.database.running()["b"]
    lost = [cluster.urls_of(name)[0] for name in "bc"]
    with OldestCheck(cluster.database) as measurement, b.paused():
        c.kill()
        reasons = [cluster.tasks.fail(url) for url in lost]
        cluster.wait_for(*reasons)
        cluster.wait_until_shared("a")
        written = cluster.database.written(first)
    cluster.wait_until_shared("a", "b")
    measurement.age.assert_at_most(TAKE_OVER + INTERVAL)
    assert cluster.database.written(first) == written
    assert {run.ended_by for run in cluster.database.runs() if run.over} == {"a"}
    for url in lost:
        cluster.tasks.recover(url)
    cluster.finish()
    cluster.assert_exact()
    assert a.output.count("Traceback") == 0


@pytest.mark.thorough
def test_kill(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """The tasks and channels of a killed node go to the others within 15 s."""

    def kill() -> None:
        cluster.nodes["c"].kill()
        cluster.wait_until_shared("a", "b")

    measure(trial(cluster, dice, kill, repeated=1))


@pytest.mark.thorough
def test_kill_and_restart(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """A node that is started again at once under its name has its tasks back within seconds."""
    measure(trial(cluster, dice, cluster.nodes["c"].restart, oldest=INTERVAL + 6, repeated=1))


@pytest.mark.thorough
def test_two_kills(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Of three nodes one is enough."""

    def kill() -> None:
        cluster.nodes["b"].kill()
        cluster.nodes["c"].kill()
        cluster.wait_until_shared("a")

    measure(trial(cluster, dice, kill, repeated=1))


@pytest.mark.thorough
def test_stop(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """A node that stops gives its tasks to the others at once, and says nothing: the others go on."""

    def stop() -> None:
        cluster.nodes["c"].stop()
        cluster.wait_until_shared("a", "b")

    measure(trial(cluster, dice, stop, oldest=INTERVAL + HAND_OVER))
    farewells = [notice for notice in cluster.self_notices() if "was stopped" in notice]
    assert len(farewells) <= 1


@pytest.mark.thorough
@pytest.mark.parametrize("seconds", [0.5, LEASE - 2, LEASE + 0.5, 20.0])
def test_pause(cluster: ClusterScenario, dice: Random, measure: Measure, seconds: float) -> None:
    """A node that was suspended writes and sends nothing of its former run if that is over."""
    cluster.webhooks.hold = 0.1

    def pause() -> None:
        with cluster.nodes["c"].paused():
            sleep(seconds)

    measure(f"{seconds:g} s: {trial(cluster, dice, pause, repeated=1)}")


@pytest.mark.thorough
def test_a_pause_of_all(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Nodes that were all suspended, as machines of one host are, go on with everything."""

    def pause() -> None:
        for node in cluster.running:
            node.pause()
        sleep(12)
        for node in cluster.running:
            node.resume()

    measure(trial(cluster, dice, pause, oldest=12 + TAKE_OVER, repeated=1))


@pytest.mark.thorough
def test_alternating_stops(cluster: ClusterScenario, dice: Random, measure: Measure) -> None:
    """Each node is stopped and started after the other, as at an upgrade: no message is repeated."""

    def restart_each() -> None:
        for node in cluster.nodes.values():
            node.stop()
            node.start()
            cluster.wait_until_shared(*cluster.nodes)

    measure(trial(cluster, dice, restart_each, oldest=INTERVAL + HAND_OVER))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("seconds", "channels"), [(1.5, [*CHANNELS]), (30.0, ["second"])], ids=["for a while", "for ever"]
)
def test_a_channel_that_hangs_when_all_stop(
    cluster: ClusterScenario, seconds: float, channels: list[str]
) -> None:
    """The last node waits for a node that is still sending: its other channels get the farewell, once."""
    owner = cluster.nodes[str(cluster.database.owners()["channel webhook first"])]
    assert cluster.database.owners()["channel webhook second"] == owner.name
    eventually(cluster.self_notices, "the greeting")
    cluster.webhooks.holds = {"first": seconds}
    reason = cluster.tasks.fail(cluster.tasks.urls[0])
    eventually(lambda: all(reason in each.known for each in cluster.received().values()), "the failure")
    cluster.webhooks.holds = {}
    stopping = cluster.running
    for node in sorted(stopping, key=lambda node: node is not owner):
        node.begin_stop()
    eventually(lambda: not cluster.running, "the end of all nodes", STOP)
    assert [node.pinger.process.poll() for node in stopping] == [0, 0, 0]
    titles = Counter(
        message.channel
        for message in cluster.webhooks.received
        for notice in message.notices
        if "was stopped" in str(notice.text)
    )
    assert titles == Counter(channels)
    cluster.tasks.recover(cluster.tasks.urls[0])


@pytest.mark.thorough
def test_the_greeting_comes_once(cluster: ClusterScenario) -> None:
    """Three nodes that start together greet once; the last one to stop says farewell."""
    eventually(cluster.self_notices, "the greeting")
    *others, last = cluster.running
    for node in others:
        node.stop()
        cluster.wait_until_shared()
    last.stop()
    words = cluster.self_notices()
    assert [word for word in words if "Hello World!" in word] == words[:1]
    assert [word for word in words if "was stopped" in word] == words[1:]
    assert len(words) == 2
