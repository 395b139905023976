"""Pushes are stored together, and what they say is known once they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.support.eventually import eventually

from py_pinger.core.model.check import Cause, Status, TaskReport, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.push import PushedReport, PushKind, PushState, PushWrite, Receipt
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.engine.push.push_receiver import PushReceiver
from py_pinger.engine.runtime.store_access import StoreUnavailable

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = 5.0


def pushed(slug: str) -> Task:
    """Return an hourly task that is pushed."""
    url = f"push:{slug}"
    return Task(url, url, push=PushIdentity(slug), expectations=Expectations(HOUR))


A, B = pushed("a"), pushed("b")


class FakeStorage:
    """Keeps what is recorded; fails as often as it is told, or for one task."""

    def __init__(self, states: Mapping[str, PushState] | None = None) -> None:
        self.kept = dict(states or {})
        self.batches: list[Sequence[PushWrite]] = []
        self.failures: list[Exception] = []
        self.rejected: str | None = None
        self.gate = Event()
        self.gate.set()

    def states(self) -> Mapping[str, PushState]:
        """Return what is kept."""
        return self.kept

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Keep a batch."""
        self.gate.wait(SECONDS)
        if self.failures:
            raise self.failures.pop()
        if any(each.url == self.rejected for each in writes):
            raise ValueError(self.rejected)
        self.batches.append(writes)
        self.kept |= {each.url: each.state for each in writes}


class Receiver(PushReceiver):
    """Ends its thread at the end of a test."""

    def close(self) -> None:
        """End the thread."""
        self.stop(SECONDS)


@pytest.fixture
def storage() -> FakeStorage:
    """Return a storage in which nothing is kept."""
    return FakeStorage()


@pytest.fixture
def receiver(storage: FakeStorage) -> Iterator[PushReceiver]:
    """Receive pushes of two tasks."""
    with closing(Receiver(storage, lambda: NOON)) as receiver:
        receiver.use([A, B], [A.url, B.url], at_start=True)
        eventually(lambda: len(storage.kept) == 2, "the tasks are stored")
        storage.batches.clear()
        yield receiver


def push(task: Task, kind: PushKind = PushKind.SUCCESS, **more: object) -> PushedReport:
    """Return a push."""
    return PushedReport(task.url, kind, NOON + HOUR, **more)  # type: ignore[arg-type]  # its fields


def submitted(receiver: PushReceiver, push: PushedReport) -> Future[Receipt]:
    """Have a push stored; return what becomes of it."""
    answered: Future[Receipt] = Future()
    receiver.submit(push, answered.set_result)
    return answered


def test_what_is_stored_is_known(receiver: PushReceiver, storage: FakeStorage) -> None:
    """The sender gets its receipt after the storage has the push, and the loop its report."""
    before = receiver.report(A)
    assert isinstance(before, TaskReport)
    assert (before.never_ran, before.awaited_since) == (True, NOON)
    assert submitted(receiver, push(A, log="done")).result(SECONDS) is Receipt.STORED
    (write,) = storage.batches[0]
    assert (write.url, write.log, write.run) == (A.url, "done", write.state.last)
    assert list(receiver.arrived()) == [A.url]
    assert list(receiver.arrived()) == []
    after = receiver.report(A)
    assert isinstance(after, TaskReport)
    assert (after.never_ran, after.lastrun) == (False, NOON + HOUR)
    assert receiver.report(A) is after


def test_pushes_that_come_together_are_stored_together(receiver: PushReceiver, storage: FakeStorage) -> None:
    """While one transaction is written, the next ones wait and share another."""
    storage.gate.clear()
    receipts = [submitted(receiver, push(task)) for task in [A, B] * 10]
    storage.gate.set()
    assert {receipt.result(SECONDS) for receipt in receipts} == {Receipt.STORED}
    assert len(storage.batches) <= 3
    assert sum(map(len, storage.batches)) == 20


@pytest.mark.parametrize("error", [StoreUnavailable("disk full"), RuntimeError("a fault")])
def test_what_is_not_stored_has_not_happened(
    receiver: PushReceiver, storage: FakeStorage, error: Exception
) -> None:
    """The sender is told to try again, and then it counts once."""
    state = receiver.report(A)
    storage.failures = [error]
    assert submitted(receiver, push(A, run_id="r")).result(SECONDS) is Receipt.FAILED
    assert (receiver.report(A), list(receiver.arrived())) == (state, [])
    assert submitted(receiver, push(A, run_id="r")).result(SECONDS) is Receipt.STORED
    assert submitted(receiver, push(A, run_id="r")).result(SECONDS) is Receipt.STORED
    assert [write.run is not None for batch in storage.batches for write in batch] == [True]


def test_one_push_does_not_keep_others_from_being_stored(
    receiver: PushReceiver, storage: FakeStorage
) -> None:
    """What the database rejects fails alone."""
    storage.rejected = A.url
    storage.gate.clear()
    receipts = [submitted(receiver, push(task)) for task in (A, B)]
    storage.gate.set()
    assert [receipt.result(SECONDS) for receipt in receipts] == [Receipt.FAILED, Receipt.STORED]


def test_a_failure_is_evaluated_though_a_success_follows_at_once(
    receiver: PushReceiver, storage: FakeStorage
) -> None:
    """Of a failure and a success that are stored together both are evaluated, in their order."""
    storage.gate.clear()
    first = submitted(receiver, push(B))
    answers = [submitted(receiver, push(A, kind)) for kind in (PushKind.FAIL, PushKind.SUCCESS)]
    storage.gate.set()
    assert {each.result(SECONDS) for each in (first, *answers)} == {Receipt.STORED}
    assert set(receiver.arrived()) == {A.url, B.url}
    assert [reported(receiver, A).healthy, reported(receiver, A).healthy] == [False, True]
    assert list(receiver.arrived()) == [A.url]
    assert receiver.report(A) is receiver.report(A)


def test_a_failure_is_evaluated_before_a_later_success(receiver: PushReceiver) -> None:
    """A failure that was stored alone, and not evaluated before the success, is not left out either."""
    for evaluated, expected in ((False, [False, True]), (True, [True, True])):
        assert submitted(receiver, push(A, PushKind.FAIL)).result(SECONDS) is Receipt.STORED
        if evaluated:
            assert not reported(receiver, A).healthy
        assert submitted(receiver, push(A)).result(SECONDS) is Receipt.STORED
        assert [reported(receiver, A).healthy, reported(receiver, A).healthy] == expected


def reported(receiver: PushReceiver, task: Task) -> TaskReport:
    """Return what a task says."""
    report = receiver.report(task)
    assert isinstance(report, TaskReport)
    return report


def test_a_task_that_is_not_monitored_is_unknown(receiver: PushReceiver) -> None:
    """A request creates nothing, and a removed task takes nothing."""
    receiver.use([B], [], at_start=False)
    assert submitted(receiver, push(A)).result(SECONDS) is Receipt.UNKNOWN
    assert submitted(receiver, push(B)).result(SECONDS) is Receipt.STORED


def test_a_task_that_is_added_again_is_watched_anew(receiver: PushReceiver) -> None:
    """Nothing listened while it was gone, so it is not late for that."""
    submitted(receiver, push(A)).result(SECONDS)
    receiver.use([B], [], at_start=False)
    receiver.use([A, B], [A.url], at_start=False)
    report = receiver.report(A)
    assert isinstance(report, TaskReport)
    assert report.never_ran


def test_what_was_stored_is_known_after_a_start() -> None:
    """The state of a task goes on where it ended."""
    state = PushState(NOON - HOUR, started=NOON)
    storage = FakeStorage({A.url: state})
    with closing(Receiver(storage, lambda: NOON)) as receiver:
        receiver.use([A], [A.url], at_start=True)
        report = receiver.report(A)
    assert isinstance(report, TaskReport)
    assert (report.awaited_since, report.started) == (NOON - HOUR, NOON)


@pytest.mark.parametrize(
    ("pushes", "stored"),
    [
        ([(PushKind.SUCCESS, "x")], ["x"]),
        ([(PushKind.LOG, "x")], ["x"]),
        # The log of a run stays while the next one is under way, and goes when that has ended.
        ([(PushKind.FAIL, "x"), (PushKind.START, ""), (PushKind.SUCCESS, "")], ["x", None, ""]),
        # A log that was sent while a run was under way belongs to it.
        ([(PushKind.START, ""), (PushKind.LOG, "x"), (PushKind.FAIL, "")], [None, "x", None]),
        ([(PushKind.LOG, "x"), (PushKind.FAIL, "y"), (PushKind.SUCCESS, "")], ["x", "y", ""]),
    ],
)
def test_the_log_of_the_newest_run_is_stored(
    receiver: PushReceiver,
    storage: FakeStorage,
    pushes: list[tuple[PushKind, str]],
    stored: list[str | None],
) -> None:
    """None leaves the one before it."""
    for kind, log in pushes:
        submitted(receiver, push(A, kind, log=log)).result(SECONDS)
    assert [batch[0].log for batch in storage.batches] == stored


def test_a_failure_has_the_end_of_its_log(receiver: PushReceiver) -> None:
    """For its message; the next run that ends takes it away."""
    submitted(receiver, push(A, PushKind.FAIL, log="\n".join(map(str, range(20))))).result(SECONDS)
    assert receiver.log(A) == tuple(map(str, range(10, 20)))
    submitted(receiver, push(A, PushKind.START)).result(SECONDS)
    assert receiver.log(A)
    submitted(receiver, push(A)).result(SECONDS)
    assert receiver.log(A) == ()


def test_a_log_causes_no_check(receiver: PushReceiver) -> None:
    """It changes nothing but itself."""
    submitted(receiver, push(A, PushKind.LOG, log="x")).result(SECONDS)
    assert list(receiver.arrived()) == []


def test_a_lost_report_is_excused(receiver: PushReceiver) -> None:
    """The rule gets the task's grace and interval."""
    late = Verdict(Status.ERROR, Cause.LATE, lastrun=NOON, frequency=HOUR, deadline=NOON + HOUR)
    away = [Absence(NOON + HOUR, NOON + HOUR)]
    now = NOON + HOUR + timedelta(seconds=1)
    assert receiver.excuse(A, late, late, away, now).status is Status.UNKNOWN
    assert receiver.excuse(A, late, late, [], now) == late


def test_a_stop_stores_what_has_arrived(storage: FakeStorage) -> None:
    """What waits is answered before the thread ends."""
    receiver = Receiver(storage, lambda: NOON)
    receiver.use([A], [A.url], at_start=True)
    receipt = submitted(receiver, push(A))
    receiver.stop(SECONDS)
    assert receipt.result(0) is Receipt.STORED
