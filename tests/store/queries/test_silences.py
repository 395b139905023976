"""Silences in the database: asked for by anybody, heeded by the one who watches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.core.suppression.silence import Silence
from py_pinger.store import Store, StoreError
from py_pinger.store.external import SharedStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "http://a.example/1"
TASK = Task(URL, URL, name="Nightly")


def test_in_force(store: Store) -> None:
    """A silence is in force until it ends or is lifted; lifting what is over changes nothing."""
    first = store.silences.create("*", NOON, NOON + HOUR, "migrating", "anna on web-1")
    second = store.silences.create("http://a.*", NOON, NOON + 2 * HOUR, "repairing", "web page")
    assert first == Silence(1, "*", NOON, NOON + HOUR, "migrating", "anna on web-1")
    assert store.silences.active(NOON) == (first, second)
    assert store.silences.active(NOON + HOUR) == (second,)
    store.silences.end([first.id, 77], NOON + HOUR)
    assert store.silences.active(NOON) == (first, second)
    store.silences.end([first.id], NOON + HOUR / 2)
    assert store.silences.active(NOON) == (second,)
    store.silences.end([], NOON)
    assert store.silences.active(NOON) == (second,)


def test_another_process_writes_while_the_monitor_runs(store: Store, url: str) -> None:
    """A second process sees the tasks, creates a silence and ends it, while the first goes on."""
    store.set_tasks([TASK])
    with closing(SharedStore.open(url)) as visit:
        assert [snapshot.name for snapshot in visit.task_snapshots()] == ["Nightly"]
        asked = visit.silences.create("*", NOON, NOON + HOUR, "migrating", "anna")
        assert store.silences.active(NOON) == visit.silences.active(NOON) == (asked,)
        store.record([Transition(URL, TaskState(Verdict(Status.OK), checked_at=NOON))], [], [])
        visit.silences.end([asked.id], NOON)
    assert store.silences.active(NOON) == ()
    with closing(SharedStore.open(url)) as later:
        assert later.silences.create("*", NOON, NOON + HOUR, "again", "anna").id == 2


def test_what_is_owed_survives_a_restart(url: str) -> None:
    """An incident that nobody was told of yet comes back as one."""
    turn = CauseChange(NOON, Cause.FAILED, "disk full")
    failing = Verdict(Status.ERROR, Cause.FAILED, "disk full")
    incident = Incident(NOON, NOON, (turn,), pending=PendingNotice.FAILED, escalated=HOUR)
    state = TaskState(failing, checked_at=NOON, incident=incident)
    with closing(Store.open(url)) as store:
        store.set_tasks([TASK])
        store.record([Transition(URL, state)], [], [])
    with closing(Store.open(url)) as store:
        assert store.set_tasks([TASK]) == {URL: state}


def test_old_silences_are_forgotten(store: Store) -> None:
    """With the history goes what ended, or was lifted, before; what is in force stays."""
    store.silences.create("ended", NOON - 3 * HOUR, NOON - 2 * HOUR, "x", "anna")
    lifted = store.silences.create("lifted", NOON - 3 * HOUR, NOON + HOUR, "x", "anna")
    store.silences.create("recent", NOON - 3 * HOUR, NOON + HOUR, "x", "anna")
    store.silences.end([lifted.id], NOON - 2 * HOUR)
    assert store.prune(NOON - HOUR) == 2
    assert [each.pattern for each in store.silences.active(NOON - 3 * HOUR)] == ["recent"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE alembic_version SET version_num = '0002'", "has schema 0002, and this Py Pinger reads"),
        ("DROP TABLE alembic_version", "has no tables of Py Pinger; start Py Pinger with it first$"),
    ],
)
def test_a_visitor_keeps_away_from_other_schemas(empty_url: str, change: str, sentence: str) -> None:
    """What a running Py Pinger has not brought to this schema is not touched."""
    Store.open(empty_url).close()
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    with pytest.raises(StoreError, match=sentence):
        SharedStore.open(empty_url)


def test_a_visitor_makes_no_database(tmp_path: Path) -> None:
    """Where there is none yet, that is told, and none is made."""
    with pytest.raises(StoreError, match=r"^the database .*none\.db does not exist; start Py Pinger with it"):
        SharedStore.open(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_another_process_gets_the_error(store: Store, url: str, rows: Callable[[str], object]) -> None:
    """A database that cannot be written is reported in one sentence."""
    store.set_tasks([TASK])
    with closing(SharedStore.open(url)) as visit:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE silence"))
        engine.dispose()
        with pytest.raises(StoreError, match="cannot be written: no such table: silence"):
            visit.silences.create("*", NOON, NOON + HOUR, "migrating", "anna")
    assert rows("SELECT count(*) FROM task") == [(1,)]
