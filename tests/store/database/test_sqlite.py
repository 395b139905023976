"""What the store does on SQLite alone: a file in other hands, a full disk, a crash."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError

Rows = Callable[[str], list[tuple[Any, ...]]]

A = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
TASKS = [Task(A, A)]
FAILED = Notice(NoticeKind.FAILED, at=NOON, url=A, opened=NOON)
STATE = TaskState(
    Verdict(Status.ERROR, Cause.LATE),
    checked_at=NOON,
    duration=timedelta(milliseconds=20),
    incident=Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "late by 2 min"),)),
)
FAILS = Transition(A, STATE, span=Span(NOON, Status.ERROR, Cause.LATE, NOON), notices=(FAILED,))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a file, whatever other backends there are."""
    return f"sqlite:///{tmp_path}/pinger.db"


def test_atomic(store: Store, rows: Rows, url: str) -> None:
    """When the last of a batch's writes fails, nothing of the batch is there, and the next try is whole."""
    store.set_tasks(TASKS)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        with pytest.raises(StoreError) as caught:
            store.record([FAILS], [], [Route("slack")])
        assert str(caught.value).endswith("pinger.db cannot be written: no room")
        assert store.task_snapshot(A) == TaskSnapshot(A, None, TaskState())
        assert [rows(f"SELECT * FROM {table}") for table in ("span", "incident", "notice")] == [[], [], []]  # noqa: S608 - our own tables
        other.execute("DROP TRIGGER full")
    store.record([FAILS], [], [Route("slack")])
    assert [delivery.notice for delivery in store.waiting("slack", NOON)] == [FAILED]


def test_unreadable(store: Store, url: str) -> None:
    """A table that has gone is a StoreError to a reader, without the SQL."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
        other.execute("ALTER TABLE task RENAME TO other")
    with pytest.raises(StoreError) as caught:
        store.task_snapshots()
    assert str(caught.value).endswith("pinger.db cannot be read: no such table: task")


def test_survives_a_crash(url: str, tmp_path: Path) -> None:
    """What was recorded is there in a copy taken while the store was open, as after kill -9."""
    with closing(Store.open(url)) as store:
        store.set_tasks(TASKS)
        store.record([FAILS], [], [Route("slack")])
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for file in tmp_path.glob("pinger.db*"):
            (crashed / file.name).write_bytes(file.read_bytes())
    with closing(Store.open(f"sqlite:///{crashed}/pinger.db")) as after:
        assert after.set_tasks(TASKS) == {A: STATE}
        assert [delivery.notice for delivery in after.waiting("slack", NOON)] == [FAILED]
