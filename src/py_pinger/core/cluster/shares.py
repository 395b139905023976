"""How many tasks each node of a cluster owns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from py_pinger.core.cluster.assignments import shard_name, shard_of


def tasks_by_shard(urls: Iterable[str], shards: int) -> Mapping[str, int]:
    """Return the number of tasks of each shard that has some, by the name of its assignment."""
    return Counter(shard_name(shard_of(url, shards)) for url in urls)


def tasks_by_owner(
    tasks: Mapping[str, int], assignments: Mapping[str, int | None]
) -> Mapping[int | None, int]:
    """Return the number of tasks by the incarnation that owns them, None for those without an owner."""
    owned: Counter[int | None] = Counter()
    for name, number in tasks.items():
        owned[assignments.get(name)] += number
    return owned
