"""A damaged database is set aside; what can be read of it, and what memory knows, goes into a new one."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from sqlalchemy import create_engine

from py_pinger import store as store_package
from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import DeliveryState, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.notification.route import Route
from py_pinger.core.probing.certificate import Certificate
from py_pinger.store import Store, StoreError
from py_pinger.store.database.recovery import recover
from py_pinger.store.tables.schema import metadata

# A walk: tables cover the code, and measuring would double its time.
pytestmark = pytest.mark.no_cover

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
URLS = [f"http://a.example/{number}" for number in range(300)]
TASKS = [Task(url, url) for url in URLS]
PAGE = 4096


def step(url: str, pings: int = 1) -> Transition:
    """Return the step of a task that fails: with a span, a run, an incident, and an alert."""
    turn = CauseChange(NOON, Cause.FAILED, "it said no")
    state = TaskState(
        Verdict(Status.ERROR, Cause.FAILED, "it said no"),
        checked_at=NOON,
        duration=timedelta(milliseconds=20),
        pings=pings,
        incident=Incident(NOON, NOON, (turn,)),
    )
    run = Run(NOON, NOON, healthy=False, reason="it said no")
    failed = Notice(NoticeKind.FAILED, NOON, url, NOON)
    span = Span(NOON, Status.ERROR, Cause.FAILED, NOON)
    return Transition(url, state, span, run, notices=(failed,), body=b"a" * 500)


STATES = {url: step(url).state for url in URLS}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a file, whatever other backends there are."""
    return f"sqlite:///{tmp_path}/pinger.db"


def fill(store: Store) -> None:
    """Fill a database in which every task fails; half of that has been told."""
    store.record([], [Notice(NoticeKind.STARTED, NOON, text="Hello!")], [])
    store.set_tasks(TASKS)
    store.record([step(url) for url in URLS], [], [Route("slack")])
    told = tuple(delivery.id for delivery in store.waiting("slack", NOON)[:150])
    store.settle(DeliveryUpdate(told, DeliveryState.DELIVERED, NOON, NOON, receipt="1.2"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a database once, and close it."""
    path = tmp_path_factory.mktemp("filled") / "pinger.db"
    with closing(Store.open(f"sqlite:///{path}")) as store:
        fill(store)
    return path


@pytest.fixture
def closed(filled: Path, tmp_path: Path) -> Path:
    """Copy the filled database."""
    return Path(shutil.copy(filled, tmp_path))


@pytest.fixture
def path(store: Store, tmp_path: Path) -> Path:
    """Fill the open database, so that its memory knows what it has."""
    fill(store)
    return tmp_path / "pinger.db"


def page_of(path: Path, table: str) -> int:
    """Return a page of the latter half of a table's rows, by the format of SQLite's files."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    page = path.read_bytes()[(root - 1) * PAGE : root * PAGE]
    # A node above the leaves: the number of cells at 3, where they lie from 12 on, in each the child's page.
    assert page[0] in {2, 5}
    place = 12 + int.from_bytes(page[3:5]) * 2 // 3 * 2
    cell = int.from_bytes(page[place : place + 2])
    return int.from_bytes(page[cell : cell + 4])


def spoil(path: Path, table: str) -> None:
    """Write nonsense over one page of a table, and have nobody remember what was there."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = page_of(path, table)
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xde\xad" * (PAGE // 2))


def aside(path: Path) -> Path:
    """Return what was set aside, once."""
    (found,) = path.parent.glob("pinger.db.damaged-*Z")
    return found


def reopened(url: str) -> Store:
    """Open a database that is damaged."""
    store = Store.open(url)
    assert len(store.database_incidents()) == 1
    return store


@pytest.mark.parametrize("table", ["task", "incident", "notice", "delivery", "span", "run", "latency"])
def test_a_page_at_the_start(closed: Path, url: str, table: str) -> None:
    """Of a database with one bad page, most rows are carried over at the first transaction that meets it."""
    spoil(closed, table)
    with closing(Store.open(url)) as again:
        for _ in range(3):
            with suppress(StoreError):
                again.set_tasks(TASKS)
                again.waiting("slack", NOON)
                again.record([step(url, 2) for url in URLS], [], [Route("slack")])
                for each in URLS if table == "run" else ():
                    again.runs(each, NOON)
        assert [len(again.database_incidents()), len(again.task_snapshots())] == [1, 300]
        states = again.set_tasks(TASKS)
        assert states == {url: step(url, 2).state for url in URLS}
        # Nothing that waited is lost, and what was told is told again only where the page held it.
        waiting = {delivery.notice.url for delivery in again.waiting("slack", NOON)}
        assert waiting >= set(URLS[150:])
        assert len(waiting) < 300
        assert again.downtime() == MonitorDowntime(NOON, clean=False)
    with closing(sqlite3.connect(closed)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert aside(closed).stat().st_size > PAGE


def test_what_has_no_number(store: Store, path: Path, url: str) -> None:
    """What is known of certificates is carried over as well."""
    seen = Certificate("https://a.example:443", NOON + 999 * MINUTE, NOON)
    store.record_certificate(seen, [], None, [])
    store.close()
    spoil(path, "task")
    with closing(Store.open(url)) as again:
        again.set_tasks(TASKS)
        assert len(again.database_incidents()) == 1
        assert again.certificates() == (seen,)


@pytest.mark.parametrize("table", ["task", "delivery"])
def test_a_start(closed: Path, url: str, table: str) -> None:
    """A start goes through at once, whichever page of what it reads is bad: nobody has to start twice."""
    spoil(closed, table)
    with closing(Store.open(url)) as again:
        again.downtime()
        states = again.set_tasks(TASKS)
        again.resume_deliveries(["slack"], NOON + MINUTE)
        assert sum(state == STATES[url] for url, state in states.items()) > 250
        assert len(again.database_incidents()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"\0" * PAGE * 9),
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * PAGE),
        lambda path: path.write_bytes(bytes(range(256)) * 16),
    ],
    ids=["zeros", "a broken header", "nonsense"],
)
def test_nothing_left(closed: Path, url: str, damage: Callable[[Path], object]) -> None:
    """A file of which nothing can be read is set aside as it is, and monitoring begins afresh."""
    damage(closed)
    spoilt = closed.read_bytes()
    with closing(reopened(url)) as again:
        (sentence,) = again.database_incidents()
        assert again.set_tasks(TASKS) == dict.fromkeys(URLS, TaskState())
    name = aside(closed).name
    assert sentence.startswith(
        f"The database {closed} was damaged (file is not a database). It was renamed to {name}, "
    )
    assert aside(closed).read_bytes() == spoilt


def test_no_query_for_nothing(closed: Path) -> None:
    """A file that SQLite cannot read at all is tried once, not row by row."""
    closed.write_bytes(b"\0" * PAGE * 9)
    with closing(sqlite3.connect(closed)) as damaged, create_engine("sqlite://").begin() as fresh:
        metadata.create_all(fresh)
        queried = Mock(wraps=damaged)
        assert recover(queried, fresh) == 0
        assert len(queried.method_calls) == 1


def test_locked(closed: Path) -> None:
    """A file that another program keeps locked is not mistaken for one without rows."""
    with (
        closing(sqlite3.connect(closed, isolation_level=None)) as other,
        closing(sqlite3.connect(closed, timeout=0)) as damaged,
        create_engine("sqlite://").begin() as fresh,
    ):
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM task")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            recover(damaged, fresh)


def test_while_running(store: Store, path: Path) -> None:
    """Of a database that loses all its pages while it is open, all that memory knows is written again."""
    before = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\xde\xad" * (before // 2))
    for wal in path.parent.glob("pinger.db-wal"):
        with wal.open("r+b") as file:
            file.write(b"\xde\xad" * (wal.stat().st_size // 2))
    # What is in the cache of a connection would hide the damage.
    store._database._engine.dispose()  # noqa: SLF001
    later = [step(url, 2) for url in URLS[:2]]
    with suppress(StoreError):
        store.record(later, [], [Route("slack")])
        store.waiting("slack", NOON)
    store.record(later, [], [Route("slack")])
    expected = STATES | {each.url: each.state for each in later}
    assert {snapshot.url: snapshot.state for snapshot in store.task_snapshots()} == expected
    assert store.set_tasks(TASKS) == expected
    assert {delivery.notice.url for delivery in store.waiting("slack", NOON)} >= set(URLS[:2])
    assert len(store.database_incidents()) == 1


def test_a_reader_that_is_left_behind(store: Store, path: Path) -> None:
    """A transaction that began before a repair, and fails after it, does not cause another repair."""

    def read() -> None:
        # No query of the store's takes long enough.
        with store._database.reading() as connection:  # noqa: SLF001
            connection.exec_driver_sql("PRAGMA cache_size = 0")
            spoil(path, "task")
            repaired(store)
            connection.exec_driver_sql("SELECT url, name, reason FROM task").fetchall()

    with pytest.raises(StoreError, match="malformed"):
        read()
    store.set_tasks(TASKS)
    assert len(store.database_incidents()) == 1


def repaired(store: Store) -> None:
    """Have the store find its database damaged, and repair it."""
    # What is in the cache of a connection would hide the damage.
    store._database._engine.dispose()  # noqa: SLF001
    with suppress(StoreError):
        store.set_tasks([])
    store.set_tasks(TASKS)
    assert len(store.database_incidents()) == 1


def test_what_is_left_meanwhile(store: Store, path: Path) -> None:
    """A last step of a task that was just removed has its row in the new database, and holds up no other.

    A discovered item is one there too.
    """
    item = DiscoveredItem("http://a.example/list#item", URLS[1])
    store.change_tasks(
        TaskListDiff.between(TASKS, [*TASKS[1:], Task(item.url, item.url, listed_by=item.listed_by)])
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"x" * path.stat().st_size)
    last = [step(url, pings=2) for url in URLS[:2]]
    with pytest.raises(StoreError, match="not a database"):
        store.record(last, [], [Route("slack")])
    store.record(last, [], [Route("slack")])
    assert [delivery.notice.url for delivery in store.waiting("slack", NOON)] == URLS[:2]
    assert len(store.task_snapshots()) == len(TASKS)
    assert store.discovered_items() == (item,)


def test_worthless_rows(closed: Path, url: str) -> None:
    """Rows that make no sense are left behind, with what hangs on them; alerts are not."""
    with closing(sqlite3.connect(closed)) as connection:
        for statement in (
            "PRAGMA foreign_keys = OFF",
            "UPDATE task SET status = 'nonsense' WHERE id = 1",
            "UPDATE task SET checked = 'noon' WHERE id = 2",
            "UPDATE task SET checked = 9000000000000000000 WHERE id = 3",
            "UPDATE incident SET turns = '[' WHERE id = 4",
            "UPDATE notice SET content = '{}' WHERE id = 301",
            "UPDATE run SET reason = CAST(x'ff' AS TEXT) WHERE id = 5",
        ):
            connection.execute(statement)
        connection.commit()
    spoil(closed, "latency")
    with closing(Store.open(url)) as again:
        with suppress(StoreError):
            for each in URLS:
                again.latency(each, NOON)
        again.waiting("slack", NOON)
        states = again.set_tasks(TASKS)
        assert [url for url in URLS if states[url] == TaskState()] == URLS[:3]
        # The task of the lost incident still knew since when it fails, and why.
        assert states == STATES | dict.fromkeys(URLS[:3], TaskState())
        assert [len(again.runs(url, NOON)) for url in URLS[:6]] == [0, 0, 0, 1, 0, 1]
        assert {delivery.notice.url for delivery in again.waiting("slack", NOON)} == set(URLS[150:299])


KILLED = """
import os, sys
from contextlib import suppress
from pathlib import Path
from py_pinger.store import Store, StoreError
from py_pinger.store.database.sqlite_files import DatabaseFiles

def die(*_):
    os._exit(9)

def rename(old, new, rename=Path.rename):
    Path.rename = die
    return rename(old, new)

{moment}
store = Store.open(sys.argv[1])
for _ in range(3):
    with suppress(StoreError):
        store.task_snapshots()
"""


def killed(url: str, moment: str) -> None:
    """Have a process renew a damaged database and be killed at a moment of it."""
    program = [sys.executable, "-c", KILLED.format(moment=moment), url]
    environment = {"PYTHONPATH": str(Path(store_package.__file__).parents[2])}
    assert subprocess.run(program, env=environment, check=False).returncode == 9


@pytest.mark.parametrize(
    "moment",
    [
        "DatabaseFiles.finish_recovery = die",
        "DatabaseFiles.quarantine = die",
        "Path.rename = rename",
        "DatabaseFiles.replace_with = die",
    ],
    ids=["written", "finished", "half set aside", "set aside"],
)
def test_killed_while_it_is_set_right(closed: Path, url: str, moment: str) -> None:
    """Whenever the process is killed that renews it, the next start has all that could be carried over."""
    spoil(closed, "task")
    killed(url, moment)
    with closing(Store.open(url)) as again:
        states = again.set_tasks(TASKS)
        assert sum(state == STATES[url] for url, state in states.items()) > 250
        assert len(again.waiting("slack", NOON)) > 100
        (sentence,) = again.database_incidents()
        assert sentence.startswith(f"The database {closed} was damaged")
    assert aside(closed).stat().st_size > PAGE
    assert sorted(each.name for each in closed.parent.iterdir() if each.suffix in {".new", ".renewed"}) == []


def test_a_leftover_replacement(closed: Path, url: str) -> None:
    """A replacement for a database that is neither there nor set aside is not used."""
    spoil(closed, "task")
    killed(url, "DatabaseFiles.quarantine = die")
    assert closed.with_name("pinger.db.renewed").exists()
    closed.unlink()
    with closing(Store.open(url)) as again:
        assert again.task_snapshots() == ()
        assert again.database_incidents() == ()


def test_cannot_be_set_right(closed: Path, url: str) -> None:
    """A damaged database that cannot be made anew is refused in one sentence, and stays."""
    closed.write_bytes(b"\0" * PAGE * 9)
    closed.with_name("pinger.db.new").mkdir()
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert str(caught.value).startswith(
        f"the database {closed} is damaged (file is not a database) and cannot be recreated: "
    )
    assert closed.read_bytes() == b"\0" * PAGE * 9
