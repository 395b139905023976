"""What happens to the database's files while it is open: removed, replaced, made read-only."""

from __future__ import annotations

import logging
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from threading import Event, Thread
from time import sleep

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Transition
from py_pinger.core.notification.route import Route
from py_pinger.store import Store, StoreError

SRC = Path(__file__).parents[3] / "src"
A = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
TASKS = [Task(A, A)]
OK = TaskState(Verdict(Status.OK), pings=1)
RUN = Run(NOON, NOON, healthy=True, reason=None)
FIRST, SECOND = (Notice(NoticeKind.TEST, NOON, text=text, topic=text) for text in ("first", "second"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a file, whatever other backends there are."""
    return f"sqlite:///{tmp_path}/pinger.db"


def texts(store: Store) -> list[str | None]:
    """Return what waits to be told."""
    return [delivery.notice.text for delivery in store.waiting("slack", NOON)]


ALL = ("", "-wal", "-shm", ".lock")


@pytest.mark.parametrize(
    "suffixes", [ALL, ("",), ("-wal",), ("-shm",), ("-wal", "-shm"), ("", "-wal")], ids=" ".join
)
@pytest.mark.parametrize("next_is_a_read", [True, False], ids=["read", "write"])
def test_removed(
    store: Store,
    url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    suffixes: Sequence[str],
    next_is_a_read: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Whichever of the files are removed, nothing is lost: all is there again after the next transaction."""
    store.set_tasks(TASKS)
    store.record([Transition(A, OK, run=RUN)], [FIRST], [Route("slack")])
    for suffix in suffixes:
        (tmp_path / f"pinger.db{suffix}").unlink()
    if next_is_a_read:
        assert texts(store) == ["first"]
    store.record([], [SECOND], [Route("slack")])
    assert texts(store) == ["first", "second"]
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in tmp_path.glob("pinger.db*"):
        (crashed / file.name).write_bytes(file.read_bytes())
    with closing(Store.open(f"sqlite:///{crashed}/pinger.db")) as after:
        assert after.set_tasks(TASKS) == {A: OK}
        assert texts(after) == ["first", "second"]
    store.close()
    with closing(Store.open(url)) as again:
        assert (again.set_tasks(TASKS), texts(again)) == ({A: OK}, ["first", "second"])
        assert again.runs(A, NOON)[0].lastrun == NOON
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_removed_under_readers(store: Store, tmp_path: Path) -> None:
    """Removed again and again beside readers and a writer, the database loses nothing, and nobody fails."""
    store.set_tasks(TASKS)
    done, failures, reads = Event(), list[str](), [0, 0, 0]

    def read(number: int) -> None:
        while not done.is_set():
            try:
                store.incidents(IncidentFilter(), 10)
            except StoreError as error:
                failures.append(str(error))
            reads[number] += 1

    readers = [Thread(target=read, args=(number,)) for number in range(3)]
    for reader in readers:
        reader.start()
    for number in range(20):
        (tmp_path / "pinger.db").unlink()
        store.record(
            [], [Notice(NoticeKind.TEST, NOON, text=str(number), topic=str(number))], [Route("slack")]
        )
        before = list(reads)
        # No read is so unlucky as to meet two removals.
        while any(now < earlier + 2 for now, earlier in zip(reads, before, strict=True)):
            sleep(0.001)
    done.set()
    for reader in readers:
        reader.join()
    assert texts(store) == [str(number) for number in range(20)]
    assert failures == []


def test_rights_stay(store: Store, tmp_path: Path) -> None:
    """A new database cannot be read by everybody; one that is written again has the rights that it had."""
    path = tmp_path / "pinger.db"
    assert S_IMODE(path.stat().st_mode) == 0o640
    assert store.file() == path
    path.chmod(0o600)
    store.set_tasks([])
    path.unlink()
    store.set_tasks([])
    assert S_IMODE(path.stat().st_mode) == 0o600


def test_folder_gone(store: Store, tmp_path: Path) -> None:
    """While a removed file cannot be written again, each write says so; when it can, all is there."""
    store.set_tasks(TASKS)
    store.record([Transition(A, OK)], [], [])
    (tmp_path / "pinger.db").unlink()
    tmp_path.rename(tmp_path.with_name("away"))
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            store.record([], [FIRST], [Route("slack")])
        assert str(caught.value).startswith(f"the database {tmp_path}/pinger.db ")
    tmp_path.with_name("away").rename(tmp_path)
    store.record([], [FIRST], [Route("slack")])
    assert (texts(store), store.set_tasks(TASKS)) == (["first"], {A: OK})


def test_replaced(store: Store, tmp_path: Path) -> None:
    """Another file in the place of ours gets nothing, neither read nor written, until ours is back."""
    path, ours, other = (tmp_path / name for name in ("pinger.db", "ours.db", "other.db"))
    store.set_tasks(TASKS)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    before = other.read_bytes()
    path.rename(ours)
    other.rename(path)
    sentence = (
        f"the database {path} has been replaced by another file; "
        "restart Py Pinger to use that, or put the old one back"
    )
    with pytest.raises(StoreError) as writing:
        store.record([], [FIRST], [Route("slack")])
    with pytest.raises(StoreError) as reading:
        store.waiting("slack", NOON)
    assert [str(writing.value), str(reading.value)] == [sentence, sentence]
    assert path.read_bytes() == before
    ours.rename(path)
    store.record([], [FIRST], [Route("slack")])
    assert texts(store) == ["first"]


# Root may write to any file, unless this is taken from it.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []


def opened_by_anybody(url: str) -> str:
    """Return what is said of a database when a process opens it that has no more rights than others."""
    code = f"from py_pinger.store import Store; Store.open({url!r}).close()"
    done = subprocess.run(
        [*AS_ANYBODY, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        stderr=-1,
        text=True,
        check=False,
    )
    return done.stderr.strip().rpartition("StoreError: ")[2]


def test_too_many_open_files(store: Store) -> None:
    """Without a file descriptor for a new connection the error names that, and not the rights of the user."""
    store.set_tasks(TASKS)
    store._database._engine.dispose()  # noqa: SLF001 - the next transaction needs a connection
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(StoreError) as caught:
            store.record([], [FIRST], [Route("slack")])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "too many files are open" in str(caught.value)
    store.record([], [FIRST], [Route("slack")])
    assert texts(store) == ["first"]


def test_read_only_for_a_while(url: str, tmp_path: Path) -> None:
    """A file that is read-only is refused at the start; once it may be written, the start goes through."""
    path = tmp_path / "pinger.db"
    Store.open(url).close()
    path.chmod(0o440)
    assert opened_by_anybody(url) == (
        f"the database {path} cannot be opened: "
        "it is read-only; give Py Pinger's user the right to write to it"
    )
    path.chmod(0o640)
    assert opened_by_anybody(url) == ""
