"""A database of an older schema is brought to the newest one, and a copy of it kept."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

from py_pinger.core.model.check import Cause, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store, StoreError
from py_pinger.store.database.migration import REVISIONS

A, B = "http://a.example/1", "http://b.example/2"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
TASKS = [Task(A, A), Task(B, B)]
TURN = CauseChange(NOON, Cause.LATE, "late by 2 min")
FAILED = Notice(NoticeKind.FAILED, NOON, A, NOON, reason="late by 2 min")

# One task fails, and Slack has not heard of it yet; the other is fine.
FILLING = """
INSERT INTO task
    (id, url, monitored, position, status, cause, reason, warnings, checked, pings, errors, opened)
VALUES
    (1, 'http://a.example/1', true, 0, 'error', 'late', 'late by 2 min', '[]', 1777809600000000, 7, 2,
    1777809600000000),
    (2, 'http://b.example/2', true, 1, 'ok', NULL, NULL, '["a hint"]', 1777809600000000, 5, 0, NULL);
INSERT INTO span (id, task_id, started, status, cause) VALUES (1, 1, 1777809600000000, 'error', 'late');
INSERT INTO incident (id, task_id, opened, told, reminders, turns) VALUES
    (1, 1, 1777809600000000, 1777809600000000, 0,
    '[{"at":"2026-05-03T12:00:00Z","cause":"late","reason":"late by 2 min"}]');
INSERT INTO run (id, task_id, lastrun, seen, healthy) VALUES
    (1, 2, 1777809600000000, 1777809600000000, true);
INSERT INTO latency VALUES (1, 1777809600000000, 4, 1, 4000, 500, 2000);
INSERT INTO notice (id, key, task_id, incident_id, kind, at, content) VALUES
    (1, 'failed 1', 1, 1, 'failed', 1777809600000000,
    '{"kind":"failed","at":"2026-05-03T12:00:00Z","url":"http://a.example/1",
    "opened":"2026-05-03T12:00:00Z","reason":"late by 2 min"}');
INSERT INTO delivery (id, notice_id, channel, state, attempts, next_try) VALUES
    (1, 1, 'slack', 'waiting', 3, 1777809600000000)
"""
FAILING = TaskState(
    Verdict(Status.ERROR, Cause.LATE, "late by 2 min"),
    checked_at=NOON,
    pings=7,
    errors=2,
    incident=Incident(NOON, NOON, (TURN,)),
)
WELL = TaskState(
    Verdict(Status.OK, warnings=(ReportWarning(ReportWarningKind.OTHER, "a hint"),)), checked_at=NOON, pings=5
)


@pytest.fixture
def old(empty_url: str) -> str:
    """Make a database as the first schema had it, past the store."""
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "py_pinger.store:migrations")
        command.upgrade(config, "0001")
        for statement in FILLING.split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return empty_url


def revision_of(path: Path) -> str:
    """Return the schema that a file has, which must be whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_nothing_is_lost(old: str) -> None:
    """States, incidents, history and what waits to be told survive an upgrade."""
    with closing(Store.open(old)) as store:
        assert store.set_tasks(TASKS) == {A: FAILING, B: WELL}
        (delivery,) = store.waiting("slack", NOON)
        assert (delivery.notice, delivery.attempts, delivery.next_try) == (FAILED, 3, NOON)
        (incident,) = store.incidents(IncidentFilter(cause=Cause.LATE), 10)
        assert store.count_incidents(IncidentFilter(cause=Cause.HTTP)) == 0
        assert (incident.url, incident.cause_changes, len(incident.notifications)) == (A, (TURN,), 1)
        assert store.runs(B, NOON)[0].lastrun == NOON
        (hour,) = store.latency(A, NOON)
        assert (hour.checks, hour.mean) == (4, timedelta(milliseconds=1))
        assert [span.status for span in store.spans([A], NOON)[A]] == [Status.ERROR]
        assert store.downtime() is None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name the file of an SQLite database."""
    return tmp_path / "pinger.db"


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_copy(old: str, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The database as it was is kept beside it, whole, even what stood in its -wal; the log says where."""
    caplog.set_level(logging.INFO, "py_pinger")
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE task SET pings = 8")
        other.commit()
        Store.open(old).close()
    copy = file.with_name("pinger.db.schema-0001.bak")
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, copy.name]
    assert (revision_of(copy), revision_of(file)) == ("0001", REVISIONS[-1])
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT pings FROM task").fetchall() == [(8,), (8,)]
    (record,) = (each for each in caplog.records if each.name.startswith("py_pinger"))
    assert record.getMessage() == f"The database has schema 0001; a copy of it is kept as {copy}"


NOTICES = """
INSERT INTO incident (id, task_id, opened, told, reminders, turns) VALUES
    (2, 2, 1777809600000000, 1777809600000000, 0, 'damaged'),
    (3, 2, 1777809700000000, 1777809600000000, 0,
    '[{"at":"2026-05-03T12:00:00Z","cause":"http"}, {"at":"2026-05-03T12:01:00Z","cause":"late"}]');
INSERT INTO notice (id, key, kind, at, content) VALUES
    (2, 'started 1', 'started', 1777809600000000,
    '{"kind":"started","at":"2026-05-03T12:00:00Z", "expires": "2026-05-03T13:00:00.000001Z"}'),
    (3, 'started 2', 'started', 1777809600000001, '{"kind":"started","expires":null}')
"""


def test_causes_and_expiry(old: str) -> None:
    """The upgrade fills causes and expiry from the JSON of old rows; a damaged one is left out."""
    engine = create_engine(old)
    with engine.begin() as connection:
        for statement in NOTICES.split(";"):
            connection.exec_driver_sql(statement)
    Store.open(old).close()
    with engine.connect() as connection:
        causes = connection.execute(text("SELECT incident_id, cause FROM incident_cause ORDER BY 1, 2")).all()
        expiry = connection.execute(text("SELECT id, expires FROM notice ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in causes] == [(1, "late"), (3, "http"), (3, "late")]
    assert [tuple(row) for row in expiry] == [(1, None), (2, 1777813200000001), (3, None)]


ANSWER = b'{"status": "ok"}' * 200
SCHEDULE = Schedule("0 2 * * mon-fri", "Europe/Berlin", "0 2 * * mon-fri")


@pytest.fixture
def without_schedules(old: str) -> str:
    """Make a database as the schema before schedules had it."""
    engine = create_engine(old)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "py_pinger.store:migrations")
        command.upgrade(config, "0005")
        connection.execute(text("UPDATE task SET answer = :answer, frequency = 1"), {"answer": ANSWER})
    engine.dispose()
    return old


def test_schedules(without_schedules: str) -> None:
    """Tasks keep their states and pages, have no schedule at first, and one after a check that finds it."""
    with closing(Store.open(without_schedules)) as store:
        states = store.set_tasks(TASKS)
        every = timedelta(microseconds=1)
        assert states[B] == replace(WELL, verdict=replace(WELL.verdict, frequency=every))
        assert store.answer(B) == ANSWER
        verdict = Verdict(Status.OK, lastrun=NOON, schedule=SCHEDULE)
        store.record([Transition(B, replace(WELL, verdict=verdict))], [], [])
        found = {each.url: each.state.verdict.schedule for each in store.task_snapshots()}
        assert found == {A: None, B: SCHEDULE}
    engine = create_engine(without_schedules)
    if engine.dialect.name == "sqlite":
        assert inspect(engine).get_columns("task")[-1]["name"] == "answer"
    engine.dispose()


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_copies_stay(old: str, file: Path) -> None:
    """An older copy is never written over."""
    for name in ("pinger.db.schema-0001.bak", "pinger.db.schema-0001.bak.2"):
        file.with_name(name).write_text("an older copy")
    Store.open(old).close()
    assert file.with_name("pinger.db.schema-0001.bak").read_text() == "an older copy"
    assert revision_of(file.with_name("pinger.db.schema-0001.bak.3")) == "0001"


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_no_copy_no_upgrade(old: str, file: Path) -> None:
    """Where no copy can be kept the start is refused in one sentence, and the database left as it is."""
    file.with_name("pinger.db.new").mkdir()
    with pytest.raises(StoreError) as caught:
        Store.open(old)
    assert str(caught.value).startswith(
        f"the database {file} is left at schema 0001, since no copy of it could be kept: "
    )
    assert revision_of(file) == "0001"
    file.with_name("pinger.db.new").rmdir()
    Store.open(old).close()
    assert revision_of(file) == REVISIONS[-1]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_one_copy_however_often_the_upgrade_fails(old: str, file: Path) -> None:
    """Starts whose upgrade fails keep one copy of the database; a changed one gets another."""
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE watch (id INTEGER)")
        other.commit()
    for _ in range(3):
        with pytest.raises(StoreError, match="already exists"):
            Store.open(old)
    copy = file.with_name("pinger.db.schema-0001.bak")
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, copy.name]
    with closing(sqlite3.connect(file)) as other:
        other.execute("DROP TABLE watch")
        other.commit()
    Store.open(old).close()
    assert (revision_of(copy), revision_of(file.with_name(f"{copy.name}.2"))) == ("0001", "0001")


def test_upgrade_fails_whole(old: str) -> None:
    """An upgrade that fails half-way leaves the database at its old schema."""
    engine = create_engine(old)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE watch (id INTEGER)")
    with pytest.raises(StoreError, match="already exists"):
        Store.open(old)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
        connection.exec_driver_sql("DROP TABLE watch")
    engine.dispose()
    with closing(Store.open(old)) as store:
        assert store.set_tasks(TASKS) == {A: FAILING, B: WELL}


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_room_in_pages(old: str) -> None:
    """An upgraded table leaves room for updates in its pages, as a new one does."""
    Store.open(old).close()
    engine = create_engine(old)
    with engine.connect() as connection:
        options = "SELECT relname, reloptions FROM pg_class WHERE relname IN ('task', 'node', 'lease')"
        found = {each.relname: each.reloptions for each in connection.execute(text(options))}
    assert found == {"task": ["fillfactor=60"], "node": ["fillfactor=10"], "lease": ["fillfactor=20"]}
    engine.dispose()
