"""Any node of a cluster receives pushes; the owner of the task evaluates each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread

import pytest
from tests.support.eventually import eventually

from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.push import PushedReport, PushKind, PushState, PushWrite, Receipt, WaitingPush
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.core.push.forwarded_push import to_waiting
from py_pinger.engine.push import push_sharing
from py_pinger.engine.push.push_batch import PushBatch
from py_pinger.engine.push.push_receiver import PushReceiver
from py_pinger.engine.push.push_sharing import PushSharing
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.tasks import States

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = 5.0
RID = "7a1f0e7c-91c5-4b5c-8d0c-2f6f2f1c9a11"


def pushed(slug: str) -> Task:
    """Return an hourly task that is pushed."""
    url = f"push:{slug}"
    return Task(url, url, push=PushIdentity(slug), expectations=Expectations(HOUR))


A, B = pushed("a"), pushed("b")
PULLED = Task("http://a.example/", "http://a.example/")
LISTED = [A, B, PULLED]


class Database:
    """The push rows and the inbox of a cluster, in memory; `down` if it cannot be used."""

    def __init__(self) -> None:
        self.kept: dict[str, PushState] = {}
        self.logs: dict[str, str] = {}
        self.inbox: list[WaitingPush] = []
        self.runs = self.polls = 0
        self.transactions = 0
        self.again: list[bool] = []
        self.down = False
        self.gate, self.entered = Event(), Event()
        self.gate.set()
        self._lock = Lock()

    def states(self) -> Mapping[str, PushState]:
        """Fail: a node reads the tasks that it owns."""
        raise AssertionError

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Fail: a node exchanges."""
        raise AssertionError(writes)

    def states_of(self, urls: Collection[str]) -> Mapping[str, PushState]:
        """Return what is kept of some tasks."""
        return {url: self.kept[url] for url in urls if url in self.kept}

    def waiting(self) -> Collection[str]:
        """Return which tasks have pushes in the inbox."""
        self.polls += 1
        if self.down:
            message = "the server is down"
            raise StoreUnavailable(message)
        return {each.url for each in self.inbox}

    def arrived(self, *, again: bool) -> Collection[str]:
        """Return the same; note whether it was to be read `again`."""
        self.again.append(again)
        return self.waiting()

    def exchange(
        self,
        urls: Collection[str],
        forwarded: Sequence[WaitingPush],
        receive: Callable[[Sequence[WaitingPush]], Sequence[PushWrite]],
    ) -> None:
        """Do all or nothing."""
        self.entered.set()
        self.gate.wait(SECONDS)
        self.waiting()
        with self._lock:
            writes = receive([each for each in self.inbox if each.url in urls])
            self.kept |= {each.url: each.state for each in writes}
            self.logs |= {each.url: each.log for each in writes if each.log is not None}
            self.runs += sum(each.run is not None for each in writes)
            self.inbox = [each for each in self.inbox if each.url not in urls] + [*forwarded]
            self.transactions += 1


class Node:
    """One node with its receiver."""

    def __init__(self, database: Database) -> None:
        self.receiver = PushReceiver(database, lambda: NOON, PushSharing(database))

    def own(self, *tasks: Task, added: Collection[str] = (), states: States | None = None) -> None:
        """Own other tasks: claim those that come, whose stored states are given."""
        taken = self.receiver.take_over(tasks)
        self.receiver.use_share(tasks, LISTED, added, taken, states or {})

    def send(self, task: Task, kind: PushKind = PushKind.SUCCESS, **more: object) -> Future[Receipt]:
        """Have this node receive a push."""
        answered: Future[Receipt] = Future()
        push = PushedReport(task.url, kind, NOON + HOUR, **more)  # type: ignore[arg-type]  # its fields
        self.receiver.submit(push, answered.set_result)
        return answered

    def sent(self, task: Task, kind: PushKind = PushKind.SUCCESS, **more: object) -> Receipt:
        """Have this node receive a push, and wait for the answer."""
        return self.send(task, kind, **more).result(SECONDS)

    def report(self, task: Task) -> TaskReport:
        """Return what this node knows of a task."""
        report = self.receiver.report(task)
        assert isinstance(report, TaskReport)
        return report


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return an empty database, whose inbox is read at once."""
    monkeypatch.setattr(push_sharing, "POLL", 0.01)
    return Database()


@pytest.fixture
def nodes(database: Database) -> Iterator[tuple[Node, Node]]:
    """Return a node that owns A, and one that owns B."""
    with ExitStack() as stack:
        made = Node(database), Node(database)
        for node, task in zip(made, (A, B), strict=True):
            stack.callback(node.receiver.stop, SECONDS)
            node.own(task)
        eventually(lambda: len(database.kept) == 2, "both tasks are stored")
        yield made


def test_a_push_reaches_the_owner_of_its_task(nodes: tuple[Node, Node], database: Database) -> None:
    """A push to another node is answered when the inbox has it, and evaluated by the owner."""
    first, second = nodes
    assert second.sent(A, log="done") is Receipt.STORED
    eventually(lambda: not first.report(A).never_ran, "the owner knows of the run")
    assert list(first.receiver.arrived()) == [A.url]
    assert (database.inbox, database.runs, database.logs) == ([], 1, {A.url: "done"})
    assert first.report(A).lastrun == NOON + HOUR


def test_a_push_to_the_owner_needs_no_inbox(nodes: tuple[Node, Node], database: Database) -> None:
    """The owner of a task stores its pushes as a single process does."""
    assert nodes[0].sent(A) is Receipt.STORED
    assert (database.kept[A.url].last is not None, database.inbox) == (True, [])


def test_an_unknown_task_is_unknown_on_each_node(nodes: tuple[Node, Node], database: Database) -> None:
    """A task that the settings do not have is rejected, and nothing of it is kept."""
    assert nodes[0].sent(pushed("other")) is Receipt.UNKNOWN
    assert nodes[0].sent(PULLED) is Receipt.UNKNOWN
    assert database.inbox == []


def test_a_start_is_stored_before_the_end_of_its_run(nodes: tuple[Node, Node], database: Database) -> None:
    """What waits in the inbox is taken before a push that reaches the owner, so that no run stays open."""
    first, _ = nodes
    start = PushedReport(A.url, PushKind.START, NOON)
    database.gate.clear()
    end = first.send(A)
    database.inbox.append(to_waiting(start))
    database.gate.set()
    assert end.result(SECONDS) is Receipt.STORED
    assert first.report(A).running_since is None
    assert first.report(A).took == HOUR


def test_a_push_that_two_nodes_received_counts_once(nodes: tuple[Node, Node], database: Database) -> None:
    """A sender that repeats a push with the id of its run at another node has reported one run."""
    first, second = nodes
    assert second.sent(A, run_id=RID) is Receipt.STORED
    assert first.sent(A, run_id=RID) is Receipt.STORED
    eventually(lambda: not database.inbox, "the inbox is empty")
    assert database.runs == 1


def test_a_taker_knows_what_others_received(nodes: tuple[Node, Node], database: Database) -> None:
    """A task that is taken over has its newest push before it is evaluated, whichever node received it."""
    first, second = nodes
    first.sent(A, PushKind.START)
    first.own()
    first.receiver.settle()
    database.inbox.append(to_waiting(PushedReport(A.url, PushKind.SUCCESS, NOON + 2 * HOUR, log="done")))
    second.own(A, B)
    assert second.report(A).lastrun == NOON + 2 * HOUR
    assert second.report(A).took == HOUR
    assert second.report(A).awaited_since == NOON
    assert A.url in second.receiver.arrived()
    assert (database.inbox, database.runs) == ([], 1)


def test_a_failure_that_has_passed_is_evaluated(nodes: tuple[Node, Node], database: Database) -> None:
    """A failure and a success that other nodes received count both, for an owner and for a taker."""
    first, second = nodes
    list(first.receiver.arrived())
    pushes = [PushedReport(A.url, kind, NOON + HOUR) for kind in (PushKind.FAIL, PushKind.SUCCESS)]
    database.inbox += map(to_waiting, pushes)
    eventually(lambda: not database.inbox, "the owner has both")
    first.receiver.settle()
    assert [first.report(A).healthy, first.report(A).healthy] == [False, True]
    first.own()
    first.receiver.settle()
    database.inbox += map(to_waiting, pushes)
    second.own(A, B)
    assert [second.report(A).healthy, second.report(A).healthy] == [False, True]
    database.inbox += map(to_waiting, pushes)
    eventually(lambda: not database.inbox, "the owner has both")
    second.receiver.settle()
    second.own(B)
    second.receiver.settle()
    second.own(A, B)
    assert second.report(A).healthy
    second.sent(A, PushKind.FAIL)
    second.own(B)
    second.receiver.settle()
    database.inbox.append(to_waiting(pushes[1]))
    first.own(A)
    assert [first.report(A).healthy, first.report(A).healthy] == [False, True]


@pytest.mark.parametrize(
    ("seconds", "arrived"), [(-3600, [A.url]), (0, [A.url]), (9, [A.url]), (11, []), (3600, [])]
)
def test_what_the_former_owner_had_not_evaluated_is_evaluated(
    nodes: tuple[Node, Node], seconds: float, arrived: list[str]
) -> None:
    """A push that was stored, but whose evaluation was lost with its node, is not left to the next check."""
    first, second = nodes
    first.sent(A)
    first.own()
    first.receiver.settle()
    list(second.receiver.arrived())
    checked = TaskState(checked_at=NOON + HOUR + timedelta(seconds=seconds))
    second.own(A, B, states={A.url: checked, B.url: checked})
    assert list(second.receiver.arrived()) == arrived


def test_a_task_that_returns_is_read_again(nodes: tuple[Node, Node]) -> None:
    """What another node stored meanwhile replaces what this one knew."""
    first, second = nodes
    first.own()
    first.receiver.settle()
    second.own(A, B)
    assert second.sent(A) is Receipt.STORED
    second.own(B)
    second.receiver.settle()
    first.own(A)
    assert first.report(A).lastrun == NOON + HOUR


def test_a_task_that_is_given_up_is_left_to_others(nodes: tuple[Node, Node], database: Database) -> None:
    """A node that owns a task no longer puts its pushes into the inbox."""
    first, _ = nodes
    first.own()
    assert first.sent(A) is Receipt.STORED
    assert [each.url for each in database.inbox] == [A.url]
    assert database.kept[A.url].last is None


def test_a_write_under_way_ends_before_its_task_is_released(
    nodes: tuple[Node, Node], database: Database
) -> None:
    """To settle waits until the pushes that were received as the owner are stored."""
    first, _ = nodes
    database.gate.clear()
    database.entered.clear()
    answer = first.send(A)
    eventually(database.entered.is_set, "the push is being stored")
    first.own()
    settling = Thread(target=first.receiver.settle)
    settling.start()
    settling.join(0.05)
    assert settling.is_alive()
    database.gate.set()
    settling.join(SECONDS)
    assert answer.result(SECONDS) is Receipt.STORED
    assert database.kept[A.url].last is not None


def test_a_task_that_is_added_again_is_watched_anew(nodes: tuple[Node, Node], database: Database) -> None:
    """A task that a reload adds is watched from then on, and repeats of its runs count no more."""
    first, _ = nodes
    first.sent(A, run_id=RID)
    first.own(A, added=[A.url])
    assert (first.report(A).never_ran, first.report(A).awaited_since) == (True, NOON)
    eventually(lambda: database.kept[A.url].last is None, "that is stored")
    assert database.kept[A.url].seen == (f"{RID} success",)


def test_while_the_database_is_away_no_push_is_accepted(
    nodes: tuple[Node, Node], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A push that cannot be stored fails on each node, and counts when it is sent again."""
    first, second = nodes
    database.down = True
    assert (first.sent(A), second.sent(A)) == (Receipt.FAILED, Receipt.FAILED)
    database.down = False
    assert second.sent(A) is Receipt.STORED
    eventually(lambda: not first.report(A).never_ran, "the owner knows of the run")
    assert [each.levelname for each in caplog.records].count("ERROR") == 2


def test_an_inbox_that_cannot_be_read_is_no_failure_of_a_push(
    nodes: tuple[Node, Node], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage without pushes is reported elsewhere; a push that failed is reported until one is stored."""
    first, second = nodes
    second.own()
    second.receiver.settle()
    database.down = True
    assert second.sent(A) is Receipt.FAILED
    polls = database.polls
    eventually(lambda: database.polls > polls + 3, "some polls")
    assert [each.levelname for each in caplog.records] == ["ERROR"]
    database.down = False
    assert second.sent(A) is Receipt.STORED
    assert caplog.messages[1:] == ["Pushed reports are stored again."]
    eventually(lambda: not first.report(A).never_ran, "the owner knows of the run")


def test_commits_that_the_database_lost_are_made_again(nodes: tuple[Node, Node], database: Database) -> None:
    """Asked to, a node stores what it knows of its tasks again."""
    first, _ = nodes
    before = database.kept[A.url]
    first.sent(A)
    database.kept[A.url] = before
    first.receiver.store_again()
    eventually(lambda: database.kept[A.url].last is not None, "the run is stored again")


def test_what_cannot_be_read_holds_nothing_up(
    nodes: tuple[Node, Node], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A push of a later release is logged and dropped; the next ones are evaluated."""
    first, second = nodes
    database.inbox.append(WaitingPush(A.url, NOON, b"{}"))
    assert second.sent(A) is Receipt.STORED
    eventually(lambda: not first.report(A).never_ran, "the next push is evaluated")
    assert "Cannot read a pushed report of push:a that another node received." in caplog.messages


def test_many_pushes_take_several_transactions(
    nodes: tuple[Node, Node], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for many tasks is taken in parts, one directly after the other, by an owner and a taker."""
    monkeypatch.setattr(push_sharing, "TAKEN_AT_ONCE", 1)
    first, second = nodes
    second.own()
    second.receiver.settle()
    waiting = [to_waiting(PushedReport(task.url, PushKind.SUCCESS, NOON + HOUR)) for task in (A, B)]
    before = database.transactions
    database.inbox += waiting
    first.own(A, B)
    assert database.inbox == []
    # The thread that takes pushes each second may have been there, too.
    assert database.transactions - before >= 2
    assert {first.report(task).lastrun for task in (A, B)} == {NOON + HOUR}
    assert set(first.receiver.arrived()) == {A.url, B.url}
    later = [replace(each, at=NOON + 2 * HOUR) for each in waiting]
    database.inbox += later
    eventually(lambda: not database.inbox, "the inbox is empty")
    assert {first.report(task).lastrun for task in (A, B)} == {NOON + 2 * HOUR}


def test_without_pushes_nothing_is_written(nodes: tuple[Node, Node], database: Database) -> None:
    """A node reads the inbox, and writes when there is something for it."""
    written = database.transactions
    nodes[1].receiver.settle()
    assert nodes[0].sent(pushed("other")) is Receipt.UNKNOWN
    assert database.transactions == written


def test_a_share_without_tasks_is_taken_over_at_once(database: Database) -> None:
    """Tasks that are not pushed need nothing of this."""
    node = Node(database)
    try:
        database.down = True
        assert not node.receiver.take_over([PULLED]).states
    finally:
        node.receiver.stop(SECONDS)


def test_the_inbox_is_read_again_while_it_may_have_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is for other own tasks, and after it had something for them; else only if it got something."""
    monkeypatch.setattr(push_sharing, "POLL", 0.0)
    database = Database()
    sharing = PushSharing(database)
    batch = PushBatch(lambda _: PushState(NOON), (), {A.url: A})
    for tasks in (few := {A.url: A}, few, few, few, {A.url: A, B.url: B}):
        if len(database.again) == 2:
            database.inbox.append(to_waiting(PushedReport(A.url, PushKind.SUCCESS, NOON + HOUR)))
        sharing.store(batch, (), (), tasks)
    assert database.again == [True, False, False, True, True]
    assert not database.inbox
