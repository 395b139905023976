"""What is stored of the tasks that are pushed, by every backend."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.history import PastRun
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.push import FinishedRun, OpenRun, PushState, PushWrite
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Run, Transition
from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]

A, B = "push:a", "push:b"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TASKS = [Task(A, A), Task(B, B)]
NEW = PushState(NOON)
RUN = FinishedRun(NOON, NOON + MINUTE, healthy=False, reason="no space", duration=HOUR, exit_code=3, id="r-1")
FULL = PushState(
    NOON - HOUR,
    last=RUN,
    started=NOON - MINUTE,
    open_runs=(OpenRun(None, NOON - 2 * MINUTE), OpenRun("r-2", NOON - MINUTE)),
    seen=("r-1 start", "r-1 fail"),
    document=b'{"status":"error"}',
)


def test_what_is_kept_of_a_task_comes_back(store: Store, url: str) -> None:
    """Each value survives the end of the process."""
    store.set_tasks(TASKS)
    store.pushes.record([PushWrite(A, FULL, RUN, "line 1\nline 2"), PushWrite(B, NEW)])
    store.close()
    with closing(Store.open(url)) as again:
        assert again.pushes.states() == {A: FULL, B: NEW}
        assert (again.log(A), again.log(B), again.log("push:other")) == ("line 1\nline 2", None, None)


def test_of_several_writes_the_last_counts(store: Store) -> None:
    """A batch keeps the last state and the last log of each task, and all runs."""
    store.set_tasks(TASKS)
    later = replace(RUN, lastrun=NOON + HOUR, seen=NOON + HOUR)
    store.pushes.record(
        [PushWrite(A, FULL, RUN, "first"), PushWrite(A, replace(FULL, last=later), later, None)]
    )
    assert store.pushes.states()[A].last == later
    assert store.log(A) == "first"
    assert [run.lastrun for run in store.runs(A, NOON)] == [later.lastrun, RUN.lastrun]


def test_a_run_has_its_length_and_exit_code(store: Store) -> None:
    """What was pushed and what the check saw of it are one run, in either order."""
    store.set_tasks(TASKS)
    verdict = Verdict(Status.OK, lastrun=NOON)
    seen = Run(NOON, NOON + MINUTE, healthy=False, reason="no space", due=NOON + HOUR)
    step = Transition(A, TaskState(verdict, checked_at=NOON), run=seen)
    store.pushes.record([PushWrite(A, FULL, RUN)])
    store.record([step], [], [])
    expected = PastRun(NOON, NOON + MINUTE, NOON + HOUR, False, "no space", HOUR, 3)  # noqa: FBT003 - a row
    assert store.runs(A, NOON) == (expected,)
    store.record([replace(step, url=B)], [], [])
    store.pushes.record([PushWrite(B, FULL, RUN)])
    assert store.runs(B, NOON) == (expected,)


def test_a_polled_run_has_the_length_that_its_page_says(store: Store) -> None:
    """The length of a transition's run is stored, and written once."""
    store.set_tasks(TASKS)
    run = Run(NOON, NOON, healthy=True, reason=None, duration=MINUTE)
    step = Transition(A, TaskState(Verdict(Status.OK, lastrun=NOON), checked_at=NOON), run=run)
    store.record([step, step], [], [])
    assert [each.duration for each in store.runs(A, NOON)] == [MINUTE]


def test_a_removed_task_keeps_what_was_pushed(store: Store) -> None:
    """A push that is under way when its task is removed is still stored."""
    store.set_tasks(TASKS)
    store.change_tasks(TaskListDiff.between(TASKS, TASKS[:1]))
    store.pushes.record([PushWrite(B, FULL)])
    assert store.pushes.states() == {B: FULL}


def test_an_abandoned_task_is_forgotten(store: Store, rows: Rows) -> None:
    """Retention deletes what is kept of a task that is no longer monitored, then the task."""
    store.set_tasks(TASKS)
    store.pushes.record([PushWrite(A, FULL, RUN, "log"), PushWrite(B, FULL, RUN, "log")])
    store.change_tasks(TaskListDiff.between(TASKS, TASKS[:1]))
    while store.prune(NOON + HOUR):
        pass
    assert [*store.pushes.states()] == [A]
    assert rows("SELECT url FROM task") == [(A,)]


def test_a_push_of_an_unknown_task_is_a_program_error(store: Store) -> None:
    """Who calls the store knows which tasks there are."""
    store.set_tasks(TASKS)
    with pytest.raises(KeyError):
        store.pushes.record([PushWrite("push:other", NEW)])
    assert store.pushes.states() == {}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_pushes_wait_for_the_disk_and_checks_do_not(store: Store) -> None:
    """Only what is acknowledged to a sender is worth an fsync."""
    store.set_tasks(TASKS)
    levels: list[int] = []
    for durable in (False, True, False):
        with store._database.writing(durable=durable) as connection:  # noqa: SLF001 - the connection's own setting
            levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert levels == [1, 2, 1]
