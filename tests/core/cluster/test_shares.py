"""How many tasks each node owns."""

from collections import Counter

from py_pinger.core.cluster.assignments import SHARDS, shard_name, shard_of
from py_pinger.core.cluster.shares import tasks_by_owner, tasks_by_shard

URLS = [f"https://host-{number % 3}.example/task-{number}" for number in range(9)]


def test_the_tasks_of_a_shard() -> None:
    """Each task counts for its shard: those of one origin for the same."""
    found = tasks_by_shard(URLS, SHARDS)
    assert found == Counter(shard_name(shard_of(url, SHARDS)) for url in URLS)
    assert sum(found.values()) == 9
    assert set(found.values()) == {3}


def test_the_tasks_of_a_node() -> None:
    """A node has the tasks of its shards; those of shards that are free, or not known, have no owner."""
    tasks = {"shard 1": 10, "shard 2": 5, "shard 3": 2, "shard 4": 1}
    owners = {"shard 1": 7, "shard 2": 7, "shard 3": None, "shard 9": 8, "channel slack": 8}
    assert tasks_by_owner(tasks, owners) == {7: 15, None: 3}
