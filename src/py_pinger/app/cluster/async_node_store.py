"""The store of a node without blocking the event loop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.node_task_list import NodeTaskList
from py_pinger.core.cluster.node_notices import lost
from py_pinger.core.cluster.shares import tasks_by_owner
from py_pinger.core.model.cluster import Node
from py_pinger.engine.cluster.node_access import NameTakenError
from py_pinger.store.cluster_changes import SHARED_FOR
from py_pinger.store.node_store import NodeStore


class AsyncNodeStore:
    """Runs the operations of a node on the thread that writes, so that each waits for those before it."""

    def __init__(
        self,
        store: NodeStore,
        async_store: AsyncStore,
        task_list: NodeTaskList,
        clock: Callable[[], datetime],
        owners: Callable[[], Mapping[str, int | None]],
        tasks_by_shard: Callable[[], Mapping[str, int]],
    ) -> None:
        self._store = store
        self._async_store = async_store
        self._task_list = task_list
        self._clock = clock
        self._owners = owners
        self._tasks_by_shard = tasks_by_shard
        self._begun = True

    @property
    def incarnation(self) -> int:
        """The incarnation that has begun last."""
        return self._store.incarnation

    async def declare_lost(self, node: Node, watching: Collection[str]) -> bool:
        """Declare an incarnation over, and store the notice of that with it."""
        tasks = tasks_by_owner(self._tasks_by_shard(), self._owners()).get(node.incarnation, 0)
        notice = lost(node, [*watching], tasks, self._clock())
        routes = self._async_store.routes
        return await self._async_store.call(lambda _: self._store.declare_lost(node, [notice], routes))

    async def claim(self, names: Collection[str], *, released: bool = False) -> frozenset[str]:
        """Own those of these assignments that are free, or only the `released` ones; return them."""
        return await self._async_store.call(lambda _: self._store.claim(names, released=released))

    async def release(self, names: Collection[str]) -> None:
        """Free assignments."""
        await self._async_store.call(lambda _: self._store.release(names))

    async def follow(self) -> bool:
        """Read what other nodes have changed; return True if the list of tasks or the settings have."""
        return await self._async_store.call(lambda _: self._store.follow(SHARED_FOR))

    async def begin(self) -> timedelta:
        """Begin a new incarnation, and return how far this clock is ahead of the database's.

        Raises NameTakenError if another process has ended the former one. If an earlier attempt failed, it
        may have begun one all the same, and so have ended the former.
        """
        if self._begun and await self._ended_by() == self._store.name:
            raise NameTakenError(
                f"another process runs as node {self._store.name}; give each node another [main] node"
            )
        self._begun = False
        fingerprints = self._task_list.in_force
        beginning = await self._async_store.call(lambda _: self._store.begin(*fingerprints, self._clock))
        self._begun = True
        return beginning.clock_error

    async def _ended_by(self) -> str | None:
        return await self._async_store.call(lambda _: self._store.ended_by())
