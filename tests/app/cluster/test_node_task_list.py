"""Which settings come into force when nodes start and reload, on real stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.support.node_stores import Server, open_node

from py_pinger.app.async_store import AsyncStore
from py_pinger.app.cluster.node_task_list import JUST_CHANGED, NodeTaskList
from py_pinger.app.cluster.owned_part import OwnedPart
from py_pinger.app.reconfigure import Reconfigurer
from py_pinger.channels import LogChannel
from py_pinger.config import Settings
from py_pinger.core.cluster.assignments import all_assignments
from py_pinger.core.model.task import Task
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.thread_worker import ThreadWorker
from py_pinger.store.member_store import NodeBeginning
from py_pinger.store.node_store import NodeStore

A, B, C = (Task(f"http://{name}.example/", "") for name in "abc")
ITEM = Task(f"{A.url}#item", "item", listed_by=A.url)
ONE, TWO = Settings(tasks=(A,)), Settings(tasks=(A, B))


class Node:
    """The list of tasks of a node that owns everything, as far as it is asked."""

    def __init__(self, store: NodeStore) -> None:
        self.store = store
        self.part = OwnedPart(store.shards)
        self.part.owned = frozenset(all_assignments(["log"], store.shards))
        self.worker = ThreadWorker("store")
        self.task_list = NodeTaskList(store, AsyncStore(store, self.worker, [LogChannel.route]), self.part)
        self.reconfigurer = Reconfigurer([], 65_536, dict, self.part.of)

    def begin(self, settings: Settings) -> NodeBeginning:
        """Begin a run with the settings, which are not in force yet."""
        self.settings = settings
        self.task_list.expect(settings, reloaded=True)
        return self.store.begin(*self.task_list.expected)

    def start(self, settings: Settings) -> str:
        """Start with settings; return the node whose settings are in force."""
        self.task_list.begin(settings, self.begin(settings))
        return self.ruler()

    async def reload(self, settings: Settings) -> str:
        """Reload settings; return the node whose settings are in force."""
        self.task_list.expect(settings, reloaded=True)
        prepared = self.reconfigurer.prepare(settings)
        states = await self.task_list.change(prepared)
        self.reconfigurer.apply(prepared, states)
        return self.ruler()

    def ruler(self) -> str:
        """Return the node whose settings are in force, as this node knows."""
        generation = self.store.generation
        return f"{generation.node} {generation.number}" if generation else ""

    def urls(self) -> list[str]:
        """Return the tasks in force, as this node knows."""
        return [each.url for each in self.store.task_snapshots()]


@pytest.fixture
def nodes(url: str) -> Iterator[tuple[Node, Node]]:
    """Return two nodes that have not begun."""
    with ExitStack() as stack:
        made = [Node(open_node(url, name)) for name in "ab"]
        for node in made:
            stack.callback(node.store.close)
        yield made[0], made[1]


def test_the_first_start(nodes: tuple[Node, Node]) -> None:
    """The settings of the first node come into force; another node joins, whatever its settings are."""
    first, second = nodes
    assert (first.start(ONE), second.start(TWO)) == ("a 1", "a 1")
    assert (first.urls(), second.urls()) == ([A.url], [A.url])
    assert first.task_list.in_force != second.task_list.in_force


@pytest.mark.parametrize("theirs", [ONE, TWO], ids=["the same", "others"])
def test_two_first_starts_at_the_same_time(nodes: tuple[Node, Node], theirs: Settings) -> None:
    """Of two nodes that begin before settings are in force, the quicker one decides, and the other joins."""
    first, second = nodes
    found = [(node, node.begin(settings)) for node, settings in ((first, ONE), (second, theirs))]
    for node, beginning in reversed(found):
        node.task_list.begin(node.settings, beginning)
    assert (first.ruler(), second.ruler()) == ("b 1", "b 1")
    assert first.urls() == second.urls() == [task.url for task in theirs.tasks]


def test_a_start_that_ends_early(nodes: tuple[Node, Node]) -> None:
    """Settings that have not come into force are not old at the next start, and come into force then."""
    first, _ = nodes
    first.start(ONE)
    first.store.leave()
    first.begin(TWO)
    first.store.leave()
    assert first.start(TWO) == "a 2"


def test_old_settings(nodes: tuple[Node, Node]) -> None:
    """A node that starts alone does not bring settings back that another has replaced."""
    first, second = nodes
    first.start(ONE)
    first.store.leave()
    assert second.start(TWO) == "b 2"
    second.store.leave()
    assert (first.start(ONE), first.urls()) == ("b 2", [A.url, B.url])


async def test_reloads(nodes: tuple[Node, Node]) -> None:
    """What any node reloads comes into force for all; who reloads the same afterwards has it already."""
    first, second = nodes
    first.start(ONE)
    second.start(ONE)
    assert await second.reload(TWO) == "b 2"
    assert first.store.follow()
    first.store.load()
    assert await first.reload(TWO) == "b 2"
    assert first.urls() == [A.url, B.url]
    assert first.task_list.in_force == second.task_list.in_force


async def test_the_same_reload_at_the_same_time(nodes: tuple[Node, Node]) -> None:
    """Of nodes that reload one file at the same time, the second finds it in force, and follows the first."""
    first, second = nodes
    first.start(ONE)
    second.start(ONE)
    assert await second.reload(TWO) == "b 2"
    assert (await first.reload(TWO), first.urls()) == ("b 2", [A.url, B.url])
    assert first.store.follow(), "other items may be in force as well"


async def test_other_reloads_at_the_same_time(nodes: tuple[Node, Node]) -> None:
    """A reload that does not know of another one fails and changes nothing; the next attempt counts."""
    first, second = nodes
    first.start(ONE)
    second.start(ONE)
    before = first.task_list.in_force
    await second.reload(TWO)
    other = Settings(tasks=(C,))
    with pytest.raises(StoreUnavailable, match=JUST_CHANGED):
        await first.reload(other)
    assert first.task_list.in_force == before
    assert first.store.follow()
    first.store.load()
    assert (await first.reload(other), first.urls()) == ("a 3", [C.url])


async def test_items_that_another_node_has_just_found(nodes: tuple[Node, Node]) -> None:
    """A reload must not remove items that it does not know of: it fails, until this node has followed."""
    first, second = nodes
    first.start(ONE)
    second.start(ONE)
    second.store.change_items([ITEM], [])
    with pytest.raises(StoreUnavailable, match=JUST_CHANGED):
        await first.reload(TWO)
    assert second.urls() == [A.url, ITEM.url]


def test_items_of_two_nodes_at_the_same_time(nodes: tuple[Node, Node]) -> None:
    """A node that changes items goes on to follow what another has changed at the same time."""
    first, second = nodes
    first.start(TWO)
    second.start(TWO)
    first.store.change_items([ITEM], [])
    assert not first.store.follow()
    second.store.change_items([Task(f"{B.url}#x", "x", listed_by=B.url)], [])
    assert second.store.follow()
    assert first.store.follow()


async def test_a_task_that_is_not_in_force_any_more(nodes: tuple[Node, Node], server: Server) -> None:
    """What another node has just removed is not taken over, until this node has followed."""
    first, _ = nodes
    first.start(ONE)
    first.task_list.expect(ONE, reloaded=False)
    prepared = first.reconfigurer.prepare(ONE)
    assert set(await first.task_list.take_over(prepared)) == {A.url}
    server.run("UPDATE task SET monitored = false")
    with pytest.raises(StoreUnavailable, match=JUST_CHANGED):
        await first.task_list.take_over(prepared)


async def test_settings_that_differ(nodes: tuple[Node, Node]) -> None:
    """A node with other settings than those in force has the tasks of both; after a reload all of its own."""
    first, second = nodes
    first.start(Settings(tasks=(A, C)))
    second.start(TWO)
    second.task_list.expect(TWO, reloaded=False)
    assert second.part.of(TWO).tasks == (A,)
    await second.reload(TWO)
    assert second.part.of(TWO).tasks == (A, B)


def test_secrets(nodes: tuple[Node, Node]) -> None:
    """Nodes may use other passwords for the database; other secrets have another fingerprint."""
    first, second = nodes
    main = Settings().main
    found = []
    for more in (
        {"database": "postgresql+psycopg://pinger:one@db/pinger"},
        {"database": "postgresql+psycopg://pinger:two@db/pinger"},
        {"heartbeat": "https://beat.example/secret"},
    ):
        changed = type(main).model_validate({**main.model_dump(exclude_unset=True), **more})
        first.task_list.expect(Settings(main=changed), reloaded=True)
        found.append(first.task_list.expected.secrets)
    assert (found[0] == found[1], found[0] == found[2]) == (True, False)
    assert second.task_list.expected.secrets == ""


async def test_settings_that_the_database_has_lost(nodes: tuple[Node, Node], server: Server) -> None:
    """A node whose settings were in force finds that a backup has older ones, until a node restores them."""
    first, second = nodes
    first.start(ONE)
    second.start(ONE)
    for node in nodes:
        await node.reload(TWO)
    assert [node.task_list.is_lost() for node in nodes] == [False, False]
    server.run("UPDATE cluster SET generation = 1, settings = 'older', since = since - 60000000")
    server.run("UPDATE task SET monitored = false WHERE url = :url", url=B.url)
    for node in nodes:
        node.store.load()
    assert [node.task_list.is_lost() for node in nodes] == [True, True]
    assert await second.reload(TWO) == "b 2"
    first.store.load()
    assert not first.task_list.is_lost()
    assert first.urls() == [A.url, B.url]


async def test_lost_settings_of_another_node(nodes: tuple[Node, Node], server: Server) -> None:
    """A node that has other settings than those that were lost leaves it to others to restore them."""
    first, second = nodes
    first.start(ONE)
    second.start(TWO)
    server.run("UPDATE cluster SET generation = 1, settings = 'older', since = since - 60000000")
    second.store.load()
    assert not second.task_list.is_lost()
