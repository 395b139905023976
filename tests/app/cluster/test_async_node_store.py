"""The store of a node for its loop: begins of runs, and the notice about a node that was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from tests.support.node_stores import NOON, REPORT, TASKS, URLS, Server, open_node, running_nodes, seen_by

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.async_node_store import AsyncNodeStore
from py_pinger.app.cluster.node_task_list import Fingerprints, NodeTaskList
from py_pinger.channels import LogChannel
from py_pinger.core.cluster.assignments import shard_name, shard_of
from py_pinger.engine.cluster.node_access import NameTakenError
from py_pinger.engine.runtime.store_access import StoreFenced, StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store import StoreError
from py_pinger.store.node_store import NodeStore

SHARDS = frozenset(shard_name(shard_of(url, 1024)) for url in URLS[:3])


class Node:
    """A node with tasks in three shards."""

    def __init__(self, store: NodeStore) -> None:
        self.store = store
        self.owners: Mapping[str, int | None] = {}
        task_list = SimpleNamespace(in_force=Fingerprints(REPORT.settings, REPORT.secrets))
        self.access = AsyncNodeStore(
            store,
            AsyncStore(store, ThreadWorker("store"), [LogChannel.route]),
            cast("NodeTaskList", task_list),
            lambda: NOON,
            lambda: self.owners,
            lambda: dict.fromkeys(SHARDS, 2),
        )


@pytest.fixture
def nodes(url: str) -> Iterator[tuple[Node, Node]]:
    """Return two nodes that run."""
    with running_nodes(url, "a", "b") as [a, b]:
        yield Node(a), Node(b)


async def test_what_is_owned(nodes: tuple[Node, Node]) -> None:
    """Claims and releases are those of the store, and so is what other nodes have changed."""
    first, second = nodes
    assert await first.access.claim(SHARDS) == SHARDS
    assert await second.access.claim(SHARDS) == frozenset()
    await first.access.release(SHARDS)
    assert await second.access.claim(SHARDS) == SHARDS
    assert first.access.incarnation == first.store.incarnation
    assert not await first.access.follow()
    second.store.rule(TASKS[:1], ["log"], "others")
    first.store.changes.forget()
    assert await first.access.follow()


async def test_a_lost_node(nodes: tuple[Node, Node], server: Server) -> None:
    """The notice about a lost node says how many tasks it had; a run that is over cannot declare any lost."""
    first, second = nodes
    node = seen_by(first.store, "b")
    first.owners = dict.fromkeys(SHARDS, node.incarnation) | {"channel log": node.incarnation}
    assert not await first.access.declare_lost(node, ["a"])
    server.expire("b")
    assert await first.access.declare_lost(node, ["a"])
    [(content,)] = server.run("SELECT content FROM notice")
    assert "a watches its 6 tasks" in str(content)
    with pytest.raises(StoreFenced):
        await second.access.declare_lost(seen_by(first.store, "a"), [])


async def test_another_run(nodes: tuple[Node, Node], server: Server) -> None:
    """A node that others declared lost begins again, and knows by how much its clock is wrong."""
    first, _ = nodes
    before = first.store.incarnation
    server.run("UPDATE node SET over = true, ended = 1, ended_by = 'b' WHERE name = 'a'")
    assert await first.access.begin() < timedelta(0)
    assert first.store.incarnation != before


async def test_another_process_of_the_same_name(nodes: tuple[Node, Node], url: str) -> None:
    """A run that another process of this name has ended does not begin again: that would be a duel."""
    first, _ = nodes
    with ExitStack() as stack:
        another = open_node(url, "a")
        stack.callback(another.close)
        another.begin(*first.access._task_list.in_force)  # noqa: SLF001 - as the node does
        with pytest.raises(NameTakenError, match="another process runs as node a"):
            await first.access.begin()


async def test_a_begin_that_is_not_answered(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the answer to a begin was lost, the run that it has ended itself is not that of another process."""
    first, _ = nodes
    begin = first.store.begin

    def unanswered(*arguments: object) -> None:
        begin(*arguments)  # type: ignore[arg-type]
        # It does not know of the new run.
        first.store._node_database.fence.begin(before.incarnation)  # noqa: SLF001 - see above
        first.store._registration.run = before  # noqa: SLF001 - see above
        message = "the answer was lost"
        raise StoreError(message)

    before = first.store._registration.run  # noqa: SLF001 - what it knows without an answer
    monkeypatch.setattr(first.store, "begin", unanswered)
    with pytest.raises(StoreUnavailable):
        await first.access.begin()
    assert first.store.ended_by() == "a"
    monkeypatch.undo()
    await first.access.begin()
    assert first.store.incarnation != before.incarnation
