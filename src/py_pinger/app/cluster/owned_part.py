"""Which part of the settings belongs to what a node owns."""

from __future__ import annotations

from collections.abc import Collection

from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import channel_names, shard_numbers, shard_of
from py_pinger.engine.runtime.reconfigurable import Share


class OwnedPart:
    """The tasks and the channels of a node, by the assignments that it has `owned`.

    Where the node has other settings than those in force in the cluster, it takes care of what both have:
    `monitored` are the URLs of the tasks in force, None if its settings are.
    """

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self.owned: frozenset[str] = frozenset()
        self.monitored: Collection[str] | None = None

    def of(self, settings: Settings) -> Share:
        """Return the part of these settings; on any thread."""
        owned, monitored = self.owned, self.monitored
        shards = shard_numbers(owned)
        tasks = tuple(
            task
            for task in (settings.tasks if shards else ())
            if shard_of(task.url, self._shards) in shards and (monitored is None or task.url in monitored)
        )
        return Share(tasks, channel_names(owned))

    def owns(self, assignment: str) -> bool:
        """Return True if the node owns an assignment."""
        return assignment in self.owned
