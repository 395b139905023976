"""Tasks that come, change and go while the store is in use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError, task_registry
from py_pinger.store.queries import tasks

Rows = Callable[[str], list[tuple[Any, ...]]]

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = (Task(f"http://{name}.example/", f"http://{name}.example/") for name in "abc")
LATE = TaskState(
    Verdict(Status.ERROR, Cause.LATE, "late by 2 min"),
    checked_at=NOON,
    incident=Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "late by 2 min"),)),
)
FAILED = Notice(NoticeKind.FAILED, NOON, A.url, NOON, cause=Cause.LATE, reason="late by 2 min")
SPAN = Span(NOON, Status.ERROR, Cause.LATE, NOON)
FAILING = Transition(A.url, LATE, span=SPAN, notices=(FAILED,))


def change(store: Store, before: tuple[Task, ...], after: tuple[Task, ...]) -> dict[str, TaskState]:
    """Have the store go from some tasks to others."""
    return store.change_tasks(TaskListDiff.between(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((A, B), (A, B, C)),
        ((A, B), (C, B, A)),
        ((A, B, C), (B,)),
        ((A, B), ()),
        ((), (A,)),
        ((A, B), (replace(B, name="Orders"), A)),
    ],
)
def test_another_list(store: Store, url: str, before: tuple[Task, ...], after: tuple[Task, ...]) -> None:
    """What is shown, and what a new start finds in the database, are the new tasks in the new order."""
    store.set_tasks(before)
    store.record([Transition(task.url, LATE) for task in before], [], [])
    revision = store.revision()
    added = change(store, before, after)
    expected = tuple(
        TaskSnapshot(task.url, task.name, LATE if task.url in {each.url for each in before} else TaskState())
        for task in after
    )
    assert store.task_snapshots() == expected
    assert added == {task.url: TaskState() for task in after if task not in before and task.name is None}
    assert store.revision() != revision
    store.close()
    with closing(Store.open(url)) as reader:
        assert reader.task_snapshots() == expected


def test_a_removed_task_keeps_its_history(store: Store) -> None:
    """What was removed shows nowhere, goes on being told, and is as it was when it comes back."""
    store.set_tasks([A, B])
    store.record([FAILING], [], [Route("slack")])
    change(store, (A, B), (B,))
    assert store.task_snapshot(A.url) is None
    assert store.count_incidents(IncidentFilter()) == 0
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == [FAILED]
    assert change(store, (B,), (B, A)) == {A.url: LATE}
    assert store.count_incidents(IncidentFilter()) == 1
    assert [span.status for span in store.spans([A.url], NOON - HOUR)[A.url]] == [Status.ERROR]


def test_a_last_step(store: Store) -> None:
    """A step that was on its way as its task was removed is recorded, with what it has to tell."""
    store.set_tasks([A, B])
    change(store, (A, B), (B,))
    store.record([FAILING, Transition(B.url, LATE)], [], [Route("slack")])
    assert store.task_snapshots() == (TaskSnapshot(B.url, None, LATE),)
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == [FAILED]
    assert change(store, (B,), (A, B)) == {A.url: LATE}


def test_a_change_that_fails(tmp_path: Path) -> None:
    """A change that the database does not take leaves all as it was."""
    with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as store:
        store.set_tasks([A])
        store.close()
        (tmp_path / "pinger.db").unlink()
        (tmp_path / "pinger.db").mkdir()
        with pytest.raises(StoreError):
            change(store, (A,), (B,))
        assert store.task_snapshots() == (TaskSnapshot(A.url, None, TaskState()),)


def test_names_that_come_and_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tasks are removed while the program runs, the keys of the last ones are kept only."""
    monkeypatch.setattr(task_registry, "MAX_REMOVED", 5)
    tasks = [A]
    store.set_tasks(tasks)
    for number in range(20):
        url = f"http://{number}.example/"
        after = [A, Task(url, url)]
        store.change_tasks(TaskListDiff.between(tasks, after))
        tasks = after
    assert len(store._registry.ids) == 2 + 5  # noqa: SLF001 - nothing else shows what is kept
    gone, last = (Transition(f"http://{number}.example/", TaskState(pings=1)) for number in (0, 18))
    store.record([gone, last, Transition(A.url, TaskState(pings=1))], [], [])
    assert [snapshot.state.pings for snapshot in store.task_snapshots()] == [1, 0]


def test_many_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are added, each is known afterwards."""
    monkeypatch.setattr(tasks, "URLS_PER_STATEMENT", 3)
    many = tuple(Task(f"http://a.example/{number}", "") for number in range(7))
    store.set_tasks([A])
    assert change(store, (A,), (A, *many)) == {task.url: TaskState() for task in many}
    store.record([Transition(task.url, LATE) for task in many], [], [])
    assert store.task_snapshots() == (
        TaskSnapshot(A.url, None, TaskState()),
        *(TaskSnapshot(task.url, None, LATE) for task in many),
    )


def test_channels_that_change(store: Store, rows: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """What waits for one channel becomes due, or is given up; nothing of another is touched."""
    store.set_tasks([A])
    store.record([FAILING], [], [Route("slack"), Route("slack ops"), Route("log")])
    for channel in ("slack", "slack ops"):
        numbers = tuple(delivery.id for delivery in store.waiting(channel, NOON))
        later = DeliveryUpdate(numbers, DeliveryState.WAITING, NOON, NOON + 2 * HOUR, error="a reason")
        store.settle(later)
    store.make_due("slack", NOON + HOUR)
    assert [each.next_try for each in store.waiting("slack", NOON)] == [NOON]
    assert [each.next_try for each in store.waiting("slack ops", NOON)] == [NOON + 2 * HOUR]
    assert store.give_up("slack", NOON + HOUR) == 1
    assert store.give_up("slack", NOON + HOUR) == 0
    assert rows("SELECT channel, state, error FROM delivery ORDER BY channel") == [
        ("log", "waiting", None),
        ("slack", "given_up", "the channel is no longer configured"),
        ("slack ops", "waiting", "a reason"),
    ]


def test_keys_of_removed_tasks_are_bounded(store: Store, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few keys of removed tasks stay in memory; a late transition of another one is stored all the same."""
    monkeypatch.setattr(task_registry, "MAX_REMOVED", 2)
    listed = [Task(f"http://{number}/", f"http://{number}/") for number in range(6)]
    store.set_tasks(listed[:1])
    for before, after in pairwise(listed):
        change(store, (before,), (after,))
    ids = store._registry.ids  # noqa: SLF001 - what is kept in memory shows nowhere else
    assert [*ids] == [task.url for task in listed[3:]]
    store.record([Transition(listed[0].url, LATE)], [], [])
    assert rows("SELECT url FROM task WHERE cause = 'late'") == [(listed[0].url,)]
