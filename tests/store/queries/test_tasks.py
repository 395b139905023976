"""The list of monitored tasks in the database: the first one, the same one again, and another one."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store
from py_pinger.store.external import ReadOnlyStore
from py_pinger.store.queries import tasks

A, B, C = (
    Task(url, url, name=name) for url, name in (("http://a/", 'A "\\'), ("http://b/", None), ("c", "C"))
)
OK = TaskState(
    Verdict(Status.OK, reason="all is well"), checked_at=datetime(2026, 5, 3, 12, tzinfo=UTC), pings=1
)


def shown(url: str) -> tuple[TaskSnapshot, ...]:
    """Return what another process reads."""
    with closing(ReadOnlyStore.open(url)) as reader:
        return reader.task_snapshots()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([A, B, C], [A, B, C]),
        ([A, B, C], [C, A, B]),
        ([A, B, C], [C]),
        ([A], [B, A, C]),
        ([A, B], [Task(A.url, A.url, name="other"), B]),
        ([], [A]),
        ([A], []),
    ],
)
def test_one_list_after_another(url: str, first: list[Task], second: list[Task]) -> None:
    """After each start the list is in the database, in its order, and known tasks have kept their states."""
    with closing(Store.open(url)) as store:
        assert store.set_tasks(first) == {task.url: TaskState() for task in first}
        assert shown(url) == tuple(TaskSnapshot(task.url, task.name, TaskState()) for task in first)
        store.record([Transition(task.url, OK) for task in first], [], [])
    with closing(Store.open(url)) as store:
        known = {task.url for task in first}
        expected = {task.url: OK if task.url in known else TaskState() for task in second}
        assert store.set_tasks(second) == expected
        assert [*expected] == [each.url for each in store.task_snapshots()]
        assert shown(url) == tuple(TaskSnapshot(task.url, task.name, expected[task.url]) for task in second)


def test_a_start_with_the_same_tasks_writes_no_row(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that stay the same are not written."""
    store.set_tasks([A, B])
    written: list[object] = []
    monkeypatch.setattr(tasks, "monitor", lambda *arguments: written.append(arguments))
    store.set_tasks([A, B])
    assert written == []
    store.set_tasks([B, A])
    assert len(written) == 1


def test_more_rows_than_are_read_at_once(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows are read in parts."""
    monkeypatch.setattr(tasks, "ROWS_AT_ONCE", 2)
    many = [Task(f"http://{number}/", f"http://{number}/") for number in range(5)]
    store.set_tasks(many)
    assert [each.url for each in shown(url)] == [task.url for task in many]
