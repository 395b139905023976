"""What the store keeps at hand: the same as the database says, and when it has changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import event

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.model.versioned_tasks import NO_VERSION
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError

A, B, C = "http://a.example/1", "http://b.example/2", "http://c.example/3"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
TASKS = [Task(B, B, name="Orders"), Task(A, A)]
LATE = TaskState(
    Verdict(
        Status.ERROR,
        Cause.LATE,
        "late by 2 min",
        warnings=(ReportWarning(ReportWarningKind.OTHER, "a hint"),),
    ),
    checked_at=NOON,
    incident=Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "late by 2 min"),)),
)
NOTHING = DeliveryUpdate((), DeliveryState.DELIVERED, NOON, NOON)


def test_as_the_database_says(store: Store, url: str) -> None:
    """Whoever adopted the tasks and whoever only reads the database sees the same, in the same order."""
    store.set_tasks(TASKS)
    store.record([Transition(A, TaskState()), Transition(A, LATE)], [], [])
    expected = (TaskSnapshot(B, "Orders", TaskState()), TaskSnapshot(A, None, LATE))

    def look(each: Store) -> None:
        assert each.task_snapshots() == expected
        assert [each.task_snapshot(task) for task in (B, A)] == list(expected)
        assert each.task_snapshot("http://stranger/") is None

    look(store)
    store.close()
    with closing(Store.open(url)) as reader:
        look(reader)


def test_what_has_changed_since_a_version(store: Store) -> None:
    """A reader learns what was written since; after a start or a change of the list all may have changed."""
    store.set_tasks(TASKS)
    first = store.versioned_tasks(NO_VERSION)
    store.record([Transition(A, LATE)], [], [])
    second = store.versioned_tasks(first.version)
    assert second.tasks == store.task_snapshots()
    store.change_tasks(TaskListDiff((TASKS[1],), removed=(TASKS[0],)))
    third = store.versioned_tasks(second.version)
    assert [each.changed for each in (first, second, third)] == [None, {A}, None]


def test_what_is_not_written_is_not_seen(store: Store) -> None:
    """A batch that the database refuses changes nothing that is shown, nor the revision."""
    store.set_tasks(TASKS)
    revision = store.revision()
    with pytest.raises(StoreError):
        store.record([Transition("http://stranger/", LATE)] * 2, [], [])
    assert store.task_snapshot(A) == TaskSnapshot(A, None, TaskState())
    assert store.revision() == revision


def test_before_anything_is_adopted(store: Store) -> None:
    """A store that monitors nothing yet takes notices all the same."""
    store.record([], [Notice(NoticeKind.TEST, NOON, text="a test")], [Route("slack")])
    assert (len(store.waiting("slack", NOON)), store.task_snapshots()) == (1, ())


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.set_tasks(TASKS[:1]),
        lambda store: store.record([Transition(A, LATE)], [], []),
        lambda store: store.settle(NOTHING),
    ],
    ids=["adopt", "record", "settle"],
)
def test_revision_changes(store: Store, write: Callable[[Store], object]) -> None:
    """Whatever is written makes another revision; reading makes none."""
    store.set_tasks(TASKS)
    before = store.revision()
    store.task_snapshots()
    assert store.revision() == before
    write(store)
    assert store.revision() != before


def test_revision_of_another_start(tmp_path: Path) -> None:
    """A new start has none of the revisions that an earlier one may have shown."""
    revisions: list[int] = []
    for _ in range(3):
        with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as store:
            revisions.append(store.revision())
            store.set_tasks([])
            revisions.append(store.revision())
    assert len(set(revisions)) == 6


def test_a_batch_is_seen_whole(store: Store) -> None:
    """Whoever looks while batches are written never sees half of one."""
    many = [Task(f"http://a.example/{number}", "") for number in range(200)]
    store.set_tasks(many)
    done, halves = Event(), []

    def look() -> None:
        while not done.is_set():
            seen = {snapshot.state.pings for snapshot in store.task_snapshots()}
            if len(seen) > 1:
                halves.append(seen)

    looking = Thread(target=look)
    looking.start()
    for pings in range(20):
        store.record([Transition(task.url, TaskState(pings=pings)) for task in many], [], [])
    done.set()
    looking.join()
    assert halves == []


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        (TASKS, ""),
        ([Task(B, B, name="Orders")], "a"),
        ([Task(A, A), Task(B, B, name="Orders")], "ab"),
        ([Task(B, B, name="Bills"), Task(A, A)], "b"),
        ([*TASKS, Task(C, C)], "c"),
    ],
    ids=["nothing", "one is gone", "another order", "another name", "one more"],
)
def test_a_start_writes_what_differs(store: Store, wanted: list[Task], written: str) -> None:
    """Of the tasks in the database a start writes those alone whose name, place or monitoring differs."""
    store.set_tasks(TASKS)
    values: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("INSERT INTO task", "UPDATE task")):
            values.append(str(parameters))

    event.listen(store._database._engine, "before_cursor_execute", note)  # noqa: SLF001 - it shows nowhere else
    states = store.set_tasks(wanted)
    hosts = {"a": A, "b": B, "c": C}
    assert "".join(host for host, url in hosts.items() if any(url in each for each in values)) == written
    assert list(states) == [task.url for task in wanted]
    assert [each.name for each in store.task_snapshots()] == [task.name for task in wanted]
