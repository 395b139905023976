"""Nodes that see the tasks and channels at addresses of their own, so that one can be cut off from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.cluster.cluster_scenario import CHANNELS, ClusterScenario, new_cluster
from tests.faults.flaky_tasks import FlakyTasks
from tests.faults.privileges import with_mounts
from tests.support.task_server import Behaviour, Exchange, resets
from tests.support.webhook_receiver import WebhookReceiver

_TASKS = tuple(f"task{number}.test" for number in range(1, 41))
_WEBHOOKS = "webhooks.test"

# The second byte of the addresses at which the first node sees tasks and channels; the next has 11.
_BASE = 10


class ReachableTasks(FlakyTasks):
    """Tasks of which nodes are cut off by their numbers: each of their requests is reset."""

    def __init__(self) -> None:
        super().__init__(_TASKS)
        self.cut_off: set[int] = set()

    def manner(self, target: str) -> Behaviour:
        """Return the behaviour for a request; it depends on the address at which it came."""
        usual = super().manner(target)

        def treat(exchange: Exchange) -> None:
            (resets if _node_of(exchange) in self.cut_off else usual)(exchange)

        return treat


class ReachableWebhooks(WebhookReceiver):
    """Channels that refuse some nodes, by their numbers."""

    def __init__(self) -> None:
        super().__init__(CHANNELS, _WEBHOOKS)
        self.cut_off: set[int] = set()

    def take(self, exchange: Exchange) -> None:
        """Keep a message, or reset its connection."""
        if _node_of(exchange) in self.cut_off:
            resets(exchange)
        else:
            super().take(exchange)


@contextmanager
def private_networks(
    folder: Path, names: str = "abc"
) -> Iterator[tuple[ClusterScenario, ReachableTasks, ReachableWebhooks]]:
    """Set up nodes in a private network each; the first is number 0."""
    tasks, webhooks = ReachableTasks(), ReachableWebhooks()
    with new_cluster(folder, names, tasks, webhooks) as cluster:
        for number, node in enumerate(cluster.nodes.values()):
            hosts = node.folder / "hosts"
            hosts.write_text(_hosts(number), "ascii")
            node.inside = with_mounts(f"mount --bind {hosts} /etc/hosts")
        cluster.start()
        yield cluster, tasks, webhooks


def _hosts(number: int) -> str:
    lines = [f"127.{_BASE + number}.7.{last} {name}" for last, name in enumerate(_TASKS, 1)]
    return "\n".join([*lines, f"127.{_BASE + number}.8.1 {_WEBHOOKS}", "127.0.0.1 localhost", ""])


def _node_of(exchange: Exchange) -> int:
    return int(exchange.connection.getsockname()[0].split(".")[1]) - _BASE
