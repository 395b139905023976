"""Whole nodes share what there is to take care of, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.support.in_process_node import InProcessNode, settings_of
from tests.support.node_stores import Server

from py_pinger.app.role import Beginning
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.config import ConfiguredChannel, Settings
from py_pinger.core.cluster import lease
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.model.transition import Transition
from py_pinger.engine.cluster import lease_renewer

PATIENCE = 60.0
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TASKS = tuple(Task(f"http://host{number}.example/", "", interval=timedelta(days=1)) for number in range(8))
PROBLEM, RECOVERED = NoticeKind.SELF_PROBLEM.value, NoticeKind.SELF_RECOVERED.value
URLS = {task.url for task in TASKS}
SENTRY = ConfiguredChannel(
    "sentry", "sentry", SentrySettings(url=SecretStr("https://a-secret-key@sentry.invalid/1"))
)
PAGE = PageDefinition("p", each="jobs", item_name="name", lastrun="t")
PAGES = tuple(
    Task(f"http://page{number}.example/#*", "", expectations=Expectations(page=PAGE)) for number in range(4)
)


class Nodes:
    """The nodes of a test, with the settings that they are given."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._made: list[InProcessNode] = []

    def settings(self, name: str, *tasks: Task) -> Settings:
        """Return the settings of a node."""
        return settings_of(self._folder, self._url, name, tasks, [SENTRY])

    async def run(self, name: str, *tasks: Task) -> tuple[InProcessNode, Beginning]:
        """Run a node."""
        node = self.make(name, *tasks)
        return node, await node.run()

    def make(self, name: str, *tasks: Task) -> InProcessNode:
        """Return a node that does not run yet."""
        node = InProcessNode(self.settings(name, *(tasks or TASKS)))
        self._made.append(node)
        return node

    async def close(self) -> None:
        """Close all."""
        for node in self._made:
            await node.close()


@pytest.fixture
async def nodes(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Nodes]:
    """Return nodes that renew their leases more often than usual."""
    monkeypatch.setattr(lease_renewer, "RENEWAL", 0.1)
    nodes = Nodes(tmp_path, url)
    yield nodes
    await nodes.close()


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what changes it are threads
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"in vain: {what}")


def _warnings(node: InProcessNode) -> str:
    return "".join(each.text for each in node.role.warnings())


def failed(url: str) -> Transition:
    """Return a check that has found a task failing."""
    return Transition(url, TaskState(Verdict(Status.ERROR), since=NOW, checked_at=NOW, pings=7))


async def test_nodes_share_what_there_is(nodes: Nodes) -> None:
    """One node has all; a second one takes its part, and everything has one owner; who leaves leaves all."""
    first, greeting = await nodes.run("a")
    assert greeting.greets
    await until(lambda: {*first.tasks} == URLS and len(first.channels) == 2, "one node has all")
    second, greeting = await nodes.run("b")
    assert not greeting.greets
    await until(lambda: second.tasks, "the second node has a part")
    await until(lambda: len(first.tasks) + len(second.tasks) == len(URLS), "each task has one owner")
    assert {*first.tasks, *second.tasks} == URLS
    await until(lambda: len(first.channels) + len(second.channels) == 2, "each channel has one owner")
    assert {*first.channels, *second.channels} == {"log", "sentry"}
    assert not second.role.is_last()
    await second.stop()
    await until(lambda: {*first.tasks} == URLS, "the first node has all again")
    assert first.role.is_last()


async def test_states_move_with_the_tasks(nodes: Nodes) -> None:
    """Who takes a task over has the state that the other node has found last, written before the release."""
    first, _ = await nodes.run("a")
    await until(lambda: {*first.tasks} == URLS, "one node has all")
    for url in URLS:
        first.components.write_buffer.add(failed(url))
    second, _ = await nodes.run("b")
    await until(lambda: second.tasks, "the second node has a part")
    snapshots = [second.store.task_snapshot(url) for url in second.tasks]
    assert {each.state.pings for each in snapshots if each} == {7}


async def test_a_run_that_is_over(nodes: Nodes, server: Server) -> None:
    """A node that was declared lost drops what it has not written, and takes part again."""
    first, _ = await nodes.run("a")
    await until(lambda: {*first.tasks} == URLS, "the node has all")
    incarnation, lost = first.store.incarnation, Notice(NoticeKind.SELF_PROBLEM, NOW, topic="x", text="lost")
    server.run("UPDATE node SET over = true, ended = 1, ended_by = 'z'")
    first.components.write_buffer.announce(lost)
    await until(lambda: first.store.incarnation != incarnation, "another run")
    await until(lambda: {*first.tasks} == URLS, "the node has all again")
    await until(lambda: len(first.channels) == 2, "its channels, too")
    assert first.components.write_buffer.failure is None
    assert server.run("SELECT * FROM notice WHERE content LIKE '%lost%'") == []
    status = first.role.cluster().status()
    assert status
    assert (status.fenced, first.reasons) == (1, [])


async def test_a_backup_from_before_a_start(nodes: Nodes, server: Server) -> None:
    """A node that a restored database does not know goes on, and writes again what only it knew.

    Another one, which owns all by the database, leaves it what it checks; neither has new checks to write.
    """
    first, _ = await nodes.run("a")
    await until(lambda: {*first.tasks} == URLS, "one node has all")
    server.back_up()
    second, _ = await nodes.run("b")
    await until(lambda: second.tasks, "the second node has a part")
    await until(lambda: len(first.tasks) + len(second.tasks) == len(URLS), "each task has one owner")
    await until(lambda: len(first.channels) + len(second.channels) == 2, "each channel has one owner")
    owned, url = {*first.tasks}, second.tasks[0]
    second.components.write_buffer.add(failed(url))
    error = [("error",)]
    await until(lambda: server.run("SELECT status FROM task WHERE url = :url", url=url) == error, "a write")
    runs, checked = [node.store.incarnation for node in (first, second)], set[str]()

    def are_written() -> bool:
        checked.update(first.tasks)
        living = [run for (run,) in server.run("SELECT incarnation FROM node WHERE NOT over ORDER BY name")]
        return living == runs and server.run("SELECT status FROM task WHERE url = :url", url=url) == error

    server.restore()
    await until(are_written, "what the second node wrote")
    await until(lambda: are_written() and {*first.tasks, *second.tasks} == URLS, "all tasks have an owner")
    assert (checked, first.reasons, second.reasons) == (owned, [], [])
    assert runs == [node.store.incarnation for node in (first, second)]


async def test_two_processes_of_one_name(nodes: Nodes) -> None:
    """A second process of the same name ends the first, which says why."""
    first, _ = await nodes.run("a")
    await until(lambda: first.tasks, "the node takes part")
    second, _ = await nodes.run("a")
    await until(lambda: first.reasons, "the first process ends")
    assert first.reasons[0] == "another process runs as node a; give each node another [main] node"
    assert first.tasks == []
    await until(lambda: {*second.tasks} == URLS, "the second has all")
    assert second.reasons == []


async def test_reloads(nodes: Nodes) -> None:
    """What one node reloads counts for all; a node that does not know a task leaves it to those that do."""
    first, _ = await nodes.run("a", *TASKS)
    second, _ = await nodes.run("b", *TASKS)
    await until(lambda: first.tasks and second.tasks, "both have a part")
    more = [Task(f"http://new{number}.example/", "", interval=timedelta(days=1)) for number in range(4)]
    await first.applier.apply(nodes.settings("a", *TASKS[1:], *more))
    await until(lambda: {task.url for task in more} <= {*first.tasks}, "the first has all new tasks")
    await until(lambda: TASKS[0].url not in second.tasks, "the removed task is checked no more")
    for node in (first, second):
        await until(lambda: "node b has settings that differ" in _warnings(node), "the warning")  # noqa: B023 - awaited here
    assert _warnings(first) == _warnings(second)
    await second.applier.apply(nodes.settings("b", *TASKS[1:], *more))
    await until(lambda: not first.role.warnings(), "the same settings")
    everything = {task.url for task in (*TASKS[1:], *more)}
    await until(lambda: len(first.tasks) + len(second.tasks) == len(everything), "each task has one owner")
    assert {*first.tasks, *second.tasks} == everything


async def test_settings_that_are_rolled_out_by_restarts(nodes: Nodes) -> None:
    """A node that restarts with other settings joins; once all have restarted, these are in force."""
    added = Task("http://added.example/", "", interval=timedelta(days=1))
    former = [(await nodes.run(name))[0] for name in "ab"]
    await former[0].close()
    first, _ = await nodes.run("a", *TASKS, added)
    await until(lambda: first.tasks, "the restarted node has a part")
    assert first.store.task_snapshot(added.url) is None
    await former[1].close()
    second, _ = await nodes.run("b", *TASKS, added)
    both = {*URLS, added.url}
    await until(lambda: {*first.tasks, *second.tasks} == both, "the task that was added is watched")
    await until(lambda: second.store.task_snapshot(added.url), "each node knows it")
    await until(lambda: not first.role.warnings() and not second.role.warnings(), "no settings differ")


async def test_items_of_pages(nodes: Nodes, server: Server) -> None:
    """Each node follows its pages; what one page lists changes nothing of the pages of another node."""
    first, _ = await nodes.run("a", *PAGES)
    second, _ = await nodes.run("b", *PAGES)
    await until(lambda: len(first.tasks) + len(second.tasks) == 4 and second.tasks, "both have pages")
    for name in ("x", "y"):
        for node in (first, second):
            pages = [url for url in node.tasks if url.endswith("#*")]
            known = node.components.discovery.names()
            await node.applier.apply_items({url: (*known.get(url, ()), name) for url in pages}, ())
    items = {page.url.replace("*", name) for page in PAGES for name in ("x", "y")}
    found = server.run("SELECT url FROM task JOIN discovered ON task_id = task.id WHERE monitored")
    assert {url for (url,) in found} == items
    await until(lambda: items <= {*first.tasks, *second.tasks}, "all items are checked")
    await second.stop()
    await until(lambda: items <= {*first.tasks}, "the items of the other node, too")


async def test_notices_about_nodes(nodes: Nodes, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that is lost is notified once, and so is its return."""
    monkeypatch.setattr(lease, "LEASE", 2.0)

    def kinds() -> list[object]:
        found = server.run("SELECT kind FROM notice WHERE content LIKE '%ode b%' ORDER BY id")
        return [kind for (kind,) in found]

    first, _ = await nodes.run("a")
    await until(lambda: {*first.tasks} == URLS, "one node has all")
    second = nodes.make("b")
    second.start()
    await second.end_renewals()
    server.expire("b")
    await until(kinds, "the notice")
    assert kinds() == [PROBLEM]
    await second.close()
    third, _ = await nodes.run("b")
    await until(lambda: len(kinds()) > 1, "its return")
    assert kinds() == [PROBLEM, RECOVERED]
    (content,) = server.run("SELECT content FROM notice ORDER BY id DESC LIMIT 1")[0]
    assert "Node b is back" in str(content)
    assert third.reasons == []


async def test_a_notice_of_a_node(nodes: Nodes) -> None:
    """What a node says of itself names it."""
    node = nodes.make("a")
    notice = node.role.sign(Notice(NoticeKind.SELF_PROBLEM, NOW, topic="clock", text="The clock is wrong."))
    assert (notice.text, notice.topic) == ("Node a: The clock is wrong.", "clock on node a")
