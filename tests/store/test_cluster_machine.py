"""A cluster in any order of acts: no assignment has two owners, and no notice is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event, Thread, current_thread
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, text
from tests.support.cluster_world import (
    ASSIGNMENTS,
    CHANNEL,
    DECLARED,
    NEVER_SENT,
    TASKS,
    TWO_INCIDENTS,
    TWO_OWNERS,
    Accident,
    ActingNode,
    ClusterWorld,
)
from tests.support.postgres import Cluster

from py_pinger.core.cluster.lease import LeaseHistory, Renewal
from py_pinger.core.cluster.plan import plan
from py_pinger.core.model.cluster import NodeReport
from py_pinger.store import Store, member_store
from py_pinger.store.database.fence import Fence
from py_pinger.store.member_store import NodeBeginning
from py_pinger.store.node_store import NodeStore
from py_pinger.store.queries.cluster import incarnation_rows
from py_pinger.store.queries.cluster.incarnation_rows import StartedRun
from py_pinger.store.recorder import Batch, Ids, Recorder, Stored

# The tests of the parts cover the code; measuring these walks would double their time.
pytestmark = pytest.mark.no_cover

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NODES = st.integers(0, 2)
SOME = st.just(frozenset(ASSIGNMENTS)) | st.frozensets(st.sampled_from(ASSIGNMENTS), min_size=1)
TASK = st.integers(0, len(TASKS) - 1)
ACCIDENTS: st.SearchStrategy[Accident | None] = st.sampled_from([None, None, "commit", "answer"])


class StoreMachine(RuleBasedStateMachine):
    """Three nodes that begin, renew, declare, claim, release, check, write, send, settle, leave and stop."""

    world: ClassVar[ClusterWorld]

    def __init__(self) -> None:
        """Begin with three nodes and an empty database."""
        super().__init__()
        self.world.reset()

    @rule(number=NODES, accident=ACCIDENTS)
    def begin(self, number: int, accident: Accident | None) -> None:
        """Restart a node."""
        self.world.begin(self.world.nodes[number], accident)

    @rule(number=NODES)
    def renew(self, number: int) -> None:
        """Renew a lease."""
        self.world.renew(self.world.nodes[number])

    @rule(number=NODES)
    def expire(self, number: int) -> None:
        """Let a lease pass, as if the node was stopped or cut off."""
        self.world.expire(self.world.nodes[number])

    @rule(number=NODES, accident=ACCIDENTS)
    def declare_lost(self, number: int, accident: Accident | None) -> None:
        """Declare others lost."""
        self.world.declare_lost(self.world.nodes[number], accident)

    @rule(number=NODES, names=SOME, accident=ACCIDENTS)
    def claim(self, number: int, names: frozenset[str], accident: Accident | None) -> None:
        """Claim assignments."""
        self.world.claim(self.world.nodes[number], names, accident)

    @rule(number=NODES, other=NODES)
    def take_over(self, number: int, other: int) -> None:
        """Take over from a node that was stopped or cut off, in all steps."""
        if number != other:
            self.world.expire(self.world.nodes[other])
        self.world.renew(self.world.nodes[number])
        self.world.declare_lost(self.world.nodes[number])
        self.world.claim(self.world.nodes[number], ASSIGNMENTS)

    @rule(number=NODES, names=SOME, accident=ACCIDENTS)
    def release(self, number: int, names: frozenset[str], accident: Accident | None) -> None:
        """Release assignments."""
        self.world.release(self.world.nodes[number], names, accident)

    @rule(number=NODES, accident=ACCIDENTS)
    def leave(self, number: int, accident: Accident | None) -> None:
        """Leave the cluster."""
        self.world.leave(self.world.nodes[number], accident)

    @rule(task=TASK)
    def turn(self, task: int) -> None:
        """Have a task fail or recover."""
        self.world.turn(TASKS[task])

    @rule(number=NODES)
    def check(self, number: int) -> None:
        """Check all tasks that a node believes to be its own."""
        for task in TASKS:
            self.world.check(self.world.nodes[number], task)

    @rule(number=NODES, accident=ACCIDENTS)
    def write(self, number: int, accident: Accident | None) -> None:
        """Write results."""
        self.world.write(self.world.nodes[number], accident)

    @rule()
    def check_everything(self) -> None:
        """Have each node check and write."""
        for node in self.world.nodes:
            for task in TASKS:
                self.world.check(node, task)
            self.world.write(node)

    @rule(number=NODES)
    def send(self, number: int) -> None:
        """Send what waits."""
        self.world.send(self.world.nodes[number])

    @rule(number=NODES, accident=ACCIDENTS)
    def settle(self, number: int, accident: Accident | None) -> None:
        """Write what was sent."""
        self.world.settle(self.world.nodes[number], accident)

    @rule()
    def follow(self) -> None:
        """Have each node read what the others wrote."""
        for node in self.world.nodes:
            self.world.follow(node)

    @invariant()
    def holds(self) -> None:
        """Nothing has happened that must not."""
        assert self.world.faults() == []

    def teardown(self) -> None:
        """Let one node go on: nothing is lost."""
        self.world.converge()
        assert self.world.faults() == []


def run_machine(opened: ClusterWorld, examples: int, steps: int, *phases: Phase) -> None:
    """Have the machine act in so many orders of so many steps."""

    class MachineOfWorld(StoreMachine):
        world = opened

    run_state_machine_as_test(
        MachineOfWorld,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=phases or tuple(Phase),
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@pytest.fixture
def world(cluster: Cluster) -> Iterator[ClusterWorld]:
    """Open three nodes over one database."""
    with closing(ClusterWorld(cluster.database(), "abc")) as opened:
        yield opened


def test_any_order_of_acts(world: ClusterWorld) -> None:
    """Whatever nodes do and believe, no assignment has two owners, and no notice is lost or doubled."""
    run_machine(world, 8, 30)


@pytest.mark.thorough
def test_many_orders_of_acts(world: ClusterWorld) -> None:
    """The same holds in many more and longer orders."""
    run_machine(world, 150, 60)


def test_a_release_that_is_not_answered(world: ClusterWorld) -> None:
    """It may have happened: the node follows the new owner, and takes nothing for its own."""
    a, b, _ = world.nodes
    world.claim(a, ASSIGNMENTS)
    world.release(a, ASSIGNMENTS, "answer")
    world.claim(b, ASSIGNMENTS)
    fail(world, b)
    world.write(b)
    world.follow(a)
    assert world.faults() == []


# Each of the following sequences keeps all promises, and breaks one if a rule is switched off.


def fail(world: ClusterWorld, node: ActingNode) -> None:
    """Have a task fail, and a node check it; that is not written yet."""
    world.turn(TASKS[0])
    world.check(node, TASKS[0])


def take_over(world: ClusterWorld, node: ActingNode, lost: ActingNode) -> None:
    """Have a node take over from one that was stopped or cut off, and check what that has checked."""
    world.expire(lost)
    world.renew(node)
    world.declare_lost(node)
    world.claim(node, ASSIGNMENTS)
    world.check(node, TASKS[0])
    world.write(node)


def stale_write(world: ClusterWorld) -> None:
    """Have a node write that was stopped while others took over."""
    a, b, _ = world.nodes
    world.claim(a, ASSIGNMENTS)
    fail(world, a)
    take_over(world, b, a)
    world.write(a)


def write_under_way(world: ClusterWorld) -> None:
    """Have a node take over while a transaction of the former owner is under way."""
    a, b, _ = world.nodes
    world.claim(a, ASSIGNMENTS)
    fail(world, a)
    is_inside, may_go_on, record = Event(), Event(), Recorder.record

    def record_slowly(
        recorder: Recorder, connection: Connection, ids: Ids, batch: Batch, stored: Stored
    ) -> None:
        if current_thread() is writing:
            is_inside.set()
            may_go_on.wait(5)
        record(recorder, connection, ids, batch, stored)

    writing, taking_over = Thread(target=world.write, args=[a]), Thread(target=take_over, args=[world, b, a])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "record", record_slowly)
        writing.start()
        is_inside.wait(30)
        taking_over.start()
        # With the fence it waits for the transaction; long enough to be through without.
        taking_over.join(0.5)
        may_go_on.set()
        writing.join()
        taking_over.join()


def outage(world: ClusterWorld) -> None:
    """Have a node renew its lease first after the database was away for all for longer than a lease."""
    history = LeaseHistory()
    for second in (*range(10), 22):
        at = world.now + timedelta(seconds=second)
        history = history.after_renewal(second, second + 0.01, Renewal(at, history.at))
    first = world.nodes[0]
    for node in world.nodes:
        world.expire(node)
    world.renew(first)
    assert first.view
    if plan(first.view, first.store.incarnation, may_declare=history.may_declare(22.1)).lost:
        world.declare_lost(first)
    # They all run, and renew their leases as soon as the database is back.
    world.expect(not any(world.auditor.is_over(node.store.incarnation) for node in world.nodes), DECLARED)


def copied_machine(world: ClusterWorld) -> None:
    """Have a node of the same name start while the first one has something to write."""
    a, _, copy = world.nodes
    world.begin(a)
    world.claim(a, ASSIGNMENTS)
    fail(world, a)
    world.begin(copy)
    world.claim(copy, ASSIGNMENTS)


def start_with_other_channels(world: ClusterWorld) -> None:
    """Have a node start while a notice waits for a channel that its own settings do not have."""
    a, b, _ = world.nodes
    world.claim(a, ASSIGNMENTS)
    fail(world, a)
    world.write(a)
    world.begin(b)
    world.converge()


def switch_off_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each transaction in."""
    monkeypatch.setattr(Fence, "pass_through", lambda *_: None)


def read_instead_of_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let transactions in if the run was not over when they looked."""

    def pass_through(fence: Fence, connection: Connection) -> None:
        query = text("SELECT over FROM node WHERE incarnation = :me")
        if connection.scalar(query, {"me": fence.incarnation}):
            raise fence.end(fence.incarnation)

    monkeypatch.setattr(Fence, "pass_through", pass_through)


def reuse_incarnation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each run the same number, as if it followed from the name."""

    def insert_again(connection: Connection, run: StartedRun, report: NodeReport) -> None:
        for table in ("node", "lease"):
            former = text(f"DELETE FROM {table} WHERE incarnation = :incarnation")  # noqa: S608 - constants
            connection.execute(former, {"incarnation": run.incarnation})
        insert(connection, run, report)

    insert = incarnation_rows.insert
    monkeypatch.setattr(incarnation_rows, "insert", insert_again)
    monkeypatch.setattr(member_store, "randbits", lambda _: 1)


def resume_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each start give up what waits for channels that its own settings do not have."""

    def begin_and_resume(store: NodeStore, settings: str, secrets: str) -> NodeBeginning:
        beginning = begin(store, settings, secrets)
        # As a single process does, which asks no cluster whether its settings have the channel.
        Store.give_up(store, CHANNEL, NOON)
        return beginning

    begin = NodeStore.begin
    monkeypatch.setattr(NodeStore, "begin", begin_and_resume)


def declare_without_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each node declare others lost whenever their leases have expired."""
    monkeypatch.setattr(LeaseHistory, "may_declare", lambda *_: True)


@pytest.mark.parametrize(
    ("sequence", "mutation", "fault"),
    [
        (stale_write, switch_off_fence, TWO_INCIDENTS),
        (write_under_way, read_instead_of_fence, TWO_INCIDENTS),
        (outage, declare_without_grace, DECLARED),
        (copied_machine, reuse_incarnation, TWO_OWNERS),
        (start_with_other_channels, resume_at_start, NEVER_SENT),
    ],
)
def test_each_rule_is_needed(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    sequence: Callable[[ClusterWorld], None],
    mutation: Callable[[pytest.MonkeyPatch], None],
    fault: str,
) -> None:
    """A sequence that breaks no promise breaks one as soon as a rule is switched off."""
    names = "aba" if sequence is copied_machine else "abc"
    with closing(ClusterWorld(cluster.database(), names)) as world:
        sequence(world)
        assert world.faults() == []
        world.reset()
        mutation(monkeypatch)
        sequence(world)
        assert fault in world.faults()


def test_the_machine_finds_a_fence_that_is_off(world: ClusterWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts in any order show what a node can do that is over and not held back."""
    switch_off_fence(monkeypatch)
    with pytest.raises(AssertionError):
        run_machine(world, 50, 30, Phase.generate)
