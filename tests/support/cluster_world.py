"""Nodes as objects over one real database, tasks that fail and recover, and what must never happen there.

Each node acts on what it last knew, as a process does that was stopped or cut off meanwhile: the database
alone holds it back. Time goes on by one second with each act.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from tests.support.cluster_audit import Auditor

from py_pinger.core.cluster.assignments import SHARDS, channel_assignment, shard_name, shard_of
from py_pinger.core.cluster.node_notices import lost
from py_pinger.core.evaluation.lifecycle import advance
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.cluster import ClusterView, Node, NodeReport
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Delivery, DeliveryState, DeliveryUpdate
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.times import ZERO
from py_pinger.store import StoreError
from py_pinger.store.database.errors import FencedError
from py_pinger.store.node_store import NodeStore

CHANNEL = "slack"
SETTINGS = "settings"
ROUTES = (Route(CHANNEL),)
TASKS = tuple(Task(url, url) for url in ("http://a.example/", "http://b.example/", "http://c.example/"))

# What becomes of a commit: it does not happen, or it happens and its answer is lost.
Accident = Literal["commit", "answer"]

# What must never happen.
TWO_OWNERS = "two nodes take care of one assignment"
NO_OWNER = "an assignment stays without an owner"
NOT_FENCED = "a node that is over was let in"
FENCED = "a node that is not over was held back"
GAP = "the numbers of a node have a gap"
DECLARED = "a node was declared lost whose lease ran"
TWO_INCIDENTS = "one failure is two incidents"
NOTICES = "an incident has not one notice of its begin and one of its end"
SETTLED_TWICE = "a delivery was settled twice"
SETTLED_ELSEWHERE = "a delivery was settled by a node without the channel"
SENT_TWICE = "a message was sent twice by nodes that are not over"
NEVER_SENT = "a notice was never sent"
WRONG_STATE = "a task has another state than the last one in the database"


def shard(task: Task) -> str:
    """Return the assignment of a task."""
    return shard_name(shard_of(task.url, SHARDS))


SENDING = channel_assignment(CHANNEL)
ASSIGNMENTS = (*map(shard, TASKS), SENDING)


@dataclass
class ActingNode:
    """A node and what it believes: what it owns, the states of its tasks, and what is not written yet.

    It has sent the deliveries `in_hand`, and has not written that yet.
    """

    store: NodeStore
    view: ClusterView | None = None
    owned: set[str] = field(default_factory=set)
    states: dict[str, TaskState] = field(default_factory=dict)
    unwritten: list[Transition] = field(default_factory=list)
    in_hand: tuple[Delivery, ...] = ()

    def forget(self) -> None:
        """Drop everything, as a node does that begins again."""
        self.view, self.owned, self.states, self.unwritten, self.in_hand = None, set(), {}, [], ()


class ClusterWorld:
    """Nodes, the database that they share, the truth about the tasks, and the messages that were sent.

    Several nodes may have one name, as copies of a machine do.
    """

    def __init__(self, url: str, names: Sequence[str]) -> None:
        """Open the store of each node."""
        self.nodes = [ActingNode(NodeStore.open_node(url, name, "1.0")) for name in names]
        self.auditor = Auditor(url)
        self._accident: Accident | None = None
        event.listen(Engine, "commit", self._on_commit)
        self.reset()

    def reset(self) -> None:
        """Begin again with an empty database, in which the settings of the first node are in force."""
        self.now = datetime(2026, 11, 22, 10, tzinfo=UTC)
        # When each task failed, recovered, failed again and so on.
        self.turns: dict[str, list[datetime]] = {task.url: [] for task in TASKS}
        # The incarnations that have sent each delivery, and the one that has settled it.
        self.sent: dict[int, list[int]] = {}
        self.settled: dict[int, int] = {}
        self.found: set[str] = set()
        self.auditor.empty()
        first, *others = self.nodes
        self.begin(first)
        first.store.rule(TASKS, [CHANNEL], SETTINGS)
        first.store.load()
        for node in others:
            self.begin(node)

    def close(self) -> None:
        """Close all connections."""
        event.remove(Engine, "commit", self._on_commit)
        for node in self.nodes:
            node.store.close()
        self.auditor.close()

    # What a node does.

    def begin(self, node: ActingNode, accident: Accident | None = None) -> None:
        """Begin a new incarnation, which knows nothing of the former; again if that was not answered."""
        node.forget()
        if accident:
            with suppress(StoreError), self._accident_at_commit(accident):
                node.store.begin(SETTINGS, "")
        node.store.begin(SETTINGS, "")
        node.store.load()

    def renew(self, node: ActingNode) -> None:
        """Renew the lease, and see the cluster."""
        self._attempt(node, lambda: setattr(node, "view", node.store.renew(NodeReport(SETTINGS))), commits=0)

    def declare_lost(self, node: ActingNode, accident: Accident | None = None) -> None:
        """Declare those lost whose leases have expired by what the node has seen last."""
        for other in node.view.nodes if node.view else ():
            if other.expired and other.incarnation != node.store.incarnation:
                self._declare_lost(node, other, accident)

    def claim(self, node: ActingNode, names: Collection[str], accident: Accident | None = None) -> None:
        """Claim assignments, and take over what was claimed."""

        def claim() -> None:
            claimed = node.store.claim(names) - node.owned
            urls = [task.url for task in TASKS if shard(task) in claimed]
            node.states |= node.store.take_over(urls)
            node.owned |= claimed

        self._attempt(node, claim, accident)

    def release(self, node: ActingNode, names: Collection[str], accident: Accident | None = None) -> None:
        """Release assignments, unless something about them is not written."""
        if not node.unwritten and not node.in_hand:
            node.owned -= set(names)
            self._attempt(node, lambda: node.store.release(names), accident)

    def leave(self, node: ActingNode, accident: Accident | None = None) -> None:
        """Leave the cluster; a process that was not answered is gone too, and starts again."""
        node.forget()
        self._attempt(node, node.store.leave, accident)
        if accident:
            self.begin(node)

    def check(self, node: ActingNode, task: Task) -> None:
        """Check a task, if the node believes that it owns it; the result is not written yet."""
        if shard(task) in node.owned:
            step = advance(task, node.states[task.url], Check(self._verdict(task), self._pass_time(), ZERO))
            node.states[task.url] = step.state
            node.unwritten.append(step)

    def write(self, node: ActingNode, accident: Accident | None = None) -> None:
        """Write results; those that could not be written are written the next time."""

        def write() -> None:
            node.store.record(node.unwritten, [], ROUTES)
            node.unwritten = []

        if node.unwritten:
            self._attempt(node, write, accident)

    def send(self, node: ActingNode) -> None:
        """Send what waits for the channel, if the node believes that it owns it."""

        def send() -> None:
            node.in_hand = node.store.waiting(CHANNEL, self._pass_time())

        if SENDING in node.owned and not node.in_hand:
            self._attempt(node, send, commits=0)
            for delivery in node.in_hand:
                self.sent.setdefault(delivery.id, []).append(node.store.incarnation)

    def settle(self, node: ActingNode, accident: Accident | None = None) -> None:
        """Write that what was sent is delivered; again if that was not answered."""
        ids, me = [delivery.id for delivery in node.in_hand], node.store.incarnation

        def settle() -> None:
            node.store.settle(DeliveryUpdate(tuple(ids), DeliveryState.DELIVERED, self.now, self.now))
            node.in_hand = ()

        if ids:
            before, owner = self.auditor.deliveries(), self.auditor.owners().get(SENDING)
            is_done = self._attempt(node, settle, accident)
            if is_done or self.auditor.deliveries() != before:
                waiting = {each for each in ids if before[each] == DeliveryState.WAITING}
                self.expect(owner == me, SETTLED_ELSEWHERE)
                self.expect(all(self.settled.get(each, me) == me for each in ids), SETTLED_TWICE)
                self.settled |= dict.fromkeys(waiting, me)

    def follow(self, node: ActingNode) -> None:
        """Read what other nodes have changed, and compare that with the database.

        A node that is over begins again before it shows anything, but it may not know that yet.
        """
        if node.store.follow():
            node.store.load()
        if self.auditor.is_over(node.store.incarnation):
            return
        failing = {each.url for each in self.auditor.incidents() if each.is_open}
        for task in TASKS:
            known = node.store.task_snapshot(task.url)
            if known and shard(task) not in node.owned:
                self.expect(bool(known.state.incident) == (task.url in failing), WRONG_STATE)

    # What happens to nodes and tasks.

    def expire(self, node: ActingNode) -> None:
        """Let the lease of a node pass."""
        self.auditor.expire(node.store.incarnation)

    def turn(self, task: Task) -> None:
        """Have a task fail, or recover."""
        self.turns[task.url].append(self._pass_time())

    def converge(self) -> None:
        """Have a new incarnation own everything, and check, write and send all there is."""
        last = self.nodes[0]
        self.begin(last)
        for node in self.nodes[1:]:
            self.expire(node)
        self.renew(last)
        self.declare_lost(last)
        self.claim(last, ASSIGNMENTS)
        for task in TASKS:
            self.check(last, task)
        self.write(last)
        self.send(last)
        self.settle(last)
        self.expect(last.owned == set(ASSIGNMENTS), NO_OWNER)
        self.expect(set(self.auditor.deliveries().values()) <= {DeliveryState.DELIVERED}, NEVER_SENT)
        failing = {each.url for each in self.auditor.incidents() if each.is_open}
        self.expect(failing == {task.url for task in TASKS if self._is_failing(task)}, WRONG_STATE)

    def faults(self) -> list[str]:
        """Return what has happened that must never happen."""
        self.expect(self._has_one_owner_each(), TWO_OWNERS)
        self._audit_incidents()
        for incarnations in self.sent.values():
            self.expect(all(map(self.auditor.is_over, incarnations[:-1])), SENT_TWICE)
        return sorted(self.found)

    def expect(self, holds: bool, fault: str) -> None:  # noqa: FBT001 - reads as an assertion does
        """Note a fault unless something holds."""
        if not holds:
            self.found.add(fault)

    def _has_one_owner_each(self) -> bool:
        owners = self.auditor.owners()
        running = [node for node in self.nodes if not self.auditor.is_over(node.store.incarnation)]
        believed = [(name, node.store.incarnation) for node in running for name in node.owned]
        names = [name for name, _ in believed]
        return len(set(names)) == len(names) and all(owners.get(name) == owner for name, owner in believed)

    def _audit_incidents(self) -> None:
        incidents = self.auditor.incidents()
        for each in incidents:
            ends = 0 if each.is_open else 1
            self.expect((each.begins, each.ends, each.deliveries) == (1, ends, 1 + ends), NOTICES)
        failures = {(each.url, sum(at <= each.opened for at in self.turns[each.url])) for each in incidents}
        self.expect(len(failures) == len(incidents), TWO_INCIDENTS)

    def _declare_lost(self, node: ActingNode, other: Node, accident: Accident | None) -> None:
        was_over, before = self.auditor.is_over(other.incarnation), self.auditor.own_notices()
        notices = [lost(other, [node.store.name], len(TASKS), self._pass_time())]
        self._attempt(node, lambda: node.store.declare_lost(other, notices, ROUTES), accident)
        if self.auditor.own_notices() > before:
            # On a slow machine a lease may pass meanwhile, so only afterwards it is known whether it had.
            self.expect(not was_over and self.auditor.is_expired(other.incarnation), DECLARED)

    def _is_failing(self, task: Task) -> bool:
        return len(self.turns[task.url]) % 2 == 1

    def _verdict(self, task: Task) -> Verdict:
        return (
            Verdict(Status.ERROR, Cause.FAILED, "it fails") if self._is_failing(task) else Verdict(Status.OK)
        )

    def _pass_time(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def _attempt(
        self,
        node: ActingNode,
        act: Callable[[], object],
        accident: Accident | None = None,
        commits: int = 1,
    ) -> bool:
        """Act as a node, and find whether the database lets in those that are not over, and counts them."""
        me = node.store.incarnation
        is_over, written = self.auditor.is_over(me), self.auditor.written(me)
        is_done = False
        try:
            with self._accident_at_commit(accident):
                act()
            is_done = True
        except FencedError:
            self.expect(is_over, FENCED)
        except StoreError:
            self.expect(accident is not None, FENCED)
        self.expect(not (is_done and is_over), NOT_FENCED)
        if is_done or (accident == "answer" and not is_over):
            written += commits
        self.expect(self.auditor.written(me) == written, GAP)
        return is_done

    @contextmanager
    def _accident_at_commit(self, accident: Accident | None) -> Iterator[None]:
        self._accident = accident
        try:
            yield
        finally:
            self._accident = None

    def _on_commit(self, connection: Connection) -> None:
        accident, self._accident = self._accident, None
        if accident:
            if accident == "answer":
                connection.connection.commit()
            raise OperationalError("COMMIT", None, Exception("the server closed the connection"))
